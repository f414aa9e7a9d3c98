# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``update_secrets: on_change``: what is hidden and unchanged is not sent, and all else is, whatever goes wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Mapping

import pytest

from ansible_collections.dataops.airflow.plugins.module_utils._kinds.connection.connection import CONNECTION
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.deployment import ledger
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.deployment.blame import Deed, Touch
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.deployment.fingerprints import (
    CHANGED,
    EMPTIED,
    NEW,
    Keys,
)
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.deployment.ledger import NOWHERE, Entry
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.deployment.scope_names import SCOPES
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.deployment.touched import (
    Sighting,
    sightings,
    touched,
)
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.variable.variable import VARIABLE
from ansible_collections.dataops.airflow.plugins.module_utils._model.errors import AirflowError
from ansible_collections.dataops.airflow.tests.unit.keeping import Keeper
from ansible_collections.dataops.airflow.tests.unit.logged import Logged
from ansible_collections.dataops.airflow.tests.unit.samples import AIRFLOW_2, AIRFLOW_3
from ansible_collections.dataops.airflow.tests.unit.scripted import Sent
from ansible_collections.dataops.airflow.tests.unit.test_deployment_apply import each_version, keeper, planned
from ansible_collections.dataops.airflow.tests.unit.test_scope import WAYS, World, befalls, ledgers, run, world
from ansible_collections.dataops.airflow.tests.unit.turns import Killed

__all__ = ["world"]

KEY = "schluessel-0123456789"
OTHER_KEY = "schluessel-9876543210"
SECRETS = ("geheim-1", "geheim-2", "geheim-3", "geheim-4", "geheim-5")
DB: Mapping[str, Any] = {"connection_id": "db", "conn_type": "http", "host": "h", "password": "geheim-1"}
WANTED: Mapping[str, Any] = {
    "pools": [{"name": "p1", "slots": 1}],
    "connections": [
        DB,
        {"connection_id": "api", "conn_type": "http", "password": "geheim-1", "extra": {"a": 1, "token": "geheim-2"}},
        {"connection_id": "open", "conn_type": "http", "host": "h"},
    ],
    "variables": [
        {"key": "api_token", "value": "geheim-3"},
        {"key": "json", "value": {"b": 1, "a": {"password": "geheim-4"}}},
        {"key": "region", "value": "eu"},
    ],
}
STORED = {"db": "geheim-1", "api": "geheim-1", "open": None}


def logged(version: str) -> Logged:
    made = Logged({}, version, {})
    made.kept = keeper(version).kept
    return made


def reader(server: Logged) -> Logged:
    """The same server for a task in check mode."""
    made = Logged({}, server._version, {}, read_only=True)
    made.kept, made.log, made.is_open = server.kept, server.log, server.is_open
    return made


def go(server: Keeper, wanted: Mapping[str, Any] | None = None, **options: Any) -> Any:
    given = {"purge": [], "update_secrets": "on_change", "fingerprint_key": KEY, **options}
    return run(server, WANTED if wanted is None else wanted, **given)


def went(server: Keeper, wanted: Mapping[str, Any] | None = None, **options: Any) -> Any:
    result = go(server, wanted, **options)
    assert not isinstance(result, AirflowError), result
    return result


def rotated(**changed: Any) -> dict[str, Any]:
    """What is wanted, with other options of the connection ``db``."""
    return {**WANTED, "connections": [{**DB, **changed}, *WANTED["connections"][1:]]}


def objects(server: Keeper) -> list[str]:
    """The writes of objects, of many with one request as well."""
    found: list[str] = []
    for request in server.writes:
        if SCOPES not in request.path and SCOPES not in str(request.body):
            entities = [row for action in (request.body or {}).get("actions", ()) for row in action["entities"]]
            found += [f"{request.method} {row}" for row in entities] or [f"{request.method} {request.path}"]
    return found


def looks(server: Keeper) -> int:
    return server.asked("GET /eventLogs")


