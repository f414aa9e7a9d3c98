# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Task instances, and the tries of one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Mapping

from ..._model.api import Since
from ..._model.errors import MissingError, ServerError
from ..._model.field import Field
from ..._model.listing import Listing, Route
from ..._model.paths import Path, below, join
from ..._model.secrets import Secrecy
from ..._model.shape import a_list, an_object
from ..shared.fields import IN_ALL_DAGS
from ..shared.filters import (
    BATCH,
    NEW_IN_3,
    NEW_IN_3_1,
    NEW_IN_3_2,
    NEW_IN_3_2_2,
    TASK_STATES,
    between,
    listed,
    needs,
    option,
    pattern,
    result_field,
)
from ..shared.instance_fields import IN_ALL_RUNS
from ..shared.routes import INSTANCES
from ..shared.rows import task_instance_row

if TYPE_CHECKING:
    from ..._http.client import Client

TRIES = Since(v1="2.10.0")

LISTS_NONE = Since(v1="2.8.0")
"""Before, the list of mapped instances is a 500 for a task that is not in the DAG (2.3.4 to 2.7.3, seen on 2.6.3)."""

_INSTANCE = an_object(task_id=str, map_index=int)


def _find(client: Client, listing: Listing, name: str, options: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The instances of a task: one, or all of a mapped one; or else their tries."""
    whole = below(listing.path, name)
    index = options["map_index"]
    path = whole if index in (None, -1) else below(whole, str(index))
    if options["tries"]:
        return list(client.pages(below(path, "tries"), "task_instances", {}, row=_INSTANCE))
    try:
        rows = [client.call("GET", path, check=an_object(map_index=int, shown={"task_id": name}))]
    except MissingError:
        if index is not None:
            raise
        rows = _mapped(client, whole, join("dags", options["dag_id"], "tasks", name))
    if options["dependencies"]:
        for row in rows:
            own = whole if row["map_index"] == -1 else below(whole, str(row["map_index"]))
            row["dependencies"] = client.call("GET", below(own, "dependencies"), check=a_list("dependencies"))[
                "dependencies"
            ]
    return rows


def _mapped(client: Client, whole: Path, task: Path) -> list[dict[str, Any]]:
    """The instances of a mapped task.

    :param whole: the path of the task in its run.
    :param task: the path of the task in its DAG.
    """
    try:
        return list(client.pages(below(whole, "listMapped"), "task_instances", {}, row=_INSTANCE))
    except ServerError:
        if client.server.lacks(LISTS_NONE):
            client.call("GET", task)
        raise


TASK_INSTANCE_INFO = Listing(
    kind="task_instance",
    collection="task_instances",
    template=INSTANCES,
    parents=(IN_ALL_DAGS, IN_ALL_RUNS),
    identity=Field(
        "task_id",
        description=(
            "ID of the one task to return, all its instances if it is mapped.",
            "On Airflow 2 it needs O(dag_id) and O(dag_run_id); use O(task_ids) otherwise.",
        ),
    ),
    locators=(
        option(
            "map_index",
            "Which instance of a mapped task. On Airflow 2 it needs O(task_id).",
            "int",
            Since(v1=None, v2="3.1.0"),
        ),
    ),
    finders=(
        Field(
            "tries",
            type="bool",
            default=False,
            since=TRIES,
            description=(
                "Whether to return all tries of O(task_id) instead of the last one; with O(map_index) if it is mapped.",
                *needs(TRIES),
            ),
        ),
        Field(
            "dependencies",
            type="bool",
            default=False,
            since=TRIES,
            description=(
                "Whether to return, for O(task_id), the unmet dependencies of each instance, a request each.",
                *needs(TRIES),
            ),
        ),
    ),
    identity_filters=Since(v1=None, v2="3.0.0"),
    find=_find,
    order_by="id",
    orders={"v1": ""},
    order_since=Since(v1=None, v2="3.0.0"),
    unique=("dag_id", "dag_run_id", "task_id", "map_index"),
    routes=(
        Route(
            options=(
                listed("dag_ids", "Return only task instances in these DAGs."),
                listed("dag_run_ids", "Return only task instances in these runs.", Since(v1="2.7.0")),
                listed("task_ids", "Return only instances of these tasks.", Since(v1="2.7.0")),
            ),
            template="dags/~/dagRuns/~/taskInstances/list",
            filters=frozenset({*(BATCH - {"conf_contains"}), "state", "pool", "queue", "executor"}),
            batch=True,
        ),
    ),
    filters=(
        listed("state", "Return only task instances in these states; V(none): without a state.", choices=TASK_STATES),
        *between("logical_date", "run's logical date", old_name="execution_date"),
        *between("run_after", "run's earliest start", since=NEW_IN_3),
        *between("start_date", "start"),
        *between("end_date", "end"),
        *between("updated_at", "last change", since=Since(v1="2.6.0")),
        *between("duration", "duration in seconds", "float"),
        listed("pool", "Return only task instances in these pools."),
        *pattern("pool_name", "pool", NEW_IN_3_2),
        listed("queue", "Return only task instances in these queues."),
        *pattern("queue_name", "queue", NEW_IN_3_2),
        listed("executor", "Return only task instances of these executors.", Since(v1="2.10.0")),
        listed("version_number", "Return only task instances of these versions of their DAG.", NEW_IN_3, "int"),
        listed("try_number", "Return only task instances at these tries.", NEW_IN_3_1, "int"),
        listed("operator", "Return only task instances of these operators, by their classes.", NEW_IN_3_1),
        *pattern("operator_name", "operator", NEW_IN_3_2),
        *pattern("task_display_name", "task's display name", NEW_IN_3),
        option("task_group_id", "Return only task instances in this task group.", since=Since(v1=None, v2="3.1.6")),
        *pattern("dag_id", "DAG's ID", NEW_IN_3_2),
        *pattern("run_id", "run's ID", NEW_IN_3_2),
        *pattern("rendered_map_index", "rendered map index", NEW_IN_3_2_2),
    ),
    row=task_instance_row,
    reported=(
        result_field("task_id", "ID of the task.", sample="extract"),
        result_field("task_display_name", "Its name in the web interface.", sample="extract"),
        result_field("dag_id", "ID of the DAG.", sample="etl"),
        result_field("dag_run_id", "ID of the run.", sample="manual__2026-11-23T07:00:00+00:00"),
        result_field("map_index", "Which instance of a mapped task it is; -1 if the task is not mapped.", "int", -1),
        result_field("rendered_map_index", "The index as the web interface shows it."),
        result_field("state", "State of the task instance; none if it has no state yet.", sample="success"),
        result_field("try_number", "Number of the try.", "int", 1),
        result_field("max_tries", "Maximum number of tries.", "int", 0),
        result_field("logical_date", "Logical date of the run."),
        result_field("run_after", "Earliest time at which the run may start.", since=NEW_IN_3),
        result_field("queued_when", "When it was queued."),
        result_field("scheduled_when", "When it was scheduled.", since=NEW_IN_3),
        result_field("start_date", "When it started."),
        result_field("end_date", "When it ended."),
        result_field("duration", "How long it took, in seconds.", "float", 0.3),
        result_field("operator", "Class of its operator.", sample="BashOperator"),
        result_field("operator_name", "Name of its operator.", sample="@task", since=NEW_IN_3_1),
        result_field("pool", "Pool that it runs in.", sample="default_pool"),
        result_field("pool_slots", "Number of pool slots that it occupies.", "int", 1),
        result_field("queue", "Its queue.", sample="default"),
        result_field("executor", "Its executor; none if it has the default one."),
        result_field("priority_weight", "Its priority weight.", "int", 1),
        result_field("hostname", "Host that it runs on."),
        result_field("unixname", "Operating system user that it runs as.", sample="airflow"),
        result_field("pid", "Process ID on that host.", "int", 4242),
        result_field("note", "Note of the task instance."),
        result_field("rendered_fields", "Its templates, rendered.", "dict", secrecy=Secrecy.BY_KEY),
        result_field("trigger", "The trigger that a deferred task instance waits for.", "dict"),
        result_field("dag_version", "Version of the DAG that it ran.", "dict", since=NEW_IN_3),
        result_field(
            "dependencies",
            "With O(dependencies), the unmet dependencies that keep it from being scheduled.",
            "list",
            [{"name": "Dagrun Running", "reason": "Task instance's dagrun was not in the 'running' state"}],
            elements="dict",
        ),
    ),
    summary="List task instances of Apache Airflow",
    description=("Returns task instances of one run, of some DAGs, runs and tasks, or all of them.",),
    examples="""
- name: Read the task instances of a run
  dataops.airflow.airflow_task_instance_info:
    airflow_url: https://airflow.example.com
    airflow_username: auditor
    airflow_password: "{{ airflow_password }}"
    dag_id: etl
    dag_run_id: "{{ run.dag_run.dag_run_id }}"

- name: Read what has failed in two DAGs since yesterday
  dataops.airflow.airflow_task_instance_info:
    dag_ids: [etl, report]
    state: [failed, upstream_failed]
    end_date_gte: "{{ '%Y-%m-%d' | strftime(now().timestamp() - 86400) }}"

- name: Read all tries of a task
  dataops.airflow.airflow_task_instance_info:
    dag_id: etl
    dag_run_id: "{{ run.dag_run.dag_run_id }}"
    task_id: extract
    tries: true
""",
)
