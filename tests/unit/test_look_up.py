# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a deployment reads: what is wanted, in few requests, however many others there are."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.dataops.airflow.plugins.module_utils._engine.look_up import ROWS, is_cheaper_singly, look_up
from ansible_collections.dataops.airflow.plugins.module_utils._engine.side_by_side import Lanes, Width
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.pool.pool import POOL
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.pool.pool_info import POOL_INFO
from ansible_collections.dataops.airflow.plugins.module_utils._model.errors import AirflowError
from ansible_collections.dataops.airflow.tests.unit.keeping import Fault, Keeper
from ansible_collections.dataops.airflow.tests.unit.samples import AIRFLOW_2, AIRFLOW_3, READ
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
    found = look_up(POOL, POOL_INFO, client(server), names, Lanes(Width(4, width), width), is_whole).objects
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
