# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""pytest, from the copy of the collection in which its imports work."""

from __future__ import annotations

import sys
from xml.etree import ElementTree

import tree
from runner import LOGS, Result, main, run, run_logged, say


async def run_pytest(
    name: str, folder: str, options: list[str], env: dict[str, str] | None = None, show: bool = True
) -> Result:
    """Run the tests below a folder, or what the options name in it."""
    copy = tree.build()
    LOGS.mkdir(parents=True, exist_ok=True)
    report = LOGS / f"{name}.xml"
    report.unlink(missing_ok=True)
    tests = [] if any(option.startswith("tests/") for option in options) else [folder]
    command = [sys.executable, "-m", "pytest", f"--junitxml={report}", *tests, *options]
    env = {"PYTHONPATH": str(tree.BUILD), **(env or {})}
    if show:
        code = await run(command, cwd=copy, env=env)
    else:
        code, output = await run_logged(name, command, cwd=copy, env=env)
        say(f"{name}:\n{output}")
    total = failed = skipped = 0
    took: dict[str, float] = {}
    if report.exists():
        for suite in ElementTree.parse(report).getroot():
            total += int(suite.attrib["tests"])
            failed += int(suite.attrib["failures"]) + int(suite.attrib["errors"])
            skipped += int(suite.attrib["skipped"])
            for case in suite.iter("testcase"):
                where = case.get("classname", "").rpartition(".")[2]
                took[f"{where}::{case.attrib['name']}"] = float(case.attrib["time"])
    return Result(name, total - failed - skipped, failed if code == 0 else max(failed, 1), skipped, took)


async def unit(options: list[str]) -> list[Result]:
    return [await run_pytest("unit", "tests/unit", options)]


if __name__ == "__main__":
    sys.exit(main(unit(sys.argv[1:])))
