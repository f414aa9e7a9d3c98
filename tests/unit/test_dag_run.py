# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""DAG runs: what is triggered and what is taken as it is, deletion that lasts, and waiting for the end."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.dataops.airflow.plugins.module_utils._kinds.dag_run.dag_run import DAG_RUN
from ansible_collections.dataops.airflow.plugins.module_utils._model.errors import (
    AirflowError,
    Effect,
    InvalidInputError,
    PreconditionError,
    RefusedError,
    RequestError,
)
from ansible_collections.dataops.airflow.tests.unit import shown
from ansible_collections.dataops.airflow.tests.unit.conftest import Hands
from ansible_collections.dataops.airflow.tests.unit.scripted import (
    ABSENT,
    CONFLICT,
    DELETED,
    FAULTS,
    HTML_500,
    LOST,
    REFUSED_CONNECTION,
    UNAVAILABLE,
    Answer,
    Scripted,
    Sent,
    task,
)
from ansible_collections.dataops.airflow.tests.unit.shown import AIRFLOW_2, AIRFLOW_3, VERSIONS, is_v1, listed

RUNS = "/dags/d/dagRuns"
RUN = RUNS + "/r"
TASKS = RUN + "/taskInstances"

pytestmark = pytest.mark.usefixtures("clock")
each_version = pytest.mark.parametrize("version", VERSIONS)
each_mode = pytest.mark.parametrize("check_mode", [False, True], ids=["real run", "check mode"])


def server(version: str, table: Any, check_mode: bool = False) -> Scripted:
    return Scripted({"GET /dags/d": shown.dag(version), **table}, version, check_mode)


def dag_run(transport: Scripted, progress: Any = None, **options: Any) -> dict[str, Any]:
    return task(DAG_RUN, transport, progress, dag_id="d", **options)


@each_version
def test_each_call_without_an_id_triggers_a_run_of_its_own(version: str) -> None:
    transport = server(
        version, {"POST " + RUNS: lambda request: shown.run(version, dag_run_id=request.body["dag_run_id"])}
    )
    first, second = (dag_run(transport)["dag_run"]["dag_run_id"] for _call in range(2))
    assert first.startswith("manual__")
    assert first != second


@each_version
@each_mode
@pytest.mark.parametrize(
    "same",
    [{}, {"conf": {"day": 3}}, {"logical_date": "2026-01-01T01:00:00+01:00"}, {"note": "n"}, {"wait": True}],
    ids=str,
)
def test_a_run_that_exists_is_taken_as_it_is(version: str, check_mode: bool, same: Any) -> None:
    row = shown.run(version, "success", conf={"day": 3}, note="n")
    transport = server(version, {"GET " + RUN: row}, check_mode)
    result = dag_run(transport, dag_run_id="r", **same)
    assert (result["changed"], result["action"]) == (False, "none")
    assert result["dag_run"] == {key: value for key, value in row.items() if key != "execution_date"}
    assert transport.writes == []


@each_version
@each_mode
@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"conf": {"day": 4}}, r"its conf is \{'day': 3\}, wanted \{'day': 4\}"),
        ({"logical_date": "2026-01-02"}, "its logical_date is 2026-01-01.*, wanted 2026-01-02"),
    ],
)
def test_a_run_that_exists_and_is_another_one_is_an_error(
    version: str, check_mode: bool, other: Any, said: str
) -> None:
    transport = server(version, {"GET " + RUN: shown.run(version, conf={"day": 3})}, check_mode)
    with pytest.raises(PreconditionError, match=f"already exists with other settings: {said}"):
        dag_run(transport, dag_run_id="r", **other)
    assert transport.writes == []


@each_version
@each_mode
def test_secrets_in_conf_are_not_shown(version: str, check_mode: bool) -> None:
    conf = {"password": "geheim", "day": 1}
    made = {"POST " + RUNS: lambda request: shown.run(version, dag_run_id=request.body["dag_run_id"], conf=conf)}
    result = dag_run(server(version, made, check_mode), conf=conf)
    hidden = {"password": "***", "day": 1}
    assert (result["dag_run"]["conf"], result["diff"]["after"]["conf"]) == (hidden, hidden)
    run = {"GET " + RUN: shown.run(version, "success", conf=conf)}
    assert dag_run(server(version, run, check_mode), dag_run_id="r")["dag_run"]["conf"] == hidden


