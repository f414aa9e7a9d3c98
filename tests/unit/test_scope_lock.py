# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lock of a scope: one holder at a time, even if some of them die, and nobody waits for one that has ended."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from typing import Any, Callable

import pytest

from ansible_collections.dataops.airflow.plugins.module_utils._engine.task import Task
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.deployment import scope_lock
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.deployment.scope_lock import (
    LEASE,
    SKEW,
    Holder,
    Lock,
    has_ended,
    holder_of,
    this_process,
)
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.deployment.scope_names import SCOPES
from ansible_collections.dataops.airflow.plugins.module_utils._model.errors import AirflowError, PreconditionError
from ansible_collections.dataops.airflow.tests.unit.keeping import Fault, Keeper
from ansible_collections.dataops.airflow.tests.unit.scripted import FAULTS, LOST, Answer, Sent, client
from ansible_collections.dataops.airflow.tests.unit.test_deployment_apply import each_version
from ansible_collections.dataops.airflow.tests.unit.test_scope import InTurns, World, locks, world
from ansible_collections.dataops.airflow.tests.unit.turns import Killed, Turns, at_once

__all__ = ["world"]
NAME = f"{SCOPES}etl.lock"


def lock(server: Keeper, timeout: float = 0) -> Lock:
    return Lock(Task(client(server)), "etl", timeout)


@each_version
def test_a_lock_is_held_until_it_is_released(version: str, world: World) -> None:
    server = Keeper({}, version)
    one = lock(server)
    one.acquire()
    with pytest.raises(PreconditionError, match=r"Scope 'etl' is locked\. Held by \S+@\S+ since 2027-01-15T08:00:00Z"):
        lock(server).acquire()
    assert one.release() == ""
    assert [request.line for request in server.writes] == [
        "POST /connections",
        "POST /connections",
        f"DELETE /connections/{NAME}",
    ]
    lock(server).acquire()


@each_version
def test_a_lock_is_waited_for(version: str, world: World) -> None:
    server = Keeper({}, version)
    one = lock(server)
    one.acquire()
    began, ends = world.time, world.time + 9
    sleep = world.sleep

    def until_then(seconds: float) -> None:
        sleep(seconds)
        if world.time >= ends:
            one.release()

    world.sleep = until_then  # type: ignore[method-assign]
    lock(server, 60).acquire()
    assert began + 9 <= world.time <= began + 12
    with pytest.raises(PreconditionError, match="and lock_timeout=20 has passed"):
        lock(server, 20).acquire()


@each_version
@pytest.mark.parametrize("why", ["ended", "expired"])
def test_a_stale_lock_is_taken_over_and_cleared_away(version: str, why: str, world: World) -> None:
    server = Keeper({}, version)
    lock(server).acquire()
    if why == "ended":
        world.ended.add(world.process)
        world.process = "here-2-2"
    else:
        world.time += LEASE + SKEW + 1
    two = lock(server)
    two.acquire()
    assert len(locks(server)) == 2
    with pytest.raises(PreconditionError, match="is locked"):
        lock(server).acquire()
    two.release()
    assert locks(server) == []


@each_version
def test_a_lock_that_ran_out_is_not_released_by_its_first_holder(version: str, world: World) -> None:
    server = Keeper({}, version)
    one = lock(server)
    one.acquire()
    one.check()
    world.time += LEASE + SKEW + 1
    one.check()
    two = lock(server)
    two.acquire()
    with pytest.raises(PreconditionError, match="the lock has run out, and another run has taken it over"):
        one.check()
    assert one.release() == ""
    assert len(locks(server)) == 2
    two.check()
    two.release()
    assert locks(server) == []


@each_version
@pytest.mark.parametrize("description", ["", None, "Held by me", "Held by a since x until y [z ]"])
def test_a_connection_that_is_no_lock_is_left_alone(version: str, description: str | None, world: World) -> None:
    server = Keeper({"connections": [{"connection_id": NAME, "description": description}]}, version)
    world.time += 10 * LEASE
    with pytest.raises(PreconditionError, match="delete the connection"):
        lock(server).acquire()
    assert server.kept["connections"][NAME]["description"] == description


