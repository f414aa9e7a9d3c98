# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lock of a scope: a connection, as its POST creates it or says that it exists, on both generations of Airflow.

A lock whose holder has ended is not deleted by somebody who wants it, as another one could have taken it in that
moment. It is followed by a second connection, named for the first one's holder: the run that creates it holds the lock.
See docs/decisions/scopes.md.
"""

from __future__ import annotations

import getpass
import os
import re
import socket
import time
import uuid
from datetime import datetime, timezone
from typing import TYPE_CHECKING, NamedTuple

from ..._engine.plan import plan_one
from ..._engine.settle import CONFLICT
from ..._engine.store import Store
from ..._model.errors import AirflowError, PreconditionError, RefusedError, RequestError
from .kinds import KINDS
from .scope_names import SCOPES

if TYPE_CHECKING:
    from ..._engine.task import Task

LEASE = 3600
"""Seconds after which a lock is stale in any case."""

SKEW = 300
"""Seconds by which the clocks of two hosts may differ."""

PAUSE = 2.0
"""Seconds between two attempts."""

FORM = "%Y-%m-%dT%H:%M:%SZ"
TEXT = re.compile(r"Held by (?P<who>.+) since (?P<since>\S+) until (?P<until>\S+) \[(?P<nonce>\w+) (?P<process>\S*)\]")


class Clock:
    """The time that people share."""

    def now(self) -> float:
        """Seconds since 1970."""
        return time.time()

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        time.sleep(seconds)


CLOCK = Clock()


class Holder(NamedTuple):
    """Who holds a lock.

    :param who: user and host, for people.
    :param since: seconds since 1970.
    :param until: the same.
    :param nonce: of this run alone.
    :param process: as :func:`this_process` has it.
    """

    who: str
    since: float
    until: float
    nonce: str
    process: str

    def text(self) -> str:
        """The description of the connection."""
        return f"Held by {self.who} since {moment(self.since)} until {moment(self.until)} [{self.nonce} {self.process}]"

    def is_stale(self, now: float) -> bool:
        """Whether its run has ended, or had its time."""
        return now > self.until + SKEW or has_ended(self.process)


def holder_of(text: str) -> Holder | None:
    """The holder that a description names; ``None`` for a text of somebody else."""
    found = TEXT.fullmatch(text)
    if not found:
        return None
    try:
        since, until = (
            datetime.strptime(found[name], FORM).replace(tzinfo=timezone.utc).timestamp() for name in ("since", "until")
        )
    except ValueError:
        return None
    return Holder(found["who"], since, until, found["nonce"], found["process"])


def moment(seconds: float) -> str:
    """A point in time as text."""
    return datetime.fromtimestamp(seconds, timezone.utc).strftime(FORM)


def today() -> str:
    """This moment as text."""
    return moment(CLOCK.now())


def this_process() -> str:
    """This process, as no other one is called: boot, namespace, number and start; empty if that is not known."""
    place, start = _place(), _start(os.getpid())
    return f"{place}-{os.getpid()}-{start}" if place and start else ""


def has_ended(process: str) -> bool:
    """Whether a process of this host, and of this container, has ended; it is not known of any other."""
    place, number, start = [*process.rsplit("-", 2), "", ""][:3]
    return bool(start) and place == _place() and _start(int(number)) != start


def _place() -> str:
    """This boot of this host, and this container on it; empty except on Linux."""
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
            boot = file.read().strip()
        return f"{boot[:8]}-{re.sub('[^0-9]', '', os.readlink('/proc/self/ns/pid'))}"
    except OSError:
        return ""


def _start(number: int) -> str:
    """When a process began, in ticks since the boot; empty if it has ended."""
    try:
        with open(f"/proc/{number}/stat", encoding="utf-8", errors="replace") as file:
            fields = file.read().rpartition(")")[2].split()
    except OSError:
        return ""
    # Of one that has ended, and for which nobody has waited, the state is Z or X.
    return "" if fields[0] in "ZX" else fields[19]


class Lock:
    """The lock of one scope.

    :param timeout: seconds to wait for it.
    """

    def __init__(self, task: Task, scope: str, timeout: float) -> None:
        self._client = task.client
        self._resource = KINDS["connections"].resource
        self._store = Store(task, trusting=True)
        self.scope = scope
        self._first = f"{SCOPES}{scope}.lock"
        self._timeout = timeout
        self._own: Holder | None = None
        self._made: list[str] = []
        """The connections to delete, in this order."""

    def acquire(self) -> None:
        """Wait for the lock.

        :raises PreconditionError: if somebody else holds it.
        """
        began = CLOCK.now()
        while True:
            holder = self._attempt()
            if self._made:
                return
            left = began + self._timeout - CLOCK.now()
            if left <= 0 and holder:
                waited = f", and lock_timeout={self._timeout} has passed" if self._timeout else ""
                raise PreconditionError(
                    f"Scope {self.scope!r} is locked{waited}. {holder.partition(' [')[0]}. If that run has ended, "
                    f"delete the connection {self._first!r}. Nothing was changed"
                )
            CLOCK.sleep(max(0.0, min(PAUSE, left)))

    def _attempt(self) -> str:
        """Try to take the lock; who holds it otherwise, and nothing if it has just been released."""
        before: list[tuple[str, str]] = []
        name = self._first
        while not self._create(name):
            text = self._read(name)
            if text is None:
                return ""
            holder = holder_of(text)
            if holder is None or not holder.is_stale(CLOCK.now()):
                return text or "Held by somebody else"
            before.append((name, text))
            name = f"{self._first}.{holder.nonce}"
        self._made = [name]
        if any(self._read(older) != text for older, text in reversed(before)):
            # What it follows has been released meanwhile, so that another run could take the first one.
            self.release()
        else:
            self._made = [*(older for older, _text in before), name]
        return ""

    def _create(self, name: str) -> bool:
        """Create a connection; whether there was none."""
        now = CLOCK.now()
        own = Holder(f"{_user()}@{socket.gethostname()}", now, now + LEASE, uuid.uuid4().hex[:12], this_process())
        wanted = {"conn_type": "generic", "description": own.text()}
        server = self._client.server
        try:
            self._store.apply(plan_one(self._resource, name, wanted, None, server))
        except RequestError as error:
            if isinstance(error, RefusedError) and error.status != CONFLICT:
                raise error.saying(f"The lock of scope {self.scope!r} cannot be taken: {error.message}") from error
            found = self._read(name)
            if found is None and not isinstance(error, RefusedError):
                raise error.saying(f"The lock of scope {self.scope!r} cannot be taken: {error.message}") from error
            if found != own.text():
                return False
        self._own = own
        return True

    def _read(self, name: str) -> str | None:
        """The description of a connection; ``None`` if there is none."""
        found = self._client.read(self._resource, name)
        return None if found is None else str(found.get("description") or "")

    def check(self) -> None:
        """See that the lock is still this run's, if that has taken long.

        :raises PreconditionError: if it is not.
        """
        if self._is_lost(self._made):
            raise PreconditionError("the lock has run out, and another run has taken it over")

    def _is_lost(self, made: list[str]) -> bool:
        """Whether another run has taken the lock over, as this one has taken too long."""
        if not made or not self._own or CLOCK.now() <= self._own.until:
            return False
        is_there = self._read(made[-1]) == self._own.text()
        return not is_there or self._read(f"{self._first}.{self._own.nonce}") is not None

    def release(self) -> str:
        """Give the lock back.

        :return: a warning; empty if that was possible.
        """
        made, self._made = self._made, []
        try:
            for name in [] if self._is_lost(made) else made:
                gone = {self._resource.identity.name: name}
                # Sent again it could be another run's.
                self._store.apply(plan_one(self._resource, name, {}, gone, self._client.server, "absent"), once=True)
        except AirflowError as error:
            return (
                f"The lock of scope {self.scope!r} could not be released ({error.message}). If the next run is made on "
                f"another host, delete the connection {self._first!r} before"
            )
        return ""


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        # A container may run with a number that has no name.
        return str(os.getuid())
