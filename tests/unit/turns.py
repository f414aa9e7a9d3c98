# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tasks that run at once, whose requests take turns as a seed decides; the clock goes on while they wait."""

from __future__ import annotations

import random
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Callable, Sequence

from ansible_collections.dataops.airflow.plugins.module_utils._model.errors import AirflowError

REQUEST = 0.1
"""Seconds that a request takes."""

LONGEST_WAIT = 10.0
"""Real seconds after which a turn that nobody takes is a fault of the test."""


class Killed(BaseException):
    """A task ends in the middle, as by SIGKILL."""


class Turns:
    """Whose turn it is.

    :param seed: decides the order.
    :param tasks: how many take part.
    """

    def __init__(self, seed: int, tasks: int) -> None:
        self.time = 0.0
        self._random = random.Random(seed)
        self._wakes: dict[int, float] = {}
        """Thread → when it can go on, of those that wait for their turn."""
        self._running = tasks
        self._next: int | None = None
        self._change = threading.Condition()

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self._wait(seconds)

    def request(self) -> None:
        """Wait until this task may send its next request."""
        self._wait(0.0)
        self.time += REQUEST

    def over(self) -> None:
        """This task has ended."""
        with self._change:
            self._running -= 1
            self._choose()

    def _wait(self, seconds: float) -> None:
        this = threading.get_ident()
        with self._change:
            self._wakes[this] = self.time + seconds
            self._choose()
            assert self._change.wait_for(lambda: self._next == this, LONGEST_WAIT)
            self._next = None

    def _choose(self) -> None:
        if self._wakes and len(self._wakes) == self._running:
            self.time = max(self.time, min(self._wakes.values()))
            awake = [thread for thread, wakes in self._wakes.items() if wakes <= self.time]
            self._next = self._random.choice(awake)
            del self._wakes[self._next]
            self._change.notify_all()


def at_once(turns: Turns, tasks: Sequence[Callable[[], Any]]) -> list[Any]:
    """What each of the tasks returns, an error of ours or its end by :class:`Killed` included."""

    def run(task: Callable[[], Any]) -> Any:
        try:
            return task()
        except (AirflowError, Killed) as error:
            return error
        finally:
            turns.over()

    with ThreadPoolExecutor(len(tasks)) as pool:
        return list(pool.map(run, tasks))
