#!/usr/bin/python
# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Written by tools/generate.py from plugins/module_utils/_kinds: change it there.

from __future__ import annotations

DOCUMENTATION = r"""
module: airflow_user
short_description: Manage users of Apache Airflow
version_added: 0.1.0
description:
  - Creates, changes and deletes users of the FAB auth manager, which Airflow 2 has and Airflow 3 can
    have.
  - The user that the module logs in as is never deleted. With O(airflow_token) on Airflow before 3.2
    that user cannot be determined, so no user is deleted.
author:
  - dataops.airflow contributors (@dataops)
extends_documentation_fragment:
  - dataops.airflow.connection
  - dataops.airflow.attributes
  - dataops.airflow.attributes.resource
options:
  username:
    description:
      - Name of the user. Not case-sensitive.
    type: str
    required: true
  email:
    description:
      - Email address, unique among users. Needed to create a user.
    type: str
  first_name:
    description:
      - First name. Needed to create a user.
    type: str
  last_name:
    description:
      - Last name. Needed to create a user.
    type: str
  password:
    description:
      - Password of the user. Needed to create a user on Airflow 3.
    type: str
  roles:
    description:
      - Names of the user's roles, in any order. The user has exactly these. Needed to create a user.
      - Airflow 3 creates users without roles only if C(AUTH_USER_REGISTRATION_ROLE) names a role.
    type: list
    elements: str
  update_password:
    description:
      - What to do about the password of an existing user.
      - 'V(always) tries to log in with O(password), in check mode too, and sets the password if that
        is refused. A password that is already right is not a change. Airflow counts these logins: C(login_count)
        and C(last_login), or C(fail_login_count), of the user change. If a login attempt cannot verify
        the password (inactive user, password logins disabled), it is set on every run and listed in RV(unverified).'
      - V(on_create) only sets the password of a new user, and never tries to log in.
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
"""

EXAMPLES = r"""
- name: Create a user
  dataops.airflow.airflow_user:
    airflow_url: https://airflow.example.com
    airflow_username: ansible
    airflow_password: "{{ airflow_password }}"
    username: ada
    email: ada@example.com
    first_name: Ada
    last_name: Lovelace
    password: "{{ vault_ada_password }}"
    roles: [Viewer, analyst]

- name: Change only the roles of a user
  dataops.airflow.airflow_user:
    username: ada
    roles: [Op]

- name: Set a first password, for the user to change
  dataops.airflow.airflow_user:
    username: grace
    email: grace@example.com
    first_name: Grace
    last_name: Hopper
    password: "{{ vault_first_password }}"
    roles: [Viewer]
    update_password: on_create

- name: Delete a user
  dataops.airflow.airflow_user:
    username: ada
    state: absent
"""

RETURN = r"""
user:
  description:
    - The user after the change, or as it would be in check mode. Empty if it does not exist.
  returned: success
  type: dict
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
    password:
      description:
        - Placeholder if a password is set; never the password itself.
      returned: when Airflow returns it
      type: str
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
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.user.user import USER


def main() -> None:
    run(USER)


if __name__ == "__main__":
    main()
