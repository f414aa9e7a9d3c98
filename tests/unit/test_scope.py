# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Deployments in a scope: what is recorded, what is purged, and what an interruption at any request leaves."""

from __future__ import annotations

import random
import threading
from typing import Any, Callable, Mapping

import pytest

from ansible_collections.dataops.airflow.plugins.module_utils._engine.task import Task
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.deployment import scope_lock
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.deployment.deployment_info import export
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.deployment.kinds import KINDS
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.deployment.ledger import Ledger, read_all
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.deployment.scope_info import SCOPE_INFO
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.deployment.scope_names import SCOPES
from ansible_collections.dataops.airflow.plugins.module_utils._model.errors import AirflowError
from ansible_collections.dataops.airflow.tests.unit.keeping import IDENTITIES, Fault, Keeper
from ansible_collections.dataops.airflow.tests.unit.samples import AIRFLOW_2, AIRFLOW_3, KNOWN
from ansible_collections.dataops.airflow.tests.unit.scripted import FAULTS, LOST, Answer, Sent, client
from ansible_collections.dataops.airflow.tests.unit.test_deployment_apply import deploy, each_version, keeper, planned
from ansible_collections.dataops.airflow.tests.unit.turns import Killed, Turns, at_once

PURGED = ["pools", "variables", "connections"]
ONE: Mapping[str, Any] = {
    "pools": [{"name": "p1", "slots": 1}, {"name": "same", "slots": 1}],
    "variables": [{"key": "v1", "value": "1"}, {"key": "v2", "value": "[1, 2]"}],
    "connections": [{"connection_id": "c1", "conn_type": "http", "host": "h", "password": "geheim"}],
}
TWO: Mapping[str, Any] = {
    "pools": [{"name": "p2", "slots": 2}, {"name": "same", "slots": 1}],
    "variables": [{"key": "v1", "value": "2"}, {"key": "v3", "value": "3"}],
    "connections": [{"connection_id": "c2", "conn_type": "http", "host": "h"}],
}
THREE: Mapping[str, Any] = {
    "pools": [{"name": "p1", "slots": 1}],
    "variables": [{"key": "v1", "value": "2"}, {"key": "v4", "value": "3"}],
    "connections": [],
}

CHANGED: Mapping[str, Any] = {
    "pools": [{"name": "p1", "slots": 9}, {"name": "same", "slots": 1}],
    "variables": [{"key": "v1", "value": "1"}, {"key": "v2", "value": "[3]"}],
    "connections": [{"connection_id": "c1", "conn_type": "http", "host": "elsewhere", "password": "geheim"}],
}
"""All that only the first one names, in another form."""


class Mortal(Keeper):
    """A server whose client is killed at a request, and sends nothing after it.

    :ivar dies_at: number of the request; ``None`` for a long life.
    :ivar is_made: whether the server has still made it.
    """

    dies_at: int | None = None
    is_made = False
    number = 0

    def _reply(self, request: Sent) -> Any:
        self.number += 1
        if self.dies_at is not None and self.number >= self.dies_at:
            if self.number == self.dies_at and self.is_made:
                super()._reply(request)
            raise Killed
        return super()._reply(request)


class World:
    """The processes and the clock."""

    def __init__(self) -> None:
        self.time = 1_800_000_000.0
        self.process = "here-1-1"
        self.ended: set[str] = set()

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    made = World()
    monkeypatch.setattr(scope_lock, "CLOCK", made)
    monkeypatch.setattr(scope_lock, "this_process", lambda: made.process)
    monkeypatch.setattr(scope_lock, "has_ended", lambda process: process in made.ended)
    return made


def mortal(version: str, permissions: bool = False) -> Mortal:
    server = keeper(version)
    answers = {key: reply for key, reply in KNOWN[version].items() if permissions and key == "GET /permissions"}
    made = Mortal({}, version, answers)
    made.kept = server.kept
    return made


def run(server: Keeper, wanted: Mapping[str, Any], scope: str = "etl", **options: Any) -> Any:
    server.sent = []
    return deploy(server, **{"scope": scope, "purge": PURGED, "update_secrets": "on_create", **wanted, **options})


def done(server: Keeper, wanted: Mapping[str, Any], scope: str = "etl", **options: Any) -> Any:
    result = run(server, wanted, scope, **options)
    assert not isinstance(result, AirflowError), result
    return result


def ledgers(server: Keeper) -> dict[str, Ledger]:
    found = read_all(server.kept["variables"].values())
    assert not [ledger.problem for ledger in found.values() if ledger.problem]
    return found


