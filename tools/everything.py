# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every runner, what needs no server beside what does; stops at the first that fails and leaves nothing running.

``--all`` also runs the tests that are marked as slow.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable
from functools import partial

import servers
from integration import integration_on, quick_targets
from lint import lint
from live import live_on, on_databases, together
from package import package
from runner import Result, RunnerError, main, say
from sanity import sanity
from unit import unit

NOT_SLOW = ("-m", "not slow")
SLOWEST = 10


class FailedError(Exception):
    """A runner has failed, so that the others need not go on."""


class Everything:
    """The runners, side by side, and what came of them so far.

    :param options: for pytest.
    """

    def __init__(self, options: list[str]) -> None:
        self._options = options
        self._began = time.monotonic()
        self._results: list[Result] = []
        self._took: dict[str, float] = {}

    async def run(self) -> list[Result]:
        """Run everything, or up to the first failure."""
        versions = servers.wanted_versions()
        # The first runners need no server, so there is time for starting them.
        starting = asyncio.create_task(servers.start(versions))
        try:
            async with asyncio.TaskGroup() as lanes:
                lanes.create_task(self._without_servers())
                on_servers = [lanes.create_task(self._on_server(starting, number)) for number in range(len(versions))]
                await asyncio.gather(*on_servers)
                if len(versions) > 1 and not self._options:
                    # Moving from one server to another is slow by nature.
                    await self._one("live-together", together(await starting, self._options))
                if not self._options:
                    for version in versions:
                        await self._several(f"live-databases-{version}", self._on_databases(version))
        except* FailedError:
            pass
        finally:
            say(f"\n--- stopping Airflow, after {self._seconds()} seconds")
            starting.cancel()
            await asyncio.gather(starting, return_exceptions=True)
            await servers.stop(versions)
        self._say_what_took_long()
        return self._results

    async def _without_servers(self) -> None:
        runners: dict[str, Callable[[], Awaitable[list[Result]]]] = {
            "lint": partial(lint, is_quick=bool(self._options)),
            "unit": partial(unit, self._options),
            "package": package,
            "sanity": partial(sanity, [], is_quick=bool(self._options)),
        }
        for name, runner in runners.items():
            await self._several(name, runner())

    async def _on_server(self, starting: asyncio.Task[list[servers.Server]], number: int) -> None:
        try:
            server = (await asyncio.shield(starting))[number]
        except RunnerError as error:
            await self._one("servers", _not_started(error))
            return
        async with asyncio.TaskGroup() as parts:
            for name, part in live_on(server, self._options).items():
                parts.create_task(self._one(name, part))
        quick = quick_targets(server.version, servers.wanted_versions()) if self._options else ()
        running = integration_on(server, [], quick=quick)
        await self._one(f"integration-{server.version}", running)

    async def _on_databases(self, version: str) -> list[Result]:
        try:
            return [await on_databases(version, self._options)]
        except RunnerError as error:
            return [await _not_started(error)]

    async def _one(self, name: str, runner: Awaitable[Result]) -> None:
        async def alone() -> list[Result]:
            return [await runner]

        await self._several(name, alone())

    async def _several(self, name: str, runner: Awaitable[list[Result]]) -> None:
        say(f"\n--- {name}, after {self._seconds()} seconds")
        began = time.monotonic()
        results = await runner
        self._took[name] = time.monotonic() - began
        self._results += results
        say("\n".join(map(str, results)))
        if not all(result.ok for result in results):
            raise FailedError(name)

    def _seconds(self) -> int:
        return round(time.monotonic() - self._began)

    def _say_what_took_long(self) -> None:
        tests = {
            f"{result.runner} {name}": seconds for result in self._results for name, seconds in result.tests.items()
        }
        for title, found in (
            (f"the {SLOWEST} slowest tests", sorted(tests.items(), key=lambda test: -test[1])[:SLOWEST]),
            ("what each runner took", list(self._took.items())),
        ):
            say(f"\n--- {title}, in seconds")
            for name, seconds in found:
                say(f"{seconds:7.1f}  {name}")
        say(f"\n--- the end, after {self._seconds()} seconds")


async def _not_started(error: RunnerError) -> Result:
    say(str(error))
    return Result("servers", 0, 1)


if __name__ == "__main__":
    sys.exit(main(Everything([] if sys.argv[1:] == ["--all"] else list(NOT_SLOW)).run()))
