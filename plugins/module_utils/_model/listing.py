# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Declarations of what can be read, from which argument specs, requests and documentation are derived."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Callable, Mapping, NamedTuple, Union

from .api import EVER, NOWHERE, Api, ApiName, Part, Since
from .field import NOTHING, Field, decode_fields
from .paths import Path, fill, join
from .resource import Unreachable

if TYPE_CHECKING:
    from .._http.client import Client

ORDER_BY = Field(
    "order_by",
    type="list",
    elements="str",
    description=(
        "Fields to sort by, by the API's names; a leading V(-) sorts in descending order.",
        "Airflow 2 takes one field only. The default is a stable order.",
    ),
)
LIMIT = Field(
    "limit",
    type="int",
    minimum={"v1": 0, "v2": 0},
    description=("Maximum number of objects to return. By default all of them, over as many pages as necessary.",),
)
OFFSET = Field(
    "offset",
    type="int",
    default=0,
    minimum={"v1": 0, "v2": 0},
    description=("Number of objects to skip.",),
)


class Route(NamedTuple):
    """An alternative endpoint for the rows of a list, used if certain options are given.

    :param options: options that only this endpoint has; any of them selects it.
    :param template: its path, which may contain options.
    :param names: API name → its path there, if that is different.
    :param answers: API name → key of the list in its answers, if that is not the listing's.
    :param filters: names of the listing's filters that it supports.
    :param batch: the filters are sent in the body of a POST that only reads.
    :param whole: names of the APIs that return all rows at once.
    :param orders: API name → field for a stable order, if that is different; empty if no order can be
        requested.
    :param places: options that its path needs.
    """

    options: tuple[Field, ...]
    template: str
    names: Mapping[ApiName, str] = NOTHING
    answers: Mapping[ApiName, str] = NOTHING
    filters: frozenset[str] = frozenset()
    batch: bool = False
    whole: frozenset[ApiName] = frozenset()
    orders: Mapping[ApiName, str] = NOTHING
    places: tuple[str, ...] = ()


Find = Callable[["Client", "Listing", str, Mapping[str, Any]], "list[dict[str, Any]]"]


