#!/usr/bin/python
# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Written by tools/generate.py from plugins/module_utils/_kinds: change it there.

from __future__ import annotations

DOCUMENTATION = r"""
module: airflow_pool
short_description: Manage pools of Apache Airflow
version_added: 0.1.0
description:
  - Creates, changes and deletes pools.
  - V(default_pool) can be resized, but is never deleted.
author:
  - dataops.airflow contributors (@dataops)
extends_documentation_fragment:
  - dataops.airflow.connection
  - dataops.airflow.attributes
  - dataops.airflow.attributes.resource
options:
  name:
    description:
      - Name of the pool.
    type: str
    required: true
  slots:
    description:
      - Number of task slots in the pool. Needed to create a pool.
      - V(-1) means without limit and needs Airflow 3.
    type: int
  description:
    description:
      - Description of the pool; empty text clears it.
      - On Airflow 3 the description of V(default_pool) cannot be changed.
    type: str
  include_deferred:
    description:
      - Whether deferred tasks occupy slots. Needs Airflow 2.7.
    type: bool
  team_name:
    description:
      - 'Team that the object belongs to. Needs Airflow 3.2 in multi-team mode, which only Airflow itself
        can check: check mode cannot.'
    type: str
  state:
    description:
      - Whether the object must exist with the given options, or must not exist.
    type: str
    choices:
      - present
      - absent
    default: present
"""

EXAMPLES = r"""
- name: Allow four loads at a time
  dataops.airflow.airflow_pool:
    airflow_url: https://airflow.example.com
    airflow_username: ansible
    airflow_password: "{{ airflow_password }}"
    name: etl
    slots: 4
    description: Loads into the warehouse

- name: Resize the default pool
  dataops.airflow.airflow_pool:
    name: default_pool
    slots: 64
  environment:
    AIRFLOW_URL: https://airflow.example.com
    AIRFLOW_TOKEN: "{{ airflow_token }}"

- name: Delete a pool
  dataops.airflow.airflow_pool:
    name: etl
    state: absent
"""

RETURN = r"""
pool:
  description:
    - The pool after the change, or as it would be in check mode. Empty if it does not exist.
  returned: success
  type: dict
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
action:
  description:
    - What was done, or would be done in check mode.
  returned: success
  type: str
  sample: create
unverified:
  description:
    - Options that could not be compared because the server hides their values.
  returned: success
  type: list
  elements: str
  sample: []
diff:
  description:
    - The options that were given, C(before) and C(after) the change, with secrets hidden.
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
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.pool.pool import POOL


def main() -> None:
    run(POOL)


if __name__ == "__main__":
    main()
