#!/usr/bin/python
# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Written by tools/generate.py from plugins/module_utils/_kinds: change it there.

from __future__ import annotations

DOCUMENTATION = r"""
module: airflow_task_log_info
short_description: Read the log of a task instance of Apache Airflow
version_added: 0.1.0
description:
  - Returns the log of one try of a task instance as plain text.
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
  try_number:
    description:
      - Number of the try whose log to return; by default the latest.
    type: int
  log_lines:
    description:
      - Number of lines to return from the end of the log; by default all.
    type: int
  external_url:
    description:
      - Whether to return the URL of the log in an external system.
      - Needs Airflow 3.1.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Read the end of a task's log
  dataops.airflow.airflow_task_log_info:
    airflow_url: https://airflow.example.com
    airflow_username: auditor
    airflow_password: "{{ airflow_password }}"
    dag_id: etl
    dag_run_id: "{{ run.dag_run.dag_run_id }}"
    task_id: extract
    log_lines: 50
  register: extract

- name: Show it
  ansible.builtin.debug:
    msg: "{{ extract.log.splitlines() }}"
"""

RETURN = r"""
log:
  description:
    - The log as plain text; empty if there is none.
  returned: success
  type: str
events:
  description:
    - On Airflow 3, the structured log events as Airflow stores them. Empty on Airflow 2.
  returned: success
  type: list
  elements: dict
try_number:
  description:
    - Number of the try whose log it is; 0 if there was none.
  returned: success
  type: int
  sample: 1
external_url:
  description:
    - With O(external_url), the URL of the log in an external system; none if there is none.
  returned: success
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
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.task.task_log_info import TASK_LOG_INFO


def main() -> None:
    run(TASK_LOG_INFO)


if __name__ == "__main__":
    main()