def quiet(server: Keeper, wanted: Mapping[str, Any] | None = None, **options: Any) -> Any:
    """A run that has nothing to do."""
    result = went(server, wanted, **options)
    assert (result["changed"], result["plan"], server.writes, result["warnings"]) == (False, [], [], [])
    assert result["summary"]["unverified"] == 0
    return result


def notes(result: Any) -> dict[str, dict[str, str]]:
    plan = result.facts["plan"] if isinstance(result, AirflowError) else result["plan"]
    return {row["name"]: row["notes"] for row in plan if "notes" in row}


def passwords(server: Keeper) -> dict[str, str | None]:
    kept = server.kept["connections"]
    return {name: kept[name].get("password") for name in STORED if name in kept}


@each_version
def test_what_is_unchanged_is_not_sent(version: str, world: World) -> None:
    server = logged(version)
    first = went(server)
    assert (first["changed"], first["warnings"]) == (True, [])
    assert looks(server) == 1
    for _again in range(2):
        quiet(server)
        assert looks(server) == 1
    assert server.kept["variables"]["api_token"]["value"] == "geheim-3"


@each_version
def test_what_is_changed_is_sent_once(version: str, world: World) -> None:
    server = logged(version)
    went(server)
    wanted = rotated(password="geheim-5")
    result = went(server, wanted)
    assert objects(server) == ["PATCH /connections/db"]
    assert (planned(result), notes(result)) == (["update connection db"], {"db": {"password": CHANGED}})
    assert (result["summary"]["unverified"], result["plan"][0]["unverified"]) == (0, [])
    assert passwords(server)["db"] == "geheim-5"
    quiet(server, wanted)
    # The old one is a change again.
    went(server)
    assert passwords(server) == STORED
    quiet(server)


@each_version
@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("connections", {**WANTED["connections"][1], "extra": {"a": 1, "token": "geheim-5"}}),
        ("connections", {**WANTED["connections"][1], "extra": {"a": 1, "token": ""}}),
        ("variables", {"key": "api_token", "value": "geheim-5"}),
        ("variables", {"key": "json", "value": {"b": 1, "a": {"password": "geheim-5"}}}),
    ],
)
def test_every_hidden_leaf_is_known(version: str, option: str, value: Any, world: World) -> None:
    server = logged(version)
    went(server)
    name = value.get("connection_id") or value["key"]
    items = [value if name in item.values() else item for item in WANTED[option]]
    result = went(server, {**WANTED, option: items})
    assert [row["name"] for row in result["plan"]] == [name]
    assert objects(server) == [f"PATCH /{option}/{name}"]
    quiet(server, {**WANTED, option: items})


@each_version
def test_another_form_of_the_same_value_is_no_change(version: str, world: World) -> None:
    server = logged(version)
    went(server)
    api = {**WANTED["connections"][1], "extra": '{"token":  "geheim-2", "a": 1}'}
    text = {"key": "json", "value": '{"a": {"password": "geheim-4"}, "b": 1}'}
    variables = [WANTED["variables"][0], text if version == AIRFLOW_3 else WANTED["variables"][1]]
    quiet(server, {**WANTED, "connections": [DB, api], "variables": variables})
    uri = {"connection_id": "db", "uri": "http://:geheim-1@h"}
    # Other fields are given, of which the ledger has marks.
    result = went(server, {**WANTED, "connections": [uri]})
    assert (result["changed"], result["plan"], objects(server)) == (False, [], [])


@each_version
def test_what_somebody_has_touched_is_written_over(version: str, world: World) -> None:
    server = logged(version)
    went(server)
    server.by("ada", "PATCH", "/connections/db", {"connection_id": "db", "conn_type": "http", "password": "x"})
    server.by("bob", "PATCH", "/connections/open", {"connection_id": "open", "conn_type": "http", "host": "h"})
    server.by("bob", "PATCH", "/connections/api", {"connection_id": "api", "conn_type": "http", "description": ""})
    when = server.log[-3]["when"]
    result = went(server)
    assert notes(result) == {"db": {"password": f"touched by ada at {when}"}}
    assert result["plan"][0]["after"]["password"] == f"*** (touched by ada at {when})"
    assert objects(server) == ["PATCH /connections/db"]
    assert passwords(server) == STORED
    quiet(server)
    # What is changed as well says both.
    server.by("ada", "PATCH", "/connections/db", {"connection_id": "db", "conn_type": "http", "password": "x"})
    result = went(server, rotated(password="geheim-5"))
    assert notes(result)["db"]["password"].startswith(f"{CHANGED}, and touched by ada at ")