def owned(server: Keeper, scope: str = "etl") -> set[str]:
    ledger = ledgers(server).get(scope)
    return {"/".join(key) for key in ledger.entries} if ledger else set()


def names(wanted: Mapping[str, Any]) -> set[str]:
    listed = [(option, item[IDENTITIES[option]]) for option in PURGED for item in wanted.get(option, ())]
    return {f"{KINDS[option].resource.kind}/{name}" for option, name in listed}


def there(server: Keeper) -> set[str]:
    """What there is beside ledgers and locks."""
    kept = [(option, name) for option in PURGED for name in server.kept[option] if not name.startswith(SCOPES)]
    return {f"{KINDS[option].resource.kind}/{name}" for option, name in kept}


def locks(server: Keeper) -> list[str]:
    return [name for name in server.kept["connections"] if name.startswith(SCOPES)]


@each_version
def test_only_what_the_scope_owns_is_purged(version: str, world: World) -> None:
    server = mortal(version)
    before = there(server)
    first = done(server, ONE)
    assert first["adopted"] == [{"kind": "pool", "name": "same"}]
    assert first["warnings"] == ["Scope 'etl' owns nothing on this Airflow yet. Nothing is purged"]
    assert (there(server), owned(server)) == (before | names(ONE), names(ONE))
    second = done(server, TWO)
    assert second["warnings"] == []
    assert (there(server), owned(server)) == (before | names(TWO), names(TWO))
    third = done(server, THREE)
    # It was adopted, and is no longer listed.
    assert "delete pool same" in planned(third)
    assert (there(server), owned(server)) == ((before | names(THREE)) - {"pool/same"}, names(THREE))


@each_version
def test_a_run_that_changes_nothing_sends_nothing_more(version: str, world: World) -> None:
    server = mortal(version)
    done(server, ONE)
    again = done(server, ONE)
    assert (again["changed"], again["adopted"], server.writes) == (False, [], [])
    in_scope = len(server.sent)
    server.sent = []
    deploy(server, **ONE, purge=PURGED, purge_only=["variable/no"], update_secrets="on_create")
    assert (server.writes, len(server.sent)) == ([], in_scope)


@each_version
@pytest.mark.parametrize("wanted", [ONE, TWO, {**ONE, "pools": [], "variables": []}])
def test_a_run_sends_few_requests_more(version: str, wanted: Any, world: World) -> None:
    """Lock, look at the ledger, record what is created, record what was deleted, unlock."""
    server, other = mortal(version), mortal(version)
    if wanted is not ONE:
        done(server, ONE)
        other.kept = server.state()
        del other.kept["variables"][f"{SCOPES}etl.0"]
    done(server, wanted)
    goal = there(server)
    only = ["pool/p1", "pool/same", "variable/v?", "connection/c?"]
    only = [pattern for pattern in only if wanted is not TWO or pattern != "pool/same"]
    other.sent = []
    deploy(other, **wanted, purge=PURGED, purge_only=only, update_secrets="on_create")
    assert there(other) == goal
    assert len(server.sent) - len(other.sent) <= 4


@pytest.mark.parametrize(("version", "lists"), [(AIRFLOW_2, 13), (AIRFLOW_3, 3)])
def test_company_costs_a_request_where_the_server_selects_ledgers(version: str, lists: int, world: World) -> None:
    server = mortal(version)
    for option, identity in (("variables", "key"), ("pools", "name")):
        first = {f"!{number}": {identity: f"!{number}", "value": "x", "slots": 1} for number in range(1000)}
        server.kept[option] = {**first, **server.kept[option]}
    before = there(server)
    done(server, ONE)
    for wanted in (TWO, TWO, THREE):
        done(server, wanted)
        listed = [request for request in server.sent if request.line in ("GET /variables", "GET /connections")]
        assert len(listed) <= lists
        assert len([request for request in server.sent if request.line == "GET /pools"]) == 1
    assert there(server) == (before - {"pool/same"}) | names(THREE)
    assert owned(server) == names(THREE)


