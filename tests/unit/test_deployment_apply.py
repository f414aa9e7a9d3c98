# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The writes of a whole deployment: their order, what goes on after a failure, and what is said of every change."""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import Any, Callable, Mapping

import pytest

from ansible_collections.dataops.airflow.plugins.module_utils._kinds.deployment.deployment import DEPLOYMENT
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.deployment.kinds import KINDS
from ansible_collections.dataops.airflow.plugins.module_utils._model.errors import (
    AirflowError,
    PlanError,
    PreconditionError,
)
from ansible_collections.dataops.airflow.tests.unit.keeping import Fault, Keeper
from ansible_collections.dataops.airflow.tests.unit.samples import AIRFLOW_2, AIRFLOW_3, EDIT, KNOWN, MENU, READ
from ansible_collections.dataops.airflow.tests.unit.scripted import (
    FAULTS,
    LOST,
    REFUSED_CONNECTION,
    Answer,
    Sent,
    attempt,
)

PERSON = {"email": "", "first_name": "F", "last_name": "L"}
ROWS: Mapping[str, Any] = {
    "roles": [
        {"name": "Admin", "actions": [READ, EDIT, MENU]},
        {"name": "Viewer", "actions": [READ]},
        {"name": "old role", "actions": [READ]},
    ],
    "users": [
        {"username": name, **PERSON, "email": f"{name}@example.com", "roles": [{"name": role}], "active": True}
        for name, role in (("admin", "Admin"), ("ada", "Viewer"), ("old user", "Viewer"))
    ],
    "pools": [
        {"name": name, "slots": 1, "description": "kept", "include_deferred": False}
        for name in ("default_pool", "same", "wider", "old 1", "old 2", "foreign")
    ],
    "connections": [
        {"connection_id": name, "conn_type": "http", "host": "h", "extra": None, "description": "kept"}
        for name in ("moved", "old1", "old2")
    ],
    "variables": [
        {"key": name, "value": "1", "description": "kept"} for name in ("same", "other 1", "other 2", "old", "foreign")
    ],
    "dags": [{"dag_id": name, "is_paused": False} for name in ("d1", "d2")],
}

WANTED: Mapping[str, Any] = {
    "roles": [
        {"name": "analyst", "permissions": [{"action": "can_read", "resource": "DAGs"}]},
        {"name": "old role", "state": "absent"},
    ],
    "users": [
        {"username": "grace", **PERSON, "email": "grace@example.com", "password": "p", "roles": ["analyst"]},
        {"username": "ada", "first_name": "Ada"},
        {"username": "old user", "state": "absent"},
    ],
    "pools": [
        {"name": "new 1", "slots": 1},
        {"name": "new 2", "slots": 2},
        {"name": "new 3", "slots": 3},
        {"name": "same", "slots": 1},
        {"name": "wider", "slots": 8},
        {"name": "old 1", "state": "absent"},
        {"name": "old 2", "state": "absent"},
    ],
    "connections": [
        {"connection_id": "new1", "conn_type": "http", "host": "a"},
        {"connection_id": "new2", "conn_type": "http", "password": "p"},
        {"connection_id": "moved", "host": "b"},
        {"connection_id": "old1", "state": "absent"},
    ],
    "variables": [
        {"key": "new 1", "value": "x", "description": "d"},
        {"key": "new 2", "value": "y"},
        {"key": "same", "value": "1"},
        {"key": "other 1", "value": "2"},
        {"key": "other 2", "value": "2"},
        {"key": "old", "state": "absent"},
    ],
    "dags": [{"dag_id": "d1", "paused": True}, {"dag_id": "d2", "paused": False}],
}

WIDTH = 8
LISTS = ("applied", "failures", "pending", "unknown")

each_version = pytest.mark.parametrize("version", [AIRFLOW_2, AIRFLOW_3])


COLLECTIONS = {kind.resource.kind: option for option, kind in KINDS.items()}


