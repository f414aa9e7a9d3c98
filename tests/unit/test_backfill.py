# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Backfills: which one is meant, what is done about it, a locked database, and waiting for the end."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.dataops.airflow.plugins.module_utils._kinds.backfill.backfill import BACKFILL
from ansible_collections.dataops.airflow.plugins.module_utils._model.errors import (
    AirflowError,
    Effect,
    InvalidInputError,
    PlanError,
    RefusedError,
    ServerError,
)
from ansible_collections.dataops.airflow.tests.unit import shown
from ansible_collections.dataops.airflow.tests.unit.conftest import Hands
from ansible_collections.dataops.airflow.tests.unit.scripted import (
    ABSENT,
    CONFLICT,
    HTML_500,
    LOCKED,
    LOST,
    REFUSED_CONNECTION,
    UNAVAILABLE,
    Answer,
    Scripted,
    task,
)
from ansible_collections.dataops.airflow.tests.unit.shown import AIRFLOW_2, AIRFLOW_3, listed

pytestmark = pytest.mark.usefixtures("clock")

BACKFILLS = "/backfills"
ONE = BACKFILLS + "/7"
OVER = "2026-03-01T00:00:00Z"
DATE = "2026-02-01T00:00:00Z"
DRY = {"backfills": [{"logical_date": DATE}]}

STEERED = {
    f"PUT {ONE}/pause": shown.backfill(is_paused=True),
    f"PUT {ONE}/unpause": shown.backfill(),
    f"PUT {ONE}/cancel": shown.backfill(is_paused=True, completed_at=OVER),
}

each_mode = pytest.mark.parametrize("check_mode", [False, True], ids=["real run", "check mode"])


def backfills(*rows: Any) -> dict[str, Any]:
    return listed("backfills", *rows)


def server(table: Any, check_mode: bool = False) -> Scripted:
    reads = {
        "GET /backfills": backfills(),
        "GET /dags/d": shown.dag(AIRFLOW_3),
        "POST /backfills/dry_run": DRY,
        "POST /backfills": shown.backfill(),
        "GET /dags/d/dagRuns": listed("dag_runs", shown.run(AIRFLOW_3, logical_date=DATE)),
    }
    return Scripted(
        {**table, **{key: reply for key, reply in reads.items() if key not in table}}, AIRFLOW_3, check_mode
    )


def backfill(transport: Scripted, progress: Any = None, **options: Any) -> dict[str, Any]:
    given = {"dag_id": "d", "from_date": "2026-02-01", "to_date": "2026-02-02", **options}
    return task(BACKFILL, transport, progress, **given)


@each_mode
@pytest.mark.parametrize(
    ("rows", "options", "action"),
    [
        ([], {}, "create"),
        ([shown.backfill()], {}, "none"),
        ([shown.backfill()], {"max_active_runs": 10, "dag_run_conf": {}}, "none"),
        ([shown.backfill()], {"state": "paused"}, "update"),
        ([shown.backfill(is_paused=True)], {"state": "paused"}, "none"),
        ([shown.backfill(is_paused=True)], {}, "update"),
        ([shown.backfill()], {"state": "cancelled"}, "update"),
        ([shown.backfill(completed_at=OVER)], {}, "none"),
        ([shown.backfill(completed_at=OVER)], {"state": "cancelled"}, "none"),
        ([], {"state": "cancelled"}, "none"),
        # Cancelling pauses a backfill before it completes it: that one has not been done.
        ([shown.backfill(completed_at=OVER, is_paused=True)], {}, "create"),
        ([shown.backfill(completed_at=OVER)], {"max_active_runs": 2}, "create"),
        ([shown.backfill(completed_at=OVER, to_date=OVER)], {}, "create"),
    ],
    ids=str,
)
def test_what_is_done_about_what_is_there(check_mode: bool, rows: Any, options: Any, action: str) -> None:
    transport = server({"GET /backfills": backfills(*rows), **STEERED}, check_mode)
    result = backfill(transport, **options)
    assert (result["action"], result["changed"]) == (action, action != "none")
    assert len(transport.writes) == (0 if check_mode or action == "none" else 1)
    assert result["dates"] == (["2026-02-01T00:00:00Z"] if action == "create" else [])


