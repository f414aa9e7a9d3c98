# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Task instances: cleared, so that they run again, or marked."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Callable, Collection, Iterable, Iterator, Mapping, NamedTuple

from ..._engine.options import check_identity, check_since
from ..._engine.run_operation import Diff, Steps, Write, Writes, run_operation
from ..._engine.settle import CONFLICT, UNSHOWN, in_turn
from ..._model.api import V1, Intent, Since
from ..._model.change import Action
from ..._model.errors import InvalidInputError, MissingError, PreconditionError, RefusedError, RequestError, few
from ..._model.field import NOTHING, Field
from ..._model.operation import Operation
from ..._model.paths import fill
from ..._model.secrets import Secrecy
from ..._model.shape import a_list, an_object
from ..shared.fields import DAG_ID
from ..shared.read_dags import read_dag, why_missing
from ..shared.read_runs import read_run, task_instances, task_title, title
from .task_requests import (
    FAILED,
    RELATIVES,
    Key,
    Known,
    Rows,
    State,
    Wanted,
    clear,
    has_note,
    is_done,
    key_of,
    mark,
    mark_one,
    set_note,
)

if TYPE_CHECKING:
    from ..._http.client import Client

ONLY_V2 = Since(v1=None, v2="3.0.0")
"""v1 clears a mapped task only with all its indexes (2.11.2)."""

_TASKS = a_list("tasks", an_object(task_id=str))

NAMED_IN_MESSAGE = 5

SHOWN = object()
"""What the answers of several requests come to if each shows what it was to do."""


class Touched(NamedTuple):
    """What one request touches, by the API's own dry runs.

    :param task_id: the task that it marks; empty if it clears.
    :param keys: what it clears or marks.
    :param after: the task and what comes after it.
    """

    task_id: str
    keys: list[Key]
    after: list[Key]


class Seen(NamedTuple):
    """The run, and what the options mean there.

    :param before: its task instances, and those of other runs that are touched.
    :param selected: the task instances that the options name, without their relatives.
    :param singly: the tasks whose instances are marked one by one.
    """

    run: Mapping[str, Any]
    before: Rows
    selected: list[Mapping[str, Any]]
    touched: list[Touched]
    singly: frozenset[str]


class Plan(NamedTuple):
    """What changes.

    :param states: the state of each task instance after it; ``None`` for one that is cleared.
    :param noted: the task instances that get the note.
    """

    action: Action
    wanted: Wanted
    seen: Seen
    states: Mapping[Key, State]
    noted: list[Key]