@each_version
def test_a_run_is_known_by_its_logical_date(version: str) -> None:
    transport = server(version, {"GET " + RUNS: listed("dag_runs", shown.run(version))})
    assert dag_run(transport, logical_date="2026-01-01")["action"] == "none"
    name, date = "execution_date" if is_v1(version) else "logical_date", "2026-01-01T00:00:00+00:00"
    (looked,) = transport.sent
    assert (looked.query[f"{name}_gte"], looked.query[f"{name}_lte"]) == (date, date)


@each_version
@pytest.mark.parametrize("named", [{"dag_run_id": "r"}, {"logical_date": "2026-01-01"}], ids=str)
def test_a_race_is_won_by_whoever_wants_the_same(version: str, named: Any) -> None:
    def race(winner: Any, rows: Any) -> Scripted:
        looks: dict[str, Any] = {"GET " + RUN: [ABSENT, winner], "GET " + RUNS: [listed("dag_runs"), rows]}
        looks[f"GET {RUNS}/manual__*"] = ABSENT
        return server(version, {**looks, "POST " + RUNS: CONFLICT})

    row = shown.run(version, conf={"day": 3})
    transport = race(row, listed("dag_runs", row))
    result = dag_run(transport, **named, conf={"day": 3})
    assert (result["changed"], result["action"]) == (False, "none")
    assert result["diff"]["before"] == result["diff"]["after"]
    assert result["dag_run"]["dag_run_id"] == "r"
    with pytest.raises(PreconditionError, match="already exists with other settings: its conf"):
        dag_run(race(row, listed("dag_runs", row)), **named, conf={"day": 4})
    transport = race(ABSENT, listed("dag_runs"))
    with pytest.raises(RefusedError, match="HTTP 409: it exists") as caught:
        dag_run(transport, **named)
    assert caught.value.status == 409
    assert len(transport.writes) == 1


@each_version
def test_whoever_wins_a_race_without_the_note_gets_it(version: str) -> None:
    row = shown.run(version)
    suffix = "/setNote" if is_v1(version) else ""
    table = {"GET " + RUN: [ABSENT, row], "POST " + RUNS: CONFLICT, f"PATCH {RUN}{suffix}": {**row, "note": "n"}}
    result = dag_run(server(version, table), dag_run_id="r", note="n")
    assert (result["action"], result["dag_run"]["note"]) == ("update", "n")


@each_version
def test_a_run_that_is_deleted_before_its_note_is_set_is_triggered(version: str) -> None:
    row = shown.run(version, "success")
    table = {"GET " + RUN: [row, ABSENT], f"PATCH {RUN}*": ABSENT, "POST " + RUNS: {**row, "note": "n"}}
    assert dag_run(server(version, table), dag_run_id="r", note="n")["action"] == "create"
    with pytest.raises(AirflowError, match="does not exist"):
        dag_run(server(version, {**table, "GET " + RUN: [row, ABSENT]}), dag_run_id="r", note="n", state="failed")


@each_version
@pytest.mark.parametrize("was_made", [True, False])
def test_a_conflict_of_a_run_without_an_id_is_looked_into_before_it_is_triggered_again(
    version: str, was_made: bool
) -> None:
    made: list[Any] = []

    def trigger(request: Sent) -> Any:
        made.append(shown.run(version, dag_run_id=request.body["dag_run_id"]))
        return CONFLICT if len(made) == 1 else made[-1]

    looks = {f"GET {RUNS}/manual__*": lambda request: made[0] if was_made else ABSENT}
    transport = server(version, {"POST " + RUNS: trigger, **looks})
    result = dag_run(transport)
    assert result["changed"]
    assert result["dag_run"] == {key: value for key, value in made[0].items() if key != "execution_date"}
    assert len(transport.writes) == (1 if was_made else 2)
    assert len({row["dag_run_id"] for row in made}) == 1
    assert bool(result["warnings"]) is was_made


REFUSED_IDS = [
    ("2.11.2", "a b"),
    ("2.11.2", "é"),
    ("2.11.2", "a#?b"),
    ("3.3.2", "a b"),
    ("3.3.2", "é"),
    ("3.3.2", "a..b"),
]


