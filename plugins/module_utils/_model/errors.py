# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can go wrong, as exceptions whose text is meant for the person who ran the task.

::

    AirflowError                 a failure with what is known about it      effect on a write
    ├── PlanError                found before anything was sent that writes
    │   ├── InvalidInputError    options that cannot work, or are too few
    │   └── PreconditionError    what is on the server does not allow it:
    │                            missing, paused, under way, closed, taken
    └── RequestError             one request, and what became of it
        ├── UnreachableError     no whole answer came
        │   ├── NotSentError     the request did not reach the server       NONE
        │   └── NoAnswerError    it was sent; the answer is missing, or     PENDING
        │                        broke off
        ├── NotAirflowError      an answer that Airflow's REST API does     UNKNOWN
        │   │                    not give: a web page, a redirect, JSON of
        │   │                    another shape, more than is read
        │   └── NoFabError       the FAB auth manager's API is not there    NONE
        ├── RefusedError         400 to 499                                 NONE; UNKNOWN if the words are not
        │   │                                                               Airflow's
        │   └── MissingError     404: the object does not exist             NONE
        ├── NotLoggedInError     401, or a login page, to a token or cookie NONE; UNKNOWN after a login page
        │                        that was given and cannot be renewed
        └── ServerError          500, or 503 in Airflow's words             UNKNOWN
            ├── GatewayError     501 and above, otherwise                   PENDING
            └── NotDoneError     the same, and it has been read back        NONE

:func:`.settle.settle`, through which every write goes, asks for the :attr:`~RequestError.effect`, which also covers
what attempts before the last one, or the login, mean for the write. The effect of what it raises is what is known when
all has been read back: PART if a part of the write was made.
"""

from __future__ import annotations

import enum
from contextlib import contextmanager
from copy import copy
from typing import Any, Iterator, Sequence, TypeVar

Error = TypeVar("Error", bound="AirflowError")


class Effect(enum.IntEnum):
    """What a request that went wrong may have changed; of two, the greater one is known less about."""

    NONE = 0
    """Nothing, for certain: it can be sent again, whatever it is."""

    PART = 1
    """A part of it, for certain, as has been read back; nothing more will come."""

    UNKNOWN = 2
    """It may have been done; the server has finished with it, so what is read back now stays true."""

    PENDING = 3
    """It may have been done, and may still be done: what is read back now may change."""


class AirflowError(Exception):
    """A failure with what is known about it.

    :param message: what happened, what is known of the state now, and what to do.
    :param facts: further keys of the failed task's result (``method``, ``url``, ``status``, ``detail``).
    """

    def __init__(self, message: str, **facts: Any) -> None:
        super().__init__(message)
        self.message = message
        self.facts = {name: value for name, value in facts.items() if value is not None}

    def saying(self: Error, message: str, **facts: Any) -> Error:
        """The same error in other words, which may hold its own, and with further facts."""
        other = copy(self)
        other.message = message
        other.args = (message,)
        other.facts = {**self.facts, **facts}
        return other

    def counting_changes(self: Error) -> Error:
        """The same error, whose effect is that of the whole task: PART at least if its facts say that it is changed."""
        if self.facts.get("changed") and isinstance(self, RequestError):
            self.effect = max(self.effect, Effect.PART)
        return self


class PlanError(AirflowError):
    """Something that cannot be done, found before anything was sent that writes."""


class InvalidInputError(PlanError):
    """Options that cannot work, or are too few, on this version of Airflow: other ones help."""


class PreconditionError(PlanError):
    """What is on the server, or how it is configured, does not allow what is wanted: a change there helps."""


def few(items: Sequence[str], most: int) -> str:
    """Items of a message: the first ones, and how many more there are."""
    return ", ".join(items[:most]) + (f" and {len(items) - most} more" if len(items) > most else "")


@contextmanager
def keeping(done: str = "", **facts: Any) -> Iterator[None]:
    """What a task has done and found out before a step of it is not lost if that step fails.

    :param done: a sentence on what has been done, or found out; empty if nothing has.
    :param facts: further keys of the failed task's result, as far as the error does not know better. With ``changed``
        the error is about a task that has changed something.
    """
    try:
        yield
    except AirflowError as error:
        said = error.saying(f"{error.message}. {done}" if done else error.message, **{**facts, **error.facts})
        raise said.counting_changes() from error


class RequestError(AirflowError):
    """A request did not get the answer that it was sent for.

    :param facts: ``method`` and ``url`` of the request, and the HTTP ``status`` if there was one.
    """

    effect = Effect.UNKNOWN
    """What the request may have changed if it was a write."""

    is_away = False
    """Whether nobody answers, or lets nobody in, so that whatever is sent next would only fail as well."""


class UnreachableError(RequestError):
    """No whole answer came.

    :param passing: whether the same request may get an answer a moment later.
    """

    is_away = True

    def __init__(self, message: str, *, passing: bool = False, **facts: Any) -> None:
        super().__init__(message, **facts)
        self.passing = passing


class NotSentError(UnreachableError):
    """The request did not reach the server: nothing listens, the name does not resolve, or TLS failed."""

    effect = Effect.NONE


class NoAnswerError(UnreachableError):
    """The request was sent, and time ran out, the connection broke off, or the answer broke off in its body."""

    effect = Effect.PENDING


class NotAirflowError(RequestError):
    """Something answered, but not Airflow's REST API, or not as it answers this request."""


class NoFabError(NotAirflowError):
    """The server is Airflow, and has another auth manager than FAB, whose API the request was for."""

    effect = Effect.NONE


class RefusedError(RequestError):
    """The answer has a status from 400 to 499."""

    effect = Effect.NONE

    @property
    def status(self) -> int:
        """The HTTP status."""
        return int(self.facts["status"])


class MissingError(RefusedError):
    """Airflow says that the object does not exist (not: that it has no such path)."""


class NotLoggedInError(RequestError):
    """The token or cookie that was given is not accepted, or no longer, so that nothing that is sent next is either."""

    effect = Effect.NONE
    is_away = True


class ServerError(RequestError):
    """The answer has a status from 500 on: a write may have happened nevertheless."""


class GatewayError(ServerError):
    """A gateway got no response from Airflow, which may still be processing the request."""

    effect = Effect.PENDING


class NotDoneError(ServerError):
    """Airflow answered a write with a status from 500 on, and has been read back: nothing was changed."""

    effect = Effect.NONE
