#!/usr/bin/python
# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Written by tools/generate.py from plugins/module_utils/_kinds: change it there.

from __future__ import annotations

DOCUMENTATION = r"""
module: airflow_dag_warning_info
short_description: List warnings about DAGs of Apache Airflow
version_added: 0.1.0
description:
  - Returns the warnings of Airflow about DAGs.
  - Airflow 2 warns of pools that do not exist. Airflow 3 does not; it warns of assets that are in conflict
    and, from 3.2 on, of values that vary from one parse to the next.
  - Needs Airflow 2.4.
author:
  - dataops.airflow contributors (@dataops)
extends_documentation_fragment:
  - dataops.airflow.connection
  - dataops.airflow.attributes
  - dataops.airflow.attributes.info
options:
  dag_id:
    description:
      - Return only warnings about this DAG.
    type: str
  warning_type:
    description:
      - Return only warnings of this type.
    type: str
    choices:
      - asset conflict
      - non-existent pool
      - runtime varying value
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
- name: Read all warnings
  dataops.airflow.airflow_dag_warning_info:
    airflow_url: https://airflow.example.com
    airflow_username: auditor
    airflow_password: "{{ airflow_password }}"
  register: found

- name: Fail if there are any
  ansible.builtin.assert:
    that: found.dag_warnings == []
"""

RETURN = r"""
dag_warnings:
  description:
    - The objects that were found; empty if there are none.
  returned: success
  type: list
  elements: dict
  contains:
    dag_id:
      description:
        - ID of the DAG.
      returned: when Airflow returns it
      type: str
      sample: etl
    dag_display_name:
      description:
        - Its name in the web interface.
      returned: when Airflow returns it (Airflow 3.1.0 or later)
      type: str
      sample: etl
    warning_type:
      description:
        - Type of the warning.
      returned: when Airflow returns it
      type: str
      sample: non-existent pool
    message:
      description:
        - Text of the warning.
      returned: when Airflow returns it
      type: str
    timestamp:
      description:
        - When Airflow issued it.
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
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.dag.dag_warning_info import DAG_WARNING_INFO


def main() -> None:
    run(DAG_WARNING_INFO)


if __name__ == "__main__":
    main()
