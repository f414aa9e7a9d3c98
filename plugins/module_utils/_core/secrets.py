# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What must not be shown, and how to show the rest.

This is about display alone. Whether a value changed never depends on it: see :mod:`compare`.
"""

from __future__ import annotations

import enum
import json
import re
from typing import Any, Iterable, Iterator, Mapping

from .compare import MASK, parse_json

SENSITIVE = re.compile(
    r"api_?key|authori[sz]ation|credential|dsn|passphrase|passwd|password|private_?key|pwd|secret|token",
    re.IGNORECASE,
)
"""Names whose values are not shown. Airflow's own list differs by version and can be configured; this one only
decides what this collection prints, on every version alike."""

URL_PASSWORD = re.compile(r"(://[^\s/:@]*:)([^\s/@]+)(@)")

SHORTEST_SEARCHED = 4
"""A shorter secret is hidden where it stands but not searched for in other text: it would hit half the words."""


class Secrecy(enum.Enum):
    """Whether an option's value may be shown."""

    NEVER = "never"
    ALWAYS = "always"
    BY_NAME = "by_name"


def conceal(value: Any, name: str = "") -> Any:
    """Return ``value`` with everything hidden that its own name, or the name of a JSON key in it, calls a secret.

    :param value: a text (JSON or not), or a parsed value.
    :param name: what the value is called, for example a variable's key.
    """
    if SENSITIVE.search(name):
        return _conceal_all(value)
    if isinstance(value, dict):
        return {key: conceal(item, str(key)) for key, item in value.items()}
    if isinstance(value, list):
        return [conceal(item) for item in value]
    if isinstance(value, str):
        is_json, parsed = parse_json(value)
        if is_json and isinstance(parsed, (dict, list)):
            shown = conceal(parsed)
            return value if shown == parsed else json.dumps(shown, ensure_ascii=False)
        return URL_PASSWORD.sub(r"\g<1>" + MASK + r"\g<3>", value)
    return value


def _conceal_all(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _conceal_all(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_conceal_all(item) for item in value]
    return value if value is None or isinstance(value, bool) else MASK


def leaves(value: Any) -> Iterator[str]:
    """Every text and number in a value, as text."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        for item in value:
            yield from leaves(item)
    elif value is not None and not isinstance(value, bool):
        yield str(value)


def secret_texts(value: Any, name: str = "") -> Iterator[str]:
    """Every text in ``value`` that :func:`conceal` would hide."""
    if SENSITIVE.search(name):
        yield from leaves(value)
        return
    if isinstance(value, str):
        yield from (found.group(2) for found in URL_PASSWORD.finditer(value))
        is_json, parsed = parse_json(value)
        value = parsed if is_json and isinstance(parsed, (dict, list)) else None
    if isinstance(value, dict):
        for key, item in value.items():
            yield from secret_texts(item, str(key))
    elif isinstance(value, list):
        for item in value:
            yield from secret_texts(item)


def collect(params: Mapping[str, Any], secrecy: Mapping[str, Secrecy], name: str) -> set[str]:
    """The texts that no output of this task may hold.

    :param params: the task's options.
    :param secrecy: for each option how secret it is.
    :param name: what the object is called, which decides for options that are secret by name.
    """
    found: set[str] = set()
    for option, how in secrecy.items():
        if how is Secrecy.ALWAYS:
            found.update(filter(None, leaves(params.get(option))))
        elif how is Secrecy.BY_NAME:
            found.update(_searchable(secret_texts(params.get(option), name)))
    return found


def _searchable(texts: Iterable[str]) -> Iterator[str]:
    return (item for item in texts if len(item) >= SHORTEST_SEARCHED and item != MASK)


def redact(message: str, secrets: Iterable[str]) -> str:
    """Take known secrets out of a text that came from elsewhere, such as a server's error message."""
    for secret in sorted(secrets, key=len, reverse=True):
        message = message.replace(secret, MASK)
    return message
