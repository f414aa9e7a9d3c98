#!/usr/bin/python
# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Written by tools/generate.py from plugins/module_utils/_kinds: change it there.

from __future__ import annotations

DOCUMENTATION = r"""
module: airflow_dag_run_info
short_description: List DAG runs of Apache Airflow
version_added: 0.1.0
description:
  - Returns runs of one DAG, of some DAGs, or of all DAGs.
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
      - ID of the one run to return. Needs O(dag_id).
      - If it does not exist, the returned list is empty.
    type: str
  dag_ids:
    description:
      - Return only runs of these DAGs. Cannot be combined with filters without ranges.
    type: list
    elements: str
  states:
    description:
      - Return only runs in these states, together with O(dag_ids) or ranges.
    type: list
    elements: str
    choices:
      - queued
      - running
      - success
      - failed
  state:
    description:
      - Return only runs in these states.
    type: list
    elements: str
    choices:
      - queued
      - running
      - success
      - failed
  logical_date_gte:
    description:
      - Return only those whose logical date is this or later. ISO 8601, in UTC unless it has an offset.
    type: str
  logical_date_lte:
    description:
      - Return only those whose logical date is this or earlier. ISO 8601, in UTC unless it has an offset.
    type: str
  logical_date_gt:
    description:
      - Return only those whose logical date is later than this. ISO 8601, in UTC unless it has an offset.
      - Needs Airflow 3.1.
    type: str
  logical_date_lt:
    description:
      - Return only those whose logical date is earlier than this. ISO 8601, in UTC unless it has an offset.
      - Needs Airflow 3.1.
    type: str
  run_after_gte:
    description:
      - Return only those whose earliest start is this or later. ISO 8601, in UTC unless it has an offset.
      - Needs Airflow 3.
    type: str
  run_after_lte:
    description:
      - Return only those whose earliest start is this or earlier. ISO 8601, in UTC unless it has an offset.
      - Needs Airflow 3.
    type: str
  run_after_gt:
    description:
      - Return only those whose earliest start is later than this. ISO 8601, in UTC unless it has an offset.
      - Needs Airflow 3.1.
    type: str
  run_after_lt:
    description:
      - Return only those whose earliest start is earlier than this. ISO 8601, in UTC unless it has an
        offset.
      - Needs Airflow 3.1.
    type: str
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
  updated_at_gte:
    description:
      - Return only those whose last change is this or later. ISO 8601, in UTC unless it has an offset.
      - Needs Airflow 2.6.
    type: str
  updated_at_lte:
    description:
      - Return only those whose last change is this or earlier. ISO 8601, in UTC unless it has an offset.
      - Needs Airflow 2.6.
    type: str
  updated_at_gt:
    description:
      - Return only those whose last change is later than this. ISO 8601, in UTC unless it has an offset.
      - Needs Airflow 3.1.
    type: str
  updated_at_lt:
    description:
      - Return only those whose last change is earlier than this. ISO 8601, in UTC unless it has an offset.
      - Needs Airflow 3.1.
    type: str
  duration_gte:
    description:
      - Return only those whose duration in seconds is this or more.
      - Needs Airflow 3.2.
    type: float
  duration_lte:
    description:
      - Return only those whose duration in seconds is this or less.
      - Needs Airflow 3.2.
    type: float
  duration_gt:
    description:
      - Return only those whose duration in seconds is more than this.
      - Needs Airflow 3.2.
    type: float
  duration_lt:
    description:
      - Return only those whose duration in seconds is less than this.
      - Needs Airflow 3.2.
    type: float
  partition_date_gte:
    description:
      - Return only those whose partition's date is this or later. ISO 8601, in UTC unless it has an offset.
      - Needs Airflow 3.3.1.
    type: str
  partition_date_lte:
    description:
      - Return only those whose partition's date is this or earlier. ISO 8601, in UTC unless it has an
        offset.
      - Needs Airflow 3.3.1.
    type: str
  run_type:
    description:
      - Return only runs of these types, such as V(manual) or V(scheduled).
      - Needs Airflow 3.
    type: list
    elements: str
  dag_version:
    description:
      - Return only runs of these versions of their DAG.
      - Needs Airflow 3.1.
    type: list
    elements: int
  bundle_version:
    description:
      - Return only runs of this version of the DAG's bundle.
      - Needs Airflow 3.2.
    type: str
  conf_contains:
    description:
      - Return only runs whose conf, as JSON, contains this text.
      - Needs Airflow 3.2.
    type: str
  run_id_pattern:
    description:
      - Return only those whose ID contains this text. Not case-sensitive; V(%) and V(_) are wildcards.
      - Needs Airflow 3.1.
    type: str
  run_id_prefix_pattern:
    description:
      - Return only those whose ID begins with this text.
      - Needs Airflow 3.2.2.
    type: str
  dag_id_pattern:
    description:
      - Return only those whose DAG's ID contains this text. Not case-sensitive; V(%) and V(_) are wildcards.
      - Needs Airflow 3.2.
    type: str
  dag_id_prefix_pattern:
    description:
      - Return only those whose DAG's ID begins with this text.
      - Needs Airflow 3.2.2.
    type: str
  triggering_user_name_pattern:
    description:
      - Return only those whose user contains this text. Not case-sensitive; V(%) and V(_) are wildcards.
      - Needs Airflow 3.1.
    type: str
  triggering_user_name_prefix_pattern:
    description:
      - Return only those whose user begins with this text.
      - Needs Airflow 3.2.2.
    type: str
  partition_key_pattern:
    description:
      - Return only those whose partition's key contains this text. Not case-sensitive; V(%) and V(_)
        are wildcards.
      - Needs Airflow 3.2.
    type: str
  partition_key_prefix_pattern:
    description:
      - Return only those whose partition's key begins with this text.
      - Needs Airflow 3.2.2.
    type: str
  consuming_asset_pattern:
    description:
      - Return only runs triggered by an asset whose name or URI contains this text.
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
- name: Read the runs of a DAG that have failed today
  dataops.airflow.airflow_dag_run_info:
    airflow_url: https://airflow.example.com
    airflow_username: auditor
    airflow_password: "{{ airflow_password }}"
    dag_id: etl
    state: [failed]
    start_date_gte: "{{ now(utc=true).strftime('%Y-%m-%d') }}"

- name: Read the last run of a DAG
  dataops.airflow.airflow_dag_run_info:
    dag_id: etl
    order_by: [-start_date]
    limit: 1

- name: Read the active runs of some DAGs
  dataops.airflow.airflow_dag_run_info:
    dag_ids: [etl, report]
    states: [queued, running]
"""

