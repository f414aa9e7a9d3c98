# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""DAG runs that really run: tests/dags/runs.py holds the DAGs."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from ansible_collections.dataops.airflow.plugins.module_utils._engine.connect import connect
from ansible_collections.dataops.airflow.plugins.module_utils._http.client import Client
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.dag.dag import DAG
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.dag_run.dag_run import DAG_RUN
from ansible_collections.dataops.airflow.plugins.module_utils._model.errors import (
    AirflowError,
    GatewayError,
    InvalidInputError,
    NotDoneError,
    PreconditionError,
    RefusedError,
)
from ansible_collections.dataops.airflow.tests.live.conftest import Live
from ansible_collections.dataops.airflow.tests.live.proxy import (
    Answer,
    Forward,
    Proxy,
    Request,
    fail_before,
    is_write,
    lose_answer,
    unavailable,
)

ODD = "test.odd-id_ü"


pytestmark = pytest.mark.usefixtures("dags")


@pytest.fixture
def run_id() -> str:
    return f"test-{uuid.uuid4()}"


Run = Callable[..., dict[str, Any]]


@pytest.fixture
def run(live: Live, client: Client) -> Run:
    """Run the module's task; again if SQLite was locked, as it is now and then while runs are under way (3.3.2)."""

    def task(dag_id: str, **options: Any) -> dict[str, Any]:
        for pause in (0.5, 2):
            try:
                return live.task(DAG_RUN, client=client, dag_id=dag_id, **options)
            except NotDoneError as error:
                if "Database error" not in error.message:
                    raise
                time.sleep(pause)
        return live.task(DAG_RUN, client=client, dag_id=dag_id, **options)

    return task


def stored(live: Live, dag_id: str, run_id: str) -> dict[str, Any] | None:
    answer = live.ask("GET", f"/dags/{quote(dag_id)}/dagRuns/{quote(run_id, safe='')}")
    found: dict[str, Any] | None = answer.json() if answer.status_code == 200 else None
    return found


def body(live: Live, **given: Any) -> dict[str, Any]:
    return {"logical_date": None, **given} if live.is_v2 else given


@pytest.fixture(scope="module")
def finished(live: Live, client: Client) -> str:
    """The ID of a run of test_succeeds that is over, and stays so in every test but those that say otherwise."""
    run_id = f"test-{uuid.uuid4()}"
    assert live.task(DAG_RUN, client=client, dag_id="test_succeeds", dag_run_id=run_id, wait=True)["changed"]
    return run_id


@pytest.fixture(scope="module")
def failed(live: Live, client: Client) -> str:
    """The ID of a run of test_fails that is over."""
    run_id = f"test-{uuid.uuid4()}"
    with pytest.raises(AirflowError, match="failed") as caught:
        live.task(DAG_RUN, client=client, dag_id="test_fails", dag_run_id=run_id, wait=True)
    assert caught.value.facts["changed"]
    return run_id


def test_each_call_without_an_id_triggers_a_run(run: Run) -> None:
    first, second = (run("test_succeeds", conf={"day": 3, "deep": [1.5, True, None, "3"]}), run("test_succeeds"))
    assert first["changed"]
    assert first["dag_run"]["conf"] == {"day": 3, "deep": [1.5, True, None, "3"]}
    assert second["dag_run"]["dag_run_id"] != first["dag_run"]["dag_run_id"]
    assert second["dag_run"]["state"] == "queued"


def test_a_failed_run_names_its_failed_tasks_with_their_logs(run: Run, failed: str) -> None:
    with pytest.raises(
        AirflowError, match=r"failed: task 'broken' \(try \d\): ValueError: no such table: orders$"
    ) as caught:
        run("test_fails", dag_run_id=failed, wait=True, log_lines=5)
    assert not caught.value.facts["changed"]
    assert caught.value.facts["dag_run"]["state"] == "failed"
    (task,) = caught.value.facts["failed_tasks"]
    assert (task["task_id"], task["map_index"], task["state"]) == ("broken", -1, "failed")
    # Airflow 2 now and then begins a task twice.
    assert task["try_number"] >= 1
    assert "ValueError: no such table: orders" in task["log"].splitlines()
    assert len(task["log"].splitlines()) == 5


