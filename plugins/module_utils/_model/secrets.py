# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What must not be shown, and how the rest is shown: see ``docs/decisions/secrets.md``.

This is about display alone. Whether a value changed never depends on it: see :mod:`compare`.
"""

from __future__ import annotations

import enum
import json
import re
from bisect import bisect_right
from functools import lru_cache
from itertools import zip_longest
from typing import Any, Callable, Iterable, Iterator, List, Mapping, NewType, Sequence, Tuple
from urllib.parse import unquote

from .compare import MASK, parse_json, to_text
from .forms import is_sensitive, named_values, without_forms

SHORTEST_SEARCHED = 5
ORDINARY = frozenset({"airflow", "admin"})
"""A shorter secret, or such a word, is hidden where it stands but not searched for in other text, where it may mean
something else. Airflow's own ``SecretsMasker`` does it so (3.3.2: ``min_length_masked_secret``, and ``airflow``);
``admin`` is what those log in as who try Airflow out.
"""

PROXY_VARIABLES = ("http_proxy", "https_proxy", "all_proxy")


class Secrecy(enum.Enum):
    """Whether an option's value may be shown."""

    NEVER = "never"
    ALWAYS = "always"
    BY_NAME = "by_name"
    """If the object's name, or a key in the value, sounds like a secret, or by its form."""
    BY_KEY = "by_key"
    """If a key in the value sounds like a secret, or by its form, and always if the value is a text but no JSON."""
    BY_FORM = "by_form"
    """If it looks like a secret, as the password in an address does."""


Shown = NewType("Shown", object)
"""A value with its secrets hidden: only the functions here make one, and a result accepts nothing else."""


def plain(value: bool | str | Sequence[str]) -> Shown:
    """Our own words, and names of options and objects."""
    return Shown(value)


def composed(parts: Mapping[str, Shown] | Sequence[Shown]) -> Shown:
    """Several shown values as one."""
    return Shown(parts)


def conceal(value: Any, name: str = "") -> Shown:
    """Return ``value`` with everything hidden that is a secret by its name, by the name of a key in it, or by its form.

    What is not a secret comes back as it is; what has been concealed once is not changed again.

    :param value: a text (JSON, YAML or anything else), or a parsed value.
    :param name: what the value is called, for example a variable's key.
    """
    return Shown(_concealed(value, name, lambda secret: MASK))


def secret_texts(value: Any, name: str = "") -> list[str]:
    """Every text in ``value`` that :func:`conceal` hides."""
    found: list[str] = []

    def collect_one(text: str) -> str:
        found.append(text)
        return MASK

    _concealed(value, name, collect_one)
    return [text for text in found if text != MASK]


def _concealed(value: Any, name: str, hide: Callable[[str], str]) -> Any:
    """A value with its secrets replaced by what ``hide`` makes of each."""
    try:
        return _hidden_whole(value, hide) if is_sensitive(name) else _hidden_within(value, hide)
    except RecursionError:
        # Nested too deep to be searched, and for Ansible as well.
        return MASK


