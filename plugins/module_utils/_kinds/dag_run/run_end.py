# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What has come of a DAG run that is waited for: how far it is, what is left of it, and why it failed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Mapping, Sequence

from ..._model.api import as_query
from ..._model.errors import AirflowError
from ..._model.paths import fill
from ..._model.shape import an_object
from ..shared import logs
from ..shared.read_runs import DONE, task_instances, task_title, title
from ..shared.routes import INSTANCES

if TYPE_CHECKING:
    from ..._http.client import Client

NAMED_IN_MESSAGE = 3
LOGS_READ = 20
"""Logs that are fetched of a failed run; a mapped task can fail a thousand times."""


def counted(client: Client, run: Mapping[str, Any]) -> tuple[int, int]:
    """How many task instances of a run are done, and how many are known."""
    path, api = fill(INSTANCES, run), client.server.api
    check = an_object(total_entries=int)
    done = client.call("GET", path, query=as_query({"state": DONE, "limit": 1}, api), check=check)["total_entries"]
    known = client.call("GET", path, query=as_query({"limit": 1}, api), check=check)["total_entries"]
    return done, known


def left_of(client: Client, run: Mapping[str, Any]) -> str:
    """What is left of a run, and how to wait for it again."""
    try:
        tasks = task_instances(client, run)
    except AirflowError:
        tasks = []
    left = [task for task in tasks if task.get("state") not in DONE]
    named = ", ".join(f"{task_title(task)} ({task.get('state') or 'not started'})" for task in left[:NAMED_IN_MESSAGE])
    more = f" and {len(left) - NAMED_IN_MESSAGE} more" if len(left) > NAMED_IN_MESSAGE else ""
    where = f", {len(tasks) - len(left)} of {len(tasks)} tasks done; not done: {named}{more}" if left else ""
    return f"{where}. It goes on: the same task with dag_run_id={run['dag_run_id']} waits for it again"


def failed_tasks(client: Client, run: Mapping[str, Any], log_lines: int) -> tuple[list[dict[str, Any]], list[str]]:
    """The failed tasks of a run with the ends of their logs, and the last exceptions of the first ones."""
    failed: list[dict[str, Any]] = []
    exceptions: list[str] = []
    for task in task_instances(client, run, state=["failed"]):
        text = ""
        if len(failed) < LOGS_READ:
            try:
                text = logs.read(client, task)[0]
            except AirflowError as error:
                text = f"(the log cannot be read: {error.message})"
        keys = ("task_id", "map_index", "try_number", "state")
        failed.append({**{key: task[key] for key in keys}, "log": logs.last_lines(text, log_lines)})
        if len(exceptions) < NAMED_IN_MESSAGE:
            exceptions.append(logs.last_exception(text))
    return failed, exceptions


def progress(dag_id: str, run: Mapping[str, Any], done: int, known: int) -> str:
    """A line for the person who waits for a run."""
    tasks = f", {done} of {known} tasks done" if known else ""
    return f"{dag_id} {run['dag_run_id']}: {run['state']}{tasks}"


def why_failed(run: Mapping[str, Any], failed: Sequence[Mapping[str, Any]], exceptions: list[str]) -> str:
    """What to say of a run that failed.

    :param failed: its failed task instances.
    :param exceptions: the last exception in the log of each of the first ones; empty where there is none.
    """
    name = title(run["dag_id"], run["dag_run_id"])
    if not failed:
        return f"{name} failed, but none of its tasks did: it was marked as failed, or timed out"
    named = []
    for task, exception in zip(failed, exceptions):
        named.append(f"{task_title(task)} (try {task['try_number']})" + (f": {exception}" if exception else ""))
    more = f"; and {len(failed) - len(named)} more" if len(failed) > len(named) else ""
    return f"{name} failed: {'; '.join(named)}{more}"