def keeper(version: str, befall: Callable[[int, Sent], Fault | None] | None = None, **answers: Any) -> Keeper:
    dags = [{**row, **({"is_active": True} if version == AIRFLOW_2 else {"is_stale": False})} for row in ROWS["dags"]]
    permissions = {key: reply for key, reply in KNOWN[version].items() if key == "GET /permissions"}
    return Keeper({**ROWS, "dags": dags}, version, {**permissions, **answers}, befall)


def deploy(server: Keeper, **options: Any) -> Any:
    """The result of a deployment, or its error."""
    lists = {option: [_item(option, item) for item in items] for option, items in options.items() if option in KINDS}
    given = {"airflow_auth": "none", "update_password": "on_create", **options, **lists}
    return attempt(DEPLOYMENT, server, **given)


def _item(option: str, item: Mapping[str, Any]) -> dict[str, Any]:
    return {**{field.name: field.default for field in KINDS[option].resource.options()}, **item}


def named(items: Any) -> list[str]:
    return [f"{item['action']} {item['kind']} {item['name']}" for item in items]


def planned(result: Any) -> list[str]:
    plan = result.facts["plan"] if isinstance(result, AirflowError) else result["plan"]
    return named(item for item in plan if item["action"] != "none")


def said(error: AirflowError) -> list[str]:
    """What the lists of a failure name, each as often as they do."""
    return named(item for name in LISTS for item in error.facts.get(name, ()))


def goal(wanted: Mapping[str, Any], version: str) -> Keeper:
    """A server on which nothing went wrong."""
    server = keeper(version)
    assert not isinstance(deploy(server, **wanted), AirflowError)
    return server


@each_version
def test_each_kind_is_made_after_what_it_depends_on_and_deleted_before_it(version: str) -> None:
    server = goal(WANTED, version)
    made = [f"{request.method} {request.path.split('/')[1]}" for request in server.writes]
    on_2 = version == AIRFLOW_2
    assert [line for line, _requests in groupby(made)] == [
        "POST roles",
        "POST users",
        "PATCH users",
        *(["POST pools", "PATCH pools"] if on_2 else ["PATCH pools"]),
        *(["POST connections", "PATCH connections"] if on_2 else ["PATCH connections"]),
        *(["POST variables", "PATCH variables"] if on_2 else ["PATCH variables"]),
        "PATCH dags",
        "DELETE variables",
        "DELETE connections",
        "DELETE pools" if on_2 else "PATCH pools",
        "DELETE users",
        "DELETE roles",
    ]


@each_version
def test_a_deployment_that_is_made_is_no_change_the_second_time(version: str) -> None:
    server = goal(WANTED, version)
    before, server.sent = server.state(), []
    result = deploy(server, **WANTED, update_secrets="on_create")
    assert (result["changed"], planned(result), server.writes) == (False, [], [])
    assert server.state() == before


@each_version
def test_errors_of_a_plan_are_listed_together_and_nothing_is_sent(version: str) -> None:
    server = keeper(version)
    roles = [{"name": "r9", "permissions": [{"action": "can_fly", "resource": "Pools"}]}]
    users = [{"username": "u9", "email": "u9@x", "first_name": "U", "last_name": "9", "password": "p", "roles": ["no"]}]
    error = deploy(server, roles=roles, users=users)
    assert error.message == (
        "roles[0] (role 'r9'): permissions has names that Airflow does not know: action 'can_fly', resource 'Pools'; "
        "airflow_permission_info lists the valid ones; users[0] (user 'u9'): roles has names that do not exist: 'no'; "
        "airflow_role_info lists the existing ones. Nothing was changed"
    )
    assert server.writes == []


# What befalls one request, or all from one on

