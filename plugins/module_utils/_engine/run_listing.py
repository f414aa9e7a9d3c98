# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The results of info modules, from their declarations."""

from __future__ import annotations

from functools import partial
from typing import Any, Iterable, Iterator, Mapping, NamedTuple

from .._http.client import Client, named
from .._model.api import EVER, Intent, Server, Since, as_query, as_texts
from .._model.errors import InvalidInputError, MissingError, NotAirflowError, ServerError
from .._model.field import Field, present
from .._model.listing import Endpoint, Listing, Route, Single
from .._model.operation import Result, shown_result, shown_results
from .._model.paths import Path, below, fill
from .._model.secrets import Shown, composed, plain
from .._model.shape import AN_OBJECT, a_list, a_text, decoded
from .options import (
    check_identity,
    check_offered,
    check_options,
    check_since,
    check_versions,
    parse_options,
    why_unreachable,
)

EVERYWHERE = "~"

MANY_ORDERS = Since(v2="3.1.0")
"""Airflow 3.0 takes the last one of several fields to sort by."""


def read(endpoint: Endpoint, params: Mapping[str, Any], client: Client) -> Result:
    """The result of an info module.

    :param params: all options of the module.
    :raises AirflowError: for a failure; an object that does not exist is an empty list instead.
    """
    options = endpoint.options()
    check_options(options, params)
    params = {**params, **parse_options(options, params)}
    what = f"airflow_{endpoint.kind}_info"
    if isinstance(endpoint, Single):
        chosen = {item.name: params[item.name] for item in endpoint.fields if params[item.name] not in (None, False)}
        if chosen or endpoint.since != EVER:
            check_since(what, endpoint.since, client.server)
            check_versions(endpoint.fields, chosen, client.server)
        return shown_result(endpoint.returned, endpoint.read(client, params))
    check_since(what, endpoint.since, client.server.part(endpoint.part))
    reading = Reading(endpoint, params, client)
    rows = reading.rows()
    extra = shown_results(endpoint.extras, endpoint.extra(client) if endpoint.extra else {})
    return Result({"changed": plain(False), endpoint.collection: composed(rows), **extra}, reading.warnings)


def whole_list(endpoint: Listing, client: Client, complete: bool = False) -> tuple[list[dict[str, Any]], list[str]]:
    """All objects of a kind as the server shows them, with the names of the options, and warnings for the user.

    :param complete: read each individually if the list omits fields.
    """
    reading = Reading(endpoint, {item.name: item.default for item in endpoint.options()}, client)
    return list(reading.whole(complete)), reading.warnings


class Way(NamedTuple):
    """How to request the rows of a list on a server.

    :param query: parameters of each request, without those of the page.
    :param whole: all rows are returned at once.
    :param within: the list belongs to another object, which may be missing.
    """

    path: Path
    answer: str
    query: list[tuple[str, str]]
    body: dict[str, Any] | None = None
    whole: bool = False
    within: bool = False

    @property
    def request(self) -> str:
        """Method and path, for messages."""
        return f"{'GET' if self.body is None else 'POST'} {self.path}"


