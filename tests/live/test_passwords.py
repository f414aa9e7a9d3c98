# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is not a secret is the same whatever the password of the login is: results, and the files of an export."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.dataops.airflow.plugins.module_utils._engine.connect import ORDINARY_PASSWORD
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.dag_run.dag_run import DAG_RUN
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.deployment.deployment import DEPLOYMENT
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.deployment.deployment_info import DEPLOYMENT_INFO
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.pool.pool import POOL
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.server.event_log_info import EVENT_LOG_INFO
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.server.import_error_info import IMPORT_ERROR_INFO
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.user.user import USER
from ansible_collections.dataops.airflow.plugins.module_utils._model.secrets import is_ordinary
from ansible_collections.dataops.airflow.tests.declarations import ENDPOINTS
from ansible_collections.dataops.airflow.tests.live.conftest import Live
from ansible_collections.dataops.airflow.tests.live.test_ansible import playbook, run
from ansible_collections.dataops.airflow.tests.live.test_deployment import NAMES, filled

PERSON: dict[str, Any] = {"first_name": "airflow", "last_name": "admin", "roles": ["Admin"]}
TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?")
CHANGING = ("last_login", "login_count", "fail_login_count", "import_error_id", "last_parse_duration")
"""What is not the same a moment later, besides times."""
ORDINARY: dict[str, dict[str, Any]] = {
    "airflow_provider_info": {},
    "airflow_user_info": {},
    "airflow_pool_info": {},
    # Tests beside this one make DAGs.
    "airflow_deployment_info": {"gather": ["users", "pools"]},
}


def steady(value: Any) -> Any:
    """What of a value is the same a moment later; lists come in the order in which a server has come upon things."""
    if isinstance(value, dict):
        return {key: steady(item) for key, item in value.items() if key not in CHANGING}
    if isinstance(value, list):
        return sorted(map(steady, value), key=partial(json.dumps, sort_keys=True))
    return TIME.sub("<time>", value) if isinstance(value, str) else value


def result_field(result: dict[str, Any]) -> Any:
    """A result without the warning about the password."""
    return steady({**result, "warnings": [text for text in result.get("warnings", ()) if text != ORDINARY_PASSWORD]})