class Listing(NamedTuple):
    """A list that can be read as a whole, or one object by its name; the module is ``airflow_<kind>_info``.

    :param kind: name of the kind.
    :param collection: key of the result, and also the path below the API's root and the key of the list in answers,
        unless those are given.
    :param identity: option that selects one object; ``None`` if no single object can be read.
    :param order_by: field for a stable order; ``None`` if the API has a fixed one.
    :param filters: the API's own filters, by the names of v2.
    :param reported: fields of one object; none if a row is a text.
    :param unreachable: names that cannot be addressed; they are searched for in the list.
    :param part: ``core`` or ``fab``, the auth manager's API.
    :param answer: key of the list in answers, if that is not ``collection``.
    :param read_each: names of the APIs whose list omits fields, so that each object is read individually as well.
    :param row: makes an object from a row, if the declarations of the fields are not sufficient.
    :param template: the path, if that is not ``collection``.
    :param parents: options that locate the objects, in ``template`` or in a query; ``~`` stands for all.
    :param place: the path made from ``template``; see :meth:`at`.
    :param selected: values of the parents that are not in the path, by the API's names.
    :param since: versions that have it.
    :param templates: API name → the path there, if that is different.
    :param answers: API name → key of the list in answers, if that is different.
    :param orders: API name → field for a stable order, if that is different; empty if the API's own order
        is stable.
    :param sorts: API name → name of a field → its name in ``order_by`` there.
    :param unique: fields that identify a row, if not the identity.
    :param whole: names of the APIs that return all rows at once.
    :param routes: alternative endpoints for the rows.
    :param each: option to read each object individually, for fields that the list omits.
    :param each_path: what is appended to the path of the object in that case.
    :param identity_filters: versions whose list accepts the identity as a filter, so that it can be
        searched for in all places.
    :param find: reads what the identity names, if that takes more than one GET.
    :param locators: options that identify the object together with the identity; without it they are filters.
    :param finders: options that need the identity.
    :param alternates: options that select objects in another way than the identity, for ``find``.
    :param order_since: versions that accept an order.
    :param descending: versions that accept a descending one.
    :param late_filter: a filter that the server applies to a page that it has counted and cut, as if it were true.
    :param extra: reads further keys of the result.
    :param extras: further keys of the result.
    """

    kind: str
    collection: str
    identity: Field | None
    order_by: str | None
    reported: tuple[Field, ...]
    summary: str
    description: tuple[str, ...]
    examples: str
    filters: tuple[Field, ...] = ()
    unreachable: tuple[Unreachable, ...] = ()
    part: Part = "core"
    answer: str = ""
    read_each: frozenset[ApiName] = frozenset()
    row: Callable[[Mapping[str, Any], Api], dict[str, Any]] | None = None
    template: str = ""
    parents: tuple[Field, ...] = ()
    place: Path | None = None
    selected: Mapping[str, Any] = NOTHING
    since: Since = EVER
    templates: Mapping[ApiName, str] = NOTHING
    answers: Mapping[ApiName, str] = NOTHING
    orders: Mapping[ApiName, str] = NOTHING
    sorts: Mapping[ApiName, Mapping[str, str]] = NOTHING
    unique: tuple[str, ...] = ()
    whole: frozenset[ApiName] = frozenset()
    routes: tuple[Route, ...] = ()
    each: Field | None = None
    each_path: str = ""
    identity_filters: Since = NOWHERE
    find: Find | None = None
    locators: tuple[Field, ...] = ()
    finders: tuple[Field, ...] = ()
    alternates: tuple[Field, ...] = ()
    order_since: Since = EVER
    descending: Since = EVER
    late_filter: str = ""
    extra: Callable[[Client], dict[str, Any]] | None = None
    extras: tuple[Field, ...] = ()

    @property
    def path(self) -> Path:
        """The path of the list."""
        return self.place or join(self.collection)

    def options(self) -> tuple[Field, ...]:
        """The module's own options, in the order of its documentation."""
        identity = (self.identity,) if self.identity else ()
        each = (self.each,) if self.each else ()
        chosen = tuple(item for route in self.routes for item in route.options)
        order = (ORDER_BY,) if self.order_by else ()
        found = (*self.parents, *identity, *self.alternates, *self.locators, *self.finders)
        return (*found, *chosen, *self.filters, *each, *order, LIMIT, OFFSET)

    def exclusive(self) -> tuple[tuple[str, str], ...]:
        """The options that cannot be given together."""
        if not self.identity or self.identity_filters != NOWHERE:
            return ()
        return tuple((self.identity.name, item.name) for item in self.filters)

    def shown(self) -> tuple[Field, ...]:
        """The fields of an object in results."""
        return self.reported

    def path_on(self, api: Api) -> str:
        """The path of the list on an API, which may contain options."""
        return self.templates.get(api.name) or self.template or self.collection

    def answer_on(self, api: Api) -> str:
        """The key of the list in the answers of an API."""
        return self.answers.get(api.name) or self.answer or self.collection

    def order_on(self, api: Api) -> str:
        """The field for a stable order on an API; empty if its own order is stable."""
        return self.orders.get(api.name, self.order_by or "")

    def at(self, options: Mapping[str, Any], api: Api) -> Listing:
        """The same, with the path for the given options."""
        template = self.path_on(api)
        selected = {
            item.key(api): options[item.name]
            for item in self.parents
            if f"{{{item.name}}}" not in template and options[item.name] is not None
        }
        return self._replace(place=fill(template, options), selected=selected)

    def names(self) -> tuple[str, ...]:
        """The fields that identify a row; none if only the whole row does."""
        return self.unique or ((self.identity.name,) if self.identity else ())

    def name_of(self, row: Any) -> Any:
        """What identifies a row."""
        names = self.names()
        return tuple(row.get(name) for name in names) if names else json.dumps(row, sort_keys=True, default=str)

    def decode(self, row: Any, api: Api) -> Any:
        """An object in the form of the options, from a row that the server sent."""
        if not self.reported:
            return row
        return decode_fields(self.reported, self.row(row, api) if self.row else row, api)

    def results(self) -> tuple[Field, ...]:
        """The keys of the module's result."""
        elements = "dict" if self.reported else "str"
        about = "The objects that were found; empty if there are none."
        found = Field(self.collection, type="list", elements=elements, description=(about,), contains=self.reported)
        return (found, *self.extras)


class Single(NamedTuple):
    """Something that a server has exactly once, or that is not a list; the module is ``airflow_<kind>_info``.

    :param read: reads it with a client and the module's options, and returns the keys of the result.
    :param returned: keys of the module's result.
    :param fields: the module's own options.
    :param since: versions that have it.
    """

    kind: str
    read: Callable[[Client, Mapping[str, Any]], dict[str, Any]]
    returned: tuple[Field, ...]
    summary: str
    description: tuple[str, ...]
    examples: str
    fields: tuple[Field, ...] = ()
    since: Since = EVER

    def options(self) -> tuple[Field, ...]:
        """The module's own options, in the order of its documentation."""
        return self.fields

    def exclusive(self) -> tuple[tuple[str, str], ...]:
        """None."""
        return ()

    def results(self) -> tuple[Field, ...]:
        """The keys of the module's result."""
        return self.returned


Endpoint = Union[Listing, Single]