@each_mode
def test_where_no_date_is_left_nothing_is_created(check_mode: bool) -> None:
    transport = server({"POST /backfills/dry_run": {"backfills": []}}, check_mode)
    assert backfill(transport)["action"] == "none"
    assert transport.writes == []


@each_mode
@pytest.mark.parametrize(
    ("rows", "options", "said"),
    [
        (
            [shown.backfill(max_active_runs=2)],
            {"max_active_runs": 3},
            "other settings: its max_active_runs is 2, wanted 3",
        ),
        (
            [shown.backfill(dag_run_conf={"day": 1})],
            {"dag_run_conf": {"day": "1"}},
            r"other settings: its dag_run_conf is \{'day': 1\}, wanted \{'day': '1'\}.*state=cancelled",
        ),
        ([shown.backfill(to_date=OVER)], {}, "is under way, from 2026-02-01.* to 2026-03-01.*one at a time"),
        ([], {"from_date": "2026-02-03"}, "from_date 2026-02-03.* must not be after to_date 2026-02-02"),
        ([], {"dag_id": "gone"}, "DAG 'gone' does not exist"),
        ([], {"dag_id": "paused", "wait": True}, "'paused' is paused.*Nothing was changed. Unpause the DAG first"),
    ],
    ids=str,
)
def test_what_cannot_be(clock: Hands, check_mode: bool, rows: Any, options: Any, said: str) -> None:
    table = {
        "GET /backfills": backfills(*rows),
        "GET /dags/gone": ABSENT,
        "GET /dags/paused": {**shown.dag(AIRFLOW_3, paused=True), "dag_id": "paused"},
        "GET /importErrors": listed("import_errors"),
    }
    transport = server(table, check_mode)
    with pytest.raises(PlanError, match=said):
        backfill(transport, **options)
    assert transport.writes == []
    assert clock.pauses == []


def test_airflow_2_has_no_backfills() -> None:
    transport = Scripted({}, AIRFLOW_2)
    with pytest.raises(InvalidInputError, match="^airflow_backfill needs Airflow 3.0.0 or later"):
        backfill(transport)
    assert transport.sent == []


def test_a_paused_one_is_created_and_paused() -> None:
    transport = server({f"PUT {ONE}/pause": shown.backfill(is_paused=True)})
    result = backfill(transport, state="paused")
    assert [f"{request.method} {request.path}" for request in transport.writes] == [
        "POST /backfills",
        f"PUT {ONE}/pause",
    ]
    assert (result["action"], result["backfill"]["is_paused"]) == ("create", True)
    assert result["diff"]["after"]["is_paused"]


def test_a_race_is_won_by_whoever_wants_the_same() -> None:
    def race(row: Any) -> Scripted:
        # It is listed twice before the write: to find it, and to see whether another one is under way.
        return server({"GET /backfills": [backfills(), backfills(), backfills(*row)], "POST /backfills": CONFLICT})

    assert backfill(race([shown.backfill()]))["backfill"]["id"] == 7
    for other in ([], [shown.backfill(to_date=OVER)]):
        with pytest.raises(RefusedError, match="HTTP 409: it exists"):
            backfill(race(other))


def test_one_that_ends_while_it_is_cancelled_has_ended() -> None:
    table = {"GET /backfills": backfills(shown.backfill()), f"PUT {ONE}/cancel": CONFLICT}
    transport = server({**table, "GET " + ONE: shown.backfill(completed_at=OVER)})
    assert backfill(transport, state="cancelled")["backfill"]["completed_at"] == OVER


@pytest.mark.parametrize(("locks", "made"), [(1, True), (5, True), (99, False)])
def test_a_locked_database_is_tried_again_for_a_while(clock: Hands, locks: int, made: bool) -> None:
    transport = server({"POST /backfills": [LOCKED] * locks + [shown.backfill()]})
    if made:
        assert backfill(transport)["action"] == "create"
        assert transport.asked("POST /backfills") == locks + 1
        assert clock.time < 60
    else:
        with pytest.raises(ServerError, match="Database is locked. Read back: there is no backfill") as caught:
            backfill(transport)
        assert (caught.value.facts["status"], clock.time) == (503, 60)


