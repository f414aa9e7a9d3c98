# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""XComs: values that task instances exchange."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._engine.options import check_since
from ..._model.api import Since
from ..._model.change import Action, Change
from ..._model.compare import same_value
from ..._model.errors import MissingError, PreconditionError
from ..._model.field import EVERY_API, Field
from ..._model.paths import above, below
from ..._model.resource import Hooks, Names, Resource
from ..._model.secrets import Secrecy
from ..._model.shape import AN_OBJECT
from ..shared.fields import DAG_ID
from ..shared.routes import INSTANCE, UNREACHABLE_XCOMS

if TYPE_CHECKING:
    from ..._engine.faults import Fault
    from ..._engine.task import Task
    from ..._http.client import Client

DELETES_SINCE = Since(v2="3.2.0")
NATIVE_SINCE = Since(v2="3.2.2")


class XComHooks(Hooks):
    """An XCom belongs to an existing task instance."""

    def preflight(self, task: Task, change: Change, names: Names | None = None) -> list[str]:
        if change.action is Action.DELETE:
            check_since("state=absent", DELETES_SINCE, task.client.server)
        if change.action is Action.CREATE:
            # Airflow answers 500 if there is none with this map_index (3.3.2).
            _check_task_instance(task.client, change.resource)
        return []


def _check_task_instance(client: Client, resource: Resource) -> None:
    index = resource.selected["map_index"]
    path = below(above(resource.path), *([str(index)] if index >= 0 else []))
    try:
        client.call("GET", path, check=AN_OBJECT)
    except MissingError as error:
        raise PreconditionError(f"An XCom needs an existing task instance: {error.facts.get('detail')}") from error


def _faults() -> tuple[Fault, ...]:
    from ..shared.known_faults import OF_XCOMS

    return OF_XCOMS


XCOM = Resource(
    kind="xcom",
    collection="xcomEntries",
    template=INSTANCE + "/xcomEntries",
    parents=(
        DAG_ID,
        Field("dag_run_id", required=True, longest=250, description=("ID of the run.",)),
        Field("task_id", required=True, longest=250, description=("ID of the task, with its task groups.",)),
        Field(
            "map_index",
            type="int",
            default=-1,
            minimum=dict.fromkeys(EVERY_API, -1),
            description=("Index of the instance of a mapped task; V(-1) if it is not mapped.",),
        ),
    ),
    identity=Field("key", required=True, longest=512, description=("Key of the XCom.",), sample="return_value"),
    fields=(
        Field(
            "value",
            type="raw",
            secrecy=Secrecy.BY_NAME,
            needed=EVERY_API,
            compare=same_value,
            native_since=NATIVE_SINCE,
            description=(
                "Value of the XCom: anything that JSON can represent, with its types. Needed to create an XCom.",
                "Airflow before 3.2.2 stores its JSON text instead, which a task that pulls it gets as text.",
                "It is not shown if the key, or the name of a key in it, sounds like a secret.",
            ),
            result="Value of the XCom; hidden if it is a secret.",
            sample={"rows": 3},
        ),
    ),
    reported=(
        Field("dag_id", description=("ID of the DAG.",), sample="etl"),
        Field("dag_run_id", names={"v2": "run_id"}, description=("ID of the run.",)),
        Field("task_id", description=("ID of the task.",), sample="extract"),
        Field("map_index", type="int", description=("Index of the instance of a mapped task, or -1.",), sample=-1),
        Field("timestamp", description=("When the XCom was written.",)),
    ),
    omits_identity=frozenset({Action.UPDATE}),
    since=Since(v1=None, v2="3.0.0"),
    unreachable=UNREACHABLE_XCOMS,
    faults=_faults,
    hooks=XComHooks(),
    summary="Manage XComs of Apache Airflow 3",
    description=(
        "Creates, changes and deletes XComs of task instances. Needs Airflow 3; deleting needs Airflow 3.2.",
        "To read XComs, also on Airflow 2, use M(dataops.airflow.airflow_xcom_info).",
    ),
    examples="""
- name: Set the input of a task by hand
  dataops.airflow.airflow_xcom:
    airflow_url: https://airflow.example.com
    airflow_username: ansible
    airflow_password: "{{ airflow_password }}"
    dag_id: etl
    dag_run_id: release-1
    task_id: extract
    key: return_value
    value:
      rows: 3
""",
)
