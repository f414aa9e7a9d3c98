# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Deploying in a scope: reading ledgers, writing the own one, and the order of that. Loaded only if an option needs it.

See docs/decisions/scopes.md.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Callable, Collection, Iterable, Mapping

from ..._engine.plan import plan_one
from ..._engine.run_resource import plan_object
from ..._engine.store import Store
from ..._model.change import Action, Change
from ..._model.errors import AirflowError, InvalidInputError, MissingError, PreconditionError
from ..._model.forms import is_sensitive
from .kinds import KINDS
from .ledger import MOST_BUCKETS, SCOPE, Entry, Key, Ledger, Position, read, read_all, variable
from .ownership import Outcome, Ownership, key_of
from .scope_info import ledger_filter
from .scope_lock import Lock, today
from .scope_names import SCOPES

if TYPE_CHECKING:
    from ..._engine.look_up import Found
    from ..._engine.plan_many import Plan
    from ..._engine.run_resource import Seen, Wanted
    from ..._engine.task import Task
    from ..._model.resource import Resource
    from .applying import Applying
    from .deployment import Planned
    from .memory import Memory
    from .planning import Planning

OF_A_SCOPE = ("scope_was", "scope_forget", "adopt")
SOMEWHERE = Position(1 << 62, "9999-12-31T23:59:59.999999+00:00")
"""As long as a position is at most."""

RULE = "1 to 40 lower-case letters, digits, underscores and dashes, beginning with a letter or digit"


def scope_of(task: Task, params: Mapping[str, Any]) -> Scope | None:
    """The scope that the options name.

    :raises InvalidInputError: for options that cannot work.
    """
    only = params["purge_only"]
    if only is not None:
        _check_patterns(only, params["purge"])
    if params["scope"] is not None:
        return Scope(task, params)
    if params["update_secrets"] == "on_change":
        raise InvalidInputError("update_secrets=on_change needs scope, which remembers what it has sent")
    for name in OF_A_SCOPE:
        if params[name] not in (None, [], "if_unowned"):
            raise InvalidInputError(f"{name} needs scope")
    return None


def _check_patterns(only: list[str], purged: list[str]) -> None:
    if not only or not purged:
        needed = "at least one pattern of kind/name" if purged else "purge, whose objects it selects from"
        raise InvalidInputError(f"purge_only needs {needed}")
    kinds = [KINDS[option].resource.kind for option in purged]
    for pattern in only:
        if pattern.partition("/")[0] not in kinds or not pattern.partition("/")[2]:
            raise InvalidInputError(
                f"purge_only: {pattern!r} must be a kind of purge ({', '.join(kinds)}), a slash, and a pattern"
            )


