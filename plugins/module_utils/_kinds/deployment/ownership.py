# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which objects of a deployment belong to a scope, and what that means for its plan. No I/O.

See docs/decisions/scopes.md.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any, Collection, Iterable, Mapping, NamedTuple

from ..._engine.plan_many import folded
from ..._model.change import Action, Change
from ..._model.compare import parse_json
from ..._model.errors import PlanError, PreconditionError
from ..._model.resource import Resource
from ..._model.secrets import holds_mask, show
from .kinds import KINDS, Kind
from .ledger import NOWHERE, Entry, Key, Ledger

MARK = 4
"""Hexadecimal digits of a mark: enough to notice a change, and too few to find a value by trying."""


class Outcome(NamedTuple):
    """What came of the changes of a plan, by kind and name.

    :param undone: were not made.
    :param unknown: may have been made.
    """

    undone: Collection[Key] = ()
    unknown: Collection[Key] = ()


class Ownership:
    """What a scope owns, and what it may do.

    :param scope: its name.
    :param ledgers: all ledgers, by scope; that of the scope is among them, be it empty.
    :param adopt: what to do with an object that the scope does not own: ``if_unowned``, ``never`` or ``always``.
    :param was: the former name of the scope; empty if it has none.
    :param forget: what it stops to own.
    :param is_whole: whether these are all ledgers that there are.
    :ivar partial: kinds of which Airflow does not return all objects.
    :ivar taken: other scopes → what this one takes over from them.
    :ivar gone: what it owned, what no longer exists, and will not be created.
    :ivar log: the newest row of the event log when all fingerprints were right.
    :ivar heads: the variables whose writing ends a run.
    :ivar problem: why a ledger of its own, or a part of it, cannot be used; empty if all can.
    """

    def __init__(
        self,
        scope: str,
        ledgers: Mapping[str, Ledger],
        adopt: str = "if_unowned",
        was: str = "",
        forget: Collection[Key] = (),
        is_whole: bool = True,
    ) -> None:
        self.scope = scope
        self.ledger = ledgers[scope]
        self._adopt = adopt
        former = ledgers.get(was) or Ledger(was)
        known = [ledger.log for ledger in (self.ledger, former) if ledger.texts]
        self.log = min(known, default=NOWHERE)
        self.heads = [self.ledger.head, *([former.head] if was else [])]
        self.owned = {**former.entries, **self.ledger.entries}
        self.taken: dict[str, set[Key]] = {was: set(former.entries)} if former.texts else {}
        self._forget = set(forget)
        others = [ledger for name, ledger in ledgers.items() if name not in (scope, was)]
        self._others: dict[Key, list[str]] = {}
        for ledger in others:
            for key in ledger.entries:
                self._others.setdefault(key, []).append(ledger.scope)
        self._problems = [f"that of scope {ledger.scope!r} ({ledger.problem})" for ledger in others if ledger.problem]
        self.partial: Collection[str] = ()
        if not is_whole:
            self._problems.append("one that Airflow does not return with the list of variables")
        self.gone: set[Key] = set()
        self._new: set[Key] = set()
        self.problem = self.ledger.problem or former.problem
        self.can_purge = is_whole and not self.problem
        for ledger in (self.ledger, former):
            if ledger.is_kept:
                raise PreconditionError(
                    f"The ledger of scope {ledger.scope!r} cannot be read ({ledger.problem}). Nothing was changed"
                )

    def check(self, change: Change) -> None:
        """Refuse a change of an object that is not this scope's.

        :param change: of an object that the input names.
        :raises PlanError: with whose it is.
        """
        resource, is_there = change.resource, change.current is not None
        key = key_of(resource, change.name)
        if not _has_owners(resource):
            return
        if not is_there and change.action is Action.NONE:
            self.gone |= {key} & self.owned.keys()
            return
        if not is_there:
            self._new.add(key)
        owners = self._others.get(key, [])
        if owners and self._adopt == "always":
            for owner in owners:
                self.taken.setdefault(owner, set()).add(key)
        elif owners:
            whose = " and ".join(repr(owner) for owner in owners)
            also = f"scope {self.scope!r} and " if key in self.owned else ""
            advice = "adopt=always takes it over" if not also else "List it in scope_forget of one of them"
            raise PlanError(f"belongs to {also}scope {whose}. {advice}")
        elif is_there and key not in self.owned:
            if self._adopt == "never":
                raise PlanError(f"exists, and does not belong to scope {self.scope!r}, as adopt=never requires")
            if self._problems:
                raise PlanError(
                    f"exists, and whether it belongs to another scope is not known: a ledger cannot be read, "
                    f"{' and '.join(self._problems)}"
                )

    def purge(
        self, resource: Resource, present: Mapping[str, Mapping[str, Any]], doomed: Iterable[str]
    ) -> tuple[list[str], list[str]]:
        """What is purged of what no list names, and sentences on what is not; comes after the checks.

        :param present: all objects of the kind that the scope owns, by name; others may be among them.
        :param doomed: names of those that would be purged if the scope owned everything.
        """
        there = {key_of(resource, name) for name in present}
        if resource.kind not in self.partial:
            self.gone |= {key for key in self.owned if key[0] == resource.kind and key not in there | self._new}
        purged, said = [], []
        for name in doomed if self.can_purge else ():
            key = key_of(resource, name)
            entry = self.owned.get(key)
            if entry is None or key in self._forget:
                continue
            why = self._why_kept(resource, key, entry, present[name])
            if why:
                said.append(f"{resource.kind} {name!r} is not purged: {why}")
            else:
                purged.append(name)
        return purged, said

    def _why_kept(self, resource: Resource, key: Key, entry: Entry, stored: Mapping[str, Any]) -> str:
        others = self._others.get(key)
        if others:
            return f"it belongs to scope {' and '.join(map(repr, others))} as well"
        if entry.is_protected:
            return "it was protected when it was listed for the last time"
        touched = [
            name
            for name, mark in entry.marks.items()
            if stored.get(name) is not None
            and not holds_mask(stored[name])
            and mark_of(key, name, stored[name]) not in _each(mark)
        ]
        if touched:
            return (
                f"it is not as scope {self.scope!r} left it ({', '.join(touched)}): somebody has changed it, or "
                "created another one. List it with state=absent to delete it, or in scope_forget to leave it"
            )
        return ""

    def ahead(self, changes: Iterable[Change], protected: Collection[Key], now: str) -> dict[Key, Entry]:
        """The entries before the changes are made: with what is going to be created, and what will be deleted.

        :param changes: those of the plan.
        :param protected: what the input protects.
        :param now: date and time, ISO 8601.
        """
        entries = {key: entry for key, entry in self.owned.items() if key not in self._forget | self.gone}
        for change in changes:
            key = key_of(change.resource, change.name)
            is_there = change.action is not Action.DELETE and (change.current or change.action is Action.CREATE)
            if not _has_owners(change.resource) or not is_there:
                continue
            origin = "c" if change.action is Action.CREATE else "a"
            known = entries.get(key) or Entry(origin, now)
            marks = _meanwhile(known.marks, _marks(change, key), change.action)
            # What is sent has no fingerprint until it is known to be stored.
            left = {name: own for name, own in known.secrets.items() if not is_sent(change, name)}
            entries[key] = known._replace(is_protected=key in protected, marks=marks, secrets=left)
        return entries

    def after(self, changes: Iterable[Change], ahead: Mapping[Key, Entry], outcome: Outcome) -> dict[Key, Entry]:
        """The entries after the changes were made.

        :param ahead: those that were written before.
        """
        entries = dict(ahead)
        for change in changes:
            key = key_of(change.resource, change.name)
            if change.action is Action.NONE or not _has_owners(change.resource):
                continue
            if change.action is Action.DELETE:
                if key not in outcome.undone and key not in outcome.unknown:
                    entries.pop(key, None)
            elif key in outcome.unknown and key in entries:
                entries[key] = entries[key]._replace(marks={})
            elif key in outcome.undone:
                entries.pop(key, None)
                if key in self.owned and change.action is not Action.CREATE:
                    entries[key] = self.owned[key]
        return entries


