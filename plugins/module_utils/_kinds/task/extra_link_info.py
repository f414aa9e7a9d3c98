# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Links that operators add to a task instance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Mapping

from ..._engine.options import check_since
from ..._model.api import V1, Since
from ..._model.errors import MissingError
from ..._model.field import Field
from ..._model.listing import Single
from ..._model.paths import fill
from ..._model.shape import AN_OBJECT
from ..shared.fields import DAG_ID
from ..shared.filters import (
    NEW_IN_3_2_2,
    needs,
)
from ..shared.instance_fields import DAG_RUN_ID, TASK_ID
from ..shared.routes import INSTANCE

if TYPE_CHECKING:
    from ..._http.client import Client

LINK_INDEX = Since(v1="2.10.5")


def _links(client: Client, options: Mapping[str, Any]) -> dict[str, Any]:
    query = []
    if options["map_index"] != -1:
        check_since("map_index", LINK_INDEX, client.server)
        query.append(("map_index", str(options["map_index"])))
    if options["try_number"] is not None:
        query.append(("try_number", str(options["try_number"])))
    try:
        answer = client.call("GET", fill(INSTANCE + "/links", options), query=query, check=AN_OBJECT)
    except MissingError:
        answer = {}
    return {"extra_links": answer if client.server.api is V1 else answer.get("extra_links", {})}


EXTRA_LINK_INFO = Single(
    kind="extra_link",
    read=_links,
    fields=(
        DAG_ID,
        DAG_RUN_ID,
        TASK_ID,
        Field(
            "map_index",
            type="int",
            default=-1,
            description=(
                "Which instance of a mapped task; V(-1) if the task is not mapped. Others need Airflow 2.10.5.",
            ),
        ),
        Field(
            "try_number",
            type="int",
            since=NEW_IN_3_2_2,
            description=("Number of the try whose links to return; by default the latest.", *needs(NEW_IN_3_2_2)),
        ),
    ),
    returned=(
        Field(
            "extra_links",
            type="dict",
            description=(
                "The URL of each link by its name, none for a link without a URL; empty if there are no links.",
            ),
            sample={"BigQuery console": "https://console.cloud.google.com/bigquery"},
        ),
    ),
    summary="Read the links of a task instance of Apache Airflow",
    description=("Returns the links of a task's operator, for example to its job in an external system.",),
    examples="""
- name: Read the links of a task
  dataops.airflow.airflow_extra_link_info:
    airflow_url: https://airflow.example.com
    airflow_username: auditor
    airflow_password: "{{ airflow_password }}"
    dag_id: etl
    dag_run_id: "{{ run.dag_run.dag_run_id }}"
    task_id: extract
""",
)
