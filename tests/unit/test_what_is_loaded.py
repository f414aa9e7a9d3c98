# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A module is a process, in which Python compiles everything that is imported: it must be little."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from zipfile import ZipFile
from zipimport import zipimporter

import pytest

from ansible_collections.dataops.airflow.plugins.module_utils._archive import CompileOnce
from ansible_collections.dataops.airflow.plugins.module_utils._model.listing import Endpoint
from ansible_collections.dataops.airflow.plugins.module_utils._model.operation import Operation
from ansible_collections.dataops.airflow.plugins.module_utils._model.resource import Resource
from ansible_collections.dataops.airflow.tests.declarations import ENDPOINTS, OPERATIONS, RESOURCES, SHARED

ROOT = "ansible_collections.dataops.airflow.plugins"
MODULES: Mapping[str, Resource | Endpoint | Operation] = {
    **{f"airflow_{resource.kind}": resource for resource in RESOURCES},
    **{f"airflow_{operation.kind}": operation for operation in OPERATIONS},
    **{f"airflow_{endpoint.kind}_info": endpoint for endpoint in ENDPOINTS},
}

# Each module in a process of its own, which has only what is not ours from the one before it.
SHOW = f"""
import importlib, json, os, sys
import ansible.module_utils.basic, requests
for module, *more in json.load(sys.stdin):
    if os.fork() == 0:
        for name in (f"modules.{{module}}", *(f"module_utils._engine.{{name}}" for name in more)):
            importlib.import_module("{ROOT}." + name)
        loaded = (code for name, code in sys.modules.items() if name.startswith("{ROOT}.module_utils."))
        print(module, *(code.__file__ for code in loaded if code.__file__), flush=True)
        os._exit(0)
    if os.wait()[1]:
        sys.exit(1)
"""

MOST_LINES: Mapping[str, int] = {"resource": 5100, "info": 5100, "operation": 4850}
"""Kind of module → how many of our lines its process may load before it sends its first request."""

EXCEPTIONS: Mapping[str, int] = {
    "airflow_task_instance_info": 5180,
    "airflow_dag_parse": 5140,
    "airflow_connection_test": 5030,
    "airflow_backfill": 5290,
    "airflow_task_instance": 5460,
    "airflow_dag_run": 5790,
    "airflow_deployment": 7396,
    "airflow_deployment_info": 7208,
}
"""Module → the same where it is still more."""

COMPILE = f"""
import sys
sys.path.insert(0, sys.argv[1])
files = []
sys.addaudithook(lambda event, arguments: event == "compile" and files.append(str(arguments[1])))
import {ROOT}.module_utils._main
import {ROOT}.module_utils._kinds.pool.pool
print(*(file for file in files if file.startswith(sys.argv[1])))
"""


def python(program: str, *arguments: str, given: str = "") -> str:
    """What a program prints.

    :param given: what it reads.
    """
    return subprocess.run(
        [sys.executable, "-c", program, *arguments],
        input=given,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """The code of the modules in an archive like those that Ansible sends."""
    path = tmp_path / "payload.zip"
    with ZipFile(path, "w") as file:
        for folder in ("", "/dataops", "/dataops/airflow", "/dataops/airflow/plugins"):
            file.writestr(f"ansible_collections{folder}/__init__.py", "")
        inside = "ansible_collections/dataops/airflow/plugins/module_utils"
        sources = sorted(SHARED.rglob("*.py"))
        for package in {package for source in sources for package in source.relative_to(SHARED).parents}:
            file.writestr(str(Path(inside, package, "__init__.py")), "")
        for source in sources:
            file.write(source, f"{inside}/{source.relative_to(SHARED)}")
    return path


def test_what_comes_out_of_an_archive_is_compiled_once(archive: Path) -> None:
    compiled = Counter(file.removeprefix(f"{archive}/") for file in python(COMPILE, str(archive)).split())
    names = {Path(file).name: times for file, times in compiled.items()}
    assert {"perform.py", "transport.py", "field.py", "pool.py"} <= names.keys()
    assert {name for name, times in names.items() if times > 1} <= {"__init__.py", "_main.py", "_archive.py"}


@pytest.mark.parametrize("name", [f"{ROOT}.module_utils._engine", f"{ROOT}.module_utils._main"])
def test_a_file_in_an_archive_has_the_name_that_python_gives_it(archive: Path, name: str) -> None:
    folder = str(archive / Path(*name.split(".")).parent)
    assert CompileOnce(folder).get_filename(name) == zipimporter(folder).get_filename(name)


@lru_cache(maxsize=None)
def loaded() -> dict[str, list[Path]]:
    """Module → the files of ours that its process loads, until it sends the first request."""
    ways = [[module, *_way(spec)] for module, spec in MODULES.items()]
    lines = python(SHOW, given=json.dumps(ways)).splitlines()
    return {module: [Path(file) for file in files] for module, *files in map(str.split, lines)}


def _way(spec: Resource | Endpoint | Operation) -> list[str]:
    """The file of ``_engine`` that a module imports where it is used."""
    if isinstance(spec, Resource):
        return ["run_resource"]
    return [] if isinstance(spec, Operation) else ["run_listing"]


@pytest.mark.parametrize("module", MODULES)
def test_a_module_loads_little(module: str) -> None:
    spec = MODULES[module]
    kind = "resource" if isinstance(spec, Resource) else "operation" if isinstance(spec, Operation) else "info"
    lines = {file.name: len(file.read_text(encoding="utf-8").splitlines()) for file in loaded()[module]}
    most = EXCEPTIONS.get(module, MOST_LINES[kind])
    largest = sorted(lines.items(), key=lambda file: -file[1])[:8]
    assert sum(lines.values()) <= most, (
        f"{module} may load {most} lines. Import where it is used what is not always needed. Only a new kind of a "
        f"deployment may raise the bounds of airflow_deployment and airflow_deployment_info. The largest are {largest}"
    )
    assert module not in EXCEPTIONS or sum(lines.values()) > MOST_LINES[kind], "the exception is no longer needed"


@pytest.mark.parametrize(
    ("module", "unused"),
    [
        ("airflow_pool", {"listing", "pages", "run_listing", "run_operation", "store"}),
        ("airflow_variable_info", {"pages", "plan", "run_resource", "run_operation", "store"}),
        ("airflow_dag_run", {"listing", "run_listing", "run_resource", "store"}),
        ("airflow_user", {"exact_role", "probe"}),
    ],
)
def test_a_module_loads_the_code_of_its_own_kind(module: str, unused: set[str]) -> None:
    names = {file.stem for file in loaded()[module]}
    assert "perform" in names
    assert names & unused == set()
