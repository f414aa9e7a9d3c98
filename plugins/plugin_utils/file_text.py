# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The text of a file as values: JSON, lines of ``NAME=value``, or YAML, and none of them is taken for another.

An error names line, column and reason. It never quotes the text, which may be a password.
"""

from __future__ import annotations

import datetime
import json
import re
from typing import Any, Iterator, Mapping, NamedTuple, NoReturn

import yaml
from ansible.errors import AnsibleFilterError
from ansible.module_utils.common.collections import is_string
from ansible.utils.display import Display

from ..module_utils._model.secrets import printable
from ..module_utils._model.strict_json import BEGINNINGS, REPEATED, as_number, parse_strictly


class Written(NamedTuple):
    """A number or a boolean, and how it is written in the file: ``1.10`` is a password as well.

    :param value: what it is where a number or a boolean is wanted.
    """

    value: Any
    text: str


class Assignment(NamedTuple):
    """A line of the form ``NAME=value``.

    :param is_hidden: the tool that has written the line knows the value, and keeps it to itself.
    """

    name: str
    value: str
    is_hidden: bool = False


def read(text: str) -> Any:
    """What is in a text: values of JSON or YAML whose numbers are :class:`Written`, or a list of :class:`Assignment`.

    :raises AnsibleFilterError: for what is none of them.
    """
    text = text.lstrip("\ufeff").replace("\r\n", "\n")
    if "\0" in text:
        raise AnsibleFilterError(
            "The file holds NUL characters. It may be UTF-16, as PowerShell writes it: save it as UTF-8"
        )
    foreign = SURROGATE.search(text)
    if foreign:
        # What Ansible makes of bytes that it cannot decode.
        _fail(text, foreign.start(), "this is not UTF-8: save the file as UTF-8")
    first = _first_of(text)
    if not first:
        raise AnsibleFilterError(EMPTY)
    if first.startswith("<"):
        raise AnsibleFilterError("The file is HTML or XML, such as a login page, and not an export")
    if first.startswith("$ANSIBLE_VAULT;"):
        raise AnsibleFilterError(
            "The file is encrypted with ansible-vault: read it with lookup('ansible.builtin.unvault', ...)"
        )
    if LOGGED.match(first):
        raise AnsibleFilterError(
            "The file begins with a line of a log, which the command has written before the export: remove it"
        )
    if first.startswith((*BEGINNINGS, *FOREIGN_COMMENTS)):
        try:
            return parse_json_text(text)
        except ValueError as error:
            raise AnsibleFilterError(
                f"The file starts like JSON but is not valid JSON: {printable(str(error))}"
            ) from None
    if ASSIGNMENT.match(first) or OF_AIRFLOW.search(text):
        return list(_assignments(text))
    value = _yaml(text)
    if value is None:
        raise AnsibleFilterError(EMPTY)
    return value


def parse_json_text(text: str) -> Any:
    """JSON as values whose numbers are :class:`Written`.

    :raises ValueError: with line, column and reason.
    """
    return parse_strictly(text, lambda number: Written(as_number(number), number))


def plain(value: Any) -> Any:
    """A value of a file as a value of JSON."""
    if isinstance(value, Written):
        return value.value
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value if value is None or isinstance(value, (bool, int, float)) else _text_of(value)


def as_text(value: Any) -> Any:
    """A number, a boolean or a date as the text in the file; lists and dictionaries as they are."""
    if isinstance(value, Written):
        return value.text
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None or isinstance(value, (Mapping, list, tuple)):
        return value
    return str(value) if isinstance(value, (int, float)) else _text_of(value)


def _text_of(value: Any) -> str:
    """What is not a number as a text, also what Ansible has loaded from YAML: dates and vaulted texts."""
    if isinstance(value, (datetime.date, datetime.datetime)):
        return value.isoformat()
    if isinstance(value, bytes) or not is_string(value):
        raise AnsibleFilterError(
            f"A value is {'binary' if isinstance(value, bytes) else 'a ' + type(value).__name__}, which JSON does not "
            "have: give the filter the text of the file"
        )
    return str(value)


def warn(text: str) -> None:
    """Tell the user what the result alone does not."""
    Display().warning(printable(text))


EMPTY = "The file is empty. An export of nothing is {} or []"

FOREIGN_COMMENTS = ("//", "/*")
"""What begins a comment in other languages, and in none of these three."""

SURROGATE = re.compile("[\ud800-\udfff]")
LOGGED = re.compile(r"\[[0-9]{4}-[0-9]{2}-[0-9]{2}[T ]")


def _first_of(text: str) -> str:
    """The first line that is not a comment, without the blanks before it."""
    lines = (line.strip() for line in text.split("\n"))
    return next((line for line in lines if line and not line.startswith("#")), "")


# Lines of NAME=value

NAME = r"[ \t]*(?:export[ \t]+)?(?P<name>[^\s=:{\[#\"']+)[ \t]*="
ASSIGNMENT = re.compile(NAME)
OF_AIRFLOW = re.compile(r"^(?:export[ \t]+)?AIRFLOW_(?:CONN|VAR)_[^\s=:]+[ \t]*=", re.MULTILINE)
ENTRY = re.compile(
    NAME + r"""(?:[ \t]*"(?P<double>(?:[^"\\]|\\.)*)"(?:[ \t]*|[ \t]+\#[^\n]*)"""
    # Shells know no escape in single quotes; python-dotenv knows this one.
    r"""|[ \t]*'(?P<single>(?:\\'|[^'])*)'(?:[ \t]*|[ \t]+\#[^\n]*)"""
    r"""|(?P<bare>[ \t]*(?!["' \t])[^\n]*))(?:\n|\Z)""",
    re.DOTALL,
)
NOTHING = re.compile(r"[ \t]*(?:#[^\n]*)?(?:\n|\Z)")
ESCAPE = re.compile(r"\\([nrt\"'\\$])")
ESCAPES = {"n": "\n", "r": "\r", "t": "\t"}
TRAILING_COMMENT = re.compile(r"[ \t]+#(.*)$")
REFERENCE = re.compile(r"(?<!\\)\$\{[A-Za-z_]\w*[}:?+=-]")


