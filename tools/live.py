# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""pytest over tests/live, which talks to real servers; closes with a line for each."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import asdict

import servers
from runner import Result, main
from unit import run_pytest


async def live(wanted: list[servers.Server], options: list[str]) -> list[Result]:
    return await asyncio.gather(*(_on(server, options, show=len(wanted) == 1) for server in wanted))


async def _on(server: servers.Server, options: list[str], show: bool) -> Result:
    """Run the tests with AIRFLOW_LIVE_SERVERS naming a file with a JSON list of servers."""
    name = f"live-{server.version}"
    listing = servers.SANDBOXES / f"{name}.json"
    servers.write_private(listing, [asdict(server)])
    try:
        return await run_pytest(name, "tests/live", options, {"AIRFLOW_LIVE_SERVERS": str(listing)}, show)
    finally:
        listing.unlink()


async def run_live() -> list[Result]:
    async with servers.running(servers.wanted_versions()) as wanted:
        return await live(wanted, sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main(run_live()))
