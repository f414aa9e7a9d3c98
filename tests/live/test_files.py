# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files of other tools: through the filters and onto a server, which then holds what the file says, and no more."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from ansible_collections.dataops.airflow.plugins.module_utils._http.client import Client
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.connection.connection import CONNECTION
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.deployment.deployment import DEPLOYMENT
from ansible_collections.dataops.airflow.plugins.module_utils._model.compare import parse_json
from ansible_collections.dataops.airflow.plugins.plugin_utils.airflow_files import connections, pools, variables
from ansible_collections.dataops.airflow.tests.live.conftest import Answers, Live
from ansible_collections.dataops.airflow.tests.live.test_deployment import NAMES, filled

READ: dict[str, Callable[[Any], list[dict[str, Any]]]] = {
    "connections": connections,
    "variables": variables,
    "pools": pools,
}
PARTS = ("conn_type", "description", "host", "login", "password", "schema", "port", "extra")
UNLISTED = ("password", "extra")
"""What the list of connections of Airflow 2 leaves out."""

OLD: dict[str, dict[str, Any]] = {
    "connections": {
        "conn_type": "ftp",
        "description": "old",
        "host": "old",
        "login": "old",
        "password": "old-geheim",
        "schema": "old",
        "port": 1,
        "extra": {"old": 1},
    },
    "variables": {"value": "old", "description": "old"},
    "pools": {"slots": 1, "description": "old"},
}
NO_PASSWORD = "whatever the server shows"


class File(NamedTuple):
    """A file in which each object that is read is called NAME, and what the server holds when it has been applied.

    :param stored: by kind; parts of a connection that are not named are empty.
    """

    text: str
    stored: dict[str, Any]


def connection(**parts: Any) -> dict[str, Any]:
    return {"connections": {**dict.fromkeys(PARTS), "password": NO_PASSWORD, **parts}}


EMPTY = {"conn_type": "http", **dict.fromkeys(PARTS[1:])}
FULL = {
    "conn_type": "http",
    "description": "d",
    "host": "h",
    "login": "l",
    "password": "geheim-1.10",
    "schema": "s",
    "port": 8080,
    "extra": {"n": 1.5, "flag": True, "text": "010", "deep": {"a": [None]}},
}
EXTRA = json.dumps(FULL["extra"])
EXTRA_IN_URI = (
    "%7B%22n%22%3A+1.5%2C+%22flag%22%3A+true%2C+%22text%22%3A+%22010%22%2C+%22deep%22%3A+%7B%22a%22%3A+%5Bnull%5D%7D%7D"
)

