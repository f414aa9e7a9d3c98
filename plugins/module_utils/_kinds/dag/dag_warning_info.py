# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Warnings about DAGs."""

from __future__ import annotations

from ..._model.api import Since
from ..._model.listing import Listing
from ..shared.filters import NEW_IN_3_1, needs, option, result_field

DAG_WARNING_INFO = Listing(
    kind="dag_warning",
    collection="dag_warnings",
    template="dagWarnings",
    identity=None,
    order_by="timestamp",
    unique=("dag_id", "warning_type"),
    filters=(
        option("dag_id", "Return only warnings about this DAG."),
        option(
            "warning_type",
            "Return only warnings of this type.",
            choices=("asset conflict", "non-existent pool", "runtime varying value"),
        ),
    ),
    reported=(
        result_field("dag_id", "ID of the DAG.", sample="etl"),
        result_field("dag_display_name", "Its name in the web interface.", sample="etl", since=NEW_IN_3_1),
        result_field("warning_type", "Type of the warning.", sample="non-existent pool"),
        result_field("message", "Text of the warning."),
        result_field("timestamp", "When Airflow issued it."),
    ),
    since=Since(v1="2.4.0"),
    summary="List warnings about DAGs of Apache Airflow",
    # The DAG processor of Airflow 3 drops what parsing found out about pools (source of 3.0.6 to 3.3.2).
    description=(
        "Returns the warnings of Airflow about DAGs.",
        "Airflow 2 warns of pools that do not exist. Airflow 3 does not; it warns of assets that are in conflict and, "
        "from 3.2 on, of values that vary from one parse to the next.",
        *needs(Since(v1="2.4.0")),
    ),
    examples="""
- name: Read all warnings
  dataops.airflow.airflow_dag_warning_info:
    airflow_url: https://airflow.example.com
    airflow_username: auditor
    airflow_password: "{{ airflow_password }}"
  register: found

- name: Fail if there are any
  ansible.builtin.assert:
    that: found.dag_warnings == []
""",
)
