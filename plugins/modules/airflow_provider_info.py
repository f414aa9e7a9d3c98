#!/usr/bin/python
# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Written by tools/generate.py from plugins/module_utils/_kinds: change it there.

from __future__ import annotations

DOCUMENTATION = r"""
module: airflow_provider_info
short_description: List providers of Apache Airflow
version_added: 0.1.0
description:
  - Returns the provider packages that are installed where Airflow's API runs.
author:
  - dataops.airflow contributors (@dataops)
extends_documentation_fragment:
  - dataops.airflow.connection
  - dataops.airflow.attributes
  - dataops.airflow.attributes.info
options:
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
- name: Read all providers
  dataops.airflow.airflow_provider_info:
    airflow_url: https://airflow.example.com
    airflow_username: auditor
    airflow_password: "{{ airflow_password }}"
  register: found

- name: Require one
  ansible.builtin.assert:
    that: "'apache-airflow-providers-postgres' in found.providers | map(attribute='package_name')"
"""

RETURN = r"""
providers:
  description:
    - The objects that were found; empty if there are none.
  returned: success
  type: list
  elements: dict
  contains:
    package_name:
      description:
        - Name of the package.
      returned: when Airflow returns it
      type: str
      sample: apache-airflow-providers-postgres
    version:
      description:
        - Its version.
      returned: when Airflow returns it
      type: str
      sample: 6.2.0
    description:
      description:
        - Description of the provider.
      returned: when Airflow returns it
      type: str
    documentation_url:
      description:
        - URL of its documentation.
      returned: when Airflow returns it (Airflow 3.1.6 or later)
      type: str
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
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.server.provider_info import PROVIDER_INFO


def main() -> None:
    run(PROVIDER_INFO)


if __name__ == "__main__":
    main()
