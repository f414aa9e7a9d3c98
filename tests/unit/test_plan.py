# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan: what has to be done, from what is wanted and what is there."""

from __future__ import annotations

import json
from typing import Any, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.dataops.airflow.plugins.module_utils._core.api import V1, V2, Server
from ansible_collections.dataops.airflow.plugins.module_utils._core.compare import MASK
from ansible_collections.dataops.airflow.plugins.module_utils._core.errors import InvalidInputError
from ansible_collections.dataops.airflow.plugins.module_utils._core.plan import (
    check_identity,
    check_options,
    payload,
    plan_one,
    still_different,
    update_mask,
    why_unreachable,
)
from ansible_collections.dataops.airflow.plugins.module_utils._core.spec import Field, Resource
from ansible_collections.dataops.airflow.plugins.module_utils._resources.pool import POOL
from ansible_collections.dataops.airflow.plugins.module_utils._resources.registry import RESOURCES
from ansible_collections.dataops.airflow.plugins.module_utils._resources.variable import VARIABLE

AIRFLOW_2 = Server(V1, "2.11.2")
AIRFLOW_3 = Server(V2, "3.3.2")
EMPTY_POOL = {"name": "etl", "slots": 4, "description": None, "include_deferred": False, "open_slots": 4}

VALUES = {
    "int": st.integers(0, 1000),
    "bool": st.booleans(),
    "str": st.text(max_size=8),
    "raw": st.text(max_size=8) | st.dictionaries(st.sampled_from(["a", "b"]), st.integers(), max_size=2),
}


def available(resource: Resource, server: Server) -> list[Field]:
    return [item for item in resource.fields if not server.lacks(item.since)]


@st.composite
def situations(draw: st.DrawFn) -> tuple[Resource, Server, dict[str, Any], dict[str, Any] | None]:
    """A resource, a server, what is wanted, and what is stored (nothing, or a whole object)."""
    resource = draw(st.sampled_from(RESOURCES))
    server = draw(st.sampled_from([AIRFLOW_2, AIRFLOW_3]))
    fields = available(resource, server)
    wanted = {item.name: draw(VALUES[item.type]) for item in fields if item.needed or draw(st.booleans())}
    stored = None
    if draw(st.booleans()):
        stored = {resource.identity.name: "x", **{item.name: item.encode(draw(VALUES[item.type])) for item in fields}}
    return resource, server, wanted, stored


def apply(
    resource: Resource, server: Server, wanted: Mapping[str, Any], stored: dict[str, Any] | None
) -> dict[str, Any]:
    """Store what a plan sends, as Airflow does."""
    change = plan_one(resource, "x", wanted, stored, server)
    body = payload(change, server)
    if change.action == "create":
        return {**{item.name: None for item in available(resource, server)}, **body}
    assert stored is not None
    masked = {server_name(resource, server, name): name for name in body}
    return {**stored, **{masked[name]: body[masked[name]] for name in update_mask(change, server)}}


def server_name(resource: Resource, server: Server, name: str) -> str:
    for item in resource.fields:
        if item.name == name:
            return item.mask_name.get(server.api.name, name)
    return name


@given(situations())
def test_apply_then_plan_is_nothing_to_do(case: tuple[Resource, Server, dict[str, Any], dict[str, Any] | None]) -> None:
    resource, server, wanted, stored = case
    after = apply(resource, server, wanted, stored)
    again = plan_one(resource, "x", wanted, after, server, update_secrets="on_create")
    assert (again.action, again.fields) == ("none", ())
    assert again.before() == again.after()
    assert still_different(plan_one(resource, "x", wanted, stored, server), after, server) == []


@given(situations())
def test_an_option_left_out_never_changes_the_server(
    case: tuple[Resource, Server, dict[str, Any], dict[str, Any] | None],
) -> None:
    resource, server, wanted, stored = case
    after = apply(resource, server, wanted, stored)
    for item in available(resource, server):
        if item.name not in wanted:
            assert after[item.name] == (stored or {}).get(item.name)


@given(situations())
def test_a_payload_holds_declared_fields_and_what_the_api_needs(
    case: tuple[Resource, Server, dict[str, Any], dict[str, Any] | None],
) -> None:
    resource, server, wanted, stored = case
    change = plan_one(resource, "x", wanted, stored, server)
    body = payload(change, server)
    needed = {item.name for item in resource.fields if server.api.name in item.whole and change.action == "update"}
    assert set(body) == {resource.identity.name, *change.fields, *needed}


