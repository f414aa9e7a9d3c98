# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether the declarations say of each version of Airflow what its own descriptions say: see tests/api/history.

After ``tools/api_history.py VERSION`` has added a version, these tests name what the modules claim and it does not
have, what it has and the modules refuse, and what has changed its type.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import pytest

from ansible_collections.dataops.airflow.plugins.module_utils._engine import run_listing
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.asset import asset_event, queued_event_info
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.dag_files import dag_parse
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.dag_run import run_plan
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.server import config_info
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.shared import logs
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.task import (
    extra_link_info,
    hitl_detail_info,
    task_instance_info,
    task_log_info,
)
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.xcom import xcom, xcom_info
from ansible_collections.dataops.airflow.plugins.module_utils._model.api import (
    EVER,
    FAB,
    V1,
    V2,
    Api,
    Since,
    parse_version,
)
from ansible_collections.dataops.airflow.plugins.module_utils._model.field import Field
from ansible_collections.dataops.airflow.plugins.module_utils._model.listing import Listing, Route
from ansible_collections.dataops.airflow.plugins.module_utils._model.resource import Resource
from ansible_collections.dataops.airflow.tests.declarations import ENDPOINTS, RESOURCES
from ansible_collections.dataops.airflow.tests.unit.history import History, history, shape

LISTINGS = [endpoint for endpoint in ENDPOINTS if isinstance(endpoint, Listing)]

GENERATED = ("v2", "fab")
"""The APIs whose descriptions are made from the code. That of v1 is written by hand, and often late about answers."""

OTHERWISE: Mapping[str, str] = {
    "v1 POST /connections <description": "2.3 takes it as well (source of 2.3.4)",
    "v1 PATCH /connections/{} <description": "2.3 takes it as well (source of 2.3.4)",
    "v1 POST /variables <description": "2.4 takes it and stores nothing (source of 2.4.3)",
    "v1 PATCH /variables/{} <description": "2.4 takes it and stores nothing (source of 2.4.3)",
    "v1 POST /dags": "DAGs come from files",
    "v2 POST /dags": "DAGs come from files",
    "v1 POST /dags <is_paused": "DAGs come from files",
    "v2 POST /dags <is_paused": "DAGs come from files",
    "v2 DELETE " + shape(xcom.XCOM.template) + "/{}": "state=absent is refused before 3.2",
    "v2 GET /assets >assets[].scheduled_dags": "3.0 calls it consuming_dags, as v1 does",
    "v1 GET /variables >variables[].description": "2.4 never stores one",
    "fab GET /permissions >actions[].action": "before 3.3.0 the name of a row",
    "fab GET /permissions >actions[].resource": "before 3.3.0 there are only the actions",
    "fab GET /users >users[].fail_login_count": "described as failed_login_count before 3.2.0",
}
"""Fact → why the declarations say something else than the description."""

TYPES: Mapping[str, frozenset[str]] = {
    "str": frozenset({"string", "any"}),
    "int": frozenset({"integer"}),
    "float": frozenset({"number", "integer"}),
    "bool": frozenset({"boolean"}),
    "dict": frozenset({"object", "any"}),
}
"""Ansible's type → the types in a description that it stands for."""

OTHER_TYPES: Mapping[str, str] = {
    f"{api} {request} <roles": "names are sent as objects that have them"
    for api in ("v1", "fab")
    for request in ("POST /users", "PATCH /users/{}")
}
"""Fact → why its type is another one than that of the option."""


class Claim(NamedTuple):
    """What a declaration says of an API.

    :param fact: as in the history, without its type.
    :param since: the versions that have it; all of those of ``within``.
    :param field: the option, or the field of a result, whose type it has.
    """

    api: Api
    fact: str
    since: Since
    within: Since = EVER
    field: Field | None = None

    def versions(self) -> set[str]:
        """The versions that are said to have it."""
        return versions_of(self.since, self.api) & versions_of(self.within, self.api)


def versions_of(since: Since, api: Api) -> set[str]:
    first = since.on(api)
    return {
        version
        for version in history(api.name).versions
        if first is not None and parse_version(version) >= parse_version(first or "0")
    }


