# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The judge of the fault matrix finds each kind of lie, and calls nothing a lie that is none."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.dataops.airflow.plugins.module_utils._model.errors import (
    AirflowError,
    Effect,
    NoAnswerError,
    RequestError,
)
from ansible_collections.dataops.airflow.tests.faults.judge import (
    CANARY,
    DOUBLED,
    LEAKED,
    LOST,
    MISREPORTED,
    UNHEALED,
    Observation,
    Said,
    Seen,
    judge,
)

ABSENT, PRESENT = Seen(None, is_wished=False), Seen({"slots": 3}, copies=1)
DONE, NOTHING = Said({"changed": True}), Said({"changed": False})


def failed(message: str, effect: Effect = Effect.NONE, **facts: Any) -> Said:
    error = RequestError(message, **facts)
    error.effect = effect
    return Said(error=error)


NOT_DONE = failed("HTTP 500. Read back: pool 'etl' was not created")
UNKNOWN = failed("Whether pool 'etl' was created is not known", Effect.UNKNOWN)
PENDING = failed("It has not been created so far; Airflow may still do it", Effect.PENDING)
IN_PART = failed("Before that, the run was given its note", Effect.PART, changed=True)
CREATED = Observation(ABSENT, PRESENT, PRESENT, DONE, NOTHING)
UNTOUCHED = replace(CREATED, after=ABSENT, said=NOT_DONE, next=DONE)


@pytest.mark.parametrize(
    "seen",
    [
        CREATED,
        UNTOUCHED,
        replace(CREATED, said=UNKNOWN),
        replace(CREATED, said=PENDING),
        replace(CREATED, said=IN_PART),
        replace(UNTOUCHED, said=UNKNOWN),
        replace(UNTOUCHED, said=PENDING),
        # A read that failed may be of any class.
        replace(UNTOUCHED, said=Said(error=NoAnswerError("GET /pools/etl: no answer"))),
        replace(CREATED, repeats=True, healed=replace(PRESENT, copies=2), next=DONE),
        replace(UNTOUCHED, before=PRESENT, after=PRESENT, is_right=True, said=NOTHING),
    ],
    ids=str,
)
def test_the_truth_is_no_lie(seen: Observation) -> None:
    assert judge(seen) == {}


@pytest.mark.parametrize(
    ("seen", "columns"),
    [
        (replace(UNTOUCHED, said=DONE), {LOST, MISREPORTED}),
        (replace(UNTOUCHED, said=NOTHING), {LOST}),
        (replace(CREATED, said=NOTHING), {MISREPORTED}),
        (replace(CREATED, said=NOT_DONE), {MISREPORTED}),
        (replace(CREATED, said=Said(error=NoAnswerError("POST /pools: no answer"))), {MISREPORTED}),
        (replace(UNTOUCHED, said=IN_PART), {MISREPORTED}),
        (replace(UNTOUCHED, said=Said(error=KeyError("state"))), {MISREPORTED}),
        (replace(UNTOUCHED, said=Said(error=AirflowError("Please report this bug: KeyError"))), {MISREPORTED}),
        (replace(UNTOUCHED, said=replace(NOT_DONE, seconds=31.0)), {MISREPORTED}),
        (replace(UNTOUCHED, said=replace(NOT_DONE, pauses=(86400.0,))), {MISREPORTED}),
        (replace(UNTOUCHED, before=PRESENT, after=PRESENT, is_right=False, said=NOTHING), {MISREPORTED}),
        (replace(CREATED, after=replace(PRESENT, copies=2), healed=replace(PRESENT, copies=2)), {DOUBLED}),
        (replace(CREATED, healed=replace(PRESENT, copies=2)), {DOUBLED}),
        (replace(CREATED, said=Said({"changed": True, "extra": [f"my-{CANARY}"]})), {LEAKED}),
        (replace(UNTOUCHED, said=failed(f"HTTP 500: {CANARY}")), {LEAKED}),
        (replace(UNTOUCHED, said=failed("HTTP 500: Bearer abc"), secrets=frozenset({"abc"})), {LEAKED}),
        (replace(UNTOUCHED, healed=ABSENT), {UNHEALED}),
        (replace(UNTOUCHED, next=NOT_DONE), {UNHEALED}),
        (replace(CREATED, repeats=True), {UNHEALED}),
    ],
    ids=str,
)
def test_a_lie_is_found(seen: Observation, columns: set[str]) -> None:
    assert set(judge(seen)) == columns


def test_fields_that_are_gone_are_lost_unless_the_error_holds_them() -> None:
    gone = replace(ABSENT, lacks={"port": 5432, "host": "h"})
    seen = replace(UNTOUCHED, before=PRESENT, after=gone)
    told = failed("is not known", Effect.PENDING, lost={"host": "h", "port": 5432})
    assert judge(replace(seen, said=told)) == {}
    half = failed("is not known", Effect.PENDING, lost={"host": "h"})
    assert judge(replace(seen, said=half)) == {LOST: "the object has lost port, and the error does not hold it"}


POOL, VARIABLE = "pool/etl", "variable/day"


def of_many(**lists: list[str]) -> Observation:
    """A task that was to create two objects, of which the pool was created."""
    rows = {
        option: [dict(zip(("kind", "name"), name.split("/")), msg="HTTP 500") for name in lists.get(option, ())]
        for option in ("applied", "failures", "unknown", "pending")
    }
    objects = {POOL: {"slots": 3}, VARIABLE: None}
    return Observation(
        Seen({}, objects=dict.fromkeys(objects)),
        Seen(objects, is_wished=False, objects=objects),
        Seen({}, objects=objects),
        failed("1 of 2 changes failed", Effect.NONE, **rows),
        DONE,
        wished={POOL: {"slots": 3}, VARIABLE: "Monday"},
    )


@pytest.mark.parametrize(
    "lists",
    [
        {"applied": [POOL], "failures": [VARIABLE]},
        {"unknown": [POOL, VARIABLE]},
        {"applied": [POOL], "pending": [VARIABLE]},
    ],
    ids=str,
)
def test_the_truth_about_many_objects_is_no_lie(lists: dict[str, list[str]]) -> None:
    assert judge(of_many(**lists)) == {}


@pytest.mark.parametrize(
    ("lists", "column"),
    [
        ({"applied": [POOL, VARIABLE]}, LOST),
        ({"failures": [POOL, VARIABLE]}, MISREPORTED),
        ({"pending": [POOL, VARIABLE]}, MISREPORTED),
        ({"failures": [VARIABLE]}, MISREPORTED),
        ({"applied": [POOL], "failures": [VARIABLE], "pending": [VARIABLE]}, MISREPORTED),
    ],
    ids=str,
)
def test_a_lie_about_many_objects_is_found(lists: dict[str, list[str]], column: str) -> None:
    assert set(judge(of_many(**lists))) == {column}
