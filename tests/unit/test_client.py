# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the client makes of paths, queries and answers."""

from __future__ import annotations

from types import MappingProxyType
from typing import Mapping

import pytest

from ansible_collections.dataops.airflow.plugins.module_utils._core.api import V1, V2, Server, parse_version
from ansible_collections.dataops.airflow.plugins.module_utils._core.client import explain, is_absent, join
from ansible_collections.dataops.airflow.plugins.module_utils._core.errors import InvalidInputError, NotAirflowError
from ansible_collections.dataops.airflow.plugins.module_utils._core.transport import Response, Settings

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
    ("body", "headers", "absent"),
    [
        ('{"detail":"The Pool with name: `x` was not found"}', JSON, True),
        ('{"detail": null, "status": 404, "title": "Variable not found", "type": "https://…/NotFound"}', JSON, True),
        ('{"detail":"Not Found"}', JSON, False),
        ('{"error":"API route not found"}', JSON, False),
        ('{"detail":"The requested URL was not found","status":404,"type":"about:blank"}', JSON, False),
        ("<!doctype html><title>404</title>", HTML, False),
        ("404 page not found", {}, False),
    ],
)
def test_a_missing_path_is_not_a_missing_object(body: str, headers: dict[str, str], absent: bool) -> None:
    assert is_absent(answer(body, headers)) is absent


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
            "titled 'Sign in - Corp' came.*a log-in page stands before Airflow",
        ),
        ('<html><input type="password">', HTML, "a log-in page stands before Airflow"),
        (
            "<html><title>Airflow</title>",
            HTML,
            "airflow_url must be the root of Airflow's web server, and has too long a path",
        ),
        ("<html><title>Shop</title>", HTML, "titled 'Shop' came.*airflow_url must be the root"),
        ("hello", {"content-type": "text/plain"}, "text/plain came, and not JSON"),
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
        (Server(V1, "2.6.3"), {"v1": "2.7.0"}, "needs Airflow 2.7.0 or later"),
        (Server(V1, "2.10.0"), {"v1": "2.7.0"}, ""),
        (Server(V2, "3.0.0"), {"v1": "2.7.0"}, ""),
        (Server(V1, "2.11.2"), {"v1": None, "v2": "3.0.0"}, "needs Airflow 3.0.0 or later"),
        (Server(V2, "3.0.0"), {"v2": None}, "is gone in Airflow 3"),
    ],
)
def test_what_a_version_lacks(server: Server, since: dict[str, str | None], lacking: str) -> None:
    assert server.lacks(since) == lacking


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"url": "localhost:8080"}, "airflow_url must be an http:// or https:// URL .* got 'localhost:8080'"),
        ({"url": "http://u:canary@h"}, "^(?!.*canary).*must not hold a username or password"),
        ({"url": "http://h/api/v1"}, "without /api/v1 or /api/v2"),
        ({"url": "http://h/?a=1"}, "must end with the path"),
        ({"url": "http://h", "timeout": 0}, "timeout must be more than 0 seconds, got 0"),
        ({"url": "http://h", "retries": -1}, "retries must be 0 or more, got -1"),
        ({"url": "http://h", "client_key": "k"}, "client_key needs client_cert"),
        ({"url": "http://h", "ca_path": "/no/such/file"}, "ca_path: there is no file '/no/such/file'"),
    ],
)
def test_connection_options_that_cannot_work(options: dict[str, object], message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        Settings(**options)  # type: ignore[arg-type]
