# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading connections."""

from __future__ import annotations

from ..._model.api import Since
from ..._model.field import Field
from ..._model.listing import Listing
from .connection import CONNECTION, UNREACHABLE

CONNECTION_INFO = Listing(
    kind="connection",
    collection="connections",
    identity=Field("connection_id", description=("ID of the one connection to return.",)),
    order_by="connection_id",
    filters=(
        Field(
            "connection_id_pattern",
            description=(
                "Return connections whose ID contains this text. Not case-sensitive; V(%) and V(_) are wildcards. "
                "Needs Airflow 3.",
            ),
            since=Since(v1=None, v2="3.0.0"),
        ),
        Field(
            "connection_id_prefix_pattern",
            description=("Return connections whose ID begins with this text. Needs Airflow 3.2.2.",),
            since=Since(v1=None, v2="3.2.2"),
        ),
    ),
    reported=CONNECTION.shown(),
    unreachable=UNREACHABLE,
    # v1's list leaves out extra.
    read_each=frozenset({"v1"}),
    summary="List connections of Apache Airflow",
    description=(
        "Returns connections, without their secrets.",
        "Airflow 2 leaves C(extra) out of its list, so there each connection takes a request of its own.",
    ),
    examples="""
- name: Read all connections
  dataops.airflow.airflow_connection_info:
    airflow_url: https://airflow.example.com
    airflow_username: auditor
    airflow_password: "{{ airflow_password }}"
  register: found

- name: List the connections without TLS
  ansible.builtin.debug:
    msg: "{{ found.connections | rejectattr('extra.sslmode', 'defined') | map(attribute='connection_id') }}"

- name: Read one connection
  dataops.airflow.airflow_connection_info:
    connection_id: warehouse
""",
)
