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
from typing import Any, Callable, Mapping, NamedTuple, Sequence, Union
from urllib.parse import parse_qsl, urlsplit

from ansible_collections.dataops.airflow.plugins.module_utils._core.api import APIS
from ansible_collections.dataops.airflow.plugins.module_utils._core.auth import Auth
from ansible_collections.dataops.airflow.plugins.module_utils._core.client import Client
from ansible_collections.dataops.airflow.plugins.module_utils._core.errors import NoAnswerError, NotSentError
from ansible_collections.dataops.airflow.plugins.module_utils._core.transport import Response, Settings, Transport

URL = "http://airflow.example.com"
ROOT = re.compile(r"^(/api/v[12]|/auth/fab/v1)(?=/)")


class Answer(NamedTuple):
    """An answer with its status; a body that is no text is sent as JSON."""

    status: int
    body: Any = None
    content_type: str = "application/json"


class Sent(NamedTuple):
    """A request as it was sent.

    :param path: below the API's root, quoted, without its query.
    """

    method: str
    path: str
    query: dict[str, str]
    body: Any


REFUSED_CONNECTION = NotSentError("connection refused", passing=True)
"""Nothing was sent."""

LOST = NoAnswerError("the connection broke off before an answer came", passing=True)
"""The request was sent, and nobody knows what became of it."""

HTML_500 = Answer(500, "<html><title>Ooops!</title></html>", "text/html")
DATABASE_ERROR = Answer(500, {"detail": "Database error"})
BAD_GATEWAY = Answer(502, "<html><title>502 Bad Gateway</title></html>", "text/html")
UNAVAILABLE = Answer(503, "<html><title>503 Service Unavailable</title></html>", "text/html")
GATEWAY_TIMEOUT = Answer(504, "<html><title>504 Gateway Time-out</title></html>", "text/html")
CONFLICT = Answer(409, {"detail": "it exists"})
ABSENT = Answer(404, {"detail": "it was not found", "title": "Not found", "type": "https://airflow/NotFound"})
"""Either generation's own word that an object does not exist."""

Reply = Union[Answer, Exception, Callable[[Sent], Any], Mapping[str, Any], None]
Table = Mapping[str, Union[Reply, Sequence[Reply]]]


class Scripted(Transport):
    """Answers from a table and lists what was sent.

    :param table: ``METHOD /path`` → its answers in turn, of which the last one lasts. An answer is an :class:`Answer`,
        parsed JSON (status 200), an exception to raise, or a function of the request that returns one of these.
    :param version: of the server.
    """

    def __init__(self, table: Table, version: str, read_only: bool = False, retries: int = 0) -> None:
        super().__init__(Settings(URL, retries=retries), read_only, sleep=lambda seconds: None)
        self._answers = {key: list(reply) if isinstance(reply, list) else [reply] for key, reply in table.items()}
        self._version = version
        self.sent: list[Sent] = []

    @property
    def writes(self) -> list[Sent]:
        """The requests that are no reads."""
        return [request for request in self.sent if request.method != "GET"]

    def asked(self, key: str) -> int:
        """How often ``METHOD /path`` was sent."""
        return sum(f"{request.method} {request.path}" == key for request in self.sent)

    def _send_once(self, method: str, url: str, body: Any, form: Any, headers: Mapping[str, str] | None) -> Response:
        parts = urlsplit(url)
        path = ROOT.sub("", parts.path)
        if path == "/version":
            return _response(method, url, {"version": self._version, "git_version": None})
        # As JSON carries it.
        request = Sent(method, path, dict(parse_qsl(parts.query)), json.loads(json.dumps(body)))
        self.sent.append(request)
        answers = self._answers.get(f"{method} {path}")
        assert answers, f"{method} {path} is not in the table: {sorted(self._answers)}"
        reply = answers.pop(0) if len(answers) > 1 else answers[0]
        reply = reply(request) if callable(reply) else reply
        if isinstance(reply, Exception):
            # What is known of its effect is added to an error on its way.
            raise copy(reply)
        return _response(method, url, reply)


def _response(method: str, url: str, reply: Any) -> Response:
    answer = reply if isinstance(reply, Answer) else Answer(200, reply)
    body = answer.body if isinstance(answer.body, str) else json.dumps(answer.body)
    return Response(method, url, answer.status, {"content-type": answer.content_type}, body)


def client(transport: Scripted, progress: Callable[[str], None] | None = None) -> Client:
    """A client that needs no log-in."""
    api = "v1" if transport._version.startswith("2.") else "v2"
    assert api in APIS
    return Client(transport, lambda _api: Auth(), {}, api, set(), progress)
