# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a secret looks like: by which name, and by which form in a text, it is known. For display only. No I/O.

A text is read from left to right with patterns of bounded look-ahead, as it may be a megabyte of somebody's choice.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Callable, Iterator, Mapping, Tuple

SENSITIVE = re.compile(
    r"access_?key|access_token|account_?key|api_?key|auth_header|authori[sz]ation|bearer|connection_string|credential"
    r"|dsn|encryption_?key|fernet_?key|key_?data|keyfile_dict|master_?key|passphrase|passwd|password|private_?key"
    r"|proxies|proxy|pwd|secret|service_account|service_key|shared_?key|signing_?key|storage_?key|token|webhook_url",
    re.IGNORECASE,
)
"""Names whose values are not shown: those that Airflow 2.3 to 3.3 hides by default, and a few more.

This decides what this collection prints, on every version alike. What a server hides beyond it is hidden as well:
see :func:`.secrets.mask_like`.
"""

NAME_OF_PAIR = frozenset(
    {"name", "key", "variable", "var", "env", "option", "parameter", "param", "setting", "property", "header", "field"}
)
VALUE_OF_PAIR = frozenset({"value", "values", "val", "default"})

STEMS = (
    "auth",
    "bearer",
    "connection",
    "credential",
    "dsn",
    "key",
    "pass",
    "prox",
    "pw",
    "secret",
    "service",
    "sig",
    "token",
    "webhook",
)
"""One of these is in every key of a pair. To look for them takes a tenth of the time of the patterns."""

Span = Tuple[int, int]

WORD = SENSITIVE.pattern.replace("_", "[-_. ]")
NAMES = "|".join(sorted(NAME_OF_PAIR))
VALUES = "|".join(sorted(VALUE_OF_PAIR))

KEY = re.compile(
    # The rest of the key and what closes it, then the sign; in '?sig=…' and the like it is a key of a URL's query.
    rf"(?:(?:{WORD})[\w.\-]{{0,64}}(?:\\{{0,8}}[\"'])?\]?[ \t]{{0,8}}(?:=>|:=|=(?!=)|:(?!//|:))"
    r"|(?<![^?&;])(?:sig|signature|x-(?:amz|goog)-signature|pass|pw)=)[ \t]{0,8}",
    re.IGNORECASE,
)
"""The key of a pair, from the sensitive word on and up to its value: ``password=``, ``"token": ``, ``&sig=``."""

PAIR = re.compile(
    rf"\b(?:{NAMES})\\{{0,8}}[\"']?[ \t]{{0,8}}[:=][ \t]{{0,8}}\\{{0,8}}[\"']?[\w.\- ]{{0,64}}?(?:{WORD})"
    rf"[\w.\-]{{0,64}}\\{{0,8}}[\"']?[ \t]{{0,8}},?\s{{1,64}}"
    rf"\\{{0,8}}[\"']?(?:{VALUES})\\{{0,8}}[\"']?[ \t]{{0,8}}[:=][ \t]{{0,8}}",
    re.IGNORECASE,
)
"""A name and its value side by side, up to the value: ``name: DB_PASSWORD``, and in the next line ``value: ``."""

QUOTED = re.compile(
    r"\"((?:\\.|[^\"\\])*)\"|'((?:\\.|''|[^'\\])*)'|(?P<escape>\\{1,8})(?P<quote>[\"'])(.*?)(?P=escape)(?P=quote)"
    r"|\{([^{}\n]*)\}|\[([^\[\]\n]*)\]",
    re.DOTALL,
)
END = r"[\"')\]}>,]{1,8}(?:[\s,;:)\]}]|\Z)|,[ \t]{0,8}[\w.\-]{1,64}[\"']?[ \t]{0,8}[=:]"
BARE = re.compile(rf"(?:(?:basic|bearer|digest|negotiate|token)[ \t]+)?(?:\\.|(?!{END})[^\s&;])+", re.IGNORECASE)
"""A value without quotes, in the midst of a text."""
REST = re.compile(r"(?:(?!\s{0,8}[,;&]\s{0,8}[\w.\-]{1,64}[\"']?[ \t]{0,8}[=:]|[ \t][\w.\-]{1,64}=)[^\r\n])+")
"""A value without quotes that takes the rest of its line, as in YAML."""
NOTHING = re.compile(r"(?:null|none|true|false|~)(?=[\s,;&)\]}\"']|\Z)", re.IGNORECASE)
LINE = re.compile(r"([ \t]*(?:- +)*)(?:export +)?[\"']?[\w.\-]*")
"""What stands before the sensitive word where a line begins with the key."""
LONGEST_KEY = 160

