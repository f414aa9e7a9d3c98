# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A module is a process, in which Python compiles all that is imported anew: it has to be little."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from zipfile import ZipFile
from zipimport import zipimporter

import pytest

from ansible_collections.dataops.airflow.plugins.module_utils import _core
from ansible_collections.dataops.airflow.plugins.module_utils._core.archive import CompileOnce

ROOT = "ansible_collections.dataops.airflow.plugins"
SHOW = f"""
import importlib, sys
for name in sys.argv[1:]:
    importlib.import_module("{ROOT}." + name)
print(*(name.rpartition(".")[2] for name in sys.modules if name.startswith("{ROOT}.module_utils._core.")))
"""

COMPILE = f"""
import sys
sys.path.insert(0, sys.argv[1])
files = []
sys.addaudithook(lambda event, arguments: event == "compile" and files.append(str(arguments[1])))
import {ROOT}.module_utils._core.run
import {ROOT}.module_utils._resources.pool
print(*(file for file in files if file.startswith(sys.argv[1])))
"""


def python(program: str, *arguments: str) -> str:
    """What a program prints."""
    return subprocess.run(
        [sys.executable, "-c", program, *arguments],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """The code of the modules in an archive like those that Ansible sends."""
    path = tmp_path / "payload.zip"
    shared = Path(next(iter(_core.__path__))).parent
    with ZipFile(path, "w") as file:
        for folder in ("", "/dataops", "/dataops/airflow", "/dataops/airflow/plugins"):
            file.writestr(f"ansible_collections{folder}/__init__.py", "")
        inside = "ansible_collections/dataops/airflow/plugins/module_utils"
        file.writestr(f"{inside}/__init__.py", "")
        for package in ("_core", "_resources"):
            file.writestr(f"{inside}/{package}/__init__.py", "")
            for source in (shared / package).glob("*.py"):
                file.write(source, f"{inside}/{package}/{source.name}")
    return path


def test_what_comes_out_of_an_archive_is_compiled_once(archive: Path) -> None:
    compiled = Counter(file.removeprefix(f"{archive}/") for file in python(COMPILE, str(archive)).split())
    names = {Path(file).name: times for file, times in compiled.items()}
    assert {"perform.py", "transport.py", "fields.py", "pool.py"} <= names.keys()
    assert {name for name, times in names.items() if times > 1} <= {"__init__.py", "run.py", "archive.py"}


@pytest.mark.parametrize("name", [f"{ROOT}.module_utils._core", f"{ROOT}.module_utils._core.run"])
def test_a_file_in_an_archive_has_the_name_that_python_gives_it(archive: Path, name: str) -> None:
    folder = str(archive / Path(*name.split(".")).parent)
    assert CompileOnce(folder).get_filename(name) == zipimporter(folder).get_filename(name)


@pytest.mark.parametrize(
    ("module", "way", "unused"),
    [
        ("airflow_pool", "resource", {"listing", "pages", "reading", "store"}),
        ("airflow_variable_info", "reading", {"pages", "plan", "resource", "store"}),
        ("airflow_dag_run", "options", {"listing", "reading", "resource", "store"}),
    ],
)
def test_a_module_loads_the_code_of_its_own_kind(module: str, way: str, unused: set[str]) -> None:
    loaded = set(python(SHOW, f"modules.{module}", f"module_utils._core.{way}").split())
    assert "perform" in loaded
    assert loaded & unused == set()
