# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A deployment whose playbook is interrupted at one of its writes, and the next run, which does what is left."""

from __future__ import annotations

import contextlib
import itertools
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from ansible_collections.dataops.airflow.plugins.module_utils._http.client import Client
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.deployment.deployment import DEPLOYMENT
from ansible_collections.dataops.airflow.tests.live.conftest import Live, processes_with
from ansible_collections.dataops.airflow.tests.live.proxy import Answer, Forward, Proxy, Request, Rule, is_write
from ansible_collections.dataops.airflow.tests.live.test_ansible import ansible_environment, playbook, run
from ansible_collections.dataops.airflow.tests.live.test_deployment import NAMES, filled

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")

PREFIX = "live_i_"
SEED = os.environ.get("LIVE_SEED") or str(random.randrange(1_000_000))
"""Decides at which writes the signals are sent. A failure names it, and LIVE_SEED repeats it."""

Objects = dict[str, list[dict[str, Any]]]

CONCURRENCY = 8
MANY = {"pools": 30, "connections": 20, "variables": 450}
FEW = {"pools": 2, "connections": 2, "variables": 26}
SHOWN = {"pools": "slots", "connections": "host", "variables": "value"}
"""What distinguishes the objects of one turn from another's."""

LONGEST_RUN = 120.0


def objects(numbers: dict[str, int], turn: int) -> Objects:
    """Objects that differ from those of another turn."""
    own: dict[str, Callable[[int], dict[str, Any]]] = {
        "pools": lambda number: {"name": f"{PREFIX}{number:03}", "slots": turn},
        "connections": lambda number: {
            "connection_id": f"{PREFIX}{number:03}",
            "conn_type": "http",
            "host": f"host-{turn}",
        },
        "variables": lambda number: {"key": f"{PREFIX}{number:03}", "value": f"value {turn} of {number}"},
    }
    return {kind: [own[kind](number) for number in range(count)] for kind, count in numbers.items()}


def without(wanted: Objects) -> Objects:
    """The same objects as none."""
    return {kind: [{NAMES[kind]: item[NAMES[kind]], "state": "absent"} for item in wanted[kind]] for kind in wanted}


STEPS: dict[str, Callable[[dict[str, int]], Objects]] = {
    "create": lambda numbers: objects(numbers, 1),
    "update": lambda numbers: objects(numbers, 2),
    "update again": lambda numbers: objects(numbers, 3),
    "delete": lambda numbers: without(objects(numbers, 3)),
}


def writes_of(live: Live, numbers: dict[str, int]) -> int:
    """How many requests write all objects once: Airflow 3 takes those of a kind with one."""
    return len(numbers) if live.is_v2 else sum(numbers.values())


Rows = list[tuple[str, str, Any]]


def wished(wanted: Objects) -> Rows:
    """The rows that :func:`stored` returns once the server holds what is wanted."""
    return sorted(
        (kind, item[NAMES[kind]], item[SHOWN[kind]]) for kind in wanted for item in wanted[kind] if SHOWN[kind] in item
    )


def stored(live: Live) -> Rows:
    """What the server lists of these objects: kind, name, and what distinguishes the turns."""
    found: Rows = []
    for kind, shown in SHOWN.items():
        rows: list[dict[str, Any]] = []
        total = 1
        while len(rows) < total:
            answer = live.ask("GET", f"/{kind}", params={"limit": 100, "offset": len(rows)}).json()
            total = answer["total_entries"]
            rows += answer[kind]
        found += [(kind, row[NAMES[kind]], row[shown]) for row in rows if row[NAMES[kind]].startswith(PREFIX)]
    return sorted(found)


class Moment(NamedTuple):
    """When a signal is sent.

    :param write: number of the write, counted from 1, that is under way.
    :param is_before: whether the server gets it only after the signal, and not before.
    """

    write: int
    is_before: bool


class Interrupt(NamedTuple):
    number: signal.Signals
    moment: Moment
    is_in_process: bool

    def __str__(self) -> str:
        where = "in process" if self.is_in_process else "as a module"
        return f"LIVE_SEED={SEED}, {self.number.name}, {where}, {self.moment}"


@pytest.fixture
def mark(tmp_path: Path) -> Iterator[str]:
    """A variable in the environment of the playbooks, by which what is left of them is found, and ended at last."""
    variable = f"LIVE_INTERRUPTS={tmp_path}"
    yield variable
    for process in processes_with(variable):
        os.kill(process, signal.SIGKILL)


@pytest.fixture
def nothing(live: Live, client: Client) -> Iterator[None]:
    """None of the objects exist, before and after."""
    gone = filled(without(objects(MANY, 1)))
    live.task(DEPLOYMENT, client=client, **gone)
    yield
    live.task(DEPLOYMENT, client=client, **gone)


