# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the cost of one task grows with objects, with changes, with distance and with company.

A part of ``bench.py``: a task beside bare requests that do the same, in turns, on a server that is 0 and 60 ms away.
"""

from __future__ import annotations

import re
import sqlite3
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

import servers
import tree

if TYPE_CHECKING:
    from bench import Bench, Measured

STEPS = {
    "create": "create",
    "nothing": "nothing to do",
    "some": "1 % differs",
    "all": "everything differs",
    "purge": "delete",
}
DISTANCES = (0, 60)
"""Milliseconds that a round trip takes longer."""
PAGE = 100
"""The server's limit."""
MOST_OBJECTS = 500
"""Of a request for many."""
WIDTHS = (4, 8, 16)
"""Requests that the floor has under way at a time; the fastest of them counts where there is no bulk endpoint."""


class Case(NamedTuple):
    """Objects of a kind, and how many others there are.

    :param others: objects of the same kind that the task does not name.
    :param concurrency: requests that the task may have under way at a time; the default if 0.
    """

    kind: str
    objects: int
    others: int = 0
    concurrency: int = 0

    def __str__(self) -> str:
        among = f" among {self.others:,} others" if self.others else ""
        wide = f", `concurrency: {self.concurrency}`" if self.concurrency else ""
        return f"{self.objects:,} {self.kind.partition('_')[0]}{among}{wide}"


CASES = {
    "few": Case("variables", 5),
    "company": Case("variables", 5, 10_000),
    "200": Case("variables", 200),
    "wide": Case("variables", 200, concurrency=16),
    "1000": Case("variables", 1000),
    "connections": Case("connections", 500),
    "roles": Case("roles_wanted", 20),
}
PLAN = "plan"
"""The name of the plan of five kinds among the cases."""

KINDS = {"variables": 1000, "connections": 200, "pools": 50, "roles_wanted": 20, "users": 20}
"""Objects of the plan of five kinds."""

PERMISSIONS = [{"action": "can_read", "resource": name} for name in ("DAGs", "Pools", "Variables")]


def objects(case: Case, turn: int, changed: int) -> list[dict[str, Any]]:
    """The objects of a case, of which the first ones differ from those of turn 0."""

    def one(number: int) -> dict[str, Any]:
        value = f"value {turn if number < changed else 0} of {number}"
        if case.kind == "variables":
            return {"key": f"cost_{number:04}", "value": value}
        if case.kind == "pools":
            return {"name": f"cost_{number:04}", "slots": 1, "description": value}
        if case.kind == "users":
            name, roles = f"cost_{number:04}", ["Viewer"]
            person = {"first_name": "F", "last_name": "L", "email": f"{name}@example.com", "password": "cost-password"}
            return {"username": name, **person, "roles": roles}
        if case.kind == "connections":
            return {"connection_id": f"cost_{number:04}", "conn_type": "postgres", "host": value.replace(" ", "-")}
        return {"name": f"cost_{number:04}", "permissions": PERMISSIONS[: 2 + (turn if number < changed else 0) % 2]}

    return [one(number) for number in range(case.objects)]


