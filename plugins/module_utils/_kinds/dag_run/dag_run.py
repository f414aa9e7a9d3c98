# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""DAG runs: triggered, waited for, cleared, marked, deleted."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Mapping, NamedTuple

from ..._engine.options import check_identity
from ..._engine.run_operation import Diff, Look, Steps, Wait, Write, Writes, run_operation
from ..._engine.settle import CONFLICT, UNSHOWN
from ..._model.api import V1, Intent, Server
from ..._model.change import Action
from ..._model.errors import AirflowError, Effect, MissingError, PreconditionError, RefusedError, keeping
from ..._model.field import EVERY_API, Field
from ..._model.operation import Operation
from ..._model.paths import Path, below, fill
from ..._model.secrets import Secrecy
from ..._model.shape import a_list, an_object
from ..._model.timestamps import moment
from ..shared.fields import DAG_ID
from ..shared.read_dags import import_errors, one_line, read_dag, why_missing
from ..shared.read_runs import FINAL, read_run, title
from ..shared.routes import RUN, RUNS
from ..shared.rows import dag_run_row
from .run_end import LOGS_READ, counted, failed_tasks, left_of, progress, why_failed
from .run_plan import (
    NOTES_SINCE,
    RunPlan,
    check_run_id,
    check_wanted,
    differences,
    has_state,
    new_run_id,
    plan_run,
    refusal,
    trigger_body,
)

if TYPE_CHECKING:
    from ..._http.client import Client

ENDING = ("present", "queued", "cleared")
"""The wanted states of a run that goes on to its end, for which a task can wait."""

COMES_BACK_WITHIN = 0.5
"""Seconds after which a run that Airflow writes back exists again; it took at most 0.2."""

DELETIONS = 3
GONE = "no longer exists"


class Wanted(NamedTuple):
    """The run that is wanted.

    :param given: the options of :data:`WANTED` that were given.
    :param waits: whether its end is waited for; ``timeout``, ``pause`` and ``log_lines`` are for that.
    """

    given: Mapping[str, Any]
    waits: bool
    timeout: float
    pause: float
    log_lines: int


class Seen(NamedTuple):
    """What there is.

    :param run: ``None`` if it does not exist.
    :param clears: whether clearing it would touch anything, if that is wanted.
    """

    server: Server
    run: dict[str, Any] | None
    clears: bool


class Plan(NamedTuple):
    """What has to be done."""

    action: Action
    needs: RunPlan
    wanted: Wanted
    seen: Seen