def _assignments(text: str) -> Iterator[Assignment]:
    """The assignments of a ``.env`` file, with or without ``export`` and quotes; a quoted value may have several lines.

    :raises AnsibleFilterError: for a line that is none.
    """
    position = 0
    while position < len(text):
        nothing = NOTHING.match(text, position)
        if nothing:
            position = nothing.end()
            continue
        found = ENTRY.match(text, position)
        if not found:
            begun = ASSIGNMENT.match(text, position)
            _fail(
                text,
                position,
                f"the quote that opens the value of {begun['name']} is not closed, or something other than a comment "
                "follows it"
                if begun
                else "this is neither NAME=value nor a comment. A value of several lines must be quoted",
            )
        yield _assignment(found["name"], found["double"], found["single"], found["bare"])
        position = found.end()


def _assignment(name: str, double: str | None, single: str | None, bare: str | None) -> Assignment:
    """An assignment, by how its value is quoted."""
    if single is not None:
        return Assignment(name, single.replace("\\'", "'"))
    if REFERENCE.search(double or bare or ""):
        warn(f"The value of {name} refers to another variable with ${{...}}, which is not replaced by its value")
    if double is not None:
        return Assignment(name, ESCAPE.sub(lambda found: ESCAPES.get(found[1], found[1]), double))
    raw = bare or ""
    value = raw.strip()
    if value.startswith(BEGINNINGS):
        # As Airflow exports it: a # within JSON does not begin a comment.
        return Assignment(name, _without_comment(value))
    if value.startswith("-----BEGIN ") and "-----END " not in value:
        raise AnsibleFilterError(
            f"The value of {name} is the first line of a key or certificate: a value of several lines must be in quotes"
        )
    comment = TRAILING_COMMENT.search(raw)
    value = (raw[: comment.start()] if comment else raw).strip()
    return Assignment(name, value, not value and comment is not None and "secret" in comment[1])


def _without_comment(value: str) -> str:
    """What begins like JSON, without the comment that follows if it is JSON."""
    try:
        end = json.JSONDecoder().raw_decode(value)[1]
    except (ValueError, RecursionError):
        return value
    return value[:end] if TRAILING_COMMENT.match(value, end) else value


def _fail(text: str, position: int, reason: str) -> NoReturn:
    """Refuse a file, with the place of what is wrong in it."""
    line, column = text.count("\n", 0, position) + 1, position - text.rfind("\n", 0, position)
    raise AnsibleFilterError(printable(f"The file cannot be read: line {line}, column {column}: {reason}")) from None


# YAML

TAG = "tag:yaml.org,2002:"
KEPT_AS_TEXT = frozenset({f"{TAG}str", f"{TAG}timestamp", f"{TAG}binary", f"{TAG}value", "!unsafe"})
BEGINS_WITH_TAG = "a string that starts with ! must be quoted"
TAGS = frozenset(
    {"!vault", *(f"{TAG}{name}" for name in ("int", "float", "bool", "null", "map", "seq", "set", "omap"))}
)
"""Tags that may be named; any other may be a password that starts with an exclamation mark."""

TRUE = frozenset({"yes", "true", "on"})

REASONS = (
    ("\\t", "a tab; YAML is indented with blanks"),
    ("mapping values are not allowed", "a colon and a blank in a string that must be quoted"),
    (
        "expected ':'",
        "a line without a colon; it may belong to a text of several lines, which has to be quoted or indented",
    ),
    ("single document", "a second document begins; a file has to hold one"),
    ("alias", "a string that starts with * must be quoted"),
    ("block end", "the indentation does not fit the lines before, or a string must be quoted"),
    ("cannot start any token", "a string that starts with this character must be quoted"),
    ("escape", "a backslash in double quotes begins no escape; single quotes take it as it is"),
    ("end of stream", "a quote that opens here is not closed"),
)
"""What PyYAML says, by a part of it, and what to say: its own words may quote the file."""


