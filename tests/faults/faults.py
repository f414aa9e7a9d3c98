# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can go wrong with a request, and where in a task it is put."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from email.utils import formatdate

from ansible_collections.dataops.airflow.tests.live.proxy import BOMB, Answer, Forward, Proxy, Request

TIMEOUT = 1.5
"""Seconds that the tasks wait for an answer."""

HELD = TIMEOUT + 0.5
"""Seconds after which a connection ends on which nothing is answered."""

LATE = 0.3
"""Seconds after which a gateway passes a request on that it has answered already."""

JSON, HTML = {"Content-Type": "application/json"}, {"Content-Type": "text/html"}
MANY_BLANKS = b" " * 50_000_000

Make = Callable[[Request, "Answer | None"], "Answer | None"]
"""Takes a request, and the server's answer if the server has had the request; returns what the client gets."""


def constant(status: int, headers: dict[str, str], body: bytes = b"") -> Make:
    """The same answer to everything."""
    return lambda request, answer: Answer(status, headers, body)


def page(status: int) -> Make:
    """A web page that quotes what was sent, with its credentials, in its title and below."""

    def make(request: Request, answer: Answer | None) -> Answer:
        sent = f"{request.body.decode(errors='replace')} {request.headers.get('Authorization')}"
        return Answer(status, HTML, f"<html><title>Oops! {sent}</title><body>{sent}</body></html>".encode())

    return make


def problem(status: int) -> Make:
    """An error in the words of Airflow's API, quoting what was sent."""

    def make(request: Request, answer: Answer | None) -> Answer:
        detail = f"Not now: {request.body.decode(errors='replace')}"
        told = {"detail": detail, "title": "Not now", "status": status, "type": "about:blank"}
        return Answer(status, JSON, json.dumps(told).encode())

    return make


def asked_to_wait(value: Callable[[], str]) -> Make:
    """The request is refused for the time being; ``Retry-After`` says until when."""
    return lambda request, answer: Answer(429, {**JSON, "Retry-After": value()}, b'{"detail": "Slow down"}')


def hold(request: Request, answer: Answer | None) -> None:
    """Nothing is answered as long as anybody waits."""
    time.sleep(HELD)


def changed(**changes: object) -> Make:
    """The server's own answer, and what happens to it on its way."""

    def make(request: Request, answer: Answer | None) -> Answer | None:
        return answer and replace(answer, **changes)  # type: ignore[arg-type]

    return make


