# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.dataops.airflow.plugins.module_utils._engine.perform import option_secrets, shown_options
from ansible_collections.dataops.airflow.plugins.module_utils._engine.plan import plan_one
from ansible_collections.dataops.airflow.plugins.module_utils._engine.plan_many import (
    Plan,
    complaints,
    entries,
    in_order,
    item,
    line,
    to_purge,
)
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.connection.connection import CONNECTION
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.deployment import applying
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.deployment.deployment import DEPLOYMENT
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.deployment.kinds import KINDS
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.pool.pool import POOL
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.role.role import ROLE
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.user.user import USER
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.variable.variable import VARIABLE
from ansible_collections.dataops.airflow.plugins.module_utils._model.api import V2, Server
from ansible_collections.dataops.airflow.plugins.module_utils._model.change import Action, Change
from ansible_collections.dataops.airflow.plugins.module_utils._model.errors import PreconditionError

AIRFLOW_3 = Server(V2, "3.3.2")
ORDER = [kind.resource.kind for kind in KINDS.values()]


def change(resource: Any, name: str, desired: dict[str, Any], current: dict[str, Any] | None) -> Change:
    state = "present" if desired else "absent"
    return plan_one(resource, name, desired, current, AIRFLOW_3.part(resource.part), state)


CREATED = change(VARIABLE, "region", {"value": "eu"}, None)
UPDATED = change(POOL, "etl", {"slots": 8}, {"name": "etl", "slots": 4})
DELETED = change(CONNECTION, "old", {}, {"connection_id": "old", "conn_type": "http"})
SECRET = change(VARIABLE, "api_token", {"value": "geheim"}, {"key": "api_token", "value": "***"})
SAME = change(POOL, "same", {"slots": 1}, {"name": "same", "slots": 1})


def test_roles_come_first_and_are_deleted_last() -> None:
    gone = [change(kind, "x", {}, {kind.identity.name: "x"}) for kind in (ROLE, USER, VARIABLE)]
    new = [
        change(VARIABLE, "y", {"value": "1"}, None),
        change(ROLE, "y", {"permissions": []}, None),
        change(POOL, "y", {"slots": 1}, None),
    ]
    ordered = [(item.action, item.resource.kind) for item in in_order([*gone, *new], ORDER)]
    assert ordered == [
        (Action.CREATE, "role"),
        (Action.CREATE, "pool"),
        (Action.CREATE, "variable"),
        (Action.DELETE, "variable"),
        (Action.DELETE, "user"),
        (Action.DELETE, "role"),
    ]


def test_a_line_for_each_object() -> None:
    assert line(CREATED, item(CREATED)) == "+ variable/region"
    assert line(UPDATED, item(UPDATED)) == "~ pool/etl  slots: 4 → 8"
    assert line(DELETED, item(DELETED)) == "- connection/old"
    assert line(SECRET, item(SECRET)).startswith("~ variable/api_token  value: *** → *** (sent again")
    assert line(SECRET, item(SECRET)).endswith("(cannot be compared: value)")
    assert "geheim" not in line(SECRET, item(SECRET))
    long = change(VARIABLE, "v", {"value": "x" * 200}, {"key": "v", "value": "a\nb"})
    assert line(long, item(long)) == f"~ variable/v  value: a b → {'x' * 58} …"


def test_the_result_holds_what_changes_or_is_not_known() -> None:
    unknown = SECRET._replace(action=Action.NONE)
    assert unknown.unverified
    plan = Plan((CREATED, SAME, unknown, DELETED))
    assert [item["name"] for item in plan.items(is_whole=False)] == ["region", "api_token", "old"]
    assert plan.summary()["unchanged"] == 2


