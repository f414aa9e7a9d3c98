# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lists: all of them, however small the server's pages are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.dataops.airflow.plugins.module_utils._engine.connect import connect
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.pool.pool import POOL
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.pool.pool_info import POOL_INFO
from ansible_collections.dataops.airflow.tests.live.conftest import Live
from ansible_collections.dataops.airflow.tests.live.proxy import Answer, Forward, Proxy, Request

POOLS = [f"live_page_{number}" for number in range(7)]
PAGE = 3


@pytest.fixture(scope="module", autouse=True)
def pools(live: Live) -> Iterator[None]:
    """Seven pools beside the default one."""
    client = connect(live.options(), read_only=False)
    for name in POOLS:
        live.task(POOL, client=client, name=name, slots=1)
    yield
    for name in [*POOLS, "a_live_page"]:
        live.task(POOL, client=client, name=name, state="absent")


@pytest.fixture
def small_pages(proxy: Proxy) -> Proxy:
    """The server as it is with a lower ``[api] maximum_page_limit``."""

    def cap(request: Request, forward: Forward) -> Answer:
        path = re.sub(r"limit=(\d+)", lambda found: f"limit={min(int(found.group(1)), PAGE)}", request.path)
        return forward(replace(request, path=path))

    proxy.rule = cap
    return proxy


def names(live: Live, proxy: Proxy, **options: Any) -> list[str]:
    return [pool["name"] for pool in live.task(POOL_INFO, airflow_url=proxy.url, **options)["pools"]]


def pages(proxy: Proxy) -> int:
    return len([request for request in proxy.seen if "/pools" in request.path])


def test_a_list_is_complete_and_takes_a_request_per_page(live: Live, small_pages: Proxy) -> None:
    assert names(live, small_pages) == ["default_pool", *POOLS]
    assert pages(small_pages) == 3


@pytest.mark.parametrize(
    ("options", "expected", "requests"),
    [
        ({"limit": 4}, ["default_pool", *POOLS[:3]], 2),
        ({"limit": 0}, [], 0),
        ({"offset": 6}, POOLS[5:], 1),
        ({"limit": 2, "offset": 7}, POOLS[6:], 1),
        ({"order_by": ["-name"], "limit": 1}, POOLS[6:], 1),
        ({"offset": 99}, [], 1),
    ],
)
def test_a_part_of_a_list(
    live: Live, small_pages: Proxy, options: dict[str, object], expected: list[str], requests: int
) -> None:
    assert names(live, small_pages, **options) == expected
    assert pages(small_pages) == requests


def test_a_row_that_comes_while_the_pages_are_read_doubles_and_loses_none(live: Live, small_pages: Proxy) -> None:
    cap = small_pages.rule

    def add(request: Request, forward: Forward) -> Answer | None:
        if f"offset={PAGE}" in request.path:
            live.task(POOL, name="a_live_page", slots=1)
        return cap(request, forward)

    small_pages.rule = add
    assert names(live, small_pages) == ["default_pool", *POOLS]
