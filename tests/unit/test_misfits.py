# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is said of an object in a list that a module does not take."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.dataops.airflow.plugins.module_utils._engine.misfits import misfits
from ansible_collections.dataops.airflow.plugins.module_utils._engine.perform import refusal
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.deployment.deployment import DEPLOYMENT

POOLS = [{"name": f"p{number}", "slots": number} for number in range(200)]

NAMED = "of pools, users, variables, connections, roles or dags"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            {"pools": [*POOLS, {"name": "etl", "slots": "oops"}]},
            "pools[200] (name 'etl'): slots must be a whole number, got 'oops'",
        ),
        ({"pools": [{"name": "etl", "include_deferred": 5}]}, "include_deferred must be true or false, got 5"),
        ({"pools": [{"slots": 1}]}, "pools[0]: name is missing"),
        (
            {"users": [{"username": "u", "password:geheim": None}]},
            "there is no option (not a name); there are username",
        ),
        ({"pools": [{"name": "etl", "state": "gone"}]}, "state must be one of present, absent"),
        (
            {"pools": [{"name": "etl", "slot": 1}]},
            "pools[0] (name 'etl'): there is no option slot; there are name, slots",
        ),
        ({"users": [{"username": "u", "roles": {"a": 1}}]}, "users[0] (username 'u'): roles must be a list"),
        ({"variables": {"region": "geheim"}}, "variables must be a list of dictionaries"),
        ({"variables": [{"region": "geheim"}]}, "| dataops.airflow.from_airflow_variables"),
        ({"variables": '{"region": "geheim"}'}, "| dataops.airflow.from_airflow_variables"),
        ({"connections": {"a": {"password": "geheim"}}}, "| dataops.airflow.from_airflow_connections"),
        (
            {"roles": [{"name": "op", "permissions": [{"action": "a", "resorce": "b"}]}]},
            "roles[0] (name 'op'): permissions[0]: resource is missing; "
            "roles[0] (name 'op'): permissions[0]: there is no option resorce; there are action, resource",
        ),
        (
            {"roles": [{"name": "op", "permissions": ["can_read"]}]},
            "roles[0] (name 'op'): permissions[0] must be a dictionary of action, resource",
        ),
        (
            {"dags": [{"dag_id": "d", "paused": "oops"}]},
            "dags[0] (dag_id 'd'): paused must be true or false, got 'oops'",
        ),
        ({"users": "geheim"}, "users must be a list of dictionaries with the options of each object"),
        ({"pools": POOLS}, ""),
        ({"pools": [{"name": "etl", "slots": "3", "include_deferred": "yes"}], "variables": []}, ""),
    ],
)
def test_an_object_that_does_not_fit_is_named(options: dict[str, Any], said: str) -> None:
    found = misfits(DEPLOYMENT.fields, options, options, NAMED)
    assert said in found
    assert bool(said) == bool(found)
    assert "geheim" not in found


def test_few_of_many_are_named() -> None:
    options = {"pools": [{**pool, "slots": "oops"} for pool in POOLS]}
    found = misfits(DEPLOYMENT.fields, options, options, NAMED)
    assert found.count("oops") == 5
    assert found.endswith("; and 195 more")


def test_the_object_is_named_where_ansible_names_the_option_alone() -> None:
    params = {"pools": [{"name": "etl", "slots": "oops"}], "airflow_url": "http://h"}
    said = refusal(DEPLOYMENT, "argument 'slots' is of type str found in 'pools'", params, set()).result["msg"]
    assert said == "pools[0] (name 'etl'): slots must be a whole number, got 'oops'"
    params = {"pools": [{"name": "a", "slots": 1}], "dags": ["daily"], "airflow_url": "http://h"}
    nameless = "dictionary requested, could not parse JSON or key=value"
    said = refusal(DEPLOYMENT, nameless, params, set()).result["msg"]
    assert said == "dags must be a list of dictionaries with the options of each object"
    assert refusal(DEPLOYMENT, nameless, {"pools": params["pools"]}, set()).result["msg"] == nameless
    unsupported = "Unsupported parameters: foo. Supported parameters include: pools"
    assert refusal(DEPLOYMENT, unsupported, params, set()).result["msg"] == unsupported


def test_what_ansible_has_taken_for_an_empty_list_is_none() -> None:
    given = {"variables": '{"region": "geheim", "a": 1}'}
    assert "dataops.airflow.from_airflow_variables" in misfits(DEPLOYMENT.fields, {"variables": []}, given, NAMED)
    role = {"name": "op", "permissions": ["can_read"]}
    said = misfits(DEPLOYMENT.fields, {"roles": [{**role, "permissions": []}]}, {"roles": [role]}, NAMED)
    assert said == "roles[0] (name 'op'): permissions[0] must be a dictionary of action, resource"
