# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waiting for something that happens by itself."""

from __future__ import annotations

import time
from typing import Any, Callable, Mapping, TypeVar

from .._model.errors import AirflowError, NoFabError, NotAirflowError, RefusedError, ServerError, UnreachableError

FIRST_PAUSE = 0.5
GROWTH = 1.6
TOO_MANY_REQUESTS = 429

Found = TypeVar("Found")
Seen = TypeVar("Seen")


class Clock:
    """Time that only goes forward."""

    def now(self) -> float:
        """Seconds since some moment."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        time.sleep(seconds)


CLOCK = Clock()


def wait_until(
    look: Callable[[], Found | None], timeout: float, longest_pause: float, clock: Clock = CLOCK
) -> Found | None:
    """Poll until there is something to return.

    The first looks come soon after each other, as most things that are waited for are short; then the pauses grow.
    There is always a first look, and a last one when the time is up.

    :param look: returns the awaited value, or ``None``.
    :param timeout: seconds to wait at most.
    :param longest_pause: seconds between two looks at most.
    :return: what was found; ``None`` if the time is up.
    """
    deadline = clock.now() + timeout
    pause = min(FIRST_PAUSE, longest_pause)
    while True:
        found = look()
        left = deadline - clock.now()
        if found is not None or left <= 0:
            return found
        clock.sleep(min(pause, left))
        pause = min(pause * GROWTH, longest_pause)


def is_passing(error: AirflowError) -> bool:
    """Whether the same read may succeed later.

    Nobody answers, Airflow fails, it is asked too often, or something else answers in its place, as while it restarts.
    What the server refuses, and an object that does not exist, stay as they are.
    """
    if isinstance(error, RefusedError):
        return error.status == TOO_MANY_REQUESTS
    return isinstance(error, (UnreachableError, ServerError, NotAirflowError)) and not isinstance(error, NoFabError)


def patiently(read: Callable[[], Seen], timeout: float, longest_pause: float) -> Seen:
    """Read something, with retries as long as it fails for a temporary reason.

    :param timeout, longest_pause: as for :func:`wait_until`.
    :raises AirflowError: the last one.
    """
    trouble = AirflowError("")

    def attempt() -> tuple[Seen] | None:
        nonlocal trouble
        try:
            return (read(),)
        except AirflowError as error:
            if not is_passing(error):
                raise
            trouble = error
            return None

    found = wait_until(attempt, timeout, longest_pause)
    if found is None:
        raise trouble
    return found[0]


def watch(
    look: Callable[[], Seen],
    is_over: Callable[[Seen], bool],
    first: Seen,
    *,
    timeout: float,
    longest_pause: float,
    title: str,
    state: Callable[[Seen], str],
    more: Callable[[Seen], str] = lambda _seen: "",
    facts: Callable[[Seen], Mapping[str, Any]] = lambda _seen: {},
    tell: Callable[[str], None] | None = None,
    line: Callable[[Seen], str] = lambda _seen: "",
    kind: type[AirflowError] = AirflowError,
) -> Seen:
    """Poll something until it is over.

    Trouble that may pass is survived as long as there is time; any other error ends the wait.

    :param look: reads the state.
    :param first: the first state, as read just now.
    :param timeout: seconds to wait at most; there is a last look when they are up.
    :param longest_pause: seconds between two looks at most.
    :param title: what is waited for, to be followed by "is".
    :param state: describes the state, to follow "is".
    :param more: what to add if time is up and the last look succeeded; may read.
    :param facts: keys of the failed task's result.
    :param tell: takes a line for the person who waits; ``None`` if nobody does.
    :param line: the line to report, each once; may read. Empty if there is nothing to report.
    :param kind: the class of the error if time is up and the last look succeeded.
    :return: the last state.
    :raises AirflowError: with what was seen last, of the class of the error that ended the wait.
    """
    latest, trouble, told, is_first = first, None, "", True

    def was() -> str:
        return f"{title[:1].upper()}{title[1:]} was {state(latest)} when it was last seen"

    def step() -> Seen | None:
        nonlocal latest, trouble, told, is_first
        try:
            latest = first if is_first else look()
        except AirflowError as error:
            if not is_passing(error):
                raise error.saying(f"{error.message}. {was()}", **facts(latest)).counting_changes() from error
            trouble = error
            return None
        trouble, is_first = None, False
        if tell:
            try:
                text = line(latest)
            except AirflowError:
                # The person who waits is told at the next look.
                text = ""
            if text and text != told:
                tell(text)
                told = text
        return latest if is_over(latest) else None

    if wait_until(step, timeout, longest_pause) is not None:
        return latest
    after = f"After {timeout:g} seconds"
    if trouble is None:
        raise kind(f"{after} {title} is still {state(latest)}{more(latest)}", **facts(latest))
    said = trouble.saying(f"{after} the last look failed: {trouble.message}. {was()}", **facts(latest))
    raise said.counting_changes()