@given(situations())
def test_a_change_is_always_visible_in_the_diff(
    case: tuple[Resource, Server, dict[str, Any], dict[str, Any] | None],
) -> None:
    resource, server, wanted, stored = case
    change = plan_one(resource, "x", wanted, stored, server)
    assert (change.before() != change.after()) == (change.action != "none")


@pytest.mark.parametrize("api", [V1, V2])
@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.kind)
def test_delete_and_absence(resource: Resource, api: Any) -> None:
    server = Server(api, "9.0.0")
    assert plan_one(resource, "x", {}, None, server, state="absent").action == "none"
    change = plan_one(resource, "x", {}, {resource.identity.name: "x"}, server, state="absent")
    assert (change.action, change.after()) == ("delete", {})


def test_what_is_needed_to_create_is_named() -> None:
    with pytest.raises(InvalidInputError, match="pool 'etl' does not exist yet, and to create it slots must be given"):
        plan_one(POOL, "etl", {"description": "x"}, None, AIRFLOW_3)


def test_only_what_changes_is_sent_beside_what_the_api_needs() -> None:
    change = plan_one(POOL, "etl", {"slots": 5, "description": ""}, EMPTY_POOL, AIRFLOW_3)
    assert change.fields == ("slots",)
    assert payload(change, AIRFLOW_3) == {"name": "etl", "slots": 5, "include_deferred": False}
    assert update_mask(change, AIRFLOW_3) == ["slots"]


def test_the_mask_of_v1_variables_has_a_name_of_its_own() -> None:
    stored = {"key": "region", "value": "a", "description": None}
    assert update_mask(plan_one(VARIABLE, "region", {"value": "b"}, stored, AIRFLOW_2), AIRFLOW_2) == ["val"]
    assert update_mask(plan_one(VARIABLE, "region", {"value": "b"}, stored, AIRFLOW_3), AIRFLOW_3) == ["value"]


@pytest.mark.parametrize(("policy", "action", "fields"), [("always", "update", ("value",)), ("on_create", "none", ())])
def test_a_hidden_value_is_unknown_and_the_policy_decides(policy: str, action: str, fields: tuple[str, ...]) -> None:
    stored = {"key": "api_token", "value": MASK, "description": None}
    change = plan_one(VARIABLE, "api_token", {"value": "x"}, stored, AIRFLOW_3, update_secrets=policy)
    assert (change.action, change.fields, change.unverified) == (action, fields, ("value",))


def test_a_visible_difference_is_seen_under_either_policy() -> None:
    stored = {"key": "db", "value": json.dumps({"password": MASK, "host": "a"}), "description": None}
    wanted = {"value": {"password": "x", "host": "b"}}
    change = plan_one(VARIABLE, "db", wanted, stored, AIRFLOW_3, update_secrets="on_create")
    assert (change.action, change.unverified) == ("update", ())
    assert change.before()["value"] == {"password": MASK, "host": "a"}
    assert change.after()["value"] == {"password": MASK, "host": "b"}


def test_no_payload_holds_a_mask_that_the_user_did_not_type() -> None:
    stored = {"key": "api_token", "value": MASK, "description": None}
    change = plan_one(VARIABLE, "api_token", {"description": "new"}, stored, AIRFLOW_3)
    assert payload(change, AIRFLOW_3) == {"key": "api_token", "value": "", "description": "new"}
    assert update_mask(change, AIRFLOW_3) == ["description"]
    typed = plan_one(VARIABLE, "x", {"value": MASK}, None, AIRFLOW_3)
    assert payload(typed, AIRFLOW_3)["value"] == MASK


@pytest.mark.parametrize(
    ("old", "new", "before", "after"),
    [
        ("a", "b", "a", "b"),
        ('{"a":1}', '{"a": 1}', '{"a":1}', '{"a": 1}'),
        ('{"a":1}', {"a": 2}, {"a": 1}, {"a": 2}),
        ('{"token":"old"}', {"token": "new"}, '{"token": "***"}', '{"token": "***"} (changed)'),
        ("postgres://u:old@h", "postgres://u:new@h", "postgres://u:***@h", "postgres://u:***@h (changed)"),
    ],
)
def test_a_diff_shows_that_something_changed_even_where_it_hides_what(
    old: str, new: Any, before: Any, after: Any
) -> None:
    change = plan_one(VARIABLE, "db", {"value": new}, {"key": "db", "value": old}, AIRFLOW_2)
    assert (change.before()["value"], change.after()["value"]) == (before, after)