def wanted(case: Case, step: str) -> list[dict[str, Any]]:
    """What a step makes of the objects."""
    if step == "purge":
        return [{name: row[name], "state": "absent"} for row in objects(case, 0, 0) for name in list(row)[:1]]
    changed = {"some": max(1, case.objects // 100), "all": case.objects}.get(step, 0)
    return objects(case, 1, changed)


def rounds(case: Case, step: str, is_v2: bool) -> list[list[dict[str, Any]]]:
    """The fewest requests that do a step and read what they change; those of a round do not wait for each other."""
    root = "/api/v2" if is_v2 else "/api/v1"
    kind = case.kind.replace("_wanted", "")
    of_fab = kind in ("roles", "users")
    path = ("/auth/fab/v1" if is_v2 and of_fab else root) + f"/{kind}"
    rows, identity = wanted(case, step), next(iter(wanted(case, step)[0]))
    before = [] if step == "create" else objects(case, 0, 0)
    if case.others or (kind == "connections" and not is_v2):
        reads = [_call("GET", f"{path}/{row[identity]}") for row in before]
    else:
        count = max(1, len(before))
        reads = [_call("GET", f"{path}?limit={PAGE}&offset={start}") for start in range(0, count, PAGE)]
    differing = [row for row in rows if row not in before] if step != "purge" else rows
    if of_fab:
        differing = [_of_fab(row) for row in differing]
    action = {"create": "create", "purge": "delete"}.get(step, "update")
    if is_v2 and not of_fab:
        parts = [differing[start : start + MOST_OBJECTS] for start in range(0, len(differing), MOST_OBJECTS)]
        entities = [[row[identity] for row in part] if step == "purge" else part for part in parts]
        # One after the other: SQLite answers 500 to one of two at a time.
        return [
            reads,
            *([_call("PATCH", path, {"actions": [{"action": action, "entities": part}]})] for part in entities),
        ]
    if action == "create":
        writes = [_call("POST", path, row) for row in differing]
    else:
        method = {"update": "PATCH", "delete": "DELETE"}[action]
        writes = [_call(method, f"{path}/{row[identity]}", row if action == "update" else {}) for row in differing]
    return [reads, writes]


def _call(method: str, path: str, body: Any = None) -> dict[str, Any]:
    return {"method": method, "path": path, "body": body or {}}


def _of_fab(row: dict[str, Any]) -> dict[str, Any]:
    """A role or a user as the API takes it."""
    if "roles" in row:
        return {**row, "roles": [{"name": name} for name in row["roles"]]}
    if "permissions" not in row:
        return row
    pairs = [
        {"action": {"name": each["action"]}, "resource": {"name": each["resource"]}} for each in row["permissions"]
    ]
    return {"name": row["name"], "actions": pairs}


def plan_of_kinds(bench: Bench, url: str, turns: int) -> str:
    """A sentence on a plan of five kinds that has nothing to do."""
    cases = [Case(kind, number) for kind, number in KINDS.items()]
    planned: list[float] = []
    floors: dict[int, list[float]] = {1: [], 8: []}
    for case in cases:
        _bare(bench, case, "create", url, 8)
    reads = [calls for case in cases for calls in rounds(case, "nothing", bench.is_v2)[:1]]
    for _turn in range(turns):
        lists = {case.kind: wanted(case, "nothing") for case in cases}
        planned.append(_deploy(bench, lists, url, 0, "--check").seconds)
        for width, each in floors.items():
            each.append(_send(bench, [[call for calls in reads for call in calls]], url, width))
    for case in cases:
        _bare(bench, case, "purge", url, 8)
    one, many = (statistics.median(each) for each in floors.values())
    what = ", ".join(f"{number:,} {kind.partition('_')[0]}" for kind, number in KINDS.items())
    return (
        f"A plan of {what} that has nothing to do: {statistics.median(planned):.2f} s; bare requests that read them: "
        f"{one:.2f} s one after the other, {many:.2f} s side by side."
    )


@contextmanager
def far_away(url: str, milliseconds: int) -> Iterator[str]:
    """The URL of a server that is so far away."""
    if not milliseconds:
        yield url
        return
    relay: list[str | Path] = [sys.executable, tree.ROOT / "tools/relay.py", str(urlsplit(url).port), str(milliseconds)]
    with subprocess.Popen(relay, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


@contextmanager
def company(bench: Bench, others: int) -> Iterator[None]:
    """Variables of others in the database: more than one would create with requests."""
    file = Path(bench.server.directory) / "airflow.db"
    with closing(sqlite3.connect(file, timeout=30)) as database:
        rows = ((f"{'az'[number % 2]}_others_{number:05}",) for number in range(others))
        with database:
            database.executemany("INSERT INTO variable (key, val, is_encrypted) VALUES (?, 'x', 0)", rows)
        try:
            yield
        finally:
            with database:
                database.execute("DELETE FROM variable WHERE key LIKE '__others_%'")


def cost(bench: Bench, turns: int, cases: list[str]) -> Iterator[str]:
    """Markdown: for each distance a table of cases and steps.

    :param turns: how often each is measured; medians are shown.
    :param cases: out of :data:`CASES` and :data:`PLAN`.
    """
    widths = "" if bench.is_v2 else f", the fastest of {', '.join(map(str, WIDTHS))} at a time (which one)"
    yield f"Seconds of a task / seconds of bare requests that do the same{widths} / requests of the task."
    for distance in DISTANCES:
        yield f"\n**{distance} ms away**\n"
        yield "| | " + " | ".join(STEPS.values()) + " |"
        yield "|---|" + "---:|" * len(STEPS)
        with far_away(bench.server.url, distance) as url:
            start = statistics.median(bench.play("start").seconds for _turn in range(turns))
            for case in (CASES[name] for name in cases if name != PLAN):
                # Airflow 3 takes few requests, whatever their number at a time may be.
                if bench.is_v2 and case.concurrency:
                    continue
                with company(bench, case.others):
                    cells = _case(bench, case, url, turns)
                yield f"| {case} | " + " | ".join(cells) + " |"
            plan = plan_of_kinds(bench, url, turns) if PLAN in cases else ""
        yield f"\nA start of `ansible-playbook`: {start:.2f} s. {plan}".rstrip()


def _case(bench: Bench, case: Case, url: str, turns: int) -> list[str]:
    from runner import say

    ours: dict[str, list[Measured]] = {step: [] for step in STEPS}
    floors: dict[str, dict[int, list[float]]] = {step: {} for step in STEPS}
    has_bulk = bench.is_v2 and case.kind != "roles_wanted"
    for turn in range(turns):
        for step in STEPS:
            ours[step].append(_task(bench, case, step, url))
        width = 8 if has_bulk else WIDTHS[turn % len(WIDTHS)]
        for step in STEPS:
            seconds = _bare(bench, case, step, url, width)
            floors[step].setdefault(width, []).append(seconds)
            say(f"{case}, {step}: {seconds:.2f} s, bare requests, {width} at a time")
    cells = []
    for step in STEPS:
        seconds = statistics.median(run.seconds for run in ours[step])
        best, width = min((statistics.median(each), width) for width, each in floors[step].items())
        shown = f"{best:.2f}" if has_bulk else f"{best:.2f} ({width})"
        cells.append(f"{seconds:.2f} / {shown} / {ours[step][-1].requests:,}")
    return cells


def _task(bench: Bench, case: Case, step: str, url: str) -> Measured:
    from runner import RunnerError, say

    done = _deploy(bench, {case.kind: wanted(case, step)}, url, case.concurrency)
    changed = re.search(r"changed=(\d+)", done.output)
    if not changed or bool(int(changed[1])) is (step == "nothing"):
        raise RunnerError(f"{case}, {step}: {changed[0] if changed else 'no recap'}, which cannot be")
    say(f"{case}, {step}: {done.seconds:.2f} s, {done.requests} requests")
    if step in ("some", "all"):
        # The next step begins with what was created.
        _bare(bench, case, "purge create", url, 8)
    return done


def _deploy(bench: Bench, lists: dict[str, Any], url: str, concurrency: int, *arguments: str) -> Measured:
    from bench import FOLDER, PLAYBOOKS

    empty: dict[str, list[Any]] = {kind: [] for kind in KINDS}
    file = FOLDER / "cost.json"
    options = {"concurrency": concurrency} if concurrency else {}
    servers.write_private(file, {**empty, **options, **lists})
    command: list[str | Path] = ["ansible-playbook", PLAYBOOKS / "deployment.yml", "-e", f"@{file}", *arguments]
    return bench.run(command, AIRFLOW_URL=url)


def _bare(bench: Bench, case: Case, step: str, url: str, width: int) -> float:
    # Airflow 2 takes no permission from a role.
    return _send(bench, [calls for each in step.split() for calls in rounds(case, each, bench.is_v2)], url, width)


def _send(bench: Bench, steps: list[list[dict[str, Any]]], url: str, width: int) -> float:
    from bench import FOLDER

    file = FOLDER / "cost-floor.json"
    servers.write_private(file, {"is_v2": bench.is_v2, "threads": width, "rounds": steps})
    command: list[str | Path] = [sys.executable, tree.ROOT / "tools/bench_floor.py", "rounds", file]
    return bench.run(command, AIRFLOW_URL=url).seconds
