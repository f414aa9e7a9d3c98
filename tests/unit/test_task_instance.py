# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Exactly which task instances are touched, worked out from what the dry runs of either API list."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

import pytest

from ansible_collections.dataops.airflow.plugins.module_utils._kinds.task.task_instance import TASK_INSTANCE
from ansible_collections.dataops.airflow.plugins.module_utils._model.errors import (
    AirflowError,
    Effect,
    InvalidInputError,
    PlanError,
    RequestError,
)
from ansible_collections.dataops.airflow.tests.unit import shown
from ansible_collections.dataops.airflow.tests.unit.scripted import (
    ABSENT,
    CONFLICT,
    FAULTS,
    LOST,
    REFUSED_CONNECTION,
    Answer,
    Scripted,
    Sent,
    Table,
    task,
)
from ansible_collections.dataops.airflow.tests.unit.shown import AIRFLOW_2, AIRFLOW_3, VERSIONS, is_v1, listed

RUN = "/dags/d/dagRuns/r"
TASKS = RUN + "/taskInstances"
CLEAR = "/dags/d/clearTaskInstances"
MARK = "/dags/d/updateTaskInstancesState"
DAG_TASKS = {"tasks": [{"task_id": name} for name in ("load", "done", "never")]}

each_version = pytest.mark.parametrize("version", VERSIONS)

ROWS = [
    shown.task_instance("load", "success", 0),
    shown.task_instance("load", "failed", 1, note="seen"),
    shown.task_instance("load", "success", 2),
    shown.task_instance("done", "upstream_failed"),
]
NAMES = {f"{row['task_id']}[{row['map_index']}]": row for row in ROWS}


def name(row: Any) -> str:
    return f"{row['task_id']}[{row['map_index']}]"


class Tasks:
    """The run above on an Airflow that clears and marks, and what it answers (2.11.2, 3.3.2)."""

    def __init__(self, version: str) -> None:
        self.version = version
        self.rows = [dict(row) for row in ROWS]

    def _answered(self, request: Sent, rows: Any, **change: Any) -> Any:
        if not request.is_read:
            for row in rows:
                row.update(change)
        return {"task_instances": [shown.reference(self.version, row) for row in rows]}

    def listed(self, _request: Sent) -> Any:
        return listed("task_instances", *self.rows)

    def clear(self, request: Sent) -> Any:
        body = request.body
        named = [tuple(item) if isinstance(item, list) else (item, None) for item in body["task_ids"]]
        rows = [
            row
            for row in self.rows
            if (row["task_id"], None) in named
            or (row["task_id"], row["map_index"]) in named
            or (body["include_downstream"] and row["task_id"] == "done")
        ]
        return self._answered(request, [row for row in rows if not body["only_failed"] or is_failed(row)], state=None)

    def patch(self, request: Sent) -> Any:
        """The answer to what is done to the task instances of one task."""
        body = request.body
        place = [*request.path[len(TASKS) :].split("/"), "", ""]
        task_id = body.get("task_id") or place[1]
        rows = [row for row in self.rows if row["task_id"] == task_id]
        if place[2].isdigit():
            rows = [row for row in rows if row["map_index"] == int(place[2])]
        if "note" in body:
            answer = self._answered(request, rows, note=body["note"])
            return dict(rows[0]) if is_v1(self.version) else answer
        done = self.rows[-1]
        rows += [done] if body.get("include_downstream") and task_id == "load" else []
        answer = self._answered(
            request, [row for row in rows if row["state"] != body["new_state"]], state=body["new_state"]
        )
        if task_id == "load" and answer["task_instances"] and is_failed(done) and not request.is_read:
            # What failed after a task that is marked is cleared, which no answer says.
            done["state"] = None
        return {} if is_v1(self.version) and place[2].isdigit() else answer


def is_failed(row: Any) -> bool:
    return row["state"] in ("failed", "upstream_failed")


