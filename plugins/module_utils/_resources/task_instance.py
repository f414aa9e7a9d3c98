# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Task instances: cleared, so that they run again, or marked."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Callable, Collection, Iterable, Iterator, Mapping, Optional, Tuple

from .._core.api import V1, Intent, Path, Since, below, fill
from .._core.errors import InvalidInputError, MissingError, PreconditionError, RefusedError, RequestError, few, keeping
from .._core.options import check_identity, check_since
from .._core.run_plan import DONE, task_title, title
from .._core.secrets import Secrecy
from .._core.settle import CONFLICT, UNSHOWN, in_turn, settle
from .._core.shape import a_list, an_object
from .._core.spec import Field, Operation
from .dag import read_dag, why_missing
from .dag_run import read_run, task_instances
from .fields import DAG_ID
from .paths import INSTANCE

if TYPE_CHECKING:
    from .._core.client import Client

RELATIVES = ("include_upstream", "include_downstream", "include_future", "include_past")
FAILED = ("failed", "upstream_failed")
"""What Airflow takes for failed when it clears only that."""

SINCE = Since(v1="2.5.0")
"""From where on v1 clears by run, which predictions need as well, has notes, and marks one task instance."""

ONLY_V2 = Since(v1=None, v2="3.0.0")
"""v1 clears a mapped task only with all its indexes (2.11.2)."""


_TASKS = a_list("tasks", an_object(task_id=str))
_TOUCHED = a_list("task_instances", an_object(dag_run_id=str, task_id=str))

NAMED_IN_MESSAGE = 5

CLEARED = (None, "restarting")
"""The states of a task instance that has just been cleared; the second one is for one that was running."""

