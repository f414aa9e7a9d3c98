# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options that choose task instances."""

from __future__ import annotations

from ..._model.field import Field

DAG_RUN_ID = Field("dag_run_id", required=True, description=("ID of the run.",))
TASK_ID = Field("task_id", required=True, description=("ID of the task.",), sample="extract")
IN_ALL_RUNS = Field("dag_run_id", default="~", description=("ID of the run; V(~) stands for all of them.",))
OF_ALL_TASKS = Field("task_id", default="~", description=("ID of the task; V(~) stands for all of them.",))
MAP_INDEX = Field(
    "map_index",
    type="int",
    default=-1,
    description=("Which instance of a mapped task; V(-1) if the task is not mapped.",),
)
