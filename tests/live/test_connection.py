# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Connections: what is stored, seen from the server's side, whatever its API hides."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.dataops.airflow.plugins.module_utils._http.client import Client
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.connection.connection import CONNECTION
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.connection.connection_info import CONNECTION_INFO
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.connection.connection_test import CONNECTION_TEST
from ansible_collections.dataops.airflow.plugins.module_utils._model.errors import (
    AirflowError,
    InvalidInputError,
    PreconditionError,
)
from ansible_collections.dataops.airflow.tests.live import proxy as fault
from ansible_collections.dataops.airflow.tests.live.conftest import Answers, Live, Started
from ansible_collections.dataops.airflow.tests.live.proxy import Answer, Forward, Proxy, Request, is_write

ID = "live_connection"
PATH = f"/connections/{ID}"
WAREHOUSE: dict[str, Any] = {
    "connection_id": ID,
    "conn_type": "postgres",
    "host": "db",
    "login": "etl",
    "password": "stored-password",
    "schema": "mart",
    "port": 5432,
    "description": "Read only",
    "extra": {"sslmode": "require", "api_key": "stored-key", "nested": {"token": ["stored-token", 1], "n": 1}},
}


@pytest.fixture
def warehouse(live: Live, leave_nothing: Callable[[str], str]) -> None:
    """A connection with secrets in it."""
    leave_nothing(PATH)
    body = {**WAREHOUSE, "extra": json.dumps(WAREHOUSE["extra"])}
    live.ask("POST", "/connections", json=body).raise_for_status()


def stored(airflow_says: Answers) -> dict[str, Any] | None:
    """What is really in the connection, with extra parsed."""
    found: dict[str, Any] | None = airflow_says({"stored": ID})
    return found and {**found, "extra": json.loads(found["extra"] or "{}")}


def without_id(options: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if name != "connection_id"}


@pytest.mark.usefixtures("warehouse")
@pytest.mark.parametrize(
    "options",
    [
        {"host": "db2"},
        {"description": ""},
        {"port": ""},
        {**without_id(WAREHOUSE), "host": "db2", "update_secrets": "on_create"},
        {"host": "db2", "password": "another", "extra": WAREHOUSE["extra"], "update_secrets": "on_create"},
    ],
)
def test_changing_one_visible_field_leaves_the_secrets_as_they_were(
    live: Live, client: Client, airflow_says: Answers, options: dict[str, Any]
) -> None:
    result = live.task(CONNECTION, client=client, connection_id=ID, **options)
    assert result["action"] == "update"
    changed: dict[str, Any] = {name: options[name] for name in ("host", "description") if name in options}
    if "port" in options and options["port"] == "":
        changed["port"] = None
    assert stored(airflow_says) == {**without_id(WAREHOUSE), **changed}


@pytest.mark.usefixtures("warehouse")
def test_a_changed_host_is_seen_and_an_unchanged_connection_is_no_change(live: Live, client: Client) -> None:
    visible = {name: WAREHOUSE[name] for name in WAREHOUSE if name not in ("password", "extra")}
    assert live.task(CONNECTION, client=client, **visible)["changed"] is False
    result = live.task(CONNECTION, client=client, **{**WAREHOUSE, "host": "db2"}, update_secrets="on_create")
    assert (result["changed"], result["unverified"]) == (True, ["password", "extra"])
    again = live.task(CONNECTION, client=client, **{**WAREHOUSE, "host": "db2"}, update_secrets="on_create")
    assert (again["changed"], again["unverified"]) == (False, ["password", "extra"])
    always = live.task(CONNECTION, client=client, **{**WAREHOUSE, "host": "db2"})
    assert (always["changed"], always["unverified"]) == (True, ["password", "extra"])


@pytest.mark.usefixtures("warehouse")
def test_what_is_shown_of_extra_can_only_be_changed_with_what_is_hidden_and_says_so(
    live: Live, client: Client, airflow_says: Answers
) -> None:
    extra = {**WAREHOUSE["extra"], "sslmode": "disable", "api_key": "given-key"}
    options = {**WAREHOUSE, "extra": extra, "update_secrets": "on_create"}
    result = live.task(CONNECTION, client=client, **options)
    assert result["changed"] is True
    assert result["warnings"] == [
        f"extra of connection {ID!r} differs in its visible part and is replaced as a whole, hidden parts included"
    ]
    assert stored(airflow_says) == {**without_id(WAREHOUSE), "extra": extra}


@pytest.mark.usefixtures("warehouse")
def test_a_password_is_cleared_and_all_else_is_kept(live: Live, client: Client, airflow_says: Answers) -> None:
    live.task(CONNECTION, client=client, connection_id=ID, extra={"sslmode": "require"})
    options: dict[str, Any] = {"connection_id": ID, "password": ""}
    predicted = live.task(CONNECTION, check_mode=True, **options)
    result = live.task(CONNECTION, client=client, **options)
    assert predicted["diff"] == result["diff"]
    assert (result["action"], result["unverified"]) == ("update", [] if live.is_v2 else ["password"])
    after = {**without_id(WAREHOUSE), "password": None, "extra": {"sslmode": "require"}}
    assert stored(airflow_says) == after
    again = live.task(CONNECTION, client=client, **options, update_secrets="on_create")
    assert again["changed"] is False
    assert stored(airflow_says) == after