ONCE = {
    "lost, made": Fault(LOST, True),
    "lost, not made": Fault(LOST),
    "500, made": Fault(FAULTS["500"], True),
    "504, not made": Fault(FAULTS["504"]),
    "{}, made": Fault({}, True),
    "{}, not made": Fault({}),
    "another object": Fault({"name": "x", "key": "x", "connection_id": "x", "username": "x", "dag_id": "x"}),
    "a page": Fault(Answer(200, "<html><title>Log in</title></html>", "text/html")),
    "403": Fault(Answer(403, {"detail": "no"})),
}
FROM_THERE_ON = {"refused": Fault(REFUSED_CONNECTION), "all lost": Fault(LOST), "all lost, made": Fault(LOST, True)}


BEFALLS = [
    *((way, "reads work") for way in (*ONCE, *FROM_THERE_ON)),
    *((way, "reads fail") for way in ("lost, not made", "500, made", "{}, made", "403")),
]
QUICK = (
    *((way, "reads work") for way in ("lost, made", "504, not made", "another object", "all lost, made")),
    ("500, made", "reads fail"),
)


@each_version
@pytest.mark.parametrize(
    ("way", "reads"), [pytest.param(*each, marks=[] if each in QUICK else pytest.mark.slow) for each in BEFALLS]
)
def test_every_change_is_named_once_whatever_befalls_a_request(way: str, version: str, reads: str) -> None:
    calm = goal(WANTED, version)
    for number in range(1, len(calm.writes) + 1):

        def befall(count: int, request: Sent, number: int = number) -> Fault | None:
            if request.method == "GET":
                return Fault(LOST) if reads == "reads fail" and count >= number else None
            return FROM_THERE_ON.get(way) if count >= number and way not in ONCE else _at(count, number, way)

        server = keeper(version, befall)
        # Threads take half of the time.
        server.settings = server.settings._replace(concurrency=8 if number % 4 == 1 else 1)
        before = server.state()
        result = deploy(server, **WANTED)
        if isinstance(result, AirflowError):
            assert Counter(said(result)) == Counter(planned(result)), number
            _see_to_the_truth(result.facts, before, server.state(), calm.state())
            assert f"{len(result.facts['failures'])} of {len(planned(result))} changes failed" in result.message
            assert result.facts["changed"] or not result.facts["applied"]
            if not (result.facts["changed"] or result.facts["unknown"]):
                assert server.state() == before
            assert set(LISTS) <= set(result.facts)
        else:
            assert server.state() == calm.state()
        server.befall = None
        assert not isinstance(deploy(server, **WANTED), AirflowError)
        assert server.state() == calm.state(), number


def _at(count: int, number: int, way: str) -> Fault | None:
    return ONCE.get(way) if count == number else None


def _see_to_the_truth(facts: Mapping[str, Any], before: Any, now: Any, goal: Any) -> None:
    """What was applied is as wanted, and what was not tried is as before."""
    for name, expected in (("applied", goal), ("pending", before)):
        for item in facts[name]:
            kind, key = COLLECTIONS[item["kind"]], item["name"]
            assert now[kind].get(key) == expected[kind].get(key), f"{name}: {item}"


@pytest.mark.parametrize("way", ["all lost", "all lost, made"])
@each_version
def test_after_the_first_change_that_nobody_answers_nothing_more_is_sent(version: str, way: str) -> None:
    """As a server does that accepts connections and hangs: each request takes as long as the timeout."""
    calm = goal(WANTED, version)
    for number in range(1, len(calm.writes) + 1):

        def befall(count: int, request: Sent, number: int = number) -> Fault | None:
            return FROM_THERE_ON[way] if count >= number else None

        server = keeper(version, befall)
        error = deploy(server, **WANTED)
        assert isinstance(error, AirflowError), number
        assert Counter(said(error)) == Counter(planned(error)), number
        assert error.facts["unknown"], number
        # Those of one kind that were under way; a deletion is sent again by nobody here.
        assert len(server.writes) - number < WIDTH, number
        assert "Run the task again to complete the changes" in error.message


