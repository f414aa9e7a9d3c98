# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Airflow's event log says about who changed what is not as wanted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ansible_collections.dataops.airflow.plugins.module_utils._engine.connect import connect
from ansible_collections.dataops.airflow.plugins.module_utils._http.client import Client
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.deployment.blame import (
    CERTAIN,
    LIKELY,
    UNEXPLAINED,
    UNNAMED,
)
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.deployment.deployment import DEPLOYMENT
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.deployment.event_log import NO_PERMISSION
from ansible_collections.dataops.airflow.tests.live.conftest import Live
from ansible_collections.dataops.airflow.tests.live.test_deployment import filled

POOL = {"name": "live_b_pool", "slots": 4}
VARIABLE = {"key": "live_b_variable", "value": "wanted"}
CONNECTION = {"connection_id": "live_b_connection", "conn_type": "http", "host": "wanted"}
WANTED: dict[str, list[dict[str, Any]]] = {"pools": [POOL], "variables": [VARIABLE], "connections": [CONNECTION]}
PATHS = {
    "pool": "/pools/live_b_pool",
    "variable": "/variables/live_b_variable",
    "connection": "/connections/live_b_connection",
}
MEMBER = {"username": "live_b_user", "email": "live@b", "first_name": "A", "last_name": "B", "password": "live-b"}
EDITED = {
    False: {"pool": "api.patch_pool", "variable": "api.variable.edit", "connection": "api.connection.edit"},
    True: {"pool": "patch_pool", "variable": "patch_variable", "connection": "patch_connection"},
}
"""Whether it is Airflow 3 → kind → event."""
DELETED = {
    False: {"pool": "api.delete_pool", "variable": "api.variable.delete", "connection": "api.connection.delete"},
    True: {"pool": "delete_pool", "variable": "delete_variable", "connection": "delete_connection"},
}


@pytest.fixture
def there(live: Live, client: Client) -> Iterator[None]:
    """All that is wanted is there, and gone in the end."""

    def forget() -> None:
        for path in PATHS.values():
            live.ask("DELETE", path)

    forget()
    live.task(DEPLOYMENT, client=client, **filled(WANTED))
    yield
    forget()


def blamed(live: Live, client: Client, **options: Any) -> dict[str, Any]:
    """Kind → who changed its object."""
    given = filled({**WANTED, "update_secrets": "on_create", **options})
    client.transport.read_only = True
    try:
        plan = live.task(DEPLOYMENT, check_mode=True, client=client, blame=True, **given)["plan"]
    finally:
        client.transport.read_only = False
    return {row["kind"]: row["blame"] for row in plan}


def edit(live: Live, kind: str, **changed: Any) -> int:
    whole: dict[str, dict[str, Any]] = {
        "pool": {**POOL, "include_deferred": False},
        "variable": VARIABLE,
        "connection": CONNECTION,
    }
    return live.ask("PATCH", PATHS[kind], json={**whole[kind], **changed}).status_code


@pytest.mark.usefixtures("there")
def test_by_the_api(live: Live, client: Client) -> None:
    assert [edit(live, "pool", slots=9), edit(live, "variable", value="x"), edit(live, "connection", host="x")] == [
        200
    ] * 3
    # Another option of the same object.
    assert edit(live, "pool", slots=9, description="x") == 200
    said = blamed(live, client)
    assert {kind: blame["event"] for kind, blame in said.items()} == EDITED[live.is_v2]
    assert {blame["who"] for blame in said.values()} == {live.username}
    # Airflow 3 does not log the values of variables.
    hides = live.is_v2
    assert {kind: blame["certainty"] for kind, blame in said.items()} == {
        "pool": CERTAIN,
        "variable": LIKELY if hides else CERTAIN,
        "connection": CERTAIN,
    }
    if live.is_v2:
        # One that is refused leaves an event as well; Airflow 2 takes any number.
        assert edit(live, "pool", slots=-7) >= 400
        assert blamed(live, client)["pool"] == {**said["pool"], "certainty": LIKELY}


