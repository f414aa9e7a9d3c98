# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faults between us and a real server: what is sent again, what is settled by reading, and what the user is told."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.dataops.airflow.plugins.module_utils._engine.connect import connect
from ansible_collections.dataops.airflow.plugins.module_utils._http.transport import Settings, Transport
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.pool.pool import POOL
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.variable.variable import VARIABLE
from ansible_collections.dataops.airflow.plugins.module_utils._model.errors import (
    AirflowError,
    Effect,
    NotAirflowError,
    RequestError,
    ServerError,
    UnreachableError,
)
from ansible_collections.dataops.airflow.plugins.module_utils._model.paths import join
from ansible_collections.dataops.airflow.tests.live import proxy as fault
from ansible_collections.dataops.airflow.tests.live.conftest import Live
from ansible_collections.dataops.airflow.tests.live.proxy import Answer, Forward, Proxy, Request, is_api, is_write

PATH = "/pools/live_fault"
STEPS: dict[str, dict[str, Any]] = {
    "create": {"slots": 3},
    "update": {"slots": 4},
    "delete": {"state": "absent"},
}


@pytest.fixture
def step(request: pytest.FixtureRequest, live: Live, leave_nothing: Callable[[str], str]) -> tuple[str, dict[str, Any]]:
    """A change to make; what it needs is there."""
    leave_nothing(PATH)
    action: str = request.param
    if action != "create":
        live.ask("POST", "/pools", json={"name": "live_fault", "slots": 1}).raise_for_status()
    return action, {"name": "live_fault", **STEPS[action]}


def slots(live: Live) -> int | None:
    answer = live.ask("GET", PATH)
    return answer.json()["slots"] if answer.status_code == 200 else None


every_step = pytest.mark.parametrize("step", STEPS, indirect=True)


@every_step
@pytest.mark.parametrize("rule", [fault.lose_answer, fault.fail_after])
def test_a_write_that_was_made_without_a_clear_answer_is_found_by_reading(
    live: Live, proxy: Proxy, step: tuple[str, dict[str, Any]], rule: fault.Rule
) -> None:
    action, options = step
    proxy.once(is_write, rule)
    result = live.task(POOL, airflow_url=proxy.url, **options)
    assert (result["changed"], result["action"]) == (True, action)
    assert slots(live) == {"create": 3, "update": 4, "delete": None}[action]
    resent = action == "delete" and rule is fault.lose_answer
    assert len(proxy.writes()) == (2 if resent else 1)
    if not resent:
        done = {"create": "created", "update": "changed", "delete": "deleted"}[action]
        assert f"Read back: pool 'live_fault' was {done}" in result["warnings"][0]


@pytest.mark.parametrize(
    "rule", [fault.cut_body, fault.reset_in_body, fault.drip, fault.bomb, fault.other_json, fault.log_in_page_after]
)
def test_a_write_whose_answer_cannot_be_taken_is_found_by_reading(
    live: Live, proxy: Proxy, leave_nothing: Callable[[str], str], rule: fault.Rule
) -> None:
    leave_nothing(PATH)
    proxy.once(is_write, rule)
    result = live.task(POOL, airflow_url=proxy.url, name="live_fault", slots=3, timeout=3)
    assert (result["changed"], result["action"], result["pool"]["slots"]) == (True, "create", 3)
    assert len(proxy.writes()) == 1


@pytest.mark.parametrize("rule", [fault.cut_body, fault.reset_in_body, fault.drip])
def test_a_read_whose_answer_breaks_off_is_sent_again(live: Live, proxy: Proxy, rule: fault.Rule) -> None:
    proxy.once(is_api, rule)
    assert live.task(POOL, airflow_url=proxy.url, name="default_pool", timeout=3)["changed"] is False
    assert len([request for request in proxy.seen if is_api(request)]) == 2


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (fault.bomb, "HTTP 200, but the response was not read: it is larger than 64 MiB"),
        (fault.other_json, "the response is for another object: its name is 'another', not 'default_pool'"),
    ],
)
def test_what_nobody_can_take_for_the_answer_is_an_error(
    live: Live, proxy: Proxy, rule: fault.Rule, message: str
) -> None:
    proxy.once(is_api, rule)
    with pytest.raises(NotAirflowError, match=message):
        live.task(POOL, airflow_url=proxy.url, name="default_pool", state="absent")


