#!/usr/bin/python
# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Written by tools/generate.py from plugins/module_utils/_kinds: change it there.

from __future__ import annotations

DOCUMENTATION = r"""
module: airflow_xcom
short_description: Manage XComs of Apache Airflow 3
version_added: 0.1.0
description:
  - Creates, changes and deletes XComs of task instances. Needs Airflow 3; deleting needs Airflow 3.2.
  - To read XComs, also on Airflow 2, use M(dataops.airflow.airflow_xcom_info).
author:
  - dataops.airflow contributors (@dataops)
extends_documentation_fragment:
  - dataops.airflow.connection
  - dataops.airflow.attributes
  - dataops.airflow.attributes.resource
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
      - ID of the task, with its task groups.
    type: str
    required: true
  map_index:
    description:
      - Index of the instance of a mapped task; V(-1) if it is not mapped.
    type: int
    default: -1
  key:
    description:
      - Key of the XCom.
    type: str
    required: true
  value:
    description:
      - 'Value of the XCom: anything that JSON can represent, with its types. Needed to create an XCom.'
      - Airflow before 3.2.2 stores its JSON text instead, which a task that pulls it gets as text.
      - It is not shown if the key, or the name of a key in it, sounds like a secret.
    type: raw
  state:
    description:
      - Whether the object must exist with the given options, or must not exist.
    type: str
    choices:
      - present
      - absent
    default: present
"""

EXAMPLES = r"""
- name: Set the input of a task by hand
  dataops.airflow.airflow_xcom:
    airflow_url: https://airflow.example.com
    airflow_username: ansible
    airflow_password: "{{ airflow_password }}"
    dag_id: etl
    dag_run_id: release-1
    task_id: extract
    key: return_value
    value:
      rows: 3
"""

RETURN = r"""
xcom:
  description:
    - The xcom after the change, or as it would be in check mode. Empty if it does not exist.
  returned: success
  type: dict
  contains:
    key:
      description:
        - Key of the XCom.
      returned: when Airflow returns it
      type: str
      sample: return_value
    value:
      description:
        - Value of the XCom; hidden if it is a secret.
      returned: when Airflow returns it
      type: raw
      sample:
        rows: 3
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
    task_id:
      description:
        - ID of the task.
      returned: when Airflow returns it
      type: str
      sample: extract
    map_index:
      description:
        - Index of the instance of a mapped task, or -1.
      returned: when Airflow returns it
      type: int
      sample: -1
    timestamp:
      description:
        - When the XCom was written.
      returned: when Airflow returns it
      type: str
action:
  description:
    - What was done, or would be done in check mode.
  returned: success
  type: str
  sample: create
unverified:
  description:
    - Options that could not be compared because the server hides their values.
  returned: success
  type: list
  elements: str
  sample: []
diff:
  description:
    - The options that were given, C(before) and C(after) the change, with secrets hidden.
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
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.xcom.xcom import XCOM


def main() -> None:
    run(XCOM)


if __name__ == "__main__":
    main()
