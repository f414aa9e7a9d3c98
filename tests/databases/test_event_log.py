# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Airflow stores the body of each write in its event log, in a column that holds 64 KiB on MySQL and MariaDB."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ansible_collections.dataops.airflow.plugins.module_utils._kinds.deployment.deployment import DEPLOYMENT
from ansible_collections.dataops.airflow.tests.live.conftest import SERVERS, Live
from ansible_collections.dataops.airflow.tests.live.proxy import Answer, Forward, Proxy, Request, is_write
from ansible_collections.dataops.airflow.tests.live.test_deployment import NAMES, filled

pytestmark = pytest.mark.slow

MANY = {"variables": 500, "connections": 500, "pools": 100}
"""Objects of each kind. Airflow takes seconds to list 100 pools, as it counts the tasks of each of them (3.3.2)."""

LONG = "a description of this object, with ä and 😀, " * 20

OBJECTS: dict[str, Callable[[int], dict[str, Any]]] = {
    "variables": lambda turn: {"value": f"{turn} {LONG * 2}", "description": f"{turn} {LONG}"},
    "pools": lambda turn: {"slots": turn, "description": f"{turn} {LONG}"},
    "connections": lambda turn: {
        "conn_type": "http",
        "host": f"host-{turn}",
        "description": LONG,
        "extra": {"text": LONG, **{str(number): turn for number in range(20)}},
    },
}
"""Kind → the fields of an object, other ones in each turn."""


@pytest.fixture(scope="module", params=SERVERS, ids=lambda server: server.dbms)
def live(request: pytest.FixtureRequest) -> Live:
    """Each server in turn."""
    server: Live = request.param
    if not server.is_v2:
        pytest.skip("Airflow 2 has no request for many objects")
    return server


def named(kind: str, **fields: Any) -> list[dict[str, Any]]:
    """Objects, the names of 500 of which alone are too long for the column."""
    return [{NAMES[kind]: f"test_l_{number:03}_" + 150 * "x", **fields} for number in range(MANY[kind])]


@pytest.fixture(params=OBJECTS)
def kind(request: pytest.FixtureRequest, live: Live) -> Iterator[str]:
    """None of its objects exist in the end."""
    yield request.param
    live.task(DEPLOYMENT, **filled({request.param: named(request.param, state="absent")}))


def test_many_objects_with_long_values_fit_into_the_event_log(live: Live, kind: str) -> None:
    statuses: list[int] = []

    def watched(request: Request, forward: Forward) -> Answer:
        answer = forward(request)
        statuses.extend([answer.status] if is_write(request) else [])
        return answer

    fields = OBJECTS[kind]
    with Proxy(live.url) as proxy:
        proxy.rule = watched
        for action, wanted in (
            ("to_create", named(kind, **fields(1))),
            ("to_update", named(kind, **fields(2))),
            ("to_delete", named(kind, state="absent")),
        ):
            statuses.clear()
            result = live.task(DEPLOYMENT, airflow_url=proxy.url, **filled({kind: wanted}))
            assert (result["summary"][action], result["warnings"]) == (MANY[kind], [])
            # None of them is refused, and none of the objects is written by itself.
            assert set(statuses) == {200}
            assert len(statuses) < MANY[kind] / 4, (action, len(statuses))
