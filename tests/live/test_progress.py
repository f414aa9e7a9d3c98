# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a person at a terminal sees of long work, and what a program that reads the output gets."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.dataops.airflow.tests.live.conftest import Live
from ansible_collections.dataops.airflow.tests.live.test_ansible import ansible_environment, playbook, run

pytestmark = pytest.mark.usefixtures("dags")

LINE = re.compile(r"^\[localhost\] test_slow (manual__\S+): (\w+)(?:, (\d) of (\d) tasks done)?$", re.MULTILINE)
AD_HOC = ["localhost", "-m", "dataops.airflow.airflow_dag_run", "-a", 'dag_id=test_slow conf={"seconds": 3} wait=true']


def at_a_terminal(live: Live, command: str, *arguments: str, **environment: str) -> str:
    """What a person sees."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [str(Path(sys.executable).parent / command), *arguments],
        env=ansible_environment(live, **environment),
        stdout=theirs,
        stderr=theirs,
    ):
        os.close(theirs)
        seen = b""
        while True:
            try:
                part = os.read(ours, 65536)
            except OSError:  # the other end is closed
                break
            seen += part
    os.close(ours)
    return seen.decode().replace("\r\n", "\n")


@pytest.mark.usefixtures("enough_on_2")
def test_a_person_sees_each_change_once(live: Live) -> None:
    seen = at_a_terminal(live, "ansible", *AD_HOC)
    lines = LINE.findall(seen)
    assert lines[0][1:] == ("queued", "0", "2"), seen
    assert lines[-1][1:] == ("success", "2", "2"), seen
    assert len(lines) == len(set(lines))
    assert "localhost | CHANGED" in seen
    assert '"seconds": 3' in seen


@pytest.mark.slow
@pytest.mark.usefixtures("enough_on_3")
def test_a_program_gets_the_result_alone(live: Live, tmp_path: Path) -> None:
    assert not LINE.search(run(live, "ansible", *AD_HOC).stdout)
    assert not LINE.search(at_a_terminal(live, "ansible", *AD_HOC, "--one-line"))
    task = {"dataops.airflow.airflow_dag_run": {"dag_id": "test_slow", "conf": {"seconds": 1}, "wait": True}}
    hidden = at_a_terminal(live, "ansible-playbook", playbook(tmp_path, [{**task, "no_log": True}]))
    assert not LINE.search(hidden)
    assert "changed: [localhost]" in hidden


@pytest.mark.slow
@pytest.mark.usefixtures("enough_on_2")
def test_the_result_is_the_same_where_the_module_runs_by_itself(live: Live, tmp_path: Path) -> None:
    options = {"dag_id": "test_fails", "wait": True, "log_lines": 2, "conf": {"day": 3, "password": "geheim-1"}}
    report = tmp_path / "report.json"
    tasks: list[dict[str, Any]] = [
        {"dataops.airflow.airflow_dag_run": options, "register": "here", "ignore_errors": True},
        {
            "dataops.airflow.airflow_dag_run": options,
            "register": "module",
            "ignore_errors": True,
            "async": 60,
            "poll": 1,
        },
        {"ansible.builtin.copy": {"content": "{{ [here, module] | to_json }}", "dest": str(report)}},
    ]
    done = run(live, "ansible-playbook", playbook(tmp_path, tasks))
    assert done.returncode == 0, done.stdout
    here, module = json.loads(report.read_text())
    assert here.keys() == module.keys() - {
        "ansible_job_id",
        "results_file",
        "started",
        "finished",
        "stdout",
        "stderr",
        "stdout_lines",
        "stderr_lines",
    }
    assert here["failed_tasks"][0]["log"].splitlines()[-1]
    for name in ("changed", "action", "failed"):
        assert here[name] == module[name]
    # Airflow 2 now and then begins a task twice.
    first, second = (re.sub(r"\(try \d\)", "", result["msg"].partition("failed: ")[2]) for result in (here, module))
    assert first == second
    assert "geheim-1" not in done.stdout + report.read_text()
