# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The health of Airflow's components."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Mapping

from ..._model.field import Field
from ..._model.listing import Single
from ..._model.shape import an_object

if TYPE_CHECKING:
    from ..._http.client import Client

HEALTHY = "healthy"
ALWAYS_THERE = ("metadatabase", "scheduler")


def _health(client: Client, params: Mapping[str, Any]) -> dict[str, Any]:
    check = an_object(metadatabase=dict, scheduler=dict)
    health = client.read_openly(client.server.api.health, check)
    return {"health": health, "healthy": is_healthy(health)}


def is_healthy(health: dict[str, dict[str, Any]]) -> bool:
    """Whether the metadata database and the scheduler are healthy, and what else this deployment runs.

    A triggerer or DAG processor that has never run has no status, and is not missed.
    """
    status = {name: part.get("status") for name, part in health.items() if isinstance(part, dict)}
    return all(status.get(name) == HEALTHY for name in ALWAYS_THERE) and all(
        value in (HEALTHY, None) for value in status.values()
    )


HEALTH_INFO = Single(
    kind="health",
    read=_health,
    returned=(
        Field(
            "health",
            type="dict",
            description=(
                "The status of each component and its latest heartbeat, by the component's name: C(metadatabase), "
                "C(scheduler), C(triggerer), C(dag_processor).",
            ),
            sample={"metadatabase": {"status": "healthy"}, "scheduler": {"status": "healthy"}},
        ),
        Field(
            "healthy",
            type="bool",
            description=(
                "Whether the metadata database and the scheduler are healthy, and the triggerer and the DAG processor "
                "where they have ever run.",
            ),
            sample=True,
        ),
    ),
    summary="Get the health of Apache Airflow",
    description=(
        "Returns the health of Airflow's components.",
        "Needs no credentials, and does not fail if a component is down.",
    ),
    examples="""
- name: Wait until Airflow is healthy
  dataops.airflow.airflow_health_info:
    airflow_url: https://airflow.example.com
  register: airflow
  until: airflow is succeeded and airflow.healthy
  retries: 30
  delay: 2
""",
)
