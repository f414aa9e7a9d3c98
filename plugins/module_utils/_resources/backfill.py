# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Backfills: runs of a DAG for dates that are over. Airflow 3 only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Iterator, Mapping, NamedTuple

from .._core.api import Intent, Since, below, fill, join
from .._core.change import Action
from .._core.compare import Verdict, same_value
from .._core.errors import AirflowError, InvalidInputError, NotDoneError, PreconditionError, RefusedError, few, keeping
from .._core.moments import moment, parse, same_moment
from .._core.options import check_identity, check_since
from .._core.run_plan import FINAL
from .._core.secrets import Secrecy, conceal
from .._core.settle import CONFLICT, adopt, settle
from .._core.shape import Check, a_list, an_object
from .._core.spec import EVERY_API, Field, Operation
from .._core.wait import wait_until, watch
from .dag import read_dag, why_missing
from .fields import DAG_ID
from .paths import RUNS
from .rows import dag_run_row

if TYPE_CHECKING:
    from .._core.client import Client

SINCE = Since(v1=None, v2="3.0.0")
DATES = ("from_date", "to_date")
SETTINGS = ("reprocess_behavior", "max_active_runs", "dag_run_conf")
"""Options that a backfill shows; it does not tell in which direction it runs."""

DEFAULTS = {"run_backwards": False, "reprocess_behavior": "none", "max_active_runs": 10}
LONGEST_PAUSE = 5.0
LOCKED = 503
PATIENCE = 60
"""Seconds to try again while the database is locked."""
NAMED_IN_MESSAGE = 5


def backfill(client: Client, params: Mapping[str, Any]) -> dict[str, Any]:
    """Do what the module does; in check mode, tell what it would do."""
    check_since("airflow_backfill", SINCE, client.server)
    check_identity(DAG_ID, params["dag_id"])
    if parse(params["from_date"]) > parse(params["to_date"]):
        raise InvalidInputError(f"from_date {params['from_date']} must not be after to_date {params['to_date']}")

    def plan() -> Planned:
        current = _find(client, params)
        return Planned(*_plan(client, params, current), current)

    def plan_again() -> Planned:
        current = _find(client, params)
        return Planned(*_plan(client, params, current), current) if current else planned

    def act(planned: Planned) -> tuple[Planned, dict[str, Any] | None]:
        is_right = planned.action is Action.NONE
        return planned, planned.current if is_right else _apply(client, params, planned.current, warnings)

    warnings: list[str] = []
    planned = plan()
    if client.transport.read_only:
        after = _predicted(params, planned.current) if planned.action is not Action.NONE else planned.current
    else:
        planned, after = adopt(planned, act, plan_again)
    action, dates, current = planned
    known = {"changed": action is not Action.NONE, "action": action.reported}
    if (
        params["wait"]
        and after
        and params["state"] == "present"
        and not (client.transport.read_only and action is not Action.NONE)
    ):
        after = _finish(client, after, params, known)
    header = _title(params)
    return {
        **known,
        "backfill": after or {},
        "dates": dates,
        "diff": {
            "before": _brief(current, action),
            "after": _brief(_predicted(params, current) if action is not Action.NONE else current, action, dates),
            "before_header": header,
            "after_header": header,
        },
        "warnings": warnings,
    }


class Planned(NamedTuple):
    """What has to be done.

    :param dates: of the runs that a new backfill makes.
    :param current: the backfill that exists.
    """

    action: Action
    dates: list[str]
    current: dict[str, Any] | None


def _title(params: Mapping[str, Any]) -> str:
    return f"backfill of DAG {params['dag_id']!r} from {params['from_date']} to {params['to_date']}"


