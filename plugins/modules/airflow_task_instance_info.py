#!/usr/bin/python
# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Written by tools/generate.py from plugins/module_utils/_kinds: change it there.

from __future__ import annotations

DOCUMENTATION = r"""
module: airflow_task_instance_info
short_description: List task instances of Apache Airflow
version_added: 0.1.0
description:
  - Returns task instances of one run, of some DAGs, runs and tasks, or all of them.
author:
  - dataops.airflow contributors (@dataops)
extends_documentation_fragment:
  - dataops.airflow.connection
  - dataops.airflow.attributes
  - dataops.airflow.attributes.info
options:
  dag_id:
    description:
      - ID of the DAG; V(~) stands for all of them.
    type: str
    default: '~'
  dag_run_id:
    description:
      - ID of the run; V(~) stands for all of them.
    type: str
    default: '~'
  task_id:
    description:
      - ID of the one task to return, all its instances if it is mapped.
      - On Airflow 2 it needs O(dag_id) and O(dag_run_id); use O(task_ids) otherwise.
      - If it does not exist, the returned list is empty.
    type: str
  map_index:
    description:
      - Which instance of a mapped task. On Airflow 2 it needs O(task_id).
      - Needs Airflow 3.1.
    type: int
  tries:
    description:
      - Whether to return all tries of O(task_id) instead of the last one; with O(map_index) if it is
        mapped.
      - Needs Airflow 2.10.
    type: bool
    default: false
  dependencies:
    description:
      - Whether to return, for O(task_id), the unmet dependencies of each instance, a request each.
      - Needs Airflow 2.10.
    type: bool
    default: false
  dag_ids:
    description:
      - Return only task instances in these DAGs.
    type: list
    elements: str
  dag_run_ids:
    description:
      - Return only task instances in these runs.
      - Needs Airflow 2.7.
    type: list
    elements: str
  task_ids:
    description:
      - Return only instances of these tasks.
      - Needs Airflow 2.7.
    type: list
    elements: str
  state:
    description:
      - 'Return only task instances in these states; V(none): without a state.'
    type: list
    elements: str
    choices:
      - awaiting_input
      - deferred
      - failed
      - none
      - queued
      - removed
      - restarting
      - running
      - scheduled
      - skipped
      - success
      - up_for_reschedule
      - up_for_retry
      - upstream_failed
  logical_date_gte:
    description:
      - Return only those whose run's logical date is this or later. ISO 8601, in UTC unless it has an
        offset.
    type: str
  logical_date_lte:
    description:
      - Return only those whose run's logical date is this or earlier. ISO 8601, in UTC unless it has
        an offset.
    type: str
  logical_date_gt:
    description:
      - Return only those whose run's logical date is later than this. ISO 8601, in UTC unless it has
        an offset.
      - Needs Airflow 3.1.
    type: str
  logical_date_lt:
    description:
      - Return only those whose run's logical date is earlier than this. ISO 8601, in UTC unless it has
        an offset.
      - Needs Airflow 3.1.
    type: str
  run_after_gte:
    description:
      - Return only those whose run's earliest start is this or later. ISO 8601, in UTC unless it has
        an offset.
      - Needs Airflow 3.
    type: str
  run_after_lte:
    description:
      - Return only those whose run's earliest start is this or earlier. ISO 8601, in UTC unless it has
        an offset.
      - Needs Airflow 3.
    type: str
  run_after_gt:
    description:
      - Return only those whose run's earliest start is later than this. ISO 8601, in UTC unless it has
        an offset.
      - Needs Airflow 3.1.
    type: str
  run_after_lt:
    description:
      - Return only those whose run's earliest start is earlier than this. ISO 8601, in UTC unless it
        has an offset.
      - Needs Airflow 3.1.
    type: str
  start_date_gte:
    description:
      - Return only those whose start is this or later. ISO 8601, in UTC unless it has an offset.
    type: str
  start_date_lte:
    description:
      - Return only those whose start is this or earlier. ISO 8601, in UTC unless it has an offset.
    type: str
  start_date_gt:
    description:
      - Return only those whose start is later than this. ISO 8601, in UTC unless it has an offset.
      - Needs Airflow 3.1.
    type: str
  start_date_lt:
    description:
      - Return only those whose start is earlier than this. ISO 8601, in UTC unless it has an offset.
      - Needs Airflow 3.1.
    type: str
  end_date_gte:
    description:
      - Return only those whose end is this or later. ISO 8601, in UTC unless it has an offset.
    type: str
  end_date_lte:
    description:
      - Return only those whose end is this or earlier. ISO 8601, in UTC unless it has an offset.
    type: str
  end_date_gt:
    description:
      - Return only those whose end is later than this. ISO 8601, in UTC unless it has an offset.
      - Needs Airflow 3.1.
    type: str
  end_date_lt:
    description:
      - Return only those whose end is earlier than this. ISO 8601, in UTC unless it has an offset.
      - Needs Airflow 3.1.
    type: str
  updated_at_gte:
    description:
      - Return only those whose last change is this or later. ISO 8601, in UTC unless it has an offset.
      - Needs Airflow 2.6.
    type: str
  updated_at_lte:
    description:
      - Return only those whose last change is this or earlier. ISO 8601, in UTC unless it has an offset.
      - Needs Airflow 2.6.
    type: str
  updated_at_gt:
    description:
      - Return only those whose last change is later than this. ISO 8601, in UTC unless it has an offset.
      - Needs Airflow 3.1.
    type: str
  updated_at_lt:
    description:
      - Return only those whose last change is earlier than this. ISO 8601, in UTC unless it has an offset.
      - Needs Airflow 3.1.
    type: str
  duration_gte:
    description:
      - Return only those whose duration in seconds is this or more.
    type: float
  duration_lte:
    description:
      - Return only those whose duration in seconds is this or less.
    type: float
  duration_gt:
    description:
      - Return only those whose duration in seconds is more than this.
      - Needs Airflow 3.1.
    type: float
  duration_lt:
    description:
      - Return only those whose duration in seconds is less than this.
      - Needs Airflow 3.1.
    type: float
  pool:
    description:
      - Return only task instances in these pools.
    type: list
    elements: str
  pool_name_pattern:
    description:
      - Return only those whose pool contains this text. Not case-sensitive; V(%) and V(_) are wildcards.
      - Needs Airflow 3.2.
    type: str
  pool_name_prefix_pattern:
    description:
      - Return only those whose pool begins with this text.
      - Needs Airflow 3.2.2.
    type: str
  queue:
    description:
      - Return only task instances in these queues.
    type: list
    elements: str
  queue_name_pattern:
    description:
      - Return only those whose queue contains this text. Not case-sensitive; V(%) and V(_) are wildcards.
      - Needs Airflow 3.2.
    type: str
  queue_name_prefix_pattern:
    description:
      - Return only those whose queue begins with this text.
      - Needs Airflow 3.2.2.
    type: str
  executor:
    description:
      - Return only task instances of these executors.
      - Needs Airflow 2.10.
    type: list
    elements: str
  version_number:
    description:
      - Return only task instances of these versions of their DAG.
      - Needs Airflow 3.
    type: list
    elements: int
  try_number:
    description:
      - Return only task instances at these tries.
      - Needs Airflow 3.1.
    type: list
    elements: int
  operator:
    description:
      - Return only task instances of these operators, by their classes.
      - Needs Airflow 3.1.
    type: list
    elements: str
  operator_name_pattern:
    description:
      - Return only those whose operator contains this text. Not case-sensitive; V(%) and V(_) are wildcards.
      - Needs Airflow 3.2.
    type: str
  operator_name_prefix_pattern:
    description:
      - Return only those whose operator begins with this text.
      - Needs Airflow 3.2.2.
    type: str
  task_display_name_pattern:
    description:
      - Return only those whose task's display name contains this text. Not case-sensitive; V(%) and V(_)
        are wildcards.
      - Needs Airflow 3.
    type: str
  task_display_name_prefix_pattern:
    description:
      - Return only those whose task's display name begins with this text.
      - Needs Airflow 3.2.2.
    type: str
  task_group_id:
    description:
      - Return only task instances in this task group.
      - Needs Airflow 3.1.6.
    type: str
  dag_id_pattern:
    description:
      - Return only those whose DAG's ID contains this text. Not case-sensitive; V(%) and V(_) are wildcards.
      - Needs Airflow 3.2.
    type: str
  dag_id_prefix_pattern:
    description:
      - Return only those whose DAG's ID begins with this text.
      - Needs Airflow 3.2.2.
    type: str
  run_id_pattern:
    description:
      - Return only those whose run's ID contains this text. Not case-sensitive; V(%) and V(_) are wildcards.
      - Needs Airflow 3.2.
    type: str
  run_id_prefix_pattern:
    description:
      - Return only those whose run's ID begins with this text.
      - Needs Airflow 3.2.2.
    type: str
  rendered_map_index_pattern:
    description:
      - Return only those whose rendered map index contains this text. Not case-sensitive; V(%) and V(_)
        are wildcards.
      - Needs Airflow 3.2.2.
    type: str
  rendered_map_index_prefix_pattern:
    description:
      - Return only those whose rendered map index begins with this text.
      - Needs Airflow 3.2.2.
    type: str
  order_by:
    description:
      - Fields to sort by, by the API's names; a leading V(-) sorts in descending order.
      - Airflow 2 takes one field only. The default is a stable order.
    type: list
    elements: str
  limit:
    description:
      - Maximum number of objects to return. By default all of them, over as many pages as necessary.
    type: int
  offset:
    description:
      - Number of objects to skip.
    type: int
    default: 0
"""

