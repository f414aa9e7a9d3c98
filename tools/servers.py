# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The real servers that the tests run against, started and stopped by the role that users have."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import socket
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import tree
from databases import DATABASES
from runner import Result, RunnerError, main, run_logged, say

VERSIONS = ("2.11.2", "3.3.2")
SQLITE = "sqlite"
SANDBOXES = tree.BUILD / "airflow"
DAGS = tree.ROOT / "tests/dags"
USERS = str(tree.ROOT / "tests/webserver_config.py")

FOR_TESTS = "test"
FOR_MATRIX = "matrix"
FOR_BENCH = "bench"
SIMPLE = "simple"
TEAMS = "teams"
"""What a server is for: the tests' is tuned so that nobody waits for it, on SQLite or on the database whose name is the
purpose; the matrix's also parses unchanged files less often, as that takes most of a small machine's time, but not so
seldom that a file that is changed while it is parsed keeps a test waiting; the benchmarks' is as people have it. Two of
the matrix's have SimpleAuthManager, and several teams (Airflow 3 each)."""

CONFIG: dict[str, dict[str, dict[str, object]]] = {
    "2": {
        "core": {"test_connection": "Enabled", "min_serialized_dag_update_interval": 2},
        "scheduler": {"min_file_process_interval": 20, "dag_dir_list_interval": 1},
        "webserver": {"config_file": USERS},
    },
    "3": {
        "core": {"test_connection": "Enabled", "min_serialized_dag_update_interval": 2},
        "dag_processor": {"min_file_process_interval": 15, "refresh_interval": 1},
        "fab": {"config_file": USERS, "cache_ttl": 1},
    },
}
"""Settings of the tests' servers, by Airflow's major version. New files are looked for each second, and a changed
structure is stored within seconds in place of half a minute. A file whose time has changed does not wait for its
interval (file_parsing_sort_mode=modified_time, the default; source of 2.11.2 and 3.3.2), so the others need not be
parsed more often, which would cost the tests' own processor time. The FAB auth manager caches users by their ID for
half a minute (3.3.2), and SQLite gives the ID of a deleted user to the next one, who is then taken for the former: so
it is a second here. Without a cache each request reads the user with all permissions, which takes two thirds of the API
server's time."""


@dataclass(frozen=True)
class Server:
    version: str
    url: str
    username: str
    password: str
    directory: str
    dbms: str


def wanted_versions() -> list[str]:
    version = os.environ.get("AIRFLOW")
    return [version] if version else list(VERSIONS)


def wanted_databases() -> list[str]:
    """For tests of several databases, the purposes of the servers.

    :raises RunnerError: if DATABASE names another one.
    """
    purposes = {SQLITE: FOR_TESTS, **{name: name for name in DATABASES}}
    chosen = (os.environ.get("DATABASE") or ",".join(purposes)).split(",")
    if unknown := [name for name in chosen if name not in purposes]:
        raise RunnerError(f"DATABASE must consist of {', '.join(purposes)}, but has {', '.join(unknown)}")
    return [purposes[name] for name in chosen]


@contextlib.asynccontextmanager
async def running(versions: list[str], purpose: str = FOR_TESTS) -> AsyncIterator[list[Server]]:
    """Servers of these versions, started at the same time, and stopped in the end unless KEEP is set."""
    try:
        yield await start(versions, purpose)
    finally:
        if os.environ.get("KEEP"):
            say("The servers stay for the next run: make test-stop ends them.")
        else:
            await stop(versions, purpose)


async def start(versions: list[str], purpose: str = FOR_TESTS) -> list[Server]:
    """Start what does not run yet, and give each server the tests' DAGs."""
    tree.build()
    SANDBOXES.mkdir(parents=True, exist_ok=True)
    missing = [version for version in versions if not _kept(version, purpose)]
    if missing and (database := DATABASES.get(purpose)):
        await database.start()
        for version in missing:
            await database.make(_schema(version))
    await _sandboxes(missing, purpose, "present")
    servers = [_server(version, purpose) for version in versions]
    for server in servers:
        for file in DAGS.glob("*.py"):
            shutil.copy(file, Path(server.directory) / "dags")
    return servers


