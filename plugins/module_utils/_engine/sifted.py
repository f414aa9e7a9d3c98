# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists from whose pages a filter takes rows after the server has counted and cut them.

Such a page is shorter than the part of the list that it stands for, even empty, and the total counts what was left out.
"""

from __future__ import annotations

from itertools import islice
from typing import Any, Callable, Hashable, Iterator

from .._http.pages import MOST_ROWS, Page
from .._model.errors import NotAirflowError
from .run_listing import Way

Fetch = Callable[[Way, int, int], Page]
"""Gets a page of a certain size from a certain offset."""


def sifted(
    way: Way, late: str, fetch: Fetch, size: int, limit: int | None, offset: int, name: Callable[[Any], Hashable]
) -> Iterator[Any]:
    """The rows that the filter leaves.

    :param late: the filter's name in the query. Its value may be ignored: whatever it is, ``true`` is sent.
    :param size: rows of a page at most; a server may send fewer, which a page without this filter shows.
    :param limit: rows at most.
    :param offset: how many rows that the filter leaves come before.
    :param name: what identifies a row.
    :raises NotAirflowError: for a list that is longer than any is.
    """
    bare = way._replace(query=[pair for pair in way.query if pair[0] != late])
    true = bare._replace(query=[*bare.query, (late, "true")])
    is_inverted = (late, "false") in way.query
    whole, total = fetch(bare, size, 0)
    step = len(whole) if total is not None and len(whole) < total else size
    if (total or 0) > MOST_ROWS:
        raise NotAirflowError(f"{way.request}: the server counts {total} rows, so the list cannot be read to its end")

    def rows() -> Iterator[Any]:
        for start in range(0, total or 0, max(1, step)):
            left = fetch(true, step, start)[0]
            if is_inverted:
                taken = set(map(name, left))
                left = [row for row in fetch(bare, step, start)[0] if name(row) not in taken]
            yield from left

    return islice(rows(), offset, None if limit is None else offset + limit)
