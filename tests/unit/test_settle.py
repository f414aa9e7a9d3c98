# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one door for every write: every answer, and every state that is read back after it."""

from __future__ import annotations

import re
from copy import copy
from typing import Any, NamedTuple

import pytest

from ansible_collections.dataops.airflow.plugins.module_utils._engine.settle import UNSHOWN, Settled, settle
from ansible_collections.dataops.airflow.plugins.module_utils._model.errors import (
    AirflowError,
    Effect,
    GatewayError,
    InvalidInputError,
    MissingError,
    NoAnswerError,
    NotAirflowError,
    NotDoneError,
    NotSentError,
    RefusedError,
    RequestError,
    ServerError,
)

OLD, NEW, MIXED, HIDDEN = "old", "new", "mixed", "hidden"
FACTS: dict[str, Any] = {"method": "PATCH", "url": "http://airflow.example.com/api/v2/pools/p"}


def refused(status: int, effect: Effect) -> RefusedError:
    error = RefusedError("no", status=status, **FACTS)
    error.effect = effect
    return error


NOTHING_DONE = {
    "not sent": NotSentError("connection refused", **FACTS),
    "422": refused(422, Effect.NONE),
    "404": MissingError("it does not exist", status=404, **FACTS),
}
OVER = {
    "500": ServerError("Ooops", status=500, **FACTS),
    "a web page": NotAirflowError("a web page came", status=200, **FACTS),
    "a gateway's 403": refused(403, Effect.UNKNOWN),
}
MAY_STILL_HAPPEN = {
    "lost": NoAnswerError("the connection broke off", passing=True, **FACTS),
    "504": GatewayError("it took too long", status=504, **FACTS),
}
UNCLEAR = {**OVER, **MAY_STILL_HAPPEN}
NO_PROOF = {"an empty answer": UNSHOWN, "another state": OLD}
UNREADABLE = {
    "no answer": NoAnswerError("nobody answered"),
    "502": GatewayError("bad gateway", status=502),
    "500": ServerError("no list", status=500),
    "403": refused(403, Effect.NONE),
    "no file": InvalidInputError("it cannot be read"),
}


class Outcome(NamedTuple):
    result: Any
    writes: int
    reads: int


def write(answer: Any, *seen: Any) -> Outcome:
    """What has become of a write.

    :param seen: what is read back.
    """
    calls = {"write": 0, "read": 0}

    def reply(name: str, value: Any) -> Any:
        calls[name] += 1
        if isinstance(value, Exception):
            raise copy(value)
        return value

    states = list(seen)
    try:
        result: Any = settle(
            lambda: reply("write", answer),
            lambda: reply("read", states.pop(0)),
            {OLD: False, NEW: True, MIXED: False, HIDDEN: None}.__getitem__,
            lambda state: state == OLD,
            title="pool 'p'",
            done="changed",
            unchanged="pool 'p' is as before",
            left=lambda state: f"pool 'p' is {state}",
        )
    except AirflowError as error:
        result = error
    return Outcome(result, calls["write"], calls["read"])


def each(cases: dict[str, Any], name: str = "answer") -> pytest.MarkDecorator:
    return pytest.mark.parametrize(name, cases.values(), ids=list(cases))


@pytest.mark.parametrize("answer", [NEW, HIDDEN])
def test_an_answer_that_shows_what_was_wanted_is_proof(answer: str) -> None:
    assert write(answer) == (Settled(answer), 1, 0)


@each(NOTHING_DONE)
def test_where_nothing_was_done_for_certain_the_error_is_raised_as_it_is(answer: RequestError) -> None:
    error, writes, reads = write(answer)
    assert (type(error), error.message, error.facts, error.effect) == (
        type(answer), answer.message, answer.facts, Effect.NONE,
    )  # fmt: skip
    assert (writes, reads) == (1, 0)


@each({**NO_PROOF, **UNCLEAR})
def test_what_is_read_back_as_wanted_is_done(answer: Any) -> None:
    settled, writes, reads = write(answer, NEW)
    assert settled.value == NEW
    assert bool(settled.warning) == isinstance(answer, Exception)
    assert (writes, reads) == (1, 1)
    if settled.warning:
        assert settled.warning == f"{answer.message}. Read back: pool 'p' was changed"


@each({**NO_PROOF, **OVER})
def test_what_is_as_before_and_over_was_not_done(answer: Any) -> None:
    error, writes, reads = write(answer, OLD)
    assert error.message.endswith(
        ("Read back: " if isinstance(answer, Exception) else "but ") + "pool 'p' is as before"
    )
    assert (error.effect, writes, reads) == (Effect.NONE, 1, 1)
    assert isinstance(error, NotDoneError) == isinstance(answer, ServerError)


@each(MAY_STILL_HAPPEN)
@pytest.mark.parametrize("seen", [OLD, MIXED])
def test_what_may_still_happen_is_not_said_to_be_over(answer: RequestError, seen: str) -> None:
    error, writes, reads = write(answer, seen)
    assert "Airflow may still do" in error.message
    assert error.message.endswith("Run the task again to find out")
    assert not re.search("nothing|was not", error.message)
    assert (error.effect, writes, reads) == (Effect.PENDING, 1, 1)
    assert not isinstance(error, NotDoneError)


@each({**NO_PROOF, **OVER})
def test_what_was_done_in_part_is_named(answer: Any) -> None:
    error, writes, reads = write(answer, MIXED)
    assert error.message.endswith(("Read back: " if isinstance(answer, Exception) else "but ") + "pool 'p' is mixed")
    assert (error.effect, writes, reads) == (Effect.PART, 1, 1)


@each({**NO_PROOF, **UNCLEAR})
@each(UNREADABLE, "second")
def test_what_cannot_be_read_back_is_not_known(answer: Any, second: AirflowError) -> None:
    error, writes, reads = write(answer, second)
    assert "hether pool 'p' was changed is not known" in error.message
    assert second.message in error.message
    assert error.effect >= Effect.UNKNOWN
    assert (writes, reads) == (1, 1)
    is_silent = isinstance(second, (NoAnswerError, GatewayError)) or isinstance(answer, NoAnswerError)
    assert error.is_away == is_silent


@each({"an empty answer": UNSHOWN, **UNCLEAR})
def test_what_airflow_hides_is_not_known(answer: Any) -> None:
    error = write(answer, HIDDEN).result
    assert "hether pool 'p' was changed is not known: Airflow hides what was sent" in error.message
    assert error.effect >= Effect.UNKNOWN


@each(UNCLEAR)
@pytest.mark.parametrize("seen", [OLD, MIXED, HIDDEN, *UNREADABLE.values()])
def test_the_class_and_the_facts_of_the_error_are_kept(answer: RequestError, seen: Any) -> None:
    error = write(answer, seen).result
    assert isinstance(error, type(answer))
    assert error.facts == answer.facts
    assert error.message.startswith(answer.message + ". ")
    assert str(error) == error.message
    assert str(error.__cause__) == answer.message


def test_what_is_no_answer_to_the_write_is_not_settled() -> None:
    error = write(InvalidInputError("an option"), NEW).result
    assert (type(error), error.message) == (InvalidInputError, "an option")