def test_a_hidden_value_that_is_sent_again_says_so() -> None:
    change = plan_one(VARIABLE, "api_token", {"value": "x"}, {"key": "api_token", "value": MASK}, AIRFLOW_3)
    assert change.after()["value"] == "*** (sent again, as the stored value is hidden)"


@pytest.mark.parametrize("state", ["present", "absent"])
def test_the_default_pool_is_resized_but_never_deleted(state: str, server: Server) -> None:
    stored = {**EMPTY_POOL, "name": "default_pool"}
    if state == "present":
        assert plan_one(POOL, "default_pool", {"slots": 8}, stored, server).action == "update"
        return
    with pytest.raises(InvalidInputError, match="pool 'default_pool' is never deleted: tasks without a pool run in it"):
        plan_one(POOL, "default_pool", {}, stored, server, state="absent")


def test_what_can_never_be_changed_is_only_refused_if_it_would_have_to_change() -> None:
    stored = {**EMPTY_POOL, "name": "default_pool", "description": "Default pool"}
    with pytest.raises(InvalidInputError, match="description of pool 'default_pool' cannot be changed on Airflow 3"):
        plan_one(POOL, "default_pool", {"description": "x"}, stored, AIRFLOW_3)
    assert plan_one(POOL, "default_pool", {"description": "Default pool"}, stored, AIRFLOW_3).action == "none"
    assert plan_one(POOL, "default_pool", {"description": "x"}, stored, AIRFLOW_2).action == "update"


@pytest.mark.parametrize(
    ("server", "desired", "message"),
    [
        (
            Server(V1, "2.6.3"),
            {"include_deferred": True},
            "include_deferred needs Airflow 2.7.0 or later; this server is",
        ),
        (AIRFLOW_2, {"team_name": "x"}, "team_name needs Airflow 3.2.0 or later; this server is Airflow 2.11.2"),
        (
            Server(V2, "3.1.0"),
            {"team_name": "x"},
            "team_name needs Airflow 3.2.0 or later; this server is Airflow 3.1.0",
        ),
        (AIRFLOW_2, {"slots": -1}, "slots must be 0 or more, got -1: Airflow 2 stores -1, and then answers 500"),
    ],
)
def test_what_this_server_cannot_do_is_named(server: Server, desired: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        plan_one(POOL, "etl", desired, EMPTY_POOL, server)


def test_a_pool_without_limit_is_right_on_airflow_3() -> None:
    assert plan_one(POOL, "etl", {"slots": -1}, EMPTY_POOL, AIRFLOW_3).action == "update"


@pytest.mark.parametrize(
    ("resource", "values", "message"),
    [
        (POOL, {"slots": -2}, "slots must be from -1 to 2147483647, got -2"),
        (POOL, {"slots": 2**31}, "slots must be from -1 to 2147483647, got 2147483648"),
        (POOL, {"name": "x" * 257}, "name must have at most 256 characters, got 257"),
        (VARIABLE, {"key": "x" * 251}, "key must have at most 250 characters, got 251"),
    ],
)
def test_what_no_server_can_do_is_named_before_anything_is_sent(
    resource: Resource, values: dict[str, Any], message: str
) -> None:
    with pytest.raises(InvalidInputError, match=message):
        check_options(resource.options(), values)


@pytest.mark.parametrize("name", ["", "  ", "a\0b"])
def test_names_that_no_server_can_have(name: str) -> None:
    with pytest.raises(InvalidInputError, match="name must not"):
        check_identity(POOL.identity, name)


@pytest.mark.parametrize(
    ("resource", "server", "name", "unreachable"),
    [
        (POOL, AIRFLOW_2, "a/b", True),
        (POOL, AIRFLOW_3, "a/b", False),
        (VARIABLE, AIRFLOW_2, "a/b", False),
        (VARIABLE, AIRFLOW_2, "/b", True),
        (VARIABLE, AIRFLOW_3, "/b", False),
        (POOL, AIRFLOW_2, "a\nb", False),
        (POOL, AIRFLOW_3, "a\nb", True),
        (VARIABLE, AIRFLOW_2, "a\nb", True),
    ],
)
def test_names_that_an_api_cannot_address(resource: Resource, server: Server, name: str, unreachable: bool) -> None:
    assert bool(why_unreachable(resource.unreachable, name, server)) is unreachable
