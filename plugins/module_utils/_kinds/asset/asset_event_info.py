# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Events of assets."""

from __future__ import annotations

from typing import Any, Mapping

from ..._model.api import V1, Api
from ..._model.field import Field
from ..._model.listing import Listing, Route
from ..._model.secrets import Secrecy
from ..shared.filters import (
    NEW_IN_3,
    NEW_IN_3_2,
    between,
    needs,
    option,
    pattern,
    result_field,
)
from ..shared.rows import dag_run_row, renamed
from .datasets import DATASETS


def asset_event_row(row: Mapping[str, Any], api: Api) -> dict[str, Any]:
    """An asset's event, or a dataset's."""
    event = renamed(row, {"dataset_id": "asset_id", "dataset_uri": "uri"}) if api is V1 else dict(row)
    runs = [renamed(dag_run_row(run, api), {"run_id": "dag_run_id"}) for run in event.get("created_dagruns") or ()]
    return {**event, "created_dagruns": runs}


UPSTREAM = "dags/{dag_id}/dagRuns/{dag_run_id}/upstreamAssetEvents"

ASSET_EVENT_INFO = Listing(
    kind="asset_event",
    collection="asset_events",
    template="assets/events",
    templates={"v1": "datasets/events"},
    answers={"v1": "dataset_events"},
    identity=None,
    order_by="timestamp",
    unique=("id",),
    routes=(
        Route(
            options=(
                Field(
                    "dag_id",
                    description=("Return only the events that triggered a run of this DAG. Needs O(dag_run_id).",),
                ),
                Field("dag_run_id", description=("Return only the events that triggered this run.",)),
            ),
            template=UPSTREAM,
            names={"v1": UPSTREAM.replace("Asset", "Dataset")},
            whole=frozenset({"v1", "v2"}),
            orders={"v1": "", "v2": ""},
            places=("dag_id", "dag_run_id"),
        ),
    ),
    filters=(
        option("asset_id", "Return only events of this asset.", "int", names={"v1": "dataset_id"}),
        option("source_dag_id", "Return only events from this DAG."),
        option("source_task_id", "Return only events from this task."),
        option("source_run_id", "Return only events from this run."),
        option("source_map_index", "Return only events from this instance of a mapped task.", "int"),
        *pattern("name", "asset's name", NEW_IN_3_2),
        *between("timestamp", "time", since=NEW_IN_3),
    ),
    row=asset_event_row,
    reported=(
        result_field("id", "ID of the event.", "int", 42),
        result_field("asset_id", "ID of the asset.", "int", 12),
        result_field("uri", "The asset's URI.", sample="s3://warehouse/orders"),
        result_field("name", "The asset's name.", sample="orders", since=NEW_IN_3),
        result_field("group", "The asset's group.", sample="asset", since=NEW_IN_3),
        result_field("timestamp", "When the event was created."),
        result_field("extra", "Extra information, as a dict.", "dict", {"rows": 3}, secrecy=Secrecy.BY_KEY),
        result_field("source_dag_id", "ID of the DAG that created it.", sample="etl"),
        result_field("source_run_id", "ID of the DAG run that created it."),
        result_field("source_task_id", "ID of the task that created it.", sample="load"),
        result_field("source_map_index", "Map index of the task instance that created it.", "int", -1),
        result_field("created_dagruns", "The DAG runs that it has triggered.", "list", elements="dict"),
    ),
    since=DATASETS,
    summary="List events of assets of Apache Airflow",
    description=("Returns the events of assets, which Airflow 2 calls datasets.", *needs(DATASETS)),
    examples="""
- name: Read the latest events of an asset
  dataops.airflow.airflow_asset_event_info:
    airflow_url: https://airflow.example.com
    airflow_username: auditor
    airflow_password: "{{ airflow_password }}"
    asset_id: 12
    order_by: [-timestamp]
    limit: 10

- name: Read what has started a run
  dataops.airflow.airflow_asset_event_info:
    dag_id: report
    dag_run_id: "{{ run.dag_run_id }}"
""",
)
