# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan: what has to be done, from what is wanted and what is there."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.dataops.airflow.plugins.module_utils._engine.options import (
    check_identity,
    check_on_server,
    check_options,
    parse_options,
    why_unreachable,
)
from ansible_collections.dataops.airflow.plugins.module_utils._engine.plan import (
    payload,
    plan_one,
    recreation,
    still_different,
    update_mask,
)
from ansible_collections.dataops.airflow.plugins.module_utils._engine.show import predicted, sides
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.connection.connection import CONNECTION
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.dag.dag import DAG
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.pool.pool import POOL
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.role.role import ROLE
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.user.user import USER
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.variable.variable import VARIABLE
from ansible_collections.dataops.airflow.plugins.module_utils._model.api import V1, V2, Server
from ansible_collections.dataops.airflow.plugins.module_utils._model.change import Action, Change
from ansible_collections.dataops.airflow.plugins.module_utils._model.compare import MASK
from ansible_collections.dataops.airflow.plugins.module_utils._model.errors import InvalidInputError
from ansible_collections.dataops.airflow.plugins.module_utils._model.field import Field
from ansible_collections.dataops.airflow.plugins.module_utils._model.resource import Resource
from ansible_collections.dataops.airflow.plugins.module_utils._model.secrets import holds_mask
from ansible_collections.dataops.airflow.tests.declarations import RESOURCES

AIRFLOW_2 = Server(V1, "2.11.2")
AIRFLOW_3 = Server(V2, "3.3.2")
EMPTY_POOL = {"name": "etl", "slots": 4, "description": None, "include_deferred": False, "open_slots": 4}

WORDS = st.text("ab*", max_size=4)
PERMISSION = st.fixed_dictionaries({"action": st.sampled_from("rw"), "resource": st.sampled_from("xy")})
EXTRA = st.dictionaries(
    st.sampled_from(["host", "password", "nested"]),
    st.recursive(
        WORDS | st.integers(0, 2) | st.booleans() | st.none(),
        lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["a", "token"]), inner, max_size=2),
        max_leaves=4,
    ),
    max_size=3,
)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "slots": st.integers(0, 1000),
    **dict.fromkeys(["include_deferred", "paused"], st.booleans()),
    "value": WORDS | st.dictionaries(st.sampled_from(["a", "b"]), st.integers(), max_size=2),
    "conn_type": st.sampled_from(["http", "postgres"]),
    "port": st.integers(0, 3) | st.just(""),
    "extra": EXTRA,
    "permissions": st.lists(PERMISSION, max_size=3),
    "roles": st.lists(st.sampled_from("xyz"), max_size=3),
    **dict.fromkeys(["email", "first_name", "last_name"], st.text("ab", min_size=1, max_size=4)),
}
SERVERS = [AIRFLOW_2, AIRFLOW_3]
PLACE = ("dag_id", "dag_run_id", "task_id", "map_index")


def before_of(change: Change) -> dict[str, Any]:
    return {**sides(change)[0]}


def after_of(change: Change) -> dict[str, Any]:
    return {**sides(change)[1]}


def available(resource: Resource, server: Server) -> list[Field]:
    return [item for item in resource.fields if not server.lacks(item.since)]


@dataclass(frozen=True)
class Situation:
    """A resource, a server, what is wanted, and what is stored: nothing, or a whole object as the API writes it."""

    resource: Resource
    server: Server
    given: Mapping[str, Any]
    stored: Mapping[str, Any] | None

    @property
    def current(self) -> dict[str, Any] | None:
        """What is stored as the server shows it, with the options' names and forms."""
        if self.stored is None:
            return None
        shown = {name: hide(name, value, self.server) for name, value in self.stored.items()}
        unseen = {item.name for item in self.resource.fields if self.server.api.name in item.write_only}
        return self.resource.decode(
            {name: value for name, value in shown.items() if name not in unseen}, self.server.api
        )

    def plan(self, policy: str = "always") -> Change:
        prepared = self.resource.hooks.normalize(
            parse_options(self.resource.fields, self.given), self.current, self.server
        )
        return plan_one(self.resource, "x", prepared, self.current, self.server, policy=policy)