def key_of(resource: Resource, name: str) -> Key:
    """How a ledger names an object."""
    return resource.kind, folded(resource, name)


def is_sent(change: Change, field: str) -> bool:
    """Whether a change sends a field, or creates the object again."""
    return field in change.fields if change.action is Action.UPDATE else change.action is not Action.NONE


def mark_of(key: Key, field: str, value: Any) -> str:
    """A mark of a value: the same for all forms in which a server may show it."""
    if isinstance(value, str):
        is_json, parsed = parse_json(value)
        value = parsed if is_json else value
    if isinstance(value, (list, tuple)):
        added = _kind_of(key).added.get(field)
        value = sorted(json.dumps(item, sort_keys=True) for item in value if item != added)
    text = json.dumps([*key, field, value if value not in ("", {}, []) else None], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:MARK]


def _marks(change: Change, key: Key) -> dict[str, str]:
    """Marks of the fields that were given, except those that are not shown, be it in a part."""
    return {
        item.name: mark_of(key, item.name, change.desired[item.name])
        for item in change.resource.fields
        if change.desired.get(item.name) is not None
        and not item.write_only
        and show(change.desired[item.name], item.secrecy, change.name) == change.desired[item.name]
    }


def _each(mark: str) -> list[str]:
    """A mark may be two: that of the value before a change, and that of the value after it."""
    return [mark[start : start + MARK] for start in range(0, len(mark), MARK)]


def _meanwhile(old: Mapping[str, str], new: Mapping[str, str], action: Action) -> Mapping[str, str]:
    """Marks that hold before a change is made, and after it: the run may end in between.

    They stay as they are until there is another change, so that a run without one writes nothing.
    """
    if action is Action.CREATE:
        return new
    covered = {name: old[name] for name, mark in new.items() if mark in _each(old.get(name, ""))}
    if action is Action.NONE:
        return old if covered == old else new
    before = {name: old[name][-MARK:] for name in new if name in old}
    return {name: covered.get(name) or before.get(name, "") + mark for name, mark in new.items()}


def _has_owners(resource: Resource) -> bool:
    """Whether such objects belong to somebody: a DAG does not, which comes of a file."""
    return _kind_of((resource.kind, "")).is_purgeable


def _kind_of(key: Key) -> Kind:
    return next(kind for kind in KINDS.values() if kind.resource.kind == key[0])
