# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The declarations, and what is generated from them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from string import Formatter
from typing import Any, get_args

import pytest
import yaml

from ansible_collections.dataops.airflow.plugins.module_utils._engine.connect import CONNECTION
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.dag_run.dag_run import DAG_RUN
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.pool.pool import POOL
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.pool.pool_info import POOL_INFO
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.server.health_info import is_healthy
from ansible_collections.dataops.airflow.plugins.module_utils._main import argument_spec
from ansible_collections.dataops.airflow.plugins.module_utils._model.api import EVER, NOWHERE, ApiName, Since
from ansible_collections.dataops.airflow.plugins.module_utils._model.field import Field
from ansible_collections.dataops.airflow.plugins.module_utils._model.listing import Endpoint, Listing, Route
from ansible_collections.dataops.airflow.plugins.module_utils._model.operation import Operation
from ansible_collections.dataops.airflow.plugins.module_utils._model.resource import Resource
from ansible_collections.dataops.airflow.tests.declarations import (
    ENDPOINTS,
    OPERATIONS,
    RESOURCES,
)

Spec = Resource | Endpoint | Operation
SPECS: list[Spec] = [*RESOURCES, *ENDPOINTS, *OPERATIONS]
SLOTS = POOL.fields[0]
MISSPELT: Any = ["V1"]
each_spec = pytest.mark.parametrize("spec", SPECS, ids=lambda spec: f"{type(spec).__name__}-{spec.kind}")

APIS = set(get_args(ApiName))
TYPES: dict[str, type | tuple[type, ...]] = {
    "bool": bool,
    "dict": dict,
    "float": (float, int),
    "int": int,
    "list": list,
    "path": str,
    "raw": object,
    "str": str,
}


def mistakes(spec: Spec) -> Iterator[str]:
    """What cannot be meant in a declaration, although it would be taken."""
    options, results = spec.options(), results_of(spec)
    yield from repeated("option", options)
    yield from repeated("result", results)
    for item in (*options, *results):
        yield from mistakes_of_field(item)
    names = {item.name for item in options}
    for pair in spec.exclusive():
        yield from unknown("exclusive", pair, names)
    for name, value in spec._asdict().items():
        yield from mistakes_of_apis(name, value)
    if isinstance(spec, Resource):
        yield from mistakes_of_resource(spec)
    if isinstance(spec, Listing):
        yield from mistakes_of_listing(spec)


def module_name(spec: Spec) -> str:
    return f"dataops.airflow.airflow_{spec.kind}" + ("" if isinstance(spec, Resource | Operation) else "_info")


def results_of(spec: Spec) -> tuple[Field, ...]:
    return spec.shown() if isinstance(spec, Resource) else spec.results()


def mistakes_of_field(item: Field) -> Iterator[str]:
    """What is wrong with one option or result."""

    def wrong(what: str) -> str:
        return f"{item.name}: {what}"

    if item.type not in TYPES:
        yield wrong(f"there is no type {item.type!r}")
        return
    if item.elements not in (None, *TYPES):
        yield wrong(f"there is no type {item.elements!r}")
    if (item.type == "list") != (item.elements is not None):
        yield wrong("a list, and nothing else, has elements")
    for value in (item.default, item.sample):
        if value is not None and not isinstance(value, TYPES[item.type]):
            yield wrong(f"{value!r} is not of type {item.type}")
    given = item.default if isinstance(item.default, list) else [item.default] * (item.default is not None)
    if item.choices and not set(given) <= set(item.choices):
        yield wrong("the default is none of the choices")
    if item.required and item.default is not None:
        yield wrong("what is required has no default")
    if item.contains and item.type not in ("dict", "list"):
        yield wrong("only a dict, or a list of them, contains fields")
    if item.minimum and item.type not in ("int", "float"):
        yield wrong("only a number has a minimum")
    if bool(item.minimum_reason) and not item.minimum:
        yield wrong("a reason for no minimum")
    if item.longest is not None and item.type != "str":
        yield wrong("only a text has a length")
    if item.joined and item.type != "list":
        yield wrong("only a list is joined")
    for name, value in item._asdict().items():
        yield from map(wrong, mistakes_of_apis(name, value))
    yield from map(wrong, repeated("field", item.contains))
    for part in item.contains:
        yield from map(wrong, mistakes_of_field(part))


