# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A whole deployment at once, and what becomes of it when something goes wrong on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.dataops.airflow.plugins.module_utils._engine.connect import connect
from ansible_collections.dataops.airflow.plugins.module_utils._http.client import Client
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.deployment.deployment import DEPLOYMENT
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.pool.pool import POOL
from ansible_collections.dataops.airflow.plugins.module_utils._model.errors import (
    AirflowError,
    PlanError,
    PreconditionError,
)
from ansible_collections.dataops.airflow.tests.live.conftest import Live
from ansible_collections.dataops.airflow.tests.live.proxy import (
    Answer,
    Forward,
    Proxy,
    Request,
    fail_after,
    fail_before,
    is_write,
    lose_answer,
)

pytestmark = pytest.mark.usefixtures("dags")

Deploy = Callable[..., dict[str, Any]]

WANTED: dict[str, list[dict[str, Any]]] = {
    "pools": [{"name": "live_d_etl", "slots": 4}],
    "variables": [{"key": f"live_d_{number}", "value": {"number": number}} for number in range(3)],
    "connections": [
        {"connection_id": "live_d_db", "conn_type": "http", "host": "h", "password": "live-geheim-1", "extra": {"a": 1}}
    ],
    "roles": [{"name": "live_d_role", "permissions": [{"action": "can_read", "resource": "Pools"}]}],
    "users": [
        {
            "username": "live_d_ada",
            "email": "live_d_ada@x",
            "first_name": "A",
            "last_name": "L",
            "password": "live-geheim-2",
            "roles": ["live_d_role"],
        }
    ],
    "dags": [{"dag_id": "test_succeeds", "paused": False}],
}
NAMES = {"pools": "name", "variables": "key", "connections": "connection_id", "roles": "name", "users": "username"}
GONE: dict[str, Any] = {
    kind: [{name: item[name], "state": "absent"} for item in WANTED[kind]] for kind, name in NAMES.items()
}


def filled(wanted: dict[str, Any]) -> dict[str, Any]:
    """Options as Ansible gives them to a module: those within lists have their defaults too."""
    options = dict(wanted)
    for item in DEPLOYMENT.options():
        if item.contains and options.get(item.name):
            defaults = {part.name: part.default for part in item.contains}
            options[item.name] = [{**defaults, **given} for given in options[item.name]]
    return options


@pytest.fixture
def deploy(live: Live, client: Client) -> Iterator[Deploy]:
    """Run the module's task; what it made is gone in the end."""

    def task(check_mode: bool = False, **wanted: Any) -> dict[str, Any]:
        own = None if check_mode or "airflow_url" in wanted else client
        return live.task(DEPLOYMENT, check_mode=check_mode, client=own, **filled(wanted))

    task(**GONE)
    yield task
    task(**GONE)


def test_a_deployment(live: Live, deploy: Deploy, proxy: Proxy) -> None:
    predicted = deploy(check_mode=True, airflow_url=proxy.url, **WANTED)
    assert {request.method for request in proxy.seen if not request.path.startswith(("/auth/token", "/login"))} == {
        "GET"
    }
    done = deploy(**WANTED)
    assert [predicted[key] for key in ("changed", "plan", "summary")] == [
        done[key] for key in ("changed", "plan", "summary")
    ]
    # The first line names the proxy.
    assert predicted["diff"][1:] == done["diff"][1:]
    assert done["summary"] == {"to_create": 7, "to_update": 0, "to_delete": 0, "unchanged": 1, "unverified": 0}
    assert [item["prepared"].rstrip() for item in done["diff"]][:4] == [
        f"Airflow {live.version} at {live.url}",
        "+ role/live_d_role",
        "+ user/live_d_ada",
        "+ pool/live_d_etl",
    ]
    assert "live-geheim" not in str(done)
    again = deploy(update_secrets="on_create", **WANTED)
    assert again["changed"] is False
    assert again["summary"]["unchanged"] == 8
    assert again["diff"][-1]["prepared"].startswith("Plan: 0 to create, 0 to change, 0 to delete, 8 unchanged")
    assert live.ask("GET", "/users/live_d_ada").json()["roles"] == [{"name": "live_d_role"}]


