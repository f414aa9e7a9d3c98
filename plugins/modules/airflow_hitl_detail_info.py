#!/usr/bin/python
# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Written by tools/generate.py from plugins/module_utils/_kinds: change it there.

from __future__ import annotations

DOCUMENTATION = r"""
module: airflow_hitl_detail_info
short_description: List the human-in-the-loop requests of Apache Airflow
version_added: 0.1.0
description:
  - Returns the requests of tasks for a response by a user, and the responses.
  - Needs Airflow 3.1.
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
  dag_run_id:
    description:
      - ID of the run; V(~) stands for all of them.
    type: str
    default: '~'
  task_id:
    description:
      - ID of the task whose request to return.
      - If it does not exist, the returned list is empty.
    type: str
  map_index:
    description:
      - Which instance of a mapped task.
    type: int
  try_number:
    description:
      - Which try of O(task_id); the last one if left out.
      - Needs Airflow 3.2.
    type: int
  state:
    description:
      - Return only requests of task instances in these states.
    type: list
    elements: str
    choices:
      - awaiting_input
      - deferred
      - failed
      - none
      - queued
      - removed
      - restarting
      - running
      - scheduled
      - skipped
      - success
      - up_for_reschedule
      - up_for_retry
      - upstream_failed
  response_received:
    description:
      - Return only requests that have a response, or have none.
    type: bool
  responded_by_user_id:
    description:
      - Return only requests that these users responded to, by their IDs.
    type: list
    elements: str
  responded_by_user_name:
    description:
      - Return only requests that these users responded to, by their names.
    type: list
    elements: str
  subject_search:
    description:
      - Return only requests with this text in their subject.
    type: str
  body_search:
    description:
      - Return only requests with this text in their body.
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
  created_at_gte:
    description:
      - Return only those whose creation is this or later. ISO 8601, in UTC unless it has an offset.
    type: str
  created_at_lte:
    description:
      - Return only those whose creation is this or earlier. ISO 8601, in UTC unless it has an offset.
    type: str
  created_at_gt:
    description:
      - Return only those whose creation is later than this. ISO 8601, in UTC unless it has an offset.
      - Needs Airflow 3.1.
    type: str
  created_at_lt:
    description:
      - Return only those whose creation is earlier than this. ISO 8601, in UTC unless it has an offset.
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
- name: Read the requests that wait for a response
  dataops.airflow.airflow_hitl_detail_info:
    airflow_url: https://airflow.example.com
    airflow_username: auditor
    airflow_password: "{{ airflow_password }}"
    response_received: false
"""

RETURN = r"""
hitl_details:
  description:
    - The objects that were found; empty if there are none.
  returned: success
  type: list
  elements: dict
  contains:
    task_instance_id:
      description:
        - ID of the task instance that waits for the response.
      returned: when Airflow returns it
      type: str
    task_instance:
      description:
        - The task instance that waits for the response.
      returned: when Airflow returns it
      type: dict
    subject:
      description:
        - Subject of the request.
      returned: when Airflow returns it
      type: str
      sample: Release to production?
    body:
      description:
        - Body of the request.
      returned: when Airflow returns it
      type: str
    options:
      description:
        - Options to choose from.
      returned: when Airflow returns it
      type: list
      elements: str
      sample:
        - Approve
        - Reject
    multiple:
      description:
        - Whether several options can be chosen.
      returned: when Airflow returns it
      type: bool
      sample: false
    defaults:
      description:
        - Options that are chosen if nobody responds in time.
      returned: when Airflow returns it
      type: list
      elements: str
    params:
      description:
        - Parameters that it asks for.
      returned: when Airflow returns it
      type: dict
    assigned_users:
      description:
        - Users who may respond.
      returned: when Airflow returns it
      type: list
      elements: dict
    response_received:
      description:
        - Whether a response was received.
      returned: when Airflow returns it
      type: bool
      sample: false
    responded_by_user:
      description:
        - User who responded.
      returned: when Airflow returns it
      type: dict
    responded_at:
      description:
        - When the response was received.
      returned: when Airflow returns it
      type: str
    chosen_options:
      description:
        - Options that were chosen.
      returned: when Airflow returns it
      type: list
      elements: str
      sample:
        - Approve
    params_input:
      description:
        - Parameters that were given with the response.
      returned: when Airflow returns it
      type: dict
    created_at:
      description:
        - When the request was created.
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
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.task.hitl_detail_info import HITL_DETAIL_INFO


def main() -> None:
    run(HITL_DETAIL_INFO)


if __name__ == "__main__":
    main()
