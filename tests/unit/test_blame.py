# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who changed what is not as wanted, by the rows of the event log: the shapes of both generations, and what is read.

The shapes are those of the sources that ``blame.py`` names.
"""

from __future__ import annotations

import json
from typing import Any, Callable, Iterator, Sequence

import pytest

from ansible_collections.dataops.airflow.plugins.module_utils._kinds.connection.connection import CONNECTION
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.deployment.blame import (
    CERTAIN,
    EVENT_NAMES,
    LIKELY,
    NOT_LOGGED,
    OTHERWISE,
    UNEXPLAINED,
    UNNAMED,
    Blame,
    Deed,
    Touch,
    blames,
    touches,
)
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.deployment.event_log import (
    MOST_EVENTS,
    NO_EVENT,
    NO_PERMISSION,
)
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.pool.pool import POOL
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.role.role import ROLE
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.variable.variable import VARIABLE
from ansible_collections.dataops.airflow.plugins.module_utils._model.change import Action, Change
from ansible_collections.dataops.airflow.plugins.module_utils._model.errors import AirflowError
from ansible_collections.dataops.airflow.plugins.module_utils._model.resource import Resource
from ansible_collections.dataops.airflow.tests.unit.keeping import Keeper
from ansible_collections.dataops.airflow.tests.unit.samples import AIRFLOW_2
from ansible_collections.dataops.airflow.tests.unit.scripted import LOST, Answer, Sent
from ansible_collections.dataops.airflow.tests.unit.test_deployment_apply import ROWS, deploy, each_version

WRITE, DELETE = Deed
ETL = {"name": "etl", "slots": 4}
WAREHOUSE = {"connection_id": "w", "conn_type": "postgres", "host": "a", "password": "***"}
NO_ROW = "no row"
DEEP = "[" * 500 + "]" * 500


def row(event: str, extra: Any, who: str | None = "ada", number: int = 1) -> dict[str, Any]:
    """A row of the log; details that are not text are written as JSON."""
    text = extra if extra is None or isinstance(extra, str) else json.dumps(extra)
    when = f"2026-11-30T10:{number:02}:00+00:00"
    return {"event_log_id": number, "when": when, "event": event, "owner": who, "extra": text}


def command(*words: str) -> dict[str, Any]:
    return {"host_name": "h", "full_command": str(["/usr/bin/airflow", *words])}


def many(*actions: dict[str, Any]) -> dict[str, Any]:
    return {"actions": list(actions), "method": "PATCH"}


@pytest.mark.parametrize(
    ("event", "extra", "expected"),
    [
        # 2.9.0 to 2.11.2, by the API and a browser
        ("api.post_pool", ETL, [Touch(WRITE, "etl", ETL)]),
        ("ui.patch_pool", {"pool_name": "etl", **ETL}, [Touch(WRITE, "etl", {"pool_name": "etl", **ETL})]),
        (
            "api.patch_pool",
            {"pool_name": "old", **ETL},
            [Touch(DELETE, "old"), Touch(WRITE, "etl", {"pool_name": "old", **ETL})],
        ),
        (
            "api.patch_pool",
            {"pool_name": "etl", "update_mask": "slots", **ETL, "description": "d"},
            [Touch(WRITE, "etl", {"slots": 4})],
        ),
        ("api.delete_pool", {"pool_name": "etl"}, [Touch(DELETE, "etl")]),
        ("api.variable.create", {"key": "k", "value": "v"}, [Touch(WRITE, "k", {"key": "k", "value": "v"})]),
        ("api.variable.delete", {"variable_key": "k"}, [Touch(DELETE, "k")]),
        ("api.connection.edit", WAREHOUSE, [Touch(WRITE, "w", WAREHOUSE)]),
        ("api.connection.edit", {"host": "a"}, [Touch(WRITE, "", {"host": "a"})]),
        ("ui.connection.delete", {"connection_id": "w"}, [Touch(DELETE, "w")]),
        # The forms of Airflow 2
        (
            "variable.edit",
            {"pk": "3", "key": "k", "val": "v"},
            [Touch(WRITE, "k", {"pk": "3", "key": "k", "value": "v"})],
        ),
        ("variable.edit", {"pk": "3"}, []),
        ("connection.create", {}, []),
        ("pool.create", {"pool": "etl", "slots": "4"}, [Touch(WRITE, "etl", {"pool": "etl", "slots": "4"})]),
        ("pool.delete", {"pk": "3"}, [Touch(DELETE)]),
        ("variables.varimport", {"action_if_exists": "overwrite"}, [Touch(WRITE)]),
        # 2.6.3 to 2.8.4
        ("variable.create", "[]", [Touch(WRITE)]),
        ("variable.edit", "[('variable_key', 'it\\'s')]", [Touch(WRITE, "it's")]),
        (
            "connection.edit",
            """[('conn_id', "it's"), ('port', None), ('host', 'a'), ('pk', '3')]""",
            [Touch(WRITE, "it's", {"conn_id": "it's", "host": "a", "pk": "3"})],
        ),
        ("connection.delete", "[('connection_id', 'w')]", [Touch(DELETE, "w")]),
        # 3.0.6 to 3.3.2
        ("delete_pool", {"pool_name": "etl", "method": "DELETE"}, [Touch(DELETE, "etl")]),
        (
            "post_variable",
            {"key": "k", "value": "***", "method": "POST"},
            [Touch(WRITE, "k", {"key": "k", "value": "***", "method": "POST"})],
        ),
        ("delete_connection", {"connection_id": "w", "method": "DELETE"}, [Touch(DELETE, "w")]),
        (
            "bulk_pools",
            many(
                {"action": "create", "entities": [ETL]},
                {"action": "update", "entities": [ETL], "update_mask": ["description"]},
                {"action": "delete", "entities": ["old", {"name": "older"}]},
            ),
            [Touch(WRITE, "etl", ETL), Touch(WRITE, "etl", {}), Touch(DELETE, "old"), Touch(DELETE, "older")],
        ),
        ("bulk_variables", '{"actions": [{"action": "cre', [Touch(WRITE), Touch(DELETE)]),
        ("enqueue_connection_test", {"connection_id": "w", "commit_on_success": False}, []),
        (
            "enqueue_connection_test",
            {"connection_id": "w", "commit_on_success": True},
            [Touch(WRITE, "w", {"connection_id": "w", "commit_on_success": True})],
        ),
        ("create_default_connections", {"method": "POST"}, [Touch(WRITE)]),
        # The command line of both
        ("cli_variables_set", command("variables", "set", "--json", "k", "{}"), [Touch(WRITE, "k")]),
        ("cli_pool_delete", command("pools", "delete", "it's"), [Touch(DELETE, "it's")]),
        ("cli_connections_import", command("connections", "import", "file.json"), [Touch(WRITE)]),
        # Something else
        ("trigger_dag_run", {"name": "etl"}, []),
        ("api.trigger_dag_run", {"name": "etl"}, []),
        ("post_pool", None, []),
        ("post_pool", "[" * 100_000, [Touch(WRITE)]),
        ("cli_pool_set", {"full_command": "'" + "\\'" * 100_000}, [Touch(WRITE)]),
        ("bulk_pools", {"actions": [1, {"entities": 2}, {"action": [], "entities": [None, {}]}]}, None),
    ],
)
def test_what_a_row_is_about(event: str, extra: Any, expected: Any) -> None:
    found = touches(row(event, extra))
    assert expected is None or found == expected


def pool(action: Action, fields: Sequence[str] = (), **current: Any) -> Change:
    return change(POOL, "etl", action, fields, current)


def change(resource: Resource, name: str, action: Action, fields: Sequence[str], current: Any) -> Change:
    there = None if action is Action.CREATE else {resource.identity.name: name, **current}
    return Change(resource, name, action, {}, there, tuple(fields))


def decided(changed: Change, *rows: dict[str, Any]) -> tuple[str | None, str]:
    """Who changed one object, and how certain that is.

    :param rows: the oldest first.
    """
    newest = [{**each, "event_log_id": number} for number, each in enumerate(rows)][::-1]
    blame = next(iter(blames([changed], iter([newest]), lambda: NO_ROW).values()))
    return blame.who, blame.certainty


WIDER = pool(Action.UPDATE, ["slots"], slots=4, description="d")


def patched(who: str, **values: Any) -> dict[str, Any]:
    return row("patch_pool", {"pool_name": "etl", **values}, who)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([patched("ada", slots=4)], ("ada", CERTAIN)),
        # A form sends text.
        ([row("pool.edit", {"pool": "etl", "slots": "4"})], ("ada", CERTAIN)),
        # The later one was refused, or undone where nobody sees it.
        ([patched("ada", slots=4), patched("bob", slots=9)], ("ada", LIKELY)),
        ([patched("ada", slots=4), row("delete_pool", {"pool_name": "etl"}, "bob")], ("ada", LIKELY)),
        # It was deleted and created again since, and changed where nobody sees it.
        (
            [patched("ada", slots=4), row("delete_pool", {"pool_name": "etl"}), row("post_pool", {**ETL, "slots": 9})],
            (None, UNEXPLAINED),
        ),
        # What differs was not in it.
        ([patched("ada", slots=4), patched("bob", description="d")], ("ada", CERTAIN)),
        ([patched("bob", description="d")], ("bob", OTHERWISE)),
        ([patched("ada", slots=9)], (None, UNEXPLAINED)),
        ([patched("bob", description="d"), patched("ada", slots=9)], (None, UNEXPLAINED)),
        ([row("cli_pool_import", command("pools", "import", "f")), patched("ada", slots=9)], (None, UNEXPLAINED)),
        ([patched("ada", slots=9), row("cli_pool_import", command("pools", "import", "f"), "root")], ("root", UNNAMED)),
        ([row("cli_pool_set", command("pools", "set", "etl", "4", ""), "root")], ("root", LIKELY)),
        ([row("cli_pool_import", command("pools", "import", "f"), "root")], ("root", UNNAMED)),
        ([patched("ada", slots=4), row("cli_pool_import", command("pools", "import", "f"), "root")], ("ada", CERTAIN)),
        # A deletion without a name is not about what is there.
        ([row("pool.delete", {"pk": "3"})], (None, NO_ROW)),
        ([row("post_pool", {"name": "other", "slots": 4})], (None, NO_ROW)),
        ([row("post_variable", {"key": "etl", "value": "4"})], (None, NO_ROW)),
        # A known secret that occurs in the name is hidden in it.
        ([row("patch_pool", {"pool_name": "e***", "slots": 4})], ("ada", LIKELY)),
        ([row("patch_pool", {"pool_name": "x***", "slots": 4})], (None, NO_ROW)),
        ([row("post_pool", {"name": "***", "slots": 4})], (None, NO_ROW)),
        ([row("bulk_pools", many({"action": "update", "entities": [{**ETL, "description": "x"}]}))], ("ada", CERTAIN)),
        ([row("api.patch_pool", {"pool_name": "before", "name": "etl", "slots": 4})], ("ada", CERTAIN)),
        ([patched("ada", slots=4), row("bulk_pools", "{", "bob")], ("ada", CERTAIN)),
        ([], (None, NO_ROW)),
    ],
)
def test_who_made_what_differs(rows: list[Any], expected: Any) -> None:
    assert decided(WIDER, *rows) == expected


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([patched("ada", slots=4, description="d")], ("ada", CERTAIN)),
        ([patched("ada", slots=4), patched("bob", slots=9)], ("ada", LIKELY)),
        ([patched("ada", slots=4, description="x")], ("ada", LIKELY)),
    ],
)
def test_who_made_what_nobody_wants(rows: list[Any], expected: Any) -> None:
    assert decided(pool(Action.DELETE, slots=4, description="d"), *rows) == expected


def deleted(who: str) -> dict[str, Any]:
    return row("delete_pool", {"pool_name": "etl"}, who)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([patched("ada"), deleted("bob")], ("bob", CERTAIN)),
        ([deleted("bob")], ("bob", LIKELY)),
        # It was gone already.
        ([patched("ada"), deleted("bob"), deleted("cy")], ("bob", CERTAIN)),
        # Made again, or not: the later request was refused.
        ([patched("ada"), deleted("bob"), patched("cy")], ("bob", LIKELY)),
        ([patched("ada")], (None, UNEXPLAINED)),
        ([row("pool.delete", {"pk": "3"}, "bob")], ("bob", UNNAMED)),
        # Made again, and a newer deletion names nothing.
        ([deleted("ada"), patched("ada"), row("pool.delete", {"pk": "3"}, "bob")], ("bob", UNNAMED)),
        ([row("cli_pool_import", command("pools", "import", "f"))], (None, NO_ROW)),
        ([row("api.patch_pool", {"pool_name": "etl", "name": "new"}, "bob")], ("bob", LIKELY)),
        ([patched("ada"), row("bulk_pools", many({"action": "delete", "entities": ["etl"]}), "bob")], ("bob", CERTAIN)),
        ([patched("ada"), row("delete_pool", {"pool_name": "e***"}, "bob")], ("bob", LIKELY)),
    ],
)
def test_who_deleted_what_is_missing(rows: list[Any], expected: Any) -> None:
    assert decided(pool(Action.CREATE), *rows) == expected


@pytest.mark.parametrize(
    ("fields", "current", "extra", "certainty"),
    [
        (["value"], {"value": '{"a": 1}'}, {"key": "k", "value": '{"a":1}'}, CERTAIN),
        (["value"], {"value": "b"}, {"key": "k", "value": "***"}, LIKELY),
        (["value"], {"value": "***"}, {"key": "k", "value": "b"}, LIKELY),
        (["value"], {"value": '{"a": "***"}'}, {"key": "k", "value": '{"a": "b"}'}, LIKELY),
        (["value"], {"value": "b"}, {"key": "k", "value": "c"}, UNEXPLAINED),
        (["value"], {"value": DEEP}, {"key": "k", "value": f" {DEEP}"}, LIKELY),
        (["description"], {"description": None}, {"key": "k", "description": ""}, CERTAIN),
        (["description"], {"description": None}, {"key": "k", "description": "x"}, UNEXPLAINED),
        (["value", "description"], {"value": "b", "description": "d"}, {"key": "k", "value": "b"}, CERTAIN),
    ],
)
def test_values_of_a_variable_are_compared_as_far_as_they_are_shown(
    fields: list[str], current: Any, extra: Any, certainty: str
) -> None:
    changed = change(VARIABLE, "k", Action.UPDATE, fields, current)
    assert decided(changed, row("patch_variable", extra))[1] == certainty


@pytest.mark.parametrize(
    ("fields", "extra", "certainty"),
    [
        (["host", "password"], {"host": "a", "password": "***"}, CERTAIN),
        (["password"], {"host": "a", "password": "***"}, LIKELY),
        # It is not in the list of Airflow 2.
        (["port"], {"port": 1}, LIKELY),
        (["extra"], {"extra": {"sslmode": "***"}}, LIKELY),
        (["extra"], {"extra": {"sslmode": "require"}}, CERTAIN),
        (["extra"], {"extra": {"other": "***"}}, UNEXPLAINED),
    ],
)
def test_values_of_a_connection_are_compared_as_far_as_they_are_shown(
    fields: list[str], extra: Any, certainty: str
) -> None:
    current = {**WAREHOUSE, "extra": '{"sslmode": "require"}'}
    changed = change(CONNECTION, "w", Action.UPDATE, fields, current)
    assert decided(changed, row("patch_connection", {"connection_id": "w", **extra}))[1] == certainty


def test_no_more_is_read_than_needed() -> None:
    taken = []

    def pages() -> Iterator[list[dict[str, Any]]]:
        for number, rows in enumerate([[row("cli_pool_import", None)], [patched("ada", slots=4)], [patched("bob")]]):
            taken.append(number)
            yield rows

    role = change(ROLE, "r", Action.UPDATE, ["permissions"], {})
    same = change(POOL, "same", Action.NONE, [], {})
    assert blames([role, same], pages(), lambda: NO_ROW) == {("role", "r"): Blame(None, None, None, NOT_LOGGED["role"])}
    assert taken == []
    found = blames([WIDER], pages(), lambda: NO_ROW)
    assert (found["pool", "etl"].who, taken) == ("ada", [0, 1])


def test_what_the_log_holds_is_text_of_others() -> None:
    hostile = row("api.patch_pool", {"pool_name": "etl", "slots": 4}, "a\x1b[31m\nb" + "x" * 1000)
    blame = next(iter(blames([WIDER], [[hostile]], lambda: NO_ROW).values()))
    assert blame.who is not None
    assert blame.who.startswith("a\\x1b[31m\\nbxxx")
    assert len(blame.who) == 250
    blame = next(iter(blames([WIDER], [[{**hostile, "owner": None}]], lambda: NO_ROW).values()))
    assert (blame.who, blame.event, blame.when) == (None, "api.patch_pool", hostile["when"])


# What is read of a server

WANTED: Any = {"pools": [{"name": "wider", "slots": 5}, {"name": "gone", "slots": 1}, {"name": "same", "slots": 1}]}


def log(rows: Sequence[dict[str, Any]], most: int = 100) -> Callable[[Sent], Any]:
    """The answer of the event log.

    :param rows: the newest first.
    """

    def answer(request: Sent) -> Any:
        query = request.query
        ordered = rows if query["order_by"].startswith("-") else rows[::-1]
        start, size = int(query["offset"]), min(most, int(query["limit"]))
        return {"event_logs": ordered[start : start + size], "total_entries": len(rows)}

    return answer


def told(version: str, answer: Any, **options: Any) -> tuple[dict[str, Any], list[Sent]]:
    """What is said of each object, and the requests for the log."""
    server = Keeper({"pools": ROWS["pools"]}, version, {"GET /eventLogs": answer}, read_only=True)
    result = deploy(server, **{**WANTED, "plan_rows": "all", "blame": True, **options})
    assert not isinstance(result, AirflowError), result
    return {item["name"]: item.get("blame", NO_ROW) for item in result["plan"]}, [
        request for request in server.sent if request.path == "/eventLogs"
    ]


WRITTEN = row("patch_pool", {"pool_name": "wider", "slots": 1}, number=3)
GONE = row("delete_pool", {"pool_name": "gone"}, "bob", number=2)


@each_version
def test_one_request_says_it(version: str) -> None:
    said, sent = told(version, log([WRITTEN, GONE]))
    assert said == {
        "wider": {"who": "ada", "when": "2026-11-30T10:03:00+00:00", "event": "patch_pool", "certainty": CERTAIN},
        "gone": {"who": "bob", "when": "2026-11-30T10:02:00+00:00", "event": "delete_pool", "certainty": LIKELY},
        "same": None,
    }
    (request,) = sent
    assert request.query["included_events"] == ",".join(EVENT_NAMES)
    assert request.query["order_by"] == ("-event_log_id" if version == AIRFLOW_2 else "-id")


@each_version
def test_nothing_is_read_without_the_option_or_a_change(version: str) -> None:
    said, sent = told(version, LOST, blame=False)
    assert (set(said.values()), sent) == ({NO_ROW}, [])
    said, sent = told(version, LOST, pools=[{"name": "same", "slots": 1}])
    assert (said, sent) == ({"same": None}, [])


@each_version
@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (Answer(403, {"detail": "Forbidden"}), NO_PERMISSION),
        (Answer(400, {"detail": "no"}), "not known: the event log cannot be read: "),
        (LOST, "not known: the event log cannot be read: "),
        (log([]), NO_EVENT),
        (log([row("trigger_dag_run", None, number=1)]), NO_EVENT),
        (log([row("trigger_dag_run", None, number=7)]), "not known: the event log begins at 2026-11-30T10:07:00+00:00"),
    ],
)
def test_why_it_cannot_be_known(version: str, answer: Any, why: str) -> None:
    said, _sent = told(version, answer)
    for name in ("wider", "gone"):
        assert said[name]["certainty"].startswith(why)
        assert [said[name][key] for key in ("who", "when", "event")] == [None, None, None]


@each_version
def test_what_was_read_before_a_failure_counts(version: str) -> None:
    rows = [WRITTEN, *_many(199)]
    whole = log(rows)
    said, _sent = told(version, lambda request: whole(request) if request.query["offset"] == "0" else LOST)
    assert said["wider"]["who"] == "ada"
    assert said["gone"]["certainty"].startswith("not known: the event log cannot be read: ")


@each_version
def test_the_search_ends(version: str) -> None:
    said, sent = told(version, log(_many(MOST_EVENTS + 500)))
    assert len(sent) == MOST_EVENTS / 100
    assert said["gone"]["certainty"] == (
        f"not known: only the newest {MOST_EVENTS} events were searched, which began at 2026-11-30T10:01:00+00:00"
    )
    said, sent = told(version, log([WRITTEN, GONE, *_many(MOST_EVENTS)]))
    assert len(sent) == 1


def _many(number: int) -> list[dict[str, Any]]:
    return [{**row("trigger_dag_run", None), "event_log_id": 10_000 - each} for each in range(number)]


def test_a_version_that_cannot_filter_and_does_not_log_everything() -> None:
    said, sent = told("2.8.4", log([WRITTEN]))
    assert "included_events" not in sent[0].query
    assert said["wider"]["certainty"] == CERTAIN
    assert (
        said["gone"]["certainty"]
        == f"{NO_EVENT}. That Airflow logs every change by its API needs Airflow 2.9.0 or later"
    )


@each_version
def test_it_is_known_in_a_real_run_as_well(version: str) -> None:
    server = Keeper({"pools": ROWS["pools"]}, version, {"GET /eventLogs": log([WRITTEN, GONE])})
    result = deploy(server, **WANTED, blame=True)
    assert [item["blame"]["who"] for item in result["plan"]] == ["ada", "bob"]
    paths = [request.path for request in server.sent]
    assert paths.index("/eventLogs") < paths.index(server.writes[0].path, 1)
