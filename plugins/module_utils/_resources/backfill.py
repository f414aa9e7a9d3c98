# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Backfills: runs of a DAG for dates that are over. Airflow 3 only."""

from __future__ import annotations

from typing import Any, Iterator, Mapping

from .._core.api import fill
from .._core.client import Client
from .._core.compare import Verdict
from .._core.errors import (
    AirflowError,
    Effect,
    InvalidInputError,
    MissingError,
    RefusedError,
    RequestError,
    ServerError,
    UnreachableError,
)
from .._core.moments import moment, parse, same_moment
from .._core.options import check_identity, check_since
from .._core.plan import CREATE, NONE, UPDATE
from .._core.secrets import Secrecy, conceal
from .._core.shape import a_list, an_object
from .._core.spec import EVERY_API, Action, Field
from .._core.wait import wait_until
from .dag import DAG_ID, read_dag, why_missing
from .dag_run import RUNS
from .rows import dag_run_row
from .xcom import same_value

SINCE: Mapping[str, str | None] = {"v1": None, "v2": "3.0.0"}
DATES = ("from_date", "to_date")
SETTINGS = ("reprocess_behavior", "max_active_runs", "dag_run_conf")
"""Options that a backfill which is there shows; it does not tell in which direction it runs."""

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
    current = _find(client, params)
    action, dates = _plan(client, params, current)
    warnings: list[str] = []
    after = current
    if action != NONE:
        after = _predicted(params, current)
        if not client.transport.read_only:
            after = _apply(client, params, current, warnings)
    known = {"changed": action != NONE, "action": action}
    if (
        params["wait"]
        and after
        and params["state"] == "present"
        and not (client.transport.read_only and action != NONE)
    ):
        after = _finish(client, after, params, known)
    header = f"backfill of DAG {params['dag_id']!r} from {params['from_date']} to {params['to_date']}"
    return {
        **known,
        "backfill": conceal(after or {}),
        "dates": dates,
        "diff": {
            "before": _brief(current, action),
            "after": _brief(_predicted(params, current) if action != NONE else current, action, dates),
            "before_header": header,
            "after_header": header,
        },
        "warnings": warnings,
    }


def _plan(client: Client, params: Mapping[str, Any], current: Mapping[str, Any] | None) -> tuple[str, list[str]]:
    """What has to be done, and the dates of the runs that a new backfill makes.

    :raises InvalidInputError: if it cannot be done.
    """
    state = params["state"]
    if state == "cancelled":
        return (UPDATE if current and not current["completed_at"] else NONE), []
    if current is None:
        _check_alone(client, params)
        dag = read_dag(client, params["dag_id"])
        if dag is None:
            raise InvalidInputError(why_missing(client, params["dag_id"], dag))
        if params["wait"] and state == "present" and dag.get("paused"):
            raise InvalidInputError(
                f"DAG {params['dag_id']!r} is paused, so its runs would not start, and waiting would be in vain. "
                "Nothing was changed: unpause it first"
            )
        check = a_list("backfills", an_object("logical_date"))
        answer = client.call("POST", "/backfills/dry_run", body=_body(params), only_reads=True, check=check)
        dates = [row["logical_date"] for row in answer["backfills"]]
        return (CREATE if dates else NONE), dates
    if current["completed_at"]:
        return NONE, []
    different = [
        f"its {name} is {conceal(current[name])}, wanted {conceal(params[name])}"
        for name in SETTINGS
        if params[name] is not None and same_value(params[name], current[name], client.server.api) is not Verdict.EQUAL
    ]
    if different:
        raise InvalidInputError(
            f"A backfill of DAG {params['dag_id']!r} for these dates is under way, and is another one: "
            f"{'; '.join(different)}. Cancel it first (state=cancelled)"
        )
    return (UPDATE if current["is_paused"] != (state == "paused") else NONE), []


def _check_alone(client: Client, params: Mapping[str, Any]) -> None:
    """Airflow has one backfill of a DAG at a time."""
    for row in _backfills(client, params):
        if not row["completed_at"]:
            raise InvalidInputError(
                f"A backfill of DAG {params['dag_id']!r} is under way, from {row['from_date']} to {row['to_date']}, "
                "and Airflow has one at a time: wait for it, or cancel it (state=cancelled with its dates)"
            )


_BACKFILL = an_object("id", "is_paused", "completed_at", *SETTINGS, from_date=str, to_date=str)