def apis_of(declared: Listing | Resource) -> list[Api]:
    apis = (V1, V2) if declared.part == "core" else (V1, FAB)
    return [api for api in apis if declared.since.on(api) is not None]


def place(api: Api, method: str, template: str) -> str:
    """A path as the history has it, where ``~`` is a name in some descriptions and a variable in others."""
    path = shape(template)
    return path if history(api.name).having(f"{method} {path}") else path.replace("/~", "/{}")


def of_listing(listing: Listing, api: Api) -> Iterator[Claim]:
    path = place(api, "GET", listing.path_on(api))
    yield Claim(api, f"GET {path}", listing.since)
    for item in listing.filters:
        yield Claim(api, f"GET {path} ?{item.key(api)}", item.since, listing.since, item)
    if listing.order_by and listing.order_on(api):
        yield Claim(api, f"GET {path} ?order_by", listing.order_since, listing.since)
    for route in listing.routes:
        yield from of_route(listing, route, api)


def of_route(listing: Listing, route: Route, api: Api) -> Iterator[Claim]:
    template = route.names.get(api.name, route.template)
    method, mark = ("POST", "<") if route.batch else ("GET", "?")
    path = place(api, method, template)
    chosen = [item for item in route.options if f"{{{item.name}}}" not in template]
    for item in (*chosen, *(item for item in listing.filters if item.name in route.filters)):
        yield Claim(api, f"{method} {path} {mark}{item.key(api)}", item.since, listing.since, item)


def of_rows(listing: Listing, api: Api) -> Iterator[Claim]:
    path = place(api, "GET", listing.path_on(api))
    for item in listing.reported:
        fact = f"GET {path} >{listing.answer_on(api)}[].{item.key(api)}"
        if history(api.name).having(fact):
            yield Claim(api, fact, item.since, listing.since, item)


def of_resource(resource: Resource, api: Api) -> Iterator[Claim]:
    path = shape(resource.template or resource.collection)
    for request in (f"POST {path}", f"GET {path}/{{}}", f"PATCH {path}/{{}}", f"DELETE {path}/{{}}"):
        yield Claim(api, request, resource.since)
    for item in resource.fields:
        for request in (f"POST {path}", f"PATCH {path}/{{}}"):
            yield Claim(api, f"{request} <{item.key(api)}", item.since, resource.since, item)


RUNS, INSTANCE = "/dags/{}/dagRuns/{}", "/dags/{}/dagRuns/{}/taskInstances/{}"
OF_OPERATIONS = (
    Claim(V1, f"POST {RUNS}/clear", run_plan.STATES_SINCE["cleared"]),
    Claim(V1, f"PATCH {RUNS}/setNote", run_plan.NOTES_SINCE),
    Claim(V1, f"PATCH {INSTANCE}/setNote", run_plan.NOTES_SINCE),
    Claim(V1, "PUT /parseDagFile/{}", dag_parse.REQUESTS_SINCE),
    Claim(V2, "PUT /parseDagFile/{}", dag_parse.REQUESTS_SINCE),
    Claim(V1, "POST /datasets/events", asset_event.AssetEvents.since),
    Claim(V1, "GET /datasets/queuedEvent/{}", queued_event_info.QUEUED),
    Claim(V1, "GET /config/section/{}/option/{}", config_info.CONFIG_PARTS),
    Claim(V1, f"GET {INSTANCE}/tries", task_instance_info.TRIES),
    Claim(V2, f"GET {INSTANCE}/tries", task_instance_info.TRIES),
    Claim(V1, f"GET {INSTANCE}/dependencies", task_instance_info.TRIES),
    Claim(V1, f"GET {INSTANCE}/xcomEntries/{{}} ?stringify", xcom_info.NATIVE_XCOMS),
    Claim(V1, f"GET {INSTANCE}/xcomEntries/{{}} ?map_index", xcom_info.XCOM_INFO.locators[0].since),
    Claim(V2, f"GET {INSTANCE}/xcomEntries/{{}} ?map_index", xcom_info.XCOM_INFO.locators[0].since),
    Claim(V2, f"GET {INSTANCE}/externalLogUrl/{{}}", task_log_info.EXTERNAL_URLS),
    Claim(V1, f"GET {INSTANCE}/links ?map_index", extra_link_info.LINK_INDEX),
    Claim(V2, f"GET {INSTANCE}/links ?try_number", extra_link_info.EXTRA_LINK_INFO.fields[-1].since),
    Claim(V2, f"DELETE {INSTANCE}/xcomEntries/{{}}", xcom.DELETES_SINCE),
    Claim(V1, f"GET {INSTANCE}/logs/{{}} ?map_index", logs.MAPPED),
    Claim(V2, f"GET {INSTANCE}/{{}}/hitlDetails/tries/{{}}", hitl_detail_info.HITL_DETAIL_INFO.finders[0].since),
)
"""What the code of operations says of versions, outside of declarations."""


