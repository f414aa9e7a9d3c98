# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the table of known faults of Airflow means for a task: known in check mode, and explained where it cannot be."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.dataops.airflow.plugins.module_utils._engine.faults import Fault, Means
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.pool.pool import POOL
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.role.role import ROLE
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.user.user import USER
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.variable.variable import VARIABLE
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.xcom.xcom import XCOM
from ansible_collections.dataops.airflow.plugins.module_utils._model.api import FAB_PROVIDER, parse_version
from ansible_collections.dataops.airflow.plugins.module_utils._model.errors import PreconditionError
from ansible_collections.dataops.airflow.plugins.module_utils._model.resource import Resource
from ansible_collections.dataops.airflow.tests.declarations import RESOURCES
from ansible_collections.dataops.airflow.tests.unit.history import history
from ansible_collections.dataops.airflow.tests.unit.scripted import ABSENT, HTML_500, Answer, Scripted, Table, attempt

FAULTS = [(resource, fault) for resource in RESOURCES for fault in resource.faults()]
ROLE_ROW = {"name": "etl", "actions": []}
FORBIDDEN = Answer(403, {"detail": "Forbidden"})
RUN = "/dags/d/dagRuns/r/taskInstances/t"
XCOM_NAME = {"dag_id": "d", "dag_run_id": "r", "task_id": "t", "key": "k"}


def providers(version: str | None) -> Table:
    """The list of providers, or the refusal to show it."""
    packages = [{"package_name": FAB_PROVIDER, "version": version}] if version else []
    shown = {"providers": packages, "total_entries": len(packages)}
    return {"GET /providers": FORBIDDEN if version is None else shown}


def xcom(value: Any) -> dict[str, Any]:
    return {"key": "k", "dag_id": "d", "run_id": "r", "task_id": "t", "map_index": -1, "value": value}


@pytest.mark.parametrize(("resource", "fault"), FAULTS, ids=lambda part: getattr(part, "kind", None))
def test_faults_are_of_versions_that_exist(resource: Resource, fault: Fault) -> None:
    known = (
        history("fab").versions if fault.product == FAB_PROVIDER else history("v1").versions + history("v2").versions
    )
    # The versions of the provider for Airflow 2, whose API Airflow itself describes.
    known = [*known, "1.4.0", "1.5.4"] if fault.product == FAB_PROVIDER else known
    assert fault.first in known
    assert not fault.fixed or (fault.fixed in known and parse_version(fault.fixed) > parse_version(fault.first))
    assert fault.helps.endswith(".")
    assert not fault.what.endswith(".")
    assert (fault.product == "Airflow") == (fault.airflow == ("", ""))


@pytest.mark.parametrize("read_only", [True, False])
@pytest.mark.parametrize(
    ("airflow", "provider", "is_refused"),
    [
        ("3.0.6", "2.4.2", False),
        ("3.1.8", "3.0.2", True),
        ("3.1.8", "3.5.0", True),
        ("3.1.8", "3.6.0", False),
        ("3.1.8", "3.10.2", False),
        ("3.3.2", "3.10.2", False),
        ("2.11.2", "1.5.4", False),
    ],
)
def test_a_deletion_that_always_fails_is_refused(
    airflow: str, provider: str, is_refused: bool, read_only: bool
) -> None:
    table: Table = {"GET /roles/etl": ROLE_ROW, "DELETE /roles/etl": Answer(200, None), **providers(provider)}
    server = Scripted({**table, "GET /roles/etl": [ROLE_ROW, ABSENT]}, airflow, read_only)
    result = attempt(ROLE, server, name="etl", state="absent")
    assert isinstance(result, PreconditionError) == is_refused
    assert len(server.writes) == (not is_refused and not read_only)
    # Where no version of the provider can have the fault, nobody asks for its version.
    assert server.asked("GET /providers") == airflow.startswith(("3.0", "3.1"))
    if is_refused:
        assert result.message == (
            f"role 'etl': {FAB_PROVIDER} {provider} answers 500 to every deletion of a role; fixed in {FAB_PROVIDER} "
            "3.6.0. Nothing was changed. Upgrade the provider, or delete the role in the web interface."
        )