EXAMPLES = r"""
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
"""

RETURN = r"""
task_instances:
  description:
    - The objects that were found; empty if there are none.
    - See also M(dataops.airflow.airflow_task_instance).
  returned: success
  type: list
  elements: dict
  contains:
    task_id:
      description:
        - ID of the task.
      returned: when Airflow returns it
      type: str
      sample: extract
    task_display_name:
      description:
        - Its name in the web interface.
      returned: when Airflow returns it
      type: str
      sample: extract
    dag_id:
      description:
        - ID of the DAG.
      returned: when Airflow returns it
      type: str
      sample: etl
    dag_run_id:
      description:
        - ID of the run.
      returned: when Airflow returns it
      type: str
      sample: manual__2026-11-23T07:00:00+00:00
    map_index:
      description:
        - Which instance of a mapped task it is; -1 if the task is not mapped.
      returned: when Airflow returns it
      type: int
      sample: -1
    rendered_map_index:
      description:
        - The index as the web interface shows it.
      returned: when Airflow returns it
      type: str
    state:
      description:
        - State of the task instance; none if it has no state yet.
      returned: when Airflow returns it
      type: str
      sample: success
    try_number:
      description:
        - Number of the try.
      returned: when Airflow returns it
      type: int
      sample: 1
    max_tries:
      description:
        - Maximum number of tries.
      returned: when Airflow returns it
      type: int
      sample: 0
    logical_date:
      description:
        - Logical date of the run.
      returned: when Airflow returns it
      type: str
    run_after:
      description:
        - Earliest time at which the run may start.
      returned: when Airflow returns it (Airflow 3.0.0 or later)
      type: str
    queued_when:
      description:
        - When it was queued.
      returned: when Airflow returns it
      type: str
    scheduled_when:
      description:
        - When it was scheduled.
      returned: when Airflow returns it (Airflow 3.0.0 or later)
      type: str
    start_date:
      description:
        - When it started.
      returned: when Airflow returns it
      type: str
    end_date:
      description:
        - When it ended.
      returned: when Airflow returns it
      type: str
    duration:
      description:
        - How long it took, in seconds.
      returned: when Airflow returns it
      type: float
      sample: 0.3
    operator:
      description:
        - Class of its operator.
      returned: when Airflow returns it
      type: str
      sample: BashOperator
    operator_name:
      description:
        - Name of its operator.
      returned: when Airflow returns it (Airflow 3.1.0 or later)
      type: str
      sample: '@task'
    pool:
      description:
        - Pool that it runs in.
      returned: when Airflow returns it
      type: str
      sample: default_pool
    pool_slots:
      description:
        - Number of pool slots that it occupies.
      returned: when Airflow returns it
      type: int
      sample: 1
    queue:
      description:
        - Its queue.
      returned: when Airflow returns it
      type: str
      sample: default
    executor:
      description:
        - Its executor; none if it has the default one.
      returned: when Airflow returns it
      type: str
    priority_weight:
      description:
        - Its priority weight.
      returned: when Airflow returns it
      type: int
      sample: 1
    hostname:
      description:
        - Host that it runs on.
      returned: when Airflow returns it
      type: str
    unixname:
      description:
        - Operating system user that it runs as.
      returned: when Airflow returns it
      type: str
      sample: airflow
    pid:
      description:
        - Process ID on that host.
      returned: when Airflow returns it
      type: int
      sample: 4242
    note:
      description:
        - Note of the task instance.
      returned: when Airflow returns it
      type: str
    rendered_fields:
      description:
        - Its templates, rendered.
      returned: when Airflow returns it
      type: dict
    trigger:
      description:
        - The trigger that a deferred task instance waits for.
      returned: when Airflow returns it
      type: dict
    dag_version:
      description:
        - Version of the DAG that it ran.
      returned: when Airflow returns it (Airflow 3.0.0 or later)
      type: dict
    dependencies:
      description:
        - With O(dependencies), the unmet dependencies that keep it from being scheduled.
      returned: when Airflow returns it
      type: list
      elements: dict
      sample:
        - name: Dagrun Running
          reason: Task instance's dagrun was not in the 'running' state
method:
  description:
    - Method of the HTTP request that failed.
  returned: when a request failed
  type: str
  sample: POST
url:
  description:
    - URL of the request that failed.
  returned: when a request failed
  type: str
  sample: https://airflow.example.com/api/v2/pools
status:
  description:
    - HTTP status of the response.
  returned: when the server responded with an error
  type: int
  sample: 403
detail:
  description:
    - The error message from the server.
  returned: when the server sent one
  type: str
  sample: Forbidden
requests:
  description:
    - 'The requests that were sent, in order: method, URL, status and milliseconds. Never headers or bodies.'
  returned: with C(-vvv)
  type: list
  elements: dict
"""

from ansible_collections.dataops.airflow.plugins.module_utils._main import run
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.task.task_instance_info import TASK_INSTANCE_INFO


def main() -> None:
    run(TASK_INSTANCE_INFO)


if __name__ == "__main__":
    main()
