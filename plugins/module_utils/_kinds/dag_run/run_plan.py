# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Planning for DAG runs: what has to be done, from what is wanted and what exists. No I/O."""

from __future__ import annotations

import random
import re
from datetime import datetime, timezone
from typing import Any, Iterable, Mapping, NamedTuple

from ..._engine.options import check_since
from ..._model.api import EVER, V1, ApiName, Server, Since
from ..._model.change import Action
from ..._model.compare import Verdict, masked_json
from ..._model.errors import InvalidInputError, PreconditionError
from ..._model.field import NOTHING
from ..._model.secrets import conceal
from ..._model.timestamps import same_moment
from ..shared.read_runs import FINAL, title

MOMENTS = ("logical_date", "data_interval_start", "data_interval_end")

RESERVED: Mapping[ApiName, tuple[str, ...]] = {
    "v1": ("scheduled", "backfill", "dataset_triggered"),
    "v2": ("scheduled", "backfill", "asset_triggered", "asset_materialization"),
}
"""What the ID of a run that is triggered by hand must not begin with, ``__`` after it (2.11.2, 3.3.2)."""

STATES_SINCE: Mapping[str, Since] = {"queued": Since(v1="2.4.0"), "cleared": Since(v1="2.4.0")}
NOTES_SINCE = Since(v1="2.5.0")
INTERVALS_SINCE = Since(v1="2.4.0")

UNADDRESSABLE = {"/": "slash", "\n": "line break"}
"""What neither API finds in the ID of a run, however it is quoted (2.11.2, 3.3.2)."""

RUN_ID = re.compile(r"[A-Za-z0-9_.~:+-]+")
"""The IDs that Airflow accepts: the default of ``[scheduler] allowed_run_id_pattern`` (2.11.2, 3.3.2)."""

PATTERN_SINCE = Since(v1="2.6.3")
TWO_DOTS_REFUSED_SINCE = Since(v1=None, v2="3.3.0")

AGAIN_SHOWN = ("queued_at", "start_date", "end_date")
"""What changes in a run that is over if it is cleared or queued; v1 does not show the first (2.11.2)."""

KEEPS_RUNNING_SINCE = Since(v1=None, v2="3.2.0")
"""Versions in which a running run cannot be deleted (409)."""


class RunPlan(NamedTuple):
    """What a DAG run needs.

    :param state: the state to set, or ``cleared``; none if the state stays.
    :param note: the note to set; none if it stays.
    :param before: what a diff shows, ``after`` likewise.
    """

    action: Action
    state: str | None = None
    note: str | None = None
    before: Mapping[str, Any] = NOTHING
    after: Mapping[str, Any] = NOTHING


def check_wanted(wanted: Mapping[str, Any], server: Server) -> None:
    """Refuse options that cannot work in any state.

    :param wanted: the options that were given.
    :raises InvalidInputError: naming the option, what was expected, and what was given.
    """
    state = wanted["state"]
    for sign, name in UNADDRESSABLE.items():
        if sign in wanted.get("dag_run_id", ""):
            raise InvalidInputError(f"dag_run_id must not contain a {name}, got {wanted['dag_run_id']!r}")
    if state != "present" and not (wanted.get("dag_run_id") or wanted.get("logical_date")):
        raise InvalidInputError(f"state={state} needs dag_run_id or logical_date, to identify the run")
    interval = [name for name in MOMENTS[1:] if name in wanted]
    if interval and ("logical_date" not in wanted or len(interval) == 1):
        # Airflow 3 would ignore an interval without a logical date (3.3.2).
        raise InvalidInputError("data_interval_start and data_interval_end go together, and need logical_date")
    if interval:
        check_since(interval[0], INTERVALS_SINCE, server)
    if "note" in wanted:
        check_since("note", NOTES_SINCE, server)
    check_since(f"state={state}", STATES_SINCE.get(state, EVER), server)


def refusal(wanted: Mapping[str, Any], server: Server) -> str:
    """A clause on why Airflow refuses this run ID unless it is configured otherwise; empty if it does not."""
    run_id = wanted.get("dag_run_id") or "-"
    if not RUN_ID.fullmatch(run_id) and not server.lacks(PATTERN_SINCE):
        return (
            f"dag_run_id {run_id!r} does not match {RUN_ID.pattern}, which is Airflow's default of [scheduler] "
            "allowed_run_id_pattern"
        )
    if ".." in run_id and not server.lacks(TWO_DOTS_REFUSED_SINCE):
        return f"dag_run_id {run_id!r} holds '..', which Airflow refuses unless [core] allow_double_dot_in_ids is set"
    return ""


def check_run_id(wanted: Mapping[str, Any], server: Server) -> None:
    """Find out without a write whether a run can be triggered with this ID.

    The server knows better, as it may be configured otherwise: this is for check mode.

    :raises InvalidInputError: if Airflow refuses it by default.
    """
    reason = refusal(wanted, server)
    if reason:
        raise InvalidInputError(reason)


