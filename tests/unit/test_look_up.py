# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a deployment reads: what is wanted, in few requests, however many others there are."""

from __future__ import annotations

import threading
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.dataops.airflow.plugins.module_utils._engine.look_up import ROWS, is_cheaper_singly, look_up
from ansible_collections.dataops.airflow.plugins.module_utils._engine.side_by_side import Lanes, Width
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.deployment.kinds import KINDS
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.pool.pool import POOL
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.pool.pool_info import POOL_INFO
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.role.exact_role import spare_name
from ansible_collections.dataops.airflow.plugins.module_utils._model.errors import AirflowError
from ansible_collections.dataops.airflow.tests.unit.keeping import Fault, Keeper
from ansible_collections.dataops.airflow.tests.unit.samples import ADMIN, AIRFLOW_2, AIRFLOW_3, EDIT, KNOWN, READ
from ansible_collections.dataops.airflow.tests.unit.scripted import FAULTS, Sent, client
from ansible_collections.dataops.airflow.tests.unit.test_deployment_apply import PERSON, deploy, each_version


def others(number: int) -> list[dict[str, Any]]:
    """Variables of other teams, some of which come before ours in the list and some after."""
    return [{"key": f"{'az'[place % 2]} other {place:05}", "value": "1"} for place in range(number)]


def variables(number: int, value: str = "v") -> list[dict[str, Any]]:
    return [{"key": f"ours {place:03}", "value": value, "description": None} for place in range(number)]


def holding(version: str, **rows: Any) -> Keeper:
    """A server with rows in the order of their names."""
    identities = {"variables": "key", "pools": "name", "roles": "name", "users": "username"}
    ordered = {
        kind: sorted(own, key=lambda row: row[identities.get(kind, "connection_id")]) for kind, own in rows.items()
    }
    return Keeper(ordered, version)


def lines(server: Keeper) -> Counter[str]:
    """The requests, those for one object without its name."""
    return Counter(
        f"{request.method} /{request.path.split('/')[1]}{'/…' * (request.path.count('/') > 1)}"
        for request in server.sent
    )


STEPS: dict[str, tuple[int, str, dict[str, Any], int]] = {
    "create": (0, "v", {}, 1),
    "nothing to do": (5, "v", {}, 0),
    "update": (5, "w", {}, 1),
    "delete": (5, "v", {"state": "absent"}, 1),
}
"""Step → how many of ours there are, their value, what else is wanted of them, and the writes on Airflow 3."""


@pytest.mark.parametrize("step", STEPS)
def test_few_objects_among_very_many_take_few_requests(step: str) -> None:
    present, value, further, writes = STEPS[step]
    server = holding(AIRFLOW_3, variables=others(10_000) + variables(present))
    wanted = [{**row, **further} for row in variables(5, value)]
    result = deploy(server, variables=wanted)
    assert not isinstance(result, AirflowError)
    # The version and the login are two more.
    assert len(server.sent) - len(server.writes) == 6
    assert len(server.writes) == writes


@each_version
@pytest.mark.parametrize(("total", "wanted", "pages", "singly"), [(100, 5, 1, 0), (1000, 300, 10, 0), (1000, 3, 1, 3)])
def test_what_is_read_depends_on_how_many_are_wanted_of_how_many(
    version: str, total: int, wanted: int, pages: int, singly: int
) -> None:
    rows = [{"key": f"{place:04}", "value": "v"} for place in range(total)]
    server = holding(version, variables=rows)
    chosen = rows[-wanted:] if total > 100 else rows[:wanted]
    assert not deploy(server, variables=chosen)["changed"]
    assert lines(server) == Counter({"GET /variables": pages, "GET /variables/…": singly})


@each_version
def test_what_is_on_the_first_page_needs_no_other(version: str) -> None:
    server = holding(version, variables=others(5000))
    deploy(server, variables=[{"key": row["key"], "value": "1"} for row in others(100) if row["key"][0] == "a"])
    assert lines(server) == Counter({"GET /variables": 1})


@each_version
def test_a_purge_needs_every_name(version: str) -> None:
    server = holding(version, variables=others(950) + variables(5))
    result = deploy(server, variables=variables(5), purge=["variables"])
    assert sum(item["action"] == "delete" for item in result["plan"]) == 950
    assert lines(server)["GET /variables"] == 10
    assert list(server.kept["variables"]) == [row["key"] for row in variables(5)]


