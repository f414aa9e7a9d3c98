# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A server that answers from a table, for what this collection decides, does and says after an answer.

It says nothing about Airflow: what Airflow answers, and when, is proven in tests/live. The client, its retries and the
guard of check mode are the real ones; only the sending of a request is replaced.
"""

from __future__ import annotations

import json
import re
from copy import copy
from fnmatch import fnmatchcase
from typing import Any, Callable, Mapping, NamedTuple, Sequence, Union
from urllib.parse import parse_qsl, urlsplit

from ansible_collections.dataops.airflow.plugins.module_utils._engine.run_operation import perform_operation
from ansible_collections.dataops.airflow.plugins.module_utils._engine.run_resource import perform_resource
from ansible_collections.dataops.airflow.plugins.module_utils._engine.task import Task
from ansible_collections.dataops.airflow.plugins.module_utils._http.auth import Auth
from ansible_collections.dataops.airflow.plugins.module_utils._http.client import Client
from ansible_collections.dataops.airflow.plugins.module_utils._http.transport import Response, Settings, Transport
from ansible_collections.dataops.airflow.plugins.module_utils._model.api import APIS
from ansible_collections.dataops.airflow.plugins.module_utils._model.errors import (
    AirflowError,
    NoAnswerError,
    NotSentError,
)
from ansible_collections.dataops.airflow.plugins.module_utils._model.operation import Operation, Result
from ansible_collections.dataops.airflow.plugins.module_utils._model.resource import Resource

URL = "http://airflow.example.com"
ROOT = re.compile(r"^(/api/v[12]|/auth/fab/v1)(?=/)")


class Answer(NamedTuple):
    """An answer with its status; a body that is not a text is sent as JSON."""

    status: int
    body: Any = None
    content_type: str = "application/json"


class Sent(NamedTuple):
    """A request as it was sent.

    :param path: below the API's root, quoted, without its query.
    :param query: a parameter that is repeated has its values joined by commas.
    """

    method: str
    path: str
    query: dict[str, str]
    body: Any

    @property
    def line(self) -> str:
        """Its method and path."""
        return f"{self.method} {self.path}"

    @property
    def is_read(self) -> bool:
        """Whether it changes nothing, as a dry run does not."""
        is_dry = self.path.endswith("/dry_run") or (isinstance(self.body, dict) and self.body.get("dry_run") is True)
        return self.method == "GET" or is_dry


REFUSED_CONNECTION = NotSentError("connection refused", passing=True)
"""Nothing was sent."""

LOST = NoAnswerError("the connection broke off before an answer came", passing=True)
"""The request was sent, and nobody knows what became of it."""

HTML_500 = Answer(500, "<html><title>Ooops!</title></html>", "text/html")
DATABASE_ERROR = Answer(500, {"detail": "Database error"})
LOCKED = Answer(503, {"detail": "Database is locked"})
BAD_GATEWAY = Answer(502, "<html><title>502 Bad Gateway</title></html>", "text/html")
UNAVAILABLE = Answer(503, "<html><title>503 Service Unavailable</title></html>", "text/html")
GATEWAY_TIMEOUT = Answer(504, "<html><title>504 Gateway Time-out</title></html>", "text/html")
CONFLICT = Answer(409, {"detail": "it exists"})
DELETED = Answer(204)
ABSENT = Answer(404, {"detail": "it was not found", "title": "Not found", "type": "https://airflow/NotFound"})
"""Either generation's own word that an object does not exist."""

FAULTS: Mapping[str, Answer | NoAnswerError] = {
    "answer lost": LOST,
    "500": DATABASE_ERROR,
    "500 page": HTML_500,
    "502": BAD_GATEWAY,
    "503": UNAVAILABLE,
    "503 locked": LOCKED,
    "504": GATEWAY_TIMEOUT,
}
"""Answers to a write that leave open whether it was made."""

Reply = Union[Answer, Exception, Callable[[Sent], Any], Mapping[str, Any], None]
Table = Mapping[str, Union[Reply, Sequence[Reply]]]


class Scripted(Transport):
    """Answers from a table and lists what was sent.

    :param table: ``METHOD /path`` → its answers in turn, of which the last one lasts. An answer is an :class:`Answer`,
        parsed JSON (status 200), an exception to raise, or a function of the request that returns one of these. A path
        may hold ``*``; the first line that fits counts.
    :param version: of the server.
    """

    def __init__(self, table: Table, version: str, read_only: bool = False, retries: int = 0) -> None:
        super().__init__(Settings(URL, retries=retries), read_only, sleep=lambda seconds: None)
        self._answers = {key: list(reply) if isinstance(reply, list) else [reply] for key, reply in table.items()}
        self._version = version
        self.sent: list[Sent] = []

    @property
    def writes(self) -> list[Sent]:
        """The requests that are not reads."""
        return [request for request in self.sent if not request.is_read]

    def asked(self, key: str) -> int:
        """How often ``METHOD /path`` was sent."""
        return sum(f"{request.method} {request.path}" == key for request in self.sent)

    def _send_once(self, method: str, url: str, body: Any, form: Any, headers: Mapping[str, str] | None) -> Response:
        parts = urlsplit(url)
        path = ROOT.sub("", parts.path)
        if path == "/version":
            return _response(method, url, {"version": self._version, "git_version": None})
        # As JSON carries it.
        request = Sent(method, path, _query(parts.query), json.loads(json.dumps(body)))
        self.sent.append(request)
        reply = self._reply(request)
        if isinstance(reply, Exception):
            # What is known of its effect is added to an error on its way.
            raise copy(reply)
        return _response(method, url, reply)

    def _reply(self, request: Sent) -> Any:
        method, path = request.method, request.path
        fitting = [answers for key, answers in self._answers.items() if fnmatchcase(f"{method} {path}", key)]
        assert fitting, f"{method} {path} is not in the table: {sorted(self._answers)}"
        answers = fitting[0]
        reply = answers.pop(0) if len(answers) > 1 else answers[0]
        return reply(request) if callable(reply) else reply


def _query(text: str) -> dict[str, str]:
    pairs = parse_qsl(text)
    return {name: ",".join(value for key, value in pairs if key == name) for name, _value in pairs}


def _response(method: str, url: str, reply: Any) -> Response:
    answer = reply if isinstance(reply, Answer) else Answer(200, reply)
    body = answer.body if isinstance(answer.body, str) else json.dumps(answer.body)
    return Response(method, url, answer.status, {"content-type": answer.content_type}, body)


class Admin(Auth):
    """A login that takes no request."""

    username = "admin"


def client(transport: Scripted) -> Client:
    """A client that is logged in."""
    api = "v1" if transport._version.startswith("2.") else "v2"
    assert api in APIS
    return Client(transport, lambda _api: Admin(), {}, api, set())


def task(
    spec: Resource | Operation, transport: Scripted, progress: Callable[[str], None] | None = None, **options: Any
) -> dict[str, Any]:
    """Run a module's task without Ansible around it, in check mode if the transport is read-only."""
    params = {**{item.name: item.default for item in spec.options()}, **options}
    own = Task(client(transport), transport.read_only, progress)
    if isinstance(spec, Resource):
        return as_dict(perform_resource(spec, params, own))
    return as_dict(perform_operation(spec, params, own))


def as_dict(result: Result) -> dict[str, Any]:
    """A result with its warnings among its keys, as Ansible has it."""
    return {**result.values, "warnings": list(result.warnings)}


def attempt(spec: Resource | Operation, transport: Scripted, **options: Any) -> Any:
    """The result of a task, or its error."""
    try:
        return task(spec, transport, None, **options)
    except AirflowError as error:
        return error
