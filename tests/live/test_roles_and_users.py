# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Roles and users: exact sets, memberships that survive, and passwords that are compared by logging in."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import requests

from ansible_collections.dataops.airflow.plugins.module_utils._http.client import Client
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.deployment.deployment import DEPLOYMENT
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.deployment.deployment_info import DEPLOYMENT_INFO
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.role.exact_role import spare_name
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.role.permission_info import PERMISSION_INFO
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.role.role import BUILT_IN, ROLE
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.role.role_info import ROLE_INFO
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.user.user import USER
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.user.user_info import USER_INFO
from ansible_collections.dataops.airflow.plugins.module_utils._model.errors import (
    AirflowError,
    InvalidInputError,
    NotAirflowError,
    PreconditionError,
    RefusedError,
)
from ansible_collections.dataops.airflow.plugins.module_utils._model.listing import Listing
from ansible_collections.dataops.airflow.plugins.module_utils._model.resource import Resource
from ansible_collections.dataops.airflow.tests.live import proxy as fault
from ansible_collections.dataops.airflow.tests.live.conftest import Live, Started
from ansible_collections.dataops.airflow.tests.live.proxy import Answer, Forward, Proxy, Request
from ansible_collections.dataops.airflow.tests.live.test_deployment import GONE, WANTED, filled

ANALYST = "live_analyst"
ADA, GRACE = "live_ada", "live_grace"
PASSWORD = "live-password-1"


def permissions(*pairs: str) -> list[dict[str, str]]:
    """``can_read DAGs`` and so on, as the option has them."""
    return [dict(zip(("action", "resource"), pair.split(" ", 1), strict=True)) for pair in pairs]


OLD = permissions("can_read DAGs", "can_read Pools")
NEW = permissions("can_edit Pools", "can_read Pools")


def user(username: str, **options: Any) -> dict[str, Any]:
    own = {"username": username, "email": f"{username}@example.com", "first_name": "A", "last_name": "B"}
    return {**own, "password": PASSWORD, "roles": ["Viewer"], **options}


@pytest.fixture
def analyst(live: Live, client: Client, leave_nothing: Callable[[str], str]) -> None:
    """A role with two members, one of which has another role as well."""
    for path in (f"/users/{ADA}", f"/users/{GRACE}", f"/roles/{ANALYST}", f"/roles/{spare_name(ANALYST)}"):
        leave_nothing(path)
    live.task(ROLE, client=client, name=ANALYST, permissions=OLD)
    live.task(USER, client=client, **user(ADA, roles=[ANALYST, "Viewer"]))
    live.task(USER, client=client, **user(GRACE, roles=[ANALYST]))


def situation(live: Live) -> dict[str, Any]:
    """The roles and users of these tests, with their permissions and roles."""
    roles = live.ask("GET", "/roles").json()["roles"]
    users = live.ask("GET", "/users").json()["users"]
    return {
        "roles": {role["name"]: pairs(role["actions"]) for role in roles if role["name"].startswith("live_")},
        "members": {
            item["username"]: {role["name"] for role in item["roles"]}
            for item in users
            if item["username"].startswith("live_")
        },
    }


def pairs(actions: Any) -> set[tuple[str, str]]:
    return {(item["action"]["name"], item["resource"]["name"]) for item in actions}


def wanted_pairs(options: list[dict[str, str]]) -> set[tuple[str, str]]:
    return {(item["action"], item["resource"]) for item in options}


@pytest.mark.usefixtures("analyst")
@pytest.mark.parametrize("new", [NEW, OLD[:1], [], [*OLD, *NEW]], ids=len)
def test_a_role_gets_exactly_these_permissions_and_keeps_its_members(
    live: Live, client: Client, new: list[dict[str, str]]
) -> None:
    before = situation(live)
    predicted = live.task(ROLE, check_mode=True, name=ANALYST, permissions=new)
    assert situation(live) == before
    result = live.task(ROLE, client=client, name=ANALYST, permissions=new)
    assert (result["changed"], result["diff"]) == (True, predicted["diff"])
    assert situation(live) == {**before, "roles": {**before["roles"], ANALYST: wanted_pairs(new)}}
    assert live.task(ROLE, client=client, name=ANALYST, permissions=new[::-1])["changed"] is False


