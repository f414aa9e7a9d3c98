# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""No secret comes out of a playbook, wherever one looks, and looking there would show it if it did."""

from __future__ import annotations

import html
import itertools
import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import quote

import pytest

from ansible_collections.dataops.airflow.plugins.module_utils._kinds.user.user import USER as USER_RESOURCE
from ansible_collections.dataops.airflow.tests.live.canary import FORMS, PLACES, found, read, watched
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
from ansible_collections.dataops.airflow.tests.live.test_ansible import playbook, run

CUT = "canary-51f"
"""What is looked for: a secret that is cut off somewhere is one, too."""
CANARY = f"{CUT}7d0"
AWKWARD = f"{CANARY}-1 \"quoted\" 'twice' C:\\back /#?@:&% <b> é\nbroken {CANARY}-2"
"""With everything that somebody escapes, or that ends what is taken for a secret."""
LOG_IN: dict[str, Any] = {"username": "live_canary", "password": f"{CANARY}-login/'\"\\<&#?>@:% {CANARY}"}
COMMON: dict[str, Any] = {
    "airflow_headers": {"X-Gateway": f"{CANARY}-header \"'\\<& {CANARY}"},
    **{f"airflow_{name}": value for name, value in LOG_IN.items()},
}
PROXIES = {
    "HTTP_PROXY": f"http://u:{CANARY}%2Fproxy@127.0.0.1:1",
    "HTTPS_PROXY": f"http://u:{CANARY}/a#b?{CANARY}@127.0.0.1:1",
    "NO_PROXY": "127.0.0.1",
}
"""Nobody listens there, and the second one is not an address."""

