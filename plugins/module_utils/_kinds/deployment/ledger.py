# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ledger of a scope: what it owns, packed into the values of a few variables. No I/O.

See docs/decisions/scopes.md.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
import zlib
from typing import Any, Collection, Iterable, Mapping, NamedTuple, Tuple

from ..._model.compare import MASK
from ..._model.errors import PreconditionError
from .scope_names import SCOPES

SCOPE = "[a-z0-9][a-z0-9_-]{0,39}"
BUCKET = re.compile(re.escape(SCOPES) + rf"({SCOPE})\.([0-9a-f])")
"""A variable that holds a part of a ledger."""

FORM = "dop1"
"""How such a value begins, with the version of its form."""

ANY_FORM = re.compile(r"dop\d")
MOST_BUCKETS = 16
LONGEST = 48_000
"""Characters of a value: encrypted it has 64,100, and a column of MySQL holds 65,535 bytes."""

LARGEST = 1 << 24
"""Bytes of an unpacked part; 16 buckets of the longest packed text have less."""

NOTE = MOST_BUCKETS
"""The number under which a note is packed."""

DIGEST = 12
"""Bytes of the checksum."""

GROUP = 4
"""Airflow 3 hides any text of five or more characters in which a stored password occurs (3.3.2)."""

Key = Tuple[str, str]
"""Kind and name of an object; the name of a kind that ignores case is in lower case."""

ORIGINS = {"c": "created", "a": "adopted"}


class Entry(NamedTuple):
    """What a ledger holds of an object.

    :param origin: ``c`` if the scope has created it, ``a`` if it was there.
    :param since: when the scope began to own it, ISO 8601.
    :param is_protected: whether no purge deletes it.
    :param marks: field → a mark of its value as the scope left it, after one of the value that it had before.
    :param secrets: field that servers hide → the fingerprint of the value that the scope has stored in it.
    """

    origin: str
    since: str
    is_protected: bool = False
    marks: Mapping[str, str] = {}
    secrets: Mapping[str, str] = {}


class Position(NamedTuple):
    """A row of a server's event log.

    :param number: its own; 0 if none is known.
    :param when: as the log has it.
    """

    number: int = 0
    when: str = ""


NOWHERE = Position()


class Ledger(NamedTuple):
    """A ledger as it was read.

    :param scope: whose.
    :param entries: what it owns.
    :param serial: grows with each time that it is written; 0 if there is none.
    :param size: number of buckets.
    :param texts: variable → its value.
    :param problem: why it, or a part of it, cannot be used; empty if it can.
    :param is_kept: it must not be written over, as another version could use it.
    :param note: what an unfinished run was going to own, in the description of its first variable.
    :param description: that description, be it a note or not.
    :param log: the newest row of the event log when the fingerprints were right.
    """

    scope: str
    entries: Mapping[Key, Entry] = {}
    serial: int = 0
    size: int = 1
    texts: Mapping[str, str | None] = {}
    problem: str = ""
    is_kept: bool = False
    note: str = ""
    description: str | None = None
    log: Position = NOWHERE

    @property
    def head(self) -> str:
        """The variable that is written last, each time."""
        return variable(self.scope, 0)

    def noted(self, entries: Mapping[Key, Entry]) -> str:
        """A note of what will be owned; empty if there is no place for it.

        :param entries: the ones that the ledger will have.
        """
        if self.texts.keys() != {self.head} or self.problem or self.note:
            return ""
        new = {key: entry for key, entry in entries.items() if self.entries.get(key) != entry}
        text = pack(self.scope, NOTE, 1, self.serial, new)
        # Airflow logs both, in a column of the same size.
        return text if len(text) + len(self.texts[self.head] or "") <= LONGEST else ""

    def written(self, entries: Mapping[Key, Entry], log: Position | None = None) -> dict[str, str]:
        """The variables to write, in this order, so that the ledger has these entries; none if it has them.

        :param log: the new position in the event log; ``None`` for the old one.
        :raises PreconditionError: if there are too many.
        """
        log = self.log if log is None else log
        if entries == self.entries and log == self.log and not (self.problem or self.note):
            return {}
        size, serial = self.size, self.serial + 1
        while True:
            parts = _parts(entries, size)
            packed = {number: pack(self.scope, number, size, serial, part, log) for number, part in parts.items()}
            if max(map(len, packed.values())) <= LONGEST:
                break
            if size == MOST_BUCKETS:
                raise PreconditionError(
                    f"The ledger of scope {self.scope!r} is full: {len(entries)} objects do not fit. "
                    "Divide them between two scopes. Nothing was changed"
                )
            size *= 2
        before = _parts(self.entries, size)
        is_whole = size != self.size or bool(self.problem)
        # The head counts the buckets, so those that are new come before it.
        return {
            variable(self.scope, number): packed[number]
            for number in reversed(range(size))
            if number == 0 or is_whole or parts[number] != before[number]
        }


class _Part(NamedTuple):
    serial: int
    size: int
    entries: dict[Key, Entry]
    log: Position


def variable(scope: str, number: int) -> str:
    """The variable that holds a part of a ledger."""
    return f"{SCOPES}{scope}.{number:x}"


def bucket_of(key: Key, size: int) -> int:
    """The bucket of an object, of so many: a power of two, up to 16."""
    return hashlib.sha256("/".join(key).encode()).digest()[0] % size


