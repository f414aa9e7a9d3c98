# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""pytest over tests/live, which talks to real servers; closes with a line for each."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Coroutine
from dataclasses import asdict

import servers
from runner import Result, main
from unit import run_pytest

ABOUT_FILES = ("tests/live/test_dag_deploy.py", "tests/live/test_dag_parse.py")
"""What waits most of the time for Airflow to parse files, which no other test looks at."""

TOGETHER = "tests/together"
"""What takes several servers, and so runs when nothing else changes what they hold."""

ON_DATABASES = "tests/databases"
"""What is the same whatever the database is, and what SQLite would hide, as it lets one writer in at a time; on a
server for each database."""


async def live(wanted: list[servers.Server], options: list[str]) -> list[Result]:
    """Run tests/live on each server at the same time, and tests/together if there are several and nothing is chosen."""
    if any(option.startswith(TOGETHER) for option in options):
        return [await together(wanted, options, show=True)]
    if options:
        each = (_on(f"live-{server.version}", [server], "tests/live", options, len(wanted) == 1) for server in wanted)
        return await asyncio.gather(*each)
    results = await asyncio.gather(*(part for server in wanted for part in live_on(server, options).values()))
    return [*results, *([await together(wanted, options)] if len(wanted) > 1 else [])]


def live_on(server: servers.Server, options: list[str]) -> dict[str, Coroutine[None, None, Result]]:
    """The runs of tests/live on one server, to be awaited side by side.

    On Airflow 2 what is about files runs beside all else. On Airflow 3 with SQLite two clients that write make each
    other wait (``patience`` in roles/sandbox/files/airflow_sandbox.py), so there is one run.
    """
    parts: dict[str, list[str]] = {f"live-{server.version}": []}
    if server.version.startswith("2."):
        parts = {
            f"live-{server.version}": [f"--ignore={path}" for path in ABOUT_FILES],
            f"live-files-{server.version}": list(ABOUT_FILES),
        }
    return {name: _on(name, [server], "tests/live", [*chosen, *options]) for name, chosen in parts.items()}


async def together(wanted: list[servers.Server], options: list[str], show: bool = False) -> Result:
    """Run tests/together on these servers."""
    return await _on("live-together", wanted, TOGETHER, options, show)


async def on_databases(version: str, options: list[str], show: bool = False) -> Result:
    """Run tests/databases on servers of a version, one for each database."""
    async with contextlib.AsyncExitStack() as stack:
        wanted = [
            server
            for purpose in servers.wanted_databases()
            for server in await stack.enter_async_context(servers.running([version], purpose))
        ]
        return await _on(f"live-databases-{version}", wanted, ON_DATABASES, options, show)


async def _on(name: str, wanted: list[servers.Server], folder: str, options: list[str], show: bool = False) -> Result:
    """Run the tests with AIRFLOW_LIVE_SERVERS naming a file with a JSON list of servers."""
    listing = servers.SANDBOXES / f"{name}.json"
    servers.write_private(listing, [asdict(server) for server in wanted])
    try:
        return await run_pytest(name, folder, options, {"AIRFLOW_LIVE_SERVERS": str(listing)}, show)
    finally:
        listing.unlink()


async def run_live() -> list[Result]:
    options, versions = sys.argv[1:], servers.wanted_versions()
    if any(option.startswith(ON_DATABASES) for option in options):
        return [await on_databases(version, options, show=True) for version in versions]
    async with servers.running(versions) as wanted:
        return await live(wanted, options)


if __name__ == "__main__":
    sys.exit(main(run_live()))
