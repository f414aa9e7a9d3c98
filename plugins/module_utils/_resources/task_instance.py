# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Task instances: cleared, so that they run again, or marked."""

from __future__ import annotations

from typing import Any, Iterable, Mapping, Optional, Tuple

from .._core.api import V1, fill
from .._core.client import Client
from .._core.errors import AirflowError, Effect, InvalidInputError, MissingError, RefusedError, RequestError
from .._core.options import check_identity, check_since
from .._core.run_plan import task_title, title
from .._core.shape import a_list, an_object
from .._core.spec import Action, Field
from .dag import DAG_ID, read_dag, why_missing
from .dag_run import TASK_INSTANCES, read_run, task_instances

ONE = TASK_INSTANCES + "/{task_id}"

RELATIVES = ("include_upstream", "include_downstream", "include_future", "include_past")
FAILED = ("failed", "upstream_failed")
"""What Airflow takes for failed when it clears only that."""

SINCE: Mapping[str, str | None] = {"v1": "2.5.0"}
"""From where on v1 clears by run, which predictions need as well, has notes, and marks one task instance."""

ONLY_V2: Mapping[str, str | None] = {"v1": None, "v2": "3.0.0"}
"""v1 clears a mapped task only with all its indexes (2.11.2)."""


_TASKS = a_list("tasks", an_object(task_id=str))
_TOUCHED = a_list("task_instances", an_object(dag_run_id=str, task_id=str))

Key = Tuple[str, str, int]
"""What names a task instance: the ID of its run, that of its task, and its index."""

State = Optional[str]


def _key(row: Mapping[str, Any]) -> Key:
    return row["dag_run_id"], row["task_id"], row["map_index"]