def hide(name: str, value: Any, server: Server, key: str = "") -> Any:
    """What servers hide: a connection's password, and the texts in its extra under sensitive keys, at any depth."""
    if name == "password":
        return MASK if value else None
    if name == "extra" and value:
        return json.dumps(hide("", json.loads(value), server))
    if isinstance(value, dict):
        return {
            inner: hide(name, item, server, key or (inner if inner in ("password", "token") else ""))
            for inner, item in value.items()
        }
    if isinstance(value, list):
        return [hide(name, item, server, key) for item in value]
    return MASK if key and isinstance(value, str) else value


@st.composite
def situations(draw: st.DrawFn, *kinds: Resource) -> Situation:
    resource = draw(st.sampled_from(kinds or RESOURCES)).bind(dict.fromkeys(PLACE, 1))
    server = draw(st.sampled_from([server for server in SERVERS if not server.lacks(resource.since)]))
    server = server.part(resource.part)
    fields = available(resource, server)
    values = {item.name: VALUES.get(item.name, WORDS) for item in fields}
    required = {item.name for item in fields if item.needed or item.not_empty}
    if resource is USER:
        values["password"] = st.text("ab", min_size=1, max_size=4)
    given = {item.name: draw(values[item.name]) for item in fields if item.name in required or draw(st.booleans())}
    if resource is CONNECTION and "password" in given and not given["password"]:
        # Clearing a password has its own tests: it can be refused.
        given.pop("password")
    stored = None
    if resource.kind == DAG.kind or draw(st.booleans()):
        stored = {resource.identity.name: "x"}
        for item in fields:
            stored[item.key(server.api)] = item.encode(item.parse(draw(values[item.name])))
    return Situation(resource, server, given, stored)


def apply(case: Situation) -> Situation:
    """Store what a plan sends, as Airflow does."""
    change = case.plan()
    body = payload(change, case.server)
    fields = available(case.resource, case.server)
    if change.action is Action.CREATE:
        nothing: dict[str, Any] = {item.key(case.server.api): None for item in fields}
        return replace(case, stored={**nothing, **body})
    assert case.stored is not None
    own_name = {item.mask_name.get(case.server.api.name, ""): item.name for item in fields}
    mask = [own_name.get(name, name) for name in update_mask(change, case.server)]
    sent = mask or ([] if change.action is Action.NONE else list(body))
    return replace(case, stored={**case.stored, **{name: body[name] for name in sent}})


@given(situations())
def test_apply_then_plan_is_nothing_to_do(case: Situation) -> None:
    after = apply(case)
    again = after.plan(policy="on_create")
    assert (again.action, again.fields) == (Action.NONE, ())
    assert before_of(again) == after_of(again)
    assert still_different(case.plan(), after.current, case.server) == []


@given(situations())
def test_an_option_left_out_never_changes_the_server(case: Situation) -> None:
    after = apply(case)
    assert after.stored is not None
    for item in available(case.resource, case.server):
        if item.name not in case.given:
            key = item.key(case.server.api)
            assert (after.stored[key] or None) == ((case.stored or {}).get(key) or None)


@given(situations())
def test_a_payload_holds_declared_fields_and_what_the_api_needs(case: Situation) -> None:
    change = case.plan()
    update = change.action is Action.UPDATE
    api = case.server.api
    needed = {item.key(api) for item in case.resource.fields if api.name in item.whole and update}
    initial = {item.key(api) for item in case.resource.fields if item.initial is not None and not update}
    fields = {item.key(api) for item in case.resource.fields if item.name in change.fields}
    body = set(payload(change, case.server))
    name = set() if change.action in case.resource.omits_identity else {case.resource.identity.name}
    assert body - initial == {*name, *case.resource.selected, *fields, *needed} - initial