def pack(scope: str, number: int, size: int, serial: int, entries: Mapping[Key, Entry], log: Position = NOWHERE) -> str:
    """A part of a ledger as the value of a variable."""
    rows = [
        [*key, entry.origin, entry.since, int(entry.is_protected), entry.marks, entry.secrets]
        for key, entry in entries.items()
    ]
    content = {
        "scope": scope,
        "bucket": number,
        "of": size,
        "serial": serial,
        "log": log,
        "objects": sorted(rows, key=_order),
    }
    data = zlib.compress(json.dumps(content, sort_keys=True, separators=(",", ":")).encode(), 9)
    text = base64.b64encode(hashlib.sha256(data).digest()[:DIGEST] + data).decode()
    return " ".join([FORM, *(text[start : start + GROUP] for start in range(0, len(text), GROUP))])


def unpack(scope: str, number: int, text: str) -> _Part:
    """The part of a ledger in the value of a variable.

    :raises ValueError: with why it cannot be used.
    """
    form, _blank, groups = text.strip().partition(" ")
    if form != FORM:
        raise ValueError("it does not have the form of a ledger")
    try:
        raw = base64.b64decode("".join(groups.split()), validate=True)
        digest, data = raw[:DIGEST], raw[DIGEST:]
        if hashlib.sha256(data).digest()[:DIGEST] != digest:
            raise ValueError
        content = json.loads(zlib.decompressobj().decompress(data, LARGEST))
        if (content["scope"], content["bucket"]) != (scope, number):
            raise ValueError("it is a copy of another one")
        entries = {
            (str(kind), str(name)): Entry(
                ORIGINS[origin][0], str(since), bool(is_protected), dict(marks), dict(secrets)
            )
            for kind, name, origin, since, is_protected, marks, secrets in content["objects"]
        }
        row, when = content["log"]
        return _Part(int(content["serial"]), int(content["of"]), entries, Position(int(row), str(when)))
    except (binascii.Error, zlib.error, ValueError, KeyError, TypeError) as error:
        is_copy = "copy" in str(error)
        raise ValueError(str(error) if is_copy else "its checksum is not that of its content") from None


def read(scope: str, texts: Mapping[str, str | None], description: str | None = None) -> Ledger:
    """The ledger of a scope.

    :param texts: variable → value, of those that :data:`BUCKET` matches for this scope.
    :param description: that of the first of them.
    """
    parts: dict[int, _Part] = {}
    problems: list[str] = []
    is_kept = False
    for name, text in sorted(texts.items()):
        number = int(name[-1], 16)
        is_foreign = text is None or MASK in text or (not text.startswith(FORM) and bool(ANY_FORM.match(text)))
        is_kept = is_kept or is_foreign
        try:
            if text is None or MASK in text:
                raise ValueError("Airflow hides its value")
            if is_foreign:
                raise ValueError("a later version of this collection has written it")
            parts[number] = unpack(scope, number, text)
        except ValueError as error:
            problems.append(f"variable {name!r}: {error}")
    numbers = [int(name[-1], 16) for name in texts]
    # Only the head knows how many there are: after an interruption there may be more of them.
    size = parts[0].size if 0 in parts else 1
    if problems or 0 not in parts:
        size = max(size, _power(max(numbers, default=0) + 1))
    missing = [variable(scope, number) for number in range(size) if number not in numbers] if texts else []
    problems += [f"variable {name!r} is missing" for name in missing]
    serial = max((part.serial for part in parts.values()), default=0)
    note = description if description and 0 in parts and description.startswith(FORM) else ""
    entries = _entries(parts)
    if note:
        try:
            noted = unpack(scope, NOTE, note)
            # One that another run has left behind is of an older ledger.
            entries.update(noted.entries if noted.serial == parts[0].serial else {})
        except ValueError as error:
            problems.append(f"description of variable {variable(scope, 0)!r}: {error}")
    log = parts[0].log if 0 in parts else NOWHERE
    return Ledger(scope, entries, serial, size, texts, "; ".join(problems), is_kept, note, description, log)


def read_all(rows: Collection[Mapping[str, Any]]) -> dict[str, Ledger]:
    """All ledgers, by scope.

    :param rows: all variables, with ``key``, ``value`` and ``description``.
    """
    texts = {str(row["key"]): row.get("value") for row in rows}
    notes = {str(row["key"]): row.get("description") for row in rows}
    by_scope: dict[str, dict[str, str | None]] = {}
    for name, text in texts.items():
        found = BUCKET.fullmatch(name)
        if found:
            by_scope.setdefault(found.group(1), {})[name] = text
    return {scope: read(scope, own, notes.get(variable(scope, 0))) for scope, own in sorted(by_scope.items())}


def _entries(parts: Mapping[int, _Part]) -> dict[Key, Entry]:
    """The entries of all parts; where two hold the same object, the newer one is right.

    That is so after the number of buckets has grown, and not all of them could be written.
    """
    found: dict[Key, Entry] = {}
    newest: dict[Key, int] = {}
    for number, part in sorted(parts.items(), key=lambda item: item[1].serial):
        for key, entry in part.entries.items():
            found[key] = entry
            newest[key] = number
    return {key: entry for key, entry in found.items() if newest[key] == _right(key, parts)}


def _right(key: Key, parts: Mapping[int, _Part]) -> int:
    """The bucket that knows whether an object is owned."""
    place = bucket_of(key, MOST_BUCKETS)
    return max((part.serial, number) for number, part in parts.items() if place % part.size == number)[1]


def _parts(entries: Mapping[Key, Entry], size: int) -> dict[int, dict[Key, Entry]]:
    parts: dict[int, dict[Key, Entry]] = {number: {} for number in range(size)}
    for key, entry in entries.items():
        parts[bucket_of(key, size)][key] = entry
    return parts


def _power(number: int) -> int:
    """The smallest power of two that is not smaller."""
    return 1 << (number - 1).bit_length()


def _order(row: Iterable[Any]) -> list[str]:
    return [str(value) for value in row]