def is_write(request: Request) -> bool:
    return request.method != "GET" and "/auth/token" not in request.path and "/login" not in request.path


def through(proxy: Proxy) -> dict[str, Any]:
    """The options of a task that makes many requests to Airflow 2 through a proxy."""
    return {"airflow_url": proxy.url, "airflow_auth": "session"}


@pytest.mark.usefixtures("analyst")
@pytest.mark.parametrize(
    ("number", "rule"),
    [
        (1, fault.lose_answer),
        (2, fault.fail_after),
        (3, fault.fail_before),
        (4, fault.fail_after),
        (5, fault.lose_answer),
        (6, fault.fail_before),
    ],
)
def test_a_fault_on_the_way_to_an_exact_role_is_all_or_nothing(
    airflow_2: Live, proxy: Proxy, number: int, rule: fault.Rule
) -> None:
    before = situation(airflow_2)
    done = {**before, "roles": {**before["roles"], ANALYST: wanted_pairs(NEW)}}
    writes = iter(range(1, 99))

    proxy.once(lambda request: is_write(request) and next(writes) == number, rule)
    try:
        airflow_2.task(ROLE, **through(proxy), name=ANALYST, permissions=NEW)
        expected = done
    except AirflowError as error:
        expected = (
            before if "the former state was restored: the role has the members and permissions" in error.message else {}
        )
    assert situation(airflow_2) == expected


@pytest.mark.usefixtures("analyst")
@pytest.mark.parametrize("number", [pytest.param(1, marks=pytest.mark.slow), 4, 5, 6])
def test_a_run_that_was_cut_off_is_finished_by_the_next_one(
    airflow_2: Live, client: Client, proxy: Proxy, number: int
) -> None:
    before = situation(airflow_2)
    writes = iter(range(1, 99))

    def cut(request: Request, forward: Forward) -> Answer | None:
        over = is_write(request) and next(writes) > number
        return None if over else forward(request)

    proxy.rule = cut
    if number < 6:
        with pytest.raises(AirflowError, match="Airflow may still do it.*nothing was restored") as caught:
            airflow_2.task(ROLE, **through(proxy), name=ANALYST, permissions=NEW, retries=0)
        assert "Run the task again to continue" in caught.value.message
    else:
        airflow_2.task(ROLE, **through(proxy), name=ANALYST, permissions=NEW, retries=0)
    # As long as a request may take, what was left behind could be somebody else's.
    airflow_2.task(ROLE, airflow_auth="session", name=ANALYST, permissions=NEW, timeout=5)
    assert situation(airflow_2) == {**before, "roles": {**before["roles"], ANALYST: wanted_pairs(NEW)}}


@pytest.mark.usefixtures("analyst")
def test_a_member_that_is_added_meanwhile_is_moved_as_well(
    airflow_2: Live, proxy: Proxy, leave_nothing: Callable[[str], str]
) -> None:
    leave_nothing("/users/live_late")

    def add(request: Request, forward: Forward) -> Answer:
        body = {**user("live_late"), "roles": [{"name": ANALYST}]}
        airflow_2.ask("POST", "/users", json=body).raise_for_status()
        return forward(request)

    proxy.once(lambda request: request.method == "PATCH" and "/users/" in request.path, add)
    airflow_2.task(ROLE, airflow_url=proxy.url, name=ANALYST, permissions=NEW)
    assert situation(airflow_2)["members"]["live_late"] == {ANALYST}


@pytest.mark.usefixtures("analyst")
def test_the_role_of_the_log_in_user_is_not_replaced(airflow_2: Live, client: Client) -> None:
    airflow_2.task(USER, client=client, username=ADA, roles=[ANALYST, "Admin"])
    before = situation(airflow_2)
    own: dict[str, Any] = {"airflow_username": ADA, "airflow_password": PASSWORD}
    for check_mode in (True, False):
        with pytest.raises(PreconditionError, match=f"airflow_username '{ADA}' is among them.*nothing was changed"):
            airflow_2.task(ROLE, check_mode, **own, name=ANALYST, permissions=NEW)
    assert situation(airflow_2) == before


