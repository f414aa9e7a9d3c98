# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Scopes on real servers: what they own comes back as it was written, and a killed run leaves nothing behind."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ansible_collections.dataops.airflow.plugins.module_utils._engine.task import Task
from ansible_collections.dataops.airflow.plugins.module_utils._http.client import Client
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.deployment.deployment import DEPLOYMENT
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.deployment.scope_info import SCOPE_INFO
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.deployment.scope_lock import Lock
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.deployment.scope_names import SCOPES
from ansible_collections.dataops.airflow.plugins.module_utils._model.errors import PreconditionError
from ansible_collections.dataops.airflow.tests.live.conftest import Live
from ansible_collections.dataops.airflow.tests.live.proxy import Answer, Forward, Proxy, Request, is_api
from ansible_collections.dataops.airflow.tests.live.test_deployment import NAMES, filled

Deploy = Callable[..., dict[str, Any]]

ALL: dict[str, list[dict[str, Any]]] = {
    "pools": [{"name": "live_s_etl", "slots": 4, "description": "d"}],
    "variables": [
        {"key": "live_s_json", "value": {"b": 1.50, "a": ["ä", 10]}},
        {"key": "live_s_number", "value": "1.50"},
        {"key": "live_s_token", "value": "live-geheim-1"},
    ],
    "connections": [
        {
            "connection_id": "live_s_db",
            "conn_type": "http",
            "host": "h",
            "port": 80,
            "password": "live-geheim-2",
            "extra": {"a": {"b": 1}, "token": "live-geheim-3"},
        }
    ],
    "roles": [{"name": "live_s_role", "permissions": [{"action": "can_read", "resource": "Pools"}]}],
    "users": [
        {
            "username": "Live_s_ada",
            "email": "live_s_ada@x",
            "first_name": "A",
            "last_name": "L",
            "password": "live-geheim-4",
            "roles": ["Viewer", "live_s_role"],
        }
    ],
}
PURGED = ["pools", "variables", "connections"]
ONE: dict[str, Any] = {
    "pools": [{"name": "live_s_1", "slots": 1}],
    "variables": [{"key": "live_s_1", "value": "1"}, {"key": "live_s_2", "value": "1"}],
    "connections": [{"connection_id": "live_s_1", "conn_type": "http"}],
}
TWO: dict[str, Any] = {
    "pools": [{"name": "live_s_2", "slots": 1}],
    "variables": [{"key": "live_s_2", "value": "2"}, {"key": "live_s_3", "value": "1"}],
    "connections": [{"connection_id": "live_s_2", "conn_type": "http"}],
}
THREE: dict[str, Any] = {"pools": [], "variables": [{"key": "live_s_1", "value": "1"}], "connections": []}
FOREIGN: dict[str, Any] = {"variables": [{"key": "live_s_foreign", "value": "1"}]}


def there(live: Live, prefix: str = "live_s_") -> set[str]:
    found = set()
    for kind in PURGED:
        rows = live.ask("GET", f"/{kind}", params={"limit": 100}).json()[kind]
        found |= {f"{kind}/{row[NAMES[kind]]}" for row in rows if row[NAMES[kind]].startswith(prefix)}
    return found


def named(*wanted: dict[str, Any]) -> set[str]:
    return {f"{kind}/{item[NAMES[kind]]}" for each in wanted for kind in PURGED for item in each.get(kind, ())}


def owned(live: Live, client: Client) -> set[str]:
    objects = live.task(SCOPE_INFO, client=client)["objects"]
    return {f"{row['kind']}s/{row['name']}" for row in objects}


def clean(live: Live) -> None:
    for path in ("/users/live_s_ada", "/users/Live_s_ada", "/roles/live_s_role"):
        live.ask("DELETE", path)
    for name in there(live) | there(live, SCOPES):
        live.ask("DELETE", f"/{name}")