WAYS: dict[str, Any] = {
    "lost, made": (Fault(LOST, True), True),
    "500, made": (Fault(FAULTS["500"], True), True),
    "{}": (Fault({}, True), True),
    "lost": (Fault(LOST), False),
    "403": (Fault(Answer(403, {"detail": "no"})), False),
}


@each_version
@pytest.mark.parametrize("way", WAYS)
def test_who_is_not_answered_looks_whether_the_lock_is_his(version: str, way: str, world: World) -> None:
    fault, is_taken = WAYS[way]
    server = Keeper(
        {}, version, befall=lambda count, request: fault if count == 1 and request.method == "POST" else None
    )
    one = lock(server)
    if is_taken:
        one.acquire()
        one.release()
        assert locks(server) == []
    else:
        with pytest.raises(AirflowError, match="The lock of scope 'etl' cannot be taken"):
            one.acquire()


@pytest.mark.parametrize("answer", [Answer(409, {"detail": "it exists"}), FAULTS["500"], LOST])
def test_the_loser_of_a_race_waits(answer: Any, world: World) -> None:
    """Airflow 2 now and then answers 500 to one of two who create a connection at the same time."""

    def befall(count: int, request: Sent) -> Fault | None:
        if count == 1 and request.method == "POST" and NAME not in server.kept["connections"]:
            other = Holder("other@host", world.time, world.time + LEASE, "abc", "there-1-1")
            server.kept["connections"][NAME] = {"connection_id": NAME, "description": other.text()}
            return Fault(answer)
        return None

    server = Keeper({}, "2.11.2", befall=befall)
    with pytest.raises(PreconditionError, match="Held by other@host"):
        lock(server).acquire()
    assert "other@host" in server.kept["connections"][NAME]["description"]


@each_version
@pytest.mark.parametrize("seed", range(30))
def test_there_is_one_holder_at_a_time_even_if_some_die(
    version: str, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Five runs, of which three die with the lock, so that the others compete for what is stale."""
    turns, server, ended = Turns(seed, 5), Keeper({}, version), set()
    monkeypatch.setattr(scope_lock, "CLOCK", turns)
    monkeypatch.setattr(scope_lock, "has_ended", lambda process: process in ended)
    monkeypatch.setattr(scope_lock, "this_process", lambda: f"here-{threading.get_ident()}-1")
    holders: list[str] = []

    def run(number: int) -> Callable[[], None]:
        def act() -> None:
            made = InTurns({}, version)
            made.kept, made._lock, made.turns = server.kept, server._lock, turns
            own = lock(made, 600)
            own.acquire()
            holders.append(f"begin {number}")
            turns.sleep(1.0)
            if number < 3:
                holders.append(f"end {number}")
                assert own._own
                ended.add(own._own.process)
                raise Killed
            holders.append(f"end {number}")
            own.release()

        return act

    results = at_once(turns, [run(number) for number in range(5)])
    assert [type(result) for result in results] == [Killed, Killed, Killed, type(None), type(None)]
    pairs = [(holders[at], holders[at + 1]) for at in range(0, len(holders), 2)]
    assert all(begin.replace("begin", "end") == end for begin, end in pairs)


def test_a_holder_is_read_from_its_text() -> None:
    holder = Holder("ada@host (here)", 1_800_000_000, 1_800_003_600, "abc123", "boot-4026-12-99")
    assert holder_of(holder.text()) == holder
    assert holder_of(holder._replace(process="").text()) == holder._replace(process="")


@pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="only on Linux is it known when a process began")
def test_whether_a_process_has_ended() -> None:
    own = this_process()
    place = own.rsplit("-", 2)[0]
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        began = scope_lock._start(child.pid)
        alive = has_ended(f"{place}-{child.pid}-{began}")
        child.kill()
        # Nobody has waited for it yet.
        while not (killed := has_ended(f"{place}-{child.pid}-{began}")):
            pass
    assert (has_ended(own), alive, killed) == (False, False, True)
    assert has_ended(f"{place}-{child.pid}-{began}")
    assert has_ended(f"{place}-{os.getpid()}-1")
    for elsewhere in ("", "x", f"other-{os.getpid()}-1", f"{place}-0-", "--"):
        assert not has_ended(elsewhere)