FILES = {
    "connections export, json": File(
        json.dumps({"NAME": {**FULL, "extra": EXTRA}}, indent=2), connection(**FULL)
    ),
    "connections export, json, nothing in it": File(
        json.dumps({"NAME": EMPTY}), connection(conn_type="http")
    ),
    "connections export, json, empty texts": File(
        json.dumps({"NAME": {**dict.fromkeys(PARTS, ""), "conn_type": "http", "port": None}}),
        connection(conn_type="http"),
    ),
    "connections export, yaml": File(
        "NAME:\n  conn_type: http\n  description: d\n  extra: '" + EXTRA + "'\n  host: h\n  login: l\n"
        "  password: geheim-1.10\n  port: 8080\n  schema: s\n",
        connection(**FULL),
    ),
    "connections export, env": File(
        f"NAME=http://l:geheim-1.10@h:8080/s?__extra__={EXTRA_IN_URI}\n",
        connection(**{**FULL, "description": "old"}),
    ),
    "connections export, env, nothing in it": File("NAME=http://\n", connection(conn_type="http", description="old")),
    "connections export, env as json": File(
        "NAME=" + json.dumps({**FULL, "extra": EXTRA}) + "\n", connection(**FULL)
    ),
    "connections list, json": File(
        json.dumps(
            [
                {
                    "id": "7",
                    "conn_id": "NAME",
                    **FULL,
                    "port": "8080",
                    "extra_dejson": {"n": "1.5", "flag": "True", "text": "010", "deep": {"a": [None]}},
                    "is_encrypted": "True",
                    "is_extra_encrypted": "True",
                    "get_uri": f"http://l:geheim-1.10@h:8080/s?__extra__={EXTRA_IN_URI}",
                }
            ]
        ).replace('"extra": ' + EXTRA + ", ", ""),
        connection(**FULL),
    ),
    "api of Airflow 2": File(
        json.dumps(
            {
                "connections": [{"connection_id": "NAME", **{p: EMPTY[p] for p in PARTS if p not in UNLISTED}}],
                "total_entries": 1,
            }
        ),
        connection(conn_type="http", password="old-geheim", extra={"old": 1}),
    ),
    "api of Airflow 3": File(
        json.dumps(
            {
                "connections": [
                    {"connection_id": "NAME", **EMPTY, "password": "***", "extra": '{"a": 1}', "team_name": None}
                ],
                "total_entries": 1,
            }
        ),
        connection(conn_type="http", password="old-geheim", extra={"a": 1}),
    ),
    "airflowctl connections list, yaml": File(
        "- conn_type: http\n  connection_id: NAME\n  description: null\n  host: h\n  login: null\n"
        "  extra: '{\"a\": 1, \"token\": \"***\"}'\n  password: '***'\n  port: '5'\n  schema_: s\n  team_name: null\n",
        connection(conn_type="http", host="h", password="old-geheim", port=5, schema="s", extra={"old": 1}),
    ),
    "airflow_settings.yaml": File(
        "airflow:\n  connections:\n  - conn_id: NAME\n    conn_type: http\n    conn_host:\n    conn_schema: "
        "2026-01-01\n"
        "    conn_login: 'no'\n    conn_password: 012345\n    conn_port: 0\n    conn_uri: ''\n    conn_extra: {n: 1}\n"
        "  pools:\n  - {pool_name: NAME, pool_slot: 3, pool_description: }\n"
        "  variables:\n  - {variable_name: NAME, variable_value: 1.10}\n",
        {
            **connection(
                conn_type="http", description="old", schema="2026-01-01", login="no", password="012345", extra={"n": 1}
            ),
            "pools": {"slots": 3, "description": None},
            "variables": {"value": "1.10", "description": "old"},
        },
    ),
    "environment": File(
        "\ufeff# of the team\r\nexport AIRFLOW_CONN_NAME='postgresql://l:p%40ss@h/s?n=1'  # comment\r\n"
        'AIRFLOW_VAR_NAME="SELECT a -- #\\nFROM \\"t\\""\r\nOTHER=1\r\n',
        {
            **connection(
                conn_type="postgres",
                description="old",
                host="h",
                login="l",
                password="p@ss",
                schema="s",
                extra={"n": "1"},
            ),
            "variables": {"value": 'SELECT a -- #\nFROM "t"', "description": "old"},
        },
    ),
    "environment of a container": File(
        "- AIRFLOW_CONN_NAME=http://h/?__extra__=%7B%22n%22%3A+1%7D\n- AIRFLOW_VAR_NAME=x\n- OTHER\n",
        {
            **connection(conn_type="http", description="old", host="h", extra={"n": 1}),
            "variables": {"value": "x", "description": "old"},
        },
    ),
    "objects by kind": File(
        json.dumps(
            {
                "connections": {"NAME": EMPTY},
                "variables": {"NAME": {"value": "x", "description": ""}},
                "pools": {"NAME": {"slots": 3, "description": None}},
            }
        ),
        {
            **connection(conn_type="http"),
            "variables": {"value": "x", "description": None},
            "pools": {"slots": 3, "description": None},
        },
    ),
    "variables export": File(
        '{"NAME": {"a": [1, 1.5, null, "010"]}}',
        {"variables": {"value": {"a": [1, 1.5, None, "010"]}, "description": "old"}},
    ),
    "variables export, described": File(
        '{"NAME": {"value": "x", "description": null}}', {"variables": {"value": "x", "description": None}}
    ),
    "variables export, NaN": File('{"NAME": [NaN]}', {"variables": {"value": "[NaN]", "description": "old"}}),
    "variables of the api": File(
        '{"variables": [{"key": "NAME", "value": "010", "description": null, "is_encrypted": true}],'
        ' "total_entries": 1}',
        {"variables": {"value": "010", "description": None}},
    ),
    "variables of the api, hidden": File(
        '[{"key": "NAME", "value": "***", "description": "d"}]', {"variables": {"value": "old", "description": "d"}}
    ),
    "pools export": File(
        '{"NAME": {"description": "", "include_deferred": true, "slots": 5}}',
        {"pools": {"slots": 5, "description": None}},
    ),
    "pools list, json": File(
        '[{"pool": "NAME", "slots": "5", "description": "d", "include_deferred": "False", "team_name": null}]',
        {"pools": {"slots": 5, "description": "d"}},
    ),
    "airflowctl pools export": File(
        '[{"name": "NAME", "slots": 5, "description": "d", "include_deferred": false, "open_slots": 5}]',
        {"pools": {"slots": 5, "description": "d"}},
    ),
}  # fmt: skip


