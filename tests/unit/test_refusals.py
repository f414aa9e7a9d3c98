# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What refusals mean, above all of a token or a cookie that was given and is not accepted, or no longer."""

from __future__ import annotations

from typing import Any, Callable

import pytest

from ansible_collections.dataops.airflow.plugins.module_utils._engine.connect import CONNECTION
from ansible_collections.dataops.airflow.plugins.module_utils._engine.run_operation import perform_operation
from ansible_collections.dataops.airflow.plugins.module_utils._engine.task import Task
from ansible_collections.dataops.airflow.plugins.module_utils._http.auth import Auth, Basic, Bearer
from ansible_collections.dataops.airflow.plugins.module_utils._http.client import Client
from ansible_collections.dataops.airflow.plugins.module_utils._http.transport import Response
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.deployment.deployment import DEPLOYMENT
from ansible_collections.dataops.airflow.plugins.module_utils._model.api import FAB, V1, V2
from ansible_collections.dataops.airflow.plugins.module_utils._model.errors import (
    AirflowError,
    Effect,
    NotAirflowError,
    NotLoggedInError,
    RefusedError,
    RequestError,
)
from ansible_collections.dataops.airflow.plugins.module_utils._model.paths import join
from ansible_collections.dataops.airflow.tests.unit.keeping import Fault, Keeper
from ansible_collections.dataops.airflow.tests.unit.samples import AIRFLOW_2, AIRFLOW_3
from ansible_collections.dataops.airflow.tests.unit.scripted import ABSENT, LOST, Answer, Scripted, Sent

POOLS = {"pools": [], "total_entries": 0}
WRONG = "The server does not accept {}: it is wrong or has expired. Get a new one"
EXPIRED = "The server no longer accepts {}: it has expired. Get a new one"

SIGN_IN = Answer(200, "<html><title>Sign in</title></html>", "text/html")
PASSWORD = Answer(200, '<html><input type="password"></html>', "text/html")
START_PAGE = Answer(200, "<html><title>Airflow</title></html>", "text/html")
TO_LOGIN = Answer(302, "https://accounts.example.com/o/oauth2/auth?state=secret", "text/html")
ELSEWHERE = Answer(302, "https://airflow.example.com/new", "text/html")
UNAUTHORIZED = Answer(401, {"detail": "Unauthorized."})
GATEWAYS_401 = Answer(401, "<html><title>401</title></html>", "text/html")
FORBIDDEN = Answer(403, {"title": "Forbidden", "detail": None})


class Gateway(Scripted):
    """The body of a redirect is where it points to."""

    def _send_once(self, *arguments: Any) -> Response:
        response = super()._send_once(*arguments)
        if response.status != 302:
            return response
        return response._replace(headers={**response.headers, "location": response.body}, body="")


def with_token(transport: Scripted) -> Client:
    api = V1 if transport._version.startswith("2.") else V2
    return Client(transport, lambda _api: Bearer("t0ken"), {"Authorization": "Bearer t0ken"}, api.name, set())


def with_cookie(transport: Scripted) -> Client:
    transport.settings = transport.settings._replace(headers={"Cookie": "session=s3cret"})
    return Client(transport, lambda _api: Auth(), {}, "auto", set())


GIVEN: dict[str, Callable[[Scripted], Client]] = {
    "airflow_token": with_token,
    "the login in airflow_headers": with_cookie,
}


@pytest.mark.parametrize("given", GIVEN)
@pytest.mark.parametrize(
    ("reply", "said", "effect"),
    [
        (UNAUTHORIZED, "HTTP 401: Unauthorized. ", Effect.NONE),
        (GATEWAYS_401, "HTTP 401: a web page titled '401'. ", Effect.NONE),
        (
            TO_LOGIN,
            "HTTP 302 redirects to a login page, 'https://accounts.example.com/o/oauth2/auth'. ",
            Effect.UNKNOWN,
        ),
        (SIGN_IN, "HTTP 200, but a login page came. ", Effect.UNKNOWN),
        (PASSWORD, "HTTP 200, but a login page came. ", Effect.UNKNOWN),
    ],
    ids=["401", "401 of a gateway", "redirect", "sign in", "password"],
)
def test_a_login_that_was_accepted_and_is_no_longer_has_expired(
    given: str, reply: Answer, said: str, effect: Effect
) -> None:
    scripted = Gateway({"GET /pools": [POOLS, reply], "POST /pools": reply}, AIRFLOW_3)
    own = GIVEN[given](scripted)
    own.call("GET", join("pools"))
    for method in ("POST", "GET"):
        with pytest.raises(NotLoggedInError) as caught:
            own.call(method, join("pools"))
        assert caught.value.message == (
            f"{method} http://airflow.example.com/api/v2/pools: {said}{EXPIRED.format(given)}"
        )
        assert (caught.value.effect, caught.value.is_away) == (effect, True)


@pytest.mark.parametrize("reply", [UNAUTHORIZED, TO_LOGIN, SIGN_IN], ids=["401", "redirect", "page"])
@pytest.mark.parametrize("given", GIVEN)
def test_a_login_that_was_never_accepted_may_be_wrong_as_well(given: str, reply: Answer) -> None:
    with pytest.raises(NotLoggedInError) as caught:
        GIVEN[given](Gateway({"GET /pools": reply}, AIRFLOW_3)).call("GET", join("pools"))
    assert caught.value.message.endswith(WRONG.format(given))


def test_a_login_that_an_earlier_task_used_is_known_to_have_been_accepted() -> None:
    own = with_token(Gateway({"GET /pools": [POOLS, UNAUTHORIZED]}, AIRFLOW_3))
    own.call("GET", join("pools"))
    with pytest.raises(NotLoggedInError, match="no longer accepts airflow_token"):
        own.for_task(False, set()).call("GET", join("pools"))


