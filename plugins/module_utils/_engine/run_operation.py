# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The way of an operation from its options to its result: validate, read, plan, preflight, apply, follow.

An operation says what it wants, reads, plans and sends, as data. Whether anything is sent, what has become of it, how
long it is waited for and what the result says of it is decided here.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Callable, Generator, Generic, Mapping, NamedTuple, Protocol, TypeVar, Union

from .._model.api import EVER, Since
from .._model.change import Action
from .._model.errors import keeping
from .._model.field import NOTHING
from .._model.operation import Operation, Result, shown_result
from .options import check_options, check_since, parse_options

if TYPE_CHECKING:
    from .._http.client import Client
    from .task import Task


class Planned(Protocol):
    """What is planned, as far as the driver has to know it."""

    @property
    def action(self) -> Action:
        """What is done, as the result calls it."""


Wanted = TypeVar("Wanted")
Seen = TypeVar("Seen")
Plan = TypeVar("Plan", bound=Planned)


class Diff(NamedTuple):
    """What a plan changes, as Ansible displays it under a title."""

    title: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]

    def shown(self) -> dict[str, Any]:
        """The diff as a result has it."""
        headers = {"before_header": self.title, "after_header": self.title}
        return {"before": dict(self.before), "after": dict(self.after), **headers}


class Write(NamedTuple):
    """A write, and how to find out what has become of it.

    :param send: the parameter ``write`` of :func:`.settle.settle`; those from here to ``hidden`` are its own.
    :param tries_for: seconds to send it again as long as Airflow does not make it because its database is locked.
    :param reads_for: seconds to read it back again as long as that fails for a reason that may pass.
    :param earlier: a sentence on what this task has done before, in case this write fails.
    :param facts: keys of the failed task's result on it.
    """

    send: Callable[[], Any]
    read: Callable[[], Any]
    is_done: Callable[[Any], bool | None]
    is_as_before: Callable[[Any], bool]
    title: str
    done: str
    unchanged: str = ""
    left: Callable[[Any], str] | None = None
    again: str | None = None
    hidden: str | None = None
    tries_for: float = 0
    reads_for: float = 0
    earlier: str = ""
    facts: Mapping[str, Any] = NOTHING


class Look(NamedTuple):
    """A read some time after a write, whose failure is a warning.

    :param after: seconds.
    :param unknown: what to say if it fails, to go on with the reason.
    """

    after: float
    read: Callable[[], Any]
    unknown: str


Writes = Generator[Union[Write, Look], Any, Any]
"""What an operation sends, one after the other.

A :class:`Write` comes to what shows that it was made, or raises what :func:`.settle.settle` does; a :class:`Look` comes
to what was read, or to ``None``. In the end it returns what was worked on, as it is then.
"""


class Wait(NamedTuple):
    """Something that is waited for.

    :param first: how it is at first; those from ``look`` to ``facts`` are parameters of :func:`.wait.watch`.
    :param end: what has come of it; raises what the task fails with.
    :param said: the message of an error that ends the wait, with what else is known by then.
    :param ahead: check mode waits for it as well, if there is nothing that has to be done first.
    """

    first: Callable[[], Any]
    look: Callable[[], Any]
    is_over: Callable[[Any], bool]
    timeout: float
    longest_pause: float
    title: str
    state: Callable[[Any], str]
    more: Callable[[Any], str]
    line: Callable[[Any], str]
    facts: Callable[[Any], Mapping[str, Any]]
    end: Callable[[Any], Any]
    said: Callable[[str], str] = str
    ahead: bool = False


