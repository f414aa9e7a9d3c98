#!/usr/bin/python
# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Written by tools/generate.py from plugins/module_utils/_kinds: change it there.

from __future__ import annotations

DOCUMENTATION = r"""
module: airflow_asset_event
short_description: Record in Apache Airflow that an asset has been updated
version_added: 0.1.0
description:
  - Records an event of an asset, which triggers the DAGs that are scheduled on it. Airflow 2 calls assets
    datasets. Needs Airflow 2.9.
  - Every call records an event.
author:
  - dataops.airflow contributors (@dataops)
extends_documentation_fragment:
  - dataops.airflow.connection
  - dataops.airflow.attributes
  - dataops.airflow.attributes.action
options:
  uri:
    description:
      - URI of the asset, or of the dataset on Airflow 2.
    type: str
    required: true
  extra:
    description:
      - Extra information, which the triggered DAGs can read. Airflow adds C(from_rest_api).
      - A value is not shown if its key sounds like a secret.
    type: dict
"""

EXAMPLES = r"""
- name: Trigger the DAGs that are scheduled on the orders
  dataops.airflow.airflow_asset_event:
    airflow_url: https://airflow.example.com
    airflow_username: ansible
    airflow_password: "{{ airflow_password }}"
    uri: s3://warehouse/orders
    extra:
      rows: 120
"""

RETURN = r"""
asset_event:
  description:
    - The event, with C(uri), C(extra), C(timestamp) and everything else that Airflow returns about it.
  returned: success
  type: dict
  sample:
    uri: s3://warehouse/orders
    extra:
      from_rest_api: true
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
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.asset.asset_event import ASSET_EVENT


def main() -> None:
    run(ASSET_EVENT)


if __name__ == "__main__":
    main()
