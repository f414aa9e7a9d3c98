#!/usr/bin/python
# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Written by tools/generate.py from plugins/module_utils/_kinds: change it there.

from __future__ import annotations

DOCUMENTATION = r"""
module: airflow_asset_alias_info
short_description: List aliases of assets of Apache Airflow
version_added: 0.1.0
description:
  - Returns the aliases under which tasks update assets that are only known at run time.
  - Needs Airflow 3.
author:
  - dataops.airflow contributors (@dataops)
extends_documentation_fragment:
  - dataops.airflow.connection
  - dataops.airflow.attributes
  - dataops.airflow.attributes.info
options:
  asset_alias_id:
    description:
      - ID of the one alias to return.
      - If it does not exist, the returned list is empty.
    type: int
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
- name: Read all aliases
  dataops.airflow.airflow_asset_alias_info:
    airflow_url: https://airflow.example.com
    airflow_username: auditor
    airflow_password: "{{ airflow_password }}"
"""

RETURN = r"""
asset_aliases:
  description:
    - The objects that were found; empty if there are none.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description:
        - ID of the alias.
      returned: when Airflow returns it
      type: int
      sample: 3
    name:
      description:
        - Its name.
      returned: when Airflow returns it
      type: str
      sample: orders
    group:
      description:
        - Its group.
      returned: when Airflow returns it
      type: str
      sample: asset
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
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.asset.asset_alias_info import ASSET_ALIAS_INFO


def main() -> None:
    run(ASSET_ALIAS_INFO)


if __name__ == "__main__":
    main()
