# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a task shows: no secret, and all the rest as it is, whatever the password of the login is."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.dataops.airflow.plugins.module_utils._engine import connect
from ansible_collections.dataops.airflow.plugins.module_utils._engine import perform as performing
from ansible_collections.dataops.airflow.plugins.module_utils._engine.connect import ORDINARY_PASSWORD
from ansible_collections.dataops.airflow.plugins.module_utils._engine.perform import Mode, Outcome, perform, refusal
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.asset.asset_event import ASSET_EVENT
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.connection.connection import CONNECTION
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.connection.connection_info import CONNECTION_INFO
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.connection.connection_test import CONNECTION_TEST
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.dag.dag_source_info import DAG_SOURCE_INFO
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.deployment.deployment import DEPLOYMENT
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.deployment.deployment_info import DEPLOYMENT_INFO
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.pool.pool import POOL
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.server.config_info import CONFIG_INFO
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.server.provider_info import PROVIDER_INFO
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.task.task_log_info import TASK_LOG_INFO
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.variable.variable import VARIABLE
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.variable.variable_info import VARIABLE_INFO
from ansible_collections.dataops.airflow.plugins.module_utils._main import argument_spec
from ansible_collections.dataops.airflow.plugins.module_utils._model.secrets import Secrecy
from ansible_collections.dataops.airflow.tests.declarations import ENDPOINTS, RESOURCES
from ansible_collections.dataops.airflow.tests.unit.scripted import ABSENT, Answer, Scripted, Table

CANARY = "canary-51f7d0"
UNLIKE = "Xq7-unlike-any-text"
HOSTILE = [
    *("airflow", "admin", "postgres", "a", "{", "\\", '"', "true", "1", "null", "changed", "connection_id", "***"),
    "*" * 5,
    "\n",
    "x" * 4000,
]
CHECKED = Mode(check=True, diff=True, verbosity=2)
Task = Callable[..., Outcome]


@pytest.fixture
def task(monkeypatch: pytest.MonkeyPatch) -> Task:
    """Runs a task with a login below a server that answers from a table."""

    def run(
        spec: Any,
        table: Table,
        log_in_with: str = UNLIKE,
        version: str = "3.3.2",
        mode: Mode = CHECKED,
        progress: Callable[[str], None] | None = None,
        **options: Any,
    ) -> Outcome:
        log_in = {"POST /auth/token": {"access_token": f"{CANARY}-token"}}
        monkeypatch.setattr(
            connect, "Transport", lambda settings, read_only: Scripted({**log_in, **table}, version, read_only)
        )
        given = {"airflow_url": "http://h", "airflow_username": "etl", "airflow_password": log_in_with, **options}
        checked = ArgumentSpecValidator(argument_spec(spec.options())).validate(given)
        assert not checked.error_messages
        return perform(spec, checked.validated_parameters, mode, {}, progress)

    return run


WORDS = "apache-airflow of admin: postgres, a 1 true null { } [ ] \\ \" ' changed connection_id *** x"
"""What contains the hostile passwords, and no form of a secret."""

POOLS = {"pools": [{"name": "airflow a 1", "slots": 1, "description": WORDS, "include_deferred": True}]}
VARIABLES = {"variables": [{"key": "airflow_home", "value": f"/opt/{WORDS}", "description": "true"}]}
CONNECTIONS = {
    "connections": [
        {"connection_id": "airflow_db", "conn_type": "postgres", "host": "postgres", "login": "airflow",
         "schema": "admin", "port": 1, "password": None, "extra": json.dumps({"a": WORDS, "true": True, "null": None}),
         "description": WORDS},
    ]
}  # fmt: skip
PROVIDERS = {"providers": [{"package_name": "apache-airflow-providers-postgres", "version": "1", "description": WORDS}]}
CONFIG = {"sections": [{"name": "core", "options": [{"key": "dags_folder", "value": "/opt/airflow/a"}]}]}