class DagRuns(Steps[Wanted, Seen, Plan]):
    """Triggers, changes or deletes a run, and waits for its end."""

    module = "airflow_dag_run"
    tells_action = True
    adopts = True

    def wanted(self, options: Mapping[str, Any]) -> Wanted:
        given = {item.name: options[item.name] for item in WANTED if options[item.name] is not None}
        for item in WANTED[:2]:
            if item.name in given:
                check_identity(item, given[item.name])
        waits = options["wait"] and given["state"] in ENDING
        return Wanted(given, waits, options["wait_timeout"], options["poll_interval"], options["log_lines"])

    def read(self, client: Client, wanted: Wanted) -> Seen:
        given = wanted.given
        check_wanted(given, client.server)
        run = _find(client, given)
        clears = False
        if run and given["state"] == "cleared" and not differences(given, run):
            clears = bool(_cleared(client, run))
        return Seen(client.server, run, clears)

    def plan(self, wanted: Wanted, seen: Seen) -> Plan:
        needs = plan_run(wanted.given, seen.run, seen.server)
        if needs.state == "cleared" and not seen.clears:
            needs = RunPlan(Action.NONE, before=needs.before, after=needs.before)
        return Plan(needs.action, needs, wanted, seen)

    def preflight(self, client: Client, plan: Plan) -> list[str]:
        run, wanted = plan.seen.run, plan.wanted
        if plan.action is Action.CREATE:
            return _check_dag(client, wanted.given["dag_id"], wanted.waits)
        if wanted.waits and run and (plan.needs.state or run["state"] not in FINAL):
            _check_unpaused(client, run)
        return []

    def predict(self, plan: Plan) -> dict[str, Any] | None:
        needs, given = plan.needs, plan.wanted.given
        if plan.action is Action.DELETE:
            return None
        if plan.action is Action.CREATE:
            check_run_id(given, plan.seen.server)
            return {**{key: value for key, value in given.items() if key != "state"}, "state": "queued"}
        if plan.action is Action.NONE:
            return plan.seen.run
        note = {} if needs.note is None else {"note": needs.note}
        state = {} if needs.state is None else {"state": "queued" if needs.state == "cleared" else needs.state}
        return {**(plan.seen.run or {}), **note, **state}

    def writes(self, client: Client, plan: Plan) -> Writes:
        run, needs, earlier = plan.seen.run, plan.needs, ""
        if run is None:
            return (yield from _trigger(client, plan.wanted.given))
        if plan.action is Action.DELETE:
            return (yield from _delete(client, run))
        if needs.note is not None:
            run = yield _note(client, needs.note, run)
            earlier = f"Before that, {title(run['dag_id'], run['dag_run_id'])} was given its note"
        if needs.state is not None:
            write = _state(client, needs.state, run)
            run = yield write._replace(earlier=earlier, facts={"dag_run": run} if earlier else {})
        return run

    def follow(self, client: Client, plan: Plan, value: Any) -> Wait | None:
        wanted = plan.wanted
        if not value or not wanted.waits:
            return None
        dag_id, run_id = value["dag_id"], value.get("dag_run_id")
        name = title(dag_id, run_id)

        def look() -> dict[str, Any]:
            now = read_run(client, dag_id, run_id)
            if now is None:
                raise AirflowError(f"{name} was deleted while it was waited for")
            return now

        def end(run: dict[str, Any]) -> dict[str, Any]:
            if run["state"] == "failed":
                with keeping(f"{name} failed", dag_run=run):
                    failed, exceptions = failed_tasks(client, run, wanted.log_lines)
                raise AirflowError(why_failed(run, failed, exceptions), dag_run=run, failed_tasks=failed)
            return run

        return Wait(
            first=lambda: value,
            look=look,
            is_over=lambda run: run["state"] in FINAL,
            timeout=wanted.timeout,
            longest_pause=wanted.pause,
            title=name,
            state=lambda run: str(run["state"]),
            more=lambda run: left_of(client, run),
            line=lambda run: progress(dag_id, run, *counted(client, run)),
            facts=lambda run: {"dag_run": run},
            end=end,
            ahead=value["state"] in FINAL,
        )

    def result(self, plan: Plan, value: Any) -> dict[str, Any]:
        return {"dag_run": value or {}}

    def diff(self, plan: Plan) -> Diff:
        given = plan.wanted.given
        name = title(given["dag_id"], given.get("dag_run_id"), given.get("logical_date"))
        return Diff(name, plan.needs.before, plan.needs.after)


def _find(client: Client, given: Mapping[str, Any]) -> dict[str, Any] | None:
    """The run that the options name: by its ID, else by its logical date."""
    dag_id, date = given["dag_id"], given.get("logical_date")
    if given.get("dag_run_id"):
        found = read_run(client, dag_id, given["dag_run_id"])
        if found or not date:
            return found
    if not date:
        return None
    api = client.server.api
    name = "execution_date" if api is V1 else "logical_date"
    try:
        query, check = {f"{name}_gte": date, f"{name}_lte": date}, an_object(dag_run_id=str, dag_id=str, state=str)
        rows = client.pages(fill(RUNS, given), "dag_runs", query, limit=1, row=check)
        row = next(rows, None)
    except MissingError:
        return None
    return dag_run_row(row, api) if row else None


