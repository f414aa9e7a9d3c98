# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A real browser without a window: Chromium, by its DevTools protocol over a pipe, so that no driver is needed."""

from __future__ import annotations

import base64
import contextlib
import fcntl
import itertools
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any, Iterator

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find_browser() -> str | None:
    """The path of a browser on this machine."""
    return next(filter(None, map(shutil.which, PROGRAMS)), None)


class Page:
    """A page in the browser.

    :param problems: what the browser has logged: errors, and what the page's own policy has stopped.
    """

    def __init__(self, orders: int, answers: int) -> None:
        self._orders = orders
        self._answers = os.fdopen(answers, "rb")
        self._left = b""
        self._numbers = itertools.count(1)
        self._session: dict[str, str] = {}
        self.problems: list[str] = []
        self.seen: list[str] = []
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        attached = self.send("Target.attachToTarget", targetId=target, flatten=True)
        self._session = {"sessionId": attached["sessionId"]}
        for domain in ("Page", "Log", "Runtime"):
            self.send(f"{domain}.enable")

    def send(self, method: str, **params: Any) -> dict[str, Any]:
        """Have the browser do something, and wait until it has."""
        number = next(self._numbers)
        order = {"id": number, "method": method, "params": params, **self._session}
        os.write(self._orders, json.dumps(order).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == number:
                assert "error" not in answer, answer
                result: dict[str, Any] = answer["result"]
                return result

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._left:
            part = self._answers.read1(1 << 20)
            assert part, "the browser went away"
            self._left += part
        text, _separator, self._left = self._left.partition(b"\0")
        message: dict[str, Any] = json.loads(text)
        method = message.get("method", "")
        self.seen.append(method)
        if method in ("Log.entryAdded", "Runtime.exceptionThrown", "Page.javascriptDialogOpening"):
            self.problems.append(text.decode())
        return message

    def open(self, path: Path, width: int, scheme: str, scripts: bool = True) -> None:
        """Show a file in a window of a width, ``light`` or ``dark``."""
        self.problems.clear()
        self.send(
            "Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=width < 500
        )
        self.send("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        self.send("Emulation.setScriptExecutionDisabled", value=not scripts)
        self.seen.clear()
        self.send("Page.navigate", url=path.as_uri())
        while "Page.loadEventFired" not in self.seen:
            self._next()

    def ask(self, expression: str) -> Any:
        """The value of an expression of JavaScript, which may be a promise."""
        answer = self.send("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def picture(self, path: Path, whole: bool = False) -> None:
        """Save what is seen, or the whole page, as PNG."""
        shot = self.send("Page.captureScreenshot", captureBeyondViewport=whole)
        path.write_bytes(base64.b64decode(shot["data"]))


@contextlib.contextmanager
def browser(program: str, home: Path) -> Iterator[Page]:
    """Start a browser, and end it.

    :param home: an empty folder for what it stores.
    """
    to_browser, orders = os.pipe()
    answers, from_browser = os.pipe()

    def give_pipes() -> None:
        """The protocol wants them to be the files 3 and 4."""
        pipes = [fcntl.fcntl(pipe, fcntl.F_DUPFD, 10) for pipe in (to_browser, from_browser)]
        for number, pipe in zip((3, 4), pipes):
            os.dup2(pipe, number)

    options = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--remote-debugging-pipe"]
    process = subprocess.Popen(
        [program, *options, f"--user-data-dir={home}"],
        preexec_fn=give_pipes,
        pass_fds=(3, 4),
        stderr=subprocess.DEVNULL,
    )
    os.close(to_browser)
    os.close(from_browser)
    try:
        yield Page(orders, answers)
    finally:
        os.close(orders)
        process.terminate()
        process.wait(30)