@pytest.mark.parametrize(("version", "run_id"), REFUSED_IDS)
def test_an_id_that_airflow_refuses_is_refused_in_check_mode(version: str, run_id: str) -> None:
    table = {f"GET {RUNS}/*": ABSENT, "POST " + RUNS: HTML_500 if is_v1(version) else Answer(400, {"detail": "no"})}
    with pytest.raises(InvalidInputError, match="allowed_run_id_pattern|allow_double_dot_in_ids"):
        dag_run(server(version, table, check_mode=True), dag_run_id=run_id)
    # The server may be configured otherwise, so it is asked.
    transport = server(version, table)
    with pytest.raises(AirflowError, match="nothing was triggered; dag_run_id .* does not match|HTTP 400"):
        dag_run(transport, dag_run_id=run_id)
    assert len(transport.writes) == 1


@pytest.mark.parametrize(
    ("version", "run_id"), [("2.11.2", "a..b"), ("2.6.2", "a b"), ("3.2.0", "a..b"), ("3.3.2", "a.b+c~d:e")]
)
def test_an_id_that_airflow_accepts_is_predicted(version: str, run_id: str) -> None:
    assert dag_run(server(version, {f"GET {RUNS}/*": ABSENT}, check_mode=True), dag_run_id=run_id)["action"] == "create"


@each_version
@pytest.mark.parametrize("state", ["cleared", "queued"])
def test_a_run_that_is_over_again_was_cleared(version: str, state: str) -> None:
    over = shown.run(version, "success", start_date="2026-01-01", end_date="2026-01-02")
    again = {"task_instances": [shown.reference(version, shown.task_instance("a", "success"))]}

    def look(then: Any) -> Scripted:
        clear = {f"POST {RUN}/clear": lambda request: again if request.is_read else LOST, "PATCH " + RUN: LOST}
        return server(version, {**clear, "GET " + RUN: [over, then]})

    result = dag_run(look({**over, "end_date": "2026-01-03"}), dag_run_id="r", state=state)
    assert (result["changed"], result["dag_run"]["end_date"]) == (True, "2026-01-03")
    with pytest.raises(AirflowError, match="so far; Airflow may still do it"):
        dag_run(look(over), dag_run_id="r", state=state)


def test_a_run_that_is_under_way_shows_on_airflow_3_that_it_was_cleared() -> None:
    row = shown.run(AIRFLOW_3, "running", queued_at="2026-01-01")
    again = {"task_instances": [shown.task_instance("a", "success")]}
    table = {f"POST {RUN}/clear": lambda request: again if request.is_read else LOST}
    looks = [row, {**row, "queued_at": "2026-01-02"}]
    result = dag_run(server(AIRFLOW_3, {**table, "GET " + RUN: looks}), dag_run_id="r", state="cleared")
    assert result["changed"]
    with pytest.raises(AirflowError, match="is not known: a run that is under way shows no difference"):
        dag_run(server(AIRFLOW_3, {**table, "GET " + RUN: row}), dag_run_id="r", state="cleared")


ERRORS = listed("import_errors", {"filename": "/dags/d.py", "stack_trace": "Traceback\nRuntimeError: not today\n"})


@each_version
@each_mode
@pytest.mark.parametrize(
    ("dag", "said"),
    [
        ({"stale": True, "broken": True}, r"'d' has an import error.*/dags/d.py \(RuntimeError: not today\)"),
        ({"stale": True}, r"'d' is stale: its file, /dags/d.py, .*/dags/d.py \(RuntimeError: not today\)"),
        ({"paused": True}, "'d' is paused.*Nothing was triggered. Unpause the DAG first, or set wait=false"),
        (None, r"'d' does not exist.*/dags/d.py \(RuntimeError: not today\)"),
    ],
    ids=str,
)
def test_a_dag_that_would_not_run_is_an_error_at_once(
    clock: Hands, version: str, check_mode: bool, dag: Any, said: str
) -> None:
    answer = ABSENT if dag is None else shown.dag(version, **dag)
    transport = server(version, {"GET /dags/d": answer, "GET /importErrors": ERRORS}, check_mode)
    with pytest.raises(PreconditionError, match=said):
        dag_run(transport, wait=True)
    assert transport.writes == []
    assert clock.pauses == []