def plan_run(wanted: Mapping[str, Any], run: Mapping[str, Any] | None, server: Server) -> RunPlan:
    """Decide what a DAG run needs.

    :param wanted: the options that were given; without ``dag_run_id`` and ``logical_date`` a new run is wanted.
    :param run: the run that exists.
    :raises PlanError: if it cannot be done.
    """
    state = wanted["state"]
    name = title(wanted["dag_id"], wanted.get("dag_run_id"), wanted.get("logical_date"))
    if run is None:
        return _plan_missing(wanted, name, server)
    if state == "absent":
        if run["state"] not in ("queued", *FINAL) and not server.lacks(KEEPS_RUNNING_SINCE):
            raise PreconditionError(
                f"{name} is {run['state']}, and Airflow {server.version} cannot delete a run in this state: end it "
                "first, for example with state=failed"
            )
        return RunPlan(Action.DELETE, before=_shown(run))
    different = differences(wanted, run)
    if different:
        raise PreconditionError(
            f"{name} already exists with other settings: {'; '.join(different)}. Airflow cannot change them on an "
            "existing run: use another dag_run_id, or delete the run first (state=absent)"
        )
    changed: dict[str, Any] = {}
    if state == "cleared" or (state != "present" and run["state"] != state):
        changed["state"] = state
    if "note" in wanted and wanted["note"] != (run.get("note") or ""):
        changed["note"] = wanted["note"]
    known = {"dag_run_id": run["dag_run_id"]}
    return RunPlan(
        Action.UPDATE if changed else Action.NONE,
        changed.get("state"),
        changed.get("note"),
        before={**known, **{key: run.get(key) for key in changed}},
        after={**known, **changed},
    )


def _plan_missing(wanted: Mapping[str, Any], name: str, server: Server) -> RunPlan:
    state = wanted["state"]
    if state == "absent":
        return RunPlan(Action.NONE)
    if state != "present":
        raise PreconditionError(f"{name} does not exist, so state={state} is not possible")
    kind = str(wanted.get("dag_run_id", "")).partition("__")
    if kind[1] and kind[0] in RESERVED[server.api.name]:
        raise InvalidInputError(
            f"dag_run_id {wanted['dag_run_id']!r} is refused by Airflow: '{kind[0]}__' is reserved for its own runs"
        )
    given = {key: value for key, value in wanted.items() if key != "state"}
    return RunPlan(Action.CREATE, after=given)


def differences(wanted: Mapping[str, Any], run: Mapping[str, Any]) -> list[str]:
    """What distinguishes the run that exists from the wanted one, each in a phrase; nothing if it may be taken."""
    found = []
    for key in ("dag_run_id", *MOMENTS):
        if key not in wanted:
            continue
        value, shown = wanted[key], run.get(key)
        same = value == shown if key == "dag_run_id" else same_moment(value, shown, V1) is Verdict.EQUAL
        if not same:
            found.append(f"its {key} is {shown}, wanted {value}")
    if "conf" in wanted and masked_json(wanted["conf"], run.get("conf") or {}, masks=False) is not Verdict.EQUAL:
        found.append(f"its conf is {conceal(run.get('conf') or {})}, wanted {conceal(wanted['conf'])}")
    return found


def has_state(state: str, before: Mapping[str, Any], now: Mapping[str, Any] | None) -> bool | None:
    """Whether a run has been given a state, or has been cleared.

    :param state: the state, or ``cleared``.
    :param before: the run before, ``now`` the run as it is; ``None`` if it does not exist.
    :return: ``None`` if the run does not show it: clearing leaves a run that is under way as it is (2.11.2), but for
        when it was queued (3.3.2).
    """
    if now is None:
        return False
    if now["state"] == state:
        return True
    if state in FINAL:
        return False
    if before["state"] in FINAL:
        # It may be over again already.
        return now["state"] not in FINAL or _differ(AGAIN_SHOWN, before, now)
    if state == "cleared":
        return _differ(AGAIN_SHOWN[:1], before, now) or None
    return _differ(AGAIN_SHOWN[1:2], before, now)


def _differ(keys: Iterable[str], one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return any(one.get(key) != other.get(key) for key in keys)


def _shown(run: Mapping[str, Any]) -> dict[str, Any]:
    keys = ("dag_id", "dag_run_id", "logical_date", "state", "conf", "note")
    return {key: run.get(key) for key in keys if run.get(key) is not None}


def new_run_id() -> str:
    """An ID as Airflow 3 gives it to a run that is triggered by hand, with a random end: no other run has it.

    It is made here, so that after a lost answer the run can be looked for.
    """
    moment = datetime.now(timezone.utc).isoformat(timespec="microseconds")
    return f"manual__{moment}_{random.getrandbits(32):08x}"


def trigger_body(wanted: Mapping[str, Any], run_id: str, server: Server) -> dict[str, Any]:
    """The body of the request that triggers a run.

    v2 wants ``logical_date``, null if there is none; on v1 it must not be null (2.11.2, 3.3.2).
    """
    body = {key: wanted[key] for key in (*MOMENTS, "conf", "note") if key in wanted}
    if server.api is not V1:
        body.setdefault("logical_date", None)
    return {"dag_run_id": run_id, **body}
