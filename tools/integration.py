# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ansible-test integration against real servers; closes with a line for each."""

from __future__ import annotations

import asyncio
import base64
import importlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

import api_coverage
import requests
import servers
import tree
from runner import Result, last_lines, left_out, main, run_logged, say

RESULTS = Path("tests/output/results.jsonl")
"""What the modules returned, where tests/integration/recorder.py has written it down."""

SCENARIO = "scenario"
"""The target that takes the roles through a whole life of a deployment, which is slow."""

INFO = "info_modules"
"""A target in the copy for a server that runs those of the info modules one after the other."""

ON_2 = (
    "airflow_audit_report",
    "airflow_connection",
    "airflow_dag",
    "airflow_dag_parse",
    "airflow_role",
    "airflow_task_instance",
    "airflow_user",
)
"""The targets that run on Airflow 2 where each runs on one major version: the two differ most in these objects, and
with the tests of tests/live each version then has about as much to do."""

ONE = """
- block:
    - name: {target}
      ansible.builtin.include_role:
        name: {target}
  rescue:
    - name: Note that {target} failed
      ansible.builtin.set_fact:
        has_failed: true
"""
LAST = """
- name: Fail if one of them did
  ansible.builtin.assert:
    that: has_failed is not defined
"""


async def integration(
    wanted: list[servers.Server], options: list[str], in_process: bool = True, is_recorded: bool = False
) -> list[Result]:
    """Run the targets on each server.

    :param in_process: whether modules run in Ansible's own process, as they do unless told otherwise.
    :param is_recorded: write down what the modules return.
    """
    show = len(wanted) == 1
    each = (integration_on(server, options, in_process, is_recorded, show) for server in wanted)
    return await asyncio.gather(*each)


async def integration_on(
    server: servers.Server,
    options: list[str],
    in_process: bool = True,
    is_recorded: bool = False,
    show: bool = False,
    quick: Collection[str] = (),
    auth_manager: str = "fab",
    teams: Iterable[str] = (),
    env: dict[str, str] | None = None,
) -> Result:
    """Run the targets on one server; see :func:`integration`.

    :param quick: targets to run, those of the info modules in one play, as starting a play for each takes as long
        again. (Variables of the others would get in each other's way.)
    :param auth_manager: that of the server, as the role sandbox calls it.
    :param teams: that the server knows.
    :param env: for ansible-test.
    """
    provide_key()
    name = f"integration-{server.version}"
    # A copy for each server, because ansible-test takes the variables from a file in it.
    copy = tree.build(tree.BUILD / name)
    reports = copy / "tests/output/data"
    for old in (*reports.glob("integration-*.json"), copy / RESULTS):
        old.unlink(missing_ok=True)
    infos = [name for name in quick if name.endswith("_info")]
    if infos:
        _write_info_target(copy, infos)
    options = [*options, *([INFO] if infos else []), *(name for name in quick if name not in infos)]
    config = copy / "tests/integration/integration_config.yml"
    recorder = "callback_plugins = {folder}\ncallbacks_enabled = recorder"
    settings = recorder.format(folder=copy / "tests/integration") if is_recorded else ""
    (copy / "tests/integration/integration.cfg").write_text(f"[defaults]\n{settings}\n")
    with proxied(server.url) as proxy:
        servers.write_private(
            config,
            {
                "airflow_url": proxy.url,
                "airflow_username": server.username,
                "airflow_password": server.password,
                "airflow_headers_of_tests": headers(server),
                "airflow_version_expected": server.version,
                "airflow_auth_manager_expected": auth_manager,
                "airflow_teams": list(teams),
                "airflow_directory": server.directory,
                "airflow_in_process": in_process,
            },
        )
        try:
            command = ["ansible-test", "integration", "--local", "--continue-on-error", *options]
            code, output = await run_logged(name, command, cwd=copy, env=env, show=show)
        finally:
            config.unlink()
            api_coverage.record(server.version, {(request.method, request.path) for request in proxy.seen})
    name += "" if in_process else "-as-modules"
    targets = {
        target: float(facts["run_time_seconds"])
        for report in reports.glob("integration-*.json")
        for target, facts in json.loads(report.read_text())["targets"].items()
    }
    failed = _failed_targets(output)
    if INFO in failed:
        failed.remove(INFO)
        failed += re.findall(rf"^TASK \[{INFO} : Note that (\S+) failed\]", output, flags=re.MULTILINE)
    skipped = left_out(output)
    if not show:
        for target in failed:
            say(f"{name}: {target} failed:\n{_section(output, target)}")
        if skipped or (code and not failed):
            say(last_lines(output))
    count = max(len(failed) + len(skipped), int(code != 0 or not targets))
    passed = len(targets) + (len(infos) - 1 if INFO in targets else 0)
    return Result(name, passed, count, tests=targets, failures=tuple(failed))