@pytest.mark.parametrize("dag_id", ["test_succeeds", ODD])
def test_a_run_with_an_id_is_triggered_once(live: Live, run: Run, run_id: str, dag_id: str) -> None:
    odd = f"{run_id}~a:b+c.d"
    first = run(dag_id, dag_run_id=odd, conf={"day": 3}, note="once")
    again = run(dag_id, dag_run_id=odd, conf={"day": 3}, note="once")
    assert (first["action"], again["action"]) == ("create", "none")
    assert again["dag_run"]["dag_run_id"] == first["dag_run"]["dag_run_id"] == odd
    with pytest.raises(
        PreconditionError, match=r"already exists with other settings: its conf is \{'day': 3\}, wanted \{'day': 4\}"
    ):
        run(dag_id, dag_run_id=odd, conf={"day": 4})
    assert run(dag_id, dag_run_id=odd)["action"] == "none"
    changed = run(dag_id, dag_run_id=odd, note="")
    assert (changed["action"], changed["diff"]["before"]["note"], changed["diff"]["after"]["note"]) == (
        "update",
        "once",
        "",
    )
    found = stored(live, dag_id, odd)
    assert found
    assert not found["note"]


def test_a_run_with_a_logical_date_is_triggered_once(run: Run, live: Live) -> None:
    # No date twice on a server that is kept.
    date = f"2020-01-01T00:00:{time.time() % 60:09.6f}"
    interval = {"data_interval_start": "2019-12-01", "data_interval_end": "2020-01-01T00:00Z"}
    first = run("test_succeeds", logical_date=date + "Z", **interval)
    again = run("test_succeeds", logical_date=date)
    assert (first["action"], again["action"]) == ("create", "none")
    assert again["dag_run"]["dag_run_id"] == first["dag_run"]["dag_run_id"]
    assert again["dag_run"]["data_interval_start"].startswith("2019-12-01T00:00:00")
    with pytest.raises(PreconditionError, match="its dag_run_id is manual__.*, wanted mine"):
        run("test_succeeds", logical_date=date, dag_run_id="mine")


def is_trigger(request: Request) -> bool:
    return request.method == "POST" and request.path.endswith("/dagRuns")


def test_a_race_is_won_by_whoever_wants_the_same(live: Live, proxy: Proxy, run_id: str) -> None:
    def somebody_is_faster(request: Request, forward: Forward) -> Answer:
        other = body(live, dag_run_id=run_id, conf={"day": 3})
        assert live.ask("POST", "/dags/test_succeeds/dagRuns", json=other).status_code == 200
        return forward(request)

    proxy.once(is_trigger, somebody_is_faster)
    wanted: dict[str, Any] = {"dag_id": "test_succeeds", "dag_run_id": run_id, "conf": {"day": 3}}
    result = live.task(DAG_RUN, airflow_url=proxy.url, **wanted)
    assert (result["action"], result["changed"], result["dag_run"]["dag_run_id"]) == ("none", False, run_id)


@pytest.mark.parametrize(("fault", "happened"), [(lose_answer, True), (fail_before, False)])
def test_a_trigger_without_an_answer_is_settled_by_reading(
    live: Live, proxy: Proxy, run_id: str, fault: Any, happened: bool
) -> None:
    proxy.once(is_trigger, fault)
    given: dict[str, Any] = {"airflow_url": proxy.url, "dag_id": "test_succeeds", "note": run_id, "retries": 0}
    if happened:
        result = live.task(DAG_RUN, **given)
        assert result["changed"]
        assert "Read back" in result["warnings"][0]
        assert result["dag_run"]["note"] == run_id
    else:
        with pytest.raises(AirflowError, match="Read back"):
            live.task(DAG_RUN, **given)
    newest = live.ask("GET", "/dags/test_succeeds/dagRuns", params={"order_by": "-start_date", "limit": 100}).json()
    assert sum(row["note"] == run_id for row in newest["dag_runs"]) == int(happened)


