# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How long work takes by this collection, and by what else could do it, side by side on one real Airflow.

A benchmark and no test: it fails if a contender does not do its work, never because of a time.
"""

from __future__ import annotations

import argparse
import asyncio
import cProfile
import functools
import gc
import importlib
import io
import json
import os
import platform
import pstats
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import bench_cost
import bench_floor
import requests
import servers
import tree
from regions import replaced
from runner import Result, RunnerError, environment, main, say

FOLDER = tree.BUILD / "bench"
PAGE = tree.ROOT / "docs/benchmarks.md"
PLAYBOOKS = tree.ROOT / "tools/bench"
PHASES = ("create", "plan", "drift", "purge")
TITLES = {
    "create": "create",
    "plan": "plan, nothing to do",
    "drift": "plan, 1 % drift",
    "purge": "purge",
}
WORKS = {
    "100": (0, 0, 100, 0),
    "1000": (0, 0, 1000, 0),
    "10000": (0, 0, 10000, 0),
    "mixed": (50, 200, 1000, 20),
}
"""Name → how many pools, connections, variables and roles."""
KINDS = ("pools", "connections", "variables", "roles")
TURNS, MOST_TURNS, ENOUGH, PATIENCE = 3, 15, 20.0, 120.0
"""A contender has at least and at most so many turns, more than the least only within so many seconds; fewer if those
before took very long."""
ITEMS, FEW_ITEMS, ITEM_TURNS = 100, 10, 7
"""Length of the loop that shows the price of an item; of one whose items are processes; how often they are run."""
BY_COOKIE = 6
"""From which item of a loop on the collection logs in to Airflow 2 by a cookie: ``MANY`` of its client, and one."""
ACCESS = {"2": re.compile(r'" \d{3} \d+ "'), "3": re.compile(r"\[http\.access\]")}
"""Generation of Airflow → what a line has in its log that records a request."""


@dataclass(frozen=True)
class Work:
    """Objects to make, as every contender wants them told."""

    name: str
    is_v2: bool
    folder: Path

    @property
    def counts(self) -> tuple[int, int, int, int]:
        return WORKS[self.name]

    def objects(self) -> dict[str, list[dict[str, Any]]]:
        pools, connections, variables, roles = self.counts
        permissions = [{"action": "can_read", "resource": name} for name in ("DAGs", "Pools", "Variables")]
        return {
            "pools": [{"name": f"bench_{number}", "slots": number + 1} for number in range(pools)],
            "connections": [
                {
                    "connection_id": f"bench_{number}",
                    "conn_type": "postgres",
                    "host": f"db{number}.example.com",
                    "login": "etl",
                    "password": f"bench-{number}",
                }
                for number in range(connections)
            ],
            "variables": [{"key": f"bench_{number}", "value": f"value {number}"} for number in range(variables)],
            "roles_wanted": [{"name": f"bench_{number}", "permissions": permissions} for number in range(roles)],
        }

    def calls(self) -> dict[str, list[dict[str, Any]]]:
        """The requests, one for each object, that do each phase."""
        objects, root = self.objects(), "/api/v2" if self.is_v2 else "/api/v1"
        of_fab = "/auth/fab/v1" if self.is_v2 else root
        told: list[tuple[str, str, dict[str, Any]]] = [
            *((f"{root}/pools", item["name"], item) for item in objects["pools"]),
            *((f"{root}/connections", item["connection_id"], item) for item in objects["connections"]),
            *((f"{root}/variables", item["key"], item) for item in objects["variables"]),
            *((f"{of_fab}/roles", item["name"], _role(item)) for item in objects["roles_wanted"]),
        ]
        reads = [{"method": "GET", "path": f"{path}/{name}", "body": {}} for path, name, _body in told]
        return {
            "create": [{"method": "POST", "path": path, "body": body} for path, _name, body in told],
            "plan": reads,
            "purge": [{**call, "method": "DELETE"} for call in reads],
        }

    def drift(self) -> list[dict[str, Any]]:
        """The requests that change one variable out of a hundred."""
        root = "/api/v2" if self.is_v2 else "/api/v1"
        return [
            {
                "method": "PATCH",
                "path": f"{root}/variables/{item['key']}",
                "body": {"key": item["key"], "value": "drifted"},
            }
            for item in self.objects()["variables"][::100]
        ]

    def lists(self) -> dict[str, int]:
        """Path of each list → how many objects it has."""
        root = "/api/v2" if self.is_v2 else "/api/v1"
        paths = [*(f"{root}/{kind}" for kind in ("pools", "connections", "variables"))]
        paths.append(("/auth/fab/v1" if self.is_v2 else root) + "/roles")
        return {path: count for path, count in zip(paths, self.counts, strict=True) if count}

    def write(self) -> None:
        """The files that the contenders read."""
        self.folder.mkdir(parents=True, exist_ok=True)
        objects, calls = self.objects(), self.calls()
        roles = "/auth/fab/v1/roles"
        floor = {
            "is_v2": self.is_v2,
            "bulk": {kind: objects[kind] for kind in ("pools", "connections", "variables")},
            "names": {
                "pools": [item["name"] for item in objects["pools"]],
                "connections": [item["connection_id"] for item in objects["connections"]],
                "variables": [item["key"] for item in objects["variables"]],
            },
            "single": {
                phase: [call for call in calls[phase] if call["path"].startswith(roles)]
                for phase in ("create", "purge")
            },
            "calls": calls,
            "lists": self.lists(),
            "reads": calls["plan"],
            "drift": self.drift(),
        }
        self._save("floor", floor)
        self._save("present", objects)
        gone = {option: [_absent(item) for item in items] for option, items in objects.items()}
        self._save("absent", gone)
        for phase in ("create", "purge"):
            self._save(f"calls-{phase}", {"is_v2": self.is_v2, "calls": calls[phase]})
        self._save("variables", {item["key"]: item["value"] for item in objects["variables"]})
        self._save("pools", {item["name"]: _exported_pool(item) for item in objects["pools"]})
        self._save("roles", [entry for item in objects["roles_wanted"] for entry in _exported_role(item)])
        self._save(
            "connections", {item["connection_id"]: _exported_connection(item) for item in objects["connections"]}
        )

    def file(self, name: str) -> Path:
        return self.folder / f"{self.name}-{name}.json"

    def _save(self, name: str, content: Any) -> None:
        servers.write_private(self.file(name), content)


def _role(item: dict[str, Any]) -> dict[str, Any]:
    actions = [
        {"action": {"name": each["action"]}, "resource": {"name": each["resource"]}} for each in item["permissions"]
    ]
    return {"name": item["name"], "actions": actions}


def _absent(item: dict[str, Any]) -> dict[str, Any]:
    name = next(iter(item))
    return {name: item[name], "state": "absent"}


def _exported_connection(item: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in item.items() if name != "connection_id"}


def _exported_role(item: dict[str, Any]) -> list[dict[str, str]]:
    """One entry for each permission, as Airflow exports roles."""
    return [{"name": item["name"], **permission} for permission in item["permissions"]]


def _exported_pool(item: dict[str, Any]) -> dict[str, Any]:
    return {**item, "description": "", "include_deferred": False}


@dataclass(frozen=True)
class Measured:
    """One run of a contender.

    :param memory: the most that one of its processes has held, in bytes.
    :param requests: how many the server has answered meanwhile.
    """

    seconds: float
    memory: int
    requests: int
    output: str


@dataclass
class Bench:
    """One server, and how to run commands that work on it."""

    server: servers.Server
    running: subprocess.Popen[bytes] | None = None
    marks: int = 0
    read: int = 0

    @property
    def raw(self) -> Path:
        """Where each single run is kept."""
        return FOLDER / f"{self.server.version}.json"

    @property
    def is_v2(self) -> bool:
        return self.server.version.startswith("3.")

    @property
    def root(self) -> str:
        """URL of the API."""
        return self.server.url + ("/api/v2" if self.is_v2 else "/api/v1")

    def run(self, command: list[str | Path], **further: str) -> Measured:
        """Run a command to its end.

        :raises RunnerError: if it fails.
        """
        own = {
            "AIRFLOW_URL": self.server.url,
            "AIRFLOW_USERNAME": self.server.username,
            "AIRFLOW_PASSWORD": self.server.password,
            "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
            "ANSIBLE_NOCOLOR": "true",
        }
        log = FOLDER / "last.log"
        self.answered()
        with log.open("wb") as output:
            began = time.perf_counter()
            self.running = subprocess.Popen(
                command, cwd=FOLDER, env={**environment(), **own, **further}, stdout=output, stderr=output
            )
            _pid, status, usage = os.wait4(self.running.pid, 0)
            seconds = time.perf_counter() - began
            self.running.returncode = os.waitstatus_to_exitcode(status)
        text = log.read_text(errors="replace")
        if self.running.returncode:
            raise RunnerError(f"{' '.join(map(str, command))}\n{text[-3000:]}")
        unit = 1 if sys.platform == "darwin" else 1024
        return Measured(seconds, usage.ru_maxrss * unit, self.answered(), text)

    def answered(self) -> int:
        """How many requests the server has answered since this was last asked, by its own log.

        It writes a line once the answer is out, so a request of our own marks the end.

        :raises RunnerError: if the server does not write down what it answers.
        """
        self.marks += 1
        mark = f"bench-mark-{self.marks}"
        self.session.get(f"{self.root}/version", params={"mark": mark})
        log = Path(self.server.directory) / "logs" / ("api-server.log" if self.is_v2 else "webserver.log")
        given_up = time.monotonic() + 10
        while True:
            time.sleep(0.05)
            with log.open("rb") as file:
                file.seek(self.read)
                text = file.read().rpartition(b"\n")[0]
            if mark.encode() in text:
                break
            if time.monotonic() > given_up:
                raise RunnerError(f"{log} does not record the requests")
        self.read += len(text)
        access = ACCESS[self.server.version[0]]
        lines = text.decode(errors="replace").splitlines()
        return sum(bool(access.search(line)) and "bench-mark-" not in line for line in lines)

    def end(self) -> None:
        """End what is still running."""
        if self.running and self.running.returncode is None:
            self.running.terminate()

    def floor(self, phase: str, work: Work) -> Measured:
        return self.run([sys.executable, tree.ROOT / "tools/bench_floor.py", phase, work.file("floor")])

    def play(self, name: str, *arguments: str | Path, check: bool = False) -> Measured:
        command: list[str | Path] = ["ansible-playbook", PLAYBOOKS / f"{name}.yml", *arguments]
        return self.run([*command, *(["--check"] if check else [])])

    @functools.cached_property
    def session(self) -> requests.Session:
        """The one with which the server is looked at."""
        return self.log_in()

    def log_in(self) -> requests.Session:
        """A new session with a token, or on Airflow 2 with a cookie."""
        return bench_floor.log_in(self.server.url, self.server.username, self.server.password, self.is_v2)

    def stranger(self) -> requests.Session:
        """One that has found out the version, and logs in as a task alone does: Airflow 2 by each request."""
        if self.is_v2:
            session = self.log_in()
        else:
            session = requests.Session()
            session.auth = (self.server.username, self.server.password)
        session.get(f"{self.root}/version")
        return session

    def count(self, work: Work) -> int:
        """How many objects are there of the kinds that the work has."""
        answers = (self.session.get(self.server.url + path, params={"limit": 1}).json() for path in work.lists())
        return sum(int(answer["total_entries"]) for answer in answers)


Contender = Callable[[Bench, Work, str], "Measured | None"]
"""Does a phase of some work; ``None`` where it has no way to."""


def one_task(bench: Bench, work: Work, phase: str) -> Measured | None:
    objects = work.file("absent" if phase == "purge" else "present")
    return bench.play("deployment", "-e", f"@{objects}", check=phase in ("plan", "drift"))


def carried(bench: Bench, work: Work, phase: str) -> Measured | None:
    """The part of one task that is Ansible's: a task with the same objects that does nothing with them."""
    if phase not in ("create", "purge"):
        return None
    return bench.play("carry", "-e", f"@{work.file('absent' if phase == 'purge' else 'present')}")


