#!/usr/bin/python
# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Written by tools/generate.py from plugins/module_utils/_kinds: change it there.

from __future__ import annotations

DOCUMENTATION = r"""
module: airflow_dag_info
short_description: List DAGs of Apache Airflow
version_added: 0.1.0
description:
  - Returns DAGs, with the field names of Airflow 3 also on Airflow 2.
  - Stale DAGs, whose file no longer defines them, are left out by default; see O(exclude_stale) and O(dag_id).
author:
  - dataops.airflow contributors (@dataops)
extends_documentation_fragment:
  - dataops.airflow.connection
  - dataops.airflow.attributes
  - dataops.airflow.attributes.info
options:
  dag_id:
    description:
      - ID of the one DAG to return, stale or not.
      - If it does not exist, the returned list is empty.
    type: str
  tags:
    description:
      - Return only DAGs that have one of these tags.
    type: list
    elements: str
  tags_match_mode:
    description:
      - Whether a DAG must have V(any) or V(all) of O(tags).
      - Needs Airflow 3.
    type: str
    choices:
      - any
      - all
  owners:
    description:
      - Return only DAGs of these owners.
      - Needs Airflow 3.
    type: list
    elements: str
  dag_id_pattern:
    description:
      - Return only DAGs whose ID contains this text. Not case-sensitive; V(%) and V(_) are wildcards.
    type: str
  dag_id_prefix_pattern:
    description:
      - Return only those whose ID begins with this text.
      - Needs Airflow 3.2.2.
    type: str
  dag_display_name_pattern:
    description:
      - Return only those whose display name contains this text. Not case-sensitive; V(%) and V(_) are
        wildcards.
      - Needs Airflow 3.
    type: str
  dag_display_name_prefix_pattern:
    description:
      - Return only those whose display name begins with this text.
      - Needs Airflow 3.2.2.
    type: str
  exclude_stale:
    description:
      - Whether to leave out DAGs whose file no longer defines them. Airflow does unless this is V(false).
    type: bool
  paused:
    description:
      - Return only DAGs that are paused, or are not.
      - Needs Airflow 2.6.
    type: bool
  has_import_errors:
    description:
      - Return only DAGs whose file has import errors, or has none.
      - Needs Airflow 3.1.
    type: bool
  last_dag_run_state:
    description:
      - Return only DAGs whose last run is in this state.
      - Needs Airflow 3.
    type: str
    choices:
      - queued
      - running
      - success
      - failed
  dag_run_state:
    description:
      - Return only DAGs that have a run in one of these states.
      - Needs Airflow 3.
    type: list
    elements: str
    choices:
      - queued
      - running
      - success
      - failed
  dag_run_start_date_gte:
    description:
      - Return only those whose run's start is this or later. ISO 8601, in UTC unless it has an offset.
      - Needs Airflow 3.
    type: str
  dag_run_start_date_lte:
    description:
      - Return only those whose run's start is this or earlier. ISO 8601, in UTC unless it has an offset.
      - Needs Airflow 3.
    type: str
  dag_run_start_date_gt:
    description:
      - Return only those whose run's start is later than this. ISO 8601, in UTC unless it has an offset.
      - Needs Airflow 3.1.
    type: str
  dag_run_start_date_lt:
    description:
      - Return only those whose run's start is earlier than this. ISO 8601, in UTC unless it has an offset.
      - Needs Airflow 3.1.
    type: str
  dag_run_end_date_gte:
    description:
      - Return only those whose run's end is this or later. ISO 8601, in UTC unless it has an offset.
      - Needs Airflow 3.
    type: str
  dag_run_end_date_lte:
    description:
      - Return only those whose run's end is this or earlier. ISO 8601, in UTC unless it has an offset.
      - Needs Airflow 3.
    type: str
  dag_run_end_date_gt:
    description:
      - Return only those whose run's end is later than this. ISO 8601, in UTC unless it has an offset.
      - Needs Airflow 3.1.
    type: str
  dag_run_end_date_lt:
    description:
      - Return only those whose run's end is earlier than this. ISO 8601, in UTC unless it has an offset.
      - Needs Airflow 3.1.
    type: str
  bundle_name:
    description:
      - Return only DAGs of this bundle.
      - Needs Airflow 3.1.
    type: str
  bundle_version:
    description:
      - Return only DAGs of this version of their bundle.
      - Needs Airflow 3.1.
    type: str
  has_asset_schedule:
    description:
      - Return only DAGs that are scheduled on assets, or are not.
      - Needs Airflow 3.1.
    type: bool
  asset_dependency:
    description:
      - Return only DAGs scheduled on an asset with this text in its name.
      - Needs Airflow 3.1.
    type: str
  is_favorite:
    description:
      - Return only DAGs that are favorites of the user, or are not.
      - Needs Airflow 3.1.
    type: bool
  timetable_type:
    description:
      - Return only DAGs with one of these timetables, named by their class.
      - Needs Airflow 3.2.
    type: list
    elements: str
  details:
    description:
      - Whether to read the details of each DAG as well, such as its parameters, with one request per
        DAG.
    type: bool
    default: false
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
- name: Read all DAGs
  dataops.airflow.airflow_dag_info:
    airflow_url: https://airflow.example.com
    airflow_username: auditor
    airflow_password: "{{ airflow_password }}"
  register: found

- name: List those that are paused
  ansible.builtin.debug:
    msg: "{{ found.dags | selectattr('paused') | map(attribute='dag_id') }}"

- name: Read one DAG with its parameters
  dataops.airflow.airflow_dag_info:
    dag_id: etl
    details: true
"""

