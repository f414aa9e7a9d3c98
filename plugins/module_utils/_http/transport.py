# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sending one request.

Timeouts, retries, TLS, proxies, no redirects, and a guard that keeps check mode from writing.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import random
import re
import threading
import time
import traceback
from datetime import datetime, timezone
from http.client import HTTPException
from types import MappingProxyType
from typing import Any, Callable, Iterable, Iterator, Mapping, NamedTuple, Protocol
from urllib.parse import urlencode, urlsplit

from .._model.api import Intent
from .._model.errors import (
    AirflowError,
    Effect,
    InvalidInputError,
    NotAirflowError,
    NotSentError,
    RequestError,
    UnreachableError,
)
from .._model.secrets import redact
from .body import BrokenOffError, TimedResponse, UnusableError, read_text

try:
    import requests
    import urllib3
    from requests.adapters import HTTPAdapter

    REQUESTS_IMPORT_ERROR = None
except Exception:  # An installation may be broken in other ways than by a missing file.
    REQUESTS_IMPORT_ERROR = traceback.format_exc()
    HTTPAdapter = object  # type: ignore[misc,assignment]

TRANSIENT = frozenset({502, 503, 504})
TOO_MANY_REQUESTS = 429
AUTH_MANAGER = "/auth/"
MOST_DISTURBED = 10
"""How often a task repeats a login or read there after a 500: FAB provider 3.5.0 on 3.1.8 fails 7 of 8 at once."""
LONGEST_PAUSE = 60.0
"""Maximum number of seconds between two attempts, whatever the server asks for."""

DEEPEST = 100
"""Levels of lists and objects in an answer; what handles them uses a few of Python's 1,000 calls for each."""

PROXY = re.compile(r"([a-z][a-z0-9+.-]*://([^/?#@\\\s]*@)?)?(\[[0-9a-f:.]+\]|[^/?#@:\\\s\[\]]+)(:(\d{1,5}))?/?", re.I)
"""The address of a proxy, with the port as its last group."""

LONGEST_TIMEOUT = 86400
LARGEST_PORT = 65535
LONGEST_IDLE = 2.0
"""Seconds that an open connection waits for a request: less than gateways allow for one to arrive."""

HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
TITLE = re.compile(r"<title>(.*?)</title>", re.IGNORECASE | re.DOTALL)

USER_AGENT = "dataops.airflow (Ansible collection)"


class Settings(NamedTuple):
    """How to reach the server.

    :param url: root of the web server, without a trailing slash.
    :param headers: extra request headers; their values are secret.
    :param verify: whether TLS certificates are checked.
    :param timeout: seconds for a connection, and then for a whole answer.
    :param retries: how often a request that can safely be sent again is sent again.
    :param concurrency: requests under way at a time, at most.
    """

    url: str
    headers: Mapping[str, str] = MappingProxyType({})
    verify: bool = True
    ca_path: str | None = None
    client_cert: str | None = None
    client_key: str | None = None
    timeout: float = 30.0
    retries: int = 3
    concurrency: int = 8

    def check(self) -> None:
        """Refuse settings that cannot work.

        :raises InvalidInputError: naming the option.
        """
        if "@" in self.url:
            # Not only before the first slash: a password may contain one.
            raise InvalidInputError(
                "airflow_url must not contain a username or password, as URLs are logged: use airflow_username and "
                "airflow_password (an @ that belongs to the path is written %40)"
            )
        shown = public(self.url)
        try:
            parts = urlsplit(self.url)
            well_formed = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        except ValueError:
            well_formed = False
        if not well_formed or re.search(r"\s", self.url) or ".." in parts.netloc or parts.netloc.startswith("."):
            raise InvalidInputError(
                f"airflow_url must be an http:// or https:// URL of Airflow's web server, got {shown!r}"
            )
        if "?" in self.url or "#" in self.url:
            raise InvalidInputError(f"airflow_url must end with the path, without '?' or '#', got {shown!r}")
        if parts.path.rstrip("/").endswith(("/api/v1", "/api/v2")):
            raise InvalidInputError(
                f"airflow_url must be the root of the web server, without /api/v1 or /api/v2, got {shown!r}"
            )
        if not 0.001 <= self.timeout <= LONGEST_TIMEOUT:
            raise InvalidInputError(f"timeout must be from 0.001 to {LONGEST_TIMEOUT} seconds, got {self.timeout}")
        if self.retries < 0:
            raise InvalidInputError(f"retries must be 0 or more, got {self.retries}")
        if not 1 <= self.concurrency <= 64:
            raise InvalidInputError(f"concurrency must be from 1 to 64, got {self.concurrency}")
        if self.client_key and not self.client_cert:
            raise InvalidInputError("client_key needs client_cert as well")
        for option in ("ca_path", "client_cert", "client_key"):
            path = getattr(self, option)
            if path and not os.path.exists(path):
                raise InvalidInputError(f"{option}: file {path!r} does not exist on the host that runs this module")
        for name, value in self.headers.items():
            if not HEADER_NAME.fullmatch(name):
                raise InvalidInputError(f"airflow_headers has an invalid header name: {name!r}")
            check_header_value(f"airflow_headers: the value of {name}", value)