def test_a_mixed_change(live: Live, deploy: Deploy) -> None:
    deploy(**WANTED)
    mixed = {
        "pools": [{"name": "live_d_etl", "slots": 8}],
        "variables": [{"key": "live_d_0", "value": {"number": 0}}, {"key": "live_d_1", "state": "absent"}],
    }
    result = deploy(**mixed)
    assert [item["prepared"] for item in result["diff"]] == [
        f"Airflow {live.version} at {live.url}\n",
        "~ pool/live_d_etl  slots: 4 → 8\n",
        "- variable/live_d_1\n",
        "Plan: 0 to create, 1 to change, 1 to delete, 1 unchanged.\n",
    ]
    assert deploy(**mixed)["changed"] is False


def test_everything_that_is_wrong_is_told_at_once_and_nothing_is_written(deploy: Deploy, proxy: Proxy) -> None:
    with pytest.raises(PlanError) as caught:
        deploy(
            airflow_url=proxy.url,
            pools=[{"name": "default_pool", "state": "absent"}, {"name": "live_d_etl", "slots": 1}],
            variables=[{"key": "live_d_0", "value": "1"}, {"key": "live_d_0", "value": "2"}],
            users=[{**WANTED["users"][0], "roles": ["live_d_nope"]}],
            dags=[{"dag_id": "test_nope"}],
            purge=["connections"],
        )
    for part in (
        "pools[0] (pool 'default_pool'): pool 'default_pool' is never deleted",
        "variables[1] (variable 'live_d_0') is already listed in variables[0]",
        "users[0] (user 'live_d_ada'): roles has names that do not exist: 'live_d_nope'",
        "dags[0] (dag 'test_nope'): DAG 'test_nope' does not exist",
        "purge holds connections, so connections must be given",
        "Nothing was changed",
    ):
        assert part in caught.value.message
    assert not [request for request in proxy.seen if is_write(request)]


def test_purging(live: Live, deploy: Deploy) -> None:
    deploy(**WANTED)
    kept = {"variables": WANTED["variables"][:1]}
    with pytest.raises(
        PreconditionError, match="objects would be deleted, but max_deletions is 1: .*variable/live_d_1"
    ):
        deploy(**kept, purge=["variables"], max_deletions=1)
    result = deploy(**kept, purge=["variables"], purge_exclude=["variable/live_d_2", "variable/[!l]*"])
    deleted = [(item["name"], item["listed"]) for item in result["plan"] if item["action"] == "delete"]
    assert deleted == [("live_d_1", False)]
    assert live.ask("GET", "/variables/live_d_2").status_code == 200
    users = deploy(users=[WANTED["users"][0]], purge=["users"], purge_exclude=["user/[!l]*"], check_mode=True)
    assert users["summary"]["to_delete"] == 0


def test_only_the_approved_plan_is_applied(live: Live, deploy: Deploy, tmp_path: Path) -> None:
    """Whether the server hides a password or not. It takes a second."""
    deploy(**WANTED)
    file = tmp_path / "plan.json"
    approved = {"plan_file": str(file), "fingerprint_key": "live-geheim of sixteen bytes"}
    (connection,) = WANTED["connections"]
    wider = {**WANTED, "pools": [{"name": "live_d_etl", "slots": 8}]}
    wanted, another = (
        {**wider, "connections": [{**connection, "password": password}]}
        for password in ("live-geheim-3", "live-geheim-4")
    )
    shown = deploy(**wanted, **approved, check_mode=True)
    assert "geheim" not in file.read_text() + str(shown)
    with pytest.raises(PreconditionError, match="Differs: update connection/live_d_db. Nothing was changed") as caught:
        deploy(**another, **approved)
    assert "geheim" not in caught.value.message
    live.task(POOL, name="live_d_etl", description="a field that the plan leaves alone")
    assert live.ask("GET", "/pools/live_d_etl").json()["slots"] == 4
    assert deploy(**wanted, **approved)["plan_digest"] == shown["plan_digest"]
    assert live.ask("GET", "/pools/live_d_etl").json()["slots"] == 8


def test_the_user_that_logs_in_is_not_purged(live: Live, deploy: Deploy) -> None:
    result = deploy(users=[], purge=["users"], check_mode=True)
    assert live.username not in [item["name"] for item in result["plan"]]
    assert f"user '{live.username}' is not purged" in " ".join(result["warnings"])


