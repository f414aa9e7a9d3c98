# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""DAG runs: triggered, waited for, cleared, marked, deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Mapping, NamedTuple

from .._core import logs
from .._core.api import V1, Intent, Path, as_query, below, fill
from .._core.change import Action
from .._core.errors import AirflowError, Effect, MissingError, PreconditionError, RefusedError, keeping
from .._core.moments import moment
from .._core.options import check_identity
from .._core.run_plan import (
    DONE,
    FINAL,
    NOTES_SINCE,
    RunPlan,
    check_run_id,
    check_wanted,
    differences,
    has_state,
    new_run_id,
    plan_run,
    progress,
    refusal,
    task_title,
    title,
    trigger_body,
    why_failed,
)
from .._core.secrets import Secrecy
from .._core.settle import CONFLICT, UNSHOWN, Settled, adopt, settle
from .._core.shape import a_list, an_object
from .._core.spec import EVERY_API, Field, Operation
from .._core.wait import CLOCK, watch
from .dag import import_error_of, read_dag, why_missing
from .fields import DAG_ID
from .paths import INSTANCES, RUN, RUNS
from .rows import dag_run_row, task_instance_row

if TYPE_CHECKING:
    from .._core.client import Client

ENDING = ("present", "queued", "cleared")
"""The wanted states of a run that goes on to its end, for which a task can wait."""

NEVER = "9999"
NAMED_IN_MESSAGE = 3
COMES_BACK_WITHIN = 0.5
"""Seconds after which a run that Airflow writes back exists again; it took 0.2 at the most."""

DELETIONS = 3
GONE = "does not exist any more"
LOGS_READ = 20
"""Logs that are fetched of a failed run; a mapped task can fail a thousand times."""


def read_run(client: Client, dag_id: str, run_id: str) -> dict[str, Any] | None:
    """A DAG run as :func:`.rows.dag_run_row` makes it; ``None`` if there is none."""
    check = an_object(state=str, shown={"dag_id": dag_id, "dag_run_id": run_id})
    path = fill(RUN, {"dag_id": dag_id, "dag_run_id": run_id})
    try:
        return dag_run_row(client.call("GET", path, check=check), client.server.api)
    except MissingError:
        return None


def find_run(client: Client, wanted: Mapping[str, Any]) -> dict[str, Any] | None:
    """The run that the options name: by its ID, else by its logical date."""
    dag_id, date = wanted["dag_id"], wanted.get("logical_date")
    if wanted.get("dag_run_id"):
        found = read_run(client, dag_id, wanted["dag_run_id"])
        if found or not date:
            return found
    if not date:
        return None
    api = client.server.api
    name = "execution_date" if api is V1 else "logical_date"
    try:
        query, check = {f"{name}_gte": date, f"{name}_lte": date}, an_object(dag_run_id=str, dag_id=str, state=str)
        rows = client.pages(fill(RUNS, wanted), "dag_runs", query, limit=1, row=check)
        row = next(rows, None)
    except MissingError:
        return None
    return dag_run_row(row, api) if row else None


def dag_run(client: Client, params: Mapping[str, Any]) -> dict[str, Any]:
    """Do what the module does; in check mode, tell what it would do."""
    wanted = {item.name: params[item.name] for item in WANTED if params[item.name] is not None}
    for item in WANTED[:2]:
        if item.name in wanted:
            check_identity(item, wanted[item.name])
    check_wanted(wanted, client.server)
    waits = params["wait"] and wanted["state"] in ENDING
    warnings: list[str] = []
    is_ahead = client.transport.read_only

    def plan() -> Planned:
        warnings.clear()
        return _planned(client, wanted, waits, warnings)

    def act(planned: Planned) -> tuple[RunPlan, dict[str, Any] | None]:
        return planned.plan, _apply(client, planned, wanted, warnings)

    planned = plan()
    if is_ahead:
        if planned.action is Action.CREATE:
            check_run_id(wanted, client.server)
        done, run = planned.plan, _predicted(planned, wanted)
    else:
        done, run = adopt(planned, act, plan)
    known = {"changed": done.action is not Action.NONE, "action": done.action.reported}
    is_ahead = is_ahead and (done.action is not Action.NONE or (run or {}).get("state") not in FINAL)
    if waits and run and not is_ahead:
        run = _finish(client, run, params, known)
    header = title(wanted["dag_id"], wanted.get("dag_run_id"), wanted.get("logical_date"))
    return {
        **known,
        "dag_run": run or {},
        "diff": {
            "before": dict(done.before),
            "after": dict(done.after),
            "before_header": header,
            "after_header": header,
        },
        "warnings": warnings,
    }


