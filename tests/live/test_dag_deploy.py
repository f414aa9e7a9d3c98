# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role dag_deploy, on real servers: what was deployed is what runs."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.dataops.airflow.tests.live.conftest import ENOUGH, Live
from ansible_collections.dataops.airflow.tests.live.dags_folder import DagsFolder

DAG = """
from datetime import datetime
try:
    from airflow.sdk import dag, task
except ImportError:
    from airflow.decorators import dag, task
{before}

@dag(dag_id="test_d_deploy", schedule=None, start_date=datetime(2026, 1, 1))
def deploy():
    @task
    def say():
        return {value}
    say()

deploy()
"""

PLAYBOOK = """
- hosts: target
  gather_facts: false
  module_defaults:
    group/dataops.airflow.airflow: "{{ defaults | default({}) }}"
  roles:
    - dataops.airflow.dag_deploy
"""


class Deployment:
    """Folders to deploy from and to, and the playbook that does it."""

    def __init__(self, live: Live, folder: DagsFolder, home: Path) -> None:
        self.source = home / "source"
        self.source.mkdir()
        self.dest = folder.mine("test_d_deploy")
        folder.dag("test_d_deploy")
        self._live = live
        self._home = home
        (home / "play.yml").write_text(PLAYBOOK)
        host = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
        (home / "hosts.json").write_text(json.dumps({"all": {"hosts": {"target": host}}}))

    def put(self, value: str, before: str = "", name: str = "test_d_deploy.py") -> None:
        """Write the DAG, whose task returns a value."""
        (self.source / name).write_text(DAG.format(value=value, before=before))

    def run(self, *options: str, by_variables: bool = False, **variables: Any) -> Result:
        """Deploy."""
        connection = {
            "airflow_url": self._live.url,
            "airflow_username": self._live.username,
            "airflow_password": self._live.password,
        }
        own = {
            "dag_deploy_src": str(self.source),
            "dag_deploy_dest": str(self.dest),
            "dag_deploy_wait_timeout": 60,
            # Only what tasks say changes here, and no test has to wait for more.
            "dag_deploy_min_update_interval": 0,
            **(connection if by_variables else {}),
            **{f"dag_deploy_{name}": value for name, value in variables.items()},
        }
        done = subprocess.run(
            [
                Path(sys.executable).parent / "ansible-playbook",
                *("-i", self._home / "hosts.json", self._home / "play.yml", "-e", json.dumps(own)),
                *options,
            ],
            env={
                **os.environ,
                "ANSIBLE_NOCOLOR": "true",
                **({} if by_variables else {name.upper(): value for name, value in connection.items()}),
            },
            capture_output=True,
            text=True,
            check=False,
        )
        return Result(done.returncode, done.stdout + done.stderr)

    def said(self, task_id: str = "say") -> Any:
        """What a task of the last run of the DAG returned."""
        order = "execution_date" if not self._live.is_v2 else "run_after"
        runs = self._live.ask("GET", "/dags/test_d_deploy/dagRuns", params={"order_by": f"-{order}"}).json()["dag_runs"]
        path = f"/dags/test_d_deploy/dagRuns/{runs[0]['dag_run_id']}/taskInstances/{task_id}/xcomEntries/return_value"
        return self._live.ask("GET", path).json().get("value")

    def there(self) -> set[str]:
        """The files in place."""
        paths = (path for path in self.dest.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
        return {str(path.relative_to(self.dest)) for path in paths}


class Result:
    """What came of a playbook."""

    def __init__(self, code: int, shown: str) -> None:
        self.code = code
        self.shown = shown

    @property
    def changed(self) -> int:
        """How many tasks made a change, of a playbook that went well."""
        assert self.code == 0, self.shown
        return int(re.findall(r"changed=(\d+)", self.shown)[-1])


@pytest.fixture
def deployment(live: Live, tmp_path: Path) -> Iterator[Deployment]:
    folder = DagsFolder(live)
    yield Deployment(live, folder, tmp_path)
    folder.clear()


TO_THE_END: dict[str, Any] = {"unpause": ["test_d_deploy"], "smoke": [{"dag_id": "test_d_deploy", "wait_timeout": 60}]}
HELPER = "from test_d_deploy.test_d_helper import VALUE"


@pytest.mark.parametrize(
    "thorough", [pytest.param(False, marks=pytest.mark.slow_on(3)), pytest.param(True, marks=pytest.mark.slow)]
)
def test_what_was_deployed_is_what_runs(live: Live, deployment: Deployment, tmp_path: Path, thorough: bool) -> None:
    """Files that are put, changed, broken, checked out and purged: a playbook each, and what Airflow then runs.

    :param thorough: with what is the role's alone: check mode, a second run of what failed, and the former files put
        back.
    """
    if live.is_v2 and thorough:
        pytest.skip(ENOUGH)
    helper = deployment.source / "test_d_helper.py"
    helper.write_text("VALUE = 'one'\n")
    deployment.put("VALUE", before=HELPER)
    if thorough:
        predicted = deployment.run("--check", "--diff", **TO_THE_END)
        assert predicted.changed == 1
        assert "+VALUE = 'one'" in predicted.shown
        assert deployment.there() == set()
    assert deployment.run(by_variables=True, **TO_THE_END).changed == 3
    assert deployment.said() == "one"
    if not live.is_v2:
        assert deployment.run(**TO_THE_END).changed == 0

    # As long as before: Python must not take what it has compiled.
    helper.write_text("VALUE = 'two'\n")
    assert deployment.run(**TO_THE_END).changed == 2
    assert deployment.said() == "two"

    deployment.put("'bad'", before="import test_d_missing")
    message = "Airflow cannot import test_d_deploy.py:7: ModuleNotFoundError: No module named 'test_d_missing'"
    if thorough:
        restored = deployment.run(on_import_error="restore", **TO_THE_END)
        assert restored.code
        assert f"{message}. The former files are back in place" in restored.shown
        assert HELPER in (deployment.dest / "test_d_deploy.py").read_text()
    for _attempt in ("deployed", "deployed already")[: 2 if thorough else 1]:
        failed = deployment.run(**TO_THE_END)
        assert failed.code
        assert message in failed.shown
        assert "back in place" not in failed.shown
        assert "'bad'" in (deployment.dest / "test_d_deploy.py").read_text()

    # Another structure, which Airflow stores only so often: [core] min_serialized_dag_update_interval.
    deployment.source = tmp_path / "repository/pipelines/dags"
    deployment.source.mkdir(parents=True)
    (tmp_path / "repository/README.md").write_text("")
    deployment.put("'three'\n\n    @task\n    def more():\n        return 'more'\n    more()\n")
    commit(tmp_path / "repository", tag="three")
    deployment.put("'never'")
    commit(tmp_path / "repository", tag="four")
    from_git: dict[str, Any] = {
        "src": "",
        "git_repo": str(tmp_path / "repository"),
        "git_version": "three",
        "git_subdirectory": "pipelines/dags",
        "purge": True,
        "min_update_interval": 2,
    }
    assert deployment.run(**from_git, **TO_THE_END).changed == 2
    assert deployment.there() == {"test_d_deploy.py"}
    assert deployment.said("more") == "more"


def commit(repository: Path, tag: str) -> None:
    """Commit all files of a repository, which is made if need be."""
    own = ("-c", "user.name=test", "-c", "user.email=test@test", "-c", "init.defaultBranch=main")
    for arguments in (("init",), ("add", "."), ("commit", "-m", tag), ("tag", tag)):
        subprocess.run(["git", *own, *arguments], cwd=repository, check=True, capture_output=True)


@pytest.mark.slow
@pytest.mark.usefixtures("enough_on_2")
def test_defaults_of_the_modules_are_taken(deployment: Deployment) -> None:
    deployment.put("'version'")
    failed = deployment.run("-e", json.dumps({"defaults": {"airflow_url": "http://127.0.0.1:9", "retries": 0}}))
    assert failed.code
    assert "http://127.0.0.1:9" in failed.shown


@pytest.mark.usefixtures("enough_on_2")
def test_what_cannot_work(deployment: Deployment) -> None:
    neither = deployment.run(src="")
    assert "Give either dag_deploy_src, a folder on the controller, or dag_deploy_git_repo." in neither.shown
    missing = deployment.run(src=str(deployment.source / "none"))
    assert missing.code
    assert "none" in missing.shown