@pytest.mark.usefixtures("warehouse")
def test_a_password_is_not_cleared_if_that_loses_a_secret(live: Live, client: Client, airflow_says: Answers) -> None:
    for check_mode in (True, False):
        with pytest.raises(InvalidInputError, match="what it hides in extra would be lost. Give extra as well"):
            live.task(CONNECTION, check_mode, connection_id=ID, password="")
    assert stored(airflow_says) == without_id(WAREHOUSE)
    live.task(CONNECTION, client=client, connection_id=ID, password="", extra=WAREHOUSE["extra"])
    assert stored(airflow_says) == {**without_id(WAREHOUSE), "password": None}


@pytest.fixture
def without_secrets(live: Live, leave_nothing: Callable[[str], str]) -> None:
    """A connection with a password that nothing keeps from being cleared."""
    leave_nothing(PATH)
    live.ask("POST", "/connections", json={**WAREHOUSE, "extra": '{"a": 1}'}).raise_for_status()


CLEARED = {**without_id(WAREHOUSE), "password": None, "extra": {"a": 1}}


@pytest.mark.usefixtures("without_secrets")
@pytest.mark.parametrize("rule", [fault.fail_before, fault.fail_after, fault.lose_answer])
@pytest.mark.parametrize("method", ["DELETE", "POST"])
def test_a_fault_while_a_password_is_cleared_loses_nothing(
    live: Live, proxy: Proxy, airflow_says: Answers, method: str, rule: fault.Rule
) -> None:
    proxy.once(lambda request: is_write(request) and request.method == method, rule)
    live.task(CONNECTION, airflow_url=proxy.url, connection_id=ID, password="")
    assert stored(airflow_says) == CLEARED


@pytest.mark.usefixtures("without_secrets")
def test_a_password_that_cannot_be_cleared_stays(live: Live, proxy: Proxy, airflow_says: Answers) -> None:
    proxy.once(is_write, fault.fail_before, times=2)
    with pytest.raises(AirflowError, match=f"Read back: nothing was changed, connection '{ID}' is as before"):
        live.task(CONNECTION, airflow_url=proxy.url, connection_id=ID, password="")
    assert stored(airflow_says) == {**CLEARED, "password": "stored-password"}


@pytest.mark.usefixtures("without_secrets")
def test_a_connection_that_cannot_be_created_anew_is_told_to_be_gone(
    live: Live, proxy: Proxy, airflow_says: Answers
) -> None:
    proxy.once(lambda request: is_write(request) and request.method == "POST", fault.fail_before, times=2)
    with pytest.raises(
        AirflowError, match="was deleted, to be created again without its password, and creating it failed"
    ) as caught:
        live.task(CONNECTION, airflow_url=proxy.url, connection_id=ID, password="")
    assert "was not created" in caught.value.message
    assert caught.value.facts["lost"] == {name: value for name, value in CLEARED.items() if value} | {
        "connection_id": ID
    }
    assert stored(airflow_says) is None


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=5)
LEAF = TEXT | st.integers(-9, 9) | st.booleans() | st.none()
KEY = st.sampled_from(["host", "password", "api_key", "n"]) | TEXT
EXTRA = st.dictionaries(
    KEY,
    st.recursive(
        LEAF, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(KEY, inner, max_size=2), max_leaves=4
    ),
    max_size=3,
)
PARTS: dict[str, st.SearchStrategy[Any]] = {
    "conn_type": st.sampled_from(["http", "postgres"]),
    "host": TEXT,
    "login": TEXT,
    # The server hides a password that it has seen wherever it stands, so a short one would hide half of all else.
    "password": TEXT.map(lambda text: f"live-hidden-{text}"),
    "schema": TEXT,
    "port": st.integers(0, 65535) | st.just(""),
    "description": TEXT,
    "extra": EXTRA,
}


def normal(value: Any) -> Any:
    return value if value not in ("", {}) else None


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    before=st.fixed_dictionaries({}, optional=PARTS),
    wanted=st.fixed_dictionaries({}, optional=PARTS).map(lambda parts: {"conn_type": "http", **parts}),
    exists=st.booleans(),
)
def test_what_is_applied_is_stored_and_then_there_is_nothing_to_do(
    live: Live,
    client: Client,
    airflow_says: Answers,
    leave_nothing: Callable[[str], str],
    before: dict[str, Any],
    wanted: dict[str, Any],
    exists: bool,
) -> None:
    leave_nothing(PATH)
    old: dict[str, Any] = {}
    if exists:
        live.task(CONNECTION, client=client, connection_id=ID, **{"conn_type": "http", **before})
        old = stored(airflow_says) or {}
    live.task(CONNECTION, client=client, connection_id=ID, **wanted)
    expected = {name: normal({**old, **wanted}.get(name)) for name in PARTS}
    found = stored(airflow_says) or {}
    assert {name: normal(found[name]) for name in PARTS} == expected
    again = live.task(CONNECTION, client=client, connection_id=ID, **wanted, update_secrets="on_create")
    assert again["changed"] is False
    assert stored(airflow_says) == found


