# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Versions of a DAG."""

from __future__ import annotations

from ..._model.api import Since
from ..._model.field import Field
from ..._model.listing import Listing
from ..shared.fields import IN_ALL_DAGS
from ..shared.filters import NEW_IN_3, NEW_IN_3_1, needs, option, result_field

DAG_VERSION_INFO = Listing(
    kind="dag_version",
    collection="dag_versions",
    template="dags/{dag_id}/dagVersions",
    parents=(IN_ALL_DAGS,),
    identity=Field(
        "version_number", type="int", description=("Number of the version to return; of all DAGs without O(dag_id).",)
    ),
    identity_filters=Since(v1=None, v2="3.0.0"),
    order_by="id",
    unique=("id",),
    filters=(
        option("bundle_name", "Return only versions in this bundle."),
        option("bundle_version", "Return only versions in this version of their bundle."),
    ),
    reported=(
        result_field("id", "ID of the version.", sample="01a20756-c453-7080-b41b-d1cbb3ef1164"),
        result_field("version_number", "Number of the version.", "int", 3),
        result_field("dag_id", "ID of the DAG.", sample="etl"),
        result_field("dag_display_name", "Its name in the web interface.", sample="etl", since=NEW_IN_3_1),
        result_field("bundle_name", "Name of its bundle.", sample="dags-folder"),
        result_field("bundle_version", "Version of the bundle."),
        result_field("bundle_url", "URL of this version in the bundle."),
        result_field("created_at", "When Airflow first parsed it."),
    ),
    since=NEW_IN_3,
    summary="List the versions of DAGs of Apache Airflow",
    description=("Returns the versions of DAGs that Airflow has parsed.", *needs(NEW_IN_3)),
    examples="""
- name: Read the versions of a DAG, the latest first
  dataops.airflow.airflow_dag_version_info:
    airflow_url: https://airflow.example.com
    airflow_username: auditor
    airflow_password: "{{ airflow_password }}"
    dag_id: etl
    order_by: [-version_number]
""",
)
