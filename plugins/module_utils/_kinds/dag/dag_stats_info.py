# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Numbers of runs of DAGs by state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Mapping

from ..._model.api import V1, Since
from ..._model.field import Field
from ..._model.listing import Single
from ..._model.paths import join
from ..._model.shape import a_list, an_object
from ..shared.filters import NEW_IN_3, needs, result_field

if TYPE_CHECKING:
    from ..._http.client import Client

DAG_STATS_AT_ONCE = 50
"""DAGs to ask for in one request on Airflow 2, which wants them named in the URL."""


_STATS = a_list("dags", an_object("dag_id"))


def _stats(client: Client, options: Mapping[str, Any]) -> dict[str, Any]:
    dag_ids = options["dag_ids"]
    if client.server.api is not V1:
        wanted = [("dag_ids", name) for name in dag_ids or ()]
        return {"dag_stats": client.call("GET", join("dagStats"), query=wanted, check=_STATS)["dags"]}
    if dag_ids is None:
        query = {"order_by": "dag_id", "only_active": False}
        dag_ids = [row["dag_id"] for row in client.pages(join("dags"), "dags", query, row=an_object(dag_id=str))]
    found: list[Any] = []
    for first in range(0, len(dag_ids), DAG_STATS_AT_ONCE):
        names = ",".join(dag_ids[first : first + DAG_STATS_AT_ONCE])
        found += client.call("GET", join("dagStats"), query=[("dag_ids", names)], check=_STATS)["dags"]
    return {"dag_stats": sorted(found, key=lambda row: str(row["dag_id"]))}


DAG_STATS_INFO = Single(
    kind="dag_stats",
    read=_stats,
    fields=(
        Field("dag_ids", type="list", elements="str", description=("IDs of the DAGs to return; all if left out.",)),
    ),
    returned=(
        Field(
            "dag_stats",
            type="list",
            elements="dict",
            description=("The DAGs that have runs.",),
            contains=(
                result_field("dag_id", "ID of the DAG.", sample="etl"),
                result_field("dag_display_name", "Its name in the web interface.", since=NEW_IN_3),
                result_field(
                    "stats",
                    "Number of its runs in each state.",
                    "list",
                    [{"state": "success", "count": 12}],
                    elements="dict",
                ),
            ),
        ),
    ),
    since=Since(v1="2.10.0"),
    summary="Count the runs of DAGs of Apache Airflow",
    description=("Returns the number of runs of DAGs by state.", *needs(Since(v1="2.10.0"))),
    examples="""
- name: Count the runs of all DAGs
  dataops.airflow.airflow_dag_stats_info:
    airflow_url: https://airflow.example.com
    airflow_username: auditor
    airflow_password: "{{ airflow_password }}"
""",
)
