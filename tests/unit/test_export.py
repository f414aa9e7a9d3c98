# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Objects as options: nothing that says nothing, and a variable for all that must not be shown."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.dataops.airflow.plugins.module_utils._kinds.connection.connection import CONNECTION
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.dag.dag import DAG
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.deployment.export import Export, variable_of
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.deployment.kinds import KINDS
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.pool.pool import POOL
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.user.user import USER
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.variable.variable import VARIABLE
from ansible_collections.dataops.airflow.plugins.module_utils._model.api import V1, V2, Server
from ansible_collections.dataops.airflow.plugins.module_utils._model.secrets import Secrecy

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
            {"a": [1, "{{ vault_airflow_variable_region_value_a_1__d9418b82e5a4d318 }}"], "b": "c"},
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
        "connection_id": "db_x",
        "conn_type": "postgres",
        "host": "h",
        "port": None,
        "schema": "",
        "extra": {"sslmode": "require", "nested": {"token": "***"}},
    }
    made = Export()
    variable = "vault_airflow_connection_db_x_extra_nested_token__aad9e65f4c751103"
    option = f"{{{{ {variable} }}}}"
    extra = {"sslmode": "require", "nested": {"token": option}}
    assert made.entry(CONNECTION, stored, AIRFLOW_2) == {
        "connection_id": "db_x",
        "conn_type": "postgres",
        "host": "h",
        "password": "{{ vault_airflow_connection_db_x_password | default(omit) }}",
        "extra": extra,
    }
    assert made.secrets == [
        {
            "kind": "connection",
            "name": "db_x",
            "option": "password",
            "path": ["password"],
            "variable": "vault_airflow_connection_db_x_password",
            "certain": False,
        },
        {
            "kind": "connection",
            "name": "db_x",
            "option": "extra.nested.token",
            "path": ["extra", "nested", "token"],
            "variable": variable,
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


@pytest.mark.parametrize(
    ("place", "variable"),
    [
        (("db", "password"), "db_password"),
        (("db", "extra", "api_key"), "db_extra_api_key"),
        (("db", "extra", "password"), "db_extra_password__"),
        (("db_extra", "password"), "db_extra_password"),
        (("db_extra", "extra", "a"), "db_extra_extra_a__"),
        (("db", "extra", "extra_a"), "db_extra_extra_a__"),
        (("db", "extra", "a", "b"), "db_extra_a_b__"),
        (("d-b", "password"), "d_b_password__"),
        (("d__b", "password"), "d_b_password__"),
        (("ü", "password"), "password__"),
        (("db", "extra", ""), "db_extra__"),
        (("x" * 200, "password"), "x" * 95 + "__"),
    ],
)
def test_a_variable_is_called_after_its_place_with_a_digest_if_another_place_could_be_called_so(
    place: tuple[str, ...], variable: str
) -> None:
    wanted = "vault_airflow_connection_" + variable
    made = variable_of(CONNECTION, place)
    assert made == wanted or (wanted.endswith("__") and re.fullmatch(wanted + "[0-9a-f]{16}", made))


PARTS = st.lists(st.sampled_from(["a", "b", "_", "-", "extra", "password", "host", "ü", "1"]), max_size=4).map("".join)
PLACES = st.tuples(PARTS, st.sampled_from(["password", "extra", "host"])) | st.tuples(PARTS, st.just("extra"), PARTS)


@given(st.lists(PLACES | st.tuples(PARTS, st.just("extra"), PARTS, PARTS), unique=True, max_size=30))
def test_no_two_places_have_the_same_variable(places: list[tuple[str, ...]]) -> None:
    variables = {variable_of(CONNECTION, place) for place in places}
    assert len(variables) == len(places)
    assert all(re.fullmatch("[a-zA-Z0-9_]{1,140}", variable) for variable in variables)


def test_no_option_with_a_secret_ends_like_another_one() -> None:
    for resource in (kind.resource for kind in KINDS.values()):
        names = [item.name for item in resource.fields if item.secrecy is not Secrecy.NEVER]
        assert not [(name, other) for name in names for other in names if name.endswith(f"_{other}")]
        assert "_" not in resource.kind
