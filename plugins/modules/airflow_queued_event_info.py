#!/usr/bin/python
# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Written by tools/generate.py from plugins/module_utils/_kinds: change it there.

from __future__ import annotations

DOCUMENTATION = r"""
module: airflow_queued_event_info
short_description: List the queued asset events of Apache Airflow
version_added: 0.1.0
description:
  - Returns the asset events that are queued for DAGs which still wait for other assets.
  - At least one of O(dag_id), O(uri) and O(asset_id) must be given.
  - Needs Airflow 2.9.
author:
  - dataops.airflow contributors (@dataops)
extends_documentation_fragment:
  - dataops.airflow.connection
  - dataops.airflow.attributes
  - dataops.airflow.attributes.info
options:
  dag_id:
    description:
      - Return only events that are queued for this DAG.
    type: str
  uri:
    description:
      - Return only events of the asset, or dataset, with this URI.
    type: str
  asset_id:
    description:
      - Return only events of this asset.
      - Needs Airflow 3.
    type: int
  before:
    description:
      - Return only events before this time, as ISO 8601.
    type: str
"""

EXAMPLES = r"""
- name: List the asset events that a DAG has already received
  dataops.airflow.airflow_queued_event_info:
    airflow_url: https://airflow.example.com
    airflow_username: auditor
    airflow_password: "{{ airflow_password }}"
    dag_id: report
"""

RETURN = r"""
queued_events:
  description:
    - The events that have not triggered a run yet; empty if there are none.
  returned: success
  type: list
  elements: dict
  contains:
    dag_id:
      description:
        - ID of the DAG that is scheduled on it.
      returned: when Airflow returns it
      type: str
      sample: report
    uri:
      description:
        - URI of the dataset; Airflow 3 returns C(asset_id) instead.
      returned: when Airflow returns it
      type: str
    asset_id:
      description:
        - ID of the asset.
      returned: when Airflow returns it (Airflow 3.0.0 or later)
      type: int
      sample: 12
    created_at:
      description:
        - When it was queued.
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
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.asset.queued_event_info import QUEUED_EVENT_INFO


def main() -> None:
    run(QUEUED_EVENT_INFO)


if __name__ == "__main__":
    main()
