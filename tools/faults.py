# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faults x requests x modules on real servers: what each module says, compared with what is true.

Fails if anything was lost, doubled, leaked, misreported or not healed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from typing import Any

import servers
import tree
from regions import replaced
from runner import LOGS, Result, RunnerError, last_lines, main, run_logged, say

PAGE = tree.ROOT / "docs/reliability.md"
RUNNER = "ansible_collections.dataops.airflow.tests.faults.matrix"
COLUMNS = ("lost", "doubled", "leaked", "misreported", "unhealed")


async def matrix_on(server: servers.Server, options: list[str]) -> dict[str, Any]:
    """Run the matrix on one server.

    :return: the version, how many runs there were, and what was wrong.
    :raises RunnerError: if it broke off.
    """
    name = f"faults-{server.version}"
    listing, result = servers.SANDBOXES / f"{name}.json", LOGS / f"{name}.json"
    LOGS.mkdir(parents=True, exist_ok=True)
    if "--resume" not in options:
        result.unlink(missing_ok=True)
    servers.write_private(listing, [asdict(server)])
    env = {"AIRFLOW_LIVE_SERVERS": str(listing), "PYTHONPATH": str(tree.BUILD)}
    command = [sys.executable, "-m", RUNNER, *options, str(result)]
    try:
        code, output = await run_logged(name, command, cwd=tree.BUILD, env=env)
    finally:
        listing.unlink()
    if code or not result.exists():
        raise RunnerError(f"{name} broke off:\n{last_lines(output)}")
    found: dict[str, Any] = json.loads(result.read_text())
    return found


def table(found: list[dict[str, Any]], first: str, names: Callable[[str], Iterable[str]], key: str) -> Iterator[str]:
    """Markdown: how many runs there were on each server, and what was wrong in how many of them.

    :param first: the titles of the first columns, and ``names`` what to write there.
    :param key: ``case`` or ``fault``.
    """
    runs = [Counter({row[key]: 0 for row in each["runs"]}) for each in found]
    for counter, each in zip(runs, found, strict=True):
        for row in each["runs"]:
            counter[row[key]] += row["runs"]
    wrong = Counter((row[key], row["column"]) for each in found for row in each["wrong"])
    # Both servers run them in the same order; a module may be missing on one.
    order = dict.fromkeys(name for counter in reversed(runs) for name in counter)
    yield f"| {first} | " + " | ".join(each["version"] for each in found) + " | " + " | ".join(COLUMNS) + " |"
    yield "|---" * (first.count("|") + 1) + "|---:" * (len(found) + len(COLUMNS)) + "|"
    for name in order:
        cells = [*(f"{counter[name]:,}" if counter[name] else "–" for counter in runs)]
        cells += [str(wrong[name, column]) for column in COLUMNS]
        yield f"| {' | '.join([*names(name), *cells])} |"
    totals = [f"{counter.total():,}" for counter in runs]
    totals += [str(sum(count for (_name, each), count in wrong.items() if each == column)) for column in COLUMNS]
    yield f"| {' | '.join(['all', *[''] * first.count('|'), *totals])} |"


def write_page(found: list[dict[str, Any]]) -> None:
    """Put the tables between their markers."""

    def case(name: str) -> list[str]:
        module, title = name.split(": ", 1)
        return [f"`{module}`", title]

    tables = {
        "modules": table(found, "module | task", case, "case"),
        "faults": table(found, "fault", lambda name: [name], "fault"),
    }
    page = PAGE.read_text(encoding="utf-8")
    for part, lines in tables.items():
        page = replaced(page, part, "".join(f"{line}\n" for line in lines))
    PAGE.write_text(page, encoding="utf-8")


async def faults() -> list[Result]:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="a part of the names of tasks, such as pool")
    parser.add_argument("--faults", default="", help="a part of the names of faults, such as 504")
    parser.add_argument("--resume", action="store_true", help="leave out what an earlier run found nothing wrong with")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/reliability.md")
    options = parser.parse_args()
    versions = servers.wanted_versions()
    if options.write and (options.only or options.faults or versions != list(servers.VERSIONS)):
        raise RunnerError("The page is about everything: --write goes with neither --only, --faults nor AIRFLOW")
    given = [f"--only={options.only}", f"--faults={options.faults}", *["--resume"] * options.resume]
    async with servers.running(versions) as wanted:
        found = await asyncio.gather(*(matrix_on(server, given) for server in wanted))
    results = []
    for each in found:
        for row in each["wrong"]:
            say(f"{each['version']}: {row['case']}, {row['fault']} at {row['place']}: {row['column']}: {row['why']}")
        failed = len({(row["case"], row["fault"], row["place"]) for row in each["wrong"]})
        passed = sum(row["runs"] for row in each["runs"]) - failed
        results.append(Result(f"faults-{each['version']}", passed, failed))
    if options.write:
        write_page(found)
    return results


if __name__ == "__main__":
    sys.exit(main(faults()))
