# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Airflow's own export files as lists of options."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any
from urllib import parse

import pytest
import yaml
from ansible import template
from ansible.errors import AnsibleFilterError
from ansible.parsing.dataloader import DataLoader
from ansible.parsing.vault import VaultLib, VaultSecret
from ansible.parsing.yaml.objects import AnsibleVaultEncryptedUnicode
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.dataops.airflow.plugins.plugin_utils import file_text
from ansible_collections.dataops.airflow.plugins.plugin_utils.airflow_files import connections, pools, variables

PARTS = {
    "conn_type": "http",
    "description": None,
    "login": "",
    "password": "p",
    "host": "h",
    "port": 0,
    "schema": None,
    "extra": "{}",
}
CONNECTION = {**PARTS, "connection_id": "a", "description": "", "schema": "", "extra": ""}
SETTINGS = """
airflow:
  connections:
    - conn_id: warehouse
      conn_type: postgres
      conn_host: h
      conn_schema:
      conn_login: no
      conn_password: 012345
      conn_port: 0
      conn_uri: ""
      conn_extra:
        n: 1
    - conn_id: partner
      conn_type:
      conn_uri: http://u:p@h
      conn_port: 0
      conn_extra: {}
    - conn_id:
      conn_extra:
        example_extra_field: example-value
  pools:
    - {pool_name: etl, pool_slot: 3, pool_description: }
    - pool_name:
  variables:
    - {variable_name: version, variable_value: 1.10}
    - {variable_name: flag, variable_value: yes}
    - {variable_name: empty, variable_value: }
"""
ENVIRONMENT = """\ufeff# exported
export AIRFLOW_CONN_WAREHOUSE='postgres://u:p@h/db'  # of the team
AIRFLOW_CONN_PARTNER={"conn_type": "http", "extra": {"a": "x # y"}} # JSON
AIRFLOW_VAR_KEY="-----BEGIN X-----
b2s=
-----END X-----"
 AIRFLOW_VAR_TEXT = two words   # a comment
AIRFLOW_VAR_HASH=a#b
AIRFLOW_VAR_LITERAL='C:\\new $HOME'
AIRFLOW_VAR_ESCAPED="a\\tb \\"c\\" \\$d"
AIRFLOW_VAR_EMPTY=
AIRFLOW__CORE__FERNET_KEY=geheim
POSTGRES_PASSWORD=geheim
"""


