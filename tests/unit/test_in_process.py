# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.dataops.airflow.plugins.plugin_utils.in_process import plain, rejoin

SPEC = {"dag_id": {"type": "str"}, "conf": {"type": "dict"}, "wait": {"type": "bool"}}


def test_json_that_was_split_at_its_blanks() -> None:
    pieces = {"dag_id": "etl", "conf": '{"day":', "wait": "true", "_raw_params": '3, "list": [1, 2]}'}
    assert rejoin(pieces, SPEC) == {"dag_id": "etl", "conf": '{"day": 3, "list": [1, 2]}', "wait": "true"}


class Tagged(str):
    pass


class TaggedInt(int):
    pass


def test_values_are_plain_as_a_module_gets_them() -> None:
    value = plain({Tagged("a"): [Tagged("b"), TaggedInt(3), 1.5, True, None, ("c",)]})
    assert value == {"a": ["b", 3, 1.5, True, None, ["c"]]}
    assert {type(item) for item in (*value, *value["a"])} == {str, int, float, bool, type(None), list}


def test_nothing_else_is_touched() -> None:
    given: dict[str, Any] = {"dag_id": "{", "conf": {"day": 3}}
    assert rejoin(given, SPEC) == given


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"conf": '{"day":', "_raw_params": "3"}, "conf is no JSON: put it in quotes"),
        ({"dag_id": "{", "_raw_params": "}"}, "options are given as name=value, got '}'"),
    ],
)
def test_what_belongs_to_no_option(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        rejoin(given, SPEC)
