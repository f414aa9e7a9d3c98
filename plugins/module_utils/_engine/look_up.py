# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The objects of a kind that somebody names, with few round trips however many others there are."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Callable, Collection, Iterable, Mapping, NamedTuple

from .._http.pages import USUAL_PAGE, Ahead, ahead, resumed, walk
from .._model.errors import InvalidInputError, ServerError
from .options import check_identity, why_unreachable
from .run_listing import Reading

if TYPE_CHECKING:
    from .._http.client import Client
    from .._http.pages import Page
    from .._model.api import Server
    from .._model.listing import Listing
    from .._model.resource import Resource
    from .side_by_side import Lanes

ROWS = 100
"""Rows of a list that take a server as long as one more request: a page of 100 takes twice as long as an object that is
read singly (3.3.2: 15 and 8 ms)."""

ROUND_TRIP = 4
"""Requests that a server answers within one round trip, across a VPN (40 to 60 ms). On the same machine there is hardly
any, and it costs next to nothing to be wrong."""


def is_cheaper_singly(missing: int, rows: int, page: int, width: int) -> bool:
    """Whether to read each object by its name, instead of the rest of the list that it is in.

    :param missing: how many objects are still wanted.
    :param rows: how many rows of the list have not been read.
    :param page: how many of them come at a time.
    :param width: how many requests are under way at a time.
    """

    def cost(requests: int, rows: int) -> float:
        return requests + rows / ROWS + ROUND_TRIP * -(-requests // width)

    return cost(missing, missing) < cost(-(-rows // page), rows)


class Found(NamedTuple):
    """What there is of the objects that are wanted.

    :param objects: name → object as the server shows it; others may be among them.
    :param warnings: warnings for the user.
    :param is_whole: whether the whole list has been read.
    """

    objects: dict[str, dict[str, Any]]
    warnings: list[str]
    is_whole: bool = False


def look_up(
    resource: Resource,
    listing: Listing | None,
    client: Client,
    names: Iterable[str],
    lanes: Lanes,
    is_whole: bool = False,
    expect: Callable[[int], None] = lambda requests: None,
    filters: Mapping[str, Any] | None = None,
    sure: int = 0,
    is_doomed: Callable[[str], bool] = lambda name: False,
) -> Found:
    """Read the objects of these names.

    :param listing: of the same kind; ``None`` if there are too many to list them.
    :param lanes: for the requests.
    :param is_whole: read all others as well.
    :param expect: takes the number of requests that are sent next.
    :param filters: options of the listing, which select the objects.
    :param sure: how many rows the list has for certain, so that those pages are read side by side.
    :param is_doomed: whether an object of this name is deleted then.
    """
    server = client.server.part(resource.part)
    wanted = [name for name in dict.fromkeys(names) if _can_be_read(resource, name, server)]

    def singly(names: Collection[str]) -> dict[str, dict[str, Any]]:
        expect(len(names))
        found = lanes.each(lambda name: client.read(resource, name), names)
        return {str(stored[resource.identity.name]): stored for stored in found if stored is not None}

    # There the list omits fields, so that objects that are wanted take a request each in any case.
    is_partial = listing is not None and server.api.name in listing.read_each
    if listing is None or (is_partial and not is_whole):
        return Found(singly(wanted), [])
    if not wanted and not is_whole:
        return Found({}, [])
    reading = Reading(listing, {**{item.name: item.default for item in listing.options()}, **(filters or {})}, client)
    way, size = reading.way(), server.api.page
    pages: dict[int, Page] = {}
    try:
        starts = [0, *range(USUAL_PAGE, sure, USUAL_PAGE)]
        pages.update(zip(starts, lanes.each(lambda start: reading.page(way, size, start), starts)))
    except ServerError as error:
        # It has a row that the server cannot return.
        if error.facts.get("status") != 500:
            raise
    first = pages.get(0)
    present = _by_name(resource, first[0]) if first else {}
    missing = _missing(resource, wanted, present)
    if not is_whole and _is_enough(first, missing, lanes.most):
        rows, total = first or ([], None)
        return Found({**present, **singly(missing)}, [], first is not None and total == len(rows))
    expect(_pages_left(first) + sum(map(is_doomed, present)))
    fetch, name = resumed(partial(reading.page, way), pages), listing.name_of
    known = ahead(fetch, first, size, name, lanes.each) if first else Ahead({})
    rest = resumed(fetch, known.pages)
    walked = walk(way.request, rest, size, None, 0, name, reading.warnings.append, known.is_calm)
    present = _by_name(resource, walked)
    missing = _missing(resource, wanted, present)
    if missing and not reading.warnings:  # else the list omits the rows that the server cannot return, on any API
        from .alike import alike

        missing = alike(missing, present)
    again = [name for name in wanted if name in present] if is_partial else []
    return Found({**present, **singly([*missing, *again])}, reading.warnings, is_whole=True)


def _can_be_read(resource: Resource, name: str, server: Server) -> bool:
    """Whether there can be an object of this name, and a path to it; the plan says so if not."""
    try:
        check_identity(resource.identity, name)
    except InvalidInputError:
        return False
    return not why_unreachable(resource.unreachable, name, server)


def _by_name(resource: Resource, rows: Iterable[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {str(row[resource.identity.name]): row for row in rows}


def _missing(resource: Resource, wanted: Iterable[str], present: Mapping[str, Any]) -> list[str]:
    """The names of those that are wanted and have not come."""
    same = str.lower if resource.identity.ignores_case else str
    known = {same(name) for name in present}
    return [name for name in wanted if same(name) not in known]


def _is_enough(first: Page | None, missing: Collection[str], width: int) -> bool:
    """Whether the rest of a list is not needed.

    :param first: its first page; ``None`` if the server cannot return that.
    """
    if not missing:
        return True
    if first is None:
        return len(missing) <= USUAL_PAGE
    rows, total = first
    if total is None or total <= len(rows):
        # Unless the page is full, this is the whole list.
        return False
    return is_cheaper_singly(len(missing), total - len(rows), len(rows) or 1, width)


def _pages_left(first: Page | None) -> int:
    """How many pages there are after the first one, as far as the server says so."""
    rows, total = first or ([], None)
    return -(-max(0, (total or 0) - len(rows)) // max(1, len(rows)))
