# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading a list in pages while it changes, and while the server cannot show all of it."""

from __future__ import annotations

import random
from typing import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.dataops.airflow.plugins.module_utils._http import pages
from ansible_collections.dataops.airflow.plugins.module_utils._http.pages import (
    MOST_AHEAD,
    MOST_IDLE,
    MOST_SPOILT,
    Page,
    ahead,
    resumed,
    walk,
)
from ansible_collections.dataops.airflow.plugins.module_utils._model.errors import NotAirflowError, ServerError


class Table:
    """Sorted rows, served in pages as Airflow does, of which some may be spoilt."""

    def __init__(self, rows: list[int], cap: int, spoilt: frozenset[int] = frozenset()) -> None:
        self.rows = rows
        self.cap = cap
        self.spoilt = spoilt
        self.requests = 0
        self.before: Callable[[int], None] = lambda request: None

    def fetch(self, size: int, start: int) -> Page:
        self.before(self.requests)
        self.requests += 1
        page = self.rows[start : start + min(size, self.cap)]
        if self.spoilt & set(page):
            raise ServerError("HTTP 500", status=500)
        return page, len(self.rows)


def read(table: Table, limit: int | None = None, offset: int = 0) -> tuple[list[int], list[str]]:
    warnings: list[str] = []
    return list(walk("GET /rows", table.fetch, 1000, limit, offset, lambda row: row, warnings.append)), warnings


