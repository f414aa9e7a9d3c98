# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.dataops.airflow.plugins.module_utils._kinds.dag_run.run_end import progress, why_failed
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.dag_run.run_plan import (
    check_wanted,
    plan_run,
    trigger_body,
)
from ansible_collections.dataops.airflow.plugins.module_utils._model.api import V1, V2, Server
from ansible_collections.dataops.airflow.plugins.module_utils._model.change import Action
from ansible_collections.dataops.airflow.plugins.module_utils._model.errors import InvalidInputError, PreconditionError

AIRFLOW_2 = Server(V1, "2.11.2")
AIRFLOW_3 = Server(V2, "3.3.2")
RUN = {
    "dag_id": "etl",
    "dag_run_id": "r1",
    "logical_date": "2026-01-01T00:00:00Z",
    "data_interval_start": None,
    "conf": {"day": 3},
    "note": None,
    "state": "running",
}


def want(**options: Any) -> dict[str, Any]:
    return {"dag_id": "etl", "state": "present", **options}


def test_without_an_id_every_call_triggers() -> None:
    plan = plan_run(want(conf={"day": 3}), None, AIRFLOW_3)
    assert (plan.action, plan.before, plan.after) == (Action.CREATE, {}, {"dag_id": "etl", "conf": {"day": 3}})


@pytest.mark.parametrize(
    "same",
    [{}, {"conf": {"day": 3}}, {"logical_date": "2026-01-01T01:00:00+01:00"}, {"note": ""}],
    ids=str,
)
def test_a_run_that_is_there_and_the_same_is_left_alone(same: dict[str, Any]) -> None:
    assert plan_run(want(dag_run_id="r1", **same), RUN, AIRFLOW_3).action is Action.NONE


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"conf": {"day": 4}}, r"its conf is \{'day': 3\}, wanted \{'day': 4\}"),
        ({"conf": {"day": "3"}}, "its conf"),
        ({"conf": {"day": 3.0}}, "its conf"),
        ({"conf": {}}, "its conf"),
        ({"logical_date": "2026-01-02"}, "its logical_date is 2026-01-01T00:00:00Z, wanted 2026-01-02"),
        ({"data_interval_start": "2026-01-02"}, "its data_interval_start is None"),
    ],
)
def test_a_run_that_is_there_and_another_one_is_an_error(other: dict[str, Any], said: str) -> None:
    with pytest.raises(PreconditionError, match=f"already exists with other settings: {said}.*another dag_run_id"):
        plan_run(want(dag_run_id="r1", **other), RUN, AIRFLOW_3)


def test_secrets_in_conf_are_not_in_messages() -> None:
    with pytest.raises(PreconditionError) as caught:
        plan_run(want(dag_run_id="r1", conf={"password": "geheim"}), RUN, AIRFLOW_3)
    assert "geheim" not in caught.value.message


def test_a_note_can_be_set_and_cleared() -> None:
    plan = plan_run(want(dag_run_id="r1", note="n"), RUN, AIRFLOW_3)
    assert (plan.action, plan.note, plan.state) == (Action.UPDATE, "n", None)
    plan = plan_run(want(dag_run_id="r1", note=""), {**RUN, "note": "n"}, AIRFLOW_3)
    assert (plan.action, plan.note) == (Action.UPDATE, "")


@pytest.mark.parametrize("state", ["queued", "success", "failed"])
def test_a_state_is_set_once(state: str) -> None:
    plan = plan_run(want(dag_run_id="r1", state=state), RUN, AIRFLOW_3)
    assert (plan.action, plan.state) == (Action.UPDATE, state)
    assert plan.before == {"dag_run_id": "r1", "state": "running"}
    assert plan.after == {"dag_run_id": "r1", "state": state}
    assert plan_run(want(dag_run_id="r1", state=state), {**RUN, "state": state}, AIRFLOW_3).action is Action.NONE


def test_clearing_is_done_each_time() -> None:
    assert plan_run(want(dag_run_id="r1", state="cleared"), RUN, AIRFLOW_3).state == "cleared"


def test_deleting() -> None:
    over = {**RUN, "state": "success"}
    assert plan_run(want(dag_run_id="r1", state="absent"), over, AIRFLOW_3).action is Action.DELETE
    assert plan_run(want(dag_run_id="r1", state="absent"), None, AIRFLOW_3).action is Action.NONE
    assert plan_run(want(dag_run_id="r1", state="absent"), RUN, AIRFLOW_2).action is Action.DELETE
    assert plan_run(want(dag_run_id="r1", state="absent"), RUN, Server(V2, "3.1.5")).action is Action.DELETE
    with pytest.raises(PreconditionError, match="is running, and Airflow 3.3.2 cannot delete"):
        plan_run(want(dag_run_id="r1", state="absent"), RUN, AIRFLOW_3)


@pytest.mark.parametrize("state", ["cleared", "queued", "success", "failed"])
def test_a_run_that_is_not_there_cannot_be_changed(state: str) -> None:
    with pytest.raises(PreconditionError, match=f"does not exist, so state={state} is not possible"):
        plan_run(want(dag_run_id="r1", state=state), None, AIRFLOW_3)


@pytest.mark.parametrize("prefix", ["scheduled", "backfill"])
def test_an_id_that_airflow_keeps_for_itself(prefix: str) -> None:
    for server in (AIRFLOW_2, AIRFLOW_3):
        with pytest.raises(InvalidInputError, match=f"'{prefix}__' is reserved for its own runs"):
            plan_run(want(dag_run_id=f"{prefix}__1"), None, server)


@pytest.mark.parametrize(
    ("options", "server", "said"),
    [
        ({"state": "failed"}, AIRFLOW_3, "state=failed needs dag_run_id or logical_date"),
        ({"data_interval_start": "2026-01-01"}, AIRFLOW_3, "go together, and need logical_date"),
        (
            {"data_interval_start": "2026-01-01", "data_interval_end": "2026-01-02"},
            AIRFLOW_3,
            "go together, and need logical_date",
        ),
        ({"note": "n"}, Server(V1, "2.4.3"), "note needs Airflow 2.5.0 or later; this server is Airflow 2.4.3"),
        ({"dag_run_id": "r1", "state": "cleared"}, Server(V1, "2.3.4"), "state=cleared needs Airflow 2.4.0"),
    ],
)
def test_options_that_cannot_work(options: dict[str, Any], server: Server, said: str) -> None:
    with pytest.raises(InvalidInputError, match=said):
        check_wanted(want(**options), server)


def test_the_body_that_triggers() -> None:
    assert trigger_body(want(conf={"a": 1}), "r1", AIRFLOW_3) == {
        "dag_run_id": "r1",
        "conf": {"a": 1},
        "logical_date": None,
    }
    assert trigger_body(want(), "r1", AIRFLOW_2) == {"dag_run_id": "r1"}


def test_what_is_said() -> None:
    assert progress("etl", RUN, 3, 7) == "etl r1: running, 3 of 7 tasks done"
    assert progress("etl", RUN, 0, 0) == "etl r1: running"
    tasks = [{"task_id": "load", "map_index": index, "try_number": 2} for index in (-1, 4, 5)]
    said = why_failed(RUN, tasks, ["ValueError: x", ""])
    assert said == (
        "DAG run 'r1' of DAG 'etl' failed: task 'load' (try 2): ValueError: x; task 'load'[4] (try 2); and 1 more"
    )
    assert "but none of its tasks did" in why_failed(RUN, [], [])
