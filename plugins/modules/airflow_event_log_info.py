#!/usr/bin/python
# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Written by tools/generate.py from plugins/module_utils/_kinds: change it there.

from __future__ import annotations

DOCUMENTATION = r"""
module: airflow_event_log_info
short_description: List the event log of Apache Airflow
version_added: 0.1.0
description:
  - 'Returns the audit log: who did what, and when.'
author:
  - dataops.airflow contributors (@dataops)
extends_documentation_fragment:
  - dataops.airflow.connection
  - dataops.airflow.attributes
  - dataops.airflow.attributes.info
options:
  event_log_id:
    description:
      - ID of the one entry to return.
      - If it does not exist, the returned list is empty.
    type: int
  dag_id:
    description:
      - Return only entries about this DAG.
      - Needs Airflow 2.8.
    type: str
  task_id:
    description:
      - Return only entries about this task.
      - Needs Airflow 2.8.
    type: str
  run_id:
    description:
      - Return only entries about this run.
      - Needs Airflow 2.9.
    type: str
  map_index:
    description:
      - Return only entries about this instance of a mapped task.
      - Needs Airflow 2.10.
    type: int
  try_number:
    description:
      - Return only entries about this try.
      - Needs Airflow 2.10.
    type: int
  owner:
    description:
      - Return only entries of this user.
      - Needs Airflow 2.8.
    type: str
  event:
    description:
      - Return only events of this name.
      - Needs Airflow 2.8.
    type: str
  included_events:
    description:
      - Return only events of these names.
      - Needs Airflow 2.9.
    type: list
    elements: str
  excluded_events:
    description:
      - Leave out events of these names.
      - Needs Airflow 2.9.
    type: list
    elements: str
  before:
    description:
      - Return only entries before this time, as ISO 8601.
      - Needs Airflow 2.8.
    type: str
  after:
    description:
      - Return only entries after this time, as ISO 8601.
      - Needs Airflow 2.8.
    type: str
  dag_id_pattern:
    description:
      - Return only those whose DAG's ID contains this text. Not case-sensitive; V(%) and V(_) are wildcards.
      - Needs Airflow 3.1.
    type: str
  dag_id_prefix_pattern:
    description:
      - Return only those whose DAG's ID begins with this text.
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
  owner_pattern:
    description:
      - Return only those whose user contains this text. Not case-sensitive; V(%) and V(_) are wildcards.
      - Needs Airflow 3.1.
    type: str
  owner_prefix_pattern:
    description:
      - Return only those whose user begins with this text.
      - Needs Airflow 3.2.2.
    type: str
  event_pattern:
    description:
      - Return only those whose event contains this text. Not case-sensitive; V(%) and V(_) are wildcards.
      - Needs Airflow 3.1.
    type: str
  event_prefix_pattern:
    description:
      - Return only those whose event begins with this text.
      - Needs Airflow 3.2.2.
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
- name: Read who paused or unpaused DAGs this month
  dataops.airflow.airflow_event_log_info:
    airflow_url: https://airflow.example.com
    airflow_username: auditor
    airflow_password: "{{ airflow_password }}"
    included_events: [paused, patch_dag]
    after: 2026-11-01
"""

RETURN = r"""
event_logs:
  description:
    - The objects that were found; empty if there are none.
  returned: success
  type: list
  elements: dict
  contains:
    event_log_id:
      description:
        - ID of the entry.
      returned: when Airflow returns it
      type: int
      sample: 1234
    when:
      description:
        - When it happened.
      returned: when Airflow returns it
      type: str
    event:
      description:
        - What was done.
      returned: when Airflow returns it
      type: str
      sample: trigger_dag_run
    owner:
      description:
        - User who did it.
      returned: when Airflow returns it
      type: str
      sample: ansible
    dag_id:
      description:
        - ID of the DAG.
      returned: when Airflow returns it
      type: str
      sample: etl
    run_id:
      description:
        - ID of the run.
      returned: when Airflow returns it
      type: str
    task_id:
      description:
        - ID of the task.
      returned: when Airflow returns it
      type: str
    map_index:
      description:
        - Which instance of a mapped task.
      returned: when Airflow returns it
      type: int
    try_number:
      description:
        - Number of the try.
      returned: when Airflow returns it
      type: int
    logical_date:
      description:
        - Logical date of the run.
      returned: when Airflow returns it
      type: str
    extra:
      description:
        - Further details, as JSON text.
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
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.server.event_log_info import EVENT_LOG_INFO


def main() -> None:
    run(EVENT_LOG_INFO)


if __name__ == "__main__":
    main()
