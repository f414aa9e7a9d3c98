# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Several requests at a time: how many, in which order, and what becomes of them at an error or an interrupt."""

from __future__ import annotations

import socket
import threading
import time
from types import SimpleNamespace
from typing import Any, Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.dataops.airflow.plugins.module_utils._engine import side_by_side as side_by_side_module
from ansible_collections.dataops.airflow.plugins.module_utils._engine.side_by_side import (
    LONGER,
    Lanes,
    Width,
    _Lane,
    side_by_side,
)
from ansible_collections.dataops.airflow.plugins.module_utils._engine.task import Task
from ansible_collections.dataops.airflow.plugins.module_utils._http import transport as transport_module
from ansible_collections.dataops.airflow.plugins.module_utils._http.auth import Auth
from ansible_collections.dataops.airflow.plugins.module_utils._http.client import MANY, Client
from ansible_collections.dataops.airflow.plugins.module_utils._http.transport import Response, Settings, Transport
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.deployment.applying import Applying
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.deployment.planning import Planning
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.role.role import ROLE
from ansible_collections.dataops.airflow.plugins.module_utils._model.errors import AirflowError, NotSentError
from ansible_collections.dataops.airflow.tests.unit import scripted
from ansible_collections.dataops.airflow.tests.unit.faulty_server import FaultyServer, answer
from ansible_collections.dataops.airflow.tests.unit.keeping import Fault, Keeper
from ansible_collections.dataops.airflow.tests.unit.samples import AIRFLOW_2, AIRFLOW_3
from ansible_collections.dataops.airflow.tests.unit.scripted import Answer, Scripted, Sent
from ansible_collections.dataops.airflow.tests.unit.test_deployment_apply import deploy


@pytest.mark.parametrize("most", [1, 3])
def test_results_come_in_the_order_of_the_items(most: int) -> None:
    assert side_by_side(most, lambda item: item * 2, range(50)) == [item * 2 for item in range(50)]


@pytest.mark.parametrize("most", [1, 2])
def test_after_an_error_nothing_more_is_begun(most: int) -> None:
    begun: list[int] = []

    def act(item: int) -> None:
        begun.append(item)
        if item == 5:
            raise AirflowError("no")

    with pytest.raises(AirflowError, match="no"):
        side_by_side(most, act, range(100_000))
    assert len(begun) < 100_000


