# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Comparison: equal, different, or unknown because the server hides it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.dataops.airflow.plugins.module_utils._model.api import V1, V2, Api
from ansible_collections.dataops.airflow.plugins.module_utils._model.compare import (
    MASK,
    Verdict,
    json_or_text,
    masked_json,
    masked_text,
    text,
    to_text,
)

EQUAL, DIFFERENT, UNKNOWN = Verdict.EQUAL, Verdict.DIFFERENT, Verdict.UNKNOWN

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("desired", "shown", "verdict"),
    [
        ("", None, EQUAL),
        ("", "", EQUAL),
        ("a", "a", EQUAL),
        ("a", None, DIFFERENT),
        ("", "a", DIFFERENT),
    ],
)
def test_text_takes_nothing_and_empty_alike(desired: str, shown: str | None, verdict: Verdict) -> None:
    assert text(desired, shown, V1) is verdict


@pytest.mark.parametrize(
    ("desired", "shown", "verdict"),
    [
        ("secret", "***", UNKNOWN),
        ("", "***", UNKNOWN),
        ("http://u:p@h/x", "http://u:***@h/x", UNKNOWN),
        ("http://u:p@other/x", "http://u:***@h/x", DIFFERENT),
        ("a1b2c", "a***b***c", UNKNOWN),
        ("a1c2b", "a***b***c", DIFFERENT),
        ("ab", "a***ab", DIFFERENT),
        ("aab", "a***ab", UNKNOWN),
        ("***", "***", UNKNOWN),
        ("rm ***/x", "rm ***/x", EQUAL),
        ("****", "****", EQUAL),
        ("rm ***/x", "***", UNKNOWN),
        ("rm ***/x", "rm ***/y", DIFFERENT),
        ("plain", "plain", EQUAL),
        ("plain", "other", DIFFERENT),
    ],
)
def test_hidden_parts_of_a_text_are_unknown_and_the_rest_is_compared(
    desired: str, shown: str, verdict: Verdict
) -> None:
    assert masked_text(desired, shown) is verdict


@pytest.mark.parametrize(
    ("desired", "shown", "verdict"),
    [
        ({"a": 1, "b": [1, 2]}, {"b": [1, 2], "a": 1}, EQUAL),
        ({"a": [1, 2]}, {"a": [2, 1]}, DIFFERENT),
        ({"a": 1}, {"a": 1, "b": 2}, DIFFERENT),
        ({"a": 1}, {"a": 1.0}, DIFFERENT),
        ({"a": 1}, {"a": True}, DIFFERENT),
        ({"a": None}, {"a": False}, DIFFERENT),
        ({"password": "x", "host": "h"}, {"password": MASK, "host": "h"}, UNKNOWN),
        ({"password": "x", "host": "h"}, {"password": MASK, "host": "g"}, DIFFERENT),
        ({"password": {"a": 1}}, {"password": MASK}, UNKNOWN),
        ([{"token": ""}], [{"token": MASK}], UNKNOWN),
        ([1, 2], [1], DIFFERENT),
        ("x", {"x": 1}, DIFFERENT),
    ],
)
def test_json_compares_by_meaning_and_hidden_leaves_are_unknown(
    desired: object, shown: object, verdict: Verdict
) -> None:
    assert masked_json(desired, shown) is verdict


@pytest.mark.parametrize(
    ("desired", "shown", "api", "verdict"),
    [
        # v2 parses what looks like JSON and writes it again (3.3.2).
        ('{"a":1,"b":1.50,"z":"é"}', '{"a": 1, "b": 1.5, "z": "\\u00e9"}', V2, EQUAL),
        (" 1 ", "1", V2, EQUAL),
        ("1e400", "Infinity", V2, EQUAL),
        ("NaN", "NaN", V2, EQUAL),
        ("1", "1.0", V2, DIFFERENT),
        ("text", "text", V2, EQUAL),
        ("text", "***", V2, UNKNOWN),
        ('"x"', '"***"', V2, UNKNOWN),
        ('{"a": "b"}', '{"a": "***"}', V2, UNKNOWN),
        # What somebody typed within a text is not a mask.
        ("rm ***/x", "rm ***/x", V2, EQUAL),
        ('{"a":"rm ***/x"}', '{"a": "rm ***/x"}', V2, EQUAL),
        ('{"a": "rm ***/x", "b": "c"}', '{"a": "rm ***/x", "b": "***"}', V2, UNKNOWN),
        ({"a": "***"}, '{"a": "***"}', V2, UNKNOWN),
        # v1 shows what is stored, so that a text is compared to the letter.
        ('{"a":1}', '{"a": 1}', V1, DIFFERENT),
        ({"a": 1}, '{"a":1}', V1, EQUAL),
        (True, "true", V1, EQUAL),
        (True, "True", V1, DIFFERENT),
        (4, "4", V1, EQUAL),
        # v1 hides nothing in variables, so that asterisks are what is stored.
        ("a***b", "a***b", V1, EQUAL),
        ({"a": "***"}, '{"a": "***"}', V1, EQUAL),
        ("x", "***", V1, DIFFERENT),
        # A value that cannot be decrypted is not shown at all.
        ("x", None, V1, UNKNOWN),
    ],
)
def test_values_of_variables(desired: object, shown: str | None, api: Api, verdict: Verdict) -> None:
    assert json_or_text(desired, shown, api) is verdict


@given(JSON)
def test_what_was_stored_is_equal_however_the_server_writes_it(value: object) -> None:
    stored = to_text(value)
    assert json_or_text(value, stored, V1) is EQUAL
    try:
        rewritten = json.dumps(json.loads(stored))
    except ValueError:
        rewritten = stored
    assert json_or_text(value, rewritten, V2) is (UNKNOWN if _is_mask_in(rewritten) else EQUAL)


def _is_mask_in(shown: str) -> bool:
    """Whether a whole text, or a leaf of JSON, looks like a mask."""
    try:
        value = json.loads(shown)
    except ValueError:
        value = shown
    leaves = [value]
    while any(isinstance(leaf, (dict, list)) for leaf in leaves):
        nested = [leaf for leaf in leaves if isinstance(leaf, (dict, list))]
        inner = [item for leaf in nested for item in (leaf.values() if isinstance(leaf, dict) else leaf)]
        leaves = [leaf for leaf in leaves if leaf not in nested] + inner
    return MASK in leaves


@given(
    st.dictionaries(st.text(min_size=1), st.integers() | st.booleans() | st.lists(st.integers()), min_size=1), st.data()
)
def test_a_changed_leaf_beside_hidden_ones_is_always_seen(value: dict[str, object], data: st.DataObject) -> None:
    changed = data.draw(st.sampled_from(sorted(value)))
    shown = {"password": MASK, **value, changed: "something else"}
    assert masked_json({"password": "secret", **value}, shown) is DIFFERENT


@given(st.lists(st.text(alphabet="ab*", max_size=4), min_size=2, max_size=5), st.data())
def test_a_text_with_hidden_parts_fits_whatever_was_hidden(parts: list[str], data: st.DataObject) -> None:
    original = parts[0]
    for part in parts[1:]:
        original += data.draw(st.text(alphabet="ab", max_size=3)) + part
    assert masked_text(original, MASK.join(parts)) is UNKNOWN