@every_step
def test_a_write_that_was_not_made_is_sent_once_more(
    live: Live, proxy: Proxy, step: tuple[str, dict[str, Any]]
) -> None:
    action, options = step
    proxy.once(is_write, fault.fail_before)
    result = live.task(POOL, airflow_url=proxy.url, **options)
    assert (result["changed"], result["action"]) == (True, action)
    assert len(proxy.writes()) == 2
    assert slots(live) == {"create": 3, "update": 4, "delete": None}[action]


@every_step
def test_a_write_that_was_not_made_twice_says_so(live: Live, proxy: Proxy, step: tuple[str, dict[str, Any]]) -> None:
    action, options = step
    proxy.once(is_write, fault.fail_before, times=2)
    unchanged = "pool 'live_fault' was not created" if action == "create" else "nothing was changed"
    with pytest.raises(AirflowError, match=f"HTTP 500: Database error. Read back: {unchanged}") as caught:
        live.task(POOL, airflow_url=proxy.url, **options)
    assert caught.value.facts["status"] == 500
    assert len(proxy.writes()) == 2
    assert slots(live) == (None if action == "create" else 1)


@pytest.mark.parametrize("answer", [None, Answer(502), Answer(504)])
def test_a_write_that_may_still_be_made_is_not_said_to_be_over(
    live: Live, proxy: Proxy, leave_nothing: Callable[[str], str], answer: Answer | None
) -> None:
    leave_nothing(PATH)
    proxy.once(is_write, lambda request, forward: answer)
    with pytest.raises(AirflowError, match="has not been created so far; Airflow may still do it. Run the task"):
        live.task(POOL, airflow_url=proxy.url, name="live_fault", slots=3)
    assert len(proxy.writes()) == 1


@pytest.mark.parametrize("rule", [fault.fail_before, fault.fail_after])
def test_whether_a_hidden_value_was_stored_is_unknown(
    airflow_3: Live, proxy: Proxy, leave_nothing: Callable[[str], str], rule: fault.Rule
) -> None:
    leave_nothing("/variables/live_api_token")
    airflow_3.task(VARIABLE, key="live_api_token", value="first")
    proxy.once(is_write, rule)
    with pytest.raises(AirflowError, match="was changed is not known: Airflow hides what was sent"):
        airflow_3.task(VARIABLE, airflow_url=proxy.url, key="live_api_token", value="second")


def test_what_only_the_server_calls_a_secret_is_hidden_too(
    airflow_3: Live, proxy: Proxy, leave_nothing: Callable[[str], str]
) -> None:
    leave_nothing("/variables/live_plain")
    airflow_3.task(VARIABLE, key="live_plain", value="stored-1")

    def hide(request: Request, forward: Forward) -> Answer:
        answer = forward(request)
        return replace(answer, body=re.sub(rb'"value":"[^"]*"', b'"value":"***"', answer.body))

    proxy.rule = hide
    client = connect(airflow_3.options(airflow_url=proxy.url), read_only=False)
    result = airflow_3.task(VARIABLE, client=client, key="live_plain", value="canary-1")
    assert (result["changed"], result["unverified"]) == (True, ["value"])
    assert "canary-1" not in str(result)
    assert "canary-1" in client.secrets


def test_what_cannot_be_read_back_is_said_to_be_unknown(
    live: Live, proxy: Proxy, leave_nothing: Callable[[str], str]
) -> None:
    leave_nothing(PATH)

    def rule(request: Request, forward: Forward) -> Answer | None:
        if proxy.writes():
            return fault.fail_before(request, forward)
        return forward(request)

    proxy.rule = rule
    with pytest.raises(AirflowError, match="Whether pool 'live_fault' was created is not known") as caught:
        live.task(POOL, airflow_url=proxy.url, name="live_fault", slots=3)
    assert "Run the task again to find out" in caught.value.message


