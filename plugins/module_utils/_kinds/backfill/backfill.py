# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Backfills: runs of a DAG for dates that are over. Airflow 3 only."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Iterator, Mapping, NamedTuple

from ..._engine.options import check_identity
from ..._engine.run_operation import Diff, Steps, Wait, Write, Writes, run_operation
from ..._engine.settle import CONFLICT
from ..._model.api import Intent, Since
from ..._model.change import Action
from ..._model.compare import Verdict, same_value
from ..._model.errors import AirflowError, InvalidInputError, PreconditionError, RefusedError, few, keeping
from ..._model.field import EVERY_API, Field
from ..._model.operation import Operation
from ..._model.paths import below, fill, join
from ..._model.secrets import Secrecy, conceal
from ..._model.shape import Check, a_list, an_object
from ..._model.timestamps import moment, parse, same_moment
from ..shared.fields import DAG_ID
from ..shared.read_dags import read_dag, why_missing
from ..shared.read_runs import FINAL

if TYPE_CHECKING:
    from ..._http.client import Client
    from ..._model.api import Api

DATES = ("from_date", "to_date")
SETTINGS = ("reprocess_behavior", "max_active_runs", "dag_run_conf")
"""Options that a backfill shows; it does not show in which direction it runs."""

DEFAULTS = {"run_backwards": False, "reprocess_behavior": "none", "max_active_runs": 10}
VERBS = {"present": ("unpause", "unpaused"), "paused": ("pause", "paused"), "cancelled": ("cancel", "cancelled")}
"""State → what brings a backfill into it, as it is sent and as it was done."""

LONGEST_PAUSE = 5.0
PATIENCE = 60
"""Seconds to try again while the database is locked."""

NAMED_IN_MESSAGE = 5

_BACKFILL = an_object("is_paused", "completed_at", *SETTINGS, id=int, dag_id=str, from_date=str, to_date=str)


class Wanted(NamedTuple):
    """The backfill that is wanted, and for how many seconds it is waited for; ``None`` if it is not.

    :param given: the options that are sent.
    """

    dag_id: str
    from_date: str
    to_date: str
    given: Mapping[str, Any]
    state: str
    timeout: float | None

    @property
    def title(self) -> str:
        """What to call it in a message."""
        return f"backfill of DAG {self.dag_id!r} from {self.from_date} to {self.to_date}"

    def is_for(self, row: Mapping[str, Any], api: Api) -> bool:
        """Whether a backfill is one of this DAG for these dates."""
        same = (same_moment(self.given[name], row[name], api) is Verdict.EQUAL for name in DATES)
        return row["dag_id"] == self.dag_id and all(same)


class Seen(NamedTuple):
    """What there is.

    :param current: the latest backfill for these dates that has not been cancelled; ``None`` if a new one is wanted.
    :param different: what distinguishes it from the wanted one, each in a phrase.
    :param dates: of the runs that a new one would make, by Airflow's own dry run.
    """

    current: dict[str, Any] | None
    different: list[str]
    dates: list[str]


class Plan(NamedTuple):
    """What has to be done."""

    action: Action
    wanted: Wanted
    seen: Seen


