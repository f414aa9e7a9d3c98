# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Several requests under way at a time: as many as the server answers without taking longer for each."""

from __future__ import annotations

import math
import threading
import time
from typing import TYPE_CHECKING, Any, Callable, Iterable, TypeVar

if TYPE_CHECKING:
    from .._http.transport import Transport

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

    A server that closes each connection after its response, as Airflow 2 does, costs a round trip more for each
    request. So a few more than the width are begun, which open their connections and wait in line. They are sent in the
    order in which the connections were opened. It matters: a sync worker of gunicorn that has accepted a connection
    does nothing else until a request arrives on it. Connections are accepted in that order too, so a worker that waits
    for one in line never keeps a request that was sent from being accepted.

    :param width: how many.
    :param most: how many at most.
    :param transport: which sends their requests.
    :param can_lock: whether failures can come of there being several requests at a time.
    """

    def __init__(self, width: Width, most: int, transport: Transport, can_lock: bool = False) -> None:
        self.most = most
        self._width = width
        self._transport = transport
        self._can_lock = can_lock
        self._begun = 0
        self._sent = 0
        self._line: list[_Lane] = []
        self._usual = math.inf
        self._known_failures = 0
        self._turn = threading.Condition()

    def do(self, act: Callable[[], Outcome]) -> Outcome:
        """Do something with a request or a few, as soon as there is a lane for it."""
        lane = _Lane(self)
        with self._turn:
            self._turn.wait_for(lambda: self._begun < self._width.now + self._ahead())
            self._begun += 1
            is_alone = self._begun == 1
            if is_alone:
                self._known_failures = self._transport.failures
        began = time.monotonic()
        outcome: Outcome | None = None
        try:
            with self._transport.in_lane(lane):
                outcome = act()
            return outcome
        finally:
            with self._turn:
                # The first of those under way takes account of a failure, whosever it was.
                failures = self._transport.failures
                has_failed, self._known_failures = failures > self._known_failures, failures
                is_locked = has_failed and self._can_lock and not (is_alone and self._begun == 1)
                self._begun -= 1
                if outcome is not OVER:
                    self._width.answered(time.monotonic() - began - lane.waited, has_failed, is_locked)
                self._turn.notify_all()

    def _ahead(self) -> int:
        """How many connections are opened ahead of their turn: as many as are needed while one of them opens.

        At most half of the width: near a server, its workers have to wait for those in line.
        """
        width = self._width.now
        return min(width // 2, round(width * self._transport.opening / self._usual))

    def enter(self, lane: _Lane, seconds: float) -> bool:
        """Wait until a request may be sent, so many seconds at most; whether it may be."""
        with self._turn:
            self._line.append(lane)
            may_be_sent = self._turn.wait_for(lambda: self._line[0] is lane and self._sent < self._width.now, seconds)
            self._line.remove(lane)
            self._sent += may_be_sent
            self._turn.notify_all()
        return may_be_sent

    def leave(self, seconds: float) -> None:
        """A request is over, after so many seconds."""
        with self._turn:
            self._sent -= 1
            self._usual = seconds if self._usual == math.inf else (3 * self._usual + seconds) / 4
            self._turn.notify_all()

    def each(self, act: Callable[[Item], Outcome], items: Iterable[Item]) -> list[Outcome]:
        """Do something with each item, as :func:`side_by_side` does."""
        return side_by_side(self.most + self.most // 2, act, items, self.do)


class _Lane:
    """Where the requests of one that does something wait for their turns.

    :param waited: seconds, in all.
    """

    def __init__(self, lanes: Lanes) -> None:
        self._lanes = lanes
        self.waited = 0.0

    def enter(self, seconds: float) -> bool:
        began = time.monotonic()
        try:
            return self._lanes.enter(self, seconds)
        finally:
            self.waited += time.monotonic() - began

    def leave(self, seconds: float) -> None:
        self._lanes.leave(seconds)


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
