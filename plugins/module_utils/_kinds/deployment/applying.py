# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Applying the plan of a deployment, with few requests where Airflow can, or side by side."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Callable, Mapping, NamedTuple

from ..._engine.plan import is_certain, still_different
from ..._engine.plan_many import Plan
from ..._engine.settle import AGAIN, settle
from ..._engine.store import DONE, Store
from ..._model.api import EVER, ApiName, Server, Since
from ..._model.change import Action, Change
from ..._model.errors import (
    AirflowError,
    Effect,
    MissingError,
    NotDoneError,
    PlanError,
    PreconditionError,
    RefusedError,
    RequestError,
)
from .kinds import KINDS, option_of, title_of

if TYPE_CHECKING:
    from ..._engine.bulk import Request as BulkRequest
    from ..._engine.task import Task
    from .approval import Approval
    from .planning import Planning

BULK = Since(v1=None, v2="3.0.0")
"""Where many objects are created and deleted with one request."""

WRITERS: Mapping[ApiName, float] = {"v1": 0.5, "v2": 0, "fab": 0}
"""Part of ``concurrency`` that writes without a bulk endpoint begin with, but one at least. Half of its default are the
four workers that Airflow 2's web server has by default. On Airflow 3 with SQLite, writes side by side can keep each
other waiting until the time is up (3.3.2)."""

CHUNK = 256
"""Changes after which all that are under way are waited for, and the person who waits is shown a line."""

WRITTEN = {Action.CREATE: "creation", Action.UPDATE: "update", Action.DELETE: "deletion"}
TOO_LARGE = 413
PASSING = frozenset({408, 425, 429})
"""Refusals that the same request may not get again."""


class Made(NamedTuple):
    """Of changes that were sent together, the names of those that were made.

    :param hidden: of those that may have been made, as the server hides what was sent.
    """

    names: set[str]
    hidden: set[str]