@each_version
def test_a_run_of_a_paused_dag_that_nobody_waits_for_is_a_warning(version: str) -> None:
    table = {"GET /dags/d": shown.dag(version, paused=True), "POST " + RUNS: shown.run(version)}
    result = dag_run(server(version, {**table, "GET " + RUN: ABSENT}), dag_run_id="r")
    assert result["changed"]
    assert "is paused: the run does not start until the DAG is unpaused" in result["warnings"][0]


@each_version
@pytest.mark.parametrize("options", [{}, {"state": "cleared"}, {"state": "queued"}], ids=str)
def test_a_run_of_a_paused_dag_is_not_waited_for(clock: Hands, version: str, options: Any) -> None:
    row = shown.run(version, "failed" if options else "queued")
    again = {"task_instances": [shown.reference(version, shown.task_instance("a", "failed"))]}
    dag = shown.dag(version, paused=True)
    transport = server(version, {"GET /dags/d": dag, "GET " + RUN: row, f"POST {RUN}/clear": again})
    with pytest.raises(
        PreconditionError, match="is paused, so its run 'r', .*would never end. Nothing was changed. Unpause the DAG"
    ):
        dag_run(transport, dag_run_id="r", wait=True, **options)
    assert transport.writes == []
    assert clock.pauses == []


@each_version
def test_a_note_and_a_state_are_two_writes(version: str) -> None:
    over = shown.run(version, "success")
    noted = {**over, "note": "n"}

    def patch(request: Sent) -> Any:
        return {**noted, "state": "failed"} if "state" in request.body else noted

    transport = server(version, {f"PATCH {RUN}*": patch, "GET " + RUN: over})
    result = dag_run(transport, dag_run_id="r", state="failed", note="n")
    assert [request.body for request in transport.writes] == [{"note": "n"}, {"state": "failed"}]
    assert result["diff"]["after"] == {"dag_run_id": "r", "note": "n", "state": "failed"}
    assert (result["dag_run"]["note"], result["dag_run"]["state"]) == ("n", "failed")
    assert transport.asked("GET " + RUN) == 1


@each_version
def test_where_nothing_would_be_cleared_nothing_is_sent(version: str) -> None:
    table = {"GET " + RUN: shown.run(version, "success"), f"POST {RUN}/clear": {"task_instances": []}}
    transport = server(version, table)
    assert dag_run(transport, dag_run_id="r", state="cleared")["action"] == "none"
    assert transport.writes == []


@each_version
@each_mode
def test_a_run_that_does_not_exist_needs_no_deletion(version: str, check_mode: bool) -> None:
    transport = server(version, {"GET " + RUN: ABSENT}, check_mode)
    assert dag_run(transport, dag_run_id="r", state="absent")["action"] == "none"
    assert transport.writes == []


@each_version
def test_a_run_that_somebody_else_deletes_meanwhile_is_deleted(version: str) -> None:
    table = {"GET " + RUN: shown.run(version, "success"), "DELETE " + RUN: ABSENT}
    assert dag_run(server(version, table), dag_run_id="r", state="absent")["action"] == "delete"


@pytest.mark.parametrize(
    ("version", "state", "written_back", "deletions"),
    [
        (AIRFLOW_2, "running", 0, 1),
        (AIRFLOW_2, "running", 1, 2),
        (AIRFLOW_2, "queued", 2, 3),
        (AIRFLOW_2, "running", 3, 3),
        (AIRFLOW_2, "success", 3, 1),
        (AIRFLOW_3, "queued", 3, 1),
    ],
)
def test_a_run_that_airflow_2_writes_back_is_deleted_again(
    clock: Hands, version: str, state: str, written_back: int, deletions: int
) -> None:
    row = shown.run(version, state)
    transport = server(version, {"GET " + RUN: [row] * (1 + written_back) + [ABSENT], "DELETE " + RUN: DELETED})
    if deletions == written_back:
        with pytest.raises(AirflowError, match="was deleted 3 times, and .* state=failed") as caught:
            dag_run(transport, dag_run_id="r", state="absent")
        assert caught.value.facts["changed"]
    else:
        result = dag_run(transport, dag_run_id="r", state="absent")
        assert (result["action"], result["dag_run"], result["warnings"]) == ("delete", {}, [])
    assert transport.asked("DELETE " + RUN) == deletions
    is_final = version == AIRFLOW_3 or state == "success"
    assert clock.pauses == ([] if is_final else [0.5] * deletions)