class Reading:
    """A list on its way from the server to the result."""

    def __init__(self, endpoint: Listing, params: Mapping[str, Any], client: Client) -> None:
        self._server: Server = client.server.part(endpoint.part)
        self._params = params
        self._client = client
        for item in endpoint.parents:
            if params[item.name] is not None:
                check_identity(item, str(params[item.name]))
        self._endpoint = endpoint.at(params, self._server.api)
        self._has_come = False
        self.warnings: list[str] = []

    def rows(self) -> list[Shown]:
        """The objects, fit to be shown."""
        endpoint, identity = self._endpoint, self._endpoint.identity
        wanted = self._params[identity.name] if identity else None
        check_versions(endpoint.filters, self._given(endpoint.filters), self._server)
        check_versions(endpoint.finders, self._finders(), self._server)
        rows: Iterable[Any]
        alternates = self._given(endpoint.alternates)
        check_versions(endpoint.alternates, alternates, self._server)
        if alternates:
            rows = self._find(endpoint, "", self._params, is_full=False)
        elif identity and wanted is not None and not self._is_filter(identity):
            rows = self._one(identity, wanted)
        else:
            self._check_alone()
            rows = self.whole(complete=True)
        return [self._shown(row) for row in rows]

    def whole(self, complete: bool) -> Iterable[Any]:
        """The rows of the list, each read individually if that is requested, or needed for complete objects."""
        rows, endpoint = self._list(), self._endpoint
        each = endpoint.each and self._params[endpoint.each.name]
        if each or (complete and self._server.api.name in endpoint.read_each):
            return self._each(list(rows))
        return rows

    def _shown(self, row: Any) -> Shown:
        if not isinstance(row, dict):
            return plain(row)
        identity = self._endpoint.identity
        return present(self._endpoint.shown(), str(row.get(identity.name)) if identity else "", row)

    def _given(self, fields: Iterable[Field]) -> dict[str, Any]:
        return {item.name: self._params[item.name] for item in fields if self._params[item.name] is not None}

    def _check_alone(self) -> None:
        """Refuse options that only mean something for the object that the identity names."""
        endpoint = self._endpoint
        finders = self._finders()
        if finders and endpoint.identity:
            places = [item.name for item in (*endpoint.parents, endpoint.identity)]
            raise InvalidInputError(f"{' and '.join(finders)} needs {', '.join(places)} as well")
        check_versions(endpoint.locators, self._given(endpoint.locators), self._server)
        for item in endpoint.filters:
            if self._server.api.name in item.needed and self._params[item.name] is None:
                instead = f" or {endpoint.identity.name}" if endpoint.identity else ""
                raise InvalidInputError(f"{item.name}{instead} must be given")

    def _finders(self) -> dict[str, Any]:
        return {name: value for name, value in self._given(self._endpoint.finders).items() if value is not False}

    def _is_filter(self, identity: Field) -> bool:
        """Whether an object is searched for in a list instead of being read by its path."""
        endpoint = self._endpoint
        vague = [item.name for item in endpoint.parents if self._params[item.name] == EVERYWHERE]
        if not vague and not self._given(endpoint.filters):
            return False
        if endpoint.identity_filters.on(self._server.api) is not None:
            check_since(f"{identity.name} without {' and '.join(vague)}", endpoint.identity_filters, self._server)
            return True
        if vague:
            raise InvalidInputError(f"{identity.name} needs {' and '.join(vague)} as well, to say where it is")
        others = " and ".join(self._given(endpoint.filters))
        raise InvalidInputError(f"{identity.name} names one object, so it cannot be combined with {others}")

    def _one(self, identity: Field, wanted: Any) -> Iterable[Any]:
        endpoint, name = self._endpoint, str(wanted)
        if why_unreachable(endpoint.unreachable, name, self._server):
            whole = Reading(endpoint, {**self._params, identity.name: None, "limit": None, "offset": 0}, self._client)
            return (row for row in whole._list() if row[identity.name] == wanted)
        check_identity(identity, name)
        return self._find(endpoint, name, self._params, bool(endpoint.each and self._params[endpoint.each.name]))

    def _find(self, endpoint: Listing, name: str, params: Mapping[str, Any], is_full: bool) -> list[dict[str, Any]]:
        """The objects of a name in a place."""
        api = self._server.api
        try:
            if endpoint.find:
                rows = endpoint.find(self._client, endpoint, name, params)
            elif is_full and endpoint.each_path:
                path = below(endpoint.path, name, endpoint.each_path)
                rows = [self._client.call("GET", path, api=api, check=named(endpoint, name, api))]
            else:
                found = self._client.read(endpoint, name)
                return [] if found is None else [found]
        except MissingError:
            return []
        return [decoded(endpoint, row, api, f"GET {endpoint.path}") for row in rows]

    def _each(self, rows: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        """The objects of a list, each read individually, or as in the list if that is not possible."""
        endpoint = self._endpoint
        key = endpoint.identity.name if endpoint.identity else ""
        for row in rows:
            name = str(row[key])
            places = [item.name for item in (*endpoint.parents, *endpoint.locators)]
            params = {**self._params, **{place: row[place] for place in places if place in row}}
            reason = why_unreachable(endpoint.unreachable, name, self._server)
            if EVERYWHERE in [params[item.name] for item in endpoint.parents]:
                reason = f"the API of {self._server.api.product} does not return where it is"
            found = [row]
            if not reason:
                try:
                    found = self._find(endpoint.at(params, self._server.api), name, params, is_full=True)
                except ServerError as error:
                    reason = error.message
            if reason:
                self.warnings.append(f"{endpoint.kind} {name!r} lacks the fields that the list omits: {reason}")
            yield from found

    def _list(self) -> Iterable[Any]:
        """The rows of the list."""
        from .._http.pages import walk

        way, limit, offset = self.way(), self._params["limit"], self._params["offset"]
        if way.whole:
            rows = self.page(way, 0, 0)[0] if limit != 0 else []
            return rows[offset : None if limit is None else offset + limit]
        size = self._server.api.page if way.body is None else self._server.api.batch_page
        late, name = self._endpoint.late_filter, self._endpoint.name_of
        if late and self._params[late] is not None:
            from .sifted import sifted

            return sifted(way, late, self.page, size, limit, offset, name)
        fetch, warn = partial(self.page, way), self.warnings.append
        return walk(way.request, fetch, size, limit, offset, name, warn)

    def page(self, way: Way, size: int, start: int) -> tuple[list[Any], int | None]:
        """Rows of the list from an offset on, and how many there are on all pages."""
        from .._http.pages import page_of

        client, api = self._client, self._server.api
        check = a_list(way.answer, AN_OBJECT if self._endpoint.reported else a_text)
        try:
            if way.body is not None:
                body = {**way.body, "page_limit": size, "page_offset": start}
                answer = client.call("POST", way.path, body=body, api=api, intent=Intent.READ, check=check)
            else:
                pages = [] if way.whole else [("limit", str(size)), ("offset", str(start))]
                answer = client.call("GET", way.path, query=[*way.query, *pages], api=api, check=check)
        except MissingError as error:
            # A DAG, for example, in which the list would be. A list in no other object is never missing.
            if self._has_come or not way.within:
                why = "A list exists even if it is empty, so this response is not Airflow's"
                raise NotAirflowError(f"{error.message}. {why}", **error.facts) from error
            return [], 0
        self._has_come = True
        rows, total = page_of(answer, way.answer)
        return [self._decoded(row, way.request) for row in rows], total

    def _decoded(self, row: Any, request: str) -> Any:
        """A row as the options have it, with what identifies it."""
        endpoint = self._endpoint
        found = decoded(endpoint, row, self._server.api, request)
        names = endpoint.names()
        values = [found.get(name) for name in names]
        if names and (values.count(None) == len(values) or any(isinstance(value, (dict, list)) for value in values)):
            raise NotAirflowError(f"{request}: the response has a row without {' and '.join(names)}")
        return found

    def way(self) -> Way:
        """How to request the rows."""
        endpoint, api = self._endpoint, self._server.api
        identity = (endpoint.identity,) if endpoint.identity else ()
        known = (*identity, *endpoint.locators, *endpoint.filters)
        filters = self._given(known)
        for route in endpoint.routes:
            chosen = {name: value for name, value in self._given(route.options).items() if value is not False}
            if chosen:
                return self._along(route, chosen, filters)
        query = [*as_query(endpoint.selected, api), *self._pairs(known, filters)]
        query += self._order(endpoint.order_on(api))
        within = any(self._params[item.name] not in (None, EVERYWHERE) for item in endpoint.parents)
        return Way(endpoint.path, endpoint.answer_on(api), query, whole=api.name in endpoint.whole, within=within)

    def _along(self, route: Route, chosen: Mapping[str, Any], filters: Mapping[str, Any]) -> Way:
        """The way of a route."""
        endpoint, api = self._endpoint, self._server.api
        names = " and ".join(chosen)
        check_versions(route.options, chosen, self._server)
        missing = [place for place in route.places if self._params[place] in (None, EVERYWHERE)]
        if missing:
            raise InvalidInputError(f"{names} needs {' and '.join(missing)} as well")
        places = [item.name for item in endpoint.parents if self._params[item.name] not in (None, EVERYWHERE)]
        foreign = [name for name in filters if name not in route.filters]
        foreign += [name for name in places if name not in route.places]
        if foreign:
            raise InvalidInputError(f"{' and '.join(foreign)} cannot be combined with {names}: the API takes only one")
        template = route.names.get(api.name, route.template)
        path = fill(template, self._params)
        answer = route.answers.get(api.name) or endpoint.answer_on(api)
        order = self._order(route.orders.get(api.name, endpoint.order_on(api)))
        values = {name: value for name, value in {**filters, **chosen}.items() if f"{{{name}}}" not in template}
        known = (*route.options, *endpoint.filters)
        if not route.batch:
            query = [*self._pairs(known, values), *order]
            return Way(path, answer, query, whole=api.name in route.whole, within=bool(route.places))
        if len(order) > 1:
            raise InvalidInputError(f"order_by accepts only one field together with {names}")
        body = {item.key(api): values[item.name] for item in known if item.name in values}
        return Way(path, answer, [], {**body, **dict(order)})

    def _pairs(self, fields: Iterable[Field], values: Mapping[str, Any]) -> list[tuple[str, str]]:
        """Filters as query parameters."""
        api = self._server.api
        pairs = []
        for item in fields:
            if item.name in values:
                texts = as_texts(values[item.name])
                joined = [",".join(texts)] if api.name in item.joined else texts
                pairs += [(item.key(api), value) for value in joined]
        return pairs

    def _order(self, default: str) -> list[tuple[str, str]]:
        """The order as query parameters."""
        endpoint, server = self._endpoint, self._server
        given = self._params["order_by"] if endpoint.order_by else None
        if not given:
            return [("order_by", default)] if default else []
        check_offered("order_by", endpoint.order_since, endpoint.part, self._client)
        if any(item.startswith("-") for item in given):
            check_offered("order_by with a descending order", endpoint.descending, endpoint.part, self._client)
        if len(given) > 1 and not server.api.repeat_lists:
            raise InvalidInputError(f"order_by accepts only one field on {server.api.product}, got {', '.join(given)}")
        if len(given) > 1:
            check_since("order_by with more than one field", MANY_ORDERS, server)
        names = endpoint.sorts.get(server.api.name, {})
        fields = [(item[: -len(item.lstrip("-"))], item.lstrip("-")) for item in given]
        return [("order_by", sign + names.get(name, name)) for sign, name in fields]
