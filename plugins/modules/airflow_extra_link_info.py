#!/usr/bin/python
# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Written by tools/generate.py from plugins/module_utils/_kinds: change it there.

from __future__ import annotations

DOCUMENTATION = r"""
module: airflow_extra_link_info
short_description: Read the links of a task instance of Apache Airflow
version_added: 0.1.0
description:
  - Returns the links of a task's operator, for example to its job in an external system.
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
      - Which instance of a mapped task; V(-1) if the task is not mapped. Others need Airflow 2.10.5.
    type: int
    default: -1
  try_number:
    description:
      - Number of the try whose links to return; by default the latest.
      - Needs Airflow 3.2.2.
    type: int
"""

EXAMPLES = r"""
- name: Read the links of a task
  dataops.airflow.airflow_extra_link_info:
    airflow_url: https://airflow.example.com
    airflow_username: auditor
    airflow_password: "{{ airflow_password }}"
    dag_id: etl
    dag_run_id: "{{ run.dag_run.dag_run_id }}"
    task_id: extract
"""

RETURN = r"""
extra_links:
  description:
    - The URL of each link by its name, none for a link without a URL; empty if there are no links.
  returned: success
  type: dict
  sample:
    BigQuery console: https://console.cloud.google.com/bigquery
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
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.task.extra_link_info import EXTRA_LINK_INFO


def main() -> None:
    run(EXTRA_LINK_INFO)


if __name__ == "__main__":
    main()
