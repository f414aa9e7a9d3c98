#!/usr/bin/python
# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Written by tools/generate.py from plugins/module_utils/_kinds: change it there.

from __future__ import annotations

DOCUMENTATION = r"""
module: airflow_task_instance
short_description: Clear and mark task instances of Apache Airflow
version_added: 0.1.0
description:
  - Clears task instances, so that they run again, or marks them as succeeded, failed or skipped. Needs
    Airflow 2.5.
  - Check mode asks Airflow itself, by the dry run of its API.
  - If there is nothing to change, such as no failed task to clear, nothing is changed. A task that the
    DAG does not have is an error.
author:
  - dataops.airflow contributors (@dataops)
extends_documentation_fragment:
  - dataops.airflow.connection
  - dataops.airflow.attributes
  - dataops.airflow.attributes.action
options:
  dag_id:
    description:
      - ID of the DAG.
    type: str
    required: true
  dag_run_id:
    description:
      - ID of the run.
    type: str
    required: true
  task_ids:
    description:
      - 'IDs of the tasks, with their task groups: C(group.task).'
    type: list
    elements: str
    required: true
  map_index:
    description:
      - Index of one instance of mapped tasks; all of them if left out.
      - To clear one needs Airflow 3.
    type: int
  include_upstream:
    description:
      - Include the upstream tasks.
    type: bool
    default: false
  include_downstream:
    description:
      - Include the downstream tasks.
    type: bool
    default: false
  include_future:
    description:
      - Include the tasks in later runs.
    type: bool
    default: false
  include_past:
    description:
      - Include the tasks in earlier runs.
    type: bool
    default: false
  only_failed:
    description:
      - Clear only failed tasks, and tasks that did not run because of a failed one.
    type: bool
    default: false
  note:
    description:
      - Note of the task instances in O(task_ids), without their relatives. Empty text clears it.
    type: str
  state:
    description:
      - V(cleared) runs the task instances again, each time, and puts their run back into the queue.
      - V(success), V(failed) and V(skipped) mark them; what is so already is left alone. What has failed
        after them is cleared by Airflow, so that it runs now.
    type: str
    required: true
    choices:
      - cleared
      - success
      - failed
      - skipped
"""

EXAMPLES = r"""
- name: Run the failed tasks again
  dataops.airflow.airflow_task_instance:
    airflow_url: https://airflow.example.com
    airflow_username: ansible
    airflow_password: "{{ airflow_password }}"
    dag_id: etl
    dag_run_id: release-1
    task_ids: [load]
    only_failed: true
    include_downstream: true
    state: cleared

- name: Go on without one part
  dataops.airflow.airflow_task_instance:
    dag_id: etl
    dag_run_id: release-1
    task_ids: [load]
    map_index: 3
    state: success
    note: Loaded by hand
"""

RETURN = r"""
task_instances:
  description:
    - 'Exactly the task instances that were changed, or would be in check mode: C(dag_id), C(dag_run_id),
      C(task_id), C(map_index) (-1 if it is not mapped), C(state) (none if it was cleared), C(previous_state)
      and C(note).'
  returned: success
  type: list
  elements: dict
diff:
  description:
    - What changes, as C(before) and C(after).
  returned: in diff mode
  type: dict
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
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.task.task_instance import TASK_INSTANCE


def main() -> None:
    run(TASK_INSTANCE)


if __name__ == "__main__":
    main()
