# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Exporting a whole deployment, in the form in which it can be applied again."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Iterable, Mapping

from ..._engine.options import check_since
from ..._engine.run_listing import whole_list
from ..._model.errors import InvalidInputError, NoFabError
from ..._model.field import Field
from ..._model.listing import Listing, Single
from ..dag.dag_info import DAG_INFO
from .export import Export
from .kinds import KINDS, Kind, title_of, titles
from .scope_names import SCOPES

if TYPE_CHECKING:
    from ..._http.client import Client


LISTINGS: Mapping[str, Listing] = {"dags": DAG_INFO}
"""Option → how objects are listed that :mod:`.deployment` reads one by one."""


def export(client: Client, params: Mapping[str, Any]) -> dict[str, Any]:
    """All objects of the wanted kinds as options."""
    gather = params["gather"] or list(KINDS)
    deployment: dict[str, list[dict[str, Any]]] = {}
    warnings: list[str] = []
    made = Export()
    listings = {option: kind.listing or LISTINGS[option] for option, kind in KINDS.items() if option in gather}
    if params["airflow_auth"] == "auto" and any(listing.read_each for listing in listings.values()):
        # Each of them takes a request, on Airflow 2.
        client.expect()
    for option, listing in listings.items():
        kind, resource = KINDS[option], KINDS[option].resource
        try:
            check_since(title_of(option), resource.since, client.server.part(resource.part))
            rows, told = whole_list(listing, client, complete=True)
        except NoFabError as error:
            if params["gather"] or resource.part != "fab":
                raise
            warnings.append(f"{title_of(option)} are left out. {error.message}")
            continue
        except InvalidInputError as error:
            # Another server may have them, to which a playbook applies the export.
            warnings.append(f"{title_of(option)} are left out. {error.message}")
            continue
        warnings += told
        identity = resource.identity.name
        wanted = [row for row in rows if _is_wanted(kind, str(row[identity]), params)]
        server = client.server.part(resource.part)
        deployment[option] = [
            made.entry(resource, row, server) for row in sorted(wanted, key=lambda row: str(row[identity]))
        ]
    return {"deployment": deployment, "secrets": made.secrets, "warnings": warnings}


def _is_wanted(kind: Kind, name: str, params: Mapping[str, Any]) -> bool:
    def is_among(patterns: Iterable[str]) -> bool:
        return any(fnmatchcase(f"{kind.resource.kind}/{name}", pattern) for pattern in patterns)

    is_own = name in kind.built_in or name.startswith(SCOPES)
    return not is_own and is_among(params["include"]) and not is_among(params["exclude"])


DEPLOYMENT_INFO = Single(
    kind="deployment",
    read=export,
    fields=(
        Field(
            "gather",
            type="list",
            elements="str",
            choices=tuple(KINDS),
            description=(
                "Kinds of objects to read. By default all of them, except users and roles if Airflow does not use the "
                "FAB auth manager.",
            ),
        ),
        Field(
            "include",
            type="list",
            elements="str",
            default=["*"],
            description=("Shell patterns of C(kind/name) for what to return, such as C(connection/etl_*).",),
        ),
        Field(
            "exclude",
            type="list",
            elements="str",
            default=[],
            description=("Shell patterns of C(kind/name) for what to leave out, such as C(user/admin).",),
        ),
    ),
    returned=(
        Field(
            "deployment",
            type="dict",
            description=(
                "For each kind a list of objects, sorted by name, with the options of "
                "M(dataops.airflow.airflow_deployment). Empty and default values are left out.",
                "Values that Airflow hides, or that sound like secrets, are replaced by a reference to a variable, "
                "such as C({{ vault_airflow_variable_api_token_value }}). If the value may not exist, the reference "
                "leaves the option out as long as the variable is not defined.",
                "Ansible does not evaluate what a module returns: write it to a file, as the role "
                "C(dataops.airflow.export) does.",
            ),
            sample={
                "pools": [{"name": "default_pool", "slots": 128}],
                "variables": [{"key": "api_token", "value": "{{ vault_airflow_variable_api_token_value }}"}],
            },
        ),
        Field(
            "secrets",
            type="list",
            elements="dict",
            description=("The variables that are referenced.",),
            contains=(
                Field("kind", description=("Kind of the object.",), sample="connection"),
                Field("name", description=("Name of the object.",), sample="warehouse"),
                Field(
                    "option",
                    description=("The option, and the place of the value in it.",),
                    sample="extra.api_key",
                ),
                Field(
                    "path",
                    type="list",
                    elements="str",
                    description=("The option, and the keys and indexes that lead to the value in it.",),
                    sample=["extra", "api_key"],
                ),
                Field(
                    "variable",
                    description=(
                        "Name of the variable. It depends only on the place of the value and is unique; it ends in a "
                        "digest if the name alone could be that of another value.",
                    ),
                    sample="vault_airflow_connection_warehouse_extra_api_key",
                ),
                Field(
                    "certain",
                    type="bool",
                    description=(
                        "Whether the value is known to exist. Airflow 2 does not return whether a connection has a "
                        "password, and no version does so for users.",
                    ),
                    sample=True,
                ),
            ),
        ),
    ),
    summary="Export a whole deployment of Apache Airflow",
    description=(
        f"Returns {titles()} in the form that "
        "M(dataops.airflow.airflow_deployment) takes, on the same version of Airflow or another.",
        "Applying it with the secrets filled in reports no change if C(update_secrets) is V(on_create), as hidden "
        "values cannot be compared.",
        "The built-in roles are left out; of a DAG there is only whether it is paused.",
        "Airflow 2 leaves C(extra) out of its list of connections, so there each takes a request of its own.",
    ),
    examples="""
- name: Read everything
  dataops.airflow.airflow_deployment_info:
    airflow_url: https://airflow.example.com
    airflow_username: auditor
    airflow_password: "{{ airflow_password }}"
  register: found

- name: List the secrets to fill in before it can be applied elsewhere
  ansible.builtin.debug:
    msg: "{{ found.secrets | selectattr('certain') | map(attribute='variable') }}"

- name: Read variables and pools
  dataops.airflow.airflow_deployment_info:
    gather: [variables, pools]
""",
)
