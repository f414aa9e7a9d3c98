# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is said and done after a write of an object: settled by reading, sent again, or an error."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.dataops.airflow.plugins.module_utils._core.errors import AirflowError
from ansible_collections.dataops.airflow.plugins.module_utils._core.resource import perform_resource
from ansible_collections.dataops.airflow.plugins.module_utils._resources.pool import POOL
from ansible_collections.dataops.airflow.tests.unit.scripted import (
    ABSENT,
    GATEWAY_TIMEOUT,
    HTML_500,
    LOST,
    Scripted,
    Table,
    client,
)


def pool(table: Table, **options: Any) -> tuple[dict[str, Any], Scripted]:
    transport = Scripted(table, "3.3.2")
    params = {**{item.name: item.default for item in POOL.options()}, "name": "p", **options}
    return perform_resource(POOL, params, False, client(transport)), transport


def row(slots: int) -> dict[str, Any]:
    return {"name": "p", "slots": slots, "description": None, "include_deferred": False}


@pytest.mark.parametrize("fault", [LOST, HTML_500, GATEWAY_TIMEOUT])
def test_a_creation_that_was_made_without_a_clear_answer_is_found_by_reading(fault: Any) -> None:
    result, transport = pool({"GET /pools/p": [ABSENT, row(3)], "POST /pools": fault}, slots=3)
    assert (result["changed"], result["action"]) == (True, "create")
    assert len(transport.writes) == 1


def test_a_creation_that_may_still_be_made_is_not_said_to_be_over() -> None:
    with pytest.raises(AirflowError, match="Airflow may still do it"):
        pool({"GET /pools/p": ABSENT, "POST /pools": GATEWAY_TIMEOUT}, slots=3)
