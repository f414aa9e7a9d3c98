# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every runner, those that fail fastest first; stops at the first that fails and leaves nothing running."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable
from functools import partial

import servers
from integration import integration
from lint import lint
from live import live
from package import package
from runner import Result, main, say
from sanity import sanity
from unit import unit


async def everything() -> list[Result]:
    began = time.monotonic()
    versions = servers.wanted_versions()
    # The first runners need no server, so there is time for starting them.
    starting = asyncio.create_task(servers.start(versions))

    async def on_servers(runner: Callable[[list[servers.Server], list[str]], Awaitable[list[Result]]]) -> list[Result]:
        return await runner(await starting, [])

    runners: dict[str, Callable[[], Awaitable[list[Result]]]] = {
        "lint": lint,
        "unit": partial(unit, []),
        "sanity": partial(sanity, []),
        "package": package,
        "live": partial(on_servers, live),
        "integration": partial(on_servers, integration),
    }
    results: list[Result] = []
    try:
        for name, runner in runners.items():
            say(f"\n--- {name}, after {time.monotonic() - began:.0f} seconds")
            new = await runner()
            results += new
            say("\n".join(map(str, new)))
            if not all(result.ok for result in new):
                break
    finally:
        say(f"\n--- stopping Airflow, after {time.monotonic() - began:.0f} seconds")
        starting.cancel()
        await asyncio.gather(starting, return_exceptions=True)
        await servers.stop(versions)
    say(f"\n--- the end, after {time.monotonic() - began:.0f} seconds")
    return results


if __name__ == "__main__":
    sys.exit(main(everything()))
