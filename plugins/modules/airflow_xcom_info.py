#!/usr/bin/python
# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Written by tools/generate.py from plugins/module_utils/_kinds: change it there.

from __future__ import annotations

DOCUMENTATION = r"""
module: airflow_xcom_info
short_description: List XCom entries of Apache Airflow
version_added: 0.1.0
description:
  - Returns the values that tasks exchange.
  - A value is not shown if its key, or the name of a key in it, sounds like a secret.
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
      - ID of the task; V(~) stands for all of them.
    type: str
    default: '~'
  key:
    description:
      - Key of the one XCom entry to return, with its value. Needs O(dag_id), O(dag_run_id) and O(task_id).
      - If it does not exist, the returned list is empty.
    type: str
  map_index:
    description:
      - Which instance of a mapped task.
      - Needs Airflow 2.7.
    type: int
  xcom_key:
    description:
      - Return only entries with this key, without their values.
      - Needs Airflow 2.7.
    type: str
  xcom_key_pattern:
    description:
      - Return only those whose key contains this text. Not case-sensitive; V(%) and V(_) are wildcards.
      - Needs Airflow 3.1.
    type: str
  xcom_key_prefix_pattern:
    description:
      - Return only those whose key begins with this text.
      - Needs Airflow 3.2.2.
    type: str
  dag_display_name_pattern:
    description:
      - Return only those whose DAG's display name contains this text. Not case-sensitive; V(%) and V(_)
        are wildcards.
      - Needs Airflow 3.1.
    type: str
  dag_display_name_prefix_pattern:
    description:
      - Return only those whose DAG's display name begins with this text.
      - Needs Airflow 3.2.2.
    type: str
  run_id_pattern:
    description:
      - Return only those whose run's ID contains this text. Not case-sensitive; V(%) and V(_) are wildcards.
      - Needs Airflow 3.1.
    type: str
  run_id_prefix_pattern:
    description:
      - Return only those whose run's ID begins with this text.
      - Needs Airflow 3.2.2.
    type: str
  task_id_pattern:
    description:
      - Return only those whose task's ID contains this text. Not case-sensitive; V(%) and V(_) are wildcards.
      - Needs Airflow 3.1.
    type: str
  task_id_prefix_pattern:
    description:
      - Return only those whose task's ID begins with this text.
      - Needs Airflow 3.2.2.
    type: str
  map_index_filter:
    description:
      - Return only entries of this instance of mapped tasks.
      - Needs Airflow 3.1.
    type: int
  logical_date_gte:
    description:
      - Return only those whose run's logical date is this or later. ISO 8601, in UTC unless it has an
        offset.
      - Needs Airflow 3.1.
    type: str
  logical_date_lte:
    description:
      - Return only those whose run's logical date is this or earlier. ISO 8601, in UTC unless it has
        an offset.
      - Needs Airflow 3.1.
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
      - Needs Airflow 3.1.
    type: str
  run_after_lte:
    description:
      - Return only those whose run's earliest start is this or earlier. ISO 8601, in UTC unless it has
        an offset.
      - Needs Airflow 3.1.
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
  values:
    description:
      - Whether to read the value of each entry as well, with one request per entry.
      - On Airflow 2 this needs O(dag_run_id).
    type: bool
    default: false
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
- name: Read the return value of a task
  dataops.airflow.airflow_xcom_info:
    airflow_url: https://airflow.example.com
    airflow_username: auditor
    airflow_password: "{{ airflow_password }}"
    dag_id: etl
    dag_run_id: "{{ run.dag_run.dag_run_id }}"
    task_id: extract
    key: return_value
  register: extract

- name: Show it
  ansible.builtin.debug:
    msg: "{{ extract.xcoms[0].value.rows }}"

- name: Read the XComs of a run, with values
  dataops.airflow.airflow_xcom_info:
    dag_id: etl
    dag_run_id: "{{ run.dag_run.dag_run_id }}"
    values: true
"""

RETURN = r"""
xcoms:
  description:
    - The objects that were found; empty if there are none.
    - See also M(dataops.airflow.airflow_xcom).
  returned: success
  type: list
  elements: dict
  contains:
    key:
      description:
        - Key of the entry.
      returned: when Airflow returns it
      type: str
      sample: return_value
    dag_id:
      description:
        - ID of the DAG.
      returned: when Airflow returns it
      type: str
      sample: etl
    dag_run_id:
      description:
        - ID of the run; Airflow 2 returns it if O(dag_run_id) is given.
      returned: when Airflow returns it
      type: str
    task_id:
      description:
        - ID of the task.
      returned: when Airflow returns it
      type: str
      sample: extract
    map_index:
      description:
        - Which instance of a mapped task; -1 if the task is not mapped.
      returned: when Airflow returns it
      type: int
      sample: -1
    logical_date:
      description:
        - Logical date of the run.
      returned: when Airflow returns it
      type: str
    run_after:
      description:
        - Earliest time at which the run may start.
      returned: when Airflow returns it (Airflow 3.1.8 or later)
      type: str
    timestamp:
      description:
        - When it was written.
      returned: when Airflow returns it
      type: str
    value:
      description:
        - With O(key) or O(values), its value. Airflow before 2.10 returns it as the text of a Python
          object.
      returned: when Airflow returns it
      type: raw
      sample:
        rows: 3
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
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.xcom.xcom_info import XCOM_INFO


def main() -> None:
    run(XCOM_INFO)


if __name__ == "__main__":
    main()
