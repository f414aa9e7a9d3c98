# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which scopes there are, and what they own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Mapping

from ..._engine.run_listing import Reading
from ..._model.field import Field
from ..._model.listing import Single
from ..variable.variable_info import VARIABLE_INFO
from .scope_names import SCOPES

if TYPE_CHECKING:
    from ..._http.client import Client
    from ..._model.api import Server

FILTERS = ("variable_key_prefix_pattern", "variable_key_pattern")
"""Those of variables that select ledgers, the better one first."""


def ledger_filter(server: Server) -> dict[str, str]:
    """The filter that selects ledgers, and perhaps some other variables; none on a server without one."""
    since = {item.name: item.since for item in VARIABLE_INFO.filters}
    return next(({name: SCOPES} for name in FILTERS if not server.lacks(since[name])), {})


def _scopes(client: Client, params: Mapping[str, Any]) -> dict[str, Any]:
    from .ledger import ORIGINS, read_all

    options = {item.name: item.default for item in VARIABLE_INFO.options()}
    reading = Reading(VARIABLE_INFO, {**options, **ledger_filter(client.server)}, client)
    ledgers = read_all(list(reading.whole(complete=False)))
    found = [ledger for name, ledger in ledgers.items() if params["scope"] in (None, name)]
    return {
        "scopes": [
            {"name": ledger.scope, "total": len(ledger.entries), "serial": ledger.serial, "problem": ledger.problem}
            for ledger in found
        ],
        "objects": [
            {
                "scope": ledger.scope,
                "kind": kind,
                "name": name,
                "origin": ORIGINS[entry.origin],
                "since": entry.since,
                "protected": entry.is_protected,
            }
            for ledger in found
            for (kind, name), entry in sorted(ledger.entries.items())
        ],
        "warnings": reading.warnings,
    }


SCOPE_INFO = Single(
    kind="scope",
    read=_scopes,
    fields=(Field("scope", description=("Name of the one scope to return. All by default.",)),),
    returned=(
        Field(
            "scopes",
            type="list",
            elements="dict",
            description=("The scopes; empty if there are none.",),
            contains=(
                Field("name", description=("Name of the scope.",), sample="warehouse"),
                Field("total", type="int", description=("Number of its objects.",), sample=42),
                Field("serial", type="int", description=("Grows each time its ledger is written.",), sample=7),
                Field(
                    "problem",
                    description=("Why its ledger, or a part of it, cannot be read; empty if it can.",),
                    sample="",
                ),
            ),
        ),
        Field(
            "objects",
            type="list",
            elements="dict",
            description=("What they own.",),
            contains=(
                Field("scope", description=("Name of the scope.",), sample="warehouse"),
                Field("kind", description=("Kind of the object.",), sample="pool"),
                Field("name", description=("Name of the object.",), sample="etl"),
                Field("origin", description=("V(created) by the scope, or V(adopted).",), sample="created"),
                Field("since", description=("When the scope began to own it.",), sample="2026-11-30T12:00:00Z"),
                Field("protected", type="bool", description=("Whether no purge deletes it.",), sample=False),
            ),
        ),
    ),
    summary="List the scopes of deployments on Apache Airflow",
    description=(
        "Returns which objects belong to which C(scope) of M(dataops.airflow.airflow_deployment).",
        "An object can be listed that no longer exists, or that an interrupted run was going to create. The next run "
        "in the scope finds that out.",
        "The user needs the permission to read variables.",
    ),
    examples="""
- name: Find out whose a pool is
  dataops.airflow.airflow_scope_info:
    airflow_url: https://airflow.example.com
    airflow_username: auditor
    airflow_password: "{{ airflow_password }}"
  register: found

- name: Show it
  ansible.builtin.debug:
    msg: "{{ found.objects | selectattr('kind', 'eq', 'pool') | selectattr('name', 'eq', 'etl') }}"
""",
)