@pytest.fixture
def deploy(live: Live, client: Client) -> Iterator[Deploy]:
    """Run the task in a scope; nothing of it is there before and after."""

    def task(check_mode: bool = False, **wanted: Any) -> dict[str, Any]:
        own = None if check_mode or "airflow_url" in wanted else client
        given = {"scope": "live", "purge": PURGED, "update_secrets": "on_create", "update_password": "on_create"}
        return live.task(DEPLOYMENT, check_mode=check_mode, client=own, **filled({**given, **wanted}))

    clean(live)
    live.task(DEPLOYMENT, client=client, **filled(FOREIGN))
    yield task
    clean(live)


def test_what_a_scope_has_made_is_known_again_and_purged(live: Live, client: Client, deploy: Deploy) -> None:
    kinds = [*PURGED, "roles", "users"]
    first = deploy(**ALL, purge=kinds)
    assert first["warnings"] == ["Scope 'live' owns nothing on this Airflow yet. Nothing is purged"]
    assert "geheim" not in str(live.ask("GET", f"/variables/{SCOPES}live.0").json())
    again = deploy(**ALL, purge=kinds)
    assert (again["changed"], again["adopted"], again["warnings"]) == (False, [], [])
    last = deploy(**{kind: [] for kind in kinds}, purge=kinds)
    assert last["warnings"] == []
    assert {item["name"].lower() for item in last["plan"]} == {
        item[NAMES[kind]].lower() for kind in kinds for item in ALL[kind]
    }
    assert there(live) == named(FOREIGN)
    assert owned(live, client) == set()


def test_what_somebody_has_replaced_is_reported(live: Live, deploy: Deploy) -> None:
    deploy(**ONE)
    live.ask("PATCH", "/pools/live_s_1", json={"name": "live_s_1", "slots": 5, "include_deferred": False}, params={})
    key = "value"
    live.ask("PATCH", "/variables/live_s_1", json={"key": "live_s_1", key: "other"})
    result = deploy(**{kind: [] for kind in PURGED})
    assert [warning.partition(":")[0] for warning in result["warnings"]] == [
        "pool 'live_s_1' is not purged",
        "variable 'live_s_1' is not purged",
    ]
    assert there(live) == named(FOREIGN) | {"pools/live_s_1", "variables/live_s_1"}


def test_a_run_sends_few_requests_more(live: Live, deploy: Deploy, proxy: Proxy) -> None:
    deploy(airflow_url=proxy.url, **ONE)
    ours = [request for request in proxy.seen if SCOPES in request.path or SCOPES.encode() in request.body]
    assert [request.method for request in ours] == ["POST", "GET", "POST", "DELETE"]
    proxy.seen.clear()
    deploy(airflow_url=proxy.url, **ONE)
    assert proxy.writes() == []
    proxy.seen.clear()
    deploy(airflow_url=proxy.url, **TWO)
    ours = [request for request in proxy.seen if SCOPES in request.path or SCOPES.encode() in request.body]
    assert [request.method for request in ours] == ["POST", "PATCH", "PATCH", "DELETE"]


def test_a_lock_that_is_held_is_not_taken(live: Live, client: Client, deploy: Deploy) -> None:
    lock = Lock(Task(client), "live", 0)
    lock.acquire()
    with pytest.raises(PreconditionError, match=r"Scope 'live' is locked\. Held by \S+@\S+ since 20"):
        deploy(**ONE, lock_timeout=0)
    assert there(live) == named(FOREIGN)
    assert lock.release() == ""
    deploy(**ONE, lock_timeout=0)


def test_an_object_of_another_scope_is_refused_or_taken_over(live: Live, client: Client, deploy: Deploy) -> None:
    deploy(**ONE)
    with pytest.raises(Exception, match="belongs to scope 'live'"):
        deploy(**ONE, scope="other")
    assert len(deploy(**ONE, scope="other", adopt="always")["adopted"]) == 4
    assert {row["scope"] for row in live.task(SCOPE_INFO, client=client)["objects"]} == {"other"}
    deploy(**ONE, scope="third", scope_was="other")
    assert {row["scope"] for row in live.task(SCOPE_INFO, client=client)["objects"]} == {"third"}


