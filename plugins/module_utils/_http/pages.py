# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Paginated lists: all of their rows, each of them once, even while the list changes.

Airflow's pages are offsets into a list that anybody may change between two requests. A row that is deleted moves the
later ones on, so that one is left out; a row that is added makes another one come twice. The server's count of all rows
shows that something has changed. From then on a page begins with the last row of the one before: while that is so,
nothing was left out, and otherwise the reading goes back until it is. What cannot be noticed is a deletion that cancels
out with an addition between two requests, before any change has been noticed. While nothing changes there are as many
requests as pages.

A server may be wrong about its own list. A count that is smaller than what has come is not believed, and reading goes
on until a page is empty; a first page that is full and the whole list, by that count, takes one request more for that
reason. A server that does not honour offsets shows the same rows again and again, which is an error after a few pages.

Pages after the first can be requested side by side: see :func:`ahead`. They are used only if nothing at all points to a
change while they were read; otherwise the rest of the list is read one page after the other, as above.
"""

from __future__ import annotations

import json
from typing import Any, Callable, Hashable, Iterator, Mapping, NamedTuple, Tuple

from .._model.errors import NotAirflowError, ServerError

Page = Tuple["list[Any]", "int | None"]
"""Rows, and how many there are on all pages if the server returns that."""

Fetch = Callable[[int, int], Page]
"""Gets a page of a certain size from a certain offset; a server may send fewer rows."""

MOST_SPOILT = 20
"""Rows that a server may fail to return, beyond one in ten, before the whole list counts as failed."""


MOST_IDLE = 10
"""Successive pages without new rows before that is an error; rows that are added meanwhile can fill a page."""

MOST_ROWS = 1_000_000
"""Rows after which a list is considered endless, unless a limit is set."""

USUAL_PAGE = 100
"""Rows on a page of Airflow, unless ``[api] maximum_page_limit`` says otherwise."""


def page_of(answer: Mapping[str, Any], key: str) -> Page:
    """The rows of the list of this name in an answer, and their number on all pages."""
    total = answer.get("total_entries")
    return answer[key], total if isinstance(total, int) and not isinstance(total, bool) else None


Together = Callable[["Callable[[int], Page | None]", "list[int]"], "list[Page | None]"]
"""Calls a function with each of several arguments, side by side, and returns the results in the order of these."""

MOST_AHEAD = 64
"""Pages that are requested before the first of them is checked: a server may be wrong about the number of its rows."""


class Ahead(NamedTuple):
    """Pages that have been read before a walk asks for them.

    :param pages: offset → page.
    :param is_calm: nothing points to a change of the list while they were read.
    """

    pages: dict[int, Page]
    is_calm: bool = True


def ahead(fetch: Fetch, first: Page, size: int, name: Callable[[Any], Hashable], together: Together) -> Ahead:
    """Read the pages after the first one of a list side by side.

    They are of different moments. If each of them counts as many rows as the first one did, is as long as it must be
    then, and none has a row that another one has, they are those of one list. A page that makes the server answer 500
    is left out: the walk searches it for the row.

    :param first: the page at the offset 0.
    :param size: rows to ask for at a time; a server may send fewer.
    """
    rows, total = first
    known = {0: first}
    length, names = len(rows), set(map(name, rows))
    if total is None or not rows or len(names) < length:
        return Ahead(known)

    def page_at(start: int) -> Page | None:
        try:
            return fetch(size, start)
        except ServerError:
            return None

    starts = list(range(length, min(total, MOST_ROWS), length))
    for position in range(0, len(starts), MOST_AHEAD):
        part = starts[position : position + MOST_AHEAD]
        for start, page in zip(part, together(page_at, part)):
            if page is None:
                continue
            names.update(map(name, page[0]))
            known[start] = page
            if page[1] != total or len(page[0]) != min(length, total - start):
                return Ahead({0: first}, is_calm=False)
        if len(names) < sum(len(page[0]) for page in known.values()):
            return Ahead({0: first}, is_calm=False)
    return Ahead(known)


def resumed(fetch: Fetch, pages: Mapping[int, Page]) -> Fetch:
    """The same as ``fetch``, but pages that are known already are not requested the first time.

    :param pages: offset → page.
    """
    left = dict(pages)

    def page_at(size: int, start: int) -> Page:
        page = left.pop(start, None)
        return page if page is not None else fetch(size, start)

    return page_at


def walk(
    request: str,
    fetch: Fetch,
    size: int,
    limit: int | None = None,
    offset: int = 0,
    name: Callable[[Any], Hashable] | None = None,
    warn: Callable[[str], None] | None = None,
    is_calm: bool = True,
) -> Iterator[Any]:
    """Yield the rows of a list.

    :param request: method and path, for messages.
    :param size: rows to ask for at a time.
    :param limit: how many rows at most; all if ``None``.
    :param offset: how many rows to skip.
    :param name: what identifies a row; without it rows come as the server sends them.
    :param warn: takes a warning for the user; without it a row that makes the server answer 500 is an error.
    :param is_calm: whether nothing points to a change of the list so far.
    :raises NotAirflowError: if the list is endless.
    """
    return _Walk(request, fetch, size, limit, offset, name, warn, is_calm).rows()


class _Walk:
    """The state of reading a list."""

    def __init__(
        self,
        request: str,
        fetch: Fetch,
        size: int,
        limit: int | None,
        offset: int,
        name: Callable[[Any], Hashable] | None,
        warn: Callable[[str], None] | None,
        is_calm: bool,
    ) -> None:
        self._request = request
        self._fetch = fetch
        self._size = size
        self._limit = limit
        self._begin = offset
        self._name = name
        self._warn = warn
        self._position = offset
        """Offset of the first row that has not been seen."""
        self._seen: set[Hashable] = set()
        """The names of the rows, or what stands for rows without one."""
        self._came = 0
        self._doubled = False
        self._total: int | None = None
        self._believes = True
        """Whether the server's count can be correct."""
        self._idle = 0
        """Successive pages without new rows, up to the last one."""
        self._rows: list[Any] = []
        """Those of the last page."""
        self._changes = not is_calm
        self._overlaps = name is not None
        """Whether a page can begin with rows of the one before, which shows that none was left out."""
        self._back = 0
        """How far before the position a page begins."""
        self._end_of_failure: int | None = None
        """A row before this offset makes the server fail."""
        self._last: Any = None
        self._spoilt: list[tuple[int, Any, str]] = []
        """Rows that cannot be returned: where, after which, and the server's message."""
        self._told = 0

    def rows(self) -> Iterator[Any]:
        while self._limit is None or self._came < self._limit:
            page = self._next_page()
            if page is None:
                continue
            rows, total = page
            known = len(self._seen)
            for row in rows:
                if self._is_new(row):
                    yield row
                    if self._came == self._limit:
                        break
            self._see_progress(rows, is_idle=bool(rows) and len(self._seen) == known)
            if not rows or (total is not None and self._believes and self._position >= total):
                break
        self._tell(None)
        self._compare_counts()

    def _see_progress(self, rows: list[Any], is_idle: bool) -> None:
        """Detect an endless list.

        :param is_idle: all of the rows had come before.
        """
        is_repeat = bool(rows) and rows == self._rows
        self._idle = self._idle + 1 if is_idle else 0
        self._rows = rows
        at_end = self._believes and self._total is not None and self._position >= self._total
        if self._idle > MOST_IDLE or (is_repeat and at_end and not self._changes):
            raise NotAirflowError(
                f"{self._request}: the page from row {self._position - len(rows)} on has no new rows: the server "
                "repeats the same rows, so the list cannot be read to its end"
            )
        if self._limit is None and self._came > MOST_ROWS:
            raise NotAirflowError(f"{self._request}: the list has more than {MOST_ROWS:,} rows, or no end: set a limit")

    def _next_page(self) -> Page | None:
        """The next rows; ``None`` if another request is needed to know them."""
        wanted = self._size if self._limit is None else min(self._size, self._limit - self._came)
        if self._end_of_failure is not None:
            wanted = max(1, (self._end_of_failure - self._position) // 2)
        begin = self._position - self._back
        try:
            rows, total = self._fetch(wanted + self._back, begin)
        except ServerError as error:
            self._narrow(error, wanted)
            return None
        if self._is_gap(rows, total, begin):
            return None
        self._position = begin + len(rows)
        if self._end_of_failure is not None and self._position >= self._end_of_failure:
            self._end_of_failure = None
        # A server whose pages hold one row would send the same one forever.
        self._overlaps = self._overlaps and not (self._back and len(rows) == 1)
        self._back = 1 if self._changes and self._overlaps and self._position > self._begin else 0
        if total is not None and rows:
            # A first page that may be full does not show whether a count that ends with it is that of the page.
            is_full = begin == self._begin and len(rows) == total and len(rows) in (wanted, USUAL_PAGE)
            self._believes = self._believes and not is_full and begin + len(rows) <= total
        self._total = total
        return rows, total

    def _narrow(self, error: ServerError, wanted: int) -> None:
        """Search for the row that makes the server fail, by bisection."""
        if self._warn is None or error.facts.get("status") != 500:
            raise error
        if self._back:
            # The row before may have become unreadable.
            self._back = 0
        elif wanted > 1:
            self._end_of_failure = self._position + wanted
        else:
            self._spoilt.append((self._position, self._last, error.message))
            if len(self._spoilt) > MOST_SPOILT + self._came // 10:
                raise error
            self._position += 1
            self._end_of_failure = None

    def _is_gap(self, rows: list[Any], total: int | None, begin: int) -> bool:
        """Whether rows may have been left out between the page before and this one; if so, they are requested."""
        if not self._name or not self._overlaps or begin <= self._begin:
            return False
        if self._back:
            if rows and self._name(rows[0]) in self._seen:
                return False
            self._back = min(self._back * 2, self._position - self._begin)
            return True
        if total == self._total or (self._spoilt and self._spoilt[-1][0] == self._position - 1):
            return False
        self._changes = True
        self._back = 1
        return True

    def _is_new(self, row: Any) -> bool:
        if self._name is None:
            self._seen.add(hash(json.dumps(row, sort_keys=True)))
        else:
            name = self._name(row)
            if name in self._seen:
                self._doubled = True
                return False
            self._seen.add(name)
            self._tell(name)
            self._last = name
        self._came += 1
        return True

    def _tell(self, following: Any) -> None:
        """Warn of the rows that were left out, once their neighbours are known."""
        for position, before, message in self._spoilt[self._told :]:
            if self._warn:
                around = [f"after {_text(before)}"] if before is not None else []
                around += [f"before {_text(following)}"] if following is not None else []
                where = f" ({', '.join(around)})" if around else ""
                self._warn(
                    f"The row at offset {position}{where} is left out because the server cannot return it: {message}"
                )
        self._told = len(self._spoilt)

    def _compare_counts(self) -> None:
        """Detect an unstable order, in which rows come twice and others not at all.

        The count alone does not show it: v1 counts datasets without regard to the filters (2.11.2).
        """
        if self._warn is None or not self._doubled or self._limit is not None or self._changes:
            return
        if not self._believes:
            return
        missing = (self._total or 0) - self._begin - self._came - len(self._spoilt)
        if missing > 0:
            self._warn(
                f"{missing} rows may be missing: the server counts {self._total}, and sent some of them more than "
                "once because their order differs between pages"
            )


def _text(name: Any) -> str:
    return " ".join(str(part) for part in name) if isinstance(name, tuple) else str(name)
