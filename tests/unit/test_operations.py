# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What every operation sends, predicts, and says of the state after an answer that leaves it open."""

from __future__ import annotations

from typing import Any, Iterator, Mapping, NamedTuple

import pytest

from ansible_collections.dataops.airflow.plugins.module_utils._kinds.asset.asset_event import ASSET_EVENT
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.backfill.backfill import BACKFILL
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.dag_run import dag_run
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.dag_run.dag_run import DAG_RUN
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.task.task_instance import TASK_INSTANCE
from ansible_collections.dataops.airflow.plugins.module_utils._model.errors import (
    AirflowError,
    Effect,
    NotSentError,
    ServerError,
)
from ansible_collections.dataops.airflow.plugins.module_utils._model.operation import Operation
from ansible_collections.dataops.airflow.tests.unit import shown
from ansible_collections.dataops.airflow.tests.unit.scripted import (
    ABSENT,
    DELETED,
    FAULTS,
    REFUSED_CONNECTION,
    UNAVAILABLE,
    Answer,
    Scripted,
    Sent,
    task,
)
from ansible_collections.dataops.airflow.tests.unit.shown import AIRFLOW_3, VERSIONS, is_v1, listed

pytestmark = pytest.mark.usefixtures("clock", "new_id")

RUNS = "/dags/d/dagRuns"
RUN = RUNS + "/r"
TASKS = RUN + "/taskInstances"
CLEAR = "/dags/d/clearTaskInstances"
DATES = {"dag_id": "d", "from_date": "2026-02-01", "to_date": "2026-02-02"}
DATES_SENT = {"dag_id": "d", "from_date": "2026-02-01T00:00:00+00:00", "to_date": "2026-02-02T00:00:00+00:00"}
NEW_ID = "manual__1"
RELATIVES = dict.fromkeys(("include_upstream", "include_downstream", "include_future", "include_past"), False)


@pytest.fixture
def new_id(monkeypatch: pytest.MonkeyPatch) -> None:
    """The ID of a run that has none given."""
    monkeypatch.setattr(dag_run, "new_run_id", lambda: NEW_ID)


class Case(NamedTuple):
    """A task that makes one write.

    :param write: the request that it makes.
    :param look: the read that shows whether it was made: ``GET /path``.
    :param before: what that read answers before the write, and ``after`` it.
    :param done: what is said of a write that was made.
    :param reads: answers to other requests.
    :param dry: the answer to a dry run that goes to the path of the write.
    """

    name: str
    version: str
    spec: Operation
    options: Mapping[str, Any]
    write: Sent
    answer: Any
    look: str
    before: Any
    after: Any
    done: str
    reads: Mapping[str, Any] = {}
    dry: Any = None

    def played(self, fault: Any, then: Any, read_only: bool = False) -> Scripted:
        """A server that answers the write with a fault, and each look after it with something.

        :param fault: or the clear answer.
        """
        written: list[Sent] = []

        def write(request: Sent) -> Any:
            if request.is_read:
                return self.dry
            written.append(request)
            return fault

        table = {
            f"{self.write.method} {self.write.path}": write,
            self.look: lambda request: then if written else self.before,
        }
        return Scripted({**table, **self.reads}, self.version, read_only)


def dag_run_operations(version: str) -> Iterator[Case]:
    v1 = is_v1(version)
    found, new, over = "GET " + RUN, shown.run(version), shown.run(version, "success")
    dags = {"GET /dags/d": shown.dag(version)}
    given = {"conf": {"day": 3}, "note": "n"}
    body = {**given, **({} if v1 else {"logical_date": None})}

    def trigger(name: str, look: str, options: Any, sent: Any, reads: Any = None) -> Case:
        row = {**new, **given, "dag_run_id": sent["dag_run_id"]}
        request = Sent("POST", RUNS, {}, {**body, **sent})
        return Case(
            name,
            version,
            DAG_RUN,
            {"dag_id": "d", **given, **options},
            request,
            row,
            look,
            ABSENT,
            row,
            "was triggered",
            reads or dags,
        )

    yield trigger("trigger", found, {"dag_run_id": "r"}, {"dag_run_id": "r"})
    yield trigger("trigger without an ID", f"GET {RUNS}/{NEW_ID}", {}, {"dag_run_id": NEW_ID})
    date = "2026-01-01T00:00:00+00:00"
    yield trigger(
        "trigger by date",
        f"GET {RUNS}/{NEW_ID}",
        {"logical_date": "2026-01-01"},
        {"dag_run_id": NEW_ID, "logical_date": date},
        {**dags, "GET " + RUNS: listed("dag_runs")},
    )

    def change(
        name: str, options: Any, request: Sent, before: Any, after: Any, done: str, dry: Any = None, answer: Any = None
    ) -> Case:
        options = {"dag_id": "d", "dag_run_id": "r", **options}
        answer = answer or after
        return Case(name, version, DAG_RUN, options, request, answer, found, before, after, done, {}, dry)

    note = Sent("PATCH", RUN + ("/setNote" if v1 else ""), {} if v1 else {"update_mask": "note"}, {"note": "n"})
    yield change("note", {"note": "n"}, note, over, {**over, "note": "n"}, "given its note")
    for state in ("queued", "failed"):
        request = Sent("PATCH", RUN, {}, {"state": state})
        yield change(state, {"state": state}, request, over, {**over, "state": state}, f"set to {state}")
    cleared = Sent("POST", RUN + "/clear", {}, {"dry_run": False})
    again = {"task_instances": [shown.reference(version, shown.task_instance("a", "success"))]}
    yield change("clear", {"state": "cleared"}, cleared, over, {**over, "state": "queued"}, "cleared", again)
    gone = Sent("DELETE", RUN, {}, None)
    yield change("delete", {"state": "absent"}, gone, over, ABSENT, "deleted", answer=DELETED)