@each_version
@pytest.mark.parametrize("is_made", [False, True], ids=["lost", "made"])
@pytest.mark.parametrize(
    ("first", "second", "third"),
    [
        ({}, ONE, TWO),
        (ONE, TWO, THREE),
        *(
            pytest.param(ONE, second, third, marks=pytest.mark.slow)
            for second, third in ((TWO, TWO), ({}, THREE), (CHANGED, THREE))
        ),
    ],
)
def test_after_an_end_at_any_request_the_next_run_leaves_nothing_behind(
    version: str, is_made: bool, first: Any, second: Any, third: Any, world: World
) -> None:
    nothing: dict[str, Any] = {option: [] for option in PURGED}
    first, second = {**nothing, **first}, {**nothing, **second}
    number = 0
    while True:
        number += 1
        server, world.process = mortal(version), "here-1-1"
        before = there(server)
        if any(first.values()):
            done(server, first)
        server.number, server.dies_at, server.is_made = 0, number, is_made
        try:
            done(server, second)
        except Killed:
            world.ended.add("here-1-1")
        else:
            break
        server.dies_at, world.process = None, "here-2-2"
        result = done(server, third)
        mine = (before - {"pool/same"}) if first is ONE or second is ONE else before
        assert there(server) - {"pool/same"} == (mine | names(third)) - {"pool/same"}, (number, result)
        assert "pool/foreign" in there(server)
        assert owned(server) == names(third), number
        assert done(server, third)["changed"] is False
        assert server.writes == []
        done(server, {**nothing, "pools": [{"name": "another", "slots": 1}]})
        assert locks(server) == []
        world.ended.clear()
    assert number > 10


# Faults that a run survives


WAYS = {
    "lost, made": Fault(LOST, True),
    "lost": Fault(LOST),
    "500, made": Fault(FAULTS["500"], True),
    "500": Fault(FAULTS["500"]),
    "504": Fault(FAULTS["504"]),
    "403": Fault(Answer(403, {"detail": "no"})),
    "{}": Fault({}, True),
}
QUICK = ("lost, made", "500", "{}")


def befalls(fault: Fault, number: int, from_there_on: bool, seen: list[str]) -> Callable[[int, Sent], Fault | None]:
    """What befalls a write of this number, counted from 1.

    :param seen: the writes that came so far; added to.
    """

    def befall(count: int, request: Sent) -> Fault | None:
        if request.method == "GET":
            return None
        seen.append(request.line)
        return fault if len(seen) == number or (len(seen) > number and from_there_on) else None

    return befall


@each_version
@pytest.mark.parametrize(
    ("way", "from_there_on"),
    [
        *(pytest.param(way, False, marks=[] if way in QUICK else pytest.mark.slow) for way in WAYS),
        ("lost", True),
        *(pytest.param(way, True, marks=pytest.mark.slow) for way in ("504", "403")),
    ],
)
def test_after_a_fault_of_any_write_the_next_run_leaves_nothing_behind(
    version: str, way: str, from_there_on: bool, world: World
) -> None:
    number = 0
    while True:
        number += 1
        server, world.process = mortal(version), "here-1-1"
        before = there(server)
        done(server, ONE)
        seen: list[str] = []

        server.befall = befalls(WAYS[way], number, from_there_on, seen)
        result = run(server, TWO)
        server.befall = None
        if isinstance(result, AirflowError):
            assert "geheim" not in str(result.facts) + result.message
        world.ended.add("here-1-1")
        world.process = "here-2-2"
        done(server, THREE)
        assert there(server) == (before - {"pool/same"}) | names(THREE), (number, seen[number - 1], result)
        assert owned(server) == names(THREE), number
        world.ended.clear()
        if len(seen) < number:
            break
    assert number > 6


@each_version
def test_a_ledger_that_cannot_be_written_leaves_the_objects_alone(version: str, world: World) -> None:
    server = mortal(version)
    server.befall = lambda count, request: (
        WAYS["403"] if request.method != "GET" and "scope.etl.0" in str(request) else None
    )
    before = there(server)
    error = run(server, ONE)
    assert error.message.startswith("No object was changed, as the ledger could not be written")
    assert (there(server), locks(server)) == (before, [])


@each_version
def test_what_fails_is_not_owned_and_what_is_not_known_is(version: str, world: World) -> None:
    server = mortal(version)

    def befall(count: int, request: Sent) -> Fault | None:
        if request.method != "GET" and request.path.startswith("/pools"):
            return WAYS["403"]
        return WAYS["504"] if "v2" in str(request.body) and "/variables" in request.path else None

    server.befall = befall
    error = run(server, {**ONE, "variables": ONE["variables"][1:]})
    assert isinstance(error, AirflowError)
    # The adopted pool needs no write.
    assert owned(server) == {"pool/same", "variable/v2", "connection/c1"}


# Two runs at once