@each_version
def test_what_somebody_has_created_again_is_written_over(version: str, world: World) -> None:
    server = logged(version)
    went(server)
    server.by("ada", "DELETE", "/connections/db")
    again = {"connection_id": "db", "conn_type": "http", "host": "h", "password": "x"}
    server.by("ada", "POST", "/connections", {**again, "extra": None, "description": None})
    server.by("ada", "DELETE", "/variables/api_token")
    went(server)
    assert (passwords(server), server.kept["variables"]["api_token"]["value"]) == (STORED, "geheim-3")
    quiet(server)


def test_what_was_emptied_is_sent(world: World) -> None:
    server = logged(AIRFLOW_3)
    went(server)
    server.kept["connections"]["db"]["password"] = None
    server.kept["connections"]["api"]["extra"] = None
    # What Airflow cannot decrypt.
    server.kept["variables"]["api_token"]["value"] = None
    result = went(server)
    assert notes(result) == {"db": {"password": EMPTIED}, "api": {"extra": EMPTIED}, "api_token": {"value": EMPTIED}}
    assert (passwords(server), server.kept["variables"]["api_token"]["value"]) == (STORED, "geheim-3")
    quiet(server)


@each_version
def test_what_is_adopted_is_sent_once(version: str, world: World) -> None:
    server = logged(version)
    server.kept["connections"]["db"] = {**DB, "password": "x", "extra": None, "description": None}
    result = went(server)
    assert notes(result) == {"db": {"password": NEW}}
    assert next(row for row in result["plan"] if row["name"] == "db")["unverified"] == ["password"]
    assert passwords(server) == STORED
    quiet(server)


def test_that_there_is_no_password_is_known_on_airflow_2(world: World) -> None:
    server = logged(AIRFLOW_2)
    server.kept["connections"]["db"] = {**DB, "password": "x", "extra": None, "description": None}
    wanted = rotated(password="")
    assert planned(went(server, {"connections": wanted["connections"][:1]})) == ["update connection db"]
    assert passwords(server)["db"] is None
    quiet(server, {"connections": wanted["connections"][:1]})


@each_version
def test_where_the_log_cannot_be_read_the_fingerprint_decides_and_says_so(version: str, world: World) -> None:
    server = logged(version)
    server.is_open = False
    went(server)
    result = went(server)
    hidden = {"db": ["password"], "api": ["password", "extra"], "api_token": ["value"], "json": ["value"]}
    if version == AIRFLOW_2:
        del hidden["api_token"], hidden["json"]
    assert (result["changed"], server.writes) == (False, [])
    assert {row["name"]: row["unverified"] for row in result["plan"]} == hidden
    said = notes(result)["db"]["password"]
    assert said.startswith("as it was sent, by its fingerprint alone: there is no permission to read the event log")
    assert objects(server) == []
    result = went(server, rotated(password="geheim-5"))
    assert objects(server) == ["PATCH /connections/db"]
    # Once it can be read again, the last write of the ledger is the beginning.
    server.is_open = True
    quiet(server, rotated(password="geheim-5"))
    assert looks(server) == 1
    server.by("ada", "PATCH", "/connections/db", {"connection_id": "db", "conn_type": "http", "password": "x"})
    assert "touched by ada" in notes(went(server, rotated(password="geheim-5")))["db"]["password"]


