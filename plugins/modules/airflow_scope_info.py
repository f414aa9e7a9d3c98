#!/usr/bin/python
# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Written by tools/generate.py from plugins/module_utils/_kinds: change it there.

from __future__ import annotations

DOCUMENTATION = r"""
module: airflow_scope_info
short_description: List the scopes of deployments on Apache Airflow
version_added: 0.1.0
description:
  - Returns which objects belong to which C(scope) of M(dataops.airflow.airflow_deployment).
  - An object can be listed that no longer exists, or that an interrupted run was going to create. The
    next run in the scope finds that out.
  - The user needs the permission to read variables.
author:
  - dataops.airflow contributors (@dataops)
extends_documentation_fragment:
  - dataops.airflow.connection
  - dataops.airflow.attributes
  - dataops.airflow.attributes.info
options:
  scope:
    description:
      - Name of the one scope to return. All by default.
    type: str
"""

EXAMPLES = r"""
- name: Find out whose a pool is
  dataops.airflow.airflow_scope_info:
    airflow_url: https://airflow.example.com
    airflow_username: auditor
    airflow_password: "{{ airflow_password }}"
  register: found

- name: Show it
  ansible.builtin.debug:
    msg: "{{ found.objects | selectattr('kind', 'eq', 'pool') | selectattr('name', 'eq', 'etl') }}"
"""

RETURN = r"""
scopes:
  description:
    - The scopes; empty if there are none.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description:
        - Name of the scope.
      returned: when Airflow returns it
      type: str
      sample: warehouse
    total:
      description:
        - Number of its objects.
      returned: when Airflow returns it
      type: int
      sample: 42
    serial:
      description:
        - Grows each time its ledger is written.
      returned: when Airflow returns it
      type: int
      sample: 7
    problem:
      description:
        - Why its ledger, or a part of it, cannot be read; empty if it can.
      returned: when Airflow returns it
      type: str
      sample: ''
objects:
  description:
    - What they own.
  returned: success
  type: list
  elements: dict
  contains:
    scope:
      description:
        - Name of the scope.
      returned: when Airflow returns it
      type: str
      sample: warehouse
    kind:
      description:
        - Kind of the object.
      returned: when Airflow returns it
      type: str
      sample: pool
    name:
      description:
        - Name of the object.
      returned: when Airflow returns it
      type: str
      sample: etl
    origin:
      description:
        - V(created) by the scope, or V(adopted).
      returned: when Airflow returns it
      type: str
      sample: created
    since:
      description:
        - When the scope began to own it.
      returned: when Airflow returns it
      type: str
      sample: '2026-11-30T12:00:00Z'
    protected:
      description:
        - Whether no purge deletes it.
      returned: when Airflow returns it
      type: bool
      sample: false
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
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.deployment.scope_info import SCOPE_INFO


def main() -> None:
    run(SCOPE_INFO)


if __name__ == "__main__":
    main()
