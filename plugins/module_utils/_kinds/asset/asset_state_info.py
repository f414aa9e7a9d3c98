# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What tasks have stored for an asset."""

from __future__ import annotations

from ..._model.field import Field
from ..._model.listing import Listing
from ..shared.filters import (
    NEW_IN_3_3,
    STATE_VALUE,
    needs,
    result_field,
)

ASSET_STATE_INFO = Listing(
    kind="asset_state",
    collection="asset_states",
    template="assets/{asset_id}/state-store",
    answer="asset_state_store",
    parents=(Field("asset_id", type="int", required=True, description=("ID of the asset.",)),),
    identity=Field("key", description=("Key of the one value to return.",)),
    order_by=None,
    reported=(
        result_field("key", "Key of the value.", sample="cursor"),
        STATE_VALUE,
        result_field("updated_at", "When it was last changed."),
        result_field("last_updated_by", "What last updated it.", "dict"),
    ),
    since=NEW_IN_3_3,
    summary="List the state of an asset of Apache Airflow",
    description=("Returns the values that tasks have stored for an asset.", *needs(NEW_IN_3_3)),
    examples="""
- name: Read what is stored with an asset
  dataops.airflow.airflow_asset_state_info:
    airflow_url: https://airflow.example.com
    airflow_username: auditor
    airflow_password: "{{ airflow_password }}"
    asset_id: 12
""",
)
