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
from urllib.parse import quote

import pytest

from ansible_collections.dataops.airflow.plugins.module_utils._resources.pool import POOL
from ansible_collections.dataops.airflow.plugins.module_utils._resources.user import USER as USER_RESOURCE
from ansible_collections.dataops.airflow.tests.live.conftest import Live
from ansible_collections.dataops.airflow.tests.live.proxy import (
    Answer,
    Forward,
    Proxy,
    Request,
    Rule,
    fail_after,
    fail_before,
    is_api,
    is_write,
    log_in_page,
    pass_on,
)

CANARY = "canary-51f7d0"
EXTRA = {
    "password": f"{CANARY}-leaf",
    "nested": [{"api_key": f"{CANARY}-deep"}, {"name": "DB_PASSWORD", "value": f"{CANARY}-pair"}],
    "host": "shown",
    "key": f"-----BEGIN PRIVATE KEY-----\n{CANARY}-line\n-----END PRIVATE KEY-----\n",
    "url": f"jdbc:sqlserver://h;user=u;password={CANARY}-jdbc;encrypt=true",
    "kubeconfig": f"users:\n- user:\n    client-key-data: {CANARY}-kube\n",
}
URI = f"postgres://u:{CANARY}%2Furi@h/db?__extra__=" + quote(json.dumps({"token": f"{CANARY}-parameter"}))
USER = {"username": "live_secrets", "email": "live@secrets", "first_name": "A", "last_name": "B", "roles": ["Viewer"]}
KEEP = {"update_secrets": "on_create"}
Task = tuple[str, dict[str, Any]]
SECRET: list[Task] = [
    ("airflow_variable", {"key": "live_secrets", "value": EXTRA}),
    (
        "airflow_connection",
        {"connection_id": "live_secrets", "conn_type": "a", "password": f"{CANARY}-pw", "extra": EXTRA},
    ),
    ("airflow_connection", {"connection_id": "live_uri", "uri": URI}),
    ("airflow_connection_test", {"uri": URI}),
    ("airflow_user", {**USER, "password": f"{CANARY}-user"}),
    ("airflow_dag_run", {"dag_id": "test_succeeds", "conf": EXTRA, "wait": True}),
    ("airflow_asset_event", {"uri": "s3://test/orders", "extra": EXTRA}),
    (
        "airflow_deployment",
        {
            "variables": [{"key": "live_password", "value": f"{CANARY}-quoted \"'\\ and\nbroken"}],
            "connections": [
                {"connection_id": "live_uri", "uri": URI},
                {
                    "connection_id": "live_secrets",
                    "conn_type": "a",
                    "password": f"{CANARY}-back\\slash",
                    "extra": EXTRA,
                },
            ],
        },
    ),
]
AGAIN: list[Task] = [
    ("airflow_variable", {"key": "live_password", "value": f"{CANARY}-value"}),
    ("airflow_connection", {"connection_id": "live_secrets", "conn_type": "b", "extra": json.dumps(EXTRA)}),
    ("airflow_connection_test", {"conn_type": "fs", "password": f"{CANARY}-pw", "extra": EXTRA}),
    ("airflow_user", {**USER, "password": f"{CANARY}-other"}),
    ("airflow_role", {"name": "live_secrets", "permissions": []}),
    ("airflow_pool", {"name": "live_secrets", "slots": 1}),
]
READ: list[Task] = [
    (f"airflow_{kind}_info", {})
    for kind in ("variable", "connection", "user", "role", "permission", "pool", "version", "health")
]
MADE = [
    "/variables/live_secrets",
    "/variables/live_password",
    "/connections/live_secrets",
    "/connections/live_uri",
    "/users/live_secrets",
    "/roles/live_secrets",
    "/pools/live_secrets",
]
SYSLOG = """
import os, syslog
def write(*arguments):
    with open(os.environ["LIVE_SYSLOG"], "a") as log:
        print(*arguments, file=log)
syslog.syslog = write
"""


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


