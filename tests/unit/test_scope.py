# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Deployments in a scope: what is recorded, what is purged, and what an interruption at any request leaves."""

from __future__ import annotations

from typing import Any, Mapping

import pytest

from ansible_collections.dataops.airflow.plugins.module_utils._kinds.deployment import scope_lock
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.deployment.kinds import KINDS, SCOPES
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.deployment.ledger import Ledger, read_all
from ansible_collections.dataops.airflow.plugins.module_utils._model.errors import AirflowError
from ansible_collections.dataops.airflow.tests.unit.keeping import IDENTITIES, Fault, Keeper
from ansible_collections.dataops.airflow.tests.unit.scripted import FAULTS, LOST, Answer, Sent
from ansible_collections.dataops.airflow.tests.unit.test_deployment_apply import deploy, each_version, keeper, planned
from ansible_collections.dataops.airflow.tests.unit.turns import Killed, Turns, at_once

PURGED = ["pools", "variables", "connections"]
ONE = {
    "pools": [{"name": "p1", "slots": 1}, {"name": "same", "slots": 1}],
    "variables": [{"key": "v1", "value": "1"}, {"key": "v2", "value": "[1, 2]"}],
    "connections": [{"connection_id": "c1", "conn_type": "http", "host": "h", "password": "geheim"}],
}
TWO = {
    "pools": [{"name": "p2", "slots": 2}, {"name": "same", "slots": 1}],
    "variables": [{"key": "v1", "value": "2"}, {"key": "v3", "value": "3"}],
    "connections": [{"connection_id": "c2", "conn_type": "http", "host": "h"}],
}
THREE = {
    "pools": [{"name": "p1", "slots": 1}],
    "variables": [{"key": "v1", "value": "2"}, {"key": "v4", "value": "3"}],
    "connections": [],
}


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


def mortal(version: str) -> Mortal:
    server = keeper(version)
    made = Mortal({}, version, {})
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
    found = read_all({name: row["value"] for name, row in server.kept["variables"].items()})
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
@pytest.mark.parametrize(("wanted", "most"), [(ONE, 4), (TWO, 5), ({**ONE, "pools": [], "variables": []}, 4)])
def test_a_run_sends_few_requests_more(version: str, wanted: Any, most: int, world: World) -> None:
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
    assert len(server.sent) - len(other.sent) <= most


@each_version
@pytest.mark.parametrize("is_made", [False, True], ids=["lost", "made"])
@pytest.mark.parametrize(
    ("first", "second", "third"), [({}, ONE, TWO), (ONE, TWO, THREE), (ONE, TWO, TWO), (ONE, {}, THREE)]
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


@each_version
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("from_there_on", [False, True], ids=["once", "from there on"])
def test_after_a_fault_of_any_write_the_next_run_leaves_nothing_behind(
    version: str, way: str, from_there_on: bool, world: World
) -> None:
    number = 0
    while True:
        number += 1
        server, world.process = mortal(version), "here-1-1"
        before = there(server)
        done(server, ONE)
        seen = []

        def befall(count: int, request: Sent, number: int = number, seen: list[str] = seen) -> Fault | None:
            if request.method == "GET":
                return None
            seen.append(request.line)
            return WAYS[way] if len(seen) == number or (len(seen) > number and from_there_on) else None

        server.befall = befall
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


class InTurns(Keeper):
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
    # Whoever is the last: nothing of the others is left, and nothing is owned by nobody.
    last = next(wanted for wanted in (ONE, TWO, THREE) if owned(server) == names(wanted))
    assert there(server) - {"pool/same"} == (before | names(last)) - {"pool/same"}
    assert locks(server) == []
