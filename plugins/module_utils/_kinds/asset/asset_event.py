# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asset events: what makes DAGs run that wait for an asset, called a dataset on Airflow 2."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Mapping, NamedTuple

from ..._engine.options import check_identity
from ..._engine.run_operation import Diff, Steps, Write, Writes, run_operation
from ..._model.api import V1, Since
from ..._model.change import Action
from ..._model.compare import Verdict, masked_json
from ..._model.errors import AirflowError, PreconditionError, RequestError
from ..._model.field import Field
from ..._model.operation import Operation
from ..._model.paths import join
from ..._model.secrets import Secrecy, conceal
from ..._model.shape import an_object
from ..shared.rows import renamed

if TYPE_CHECKING:
    from ..._http.client import Client

NEWEST = 20
"""Events that are looked through for one whose answer was lost."""

BLOCKED = 30
"""Seconds to wait for a list of events that a run which has not started blocks."""

URI = Field(
    "uri",
    required=True,
    longest=1500,
    secrecy=Secrecy.BY_FORM,
    description=("URI of the asset, or of the dataset on Airflow 2.",),
)


_EVENT = an_object("extra", id=int)


class Wanted(NamedTuple):
    """The event that is wanted."""

    uri: str
    extra: Mapping[str, Any]

    @property
    def sent(self) -> dict[str, Any]:
        """The extra that Airflow makes of its own."""
        return {**self.extra, "from_rest_api": True}

    def is_shown(self, event: Mapping[str, Any] | None) -> bool | None:
        """Whether an event is this one; ``None`` if v2 hides what differs: leaves under sensitive keys (3.3.2)."""
        verdict = masked_json(self.sent, event["extra"]) if event else Verdict.DIFFERENT
        return {Verdict.EQUAL: True, Verdict.DIFFERENT: False}.get(verdict)


class Plan(NamedTuple):
    """The event, and the asset that it is of."""

    wanted: Wanted
    asset: Mapping[str, Any]
    action: Action = Action.CREATE


class AssetEvents(Steps[Wanted, Mapping[str, Any], Plan]):
    """Records an event of an asset."""

    module = "airflow_asset_event"
    since = Since(v1="2.9.0")

    def wanted(self, options: Mapping[str, Any]) -> Wanted:
        check_identity(URI, options["uri"])
        return Wanted(options["uri"], options["extra"] or {})

    def read(self, client: Client, wanted: Wanted) -> Mapping[str, Any]:
        return _find(client, wanted.uri)

    def plan(self, wanted: Wanted, seen: Mapping[str, Any]) -> Plan:
        return Plan(wanted, seen)

    def predict(self, plan: Plan) -> dict[str, Any]:
        return {"uri": plan.wanted.uri, "extra": plan.wanted.sent}

    def writes(self, client: Client, plan: Plan) -> Writes:
        wanted, asset = plan.wanted, plan.asset
        before: set[int] | None = None
        try:
            before = {event["id"] for event in _newest(client, asset)}
        except RequestError as error:
            if error.is_away:
                raise
        if client.server.api is V1:
            path, named, body = join("datasets", "events"), "dataset_id", {"dataset_uri": asset["uri"]}
        else:
            path, named, body = join("assets", "events"), "asset_id", {"asset_id": asset["id"]}
        check = an_object("extra", id=int, shown={named: asset["id"]})

        def look() -> dict[str, Any] | None:
            if before is None:
                raise AirflowError("Airflow could not list its events before either")
            new = [event for event in _newest(client, asset) if event["id"] not in before]
            alike = [event for event in new if wanted.is_shown(event) is not False]
            return next(filter(wanted.is_shown, alike), alike[0] if alike else None)

        return (
            yield Write(
                lambda: _event(client.call("POST", path, body={**body, "extra": wanted.extra}, check=check)),
                look,
                wanted.is_shown,
                lambda event: event is None,
                f"the event of {conceal(asset['uri'])!r}",
                "recorded",
                reads_for=BLOCKED,
            )
        )

    def result(self, plan: Plan, value: dict[str, Any]) -> dict[str, Any]:
        return {"asset_event": value}

    def diff(self, plan: Plan) -> Diff:
        return Diff(plan.wanted.uri, {}, {"uri": plan.wanted.uri, "extra": plan.wanted.extra})


def _find(client: Client, uri: str) -> dict[str, Any]:
    """The asset, or dataset, of a URI.

    :raises PreconditionError: if there is none, or several of different names.
    """
    shown = conceal(uri)
    kind, path = ("dataset", "datasets") if client.server.api is V1 else ("asset", "assets")
    query = {"uri_pattern": uri, "order_by": "id"}
    found = [row for row in client.pages(join(path), path, query, row=an_object("id", "uri")) if row["uri"] == uri]
    if not found:
        raise PreconditionError(f"{kind} {shown!r} does not exist: no DAG that Airflow has parsed names it")
    if len(found) > 1:
        names = ", ".join(repr(row["name"]) for row in found)
        raise PreconditionError(
            f"{len(found)} assets have the uri {shown!r} ({names}), so which one is meant is not clear"
        )
    return dict(found[0])


def _newest(client: Client, asset: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The newest events of an asset.

    3.3.2 answers 500 as long as a run that one of them has triggered has not started.
    """
    if client.server.api is V1:
        query, path, key = {"dataset_id": asset["id"]}, join("datasets", "events"), "dataset_events"
    else:
        query, path, key = {"asset_id": asset["id"]}, join("assets", "events"), "asset_events"
    rows = client.pages(path, key, {**query, "order_by": "-timestamp"}, limit=NEWEST, row=_EVENT)
    return [_event(row) for row in rows]


def _event(row: Mapping[str, Any]) -> dict[str, Any]:
    return renamed(row, {"dataset_id": "asset_id", "dataset_uri": "uri"})


ASSET_EVENT = Operation(
    kind="asset_event",
    act=partial(run_operation, AssetEvents()),
    writes=True,
    fields=(
        URI,
        Field(
            "extra",
            type="dict",
            secrecy=Secrecy.BY_KEY,
            description=(
                "Extra information, which the triggered DAGs can read. Airflow adds C(from_rest_api).",
                "A value is not shown if its key sounds like a secret.",
            ),
        ),
    ),
    returned=(
        Field(
            "asset_event",
            type="dict",
            secrecy=Secrecy.BY_KEY,
            description=(
                "The event, with C(uri), C(extra), C(timestamp) and everything else that Airflow returns about it.",
            ),
            sample={"uri": "s3://warehouse/orders", "extra": {"from_rest_api": True}},
        ),
    ),
    summary="Record in Apache Airflow that an asset has been updated",
    description=(
        "Records an event of an asset, which triggers the DAGs that are scheduled on it. Airflow 2 calls assets "
        "datasets. Needs Airflow 2.9.",
        "Every call records an event.",
    ),
    examples="""
- name: Trigger the DAGs that are scheduled on the orders
  dataops.airflow.airflow_asset_event:
    airflow_url: https://airflow.example.com
    airflow_username: ansible
    airflow_password: "{{ airflow_password }}"
    uri: s3://warehouse/orders
    extra:
      rows: 120
""",
)
