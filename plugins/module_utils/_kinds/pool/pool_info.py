# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading pools."""

from __future__ import annotations

from ..._model.api import Since
from ..._model.field import Field
from ..._model.listing import Listing
from .pool import POOL, UNREACHABLE

POOL_INFO = Listing(
    kind="pool",
    collection="pools",
    identity=Field("name", description=("Name of the one pool to return.",)),
    order_by="name",
    filters=(
        Field(
            "pool_name_pattern",
            description=(
                "Return pools whose name contains this text. Not case-sensitive; V(%) and V(_) are wildcards. Needs "
                "Airflow 3.",
            ),
            since=Since(v1=None, v2="3.0.0"),
        ),
        Field(
            "pool_name_prefix_pattern",
            description=("Return pools whose name begins with this text. Needs Airflow 3.2.2.",),
            since=Since(v1=None, v2="3.2.2"),
        ),
    ),
    reported=POOL.shown(),
    unreachable=UNREACHABLE,
    summary="List pools of Apache Airflow",
    description=("Returns pools with their settings and the usage of their slots.",),
    examples="""
- name: Read all pools
  dataops.airflow.airflow_pool_info:
    airflow_url: https://airflow.example.com
    airflow_username: auditor
    airflow_password: "{{ airflow_password }}"
  register: found

- name: List the pools that are full
  ansible.builtin.debug:
    msg: "{{ found.pools | selectattr('open_slots', 'eq', 0) | map(attribute='name') }}"

- name: Read one pool
  dataops.airflow.airflow_pool_info:
    name: etl
""",
)