def loop(switch: str, bench: Bench, work: Work, phase: str) -> Measured | None:
    objects = work.file("absent" if phase == "purge" else "present")
    check = phase in ("plan", "drift")
    return bench.play("modules", "-e", f"@{objects}", "-e", f"airflow_in_process={switch}", check=check)


def uri_loop(bench: Bench, work: Work, phase: str) -> Measured | None:
    """Writes alone, as it cannot compare; of the long loop one phase, as the other takes as long."""
    if phase not in ("create", "purge") or (phase, work.name) == ("purge", "1000"):
        return None
    return bench.play("uri", "-e", f"@{work.file(f'calls-{phase}')}")


def floor(bench: Bench, work: Work, phase: str) -> Measured | None:
    return bench.floor("plan" if phase == "drift" else phase, work)


def seeing_floor(bench: Bench, work: Work, phase: str) -> Measured | None:
    """What a purge costs that first finds out what is there, so that it can say what it deletes."""
    if phase == "create":
        bench.floor("create", work)
    return bench.floor("seen_purge", work) if phase == "purge" else None


def server_import(bench: Bench, work: Work, phase: str) -> Measured | None:
    """Airflow's own command line, on the server, past its API."""
    if phase != "create":
        return None
    state = json.loads((Path(bench.server.directory) / "sandbox.json").read_text())
    kinds = [kind for kind, count in zip(KINDS, work.counts, strict=True) if count]
    done = [
        bench.run(
            [f"{state['venv']}/bin/airflow", kind, "import", work.file(kind)], AIRFLOW_HOME=bench.server.directory
        )
        for kind in kinds
    ]
    return Measured(
        sum(each.seconds for each in done),
        max(each.memory for each in done),
        sum(each.requests for each in done),
        done[-1].output,
    )