@each_version
def test_where_the_log_was_cleaned_the_fingerprint_decides_and_says_so(version: str, world: World) -> None:
    server = logged(version)
    went(server)
    server.by("ada", "PATCH", "/connections/open", {"connection_id": "open", "conn_type": "http", "host": "h"})
    rows, server.log[:-1] = server.log[:-1], []
    result = went(server)
    assert (result["changed"], server.writes) == (False, [])
    doubt = "the event log does not show all since the last write of the ledger: it begins at 2026-11-30T"
    assert f"by its fingerprint alone: {doubt}" in notes(result)["db"]["password"]
    server.log.clear()
    assert "the event log has been cleaned" in notes(went(server))["db"]["password"]
    server.log[:] = rows
    quiet(server)


def test_before_airflow_2_9_the_log_is_not_read(world: World) -> None:
    server = logged(AIRFLOW_2)
    server._version = "2.8.4"
    went(server)
    result = went(server)
    assert (result["changed"], looks(server)) == (False, 0)
    assert notes(result)["db"]["password"].endswith(
        "that Airflow logs every change by its API needs Airflow 2.9.0 or later"
    )


@each_version
def test_a_request_reads_a_hundred_rows(version: str, world: World) -> None:
    server = logged(version)
    went(server)
    for _number in range(250):
        server.by("bob", "PATCH", "/connections/open", {"connection_id": "open", "conn_type": "http", "host": "h"})
    quiet(server)
    assert looks(server) == 3
    for _number in range(1000):
        server.by("bob", "PATCH", "/connections/open", {"connection_id": "open", "conn_type": "http", "host": "h"})
    result = went(server)
    assert (result["changed"], looks(server)) == (False, 10)
    assert "only its newest 1000 events were searched" in notes(result)["db"]["password"]


@each_version
def test_without_anything_hidden_the_log_is_not_read(version: str, world: World) -> None:
    server = logged(version)
    wanted = {"pools": WANTED["pools"], "variables": [WANTED["variables"][2]], "connections": [{**DB, "password": ""}]}
    del wanted["connections"][0]["password"]
    for _again in range(2):
        went(server, wanted)
        assert looks(server) == 0
    quiet(server, wanted)


# The key


@each_version
def test_a_key_can_be_replaced(version: str, world: World) -> None:
    server = logged(version)
    went(server)
    result = went(server, fingerprint_key=OTHER_KEY, fingerprint_key_previous=KEY)
    assert (result["changed"], result["plan"], objects(server)) == (False, [], [])
    assert server.writes
    for previous in (KEY, None):
        quiet(server, fingerprint_key=OTHER_KEY, fingerprint_key_previous=previous)
    # Without the previous one all is sent, once.
    result = went(server)
    hidden = 5 if version == AIRFLOW_3 else 3
    assert sum(len(said) for said in notes(result).values()) == hidden
    quiet(server)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"scope": None}, "update_secrets=on_change needs scope"),
        (
            {"fingerprint_key": None},
            "update_secrets=on_change needs fingerprint_key, or the environment variable AIRFLOW_FINGERPRINT_KEY",
        ),
        ({"fingerprint_key": "kurz"}, "fingerprint_key has 4 bytes; it needs at least 16"),
        ({"fingerprint_key": " "}, "fingerprint_key is empty"),
        ({"fingerprint_key_previous": "kurz"}, "fingerprint_key_previous has 4 bytes; it needs at least 16"),
        ({"fingerprint_key_previous": " "}, "fingerprint_key_previous is empty"),
        (
            {"fingerprint_key_previous": KEY, "fingerprint_key": None, "update_secrets": "always"},
            "fingerprint_key_previous needs fingerprint_key",
        ),
    ],
)
def test_options_that_cannot_work_are_refused_before_anything_is_sent(options: Any, message: str) -> None:
    server = logged(AIRFLOW_3)
    error = go(server, **options)
    assert error.message.startswith(message)
    assert server.sent == []


