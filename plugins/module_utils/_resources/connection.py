# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections: how DAGs reach other systems."""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING, Any, Mapping

from .._core.api import V1, V2, Intent, Server, join
from .._core.change import Action
from .._core.compare import extra, parse_json, password, text, to_text
from .._core.errors import InvalidInputError, PreconditionError, RefusedError
from .._core.options import check_identity, check_on_server, why_unreachable
from .._core.plan import payload, plan_one
from .._core.secrets import Secrecy, holds_mask, redact
from .._core.shape import an_object
from .._core.spec import EVERY_API, UPDATE_SECRETS, Field, Hooks, Naming, Operation, Resource, Unreachable
from .._core.uri import check_uri, parse_uri, secrets_in_uri
from .fields import TEAM_NAME

if TYPE_CHECKING:
    from .._core.change import Change
    from .._core.client import Client
    from .._core.spec import Names

LARGEST_PORT = 65535

LOGS_EXTRA_SINCE = "2.9.0"
"""Since then Airflow 2 answers 500 for an extra that is JSON and no object, as it cannot log it."""


def parse_port(value: Any) -> int | None:
    """A port as a number; ``None`` for the empty text that clears it."""
    if value == "":
        return None
    text_value = "" if isinstance(value, (bool, float)) else str(value).strip()
    if not text_value.isdecimal() or int(text_value) > LARGEST_PORT:
        raise ValueError(f"a number from 0 to {LARGEST_PORT}, or '' to clear it")
    return int(text_value)


def parse_extra(value: Any) -> Any:
    """A dict; the text itself if it is no JSON, which Airflow 2 stores as well."""
    if isinstance(value, str):
        is_json, parsed = parse_json(value) if value.strip() else (True, {})
        value = parsed if is_json else value
    if value == []:
        value = {}
    if not isinstance(value, (dict, str)):
        # 2.11 answers 500 for other JSON, Airflow 3 422.
        raise ValueError("a dict, or the text of a JSON object")
    return value


def decode_extra(shown: str | None) -> Any:
    """What the server sends as ``extra``, as a dict; a text if it is no JSON object."""
    is_json, parsed = parse_json(shown or "{}")
    return parsed if is_json and isinstance(parsed, dict) else shown


ID = Field(
    "connection_id",
    required=True,
    longest=250,
    description=("ID of the connection.",),
    sample="warehouse",
)

PARTS = (
    Field(
        "conn_type",
        description=("Type of the connection, for example V(postgres) or V(http). Needed to create a connection.",),
        sample="postgres",
        longest=500,
        needed=EVERY_API,
        not_empty=EVERY_API,
        whole=frozenset({"v2"}),
    ),
    Field("host", description=("Host; empty text clears it.",), sample="db.example.com", secrecy=Secrecy.BY_FORM,
          longest=500, compare=text),
    Field("login", description=("User name on the other system; empty text clears it.",), sample="etl",
          secrecy=Secrecy.BY_FORM, compare=text),
    Field(
        "password",
        description=(
            "Password on the other system. Airflow 3 tells whether there is one, Airflow 2 not even that.",
            "Empty text clears it. Airflow does that only if the connection is deleted and created again, so this is "
            "what happens, with all its other fields; it is refused if a hidden part of C(extra) would be lost.",
            "Airflow 2 does not tell whether there is one, so there it is cleared each time, unless C(update_secrets) "
            "is V(on_create).",
        ),
        secrecy=Secrecy.ALWAYS,
        compare=password,
        decode=lambda shown: shown or None,
        write_only=frozenset({"v1"}),
        cleared_by_creation=True,
    ),
    Field("schema", description=("Schema, or name of the database; empty text clears it.",), sample="mart",
          secrecy=Secrecy.BY_FORM, longest=500, compare=text),
    Field(
        "port",
        type="raw",
        description=("Port, a number; empty text clears it.",),
        sample=5432,
        parse=parse_port,
    ),
    Field(
        "extra",
        type="raw",
        description=(
            "Further settings, as a dict or as the text of a JSON object; exactly these. Airflow 2 takes other text as "
            "well. An empty dict or text clears it.",
            "Values are compared by their meaning. Texts that Airflow hides, by the names of their keys, are unknown.",
            "Airflow can only replace the whole: if something that is shown differs, what is hidden is sent as well.",
        ),
        sample={"sslmode": "require"},
        secrecy=Secrecy.BY_KEY,
        compare=extra,
        parse=parse_extra,
        decode=decode_extra,
        encode=lambda value: to_text(value) if value else None,
    ),
)  # fmt: skip