@pytest.mark.parametrize("number", [1, 9])
def test_of_many_that_are_made_side_by_side_only_those_under_way_are_sent(number: int) -> None:
    server = keeper(AIRFLOW_2, lambda count, request: Fault(LOST) if count >= number else None)
    error = deploy(server, pools=[{"name": f"p{position}", "slots": 1} for position in range(40)])
    assert number <= len(server.writes) < number + WIDTH
    assert len(error.facts["applied"]) == number - 1
    assert len(error.facts["pending"]) == 40 - len(server.writes)


@each_version
def test_nothing_more_is_written_once_nobody_waits_for_the_task(version: str) -> None:
    server = keeper(version)
    server.is_over = lambda: len(server.writes) >= 4
    error = deploy(server, **WANTED)
    assert len(server.writes) == 4
    assert "the process that runs the playbook has ended" in error.message
    assert Counter(said(error)) == Counter(planned(error))
    assert error.facts["unknown"] == []


@pytest.mark.parametrize("reads", ["reads work", "reads fail"])
@each_version
def test_if_nothing_listens_any_more_the_rest_is_pending(version: str, reads: str) -> None:
    server = keeper(
        version,
        lambda count, request: (
            Fault(REFUSED_CONNECTION)
            if count > 4 or (count == 4 and request.method == "GET" and reads == "reads fail")
            else None
        ),
    )
    error = deploy(server, **WANTED)
    assert len(error.facts["failures"]) == 1
    assert Counter(said(error)) == Counter(planned(error))
    assert error.message.count("connection refused") == 1
    # Those of one kind that were under way.
    assert len(server.writes) <= 8


@each_version
@pytest.mark.parametrize("kind", ["role", "user", "pool", "connection", "variable", "dag"])
def test_what_does_not_depend_on_a_failure_is_done(kind: str, version: str) -> None:
    collection = COLLECTIONS[kind]
    bad = Fault(Answer(422, {"detail": "no"}))
    server = keeper(
        version,
        lambda count, request: bad if request.path.startswith(f"/{collection}") and request.method != "GET" else None,
    )
    error = deploy(server, **WANTED)
    waiting = ["create user grace"] if kind == "role" else []
    assert named(error.facts["failures"]) == [item for item in planned(error) if item.split()[1] == kind]
    assert named(error.facts["pending"]) == waiting
    assert sorted(said(error)) == sorted(planned(error))
    assert all(item["msg"].endswith("HTTP 422: no") for item in error.facts["failures"])
    assert f"{kind}/" in error.message
    # Nobody is told to do again what will be refused again.
    refused = "What was refused has to be corrected or permitted first: it would be refused again"
    assert error.message.endswith(f"{refused}. Then run the task again to complete the changes" if waiting else refused)


@pytest.mark.parametrize("way", ["lost", "422"])
@each_version
def test_what_a_connection_held_that_is_lost_is_in_its_row(version: str, way: str) -> None:
    reply = {"lost": LOST, "422": Answer(422, {"detail": "no"})}[way]
    server = keeper(version, lambda count, request: Fault(reply) if request.line == "POST /connections" else None)
    server.kept["connections"]["moved"]["password"] = "p"
    error = deploy(server, connections=[{"connection_id": "moved", "password": ""}])
    (row,) = error.facts["failures" if way == "422" else "unknown"]
    assert row["lost"]["description"] == "kept"
    assert "moved" not in server.kept["connections"]
    assert error.facts["changed"] == (way == "422")


# Requests for many objects at once

BULK = "PATCH /pools"
THREE = {"pools": WANTED["pools"][:3]}


def pools_in_bulk(befall: Callable[[int, Sent], Fault | None]) -> tuple[Any, Keeper]:
    server = keeper(AIRFLOW_3, befall)
    return deploy(server, **THREE), server


def test_many_objects_are_made_with_one_request() -> None:
    result, server = pools_in_bulk(lambda count, request: None)
    assert result["changed"]
    assert [request.line for request in server.writes] == [BULK]
    assert server.writes[0].body == {
        "actions": [
            {
                "action": "create",
                "action_on_existence": "fail",
                "entities": [{"name": item["name"], "slots": item["slots"]} for item in THREE["pools"]],
            }
        ]
    }


