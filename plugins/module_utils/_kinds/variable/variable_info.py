# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading variables."""

from __future__ import annotations

from ..._model.api import Since
from ..._model.field import Field
from ..._model.listing import Listing
from .variable import UNREACHABLE, VARIABLE

VARIABLE_INFO = Listing(
    kind="variable",
    collection="variables",
    identity=Field("key", description=("Key of the one variable to return.",)),
    order_by="key",
    # Airflow 2 does not quote KEY, a word of MySQL's own (apply_sorting of 2.3.0 to 2.11.2), and responds with a 500.
    orders={"v1": "id"},
    filters=(
        Field(
            "variable_key_pattern",
            description=(
                "Return variables whose key contains this text. Not case-sensitive; V(%) and V(_) are wildcards. Needs "
                "Airflow 3.",
            ),
            since=Since(v1=None, v2="3.0.0"),
        ),
        Field(
            "variable_key_prefix_pattern",
            description=("Return variables whose key begins with this text. Needs Airflow 3.2.2.",),
            since=Since(v1=None, v2="3.2.2"),
        ),
    ),
    reported=VARIABLE.shown(),
    unreachable=UNREACHABLE,
    summary="List variables of Apache Airflow",
    description=(
        "Returns variables with their values.",
        "A value is replaced by C(***) if Airflow hides it, and also on Airflow 2, which never does, if the key or "
        "a key in the value sounds like a secret. So is what looks like a secret in any text.",
    ),
    examples="""
- name: Read all variables
  dataops.airflow.airflow_variable_info:
    airflow_url: https://airflow.example.com
    airflow_username: auditor
    airflow_password: "{{ airflow_password }}"
  register: found

- name: Read one variable
  dataops.airflow.airflow_variable_info:
    key: region
""",
)