class Wanted:
    """What the options ask for, and the task instances of the run that they name."""

    def __init__(self, client: Client, params: Mapping[str, Any]) -> None:
        self.client = client
        self.params = params
        self.state: str = params["state"]
        self.map_index: int | None = params["map_index"]
        _check(params, client)
        self.run = self._read_run()
        self.before: dict[Key, dict[str, Any]] = {}
        self._remember(task_instances(client, self.run))
        self.rows = list(self.before.values())
        self.selected = self._select()

    def _read_run(self) -> dict[str, Any]:
        dag_id, run_id = self.params["dag_id"], self.params["dag_run_id"]
        run = read_run(self.client, dag_id, run_id)
        if run is None:
            dag = read_dag(self.client, dag_id)
            missing = f"{title(dag_id, run_id)} does not exist" if dag else why_missing(self.client, dag_id, dag)
            raise InvalidInputError(missing)
        return run

    def _select(self) -> list[dict[str, Any]]:
        """The task instances that the options name, without their relatives."""
        missing = set(self.params["task_ids"]) - {row["task_id"] for row in self.rows}
        if missing:
            answer = self.client.call("GET", fill("dags/{dag_id}/tasks", self.params), check=_TASKS)
            unknown = sorted(missing - {task["task_id"] for task in answer["tasks"]})
            if unknown:
                raise InvalidInputError(
                    f"task_ids names what DAG {self.params['dag_id']!r} does not have: "
                    f"{', '.join(map(repr, unknown))}. Nothing was changed"
                )
        found = [row for row in self.rows if row["task_id"] in self.params["task_ids"]]
        if self.map_index is None:
            return found
        for task_id in self.params["task_ids"]:
            indexes = [row["map_index"] for row in found if row["task_id"] == task_id]
            if indexes and self.map_index not in indexes:
                raise InvalidInputError(
                    f"map_index {self.map_index} does not exist: task {task_id!r} of "
                    f"{title(self.run['dag_id'], self.run['dag_run_id'])} has {_indexes(indexes)}. Nothing was changed"
                )
        return [row for row in found if row["map_index"] == self.map_index]

    def touched(self) -> dict[Key, State]:
        """Key → state after it, of the task instances that would change theirs; by the API's own dry runs.

        Airflow clears what failed after a task that it marks, so that it runs, and no dry run of marking lists that
        (2.11.2, 3.3.2): it is worked out from the dry run of clearing.
        """
        if self.state == "cleared":
            return dict.fromkeys(
                self._resolve(self._clear(True, self.params["only_failed"]), self.params["only_failed"])
            )
        after: dict[Key, State] = {}
        for task_id in self._task_ids():
            marked = self._mark(task_id, dry_run=True)
            after.update(dict.fromkeys(marked, self.state))
            for key in self._resolve(self._clear(True, False, [task_id]), False) if marked else ():
                if key[1] != task_id and after.get(key, self.before[key]["state"]) in FAILED:
                    after[key] = None
        return {key: state for key, state in after.items() if state != self.before[key]["state"]}

    def apply(self) -> None:
        """Change the states."""
        if self.state == "cleared":
            self._clear(False, self.params["only_failed"])
            return
        for task_id in self._task_ids():
            try:
                self._mark(task_id, dry_run=False)
            except RefusedError as error:
                # The relatives of one task can be the other tasks: then there is nothing left to do.
                if error.status != 409:
                    raise

    def note(self, row: Mapping[str, Any]) -> None:
        """Set the note of a task instance."""
        path = fill(ONE, row) + (f"/{row['map_index']}" if row["map_index"] >= 0 else "")
        body = {"note": self.params["note"]}
        if self.client.server.api is V1:
            self.client.call("PATCH", path + "/setNote", body=body)
        else:
            self.client.call("PATCH", path, query=[("update_mask", "note")], body=body)

    def _task_ids(self) -> list[str]:
        return list(dict.fromkeys(row["task_id"] for row in self.selected))

    def _path(self, task_id: str) -> str:
        mapped = "" if self.map_index is None or self.map_index < 0 else f"/{self.map_index}"
        return fill(ONE, {**self.run, "task_id": task_id}) + mapped

    def _marked(self) -> dict[str, Any]:
        return {"new_state": self.state, **{name: self.params[name] for name in RELATIVES}}

    def _clear(self, dry_run: bool, only_failed: bool, after: list[str] | None = None) -> list[dict[str, Any]]:
        """Clear, and return what that touches.

        :param after: clear these tasks and all that comes after them, in place of what the options name.
        """
        ids, index = self.params["task_ids"], self.map_index
        body: dict[str, Any] = {
            "dry_run": dry_run,
            "dag_run_id": self.run["dag_run_id"],
            "task_ids": after or (ids if index is None or index < 0 else [[name, index] for name in ids]),
            "only_failed": only_failed,
            "reset_dag_runs": True,
            **{name: self.params[name] for name in RELATIVES},
            **({"include_downstream": True, "include_upstream": False} if after else {}),
        }
        path = fill("dags/{dag_id}/clearTaskInstances", self.run)
        return list(self.client.call("POST", path, body=body, only_reads=dry_run, check=_TOUCHED)["task_instances"])

    def _mark(self, task_id: str, dry_run: bool) -> list[Key]:
        """Mark one of the tasks with the relatives that are wanted, and return what a dry run says of it."""
        rows = [row for row in self.selected if row["task_id"] == task_id]
        if self.client.server.api is not V1:
            path = self._path(task_id) + ("/dry_run" if dry_run else "")
            answer = self.client.call("PATCH", path, body=self._marked(), only_reads=dry_run, check=_TOUCHED)
            return self._resolve(answer["task_instances"], False)
        if all(row["map_index"] < 0 for row in rows):
            body = {"dry_run": dry_run, "task_id": task_id, "dag_run_id": self.run["dag_run_id"], **self._marked()}
            path = fill("dags/{dag_id}/updateTaskInstancesState", self.run)
            answer = self.client.call("POST", path, body=body, only_reads=dry_run, check=_TOUCHED)
            return self._resolve(answer["task_instances"], False)
        # v1 marks mapped ones one by one.
        for name in RELATIVES:
            if self.params[name]:
                check_since(f"{name} with the mapped task {task_id!r}", ONLY_V2, self.client.server)
        rows = [row for row in rows if row["state"] != self.state]
        for row in () if dry_run else rows:
            path = fill(ONE, row) + f"/{row['map_index']}"
            self.client.call("PATCH", path, body={"dry_run": False, "new_state": self.state})
        return [_key(row) for row in rows]

    def _resolve(self, references: Iterable[Mapping[str, Any]], only_failed: bool) -> list[Key]:
        """The task instances that a dry run lists. v1 tells neither their index nor their state.

        :param only_failed: the dry run was limited to what failed.
        """
        references = list(references)
        named = {(row["dag_run_id"], row["task_id"]) for row in references}
        for run_id in {run_id for run_id, _task_id in named} - {key[0] for key in self.before}:
            self._remember(task_instances(self.client, {**self.run, "dag_run_id": run_id}))
        if any("map_index" in row for row in references):
            return [_key(row) for row in references]
        return [
            key
            for key, row in self.before.items()
            if key[:2] in named and (row["state"] in FAILED if only_failed else row["state"] != self.state)
        ]

    def _remember(self, rows: Iterable[dict[str, Any]]) -> None:
        self.before.update({_key(row): row for row in rows})


