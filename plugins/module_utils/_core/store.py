# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The only place that turns a change into HTTP."""

from __future__ import annotations

from typing import Any

from .api import Server, as_query, join
from .client import Client, named
from .compare import Verdict
from .errors import AirflowError, Effect, MissingError, NotDoneError, RequestError, ServerError, UnreachableError
from .plan import (
    CREATE,
    DELETE,
    UPDATE,
    Change,
    declared,
    is_certain,
    payload,
    recreation,
    still_different,
    update_mask,
)
from .shape import decoded
from .spec import Resource, present

DONE = {CREATE: "created", DELETE: "deleted"}


class Store:
    """The objects on one server.

    :param trusting: whoever uses it reads back itself what an answer merely echoes, many objects at once.
    """

    def __init__(self, client: Client, trusting: bool = False) -> None:
        self._client = client
        self._trusting = trusting
        self.warnings: list[str] = []

    def apply(self, change: Change) -> dict[str, Any]:
        """Make a change and return the object after it, as the server shows it; empty if it is deleted.

        A write without a clear answer is settled by reading back. If Airflow said that it failed, and nothing was
        changed, it is sent a second time: SQLite is locked now and then while a run is under way, and Airflow gives up
        at once, with a 500 (3.3.2: ``Database error``).

        :raises AirflowError: saying what is known of the state now.
        """
        if change.recreate:
            return self._create_anew(change)
        try:
            return self._apply_once(change)
        except NotDoneError:
            return self._apply_once(change)

    def _apply_once(self, change: Change) -> dict[str, Any]:
        try:
            answer = self._write(change)
        except RequestError as error:
            if error.effect is Effect.NONE:
                raise
            return self._settle(change, error)
        if change.action == DELETE:
            return {}
        resource, server = change.resource, self._server(change.resource)
        is_echo = (change.action, server.api.name) in resource.echoes
        if is_echo and self._trusting:
            return {}
        answered = not is_echo and not named(resource, change.name, server.api)(answer)
        stored = (
            decoded(resource, answer, server.api, f"the answer to the change of {change.title}")
            if answered
            else self._client.read(resource, change.name)
        )
        different = still_different(change, stored, server)
        if different and stored and change.action == CREATE:
            # v1 before 2.8 leaves out a variable's description, and gives a user without roles the default one.
            return self.apply(change._replace(action=UPDATE, current=stored, fields=tuple(different)))
        if different:
            raise AirflowError(
                f"Airflow accepted the change of {change.title} but does not hold it: {', '.join(different)} "
                f"{'is' if len(different) == 1 else 'are'} not as sent"
            )
        return dict(stored or {})

    def _server(self, resource: Resource) -> Server:
        return self._client.server.part(resource.part)

    def _write(self, change: Change) -> Any:
        client, resource, server = self._client, change.resource, self._server(change.resource)
        if resource.hooks.write(client, change):
            return None
        path = resource.path + join(change.stored_name)
        body = payload(change, server)
        if change.action == CREATE:
            return client.call("POST", resource.path, body=body, api=server.api)
        if change.action == DELETE:
            try:
                return client.call("DELETE", path, query=as_query(resource.selected, server.api), api=server.api)
            except MissingError:
                return None
        mask = update_mask(change, server)
        query = as_query({"update_mask": mask}, server.api) if mask else None
        return client.call("PATCH", path, query=query, body=body, api=server.api)

    def _create_anew(self, change: Change) -> dict[str, Any]:
        """Make an update by deletion and creation; if the second step fails, say what is lost."""
        self.apply(change._replace(action=DELETE, recreate=False))
        creation = recreation(change)
        try:
            return self.apply(creation)
        except AirflowError as error:
            cleared = " and ".join(name for name in change.fields if name not in creation.desired)
            raise AirflowError(
                f"{change.title} was deleted, to be created anew without its {cleared}, and creating it failed: "
                f"{error.message}. What it held is in the result under 'lost', without what sounds like a secret",
                **error.facts,
                lost=present(change.resource.shown(), change.name, creation.outcome(self._server(change.resource))),
            ) from error

    def _settle(self, change: Change, error: RequestError) -> dict[str, Any]:
        """Find out by reading what a write without a clear answer has done."""
        title, server = change.title, self._server(change.resource)
        unknown = f"Whether {title} was {DONE.get(change.action, 'changed')} is not known"
        again = "Running the task again finds out"

        def failed(what_is_known: str) -> AirflowError:
            kind = AirflowError if isinstance(error, UnreachableError) else type(error)
            return kind(f"{error.message}. {what_is_known}", **error.facts)

        try:
            stored = self._client.read(change.resource, change.name)
            observed = self._observe(change, stored)
        except AirflowError as second:
            raise failed(f"{unknown}, as reading it back failed too ({second.message}). {again}") from error
        different = still_different(change, stored, server, observed)
        if not different and change.action == UPDATE and stored and not is_certain(change, stored, server, observed):
            raise failed(f"{unknown}, as Airflow hides what was sent. Running the task again sends it again") from error
        if not different:
            done = DONE.get(change.action, "changed")
            self.warnings.append(f"{error.message}. Read back: {title} was {done} all the same")
            return dict(stored or {})
        if declared(change.resource, stored) != declared(change.resource, change.current):
            raise failed(
                f"Read back: {title} has been changed in part; not as wanted: {', '.join(different)}"
            ) from error
        if error.effect is Effect.PENDING:
            raise failed(f"Read back: {title} is as before, so far; Airflow may still do it. {again}") from error
        state = f"nothing was changed, {title} is as before" if change.current else f"{title} was not created"
        if not isinstance(error, ServerError):
            raise failed(f"Read back: {state}") from error
        raise NotDoneError(f"{error.message}. Read back: {state}", **error.facts) from error

    def _observe(self, change: Change, stored: dict[str, Any] | None) -> dict[str, Verdict]:
        """Find out in another way than by reading whether the fields of an update are as they were sent."""
        if change.action != UPDATE or not stored:
            return {}
        sent = {name: change.desired[name] for name in change.fields}
        return change.resource.hooks.observe(self._client, sent, stored, "always")