@each_version
@pytest.mark.parametrize("name", ["OURS 000", "ours 000 ", "oûrs 000"])
def test_a_name_that_mysql_does_not_distinguish_from_a_listed_one_is_read_singly(version: str, name: str) -> None:
    server = holding(version, variables=variables(1))
    assert deploy(server, variables=[{"key": name, "value": "w"}, {"key": "new", "value": "w"}])["changed"]
    assert lines(server)["GET /variables/…"] == 1
    (row,) = variables(1)
    server = holding(version, variables=[row])
    server.befall = lambda count, request: Fault(row) if request.path.startswith("/variables/") else None
    error = deploy(server, variables=[{"key": name, "value": "w"}, {"key": "new", "value": "w"}])
    assert isinstance(error, AirflowError)
    assert f"is for another object: its key is 'ours 000', not {name!r}" in error.message
    assert not server.writes


def test_connections_of_airflow_2_are_not_listed_before_each_is_read() -> None:
    rows = [{"connection_id": f"c{place}", "conn_type": "http", "extra": None} for place in range(200)]
    server = holding(AIRFLOW_2, connections=rows)
    given = [{"connection_id": name, "conn_type": "http"} for name in ("c1", "c5", "new")]
    assert sum(item["action"] == "create" for item in deploy(server, connections=given)["plan"]) == 1
    assert lines(server) == Counter({"GET /connections/…": 3, "POST /connections": 1})
    server.sent = []
    deploy(server, connections=given[:2], purge=["connections"])
    reads = {line: number for line, number in lines(server).items() if line.startswith("GET")}
    assert reads == {"GET /connections": 3, "GET /connections/…": 2}


@each_version
def test_roles_that_users_have_are_looked_up_by_name(version: str) -> None:
    roles = [{"name": f"r{place:03}", "actions": [READ]} for place in range(500)]
    server = holding(version, roles=roles, users=[])
    users = [{"username": f"u{place}", **PERSON, "password": "p", "roles": ["r444", "r001"]} for place in range(3)]
    for place, user in enumerate(users):
        user["email"] = f"u{place}@x"
    assert deploy(server, users=users)["changed"]
    assert lines(server)["GET /roles"] == 1
    assert lines(server)["GET /roles/…"] == 1


def granted(number: int, *resources: str) -> list[dict[str, Any]]:
    permissions = [{"action": "can_read", "resource": resource} for resource in resources or ("DAGs",)]
    return [{"name": f"ours {place:02}", "permissions": permissions} for place in range(number)]


def with_roles(version: str, *rows: dict[str, Any], befall: Any = None) -> Keeper:
    answers = {"GET /permissions": KNOWN[version]["GET /permissions"]}
    return Keeper({"roles": [ADMIN, *rows], "users": []}, version, answers, befall)


def left_behind(name: str) -> dict[str, Any]:
    """The role that an interrupted run was to put in the place of this one."""
    return {"name": spare_name(name), "actions": [READ]}


@each_version
def test_many_roles_are_created_with_a_request_for_each(version: str) -> None:
    server = with_roles(version)
    assert deploy(server, roles=granted(20))["changed"]
    # Airflow 2 lists no resources, so the permissions of all roles are looked at, and its POST shows no role.
    lists = 3 if version == AIRFLOW_2 else 1
    assert lines(server) == Counter({"GET /roles": lists, "GET /permissions": 1, "POST /roles": 20})


def test_a_role_that_was_accepted_and_is_not_there_has_failed() -> None:
    """Airflow 2 answers the creation of a role with {}, whatever has become of it."""
    server = with_roles(AIRFLOW_2, befall=lambda count, sent: Fault({}) if "ours 07" in str(sent.body) else None)
    error = deploy(server, roles=granted(20))
    assert isinstance(error, AirflowError)
    assert "Airflow accepted role 'ours 07', but does not have it" in error.message
    assert [row["name"] for row in error.facts["failures"]] == ["ours 07"]
    assert len(error.facts["applied"]) == 19