SHOWN = object()
"""What the answers of several requests come to if each shows what it was to do."""

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
            raise PreconditionError(missing)
        return run

    def _select(self) -> list[dict[str, Any]]:
        """The task instances that the options name, without their relatives."""
        missing = set(self.params["task_ids"]) - {row["task_id"] for row in self.rows}
        if missing:
            answer = self.client.call("GET", fill("dags/{dag_id}/tasks", self.params), check=_TASKS)
            unknown = sorted(missing - {task["task_id"] for task in answer["tasks"]})
            if unknown:
                raise PreconditionError(
                    f"task_ids names what DAG {self.params['dag_id']!r} does not have: "
                    f"{', '.join(map(repr, unknown))}. Nothing was changed"
                )
        found = [row for row in self.rows if row["task_id"] in self.params["task_ids"]]
        if self.map_index is None:
            return found
        for task_id in self.params["task_ids"]:
            indexes = [row["map_index"] for row in found if row["task_id"] == task_id]
            if indexes and self.map_index not in indexes:
                raise PreconditionError(
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
                self._resolve(self._clear(Intent.DRY_RUN, self.params["only_failed"]), self.params["only_failed"])
            )
        after: dict[Key, State] = {}
        for task_id in self._task_ids():
            if self._is_one_by_one(task_id):
                marked = [_key(row) for row in self._others(task_id)]
            else:
                marked = self._resolve(self._mark(task_id, Intent.DRY_RUN), False)
            after.update(dict.fromkeys(marked, self.state))
            for key in self._resolve(self._clear(Intent.DRY_RUN, False, [task_id]), False) if marked else ():
                if key[1] != task_id and after.get(key, self.before[key]["state"]) in FAILED:
                    after[key] = None
        return {key: state for key, state in after.items() if state != self.before[key]["state"]}

    def changes(self, states: Mapping[Key, State]) -> Iterator[Callable[[], bool]]:
        """The requests that change the states; each returns whether its answer shows that it was done.

        :param states: what changes, from :meth:`touched`.
        """
        if self.state == "cleared":
            yield lambda: self._is_shown(
                self._clear(Intent.WRITE, self.params["only_failed"]), states, self.params["task_ids"]
            )
            return
        for task_id in self._task_ids():
            if self._is_one_by_one(task_id):
                for row in self._others(task_id):
                    yield partial(self._mark_one, row)
            else:
                yield partial(self._marks, task_id, states)

    def _marks(self, task_id: str, states: Mapping[Key, State]) -> bool:
        try:
            return self._is_shown(self._mark(task_id, Intent.WRITE), states, [task_id])
        except RefusedError as error:
            # The relatives of one task can be the other tasks: then there is nothing left to do.
            if error.status != CONFLICT:
                raise
            return False

    def _mark_one(self, row: Mapping[str, Any]) -> bool:
        path = below(fill(INSTANCE, row), str(row["map_index"]))
        self.client.call("PATCH", path, body={"dry_run": False, "new_state": self.state})
        # The answer to this is {} (2.11.2).
        return False

    def _is_shown(
        self, listed: Iterable[Mapping[str, Any]], states: Mapping[Key, State], task_ids: Iterable[str]
    ) -> bool:
        """Whether an answer shows that these tasks of the run have been changed; v1 lists them without their states."""
        run_id = self.run["dag_run_id"]
        rows = {(row["dag_run_id"], row["task_id"], row.get("map_index")): row for row in listed}
        for key, state in states.items():
            if key[0] == run_id and key[1] in task_ids:
                row = rows.get(key) or rows.get((*key[:2], None))
                if row is None or ("state" in row and not is_done(state, self.before[key], row)):
                    return False
        return True

    def note(self, row: Mapping[str, Any]) -> bool:
        """Set the note of a task instance; whether the answer shows it."""
        path = below(fill(INSTANCE, row), *([str(row["map_index"])] if row["map_index"] >= 0 else []))
        body = {"note": self.params["note"]}
        if self.client.server.api is V1:
            answer = self.client.call("PATCH", below(path, "setNote"), body=body)
            listed = [answer]
        else:
            answer = self.client.call("PATCH", path, query=[("update_mask", "note")], body=body, check=_TOUCHED)
            listed = answer["task_instances"]
        named = ("dag_run_id", "task_id", "map_index")
        shown = an_object("note", shown={name: row[name] for name in named})
        return any(not shown(item) and self.has_note(item) for item in listed)

    def has_note(self, row: Mapping[str, Any] | None) -> bool:
        """Whether a task instance has the wanted note."""
        return row is not None and (row.get("note") or "") == self.params["note"]

    def read(self, keys: Iterable[Key]) -> dict[Key, dict[str, Any]]:
        """The task instances of the runs that are concerned, as they are now."""
        runs = sorted({key[0] for key in keys})
        rows = (row for run_id in runs for row in task_instances(self.client, {**self.run, "dag_run_id": run_id}))
        return {_key(row): row for row in rows}

    def _task_ids(self) -> list[str]:
        return list(dict.fromkeys(row["task_id"] for row in self.selected))

    def _path(self, task_id: str, *more: str) -> Path:
        mapped = [] if self.map_index is None or self.map_index < 0 else [str(self.map_index)]
        return below(fill(INSTANCE, {**self.run, "task_id": task_id}), *mapped, *more)

    def _marked(self) -> dict[str, Any]:
        return {"new_state": self.state, **{name: self.params[name] for name in RELATIVES}}

    def _clear(self, intent: Intent, only_failed: bool, after: list[str] | None = None) -> list[dict[str, Any]]:
        """Clear, and return what that touches.

        :param after: clear these tasks and all that comes after them, in place of what the options name.
        """
        ids, index = self.params["task_ids"], self.map_index
        body: dict[str, Any] = {
            "dry_run": intent is Intent.DRY_RUN,
            "dag_run_id": self.run["dag_run_id"],
            "task_ids": after or (ids if index is None or index < 0 else [[name, index] for name in ids]),
            "only_failed": only_failed,
            "reset_dag_runs": True,
            **{name: self.params[name] for name in RELATIVES},
            **({"include_downstream": True, "include_upstream": False} if after else {}),
        }
        path = fill("dags/{dag_id}/clearTaskInstances", self.run)
        return list(self.client.call("POST", path, body=body, intent=intent, check=_TOUCHED)["task_instances"])

    def _mark(self, task_id: str, intent: Intent) -> list[dict[str, Any]]:
        """Mark one of the tasks with the relatives that are wanted, and return what the answer lists."""
        if self.client.server.api is not V1:
            path = self._path(task_id, *(["dry_run"] if intent is Intent.DRY_RUN else []))
            answer = self.client.call("PATCH", path, body=self._marked(), intent=intent, check=_TOUCHED)
        else:
            body = {"task_id": task_id, "dag_run_id": self.run["dag_run_id"], **self._marked()}
            body["dry_run"] = intent is Intent.DRY_RUN
            path = fill("dags/{dag_id}/updateTaskInstancesState", self.run)
            answer = self.client.call("POST", path, body=body, intent=intent, check=_TOUCHED)
        return list(answer["task_instances"])

    def _is_one_by_one(self, task_id: str) -> bool:
        """Whether this is a mapped task of v1, whose instances are marked one by one, and without relatives."""
        if self.client.server.api is not V1 or not any(row["map_index"] >= 0 for row in self._rows_of(task_id)):
            return False
        for name in RELATIVES:
            if self.params[name]:
                check_since(f"{name} with the mapped task {task_id!r}", ONLY_V2, self.client.server)
        return True

    def _rows_of(self, task_id: str) -> list[dict[str, Any]]:
        return [row for row in self.selected if row["task_id"] == task_id]

    def _others(self, task_id: str) -> list[dict[str, Any]]:
        """The instances of a task that have another state than the wanted one."""
        return [row for row in self._rows_of(task_id) if row["state"] != self.state]

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
    noted = {_key(row): row for row in wanted.selected if params["note"] is not None and not wanted.has_note(row)}
    warnings: list[str] = []
    if not client.transport.read_only:
        if states:
            warnings.append(_change(wanted, states))
        if noted:
            done, facts = "", {}
            if states:
                done = f"Before that, {_named(wanted, states)} was {_done(wanted.state)}"
                facts = {"changed": True, "task_instances": _results(wanted, states, {})}
            with keeping(done, **facts):
                warnings.append(_note(wanted, noted))
    notes = {key: {"note": params["note"]} for key in noted}
    changed = [wanted.before[key] for key in sorted({*states, *notes})]
    after = _results(wanted, states, notes)
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
        "warnings": [warning for warning in warnings if warning],
    }


