# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of connections, which Airflow makes; nothing is stored."""

from __future__ import annotations

import secrets
from functools import partial
from typing import TYPE_CHECKING, Any, Mapping, NamedTuple

from ..._engine.options import check_identity, check_on_server, why_unreachable
from ..._engine.plan import payload, plan_one
from ..._engine.run_operation import Steps, run_operation
from ..._model.api import Intent, Server
from ..._model.change import Action
from ..._model.errors import InvalidInputError, PreconditionError, RefusedError
from ..._model.field import Field
from ..._model.operation import Operation
from ..._model.paths import join
from ..._model.secrets import holds_mask, redact
from ..._model.shape import an_object
from .connection import CONNECTION, ID, PARTS, UNREACHABLE, URI, expand

if TYPE_CHECKING:
    from ..._http.client import Client

TESTS_STORED_SINCE = "3.2.0"
"""Before, Airflow 3 tests what it is sent, and nothing of what it has stored under the same ID."""


class Wanted(NamedTuple):
    """The connection to test.

    :param connection_id: of a stored one; ``None`` to test what is given.
    :param given: its parts that were given.
    """

    connection_id: str | None
    given: Mapping[str, Any]


class Plan(NamedTuple):
    """What has come of the test, after which nothing is left to do."""

    tested: dict[str, Any]
    action: Action = Action.NONE


class ConnectionTests(Steps[Wanted, "dict[str, Any]", Plan]):
    """Has Airflow try a connection, which only reads."""

    module = "airflow_connection_test"

    def wanted(self, options: Mapping[str, Any]) -> Wanted:
        names = [item.name for item in (*CONNECTION.fields, URI)]
        given = {name: options[name] for name in names if options.get(name) is not None}
        return Wanted(options["connection_id"], given)

    def read(self, client: Client, wanted: Wanted) -> dict[str, Any]:
        server, name, desired = client.server, wanted.connection_id, expand(wanted.given, client.server)
        if name is None:
            # The ID must not be that of a stored connection, or Airflow takes what is left out from there.
            name = f"dataops-airflow-test-{secrets.token_hex(8)}"
            if "conn_type" not in desired:
                raise InvalidInputError("connection_id, conn_type or uri must be given, to say what to test")
        else:
            desired = _with_stored(client, name, desired)
        check_on_server(CONNECTION.fields, desired, server)
        body = payload(plan_one(CONNECTION, name, desired, None, server), server)
        path, check = join("connections", "test"), an_object(status=bool)
        try:
            answer = client.call("POST", path, body=body, intent=Intent.READ, check=check)
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

    def plan(self, wanted: Wanted, seen: dict[str, Any]) -> Plan:
        return Plan(seen)

    def predict(self, plan: Plan) -> dict[str, Any]:
        return plan.tested

    def result(self, plan: Plan, value: dict[str, Any]) -> dict[str, Any]:
        return value


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
    act=partial(run_operation, ConnectionTests()),
    fields=(
        Field(
            "connection_id",
            description=(
                "ID of an existing connection. Other options override its values for the test; nothing is stored. A "
                "different host or port needs O(password) as well.",
                "Airflow before 3.2 tests only the values in the request, so the hidden parts must be given as well.",
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
            description=("Message from the hook of the connection.",),
            sample="Connection successfully tested",
        ),
    ),
    pairs=tuple((URI.name, item.name) for item in PARTS),
    summary="Test a connection from Apache Airflow",
    description=(
        "Tests a connection, stored or not, from Airflow's web server (Airflow 2) or API server (Airflow 3).",
        "Nothing is stored. The task does not fail if the connection does not work: see RV(status).",
        "Needs C([core] test_connection = Enabled) in Airflow's configuration, and the connection type's provider.",
    ),
    examples="""
- name: Check that Airflow reaches the warehouse
  dataops.airflow.airflow_connection_test:
    airflow_url: https://airflow.example.com
    airflow_username: ansible
    airflow_password: "{{ airflow_password }}"
    connection_id: warehouse
  register: tested
  failed_when: not (tested.status | default(false))

- name: Test parts before they are stored
  dataops.airflow.airflow_connection_test:
    conn_type: http
    host: https://api.example.com
""",
)