def _hidden_within(value: Any, hide: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return _hidden_in_text(value, hide)
    if isinstance(value, dict):
        names, made = named_values(value), {}
        for key, item in value.items():
            is_secret = key in names or is_sensitive(str(key))
            made[key] = _hidden_whole(item, hide) if is_secret else _hidden_within(item, hide)
        return made
    if isinstance(value, list):
        items = []
        for item in value:
            items.append(_hidden_within(item, hide))
        return items
    return value


def _hidden_whole(value: Any, hide: Callable[[str], str]) -> Any:
    if isinstance(value, dict):
        return {key: _hidden_whole(item, hide) for key, item in value.items()}
    if isinstance(value, list):
        return [_hidden_whole(item, hide) for item in value]
    return value if value is None or isinstance(value, bool) else hide(str(value))


def _hidden_in_text(text: str, hide: Callable[[str], str]) -> str:
    # Most texts are not containers; not parsing them halves the time of a large plan.
    if text.lstrip()[:1] in ("{", "[", '"'):
        try:
            parsed = json.loads(text, object_pairs_hook=_unique)
        except (ValueError, RecursionError):
            parsed = None
        if isinstance(parsed, (dict, list, str)):
            shown = _hidden_within(parsed, hide)
            return text if shown == parsed else json.dumps(shown, ensure_ascii=False)
    while True:
        shown = without_forms(text, hide)
        if shown == text:
            return text
        # After hiding, the text around it may have the form of a secret.
        text = shown


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object; one with a duplicate key is treated as text, as a parser would drop one of the values."""
    made = dict(pairs)
    if len(made) < len(pairs):
        raise ValueError
    return made


def show(value: Any, how: Secrecy, name: str) -> Shown:
    """A value with its secrets hidden.

    :param name: what the object is called, which decides for values that are secret by name.
    """
    if how is Secrecy.NEVER or value in (None, ""):
        return Shown(value)
    if how is Secrecy.ALWAYS or _is_opaque(value, how):
        return Shown(dict.fromkeys(value, MASK) if isinstance(value, dict) else MASK)
    return conceal(value, name if how is Secrecy.BY_NAME else "")


def show_both(old: Any, new: Any, how: Secrecy, name: str, note: str) -> tuple[Shown, Shown]:
    """A value before and after a change, with secrets hidden but still different.

    :param note: note for two values that look the same.
    """
    before, after = show(old, how, name), show(new, how, name)
    parsed = _parsed(before), _parsed(after)
    if all(isinstance(value, (dict, list)) for value in parsed) and parsed[0] != parsed[1]:
        return Shown(parsed[0]), Shown(parsed[1])
    text = "" if after is None else to_text(after)
    return before, Shown(f"{text} ({note})") if text == ("" if before is None else to_text(before)) else after


def _parsed(value: Any) -> Any:
    is_json, parsed = parse_json(value) if isinstance(value, str) else (True, value)
    return parsed if is_json else value


def _is_opaque(value: Any, how: Secrecy) -> bool:
    """Whether a value is secret as a whole, because the secret part of it cannot be found."""
    if how is not Secrecy.BY_KEY:
        return False
    parsed = parse_json(value)[1] if isinstance(value, str) else value
    return not isinstance(parsed, (dict, list))


def holds_mask(value: Any) -> bool:
    """Whether a server has hidden anything in a value."""
    return any(MASK in item for item in leaves(value))


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
    return set(_texts(value)) - set(_texts(mask_like(value, shown)))


def hide_texts(value: Any, texts: Iterable[str]) -> Any:
    """Return ``value`` without the leaves that are one of some texts."""
    if isinstance(value, dict):
        return {key: hide_texts(item, texts) for key, item in value.items()}
    if isinstance(value, list):
        return [hide_texts(item, texts) for item in value]
    if isinstance(value, str) and value not in texts:
        is_json, parsed = parse_json(value)
        if is_json and isinstance(parsed, (dict, list)):
            left = hide_texts(parsed, texts)
            return value if left == parsed else to_text(left)
        return value
    return value if value is None or str(value) not in texts else MASK


def _texts(value: Any) -> Iterator[str]:
    is_json, parsed = parse_json(value) if isinstance(value, str) else (False, None)
    return leaves(parsed if is_json and isinstance(parsed, (dict, list)) else value)


def secrets_in_url(url: str) -> set[str]:
    """The password in something that was meant to be a URL, with or without its scheme, as it stands and decoded.

    It may hold what ends the part of a URL that it is in, so everything up to the last ``@`` may be one as well.
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


def collect(params: Mapping[str, Any], secrecy: Mapping[str, Secrecy], name: str) -> set[str]:
    """The texts in a task's options that are secret.

    :param params: the task's options.
    :param secrecy: for each option how secret it is.
    :param name: what the object is called, which decides for options that are secret by name.
    """
    found: set[str] = set()
    for option, how in secrecy.items():
        value = params.get(option)
        if how is Secrecy.ALWAYS or _is_opaque(value, how):
            found.update(leaves(value))
        elif how is not Secrecy.NEVER:
            found.update(secret_texts(value, name if how is Secrecy.BY_NAME else ""))
    return found - {""}


def is_ordinary(word: str) -> bool:
    """Whether a secret is a word, or so short, that it cannot be searched for in texts."""
    return len(word.strip()) < SHORTEST_SEARCHED or word.lower() in ORDINARY or not word.strip("*")


def redact(text: str, secrets: Iterable[str]) -> str:
    """Remove known secrets from a foreign text, such as an error message of the server.

    They are found as they are, and as JSON, Python, HTML and addresses escape them, one within the other. This is for
    foreign texts only: what we say ourselves, and data, hides secrets where they stand.
    """
    there = [secret for secret in secrets if not is_ordinary(secret) and _landmark(secret) in text]
    sought = {form for secret in there for form in _forms(secret)}
    if not sought:
        return text
    # By pieces that overlap: a text may be long, and what is noted of one is longer.
    reach = LONGEST_ESCAPE * max(map(len, sought))
    step = max(PIECE, reach)
    spans = [
        (start + begin, start + end)
        for start in range(0, len(text), step)
        for begin, end in _spans(text[start : start + step + reach], sought)
    ]
    shown, position = [], 0
    for begin, end in sorted(spans):
        if begin >= position:
            shown += [text[position:begin], MASK]
        position = max(position, end)
    return "".join([*shown, text[position:]])


def redact_leaves(value: Any, secrets: Iterable[str]) -> Any:
    """:func:`redact` for every text in a parsed value."""
    if isinstance(value, dict):
        return {key: redact_leaves(item, secrets) for key, item in value.items()}
    if isinstance(value, list):
        return [redact_leaves(item, secrets) for item in value]
    return redact(value, secrets) if isinstance(value, str) else value


MOST_ESCAPES = 8
"""Maximum number of layers of escapes in which a secret is found."""

LONGEST_ESCAPE = 64
"""Signs that one takes in it at most."""

PIECE = 1 << 16
LANDMARK = re.compile("[0-9A-Za-z]+")

ESCAPE = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    r"|\\(?:u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|x[0-9a-fA-F]{2}|[\"'\\/nrtbfav])|(?:%[0-9a-fA-F]{2})+|&#?[0-9A-Za-z]{1,8};"
)
CONTROLS = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", "a": "\a", "v": "\v"}
Way = Tuple[List[int], List[int]]
"""Where the parts of a text without its escapes begin, and where in the text with them: in turns what was not an
escape, and what was one."""