KUBECONFIG = f"users:\n- name: u\n  user:\n    client-key-data: {CANARY}-kube\n    token: {CANARY}-kube\n"
PEM = f"-----BEGIN PRIVATE KEY-----\n{CANARY}-line\n{CANARY}-line\n-----END PRIVATE KEY-----\n"
TEXTS = {
    "sqlserver": f"jdbc:sqlserver://h;user=u;password={CANARY}-jdbc;encrypt=true",
    "mysql": f"jdbc:mysql://h/d?user=u&password={CANARY}-jdbc&useSSL=true",
    "oracle": f"jdbc:oracle:thin:scott/{CANARY}-thin@h:1521/x",
    "kubernetes": KUBECONFIG,
    "certificate": PEM,
    "blobs": f"https://h.example.com/c?sv=2024-01-01&sig={CANARY}%2Fsas&se=2026-01-01",
    "settings": f"database:\n  user: u\n  password: {CANARY}-yaml\n",
    "address": f"amqp://u:{CANARY}/a@h:5672/v",
    "pairs": json.dumps([{"name": "DB_PASSWORD", "value": f"{CANARY}-pair"}]),
}
"""What is a secret by its form, under names that give nothing away."""
EXTRA = {
    "password": AWKWARD,
    "nested": [{"api_key": f"{CANARY}-deep"}, {"name": "DB_PASSWORD", "value": f"{CANARY}-pair"}],
    "json": json.dumps({"token": AWKWARD}),
    "shown": "shown",
    **TEXTS,
}
URI = f"postgres://u:{CANARY}%2Furi@h/db?__extra__=" + quote(json.dumps({"token": AWKWARD}))
THIN = json.dumps({"conn_type": "oracle", "host": TEXTS["oracle"]})
USER = {"username": "live_secrets", "email": "live@secrets", "first_name": "A", "last_name": "B", "roles": ["Viewer"]}
RUN = {"dag_id": "test_succeeds", "dag_run_id": "live_canary"}
Task = tuple[str, dict[str, Any]]
DEPLOYMENT: dict[str, Any] = {
    "variables": [
        {"key": "live_password", "value": AWKWARD},
        {"key": "live_secrets", "value": EXTRA},
        *({"key": f"live_{name}", "value": text} for name, text in TEXTS.items()),
    ],
    "connections": [
        {"connection_id": "live_uri", "uri": URI},
        {"connection_id": "live_thin", "uri": THIN},
        {"connection_id": "live_secrets", "conn_type": "a", "password": AWKWARD, "extra": EXTRA},
        *(
            {"connection_id": f"live_{name}", "conn_type": "jdbc", "host": text}
            for name, text in TEXTS.items()
            if "\n" not in text
        ),
    ],
    "users": [{**USER, "password": AWKWARD}],
    "fingerprint_key": AWKWARD,
    "fingerprint_key_previous": f"{AWKWARD} previous",
}
SECRET: list[Task] = [
    ("airflow_variable", {"key": "live_secrets", "value": EXTRA}),
    ("airflow_connection", {"connection_id": "live_secrets", "conn_type": "a", "password": AWKWARD, "extra": EXTRA}),
    ("airflow_connection", {"connection_id": "live_uri", "uri": URI}),
    ("airflow_connection", {"connection_id": "live_thin", "uri": THIN}),
    ("airflow_connection_test", {"uri": URI}),
    ("airflow_user", {**USER, "password": f"{CANARY}-user"}),
    ("airflow_dag_run", {**RUN, "conf": EXTRA}),
    ("airflow_asset_event", {"uri": "s3://test/orders", "extra": EXTRA}),
    ("airflow_deployment", DEPLOYMENT),
]
XCOM = {**RUN, "task_id": "extract"}
OF_AIRFLOW_3: list[Task] = [
    ("airflow_xcom", {**XCOM, "key": "api_token", "value": {"any": AWKWARD}}),
    ("airflow_xcom", {**XCOM, "key": "live_secrets", "value": EXTRA}),
]
BACKFILL: list[Task] = [
    (
        "airflow_backfill",
        {"dag_id": "test_daily", "from_date": "2026-02-01", "to_date": "2026-02-01", "dag_run_conf": EXTRA},
    )
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
    *(
        (f"airflow_{kind}_info", {})
        for kind in ("variable", "connection", "user", "role", "permission", "pool", "version", "health", "event_log")
    ),
    ("airflow_dag_run_info", {"dag_id": "test_succeeds"}),
    ("airflow_xcom_info", XCOM),
    ("airflow_asset_event_info", {}),
    ("airflow_deployment_info", {"include": ["*/live_*"]}),
]
REFUSED: list[Task] = [
    *(
        ("airflow_pool_info", {"airflow_url": url})
        for url in (
            f"http://u:{CANARY}/a@127.0.0.1:1",
            f"http://u:{CANARY}#a?{CANARY}@127.0.0.1:1",
            f"http:/u:{CANARY}@127.0.0.1",
            f"u:{CANARY}@127.0.0.1",
            f"http://{CANARY}-token@127.0.0.1:1",
        )
    ),
    *(("airflow_pool_info", {"airflow_url": f"{scheme}://example.com", "retries": 0}) for scheme in ("http", "https")),
    ("airflow_pool", {"name": "live_secrets", "slots": "many"}),
    ("airflow_variable", {"key": "live_secrets", "value": EXTRA, "state": "gone"}),
    ("airflow_deployment", {"connections": [{"connection_id": "live_secrets", "pasword": AWKWARD}]}),
    ("airflow_deployment", {"variables": f"live_secrets={CANARY}"}),
]
"""What no task gets to the server with: the last two addresses are behind the proxies."""
MADE = [
    *(f"/variables/{item['key']}" for item in DEPLOYMENT["variables"]),
    *(f"/connections/{item['connection_id']}" for item in DEPLOYMENT["connections"]),
    "/users/live_secrets",
    "/roles/live_secrets",
    "/pools/live_secrets",
    "/dags/test_succeeds/dagRuns/live_canary",
]

CHANGED = json.loads(json.dumps(DEPLOYMENT).replace("7d0", "7d0-new"))
ROLES: list[tuple[str, dict[str, Any]]] = [
    ("provision", DEPLOYMENT),
    ("audit", CHANGED),
    ("export", {}),
]
OF_ROLES = ("provision__done", "audit__planned", "audit__report", "export__found", "export_missing")
"""The variables with the results of their tasks."""


def sent(request: Request) -> str:
    """All that there is of a request."""
    return f"{json.dumps(request.headers)} {request.body.decode()}"


def in_a_detail(request: Request, forward: Forward) -> Answer:
    """Airflow's own words, with what it was sent, as JSON escapes it."""
    return Answer(400, {"Content-Type": "application/json"}, json.dumps({"detail": sent(request)}).encode())


