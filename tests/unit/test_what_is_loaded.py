# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A module is a process, in which Python compiles all that is imported anew: it has to be little."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

ROOT = "ansible_collections.dataops.airflow.plugins"
SHOW = f"""
import importlib, sys
for name in sys.argv[1:]:
    importlib.import_module("{ROOT}." + name)
print(*(name.rpartition(".")[2] for name in sys.modules if name.startswith("{ROOT}.module_utils._core.")))
"""


@pytest.mark.parametrize(
    ("module", "way", "unused"),
    [
        ("airflow_pool", "resource", {"listing", "pages", "reading", "store"}),
        ("airflow_variable_info", "reading", {"pages", "plan", "resource", "store"}),
        ("airflow_dag_run", "options", {"listing", "reading", "resource", "store"}),
    ],
)
def test_a_module_loads_the_code_of_its_own_kind(module: str, way: str, unused: set[str]) -> None:
    run = subprocess.run(
        [sys.executable, "-c", SHOW, f"modules.{module}", f"module_utils._core.{way}"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = set(run.stdout.split())
    assert "perform" in loaded
    assert loaded & unused == set()
