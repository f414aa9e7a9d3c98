# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the client makes of paths, queries and answers."""

from __future__ import annotations

from types import MappingProxyType
from typing import Mapping

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.dataops.airflow.plugins.module_utils._engine.connect import (
    CONNECTION,
    CREDENTIALS,
    MOST_KEPT,
    connect,
    credentials,
)
from ansible_collections.dataops.airflow.plugins.module_utils._http.client import Client, explain, is_absent
from ansible_collections.dataops.airflow.plugins.module_utils._http.transport import (
    Response,
    Settings,
    Transport,
    public,
)
from ansible_collections.dataops.airflow.plugins.module_utils._main import argument_spec
from ansible_collections.dataops.airflow.plugins.module_utils._model.api import (
    V1,
    V2,
    Api,
    Server,
    Since,
    parse_version,
)
from ansible_collections.dataops.airflow.plugins.module_utils._model.errors import InvalidInputError, NotAirflowError
from ansible_collections.dataops.airflow.plugins.module_utils._model.paths import join

JSON = {"content-type": "application/json"}
HTML = {"content-type": "text/html; charset=utf-8"}


def answer(body: str, headers: Mapping[str, str] = MappingProxyType(JSON), status: int = 404) -> Response:
    return Response("GET", "http://localhost/api/v2/x", status, headers, body)


@pytest.mark.parametrize(
    ("names", "path"),
    [
        (("pools", "a b"), "/pools/a%20b"),
        (("pools", "a/b?c#d%"), "/pools/a%2Fb%3Fc%23d%25"),
        (("pools", "é"), "/pools/%C3%A9"),
        (("pools", ".."), "/pools/%2E%2E"),
        (("pools", "a..b"), "/pools/a..b"),
    ],
)
def test_every_part_of_a_path_is_quoted_whole(names: tuple[str, ...], path: str) -> None:
    assert join(*names) == path


@pytest.mark.parametrize(
    ("api", "body", "headers", "absent"),
    [
        (V2, '{"detail":"The Pool with name: `x` was not found"}', JSON, True),
        (
            V1,
            '{"detail": null, "status": 404, "title": "Variable not found", "type": "…/NotFound"}',
            JSON,
            True,
        ),
        (V2, '{"detail":"Not Found"}', JSON, False),
        (V2, '{"error":"API route not found"}', JSON, False),
        (V1, '{"detail":"The requested URL was not found","status":404,"title":"","type":"about:blank"}', JSON, False),
        (V1, "<!doctype html><title>404</title>", HTML, False),
        (V2, "404 page not found", {}, False),
        # gateways
        (V1, '{"message":"no Route matched with those values"}', JSON, False),
        (V2, '{"message":"no Route matched with those values"}', JSON, False),
        (V2, "{}", JSON, False),
        (V2, "[]", JSON, False),
    ],
)
def test_a_missing_path_is_not_a_missing_object(api: Api, body: str, headers: dict[str, str], absent: bool) -> None:
    assert is_absent(answer(body, headers), api) is absent


@pytest.mark.parametrize(
    ("body", "headers", "detail"),
    [
        ('{"detail":"Pool: x already exists","title":"Conflict"}', JSON, "Pool: x already exists"),
        ('{"detail":null,"title":"Forbidden"}', JSON, "Forbidden"),
        (
            '{"detail":{"reason":"Unique constraint violation","statement":"INSERT secret"}}',
            JSON,
            "Unique constraint violation",
        ),
        (
            '{"detail":[{"loc":["body","slots"],"msg":"too small","input":"secret","ctx":{"ge":-1}},'
            '{"loc":["body"],"msg":"bad"}]}',
            JSON,
            "slots: too small; bad",
        ),
        (
            '{"detail":"inf is not of type \'integer\'\\n\\nOn instance:\\n  secret"}',
            JSON,
            "inf is not of type 'integer'",
        ),
        ("<html><title>502 Bad Gateway</title></html>", HTML, "a web page titled '502 Bad Gateway'"),
        ("Internal Server Error", {"content-type": "text/plain"}, "Internal Server Error"),
        ("", {}, ""),
    ],
)
def test_the_servers_explanation_without_what_it_repeats(body: str, headers: dict[str, str], detail: str) -> None:
    assert explain(answer(body, headers, 422)) == detail