def listed(path: str, rows: dict[str, Any]) -> Table:
    return {f"GET {path}": {**rows, "total_entries": len(next(iter(rows.values())))}}


LISTS = {**listed("/pools", POOLS), **listed("/variables", VARIABLES), **listed("/connections", CONNECTIONS)}
WANTED = {
    "pools": [{"name": "airflow a 1", "slots": 2}, {"name": "admin", "slots": 1}],
    "variables": [{"key": "airflow_home", "value": "true"}, {"key": "postgres", "value": WORDS}],
    "connections": [{"connection_id": "airflow_db", "schema": "a", "extra": {"a": "1"}}],
}
PLAIN: list[tuple[Any, Table, dict[str, Any]]] = [
    (PROVIDER_INFO, listed("/providers", PROVIDERS), {}),
    (VARIABLE_INFO, LISTS, {}),
    (CONNECTION_INFO, LISTS, {}),
    (CONFIG_INFO, {"GET /config": CONFIG}, {}),
    (DAG_SOURCE_INFO, {"GET /dagSources/airflow": {"content": WORDS, "version_number": 1}}, {"dag_id": "airflow"}),
    (DEPLOYMENT_INFO, LISTS, {"gather": ["pools", "variables", "connections"]}),
    (DEPLOYMENT, LISTS, WANTED),
    (POOL, {"GET /pools/airflow%20a%201": POOLS["pools"][0]}, {"name": "airflow a 1", "description": "a true 1"}),
    (VARIABLE, {"GET /variables/airflow_home": VARIABLES["variables"][0]}, {"key": "airflow_home", "value": "{a: 1}"}),
    (CONNECTION, {"GET /connections/airflow_db": CONNECTIONS["connections"][0]},
     {"connection_id": "airflow_db", "schema": "postgres", "extra": {"a": "airflow"}}),
    (VARIABLE, {"GET /variables/new": ABSENT}, {"key": "new", "value": WORDS}),
    (POOL, {"GET /pools/airflow": ABSENT}, {"name": "airflow"}),
]  # fmt: skip


@pytest.mark.parametrize("password", HOSTILE, ids=lambda text: repr(text[:8]))
@pytest.mark.parametrize(("spec", "table", "options"), PLAIN, ids=lambda part: getattr(part, "kind", ""))
def test_what_is_no_secret_is_the_same_whatever_the_password_is(
    task: Task, spec: Any, table: Table, options: dict[str, Any], password: str
) -> None:
    plain, other = task(spec, table, **options), task(spec, table, password, **options)
    assert other.result == plain.result
    assert [text for text in other.warnings if text != ORDINARY_PASSWORD] == plain.warnings
    assert "Please report this bug" not in str(plain)
    if "name" not in options:
        assert not plain.failed


def test_what_the_server_shows_comes_back_as_it_is(task: Task) -> None:
    for spec, rows in ((VARIABLE_INFO, VARIABLES), (PROVIDER_INFO, PROVIDERS)):
        ((name, own),) = rows.items()
        found = task(spec, listed(f"/{name}", rows), "airflow").result[name]
        assert [{key: row[key] for key in own[0]} for row in found] == own


@pytest.mark.parametrize("password", ["airflow", "Admin", "etl", "abcd"])
def test_an_ordinary_password_is_worth_one_warning(task: Task, password: str) -> None:
    for options in ({"slots": 1}, {}):
        outcome = task(POOL, {"GET /pools/p": ABSENT}, password, name="p", **options)
        assert outcome.failed != bool(options)
        assert outcome.warnings == [ORDINARY_PASSWORD]
    assert not task(POOL, {"GET /pools/p": ABSENT}, name="p", slots=1).warnings


