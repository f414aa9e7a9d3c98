# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filters that a server applies to a page that it has already counted and cut."""

from __future__ import annotations

import operator
from typing import Any

import pytest

from ansible_collections.dataops.airflow.plugins.module_utils._engine.run_listing import Way
from ansible_collections.dataops.airflow.plugins.module_utils._engine.sifted import sifted
from ansible_collections.dataops.airflow.plugins.module_utils._model.errors import NotAirflowError
from ansible_collections.dataops.airflow.plugins.module_utils._model.paths import fill

WAY = Way(fill("jobs", {}), "jobs", [("job_type", "SchedulerJob"), ("is_alive", "true")])
ID = operator.itemgetter("id")


@pytest.mark.parametrize("most", [3, 10, 100])
@pytest.mark.parametrize("alive", [set(), {0}, {24}, {0, 12, 24}, set(range(25))])
@pytest.mark.parametrize(("limit", "offset"), [(None, 0), (2, 0), (2, 1), (0, 0), (None, 30)])
@pytest.mark.parametrize("wanted", ["true", "false"])
def test_all_rows_come_that_the_filter_leaves(
    wanted: str, most: int, alive: set[int], limit: int | None, offset: int
) -> None:
    """Airflow ignores the filter's value."""
    sent: list[list[tuple[str, str]]] = []

    def fetch(way: Way, size: int, start: int) -> tuple[list[Any], int | None]:
        sent.append(way.query)
        page = [{"id": number} for number in range(25)][start : start + min(size, most)]
        is_filtered = any(key == "is_alive" for key, _value in way.query)
        return [row for row in page if not is_filtered or row["id"] in alive], 25

    way = WAY._replace(query=[WAY.query[0], ("is_alive", wanted)])
    rows = list(sifted(way, "is_alive", fetch, 10, limit, offset, ID))
    left = alive if wanted == "true" else set(range(25)) - alive
    expected = sorted(left)[offset : None if limit is None else offset + limit]
    assert [row["id"] for row in rows] == expected
    assert sent[0] == [("job_type", "SchedulerJob")]


@pytest.mark.parametrize("total", [0, None])
def test_an_empty_list_takes_one_request(total: int | None) -> None:
    sent = []

    def fetch(way: Way, size: int, start: int) -> tuple[list[Any], int | None]:
        sent.append(start)
        return [], total

    assert list(sifted(WAY, "is_alive", fetch, 10, None, 0, ID)) == []
    assert len(sent) == 1


def test_a_count_that_no_list_has_is_an_error() -> None:
    with pytest.raises(NotAirflowError, match=r"^GET /jobs: the server counts 1000000000 rows"):
        list(sifted(WAY, "is_alive", lambda way, size, start: ([], 10**9), 10, None, 0, ID))