def in_complaints(request: Request, forward: Forward) -> Answer:
    """FastAPI's list of what is wrong."""
    complaint = {"type": "value_error", "loc": ["body", "value"], "msg": f"Value error, {sent(request)!r}"}
    body = {"detail": [{**complaint, "input": request.body.decode(), "ctx": {"error": sent(request)}}]}
    return Answer(422, {"Content-Type": "application/json"}, json.dumps(body).encode())


def on_a_page(request: Request, forward: Forward) -> Answer:
    """A page of a gateway."""
    page = (
        f"<html><title>Error: {html.escape(repr(sent(request)))}</title><pre>{html.escape(sent(request))}</pre></html>"
    )
    return Answer(500, {"Content-Type": "text/html"}, page.encode())


def in_all_ways() -> Rule:
    """One after the other."""
    turns = itertools.cycle([in_a_detail, in_complaints, on_a_page])

    def rule(request: Request, forward: Forward) -> Answer | None:
        return next(turns)(request, forward)

    return rule


def half_json(request: Request, forward: Forward) -> Answer:
    """An answer that breaks off in the middle of a secret."""
    return Answer(200, {"Content-Type": "application/json"}, f'{{"value": "{CANARY}'.encode())


def is_no_detection(request: Request) -> bool:
    return not request.path.endswith("/version")


class Case(NamedTuple):
    """A run.

    :param when: which requests something happens to, and ``rule`` what.
    :param options: further ones of each task.
    :param fails: whether the tasks do.
    :param generation: the only one that it is run on, as it does not depend on it.
    """

    tasks: list[Task]
    when: Callable[[Request], bool] = is_write
    rule: Rule = pass_on
    options: Mapping[str, Any] = MappingProxyType({})
    roles: bool = True
    fails: bool = True
    generation: int = 0


CASES = {
    "real": Case([*SECRET, *OF_AIRFLOW_3, *AGAIN, *READ], fails=False, generation=3),
    "real, Airflow 2": Case([*SECRET, *AGAIN, *READ], fails=False, generation=2),
    "checked": Case([*SECRET, *BACKFILL], fails=False),
    "waiting": Case([("airflow_dag_run", {"dag_id": "test_succeeds", "conf": EXTRA, "wait": True})], fails=False),
    "repeated": Case([*SECRET, *OF_AIRFLOW_3, *BACKFILL], rule=in_all_ways()),
    "repeated, few": Case([SECRET[1], SECRET[5], SECRET[6], SECRET[-1]], rule=in_all_ways(), roles=False),
    "in a detail": Case([*SECRET, *BACKFILL], rule=in_a_detail),
    "in complaints": Case([*SECRET, *BACKFILL], rule=in_complaints),
    "on a page": Case([*SECRET, *BACKFILL], rule=on_a_page),
    "login repeated": Case([*SECRET[:2], SECRET[-1], READ[0]], is_no_detection, in_all_ways()),
    "500 after": Case(SECRET, rule=fail_after, generation=2),
    "500 before": Case(SECRET, rule=fail_before, generation=3),
    "bad JSON": Case([*SECRET, READ[0]], is_api, half_json, generation=3),
    "login page": Case(SECRET[:2], is_api, log_in_page, generation=2),
    "token": Case(
        SECRET[:1],
        options={"airflow_token": f"{CANARY}-token", "airflow_username": None, "airflow_password": None},
        generation=3,
    ),
    "unreachable": Case(SECRET, is_api, options={"airflow_url": "http://127.0.0.1:1", "retries": 0}, generation=2),
}
QUICK = [("real", "in process"), pytest.param("repeated, few", "both", marks=pytest.mark.slow_on(3))]
SLOW = [
    *((case, "in process") for case in CASES if case not in ("real", "repeated", "repeated, few")),
    *((case, "as modules") for case in ("real", "real, Airflow 2", "checked", "repeated")),
]
AS_MODULES = ("airflow_connection", "airflow_deployment")
"""Of the tasks that run both ways."""


