# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tasks of a DAG."""

from __future__ import annotations

from typing import Any, Mapping

from ..._model.api import V1, Api
from ..._model.field import Field
from ..._model.listing import Listing
from ..._model.secrets import Secrecy
from ..shared.fields import DAG_ID
from ..shared.filters import result_field
from ..shared.rows import converted, params


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
        result_field("task_id", "ID of the task.", sample="extract"),
        result_field("task_display_name", "Its name in the web interface.", sample="extract"),
        result_field("operator_name", "Its operator.", sample="BashOperator"),
        result_field("class_ref", "Class of its operator.", "dict"),
        result_field("owner", "Its owner.", sample="airflow"),
        result_field("trigger_rule", "Its trigger rule.", sample="all_success"),
        result_field("downstream_task_ids", "IDs of the downstream tasks.", "list", ["load"], elements="str"),
        result_field("is_mapped", "Whether it is mapped.", "bool", False),
        result_field("pool", "Its pool.", sample="default_pool"),
        result_field("pool_slots", "Number of pool slots that it occupies.", "float", 1.0),
        result_field("queue", "Its queue.", sample="default"),
        result_field("retries", "Number of retries.", "float", 0.0),
        result_field(
            "retry_delay", "Delay between retries.", "dict", {"__type": "TimeDelta", "days": 0, "seconds": 300}
        ),
        result_field("execution_timeout", "Maximum duration of the task.", "dict"),
        result_field("depends_on_past", "Whether it depends on its own instance in the previous run.", "bool", False),
        result_field("priority_weight", "Its priority weight.", "float", 1.0),
        result_field("start_date", "Date before which it does not run."),
        result_field("end_date", "Date after which it does not run."),
        result_field("params", "Its parameters, by name.", "dict", secrecy=Secrecy.BY_KEY),
        result_field("doc_md", "Its documentation."),
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
