# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Assets, which Airflow 2 calls datasets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Mapping

from ..._model.api import V1, Api, Since
from ..._model.field import Field
from ..._model.listing import Listing
from ..._model.paths import below
from ..._model.secrets import Secrecy
from ..._model.shape import an_object
from ..shared.filters import (
    NEW_IN_3,
    NEW_IN_3_1,
    listed,
    needs,
    option,
    pattern,
    result_field,
)
from ..shared.rows import renamed
from .datasets import DATASETS, of_uri

if TYPE_CHECKING:
    from ..._http.client import Client


def asset_row(row: Mapping[str, Any], api: Api) -> dict[str, Any]:
    """An asset, or a dataset of v1; 3.0 names the DAGs as v1 does."""
    return renamed(row, {"consuming_dags": "scheduled_dags"})


def _find(client: Client, listing: Listing, name: str, options: Mapping[str, Any]) -> list[dict[str, Any]]:
    if options["asset_id"] is not None:
        return [
            client.call(
                "GET", below(listing.path, str(options["asset_id"])), check=an_object(shown={"id": options["asset_id"]})
            )
        ]
    if client.server.api is V1:
        return [client.call("GET", below(listing.path, name), check=an_object(shown={"uri": name}))]
    return of_uri(client, name)


ASSET_INFO = Listing(
    kind="asset",
    collection="assets",
    templates={"v1": "datasets"},
    answers={"v1": "datasets"},
    identity=Field(
        "uri", description=("URI of the one asset, or dataset, to return. On Airflow 3 several can have the same.",)
    ),
    alternates=(option("asset_id", "ID of the one asset to return.", "int", NEW_IN_3),),
    find=_find,
    order_by="id",
    unique=("id",),
    filters=(
        option("uri_pattern", "Return only those whose URI contains this text. Not case-sensitive."),
        *pattern("uri", "URI")[1:],
        *pattern("name", "name", NEW_IN_3),
        listed(
            "dag_ids",
            "Return only those that these DAGs are scheduled on or update.",
            Since(v1="2.9.0"),
            joined=frozenset({"v1"}),
        ),
        option(
            "only_active",
            "Whether to leave out assets that no DAG references any more. Airflow does unless this is V(false).",
            "bool",
            NEW_IN_3,
        ),
    ),
    row=asset_row,
    reported=(
        result_field("id", "ID of the asset.", "int", 12),
        result_field("uri", "URI of the asset.", sample="s3://warehouse/orders"),
        result_field("name", "Its name.", sample="orders", since=NEW_IN_3),
        result_field("group", "Its group.", sample="asset", since=NEW_IN_3),
        result_field("extra", "Extra information, as a dict.", "dict", secrecy=Secrecy.BY_KEY),
        result_field(
            "scheduled_dags", "The DAGs that are scheduled on it.", "list", [{"dag_id": "report"}], elements="dict"
        ),
        result_field("producing_tasks", "The tasks that update it.", "list", elements="dict"),
        result_field("consuming_tasks", "The tasks that use it.", "list", elements="dict", since=NEW_IN_3_1),
        result_field("aliases", "Aliases of the asset.", "list", elements="dict"),
        result_field("last_asset_event", "The latest event of the asset.", "dict", since=NEW_IN_3_1),
        result_field("created_at", "When it was created."),
        result_field("updated_at", "When it was last changed."),
    ),
    since=DATASETS,
    summary="List assets of Apache Airflow",
    description=("Returns assets, which Airflow 2 calls datasets.", *needs(DATASETS)),
    examples="""
- name: Read all assets
  dataops.airflow.airflow_asset_info:
    airflow_url: https://airflow.example.com
    airflow_username: auditor
    airflow_password: "{{ airflow_password }}"
  register: found

- name: Read one
  dataops.airflow.airflow_asset_info:
    uri: s3://warehouse/orders
""",
)
