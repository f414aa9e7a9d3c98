# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter from_airflow_pools."""

from __future__ import annotations

from typing import Any, Callable

from ansible_collections.dataops.airflow.plugins.plugin_utils.airflow_files import pools

DOCUMENTATION = r"""
name: from_airflow_pools
short_description: Pools from files of other tools
version_added: 0.1.0
author:
  - dataops.airflow contributors (@dataops)
description:
  - Makes the option C(pools) of M(dataops.airflow.airflow_deployment) of the exports and lists of Airflow's command
    lines, of answers of its API, and of Astronomer's C(airflow_settings.yaml).
extends_documentation_fragment:
  - dataops.airflow.files
positional: _input
"""

EXAMPLES = r"""
- name: Take over the pools
  dataops.airflow.airflow_deployment:
    pools: "{{ lookup('ansible.builtin.file', 'pools.json') | dataops.airflow.from_airflow_pools }}"
"""

RETURN = r"""
_value:
  description: A list as M(dataops.airflow.airflow_deployment) takes it, sorted by name.
  type: list
  elements: dict
"""


class FilterModule:
    """from_airflow_pools."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """The filter by its name."""
        return {"from_airflow_pools": pools}
