# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A deployment of 300 changes, several of them at a time, on each database, also if something goes wrong on the way.

The results are equal on all databases, and no object is lost or exists twice.
"""

from __future__ import annotations

import contextlib
import http.client
import itertools
import json
import os
import random
import re
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from ansible_collections.dataops.airflow.plugins.module_utils._kinds.deployment.deployment import DEPLOYMENT
from ansible_collections.dataops.airflow.plugins.module_utils._model.errors import AirflowError
from ansible_collections.dataops.airflow.tests.live.conftest import SERVERS, Live, logged_in
from ansible_collections.dataops.airflow.tests.live.proxy import (
    Answer,
    Forward,
    Proxy,
    Request,
    Rule,
    cut_body,
    lose_answer,
    pass_on,
)
from ansible_collections.dataops.airflow.tests.live.test_ansible import playbook, run
from ansible_collections.dataops.airflow.tests.live.test_deployment import NAMES, filled
from ansible_collections.dataops.airflow.tests.live.test_interrupts import (
    SEED,
    Interrupt,
    Moment,
    all_ended,
    interrupted,
    mark,
)

__all__ = ["mark"]

pytestmark = pytest.mark.slow

PREFIX = "test_m_"
SIZES = {"roles": 5, "users": 5, "pools": 20, "connections": 20, "variables": 50}
"""Objects of each kind that are created, that are updated, and that are deleted."""

GROUPS = 3
CHANGES = GROUPS * sum(SIZES.values())
CONCURRENCY = 8
ONCE: dict[str, Any] = {"update_secrets": "on_create", "update_password": "on_create"}
STABLE = 21.0
"""Seconds after which the sandbox starts a component again that has ended."""

LONGEST_WAIT = 180.0

Objects = dict[str, list[dict[str, Any]]]
Rows = list[tuple[str, str]]


def item(kind: str, group: int, number: int, turn: int) -> dict[str, Any]:
    """An object that differs from that of another turn."""
    name = f"{PREFIX}{group}_{number:02}"
    edit = {"action": "can_edit" if turn % 2 else "can_delete", "resource": "Pools"}
    fields: dict[str, dict[str, Any]] = {
        "roles": {"permissions": [{"action": "can_read", "resource": "Pools"}, edit]},
        "users": {
            "email": f"{name}@example.com",
            "first_name": f"Turn {turn}",
            "last_name": "Łęcka",
            "password": "live-m-geheim",
            "roles": [name] if turn % 2 else ["Viewer", name],
        },
        "pools": {"slots": turn + 1, "description": f"of turn {turn}"},
        "connections": {"conn_type": "http", "host": f"host-{turn}", "port": turn + 1, "password": "live-m-geheim"},
        "variables": {"value": f"turn {turn}: ä 😀 \\ ' \" %s {number}", "description": f"of turn {turn} 😀"},
    }
    return {NAMES[kind]: name, **fields[kind]}


def some(group: int, turn: int) -> Objects:
    return {kind: [item(kind, group, number, turn) for number in range(size)] for kind, size in SIZES.items()}


def none(group: int) -> Objects:
    return {
        kind: [{name: row[name], "state": "absent"} for row in some(group, 0)[kind]] for kind, name in NAMES.items()
    }


def joined(*parts: Objects) -> Objects:
    return {kind: [row for part in parts for row in part[kind]] for kind in SIZES}


def before(step: int) -> Objects:
    """What there is before a step: two groups of objects. The step creates the third, and updates and deletes these."""
    created, updated, deleted = groups(step)
    return joined(none(created), some(updated, step), some(deleted, step))


def wanted(step: int) -> Objects:
    """What a step makes of it, which is what there is before the next one."""
    created, updated, deleted = groups(step)
    return joined(some(created, step + 1), some(updated, step + 1), none(deleted))


def groups(step: int) -> tuple[int, int, int]:
    """Those that a step creates, updates and deletes."""
    return 2 * step % GROUPS, (2 * step + 1) % GROUPS, (2 * step + 2) % GROUPS


def shown(kind: str, row: dict[str, Any]) -> dict[str, Any]:
    """What distinguishes the objects of a turn, of a row of the API or of the options."""
    fields = {
        "pools": ("slots", "description"),
        "connections": ("conn_type", "host", "port"),
        "variables": ("value", "description"),
        "users": ("email", "first_name", "last_name"),
        "roles": (),
    }[kind]
    parts: dict[str, Any] = {name: row[name] for name in fields}
    if kind == "users":
        parts["roles"] = sorted(role["name"] if isinstance(role, dict) else role for role in row["roles"])
    if kind == "roles":
        pairs = [
            (each["action"]["name"], each["resource"]["name"])
            if isinstance(each["action"], dict)
            else (each["action"], each["resource"])
            for each in row["permissions" if "permissions" in row else "actions"]
        ]
        # FAB adds it to every role when it starts.
        parts["permissions"] = sorted({*pairs} - {("can_read", "Website")})
    return parts


def wished(objects: Objects) -> Rows:
    """The rows that :func:`stored` returns once the server holds these objects."""
    return sorted(
        (f"{kind}/{row[NAMES[kind]]}", json.dumps(shown(kind, row)))
        for kind in objects
        for row in objects[kind]
        if row.get("state") != "absent"
    )


def stored(live: Live) -> Rows:
    """What the server lists of these objects."""
    found: Rows = []
    for kind, name in NAMES.items():
        total, read = 1, 0
        while read < total:
            answer = live.ask("GET", f"/{kind}", params={"limit": 100, "offset": read}).json()
            total, read = answer["total_entries"], read + len(answer[kind])
            rows = [row for row in answer[kind] if row[name].startswith(PREFIX)]
            found += [(f"{kind}/{row[name]}", json.dumps(shown(kind, row))) for row in rows]
    return sorted(found)


@pytest.fixture(scope="module", params=SERVERS, ids=lambda server: server.dbms)
def live(request: pytest.FixtureRequest) -> Iterator[Live]:
    """Each server in turn; none of the objects exist before and after."""
    server: Live = request.param
    gone = filled(joined(*map(none, range(GROUPS))))
    server.task(DEPLOYMENT, **gone)
    yield server
    server.task(DEPLOYMENT, **gone)


@pytest.fixture
def proxy(live: Live) -> Iterator[Proxy]:
    with Proxy(live.url) as started:
        yield started


def deploy(live: Live, objects: Objects, check_mode: bool = False, url: str = "") -> dict[str, Any]:
    """Run the module's task.

    :param url: of a proxy.
    """
    options = {**objects, **ONCE, "concurrency": CONCURRENCY, "airflow_url": url or live.url}
    return live.task(DEPLOYMENT, check_mode=check_mode, **filled(options))


def given(live: Live, step: int) -> None:
    """The server holds what there is before a step."""
    deploy(live, before(step))
    assert stored(live) == wished(before(step))


def as_wanted(live: Live, step: int, why: object) -> None:
    """The server holds what a step makes, once, and there is nothing left to do."""
    assert stored(live) == wished(wanted(step)), why
    assert deploy(live, wanted(step), check_mode=True)["changed"] is False, why


RESULTS: dict[str, tuple[str, dict[str, Any]]] = {}
"""Version → the database whose results were seen first, and these."""


def test_300_changes_have_the_same_results_on_each_database(live: Live) -> None:
    given(live, 0)
    predicted = deploy(live, wanted(0), check_mode=True)
    done = deploy(live, wanted(0))
    as_wanted(live, 0, done["summary"])
    told = {name: done[name] for name in ("changed", "plan", "summary")}
    assert told == {name: predicted[name] for name in told}
    assert done["summary"] == {
        "to_create": CHANGES // 3,
        "to_update": CHANGES // 3,
        "to_delete": CHANGES // 3,
        "unchanged": 0,
        "unverified": done["summary"]["unverified"],
    }
    other, first = RESULTS.setdefault(live.version, (live.dbms, {**told, "diff": done["diff"][1:]}))
    assert {**told, "diff": done["diff"][1:]} == first, (live.dbms, other)


GATEWAY_TIMEOUT = Answer(504, {"Content-Type": "text/html"}, b"<html><title>504 Gateway Timeout</title></html>")


class Late:
    """A gateway's answer comes first, and Airflow makes the change later."""

    def __init__(self) -> None:
        self._chance = random.Random(SEED)
        self._under_way: list[threading.Thread] = []

    def __call__(self, request: Request, forward: Forward) -> Answer:
        delay = self._chance.uniform(0.1, 1)

        def act() -> None:
            time.sleep(delay)
            forward(request)

        self._under_way.append(threading.Thread(target=act))
        self._under_way[-1].start()
        return GATEWAY_TIMEOUT

    def over(self) -> None:
        """Wait until all changes have been made."""
        for thread in self._under_way:
            thread.join()


