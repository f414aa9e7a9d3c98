# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter from_airflow_variables."""

from __future__ import annotations

from typing import Any, Callable

from ansible_collections.dataops.airflow.plugins.plugin_utils.airflow_files import variables

DOCUMENTATION = r"""
name: from_airflow_variables
short_description: Variables from files of other tools
version_added: 0.1.0
author:
  - dataops.airflow contributors (@dataops)
description:
  - Makes the option C(variables) of M(dataops.airflow.airflow_deployment) of the exports and lists of Airflow's
    command lines, of answers of its API, of an environment with C(AIRFLOW_VAR_*), and of Astronomer's
    C(airflow_settings.yaml).
  - In an export a variable is a value by its key, or a dictionary of C(value) and C(description) by its key. A value
    that is itself a dictionary of C(value) and perhaps C(description) alone is taken for the second form.
  - Airflow parses values that are JSON when it exports them, so they are stored as it would write them again. C(NaN)
    and infinite numbers, which not every version of Ansible passes on, become the text that Airflow stores for them.
extends_documentation_fragment:
  - dataops.airflow.files
positional: _input
"""

EXAMPLES = r"""
- name: Take over the variables
  dataops.airflow.airflow_deployment:
    variables: >-
      {{ lookup('ansible.builtin.file', 'variables.json') | dataops.airflow.from_airflow_variables }}
"""

RETURN = r"""
_value:
  description: A list as M(dataops.airflow.airflow_deployment) takes it, sorted by name.
  type: list
  elements: dict
"""


class FilterModule:
    """from_airflow_variables."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """The filter by its name."""
        return {"from_airflow_variables": variables}