def test_a_change_that_the_server_accepts_but_does_not_hold_is_an_error(
    live: Live, proxy: Proxy, leave_nothing: Callable[[str], str]
) -> None:
    leave_nothing(PATH)
    live.ask("POST", "/pools", json={"name": "live_fault", "slots": 1}).raise_for_status()

    def read_instead(request: Request, forward: Forward) -> Answer:
        return forward(replace(request, method="GET", body=b"", path=request.path.split("?")[0]))

    proxy.once(is_write, read_instead)
    unchanged = "accepted the request, but nothing was changed, pool 'live_fault' is as before"
    with pytest.raises(AirflowError, match=unchanged):
        live.task(POOL, airflow_url=proxy.url, name="live_fault", slots=3)


@every_step
def test_an_answer_that_does_not_show_the_object_is_read_back(
    live: Live, proxy: Proxy, step: tuple[str, dict[str, Any]]
) -> None:
    action, options = step
    before = slots(live)
    body = b"{}"

    def say_so_and_do_nothing(request: Request, forward: Forward) -> Answer:
        return Answer(200, {"Content-Type": "application/json"}, body)

    proxy.once(is_write, say_so_and_do_nothing)
    with pytest.raises(AirflowError, match="accepted the request, but .*(as before|was not created)") as caught:
        live.task(POOL, airflow_url=proxy.url, **options)
    assert slots(live) == before
    assert isinstance(caught.value, RequestError)
    assert caught.value.effect is Effect.NONE

    def do_it_and_say_so(request: Request, forward: Forward) -> Answer:
        forward(request)
        return Answer(200, {"Content-Type": "application/json"}, body)

    proxy.once(is_write, do_it_and_say_so)
    result = live.task(POOL, airflow_url=proxy.url, **options)
    assert (result["changed"], result["action"]) == (True, action)


def test_an_object_deleted_by_somebody_else_meanwhile_is_created(
    live: Live, proxy: Proxy, leave_nothing: Callable[[str], str]
) -> None:
    leave_nothing(PATH)
    live.ask("POST", "/pools", json={"name": "live_fault", "slots": 1}).raise_for_status()

    def delete_first(request: Request, forward: Forward) -> Answer:
        live.ask("DELETE", PATH).raise_for_status()
        return forward(request)

    proxy.once(is_write, delete_first)
    result = live.task(POOL, airflow_url=proxy.url, name="live_fault", slots=3)
    assert (result["changed"], result["action"]) == (True, "create")
    assert slots(live) == 3
    proxy.once(is_write, delete_first)
    assert live.task(POOL, airflow_url=proxy.url, name="live_fault", state="absent")["changed"]


def test_a_read_is_sent_again_while_the_server_is_away(live: Live, proxy: Proxy) -> None:
    proxy.once(is_api, fault.unavailable, times=2)
    assert live.task(POOL, airflow_url=proxy.url, name="default_pool")["changed"] is False
    assert len([request for request in proxy.seen if is_api(request)]) == 3


def test_reads_are_not_sent_again_more_often_than_asked(live: Live, proxy: Proxy) -> None:
    proxy.once(is_api, fault.unavailable, times=9)
    with pytest.raises(ServerError, match="HTTP 503: a web page titled '503 Service Unavailable'"):
        live.task(POOL, airflow_url=proxy.url, name="default_pool", retries=1)
    assert len([request for request in proxy.seen if is_api(request)]) == 2


def test_a_refused_write_is_sent_again_when_the_server_asks_for_it(
    live: Live, proxy: Proxy, leave_nothing: Callable[[str], str]
) -> None:
    leave_nothing(PATH)
    proxy.once(is_write, fault.too_many_requests)
    assert live.task(POOL, airflow_url=proxy.url, name="live_fault", slots=3)["action"] == "create"
    assert len(proxy.writes()) == 2


@pytest.mark.parametrize(("header", "pauses"), [({"Retry-After": "7"}, [7.0]), ({}, [pytest.approx(0.5, rel=0.3)])])
def test_the_server_says_how_long_to_wait(live: Live, proxy: Proxy, header: dict[str, str], pauses: list[Any]) -> None:
    slept: list[float] = []
    proxy.once(is_api, lambda request, forward: Answer(429, header))
    transport = Transport(Settings(proxy.url), read_only=True, sleep=slept.append)
    transport.send("GET", live.api[len(live.url) :] + "/pools")
    assert slept == pauses