def cut(request: Request, answer: Answer | None) -> Answer | None:
    """The connection ends in the middle of the answer."""
    return answer and replace(answer, cut=len(answer.body) // 2)


def reset_within(request: Request, answer: Answer | None) -> Answer | None:
    """The connection is reset in the middle of the answer."""
    return answer and replace(answer, cut=len(answer.body) // 2, is_reset=True)


def padded(request: Request, answer: Answer | None) -> Answer | None:
    """The answer has 50 MB of blanks in front."""
    return answer and replace(answer, body=MANY_BLANKS + answer.body)


def lying(total: Callable[[int], int]) -> Make:
    """A list that is wrong about how many rows it has.

    :param total: takes the number of rows on the page.
    """

    def make(request: Request, answer: Answer | None) -> Answer | None:
        if answer is None or answer.status != 200:
            return answer
        told = json.loads(answer.body)
        if not isinstance(told, dict) or "total_entries" not in told:
            return answer
        rows = next(len(value) for value in told.values() if isinstance(value, list))
        return replace(answer, body=json.dumps({**told, "total_entries": total(rows)}).encode())

    return make


@dataclass(frozen=True)
class Fault:
    """Something that befalls a request.

    :param title: what happens, for the page.
    :param make: what the client gets.
    :param is_done: the server has the request nevertheless.
    :param lasts: everything after it meets the same.
    :param on_reads: it is put on reads of every module; ``on_writes`` on their writes.
    :param is_crucial: it is put on each request of tasks of many objects.
    :param is_late: the server has the request some time after the client has its answer.
    :param is_refusal: nothing listens any more.
    :param is_about_lists: it is put on lists only.
    """

    title: str
    make: Make
    is_done: bool = False
    lasts: bool = False
    on_reads: bool = False
    on_writes: bool = False
    is_late: bool = False
    is_crucial: bool = False
    is_refusal: bool = False
    is_about_lists: bool = False

    @property
    def name(self) -> str:
        """The title, and when it happens."""
        when = "late" if self.is_late else "after" if self.is_done else "before"
        if self.is_about_lists or self.is_refusal:
            when = ""
        return ", ".join(filter(None, [self.title, when, "from there on" if self.lasts else "once"]))


CRUCIAL = {
    ("connection closed", "a"),
    ("connection closed", "a+"),
    ("500 in Airflow's words", "b"),
    ("500 with a web page", "b"),
    ("500 with a web page", "a"),
    ("503 with a web page", "b+"),
    ("401", "b+"),
    ("200 with `{}`", "b"),
    ("200 with JSON of something else", "a"),
}
"""What befalls each request of tasks of many objects, as for :func:`_faults`."""


def _faults() -> Iterator[Fault]:
    """All faults, in the order of the page."""
    yield Fault("connection refused", hold, lasts=True, on_reads=True, on_writes=True, is_crucial=True, is_refusal=True)

    def each(title: str, make: Make, times: str, reads: str = "", writes: str = "") -> Iterator[Fault]:
        """A fault before or after the server acts (``b``, ``a``), once or from there on (``+``).

        :param reads, writes: those of them that every module is tried with.
        """
        for time_ in times.split():
            chosen = (time_ in reads.split(), time_ in writes.split())
            is_crucial = (title, time_) in CRUCIAL
            yield Fault(title, make, time_[0] == "a", time_[-1] == "+", *chosen, is_crucial=is_crucial)

    bare = Answer(0, is_bare=True)
    yield from each("connection closed", lambda request, answer: None, "b a b+ a+", "", "b a a+")
    yield from each("connection reset", lambda request, answer: replace(bare, is_reset=True), "b a a+")
    yield from each("answer cut off", cut, "a a+", "", "a")
    yield from each("connection reset within the answer", reset_within, "a")
    yield from each("no answer", hold, "b a b+ a+", "", "a")
    yield from each("answer byte by byte", changed(pause=0.1), "a a+")
    yield from each("429 for seconds", asked_to_wait(lambda: "2"), "b b+", "", "b")
    yield from each("429 until a date", asked_to_wait(lambda: formatdate(time.time() + 5, usegmt=True)), "b b+")
    yield from each("429 for a day", asked_to_wait(lambda: "86400"), "b b+")
    yield from each("500 in Airflow's words", problem(500), "b a b+ a+", "", "b a")
    yield from each("500 with a web page", page(500), "b a b+ a+", "b", "a a+")
    yield from each("502 with a web page", page(502), "b a b+ a+")
    yield from each("503 with a web page", page(503), "b a b+ a+", "b+", "b+")
    yield from each("504 without a body", constant(504, {}), "b a b+ a+", "", "b a")
    yield Fault("504 without a body", constant(504, {}), on_writes=True, is_late=True, is_crucial=True)
    yield from each("401", problem(401), "b b+", "b+", "b b+")
    yield from each("302 to a login page", constant(302, {"Location": "https://sso.example.com/login"}), "b a b+ a+",
                    "", "b")  # fmt: skip
    yield from each("200 with a web page", page(200), "b a b+ a+", "", "a b+")
    for body, told in (
        (b"{}", "`{}`"),
        (b"null", "`null`"),
        (b"[]", "`[]`"),
        (b'{"name": "another", "total_entries": 7}', "JSON of something else"),
    ):
        # What Airflow itself now and then answers, and what a server that is mixed up does.
        reads = "b" if told in ("`{}`", "JSON of something else") else ""
        yield from each(
            f"200 with {told}", constant(200, JSON, body), "b a b+ a+", reads, "" if body == b"[]" else "b a"
        )
    yield from each("200 with an empty body", constant(200, JSON), "b a b+ a+", "", "b")
    yield from each("50 MB", padded, "a")
    yield from each("80 MB, compressed", constant(200, {**JSON, "Content-Encoding": "gzip"}, BOMB), "a")
    for how, total in (
        ("too small", lambda rows: rows // 2),
        ("none", lambda rows: 0),
        ("too large", lambda rows: 10**9),
    ):  # fmt: skip
        for lasts in (False, True):
            yield Fault(f"a total that is {how}", lying(total), True, lasts, is_about_lists=True, on_reads=True)


FAULTS = tuple(_faults())
NOT_DONE = {(fault.title, fault.lasts) for fault in FAULTS if not (fault.is_done or fault.is_late)}

ONLY_READS = ("/dry_run", "/list", "/connections/test")
"""Endings of the paths of POSTs and PATCHes that change nothing."""


def is_log_in(request: Request) -> bool:
    return request.path.endswith(("/version", "/auth/token")) or request.path.startswith("/login")


def is_write(request: Request) -> bool:
    """Whether a request may change something."""
    if request.method == "GET" or is_log_in(request) or b'"dry_run": true' in request.body:
        return False
    # A file is parsed sooner or later, whether somebody asks for it or not.
    return not request.path.partition("?")[0].endswith(ONLY_READS) and "/parseDagFile/" not in request.path


def fitting(request: Request, is_list: bool, has_all: bool = False, is_long: bool = False) -> list[Fault]:
    """The faults to put on a request, given what it was when nothing went wrong.

    :param is_list: it gets a list.
    :param has_all: every fault, in place of one of each mechanism.
    :param is_long: it is one of many, so only those faults are put on it of which more may come.
    """

    def fits(fault: Fault) -> bool:
        if is_long and not fault.is_crucial:
            return False
        if fault.is_about_lists:
            return is_list
        if is_write(request):
            return has_all or fault.on_writes
        if fault.is_late or (fault.is_done and (fault.title, fault.lasts) in NOT_DONE):
            # For a read it makes no difference that the server has it.
            return False
        return has_all or fault.on_reads

    return [fault for fault in FAULTS if fits(fault)]


@dataclass
class Injection:
    """A rule for a proxy: lets a fault befall the request of a number.

    :param number: of the request, from 1 on; 0 for none.
    :param watch: takes each request before it is passed on.
    :param writing: held while a write is passed on.
    :param counts: whether a request counts.
    """

    proxy: Proxy
    fault: Fault | None = None
    number: int = 0
    watch: Callable[[Request], None] = lambda request: None
    writing: threading.RLock = field(default_factory=threading.RLock)
    counts: Callable[[Request], bool] = lambda request: True
    _count: int = 0
    _has_begun: bool = False
    _under_way: int = 0
    _changes: threading.Condition = field(default_factory=threading.Condition)

    def begin(self) -> None:
        """Have the proxy follow the rule."""
        self.proxy.rule = self
        if self.fault and self.fault.is_refusal and self.number == 1:
            self.proxy.close()

    def __call__(self, request: Request, forward: Forward) -> Answer | None:
        with self._changes:
            is_counted = self.counts(request)
            self._count += is_counted
            count = self._count
            is_first = is_counted and count == self.number
            self._has_begun = self._has_begun or is_first
        self.watch(request)
        fault = self.fault
        if fault is None:
            return self._pass_on(request, forward)
        if fault.is_refusal:
            answer = self._pass_on(request, forward)
            if is_counted and count == self.number - 1:
                self.proxy.close()
            return answer
        if not (is_first or (fault.lasts and self._has_begun)):
            return self._pass_on(request, forward)
        if fault.is_late:
            with self._changes:
                self._under_way += 1
            threading.Timer(LATE, self._pass_on_late, [request, forward]).start()
            return fault.make(request, None)
        return fault.make(request, self._pass_on(request, forward) if fault.is_done else None)

    def _pass_on_late(self, request: Request, forward: Forward) -> None:
        self._pass_on(request, forward)
        self._ended()

    def _pass_on(self, request: Request, forward: Forward) -> Answer:
        with self._changes:
            self._under_way += 1
        try:
            if request.method == "GET":
                return forward(request)
            with self.writing:
                return forward(request)
        finally:
            self._ended()

    def _ended(self) -> None:
        with self._changes:
            self._under_way -= 1
            self._changes.notify_all()

    def end(self) -> None:
        """Wait until the server has answered everything, also what nobody waits for any more."""
        with self._changes:
            assert self._changes.wait_for(lambda: not self._under_way, 60), "the server does not answer"
