# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a task has to work with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable, NamedTuple

if TYPE_CHECKING:
    from .._http.client import Client


class Task(NamedTuple):
    """One task.

    :param client: talks to the server; refuses writes in check mode.
    :param check: predict, and change nothing.
    :param progress: takes a line for the person who waits; ``None`` if nobody does.
    """

    client: Client
    check: bool = False
    progress: Callable[[str], None] | None = None