UNMADE = {
    "422": Fault(Answer(422, {"detail": [{"loc": ["body", "actions"], "msg": "no"}]})),
    "405": Fault(Answer(405, {"detail": "Method Not Allowed"})),
    "500": Fault(FAULTS["500"]),
    "nothing": Fault(None),
    "another form": Fault({"create": [1]}),
    "other names": Fault({"create": {"success": [["new 1"], 2, "foreign"], "errors": []}}),
    "a page": Fault(Answer(200, "<html></html>", "text/html")),
    "none made": Fault({"create": {"success": [], "errors": [{"error": "no"}]}}),
}
UNANSWERED = {"lost": Fault(LOST), "502": Fault(FAULTS["502"]), "504": Fault(FAULTS["504"])}


def at_once(fault: Fault, looks: Any = None) -> tuple[Any, Keeper]:
    """A request for many objects that goes wrong, and the reads after it if ``looks`` says so."""

    def befall(count: int, request: Sent) -> Fault | None:
        if request.method == "GET":
            return Fault(looks) if looks and count else None
        return fault if count == 1 else None

    return pools_in_bulk(befall)


@pytest.mark.parametrize("way", UNMADE)
def test_what_many_at_once_does_not_make_is_made_one_by_one(way: str) -> None:
    result, server = at_once(UNMADE[way])
    assert result["changed"]
    assert [request.line for request in server.writes] == [BULK, *["POST /pools"] * 3]
    assert server.state() == goal(THREE, AIRFLOW_3).state()


@pytest.mark.parametrize("way", UNANSWERED)
def test_what_many_at_once_may_still_make_is_not_sent_one_by_one(way: str) -> None:
    error, server = at_once(UNANSWERED[way])
    assert named(error.facts["unknown"]) == planned(error)
    assert [request.line for request in server.writes] == [BULK]
    assert "the creation of 3 pools has not been made so far; Airflow may still do it" in error.message
    assert error.message.count("may still") == 1
    assert error.message.endswith("Run the task again to complete the changes")


@pytest.mark.parametrize("way", [*UNANSWERED, "500", "nothing", "a page", "another form"])
def test_what_many_at_once_has_made_without_saying_so_is_found_by_reading(way: str) -> None:
    result, server = at_once({**UNANSWERED, **UNMADE}[way]._replace(is_made=True))
    assert result["changed"]
    assert server.state() == goal(THREE, AIRFLOW_3).state()
    assert [request.line for request in server.writes] == [BULK]


@pytest.mark.parametrize("way", [*UNANSWERED, "500", "nothing", "a page"])
def test_what_many_at_once_has_done_is_not_known_if_it_cannot_be_read_back(way: str) -> None:
    error, server = at_once({**UNANSWERED, **UNMADE}[way], looks=LOST)
    assert named(error.facts["unknown"]) == planned(error)
    assert [request.line for request in server.writes] == [BULK]
    assert "hether the creation of 3 pools was made is not known" in error.message


@pytest.mark.parametrize("way", UNANSWERED)
def test_what_many_at_once_has_made_in_part_is_found_by_reading(way: str) -> None:
    def befall(count: int, request: Sent) -> Fault | None:
        if request.line != BULK:
            return None
        row = request.body["actions"][0]["entities"][1]
        server.kept["pools"][row["name"]] = row
        return UNANSWERED[way]

    server = keeper(AIRFLOW_3, befall)
    error = deploy(server, **THREE)
    assert named(error.facts["applied"]) == ["create pool new 2"]
    assert named(error.facts["unknown"]) == ["create pool new 1", "create pool new 3"]
    assert "1 of 3 pools were created; Airflow may still do the rest" in error.message


