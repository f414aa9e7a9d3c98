# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A server of a few lines that sends any bytes at all, for what no honest HTTP server does."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from itertools import takewhile
from types import TracebackType
from typing import TYPE_CHECKING, Callable, Sequence

if TYPE_CHECKING:
    from typing_extensions import Self

Act = Callable[[socket.socket], None]
"""Answers one request on a connection, which is closed afterwards."""


class FaultyServer:
    """Listens on a free port; the acts answer one request each, and the last one all that follow.

    ``heads`` holds the heads of the requests, one for each that has come.

    :param workers: how many connections it accepts at a time, each of which has one wait for its request, as a sync
        worker of gunicorn does; 0 for as many as come.
    """

    def __init__(self, *acts: Act, workers: int = 0) -> None:
        self._acts: Sequence[Act] = acts
        self._workers = workers
        self.heads: list[str] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def _serve(self) -> None:
        while True:
            try:
                connection = self._listener.accept()[0]
            except OSError:
                return
            if self._workers:
                self._answer(connection)
                continue
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with connection:
            with connection.makefile("rb") as request:
                lines = list(takewhile(lambda line: line.strip(), request))
                if not lines:
                    return
                # What has not been read when the connection is closed makes a reset of its end.
                lengths = [int(line[15:]) for line in lines if line.lower().startswith(b"content-length:")]
                request.read(sum(lengths))
            self.heads.append(b"".join(lines).decode())
            act = self._acts[min(len(self.heads), len(self._acts)) - 1]
            try:
                act(connection)
            except OSError:
                # The client has gone.
                return

    def __enter__(self) -> Self:
        for _worker in range(self._workers or 1):
            threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Listen no more."""
        with contextlib.suppress(OSError):
            # What waits in accept() does not notice that the socket is closed.
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


def head(status: str = "200 OK", **headers: object) -> bytes:
    """The head of an answer; ``Content_Type`` stands for ``Content-Type``."""
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([f"HTTP/1.1 {status}", *lines, "", ""]).encode()


def send(*parts: bytes) -> Act:
    """Send bytes, and close the connection."""

    def act(connection: socket.socket) -> None:
        for part in parts:
            connection.sendall(part)

    return act


def answer(body: bytes, status: str = "200 OK", **headers: object) -> Act:
    """Answer as servers do."""
    given = {"Content_Type": "application/json", "Content_Length": len(body), "Connection": "close", **headers}
    return send(head(status, **given), body)


def reset(*parts: bytes) -> Act:
    """Send bytes, and have the connection reset."""

    def act(connection: socket.socket) -> None:
        send(*parts)(connection)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    return act


def drip(start: bytes, piece: bytes, pause: float) -> Act:
    """Send a piece again and again, with pauses between them, until the client goes."""

    def act(connection: socket.socket) -> None:
        connection.sendall(start)
        while True:
            time.sleep(pause)
            connection.sendall(piece)

    return act


def endless(start: bytes, piece: bytes, count: list[int] | None = None) -> Act:
    """Send a piece again and again until the client goes; the bytes that were sent are added up."""

    def act(connection: socket.socket) -> None:
        connection.sendall(start)
        while True:
            connection.sendall(piece)
            if count is not None:
                count[0] += len(piece)

    return act
