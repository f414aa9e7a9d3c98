#!/usr/bin/python
# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Written by tools/generate.py from plugins/module_utils/_kinds: change it there.

from __future__ import annotations

DOCUMENTATION = r"""
module: airflow_variable_info
short_description: List variables of Apache Airflow
version_added: 0.1.0
description:
  - Returns variables with their values.
  - A value is replaced by C(***) if Airflow hides it, and also on Airflow 2, which never does, if the
    key or a key in the value sounds like a secret. So is what looks like a secret in any text.
author:
  - dataops.airflow contributors (@dataops)
extends_documentation_fragment:
  - dataops.airflow.connection
  - dataops.airflow.attributes
  - dataops.airflow.attributes.info
options:
  key:
    description:
      - Key of the one variable to return.
      - If it does not exist, the returned list is empty.
    type: str
  variable_key_pattern:
    description:
      - Return variables whose key contains this text. Not case-sensitive; V(%) and V(_) are wildcards.
        Needs Airflow 3.
    type: str
  variable_key_prefix_pattern:
    description:
      - Return variables whose key begins with this text. Needs Airflow 3.2.2.
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
- name: Read all variables
  dataops.airflow.airflow_variable_info:
    airflow_url: https://airflow.example.com
    airflow_username: auditor
    airflow_password: "{{ airflow_password }}"
  register: found

- name: Read one variable
  dataops.airflow.airflow_variable_info:
    key: region
"""

RETURN = r"""
variables:
  description:
    - The objects that were found; empty if there are none.
    - See also M(dataops.airflow.airflow_variable).
  returned: success
  type: list
  elements: dict
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
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.variable.variable_info import VARIABLE_INFO


def main() -> None:
    run(VARIABLE_INFO)


if __name__ == "__main__":
    main()
