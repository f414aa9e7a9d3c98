# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Connection URIs: what differs between versions of Airflow, and what is kept from outputs.

That they are read as Airflow reads them is proven in tests/live.
"""

from __future__ import annotations

from typing import Any, cast

import pytest

from ansible_collections.dataops.airflow.plugins.module_utils._engine.plan import plan_one
from ansible_collections.dataops.airflow.plugins.module_utils._http.client import Client
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.connection.conn_types import nearest, warn_of_type
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.connection.connection import CONNECTION, expand
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.connection.uri import parse_uri, secrets_in_uri
from ansible_collections.dataops.airflow.plugins.module_utils._model.api import V1, V2, Server
from ansible_collections.dataops.airflow.plugins.module_utils._model.change import Action
from ansible_collections.dataops.airflow.plugins.module_utils._model.errors import InvalidInputError
from ansible_collections.dataops.airflow.plugins.module_utils._model.secrets import is_ordinary


@pytest.mark.parametrize(
    ("server", "part", "value"),
    [
        (Server(V1, "2.6.2"), "host", "https"),
        (Server(V1, "2.6.3"), "host", "https://h"),
        (Server(V2, "3.1.5"), "extra", '{"n": "1"}'),
        (Server(V2, "3.1.6"), "extra", '{"n": 1}'),
    ],
)
def test_versions_read_a_uri_differently(server: Server, part: str, value: Any) -> None:
    assert parse_uri("http://https://h/?n=1", server)[part] == value


@pytest.mark.parametrize(
    ("uri", "reason"),
    [
        ("postgres://user:canary/pw@h:1", r"the port is not a number. As an @ follows later, a / .* write it as %2F"),
        (
            "postgres://user:can#canary@h:1",
            "a # of the login or password seems not to be percent-encoded: write it as %23",
        ),
        ("postgres://user:123456/canary@h", "write it as %2F"),
        ("http://https://u:canary@h://x", "it contains more than one ://, 3 of them"),
        ("http://u@x://canary@h", "it contains more than one ://, which is for a host with a scheme"),
        ("jdbc://jdbc:canary://h%3A5432%2Fdb", r"\(jdbc, spark\), and cannot read them: export them as JSON"),
        ("spark://spark://canary:7077", "export them as JSON"),
        ("http://h:canary", "the port is not a number. It may be a part of the password"),
        ("http://u:p@ss@h:canary", "the port is not a number"),
        ("http://canary:65536", "the port is over 65535"),
        ("http://canary:\uff15\uff14", "the port is not a number"),
        ("mongo://u:canary@h1:1,h2:2/db", "it names several hosts: percent-encode what follows the first one"),
        ("http://[canary", "that is not around an IPv6 address: percent-encode it, as %5B and %5D"),
        ("http://u:canary\uff0f@h", "a character that Unicode takes for one of"),
    ],
)
def test_a_uri_that_cannot_be_read_is_explained_without_being_repeated(uri: str, reason: str) -> None:
    with pytest.raises(
        InvalidInputError,
        match=f"uri is not a connection URI that Airflow can read: .*{reason}.* It has to be scheme://",
    ) as caught:
        parse_uri(uri, Server(V2, "3.3.2"))
    assert "canary" not in caught.value.message


@pytest.mark.parametrize(
    ("uri", "advice"),
    [
        ("postgres:user:canary@h", ""),
        ("canary:5432/db", ""),
        ("//canary", ""),
        ("canary", ""),
        ("google_cloud_platform://canary", ". Where a type has an underscore, its URI has a dash"),
    ],
)
def test_a_uri_without_a_type_is_refused_and_not_read_as_something_else(uri: str, advice: str, server: Server) -> None:
    with pytest.raises(InvalidInputError, match="uri must begin with the type of the connection") as caught:
        expand({"uri": uri}, server)
    assert ("underscore" in caught.value.message) == bool(advice)
    assert advice in caught.value.message
    assert "canary" not in caught.value.message


@pytest.mark.parametrize("uri", ["spark://spark://canary", "HTTP://http://canary/x", "jdbc://jdbc://canary"])
def test_a_uri_whose_host_would_be_lost_is_refused(uri: str, server: Server) -> None:
    with pytest.raises(
        InvalidInputError, match="its host has the scheme of the connection, and would be lost"
    ) as caught:
        expand({"uri": uri}, server)
    assert "canary" not in caught.value.message
    assert expand({"uri": "spark://spark%3A%2F%2Fhost"}, server)["host"] == "spark://host"


NOTHING = {"host": "", "login": "", "password": "", "schema": "", "port": None, "extra": ""}


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (' {"conn_type": "postgresql", "port": "80"}', {"conn_type": "postgres", "port": 80}),
        ('{"conn_type": "a-b", "extra": {"n": 1}}', {"conn_type": "a_b", "extra": '{"n": 1}'}),
        ('{"conn_type": "http", "login": null, "extra": "{\\"n\\": 1}"}', {"conn_type": "http", "extra": '{"n": 1}'}),
        ('{"conn_type": "http", "description": "d"}', {"conn_type": "http", "description": "d"}),
        ('{"uri": "http://h"}', {"conn_type": "http", "host": "h"}),
        ('{"conn_type": "http", "description": null}', {"conn_type": "http", "description": ""}),
    ],
)
def test_the_json_form_is_read(text: str, parts: dict[str, Any], server: Server) -> None:
    assert parse_uri(text, server) == {**NOTHING, **parts}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"conn_type": "http", "password": canary}', "uri starts like JSON but is not valid JSON: line 1, column 35"),
        ('{"conn_type": "http", "passwort": "canary"}', "with keys that Airflow does not know: passwort"),
        ('{"conn_type": "http", "port": "canary"}', "port is not a number"),
        ('{"conn_type": "http", "password": 123}', "password is not a string"),
        ('{"conn_type": "http", "description": {"canary": 1}}', "description is not a string"),
        ('{"host": "canary"}', "uri is JSON without conn_type"),
        ('{"uri": "canary"}', "uri must begin with the type of the connection"),
        ('{"uri": "http://canary", "port": 1}', "with keys that Airflow does not know: uri"),
    ],
)
def test_a_broken_json_form_is_explained_without_being_repeated(text: str, reason: str, server: Server) -> None:
    with pytest.raises(InvalidInputError, match=reason) as caught:
        parse_uri(text, server)
    assert "canary" not in caught.value.message


@pytest.mark.parametrize(
    ("server", "text", "extra"),
    [
        (Server(V1, "2.11.2"), "null", {}),
        (Server(V1, "2.11.2"), "[]", {}),
        (Server(V1, "2.8.4"), "[1]", "[1]"),
        (Server(V1, "2.11.2"), "no JSON", "no JSON"),
        (Server(V1, "2.11.2"), "[1]", None),
        (Server(V2, "3.3.2"), "null", None),
        (Server(V2, "3.3.2"), "[1]", None),
    ],
)
def test_an_extra_that_is_no_object_is_taken_where_the_version_takes_it(server: Server, text: str, extra: Any) -> None:
    given = {"uri": f"http://h/?__extra__={text}"}
    if extra is None:
        with pytest.raises(InvalidInputError, match="uri holds an extra that is not what it must be: a dict"):
            expand(given, server)
    else:
        assert expand(given, server)["extra"] == extra


@pytest.mark.parametrize("given", [{"uri": "http://h"}, {"conn_type": "http", "stored_password": "clear"}])
def test_that_there_is_no_password_is_made_so_where_the_server_tells_whether_there_is_one(
    given: dict[str, Any],
) -> None:
    for server, wanted in ((Server(V1, "2.11.2"), None), (Server(V2, "3.3.2"), "")):
        assert expand(given, server)["password"] == wanted


def test_a_password_that_is_kept_is_named(server: Server) -> None:
    desired = expand({"stored_password": "keep"}, server)
    for shown in ("***", None):
        change = plan_one(CONNECTION, "a", desired, {"connection_id": "a", "password": shown}, server)
        assert (change.action, change.unverified) == (Action.NONE, ("password",))


@pytest.mark.parametrize("name", ["http", "generic", "spark_jdbc", "gremlin", "msgraph", "qqqq"])
def test_a_type_of_connection_that_is_like_no_other_is_not_asked_for(name: str) -> None:
    assert warn_of_type(cast(Client, None), name, "x") == []


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("HTTP", ["http"]),
        ("postgresql", ["postgres"]),
        ("Google-Cloud-Platform", ["google_cloud_platform"]),
        ("postgers", ["postgres"]),
        ("spark_jdbcs", ["spark_jdbc"]),
        ("qqqq", []),
    ],
)
def test_the_type_that_was_meant_is_named(given: str, meant: list[str]) -> None:
    assert nearest(given)[:1] == meant


@pytest.mark.parametrize(
    "uri",
    [
        "postgres://user:canary-1@h/db",
        '{"conn_type": "http", "password": "canary-1"}',
        '{"uri": "postgres://user:canary-1@h/db"}',
        '{"conn_type": "http", "extra": {"token": "canary-1"}}',
        '{"conn_type": "oracle", "host": "jdbc:oracle:thin:scott/canary-1@h:1521/x"}',
        '{"conn_type": "jdbc", "host": "jdbc:sqlserver://h;user=u;password=canary-1;encrypt=true"}',
        '{"conn_type": "http", "description": "token=canary-1"}',
        "postgres://user:canary%2D1@h/db",
        "postgres://user:canary-1/2@h/db",
        "http://https://user:canary-1@h/db",
        "http://h/?password=canary-1",
        "http://h/?a=1&__extra__=%7B%22api_key%22%3A%22canary-1%22%7D",
        'http://h/?__extra__={"nested": {"token": ["canary-1"]}}',
    ],
)
def test_the_secrets_in_a_uri_are_found(uri: str) -> None:
    found = secrets_in_uri(uri)
    assert uri in found
    assert any(secret.startswith("canary-1") for secret in found)


@pytest.mark.parametrize("uri", ["postgres://etl@h/db", "postgres://etl:e@h/db", "http://h/?token=t&timeout=10"])
def test_what_is_short_or_no_secret_is_not_looked_for_in_the_output(uri: str) -> None:
    assert {text for text in secrets_in_uri(uri) if not is_ordinary(text)} == {uri}