@pytest.mark.slow_on(3)
def test_a_paused_dag_is_an_error_at_once_if_somebody_waits(live: Live, run: Run) -> None:
    count = live.ask("GET", "/dags/test_paused/dagRuns").json()["total_entries"]
    with pytest.raises(PreconditionError, match="is paused.*Nothing was triggered. Unpause the DAG first"):
        run("test_paused", wait=True)
    assert live.ask("GET", "/dags/test_paused/dagRuns").json()["total_entries"] == count
    result = run("test_paused")
    assert "is paused: the run does not start until the DAG is unpaused" in result["warnings"][0]
    with pytest.raises(PreconditionError, match="is paused, so its run .* would never end"):
        run("test_paused", dag_run_id=result["dag_run"]["dag_run_id"], wait=True)
    assert run("test_paused", dag_run_id=result["dag_run"]["dag_run_id"], state="absent")["action"] == "delete"


def test_a_dag_that_does_not_exist_is_an_error_at_once(run: Run) -> None:
    with pytest.raises(
        PreconditionError, match="DAG 'test_nope' does not exist.*broken.py.*no_such_module_for_the_tests"
    ):
        run("test_nope", wait=True)


BREAKING = """
from datetime import datetime
try:
    from airflow.sdk import dag
except ImportError:
    from airflow.decorators import dag
@dag(dag_id="test_breaks", schedule=None, start_date=datetime(2026, 1, 1), is_paused_upon_creation=False)
def breaks():
    pass
breaks()
"""


@pytest.fixture(scope="module")
def breaking(live: Live, client: Client) -> Iterator[Path]:
    """A DAG file that Airflow has parsed."""
    path = Path(live.directory) / "dags/test_breaks.py"
    path.write_text(BREAKING)
    live.task(DAG, client=client, dag_id="test_breaks", wait_timeout=90)
    yield path
    path.unlink()
    live.ask("DELETE", "/dags/test_breaks")


@pytest.mark.slow_on(2)
def test_a_dag_is_deleted_and_comes_back_with_its_file(live: Live, client: Client, breaking: Path) -> None:
    predicted = live.task(DAG, check_mode=True, dag_id="test_breaks", state="absent")
    real = live.task(DAG, client=client, dag_id="test_breaks", state="absent")
    assert (real["action"], predicted["action"]) == ("delete", "delete")
    assert "will be created again, without its history, if Airflow still finds its file" in real["warnings"][0]
    # A file whose time has changed is parsed at once; the others are in turn after min_file_process_interval.
    breaking.touch()
    assert live.task(DAG, client=client, dag_id="test_breaks", wait_timeout=60)["action"] == "none"


def test_a_dag_with_an_import_error_is_an_error_at_once(live: Live, client: Client, run: Run, breaking: Path) -> None:
    breaking.write_text(BREAKING + "raise RuntimeError('not today')\n")
    deadline = time.monotonic() + 60
    while not live.ask("GET", "/dags/test_breaks").json()["has_import_errors"] and time.monotonic() < deadline:
        time.sleep(0.5)
    with pytest.raises(PreconditionError, match=r"has an import error.*test_breaks.py \(RuntimeError: not today\)"):
        run("test_breaks", wait=True)


@pytest.mark.parametrize("odd", ["a b", "é", "a#?b", "a..b"])
def test_an_id_that_airflow_refuses(live: Live, run: Run, run_id: str, odd: str) -> None:
    given: dict[str, Any] = {"dag_id": "test_succeeds", "dag_run_id": f"{run_id}{odd}"}
    if odd == "a..b" and not live.is_v2:
        assert live.task(DAG_RUN, check_mode=True, **given)["action"] == run(**given)["action"] == "create"
        return
    with pytest.raises(InvalidInputError, match="allowed_run_id_pattern|allow_double_dot_in_ids"):
        live.task(DAG_RUN, check_mode=True, **given)
    # 2.11 answers 500 with a web page, and has done nothing.
    with pytest.raises(RefusedError if live.is_v2 else NotDoneError, match="nothing was triggered|must not|not match"):
        run(**given)


