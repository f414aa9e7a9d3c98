# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading DAGs: their settings, tasks, sources, versions, tags, warnings and runs counted by state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Mapping

from .._core.api import V1, Api, Since, fill, join
from .._core.errors import MissingError
from .._core.listing import Listing, Single
from .._core.secrets import Secrecy
from .._core.shape import AN_OBJECT, a_list, an_object
from .._core.spec import Field
from .fields import DAG_ID, IN_ALL_DAGS
from .filters import (
    NEW_IN_3,
    NEW_IN_3_1,
    NEW_IN_3_2,
    RUN_STATES,
    between,
    listed,
    needs,
    option,
    pattern,
    told,
)
from .rows import converted, dag_row, params

if TYPE_CHECKING:
    from .._core.client import Client

DAG_STATS_AT_ONCE = 50
"""DAGs to ask for in one request on Airflow 2, which wants them named in the URL."""

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
        told("dag_id", "ID of the DAG.", sample="etl"),
        told("dag_display_name", "Its name in the web interface.", sample="etl"),
        told("paused", "Whether it is paused.", "bool", False),
        told("is_stale", "Whether it is stale: its file no longer defines it.", "bool", False),
        told("fileloc", "Path of its file on the server."),
        told("file_token", "Token that identifies the file in some requests to Airflow 2."),
        told("bundle_name", "Name of its bundle.", sample="dags-folder", since=NEW_IN_3),
        told("bundle_version", "Version of the bundle.", since=NEW_IN_3),
        told("last_parsed_time", "When its file was last parsed."),
        told("description", "Description of the DAG."),
        told("timetable_summary", "Its schedule; none if it only runs when triggered.", sample="0 0 * * *"),
        told("timetable_description", "Description of the schedule.", sample="At 00:00"),
        told("tags", "Its tags.", "list", [{"name": "orders"}], elements="dict"),
        told("owners", "Its owners.", "list", ["airflow"], elements="str"),
        told("max_active_tasks", "Maximum number of its tasks that run at a time.", "int", 16),
        told("max_active_runs", "Maximum number of its active runs.", "int", 16),
        told("has_import_errors", "Whether its file has import errors.", "bool", False),
        told("next_dagrun_logical_date", "Logical date of its next scheduled run."),
        told("next_dagrun_data_interval_start", "Start of that run's data interval."),
        told("next_dagrun_data_interval_end", "End of that run's data interval."),
        told("next_dagrun_run_after", "Earliest time at which that run may start."),
        told("start_date", "With O(details), date before which no run is scheduled."),
        told("end_date", "With O(details), date after which no run is scheduled."),
        told("catchup", "With O(details), whether missed runs are caught up.", "bool", False),
        told("params", "With O(details), its parameters, by name.", "dict", secrecy=Secrecy.BY_KEY),
        told(
            "default_args", "With O(details), defaults for its tasks.", "dict", secrecy=Secrecy.BY_KEY, since=NEW_IN_3
        ),
        told("asset_expression", "With O(details), the assets that it is scheduled on.", "dict"),
        told("dag_run_timeout", "With O(details), how long a run may take, as ISO 8601.", sample="PT1H"),
        told("doc_md", "With O(details), its documentation."),
        told("timezone", "With O(details), its time zone.", sample="UTC"),
        told("latest_dag_version", "With O(details), its latest version.", "dict", since=NEW_IN_3_1),
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


def task_row(row: Mapping[str, Any], api: Api) -> dict[str, Any]:
    """A task."""
    return converted(row, {"params": params}) if api is V1 else dict(row)


TASK_INFO = Listing(
    kind="task",
    collection="tasks",
    template="dags/{dag_id}/tasks",
    parents=(DAG_ID,),
    identity=Field("task_id", description=("ID of the one task to return.",)),
    order_by="task_id",
    whole=frozenset({"v1", "v2"}),
    row=task_row,
    reported=(
        told("task_id", "ID of the task.", sample="extract"),
        told("task_display_name", "Its name in the web interface.", sample="extract"),
        told("operator_name", "Its operator.", sample="BashOperator"),
        told("class_ref", "Class of its operator.", "dict"),
        told("owner", "Its owner.", sample="airflow"),
        told("trigger_rule", "Its trigger rule.", sample="all_success"),
        told("downstream_task_ids", "IDs of the downstream tasks.", "list", ["load"], elements="str"),
        told("is_mapped", "Whether it is mapped.", "bool", False),
        told("pool", "Its pool.", sample="default_pool"),
        told("pool_slots", "Number of pool slots that it occupies.", "float", 1.0),
        told("queue", "Its queue.", sample="default"),
        told("retries", "Number of retries.", "float", 0.0),
        told("retry_delay", "Delay between retries.", "dict", {"__type": "TimeDelta", "days": 0, "seconds": 300}),
        told("execution_timeout", "Maximum duration of the task.", "dict"),
        told("depends_on_past", "Whether it depends on its own instance in the previous run.", "bool", False),
        told("priority_weight", "Its priority weight.", "float", 1.0),
        told("start_date", "Date before which it does not run."),
        told("end_date", "Date after which it does not run."),
        told("params", "Its parameters, by name.", "dict", secrecy=Secrecy.BY_KEY),
        told("doc_md", "Its documentation."),
    ),
    summary="List the tasks of a DAG of Apache Airflow",
    description=("Returns the tasks of a DAG, as they are defined.",),
    examples="""
- name: Read the tasks of a DAG
  dataops.airflow.airflow_task_info:
    airflow_url: https://airflow.example.com
    airflow_username: auditor
    airflow_password: "{{ airflow_password }}"
    dag_id: etl
  register: found

- name: List those that are not retried
  ansible.builtin.debug:
    msg: "{{ found.tasks | selectattr('retries', 'eq', 0) | map(attribute='task_id') }}"
""",
)