def task_instance_operations(version: str) -> Iterator[Case]:
    v1 = is_v1(version)
    failed, cleared, marked = (shown.task_instance("a", state) for state in ("failed", None, "success"))
    reads = {"GET " + RUN: shown.run(version, "failed")}
    named = {"dag_id": "d", "dag_run_id": "r", "task_ids": ["a"]}
    answer = {"task_instances": [shown.reference(version, failed)]}
    look, before = "GET " + TASKS, listed("task_instances", failed)

    def change(name: str, state: str, request: Sent, row: Any, done: str, more: Any) -> Case:
        options = {**named, "state": state}
        made = {"task_instances": [shown.reference(version, row)]}
        after, more = listed("task_instances", row), {**reads, **more}
        return Case(name, version, TASK_INSTANCE, options, request, made, look, before, after, done, more, answer)

    body = {"dry_run": False, "dag_run_id": "r", "task_ids": ["a"], "only_failed": False, "reset_dag_runs": True}
    yield change("clear a task", "cleared", Sent("POST", CLEAR, {}, {**body, **RELATIVES}), cleared, "cleared", {})
    mark = {"new_state": "success", **RELATIVES}
    if v1:
        body = {"dry_run": False, "task_id": "a", "dag_run_id": "r", **mark}
        request, dry = Sent("POST", "/dags/d/updateTaskInstancesState", {}, body), {}
    else:
        request, dry = Sent("PATCH", TASKS + "/a", {}, mark), {f"PATCH {TASKS}/a/dry_run": answer}
    yield change("mark a task", "success", request, marked, "marked success", {"POST " + CLEAR: answer, **dry})


def backfill_operations() -> Iterator[Case]:
    def change(
        name: str, options: Any, request: Sent, answer: Any, look: str, before: Any, after: Any, reads: Any
    ) -> Case:
        done = {"create": "created", "cancel": "cancelled"}.get(name.split()[0], name.split()[0] + "d")
        options = {**DATES, **options}
        return Case(name, AIRFLOW_3, BACKFILL, options, request, answer, look, before, after, done, reads)

    none, new = listed("backfills"), shown.backfill(max_active_runs=2)
    dates = {"backfills": [{"logical_date": f"2026-02-0{day}T00:00:00Z"} for day in (1, 2)]}
    creation = Sent("POST", "/backfills", {}, {**DATES_SENT, "max_active_runs": 2})
    runs = [shown.run(AIRFLOW_3, logical_date=row["logical_date"]) for row in dates["backfills"]]
    reads = {
        "GET /dags/d": shown.dag(AIRFLOW_3),
        "POST /backfills/dry_run": dates,
        "GET /dags/d/dagRuns": listed("dag_runs", *runs),
    }
    found = listed("backfills", new)
    yield change("create a backfill", {"max_active_runs": 2}, creation, new, "GET /backfills", none, found, reads)
    for verb, state, before, after in (
        ("pause", "paused", {}, {"is_paused": True}),
        ("unpause", "present", {"is_paused": True}, {}),
        ("cancel", "cancelled", {}, {"is_paused": True, "completed_at": "2026-03-01T00:00:00Z"}),
    ):
        request = Sent("PUT", f"/backfills/7/{verb}", {}, None)
        there = shown.backfill(**before)
        reads = {"GET /backfills": listed("backfills", there)}
        now = shown.backfill(**after)
        yield change(f"{verb} a backfill", {"state": state}, request, now, "GET /backfills/7", there, now, reads)


def event_operation(version: str) -> Case:
    kind = "dataset" if is_v1(version) else "asset"
    named = {"dataset_uri": "s3://a"} if is_v1(version) else {"asset_id": 5}
    events, old, new = f"{kind}_events", shown.event(version, 1, rows=3), shown.event(version, 2, rows=3)
    return Case(
        "event",
        version,
        ASSET_EVENT,
        {"uri": "s3://a", "extra": {"rows": 3}},
        Sent("POST", f"/{kind}s/events", {}, {**named, "extra": {"rows": 3}}),
        new,
        f"GET /{kind}s/events",
        listed(events, old),
        listed(events, new, old),
        "recorded",
        {f"GET /{kind}s": listed(f"{kind}s", shown.asset(version))},
    )


