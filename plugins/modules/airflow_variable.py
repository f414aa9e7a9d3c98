#!/usr/bin/python
# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Written by tools/generate.py from plugins/module_utils/_resources: change it there.

from __future__ import annotations

DOCUMENTATION = r"""
module: airflow_variable
short_description: Manage variables of Apache Airflow
version_added: 0.1.0
description:
  - Creates, changes and deletes variables.
  - 'Airflow 3 hides values whose key sounds like a secret, and leaves of JSON values by their keys. What is hidden
    cannot be compared: O(update_secrets) says what to do then.'
author:
  - dataops.airflow contributors (@dataops)
extends_documentation_fragment:
  - dataops.airflow.connection
  - dataops.airflow.attributes
  - dataops.airflow.attributes.resource
options:
  key:
    description:
      - Key of the variable.
    type: str
    required: true
  value:
    description:
      - Value of the variable. Text is stored as it is; dicts, lists, numbers and booleans are stored as JSON. Needed
        to create a variable.
      - Where Airflow 3 reformats JSON, values are compared by their meaning.
      - A value is not shown in results and diffs if the key, or the name of a JSON key in the value, sounds like
        a secret, such as C(password), C(token), C(secret) or C(api_key); nor is the password in a URL.
    type: raw
  description:
    description:
      - Description of the variable; empty text clears it. Needs Airflow 2.5.
    type: str
  team_name:
    description:
      - 'Team that the object belongs to. Needs Airflow 3.2 in multi-team mode, which only Airflow itself can check:
        check mode cannot.'
    type: str
  update_secrets:
    description:
      - What to do about a value that the server hides, so that nobody can tell whether it is the wanted one.
      - V(always) sends it again each time and reports a change; V(on_create) sends it only with a new object.
      - What the server shows is compared with either of them. The options that could not be compared are named
        in RV(unverified).
    type: str
    choices:
      - always
      - on_create
    default: always
  state:
    description:
      - Whether the object has to exist with the given options, or must not exist.
    type: str
    choices:
      - present
      - absent
    default: present
attributes:
  idempotent:
    support: partial
    details: A value that the server hides is sent again, unless O(update_secrets=on_create).
"""

EXAMPLES = r"""
- name: Set a variable
  dataops.airflow.airflow_variable:
    airflow_url: https://airflow.example.com
    airflow_username: ansible
    airflow_password: "{{ airflow_password }}"
    key: region
    value: eu-west-1

- name: Store JSON
  dataops.airflow.airflow_variable:
    key: warehouse
    value:
      host: db.example.com
      schemas: [raw, mart]

- name: Set a secret once, and leave it alone as long as the variable exists
  dataops.airflow.airflow_variable:
    key: api_token
    value: "{{ vault_api_token }}"
    update_secrets: on_create

- name: Delete a variable
  dataops.airflow.airflow_variable:
    key: region
    state: absent
"""

RETURN = r"""
variable:
  description:
    - The variable after the change, or as it would be in check mode. Empty if there is none.
  returned: success
  type: dict
  contains:
    key:
      description:
        - Key of the variable.
      returned: if the server tells
      type: str
      sample: region
    value:
      description:
        - Value of the variable. Text is stored as it is; dicts, lists, numbers and booleans are stored as JSON.
          Needed to create a variable.
        - Where Airflow 3 reformats JSON, values are compared by their meaning.
        - A value is not shown in results and diffs if the key, or the name of a JSON key in the value, sounds like
          a secret, such as C(password), C(token), C(secret) or C(api_key); nor is the password in a URL.
      returned: if the server tells
      type: raw
      sample: eu-west-1
    description:
      description:
        - Description of the variable; empty text clears it. Needs Airflow 2.5.
      returned: if the server has it (from 2.5.0 on Airflow 2)
      type: str
      sample: Where the buckets are
    team_name:
      description:
        - 'Team that the object belongs to. Needs Airflow 3.2 in multi-team mode, which only Airflow itself can
          check: check mode cannot.'
      returned: if the server has it (from 3.2.0 on Airflow 3)
      type: str
    is_encrypted:
      description:
        - Whether the value is stored encrypted (Airflow 3).
      returned: if the server tells
      type: bool
      sample: true
action:
  description:
    - What was done, or would be done in check mode.
  returned: success
  type: str
  sample: create
unverified:
  description:
    - Options whose values the server hides, so that they could not be compared.
  returned: success
  type: list
  elements: str
  sample: []
diff:
  description:
    - The object's given options C(before) and C(after), with secrets hidden.
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
from ansible_collections.dataops.airflow.plugins.module_utils._resources.variable import VARIABLE


def main() -> None:
    run(VARIABLE)


if __name__ == "__main__":
    main()
