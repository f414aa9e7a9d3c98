#!/usr/bin/python
# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Written by tools/generate.py from plugins/module_utils/_kinds: change it there.

from __future__ import annotations

DOCUMENTATION = r"""
module: airflow_dag_stats_info
short_description: Count the runs of DAGs of Apache Airflow
version_added: 0.1.0
description:
  - Returns the number of runs of DAGs by state.
  - Needs Airflow 2.10.
author:
  - dataops.airflow contributors (@dataops)
extends_documentation_fragment:
  - dataops.airflow.connection
  - dataops.airflow.attributes
  - dataops.airflow.attributes.info
options:
  dag_ids:
    description:
      - IDs of the DAGs to return; all if left out.
    type: list
    elements: str
"""

EXAMPLES = r"""
- name: Count the runs of all DAGs
  dataops.airflow.airflow_dag_stats_info:
    airflow_url: https://airflow.example.com
    airflow_username: auditor
    airflow_password: "{{ airflow_password }}"
"""

RETURN = r"""
dag_stats:
  description:
    - The DAGs that have runs.
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
      returned: when Airflow returns it (Airflow 3.0.0 or later)
      type: str
    stats:
      description:
        - Number of its runs in each state.
      returned: when Airflow returns it
      type: list
      elements: dict
      sample:
        - state: success
          count: 12
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
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.dag.dag_stats_info import DAG_STATS_INFO


def main() -> None:
    run(DAG_STATS_INFO)


if __name__ == "__main__":
    main()
