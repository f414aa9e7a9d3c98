# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a version of Airflow lacks is said in a sentence, and nothing is sent that it would answer with a bare error."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.dataops.airflow.plugins.module_utils._engine.run_listing import read
from ansible_collections.dataops.airflow.plugins.module_utils._http.auth import Jwt
from ansible_collections.dataops.airflow.plugins.module_utils._http.transport import MOST_DISTURBED
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.asset.asset_info import ASSET_INFO
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.pool.pool_info import POOL_INFO
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.role.permission_info import PERMISSION_INFO
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.role.role_info import ROLE_INFO
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.server.config_info import CONFIG_INFO
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.shared import logs
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.task.extra_link_info import EXTRA_LINK_INFO
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.task.hitl_detail_info import HITL_DETAIL_INFO
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.task.task_instance_info import TASK_INSTANCE_INFO
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.user.user_info import USER_INFO
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.variable.variable import VARIABLE
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.xcom.xcom_info import XCOM_INFO
from ansible_collections.dataops.airflow.plugins.module_utils._model.api import FAB, FAB_PROVIDER
from ansible_collections.dataops.airflow.plugins.module_utils._model.errors import (
    AirflowError,
    InvalidInputError,
    ServerError,
)
from ansible_collections.dataops.airflow.plugins.module_utils._model.listing import Endpoint
from ansible_collections.dataops.airflow.plugins.module_utils._model.paths import join
from ansible_collections.dataops.airflow.tests.unit.scripted import (
    ABSENT,
    HTML_500,
    Answer,
    Scripted,
    attempt,
    client,
)

TASK = {"dag_id": "d", "dag_run_id": "r", "task_id": "t"}
INSTANCE = {**TASK, "map_index": -1, "try_number": 1}
RUN = "/dags/d/dagRuns/r/taskInstances"
LOG = f"GET {RUN}/t/logs/1"


def info(endpoint: Endpoint, transport: Scripted, **options: Any) -> Any:
    """The result of an info module, or its error."""
    try:
        return read(
            endpoint, {**{item.name: item.default for item in endpoint.options()}, **options}, client(transport)
        )
    except AirflowError as error:
        return error


def rows(key: str, *found: dict[str, Any]) -> dict[str, Any]:
    return {key: list(found), "total_entries": len(found)}


def provider(version: str) -> dict[str, Any]:
    return {"GET /providers": rows("providers", {"package_name": FAB_PROVIDER, "version": version})}


# Logs


@pytest.mark.parametrize(("version", "query"), [("2.3.4", {}), ("2.4.0", {"map_index": "-1"})])
def test_a_log_is_read_without_a_parameter_that_the_version_refuses(version: str, query: dict[str, str]) -> None:
    server = Scripted({LOG: Answer(200, "line", "text/plain")}, version)
    assert logs.read(client(server), INSTANCE) == ("line", [])
    assert server.sent[0].query == {"full_content": "true", **query}


def test_a_log_of_a_mapped_task_that_the_version_does_not_have_is_named() -> None:
    server = Scripted({}, "2.3.4")
    with pytest.raises(InvalidInputError, match=r"^map_index of a log needs Airflow 2\.4\.0 or later; this server is"):
        logs.read(client(server), {**INSTANCE, "map_index": 2})
    assert server.sent == []


# Orders


@pytest.mark.parametrize(
    ("endpoint", "version", "fab", "message"),
    [
        (ROLE_INFO, "2.11.2", "1.5.4", "needs Airflow 3; this server is Airflow 2.11.2"),
        (ROLE_INFO, "3.0.6", "3.0.1", f"needs {FAB_PROVIDER} 3.0.2 or later; this server has 3.0.1"),
        (ROLE_INFO, "3.0.6", "3.0.2", ""),
        (USER_INFO, "3.1.8", "3.1.2", f"needs {FAB_PROVIDER} 3.2.0 or later; this server has 3.1.2"),
        (USER_INFO, "3.1.8", "3.2.0", ""),
    ],
    ids=lambda part: getattr(part, "kind", None),
)
def test_a_descending_order_is_refused_where_the_version_refuses_it(
    endpoint: Any, version: str, fab: str, message: str
) -> None:
    table = {f"GET /{endpoint.collection}": rows(endpoint.collection), **provider(fab)}
    server = Scripted(table, version)
    found = info(endpoint, server, order_by=[f"-{endpoint.order_by}"])
    assert isinstance(found, InvalidInputError) == bool(message)
    if message:
        assert found.message == f"order_by with a descending order {message}"
    ascending = Scripted(table, version)
    assert not isinstance(info(endpoint, ascending, order_by=[endpoint.order_by]), Exception)
    assert ascending.asked("GET /providers") == 0


