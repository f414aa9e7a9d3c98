# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading objects, and the only place that turns a change into HTTP."""

from __future__ import annotations

from typing import Any, Mapping

from .client import Client, join
from .errors import AirflowError, MissingError, NotAirflowError, ServerError, UnreachableError
from .plan import CREATE, DELETE, Change, payload, still_different, update_mask
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
        stored = (
            answer
            if isinstance(answer, dict) and self._is_whole(change, answer)
            else self.read(change.resource, change.name)
        )
        different = still_different(change, stored, self._client.server)
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
        query = client.query({"update_mask": update_mask(change, client.server)})
        return client.call("PATCH", path, query=query, body=payload(change, client.server))

    def _is_whole(self, change: Change, answer: Mapping[str, Any]) -> bool:
        """Whether an answer tells the object as it is stored.

        v1 answers POST /variables with an echo of what was sent, without what was not (2.11.2).
        """
        server = self._client.server
        fields = (change.resource.identity, *change.resource.fields)
        return all(item.name in answer for item in fields if not server.lacks(item.since))

    def _settle(self, change: Change, error: ServerError | UnreachableError) -> dict[str, Any]:
        """Find out by reading what a write without a clear answer has done."""
        title = _title(change)
        try:
            stored = self.read(change.resource, change.name)
        except AirflowError as second:
            raise AirflowError(
                f"{error.message}. Whether {title} was {_done(change)} is not known, as reading it back failed too "
                f"({second.message}). Running the task again finds out",
                **error.facts,
            ) from error
        different = still_different(change, stored, self._client.server)
        if not different:
            self.warnings.append(f"{error.message}. Read back: {title} was {_done(change)} all the same")
            return dict(stored or {})
        if stored == change.current:
            raise AirflowError(
                f"{error.message}. Read back: nothing was changed, {title} is as before", **error.facts
            ) from error
        raise AirflowError(
            f"{error.message}. Read back: {title} has been changed in part; not as wanted: {', '.join(different)}",
            **error.facts,
        ) from error


def _title(change: Change) -> str:
    return f"{change.resource.kind} {change.name!r}"


def _done(change: Change) -> str:
    return DONE.get(change.action, "changed")
