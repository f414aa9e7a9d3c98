# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs: the processes of Airflow that send heartbeats."""

from __future__ import annotations

from ..._model.listing import Listing
from ..shared.filters import NEW_IN_3, between, needs, option, result_field

JOB_INFO = Listing(
    kind="job",
    collection="jobs",
    identity=None,
    order_by="id",
    unique=("id",),
    filters=(
        option("job_type", "Return only jobs of this type, such as V(SchedulerJob)."),
        option("job_state", "Return only jobs in this state, such as V(running)."),
        option("hostname", "Return only jobs on this host."),
        option("executor_class", "Return only jobs of this executor."),
        option("is_alive", "Return only jobs that are alive, or are not alive.", "bool"),
        *between("start_date", "start"),
        *between("end_date", "end"),
    ),
    reported=(
        result_field("id", "ID of the job.", "int", 2),
        result_field("job_type", "Its type.", sample="SchedulerJob"),
        result_field("state", "Its state.", sample="running"),
        result_field("hostname", "Host that it runs on."),
        result_field("unixname", "Operating system user that it runs as.", sample="airflow"),
        result_field("start_date", "When it started."),
        result_field("end_date", "When it ended."),
        result_field("latest_heartbeat", "Time of the latest heartbeat."),
        result_field("executor_class", "Its executor."),
        result_field("dag_id", "ID of the DAG that it runs."),
    ),
    # 3.0.6 to 3.3.2: core_api/routes/public/job.py
    late_filter="is_alive",
    since=NEW_IN_3,
    summary="List jobs of Apache Airflow",
    description=(
        "Returns the processes of Airflow, such as schedulers and triggerers, including former ones.",
        *needs(NEW_IN_3),
    ),
    examples="""
- name: Read the schedulers that are alive
  dataops.airflow.airflow_job_info:
    airflow_url: https://airflow.example.com
    airflow_username: auditor
    airflow_password: "{{ airflow_password }}"
    job_type: SchedulerJob
    is_alive: true
""",
)
