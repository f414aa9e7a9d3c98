# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""DAGs: known once Airflow has parsed their file, paused or not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Mapping

from ..._model.change import Action, Change
from ..._model.errors import PreconditionError
from ..._model.field import EVERY_API, Field
from ..._model.paths import fill
from ..._model.resource import Hooks, Names, Resource
from ..shared.fields import DAG_ID
from ..shared.read_dags import UNPARSED, not_imported, stale, why_missing
from ..shared.rows import dag_row

if TYPE_CHECKING:
    from ..._engine.task import Task

LONGEST_PAUSE = 5.0


class DagHooks(Hooks):
    """Only Airflow creates DAGs, from files."""

    def wait_for_existing(
        self, task: Task, resource: Resource, current: dict[str, Any] | None, params: Mapping[str, Any]
    ) -> dict[str, Any] | None:
        dag_id = params["dag_id"]

        def exists(dag: dict[str, Any] | None) -> bool:
            return bool(dag) and not (dag or {}).get("is_stale")

        if exists(current):
            return current
        if not params["wait_timeout"]:
            raise PreconditionError(why_missing(task.client, dag_id, current))
        from ..._engine.watch import watch

        return watch(
            lambda: task.client.read(resource, dag_id),
            exists,
            current,
            timeout=params["wait_timeout"],
            longest_pause=LONGEST_PAUSE,
            title=f"DAG {dag_id!r}",
            state=lambda dag: stale(dag) if dag else f"missing: {UNPARSED}",
            more=lambda _dag: not_imported(task.client),
            tell=task.progress,
            line=lambda dag: "" if exists(dag) else f"{dag_id}: not parsed yet",
            kind=PreconditionError,
        )

    def preflight(self, task: Task, change: Change, names: Names | None = None) -> list[str]:
        if change.action is not Action.DELETE:
            return []
        if task.check:
            running = {"state": ["running"]}
            path = fill("dags/{dag_id}/dagRuns/~/taskInstances", {"dag_id": change.name})
            if next(task.client.pages(path, "task_instances", running, limit=1), None):
                raise PreconditionError(f"{change.title} cannot be deleted: tasks of it are running")
        if (change.current or {}).get("is_stale"):
            return []
        return [f"{change.title} will be created again, without its history, if Airflow still finds its file"]


DAG = Resource(
    kind="dag",
    collection="dags",
    identity=DAG_ID,
    fields=(
        Field(
            "paused",
            type="bool",
            names=dict.fromkeys(EVERY_API, "is_paused"),
            description=("Whether the DAG is paused: no run is scheduled, and triggered runs do not start.",),
            result="Whether the DAG is paused.",
            sample=False,
        ),
    ),
    reported=(
        Field("is_stale", type="bool", description=("Whether its file no longer defines the DAG.",), sample=False),
        Field("fileloc", description=("Path on the server of the file that defines the DAG.",)),
        Field("last_parsed_time", description=("When Airflow last parsed the file.",)),
        Field("has_import_errors", type="bool", description=("Whether the file has import errors.",), sample=False),
        Field("description", description=("Description of the DAG.",)),
        Field(
            "timetable_summary", description=("Its schedule; none if it only runs when triggered.",), sample="0 0 * * *"
        ),
        Field("owners", type="list", elements="str", description=("Owners of the DAG.",), sample=["airflow"]),
        Field("tags", type="list", elements="dict", description=("Tags of the DAG.",), sample=[{"name": "orders"}]),
    ),
    more=(
        Field(
            "wait_timeout",
            type="int",
            default=0,
            minimum=dict.fromkeys(EVERY_API, 0),
            description=(
                "Seconds to wait for a DAG that does not exist yet: a DAG exists once Airflow has parsed its file.",
                "In check mode as well.",
            ),
        ),
    ),
    omits_identity=frozenset({Action.UPDATE}),
    hooks=DagHooks(),
    row=dag_row,
    summary="Pause, unpause and delete DAGs of Apache Airflow",
    description=(
        "Pauses and unpauses a DAG, and waits until it exists. Airflow itself creates DAGs, from files.",
        "O(state=absent) deletes everything that Airflow has stored about a DAG, including its runs. If its file still "
        "exists, Airflow creates the DAG again, without its history.",
    ),
    examples="""
- name: Unpause a DAG
  dataops.airflow.airflow_dag:
    airflow_url: https://airflow.example.com
    airflow_username: ansible
    airflow_password: "{{ airflow_password }}"
    dag_id: etl
    paused: false

- name: Wait until Airflow has found a new DAG
  dataops.airflow.airflow_dag:
    dag_id: etl
    wait_timeout: 120

- name: Delete a DAG whose file is gone
  dataops.airflow.airflow_dag:
    dag_id: old_etl
    state: absent
""",
)