def check_header_value(option: str, value: str) -> None:
    """Refuse what cannot be sent in a header, such as the line break at the end of a file.

    :param option: what to call the value, which may be a secret.
    """
    if value != value.strip() or not value.isprintable() or not value.isascii():
        raise InvalidInputError(
            f"{option} cannot be sent in a header: it must consist of printable ASCII characters, without leading "
            "or trailing whitespace"
        )


def public(url: str) -> str:
    """A URL, even a malformed one, without credentials, query and fragment.

    A password may hold what ends the part of a URL that it is in, so everything up to the last ``@`` counts as one.
    """
    before, slashes, after = url.partition("//")
    after = after if slashes else before
    return (before + slashes if slashes else "") + re.split("[?#]", after.rpartition("@")[2])[0]


class Response(NamedTuple):
    """An answer.

    :param method: of the request.
    :param url: of the request, with its query and without credentials.
    :param headers: names in lower case.
    :param earlier: what the earlier attempts may have changed.
    """

    method: str
    url: str
    status: int
    headers: Mapping[str, str]
    body: str
    earlier: Effect = Effect.NONE

    @property
    def is_html(self) -> bool:
        """Whether a web page came, which Airflow's API sends only by accident.

        2.11 sends plain sentences under this content type as well, such as that testing connections is disabled.
        """
        is_page = "html" in self.headers.get("content-type", "") and "<" in self.body
        return is_page or self.body.lstrip()[:9].lower() == "<!doctype"

    def json(self, secrets: Iterable[str] = ()) -> Any:
        """The parsed body; ``None`` if there is none.

        :param secrets: known ones, which the error does not show although it quotes the answer.
        :raises NotAirflowError: if the body is not JSON, or nested deeper than anything that Airflow sends.
        """
        if not self.body.strip():
            return None
        try:
            parsed = json.loads(self.body)
        except (ValueError, RecursionError) as error:
            headers = {name: redact(value, secrets) for name, value in self.headers.items()}
            quoted = self._replace(body=redact(self.body, secrets), headers=headers)
            from .refusals import not_json

            raise self.unusable(not_json(quoted, error)) from None
        if self.body.count("[") + self.body.count("{") > DEEPEST and _is_deep(parsed):
            raise self.unusable(f"its JSON is nested more than {DEEPEST} levels deep")
        return parsed

    def unusable(self, why: str) -> NotAirflowError:
        """The error that this is not an answer of Airflow's REST API to the request.

        :param why: a clause that follows ``but``.
        """
        error = NotAirflowError(f"{self.method} {self.url}: HTTP {self.status}, but {why}", **self.facts())
        error.effect = max(error.effect, self.earlier)
        return error

    @property
    def title(self) -> str:
        """The title of a web page; empty if it has none."""
        found = TITLE.search(self.body)
        return found.group(1).strip() if found else ""

    def facts(self) -> dict[str, Any]:
        """What a failed task's result says about the request."""
        return {"method": self.method, "url": self.url, "status": self.status}