@pytest.mark.parametrize(
    ("reply", "kind"),
    [(ELSEWHERE, NotAirflowError), (START_PAGE, NotAirflowError), (ABSENT, RefusedError), (LOST, RequestError)],
    ids=["redirect", "start page", "404", "lost"],
)
def test_other_answers_say_nothing_about_the_login(reply: Any, kind: type[AirflowError]) -> None:
    with pytest.raises(kind) as caught:
        with_token(Gateway({"GET /pools": reply}, AIRFLOW_3)).call("GET", join("pools"))
    assert not isinstance(caught.value, NotLoggedInError)


def test_a_password_is_not_a_login_that_expires() -> None:
    scripted = Gateway({"GET /pools": [POOLS, UNAUTHORIZED]}, AIRFLOW_2)
    scripted.settings = scripted.settings._replace(headers={"Cookie": "route=a"})
    own = Client(scripted, lambda _api: Basic(scripted, "u", "p"), {}, "v1", set())
    own.call("GET", join("pools"))
    with pytest.raises(RefusedError, match="The credentials are missing, wrong or expired"):
        own.call("GET", join("pools"))


def refused_on_2(again: Any) -> RequestError:
    """The error of a write that gets a 403 on Airflow 2, where a read was answered before.

    :param again: the answer to that read after the 403.
    """
    own = with_token(Gateway({"GET /pools": [POOLS, again], "POST /pools": FORBIDDEN}, AIRFLOW_2))
    own.call("GET", join("pools"))
    with pytest.raises(RequestError) as caught:
        own.call("POST", join("pools"))
    assert caught.value.facts["status"] == 403
    return caught.value


@pytest.mark.parametrize("again", [FORBIDDEN, UNAUTHORIZED, SIGN_IN], ids=["403", "401", "page"])
def test_a_403_of_airflow_2_is_an_expired_login_if_what_was_answered_before_is_refused_too(again: Answer) -> None:
    error = refused_on_2(again)
    assert isinstance(error, NotLoggedInError)
    assert error.message.endswith(f"HTTP 403: Forbidden. {EXPIRED.format('airflow_token')}")
    assert error.effect is Effect.NONE


def test_a_403_of_airflow_2_is_a_missing_permission_if_what_was_answered_before_is_answered_again() -> None:
    error = refused_on_2(POOLS)
    assert isinstance(error, RefusedError)
    assert error.message.endswith("HTTP 403: Forbidden. The user may not do this: airflow_token is still accepted")


def test_a_403_of_airflow_2_remains_unclear_if_nothing_was_answered() -> None:
    error = refused_on_2(LOST)
    assert "Airflow 2 responds like this to a wrong airflow_username" in error.message
    with pytest.raises(RefusedError, match="a missing permission, and also if airflow_token is wrong or has expired"):
        with_token(Gateway({"GET /pools": FORBIDDEN}, AIRFLOW_2)).call("GET", join("pools"))


def test_an_old_fab_provider_that_takes_no_token_is_named() -> None:
    scripted = Gateway({"GET /users": UNAUTHORIZED, "GET /pools": POOLS}, AIRFLOW_3)
    own = with_token(scripted)
    own.call("GET", join("pools"))
    with pytest.raises(RefusedError, match="before 3.2 accepts no token for users and permissions"):
        own.call("GET", join("users"), api=FAB)


def test_a_proxy_that_wants_a_login_is_named() -> None:
    with pytest.raises(RefusedError, match="HTTP 407.*HTTP_PROXY or HTTPS_PROXY .*http://user:password@host:port"):
        with_token(Gateway({"GET /pools": Answer(407, "<html></html>", "text/html")}, AIRFLOW_3)).call(
            "GET", join("pools")
        )


@pytest.mark.parametrize("version", [AIRFLOW_2, AIRFLOW_3])
def test_a_deployment_stops_when_the_login_has_expired(version: str) -> None:
    def befall(writes: int, request: Sent) -> Fault | None:
        return Fault(UNAUTHORIZED if version == AIRFLOW_3 else FORBIDDEN) if writes > 1 else None

    server = Keeper({}, version, befall=befall)
    options: dict[str, Any] = {
        "pools": [{"name": "p", "slots": 1}],
        "connections": [{"connection_id": "c", "conn_type": "http"}],
        "variables": [{"key": "v", "value": "1"}],
    }
    defaults = {item.name: item.default for item in (*CONNECTION, *DEPLOYMENT.options())}
    with pytest.raises(AirflowError, match="Get a new one. Run the task again to complete the changes") as caught:
        perform_operation(DEPLOYMENT, {**defaults, **options}, Task(with_token(server), False, None))
    lists = [len(caught.value.facts[name]) for name in ("applied", "failures", "unknown", "pending")]
    assert lists == [1, 1, 0, 1]
    assert caught.value.message.count(EXPIRED.format("airflow_token")) == 1


@pytest.mark.parametrize(
    ("status", "effect"),
    [(407, Effect.NONE), (413, Effect.NONE), (414, Effect.NONE), (431, Effect.NONE), (403, Effect.UNKNOWN)],
)
def test_what_a_gateway_refuses_for_what_it_is_was_not_passed_on(status: int, effect: Effect) -> None:
    gateway = Gateway({"POST /pools": Answer(status, "<html></html>", "text/html")}, AIRFLOW_3)
    with pytest.raises(RefusedError) as caught:
        with_token(gateway).call("POST", join("pools"), body={})
    assert caught.value.effect is effect