def test_the_plan_for_people_ends_with_the_counts() -> None:
    plan = Plan((CREATED, UPDATED, DELETED, SECRET, SAME))
    assert plan.summary() == {"to_create": 1, "to_update": 2, "to_delete": 1, "unchanged": 1, "unverified": 1}
    shown = plan.diff("Airflow 3.3.2 at https://airflow.example.com", plan.items())
    assert shown[0] == {"prepared": "Airflow 3.3.2 at https://airflow.example.com\n"}
    assert shown[-1] == {"prepared": "Plan: 1 to create, 2 to change, 1 to delete, 1 unchanged, 1 unverified.\n"}
    assert len(shown) == 6
    assert [item["action"] for item in plan.items()] == ["create", "update", "delete", "update", "none"]
    assert "geheim" not in str(plan.items())
    assert all(item["listed"] for item in plan.items())


def test_deletions_have_a_limit() -> None:
    Plan((DELETED,)).check_deletions(1)
    Plan((DELETED,)).check_deletions(None)
    with pytest.raises(PreconditionError, match="1 objects would be deleted, but max_deletions is 0: connection/old"):
        Plan((DELETED,)).check_deletions(0)


def test_what_is_purged() -> None:
    doomed, stay = to_purge(POOL, ["default_pool", "etl", "b", "a", "airflow_x"], ["etl"], ["pool/airflow_*", "user/*"])
    assert (doomed, stay) == (["a", "b"], ["default_pool"])


def test_the_input_is_checked_as_a_whole() -> None:
    variables = entries(VARIABLE, [{"key": "a"}, {"key": "b"}, {"key": "a"}], "variables")
    connections = entries(CONNECTION, [{"connection_id": "a", "uri": "http://h", "host": "h"}], "connections")
    assert complaints([*variables, *connections]) == [
        "variables[2] (variable 'a') is already listed in variables[0]",
        "connections[0] (connection 'a'): uri and host are mutually exclusive",
    ]


def test_two_users_whose_names_differ_in_case_only_are_one() -> None:
    users = entries(USER, [{"username": "Ada"}, {"username": "ada", "state": "absent"}], "users")
    pools = entries(POOL, [{"name": "Etl"}, {"name": "etl"}], "pools")
    assert complaints([*users, *pools]) == [
        "users[1] (user 'ada') is already listed in users[0] as 'Ada', which Airflow does not distinguish"
    ]
    assert to_purge(USER, ["ADA", "bob"], ["ada"], []) == (["bob"], [])
    assert to_purge(POOL, ["ETL"], ["etl"], []) == (["ETL"], [])


def test_secrets_within_lists_are_known_and_not_shown() -> None:
    params: dict[str, Any] = dict.fromkeys(item.name for item in DEPLOYMENT.options())
    params["variables"] = [{"key": "api_token", "value": "geheim-1"}, {"key": "region", "value": "eu-west-1"}]
    params["connections"] = [{"connection_id": "c", "password": "geheim-2", "extra": {"token": "geheim-3"}}]
    params["airflow_headers"] = params["airflow_password"] = params["airflow_token"] = None
    assert option_secrets(DEPLOYMENT.options(), params) == {"geheim-1", "geheim-2", "geheim-3"}
    assert "variables" not in shown_options(DEPLOYMENT.options(), params)
    shown = shown_options(DEPLOYMENT.options(), params, verbosity=3)
    assert "geheim" not in str(shown)
    assert shown["variables"][1]["value"] == "eu-west-1"


ADA = {"username": "ada", "email": "a@x", "first_name": "A"}


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (change(USER, "ada", {"email": "b@x"}, ADA), False),
        (change(USER, "ada", {"first_name": "B"}, ADA), True),
        (
            change(ROLE, "r", {"permissions": []}, {"name": "r", "permissions": [{"action": "a", "resource": "b"}]}),
            False,
        ),
        (change(ROLE, "r", {"permissions": []}, None), True),
        (
            change(ROLE, "r", {"permissions": [{"action": "a", "resource": "b"}]}, {"name": "r", "permissions": []}),
            True,
        ),
        (UPDATED, True),
    ],
)
def test_what_depends_on_others_of_its_kind_is_not_made_beside_them(made: Change, expected: bool) -> None:
    assert applying._is_independent(made) is expected