DEEP = {
    "password": f"{CANARY}-leaf",
    "nested": [{"api_key": f"{CANARY}-deep"}, {"name": "DB_PASSWORD", "value": f"{CANARY}-pair"}],
    "url": f"jdbc:sqlserver://h;user=u;password={CANARY};a=b",
    "key": f"-----BEGIN PRIVATE KEY-----\n{CANARY}\n-----END PRIVATE KEY-----",
    "kubeconfig": f"users:\n- user:\n    client-key-data: {CANARY}\n    token: {CANARY}\n",
    "json": json.dumps({"token": f"{CANARY}-json"}),
    "sas": f"https://h/c?sv=1&sig={CANARY}&se=2",
    "shown": "shown",
}
SECRET_CONNECTION = {
    "connection_id": "c", "conn_type": "jdbc", "host": f"jdbc:oracle:thin:scott/{CANARY}@h", "login": "u", "schema": "",
    "port": None, "password": CANARY, "extra": json.dumps(DEEP), "description": None,
}  # fmt: skip
SECRET_LISTS = {
    **listed("/connections", {"connections": [SECRET_CONNECTION]}),
    **listed("/variables", {"variables": [
        {"key": "api_token", "value": CANARY, "description": ""},
        {"key": "settings", "value": json.dumps(DEEP), "description": ""},
        {"key": "kube", "value": DEEP["kubeconfig"], "description": ""},
    ]}),
}  # fmt: skip
URI = f"jdbc://jdbc%3Aoracle%3Athin%3Ascott%2F{CANARY}%40h%3A1521%2Fx"
GIVEN: list[dict[str, Any]] = [
    {
        "connection_id": "c",
        "host": f"jdbc:mysql://h?password={CANARY}-new",
        "extra": {**DEEP, "password": f"{CANARY}-2"},
    },
    {"connection_id": "d", "conn_type": "a", "password": f"{CANARY}-new", "extra": DEEP},
    {"connection_id": "e", "uri": URI},
]
ONE_BY_ONE: Table = {
    "GET /connections/c": SECRET_CONNECTION,
    "GET /connections/d": ABSENT,
    "GET /connections/e": ABSENT,
}
SECRETS: list[tuple[Any, Table, dict[str, Any]]] = [
    (CONNECTION_INFO, SECRET_LISTS, {}),
    (VARIABLE_INFO, SECRET_LISTS, {}),
    (DEPLOYMENT_INFO, SECRET_LISTS, {"gather": ["variables", "connections"]}),
    (DEPLOYMENT, SECRET_LISTS,
     {"connections": GIVEN,
      "variables": [{"key": "settings", "value": DEEP}, {"key": "new_password", "value": CANARY}]}),
    *[(CONNECTION, ONE_BY_ONE, given) for given in GIVEN],
    (CONNECTION, {"GET /connections/c": SECRET_CONNECTION}, {"connection_id": "c", "state": "absent"}),
    (VARIABLE, {"GET /variables/v": {"key": "v", "value": "x"}}, {"key": "v", "value": DEEP}),
    (VARIABLE, {"GET /variables/v": ABSENT}, {"key": "v", "value": DEEP["kubeconfig"]}),
    (ASSET_EVENT, listed("/assets", {"assets": [{"id": 1, "name": "a", "uri": f"s3://u:{CANARY}@b"}]}),
     {"uri": f"s3://u:{CANARY}@b", "extra": DEEP}),
    (ASSET_EVENT, listed("/assets", {"assets": []}), {"uri": f"s3://u:{CANARY}@b"}),
]  # fmt: skip


@pytest.mark.parametrize("verbosity", [0, 3])
@pytest.mark.parametrize(("spec", "table", "options"), SECRETS, ids=lambda part: getattr(part, "kind", ""))
def test_no_secret_is_shown(task: Task, spec: Any, table: Table, options: dict[str, Any], verbosity: int) -> None:
    headers = {"X-Gateway": f"{CANARY}-header"}
    outcome = task(spec, table, f"{CANARY}-login", mode=Mode(True, True, verbosity), airflow_headers=headers, **options)
    assert "Please report this bug" not in str(outcome)
    assert outcome.failed == ("exist" in outcome.result.get("msg", ""))
    assert CANARY not in json.dumps(outcome)
    assert outcome.failed or DEEP not in options.values() or "shown" in json.dumps(outcome)


