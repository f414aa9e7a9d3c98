# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What info modules return: all of it, each row once, without what must not be shown."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.dataops.airflow.plugins.module_utils._http.client import Client
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.dag_run.dag_run_info import DAG_RUN_INFO
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.pool.pool import POOL
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.pool.pool_info import POOL_INFO
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.server.config_info import CONFIG_INFO
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.server.event_log_info import EVENT_LOG_INFO
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.server.job_info import JOB_INFO
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.server.plugin_info import PLUGIN_INFO
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.task.task_instance_info import TASK_INSTANCE_INFO
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.variable.variable_info import VARIABLE_INFO
from ansible_collections.dataops.airflow.plugins.module_utils._model.errors import InvalidInputError
from ansible_collections.dataops.airflow.tests.live.conftest import Live, Started
from ansible_collections.dataops.airflow.tests.live.proxy import Answer, Forward, Proxy, Request

MANY = 10_000
PAGE = 100
"""``[api] maximum_page_limit`` of the servers."""

MEGABYTE = 1024
MOST_MEMORY = 150 * MEGABYTE

MEASURED = """
import json, sys
from ansible_collections.dataops.airflow.plugins.module_utils._engine.perform import Mode, perform
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.variable.variable_info import VARIABLE_INFO
given = json.load(sys.stdin)
outcome = perform(VARIABLE_INFO, given, Mode(verbosity=3), {})
rows = outcome.result["variables"]
text = json.dumps(outcome.result)
# What getrusage() says begins with what the process has needed that started this one.
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
print(len(rows), len({row["key"] for row in rows}), len(outcome.result["requests"]), status["VmHWM"].split()[0])
"""


@pytest.fixture
def many_variables(live: Live) -> Iterator[None]:
    """More variables than one would create with requests."""
    with live.database() as database:
        database.executemany(
            "INSERT INTO variable (key, val, description, is_encrypted) VALUES (?, ?, ?, 0)",
            ((f"test_i_{number:05}", "x" * 100, "A description") for number in range(MANY)),
        )
    yield
    with live.database() as database:
        database.execute("DELETE FROM variable WHERE key LIKE 'test\\_i\\_%' ESCAPE '\\'")