def title(operation: Case) -> str:
    return f"{operation.name} {operation.version}"


OPERATIONS = [
    *(operation for version in VERSIONS for operation in dag_run_operations(version)),
    *(operation for version in VERSIONS for operation in task_instance_operations(version)),
    *backfill_operations(),
    *map(event_operation, VERSIONS),
]

each = pytest.mark.parametrize("operation", OPERATIONS, ids=title)
each_fault = pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)


def run(operation: Case, transport: Scripted) -> dict[str, Any]:
    return task(operation.spec, transport, **operation.options)


@each
def test_the_one_write_and_what_check_mode_says_of_it(operation: Case) -> None:
    transport = operation.played(operation.answer, operation.after)
    result = run(operation, transport)
    assert result["changed"]
    assert result["warnings"] == []
    assert transport.writes == [operation.write]
    assert transport.sent[-1] == operation.write, "the answer shows what was done, and nothing is read back"
    checked = operation.played(AssertionError("check mode"), operation.before, read_only=True)
    predicted = run(operation, checked)
    assert checked.writes == []
    same = ("changed", "action", "dates", "diff")
    assert [predicted.get(key) for key in same] == [result.get(key) for key in same]


@each
def test_what_was_not_sent_is_not_looked_for(operation: Case) -> None:
    transport = operation.played(REFUSED_CONNECTION, operation.before)
    with pytest.raises(NotSentError, match="connection refused") as caught:
        run(operation, transport)
    assert caught.value.effect is Effect.NONE
    assert transport.sent[-1] == operation.write
    assert transport.writes == [operation.write]


@each
@each_fault
def test_a_write_that_was_made_is_found_by_reading(operation: Case, fault: Any) -> None:
    transport = operation.played(fault, operation.after)
    result = run(operation, transport)
    assert result["changed"]
    assert transport.writes == [operation.write]
    (warning,) = result["warnings"]
    assert "Read back: " in warning
    assert operation.done in warning
    clear = run(operation, operation.played(operation.answer, operation.after))
    assert {**result, "warnings": []} == clear


@each
@pytest.mark.parametrize("fault", [FAULTS["500"], FAULTS["500 page"]], ids=["500", "500 page"])
def test_a_write_that_airflow_did_not_make_is_a_failure_that_says_so(operation: Case, fault: Answer) -> None:
    transport = operation.played(fault, operation.before)
    with pytest.raises(AirflowError, match="HTTP 500.*Read back: ") as caught:
        run(operation, transport)
    assert caught.value.facts["status"] == 500
    assert "may still" not in caught.value.message
    assert transport.writes == [operation.write]


LATER = ("answer lost", "502", "504")
"""Faults after which Airflow may be at work on the request still."""


@each
@pytest.mark.parametrize("fault", [FAULTS[name] for name in LATER], ids=LATER)
def test_a_write_that_may_still_be_made_is_not_said_to_be_over(operation: Case, fault: Any) -> None:
    transport = operation.played(fault, operation.before)
    with pytest.raises(AirflowError, match="Read back: .*may still") as caught:
        run(operation, transport)
    assert caught.value.facts.get("status") == getattr(fault, "status", None)
    assert transport.writes == [operation.write]


@each
@pytest.mark.parametrize("answer", [{}, None, [], "done", {"detail": "ok"}], ids=str)
def test_a_clear_answer_is_no_proof_if_reading_shows_that_nothing_was_done(operation: Case, answer: Any) -> None:
    transport = operation.played(Answer(200, answer), operation.before)
    with pytest.raises(AirflowError):
        run(operation, transport)


ANSWERED = [name for name, fault in FAULTS.items() if isinstance(fault, Answer)]


@each
@pytest.mark.parametrize("then", ["before", "unreadable"])
@pytest.mark.parametrize("fault", [FAULTS[name] for name in ANSWERED], ids=ANSWERED)
def test_the_class_of_the_error_is_kept(operation: Case, fault: Answer, then: str) -> None:
    with pytest.raises(ServerError):
        run(operation, operation.played(fault, operation.before if then == "before" else UNAVAILABLE))


@each
@each_fault
def test_a_write_that_cannot_be_looked_for_is_said_to_be_unknown(operation: Case, fault: Any) -> None:
    transport = operation.played(fault, UNAVAILABLE)
    with pytest.raises(AirflowError, match="Whether .* is not known") as caught:
        run(operation, transport)
    assert caught.value.facts.get("status") == getattr(fault, "status", None)
    assert transport.writes == [operation.write]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_run_that_goes_on_anyway_is_no_proof_that_it_was_cleared(version: str) -> None:
    (clear,) = [item for item in OPERATIONS if (item.name, item.version) == ("clear", version)]
    running = clear._replace(before=shown.run(version, "running"))
    with pytest.raises(AirflowError):
        run(running, running.played(FAULTS["500"], running.before))