def test_a_built_in_role_is_not_replaced_on_airflow_2(airflow_2: Live, client: Client) -> None:
    with pytest.raises(PreconditionError, match="Airflow needs its built-in roles. Nothing was changed. Remove these"):
        airflow_2.task(ROLE, client=client, name="Viewer", permissions=OLD)


@pytest.mark.usefixtures("analyst")
def test_a_role_is_not_deleted_while_it_has_members(airflow_2: Live, proxy: Proxy) -> None:
    before = situation(airflow_2)

    def do_nothing(request: Request, forward: Forward) -> Answer:
        return forward(replace(request, method="GET", body=b"", path=request.path.split("?")[0]))

    proxy.once(lambda request: request.method == "PATCH" and "/users/" in request.path, do_nothing, times=99)
    with pytest.raises(AirflowError, match="user .* was not moved to role .*the former state was restored"):
        airflow_2.task(ROLE, **through(proxy), name=ANALYST, permissions=NEW)
    assert situation(airflow_2) == before


def test_roles_whose_names_begin_alike_do_not_meet() -> None:
    assert spare_name("x" * 60 + "a") != spare_name("x" * 60 + "b")
    assert len(spare_name("x" * 64)) == 64


def add_only(request: Request, forward: Forward) -> Answer:
    """PATCH adds permissions, as it does with the FAB provider before 3.9."""
    if request.method == "PATCH" and "/roles/" in request.path:
        found = json.loads(forward(replace(request, method="GET", body=b"")).body)
        body = json.loads(request.body)
        body["actions"] += [item for item in found["actions"] if item not in body["actions"]]
        content = json.dumps(body).encode()
        return forward(replace(request, body=content))
    answer = forward(request)
    if "/providers" in request.path:
        # Nobody is told the provider's version.
        return replace(answer, body=answer.body.replace(b"apache-airflow-providers-fab", b"unknown"))
    return answer


@pytest.mark.usefixtures("analyst")
def test_where_patch_only_adds_it_says_what_remains(airflow_3: Live, proxy: Proxy) -> None:
    before = situation(airflow_3)
    proxy.rule = add_only
    message = "can only add permissions to a role.*Nothing was changed. Remove these permissions.*: can_read on DAGs$"
    with pytest.raises(AirflowError, match=message):
        airflow_3.task(ROLE, airflow_url=proxy.url, name=ANALYST, permissions=NEW)
    assert situation(airflow_3) == before


@pytest.mark.usefixtures("analyst")
@pytest.mark.parametrize("known", [True, False])
def test_a_role_that_is_refused_on_the_way_is_as_before(airflow_3: Live, proxy: Proxy, known: bool) -> None:
    before = situation(airflow_3)
    patches = iter(range(1, 99))

    def refuse(request: Request, forward: Forward) -> Answer:
        if request.method == "PATCH" and next(patches) == (1 if known else 2):
            return Answer(400, {"Content-Type": "application/json"}, b'{"detail": "no"}')
        answer = forward(request)
        name = b"apache-airflow-providers-fab"
        return answer if known else replace(answer, body=answer.body.replace(name, b"unknown"))

    proxy.rule = refuse
    with pytest.raises(AirflowError, match="HTTP 400: no. Role 'live_analyst' has the permissions that it had"):
        airflow_3.task(ROLE, airflow_url=proxy.url, name=ANALYST, permissions=NEW)
    assert situation(airflow_3) == before


@pytest.mark.usefixtures("analyst")
def test_check_mode_knows_that_patch_only_adds_from_the_provider(airflow_3: Live, proxy: Proxy) -> None:
    def older(request: Request, forward: Forward) -> Answer:
        answer = forward(request)
        if "/providers" not in request.path:
            return answer
        content = json.loads(answer.body)
        for row in content["providers"]:
            row["version"] = "3.8.0"
        return replace(answer, body=json.dumps(content).encode())

    proxy.rule = older
    with pytest.raises(PreconditionError, match="fixed in apache-airflow-providers-fab 3.9.0"):
        airflow_3.task(ROLE, check_mode=True, airflow_url=proxy.url, name=ANALYST, permissions=NEW)


