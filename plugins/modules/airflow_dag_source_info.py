#!/usr/bin/python
# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Written by tools/generate.py from plugins/module_utils/_kinds: change it there.

from __future__ import annotations

DOCUMENTATION = r"""
module: airflow_dag_source_info
short_description: Read the source of a DAG of Apache Airflow
version_added: 0.1.0
description:
  - Returns the source of the file that defines a DAG, as Airflow parsed it.
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
  version_number:
    description:
      - Version of the DAG whose source to return; the latest if left out.
      - Needs Airflow 3.
    type: int
"""

EXAMPLES = r"""
- name: Read the source of a DAG
  dataops.airflow.airflow_dag_source_info:
    airflow_url: https://airflow.example.com
    airflow_username: auditor
    airflow_password: "{{ airflow_password }}"
    dag_id: etl
  register: dag

- name: Check that Airflow has parsed the version in the repository
  ansible.builtin.assert:
    that: dag.source == lookup('ansible.builtin.file', 'dags/etl.py', rstrip=false)
"""

RETURN = r"""
source:
  description:
    - Source of the file that defines the DAG; empty if the DAG does not exist.
  returned: success
  type: str
version_number:
  description:
    - Version number of the DAG; none on Airflow 2.
  returned: success
  type: int
  sample: 3
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
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.dag.dag_source_info import DAG_SOURCE_INFO


def main() -> None:
    run(DAG_SOURCE_INFO)


if __name__ == "__main__":
    main()
