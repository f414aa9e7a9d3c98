#!/usr/bin/python
# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Written by tools/generate.py from plugins/module_utils/_kinds: change it there.

from __future__ import annotations

DOCUMENTATION = r"""
module: airflow_config_info
short_description: Read the configuration of Apache Airflow
version_added: 0.1.0
description:
  - 'Returns Airflow''s configuration, if its administrator exposes it: C([webserver] expose_config) on
    Airflow 2, C([api] expose_config) on Airflow 3.'
  - Values that may be secrets are always hidden, regardless of the server.
author:
  - dataops.airflow contributors (@dataops)
extends_documentation_fragment:
  - dataops.airflow.connection
  - dataops.airflow.attributes
  - dataops.airflow.attributes.info
options:
  section:
    description:
      - Name of the one section to return.
    type: str
  option:
    description:
      - Name of the one option to return. Needs O(section).
    type: str
"""

EXAMPLES = r"""
- name: Read the executor setting
  dataops.airflow.airflow_config_info:
    airflow_url: https://airflow.example.com
    airflow_username: auditor
    airflow_password: "{{ airflow_password }}"
    section: core
    option: executor
  register: config

- name: Show it
  ansible.builtin.debug:
    msg: "{{ config.sections[0].options[0].value }}"
"""

RETURN = r"""
sections:
  description:
    - The sections of the configuration; empty if there is no such section or option.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description:
        - Name of the section.
      returned: when Airflow returns it
      type: str
      sample: core
    options:
      description:
        - Options of the section, with secrets hidden.
      returned: when Airflow returns it
      type: list
      elements: dict
      sample:
        - key: executor
          value: LocalExecutor
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
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.server.config_info import CONFIG_INFO


def main() -> None:
    run(CONFIG_INFO)


if __name__ == "__main__":
    main()
