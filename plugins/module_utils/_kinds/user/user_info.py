# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading users."""

from __future__ import annotations

from ..._model.api import Since
from ..._model.field import Field
from ..._model.listing import Listing
from .user import UNREACHABLE, USER

USER_INFO = Listing(
    kind="user",
    collection="users",
    identity=Field("username", description=("Name of the one user to return.",), ignores_case=True),
    order_by="id",
    # Airflow 2 and the provider before refuse the sign itself (source of 2.3.4, 2.11.2, provider 2.0.0 to 3.1.2).
    descending=Since(v1=None, fab="3.2.0"),
    reported=tuple(item for item in USER.shown() if item.name != "password"),
    part="fab",
    unreachable=UNREACHABLE,
    summary="List users of Apache Airflow",
    description=("Returns users of the FAB auth manager with their roles.",),
    examples="""
- name: Read all users
  dataops.airflow.airflow_user_info:
    airflow_url: https://airflow.example.com
    airflow_username: auditor
    airflow_password: "{{ airflow_password }}"
  register: found

- name: List the administrators
  ansible.builtin.debug:
    msg: "{{ found.users | selectattr('roles', 'contains', 'Admin') | map(attribute='username') }}"
""",
)