def test_extra_comes_with_the_list(live: Live, client: Client, leave_nothing: Callable[[str], str]) -> None:
    names = [f"live_list_{number}" for number in range(3)]
    for name in names:
        leave_nothing(f"/connections/{name}")
        live.task(CONNECTION, client=client, connection_id=name, conn_type="http", extra={"n": name, "token": "x"})
    found = live.task(CONNECTION_INFO, client=client)["connections"]
    extras = {row["connection_id"]: row["extra"] for row in found}
    assert {name: extras[name] for name in names} == {name: {"n": name, "token": "***"} for name in names}


def test_a_connection_that_goes_while_the_list_is_read_is_left_out(
    airflow_2: Live, proxy: Proxy, leave_nothing: Callable[[str], str]
) -> None:
    leave_nothing(PATH)
    airflow_2.ask("POST", "/connections", json={"connection_id": ID, "conn_type": "http"}).raise_for_status()

    def delete_first(request: Request, forward: Forward) -> Answer:
        airflow_2.ask("DELETE", PATH)
        return forward(request)

    proxy.once(lambda request: request.path.endswith(PATH), delete_first)
    found = airflow_2.task(CONNECTION_INFO, airflow_url=proxy.url)["connections"]
    assert ID not in [row["connection_id"] for row in found]


def test_one_connection_that_cannot_be_read_does_not_hide_the_others(airflow_2: Live, client: Client) -> None:
    with airflow_2.database() as database:
        database.execute("INSERT INTO connection (conn_id, conn_type, host) VALUES ('live/slash', 'http', 'h')")
    try:
        result = airflow_2.task(CONNECTION_INFO, client=client)
    finally:
        with airflow_2.database() as database:
            database.execute("DELETE FROM connection WHERE conn_id = 'live/slash'")
    assert {row["connection_id"]: row["host"] for row in result["connections"]}["live/slash"] == "h"
    assert result["warnings"][0].startswith("connection 'live/slash' lacks the fields that the list omits: the API of")


@pytest.mark.parametrize("check_mode", [False, True])
def test_a_connection_is_tested(live: Live, tmp_path: Any, check_mode: bool) -> None:
    result = live.task(CONNECTION_TEST, check_mode, conn_type="fs", extra={"path": str(tmp_path)})
    assert (result["status"], result["changed"]) == (True, False)
    result = live.task(CONNECTION_TEST, check_mode, conn_type="fs", extra={"path": str(tmp_path / "missing")})
    assert result["status"] is False
    assert "missing" in result["message"]
    assert live.task(CONNECTION_TEST, check_mode, uri="no-such-type://h")["status"] is False


def test_a_stored_connection_is_tested(
    live: Live, client: Client, tmp_path: Any, leave_nothing: Callable[[str], str]
) -> None:
    leave_nothing(PATH)
    options: dict[str, Any] = {"connection_id": ID, "conn_type": "fs", "extra": {"path": str(tmp_path)}}
    live.task(CONNECTION, client=client, **options)
    if not live.is_v2:
        with pytest.raises(InvalidInputError, match="tests only what it is sent, and hides password. Give password as"):
            live.task(CONNECTION_TEST, client=client, connection_id=ID)
    known: dict[str, Any] = {} if live.is_v2 else {"password": ""}
    assert live.task(CONNECTION_TEST, client=client, connection_id=ID, **known)["status"] is True
    other: dict[str, Any] = {"extra": {"path": str(tmp_path / "missing")}}
    assert live.task(CONNECTION_TEST, client=client, connection_id=ID, **known, **other)["status"] is False
    assert live.task(CONNECTION, client=client, **options)["changed"] is False


def test_a_connection_that_is_not_there_is_not_tested(live: Live, client: Client) -> None:
    with pytest.raises(PreconditionError, match="connection 'live_missing' does not exist; leave connection_id out"):
        live.task(CONNECTION_TEST, client=client, connection_id="live_missing")
    with pytest.raises(InvalidInputError, match="connection_id, conn_type or uri must be given"):
        live.task(CONNECTION_TEST, client=client, host="h")


@pytest.mark.slow
def test_where_testing_is_disabled_it_says_so(live: Live, started: Started) -> None:
    url = started(AIRFLOW__CORE__TEST_CONNECTION="Disabled")
    message = r"Testing connections is disabled on this Airflow: \[core\] test_connection has to be Enabled"
    with pytest.raises(PreconditionError, match=message):
        live.task(CONNECTION_TEST, airflow_url=url, conn_type="fs")