@pytest.mark.usefixtures("many_variables")
@pytest.mark.slow
def test_ten_thousand_rows_take_little_memory_and_a_request_per_page(live: Live) -> None:
    given = live.options(airflow_auth="auto" if live.is_v2 else "session")
    given |= {item.name: item.default for item in VARIABLE_INFO.options()}
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    done = subprocess.run(
        [sys.executable, "-c", MEASURED],
        input=json.dumps(given),
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    rows, different, requests, memory = map(int, done.stdout.split())
    assert rows == different >= MANY
    to_get_in = 2 if live.is_v2 else 4
    assert requests <= -(-rows // PAGE) + to_get_in
    assert memory < MOST_MEMORY


@pytest.fixture
def pools(live: Live, client: Client) -> Iterator[Callable[[str], None]]:
    """Seven pools, and a way to make more."""
    made: list[str] = []

    def make(name: str) -> None:
        live.task(POOL, client=client, name=name, slots=1)
        made.append(name)

    for number in range(7):
        make(f"test_i_{number}")
    yield make
    with live.database() as database:
        database.execute("DELETE FROM slot_pool WHERE pool LIKE 'test\\_i\\_%' ESCAPE '\\'")


@pytest.fixture
def spoilt_pools(airflow_2: Live, pools: object) -> None:
    """On v1 a pool without limit, which nothing but its API minds, makes the list of all pools fail."""
    with airflow_2.database() as database:
        database.execute("UPDATE slot_pool SET slots = -1 WHERE pool = 'test_i_3'")


@pytest.mark.usefixtures("spoilt_pools")
def test_a_row_that_airflow_2_cannot_show_is_left_out_and_named(airflow_2: Live, client: Client) -> None:
    assert airflow_2.ask("GET", "/pools").status_code == 500
    result = airflow_2.task(POOL_INFO, client=client)
    names = [pool["name"] for pool in result["pools"]]
    assert [name for name in names if name.startswith("test_i_")] == [f"test_i_{n}" for n in (0, 1, 2, 4, 5, 6)]
    assert len(result["warnings"]) == 1
    assert "(after test_i_2, before test_i_4) is left out" in result["warnings"][0]


@pytest.fixture
def spoilt_events(airflow_3: Live) -> Iterator[None]:
    """On v2 an entry whose text is none makes the audit log fail, which nothing in Airflow ever reads back."""
    with airflow_3.database() as database:
        database.executemany(
            "INSERT INTO log (dttm, event, owner, extra) VALUES ('2026-01-01 00:00:00.000000', ?, 'test_i_owner', ?)",
            [("first", ""), ("second", ""), ("spoilt", b"\xff"), ("last", "")],
        )
    yield
    with airflow_3.database() as database:
        database.execute("DELETE FROM log WHERE owner = 'test_i_owner'")


@pytest.mark.usefixtures("spoilt_events")
def test_a_row_that_airflow_3_cannot_show_is_left_out_and_named(airflow_3: Live, client: Client) -> None:
    assert airflow_3.ask("GET", "/eventLogs?owner=test_i_owner").status_code == 500
    result = airflow_3.task(EVENT_LOG_INFO, client=client, owner="test_i_owner")
    entries = {entry["event"]: entry["event_log_id"] for entry in result["event_logs"]}
    assert list(entries) == ["first", "second", "last"]
    assert len(result["warnings"]) == 1
    assert f"(after {entries['second']}, before {entries['last']}) is left out" in result["warnings"][0]


@pytest.mark.parametrize("change", ["added", "deleted", "both"])
def test_rows_that_come_and_go_while_the_pages_are_read_cost_no_others(
    live: Live, client: Client, proxy: Proxy, pools: Callable[[str], None], change: str
) -> None:
    gone: list[str] = []

    def capped(request: Request, forward: Forward) -> Answer:
        path = re.sub(r"limit=(\d+)", lambda found: f"limit={min(int(found.group(1)), 3)}", request.path)
        if "offset=3" in request.path and not gone:
            gone.append("test_i_0")
            if change != "added":
                live.task(POOL, client=client, name="test_i_0", state="absent")
            if change != "deleted":
                pools("test_i_00")
                pools("test_i_01")
        return forward(replace(request, path=path))

    proxy.rule = capped
    names = [pool["name"] for pool in live.task(POOL_INFO, airflow_url=proxy.url)["pools"]]
    assert gone
    assert len(names) == len(set(names))
    assert {f"test_i_{number}" for number in range(1, 7)} <= set(names)


@pytest.mark.parametrize("info", [DAG_RUN_INFO, TASK_INSTANCE_INFO], ids=lambda info: info.kind)
def test_several_dags_take_the_batch_endpoint_and_no_write(live: Live, proxy: Proxy, info: Any) -> None:
    result = live.task(
        info, airflow_url=proxy.url, dag_ids=["test_succeeds", "test_fails"], start_date_gte="2026-01-01"
    )
    posts = [request for request in proxy.writes() if request.path.endswith("/list")]
    assert len(posts) == max(1, -(-len(result[info.collection]) // PAGE))
    sent = json.loads(posts[0].body)
    assert sent["dag_ids"] == ["test_succeeds", "test_fails"]
    assert sent["start_date_gte"] == "2026-01-01T00:00:00+00:00"
    assert {row["dag_id"] for row in result[info.collection]} <= {"test_succeeds", "test_fails"}


def test_a_batch_refuses_what_the_api_would_ignore(live: Live, client: Client) -> None:
    with pytest.raises(InvalidInputError, match="dag_id cannot be combined with dag_ids"):
        live.task(DAG_RUN_INFO, client=client, dag_id="test_fails", dag_ids=["test_succeeds"])
    with pytest.raises(InvalidInputError, match="updated_at_gte cannot be combined with states"):
        live.task(DAG_RUN_INFO, client=client, states=["failed"], updated_at_gte="2026-01-01")


def test_dates_may_be_written_in_any_way_of_iso_8601(live: Live, client: Client) -> None:
    everything = live.task(EVENT_LOG_INFO, client=client, limit=1, after="1970-01-01", order_by=["when"])["event_logs"]
    assert everything
    when = everything[0]["when"]
    assert not live.task(EVENT_LOG_INFO, client=client, before=when, limit=1)["event_logs"]
    with pytest.raises(InvalidInputError, match="after must be a date and time of ISO 8601"):
        live.task(EVENT_LOG_INFO, client=client, after="last week")


@pytest.mark.slow
def test_a_configuration_that_is_open_is_shown_without_secrets(live: Live, started: Started) -> None:
    section = "API" if live.is_v2 else "WEBSERVER"
    url = started(**{f"AIRFLOW__{section}__EXPOSE_CONFIG": "True", "AIRFLOW__SMTP__SMTP_PASSWORD": "not-for-you"})
    everything = live.task(CONFIG_INFO, airflow_url=url)["sections"]
    options = {(part["name"], item["key"]): item["value"] for part in everything for item in part["options"]}
    assert options["core", "dags_folder"] == f"{live.directory}/dags"
    assert "not-for-you" not in str(everything)
    for name in (("core", "fernet_key"), ("database", "sql_alchemy_conn"), (section.lower(), "secret_key")):
        assert options[name] in ("***", "", None), name
    one = live.task(CONFIG_INFO, airflow_url=url, section="core", option="dags_folder")["sections"]
    assert [(part["name"], [item["key"] for item in part["options"]]) for part in one] == [("core", ["dags_folder"])]
    part = live.task(CONFIG_INFO, airflow_url=url, section="core")["sections"]
    assert [item["name"] for item in part] == ["core"]
    assert live.task(CONFIG_INFO, airflow_url=url, section="no_such_section")["sections"] == []


@pytest.mark.slow
def test_plugins_are_listed(live: Live, started: Started, tmp_path: Path) -> None:
    (tmp_path / "test_i_plugin.py").write_text(
        "from airflow.plugins_manager import AirflowPlugin\n\n\nclass P(AirflowPlugin):\n    name = 'test_i_plugin'\n"
    )
    (tmp_path / "test_i_broken.py").write_text("import no_such_module_for_the_tests\n")
    result = live.task(PLUGIN_INFO, airflow_url=started(AIRFLOW__CORE__PLUGINS_FOLDER=str(tmp_path)))
    assert [plugin["name"] for plugin in result["plugins"]] == ["test_i_plugin"]
    if live.is_v2:
        assert "test_i_broken" in result["import_errors"][0]["source"]


def test_a_job_that_is_not_alive_is_left_out(airflow_3: Live, client: Client) -> None:
    """Airflow counts it nevertheless."""
    values = "'running', 'SchedulerJob', '2020-01-01 00:00:00', '2020-01-01 00:00:00', 'test_gone'"
    with airflow_3.database() as database:
        database.execute(f"INSERT INTO job (state, job_type, start_date, latest_heartbeat, hostname) VALUES ({values})")
    try:
        alive = airflow_3.task(JOB_INFO, client=client, is_alive=True, job_type="SchedulerJob")["jobs"]
        gone = airflow_3.task(JOB_INFO, client=client, is_alive=False, job_type="SchedulerJob")["jobs"]
    finally:
        with airflow_3.database() as database:
            database.execute("DELETE FROM job WHERE hostname = 'test_gone'")
    assert alive
    assert "test_gone" not in [job["hostname"] for job in alive]
    assert "test_gone" in [job["hostname"] for job in gone]
    assert not {job["id"] for job in gone} & {job["id"] for job in alive}
