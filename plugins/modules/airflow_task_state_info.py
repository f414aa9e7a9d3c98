#!/usr/bin/python
# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Written by tools/generate.py from plugins/module_utils/_kinds: change it there.

from __future__ import annotations

DOCUMENTATION = r"""
module: airflow_task_state_info
short_description: List the state of a task instance of Apache Airflow
version_added: 0.1.0
description:
  - Returns the values that a task instance has stored for its next try.
  - Needs Airflow 3.3.
author:
  - dataops.airflow contributors (@dataops)
extends_documentation_fragment:
  - dataops.airflow.connection
  - dataops.airflow.attributes
  - dataops.airflow.attributes.info
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
  task_id:
    description:
      - ID of the task.
    type: str
    required: true
  map_index:
    description:
      - Which instance of a mapped task; V(-1) if the task is not mapped.
    type: int
    default: -1
  key:
    description:
      - Key of the one value to return.
      - If it does not exist, the returned list is empty.
    type: str
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
- name: Read what a task instance has stored
  dataops.airflow.airflow_task_state_info:
    airflow_url: https://airflow.example.com
    airflow_username: auditor
    airflow_password: "{{ airflow_password }}"
    dag_id: etl
    dag_run_id: "{{ run.dag_run.dag_run_id }}"
    task_id: extract
"""

RETURN = r"""
task_states:
  description:
    - The objects that were found; empty if there are none.
  returned: success
  type: list
  elements: dict
  contains:
    key:
      description:
        - Key of the value.
      returned: when Airflow returns it
      type: str
      sample: cursor
    value:
      description:
        - The stored value.
      returned: when Airflow returns it
      type: raw
      sample:
        cursor: 17
    updated_at:
      description:
        - When it was last changed.
      returned: when Airflow returns it
      type: str
    expires_at:
      description:
        - When it expires.
      returned: when Airflow returns it
      type: str
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
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.task.task_state_info import TASK_STATE_INFO


def main() -> None:
    run(TASK_STATE_INFO)


if __name__ == "__main__":
    main()
