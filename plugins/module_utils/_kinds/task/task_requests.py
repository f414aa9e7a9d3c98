# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Airflow's API does to task instances: it clears, marks and notes them, and lists what that touches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Mapping, NamedTuple, Optional, Tuple

from ..._model.api import V1, Intent
from ..._model.paths import below, fill
from ..._model.shape import a_list, an_object
from ..shared.read_runs import DONE, task_instances
from ..shared.routes import INSTANCE

if TYPE_CHECKING:
    from ..._http.client import Client

RELATIVES = ("include_upstream", "include_downstream", "include_future", "include_past")
FAILED = ("failed", "upstream_failed")
"""What Airflow takes for failed when it clears only that."""

CLEARED = (None, "restarting")
"""The states of a task instance that has just been cleared; the second one is for one that was running."""

_TOUCHED = a_list("task_instances", an_object(dag_run_id=str, task_id=str))

Key = Tuple[str, str, int]
"""What names a task instance: the ID of its run, that of its task, and its index."""

State = Optional[str]
Rows = Mapping[Key, Mapping[str, Any]]


class Wanted(NamedTuple):
    """What the options ask for.

    :param relatives: those of :data:`RELATIVES`, as they are sent.
    """

    dag_id: str
    run_id: str
    task_ids: list[str]
    map_index: int | None
    relatives: Mapping[str, bool]
    only_failed: bool
    note: str | None
    state: str

    @property
    def done(self) -> str:
        """What was done with a task instance, to follow "was"."""
        return "cleared" if self.state == "cleared" else f"marked {self.state}"


class Known:
    """The task instances that have been read, run by run.

    :param run: the run that the options name, whose task instances are read first.
    """

    def __init__(self, client: Client, run: Mapping[str, Any]) -> None:
        self._client = client
        self._run = run
        self.rows: dict[Key, dict[str, Any]] = {}
        self._read(run["dag_run_id"])

    def _read(self, run_id: str) -> None:
        rows = task_instances(self._client, {**self._run, "dag_run_id": run_id})
        self.rows.update({key_of(row): row for row in rows})

    def listed(self, references: list[dict[str, Any]], wanted: Wanted, only_failed: bool = False) -> list[Key]:
        """The task instances that a dry run lists. v1 returns neither their index nor their state.

        :param only_failed: the dry run was limited to what failed.
        """
        named = {(row["dag_run_id"], row["task_id"]) for row in references}
        for run_id in {run_id for run_id, _task_id in named} - {key[0] for key in self.rows}:
            self._read(run_id)
        if any("map_index" in row for row in references):
            return [key_of(row) for row in references]
        return [
            key
            for key, row in self.rows.items()
            if key[:2] in named and (row["state"] in FAILED if only_failed else row["state"] != wanted.state)
        ]


def key_of(row: Mapping[str, Any]) -> Key:
    """What names a task instance that was read."""
    return row["dag_run_id"], row["task_id"], row["map_index"]


def clear(
    client: Client, wanted: Wanted, intent: Intent, only_failed: bool, after: list[str] | None = None
) -> list[dict[str, Any]]:
    """Clear, and return what that touches.

    :param after: clear these tasks and all that comes after them, in place of what the options name.
    """
    ids, index = wanted.task_ids, wanted.map_index
    body: dict[str, Any] = {
        "dry_run": intent is Intent.DRY_RUN,
        "dag_run_id": wanted.run_id,
        "task_ids": after or (ids if index is None or index < 0 else [[name, index] for name in ids]),
        "only_failed": only_failed,
        "reset_dag_runs": True,
        **wanted.relatives,
        **({"include_downstream": True, "include_upstream": False} if after else {}),
    }
    path = fill("dags/{dag_id}/clearTaskInstances", {"dag_id": wanted.dag_id})
    return list(client.call("POST", path, body=body, intent=intent, check=_TOUCHED)["task_instances"])


def mark(client: Client, wanted: Wanted, task_id: str, intent: Intent) -> list[dict[str, Any]]:
    """Mark one of the tasks with the relatives that are wanted, and return what the answer lists."""
    body: dict[str, Any] = {"new_state": wanted.state, **wanted.relatives}
    named = {"dag_id": wanted.dag_id, "dag_run_id": wanted.run_id, "task_id": task_id}
    if client.server.api is V1:
        body = {"task_id": task_id, "dag_run_id": wanted.run_id, **body, "dry_run": intent is Intent.DRY_RUN}
        method, path = "POST", fill("dags/{dag_id}/updateTaskInstancesState", named)
    else:
        mapped = [] if wanted.map_index is None or wanted.map_index < 0 else [str(wanted.map_index)]
        method = "PATCH"
        path = below(fill(INSTANCE, named), *mapped, *(["dry_run"] if intent is Intent.DRY_RUN else []))
    return list(client.call(method, path, body=body, intent=intent, check=_TOUCHED)["task_instances"])


def mark_one(client: Client, wanted: Wanted, row: Mapping[str, Any]) -> bool:
    """Mark one instance of a mapped task on v1; whether the answer shows that."""
    path = below(fill(INSTANCE, row), str(row["map_index"]))
    client.call("PATCH", path, body={"dry_run": False, "new_state": wanted.state})
    # The answer to this is {} (2.11.2).
    return False


def set_note(client: Client, wanted: Wanted, row: Mapping[str, Any]) -> bool:
    """Set the note of a task instance; whether the answer shows it."""
    path = below(fill(INSTANCE, row), *([str(row["map_index"])] if row["map_index"] >= 0 else []))
    body = {"note": wanted.note}
    if client.server.api is V1:
        listed = [client.call("PATCH", below(path, "setNote"), body=body)]
    else:
        answer = client.call("PATCH", path, query=[("update_mask", "note")], body=body, check=_TOUCHED)
        listed = answer["task_instances"]
    named = ("dag_run_id", "task_id", "map_index")
    shown = an_object("note", shown={name: row[name] for name in named})
    return any(not shown(item) and has_note(wanted, item) for item in listed)


def has_note(wanted: Wanted, row: Mapping[str, Any] | None) -> bool:
    """Whether a task instance has the wanted note; none has that does not exist."""
    return row is not None and (row.get("note") or "") == wanted.note


def is_done(wanted: State, before: Mapping[str, Any], now: Mapping[str, Any] | None) -> bool | None:
    """Whether a task instance has been given a state.

    :param wanted: the state; ``None`` if it was to be cleared.
    :param before: the task instance before, ``now`` as it is; ``None`` if it does not exist.
    :return: ``None`` if that does not show it.
    """
    if now is None:
        return False
    if wanted:
        return bool(now["state"] == wanted)
    if now["state"] in CLEARED:
        return True
    # What was cleared may be on its way again already, or over again.
    is_same = all(now.get(name) == before.get(name) for name in ("state", "try_number", "start_date", "end_date"))
    if before["state"] in DONE:
        return not is_same
    return False if is_same and before.get("start_date") else None
