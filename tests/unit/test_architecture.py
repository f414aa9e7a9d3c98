# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which code may import which: the arrows between the layers of ``plugins/module_utils``, read from its imports."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from ansible_collections.dataops.airflow.plugins.module_utils import _core

SHARED = Path(next(iter(_core.__path__))).parent

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

LAYERS: Mapping[str, str] = {
    **dict.fromkeys(
        (
            "api",
            "change",
            "compare",
            "errors",
            "forms",
            "listing",
            "moments",
            "secrets",
            "shape",
            "spec",
            "strict_json",
        ),
        "model",
    ),
    **dict.fromkeys(("auth", "body", "client", "pages", "transport"), "http"),
    **dict.fromkeys(
        (
            "carry_out",
            "deployment",
            "misfits",
            "options",
            "perform",
            "plan",
            "reading",
            "resource",
            "run_operation",
            "settle",
            "show",
            "store",
            "task",
            "wait",
        ),
        "engine",
    ),
    "archive": "main",
    "run": "main",
}
"""File of ``_core`` → its layer; any other file there belongs to a kind of object, as those of ``_resources`` do."""

SUBJECTS: Mapping[str, str] = {
    "admin_info": "server",
    "asset_event": "asset",
    "asset_info": "asset",
    "checksum": "dag_files",
    "conn_types": "connection",
    "connection_info": "connection",
    "connection_test": "connection",
    "dag_info": "dag",
    "dag_parse": "dag_files",
    "dag_run_info": "dag_run",
    "deployment_info": "deployment",
    "exact_role": "role",
    "export": "deployment",
    "fields": "shared",
    "filters": "shared",
    "logs": "shared",
    "parsing": "dag_files",
    "paths": "shared",
    "pool_info": "pool",
    "probe": "user",
    "read_dags": "shared",
    "read_runs": "shared",
    "registry": "shared",
    "report": "deployment",
    "report_page": "deployment",
    "role_info": "role",
    "rows": "shared",
    "run_end": "dag_run",
    "run_plan": "dag_run",
    "task_instance": "task",
    "task_instance_info": "task",
    "task_requests": "task",
    "uri": "connection",
    "uri_faults": "connection",
    "user_info": "user",
    "variable_info": "variable",
}
"""File that belongs to a kind of object → the subject it is about, where that is not its own name."""

EXCEPTIONS: Mapping[str, tuple[str, ...]] = {
    "_core/probe": ("_core/auth", "_core/transport"),
    "_resources/deployment": (
        "_core/client",
        "_resources/connection",
        "_resources/connection_info",
        "_resources/dag",
        "_resources/pool",
        "_resources/pool_info",
        "_resources/role",
        "_resources/role_info",
        "_resources/user",
        "_resources/user_info",
        "_resources/variable",
        "_resources/variable_info",
    ),
    "_resources/deployment_info": ("_resources/dag_info", "_resources/role"),
    "_resources/user": ("_resources/role",),
}
"""Importing file → imported files: arrows that are still to go."""


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
    """The layer of a file."""
    folder, name = file.split("/")
    return LAYERS.get(name, "kinds") if folder == "_core" else "kinds"


def subject(file: str) -> str:
    """What a file of the layer ``kinds`` is about."""
    name = file.split("/")[1]
    return SUBJECTS.get(name, name)


def is_allowed(arrow: Arrow) -> bool:
    """Whether the file may import the other one."""
    one, other = layer(arrow.file), layer(arrow.imported)
    if other not in (TYPES if arrow.for_types else ARROWS)[one]:
        return False
    if (one, other) != ("kinds", "kinds") or arrow.file.endswith("/registry"):
        return True
    return subject(arrow.imported) in (subject(arrow.file), "shared")


def test_code_imports_only_what_its_layer_may_know() -> None:
    forbidden = {(arrow.file, arrow.imported) for arrow in arrows() if not is_allowed(arrow)}
    excepted = {(file, name) for file, imported in EXCEPTIONS.items() for name in imported}
    assert sorted(forbidden - excepted) == []
    assert sorted(excepted - forbidden) == [], "no longer needed"


def test_every_name_in_the_tables_is_a_file() -> None:
    files = {path.stem for path in SHARED.rglob("*.py")}
    assert sorted({*LAYERS, *SUBJECTS} - files) == []


def test_the_page_on_the_architecture_has_the_same_layers() -> None:
    page = SHARED.parents[1].joinpath("docs/architecture.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| ([^|]+) \| ([^|]+) \|", page, re.MULTILINE)
    files = {(name, layer) for layer, _arrows, names in rows for name in re.findall(r"`(\w+)`", names)}
    assert {layer: frozenset(re.findall(r"`(\w+)`", arrows)) for layer, arrows, _names in rows} == ARROWS
    assert {(name, layer) for name, layer in files if layer != "kinds"} == set(LAYERS.items())


@pytest.mark.parametrize(("package", "file"), [("requests", "_core/transport"), ("ansible", "_core/run")])
def test_a_package_of_others_is_imported_in_one_place(package: str, file: str) -> None:
    found = set()
    for path in SHARED.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [name.name for name in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
            if any(name.partition(".")[0] == package for name in names):
                found.add(_name(path))
    assert found == {file}


def test_operations_leave_it_to_their_driver_to_settle_to_wait_and_to_know_of_check_mode() -> None:
    found = list(arrows())
    driven = {arrow.file for arrow in found if arrow.imported == "_core/run_operation"} & {
        arrow.file for arrow in found if layer(arrow.file) == "kinds"
    }
    assert len(driven) > 5
    barred = {"_core/carry_out", "_core/task", "_core/wait"}
    assert [arrow for arrow in found if arrow.file in driven and arrow.imported in barred] == []
    for file in driven:
        text = (SHARED / file).with_suffix(".py").read_text(encoding="utf-8")
        assert not re.search(r"import .*\b(settle|adopt)\b|read_only", text), file


@pytest.mark.parametrize(("kind", "file"), [("Path", "_core/api"), ("Shown", "_core/secrets")])
def test_a_value_that_carries_a_promise_is_made_in_one_place(kind: str, file: str) -> None:
    calls = re.compile(rf"(?<![\w.]){kind}\(")
    made = {_name(path) for path in SHARED.rglob("*.py") if calls.search(path.read_text(encoding="utf-8"))}
    assert made == {file}
