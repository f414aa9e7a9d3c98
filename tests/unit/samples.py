# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An object of each kind on each API generation, before and after a change, as a server sends it."""

from __future__ import annotations

from typing import Any, Mapping, NamedTuple
from urllib.parse import quote

from ansible_collections.dataops.airflow.plugins.module_utils._kinds.connection.connection import CONNECTION
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.dag.dag import DAG
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.pool.pool import POOL
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.role.exact_role import spare_name
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.role.role import ROLE
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.user.user import USER
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.variable.variable import VARIABLE
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.xcom.xcom import XCOM
from ansible_collections.dataops.airflow.plugins.module_utils._model.api import V1, V2, Api, Server
from ansible_collections.dataops.airflow.plugins.module_utils._model.field import NOTHING
from ansible_collections.dataops.airflow.plugins.module_utils._model.resource import Resource
from ansible_collections.dataops.airflow.tests.unit.scripted import ABSENT, Table

AIRFLOW_2, AIRFLOW_3 = "2.11.2", "3.3.2"


class Sample(NamedTuple):
    """An object and a change of it.

    :param version: of the server.
    :param options: the identity and what is wanted.
    :param row: the object before the change; the identity comes first.
    :param wanted: what of the row is another after the change.
    :param partly: the same after half of the change.
    :param further: the answers that a change needs beside those of the object itself.
    :param checked: action → requests of its plan after the object has been read.
    """

    resource: Resource
    version: str
    options: Mapping[str, Any]
    row: Mapping[str, Any]
    wanted: Mapping[str, Any]
    partly: Mapping[str, Any]
    collection: str = ""
    further: Table = NOTHING
    checked: Mapping[str, tuple[str, ...]] = NOTHING

    @property
    def title(self) -> str:
        return f"{self.resource.kind} on {self.version}"

    @property
    def list_path(self) -> str:
        return "/" + (self.collection or self.resource.collection)

    @property
    def path(self) -> str:
        return f"{self.list_path}/{quote(str(self.options[self.resource.identity.name]), safe='')}"

    @property
    def after(self) -> dict[str, Any]:
        return {**self.row, **self.wanted}

    @property
    def in_part(self) -> dict[str, Any]:
        return {**self.row, **self.partly}

    @property
    def api(self) -> Api:
        return Server(V1 if self.version == AIRFLOW_2 else V2, self.version).part(self.resource.part).api

    def write(self, action: str) -> str:
        """The request that makes a change."""
        method = {"create": "POST", "update": "PATCH", "delete": "DELETE"}[action]
        return f"{method} {self.list_path if action == 'create' else self.path}"

    def table(self, action: str, reply: Any, *seen: Any) -> Table:
        """A server on which a write is answered so.

        :param seen: the object, as it is read for the plan and after that; the last one lasts.
        """
        return {f"GET {self.path}": list(seen), self.write(action): reply, **self.further}

    def given(self, action: str) -> dict[str, Any]:
        """The options of a task."""
        named = {item.name: self.options[item.name] for item in (*self.resource.parents, self.resource.identity)}
        return {**named, "state": "absent"} if action == "delete" else dict(self.options)


def permission(action: str, resource: str) -> dict[str, Any]:
    """A permission as the API has it."""
    return {"action": {"name": action}, "resource": {"name": resource}}


READ, EDIT, MENU = permission("can_read", "DAGs"), permission("can_edit", "DAGs"), permission("can_read", "Jobs")
PERMISSIONS = {
    "permissions": [{"action": p["action"]["name"], "resource": p["resource"]["name"]} for p in (READ, EDIT, MENU)]
}
ADMIN = {"name": "Admin", "actions": [READ, EDIT, MENU]}
KNOWN: Mapping[str, Table] = {
    AIRFLOW_2: {
        "GET /permissions": {"actions": [{"name": "can_read"}, {"name": "can_edit"}], "total_entries": 2},
        "GET /roles": {"roles": [ADMIN], "total_entries": 1},
    },
    AIRFLOW_3: {"GET /permissions": {"actions": [READ, EDIT, MENU], "total_entries": 3}},
}
"""What Airflow says which actions and resources there are."""

