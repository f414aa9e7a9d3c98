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

from ansible_collections.dataops.airflow.plugins.module_utils._core.client import Client
from ansible_collections.dataops.airflow.plugins.module_utils._core.errors import AirflowError, InvalidInputError
from ansible_collections.dataops.airflow.plugins.module_utils._resources.asset_event import ASSET_EVENT
from ansible_collections.dataops.airflow.plugins.module_utils._resources.backfill import BACKFILL
from ansible_collections.dataops.airflow.plugins.module_utils._resources.dag import DAG
from ansible_collections.dataops.airflow.plugins.module_utils._resources.dag_run import DAG_RUN
from ansible_collections.dataops.airflow.plugins.module_utils._resources.task_instance import TASK_INSTANCE
from ansible_collections.dataops.airflow.plugins.module_utils._resources.xcom import XCOM
from ansible_collections.dataops.airflow.tests.live.conftest import Live
from ansible_collections.dataops.airflow.tests.live.proxy import (
    Answer,
    Forward,
    Proxy,
    Request,
    fail_after,
    fail_before,
    is_write,
    lose_answer,
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


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"task_ids": ["nope"]}, "task_ids names what DAG 'test_mapped' does not have: 'nope'. Nothing was changed"),
        ({"task_ids": ["load"], "map_index": 7}, "map_index 7 does not exist: task 'load' .* has the indexes 0 to 2"),
        ({"task_ids": ["done"], "map_index": 0}, "has no indexes, as it is not mapped"),
        ({"task_ids": ["load"], "dag_run_id": "nope"}, "DAG run 'nope' of DAG 'test_mapped' does not exist"),
        ({"task_ids": ["load"], "dag_id": "test_nope"}, "DAG 'test_nope' does not exist"),
        ({"task_ids": ["load"], "only_failed": True}, "only_failed is for state=cleared, got state=success"),
        ({"task_ids": []}, "task_ids must not be empty"),
    ],
)
def test_what_cannot_be(live: Live, client: Client, mapped: str, options: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidInputError, match=said):
        live.task(
            TASK_INSTANCE,
            client=client,
            **{"dag_id": "test_mapped", "dag_run_id": mapped, "state": "success", **options},
        )


@pytest.mark.usefixtures("restored")
@pytest.mark.parametrize(("fault", "happened"), [(lose_answer, True), (fail_after, True), (fail_before, False)])
def test_marking_without_an_answer_is_settled_by_reading(
    live: Live, mapped: str, proxy: Proxy, fault: Any, happened: bool
) -> None:
    def rule(request: Request, forward: Forward) -> Answer | None:
        marks = is_write(request) and b'"dry_run": true' not in request.body and not request.path.endswith("/dry_run")
        answer: Answer | None = fault(request, forward) if marks else forward(request)
        return answer

    proxy.rule = rule
    named = {"dag_id": "test_mapped", "dag_run_id": mapped, "task_ids": ["done"], "state": "success"}
    options: dict[str, Any] = {"airflow_url": proxy.url, "retries": 0, **named}
    if happened:
        result = live.task(TASK_INSTANCE, **options)
        assert "they were marked success all the same" in result["warnings"][0]
    else:
        with pytest.raises(AirflowError, match="Read back: not success: task 'done'"):
            live.task(TASK_INSTANCE, **options)
    assert (states(live, "test_mapped", mapped)["done[-1]"] == "success") is happened


def test_an_xcom(airflow_3: Live, client: Client, mapped: str) -> None:
    def task(**options: Any) -> dict[str, Any]:
        place = {"dag_id": "test_mapped", "dag_run_id": mapped, "task_id": "load", "map_index": 2}
        return airflow_3.task(XCOM, client=client, **{**place, "key": "a/b ü", **options})

    value = {"rows": 3, "list": [1.5, True, None, "3"]}
    assert task(value=value)["action"] == "create"
    assert task(value=value)["action"] == "none"
    changed = task(value={**value, "rows": "3"})
    assert (changed["action"], changed["xcom"]["value"]["rows"]) == ("update", "3")
    assert task(state="absent")["action"] == "delete"
    assert task(state="absent")["action"] == "none"
    for text in ("text", '{"a": 1}', "3"):
        assert task(value=text)["xcom"]["value"] == text
        assert task(value=text)["action"] == "none"
    assert task(state="absent")["changed"]
    for check_mode in (True, False):
        with pytest.raises(InvalidInputError, match="needs a task instance that exists"):
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
    assert "geheim" not in str(task(key="api_token", value="geheim-1"))
    task(key="api_token", state="absent")


def test_what_needs_airflow_3(airflow_2: Live, client: Client) -> None:
    with pytest.raises(
        InvalidInputError, match=r"^airflow_xcom needs Airflow 3.0.0 or later; this server is Airflow 2"
    ):
        airflow_2.task(XCOM, client=client, dag_id="d", dag_run_id="r", task_id="t", key="k", value=1)
    with pytest.raises(InvalidInputError, match="^airflow_backfill needs Airflow 3.0.0 or later"):
        airflow_2.task(BACKFILL, client=client, dag_id="d", from_date="2026-01-01", to_date="2026-01-01")