def test_an_interrupt_ends_it_after_what_is_under_way(monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[int] = []
    waits = iter(["interrupted", "undisturbed", "undisturbed"])
    join = threading.Thread.join

    def wait(thread: threading.Thread, timeout: float | None = None) -> None:
        if next(waits) == "interrupted":
            raise KeyboardInterrupt
        join(thread, timeout)

    monkeypatch.setattr(threading.Thread, "join", wait)
    with pytest.raises(KeyboardInterrupt):
        side_by_side(2, begun.append, range(1_000_000))
    assert len(begun) < 1_000_000
    assert list(waits) == []


# How many at a time


def widths(
    service: float, workers: int, distance: float, begin: int = 2, most: int = 8, answers: int = 200
) -> list[int]:
    """The width after each answer of a server of so many workers, which take so long for each, so far away."""
    width = Width(begin, most)
    found = []
    for _number in range(answers):
        width.answered(distance + service * max(1.0, width.now / workers))
        found.append(width.now)
    return found


def test_a_server_that_is_far_away_gets_as_many_requests_as_are_allowed() -> None:
    assert widths(service=0.02, workers=2, distance=0.12)[10:] == [8] * 190


def test_a_server_that_only_takes_longer_gets_few_at_a_time() -> None:
    settled = widths(service=0.02, workers=1, distance=0.0)[20:]
    # Those that it began with were slower than one would have been.
    assert max(settled) <= 2 * LONGER + 2


def test_an_answer_that_waits_for_no_other_does_not_make_the_others_slow() -> None:
    width = Width(2, 8)
    for seconds in (0.005, 0.055, *[0.05] * 100):
        width.answered(seconds)
        assert width.now >= 2
    assert width.now == 8


@settings(max_examples=200)
@given(
    begin=st.integers(1, 16),
    most=st.integers(1, 16),
    answers=st.lists(st.tuples(st.floats(0, 10), st.sampled_from(["", "busy", "locked"]))),
)
def test_the_width_stays_within_its_bounds(begin: int, most: int, answers: list[tuple[float, str]]) -> None:
    width = Width(begin, most)
    highest = most
    for seconds, failure in answers:
        before = width.now
        width.answered(seconds, failure == "busy", failure == "locked")
        if failure:
            assert width.now == max(1, before // 2)
        if failure == "locked":
            # It stays where there are no more at a time than the database allows.
            highest = width.now
        assert 1 <= width.now <= highest
        assert width.now <= 2 * before


class Failing(Transport):
    """Sends nothing."""

    def __init__(self) -> None:
        super().__init__(Settings("http://127.0.0.1:1"), read_only=True)


def test_no_more_requests_are_under_way_than_the_width_allows() -> None:
    width = Width(2, 4)
    lanes = Lanes(width, 4, Failing())
    lock, under_way, seen = threading.Lock(), [0], []

    def act(_item: int) -> None:
        with lock:
            under_way[0] += 1
            seen.append(under_way[0])
        time.sleep(0.002)
        with lock:
            under_way[0] -= 1

    lanes.each(act, range(40))
    assert max(seen[:2]) <= 2
    assert 2 <= max(seen) <= 4
    assert under_way == [0]


def test_a_failure_of_one_that_is_alone_says_nothing_about_the_database() -> None:
    width = Width(1, 8)
    transport = Failing()
    lanes = Lanes(width, 8, transport, can_lock=True)

    def fail() -> None:
        transport.failures += 1

    lanes.do(fail)
    for _number in range(5):
        lanes.do(lambda: None)
    assert width.now > 1


def test_of_many_under_way_a_failure_counts_once() -> None:
    width = Width(8, 8)
    transport = Failing()
    lanes = Lanes(width, 8, transport)
    all_there = threading.Barrier(8)

    def act(item: int) -> None:
        transport.failures += item == 3
        all_there.wait(10)

    lanes.each(act, range(8))
    assert 4 <= width.now <= 5


# Connections that are opened ahead of their turn


class Counting(FaultyServer):
    """Answers after a while, and closes each connection as Airflow 2 does.

    ``opened`` and ``answered`` count connections and requests; ``most_open`` and ``most_under_way`` the same at a time.
    """

    def __init__(self, workers: int = 0, seconds: float = 0.002) -> None:
        super().__init__(self._act, workers=workers)
        self.opened = self.answered = self.most_open = self.most_under_way = 0
        self._open = self._under_way = 0
        self._seconds = seconds
        self._counting = threading.Lock()

    def _answer(self, connection: socket.socket) -> None:
        with self._counting:
            self.opened += 1
            self._open += 1
            self.most_open = max(self.most_open, self._open)
        super()._answer(connection)

    def _act(self, connection: socket.socket) -> None:
        with self._counting:
            self._under_way += 1
            self.most_under_way = max(self.most_under_way, self._under_way)
        time.sleep(self._seconds)
        with self._counting:
            self.answered += 1
            self._under_way -= 1
            self._open -= 1
        answer(b"{}")(connection)


class AsIfFar(Transport):
    """Takes it that opening a connection takes longer than anything else."""

    opening = 60.0

    def __init__(self, url: str, **options: Any) -> None:
        super().__init__(Settings(url, **options), read_only=True, sleep=lambda _seconds: None)

    def get(self, item: int) -> str:
        return self.send("GET", f"/{item}").body


def lanes_of(width: int, transport: Transport) -> Lanes:
    return Lanes(Width(width, width), 16, transport)


@pytest.mark.parametrize("width", [1, 2, 4])
def test_some_connections_are_opened_ahead_and_no_more_requests_are_sent(width: int) -> None:
    with Counting() as server:
        transport = AsIfFar(server.url)
        assert lanes_of(width, transport).each(transport.get, range(60)) == ["{}"] * 60
    assert server.answered == server.opened == 60
    assert server.most_under_way <= width
    assert server.most_open <= width + width // 2
    assert (server.most_open > width) is (width > 1)


@pytest.mark.parametrize("workers", [1, 2, 4])
@pytest.mark.parametrize("width", [2, 8])
@pytest.mark.parametrize("each", [1, 3])
def test_a_worker_that_waits_for_one_in_line_keeps_no_other_from_being_answered(
    workers: int, width: int, each: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport_module, "LONGEST_IDLE", 0.2)
    with Counting(workers) as server:
        transport = AsIfFar(server.url)
        shared = threading.Lock()

        def act(item: int) -> None:
            for _number in range(each - 1):
                transport.get(item)
            # As when a login is renewed: others wait for one that waits for its turn.
            with shared:
                transport.get(item)

        lanes_of(width, transport).each(act, range(40))
    assert server.answered == len(transport.trace) == 40 * each
    assert server.most_under_way <= width
    # A thread that is not scheduled between its connection and the line may find itself behind others.
    assert server.opened < 1.1 * server.answered


def test_turns_come_in_the_order_in_which_connections_were_opened() -> None:
    lanes = lanes_of(1, Failing())
    first, second, third = (_Lane(lanes) for _number in range(3))
    assert first.enter(0)
    waiting = threading.Thread(target=second.enter, args=(10,))
    waiting.start()
    while not lanes._line:
        time.sleep(0.001)
    with lanes._turn:
        first.leave(0.1)
        # It is free, and the second one cannot have noticed yet.
        assert not third.enter(0.05)
    waiting.join()
    second.leave(0.1)
    assert third.enter(0)


def test_a_connection_that_waits_for_too_long_is_closed_and_opened_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport_module, "LONGEST_IDLE", 0.02)
    with Counting(seconds=0.1) as server:
        transport = AsIfFar(server.url)
        assert lanes_of(2, transport).each(transport.get, range(8)) == ["{}"] * 8
    assert server.most_under_way <= 2
    assert server.answered == len(transport.trace) == 8
    assert server.opened > 8


def test_an_answer_does_not_take_longer_because_the_request_waited_for_its_turn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    passed, taken = [0.0], []

    def wait(_lanes: Lanes, _lane: _Lane, _seconds: float) -> bool:
        passed[0] += 5
        return True

    def take(_width: Width, seconds: float, *_failures: bool) -> None:
        taken.append(seconds)

    monkeypatch.setattr(side_by_side_module, "time", SimpleNamespace(monotonic=lambda: passed[0]))
    monkeypatch.setattr(Lanes, "enter", wait)
    monkeypatch.setattr(Width, "answered", take)
    with Counting() as server:
        transport = AsIfFar(server.url)
        lanes_of(2, transport).do(lambda: transport.get(1))
    assert (taken, passed) == ([0], [5])


def test_no_write_is_sent_when_the_turn_comes_after_the_end_of_the_playbook(monkeypatch: pytest.MonkeyPatch) -> None:
    has_ended: list[bool] = []

    def wait(_lanes: Lanes, _lane: _Lane, _seconds: float) -> bool:
        has_ended.append(True)
        return True

    monkeypatch.setattr(Lanes, "enter", wait)
    with Counting() as server:
        transport = AsIfFar(server.url)
        transport.read_only = False
        transport.is_over = lambda: bool(has_ended)
        with pytest.raises(NotSentError, match="has ended; nothing was sent"):
            lanes_of(2, transport).do(lambda: transport.send("POST", "/1"))
    assert (has_ended, server.answered) == ([True], 0)


def test_a_connection_that_does_not_open_takes_no_turn() -> None:
    with Counting() as server:
        transport = AsIfFar(server.url, retries=0)
        lanes = lanes_of(4, transport)
        lanes.each(transport.get, range(8))
    for _attempt in range(2):
        with pytest.raises(NotSentError):
            lanes.each(transport.get, range(20))
    assert (lanes._sent, lanes._line) == (0, [])


@pytest.mark.parametrize(("header", "is_kept"), [("close", False), ("Close", False), ("keep-alive", True)])
def test_a_connection_that_is_kept_takes_no_time_to_open(header: str, is_kept: bool) -> None:
    with FaultyServer(answer(b"{}", Connection=header)) as server:
        transport = Transport(Settings(server.url), read_only=True)
        assert transport.opening == 0
        transport.send("GET", "/")
        assert (transport.opening == 0) is is_kept


def test_concurrency_bounds_what_is_under_way_over_all_kinds() -> None:
    rows: dict[str, list[dict[str, Any]]] = {
        "variables": [{"key": f"v{place:03}", "value": "1"} for place in range(900)],
        "pools": [{"name": f"p{place:03}", "slots": 1} for place in range(300)],
        "connections": [{"connection_id": f"c{place:03}", "conn_type": "http"} for place in range(300)],
    }
    server = Slow(rows, AIRFLOW_3)
    wanted = {
        "variables": [{"key": row["key"], "value": "1"} for row in rows["variables"]],
        "pools": [{"name": row["name"], "slots": 1} for row in rows["pools"]],
        "connections": [{"connection_id": row["connection_id"]} for row in rows["connections"]],
    }
    assert not deploy(server, **wanted)["changed"]
    # How many depends on how fast this machine is.
    assert 1 < server.most <= 8
    assert len(server.sent) == 15
    server = Slow(rows, AIRFLOW_3)
    server.settings = server.settings._replace(concurrency=1)
    assert not deploy(server, **wanted)["changed"]
    assert server.most == 1


@pytest.mark.parametrize(("concurrency", "begins"), [(1, 1), (3, 1), (8, 4), (16, 8)])
def test_writes_to_airflow_2_begin_with_half_of_what_is_allowed(concurrency: int, begins: int) -> None:
    server = Keeper({}, AIRFLOW_2)
    server.settings = server.settings._replace(concurrency=concurrency)
    own = Task(scripted.client(server), check=False)
    lanes = Applying(own, Planning(own, {}))._writes
    assert {api: each._width.now for api, each in lanes.items()} == {"v1": begins, "v2": 1, "fab": 1}


class Slow(Keeper):
    """Counts the requests that are under way together."""

    def __init__(self, rows: Mapping[str, Any], version: str) -> None:
        super().__init__(rows, version)
        self.most = self._now = 0
        self._counting = threading.Lock()

    def _send_once(self, *request: Any) -> Response:
        with self._counting:
            self._now += 1
            self.most = max(self.most, self._now)
        time.sleep(0.003)
        try:
            return super()._send_once(*request)
        finally:
            with self._counting:
                self._now -= 1


@pytest.mark.parametrize("version", [AIRFLOW_2, AIRFLOW_3])
@pytest.mark.parametrize("status", [429, 503])
def test_a_server_that_is_too_busy_gets_everything_in_the_end(version: str, status: int) -> None:
    busy = iter([True, False, False] * 1000)

    def befall(count: int, request: Sent) -> Fault | None:
        return Fault(Answer(status, {"detail": "busy"})) if next(busy) else None

    state = {"is_active": True} if version == AIRFLOW_2 else {"is_stale": False}
    dags = [{"dag_id": f"d{place}", "is_paused": False, **state} for place in range(30)]
    server = Keeper({"dags": dags}, version, befall=befall)
    server.settings = server.settings._replace(retries=3)
    assert deploy(server, dags=[{"dag_id": row["dag_id"], "paused": True} for row in dags])["changed"]
    assert all(row["is_paused"] for row in server.kept["dags"].values())


# One login for all of them


class Form(Auth):
    """A login by a form, which one enters."""

    username = "admin"

    def __init__(self, server: Scripted) -> None:
        self._server = server
        self.entered: list[tuple[int, int]] = []
        """How many requests had been sent before, and how many of them were writes."""

    def enter_form(self) -> bool:
        self.entered.append((len(self._server.sent), len(self._server.writes)))
        return len(self.entered) == 1


def with_a_form(server: Keeper, monkeypatch: pytest.MonkeyPatch, **wanted: Any) -> tuple[Form, Any]:
    """The login of a deployment, and its result."""
    form = Form(server)
    monkeypatch.setattr(scripted, "client", lambda transport: Client(transport, lambda _api: form, {}, "v1", set()))
    return form, deploy(server, airflow_auth="auto", **wanted)


def variables(number: int) -> list[dict[str, Any]]:
    return [{"key": f"v{place:03}", "value": "1", "description": None} for place in range(number)]


@pytest.mark.parametrize(
    ("present", "wanted", "purge", "entered"),
    [
        (200, 0, True, [(1, 0)]),
        (MANY, 0, True, []),
        (MANY + 1, 0, True, [(1, 0)]),
        (200, 200, False, []),
        (0, MANY, False, []),
        (0, MANY + 1, False, [(1, 0)]),
        (3000, 20, True, [(1, 0), (30, 0)]),
    ],
)
def test_what_will_be_sent_decides_about_the_way_to_log_in(
    present: int, wanted: int, purge: bool, entered: list[tuple[int, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = Keeper({"variables": variables(present)}, AIRFLOW_2)
    form, result = with_a_form(
        server, monkeypatch, variables=variables(wanted), **({"purge": ["variables"]} if purge else {})
    )
    assert not isinstance(result, AirflowError)
    # The form is asked for again, and says that it has been entered.
    assert [(min(sent, 30), writes) for sent, writes in form.entered][: len(entered)] == entered
    assert bool(form.entered) == bool(entered)


@pytest.mark.parametrize(("present", "entered"), [(200, [(1, 0)]), (100, [(1, 0)]), (3, [])])
def test_a_login_for_many_deletions_comes_before_the_rest_of_the_list(
    present: int, entered: list[tuple[int, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = Keeper({"variables": variables(present)}, AIRFLOW_2)
    doomed = [{"key": row["key"], "state": "absent"} for row in variables(200)]
    form, _result = with_a_form(server, monkeypatch, variables=doomed)
    assert form.entered[: len(entered)] == entered
    assert not server.kept["variables"]


def test_connections_of_airflow_2_are_read_after_one_login(monkeypatch: pytest.MonkeyPatch) -> None:
    server = Keeper({"connections": []}, AIRFLOW_2)
    wanted = [{"connection_id": f"c{place}", "conn_type": "http"} for place in range(20)]
    form, _result = with_a_form(server, monkeypatch, connections=wanted)
    assert form.entered[0] == (0, 0)


class Refusing(Scripted):
    """Takes no token for roles, as the FAB provider before 3.2."""

    def _send_once(self, method: str, url: str, body: Any, form: Any, headers: Mapping[str, str] | None) -> Response:
        time.sleep(0.001)
        if "roles" in url and (headers or {}).get("state") != "form":
            return Response(method, url, 401, {"content-type": "application/json"}, '{"title": "Unauthorized"}')
        return super()._send_once(method, url, body, form, headers)


class TokenOrForm(Auth):
    """A token that is fetched, and a form that is entered with it."""

    username = "admin"

    def __init__(self) -> None:
        self._state = "token"

    def headers(self) -> Mapping[str, str]:
        return {"state": self._state}

    def renew(self) -> bool:
        self._state = "token"
        return True

    def enter_form(self) -> bool:
        if self._state == "form":
            return False
        self._state = "form"
        return True


def test_many_at_a_time_find_the_way_to_log_in_that_is_accepted() -> None:
    table = {f"GET /roles/r{place}": {"name": f"r{place}", "actions": []} for place in range(40)}
    for _attempt in range(5):
        found = _read_roles(TokenOrForm(), Refusing(table, AIRFLOW_3))
        assert [row["name"] for row in found if row] == [f"r{place}" for place in range(40)]


def _read_roles(auth: Auth, server: Scripted) -> list[dict[str, Any] | None]:
    client = Client(server, lambda _api: auth, {}, "v2", set())
    assert client.server.version == AIRFLOW_3
    return side_by_side(8, lambda place: client.read(ROLE, f"r{place}"), range(40))