class InTurns(Mortal):
    """A server whose clients' requests take turns."""

    turns: Turns

    def _reply(self, request: Sent) -> Any:
        self.turns.request()
        return super()._reply(request)


def client_of(server: Keeper, version: str, turns: Turns) -> InTurns:
    made = InTurns({}, version, {})
    made.kept, made._lock, made.turns = server.kept, server._lock, turns
    # Each task is one thread.
    made.settings = made.settings._replace(concurrency=1)
    return made


@each_version
@pytest.mark.parametrize("seed", range(12))
def test_two_scopes_that_purge_at_the_same_time_leave_each_other_alone(
    version: str, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = mortal(version)
    before = there(server)
    lists = [
        {
            "pools": [{"name": f"{team} {number}", "slots": 1}],
            "variables": [{"key": f"{team} {number}", "value": team}],
            "connections": [{"connection_id": f"{team}{number}", "conn_type": "http"}],
        }
        for team in ("a", "b")
        for number in range(4)
    ]
    turns = Turns(seed, 2)
    monkeypatch.setattr(scope_lock, "CLOCK", turns)

    def team(scope: str, own: list[Any]) -> list[Any]:
        return [run(client_of(server, version, turns), wanted, scope) for wanted in own]

    results = at_once(turns, [lambda: team("a", lists[:4]), lambda: team("b", lists[4:])])
    assert not [one for result in results for one in result if isinstance(one, AirflowError)]
    assert there(server) == before | names(lists[3]) | names(lists[7])
    assert (owned(server, "a"), owned(server, "b")) == (names(lists[3]), names(lists[7]))
    assert locks(server) == []


@each_version
@pytest.mark.parametrize("seed", [*range(5), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(5, 20))])
def test_of_two_scopes_whose_runs_end_at_any_request_neither_deletes_what_is_the_others(
    version: str, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twenty runs, half of which are killed."""
    server, chance, ended = mortal(version), random.Random(seed), set()
    before = there(server)
    turns = Turns(seed, 2)
    local = threading.local()
    monkeypatch.setattr(scope_lock, "CLOCK", turns)
    monkeypatch.setattr(scope_lock, "has_ended", lambda process: process in ended)
    monkeypatch.setattr(scope_lock, "this_process", lambda: local.process)
    ends = {team: [chance.randrange(1, 15) if number % 2 else None for number in range(10)] for team in "ab"}

    def wanted(name: str) -> dict[str, Any]:
        return {
            "pools": [{"name": f"{name}", "slots": 1}],
            "variables": [{"key": f"{name}", "value": name}, {"key": f"{name[0]} always", "value": name}],
            "connections": [{"connection_id": name, "conn_type": "http"}],
        }

    def team(scope: str) -> Any:
        def act() -> None:
            for number, dies_at in enumerate(ends[scope]):
                own = client_of(server, version, turns)
                own.dies_at, local.process = dies_at, f"{scope}-{number}-1"
                try:
                    done(own, wanted(f"{scope}{number}"), scope)
                except Killed:
                    ended.add(local.process)
            local.process = f"{scope}-last-1"
            done(client_of(server, version, turns), wanted(f"{scope}last"), scope)

        return act

    assert at_once(turns, [team("a"), team("b")]) == [None, None]
    assert there(server) == before | names(wanted("alast")) | names(wanted("blast"))
    assert (owned(server, "a"), owned(server, "b")) == (names(wanted("alast")), names(wanted("blast")))
    assert len(ended) > 5
    assert locks(server) == []


@each_version
@pytest.mark.parametrize("seed", range(12))
def test_two_runs_in_one_scope_wait_for_each_other(version: str, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    server = mortal(version)
    before = there(server)
    turns = Turns(seed, 3)
    monkeypatch.setattr(scope_lock, "CLOCK", turns)
    monkeypatch.setattr(scope_lock, "has_ended", lambda process: False)

    def task(wanted: Any) -> Any:
        return lambda: run(client_of(server, version, turns), wanted)

    results = at_once(turns, [task(wanted) for wanted in (ONE, TWO, THREE)])
    assert not [result for result in results if isinstance(result, AirflowError)]
    # Of the last one: nothing of the others is left, and nothing is owned by nobody.
    last = next(wanted for wanted in (ONE, TWO, THREE) if owned(server) == names(wanted))
    assert there(server) - {"pool/same"} == (before | names(last)) - {"pool/same"}
    assert locks(server) == []


# Whose an object is

POOL = {"pools": [{"name": "p1", "slots": 1}]}
OTHER = {"pools": [{"name": "p1", "slots": 2}]}
NONE: Mapping[str, Any] = {"pools": []}


@each_version
def test_an_object_of_another_scope_is_named_and_nothing_is_written(version: str, world: World) -> None:
    server = mortal(version)
    done(server, POOL, "one", purge=[])
    for wanted in (OTHER, {"pools": [{"name": "p1", "state": "absent"}]}):
        error = run(server, {**wanted, "variables": [{"key": "new", "value": "1"}]}, "two", purge=[])
        assert error.message == (
            "pools[0] (pool 'p1'): belongs to scope 'one'. adopt=always takes it over. Nothing was changed"
        )
        assert server.writes == []
    done(server, NONE, "two", purge=["pools"])
    assert "p1" in server.kept["pools"]


@each_version
def test_adoption(version: str, world: World) -> None:
    server = mortal(version)
    error = run(server, {"pools": [{"name": "foreign", "slots": 1}]}, purge=[], adopt="never")
    assert "pool 'foreign'): exists, and does not belong to scope 'etl'" in error.message
    assert done(server, {"pools": [{"name": "foreign", "slots": 1}]}, purge=[])["adopted"]
    assert owned(server) == {"pool/foreign"}
    # What it owns by now is nothing to adopt.
    assert not done(server, {"pools": [{"name": "foreign", "slots": 2}]}, purge=[], adopt="never")["adopted"]


@each_version
def test_a_scope_takes_over_from_another_one(version: str, world: World) -> None:
    server = mortal(version)
    done(server, {"pools": [*POOL["pools"], {"name": "p2", "slots": 1}]}, "one", purge=[])
    result = done(server, OTHER, "two", purge=[], adopt="always")
    assert result["adopted"] == [{"kind": "pool", "name": "p1"}]
    assert (owned(server, "one"), owned(server, "two")) == ({"pool/p2"}, {"pool/p1"})
    done(server, NONE, "one", purge=["pools"])
    assert {"p1", "foreign"} <= server.kept["pools"].keys()
    assert "p2" not in server.kept["pools"]
    assert locks(server) == []


@each_version
@pytest.mark.parametrize("is_made", [False, True], ids=["lost", "made"])
@pytest.mark.parametrize("how", [{"scope_was": "one"}, {"adopt": "always"}])
def test_an_end_while_something_is_taken_over_leaves_it_to_the_next_run(
    version: str, how: Any, is_made: bool, world: World
) -> None:
    number = 0
    while True:
        number += 1
        server, world.process = mortal(version), "here-1-1"
        done(server, POOL, "one", purge=[])
        server.number, server.dies_at, server.is_made = 0, number, is_made
        try:
            done(server, OTHER, "two", purge=["pools"], **how)
        except Killed:
            world.ended.add("here-1-1")
        else:
            break
        server.dies_at, world.process = None, "here-2-2"
        if "scope_was" not in how:
            both = "pool/p1" in owned(server, "two")
            run(server, NONE, "one", purge=["pools"])
            # What both have recorded, neither of them deletes.
            assert ("p1" in server.kept["pools"]) == both
        done(server, OTHER, "two", purge=["pools"], **how)
        assert server.kept["pools"]["p1"]["slots"] == 2
        assert (owned(server, "one"), owned(server, "two")) == (set(), {"pool/p1"})
        world.ended.clear()
    assert number > 6


@each_version
def test_a_scope_that_is_renamed_keeps_its_objects(version: str, world: World) -> None:
    server = mortal(version)
    done(server, ONE, "old")
    server.sent = []
    done(server, TWO, "new", scope_was="old")
    assert (owned(server, "old"), owned(server, "new")) == (set(), names(TWO))
    assert "c1" not in server.kept["connections"]
    assert list(ledgers(server)) == ["new"]
    # The option may stay.
    done(server, TWO, "new", scope_was="old")
    assert server.writes == []


@each_version
def test_what_is_forgotten_stays(version: str, world: World) -> None:
    server = mortal(version)
    done(server, ONE)
    done(server, {**ONE, "pools": []}, scope_forget=["pool/p1", "pool/same"])
    assert {"p1", "same"} <= server.kept["pools"].keys()
    assert "pool/p1" not in owned(server)
    done(server, {**ONE, "pools": []}, scope_forget=["pool/p1", "pool/same"])
    assert server.writes == []


@each_version
def test_what_is_protected_is_not_deleted(version: str, world: World) -> None:
    server = mortal(version)
    done(server, {"pools": [{"name": "p1", "slots": 1, "protect": True}]}, purge=["pools"])
    result = done(server, NONE, purge=["pools"])
    assert result["warnings"] == ["pool 'p1' is not purged: it was protected when it was listed for the last time"]
    error = run(server, {"pools": [{"name": "p1", "state": "absent", "protect": True}]}, purge=[])
    assert "pools[0] (pool 'p1'): it is protected, and would be deleted" in error.message
    done(server, POOL, purge=["pools"])
    done(server, NONE, purge=["pools"])
    assert "p1" not in server.kept["pools"]


def test_what_is_protected_is_not_deleted_and_created_again() -> None:
    server = keeper("3.3.2")
    server.kept["connections"]["moved"]["password"] = "geheim"
    cleared = {"connection_id": "moved", "password": ""}
    error = deploy(server, connections=[{**cleared, "protect": True}])
    assert "connections[0] (connection 'moved'): it is protected, and would be deleted" in error.message
    assert not isinstance(deploy(server, connections=[cleared]), AirflowError)


REPLACED = [
    ("pools", "p1", {"name": "p1", "slots": 9}),
    ("variables", "v1", {"key": "v1", "value": "9"}),
    ("variables", "v2", {"key": "v2", "value": "[2, 3]"}),
    ("connections", "c1", {"connection_id": "c1", "conn_type": "ftp", "host": "h"}),
]


@each_version
@pytest.mark.parametrize(("collection", "name", "row"), REPLACED)
def test_what_a_person_has_replaced_is_reported_and_not_purged(
    version: str, collection: str, name: str, row: Any, world: World
) -> None:
    server = mortal(version)
    done(server, ONE)
    server.kept[collection][name] = {"description": None, "extra": None, "include_deferred": False, **row}
    left = {**ONE, collection: []}
    result = done(server, left)
    (said,) = [line for line in result["warnings"] if name in line]
    assert "is not purged: it is not as scope 'etl' left it (" in said
    assert name in server.kept[collection]
    done(server, {**left, collection: [{IDENTITIES[collection]: name, "state": "absent"}]})
    assert name not in server.kept[collection]
    assert owned(server) == names(left)


@each_version
def test_what_a_person_created_after_the_last_run_is_left(version: str, world: World) -> None:
    server = mortal(version)
    done(server, POOL, purge=["pools"])
    row = server.kept["pools"].pop("p1")
    done(server, NONE, purge=["pools"])
    server.kept["pools"]["p1"] = row
    assert planned(done(server, NONE, purge=["pools"])) == []


@each_version
def test_what_a_person_deleted_is_created_again_with_few_requests(version: str, world: World) -> None:
    server, other = mortal(version), mortal(version)
    done(server, POOL, purge=["pools"])
    (entry,) = ledgers(server)["etl"].entries.values()
    world.time += 1000
    for each in (server, other):
        each.kept["pools"].pop("p1", None)
    done(server, POOL, purge=["pools"])
    other.sent = []
    deploy(other, **POOL, purge=["pools"], purge_only=["pool/no"], variables=[], update_secrets="on_create")
    # The list of variables is one more.
    assert len(server.sent) - len(other.sent) <= 4 + 1
    assert ledgers(server)["etl"].entries["pool", "p1"] == entry


# Damage


def spoiled(text: str) -> str:
    return f"{text[:-9]}AAAA {text[-4:]}"


@each_version
@pytest.mark.parametrize("damage", [spoiled, lambda text: "", lambda text: "42", lambda text: text[:-5]])
def test_a_damaged_ledger_purges_nothing_and_says_so(version: str, damage: Any, world: World) -> None:
    server = mortal(version)
    done(server, ONE)
    row = server.kept["variables"][f"{SCOPES}etl.0"]
    row["value"] = damage(row["value"])
    before = there(server)
    result = done(server, TWO)
    (said,) = result["warnings"]
    assert said.startswith(f"The ledger of scope 'etl' is damaged (variable '{SCOPES}etl.0': it")
    assert "Nothing is purged" in said
    assert there(server) == before | names(TWO)
    assert owned(server) == names(TWO)


@each_version
def test_a_ledger_that_is_gone_purges_nothing_and_says_so(version: str, world: World) -> None:
    server = mortal(version)
    done(server, ONE)
    del server.kept["variables"][f"{SCOPES}etl.0"]
    before = there(server)
    assert done(server, TWO)["warnings"] == ["Scope 'etl' owns nothing on this Airflow yet. Nothing is purged"]
    assert there(server) == before | names(TWO)


@each_version
@pytest.mark.parametrize(("value", "said"), [("***", "Airflow hides its value"), ("dop2 x", "a later version")])
def test_a_ledger_that_another_version_can_read_is_not_written_over(
    version: str, value: str, said: str, world: World
) -> None:
    server = mortal(version)
    done(server, ONE)
    server.kept["variables"][f"{SCOPES}etl.0"]["value"] = value
    error = run(server, TWO)
    assert said in error.message
    assert server.writes == []


@each_version
def test_while_a_ledger_of_others_is_damaged_nothing_is_adopted(version: str, world: World) -> None:
    server = mortal(version)
    done(server, POOL, "one", purge=[])
    server.kept["variables"][f"{SCOPES}one.0"]["value"] = "x"
    error = run(server, OTHER, "two", purge=[])
    assert (
        "whether it belongs to another scope is not known: a ledger cannot be read, that of scope 'one'"
        in error.message
    )
    done(server, {"pools": [{"name": "mine", "slots": 1}]}, "two", purge=["pools"])
    assert owned_by_two(server) == {"pool/mine"}


def owned_by_two(server: Keeper) -> set[str]:
    found = read_all(server.kept["variables"].values())
    return {"/".join(key) for key in found["two"].entries}


# Roles and users

PEOPLE: Mapping[str, Any] = {
    "roles": [{"name": "analyst", "permissions": [{"action": "can_read", "resource": "DAGs"}]}],
    "users": [
        {
            "username": "Grace",
            "email": "g@example.com",
            "first_name": "G",
            "last_name": "H",
            "password": "geheim",
            "roles": ["Viewer", "analyst"],
        }
    ],
}


@each_version
def test_roles_and_users_are_purged_too(version: str, world: World) -> None:
    server = mortal(version, permissions=True)
    done(server, PEOPLE, purge=["roles", "users"])
    assert owned(server) == {"role/analyst", "user/grace"}
    website = {"action": {"name": "can_read"}, "resource": {"name": "Website"}}
    # Airflow adds it when it starts, and stores the name in another case.
    server.kept["roles"]["analyst"]["actions"].append(website)
    server.kept["users"]["grace"] = {**server.kept["users"].pop("Grace"), "username": "grace"}
    done(server, PEOPLE, purge=["roles", "users"])
    assert server.writes == []
    result = done(server, {"roles": [], "users": []}, purge=["roles", "users"])
    assert planned(result) == ["delete user grace", "delete role analyst"]
    assert {"ada", "old user"} <= server.kept["users"].keys()
    assert owned(server) == set()


# Others do not touch what scopes know


@each_version
def test_what_scopes_know_is_listed_but_not_exported(version: str, world: World) -> None:
    server = mortal(version)
    world.time = 1_800_000_000
    done(server, {"pools": [{"name": "p1", "slots": 1, "protect": True}, {"name": "same"}]}, purge=[])
    server.kept["variables"][f"{SCOPES}bad.0"] = {"key": f"{SCOPES}bad.0", "value": "x"}
    own = Task(client(server))
    found = SCOPE_INFO.read(own.client, {"scope": None})
    assert found["objects"] == [
        {
            "scope": "etl",
            "kind": "pool",
            "name": name,
            "origin": origin,
            "since": "2027-01-15T08:00:00Z",
            "protected": kept,
        }
        for name, origin, kept in (("p1", "created", True), ("same", "adopted", False))
    ]
    assert [(row["name"], row["total"], row["serial"]) for row in found["scopes"]] == [("bad", 0, 0), ("etl", 2, 1)]
    assert found["scopes"][0]["problem"] == f"variable '{SCOPES}bad.0': it does not have the form of a ledger"
    assert SCOPE_INFO.read(own.client, {"scope": "no"}) == {"scopes": [], "objects": [], "warnings": []}
    asked = {"airflow_auth": "none", "gather": ["variables"], "include": ["*"], "exclude": []}
    exported = export(own.client, asked)["deployment"]["variables"]
    assert not [row for row in exported if row["key"].startswith(SCOPES)]


# Without a scope


@each_version
def test_without_a_scope_ledgers_and_locks_are_left_alone(version: str, world: World) -> None:
    server = mortal(version)
    done(server, POOL, purge=[])
    server.kept["connections"][f"{SCOPES}etl.lock"] = {"connection_id": f"{SCOPES}etl.lock", "conn_type": "generic"}
    result = deploy(server, variables=[], connections=[], purge=["variables", "connections"])
    assert not isinstance(result, AirflowError)
    assert [*server.kept["variables"], *server.kept["connections"]] == [f"{SCOPES}etl.0", f"{SCOPES}etl.lock"]


@each_version
def test_purge_only_selects(version: str) -> None:
    server = keeper(version)
    deploy(server, pools=[], variables=[], purge=["pools", "variables"], purge_only=["pool/old *", "variable/old"])
    assert {"foreign", "same", "wider"} <= server.kept["pools"].keys()
    assert not {"old 1", "old 2"} & server.kept["pools"].keys()
    assert sorted(server.kept["variables"]) == ["foreign", "other 1", "other 2", "same"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"scope": ""}, "scope must be 1 to 40 lower-case letters"),
        ({"scope": "Etl"}, "scope must be 1 to 40 lower-case letters"),
        ({"scope": "a.b"}, "scope must be 1 to 40 lower-case letters"),
        ({"scope": "x" * 41}, "scope must be 1 to 40 lower-case letters"),
        ({"scope": "api_token"}, "scope must not sound like a secret"),
        ({"scope": "a", "scope_was": "A"}, "scope_was must be 1 to 40"),
        ({"scope": "a", "scope_was": "a"}, "scope and scope_was must differ"),
        ({"scope_was": "a"}, "scope_was needs scope"),
        ({"scope_forget": ["pool/a"]}, "scope_forget needs scope"),
        ({"adopt": "always"}, "adopt needs scope"),
        ({"scope": "a", "scope_forget": ["pool"]}, "scope_forget: 'pool' must be kind/name"),
        ({"scope": "a", "scope_forget": ["dag/a"]}, "scope_forget: 'dag/a' must be kind/name"),
        ({"scope": "a", "scope_forget": ["pool/p1"], **POOL}, "pool 'p1' is listed and in scope_forget"),
        ({"scope": "a", "variables": [{"key": f"{SCOPES}b.0"}]}, "cannot be listed: scopes keep what they own"),
        ({"purge_only": []}, "purge_only needs purge"),
        ({"purge_only": [], "purge": ["pools"]}, "purge_only needs at least one pattern"),
        ({"purge_only": ["*"], "purge": ["pools"]}, "purge_only: '*' must be a kind of purge (pool), a slash"),
        ({"purge_only": ["variable/*"], "purge": ["pools"]}, "purge_only: 'variable/*' must be a kind of purge (pool)"),
    ],
)
def test_options_that_cannot_work_are_named_before_anything_is_sent(options: Any, said: str) -> None:
    server = keeper("3.3.2")
    error = deploy(server, **options)
    assert isinstance(error, AirflowError)
    assert said in error.message
    assert server.sent == []


@each_version
def test_check_mode_takes_no_lock_and_writes_nothing(version: str, world: World) -> None:
    server = mortal(version)
    server.read_only = True
    result = done(server, ONE)
    assert result["adopted"] == [{"kind": "pool", "name": "same"}]
    assert server.writes == []


@each_version
@pytest.mark.parametrize("seed", range(12))
def test_what_two_scopes_create_in_the_same_moment_neither_of_them_purges(
    version: str, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = mortal(version)
    turns = Turns(seed, 2)
    monkeypatch.setattr(scope_lock, "CLOCK", turns)
    monkeypatch.setattr(scope_lock, "has_ended", lambda process: False)

    def task(scope: str, wanted: Any) -> Any:
        return lambda: run(client_of(server, version, turns), wanted, scope, purge=[])

    results = dict(zip("ab", at_once(turns, [task("a", POOL), task("b", POOL)]), strict=True))
    done_by = [scope for scope, result in results.items() if not isinstance(result, AirflowError)]
    owners = [scope for scope in ("a", "b") if owned(server, scope)]
    assert done_by == owners != []
    for scope in owners if len(owners) == 2 else {"a", "b"} - set(owners):
        result = run(server, NONE, scope, purge=["pools"])
        assert "p1" in server.kept["pools"], (scope, result)
    if len(owners) == 2:
        assert "belongs to scope 'a' and scope 'b'" in run(server, POOL, "a", purge=[]).message
        done(server, NONE, "a", purge=["pools"], scope_forget=["pool/p1"])
        done(server, NONE, "b", purge=["pools"])
        assert "p1" not in server.kept["pools"]
