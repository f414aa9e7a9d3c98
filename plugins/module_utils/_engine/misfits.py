# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which objects of a list are not what a module takes, where Ansible names the option alone. No I/O."""

from __future__ import annotations

import re
from typing import Any, Iterable, Iterator, Mapping

from .._model.field import Field

SHOWN = 5
"""Misfits that are named; the others are counted."""

FROM_FILES = frozenset({"connections", "pools", "variables"})
"""Options for which there are filters."""

NAMELESS = "dictionary requested"
"""What Ansible says of an object that is none, whatever list it is in."""

NAME = re.compile(r"[A-Za-z_][\w-]{0,39}")

WORDS = {
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "list": "a list",
    "dict": "a dictionary",
}
TRUTHS = frozenset({"y", "yes", "on", "1", "true", "t", "n", "no", "off", "0", "false", "f"})


def misfits(options: tuple[Field, ...], params: Mapping[str, Any], given: Mapping[str, Any], message: str) -> str:
    """What is wrong with the lists of objects that Ansible refuses, by the objects' names; empty for anything else.

    :param params: the options as far as Ansible has checked them; what it takes for no list may be an empty one.
    :param given: the options as the task has them.
    :param message: Ansible's, which names a list and an option, or nothing.
    """
    about = set(re.findall(r"\w+", message.partition("Supported parameters")[0]))
    found = [
        text
        for item in options
        if _holds_objects(item) and given.get(item.name) is not None
        if item.name in about or message.startswith(NAMELESS)
        for text in _of_list(item, params.get(item.name), given[item.name])
    ]
    more = f"; and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
    return "; ".join(found[:SHOWN]) + more


def _holds_objects(item: Field) -> bool:
    return item.type == "list" and bool(item.contains)


def _of_list(item: Field, checked: Any, given: Any) -> Iterator[str]:
    entries = [entry for entry in checked if isinstance(entry, Mapping)] if isinstance(checked, list) else []
    if not isinstance(given, list) or len(entries) < len(given):
        yield _no_list(item)
        return
    (identity, *_more) = (part for part in item.contains if part.required)
    known = {part.name for part in item.contains}
    if item.name in FROM_FILES and entries and not any(known & set(entry) for entry in entries):
        yield _no_list(item)
        return
    for number, entry in enumerate(entries):
        name = entry.get(identity.name)
        title = f"{item.name}[{number}]" + ("" if name is None else f" ({identity.name} {str(name)!r})")
        # Of objects in an object Ansible makes an empty list if it does not take them.
        told = given[number] if isinstance(given[number], Mapping) else {}
        within = {part.name: told[part.name] for part in item.contains if _holds_objects(part) and part.name in told}
        for wrong in _of_entry(item.contains, {**entry, **within}):
            yield f"{title}: {wrong}"


def _no_list(item: Field) -> str:
    """What to do about something that was never a list of objects, such as the text of a file."""
    advice = ""
    if item.name in FROM_FILES:
        advice = (
            ". For a file that a tool has written there is a filter: lookup('ansible.builtin.file', "
            f"'{item.name}.json') | dataops.airflow.from_airflow_{item.name}"
        )
    return f"{item.name} must be a list of dictionaries with the options of each object{advice}"


def _of_entry(fields: tuple[Field, ...], entry: Mapping[str, Any]) -> Iterator[str]:
    for part in fields:
        value = entry.get(part.name)
        if value is None:
            if part.required:
                yield f"{part.name} is missing"
        elif not _fits(part.type, value):
            got = "" if part.is_secret() else f", got {value!r}"
            yield f"{part.name} must be {WORDS[part.type]}{got}"
        elif _holds_objects(part):
            yield from _of_part(part, value)
        elif part.choices and str(value) not in part.choices:
            yield f"{part.name} must be one of {', '.join(part.choices)}"
    unknown = set(entry) - {part.name for part in fields}
    if unknown:
        yield f"there is no option {key_names(unknown)}; there are {', '.join(part.name for part in fields)}"


def key_names(keys: Iterable[Any]) -> str:
    """Keys that nobody knows. A key that is not a name may hold a value: in YAML ``{password:secret}`` is a key."""
    return ", ".join(sorted({str(key) if NAME.fullmatch(str(key)) else "(not a name)" for key in keys}))


def _of_part(part: Field, value: Any) -> Iterator[str]:
    """What is wrong with a list of objects within an object, such as a role's permissions."""
    entries = value if isinstance(value, list) else [value]
    for number, entry in enumerate(entries):
        title = f"{part.name}[{number}]"
        if not isinstance(entry, Mapping):
            yield f"{title} must be a dictionary of {', '.join(field.name for field in part.contains)}"
            continue
        for wrong in _of_entry(part.contains, entry):
            yield f"{title}: {wrong}"


def _fits(kind: str, value: Any) -> bool:
    """Whether Ansible takes a value for an option of a type; it takes a text for most."""
    text = str(value).strip()
    if kind == "int":
        return not isinstance(value, (dict, list)) and re.fullmatch(r"[-+]?[0-9]+(?:\.0*)?", text) is not None
    if kind == "float":
        return re.fullmatch(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?", text) is not None
    if kind == "bool":
        return text.lower() in TRUTHS
    if kind == "list":
        return not isinstance(value, dict)
    return kind != "dict" or isinstance(value, (dict, str))