def _is_deep(value: Any) -> bool:
    """Whether parsed JSON is nested deeper than :data:`DEEPEST`; found without recursion."""
    level, depth = [value], 0
    while level:
        level = [
            item
            for container in level
            for item in (container.values() if isinstance(container, dict) else container)
            if isinstance(item, (dict, list))
        ]
        depth += 1
        if depth > DEEPEST:
            return True
    return False


class Lane(Protocol):
    """Where requests of a thread wait for their turns."""

    def enter(self, seconds: float) -> bool:
        """Wait for a turn, so many seconds at most; whether it has come."""

    def leave(self, seconds: float) -> None:
        """The turn is over, after so many seconds."""


class Transport:
    """Sends requests over one session.

    :param settings: how to reach the server.
    :param read_only: refuse writes.
    :param sleep: takes seconds; for tests.
    :raises InvalidInputError: for a setting that cannot work.
    """

    def __init__(self, settings: Settings, read_only: bool, sleep: Callable[[float], None] = time.sleep) -> None:
        settings.check()
        self.settings = settings
        self.read_only = read_only
        self.trace: list[dict[str, Any]] = []
        self.is_over: Callable[[], bool] | None = None
        """Whether nobody waits for the task any more, so that no write is sent."""
        self.failures = 0
        """Answers that no request should get, and requests without one."""
        self._answered = False
        self._disturbed = 0
        self._closes = False
        self._fastest = math.inf
        self._own = _Own()
        self._sleep = sleep
        self._session = requests.Session()
        self._session.headers.clear()
        self._session.headers.update({"User-Agent": USER_AGENT, "Accept": "application/json"})
        self._session.headers.update(settings.headers)
        for prefix in ("http://", "https://"):
            self._session.mount(prefix, _Adapter(self._sending, pool_maxsize=max(10, 2 * settings.concurrency)))

    def close(self) -> None:
        """End the connections; the next request begins a new one."""
        self._session.close()

    def begin(self, read_only: bool) -> None:
        """Start another task on the same session, without the trace of the one before."""
        self.read_only = read_only
        self.trace = []
        self._disturbed = 0

    @property
    def opening(self) -> float:
        """About how many seconds it takes to open the connection that each request needs; 0 if they are kept.

        Half of the fastest request: it takes a round trip for the connection, and one for the answer.
        """
        return self._fastest / 2 if self._closes else 0.0

    @contextlib.contextmanager
    def in_lane(self, lane: Lane) -> Iterator[None]:
        """Have each request of this thread wait for its turn when there is a connection for it."""
        former, self._own.lane = self._own.lane, lane
        try:
            yield
        finally:
            self._own.lane = former

    def _sending(self) -> None:
        """Called when there is a connection for a request, which is about to be sent.

        :raises _IdleError: if its turn does not come soon.
        :raises NotSentError: if nobody waits for the task any more when it comes.
        """
        own = self._own
        if own.lane:
            own.has_turn = own.lane.enter(LONGEST_IDLE)
            if not own.has_turn:
                raise _IdleError
            self._check_awaited(own.entry["method"], own.entry["url"])
            own.entry["began"], own.started = _now(), time.monotonic()

    def _check_awaited(self, method: str, what: str) -> None:
        if self._own.is_write and self.is_over and self.is_over():
            raise NotSentError(f"{method} {what}: the process that runs the playbook has ended; nothing was sent")

    def _leave(self) -> None:
        """A request has been answered, or will not be."""
        own = self._own
        if own.lane and own.has_turn:
            own.has_turn = False
            own.lane.leave(time.monotonic() - own.started)

    def send(
        self,
        method: str,
        path: str,
        *,
        query: Any = None,
        body: Any = None,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        intent: Intent | None = None,
        once: bool = False,
    ) -> Response:
        """Send one request, with retries if that is safe, and return the response.

        :param path: below ``airflow_url``, quoted.
        :param query: pairs or a mapping.
        :param body: sent as JSON.
        :param form: sent as a web form.
        :param headers: of this request; secret.
        :param intent: what the request is for; what its method is for if left out.
        :param once: do not send it again as long as the server may still do what it asks for.
        :raises UnreachableError: if no complete response came.
        :raises NotAirflowError: if the response is too large.
        """
        intent = intent or Intent.of(method)
        if self.read_only and intent is Intent.WRITE:
            raise AirflowError(
                f"{method} {path} was about to be sent in check mode: nothing was sent, please report this bug"
            )
        url = self.settings.url + path + ("?" + urlencode(query) if query else "")
        repeatable = {
            Intent.READ: True,
            Intent.DRY_RUN: True,
            # Airflow limits the logins at its web form.
            Intent.LOG_IN: form is None,
            Intent.WRITE: method == "DELETE" and not once,
        }[intent]
        attempt, earlier = 0, Effect.NONE
        while True:
            self._own.is_write = intent is Intent.WRITE
            self._check_awaited(method, path)
            pause = min(0.5 * 2**attempt, LONGEST_PAUSE) * (1 + random.random() / 4)
            last = attempt >= self.settings.retries
            attempt += 1
            try:
                response = self._send_once(method, url, body, form, headers)
            except RequestError as error:
                passing = isinstance(error, UnreachableError) and error.passing
                self.failures += 1
                earlier = error.effect = max(earlier, error.effect)
                if last or not passing or not (repeatable or error.effect is Effect.NONE):
                    raise
            else:
                busy = response.status == TOO_MANY_REQUESTS
                is_theirs = path.startswith(AUTH_MANAGER) and intent is not Intent.WRITE
                is_disturbed = response.status == 500 and is_theirs and self._disturbed < MOST_DISTURBED
                self.failures += busy or response.status >= 500
                if last or not (busy or ((response.status in TRANSIENT or is_disturbed) and repeatable)):
                    return response._replace(earlier=earlier)
                if not busy:
                    earlier = Effect.PENDING
                if is_disturbed:
                    self._disturbed += 1
                    pause *= 2 * random.random()  # Not at the same time again.
                from .refusals import retry_after

                pause = min(retry_after(response) or pause, LONGEST_PAUSE)
            finally:
                self._leave()
            self._sleep(pause)

    def _send_once(self, method: str, url: str, body: Any, form: Any, headers: Mapping[str, str] | None) -> Response:
        request = requests.Request(method, url, json=body, data=form, headers=dict(headers or {}), auth=_no_netrc)
        prepared = self._session.prepare_request(request)
        # requests would undo the quoting of dots, and so turn an object named '..' into its parent path.
        prepared.url = url
        options = self._session.merge_environment_settings(url, {}, True, self._verify(), self._certificate())
        _check_proxy(url, options["proxies"])
        own = self._own
        own.started = time.monotonic()
        entry: dict[str, Any] = {"method": method, "url": url, "began": _now()}
        own.entry = entry
        self.trace.append(entry)
        try:
            # Not the session's own way of sending: it reads the body of a redirect whole, however large that is.
            adapter = self._session.get_adapter(url)
            answer = None
            while answer is None:
                with contextlib.suppress(_IdleError):
                    answer = adapter.send(prepared, timeout=self.settings.timeout, **options)  # type: ignore[arg-type]
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            entry["error"] = type(error).__name__
            from .unanswered import explain

            raise explain(error, method, url, self.settings, self._answered) from error
        self._answered = True
        entry["status"] = answer.status_code
        requests.cookies.extract_cookies_to_jar(  # type: ignore[no-untyped-call]
            self._session.cookies, prepared, answer.raw
        )
        response = Response(
            method, url, answer.status_code, {name.lower(): value for name, value in answer.headers.items()}, ""
        )
        try:
            content = read_text(answer.raw)
        except (BrokenOffError, UnusableError, urllib3.exceptions.HTTPError, HTTPException, OSError) as error:
            entry["error"] = type(error).__name__
            answer.close()
            from .unanswered import explain_body

            raise explain_body(error, response, self.settings) from error
        seconds = time.monotonic() - own.started
        entry["milliseconds"] = round(seconds * 1000)
        self._closes = response.headers.get("connection", "").lower() == "close"
        if not own.lane:
            self._fastest = min(self._fastest, seconds)
        if answer.status_code >= 500:
            # uvicorn ends the connection after an unhandled error; the next request on it would be lost.
            self.close()
        return response._replace(body=content)

    def cookie(self, name: str) -> str | None:
        """A cookie that the server has set in this session."""
        return self._session.cookies.get(name)

    def _verify(self) -> bool | str:
        if not self.settings.verify:
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
            return False
        return self.settings.ca_path or True

    def _certificate(self) -> Any:
        settings = self.settings
        return (settings.client_cert, settings.client_key) if settings.client_key else settings.client_cert


