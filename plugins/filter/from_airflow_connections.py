# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter from_airflow_connections."""

from __future__ import annotations

from typing import Any, Callable

from ansible_collections.dataops.airflow.plugins.plugin_utils.airflow_files import connections

DOCUMENTATION = r"""
name: from_airflow_connections
short_description: Connections from files of other tools
version_added: 0.1.0
author:
  - dataops.airflow contributors (@dataops)
description:
  - Makes the option C(connections) of M(dataops.airflow.airflow_deployment) of the exports and lists of Airflow's
    command lines, of answers of its API, of an environment with C(AIRFLOW_CONN_*), and of Astronomer's
    C(airflow_settings.yaml).
  - Such a file holds passwords in clear. Keep it in a vault.
  - What is empty in the file, C(null) or C(""), clears what is stored. What the file does not name is left alone. Of
    a connection without a password the option C(stored_password) says so; what the file hides, as C(***), is left
    alone, and named in a warning.
extends_documentation_fragment:
  - dataops.airflow.files
positional: _input
"""

EXAMPLES = r"""
- name: Take over the connections
  dataops.airflow.airflow_deployment:
    connections: >-
      {{ lookup('ansible.builtin.unvault', 'connections.json') | dataops.airflow.from_airflow_connections }}
"""

RETURN = r"""
_value:
  description: A list as M(dataops.airflow.airflow_deployment) takes it, sorted by name.
  type: list
  elements: dict
"""


class FilterModule:
    """from_airflow_connections."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """The filter by its name."""
        return {"from_airflow_connections": connections}
