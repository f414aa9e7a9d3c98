# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a task has stored as its state."""

from __future__ import annotations

from ..._model.field import Field
from ..._model.listing import Listing
from ..shared.fields import DAG_ID
from ..shared.filters import (
    NEW_IN_3_3,
    STATE_VALUE,
    needs,
    result_field,
)
from ..shared.instance_fields import DAG_RUN_ID, MAP_INDEX, TASK_ID
from ..shared.routes import INSTANCE

TASK_STATE_INFO = Listing(
    kind="task_state",
    collection="task_states",
    template=INSTANCE + "/state-store",
    answer="task_state_store",
    parents=(DAG_ID, DAG_RUN_ID, TASK_ID, MAP_INDEX),
    identity=Field("key", description=("Key of the one value to return.",)),
    order_by=None,
    reported=(
        result_field("key", "Key of the value.", sample="cursor"),
        STATE_VALUE,
        result_field("updated_at", "When it was last changed."),
        result_field("expires_at", "When it expires."),
    ),
    since=NEW_IN_3_3,
    summary="List the state of a task instance of Apache Airflow",
    description=("Returns the values that a task instance has stored for its next try.", *needs(NEW_IN_3_3)),
    examples="""
- name: Read what a task instance has stored
  dataops.airflow.airflow_task_state_info:
    airflow_url: https://airflow.example.com
    airflow_username: auditor
    airflow_password: "{{ airflow_password }}"
    dag_id: etl
    dag_run_id: "{{ run.dag_run.dag_run_id }}"
    task_id: extract
""",
)