URI = Field(
    "uri",
    description=(
        "The whole connection as a URI, in the form of the environment variables C(AIRFLOW_CONN_*), in place of its "
        "parts. What it leaves out is cleared.",
        "It is read as this version of Airflow reads it: percent-encoding, hosts with a scheme, query parameters as "
        "O(extra), and C(__extra__) for extra as JSON. Odd schemes and brackets are read differently by versions of "
        "Python, too.",
        "Where a URI has no password and the server does not tell whether there is one (Airflow 2), the password is "
        "left alone, and named in RV(unverified).",
        'The JSON form of these variables is taken as well, such as C({"conn_type": "http", "host": "h"}).',
    ),
    secrecy=Secrecy.ALWAYS,
    secret_parts=secrets_in_uri,
)

STORED_PASSWORD = Field(
    "stored_password",
    choices=("keep", "clear"),
    description=(
        "What becomes of a stored password where O(password) is not given, as in an export that holds none.",
        "V(keep) leaves it alone, and names it in RV(unverified). V(clear) clears it where the server tells whether "
        "there is one (Airflow 3), as O(password) does if it is empty; on Airflow 2 it is left alone, and named in "
        "RV(unverified).",
    ),
)

DESCRIPTION = Field(
    "description",
    description=("Description of the connection; empty text clears it.",),
    sample="The warehouse, read only",
    longest=5000,
    compare=text,
)


def expand(given: Mapping[str, Any], server: Server) -> dict[str, Any]:
    """The fields that are wanted, with those of the URI if there is one."""
    desired = dict(given)
    if "uri" in desired:
        uri = desired.pop("uri")
        check_uri(uri)
        parts = parse_uri(uri, server)
        parts["extra"] = _extra_of_uri(parts["extra"], server)
        if not parts["password"]:
            del parts["password"]
            desired["stored_password"] = "clear"
        desired = {**parts, **desired}
    policy = desired.pop("stored_password", None)
    if policy:
        desired["password"] = "" if policy == "clear" and server.api.tells_passwords else None
    if isinstance(desired.get("extra"), str) and server.api.name != "v1":
        raise InvalidInputError(
            f"extra must be a dict, or the text of a JSON object: {server.api.product} takes nothing else"
        )
    return desired


def _extra_of_uri(text: str, server: Server) -> Any:
    """The extra that a URI holds, as far as the server's version takes it."""
    is_json, parsed = parse_json(text)
    if server.api.name == "v1" and is_json and parsed is None:
        # What DAGs read from it is no extra at all.
        return {}
    if server.api.name == "v1" and parsed and isinstance(parsed, list) and not server.is_at_least(LOGS_EXTRA_SINCE):
        return text
    try:
        return parse_extra(text)
    except ValueError as error:
        raise InvalidInputError(
            f"uri holds an extra that is not what it must be: {error}. {server.api.product} stores nothing else"
        ) from None


class ConnectionHooks(Hooks):
    """Reads a URI, and knows the types of connections."""

    def prepare(self, desired: Mapping[str, Any], current: Mapping[str, Any] | None, server: Server) -> dict[str, Any]:
        return expand(desired, server)

    def check(self, client: Client, change: Change, names: Names | None = None) -> list[str]:
        if change.action is Action.DELETE or "conn_type" not in change.fields:
            return []
        from .conn_types import warn_of_type

        return warn_of_type(client, change.desired["conn_type"], change.title)