class Loader(yaml.SafeLoader):
    """YAML whose scalars are numbers only as people write them: not ``010``, ``12:30``, ``1_000`` or ``0x1f``.

    A scalar has an anchor only if something refers to it; otherwise it is a string that begins with ``&``, such as a
    password. In the same way ``!`` is not a tag, but a string, or the beginning of one.
    """

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.anchored: dict[str, yaml.ScalarEvent] = {}

    def compose_node(self, parent: Any, index: Any) -> Any:
        event: Any = self.peek_event()  # type: ignore[no-untyped-call]
        anchor: Any = getattr(event, "anchor", None)
        if isinstance(event, yaml.AliasEvent):
            self.anchored.pop(anchor, None)
        elif isinstance(event, yaml.ScalarEvent):
            if event.tag == "!":
                _fail_at(event, BEGINS_WITH_TAG)
            if anchor:
                self.anchored[anchor] = event
        return super().compose_node(parent, index)


Loader.yaml_implicit_resolvers = {}

for _name, _pattern, _first in (
    ("bool", "yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF", "yYnNtTfFoO"),
    ("int", "[-+]?(?:0|[1-9][0-9]*)", "-+0123456789"),
    ("float", r"[-+]?(?:(?:0|[1-9][0-9]*)\.[0-9]*|\.[0-9]+)(?:[eE][-+][0-9]+)?", "-+0123456789."),
    ("null", "~|null|Null|NULL|", "~nN\0"),
    ("merge", "<<", "<"),
):
    Loader.add_implicit_resolver(f"{TAG}{_name}", re.compile(f"^(?:{_pattern})$"), [*_first.replace("\0", ""), ""])


def _yaml(text: str) -> Any:
    """What is in a text of YAML.

    :raises AnsibleFilterError: with line, column and reason.
    """
    loader = Loader("")
    try:
        loader = Loader(text)
        node = loader.get_single_node()
        for unused in loader.anchored.values():
            _fail_at(unused, "a string that starts with & must be quoted")
        return _of_node(loader, node)
    except yaml.reader.ReaderError as error:
        _fail(text, error.position, f"the control character U+{error.character:04X}")
    except yaml.MarkedYAMLError as error:
        mark, said = error.problem_mark or error.context_mark, f"{error.context} {error.problem}"
        reason = next((reason for part, reason in REASONS if part in said), "this is not YAML")
        _fail(text, mark.index if mark else 0, reason)
    except RecursionError:
        raise AnsibleFilterError("The file cannot be read: it is nested too deeply, or refers to itself") from None
    finally:
        loader.dispose()


def _of_node(loader: Loader, node: Any) -> Any:
    """The value of a node."""
    if isinstance(node, yaml.ScalarNode):
        return _of_scalar(loader, node)
    if isinstance(node, yaml.SequenceNode) and node.tag == f"{TAG}seq":
        return [_of_node(loader, item) for item in node.value]
    if isinstance(node, yaml.MappingNode) and node.tag == f"{TAG}map":
        _check_keys(node)
        loader.flatten_mapping(node)
        return {key.value: _of_node(loader, value) for key, value in node.value}
    if node is None:
        return None
    return _refuse_tag(node)


def _of_scalar(loader: Loader, node: yaml.ScalarNode) -> Any:
    kind = node.tag.replace(TAG, "")
    if node.tag in KEPT_AS_TEXT:
        is_folded = node.style != "|" and node.start_mark.line < node.end_mark.line and "\n" not in node.value
        if is_folded and node.value.startswith("-----BEGIN "):
            _fail_at(node, "the lines of a key or certificate would become one line: write them below a |")
        return node.value
    written = loader.resolve(yaml.ScalarNode, node.value, (True, False))  # type: ignore[no-untyped-call]
    if node.tag != written and (kind, written) != ("float", f"{TAG}int"):
        _refuse_tag(node)
    if kind == "null":
        return None
    if kind == "bool":
        return Written(node.value.lower() in TRUE, node.value)
    if kind in ("int", "float"):
        number = node.value.lstrip("+")
        return Written(int(number) if kind == "int" else float(number), node.value)
    return _refuse_tag(node)


def _check_keys(node: yaml.MappingNode) -> None:
    """See that each key is a text of its own."""
    seen: set[str] = set()
    for key, _value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            _fail_at(key, "a key is not a string")
        if key.value in seen and key.tag != f"{TAG}merge":
            _fail_at(key, REPEATED)
        seen.add(key.value)


def _refuse_tag(node: yaml.Node) -> NoReturn:
    tag = f"the tag {node.tag.replace(TAG, '!!')}" if node.tag in TAGS else "a tag"
    _fail_at(node, f"a value has {tag}, which is not taken here; {BEGINS_WITH_TAG}")


def _fail_at(node: yaml.Node | yaml.Event, reason: str) -> NoReturn:
    mark: Any = node.start_mark
    raise AnsibleFilterError(
        printable(f"The file cannot be read: line {mark.line + 1}, column {mark.column + 1}: {reason}")
    )