@pytest.mark.slow_on(2)
@pytest.mark.parametrize("in_process", [True, pytest.param(False, marks=pytest.mark.slow)])
def test_the_password_of_the_quick_start_blanks_nothing(
    live: Live, tmp_path: Path, leave_nothing: Callable[[str], str], in_process: bool
) -> None:
    leave_nothing("/users/airflow")
    leave_nothing("/pools/live_airflow")
    live.task(USER, username="airflow", email="airflow@live", password="airflow", **PERSON)
    live.task(POOL, name="live_airflow", slots=1)
    log_ins = [(live.username, live.password), ("airflow", "airflow")]
    tasks: list[dict[str, Any]] = [
        {
            f"dataops.airflow.{module}": {"airflow_username": username, "airflow_password": password, **options},
            "register": f"{module}_{number}",
        }
        for number, (username, password) in enumerate(log_ins)
        for module, options in ORDINARY.items()
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
        assert ORDINARY_PASSWORD in ordinary["warnings"]
        for result in (plain, ordinary):
            result.pop("invocation", None)
        assert result_field(ordinary) == result_field(plain)


UNLIKE = "Xq7-unlike-any-text"
PASSWORDS = ["airflow", "admin", "postgres", "a", "{", "\\", '"', "true", "1", "null", "\n", "x" * 4000]
AS_MODULES = ["airflow", "a", "{", '"']
"""Those that the same is done with in processes of their own, where Ansible's code for modules might blank them."""

WORDS = "apache-airflow of admin: postgres, a 1 true null { } [ ] \\ \" ' changed connection_id *** xxxxxxxx"
"""What contains the passwords, and no form of a secret."""
HELD: dict[str, list[dict[str, Any]]] = {
    "pools": [{"name": f"live_w {word}", "slots": 1, "description": WORDS} for word in ("airflow", "a", "1")],
    "variables": [
        {"key": "live_w_airflow_home", "value": "/opt/airflow", "description": WORDS},
        {"key": "live_w_true", "value": "true"},
        {"key": "live_w_null", "value": {"null": None, "a": [1, True, WORDS]}},
        {"key": 'live_w {"\\a', "value": "1"},
        {"key": "live_w_lines", "value": "a\n{\n1\n"},
    ],
    "connections": [
        {"connection_id": f"live_w_{word}", "conn_type": "postgres", "host": "postgres", "login": "airflow",
         "schema": "admin", "port": 1, "extra": {"a": WORDS, "true": True, "1": None}, "description": WORDS}
        for word in ("airflow_db", "postgres", "admin", "a")
    ],
    "roles": [{"name": "live_w airflow", "permissions": [{"action": "can_read", "resource": "Pools"}]}],
}  # fmt: skip
GONE: dict[str, Any] = {
    kind: [{NAMES[kind]: item[NAMES[kind]], "state": "absent"} for item in items] for kind, items in HELD.items()
}
CHANGED: dict[str, Any] = {
    "pools": [{**HELD["pools"][0], "slots": 2}, {"name": "live_w true", "slots": 1, "description": "{"}],
    "variables": [{**HELD["variables"][2], "value": {"a": 1}}, {"key": "live_w_new", "value": WORDS}],
    "connections": [{"connection_id": "live_w_airflow_db", "schema": "a", "extra": {"a": "airflow"}}],
}
FOREIGN = {"airflow_connection_test": ("message",), "airflow_task_log_info": ("log", "events")}
"""Results in words of others, which are searched for a password that is not an ordinary word."""

RUN: dict[str, Any] = {"dag_id": "test_succeeds", "dag_run_id": "live_words"}
KNOWN = {**RUN, "task_id": "extract", "asset_id": 1}
"""What info modules are asked for that have such an option."""

Task = tuple[str, dict[str, Any], bool]
"""A module, its options, and whether it is only checked."""

FEW: list[Task] = [
    ("airflow_deployment_info", {"include": ["*/live_w*"]}, False),
    ("airflow_deployment", CHANGED, True),
    ("airflow_pool", {"name": "live_w null", "slots": 1, "description": WORDS}, False),
    ("airflow_pool", {"name": "live_w null", "slots": 2, "description": "a"}, False),
    ("airflow_pool", {"name": "live_w null", "state": "absent"}, False),
    ("airflow_pool", {"name": "live_w true"}, False),
    ("airflow_variable", {"key": "live_w_x", "value": {"a": WORDS}}, False),
    ("airflow_variable", {"key": "live_w_x", "value": "{1"}, False),
    ("airflow_variable", {"key": "live_w_x", "state": "absent"}, False),
    ("airflow_connection", {**HELD["connections"][0], "connection_id": "live_w_true"}, False),
    ("airflow_connection", {"connection_id": "live_w_true", "schema": "a", "extra": {"1": WORDS}}, False),
    ("airflow_connection", {"connection_id": "live_w_true", "state": "absent"}, False),
]
MORE: list[Task] = [
    ("airflow_connection_test", {"uri": "postgres://airflow@postgres/admin"}, False),
    ("airflow_role", {"name": "live_w airflow", "permissions": []}, True),
    ("airflow_user", {"username": "airflow_a", "email": "a@a", "password": "unlike-too", **PERSON}, True),
    ("airflow_dag", {"dag_id": "test_paused", "paused": False}, True),
    ("airflow_dag_run", {"dag_id": "test_succeeds", "dag_run_id": "airflow_a_1", "conf": {"a": WORDS}}, True),
    ("airflow_task_instance", {**RUN, "task_ids": ["extract"], "state": "failed"}, True),
    ("airflow_asset_event", {"uri": "s3://test/orders", "extra": {"a": WORDS}}, True),
    ("airflow_backfill", {"dag_id": "test_daily", "from_date": "2026-02-01", "to_date": "2026-02-02"}, True),
    ("airflow_xcom", {**RUN, "task_id": "extract", "key": "airflow_a", "value": [WORDS]}, True),
    *(
        (
            f"airflow_{spec.kind}_info",
            {item.name: KNOWN[item.name] for item in spec.options() if item.name in KNOWN},
            False,
        )
        for spec in ENDPOINTS
        # The first is among the few already; each request adds to the log of events, and tests beside this one make
        # import errors.
        if spec not in (DEPLOYMENT_INFO, EVENT_LOG_INFO, IMPORT_ERROR_INFO)
    ),
]


def searched(result: dict[str, Any], module: str, password: str) -> dict[str, Any]:
    """A result with the password hidden in the words of others."""
    if is_ordinary(password):
        return result
    plain, hidden = (
        json.dumps(password)[1:-1],
        {name: result[name] for name in FOREIGN.get(module, ()) if name in result},
    )
    return {**result, **json.loads(json.dumps(hidden).replace(plain, "***"))}


@pytest.fixture
def held(live: Live, dags: None) -> Iterator[None]:
    """The server holds such words in all that it holds."""
    live.task(DEPLOYMENT, **filled(GONE))
    live.task(DEPLOYMENT, **filled(HELD))
    live.task(DAG_RUN, **RUN, conf={"a": WORDS}, wait=True)
    yield
    live.task(DAG_RUN, **RUN, state="absent")
    live.task(USER, username="live_words", state="absent")
    live.task(DEPLOYMENT, **filled(GONE))


def outcome(
    live: Live, folder: Path, tasks: list[Task], password: str, in_process: bool
) -> tuple[list[Any], list[str]]:
    """What the tasks return with such a password, and what the role export writes."""
    # The API of Airflow 2 takes no longer one; its database holds a hash.
    live.task(USER, username="live_words", email="live@words", password=password[:256], **PERSON)
    live.store_password("live_words", password)
    folder.mkdir()
    (folder / "variables.json").write_text(
        json.dumps({"tasks": [options for _module, options, _is_checked in tasks], "word": password})
    )
    report, export = folder / "report.json", folder / "export"
    play: list[dict[str, Any]] = [
        {
            f"dataops.airflow.{module}": {name: f"{{{{ tasks[{number}].{name} }}}}" for name in options},
            "register": f"result_{number}",
            "ignore_errors": True,
            "check_mode": is_checked,
        }
        for number, (module, options, is_checked) in enumerate(tasks)
    ]
    results = "{{ [" + ", ".join(f"result_{number}" for number in range(len(tasks))) + "] | to_json }}"
    play.append({"ansible.builtin.copy": {"content": results, "dest": str(report)}, "diff": False})
    settings = {"export_dest": str(export), "export_include": ["*/live_w*"]}
    play.append({"ansible.builtin.include_role": {"name": "dataops.airflow.export"}, "vars": settings})
    log_in = {"airflow_username": "live_words", "airflow_password": "{{ word }}"}
    done = run(
        live,
        "ansible-playbook",
        playbook(folder, play, module_defaults={"group/dataops.airflow.airflow": log_in}),
        *("--diff", "-e", f"@{folder}/variables.json", "-e", f"airflow_in_process={in_process}"),
        ANSIBLE_INJECT_INVOCATION="true",
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(report.read_text()), [file.read_text() for file in sorted(export.iterdir())]


@pytest.mark.slow
@pytest.mark.usefixtures("held")
@pytest.mark.parametrize("in_process", [True, False])
def test_results_and_exports_do_not_depend_on_the_password(live: Live, tmp_path: Path, in_process: bool) -> None:
    tasks, passwords = ([*FEW, *MORE], PASSWORDS) if in_process else (FEW, AS_MODULES)
    plain, exported = outcome(live, tmp_path / "plain", tasks, UNLIKE, in_process)
    assert WORDS in exported[0].replace("''", "'")
    for number, password in enumerate(passwords):
        results, files = outcome(live, tmp_path / str(number), tasks, password, in_process)
        assert files == exported, password
        for (module, *_options), result, wanted in zip(tasks, results, plain, strict=True):
            assert result_field(result) == result_field(searched(wanted, module, password)), (password, module)