def time_out(request: Request, forward: Forward) -> Answer:
    """The server does it, and yet a gateway says that it has waited too long."""
    forward(request)
    return GATEWAY_TIMEOUT


def changes(request: Request) -> bool:
    """Whether a request is to change something, the auth manager's objects included."""
    return request.method != "GET" and re.search(r"/v[12]/", request.path) is not None


def now_and_then(fault: Rule, share: float) -> Rule:
    """A fault in some of the requests that change something, the first one among them."""
    chance, lock, is_first = random.Random(SEED), threading.Lock(), [True]

    def rule(request: Request, forward: Forward) -> Answer | None:
        with lock:
            is_hit = changes(request) and (is_first.pop() if is_first else chance.random() < share)
        return (fault if is_hit else pass_on)(request, forward)

    return rule


def told_truly(live: Live, step: int, url: str, until_over: Callable[[], object]) -> str:
    """Make the changes of a step, with whatever goes wrong; how many changes are said to be in each state.

    Each of them is said to be in one state, and that is true.

    :param until_over: waits until nothing that was sent can happen any more, and the server can be read.
    """
    planned = changed(deploy(live, wanted(step), check_mode=True)["plan"])
    held, goal = dict(stored(live)), dict(wished(wanted(step)))
    try:
        told = {"applied": deploy(live, wanted(step), url=url)["plan"]}
    except AirflowError as error:
        told = {name: error.facts[name] for name in ("applied", "failures", "unknown", "pending")}
    until_over()
    after = dict(stored(live))
    states = {state: changed(rows) for state, rows in told.items()}
    assert sum(states.values(), Counter()) == planned
    for state, rows in states.items():
        for kind, name, _action in rows:
            title = f"{kind}s/{name}"
            is_made = after.get(title) == goal.get(title)
            is_as_before = of_its_own(kind, after.get(title)) == of_its_own(kind, held.get(title))
            is_true = {"applied": is_made, "failures": not is_made, "pending": is_as_before, "unknown": True}[state]
            assert is_true, (state, title)
    return f"LIVE_SEED={SEED}, {', '.join(f'{len(rows)} {state}' for state, rows in states.items())}"