class Backfills(Steps[Wanted, Seen, Plan]):
    """Creates, pauses, unpauses or cancels a backfill, and waits for its end."""

    module = "airflow_backfill"
    since = Since(v1=None, v2="3.0.0")
    tells_action = True
    adopts = True

    def wanted(self, options: Mapping[str, Any]) -> Wanted:
        check_identity(DAG_ID, options["dag_id"])
        from_date, to_date, state = options["from_date"], options["to_date"], options["state"]
        if parse(from_date) > parse(to_date):
            raise InvalidInputError(f"from_date {from_date} must not be after to_date {to_date}")
        names = ("dag_id", *DATES, "run_backwards", *SETTINGS)
        given = {name: options[name] for name in names if options[name] is not None}
        timeout = options["wait_timeout"] if options["wait"] and state == "present" else None
        return Wanted(options["dag_id"], from_date, to_date, given, state, timeout)

    def read(self, client: Client, wanted: Wanted) -> Seen:
        found = _find(client, wanted)
        if found.current or wanted.state == "cancelled":
            return found
        _check_alone(client, wanted)
        _check_dag(client, wanted)
        path, check = join("backfills", "dry_run"), a_list("backfills", an_object("logical_date"))
        answer = client.call("POST", path, body=wanted.given, intent=Intent.DRY_RUN, check=check)
        return found._replace(dates=[row["logical_date"] for row in answer["backfills"]])

    def read_again(self, client: Client, wanted: Wanted, seen: Seen) -> Seen:
        found = _find(client, wanted)
        return found if found.current else seen

    def plan(self, wanted: Wanted, seen: Seen) -> Plan:
        current, state = seen.current, wanted.state
        if current is None:
            action = Action.CREATE if seen.dates else Action.NONE
        elif current["completed_at"]:
            action = Action.NONE
        elif state == "cancelled":
            action = Action.UPDATE
        elif seen.different:
            raise PreconditionError(
                f"A backfill of DAG {wanted.dag_id!r} for these dates is under way with other settings: "
                f"{'; '.join(seen.different)}. Cancel it first (state=cancelled)"
            )
        else:
            action = Action.UPDATE if current["is_paused"] != (state == "paused") else Action.NONE
        return Plan(action, wanted, seen)

    def predict(self, plan: Plan) -> dict[str, Any] | None:
        wanted, current = plan.wanted, plan.seen.current
        if plan.action is Action.NONE:
            return current
        return {**(current or {**DEFAULTS, **wanted.given}), "is_paused": wanted.state in ("paused", "cancelled")}

    def writes(self, client: Client, plan: Plan) -> Writes:
        wanted, current = plan.wanted, plan.seen.current
        if current is not None:
            return (yield from _steer(client, wanted, current))
        missing: list[str] = []

        def read() -> dict[str, Any] | None:
            from .runs import without_run

            found = _find(client, wanted).current
            missing[:] = without_run(client, wanted, plan.seen.dates) if found else []
            return found

        new = yield Write(
            lambda: client.call("POST", join("backfills"), body=wanted.given, check=_BACKFILL),
            read,
            lambda row: row is not None and wanted.is_for(row, client.server.api) and not missing,
            lambda row: row is None,
            f"the {wanted.title}",
            "created",
            unchanged=f"there is no backfill of DAG {wanted.dag_id!r} for these dates",
            left=lambda row: (
                f"the {wanted.title} was created, with the ID {row['id']}, but not its runs for "
                f"{few(missing, NAMED_IN_MESSAGE)}, and Airflow does not create those later. Cancel it "
                "(state=cancelled) and run the task again; if Airflow takes it for done by then, with another "
                "max_active_runs"
            ),
            tries_for=PATIENCE,
        )
        if wanted.state != "paused":
            return new
        earlier = (
            f"Before that, the {wanted.title} was created, with the ID {new['id']}: its runs start unless it is paused"
        )
        return (yield from _steer(client, wanted, new, earlier))

    def follow(self, client: Client, plan: Plan, value: Any) -> Wait | None:
        wanted = plan.wanted
        if not value or wanted.timeout is None:
            return None
        from .runs import runs_of

        name = f"the {wanted.title}"

        def line(row: Mapping[str, Any]) -> str:
            runs = runs_of(client, wanted)
            over = sum(run["state"] in FINAL for run in runs)
            return f"{wanted.dag_id} backfill {row['id']}: {over} of {len(runs)} runs done"

        def facts(row: Mapping[str, Any]) -> dict[str, Any]:
            return {"backfill": dict(row)}

        def end(row: dict[str, Any]) -> dict[str, Any]:
            with keeping("The backfill is done; whether runs of it failed is not known", **facts(row)):
                failed = [run["dag_run_id"] for run in runs_of(client, wanted) if run["state"] == "failed"]
            if failed:
                named = few(failed, NAMED_IN_MESSAGE)
                raise AirflowError(f"Runs of {name} failed: {named}", **facts(row), failed_runs=failed)
            return row

        return Wait(
            first=lambda: value,
            look=lambda: _read(client, value["id"]),
            is_over=lambda row: bool(row["completed_at"]),
            timeout=wanted.timeout,
            longest_pause=LONGEST_PAUSE,
            title=name,
            state=_state,
            more=lambda _row: ". It goes on, and the same task waits for it again",
            line=line,
            facts=facts,
            end=end,
            ahead=True,
        )

    def result(self, plan: Plan, value: Any) -> dict[str, Any]:
        return {"backfill": value or {}, "dates": plan.seen.dates}

    def diff(self, plan: Plan) -> Diff:
        before, after = _brief(plan.seen.current, plan), _brief(self.predict(plan), plan)
        dates = {"dates": plan.seen.dates} if plan.seen.dates else {}
        return Diff(plan.wanted.title, before, {**after, **dates})


