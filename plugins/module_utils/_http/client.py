# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A client of Airflow's REST API: detection of the generation, login, pages, and the meaning of errors."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Callable, Iterable, Iterator, Mapping, Sequence, TypeVar, cast

from .._model.api import APIS, FAB, V1, V2, Api, ApiName, Intent, Server, as_query
from .._model.errors import (
    AirflowError,
    Effect,
    GatewayError,
    MissingError,
    NoFabError,
    NotAirflowError,
    RefusedError,
    RequestError,
    ServerError,
)
from .._model.paths import Path, below, join
from .._model.secrets import redact
from .._model.shape import AN_OBJECT, Check, a_list, an_object, decoded
from .auth import Auth
from .transport import Response, Transport

if TYPE_CHECKING:
    from .._model.listing import Listing
    from .._model.resource import Resource

LONGEST_DETAIL = 600

LOCKED = 503
"""Airflow 3's own message while its database is locked (3.3.2); any other is from a gateway."""

NO_CONTENT = 204

MANY = 5
"""Number of objects, or of tasks that share a login, from which logging in at the web form of Airflow 2 pays off.

They take as long as two or three that hash the password (2.11.2).
"""

CREDENTIALS = frozenset({"authorization", "cookie"})
"""Headers with which one can log in to Airflow."""

NOT_LOGGED_IN: Mapping[ApiName, tuple[int, ...]] = {"v1": (401, 403), "v2": (401,), "fab": (401,)}
"""Name of an API → its status for a login that is no longer valid; v1 also uses it for a missing permission."""

Found = TypeVar("Found")