@pytest.mark.parametrize("refused", ["", "new 3"])
def test_of_many_at_once_only_those_that_are_left_are_made_one_by_one(refused: str) -> None:
    def befall(count: int, request: Sent) -> Fault | None:
        if request.method == "POST" and request.body["name"] == refused:
            return Fault(Answer(403, {"detail": "no"}))
        if request.line != BULK:
            return None
        row = request.body["actions"][0]["entities"][1]
        server.kept["pools"][row["name"]] = row
        return Fault({"create": {"success": [row["name"]], "errors": [{"error": "another"}]}})

    server = keeper(AIRFLOW_3, befall)
    result = deploy(server, **THREE)
    assert [request.body["name"] for request in server.writes[1:]] == ["new 1", "new 3"]
    if refused:
        assert named(result.facts["applied"]) == ["create pool new 2", "create pool new 1"]
        assert named(result.facts["failures"]) == ["create pool new 3"]
    else:
        assert server.state() == goal(THREE, AIRFLOW_3).state()


@each_version
@pytest.mark.parametrize("slots", [1, 9])
def test_what_somebody_else_has_created_meanwhile_is_brought_into_the_wanted_state(slots: int, version: str) -> None:
    def befall(count: int, request: Sent) -> None:
        if count == 1:
            foreign = {"name": "new 1", "slots": slots, "description": "theirs", "include_deferred": False}
            server.kept["pools"].setdefault("new 1", foreign)

    server = keeper(version, befall)
    result = deploy(server, **THREE)
    assert result["changed"]
    assert [request.line for request in server.writes].count("PATCH /pools/new%201") == (slots != 1)
    assert {name: server.kept["pools"][name]["slots"] for name in ("new 1", "new 2", "new 3")} == {
        "new 1": 1,
        "new 2": 2,
        "new 3": 3,
    }
    assert server.kept["pools"]["new 1"]["description"] == "theirs"


@each_version
def test_what_somebody_else_has_deleted_meanwhile_is_created(version: str) -> None:
    def befall(count: int, request: Sent) -> None:
        if count == 1:
            server.kept["pools"].pop("wider", None)
            server.kept["pools"].pop("old 1", None)

    server = keeper(version, befall)
    result = deploy(server, pools=[{"name": "wider", "slots": 8}, {"name": "old 1", "state": "absent"}])
    assert result["changed"]
    assert server.kept["pools"]["wider"] == {"name": "wider", "slots": 8}
    assert "old 1" not in server.kept["pools"]


@each_version
def test_what_somebody_else_has_created_meanwhile_is_planned_with_all_that_its_kind_needs(version: str) -> None:
    """A password of a user that exists is left alone, as a hook decides."""

    def befall(count: int, request: Sent) -> None:
        if count == 1:
            row = {"username": "grace", **PERSON, "email": "other@example.com", "roles": [{"name": "Viewer"}]}
            server.kept["users"].setdefault("grace", {**row, "active": True})

    server = keeper(version, befall)
    grace = {**WANTED["users"][0], "roles": ["Viewer"]}
    result = deploy(server, users=[grace])
    assert result["changed"]
    update = server.writes[-1]
    assert update.line == "PATCH /users/grace"
    assert update.query == {"update_mask": "email"}
    assert "password" not in update.body


# Airflow 2 answers the creation of a variable with what was sent


@pytest.mark.parametrize("look", [LOST, FAULTS["500"], Answer(403, {"detail": "no"})], ids=["lost", "500", "403"])
def test_what_was_accepted_and_cannot_be_read_back_is_not_known(look: Any) -> None:
    server = keeper(
        AIRFLOW_2, lambda count, request: Fault(look) if request.line.startswith("GET /variables") and count else None
    )
    error = deploy(server, variables=WANTED["variables"][:2], pools=WANTED["pools"][:1], dags=WANTED["dags"])
    assert named(error.facts["unknown"]) == ["create variable new 1", "create variable new 2"]
    assert "Airflow accepted variable 'new 1'. Whether it was stored as sent is not known" in error.message
    assert Counter(said(error)) == Counter(planned(error))