def all_targets() -> list[str]:
    """The names of the targets that are run."""
    files = (tree.ROOT / "tests/integration/targets").glob("*/aliases")
    return sorted(path.parent.name for path in files if "hidden" not in path.read_text(encoding="utf-8").split())


def quick_targets(version: str, versions: Collection[str]) -> list[str]:
    """Those that ``make test`` runs on a version: each on one version, or all but the slow one if there is only one."""
    quick = [name for name in all_targets() if name != SCENARIO]
    return [name for name in quick if len(versions) == 1 or (name in ON_2) is version.startswith("2.")]


def headers(server: servers.Server) -> dict[str, str]:
    """The headers with which the targets ask the server directly.

    On Airflow 3 they hold a token, which lasts a day, and where the FAB provider takes no token for users and roles
    (before 3.2) also the cookie of its login form.
    """
    credentials = {"username": server.username, "password": server.password}
    if server.version.startswith("2."):
        basic = base64.b64encode(":".join(credentials.values()).encode()).decode()
        return {"Authorization": f"Basic {basic}"}
    answer = requests.post(f"{server.url}/auth/token", json=credentials, timeout=60)
    answer.raise_for_status()
    found = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    if requests.get(f"{server.url}/auth/fab/v1/users", headers=found, timeout=60).status_code == 401:
        with requests.Session() as session:
            page = session.get(f"{server.url}/auth/login/", timeout=60)
            token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text)
            form = {**credentials, "csrf_token": token[1] if token else ""}
            session.post(f"{server.url}/auth/login/", data=form, allow_redirects=False, timeout=60)
            found["Cookie"] = f"session={session.cookies['session']}"
    return found


def proxied(url: str) -> Any:
    """A proxy before a server that takes down the requests: see tests/live/proxy.py."""
    sys.path.insert(0, str(tree.BUILD))
    name = "ansible_collections.dataops.airflow.tests.live.proxy"
    return importlib.import_module(name).Proxy(url)


def provide_key() -> None:
    """Make the key that ansible-test insists on, which two of them at once would both begin to write."""
    key = Path.home() / ".ansible/test/id_rsa"
    if not key.exists():
        key.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["ssh-keygen", "-m", "PEM", "-q", "-t", "rsa", "-N", "", "-f", key], check=True)


def _failed_targets(output: str) -> list[str]:
    names = output.partition("integration test(s) listed below")[2]
    return names.splitlines()[1:]


def _section(output: str, target: str) -> str:
    """The end of what a target wrote."""
    parts = re.split(r"^(?=Running \S+ integration test |TASK \[airflow_\w+_info\])", output, flags=re.MULTILINE)
    begins = (f"Running {target} ", f"TASK [{target}]")
    return last_lines(next((part for part in parts if part.startswith(begins)), output))


def _write_info_target(copy: Path, names: Collection[str]) -> None:
    """Write the target that runs those of the info modules."""
    folder = copy / "tests/integration/targets" / INFO
    (folder / "tasks").mkdir(parents=True, exist_ok=True)
    (folder / "tasks/main.yml").write_text("---\n" + "".join(ONE.format(target=name) for name in names) + LAST)
    needed = "".join(f"needs/target/{name}\n" for name in (*names, "truth"))
    (folder / "aliases").write_text(f"context/controller\ngather_facts/no\n{needed}")


async def run_integration() -> list[Result]:
    async with servers.running(servers.wanted_versions()) as wanted:
        return await integration(wanted, [*os.environ.get("TARGET", "").split(), *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main(run_integration()))