def of_its_own(kind: str, row: str | None) -> dict[str, Any] | None:
    """What only a change of the object itself changes: on Airflow 2 a role that loses permissions moves its members."""
    fields: dict[str, Any] | None = json.loads(row) if row else None
    return {name: value for name, value in fields.items() if (kind, name) != ("user", "roles")} if fields else None


def changed(rows: list[dict[str, Any]]) -> Counter[tuple[str, str, str]]:
    """The rows that are changes, each as kind, name and action."""
    return Counter((row["kind"], row["name"], row["action"]) for row in rows if row["action"] != "none")


FAULTS: dict[str, tuple[Callable[[], Any], float]] = {
    "cut": (lambda: cut_body, 0.3),
    "lost": (lambda: lose_answer, 0.3),
    "504": (lambda: time_out, 0.3),
    "504 first": (Late, 0.1),
}
"""Name → a fault, and the share of requests that it hits."""


@pytest.mark.parametrize("name", FAULTS)
def test_faults_on_the_way(live: Live, proxy: Proxy, name: str) -> None:
    step = 1 + list(FAULTS).index(name)
    given(live, step)
    make, share = FAULTS[name]
    fault = make()
    proxy.rule = now_and_then(fault, share)
    told = told_truly(live, step, proxy.url, fault.over if isinstance(fault, Late) else lambda: None)
    deploy(live, wanted(step))
    as_wanted(live, step, told)