def signalled(
    process: subprocess.Popen[bytes], number: signal.Signals, moment: Moment, counted: Callable[[Request], bool]
) -> Rule:
    """Send a signal while a write is under way, and let that one go on when the process has ended."""
    count = itertools.count(1)

    def rule(request: Request, forward: Forward) -> Answer:
        if not counted(request) or next(count) != moment.write:
            return forward(request)
        answer = None if moment.is_before else forward(request)
        if number == signal.SIGINT:
            # As a terminal does, to all that belong to the command.
            os.killpg(process.pid, number)
        else:
            process.send_signal(number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(5)
        return answer or forward(request)

    return rule


def interrupted(
    live: Live,
    proxy: Proxy,
    path: str,
    mark: str,
    interrupt: Interrupt,
    counted: Callable[[Request], bool] = is_write,
) -> int:
    """Run a playbook until it is interrupted; how many writes came after its end, if whatever is left may write.

    :param counted: the requests among which the moment is.
    """
    name, _sign, value = mark.partition("=")
    log, in_process = Path(path).with_suffix(".log"), f"airflow_in_process={interrupt.is_in_process}"
    proxy.seen.clear()
    with log.open("wb") as output:
        process = subprocess.Popen(
            [Path(sys.executable).parent / "ansible-playbook", path, "-e", in_process],
            # A module that is killed leaves its archive there.
            env=ansible_environment(
                live, AIRFLOW_URL=proxy.url, ANSIBLE_REMOTE_TEMP=str(log.parent / "remote"), **{name: value}
            ),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
        proxy.rule = signalled(process, interrupt.number, interrupt.moment, counted)
        process.wait(LONGEST_RUN)
    before = len(proxy.writes())
    assert process.returncode, f"{interrupt}\n{log.read_text()}"
    if interrupt.is_in_process:
        all_ended(mark)
    return len(proxy.writes()) - before


def all_ended(mark: str) -> None:
    """Wait until nothing is left of the playbooks."""
    deadline = time.monotonic() + LONGEST_RUN
    while left := processes_with(mark):
        assert time.monotonic() < deadline, left
        time.sleep(0.05)


def the_next_run_does_what_is_left(
    live: Live, proxy: Proxy, folder: Path, mark: str, wanted: Objects, interrupt: Interrupt
) -> None:
    path = playbook(folder, [{"dataops.airflow.airflow_deployment": wanted}])
    late = interrupted(live, proxy, path, mark, interrupt)
    if interrupt.is_in_process:
        # Of several at a time the others may have been about to be sent.
        assert late < CONCURRENCY, interrupt
    again = run(live, "ansible-playbook", path)
    assert again.returncode == 0, f"{interrupt}\n{again.stdout}{again.stderr}"
    # A module that nobody waits for goes on beside the next run, and wants the same.
    all_ended(mark)
    assert stored(live) == wished(wanted), interrupt
    assert live.task(DEPLOYMENT, check_mode=True, **filled(wanted))["changed"] is False, interrupt


@pytest.mark.usefixtures("enough_on_2", "nothing")
def test_what_is_left_of_a_killed_playbook_writes_nothing_more(
    live: Live, client: Client, proxy: Proxy, tmp_path: Path, mark: str
) -> None:
    live.task(DEPLOYMENT, client=client, **filled(objects(FEW, 1)))
    interrupt = Interrupt(signal.SIGKILL, Moment(min(10, writes_of(live, FEW)), is_before=True), is_in_process=True)
    the_next_run_does_what_is_left(live, proxy, tmp_path, mark, objects(FEW, 2), interrupt)


@pytest.mark.slow
@pytest.mark.parametrize("is_in_process", [True, False], ids=["in process", "as a module"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda number: number.name)
@pytest.mark.usefixtures("nothing")
def test_500_objects_are_interrupted_while_they_are_created_updated_and_deleted(
    live: Live,
    proxy: Proxy,
    tmp_path: Path,
    mark: str,
    request: pytest.FixtureRequest,
    number: signal.Signals,
    is_in_process: bool,
) -> None:
    chance = random.Random(f"{SEED} {request.node.name}")
    for step, wanted in STEPS.items():
        if step == "update again" and not live.is_v2:
            continue
        moment = Moment(chance.randint(1, writes_of(live, MANY)), chance.random() < 0.5)
        interrupt = Interrupt(number, moment, is_in_process)
        the_next_run_does_what_is_left(live, proxy, tmp_path, mark, wanted(MANY), interrupt)
