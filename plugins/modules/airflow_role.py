#!/usr/bin/python
# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Written by tools/generate.py from plugins/module_utils/_kinds: change it there.

from __future__ import annotations

DOCUMENTATION = r"""
module: airflow_role
short_description: Manage roles of Apache Airflow
version_added: 0.1.0
description:
  - Creates, changes and deletes roles of the FAB auth manager, which Airflow 2 has and Airflow 3 can
    have.
  - Airflow 2 can only add permissions to a role. To remove some, the members are moved to a new role,
    and the old role is deleted; if a step fails, the former state is restored. The user that the module
    logs in as must not be a member. On Airflow 3, removing permissions needs apache-airflow-providers-fab
    3.9 or later.
  - The built-in roles can be changed (on Airflow 2 permissions can only be added to them), but are never
    deleted; Airflow gives them their own permissions back when it starts.
author:
  - dataops.airflow contributors (@dataops)
extends_documentation_fragment:
  - dataops.airflow.connection
  - dataops.airflow.attributes
  - dataops.airflow.attributes.resource
options:
  name:
    description:
      - Name of the role.
    type: str
    required: true
  permissions:
    description:
      - Permissions of the role, in any order. The role has exactly these; an empty list removes all of
        them.
      - 'One exception: V(can_read) on V(Website), which Airflow itself gives to every role, is never
        removed.'
    type: list
    elements: dict
    suboptions:
      action:
        description:
          - Name of the action.
        type: str
        required: true
      resource:
        description:
          - Name of the resource.
        type: str
        required: true
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
- name: Allow analysts to read DAGs and runs only
  dataops.airflow.airflow_role:
    airflow_url: https://airflow.example.com
    airflow_username: ansible
    airflow_password: "{{ airflow_password }}"
    name: analyst
    permissions:
      - action: can_read
        resource: DAGs
      - action: can_read
        resource: DAG Runs

- name: Delete a role
  dataops.airflow.airflow_role:
    name: analyst
    state: absent
"""

RETURN = r"""
role:
  description:
    - The role after the change, or as it would be in check mode. Empty if it does not exist.
  returned: success
  type: dict
  contains:
    name:
      description:
        - Name of the role.
      returned: when Airflow returns it
      type: str
      sample: analyst
    permissions:
      description:
        - The role's permissions.
      returned: when Airflow returns it
      type: list
      elements: dict
      sample:
        - action: can_read
          resource: DAGs
      contains:
        action:
          description:
            - Name of the action.
          returned: when Airflow returns it
          type: str
          sample: can_read
        resource:
          description:
            - Name of the resource.
          returned: when Airflow returns it
          type: str
          sample: DAGs
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
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.role.role import ROLE


def main() -> None:
    run(ROLE)


if __name__ == "__main__":
    main()