class Client:
    """One server.

    :param transport: sends requests.
    :param authenticate: makes the login method for an API.
    :param open_headers: headers of requests that need no login. A gateway needs its token there too; a password is
        not sent to what may not be Airflow.
    :param api: ``v1`` or ``v2`` to skip the detection, else ``auto``.
    :param secrets: texts that must not be shown; what is fetched while logging in is added.
    """

    def __init__(
        self,
        transport: Transport,
        authenticate: Callable[[Api], Auth],
        open_headers: Mapping[str, str],
        api: str,
        secrets: set[str],
    ) -> None:
        self.transport = transport
        self.secrets = secrets
        self._authenticate = authenticate
        self._open_headers = open_headers
        self._wanted_api = api
        self._server: Server | None = None
        self._auth: Auth | None = None
        self._logins = 0
        self._logging_in = threading.Lock()
        self.accepted: dict[ApiName, str] = {}
        """Name of an API → the path of a read that it has answered, to this login."""
        self._known: dict[str, Any] = {}
        self._reading_once = threading.RLock()
        self.served = 0
        """How many tasks have had this login before."""

    def for_task(self, read_only: bool, secrets: set[str]) -> Client:
        """A client for another task, with the session, detection and login of this one, but none of its other state.

        :param read_only: refuse writes.
        """
        self.transport.begin(read_only)
        other = Client(self.transport, self._authenticate, self._open_headers, self._wanted_api, set(secrets))
        other._server, other._auth, other.accepted = self._server, self._auth, self.accepted
        other.served = self.served + 1
        return other

    @property
    def server(self) -> Server:
        """The server, detected on first use: both generations return their version without a login."""
        if self._server is None:
            self._server = self._detect()
        return self._server

    def _detect(self) -> Server:
        candidates = [V2, V1] if self._wanted_api == "auto" else [APIS[self._wanted_api]]
        for api in candidates:
            response = self._send_openly(api, join("version"))
            if response.status == 404:
                continue
            answer = self._checked(response, api)
            if isinstance(answer, dict) and isinstance(answer.get("version"), str):
                return Server(api, answer["version"], str(answer.get("git_version") or ""))
            raise NotAirflowError(
                f"GET {response.url}: the response has no version: this is not Airflow's REST API. airflow_url "
                "must be the root of Airflow's web server",
                **response.facts(),
            )
        tried = " and ".join(api.root + "/version" for api in candidates)
        hint = "" if len(candidates) > 1 else f"; without airflow_api_version={self._wanted_api} both are tried"
        raise NotAirflowError(
            f"{self.transport.settings.url} answers, but has no {tried}: it is not Airflow, or airflow_url lacks the "
            f"path under which Airflow is served{hint}",
            **response.facts(),
        )

    def _send_openly(self, api: Api, path: Path) -> Response:
        return self.transport.send("GET", api.root + path, headers=self._open_headers)

    def read_openly(self, path: Path, check: Check | None = None) -> Any:
        """The parsed answer of an endpoint that needs no login."""
        return self._checked(self._send_openly(self.server.api, path), self.server.api, check)

    def call(
        self,
        method: str,
        path: Path,
        *,
        query: Any = None,
        body: Any = None,
        api: Api | None = None,
        intent: Intent | None = None,
        accept: str = "",
        check: Check | None = None,
    ) -> Any:
        """Send one request to the API and return the parsed answer.

        :param api: the API of a part of the server; the server's own if left out.
        :param intent: what the request is for; what its method is for if left out.
        :param accept: the type of answer to ask for; with ``text/plain`` the text is returned as it is.
        :param check: checks the form of the answer: see :mod:`.shape`.
        :raises MissingError: if the object does not exist.
        :raises RequestError: with what may have become of a write: see :mod:`.errors`.
        """
        response, part = self._respond(method, path, query, body, api, intent, accept)
        answer = self._checked(response, part, check, as_text=accept == "text/plain")
        if method == "GET":
            self.accepted.setdefault(part.name, part.root + path)
        return answer

    def delete(self, path: Path, *, query: Any = None, api: Api | None = None, once: bool = False) -> bool:
        """Delete an object; return whether the answer shows that: a 204, as of Airflow's v1 and v2.

        The FAB provider on Airflow 3 answers the deletion of a role with 200 and ``null`` (3.10.2), which anybody may.

        :param path, query, api: as for :meth:`call`.
        :param once: another object takes its name next, which a deletion that is sent twice and made late would hit.
        :raises MissingError: if the object does not exist.
        :raises RequestError: as for :meth:`call`.
        """
        response, part = self._respond("DELETE", path, query, None, api, once=once)
        self._checked(response, part)
        return response.status == NO_CONTENT

    def _respond(
        self,
        method: str,
        path: Path,
        query: Any,
        body: Any,
        api: Api | None,
        intent: Intent | None = None,
        accept: str = "",
        once: bool = False,
    ) -> tuple[Response, Api]:
        """The answer to a request, logged in, and the API that it is from."""
        with _nothing_sent():
            part, logins = api or self.server.api, 0

        def send() -> Response:
            nonlocal logins
            with _nothing_sent(), self._logging_in:
                headers = {**self.auth.headers(), **({"Accept": accept} if accept else {})}
                self.secrets.update(self.auth.secrets())
                logins = self._logins
            return self.transport.send(
                method, part.root + path, query=query, body=body, headers=headers, intent=intent, once=once
            )

        def log_in(act: Callable[[], bool]) -> bool:
            """Log in in another way, unless another thread has done so since; whether the login has changed."""
            with _nothing_sent(), self._logging_in:
                self._logins += self._logins == logins and act()
                return self._logins != logins

        response = send()
        if response.status in NOT_LOGGED_IN[part.name] and log_in(self.auth.renew):
            response = send()
        while response.status == 401 and part is FAB and log_in(self.auth.enter_form):
            response = send()
        if part is FAB and _is_not_fab(response):
            raise NoFabError(
                f"This Airflow {self.server.version} cannot manage users, roles and permissions through its API: "
                f"they belong to the FAB auth manager, and {response.url} is not served by one. SimpleAuthManager, "
                "the default of Airflow 3 ([core] auth_manager), takes its users from its configuration",
                **response.facts(),
            )
        return response, part

    def once(self, what: str, read: Callable[[], Found]) -> Found:
        """A value that a task needs for many objects; it is read for the first one."""
        with self._reading_once:
            if what not in self._known:
                self._known[what] = read()
            return cast("Found", self._known[what])

    @property
    def given(self) -> str:
        """What was given to log in with and is sent as it is, which nobody here can renew; empty for a password."""
        if self._open_headers:
            return "airflow_token"
        names = {name.lower() for name in self.transport.settings.headers}
        is_used = not (self._auth and self._auth.username)
        return "the login in airflow_headers" if is_used and names & CREDENTIALS else ""

    @property
    def auth(self) -> Auth:
        """The way to log in to this server."""
        self._auth = self._auth or self._authenticate(self.server.api)
        return self._auth

    def expect(self, requests: int = MANY + 1) -> None:
        """Prepare for requests, if they are many: on Airflow 2 by the cookie of the web form, where it lets one log in.

        That spares the server the hashing of the password with each request. Not every server takes the cookie for its
        API, so one request tries it.
        """
        with self._logging_in:
            if requests > MANY and self.server.api is V1 and self.auth.enter_form():
                self.secrets.update(self.auth.secrets())
                tried = self.transport.send("GET", V1.root + "/pools", query={"limit": 1}, headers=self.auth.headers())
                if tried.status != 200:
                    self.auth.leave_form()

    def whoami(self) -> str | None:
        """The username, or email address, that the module logs in with; ``None`` if that is not known."""
        if self.auth.username or self.server.api is V1:
            return self.auth.username or None
        try:
            # An endpoint for the web interface of 3.2 and later, not part of the public API.
            response = self.transport.send("GET", "/ui/auth/me", headers=self.auth.headers())
            answer = response.json() if response.status == 200 else None
        except AirflowError:
            return None
        return str(answer["username"]) if isinstance(answer, dict) and answer.get("username") else None

    def provider(self, package: str) -> str | None:
        """The version of an installed provider; empty if it is not installed, ``None`` if the user may not see that."""

        def installed() -> dict[str, str] | None:
            rows = self.pages(join("providers"), "providers", {}, row=an_object("package_name", version=str))
            try:
                return {row["package_name"]: row["version"] for row in rows}
            except RefusedError:
                return None

        providers: dict[str, str] | None = self.once("providers", installed)
        return None if providers is None else providers.get(package, "")

    def read(self, spec: Resource | Listing, name: str) -> dict[str, Any] | None:
        """One object as the server shows it; ``None`` if it does not exist.

        :raises NotAirflowError: also if the server shows another object than the one that was asked for.
        """
        api = self.server.part(spec.part).api
        path, check = below(spec.path, name), named(spec, name, api)
        try:
            found = self.call("GET", path, query=as_query(spec.selected, api), api=api, check=check)
        except MissingError:
            return None
        return decoded(spec, found, api, f"GET {path}")

    def pages(
        self,
        path: Path,
        key: str,
        query: Mapping[str, Any],
        limit: int | None = None,
        offset: int = 0,
        api: Api | None = None,
        row: Check = AN_OBJECT,
    ) -> Iterator[Any]:
        """Yield the rows of a list, all pages of it.

        A row that is added meanwhile may make another one come twice: see :mod:`.pages` for reading that is exact.

        :param key: key of the list in the answer.
        :param query: filters and order; the order must be stable.
        :param limit: how many rows at most; all if ``None``.
        :param offset: how many rows to skip.
        :param api: the API of a part of the server; the server's own if left out.
        :param row: checks the form of each row: see :mod:`.shape`.
        """
        from .pages import Page, page_of, walk

        part = api or self.server.api
        check = a_list(key, row)

        def fetch(size: int, start: int) -> Page:
            pairs = as_query({**query, "limit": size, "offset": start}, part)
            return page_of(self.call("GET", path, query=pairs, api=part, check=check), key)

        return walk(f"GET {path}", fetch, part.page, limit, offset)

    def _checked(self, response: Response, api: Api, check: Check | None = None, as_text: bool = False) -> Any:
        """The parsed answer, or its text, or the error that it means."""
        try:
            return self._parsed(response._replace(url=redact(response.url, self.secrets)), api, check, as_text)
        except RequestError as error:
            error.effect = max(error.effect, response.earlier)
            raise

    def _parsed(self, response: Response, api: Api, check: Check | None, as_text: bool) -> Any:
        if response.status < 300:
            if self.given and response.is_html:
                from .refusals import check_login

                check_login(self, response, api)
            if as_text and not response.is_html:
                return response.body
            answer = response.json(self.secrets)
            wrong = check(answer) if check else ""
            if wrong:
                raise response.unusable(f"the response {wrong}")
            return answer
        detail = explain(response, self.secrets)
        facts = {**response.facts(), "detail": detail}
        request = f"{response.method} {response.url}: HTTP {response.status}"
        message = request + (f": {detail.rstrip('.')}" if detail else "")
        if response.status >= 500:
            by_airflow = response.status == 500 or (response.status == LOCKED and is_airflows(response))
            raise (ServerError if by_airflow else GatewayError)(message, **facts)
        if response.status == 404 and is_absent(response, api):
            raise MissingError(message, **facts)
        from .refusals import refusal

        raise refusal(self, response, api, message, facts)