def name_of(file: str) -> str:
    return f"live_f_{list(FILES).index(file)}"


def read(file: str, kind: str) -> list[dict[str, Any]]:
    """What a filter makes of a file."""
    name = name_of(file)
    text = FILES[file].text
    return READ[kind](
        text.replace("CONN_NAME", f"CONN_{name.upper()}")
        .replace("VAR_NAME", f"VAR_{name.upper()}")
        .replace("NAME", name)
    )


def with_names(named: dict[str, list[str]], options: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Objects that differ in their names alone."""
    return {kind: [{NAMES[kind]: name, **options[kind]} for name in names] for kind, names in named.items()}


OWN = {kind: [name_of(file) for file in FILES if kind in FILES[file].stored] for kind in READ}


@pytest.fixture
def old(live: Live, client: Client) -> Iterator[None]:
    """All that is in the files exists, and is full of something else."""
    live.task(DEPLOYMENT, client=client, **filled(with_names(OWN, OLD)))
    yield
    live.task(DEPLOYMENT, client=client, **filled(with_names(OWN, {kind: {"state": "absent"} for kind in READ})))


def by_own_code(live: Live, airflow_says: Answers, folder: Path) -> Callable[[str, str], dict[str, Any]]:
    """What is stored, as Airflow's own code reads it."""
    with live.database() as database:
        rows = database.execute("SELECT pool, slots, description FROM slot_pool").fetchall()
    slots = {name: {"slots": number, "description": description} for name, number, description in rows}
    asked = {"connections": "stored", "variables": "variable"}
    return lambda kind, name: dict(slots[name] if kind == "pools" else airflow_says({asked[kind]: name}))


def by_command_line(live: Live, airflow_says: Answers, folder: Path) -> Callable[[str, str], dict[str, Any]]:
    """What is stored, as Airflow's own command line exports it: of a variable, what JSON makes of its value."""
    live.commands(*([kind, "export", str(folder / f"{kind}.json")] for kind in READ))
    exported = {kind: json.loads((folder / f"{kind}.json").read_text()) for kind in READ}
    own_code = by_own_code(live, airflow_says, folder)

    def stored(kind: str, name: str) -> dict[str, Any]:
        found = exported[kind][name]
        if kind != "variables":
            return dict(found)
        own = own_code(kind, name)
        is_json, parsed = parse_json(own["value"])
        is_described = isinstance(found, dict) and set(found) == {"value", "description"}
        assert json.dumps(found["value"] if is_described else found) == json.dumps(parsed if is_json else own["value"])
        return own

    return stored


def meaning(kind: str, stored: dict[str, Any]) -> dict[str, Any]:
    """What is stored, with JSON parsed, and with nothing for what is empty."""
    found: dict[str, Any] = {name: value if value != "" or name == "value" else None for name, value in stored.items()}
    if kind == "connections":
        return {
            **{part: found[part] for part in PARTS},
            "extra": json.loads(found["extra"]) if found["extra"] else None,
        }
    if kind == "variables" and str(found["value"]).startswith("{"):
        found["value"] = json.loads(found["value"])
    return {name: found[name] for name in OLD[kind]}


@pytest.mark.usefixtures("old")
@pytest.mark.parametrize("look", [by_own_code, pytest.param(by_command_line, marks=pytest.mark.slow)])
def test_the_server_holds_what_a_file_says(
    live: Live, client: Client, airflow_says: Answers, tmp_path: Path, look: Callable[..., Callable[[str, str], Any]]
) -> None:
    wanted = {
        kind: [item for file in FILES if kind in FILES[file].stored for item in read(file, kind)] for kind in READ
    }
    assert {kind: [item[NAMES[kind]] for item in wanted[kind]] for kind in READ} == OWN
    options = filled({**wanted, "update_secrets": "on_create"})
    # Passwords differ, and are sent whatever the policy of later runs is.
    sent = filled({**wanted, "update_secrets": "always"})
    predicted, done = live.task(DEPLOYMENT, check_mode=True, **sent), live.task(DEPLOYMENT, client=client, **sent)
    assert predicted["plan"] == done["plan"]
    assert all(item["action"] == "update" for item in done["plan"])
    stored = look(live, airflow_says, tmp_path)
    for file in FILES:
        for kind, expected in FILES[file].stored.items():
            if expected.get("password") == NO_PASSWORD:
                # Airflow 2 does not show whether there is one.
                expected = {**expected, "password": None if live.is_v2 else "old-geheim"}
            if file == "environment" and live.is_v2 and kind == "connections":
                # From 3.1.6 on a parameter is JSON.
                expected = {**expected, "extra": {"n": 1}}
            assert meaning(kind, stored(kind, name_of(file))) == expected, (file, kind)
    again = live.task(DEPLOYMENT, check_mode=True, plan_rows="all", **options)
    assert again["changed"] is False, [item for item in again["plan"] if item["action"] != "none"]
    named = {item["name"]: item["unverified"] for item in again["plan"] if item["kind"] == "connection"}
    assert "password" in named[name_of("api of Airflow 3")]
    assert ("password" in named[name_of("connections export, env, nothing in it")]) == (not live.is_v2)


SOURCE: dict[str, dict[str, Any]] = {
    "live_f_source_full": {**FULL, "host": "https://h", "password": "geheim /?#@:%é"},
    "live_f_source_texts": {"conn_type": "generic", "extra": {"a": "one", "b": "x y&z"}},
    "live_f_source_bare": {"conn_type": "google_cloud_platform"},
}


@pytest.mark.slow
def test_each_export_of_a_server_gives_one_result(
    live: Live, client: Client, airflow_says: Answers, tmp_path: Path
) -> None:
    gone = filled(with_names({"connections": list(SOURCE)}, {"connections": {"state": "absent"}}))
    made = filled({"connections": [{"connection_id": name, **parts} for name, parts in SOURCE.items()]})
    spoilt = filled(with_names({"connections": list(SOURCE)}, OLD))
    for options in (gone, made):
        live.task(DEPLOYMENT, client=client, **options)
    before = {name: airflow_says({"stored": name}) for name in SOURCE}
    # Not in it: a text such as "1", which Airflow 3.1.6 and later reads from its own URI as a number.
    forms: dict[str, list[str]] = {"json": [], "yaml": [], "env": [], "env.json": ["--serialization-format", "json"]}
    live.commands(
        *(
            ["connections", "export", str(tmp_path / form), "--file-format", form.partition(".")[0], *more]
            for form, more in forms.items()
        )
    )
    texts = {form: (tmp_path / form).read_text() for form in forms}
    shown = ["--show-values"] if live.is_v2 else []
    texts |= {f"list {form}": live.command("connections", "list", "-o", form, *shown) for form in ("json", "yaml")}
    for form, text in texts.items():
        live.task(DEPLOYMENT, client=client, **spoilt)
        given = [item for item in connections(text) if item["connection_id"] in SOURCE]
        live.task(DEPLOYMENT, client=client, **filled({"connections": given}))
        for name, parts in before.items():
            found = meaning("connections", airflow_says({"stored": name}))
            expected = meaning("connections", parts)
            if form == "env":
                expected["description"] = "old"
            if not live.is_v2 and not expected["password"]:
                expected["password"] = OLD["connections"]["password"]
            assert found == expected, (form, name)
        again = live.task(DEPLOYMENT, check_mode=True, **filled({"connections": given, "update_secrets": "on_create"}))
        assert again["changed"] is False, (form, again["plan"])
    live.task(DEPLOYMENT, client=client, **gone)


def test_a_type_that_no_provider_has_is_a_warning(live: Live) -> None:
    def warnings(conn_type: str) -> str:
        return str(live.task(CONNECTION, check_mode=True, connection_id="live_f_type", conn_type=conn_type)["warnings"])

    assert "did you mean http?" in warnings("HTTP")
    assert warnings("postgres") == warnings("of_our_own") == "[]"
