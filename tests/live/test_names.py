# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names: whatever a server can address works, and the rest is explained."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.dataops.airflow.plugins.module_utils._engine.options import why_unreachable
from ansible_collections.dataops.airflow.plugins.module_utils._http.client import Client
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.connection.connection import CONNECTION
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.connection.connection_info import CONNECTION_INFO
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.pool.pool import POOL
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.pool.pool_info import POOL_INFO
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.role.role import ROLE
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.role.role_info import ROLE_INFO
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.user.user import USER
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.user.user_info import USER_INFO
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.variable.variable import VARIABLE
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.variable.variable_info import VARIABLE_INFO
from ansible_collections.dataops.airflow.plugins.module_utils._model.errors import InvalidInputError
from ansible_collections.dataops.airflow.tests.live.conftest import Live

NAMES = [
    "a b", " a ", "a/b", "/a", "a//b", "a/", "a/../b", "..", ".", "ключ-日本-ü", "q\"'x", "100%", "%2F", "a?b#c",
    "a+b;c,d&e=f", "back\\slash", "tab\tx", "line\nbreak", "~", "😀", "list", "x" * 250,
]  # fmt: skip
QUICK = ("a b", "a/b", "a/../b", "ключ-日本-ü", "%2F", "a?b#c", "line\nbreak", "list", "x" * 250)
USER_OPTIONS = {"email": "live@names", "first_name": "a", "last_name": "b", "password": "live-pw", "roles": ["Viewer"]}
KINDS: list[Any] = [
    (POOL, POOL_INFO, {"slots": 2}, {"slots": 3}),
    (VARIABLE, VARIABLE_INFO, {"value": "a"}, {"value": "b"}),
    (CONNECTION, CONNECTION_INFO, {"conn_type": "a"}, {"conn_type": "b"}),
    (ROLE, ROLE_INFO, {"permissions": []}, {"permissions": [{"action": "can_read", "resource": "Pools"}]}),
    (USER, USER_INFO, USER_OPTIONS, {"first_name": "c"}),
]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind[0].kind)
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[] if name in QUICK else pytest.mark.slow) for name in NAMES], ids=ascii
)
def test_a_name_works_or_is_explained(live: Live, client: Client, kind: Any, name: str) -> None:
    resource, listing, first, second = kind
    key: dict[str, Any] = {resource.identity.name: name}

    if resource.identity.longest and len(name) > resource.identity.longest:
        with pytest.raises(InvalidInputError, match="must have at most"):
            live.task(resource, client=client, **key, **first)
        return

    def found() -> list[str]:
        rows = live.task(listing, client=client, **key)[listing.collection]
        return [row[resource.identity.name] for row in rows]

    naming = resource.naming.get(client.server.api.name)
    if naming and not naming.pattern.fullmatch(name):
        with pytest.raises(InvalidInputError, match=r"must be 1 to 200 |cannot be managed: the API of Airflow"):
            live.task(resource, client=client, **key, **first)
        assert found() == []
        return
    if why_unreachable(resource.unreachable, name, client.server.part(resource.part)):
        assert not live.is_v2 or "\n" in name or resource.part == "fab"
        with pytest.raises(InvalidInputError, match="cannot be managed: the API of Airflow"):
            live.task(resource, client=client, **key, **first)
        assert found() == []
        return
    try:
        assert live.task(resource, client=client, **key, **first)["action"] == "create"
        assert live.task(resource, client=client, **key, **second)["action"] == "update"
        assert found() == [name]
    finally:
        deleted = live.task(resource, client=client, state="absent", **key)
    assert deleted["action"] == "delete"
    assert found() == []


def test_what_airflow_2_only_lists_is_found_by_the_info_module(airflow_2: Live) -> None:
    airflow_2.ask("POST", "/variables", json={"key": "/a", "value": "x"}).raise_for_status()
    try:
        assert airflow_2.ask("GET", "/variables/%2Fa", allow_redirects=False).status_code == 308
        assert [row["value"] for row in airflow_2.task(VARIABLE_INFO, key="/a")["variables"]] == ["x"]
    finally:
        airflow_2.command("variables", "delete", "/a")