@given(situations())
def test_a_change_is_always_visible_in_the_diff(case: Situation) -> None:
    change = case.plan()
    assert (before_of(change) != after_of(change)) == (change.action is not Action.NONE)


@given(situations())
def test_no_payload_holds_a_mask_that_the_user_did_not_type(case: Situation) -> None:
    if not holds_mask(case.given) and not holds_mask(case.stored):
        assert not holds_mask(payload(case.plan(), case.server))


@given(situations(CONNECTION), st.sampled_from(["always", "on_create"]), st.data())
def test_a_rotated_visible_value_is_always_seen(case: Situation, policy: str, data: st.DataObject) -> None:
    after = apply(case)
    seen = [item for item in available(CONNECTION, case.server) if item.name != "password"]
    item = data.draw(st.sampled_from([item for item in seen if item.name in case.given]))
    was = item.parse(case.given[item.name])
    if item.name == "extra":
        rotated = {**was, "rotated": 1}
    else:
        rotated = data.draw(VALUES.get(item.name, WORDS).filter(lambda value: item.parse(value) != was))
    change = replace(after, given={**case.given, item.name: rotated}).plan(policy)
    assert item.name in change.fields


@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.kind)
def test_delete_and_absence(resource: Resource, server: Server) -> None:
    server = server.part(resource.part)
    assert plan_one(resource, "x", {}, None, server, state="absent").action is Action.NONE
    change = plan_one(resource, "x", {}, {resource.identity.name: "x"}, server, state="absent")
    assert (change.action, after_of(change)) == (Action.DELETE, {})


def test_what_is_needed_to_create_is_named() -> None:
    with pytest.raises(InvalidInputError, match="pool 'etl' does not exist yet; creating it requires slots"):
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


@pytest.mark.parametrize(
    ("policy", "action", "fields"), [("always", Action.UPDATE, ("value",)), ("on_create", Action.NONE, ())]
)
def test_a_hidden_value_is_unknown_and_the_policy_decides(policy: str, action: Action, fields: tuple[str, ...]) -> None:
    stored = {"key": "api_token", "value": MASK, "description": None}
    change = plan_one(VARIABLE, "api_token", {"value": "x"}, stored, AIRFLOW_3, policy=policy)
    assert (change.action, change.fields, change.unverified) == (action, fields, ("value",))


def test_a_visible_difference_is_seen_under_either_policy() -> None:
    stored = {"key": "db", "value": json.dumps({"password": MASK, "host": "a"}), "description": None}
    wanted = {"value": {"password": "x", "host": "b"}}
    change = plan_one(VARIABLE, "db", wanted, stored, AIRFLOW_3, policy="on_create")
    assert (change.action, change.unverified) == (Action.UPDATE, ())
    assert before_of(change)["value"] == {"password": MASK, "host": "a"}
    assert after_of(change)["value"] == {"password": MASK, "host": "b"}


def test_a_mask_is_sent_only_if_the_user_typed_it() -> None:
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
    assert (before_of(change)["value"], after_of(change)["value"]) == (before, after)


def test_a_hidden_value_that_is_sent_again_says_so() -> None:
    change = plan_one(VARIABLE, "api_token", {"value": "x"}, {"key": "api_token", "value": MASK}, AIRFLOW_3)
    assert after_of(change)["value"] == "*** (sent again, as the stored value is hidden)"


@pytest.mark.parametrize("state", ["present", "absent"])
def test_the_default_pool_is_resized_but_never_deleted(state: str, server: Server) -> None:
    stored = {**EMPTY_POOL, "name": "default_pool"}
    if state == "present":
        assert plan_one(POOL, "default_pool", {"slots": 8}, stored, server).action is Action.UPDATE
        return
    with pytest.raises(InvalidInputError, match="pool 'default_pool' is never deleted: tasks without a pool run in it"):
        plan_one(POOL, "default_pool", {}, stored, server, state="absent")