async def stop(versions: list[str], purpose: str = FOR_TESTS) -> None:
    await _sandboxes(versions, purpose, "absent")
    for version in versions:
        _server_file(version, purpose).unlink(missing_ok=True)
    if purpose in DATABASES and not _homes(purpose):
        await DATABASES[purpose].stop()


async def stop_kept() -> list[Result]:
    """Stop what KEEP left running."""
    for purpose in (FOR_TESTS, *DATABASES, FOR_MATRIX, SIMPLE, TEAMS, FOR_BENCH):
        await stop([home.name.removeprefix(f"{purpose}-") for home in _homes(purpose)], purpose)
    return []


def auth_manager(purpose: str) -> str:
    """The auth manager of a server that is for something, as the role sandbox calls it."""
    return "simple" if purpose in (SIMPLE, TEAMS) else "fab"


def _homes(purpose: str) -> list[Path]:
    """The directories of the servers that there are for a purpose."""
    return list(SANDBOXES.glob(f"sandboxes/{purpose}-*"))


def _schema(version: str) -> str:
    """The database of an Airflow within a database server."""
    return f"airflow_{version.replace('.', '_')}"


def write_private(path: Path, content: object) -> None:
    """Write JSON, and so YAML, that nobody else may read."""
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(content, file)


def _config(generation: str, purpose: str) -> dict[str, dict[str, object]]:
    """The settings of a server that is for something."""
    if purpose == FOR_BENCH:
        return {}
    config = CONFIG[generation]
    if purpose == TEAMS:
        config = {**config, "core": {**config["core"], "multi_team": True}}
    if purpose in (FOR_MATRIX, SIMPLE, TEAMS):
        section = "scheduler" if generation == "2" else "dag_processor"
        config = {**config, section: {**config[section], "min_file_process_interval": 30}}
    return config


def _server_file(version: str, purpose: str) -> Path:
    return SANDBOXES / f"{purpose}-{version}.json"


def _server(version: str, purpose: str) -> Server:
    return Server(**json.loads(_server_file(version, purpose).read_text()))


def _kept(version: str, purpose: str) -> bool:
    """Whether the server still runs: asking the role takes longer than many a test."""
    try:
        address = urlsplit(_server(version, purpose).url)
        socket.create_connection((address.hostname, address.port), timeout=1).close()
    except OSError:
        return False
    return True


async def _sandboxes(versions: list[str], purpose: str, state: str) -> None:
    each = (_sandbox(version, purpose, state) for version in versions)
    done = await asyncio.gather(*each, return_exceptions=True)
    for error in filter(None, done):
        raise error


async def _sandbox(version: str, purpose: str, state: str) -> None:
    database = DATABASES.get(purpose)
    variables = {
        "sandbox_state": state,
        "sandbox_airflow_version": version,
        "sandbox_name": f"{purpose}-{version}",
        "sandbox_dir": str(SANDBOXES),
        "sandbox_auth_manager": auth_manager(purpose),
        "sandbox_config": _config(version.partition(".")[0], purpose),
        "sandbox_database": database.url(_schema(version)) if database else "",
        "sandbox_requirements": str(database.requirements or "") if database else "",
        "server_file": str(_server_file(version, purpose)),
        "server_dbms": database.name if database else SQLITE,
    }
    command = ["ansible-playbook", "tools/servers.yml", "--extra-vars", json.dumps(variables)]
    code, output = await run_logged(f"server-{purpose}-{version}-{state}", command)
    if code:
        raise RunnerError(f"Airflow {version} did not become {state}:\n{output}")


if __name__ == "__main__":
    sys.exit(main(stop_kept()))