SPARE = "/roles/" + quote(spare_name("r"), safe="")
TASK = "dags/d/dagRuns/r/taskInstances/t"

POOL_ROW = {"name": "a/b c", "slots": 1, "description": "old", "include_deferred": False, "open_slots": 1}
VARIABLE_ROW = {"key": "k", "value": "old", "description": "old"}
CONNECTION_ROW = {
    "connection_id": "c", "conn_type": "http", "host": "old", "port": 1, "login": "ada", "schema": None, "extra": None,
    "description": "kept",
}  # fmt: skip
USER_ROW = {
    "username": "u", "email": "u@example.com", "first_name": "Old", "last_name": "Old", "roles": [{"name": "Viewer"}],
    "active": True,
}  # fmt: skip
USER_OPTIONS = {
    "username": "u", "email": "u@example.com", "first_name": "New", "last_name": "New", "roles": ["Viewer"],
    "password": "first", "update_password": "on_create",
}  # fmt: skip
DAG_ROW = {"dag_id": "d", "is_paused": False, "fileloc": "/dags/d.py"}


def _samples(version: str) -> list[Sample]:
    on_2 = version == AIRFLOW_2
    pool_name = "a b" if on_2 else "a/b c"
    password = {} if on_2 else {"password": None}
    known = ("GET /permissions", "GET /roles") if on_2 else ("GET /permissions",)
    spare = (f"GET {SPARE}",) if on_2 else ()
    stale = {"is_active": True} if on_2 else {"is_stale": False}
    return [
        Sample(
            POOL,
            version,
            {"name": pool_name, "slots": 3, "description": "new"},
            {**POOL_ROW, "name": pool_name},
            {"slots": 3, "description": "new"},
            {"slots": 3},
        ),
        Sample(
            VARIABLE,
            version,
            {"key": "k", "value": "new", "description": "new"},
            VARIABLE_ROW,
            {"value": "new", "description": "new"},
            {"value": "new"},
        ),
        Sample(
            CONNECTION,
            version,
            {"connection_id": "c", "conn_type": "http", "host": "new", "port": 2},
            {**CONNECTION_ROW, **password},
            {"host": "new", "port": 2},
            {"port": 2},
        ),
        Sample(
            ROLE,
            version,
            {"name": "r", **PERMISSIONS},
            {"name": "r", "actions": [READ]},
            {"actions": [EDIT, READ, MENU]},
            {"actions": [EDIT, READ]},
            further={**KNOWN[version], f"GET {SPARE}": ABSENT},
            checked={"create": (*spare, *known), "update": known},
        ),
        Sample(
            USER,
            version,
            USER_OPTIONS,
            USER_ROW,
            {"first_name": "New", "last_name": "New"},
            {"first_name": "New"},
            further={
                "GET /roles/Viewer": {"name": "Viewer", "actions": []},
                "GET /users": {"users": [], "total_entries": 0},
            },
            checked={"create": ("GET /roles/Viewer",)},
        ),
        Sample(
            DAG,
            version,
            {"dag_id": "d", "paused": True},
            {**DAG_ROW, **stale},
            {"is_paused": True},
            {},
            further={"GET /dags/d/dagRuns/~/taskInstances": {"task_instances": [], "total_entries": 0}},
        ),
    ]


SAMPLES = (
    *_samples(AIRFLOW_2),
    *_samples(AIRFLOW_3),
    Sample(
        XCOM,
        AIRFLOW_3,
        {"dag_id": "d", "dag_run_id": "r", "task_id": "t", "key": "k", "map_index": -1, "value": {"rows": 2}},
        {"key": "k", "value": {"rows": 1}, "dag_id": "d", "run_id": "r", "task_id": "t", "map_index": -1},
        {"value": {"rows": 2}},
        {},
        collection=f"{TASK}/xcomEntries",
        further={f"GET /{TASK}": {"task_id": "t"}},
        checked={"create": (f"GET /{TASK}",)},
    ),
)
