# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""DAG runs."""

from __future__ import annotations

from ..._model.api import Since
from ..._model.field import Field
from ..._model.listing import Listing, Route
from ..._model.secrets import Secrecy
from ..shared.fields import IN_ALL_DAGS
from ..shared.filters import (
    BATCH,
    NEW_IN_3,
    NEW_IN_3_1,
    NEW_IN_3_2,
    NEW_IN_3_2_2,
    RUN_STATES,
    between,
    listed,
    option,
    pattern,
    result_field,
)
from ..shared.rows import dag_run_row

DAG_RUN_INFO = Listing(
    kind="dag_run",
    collection="dag_runs",
    template="dags/{dag_id}/dagRuns",
    parents=(IN_ALL_DAGS,),
    identity=Field("dag_run_id", description=("ID of the one run to return. Needs O(dag_id).",)),
    order_by="id",
    sorts={"v1": {"logical_date": "execution_date"}},
    unique=("dag_id", "dag_run_id"),
    routes=(
        Route(
            options=(
                listed("dag_ids", "Return only runs of these DAGs. Cannot be combined with filters without ranges."),
                listed(
                    "states",
                    "Return only runs in these states, together with O(dag_ids) or ranges.",
                    choices=RUN_STATES,
                ),
            ),
            template="dags/~/dagRuns/list",
            filters=BATCH,
            batch=True,
        ),
    ),
    filters=(
        listed("state", "Return only runs in these states.", choices=RUN_STATES),
        *between("logical_date", "logical date", old_name="execution_date"),
        *between("run_after", "earliest start", since=NEW_IN_3),
        *between("start_date", "start"),
        *between("end_date", "end"),
        *between("updated_at", "last change", since=Since(v1="2.6.0")),
        *between("duration", "duration in seconds", "float", NEW_IN_3_2, NEW_IN_3_2),
        *between("partition_date", "partition's date", since=Since(v1=None, v2="3.3.1"))[:2],
        listed("run_type", "Return only runs of these types, such as V(manual) or V(scheduled).", NEW_IN_3),
        listed("dag_version", "Return only runs of these versions of their DAG.", NEW_IN_3_1, "int"),
        option("bundle_version", "Return only runs of this version of the DAG's bundle.", since=NEW_IN_3_2),
        option("conf_contains", "Return only runs whose conf, as JSON, contains this text.", since=NEW_IN_3_2),
        *pattern("run_id", "ID"),
        *pattern("dag_id", "DAG's ID", NEW_IN_3_2),
        *pattern("triggering_user_name", "user"),
        *pattern("partition_key", "partition's key", NEW_IN_3_2),
        option(
            "consuming_asset_pattern",
            "Return only runs triggered by an asset whose name or URI contains this text.",
            since=NEW_IN_3_2_2,
        ),
    ),
    row=dag_run_row,
    reported=(
        result_field("dag_run_id", "ID of the run.", sample="manual__2026-11-23T07:00:00+00:00"),
        result_field("dag_id", "ID of its DAG.", sample="etl"),
        result_field("dag_display_name", "The DAG's name in the web interface.", sample="etl", since=NEW_IN_3_1),
        result_field("state", "Its state.", sample="success"),
        result_field("run_type", "Type of the run.", sample="manual"),
        result_field("logical_date", "Logical date of the run.", sample="2026-11-23T07:00:00+00:00"),
        result_field("run_after", "Earliest time at which it may start.", since=NEW_IN_3),
        result_field("queued_at", "When it was queued.", since=NEW_IN_3),
        result_field("start_date", "When it started."),
        result_field("end_date", "When it ended."),
        result_field("duration", "Duration in seconds.", "float", 12.5, since=NEW_IN_3_1),
        result_field("data_interval_start", "Start of its data interval."),
        result_field("data_interval_end", "End of its data interval."),
        result_field("last_scheduling_decision", "When the scheduler last looked at it."),
        result_field("conf", "Configuration that it was triggered with.", "dict", {"day": 3}, secrecy=Secrecy.BY_KEY),
        result_field("note", "Note of the run."),
        result_field("triggered_by", "What triggered it.", sample="rest_api", since=NEW_IN_3),
        result_field("triggering_user_name", "Name of the user who triggered it.", sample="ansible", since=NEW_IN_3_1),
        result_field(
            "dag_versions", "The versions of the DAG that its tasks ran.", "list", elements="dict", since=NEW_IN_3
        ),
        result_field("bundle_version", "Version of the bundle that it ran.", since=Since(v1=None, v2="3.0.1")),
    ),
    summary="List DAG runs of Apache Airflow",
    description=("Returns runs of one DAG, of some DAGs, or of all DAGs.",),
    examples="""
- name: Read the runs of a DAG that have failed today
  dataops.airflow.airflow_dag_run_info:
    airflow_url: https://airflow.example.com
    airflow_username: auditor
    airflow_password: "{{ airflow_password }}"
    dag_id: etl
    state: [failed]
    start_date_gte: "{{ now(utc=true).strftime('%Y-%m-%d') }}"

- name: Read the last run of a DAG
  dataops.airflow.airflow_dag_run_info:
    dag_id: etl
    order_by: [-start_date]
    limit: 1

- name: Read the active runs of some DAGs
  dataops.airflow.airflow_dag_run_info:
    dag_ids: [etl, report]
    states: [queued, running]
""",
)