def _check_dag(client: Client, dag_id: str, wait: bool) -> list[str]:
    """Refuse to trigger what would not run; what the user should know about it."""
    dag = read_dag(client, dag_id)
    if dag and dag.get("has_import_errors"):
        # On Airflow 3 such a DAG is stale as well (3.3.2).
        raise PreconditionError(
            f"DAG {dag_id!r} has an import error, so Airflow does not run it: {_import_error_of(client, dag)}"
        )
    if dag is None or dag.get("is_stale"):
        raise PreconditionError(why_missing(client, dag_id, dag))
    if dag.get("paused"):
        if wait:
            raise PreconditionError(
                f"DAG {dag_id!r} is paused, so its run would never start. Nothing was triggered. "
                "Unpause the DAG first, or set wait=false"
            )
        return [f"DAG {dag_id!r} is paused: the run does not start until the DAG is unpaused"]
    return []


def _import_error_of(client: Client, dag: Mapping[str, Any]) -> str:
    """What is wrong with the file of a DAG, in one line."""
    own = [error for error in import_errors(client) if str(dag.get("fileloc")).endswith(str(error["filename"]))]
    return one_line(own[0]) if own else str(dag.get("fileloc"))


def _check_unpaused(client: Client, run: Mapping[str, Any]) -> None:
    """Refuse to wait for a run that nothing drives on."""
    dag = read_dag(client, run["dag_id"])
    if dag and dag.get("paused"):
        raise PreconditionError(
            f"DAG {run['dag_id']!r} is paused, so its run {run['dag_run_id']!r}, which is {run['state']}, would never "
            "end. Nothing was changed. Unpause the DAG first, or set wait=false",
            dag_run=dict(run),
        )


def _cleared(client: Client, run: Mapping[str, Any]) -> list[Any]:
    """What clearing a run would touch, by the API's own dry run."""
    check = a_list("task_instances")
    answer = client.call("POST", fill(RUN + "/clear", run), body={"dry_run": True}, intent=Intent.DRY_RUN, check=check)
    return list(answer["task_instances"])


def _trigger(client: Client, given: Mapping[str, Any]) -> Writes:
    """Trigger a run, and return it."""
    is_named = "dag_run_id" in given or "logical_date" in given
    run_id = given.get("dag_run_id") or new_run_id()
    try:
        return (yield _triggering(client, given, run_id))
    except RefusedError as error:
        if is_named or error.status != CONFLICT or error.effect is not Effect.NONE:
            raise
        # Airflow 2 has given another run the same logical date in the same microsecond.
        return (yield _triggering(client, given, run_id))


def _triggering(client: Client, given: Mapping[str, Any], run_id: str) -> Write:
    """Trigger a run whose ID is chosen here, so that it can be looked for."""
    run = {"dag_id": given["dag_id"], "dag_run_id": run_id}
    name, body = title(given["dag_id"], run_id), trigger_body(given, run_id, client.server)
    shown: dict[str, Any] = {}

    def write() -> dict[str, Any]:
        try:
            shown.update(_run_shown(client, run, "POST", fill(RUNS, given), body=body))
        except RefusedError as error:
            if error.status == CONFLICT and "dag_run_id" not in given:
                # Nobody else has this ID: an attempt before may have triggered the run.
                error.effect = max(error.effect, Effect.UNKNOWN)
            raise
        return shown

    return Write(
        write,
        lambda: read_run(client, given["dag_id"], run_id),
        lambda now: now is not None and (now is shown or not differences(given, now)),
        lambda now: now is None,
        name,
        "triggered",
        unchanged="; ".join(filter(None, ["nothing was triggered", refusal(given, client.server)])),
        left=lambda now: f"{name} already exists with other settings: {'; '.join(differences(given, now))}",
        again=f"Use airflow_dag_run with dag_run_id={run_id} to find out, or to trigger it",
    )


