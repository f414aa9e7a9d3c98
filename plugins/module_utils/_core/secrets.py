# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What must not be shown, and how to show the rest.

This is about display alone. Whether a value changed never depends on it: see :mod:`compare`.
"""

from __future__ import annotations

import enum
import re
from itertools import zip_longest
from typing import Any, Iterable, Iterator, Mapping
from urllib.parse import unquote

from .compare import MASK, parse_json, to_text

SENSITIVE = re.compile(
    r"access_?key|access_token|api_?key|auth_header|authori[sz]ation|bearer|connection_string|credential|dsn|keyfile_dict"
    r"|passphrase|passwd|password|private_?key|proxies|proxy|pwd|secret|service_account|service_key|token|webhook_url",
    re.IGNORECASE,
)
"""Names whose values are not shown: those that Airflow 2.3 to 3.3 hides by default, and a few more.

This decides what this collection prints, on every version alike. What a server hides beyond it is hidden as well:
see :func:`mask_like`.
"""

URL_SECRET = re.compile(r"(?<=://)([^\s/@:]*:)?((?(1)\S+|[^\s/@:]+))@")
"""The secret in a URL: the password, or all that stands before the ``@`` if there is no user name."""

PROXY_VARIABLES = ("http_proxy", "https_proxy", "all_proxy")

SHORTEST_SEARCHED = 4
SHORTEST_NUMBER_SEARCHED = 8
"""A shorter secret is hidden where it stands but not searched for in other text: it would hit words, or a port."""


class Secrecy(enum.Enum):
    """Whether an option's value may be shown."""

    NEVER = "never"
    ALWAYS = "always"
    VALUES = "values"
    """Always, but a short value is not searched for in other text."""
    BY_NAME = "by_name"
    """If the object's name, or a JSON key in the value, sounds like a secret."""
    BY_KEY = "by_key"
    """If a JSON key in the value sounds like a secret, and always if the value is no JSON."""
    IN_URL = "in_url"
    """Only the password in a URL."""


def is_sensitive(name: str) -> bool:
    """Whether something of this name sounds like a secret; ``api-key`` and ``API key`` do as ``api_key`` does."""
    return bool(SENSITIVE.search(re.sub(r"\W+", "_", name)))


def conceal(value: Any, name: str = "") -> Any:
    """Return ``value`` with everything hidden that its own name, or the name of a JSON key in it, calls a secret.

    :param value: a text (JSON or not), or a parsed value.
    :param name: what the value is called, for example a variable's key.
    """
    if is_sensitive(name):
        return _conceal_all(value)
    if isinstance(value, dict):
        return {key: conceal(item, str(key)) for key, item in value.items()}
    if isinstance(value, list):
        return [conceal(item) for item in value]
    if isinstance(value, str):
        # Most texts are no container; not parsing them halves the time of a large plan.
        parsed = parse_json(value)[1] if value.lstrip().startswith(("{", "[")) else None
        if isinstance(parsed, (dict, list)):
            shown = conceal(parsed)
            return value if shown == parsed else to_text(shown)
        return URL_SECRET.sub(rf"\1{MASK}@", value)
    return value


def show(value: Any, how: Secrecy, name: str) -> Any:
    """A value fit to be shown.

    :param name: what the object is called, which decides for values that are secret by name.
    """
    if how is Secrecy.NEVER or value in (None, ""):
        return value
    if how in (Secrecy.ALWAYS, Secrecy.VALUES) or _is_opaque(value, how):
        return dict.fromkeys(value, MASK) if isinstance(value, dict) else MASK
    return conceal(value, name if how is Secrecy.BY_NAME else "")


def _is_opaque(value: Any, how: Secrecy) -> bool:
    """Whether a value is secret as a whole, as there is no telling what in it is."""
    if how is not Secrecy.BY_KEY:
        return False
    parsed = parse_json(value)[1] if isinstance(value, str) else value
    return not isinstance(parsed, (dict, list))


def holds_mask(value: Any) -> bool:
    """Whether a server has hidden anything in a value."""
    return any(MASK in item for item in leaves(value))


def _conceal_all(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _conceal_all(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_conceal_all(item) for item in value]
    return value if value is None or isinstance(value, bool) else MASK


def mask_like(value: Any, shown: Any) -> Any:
    """Return ``value`` with everything hidden that the server hides in what it shows of the same object.

    :param value: a text (JSON or not), or a parsed value.
    :param shown: what the server shows.
    """
    if value is None or value == "":
        return value
    if isinstance(value, str):
        is_json, parsed = parse_json(value)
        if is_json and isinstance(parsed, (dict, list)):
            masked = mask_like(parsed, shown)
            return value if masked == parsed else to_text(masked)
    if isinstance(shown, str):
        is_json, parsed = parse_json(shown)
        if is_json and not isinstance(parsed, str):
            shown = parsed
    if isinstance(shown, str):
        return MASK if MASK in shown else value
    if isinstance(value, dict) and isinstance(shown, dict):
        return {key: mask_like(item, shown.get(key)) for key, item in value.items()}
    if isinstance(value, list) and isinstance(shown, list):
        return [mask_like(*pair) for pair in zip_longest(value, shown[: len(value)])]
    return value


def hidden_by_server(value: Any, shown: Any) -> set[str]:
    """The texts in ``value`` that the server hides, and that no output may hold for that reason."""
    hidden = set(_texts(value)) - set(_texts(mask_like(value, shown)))
    return set(searchable(hidden))


def _texts(value: Any) -> Iterator[str]:
    is_json, parsed = parse_json(value) if isinstance(value, str) else (False, None)
    return leaves(parsed if is_json and isinstance(parsed, (dict, list)) else value)


def secrets_in_url(url: str) -> set[str]:
    """The password in something that was meant to be a URL, with or without its scheme, as it stands and decoded.

    It may hold what ends the part of a URL that it stands in, so everything up to the last ``@`` may be one as well.
    """
    before, slashes, after = url.partition("//")
    after = after if slashes else before
    found = set()
    for part in (after, re.split("[/?#]", after)[0]):
        credentials = part.rpartition("@")[0]
        password = credentials.partition(":")[2] or credentials
        found |= {password, unquote(password)}
    return found - {""}


def secrets_in_environment(environment: Mapping[str, str]) -> set[str]:
    """The passwords of the proxies that an environment names."""
    proxies = (value for name, value in environment.items() if name.lower() in PROXY_VARIABLES)
    return set().union(*map(secrets_in_url, proxies))


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
    if is_sensitive(name):
        yield from leaves(value)
        return
    if isinstance(value, str):
        yield from (found.group(2) for found in URL_SECRET.finditer(value))
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
        elif how is Secrecy.VALUES:
            found.update(searchable(leaves(params.get(option))))
        elif how is not Secrecy.NEVER:
            value = params.get(option)
            texts = (
                leaves(value) if _is_opaque(value, how) else secret_texts(value, name if how is Secrecy.BY_NAME else "")
            )
            found.update(searchable(texts))
    return found


def searchable(texts: Iterable[str]) -> Iterator[str]:
    """Those of some secrets that are looked for in all of the output."""
    for item in texts:
        shortest = SHORTEST_NUMBER_SEARCHED if item.isdigit() else SHORTEST_SEARCHED
        if len(item) >= shortest and item != MASK:
            yield item


def redact(message: str, secrets: Iterable[str]) -> str:
    """Take known secrets out of a text that came from elsewhere, such as a server's error message."""
    for secret in sorted(secrets, key=len, reverse=True):
        message = message.replace(secret, MASK)
    return message