@pytest.fixture
def warned(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The warnings of the filters."""
    found: list[str] = []
    monkeypatch.setattr(file_text, "Display", lambda: SimpleNamespace(warning=found.append))
    return found


@pytest.mark.parametrize("read", [lambda content: content, json.dumps, yaml.safe_dump])
def test_variables(read: Callable[[Any], Any]) -> None:
    given = {
        "text": "eu",
        "number": 5,
        "none": None,
        "list": [1],
        "described": {"value": {"a": 1}, "description": "d"},
        "not": {"value": 1, "other": 2},
        "bare": {"value": "", "description": None},
    }
    assert variables(read(given)) == [
        {"key": "bare", "value": "", "description": ""},
        {"key": "described", "value": {"a": 1}, "description": "d"},
        {"key": "list", "value": [1]},
        {"key": "none", "value": "null"},
        {"key": "not", "value": {"value": 1, "other": 2}},
        {"key": "number", "value": 5},
        {"key": "text", "value": "eu"},
    ]


def test_json_is_read_as_json() -> None:
    assert variables('{"large": 1e5, "smile": "\\ud83d\\ude00"}') == [
        {"key": "large", "value": 1e5},
        {"key": "smile", "value": "😀"},
    ]


@pytest.mark.parametrize(
    "content",
    [
        {"a": PARTS},
        {"a": [PARTS]},
        {"a": {**PARTS, "conn_id": "a"}},
        json.dumps({"a": PARTS}),
        yaml.safe_dump({"a": PARTS}),
        "# exported\n\na=" + json.dumps(PARTS) + "\n",
    ],
)
def test_connections_by_their_parts(content: Any) -> None:
    assert connections(content) == [CONNECTION]


@pytest.mark.parametrize(
    "content", ["b=fs://?x=1\na=http://u:p@h/?y={1}\n", '{"b": "fs://?x=1", "a": "http://u:p@h/?y={1}"}']
)
def test_connections_by_their_uris(content: str) -> None:
    assert connections(content) == [
        {"connection_id": "a", "uri": "http://u:p@h/?y={1}"},
        {"connection_id": "b", "uri": "fs://?x=1"},
    ]


def test_extra_has_another_name_in_hand_written_files() -> None:
    assert connections({"a": {"conn_type": "x", "extra_dejson": {"b": 1}}})[0]["extra"] == {"b": 1}


def test_pools() -> None:
    content = {"etl": {"slots": 4, "description": "", "include_deferred": False}, "a": {"slots": 0, "team_name": "t"}}
    assert pools(content) == [
        {"name": "a", "slots": 0, "team_name": "t"},
        {"name": "etl", "slots": 4, "description": "", "include_deferred": False},
    ]


@pytest.mark.parametrize(
    ("read", "content"),
    [
        (variables, "geheim: [1"),
        (variables, ["geheim"]),
        (connections, "a: geheim: b"),
        (connections, {"a": 5}),
        (connections, {"a": '{"password": "geheim"'}),
        (connections, {"a": {"conn_type": "x", "passwort": "geheim"}}),
        (pools, {"etl": "geheim"}),
        (pools, {"etl": {"slots": 4, "open_slots": "geheim"}}),
    ],
)
def test_what_is_no_export_is_refused_without_being_repeated(read: Callable[[Any], Any], content: Any) -> None:
    with pytest.raises(AnsibleFilterError) as caught:
        read(content)
    assert "geheim" not in str(caught.value)


def test_texts_are_data_to_whoever_templates_them() -> None:
    hidden = r"\u007b\u007b 1 + 1 }}"
    text = "{{ 1 + 1 }}"
    templar = template.Templar(loader=DataLoader())
    found = variables(f'{{"{hidden}": {{"{hidden}": ["{hidden}"]}}}}')
    assert found == [{"key": text, "value": {text: [text]}}]
    assert templar.template(found) == found
    assert templar.template([*found[0]["value"]]) == [text]
    found = pools(f'{{"{hidden}": {{"slots": 1, "description": "{hidden}"}}}}')
    assert templar.template(found) == [{"name": text, "slots": 1, "description": text}]
    found = connections(f'{{"a": {{"conn_type": "{hidden}"}}, "b": "x://{hidden}"}}')
    assert templar.template(found) == [
        {"connection_id": "a", "conn_type": text},
        {"connection_id": "b", "uri": f"x://{text}"},
    ]


@pytest.mark.skipif(hasattr(template, "trust_as_template"), reason="is a str from ansible-core 2.19 on")
def test_a_variable_from_an_inline_vault_is_read() -> None:
    secret = VaultSecret(b"password")
    read = AnsibleVaultEncryptedUnicode.from_plaintext('{"a": 1}', VaultLib([("default", secret)]), secret)
    assert variables(read) == [{"key": "a", "value": 1}]


def refused(read: Callable[[Any], Any], content: Any) -> str:
    with pytest.raises(AnsibleFilterError) as caught:
        read(content)
    assert "geheim" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"a": "geheim\nline"}', "line 1, column 14: a string contains a line break, which JSON writes as \\n"),
        ('{"a": "geheim\tx"}', "a tab, which JSON writes as \\t"),
        ('{\n  "a": 010}', "line 2, column 9: more characters follow a number"),
        ('{"a": 12:30}', "more characters follow a number, so it is not a number; a string must be in double quotes"),
        ('{"a": 2026-01-01}', "more characters follow a number"),
        ('{"geheim": }', "a value is missing"),
        ('{"a": 1,}', "remove the comma"),
        ("[1,]", "remove the comma"),
        ('{"a": 1 "b": 2}', "a comma or a closing bracket is missing"),
        ('{"a": "geheim" "b"}', "a comma or a closing bracket is missing"),
        ("{'geheim': 1}", "JSON has double quotes only"),
        ("{geheim: 1}", "the name of a key must be in double quotes"),
        ('{"a" 1}', "a colon is missing"),
        ('{"a": None}', "JSON writes null, true and false"),
        ('{"a": geheim}', "this is not a value"),
        ('{"a": "geheim', "not closed by a double quote"),
        ('{"a": 1', "it may have been cut off"),
        ('{"a": 1}\n{"b": 2}', "line 2, column 1: the JSON ends before this"),
        ('{"a": 1} # geheim', "JSON has no comments"),
        ('# geheim\n{"a": 010}', "line 1, column 1: JSON has no comments"),
        ('// geheim\n{"a": 1}', "JSON has no comments"),
        ('{"a": "\\geheim"}', "a backslash begins no escape"),
        (
            '{"a": 1,\n "geheim": {"x": [{"a": "{"}], "\\u0078": 2}}',
            "line 2, column 32: this key stands here for the second time",
        ),
        ('{"a": 1,, "b": 2}', "line 1, column 9: there is nothing before this comma"),
        ("{\u201cgeheim\u201d: 1}", "a typographic quote"),
        ('/* geheim */ {"a": 1}', "line 1, column 1: JSON has no comments"),
        ('[2026-01-01T00:00:00.000+0000] {geheim.py:1} INFO - x\n{"a": 1}', "begins with a line of a log"),
        ("$ANSIBLE_VAULT;1.1;AES256\n6162", "encrypted with ansible-vault"),
        ("a: !!int geheim", "line 1, column 4: a value has the tag !!int"),
        ("a: !geheim", "line 1, column 4: a value has a tag, which is not taken here; a string that starts with !"),
        ("a: !!geheim 5", "a value has a tag"),
        ("a: !", "a string that starts with ! must be quoted"),
        ("b: &x 1\nc: *x\na: &geheim", "line 3, column 4: a string that starts with & must be quoted"),
        ("a: &geheim b", "a string that starts with & must be quoted"),
        ("a: !!int 0x10", "the tag !!int"),
        ("a: !!bool geheim", "the tag !!bool"),
        ("a: !!null geheim", "the tag !!null"),
        ("a: -----BEGIN X-----\n  geheim\n  -----END X-----", "line 1, column 4: the lines of a key or certificate"),
        ("[" * 100_000, "nested too deeply"),
        ("a: 1\na: geheim", "line 2, column 1: this key stands here for the second time"),
        ("a: geheim: b", "line 1, column 10: a colon and a blank"),
        ("a: *geheim", "a string that starts with *"),
        ('a: "geheim', "a quote that opens here is not closed"),
        ("a:\n\t- geheim", "line 2, column 1: a tab"),
        ("a: !vault geheim", "the tag !vault"),
        ("a: 1\n---\nb: geheim", "a second document begins"),
        ("a: geheim\x1b", "line 1, column 10: the control character U+001B"),
        ("a: &x [*x]", "refers to itself"),
        ("A=1\ngeheim", "line 2, column 1: this is neither NAME=value nor a comment"),
        ('A="geheim\nB=2', "the quote that opens the value of A is not closed"),
        ('A="geheim" x', "or something other than a comment follows it"),
        ("AIRFLOW_VAR_A=-----BEGIN X-----\ngeheim=", "the first line of a key"),
        ("A=1\nA=geheim", "'A' is in the file twice"),
        ("", "The file is empty"),
        ("# geheim\n", "The file is empty"),
        ("---\n", "The file is empty"),
        ("null", "The file is empty"),
        ("{\0", "UTF-16"),
        ('{"a":\n "geheim \udce9"}', "line 2, column 10: this is not UTF-8"),
        ("<html>geheim", "a login page"),
        ("geheim", "it has to be JSON or YAML"),
        ("5", "it has to be JSON or YAML"),
        (
            '{"detail": "geheim", "status": 401, "title": "Unauthorized"}',
            "an error that Airflow's API has answered with",
        ),
    ],
)
@pytest.mark.parametrize("read", [variables, connections, pools])
def test_what_is_broken_is_refused_with_its_place_and_reason(
    read: Callable[[Any], Any], content: str, said: str
) -> None:
    found = refused(read, content)
    # Python 3.13 names another place for a comma too many.
    assert said in found


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.text(), st.text() | st.integers() | st.lists(st.text() | st.none()), min_size=1), st.data())
def test_broken_json_is_never_something_else(value: dict[str, Any], data: st.DataObject) -> None:
    whole = json.dumps(value)
    place = data.draw(st.integers(1, len(whole) - 1))
    text = (
        whole[:place]
        + data.draw(st.sampled_from(["", "\n", "0", "'", "}", ",", ":", "#", "x", '"']))
        + whole[place + 1 :]
    )
    try:
        expected = json.loads(text)
    except ValueError:
        refused(variables, text.replace("geheim", ""))
        return
    try:
        found = variables(text)
    except AnsibleFilterError:
        # A key that stands there twice, or what is not a dictionary of variables.
        return
    if isinstance(expected, dict) and {item["key"] for item in found} == set(expected):
        read = {item["key"]: item.get("value") for item in found}
        assert all(
            read[key] == expected[key] for key in expected if isinstance(expected[key], str) and read[key] is not None
        )


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("010", "010"),
        ("12:30", "12:30"),
        ("12:30:45", "12:30:45"),
        ("2026-01-01", "2026-01-01"),
        ("2026-01-01T12:00:00Z", "2026-01-01T12:00:00Z"),
        ("0x1f", "0x1f"),
        ("1_000", "1_000"),
        (".inf", ".inf"),
        ("=", "="),
        ("1e5", "1e5"),
        ("!!timestamp 2026-01-01", "2026-01-01"),
        ("!unsafe x", "x"),
        ("5", 5),
        ("-1.50", -1.5),
        ("yes", True),
        ("[1, {b: ~}]", [1, {"b": None}]),
        ("~", "null"),
    ],
)
def test_a_scalar_of_yaml_is_a_number_or_boolean_only_as_people_write_them(text: str, value: Any) -> None:
    assert variables(f"a: {text}") == [{"key": "a", "value": value}]


@pytest.mark.parametrize("begin", ["", "---\n", "# x\n---\n", "%YAML 1.1\n---\n", "\n"])
@pytest.mark.parametrize("value", ["x", "|\n  AIRFLOW_VAR_X=1\n  export AIRFLOW_CONN_X=http://h\n"])
def test_yaml_is_known_by_its_lines(begin: str, value: str) -> None:
    read = "x" if value == "x" else "AIRFLOW_VAR_X=1\nexport AIRFLOW_CONN_X=http://h\n"
    assert variables(f"{begin}a: {value}") == [{"key": "a", "value": read}]


def test_aliases_of_yaml_are_read() -> None:
    text = "x: &x {login: u}\na:\n  <<: *x\n  conn_type: http\n  password: 1.10\n  schema: 2026-01-01\n"
    assert variables(text)[0] == {
        "key": "a",
        "value": {"login": "u", "conn_type": "http", "password": 1.1, "schema": "2026-01-01"},
    }


def test_a_text_of_a_connection_is_what_stands_in_the_file() -> None:
    read = connections(
        '{"a": {"conn_type": "http", "password": 1.10, "login": 007e1, "host": true}}'.replace("007e1", "7e1")
    )
    assert read[0] == {"connection_id": "a", "conn_type": "http", "password": "1.10", "login": "7e1", "host": "true"}
    assert connections("a: {conn_type: http, password: 0123, login: no}")[0]["password"] == "0123"


def test_a_text_of_the_environment_is_what_stands_there() -> None:
    assert connections('AIRFLOW_CONN_A={"conn_type": "http", "password": 1.10}')[0]["password"] == "1.10"


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ('{"a": "x # y"} # with a "quote"', '{"a": "x # y"}'),
        ('{"a": "} # y"}', '{"a": "} # y"}'),
        ("[1, 2]\t# z", "[1, 2]"),
        ("{day} is # no comment", "{day} is # no comment"),
        ('{"a": 1}#b', '{"a": 1}#b'),
    ],
)
def test_what_follows_json_in_an_environment_is_a_comment(value: str, read: str) -> None:
    assert variables(f"AIRFLOW_VAR_A={value}\n") == [{"key": "a", "value": read}]


@pytest.mark.parametrize("reference", ["${HOME}", "${HOME:-/x}", "${HOME?}"])
def test_a_reference_that_is_not_replaced_is_named(warned: list[str], reference: str) -> None:
    variables(f"AIRFLOW_VAR_A={reference}\nAIRFLOW_VAR_B='{reference}'\nAIRFLOW_VAR_C=\\{reference}\n")
    assert len(warned) == 1
    assert "AIRFLOW_VAR_A" in warned[0]


@pytest.mark.parametrize("nothing", [None, "", "{}", "null", "[]", " ", {}, []])
def test_an_extra_of_nothing_is_empty(nothing: Any) -> None:
    assert connections({"a": {"conn_type": "http", "extra": nothing}})[0]["extra"] == ""


def test_what_json_does_not_have_is_the_text_that_airflow_stores() -> None:
    assert variables('{"a": NaN, "b": [1, -Infinity], "c": null}') == [
        {"key": "a", "value": "NaN"},
        {"key": "b", "value": "[1, -Infinity]"},
        {"key": "c", "value": "null"},
    ]


EMPTY = {**dict.fromkeys(PARTS), "conn_type": "http"}


@pytest.mark.parametrize("nothing", [None, ""])
def test_what_is_empty_in_a_file_clears_what_is_stored(nothing: str | None) -> None:
    cleared = {**dict.fromkeys(PARTS, ""), "conn_type": "http", "connection_id": "a", "stored_password": "clear"}
    del cleared["password"]
    assert connections({"a": {**dict.fromkeys(PARTS, nothing), "conn_type": "http"}}) == [cleared]
    assert connections([{"conn_id": "a", **dict.fromkeys(PARTS, nothing), "conn_type": "http"}]) == [cleared]
    assert variables({"a": {"value": nothing, "description": nothing}})[0]["description"] == ""
    assert pools({"a": {"slots": 1, "description": nothing}}) == [{"name": "a", "slots": 1, "description": ""}]
    assert pools({"default_pool": {"slots": 1, "description": nothing}}) == [{"name": "default_pool", "slots": 1}]


def test_a_part_that_a_file_does_not_name_is_left_alone() -> None:
    assert connections({"a": {"conn_type": "http", "host": "h"}}) == [
        {"connection_id": "a", "conn_type": "http", "host": "h"}
    ]


def test_a_connection_of_the_environment_is_whole() -> None:
    assert connections('AIRFLOW_CONN_A={"conn_type": "http"}')[0] == {
        **{name: "" for name in PARTS if name not in ("description", "password")},
        "connection_id": "a",
        "conn_type": "http",
        "stored_password": "clear",
    }


@pytest.mark.parametrize(
    ("row", "read"),
    [
        ({"uri": "http://u:p@h"}, {"uri": "http://u:p@h"}),
        ({"get_uri": "http://u:p@h", "id": 1}, {"uri": "http://u:p@h"}),
        ({"conn_type": "http", "uri": "http://h", "host": None, "port": None}, {"uri": "http://h"}),
        ({"conn_type": "HTTP", "host": None, "get_uri": "http://"}, {"conn_type": "HTTP", "host": ""}),
        ({"conn_type": "http", "host": "h", "uri": "http://h"}, {"conn_type": "http", "host": "h"}),
        ({"conn_type": "http", "schema_": "s"}, {"conn_type": "http", "schema": "s"}),
    ],
)
def test_the_uri_of_a_listed_connection_counts_where_its_parts_are_not_told(
    row: dict[str, Any], read: dict[str, Any]
) -> None:
    found = connections([{"conn_id": "a", **row}])[0]
    assert {name: value for name, value in found.items() if name != "stored_password"} == {"connection_id": "a", **read}


def test_an_environment_may_be_parsed() -> None:
    given_parts = {"AIRFLOW_CONN_A": {"conn_type": "http", "extra": {"n": 1}}, "AIRFLOW__CORE__X": "y"}
    for content in (given_parts, json.dumps(given_parts), yaml.safe_dump(given_parts)):
        assert connections(content)[0]["extra"] == {"n": 1}


LISTED = {**EMPTY, "id": "1", "is_encrypted": "False", "is_extra_encrypted": "False", "port": "80"}


@pytest.mark.parametrize(
    ("row", "extra"),
    [
        ({"extra_dejson": {}, "get_uri": "http://:80"}, ""),
        ({"extra_dejson": {"a": "1"}, "get_uri": "http://:80/?a=1"}, {"a": "1"}),
        ({"extra_dejson": {"a": "1"}, "get_uri": "http://:80/?__extra__=%7B%22a%22%3A+1%7D"}, {"a": 1}),
    ],
)
def test_the_list_of_the_command_line_keeps_the_types_in_extra(row: dict[str, Any], extra: Any) -> None:
    given_row = {name: value for name, value in LISTED.items() if name != "extra"}
    read = connections([{**given_row, **row, "conn_id": "a"}])[0]
    assert (read["extra"], read["port"], read["stored_password"]) == (extra, 80, "clear")


@pytest.mark.usefixtures("warned")
@pytest.mark.parametrize(
    "enclosed", [list, lambda rows: {"connections": rows, "total_entries": 1}, lambda rows: rows[0]]
)
@pytest.mark.parametrize(
    ("password", "stored"), [({"password": "***"}, "keep"), ({}, "keep"), ({"password": None}, "clear")]
)
def test_an_answer_of_the_api_says_what_it_knows(
    enclosed: Callable[[Any], Any], password: dict[str, Any], stored: str
) -> None:
    row = {"connection_id": "a", "conn_type": "http", "host": "h", "extra": '{"n": 1}', "team_name": None, **password}
    assert connections(json.dumps(enclosed([row]))) == [
        {"connection_id": "a", "conn_type": "http", "host": "h", "extra": {"n": 1}, "stored_password": stored}
    ]


def test_what_a_file_hides_is_left_alone_and_named(warned: list[str]) -> None:
    answer = {
        "variables": [{"key": "a", "value": "***", "description": "d"}, {"key": "b", "value": '{"token": "***"}'}]
    }
    assert variables({**answer, "total_entries": 3}) == [{"key": "a", "description": "d"}, {"key": "b"}]
    row = {"connection_id": "a", "conn_type": "http", "host": "h", "password": "***", "extra": '{"token": "***"}'}
    assert connections([row]) == [{"connection_id": "a", "conn_type": "http", "host": "h", "stored_password": "keep"}]
    assert variables("AIRFLOW_VAR_A= # secret\nAIRFLOW_VAR_B=${HOME}/x") == [
        {"key": "a"},
        {"key": "b", "value": "${HOME}/x"},
    ]
    assert [line.partition(":")[0] for line in warned] == [
        "The file holds 2 of 3 variables",
        "The file hides the value of variables a, b",
        "The file hides the password of connection a",
        "The file hides the extra of connection a",
        "The value of AIRFLOW_VAR_B refers to another variable with ${...}, which is not replaced by its value",
        "The file hides the value of variable a",
    ]


def test_each_filter_takes_its_own_of_the_settings_of_astronomer() -> None:
    assert connections(SETTINGS) == [
        {"connection_id": "partner", "uri": "http://u:p@h"},
        {
            "connection_id": "warehouse",
            "conn_type": "postgres",
            "host": "h",
            "login": "no",
            "password": "012345",
            "schema": "",
            "port": "",
            "extra": {"n": 1},
        },
    ]
    assert pools(SETTINGS) == [{"name": "etl", "slots": 3, "description": ""}]
    assert variables(SETTINGS) == [
        {"key": "empty", "value": ""},
        {"key": "flag", "value": "yes"},
        {"key": "version", "value": "1.10"},
    ]


@pytest.mark.parametrize("line_break", ["\n", "\r\n"])
def test_each_filter_takes_its_own_of_an_environment(line_break: str) -> None:
    text = ENVIRONMENT.replace("\n", line_break)
    read = connections(text)
    assert read[1] == {"connection_id": "warehouse", "uri": "postgres://u:p@h/db"}
    assert (read[0]["connection_id"], read[0]["extra"]) == ("partner", {"a": "x # y"})
    assert {item["key"]: item["value"] for item in variables(text)} == {
        "empty": "",
        "escaped": 'a\tb "c" $d',
        "hash": "a#b",
        "key": "-----BEGIN X-----\nb2s=\n-----END X-----",
        "literal": "C:\\new $HOME",
        "text": "two words",
    }


@pytest.mark.parametrize(
    ("content", "read"),
    [
        ([{"key": "a", "val": "x"}], {"value": "x"}),
        ([{"key": "a", "value": "1", "description": "d", "is_encrypted": True, "team_name": "t"}],
         {"value": "1", "description": "d", "team_name": "t"}),
        ({"variables": [{"key": "a", "value": "x"}]}, {"value": "x"}),
        ({"key": "a", "value": "x", "description": None}, {"value": "x", "description": ""}),
        ({"key": "a", "value": "x"}, {"value": "x"}),
        ({"variables": [{"key": "a", "value": "x"}], "total_entries": 1, "next_cursor": None}, {"value": "x"}),
        ({"variables": {"a": "x"}}, {"value": "x"}),
        ({"variables": {"a": "x"}, "pools": {"etl": {"slots": 1}}}, {"value": "x"}),
        ({"changed": False, "failed": False, "variables": [{"key": "a", "value": "x"}]}, {"value": "x"}),
        ([{"name": "AIRFLOW_VAR_A", "value": "x"}, {"name": "OTHER", "value": "y"}], {"value": "x"}),
        ([{"name": "AIRFLOW_VAR_A", "value": "x"}, {"name": "OTHER", "valueFrom": {"b": "c"}}], {"value": "x"}),
        (["AIRFLOW_VAR_A=x", "OTHER=y", "FROM_THE_HOST"], {"value": "x"}),
        ({"AIRFLOW_VAR_A": "x", "AIRFLOW__CORE__X": "y"}, {"value": "x"}),
        ({"AIRFLOW_VAR_A": "x", "POSTGRES_PASSWORD": "y"}, {"value": "x"}),
        ({"deployment": {"environment_variables": [{"key": "AIRFLOW_VAR_A", "value": "x", "is_secret": False}]}},
         {"value": "x"}),
        ([{"objectKey": "a", "objectType": "AIRFLOW_VARIABLE", "airflowVariable": {"isSecret": False, "value": "x"}}],
         {"value": "x"}),
    ],
)  # fmt: skip
def test_lists_of_variables(content: Any, read: dict[str, Any]) -> None:
    for given_content in (content, json.dumps(content), yaml.safe_dump(content)):
        assert variables(given_content) == [{"key": "a", **read}]


def test_an_address_is_a_variable_as_well() -> None:
    assert variables('{"dsn": "postgres://u:p@h"}') == [{"key": "dsn", "value": "postgres://u:p@h"}]
    assert variables("url=https://h/") == [{"key": "url", "value": "https://h/"}]


@pytest.mark.parametrize(
    ("row", "read"),
    [
        ({"pool": "a", "slots": "128", "description": "d", "include_deferred": "False", "team_name": None},
         {"slots": 128, "description": "d", "include_deferred": False}),
        ({"name": "a", "slots": -1, "description": None, "include_deferred": True, "open_slots": -1},
         {"slots": -1, "description": "", "include_deferred": True}),
    ],
)  # fmt: skip
def test_lists_of_pools(row: dict[str, Any], read: dict[str, Any]) -> None:
    for content in ([row], {"pools": [row], "total_entries": 1}, row):
        assert pools(content) == [{"name": "a", **read}]


@pytest.mark.parametrize(
    "name_and_value",
    [
        ("pools", [{"a": 1}]),
        ("pools", {"a": 1}),
        ("connections", {"limit": 5}),
        ("users", [{"name": "a"}]),
        ("dags", [{"dag_id": "a"}]),
        ("airflow", {"home": "/opt"}),
        ("airflow", {"pools": 5}),
        ("changed", True),
    ],
)
def test_a_variable_may_be_called_like_a_list_of_objects(name_and_value: tuple[str, Any]) -> None:
    name, value = name_and_value
    for content in ({name: value}, json.dumps({name: value}), yaml.safe_dump({name: value})):
        assert variables(content) == [{"key": name, "value": value}]


@pytest.mark.parametrize("empty", [None, {}, {"connections": None, "pools": None, "variables": None}])
@pytest.mark.parametrize("read", [variables, connections, pools])
def test_settings_may_be_empty(read: Callable[[Any], Any], empty: Any) -> None:
    assert read({"airflow": empty}) == read(yaml.safe_dump({"airflow": empty})) == []


def test_what_of_settings_is_left_out_is_named(warned: list[str]) -> None:
    content = {
        "airflow": {
            "connections": [
                {"conn_id": "", "conn_type": "http", "conn_port": 0},
                {"conn_id": None, "conn_type": None, "conn_extra": {"example_extra_field": "example-value"}},
            ],
            "roles": [],
        },
        "version": 1,
    }
    assert connections(content) == []
    assert warned == [
        "These keys of the settings are none that Astronomer's command line reads: roles, version",
        "Connection 1 of the settings has no name, and is left out",
    ]


def test_dates_that_ansible_has_loaded_are_texts() -> None:
    day, moment = datetime.date(2026, 1, 2), datetime.datetime(2026, 1, 2, 3, 4, 5)
    assert variables({"a": {"value": [moment], "description": day}}) == [
        {"key": "a", "value": ["2026-01-02T03:04:05"], "description": "2026-01-02"}
    ]
    assert pools({"a": {"slots": 1, "description": day}})[0]["description"] == "2026-01-02"
    assert connections({"a": {"conn_type": "http", "login": day}})[0]["login"] == "2026-01-02"


TEXTS = st.text(st.characters(exclude_characters="*", exclude_categories=["Cs", "Cc"]), max_size=8)
NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.none() | st.booleans() | NUMBERS | TEXTS
OBJECTS = st.dictionaries(
    st.from_regex("[a-z][a-z0-9_]{0,5}", fullmatch=True),
    st.fixed_dictionaries(
        {
            "conn_type": st.sampled_from(["http", "google_cloud_platform"]),
            **{part: st.none() | TEXTS for part in ("description", "host", "login", "password", "schema")},
            "port": st.none() | st.integers(1, 65535),
            "extra": st.dictionaries(TEXTS, VALUES | st.lists(VALUES, max_size=2), max_size=2),
        }
    ),
    min_size=1,
    max_size=2,
)


def listed(name: str, parts: dict[str, Any]) -> dict[str, Any]:
    """A connection as the list of Airflow's command line has it."""
    extra, whole = parts["extra"], parse.quote(json.dumps(parts["extra"]))
    row = {option: value for option, value in parts.items() if option != "extra"}
    return {
        **row,
        "id": "1",
        "conn_id": name,
        "port": None if parts["port"] is None else str(parts["port"]),
        "extra_dejson": {key: str(value) for key, value in extra.items()},
        "get_uri": f"http://?__extra__={whole}" if extra else "http://",
    }


@settings(max_examples=40, deadline=None)
@given(OBJECTS)
def test_each_form_of_the_same_connections_gives_the_same_list(objects: dict[str, Any]) -> None:
    whole = {name: {**parts, "extra": json.dumps(parts["extra"])} for name, parts in objects.items()}
    rows = [{"connection_id": name, **parts, "is_encrypted": True} for name, parts in whole.items()]
    of_command_line = [listed(name, parts) for name, parts in objects.items()]
    expected = connections(whole)
    assert {item["connection_id"]: item["extra"] for item in expected} == {
        name: parts["extra"] or "" for name, parts in objects.items()
    }
    for content in (
        objects,
        json.dumps(whole),
        json.dumps(objects, indent=2, ensure_ascii=False),
        yaml.safe_dump(whole),
        yaml.safe_dump(objects, allow_unicode=True),
        "".join(f"{name}={json.dumps(parts)}\n" for name, parts in whole.items()),
        rows,
        json.dumps({"connections": rows, "total_entries": len(rows)}),
        yaml.safe_dump(rows),
        {"changed": False, "connections": rows},
        {"connections": whole},
        [{"key": name, "value": parts} for name, parts in objects.items()],
        json.dumps(of_command_line),
        yaml.safe_dump(of_command_line),
    ):
        assert connections(content) == expected


OF_CONNECTIONS = "an export of connections, not of variables: use from_airflow_connections"


@pytest.mark.parametrize(
    ("read", "content", "said"),
    [
        (variables, {"a": PARTS}, OF_CONNECTIONS),
        (variables, {"connections": [{"connection_id": "a"}], "total_entries": 1}, OF_CONNECTIONS),
        (variables, [{"conn_id": "a", "conn_type": "http", "password": "geheim"}], OF_CONNECTIONS),
        (variables, "a=postgres://u:geheim@h\nb=http://u:geheim@h", OF_CONNECTIONS),
        (variables, 'a={"conn_type": "http", "password": "geheim"}', OF_CONNECTIONS),
        (variables, {"a": PARTS, "b": "http://u:geheim@h"}, OF_CONNECTIONS),
        (variables, {"connections": {"a": PARTS}}, OF_CONNECTIONS),
        (variables, {"a": {**PARTS, "comment": "geheim"}}, OF_CONNECTIONS),
        (variables, {"connection_id": "a", **PARTS, "of_a_later_version": "geheim"}, OF_CONNECTIONS),
        (connections, {"connection_id": "a", **PARTS, "later": "geheim"}, "parts that no connection has: later"),
        (pools, "AIRFLOW_CONN_A=http://h\nAIRFLOW_VAR_A=geheim\n", "This is an environment without pools"),
        (variables, [{"key": "a", "value": PARTS}], OF_CONNECTIONS),
        (variables, {"AIRFLOW_CONN_A": "http://u:geheim@h", "OTHER": "geheim"}, OF_CONNECTIONS),
        (variables, {"airflow": {"variables": {"variable_name": "geheim"}}}, "The section variables of the settings"),
        (variables, {"changed": False, "deployment": {"variables": []}}, "the result of airflow_deployment_info"),
        (variables, {"a": b"geheim"}, "A value is binary"),
        (variables, {"a": {"geheim"}}, "A value is a set"),
        (variables, {"xcom_entries": [{"key": "a"}], "total_entries": 1}, "There is no filter for it"),
        (connections, "AIRFLOW_CONN_=http://u:geheim@h", "a name has to follow AIRFLOW_CONN_"),
        (connections, {"a": PARTS, "http://u:geheim@h": None}, "A key in the file is an address"),
        (connections, {"a": {**PARTS, "login": {"geheim": 1}}}, "Connection 'a': login must be a text"),
        (connections, {"a": PARTS, "b": "geheim"}, "Connection 'b': uri must begin with the type of the connection"),
        (connections, "a=http://u:***@geheim", "asterisks in place of a secret"),
        (connections, [{"conn_id": "a", "get_uri": "http://u:***@geheim"}], "asterisks in place of a secret"),
        (connections, [{"conn_id": "a", "uri": "spark://spark://geheim"}], "Export it as JSON"),
        (pools, {"a": {"slots": None}}, "Pool 'a' has no slots"),
        (variables, "AIRFLOW_CONN_A=postgres://u:geheim@h", OF_CONNECTIONS),
        (variables, {"a": {"slots": 1, "description": "geheim"}}, "an export of pools, not of variables"),
        (connections, {"region": "geheim"}, "an export of variables, not of connections: use from_airflow_variables"),
        (connections, {"etl": {"slots": 1, "description": ""}}, "use from_airflow_pools"),
        (connections, "AIRFLOW_VAR_A=geheim", "use from_airflow_variables"),
        (connections, "AIRFLOW__CORE__A=geheim", "an environment without connections"),
        (connections, [{"conn_id": "a", "conn_type": "http"}], "write it with airflow connections export"),
        (connections, "a=spark://spark://h:7077", "Export it as JSON"),
        (
            connections,
            'AIRFLOW_CONN_A={"conn_type": geheim}',
            "Connection 'a' starts like JSON but is not valid JSON: line 1",
        ),
        (connections, "AIRFLOW_CONN_A=", "Connection 'a' has an empty value"),
        (connections, {"a": {**PARTS, "conn_id": "b"}}, "'a' has another name within the file"),
        (pools, {"a": PARTS}, "use from_airflow_connections"),
        (pools, {"a": "geheim"}, "use from_airflow_variables"),
        (pools, {"etl": {"slots": "oops"}}, "Pool 'etl': slots must be a whole number, got 'oops'"),
        (
            pools,
            [{"name": "etl", "slots": 1, "include_deferred": "?"}],
            "Pool 'etl': include_deferred must be true or false",
        ),
        (pools, [{"name": "etl", "slots": 1}, {"pool": "etl", "slots": 2}], "Pool 'etl' is in the file twice"),
        (variables, [{"key": "a"}], "the keys of variables without their values"),
        (
            variables,
            [{"username": "a", "roles": ["geheim"]}],
            "an export of users, not of variables. There is no filter",
        ),
        (variables, [{"name": "a", "resource": "b", "action": "c"}], "an export of roles"),
        (variables, {"dag_runs": [{"dag_id": "a"}], "total_entries": 1}, "an export of dag_runs"),
        (variables, [{"foo": "geheim", "bar:geheim": None}], "its keys are (not a name), foo"),
        (
            connections,
            "a: {conn_type: http, password:geheim}",
            "no connection has: (not a name). It may have conn_type",
        ),
        (variables, ["geheim"], "Object 1 of the list is not a dictionary"),
        (connections, "airflow_connections:\n  - password: '{{ vault_geheim }}'\n", "load it with vars_files"),
    ],
)
def test_what_a_file_is_that_is_not_for_a_filter(read: Callable[[Any], Any], content: Any, said: str) -> None:
    assert said in refused(read, content)