@pytest.mark.parametrize(("odd", "sign"), [("a/b", "slash"), ("a\nb", "line break")])
def test_an_id_that_cannot_be_addressed(run: Run, odd: str, sign: str) -> None:
    with pytest.raises(InvalidInputError, match=f"dag_run_id must not contain a {sign}, got "):
        run("test_succeeds", dag_run_id=odd)


def test_what_an_answer_shows_is_not_read_again(live: Live, run: Run, proxy: Proxy, run_id: str) -> None:
    given: dict[str, Any] = {"airflow_url": proxy.url, "dag_id": "test_succeeds", "dag_run_id": run_id}
    assert live.task(DAG_RUN, **given)["changed"]
    assert is_trigger(proxy.seen[-1])
    run("test_succeeds", dag_run_id=run_id, wait=True)
    for option, value in (("note", "n"), *(("state", state) for state in ("cleared", "failed", "queued", "failed"))):
        assert live.task(DAG_RUN, **{**given, option: value})["changed"]
        assert is_write(proxy.seen[-1]), value
    assert live.task(DAG_RUN, **given, state="absent")["changed"]
    assert proxy.seen[-1].method == "DELETE"


def test_a_trigger_that_a_gateway_passes_on_late_is_not_said_to_be_over(
    live: Live, run: Run, proxy: Proxy, run_id: str
) -> None:
    late: list[threading.Timer] = []

    def slow(request: Request, forward: Forward) -> Answer:
        late.append(threading.Timer(1, forward, [request]))
        late[0].start()
        return Answer(504)

    proxy.once(is_trigger, slow)
    with pytest.raises(GatewayError, match="has not been triggered so far; Airflow may still do it") as caught:
        live.task(DAG_RUN, airflow_url=proxy.url, dag_id="test_succeeds", dag_run_id=run_id)
    assert caught.value.facts["status"] == 504
    late[0].join()
    assert run("test_succeeds", dag_run_id=run_id)["action"] == "none"


@pytest.mark.slow
def test_waiting_survives_a_server_that_is_away(live: Live, proxy: Proxy, run_id: str) -> None:
    away = threading.Event()

    def sometimes(request: Request, forward: Forward) -> Answer | None:
        if not away.is_set():
            return forward(request)
        return None if len(proxy.seen) % 2 else unavailable(request, forward)

    proxy.rule = sometimes
    said: list[str] = []

    def progress(line: str) -> None:
        said.append(line)
        if "running" in line and len(said) < 4:
            away.set()
            threading.Timer(4, away.clear).start()

    client = connect(live.options(airflow_url=proxy.url, retries=0), read_only=False)
    result = live.task(
        DAG_RUN,
        client=client,
        progress=progress,
        dag_id="test_slow",
        dag_run_id=run_id,
        conf={"seconds": 6},
        wait=True,
        poll_interval=1.0,
    )
    assert result["dag_run"]["state"] == "success"
    assert said[0] == f"test_slow {run_id}: queued, 0 of 2 tasks done"
    assert said[-1] == f"test_slow {run_id}: success, 2 of 2 tasks done"
    assert len(said) == len(set(said))


def test_a_run_that_is_under_way_when_the_time_is_up(live: Live, run: Run, run_id: str) -> None:
    """It goes on; Airflow 3 does not delete it before it has ended, and it can be marked."""
    with pytest.raises(
        AirflowError, match=r"^After 2 seconds .* is still (queued|running), \d of 2 tasks done; not done: "
    ) as caught:
        run("test_slow", dag_run_id=run_id, wait=True, wait_timeout=2)
    assert f"dag_run_id={run_id} waits for it again" in caught.value.message
    assert caught.value.facts["changed"]
    deadline = time.monotonic() + 30
    while (stored(live, "test_slow", run_id) or {})["state"] != "running" and time.monotonic() < deadline:
        time.sleep(0.3)
    if live.is_v2:
        with pytest.raises(PreconditionError, match="is running, and Airflow .* cannot delete a run in this state"):
            run("test_slow", dag_run_id=run_id, state="absent")
        marked = run("test_slow", dag_run_id=run_id, state="failed")
        assert (marked["action"], marked["dag_run"]["state"]) == ("update", "failed")
        assert run("test_slow", dag_run_id=run_id, state="failed")["action"] == "none"
    assert run("test_slow", dag_run_id=run_id, state="absent")["action"] == "delete"
    assert run("test_slow", dag_run_id=run_id, state="absent")["action"] == "none"
    assert stored(live, "test_slow", run_id) is None