class Planned(NamedTuple):
    """What is planned for a run, and the run as it was read for that; ``None`` if it does not exist."""

    plan: RunPlan
    run: dict[str, Any] | None

    @property
    def action(self) -> Action:
        """As the plan has it."""
        return self.plan.action


def _planned(client: Client, wanted: Mapping[str, Any], waits: bool, warnings: list[str]) -> Planned:
    """Read a run and decide what it needs; reads only.

    :param waits: whether the task waits for its end.
    :raises PlanError: if it cannot be done.
    """
    run = find_run(client, wanted)
    plan = plan_run(wanted, run, client.server)
    if run and plan.state == "cleared" and not _cleared(client, run):
        plan = RunPlan(Action.NONE, before=plan.before, after=plan.before)
    if plan.action is Action.CREATE:
        _check_dag(client, wanted["dag_id"], waits, warnings)
    elif waits and run and (plan.state or run["state"] not in FINAL):
        _check_unpaused(client, run)
    return Planned(plan, run)


def _check_dag(client: Client, dag_id: str, wait: bool, warnings: list[str]) -> None:
    """Refuse to trigger what would not run."""
    dag = read_dag(client, dag_id)
    if dag and dag.get("has_import_errors"):
        # On Airflow 3 such a DAG is stale as well (3.3.2).
        raise PreconditionError(
            f"DAG {dag_id!r} has an import error, so Airflow does not run it: {import_error_of(client, dag)}"
        )
    if dag is None or dag.get("is_stale"):
        raise PreconditionError(why_missing(client, dag_id, dag))
    if dag.get("paused"):
        paused = f"DAG {dag_id!r} is paused, so a run of it would not start"
        if wait:
            raise PreconditionError(
                f"{paused}, and waiting for it would only time out. Nothing was triggered: unpause it first"
            )
        warnings.append(f"{paused} before somebody unpauses it")


def _predicted(planned: Planned, wanted: Mapping[str, Any]) -> dict[str, Any] | None:
    """The run as it would be."""
    plan = planned.plan
    if plan.action is Action.DELETE:
        return None
    if plan.action is Action.CREATE:
        return {**{key: value for key, value in wanted.items() if key != "state"}, "state": "queued"}
    note = {} if plan.note is None else {"note": plan.note}
    state = {} if plan.state is None else {"state": "queued" if plan.state == "cleared" else plan.state}
    return {**(planned.run or {}), **note, **state}


def _apply(client: Client, planned: Planned, wanted: Mapping[str, Any], warnings: list[str]) -> dict[str, Any] | None:
    """Make the change; the run after it."""
    plan, run = planned
    if run is None:
        return _trigger(client, wanted, warnings) if plan.action is Action.CREATE else None
    if plan.action is Action.DELETE:
        _delete(client, run, warnings)
        return None
    done, name = "", title(run["dag_id"], run["dag_run_id"])
    for step in [_note] * (plan.note is not None) + [_state] * (plan.state is not None):
        facts = {"changed": True, "action": plan.action.reported, "dag_run": run} if done else {}
        with keeping(done, **facts):
            settled = step(client, plan, run)
        run = settled.value
        warnings += [settled.warning] if settled.warning else []
        done = f"Before that, {name} was given its note"
    return run