def mistakes_of_apis(name: str, value: object) -> Iterator[str]:
    """What is wrong with what differs between the APIs."""
    by_api = ("names", "minimum", "mask_name", "naming", "answers", "orders", "templates", "sorts")
    of_apis = ("joined", "write_only", "needed", "not_empty", "whole", "read_each")
    if name in (*by_api, *of_apis) and isinstance(value, Iterable):
        yield from unknown(name, map(str, value), APIS)
    if isinstance(value, Since):
        for version in value:
            if version and not re.fullmatch(r"[23]\.\d+\.\d+", version):
                yield f"{name}: {version!r} is not a version of Airflow"


def mistakes_of_resource(spec: Resource) -> Iterator[str]:
    """What is wrong with a kind of object."""
    shorthands = {item.name for item in spec.shorthands}
    replaced = {name for names in spec.replaces.values() for name in names}
    yield from unknown("replaces", sorted(replaced), shorthands | {item.name for item in spec.fields})
    yield from unknown("template", placeholders(spec.template), {item.name for item in spec.parents})
    yield from unknown("unreachable", (rule.api for rule in spec.unreachable), APIS)
    if shorthands != set(spec.replaces):
        yield "a shorthand stands for fields, and replaces them"
    if bool(spec.parents) != bool(spec.template):
        yield "parents say where an object is, in a path or beside it"
    if spec.place or spec.selected:
        yield "a declaration is not in a place yet"
    for item in spec.fields:
        for apis in item.fixed.values():
            yield from unknown(f"{item.name}: fixed", apis, APIS)


def mistakes_of_listing(spec: Listing) -> Iterator[str]:
    """What is wrong with a list."""
    parents = {item.name for item in spec.parents}
    filters = {item.name for item in (*spec.filters, *spec.locators, *([spec.identity] if spec.identity else ()))}
    for template in (spec.template, *spec.templates.values()):
        yield from unknown("template", placeholders(template), parents)
    yield from unknown("unreachable", (rule.api for rule in spec.unreachable), APIS)
    yield from unknown("unique", spec.unique, {item.name for item in spec.reported})
    needs_identity = {
        "each": spec.each,
        "finders": spec.finders,
        "locators": spec.locators,
        "read_each": spec.read_each,
        "unreachable": spec.unreachable,
        "find": spec.find,
        "identity_filters": spec.identity_filters != NOWHERE,
    }
    for name, value in needs_identity.items():
        if value and spec.identity is None:
            yield f"{name}: there is no identity"
    if spec.each_path and not spec.each:
        yield "each_path: nothing is read by itself"
    if (spec.finders or spec.alternates) and not spec.find:
        yield "finders and alternates are for what finds an object"
    if (spec.order_since != EVER or spec.orders or spec.sorts) and not spec.order_by:
        yield "order_by: there is no order"
    if bool(spec.extra) != bool(spec.extras):
        yield "extra: what is read has to be declared"
    for route in spec.routes:
        yield from mistakes_of_route(route, parents, filters)


def mistakes_of_route(route: Route, parents: set[str], filters: set[str]) -> Iterator[str]:
    """What is wrong with another way to the rows of a list."""
    own = {item.name for item in route.options}
    for template in (route.template, *route.names.values()):
        yield from unknown("route", placeholders(template), own | set(route.places))
    yield from unknown("route: places", route.places, parents | own)
    yield from unknown("route: filters", route.filters, filters)
    for name, value in route._asdict().items():
        yield from mistakes_of_apis(name, value)


