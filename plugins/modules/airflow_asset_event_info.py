#!/usr/bin/python
# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Written by tools/generate.py from plugins/module_utils/_kinds: change it there.

from __future__ import annotations

DOCUMENTATION = r"""
module: airflow_asset_event_info
short_description: List events of assets of Apache Airflow
version_added: 0.1.0
description:
  - Returns the events of assets, which Airflow 2 calls datasets.
  - Needs Airflow 2.4.
author:
  - dataops.airflow contributors (@dataops)
extends_documentation_fragment:
  - dataops.airflow.connection
  - dataops.airflow.attributes
  - dataops.airflow.attributes.info
options:
  dag_id:
    description:
      - Return only the events that triggered a run of this DAG. Needs O(dag_run_id).
    type: str
  dag_run_id:
    description:
      - Return only the events that triggered this run.
    type: str
  asset_id:
    description:
      - Return only events of this asset.
    type: int
  source_dag_id:
    description:
      - Return only events from this DAG.
    type: str
  source_task_id:
    description:
      - Return only events from this task.
    type: str
  source_run_id:
    description:
      - Return only events from this run.
    type: str
  source_map_index:
    description:
      - Return only events from this instance of a mapped task.
    type: int
  name_pattern:
    description:
      - Return only those whose asset's name contains this text. Not case-sensitive; V(%) and V(_) are
        wildcards.
      - Needs Airflow 3.2.
    type: str
  name_prefix_pattern:
    description:
      - Return only those whose asset's name begins with this text.
      - Needs Airflow 3.2.2.
    type: str
  timestamp_gte:
    description:
      - Return only those whose time is this or later. ISO 8601, in UTC unless it has an offset.
      - Needs Airflow 3.
    type: str
  timestamp_lte:
    description:
      - Return only those whose time is this or earlier. ISO 8601, in UTC unless it has an offset.
      - Needs Airflow 3.
    type: str
  timestamp_gt:
    description:
      - Return only those whose time is later than this. ISO 8601, in UTC unless it has an offset.
      - Needs Airflow 3.1.
    type: str
  timestamp_lt:
    description:
      - Return only those whose time is earlier than this. ISO 8601, in UTC unless it has an offset.
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
- name: Read the latest events of an asset
  dataops.airflow.airflow_asset_event_info:
    airflow_url: https://airflow.example.com
    airflow_username: auditor
    airflow_password: "{{ airflow_password }}"
    asset_id: 12
    order_by: [-timestamp]
    limit: 10

- name: Read what has started a run
  dataops.airflow.airflow_asset_event_info:
    dag_id: report
    dag_run_id: "{{ run.dag_run_id }}"
"""

RETURN = r"""
asset_events:
  description:
    - The objects that were found; empty if there are none.
    - See also M(dataops.airflow.airflow_asset_event).
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description:
        - ID of the event.
      returned: when Airflow returns it
      type: int
      sample: 42
    asset_id:
      description:
        - ID of the asset.
      returned: when Airflow returns it
      type: int
      sample: 12
    uri:
      description:
        - The asset's URI.
      returned: when Airflow returns it
      type: str
      sample: s3://warehouse/orders
    name:
      description:
        - The asset's name.
      returned: when Airflow returns it (Airflow 3.0.0 or later)
      type: str
      sample: orders
    group:
      description:
        - The asset's group.
      returned: when Airflow returns it (Airflow 3.0.0 or later)
      type: str
      sample: asset
    timestamp:
      description:
        - When the event was created.
      returned: when Airflow returns it
      type: str
    extra:
      description:
        - Extra information, as a dict.
      returned: when Airflow returns it
      type: dict
      sample:
        rows: 3
    source_dag_id:
      description:
        - ID of the DAG that created it.
      returned: when Airflow returns it
      type: str
      sample: etl
    source_run_id:
      description:
        - ID of the DAG run that created it.
      returned: when Airflow returns it
      type: str
    source_task_id:
      description:
        - ID of the task that created it.
      returned: when Airflow returns it
      type: str
      sample: load
    source_map_index:
      description:
        - Map index of the task instance that created it.
      returned: when Airflow returns it
      type: int
      sample: -1
    created_dagruns:
      description:
        - The DAG runs that it has triggered.
      returned: when Airflow returns it
      type: list
      elements: dict
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
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.asset.asset_event_info import ASSET_EVENT_INFO


def main() -> None:
    run(ASSET_EVENT_INFO)


if __name__ == "__main__":
    main()