def _note(client: Client, wanted: str, run: Mapping[str, Any]) -> Write:
    path, body, name = fill(RUN, run), {"note": wanted}, title(run["dag_id"], run["dag_run_id"])

    def write() -> dict[str, Any]:
        if client.server.api is V1:
            return _run_shown(client, run, "PATCH", below(path, "setNote"), body=body)
        return _run_shown(client, run, "PATCH", path, query=[("update_mask", "note")], body=body)

    def note(now: Mapping[str, Any] | None) -> str | None:
        return None if now is None else now.get("note") or ""

    return Write(
        write,
        lambda: read_run(client, run["dag_id"], run["dag_run_id"]),
        lambda now: note(now) == wanted,
        lambda now: note(now) == note(run),
        name,
        "given its note",
        left=lambda now: f"{name} {'has another note' if now else GONE}",
    )


def _state(client: Client, state: str, run: Mapping[str, Any]) -> Write:
    path, name = fill(RUN, run), title(run["dag_id"], run["dag_run_id"])

    def write() -> dict[str, Any]:
        if state == "cleared":
            return _run_shown(client, run, "POST", below(path, "clear"), body={"dry_run": False})
        return _run_shown(client, run, "PATCH", path, body={"state": state})

    return Write(
        write,
        lambda: read_run(client, run["dag_id"], run["dag_run_id"]),
        lambda now: has_state(state, run, now),
        lambda now: now is not None,
        name,
        "cleared" if state == "cleared" else f"set to {state}",
        left=lambda _now: f"{name} {GONE}",
        hidden="a run that is under way shows no difference. Run the task again to clear it again",
    )


def _run_shown(client: Client, run: Mapping[str, Any], method: str, path: Path, **request: Any) -> dict[str, Any]:
    """Send a request whose answer shows a run."""
    check = an_object(state=str, shown={"dag_id": run["dag_id"], "dag_run_id": run["dag_run_id"]})
    return dag_run_row(client.call(method, path, check=check, **request), client.server.api)


def _delete(client: Client, run: Mapping[str, Any]) -> Writes:
    """Delete a run, and again if it comes back.

    On Airflow 2 (seen on 2.11.2) a process that is about to begin a task of the run merges what it knows back into the
    database, the run included, and a run that was deleted in just that moment exists again.
    """
    name = title(run["dag_id"], run["dag_run_id"])

    def send() -> Any:
        try:
            return None if client.delete(fill(RUN, run)) else UNSHOWN
        except MissingError:
            return None

    def look() -> dict[str, Any] | None:
        return read_run(client, run["dag_id"], run["dag_run_id"])

    write = Write(send, look, lambda now: now is None, lambda now: now is not None, name, "deleted")
    unknown = f"{name} was deleted. Whether Airflow has written it back is not known, as reading failed"
    for _again in range(DELETIONS):
        yield write
        if client.server.api is not V1 or run["state"] in FINAL:
            return None
        if (yield Look(COMES_BACK_WITHIN, look, unknown)) is None:
            return None
        write = write._replace(earlier="It had been deleted, and Airflow had written it back")
    raise AirflowError(
        f"{name} was deleted {DELETIONS} times, and exists again each time: Airflow {client.server.version} writes a "
        "run back if one of its tasks begins meanwhile. End it first, for example with state=failed"
    )


def _moment(name: str, description: str) -> Field:
    return Field(name, parse=moment, description=(description, "ISO 8601; without an offset it is UTC."))