@pytest.mark.parametrize(("number", "lists"), [(0, 4), (500, 11)])
def test_roles_that_were_left_behind_are_found_among_others(number: int, lists: int) -> None:
    foreign = [{"name": f"{'az'[place % 2]} other {place:05}", "actions": []} for place in range(number)]
    rows = sorted([*foreign, left_behind("ours 03")], key=lambda row: row["name"])
    server = with_roles(AIRFLOW_2, *rows)
    result = deploy(server, roles=granted(5))
    assert sum("an earlier run was interrupted" in warning for warning in result["warnings"]) == 1
    assert {row["name"] for row in granted(5)} <= set(server.kept["roles"])
    assert spare_name("ours 03") not in server.kept["roles"]
    assert lines(server)["POST /roles"] == 4
    assert lines(server)["GET /roles"] <= lists


def test_a_role_that_disappears_meanwhile_is_looked_for_under_its_spare_name() -> None:
    """Another task replaces it: members keep their role, as the new one takes the name."""
    (old,) = [{"name": "ours 00", "actions": [READ]}]
    server = with_roles(AIRFLOW_2, old)

    def befall(count: int, request: Sent) -> Fault | None:
        if request.method == "PATCH" and "ours 00" in server.kept["roles"]:
            del server.kept["roles"]["ours 00"]
            server.kept["roles"][spare_name("ours 00")] = left_behind("ours 00")
        return None

    server.befall = befall
    deploy(server, roles=granted(1, "DAGs", "Menu"))
    assert set(server.kept["roles"]) == {"Admin", "ours 00"}
    assert not server.asked("POST /roles")


def test_members_are_listed_once_for_all_roles_that_lose_permissions() -> None:
    rows = [{"name": row["name"], "actions": [READ, EDIT]} for row in granted(10)]
    server = with_roles(AIRFLOW_2, *rows)
    server.read_only = True
    assert deploy(server, roles=granted(10))["changed"]
    assert lines(server) == Counter({"GET /roles": 1, "GET /users": 1})