@pytest.mark.parametrize(
    ("body", "headers", "message"),
    [
        (
            "<html><title>Sign in - Corp</title>",
            HTML,
            "titled 'Sign in - Corp' came.*there is a login page in front of Airflow",
        ),
        ('<html><input type="password">', HTML, "there is a login page in front of Airflow"),
        (
            "<html><title>Airflow</title>",
            HTML,
            "the path of airflow_url is not the one below which Airflow is served",
        ),
        ("<html><title>Shop</title>", HTML, "titled 'Shop' came.*airflow_url must be the root"),
        ("hello", {"content-type": "text/plain"}, "the response is text/plain, not JSON"),
    ],
)
def test_what_is_not_airflow_is_named(body: str, headers: dict[str, str], message: str) -> None:
    with pytest.raises(NotAirflowError, match=message):
        answer(body, headers, 200).json()


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("2.11.2", (2, 11, 2)),
        ("3.0.0rc1", (3, 0, 0)),
        ("2.10.3+composer", (2, 10, 3)),
        ("3.1", (3, 1, 0)),
        ("3.2.0.dev0", (3, 2, 0)),
    ],
)
def test_versions(text: str, numbers: tuple[int, int, int]) -> None:
    assert parse_version(text) == numbers


@pytest.mark.parametrize(
    ("server", "since", "lacking"),
    [
        (Server(V1, "2.6.3"), Since(v1="2.7.0"), "needs Airflow 2.7.0 or later"),
        (Server(V1, "2.10.0"), Since(v1="2.7.0"), ""),
        (Server(V2, "3.0.0"), Since(v1="2.7.0"), ""),
        (Server(V1, "2.11.2"), Since(v1=None, v2="3.0.0"), "needs Airflow 3.0.0 or later"),
        (Server(V1, "2.11.2"), Since(v1=None), "needs Airflow 3"),
        (Server(V2, "3.3.2"), Since(v1="2.7.0", v2=None), "is gone in Airflow 3"),
        (Server(V2, "3.0.0"), Since(v2=None), "is gone in Airflow 3"),
    ],
)
def test_what_a_version_lacks(server: Server, since: Since, lacking: str) -> None:
    assert server.lacks(since) == lacking


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"url": "localhost:8080"}, "airflow_url must be an http:// or https:// URL .* got 'localhost:8080'"),
        ({"url": "http://u:canary@h"}, "^(?!.*canary).*must not contain a username or password"),
        ({"url": "http://h/api/v1"}, "without /api/v1 or /api/v2"),
        ({"url": "http://h/?a=1"}, "must end with the path"),
        *(
            ({"url": url}, "^(?!.*canary).*must not contain a username or password")
            for url in (
                "u:canary@h:80",
                "http:/u:canary@h",
                "http://u:x/canary@h",
                "http://u:8080/canary@h",
                "http://u:x#canary@h",
                "http://u:x?canary@h/a",
                "http://u:x\\canary@h",
                "http://u:x@canary@h",
                "http://canary@h",
            )
        ),
        ({"url": "http://h:abc"}, "airflow_url must be an http:// or https:// URL"),
        ({"url": "http://h:99999"}, "airflow_url must be an http:// or https:// URL"),
        ({"url": "http://[::1"}, "airflow_url must be an http:// or https:// URL"),
        ({"url": "http://a b"}, "airflow_url must be an http:// or https:// URL"),
        ({"url": "http://h?"}, "must end with the path"),
        ({"url": "http://h", "timeout": 0}, "timeout must be from 0.001 to 86400 seconds, got 0"),
        ({"url": "http://h", "timeout": float("inf")}, "timeout must be .* got inf"),
        ({"url": "http://h", "headers": {"a b": "c"}}, "airflow_headers has an invalid header name: 'a b'"),
        (
            {"url": "http://h", "headers": {"X-A": "canary\n"}},
            "^(?!.*canary)airflow_headers: the value of X-A cannot",
        ),
        ({"url": "http://h", "retries": -1}, "retries must be 0 or more, got -1"),
        ({"url": "http://h", "concurrency": 0}, "concurrency must be from 1 to 64, got 0"),
        ({"url": "http://h", "client_key": "k"}, "client_key needs client_cert"),
        ({"url": "http://h", "ca_path": "/no/such/file"}, "ca_path: file '/no/such/file'"),
    ],
)
def test_connection_options_that_cannot_work(options: dict[str, object], message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        Transport(Settings(**options), read_only=True)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://u:canary@h/a?b=c#d", "https://h/a"),
        ("u:canary@h/a", "h/a"),
        ("http://u:x/canary@h/a", "http://h/a"),
        ("http://u:x?canary#canary@canary@h/a?b", "http://h/a"),
        ("http:/u:canary@h", "h"),
        ("//u@h", "//h"),
        ("/login/?next=canary", "/login/"),
    ],
)
def test_what_is_shown_of_a_url(url: str, shown: str) -> None:
    assert public(url) == shown


