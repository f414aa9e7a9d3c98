# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan that is kept until it is approved: data without secrets, which a later plan can be compared with. No I/O.

See docs/decisions/saved-plans.md.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any, Iterable, Mapping, NamedTuple

from ..._engine.plan_many import Plan, item
from ..._model.change import Action, Change
from ..._model.errors import InvalidInputError, few
from ..._model.strict_json import parse_strictly

FORMAT = 1
COLLECTION = "dataops.airflow 0.1.0"
"""What makes a plan: another version may describe the same change in another way."""

SHORTEST_KEY = 16
"""Minimum length of a key in bytes, against guessing."""

FINGERPRINT = 32
"""Hexadecimal digits of a fingerprint: 128 bits."""

MOST_NAMED = 10
IDENTITY = ("kind", "name", "action")


class SavedPlan(NamedTuple):
    """The changes of a plan, and where they are to be made.

    :param server: URL of Airflow, without credentials.
    :param key: the fingerprint of a constant, by which another key is known.
    :param changes: a row for each, as in the result of the module; ``replaced`` says that the object is deleted and
        created again, and ``fingerprints`` has one for each value that the row does not hold.
    :param digest: of all this, made with the key.
    """

    server: str
    key: str
    changes: list[dict[str, Any]]
    digest: str

    def text(self) -> str:
        """The file: JSON for people and programs."""
        return json.dumps({"format": FORMAT, "collection": COLLECTION, **self._asdict()}, indent=2) + "\n"


class Difference(NamedTuple):
    """How a plan differs from the one that was approved: rows of ``kind``, ``name`` and ``action``."""

    appeared: list[dict[str, str]]
    vanished: list[dict[str, str]]
    differs: list[dict[str, str]]

    def __str__(self) -> str:
        """The three lists, as sentences."""
        lists = {"Appeared": self.appeared, "Vanished": self.vanished, "Differs": self.differs}
        return ". ".join(f"{word}: {_named(rows)}" for word, rows in lists.items() if rows)


def key_of(text: str | None, option: str, name: str = "fingerprint_key") -> bytes:
    """The key of fingerprints.

    :param option: the one that needs it.
    :param name: of the option that holds it.
    :raises InvalidInputError: if there is none, or it is too short.
    """
    if not text:
        raise InvalidInputError(f"{option} needs fingerprint_key, or the environment variable AIRFLOW_FINGERPRINT_KEY")
    key = text.encode()
    if len(key) < SHORTEST_KEY:
        raise InvalidInputError(f"{name} has {len(key)} bytes; it needs at least {SHORTEST_KEY}")
    return key


def saved(plan: Plan, server: str, key: bytes) -> SavedPlan:
    """The plan as it is kept."""
    # As they read back from a file.
    changes = json.loads(json.dumps([_row(change, key) for change in plan.pending]))
    return _signed(server, changes, key)


def read(text: str, file: str, server: str, key: bytes) -> SavedPlan:
    """The plan in a file.

    :param file: its name, for messages.
    :raises InvalidInputError: if it is damaged, or was made for something else.
    """
    try:
        content = parse_strictly(text)
        if not isinstance(content, dict) or "format" not in content:
            raise InvalidInputError(f"plan_file {file} is not a plan of this collection")
        for name, word, own in (("format", "in", FORMAT), ("collection", "by", COLLECTION), ("server", "for", server)):
            if content.get(name) != own:
                made = f"was made {word} {name} {content.get(name)!r}, not {own!r}"
                raise InvalidInputError(f"plan_file {file} {made}. Make the plan again")
        changes = content.get("changes")
        if not isinstance(changes, list) or not all(isinstance(row, dict) and _identity(row) for row in changes):
            raise ValueError("changes must be a list of changes")
        found = _signed(server, changes, key)
        if content.get("key") != found.key:
            raise InvalidInputError(f"plan_file {file} was made with another fingerprint_key")
        if content.get("digest") != found.digest:
            raise ValueError("its digest is not that of its content")
    except (ValueError, RecursionError) as error:
        why = "it is nested too deeply" if isinstance(error, RecursionError) else error
        raise InvalidInputError(f"plan_file {file} is damaged: {why}") from None
    return found


def difference(approved: SavedPlan, made: SavedPlan) -> Difference:
    """How a plan differs from the approved one."""
    before = {_identity(row): _canonical(row) for row in approved.changes}
    now = {_identity(row): _canonical(row) for row in made.changes}
    return Difference(
        [_brief(identity) for identity in now if identity not in before],
        [_brief(identity) for identity in before if identity not in now],
        [_brief(identity) for identity, row in now.items() if before.get(identity, row) != row],
    )


def _signed(server: str, changes: list[dict[str, Any]], key: bytes) -> SavedPlan:
    """The plan with its digest, which nobody can make without the key, whatever the order of the input."""
    content = [FORMAT, COLLECTION, server, sorted(map(_canonical, changes))]
    return SavedPlan(server, _hmac(key, "key")[:FINGERPRINT], changes, f"hmac-sha256:{_hmac(key, content)}")


def _row(change: Change, key: bytes) -> dict[str, Any]:
    row = item(change)
    # Why an option is sent is not what is approved.
    row.pop("notes", None)
    return {
        **row,
        "replaced": change.action is Action.REPLACE,
        "fingerprints": {**_fingerprints(change, row, "before", key), **_fingerprints(change, row, "after", key)},
    }


def _fingerprints(change: Change, row: Mapping[str, Any], side: str, key: bytes) -> dict[str, str]:
    """Side and option → the fingerprint of a value that the row does not hold, as it, or a part of it, is not shown."""
    values = (change.current if side == "before" else change.desired) or {}
    # What an update does not send is not approved either.
    is_limited = side == "after" and change.action is Action.UPDATE
    found = {}
    for name in row[side]:
        is_sent = not is_limited or name in change.fields
        if is_sent and values.get(name) is not None and _canonical(row[side][name]) != _canonical(values[name]):
            place = [change.resource.kind, change.name, side, name, values[name]]
            found[f"{side}.{name}"] = _hmac(key, place)[:FINGERPRINT]
    return found


def _hmac(key: bytes, value: Any) -> str:
    return hmac.new(key, _canonical(value).encode(), hashlib.sha256).hexdigest()


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def _identity(row: Mapping[str, Any]) -> tuple[str, ...]:
    """What makes it this change; empty if it is none."""
    parts = tuple(row[name] for name in IDENTITY if isinstance(row.get(name), str))
    return parts if len(parts) == len(IDENTITY) else ()


def _brief(identity: tuple[str, ...]) -> dict[str, str]:
    return dict(zip(IDENTITY, identity))


def _named(rows: Iterable[Mapping[str, Any]]) -> str:
    return few([f"{row['action']} {row['kind']}/{row['name']}" for row in rows], MOST_NAMED)
