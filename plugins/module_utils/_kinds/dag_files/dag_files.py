# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""DAG files: planning and placing them, all or none, and what Airflow has to parse afterwards."""

from __future__ import annotations

import ast
import contextlib
import json
import os
import re
import shutil
import stat
import tarfile
import tempfile
import time
from fnmatch import fnmatchcase
from typing import Any, Iterable, Iterator, Mapping, NamedTuple

from ..._model.errors import AirflowError, InvalidInputError
from .checksum import checksum

STAGING = ".dataops-airflow-"
NEVER_TOUCHED = ("__pycache__", "*.pyc", ".git", STAGING + "*")
"""Neither put in place nor removed, whatever the options say."""

NOT_READ_BY_PARSING = (".md", ".rst", ".sql")
"""Files that may change without a different outcome of parsing: templates are read again by each task."""

MANIFEST = "manifest.json"
IGNORE_ALL = ".*\n*\n"
"""An .airflowignore for everything: the first line as a regular expression, the second as a glob. Each is of no effect
in the other syntax."""

LARGEST_DIFF = 100_000


class PlacementError(AirflowError):
    """The files could not be put in place."""


class UndoError(PlacementError):
    """The changes could not be rolled back either; the former files are still in the staging folder."""


class File(NamedTuple):
    """A file: its content, and whether it can be executed."""

    content: bytes
    executable: bool = False


Tree = Mapping[str, File]
"""Files by their paths below some folder, with slashes."""


class Plan(NamedTuple):
    """What to do in the folder.

    :param wanted: new and changed files.
    :param present: those that will be replaced or removed.
    """

    wanted: Tree
    present: Tree

    @property
    def added(self) -> list[str]:
        """New paths."""
        return sorted(self.wanted.keys() - self.present.keys())

    @property
    def updated(self) -> list[str]:
        """Existing paths that get another content or mode."""
        return sorted(self.wanted.keys() & self.present.keys())

    @property
    def removed(self) -> list[str]:
        """Paths to remove."""
        return sorted(self.present.keys() - self.wanted.keys())

    @property
    def changed(self) -> list[str]:
        """All paths that change."""
        return sorted(self.wanted.keys() | self.present.keys())


def make_plan(wanted: Tree, present: Tree, purge: bool) -> Plan:
    """Compare the wanted files with the existing ones.

    :raises InvalidInputError: if nothing at all is wanted, and everything would be removed.
    """
    if purge and not wanted:
        raise InvalidInputError("the source has no files, so purge would remove everything in dest")
    return _compare(wanted, present, purge)


def _compare(wanted: Tree, present: Tree, purge: bool) -> Plan:
    new = {path: file for path, file in wanted.items() if present.get(path) != file}
    old = {path: file for path, file in present.items() if path in new or (purge and path not in wanted)}
    return Plan(new, old)


def is_excluded(path: str, patterns: Iterable[str]) -> bool:
    """Whether a pattern is that of the path, of a folder on it, or of a name in it."""
    parts = path.split("/")
    heads = ["/".join(parts[: end + 1]) for end in range(len(parts))]
    return any(fnmatchcase(text, pattern) for pattern in (*NEVER_TOUCHED, *patterns) for text in (*parts, *heads))


def read_folder(folder: str, exclude: Iterable[str]) -> dict[str, File]:
    """The files of a folder that holds what is wanted.

    A link stands for what it leads to, which has to be a file in the same folder.

    :raises InvalidInputError: for what is neither file nor folder, and for other links.
    """
    root = os.path.realpath(folder)
    if not os.path.isdir(root):
        raise InvalidInputError(f"{folder} is not a folder")
    found = {}
    for path in _walk(root, exclude):
        real = os.path.realpath(os.path.join(root, path))
        if not (real.startswith(root + os.sep) and os.path.isfile(real)):
            raise InvalidInputError(_not_a_file(path))
        found[path] = _read(real)
    return found


def read_archive(archive: str, exclude: Iterable[str]) -> dict[str, File]:
    """The files of a tar file.

    A link stands for what it leads to, which has to be a file in the same archive.

    :raises InvalidInputError: for a path that leads out of the archive, for what is neither file nor folder, and for
        other links.
    """
    found = {}
    try:
        with tarfile.open(archive) as tar:
            for member in tar:
                path = os.path.normpath(member.name)
                if os.path.isabs(member.name) or path.split("/")[0] == "..":
                    raise InvalidInputError(f"{archive} holds {member.name}, which points outside of it")
                if member.isdir() or is_excluded(path, exclude):
                    continue
                content = None
                with contextlib.suppress(KeyError, RecursionError):
                    content = tar.extractfile(member)
                if content is None:
                    raise InvalidInputError(_not_a_file(path))
                found[path] = File(content.read(), bool(member.mode & stat.S_IXUSR))
    except (tarfile.TarError, EOFError) as error:
        raise InvalidInputError(f"{archive} is not a tar file that can be read: {error}") from None
    except OSError as error:
        raise InvalidInputError(f"{archive} cannot be read: {error.strerror}") from None
    return found


