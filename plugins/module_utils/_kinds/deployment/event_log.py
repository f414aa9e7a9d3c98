# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading of Airflow's event log what is needed to know who changed the objects of a plan."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Collection, Iterable, Iterator, Mapping

from ..._engine.run_listing import Reading
from ..._model.api import Since
from ..._model.errors import AirflowError, RefusedError
from ..._model.secrets import printable
from ..._model.timestamps import moment, parse
from ..server.event_log_info import EVENT_LOG_INFO, FILTERS_2_9
from .blame import EVENT_NAMES, blames, event_of, touches
from .ledger import NOWHERE, Position

if TYPE_CHECKING:
    from ..._engine.plan_many import Plan
    from ..._http.client import Client

MOST_EVENTS = 1000
"""Events that are searched, with ten requests. Before 2.9, which cannot filter them, those of tasks count as well."""

PAGE = 100
"""Rows after which the search may end: those of a page, unless ``[api] maximum_page_limit`` says otherwise."""

LOGS_ALL = Since(v1="2.9.0")
"""Versions that log every change by the API: 2.6.3 to 2.8.4 log none of pools, and 2.3.4 none at all
(``api_connexion/endpoints``)."""

FORBIDDEN = frozenset({401, 403})
NO_PERMISSION = "not known: there is no permission to read the event log, which is can_read on Audit Logs"
HIDDEN_NAMES = [name for name in EVENT_NAMES if "pool" not in name]
"""The events of what servers hide values of."""

SKEW = timedelta(seconds=10)
"""By how much the clocks of two web servers may differ: the order of rows is that of their numbers."""

NO_EVENT = "not known: the event log holds nothing about it, as if a task or the database changed it, or nobody did"


def blamed(client: Client, plan: Plan, rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Rows of a plan, each with who changed the object; ``None`` for an object that is as wanted.

    :param rows: of the plan, as the result has them.
    """
    log = EventLog(client)
    found = blames(plan.pending, log.pages(), log.reason)
    named = {identity: blame._asdict() for identity, blame in found.items()}
    return [{**row, "blame": named.get((row["kind"], row["name"]))} for row in rows]


class EventLog:
    """The event log of a server, as far as it is read."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._read = 0
        self._oldest: Mapping[str, Any] = {}
        self._error: AirflowError | None = None
        self.newest = NOWHERE
        """The newest row of those that :meth:`since` has read."""
        self.last: Mapping[str, Any] = {}
        """The first row that it has not returned, as it is older."""
        self.is_unreadable = False
        self.doubt = ""
        """Why there may be rows that :meth:`since` has not returned; empty if there are none."""

    def since(
        self, position: Position, heads: Collection[str], most: int | None = MOST_EVENTS
    ) -> Iterator[dict[str, Any]]:
        """Rows about connections and variables that are newer than a position, the newest ones first.

        :param heads: if no position is known, those that are newer than the last write of one of these variables.
        :param most: rows at most.
        """
        if not self._is_logged():
            return
        # The row at the position has to come as well: without it the log has been cleaned.
        after = {"after": (parse(position.when) - SKEW).isoformat()} if position.number else {}
        when = ""
        try:
            for row in self._rows(order_by=["-event_log_id"], limit=most, included_events=HIDDEN_NAMES, **after):
                number, when = row["event_log_id"], str(row.get("when"))
                self._read += 1
                if self._read == 1:
                    self.newest = _place(row)
                if number <= position.number or (not position.number and _writes(row, heads)):
                    self.last = row
                    return
                yield row
        except AirflowError as error:
            self._fail(error)
            return
        begins = f"only its newest {most} events were searched, which begin" if self._read == most else "it begins"
        self.doubt = (
            f"the event log does not show all since the last write of the ledger: {begins} at {printable(when)}"
        )
        if not self._read:
            self.doubt = "the event log has been cleaned since the last write of the ledger"

    def _is_logged(self) -> bool:
        needed = self._client.server.lacks(LOGS_ALL)
        if needed:
            self.is_unreadable, self.doubt = True, f"that Airflow logs every change by its API {needed}"
        return not needed

    def _fail(self, error: AirflowError) -> None:
        self._error, self.is_unreadable = error, True
        self.doubt = self.reason().partition(": ")[2]

    def pages(self) -> Iterator[list[dict[str, Any]]]:
        """Rows about objects, the newest ones first; they end before the log does if it cannot be read any further."""
        is_old = self._client.server.lacks(FILTERS_2_9)
        events = {} if is_old else {"included_events": list(EVENT_NAMES)}
        rows = self._rows(order_by=["-event_log_id"], limit=MOST_EVENTS, **events)
        page: list[dict[str, Any]] = []
        try:
            for row in rows:
                page.append(row)
                self._read += 1
                self._oldest = row
                if len(page) == PAGE:
                    yield page
                    page = []
        except AirflowError as error:
            self._error = error
        if page:
            yield page

    def reason(self) -> str:
        """Why there was no event about an object."""
        try:
            if not self._error and self._read < MOST_EVENTS:
                self._oldest = next(self._rows(order_by=["event_log_id"], limit=1), {})
        except AirflowError as error:
            self._error = error
        if isinstance(self._error, RefusedError) and self._error.status in FORBIDDEN:
            return NO_PERMISSION
        if self._error:
            return f"not known: the event log cannot be read: {printable(self._error.message)}"
        since = printable(str(self._oldest.get("when")))
        if self._read >= MOST_EVENTS:
            return f"not known: only the newest {MOST_EVENTS} events were searched, which began at {since}"
        needed = self._client.server.lacks(LOGS_ALL)
        if needed:
            return f"{NO_EVENT}. That Airflow logs every change by its API {needed}"
        if self._oldest and self._oldest["event_log_id"] != 1:
            return f"not known: the event log begins at {since}, and has nothing about it since then"
        return NO_EVENT

    def _rows(self, **options: Any) -> Iterator[dict[str, Any]]:
        params = {item.name: item.default for item in EVENT_LOG_INFO.options()}
        return iter(Reading(EVENT_LOG_INFO, {**params, **options}, self._client).whole(complete=False))


def _place(row: Mapping[str, Any]) -> Position:
    """Where a row is in the log; nowhere if it has no date that can be searched for."""
    try:
        return Position(row["event_log_id"], moment(str(row.get("when"))))
    except ValueError:
        return NOWHERE


def _writes(row: Mapping[str, Any], variables: Collection[str]) -> bool:
    """Whether a row is the write of one of some variables."""
    event = event_of(row)
    return bool(event and event.kind == "variable") and any(touch.name in variables for touch in touches(row))