def airflowctl(bench: Bench, work: Work, phase: str) -> Measured | None:
    """Airflow's command line for its API; it has no import of roles, and none for Airflow 2."""
    if phase != "create" or not bench.is_v2:
        return None
    home = FOLDER / "airflowctl"
    servers.write_private(home / "production.json", {"api_url": bench.server.url})
    token = str(bench.session.headers["Authorization"]).split()[1]
    command: list[str | Path] = [home / "venv/bin/airflowctl", "variables", "import", work.file("variables")]
    return bench.run(command, AIRFLOW_HOME=str(home), AIRFLOW_CLI_TOKEN=token)


def install_airflowctl() -> None:
    """Into a folder of its own: what it needs is not what Ansible needs."""
    venv = FOLDER / "airflowctl/venv"
    own = tree.ROOT / "requirements/bench.txt"
    (FOLDER / "airflowctl").mkdir(parents=True, exist_ok=True)
    commands: list[list[str | Path]] = [
        ["uv", "venv", "-q", "--allow-existing", "--python", sys.executable, venv],
        ["uv", "pip", "sync", "-q", "--python", venv / "bin/python", "--require-hashes", own],
    ]
    for command in commands:
        subprocess.run(command, check=True, env=environment())


CONTENDERS: dict[str, tuple[Contender, tuple[str, ...]]] = {
    "one task (`airflow_deployment`)": (one_task, tuple(WORKS)),
    "Ansible alone: a task that does nothing": (carried, tuple(WORKS)),
    "single modules in a loop": (functools.partial(loop, "true"), ("100", "1000", "mixed")),
    "the same, `airflow_in_process: false`": (functools.partial(loop, "false"), ("100",)),
    "`ansible.builtin.uri` in a loop": (uri_loop, ("100", "1000")),
    # It waits five seconds for an answer, and a slow server needs more for 10,000.
    "`airflowctl … import`": (airflowctl, ("100", "1000")),
    "`airflow … import` on the server": (server_import, tuple(WORKS)),
    "floor: bare script": (floor, tuple(WORKS)),
    "floor that reads what it deletes": (seeing_floor, tuple(WORKS)),
}
"""Name → what it does, and the sizes for which it is worth waiting."""