def test_a_look_that_fails_after_a_deletion_is_a_warning() -> None:
    looks = [shown.run(AIRFLOW_2, "running"), UNAVAILABLE]
    transport = server(AIRFLOW_2, {"GET " + RUN: looks, "DELETE " + RUN: DELETED})
    result = dag_run(transport, dag_run_id="r", state="absent")
    assert result["changed"]
    (warning,) = result["warnings"]
    assert "was deleted. Whether Airflow has written it back is not known" in warning
    assert transport.asked("DELETE " + RUN) == 1


@pytest.mark.parametrize("fault", [Answer(403, {"detail": "no"}), LOST, UNAVAILABLE], ids=["403", "lost", "503"])
def test_a_deletion_that_cannot_be_made_again_keeps_what_was_done(fault: Any) -> None:
    row = shown.run(AIRFLOW_2, "running")
    with pytest.raises(RequestError, match="It had been deleted, and Airflow had written it back") as caught:
        dag_run(
            server(AIRFLOW_2, {"GET " + RUN: row, "DELETE " + RUN: [DELETED, fault]}), dag_run_id="r", state="absent"
        )
    assert (caught.value.facts["changed"], caught.value.facts["action"]) == (True, "delete")


# Waiting


def states(version: str, *looks: Any) -> list[Any]:
    """Looks at a run: its states, or what comes in place of an answer."""
    return [shown.run(version, look) if isinstance(look, str) else look for look in looks]


def waited(version: str, *looks: Any, **table: Any) -> Scripted:
    """A server on which a run is triggered and then looked at."""
    rows = [ABSENT, *states(version, *looks)]
    return server(version, {"GET " + RUN: rows, "POST " + RUNS: shown.run(version), **table.get("table", {})})


@each_version
@pytest.mark.parametrize(
    "looks",
    [
        ["success"],
        ["queued", "running", "success"],
        ["running", LOST, UNAVAILABLE, "running", Answer(502), "success"],
    ],
    ids=["at once", "in time", "with the server away"],
)
def test_waiting_ends_when_the_run_has(clock: Hands, version: str, looks: list[Any]) -> None:
    transport = waited(version, *looks)
    result = dag_run(transport, dag_run_id="r", wait=True)
    assert (result["changed"], result["action"]) == (True, "create")
    assert result["dag_run"]["state"] == "success"
    assert len(transport.writes) == 1
    assert transport.asked("GET " + RUN) == 1 + len(looks)
    assert clock.pauses == pytest.approx([0.5, 0.8, 1.28, 2.048, 3.2768, 5][: len(looks)])


@each_version
def test_looks_are_no_further_apart_than_asked(clock: Hands, version: str) -> None:
    transport = waited(version, *["running"] * 9, "success")
    dag_run(transport, dag_run_id="r", wait=True, poll_interval=1)
    assert clock.pauses == pytest.approx([0.5, 0.8] + [1.0] * 8)


@each_version
def test_each_step_is_said_once_to_whoever_waits(version: str) -> None:
    done = iter([0, 0, 0, 1, 1, 2])

    def count(request: Sent) -> Any:
        return {"task_instances": [], "total_entries": next(done) if "state" in request.query else 2}

    said: list[str] = []
    transport = waited(
        version, "queued", "queued", "running", UNAVAILABLE, "running", "success", table={"GET " + TASKS: count}
    )
    dag_run(transport, said.append, dag_run_id="r", wait=True)
    assert said == [
        "d r: queued, 0 of 2 tasks done",
        "d r: running, 1 of 2 tasks done",
        "d r: success, 2 of 2 tasks done",
    ]


def log(version: str, exception: str) -> Any:
    if is_v1(version):
        text = f'[2026] INFO - begin\nTraceback (most recent call last):\n  File "d.py", line 3, in f\n{exception}\nend'
        return Answer(200, text, "text/plain")
    kind, _colon, value = exception.partition(": ")
    frames = [{"filename": "d.py", "lineno": 3, "name": "f"}]
    error = {"exc_type": kind, "exc_value": value, "frames": frames}
    return {
        "content": [
            {"event": "begin"},
            {"event": "failed", "level": "error", "error_detail": [error]},
            {"event": "end"},
        ]
    }