RETURN = r"""
dags:
  description:
    - The objects that were found; empty if there are none.
    - See also M(dataops.airflow.airflow_dag).
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
      returned: when Airflow returns it
      type: str
      sample: etl
    paused:
      description:
        - Whether it is paused.
      returned: when Airflow returns it
      type: bool
      sample: false
    is_stale:
      description:
        - 'Whether it is stale: its file no longer defines it.'
      returned: when Airflow returns it
      type: bool
      sample: false
    fileloc:
      description:
        - Path of its file on the server.
      returned: when Airflow returns it
      type: str
    file_token:
      description:
        - Token that identifies the file in some requests to Airflow 2.
      returned: when Airflow returns it
      type: str
    bundle_name:
      description:
        - Name of its bundle.
      returned: when Airflow returns it (Airflow 3.0.0 or later)
      type: str
      sample: dags-folder
    bundle_version:
      description:
        - Version of the bundle.
      returned: when Airflow returns it (Airflow 3.0.0 or later)
      type: str
    last_parsed_time:
      description:
        - When its file was last parsed.
      returned: when Airflow returns it
      type: str
    description:
      description:
        - Description of the DAG.
      returned: when Airflow returns it
      type: str
    timetable_summary:
      description:
        - Its schedule; none if it only runs when triggered.
      returned: when Airflow returns it
      type: str
      sample: 0 0 * * *
    timetable_description:
      description:
        - Description of the schedule.
      returned: when Airflow returns it
      type: str
      sample: At 00:00
    tags:
      description:
        - Its tags.
      returned: when Airflow returns it
      type: list
      elements: dict
      sample:
        - name: orders
    owners:
      description:
        - Its owners.
      returned: when Airflow returns it
      type: list
      elements: str
      sample:
        - airflow
    max_active_tasks:
      description:
        - Maximum number of its tasks that run at a time.
      returned: when Airflow returns it
      type: int
      sample: 16
    max_active_runs:
      description:
        - Maximum number of its active runs.
      returned: when Airflow returns it
      type: int
      sample: 16
    has_import_errors:
      description:
        - Whether its file has import errors.
      returned: when Airflow returns it
      type: bool
      sample: false
    next_dagrun_logical_date:
      description:
        - Logical date of its next scheduled run.
      returned: when Airflow returns it
      type: str
    next_dagrun_data_interval_start:
      description:
        - Start of that run's data interval.
      returned: when Airflow returns it
      type: str
    next_dagrun_data_interval_end:
      description:
        - End of that run's data interval.
      returned: when Airflow returns it
      type: str
    next_dagrun_run_after:
      description:
        - Earliest time at which that run may start.
      returned: when Airflow returns it
      type: str
    start_date:
      description:
        - With O(details), date before which no run is scheduled.
      returned: when Airflow returns it
      type: str
    end_date:
      description:
        - With O(details), date after which no run is scheduled.
      returned: when Airflow returns it
      type: str
    catchup:
      description:
        - With O(details), whether missed runs are caught up.
      returned: when Airflow returns it
      type: bool
      sample: false
    params:
      description:
        - With O(details), its parameters, by name.
      returned: when Airflow returns it
      type: dict
    default_args:
      description:
        - With O(details), defaults for its tasks.
      returned: when Airflow returns it (Airflow 3.0.0 or later)
      type: dict
    asset_expression:
      description:
        - With O(details), the assets that it is scheduled on.
      returned: when Airflow returns it
      type: dict
    dag_run_timeout:
      description:
        - With O(details), how long a run may take, as ISO 8601.
      returned: when Airflow returns it
      type: str
      sample: PT1H
    doc_md:
      description:
        - With O(details), its documentation.
      returned: when Airflow returns it
      type: str
    timezone:
      description:
        - With O(details), its time zone.
      returned: when Airflow returns it
      type: str
      sample: UTC
    latest_dag_version:
      description:
        - With O(details), its latest version.
      returned: when Airflow returns it (Airflow 3.1.0 or later)
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
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.dag.dag_info import DAG_INFO


def main() -> None:
    run(DAG_INFO)


if __name__ == "__main__":
    main()
