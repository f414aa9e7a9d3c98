# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Servers and time as the tests want them."""

from __future__ import annotations

import pytest

from ansible_collections.dataops.airflow.plugins.module_utils._engine.watch import CLOCK, Clock
from ansible_collections.dataops.airflow.plugins.module_utils._model.api import V1, V2, Server

SERVERS = {"2.11.2": Server(V1, "2.11.2"), "3.3.2": Server(V2, "3.3.2")}


@pytest.fixture(params=sorted(SERVERS))
def server(request: pytest.FixtureRequest) -> Server:
    """Each generation in turn."""
    return SERVERS[request.param]


class Hands(Clock):
    """A clock whose hands are moved by those who sleep."""

    def __init__(self) -> None:
        self.time = 0.0
        self.pauses: list[float] = []

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.time += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Hands:
    """The clock by which everything waits."""
    hands = Hands()
    monkeypatch.setattr(CLOCK, "now", hands.now)
    monkeypatch.setattr(CLOCK, "sleep", hands.sleep)
    return hands