@each_version
def test_a_run_that_fails_names_its_failed_tasks_with_their_logs(version: str) -> None:
    failed = [shown.task_instance("load", "failed", index, try_number=2) for index in (0, 2)]
    failed.append(shown.task_instance("send", "failed"))
    table = {
        f"GET {TASKS}/load/logs/2": lambda request: log(version, f"ValueError: part {request.query['map_index']}"),
        f"GET {TASKS}/send/logs/1": UNAVAILABLE,
        "GET " + TASKS: listed("task_instances", *failed),
    }
    transport = waited(version, "running", "failed", table=table)
    with pytest.raises(AirflowError) as caught:
        dag_run(transport, dag_run_id="r", wait=True, log_lines=2)
    assert caught.value.message == (
        "DAG run 'r' of DAG 'd' failed: task 'load'[0] (try 2): ValueError: part 0; task 'load'[2] (try 2): "
        "ValueError: part 2; task 'send' (try 1)"
    )
    facts = caught.value.facts
    assert (facts["changed"], facts["action"], facts["dag_run"]["state"]) == (True, "create", "failed")
    named = [(row["task_id"], row["map_index"], row["try_number"], row["state"]) for row in facts["failed_tasks"]]
    assert named == [("load", 0, 2, "failed"), ("load", 2, 2, "failed"), ("send", -1, 1, "failed")]
    assert facts["failed_tasks"][0]["log"] == "ValueError: part 0\nend"
    assert "the log cannot be read: " in facts["failed_tasks"][2]["log"]
    (asked,) = [request for request in transport.sent if request.path == TASKS]
    assert asked.query["state"] == "failed"


@each_version
@pytest.mark.parametrize("fault", [LOST, UNAVAILABLE, Answer(403, {"detail": "no"})], ids=["lost", "503", "403"])
def test_a_run_that_fails_is_said_to_have_failed_whether_its_tasks_can_be_read_or_not(version: str, fault: Any) -> None:
    with pytest.raises(AirflowError, match="DAG run 'r' of DAG 'd' failed$") as caught:
        dag_run(waited(version, "failed", table={"GET " + TASKS: fault}), dag_run_id="r", wait=True)
    assert (caught.value.facts["changed"], caught.value.facts["dag_run"]["state"]) == (True, "failed")


def test_of_many_failed_tasks_few_are_named_and_some_logs_read() -> None:
    failed = [shown.task_instance("load", "failed", index) for index in range(30)]
    table = {f"GET {TASKS}/load/logs/1": log(AIRFLOW_3, "E: x"), "GET " + TASKS: listed("task_instances", *failed)}
    transport = waited(AIRFLOW_3, "failed", table=table)
    with pytest.raises(AirflowError, match=r"'load'\[2\] \(try 1\): E: x; and 27 more$") as caught:
        dag_run(transport, dag_run_id="r", wait=True, log_lines=1)
    assert [row["log"] for row in caught.value.facts["failed_tasks"]] == ["end"] * 20 + [""] * 10
    assert transport.asked(f"GET {TASKS}/load/logs/1") == 20


@each_version
@each_mode
@pytest.mark.parametrize(("state", "action"), [("present", "none"), ("queued", "update"), ("cleared", "update")])
def test_what_a_failed_wait_has_changed_is_kept(version: str, check_mode: bool, state: str, action: str) -> None:
    again = {"task_instances": [shown.reference(version, shown.task_instance("a", "failed"))]}
    table = {
        "GET " + RUN: shown.run(version, "failed"),
        "GET " + TASKS: listed("task_instances"),
        "PATCH " + RUN: shown.run(version),
        f"POST {RUN}/clear": lambda request: again if request.is_read else shown.run(version),
    }
    transport = server(version, table, check_mode)
    if check_mode and action == "update":
        # What it would come to is not known.
        assert dag_run(transport, dag_run_id="r", state=state, wait=True)["dag_run"]["state"] == "queued"
        return
    with pytest.raises(AirflowError, match="failed, but none of its tasks did") as caught:
        dag_run(transport, dag_run_id="r", state=state, wait=True)
    assert (caught.value.facts["changed"], caught.value.facts["action"]) == (action == "update", action)


