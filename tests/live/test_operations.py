# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Task instances, backfills, XComs and asset events, on runs that are over."""

from __future__ import annotations

import datetime
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ansible_collections.dataops.airflow.plugins.module_utils._http.client import Client
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.asset.asset_event import ASSET_EVENT
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.backfill.backfill import BACKFILL
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.dag.dag import DAG
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.dag_run.dag_run import DAG_RUN
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.task.task_instance import TASK_INSTANCE
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.xcom.xcom import XCOM
from ansible_collections.dataops.airflow.plugins.module_utils._model.errors import (
    AirflowError,
    InvalidInputError,
    PreconditionError,
)
from ansible_collections.dataops.airflow.tests.live.conftest import Live
from ansible_collections.dataops.airflow.tests.live.proxy import (
    Answer,
    Forward,
    Proxy,
    Request,
    Rule,
    is_write,
    lose_answer,
    pass_on,
)

Task = Callable[..., dict[str, Any]]
URI = "s3://test/orders"


pytestmark = pytest.mark.usefixtures("dags")


@pytest.fixture(scope="module")
def mapped(live: Live, client: Client) -> Iterator[str]:
    """A run of test_mapped of which load[1] failed, and so done did not run; what is cleared does not run again."""
    run_id = f"test-{uuid.uuid4()}"
    with pytest.raises(AirflowError, match="failed"):
        live.task(DAG_RUN, client=client, dag_id="test_mapped", dag_run_id=run_id, wait=True, log_lines=0)
    live.task(DAG, client=client, dag_id="test_mapped", paused=True)
    yield run_id
    live.task(DAG, client=client, dag_id="test_mapped", paused=False)


def states(live: Live, dag_id: str, run_id: str) -> dict[str, Any]:
    rows = live.ask("GET", f"/dags/{dag_id}/dagRuns/{run_id}/taskInstances").json()["task_instances"]
    return {f"{row['task_id']}[{row['map_index']}]": row["state"] for row in rows}


@pytest.fixture
def restored(live: Live, mapped: str) -> Iterator[None]:
    """The run's task instances are as they were, whatever a test has done."""
    before = states(live, "test_mapped", mapped)
    yield
    with live.database() as database:
        for name, state in before.items():
            task_id, _bracket, index = name.partition("[")
            database.execute(
                "UPDATE task_instance SET state = ? WHERE run_id = ? AND task_id = ? AND map_index = ?",
                (state, mapped, task_id, int(index[:-1])),
            )
        database.execute("UPDATE dag_run SET state = 'failed' WHERE run_id = ?", (mapped,))


def touched(result: dict[str, Any]) -> list[str]:
    return [f"{row['task_id']}[{row['map_index']}]" for row in result["task_instances"]]


@pytest.mark.usefixtures("restored")
@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"task_ids": ["load"], "state": "cleared"}, ["load[0]", "load[1]", "load[2]"]),
        ({"task_ids": ["load"], "state": "cleared", "only_failed": True}, ["load[1]"]),
        (
            {"task_ids": ["load"], "state": "cleared", "only_failed": True, "include_downstream": True},
            ["done[-1]", "load[1]"],
        ),
        ({"task_ids": ["done"], "state": "cleared"}, ["done[-1]"]),
        ({"task_ids": ["done"], "state": "success"}, ["done[-1]"]),
        ({"task_ids": ["load"], "state": "success"}, ["done[-1]", "load[1]"]),
        ({"task_ids": ["load", "done"], "state": "skipped"}, ["done[-1]", "load[0]", "load[1]", "load[2]"]),
        ({"task_ids": ["load"], "map_index": 1, "state": "success"}, ["done[-1]", "load[1]"]),
        ({"task_ids": ["load"], "map_index": 0, "state": "success"}, []),
        ({"task_ids": ["load"], "map_index": 0, "state": "success", "note": "seen"}, ["load[0]"]),
    ],
    ids=str,
)
def test_exactly_what_is_touched(
    live: Live, client: Client, mapped: str, proxy: Proxy, options: dict[str, Any], expected: list[str]
) -> None:
    before = states(live, "test_mapped", mapped)
    named = {"dag_id": "test_mapped", "dag_run_id": mapped, **options}
    predicted = live.task(TASK_INSTANCE, check_mode=True, airflow_url=proxy.url, **named)
    assert states(live, "test_mapped", mapped) == before
    real = live.task(TASK_INSTANCE, client=client, **named)
    assert touched(predicted) == touched(real) == expected
    assert [predicted[key] for key in ("changed", "diff", "task_instances")] == [
        real[key] for key in ("changed", "diff", "task_instances")
    ]
    assert real["changed"] is bool(expected)
    if options["state"] != "cleared":
        after = states(live, "test_mapped", mapped)
        assert {name for name in before if after[name] != before[name]} <= set(expected)
        assert {name: after[name] for name in expected} == {
            f"{row['task_id']}[{row['map_index']}]": row["state"] for row in real["task_instances"]
        }
        assert touched(live.task(TASK_INSTANCE, client=client, **named)) == []


