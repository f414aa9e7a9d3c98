#!/usr/bin/python
# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Written by tools/generate.py from plugins/module_utils/_kinds: change it there.

from __future__ import annotations

DOCUMENTATION = r"""
module: airflow_deployment_info
short_description: Export a whole deployment of Apache Airflow
version_added: 0.1.0
description:
  - Returns roles, users, pools, connections, variables and DAGs in the form that M(dataops.airflow.airflow_deployment)
    takes, on the same version of Airflow or another.
  - Applying it with the secrets filled in reports no change if C(update_secrets) is V(on_create), as
    hidden values cannot be compared.
  - The built-in roles are left out; of a DAG there is only whether it is paused.
  - Airflow 2 leaves C(extra) out of its list of connections, so there each takes a request of its own.
author:
  - dataops.airflow contributors (@dataops)
extends_documentation_fragment:
  - dataops.airflow.connection
  - dataops.airflow.attributes
  - dataops.airflow.attributes.info
options:
  gather:
    description:
      - Kinds of objects to read. By default all of them, except users and roles if Airflow does not use
        the FAB auth manager.
    type: list
    elements: str
    choices:
      - roles
      - users
      - pools
      - connections
      - variables
      - dags
  include:
    description:
      - Shell patterns of C(kind/name) for what to return, such as C(connection/etl_*).
    type: list
    elements: str
    default:
      - '*'
  exclude:
    description:
      - Shell patterns of C(kind/name) for what to leave out, such as C(user/admin).
    type: list
    elements: str
    default: []
"""

EXAMPLES = r"""
- name: Read everything
  dataops.airflow.airflow_deployment_info:
    airflow_url: https://airflow.example.com
    airflow_username: auditor
    airflow_password: "{{ airflow_password }}"
  register: found

- name: List the secrets to fill in before it can be applied elsewhere
  ansible.builtin.debug:
    msg: "{{ found.secrets | selectattr('certain') | map(attribute='variable') }}"

- name: Read variables and pools
  dataops.airflow.airflow_deployment_info:
    gather: [variables, pools]
"""

RETURN = r"""
deployment:
  description:
    - For each kind a list of objects, sorted by name, with the options of M(dataops.airflow.airflow_deployment).
      Empty and default values are left out.
    - Values that Airflow hides, or that sound like secrets, are replaced by a reference to a variable,
      such as C({{ vault_airflow_variable_api_token_value }}). If the value may not exist, the reference
      leaves the option out as long as the variable is not defined.
    - 'Ansible does not evaluate what a module returns: write it to a file, as the role C(dataops.airflow.export)
      does.'
  returned: success
  type: dict
  sample:
    pools:
      - name: default_pool
        slots: 128
    variables:
      - key: api_token
        value: '{{ vault_airflow_variable_api_token_value }}'
secrets:
  description:
    - The variables that are referenced.
  returned: success
  type: list
  elements: dict
  contains:
    kind:
      description:
        - Kind of the object.
      returned: when Airflow returns it
      type: str
      sample: connection
    name:
      description:
        - Name of the object.
      returned: when Airflow returns it
      type: str
      sample: warehouse
    option:
      description:
        - The option, and the place of the value in it.
      returned: when Airflow returns it
      type: str
      sample: extra.api_key
    path:
      description:
        - The option, and the keys and indexes that lead to the value in it.
      returned: when Airflow returns it
      type: list
      elements: str
      sample:
        - extra
        - api_key
    variable:
      description:
        - Name of the variable. It depends only on the place of the value and is unique; it ends in a
          digest if the name alone could be that of another value.
      returned: when Airflow returns it
      type: str
      sample: vault_airflow_connection_warehouse_extra_api_key
    certain:
      description:
        - Whether the value is known to exist. Airflow 2 does not return whether a connection has a password,
          and no version does so for users.
      returned: when Airflow returns it
      type: bool
      sample: true
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
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.deployment.deployment_info import DEPLOYMENT_INFO


def main() -> None:
    run(DEPLOYMENT_INFO)


if __name__ == "__main__":
    main()
