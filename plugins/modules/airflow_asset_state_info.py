#!/usr/bin/python
# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Written by tools/generate.py from plugins/module_utils/_kinds: change it there.

from __future__ import annotations

DOCUMENTATION = r"""
module: airflow_asset_state_info
short_description: List the state of an asset of Apache Airflow
version_added: 0.1.0
description:
  - Returns the values that tasks have stored for an asset.
  - Needs Airflow 3.3.
author:
  - dataops.airflow contributors (@dataops)
extends_documentation_fragment:
  - dataops.airflow.connection
  - dataops.airflow.attributes
  - dataops.airflow.attributes.info
options:
  asset_id:
    description:
      - ID of the asset.
    type: int
    required: true
  key:
    description:
      - Key of the one value to return.
      - If it does not exist, the returned list is empty.
    type: str
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
- name: Read what is stored with an asset
  dataops.airflow.airflow_asset_state_info:
    airflow_url: https://airflow.example.com
    airflow_username: auditor
    airflow_password: "{{ airflow_password }}"
    asset_id: 12
"""

RETURN = r"""
asset_states:
  description:
    - The objects that were found; empty if there are none.
  returned: success
  type: list
  elements: dict
  contains:
    key:
      description:
        - Key of the value.
      returned: when Airflow returns it
      type: str
      sample: cursor
    value:
      description:
        - The stored value.
      returned: when Airflow returns it
      type: raw
      sample:
        cursor: 17
    updated_at:
      description:
        - When it was last changed.
      returned: when Airflow returns it
      type: str
    last_updated_by:
      description:
        - What last updated it.
      returned: when Airflow returns it
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
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.asset.asset_state_info import ASSET_STATE_INFO


def main() -> None:
    run(ASSET_STATE_INFO)


if __name__ == "__main__":
    main()
