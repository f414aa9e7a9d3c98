# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Objects as either generation of Airflow shows them, as far as this collection reads them."""

from __future__ import annotations

from typing import Any

AIRFLOW_2, AIRFLOW_3 = "2.11.2", "3.3.2"
VERSIONS = (AIRFLOW_2, AIRFLOW_3)


def is_v1(version: str) -> bool:
    """Whether this version has the REST API v1."""
    return version.startswith("2.")


def listed(key: str, *rows: Any) -> dict[str, Any]:
    """A list that fits on one page."""
    return {key: list(rows), "total_entries": len(rows)}


def dag(version: str, paused: bool = False, stale: bool = False, broken: bool = False) -> dict[str, Any]:
    generation = {"is_active": not stale} if is_v1(version) else {"is_stale": stale}
    shown = {"dag_id": "d", "is_paused": paused, "fileloc": "/dags/d.py", "has_import_errors": broken}
    return {**shown, **generation}


def run(version: str, state: str = "queued", **more: Any) -> dict[str, Any]:
    date = "2026-01-01T00:00:00+00:00"
    shown = {"dag_id": "d", "dag_run_id": "r", "state": state, "conf": {}, "note": None, "logical_date": date, **more}
    return {**shown, "execution_date": shown["logical_date"]} if is_v1(version) else shown


def task_instance(task_id: str, state: str | None, map_index: int = -1, **more: Any) -> dict[str, Any]:
    name = {"dag_id": "d", "dag_run_id": "r", "task_id": task_id, "map_index": map_index}
    return {**name, "state": state, "try_number": 1, "note": None, "end_date": None, **more}


def reference(version: str, row: dict[str, Any]) -> dict[str, Any]:
    """A task instance as a dry run lists it; v1 returns neither its index nor its state (2.11.2)."""
    named = {key: row[key] for key in ("dag_id", "dag_run_id", "task_id")}
    return named if is_v1(version) else dict(row)


def backfill(**more: Any) -> dict[str, Any]:
    dates = {"from_date": "2026-02-01T00:00:00Z", "to_date": "2026-02-02T00:00:00Z"}
    settings = {"reprocess_behavior": "none", "max_active_runs": 10, "dag_run_conf": {}}
    return {"id": 7, "dag_id": "d", **dates, **settings, "is_paused": False, "completed_at": None, **more}


def asset(version: str, **more: Any) -> dict[str, Any]:
    return {"id": 5, "uri": "s3://a", **({} if is_v1(version) else {"name": "a"}), **more}


def event(version: str, event_id: int, **extra: Any) -> dict[str, Any]:
    named = {"dataset_id": 5, "dataset_uri": "s3://a"} if is_v1(version) else {"asset_id": 5, "uri": "s3://a"}
    return {"id": event_id, **named, "extra": {**extra, "from_rest_api": True}}