@contextmanager
def _nothing_sent() -> Iterator[None]:
    """Errors in here occur before a request is sent, or after it was refused, so they have no effect."""
    try:
        yield
    except RequestError as error:
        error.effect = Effect.NONE
        raise


def named(spec: Resource | Listing, name: str, api: Api) -> Check:
    """A check that an answer shows the object of this name, so that no other object is acted on."""
    identity = spec.identity
    if identity is None:
        return AN_OBJECT
    if identity.ignores_case:
        return an_object(shown={identity.key(api): name}, same=lambda one, other: one.lower() == other.lower())
    return an_object(shown={identity.key(api): name})


def is_airflows(response: Response) -> bool:
    """Whether an error has the form of Airflow's REST API: a problem with a title (v1) or a detail (v2)."""
    if response.is_html:
        return False
    try:
        problem = response.json()
    except AirflowError:
        return False
    return isinstance(problem, dict) and bool({"detail", "title"} & problem.keys())


def _is_not_fab(response: Response) -> bool:
    """Whether something else responds at the path of the FAB auth manager's API.

    SimpleAuthManager answers a GET with Airflow's start page and 200, anything else with 405 (3.3.2).
    """
    start_page = response.status == 200 and response.is_html and response.title == "Airflow"
    return (
        start_page
        or response.status == 405
        or (response.status == 404 and not response.is_html and not is_absent(response, FAB))
    )