def test_an_order_that_came_with_a_later_provider_is_refused_before() -> None:
    table = {"GET /permissions": rows("actions")}
    found = info(PERMISSION_INFO, Scripted({**table, **provider("3.5.0")}, "3.1.8"), order_by=["id"])
    assert found.message == f"order_by needs {FAB_PROVIDER} 3.6.0 or later; this server has 3.5.0"
    assert not isinstance(
        info(PERMISSION_INFO, Scripted({**table, **provider("3.6.0")}, "3.1.8"), order_by=["id"]), Exception
    )


# Names


@pytest.mark.parametrize(("version", "is_refused"), [("2.3.4", True), ("2.4.0", False)])
def test_a_variable_with_a_slash_is_refused_where_it_cannot_be_addressed(version: str, is_refused: bool) -> None:
    server = Scripted({"GET /variables/*": {"key": "a/b", "value": "1"}}, version)
    found = attempt(VARIABLE, server, key="a/b", value="1")
    assert isinstance(found, InvalidInputError) == is_refused
    if is_refused:
        assert "no variable whose key holds a slash before 2.4" in found.message
        assert server.sent == []


@pytest.mark.parametrize(
    ("version", "is_refused"), [("2.11.2", True), ("3.0.6", True), ("3.1.5", True), ("3.1.6", False)]
)
def test_an_xcom_with_a_slash_is_refused_where_it_cannot_be_addressed(version: str, is_refused: bool) -> None:
    found = {**TASK, "key": "a/b", "map_index": -1, "run_id": "r", "value": 1}
    server = Scripted({"GET /dags/d/dagRuns/r/taskInstances/t/xcomEntries/*": found}, version)
    result = info(XCOM_INFO, server, **TASK, key="a/b")
    assert isinstance(result, InvalidInputError) == is_refused
    if is_refused:
        assert "finds no XCom whose key holds a slash" in result.message
        assert server.sent == []


# Parameters and fields


def test_filters_that_3_2_2_has_already_are_taken() -> None:
    pools = {"GET /pools": rows("pools")}
    assert not isinstance(info(POOL_INFO, Scripted(pools, "3.2.2"), pool_name_prefix_pattern="a"), Exception)
    error = info(POOL_INFO, Scripted(pools, "3.2.1"), pool_name_prefix_pattern="a")
    assert error.message == "pool_name_prefix_pattern needs Airflow 3.2.2 or later; this server is Airflow 3.2.1"


def test_a_try_of_a_request_needs_the_version_that_has_it() -> None:
    error = info(HITL_DETAIL_INFO, Scripted({}, "3.1.8"), **TASK, try_number=1)
    assert error.message == "try_number needs Airflow 3.2.0 or later; this server is Airflow 3.1.8"


@pytest.mark.parametrize("version", ["2.10.4", "2.10.5"])
def test_links_of_a_mapped_task_need_the_version_that_has_them(version: str) -> None:
    server = Scripted({"GET /dags/d/dagRuns/r/taskInstances/t/links": {}}, version)
    found = info(EXTRA_LINK_INFO, server, **TASK, map_index=1)
    assert isinstance(found, InvalidInputError) == (version == "2.10.4")


@pytest.mark.parametrize(
    ("version", "name"), [("2.11.2", "consuming_dags"), ("3.0.6", "consuming_dags"), ("3.3.2", "scheduled_dags")]
)
def test_the_dags_that_wait_for_an_asset_have_one_name(version: str, name: str) -> None:
    asset = {"id": 1, "uri": "s3://a", name: [{"dag_id": "d"}]}
    key = "datasets" if version.startswith("2") else "assets"
    found = info(ASSET_INFO, Scripted({f"GET /{key}": rows(key, asset)}, version))
    assert found.values["assets"][0]["scheduled_dags"] == [{"dag_id": "d"}]


# Advice


