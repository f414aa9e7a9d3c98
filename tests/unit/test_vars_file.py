# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Ansible makes of an export: every text of the server as it was, and references where the export made them."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from unicodedata import category

import pytest
import yaml
from ansible import template
from ansible.errors import AnsibleFilterError
from ansible.parsing.dataloader import DataLoader
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.dataops.airflow.plugins.module_utils._kinds.deployment.kinds import KINDS
from ansible_collections.dataops.airflow.plugins.plugin_utils.vars_file import to_vars

FILLED_IN = "filled-in"
VARIABLE = "vault_airflow_x"
REFERENCE = "{{ vault_airflow_x }}"

FRAGMENTS = [
    REFERENCE,
    "{{ vault_airflow_x | default(omit) }}",
    "{{ lookup('pipe', 'false') }}",
    "{% raw %}",
    "{#",
    "#jinja2:variable_start_string:'[%',variable_end_string:'%]'\n",
    "[% lookup('pipe', 'false') %]",
    "# for x in y",
    "!vault |\n",
    "!unsafe x",
    "$ANSIBLE_VAULT;1.1;AES256\n3132\n",
    "---\n",
    "...\n",
    "&a *a",
    "? - : ",
    "<<",
    "=",
    "~",
    "null",
    "yes",
    "0x1f",
    "1_000",
    "1:30",
    "1.5e+3",
    ".inf",
    "2026-01-01",
    "2026-01-01 10:00:00",
    "\n",
    "\r",
    "\r\n",
    "\t",
    " ",
    "\x85",
    "\u2028",
    "\u2029",
    "\ufeff",
    "\x00",
    "\x1b]0;x\x07",
    "\u202ea\u2066b",
    "a\u200bb\u200d",
    "\x7f",
    "\x9f",
    "\xa0",
    "\ufffe",
    "\ufffd",
    "é😀\U0010ffff",
    "'",
    '"',
    "\\",
    "#",
    "x" * 200,
]
TEXTS = st.lists(st.sampled_from(FRAGMENTS) | st.text(max_size=6), max_size=6).map("".join)
VALUES = st.recursive(
    TEXTS | st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)


@st.composite
def exports(draw: st.DrawFn) -> tuple[dict[str, Any], list[dict[str, Any]], dict[str, Any]]:
    """A deployment with any text in each option, its secrets, and what the file has to hold."""
    deployment: dict[str, Any] = {}
    wanted: dict[str, Any] = {}
    secrets = []
    for kind, resource in ((option, kind.resource) for option, kind in KINDS.items()):
        options = {item.name: VALUES for item in resource.fields}
        name = draw(TEXTS)
        entry = {resource.identity.name: name, **draw(st.fixed_dictionaries({}, optional=options))}
        read = dict(entry)
        for option in draw(st.sets(st.sampled_from(sorted(options)), max_size=2)):
            secrets.append(secret(resource.kind, name, option))
            entry.setdefault(option, "what stands here is of no account")
            read[option] = REFERENCE
        deployment[kind], wanted[f"airflow_{kind}"] = [entry], [read]
    return deployment, secrets, wanted


def secret(kind: str, name: str, *path: str, **further: Any) -> dict[str, Any]:
    option = ".".join(path)
    return {"kind": kind, "name": name, "option": option, "path": list(path), "variable": VARIABLE, **further}


class Reader(yaml.SafeLoader):
    """PyYAML's own parser; Ansible takes libyaml where there is one, and this one elsewhere."""


Reader.add_constructor("!unsafe", lambda reader, node: node.value)


class Ansible:
    """A vars file as Ansible reads it, and templates what it has read."""

    def __init__(self, text: str, folder: Path) -> None:
        (folder / "airflow.yml").write_bytes(f"---\n{text}".encode())
        loader = DataLoader()
        # From ansible-core 2.19 on; before, everything is a template that is not marked.
        trust = {"trusted_as_template": True} if hasattr(template, "trust_as_template") else {}
        self.read = loader.load_from_file(str(folder / "airflow.yml"), **trust)
        self._templar = template.Templar(loader=loader, variables={VARIABLE: FILLED_IN})

    def template(self, value: Any) -> Any:
        """What a task gets."""
        return self._templar.template(value)


def keys(value: Any) -> list[str]:
    """The keys at any depth: Ansible does not template them, but what a filter makes of them."""
    inner = list(value.values() if isinstance(value, dict) else value if isinstance(value, list) else ())
    return [*(value if isinstance(value, dict) else ()), *(key for item in inner for key in keys(item))]