@dataclass
class Cell:
    """What one contender took for one phase of one piece of work."""

    runs: list[Measured] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        return statistics.median(run.seconds for run in self.runs)

    def text(self) -> str:
        if not self.runs:
            return "–"
        return f"{self.seconds:.2f} / {statistics.median_high(run.requests for run in self.runs):,}"


Cells = dict[tuple[str, str, str], Cell]
"""Contender, work and phase → what it took. ``start`` stands for programs that do nothing, the phase says which."""


def compare(bench: Bench, works: list[Work], chosen: list[str], repeat: int | None, cells: Cells) -> None:
    """Have every contender do every piece of work, in turns: what slows the machine down for a while slows all.

    :param repeat: how many turns each has that does not take very long; as many as it has time for if ``None``.
    :param cells: what they took; work that is in there is done already.
    """
    for work in works:
        if ("start", work.name, "ansible") in cells:
            continue
        of_ansible, of_floor = (cells.setdefault(("start", work.name, name), Cell()) for name in ("ansible", "floor"))
        before = bench.count(work)
        spent = {name: 0.0 for name in chosen if work.name in CONTENDERS[name][1]}
        for turn in range(repeat or MOST_TURNS):
            most = PATIENCE if turn < (repeat or TURNS) else ENOUGH
            spent = {name: seconds for name, seconds in spent.items() if seconds < most}
            if spent:
                of_ansible.runs.append(bench.play("start"))
                of_floor.runs.append(bench.floor("start", work))
            for name in spent:
                spent[name] += take_turn(bench, work, name, cells, before)
        raw = [[key, [(run.seconds, run.memory, run.requests) for run in cell.runs]] for key, cell in cells.items()]
        servers.write_private(bench.raw, raw)