def wrong(claims: Iterator[Claim] | tuple[Claim, ...], is_exact: bool = True) -> list[str]:
    """The claims that the history contradicts, as sentences.

    :param is_exact: the history also lacks nothing.
    """
    found = []
    for claim in claims:
        known: History = history(claim.api.name)
        said, having = claim.versions(), set(known.having(claim.fact))
        name = f"{claim.api.name} {claim.fact}"
        if name in OTHERWISE:
            continue
        missing = [version for version in known.versions if version in said - having]
        refused = [version for version in known.versions if version in having - said]
        if missing and is_exact:
            found.append(f"{name} is claimed for {missing[0]} to {missing[-1]}, which do not have it")
        if refused:
            found.append(f"{name} is refused on {refused[0]} to {refused[-1]}, which have it")
    return found


@pytest.mark.parametrize("listing", LISTINGS, ids=lambda listing: listing.kind)
def test_a_list_and_its_filters_are_there_in_the_versions_that_are_said_to_have_them(listing: Listing) -> None:
    assert [line for api in apis_of(listing) for line in wrong(of_listing(listing, api))] == []


@pytest.mark.parametrize("listing", LISTINGS, ids=lambda listing: listing.kind)
def test_the_fields_of_rows_come_with_the_versions_that_are_said_to_have_them(listing: Listing) -> None:
    assert [
        line for api in apis_of(listing) for line in wrong(of_rows(listing, api), is_exact=api.name in GENERATED)
    ] == []


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.kind)
def test_requests_and_their_fields_are_there_in_the_versions_that_are_said_to_have_them(resource: Resource) -> None:
    assert [line for api in apis_of(resource) for line in wrong(of_resource(resource, api))] == []


def test_what_operations_say_of_versions() -> None:
    assert wrong(OF_OPERATIONS) == []


def all_claims() -> Iterator[Claim]:
    for listing in LISTINGS:
        for api in apis_of(listing):
            yield from of_listing(listing, api)
    for resource in RESOURCES:
        for api in apis_of(resource):
            yield from of_resource(resource, api)


def fits(field: Field, described: str) -> bool:
    """Whether an option, or the items of its list, can be sent as what is described."""
    kind = (field.elements or "str") if field.type == "list" else field.type
    inner = described[1:-1] if described.startswith("[") else described
    if field.type == "raw" or kind == "dict" or described == "any":
        return True
    return bool(set(inner.split("|")) & TYPES[kind])


def test_options_have_the_types_that_are_described() -> None:
    """Of all versions, so that a type that changes is noticed."""
    assert [
        f"{claim.api.name} {claim.fact} is {described} on {version}, the option is {claim.field.type}"
        for claim in all_claims()
        if claim.field
        for version, described in history(claim.api.name).having(claim.fact).items()
        if f"{claim.api.name} {claim.fact}" not in OTHER_TYPES and not fits(claim.field, described)
    ] == []


def test_several_fields_to_sort_by_came_with_3_1() -> None:
    types = history("v2").having("GET /pools ?order_by")
    first = run_listing.MANY_ORDERS.on(V2) or ""
    assert {version: described.startswith("[") for version, described in types.items()} == {
        version: parse_version(version) >= parse_version(first) for version in types
    }


def test_what_is_said_otherwise_is_said_of_something() -> None:
    names = {f"{claim.api.name} {claim.fact}" for claim in all_claims()}
    names |= {f"{claim.api.name} {claim.fact}" for listing in LISTINGS for api in apis_of(listing)
              for claim in of_rows(listing, api)}  # fmt: skip
    assert set(OTHERWISE) | set(OTHER_TYPES) <= names
