#!/usr/bin/python
# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Written by tools/generate.py from plugins/module_utils/_kinds: change it there.

from __future__ import annotations

DOCUMENTATION = r"""
module: airflow_pool_info
short_description: List pools of Apache Airflow
version_added: 0.1.0
description:
  - Returns pools with their settings and the usage of their slots.
author:
  - dataops.airflow contributors (@dataops)
extends_documentation_fragment:
  - dataops.airflow.connection
  - dataops.airflow.attributes
  - dataops.airflow.attributes.info
options:
  name:
    description:
      - Name of the one pool to return.
      - If it does not exist, the returned list is empty.
    type: str
  pool_name_pattern:
    description:
      - Return pools whose name contains this text. Not case-sensitive; V(%) and V(_) are wildcards. Needs
        Airflow 3.
    type: str
  pool_name_prefix_pattern:
    description:
      - Return pools whose name begins with this text. Needs Airflow 3.2.2.
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
- name: Read all pools
  dataops.airflow.airflow_pool_info:
    airflow_url: https://airflow.example.com
    airflow_username: auditor
    airflow_password: "{{ airflow_password }}"
  register: found

- name: List the pools that are full
  ansible.builtin.debug:
    msg: "{{ found.pools | selectattr('open_slots', 'eq', 0) | map(attribute='name') }}"

- name: Read one pool
  dataops.airflow.airflow_pool_info:
    name: etl
"""

RETURN = r"""
pools:
  description:
    - The objects that were found; empty if there are none.
    - See also M(dataops.airflow.airflow_pool).
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description:
        - Name of the pool.
      returned: when Airflow returns it
      type: str
      sample: etl
    slots:
      description:
        - Number of task slots in the pool; -1 if there is no limit.
      returned: when Airflow returns it
      type: int
      sample: 4
    description:
      description:
        - Description of the pool.
      returned: when Airflow returns it
      type: str
      sample: Loads into the warehouse
    include_deferred:
      description:
        - Whether deferred tasks occupy slots.
      returned: when Airflow returns it (Airflow 2.7.0 or later)
      type: bool
      sample: false
    team_name:
      description:
        - Team that the object belongs to.
      returned: when Airflow returns it (Airflow 3.2.0 or later)
      type: str
    occupied_slots:
      description:
        - Number of slots occupied by running and queued tasks, and by deferred tasks if C(include_deferred)
          is set.
      returned: when Airflow returns it
      type: int
      sample: 0
    running_slots:
      description:
        - Number of slots occupied by running tasks.
      returned: when Airflow returns it
      type: int
      sample: 0
    queued_slots:
      description:
        - Number of slots occupied by queued tasks.
      returned: when Airflow returns it
      type: int
      sample: 0
    scheduled_slots:
      description:
        - Number of slots requested by scheduled tasks.
      returned: when Airflow returns it
      type: int
      sample: 0
    deferred_slots:
      description:
        - Number of slots held by deferred tasks.
      returned: when Airflow returns it
      type: int
      sample: 0
    open_slots:
      description:
        - Number of slots that are free.
      returned: when Airflow returns it
      type: int
      sample: 0
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
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.pool.pool_info import POOL_INFO


def main() -> None:
    run(POOL_INFO)


if __name__ == "__main__":
    main()
