#!/usr/bin/python
# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Written by tools/generate.py from plugins/module_utils/_kinds: change it there.

from __future__ import annotations

DOCUMENTATION = r"""
module: airflow_variable
short_description: Manage variables of Apache Airflow
version_added: 0.1.0
description:
  - Creates, changes and deletes variables.
  - 'Airflow 3 hides values whose key sounds like a secret, and leaves of JSON values by their keys. What
    is hidden cannot be compared: O(update_secrets) says what to do then.'
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
      - Value of the variable. Text is stored as it is; dicts, lists, numbers and booleans are stored
        as JSON. Needed to create a variable.
      - Where Airflow 3 reformats JSON, values are compared as JSON, not as text.
      - A value is not shown in results and diffs if the key, or a key in the value, sounds like a secret,
        such as C(password), C(token), C(secret) or C(api_key); nor is what looks like one in any text,
        such as the password in an address, C(password=...) or a private key.
    type: raw
  description:
    description:
      - Description of the variable; empty text clears it. Needs Airflow 2.5.3.
    type: str
  team_name:
    description:
      - 'Team that the object belongs to. Needs Airflow 3.2 in multi-team mode, which only Airflow itself
        can check: check mode cannot.'
    type: str
  update_secrets:
    description:
      - What to do about a value that the server hides, so that it cannot be compared with the given one.
      - V(always) sends it on every run and reports a change; V(on_create) only sends it with a new object.
      - Values that the server returns are compared in either case. The options that could not be compared
        are listed in RV(unverified).
    type: str
    choices:
      - always
      - on_create
    default: always
  state:
    description:
      - Whether the object must exist with the given options, or must not exist.
    type: str
    choices:
      - present
      - absent
    default: present
attributes:
  idempotent:
    support: partial
    details: A value that the server hides is sent each time, unless O(update_secrets=on_create).
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

- name: Set a secret only when the variable is created
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
    - The variable after the change, or as it would be in check mode. Empty if it does not exist.
  returned: success
  type: dict
  contains:
    key:
      description:
        - Key of the variable.
      returned: when Airflow returns it
      type: str
      sample: region
    value:
      description:
        - Value of the variable, as text; hidden if it is a secret.
      returned: when Airflow returns it
      type: raw
      sample: eu-west-1
    description:
      description:
        - Description of the variable.
      returned: when Airflow returns it (Airflow 2.5.3 or later)
      type: str
      sample: Where the buckets are
    team_name:
      description:
        - Team that the object belongs to.
      returned: when Airflow returns it (Airflow 3.2.0 or later)
      type: str
    is_encrypted:
      description:
        - Whether its value is encrypted (Airflow 3).
      returned: when Airflow returns it
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
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.variable.variable import VARIABLE


def main() -> None:
    run(VARIABLE)


if __name__ == "__main__":
    main()
