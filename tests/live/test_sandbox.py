# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role sandbox: one more Airflow of each version, started, used and stopped."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.dataops.airflow.tests.live.conftest import Live, processes_with

DAG = """
try:
    from airflow.sdk import dag, task
except ImportError:
    from airflow.decorators import dag, task
from datetime import datetime

@dag(dag_id="live", schedule=None, start_date=datetime(2026, 1, 1))
def live():
    @task
    def say():
        return "done"
    say()

live()
"""
LONGEST_WAIT = 90.0
LONGEST_START = 20.0
"""Seconds after which the end of a component is no longer a failed start."""

Sandbox = Callable[..., str]


@pytest.fixture
def home(live: Live) -> Path:
    """Where the sandbox of this test lives, beside the one that the other tests use."""
    return Path(live.directory).parent / f"live-role-{live.version}"


@pytest.fixture
def sandbox(live: Live, home: Path) -> Iterator[Sandbox]:
    """Run the role's playbook with these variables and return what it prints; the sandbox is gone in the end."""

    def run(**variables: Any) -> str:
        own = {
            "sandbox_dir": str(home.parent.parent),
            "sandbox_name": home.name,
            "sandbox_airflow_version": live.version,
        }
        ansible_playbook = str(Path(sys.executable).parent / "ansible-playbook")
        done = subprocess.run(
            [ansible_playbook, "dataops.airflow.sandbox", "-e", json.dumps({**own, **variables})],
            env={**os.environ, "ANSIBLE_NOCOLOR": "true"},
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout + done.stderr

    yield run
    run(sandbox_state="absent")


def processes(home: Path) -> list[int]:
    """The processes that belong to a sandbox."""
    return processes_with(f"AIRFLOW_HOME={home}")


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
def test_it_starts_once_runs_dags_and_stops_exactly_what_it_started(live: Live, home: Path, sandbox: Sandbox) -> None:
    (home / "dags").mkdir(parents=True)
    (home / "dags/live.py").write_text(DAG)
    shown = sandbox()
    assert "failed=0" in shown, shown
    healthy = time.monotonic()
    assert "changed=0" in sandbox()

    port = json.loads((home / "sandbox.json").read_text())["port"]
    password = (home / "admin-password").read_text().strip()
    assert password not in shown
    started = Live(live.version, f"http://127.0.0.1:{port}", "admin", password, str(home))
    wait_until(lambda: started.ask("GET", "/dags/live").status_code == 200)
    started.ask("PATCH", "/dags/live", json={"is_paused": False}).raise_for_status()
    runs(started, "one")

    log = home / "logs/supervisor.log"
    scheduler = int(re.findall(r"starting scheduler as process (\d+)", log.read_text())[-1])
    wait_until(lambda: time.monotonic() > healthy + LONGEST_START)
    os.kill(scheduler, signal.SIGKILL)
    wait_until(lambda: log.read_text().count("starting scheduler") == 2)
    runs(started, "two")

    stranger = subprocess.Popen(["sleep", "300"])
    try:
        family = processes(home)
        assert len(family) > 2
        os.kill(min(family), signal.SIGKILL)
        assert "failed=0" in sandbox(sandbox_state="absent")
        assert processes(home) == []
        assert not home.exists()
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def runs(started: Live, run_id: str) -> None:
    """Trigger a run and wait for its success."""
    trigger = {"logical_date": None} if started.is_v2 else {}
    started.ask("POST", "/dags/live/dagRuns", json={"dag_run_id": run_id, **trigger}).raise_for_status()
    wait_until(lambda: started.ask("GET", f"/dags/live/dagRuns/{run_id}").json()["state"] == "success")


def wait_until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + LONGEST_WAIT
    while not holds():
        assert time.monotonic() < end
        time.sleep(1)


@pytest.mark.slow_on(2)
def test_what_cannot_be_started_is_explained(home: Path, sandbox: Sandbox) -> None:
    versions = "2.3.4, 2.4.3, 2.6.3, 2.8.4, 2.10.5, 2.11.2, 3.0.6, 3.1.8, 3.2.2, 3.3.2"
    shown = sandbox(sandbox_airflow_version="1.10.0")
    assert f"sandbox_airflow_version must be one of {versions}, but is 1.10.0" in shown
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        shown = sandbox(sandbox_port=taken.getsockname()[1])
    assert "of 127.0.0.1 is in use or not allowed: give another sandbox_port, or 0 for a free one" in shown
    assert processes(home) == []


def test_the_simple_auth_manager_is_for_airflow_3(airflow_2: Live, sandbox: Sandbox) -> None:
    assert "simple came with Airflow 3" in " ".join(sandbox(sandbox_auth_manager="simple").split())