def _plan(client: Client, params: Mapping[str, Any], current: Mapping[str, Any] | None) -> tuple[Action, list[str]]:
    """What has to be done, and the dates of the runs that a new backfill makes.

    :raises PlanError: if it cannot be done.
    """
    state = params["state"]
    if state == "cancelled":
        return (Action.UPDATE if current and not current["completed_at"] else Action.NONE), []
    if current is None:
        _check_alone(client, params)
        dag = read_dag(client, params["dag_id"])
        if dag is None:
            raise PreconditionError(why_missing(client, params["dag_id"], dag))
        if params["wait"] and state == "present" and dag.get("paused"):
            raise PreconditionError(
                f"DAG {params['dag_id']!r} is paused, so its runs would not start, and waiting for them would only "
                "time out. Nothing was changed: unpause it first"
            )
        check = a_list("backfills", an_object("logical_date"))
        answer = client.call(
            "POST", join("backfills", "dry_run"), body=_body(params), intent=Intent.DRY_RUN, check=check
        )
        dates = [row["logical_date"] for row in answer["backfills"]]
        return (Action.CREATE if dates else Action.NONE), dates
    if current["completed_at"]:
        return Action.NONE, []
    different = [
        f"its {name} is {conceal(current[name])}, wanted {conceal(params[name])}"
        for name in SETTINGS
        if params[name] is not None and same_value(params[name], current[name], client.server.api) is not Verdict.EQUAL
    ]
    if different:
        raise PreconditionError(
            f"A backfill of DAG {params['dag_id']!r} for these dates is under way, and is another one: "
            f"{'; '.join(different)}. Cancel it first (state=cancelled)"
        )
    return (Action.UPDATE if current["is_paused"] != (state == "paused") else Action.NONE), []


def _check_alone(client: Client, params: Mapping[str, Any]) -> None:
    """Airflow has one backfill of a DAG at a time."""
    for row in _backfills(client, params):
        if not row["completed_at"]:
            raise PreconditionError(
                f"A backfill of DAG {params['dag_id']!r} is under way, from {row['from_date']} to {row['to_date']}, "
                "and Airflow has one at a time: wait for it, or cancel it (state=cancelled with its dates)"
            )


_BACKFILL = an_object("is_paused", "completed_at", *SETTINGS, id=int, dag_id=str, from_date=str, to_date=str)


