# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Airflow's REST API as a client sees it: which generation answers, quoting, pages, and what an error means."""

from __future__ import annotations

from typing import Any, Callable, Iterable, Iterator, Mapping, Sequence
from urllib.parse import quote

from .api import APIS, V1, V2, Api, Server
from .auth import Auth
from .errors import AirflowError, MissingError, NotAirflowError, RefusedError, ServerError
from .secrets import redact
from .transport import LOG_IN, Response, Transport, public

LONGEST_DETAIL = 600


class Client:
    """One server.

    :param transport: sends requests.
    :param authenticate: makes the log-in method for an API.
    :param open_headers: headers of requests that need no log-in. A gateway wants its token even so; a password is not
        sent to what may not be Airflow.
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

    @property
    def server(self) -> Server:
        """What answers, found out with the first use: both generations tell their version without a log-in."""
        if self._server is None:
            self._server = self._detect()
        return self._server

    def _detect(self) -> Server:
        candidates = [V2, V1] if self._wanted_api == "auto" else [APIS[self._wanted_api]]
        for api in candidates:
            response = self._send_openly(api, "/version")
            if response.status == 404:
                continue
            answer = self._checked(response, api)
            if isinstance(answer, dict) and answer.get("version"):
                return Server(api, str(answer["version"]), str(answer.get("git_version") or ""))
            raise NotAirflowError(
                f"GET {response.url}: the answer holds no version: this is not Airflow's REST API. airflow_url must "
                "be the root of Airflow's web server",
                **response.facts(),
            )
        tried = " and ".join(api.root + "/version" for api in candidates)
        hint = "" if len(candidates) > 1 else f"; without airflow_api_version={self._wanted_api} both are looked for"
        raise NotAirflowError(
            f"{self.transport.settings.url} answers, but has no {tried}: it is not Airflow, or airflow_url lacks the "
            f"path under which Airflow is served{hint}",
            **response.facts(),
        )

    def _send_openly(self, api: Api, path: str) -> Response:
        return self.transport.send("GET", api.root + path, headers=self._open_headers)

    def read_openly(self, path: str) -> Any:
        """The parsed answer of an endpoint that needs no log-in."""
        return self._checked(self._send_openly(self.server.api, path), self.server.api)

    def call(self, method: str, path: str, *, query: Any = None, body: Any = None) -> Any:
        """Send one request to the API and return the parsed answer.

        :param path: below the API's root, quoted: see :func:`join`.
        :raises MissingError: if the object does not exist.
        :raises RefusedError, ServerError, NotAirflowError, UnreachableError: as their names say.
        """
        api = self.server.api
        auth = self._auth = self._auth or self._authenticate(api)

        def send() -> Response:
            headers = auth.headers()
            self.secrets.update(auth.secrets())
            return self.transport.send(method, api.root + path, query=query, body=body, headers=headers)

        response = send()
        if response.status == 401 and auth.renew():
            response = send()
        return self._checked(response, api)

    def pages(
        self, path: str, key: str, query: Mapping[str, Any], limit: int | None = None, offset: int = 0
    ) -> Iterator[Any]:
        """Yield the rows of a list, all pages of it.

        Advances by what came rather than by what was asked for, as servers cap a page silently at
        ``[api] maximum_page_limit``, and ends at ``total_entries``.

        :param key: the list's name in the answer.
        :param query: filters and order; the order has to be stable.
        :param limit: how many rows at the most; all if ``None``.
        :param offset: how many rows to leave out at the beginning.
        """
        page = self.server.api.page
        while limit is None or limit > 0:
            size = page if limit is None else min(page, limit)
            answer = self.call("GET", path, query=self.query(dict(query, limit=size, offset=offset)))
            rows = answer.get(key) if isinstance(answer, dict) else None
            if not isinstance(rows, list):
                raise NotAirflowError(f"GET {path}: the answer holds no list {key!r}")
            yield from rows
            offset += len(rows)
            limit = None if limit is None else limit - len(rows)
            total = answer.get("total_entries")
            if not rows or (total is not None and offset >= total):
                return

    def query(self, options: Mapping[str, Any]) -> list[tuple[str, str]]:
        """Query parameters in the API's own way of writing lists."""
        pairs: list[tuple[str, str]] = []
        for name, value in options.items():
            values = value if isinstance(value, (list, tuple)) else [value]
            texts = [str(item) for item in values]
            pairs.extend((name, item) for item in (texts if self.server.api.repeat_lists else [",".join(texts)]))
        return pairs

    def _checked(self, response: Response, api: Api) -> Any:
        """The parsed answer, or the error that it means."""
        request = f"{response.method} {response.url}"
        facts = response.facts()
        if 300 <= response.status < 400:
            target = public(response.headers.get("location", ""))
            hint = (
                "a log-in page stands before Airflow: airflow_token or airflow_headers may be needed"
                if LOG_IN.search(target)
                else "set airflow_url to where Airflow really is"
            )
            raise NotAirflowError(
                f"{request}: HTTP {response.status} redirects to {target!r}, which is not followed; {hint}", **facts
            )
        if response.status < 300:
            return response.json()
        detail = redact(explain(response), self.secrets)
        facts["detail"] = detail
        message = f"{request}: HTTP {response.status}" + (f": {detail}" if detail else "")
        if response.status >= 500:
            raise ServerError(message, **facts)
        if response.status == 404:
            if is_absent(response, api):
                raise MissingError(message, **facts)
            raise RefusedError(
                f"{message}. This is not an answer for a missing object: the server has no such path", **facts
            )
        raise RefusedError(message + _advice(response.status, api), **facts)