@given(exports())
@settings(max_examples=25, deadline=None)
def test_every_text_is_data_and_references_stand_where_the_export_puts_them(
    tmp_path_factory: pytest.TempPathFactory, export: tuple[dict[str, Any], list[dict[str, Any]], dict[str, Any]]
) -> None:
    deployment, secrets, wanted = export
    text = to_vars(deployment, secrets)
    assert yaml.load(text, Reader) == wanted
    ansible = Ansible(text, tmp_path_factory.getbasetemp())
    assert ansible.read == wanted
    assert ansible.template(keys(ansible.read)) == keys(wanted)
    for kind, entries in ansible.template(ansible.read).items():
        places = {item["path"][0] for item in secrets if kind == f"airflow_{item['kind']}s"}
        assert entries == [{**wanted[kind][0], **dict.fromkeys(places, FILLED_IN)}]


def test_what_is_ours_is_plain_and_what_is_not_stays_readable() -> None:
    deployment = {
        "connections": [{"connection_id": "a", "password": "", "extra": {"b.c": ["", "{{ ds }}"]}}],
        "variables": [
            {"key": "c", "value": "5"},
            {"key": "d", "value": "SELECT *\n\tFROM é\n"},
            {"key": "e", "value": 5},
        ],
        "pools": [],
    }
    secrets = [secret("connection", "a", "password", certain=False), secret("connection", "a", "extra", "b.c", "0")]
    assert to_vars(deployment, secrets) == (
        "airflow_connections:\n"
        "  - connection_id: !unsafe 'a'\n"
        "    password: '{{ vault_airflow_x | default(omit) }}'\n"
        "    extra:\n"
        "      !unsafe 'b.c':\n"
        "        - '{{ vault_airflow_x }}'\n"
        "        - !unsafe '{{ ds }}'\n"
        "airflow_variables:\n"
        "  - key: !unsafe 'c'\n"
        "    value: '5'\n"
        "  - key: !unsafe 'd'\n"
        "    value: !unsafe |\n"
        "      SELECT *\n"
        "      \tFROM é\n"
        "  - key: !unsafe 'e'\n"
        "    value: 5\n"
        "airflow_pools: []\n"
    )


def test_a_text_that_equals_a_reference_is_a_text() -> None:
    deployment = {
        "connections": [{"connection_id": "a", "password": REFERENCE}],
        "variables": [{"key": "a", "value": REFERENCE}, {"key": REFERENCE, "value": {"password": REFERENCE}}],
    }
    text = to_vars(deployment, [secret("connection", "a", "password")])
    assert text.count(REFERENCE) == 4
    assert text.count(f"!unsafe '{REFERENCE}'") == 3


def nested(levels: int) -> Any:
    return [nested(levels - 1)] if levels else []


def test_a_value_of_many_levels_is_read(tmp_path: Path) -> None:
    value = nested(100)
    (entry,) = Ansible(to_vars({"variables": [{"key": "a", "value": value}]}), tmp_path).read["airflow_variables"]
    assert entry["value"] == value


@given(st.text())
def test_nothing_in_an_export_is_unseen(text: str) -> None:
    written = to_vars({"variables": [{"key": "a", "value": text}]})
    seen = {"Cc": "\n\t", "Cf": "\u200c\u200d"}
    hidden = ("Cc", "Cf", "Co", "Cn", "Zl", "Zp")
    assert not [char for char in written if category(char) in hidden and char not in seen.get(category(char), "")]


@pytest.mark.parametrize(
    ("deployment", "further", "words"),
    [
        (
            {"pools": [{"name": "a", "description": "b\ud83d"}]},
            {},
            r"pool/'a' .* contains '\\ud83d', which is half of a",
        ),
        ({"pools": [{"name": "\ud83d"}]}, {}, r"pool/'\\ud83d' cannot be written"),
        ({"variables": [{"key": "a", "value": {"\udc00": 1}}]}, {}, "leave this object out"),
        (
            {"variables": [{"key": "a", "value": [float("nan")]}]},
            {},
            "variable/'a' .* contains nan, which is not a finite",
        ),
        ({"variables": [{"key": "a", "value": nested(101)}]}, {}, "contains a value of more than 100 levels"),
        ({"url": []}, {}, "'url' is not a kind of objects"),
        ({"pools": []}, {"variable": "x }}{{ lookup('pipe', 'false')"}, "is not a variable of an export"),
        ({"pools": []}, {"variable": "airflow_password"}, "is not a variable of an export"),
    ],
)
def test_what_cannot_be_written_is_refused(deployment: dict[str, Any], further: dict[str, Any], words: str) -> None:
    with pytest.raises(AnsibleFilterError, match=words):
        to_vars(deployment, [secret("connection", "a", "password", **further)])


def test_a_secret_of_an_object_that_is_left_out_is_no_fault() -> None:
    assert to_vars({"pools": []}, [secret("connection", "a", "password")]) == "airflow_pools: []\n"


def test_a_secret_without_a_path_is_the_whole_option() -> None:
    secrets = [{"kind": "pool", "name": "a", "option": "description", "variable": VARIABLE}]
    assert to_vars({"pools": [{"name": "a", "description": "b"}]}, secrets) == (
        f"airflow_pools:\n  - name: !unsafe 'a'\n    description: '{REFERENCE}'\n"
    )
