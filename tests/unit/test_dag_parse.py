# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waiting until Airflow has parsed files, and until a DAG exists: what is asked for, what counts, what is said."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

import pytest

from ansible_collections.dataops.airflow.plugins.module_utils._kinds.dag.dag import DAG
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.dag_files.checksum import checksum
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.dag_files.dag_parse import DAG_PARSE
from ansible_collections.dataops.airflow.plugins.module_utils._model.errors import AirflowError, PreconditionError
from ansible_collections.dataops.airflow.tests.unit import shown
from ansible_collections.dataops.airflow.tests.unit.conftest import Hands
from ansible_collections.dataops.airflow.tests.unit.scripted import (
    ABSENT,
    CONFLICT,
    LOST,
    UNAVAILABLE,
    Answer,
    Scripted,
    Table,
    task,
)
from ansible_collections.dataops.airflow.tests.unit.shown import AIRFLOW_3, VERSIONS, is_v1, listed

pytestmark = pytest.mark.usefixtures("clock")
each_version = pytest.mark.parametrize("version", VERSIONS)

FILE = "d.py"
TRACE = "Traceback\n  File \"/dags/d.py\", line 4, in <module>\nModuleNotFoundError: No module named 'x'\n"


def at(second: int) -> str:
    return f"2026-11-23T07:00:{second:02}.000001+00:00"


def known(*seconds: Any, fileloc: str = "/dags/d.py") -> list[Any]:
    """Lists of DAGs in turn: the DAG was last parsed in that second, ``None`` if there is none."""
    row = {"dag_id": "d", "fileloc": fileloc, "file_token": "t.k"}
    return [
        listed("dags", *([] if second is None else [{**row, "last_parsed_time": at(second)}]))
        if second is None or isinstance(second, int)
        else second
        for second in seconds
    ]


def broken(*seconds: Any) -> list[Any]:
    """Lists of import errors in turn, likewise."""
    row = {"filename": "/dags/d.py", "stack_trace": TRACE}
    rows = [[] if second is None else [{**row, "timestamp": at(second)}] for second in seconds]
    return [listed("import_errors", *row) for row in rows]


def server(
    version: str, dags: Any, errors: Any = None, check_mode: bool = False, table: Table = MappingProxyType({})
) -> Scripted:
    health = {"scheduler": {"status": "healthy"}, "dag_processor": {"status": None}}
    usual = {"GET /health": health, "GET /monitor/health": health, "PUT /parseDagFile/t.k": None}
    lists = {"GET /dags": dags, "GET /importErrors": errors or broken(None)}
    return Scripted({**usual, **lists, **table}, version, check_mode)


def parse(transport: Scripted, progress: Any = None, **options: Any) -> dict[str, Any]:
    return task(DAG_PARSE, transport, progress, **{"folder": "/dags", "files": [FILE], "wait_timeout": 60, **options})


FOUND = {"changed": False, "dags": {FILE: ["d"]}, "import_errors": [], "warnings": []}


@each_version
@pytest.mark.parametrize(
    ("dags", "asked"),
    [
        pytest.param(known(None, None, 1), 0, id="a new file"),
        pytest.param(known(1, 1, 2, 2, 3), 2, id="a parse under way does not count"),
        pytest.param(known(1, LOST, UNAVAILABLE, 2, 3), 2, id="the server away in between"),
    ],
)
def test_waiting_ends_when_the_present_version_has_been_parsed(version: str, dags: Any, asked: int) -> None:
    transport = server(version, dags)
    assert parse(transport) == FOUND
    assert transport.asked("GET /dags") == len(dags)
    # A parse is asked for at once, and again after one that may have begun before.
    assert transport.asked("PUT /parseDagFile/t.k") == asked
    stale = "only_active" if is_v1(version) else "exclude_stale"
    assert {request.query[stale] for request in transport.sent if request.path == "/dags"} == {"false"}


def test_two_processors_may_each_have_a_parse_under_way() -> None:
    transport = server(AIRFLOW_3, known(1, 2, 3, 4))
    assert parse(transport, parsers=2)["dags"] == {FILE: ["d"]}
    assert transport.asked("GET /dags") == 4


@pytest.mark.parametrize("answer", [CONFLICT, Answer(500, {"detail": "asked for"}), Answer(403, {"detail": "no"})])
def test_a_parse_that_cannot_be_asked_for_comes_by_itself(answer: Answer) -> None:
    transport = server(AIRFLOW_3, known(1, 2, 3), table={"PUT /parseDagFile/t.k": answer})
    assert parse(transport) == FOUND