@pytest.fixture
def user(live: Live) -> Iterator[None]:
    """Somebody with a password that is hard to quote."""
    person: dict[str, Any] = {"email": "live@canary", "first_name": "A", "last_name": "B", "roles": ["Admin"]}
    live.task(USER_RESOURCE, **LOG_IN, **person)
    yield
    live.task(USER_RESOURCE, username=LOG_IN["username"], state="absent")


def look(
    live: Live, folder: Path, tasks: list[dict[str, Any]], variables: dict[str, Any], *arguments: str
) -> tuple[list[Any], dict[str, str]]:
    """Run tasks, the names of some being roles of ours; their results, and what is in each place afterwards.

    :param variables: Ansible itself prints the lines of a failed task, so what is secret comes from elsewhere, as it
        does from a vault.
    """
    folder.mkdir(exist_ok=True)
    (folder / "variables.json").write_text(json.dumps(variables))
    results = []
    for number, task in enumerate(tasks):
        if "block" not in task:
            task |= {"register": f"result_{number}", "ignore_errors": True}
            results.append(f"result_{number}")
    of_roles = ", ".join(f"lookup('ansible.builtin.vars', '{name}', default='')" for name in OF_ROLES)
    report = {
        "content": f"{{{{ {{'tasks': [{', '.join(results)}], 'roles': [{of_roles}]}} | to_json }}}}",
        "dest": str(folder / "report.json"),
    }
    tell = {"ansible.builtin.copy": report, "check_mode": False, "diff": False}
    command = [playbook(folder, [*tasks, tell]), "-vvvv", "--diff", "-e", f"@{folder}/variables.json", *arguments]
    environment = {
        "AIRFLOW_USERNAME": LOG_IN["username"],
        "AIRFLOW_PASSWORD": LOG_IN["password"],
        **PROXIES,
        **watched(folder, os.environ["PYTHONPATH"]),
    }
    done = run(live, "ansible-playbook", *command, **environment)
    assert done.returncode == 0, done.stdout + done.stderr
    places = read(folder, command, done.stdout, done.stderr)
    return json.loads(places["results"])["tasks"], places


def role(name: str, variables: dict[str, Any]) -> dict[str, Any]:
    """A role as a task, which may fail."""
    include = {"ansible.builtin.include_role": {"name": f"dataops.airflow.{name}"}, "vars": variables}
    return {"block": [include], "rescue": [{"ansible.builtin.debug": {"msg": "{{ ansible_failed_result }}"}}]}


def fetched(proxy: Proxy) -> set[str]:
    """What a client has logged in with: the parts of tokens, cookies and headers."""
    texts = [request.headers.get("Authorization", "").split(" ")[-1] for request in proxy.seen]
    texts += [
        text for request in proxy.seen for text in re.findall("session=([^;]+)", request.headers.get("Cookie", ""))
    ]
    return {part for text in texts for part in text.split(".") if len(part) > len(CUT)}