class Scope:
    """The scope of a task.

    :raises InvalidInputError: for options that cannot work.
    """

    def __init__(self, task: Task, params: Mapping[str, Any]) -> None:
        self._task = task
        self.name: str = params["scope"]
        self._was: str = params["scope_was"] or ""
        for option in ("scope", "scope_was"):
            _check_name(option, params[option])
        if self.name == self._was:
            raise InvalidInputError("scope and scope_was must differ")
        self._adopt: str = params["adopt"]
        self._timeout: int = params["lock_timeout"]
        listed = {
            key_of(kind.resource, str(item[kind.resource.identity.name])): item
            for option, kind in KINDS.items()
            for item in params[option] or ()
        }
        self._forget = {_key(text) for text in params["scope_forget"]}
        for kind, name in sorted(self._forget & listed.keys()):
            raise InvalidInputError(f"{kind} {name!r} is listed and in scope_forget: it can only be one of them")
        for kind, name in sorted(listed):
            if name.startswith(SCOPES):
                raise InvalidInputError(f"{kind} {name!r} cannot be listed: scopes keep what they own under such names")
        self._protected = {key for key, item in listed.items() if item.get("protect")}
        self._memory: Memory | None = None
        if params["update_secrets"] == "on_change":
            from .memory import Memory

            self._memory = Memory(task, params)
        self._ledgers: Mapping[str, Ledger] = {}
        self._ownership: Ownership
        self._ahead: dict[Key, Entry] = {}
        self._locks: dict[str, Lock] = {}
        self._told: list[str] = []
        self.warnings: list[str] = []

    def read(self, planning: Planning, names: Iterable[str], purges: Collection[str]) -> Found:
        """Read the ledgers, and variables of these names; perhaps others as well.

        Where the server can select the ledgers, not all variables are read to find them: one request more, unless they
        are all on the first page.

        :param purges: the options of whose objects those that no list names are to be deleted.
        """
        kind, selected = KINDS["variables"], ledger_filter(self._task.client.server)
        # A purge begins with the first page in any case.
        own = self._variables[: int("variables" in purges)] if selected else self._variables
        found = planning.read(kind, sorted({*names, *own}), not selected)
        rows = found if found.is_whole else planning.read(kind, self._variables, True, selected)
        ledgers = read_all(rows.objects.values())
        self._ledgers = {self.name: Ledger(self.name), **ledgers}
        is_whole = not rows.warnings
        self._ownership = Ownership(self.name, self._ledgers, self._adopt, self._was, self._forget, is_whole)
        self._warn(bool(purges), is_whole)
        if "variables" in purges and not found.is_whole:
            owned = {name for one, name in self._ownership.owned if one == kind.resource.kind}
            # As if there were no list, of which the first page has been read.
            rest = planning.read(kind._replace(listing=None), sorted(owned - found.objects.keys()))
            found = found._replace(objects={**found.objects, **rest.objects})
        return found if rows is found else found._replace(warnings=[*found.warnings, *rows.warnings])

    def _warn(self, purges: bool, is_whole: bool) -> None:
        own, wrong, nothing = self._ownership.ledger, self._ownership.problem, "Nothing is purged"
        self.warnings = []
        if wrong:
            self.warnings.append(
                f"The ledger of scope {self.name!r} is damaged ({wrong}). {nothing}: what the lists name is "
                "recorded again, and what else the scope owned is left"
            )
        elif purges and not is_whole:
            self.warnings.append(f"Airflow does not return all variables, so a ledger may be missing. {nothing}")
        elif purges and not self._ownership.owned and not own.texts:
            self.warnings.append(f"Scope {self.name!r} owns nothing on this Airflow yet. {nothing}")

    @property
    def _variables(self) -> list[str]:
        """The variables of the own ledger that there may be."""
        return [variable(self.name, number) for number in range(MOST_BUCKETS)]

    def add_owned(self, names: Mapping[str, set[str]], purges: Iterable[str]) -> set[str]:
        """Add what the scope owns to the names of what is to be read.

        :param names: option → names of its objects; changed.
        :return: of the options to purge those whose lists need not be read whole. A ledger has names that ignore case
            in lower case, in which not every server finds them. Where a list omits fields, all that is wanted would be
            read singly, even what does not exist.
        """
        api = self._task.client.server.api.name
        kinds = {option: KINDS[option] for option in purges}
        options = {
            option
            for option, kind in kinds.items()
            if not (kind.resource.identity.ignores_case or (kind.listing and api in kind.listing.read_each))
        }
        for option in options:
            names[option] |= {name for kind, name in self._ownership.owned if kind == KINDS[option].resource.kind}
        return options

    def look(self, found: Mapping[str, Found]) -> None:
        """Take note of what there is: of kinds of which it is not all, and of values that the server hides."""
        self._ownership.partial = {KINDS[option].resource.kind for option, each in found.items() if each.warnings}
        if self._memory:
            self._memory.read(self._ownership, found)

    def plan(self, wanted: Wanted, seen: Seen) -> Change:
        """Decide what an object needs, as :func:`.plan_object` does.

        :raises PlanError: if it cannot be done, or the object is another scope's.
        """
        if not self._memory:
            change = plan_object(self._task.client, wanted, seen)
        else:
            known = self._memory.recall(wanted.resource, wanted.name, seen)
            seen = seen._replace(observed={**seen.observed, **known.observed})
            change = plan_object(self._task.client, wanted, seen)
            change = change._replace(unverified=(*change.unverified, *known.again), notes=known.notes)
        self._ownership.check(change)
        return change

    def purge(
        self, resource: Resource, present: Mapping[str, Mapping[str, Any]], doomed: Iterable[str]
    ) -> tuple[list[str], list[str]]:
        """See :meth:`.Ownership.purge`."""
        return self._ownership.purge(resource, present, doomed)

    def foresee(self, plan: Plan) -> list[dict[str, str]]:
        """Decide what the ledger will hold; the objects that exist, and that the scope begins to own."""
        self._ahead = self._ownership.ahead(plan.changes, self._protected, today())
        if self._memory:
            self._ahead = self._memory.ahead(self._ahead)
        new = self._ahead.keys() - self._ownership.owned.keys()
        return [
            {"kind": change.resource.kind, "name": change.name}
            for change in plan.changes
            if change.current is not None and key_of(change.resource, change.name) in new
        ]

    def _is_changed(self, plan: Plan) -> bool:
        """Whether anything is to be written, be it in a ledger."""
        return bool(plan.pending or self._ownership.taken or self._ownership.ledger.written(self._ahead))

    def apply(self, planned: Planned, plan: Callable[[], Planned]) -> dict[str, Any]:
        """Make the changes, and record whose the objects are; the result of the task.

        :param plan: reads and plans again.
        :raises AirflowError: with what is known about the state.
        """
        if not self._is_changed(planned.plan):
            return planned.applied([])
        locks = [Lock(self._task, name, self._timeout) for name in sorted({self.name, *self._ownership.taken})]
        self._locks = {lock.scope: lock for lock in locks}
        try:
            # In one order for all runs, so that no two wait for each other.
            for lock in locks:
                lock.acquire()
            if not self._begin(planned.plan):
                planned = plan()
                self._begin(planned.plan, is_fresh=True)
            made = planned.plan
            result = planned.apply(self._task, lambda work: self._finish(made, work))
        except AirflowError as error:
            raise error.saying(". ".join([error.message, *_released(locks)])) from error
        except BaseException:
            _released(locks)
            raise
        return {**result, "warnings": [*result["warnings"], *self._told, *_released(locks)]}

    def _begin(self, plan: Plan, is_fresh: bool = False) -> bool:
        """Record what is going to be created, and take over what is others'.

        :param is_fresh: planned since the locks are held.
        :return: whether the plan still holds. Another run in one of these scopes could have ended since it was made.
            The ledger shows that, except if objects were missing: the other run had recorded and then created them.
        :raises AirflowError: if that fails; no object has been changed.
        """
        if not is_fresh and self._ownership.gone:
            return False
        if not self._ownership.taken.keys() <= self._locks.keys():
            raise PreconditionError("Another scope has been given one of the objects meanwhile. Run the task again")
        try:
            if self._memory:
                # It has to have place for the fingerprints as well.
                after = self._ownership.after(plan.changes, self._ahead, Outcome())
                self._ownership.ledger.written(self._memory.made(plan.changes, after, Outcome()), SOMEWHERE)
            note = "" if is_fresh else self._note(plan)
            if note:
                return self._take_note(self._ownership.ledger, note)
            if not is_fresh and any(map(self._is_stale, self._locks)):
                return False
            self._write(self._ownership.ledger, self._ahead)
            for name, keys in self._ownership.taken.items():
                ledger = self._ledgers[name]
                left = {key: entry for key, entry in ledger.entries.items() if key not in keys}
                if name == self._was:
                    self._delete(ledger)
                else:
                    self._write(ledger, left)
        except AirflowError as error:
            raise error.saying(f"No object was changed, as the ledger could not be written: {error.message}") from error
        return True

    def _is_stale(self, name: str) -> bool:
        """Whether somebody has written a ledger since it was read."""
        ledger = self._ledgers[name]
        stored = self._task.client.read(KINDS["variables"].resource, ledger.head)
        return (stored or {}).get("value") != ledger.texts.get(ledger.head)

    def _note(self, plan: Plan) -> str:
        """The note that spares a request: if entries are removed in the end, the ledger is written then anyway."""
        resource = KINDS["variables"].resource
        is_written_again = any(change.action is Action.DELETE for change in plan.changes)
        is_written_again = is_written_again or bool(self._memory and self._memory.is_kept(plan, self._ahead))
        if self._ownership.taken or not is_written_again or self._task.client.server.lacks(resource.masks_since):
            return ""
        return self._ownership.ledger.noted(self._ahead)

    def _take_note(self, ledger: Ledger, note: str) -> bool:
        """Write a note beside a ledger, whose answer shows whether the ledger is as it was."""
        resource, store, text = KINDS["variables"].resource, Store(self._task, trusting=True), ledger.texts[ledger.head]
        current = {resource.identity.name: ledger.head, "value": text, "description": ledger.description}
        try:
            change = plan_one(resource, ledger.head, {"description": note}, current, self._task.client.server)
            stored = store.apply(change)
        except MissingError:
            return False
        self._told += store.warnings
        self._ledgers = {**self._ledgers, ledger.scope: ledger._replace(note=note, description=note)}
        return stored.get("value") == text

    def _finish(self, plan: Plan, work: Applying) -> str:
        """Record what has been deleted, and what was not made; why that could not be done, or nothing."""
        keys = {(change.resource.kind, change.name): key_of(change.resource, change.name) for change in plan.changes}

        def named(rows: Iterable[Mapping[str, Any]]) -> set[Key]:
            return {keys[row["kind"], row["name"]] for row in rows}

        partly = {keys[name] for name in work.partly}
        outcome = Outcome(named([*work.failed, *work.pending]) - partly, named(work.unknown) | partly)
        after = self._ownership.after(plan.changes, self._ahead, outcome)
        ledger = self._ledgers[self.name]
        log = ledger.log
        if self._memory and self._memory.is_kept(plan, self._ahead):
            after, log, said = self._memory.finish(plan.changes, after, outcome)
            self._told += said
        if after == self._ahead and log == ledger.log and not ledger.note:
            return ""
        try:
            self._locks[self.name].check()
            self._write(ledger, after, log)
        except AirflowError as error:
            return (
                f"The ledger of scope {self.name!r} could not be written after that: {error.message}. The next run "
                "compares it with what there is"
            )
        return ""

    def _write(self, ledger: Ledger, entries: Mapping[Key, Entry], log: Position | None = None) -> None:
        resource, server = KINDS["variables"].resource, self._task.client.server
        written = ledger.written(entries, log)
        store = Store(self._task, trusting=True)
        for name, text in written.items():
            is_there, is_head = name in ledger.texts, name == ledger.head
            described = {"description": ledger.description} if is_head else {}
            before = {resource.identity.name: name, "value": ledger.texts.get(name), **described}
            wanted = {"value": text, **({"description": ""} if is_head and ledger.note else {})}
            stored = store.apply(plan_one(resource, name, wanted, before if is_there else None, server))
            if stored.get("value") != text:
                raise PreconditionError(
                    f"Airflow does not return the value of the variable {name!r} as it is stored, so the ledger "
                    "cannot be read back. Choose another name for the scope"
                )
        if written:
            description = "" if ledger.note else ledger.description
            now = read(ledger.scope, {**ledger.texts, **written}, description)
            self._ledgers = {**self._ledgers, ledger.scope: now}
        self._told += store.warnings

    def _delete(self, ledger: Ledger) -> None:
        """Delete a ledger; the head first, without which it counts as damaged."""
        resource, store = KINDS["variables"].resource, Store(self._task, trusting=True)
        for name, text in sorted(ledger.texts.items()):
            current = {resource.identity.name: name, "value": text}
            store.apply(plan_one(resource, name, {}, current, self._task.client.server, "absent"))


def _released(locks: Iterable[Lock]) -> list[str]:
    """Release locks; what could not be done."""
    return [said for said in (lock.release() for lock in locks) if said]


def _check_name(option: str, name: str | None) -> None:
    if name is None:
        return
    if not re.fullmatch(SCOPE, name):
        raise InvalidInputError(f"{option} must be {RULE}, got {name!r}")
    if is_sensitive(f"{SCOPES}{name}"):
        raise InvalidInputError(f"{option} must not sound like a secret, which Airflow would hide, got {name!r}")


def _key(text: str) -> Key:
    kind, slash, name = text.partition("/")
    resources = {item.resource.kind: item.resource for item in KINDS.values() if item.is_purgeable}
    if not slash or not name or kind not in resources:
        raise InvalidInputError(f"scope_forget: {text!r} must be kind/name, where the kind is {', '.join(resources)}")
    return key_of(resources[kind], name)
