# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The ledger of a scope as text: what is packed is unpacked, and an interrupted growth loses and invents nothing."""

from __future__ import annotations

import random
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.dataops.airflow.plugins.module_utils._kinds.deployment import ledger
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.deployment.ledger import (
    NOWHERE,
    Entry,
    Ledger,
    pack,
    read,
    read_all,
    unpack,
)
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.deployment.ownership import mark_of
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.deployment.scope_names import SCOPES
from ansible_collections.dataops.airflow.plugins.module_utils._model.errors import PreconditionError

SINCE = "2026-11-30T12:00:00Z"
NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)
ENTRY = st.builds(
    Entry,
    st.sampled_from(["c", "a"]),
    st.just(SINCE),
    st.booleans(),
    st.dictionaries(st.sampled_from(["slots", "value"]), st.text("0123456789abcdef", min_size=4, max_size=4)),
    st.dictionaries(st.sampled_from(["password", "extra"]), st.text("abc+/", min_size=11, max_size=11)),
)
ENTRIES = st.dictionaries(st.tuples(st.sampled_from(["pool", "user"]), NAMES), ENTRY, max_size=20)


def many(number: int, seed: int = 1) -> dict[Any, Entry]:
    """Entries that hardly shrink."""
    noise = random.Random(seed)
    return {
        ("variable", f"{noise.getrandbits(200):x}"): Entry("c", SINCE, False, {"value": f"{noise.getrandbits(16):04x}"})
        for _number in range(number)
    }


@settings(max_examples=100, deadline=None)
@given(entries=ENTRIES)
def test_what_is_packed_is_unpacked(entries: dict[Any, Entry]) -> None:
    text = pack("etl", 3, 4, 7, entries)
    assert unpack("etl", 3, text) == (7, 4, entries, NOWHERE)
    # Airflow 3 hides texts of five characters or more in which a password occurs.
    assert max(map(len, text.split(" "))) <= 4
    assert text.isascii()


@settings(max_examples=100, deadline=None)
@given(entries=ENTRIES, at=st.integers(min_value=0), by=st.sampled_from(["", "A", "**", " x", "é"]))
def test_a_text_that_was_changed_is_never_read(entries: dict[Any, Entry], at: int, by: str) -> None:
    text = pack("etl", 0, 1, 7, entries)
    at %= len(text)
    changed = text[:at] + by + text[at + 1 :]
    if changed.split() != text.split() and "".join(changed.split()) != "".join(text.split()):
        assert read("etl", {f"{SCOPES}etl.0": changed}).problem


@pytest.mark.parametrize(("scope", "number"), [("other", 0), ("etl", 1)])
def test_a_copy_is_not_read(scope: str, number: int) -> None:
    with pytest.raises(ValueError, match="it is a copy of another one"):
        unpack(scope, number, pack("etl", 0, 1, 7, {}))