def _no_netrc(request: Any) -> Any:
    """Keep requests from overwriting our credentials with those of a ``.netrc`` file."""
    return request


class _Own(threading.local):
    """What belongs to the request that a thread sends.

    :param lane: in which it waits for its turn, if it does.
    :param is_write: it is for a change.
    :param has_turn: its turn has come, and is not over.
    :param entry: of the trace.
    :param started: when it began, as :func:`time.monotonic` has it.
    """

    def __init__(self) -> None:
        self.lane: Lane | None = None
        self.is_write = self.has_turn = False
        self.entry: dict[str, Any] = {}
        self.started = 0.0


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds")


class _IdleError(Exception):
    """A connection was open for too long without a request."""


class _Adapter(HTTPAdapter):
    """Sends requests whose complete answers must arrive within the timeout.

    :param sending: called when there is a connection for a request, which is about to be sent.
    """

    def __init__(self, sending: Callable[[], None], **options: Any) -> None:
        self._sending = sending
        super().__init__(**options)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self._use_own_connections(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        is_new = proxy not in self.proxy_manager
        manager = super().proxy_manager_for(proxy, **kwargs)
        if is_new:
            self._use_own_connections(manager)
        return manager

    def _use_own_connections(self, manager: Any) -> None:
        manager.pool_classes_by_scheme = {
            scheme: _pools(pools, self._sending) for scheme, pools in manager.pool_classes_by_scheme.items()
        }


def _pools(pools: Any, sending: Callable[[], None]) -> Any:
    """A class of urllib3's pools, with connections that open before they say that a request is about to be sent."""
    former = pools.ConnectionCls

    def request(connection: Any, *args: Any, **kwargs: Any) -> Any:
        if connection.sock is None:
            connection.connect()
        sending()
        return former.request(connection, *args, **kwargs)

    own = type(former.__name__, (former,), {"response_class": TimedResponse, "request": request})
    return type(pools.__name__, (pools,), {"ConnectionCls": own})


def _check_proxy(url: str, proxies: Mapping[str, str]) -> None:
    """Refuse an invalid proxy URL; urllib3 would repeat it in its message, including the password.

    :raises InvalidInputError: naming the variable.
    """
    proxy = requests.utils.select_proxy(url, proxies)
    found = PROXY.fullmatch(proxy) if proxy else None
    if not proxy or (found and int(found.group(5) or 0) <= LARGEST_PORT):
        return
    names = (name for name, value in os.environ.items() if value == proxy and name.lower().endswith("_proxy"))
    raise InvalidInputError(
        f"{next(names, 'The proxy')} of the environment is not a proxy URL. It must have the form http://host:port "
        "or http://user:password@host:port, where characters such as / ? # @ in the password are percent-encoded. "
        "Its value is not shown because it may contain a password"
    )