def test_what_was_accepted_and_is_not_stored_is_a_failure() -> None:
    server = keeper(
        AIRFLOW_2,
        lambda count, request: (
            Fault(request.body) if request.method == "POST" and request.body["key"] == "new 1" else None
        ),
    )
    error = deploy(server, variables=WANTED["variables"])
    assert named(error.facts["failures"]) == ["create variable new 1"]
    assert "accepted variable 'new 1', but does not have it" in error.message
    assert sorted(said(error)) == sorted(planned(error))


def test_what_was_accepted_and_is_stored_otherwise_is_updated() -> None:
    def befall(count: int, request: Sent) -> Fault | None:
        if request.method != "POST" or request.body["key"] != "new 1":
            return None
        server.kept["variables"]["new 1"] = {**request.body, "description": None}
        return Fault(request.body)

    server = keeper(AIRFLOW_2, befall)
    result = deploy(server, variables=WANTED["variables"])
    assert result["changed"]
    assert [request.query for request in server.writes if request.path == "/variables/new%201"] == [
        {"update_mask": "description"}
    ]
    assert server.kept["variables"]["new 1"]["description"] == "d"


# What is deleted


@each_version
def test_a_purge_deletes_exactly_what_is_not_listed(version: str) -> None:
    server = keeper(version)
    listed = {
        "roles": [],
        "users": [{"username": "ada"}],
        "pools": [{"name": "same"}, {"name": "wider"}],
        "connections": [{"connection_id": "moved"}],
        "variables": [{"key": "same"}],
    }
    result = deploy(server, **listed, purge=list(listed), purge_exclude=["variable/other *", "pool/old 1"])
    assert planned(result) == [
        "delete variable foreign",
        "delete variable old",
        "delete connection old1",
        "delete connection old2",
        "delete pool foreign",
        "delete pool old 2",
        "delete user old user",
        "delete role old role",
    ]
    assert not any(item["listed"] for item in result["plan"] if item["action"] == "delete")
    assert {collection: sorted(rows) for collection, rows in server.kept.items()} == {
        "roles": ["Admin", "Viewer"],
        "users": ["ada", "admin"],
        "pools": ["default_pool", "old 1", "same", "wider"],
        "connections": ["moved"],
        "variables": ["other 1", "other 2", "same"],
        "dags": ["d1", "d2"],
    }
    assert "user 'admin' is not purged" in "\n".join(result["warnings"])


@each_version
def test_max_deletions_refuses_a_plan_before_the_first_write(version: str) -> None:
    server = keeper(version)
    given = {"variables": WANTED["variables"][:3], "purge": ["variables"]}
    error = deploy(server, **given, max_deletions=3)
    assert isinstance(error, PreconditionError)
    assert error.message.startswith("4 objects would be deleted, but max_deletions is 3: variable/foreign")
    assert server.writes == []
    deploy(server, **given, max_deletions=4)
    assert sorted(server.kept["variables"]) == ["new 1", "new 2", "same"]


@each_version
def test_all_that_is_wrong_is_said_together_before_the_first_write(version: str) -> None:
    server = keeper(version)
    pools = [{"name": "bare"}, {"name": "new 1", "slots": 1}, {"name": "default_pool", "state": "absent"}]
    error = deploy(server, users=[{"username": "ada", "roles": ["no role"]}], pools=pools, purge=["variables"])
    assert isinstance(error, PlanError)
    for words in ("variables must be given", "'no role'", "pools[0] (pool 'bare')", "pools[2] (pool 'default_pool')"):
        assert words in error.message
    assert server.writes == []


@each_version
def test_options_of_what_is_to_be_absent_are_checked_too(version: str) -> None:
    server = keeper(version)
    error = deploy(server, connections=[{"connection_id": "old", "port": "nope", "state": "absent"}])
    assert isinstance(error, PlanError)
    assert "connections[0] (connection 'old'): port must be a number" in error.message
    assert server.writes == []
