# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What takes an Airflow 2 and an Airflow 3: moving from one to the other."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.dataops.airflow.plugins.module_utils._kinds.deployment.deployment import DEPLOYMENT
from ansible_collections.dataops.airflow.tests.live.conftest import SERVERS, Live
from ansible_collections.dataops.airflow.tests.live.test_ansible import run
from ansible_collections.dataops.airflow.tests.live.test_deployment import NAMES, filled
from ansible_collections.dataops.airflow.tests.live.test_export import GONE, HOSTILE

SECRET = "live-m-geheim"
MOVED: dict[str, list[dict[str, Any]]] = {
    "roles": [{"name": "test_m_role", "permissions": [{"action": "can_read", "resource": "Pools"}]}],
    "users": [
        {
            "username": "test_m_ada",
            "email": "test_m_ada@x",
            "first_name": "A",
            "last_name": "L",
            "password": SECRET,
            "roles": ["Viewer", "test_m_role"],
        }
    ],
    "pools": [{"name": "test_m_pool", "slots": 3, "description": "Loads", "include_deferred": True}],
    "connections": [
        {
            "connection_id": "test_m_db",
            "conn_type": "postgres",
            "description": "The warehouse",
            "host": "h",
            "login": "etl",
            "password": SECRET,
            "schema": "mart",
            "port": 5432,
            "extra": {"sslmode": "require", "api_key": SECRET, "keys": [1, {"token": SECRET}]},
        },
        {"connection_id": "test_m_open", "conn_type": "http", "host": "h"},
    ],
    "variables": [
        {"key": "test_m_json", "value": {"a": 1, "password": SECRET}},
        {"key": "test_m_template", "value": "{{ ds }} {% raw %}", "description": "For Airflow"},
        {"key": "test_m_token", "value": SECRET},
    ],
}
MOVED_GONE: dict[str, Any] = {
    kind: [{name: item[name], "state": "absent"} for item in MOVED[kind]] for kind, name in NAMES.items()
}


@pytest.fixture
def both() -> Iterator[tuple[Live, Live]]:
    """An Airflow 2 that holds something, and an Airflow 3 that does not."""
    old, new = sorted(SERVERS, key=lambda server: server.is_v2)
    for server, wanted in ((new, MOVED_GONE), (old, MOVED_GONE), (old, MOVED)):
        server.task(DEPLOYMENT, **filled(wanted))
    yield old, new
    for server in (old, new):
        server.task(DEPLOYMENT, **filled(MOVED_GONE))


@pytest.mark.slow
def test_moving_from_airflow_2_to_airflow_3(both: tuple[Live, Live], tmp_path: Path) -> None:
    old, new = both
    settings: dict[str, Any] = {
        name: {f"airflow_{key}": getattr(server, key) for key in ("url", "username", "password")}
        for name, server in (("migrate_from", old), ("migrate_to", new))
    }
    settings |= {"export_dest": str(tmp_path / "exported"), "export_include": ["*/test_m*"]}
    (tmp_path / "migration.json").write_text(json.dumps(settings))
    command = ["dataops.airflow.migrate", "-e", f"@{tmp_path / 'migration.json'}"]
    first = run(new, "ansible-playbook", *command)
    assert "Nothing has been applied yet" in first.stdout, first.stdout + first.stderr
    vault = tmp_path / "exported/airflow_vault.yml"
    assert yaml.safe_load(vault.read_text()) is None
    listed = re.findall(r"^# (vault_\w+):$", vault.read_text(), re.MULTILINE)
    assert len(listed) == 7
    assert new.ask("GET", "/pools/test_m_pool").status_code == 404
    filled_in = {name: SECRET for name in listed if name != "vault_airflow_connection_test_m_open_password"}
    vault.write_text(yaml.safe_dump(filled_in))
    second = run(new, "ansible-playbook", *command, "--diff")
    assert second.returncode == 0, second.stdout + second.stderr
    assert "Plan: 8 to create" in second.stdout, second.stdout
    assert "create connection test_m_db" in second.stdout
    assert SECRET not in first.stdout + second.stdout + (tmp_path / "exported/airflow.yml").read_text()
    again = run(new, "ansible-playbook", *command)
    assert "changed=0" in again.stdout, again.stdout
    new.command("connections", "export", str(tmp_path / "connections.json"))
    found = json.loads((tmp_path / "connections.json").read_text())
    wanted = MOVED["connections"][0]
    assert json.loads(found["test_m_db"]["extra"]) == wanted["extra"]
    for part in ("conn_type", "description", "host", "login", "password", "schema", "port"):
        assert found["test_m_db"][part] == wanted[part]
    assert not found["test_m_open"]["password"]
    assert new.ask("GET", "/variables/test_m_template").json()["value"] == "{{ ds }} {% raw %}"
    assert new.command("variables", "get", "test_m_token").splitlines()[-1] == SECRET
    assert json.loads(new.command("variables", "get", "test_m_json").splitlines()[-1]) == {"a": 1, "password": SECRET}
    assert new.ask("GET", "/pools/test_m_pool").json()["include_deferred"] is True
    own = replace(new, username="test_m_ada", password=SECRET)
    assert own.token()