RUN = """
import json, sys
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.deployment.deployment import DEPLOYMENT
from ansible_collections.dataops.airflow.tests.live.conftest import SERVERS
from ansible_collections.dataops.airflow.tests.live.test_deployment import filled
given = json.load(sys.stdin)
live = next(server for server in SERVERS if server.version == given.pop("version"))
live.task(DEPLOYMENT, **filled(given))
"""


def killed(live: Live, proxy: Proxy, number: int, is_made: bool, **wanted: Any) -> bool:
    """Run the task in a process that is killed at a request; whether it came so far.

    :param is_made: the server gets that request before.
    """
    count = itertools.count(1)
    given = {"scope": "live", "purge": PURGED, "update_secrets": "on_create", "airflow_url": proxy.url, **wanted}
    with subprocess.Popen(
        [sys.executable, "-c", RUN],
        stdin=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        text=True,
    ) as process:

        def rule(request: Request, forward: Forward) -> Answer | None:
            if not is_api(request) or next(count) != number:
                return forward(request)
            if is_made:
                forward(request)
            process.kill()
            return None

        proxy.rule = rule
        with contextlib.suppress(BrokenPipeError):
            process.communicate(json.dumps({"version": live.version, **given}), 60)
    return process.returncode != 0


def the_next_run_leaves_nothing_behind(
    live: Live, client: Client, deploy: Deploy, proxy: Proxy, number: int, is_made: bool
) -> bool:
    clean(live)
    live.task(DEPLOYMENT, client=client, **filled(FOREIGN))
    deploy(**ONE)
    is_killed = killed(live, proxy, number, is_made, **TWO)
    deploy(**THREE)
    assert there(live) == named(FOREIGN, THREE), (number, is_made)
    assert owned(live, client) == named(THREE), (number, is_made)
    return is_killed


@pytest.mark.slow_on(2)
@pytest.mark.skipif(sys.platform != "linux", reason="only on Linux is it known whether a process has ended")
def test_a_killed_run_leaves_nothing_behind(live: Live, client: Client, deploy: Deploy, proxy: Proxy) -> None:
    for number in (7, 9):
        assert the_next_run_leaves_nothing_behind(live, client, deploy, proxy, number, is_made=True)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="only on Linux is it known whether a process has ended")
@pytest.mark.parametrize("is_made", [False, True], ids=["not made", "made"])
def test_a_run_that_is_killed_at_any_request_leaves_nothing_behind(
    live: Live, client: Client, deploy: Deploy, proxy: Proxy, is_made: bool
) -> None:
    for number in itertools.count(1):
        if not the_next_run_leaves_nothing_behind(live, client, deploy, proxy, number, is_made):
            break
    assert number > 10


@pytest.mark.slow
def test_two_scopes_at_the_same_time_leave_each_other_alone(live: Live, client: Client, deploy: Deploy) -> None:
    def lists(team: str, turn: int) -> dict[str, Any]:
        return {
            "pools": [{"name": f"live_s_{team}{turn}", "slots": 1}],
            "variables": [{"key": f"live_s_{team}{turn}_{number}", "value": team} for number in range(3)],
            "connections": [{"connection_id": f"live_s_{team}{turn}", "conn_type": "http"}],
        }

    given = {"purge": PURGED, "update_secrets": "on_create", "version": live.version}
    for turn in range(10):
        processes = []
        for team in ("a", "b"):
            process = subprocess.Popen(
                [sys.executable, "-c", RUN],
                stdin=subprocess.PIPE,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
                text=True,
            )
            assert process.stdin
            json.dump({**given, **lists(team, turn), "scope": team}, process.stdin)
            process.stdin.close()
            processes.append(process)
        assert [process.wait(120) for process in processes] == [0, 0]
        assert there(live) == named(FOREIGN, lists("a", turn), lists("b", turn))
        assert owned(live, client) == named(lists("a", turn), lists("b", turn))