def test_what_can_never_be_changed_is_only_refused_if_it_would_have_to_change() -> None:
    stored = {**EMPTY_POOL, "name": "default_pool", "description": "Default pool"}
    with pytest.raises(InvalidInputError, match="description of pool 'default_pool' cannot be changed on Airflow 3"):
        plan_one(POOL, "default_pool", {"description": "x"}, stored, AIRFLOW_3)
    assert plan_one(POOL, "default_pool", {"description": "Default pool"}, stored, AIRFLOW_3).action is Action.NONE
    assert plan_one(POOL, "default_pool", {"description": "x"}, stored, AIRFLOW_2).action is Action.UPDATE


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
        check_on_server(POOL.fields, desired, server)


def test_a_pool_without_limit_is_right_on_airflow_3() -> None:
    check_on_server(POOL.fields, {"slots": -1}, AIRFLOW_3)
    assert plan_one(POOL, "etl", {"slots": -1}, EMPTY_POOL, AIRFLOW_3).action is Action.UPDATE


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


WAREHOUSE = {
    "connection_id": "warehouse",
    "conn_type": "postgres",
    "description": "Read only",
    "host": "db",
    "login": None,
    "schema": "",
    "port": 5432,
    "extra": {"sslmode": "require"},
}


def warehouse(server: Server, **changed: Any) -> dict[str, Any]:
    return {**WAREHOUSE, **({"password": MASK, "team_name": None} if server is AIRFLOW_3 else {}), **changed}


@pytest.mark.parametrize("server", SERVERS)
def test_a_password_is_cleared_by_deletion_and_creation_with_all_else_kept(server: Server) -> None:
    change = plan_one(CONNECTION, "warehouse", {"password": "", "host": "db2"}, warehouse(server), server)
    assert change.action is Action.REPLACE
    assert payload(recreation(change), server) == {
        "connection_id": "warehouse",
        "conn_type": "postgres",
        "description": "Read only",
        "host": "db2",
        "port": 5432,
        "extra": '{"sslmode": "require"}',
    }
    assert (before_of(change)["password"], after_of(change)["password"]) == (MASK, "")
    assert predicted(change, server).get("password") is None


@pytest.mark.parametrize("server", SERVERS)
def test_a_password_is_not_cleared_if_something_hidden_would_be_lost(server: Server) -> None:
    stored = warehouse(server, extra={"api_key": f"a{MASK}b", "n": 1})
    with pytest.raises(
        InvalidInputError, match="what it hides in extra would be lost. Give extra as well; nothing was"
    ):
        plan_one(CONNECTION, "warehouse", {"password": ""}, stored, server)
    desired = {"password": "", "extra": {"api_key": "a-secret-b", "n": 1}}
    change = plan_one(CONNECTION, "warehouse", desired, stored, server, policy="always")
    assert json.loads(payload(recreation(change), server)["extra"]) == desired["extra"]


@pytest.mark.parametrize(
    ("server", "shown", "wanted", "policy", "action", "unverified"),
    [
        (AIRFLOW_3, MASK, "x", "always", Action.UPDATE, ("password",)),
        (AIRFLOW_3, MASK, "x", "on_create", Action.NONE, ("password",)),
        (AIRFLOW_3, None, "x", "on_create", Action.UPDATE, ()),
        (AIRFLOW_3, None, "", "always", Action.NONE, ()),
        (AIRFLOW_3, MASK, "", "on_create", Action.REPLACE, ()),
        (AIRFLOW_3, "shown", "shown", "always", Action.NONE, ()),
        (AIRFLOW_3, "shown", "x", "on_create", Action.UPDATE, ()),
        (AIRFLOW_2, None, "x", "always", Action.UPDATE, ("password",)),
        (AIRFLOW_2, None, "x", "on_create", Action.NONE, ("password",)),
        (AIRFLOW_2, None, "", "on_create", Action.NONE, ("password",)),
        (AIRFLOW_2, None, None, "always", Action.NONE, ("password",)),
    ],
)
def test_what_is_known_of_a_password(
    server: Server, shown: str | None, wanted: str | None, policy: str, action: Action, unverified: tuple[str, ...]
) -> None:
    stored = warehouse(server, **({"password": shown} if server is AIRFLOW_3 else {}))
    change = plan_one(CONNECTION, "warehouse", {"password": wanted}, stored, server, policy=policy)
    assert (change.action, change.unverified) == (action, unverified)


