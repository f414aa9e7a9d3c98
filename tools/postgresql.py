# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A PostgreSQL for Airflows of the tests: in a directory of its own, and for this user only, through a Unix socket.

As a program it stops the one that is left running.
"""

from __future__ import annotations

import os
import pwd
import shutil
import sys
import tempfile
from pathlib import Path

import tree
from runner import Result, RunnerError, main, run_logged

HOME = tree.BUILD / "airflow" / "postgresql"
"""Leads to its directory, which is elsewhere: a socket's path may have a hundred characters, and a clone may lie where
PostgreSQL's own user cannot go."""

DEBIAN = Path("/usr/lib/postgresql")
"""Where Debian has the programs, by major version; they are not on PATH."""

OWN_USER = "postgres"
"""Whom the server runs as if this user is root, which it refuses."""

SETTINGS = """
listen_addresses = ''
unix_socket_directories = '{directory}'
fsync = off
synchronous_commit = off
full_page_writes = off
"""
"""Nobody needs what it holds once it has ended."""


def url(database: str) -> str:
    """How Airflow reaches a database. There is no password: the socket identifies the user who connects."""
    return f"postgresql+psycopg2://{_me()}@/{database}?host={HOME.resolve()}"


async def start() -> None:
    """Start it unless it runs.

    :raises RunnerError: if its programs are missing, or it does not start.
    """
    if HOME.exists() and await _control("status"):
        return
    await stop()
    programs = _programs()
    directory = Path(tempfile.mkdtemp(prefix="airflow-postgresql-"))
    HOME.parent.mkdir(parents=True, exist_ok=True)
    HOME.symlink_to(directory)
    if owner := _owner():
        shutil.chown(directory, owner)
    data = directory / "data"
    options = ["--auth-local=peer", "--auth-host=reject", "--encoding=UTF8", "--locale=C", "--no-sync"]
    await _run(programs / "initdb", f"--pgdata={data}", f"--username={_me()}", *options, as_owner=True)
    with (data / "postgresql.conf").open("a") as file:
        file.write(SETTINGS.format(directory=directory))
    await _run(programs / "pg_ctl", "start", f"--pgdata={data}", f"--log={directory / 'log'}", as_owner=True)


async def make(database: str) -> None:
    """Make an empty database; what one of its name holds is gone."""
    programs = _programs()
    await _run(programs / "dropdb", f"--host={HOME.resolve()}", "--if-exists", "--force", database)
    await _run(programs / "createdb", f"--host={HOME.resolve()}", database)


async def stop() -> None:
    """Stop it if it runs, and remove its directory."""
    if HOME.exists():
        if await _control("status"):
            await _control("stop", "--mode=immediate")
        shutil.rmtree(HOME.resolve())
    HOME.unlink(missing_ok=True)


def _programs() -> Path:
    """The directory of PostgreSQL's programs."""
    found = sorted(DEBIAN.glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    on_path = shutil.which("initdb")
    if not (found or on_path):
        raise RunnerError(
            "PostgreSQL's programs (initdb, pg_ctl, createdb) are neither on PATH nor below "
            f"{DEBIAN}: install them, on Debian and Ubuntu with: apt-get install postgresql"
        )
    return found[-1].parent if found else Path(str(on_path)).resolve().parent


def _me() -> str:
    return pwd.getpwuid(os.geteuid()).pw_name


async def _control(*arguments: str) -> bool:
    """Whether pg_ctl does something, or says so."""
    command = [str(_programs() / "pg_ctl"), *arguments, f"--pgdata={HOME.resolve() / 'data'}"]
    code, _output = await run_logged("postgresql", command, cwd=HOME.resolve(), user=_owner())
    return code == 0


async def _run(*command: str | Path, as_owner: bool = False) -> None:
    code, output = await run_logged("postgresql", command, cwd=HOME.resolve(), user=_owner() if as_owner else None)
    if code:
        raise RunnerError(f"{Path(command[0]).name} of PostgreSQL failed:\n{output}")


def _owner() -> str | None:
    """Whom the server runs as, if not as this user."""
    return OWN_USER if os.geteuid() == 0 else None


async def _stop_alone() -> list[Result]:
    await stop()
    return []


if __name__ == "__main__":
    sys.exit(main(_stop_alone()))
