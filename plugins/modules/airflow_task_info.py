#!/usr/bin/python
# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Written by tools/generate.py from plugins/module_utils/_kinds: change it there.

from __future__ import annotations

DOCUMENTATION = r"""
module: airflow_task_info
short_description: List the tasks of a DAG of Apache Airflow
version_added: 0.1.0
description:
  - Returns the tasks of a DAG, as they are defined.
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
  task_id:
    description:
      - ID of the one task to return.
      - If it does not exist, the returned list is empty.
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
"""

RETURN = r"""
tasks:
  description:
    - The objects that were found; empty if there are none.
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
    operator_name:
      description:
        - Its operator.
      returned: when Airflow returns it
      type: str
      sample: BashOperator
    class_ref:
      description:
        - Class of its operator.
      returned: when Airflow returns it
      type: dict
    owner:
      description:
        - Its owner.
      returned: when Airflow returns it
      type: str
      sample: airflow
    trigger_rule:
      description:
        - Its trigger rule.
      returned: when Airflow returns it
      type: str
      sample: all_success
    downstream_task_ids:
      description:
        - IDs of the downstream tasks.
      returned: when Airflow returns it
      type: list
      elements: str
      sample:
        - load
    is_mapped:
      description:
        - Whether it is mapped.
      returned: when Airflow returns it
      type: bool
      sample: false
    pool:
      description:
        - Its pool.
      returned: when Airflow returns it
      type: str
      sample: default_pool
    pool_slots:
      description:
        - Number of pool slots that it occupies.
      returned: when Airflow returns it
      type: float
      sample: 1.0
    queue:
      description:
        - Its queue.
      returned: when Airflow returns it
      type: str
      sample: default
    retries:
      description:
        - Number of retries.
      returned: when Airflow returns it
      type: float
      sample: 0.0
    retry_delay:
      description:
        - Delay between retries.
      returned: when Airflow returns it
      type: dict
      sample:
        __type: TimeDelta
        days: 0
        seconds: 300
    execution_timeout:
      description:
        - Maximum duration of the task.
      returned: when Airflow returns it
      type: dict
    depends_on_past:
      description:
        - Whether it depends on its own instance in the previous run.
      returned: when Airflow returns it
      type: bool
      sample: false
    priority_weight:
      description:
        - Its priority weight.
      returned: when Airflow returns it
      type: float
      sample: 1.0
    start_date:
      description:
        - Date before which it does not run.
      returned: when Airflow returns it
      type: str
    end_date:
      description:
        - Date after which it does not run.
      returned: when Airflow returns it
      type: str
    params:
      description:
        - Its parameters, by name.
      returned: when Airflow returns it
      type: dict
    doc_md:
      description:
        - Its documentation.
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
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.task.task_info import TASK_INFO


def main() -> None:
    run(TASK_INFO)


if __name__ == "__main__":
    main()
