# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A cut of the fault matrix that `make test-faults` runs in whole: one case of each kind that no other test has.

What a single write of a pool meets is in test_faults.py; here are the writes of other kinds, and the judge.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ansible_collections.dataops.airflow.plugins.module_utils._engine import store
from ansible_collections.dataops.airflow.plugins.module_utils._engine.settle import Settled
from ansible_collections.dataops.airflow.tests.faults.cases import CASES, NAME, SECRET_KEY, World
from ansible_collections.dataops.airflow.tests.faults.examine import examine, short_pauses
from ansible_collections.dataops.airflow.tests.faults.faults import FAULTS, is_write
from ansible_collections.dataops.airflow.tests.faults.judge import LOST, MISREPORTED, judge
from ansible_collections.dataops.airflow.tests.live.conftest import Answers, Live

CASE = {case.name: case for case in CASES}
FAULT = {fault.name: fault for fault in FAULTS}


MADE = (f"/pools/{NAME}", f"/variables/{SECRET_KEY}", f"/connections/{NAME}", "/users/fault_lin")


@pytest.fixture
def world(live: Live, airflow_says: Answers, leave_nothing: Callable[[str], str]) -> Iterator[World]:
    for path in MADE:
        leave_nothing(path)
    with short_pauses():
        yield World(live, airflow_says)


@pytest.mark.usefixtures("dags")
@pytest.mark.parametrize(
    ("case", "fault", "write"),
    [
        ("connection: clear the password: delete and create again", "connection refused, from there on", 2),
        ("variable: change a secret", "200 with `{}`, before, once", 1),
        ("user: change the password", "500 with a web page, after, from there on", 1),
        ("dag_run: trigger without an ID", "302 to a login page, before, once", 1),
        ("dag_run: give a note and mark", "503 with a web page, before, from there on", 2),
        ("task_instance: clear", "200 with a web page, after, once", 1),
        ("backfill: create paused", "connection closed, before, once", 2),
        ("asset_event: record with a secret", "200 with `null`, before, once", 1),
        ("xcom: change", "401, before, from there on", 1),
        ("deployment: change objects", "504 without a body, late, once", 1),
    ],
)
def test_what_is_said_is_true(live: Live, world: World, case: str, fault: str, write: int) -> None:
    chosen = CASE[f"airflow_{case}"]
    if chosen.needs == "v2" and not live.is_v2:
        pytest.skip("is about Airflow 3")
    observation, requests = examine(world, chosen, FAULT[fault], write, is_write)
    assert len([request for request in requests if is_write(request)]) >= write - FAULT[fault].is_refusal
    assert judge(observation) == {}


def test_a_module_that_believes_everything_is_found_out(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def settle(write: Any, *_reads: Any, **_words: Any) -> Settled:
        return Settled(write())

    monkeypatch.setattr(store, "settle", settle)
    monkeypatch.setattr(store, "still_different", lambda *_arguments: [])
    monkeypatch.setattr(store, "UNSHOWN", store._Seen({}))
    case, fault = CASE["airflow_pool: change"], FAULT["200 with `{}`, before, once"]
    observation, _requests = examine(world, case, fault, 1, is_write)
    assert {LOST, MISREPORTED} <= set(judge(observation))