@pytest.mark.usefixtures("restored")
@pytest.mark.parametrize(
    ("state", "expected"), [("success", ["done[-1]", "load[1]"]), ("failed", ["done[-1]", "load[0]", "load[2]"])]
)
def test_mapped_tasks_are_marked_with_their_relatives_on_airflow_3_only(
    live: Live, client: Client, mapped: str, state: str, expected: list[str]
) -> None:
    options: dict[str, Any] = {"task_ids": ["load"], "state": state, "include_downstream": True}
    options.update(dag_id="test_mapped", dag_run_id=mapped)
    if not live.is_v2:
        with pytest.raises(InvalidInputError, match="include_downstream with the mapped task 'load' needs Airflow 3"):
            live.task(TASK_INSTANCE, client=client, **options)
        return
    result = live.task(TASK_INSTANCE, client=client, **options)
    assert touched(result) == expected
    after = states(live, "test_mapped", mapped)
    # What comes after a task is cleared if it is marked failed with it.
    assert {name: after[name] for name in expected} == {
        **dict.fromkeys(expected, state),
        "done[-1]": None if state == "failed" else state,
    }


def test_one_of_a_mapped_task_is_cleared_on_airflow_3_only(live: Live, client: Client, mapped: str) -> None:
    named: dict[str, Any] = {"task_ids": ["load"], "map_index": 1, "state": "cleared"}
    named.update(dag_id="test_mapped", dag_run_id=mapped)
    if live.is_v2:
        assert touched(live.task(TASK_INSTANCE, check_mode=True, **named)) == ["load[1]"]
    else:
        with pytest.raises(InvalidInputError, match="map_index with state=cleared needs Airflow 3.0.0 or later"):
            live.task(TASK_INSTANCE, client=client, **named)


def test_a_task_that_the_dag_does_not_have(live: Live, client: Client, mapped: str) -> None:
    named: dict[str, Any] = {"dag_id": "test_mapped", "dag_run_id": mapped, "task_ids": ["nope"], "state": "success"}
    with pytest.raises(PreconditionError, match="task_ids has names that DAG 'test_mapped' does not have: 'nope'"):
        live.task(TASK_INSTANCE, client=client, **named)


@pytest.mark.usefixtures("restored")
def test_marking_without_an_answer_is_settled_by_reading(live: Live, mapped: str, proxy: Proxy) -> None:
    def rule(request: Request, forward: Forward) -> Answer | None:
        marks = is_write(request) and b'"dry_run": true' not in request.body and not request.path.endswith("/dry_run")
        answer: Rule = lose_answer if marks else pass_on
        return answer(request, forward)

    proxy.rule = rule
    named: dict[str, Any] = {"dag_id": "test_mapped", "dag_run_id": mapped, "task_ids": ["done"], "state": "success"}
    result = live.task(TASK_INSTANCE, airflow_url=proxy.url, retries=0, **named)
    assert "Read back" in result["warnings"][0]
    assert states(live, "test_mapped", mapped)["done[-1]"] == "success"


@pytest.mark.usefixtures("restored")
@pytest.mark.parametrize(
    "options",
    [
        {"task_ids": ["done"], "state": "success"},
        {"task_ids": ["load"], "state": "success"},
        {"task_ids": ["load"], "state": "success", "map_index": 0, "note": "shown"},
        {"task_ids": ["done"], "state": "skipped", "note": "shown"},
        {"task_ids": ["load"], "state": "cleared"},
    ],
    ids=str,
)
def test_what_an_answer_shows_is_not_read_again(live: Live, mapped: str, proxy: Proxy, options: dict[str, Any]) -> None:
    named: dict[str, Any] = {"dag_id": "test_mapped", "dag_run_id": mapped, **options}
    assert live.task(TASK_INSTANCE, airflow_url=proxy.url, **named)["changed"]
    # Airflow 2 answers {} to marking one of a mapped task.
    is_silent = not live.is_v2 and options == {"task_ids": ["load"], "state": "success"}
    assert is_write(proxy.seen[-1]) is not is_silent


