# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""DAGs."""

from __future__ import annotations

from ..._model.api import Since
from ..._model.field import Field
from ..._model.listing import Listing
from ..._model.secrets import Secrecy
from ..shared.filters import (
    NEW_IN_3,
    NEW_IN_3_1,
    NEW_IN_3_2,
    RUN_STATES,
    between,
    listed,
    option,
    pattern,
    result_field,
)
from ..shared.rows import dag_row

DAG_INFO = Listing(
    kind="dag",
    collection="dags",
    identity=Field("dag_id", description=("ID of the one DAG to return, stale or not.",)),
    order_by="dag_id",
    filters=(
        listed("tags", "Return only DAGs that have one of these tags."),
        option(
            "tags_match_mode",
            "Whether a DAG must have V(any) or V(all) of O(tags).",
            since=NEW_IN_3,
            choices=("any", "all"),
        ),
        listed("owners", "Return only DAGs of these owners.", NEW_IN_3),
        option(
            "dag_id_pattern",
            "Return only DAGs whose ID contains this text. Not case-sensitive; V(%) and V(_) are wildcards.",
        ),
        *pattern("dag_id", "ID")[1:],
        *pattern("dag_display_name", "display name", NEW_IN_3),
        option(
            "exclude_stale",
            "Whether to leave out DAGs whose file no longer defines them. Airflow does unless this is V(false).",
            "bool",
            names={"v1": "only_active"},
        ),
        option("paused", "Return only DAGs that are paused, or are not.", "bool", Since(v1="2.6.0")),
        option("has_import_errors", "Return only DAGs whose file has import errors, or has none.", "bool", NEW_IN_3_1),
        option(
            "last_dag_run_state",
            "Return only DAGs whose last run is in this state.",
            since=NEW_IN_3,
            choices=RUN_STATES,
        ),
        listed(
            "dag_run_state", "Return only DAGs that have a run in one of these states.", NEW_IN_3, choices=RUN_STATES
        ),
        *between("dag_run_start_date", "run's start", since=NEW_IN_3),
        *between("dag_run_end_date", "run's end", since=NEW_IN_3),
        option("bundle_name", "Return only DAGs of this bundle.", since=NEW_IN_3_1),
        option("bundle_version", "Return only DAGs of this version of their bundle.", since=NEW_IN_3_1),
        option("has_asset_schedule", "Return only DAGs that are scheduled on assets, or are not.", "bool", NEW_IN_3_1),
        option(
            "asset_dependency", "Return only DAGs scheduled on an asset with this text in its name.", since=NEW_IN_3_1
        ),
        option("is_favorite", "Return only DAGs that are favorites of the user, or are not.", "bool", NEW_IN_3_1),
        listed("timetable_type", "Return only DAGs with one of these timetables, named by their class.", NEW_IN_3_2),
    ),
    each=Field(
        "details",
        type="bool",
        default=False,
        description=(
            "Whether to read the details of each DAG as well, such as its parameters, with one request per DAG.",
        ),
    ),
    each_path="details",
    row=dag_row,
    reported=(
        result_field("dag_id", "ID of the DAG.", sample="etl"),
        result_field("dag_display_name", "Its name in the web interface.", sample="etl"),
        result_field("paused", "Whether it is paused.", "bool", False),
        result_field("is_stale", "Whether it is stale: its file no longer defines it.", "bool", False),
        result_field("fileloc", "Path of its file on the server."),
        result_field("file_token", "Token that identifies the file in some requests to Airflow 2."),
        result_field("bundle_name", "Name of its bundle.", sample="dags-folder", since=NEW_IN_3),
        result_field("bundle_version", "Version of the bundle.", since=NEW_IN_3),
        result_field("last_parsed_time", "When its file was last parsed."),
        result_field("description", "Description of the DAG."),
        result_field("timetable_summary", "Its schedule; none if it only runs when triggered.", sample="0 0 * * *"),
        result_field("timetable_description", "Description of the schedule.", sample="At 00:00"),
        result_field("tags", "Its tags.", "list", [{"name": "orders"}], elements="dict"),
        result_field("owners", "Its owners.", "list", ["airflow"], elements="str"),
        result_field("max_active_tasks", "Maximum number of its tasks that run at a time.", "int", 16),
        result_field("max_active_runs", "Maximum number of its active runs.", "int", 16),
        result_field("has_import_errors", "Whether its file has import errors.", "bool", False),
        result_field("next_dagrun_logical_date", "Logical date of its next scheduled run."),
        result_field("next_dagrun_data_interval_start", "Start of that run's data interval."),
        result_field("next_dagrun_data_interval_end", "End of that run's data interval."),
        result_field("next_dagrun_run_after", "Earliest time at which that run may start."),
        result_field("start_date", "With O(details), date before which no run is scheduled."),
        result_field("end_date", "With O(details), date after which no run is scheduled."),
        result_field("catchup", "With O(details), whether missed runs are caught up.", "bool", False),
        result_field("params", "With O(details), its parameters, by name.", "dict", secrecy=Secrecy.BY_KEY),
        result_field(
            "default_args", "With O(details), defaults for its tasks.", "dict", secrecy=Secrecy.BY_KEY, since=NEW_IN_3
        ),
        result_field("asset_expression", "With O(details), the assets that it is scheduled on.", "dict"),
        result_field("dag_run_timeout", "With O(details), how long a run may take, as ISO 8601.", sample="PT1H"),
        result_field("doc_md", "With O(details), its documentation."),
        result_field("timezone", "With O(details), its time zone.", sample="UTC"),
        result_field("latest_dag_version", "With O(details), its latest version.", "dict", since=NEW_IN_3_1),
    ),
    summary="List DAGs of Apache Airflow",
    description=(
        "Returns DAGs, with the field names of Airflow 3 also on Airflow 2.",
        "Stale DAGs, whose file no longer defines them, are left out by default; see O(exclude_stale) and O(dag_id).",
    ),
    examples="""
- name: Read all DAGs
  dataops.airflow.airflow_dag_info:
    airflow_url: https://airflow.example.com
    airflow_username: auditor
    airflow_password: "{{ airflow_password }}"
  register: found

- name: List those that are paused
  ansible.builtin.debug:
    msg: "{{ found.dags | selectattr('paused') | map(attribute='dag_id') }}"

- name: Read one DAG with its parameters
  dataops.airflow.airflow_dag_info:
    dag_id: etl
    details: true
""",
)