RETURN = r"""
dag_runs:
  description:
    - The objects that were found; empty if there are none.
    - See also M(dataops.airflow.airflow_dag_run).
  returned: success
  type: list
  elements: dict
  contains:
    dag_run_id:
      description:
        - ID of the run.
      returned: when Airflow returns it
      type: str
      sample: manual__2026-11-23T07:00:00+00:00
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
    state:
      description:
        - Its state.
      returned: when Airflow returns it
      type: str
      sample: success
    run_type:
      description:
        - Type of the run.
      returned: when Airflow returns it
      type: str
      sample: manual
    logical_date:
      description:
        - Logical date of the run.
      returned: when Airflow returns it
      type: str
      sample: '2026-11-23T07:00:00+00:00'
    run_after:
      description:
        - Earliest time at which it may start.
      returned: when Airflow returns it (Airflow 3.0.0 or later)
      type: str
    queued_at:
      description:
        - When it was queued.
      returned: when Airflow returns it (Airflow 3.0.0 or later)
      type: str
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
    duration:
      description:
        - Duration in seconds.
      returned: when Airflow returns it (Airflow 3.1.0 or later)
      type: float
      sample: 12.5
    data_interval_start:
      description:
        - Start of its data interval.
      returned: when Airflow returns it
      type: str
    data_interval_end:
      description:
        - End of its data interval.
      returned: when Airflow returns it
      type: str
    last_scheduling_decision:
      description:
        - When the scheduler last looked at it.
      returned: when Airflow returns it
      type: str
    conf:
      description:
        - Configuration that it was triggered with.
      returned: when Airflow returns it
      type: dict
      sample:
        day: 3
    note:
      description:
        - Note of the run.
      returned: when Airflow returns it
      type: str
    triggered_by:
      description:
        - What triggered it.
      returned: when Airflow returns it (Airflow 3.0.0 or later)
      type: str
      sample: rest_api
    triggering_user_name:
      description:
        - Name of the user who triggered it.
      returned: when Airflow returns it (Airflow 3.1.0 or later)
      type: str
      sample: ansible
    dag_versions:
      description:
        - The versions of the DAG that its tasks ran.
      returned: when Airflow returns it (Airflow 3.0.0 or later)
      type: list
      elements: dict
    bundle_version:
      description:
        - Version of the bundle that it ran.
      returned: when Airflow returns it (Airflow 3.0.1 or later)
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
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.dag_run.dag_run_info import DAG_RUN_INFO


def main() -> None:
    run(DAG_RUN_INFO)


if __name__ == "__main__":
    main()
