# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading assets, called datasets on Airflow 2: their events, aliases and states."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Mapping

from .._core.api import V1, Api, Path, Since, below, join
from .._core.errors import InvalidInputError, MissingError
from .._core.listing import Listing, Route, Single
from .._core.moments import moment
from .._core.secrets import Secrecy
from .._core.shape import AN_OBJECT, an_object
from .._core.spec import Field
from .filters import NEW_IN_3, NEW_IN_3_2, NEW_IN_3_3, STATE_VALUE, between, listed, needs, option, pattern, told
from .rows import dag_run_row, renamed

if TYPE_CHECKING:
    from .._core.client import Client

DATASETS = Since(v1="2.4.0")
QUEUED = Since(v1="2.9.0")


def asset_row(row: Mapping[str, Any], api: Api) -> dict[str, Any]:
    """An asset, or a dataset of v1."""
    return renamed(row, {"consuming_dags": "scheduled_dags"}) if api is V1 else dict(row)


def asset_event_row(row: Mapping[str, Any], api: Api) -> dict[str, Any]:
    """An asset's event, or a dataset's."""
    event = renamed(row, {"dataset_id": "asset_id", "dataset_uri": "uri"}) if api is V1 else dict(row)
    runs = [renamed(dag_run_row(run, api), {"run_id": "dag_run_id"}) for run in event.get("created_dagruns") or ()]
    return {**event, "created_dagruns": runs}


def _of_uri(client: Client, uri: str) -> list[dict[str, Any]]:
    """The assets of Airflow 3 that have a URI: v2 knows a part of it as a filter only."""
    query = {"uri_pattern": uri, "only_active": False, "order_by": "id"}
    return [
        row for row in client.pages(join("assets"), "assets", query, row=an_object("id", "uri")) if row["uri"] == uri
    ]


def _find(client: Client, listing: Listing, name: str, options: Mapping[str, Any]) -> list[dict[str, Any]]:
    if options["asset_id"] is not None:
        return [
            client.call(
                "GET", below(listing.path, str(options["asset_id"])), check=an_object(shown={"id": options["asset_id"]})
            )
        ]
    if client.server.api is V1:
        return [client.call("GET", below(listing.path, name), check=an_object(shown={"uri": name}))]
    return _of_uri(client, name)


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
        told("id", "ID of the asset.", "int", 12),
        told("uri", "URI of the asset.", sample="s3://warehouse/orders"),
        told("name", "Its name.", sample="orders", since=NEW_IN_3),
        told("group", "Its group.", sample="asset", since=NEW_IN_3),
        told("extra", "Extra information, as a dict.", "dict", secrecy=Secrecy.BY_KEY),
        told("scheduled_dags", "The DAGs that are scheduled on it.", "list", [{"dag_id": "report"}], elements="dict"),
        told("producing_tasks", "The tasks that update it.", "list", elements="dict"),
        told("consuming_tasks", "The tasks that use it.", "list", elements="dict", since=Since(v1=None, v2="3.1.0")),
        told("aliases", "Aliases of the asset.", "list", elements="dict"),
        told("last_asset_event", "The latest event of the asset.", "dict", since=NEW_IN_3),
        told("created_at", "When it was created."),
        told("updated_at", "When it was last changed."),
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

UPSTREAM = "dags/{dag_id}/dagRuns/{dag_run_id}/upstreamAssetEvents"

ASSET_EVENT_INFO = Listing(
    kind="asset_event",
    collection="asset_events",
    template="assets/events",
    templates={"v1": "datasets/events"},
    answers={"v1": "dataset_events"},
    identity=None,
    order_by="timestamp",
    unique=("id",),
    routes=(
        Route(
            options=(
                Field(
                    "dag_id",
                    description=("Return only the events that triggered a run of this DAG. Needs O(dag_run_id).",),
                ),
                Field("dag_run_id", description=("Return only the events that triggered this run.",)),
            ),
            template=UPSTREAM,
            names={"v1": UPSTREAM.replace("Asset", "Dataset")},
            whole=frozenset({"v1", "v2"}),
            orders={"v1": "", "v2": ""},
            places=("dag_id", "dag_run_id"),
        ),
    ),
    filters=(
        option("asset_id", "Return only events of this asset.", "int", names={"v1": "dataset_id"}),
        option("source_dag_id", "Return only events from this DAG."),
        option("source_task_id", "Return only events from this task."),
        option("source_run_id", "Return only events from this run."),
        option("source_map_index", "Return only events from this instance of a mapped task.", "int"),
        *pattern("name", "asset's name", NEW_IN_3_2),
        *between("timestamp", "time", since=NEW_IN_3),
    ),
    row=asset_event_row,
    reported=(
        told("id", "ID of the event.", "int", 42),
        told("asset_id", "ID of the asset.", "int", 12),
        told("uri", "The asset's URI.", sample="s3://warehouse/orders"),
        told("name", "The asset's name.", sample="orders", since=NEW_IN_3),
        told("group", "The asset's group.", sample="asset", since=NEW_IN_3),
        told("timestamp", "When the event was created."),
        told("extra", "Extra information, as a dict.", "dict", {"rows": 3}, secrecy=Secrecy.BY_KEY),
        told("source_dag_id", "ID of the DAG that created it.", sample="etl"),
        told("source_run_id", "ID of the DAG run that created it."),
        told("source_task_id", "ID of the task that created it.", sample="load"),
        told("source_map_index", "Map index of the task instance that created it.", "int", -1),
        told("created_dagruns", "The DAG runs that it has triggered.", "list", elements="dict"),
    ),
    since=DATASETS,
    summary="List events of assets of Apache Airflow",
    description=("Returns the events of assets, which Airflow 2 calls datasets.", *needs(DATASETS)),
    examples="""
- name: Read the latest events of an asset
  dataops.airflow.airflow_asset_event_info:
    airflow_url: https://airflow.example.com
    airflow_username: auditor
    airflow_password: "{{ airflow_password }}"
    asset_id: 12
    order_by: [-timestamp]
    limit: 10

- name: Read what has started a run
  dataops.airflow.airflow_asset_event_info:
    dag_id: report
    dag_run_id: "{{ run.dag_run_id }}"
""",
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
        told("id", "ID of the alias.", "int", 3),
        told("name", "Its name.", sample="orders"),
        told("group", "Its group.", sample="asset"),
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
    assets = [asset_id] if asset_id is not None else [row["id"] for row in _of_uri(client, uri)] if uri else []
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
                told("dag_id", "ID of the DAG that is scheduled on it.", sample="report"),
                told("uri", "URI of the dataset; Airflow 3 returns C(asset_id) instead."),
                told("asset_id", "ID of the asset.", "int", 12, since=NEW_IN_3),
                told("created_at", "When it was queued."),
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

ASSET_STATE_INFO = Listing(
    kind="asset_state",
    collection="asset_states",
    template="assets/{asset_id}/state-store",
    answer="asset_state_store",
    parents=(Field("asset_id", type="int", required=True, description=("ID of the asset.",)),),
    identity=Field("key", description=("Key of the one value to return.",)),
    order_by=None,
    reported=(
        told("key", "Key of the value.", sample="cursor"),
        STATE_VALUE,
        told("updated_at", "When it was last changed."),
        told("last_updated_by", "What last updated it.", "dict"),
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