def measured_before(file: Path) -> Cells:
    """What a run that broke off has measured.

    :raises RunnerError: if there is none.
    """
    if not file.exists():
        raise RunnerError(f"--resume: there is nothing to go on with, {file.name} is missing")
    return {
        (name, work, phase): Cell([Measured(seconds, memory, requests, "") for seconds, memory, requests in runs])
        for (name, work, phase), runs in json.loads(file.read_text())
    }


def take_turn(bench: Bench, work: Work, name: str, cells: Cells, before: int) -> float:
    """All phases once; how many seconds that took.

    :raises RunnerError: if it leaves something undone, or behind.
    """
    contender, _sizes = CONTENDERS[name]
    total, is_there = 0.0, False
    for phase in PHASES:
        if phase == "drift" and is_there:
            bench.floor("drift", work)
        done = contender(bench, work, phase)
        if done is None:
            continue
        total += done.seconds
        cells.setdefault((name, work.name, phase), Cell()).runs.append(done)
        say(f"{name}, {work.name}, {phase}: {done.seconds:.2f} s, {done.requests} requests, {done.memory >> 20} MB")
        if contender is carried:
            continue
        recap = re.search(r"changed=(\d+)", done.output)
        wanted = {"create": True, "plan": False, "drift": True, "purge": True}[phase]
        if recap and contender is not uri_loop and bool(int(recap[1])) != wanted:
            raise RunnerError(f"{name}, {work.name}, {phase}: {recap[0]}, which cannot be")
        is_there = phase != "purge"
        expected = before + (sum(work.counts) if is_there else 0)
        if bench.count(work) != expected:
            raise RunnerError(f"{name}, {work.name}, {phase}: {bench.count(work)} objects, and not {expected}")
    if is_there:
        bench.floor("purge", work)
    return total


def price_of_an_item(bench: Bench) -> dict[str, float]:
    """Milliseconds for one item of a loop; the server's own time for the same requests below ``server: …``."""

    def item(what: str, switch: str, items: int) -> float:
        options = ["-e", f"what={what}", "-e", f"airflow_in_process={switch}"]
        more, one = (bench.play("item", *options, "-e", f"items={count}").seconds for count in (1 + items, 1))
        return (more - one) / items * 1000

    def answers(path: str, alone: bool, items: int) -> float:
        session = bench.stranger()
        began = time.perf_counter()
        for number in range(2, 2 + items):
            if alone:
                session = bench.stranger()
            elif number == BY_COOKIE and not bench.is_v2:
                session = bench.log_in()
            session.get(bench.root + path)
        return (time.perf_counter() - began) / items * 1000

    prices: dict[str, Callable[[], float]] = {"ping": lambda: item("ping", "true", FEW_ITEMS)}
    for what, path in (("airflow_pool", "/pools/default_pool"), ("airflow_variable_info", "/variables/bench_missing")):
        for way, switch, alone, items in (
            ("in process", "true", False, ITEMS),
            ("as a module", "false", True, FEW_ITEMS),
        ):
            prices[f"{what}, {way}"] = functools.partial(item, what, switch, items)
            prices[f"server: {what}, {way}"] = functools.partial(answers, path, alone, items)
    seen: dict[str, list[float]] = {name: [] for name in prices}
    for _turn in range(ITEM_TURNS):
        for name, price in prices.items():
            seen[name].append(price())
            say(f"one item of {name}: {seen[name][-1]:.1f} ms")
    return {name: statistics.median(each) for name, each in seen.items()}


