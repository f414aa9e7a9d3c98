# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Planning a deployment: everything is read, and compared with what is wanted. Nothing is written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Iterable, Mapping

from ..._engine.options import check_since
from ..._engine.plan import plan_one
from ..._engine.plan_many import Entry, Plan, complaints, entries, folded, in_order, to_purge
from ..._engine.run_resource import check_server, examine, plan_object, preflight, validate
from ..._model.change import Action, Change
from ..._model.errors import InvalidInputError, PlanError
from ..._model.resource import Resource
from .kinds import KINDS, Kind, title_of
from .scope_names import SCOPES

if TYPE_CHECKING:
    from ..._engine.look_up import Found
    from ..._engine.side_by_side import Lanes
    from ..._engine.task import Task
    from .scope import Scope

UNCHANGED = "Nothing was changed"
READERS = len(KINDS)
"""Reads at a time to begin with: one of each kind."""


class Planning:
    """The wanted deployment, and what the server has of it.

    :param scope: whose objects they are; ``None`` if that does not matter.
    """

    def __init__(self, task: Task, params: Mapping[str, Any], scope: Scope | None = None) -> None:
        self._task = task
        self._scope = scope
        self._client = task.client
        self._params = params
        self._most = task.client.transport.settings.concurrency
        self._reads = self.lanes(READERS)
        self._errors: list[str] = []
        self._entries: dict[tuple[str, str], Entry] = {}
        self.warnings: list[str] = []

    def lanes(self, begin: int, can_lock: bool = False) -> Lanes:
        """Lanes for requests of this task.

        :param begin: how many are under way at a time to begin with.
        :param can_lock: whether requests may fail as there are several at a time.
        """
        from ..._engine.side_by_side import Lanes, Width

        return Lanes(Width(begin, self._most), self._most, self._client.transport, can_lock)

    def expect(self, requests: int) -> None:
        """Log in for many requests, if that pays off."""
        if self._params["airflow_auth"] == "auto":
            self._client.expect(requests)

    def plan(self) -> Plan:
        """Read everything, and plan the changes.

        :raises PlanError: with all errors together; nothing has been written.
        """
        params = self._params
        wanted = {option: entries(kind.resource, params[option], option) for option, kind in KINDS.items()}
        self._entries = {(entry.resource.kind, entry.name): entry for each in wanted.values() for entry in each}
        self._errors = complaints(entry for each in wanted.values() for entry in each)
        missing = [option for option in params["purge"] if params[option] is None]
        if missing:
            lists = " and ".join(missing)
            self._errors.append(f"purge holds {lists}, so {lists} must be given, even if it is an empty list")
        found = self._read_all(wanted)
        changes: list[Change] = []
        names: dict[str, set[str]] = {}
        for option, kind in KINDS.items():
            present = found.get(option)
            if present is None:
                continue
            names[kind.resource.kind] = set(present)
            own = self._plan_kind(kind, wanted[option], present, names)
            if option in params["purge"]:
                own += self._plan_purge(kind.resource, wanted[option], present)
            gone = {change.stored_name for change in own if change.action is Action.DELETE}
            new = {change.name for change in own if change.action is Action.CREATE}
            names[kind.resource.kind] = (set(present) | new) - gone
            changes += own
        if self._errors:
            listed = "; ".join(self._errors)
            raise PlanError(f"{listed}. {UNCHANGED}")
        plan = Plan(in_order(changes, (kind.resource.kind for kind in KINDS.values())), tuple(self.warnings))
        plan.check_deletions(params["max_deletions"])
        return plan

    def _read_all(self, wanted: Mapping[str, list[Entry]]) -> dict[str, dict[str, dict[str, Any]]]:
        """What there is of each kind that matters, by option and name; the kinds are read side by side.

        :param wanted: option → the objects that it holds.
        """
        from ..._engine.side_by_side import side_by_side

        names = {option: {entry.name for entry in listed} for option, listed in wanted.items()}
        for option, kind in KINDS.items():
            for field, other in kind.refers_to.items():
                names[other] |= {name for entry in wanted[option] for name in entry.options.get(field) or ()}
        purged = self._params["purge"]
        whole, found = set(purged), {}
        if self._scope:
            found["variables"] = self._scope.read(self, names["variables"], purged)
            self.warnings += self._scope.warnings
            whole -= self._scope.add_owned(names, purged)
        options = [
            option
            for option in KINDS
            if option not in found and (names[option] or option in whole) and self._has(option)
        ]
        server = self._client.server
        log_ins = sum(self._log_ins(KINDS[option], wanted[option]) for option in options)
        singly = [
            option
            for option, kind in KINDS.items()
            if kind.listing is None or (server.api.name in kind.listing.read_each and option not in whole)
        ]
        self.expect(log_ins + sum(len(names[option]) if option in singly else 1 for option in options))

        def read(option: str) -> Found:
            kind, named, is_whole = KINDS[option], names[option], option in whole
            absent = {entry.name for entry in wanted[option] if entry.options.get("state") == "absent"}

            def is_doomed(name: str) -> bool:
                return name in absent or (is_whole and name not in named)

            rows = self.read(kind, sorted(named), is_whole, is_doomed=is_doomed)
            beside = {
                other for name in named - rows.objects.keys() for other in kind.resource.hooks.beside(name, server)
            }
            if beside and (rows.warnings or not rows.is_whole):
                rows.objects.update(self.read(kind, beside).objects)
            return rows

        width = min(self._most, max(1, len(options)))
        found.update(zip(options, side_by_side(width, read, options)))
        self.warnings += [warning for each in found.values() for warning in each.warnings]
        if self._scope:
            self._scope.look(found)
        return {option: found[option].objects for option in KINDS if option in found}

    def _has(self, option: str) -> bool:
        """Whether this version of Airflow has such objects; if not, that is one of the errors."""
        resource = KINDS[option].resource
        try:
            check_since(title_of(option), resource.since, self._client.server.part(resource.part))
        except InvalidInputError as error:
            self._errors.append(error.message)
            return False
        return True

    def _log_ins(self, kind: Kind, wanted: Iterable[Entry]) -> int:
        """How many logins it takes to compare these objects."""
        policy = kind.resource.policy
        is_compared = kind.log_in_with and policy and self._params[policy.name] == "always"
        return sum(bool(entry.options.get(kind.log_in_with)) for entry in wanted if is_compared)

    def read(
        self,
        kind: Kind,
        names: Iterable[str],
        is_whole: bool = False,
        filters: Mapping[str, Any] | None = None,
        **known: Any,
    ) -> Found:
        """The objects of a kind that have these names, and perhaps others: see :func:`.look_up.look_up`."""
        from ..._engine.look_up import look_up

        listing, expect = kind.listing, self.expect
        return look_up(kind.resource, listing, self._client, names, self._reads, is_whole, expect, filters, **known)

    def _plan_kind(
        self, kind: Kind, wanted: Iterable[Entry], present: Mapping[str, dict[str, Any]], names: Mapping[str, set[str]]
    ) -> list[Change]:
        def plan(entry: Entry) -> tuple[Change, list[str]] | str:
            try:
                return self._plan_entry(kind.resource, entry, present, names)
            except PlanError as error:
                # The end of the whole message says it for all of them.
                return f"{entry.title}: {error.message}".replace(f". {UNCHANGED}", "")

        takes_requests = kind.log_in_with or kind.is_awaited
        plans = self._reads.each(plan, wanted) if takes_requests else [plan(entry) for entry in wanted]
        self._errors += [outcome for outcome in plans if isinstance(outcome, str)]
        planned = [outcome for outcome in plans if not isinstance(outcome, str)]
        self.warnings += [warning for _change, warnings in planned for warning in warnings]
        return [change for change, _warnings in planned]

    def _plan_entry(
        self,
        resource: Resource,
        entry: Entry,
        present: Mapping[str, dict[str, Any]],
        names: Mapping[str, set[str]],
    ) -> tuple[Change, list[str]]:
        client, name = self._client, entry.name
        wanted = validate(resource, entry.options, self._params)
        check_server(client, resource, name)
        current = present.get(name)
        if current is None and resource.identity.ignores_case:
            same = folded(resource, name)
            current = next((row for key, row in present.items() if folded(resource, key) == same), None)
        seen = examine(self._task, wanted, current)
        change = self._scope.plan(wanted, seen) if self._scope else plan_object(client, wanted, seen)
        if entry.options.get("protect") and change.action in (Action.DELETE, Action.REPLACE):
            raise PlanError("it is protected, and would be deleted")
        return change, preflight(self._task, change, names)

    def _plan_purge(
        self, resource: Resource, wanted: Iterable[Entry], present: Mapping[str, dict[str, Any]]
    ) -> list[Change]:
        listed = {entry.name for entry in wanted}
        exclude = [*self._params["purge_exclude"], f"*/{SCOPES}*"]
        doomed, _protected = to_purge(resource, present, listed, exclude, self._params["purge_only"])
        if self._scope:
            doomed, said = self._scope.purge(resource, present, doomed)
            self.warnings += said
        server = self._client.server.part(resource.part)
        changes = []
        for name in doomed:
            change = plan_one(resource, name, {}, present[name], server, "absent")._replace(listed=False)
            try:
                check_server(self._client, resource, name)
                self.warnings += preflight(self._task, change)
            except PlanError as error:
                self.warnings.append(f"{change.title} is not purged: {error.message}")
                continue
            changes.append(change)
        return changes

    def plan_again(self, change: Change) -> Change:
        """The change for an object that somebody else has created or deleted since it was read."""
        current = self._client.read(change.resource, change.name)
        entry = self._entries[change.resource.kind, change.name]
        again, warnings = self._plan_entry(change.resource, entry, {change.name: current} if current else {}, {})
        self.warnings += warnings
        return again
