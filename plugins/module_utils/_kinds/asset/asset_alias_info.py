# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Aliases of assets."""

from __future__ import annotations

from ..._model.field import Field
from ..._model.listing import Listing
from ..shared.filters import (
    NEW_IN_3,
    needs,
    pattern,
    result_field,
)

ASSET_ALIAS_INFO = Listing(
    kind="asset_alias",
    collection="asset_aliases",
    template="assets/aliases",
    identity=Field("asset_alias_id", type="int", names={"v2": "id"}, description=("ID of the one alias to return.",)),
    order_by="id",
    unique=("id",),
    filters=(*pattern("name", "name", NEW_IN_3),),
    reported=(
        result_field("id", "ID of the alias.", "int", 3),
        result_field("name", "Its name.", sample="orders"),
        result_field("group", "Its group.", sample="asset"),
    ),
    since=NEW_IN_3,
    summary="List aliases of assets of Apache Airflow",
    description=(
        "Returns the aliases under which tasks update assets that are only known at run time.",
        *needs(NEW_IN_3),
    ),
    examples="""
- name: Read all aliases
  dataops.airflow.airflow_asset_alias_info:
    airflow_url: https://airflow.example.com
    airflow_username: auditor
    airflow_password: "{{ airflow_password }}"
""",
)