@dataclass(frozen=True)
class Inside:
    """What the collection does of one task, without Ansible around it.

    :param seconds: from options to result.
    :param waiting: seconds of it until answers are here.
    :param requests: how many.
    """

    seconds: float
    waiting: float
    requests: int


def run_inside(bench: Bench, work: Work, phase: str) -> Inside:
    """Do a phase in this process: options are checked and the result made plain as the action plugin does it.

    :raises RunnerError: if it fails, or does not change what it has to.
    """
    from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

    from ansible_collections.dataops.airflow.plugins.module_utils._engine.perform import Mode, perform
    from ansible_collections.dataops.airflow.plugins.module_utils._kinds.deployment.deployment import DEPLOYMENT
    from ansible_collections.dataops.airflow.plugins.module_utils._main import argument_spec
    from ansible_collections.dataops.airflow.plugins.plugin_utils.in_process import as_sent

    objects = json.loads(work.file("absent" if phase == "purge" else "present").read_text())
    objects["roles"] = objects.pop("roles_wanted")
    server = bench.server
    login = {"airflow_url": server.url, "airflow_username": server.username, "airflow_password": server.password}
    # One request at a time: the time of those that go side by side cannot be told from our own.
    given = {**objects, **login, "update_secrets": "on_create", "concurrency": 1}
    kept: dict[str, Any] = {}
    gc.collect()
    began = time.perf_counter()
    options = ArgumentSpecValidator(argument_spec(DEPLOYMENT.options())).validate(given)
    mode = Mode(check=phase in ("plan", "drift"))
    outcome = perform(DEPLOYMENT, options.validated_parameters, mode, {}, kept=kept)
    as_sent(outcome.result)
    seconds = time.perf_counter() - began
    if outcome.failed or outcome.result["changed"] is (phase == "plan"):
        raise RunnerError(f"{work.name}, {phase} in this process: {outcome.result.get('msg', 'changed is wrong')}")
    trace = next(iter(kept.values())).transport.trace
    return Inside(seconds, sum(entry["milliseconds"] for entry in trace) / 1000, len(trace))


def inside(bench: Bench, works: list[Work]) -> Iterator[str]:
    """Markdown: what the collection's own code costs, and where the time of a task goes that has nothing to do.

    Of some turns the least counts: whatever else the machine does only adds to it.
    """
    sys.path.insert(0, str(tree.BUILD))
    began = time.perf_counter()
    importlib.import_module("ansible_collections.dataops.airflow.plugins.module_utils._kinds.deployment.deployment")
    imports = time.perf_counter() - began
    yield "**What the collection's own code takes**, without Ansible and the server (ms for each object)\n"
    yield "| | " + " | ".join(TITLES[phase] for phase in PHASES) + " |"
    yield "|---|" + "---:|" * len(PHASES)
    shown = []
    for work in works:
        seen: dict[str, list[Inside]] = {phase: [] for phase in PHASES}
        for turn in range(TURNS):
            for phase in PHASES:
                if phase == "drift":
                    bench.floor("drift", work)
                seen[phase].append(run_inside(bench, work, phase))
                if (phase, work.name, turn) == ("plan", "1000", TURNS - 1):
                    shown = [*parts(min(seen["plan"], key=lambda one: one.seconds), imports), *profile(bench, work)]
        own = (min(one.seconds - one.waiting for one in seen[phase]) / sum(work.counts) for phase in PHASES)
        # Requests that are made side by side wait longer in sum than the task takes.
        texts = (f"{1000 * seconds:.3f}" if seconds > 0 else "–" for seconds in own)
        yield f"| {describe(work.name)} | " + " | ".join(texts) + " |"
    yield from shown


def parts(plan: Inside, imports: float) -> Iterator[str]:
    yield "\n**Where the time of a task of 1,000 variables with nothing to do goes**\n"
    yield "| part | seconds |"
    yield "|---|---:|"
    yield f"| importing the collection and requests | {imports:.3f} |"
    yield f"| {plan.requests} requests, until their answers are here | {plan.waiting:.3f} |"
    yield f"| all else, from the options to the result | {plan.seconds - plan.waiting:.3f} |"


