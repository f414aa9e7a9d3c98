# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waiting for something that comes about by itself."""

from __future__ import annotations

import time
from typing import Callable, TypeVar

FIRST_PAUSE = 0.5
GROWTH = 1.6

Found = TypeVar("Found")


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
    """Look again and again until there is something to return.

    The first looks come soon after each other, as most things that are waited for are short; then the pauses grow.
    There is always a first look, and a last one when the time is up.

    :param look: returns what was waited for, or ``None``.
    :param timeout: seconds to wait at the most.
    :param longest_pause: seconds between two looks at the most.
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
