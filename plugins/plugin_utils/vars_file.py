# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A deployment as the text of a vars file, which Ansible evaluates when it reads it.

See docs/decisions/vars-files.md.
"""

from __future__ import annotations

import math
import re
import sys
import unicodedata
from typing import Any, Iterable, Mapping, Tuple

import yaml
from ansible.errors import AnsibleFilterError
from ansible.utils.unsafe_proxy import wrap_var

from ..module_utils._kinds.deployment.export import PREFIX, reference
from ..module_utils._kinds.deployment.kinds import KINDS
from ..module_utils._kinds.deployment.report_page import JOINERS

Place = Tuple[str, ...]
"""Kind, name, option, and what leads to a value in it: keys, and the numbers of items."""

VARIABLE = re.compile(PREFIX + "[0-9A-Za-z_]+")

STRING = "tag:yaml.org,2002:str"

BLANKS_AT_END = re.compile("[ \t](?:\n|\\Z)")

ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}

DEEPEST = 100
"""Levels of dictionaries and lists in a value. At 300 no version of Ansible reads one (2.16, 2.19, 2.21)."""


class Own(str):
    """A text of ours: the name of an option, or a reference. Everything else in the file came from a server."""


class Dumper(yaml.SafeDumper):
    """Block style throughout, lists indented; takes what Ansible makes of texts, numbers, dictionaries and lists."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        """Indent lists, too."""
        super().increase_indent(flow, False)

    def analyze_scalar(self, scalar: str) -> Any:
        """Allow the block style where it reads back as it was, which is more often than PyYAML thinks: with tabs."""
        analysis = super().analyze_scalar(scalar)
        analysis.allow_block = _style(scalar) == "|"
        return analysis

    def write_double_quoted(self, text: str, split: bool = True) -> None:
        """Escape all that cannot be seen. PyYAML leaves marks that turn the direction of writing."""
        quoted = "".join(ESCAPES.get(char) or (char if _is_seen(char) else _escaped(char)) for char in text)
        self.write_indicator(f'"{quoted}"', True)

    def own(self, value: Own) -> yaml.Node:
        """A text that is for Ansible."""
        return self.represent_scalar(STRING, str(value))

    def data(self, value: str) -> yaml.Node:
        """A text that is not.

        From ansible-core 2.19 on ``!unsafe '1'`` is a number, as ``1`` is. The few words that YAML reads as something
        other than text have no room for a template, and are quoted instead.
        """
        text = "".join(value)
        is_word = self.resolve(yaml.ScalarNode, text, (True, False)) != STRING  # type: ignore[no-untyped-call]
        return self.represent_scalar(STRING if is_word else "!unsafe", text, style=_style(text))


Dumper.add_representer(Own, Dumper.own)
Dumper.add_representer(str, Dumper.data)
Dumper.add_multi_representer(str, Dumper.data)
Dumper.add_multi_representer(int, Dumper.represent_int)
Dumper.add_multi_representer(float, Dumper.represent_float)


def to_vars(deployment: Mapping[str, Any], secrets: Iterable[Mapping[str, Any]] = ()) -> str:
    """The variables that the role provision takes, as YAML.

    :param secrets: as airflow_deployment_info returns them; one without ``path`` is the whole ``option``. At their
        places there are references, whatever stands there in ``deployment``, and elsewhere there are none.
    :raises AnsibleFilterError: for what is not such a deployment, or cannot be written.
    """
    references = {
        (item["kind"], item["name"], *item.get("path", [item["option"]])): _reference(item) for item in secrets
    }
    named = {}
    for kind, objects in deployment.items():
        if kind not in KINDS:
            raise AnsibleFilterError(
                f"{kind!r} is not a kind of objects of a deployment; valid kinds are: {', '.join(KINDS)}"
            )
        named[Own(f"airflow_{kind}")] = [_entry(kind, options, references) for options in objects]
    text = yaml.dump(
        named, Dumper=Dumper, sort_keys=False, width=sys.maxsize, allow_unicode=True, default_flow_style=False
    )
    # To the task that writes it, all of it is data.
    data: str = wrap_var(text)
    return data


def _entry(kind: str, options: Mapping[str, Any], references: Mapping[Place, Own]) -> dict[str, Any]:
    """An object's options, with references to its secrets."""
    resource = KINDS[kind].resource
    known = {resource.identity.name, *(item.name for item in resource.fields)}
    place = (resource.kind, str(options[resource.identity.name]))
    try:
        return {
            Own(name) if name in known else name: _with_references(value, (*place, name), references)
            for name, value in options.items()
        }
    except ValueError as error:
        raise AnsibleFilterError(
            f"{resource.kind}/{place[1]!r} cannot be written to a file: it contains {error}. Correct it in "
            "Airflow, or leave this object out"
        ) from None


def _with_references(value: Any, place: Place, references: Mapping[Place, Own]) -> Any:
    """A value with references where they belong.

    :raises ValueError: for what Ansible would not read back, with what it is.
    """
    if place in references:
        return references[place]
    if len(place[3:]) > DEEPEST:
        raise ValueError(f"a value of more than {DEEPEST} levels")
    if isinstance(value, float) and not math.isfinite(value):
        # ansible-core 2.16 reads it, and cannot give it to a module.
        raise ValueError(f"{float(value)!r}, which is not a finite number")
    if isinstance(value, Mapping):
        return {_text(key): _with_references(item, (*place, key), references) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_with_references(item, (*place, str(number)), references) for number, item in enumerate(value)]
    return _text(value) if isinstance(value, str) else value


def _text(text: str) -> str:
    """A text that all YAML parsers take.

    :raises ValueError: for a surrogate.
    """
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueError(f"{text[error.start]!r}, which is half of a character") from None
    return text


def _reference(secret: Mapping[str, Any]) -> Own:
    variable = secret["variable"]
    if not VARIABLE.fullmatch(variable):
        raise AnsibleFilterError(f"{variable!r} is not a variable of an export: such a name begins with {PREFIX}")
    return Own(reference(variable, secret.get("certain", True)))


def _style(text: str) -> str:
    """How a text is written so that it reads back as it was, and as well as possible."""
    if not all(_is_seen(char) or char in "\t\n" for char in text):
        return '"'
    if "\n" not in text:
        return '"' if "\t" in text else "'"
    # Blanks that nobody sees would be lost in the next editor.
    return '"' if text.startswith("\t") or BLANKS_AT_END.search(text) else "|"


def _is_seen(char: str) -> bool:
    """Whether a character can be in a file as it is: people see it or the room it takes, and YAML keeps it."""
    return char.isprintable() or char in JOINERS or unicodedata.category(char) == "Zs"


def _escaped(char: str) -> str:
    code = ord(char)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
