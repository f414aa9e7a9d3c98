# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter to_airflow_vars."""

from __future__ import annotations

from typing import Any, Callable

from ansible_collections.dataops.airflow.plugins.plugin_utils.vars_file import to_vars

DOCUMENTATION = r"""
name: to_airflow_vars
short_description: A deployment as the text of a vars file
version_added: 0.1.0
author:
  - dataops.airflow contributors (@dataops)
description:
  - Turns the result of M(dataops.airflow.airflow_deployment_info) into a file with the variables C(airflow_pools),
    C(airflow_variables) and so on, which the role C(dataops.airflow.provision) takes.
  - The places listed in O(secrets) become references to their variables, which Ansible evaluates when it uses the file.
    Everything else in the file is data and stays as it is.
positional: _input, secrets
options:
  _input:
    description: RV(dataops.airflow.airflow_deployment_info#module:deployment).
    type: dict
    required: true
  secrets:
    description:
      - RV(dataops.airflow.airflow_deployment_info#module:secrets).
      - Those of objects that are not in the deployment are ignored.
    type: list
    elements: dict
    default: []
"""

EXAMPLES = r"""
- name: Read the deployment
  dataops.airflow.airflow_deployment_info:
  register: found

- name: Write the vars file
  ansible.builtin.copy:
    content: "{{ found.deployment | dataops.airflow.to_airflow_vars(found.secrets) }}"
    dest: airflow.yml
    mode: "0644"
"""

RETURN = r"""
_value:
  description: YAML.
  type: str
"""


class FilterModule:
    """to_airflow_vars."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """The filter by its name."""
        return {"to_airflow_vars": to_vars}