@pytest.mark.usefixtures("analyst")
@pytest.mark.parametrize("check_mode", [True, False])
def test_unknown_names_are_told_before_anything_is_written(live: Live, check_mode: bool) -> None:
    before = situation(live)
    unknown = permissions("can_fly Pools", "can_read Nowhere", "can_read Pools")
    with pytest.raises(PreconditionError, match="does not know: action 'can_fly', resource 'Nowhere'. Nothing was"):
        live.task(ROLE, check_mode, name=ANALYST, permissions=unknown)
    with pytest.raises(PreconditionError, match="roles has names that do not exist: 'live_none'. Nothing was changed"):
        live.task(USER, check_mode, username=ADA, roles=["live_none", "Viewer"])
    assert situation(live) == before


@pytest.mark.usefixtures("analyst")
def test_what_airflow_adds_itself_is_no_drift_and_stays(live: Live, client: Client) -> None:
    website = permissions("can_read Website")
    body = {
        "name": ANALYST,
        "actions": [{"action": {"name": p["action"]}, "resource": {"name": p["resource"]}} for p in OLD + website],
    }
    live.ask("PATCH", f"/roles/{ANALYST}", json=body).raise_for_status()
    assert live.task(ROLE, client=client, name=ANALYST, permissions=OLD)["changed"] is False
    live.task(ROLE, client=client, name=ANALYST, permissions=NEW)
    assert situation(live)["roles"][ANALYST] == wanted_pairs([*NEW, *website])


@pytest.mark.parametrize("name", BUILT_IN)
def test_built_in_roles_are_not_deleted(live: Live, client: Client, name: str) -> None:
    with pytest.raises(InvalidInputError, match=f"role '{name}' is never deleted"):
        live.task(ROLE, client=client, name=name, state="absent")


def logs_in(live: Live, username: str, password: str) -> bool:
    """Whether a user can log in, found out in another way than the collection's."""
    if live.is_v2:
        credentials = {"username": username, "password": password}
        return requests.post(f"{live.url}/auth/token", json=credentials).status_code == 201
    return "logout" in live.form(username, password).get(f"{live.url}/home").text.lower()


@pytest.mark.usefixtures("analyst")
@pytest.mark.parametrize("roles", [["Viewer"], ["Admin"], []], ids=str)
def test_a_password_is_set_only_if_it_is_another(live: Live, client: Client, roles: list[str]) -> None:
    live.task(USER, client=client, username=ADA, roles=roles)
    same = live.task(USER, client=client, username=ADA, password=PASSWORD)
    assert (same["changed"], same["unverified"]) == (False, [])
    checked = live.task(USER, check_mode=True, username=ADA, password="live-password-2")
    assert (checked["changed"], logs_in(live, ADA, PASSWORD)) == (True, True)
    kept = live.task(USER, client=client, username=ADA, password="live-password-2", update_password="on_create")
    assert (kept["changed"], kept["unverified"], logs_in(live, ADA, PASSWORD)) == (False, ["password"], True)
    changed = live.task(USER, client=client, username=ADA, password="live-password-2")
    assert (changed["changed"], changed["diff"]) == (True, checked["diff"])
    assert (logs_in(live, ADA, "live-password-2"), logs_in(live, ADA, PASSWORD)) == (True, False)
    assert live.task(USER, client=client, username=ADA, password="live-password-2")["changed"] is False


@pytest.mark.usefixtures("analyst")
def test_an_inactive_user_cannot_log_in_so_the_password_is_unknown(live: Live, client: Client) -> None:
    with live.database() as database:
        database.execute("UPDATE ab_user SET active = 0 WHERE username = ?", (ADA,))
    result = live.task(USER, client=client, username=ADA, password=PASSWORD)
    assert (result["changed"], result["unverified"]) == (True, ["password"])


@pytest.mark.usefixtures("analyst")
@pytest.mark.parametrize("options", [{"roles": []}, {"first_name": "C"}, {"email": "live_new@example.com"}])
def test_a_user_keeps_all_that_was_not_given(live: Live, client: Client, options: dict[str, Any]) -> None:
    def fields() -> dict[str, Any]:
        names = ("email", "first_name", "last_name", "roles")
        found = live.task(USER_INFO, client=client, username=ADA)["users"][0]
        return {name: found[name] for name in names}

    before = fields()
    assert live.task(USER, client=client, username=ADA, **options)["action"] == "update"
    assert fields() == {**before, **options}
    assert logs_in(live, ADA, PASSWORD)