def test_airflow_before_2_10_is_not_asked() -> None:
    transport = server("2.9.3", known(1, 2, 3))
    assert parse(transport) == FOUND
    assert transport.writes == []


@each_version
def test_a_structure_that_may_not_be_stored_yet_is_waited_for(version: str) -> None:
    transport = server(version, known(1, 2, 3, 20, 40))
    assert parse(transport, former_age=10) == FOUND
    assert transport.asked("GET /dags") == 5
    transport = server(version, known(1, 2, 3, 20, 40))
    parse(transport, former_age=60)
    assert transport.asked("GET /dags") == 3


@each_version
def test_only_the_source_that_was_put_in_place_counts(version: str) -> None:
    def sources(*texts: Any) -> dict[str, Any]:
        shown = [{"content": text} if isinstance(text, str) else text for text in texts]
        return {f"GET /dagSources/{'t.k' if is_v1(version) else 'd'}": shown}

    wanted = {FILE: checksum(b"new")}
    transport = server(version, known(1, 2, 3, 4, 5), table=sources("old", "old", "new"))
    assert parse(transport, checksums=wanted) == FOUND
    assert transport.asked("GET /dags") == 5
    # A source that cannot be read for the moment says nothing.
    transport = server(version, known(1, 2, 3, 4, 5, 6), table=sources(UNAVAILABLE, "old", "old", "new"))
    assert parse(transport, checksums=wanted) == FOUND
    assert transport.asked("GET /dags") >= 5
    with pytest.raises(AirflowError, match="d.py: Airflow has a different version of its source"):
        parse(server(version, known(1, 2, 3), table=sources("old")), checksums=wanted)
    forbidden = server(version, known(1, 2, 3), table={"GET /dagSources/*": Answer(403, {"detail": "no"})})
    assert parse(forbidden, checksums=wanted) == FOUND


@each_version
@pytest.mark.parametrize(
    ("dags", "errors"),
    [
        pytest.param(known(1), broken(None, 2, 3), id="a changed file"),
        pytest.param(known(None), broken(None, 1, 2), id="a new file"),
    ],
)
def test_an_import_error_names_file_and_line(version: str, dags: Any, errors: Any) -> None:
    transport = server(version, dags, errors)
    with pytest.raises(AirflowError) as caught:
        parse(transport)
    message = "ModuleNotFoundError: No module named 'x'"
    assert caught.value.message == f"Airflow cannot import d.py:4: {message}"
    (error,) = caught.value.facts["import_errors"]
    assert (error["file"], error["line"], error["message"]) == (FILE, 4, message)
    assert error["stack_trace"] == TRACE.strip()


def test_an_import_error_of_the_former_version_is_no_failure() -> None:
    assert parse(server(AIRFLOW_3, known(1, 2, 3), broken(1, None))) == FOUND


@each_version
@pytest.mark.parametrize("check_mode", [False, True], ids=["real run", "check mode"])
def test_without_waiting_there_is_one_look_at_the_import_errors(clock: Hands, version: str, check_mode: bool) -> None:
    transport = server(version, known(1), broken(1), check_mode)
    with pytest.raises(AirflowError, match="Airflow cannot import d.py:4"):
        parse(transport, wait=False)
    assert parse(server(version, known(1), check_mode=check_mode), wait=False)["import_errors"] == []
    assert (transport.writes, clock.pauses) == ([], [])


@each_version
def test_check_mode_asks_and_waits_for_nothing(version: str) -> None:
    transport = server(version, known(1), broken(1), check_mode=True)
    assert parse(transport) == {"changed": False, "dags": {}, "import_errors": [], "warnings": []}
    assert transport.sent == []


@each_version
def test_what_may_hold_no_dag_is_waited_for_only_if_airflow_knows_it(version: str) -> None:
    nothing = {"files": [], "other_files": [FILE]}
    transport = server(version, known(None))
    assert parse(transport, **nothing)["dags"] == {}
    assert transport.asked("GET /dags") == 1
    transport = server(version, known(1, 1, 2, 3))
    assert parse(transport, **nothing) == FOUND
    transport = server(version, known(None), broken(1, 2, 3))
    with pytest.raises(AirflowError, match="Airflow cannot import d.py:4"):
        parse(transport, **nothing)


