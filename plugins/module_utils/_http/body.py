# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading an answer completely or not at all: within a time, up to a size, and with every promised byte."""

from __future__ import annotations

import http.client
import io
import re
import socket
import time
import zlib
from typing import Any, Iterator

LARGEST = 64 * 1024 * 1024
"""Bytes of an answer's body that are read, decompressed."""

STEP = 64 * 1024
GZIP_OR_ZLIB, DEFLATE = 32 + zlib.MAX_WBITS, -zlib.MAX_WBITS
COMPRESSIONS = ("gzip", "x-gzip", "deflate")
"""What a gateway may do to an answer although nobody asked it to."""


class BrokenOffError(Exception):
    """The body has an end before its end."""


class UnusableError(Exception):
    """The body has arrived, but cannot be used."""


class TimedResponse(http.client.HTTPResponse):
    """An answer that has to come whole within the timeout of its socket, counted from when one begins to wait for it.

    A socket's own timeout counts from one byte to the next: a server that sends one now and then would hold a request
    forever, in the headers as well as in the body.
    """

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp = io.BufferedReader(_TimedSocket(sock, self.fp.detach()))


class _TimedSocket(io.RawIOBase):
    """What a socket receives until a time is up."""

    def __init__(self, sock: socket.socket, raw: io.RawIOBase) -> None:
        super().__init__()
        self._socket = sock
        self._raw = raw
        self._timeout = sock.gettimeout()
        self._end = None if self._timeout is None else time.monotonic() + self._timeout

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        if self._end is None:
            return self._raw.readinto(buffer)
        left = self._end - time.monotonic()
        if left <= 0:
            raise socket.timeout("timed out")
        self._socket.settimeout(left)
        try:
            return self._raw.readinto(buffer)
        finally:
            # The next request is sent over the same socket.
            self._socket.settimeout(self._timeout)

    def close(self) -> None:
        self._raw.close()
        super().close()


def read_text(raw: Any) -> str:
    """The body of an answer, decompressed; what is not UTF-8 in it is replaced.

    :param raw: urllib3's response, of which nothing has been read.
    :raises BrokenOffError: if there is less than the headers promise; what urllib3 raises if the connection ends.
    :raises UnusableError: if it is larger than :data:`LARGEST`, or compressed in an unknown way.
    """
    encoding = raw.headers.get("content-encoding", "").strip().lower()
    pieces = _received(raw)
    if encoding in COMPRESSIONS:
        pieces = _decompressed(pieces, encoding)
    elif encoding not in ("", "identity"):
        raise UnusableError(f"its content encoding was not requested ({encoding[:20]!r})")
    body = bytearray()
    for piece in pieces:
        body += piece
        if len(body) > LARGEST:
            raise UnusableError(f"it is larger than {LARGEST // 1024 // 1024} MiB, the most that is read")
    return body.decode("utf-8", "replace")


def _received(raw: Any) -> Iterator[bytes]:
    """The body as it is sent. urllib3 before 2 does not notice that it is shorter than the headers say."""
    length = raw.headers.get("content-length", "")
    promised = int(length) if re.fullmatch("[0-9]{1,18}", length) and not raw.chunked else None
    came = 0
    while True:
        piece = raw.read(STEP, decode_content=False)
        if not piece:
            break
        came += len(piece)
        yield piece
    if promised is not None and came < promised:
        raise BrokenOffError(f"{came} of {promised} bytes came")


def _decompressed(pieces: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    """The content of compressed data, a step at a time however much comes out of it."""
    form, is_begun = GZIP_OR_ZLIB, False
    expander = zlib.decompressobj(form)
    for piece in pieces:
        is_left = True
        while is_left:
            if expander.eof:
                # Several compressed files in a row are one.
                expander = zlib.decompressobj(form)
            try:
                content = expander.decompress(piece, STEP)
            except zlib.error as error:
                if is_begun or encoding != "deflate" or form == DEFLATE:
                    raise BrokenOffError(f"it cannot be decompressed: {error}") from error
                # What many servers take "deflate" for.
                form, expander = DEFLATE, zlib.decompressobj(DEFLATE)
                continue
            is_begun = True
            yield content
            piece = expander.unused_data if expander.eof else expander.unconsumed_tail
            is_left = bool(piece) or (len(content) == STEP and not expander.eof)
    if is_begun and not expander.eof:
        raise BrokenOffError("its compressed data is incomplete")
