# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which code may import which: the arrows between the layers of ``plugins/module_utils``, read from its imports."""

from __future__ import annotations

import ast
import importlib.util
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from ansible_collections.dataops.airflow.tests.declarations import SHARED

ARROWS: Mapping[str, frozenset[str]] = {
    "model": frozenset({"model"}),
    "http": frozenset({"model", "http"}),
    "engine": frozenset({"model", "http", "engine"}),
    "kinds": frozenset({"model", "engine", "kinds"}),
    "main": frozenset({"model", "http", "engine", "main"}),
}
"""Layer → the layers that its code may import.

``model`` says what things are, ``http`` sends one request, ``engine`` takes a task from its options to its result
without knowing any kind of object, ``kinds`` declares them, and ``main`` is a module's edge to Ansible.
"""

TYPES = {**ARROWS, "model": frozenset({"model", "http", "engine"}), "kinds": frozenset(ARROWS)}
"""The same for imports under ``TYPE_CHECKING``: hooks and operations are given a task."""

SHARED_BY_KINDS = "shared"
"""The folder of ``_kinds`` from which every kind may import."""

REFERS_TO: Mapping[str, frozenset[str]] = {
    "user": frozenset({"role"}),
    "deployment": frozenset({"dag", "server", "variable"}),
}
"""Subject → other subjects whose declarations it may import: a user has roles, an export lists DAGs, the event log says
who changed what, and what a scope owns is in variables."""

KINDS_OF_A_DEPLOYMENT = "_kinds/deployment/kinds"
"""The file that may import every subject's declarations."""


class Arrow(NamedTuple):
    """An import of one file by another, both as ``folder/name``."""

    file: str
    imported: str
    for_types: bool


def arrows() -> Iterator[Arrow]:
    """Every import of a file of ours by another."""
    for path in sorted(SHARED.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for_types = {
            statement
            for node in ast.walk(tree)
            if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
            for statement in node.body
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.level:
                folder = path.parents[node.level - 1].joinpath(*(node.module or "").split("."))
                targets = (
                    [folder] if folder.with_suffix(".py").exists() else [folder / name.name for name in node.names]
                )
                for target in targets:
                    yield Arrow(_name(path), _name(target), node in for_types)


def _name(path: Path) -> str:
    return path.relative_to(SHARED).with_suffix("").as_posix()


def layer(file: str) -> str:
    """The layer of a file: its folder, or ``main`` for the files beside the folders."""
    return file.split("/")[0].strip("_") if "/" in file else "main"


def subject(file: str) -> str:
    """What a file of the layer ``kinds`` is about: its folder there."""
    return file.split("/")[1]


def is_allowed(arrow: Arrow) -> bool:
    """Whether the file may import the other one."""
    one, other = layer(arrow.file), layer(arrow.imported)
    if other not in (TYPES if arrow.for_types else ARROWS)[one]:
        return False
    if (one, other) != ("kinds", "kinds"):
        return True
    own = subject(arrow.file)
    its_own = {own, SHARED_BY_KINDS, *REFERS_TO.get(own, ())}
    return arrow.file == KINDS_OF_A_DEPLOYMENT or subject(arrow.imported) in its_own


def test_code_imports_only_what_its_layer_may_know() -> None:
    assert [(arrow.file, arrow.imported) for arrow in arrows() if not is_allowed(arrow)] == []


def test_the_page_on_the_architecture_has_the_same_layers() -> None:
    page = SHARED.parents[1].joinpath("docs/architecture.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `_?(\w+)` \| ([^|]+) \| ([^|]+) \|", page, re.MULTILINE)
    assert {layer: frozenset(re.findall(r"`_?(\w+)`", arrows)) for layer, arrows, _files in rows} == ARROWS
    named = {(layer, name) for layer, _arrows, files in rows for name in re.findall(r"`(\w+)`", files)}
    files = {(layer(name), name.rpartition("/")[2]) for name in map(_name, SHARED.rglob("*.py"))}
    assert named == {(folder, name) for folder, name in files if folder != "kinds"}


@pytest.mark.parametrize(
    ("package", "files"), [("requests", {"_http/transport", "_http/unanswered"}), ("ansible", {"_main"})]
)
def test_a_package_of_others_is_imported_in_few_places(package: str, files: set[str]) -> None:
    found = set()
    for path in SHARED.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [name.name for name in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
            if any(name.partition(".")[0] == package for name in names):
                found.add(_name(path))
    assert found == files


def test_operations_leave_it_to_their_driver_to_settle_to_wait_and_to_know_of_check_mode() -> None:
    found = list(arrows())
    driven = {arrow.file for arrow in found if arrow.imported == "_engine/run_operation"} & {
        arrow.file for arrow in found if layer(arrow.file) == "kinds"
    }
    assert len(driven) > 5
    barred = {"_engine/carry_out", "_engine/task", "_engine/watch"}
    assert [arrow for arrow in found if arrow.file in driven and arrow.imported in barred] == []
    for file in driven:
        text = (SHARED / file).with_suffix(".py").read_text(encoding="utf-8")
        assert not re.search(r"import .*\b(settle|adopt)\b|read_only", text), file


@pytest.mark.parametrize(("kind", "file"), [("Path", "_model/paths"), ("Shown", "_model/secrets")])
def test_a_value_that_carries_a_promise_is_made_in_one_place(kind: str, file: str) -> None:
    calls = re.compile(rf"(?<![\w.]){kind}\(")
    made = {_name(path) for path in SHARED.rglob("*.py") if calls.search(path.read_text(encoding="utf-8"))}
    assert made == {file}


def test_what_tools_import_by_name_exists() -> None:
    named = {
        node.value
        for path in SHARED.parents[1].joinpath("tools").glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and re.fullmatch(r"ansible_collections(\.\w+)+", node.value)
    }
    assert named
    assert [name for name in sorted(named) if importlib.util.find_spec(name) is None] == []