@pytest.mark.usefixtures("dags", "user")
@pytest.mark.parametrize(("case", "way"), [*QUICK, *(pytest.param(*chosen, marks=pytest.mark.slow) for chosen in SLOW)])
def test_no_secret_is_shown(
    live: Live, proxy: Proxy, tmp_path: Path, leave_nothing: Callable[[str], str], case: str, way: str
) -> None:
    chosen, when, rule, further, with_roles, fails, generation = CASES[case]
    if generation == (2 if live.is_v2 else 3):
        pytest.skip("is run on the other generation, as it does not depend on it")
    if not live.is_v2:
        chosen = [task for task in chosen if task not in (*OF_AIRFLOW_3, *BACKFILL)]
    for path in MADE:
        leave_nothing(path)
    proxy.once(when, rule, times=9999)
    common = {"airflow_url": proxy.url, **COMMON, **further}
    is_real = case.startswith("real")
    refused = REFUSED if is_real else []
    given = [{**common, **own} for _module, own in [*chosen, *refused]]
    tasks: list[dict[str, Any]] = []
    for number, (module, _own) in enumerate([*chosen, *refused]):
        as_module = way == "as modules" or (way == "both" and module in AS_MODULES)
        options = {
            name: f"{{{{ tasks[{number}].{name} }}}}" for name, value in given[number].items() if value is not None
        }
        tasks.append({f"dataops.airflow.{module}": options, "vars": {"airflow_in_process": not as_module}})
    if way == "as modules":
        tasks[0] |= {"async": 60, "poll": 1}
    for name, wanted in ROLES if with_roles else []:
        of_role = {f"airflow_{kind}": f"{{{{ {name}.{kind} }}}}" for kind in wanted}
        reach = {name: f"{{{{ common.{name} }}}}" for name, value in common.items() if name != "retries" and value}
        own = {
            "export_dest": str(tmp_path / "export"),
            "export_include": ["*/live_*"],
            "airflow_update_secrets": "always",
        }
        tasks.append(role(name, {**of_role, **reach, **own, "airflow_in_process": way != "as modules"}))
    if is_real:
        # An address with a password is refused, and its deployment is in the report nevertheless.
        audited: dict[str, Any] = {"airflow_url": "{{ refused }}", "airflow_pools": []}
        tasks.insert(len(given), role("audit", {**audited, "airflow_in_process": way != "as modules"}))
    variables = {"refused": REFUSED[0][1]["airflow_url"], "tasks": given, "common": common, **dict(ROLES)}
    told, places = look(live, tmp_path, tasks, variables, *(["--check"] if case == "checked" else []))

    done = zip(chosen, told[: len(chosen)], strict=True)
    # SQLite is locked now and then (3.3.2: 500 "Database error"), which says nothing about secrets.
    outcome = [
        (module, result.get("msg"))
        for (module, _own), result in done
        if result["failed"] and (fails or "Database error" not in result["msg"])
    ]
    assert bool(outcome) == fails, outcome
    assert all(result["failed"] for result in told[len(chosen) :])
    assert "Invoked with" in places["system log"]
    assert case == "unreachable" or "/api/v" in places["log file"]
    if is_real:
        assert [place for place, text in places.items() if not text] == ["fact cache"]
    assert not found({CUT, *fetched(proxy)}, places)


PLANTED = {form: f"planted-{number:02} \"a\" 'b' \\ é & <c> 5%+k" for number, form in enumerate(FORMS)}
IN_A_NAME = {form: text for form, text in PLANTED.items() if "\n" not in FORMS[form](text)}
"""A name has one line."""


@pytest.mark.slow
@pytest.mark.usefixtures("enough_on_3", "user")
def test_what_is_planted_is_found(live: Live, tmp_path: Path, leave_nothing: Callable[[str], str]) -> None:
    """The same run, with a text in each form at each place, under names that make no secret of it."""
    text = " | ".join(FORMS[form](canary) for form, canary in PLANTED.items())
    names = [f"live_password {FORMS[form](canary)}" for form, canary in IN_A_NAME.items()]
    # Airflow 3 hides the value of a variable that sounds like a secret from then on, wherever it occurs.
    for name, value in {"live_planted": text, **dict.fromkeys(names, "another")}.items():
        leave_nothing(f"/variables/{quote(name, safe='')}")
        live.ask("POST", "/variables", json={"key": name, "value": value}).raise_for_status()
    reach = {"airflow_url": live.url}
    export = {"export_dest": str(tmp_path / "export"), "export_include": ["variable/live_p*"]}
    planting: dict[str, dict[str, Any]] = {
        "results": {"ansible.builtin.debug": {"msg": "{{ text }}"}},
        "stderr": {"ansible.builtin.fail": {"msg": "{{ text }}"}},
        "system log": {"ansible.builtin.command": {"argv": ["true", "{{ text }}"]}},
        "fact cache": {"ansible.builtin.set_fact": {"live_planted": "{{ text }}", "cacheable": True}},
        "temporary files": {
            "ansible.builtin.copy": {"content": "{{ text }}", "dest": str(tmp_path / "temporary" / "remote" / "left")}
        },
        "audit": role(
            "audit", {**reach, "airflow_variables": [{"key": "live_planted", "value": "{{ text }}, changed"}]}
        ),
        "export": role("export", {**reach, **export}),
    }
    _told, places = look(live, tmp_path, list(planting.values()), {"text": text})
    seen = found(PLANTED.values(), places)
    for place in PLACES:
        wanted = IN_A_NAME if place == "list for the vault" else PLANTED
        assert {form for form, canary in PLANTED.items() if (place, canary) in seen} == set(wanted), place
    assert not found({CUT}, places)
