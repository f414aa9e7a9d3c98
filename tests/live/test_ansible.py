# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The modules as users run them: from the command line and in a playbook."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.dataops.airflow.tests.live.conftest import Live
from ansible_collections.dataops.airflow.tests.live.proxy import Proxy

USER = {"username": "live_play", "email": "live@play", "first_name": "A", "last_name": "B", "roles": ["Viewer"]}


def ansible_environment(live: Live, **further: str) -> dict[str, str]:
    """How to reach the server, for Ansible's programs."""
    own = {
        "AIRFLOW_URL": live.url,
        "AIRFLOW_USERNAME": live.username,
        "AIRFLOW_PASSWORD": live.password,
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
        "ANSIBLE_NOCOLOR": "true",
    }
    return {**os.environ, **own, **further}


def run(live: Live, command: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [Path(sys.executable).parent / command, *arguments],
        env=ansible_environment(live, **environment),
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow_on(2)
def test_a_module_ad_hoc(live: Live, leave_nothing: Callable[[str], str]) -> None:
    leave_nothing("/pools/live_ad_hoc")
    command = ["localhost", "-m", "dataops.airflow.airflow_pool", "-a", "name=live_ad_hoc slots=4"]
    first = run(live, "ansible", *command)
    assert "localhost | CHANGED" in first.stdout, first.stdout + first.stderr
    again = run(live, "ansible", *command)
    assert "localhost | SUCCESS" in again.stdout


def playbook(folder: Path, tasks: list[dict[str, Any]], **play: Any) -> str:
    """A playbook with these tasks, on this machine unless the keywords of its play say otherwise; its path."""
    path = folder / "play.yml"
    variables = {"ansible_python_interpreter": "{{ ansible_playbook_python }}"}
    hosts = {"hosts": "localhost", "connection": "local", "gather_facts": False, "vars": variables}
    path.write_text(json.dumps([{**hosts, **play, "tasks": tasks}]))
    return str(path)


@pytest.mark.slow
@pytest.mark.usefixtures("enough_on_2")
def test_check_mode_predicts_the_diff_of_the_real_run_and_the_second_run_changes_nothing(
    live: Live, tmp_path: Path, leave_nothing: Callable[[str], str]
) -> None:
    live.ask("DELETE", "/variables/live_old")
    leave_nothing("/pools/live_play")
    leave_nothing("/variables/live_region")
    leave_nothing("/variables/live_db")
    leave_nothing("/connections/live_play")
    leave_nothing("/roles/live_play")
    leave_nothing("/users/live_play")
    live.ask("POST", "/variables", json={"key": "live_old", "value": "x"}).raise_for_status()
    live.ask("POST", "/variables", json={"key": "live_region", "value": "eu"}).raise_for_status()
    tasks: list[dict[str, Any]] = [
        {"dataops.airflow.airflow_pool": {"name": "live_play", "slots": 4}},
        {"dataops.airflow.airflow_variable": {"key": "live_region", "value": "us"}},
        {"dataops.airflow.airflow_variable": {"key": "live_db", "value": {"host": "h", "port": 1}}},
        {"dataops.airflow.airflow_variable": {"key": "live_old", "state": "absent"}},
        {
            "dataops.airflow.airflow_connection": {
                "connection_id": "live_play",
                "uri": "http://u@h:1/s?a=b",
                "update_secrets": "on_create",
            }
        },
        {
            "dataops.airflow.airflow_role": {
                "name": "live_play",
                "permissions": [{"action": "can_read", "resource": "Pools"}],
            }
        },
        {"dataops.airflow.airflow_user": {**USER, "password": "live-password"}},
    ]

    for number, task in enumerate(tasks):
        task["register"] = f"result_{number}"
    results = "{{ [" + ", ".join(f"result_{number}" for number in range(len(tasks))) + "] | to_json }}"
    report = tmp_path / "report.json"
    tell = {"ansible.builtin.copy": {"content": results, "dest": str(report)}, "check_mode": False, "diff": False}
    path = playbook(tmp_path, [*tasks, tell])

    def play(*arguments: str) -> tuple[list[bool], list[Any]]:
        done = run(live, "ansible-playbook", path, "--diff", *arguments)
        assert done.returncode == 0, done.stdout
        told = json.loads(report.read_text())
        return [result["changed"] for result in told], [result["diff"] for result in told]

    predicted, done, again = play("--check"), play(), play()
    assert predicted == done
    assert done[0] == [True] * len(tasks)
    assert again[0] == [False] * len(tasks)
    assert all(diff["before"] == diff["after"] for diff in again[1])


@pytest.mark.slow_on(2)
def test_a_value_does_not_blank_the_rest_of_the_result(live: Live, leave_nothing: Callable[[str], str]) -> None:
    leave_nothing("/variables/live_4")
    options = json.dumps({"key": "live_4", "value": 4, "airflow_headers": {"X-Version": 4}})
    done = run(live, "ansible", "localhost", "-m", "dataops.airflow.airflow_variable", "-a", options, "-vvv")
    assert '"value": "4"' in done.stdout
    assert '"key": "live_4"' in done.stdout


@pytest.mark.slow_on(2)
def test_a_name_that_cannot_be_is_refused_before_anything_is_sent(live: Live, proxy: Proxy) -> None:
    command = ["localhost", "-m", "dataops.airflow.airflow_pool", "-a", f"name='' slots=1 airflow_url={proxy.url}"]
    assert "name must not be empty" in run(live, "ansible", *command).stdout
    assert not proxy.seen


@pytest.mark.slow_on(2)
def test_check_mode_only_reads_on_the_wire(live: Live, proxy: Proxy, leave_nothing: Callable[[str], str]) -> None:
    leave_nothing("/pools/live_check")
    options = f"name=live_check slots=1 airflow_url={proxy.url}"
    command = ["localhost", "-m", "dataops.airflow.airflow_pool", "-a", options]
    assert "CHANGED" in run(live, "ansible", *command, "--check").stdout
    assert {request.method for request in proxy.seen if request.path != "/auth/token"} == {"GET"}


@pytest.mark.usefixtures("enough_on_3")
@pytest.mark.parametrize("error", ["ImportError", pytest.param("AttributeError", marks=pytest.mark.slow)])
def test_a_missing_or_broken_library_is_named(live: Live, tmp_path: Path, error: str) -> None:
    (tmp_path / "requests.py").write_text(f"raise {error}('hidden for the test')")
    done = run(
        live,
        "ansible",
        "localhost",
        "-m",
        "dataops.airflow.airflow_version_info",
        PYTHONPATH=f"{tmp_path}:{os.environ['PYTHONPATH']}",
    )
    assert "Failed to import the required Python library (requests)" in done.stdout + done.stderr
