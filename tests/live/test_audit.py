# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role audit on all servers that are there, in one play; with AIRFLOW_LIVE_SERVERS naming several, on these."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from ansible_collections.dataops.airflow.tests.live.conftest import SERVERS
from ansible_collections.dataops.airflow.tests.live.proxy import Proxy

SECRET = "live-geheim-audit"
HOSTILE = "live_a_<img src=x onerror=alert(1)>{{ 1 + 1 }}"
THERE: list[tuple[str, str, dict[str, Any]]] = [
    ("/pools", "name", {"name": "live_a_etl", "slots": 4}),
    ("/variables", "key", {"key": "live_a_old", "value": "x"}),
    ("/variables", "key", {"key": HOSTILE, "value": "</script><script>alert(1)</script>"}),
    ("/connections", "connection_id", {"connection_id": "live_a_db", "conn_type": "http", "password": SECRET}),
]
WANTED: dict[str, Any] = {
    "airflow_pools": [{"name": "live_a_etl", "slots": 8}],
    "airflow_variables": [{"key": "live_a_old", "state": "absent"}, {"key": "live_a_new", "value": "{{ where }}"}],
    "airflow_connections": [{"connection_id": "live_a_db", "conn_type": "http", "password": f"{SECRET}-wanted"}],
    "airflow_purge": ["pools"],
    # What other tests leave behind is none of this one's business.
    "airflow_purge_exclude": ["variable/[!l]*", "variable/live_[!a]*", "pool/[!l]*", "pool/live_[!a]*", "connection/*"],
    "where": "here",
}
PLAYBOOK = """
- hosts: all
  gather_facts: false
  roles:
    - dataops.airflow.audit
"""


@pytest.fixture
def proxies() -> Iterator[dict[str, Proxy]]:
    """A way to each server that sees what is sent; what the test needs is there."""

    def forget() -> None:
        for server in SERVERS:
            for path, name, body in THERE:
                server.ask("DELETE", f"{path}/{quote(body[name], safe='')}")

    forget()
    for server in SERVERS:
        for path, _name, body in THERE:
            server.ask("POST", path, json=body).raise_for_status()
    with contextlib.ExitStack() as stack:
        yield {server.version: stack.enter_context(Proxy(server.url)) for server in SERVERS}
    forget()


def audit(home: Path, proxies: dict[str, Proxy], *options: str, **variables: Any) -> tuple[int, str]:
    """Run the role for all servers and one that is not there; the exit code, and what was shown."""
    hosts = {
        server.version: {
            "airflow_url": proxies[server.version].url,
            "airflow_username": server.username,
            "airflow_password": server.password,
        }
        for server in SERVERS
    }
    hosts["nowhere"] = {"airflow_url": "http://127.0.0.1:9", "airflow_token": SECRET}
    (home / "hosts.json").write_text(json.dumps({"all": {"hosts": hosts, "vars": {**WANTED, **variables}}}))
    (home / "play.yml").write_text(PLAYBOOK)
    done = subprocess.run(
        [Path(sys.executable).parent / "ansible-playbook", "-i", home / "hosts.json", home / "play.yml", *options],
        env={**os.environ, "ANSIBLE_NOCOLOR": "true"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def report(home: Path) -> dict[str, Any]:
    """What was written as JSON."""
    written: dict[str, Any] = json.loads((home / "audit" / "audit.json").read_text())
    return written


def test_a_fleet(tmp_path: Path, proxies: dict[str, Proxy]) -> None:
    code, said = audit(tmp_path, proxies, "--check", "--diff")
    assert code == 0, said
    assert "changed=1" not in said
    data = report(tmp_path)
    assert [item["name"] for item in data["deployments"]] == [*proxies, "nowhere"]
    for deployment in data["deployments"][:-1]:
        assert deployment["status"] == "drift", deployment
        found = [(item["finding"], item["kind"], item["name"], item["drift"]) for item in deployment["findings"]]
        assert found == [
            ("different", "pool", "live_a_etl", True),
            ("missing", "variable", "live_a_new", True),
            ("surplus", "variable", "live_a_old", True),
            ("unmanaged", "variable", HOSTILE, False),
            ("unverified", "connection", "live_a_db", False),
        ]
        assert deployment["findings"][0]["options"] == [{"name": "slots", "before": 4, "after": 8}]
        assert deployment["findings"][1]["options"] == [{"name": "value", "before": None, "after": "here"}]
        assert deployment["findings"][4]["unverified"] == ["password"]
    assert data["deployments"][-1]["status"] == "unreachable"
    assert "nothing listens on 127.0.0.1:9" in data["deployments"][-1]["message"]
    page = (tmp_path / "audit" / "audit.html").read_text()
    assert "live_a_&lt;img src=x onerror=alert(1)&gt;{{ 1 + 1 }}" in page
    assert "<img" not in page
    assert page.count("<script>") == 1
    for text in (page, said, (tmp_path / "audit" / "audit.json").read_text()):
        assert SECRET not in text
    assert not [request for proxy in proxies.values() for request in proxy.writes()]


@pytest.mark.slow
@pytest.mark.usefixtures("enough_on_2")
def test_drift_can_fail_the_play(tmp_path: Path, proxies: dict[str, Proxy]) -> None:
    code, said = audit(tmp_path, proxies, audit_fail_on_drift=True, audit_html="", audit_title="Nightly")
    assert code
    assert "unreachable: GET http://127.0.0.1:9" in said
    told = '"msg": "drift: different 1, missing 1, surplus 1, unmanaged 1, unverified 1, unchanged 0"'
    assert said.count(told) == len(proxies)
    assert report(tmp_path)["title"] == "Nightly"
    assert [path.name for path in (tmp_path / "audit").iterdir()] == ["audit.json"]


@pytest.mark.usefixtures("enough_on_2")
def test_what_is_purged_is_drift(tmp_path: Path, proxies: dict[str, Proxy]) -> None:
    code, said = audit(tmp_path, proxies, airflow_pools=[], airflow_connections=[], airflow_variables=[])
    assert code == 0, said
    for deployment in report(tmp_path)["deployments"][:-1]:
        found = [(item["finding"], item["name"], item["drift"]) for item in deployment["findings"]]
        assert ("unmanaged", "live_a_etl", True) in found
        assert ("unmanaged", "live_a_old", False) in found


@pytest.mark.slow
@pytest.mark.usefixtures("enough_on_2")
def test_nothing_to_report(tmp_path: Path, proxies: dict[str, Proxy]) -> None:
    same = {"airflow_pools": [{"name": "live_a_etl", "slots": 4}], "airflow_connections": [], "airflow_variables": []}
    exclude = [*WANTED["airflow_purge_exclude"], "variable/live_a_*"]
    code, said = audit(tmp_path, proxies, "--limit", "!nowhere", airflow_purge_exclude=exclude, **same)
    assert code == 0, said
    assert report(tmp_path)["summary"]["in_sync"] == len(report(tmp_path)["deployments"]) == len(proxies)
    assert "in sync." in (tmp_path / "audit" / "audit.html").read_text()