UNREACHABLE = tuple(
    Unreachable(api.name, re.compile("[/\n]"), f"the API of {api.product} finds no connection whose ID holds a slash")
    for api in (V1, V2)
)

CONNECTION = Resource(
    kind="connection",
    collection="connections",
    identity=ID,
    fields=(PARTS[0], DESCRIPTION, *PARTS[1:], TEAM_NAME),
    shorthands=(URI, STORED_PASSWORD),
    replaces={"uri": (*(item.name for item in PARTS), STORED_PASSWORD.name), STORED_PASSWORD.name: ("password",)},
    policy=UPDATE_SECRETS,
    naming={
        # 2.8 to 2.11 check such an ID with another library than Python's: an umlaut is HTTP 500.
        "v1": Naming(
            re.compile(r"[\w.-]{1,200}", re.ASCII), "1 to 200 ASCII letters, digits, underscores, dots and dashes"
        ),
        "v2": Naming(re.compile(r"[\w.-]{1,200}"), "1 to 200 letters, digits, underscores, dots and dashes"),
    },
    hooks=ConnectionHooks(),
    unreachable=UNREACHABLE,
    summary="Manage connections of Apache Airflow",
    description=(
        "Creates, changes and deletes connections.",
        "Airflow hides passwords, and texts in O(extra) by the names of their keys. What is hidden cannot be compared: "
        "O(update_secrets) says what to do then.",
        "Changing one field leaves the others as they are, the hidden ones too.",
    ),
    examples="""
- name: Create a connection from its parts
  dataops.airflow.airflow_connection:
    airflow_url: https://airflow.example.com
    airflow_username: ansible
    airflow_password: "{{ airflow_password }}"
    connection_id: warehouse
    conn_type: postgres
    host: db.example.com
    port: 5432
    schema: mart
    login: etl
    password: "{{ vault_warehouse_password }}"
    extra:
      sslmode: require

- name: Create one from a URI
  dataops.airflow.airflow_connection:
    connection_id: partner_api
    uri: "{{ vault_partner_uri }}"
    description: Orders of our partner

- name: Move a connection, and leave its secrets alone
  dataops.airflow.airflow_connection:
    connection_id: warehouse
    host: db2.example.com

- name: Set the password once, for somebody else to rotate
  dataops.airflow.airflow_connection:
    connection_id: warehouse
    conn_type: postgres
    host: db.example.com
    password: "{{ vault_first_password }}"
    update_secrets: on_create

- name: Delete a connection
  dataops.airflow.airflow_connection:
    connection_id: partner_api
    state: absent
""",
)

TESTS_STORED_SINCE = "3.2.0"
"""Before, Airflow 3 tests what it is sent, and nothing of what it has stored under the same ID."""


def test_connection(client: Client, params: Mapping[str, Any]) -> dict[str, Any]:
    """Have Airflow try a connection.

    :raises PlanError: if what would be tried is not what is stored.
    """
    server = client.server
    options = (*CONNECTION.fields, URI)
    desired = expand({item.name: params[item.name] for item in options if params.get(item.name) is not None}, server)
    name = params["connection_id"]
    if name is None:
        # The ID must not be that of a stored connection, or Airflow takes what is left out from there.
        name = f"dataops-airflow-test-{secrets.token_hex(8)}"
        if "conn_type" not in desired:
            raise InvalidInputError("connection_id, conn_type or uri must be given, to say what to test")
    else:
        desired = _with_stored(client, name, desired)
    check_on_server(CONNECTION.fields, desired, server)
    body = payload(plan_one(CONNECTION, name, desired, None, server), server)
    try:
        answer = client.call(
            "POST", join("connections", "test"), body=body, intent=Intent.READ, check=an_object(status=bool)
        )
    except RefusedError as error:
        if error.status == 403 and "disabled" in str(error.facts.get("detail")):
            raise PreconditionError(
                "Testing connections is disabled on this Airflow: [core] test_connection has to be Enabled in its "
                "configuration (AIRFLOW__CORE__TEST_CONNECTION=Enabled)",
                **error.facts,
            ) from None
        raise
    # Written by the connection's hook, which may quote what it was given.
    return {"status": answer["status"], "message": redact(str(answer.get("message") or ""), client.secrets)}