def test_a_locked_database_is_not_asked_again_for_what_it_has_made() -> None:
    looks = [backfills(), backfills(), backfills(shown.backfill())]
    transport = server({"POST /backfills": LOCKED, "GET /backfills": looks})
    assert backfill(transport)["changed"]
    assert transport.asked("POST /backfills") == 1


def test_a_backfill_that_is_there_without_its_runs_was_not_created() -> None:
    """Airflow stores it first, and nobody creates its runs later (3.0.6)."""
    looks = [backfills(), backfills(), backfills(shown.backfill())]
    transport = server(
        {"POST /backfills": HTML_500, "GET /backfills": looks, "GET /dags/d/dagRuns": listed("dag_runs")}
    )
    said = (
        r"HTTP 500.*was created, with the ID 7, but not its runs for 2026-02-01T00:00:00Z, and Airflow.*state=cancelled"
    )
    with pytest.raises(ServerError, match=said) as caught:
        backfill(transport)
    assert caught.value.effect is Effect.PART
    assert transport.asked("POST /backfills") == 1


def test_a_look_that_a_locked_database_answers_sends_nothing_again() -> None:
    transport = server({"POST /backfills": LOCKED, "GET /backfills": [backfills(), backfills(), LOCKED]})
    with pytest.raises(ServerError, match="Whether the backfill of DAG 'd' .* was created is not known") as caught:
        backfill(transport)
    assert caught.value.facts["status"] == 503
    assert transport.asked("POST /backfills") == 1


@pytest.mark.parametrize("other", [{"to_date": OVER}, {"dag_id": "e"}], ids=str)
def test_an_answer_about_another_backfill_is_read_back(other: Any) -> None:
    transport = server({"POST /backfills": shown.backfill(id=8, **other)})
    with pytest.raises(AirflowError, match="accepted the request, but there is no backfill of DAG 'd' for these dates"):
        backfill(transport)
    found = [backfills(), backfills(), backfills(shown.backfill())]
    result = backfill(server({"POST /backfills": shown.backfill(id=8, **other), "GET /backfills": found}))
    assert (result["backfill"]["id"], result["warnings"]) == (7, [])


@pytest.mark.parametrize("verb", ["pause", "unpause"])
def test_a_backfill_that_ends_meanwhile_is_neither_paused_nor_unpaused(verb: str) -> None:
    there = shown.backfill(is_paused=verb == "unpause")
    table = {"GET /backfills": backfills(there), f"PUT {ONE}/{verb}": CONFLICT}
    with pytest.raises(RefusedError, match="HTTP 409"):
        backfill(server(table), state="paused" if verb == "pause" else "present")


# Waiting


def waited(*looks: Any, runs: Any = ()) -> Scripted:
    return server({"GET " + ONE: list(looks), "GET /dags/d/dagRuns": listed("dag_runs", *runs)})


DONE, GOING = shown.backfill(completed_at=OVER), shown.backfill()


def runs_of(*states: str) -> list[dict[str, Any]]:
    return [shown.run(AIRFLOW_3, state, dag_run_id=f"b{number}") for number, state in enumerate(states)]


@pytest.mark.parametrize("looks", [[DONE], [GOING, GOING, DONE], [GOING, LOST, UNAVAILABLE, DONE]], ids=[1, 3, "away"])
def test_waiting_ends_when_the_backfill_has(clock: Hands, looks: Any) -> None:
    transport = waited(*looks, runs=runs_of("success"))
    result = backfill(transport, wait=True)
    assert (result["action"], result["backfill"]["completed_at"]) == ("create", OVER)
    assert transport.asked("GET " + ONE) == len(looks)
    assert clock.pauses == pytest.approx([0.5, 0.8, 1.28, 2.048][: len(looks)])
    (asked,) = [request.query for request in transport.sent if request.path == "/dags/d/dagRuns"]
    assert (asked["run_type"], asked["logical_date_gte"]) == ("backfill", "2026-02-01T00:00:00+00:00")