@pytest.fixture
def dates(airflow_3: Live, client: Client) -> Iterator[dict[str, str]]:
    """Two days that no test has used on this server; test_daily runs."""
    first = datetime.date(1990, 1, 1) + datetime.timedelta(days=int(time.time()) % 10000)
    airflow_3.task(DAG, client=client, dag_id="test_daily", paused=False)
    yield {"dag_id": "test_daily", "from_date": str(first), "to_date": str(first + datetime.timedelta(days=1))}
    airflow_3.task(DAG, client=client, dag_id="test_daily", paused=True)


def test_a_backfill(airflow_3: Live, client: Client, dates: dict[str, Any]) -> None:
    def task(**options: Any) -> dict[str, Any]:
        return airflow_3.task(BACKFILL, client=client, **{**dates, **options})

    predicted = airflow_3.task(BACKFILL, check_mode=True, **dates, state="paused", max_active_runs=2)
    paused = task(state="paused", max_active_runs=2)
    assert (paused["action"], len(paused["dates"]), paused["backfill"]["is_paused"]) == ("create", 2, True)
    assert [predicted[key] for key in ("changed", "action", "dates", "diff")] == [
        paused[key] for key in ("changed", "action", "dates", "diff")
    ]
    assert task(state="paused")["action"] == "none"
    with pytest.raises(InvalidInputError, match="is another one: its max_active_runs is 2, wanted 3"):
        task(max_active_runs=3)
    done = task(wait=True)
    assert done["action"] == "update"
    assert done["backfill"]["completed_at"]
    assert task()["action"] == "none"
    assert task(state="cancelled")["action"] == "none"


def test_a_backfill_is_cancelled(airflow_3: Live, client: Client, dates: dict[str, Any]) -> None:
    def task(**options: Any) -> dict[str, Any]:
        return airflow_3.task(BACKFILL, client=client, **{**dates, **options})

    task(state="paused")
    assert task(state="cancelled")["action"] == "update"
    assert task(state="cancelled")["action"] == "none"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"dag_id": "test_nope"}, "DAG 'test_nope' does not exist"),
        ({"dag_id": "test_succeeds"}, "does not support backfills"),
        ({"from_date": "2026-02-02"}, "from_date 2026-02-02.* must not be after to_date"),
        ({"dag_id": "test_paused", "wait": True}, "is paused, so its runs would not start"),
    ],
)
@pytest.mark.parametrize("check_mode", [True, False])
def test_a_backfill_that_cannot_be(airflow_3: Live, options: dict[str, Any], said: str, check_mode: bool) -> None:
    given = {"dag_id": "test_daily", "from_date": "2026-02-01", "to_date": "2026-02-01", **options}
    with pytest.raises(AirflowError, match=said):
        airflow_3.task(BACKFILL, check_mode=check_mode, **given)


def test_an_asset_event_makes_a_dag_run(live: Live, client: Client) -> None:
    before = live.ask("GET", "/dags/test_on_asset/dagRuns").json()["total_entries"]
    predicted = live.task(ASSET_EVENT, check_mode=True, uri=URI, extra={"rows": 3})
    real = live.task(ASSET_EVENT, client=client, uri=URI, extra={"rows": 3})
    assert predicted["diff"] == real["diff"]
    assert real["asset_event"]["extra"] == {"rows": 3, "from_rest_api": True}
    assert real["asset_event"]["uri"] == URI
    deadline = time.monotonic() + 60
    while live.ask("GET", "/dags/test_on_asset/dagRuns").json()["total_entries"] == before:
        assert time.monotonic() < deadline
        time.sleep(0.3)
    with pytest.raises(InvalidInputError, match="(asset|dataset) 's3://test/order' does not exist"):
        live.task(ASSET_EVENT, client=client, uri=URI[:-1])


@pytest.mark.parametrize(("fault", "happened"), [(lose_answer, True), (fail_after, True), (fail_before, False)])
def test_an_event_without_an_answer_is_settled_by_reading(live: Live, proxy: Proxy, fault: Any, happened: bool) -> None:
    # 3.3.2 cannot list events as long as a run that one of them has triggered has not started; this one triggers none.
    live.task(DAG, dag_id="test_info_two_assets", wait_timeout=90)
    while live.is_v2 and live.ask("GET", "/assets/events").status_code == 500:
        time.sleep(0.3)
    proxy.rule = lambda request, forward: fault(request, forward) if is_write(request) else forward(request)
    event = {"uri": "s3://test/left", "extra": {"id": str(uuid.uuid4())}}
    options: dict[str, Any] = {"airflow_url": proxy.url, "retries": 0, **event}
    if happened:
        result = live.task(ASSET_EVENT, **options)
        assert "recorded all the same" in result["warnings"][0]
        assert result["asset_event"]["extra"]["id"] == options["extra"]["id"]
    else:
        with pytest.raises(AirflowError, match="was not recorded"):
            live.task(ASSET_EVENT, **options)
