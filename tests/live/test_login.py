# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Logging in, on real servers."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.dataops.airflow.plugins.module_utils._engine.connect import connect
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.deployment.deployment import DEPLOYMENT
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.pool.pool import POOL
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.pool.pool_info import POOL_INFO
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.user.user_info import USER_INFO
from ansible_collections.dataops.airflow.plugins.module_utils._model.errors import (
    AirflowError,
    InvalidInputError,
    RefusedError,
)
from ansible_collections.dataops.airflow.tests.live.conftest import Live
from ansible_collections.dataops.airflow.tests.live.proxy import (
    Answer,
    Forward,
    Proxy,
    Request,
    is_api,
    is_write,
    redirect,
    without_credentials,
)


def log_ins(proxy: Proxy) -> int:
    return len([request for request in proxy.seen if request.path == "/auth/token"])


def test_a_token_that_expires_in_mid_run_is_fetched_once_more(airflow_3: Live, proxy: Proxy) -> None:
    client = connect(airflow_3.options(airflow_url=proxy.url), read_only=False)
    airflow_3.task(POOL_INFO, client=client)
    assert log_ins(proxy) == 1
    proxy.once(is_api, without_credentials)
    assert airflow_3.task(POOL_INFO, client=client)["pools"]
    assert log_ins(proxy) == 2
    used = {request.headers["Authorization"][7:] for request in proxy.seen if is_api(request)}
    assert len(used) == 2
    assert used <= client.secrets


def test_a_token_that_is_never_accepted_is_not_fetched_for_ever(airflow_3: Live, proxy: Proxy) -> None:
    proxy.once(is_api, without_credentials, times=9)
    with pytest.raises(
        AirflowError, match="HTTP 401: Not authenticated. The credentials are missing, wrong or expired"
    ):
        airflow_3.task(POOL_INFO, airflow_url=proxy.url)
    assert log_ins(proxy) == 2


def test_a_wrong_password(live: Live) -> None:
    message = (
        "Airflow does not accept airflow_username with airflow_password"
        if live.is_v2
        else "HTTP 403: Forbidden. Airflow 2 responds like this to a wrong airflow_username or airflow_password as well"
    )
    with pytest.raises(AirflowError, match=message) as caught:
        live.task(POOL_INFO, airflow_password="canary-wrong")
    assert "canary-wrong" not in str(caught.value)


def test_no_credentials(live: Live) -> None:
    with pytest.raises(AirflowError, match="HTTP 40[13]"):
        live.task(POOL_INFO, airflow_username=None, airflow_password=None)


def test_a_bearer_token(airflow_3: Live) -> None:
    anonymous: dict[str, Any] = {"airflow_username": None, "airflow_password": None}
    assert airflow_3.task(POOL_INFO, airflow_token=airflow_3.token(), **anonymous)["pools"]
    with pytest.raises(AirflowError, match="HTTP 403: Invalid JWT token.*airflow_token is not valid here"):
        airflow_3.task(POOL_INFO, airflow_token="broken", **anonymous)


def test_the_web_form_of_airflow_2_is_used_once(airflow_2: Live, proxy: Proxy) -> None:
    client = connect(airflow_2.options(airflow_url=proxy.url, airflow_auth="session"), read_only=True)
    airflow_2.task(POOL_INFO, client=client)
    airflow_2.task(POOL, client=client, check_mode=True, name="default_pool", slots=1)
    assert [request.path for request in proxy.seen if "/login" in request.path] == ["/login/", "/login/"]
    assert not any("Authorization" in request.headers for request in proxy.seen)
    with pytest.raises(AirflowError, match="does not accept airflow_username with airflow_password"):
        airflow_2.task(POOL_INFO, airflow_auth="session", airflow_password="wrong")
    proxy.once(lambda request: request.method == "POST", lambda request, forward: Answer(429), times=9)
    with pytest.raises(AirflowError, match="5 in 40 seconds.*airflow_auth=basic has no such limit"):
        airflow_2.task(POOL_INFO, airflow_url=proxy.url, airflow_auth="session", retries=0)


@pytest.mark.parametrize("method", ["session", "auto"])
def test_a_cookie_that_dies_in_mid_run(airflow_2: Live, proxy: Proxy, method: str) -> None:
    client = connect(airflow_2.options(airflow_url=proxy.url, airflow_auth=method), read_only=True)
    client.expect()
    airflow_2.task(POOL_INFO, client=client)
    dead = proxy.seen[-1].headers["Cookie"]
    proxy.rule = lambda request, forward: (
        without_credentials(request, forward) if request.headers.get("Cookie") == dead else forward(request)
    )
    assert airflow_2.task(POOL_INFO, client=client)["pools"]
    # Who gives a password with each request needs no other cookie.
    log_ins = 2 if method == "session" else 1
    assert [request.method for request in proxy.seen if request.path == "/login/"].count("POST") == log_ins


def test_a_cookie_that_dies_while_several_write(airflow_2: Live, proxy: Proxy) -> None:
    wanted = [{"key": f"live_dead_{number}", "value": "x"} for number in range(40)]
    client = connect(airflow_2.options(airflow_url=proxy.url), read_only=False)
    client.expect()
    dead: list[str] = []

    def die(request: Request, forward: Forward) -> Answer:
        cookie = request.headers.get("Cookie", "")
        if is_write(request) and "Authorization" not in request.headers:
            dead.append(cookie)
            # The second hears of it when the first has logged in again.
            time.sleep(len(dead) == 2)
        return without_credentials(request, forward) if cookie in dead else forward(request)

    proxy.rule = die
    try:
        assert airflow_2.task(DEPLOYMENT, client=client, variables=wanted)["changed"]
        assert len(dead) > 1
    finally:
        for variable in wanted:
            assert airflow_2.ask("DELETE", f"/variables/{variable['key']}").status_code == 204