def _results(
    wanted: Wanted, states: Mapping[Key, State], notes: Mapping[Key, Mapping[str, Any]]
) -> list[dict[str, Any]]:
    changed = [wanted.before[key] for key in sorted({*states, *notes})]
    return [_result(row, states.get(_key(row), row["state"]), notes.get(_key(row), {})) for row in changed]


def _result(row: Mapping[str, Any], state: str | None, note: Mapping[str, Any]) -> dict[str, Any]:
    named = {name: row[name] for name in ("dag_id", "dag_run_id", "task_id", "map_index")}
    return {**named, "state": state, "previous_state": row["state"], "note": row.get("note"), **note}


def _label(row: Mapping[str, Any], wanted: Wanted) -> str:
    index = f"[{row['map_index']}]" if row["map_index"] >= 0 else ""
    elsewhere = f"{row['dag_run_id']}/" if row["dag_run_id"] != wanted.run["dag_run_id"] else ""
    return f"{elsewhere}{row['task_id']}{index}"


def _brief(row: Mapping[str, Any]) -> dict[str, Any]:
    return {"state": row["state"], "note": row.get("note") or ""}


def _change(wanted: Wanted, states: Mapping[Key, State]) -> str:
    """Change the states; what the user should know of it."""

    def verdict(key: Key, now: Mapping[Key, Mapping[str, Any]]) -> bool | None:
        return is_done(states[key], wanted.before[key], now.get(key))

    try:
        return _settled(wanted, states, wanted.changes(states), verdict, _done(wanted.state))
    except MissingError as error:
        raise error.saying(f"{error.message}. The run, or a task of it, was deleted meanwhile") from error


def _note(wanted: Wanted, noted: Mapping[Key, Mapping[str, Any]]) -> str:
    """Set the notes; what the user should know of it."""
    writes = (partial(wanted.note, row) for row in noted.values())
    return _settled(wanted, noted, writes, lambda key, now: wanted.has_note(now.get(key)), "given its note")


def _settled(
    wanted: Wanted,
    keys: Collection[Key],
    writes: Iterable[Callable[[], bool]],
    verdict: Callable[[Key, Mapping[Key, Mapping[str, Any]]], bool | None],
    done: str,
) -> str:
    """Send requests that change task instances, and find out by reading what they have done unless they show it.

    :param verdict: takes the key of one and all as they are now; whether it has been changed.
    :return: what the user should know of it.
    """

    def are_done(now: Any) -> bool | None:
        if now is SHOWN:
            return True
        verdicts = {verdict(key, now) for key in keys}
        return False if False in verdicts else None if None in verdicts else True

    facts: dict[str, Any] = {}

    def left(now: Any) -> str:
        made = {key: now[key]["state"] for key in keys if verdict(key, now)}
        facts.update(changed=True, task_instances=_results(wanted, made, {}))
        return f"{_named(wanted, [key for key in keys if key not in made])} was not {done}"

    try:
        return settle(
            lambda: SHOWN if all(in_turn(writes)) else UNSHOWN,
            lambda: wanted.read(keys),
            are_done,
            lambda now: not any(verdict(key, now) for key in keys),
            title=_named(wanted, keys),
            done=done,
            left=left,
            hidden="a task that was under way does not show it. Running the task again does it again",
        ).warning
    except RequestError as error:
        raise error.saying(error.message, **facts) from error


def _named(wanted: Wanted, keys: Collection[Key]) -> str:
    """What to call task instances at the beginning of a sentence about each of them."""
    run_id = wanted.run["dag_run_id"]
    named = few(
        [task_title(wanted.before[key]) + (f" of run {key[0]!r}" if key[0] != run_id else "") for key in keys],
        NAMED_IN_MESSAGE,
    )
    every = f"each of {len(keys)} task instances ({named})" if len(keys) > 1 else named
    return f"{every} of {title(wanted.run['dag_id'], run_id)}"


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
    _relative("include_upstream", "Include the upstream tasks."),
    _relative("include_downstream", "Include the downstream tasks."),
    _relative("include_future", "Include the tasks in later runs."),
    _relative("include_past", "Include the tasks in earlier runs."),
    _relative("only_failed", "Clear only failed tasks, and tasks that did not run because of a failed one."),
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
            "V(cleared) runs the task instances again, each time, and puts their run back into the queue.",
            "V(success), V(failed) and V(skipped) mark them; what is so already is left alone. What has failed after "
            "them is cleared by Airflow, so that it runs now.",
        ),
    ),
)

TASK_INSTANCE = Operation(
    kind="task_instance",
    act=task_instance,
    writes=True,
    fields=FIELDS,
    returned=(
        Field(
            "task_instances",
            type="list",
            elements="dict",
            secrecy=Secrecy.BY_KEY,
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
- name: Run the failed tasks again
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