def test_other_variables_are_no_ledgers() -> None:
    texts = {f"{SCOPES}etl": "x", f"{SCOPES}etl.x": "x", f"{SCOPES}a.b.0": "x", "etl": "x", f"{SCOPES}etl.0": "x"}
    assert list(read_all([{"key": key, "value": value} for key, value in texts.items()])) == ["etl"]


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ledgers that are full with less."""
    monkeypatch.setattr(ledger, "LONGEST", 4000)


def test_a_ledger_grows_with_what_it_holds(small: None) -> None:
    found, sizes = Ledger("etl"), []
    for number in (1, 10, 100, 200, 500, 100):
        entries = many(number)
        written = found.written(entries)
        assert all(len(text) <= ledger.LONGEST for text in written.values())
        assert list(written)[-1] == found.head
        found = read("etl", {**found.texts, **written})
        assert (found.problem, found.entries) == ("", entries)
        assert found.written(entries) == {}
        sizes.append(found.size)
    assert sizes == sorted(sizes)
    assert (sizes[0], sizes[-1]) == (1, 16)
    with pytest.raises(PreconditionError, match="The ledger of scope 'etl' is full"):
        found.written(many(2000))


def test_there_is_room_for_many_objects() -> None:
    noise = random.Random(1)
    for number, size in ((1500, 1), (20_000, 16)):
        entries = {
            ("variable", f"warehouse_{place}_source"): Entry(
                "c", SINCE, False, {"value": f"{noise.getrandbits(16):04x}"}
            )
            for place in range(number)
        }
        texts = Ledger("etl").written(entries)
        assert len(texts) <= size
    assert max(map(len, texts.values())) <= ledger.LONGEST


def test_what_does_not_change_is_not_written(small: None) -> None:
    entries = many(200)
    first = Ledger("etl").written(entries)
    found = read("etl", first)
    assert found.size > 1
    key = next(key for key in entries if ledger.bucket_of(key, found.size) == 1)
    written = found.written({other: entry for other, entry in entries.items() if other != key})
    assert list(written) == [f"{SCOPES}etl.1", f"{SCOPES}etl.0"]


@pytest.mark.parametrize(("before", "after"), [(20, 100), (100, 400)])
def test_of_a_growth_that_was_interrupted_no_entry_is_lost_or_invented(before: int, after: int, small: None) -> None:
    entries = many(after)
    old = dict(list(entries.items())[:before])
    first = Ledger("etl").written(old)
    # One of them is left out in the same moment.
    new = dict(list(entries.items())[1:])
    written = list(read("etl", first).written(new).items())
    assert len(written) > len(first)
    for number in range(len(written) + 1):
        found = read("etl", {**first, **dict(written[:number])})
        assert found.problem == "", number
        assert {*list(old)[1:]} <= found.entries.keys() <= entries.keys()
        again = read("etl", {**found.texts, **found.written(new)})
        assert (again.entries, again.problem) == (new, "")


def test_a_part_that_is_missing_is_a_problem(small: None) -> None:
    texts = Ledger("etl").written(many(200))
    for number in range(1, len(texts)):
        for gone in combinations(texts, number):
            found = read("etl", {name: text for name, text in texts.items() if name not in gone})
            assert "is missing" in found.problem
            assert read("etl", {**found.texts, **found.written(many(3))}).problem == ""


def test_a_note_counts_beside_the_value_that_it_was_made_for() -> None:
    old, new = many(5), many(8)
    found = read("etl", Ledger("etl").written(old))
    note = found.noted(new)
    assert read("etl", found.texts, note).entries == new
    # What it holds is written into the value, and then it is of the past.
    noted = read("etl", found.texts, note)
    written = {**noted.texts, **noted.written(new)}
    assert noted.noted(many(9)) == ""
    assert read("etl", written).entries == new
    later = {**written, **read("etl", written).written(old)}
    assert read("etl", later, note).entries == old
    for text in ("", None, "of a person"):
        assert read("etl", found.texts, text)._replace(description=None) == found
    assert "description of variable" in read("etl", found.texts, note[:-1]).problem
    assert "description of variable" in read("etl", found.texts, found.texts[found.head]).problem


def test_there_is_no_note_without_a_place_for_it(small: None) -> None:
    assert Ledger("etl").noted(many(5)) == ""
    assert read("etl", Ledger("etl").written(many(5))).noted(many(2000)) == ""
    assert read("etl", Ledger("etl").written(many(200))).noted(many(201)) == ""


SAME = [
    ("value", "1.50", "1.5"),
    ("value", '{"a":1}', '{"a": 1}'),
    ("value", "é", "é"),
    ("roles", ["a", "b"], ["b", "a"]),
]


@pytest.mark.parametrize(("field", "one", "other"), [*SAME, ("description", "", None), ("extra", {}, "{}")])
def test_what_airflow_shows_in_another_form_has_the_same_mark(field: str, one: Any, other: Any) -> None:
    assert mark_of(("user", "x"), field, one) == mark_of(("user", "x"), field, other)


def test_what_airflow_adds_to_a_role_has_no_mark() -> None:
    one = [{"action": "can_edit", "resource": "Pools"}]
    other = [{"action": "can_read", "resource": "Website"}, *one]
    assert mark_of(("role", "x"), "permissions", one) == mark_of(("role", "x"), "permissions", other)
    assert mark_of(("role", "x"), "permissions", one) != mark_of(("role", "x"), "permissions", [])


def test_a_mark_is_of_one_object_and_field() -> None:
    assert mark_of(("pool", "x"), "slots", 1) != mark_of(("pool", "x"), "slots", True)
    assert mark_of(("pool", "x"), "slots", 1) != mark_of(("pool", "y"), "slots", 1)
