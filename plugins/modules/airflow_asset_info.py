#!/usr/bin/python
# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Written by tools/generate.py from plugins/module_utils/_kinds: change it there.

from __future__ import annotations

DOCUMENTATION = r"""
module: airflow_asset_info
short_description: List assets of Apache Airflow
version_added: 0.1.0
description:
  - Returns assets, which Airflow 2 calls datasets.
  - Needs Airflow 2.4.
author:
  - dataops.airflow contributors (@dataops)
extends_documentation_fragment:
  - dataops.airflow.connection
  - dataops.airflow.attributes
  - dataops.airflow.attributes.info
options:
  uri:
    description:
      - URI of the one asset, or dataset, to return. On Airflow 3 several can have the same.
      - If it does not exist, the returned list is empty.
    type: str
  asset_id:
    description:
      - ID of the one asset to return.
      - Needs Airflow 3.
    type: int
  uri_pattern:
    description:
      - Return only those whose URI contains this text. Not case-sensitive.
    type: str
  uri_prefix_pattern:
    description:
      - Return only those whose URI begins with this text.
      - Needs Airflow 3.2.2.
    type: str
  name_pattern:
    description:
      - Return only those whose name contains this text. Not case-sensitive; V(%) and V(_) are wildcards.
      - Needs Airflow 3.
    type: str
  name_prefix_pattern:
    description:
      - Return only those whose name begins with this text.
      - Needs Airflow 3.2.2.
    type: str
  dag_ids:
    description:
      - Return only those that these DAGs are scheduled on or update.
      - Needs Airflow 2.9.
    type: list
    elements: str
  only_active:
    description:
      - Whether to leave out assets that no DAG references any more. Airflow does unless this is V(false).
      - Needs Airflow 3.
    type: bool
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
- name: Read all assets
  dataops.airflow.airflow_asset_info:
    airflow_url: https://airflow.example.com
    airflow_username: auditor
    airflow_password: "{{ airflow_password }}"
  register: found

- name: Read one
  dataops.airflow.airflow_asset_info:
    uri: s3://warehouse/orders
"""

RETURN = r"""
assets:
  description:
    - The objects that were found; empty if there are none.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description:
        - ID of the asset.
      returned: when Airflow returns it
      type: int
      sample: 12
    uri:
      description:
        - URI of the asset.
      returned: when Airflow returns it
      type: str
      sample: s3://warehouse/orders
    name:
      description:
        - Its name.
      returned: when Airflow returns it (Airflow 3.0.0 or later)
      type: str
      sample: orders
    group:
      description:
        - Its group.
      returned: when Airflow returns it (Airflow 3.0.0 or later)
      type: str
      sample: asset
    extra:
      description:
        - Extra information, as a dict.
      returned: when Airflow returns it
      type: dict
    scheduled_dags:
      description:
        - The DAGs that are scheduled on it.
      returned: when Airflow returns it
      type: list
      elements: dict
      sample:
        - dag_id: report
    producing_tasks:
      description:
        - The tasks that update it.
      returned: when Airflow returns it
      type: list
      elements: dict
    consuming_tasks:
      description:
        - The tasks that use it.
      returned: when Airflow returns it (Airflow 3.1.0 or later)
      type: list
      elements: dict
    aliases:
      description:
        - Aliases of the asset.
      returned: when Airflow returns it
      type: list
      elements: dict
    last_asset_event:
      description:
        - The latest event of the asset.
      returned: when Airflow returns it (Airflow 3.1.0 or later)
      type: dict
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
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.asset.asset_info import ASSET_INFO


def main() -> None:
    run(ASSET_INFO)


if __name__ == "__main__":
    main()