@pytest.mark.parametrize("fault", [lose_answer, fail_after, pytest.param(fail_before, marks=pytest.mark.slow_on(3))])
def test_a_fault_in_the_first_write_of_each_kind_is_settled(
    live: Live, deploy: Deploy, proxy: Proxy, fault: Any
) -> None:
    struck: set[str] = set()

    def strike(request: Request, forward: Forward) -> Answer | None:
        path = request.path.partition("?")[0]
        if is_write(request) and path not in struck:
            struck.add(path)
            answer: Answer | None = fault(request, forward)
            return answer
        return forward(request)

    proxy.rule = strike
    objects = {kind: WANTED[kind] for kind in ("pools", "connections", "variables")}
    result = deploy(airflow_url=proxy.url, retries=0, **objects)
    assert result["summary"]["to_create"] == 5
    assert struck
    assert deploy(update_secrets="on_create", **objects)["changed"] is False


def test_what_does_not_depend_on_a_failure_is_done(live: Live, deploy: Deploy, proxy: Proxy) -> None:
    def is_role(request: Request) -> bool:
        return request.method != "GET" and request.path.rstrip("/").endswith("/roles")

    proxy.rule = lambda request, forward: fail_before(request, forward) if is_role(request) else forward(request)
    with pytest.raises(AirflowError, match="1 of 7 changes failed, and 1 were not tried: role/live_d_role: ") as caught:
        deploy(airflow_url=proxy.url, retries=0, **WANTED)
    facts = caught.value.facts
    assert facts["changed"]
    assert [item["name"] for item in facts["failures"]] == ["live_d_role"]
    assert [item["name"] for item in facts["pending"]] == ["live_d_ada"]
    assert {item["kind"] for item in facts["applied"]} == {"pool", "connection", "variable"}
    assert deploy(update_secrets="on_create", **WANTED)["summary"]["to_create"] == 2


def test_a_server_that_goes_away_ends_it(deploy: Deploy, proxy: Proxy) -> None:
    def go_away(request: Request, forward: Forward) -> Answer | None:
        if not is_write(request):
            return forward(request)
        proxy.close()
        return None

    proxy.rule = go_away
    said = "0 of 4 changes failed, the outcome of 1 is not known, and 3 were not tried: pool/live_d_etl: "
    with pytest.raises(AirflowError, match=said) as caught:
        deploy(airflow_url=proxy.url, retries=0, **{kind: WANTED[kind] for kind in ("pools", "variables")})
    facts = caught.value.facts
    assert not facts["applied"]
    assert not facts["changed"]
    assert [len(facts[name]) for name in ("failures", "unknown", "pending")] == [0, 1, 3]


def test_many_objects_take_few_requests(live: Live, deploy: Deploy, proxy: Proxy) -> None:
    many = [{"key": f"live_d_many_{number:03}", "value": str(number)} for number in range(150)]
    gone = [{"key": item["key"], "state": "absent"} for item in many]
    try:
        client = connect(live.options(airflow_url=proxy.url), read_only=False)
        created = live.task(DEPLOYMENT, client=client, **filled({"variables": many, "airflow_auth": "auto"}))
        assert created["summary"]["to_create"] == 150
        if live.is_v2:
            assert len(proxy.writes()) == 1
        else:
            # The password is hashed a few times, and not with each request.
            assert sum("Authorization" in request.headers for request in proxy.seen) < 5
        proxy.seen.clear()
        assert deploy(airflow_url=proxy.url, variables=many)["changed"] is False
        assert sum("/variables" in request.path for request in proxy.seen) <= 3
    finally:
        deploy(variables=gone)


@pytest.fixture
def others(live: Live) -> Iterator[None]:
    """Variables of others, more than one would create with requests."""
    with live.database() as database:
        database.executemany(
            "INSERT INTO variable (key, val, is_encrypted) VALUES (?, 'x', 0)",
            ((f"{'az'[number % 2]}_others_{number:04}",) for number in range(1500)),
        )
    yield
    with live.database() as database:
        database.execute("DELETE FROM variable WHERE key LIKE '__others_%'")


@pytest.mark.usefixtures("others")
def test_few_objects_among_many_others_take_few_requests(live: Live, deploy: Deploy, proxy: Proxy) -> None:
    keys = [f"live_d_{number}" for number in range(5)]
    try:
        for number, further in enumerate(({"value": "1"}, {"value": "1"}, {"value": "2"}, {"state": "absent"})):
            proxy.seen.clear()
            result = deploy(airflow_url=proxy.url, variables=[{"key": key, **further} for key in keys])
            assert result["changed"] == (number != 1)
            reads = [request for request in proxy.seen if request.method == "GET" and "/variables" in request.path]
            # Airflow 2 answers a creation with what was sent, so it is read back.
            assert len(reads) <= (12 if number == 0 and not live.is_v2 else 6), further
            assert not live.is_v2 or len(proxy.seen) <= 9
    finally:
        deploy(variables=[{"key": key, "state": "absent"} for key in keys])


