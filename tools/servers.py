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
from runner import Result, RunnerError, main, run_logged, say

VERSIONS = ("2.11.2", "3.3.2")
SANDBOXES = tree.BUILD / "airflow"
DAGS = tree.ROOT / "tests/dags"


@dataclass(frozen=True)
class Server:
    version: str
    url: str
    username: str
    password: str
    directory: str


def wanted_versions() -> list[str]:
    version = os.environ.get("AIRFLOW")
    return [version] if version else list(VERSIONS)


@contextlib.asynccontextmanager
async def running(versions: list[str]) -> AsyncIterator[list[Server]]:
    """Servers of these versions, started at the same time, and stopped in the end unless KEEP is set."""
    try:
        yield await start(versions)
    finally:
        if os.environ.get("KEEP"):
            say("The servers stay for the next run: make test-stop ends them.")
        else:
            await stop(versions)


async def start(versions: list[str]) -> list[Server]:
    tree.build()
    SANDBOXES.mkdir(parents=True, exist_ok=True)
    await _sandboxes([version for version in versions if not _kept(version)], "present")
    servers = [_server(version) for version in versions]
    for server in servers:
        for file in DAGS.glob("*.py"):
            shutil.copy(file, Path(server.directory) / "dags")
    return servers


async def stop(versions: list[str]) -> None:
    await _sandboxes(versions, "absent")
    for version in versions:
        _server_file(version).unlink(missing_ok=True)


async def stop_kept() -> list[Result]:
    """Stop what KEEP left running."""
    await stop([home.name.removeprefix("test-") for home in SANDBOXES.glob("sandboxes/test-*")])
    return []


def write_private(path: Path, content: object) -> None:
    """Write JSON, and so YAML, that nobody else may read."""
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(content, file)


def _server_file(version: str) -> Path:
    return SANDBOXES / f"test-{version}.json"


def _server(version: str) -> Server:
    return Server(**json.loads(_server_file(version).read_text()))


def _kept(version: str) -> bool:
    """Whether the server still runs: asking the role takes longer than many a test."""
    try:
        address = urlsplit(_server(version).url)
        socket.create_connection((address.hostname, address.port), timeout=1).close()
    except OSError:
        return False
    return True


async def _sandboxes(versions: list[str], state: str) -> None:
    done = await asyncio.gather(*(_sandbox(version, state) for version in versions), return_exceptions=True)
    for error in filter(None, done):
        raise error


async def _sandbox(version: str, state: str) -> None:
    variables = {
        "sandbox_state": state,
        "sandbox_airflow_version": version,
        "sandbox_name": f"test-{version}",
        "sandbox_dir": str(SANDBOXES),
        "server_file": str(_server_file(version)),
    }
    command = ["ansible-playbook", "tools/servers.yml", "--extra-vars", json.dumps(variables)]
    code, output = await run_logged(f"server-{version}-{state}", command)
    if code:
        raise RunnerError(f"Airflow {version} did not become {state}:\n{output}")


if __name__ == "__main__":
    sys.exit(main(stop_kept()))
