# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can go wrong, as exceptions whose text is meant for the person who ran the task."""

from __future__ import annotations

from typing import Any


class AirflowError(Exception):
    """A failure with what is known about it.

    :param message: what happened, what is known of the state now, and what to do.
    :param facts: further keys of the failed task's result (``method``, ``url``, ``status``, ``detail``).
    """

    def __init__(self, message: str, **facts: Any) -> None:
        super().__init__(message)
        self.message = message
        self.facts = {name: value for name, value in facts.items() if value is not None}


class InvalidInputError(AirflowError):
    """An option that cannot work, found before anything was sent that writes."""


class UnreachableError(AirflowError):
    """No answer came: nothing listens, the name does not resolve, TLS failed, or time ran out.

    :param sent: whether the request may have reached the server, so that a write may have happened.
    :param passing: whether the same request may get an answer a moment later.
    """

    def __init__(self, message: str, sent: bool, passing: bool, **facts: Any) -> None:
        super().__init__(message, **facts)
        self.sent = sent
        self.passing = passing


class NotAirflowError(AirflowError):
    """Something answered, but not Airflow's REST API."""


class RefusedError(AirflowError):
    """Airflow answered with a status from 400 to 499."""

    @property
    def status(self) -> int:
        """The HTTP status."""
        return int(self.facts["status"])


class MissingError(RefusedError):
    """Airflow says that the object does not exist (not: that it has no such path)."""


class ServerError(AirflowError):
    """Airflow answered with a status from 500 on: a write may have happened all the same."""


class NotDoneError(ServerError):
    """Airflow answered a write with a status from 500 on, and has been read back: nothing was changed."""