USER, TOKEN = {"airflow_username": "u", "airflow_password": "p"}, {"airflow_token": "t"}
USER_SET, TOKEN_SET = {"AIRFLOW_USERNAME": "eu", "AIRFLOW_PASSWORD": "ep"}, {"AIRFLOW_TOKEN": "et"}


@pytest.mark.parametrize(
    ("options", "environment", "taken"),
    [
        ({}, {}, (None, None, None)),
        ({}, USER_SET, ("eu", "ep", None)),
        ({}, TOKEN_SET, (None, None, "et")),
        ({}, {**USER_SET, "AIRFLOW_TOKEN": ""}, ("eu", "ep", None)),
        ({}, {**USER_SET, "AIRFLOW_TOKEN": " "}, ("eu", "ep", None)),
        (USER, {**USER_SET, **TOKEN_SET}, ("u", "p", None)),
        (TOKEN, {**USER_SET, **TOKEN_SET}, (None, None, "t")),
        ({"airflow_username": "u"}, USER_SET, ("u", "ep", None)),
    ],
)
def test_options_come_before_the_environment(
    options: dict[str, str], environment: dict[str, str], taken: tuple[str | None, ...]
) -> None:
    params = {**dict.fromkeys(CREDENTIALS), **options}
    assert tuple(credentials(params, environment)[name] for name in (*USER, *TOKEN)) == taken


@pytest.mark.parametrize(
    ("options", "environment", "message"),
    [
        ({}, {**USER_SET, **TOKEN_SET}, "AIRFLOW_TOKEN and AIRFLOW_USERNAME are both set"),
        ({"airflow_username": "u"}, {}, "airflow_username is given without airflow_password"),
        ({"airflow_password": "p"}, {}, "airflow_password is given without airflow_username"),
    ],
)
def test_half_or_twice_a_log_in_is_named(options: dict[str, str], environment: dict[str, str], message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        credentials({**dict.fromkeys(CREDENTIALS), **options}, environment)


def test_tasks_that_connect_alike_share_a_session_and_few_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[Transport] = []
    kept: dict[str, Client] = {}

    def close(transport: Transport) -> None:
        ended.append(transport)

    monkeypatch.setattr(Transport, "close", close)

    def task(number: int) -> Client:
        own = {"airflow_url": "http://localhost", "airflow_headers": {"X-Number": str(number)}}
        return connect({**{item.name: item.default for item in CONNECTION}, **own}, read_only=True, kept=kept)

    first = task(0)
    for number in range(MOST_KEPT * 3):
        assert task(0).transport is first.transport
        second = task(number + 1)
    assert len(kept) == MOST_KEPT
    assert len(ended) == MOST_KEPT * 2 + 1
    assert not {first.transport, second.transport} & set(ended)


@pytest.mark.parametrize("blank", ["", " "])
def test_a_variable_that_is_blank_counts_as_unset(monkeypatch: pytest.MonkeyPatch, blank: str) -> None:
    specification = argument_spec(())
    for item in CONNECTION:
        if item.environment:
            monkeypatch.setenv(item.environment, blank)
    checked = ArgumentSpecValidator(specification).validate({"airflow_url": "http://localhost"})
    assert checked.error_messages == []
    assert (checked.validated_parameters["airflow_auth"], checked.validated_parameters["airflow_api_version"]) == (
        "auto",
        "auto",
    )
    assert ArgumentSpecValidator(specification).validate({}).error_messages == [
        "missing required arguments: airflow_url"
    ]
