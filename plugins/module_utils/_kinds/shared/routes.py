# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Paths that several kinds of objects have in common."""

from __future__ import annotations

RUNS = "dags/{dag_id}/dagRuns"
RUN = RUNS + "/{dag_run_id}"
INSTANCES = RUN + "/taskInstances"
INSTANCE = INSTANCES + "/{task_id}"