CHANGED: dict[str, tuple[dict[str, Any], dict[str, list[Any]]]] = {
    "pools": (
        {"slots": 1, "description": "kept", "include_deferred": True},
        {"slots": [2], "description": ["other", ""], "include_deferred": [False]},
    ),
    "variables": ({"value": '{"a":1}', "description": "kept"}, {"value": ["new"], "description": ["other", ""]}),
    "connections": (
        {
            "conn_type": "http",
            "description": "kept",
            "host": "h",
            "login": "l",
            "schema": "s",
            "port": 1,
            "password": "live-geheim-3",
            "extra": {"a": 1},
        },
        {
            "conn_type": ["ftp"],
            "description": ["other", ""],
            "host": ["i", ""],
            "login": ["m", ""],
            "schema": ["t", ""],
            "port": [2, ""],
            "extra": [{"b": 2}, {}],
        },
    ),
}
"""Kind → the fields of an object, and other values of each."""


@pytest.mark.parametrize(
    "kind", [pytest.param(kind, marks=pytest.mark.slow_on(2) if kind == "connections" else ()) for kind in CHANGED]
)
def test_a_field_of_many_objects_is_changed_and_every_other_one_is_left_alone(
    live: Live, deploy: Deploy, proxy: Proxy, kind: str
) -> None:
    identity, (fields, others) = NAMES[kind], CHANGED[kind]
    names = [f"live_d_many_{number}" for number in range(3)]

    def stored() -> list[dict[str, Any]]:
        return [live.ask("GET", f"/{kind}/{name}").json() for name in names]

    try:
        deploy(**{kind: [{identity: name, **fields} for name in names]})
        for field, values in others.items():
            before = stored()
            for value in values:
                proxy.seen.clear()
                result = deploy(
                    airflow_url=proxy.url,
                    update_secrets="on_create",
                    **{kind: [{identity: name, field: value} for name in names]},
                )
                assert result["summary"]["to_update"] == 3
                assert len([request for request in proxy.writes() if "/auth/token" not in request.path]) == (
                    1 if live.is_v2 else 3
                )
                after = stored()
                for row, changed in zip(before, after, strict=True):
                    # A pool with other slots has other free ones.
                    assert {key for key in fields if row.get(key) != changed.get(key)} == {field}
                assert (
                    deploy(update_secrets="on_create", **{kind: [{identity: name, field: value} for name in names]})[
                        "changed"
                    ]
                    is False
                )
            deploy(update_secrets="on_create", **{kind: [{identity: name, **fields} for name in names]})
    finally:
        deploy(**{kind: [{identity: name, "state": "absent"} for name in names]})


def test_a_purge_takes_one_login(live: Live, deploy: Deploy, proxy: Proxy) -> None:
    many = [{"key": f"live_d_many_{number:02}", "value": "x"} for number in range(20)]
    deploy(variables=many)
    client = connect(live.options(airflow_url=proxy.url), read_only=False)
    purge = {"variables": [], "purge": ["variables"], "purge_exclude": ["variable/[!l]*"], "airflow_auth": "auto"}
    result = live.task(DEPLOYMENT, client=client, **filled(purge))
    assert result["summary"]["to_delete"] >= 20
    assert live.is_v2 or sum("Authorization" in request.headers for request in proxy.seen) < 5


def test_users_roles_and_pauses_are_written_side_by_side(live: Live, deploy: Deploy) -> None:
    """On SQLite, which lets one in at a time."""
    roles = [
        {"name": f"live_d_r{number}", "permissions": [{"action": "can_read", "resource": "Pools"}]}
        for number in range(8)
    ]
    users = [
        {
            **WANTED["users"][0],
            "username": f"live_d_u{number}",
            "email": f"live_d_u{number}@x",
            "roles": [f"live_d_r{number}"],
        }
        for number in range(8)
    ]
    gone: dict[str, Any] = {
        "users": [{"username": user["username"], "state": "absent"} for user in users],
        "roles": [{"name": role["name"], "state": "absent"} for role in roles],
    }
    try:
        assert deploy(roles=roles, users=users)["summary"]["to_create"] == 16
        assert deploy(roles=roles, users=users, update_password="on_create")["changed"] is False
    finally:
        deploy(**gone)
