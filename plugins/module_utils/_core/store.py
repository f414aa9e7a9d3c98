# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading objects, and the only place that turns a change into HTTP."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from .client import Client, join
from .errors import AirflowError, MissingError, NotAirflowError, ServerError, UnreachableError
from .plan import CREATE, DELETE, UPDATE, Change, declared, is_certain, payload, still_different, update_mask
from .spec import Listing, Resource

DONE = {CREATE: "created", DELETE: "deleted"}


class Store:
    """The objects on one server."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self.warnings: list[str] = []

    def read(self, resource: Resource | Listing, name: str) -> dict[str, Any] | None:
        """One object as the server shows it; ``None`` if it does not exist."""
        path = join(resource.collection, name)
        try:
            found = self._client.call("GET", path)
        except MissingError:
            return None
        if not isinstance(found, dict):
            raise NotAirflowError(f"GET {path}: the answer is no {resource.kind}")
        return found

    def apply(self, change: Change) -> dict[str, Any]:
        """Make a change and return the object after it, as the server shows it; empty if it is deleted.

        :raises AirflowError: saying what is known of the state now. A write without a clear answer is settled by
            reading back, not by sending it again.
        """
        try:
            answer = self._write(change)
        except (ServerError, UnreachableError) as error:
            if isinstance(error, UnreachableError) and not error.sent:
                raise
            return self._settle(change, error)
        if change.action == DELETE:
            return {}
        resource, server = change.resource, self._client.server
        is_echo = change.action == CREATE and server.api.name in resource.echoes
        stored = answer if isinstance(answer, dict) and not is_echo else self.read(resource, change.name)
        different = still_different(change, stored, server)
        if different and stored and is_echo:
            # v1 before 2.8 leaves out a variable's description when it creates it.
            return self.apply(replace(change, action=UPDATE, current=stored, fields=tuple(different)))
        if different:
            raise AirflowError(
                f"Airflow accepted the change of {_title(change)} but does not hold it: {', '.join(different)} "
                f"{'is' if len(different) == 1 else 'are'} not as sent"
            )
        return dict(stored or {})

    def _write(self, change: Change) -> Any:
        client, resource = self._client, change.resource
        if change.action == CREATE:
            return client.call("POST", join(resource.collection), body=payload(change, client.server))
        path = join(resource.collection, change.name)
        if change.action == DELETE:
            try:
                return client.call("DELETE", path)
            except MissingError:
                return None
        mask = update_mask(change, client.server)
        query = client.query({"update_mask": mask}) if mask else None
        return client.call("PATCH", path, query=query, body=payload(change, client.server))

    def _settle(self, change: Change, error: ServerError | UnreachableError) -> dict[str, Any]:
        """Find out by reading what a write without a clear answer has done."""
        title, server = _title(change), self._client.server
        unknown = f"Whether {title} was {DONE.get(change.action, 'changed')} is not known"
        again = "Running the task again finds out"

        def failed(what_is_known: str) -> AirflowError:
            return AirflowError(f"{error.message}. {what_is_known}", **error.facts)

        try:
            stored = self.read(change.resource, change.name)
        except AirflowError as second:
            raise failed(f"{unknown}, as reading it back failed too ({second.message}). {again}") from error
        different = still_different(change, stored, server)
        if not different and change.action == UPDATE and stored and not is_certain(change, stored, server):
            raise failed(f"{unknown}, as Airflow hides what was sent. Running the task again sends it again") from error
        if not different:
            done = DONE.get(change.action, "changed")
            self.warnings.append(f"{error.message}. Read back: {title} was {done} all the same")
            return dict(stored or {})
        if declared(change.resource, stored) != declared(change.resource, change.current):
            raise failed(
                f"Read back: {title} has been changed in part; not as wanted: {', '.join(different)}"
            ) from error
        if isinstance(error, UnreachableError):
            raise failed(f"Read back: {title} is as before, so far; Airflow may still do it. {again}") from error
        raise failed(f"Read back: nothing was changed, {title} is as before") from error


def _title(change: Change) -> str:
    return f"{change.resource.kind} {change.name!r}"