def test_a_run_is_cleared_and_runs_again(live: Live, run: Run, finished: str) -> None:
    first = run("test_succeeds", dag_run_id=finished, wait=True)
    assert first["action"] == "none"
    again = run("test_succeeds", dag_run_id=finished, state="cleared", wait=True)
    assert (again["action"], again["dag_run"]["state"]) == ("update", "success")
    assert again["dag_run"]["end_date"] > first["dag_run"]["end_date"]
    tasks = live.ask("GET", f"/dags/test_succeeds/dagRuns/{finished}/taskInstances").json()["task_instances"]
    assert min(task["try_number"] for task in tasks) >= 2


PREDICTED: tuple[dict[str, Any], ...] = (
    {"conf": {"day": 3, "password": "geheim-1"}, "note": "n"},
    {"dag_run_id": "{old}", "wait": True},
    {"dag_run_id": "{old}", "note": "other"},
    {"dag_run_id": "{old}", "state": "failed"},
    {"dag_run_id": "{old}", "state": "cleared", "wait": True},
    {"dag_run_id": "{old}", "state": "absent"},
)
"""Changes of a run that is over, each of which leaves it to the next one."""


@pytest.mark.slow_on(2)
def test_check_mode_predicts_the_diff_and_writes_nothing(live: Live, run: Run, proxy: Proxy, run_id: str) -> None:
    run("test_succeeds", dag_run_id=run_id, wait=True)
    for options in PREDICTED:
        given = {key: value.format(old=run_id) if key == "dag_run_id" else value for key, value in options.items()}
        before = stored(live, "test_succeeds", run_id)
        proxy.seen.clear()
        predicted = live.task(DAG_RUN, check_mode=True, airflow_url=proxy.url, dag_id="test_succeeds", **given)
        assert {request.method for request in proxy.seen if not request.path.endswith(("/clear", "/auth/token"))} == {
            "GET"
        }
        assert stored(live, "test_succeeds", run_id) == before
        real = run("test_succeeds", **given)
        names = ("changed", "action", "diff")
        assert [predicted[key] for key in names] == [real[key] for key in names], options
        assert "geheim-1" not in str((predicted, real))


def test_check_mode_fails_where_the_real_run_would(live: Live, failed: str) -> None:
    def check(dag_id: str, **options: Any) -> None:
        live.task(DAG_RUN, check_mode=True, dag_id=dag_id, **options)

    with pytest.raises(AirflowError, match="failed: task 'broken'"):
        check("test_fails", dag_run_id=failed, wait=True)
    with pytest.raises(PreconditionError, match="is paused"):
        check("test_paused", wait=True)
    with pytest.raises(PreconditionError, match="does not exist"):
        check("test_nope")


def test_a_dag_is_paused_and_unpaused(live: Live, client: Client) -> None:
    def task(**options: Any) -> dict[str, Any]:
        return live.task(DAG, client=client, dag_id="test_paused", **options)

    assert task(paused=True)["action"] == "none"
    changed = task(paused=False)
    assert (changed["action"], changed["dag"]["paused"]) == ("update", False)
    assert changed["diff"]["before"] == {"dag_id": "test_paused", "paused": True}
    assert live.ask("GET", "/dags/test_paused").json()["is_paused"] is False
    assert task(paused=False)["action"] == "none"
    assert task(paused=True)["action"] == "update"
    with pytest.raises(PreconditionError, match=r"^After 1 seconds DAG 'test_nope' is still missing: "):
        live.task(DAG, client=client, dag_id="test_nope", paused=True, wait_timeout=1)
