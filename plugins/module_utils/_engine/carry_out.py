# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the driver of operations does beyond reading: it makes their writes, and waits for what comes of them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Callable

from .._model.change import Action
from .._model.errors import AirflowError, NotDoneError, keeping
from .run_operation import Decided, Look, Plan, Steps, Wait, Write
from .settle import Settled, adopt, settle
from .watch import CLOCK, patiently, wait_until, watch

if TYPE_CHECKING:
    from .._http.client import Client

LOCKED = 503
LONGEST_PAUSE = 5.0
LONGEST_PAUSE_OF_READING = 2.0


def apply(
    steps: Steps[Any, Any, Any], client: Client, decided: Decided, decide_again: Callable[[], Decided]
) -> tuple[Decided, Any]:
    """Do what is planned; what was done, and what was worked on as it is then.

    :param decide_again: reads, and plans what is needed after somebody else was faster.
    :raises AirflowError: saying what is known of the state now.
    """

    def act(decided: Decided) -> tuple[Decided, Any]:
        if decided.action is Action.NONE:
            return decided, steps.predict(decided.plan)
        value, warnings = _written(steps, client, decided.plan)
        return decided._replace(warnings=[*decided.warnings, *warnings]), value

    return adopt(decided, act, decide_again) if steps.adopts else act(decided)


def _written(steps: Steps[Any, Any, Plan], client: Client, plan: Plan) -> tuple[Any, list[str]]:
    """Send what the plan needs; what is worked on as it is then, and what the user should know."""
    known, writes = steps.known(plan), steps.writes(client, plan)
    warnings: list[str] = []
    resume: Callable[[], Write | Look] = partial(next, writes)
    is_written = False
    while True:
        try:
            with keeping("", **(known if is_written else {})):
                step = resume()
        except StopIteration as over:
            return over.value, warnings
        try:
            if isinstance(step, Look):
                value = _looked(step, warnings)
            else:
                with keeping(step.earlier, **(known if step.earlier else {}), **step.facts):
                    settled = _settled(step)
                warnings += [settled.warning] if settled.warning else []
                value, is_written = settled.value, True
            resume = partial(writes.send, value)
        except AirflowError as error:
            resume = partial(writes.throw, error)


def _settled(write: Write) -> Settled:
    """Make a write; again if Airflow did not make it because its database is locked, which passes (3.3.2: 503)."""
    locked: NotDoneError | None = None

    def attempt() -> Settled | None:
        nonlocal locked
        try:
            return settle(
                write.send,
                lambda: patiently(write.read, write.reads_for, LONGEST_PAUSE_OF_READING),
                write.is_done,
                write.is_as_before,
                title=write.title,
                done=write.done,
                unchanged=write.unchanged,
                left=write.left,
                **{name: text for name, text in (("again", write.again), ("hidden", write.hidden)) if text is not None},
            )
        except NotDoneError as error:
            if not write.tries_for or error.facts.get("status") != LOCKED:
                raise
            locked = error
            return None

    made = wait_until(attempt, write.tries_for, LONGEST_PAUSE)
    if made is None:
        raise locked or AirflowError(f"{write.title} was not {write.done}")
    return made


def _looked(look: Look, warnings: list[str]) -> Any:
    CLOCK.sleep(look.after)
    try:
        return look.read()
    except AirflowError as error:
        warnings.append(f"{look.unknown}: {error.message}")
        return None


def follow(wait: Wait, progress: Callable[[str], None] | None) -> Any:
    """Wait for something; what has come of it.

    :param progress: takes a line for the person who waits; ``None`` if nobody does.
    :raises AirflowError: if it does not end in time, or as it should.
    """
    first = wait.first()
    try:
        ended = watch(
            wait.look,
            wait.is_over,
            first,
            timeout=wait.timeout,
            longest_pause=wait.longest_pause,
            title=wait.title,
            state=wait.state,
            more=wait.more,
            facts=wait.facts,
            tell=progress,
            line=wait.line,
        )
    except AirflowError as error:
        raise error.saying(wait.said(error.message)) from error
    return wait.end(ended)