def server(version: str, check_mode: bool = False, table: Table = MappingProxyType({})) -> Scripted:
    tasks = Tasks(version)
    reads: dict[str, Any] = {
        "GET " + RUN: shown.run(version, "failed"),
        "GET " + TASKS: tasks.listed,
        "GET /dags/d/tasks": DAG_TASKS,
        "POST " + CLEAR: tasks.clear,
        "POST " + MARK: tasks.patch,
        f"PATCH {TASKS}/*": tasks.patch,
    }
    return Scripted({**table, **{key: reply for key, reply in reads.items() if key not in table}}, version, check_mode)


def touch(transport: Scripted, *task_ids: str, **options: Any) -> dict[str, Any]:
    return task(TASK_INSTANCE, transport, **{"dag_id": "d", "dag_run_id": "r", "task_ids": list(task_ids), **options})


def touched(result: dict[str, Any]) -> dict[str, Any]:
    return {name(row): row["state"] for row in result["task_instances"]}


CLEARED: Any = None
CASES = [
    (VERSIONS, ["load"], {"state": "cleared"}, dict.fromkeys(["load[0]", "load[1]", "load[2]"])),
    (VERSIONS, ["load"], {"state": "cleared", "only_failed": True}, {"load[1]": CLEARED}),
    (
        VERSIONS,
        ["load"],
        {"state": "cleared", "only_failed": True, "include_downstream": True},
        {"done[-1]": CLEARED, "load[1]": CLEARED},
    ),
    (VERSIONS, ["done"], {"state": "cleared", "map_index": -1}, {"done[-1]": CLEARED}),
    ([AIRFLOW_3], ["load"], {"state": "cleared", "map_index": 1}, {"load[1]": CLEARED}),
    (VERSIONS, ["done"], {"state": "success"}, {"done[-1]": "success"}),
    # What failed after a task is cleared when that is marked.
    (VERSIONS, ["load"], {"state": "success"}, {"done[-1]": CLEARED, "load[1]": "success"}),
    (VERSIONS, ["load"], {"state": "success", "map_index": 1}, {"done[-1]": CLEARED, "load[1]": "success"}),
    (VERSIONS, ["load"], {"state": "success", "map_index": 0}, {}),
    (
        VERSIONS,
        ["load", "done"],
        {"state": "skipped"},
        dict.fromkeys(["done[-1]", "load[0]", "load[1]", "load[2]"], "skipped"),
    ),
    (
        [AIRFLOW_3],
        ["load"],
        {"state": "success", "include_downstream": True},
        {"done[-1]": "success", "load[1]": "success"},
    ),
    (
        [AIRFLOW_3],
        ["load"],
        {"state": "failed", "include_downstream": True},
        {"done[-1]": CLEARED, "load[0]": "failed", "load[2]": "failed"},
    ),
    # A note is for the tasks that are named, not for those that are touched as well.
    (VERSIONS, ["load"], {"state": "success", "map_index": 0, "note": "n"}, {"load[0]": "success"}),
]


@pytest.mark.parametrize(
    ("version", "task_ids", "options", "expected"),
    [(version, *case) for versions, *case in CASES for version in versions],
    ids=str,
)
def test_exactly_what_is_touched(version: str, task_ids: list[str], options: Any, expected: dict[str, Any]) -> None:
    checked, real = server(version, check_mode=True), server(version)
    predicted, done = touch(checked, *task_ids, **options), touch(real, *task_ids, **options)
    assert predicted == done
    assert touched(done) == expected
    assert done["changed"] is bool(expected)
    assert {name(row): row["previous_state"] for row in done["task_instances"]} == {
        key: NAMES[key]["state"] for key in expected
    }
    assert checked.writes == []
    assert bool(real.writes) is bool(expected)


def test_airflow_2_marks_mapped_tasks_one_by_one() -> None:
    transport = server(AIRFLOW_2)
    touch(transport, "load", state="failed")
    body = {"dry_run": False, "new_state": "failed"}
    assert transport.writes == [Sent("PATCH", f"{TASKS}/load/{index}", {}, body) for index in (0, 2)]


