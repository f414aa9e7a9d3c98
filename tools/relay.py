# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make a server on this machine as far away as one across a VPN: a relay that delivers everything later.

relay.py <port of the server> <milliseconds> [port to listen on]

Prints the URL to use, and ends when it is interrupted. A round trip takes so many milliseconds longer, and so does a
new connection before its first byte, as its handshake is a round trip. Bytes are not lost, and arrive in their order.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import time

STEP = 64 * 1024


async def deliver(
    reader: asyncio.StreamReader, opened: asyncio.Future[asyncio.StreamWriter], seconds: float, first: float
) -> None:
    """Pass on what arrives, each part so many seconds later.

    :param opened: where to, as soon as there is a connection.
    :param first: when the first part may be passed on at the earliest, as :func:`time.monotonic` has it.
    """
    due: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

    async def pass_on() -> None:
        writer = await opened
        while True:
            moment, part = await due.get()
            await asyncio.sleep(max(0.0, moment - time.monotonic()))
            if not part:
                break
            writer.write(part)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()

    passing = asyncio.create_task(pass_on())
    part = b"begin"
    while part:
        try:
            part = await reader.read(STEP)
        except ConnectionError:
            part = b""
        due.put_nowait((max(first, time.monotonic() + seconds), part))
    with contextlib.suppress(ConnectionError):
        await passing


async def start(target: int, milliseconds: float, port: int = 0) -> asyncio.Server:
    """Listen on a port of this machine, and relay what comes to another one.

    :param target: port of the server.
    :param milliseconds: that a round trip takes longer.
    :param port: any free one if 0.
    """
    trip = milliseconds / 1000

    async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # A server has a connection when the handshake's last packet arrives, together with the first bytes: with one
        # that came earlier, a worker of gunicorn would wait for them instead of serving others.
        first = time.monotonic() + trip * 1.5
        loop = asyncio.get_running_loop()
        there: asyncio.Future[asyncio.StreamWriter] = loop.create_future()
        sending = asyncio.create_task(deliver(reader, there, trip / 2, first))
        await asyncio.sleep(trip * 1.5)
        try:
            other_reader, other_writer = await asyncio.open_connection("127.0.0.1", target)
        except OSError:
            sending.cancel()
            writer.close()
            return
        there.set_result(other_writer)
        here: asyncio.Future[asyncio.StreamWriter] = loop.create_future()
        here.set_result(writer)
        try:
            await asyncio.gather(sending, deliver(other_reader, here, trip / 2, 0.0))
        except ConnectionError:
            pass
        finally:
            for each in (writer, other_writer):
                each.close()

    return await asyncio.start_server(connect, "127.0.0.1", port)


async def main(target: int, milliseconds: float, port: int = 0) -> None:
    server = await start(target, milliseconds, port)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    target, milliseconds, *port = sys.argv[1:]
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main(int(target), float(milliseconds), *map(int, port)))