def _check(params: Mapping[str, Any], client: Client) -> None:
    server, state, map_index = client.server, params["state"], params["map_index"]
    check_since("airflow_task_instance", SINCE, server)
    for item in FIELDS[:2]:
        check_identity(item, params[item.name])
    if not params["task_ids"]:
        raise InvalidInputError("task_ids must not be empty")
    if params["only_failed"] and state != "cleared":
        raise InvalidInputError(f"only_failed is for state=cleared, got state={state}")
    if map_index is not None and map_index < -1:
        raise InvalidInputError(f"map_index must be -1 or more, got {map_index}")
    if state == "cleared" and map_index is not None and map_index >= 0:
        check_since("map_index with state=cleared", ONLY_V2, server)


def _indexes(indexes: list[int]) -> str:
    return "no indexes, as it is not mapped" if indexes == [-1] else f"the indexes {min(indexes)} to {max(indexes)}"


def task_instance(client: Client, params: Mapping[str, Any]) -> dict[str, Any]:
    """Do what the module does; in check mode, tell what it would do."""
    wanted = Wanted(client, params)
    states = wanted.touched()
    touched = [wanted.before[key] for key in sorted(states)]
    noted = [row for row in wanted.selected if params["note"] is not None and (row["note"] or "") != params["note"]]
    warnings: list[str] = []
    if not client.transport.read_only:
        if touched:
            _settled(wanted, states, warnings)
        for row in noted:
            wanted.note(row)
    notes = {_key(row): {"note": params["note"]} for row in noted}
    changed = [wanted.before[key] for key in sorted({*states, *notes})]
    after = [_result(row, states.get(_key(row), row["state"]), notes.get(_key(row), {})) for row in changed]
    header = title(wanted.run["dag_id"], wanted.run["dag_run_id"])
    return {
        "changed": bool(changed),
        "task_instances": after,
        "diff": {
            "before": {_label(row, wanted): _brief(row) for row in changed},
            "after": {_label(row, wanted): _brief(row) for row in after},
            "before_header": header,
            "after_header": header,
        },
        "warnings": warnings,
    }


def _result(row: Mapping[str, Any], state: str | None, note: Mapping[str, Any]) -> dict[str, Any]:
    named = {name: row[name] for name in ("dag_id", "dag_run_id", "task_id", "map_index")}
    return {**named, "state": state, "previous_state": row["state"], "note": row.get("note"), **note}


def _label(row: Mapping[str, Any], wanted: Wanted) -> str:
    index = f"[{row['map_index']}]" if row["map_index"] >= 0 else ""
    elsewhere = f"{row['dag_run_id']}/" if row["dag_run_id"] != wanted.run["dag_run_id"] else ""
    return f"{elsewhere}{row['task_id']}{index}"


def _brief(row: Mapping[str, Any]) -> dict[str, Any]:
    return {"state": row["state"], "note": row.get("note") or ""}