def test_one_index_is_named_in_what_is_sent_to_airflow_3() -> None:
    transport = server(AIRFLOW_3)
    touch(transport, "load", state="cleared", map_index=1)
    touch(transport, "load", state="success", map_index=1)
    cleared, marked = transport.writes
    assert (cleared.body["task_ids"], marked.path) == ([["load", 1]], TASKS + "/load/1")


@each_version
def test_relatives_in_other_runs_are_looked_up_there(version: str) -> None:
    later = shown.task_instance("done", "success", dag_run_id="r2")

    def clear(request: Sent) -> Any:
        assert request.body["include_future"]
        rows = [row if request.is_read else {**row, "state": None} for row in (ROWS[3], later)]
        return {"task_instances": [shown.reference(version, row) for row in rows]}

    others: dict[str, Any] = {
        "GET /dags/d/dagRuns/r2/taskInstances": listed("task_instances", later),
        "POST " + CLEAR: clear,
    }
    result = touch(server(version, table=others), "done", state="cleared", include_future=True)
    assert [row["dag_run_id"] for row in result["task_instances"]] == ["r", "r2"]
    assert result["diff"]["before"] == {
        "done": {"state": "upstream_failed", "note": ""},
        "r2/done": {"state": "success", "note": ""},
    }


@each_version
def test_notes_are_set_where_they_are_others(version: str) -> None:
    transport = server(version)
    result = touch(transport, "load", "done", state="success", note="seen")
    suffix, query = ("/setNote", {}) if is_v1(version) else ("", {"update_mask": "note"})
    noted = [request for request in transport.writes if request.body == {"note": "seen"}]
    places = ["/done", "/load/0", "/load/2"]
    assert sorted(noted) == [Sent("PATCH", TASKS + place + suffix, query, {"note": "seen"}) for place in places]
    assert result["diff"]["before"]["load[0]"] == {"state": "success", "note": ""}
    assert result["diff"]["after"]["load[0]"] == {"state": "success", "note": "seen"}
    cleared = touch(server(version), "load", state="failed", map_index=1, note="")
    assert [row["note"] for row in cleared["task_instances"]] == [""]


@each_version
@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"task_ids": ["nope", "load"]}, "task_ids has names that DAG 'd' does not have: 'nope'. Nothing was changed"),
        ({"map_index": 7}, "map_index 7 does not exist: task 'load' .* has the indexes 0 to 2. Nothing was changed"),
        ({"task_ids": ["done"], "map_index": 0}, "has no indexes, as it is not mapped"),
        ({"map_index": -2}, "map_index must be -1 or more, got -2"),
        ({"only_failed": True}, "only_failed is for state=cleared, got state=success"),
        ({"task_ids": []}, "task_ids must not be empty"),
        ({"dag_run_id": "none"}, "DAG run 'none' of DAG 'd' does not exist"),
        ({"dag_run_id": "none", "dag_id": "gone"}, "DAG 'gone' does not exist"),
    ],
    ids=str,
)
@pytest.mark.parametrize("check_mode", [False, True])
def test_what_cannot_be(version: str, options: Any, said: str, check_mode: bool) -> None:
    table: dict[str, Any] = {
        "GET /dags/*/dagRuns/none": ABSENT,
        "GET /dags/gone": ABSENT,
        "GET /dags/d": shown.dag(version),
        "GET /importErrors": listed("import_errors"),
    }
    transport = server(version, check_mode, table=table)
    with pytest.raises(PlanError, match=said):
        touch(transport, **{"task_ids": ["load"], "state": "success", **options})
    assert transport.writes == []


@pytest.mark.parametrize(
    ("version", "options", "said"),
    [
        (AIRFLOW_2, {"state": "cleared", "map_index": 1}, "map_index with state=cleared needs Airflow 3.0.0"),
        (
            AIRFLOW_2,
            {"state": "failed", "include_downstream": True},
            "include_downstream with the mapped task 'load' needs",
        ),
        ("2.4.3", {"state": "cleared"}, "airflow_task_instance needs Airflow 2.5.0 or later"),
    ],
)
def test_what_needs_a_later_airflow(version: str, options: Any, said: str) -> None:
    transport = server(version)
    with pytest.raises(InvalidInputError, match=said):
        touch(transport, "load", **options)
    assert transport.writes == []