@pytest.mark.parametrize(("number", "pages"), [(250, 3), (100, 1), (3, 1)])
def test_the_pages_of_what_was_created_are_read_together(
    number: int, pages: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = holding(AIRFLOW_2)
    together, send = threading.Barrier(pages), server._send_once

    def send_together(method: str, *rest: Any) -> Any:
        if method == "GET" and len(server.writes) == number:
            together.wait(10)
        return send(method, *rest)

    monkeypatch.setattr(server, "_send_once", send_together)
    assert deploy(server, variables=variables(number))["changed"]
    assert lines(server)["GET /variables"] == 1 + pages


@each_version
def test_what_was_created_is_read_back_by_name(version: str) -> None:
    """Airflow 2 answers the creation of a variable with what was sent."""
    server = holding(version, variables=others(3000))
    assert deploy(server, variables=variables(8))["changed"]
    on_2 = version == AIRFLOW_2
    assert lines(server)["GET /variables"] == (2 if on_2 else 1)
    assert lines(server)["GET /variables/…"] == (16 if on_2 else 8)


@each_version
@pytest.mark.parametrize("spoilt", ["a other 00000", "z other 04999"])
def test_a_row_of_others_that_the_server_cannot_return_does_no_harm(version: str, spoilt: str) -> None:
    server = holding(version, variables=others(5000) + variables(3))
    rows = list(server.kept["variables"])

    def befall(count: int, request: Sent) -> Fault | None:
        start = int(request.query.get("offset", 0))
        is_hit = request.line == "GET /variables" and spoilt in rows[start : start + 100]
        return Fault(FAULTS["500"]) if is_hit else None

    server.befall = befall
    result = deploy(server, variables=variables(3))
    assert (result["changed"], result["warnings"]) == (False, [])
    assert lines(server) == Counter({"GET /variables": 1, "GET /variables/…": 3})


@settings(max_examples=60, deadline=None)
@given(
    version=st.sampled_from([AIRFLOW_2, AIRFLOW_3]),
    total=st.integers(0, 450),
    wanted=st.sets(st.integers(0, 520), max_size=60),
    is_whole=st.booleans(),
    width=st.integers(1, 8),
)
def test_all_that_is_wanted_is_found_and_nothing_else_is_needed(
    version: str, total: int, wanted: set[int], is_whole: bool, width: int
) -> None:
    rows = [{"name": f"p{place:03}", "slots": 1} for place in range(total)]
    server = holding(version, pools=rows)
    names = [f"p{place:03}" for place in wanted] + ["", "a\nb", "no\0thing"]
    lanes = Lanes(Width(4, width), width, server)
    found = look_up(POOL, POOL_INFO, client(server), names, lanes, is_whole).objects
    there = {row["name"] for row in rows}
    assert set(names) & there <= set(found) <= there
    if is_whole:
        assert set(found) == there
    # At most the whole list, a request for a full last page included, or what takes the server as long.
    assert len(server.sent) <= 2 + total // 100 + (0 if is_whole else total // ROWS)


@settings(max_examples=300)
@given(
    missing=st.integers(1, 3000),
    rows=st.integers(1, 100_000),
    page=st.sampled_from([50, 100, 1000]),
    width=st.integers(1, 16),
)
def test_the_decision_follows_what_is_wanted_and_what_there_is(missing: int, rows: int, page: int, width: int) -> None:
    singly = is_cheaper_singly(missing, rows, page, width)
    # More others never speak for reading the list, and fewer that are wanted never either.
    assert not singly or is_cheaper_singly(missing, rows + page, page, width)
    assert not singly or missing == 1 or is_cheaper_singly(missing - 1, rows, page, width)
    # A page is never replaced with more requests than it has rows.
    assert not singly or missing < rows + 5 * -(-rows // page)


# What one object more costs


def objects(option: str, number: int, step: str) -> list[dict[str, Any]]:
    """Objects of a kind as a task wants them."""
    text = "b" if step == "update" else "a"
    fields: dict[str, dict[str, Any]] = {
        "roles": {"permissions": [{"action": "can_read", "resource": "DAGs"}]},
        "users": {**PERSON, "first_name": text, "roles": ["Admin"], "password": "p", "update_password": "on_create"},
        "pools": {"slots": 1, "description": text},
        "connections": {"conn_type": "http", "host": text},
        "variables": {"value": text},
        "dags": {"paused": step == "update"},
    }
    if step == "update" and option == "roles":
        fields["roles"]["permissions"].append({"action": "can_edit", "resource": "DAGs"})
    identity = KINDS[option].resource.identity.name
    rows = [{identity: f"o{place:02}", **fields[option]} for place in range(number)]
    if option == "users":
        rows = [{**row, "email": f"{row[identity]}@x"} for row in rows]
    return [{identity: row[identity], "state": "absent"} for row in rows] if step == "delete" else rows


def stored(version: str, option: str, number: int) -> list[dict[str, Any]]:
    """The same as a server keeps them."""
    fields: dict[str, dict[str, Any]] = {
        "roles": {"actions": [READ]},
        "users": {**PERSON, "first_name": "a", "roles": [{"name": "Admin"}], "active": True},
        "pools": {"slots": 1, "description": "a", "include_deferred": False},
        "connections": {"conn_type": "http", "host": "a", "extra": None, "description": None},
        "variables": {"value": "a", "description": None},
        "dags": {"is_paused": False, **({"is_active": True} if version == AIRFLOW_2 else {"is_stale": False})},
    }
    identity = KINDS[option].resource.identity.name
    rows = [{identity: f"o{place:02}", **fields[option]} for place in range(number)]
    return [{**row, "email": f"{row[identity]}@x"} for row in rows] if option == "users" else rows


def cost_of_one_more(version: str, option: str, step: str) -> float:
    """Requests that a deployment sends for each object beyond the tenth."""

    def sent(number: int) -> int:
        rows = [] if step == "create" else stored(version, option, number)
        roles = [ADMIN, *(rows if option == "roles" else [])]
        answers = {"GET /permissions": KNOWN[version]["GET /permissions"]}
        server = Keeper({option: rows, "roles": roles}, version, answers)
        result = deploy(server, **{option: objects(option, number, step)})
        assert not isinstance(result, AirflowError), result.message
        assert result["changed"] is (step != "nothing")
        return len(server.sent)

    return (sent(40) - sent(10)) / 30


# Airflow itself creates DAGs, and a deployment deletes none.
CHANGES = [
    (option, step)
    for option in KINDS
    for step in ("nothing", "create", "update", "delete")
    if option != "dags" or step in ("nothing", "update")
]


@pytest.mark.parametrize(("option", "step"), CHANGES)
@each_version
def test_one_object_more_costs_its_own_change(version: str, option: str, step: str) -> None:
    has_bulk = version == AIRFLOW_3 and option in ("pools", "connections", "variables")
    # Lists of connections of Airflow 2 omit fields, and a deployment names few of many DAGs.
    read = option == "dags" or (version == AIRFLOW_2 and option == "connections")
    write = 0 if has_bulk or step == "nothing" else 1
    assert cost_of_one_more(version, option, step) == read + write