def test_a_fault_of_a_version_that_is_not_shown_explains_the_failure() -> None:
    table: Table = {"GET /roles/etl": ROLE_ROW, "DELETE /roles/etl": HTML_500, **providers(None)}
    server = Scripted(table, "3.1.8")
    error = attempt(ROLE, server, name="etl", state="absent")
    assert "nothing was changed" in error.message
    assert f"A known fault may be the reason: role 'etl': {FAB_PROVIDER} (3.0.2 to before 3.6.0)" in error.message
    assert error.facts["status"] == 500


def test_a_failure_of_a_version_without_the_fault_is_not_explained_by_it() -> None:
    table: Table = {"GET /roles/etl": ROLE_ROW, "DELETE /roles/etl": HTML_500, **providers("3.6.0")}
    error = attempt(ROLE, Scripted(table, "3.1.8"), name="etl", state="absent")
    assert "known fault" not in error.message


@pytest.mark.parametrize(
    ("airflow", "is_refused"), [("3.0.0", True), ("3.1.7", True), ("3.1.8", False), ("3.3.2", False)]
)
def test_a_pool_that_the_version_cannot_show_is_refused(airflow: str, is_refused: bool) -> None:
    server = Scripted({"GET /pools/p": ABSENT}, airflow, read_only=True)
    result = attempt(POOL, server, name="p", slots=-1)
    assert isinstance(result, PreconditionError) == is_refused
    if is_refused:
        assert f"Airflow {airflow} cannot return a pool without a limit" in result.message
    assert not isinstance(
        attempt(POOL, Scripted({"GET /pools/p": ABSENT}, airflow, True), name="p", slots=4), Exception
    )


def test_a_pool_that_has_no_limit_already_can_be_described() -> None:
    row = {"name": "p", "slots": -1, "description": None, "include_deferred": False}
    server = Scripted({"GET /pools/p": row}, "3.0.6", read_only=True)
    assert attempt(POOL, server, name="p", slots=-1, description="loads")["changed"]


@pytest.mark.parametrize(("airflow", "provider"), [("2.10.5", "1.5.3"), ("3.0.6", "2.4.2"), ("3.1.8", "3.1.2")])
def test_a_user_without_roles_that_is_not_created_is_explained(airflow: str, provider: str) -> None:
    failed = Answer(500, {"title": "Unknown", "detail": "Failed to add user `ada`."})
    table: Table = {"GET /users/ada": ABSENT, "GET /users": {"users": [], "total_entries": 0}, "POST /users": failed}
    options = {"email": "a@b.c", "first_name": "A", "last_name": "L", "password": "unlike", "roles": []}
    server = Scripted({**table, **providers(provider)}, airflow)
    error = attempt(USER, server, username="ada", **options)
    assert f"{FAB_PROVIDER} {provider} creates no user without roles" in error.message
    error = attempt(USER, Scripted({**table, **providers("1.5.4")}, "2.11.2"), username="ada", **options)
    assert "without roles" not in error.message


# XComs


@pytest.mark.parametrize("airflow", ["3.0.6", "3.1.8", "3.2.1"])
def test_an_xcom_that_is_shown_as_json_text_was_created(airflow: str) -> None:
    table: Table = {
        f"GET {RUN}": {"task_id": "t"},
        f"GET {RUN}/xcomEntries/k": ABSENT,
        f"POST {RUN}/xcomEntries": xcom('{"rows": 3}'),
    }
    server = Scripted(table, airflow)
    result = attempt(XCOM, server, **XCOM_NAME, value={"rows": 3})
    assert result["changed"]
    assert [request.line for request in server.writes] == [f"POST {RUN}/xcomEntries"]
    assert result["warnings"] == [
        f"xcom 'k': Airflow {airflow} stores the JSON text of a value that comes through the API, and a task that "
        "pulls it gets that text; fixed in Airflow 3.2.2. The task has to decode it, with json.loads."
    ]