def test_a_fingerprint_is_of_one_value_of_one_object() -> None:
    keys, other = Keys(KEY.encode()), Keys(OTHER_KEY.encode(), KEY.encode())
    password, extra = (next(item for item in CONNECTION.fields if item.name == name) for name in ("password", "extra"))
    (value,) = (item for item in VARIABLE.fields if item.name == "value")
    places = [("connection", "a"), ("connection", "b"), ("variable", "a")]
    items = (password, extra, value)
    values = ("1", "1.0", "01", "", "a", "null", '{"a": 1}', '{"a": 1.0}', '{"a": true}', "[]", "{}", "ü")
    made = {
        (place, item.name, text): keys.fingerprint(place, item, text)
        for place in places
        for item in items
        for text in values
    }
    assert len(set(made.values())) == len(made)
    assert {len(own) for own in made.values()} == {11}
    place = places[0]
    assert keys.fingerprint(place, extra, {"b": 1, "a": 2}) == keys.fingerprint(place, extra, '{"a":2,"b":1}')
    # A password is one to the letter.
    assert keys.fingerprint(place, password, '{"a":2}') != keys.fingerprint(place, password, '{"a": 2}')
    assert other.knows(made[place, "password", "a"], place, password, "a")
    assert not Keys(OTHER_KEY.encode()).knows(made[place, "password", "a"], place, password, "a")


# What is never shown


@each_version
def test_no_secret_and_no_key_is_anywhere(version: str, world: World, tmp_path: Any) -> None:
    server = logged(version)
    file = tmp_path / "plan.json"
    results = [go(reader(server), plan_file=str(file)), go(server, plan_file=str(file)), go(server)]
    server.by("ada", "PATCH", "/connections/db", {"connection_id": "db", "conn_type": "http", "password": "x"})
    results += [go(server, rotated(password="geheim-5"), fingerprint_key=OTHER_KEY, fingerprint_key_previous=KEY)]
    server.is_open = False
    results.append(go(server, rotated(password="geheim-5"), plan_rows="all"))
    server.befall = lambda count, request: WAYS["403"] if request.method != "GET" else None
    results.append(go(server))
    unpacked = [ledger._asdict() for ledger in ledgers(server).values()]
    for each in (*results, *unpacked, file.read_text()):
        text = f"{each.message} {each.facts}" if isinstance(each, AirflowError) else str(each)
        assert not [secret for secret in (*SECRETS, KEY, OTHER_KEY) if secret in text]


@each_version
def test_check_mode_says_what_the_real_run_does(version: str, world: World) -> None:
    server = logged(version)
    went(server)
    server.by("ada", "PATCH", "/connections/db", {"connection_id": "db", "conn_type": "http", "password": "x"})
    api = {**WANTED["connections"][1], "extra": {"a": 2, "token": "geheim-5"}}
    for wanted in (WANTED, {**WANTED, "connections": [DB, api]}, {**WANTED, "connections": [DB, api]}):
        before = server.state()
        foreseen = went(reader(server), wanted)
        assert server.state() == before
        result = went(server, wanted)
        for name in ("changed", "plan", "diff", "summary", "adopted", "plan_digest"):
            assert foreseen[name] == result[name], name
    assert foreseen["changed"] is False


@each_version
def test_an_approved_plan_is_the_one_that_is_made(version: str, world: World, tmp_path: Any) -> None:
    server = logged(version)
    went(server)
    file, wanted = str(tmp_path / "plan.json"), rotated(password="geheim-5")
    went(reader(server), wanted, plan_file=file)
    # Why it is sent does not belong to it.
    (row,) = json.loads(Path(file).read_text())["changes"]
    assert (row["name"], "notes" in row) == ("db", False)
    assert isinstance(go(server, rotated(password="geheim-4"), plan_file=file), AirflowError)
    assert objects(server) == []
    went(server, wanted, plan_file=file)
    assert objects(server) == ["PATCH /connections/db"]


# Whatever goes wrong


FEW: Mapping[str, Any] = {"connections": WANTED["connections"][:2]}
ROTATED: Mapping[str, Any] = {"connections": [{**DB, "password": "geheim-5"}, WANTED["connections"][1]]}


