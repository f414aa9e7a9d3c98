#!/usr/bin/python
# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Written by tools/generate.py from plugins/module_utils/_kinds: change it there.

from __future__ import annotations

DOCUMENTATION = r"""
module: airflow_user_info
short_description: List users of Apache Airflow
version_added: 0.1.0
description:
  - Returns users of the FAB auth manager with their roles.
author:
  - dataops.airflow contributors (@dataops)
extends_documentation_fragment:
  - dataops.airflow.connection
  - dataops.airflow.attributes
  - dataops.airflow.attributes.info
options:
  username:
    description:
      - Name of the one user to return.
      - If it does not exist, the returned list is empty.
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
- name: Read all users
  dataops.airflow.airflow_user_info:
    airflow_url: https://airflow.example.com
    airflow_username: auditor
    airflow_password: "{{ airflow_password }}"
  register: found

- name: List the administrators
  ansible.builtin.debug:
    msg: "{{ found.users | selectattr('roles', 'contains', 'Admin') | map(attribute='username') }}"
"""

RETURN = r"""
users:
  description:
    - The objects that were found; empty if there are none.
    - See also M(dataops.airflow.airflow_user).
  returned: success
  type: list
  elements: dict
  contains:
    username:
      description:
        - Name of the user.
      returned: when Airflow returns it
      type: str
      sample: ada
    email:
      description:
        - Email address, unique among users.
      returned: when Airflow returns it
      type: str
      sample: ada@example.com
    first_name:
      description:
        - First name.
      returned: when Airflow returns it
      type: str
      sample: Ada
    last_name:
      description:
        - Last name.
      returned: when Airflow returns it
      type: str
      sample: Lovelace
    roles:
      description:
        - Names of the user's roles.
      returned: when Airflow returns it
      type: list
      elements: str
      sample:
        - Viewer
    active:
      description:
        - Whether the user may log in.
      returned: when Airflow returns it
      type: bool
      sample: true
    last_login:
      description:
        - When the user last logged in.
      returned: when Airflow returns it
      type: str
      sample: '2026-11-23T06:00:00.000000'
    login_count:
      description:
        - How often the user has logged in.
      returned: when Airflow returns it
      type: int
      sample: 3
    fail_login_count:
      description:
        - How often logging in has failed since the user last logged in.
      returned: when Airflow returns it
      type: int
      sample: 0
    created_on:
      description:
        - When the user was created.
      returned: when Airflow returns it
      type: str
      sample: '2026-11-22T06:00:00.000000'
    changed_on:
      description:
        - When the user was changed.
      returned: when Airflow returns it
      type: str
      sample: '2026-11-22T06:00:00.000000'
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
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.user.user_info import USER_INFO


def main() -> None:
    run(USER_INFO)


if __name__ == "__main__":
    main()
