# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values that the server hides, known again by the fingerprints of those that a scope has sent. No I/O.

See docs/decisions/fingerprints.md.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import TYPE_CHECKING, Any, Callable, Collection, Iterable, Iterator, Mapping, NamedTuple

from ..._engine.plan import CAN_HIDE, compared, field_of
from ..._model.change import Action, Change
from ..._model.compare import MASK, Verdict, parse_json, to_text
from ..._model.resource import UPDATE_SECRETS, Resource
from ..._model.secrets import Secrecy, show
from .ledger import Entry, Key
from .ownership import Outcome, is_sent, key_of

if TYPE_CHECKING:
    from ..._engine.run_resource import Seen
    from ..._model.api import Server
    from ..._model.field import Field

BYTES = 8
"""Of a fingerprint: one changed secret in 2**64 is taken for the old one, and no number of them fills a ledger."""

NEW = "sent, as it is not known what is stored"
CHANGED = "changed"
EMPTIED = "emptied: the server has none"

Touched = Mapping[Key, Mapping[str, str]]
"""Object → field → who has, or may have, written it: ``touched by ada at 2026-11-30T…``."""


class Keys(NamedTuple):
    """The keys of fingerprints.

    :param previous: the one before, while it is exchanged.
    """

    current: bytes
    previous: bytes | None = None

    def fingerprint(self, key: Key, item: Field, value: Any) -> str:
        """The fingerprint of a value of an object: equal ones of two objects have different ones."""
        return _fingerprint(self.current, key, item, value)

    def knows(self, fingerprint: str, key: Key, item: Field, value: Any) -> bool:
        """Whether a fingerprint is that of a value."""
        own = (_fingerprint(each, key, item, value) for each in self if each)
        return any(hmac.compare_digest(fingerprint, each) for each in own)


def _fingerprint(secret: bytes, key: Key, item: Field, value: Any) -> str:
    text = json.dumps(["ledger", *key, item.name, _canonical(item, value)], separators=(",", ":"))
    digest = hmac.new(secret, text.encode(), hashlib.sha256).digest()[:BYTES]
    return base64.b64encode(digest).decode().rstrip("=")


def _canonical(item: Field, value: Any) -> str:
    """A value as text: to the letter, except that the form of a JSON object or list does not matter."""
    if item.secrecy is Secrecy.ALWAYS:
        return str(value)
    parsed = parse_json(value)[1] if isinstance(value, str) else value
    return json.dumps(parsed, sort_keys=True) if isinstance(parsed, (dict, list)) else to_text(value)


def can_hide(item: Field, value: Any, server: Server) -> bool:
    """Whether the server may not show a value, so that nobody can compare it."""
    if value is None or not CAN_HIDE[item.secrecy]:
        return False
    is_write_only = server.api.name in item.write_only
    shown = [MASK, None] if is_write_only else [MASK]
    return any(compared(item, value, each, server) is Verdict.UNKNOWN for each in shown)


class Recalled(NamedTuple):
    """What is known of an object's hidden values.

    :param observed: field → verdict, where the server shows none.
    :param again: fields that are sent although they may be as wanted.
    :param notes: as :attr:`.Change.notes`.
    """

    observed: Mapping[str, Verdict] = {}
    again: Collection[str] = ()
    notes: Mapping[str, str] = {}


class Fingerprints:
    """The fingerprints of a scope.

    :param entries: what the scope owns.
    :param touched: what others have written since the fingerprints were made.
    :param doubt: why they may have written more; empty if that is known.
    """

    def __init__(self, keys: Keys, entries: Mapping[Key, Entry], touched: Touched, doubt: str) -> None:
        self._keys = keys
        self._entries = entries
        self._touched = touched
        self._doubt = doubt
        self._renewed: dict[Key, dict[str, str]] = {}
        """Fingerprints of known values that were made with the previous key, made again."""

    def recall(self, resource: Resource, name: str, seen: Seen, server: Server) -> Recalled:
        """What is known of the hidden values that are wanted."""
        if resource.policy is not UPDATE_SECRETS or seen.current is None:
            return Recalled()
        key = key_of(resource, name)
        entry = self._entries.get(key)
        observed: dict[str, Verdict] = {}
        notes: dict[str, str] = {}
        again: list[str] = []
        for option, value in seen.desired.items():
            item, shown = field_of(resource, option), seen.current.get(option)
            if not can_hide(item, value, server):
                continue
            verdict = compared(item, value, shown, server)
            if verdict is Verdict.EQUAL:
                continue
            own = entry.secrets.get(option) if entry else None
            touch = self._touched.get(key, {}).get(option)
            is_same = own is not None and self._keys.knows(own, key, item, value)
            is_gone = not shown and server.api.name not in item.write_only
            if is_same and not touch and verdict is Verdict.UNKNOWN and not is_gone:
                made = self._keys.fingerprint(key, item, value)
                if made != own:
                    self._renewed.setdefault(key, {})[option] = made
                if self._doubt:
                    notes[option] = f"as it was sent, by its fingerprint alone: {self._doubt}"
                else:
                    observed[option] = Verdict.EQUAL
                continue
            observed[option] = Verdict.DIFFERENT
            if own is None:
                if verdict is Verdict.UNKNOWN:
                    again.append(option)
                    notes[option] = NEW
            elif touch:
                notes[option] = touch if is_same or is_gone else f"{CHANGED}, and {touch}"
            elif is_gone:
                notes[option] = EMPTIED
            elif verdict is Verdict.UNKNOWN:
                notes[option] = CHANGED
        return Recalled(observed, again, notes)

    def ahead(self, entries: Mapping[Key, Entry]) -> dict[Key, Entry]:
        """The entries before the changes are made, in which known values have fingerprints of the current key."""
        made = dict(entries)
        for key, renewed in self._renewed.items():
            if key in made:
                kept = {name: own for name, own in renewed.items() if name in made[key].secrets}
                made[key] = made[key]._replace(secrets={**made[key].secrets, **kept})
        return made

    def after(
        self,
        entries: Mapping[Key, Entry],
        changes: Iterable[Change],
        outcome: Outcome,
        part: Callable[[Resource], Server],
    ) -> dict[Key, Entry]:
        """The entries after the changes were made, with the fingerprints of what is stored now.

        :param part: of a kind of object the server.
        """
        made = without(entries, self._touched)
        for change in changes:
            key = key_of(change.resource, change.name)
            if key in made and key not in outcome.undone and key not in outcome.unknown:
                own = {
                    item.name: self._keys.fingerprint(key, item, value)
                    for item, value in hidden_fields(change, part(change.resource))
                }
                made[key] = made[key]._replace(secrets={**made[key].secrets, **own})
        return made


def hidden_fields(change: Change, server: Server) -> Iterator[tuple[Field, Any]]:
    """The fields that a change sends, and that a server may hide, with their values."""
    if change.action in (Action.NONE, Action.DELETE) or change.resource.policy is not UPDATE_SECRETS:
        return
    for name, value in change.desired.items():
        item = field_of(change.resource, name)
        if is_sent(change, name) and can_hide(item, value, server):
            yield item, value


def has_secret(change: Change, server: Server) -> bool:
    """Whether a change sends what is a secret by our own reckoning."""
    return any(show(value, item.secrecy, change.name) != value for item, value in hidden_fields(change, server))


def without(entries: Mapping[Key, Entry], touched: Touched) -> dict[Key, Entry]:
    """Entries without the fingerprints of what others have written."""
    return {
        key: entry._replace(secrets={name: own for name, own in entry.secrets.items() if name not in touched[key]})
        if touched.get(key)
        else entry
        for key, entry in entries.items()
    }