def _note(client: Client, plan: RunPlan, run: dict[str, Any]) -> Settled:
    path, body, name = fill(RUN, run), {"note": plan.note}, title(run["dag_id"], run["dag_run_id"])

    def write() -> dict[str, Any]:
        if client.server.api is V1:
            return _run_shown(client, run, "PATCH", below(path, "setNote"), body=body)
        return _run_shown(client, run, "PATCH", path, query=[("update_mask", "note")], body=body)

    def note(now: Mapping[str, Any] | None) -> str | None:
        return None if now is None else now.get("note") or ""

    return settle(
        write,
        lambda: read_run(client, run["dag_id"], run["dag_run_id"]),
        lambda now: note(now) == plan.note,
        lambda now: note(now) == note(run),
        title=name,
        done="given its note",
        left=lambda now: f"{name} {'has another note' if now else GONE}",
    )


def _state(client: Client, plan: RunPlan, run: dict[str, Any]) -> Settled:
    path, state, name = fill(RUN, run), plan.state or "", title(run["dag_id"], run["dag_run_id"])

    def write() -> dict[str, Any]:
        if state == "cleared":
            return _run_shown(client, run, "POST", below(path, "clear"), body={"dry_run": False})
        return _run_shown(client, run, "PATCH", path, body={"state": state})

    return settle(
        write,
        lambda: read_run(client, run["dag_id"], run["dag_run_id"]),
        lambda now: has_state(state, run, now),
        lambda now: now is not None,
        title=name,
        done="cleared" if state == "cleared" else f"set to {state}",
        left=lambda _now: f"{name} {GONE}",
        hidden="a run that is under way shows no difference. Running the task again clears it again",
    )


def _run_shown(client: Client, run: Mapping[str, Any], method: str, path: Path, **request: Any) -> dict[str, Any]:
    """Send a request whose answer shows a run."""
    check = an_object(state=str, shown={"dag_id": run["dag_id"], "dag_run_id": run["dag_run_id"]})
    return dag_run_row(client.call(method, path, check=check, **request), client.server.api)


def _delete(client: Client, run: Mapping[str, Any], warnings: list[str]) -> None:
    """Delete a run, and see to it that it stays away.

    On Airflow 2 (seen on 2.11.2) a process that is about to begin a task of the run merges what it knows back into the
    database, the run included, and a run that was deleted in just that moment exists again.
    """
    name = title(run["dag_id"], run["dag_run_id"])

    def write() -> Any:
        try:
            return None if client.delete(fill(RUN, run)) else UNSHOWN
        except MissingError:
            return None

    done = ""
    facts: dict[str, Any] = {}
    for _again in range(DELETIONS):
        with keeping(done, **facts):
            settled = settle(
                write,
                lambda: read_run(client, run["dag_id"], run["dag_run_id"]),
                lambda now: now is None,
                lambda now: now is not None,
                title=name,
                done="deleted",
            )
        warnings += [settled.warning] if settled.warning else []
        if client.server.api is not V1 or run["state"] in FINAL:
            return
        CLOCK.sleep(COMES_BACK_WITHIN)
        try:
            if read_run(client, run["dag_id"], run["dag_run_id"]) is None:
                return
        except AirflowError as error:
            warnings.append(
                f"{name} was deleted. Whether Airflow has written it back is not known, as reading failed: "
                f"{error.message}"
            )
            return
        done, facts = (
            "It had been deleted, and Airflow had written it back",
            {"changed": True, "action": Action.DELETE.reported},
        )
    raise AirflowError(
        f"{name} was deleted {DELETIONS} times, and exists again each time: Airflow {client.server.version} writes a "
        "run back if one of its tasks begins meanwhile. End it first, for example with state=failed",
        **facts,
    )


def _cleared(client: Client, run: Mapping[str, Any]) -> list[Any]:
    """What clearing a run would touch, by the API's own dry run."""
    check = a_list("task_instances")
    answer = client.call("POST", fill(RUN + "/clear", run), body={"dry_run": True}, intent=Intent.DRY_RUN, check=check)
    return list(answer["task_instances"])


def _trigger(client: Client, wanted: Mapping[str, Any], warnings: list[str]) -> dict[str, Any]:
    """Trigger a run, and return it."""
    is_named = "dag_run_id" in wanted or "logical_date" in wanted
    run_id = wanted.get("dag_run_id") or new_run_id()
    try:
        settled = _trigger_once(client, wanted, run_id)
    except RefusedError as error:
        if is_named or error.status != CONFLICT or error.effect is not Effect.NONE:
            raise
        # Airflow 2 has given another run the same logical date in the same microsecond.
        settled = _trigger_once(client, wanted, run_id)
    warnings += [settled.warning] if settled.warning else []
    return dict(settled.value)


