# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Paths that several kinds of objects have in common."""

from __future__ import annotations

import re

from ..._model.resource import Unreachable

RUNS = "dags/{dag_id}/dagRuns"
RUN = RUNS + "/{dag_run_id}"
INSTANCES = RUN + "/taskInstances"
INSTANCE = INSTANCES + "/{task_id}"

UNREACHABLE_XCOMS = (
    Unreachable("v1", re.compile("/"), "the API of Airflow 2 finds no XCom whose key holds a slash"),
    Unreachable("v2", re.compile("\n"), "the API of Airflow 3 finds no object whose name holds a line break"),
    Unreachable(
        "v2", re.compile("/"), "the API of Airflow finds no XCom whose key holds a slash before 3.1.6", before="3.1.6"
    ),
)
"""Keys of XComs that cannot be in a path."""