@each_version
@pytest.mark.parametrize("is_made", [False, True], ids=["lost", "made"])
@pytest.mark.parametrize("last", [FEW, ROTATED], ids=["old", "new"])
def test_after_an_end_at_any_request_the_next_run_has_all_as_wanted(
    version: str, is_made: bool, last: Any, world: World
) -> None:
    for first in (None, FEW):
        number = 0
        while True:
            number += 1
            server, world.process = logged(version), "here-1-1"
            server.is_open = False
            if first:
                went(server, first)
            server.number, server.dies_at, server.is_made = 0, number, is_made
            try:
                went(server, ROTATED)
            except Killed:
                world.ended.add("here-1-1")
            else:
                break
            server.dies_at, world.process = None, "here-2-2"
            went(server, last)
            stored = {"db": last["connections"][0]["password"], "api": "geheim-1"}
            assert passwords(server) == stored, number
            assert went(server, last)["changed"] is False
            assert server.writes == []
            world.ended.clear()
        assert number > 5


@each_version
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("last", [FEW, ROTATED], ids=["old", "new"])
def test_after_a_fault_of_any_write_the_next_run_has_all_as_wanted(
    version: str, way: str, last: Any, world: World
) -> None:
    number = 0
    while True:
        number += 1
        server, world.process = logged(version), "here-1-1"
        server.is_open = False
        went(server, FEW)
        seen: list[str] = []

        server.befall = befalls(WAYS[way], number, False, seen)
        go(server, ROTATED)
        server.befall = None
        world.ended.add("here-1-1")
        world.process = "here-2-2"
        went(server, last)
        assert passwords(server)["db"] == last["connections"][0]["password"], (number, seen)
        assert went(server, last)["changed"] is False
        world.ended.clear()
        if len(seen) < number:
            break
    assert number > 4


@each_version
@pytest.mark.parametrize("user", ["ada", "ansible"])
@pytest.mark.parametrize("target", ["db", "api"])
def test_what_is_touched_while_a_run_is_under_way_is_found(version: str, user: str, target: str, world: World) -> None:
    """Of the object that this run writes only if it is somebody else's account."""
    number = 0
    while True:
        number += 1
        server = logged(version)
        went(server, FEW)
        count = 0

        def before(request: Sent, number: int = number, server: Logged = server) -> None:
            nonlocal count
            count += 1
            if count == number:
                body = {"connection_id": target, "conn_type": "http", "password": "x"}
                server.by(user, "PATCH", f"/connections/{target}", body)

        server.before = before
        went(server, ROTATED)
        server.before = None
        is_hidden = (user, target) == ("ansible", "db")
        went(server, ROTATED)
        if count < number:
            break
        if not is_hidden:
            assert passwords(server) == {"db": "geheim-5", "api": "geheim-1"}, number
            quiet(server, ROTATED)
    assert number > 6


@each_version
def test_what_is_touched_while_the_first_run_is_under_way_is_found(version: str, world: World) -> None:
    server = logged(version)
    body = {"connection_id": "db", "conn_type": "http", "password": "x"}

    def before(request: Sent) -> None:
        if request.path == "/eventLogs":
            server.by("ada", "PATCH", "/connections/db", body)

    server.before = before
    (warning,) = went(server, FEW)["warnings"][:1]
    server.before = None
    assert warning.startswith("connection 'db' was touched by ada at 20")
    assert warning.endswith(" while this task was running. The next run sends password again")
    went(server, FEW)
    assert passwords(server) == {"db": "geheim-1", "api": "geheim-1"}
    quiet(server, FEW)


@each_version
def test_a_run_with_another_policy_leaves_no_fingerprint_that_is_wrong(version: str, world: World) -> None:
    server = logged(version)
    server.is_open = False
    went(server)
    go(server, rotated(password="geheim-5"), update_secrets="always")
    assert passwords(server)["db"] == "geheim-5"
    went(server)
    assert passwords(server) == STORED


