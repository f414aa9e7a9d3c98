# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Asset events: whose they are, and how one is recognised whose answer was lost."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.dataops.airflow.plugins.module_utils._kinds.asset.asset_event import ASSET_EVENT
from ansible_collections.dataops.airflow.plugins.module_utils._model.errors import (
    AirflowError,
    InvalidInputError,
    NotSentError,
    PreconditionError,
)
from ansible_collections.dataops.airflow.tests.unit import shown
from ansible_collections.dataops.airflow.tests.unit.conftest import Hands
from ansible_collections.dataops.airflow.tests.unit.scripted import (
    DATABASE_ERROR,
    HTML_500,
    LOST,
    REFUSED_CONNECTION,
    UNAVAILABLE,
    Answer,
    Scripted,
    task,
)
from ansible_collections.dataops.airflow.tests.unit.shown import AIRFLOW_2, AIRFLOW_3, VERSIONS, is_v1, listed

pytestmark = pytest.mark.usefixtures("clock")
each_version = pytest.mark.parametrize("version", VERSIONS)
each_mode = pytest.mark.parametrize("check_mode", [False, True], ids=["real run", "check mode"])


def server(
    version: str, assets: Any = None, looks: Any = None, write: Any = None, check_mode: bool = False
) -> Scripted:
    """A server with assets; ``looks`` are its lists of events in turn, or what comes in place of one."""
    kind = "dataset" if is_v1(version) else "asset"
    rows = [shown.asset(version)] if assets is None else assets
    lists = [listed(f"{kind}_events", *look) if isinstance(look, list) else look for look in looks or [[]]]
    table = {f"GET /{kind}s": listed(f"{kind}s", *rows), f"GET /{kind}s/events": lists, f"POST /{kind}s/events": write}
    return Scripted(table, version, check_mode)


def event(transport: Scripted, **options: Any) -> dict[str, Any]:
    return task(ASSET_EVENT, transport, uri="s3://a", extra={"rows": 3}, **options)


@each_version
@each_mode
@pytest.mark.parametrize("others", [[], [{"uri": "s3://a/b"}], [{"uri": "S3://a"}]], ids=str)
def test_an_asset_that_does_not_exist_is_an_error(version: str, check_mode: bool, others: Any) -> None:
    transport = server(version, [shown.asset(version, **other) for other in others], check_mode=check_mode)
    with pytest.raises(PreconditionError, match="(asset|dataset) 's3://a' does not exist: no DAG"):
        event(transport)
    assert transport.writes == []


@each_mode
def test_two_assets_of_one_uri_are_not_told_apart(check_mode: bool) -> None:
    assets = [shown.asset(AIRFLOW_3, id=number, name=name) for number, name in ((5, "a"), (6, "b"))]
    transport = server(AIRFLOW_3, assets, check_mode=check_mode)
    with pytest.raises(PreconditionError, match="2 assets have the uri 's3://a' \\('a', 'b'\\)"):
        event(transport)
    assert transport.writes == []


def test_events_came_with_airflow_2_9() -> None:
    transport = server("2.8.4")
    with pytest.raises(InvalidInputError, match="airflow_asset_event needs Airflow 2.9.0 or later"):
        event(transport)
    assert transport.sent == []


@each_version
@pytest.mark.parametrize(
    "newest",
    [
        pytest.param([shown.event(AIRFLOW_3, 1, rows=3)], id="the same one before"),
        pytest.param([shown.event(AIRFLOW_3, 2, rows=4)], id="another one since"),
        pytest.param([shown.event(AIRFLOW_3, 2, rows="3")], id="one of another type since"),
        pytest.param([], id="none"),
    ],
)
def test_the_event_of_somebody_else_is_not_taken_for_ones_own(version: str, newest: Any) -> None:
    before = [shown.event(version, 1, rows=3)]
    transport = server(version, looks=[before, [*newest, *before]], write=HTML_500)
    with pytest.raises(AirflowError, match="Read back: the event of 's3://a' was not recorded"):
        event(transport)
    assert len(transport.writes) == 1


@each_version
def test_events_that_cannot_be_listed_before_do_not_stand_in_the_way(version: str) -> None:
    transport = server(version, looks=[HTML_500], write=shown.event(version, 2, rows=3))
    result = event(transport)
    assert result["asset_event"]["uri"] == "s3://a"
    assert result["asset_event"]["asset_id"] == 5


@each_version
@pytest.mark.parametrize("look", [Answer(403, {"detail": "no"}), UNAVAILABLE, Answer(200, "<html>")], ids=str)
def test_whoever_may_not_list_events_can_record_one(version: str, look: Any) -> None:
    assert event(server(version, looks=[look], write=shown.event(version, 2, rows=3)))["changed"]


@each_version
def test_nothing_is_recorded_on_a_server_that_is_away(version: str) -> None:
    transport = server(version, looks=[REFUSED_CONNECTION], write=shown.event(version, 2, rows=3))
    with pytest.raises(NotSentError):
        event(transport)
    assert transport.writes == []


@each_version
@pytest.mark.parametrize("fault", [LOST, DATABASE_ERROR], ids=["lost", "500"])
def test_an_event_whose_extra_is_hidden_is_not_said_to_be_missing(version: str, fault: Any) -> None:
    hidden = shown.event(version, 2, password="***")
    options: dict[str, Any] = {"uri": "s3://a", "extra": {"password": "geheim-1"}}
    clear = server(version, write=hidden)
    assert task(ASSET_EVENT, clear, **options)["changed"]
    assert clear.sent[-1].method == "POST"
    with pytest.raises(AirflowError, match="Whether the event .* is not known: Airflow hides what was sent"):
        task(ASSET_EVENT, server(version, looks=[[], [hidden]], write=fault), **options)


@each_version
def test_events_that_cannot_be_listed_before_leave_a_lost_answer_unknown(clock: Hands, version: str) -> None:
    transport = server(version, looks=[HTML_500], write=LOST)
    with pytest.raises(AirflowError, match="Whether the event of 's3://a' was recorded is not known"):
        event(transport)
    assert (len(transport.writes), clock.pauses) == (1, [])


@each_version
@pytest.mark.parametrize(("failures", "found"), [(1, True), (5, True), (99, False)])
def test_events_that_a_run_blocks_are_waited_for(clock: Hands, version: str, failures: int, found: bool) -> None:
    looks = [[], *[HTML_500] * failures, [shown.event(version, 2, rows=3)]]
    transport = server(version, looks=looks, write=LOST)
    if found:
        assert "was recorded" in event(transport)["warnings"][0]
        assert clock.time < 30
    else:
        with pytest.raises(AirflowError, match="Whether the event of 's3://a' was recorded is not known"):
            event(transport)
        assert clock.time == 30
    assert len(transport.writes) == 1


def test_secrets_of_an_event_are_not_shown() -> None:
    write = shown.event(AIRFLOW_2, 1, password="geheim-1", rows=3)
    result = task(ASSET_EVENT, server(AIRFLOW_2, write=write), uri="s3://a", extra={"password": "geheim-1", "rows": 3})
    assert "geheim-1" not in str(result)
    assert result["diff"]["after"]["extra"]["rows"] == 3