def _backfills(client: Client, params: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The backfills of the DAG, the latest first."""
    query = {"dag_id": params["dag_id"], "order_by": "-id"}
    return client.pages(join("backfills"), "backfills", query, row=_BACKFILL)


def _is_for(params: Mapping[str, Any], row: Mapping[str, Any], client: Client) -> bool:
    """Whether a backfill is one of this DAG for these dates."""
    same = (same_moment(params[name], row[name], client.server.api) is Verdict.EQUAL for name in DATES)
    return row["dag_id"] == params["dag_id"] and all(same)


def _find(client: Client, params: Mapping[str, Any]) -> dict[str, Any] | None:
    """The latest backfill of the DAG for these dates that has not been cancelled; none if a new one is wanted."""
    for row in _backfills(client, params):
        if not _is_for(params, row, client):
            continue
        if not row["completed_at"]:
            return dict(row)
        # Cancelling pauses a backfill before it completes it.
        others = [name for name in SETTINGS if params[name] is not None and params[name] != row[name]]
        if not row["is_paused"] and not others:
            return dict(row)
    return None


def _body(params: Mapping[str, Any]) -> dict[str, Any]:
    names = ("dag_id", *DATES, "run_backwards", *SETTINGS)
    return {name: params[name] for name in names if params[name] is not None}


def _predicted(params: Mapping[str, Any], current: Mapping[str, Any] | None) -> dict[str, Any]:
    is_paused = {"is_paused": params["state"] in ("paused", "cancelled")}
    if current is not None:
        return {**current, **is_paused}
    return {**DEFAULTS, **_body(params), **is_paused}


def _brief(row: Mapping[str, Any] | None, action: Action, dates: list[str] | None = None) -> dict[str, Any]:
    if row is None:
        return {}
    keys = ("is_paused",) if action is not Action.CREATE else (*SETTINGS, "run_backwards", "is_paused")
    brief = {key: row[key] for key in keys if row.get(key) is not None}
    return {**brief, **({"dates": dates} if dates else {})}


def _state(row: Mapping[str, Any]) -> str:
    return "over" if row["completed_at"] else "paused" if row["is_paused"] else "under way"


def _apply(
    client: Client, params: Mapping[str, Any], current: Mapping[str, Any] | None, warnings: list[str]
) -> dict[str, Any]:
    if current is not None:
        return _steer(client, params, current, warnings)
    new = _create(client, params, warnings)
    if params["state"] != "paused":
        return new
    done = f"Before that, the {_title(params)} was created, with the ID {new['id']}: its runs start unless it is paused"
    with keeping(done, changed=True, action=Action.CREATE.reported, backfill=new):
        return _steer(client, params, new, warnings)


def _steer(
    client: Client, params: Mapping[str, Any], current: Mapping[str, Any], warnings: list[str]
) -> dict[str, Any]:
    """Pause, unpause or cancel a backfill; the backfill after it."""
    verb, done = {"paused": ("pause", "paused"), "cancelled": ("cancel", "cancelled")}.get(
        params["state"], ("unpause", "unpaused")
    )
    path, check = below(fill("backfills/{id}", current), verb), _shows(current["id"])

    def is_done(row: Mapping[str, Any]) -> bool:
        return bool(row["completed_at"]) if verb == "cancel" else row["is_paused"] == (verb == "pause")

    try:
        settled = settle(
            lambda: client.call("PUT", path, check=check),
            lambda: _read(client, current["id"]),
            is_done,
            lambda row: all(row[key] == current[key] for key in ("is_paused", "completed_at")),
            title=f"the {_title(params)}",
            done=done,
            left=lambda row: f"it was not {done}, and is {_state(row)}",
        )
    except RefusedError as error:
        if error.status != CONFLICT or verb != "cancel":
            raise
        with keeping(error.message):
            now = _read(client, current["id"])
        if not is_done(now):
            raise
        # It has ended meanwhile.
        return now
    warnings += [settled.warning] if settled.warning else []
    return dict(settled.value)


def _create(client: Client, params: Mapping[str, Any], warnings: list[str]) -> dict[str, Any]:
    """Create a backfill. Airflow answers 503 while its database is locked, which is no answer for good (3.3.2)."""
    locked: NotDoneError | None = None

    def attempt() -> dict[str, Any] | None:
        nonlocal locked
        try:
            settled = settle(
                lambda: client.call("POST", join("backfills"), body=_body(params), check=_BACKFILL),
                lambda: _find(client, params),
                lambda row: row is not None and _is_for(params, row, client),
                lambda row: row is None,
                title=f"the {_title(params)}",
                done="created",
                unchanged=f"there is no backfill of DAG {params['dag_id']!r} for these dates",
            )
        except NotDoneError as error:
            if error.facts.get("status") != LOCKED:
                raise
            locked = error
            return None
        warnings.extend([settled.warning] if settled.warning else [])
        return dict(settled.value)

    made = wait_until(attempt, PATIENCE, LONGEST_PAUSE)
    if made is None:
        raise locked or AirflowError("No backfill was created")
    return made


def _shows(backfill_id: int) -> Check:
    return an_object("is_paused", "completed_at", shown={"id": backfill_id})


def _read(client: Client, backfill_id: int) -> dict[str, Any]:
    return dict(client.call("GET", fill("backfills/{id}", {"id": backfill_id}), check=_shows(backfill_id)))


def _finish(
    client: Client, current: Mapping[str, Any], params: Mapping[str, Any], known: Mapping[str, Any]
) -> dict[str, Any]:
    """Wait for the end of a backfill.

    :raises AirflowError: if runs of it failed, or it does not end in time.
    """
    name = f"the {_title(params)}"

    def line(_row: Mapping[str, Any]) -> str:
        runs = _runs(client, params)
        over = sum(run["state"] in FINAL for run in runs)
        return f"{params['dag_id']} backfill {current['id']}: {over} of {len(runs)} runs done"

    def facts(row: Mapping[str, Any]) -> dict[str, Any]:
        return {**known, "backfill": dict(row)}

    ended = watch(
        lambda: _read(client, current["id"]),
        lambda row: bool(row["completed_at"]),
        dict(current),
        timeout=params["wait_timeout"],
        longest_pause=LONGEST_PAUSE,
        title=name,
        state=_state,
        more=lambda _row: ". It goes on, and the same task waits for it again",
        facts=facts,
        tell=client.progress,
        line=line,
    )
    with keeping("The backfill is done; whether runs of it failed is not known", **facts(ended)):
        failed = [run["dag_run_id"] for run in _runs(client, params) if run["state"] == "failed"]
    if failed:
        raise AirflowError(
            f"Runs of {name} failed: {few(failed, NAMED_IN_MESSAGE)}", **facts(ended), failed_runs=failed
        )
    return ended


def _runs(client: Client, params: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The runs that backfills have made for these dates: Airflow does not tell of which one a run is."""
    query = {
        "run_type": ["backfill"],
        "logical_date_gte": params["from_date"],
        "logical_date_lte": params["to_date"],
        "order_by": "logical_date",
    }
    api = client.server.api
    row = an_object("dag_run_id", "state")
    return [dag_run_row(found, api) for found in client.pages(fill(RUNS, params), "dag_runs", query, row=row)]


def _date(name: str, description: str) -> Field:
    return Field(name, required=True, parse=moment, description=(description, "ISO 8601; without an offset it is UTC."))


BACKFILL = Operation(
    kind="backfill",
    act=backfill,
    writes=True,
    fields=(
        DAG_ID,
        _date("from_date", "First logical date to run the DAG for."),
        _date("to_date", "Last logical date to run the DAG for; it is included."),
        Field(
            "run_backwards",
            type="bool",
            description=("Begin with the last date. Airflow's default is V(false).",),
        ),
        Field(
            "reprocess_behavior",
            choices=("none", "failed", "completed"),
            description=("Which dates with existing runs to run again. Airflow's default is V(none).",),
        ),
        Field(
            "max_active_runs",
            type="int",
            minimum=dict.fromkeys(EVERY_API, 1),
            description=("How many runs may be active at a time. Airflow's default is 10.",),
        ),
        Field(
            "dag_run_conf",
            type="dict",
            secrecy=Secrecy.BY_KEY,
            description=(
                "Configuration of the runs. Values keep their types.",
                "A value is not shown if its key sounds like a secret.",
            ),
        ),
        Field(
            "wait",
            type="bool",
            default=False,
            description=("Whether to wait until the backfill has finished, and to fail if any of its runs failed.",),
        ),
        Field(
            "wait_timeout",
            type="int",
            default=600,
            minimum=dict.fromkeys(EVERY_API, 0),
            description=("Maximum number of seconds to wait. The backfill itself continues after that.",),
        ),
        Field(
            "state",
            choices=("present", "paused", "cancelled"),
            default="present",
            description=(
                "V(present) starts a backfill, or goes on with one that is paused. One for the same dates and with the "
                "given settings that is done already is left alone; so is a DAG with no date left to run.",
                "V(paused) starts no further runs. V(cancelled) ends the backfill; its queued runs fail.",
            ),
        ),
    ),
    returned=(
        Field("action", description=("What was done: V(create), V(update) or V(none).",), sample="create"),
        Field(
            "backfill",
            type="dict",
            secrecy=Secrecy.BY_KEY,
            description=("The backfill after the task, or as it would be in check mode. Empty if it does not exist.",),
            sample={"id": 1, "dag_id": "etl", "is_paused": False, "completed_at": None},
        ),
        Field(
            "dates",
            type="list",
            elements="str",
            description=("Logical dates of the runs of a new backfill, from Airflow's own dry run.",),
            sample=["2026-02-01T00:00:00Z"],
        ),
        Field(
            "failed_runs",
            type="list",
            elements="str",
            description=("With O(wait), IDs of the failed runs of the backfill.",),
        ),
    ),
    summary="Run DAGs of Apache Airflow 3 for past dates",
    description=(
        "Starts, pauses, resumes and cancels backfills. Needs Airflow 3.",
        "A backfill is identified by its DAG and its dates.",
    ),
    examples="""
- name: Run January again
  dataops.airflow.airflow_backfill:
    airflow_url: https://airflow.example.com
    airflow_username: ansible
    airflow_password: "{{ airflow_password }}"
    dag_id: etl
    from_date: "2026-01-01"
    to_date: "2026-01-31"
    reprocess_behavior: completed
    wait: true
    wait_timeout: 7200
""",
)
