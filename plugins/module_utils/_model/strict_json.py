# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""JSON that people have written by hand: read as it stands, or refused with the place and the reason.

The text is never quoted: it may be a connection's password.
"""

from __future__ import annotations

import json
import re
from typing import Any, Callable

BEGINNINGS = ("{", "[")
"""What a text begins with that is meant as JSON."""

WHOLE = re.compile("-?[0-9]+")
CLOSING = ("}", "]")
COMMENT = re.compile("#|//|/[*]")
FOREIGN_WORD = re.compile(r"(?:None|True|False|undefined)\b")

CONTROLS = {"\n": ("a line break", "\\n"), "\r": ("a carriage return", "\\r"), "\t": ("a tab", "\\t")}
CUT_OFF = "the text ends before its last bracket is closed; it may have been cut off"
COMMENTED = "JSON has no comments; remove it"
REPEATED = "this key stands here for the second time, and one of the values would be lost; remove one"
SINGLE_QUOTED = "JSON has double quotes only; this may be the output of Python, not of a tool that writes JSON"
TRAILING_COMMA = "there is nothing between the comma and the closing bracket; remove the comma"
UNQUOTED = "a string must be in double quotes"
TYPOGRAPHIC = frozenset("\u201c\u201d\u201e\u201f\u2018\u2019\u201a\u00ab\u00bb")
TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]]')
COLON = re.compile(r"\s*:")


def as_number(text: str) -> int | float:
    """The number that a text of JSON is.

    :raises ValueError: if it is too long to be read.
    """
    try:
        return int(text) if WHOLE.fullmatch(text) else float(text)
    except ValueError:
        raise ValueError("a number has more digits than Python reads") from None


def parse_strictly(text: str, number: Callable[[str], Any] = as_number) -> Any:
    """Parse JSON, and refuse what is none. Like Airflow it takes ``NaN`` and ``Infinity``.

    :param number: what to make of the text of a number.
    :raises ValueError: with line, column and reason.
    """
    try:
        return json.loads(text, object_pairs_hook=_unique, parse_int=number, parse_float=number, parse_constant=number)
    except json.JSONDecodeError as error:
        raise ValueError(f"line {error.lineno}, column {error.colno}: {_reason(error)}") from None
    except RepeatedKeyError:
        place = json.JSONDecodeError("", text, _repeated(text))
        raise ValueError(f"line {place.lineno}, column {place.colno}: {REPEATED}") from None
    except RecursionError:
        raise ValueError("it is nested too deeply to be read") from None


class RepeatedKeyError(ValueError):
    """An object has a key twice."""


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object, of whose members none is lost."""
    made = dict(pairs)
    if len(made) < len(pairs):
        raise RepeatedKeyError
    return made


def _repeated(text: str) -> int:
    """Where a key stands for the second time in its object, in a text that is JSON."""
    above: list[set[str]] = []
    for token in TOKEN.finditer(text):
        if token[0] in "{[":
            above.append(set())
        elif token[0] in CLOSING:
            above.pop()
        elif COLON.match(text, token.end()):
            name = json.loads(token[0])
            if name in above[-1]:
                return token.start()
            above[-1].add(name)
    return 0


def _reason(error: json.JSONDecodeError) -> str:
    """What is wrong at the place of an error, and what to do."""
    text, position = error.doc, error.pos
    rest = text[position:]
    if error.msg.startswith("Invalid control character"):
        name, escape = CONTROLS.get(rest[0], (f"the control character U+{ord(rest[0]):04X}", f"\\u{ord(rest[0]):04x}"))
        return f"a string contains {name}, which JSON writes as {escape}"
    if error.msg.startswith("Invalid \\"):
        return "a backslash begins no escape that JSON has; a backslash itself is written as \\\\"
    if error.msg.startswith("Unterminated string"):
        return "the string that starts here is not closed by a double quote; the file may have been cut off"
    if error.msg.startswith("Extra data"):
        return _comment(rest) or "the JSON ends before this; what follows does not belong to it"
    if not rest.strip():
        return CUT_OFF
    return _comment(rest) or _misplaced(error.msg, text[:position], rest)


def _comment(rest: str) -> str:
    return COMMENTED if COMMENT.match(rest) else ""


def _misplaced(message: str, before: str, rest: str) -> str:
    """What is wrong where JSON wants something else than what comes next."""
    if rest[0] == "'":
        return SINGLE_QUOTED
    if rest[0] in TYPOGRAPHIC:
        return 'a typographic quote, as word processors write it; JSON has straight double quotes (")'
    if "trailing comma" in message or (rest[0] in CLOSING and before.rstrip().endswith(",")):
        return TRAILING_COMMA
    if "property name" in message and rest[0] == ",":
        return "there is nothing before this comma; remove it"
    if "property name" in message:
        return "the name of a key must be in double quotes"
    if "':'" in message:
        return "a colon is missing between a key and its value"
    if "','" in message:
        if before[-1:].isdigit():
            return f"more characters follow a number, so it is not a number; {UNQUOTED}"
        return 'a comma or a closing bracket is missing, or a double quote within a text is not written as \\"'
    if rest[0] in CLOSING or rest[0] == ",":
        return "a value is missing"
    if FOREIGN_WORD.match(rest):
        return "JSON writes null, true and false; this may be the output of Python, not of a tool that writes JSON"
    return f"this is not a value; {UNQUOTED}"