def is_absent(response: Response, api: Api) -> bool:
    """Whether a 404 is Airflow's own answer for a missing object.

    For a path that it does not have, v1 names ``about:blank`` as the problem's type, v2 answers
    ``{"detail": "Not Found"}`` or ``{"error": …}`` (2.11.2, 3.3.2). Gateways have their own forms.
    """
    if response.is_html:
        return False
    try:
        problem = response.json()
    except AirflowError:
        return False
    if not isinstance(problem, dict):
        return False
    if api is V1 or (api is FAB and "title" in problem):
        # The FAB provider up to 3.4 answers on Airflow 3 as it did on Airflow 2.
        return problem.get("type", "about:blank") != "about:blank" and "title" in problem
    return isinstance(problem.get("detail"), str) and problem["detail"] != "Not Found"


def explain(response: Response, secrets: Iterable[str] = ()) -> str:
    """The server's own explanation in one line, without known secrets.

    Both generations may repeat what was sent or what is stored (v2's ``input``, v1's schema dumps from the second
    line on), which can be secret: only the explanation itself is taken.
    """
    if response.is_html:
        title = redact(response.title, secrets)
        return f"a web page titled {title!r}" if title else "a web page"
    try:
        problem = response.json()
    except AirflowError:
        return _one_line(redact(response.body, secrets))
    if not isinstance(problem, dict):
        return ""
    detail = problem.get("detail") or problem.get("title") or problem.get("error") or ""
    if isinstance(detail, dict):
        detail = detail.get("reason") or detail.get("message") or ""
    if isinstance(detail, list):
        detail = "; ".join(_complaints(detail))
    # A secret may have several lines, and be longer than what is left of the text.
    return _one_line(redact(str(detail), secrets))


def _complaints(errors: Sequence[Any]) -> Iterable[str]:
    for error in errors:
        if isinstance(error, dict):
            place = error.get("loc")
            where = ".".join(str(part) for part in place if part != "body") if isinstance(place, list) else ""
            yield f"{where}: {error.get('msg', '')}" if where else str(error.get("msg", ""))


def _one_line(message: str) -> str:
    line = message.strip().partition("\n")[0].strip()
    return line if len(line) <= LONGEST_DETAIL else line[:LONGEST_DETAIL] + " …"