@each_version
def test_a_run_that_is_not_over_in_time_says_what_is_left_and_how_to_wait_again(clock: Hands, version: str) -> None:
    tasks = [shown.task_instance("a", "success", end_date="2026"), shown.task_instance("b", "running")]
    tasks += [shown.task_instance("c", None, index) for index in range(3)]
    transport = waited(version, "queued", "running", table={"GET " + TASKS: listed("task_instances", *tasks)})
    with pytest.raises(AirflowError) as caught:
        dag_run(transport, dag_run_id="r", wait=True, wait_timeout=60)
    assert clock.time == 60
    said = caught.value.message
    assert said.startswith(
        "After 60 seconds DAG run 'r' of DAG 'd' is still running, 1 of 5 tasks done; not done: task 'b'"
    )
    assert "task 'c'[0] (not started), task 'c'[1] (not started) and 1 more" in said
    assert "dag_run_id=r" in said
    assert (caught.value.facts["changed"], caught.value.facts["dag_run"]["state"]) == (True, "running")


@each_version
def test_a_server_that_stays_away_says_what_was_known_last(clock: Hands, version: str) -> None:
    transport = waited(version, "running", LOST)
    with pytest.raises(
        AirflowError, match="^After 60 seconds the last look failed: .*broke off.* was running when"
    ) as caught:
        dag_run(transport, dag_run_id="r", wait=True, wait_timeout=60)
    assert (caught.value.facts["changed"], clock.time) == (True, 60)


@each_version
def test_a_run_that_is_deleted_while_it_is_waited_for(version: str) -> None:
    transport = waited(version, "running", ABSENT)
    with pytest.raises(AirflowError, match="was deleted while it was waited for.* was running when it was") as caught:
        dag_run(transport, dag_run_id="r", wait=True)
    assert not isinstance(caught.value, InvalidInputError)
    assert (caught.value.facts["changed"], caught.value.facts["action"]) == (True, "create")


@each_version
@pytest.mark.parametrize("options", [{"dag_run_id": "r"}, {}], ids=str)
def test_check_mode_waits_for_no_run_that_it_has_not_triggered(clock: Hands, version: str, options: Any) -> None:
    result = dag_run(server(version, {"GET " + RUN: ABSENT}, check_mode=True), wait=True, **options)
    assert (result["action"], result["dag_run"]["state"]) == ("create", "queued")
    assert clock.pauses == []


PAGE = Answer(200, "<html><title>Sign in</title></html>", "text/html")


@each_version
@pytest.mark.parametrize("look", [Answer(401), Answer(404), Answer(429), PAGE], ids=[401, 404, 429, "page"])
def test_an_answer_that_ends_the_wait_keeps_what_was_changed(version: str, look: Answer) -> None:
    with pytest.raises(AirflowError) as caught:
        dag_run(waited(version, "running", look), dag_run_id="r", wait=True)
    facts = caught.value.facts
    assert (facts["changed"], facts["action"], facts["dag_run"]["state"]) == (True, "create", "running")


@each_version
@pytest.mark.parametrize("fault", [REFUSED_CONNECTION, *FAULTS.values()], ids=["not sent", *FAULTS])
@pytest.mark.parametrize("look", ["as before", "unreadable"])
def test_a_note_that_was_set_before_the_state_failed_is_said(version: str, fault: Any, look: str) -> None:
    over = shown.run(version, "success")
    noted = {**over, "note": "n"}

    def patch(request: Sent) -> Any:
        return fault if "state" in request.body else noted

    transport = server(version, {f"PATCH {RUN}*": patch, "GET " + RUN: [over, noted if look == "as before" else LOST]})
    with pytest.raises(RequestError, match="Before that, DAG run 'r' of DAG 'd' was given its note") as caught:
        dag_run(transport, dag_run_id="r", state="failed", note="n")
    facts = caught.value.facts
    assert (facts["changed"], facts["action"], facts["dag_run"]["note"]) == (True, "update", "n")
    assert caught.value.effect is not Effect.NONE
