# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is shown, and what is kept from every output."""

from __future__ import annotations

import html
import json
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.dataops.airflow.plugins.module_utils._model.forms import SENSITIVE, STEMS
from ansible_collections.dataops.airflow.plugins.module_utils._model.secrets import (
    PIECE,
    Secrecy,
    collect,
    conceal,
    hidden_by_server,
    hide_texts,
    is_ordinary,
    leaves,
    mask_like,
    printable,
    redact,
    secret_texts,
    secrets_in_url,
    show,
)

CANARY = "canary-7f3a"


def concealed(value: Any) -> Any:
    """Without the type of what is fit to be shown, to compare it."""
    return conceal(value)


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
        ("dbs", '{"password": null, "token": true}', '{"password": null, "token": true}'),
        ("dbs", [{"Api-Key": "x"}], [{"Api-Key": "***"}]),
        ("connection string", "x", "***"),
        ("dbs", [{"apiKey": "x"}], [{"apiKey": "***"}]),
        ("env", [{"name": "DB_PASSWORD", "value": "x"}], [{"name": "DB_PASSWORD", "value": "***"}]),
        ("env", {"Key": "api-token", "Value": ["x"], "n": 1}, {"Key": "api-token", "Value": ["***"], "n": 1}),
        ("env", [{"name": "HOST", "value": "x"}], [{"name": "HOST", "value": "x"}]),
        ("dbs", json.dumps({"a": json.dumps({"token": "x"})}), json.dumps({"a": json.dumps({"token": "***"})})),
        ("dbs", json.dumps(json.dumps({"token": "x"})), json.dumps(json.dumps({"token": "***"}))),
        ("dbs", '{"a": {"token": "x"}, "a": 1}', '{"a": {"token": "***"}, "a": 1}'),
    ],
)
def test_conceal_hides_by_name_at_any_depth(name: str, value: object, shown: object) -> None:
    assert conceal(value, name) == shown


def test_every_name_of_a_secret_has_a_stem() -> None:
    assert [name for name in SENSITIVE.pattern.split("|") if not any(stem in name for stem in STEMS)] == []


FORMS = [
    "jdbc:sqlserver://h:1433;database=d;user=u;password={};encrypt=true",
    "jdbc:postgresql://h/db?user=u&password={}&ssl=true",
    "jdbc:oracle:thin:scott/{}@h:1521/x",
    "racle:thin:scott/{}@//h:1521/x",
    "host=h password={} user=u",
    "host=h password = '{} and more' user=u",
    "password={} host=h",
    "Driver={{x}};Server=h;Uid=u;Pwd={{{};more}};",
    "AccountName=a;AccountKey={}==;EndpointSuffix=x",
    "https://a.blob.core.windows.net/c?sv=2&sig={}%3D&se=1",
    "https://s3.amazonaws.com/b?X-Amz-Date=1&X-Amz-Signature={}",
    "postgres://u:{}@h/db",
    "postgres://u:p/w@{}@h/db",
    "postgres://u:p?{}#x@h/db",
    "redis://:{}@h:6379/0",
    "https://{}@h/a",
    "amqp://u:{}@a,amqp://u:{}@b",
    "postgres://u:{}@h/db?mail=a@b",
    "-----BEGIN RSA PRIVATE KEY-----\n{}\n-----END RSA PRIVATE KEY-----\nafter",
    "-----BEGIN PRIVATE KEY-----\\n{}\\n-----END PRIVATE KEY-----",
    "-----BEGIN PGP PRIVATE KEY BLOCK-----\n\n{}",
    "users:\n- user:\n    client-key-data: {}\n    token: {}\n    client-certificate-data: AAA\nkind: Config",
    "a: 1\npassword: |\n  {}\n\n  {}\nb: 2",
    "secrets:\n  a: {}\n  b:\n  - {}\nc: d",
    "tokens:\n- {}\n- {}\nc: d",
    "password: {} with blanks\n  {}\nhost: h",
    'password: "{}\\" {}"\nhost: h',
    "user: bob, password: {}, host: h",
    "{{password: {}, host: h}}",
    "env:\n- name: DB_PASSWORD\n  value: {}\n- name: HOST\n  value: h",
    "[{{name: DB_PASSWORD, value: {}}}, {{name: HOST, value: h}}]",
    '<property name="password" value="{}"/>',
    "Authorization: Bearer {}\nAccept: x",
    'curl -H "Authorization: Bearer {}" -H "Accept: x"',
    "export DB_PASSWORD={}\nX=1",
    "db_password = {} two\nx = 1",
    "config['password'] = '{}'",
    '{{"password": "{}", "a": ',
    'it was {{\\"password\\": \\"{}\\", \\"a\\": 1}}',
]
"""Texts with a secret in place of ``{}``."""


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "deep", [lambda text: text, lambda text: [{"a": text}], lambda text: json.dumps({"a": [text]})]
)
def test_a_secret_is_known_by_its_form(form: str, deep: object) -> None:
    text = form.replace("{}", CANARY).replace("{{", "{").replace("}}", "}")
    value = deep(text)  # type: ignore[operator]
    shown = conceal(value)
    assert CANARY not in str(shown)
    assert "***" in str(shown)
    assert conceal(shown) == shown
    assert any(CANARY in found for found in secret_texts(value))