PRIVATE_KEY = re.compile(
    r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----.*?"
    r"(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|\Z)",
    re.DOTALL,
)
NO_END = r"(?!://|[\"'][,:;}\])])"
"""A password in an address may hold what should have been encoded, but not the next address or JSON's own signs."""
USER_INFO = re.compile(
    # What follows 'host:' may be a port, and the path after it may hold an '@'.
    r"://(?:[^\s/@:\[?#]*:(?!\d{1,5}(?:[/?#\s,;]|\Z))"
    rf"(?:((?:{NO_END}[^\s?#])+)|((?:{NO_END}\S)+))@|([^\s/@:?#\[]+)@)"
)
"""The secret in an address: the password, or all that stands before the ``@`` if there is no user name."""
ORACLE = re.compile(r":(?:thin|oci8?):[^\s/@:]{1,128}/((?:(?!://)\S){1,256})@", re.IGNORECASE)
"""``jdbc:oracle:thin:user/password@host``; a URI's scheme may have been taken off."""


@lru_cache(maxsize=4096)
def is_sensitive(name: str) -> bool:
    """Whether something of this name sounds like a secret; ``api-key`` and ``API key`` do as ``api_key`` does."""
    return bool(SENSITIVE.search(re.sub(r"\W+", "_", name)))


def named_values(value: Mapping[str, object]) -> dict[str, str]:
    """Key → name, for the values in a dict that says what they are called: ``{name: DB_PASSWORD, value: …}``."""
    kept = {key: str(key).lower() for key in value}
    names = [str(value[key]) for key, plain in kept.items() if plain in NAME_OF_PAIR and isinstance(value[key], str)]
    name = next(filter(is_sensitive, names), "")
    return {key: name for key, plain in kept.items() if plain in VALUE_OF_PAIR} if name else {}


def without_forms(text: str, hide: Callable[[str], str]) -> str:
    """A text in which all that has the form of a secret is replaced.

    :param hide: takes a secret, and returns what is shown in its place.
    """
    if "=" not in text and ":" not in text and "-----BEGIN" not in text:
        return text
    shown, position = [], 0
    for start, end in sorted(_spans(text)):
        if end <= position:
            continue
        shown += [text[position : max(start, position)], hide(text[max(start, position) : end])]
        position = end
    return "".join([*shown, text[position:]]) if shown else text


def _spans(text: str) -> Iterator[Span]:
    """Where in a text secrets stand; they may overlap."""
    for form in (PRIVATE_KEY, USER_INFO, ORACLE):
        for found in form.finditer(text):
            yield found.span(found.lastindex or 0)
    folded = text.casefold()
    if not any(stem in folded for stem in STEMS):
        return
    for key in (KEY, PAIR):
        position = 0
        while True:
            head = key.search(text, position)
            if head is None:
                break
            span = _value(text, head, is_pair=key is PAIR)
            position = head.end()
            if span:
                yield span
                position = max(position, span[1])


def _value(text: str, head: re.Match[str], is_pair: bool) -> Span | None:
    """Where the value of a key stands; ``None`` if it has none that could be secret."""
    start = head.end()
    if NOTHING.match(text, start):
        return None
    quoted = QUOTED.match(text, start)
    if quoted:
        inner = quoted.span(quoted.lastindex or 0)
        return inner if inner[0] < inner[1] else None
    column = None if is_pair or ":" not in head.group() else _column(text, head.start())
    is_setting = column is not None or (" =" in head.group() and _column(text, head.start()) is not None)
    takes_line = is_setting or (is_pair and "\n" in head.group())
    bare = (REST if takes_line else BARE).match(text, start)
    end = bare.end() if bare else start
    if column is not None and text[end : end + 2].lstrip("\r")[:1] in ("", "\n"):
        begun, end = _block(text, end, column, is_list=bare is None)
        start = start if bare else max(begun, start)
    return (start, end) if start < end else None


def _column(text: str, position: int) -> int | None:
    """In which column the key stands whose sensitive word is there, if its line begins with it."""
    before = text[max(0, position - LONGEST_KEY) : position]
    line = before.rpartition("\n")[2]
    found = LINE.fullmatch(line) if len(line) < LONGEST_KEY else None
    return len(found.group(1)) if found else None


def _block(text: str, end: int, column: int, is_list: bool) -> Span:
    """From where to where the lines below a key belong to it, as in YAML.

    :param end: of the key's own line.
    :param is_list: the key has nothing in its line, so items may follow that are not indented deeper.
    """
    begun, position = -1, text.find("\n", end)
    while position >= 0:
        following = text.find("\n", position + 1)
        line = text[position + 1 : len(text) if following < 0 else following]
        content = line.strip()
        indent = len(line) - len(line.lstrip(" \t"))
        if content and indent <= column and not (is_list and indent == column and content.startswith("- ")):
            break
        if content:
            begun = position + 1 + indent if begun < 0 else begun
            end = position + 1 + len(line.rstrip())
        position = following
    return begun, end
