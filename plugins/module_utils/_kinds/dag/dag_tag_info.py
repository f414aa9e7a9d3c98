# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tags of DAGs."""

from __future__ import annotations

from ..._model.listing import Listing
from ..shared.filters import NEW_IN_3, needs, pattern

DAG_TAG_INFO = Listing(
    kind="dag_tag",
    collection="dag_tags",
    template="dagTags",
    answer="tags",
    identity=None,
    order_by="name",
    filters=(*pattern("tag_name", "name", NEW_IN_3),),
    reported=(),
    since=NEW_IN_3,
    summary="List the tags of DAGs of Apache Airflow",
    description=("Returns the names of all tags of DAGs.", *needs(NEW_IN_3)),
    examples="""
- name: Read all tags
  dataops.airflow.airflow_dag_tag_info:
    airflow_url: https://airflow.example.com
    airflow_username: auditor
    airflow_password: "{{ airflow_password }}"
""",
)
