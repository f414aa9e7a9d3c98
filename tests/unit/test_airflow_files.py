# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Airflow's own export files as lists of options."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from ansible import template
from ansible.errors import AnsibleFilterError
from ansible.parsing.dataloader import DataLoader
from ansible.parsing.vault import VaultLib, VaultSecret
from ansible.parsing.yaml.objects import AnsibleVaultEncryptedUnicode

from ansible_collections.dataops.airflow.plugins.plugin_utils.airflow_files import connections, pools, variables

PARTS = {"conn_type": "http", "description": None, "login": "", "password": "p", "host": "h", "port": 0, "extra": "{}"}
CONNECTION = {
    "connection_id": "a",
    "conn_type": "http",
    "host": "h",
    "password": "p",
    "port": 0,
    "extra": "{}",
}


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
        {"key": "bare", "value": ""},
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
        {"name": "etl", "slots": 4, "include_deferred": False},
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