def _trigger_once(client: Client, wanted: Mapping[str, Any], run_id: str) -> Settled:
    """Trigger a run whose ID is chosen here, so that it can be looked for."""
    run = {"dag_id": wanted["dag_id"], "dag_run_id": run_id}
    name, body = title(wanted["dag_id"], run_id), trigger_body(wanted, run_id, client.server)
    shown: dict[str, Any] = {}

    def write() -> dict[str, Any]:
        try:
            shown.update(_run_shown(client, run, "POST", fill(RUNS, wanted), body=body))
        except RefusedError as error:
            if error.status == CONFLICT and "dag_run_id" not in wanted:
                # Nobody else has this ID: an attempt before may have triggered the run.
                error.effect = max(error.effect, Effect.UNKNOWN)
            raise
        return shown

    return settle(
        write,
        lambda: read_run(client, wanted["dag_id"], run_id),
        lambda now: now is not None and (now is shown or not differences(wanted, now)),
        lambda now: now is None,
        title=name,
        done="triggered",
        unchanged="; ".join(filter(None, ["nothing was triggered", refusal(wanted, client.server)])),
        left=lambda now: f"{name} is another one: {'; '.join(differences(wanted, now))}",
        again=f"airflow_dag_run with dag_run_id={run_id} finds out, or triggers it",
    )


def _finish(
    client: Client, run: Mapping[str, Any], params: Mapping[str, Any], known: Mapping[str, Any]
) -> dict[str, Any]:
    """Wait for the end of a run.

    :param known: of the task's result, in case it fails.
    :raises AirflowError: if the run fails, or does not end in time.
    """
    dag_id, run_id = run["dag_id"], run["dag_run_id"]
    name = title(dag_id, run_id)

    def look() -> dict[str, Any]:
        now = read_run(client, dag_id, run_id)
        if now is None:
            raise AirflowError(f"{name} was deleted while it was waited for")
        return now

    ended = watch(
        look,
        lambda now: now["state"] in FINAL,
        dict(run),
        timeout=params["wait_timeout"],
        longest_pause=params["poll_interval"],
        title=name,
        state=lambda now: str(now["state"]),
        more=lambda now: _left(client, now),
        facts=lambda now: {**known, "dag_run": now},
        tell=client.progress,
        line=lambda now: progress(dag_id, now, *_counted(client, now)),
    )
    if ended["state"] == "failed":
        facts = {**known, "dag_run": ended}
        with keeping(f"{name} failed", **facts):
            failed, exceptions = _failed(client, ended, params["log_lines"])
        raise AirflowError(why_failed(ended, failed, exceptions), **facts, failed_tasks=failed)
    return ended


def _check_unpaused(client: Client, run: Mapping[str, Any]) -> None:
    """Refuse to wait for a run that nothing drives on."""
    dag = read_dag(client, run["dag_id"])
    if dag and dag.get("paused"):
        raise PreconditionError(
            f"DAG {run['dag_id']!r} is paused, so its run {run['dag_run_id']!r}, which is {run['state']}, does not go "
            "on, and waiting for it would only time out. Nothing was changed: unpause it first",
            dag_run=dict(run),
        )


def _counted(client: Client, run: Mapping[str, Any]) -> tuple[int, int]:
    """How many task instances of a run are done, and how many are known."""
    path, api = fill(INSTANCES, run), client.server.api
    check = an_object(total_entries=int)
    done = client.call("GET", path, query=as_query({"state": DONE, "limit": 1}, api), check=check)["total_entries"]
    known = client.call("GET", path, query=as_query({"limit": 1}, api), check=check)["total_entries"]
    return done, known


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


def _left(client: Client, run: Mapping[str, Any]) -> str:
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


def _failed(client: Client, run: Mapping[str, Any], log_lines: int) -> tuple[list[dict[str, Any]], list[str]]:
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
    act=dag_run,
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