def profile(bench: Bench, work: Work) -> Iterator[str]:
    """What Python's profiler says of a plan."""
    profiler = cProfile.Profile()
    profiler.runcall(run_inside, bench, work, "plan")
    text = io.StringIO()
    pstats.Stats(profiler, stream=text).strip_dirs().sort_stats("tottime").print_stats(12)
    lines = re.sub(r"^.*?(?=\s+ncalls)", "", text.getvalue(), flags=re.DOTALL).strip("\n").rstrip()
    yield f"\n```text\n{lines}\n```\n"


def table(works: list[str], cells: Cells) -> Iterator[str]:
    """Markdown tables, one for each piece of work."""
    for work in works:
        names = [name for name in CONTENDERS if any((name, work, phase) in cells for phase in PHASES)]
        yield f"\n**{describe(work)}** (median seconds / requests)\n"
        yield "| | " + " | ".join(TITLES[phase] for phase in PHASES) + " |"
        yield "|---|" + "---:|" * len(PHASES)
        for name in names:
            texts = (cells.get((name, work, phase), Cell()).text() for phase in PHASES)
            yield f"| {name} | " + " | ".join(texts) + " |"


def describe(work: str) -> str:
    named = zip(KINDS, WORKS[work], strict=True)
    return " + ".join(f"{count:,} {kind}" for kind, count in named if count)


def beyond_the_floor(works: list[str], cells: Cells) -> Iterator[str]:
    """What one task takes beyond the floor and Ansible alone, ms for each object, each compared with those of its turn.

    The floor of a purge is the one that reads, as a task has to that reports what it deletes. The start of Python is
    not part of it, as Ansible's has it already. Hundreds of objects take less than a start of Ansible varies by.
    """
    ours, alone, *_others, least, seeing = CONTENDERS
    rows = []
    for work in (name for name in works if sum(WORKS[name]) >= 1000):
        costs = []
        for phase in PHASES:
            is_purge = phase == "purge"
            compared = (
                (ours, work, phase),
                (alone, work, phase if is_purge else "create"),
                (seeing if is_purge else least, work, phase),
                ("start", work, "floor"),
            )
            turns = zip(*(cells.get(one, Cell()).runs for one in compared), strict=False)
            costs.append(
                [task.seconds - idle.seconds - floor.seconds + python.seconds for task, idle, floor, python in turns]
            )
        if all(costs):
            texts = " | ".join(f"{1000 * statistics.median(each) / sum(WORKS[work]):.2f}" for each in costs)
            memory = max(run.memory for phase in PHASES for run in cells[ours, work, phase].runs) >> 20
            rows.append(f"| {describe(work)} | {texts} | {memory} MB |")
    if rows:
        yield "\n**What one task takes beyond the floor and Ansible alone** (ms for each object)\n"
        yield "| | " + " | ".join(TITLES[phase] for phase in PHASES) + " | memory |"
        yield "|---|" + "---:|" * (len(PHASES) + 1)
    yield from rows


def machine(bench: Bench) -> str:
    cpu = (
        re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text()) if Path("/proc/cpuinfo").exists() else None
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    version = bench.run(["ansible-playbook", "--version"]).output.partition("\n")[0]
    return (
        f"{cpu[1] if cpu else platform.processor()}, {os.cpu_count()} cores, {memory:.0f} GB, {platform.system()} "
        f"{platform.release()}, Python {platform.python_version()}, {version}; Airflow {bench.server.version} with "
        "SQLite on the same machine"
    )


ON_PAGE = ("tasks", "cost", "items")
"""What users want to know; where the time goes inside is for developers, and changes with the code."""


def write_page(version: str, part: str, text: str) -> None:
    """Put what was measured between the markers of a version and a part."""
    try:
        page = replaced(PAGE.read_text(encoding="utf-8"), f"{version} {part}", text)
    except ValueError as error:
        raise RunnerError(f"{PAGE.name} has {error}") from None
    PAGE.write_text(page, encoding="utf-8")


