# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What several kinds of objects read of DAG runs, and how they call them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Mapping

from ..._model.errors import MissingError
from ..._model.paths import fill
from ..._model.shape import an_object
from .routes import INSTANCES, RUN
from .rows import dag_run_row, task_instance_row

if TYPE_CHECKING:
    from ..._http.client import Client

FINAL = ("success", "failed")
"""The states of a run that is over."""

DONE = ("success", "failed", "skipped", "upstream_failed", "removed")
"""The states of task instances that are over."""

NEVER = "9999"


def title(dag_id: str, run_id: str | None, logical_date: str | None = None) -> str:
    """What to call a run in a message."""
    which = f" {run_id!r}" if run_id else f" of {logical_date}" if logical_date else ""
    return f"DAG run{which} of DAG {dag_id!r}"


def task_title(task: Mapping[str, Any]) -> str:
    """What to call a task instance in a message, with its index if it is mapped."""
    return f"task {task['task_id']!r}" + (f"[{task['map_index']}]" if task["map_index"] >= 0 else "")


def read_run(client: Client, dag_id: str, run_id: str) -> dict[str, Any] | None:
    """A DAG run as :func:`.rows.dag_run_row` makes it; ``None`` if there is none."""
    check = an_object(state=str, shown={"dag_id": dag_id, "dag_run_id": run_id})
    path = fill(RUN, {"dag_id": dag_id, "dag_run_id": run_id})
    try:
        return dag_run_row(client.call("GET", path, check=check), client.server.api)
    except MissingError:
        return None


def task_instances(client: Client, run: Mapping[str, Any], **filters: Any) -> list[dict[str, Any]]:
    """The task instances of a run: tasks in the order in which they ended, with their indexes in order."""
    api = client.server.api
    check = an_object("state", dag_run_id=str, task_id=str, map_index=int)
    found = client.pages(fill(INSTANCES, run), "task_instances", filters, row=check)
    rows = [task_instance_row(row, api) for row in found]
    ended: dict[str, str] = {}
    for row in rows:
        ended[row["task_id"]] = min(ended.get(row["task_id"], NEVER), row.get("end_date") or NEVER)
    return sorted(rows, key=lambda row: (ended[row["task_id"]], row["task_id"], row["map_index"]))