@pytest.mark.usefixtures("there")
def test_what_is_gone(live: Live, client: Client) -> None:
    for path in PATHS.values():
        assert live.ask("DELETE", path).status_code == 204
        assert live.ask("DELETE", path).status_code == 404
    said = blamed(live, client)
    assert {kind: blame["event"] for kind, blame in said.items()} == DELETED[live.is_v2]
    assert {(blame["who"], blame["certainty"]) for blame in said.values()} == {(live.username, CERTAIN)}


@pytest.mark.usefixtures("there")
def test_many_at_once(airflow_3: Live, client: Client) -> None:
    def bulk(path: str, *actions: dict[str, Any]) -> None:
        airflow_3.ask("PATCH", path, json={"actions": list(actions)}).raise_for_status()

    bulk("/pools", {"action": "update", "entities": [{**POOL, "slots": 9, "include_deferred": False}]})
    bulk("/variables", {"action": "update", "entities": [{**VARIABLE, "value": "x"}]})
    bulk("/connections", {"action": "delete", "entities": [CONNECTION["connection_id"]]})
    said = blamed(airflow_3, client)
    assert {kind: (blame["event"], blame["certainty"]) for kind, blame in said.items()} == {
        "pool": ("bulk_pools", CERTAIN),
        "variable": ("bulk_variables", LIKELY),
        "connection": ("bulk_connections", CERTAIN),
    }


@pytest.mark.usefixtures("there")
def test_the_forms_of_airflow_2(airflow_2: Live, client: Client) -> None:
    web = airflow_2.form(airflow_2.username, airflow_2.password)
    with airflow_2.database() as database:
        (number,) = database.execute("SELECT id FROM slot_pool WHERE pool = ?", (POOL["name"],)).fetchone()
        (other,) = database.execute("SELECT id FROM variable WHERE key = ?", (VARIABLE["key"],)).fetchone()

    def send(path: str, **fields: str) -> None:
        page = web.get(f"{airflow_2.url}/pool/list/").text
        token = page.partition('name="csrf_token"')[2].partition('value="')[2].partition('"')[0]
        form = {**fields, "csrf_token": token}
        assert web.post(f"{airflow_2.url}{path}", data=form, allow_redirects=False).status_code == 302

    # It is opened first, as a browser does.
    web.get(f"{airflow_2.url}/pool/edit/{number}").raise_for_status()
    send(f"/pool/edit/{number}", pool="live_b_pool", slots="9", description="")
    send(f"/variable/delete/{other}")
    said = blamed(airflow_2, client)
    assert said["pool"]["event"] == "pool.edit"
    assert (said["pool"]["who"], said["pool"]["certainty"]) == (airflow_2.username, CERTAIN)
    assert (said["variable"]["event"], said["variable"]["certainty"]) == ("variable.delete", UNNAMED)


@pytest.mark.usefixtures("there")
def test_what_nobody_logs(live: Live, client: Client) -> None:
    with live.database() as database:
        database.execute("UPDATE slot_pool SET slots = 9 WHERE pool = ?", (POOL["name"],))
    assert blamed(live, client) == {"pool": {**dict.fromkeys(("who", "when", "event")), "certainty": UNEXPLAINED}}


@pytest.mark.usefixtures("there")
def test_without_the_permission(live: Live) -> None:
    reads = [
        {"action": {"name": "can_read"}, "resource": {"name": name}} for name in ("Pools", "Variables", "Connections")
    ]
    gone = (f"/users/{MEMBER['username']}", "/roles/live_b_role")
    for path in gone:
        live.ask("DELETE", path)
    live.ask("POST", "/roles", json={"name": "live_b_role", "actions": reads}).raise_for_status()
    live.ask("POST", "/users", json={**MEMBER, "roles": [{"name": "live_b_role"}]}).raise_for_status()
    try:
        own = live.options(airflow_username=MEMBER["username"], airflow_password=MEMBER["password"])
        assert edit(live, "pool", slots=9) == 200
        said = blamed(live, connect(own, read_only=True))
    finally:
        for path in gone:
            live.ask("DELETE", path)
    assert said["pool"]["certainty"] == NO_PERMISSION