class TaskInstances(Steps[Wanted, Seen, Plan]):
    """Clears or marks task instances, then gives them their note."""

    module = "airflow_task_instance"
    since = Since(v1="2.5.0")
    """From where on v1 clears by run, which predictions need as well, has notes, and marks one task instance."""

    def wanted(self, options: Mapping[str, Any]) -> Wanted:
        for item in FIELDS[:2]:
            check_identity(item, options[item.name])
        state, map_index = options["state"], options["map_index"]
        if not options["task_ids"]:
            raise InvalidInputError("task_ids must not be empty")
        if options["only_failed"] and state != "cleared":
            raise InvalidInputError(f"only_failed is for state=cleared, got state={state}")
        if map_index is not None and map_index < -1:
            raise InvalidInputError(f"map_index must be -1 or more, got {map_index}")
        relatives = {name: options[name] for name in RELATIVES}
        task_ids, only_failed, note = options["task_ids"], options["only_failed"], options["note"]
        return Wanted(
            options["dag_id"], options["dag_run_id"], task_ids, map_index, relatives, only_failed, note, state
        )

    def read(self, client: Client, wanted: Wanted) -> Seen:
        if wanted.state == "cleared" and wanted.map_index is not None and wanted.map_index >= 0:
            check_since("map_index with state=cleared", ONLY_V2, client.server)
        run = _read_run(client, wanted)
        known = Known(client, run)
        selected = _select(client, wanted, run, list(known.rows.values()))
        if wanted.state == "cleared":
            listed = clear(client, wanted, Intent.DRY_RUN, wanted.only_failed)
            touched = [Touched("", known.listed(listed, wanted, wanted.only_failed), [])]
            return Seen(run, known.rows, selected, touched, frozenset())
        singly, touched = set(), []
        for task_id in _ids(selected):
            if _is_marked_singly(client, wanted, _of(task_id, selected)):
                singly.add(task_id)
                keys = [key_of(row) for row in _others(_of(task_id, selected), wanted.state)]
            else:
                keys = known.listed(mark(client, wanted, task_id, Intent.DRY_RUN), wanted)
            after = known.listed(clear(client, wanted, Intent.DRY_RUN, False, [task_id]), wanted) if keys else []
            touched.append(Touched(task_id, keys, after))
        return Seen(run, known.rows, selected, touched, frozenset(singly))

    def plan(self, wanted: Wanted, seen: Seen) -> Plan:
        states = _states(wanted, seen)
        unlike = [row for row in seen.selected if wanted.note is not None and not has_note(wanted, row)]
        noted = list({key_of(row): row for row in unlike})
        return Plan(Action.UPDATE if states or noted else Action.NONE, wanted, seen, states, noted)

    def predict(self, plan: Plan) -> list[dict[str, Any]]:
        return _changed(plan, plan.states, plan.noted)

    def writes(self, client: Client, plan: Plan) -> Writes:
        wanted, before = plan.wanted, plan.seen.before
        earlier, facts = "", {}
        if plan.states:

            def has_state(key: Key, now: Rows) -> bool | None:
                return is_done(plan.states[key], before[key], now.get(key))

            try:
                yield from _made(client, plan, plan.states, _state_requests(client, plan), has_state, wanted.done)
            except MissingError as error:
                raise error.saying(f"{error.message}. The run, or a task of it, was deleted meanwhile") from error
            earlier = f"Before that, {_named(plan, plan.states)} was {wanted.done}"
            facts = {"task_instances": _changed(plan, plan.states, ())}
        if plan.noted:

            def is_noted(key: Key, now: Rows) -> bool:
                return has_note(wanted, now.get(key))

            requests = (partial(set_note, client, wanted, before[key]) for key in plan.noted)
            yield from _made(client, plan, plan.noted, requests, is_noted, "given its note", earlier, facts)
        return self.predict(plan)

    def result(self, plan: Plan, value: list[dict[str, Any]]) -> dict[str, Any]:
        return {"task_instances": value}

    def diff(self, plan: Plan) -> Diff:
        run, after = plan.seen.run, self.predict(plan)
        before = [plan.seen.before[key_of(row)] for row in after]
        return Diff(
            title(run["dag_id"], run["dag_run_id"]),
            {_label(row, run): _brief(row) for row in before},
            {_label(row, run): _brief(row) for row in after},
        )


