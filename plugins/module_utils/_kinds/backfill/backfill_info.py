# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Backfills."""

from __future__ import annotations

from ..._model.field import Field
from ..._model.listing import Listing
from ..._model.secrets import Secrecy
from ..shared.filters import (
    NEW_IN_3,
    NEW_IN_3_1,
    needs,
    result_field,
)

BACKFILL_INFO = Listing(
    kind="backfill",
    collection="backfills",
    identity=Field("backfill_id", type="int", names={"v2": "id"}, description=("ID of the one backfill to return.",)),
    order_by="id",
    unique=("id",),
    filters=(
        Field(
            "dag_id", needed=frozenset({"v2"}), description=("ID of the DAG; needed unless O(backfill_id) is given.",)
        ),
    ),
    reported=(
        result_field("id", "ID of the backfill.", "int", 12),
        result_field("dag_id", "ID of its DAG.", sample="etl"),
        result_field("dag_display_name", "The DAG's name in the web interface.", sample="etl", since=NEW_IN_3_1),
        result_field("from_date", "First logical date.", sample="2026-11-01T00:00:00Z"),
        result_field("to_date", "Last logical date.", sample="2026-11-07T00:00:00Z"),
        result_field("dag_run_conf", "Configuration that its runs are triggered with.", "dict", secrecy=Secrecy.BY_KEY),
        result_field("is_paused", "Whether it is paused.", "bool", False),
        result_field("reprocess_behavior", "Which existing runs are run again.", sample="none"),
        result_field("max_active_runs", "Maximum number of its runs at a time.", "int", 10),
        result_field("created_at", "When it was created."),
        result_field("updated_at", "When it was last changed."),
        result_field("completed_at", "When it was completed or cancelled."),
    ),
    since=NEW_IN_3,
    summary="List backfills of Apache Airflow",
    description=("Returns the backfills of a DAG.", *needs(NEW_IN_3)),
    examples="""
- name: Read the backfills of a DAG, the latest first
  dataops.airflow.airflow_backfill_info:
    airflow_url: https://airflow.example.com
    airflow_username: auditor
    airflow_password: "{{ airflow_password }}"
    dag_id: etl
    order_by: [-id]
""",
)