def test_what_only_the_server_hides_is_hidden(task: Task) -> None:
    stored = {"key": "plain", "value": "***", "description": None}
    done = Mode(False, True, 3)
    for table in (
        {"GET /variables/plain": stored, "PATCH /variables/plain": stored},
        {"GET /variables/plain": ABSENT, "POST /variables": stored},
        {"GET /variables/plain": stored, "PATCH /variables/plain": Answer(422, {"detail": f"no {CANARY}"})},
    ):
        outcome = task(VARIABLE, table, mode=done, key="plain", value=CANARY)
        assert CANARY not in str(outcome)
    plan = task(DEPLOYMENT, listed("/variables", {"variables": [stored]}), mode=Mode(True, True, 3),
                variables=[{"key": "plain", "value": CANARY}])  # fmt: skip
    assert CANARY not in str(plan)


ECHOES = [
    Answer(400, {"detail": f"got '{CANARY}\"x'"}),
    Answer(500, {"detail": "y" * 595 + f' {CANARY}"x'}),
    Answer(422, {"detail": [{"loc": ["body", "value"], "msg": json.dumps({"value": f'{CANARY}"x'})}]}),
    Answer(500, f"<html><title>{CANARY}&#34;x</title>", "text/html"),
    Answer(200, f"<html><title>{CANARY}&quot;x</title>", "text/html"),
    Answer(200, f'{{"value": "{CANARY}\\"x', f'text/{CANARY}"x'),
    Answer(500, f'stack trace {CANARY}"x', "text/plain"),
]


@pytest.mark.parametrize("answer", ECHOES)
def test_a_servers_words_are_cleared_of_secrets_before_they_are_cut(task: Task, answer: Answer) -> None:
    outcome = task(VARIABLE, {"GET /variables/token": answer}, f'{CANARY}"x', key="token", value=f'{CANARY}"x')
    assert outcome.failed
    assert CANARY not in str(outcome)


def test_our_own_words_are_not(task: Task) -> None:
    outcome = task(POOL, {"GET /pools/name": Answer(400, {"detail": "name: bad name"})}, "name: ", name="name", slots=1)
    assert outcome.result["msg"].startswith("GET http://airflow.example.com/api/v2/pools/name: HTTP 400: ***bad name")
    refused = task(POOL, {"GET /pools/exist": ABSENT}, "does not exist", name="exist")
    assert refused.result["msg"] == "pool 'exist' does not exist yet; creating it requires slots"


def test_logs_and_the_words_of_hooks_are_cleared(task: Task) -> None:
    path = "/dags/d/dagRuns/r/taskInstances/t"
    table = {
        f"GET {path}": {"try_number": 1},
        f"GET {path}/logs/1": {"content": [{"event": f"logged in with {UNLIKE}", "extra": [UNLIKE]}]},
        "POST /connections/test": {"status": False, "message": f"{CANARY} is wrong"},
    }
    log = task(TASK_LOG_INFO, table, dag_id="d", dag_run_id="r", task_id="t").result
    assert (log["log"], log["events"]) == ("logged in with ***", [{"event": "logged in with ***", "extra": ["***"]}])
    tested = task(CONNECTION_TEST, table, conn_type="http", password=CANARY).result
    assert tested["message"] == "*** is wrong"


def test_a_bug_shows_no_secret(task: Task, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*arguments: Any) -> Any:
        raise KeyError(f"{UNLIKE}\x1b[2J")

    monkeypatch.setattr(performing, "_perform", crash)
    outcome = task(POOL, {}, name="p", slots=1)
    assert outcome.result["msg"] == r"Please report this bug: KeyError('***\x1b[2J')"
    assert "Traceback" in outcome.result["exception"]
    assert UNLIKE not in str(outcome)


