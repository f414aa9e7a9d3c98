# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What every test runner shares: running a command, saying what came of it, and ending cleanly when interrupted."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pwd
import re
import signal
import sys
from collections.abc import Coroutine, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import tree

LOGS = tree.BUILD / "logs"


class RunnerError(Exception):
    """What kept a runner from running, for the user to read."""


@dataclass(frozen=True)
class Result:
    """What came of a runner.

    :param tests: name of a test → seconds that it took.
    :param failures: names of those that failed, where the runner knows them.
    """

    runner: str
    passed: int
    failed: int
    skipped: int = 0
    tests: Mapping[str, float] = field(default_factory=dict)
    failures: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        return self.passed > 0 and self.failed == 0

    def __str__(self) -> str:
        line = f"{self.runner}: {self.passed} passed, {self.failed} failed"
        return f"{line}, {self.skipped} skipped" if self.skipped else line


def say(text: str) -> None:
    print(text, flush=True)


def last_lines(text: str) -> str:
    return "\n".join(text.splitlines()[-40:])


def left_out(output: str) -> set[str]:
    """What ansible-test did not run: for it a warning, which it repeats, and for us a failure."""
    return set(re.findall(r"^WARNING: ((?:Excluding|Skipping|All targets skipped).*)$", output, re.MULTILINE))


def environment() -> dict[str, str]:
    """This environment, with this interpreter's commands first and pyenv's interpreters before its shims."""
    folders = [Path(sys.executable).parent]
    if pyenv := os.environ.get("PYENV_ROOT"):
        folders += sorted(Path(pyenv).glob("versions/*/bin"))
    return {
        **os.environ,
        "PATH": os.pathsep.join([*map(str, folders), os.environ["PATH"]]),
        "ANSIBLE_COLLECTIONS_PATH": str(tree.BUILD),
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "PYTHONUNBUFFERED": "1",
    }


async def run(command: Iterable[str | Path], *, cwd: Path = tree.ROOT, env: dict[str, str] | None = None) -> int:
    """Run a command whose output goes where this program's goes, and return its exit code."""
    return await _wait(command, cwd, env, None)


async def run_logged(
    name: str,
    command: Iterable[str | Path],
    *,
    cwd: Path = tree.ROOT,
    env: dict[str, str] | None = None,
    show: bool = False,
    user: str | None = None,
) -> tuple[int, str]:
    """Run a command whose output goes to build/logs/<name>.log, and return its exit code and that output.

    :param user: whom to run it as, if this user may become another one.
    """
    LOGS.mkdir(parents=True, exist_ok=True)
    log = LOGS / f"{name}.log"
    if show:
        code = await _wait(["bash", "-o", "pipefail", "-c", '"$@" 2>&1 | tee "$0"', log, *command], cwd, env, None)
    else:
        with log.open("wb") as output:
            code = await _wait(command, cwd, env, output.fileno(), user)
    return code, log.read_text(errors="replace")


async def _wait(
    command: Iterable[str | Path],
    cwd: Path,
    env: dict[str, str] | None,
    output: int | None,
    user: str | None = None,
) -> int:
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=cwd,
        env={**environment(), **(env or {})},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=output,
        stderr=None if output is None else asyncio.subprocess.STDOUT,
        start_new_session=True,
        user=user,
        group=pwd.getpwnam(user).pw_gid if user else None,
        extra_groups=[] if user else None,
    )
    try:
        return await process.wait()
    finally:
        if process.returncode is None:
            await _end(process)


async def _end(process: asyncio.subprocess.Process) -> None:
    """End a process and its children: first as Ctrl-C would, then for certain."""
    for number in (signal.SIGINT, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), 10)
            return


def main(runners: Coroutine[None, None, list[Result]]) -> int:
    """Run to the end, or until Ctrl-C or SIGTERM; close with a line per runner and return the exit code."""

    async def interruptible() -> list[Result]:
        task = asyncio.ensure_future(runners)

        def interrupt() -> None:
            if not task.cancelling():  # a second signal must not break off the cleaning up
                task.cancel()

        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, interrupt)
        return await task

    try:
        results = asyncio.run(interruptible())
    except asyncio.CancelledError:
        say("Interrupted.")
        return 130
    except RunnerError as error:
        say(str(error))
        return 1
    for result in results:
        say(str(result))
    return 0 if all(result.ok for result in results) else 1
