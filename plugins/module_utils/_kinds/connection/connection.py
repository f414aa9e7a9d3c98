# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections: how DAGs reach other systems."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Mapping

from ..._model.api import V1, V2, Server
from ..._model.change import Action
from ..._model.compare import extra, parse_json, password, text, to_text
from ..._model.errors import InvalidInputError
from ..._model.field import EVERY_API, Field
from ..._model.resource import UPDATE_SECRETS, Hooks, Naming, Resource, Unreachable
from ..._model.secrets import Secrecy
from ..shared.fields import TEAM_NAME

if TYPE_CHECKING:
    from ..._engine.task import Task
    from ..._model.change import Change
    from ..._model.resource import Names

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
    """A dict; the text itself if it is not JSON, which Airflow 2 stores as well."""
    if isinstance(value, str):
        is_json, parsed = parse_json(value) if value.strip() else (True, {})
        value = parsed if is_json else value
    if value == []:
        value = {}
    if not isinstance(value, (dict, str)):
        # 2.11 answers 500 for other JSON, Airflow 3 422.
        raise ValueError("a dict, or the text of a JSON object")
    return value


def _secrets_in_uri(uri: str) -> set[str]:
    from .uri import secrets_in_uri

    return secrets_in_uri(uri)


def decode_extra(shown: str | None) -> Any:
    """What the server sends as ``extra``, as a dict; a text if it is not a JSON object."""
    is_json, parsed = parse_json(shown or "{}")
    return parsed if is_json and isinstance(parsed, dict) else shown


ID = Field("connection_id", required=True, longest=250, description=("ID of the connection.",), sample="warehouse")

PARTS = (
    Field(
        "conn_type",
        description=("Type of the connection, for example V(postgres) or V(http). Needed to create a connection.",),
        result="Type of the connection.",
        sample="postgres",
        longest=500,
        needed=EVERY_API,
        not_empty=EVERY_API,
        whole=frozenset({"v2"}),
    ),
    Field("host", description=("Host; empty text clears it.",), sample="db.example.com", secrecy=Secrecy.BY_FORM,
          result="Host name or address.", longest=500, compare=text),
    Field("login", description=("User name on the other system; empty text clears it.",), sample="etl",
          result="User name on the other system.", secrecy=Secrecy.BY_FORM, compare=text),
    Field(
        "password",
        description=(
            "Password on the other system. Airflow never returns it; Airflow 3 returns whether one is set.",
            "Empty text clears it. Airflow cannot clear the password of an existing connection, so the connection is "
            "deleted and created again with all its other fields. This is refused if a hidden part of C(extra) would "
            "be lost.",
            "Airflow 2 does not return whether one is set. There it is cleared on every run, unless C(update_secrets) "
            "is V(on_create).",
        ),
        result="Placeholder if a password is set; never the password itself.",
        secrecy=Secrecy.ALWAYS,
        compare=password,
        decode=lambda shown: shown or None,
        write_only=frozenset({"v1"}),
        cleared_by_creation=True,
    ),
    Field("schema", description=("Schema, or name of the database; empty text clears it.",), sample="mart",
          result="Schema or database name.", secrecy=Secrecy.BY_FORM, longest=500, compare=text),
    Field(
        "port",
        type="raw",
        description=("Port, a number; empty text clears it.",),
        result="Port number.",
        sample=5432,
        parse=parse_port,
    ),
    Field(
        "extra",
        type="raw",
        description=(
            "Further settings, as a dict or as the text of a JSON object; they replace all that is stored. Airflow 2 "
            "also accepts other text. An empty dict or text clears it.",
            "Values are compared as JSON. Values that Airflow hides because of their keys cannot be compared.",
            "Airflow can only replace it as a whole: if a visible value differs, the hidden ones are sent as well.",
        ),
        result="Further settings, with secrets hidden; text if it is not a JSON object.",
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
        "The whole connection as a URI, in the form of the environment variables C(AIRFLOW_CONN_*), instead of its "
        "parts. Parts that it leaves out are cleared.",
        "It is read as this version of Airflow reads it: percent-encoding, hosts with a scheme, query parameters as "
        "O(extra), and C(__extra__) for extra as JSON. Odd schemes and brackets are read differently by versions of "
        "Python, too.",
        "If the URI has no password and the server does not return whether one is set (Airflow 2), the password is "
        "left unchanged and listed in RV(unverified).",
        'The JSON form of these variables is accepted as well, such as C({"conn_type": "http", "host": "h"}).',
    ),
    secrecy=Secrecy.ALWAYS,
    secret_parts=_secrets_in_uri,
)

STORED_PASSWORD = Field(
    "stored_password",
    choices=("keep", "clear"),
    description=(
        "What to do with a stored password if O(password) is not given, as in an export without passwords.",
        "V(keep) leaves it unchanged and lists it in RV(unverified). V(clear) clears it if the server returns whether "
        "one is set (Airflow 3), as an empty O(password) does; on Airflow 2 the password is left unchanged and listed "
        "in RV(unverified).",
    ),
)

DESCRIPTION = Field(
    "description",
    description=("Description of the connection; empty text clears it.",),
    result="Description of the connection.",
    sample="The warehouse, read only",
    longest=5000,
    compare=text,
)


def expand(given: Mapping[str, Any], server: Server) -> dict[str, Any]:
    """The fields that are wanted, with those of the URI if there is one."""
    desired = dict(given)
    if "uri" in desired:
        from .uri import check_uri, parse_uri

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
        # What DAGs read from it is not an extra at all.
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

    def normalize(
        self, desired: Mapping[str, Any], current: Mapping[str, Any] | None, server: Server
    ) -> dict[str, Any]:
        return expand(desired, server)

    def preflight(self, task: Task, change: Change, names: Names | None = None) -> list[str]:
        if change.action is Action.DELETE or "conn_type" not in change.fields:
            return []
        from .conn_types import warn_of_type

        return warn_of_type(task.client, change.desired["conn_type"], change.title)


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
        "Airflow hides passwords, and values in O(extra) whose keys sound like secrets. Hidden values cannot be "
        "compared: O(update_secrets) says what to do with them.",
        "Changing one field leaves the others as they are, including the hidden ones.",
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

- name: Change the host of a connection and keep its secrets
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