def placeholders(template: str) -> set[str]:
    """The options in a path."""
    return {name for _text, name, _format, _conversion in Formatter().parse(template) if name}


def unknown(what: str, names: Iterable[str], known: set[str]) -> Iterator[str]:
    yield from (f"{what}: there is no {name!r}" for name in names if name not in known)


def repeated(what: str, fields: Iterable[Field]) -> Iterator[str]:
    names = [item.name for item in fields]
    yield from (f"{what} {name} is declared twice" for name in sorted(set(names)) if names.count(name) > 1)


@each_spec
def test_a_declaration_means_what_it_says(spec: Spec) -> None:
    assert list(mistakes(spec)) == []


@pytest.mark.parametrize(
    ("spec", "mistake"),
    [
        (POOL._replace(replaces={"slots": ("nope",)}), "replaces: there is no 'nope'"),
        (POOL._replace(template="dags/{dag_id}/pools"), "template: there is no 'dag_id'"),
        (POOL._replace(since=Since(v2="3.1")), "since: '3.1' is not a version of Airflow"),
        (POOL._replace(fields=(SLOTS, SLOTS)), "option slots is declared twice"),
        (POOL._replace(fields=(SLOTS._replace(type="number"),)), "slots: there is no type 'number'"),
        (POOL._replace(fields=(SLOTS._replace(default="4"),)), "slots: '4' is not of type int"),
        (POOL._replace(fields=(SLOTS._replace(needed=frozenset(MISSPELT)),)), "slots: needed: there is no 'V1'"),
        (POOL._replace(fields=(SLOTS._replace(names=dict.fromkeys(MISSPELT, "x")),)), "slots: names: there is no 'V1'"),
        (POOL._replace(fields=(SLOTS._replace(longest=3),)), "slots: only a text has a length"),
        (POOL_INFO._replace(identity=None, read_each=frozenset({"v1"})), "read_each: there is no identity"),
        (POOL_INFO._replace(unique=("nope",)), "unique: there is no 'nope'"),
        (POOL_INFO._replace(each_path="x"), "each_path: nothing is read by itself"),
        (DAG_RUN._replace(pairs=(("wait", "nope"),)), "exclusive: there is no 'nope'"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_mistake_in_a_declaration_is_named(spec: Spec, mistake: str) -> None:
    assert mistake in mistakes(spec)


@each_spec
def test_a_declaration_is_complete(spec: Spec) -> None:
    assert all(field.description for field in (*CONNECTION, *spec.options()))
    names = [field.name for field in (*CONNECTION, *spec.options())]
    assert len(names) == len(set(names))
    arguments = argument_spec(spec.options())
    assert set(arguments) == set(names)
    for task in yaml.safe_load(spec.examples):
        used = set(task.get(module_name(spec)) or ())
        assert used <= set(names), task["name"]


def test_everything_that_connects_secretly_is_kept_from_logs() -> None:
    arguments = argument_spec(())
    assert {name for name, entry in arguments.items() if entry.get("no_log")} == {
        "airflow_url",
        "airflow_password",
        "airflow_token",
        "airflow_headers",
    }


@pytest.mark.parametrize(
    ("statuses", "healthy"),
    [
        ({"metadatabase": "healthy", "scheduler": "healthy", "triggerer": None, "dag_processor": None}, True),
        ({"metadatabase": "healthy", "scheduler": "unhealthy"}, False),
        ({"metadatabase": "unhealthy", "scheduler": "healthy"}, False),
        ({"metadatabase": "healthy", "scheduler": "healthy", "dag_processor": "unhealthy"}, False),
        ({"metadatabase": "healthy"}, False),
    ],
)
def test_health(statuses: dict[str, str | None], healthy: bool) -> None:
    assert is_healthy({name: {"status": status} for name, status in statuses.items()}) is healthy