def _backfills(client: Client, params: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The backfills of the DAG, the latest first."""
    query = {"dag_id": params["dag_id"], "order_by": "-id"}
    return client.pages("/backfills", "backfills", query, row=_BACKFILL)


def _find(client: Client, params: Mapping[str, Any]) -> dict[str, Any] | None:
    """The latest backfill of the DAG for these dates that has not been cancelled; none if a new one is wanted."""
    for row in _backfills(client, params):
        if any(same_moment(params[name], row[name], client.server.api) is not Verdict.EQUAL for name in DATES):
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


def _brief(row: Mapping[str, Any] | None, action: str, dates: list[str] | None = None) -> dict[str, Any]:
    if row is None:
        return {}
    keys = ("is_paused",) if action != CREATE else (*SETTINGS, "run_backwards", "is_paused")
    brief = {key: row[key] for key in keys if row.get(key) is not None}
    return {**conceal(brief), **({"dates": dates} if dates else {})}


def _apply(
    client: Client, params: Mapping[str, Any], current: Mapping[str, Any] | None, warnings: list[str]
) -> dict[str, Any]:
    if current is None:
        current = _create(client, params, warnings)
        if params["state"] != "paused":
            return dict(current)
    verb = {"paused": "pause", "cancelled": "cancel"}.get(params["state"], "unpause")
    path = fill("backfills/{id}", current) + f"/{verb}"
    try:
        return dict(client.call("PUT", path, check=an_object("completed_at", shown={"id": current["id"]})))
    except RefusedError as error:
        if error.status == 409 and verb == "cancel":
            # It has come to its end meanwhile.
            return _read(client, current["id"])
        raise
    except RequestError as error:
        if error.effect is Effect.NONE:
            raise
        now = _read(client, current["id"])
        is_done = bool(now["completed_at"]) if verb == "cancel" else now["is_paused"] == (verb == "pause")
        if not is_done:
            raise AirflowError(f"{error.message}. Read back: the backfill is as before", **error.facts) from error
        warnings.append(f"{error.message}. Read back: it was done all the same")
        return now


def _create(client: Client, params: Mapping[str, Any], warnings: list[str]) -> dict[str, Any]:
    """Create a backfill; again for a while if Airflow's database is locked, which is no answer for good (3.3.2)."""
    locked: ServerError | None = None

    def attempt() -> dict[str, Any] | None:
        nonlocal locked
        try:
            return _create_once(client, params, warnings)
        except ServerError as error:
            if error.facts.get("status") != LOCKED or error.effect is Effect.PENDING:
                raise
            locked = error
            return None

    made = wait_until(attempt, PATIENCE, LONGEST_PAUSE)
    if made is None:
        raise locked or AirflowError("No backfill was created")
    return made


def _create_once(client: Client, params: Mapping[str, Any], warnings: list[str]) -> dict[str, Any]:
    try:
        return dict(client.call("POST", "/backfills", body=_body(params), check=_BACKFILL))
    except RefusedError as error:
        found = _find(client, params) if error.status == 409 else None
        if found is None:
            raise
        return found
    except RequestError as error:
        if error.effect is Effect.NONE:
            raise
        found = _find(client, params)
        if found is None:
            kind = type(error) if isinstance(error, ServerError) else AirflowError
            raise kind(
                f"{error.message}. Read back: there is no backfill of DAG {params['dag_id']!r} for these dates",
                **error.facts,
            ) from error
        warnings.append(f"{error.message}. Read back: the backfill was created all the same")
        return found


def _read(client: Client, backfill_id: int) -> dict[str, Any]:
    check = an_object("is_paused", "completed_at", shown={"id": backfill_id})
    return dict(client.call("GET", fill("backfills/{id}", {"id": backfill_id}), check=check))


def _finish(
    client: Client, current: Mapping[str, Any], params: Mapping[str, Any], known: Mapping[str, Any]
) -> dict[str, Any]:
    """Wait for the end of a backfill.

    :raises AirflowError: if runs of it failed, or it does not end in time.
    """
    latest, said, trouble = dict(current), "", ""

    def look() -> dict[str, Any] | None:
        nonlocal latest, said, trouble
        try:
            latest, trouble = _read(client, current["id"]), ""
            if client.progress:
                runs = _runs(client, params)
                over = sum(run["state"] in ("success", "failed") for run in runs)
                line = f"{params['dag_id']} backfill {current['id']}: {over} of {len(runs)} runs done"
                if line != said:
                    client.progress(line)
                said = line
        except MissingError:
            raise
        except (UnreachableError, ServerError) as error:
            trouble = error.message
            return None
        return latest if latest["completed_at"] else None

    ended = wait_until(look, params["wait_timeout"], LONGEST_PAUSE)
    facts = {**known, "backfill": conceal(dict(latest))}
    if ended is None:
        raise AirflowError(
            f"The backfill of DAG {params['dag_id']!r} is not done after {params['wait_timeout']} seconds"
            + (f": {trouble}" if trouble else "; it goes on, and the same task waits for it again"),
            **facts,
        )
    failed = [run["dag_run_id"] for run in _runs(client, params) if run["state"] == "failed"]
    if failed:
        more = f" and {len(failed) - NAMED_IN_MESSAGE} more" if len(failed) > NAMED_IN_MESSAGE else ""
        raise AirflowError(
            f"Runs of the backfill of DAG {params['dag_id']!r} failed: {', '.join(failed[:NAMED_IN_MESSAGE])}{more}",
            **facts,
            failed_runs=failed,
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


BACKFILL = Action(
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
            description=("Which dates to run again for which there are runs already. Airflow's default is V(none).",),
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
            description=("Wait until the backfill is done, and fail if runs of it failed.",),
        ),
        Field(
            "wait_timeout",
            type="int",
            default=600,
            minimum=dict.fromkeys(EVERY_API, 0),
            description=("Seconds to wait at the most. The backfill goes on if they are over.",),
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
            description=("The backfill in the end, or as it would be in check mode. Empty if there is none.",),
            sample={"id": 1, "dag_id": "etl", "is_paused": False, "completed_at": None},
        ),
        Field(
            "dates",
            type="list",
            elements="str",
            description=("Logical dates of the runs of a new backfill, by Airflow's own dry run.",),
            sample=["2026-02-01T00:00:00Z"],
        ),
        Field(
            "failed_runs",
            type="list",
            elements="str",
            description=("IDs of the failed runs of a backfill that was waited for.",),
        ),
    ),
    summary="Run DAGs of Apache Airflow 3 for dates that are over",
    description=(
        "Starts, pauses, resumes and cancels backfills. Needs Airflow 3.",
        "A backfill is known by its DAG and its dates.",
    ),
    examples="""
- name: Load January once more
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