def test_a_log_in_is_tried_again_while_the_server_is_away(airflow_3: Live, proxy: Proxy) -> None:
    proxy.once(lambda request: request.path == "/auth/token", fault.unavailable)
    assert airflow_3.task(POOL, airflow_url=proxy.url, name="default_pool")["changed"] is False
    proxy.once(lambda request: request.path == "/auth/token", fault.unavailable, times=9)
    with pytest.raises(ServerError, match="Logging in failed. POST .*/auth/token: HTTP 503"):
        airflow_3.task(POOL, airflow_url=proxy.url, name="default_pool", retries=0)


def test_an_object_created_by_somebody_else_meanwhile_is_adopted(
    live: Live, proxy: Proxy, leave_nothing: Callable[[str], str]
) -> None:
    leave_nothing(PATH)

    def create_first(request: Request, forward: Forward) -> Answer:
        live.ask("POST", "/pools", json={"name": "live_fault", "slots": 3}).raise_for_status()
        return forward(request)

    proxy.once(is_write, create_first)
    result = live.task(POOL, airflow_url=proxy.url, name="live_fault", slots=3)
    assert (result["changed"], result["action"]) == (False, "none")

    live.ask("DELETE", PATH)
    proxy.once(is_write, create_first)
    result = live.task(POOL, airflow_url=proxy.url, name="live_fault", slots=4)
    assert (result["changed"], result["action"]) == (True, "update")
    assert slots(live) == 4


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (
            fault.redirect,
            "HTTP 302 redirects to 'https://sso.example.com/login', which is not followed; there is a login page",
        ),
        (
            fault.log_in_page,
            "HTTP 200, but a web page titled 'Sign in' came.*there is a login page in front of Airflow",
        ),
    ],
)
def test_a_log_in_page_is_named_and_never_followed(
    live: Live, proxy: Proxy, leave_nothing: Callable[[str], str], method: str, rule: fault.Rule, message: str
) -> None:
    leave_nothing(PATH)
    proxy.once(lambda request: is_api(request) and request.method == method, rule, times=9)
    with pytest.raises(NotAirflowError, match=message):
        live.task(POOL, airflow_url=proxy.url, name="live_fault", slots=3)
    assert slots(live) is None


def test_a_slow_server_is_a_time_out(live: Live, proxy: Proxy) -> None:
    waiting = threading.Event()

    def wait(request: Request, forward: Forward) -> None:
        waiting.wait(5)

    proxy.once(is_api, wait)
    with pytest.raises(UnreachableError, match=r"no response within 0.5 s \(timeout\)"):
        live.task(POOL, airflow_url=proxy.url, name="default_pool", timeout=0.5, retries=0)
    waiting.set()


def test_a_closed_port(live: Live) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    with pytest.raises(UnreachableError, match="nothing listens on 127.0.0.1:.*connection refused") as caught:
        live.task(POOL, airflow_url=url, name="default_pool", retries=0)
    assert caught.value.effect is Effect.NONE


def test_plain_http_behind_https(live: Live) -> None:
    message = r"does not speak TLS: is airflow_url http://|\(timeout\). Does it speak TLS at all, or must airflow_url"
    with pytest.raises(UnreachableError, match=message):
        live.task(POOL, airflow_url=live.url.replace("http:", "https:"), name="default_pool", timeout=2)


def test_a_path_that_airflow_does_not_have(live: Live) -> None:
    with pytest.raises(NotAirflowError, match="airflow_url"):
        live.task(POOL, airflow_url=f"{live.url}/no/such/path", name="default_pool")


@pytest.mark.parametrize("state", ["present", "absent"])
@pytest.mark.parametrize(
    ("spec", "options"), [(POOL, {"name": "x", "slots": 1}), (VARIABLE, {"key": "x", "value": "1"})]
)
def test_check_mode_sends_nothing_but_reads_and_a_log_in(
    live: Live, proxy: Proxy, spec: Any, options: dict[str, Any], state: str
) -> None:
    live.task(spec, check_mode=True, airflow_url=proxy.url, state=state, **options)
    assert {request.method for request in proxy.seen if "/auth/token" not in request.path} == {"GET"}


def test_the_transport_itself_refuses_writes_in_check_mode(live: Live) -> None:
    client = connect(live.options(), read_only=True)
    with pytest.raises(AirflowError, match="was about to be sent in check mode: nothing was sent"):
        client.call("POST", join("pools"), body={"name": "live_fault", "slots": 1})
    assert slots(live) is None
