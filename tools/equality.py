# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The integration targets twice, with modules as processes of their own and in Ansible's, and the results compared."""

from __future__ import annotations

import difflib
import json
import os
import re
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import servers
import tree
from integration import RESULTS, integration
from runner import Result, main, say

CHANGING = (
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?"), "<time>"),
    (re.compile(r"\d{8}T\d{6}(\.\d+)?Z?"), "<time>"),
    (re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"), "<uuid>"),
    (re.compile(r"(?<=127\.0\.0\.1:)\d+"), "<port>"),
    (re.compile(r"\b[0-9a-f]{12,64}\b"), "<hash>"),
    (re.compile(r"\b\d{4}-\d\d-\d\d\b"), "<date>"),
    (re.compile(r"\btest-[a-z]{12}\b"), "<run>"),
    (re.compile(r"(?<=_triggered__<time>_)\w+"), "<random>"),
    (re.compile(r"\b[\w-]{27,}\.[\w-]{27}\b"), "<signed>"),
    (re.compile(r"\bj\d+\.\d+\b"), "<job>"),
    (re.compile(r"\bcli_\w+|(?<=full_command).*"), "<component>"),
    (re.compile(r"(?<=process )\d+|(?<=Job )\d+|(?<='--job-id', ')\d+|(?<=/tmp/tmp)\w+"), "<number>"),
)
"""What two runs never have in common."""

NUMBERS = {
    "asset_id",
    "attempts",
    "bundle_prepare_ms",
    "dag_file_parse_ms",
    "dag_run_id",
    "duration",
    "event_log_id",
    "former_age",
    "id",
    "import_error_id",
    "last_parse_duration",
    "login_count",
    "pid",
    "total_entries",
    "version_number",
}
"""Fields that count on from run to run, or measure."""

UNORDERED = {"assets", "dag_versions", "dag_warnings", "events", "permissions"}
"""Lists in the order in which the server happened to come upon its DAGs, or its processes to write."""

LOGS = {"log"}
"""Texts of which the processes of a task write the lines in any order, and of which some results hold the end."""

OF_ANSIBLE = {"ansible_facts", "failed_when_suppressed_exception"}
"""What Ansible itself adds where it starts a module: the interpreter it has found, and that there is no traceback."""


def is_of_a_dag(permission: Any) -> bool:
    """Whether it is for a single DAG: Airflow makes these as it parses."""
    return isinstance(permission, dict) and ":" in str(permission.get("resource"))


def lasting(value: Any, name: str = "") -> Any:
    """A result without what differs between two runs of the same module."""
    if isinstance(value, dict):
        return {key: lasting(item, key) for key, item in value.items() if key not in OF_ANSIBLE}
    if isinstance(value, list):
        items = [lasting(item, name) for item in value if not (name == "permissions" and is_of_a_dag(item))]
        return sorted(items, key=json.dumps) if name in UNORDERED else items
    if isinstance(value, str):
        if name in LOGS:
            return "<log>" if value else value
        for pattern, instead in CHANGING:
            value = pattern.sub(instead, value)
        return value
    return "<number>" if name in NUMBERS and isinstance(value, (int, float)) else value


def results(version: str) -> dict[str, str]:
    """What has been recorded on a server: target, where the task stands and which of its results → text to compare."""
    file: Path = tree.BUILD / f"integration-{version}" / tree.COLLECTION / RESULTS
    found: dict[str, str] = {}
    turns: Counter[str] = Counter()
    for line in file.read_text(encoding="utf-8").splitlines():
        target, place, title, _module, result = json.loads(line)
        key = f"{target}: {place}"
        turns[key] += 1
        if result.get("invocation", {}).get("module_args", {}).get("limit"):
            # Part of a list whose order is chance can be any part of it.
            result.update({name: len(result[name]) for name in UNORDERED & result.keys()})
        found[f"{key}, result {turns[key]}"] = json.dumps(lasting([title, result]), sort_keys=True, indent=1)
    return found


@dataclass(frozen=True)
class Comparison:
    """What came of running targets both ways on a server.

    :param same: how many results are alike.
    :param different: where a task stands → how its results differ.
    """

    same: int
    different: dict[str, str]


def compare(modules: dict[str, str], plugins: dict[str, str]) -> Comparison:
    """Compare the results of modules with those of the action plugins, task by task."""
    different = {}
    for place in sorted(modules.keys() | plugins.keys()):
        one, other = modules.get(place, ""), plugins.get(place, "")
        if one != other:
            lines = difflib.unified_diff(one.splitlines(), other.splitlines(), "module", "in process", lineterm="", n=1)
            different[place] = "\n".join(lines)
    return Comparison(len(modules.keys() | plugins.keys()) - len(different), different)


async def both_ways(versions: list[str], options: list[str]) -> tuple[list[Result], dict[str, Comparison]]:
    done: list[Result] = []
    seen: dict[bool, dict[str, dict[str, str]]] = {}
    for in_process in (False, True):
        # New servers each time: the runs and events of the first would be in the lists of the second.
        async with servers.running(versions) as wanted:
            done += await integration(wanted, options, in_process, is_recorded=True)
            seen[in_process] = {server.version: results(server.version) for server in wanted}
    return done, {version: compare(seen[False][version], seen[True][version]) for version in versions}


async def equality(versions: list[str], options: list[str]) -> list[Result]:
    """Run both ways, and what differs once more: how Airflow's processes get on is chance, and does not repeat."""
    done, first = await both_ways(versions, options)
    again = sorted({place.partition(":")[0] for each in first.values() for place in each.different})
    if again:
        say(f"Once more, as results differ: {', '.join(again)}")
        more, second = await both_ways(versions, again)
        done += more
    for version in versions:
        lasting_places = first[version].different.keys() & second[version].different.keys() if again else set()
        for place in sorted(lasting_places):
            say(f"{version}, {place}\n{second[version].different[place]}")
        by_chance = len(first[version].different) - len(lasting_places)
        done.append(Result(f"equality-{version}", first[version].same + by_chance, len(lasting_places)))
    return done


async def run_equality() -> list[Result]:
    return await equality(servers.wanted_versions(), [*os.environ.get("TARGET", "").split(), *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main(run_equality()))
