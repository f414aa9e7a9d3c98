# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one function for every write: its outcome is known, or the error says what is not known.

::

    what came of the request                      what is read back      the outcome
    ────────────────────────────────────────────  ─────────────────────  ────────────────────────────────────────────
    an answer that shows what was wanted          (nothing is read)      done
    an answer that does not show it               done                   done
    no clear answer: effect UNKNOWN or PENDING    done                   done, and a warning
    the same, effect UNKNOWN                      as before              the error: nothing was done (effect NONE)
    the same, effect PENDING                      as before              the error: not so far, it may still happen
    the same                                      something else         the error: what is not as wanted (effect PART)
    the same                                      no answer, or hidden   the error: not known
    an error whose effect is NONE                 (nothing is read)      the error as it is
"""

from __future__ import annotations

from typing import Any, Callable, Iterable, NamedTuple, Protocol, TypeVar

from .._model.change import Action
from .._model.errors import (
    AirflowError,
    Effect,
    GatewayError,
    MissingError,
    NotDoneError,
    RefusedError,
    RequestError,
    ServerError,
)

CONFLICT = 409
CHANGING = (Action.UPDATE, Action.REPLACE)

AGAIN = "Run the task again to find out"
HIDDEN = "Airflow hides what was sent. Run the task again to send it again"

UNSHOWN = object()
"""Returned by a write whose answer does not show the object, as for some of Airflow's own."""


class _Planned(Protocol):
    @property
    def action(self) -> Action: ...


Planned = TypeVar("Planned", bound=_Planned)
Outcome = TypeVar("Outcome")


class Settled(NamedTuple):
    """A write that was made.

    :param value: what shows it, in the form in which it is read: the answer, or the object as read back.
    :param warning: warning for the user; empty after a clear answer.
    """

    value: Any
    warning: str = ""


def settle(
    write: Callable[[], Any],
    read: Callable[[], Any],
    is_done: Callable[[Any], bool | None],
    is_as_before: Callable[[Any], bool],
    *,
    title: str,
    done: str,
    unchanged: str = "",
    left: Callable[[Any], str] | None = None,
    again: str = AGAIN,
    hidden: str = HIDDEN,
) -> Settled:
    """Make one write, and unless its answer shows the outcome, find it out by reading.

    :param write: sends the request, once. Returns what the answer shows, in the form in which ``read`` returns it, or
        :data:`UNSHOWN`. An answer that fails the ``check`` of :meth:`.client.Client.call` is read back as well.
    :param read: reads what was written.
    :param is_done: whether what is shown is what was wanted; ``None`` if it does not show that, which is good enough
        for an answer of the right object, and not for what is read back.
    :param is_as_before: whether what was read back is as it was before the write.
    :param title: what was written, to begin a sentence with: ``pool 'etl'``.
    :param done: what was to be done with it: ``created``, ``set to failed``.
    :param unchanged: a clause on it if nothing was done.
    :param left: a clause on it as it was read back, if it is neither as wanted nor as before.
    :param again: a sentence on what to do if nobody knows what was done; empty if the caller says so.
    :param hidden: a clause on why ``is_done`` is ``None``, and what to do.
    :raises NotDoneError: after a status from 500 on: nothing was done for certain, so it can be sent once more.
    :raises RequestError: otherwise, of the class and with the facts of what came of the request. Its
        :attr:`~.errors.RequestError.effect` is what is known in the end.
    """
    is_accepted = False
    try:
        shown = write()
    except RequestError as error:
        if error.effect is Effect.NONE:
            raise
        unclear = error
    else:
        if shown is not UNSHOWN and is_done(shown) is not False:
            return Settled(shown)
        unclear, is_accepted = RequestError("Airflow accepted the request"), True

    def known(clause: str, effect: Effect, is_away: bool = False) -> RequestError:
        error = unclear.saying(unclear.message + (f", but {clause}" if is_accepted else f". {_upper(clause)}"))
        error.effect, error.is_away = effect, unclear.is_away or is_away
        return error

    unknown, then = f"whether {title} was {done} is not known", f". {again}" if again else ""
    try:
        seen = read()
        verdict = is_done(seen)
    except AirflowError as second:
        is_away = isinstance(second, GatewayError) or getattr(second, "is_away", False)
        clause = f"{unknown}, because reading it back failed too ({second.message}){then}"
        raise known(clause, unclear.effect, is_away) from unclear
    if verdict:
        return Settled(seen, "" if is_accepted else f"{unclear.message}. Read back: {title} was {done}")
    if verdict is None:
        raise known(f"{unknown}: {hidden}", unclear.effect) from unclear
    is_pending, found = unclear.effect is Effect.PENDING, "" if is_accepted else "read back: "
    if not is_as_before(seen):
        clause = found + (left(seen) if left else f"{title} is neither as before nor {done}")
        if is_pending:
            raise known(f"{clause}; Airflow may still do the rest{then}", Effect.PENDING) from unclear
        raise known(clause, Effect.PART) from unclear
    if is_pending:
        clause = f"{found}{title} has not been {done} so far; Airflow may still do it{then}"
        raise known(clause, Effect.PENDING) from unclear
    not_done = known(found + (unchanged or f"{title} was not {done}"), Effect.NONE)
    if isinstance(unclear, ServerError):
        raise NotDoneError(not_done.message, **not_done.facts) from unclear
    raise not_done from unclear


def in_turn(writes: Iterable[Callable[[], Any]]) -> list[Any]:
    """Send several requests as one write, and return what each of them does.

    :raises RequestError: with an effect of at least UNKNOWN if a request before has been answered.
    """
    done: list[Any] = []
    for write in writes:
        try:
            done.append(write())
        except RequestError as error:
            if done:
                error.effect = max(error.effect, Effect.UNKNOWN)
            raise
    return done


def adopt(plan: Planned, act: Callable[[Planned], Outcome], plan_again: Callable[[], Planned]) -> Outcome:
    """Make the planned change, or a different one if somebody else has changed the object since it was read.

    An update is a conflict, too, if somebody else has just made the same one: the FAB provider (3.10.2) finds that a
    user has the email address already, and does not see that it is the same user.

    :param act: makes the planned change.
    :param plan_again: reads the object and plans its change again.
    :raises AirflowError: as ``act`` does.
    """
    try:
        return act(plan)
    except RefusedError as error:
        is_conflict = plan.action in (Action.CREATE, *CHANGING) and error.status == CONFLICT
        is_gone = plan.action in CHANGING and isinstance(error, MissingError)
        if error.effect is not Effect.NONE or not (is_conflict or is_gone):
            raise
        again = plan_again()
        if is_conflict and again.action is plan.action:
            # It collides with another one, such as a user with the same email address.
            raise
    return act(again)


def _upper(clause: str) -> str:
    return clause[:1].upper() + clause[1:]