def _not_a_file(path: str) -> str:
    return f"{path} is neither a file nor a link to a file of the source: leave it out with exclude"


def read_present(folder: str, wanted: Iterable[str], exclude: Iterable[str], purge: bool) -> dict[str, File]:
    """The files that are in the folder of DAGs; without ``purge`` only those that are wanted. Links are none.

    :raises InvalidInputError: if a wanted file cannot be put in its place.
    """
    root = os.path.realpath(folder)
    paths = set(wanted)
    for path in paths:
        _check_place(root, path)
    places = {path: os.path.join(root, path) for path in (paths.union(_walk(root, exclude)) if purge else paths)}
    return {path: _read(place) for path, place in places.items() if os.path.isfile(place) and not os.path.islink(place)}


def _check_place(root: str, path: str) -> None:
    kind, fits = "file", stat.S_ISREG
    while path:
        place = os.path.join(root, path)
        if os.path.lexists(place) and not fits(os.lstat(place).st_mode):
            raise InvalidInputError(f"{path} is a {kind} in the source but not in dest: remove it from dest first")
        path, kind, fits = os.path.dirname(path), "folder", stat.S_ISDIR


def _walk(root: str, exclude: Iterable[str]) -> Iterator[str]:
    """Paths below a folder, those of links to folders included; links are not followed."""
    patterns = tuple(exclude)
    for folder, folders, names in os.walk(root):
        paths = {name: os.path.relpath(os.path.join(folder, name), root) for name in (*folders, *names)}
        kept = {name: path for name, path in paths.items() if not is_excluded(path, patterns)}
        links = {name for name in folders if os.path.islink(os.path.join(folder, name))}
        yield from (path for name, path in kept.items() if name in links or name not in folders)
        folders[:] = [name for name in folders if name in kept and name not in links]


def _read(place: str) -> File:
    with open(place, "rb") as file:
        return File(file.read(), bool(os.fstat(file.fileno()).st_mode & stat.S_IXUSR))


def apply(plan: Plan, dest: str, backup: str | None) -> None:
    """Put files in place and remove others: everything is prepared first, then renamed.

    :param backup: folder that keeps what is replaced or removed, for :func:`plan_restoration`.
    :raises PlacementError: if that was not possible; then the folder is as it was, unless it is an UndoError.
    :raises InvalidInputError: if ``backup`` holds something else.
    """
    try:
        if backup:
            _keep(plan, os.path.realpath(dest), backup)
        os.makedirs(dest, exist_ok=True)
        root = os.path.realpath(dest)
        staging = tempfile.mkdtemp(prefix=STAGING, dir=root)
        try:
            _place(plan, root, staging)
        except UndoError:
            raise
        except BaseException:
            shutil.rmtree(staging, ignore_errors=True)
            raise
        shutil.rmtree(staging, ignore_errors=True)
    except OSError as error:
        raise PlacementError(f"the files could not be written to {dest}; nothing was changed: {error}") from error


def _place(plan: Plan, root: str, staging: str) -> None:
    # Airflow searches this folder, too, and accepts zip files of any name.
    with open(os.path.join(staging, ".airflowignore"), "w", encoding="utf-8") as ignore:
        ignore.write(IGNORE_ALL)
    made: list[str] = []
    replaced: list[tuple[str, str]] = []
    added: list[str] = []
    try:
        former = {path: os.path.join(staging, f"old-{number}") for number, path in enumerate(plan.present)}
        for path, copy in former.items():
            _second_name(os.path.join(root, path), copy)
        new = {path: os.path.join(staging, f"new-{number}") for number, path in enumerate(plan.wanted)}
        for path, staged in new.items():
            _make_folders(os.path.dirname(os.path.join(root, path)), made)
            _write(staged, os.path.join(root, path), plan.wanted[path])
        # Files that others import come first: a DAG that is parsed meanwhile finds them.
        for path in sorted(new, key=lambda path: (defines_dags(path, plan.wanted[path].content), path)):
            place = os.path.join(root, path)
            _touch(new[path], place)
            os.replace(new[path], place)
            if path in former:
                replaced.append((former[path], place))
            else:
                added.append(place)
        for path in plan.removed:
            place = os.path.join(root, path)
            os.unlink(place)
            replaced.append((former[path], place))
    except BaseException as error:
        try:
            for copy, place in replaced:
                _touch(copy, place)
                os.replace(copy, place)
            for place in added:
                os.unlink(place)
        except OSError as failure:
            raise UndoError(
                f"the files could not be put in place ({error}), nor all of the former ones put back ({failure}); "
                f"those that are missing are in {staging}"
            ) from error
        _remove_folders(reversed(made))
        raise
    _remove_folders(_emptied(plan.removed, root))