def _check_alone(client: Client, wanted: Wanted) -> None:
    """Airflow has one backfill of a DAG at a time."""
    for row in _backfills(client, wanted):
        if not row["completed_at"]:
            raise PreconditionError(
                f"A backfill of DAG {wanted.dag_id!r} is under way, from {row['from_date']} to {row['to_date']}, and "
                "Airflow has one at a time: wait for it, or cancel it (state=cancelled with its dates)"
            )


def _check_dag(client: Client, wanted: Wanted) -> None:
    dag = read_dag(client, wanted.dag_id)
    if dag is None:
        raise PreconditionError(why_missing(client, wanted.dag_id, dag))
    if wanted.timeout is not None and dag.get("paused"):
        raise PreconditionError(
            f"DAG {wanted.dag_id!r} is paused, so its runs would never start. Nothing was changed. Unpause the DAG "
            "first, or set wait=false"
        )


def _backfills(client: Client, wanted: Wanted) -> Iterator[dict[str, Any]]:
    """The backfills of the DAG, the latest first."""
    query = {"dag_id": wanted.dag_id, "order_by": "-id"}
    return client.pages(join("backfills"), "backfills", query, row=_BACKFILL)


def _find(client: Client, wanted: Wanted) -> Seen:
    """The backfill that is wanted, as far as it exists."""
    api, given = client.server.api, {name: wanted.given[name] for name in SETTINGS if name in wanted.given}
    for row in _backfills(client, wanted):
        if not wanted.is_for(row, api):
            continue
        if not row["completed_at"]:
            different = [
                f"its {name} is {conceal(row[name])}, wanted {conceal(value)}"
                for name, value in given.items()
                if same_value(value, row[name], api) is not Verdict.EQUAL
            ]
            return Seen(dict(row), different, [])
        # Cancelling pauses a backfill before it completes it.
        if not row["is_paused"] and all(row[name] == value for name, value in given.items()):
            return Seen(dict(row), [], [])
    return Seen(None, [], [])


def _brief(row: Mapping[str, Any] | None, plan: Plan) -> dict[str, Any]:
    if row is None:
        return {}
    keys = ("is_paused",) if plan.action is not Action.CREATE else (*SETTINGS, "run_backwards", "is_paused")
    return {key: row[key] for key in keys if row.get(key) is not None}


def _state(row: Mapping[str, Any]) -> str:
    return "over" if row["completed_at"] else "paused" if row["is_paused"] else "under way"


def _steer(client: Client, wanted: Wanted, current: Mapping[str, Any], earlier: str = "") -> Writes:
    """Pause, unpause or cancel a backfill; the backfill after it.

    :param earlier: what was done before: see :class:`.run_operation.Write`.
    """
    verb, done = VERBS[wanted.state]
    path, check = below(fill("backfills/{id}", current), verb), _shows(current["id"])

    def is_done(row: Mapping[str, Any]) -> bool:
        return bool(row["completed_at"]) if verb == "cancel" else row["is_paused"] == (verb == "pause")

    try:
        return (
            yield Write(
                lambda: client.call("PUT", path, check=check),
                lambda: _read(client, current["id"]),
                is_done,
                lambda row: all(row[key] == current[key] for key in ("is_paused", "completed_at")),
                f"the {wanted.title}",
                done,
                left=lambda row: f"it was not {done}, and is {_state(row)}",
                earlier=earlier,
                facts={"backfill": current} if earlier else {},
            )
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


def _shows(backfill_id: int) -> Check:
    return an_object("is_paused", "completed_at", shown={"id": backfill_id})


def _read(client: Client, backfill_id: int) -> dict[str, Any]:
    return dict(client.call("GET", fill("backfills/{id}", {"id": backfill_id}), check=_shows(backfill_id)))


def _date(name: str, description: str) -> Field:
    return Field(name, required=True, parse=moment, description=(description, "ISO 8601; without an offset it is UTC."))


BACKFILL = Operation(
    kind="backfill",
    act=partial(run_operation, Backfills()),
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