def test_check_mode_predicts_the_diff_of_the_real_run_and_the_second_run_changes_nothing(
    live: Live, tmp_path: Path, leave_nothing: Callable[[str], str]
) -> None:
    live.ask("DELETE", "/variables/live_old")
    leave_nothing("/pools/live_play")
    leave_nothing("/variables/live_region")
    leave_nothing("/variables/live_db")
    leave_nothing("/connections/live_play")
    leave_nothing("/roles/live_play")
    leave_nothing("/users/live_secrets")
    live.ask("POST", "/variables", json={"key": "live_old", "value": "x"}).raise_for_status()
    live.ask("POST", "/variables", json={"key": "live_region", "value": "eu"}).raise_for_status()
    tasks: list[dict[str, Any]] = [
        {"dataops.airflow.airflow_pool": {"name": "live_play", "slots": 4}},
        {"dataops.airflow.airflow_variable": {"key": "live_region", "value": "us"}},
        {"dataops.airflow.airflow_variable": {"key": "live_db", "value": {"host": "h", "port": 1}}},
        {"dataops.airflow.airflow_variable": {"key": "live_old", "state": "absent"}},
        {"dataops.airflow.airflow_connection": {"connection_id": "live_play", "uri": "http://u@h:1/s?a=b", **KEEP}},
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


def repeat(request: Request, forward: Forward) -> Answer:
    """A server that repeats in its error what it was sent."""
    return Answer(400, {"Content-Type": "application/json"}, json.dumps({"detail": request.body.decode()}).encode())


def half_json(request: Request, forward: Forward) -> Answer:
    """An answer that breaks off in the middle of a secret."""
    return Answer(200, {"Content-Type": "application/json"}, f'{{"value": "{CANARY}'.encode())


CASES: dict[str, tuple[list[Task], Any, Rule, dict[str, Any]]] = {
    "real": ([*SECRET, *AGAIN, *READ], is_write, pass_on, {}),
    "checked": (SECRET, is_write, pass_on, {}),
    "500 after": (SECRET, is_write, fail_after, {}),
    "500 before": (SECRET, is_write, fail_before, {}),
    "repeated": (SECRET, is_write, repeat, {}),
    "repeated, few": ([SECRET[1], SECRET[-1]], is_write, repeat, {}),
    "bad JSON": ([*SECRET, READ[0]], is_api, half_json, {}),
    "log-in page": (SECRET[:2], is_api, log_in_page, {}),
    "token": (SECRET[:1], is_write, pass_on, {"airflow_token": f"{CANARY}-token"}),
    "unreachable": (SECRET, is_api, pass_on, {"airflow_url": "http://127.0.0.1:1", "retries": 0}),
}
"""The tasks, which requests something happens to, what happens, and further options."""
FINE = ("real", "checked")
OF_AIRFLOW_2 = ("500 after", "log-in page", "unreachable")
OF_AIRFLOW_3 = ("500 before", "bad JSON", "token")
QUICK = [("real", True), ("repeated", True), ("repeated, few", False)]
SLOW = [
    *((case, True) for case in CASES if case not in ("real", "repeated", "repeated, few")),
    ("real", False),
    ("repeated", False),
]


@pytest.mark.usefixtures("dags")
@pytest.mark.parametrize(
    ("case", "in_process"), [*QUICK, *(pytest.param(*chosen, marks=pytest.mark.slow) for chosen in SLOW)]
)
def test_no_secret_is_shown(
    live: Live, proxy: Proxy, tmp_path: Path, leave_nothing: Callable[[str], str], case: str, in_process: bool
) -> None:
    if case in (OF_AIRFLOW_2 if live.is_v2 else OF_AIRFLOW_3):
        pytest.skip("is run on the other generation, as it does not depend on it")
    for path in MADE:
        leave_nothing(path)
    chosen, when, rule, options = CASES[case]
    proxy.once(when, rule, times=999)
    common = {"airflow_url": proxy.url, "airflow_headers": {"X-Gateway": f"{CANARY}-header"}, **options}
    # Ansible itself prints the lines of a failed task, so the secrets come from elsewhere, as they do from a vault.
    secrets, report, syslog = tmp_path / "secrets.json", tmp_path / "report.json", tmp_path / "syslog"
    secrets.write_text(json.dumps({"tasks": [{**common, **own} for _module, own in chosen]}))
    (tmp_path / "sitecustomize.py").write_text(SYSLOG)
    tasks: list[dict[str, Any]] = [
        {
            f"dataops.airflow.{module}": {name: f"{{{{ tasks[{number}].{name} }}}}" for name in {**common, **own}},
            "register": f"result_{number}",
            "ignore_errors": True,
        }
        for number, (module, own) in enumerate(chosen)
    ]
    results = "{{ [" + ", ".join(f"result_{number}" for number in range(len(tasks))) + "] | to_json }}"
    tasks.append(
        {"ansible.builtin.copy": {"content": results, "dest": str(report)}, "check_mode": False, "diff": False}
    )
    done = run(
        live,
        "ansible-playbook",
        playbook(tmp_path, tasks),
        *(["--check"] if case == "checked" else []),
        "-vvvv",
        "--diff",
        "-e",
        f"@{secrets}",
        "-e",
        f"airflow_in_process={in_process}",
        ANSIBLE_LOG_PATH=str(tmp_path / "log"),
        LIVE_SYSLOG=str(syslog),
        PYTHONPATH=f"{tmp_path}:{os.environ['PYTHONPATH']}",
    )
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(report.read_text())
    failed = [(module, result["msg"]) for (module, _own), result in zip(chosen, told, strict=True) if result["failed"]]
    assert bool(failed) == (case not in FINE), failed
    logged = syslog.read_text()
    assert "Invoked with" in logged
    shown = done.stdout + done.stderr + (tmp_path / "log").read_text() + report.read_text() + logged
    if case != "unreachable":
        assert "/api/v" in shown
    assert CANARY not in shown
    assert live.password not in shown
    authorizations = {request.headers.get("Authorization", "") for request in proxy.seen}
    assert not any(value.split(" ")[-1] in shown for value in authorizations if value)


ORDINARY = ("airflow_provider_info", "airflow_user_info", "airflow_pool_info", "airflow_deployment_info")


@pytest.mark.parametrize("in_process", [True, pytest.param(False, marks=pytest.mark.slow)])
def test_the_password_of_the_quick_start_blanks_nothing(
    live: Live, tmp_path: Path, leave_nothing: Callable[[str], str], in_process: bool
) -> None:
    leave_nothing("/users/airflow")
    leave_nothing("/pools/live_airflow")
    own: dict[str, Any] = {**USER, "username": "airflow", "email": "airflow@live", "roles": ["Admin"]}
    live.task(USER_RESOURCE, **own, password="airflow")
    live.task(POOL, name="live_airflow", slots=1)
    log_ins = [(live.username, live.password), ("airflow", "airflow")]
    tasks: list[dict[str, Any]] = [
        {
            f"dataops.airflow.{module}": {"airflow_username": username, "airflow_password": password},
            "register": f"{module}_{number}",
        }
        for number, (username, password) in enumerate(log_ins)
        for module in ORDINARY
    ]
    report = tmp_path / "report.json"
    results = ", ".join(f"[{module}_0, {module}_1]" for module in ORDINARY)
    tasks.append({"ansible.builtin.copy": {"content": f"{{{{ [{results}] | to_json }}}}", "dest": str(report)}})
    done = run(live, "ansible-playbook", playbook(tmp_path, tasks), "-e", f"airflow_in_process={in_process}")
    assert done.returncode == 0, done.stdout
    # Blanks within words: Ansible wraps a warning to the width of a terminal.
    assert "".join((done.stdout + done.stderr).split()).count("airflow_passwordistheusername") == 1
    for plain, ordinary in json.loads(report.read_text()):
        assert "airflow" in str(plain)
        assert any("cannot be searched for" in warning for warning in ordinary["warnings"])
        changing = (
            "warnings",
            "invocation",
            "last_login",
            "login_count",
            "fail_login_count",
            "updated_on",
            "changed_on",
        )
        assert without(ordinary, changing) == without(plain, changing)


def without(value: Any, keys: tuple[str, ...]) -> Any:
    """A value without some keys at any depth."""
    if isinstance(value, dict):
        return {key: without(item, keys) for key, item in value.items() if key not in keys}
    return [without(item, keys) for item in value] if isinstance(value, list) else value


def test_a_value_does_not_blank_the_rest_of_the_result(live: Live, leave_nothing: Callable[[str], str]) -> None:
    leave_nothing("/variables/live_4")
    options = json.dumps({"key": "live_4", "value": 4, "airflow_headers": {"X-Version": 4}})
    done = run(live, "ansible", "localhost", "-m", "dataops.airflow.airflow_variable", "-a", options, "-vvv")
    assert '"value": "4"' in done.stdout
    assert '"key": "live_4"' in done.stdout


def test_a_name_that_cannot_be_is_refused_before_anything_is_sent(live: Live, proxy: Proxy) -> None:
    command = ["localhost", "-m", "dataops.airflow.airflow_pool", "-a", f"name='' slots=1 airflow_url={proxy.url}"]
    assert "name must not be empty" in run(live, "ansible", *command).stdout
    assert not proxy.seen


def test_check_mode_only_reads_on_the_wire(live: Live, proxy: Proxy, leave_nothing: Callable[[str], str]) -> None:
    leave_nothing("/pools/live_check")
    options = f"name=live_check slots=1 airflow_url={proxy.url}"
    command = ["localhost", "-m", "dataops.airflow.airflow_pool", "-a", options]
    assert "CHANGED" in run(live, "ansible", *command, "--check").stdout
    assert {request.method for request in proxy.seen if request.path != "/auth/token"} == {"GET"}


@pytest.mark.parametrize("error", ["ImportError", "AttributeError"])
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