def _ids(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    return list(dict.fromkeys(row["task_id"] for row in rows))


def _of(task_id: str, rows: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [row for row in rows if row["task_id"] == task_id]


def _others(rows: Iterable[Mapping[str, Any]], state: str) -> list[Mapping[str, Any]]:
    """Those that have another state."""
    return [row for row in rows if row["state"] != state]


def _read_run(client: Client, wanted: Wanted) -> dict[str, Any]:
    run = read_run(client, wanted.dag_id, wanted.run_id)
    if run is not None:
        return run
    if read_dag(client, wanted.dag_id) is None:
        raise PreconditionError(why_missing(client, wanted.dag_id, None))
    raise PreconditionError(f"{title(wanted.dag_id, wanted.run_id)} does not exist")


def _select(
    client: Client, wanted: Wanted, run: Mapping[str, Any], rows: list[dict[str, Any]]
) -> list[Mapping[str, Any]]:
    """The task instances that the options name, without their relatives.

    :param rows: those of the run.
    """
    missing = set(wanted.task_ids) - {row["task_id"] for row in rows}
    if missing:
        answer = client.call("GET", fill("dags/{dag_id}/tasks", run), check=_TASKS)
        unknown = sorted(missing - {task["task_id"] for task in answer["tasks"]})
        if unknown:
            raise PreconditionError(
                f"task_ids has names that DAG {wanted.dag_id!r} does not have: {', '.join(map(repr, unknown))}. "
                "Nothing was changed"
            )
    found: list[Mapping[str, Any]] = [row for row in rows if row["task_id"] in wanted.task_ids]
    if wanted.map_index is None:
        return found
    for task_id in wanted.task_ids:
        indexes = [row["map_index"] for row in _of(task_id, found)]
        if indexes and wanted.map_index not in indexes:
            raise PreconditionError(
                f"map_index {wanted.map_index} does not exist: task {task_id!r} of "
                f"{title(run['dag_id'], run['dag_run_id'])} has {_indexes(indexes)}. Nothing was changed"
            )
    return [row for row in found if row["map_index"] == wanted.map_index]


def _indexes(indexes: list[int]) -> str:
    return "no indexes, as it is not mapped" if indexes == [-1] else f"the indexes {min(indexes)} to {max(indexes)}"


def _states(wanted: Wanted, seen: Seen) -> dict[Key, State]:
    """Key → state after it, of the task instances that would change theirs.

    Airflow clears what failed after a task that it marks, so that it runs, and no dry run of marking lists that
    (2.11.2, 3.3.2): it is worked out from the dry run of clearing.
    """
    if wanted.state == "cleared":
        return dict.fromkeys(key for touched in seen.touched for key in touched.keys)
    before = {key: row["state"] for key, row in seen.before.items()}
    after: dict[Key, State] = {}
    for touched in seen.touched:
        after.update(dict.fromkeys(touched.keys, wanted.state))
        for key in touched.after:
            if key[1] != touched.task_id and after.get(key, before[key]) in FAILED:
                after[key] = None
    return {key: state for key, state in after.items() if state != before[key]}


def _state_requests(client: Client, plan: Plan) -> Iterator[Callable[[], bool]]:
    """The requests that change the states; each returns whether its answer shows that it was done."""
    wanted, seen = plan.wanted, plan.seen
    if wanted.state == "cleared":
        yield lambda: _is_shown(plan, clear(client, wanted, Intent.WRITE, wanted.only_failed), wanted.task_ids)
        return
    for task_id in _ids(seen.selected):
        if task_id in seen.singly:
            for row in _others(_of(task_id, seen.selected), wanted.state):
                yield partial(mark_one, client, wanted, row)
        else:
            yield partial(_is_marked, client, plan, task_id)


def _is_marked(client: Client, plan: Plan, task_id: str) -> bool:
    try:
        return _is_shown(plan, mark(client, plan.wanted, task_id, Intent.WRITE), [task_id])
    except RefusedError as error:
        # The relatives of one task can be the other tasks: then there is nothing left to do.
        if error.status != CONFLICT:
            raise
        return False


def _is_shown(plan: Plan, listed: Iterable[Mapping[str, Any]], task_ids: Collection[str]) -> bool:
    """Whether an answer shows that these tasks of the run have been changed; v1 lists them without their states."""
    rows = {(row["dag_run_id"], row["task_id"], row.get("map_index")): row for row in listed}
    for key, state in plan.states.items():
        if key[0] == plan.wanted.run_id and key[1] in task_ids:
            row = rows.get(key) or rows.get((*key[:2], None))
            if row is None or ("state" in row and not is_done(state, plan.seen.before[key], row)):
                return False
    return True


def _is_marked_singly(client: Client, wanted: Wanted, rows: Iterable[Mapping[str, Any]]) -> bool:
    """Whether this is a mapped task of v1, whose instances are marked one by one, and without relatives.

    :param rows: the instances of the task.
    """
    mapped = [row["task_id"] for row in rows if row["map_index"] >= 0]
    if client.server.api is not V1 or not mapped:
        return False
    for name, is_wanted in wanted.relatives.items():
        if is_wanted:
            check_since(f"{name} with the mapped task {mapped[0]!r}", ONLY_V2, client.server)
    return True


def _made(
    client: Client,
    plan: Plan,
    keys: Collection[Key],
    requests: Iterable[Callable[[], bool]],
    verdict: Callable[[Key, Rows], bool | None],
    done: str,
    earlier: str = "",
    facts: Mapping[str, Any] = NOTHING,
) -> Writes:
    """Send requests that change task instances, as one write.

    :param requests: each returns whether its answer shows that it was done.
    :param verdict: takes the key of one and all as they are now; whether it has been changed.
    :param earlier, facts: as for :class:`.run_operation.Write`.
    """

    def look() -> Rows:
        """The task instances of the runs that are concerned, as they are now."""
        runs = [{**plan.seen.run, "dag_run_id": run_id} for run_id in sorted({key[0] for key in keys})]
        return {key_of(row): row for run in runs for row in task_instances(client, run)}

    def are_done(now: Any) -> bool | None:
        if now is SHOWN:
            return True
        verdicts = {verdict(key, now) for key in keys}
        return False if False in verdicts else None if None in verdicts else True

    found: dict[str, Any] = {}

    def left(now: Any) -> str:
        made = {key: now[key]["state"] for key in keys if verdict(key, now)}
        found.update(changed=True, task_instances=_changed(plan, made, ()))
        return f"{_named(plan, [key for key in keys if key not in made])} was not {done}"

    try:
        yield Write(
            lambda: SHOWN if all(in_turn(requests)) else UNSHOWN,
            look,
            are_done,
            lambda now: not any(verdict(key, now) for key in keys),
            _named(plan, keys),
            done,
            left=left,
            hidden="a task that was under way does not show it. Run the task again to do it again",
            earlier=earlier,
            facts=facts,
        )
    except RequestError as error:
        raise error.saying(error.message, **found) from error


def _changed(plan: Plan, states: Mapping[Key, State], noted: Collection[Key]) -> list[dict[str, Any]]:
    """The results of task instances that were changed, or would be."""
    changed = []
    for key in sorted({*states, *noted}):
        row = plan.seen.before[key]
        named = {name: row[name] for name in ("dag_id", "dag_run_id", "task_id", "map_index")}
        state, note = states.get(key, row["state"]), plan.wanted.note if key in noted else row.get("note")
        changed.append({**named, "state": state, "previous_state": row["state"], "note": note})
    return changed


def _label(row: Mapping[str, Any], run: Mapping[str, Any]) -> str:
    index = f"[{row['map_index']}]" if row["map_index"] >= 0 else ""
    elsewhere = f"{row['dag_run_id']}/" if row["dag_run_id"] != run["dag_run_id"] else ""
    return f"{elsewhere}{row['task_id']}{index}"


def _brief(row: Mapping[str, Any]) -> dict[str, Any]:
    return {"state": row["state"], "note": row.get("note") or ""}


def _named(plan: Plan, keys: Collection[Key]) -> str:
    """What to call task instances at the beginning of a sentence about each of them."""
    run_id = plan.wanted.run_id
    named = few(
        [task_title(plan.seen.before[key]) + (f" of run {key[0]!r}" if key[0] != run_id else "") for key in keys],
        NAMED_IN_MESSAGE,
    )
    every = f"each of {len(keys)} task instances ({named})" if len(keys) > 1 else named
    return f"{every} of {title(plan.wanted.dag_id, run_id)}"


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
    act=partial(run_operation, TaskInstances()),
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