@each_version
def test_what_was_touched_while_it_was_not_listed_is_found_later(version: str, world: World) -> None:
    server = logged(version)
    went(server)
    server.by("ada", "PATCH", "/connections/db", {"connection_id": "db", "conn_type": "http", "password": "x"})
    others = WANTED["connections"][1:]
    quiet(server, {**WANTED, "connections": others})
    went(server, {**WANTED, "connections": others, "pools": [{"name": "p1", "slots": 2}]})
    assert passwords(server)["db"] == "x"
    went(server)
    assert passwords(server) == STORED
    quiet(server)


@each_version
def test_a_renamed_scope_still_knows_what_it_has_sent(version: str, world: World) -> None:
    server = logged(version)
    went(server)
    result = went(server, scope="new", scope_was="etl")
    assert (result["changed"], objects(server)) == (False, [])
    quiet(server, scope="new")
    assert {key[1] for key, entry in ledgers(server)["new"].entries.items() if "password" in entry.secrets} == {
        "db",
        "api",
    }


@each_version
def test_a_ledger_without_place_for_fingerprints_is_refused_before_anything_is_changed(
    version: str, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger, "LONGEST", 300)
    server = logged(version)
    before = server.state()
    error = go(server)
    assert error.message.startswith(
        "No object was changed, as the ledger could not be written: The ledger of scope 'etl' is full"
    )
    assert server.state() == before


@each_version
def test_of_two_ledgers_the_older_position_counts(version: str, world: World) -> None:
    server = logged(version)
    went(server, FEW)
    server.by("ada", "PATCH", "/connections/db", {"connection_id": "db", "conn_type": "http", "password": "x"})
    went(server, {"connections": [{"connection_id": "c1", "conn_type": "http", "password": "geheim-5"}]}, scope="new")
    both = [*FEW["connections"], {"connection_id": "c1", "conn_type": "http", "password": "geheim-5"}]
    result = went(server, {"connections": both}, scope="new", scope_was="etl")
    assert "touched by ada" in notes(result)["db"]["password"]
    assert passwords(server) == {"db": "geheim-1", "api": "geheim-1"}


@each_version
def test_of_a_ledger_that_is_damaged_in_part_no_fingerprint_is_believed(
    version: str, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger, "LONGEST", 400)
    server = logged(version)
    went(server)
    own = ledgers(server)["etl"]
    name = next(key[1] for key in own.entries if key[1] in ("db", "api") and ledger.bucket_of(key, own.size))
    server.by("ada", "PATCH", f"/connections/{name}", {"connection_id": name, "conn_type": "http", "password": "x"})
    # By an event that may be taken for the end of a run.
    body = {"key": own.head, "value": str(own.texts[own.head])[:-3]}
    server.by("ada", "PATCH", f"/variables/{own.head}", body)
    went(server)
    assert passwords(server) == STORED


@each_version
def test_of_a_damaged_ledger_no_fingerprint_is_believed(version: str, world: World) -> None:
    server = logged(version)
    went(server)
    name = f"{SCOPES}etl.0"
    server.kept["variables"][name]["value"] = server.kept["variables"][name]["value"][:-3]
    server.kept["connections"]["db"]["password"] = "x"
    result = went(server)
    assert "is damaged" in result["warnings"][0]
    assert passwords(server) == STORED
    quiet(server)


@each_version
def test_a_change_of_what_is_shown_is_no_touch(version: str, world: World) -> None:
    server = logged(version)
    went(server)
    wanted = rotated(host="other")
    assert planned(went(server, wanted)) == ["update connection db"]
    quiet(server, wanted)
    assert ledgers(server)["etl"].log != NOWHERE
    assert ledgers(server)["etl"].entries["connection", "db"].secrets.keys() == {"password"}


# What the log says

SECRETS_OF = {
    ("connection", "moon_food"): ("password", "extra"),
    ("connection", "w"): ("password",),
    ("variable", "w"): ("value",),
}
BOTH = {"password": "T", "extra": "T"}


