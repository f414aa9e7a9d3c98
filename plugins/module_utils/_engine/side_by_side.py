# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Several requests under way at a time: as many as the server answers without taking longer for each."""

from __future__ import annotations

import threading
import time
from typing import Any, Callable, Iterable, TypeVar

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")

OVER = object()
"""Returned by work that finds nothing left to do."""

LONGER = 2.0
"""How many times as long as those of the fastest round answers may take before there are too many at a time: two
processors that four of a server's workers share make each of them twice as slow."""

JITTER = 0.01
"""Seconds that answers may take longer without a reason."""


class Width:
    """How many requests are under way at a time, as the answers decide. It begins small and doubles while they do not
    take longer, halves if the server is too busy, and then grows one at a time. No I/O.

    :param begin: to begin with.
    :param most: at most.
    """

    def __init__(self, begin: int, most: int) -> None:
        self.now = min(begin, most)
        self._most = most
        self._doubles = True
        self._fastest: float | None = None
        self._round: list[float] = []

    def answered(self, seconds: float, is_busy: bool = False, is_locked: bool = False) -> None:
        """Take account of an answer.

        :param seconds: until it was there.
        :param is_busy: the server refused a request meanwhile, or failed.
        :param is_locked: it can be that it takes one request at a time only, as a database that is a file does.
        """
        if is_busy or is_locked:
            self.now = max(1, self.now // 2)
            self._doubles, self._round = False, []
            if is_locked:
                self._most = self.now
            return
        self._round.append(seconds)
        if len(self._round) < self.now:
            return
        mean, self._round = sum(self._round) / len(self._round), []
        # Not of the fastest answer: one that was not waiting for others makes all others look slow.
        self._fastest = mean if self._fastest is None else min(mean, self._fastest)
        is_longer = mean > LONGER * self._fastest + JITTER
        if is_longer:
            self.now, self._doubles = max(1, self.now - 1), False
        else:
            self.now = min(self._most, self.now * 2 if self._doubles else self.now + 1)


class Lanes:
    """Where requests of a task go side by side.

    :param width: how many.
    :param most: threads at most.
    :param failures: how many requests the server has refused as it was too busy, or failed at, so far.
    :param can_lock: whether failures can come of there being several requests at a time.
    """

    def __init__(
        self,
        width: Width,
        most: int,
        failures: Callable[[], int] = lambda: 0,
        can_lock: bool = False,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self.most = most
        self._width = width
        self._failures = failures
        self._can_lock = can_lock
        self._now = now
        self._under_way = 0
        self._known_failures = 0
        self._turn = threading.Condition()

    def do(self, act: Callable[[], Outcome]) -> Outcome:
        """Do something with a request or a few, as soon as there is a lane for it."""
        with self._turn:
            self._turn.wait_for(lambda: self._under_way < self._width.now)
            self._under_way += 1
            is_alone = self._under_way == 1
            if is_alone:
                self._known_failures = self._failures()
        began = self._now()
        outcome: Outcome | None = None
        try:
            outcome = act()
            return outcome
        finally:
            with self._turn:
                # The first of those under way takes account of a failure, whosever it was.
                failures = self._failures()
                has_failed, self._known_failures = failures > self._known_failures, failures
                is_locked = has_failed and self._can_lock and not (is_alone and self._under_way == 1)
                self._under_way -= 1
                if outcome is not OVER:
                    self._width.answered(self._now() - began, has_failed, is_locked)
                self._turn.notify_all()

    def each(self, act: Callable[[Item], Outcome], items: Iterable[Item]) -> list[Outcome]:
        """Do something with each item, as :func:`side_by_side` does."""
        return side_by_side(self.most, act, items, self.do)


def side_by_side(
    most: int,
    act: Callable[[Item], Outcome],
    items: Iterable[Item],
    do: Callable[[Callable[[], Any]], Any] = lambda act: act(),
) -> list[Outcome]:
    """Do something with each item; what comes of it, in the order of the items.

    After an error, or if the person at the terminal interrupts the task, nothing more is begun, and what is under way
    is waited for. (The executors of Python 3.8 would begin everything that waits in their queue.)

    :param most: how many at a time, at most.
    :param do: waits for its turn, and then calls what it is given.
    :raises Exception: the first error in the order of the items.
    """
    todo = list(items)
    done: list[Any] = [None] * len(todo)
    errors: dict[int, BaseException] = {}
    numbers = iter(range(len(todo)))
    taking, over = threading.Lock(), threading.Event()

    def act_once() -> Any:
        """Do something with the next item."""
        with taking:
            number = None if over.is_set() else next(numbers, None)
        if number is None:
            return OVER
        try:
            done[number] = act(todo[number])
        except BaseException as error:
            errors[number] = error
            over.set()
        return None

    def work() -> None:
        while do(act_once) is not OVER:
            pass

    if most < 2 or len(todo) < 2:
        work()
    else:
        _in_threads(work, min(most, len(todo)), over)
    if errors:
        raise errors[min(errors)]
    return done


def _in_threads(work: Callable[[], None], number: int, over: threading.Event) -> None:
    """Work in several threads until all of them are ready.

    :param over: is set if nothing more shall be begun.
    """
    workers = [threading.Thread(target=work, daemon=True) for _number in range(number)]
    try:
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    except BaseException:
        over.set()
        for worker in workers:
            if worker.ident is not None:
                worker.join()
        raise
