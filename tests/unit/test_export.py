# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Objects as options: nothing that says nothing, and a variable for all that must not be shown."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.dataops.airflow.plugins.module_utils._core.api import V1, V2, Server
from ansible_collections.dataops.airflow.plugins.module_utils._core.export import Export
from ansible_collections.dataops.airflow.plugins.module_utils._resources.connection import CONNECTION
from ansible_collections.dataops.airflow.plugins.module_utils._resources.dag import DAG
from ansible_collections.dataops.airflow.plugins.module_utils._resources.pool import POOL
from ansible_collections.dataops.airflow.plugins.module_utils._resources.user import USER
from ansible_collections.dataops.airflow.plugins.module_utils._resources.variable import VARIABLE

AIRFLOW_2, AIRFLOW_3 = Server(V1, "2.11.2"), Server(V2, "3.3.2")


def entry(resource: Any, stored: dict[str, Any], server: Server) -> dict[str, Any]:
    return Export().entry(resource, stored, server.part(resource.part))


def test_what_says_nothing_is_left_out(server: Server) -> None:
    pool = {"name": "etl", "slots": 0, "description": "", "include_deferred": False, "open_slots": 4, "team_name": None}
    assert entry(POOL, pool, server) == {"name": "etl", "slots": 0}
    assert entry(POOL, {**pool, "include_deferred": True}, server)["include_deferred"]
    variable = {"key": "empty", "value": "", "description": None, "is_encrypted": True}
    assert entry(VARIABLE, variable, server) == {"key": "empty", "value": ""}
    assert entry(DAG, {"dag_id": "etl", "paused": False, "owners": ["a"]}, server) == {"dag_id": "etl", "paused": False}


def test_the_default_pool_has_what_can_be_changed(server: Server) -> None:
    stored = {"name": "default_pool", "slots": 128, "description": "Default pool", "include_deferred": False}
    assert entry(POOL, stored, server) == {"name": "default_pool", "slots": 128}


@pytest.mark.parametrize(
    ("value", "exported"),
    [
        ("eu-west-1", "eu-west-1"),
        ('{"a":  1}', '{"a":  1}'),
        ("***", "{{ vault_airflow_variable_region_value }}"),
        ("postgres://u:***@h", "{{ vault_airflow_variable_region_value }}"),
        (
            '{"a": [1, "***"], "b": "c"}',
            {"a": [1, "{{ vault_airflow_variable_region_value_a_1 }}"], "b": "c"},
        ),
        (None, "{{ vault_airflow_variable_region_value }}"),
    ],
)
def test_what_airflow_3_hides_is_a_reference(value: str | None, exported: Any) -> None:
    assert entry(VARIABLE, {"key": "region", "value": value}, AIRFLOW_3)["value"] == exported


@pytest.mark.parametrize(
    ("key", "value", "exported"),
    [
        ("stars", "a *** b", "a *** b"),
        ("api_key", "geheim", "{{ vault_airflow_variable_api_key_value }}"),
        ("api_key", '{"a": 1}', "{{ vault_airflow_variable_api_key_value }}"),
        ("db", "postgres://u:geheim@h", "{{ vault_airflow_variable_db_value }}"),
        ("db", '{"password": 7, "port": 1}', {"password": "{{ vault_airflow_variable_db_value_password }}", "port": 1}),
    ],
)
def test_what_airflow_2_shows_and_sounds_like_a_secret_is_a_reference(key: str, value: str, exported: Any) -> None:
    assert entry(VARIABLE, {"key": key, "value": value}, AIRFLOW_2)["value"] == exported


def test_a_connection_names_what_is_hidden_of_it() -> None:
    stored = {
        "connection_id": "db.x",
        "conn_type": "postgres",
        "host": "h",
        "port": None,
        "schema": "",
        "extra": {"sslmode": "require", "nested": {"token": "***"}},
    }
    made = Export()
    option = "{{ vault_airflow_connection_db_x_extra_nested_token }}"
    extra = {"sslmode": "require", "nested": {"token": option}}
    assert made.entry(CONNECTION, stored, AIRFLOW_2) == {
        "connection_id": "db.x",
        "conn_type": "postgres",
        "host": "h",
        "password": "{{ vault_airflow_connection_db_x_password | default(omit) }}",
        "extra": extra,
    }
    assert made.secrets == [
        {
            "kind": "connection",
            "name": "db.x",
            "option": "password",
            "variable": "vault_airflow_connection_db_x_password",
            "certain": False,
        },
        {
            "kind": "connection",
            "name": "db.x",
            "option": "extra.nested.token",
            "variable": "vault_airflow_connection_db_x_extra_nested_token",
            "certain": True,
        },
    ]
    assert entry(CONNECTION, {**stored, "password": "***"}, AIRFLOW_3)["password"] == (
        "{{ vault_airflow_connection_db_x_password }}"
    )
    assert "password" not in entry(CONNECTION, {**stored, "password": None}, AIRFLOW_3)


def test_the_password_in_a_host_and_a_text_as_extra_are_not_shown(server: Server) -> None:
    stored = {"connection_id": "x", "conn_type": "http", "host": "https://u:geheim@h", "extra": "geheim"}
    assert "geheim" not in json.dumps(entry(CONNECTION, stored, server))


def test_a_user_may_have_a_password(server: Server) -> None:
    stored = {"username": "ada", "email": "a@x", "first_name": "", "last_name": "L", "roles": [], "active": True}
    assert entry(USER, stored, server) == {
        "username": "ada",
        "email": "a@x",
        "first_name": "",
        "last_name": "L",
        "password": "{{ vault_airflow_user_ada_password | default(omit) }}",
        "roles": [],
    }


def test_variables_are_told_apart() -> None:
    made = Export()
    for key in ("a-b", "a.b", "a_b", "ü"):
        made.entry(VARIABLE, {"key": key, "value": "***"}, AIRFLOW_3)
    assert [item["variable"] for item in made.secrets] == [
        "vault_airflow_variable_a_b_value",
        "vault_airflow_variable_a_b_value_2",
        "vault_airflow_variable_a_b_value_3",
        "vault_airflow_variable__value",
    ]
