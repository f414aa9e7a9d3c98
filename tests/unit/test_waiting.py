# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Points in time, waiting, and the logs of what was waited for."""

from __future__ import annotations

from copy import copy
from typing import Any

import pytest

from ansible_collections.dataops.airflow.plugins.module_utils._engine.watch import patiently, wait_until, watch
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.shared import logs
from ansible_collections.dataops.airflow.plugins.module_utils._model.api import V2
from ansible_collections.dataops.airflow.plugins.module_utils._model.compare import Verdict
from ansible_collections.dataops.airflow.plugins.module_utils._model.errors import (
    AirflowError,
    Effect,
    GatewayError,
    InvalidInputError,
    MissingError,
    NoAnswerError,
    NoFabError,
    NotAirflowError,
    NotSentError,
    RefusedError,
    RequestError,
    ServerError,
)
from ansible_collections.dataops.airflow.plugins.module_utils._model.timestamps import moment, same_moment
from ansible_collections.dataops.airflow.tests.unit.conftest import Hands


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("2026-01-02", "2026-01-02T00:00:00+00:00"),
        ("2026-01-02T03:04", "2026-01-02T03:04:00+00:00"),
        ("2026-01-02 03:04:05", "2026-01-02T03:04:05+00:00"),
        ("2026-01-02T03:04:05Z", "2026-01-02T03:04:05+00:00"),
        ("2026-01-02T03:04:05.5+02:00", "2026-01-02T01:04:05.500000+00:00"),
        ("2026-01-02T03:04:05.123456789-0130", "2026-01-02T04:34:05.123456+00:00"),
        (" 2026-01-02 03:04:05 +01 ", "2026-01-02T02:04:05+00:00"),
    ],
)
def test_a_moment_is_sent_in_utc(written: str, sent: str) -> None:
    assert moment(written) == sent
    assert same_moment(written, sent, V2) is Verdict.EQUAL
    assert same_moment(written, "2020-01-01T00:00:00Z", V2) is Verdict.DIFFERENT
    assert same_moment(written, None, V2) is Verdict.DIFFERENT


@pytest.mark.parametrize("written", ["", "yesterday", "2026-13-01", "2026-01-02T25:00", "2026-01-02T03", "1767312000"])
def test_what_is_no_moment(written: str) -> None:
    with pytest.raises(ValueError, match="a date and time of ISO 8601, such as 2026-"):
        moment(written)


def test_looks_come_soon_at_first_and_then_in_the_given_interval(clock: Hands) -> None:
    assert wait_until(lambda: "there" if clock.time > 12 else None, 60, 2) == "there"
    assert clock.pauses[:3] == pytest.approx([0.5, 0.8, 1.28])
    assert set(clock.pauses[4:]) == {2}


def test_there_is_a_last_look_when_the_time_is_up(clock: Hands) -> None:
    assert wait_until(lambda: "late" if clock.time >= 10 else None, 10, 3) == "late"
    assert wait_until(lambda: None, 10, 3) is None
    assert clock.time == 20


def test_without_time_there_is_one_look(clock: Hands) -> None:
    assert wait_until(lambda: None, 0, 5) is None
    assert clock.pauses == []


def see(*looks: Any, timeout: float = 60, **options: Any) -> str:
    """Watch something until it is over, beginning with what was seen at first."""
    rest = iter(looks[1:])

    def look() -> str:
        seen = next(rest, looks[-1])
        if isinstance(seen, Exception):
            raise copy(seen)
        return str(seen)

    given: dict[str, Any] = {"title": "the run", "state": str, "facts": lambda seen: {"run": seen}, **options}
    seen: str = watch(look, lambda seen: seen == "over", looks[0], timeout=timeout, longest_pause=5, **given)
    return seen


TROUBLE = {
    "not sent": NotSentError("refused"),
    "no answer": NoAnswerError("timed out"),
    "500": ServerError("HTTP 500", status=500),
    "503": GatewayError("HTTP 503", status=503),
    "429": RefusedError("HTTP 429", status=429),
    "page": NotAirflowError("a web page"),
}
FINAL = {
    "401": RefusedError("HTTP 401", status=401),
    "403": RefusedError("HTTP 403", status=403),
    "404": MissingError("HTTP 404", status=404),
    "deleted": AirflowError("it was deleted"),
    "no FAB": NoFabError("no FAB"),
}