def _settled(wanted: Wanted, states: Mapping[Key, State], warnings: list[str]) -> None:
    """Change the states, and find out by reading what a request without a clear answer has done."""
    try:
        wanted.apply()
    except MissingError as error:
        raise AirflowError(
            f"{error.message}. The run, or a task of it, was deleted meanwhile", **error.facts
        ) from error
    except RequestError as error:
        if error.effect is Effect.NONE:
            raise
        try:
            now = {
                _key(row): row["state"]
                for run_id in {key[0] for key in states}
                for row in task_instances(wanted.client, {**wanted.run, "dag_run_id": run_id})
            }
        except AirflowError as second:
            raise AirflowError(
                f"{error.message}. Whether the task instances were changed is not known, as reading them back failed "
                f"too ({second.message}). Running the task again finds out",
                **error.facts,
            ) from error
        left = [key for key, state in states.items() if not _is_done(state, wanted.before[key]["state"], now.get(key))]
        if left:
            named = ", ".join(task_title(wanted.before[key]) for key in left)
            raise AirflowError(f"{error.message}. Read back: not {wanted.state}: {named}", **error.facts) from error
        warnings.append(f"{error.message}. Read back: they were {_done(wanted.state)} all the same")


def _is_done(wanted: State, before: State, now: State) -> bool:
    # What was cleared may be on its way again already.
    return now == wanted if wanted else now is None or now != before


def _done(state: str) -> str:
    return "cleared" if state == "cleared" else f"marked {state}"


def _relative(name: str, description: str) -> Field:
    return Field(name, type="bool", default=False, description=(description,))


FIELDS = (
    DAG_ID,
    Field("dag_run_id", required=True, longest=250, description=("ID of the run.",)),
    Field(
        "task_ids",
        type="list",
        elements="str",
        required=True,
        description=("IDs of the tasks, with their task groups: C(group.task).",),
        sample=["load"],
    ),
    Field(
        "map_index",
        type="int",
        description=(
            "Index of one instance of mapped tasks; all of them if left out.",
            "To clear one needs Airflow 3.",
        ),
    ),
    _relative("include_upstream", "Take the tasks before them as well."),
    _relative("include_downstream", "Take the tasks after them as well."),
    _relative("include_future", "Take them in later runs as well."),
    _relative("include_past", "Take them in earlier runs as well."),
    _relative("only_failed", "Clear only what failed, or did not run as something before it failed."),
    Field(
        "note",
        longest=1000,
        description=("Note of the task instances in O(task_ids), without their relatives. Empty text clears it.",),
    ),
    Field(
        "state",
        choices=("cleared", "success", "failed", "skipped"),
        required=True,
        description=(
            "V(cleared) has the task instances run again, each time, and puts their run back into the queue.",
            "V(success), V(failed) and V(skipped) mark them; what is so already is left alone. What has failed after "
            "them is cleared by Airflow, so that it runs now.",
        ),
    ),
)

TASK_INSTANCE = Action(
    kind="task_instance",
    act=task_instance,
    writes=True,
    fields=FIELDS,
    returned=(
        Field(
            "task_instances",
            type="list",
            elements="dict",
            description=(
                "Exactly the task instances that were changed, or would be in check mode: C(dag_id), C(dag_run_id), "
                "C(task_id), C(map_index) (-1 if it is not mapped), C(state) (none if it was cleared), "
                "C(previous_state) and C(note).",
            ),
        ),
    ),
    summary="Clear and mark task instances of Apache Airflow",
    description=(
        "Clears task instances, so that they run again, or marks them as succeeded, failed or skipped. Needs Airflow "
        "2.5.",
        "Check mode asks Airflow itself, by the dry run of its API.",
        "If there is nothing to change, such as no failed task to clear, nothing is changed. A task that the DAG does "
        "not have is an error.",
    ),
    examples="""
- name: Run what failed once more
  dataops.airflow.airflow_task_instance:
    airflow_url: https://airflow.example.com
    airflow_username: ansible
    airflow_password: "{{ airflow_password }}"
    dag_id: etl
    dag_run_id: release-1
    task_ids: [load]
    only_failed: true
    include_downstream: true
    state: cleared

- name: Go on without one part
  dataops.airflow.airflow_task_instance:
    dag_id: etl
    dag_run_id: release-1
    task_ids: [load]
    map_index: 3
    state: success
    note: Loaded by hand
""",
)