def _with_stored(client: Client, name: str, given: dict[str, Any]) -> dict[str, Any]:
    """What to send to have a stored connection tested, with some of its parts changed."""
    server = client.server
    check_identity(ID, name)
    reason = why_unreachable(UNREACHABLE, name, server)
    if reason:
        raise InvalidInputError(f"connection {name!r} cannot be tested: {reason}")
    stored = client.read(CONNECTION, name)
    if stored is None:
        raise PreconditionError(f"connection {name!r} does not exist; leave connection_id out to test what is given")
    if server.api.tells_passwords and server.is_at_least(TESTS_STORED_SINCE):
        return {"conn_type": stored["conn_type"], **given}
    return {**_visible(stored, given, name, server), **given}


def _visible(stored: Mapping[str, Any], given: Mapping[str, Any], name: str, server: Server) -> dict[str, Any]:
    """The stored parts of a connection, for a server that tests only what it is sent."""
    hidden = [
        option
        for option, value in (("password", stored.get("password", "***")), ("extra", stored["extra"]))
        if option not in given and holds_mask(value)
    ]
    if hidden:
        raise InvalidInputError(
            f"connection {name!r} cannot be tested as it is stored: Airflow {server.version} tests only what it is "
            f"sent, and hides {' and '.join(hidden)}. Give {' and '.join(hidden)} as well ('' if there is none)"
        )
    return {item.name: stored[item.name] for item in CONNECTION.fields if stored.get(item.name) is not None}


CONNECTION_TEST = Operation(
    kind="connection_test",
    act=test_connection,
    fields=(
        Field(
            "connection_id",
            description=(
                "ID of an existing connection. Other options change what is tested, not what is stored; another host "
                "or port needs O(password) as well.",
                "Airflow before 3.2 tests only what it is sent, so there the hidden parts have to be given as well.",
                "Without it, the given parts are tested.",
            ),
        ),
        *(
            item._replace(description=(f"{item.name.replace('_', ' ').capitalize()} of the connection to test.",))
            for item in CONNECTION.fields
        ),
        URI._replace(description=("The whole connection as a URI, as in M(dataops.airflow.airflow_connection).",)),
    ),
    returned=(
        Field("status", type="bool", description=("Whether the connection works.",), sample=True),
        Field(
            "message",
            description=("What the connection's hook says about it.",),
            sample="Connection successfully tested",
        ),
    ),
    pairs=tuple((URI.name, item.name) for item in PARTS),
    summary="Test a connection from Apache Airflow",
    description=(
        "Has Airflow's web server (Airflow 2) or API server (Airflow 3) try a connection, stored or not.",
        "Nothing is stored. A connection that does not work does not make the task fail: see RV(status).",
        "Needs C([core] test_connection = Enabled) in Airflow's configuration, and the connection type's provider.",
    ),
    examples="""
- name: See whether Airflow reaches the warehouse
  dataops.airflow.airflow_connection_test:
    airflow_url: https://airflow.example.com
    airflow_username: ansible
    airflow_password: "{{ airflow_password }}"
    connection_id: warehouse
  register: tested
  failed_when: not (tested.status | default(false))

- name: Try parts before they are stored
  dataops.airflow.airflow_connection_test:
    conn_type: http
    host: https://api.example.com
""",
)