def test_what_is_over_at_first_is_not_looked_at(clock: Hands) -> None:
    assert see("over", AssertionError("a look")) == "over"
    assert clock.pauses == []


@pytest.mark.parametrize("trouble", TROUBLE.values(), ids=TROUBLE)
def test_trouble_is_survived_until_the_time_is_up(clock: Hands, trouble: AirflowError) -> None:
    assert see("on", trouble, trouble, "on", trouble, "over") == "over"
    before = clock.time
    with pytest.raises(type(trouble)) as caught:
        see("on", "further", trouble)
    message = caught.value.message
    assert (
        message
        == f"After 60 seconds the last look failed: {trouble.message}. The run was further when it was last seen"
    )
    assert caught.value.facts == {**trouble.facts, "run": "further"}
    assert clock.time == before + 60


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize("error", [TROUBLE["not sent"], FINAL["401"]], ids=str)
@pytest.mark.parametrize("changed", [False, True])
def test_a_wait_that_fails_does_not_hide_what_was_changed_before(error: RequestError, changed: bool) -> None:
    with pytest.raises(RequestError) as caught:
        see("on", error, facts=lambda seen: {"changed": changed})
    assert caught.value.effect is (Effect.PART if changed else Effect.NONE)


@pytest.mark.parametrize("error", FINAL.values(), ids=FINAL)
def test_anything_else_ends_the_wait_with_what_is_known(clock: Hands, error: AirflowError) -> None:
    with pytest.raises(type(error)) as caught:
        see("on", "further", error, "over")
    assert caught.value.message == f"{error.message}. The run was further when it was last seen"
    assert caught.value.facts == {**error.facts, "run": "further"}
    assert len(clock.pauses) == 2


def test_when_the_time_is_up_is_said_in_one_form(clock: Hands) -> None:
    with pytest.raises(InvalidInputError) as caught:
        see("on", TROUBLE["500"], "on", timeout=7, more=lambda seen: f", and {seen}", kind=InvalidInputError)
    assert caught.value.message == "After 7 seconds the run is still on, and on"
    assert (caught.value.facts, clock.time) == ({"run": "on"}, 7)
    with pytest.raises(AirflowError, match="^After 0 seconds the run is still on$"):
        see("on", AssertionError("a look"), timeout=0)


@pytest.mark.usefixtures("clock")
def test_each_line_is_said_once_and_one_that_cannot_be_made_is_left_out() -> None:
    said: list[str] = []

    def line(seen: str) -> str:
        if seen == "odd":
            raise AirflowError("no line")
        return "" if seen == "silent" else seen

    assert see("on", "on", "odd", "silent", TROUBLE["500"], "on", "off", "over", tell=said.append, line=line) == "over"
    assert said == ["on", "off", "over"]


def test_a_read_is_repeated_as_long_as_trouble_may_pass(clock: Hands) -> None:
    looks: list[Any] = [TROUBLE["500"], TROUBLE["429"], None]

    def read() -> Any:
        look = looks.pop(0)
        if look:
            raise look
        return look

    assert patiently(read, 30, 2) is None
    looks[:] = [TROUBLE["500"]] * 99
    with pytest.raises(ServerError, match="HTTP 500"):
        patiently(read, 30, 2)
    looks[:] = [FINAL["403"]]
    with pytest.raises(RefusedError, match="HTTP 403"):
        patiently(read, 30, 2)
    assert clock.time == 0.5 + 0.8 + 30


def test_the_last_exception_of_a_log() -> None:
    first = '  File "a.py", line 1, in f\nKeyError: 1\n\nDuring handling of the above exception'
    text = f'{first}\n  File "b.py", line 2, in g\nmy.Error: two: x\ndone'
    assert logs.last_exception(text) == "my.Error: two: x"
    assert logs.last_exception("Error: not after a traceback\nall well") == ""


def test_the_end_of_a_log() -> None:
    assert logs.last_lines("a\nb\nc\n\n", 2) == "b\nc"
    assert logs.last_lines("a\nb", 0) == ""
    assert logs.without_fold_markers("a\n INFO - ::group::x\nb\n::endgroup::\nc") == "a\nb\nc"