def test_each_step_is_said_once_to_whoever_waits() -> None:
    said: list[str] = []
    backfill(waited(GOING, GOING, DONE, runs=runs_of("success", "running")), said.append, wait=True)
    assert said == ["d backfill 7: 1 of 2 runs done"]


def test_runs_that_fail_are_named() -> None:
    with pytest.raises(AirflowError, match="failed: b1, b2, b3, b4, b5 and 1 more$") as caught:
        backfill(waited(DONE, runs=runs_of("success", *["failed"] * 6)), wait=True)
    facts = caught.value.facts
    assert (facts["changed"], facts["action"], facts["backfill"]["id"]) == (True, "create", 7)
    assert facts["failed_runs"] == [f"b{number}" for number in range(1, 7)]


@pytest.mark.parametrize(
    ("looks", "said"),
    [([GOING], "^After 60 seconds .* is still under way.*waits for it again"), ([GOING, LOST], "broke off")],
)
def test_a_backfill_that_is_not_done_in_time(clock: Hands, looks: Any, said: str) -> None:
    with pytest.raises(AirflowError, match=said) as caught:
        backfill(waited(*looks), wait=True, wait_timeout=60)
    assert (caught.value.facts["changed"], caught.value.facts["backfill"]["id"], clock.time) == (True, 7, 60)


@each_mode
@pytest.mark.parametrize(
    ("row", "action"), [(GOING, "none"), (shown.backfill(is_paused=True), "update"), (DONE, "none")]
)
def test_check_mode_waits_for_what_goes_on_by_itself(check_mode: bool, row: Any, action: str) -> None:
    table = {"GET /backfills": backfills(row), f"PUT {ONE}/unpause": GOING, "GET " + ONE: DONE}
    transport = server({**table, "GET /dags/d/dagRuns": listed("dag_runs")}, check_mode)
    assert backfill(transport, wait=True)["action"] == action
    is_waited_for = row is GOING or (action == "update" and not check_mode)
    assert transport.asked("GET " + ONE) == int(is_waited_for)


@pytest.mark.parametrize("fault", [REFUSED_CONNECTION, UNAVAILABLE, LOST], ids=["not sent", "503", "lost"])
def test_one_that_was_created_and_could_not_be_paused_is_said(fault: Any) -> None:
    transport = server({f"PUT {ONE}/pause": fault, "GET " + ONE: GOING})
    with pytest.raises(AirflowError) as caught:
        backfill(transport, state="paused")
    assert "was created, with the ID 7: its runs start unless it is paused" in caught.value.message
    facts = caught.value.facts
    assert (facts["changed"], facts["action"], facts["backfill"]["id"]) == (True, "create", 7)


@pytest.mark.parametrize(
    "look", [ABSENT, Answer(401, {"detail": "no"}), Answer(403, {"detail": "no"})], ids=[404, 401, 403]
)
def test_an_answer_that_ends_the_wait_keeps_what_was_changed(clock: Hands, look: Answer) -> None:
    with pytest.raises(RefusedError, match="under way when it was last seen") as caught:
        backfill(waited(GOING, look, DONE), wait=True)
    assert (caught.value.facts["changed"], caught.value.facts["backfill"]["id"]) == (True, 7)
    assert clock.time < 60


def test_runs_that_cannot_be_counted_do_not_end_the_wait_but_the_result() -> None:
    table = {"GET " + ONE: [GOING, DONE], "GET /dags/d/dagRuns": [UNAVAILABLE, LOST, listed("dag_runs")]}
    assert backfill(server(table), [].append, wait=True)["backfill"]["completed_at"] == OVER
    with pytest.raises(AirflowError, match="is done; whether runs of it failed is not known") as caught:
        backfill(server({**table, "GET /dags/d/dagRuns": LOST}), wait=True)
    assert caught.value.facts["changed"]
