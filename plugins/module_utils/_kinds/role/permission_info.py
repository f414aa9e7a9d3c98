# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Permissions that a role can have."""

from __future__ import annotations

from typing import Any, Mapping

from ..._model.api import Api, Since
from ..._model.listing import Listing
from .role import PERMISSION_PARTS


def _permission(row: Mapping[str, Any], api: Api) -> dict[str, Any]:
    """A row of ``/permissions``: a pair, or an action alone."""
    if "name" in row:
        return {"action": row["name"]}
    return {"action": row["action"]["name"], "resource": row["resource"]["name"]}


PERMISSION_INFO = Listing(
    kind="permission",
    collection="permissions",
    answer="actions",
    identity=None,
    order_by="id",
    orders={"v1": "", "fab": ""},
    order_since=Since(v1=None, fab="3.6.0"),
    reported=PERMISSION_PARTS,
    part="fab",
    row=_permission,
    summary="List the permissions of Apache Airflow",
    description=(
        "Returns the permissions that roles of the FAB auth manager can have.",
        "Airflow 2, and Airflow 3 with apache-airflow-providers-fab before 3.5, list the actions only, without "
        "resources.",
    ),
    examples="""
- name: Read all permissions
  dataops.airflow.airflow_permission_info:
    airflow_url: https://airflow.example.com
    airflow_username: auditor
    airflow_password: "{{ airflow_password }}"
  register: found

- name: List the resources
  ansible.builtin.debug:
    msg: "{{ found.permissions | selectattr('resource', 'defined') | map(attribute='resource') | unique }}"
""",
)