@pytest.mark.parametrize("form", FORMS)
def test_what_surrounds_a_secret_stays(form: str) -> None:
    text = form.replace("{}", CANARY).replace("{{", "{").replace("}}", "}")
    for neighbour in ("host=h", "user=u", "user=bob", "host: h", "kind: Config", "Accept: x", "c: d", "b: 2", "after"):
        assert (neighbour in concealed(text)) == (neighbour in text)


INNOCENT = [
    "https://h:8080/a@b",
    "https://h/a@b",
    "https://h?mail=a@b",
    "https://[::1]:8080/a@b",
    "git@github.com:a/b",
    "jdbc:oracle:thin:@//h:1521/x",
    "a=b;c=d&e=f: g",
    "design=big&assign=2",
    "x=1 pass=10 fail=2",
    "the password is strong",
    "passwords, tokens; secrets",
    "token == other",
    "secret://mount/path",
    "password: null",
    "password: ''",
    "PASSWORD=",
    "env:\n- name: HOST\n  value: h",
    "-----BEGIN CERTIFICATE-----\nAAA\n-----END CERTIFICATE-----",
    "-----BEGIN PUBLIC KEY-----\nAAA\n-----END PUBLIC KEY-----",
    "name: etl\nvalue: 3",
]


@pytest.mark.parametrize("text", INNOCENT)
def test_a_neighbour_of_a_form_is_left_alone(text: str) -> None:
    assert concealed(text) == text
    assert concealed({"a": [text]}) == {"a": [text]}


SIGNS = st.text(st.sampled_from([*"ab:/@=;&?#\"'\\{}[],.-| \n\r\t~*5", "\udc80", "é"]), max_size=12)
PIECES = st.sampled_from(
    ["password", "token", "sig=", "://", ":thin:", "-----BEGIN PRIVATE KEY-----", "name: ", "value: "]
)
TEXTS = st.lists(SIGNS | PIECES, max_size=8).map("".join)
VALUES = st.recursive(
    TEXTS | st.integers() | st.booleans() | st.none() | st.floats(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)


@given(VALUES, st.booleans())
def test_conceal_never_raises_and_hides_all_at_once(value: object, as_text: bool) -> None:
    shown = conceal(json.dumps(value) if as_text else value)
    assert repr(conceal(shown)) == repr(shown)


WITHOUT_FORMS = st.text(max_size=60).filter(
    lambda text: not SENSITIVE.search(text) and "://" not in text and "PRIVATE KEY" not in text
)


@given(WITHOUT_FORMS, st.booleans())
def test_conceal_changes_nothing_that_has_no_form(text: str, as_json: bool) -> None:
    value = json.dumps({"a": [text]}) if as_json else text
    if not any(sign in text.lower() for sign in ("sig", "pass", "pw", ":thin:", ":oci")):
        assert concealed(value) == value


def test_what_is_nested_too_deep_to_be_looked_at_is_hidden() -> None:
    value: list[object] = []
    for _level in range(100_000):
        value = [value]
    assert concealed(value) == "***"
    assert concealed("[" * 100_000) == "[" * 100_000


@pytest.mark.parametrize(
    "piece", ["token", "://a:", ":thin:a/", 'token="', '"', "password: \n", "name: a ", "'),", " "]
)
def test_a_hostile_text_takes_no_longer_than_it_is(piece: str) -> None:
    began = time.process_time()
    conceal("password=" + piece * 10_000)
    assert time.process_time() - began < 2


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
        "airflow_headers": Secrecy.ALWAYS,
        "airflow_token": Secrecy.ALWAYS,
        "name": Secrecy.NEVER,
    }
    assert collect(params, secrecy, "etl") == {CANARY, "key-1", "1"}


def test_leaves_are_all_texts_and_numbers() -> None:
    assert list(leaves({"a": [1, "b", {"c": 2.5}], "d": None, "e": True})) == ["1", "b", "2.5"]


def test_redact_takes_longer_secrets_first() -> None:
    assert redact("token abcde and abcdefg", {"abcde", "abcdefg"}) == "token *** and ***"