WANTED = (
    DAG_ID,
    Field(
        "dag_run_id",
        longest=250,
        description=(
            "ID of the run. Without it and without O(logical_date) every call triggers a new run.",
            "With it, an existing run is used as it is: see O(state).",
        ),
    ),
    _moment("logical_date", "Logical date of the run. It names a run as O(dag_run_id) does."),
    _moment("data_interval_start", "Start of the data interval of a new run; needs O(data_interval_end)."),
    _moment("data_interval_end", "End of the data interval of a new run; needs O(logical_date)."),
    Field(
        "conf",
        type="dict",
        secrecy=Secrecy.BY_KEY,
        description=(
            "Configuration of a new run. Values keep their types.",
            "An existing run with a different configuration is an error, as Airflow cannot change it.",
            "A value is not shown if its key sounds like a secret.",
        ),
    ),
    Field(
        "note",
        longest=1000,
        since=NOTES_SINCE,
        description=("Note of the run; empty text clears it. Needs Airflow 2.5.",),
    ),
    Field(
        "state",
        choices=("present", "absent", "cleared", "queued", "success", "failed"),
        default="present",
        description=(
            "V(present) triggers the run, or leaves it alone if it exists.",
            "V(cleared) runs all tasks of an existing run again, each time. Needs Airflow 2.4.",
            "V(success) and V(failed) mark it, and its running tasks.",
            "V(queued) puts it back into the queue; tasks that are over stay so, and with none left the run is over "
            "again. Needs Airflow 2.4.",
            "V(absent) deletes the run. Airflow 3.2 and later refuse that while it is running; Airflow 2 can "
            "write a run back whose task begins in the same moment, so it is looked for once more and deleted again.",
        ),
    ),
)

DAG_RUN = Operation(
    kind="dag_run",
    act=partial(run_operation, DagRuns()),
    writes=True,
    fields=(
        *WANTED,
        Field(
            "wait",
            type="bool",
            default=False,
            description=(
                "Whether to wait until the run has finished, and to fail if it failed. This includes existing runs.",
                "Check mode never waits; an existing run that failed is an error there too.",
            ),
        ),
        Field(
            "wait_timeout",
            type="int",
            default=600,
            minimum=dict.fromkeys(EVERY_API, 0),
            description=("Maximum number of seconds to wait. The run itself continues after that.",),
        ),
        Field(
            "poll_interval",
            type="float",
            default=5.0,
            minimum=dict.fromkeys(EVERY_API, 0),
            description=("Maximum number of seconds between two polls of the run; the first polls come sooner.",),
        ),
        Field(
            "log_lines",
            type="int",
            default=20,
            minimum=dict.fromkeys(EVERY_API, 0),
            description=("Number of log lines to return for each failed task.",),
        ),
    ),
    returned=(
        Field("action", description=("What was done: V(create), V(update), V(delete) or V(none).",), sample="create"),
        Field(
            "dag_run",
            type="dict",
            secrecy=Secrecy.BY_KEY,
            description=("The run after the task, or as it would be in check mode. Empty if it does not exist.",),
            sample={"dag_id": "etl", "dag_run_id": "manual__2026-11-23T07:00:00+00:00", "state": "success"},
        ),
        Field(
            "failed_tasks",
            type="list",
            elements="dict",
            description=(
                "The failed task instances of a run that was waited for and failed: C(task_id), C(map_index) (-1 if "
                f"it is not mapped), C(try_number), C(state) and C(log), its last lines (of the first {LOGS_READ}).",
            ),
        ),
    ),
    summary="Trigger and wait for DAG runs of Apache Airflow, clear, mark and delete them",
    description=(
        "Without O(dag_run_id) and O(logical_date) every call triggers a run. With one of them a run that exists is "
        "left alone, also if somebody else triggers it at the same time.",
        "A DAG that does not exist, has an import error, or is paused while O(wait=true), is an error at once.",
        "While waiting, the progress of the run is shown on a terminal, if the module runs on the controller.",
    ),
    examples="""
- name: Run a DAG and wait for its end
  dataops.airflow.airflow_dag_run:
    airflow_url: https://airflow.example.com
    airflow_username: ansible
    airflow_password: "{{ airflow_password }}"
    dag_id: etl
    conf:
      day: 3
    wait: true

- name: Run it once for a release, however often this playbook runs
  dataops.airflow.airflow_dag_run:
    dag_id: etl
    dag_run_id: release-{{ version }}
    wait: true
    wait_timeout: 3600

- name: Run it all again
  dataops.airflow.airflow_dag_run:
    dag_id: etl
    dag_run_id: release-{{ version }}
    state: cleared
    wait: true
""",
)
