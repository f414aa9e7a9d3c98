# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The only place that turns a change into HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, Mapping, NamedTuple

from .._http.client import named
from .._model.api import EVER, Server, as_query
from .._model.change import Action, Change
from .._model.compare import Verdict
from .._model.errors import AirflowError, Effect, MissingError, NotDoneError, RequestError
from .._model.field import NOTHING, present
from .._model.paths import below
from .._model.resource import Resource
from .._model.shape import decoded
from .plan import declared, is_certain, payload, recreation, shows, still_different, update_mask
from .settle import UNSHOWN, adopt, settle
from .show import predicted

if TYPE_CHECKING:
    from .task import Task

DONE = {Action.CREATE: "created", Action.UPDATE: "changed", Action.DELETE: "deleted"}


class _Seen(NamedTuple):
    """An object as the server shows it.

    :param stored: the object; ``None`` if it does not exist.
    :param observed: verdicts on fields that were compared in another way.
    """

    stored: dict[str, Any] | None
    observed: Mapping[str, Verdict] = NOTHING


class Store:
    """The objects on one server.

    :param trusting: the caller itself reads back what an answer merely echoes, many objects at once.
    """

    def __init__(self, task: Task, trusting: bool = False) -> None:
        self._task = task
        self._client = task.client
        self._trusting = trusting
        self.warnings: list[str] = []

    def adopt(self, change: Change, plan: Callable[[], Change]) -> tuple[Change, dict[str, Any]]:
        """Make a change, or a different one if somebody else has created or deleted the object since it was read.

        :param plan: reads the object and plans its change again.
        :return: the change that was made, and the object after it.
        :raises AirflowError: as :meth:`apply`.
        """

        def act(change: Change) -> tuple[Change, dict[str, Any]]:
            is_right = change.action is Action.NONE
            return change, predicted(change, self._server(change.resource)) if is_right else self.apply(change)

        return adopt(change, act, plan)

    def apply(self, change: Change, once: bool = False) -> dict[str, Any]:
        """Make a change and return the object after it, as the server shows it; empty if it is deleted.

        If Airflow said that it failed, and nothing was changed, it is sent a second time: SQLite is locked now and then
        while a run is under way, and Airflow gives up at once, with a 500 (3.3.2: ``Database error``).

        :param once: of a deletion, as for :meth:`.client.Client.delete`.
        :raises AirflowError: with what is known about the state.
        """
        if change.action is Action.REPLACE:
            return self._replace(change)
        try:
            return self._apply_twice(change, once)
        except RequestError as error:
            from .faults import explained

            said = explained(self._client, change, error)
            if said is error:
                raise
            raise said from error

    def _apply_twice(self, change: Change, once: bool) -> dict[str, Any]:
        try:
            return self._apply_once(change, once)
        except NotDoneError as error:
            if error.effect is not Effect.NONE:
                raise
            return self._apply_once(change, once)

    def _apply_once(self, change: Change, once: bool) -> dict[str, Any]:
        resource, server, title = change.resource, self._server(change.resource), change.title
        # What takes more than one request is settled there, step by step.
        is_accepted = is_written = resource.hooks.write(self._task, change)

        def write() -> Any:
            nonlocal is_accepted
            shown = UNSHOWN if is_written else self._send(change, once)
            is_accepted = True
            return shown

        def different(seen: _Seen) -> list[str]:
            return still_different(change, seen.stored, server, seen.observed)

        def is_done(seen: _Seen) -> bool | None:
            if change.action is Action.CREATE and is_accepted and seen.stored:
                return True
            if different(seen):
                return False
            is_sure = change.action is not Action.UPDATE or is_certain(change, seen.stored or {}, server, seen.observed)
            return True if is_sure else None

        def left(seen: _Seen) -> str:
            if change.action is Action.DELETE:
                return f"{title} was not deleted, and was changed by somebody else"
            if seen.stored is None:
                return f"{title} no longer exists"
            return f"{title} was {DONE[change.action]} in part; not as wanted: {', '.join(different(seen))}"

        settled = settle(
            write,
            lambda: self._read(change),
            is_done,
            lambda seen: declared(resource, seen.stored) == declared(resource, change.current),
            title=title,
            done=DONE[change.action],
            unchanged=f"nothing was changed, {title} is as before" if change.current else "",
            left=left,
        )
        self.warnings += [settled.warning] if settled.warning else []
        seen: _Seen = settled.value
        missing = different(seen)
        if missing:
            return self.complete(change._replace(action=Action.UPDATE, current=seen.stored, fields=tuple(missing)))
        return dict(seen.stored or {})

    def _server(self, resource: Resource) -> Server:
        return self._client.server.part(resource.part)

    def _send(self, change: Change, once: bool) -> Any:
        """Send the request of a change; return the object in the answer, or :data:`.settle.UNSHOWN`."""
        client, resource, server = self._client, change.resource, self._server(change.resource)
        path = below(resource.path, change.stored_name)
        if change.action is Action.DELETE:
            try:
                selected = as_query(resource.selected, server.api)
                is_shown = client.delete(path, query=selected, api=server.api, once=once)
            except MissingError:
                is_shown = True
            return _Seen(None) if is_shown else UNSHOWN
        body = payload(change, server)
        if change.action is Action.CREATE:
            answer = client.call("POST", resource.path, body=body, api=server.api)
        else:
            mask = update_mask(change, server)
            query = as_query({"update_mask": mask}, server.api) if mask else None
            answer = client.call("PATCH", path, query=query, body=body, api=server.api)
        is_echo = server.lacks(resource.reliable_since.get(change.action, EVER))
        # Some of Airflow's own answers show no object: v1 and the FAB provider 2.4.2 answer a POST of a role with {}.
        if is_echo and self._trusting and answer == {}:
            return _Seen(predicted(change, server))
        if (is_echo and not self._trusting) or named(resource, change.name, server.api)(answer):
            return UNSHOWN
        stored = decoded(resource, answer, server.api, f"the answer to the change of {change.title}")
        return _Seen(stored) if shows(change, stored, server) else UNSHOWN

    def _read(self, change: Change) -> _Seen:
        stored = self._client.read(change.resource, change.name)
        if change.action is not Action.UPDATE or not stored:
            return _Seen(stored)
        sent = {name: change.desired[name] for name in change.fields}
        return _Seen(stored, change.resource.hooks.probe(self._client, sent, stored, "always"))

    def complete(self, update: Change) -> dict[str, Any]:
        """Update a new object with the fields that Airflow has left out.

        v1 up to 2.8.0 leaves out a variable's description, and gives a user without roles the default one.

        :raises AirflowError: saying that the object was created.
        """
        try:
            return self.apply(update)
        except AirflowError as error:
            left_out = " and ".join(update.fields)
            raise _after(
                error, f"{update.title} was created, but not as wanted ({left_out}): {error.message}"
            ) from error

    def _replace(self, change: Change) -> dict[str, Any]:
        """Make an update by deletion and creation; if that is interrupted, report what is lost."""
        creation = recreation(change)
        cleared = " and ".join(name for name in change.fields if name not in creation.desired)
        lost = present(change.resource.shown(), change.name, predicted(creation, self._server(change.resource)))
        held = "its former fields are returned under 'lost', except those that sound like a secret"
        try:
            self.apply(change._replace(action=Action.DELETE), once=True)
        except RequestError as error:
            if error.effect is Effect.NONE:
                raise
            raise error.saying(
                f"{error.message}. It was to be created again without its {cleared}; if it is deleted, {held}",
                lost=lost,
            ) from error
        try:
            return self.apply(creation)
        except AirflowError as error:
            raise _after(
                error,
                f"{change.title} was deleted, to be created again without its {cleared}, and creating it failed: "
                f"{error.message}. {held[0].upper()}{held[1:]}",
                lost=lost,
            ) from error


def _after(error: AirflowError, message: str, **facts: Any) -> AirflowError:
    """An error in a step after another step was made."""
    said = error.saying(message, **facts)
    if isinstance(said, RequestError):
        said.effect = max(said.effect, Effect.PART)
    return said
