# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A server with a memory that hides secrets, and logs who has sent it what."""

from __future__ import annotations

import json
from typing import Any, Callable

from ansible_collections.dataops.airflow.tests.unit.keeping import IDENTITIES
from ansible_collections.dataops.airflow.tests.unit.samples import AIRFLOW_2
from ansible_collections.dataops.airflow.tests.unit.scripted import Answer, Sent
from ansible_collections.dataops.airflow.tests.unit.test_scope import Mortal

MASK = "***"
SECRET = ("password", "token", "secret")
VERBS = {
    AIRFLOW_2: {"POST": "api.{}.create", "PATCH": "api.{}.edit", "DELETE": "api.{}.delete"},
    "": {"POST": "post_{}", "PATCH": "patch_{}", "DELETE": "delete_{}"},
}
"""Version → method → name of the event, of connections and variables."""


class Logged(Mortal):
    """A server that hides secrets by their keys, and has an event log.

    :ivar log: its rows, the oldest first.
    :ivar user: who sends the requests.
    :ivar is_open: whether the log may be read.
    :ivar before: called before each request; what it does is somebody else's.
    """

    user = "ansible"
    is_open = True
    before: Callable[[Sent], None] | None = None

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.log: list[dict[str, Any]] = []

    def by(self, user: str, method: str, path: str, body: Any = None) -> None:
        """Somebody else sends a request."""
        own, self.user = self.user, user
        answer = self._answer(Sent(method, path, {}, body))
        self.user = own
        assert not isinstance(answer, Answer) or answer.status < 300, answer

    def _reply(self, request: Sent) -> Any:
        if self.before:
            self.before(request)
        return super()._reply(request)

    def _answer(self, request: Sent) -> Any:
        if request.path == "/eventLogs":
            return self._events(request) if self.is_open else Answer(403, {"detail": "Forbidden"})
        if request.method != "GET":
            self._record(request)
        return super()._answer(request)

    def _record(self, request: Sent) -> None:
        collection, *rest = request.path[1:].split("/")
        kind, verbs = collection[:-1], VERBS.get(self._version, VERBS[""])
        is_bulk = request.method == "PATCH" and not rest
        event = f"bulk_{collection}" if is_bulk else verbs[request.method].format(kind)
        extra = _masked(request.body) if request.body else {IDENTITIES[collection]: "/".join(rest)}
        number = len(self.log) + 1
        when = f"2026-11-30T{10 + number // 3600:02}:{number // 60 % 60:02}:{number % 60:02}+00:00"
        row = {"event_log_id": number, "when": when, "event": event, "owner": self.user, "extra": json.dumps(extra)}
        self.log.append(row)

    def _events(self, request: Sent) -> Any:
        query = request.query
        events, after = query["included_events"].split(","), query.get("after", "")
        rows = [row for row in reversed(self.log) if row["event"] in events and row["when"] > after]
        assert query["order_by"].startswith("-")
        start, size = int(query["offset"]), min(100, int(query["limit"]))
        return {"event_logs": rows[start : start + size], "total_entries": len(rows)}

    def _shown(self, collection: str, row: Any, is_list: bool = False) -> dict[str, Any]:
        shown = super()._shown(collection, row, is_list)
        if collection == "connections" and shown.get("extra"):
            shown["extra"] = json.dumps(_masked(json.loads(shown["extra"])))
        if collection == "variables" and self._version.startswith("3.") and shown["value"] is not None:
            shown["value"] = _masked({shown["key"]: _masked(_parsed(shown["value"]))})[shown["key"]]
            shown["value"] = shown["value"] if isinstance(shown["value"], str) else json.dumps(shown["value"])
        return shown


def _parsed(text: str) -> Any:
    try:
        found = json.loads(text)
    except ValueError:
        return text
    return found if isinstance(found, (dict, list)) else text


def _masked(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: MASK if isinstance(item, str) and any(word in key for word in SECRET) else _masked(item)
            for key, item in value.items()
        }
    return [_masked(item) for item in value] if isinstance(value, list) else value
