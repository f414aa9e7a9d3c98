#!/usr/bin/python
# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Written by tools/generate.py from plugins/module_utils/_kinds: change it there.

from __future__ import annotations

DOCUMENTATION = r"""
module: airflow_version_info
short_description: Get the version of Apache Airflow
version_added: 0.1.0
description:
  - Returns the version of Airflow and the generation of its REST API.
  - Needs no credentials.
author:
  - dataops.airflow contributors (@dataops)
extends_documentation_fragment:
  - dataops.airflow.connection
  - dataops.airflow.attributes
  - dataops.airflow.attributes.info
"""

EXAMPLES = r"""
- name: Read the version
  dataops.airflow.airflow_version_info:
    airflow_url: https://airflow.example.com
  register: airflow

- name: Require Airflow 3
  ansible.builtin.assert:
    that: airflow.version is version('3.0.0', '>=')
"""

RETURN = r"""
version:
  description:
    - Version of Airflow.
  returned: success
  type: str
  sample: 3.3.2
git_version:
  description:
    - Commit that it was built from; empty if the server does not return it.
  returned: success
  type: str
  sample: .release:aa19d2d
api_version:
  description:
    - 'Generation of the REST API: V(v1) on Airflow 2, V(v2) on Airflow 3.'
  returned: success
  type: str
  sample: v2
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
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.server.version_info import VERSION_INFO


def main() -> None:
    run(VERSION_INFO)


if __name__ == "__main__":
    main()