@pytest.mark.parametrize(("server", "password"), [(AIRFLOW_2, None), (AIRFLOW_3, "")])
def test_a_uri_says_all_of_a_connection(server: Server, password: str | None) -> None:
    desired = CONNECTION.hooks.normalize({"uri": "http://h", "description": "d"}, None, server)
    assert desired == {
        "conn_type": "http",
        "description": "d",
        "host": "h",
        "login": "",
        "password": password,
        "schema": "",
        "port": None,
        "extra": {},
    }


@pytest.mark.parametrize(
    ("field", "value", "parsed"),
    [
        ("port", 5432, 5432),
        ("port", " 5432 ", 5432),
        ("port", "", None),
        ("extra", "", {}),
        ("extra", ' {"a": 1}', {"a": 1}),
        ("extra", "no JSON", "no JSON"),
    ],
)
def test_options_of_a_connection_are_parsed(field: str, value: Any, parsed: Any) -> None:
    assert parse_options(CONNECTION.fields, {field: value}) == {field: parsed}


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("port", "x", "port must be a number from 0 to 65535, or '' to clear it, got 'x'"),
        ("port", 65536, "port must be a number from 0 to 65535, or '' to clear it, got 65536"),
        ("port", True, "port must be"),
        ("port", "-1", "port must be"),
        ("extra", "[1]", "extra must be a dict, or the text of a JSON object$"),
        ("extra", 1, "extra must be a dict"),
    ],
)
def test_what_an_option_of_a_connection_cannot_be(field: str, value: Any, message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        parse_options(CONNECTION.fields, {field: value})


def test_extra_that_is_no_json_is_for_airflow_2() -> None:
    assert CONNECTION.hooks.normalize({"extra": "text"}, None, AIRFLOW_2) == {"extra": "text"}
    with pytest.raises(InvalidInputError, match="extra must be a dict.*: Airflow 3 takes nothing else"):
        CONNECTION.hooks.normalize({"extra": "text"}, None, AIRFLOW_3)


@pytest.mark.parametrize("name", ["a b", "a/b", "x" * 201, "a\n", "ä!"])
def test_what_a_connection_cannot_be_called_when_it_is_created(name: str) -> None:
    with pytest.raises(InvalidInputError, match="connection_id must be 1 to 200 letters"):
        plan_one(CONNECTION, name, {"conn_type": "http"}, None, AIRFLOW_3)
    assert plan_one(CONNECTION, name, {}, {**WAREHOUSE, "connection_id": name}, AIRFLOW_3).action is Action.NONE


READ_POOLS = {"action": "can_read", "resource": "Pools"}
READ_DAGS = {"action": "can_read", "resource": "DAGs"}
WEBSITE = {"action": "can_read", "resource": "Website"}


@pytest.mark.parametrize(
    ("wanted", "stored", "after"),
    [
        ([READ_POOLS, READ_DAGS], [READ_DAGS, READ_POOLS], None),
        ([READ_POOLS], [READ_POOLS, WEBSITE], None),
        ([READ_POOLS, READ_POOLS], [READ_POOLS], None),
        ([], [WEBSITE], None),
        ([READ_POOLS], [READ_POOLS, READ_DAGS, WEBSITE], [READ_POOLS, WEBSITE]),
        ([READ_POOLS, WEBSITE], [READ_POOLS], [READ_POOLS, WEBSITE]),
        ([], [READ_POOLS], []),
    ],
)
@pytest.mark.parametrize("server", SERVERS)
def test_permissions_are_an_exact_set_but_for_what_airflow_adds(
    server: Server, wanted: list[Any], stored: list[Any], after: list[Any] | None
) -> None:
    server = server.part("fab")
    current = {"name": "r", "permissions": stored}
    desired = ROLE.hooks.normalize({"permissions": wanted}, current, server)
    change = plan_one(ROLE, "r", desired, current, server)
    assert change.action == (Action.NONE if after is None else Action.UPDATE)
    if after is not None:
        assert after_of(change)["permissions"] == after


@pytest.mark.parametrize("server", SERVERS)
def test_a_user_is_patched_with_all_that_the_api_wants(server: Server) -> None:
    server = server.part("fab")
    current = {"username": "ada", "email": "a@b", "first_name": "A", "last_name": "L", "roles": ["Viewer"]}
    change = plan_one(USER, "Ada", {"roles": ["Op"]}, current, server)
    assert payload(change, server) == {**current, "roles": [{"name": "Op"}]}
    assert update_mask(change, server) == ["roles"]
    for options in ({"roles": ["Op"]}, {"password": "x"}):
        assert "password" not in predicted(plan_one(USER, "ada", options, current, server), server)


@pytest.mark.parametrize(
    ("server", "changed", "name", "reason"),
    [
        (AIRFLOW_2, {}, "a:b", "connection_id must be 1 to 200 ASCII letters"),
        (AIRFLOW_3, {}, "a:b", "connection_id must be 1 to 200 letters"),
        (AIRFLOW_3, {"conn_type": ""}, "warehouse", "requires conn_type"),
        (AIRFLOW_2, {"extra": "[1, 2]"}, "warehouse", "extra must be a dict"),
        (AIRFLOW_2, {"host": "x" * 501}, "warehouse", "host must have at most 500 characters"),
    ],
)
def test_a_password_is_not_cleared_if_the_connection_could_not_be_created_anew(
    server: Server, changed: dict[str, Any], name: str, reason: str
) -> None:
    stored = warehouse(server, connection_id=name, **changed)
    with pytest.raises(InvalidInputError, match=f"and it would not create this one: .*{reason}.*Nothing was changed"):
        plan_one(CONNECTION, name, {"password": ""}, stored, server)


def test_on_create_does_not_overwrite_what_is_hidden_to_clear_a_password() -> None:
    stored = warehouse(AIRFLOW_3, extra={"token": MASK})
    desired = {"password": "", "extra": {"token": "x"}}
    with pytest.raises(InvalidInputError, match="extra could not be kept as stored, as update_secrets=on_create"):
        plan_one(CONNECTION, "warehouse", desired, stored, AIRFLOW_3, policy="on_create")


def test_asterisks_in_a_description_hide_nothing() -> None:
    stored = warehouse(AIRFLOW_3, description="*** hot ***")
    assert plan_one(CONNECTION, "warehouse", {"password": ""}, stored, AIRFLOW_3).action is Action.REPLACE


@pytest.mark.parametrize("server", SERVERS)
def test_an_empty_name_of_a_user_is_left_out_where_it_cannot_be_sent(server: Server) -> None:
    server = server.part("fab")
    current = {"username": "ada", "email": "a@b", "first_name": "A", "last_name": "", "roles": ["Viewer"]}
    body = payload(plan_one(USER, "ada", {"roles": ["Op"]}, current, server), server)
    assert ("last_name" in body) == (server.api is V1)


def test_a_password_that_nobody_sets_is_not_in_the_diff() -> None:
    desired = CONNECTION.hooks.normalize({"uri": "http://u@h"}, None, AIRFLOW_2)
    assert after_of(plan_one(CONNECTION, "x", desired, None, AIRFLOW_2))["password"] is None


def test_a_built_in_role_is_protected_by_its_stored_name() -> None:
    with pytest.raises(InvalidInputError, match="role 'viewer' is never deleted"):
        plan_one(ROLE, "viewer", {}, {"name": "Viewer"}, AIRFLOW_2, state="absent")
