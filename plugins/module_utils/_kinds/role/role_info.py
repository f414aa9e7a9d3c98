# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Roles."""

from __future__ import annotations

from ..._model.api import Since
from ..._model.field import Field
from ..._model.listing import Listing
from .role import ROLE, UNREACHABLE

ROLE_INFO = Listing(
    kind="role",
    collection="roles",
    identity=Field("name", description=("Name of the one role to return.",)),
    order_by="name",
    # Airflow 2 and the provider before refuse the sign itself (source of 2.3.4, 2.11.2, provider 2.0.0 to 3.0.1).
    descending=Since(v1=None, fab="3.0.2"),
    reported=ROLE.shown(),
    part="fab",
    unreachable=UNREACHABLE,
    summary="List roles of Apache Airflow",
    description=("Returns roles of the FAB auth manager with their permissions.",),
    examples="""
- name: Read all roles
  dataops.airflow.airflow_role_info:
    airflow_url: https://airflow.example.com
    airflow_username: auditor
    airflow_password: "{{ airflow_password }}"
  register: found

- name: List the roles that can delete DAGs
  ansible.builtin.debug:
    msg: "{{ item.name }}"
  loop: "{{ found.roles }}"
  when: "{'action': 'can_delete', 'resource': 'DAGs'} in item.permissions"
""",
)