@each_version
def test_a_task_that_has_not_begun_in_this_run_is_nothing_to_change(version: str) -> None:
    result = touch(server(version), "never", state="success")
    assert (result["changed"], result["task_instances"]) == (False, [])


@each_version
@pytest.mark.parametrize("fault", [FAULTS["500"], FAULTS["answer lost"], Answer(503)], ids=["500", "lost", "503"])
def test_what_was_done_in_part_is_named(version: str, fault: Any) -> None:
    rows = [shown.task_instance("a", "failed"), shown.task_instance("b", "failed")]
    half = [{**rows[0], "state": "success"}, rows[1]]
    looks = [listed("task_instances", *rows), listed("task_instances", *half)]
    both = {"task_instances": [shown.reference(version, row) for row in rows]}

    def write(request: Sent) -> Any:
        is_first = request.body.get("task_id") == "a" or "/a" in request.path[len(TASKS) :]
        (row,) = rows[:1] if is_first else rows[1:]
        return {"task_instances": [shown.reference(version, row)]} if is_first or request.is_read else fault

    table: dict[str, Any] = {
        "GET " + TASKS: looks,
        "POST " + CLEAR: both,
        "POST " + MARK: write,
        f"PATCH {TASKS}/*": write,
    }
    transport = server(version, table=table)
    with pytest.raises(AirflowError, match="Read back: .*task 'b'") as caught:
        touch(transport, "a", "b", state="success")
    assert "'a'" not in caught.value.message.partition("Read back")[2]
    assert len(transport.writes) == 2


@each_version
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_note_that_fails_does_not_hide_the_states_that_were_changed(version: str, fault: Any) -> None:
    tasks = Tasks(version)

    def patch(request: Sent) -> Any:
        return fault if "note" in request.body else tasks.patch(request)

    transport = server(
        version, table={f"PATCH {TASKS}/*": patch, "POST " + MARK: tasks.patch, "GET " + TASKS: tasks.listed}
    )
    with pytest.raises(AirflowError, match="Before that, task 'done' of .* was marked success") as caught:
        touch(transport, "done", state="success", note="n")
    assert caught.value.facts["changed"]
    (row,) = caught.value.facts["task_instances"]
    assert (row["task_id"], row["state"], row["note"]) == ("done", "success", None)


UNCHANGED = ["nothing", "as before", "conflict"]


@each_version
@pytest.mark.parametrize("answer", UNCHANGED)
@pytest.mark.parametrize("state", ["cleared", "success"])
def test_an_answer_that_does_not_show_the_change_is_read_back(version: str, answer: str, state: str) -> None:
    tasks = Tasks(version)
    row = shown.reference(version, ROWS[3])

    def write(request: Sent) -> Any:
        if request.is_read:
            return tasks.clear(request) if request.path == CLEAR else tasks.patch(request)
        return {"nothing": {"task_instances": []}, "as before": {"task_instances": [row]}, "conflict": CONFLICT}[answer]

    table = {"POST " + CLEAR: write, "POST " + MARK: write, f"PATCH {TASKS}/*": write, "GET " + TASKS: tasks.listed}
    transport = server(version, table=table)
    if answer == "as before" and is_v1(version):
        # v1 lists what it has changed without a state (2.11.2).
        assert touch(transport, "done", state=state)["changed"]
        return
    with pytest.raises(AirflowError, match="task 'done' of DAG run 'r' of DAG 'd' was not (cleared|marked)|HTTP 409"):
        touch(transport, "done", state=state)
    assert len(transport.writes) == 1


