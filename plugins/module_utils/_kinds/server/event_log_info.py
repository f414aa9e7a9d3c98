# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The event log, in which Airflow keeps who did what."""

from __future__ import annotations

from typing import Any, Mapping

from ..._model.api import V1, Api, Since
from ..._model.field import Field
from ..._model.listing import Listing
from ..._model.secrets import Secrecy
from ..._model.timestamps import moment
from ..shared.filters import listed, option, pattern, result_field
from ..shared.rows import renamed


def event_log_row(row: Mapping[str, Any], api: Api) -> dict[str, Any]:
    """An entry of the event log."""
    return renamed(row, {"execution_date": "logical_date"}) if api is V1 else dict(row)


FILTERS_2_8 = Since(v1="2.8.0")
FILTERS_2_9 = Since(v1="2.9.0")
FILTERS_2_10 = Since(v1="2.10.0")

EVENT_LOG_INFO = Listing(
    kind="event_log",
    collection="event_logs",
    template="eventLogs",
    identity=Field("event_log_id", type="int", description=("ID of the one entry to return.",)),
    order_by="event_log_id",
    orders={"v2": "id"},
    sorts={"v2": {"event_log_id": "id", "when": "dttm"}, "v1": {"logical_date": "execution_date"}},
    filters=(
        option("dag_id", "Return only entries about this DAG.", since=FILTERS_2_8),
        option("task_id", "Return only entries about this task.", since=FILTERS_2_8),
        option("run_id", "Return only entries about this run.", since=FILTERS_2_9),
        option("map_index", "Return only entries about this instance of a mapped task.", "int", FILTERS_2_10),
        option("try_number", "Return only entries about this try.", "int", FILTERS_2_10),
        option("owner", "Return only entries of this user.", since=FILTERS_2_8),
        option("event", "Return only events of this name.", since=FILTERS_2_8),
        listed("included_events", "Return only events of these names.", FILTERS_2_9, joined=frozenset({"v1"})),
        listed("excluded_events", "Leave out events of these names.", FILTERS_2_9, joined=frozenset({"v1"})),
        option("before", "Return only entries before this time, as ISO 8601.", since=FILTERS_2_8, parse=moment),
        option("after", "Return only entries after this time, as ISO 8601.", since=FILTERS_2_8, parse=moment),
        *pattern("dag_id", "DAG's ID"),
        *pattern("task_id", "task's ID"),
        *pattern("run_id", "run's ID"),
        *pattern("owner", "user"),
        *pattern("event", "event"),
    ),
    row=event_log_row,
    reported=(
        result_field("event_log_id", "ID of the entry.", "int", 1234),
        result_field("when", "When it happened."),
        result_field("event", "What was done.", sample="trigger_dag_run"),
        result_field("owner", "User who did it.", sample="ansible"),
        result_field("dag_id", "ID of the DAG.", sample="etl"),
        result_field("run_id", "ID of the run."),
        result_field("task_id", "ID of the task."),
        result_field("map_index", "Which instance of a mapped task.", "int"),
        result_field("try_number", "Number of the try.", "int"),
        result_field("logical_date", "Logical date of the run."),
        result_field("extra", "Further details, as JSON text.", secrecy=Secrecy.BY_FORM),
    ),
    summary="List the event log of Apache Airflow",
    description=("Returns the audit log: who did what, and when.",),
    examples="""
- name: Read who paused or unpaused DAGs this month
  dataops.airflow.airflow_event_log_info:
    airflow_url: https://airflow.example.com
    airflow_username: auditor
    airflow_password: "{{ airflow_password }}"
    included_events: [paused, patch_dag]
    after: 2026-11-01
""",
)
