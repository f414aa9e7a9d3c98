# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every module as a user who may do little: what may be done is done, and the rest is one clear sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from ansible_collections.dataops.airflow.plugins.module_utils._engine.connect import connect
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.role.role import ROLE
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.user.user import USER
from ansible_collections.dataops.airflow.plugins.module_utils._model.errors import AirflowError
from ansible_collections.dataops.airflow.plugins.module_utils._model.listing import Endpoint
from ansible_collections.dataops.airflow.tests.declarations import ENDPOINTS
from ansible_collections.dataops.airflow.tests.faults.cases import CASES, Case, World
from ansible_collections.dataops.airflow.tests.faults.examine import run_task, short_pauses
from ansible_collections.dataops.airflow.tests.live.conftest import Answers, Live

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("dags")]

PASSWORD = "live-geheim-4"
NOBODY, VIEWER = "live_nobody", "live_viewer"
REFUSAL = re.compile(
    r"HTTP 403(: [^.]+)?\. (The user may not|Airflow 2 responds like this to a wrong .* missing permission)"
)
LACKING = re.compile(r"needs Airflow \d\.\d+\.\d+ or later; this server is Airflow")
OPEN = frozenset({"version", "health"})
"""Kinds of info modules that need no login."""

VIEWED = frozenset({"pool_info: read", "dag_run_info: read"})
"""Cases of the fault matrix that a viewer may run."""

GIVEN: dict[str, Any] = {"dag_id": "test_succeeds", "dag_run_id": "r", "task_id": "t", "asset_id": 1}
"""Options that info modules need. None of these objects has to exist: permissions come first."""

FURTHER: dict[str, dict[str, Any]] = {kind: {"dag_id": "test_succeeds"} for kind in ("backfill", "queued_event")}
"""Kind of info module → options of which it needs one."""


@pytest.fixture(scope="module")
def people(live: Live) -> Iterator[None]:
    """A user without any permission, and a viewer."""
    client = connect(live.options(), read_only=False)
    live.task(ROLE, client=client, name=NOBODY, permissions=[])
    for username, role in ((NOBODY, NOBODY), (VIEWER, "Viewer")):
        person: dict[str, Any] = {"username": username, "email": f"{username}@x", "first_name": "A", "last_name": "L"}
        live.task(USER, client=client, **person, password=PASSWORD, roles=[role], update_password="on_create")
    yield
    for username in (NOBODY, VIEWER):
        live.task(USER, client=client, username=username, state="absent")
    live.task(ROLE, client=client, name=NOBODY, state="absent")


@pytest.fixture(scope="module")
def world(live: Live, airflow_says: Answers, people: None) -> Iterator[World]:
    with short_pauses():
        world = World(live, airflow_says)
        yield world
        world.clear()


def title(case: Case) -> str:
    return case.name.removeprefix("airflow_")


@pytest.mark.parametrize("case", CASES, ids=title)
@pytest.mark.parametrize("username", [NOBODY, VIEWER])
def test_a_task_that_the_user_may_not_do_says_so_and_changes_nothing(
    live: Live, world: World, case: Case, username: str
) -> None:
    if case.needs == "v2" and not live.is_v2:
        pytest.skip("is about Airflow 3")
    situation = case.prepare(world)
    try:
        before = situation.look()
        said = run_task(world, case, situation, live.url, airflow_username=username, airflow_password=PASSWORD)
        if username == VIEWER and case.by_itself:
            # He may wait for Airflow to do it, however long that takes.
            assert "HTTP 403" not in said.message
            return
        if username == VIEWER and title(case) in VIEWED:
            assert said.result is not None, said
            assert situation.is_right is None or situation.is_right(said.result)
            return
        assert isinstance(said.error, AirflowError), said
        assert REFUSAL.search(said.error.message), said.error.message
        assert not said.error.facts.get("changed")
        assert case.by_itself or situation.look() == before
    finally:
        situation.clean()


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.kind)
def test_an_info_module_that_the_user_may_not_read_says_so(live: Live, people: None, endpoint: Endpoint) -> None:
    needed: dict[str, Any] = {item.name: GIVEN[item.name] for item in endpoint.options() if item.required}
    needed.update(FURTHER.get(endpoint.kind, {}))
    way: dict[str, Any] = {"airflow_username": NOBODY, "airflow_password": PASSWORD}
    if endpoint.kind in OPEN:
        assert live.task(endpoint, **needed, **way)
        return
    with pytest.raises(AirflowError) as caught:
        live.task(endpoint, **needed, **way)
    expected = LACKING if LACKING.search(caught.value.message) and not live.is_v2 else REFUSAL
    assert expected.search(caught.value.message), caught.value.message
