# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether the modules reach all that Airflow's APIs can do: see the lists in tests/api."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.dataops.airflow.plugins.module_utils._model.api import FAB, V1, V2, Api
from ansible_collections.dataops.airflow.plugins.module_utils._model.listing import Listing
from ansible_collections.dataops.airflow.tests import coverage
from ansible_collections.dataops.airflow.tests.declarations import (
    ENDPOINTS,
    OPERATIONS,
    RESOURCES,
)

DATA = Path(__file__).parents[1] / "api"
OFFERED: dict[str, list[dict[str, Any]]] = yaml.safe_load((DATA / "operations.yml").read_text())
COVERAGE = coverage.load()
MISSION = list(csv.DictReader((DATA / "mission.csv").read_text().splitlines()))

LOG_IN = "every module, to log in"
PAGING = {"limit", "offset", "cursor", "page_limit", "page_offset"}
PROJECTION = {"fields"}
"""Names the fields to return: results here have all of them, under the names of v2."""

LISTINGS = [endpoint for endpoint in ENDPOINTS if isinstance(endpoint, Listing)]


def shape(path: str) -> str:
    """A path without the names of its variables."""
    return re.sub(r"{[^}]*}", "{}", path)


def operation(api: str, method: str, path: str) -> dict[str, Any] | None:
    """The operation of an API at a path; one with ``~`` in it is also known with a variable in its place."""
    shapes = {shape(path), shape(path).replace("/~", "/{}")}
    found = [item for item in OFFERED[api] if item["method"] == method and shape(item["path"]) in shapes]
    return found[0] if found else None


def reached(api: str) -> set[str]:
    return {name for module in COVERAGE["reached"].values() for name in module.get(api, ())}


def apis_of(listing: Listing) -> list[Api]:
    return [api for api in ((V1, V2) if listing.part == "core" else (V1, FAB)) if listing.since.on(api) is not None]


@pytest.mark.parametrize("api", sorted(OFFERED))
def test_every_operation_is_reached_or_is_an_exception_with_a_reason(api: str) -> None:
    known = {item["id"] for item in OFFERED[api]}
    excepted = [name for exception in COVERAGE["exceptions"] for name in exception.get(api, ())]
    assert known - reached(api) - set(excepted) == set(), "add them to tests/api/coverage.yml"
    assert (reached(api) | set(excepted)) - known == set(), "not in operations.yml: see make operations"
    assert reached(api) & set(excepted) == set()
    assert len(excepted) == len(set(excepted))
    assert all(len(exception["reason"].split()) > 3 for exception in COVERAGE["exceptions"])


def test_every_module_says_what_it_reaches() -> None:
    names = {f"airflow_{resource.kind}" for resource in RESOURCES} | {
        f"airflow_{operation.kind}" for operation in OPERATIONS
    }
    names |= {f"airflow_{endpoint.kind}_info" for endpoint in ENDPOINTS}
    assert set(COVERAGE["reached"]) == names | {LOG_IN}, "list under reached in tests/api/coverage.yml what each calls"


@pytest.mark.parametrize("listing", LISTINGS, ids=lambda listing: listing.kind)
def test_a_list_and_its_objects_are_what_the_table_says(listing: Listing) -> None:
    said = COVERAGE["reached"][f"airflow_{listing.kind}_info"]
    for api in apis_of(listing):
        path = "/" + listing.path_on(api)
        wanted = [("GET", path)]
        if listing.identity and not listing.find:
            wanted.append(("GET", path + "/{}"))
        for route in listing.routes:
            wanted.append(("POST" if route.batch else "GET", "/" + route.names.get(api.name, route.template)))
        for method, where in wanted:
            found = operation(api.name, method, where)
            assert found, f"{method} {where} of {api.name} is not in operations.yml: see make operations"
            assert found["id"] in said[api.name]


@pytest.mark.parametrize("listing", LISTINGS, ids=lambda listing: listing.kind)
def test_every_filter_of_the_api_is_an_option(listing: Listing) -> None:
    for api in apis_of(listing):
        ways = [(listing.path_on(api), "GET")]
        ways += [(way.names.get(api.name, way.template), "POST" if way.batch else "GET") for way in listing.routes]
        options = {item.key(api) for item in listing.options() if item.since.on(api) is not None}
        for path, method in ways:
            found = operation(api.name, method, "/" + path)
            assert found, path
            assert set(found.get("query", ())) - PAGING - PROJECTION - options == set(), (api.name, path)


@pytest.mark.parametrize("wanted", MISSION, ids=lambda wanted: wanted["operation"])
def test_the_mission_is_reached_on_both_generations(wanted: dict[str, str]) -> None:
    old = operation("v1", wanted["method"], wanted["path under /api/v1"])
    assert old
    assert old["id"] in reached("v1")
    new = [(api, operation(api, wanted["method"], wanted["path under /api/v1"])) for api in ("v2", "fab")]
    names = {(api, found["id"]) for api, found in new if found}
    successors = COVERAGE["successors"].get(wanted["operation"], {})
    names |= {(api, name) for api, listed in successors.items() for name in listed}
    assert names, "nothing has taken its place"
    assert all(name in reached(api) for api, name in names)


def test_the_mission_is_complete() -> None:
    assert len(MISSION) == 59
