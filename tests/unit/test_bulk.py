# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Updates of many objects with one request: what is sent on which version, and what stays as it was."""

from __future__ import annotations

import json
from typing import Any, Callable, Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.dataops.airflow.plugins.module_utils._engine import bulk
from ansible_collections.dataops.airflow.plugins.module_utils._engine.bulk import MOST_BYTES, MOST_OBJECTS, packed
from ansible_collections.dataops.airflow.plugins.module_utils._engine.plan import plan_one
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.connection.connection import CONNECTION
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.deployment.kinds import KINDS as DEPLOYED
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.pool.pool import POOL
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.variable.variable import VARIABLE
from ansible_collections.dataops.airflow.plugins.module_utils._model.api import V2, Server
from ansible_collections.dataops.airflow.plugins.module_utils._model.bulk import Bulk
from ansible_collections.dataops.airflow.plugins.module_utils._model.change import Change
from ansible_collections.dataops.airflow.plugins.module_utils._model.errors import AirflowError
from ansible_collections.dataops.airflow.plugins.module_utils._model.resource import Resource
from ansible_collections.dataops.airflow.tests.unit.keeping import Fault, Keeper
from ansible_collections.dataops.airflow.tests.unit.scripted import FAULTS, LOST, Answer, Sent
from ansible_collections.dataops.airflow.tests.unit.test_deployment_apply import deploy, named

VERSIONS = ("3.0.6", "3.1.8", "3.2.2", "3.3.2")
KINDS: Mapping[str, tuple[Resource, dict[str, Any], dict[str, list[Any]]]] = {
    "variables": (
        VARIABLE,
        {"key": "", "value": "old", "description": "kept"},
        {"value": ["new", {"a": 1}], "description": ["other", ""]},
    ),
    "pools": (
        POOL,
        {"name": "", "slots": 1, "description": "kept", "include_deferred": True},
        {"slots": [2, 3], "description": ["other", ""], "include_deferred": [False]},
    ),
    "connections": (
        CONNECTION,
        {
            "connection_id": "",
            "conn_type": "http",
            "description": "kept",
            "host": "h",
            "login": "l",
            "schema": "s",
            "port": 1,
            "password": "p",
            "extra": '{"a": 1}',
        },
        {
            "conn_type": ["ftp"],
            "description": ["other", ""],
            "host": ["i", ""],
            "login": ["m", ""],
            "schema": ["t", ""],
            "port": [2, ""],
            "password": ["q"],
            "extra": [{"b": 2}, {}],
        },
    ),
}
"""Option → its kind, an object of it as the server sends it, and other values of its fields."""


def stored(option: str, name: str) -> dict[str, Any]:
    resource, row, _values = KINDS[option]
    team = {"team_name": "ours"}
    return {**row, **team, resource.identity.name: name}


each_version = pytest.mark.parametrize("version", VERSIONS)
each_field = pytest.mark.parametrize(
    ("option", "field"), [(option, field) for option, (_kind, _row, values) in KINDS.items() for field in values]
)


@each_field
@each_version
def test_a_field_of_many_objects_is_changed_and_every_other_one_is_left_alone(
    version: str, option: str, field: str
) -> None:
    resource, _row, values = KINDS[option]
    names = [f"n{number}" for number in range(3)]
    server = Keeper({option: [stored(option, name) for name in names]}, version)
    before, value = server.state()[option], values[field][0]
    result = deploy(server, **{option: [{resource.identity.name: name, field: value} for name in names]})
    assert result["changed"]
    for name, row in server.kept[option].items():
        others = {key: kept for key, kept in before[name].items() if key != field}
        assert {key: kept for key, kept in row.items() if key != field} == others
        assert row[field] != before[name][field]
    # What is read in another form than it is stored in is not sent back where that would store it.
    is_singly = field == "description" and option == "variables" and version < "3.2"
    assert len(server.writes) == (3 if is_singly else 1)