@pytest.mark.usefixtures("analyst")
def test_a_user_is_found_in_upper_case_and_keeps_the_name(live: Live, client: Client) -> None:
    result = live.task(USER, client=client, username=ADA.upper(), first_name="C", password=PASSWORD)
    assert (result["action"], result["user"]["username"]) == ("update", ADA)
    assert live.task(USER, client=client, username=ADA.upper(), state="absent")["action"] == "delete"


@pytest.mark.usefixtures("analyst")
def test_an_email_address_that_is_taken_is_an_error(
    live: Live, client: Client, leave_nothing: Callable[[str], str]
) -> None:
    leave_nothing("/users/live_other")
    with pytest.raises(RefusedError, match="HTTP 409: The email `live_ada@example.com` is already taken"):
        live.task(USER, client=client, **user("live_other", email=f"{ADA}@example.com"))


@pytest.mark.usefixtures("analyst")
def test_check_mode_foresees_that_an_email_address_is_taken(live: Live) -> None:
    with pytest.raises(PreconditionError, match="email 'live_ada@example.com' is already used by user 'live_ada'"):
        live.task(USER, check_mode=True, **user("live_other", email=f"{ADA}@example.com"))
    assert live.task(USER, check_mode=True, **user("live_other"))["action"] == "create"


@pytest.mark.usefixtures("analyst")
def test_a_log_in_that_a_gateway_refuses_tells_nothing(live: Live, proxy: Proxy) -> None:
    """The right password is not called wrong."""
    tried = f"{ADA}:{PASSWORD}".encode()

    def refuse(request: Request, forward: Forward) -> Answer:
        basic = request.headers.get("Authorization", "").partition("Basic ")[2]
        if ADA.encode() in request.body or base64.b64decode(basic) == tried:
            return Answer(401, {"Content-Type": "application/json"}, b'{"message": "log in at the gateway"}')
        return forward(request)

    proxy.rule = refuse
    result = live.task(USER, check_mode=True, airflow_url=proxy.url, username=ADA, password=PASSWORD)
    assert (result["changed"], result["unverified"]) == (True, ["password"])


def test_a_user_without_roles_gets_none(airflow_2: Live, client: Client, leave_nothing: Callable[[str], str]) -> None:
    leave_nothing(f"/users/{ADA}")
    assert airflow_2.task(USER, client=client, **user(ADA, roles=[]))["user"]["roles"] == []
    assert situation(airflow_2)["members"][ADA] == set()


@pytest.mark.usefixtures("analyst")
@pytest.mark.parametrize("rule", [fault.fail_after, fault.fail_before])
def test_whether_a_password_was_set_is_found_out_by_logging_in(live: Live, proxy: Proxy, rule: fault.Rule) -> None:
    proxy.once(is_write, rule, times=2)
    options: dict[str, Any] = {"airflow_url": proxy.url, "username": ADA, "password": "live-password-2"}
    if rule is fault.fail_before:
        with pytest.raises(AirflowError, match=f"Read back: nothing was changed, user '{ADA}' is as before"):
            live.task(USER, **options)
        return
    assert f"Read back: user '{ADA}' was changed" in live.task(USER, **options)["warnings"][0]


@pytest.mark.usefixtures("analyst")
@pytest.mark.parametrize("check_mode", [True, False])
@pytest.mark.parametrize("log_in", ["password", "email", "token"])
def test_the_log_in_user_does_not_delete_itself(live: Live, client: Client, check_mode: bool, log_in: str) -> None:
    if log_in == "token" and not live.is_v2:
        pytest.skip("Airflow 2 gives out no tokens")
    live.task(USER, client=client, username=ADA, roles=["Admin"])
    options: dict[str, Any] = {"airflow_username": ADA, "airflow_password": PASSWORD}
    if log_in == "email":
        options["airflow_username"] = f"{ADA}@example.com"
    if log_in == "token":
        token = replace(live, username=ADA, password=PASSWORD).token()
        options = {"airflow_username": None, "airflow_password": None, "airflow_token": token}
    with pytest.raises(InvalidInputError, match="is never deleted: it is the user that this task logs in as"):
        live.task(USER, check_mode, **options, username=ADA, state="absent")
    assert logs_in(live, ADA, PASSWORD)