@pytest.mark.parametrize(
    ("kind", "touch", "is_whole", "expected"),
    [
        ("connection", Touch(Deed.WRITE, "moon_food", {"password": "***"}), False, {"moon_food": {"password": "T"}}),
        ("connection", Touch(Deed.WRITE, "moon_food", {"host": "h"}), False, {}),
        ("connection", Touch(Deed.WRITE, "moon_food"), True, {"moon_food": BOTH}),
        ("connection", Touch(Deed.DELETE, "moon_food"), True, {"moon_food": BOTH}),
        ("connection", Touch(Deed.WRITE, "foreign", {"password": "***"}), False, {}),
        ("pool", Touch(Deed.WRITE, "moon_food"), True, {}),
        # Without a name
        (
            "connection",
            Touch(Deed.WRITE, "", {"password": "***"}),
            False,
            {"moon_food": {"password": "perhaps T"}, "w": {"password": "perhaps T"}},
        ),
        (
            "connection",
            Touch(Deed.WRITE),
            True,
            {"moon_food": {"password": "perhaps T", "extra": "perhaps T"}, "w": {"password": "perhaps T"}},
        ),
        ("connection", Touch(Deed.DELETE), True, {}),
        # With a part of it
        ("connection", Touch(Deed.WRITE, "moon_f***", {"extra": "{}"}), False, {"moon_food": {"extra": "perhaps T"}}),
        ("connection", Touch(Deed.DELETE, "moon_x***"), True, {}),
    ],
)
def test_what_an_event_touches(kind: str, touch: Touch, is_whole: bool, expected: Any) -> None:
    found = touched([Sighting(kind, touch, "ada", "T", is_whole)], SECRETS_OF)
    assert {name: fields for (_kind, name), fields in found.items()} == expected


@pytest.mark.parametrize(
    ("event", "extra", "is_whole"),
    [
        ("post_connection", {"connection_id": "w", "conn_type": "http"}, True),
        ("api.connection.create", {"connection_id": "w", "conn_type": "http"}, True),
        ("patch_connection", {"connection_id": "w", "conn_type": "http"}, False),
        ("delete_connection", {"connection_id": "w"}, True),
    ],
)
def test_an_event_that_leaves_nothing_as_it_was(event: str, extra: Any, is_whole: bool) -> None:
    row = {"event": event, "extra": json.dumps(extra), "owner": None, "when": "now"}
    (sighting,) = sightings([row])
    assert (sighting.is_whole, sighting.text) == (is_whole, "touched by somebody at now")


def test_the_newest_event_is_named() -> None:
    seen = [Sighting("variable", Touch(Deed.WRITE, "w"), who, who, True) for who in ("bob", "ada")]
    assert touched(seen, SECRETS_OF) == {("variable", "w"): {"value": "bob"}}


@each_version
def test_what_a_row_says_is_fit_for_a_terminal(version: str, world: World) -> None:
    server = logged(version)
    went(server)
    server.by("a\x1b[31m\nb", "PATCH", "/connections/db", {"connection_id": "db", "conn_type": "http", "password": "x"})
    assert "touched by a\\x1b[31m\\nb at 20" in notes(went(server))["db"]["password"]


def test_a_ledger_with_fingerprints_is_of_a_size_that_was_counted() -> None:
    from ansible_collections.dataops.airflow.plugins.module_utils._kinds.deployment.ledger import LONGEST, pack

    keys = Keys(KEY.encode())
    password = next(item for item in CONNECTION.fields if item.name == "password")
    entries = {}
    for number in range(1000):
        key = ("connection", f"warehouse_{number}_source")
        own = {"password": keys.fingerprint(key, password, f"geheim-{number}")}
        entries[key] = Entry("c", "2026-11-30T12:00:00Z", False, {"conn_type": "ab12", "host": "cd34"}, own)
    assert len(pack("etl", 0, 1, 1, entries)) < LONGEST
    assert json.dumps(own) not in pack("etl", 0, 1, 1, entries)
