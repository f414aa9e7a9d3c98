# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Events of assets that DAGs have not run for yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Mapping

from ..._model.api import V1, Since
from ..._model.errors import InvalidInputError, MissingError
from ..._model.field import Field
from ..._model.listing import Single
from ..._model.paths import Path, join
from ..._model.shape import AN_OBJECT
from ..._model.timestamps import moment
from ..shared.filters import (
    NEW_IN_3,
    needs,
    option,
    result_field,
)
from .datasets import of_uri

if TYPE_CHECKING:
    from ..._http.client import Client
QUEUED = Since(v1="2.9.0")


def _queued(client: Client, options: Mapping[str, Any]) -> dict[str, Any]:
    paths = list(_queue_paths(client, options))
    query = [("before", options["before"])] if options["before"] else []
    found: list[Any] = []
    for path in paths:
        try:
            answer = client.call("GET", path, query=query, check=AN_OBJECT)
        except MissingError:
            continue
        found += answer.get("queued_events", [answer])
    return {"queued_events": found}


def _queue_paths(client: Client, options: Mapping[str, Any]) -> list[Path]:
    """Where the queued events are that the options name."""
    dag, uri, asset_id = options["dag_id"], options["uri"], options["asset_id"]
    if dag is None and uri is None and asset_id is None:
        raise InvalidInputError("dag_id, uri or asset_id must be given, to select a queue")
    place = ["dags", dag] if dag is not None else []
    if client.server.api is V1:
        return [join(*place, "datasets", "queuedEvent", *([uri] if uri is not None else []))]
    assets = [asset_id] if asset_id is not None else [row["id"] for row in of_uri(client, uri)] if uri else []
    if uri is None and asset_id is None:
        return [join(*place, "assets", "queuedEvents")]
    return [join(*place, "assets", str(number), "queuedEvents") for number in assets]


QUEUED_EVENT_INFO = Single(
    kind="queued_event",
    read=_queued,
    fields=(
        Field("dag_id", description=("Return only events that are queued for this DAG.",)),
        Field("uri", description=("Return only events of the asset, or dataset, with this URI.",)),
        option("asset_id", "Return only events of this asset.", "int", NEW_IN_3),
        option("before", "Return only events before this time, as ISO 8601.", parse=moment),
    ),
    returned=(
        Field(
            "queued_events",
            type="list",
            elements="dict",
            description=("The events that have not triggered a run yet; empty if there are none.",),
            contains=(
                result_field("dag_id", "ID of the DAG that is scheduled on it.", sample="report"),
                result_field("uri", "URI of the dataset; Airflow 3 returns C(asset_id) instead."),
                result_field("asset_id", "ID of the asset.", "int", 12, since=NEW_IN_3),
                result_field("created_at", "When it was queued."),
            ),
        ),
    ),
    since=QUEUED,
    summary="List the queued asset events of Apache Airflow",
    description=(
        "Returns the asset events that are queued for DAGs which still wait for other assets.",
        "At least one of O(dag_id), O(uri) and O(asset_id) must be given.",
        *needs(QUEUED),
    ),
    examples="""
- name: List the asset events that a DAG has already received
  dataops.airflow.airflow_queued_event_info:
    airflow_url: https://airflow.example.com
    airflow_username: auditor
    airflow_password: "{{ airflow_password }}"
    dag_id: report
""",
)
