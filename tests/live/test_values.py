# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Values of variables: what was stored is recognised, however the server writes it, and the hidden stays as it is."""

from __future__ import annotations

import json
from collections.abc import Callable

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ansible_collections.dataops.airflow.plugins.module_utils._http.client import Client
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.variable.variable import VARIABLE
from ansible_collections.dataops.airflow.tests.live.conftest import Live

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
SPACED = JSON.flatmap(
    lambda value: st.sampled_from([None, 1]).map(lambda indent: " " + json.dumps(value, indent=indent))
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(value="rm ***/x")
@example(value='{"path": "rm ***/x"}')
@example(value="****")
@given(value=(JSON | SPACED).filter(lambda value: value is not None))
def test_a_second_run_is_no_change(
    live: Live, client: Client, leave_nothing: Callable[[str], str], value: object
) -> None:
    leave_nothing("/variables/live_value")
    live.task(VARIABLE, client=client, key="live_value", value=value)
    again = live.task(VARIABLE, client=client, key="live_value", value=value)
    assert (again["changed"], again["unverified"]) == (False, [])


def test_a_hidden_value_survives_a_change_beside_it(live: Live, leave_nothing: Callable[[str], str]) -> None:
    leave_nothing("/variables/live_api_token")
    live.task(VARIABLE, key="live_api_token", value="stored-secret", description="first")
    result = live.task(VARIABLE, key="live_api_token", description="second")
    assert (result["action"], result["variable"]["description"]) == ("update", "second")
    result = live.task(VARIABLE, key="live_api_token", value="another", description="third", update_secrets="on_create")
    assert result["unverified"] == (["value"] if live.is_v2 else [])
    stored = live.command("variables", "get", "live_api_token").splitlines()[-1]
    assert stored == ("stored-secret" if live.is_v2 else "another")


def test_clearing_is_not_leaving_out(live: Live, leave_nothing: Callable[[str], str]) -> None:
    leave_nothing("/variables/live_value")
    live.task(VARIABLE, key="live_value", value="a", description="b")
    assert live.task(VARIABLE, key="live_value", value="c")["variable"]["description"] == "b"
    result = live.task(VARIABLE, key="live_value", description="", value="")
    assert (result["variable"]["description"] or "", result["variable"]["value"]) == ("", "")
    assert live.task(VARIABLE, key="live_value", description="", value="")["changed"] is False