def _source(client: Client, options: Mapping[str, Any]) -> dict[str, Any]:
    api, version = client.server.api, options["version_number"]
    nothing = {"source": "", "version_number": None}
    try:
        name = options["dag_id"]
        if api is V1:
            # v1 knows sources by a token that goes with the DAG.
            name = client.call("GET", fill("dags/{dag_id}", options), check=an_object(file_token=str))["file_token"]
        query = [("version_number", str(version))] if version is not None else None
        path = join("dagSources", name)
        answer = client.call("GET", path, query=query, accept="application/json", check=AN_OBJECT)
    except MissingError:
        return nothing
    return {"source": answer.get("content") or "", "version_number": answer.get("version_number")}


DAG_SOURCE_INFO = Single(
    kind="dag_source",
    read=_source,
    fields=(
        DAG_ID,
        Field(
            "version_number",
            type="int",
            since=NEW_IN_3,
            description=("Version of the DAG whose source to return; the latest if left out.", *needs(NEW_IN_3)),
        ),
    ),
    returned=(
        Field("source", description=("Source of the file that defines the DAG; empty if the DAG does not exist.",)),
        Field(
            "version_number",
            type="int",
            description=("Version number of the DAG; none on Airflow 2.",),
            sample=3,
        ),
    ),
    summary="Read the source of a DAG of Apache Airflow",
    description=("Returns the source of the file that defines a DAG, as Airflow parsed it.",),
    examples="""
- name: Read the source of a DAG
  dataops.airflow.airflow_dag_source_info:
    airflow_url: https://airflow.example.com
    airflow_username: auditor
    airflow_password: "{{ airflow_password }}"
    dag_id: etl
  register: dag

- name: Check that Airflow has parsed the version in the repository
  ansible.builtin.assert:
    that: dag.source == lookup('ansible.builtin.file', 'dags/etl.py', rstrip=false)
""",
)


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
                told("dag_id", "ID of the DAG.", sample="etl"),
                told("dag_display_name", "Its name in the web interface.", since=NEW_IN_3),
                told(
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

DAG_TAG_INFO = Listing(
    kind="dag_tag",
    collection="dag_tags",
    template="dagTags",
    answer="tags",
    identity=None,
    order_by="name",
    filters=(*pattern("tag_name", "name", NEW_IN_3),),
    reported=(),
    since=NEW_IN_3,
    summary="List the tags of DAGs of Apache Airflow",
    description=("Returns the names of all tags of DAGs.", *needs(NEW_IN_3)),
    examples="""
- name: Read all tags
  dataops.airflow.airflow_dag_tag_info:
    airflow_url: https://airflow.example.com
    airflow_username: auditor
    airflow_password: "{{ airflow_password }}"
""",
)

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
        told("id", "ID of the version.", sample="01a20756-c453-7080-b41b-d1cbb3ef1164"),
        told("version_number", "Number of the version.", "int", 3),
        told("dag_id", "ID of the DAG.", sample="etl"),
        told("dag_display_name", "Its name in the web interface.", sample="etl"),
        told("bundle_name", "Name of its bundle.", sample="dags-folder"),
        told("bundle_version", "Version of the bundle."),
        told("bundle_url", "URL of this version in the bundle."),
        told("created_at", "When Airflow first parsed it."),
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

DAG_WARNING_INFO = Listing(
    kind="dag_warning",
    collection="dag_warnings",
    template="dagWarnings",
    identity=None,
    order_by="timestamp",
    unique=("dag_id", "warning_type"),
    filters=(
        option("dag_id", "Return only warnings about this DAG."),
        option(
            "warning_type",
            "Return only warnings of this type.",
            choices=("asset conflict", "non-existent pool", "runtime varying value"),
        ),
    ),
    reported=(
        told("dag_id", "ID of the DAG.", sample="etl"),
        told("dag_display_name", "Its name in the web interface.", sample="etl", since=NEW_IN_3),
        told("warning_type", "Type of the warning.", sample="non-existent pool"),
        told("message", "Text of the warning."),
        told("timestamp", "When Airflow issued it."),
    ),
    since=Since(v1="2.4.0"),
    summary="List warnings about DAGs of Apache Airflow",
    description=("Returns the warnings of Airflow about DAGs.", *needs(Since(v1="2.4.0"))),
    examples="""
- name: Read all warnings
  dataops.airflow.airflow_dag_warning_info:
    airflow_url: https://airflow.example.com
    airflow_username: auditor
    airflow_password: "{{ airflow_password }}"
  register: found

- name: Fail if a DAG uses a pool that does not exist
  ansible.builtin.assert:
    that: "'non-existent pool' not in found.dag_warnings | map(attribute='warning_type')"
""",
)