@settings(max_examples=60, deadline=None)
@given(
    version=st.sampled_from(VERSIONS),
    option=st.sampled_from(sorted(KINDS)),
    data=st.data(),
)
def test_many_different_changes_at_once_are_as_they_are_one_by_one(
    version: str, option: str, data: st.DataObject
) -> None:
    resource, _row, values = KINDS[option]
    identity = resource.identity.name
    some = st.fixed_dictionaries({}, optional={field: st.sampled_from(given) for field, given in values.items()})
    wanted = [{identity: f"n{number}", **data.draw(some)} for number in range(data.draw(st.integers(1, 6)))]
    rows = [stored(option, item[identity]) for item in wanted]
    together, apart = (Keeper({option: rows}, version) for _times in range(2))
    deploy(together, **{option: wanted})
    for item in wanted:
        deploy(apart, **{option: [item]})
    assert _meaning(together.kept[option]) == _meaning(apart.kept[option])
    assert all(row["team_name"] == "ours" for row in together.kept[option].values())
    assert len(together.writes) <= len(apart.writes)


def _meaning(rows: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Nothing and an empty text are the same."""
    return {
        name: {key: value or None for key, value in row.items() if value not in (None, "")}
        for name, row in rows.items()
    }


@each_version
def test_a_request_has_an_action_for_each_set_of_fields_where_a_mask_is_honoured(version: str) -> None:
    server = Keeper({"pools": [stored("pools", f"n{number}") for number in range(4)]}, version)
    wanted = [
        {"name": "n0", "slots": 2},
        {"name": "n1", "slots": 3},
        {"name": "n2", "description": "d"},
        {"name": "n3", "slots": 4, "description": "d"},
    ]
    deploy(server, pools=wanted)
    (request,) = server.writes
    masks = [action.get("update_mask") for action in request.body["actions"]]
    assert masks == ([["slots"], ["description"], ["slots", "description"]] if version >= "3.2" else [None])
    sizes = [len(action["entities"]) for action in request.body["actions"]]
    assert sizes == ([2, 1, 1] if version >= "3.2" else [4])


def test_what_the_server_hides_is_sent_by_itself_where_it_would_be_stored() -> None:
    rows = [{"key": f"token {number}", "value": "***", "description": "d"} for number in range(3)]
    for version, lines in (
        ("3.1.8", ["PATCH /variables/token%20" + str(number) for number in range(3)]),
        ("3.3.2", ["PATCH /variables"]),
    ):
        server = Keeper({"variables": rows}, version)
        deploy(server, variables=[{"key": row["key"], "description": "e"} for row in rows])
        assert [request.line for request in server.writes] == lines
        assert all(row["value"] == "***" for row in server.kept["variables"].values())


@pytest.mark.parametrize("present", [0, 4])
@each_version
def test_secrets_are_sent_by_themselves_where_the_event_log_would_store_them(version: str, present: int) -> None:
    names = ["region", "zone", "api_token", "db"]
    rows = [stored("variables", name) for name in names[:present]]
    server = Keeper({"variables": rows}, version)
    deploy(server, variables=[{"key": name, "value": {"password": "p"} if name == "db" else "v"} for name in names])
    together = [request for request in server.writes if request.line == "PATCH /variables"]
    sent = [row["key"] for request in together for action in request.body["actions"] for row in action["entities"]]
    assert sorted(sent) == sorted(names if version == "3.3.2" else ["region", "zone"])
    assert set(server.kept["variables"]) == set(names)


def test_objects_of_a_team_are_created_by_themselves_where_a_request_for_many_drops_the_team() -> None:
    for option, (resource, row, _values) in KINDS.items():
        server = Keeper({}, "3.3.2")
        names = [f"n{number}" for number in range(4)]
        parts = {key: row[key] for key in ("slots", "value", "conn_type") if key in row}
        teams = [{"team_name": "ours"} if number % 2 else {} for number in range(4)]
        deploy(server, **{option: [{resource.identity.name: n, **parts, **team} for n, team in zip(names, teams)]})
        of_variables = ["PATCH /variables", "POST /variables", "POST /variables"]
        lines = sorted(request.line for request in server.writes)
        assert lines == (of_variables if option == "variables" else [f"PATCH /{option}"])
        assert [server.kept[option][name].get("team_name") for name in names] == [None, "ours", None, "ours"]


def test_a_connection_is_replaced_by_itself_and_the_others_are_updated_together() -> None:
    server = Keeper({"connections": [stored("connections", f"n{number}") for number in range(4)]}, "3.3.2")
    wanted = [{"connection_id": f"n{number}", "host": "new"} for number in range(4)]
    wanted[1]["password"] = ""
    deploy(server, connections=wanted)
    assert [request.line for request in server.writes] == [
        "PATCH /connections",
        "DELETE /connections/n1",
        "POST /connections",
    ]
    assert len(server.writes[0].body["actions"][0]["entities"]) == 3
    assert {row["host"] for row in server.kept["connections"].values()} == {"new"}


@pytest.mark.parametrize(("option", "number", "writes"), [("variables", 1000, 2), ("connections", 500, 1)])
def test_everything_changes_in_few_writes(option: str, number: int, writes: int) -> None:
    resource = KINDS[option][0]
    field = "host" if option == "connections" else "value"
    names = [f"n{place:04}" for place in range(number)]
    server = Keeper({option: [stored(option, name) for name in names]}, "3.3.2")
    result = deploy(server, **{option: [{resource.identity.name: name, field: f"new {name}"} for name in names]})
    assert result["summary"]["to_update"] == number
    assert len(server.writes) == writes
    assert len(server.sent) - writes == number // 100


def test_creations_and_updates_take_turns_in_the_list_and_a_request_each() -> None:
    server = Keeper({"variables": [stored("variables", f"n{place}") for place in range(0, 300, 2)]}, "3.3.2")
    wanted = [{"key": f"n{place}", "value": "new"} for place in range(300)]
    deploy(server, variables=wanted)
    assert len(server.writes) == 2
    assert {row["value"] for row in server.kept["variables"].values()} == {"new"}


# How much a request holds


def changes(sizes: list[int], version: str = "3.3.2") -> list[Change]:
    """Updates of variables to values of some sizes."""
    server = Server(V2, version)
    return [
        plan_one(
            VARIABLE, f"n{place}", {"value": "x" * size}, {"key": f"n{place}", "value": "", "description": None}, server
        )
        for place, size in enumerate(sizes)
    ]


def _rules() -> Bulk:
    rules = DEPLOYED["variables"].bulk
    assert rules
    return rules


@each_version
@settings(max_examples=10, deadline=None)
@given(sizes=st.lists(st.integers(1, 3000), max_size=300))
def test_each_change_is_in_one_request_and_no_request_is_too_large(version: str, sizes: list[int]) -> None:
    todo = changes(sizes)
    requests, singly = packed(todo, Server(V2, version), _rules())
    assert sorted(
        change.name for change in (*singly, *(each for request in requests for each in request.changes))
    ) == sorted(change.name for change in todo)
    for request in requests:
        assert len(json.dumps(request.body)) <= MOST_BYTES
        assert 1 < len(request.changes) <= MOST_OBJECTS


def test_a_request_holds_at_most_so_many_objects() -> None:
    requests, singly = packed(changes([1] * (2 * MOST_OBJECTS + 1)), Server(V2, "3.3.2"), _rules())
    assert [len(request.changes) for request in requests] == [MOST_OBJECTS, MOST_OBJECTS]
    assert len(singly) == 1


def logged(body: dict[str, Any], version: str) -> str:
    """What Airflow stores of a request in its event log, ``_mask_bulk_entities`` of 3.3.2: before, the whole body."""
    if version < "3.3.2":
        return json.dumps({**body, "method": "PATCH"})

    def masked(entity: Any) -> Any:
        if isinstance(entity, str):
            return entity
        return {
            key: dict.fromkeys(json.loads(value), "***") if key == "extra" else "***" if key == "value" else value
            for key, value in entity.items()
        }

    actions = [{**action, "entities": [masked(each) for each in action["entities"]]} for action in body["actions"]]
    return json.dumps({"actions": actions, "method": "PATCH"})


LONG: dict[str, dict[str, Any]] = {
    "variables": {"value": "ä" * 1000, "description": "d" * 300},
    "pools": {"slots": 2, "description": "ä" * 300},
    "connections": {"conn_type": "http", "description": "d" * 100, "extra": {f"{n}": n % 10 for n in range(50)}},
}


@pytest.mark.parametrize("state", ["absent", "there", "gone"])
@pytest.mark.parametrize("option", LONG)
@pytest.mark.parametrize("version", ["3.0.6", "3.3.2"])
def test_what_the_event_log_stores_of_a_request_fits_into_its_column(version: str, option: str, state: str) -> None:
    """MySQL refuses more than 64 KiB, and nothing is changed."""

    def befall(count: int, request: Sent) -> Fault | None:
        is_large = request.method == "PATCH" and len(logged(request.body, version)) > 65_535
        return Fault(FAULTS["500"]) if is_large else None

    identity = KINDS[option][0].identity.name
    names = [f"{place:03}{'n' * 190}" for place in range(300)]
    rows = [] if state == "absent" else [stored(option, name) for name in names]
    server = Keeper({option: rows}, version, befall=befall)
    own = {"state": "absent"} if state == "gone" else LONG[option]
    result = deploy(server, **{option: [{identity: name, **own} for name in names]})
    assert not result["warnings"]
    assert len(server.kept[option]) == (0 if state == "gone" else len(names))
    assert {request.line for request in server.writes} == {f"PATCH /{option}"}
    if option == "variables" and version == "3.3.2" and state != "gone":
        # What the log hides does not count.
        assert max(len(json.dumps(request.body)) for request in server.writes) > 65_535


@pytest.mark.parametrize(
    ("secret", "requests"),
    [({"password": "geheim-1"}, 3), ({"extra": {"token": "geheim-2"}}, 3), ({"host": "h"}, 1)],
)
def test_a_request_holds_at_most_so_many_objects_with_secrets(secret: dict[str, Any], requests: int) -> None:
    server = Keeper({}, "3.3.2")
    deploy(server, connections=[{"connection_id": f"c{n}", "conn_type": "http", **secret} for n in range(250)])
    assert [request.line for request in server.writes] == ["PATCH /connections"] * requests
    assert len(server.kept["connections"]) == 250


def test_where_a_gateway_takes_less_requests_become_smaller() -> None:
    def befall(count: int, request: Sent) -> Fault | None:
        is_large = request.method == "PATCH" and len(json.dumps(request.body)) > 20_000
        return Fault(Answer(413, "<html></html>", "text/html")) if is_large else None

    names = [f"n{place}" for place in range(100)]
    server = Keeper({"variables": [stored("variables", name) for name in names]}, "3.3.2", befall=befall)
    deploy(server, variables=[{"key": name, "value": "x" * 2000} for name in names])
    assert {row["value"] for row in server.kept["variables"].values()} == {"x" * 2000}
    assert {request.line for request in server.writes} == {"PATCH /variables"}
    sizes = [len(json.dumps(request.body)) for request in server.writes]
    assert [size > 20_000 for size in sizes] == [True, True, *([False] * (len(sizes) - 2))]
    assert len(sizes) < 20


# What becomes of a request


def variables_in_bulk(befall: Callable[[int, Sent], Fault | None], hidden: str = "") -> tuple[Any, Keeper]:
    """The result of updates of three variables, one of which the server may hide."""
    rows = [{"key": name, "value": "***" if name == hidden else "1", "description": "d"} for name in ("a", "b", "c")]
    server = Keeper({"variables": rows}, "3.3.2", befall=befall)
    if hidden:
        own = server._shown
        server._shown = lambda collection, row, is_list=False: {  # type: ignore[method-assign]
            **own(collection, row, is_list),
            **({"value": "***"} if row["key"] == hidden else {}),
        }
    return deploy(server, variables=[{"key": name, "value": "2"} for name in ("a", "b", "c")]), server


def test_of_an_update_that_stops_half_way_the_rest_is_made_one_by_one() -> None:
    """As after a ValidationError."""

    def befall(count: int, request: Sent) -> Fault | None:
        if request.line != "PATCH /variables":
            return None
        server.kept["variables"]["a"]["value"] = "2"
        return Fault({"update": {"success": ["a"], "errors": [{"error": "no"}]}})

    rows = [{"key": name, "value": "1", "description": "d"} for name in ("a", "b", "c")]
    server = Keeper({"variables": rows}, "3.3.2", befall=befall)
    result = deploy(server, variables=[{"key": name, "value": "2"} for name in ("a", "b", "c")])
    assert result["changed"]
    assert [request.line for request in server.writes] == [
        "PATCH /variables",
        "PATCH /variables/b",
        "PATCH /variables/c",
    ]
    assert {row["value"] for row in server.kept["variables"].values()} == {"2"}


@pytest.mark.parametrize("is_made", [True, False])
@pytest.mark.parametrize("hidden", ["", "b"])
def test_an_update_that_the_server_has_finished_with_is_made_again_if_it_does_not_show(
    hidden: str, is_made: bool
) -> None:
    result, server = variables_in_bulk(
        lambda count, request: Fault(FAULTS["500"], is_made) if count == 1 and request.method == "PATCH" else None,
        hidden,
    )
    assert result["changed"]
    assert {row["value"] for row in server.kept["variables"].values()} == {"2"}
    again = {(True, ""): 0, (True, "b"): 3, (False, ""): 3, (False, "b"): 3}[is_made, hidden]
    assert len(server.writes) <= 1 + again


@pytest.mark.parametrize("way", ["lost", "504"])
@pytest.mark.parametrize("hidden", ["", "b"])
def test_an_update_that_may_still_be_made_is_not_known_and_nothing_more_is_sent(way: str, hidden: str) -> None:
    reply = {"lost": LOST, "504": FAULTS["504"]}[way]
    error, server = variables_in_bulk(
        lambda count, request: Fault(reply) if count == 1 and request.method == "PATCH" else None, hidden
    )
    assert isinstance(error, AirflowError)
    assert sorted(named(error.facts["unknown"])) == [f"update variable {name}" for name in ("a", "b", "c")]
    assert len(server.writes) == 1


def test_what_somebody_else_has_deleted_is_created_by_itself() -> None:
    def befall(count: int, request: Sent) -> None:
        if request.line == "PATCH /variables":
            server.kept["variables"].pop("b", None)

    rows = [{"key": name, "value": "1", "description": "d"} for name in ("a", "b", "c")]
    server = Keeper({"variables": rows}, "3.3.2", befall=befall)
    assert deploy(server, variables=[{"key": name, "value": "2"} for name in ("a", "b", "c")])["changed"]
    assert {name: row["value"] for name, row in server.kept["variables"].items()} == {"a": "2", "b": "2", "c": "2"}
    assert [request.line for request in server.writes] == ["PATCH /variables", "PATCH /variables/b", "POST /variables"]


def test_a_version_that_knows_no_bulk_update_gets_single_ones() -> None:
    server = Keeper(
        {"variables": [stored("variables", name) for name in ("a", "b")]},
        "3.3.2",
        befall=lambda count, request: (
            Fault(Answer(405, {"detail": "Method Not Allowed"})) if request.line == "PATCH /variables" else None
        ),
    )
    assert deploy(server, variables=[{"key": name, "value": "2"} for name in ("a", "b")])["changed"]
    assert [request.line for request in server.writes][1:] == ["PATCH /variables/a", "PATCH /variables/b"]


def test_the_bounds_are_those_of_the_log_and_of_a_transaction() -> None:
    assert bulk.LOGGED_BYTES + bulk.OVERHEAD < 65_535 < bulk.MOST_BYTES
