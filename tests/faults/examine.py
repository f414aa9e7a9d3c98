# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One run of the matrix: a task that a fault befalls, the next one, and what is true on the server."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from ansible_collections.dataops.airflow.plugins.module_utils._engine.connect import connect
from ansible_collections.dataops.airflow.plugins.module_utils._engine.perform import object_name, option_secrets
from ansible_collections.dataops.airflow.plugins.module_utils._engine.watch import Clock
from ansible_collections.dataops.airflow.plugins.module_utils._model.errors import AirflowError
from ansible_collections.dataops.airflow.plugins.module_utils._model.resource import Resource
from ansible_collections.dataops.airflow.tests.faults.cases import Case, Situation, World
from ansible_collections.dataops.airflow.tests.faults.faults import TIMEOUT, Fault, Injection, is_log_in, is_write
from ansible_collections.dataops.airflow.tests.faults.judge import Observation, Said
from ansible_collections.dataops.airflow.tests.live.proxy import Proxy, Request

RETRIES = 1


class _Tempo(threading.local):
    """How fast time goes for a thread, and how far it is ahead."""

    def __init__(self) -> None:
        self.factor = 1.0
        self.ahead = 0.0


_TEMPO = _Tempo()


@contextmanager
def short_pauses() -> Iterator[None]:
    """What waits by the clock waits for less, by the tempo of the case; the clock shows all of it."""

    def now(_clock: Clock) -> float:
        return time.monotonic() + _TEMPO.ahead

    def sleep(_clock: Clock, seconds: float) -> None:
        time.sleep(seconds * _TEMPO.factor)
        _TEMPO.ahead += seconds * (1 - _TEMPO.factor)

    with patch.object(Clock, "now", now), patch.object(Clock, "sleep", sleep):
        yield


def run_task(world: World, case: Case, situation: Situation, url: str, **options: Any) -> Said:
    """Run a task as the modules do, without Ansible around it; what came of it."""
    live, spec = world.live, case.spec
    # Finding out the generation is tried with those that try everything.
    api = "auto" if case.has_all else "v2" if world.is_v2 else "v1"
    given = {"airflow_url": url, "airflow_api_version": api, "retries": RETRIES, **options, **situation.options}
    params = {**live.options(), **{item.name: item.default for item in spec.options()}, **given}
    secrets = option_secrets(spec.options(), params, object_name(spec, params))
    can_write = isinstance(spec, Resource) or getattr(spec, "writes", False)
    client = connect(params, not can_write, secrets)
    pauses: list[float] = []
    result: dict[str, Any] | None = None
    failure: BaseException | None = None
    _TEMPO.factor = case.tempo
    began = time.monotonic()
    with patch.object(client.transport, "_sleep", pauses.append):
        try:
            result = live.task(spec, client=client, **given)
        except AirflowError as error:
            failure = error
        except Exception as error:
            # What no module expects is what the judge has to hear of.
            failure = error
    seconds = time.monotonic() - began
    client.transport.close()
    return Said(result, failure, seconds, tuple(pauses))


def examine(
    world: World,
    case: Case,
    fault: Fault | None = None,
    number: int = 0,
    counts: Callable[[Request], bool] = lambda request: True,
) -> tuple[Observation, list[Request]]:
    """Let a fault befall a request, or none.

    :param number: of the request among those that count, from 1 on.
    :return: what was seen, and the requests of the task.
    """
    situation = case.prepare(world)
    try:
        before = situation.look()
        with Proxy(world.live.url) as proxy:
            injection = Injection(proxy, fault, number, situation.watch, world.writing, counts)
            injection.begin()
            said = run_task(world, case, situation, proxy.url, timeout=TIMEOUT if fault else 30.0)
            injection.end()
            seen = list(proxy.seen)
        is_right = None
        if situation.is_right:
            is_right = said.result is None or situation.is_right(said.result)
        after = situation.look()
        with Proxy(world.live.url) as proxy:
            injection = Injection(proxy, watch=situation.watch, writing=world.writing)
            injection.begin()
            again = run_task(world, case, situation, proxy.url) if fault else said
            injection.end()
        healed = situation.look()
    finally:
        situation.clean()
    log_ins = frozenset(text for request in seen for text in _log_ins(request)) | {world.live.password}
    return (
        Observation(
            before,
            after,
            healed,
            said,
            again,
            situation.wished,
            case.repeats and fault is not None,
            case.by_itself,
            is_right,
            log_ins,
        ),
        seen,
    )


def _log_ins(request: Request) -> list[str]:
    """What logs a request in."""
    headers = {name.lower(): value for name, value in request.headers.items()}
    return [
        *headers.get("authorization", "").split(" ")[1:2],
        *re.findall("session=([^;]+)", headers.get("cookie", "")),
    ]


def places(case: Case, requests: list[Request]) -> Iterator[tuple[int, Request]]:
    """The requests of a task that faults befall.

    Finding the server out and logging in is the same for all modules, and so is tried with those that try everything.
    """
    is_known = False
    for number, request in enumerate(requests[: case.most], 1):
        if case.has_all or is_known or not is_log_in(request):
            yield number, request
        # Later logins try a user's password.
        is_known = is_known or not request.path.endswith("/version")


def is_list(case: Case, request: Request) -> bool:
    """Whether a task that reads gets a list by a request."""
    return case.module.endswith("_info") and not is_log_in(request) and not is_write(request)