def _advice(status: int, api: Api) -> str:
    if status == 401:
        return ". The credentials are missing, wrong or expired"
    if status == 403 and api is V1:
        # 2.11 answers a wrong password with the same 403 and an empty detail as a missing permission.
        return (
            ". Airflow 2 says this for a wrong airflow_username or airflow_password as well as for a missing permission"
        )
    if status == 403:
        return ". The user may not do this, or airflow_token is not valid here"
    return ""


def join(*segments: str) -> str:
    """A path from its parts, each of them quoted whole: a name may hold anything, slashes included."""
    return "".join("/" + _quote(segment) for segment in segments)


def _quote(segment: str) -> str:
    """Quote one part of a path. ``.`` and ``..`` are names here, not directions."""
    return segment.replace(".", "%2E") if set(segment) == {"."} else quote(segment, safe="")


def is_absent(response: Response, api: Api) -> bool:
    """Whether a 404 is Airflow's own word that the object does not exist.

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
    if api is V1:
        return problem.get("type", "about:blank") != "about:blank" and "title" in problem
    return isinstance(problem.get("detail"), str) and problem["detail"] != "Not Found"


def explain(response: Response) -> str:
    """The server's own explanation in one line.

    Both generations may repeat what was sent or what is stored (v2's ``input``, v1's schema dumps from the second
    line on), which can be secret: only the explanation itself is taken.
    """
    if response.is_html:
        return f"a web page titled {response.title!r}" if response.title else "a web page"
    try:
        problem = response.json()
    except AirflowError:
        return _one_line(response.body)
    if not isinstance(problem, dict):
        return ""
    detail = problem.get("detail") or problem.get("title") or problem.get("error") or ""
    if isinstance(detail, dict):
        detail = detail.get("reason") or detail.get("message") or ""
    if isinstance(detail, list):
        detail = "; ".join(_complaints(detail))
    return _one_line(str(detail))


def _complaints(errors: Sequence[Any]) -> Iterable[str]:
    for error in errors:
        if isinstance(error, dict):
            where = ".".join(str(part) for part in error.get("loc", []) if part != "body")
            yield f"{where}: {error.get('msg', '')}" if where else str(error.get("msg", ""))


def _one_line(message: str) -> str:
    line = message.strip().partition("\n")[0].strip()
    return line if len(line) <= LONGEST_DETAIL else line[:LONGEST_DETAIL] + " …"