class Steps(ABC, Generic[Wanted, Seen, Plan]):
    """What an operation consists of. Only what :meth:`writes` yields changes anything that lasts."""

    module = ""
    """The name of its module."""

    since: Since = EVER
    """The versions of Airflow that have it."""

    tells_action = False
    """Whether the result names the action."""

    adopts = False
    """Whether it is planned again if somebody else creates, changes or deletes meanwhile what it works on."""

    @abstractmethod
    def wanted(self, options: Mapping[str, Any]) -> Wanted:
        """Find out what is wanted; no I/O.

        :raises InvalidInputError: for what cannot work on any server.
        """

    @abstractmethod
    def read(self, client: Client, wanted: Wanted) -> Seen:
        """Read what the plan depends on, by reads and dry runs.

        :raises PlanError: for what this server cannot do, or does not have.
        """

    def read_again(self, client: Client, wanted: Wanted, seen: Seen) -> Seen:
        """Read it after somebody else has changed it.

        :param seen: how it was before.
        """
        return self.read(client, wanted)

    @abstractmethod
    def plan(self, wanted: Wanted, seen: Seen) -> Plan:
        """Decide what has to be done; no I/O.

        :raises PlanError: if it cannot be done.
        """

    def preflight(self, client: Client, plan: Plan) -> list[str]:
        """See whether the plan can work, before anything is written and in check mode as well.

        :return: what the user should know about it.
        :raises PlanError: if it cannot.
        """
        return []

    @abstractmethod
    def predict(self, plan: Plan) -> Any:
        """What is worked on as it will be, or as it is if nothing has to be done; no I/O.

        :raises PlanError: for what Airflow is known to refuse.
        """

    def writes(self, client: Client, plan: Plan) -> Writes:
        """Send what the plan needs, and return what is worked on as it is then.

        An operation that only reads plans nothing, and needs none.
        """
        yield from ()
        return self.predict(plan)

    def follow(self, client: Client, plan: Plan, value: Any) -> Wait | None:
        """What to wait for in the end; ``None`` if nothing is.

        :param value: what is worked on.
        """
        return None

    @abstractmethod
    def result(self, plan: Plan, value: Any) -> dict[str, Any]:
        """The keys of the result, without those that all operations have.

        :param value: what is worked on, as it is in the end.
        """

    def diff(self, plan: Plan) -> Diff | None:
        """What the plan changes; ``None`` if that is never shown."""
        return None

    def known(self, plan: Plan) -> dict[str, Any]:
        """The keys that all results have, those of a task that fails later included."""
        action = {"action": plan.action.reported} if self.tells_action else {}
        return {"changed": plan.action is not Action.NONE, **action}


class Decided(NamedTuple):
    """A plan that can be carried out, and what the user should know about it."""

    action: Action
    plan: Any
    warnings: list[str]


def perform_operation(operation: Operation, params: Mapping[str, Any], task: Task) -> Result:
    """Do what the module of an operation does.

    :raises AirflowError: what went wrong and what is known of the state.
    """
    check_options(operation.options(), params)
    done = operation.act(task, {**params, **parse_options(operation.options(), params)})
    return shown_result(operation.returned, done)


def run_operation(steps: Steps[Wanted, Seen, Plan], task: Task, options: Mapping[str, Any]) -> dict[str, Any]:
    """Do what an operation does, or tell what it would do.

    :param options: all options of the module, checked and parsed.
    :return: the keys of the result, ``warnings`` among them.
    :raises AirflowError: what went wrong and what is known of the state.
    """
    client = task.client
    wanted = steps.wanted(options)
    if steps.since != EVER:
        check_since(steps.module, steps.since, client.server)
    seen = steps.read(client, wanted)

    def decide(seen: Seen) -> Decided:
        plan = steps.plan(wanted, seen)
        return Decided(plan.action, plan, steps.preflight(client, plan))

    decided = decide(seen)
    if task.check or decided.action is Action.NONE:
        value = steps.predict(decided.plan)
    else:
        from .carry_out import apply

        decided, value = apply(steps, client, decided, lambda: decide(steps.read_again(client, wanted, seen)))
    plan, known = decided.plan, steps.known(decided.plan)
    wait = steps.follow(client, plan, value)
    if wait and (not task.check or (wait.ahead and plan.action is Action.NONE)):
        from .carry_out import follow

        with keeping("", **known):
            value = follow(wait, task.progress)
    diff = steps.diff(plan)
    return {
        **known,
        **steps.result(plan, value),
        **({"diff": diff.shown()} if diff else {}),
        "warnings": decided.warnings,
    }