@pytest.mark.parametrize("version", [AIRFLOW_2])
def test_mapped_tasks_of_airflow_2_are_read_back(version: str) -> None:
    transport = server(version, table={f"PATCH {TASKS}/*": {}})
    with pytest.raises(
        AirflowError, match=r"each of 3 .*'load'\[0\].*'load'\[2\], task 'done'.* was not marked failed"
    ):
        touch(transport, "load", state="failed")
    assert len(transport.writes) == 2
    transport = server(version)
    touch(transport, "load", state="failed")
    assert transport.asked("GET " + TASKS) == 2


@each_version
@pytest.mark.parametrize("other", [{}, {"note": "m"}, {"note": "n", "map_index": 2}], ids=str)
def test_a_note_that_its_answer_does_not_show_is_read_back(version: str, other: Any) -> None:
    row = {**ROWS[0], **other}
    answer = row if is_v1(version) else {"task_instances": [row]}
    transport = server(version, table={f"PATCH {TASKS}/*": answer, "GET " + TASKS: Tasks(version).listed})
    with pytest.raises(AirflowError, match=r"task 'load'\[0\] of .* was not given its note") as caught:
        touch(transport, "load", map_index=0, state="success", note="n")
    assert ("changed" in caught.value.facts) is ("done" in caught.value.message)


@each_version
@pytest.mark.parametrize(
    "fault", [Answer(403, {"detail": "no"}), ABSENT, REFUSED_CONNECTION], ids=["403", "404", "not sent"]
)
def test_what_was_done_before_a_refusal_is_named(version: str, fault: Any) -> None:
    tasks = Tasks(version)

    def patch(request: Sent) -> Any:
        is_second = not request.is_read and request.path.startswith(TASKS + "/load")
        return fault if is_second else tasks.patch(request)

    table: dict[str, Any] = {"POST " + MARK: patch, f"PATCH {TASKS}/*": patch, "POST " + CLEAR: {"task_instances": []}}
    transport = server(version, table={**table, "GET " + TASKS: tasks.listed})
    with pytest.raises(
        RequestError, match="Read back: each of 3 task instances .task 'load'.* was not marked skipped"
    ) as caught:
        touch(transport, "load", "done", state="skipped")
    facts = caught.value.facts
    assert (facts["changed"], caught.value.effect) == (True, Effect.PART)
    assert touched(facts) == {"done[-1]": "skipped"}


UNDER_WAY = {"start_date": "2026-01-01", "end_date": None}


@each_version
@pytest.mark.parametrize(
    ("before", "now", "said"),
    [
        ({"state": "running", **UNDER_WAY}, {"state": "restarting", **UNDER_WAY}, ""),
        ({"state": "running", **UNDER_WAY}, {"state": None, **UNDER_WAY}, ""),
        ({"state": "running", **UNDER_WAY}, {"state": "running", **UNDER_WAY}, "has not been cleared so far"),
        (
            {"state": "running", **UNDER_WAY},
            {"state": "success", **UNDER_WAY},
            "is not known: a task that was under",
        ),
        ({"state": "queued"}, {"state": "queued"}, "is not known: a task that was under"),
        ({"state": "success", **UNDER_WAY}, {"state": "success", **UNDER_WAY}, "has not been cleared so far"),
        ({"state": "success", **UNDER_WAY}, {"state": "success", **UNDER_WAY, "try_number": 2}, ""),
        ({"state": "success", **UNDER_WAY}, {"state": "queued", **UNDER_WAY}, ""),
    ],
    ids=str,
)
def test_what_counts_as_cleared_after_a_lost_answer(version: str, before: Any, now: Any, said: str) -> None:
    rows = [{**shown.task_instance("done", None), **row} for row in (before, now)]
    listing = {"task_instances": [shown.reference(version, rows[0])]}
    table: dict[str, Any] = {
        "POST " + CLEAR: lambda request: listing if request.is_read else LOST,
        "GET " + TASKS: [listed("task_instances", row) for row in rows],
    }
    transport = server(version, table=table)
    if said:
        with pytest.raises(AirflowError, match=said):
            touch(transport, "done", state="cleared")
    else:
        assert touch(transport, "done", state="cleared")["warnings"]
