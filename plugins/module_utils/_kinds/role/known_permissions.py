# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The actions and resources that permissions can have, as Airflow knows them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..._model.errors import PreconditionError
from ..._model.paths import join
from ..._model.shape import understood
from .role import decode

if TYPE_CHECKING:
    from ..._http.client import Client
    from ..._model.api import Server

DAG_RESOURCE = re.compile("DAG:|DAG Run:|Task Instance:")
"""Resources of single DAGs, which come and go with them."""


def _known(client: Client, server: Server) -> tuple[set[str], set[str], bool]:
    """The actions and resources that Airflow knows, and whether these are all resources."""
    actions: set[str] = set()
    resources: set[str] = set()
    complete = True
    for row in client.pages(join("permissions"), "actions", {}, api=server.api):
        with understood("GET /permissions", "permission"):
            if "name" in row:
                actions.add(row["name"])
                complete = False
            else:
                actions.add(row["action"]["name"])
                resources.add(row["resource"]["name"])
    if not complete:
        for role in client.pages(join("roles"), "roles", {"order_by": "name"}, api=server.api):
            with understood("GET /roles", "role"):
                resources.update(item["resource"] for item in decode(role["actions"]))
    return actions, resources, complete


def check_names(client: Client, server: Server, wanted: set[tuple[str, str]]) -> None:
    """Refuse actions and resources that Airflow does not know.

    Airflow 2 and the FAB provider before 3.5 list the actions alone. What resources there are is then known from the
    roles: Admin holds every permission, but for those on single DAGs.
    """
    actions, resources, complete = client.once("permissions", lambda: _known(client, server))
    unknown = [f"action {name!r}" for name in sorted({action for action, _resource in wanted} - actions)]
    for name in sorted({resource for _action, resource in wanted} - resources):
        if complete or not DAG_RESOURCE.match(name):
            unknown.append(f"resource {name!r}")
    if unknown:
        raise PreconditionError(
            f"permissions has names that Airflow does not know: {', '.join(unknown)}. Nothing was changed; "
            "airflow_permission_info lists the valid ones"
        )
