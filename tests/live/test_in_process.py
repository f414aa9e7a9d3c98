# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Modules within Ansible's own process: what a loop shares, and that nothing shows the difference."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.dataops.airflow.plugins.module_utils._http.client import MANY
from ansible_collections.dataops.airflow.tests.live.conftest import Live
from ansible_collections.dataops.airflow.tests.live.proxy import Answer, Proxy, Request
from ansible_collections.dataops.airflow.tests.live.test_ansible import playbook, run

POOLS = [f"live_loop_{number}" for number in range(4)]
MODES = [{"name": POOLS[0], "check": True}, *({"name": name, "check": False} for name in POOLS[1:])]
OFF = ["-e", "airflow_in_process=false"]


def is_detection(request: Request) -> bool:
    return request.path.endswith("/version")


def is_log_in(request: Request) -> bool:
    return request.path == "/auth/token"


def play(
    live: Live,
    folder: Path,
    tasks: list[dict[str, Any]],
    *arguments: str,
    keywords: dict[str, Any] | None = None,
    **environment: str,
) -> tuple[str, Any]:
    """What a play shows, and what its tasks return.

    :param keywords: of the play, where it is not one on this machine.
    """
    report = folder / "report.json"
    for number, task in enumerate(tasks):
        task["register"] = f"result_{number}"
    content = "{{ [" + ", ".join(f"result_{number}" for number in range(len(tasks))) + "] | to_json }}"
    copy = {"ansible.builtin.copy": {"content": content, "dest": str(report)}}
    tell = {**copy, "delegate_to": "localhost", "check_mode": False, "diff": False}
    done = run(
        live, "ansible-playbook", playbook(folder, [*tasks, tell], **(keywords or {})), *arguments, **environment
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr, json.loads(report.read_text())


@pytest.mark.parametrize("options", [[], pytest.param(OFF, marks=pytest.mark.slow)], ids=["in process", "as modules"])
def test_a_loop_detects_and_logs_in_once(
    live: Live, proxy: Proxy, tmp_path: Path, leave_nothing: Callable[[str], str], options: list[str]
) -> None:
    for name in POOLS:
        leave_nothing(f"/pools/{name}")
    loop = {
        "dataops.airflow.airflow_pool": {"airflow_url": proxy.url, "name": "{{ item.name }}", "slots": 2},
        "loop": MODES,
        "check_mode": "{{ item.check }}",
    }
    shown, (told,) = play(live, tmp_path, [loop], "-vvvv", *options)
    assert [result["action"] for result in told["results"]] == ["create"] * len(MODES)
    assert [live.ask("GET", f"/pools/{name}").status_code for name in POOLS] == [404, 200, 200, 200]
    times = len(MODES) if options else 1
    assert sum(map(is_detection, proxy.seen)) == times * (1 if live.is_v2 else 2)
    assert sum(map(is_log_in, proxy.seen)) == (times if live.is_v2 else 0)
    # Each item lists its own requests, and none those of another one.
    traced = Counter(entry["method"] for result in told["results"] for entry in result["requests"])
    assert traced == Counter(request.method for request in proxy.seen)
    authorizations = {request.headers.get("Authorization", "") for request in proxy.seen} - {""}
    assert authorizations
    assert not any(value.split(" ")[1] in shown for value in authorizations)


@pytest.mark.parametrize("way", ["auto", pytest.param("basic", marks=pytest.mark.slow)])
def test_a_long_loop_spares_airflow_2_the_hashing_of_the_password(
    airflow_2: Live, proxy: Proxy, tmp_path: Path, way: str
) -> None:
    read = {"airflow_url": proxy.url, "airflow_auth": way, "name": "default_pool"}
    items = {"dataops.airflow.airflow_pool_info": read, "loop": list(range(MANY + 5))}
    shown, (told,) = play(airflow_2, tmp_path, [items], "-vvvv")
    assert [len(result["pools"]) for result in told["results"]] == [1] * (MANY + 5)
    hashed = sum("Authorization" in request.headers for request in proxy.seen)
    assert hashed == (MANY if way == "auto" else MANY + 5)
    cookies = {request.headers["Cookie"] for request in proxy.seen if "Cookie" in request.headers}
    assert bool(cookies) is (way == "auto")
    assert not any(cookie.split("session=")[1].split(";")[0] in shown for cookie in cookies)


def test_a_log_in_that_failed_is_tried_again(airflow_2: Live, proxy: Proxy, tmp_path: Path) -> None:
    proxy.once(lambda request: request.method == "POST", lambda request, forward: Answer(429), times=2)
    read = {"airflow_url": proxy.url, "airflow_auth": "session", "retries": 0}
    again = {"until": "result_0 is not failed", "retries": 3, "delay": 0}
    _shown, (told,) = play(airflow_2, tmp_path, [{"dataops.airflow.airflow_pool_info": read, **again}])
    assert told["attempts"] == 3


@pytest.mark.slow_on(2)
def test_tasks_that_connect_differently_share_nothing(live: Live, proxy: Proxy, tmp_path: Path) -> None:
    login = {"airflow_username": live.username, "airflow_password": "{{ item }}"}
    loop = {
        "dataops.airflow.airflow_pool_info": {"airflow_url": proxy.url, **login},
        "loop": [live.password, "live-wrong", live.password],
        "no_log": True,
        "ignore_errors": True,
    }
    _shown, (told,) = play(live, tmp_path, [loop])
    assert [bool(result.get("failed")) for result in told["results"]] == [False, True, False]


BECOME = """#!/bin/sh
# Becomes nobody: what follows sudo's own options is run as it is.
while [ "$1" != /bin/sh ]; do shift; done
exec "$@"
"""
HERE = {"delegate_to": "localhost"}


WHERE: dict[str, tuple[dict[str, Any], str]] = {
    "remote": ({}, "elsewhere"),
    "delegated": (HERE, "in process"),
    "local": ({"connection": "local"}, "in process"),
    "another interpreter": ({**HERE, "vars": {"ansible_python_interpreter": "/nowhere/python"}}, "in process"),
    "switched off": ({**HERE, "vars": {"airflow_in_process": "{{ 1 > 2 }}"}}, "as a module"),
    "become": ({**HERE, "become": True}, "as a module"),
    "async": ({**HERE, "async": 60, "poll": 1}, "as a module"),
    "variables of Python": ({**HERE, "environment": {"PYTHONHASHSEED": "1"}}, "as a module"),
}
"""A task's keywords, and where its module runs with them."""


@pytest.mark.usefixtures("enough_on_3")
def test_where_a_module_runs(live: Live, tmp_path: Path) -> None:
    become = tmp_path / "sudo"
    become.write_text(BECOME)
    become.chmod(0o700)
    tasks = [
        {"name": name, "dataops.airflow.airflow_version_info": {}, "ignore_unreachable": True, **keywords}
        for name, (keywords, _where) in WHERE.items()
    ]
    options = ("-vvv", "-i", "elsewhere,", "-e", "ansible_port=1")
    remote = {"hosts": "elsewhere", "connection": "ssh"}
    shown, told = play(live, tmp_path, tasks, *options, keywords=remote, ANSIBLE_BECOME_EXE=str(become))
    of_task = {part.partition("]")[0]: part for part in shown.split("\nTASK [")[1:]}
    for (name, (_keywords, where)), result in zip(WHERE.items(), told, strict=True):
        assert result.get("unreachable", False) is (where == "elsewhere"), name
        assert result.get("version") == (None if where == "elsewhere" else live.version), name
        files = [line for line in of_task[name].splitlines() if "Using module file" in line and "version_info" in line]
        assert bool(files) is (where == "as a module"), name


@pytest.mark.slow
@pytest.mark.usefixtures("enough_on_3")
def test_the_tasks_environment_and_folder_count(live: Live, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("")
    task: dict[str, Any] = {"dataops.airflow.airflow_version_info": {"retries": 0}, "ignore_errors": True}
    tasks = [
        {**task, "environment": {"HTTP_PROXY": "http://127.0.0.1:1", "NO_PROXY": ""}},
        {**task, "environment": {"AIRFLOW_URL": "http://127.0.0.1:1"}},
        {**task, "dataops.airflow.airflow_version_info": {"ca_path": "ca.pem"}},
        task,
    ]
    results = [play(live, tmp_path, [dict(each) for each in tasks], *options)[1] for options in ([], OFF)]
    for told in results:
        assert [bool(result.get("failed")) for result in told] == [True, True, False, False]
    assert [result.get("msg") for result in results[0]] == [result.get("msg") for result in results[1]]
    assert "proxy" in results[0][0]["msg"]


@pytest.mark.slow_on(2)
def test_what_the_server_tells_is_no_template(live: Live, tmp_path: Path, leave_nothing: Callable[[str], str]) -> None:
    leave_nothing("/variables/live_template")
    live.ask("POST", "/variables", json={"key": "live_template", "value": "{{ 7 * 7 }}"}).raise_for_status()
    read = {"dataops.airflow.airflow_variable_info": {"key": "live_template"}}
    use = {"ansible.builtin.debug": {"msg": "{{ result_0.variables[0].value }}"}}
    _shown, (_told, used) = play(live, tmp_path, [read, use])
    assert used["msg"] == "{{ 7 * 7 }}"


WRONG: tuple[Any, ...] = (
    {"name": "live", "slotz": 1},
    {"name": "live", "slots": "many"},
    {"slots": 1},
    {"name": "live", "airflow_token": "a", "airflow_username": "b"},
    {"name": "live", "state": "gone"},
    "{{ given | combine({'slots': 'many'}) }}",
    "{{ [given] }}",
    "name=live description=two words",
)


@pytest.mark.usefixtures("enough_on_3")
def test_wrong_arguments_are_refused_in_a_modules_words(live: Live, tmp_path: Path) -> None:
    tasks = [
        {
            "dataops.airflow.airflow_pool": options,
            **({} if isinstance(options, dict) else {"args": {"slots": "few"}}),
            "ignore_errors": True,
        }
        for options in WRONG
    ]
    given = ["-e", json.dumps({"given": {"name": "live-canary"}})]
    (shown, in_process), (_shown, as_modules) = (
        play(live, tmp_path, [dict(task) for task in tasks], *given, *switch) for switch in ([], OFF)
    )
    for here, module in zip(in_process, as_modules, strict=True):
        assert here["failed"]
        for name in ("msg", "changed", "failed"):
            assert here.get(name) == module.get(name)
        assert "words" not in here["msg"]
    assert "canary" not in shown


@pytest.mark.usefixtures("enough_on_3")
def test_a_password_that_is_no_text_is_not_shown(live: Live, tmp_path: Path) -> None:
    options = {"name": "live", "slots": "many", "airflow_password": "live-canary-9"}
    shown, _told = play(
        live,
        tmp_path,
        [
            {
                "dataops.airflow.airflow_pool": {name: f"{{{{ given.{name} }}}}" for name in options},
                "ignore_errors": True,
            }
        ],
        "-vvv",
        "-e",
        json.dumps({"given": options}),
    )
    assert "slots" in shown
    assert "live-canary-9" not in shown