SICK = {"scheduler": {"status": "unhealthy"}, "dag_processor": {"status": "healthy"}}


@each_version
@pytest.mark.parametrize(
    ("dags", "health", "said"),
    [
        (
            known(None),
            None,
            "d.py: Airflow has found no DAG in it\\). Possible reasons: another DAGs folder than /dags",
        ),
        (known(1), None, "d.py: not parsed since it was put in place\\). Possible reasons: "),
        (known(1, 2), None, "d.py: parsed once, and that parse may have begun before"),
        (known(1), SICK, "put in place\\). Scheduler is unhealthy$"),
        (known(1), UNAVAILABLE, "put in place\\). Possible reasons: "),
        (known(1, UNAVAILABLE), None, "put in place\\) when it was last seen"),
        (known(None), None, "looked for only every .*(dag_dir_list_interval|refresh_interval) seconds"),
        (
            known(1, fileloc="/other/d.py"),
            None,
            "found no DAG in it\\). Airflow has /other/d.py, not /dags/d.py: is folder the path",
        ),
    ],
)
def test_what_has_not_been_parsed_in_time(clock: Hands, version: str, dags: Any, health: Any, said: str) -> None:
    path = "/health" if is_v1(version) else "/monitor/health"
    transport = server(version, dags, table={"GET " + path: health} if health else {})
    with pytest.raises(AirflowError, match=f"^After 60 seconds .*d.py (is still|was) not parsed .*{said}") as caught:
        parse(transport)
    assert caught.value.facts["import_errors"] == []
    assert clock.time == 60
    assert max(clock.pauses) == 3


def test_what_is_waited_for_is_said_once() -> None:
    said: list[str] = []
    parse(server(AIRFLOW_3, known(None, None, None, 1)), said.append)
    assert said == ["not parsed yet: d.py"]


# One DAG


@each_version
@pytest.mark.parametrize("check_mode", [False, True], ids=["real run", "check mode"])
@pytest.mark.parametrize("before", [ABSENT, "stale"], ids=["new", "stale"])
def test_a_dag_is_waited_for_until_it_exists(clock: Hands, version: str, check_mode: bool, before: Any) -> None:
    first = shown.dag(version, stale=True) if before == "stale" else before
    table: dict[str, Any] = {
        "GET /dags/d": [first] * 5 + [shown.dag(version)],
        "PATCH /dags/d": shown.dag(version, paused=True),
    }
    transport = Scripted(table, version, check_mode)
    result = task(DAG, transport, dag_id="d", paused=True, wait_timeout=60)
    assert (result["action"], result["dag"]["paused"]) == ("update", True)
    assert [request.body for request in transport.writes] == ([] if check_mode else [{"is_paused": True}])
    assert 0 < clock.time < 60


@each_version
@pytest.mark.parametrize("timeout", [0, 60])
def test_a_dag_that_does_not_come_says_what_cannot_be_imported(clock: Hands, version: str, timeout: int) -> None:
    transport = Scripted({"GET /dags/d": ABSENT, "GET /importErrors": broken(1)}, version)
    missing = "^After 60 seconds DAG 'd' is still missing" if timeout else "^DAG 'd' does not exist"
    with pytest.raises(PreconditionError, match=f"{missing}: .*/dags/d.py .ModuleNotFoundError: .*x'"):
        task(DAG, transport, dag_id="d", paused=True, wait_timeout=timeout)
    assert (transport.writes, clock.time) == ([], timeout)
    # One to read it, and one after each pause.
    assert transport.asked("GET /dags/d") == 1 + len(clock.pauses)


@each_version
def test_a_dag_whose_tasks_run_is_not_deleted_according_to_check_mode(version: str) -> None:
    def deleted(*rows: Any) -> dict[str, Any]:
        running = listed("task_instances", *rows)
        table = {"GET /dags/d": shown.dag(version), "GET /dags/d/dagRuns/~/taskInstances": running}
        return task(DAG, Scripted(table, version, read_only=True), dag_id="d", state="absent")

    with pytest.raises(PreconditionError, match="cannot be deleted: tasks of it are running"):
        deleted(shown.task_instance("a", "running"))
    result = deleted()
    assert result["action"] == "delete"
    assert "will be created again, without its history, if Airflow still finds its file" in result["warnings"][0]