@pytest.mark.parametrize(
    "secret", ["a", "1234", "true", "{", '"', "\\", "\n", "     ", "airflow", "Airflow", "admin", "*****"]
)
def test_what_is_short_or_a_word_is_not_searched_for(secret: str) -> None:
    text = f"apache-airflow's administrator said {secret} ***** true 1234"
    assert is_ordinary(secret)
    assert redact(text, {secret}) == text


NASTY = [
    f'{CANARY}"',
    f"{CANARY}'\"\\",
    f"{CANARY}\nsecond\tline\n",
    f"{CANARY} <&> / ? #",
    "пароль-é",
    "\udc80\udc80\udc80xx",
]


@pytest.mark.parametrize("secret", NASTY)
@pytest.mark.parametrize(
    "escape",
    [
        str,
        str.strip,
        json.dumps,
        lambda text: json.dumps(text, ensure_ascii=False),
        repr,
        ascii,
        lambda text: repr(text + "'" + '"'),
        html.escape,
        lambda text: html.escape(text, quote=False),
        lambda text: quote(text, safe="", errors="replace"),
        lambda text: quote_plus(text, errors="replace"),
        lambda text: json.dumps({"detail": repr({"password": text})}),
        lambda text: json.dumps(json.dumps({"password": text})),
        lambda text: html.escape(json.dumps(text)),
    ],
)
def test_a_secret_is_found_as_others_write_it(secret: str, escape: object) -> None:
    written = escape(secret)  # type: ignore[operator]
    left = redact(f"before {written} after", {secret})
    assert left.replace("***", "").strip("\"' \\n") != written
    assert CANARY not in left
    assert left.startswith("before ")
    assert "***" in left


ESCAPES: list[Callable[[str], str]] = [
    json.dumps,
    lambda text: json.dumps(text, ensure_ascii=False),
    repr,
    lambda text: ascii([text]),
    html.escape,
    quote_plus,
    lambda text: quote(text, safe=""),
]


@given(
    st.text(st.sampled_from("kqx41é\U0001f511 \"'\\/&;<>%#+\n\t"), max_size=30).map(lambda text: f"kq7{text}zk"),
    st.lists(st.sampled_from(ESCAPES), max_size=5),
)
def test_a_secret_is_found_below_several_escapes(secret: str, escapes: list[Callable[[str], str]]) -> None:
    written = secret
    for escape in escapes:
        written = escape(written)
    left = redact(f"before {written} after", {secret})
    assert left.startswith("before ")
    assert left.endswith(" after")
    assert left.count("***") == 1
    assert "kq7" not in left
    assert "zk" not in left


@pytest.mark.parametrize("filling", ["\\", "a"])
def test_a_secret_is_found_in_a_long_text_wherever_it_stands(filling: str) -> None:
    secret = 'kq7"\n-secret'
    for length in range(PIECE - 4, PIECE + 3):
        text = filling * length
        assert redact(f"{text} {json.dumps(json.dumps(secret))} z", {secret}) == rf'{text} "\"***\"" z'


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
    ("value", "how", "shown", "found"),
    [
        ("user=bob password=hunter2", Secrecy.BY_KEY, "***", {"user=bob password=hunter2"}),
        ({"token": 5432, "n": 1}, Secrecy.BY_KEY, {"token": "***", "n": 1}, {"5432"}),
        ("https://u:hunter2@h/", Secrecy.BY_FORM, "https://u:***@h/", {"hunter2"}),
        ("h", Secrecy.BY_FORM, "h", set()),
        ({"A": "hunter2", "B": "x"}, Secrecy.ALWAYS, {"A": "***", "B": "***"}, {"hunter2", "x"}),
        ("hunter2", Secrecy.ALWAYS, "***", {"hunter2"}),
        ("", Secrecy.ALWAYS, "", set()),
        ("password=x", Secrecy.NEVER, "password=x", set()),
    ],
)
def test_what_is_shown_and_what_is_secret(value: object, how: Secrecy, shown: object, found: set[str]) -> None:
    assert show(value, how, "my_token") == shown
    assert collect({"value": value}, {"value": how}, "my_token") == found


def test_what_only_the_server_hides_is_hidden_among_the_options() -> None:
    value = {"a": "long-1", "b": ["x", 7, None], "c": '{"d": "long-1"}', "e": "long-1 and more"}
    hidden = {"a": "***", "b": ["x", "***", None], "c": '{"d": "***"}', "e": "long-1 and more"}
    assert hide_texts(value, {"long-1", "7"}) == hidden


def test_a_terminal_gets_nothing_to_obey() -> None:
    assert printable("a\x1b]0;b\x07c\r\n\x7f\x9b\u2028\u202e\u2066é\U0001f511\udc80") == (
        r"a\x1b]0;b\x07c\r\n\x7f\x9b\u2028\u202e\u2066é" "\U0001f511" r"\udc80"
    )
