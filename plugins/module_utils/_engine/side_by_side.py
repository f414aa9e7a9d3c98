# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Doing the same with many things, several at a time."""

from __future__ import annotations

import threading
from typing import Any, Callable, Iterable, TypeVar

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")


def side_by_side(width: int, act: Callable[[Item], Outcome], items: Iterable[Item]) -> list[Outcome]:
    """Do something with each item; what comes of it, in the order of the items.

    After an error, or if the person at the terminal interrupts the task, nothing more is begun, and what is under way
    is waited for. (The executors of Python 3.8 would begin everything that waits in their queue.)

    :param width: how many at a time, at most.
    :raises Exception: the first error in the order of the items.
    """
    todo = list(items)
    if width < 2 or len(todo) < 2:
        return [act(item) for item in todo]
    done: list[Any] = [None] * len(todo)
    errors: dict[int, BaseException] = {}
    numbers = iter(range(len(todo)))
    taking, over = threading.Lock(), threading.Event()

    def work() -> None:
        while not over.is_set():
            with taking:
                number = next(numbers, None)
            if number is None:
                return
            try:
                done[number] = act(todo[number])
            except BaseException as error:
                errors[number] = error
                over.set()

    workers = [threading.Thread(target=work, daemon=True) for _number in range(min(width, len(todo)))]
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
    if errors:
        raise errors[min(errors)]
    return done
