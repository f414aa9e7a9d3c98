#!/usr/bin/python
# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Written by tools/generate.py from plugins/module_utils/_kinds: change it there.

from __future__ import annotations

DOCUMENTATION = r"""
module: airflow_backfill
short_description: Run DAGs of Apache Airflow 3 for past dates
version_added: 0.1.0
description:
  - Starts, pauses, resumes and cancels backfills. Needs Airflow 3.
  - A backfill is identified by its DAG and its dates.
author:
  - dataops.airflow contributors (@dataops)
extends_documentation_fragment:
  - dataops.airflow.connection
  - dataops.airflow.attributes
  - dataops.airflow.attributes.action
options:
  dag_id:
    description:
      - ID of the DAG.
    type: str
    required: true
  from_date:
    description:
      - First logical date to run the DAG for.
      - ISO 8601; without an offset it is UTC.
    type: str
    required: true
  to_date:
    description:
      - Last logical date to run the DAG for; it is included.
      - ISO 8601; without an offset it is UTC.
    type: str
    required: true
  run_backwards:
    description:
      - Begin with the last date. Airflow's default is V(false).
    type: bool
  reprocess_behavior:
    description:
      - Which dates with existing runs to run again. Airflow's default is V(none).
    type: str
    choices:
      - none
      - failed
      - completed
  max_active_runs:
    description:
      - How many runs may be active at a time. Airflow's default is 10.
    type: int
  dag_run_conf:
    description:
      - Configuration of the runs. Values keep their types.
      - A value is not shown if its key sounds like a secret.
    type: dict
  wait:
    description:
      - Whether to wait until the backfill has finished, and to fail if any of its runs failed.
    type: bool
    default: false
  wait_timeout:
    description:
      - Maximum number of seconds to wait. The backfill itself continues after that.
    type: int
    default: 600
  state:
    description:
      - V(present) starts a backfill, or goes on with one that is paused. One for the same dates and with
        the given settings that is done already is left alone; so is a DAG with no date left to run.
      - V(paused) starts no further runs. V(cancelled) ends the backfill; its queued runs fail.
    type: str
    choices:
      - present
      - paused
      - cancelled
    default: present
"""

EXAMPLES = r"""
- name: Run January again
  dataops.airflow.airflow_backfill:
    airflow_url: https://airflow.example.com
    airflow_username: ansible
    airflow_password: "{{ airflow_password }}"
    dag_id: etl
    from_date: "2026-01-01"
    to_date: "2026-01-31"
    reprocess_behavior: completed
    wait: true
    wait_timeout: 7200
"""

RETURN = r"""
action:
  description:
    - 'What was done: V(create), V(update) or V(none).'
  returned: success
  type: str
  sample: create
backfill:
  description:
    - The backfill after the task, or as it would be in check mode. Empty if it does not exist.
  returned: success
  type: dict
  sample:
    id: 1
    dag_id: etl
    is_paused: false
    completed_at: null
dates:
  description:
    - Logical dates of the runs of a new backfill, from Airflow's own dry run.
  returned: success
  type: list
  elements: str
  sample:
    - '2026-02-01T00:00:00Z'
failed_runs:
  description:
    - With O(wait), IDs of the failed runs of the backfill.
  returned: success
  type: list
  elements: str
diff:
  description:
    - What changes, as C(before) and C(after).
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
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.backfill.backfill import BACKFILL


def main() -> None:
    run(BACKFILL)


if __name__ == "__main__":
    main()