@pytest.mark.parametrize(
    ("version", "advice"),
    [
        ("2.3.4", "[webserver] expose_config has to be True in it (AIRFLOW__WEBSERVER__EXPOSE_CONFIG=True)"),
        ("2.7.0", "True or non-sensitive-only in it (AIRFLOW__WEBSERVER__EXPOSE_CONFIG=non-sensitive-only)"),
        ("3.0.0", "True or non-sensitive-only in it (AIRFLOW__API__EXPOSE_CONFIG=non-sensitive-only)"),
    ],
)
def test_the_advice_is_one_that_the_version_understands(version: str, advice: str) -> None:
    refusal = Answer(
        403, {"detail": "Your Airflow administrator chose not to expose the configuration.", "title": "Forbidden"}
    )
    assert advice in info(CONFIG_INFO, Scripted({"GET /config": refusal}, version)).message


# Tasks


@pytest.mark.parametrize(
    ("version", "listed", "task", "is_missing"),
    [
        ("2.7.3", HTML_500, ABSENT, True),
        ("2.7.3", HTML_500, {"task_id": "t"}, False),
        ("2.8.0", HTML_500, ABSENT, False),
        ("2.8.0", ABSENT, {"task_id": "t"}, True),
    ],
)
def test_a_task_that_does_not_exist_is_known_from_its_dag_where_its_list_is_a_bare_500(
    version: str, listed: Any, task: Any, is_missing: bool
) -> None:
    table = {f"GET {RUN}/t": ABSENT, f"GET {RUN}/t/listMapped": listed, "GET /dags/d/tasks/t": task}
    found = info(TASK_INSTANCE_INFO, Scripted(table, version), **TASK)
    assert isinstance(found, ServerError) != is_missing
    assert not is_missing or found.values["task_instances"] == []


# Logins


def log_in(reply: Any, retries: int = 3) -> tuple[Any, Scripted]:
    server = Scripted({"POST /auth/token": reply}, "3.1.8", retries=retries)
    try:
        return dict(Jwt(server, "etl", "unlike").headers()), server
    except AirflowError as error:
        return error, server


def test_a_login_that_others_disturb_is_repeated() -> None:
    disturbed = Answer(500, {"detail": "AppBuilder is not initialized."})
    token = Answer(201, {"access_token": "abc"})
    found, server = log_in([disturbed, disturbed, token])
    assert found == {"Authorization": "Bearer abc"}
    assert len(server.sent) == 3
    found, server = log_in(disturbed)
    assert found.message == "Logging in failed. POST http://airflow.example.com/auth/token: HTTP 500"
    assert len(server.sent) == 4


def test_a_read_of_the_auth_manager_that_others_disturb_is_repeated() -> None:
    """Otherwise the rows would be left out, as rows that the server cannot show."""
    disturbed = Answer(500, "Internal Server Error", "text/plain")
    found = {"name": "etl", "actions": []}
    server = Scripted({"GET /roles": [disturbed, disturbed, rows("roles", found)]}, "3.1.8", retries=3)
    result = info(ROLE_INFO, server)
    assert [role["name"] for role in result.values["roles"]] == ["etl"]
    assert result.warnings == []
    assert server.asked("GET /roles") == 3
    server = Scripted({"GET /pools": HTML_500}, "3.1.8", retries=3)
    info(POOL_INFO, server)
    once = server.asked("GET /pools")
    server = Scripted({"GET /roles": HTML_500}, "3.1.8", retries=3)
    info(ROLE_INFO, server)
    assert server.asked("GET /roles") == once + MOST_DISTURBED


def test_a_write_to_the_auth_manager_is_not_repeated_by_itself() -> None:
    server = Scripted({"POST /roles": HTML_500}, "3.1.8", retries=3)
    with pytest.raises(AirflowError):
        client(server).call("POST", join("roles"), body={}, api=FAB)
    assert len(server.sent) == 1


def test_a_wrong_password_is_not_tried_again() -> None:
    found, server = log_in(Answer(401, {"detail": "Invalid credentials"}))
    assert "does not accept" in found.message
    assert len(server.sent) == 1


def test_an_address_without_its_path_is_not_the_fault_of_the_auth_manager_alone() -> None:
    found, _server = log_in(Answer(404, {"detail": "Not Found"}))
    assert "airflow_url lacks the path under which Airflow is served" in found.message