@contextmanager
def cleaned(bench: Bench, works: list[Work]) -> Iterator[None]:
    """Leave no process and no object behind, whatever happens."""
    try:
        yield
    except BaseException:
        bench.end()
        for work in works:
            for call in work.calls()["purge"]:
                bench.session.delete(bench.server.url + call["path"])
        raise


def measure(bench: Bench, options: argparse.Namespace) -> dict[str, str]:
    """Everything that was asked for: part of the page → Markdown."""
    works = [Work(name, bench.is_v2, FOLDER) for name in options.sizes]
    for work in works:
        work.write()
    parts = {}
    with cleaned(bench, works):
        if options.tasks:
            parts["tasks"] = tasks(bench, works, options)
        if options.items:
            parts["items"] = items(bench)
        if options.inside:
            parts["inside"] = list(inside(bench, works))
        if options.cost:
            parts["cost"] = list(bench_cost.cost(bench, options.repeat or TURNS, options.cases))
    return {name: "\n".join(lines) + "\n" for name, lines in parts.items()}


def tasks(bench: Bench, works: list[Work], options: argparse.Namespace) -> list[str]:
    """Markdown: the contenders side by side.

    :raises RunnerError: if none of them was asked for, or one leaves something undone, or behind.
    """
    chosen = [name for name in CONTENDERS if not options.only or any(part in name for part in options.only)]
    if not chosen:
        raise RunnerError(f"--only: no contender's name holds {' or '.join(options.only)}")
    if bench.is_v2 and any(CONTENDERS[name][0] is airflowctl for name in chosen):
        install_airflowctl()
    cells = measured_before(bench.raw) if options.resume else {}
    compare(bench, works, chosen, options.repeat, cells)
    of_ansible, of_floor = (
        Cell([run for work in works for run in cells["start", work.name, name].runs]).seconds
        for name in ("ansible", "floor")
    )
    return [
        machine(bench) + ".",
        "",
        f"A start of `ansible-playbook` with one task that does nothing: {of_ansible:.2f} s; of Python with "
        f"requests: {of_floor:.2f} s.",
        *table(options.sizes, cells),
        *beyond_the_floor(options.sizes, cells),
    ]


def items(bench: Bench) -> list[str]:
    """Markdown: the price of one item of a loop."""
    prices = price_of_an_item(bench)
    return [
        "**One item of a loop**\n",
        "| | ms |",
        "|---|---:|",
        *(f"| {name} | {price:.1f} |" for name, price in prices.items()),
    ]


async def bench() -> list[Result]:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--sizes", type=lambda text: text.split(","), default=list(WORKS), help="out of " + ", ".join(WORKS)
    )
    parser.add_argument("--only", type=lambda text: text.split(","), help="parts of contenders' names")
    parser.add_argument("--repeat", type=int, help="turns of each (3, and up to 15 in 20 seconds)")
    parser.add_argument("--tasks", action=argparse.BooleanOptionalAction, default=True, help="contenders side by side")
    parser.add_argument("--items", action=argparse.BooleanOptionalAction, default=True, help="the price of an item")
    parser.add_argument("--inside", action=argparse.BooleanOptionalAction, default=True, help="where the time goes")
    parser.add_argument(
        "--cost", action=argparse.BooleanOptionalAction, default=True, help="how the cost grows, near and far away"
    )
    parser.add_argument(
        "--cases",
        type=lambda text: text.split(","),
        default=[*bench_cost.CASES, bench_cost.PLAN],
        help="of these costs, out of " + ", ".join([*bench_cost.CASES, bench_cost.PLAN]),
    )
    parser.add_argument("--resume", action="store_true", help="sizes that a run before has measured are not run again")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/benchmarks.md")
    options = parser.parse_args()
    version = os.environ.get("AIRFLOW") or servers.VERSIONS[-1]
    FOLDER.mkdir(parents=True, exist_ok=True)
    async with servers.running([version], servers.FOR_BENCH) as (server,):
        work = Bench(server)
        try:
            texts = await asyncio.to_thread(measure, work, options)
        finally:
            work.end()
    for part, text in texts.items():
        say(text)
        if options.write and part in ON_PAGE:
            write_page(version, part, text)
    return [Result("bench", 1, 0)]


if __name__ == "__main__":
    sys.exit(main(bench()))