def _second_name(place: str, copy: str) -> None:
    """Keep a file under another name, or a copy of it where that is not possible."""
    try:
        os.link(place, copy)
    except OSError:
        shutil.copy2(place, copy)


def _write(staged: str, place: str, file: File) -> None:
    """Write a new file with the mode and owner of the one it replaces, or of the folder it comes into."""
    with open(staged, "wb") as output:
        output.write(file.content)
    exists = os.path.exists(place)
    model = os.stat(place if exists else os.path.dirname(place))
    mode = stat.S_IMODE(model.st_mode) & ~0o111 if exists else 0o644
    # Everybody who may read it may execute it.
    os.chmod(staged, mode | ((mode & 0o444) >> 2 if file.executable else 0))
    _give(staged, model)


def _give(place: str, model: os.stat_result) -> None:
    # Only root can change the owner.
    with contextlib.suppress(PermissionError):
        os.chown(place, model.st_uid, model.st_gid)


def _touch(staged: str, place: str) -> None:
    """Date a file so that it is recognised as changed.

    Airflow parses what changed after the last parse first; Python compiles a module again only if its size or the
    second of its date is another one.
    """
    former = os.stat(place).st_mtime if os.path.exists(place) else 0.0
    moment = max(time.time(), int(former) + 1.0)
    os.utime(staged, (moment, moment))


def _make_folders(folder: str, made: list[str]) -> None:
    if os.path.isdir(folder):
        return
    parent = os.path.dirname(folder)
    _make_folders(parent, made)
    os.mkdir(folder)
    made.append(folder)
    model = os.stat(parent)
    os.chmod(folder, stat.S_IMODE(model.st_mode))
    _give(folder, model)


def _emptied(removed: Iterable[str], root: str) -> list[str]:
    """The folders from which files were removed, deepest first."""
    folders = set()
    for path in removed:
        while os.path.dirname(path):
            path = os.path.dirname(path)
            folders.add(os.path.join(root, path))
    return sorted(folders, reverse=True)


def _remove_folders(folders: Iterable[str]) -> None:
    for folder in folders:
        with contextlib.suppress(OSError):  # something else is in it
            os.rmdir(folder)


def _keep(plan: Plan, root: str, backup: str) -> None:
    """Copy what will be replaced or removed, and write down what will be added."""
    manifest = os.path.join(backup, MANIFEST)
    kept = os.path.join(backup, "files")
    if os.path.exists(manifest):
        os.unlink(manifest)
        shutil.rmtree(kept)
    elif os.path.isdir(backup) and os.listdir(backup):
        raise InvalidInputError(f"backup {backup} contains something else: use an empty or a new folder")
    os.makedirs(kept, mode=0o700)
    for path in plan.present:
        copy = os.path.join(kept, path)
        os.makedirs(os.path.dirname(copy), exist_ok=True)
        shutil.copy2(os.path.join(root, path), copy)
    with open(manifest, "w", encoding="utf-8") as output:
        json.dump({"dest": root, "added": plan.added, "kept": sorted(plan.present)}, output)


def plan_restoration(backup: str, dest: str) -> Plan:
    """What puts back the files that a run with this ``backup`` replaced or removed, and removes those it added.

    :raises InvalidInputError: if the folder holds no backup of ``dest``.
    """
    try:
        with open(os.path.join(backup, MANIFEST), encoding="utf-8") as text:
            manifest = json.load(text)
    except FileNotFoundError:
        raise InvalidInputError(f"{backup} contains no backup") from None
    root = os.path.realpath(dest)
    if manifest["dest"] != root:
        raise InvalidInputError(f"{backup} contains a backup of {manifest['dest']}, not of {root}")
    wanted = {path: _read(os.path.join(backup, "files", path)) for path in manifest["kept"]}
    present = {
        path: _read(os.path.join(root, path))
        for path in (*manifest["kept"], *manifest["added"])
        if os.path.exists(os.path.join(root, path))
    }
    return _compare(wanted, present, purge=True)