def server_processes(live: Live) -> list[int]:
    """The processes of the web server or API server, the first one first."""
    log = (Path(live.directory) / "logs/supervisor.log").read_text()
    first = int(re.findall(r"starting (?:api-server|webserver) as process (\d+)", log)[-1])
    parents = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            parents[int(status.parent.name)] = int(status.read_text().rpartition(")")[2].split()[1])
    found = [first]
    for process in found:
        found += [child for child, parent in parents.items() if parent == process]
    return found


def age(process: int) -> float:
    """Seconds since a process began."""
    began = int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[19])
    return float(Path("/proc/uptime").read_text().split()[0]) - began / os.sysconf("SC_CLK_TCK")


def wait_until_up(live: Live) -> None:
    deadline = time.monotonic() + LONGEST_WAIT
    while True:
        with contextlib.suppress(requests.RequestException):
            if requests.get(f"{live.api}/version", timeout=5).ok:
                # The sandbox sets the administrator's password again, which ends the logins.
                logged_in.cache_clear()
                return
        assert time.monotonic() < deadline
        time.sleep(0.2)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for processes in /proc")
def test_a_server_that_is_killed_and_comes_back(live: Live, proxy: Proxy) -> None:
    step = 1 + len(FAULTS)
    given(live, step)
    processes = server_processes(live)
    time.sleep(max(0.0, STABLE - age(processes[0])))
    chance = random.Random(SEED)
    last, delay = chance.randint(3, 30 if live.is_v2 else CHANGES // 2), chance.uniform(0, 0.05)
    count, lock = itertools.count(1), threading.Lock()

    def kill() -> None:
        for process in processes:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)

    def rule(request: Request, forward: Forward) -> Answer | None:
        with lock:
            is_last = changes(request) and next(count) == last
        if is_last:
            threading.Timer(delay, kill).start()
        try:
            return forward(request)
        except (OSError, http.client.HTTPException):
            return None

    proxy.rule = rule
    told = told_truly(live, step, proxy.url, lambda: wait_until_up(live))
    deploy(live, wanted(step))
    as_wanted(live, step, told)


@pytest.mark.parametrize("is_in_process", [True, False], ids=["in process", "as a module"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_an_interrupt(
    live: Live, proxy: Proxy, tmp_path: Path, mark: str, number: signal.Signals, is_in_process: bool
) -> None:
    step = 2 + len(FAULTS) + 2 * is_in_process + (number == signal.SIGTERM)
    given(live, step)
    chance = random.Random(f"{SEED} {number} {is_in_process}")
    moment = Moment(chance.randint(1, 30 if live.is_v2 else CHANGES - CONCURRENCY), chance.random() < 0.5)
    interrupt = Interrupt(number, moment, is_in_process)
    path = playbook(tmp_path, [{"dataops.airflow.airflow_deployment": {**wanted(step), **ONCE}}])
    interrupted(live, proxy, path, mark, interrupt, changes)
    again = run(live, "ansible-playbook", path)
    assert again.returncode == 0, f"{interrupt}\n{again.stdout}{again.stderr}"
    # A module that nobody waits for goes on beside the next run, and wants the same.
    all_ended(mark)
    as_wanted(live, step, interrupt)