def test_a_missing_permission_is_no_dead_cookie(airflow_2: Live, proxy: Proxy) -> None:
    client = connect(airflow_2.options(airflow_url=proxy.url, airflow_auth="session"), read_only=True)
    airflow_2.task(POOL_INFO, client=client)
    proxy.once(is_api, lambda request, forward: Answer(403), times=9)
    with pytest.raises(RefusedError, match="HTTP 403"):
        airflow_2.task(POOL_INFO, client=client)
    assert [request.method for request in proxy.seen if request.path == "/login/"] == ["GET", "POST", "GET"]


def test_the_web_form_is_for_airflow_2(airflow_3: Live) -> None:
    with pytest.raises(InvalidInputError, match="airflow_auth=session is for Airflow 2, and this server is Airflow 3"):
        airflow_3.task(POOL_INFO, airflow_auth="session")


def test_a_netrc_file_does_not_replace_the_credentials(
    live: Live, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login nobody password wrong\n")
    monkeypatch.setenv("NETRC", str(netrc))
    assert live.task(POOL_INFO)["pools"]


def test_a_path_prefix_and_a_gateway_that_wants_a_header(live: Live, proxy: Proxy) -> None:
    def gateway(request: Request, forward: Forward) -> Answer:
        if request.headers.get("X-Gateway") != "canary" or not request.path.startswith("/team/a/"):
            return redirect(request, forward)
        return forward(replace(request, path=request.path[len("/team/a") :]))

    proxy.rule = gateway
    url = f"{proxy.url}/team/a/"
    assert live.task(POOL_INFO, airflow_url=url, airflow_headers={"X-Gateway": "canary"})["pools"]
    with pytest.raises(AirflowError, match="redirects to 'https://sso.example.com/login'"):
        live.task(POOL_INFO, airflow_url=url)


def test_a_gateway_gets_the_token_from_the_first_request_on(airflow_3: Live, proxy: Proxy) -> None:
    token = airflow_3.token()

    def gateway(request: Request, forward: Forward) -> Answer:
        return forward(request) if request.headers.get("Authorization") == f"Bearer {token}" else Answer(401)

    proxy.rule = gateway
    anonymous: dict[str, Any] = {"airflow_username": None, "airflow_password": None}
    assert airflow_3.task(POOL_INFO, airflow_url=proxy.url, airflow_token=token, **anonymous)["pools"]


@pytest.mark.parametrize("option", ["airflow_token", "airflow_headers"])
def test_what_cannot_be_sent_in_a_header_is_named_and_not_shown(live: Live, option: str) -> None:
    secret = "canary\n"
    options: dict[str, Any] = {option: {"X-Key": secret} if option == "airflow_headers" else secret}
    with pytest.raises(InvalidInputError, match=f"^(?!.*canary).*{option}.* cannot be sent in a header"):
        live.task(POOL_INFO, **options)


def test_a_password_is_not_sent_to_what_may_not_be_airflow(live: Live, proxy: Proxy) -> None:
    proxy.rule = lambda request, forward: Answer(404)
    with pytest.raises(AirflowError, match="it is not Airflow"):
        live.task(POOL_INFO, airflow_url=proxy.url)
    assert not any("Authorization" in request.headers or request.body for request in proxy.seen)


def users_want_a_cookie(request: Request, forward: Forward) -> Answer:
    """As the FAB provider before 3.2 has it."""
    wants = "/auth/fab/v1/users" in request.path and "session=" not in request.headers.get("Cookie", "")
    return Answer(401, {"Content-Type": "application/json"}, b'{"detail": null}') if wants else forward(request)


def test_users_are_reached_through_the_web_form_where_they_take_no_token(airflow_3: Live, proxy: Proxy) -> None:
    proxy.rule = users_want_a_cookie
    client = connect(airflow_3.options(airflow_url=proxy.url), read_only=True)
    found = airflow_3.task(USER_INFO, client=client, username=airflow_3.username)["users"]
    assert [user["username"] for user in found] == [airflow_3.username]
    assert [request.path for request in proxy.seen].count("/auth/login/") == 2
    token = airflow_3.options(airflow_username=None, airflow_password=None, airflow_token=airflow_3.token())
    with pytest.raises(
        RefusedError, match="HTTP 401.*accepts no token for users and permissions, only airflow_username"
    ):
        airflow_3.task(USER_INFO, **{**token, "airflow_url": proxy.url})


def test_a_web_form_that_refused_once_is_tried_again(airflow_3: Live, proxy: Proxy) -> None:
    refusals = [Answer(429)]

    def refuse_once(request: Request, forward: Forward) -> Answer:
        is_form = (request.method, request.path) == ("POST", "/auth/login/")
        return refusals.pop() if is_form and refusals else users_want_a_cookie(request, forward)

    proxy.rule = refuse_once
    client = connect(airflow_3.options(airflow_url=proxy.url, retries=0), read_only=True)
    with pytest.raises(RefusedError, match="5 in 40 seconds"):
        airflow_3.task(USER_INFO, client=client)
    assert airflow_3.task(USER_INFO, client=client)["users"]