@pytest.mark.parametrize(
    ("airflow", "shown", "wanted", "is_changed"),
    [
        ("3.0.6", '{"rows": 3}', {"rows": 3}, False),
        ("3.0.6", '"day"', "day", False),
        # As a task has stored it.
        ("3.0.6", {"rows": 3}, {"rows": 3}, False),
        ("3.0.6", "day", "day", False),
        ("3.2.1", '{"rows": 3}', {"rows": 4}, True),
        ("3.2.2", '{"rows": 3}', {"rows": 3}, True),
        ("3.2.2", {"rows": 3}, {"rows": 3}, False),
    ],
)
def test_a_value_is_compared_in_the_form_in_which_the_version_shows_it(
    airflow: str, shown: Any, wanted: Any, is_changed: bool
) -> None:
    server = Scripted({f"GET {RUN}/xcomEntries/k": xcom(shown)}, airflow, read_only=True)
    assert attempt(XCOM, server, **XCOM_NAME, value=wanted)["changed"] == is_changed


@pytest.mark.parametrize("read_only", [True, False])
@pytest.mark.parametrize("airflow", ["3.0.6", "3.1.8"])
def test_an_update_that_would_store_something_else_is_refused(airflow: str, read_only: bool) -> None:
    server = Scripted({f"GET {RUN}/xcomEntries/k": xcom("1")}, airflow, read_only)
    error = attempt(XCOM, server, **XCOM_NAME, value=2)
    assert isinstance(error, PreconditionError)
    assert "encodes the new value of an XCom as JSON twice" in error.message
    assert server.writes == []


def test_the_permission_that_no_role_has_is_named() -> None:
    table: Table = {
        f"GET {RUN}": {"task_id": "t"},
        f"GET {RUN}/xcomEntries/k": ABSENT,
        f"POST {RUN}/xcomEntries": FORBIDDEN,
    }
    error = attempt(XCOM, Scripted({**table, **providers("2.4.2")}, "3.0.6"), **XCOM_NAME, value=1)
    assert f"{FAB_PROVIDER} 2.4.2 gives no role the permission to write XComs" in error.message
    assert "can_create and can_edit on XComs" in error.message
    error = attempt(XCOM, Scripted({**table, **providers("3.1.2")}, "3.1.8"), **XCOM_NAME, value=1)
    assert "known fault" not in error.message


# A role is created, whatever the version shows of it


@pytest.mark.parametrize("answer", [{}, {"name": "etl", "actions": []}, {"name": "etl", "permissions": []}])
@pytest.mark.parametrize("airflow", ["2.11.2", "3.0.6", "3.3.2"])
def test_a_role_whose_creation_is_answered_with_something_else_is_created(airflow: str, answer: Any) -> None:
    table: Table = {"GET /roles/etl": [ABSENT, ROLE_ROW], "POST /roles": answer}
    spare = {"GET /roles/*": ABSENT}
    server = Scripted({**table, **spare}, airflow)
    result = attempt(ROLE, server, name="etl", permissions=[])
    assert (result["changed"], result["warnings"]) == (True, [])
    assert [request.line for request in server.writes] == ["POST /roles"]


def test_what_a_fault_means_is_certain_or_has_a_sign() -> None:
    assert all(fault.status in (403, 500) for _resource, fault in FAULTS if fault.means is Means.EXPLAINED)


@pytest.mark.parametrize("read_only", [True, False])
@pytest.mark.parametrize(("airflow", "is_dropped"), [("2.4.3", True), ("2.5.2", True), ("2.5.3", False)])
def test_a_description_that_an_update_drops_is_warned_of(airflow: str, is_dropped: bool, read_only: bool) -> None:
    before = {"key": "k", "value": "1", "description": "d"}
    after = {**before, "value": "2", "description": None if is_dropped else "d"}
    echo = {"key": "k", "value": "2"}
    table: Table = {"GET /variables/k": [before, after], "PATCH /variables/k": echo if is_dropped else after}
    server = Scripted(table, airflow, read_only=read_only)
    result = attempt(VARIABLE, server, key="k", value="2")
    assert result["changed"]
    assert ["drops the description" in warning for warning in result.get("warnings", [])] == [True] * is_dropped
    # The answer of the server, which lacks the description, is not the result.
    assert read_only or result["variable"] == after
    query = {} if is_dropped else {"update_mask": "val"}
    assert [request.query for request in server.writes] == ([] if read_only else [query])
