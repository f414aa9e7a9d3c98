# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists from whose pages a filter takes rows after the server has counted and cut them.

Such a page is shorter than the part of the list that it stands for, even empty, and the total counts what was left out.
"""

from __future__ import annotations

from itertools import islice
from typing import Any, Callable, Collection, Iterator

from .._http.pages import MOST_ROWS, Page
from .._model.errors import NotAirflowError
from .run_listing import Way

Fetch = Callable[[Way, int, int], Page]
"""Gets a page of a certain size from a certain offset."""


def sifted(
    way: Way, late: Collection[str], fetch: Fetch, size: int, limit: int | None, offset: int
) -> Iterator[dict[str, Any]]:
    """The rows that the filters leave.

    :param late: the filters' names in the query.
    :param size: rows of a page at most; a server may send fewer, which a page without these filters shows.
    :param limit: rows at most.
    :param offset: how many rows that the filters leave come before.
    :raises NotAirflowError: for a list that is longer than any is.
    """
    bare = way._replace(query=[pair for pair in way.query if pair[0] not in late])
    whole, total = fetch(bare, size, 0)
    step = len(whole) if total is not None and len(whole) < total else size
    if (total or 0) > MOST_ROWS:
        raise NotAirflowError(f"{way.request}: the server counts {total} rows, so the list cannot be read to its end")

    def rows() -> Iterator[dict[str, Any]]:
        for start in range(0, total or 0, max(1, step)):
            yield from fetch(way, step, start)[0]

    return islice(rows(), offset, None if limit is None else offset + limit)