@lru_cache(maxsize=4096)
def _forms(secret: str) -> frozenset[str]:
    """What to look for: a secret may itself hold what looks like an escape, and begin one with its last sign.

    For a query, ``+`` is a blank.
    """
    found = set()
    for layer in (secret, secret.strip(), secret.rstrip("\\"), secret.encode("utf-8", "replace").decode("utf-8")):
        for _layer in range(MOST_ESCAPES):
            found.add(layer.replace("+", " "))
            layer = _unescaped(layer)[0]
    return frozenset(form for form in found if not is_ordinary(form))


@lru_cache(maxsize=4096)
def _landmark(secret: str) -> str:
    """The part of a secret that is never escaped: if it is missing, so is the secret."""
    parts: list[str] = LANDMARK.findall(secret)
    return max(parts, key=len, default="")


def _spans(text: str, sought: Iterable[str]) -> Iterator[tuple[int, int]]:
    """Where in a text others stand, with their escapes."""
    layer = text
    ways: list[Way] = []
    while True:
        plain = layer.replace("+", " ")
        for form in sought:
            start = plain.find(form)
            while start >= 0:
                yield _outer((start, start + len(form)), ways)
                start = plain.find(form, start + len(form))
        inner, way = _unescaped(layer)
        if inner == layer or len(ways) == MOST_ESCAPES:
            return
        layer = inner
        ways.append(way)


def _unescaped(text: str) -> tuple[str, Way]:
    """A text without one layer of escapes, of whatever kind, and the way back."""
    parts, inner, outer, length, end = [], [0], [0], 0, 0
    for found in ESCAPE.finditer(text):
        before, meaning = text[end : found.start()], _meaning(found.group())
        parts += [before, meaning]
        length += len(before)
        inner += [length, length + len(meaning)]
        outer += [found.start(), found.end()]
        length += len(meaning)
        end = found.end()
    return "".join([*parts, text[end:]]), (inner, outer)


def _meaning(escape: str) -> str:
    """The text that an escape represents; an invalid one represents itself."""
    if escape[0] == "%":
        return unquote(escape)
    if escape[0] == "&":
        from html import unescape

        return unescape(escape)
    if len(escape) == 2:
        return CONTROLS.get(escape[1], escape[1])
    code = int(escape[2:6] if escape[1] == "u" else escape[2:], 16)
    if len(escape) == 12:
        code = 0x10000 + ((code & 0x3FF) << 10) + (int(escape[8:], 16) & 0x3FF)
    return chr(code) if code < 0x110000 else escape


def _outer(span: tuple[int, int], ways: list[Way]) -> tuple[int, int]:
    """Where what was found below some layers of escapes is in the text itself; an escape is taken whole."""
    start, end = span
    for inner, outer in reversed(ways):
        first, last = bisect_right(inner, start) - 1, bisect_right(inner, end - 1) - 1
        end = outer[last + 1] if last % 2 else outer[last] + end - inner[last]
        start = outer[first] if first % 2 else outer[first] + start - inner[first]
    return start, end


OBEYED = re.compile("[\\x00-\\x1f\\x7f-\\x9f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069\\ud800-\\udfff]")
"""Characters that control a terminal: control codes, line breaks, and marks that change the text direction."""


def printable(text: str) -> str:
    """A text in one line, without characters that control a terminal."""
    return OBEYED.sub(lambda sign: sign.group().encode("unicode_escape").decode("ascii"), text)
