#!/usr/bin/python
# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Written by tools/generate.py from plugins/module_utils/_resources: change it there.

from __future__ import annotations

DOCUMENTATION = r"""
module: airflow_pool_info
short_description: List pools of Apache Airflow
version_added: 0.1.0
description:
  - Returns pools with their settings and how many of their slots are taken.
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
      - If there is no such object, the list is empty.
    type: str
  pool_name_pattern:
    description:
      - Return pools whose name holds this text, in any case; V(%) and V(_) stand for anything. Needs Airflow 3.
    type: str
  pool_name_prefix_pattern:
    description:
      - Return pools whose name begins with this text. Needs Airflow 3.3.
    type: str
  order_by:
    description:
      - Fields to sort by, by the API's names; a leading V(-) sorts in descending order.
      - Airflow 2 takes one field only. The default is a stable order.
    type: list
    elements: str
  limit:
    description:
      - How many objects to return at the most. All of them if left out, however many pages that takes.
    type: int
  offset:
    description:
      - How many objects to leave out at the beginning.
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

- name: Name the pools that are full
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
      returned: if the server tells
      type: str
      sample: etl
    slots:
      description:
        - How many task slots the pool has. Needed to create a pool.
        - V(-1) means without limit and needs Airflow 3.
      returned: if the server tells
      type: int
      sample: 4
    description:
      description:
        - Description of the pool; empty text clears it.
        - On Airflow 3 the description of V(default_pool) cannot be changed.
      returned: if the server tells
      type: str
      sample: Loads into the warehouse
    include_deferred:
      description:
        - Whether deferred tasks occupy slots. Needs Airflow 2.7.
      returned: if the server has it (from 2.7.0 on Airflow 2)
      type: bool
      sample: false
    team_name:
      description:
        - 'Team that the object belongs to. Needs Airflow 3.2 in multi-team mode, which only Airflow itself can
          check: check mode cannot.'
      returned: if the server has it (from 3.2.0 on Airflow 3)
      type: str
    occupied_slots:
      description:
        - Slots taken by running and queued tasks, and by deferred ones where they count.
      returned: if the server tells
      type: int
      sample: 0
    running_slots:
      description:
        - Slots taken by running tasks.
      returned: if the server tells
      type: int
      sample: 0
    queued_slots:
      description:
        - Slots taken by queued tasks.
      returned: if the server tells
      type: int
      sample: 0
    scheduled_slots:
      description:
        - Slots wanted by scheduled tasks.
      returned: if the server tells
      type: int
      sample: 0
    deferred_slots:
      description:
        - Slots of deferred tasks.
      returned: if the server tells
      type: int
      sample: 0
    open_slots:
      description:
        - Slots that are free.
      returned: if the server tells
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
    - HTTP status of the answer.
  returned: when the server answered with an error
  type: int
  sample: 403
detail:
  description:
    - The server's own explanation.
  returned: when the server gave one
  type: str
  sample: Forbidden
requests:
  description:
    - 'The requests that were sent, in order: method, URL, status and milliseconds. Never headers or bodies.'
  returned: with C(-vvv)
  type: list
  elements: dict
"""

from ansible_collections.dataops.airflow.plugins.module_utils._core.run import run
from ansible_collections.dataops.airflow.plugins.module_utils._resources.pool_info import POOL_INFO


def main() -> None:
    run(POOL_INFO)


if __name__ == "__main__":
    main()
