# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is shown, and what is kept from every output."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.dataops.airflow.plugins.module_utils._core.secrets import (
    Secrecy,
    collect,
    conceal,
    hidden_by_server,
    leaves,
    mask_like,
    redact,
    secret_texts,
    secrets_in_url,
    show,
)

CANARY = "canary-7f3a"


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("region", "eu-west-1", "eu-west-1"),
        ("slots", 4, 4),
        ("api_token", "x", "***"),
        ("api_token", 12, "***"),
        ("api_token", True, True),
        ("api_token", {"a": ["b", None]}, {"a": ["***", None]}),
        ("dbs", {"password": "x", "host": "h"}, {"password": "***", "host": "h"}),
        ("dbs", '{"password": "x", "host": "h"}', '{"password": "***", "host": "h"}'),
        ("dbs", '{"a":1}', '{"a":1}'),
        ("dbs", [{"Api-Key": "x"}], [{"Api-Key": "***"}]),
        ("connection string", "x", "***"),
        ("dbs", [{"apiKey": "x"}], [{"apiKey": "***"}]),
        ("url", "postgres://u:pw@h/db", "postgres://u:***@h/db"),
        ("url", "postgres://u:p/w@x@h/db", "postgres://u:***@h/db"),
        ("url", "https://ghp_x@h/a", "https://***@h/a"),
        ("url", "https://h/a@b", "https://h/a@b"),
    ],
)
def test_conceal_hides_by_name_at_any_depth_and_passwords_in_urls(name: str, value: object, shown: object) -> None:
    assert conceal(value, name) == shown


NESTED = st.recursive(
    st.just(CANARY) | st.integers() | st.booleans(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "token", "b"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(NESTED, st.sampled_from(["region", "my_password"]), st.booleans())
def test_what_is_concealed_is_also_collected(value: object, name: str, as_text: bool) -> None:
    given_value = json.dumps(value) if as_text else value
    shown = json.dumps(conceal(given_value, name))
    collected = collect({"value": given_value}, {"value": Secrecy.BY_NAME}, name)
    hidden_somewhere = json.dumps(given_value).count(CANARY) > shown.count(CANARY)
    assert any(CANARY in item for item in collected) == hidden_somewhere


def test_an_option_that_is_always_secret_is_collected_whole_and_others_never() -> None:
    params = {
        "airflow_password": CANARY,
        "airflow_headers": {"X-Key": "key-1", "X-V": 1},
        "name": "etl",
        "airflow_token": None,
    }
    secrecy = {
        "airflow_password": Secrecy.ALWAYS,
        "airflow_headers": Secrecy.VALUES,
        "airflow_token": Secrecy.ALWAYS,
        "name": Secrecy.NEVER,
    }
    assert collect(params, secrecy, "etl") == {CANARY, "key-1"}


def test_leaves_are_all_texts_and_numbers() -> None:
    assert list(leaves({"a": [1, "b", {"c": 2.5}], "d": None, "e": True})) == ["1", "b", "2.5"]


def test_short_secrets_are_hidden_where_they_stand_but_not_searched_for() -> None:
    assert list(secret_texts({"password": "x"})) == ["x"]
    assert collect({"value": {"password": "x"}}, {"value": Secrecy.BY_NAME}, "region") == set()


def test_redact_takes_longer_secrets_first() -> None:
    assert redact("token abcd and abcdef", {"abcd", "abcdef"}) == "token *** and ***"


@pytest.mark.parametrize(
    ("value", "shown", "masked", "hidden"),
    [
        ("secret", "***", "***", {"secret"}),
        ("secret", "visible", "secret", set()),
        ("secret", None, "secret", set()),
        ("postgres://u:pw-1@h", "postgres://u:***@h", "***", {"postgres://u:pw-1@h"}),
        ({"a": "long-1", "b": "long-2"}, '{"a": "***", "b": "x"}', {"a": "***", "b": "long-2"}, {"long-1"}),
        ('{"a": ["long-1", "long-2"]}', '{"a": ["***"]}', '{"a": ["***", "long-2"]}', {"long-1"}),
        ("text", '{"a": "***"}', "text", set()),
    ],
)
def test_what_the_server_hides_is_hidden_whatever_it_is_called(
    value: object, shown: str | None, masked: object, hidden: set[str]
) -> None:
    assert mask_like(value, shown) == masked
    assert hidden_by_server(value, shown) == hidden


@pytest.mark.parametrize(
    ("url", "secrets"),
    [
        ("http://h", set()),
        ("http://u:p@h/a@b", {"p", "p@h/a"}),
        ("u:p@x@h", {"p@x"}),
        ("https://token@h", {"token"}),
        ("http://@h", set()),
    ],
)
def test_secrets_in_a_url(url: str, secrets: set[str]) -> None:
    assert secrets_in_url(url) == secrets


@pytest.mark.parametrize(
    ("value", "how", "shown", "searched"),
    [
        ("user=bob password=hunter2", Secrecy.BY_KEY, "***", {"user=bob password=hunter2"}),
        ({"token": 5432, "n": 1}, Secrecy.BY_KEY, {"token": "***", "n": 1}, set()),
        ({"token": 12345678}, Secrecy.BY_KEY, {"token": "***"}, {"12345678"}),
        ("https://u:hunter2@h/", Secrecy.IN_URL, "https://u:***@h/", {"hunter2"}),
        ("h", Secrecy.IN_URL, "h", set()),
        ({"A": "hunter2", "B": "x"}, Secrecy.VALUES, {"A": "***", "B": "***"}, {"hunter2"}),
        ("hunter2", Secrecy.VALUES, "***", {"hunter2"}),
        ("", Secrecy.VALUES, "", set()),
    ],
)
def test_what_is_shown_and_what_is_searched_for(value: object, how: Secrecy, shown: object, searched: set[str]) -> None:
    assert show(value, how, "my_token") == shown
    assert collect({"value": value}, {"value": how}, "my_token") == searched
