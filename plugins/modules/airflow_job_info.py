#!/usr/bin/python
# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Written by tools/generate.py from plugins/module_utils/_kinds: change it there.

from __future__ import annotations

DOCUMENTATION = r"""
module: airflow_job_info
short_description: List jobs of Apache Airflow
version_added: 0.1.0
description:
  - Returns the processes of Airflow, such as schedulers and triggerers, including former ones.
  - Needs Airflow 3.
author:
  - dataops.airflow contributors (@dataops)
extends_documentation_fragment:
  - dataops.airflow.connection
  - dataops.airflow.attributes
  - dataops.airflow.attributes.info
options:
  job_type:
    description:
      - Return only jobs of this type, such as V(SchedulerJob).
    type: str
  job_state:
    description:
      - Return only jobs in this state, such as V(running).
    type: str
  hostname:
    description:
      - Return only jobs on this host.
    type: str
  executor_class:
    description:
      - Return only jobs of this executor.
    type: str
  is_alive:
    description:
      - Return only jobs that are alive, or are not alive.
    type: bool
  start_date_gte:
    description:
      - Return only those whose start is this or later. ISO 8601, in UTC unless it has an offset.
    type: str
  start_date_lte:
    description:
      - Return only those whose start is this or earlier. ISO 8601, in UTC unless it has an offset.
    type: str
  start_date_gt:
    description:
      - Return only those whose start is later than this. ISO 8601, in UTC unless it has an offset.
      - Needs Airflow 3.1.
    type: str
  start_date_lt:
    description:
      - Return only those whose start is earlier than this. ISO 8601, in UTC unless it has an offset.
      - Needs Airflow 3.1.
    type: str
  end_date_gte:
    description:
      - Return only those whose end is this or later. ISO 8601, in UTC unless it has an offset.
    type: str
  end_date_lte:
    description:
      - Return only those whose end is this or earlier. ISO 8601, in UTC unless it has an offset.
    type: str
  end_date_gt:
    description:
      - Return only those whose end is later than this. ISO 8601, in UTC unless it has an offset.
      - Needs Airflow 3.1.
    type: str
  end_date_lt:
    description:
      - Return only those whose end is earlier than this. ISO 8601, in UTC unless it has an offset.
      - Needs Airflow 3.1.
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
- name: Read the schedulers that are alive
  dataops.airflow.airflow_job_info:
    airflow_url: https://airflow.example.com
    airflow_username: auditor
    airflow_password: "{{ airflow_password }}"
    job_type: SchedulerJob
    is_alive: true
"""

RETURN = r"""
jobs:
  description:
    - The objects that were found; empty if there are none.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description:
        - ID of the job.
      returned: when Airflow returns it
      type: int
      sample: 2
    job_type:
      description:
        - Its type.
      returned: when Airflow returns it
      type: str
      sample: SchedulerJob
    state:
      description:
        - Its state.
      returned: when Airflow returns it
      type: str
      sample: running
    hostname:
      description:
        - Host that it runs on.
      returned: when Airflow returns it
      type: str
    unixname:
      description:
        - Operating system user that it runs as.
      returned: when Airflow returns it
      type: str
      sample: airflow
    start_date:
      description:
        - When it started.
      returned: when Airflow returns it
      type: str
    end_date:
      description:
        - When it ended.
      returned: when Airflow returns it
      type: str
    latest_heartbeat:
      description:
        - Time of the latest heartbeat.
      returned: when Airflow returns it
      type: str
    executor_class:
      description:
        - Its executor.
      returned: when Airflow returns it
      type: str
    dag_id:
      description:
        - ID of the DAG that it runs.
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
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.server.job_info import JOB_INFO


def main() -> None:
    run(JOB_INFO)


if __name__ == "__main__":
    main()