IN_A_NAME = "\x1b]0;owned\x07\x1b[2J\u202e\x9b\u2028"
CODES = f"{IN_A_NAME}\n"


def test_a_terminal_is_given_nothing_to_obey(task: Task) -> None:
    lines: list[str] = []
    rows = {"variables": [{"key": "v", "value": f"a{CODES}", "description": ""}]}
    plan = task(
        DEPLOYMENT,
        listed("/variables", rows),
        variables=[{"key": "v", "value": "b"}, {"key": f"n{IN_A_NAME}", "value": "c"}],
    )
    lines += [entry["prepared"].rstrip("\n") for entry in plan.result["diff"]]
    assert plan.result["plan"][0]["before"]["value"] == f"a{CODES}"
    refused = task(POOL, {"GET /pools/p": Answer(400, {"detail": f"no{CODES}"})}, name="p", slots=1)
    lines += [refused.result["msg"], refused.result["detail"]]
    single = task(VARIABLE, {f"GET /variables/n{quote(IN_A_NAME)}": ABSENT}, key=f"n{IN_A_NAME}", value="c")
    lines += [single.result["diff"]["before_header"]]
    said: list[str] = []
    performing._line_by_line(said.append)(f"said{CODES}")  # type: ignore[misc]
    assert len(lines) == 7
    assert all(line.isprintable() for line in [*lines, *said])


def test_options_that_are_refused_are_not_shown_either() -> None:
    given = {
        "airflow_url": "u:canary-url@h",
        "airflow_password": "airflow",
        "connections": f"{CANARY}",
        "passwort": "x",
    }
    misspelt = {"airflow_pasword": CANARY, "users": [{"username": "u", "pasword": CANARY}]}
    assert CANARY not in str(refusal(DEPLOYMENT, "Unsupported parameters", misspelt, set()))
    outcome = refusal(DEPLOYMENT, "Unsupported parameters for (dataops.airflow.airflow_deployment)", given, {"airflow"})
    assert "canary" not in str(outcome)
    assert outcome.result["msg"] == "Unsupported parameters for (dataops.airflow.airflow_deployment)"
    assert outcome.result["invocation"]["module_args"]["airflow_url"] == "u:***@h"
    assert CANARY not in str(refusal(POOL, f"got {CANARY}", {"slots": CANARY}, {CANARY}).result["msg"])


@pytest.mark.parametrize("spec", [*RESOURCES, *ENDPOINTS], ids=lambda spec: f"{type(spec).__name__}-{spec.kind}")
def test_what_holds_secrets_is_kept_from_the_system_log(spec: Any) -> None:
    arguments = argument_spec(spec.options())
    for item in spec.options():
        inner = [part for part in item.contains if part.secrecy is not Secrecy.NEVER]
        assert bool(arguments[item.name].get("no_log")) == (item.secrecy is not Secrecy.NEVER or bool(inner))


def test_an_address_may_hold_a_password_and_is_kept_from_the_system_log() -> None:
    arguments = argument_spec(())
    assert {name for name, entry in arguments.items() if entry.get("no_log")} == {
        *("airflow_url", "airflow_password", "airflow_token", "airflow_headers")
    }


def test_lists_with_secrets_are_kept_from_the_system_log_as_a_whole() -> None:
    arguments = argument_spec(DEPLOYMENT.options())
    kept = {name for name, entry in arguments.items() if entry["type"] == "list" and entry.get("no_log")}
    assert kept == {"users", "connections", "variables"}


@pytest.mark.parametrize("kind", ["text/html", f"text/{UNLIKE}"])
def test_a_page_that_quotes_the_log_in_does_not_show_its_password(task: Task, kind: str) -> None:
    page = Answer(200, f"<html><title>Oops! {json.dumps({'password': UNLIKE})}</title></html>", kind)
    outcome = task(POOL, {"POST /auth/token": page}, name="etl", slots=1)
    assert "HTTP 200, but" in outcome.result["msg"]
    assert UNLIKE not in json.dumps(outcome.result)
