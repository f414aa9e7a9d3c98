#!/usr/bin/python
# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Written by tools/generate.py from plugins/module_utils/_kinds: change it there.

from __future__ import annotations

DOCUMENTATION = r"""
module: airflow_dag_version_info
short_description: List the versions of DAGs of Apache Airflow
version_added: 0.1.0
description:
  - Returns the versions of DAGs that Airflow has parsed.
  - Needs Airflow 3.
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
  version_number:
    description:
      - Number of the version to return; of all DAGs without O(dag_id).
      - If it does not exist, the returned list is empty.
    type: int
  bundle_name:
    description:
      - Return only versions in this bundle.
    type: str
  bundle_version:
    description:
      - Return only versions in this version of their bundle.
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
- name: Read the versions of a DAG, the latest first
  dataops.airflow.airflow_dag_version_info:
    airflow_url: https://airflow.example.com
    airflow_username: auditor
    airflow_password: "{{ airflow_password }}"
    dag_id: etl
    order_by: [-version_number]
"""

RETURN = r"""
dag_versions:
  description:
    - The objects that were found; empty if there are none.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description:
        - ID of the version.
      returned: when Airflow returns it
      type: str
      sample: 01a20756-c453-7080-b41b-d1cbb3ef1164
    version_number:
      description:
        - Number of the version.
      returned: when Airflow returns it
      type: int
      sample: 3
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
    bundle_name:
      description:
        - Name of its bundle.
      returned: when Airflow returns it
      type: str
      sample: dags-folder
    bundle_version:
      description:
        - Version of the bundle.
      returned: when Airflow returns it
      type: str
    bundle_url:
      description:
        - URL of this version in the bundle.
      returned: when Airflow returns it
      type: str
    created_at:
      description:
        - When Airflow first parsed it.
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
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.dag.dag_version_info import DAG_VERSION_INFO


def main() -> None:
    run(DAG_VERSION_INFO)


if __name__ == "__main__":
    main()