def test_an_xcom_that_is_text(airflow_3: Live, client: Client, mapped: str) -> None:
    def task(**options: Any) -> dict[str, Any]:
        place = {"dag_id": "test_mapped", "dag_run_id": mapped, "task_id": "load", "map_index": 2}
        return airflow_3.task(XCOM, client=client, **{**place, "key": "a/b ü", **options})

    for text in ("text", '{"a": 1}', "3"):
        assert task(value=text)["xcom"]["value"] == text
        assert task(value=text)["action"] == "none"
    assert task(state="absent")["changed"]
    assert not task(state="absent")["changed"]
    for check_mode in (True, False):
        with pytest.raises(PreconditionError, match="needs an existing task instance"):
            airflow_3.task(
                XCOM,
                check_mode=check_mode,
                dag_id="test_mapped",
                dag_run_id=mapped,
                task_id="load",
                map_index=9,
                key="k",
                value=1,
            )


@pytest.fixture
def dates(airflow_3: Live, client: Client) -> Iterator[dict[str, str]]:
    """Two days that no test has used on this server; test_daily runs."""
    first = datetime.date(1990, 1, 1) + datetime.timedelta(days=int(time.time()) % 10000)
    airflow_3.task(DAG, client=client, dag_id="test_daily", paused=False)
    yield {"dag_id": "test_daily", "from_date": str(first), "to_date": str(first + datetime.timedelta(days=1))}
    airflow_3.task(DAG, client=client, dag_id="test_daily", paused=True)


def test_a_backfill_is_cancelled(airflow_3: Live, client: Client, dates: dict[str, Any]) -> None:
    def task(**options: Any) -> dict[str, Any]:
        return airflow_3.task(BACKFILL, client=client, **{**dates, **options})

    task(state="paused")
    assert task(state="cancelled")["action"] == "update"
    assert task(state="cancelled")["action"] == "none"


@pytest.mark.parametrize("check_mode", [True, False])
def test_a_dag_without_a_schedule_has_no_backfills(airflow_3: Live, check_mode: bool) -> None:
    given: dict[str, Any] = {"dag_id": "test_succeeds", "from_date": "2026-02-01", "to_date": "2026-02-01"}
    with pytest.raises(AirflowError, match="does not support backfills"):
        airflow_3.task(BACKFILL, check_mode=check_mode, **given)


def test_an_asset_event_makes_a_dag_run(live: Live, client: Client, proxy: Proxy) -> None:
    before = live.ask("GET", "/dags/test_on_asset/dagRuns").json()["total_entries"]
    predicted = live.task(ASSET_EVENT, check_mode=True, uri=URI, extra={"rows": 3})
    real = live.task(ASSET_EVENT, airflow_url=proxy.url, uri=URI, extra={"rows": 3})
    assert is_write(proxy.seen[-1])
    assert predicted["diff"] == real["diff"]
    assert real["asset_event"]["extra"] == {"rows": 3, "from_rest_api": True}
    assert real["asset_event"]["uri"] == URI
    deadline = time.monotonic() + 60
    while live.ask("GET", "/dags/test_on_asset/dagRuns").json()["total_entries"] == before:
        assert time.monotonic() < deadline
        time.sleep(0.3)
    with pytest.raises(PreconditionError, match="(asset|dataset) 's3://test/order' does not exist"):
        live.task(ASSET_EVENT, client=client, uri=URI[:-1])


def test_an_event_without_an_answer_is_settled_by_reading(live: Live, proxy: Proxy) -> None:
    # 3.3.2 cannot list events as long as a run that one of them has triggered has not started; this one triggers none.
    live.task(DAG, dag_id="test_info_two_assets", wait_timeout=90)
    while live.is_v2 and live.ask("GET", "/assets/events").status_code == 500:
        time.sleep(0.3)
    proxy.once(is_write, lose_answer)
    event: dict[str, Any] = {"uri": "s3://test/left", "extra": {"id": str(uuid.uuid4())}}
    result = live.task(ASSET_EVENT, airflow_url=proxy.url, retries=0, **event)
    assert "Read back" in result["warnings"][0]
    assert result["asset_event"]["extra"]["id"] == event["extra"]["id"]
