# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Modules on a target host over ssh, whose Python is the oldest one that the collection supports."""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.dataops.airflow.tests.live.conftest import Live
from ansible_collections.dataops.airflow.tests.live.test_in_process import play

pytestmark = pytest.mark.slow  # Half a minute: a virtual environment, and a module that is a process for each task.

OLDEST = "3.8"
PRIVILEGE_SEPARATION = Path("/run/sshd")
"""A folder that sshd needs if root starts it."""

CONFIG = """\
ListenAddress 127.0.0.1
Port {port}
HostKey {folder}/host
AuthorizedKeysFile {folder}/user.pub
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
Subsystem sftp internal-sftp
"""


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@pytest.fixture(scope="module")
def oldest_python(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The path of an interpreter that has requests."""
    folder = tmp_path_factory.mktemp("python")
    uv = str(Path(sys.executable).parent / "uv")
    made = subprocess.run([uv, "venv", "-q", "--python", OLDEST, folder], capture_output=True, text=True, check=False)
    if made.returncode:
        pytest.skip(f"there is no Python {OLDEST} on this machine: {made.stderr}")
    python = str(folder / "bin/python")
    subprocess.run([uv, "pip", "install", "-q", "--python", python, "requests"], check=True)
    return python


@pytest.fixture(scope="module")
def ssh_options(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[str]]:
    """Options of ansible-playbook for a host named elsewhere, which is an sshd for this user only."""
    sshd = shutil.which("sshd", path=os.pathsep.join([os.environ["PATH"], "/usr/sbin"]))
    if not sshd:
        pytest.skip("sshd is not installed; on Debian and Ubuntu: apt-get install openssh-server")
    folder, port = tmp_path_factory.mktemp("ssh"), free_port()
    for name in ("host", "user"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name], check=True)
    (folder / "config").write_text(CONFIG.format(port=port, folder=folder))
    is_missing = os.geteuid() == 0 and not PRIVILEGE_SEPARATION.exists()
    if is_missing:
        PRIVILEGE_SEPARATION.mkdir(mode=0o755)
    with subprocess.Popen([sshd, "-D", "-e", "-f", folder / "config"], stderr=subprocess.DEVNULL) as process:
        try:
            for _attempt in range(100):
                with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                    break
                time.sleep(0.1)
            hosts = folder / "hosts.ini"
            variables = {
                "ansible_host": "127.0.0.1",
                "ansible_port": port,
                "ansible_user": getpass.getuser(),
                "ansible_ssh_private_key_file": folder / "user",
            }
            hosts.write_text("elsewhere " + " ".join(f"{name}={value}" for name, value in variables.items()) + "\n")
            yield ["-i", str(hosts), "--ssh-common-args", "-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null"]
        finally:
            process.terminate()
            if is_missing:
                PRIVILEGE_SEPARATION.rmdir()


def test_modules_run_over_ssh_with_the_oldest_python(
    live: Live, tmp_path: Path, oldest_python: str, ssh_options: list[str], leave_nothing: Callable[[str], str]
) -> None:
    for path in ("/pools/live_ssh", "/variables/live_ssh", "/connections/live_ssh"):
        leave_nothing(path)
    login = {"airflow_url": live.url, "airflow_username": live.username, "airflow_password": live.password}
    pool = {"dataops.airflow.airflow_pool": {**login, "name": "live_ssh", "slots": 4}}
    deployment = {
        "dataops.airflow.airflow_deployment": {
            **login,
            "pools": [{"name": "live_ssh", "slots": 5}],
            "variables": [{"key": "live_ssh", "value": {"a": [1, True, None]}}],
            "connections": [{"connection_id": "live_ssh", "uri": "http://u:p%40ss@h:1/s?a=b"}],
            "update_secrets": "on_create",
        }
    }
    tasks: list[dict[str, Any]] = [
        {"ansible.builtin.setup": {"gather_subset": ["!all", "python"]}},
        {**pool, "check_mode": True},
        {**pool, "async": 60, "poll": 1},
        pool,
        deployment,
        {**deployment, "check_mode": True},
        {"dataops.airflow.airflow_dag_info": {**login, "limit": 1}},
    ]
    keywords = {"hosts": "elsewhere", "connection": "ssh", "vars": {"ansible_python_interpreter": oldest_python}}
    _shown, told = play(live, tmp_path, [dict(task) for task in tasks], *ssh_options, keywords=keywords)
    assert told[0]["ansible_facts"]["ansible_python_version"].startswith(OLDEST + ".")
    assert [result["changed"] for result in told[1:]] == [True, True, False, True, False, False]
    assert live.ask("GET", "/pools/live_ssh").json()["slots"] == 5