def former_age(paths: Iterable[str], dest: str) -> dict[str, int]:
    """``former_age``: seconds since the newest of these files was put in place; empty if none exists."""
    places = [os.path.join(os.path.realpath(dest), path) for path in paths]
    dates = [os.stat(place).st_mtime for place in places if os.path.exists(place)]
    return {"former_age": max(0, int(time.time() - max(dates)))} if dates else {}


def differences(plan: Plan) -> list[dict[str, str]]:
    """The changes, for Ansible's diff mode."""
    return [
        {
            "before_header": path,
            "after_header": path,
            "before": _shown(plan.present.get(path)),
            "after": _shown(plan.wanted.get(path)),
        }
        for path in plan.changed
    ]


def _shown(file: File | None) -> str:
    if file is None:
        return ""
    with contextlib.suppress(UnicodeDecodeError):
        if len(file.content) <= LARGEST_DIFF:
            return file.content.decode()
    return f"({len(file.content)} bytes)\n"


def to_parse(wanted: Tree, plan: Plan) -> dict[str, Any]:
    """The files that Airflow has to parse after a change.

    :return: ``dag_files``, new or changed files that define DAGs; ``other_files``, those that may do so, or may import
        what was changed; ``checksums`` of both; ``python_files``, all of them.
    """
    placed = {path: plan.wanted[path] for path in (*plan.added, *plan.updated)}
    dag_files = [path for path, file in placed.items() if defines_dags(path, file.content)]
    helpers = [path for path in plan.changed if path not in dag_files and not path.endswith(NOT_READ_BY_PARSING)]
    python_files = sorted(path for path in wanted if path.endswith(".py"))
    others = [path for path in python_files if path not in dag_files and (helpers or path in placed)]
    return {
        "dag_files": sorted(dag_files),
        "other_files": others,
        "python_files": python_files,
        "checksums": {path: checksum(wanted[path].content) for path in (*dag_files, *others)},
    }


def defines_dags(path: str, content: bytes) -> bool:
    """Whether a file surely makes Airflow know a DAG, or fail with an import error.

    This cannot be seen for a file that gets its DAGs from a function of another module whose name does not say so.
    """
    text = content.lower()
    # Airflow itself leaves out other files (core.dag_discovery_safe_mode).
    if not path.endswith(".py") or b"dag" not in text or b"airflow" not in text:
        return False
    try:
        module = ast.parse(content)
    except (SyntaxError, ValueError):
        # An error, or the syntax of a later Python version.
        return re.search(rb"\bDAG\s*\(|@\s*([\w.]+\.)?dag\b", content) is not None
    return _Definitions(module).found


def _sounds_like_dag(name: str) -> bool:
    """``DAG``, ``dag``, and those who make some for others: ``create_dag``, ``load_yaml_dags``."""
    return name.lower().endswith(("dag", "dags"))


class _Definitions(ast.NodeVisitor):
    """Looks for what is executed when a module is imported."""

    def __init__(self, module: ast.Module) -> None:
        self.found = False
        self._aliases: set[str] = set()
        self._makers: set[str] = set()
        for node in ast.walk(module):
            if isinstance(node, ast.ImportFrom):
                self._aliases |= {name.asname for name in node.names if name.asname and _sounds_like_dag(name.name)}
        for statement in module.body:
            if isinstance(statement, ast.FunctionDef) and any(
                (isinstance(node, ast.Call) and self._is_dag(node.func)) or self._is_decorated(node)
                for part in statement.body
                for node in ast.walk(part)
            ):
                self._makers.add(statement.name)
        self.visit(module)

    def _is_dag(self, node: ast.AST) -> bool:
        name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
        return name in self._aliases or _sounds_like_dag(name)

    def _is_decorated(self, node: ast.AST) -> bool:
        return isinstance(node, ast.FunctionDef) and any(
            self._is_dag(mark.func if isinstance(mark, ast.Call) else mark) for mark in node.decorator_list
        )

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        """A function is not executed, but a decorator is."""
        self.found = self.found or self._is_decorated(node)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        """It is not executed."""

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        """It is not executed."""

    def visit_If(self, node: ast.If) -> None:
        """What is only for the command line is not executed."""
        if "__name__" not in {part.id for part in ast.walk(node.test) if isinstance(part, ast.Name)}:
            self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        """A DAG is made here, or by a function that makes one."""
        makes = isinstance(node.func, ast.Name) and node.func.id in self._makers
        self.found = self.found or makes or self._is_dag(node.func)
        self.generic_visit(node)