STORED = """
import json, logging
logging.disable(logging.CRITICAL)
from airflow.models.connection import Connection
from airflow.models.pool import Pool
from airflow.models.variable import Variable
from airflow.utils.session import create_session
def parsed(text):
    try:
        value = json.loads(text)
    except (TypeError, ValueError):
        return text
    return value if isinstance(value, (dict, list)) else text
with create_session() as session:
    found = [[row.key, row.description, parsed(row.get_val())] for row in session.query(Variable)]
    found += [[row.pool, row.description, row.slots] for row in session.query(Pool)]
    for row in session.query(Connection):
        found.append([row.conn_id, row.description, row.host, row.login, row.schema, row.password, parsed(row.extra)])
    print(json.dumps(sorted((row for row in found if row[0].startswith("live_e")), key=repr)))
"""


def stored(server: Live) -> list[list[Any]]:
    """The rows of HOSTILE as Airflow's own code reads them; empty texts are none."""
    command = [server.program("python"), "-c", STORED]
    done = subprocess.run(command, env=server.environment(), check=True, capture_output=True, text=True)
    return [[item or None for item in row] for row in json.loads(done.stdout.splitlines()[-1])]


@pytest.fixture
def hostile() -> Iterator[tuple[Live, Live]]:
    """An Airflow 2 that holds what Ansible could take for a programme, and an Airflow 3 that does not."""
    old, new = sorted(SERVERS, key=lambda server: server.is_v2)
    for server, wanted in ((new, GONE), (old, GONE), (old, HOSTILE)):
        server.task(DEPLOYMENT, **filled(wanted))
    yield old, new
    for server in (old, new):
        server.task(DEPLOYMENT, **filled(GONE))


@pytest.mark.slow
def test_text_moves_as_it_is_and_none_of_it_runs(hostile: tuple[Live, Live], tmp_path: Path) -> None:
    old, new = hostile
    settings: dict[str, Any] = {
        name: {f"airflow_{key}": getattr(server, key) for key in ("url", "username", "password")}
        for name, server in (("migrate_from", old), ("migrate_to", new))
    }
    settings |= {"export_dest": str(tmp_path), "export_include": ["*/live_e*"]}
    settings |= {f"vault_airflow_{item}_live_e_password": "live-e-geheim" for item in ("connection", "user")}
    (tmp_path / "migration.json").write_text(json.dumps(settings))
    command = ["dataops.airflow.migrate", "-e", f"@{tmp_path / 'migration.json'}"]
    done = run(new, "ansible-playbook", *command, "--diff", CANARY=str(tmp_path / "canary"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert not (tmp_path / "canary").exists()
    assert len(stored(old)) == sum(len(HOSTILE[kind]) for kind in ("variables", "pools", "connections"))
    assert stored(new) == stored(old)
    user, wanted = new.ask("GET", "/users/live_e").json(), HOSTILE["users"][0]
    assert (user["first_name"], user["last_name"]) == (wanted["first_name"], wanted["last_name"])
    assert [role["name"] for role in user["roles"]] == wanted["roles"]