@pytest.mark.parametrize("count", [0, 1, 9, 10, 11, 100])
def test_a_quiet_list_takes_a_request_per_page(count: int) -> None:
    table = Table(list(range(count)), 10)
    assert read(table) == (list(range(count)), [])
    assert table.requests == max(1, -(-count // 10))


@pytest.mark.parametrize(("limit", "offset"), [(0, 0), (3, 0), (25, 0), (10, 95), (5, 200), (None, 42)])
def test_a_part(limit: int | None, offset: int) -> None:
    rows = list(range(100))
    end = None if limit is None else offset + limit
    assert read(Table(rows, 10), limit, offset) == (rows[offset:end], [])


@settings(max_examples=300, deadline=None)
@given(
    count=st.integers(0, 60),
    cap=st.integers(2, 12),
    changes=st.dictionaries(
        st.integers(0, 12), st.lists(st.tuples(st.booleans(), st.integers(0, 59)), min_size=1, max_size=4), max_size=4
    ),
)
def test_what_is_there_all_the_time_comes_once(
    count: int, cap: int, changes: dict[int, list[tuple[bool, int]]]
) -> None:
    """Rows are added and deleted between requests; in one pause either or, so that the count shows it."""
    table = Table([2 * number for number in range(count)], cap)
    lasting = set(table.rows)

    def change(request: int) -> None:
        todo = changes.get(request, [])
        for _adds, number in todo:
            if todo[0][0]:
                table.rows = sorted({*table.rows, 2 * number + 1})
            else:
                table.rows = [row for row in table.rows if row != 2 * number]
                lasting.discard(2 * number)

    table.before = change
    rows, warnings = read(table)
    assert len(rows) == len(set(rows))
    assert lasting <= set(rows)
    assert warnings == []


Order = Callable[["list[int]"], "list[int]"]
"""Requests that are under way together, by their offsets → the order in which the server answers them."""


def read_side_by_side(
    table: Table, order: Order = lambda starts: starts, warn: Callable[[str], None] | None = None
) -> list[int]:
    """All rows of a list, the pages after the first one requested together."""

    def together(fetch: Callable[[int], Page | None], starts: list[int]) -> list[Page | None]:
        answers = {start: fetch(start) for start in order(starts)}
        return [answers[start] for start in starts]

    pages, is_calm = ahead(table.fetch, table.fetch(1000, 0), 1000, lambda row: row, together)
    fetch = resumed(table.fetch, pages)
    return list(walk("GET /rows", fetch, 1000, None, 0, lambda row: row, warn, is_calm))


@pytest.mark.parametrize("count", [0, 1, 9, 10, 11, 100, 1005])
def test_a_quiet_list_that_is_read_side_by_side_takes_a_request_per_page(count: int) -> None:
    table = Table(list(range(count)), 10)
    assert read_side_by_side(table, lambda starts: starts[::-1]) == list(range(count))
    # The page of a list that may be longer than the server says is followed by one more.
    assert table.requests == max(1, -(-count // 10))


@settings(max_examples=300, deadline=None)
@given(
    count=st.integers(0, 60),
    cap=st.integers(2, 12),
    changes=st.dictionaries(
        st.integers(0, 30), st.lists(st.tuples(st.booleans(), st.integers(0, 59)), min_size=1, max_size=4), max_size=5
    ),
    seed=st.randoms(use_true_random=False),
)
def test_what_is_there_all_the_time_comes_once_whoever_is_answered_first(
    count: int, cap: int, changes: dict[int, list[tuple[bool, int]]], seed: random.Random
) -> None:
    """Pages are answered in any order; between two answers rows are either added or deleted: a count shows it."""
    table = Table([2 * number for number in range(count)], cap)
    lasting = set(table.rows)

    def change(request: int) -> None:
        todo = changes.get(request, [])
        for _adds, number in todo:
            if todo[0][0]:
                table.rows = sorted({*table.rows, 2 * number + 1})
            else:
                table.rows = [row for row in table.rows if row != 2 * number]
                lasting.discard(2 * number)

    table.before = change
    warnings: list[str] = []
    rows = read_side_by_side(table, lambda starts: seed.sample(starts, len(starts)), warnings.append)
    assert len(rows) == len(set(rows))
    assert lasting <= set(rows)
    assert warnings == []


@settings(max_examples=100, deadline=None)
@given(count=st.integers(1, 200), cap=st.integers(1, 100), data=st.data())
def test_spoilt_rows_are_found_on_pages_that_are_read_side_by_side(count: int, cap: int, data: st.DataObject) -> None:
    spoilt = data.draw(st.frozensets(st.integers(cap, max(cap, count - 1)), max_size=4))
    warnings: list[str] = []
    rows = read_side_by_side(Table(list(range(count)), cap, spoilt), warn=warnings.append)
    assert rows == [row for row in range(count) if row not in spoilt]
    assert [int(warning.split()[4]) for warning in warnings] == sorted(row for row in spoilt if row < count)


@settings(max_examples=200, deadline=None)
@given(count=st.integers(1, 200), cap=st.integers(1, 100), data=st.data())
def test_spoilt_rows_are_left_out_and_named(count: int, cap: int, data: st.DataObject) -> None:
    spoilt = data.draw(st.frozensets(st.integers(0, count - 1), max_size=4))
    rows, warnings = read(Table(list(range(count)), cap, spoilt))
    assert rows == [row for row in range(count) if row not in spoilt]
    assert [int(warning.split()[4]) for warning in warnings] == sorted(spoilt)


def test_a_spoilt_row_is_named_by_its_neighbours_and_found_by_halves() -> None:
    table = Table(list(range(100)), 100, frozenset({37}))
    warnings = read(table)[1]
    assert warnings == [
        "The row at offset 37 (after 36, before 38) is left out because the server cannot return it: HTTP 500"
    ]
    assert table.requests < 30


def test_a_server_that_always_fails_is_not_asked_for_each_row() -> None:
    table = Table(list(range(1000)), 100, frozenset(range(1000)))
    with pytest.raises(ServerError, match="HTTP 500"):
        read(table)
    assert table.requests < 12 * MOST_SPOILT


def test_other_failures_are_not_searched() -> None:
    def fetch(size: int, start: int) -> Page:
        raise ServerError("HTTP 503", status=503)

    with pytest.raises(ServerError, match="503"):
        list(walk("GET /rows", fetch, 10, warn=lambda warning: None))


def test_an_order_that_is_not_stable_is_noticed() -> None:
    pages = iter([([1, 2], 4), ([2, 4], 4)])
    warnings: list[str] = []
    rows = list(walk("GET /rows", lambda size, start: next(pages), 2, name=lambda row: row, warn=warnings.append))
    assert rows == [1, 2, 4]
    assert warnings[0].startswith("1 rows may be missing")


Lie = Callable[[int, int, "list[int]"], Page]
"""Number of the request, offset, all rows → page."""

ENDLESS: dict[str, Lie] = {
    "ignores the offset, no total": lambda request, start, rows: (rows[:100], None),
    "ignores the offset": lambda request, start, rows: (rows[:100], len(rows)),
    "ignores the offset, twice its page": lambda request, start, rows: (rows[:100], 200),
    "one row forever": lambda request, start, rows: (rows[:1], None),
    "an absurd total": lambda request, start, rows: (rows[:100], 10**9),
    "a total that grows": lambda request, start, rows: (rows[:100], start + 1000),
    "a total that grows, a row at a time": lambda request, start, rows: ([rows[0]], start + 1000),
    "two pages in turn": lambda request, start, rows: (rows[request % 2 * 100 :][:100], 10**9),
    "a negative total": lambda request, start, rows: (rows[:100], -5),
    "no total, and the last page forever": lambda request, start, rows: (rows[min(start, 150) :][:100], None),
}


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize("lie", ENDLESS)
def test_a_list_without_an_end_is_an_error_after_a_few_requests(lie: str, named: bool) -> None:
    requests = 0

    def fetch(size: int, start: int) -> Page:
        nonlocal requests
        requests += 1
        assert requests < 100
        return ENDLESS[lie](requests, start, list(range(250)))

    with pytest.raises(NotAirflowError, match="^GET /rows: the page from row .* on has no new rows"):
        list(walk("GET /rows", fetch, 1000, name=(lambda row: row) if named else None))
    assert requests <= 3 * MOST_IDLE


@pytest.mark.parametrize("lie", ENDLESS)
def test_a_list_without_an_end_is_not_requested_side_by_side_for_ever(lie: str) -> None:
    table = Table([], 100)

    def fetch(size: int, start: int) -> Page:
        table.requests += 1
        return ENDLESS[lie](table.requests, start, list(range(250)))

    table.fetch = fetch  # type: ignore[method-assign]
    with pytest.raises(NotAirflowError, match="has no new rows"):
        read_side_by_side(table)
    assert table.requests <= 3 * MOST_IDLE + MOST_AHEAD


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize("total", [100, 50, 0, -5, 250, 251, 10**9, None])
def test_a_wrong_total_cuts_no_list(total: int | None, named: bool) -> None:
    rows = list(range(250))
    warnings: list[str] = []
    name = (lambda row: row) if named else None
    found = walk(
        "GET /rows", lambda size, start: (rows[start : start + 100], total), 1000, None, 0, name, warnings.append
    )
    assert list(found) == rows
    assert warnings == []


def test_a_total_that_is_that_of_the_page_cuts_no_list() -> None:
    rows = list(range(250))

    def fetch(size: int, start: int) -> Page:
        page = rows[start : start + 100]
        return page, len(page)

    assert list(walk("GET /rows", fetch, 1000)) == rows


def test_a_list_that_never_repeats_itself_has_an_end_unless_a_limit_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "MOST_ROWS", 1000)

    def fetch(size: int, start: int) -> Page:
        return list(range(start, start + 100)), start + 1000

    with pytest.raises(NotAirflowError, match="the list has more than 1,000 rows, or no end"):
        list(walk("GET /rows", fetch, 1000))
    assert len(list(walk("GET /rows", fetch, 1000, limit=2000))) == 2000
