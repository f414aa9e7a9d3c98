# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A reverse proxy that spoils requests to a real server, or their answers, where a test wants it."""

from __future__ import annotations

import contextlib
import gzip
import http.client
import http.server
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from types import TracebackType
from urllib.parse import urlsplit

BOMB = gzip.compress(bytes(80 * 1024 * 1024), 1)
HOP_BY_HOP = {"connection", "transfer-encoding", "content-length", "keep-alive"}


@dataclass(frozen=True)
class Request:
    """A request on its way to the server."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Answer:
    """An answer on its way back; ``None`` in its place means that the connection breaks off.

    :param cut: bytes of the body after which the connection ends; the headers promise all of it.
    :param is_reset: it does not end, but is reset.
    :param is_bare: nothing of the answer is sent, its headers included.
    :param pause: seconds before each byte of the body.
    """

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    cut: int | None = None
    is_reset: bool = False
    pause: float = 0.0
    is_bare: bool = False


Forward = Callable[[Request], Answer]
Rule = Callable[[Request, Forward], "Answer | None"]
"""Called with a request and the way to the server; returns what the client gets."""


def is_api(request: Request) -> bool:
    """Whether a request belongs to the task itself, and not to detection or login."""
    return "/api/v" in request.path and not request.path.endswith("/version")


def is_write(request: Request) -> bool:
    return is_api(request) and request.method != "GET"


class Proxy:
    """Listens on a free port and forwards to ``target``; over TLS if a context is given.

    ``rule`` is asked for each request; ``seen`` lists all of them.
    """

    def __init__(self, target: str, tls: ssl.SSLContext | None = None) -> None:
        self.rule: Rule = lambda request, forward: forward(request)
        self.seen: list[Request] = []
        self._target = urlsplit(target).netloc
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._scheme = "https" if tls else "http"
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)

    @property
    def url(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self._server.server_port}"

    def writes(self) -> list[Request]:
        """The writes that the client has sent."""
        return [request for request in self.seen if is_write(request)]

    def once(self, when: Callable[[Request], bool], rule: Rule, times: int = 1) -> None:
        """Use a rule for the first requests that match."""
        left = [None] * times

        def limited(request: Request, forward: Forward) -> Answer | None:
            if left and when(request):
                left.pop()
                return rule(request, forward)
            return forward(request)

        self.rule = limited

    def forward(self, request: Request) -> Answer:
        """The server's own answer."""
        answer = self._forward_once(request)
        for _attempt in range(5):
            # 3.3.2 with SQLite refuses a write now and then while a run is under way, and has done nothing. A fault
            # is about a request that the server carries out.
            if answer.status != 500 or b"Database error" not in answer.body:
                break
            time.sleep(0.2)
            answer = self._forward_once(request)
        return answer

    def _forward_once(self, request: Request) -> Answer:
        connection = http.client.HTTPConnection(self._target, timeout=60)
        try:
            connection.request(request.method, request.path, request.body, request.headers)
            response = connection.getresponse()
            headers = {name: value for name, value in response.getheaders() if name.lower() not in HOP_BY_HOP}
            return Answer(response.status, headers, response.read())
        finally:
            connection.close()

    def _handler(self) -> type[http.server.BaseHTTPRequestHandler]:
        proxy = self

        class Handler(http.server.BaseHTTPRequestHandler):
            disable_nagle_algorithm = True
            wbufsize = -1

            def _handle(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                headers = {name: value for name, value in self.headers.items() if name.lower() not in HOP_BY_HOP}
                request = Request(self.command, self.path, headers, body)
                proxy.seen.append(request)
                answer = proxy.rule(request, proxy.forward)
                if answer is None:
                    return
                if not answer.is_bare:
                    self._send(answer)
                if answer.is_reset:
                    self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    self.connection.close()

            def _send(self, answer: Answer) -> None:
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer.body)))
                with contextlib.suppress(OSError):
                    self.end_headers()
                    for piece in [answer.body[: answer.cut]] if not answer.pause else map(bytes, zip(answer.body)):
                        time.sleep(answer.pause)
                        self.wfile.write(piece)

            do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _handle  # noqa: N815

            def log_message(self, format: str, *arguments: object) -> None:
                """Stay silent."""

        return Handler

    def __enter__(self) -> Proxy:
        # Closing waits for the end of an interval.
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Listen no more."""
        self._server.shutdown()
        self._server.server_close()


def pass_on(request: Request, forward: Forward) -> Answer:
    """Nothing happens on the way."""
    return forward(request)


def without_credentials(request: Request, forward: Forward) -> Answer:
    """The server itself says what it says to one who has not logged in."""
    headers = {
        name: value for name, value in request.headers.items() if name.lower() not in ("authorization", "cookie")
    }
    return forward(replace(request, headers=headers))


def lose_answer(request: Request, forward: Forward) -> None:
    """The server does it, and the connection breaks off before its answer comes."""
    forward(request)


def fail_after(request: Request, forward: Forward) -> Answer:
    """The server does it, and yet answers 500."""
    forward(request)
    return Answer(500, {"Content-Type": "text/html"}, b"<html><title>Ooops!</title></html>")


def fail_before(request: Request, forward: Forward) -> Answer:
    """The server answers 500 and does nothing."""
    return Answer(500, {"Content-Type": "application/json"}, b'{"detail": "Database error"}')


def unavailable(request: Request, forward: Forward) -> Answer:
    """A gateway says that the server is away."""
    return Answer(503, {"Content-Type": "text/html"}, b"<html><title>503 Service Unavailable</title></html>")


def too_many_requests(request: Request, forward: Forward) -> Answer:
    """The request is refused for the time being."""
    return Answer(429, {"Content-Type": "application/json", "Retry-After": "1"}, b'{"detail": "Slow down"}')


def redirect(request: Request, forward: Forward) -> Answer:
    """A gateway wants the user to log in."""
    return Answer(302, {"Location": "https://sso.example.com/login?next=secret"})


def log_in_page(request: Request, forward: Forward) -> Answer:
    """A gateway shows its login page as if it were the answer."""
    return Answer(200, {"Content-Type": "text/html"}, b"<html><title>Sign in</title></html>")


def cut_body(request: Request, forward: Forward) -> Answer:
    """The server does it, and the connection ends in the middle of its answer."""
    answer = forward(request)
    return replace(answer, cut=len(answer.body) // 2)


def reset_in_body(request: Request, forward: Forward) -> Answer:
    """The server does it, and the connection is reset in the middle of its answer."""
    return replace(cut_body(request, forward), is_reset=True)


def drip(request: Request, forward: Forward) -> Answer:
    """The server does it, and its answer comes byte by byte."""
    return replace(forward(request), pause=0.1)


def bomb(request: Request, forward: Forward) -> Answer:
    """The server does it, and its answer is small only until it is decompressed."""
    forward(request)
    return Answer(200, {"Content-Type": "application/json", "Content-Encoding": "gzip"}, BOMB)


def other_json(request: Request, forward: Forward) -> Answer:
    """The server does it, and its answer is about something else."""
    forward(request)
    return Answer(200, {"Content-Type": "application/json"}, b'{"name": "another", "slots": 7}')


def log_in_page_after(request: Request, forward: Forward) -> Answer:
    """The server does it, and a gateway shows its login page as if it were the answer."""
    forward(request)
    return log_in_page(request, forward)
