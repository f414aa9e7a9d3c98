#!/usr/bin/python
# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Written by tools/generate.py from plugins/module_utils/_kinds: change it there.

from __future__ import annotations

DOCUMENTATION = r"""
module: airflow_backfill_info
short_description: List backfills of Apache Airflow
version_added: 0.1.0
description:
  - Returns the backfills of a DAG.
  - Needs Airflow 3.
author:
  - dataops.airflow contributors (@dataops)
extends_documentation_fragment:
  - dataops.airflow.connection
  - dataops.airflow.attributes
  - dataops.airflow.attributes.info
options:
  backfill_id:
    description:
      - ID of the one backfill to return.
      - If it does not exist, the returned list is empty.
    type: int
  dag_id:
    description:
      - ID of the DAG; needed unless O(backfill_id) is given.
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
- name: Read the backfills of a DAG, the latest first
  dataops.airflow.airflow_backfill_info:
    airflow_url: https://airflow.example.com
    airflow_username: auditor
    airflow_password: "{{ airflow_password }}"
    dag_id: etl
    order_by: [-id]
"""

RETURN = r"""
backfills:
  description:
    - The objects that were found; empty if there are none.
    - See also M(dataops.airflow.airflow_backfill).
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description:
        - ID of the backfill.
      returned: when Airflow returns it
      type: int
      sample: 12
    dag_id:
      description:
        - ID of its DAG.
      returned: when Airflow returns it
      type: str
      sample: etl
    dag_display_name:
      description:
        - The DAG's name in the web interface.
      returned: when Airflow returns it (Airflow 3.1.0 or later)
      type: str
      sample: etl
    from_date:
      description:
        - First logical date.
      returned: when Airflow returns it
      type: str
      sample: '2026-11-01T00:00:00Z'
    to_date:
      description:
        - Last logical date.
      returned: when Airflow returns it
      type: str
      sample: '2026-11-07T00:00:00Z'
    dag_run_conf:
      description:
        - Configuration that its runs are triggered with.
      returned: when Airflow returns it
      type: dict
    is_paused:
      description:
        - Whether it is paused.
      returned: when Airflow returns it
      type: bool
      sample: false
    reprocess_behavior:
      description:
        - Which existing runs are run again.
      returned: when Airflow returns it
      type: str
      sample: none
    max_active_runs:
      description:
        - Maximum number of its runs at a time.
      returned: when Airflow returns it
      type: int
      sample: 10
    created_at:
      description:
        - When it was created.
      returned: when Airflow returns it
      type: str
    updated_at:
      description:
        - When it was last changed.
      returned: when Airflow returns it
      type: str
    completed_at:
      description:
        - When it was completed or cancelled.
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
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.backfill.backfill_info import BACKFILL_INFO


def main() -> None:
    run(BACKFILL_INFO)


if __name__ == "__main__":
    main()
