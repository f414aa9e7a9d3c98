# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Roles of the FAB auth manager: what their members may do."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Collection, Mapping

from ..._model.api import V1, Api, Server, Since
from ..._model.change import Action, Change
from ..._model.compare import Verdict
from ..._model.field import EVERY_API, Field
from ..._model.resource import Hooks, Names, Resource, Unreachable

if TYPE_CHECKING:
    from ..._engine.faults import Fault
    from ..._engine.task import Task
    from ..._http.client import Client

WEBSITE = ("can_read", "Website")
"""Airflow gives this to every custom role when it starts (FAB provider's add_homepage_access_to_custom_roles)."""

BUILT_IN = ("Admin", "Op", "User", "Viewer", "Public")


def pairs(permissions: Any) -> set[tuple[str, str]]:
    """Permissions as pairs of an action and a resource."""
    return {(item["action"], item["resource"]) for item in permissions or ()}


def listed(wanted: set[tuple[str, str]]) -> list[dict[str, str]]:
    """Pairs as permissions, in a stable order."""
    return [
        {"action": action, "resource": resource} for action, resource in sorted(wanted, key=lambda pair: pair[::-1])
    ]


def decode(actions: Any) -> list[dict[str, str]]:
    """Permissions from what the API calls ``actions``."""
    return listed({(item["action"]["name"], item["resource"]["name"]) for item in actions or () if item["resource"]})


def encode(permissions: Any) -> list[dict[str, Any]]:
    """Permissions in the form of the API."""
    return [{"action": {"name": item["action"]}, "resource": {"name": item["resource"]}} for item in permissions]


def same_permissions(desired: Any, shown: Any, api: Api) -> Verdict:
    """Compare sets."""
    return Verdict.EQUAL if pairs(desired) == pairs(shown) else Verdict.DIFFERENT


class RoleHooks(Hooks):
    """Exact sets of permissions, and names that must exist."""

    def normalize(
        self, desired: Mapping[str, Any], current: Mapping[str, Any] | None, server: Server
    ) -> dict[str, Any]:
        prepared = dict(desired)
        if "permissions" in prepared:
            # Removing what Airflow adds would close the web interface to the role's members until it starts again.
            given = {WEBSITE} & pairs((current or {}).get("permissions"))
            prepared["permissions"] = listed(pairs(prepared["permissions"]) | given)
        return prepared

    def beside(self, name: str, server: Server) -> Collection[str]:
        from .exact_role import spare_name

        return (spare_name(name),) if server.api is V1 else ()

    def preflight(self, task: Task, change: Change, names: Names | None = None) -> list[str]:
        from . import exact_role

        warnings, client = [], task.client
        if change.action is Action.CREATE and exact_role.is_unfinished(client, change.name, (names or {}).get("role")):
            _unfinished(client).add(change.name)
            warnings.append(
                f"{change.title}: an earlier run was interrupted; its changes to the role and the members are completed"
            )
        if change.action is Action.DELETE or "permissions" not in change.fields:
            return warnings
        wanted, found = pairs(change.desired["permissions"]), pairs((change.current or {}).get("permissions"))
        server = client.server.part("fab")
        if wanted - found:
            from .known_permissions import check_names

            check_names(client, server, wanted - found)
        if found - wanted:
            exact_role.check(client, change.name, encode(listed(found - wanted)), change.name in BUILT_IN)
        return warnings

    def write(self, task: Task, change: Change) -> bool:
        from . import exact_role

        if change.action is Action.CREATE:
            return change.name in _unfinished(task.client) and exact_role.finish(task.client, change.name)
        if not takes_away(change):
            return False
        found, wanted = pairs((change.current or {}).get("permissions")), pairs(change.desired["permissions"])
        before, kept, after = (encode(listed(part)) for part in (found, found & wanted, wanted))
        exact_role.replace(task, change.name, before, kept, after)
        return True


def takes_away(change: Change) -> bool:
    """Whether a change takes permissions from a role."""
    if "permissions" not in change.fields or change.current is None:
        return False
    return not pairs(change.current["permissions"]) <= pairs(change.desired["permissions"])


def _unfinished(client: Client) -> set[str]:
    """Names of the roles that an interrupted run has left behind under their spare names."""
    found: set[str] = client.once("unfinished roles", set)
    return found


PERMISSION_PARTS = (
    Field("action", required=True, description=("Name of the action.",), sample="can_read"),
    Field("resource", required=True, description=("Name of the resource.",), sample="DAGs"),
)

UNFOUND = "the API of Airflow 2 lists roles with a slash in the name but finds none of them"
UNFOUND_BY_FAB = "the API of Airflow 3 finds no role whose name holds a slash or a line break"
UNREACHABLE = (Unreachable("v1", re.compile("/"), UNFOUND), Unreachable("fab", re.compile("[/\n]"), UNFOUND_BY_FAB))


def _faults() -> tuple[Fault, ...]:
    from ..shared.known_faults import OF_ROLES

    return OF_ROLES


ROLE = Resource(
    kind="role",
    collection="roles",
    identity=Field("name", required=True, longest=64, description=("Name of the role.",), sample="analyst"),
    fields=(
        Field(
            "permissions",
            type="list",
            elements="dict",
            contains=PERMISSION_PARTS,
            names=dict.fromkeys(EVERY_API, "actions"),
            description=(
                "Permissions of the role, in any order. The role has exactly these; an empty list removes all of them.",
                "One exception: V(can_read) on V(Website), which Airflow itself gives to every role, is never removed.",
            ),
            result="The role's permissions.",
            sample=[{"action": "can_read", "resource": "DAGs"}],
            compare=same_permissions,
            encode=encode,
            decode=decode,
            # v1 answers 500 if it is left out.
            initial=[],
        ),
    ),
    part="fab",
    hooks=RoleHooks(),
    protected=dict.fromkeys(BUILT_IN, "Airflow needs its built-in roles"),
    unreachable=UNREACHABLE,
    # FAB 3.1 and 3.2 take the mask letter by letter.
    masks_since=Since(v1=None, fab=None),
    reliable_since={Action.CREATE: Since(v1=None), Action.UPDATE: Since(fab=None)},
    faults=_faults,
    summary="Manage roles of Apache Airflow",
    description=(
        "Creates, changes and deletes roles of the FAB auth manager, which Airflow 2 has and Airflow 3 can have.",
        "Airflow 2 can only add permissions to a role. To remove some, the members are moved to a new role, and the "
        "old role is deleted; if a step fails, the former state is restored. The user that the module logs in as must "
        "not be a member. On Airflow 3, removing permissions needs apache-airflow-providers-fab 3.9 or later.",
        "The built-in roles can be changed (on Airflow 2 permissions can only be added to them), but are never "
        "deleted; Airflow gives them their own permissions back when it starts.",
    ),
    examples="""
- name: Allow analysts to read DAGs and runs only
  dataops.airflow.airflow_role:
    airflow_url: https://airflow.example.com
    airflow_username: ansible
    airflow_password: "{{ airflow_password }}"
    name: analyst
    permissions:
      - action: can_read
        resource: DAGs
      - action: can_read
        resource: DAG Runs

- name: Delete a role
  dataops.airflow.airflow_role:
    name: analyst
    state: absent
""",
)