@pytest.mark.usefixtures("analyst")
def test_a_user_is_not_deleted_where_it_could_be_the_own_one(airflow_3: Live, proxy: Proxy) -> None:
    """As with a token before Airflow 3.2, which does not say whose it is."""
    proxy.once(lambda request: request.path == "/ui/auth/me", lambda request, forward: Answer(404, {}, b"{}"), times=9)
    options: dict[str, Any] = {"airflow_username": None, "airflow_password": None, "airflow_token": airflow_3.token()}
    for check_mode in (True, False):
        with pytest.raises(InvalidInputError, match="it is not known whether it is the user of airflow_token"):
            airflow_3.task(USER, check_mode, airflow_url=proxy.url, **options, username=ADA, state="absent")
    assert ADA in situation(airflow_3)["members"]


@pytest.mark.usefixtures("analyst")
@pytest.mark.parametrize("name", ["live/none", "", " "])
def test_a_role_that_cannot_be_read_by_name_is_looked_for_in_the_list(live: Live, client: Client, name: str) -> None:
    with pytest.raises(PreconditionError, match="roles has names that do not exist"):
        live.task(USER, client=client, username=ADA, roles=[name])


@pytest.fixture
def simple(airflow_3: Live, started: Started, tmp_path: Path) -> dict[str, Any]:
    """The options to log in to an Airflow 3 with its SimpleAuthManager."""
    passwords = tmp_path / "passwords.json"
    passwords.write_text(json.dumps({"live": PASSWORD}))
    url = started(
        AIRFLOW__CORE__AUTH_MANAGER="airflow.api_fastapi.auth.managers.simple.simple_auth_manager.SimpleAuthManager",
        AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS="live:admin",
        AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE=str(passwords),
    )
    return {"airflow_url": url, "airflow_username": "live", "airflow_password": PASSWORD}


@pytest.mark.slow
def test_with_another_auth_manager_one_sentence_says_so(airflow_3: Live, simple: dict[str, Any]) -> None:
    tasks: list[tuple[Resource | Listing, dict[str, Any]]] = [
        (ROLE, {"name": ANALYST, "permissions": OLD}),
        (ROLE, {"name": ANALYST, "state": "absent"}),
        (USER, user(ADA)),
        (ROLE_INFO, {}),
        (USER_INFO, {"username": ADA}),
        (PERMISSION_INFO, {}),
    ]
    for check_mode in (True, False):
        for spec, options in tasks:
            with pytest.raises(
                NotAirflowError, match="This Airflow 3.*belong to the FAB auth manager.*SimpleAuthManager"
            ):
                airflow_3.task(spec, check_mode, **simple, **options)


@pytest.mark.slow
@pytest.mark.usefixtures("dags")
def test_with_another_auth_manager_the_rest_of_a_deployment_is_managed(airflow_3: Live, simple: dict[str, Any]) -> None:
    def deploy(wanted: dict[str, Any], check_mode: bool = False) -> dict[str, Any]:
        return airflow_3.task(DEPLOYMENT, check_mode, **simple, **filled(wanted), update_secrets="on_create")

    of_fab = ("roles", "users")
    wanted, gone = ({kind: rows[kind] for kind in rows if kind not in of_fab} for rows in (WANTED, GONE))
    deploy(gone)
    try:
        predicted = deploy(wanted, check_mode=True)
        assert deploy(wanted)["plan"] == predicted["plan"]
        assert deploy(wanted)["changed"] is False
        exported = airflow_3.task(DEPLOYMENT_INFO, gather=["pools", "variables"], **simple)["deployment"]
        assert WANTED["pools"][0]["name"] in [pool["name"] for pool in exported["pools"]]
    finally:
        deploy(gone)
    with pytest.raises(NotAirflowError, match="This Airflow 3.*belong to the FAB auth manager.*SimpleAuthManager"):
        deploy(WANTED)


def test_permissions_are_listed(live: Live, client: Client) -> None:
    found = live.task(PERMISSION_INFO, client=client)["permissions"]
    assert ({"action": "can_read", "resource": "Pools"} if live.is_v2 else {"action": "can_read"}) in found
    assert len(found) == live.ask("GET", "/permissions", params={"limit": 1}).json()["total_entries"]