class Applying:
    """The changes of a plan, and what came of them.

    :param planning: what planned them.
    :param approval: what was approved, if that matters.
    """

    def __init__(self, task: Task, planning: Planning, approval: Approval | None = None) -> None:
        self._task = task
        self._client = task.client
        self._planning = planning
        self._is_approved = bool(approval and approval.is_given)
        self._again = (approval and approval.advice) or "run the task again"
        self._store = Store(task, trusting=True)
        most = task.client.transport.settings.concurrency
        self._writes = {api: planning.lanes(max(1, int(part * most)), can_lock=True) for api, part in WRITERS.items()}
        self._warnings: list[str] = []
        self._is_away = threading.Event()
        """The server does not respond, so nothing more is sent."""
        self._refused_as_large = 0
        """How often a gateway in front of Airflow has not taken a request about many objects."""
        self._was_away = False
        """The first change without a response is in one of the lists."""
        self.partly: set[tuple[str, str]] = set()
        """Kind and name of what was changed in part by a change that failed."""
        self._refusals: list[bool] = []
        """For each failure, whether the next run fails as well."""
        self.applied: list[dict[str, Any]] = []
        self.failed: list[dict[str, Any]] = []
        self.unknown: list[dict[str, Any]] = []
        self.pending: list[dict[str, Any]] = []

    def apply(self, plan: Plan) -> None:
        """Make the changes; continue with those that do not depend on failed ones, unless the server is away."""
        todo = plan.pending
        self._planning.expect(len(todo))
        while todo:
            batch, todo = _alike(todo)
            if len(batch) > 1:
                batch = self._apply_in_bulk(batch)
            left = self._apply_each(batch)
            if self._is_away.is_set():
                # The remaining changes would only take as long to fail.
                self.pending += [_item(change) for change in (*left, *todo)]
                return

    def _apply_each(self, batch: list[Change]) -> list[Change]:
        """Make changes one by one, several at a time where they are independent; those not tried as Airflow is away."""
        if not batch:
            return []
        if self._is_away.is_set():
            return batch
        lanes = self._writes[self._client.server.part(batch[0].resource.part).api.name]
        is_wide = lanes.most > 1 and all(map(_is_independent, batch))
        step = CHUNK if is_wide else 1
        echoed: list[Change] = []
        for start in range(0, len(batch), step):
            part = batch[start : start + step]
            for change, error in zip(part, lanes.each(self._try, part)):
                # Writes that lock the database for each other pass one by one.
                is_locked = isinstance(error, NotDoneError) and error.effect is Effect.NONE and is_wide
                again = self._try(change) if is_locked else error
                self._note(change, again)
                if again is None and self._is_echoed(change):
                    echoed.append(change)
            if self._is_away.is_set():
                # Accepted changes cannot be read back either; the next run compares them.
                return batch[start + len(part) :]
            if self._task.progress and is_wide:
                self._task.progress(f"{part[0].resource.kind}: {start + len(part)} of {len(batch)} done")
        self._verify(echoed)
        return []

    def _note(self, change: Change, error: AirflowError | None) -> None:
        """Record the outcome of a change in one of the lists."""
        if error is None:
            self.applied.append(_item(change))
            return
        effect = getattr(error, "effect", Effect.NONE)
        is_away = getattr(error, "is_away", False)
        if isinstance(error, WaitingError) or (is_away and effect is Effect.NONE and self._was_away):
            self.pending.append(_item(change))
            return
        self._was_away = self._was_away or is_away
        row = {**_item(change), "msg": error.message}
        if "lost" in error.facts:
            row["lost"] = error.facts["lost"]
        if effect > Effect.PART:
            self.unknown.append(row)
            return
        self.failed.append(row)
        if effect is Effect.PART:
            self.partly.add((change.resource.kind, change.name))
        self._refusals.append(_is_final(error))

    def _is_echoed(self, change: Change) -> bool:
        server = self._client.server.part(change.resource.part)
        return bool(server.lacks(change.resource.reliable_since.get(change.action, EVER)))

    def _verify(self, changes: list[Change]) -> None:
        """Check that accepted objects exist, if Airflow has only echoed the request."""
        if not changes:
            return
        server = self._client.server.part(changes[0].resource.part)
        try:
            present = self._present(changes, are_made=True)
        except AirflowError as error:
            for change in changes:
                self.applied.remove(_item(change))
                self._note(change, _unread(change, error))
            if getattr(error, "is_away", False):
                self._is_away.set()
            return
        for change in changes:
            stored = present.get(change.name)
            different = still_different(change, stored, server)
            if not different:
                continue
            self.applied.remove(_item(change))
            if stored is None:
                self._note(change, AirflowError(f"Airflow accepted {change.title}, but does not have it"))
            else:
                update = change._replace(action=Action.UPDATE, current=stored, fields=tuple(different))
                self._note(change, self._caught(self._store.complete, update))

    def _present(self, changes: list[Change], are_made: bool = False) -> dict[str, dict[str, Any]]:
        """The objects of the changes that exist, by name; all of them if the changes are known to be made."""
        kind = KINDS[option_of(changes[0].resource)]
        names = [change.stored_name for change in changes]
        found = self._planning.read(kind, names, sure=len(names) if are_made else 0)
        self._warnings += found.warnings
        return found.objects

    def _apply_in_bulk(self, batch: list[Change]) -> list[Change]:
        """Make many changes with few requests, and return those that have to be made one by one."""
        from ..._engine.bulk import MOST_BYTES, packed

        resource = batch[0].resource
        server = self._client.server.part(resource.part)
        rules = KINDS[option_of(resource)].bulk
        if rules is None or server.lacks(BULK):
            return batch
        requests, left = packed(batch, server, rules, MOST_BYTES // 4**self._refused_as_large)
        while requests and not self._is_away.is_set():
            request = requests.pop(0)
            made, error = self._send_in_bulk(request, server)
            for change in request.changes:
                if change.stored_name in made:
                    self._note(change, None)
                elif error and _is_open(error, change):
                    self._note(change, error)
                else:
                    left.append(change)
            is_too_large = isinstance(error, RefusedError) and error.status == TOO_LARGE
            if is_too_large and self._refused_as_large < 3:
                self._refused_as_large += 1
                again = [change for each in requests for change in each.changes] + left
                requests, left = packed(again, server, rules, MOST_BYTES // 4**self._refused_as_large)
        return left + [change for request in requests for change in request.changes]

    def _send_in_bulk(self, request: BulkRequest, server: Server) -> tuple[set[str], RequestError | None]:
        """Make many changes with one request; the names of those that were made, and the error of the others."""
        first, changes = request.changes[0], request.changes
        resource = first.resource
        names = {change.stored_name for change in changes}
        told: set[str] | None = None

        def write() -> Made:
            nonlocal told
            answer = self._client.call("PATCH", resource.path, body=request.body, api=server.api)
            outcome = answer.get(first.action.value) if isinstance(answer, dict) else None
            named = outcome.get("success") if isinstance(outcome, dict) else None
            if isinstance(named, list):
                told = names.intersection(map(str, named))
            return Made(told or set(), set())

        def read() -> Made:
            present = self._present(changes)
            found = Made(set(), set())
            for change in changes:
                stored = present.get(change.stored_name)
                if still_different(change, stored, server):
                    continue
                is_sure = first.action is not Action.UPDATE or is_certain(change, stored or {}, server)
                if is_sure or change.stored_name in (told or ()):
                    found.names.add(change.stored_name)
                elif told is None:
                    found.hidden.add(change.stored_name)
            return found

        seen = Made(set(), set())

        def is_done(made: Made) -> bool | None:
            nonlocal seen
            seen = made
            if made.names == names:
                return True
            return None if made.names | made.hidden == names else False

        title = title_of(option_of(resource))
        error: RequestError | None = None
        try:
            warning = settle(
                write,
                read,
                is_done,
                lambda made: not (made.names or made.hidden),
                title=f"the {WRITTEN[first.action]} of {len(changes)} {title}",
                done="made",
                left=lambda made: f"{len(made.names)} of {len(changes)} {title} were {DONE[first.action]}",
            ).warning
            self._warnings += [warning] if warning else []
        except RequestError as caught:
            error = caught
            if error.is_away:
                self._is_away.set()
        if self._task.progress:
            self._task.progress(f"{resource.kind}: {len(seen.names)} {DONE[first.action]}")
        return seen.names, error

    def _try(self, change: Change) -> AirflowError | None:
        """Make a change; return its error."""
        if self._is_away.is_set():
            return WaitingError("nobody answers")
        for field, option in KINDS[option_of(change.resource)].refers_to.items():
            kind = KINDS[option].resource.kind
            unmade = {item["name"] for item in (*self.failed, *self.unknown) if item["kind"] == kind}
            if unmade & set(change.desired.get(field) or ()):
                return WaitingError(f"one of its {title_of(option)} could not be created")
        return self._caught(self._store.adopt, change, lambda: self._plan_again(change))

    def _plan_again(self, change: Change) -> Change:
        again = self._planning.plan_again(change)
        if self._is_approved and again.action not in (Action.NONE, change.action):
            raise PreconditionError(
                f"somebody else has changed {change.title} since it was read, and what it would take now was not "
                "approved. It was left as it is"
            )
        return again

    def _caught(self, act: Callable[..., Any], *arguments: Any) -> AirflowError | None:
        """Do something; return its error."""
        try:
            act(*arguments)
        except AirflowError as error:
            if getattr(error, "is_away", False):
                self._is_away.set()
            return error
        return None

    @property
    def warnings(self) -> list[str]:
        """Warnings for the user."""
        return [*self._warnings, *self._store.warnings]

    def failure(self, result: Mapping[str, Any], tried: int) -> AirflowError | None:
        """The error of the task; ``None`` if all was applied.

        :param result: of the task.
        :param tried: how many changes were planned.
        """
        if not (self.failed or self.unknown or self.pending):
            return None
        unknown = f", the outcome of {len(self.unknown)} is not known" if self.unknown else ""
        left = f", and {len(self.pending)} were not tried" if self.pending else ""
        rows = (*self.failed, *self.unknown)
        # Many objects at once share an error.
        said = {
            row["msg"]: ", ".join(f"{r['kind']}/{r['name']}" for r in rows if r["msg"] == row["msg"]) for row in rows
        }
        # The advice is given once, for all of them.
        why = "; ".join(f"{names}: {message}" for message, names in said.items()).replace(f". {AGAIN}", "")
        return AirflowError(
            f"{len(self.failed)} of {tried} changes failed{unknown}{left}: {why}. {self._advice()}",
            **{**result, "changed": bool(self.applied or self.partly)},
            applied=self.applied,
            failures=self.failed,
            unknown=self.unknown,
            pending=self.pending,
        )

    def _advice(self) -> str:
        refused, others = sum(self._refusals), bool(self.unknown or self.pending) or not all(self._refusals)
        if not refused:
            return f"{self._again[0].upper()}{self._again[1:]} to complete the changes"
        first = "What was refused has to be corrected or permitted first: it would be refused again"
        return f"{first}. Then {self._again} to complete the changes" if others else first


class WaitingError(AirflowError):
    """A change that waits for another one, which failed."""


def _unread(change: Change, error: AirflowError) -> RequestError:
    """The error of a change that was accepted but could not be read back."""
    message = (
        f"Airflow accepted {change.title}. Whether it was stored as sent is not known because reading it back "
        f"failed ({error.message})"
    )
    unread = error.saying(message) if isinstance(error, RequestError) else RequestError(message, **error.facts)
    unread.effect = max(unread.effect, Effect.UNKNOWN)
    return unread


def _is_open(error: RequestError, change: Change) -> bool:
    """Whether a change that was sent together with others must not be sent again by itself.

    An update that may have been made can be made again, once the server has finished with the first one.
    """
    if error.is_away or error.effect is Effect.PENDING:
        return True
    return error.effect is Effect.UNKNOWN and change.action is not Action.UPDATE


def _is_final(error: AirflowError) -> bool:
    """Whether the next run fails as well, unless something else is changed first."""
    if isinstance(error, RefusedError):
        return not isinstance(error, MissingError) and error.status not in PASSING
    return isinstance(error, PlanError)


def _alike(todo: list[Change]) -> tuple[list[Change], list[Change]]:
    """The changes that are made next, all of one kind and action, and the rest, in the order in which they are made."""
    first = todo[0]
    alike: list[Change] = []
    others: list[Change] = []
    for number, change in enumerate(todo):
        is_of_kind = change.resource == first.resource
        is_alike = is_of_kind and change.action.reported == first.action.reported
        is_barred = (change.action is Action.DELETE) != (first.action is Action.DELETE)
        if not is_of_kind or is_barred or (KINDS[option_of(first.resource)].sequential and not is_alike):
            return alike, [*others, *todo[number:]]
        (alike if is_alike else others).append(change)
    return alike, others


def _is_independent(change: Change) -> bool:
    """Whether a change can be made beside others of its kind and action."""
    is_sequential = KINDS[option_of(change.resource)].sequential
    return change.action in (Action.CREATE, Action.DELETE) or not (is_sequential and is_sequential(change))


def _item(change: Change) -> dict[str, Any]:
    return {"kind": change.resource.kind, "name": change.name, "action": change.action.reported}
