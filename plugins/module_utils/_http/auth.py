# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Logging in: one small class per method."""

from __future__ import annotations

import base64
import re
from typing import Callable, Mapping

from .._model.api import V1, V2, Api, Intent
from .._model.errors import AirflowError, InvalidInputError, NotAirflowError, RefusedError, ServerError
from .transport import TOO_MANY_REQUESTS, Response, Transport

CSRF_FIELD = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
REDIRECTS = (302, 303)
WRONG_PASSWORD = "Airflow does not accept airflow_username with airflow_password"


class Auth:
    """A way to log in. This one sends no credentials: enough for the version and the health of most servers."""

    username = ""
    """User to log in as; empty if that is not known."""

    def headers(self) -> Mapping[str, str]:
        """Request headers; secret."""
        return {}

    def secrets(self) -> set[str]:
        """Texts that came up while logging in and must not be shown."""
        return set()

    def renew(self) -> bool:
        """Discard fetched credentials; return whether a retry makes sense."""
        return False

    def enter_form(self) -> bool:
        """Log in at the web form as well, once; return whether a retry makes sense."""
        return False

    def leave_form(self) -> None:
        """Stop using the web form."""


class Bearer(Auth):
    """A token given by the user: from Astronomer, Google Cloud Composer, or any other JWT."""

    def __init__(self, token: str) -> None:
        self._token = token

    def headers(self) -> Mapping[str, str]:
        return {"Authorization": f"Bearer {self._token}"}


class Basic(Auth):
    """Username and password with every request (v1; the password is hashed each time, about 110 ms)."""

    def __init__(self, transport: Transport, username: str, password: str) -> None:
        self.username = username
        self._transport = transport
        self._password = password
        self._value = base64.b64encode(f"{username}:{password}".encode()).decode("ascii")
        self._form: Session | None = None
        self._has_tried_form = False

    def headers(self) -> Mapping[str, str]:
        return {} if self._form else {"Authorization": f"Basic {self._value}"}

    def secrets(self) -> set[str]:
        return {self._value, *(self._form.secrets() if self._form else ())}

    def renew(self) -> bool:
        if not (self._form and self._form.renew()):
            return False
        self._form = None
        return True

    def leave_form(self) -> None:
        self._form = None

    def enter_form(self) -> bool:
        if self._has_tried_form:
            return False
        self._has_tried_form = True
        form = Session(self._transport, self.username, self._password)
        try:
            form.headers()
        except AirflowError:
            return False
        self._form = form
        return True


class Jwt(Auth):
    """A token fetched at ``/auth/token`` for username and password (Airflow 3), and again when it has expired."""

    def __init__(self, transport: Transport, username: str, password: str) -> None:
        self.username = username
        self._transport = transport
        self._credentials = {"username": username, "password": password}
        self._token = ""
        self._form: Session | None = None
        self._seen: set[str] = set()

    def headers(self) -> Mapping[str, str]:
        if not self._token:
            self._token = self._fetch()
            self._seen.add(self._token)
        return {"Authorization": f"Bearer {self._token}"}

    def secrets(self) -> set[str]:
        return self._seen | (self._form.secrets() if self._form else set())

    def renew(self) -> bool:
        self._seen |= self.secrets()
        self._token, self._form = "", None
        return True

    def enter_form(self) -> bool:
        if self._form:
            return False
        form = Session(self._transport, self.username, self._credentials["password"], "/auth/login/")
        form.headers()
        self._form = form
        return True

    def _fetch(self) -> str:
        response = self._transport.send("POST", "/auth/token", body=self._credentials, intent=Intent.LOG_IN)
        facts = response.facts()
        if response.status == 401:
            raise RefusedError(f"{WRONG_PASSWORD} (POST {response.url}: HTTP 401)", **facts)
        if response.status >= 500:
            raise ServerError(f"Logging in failed. POST {response.url}: HTTP {response.status}", **facts)
        if response.status == 404:
            raise AirflowError(
                f"POST {response.url}: HTTP 404: this server has nothing there that issues tokens. Either airflow_url "
                "lacks the path under which Airflow is served, or its auth manager needs airflow_token",
                **facts,
            )
        if response.status not in (200, 201):
            raise AirflowError(
                f"POST {response.url}: HTTP {response.status}: this server does not issue tokens for a username "
                "and password; its auth manager may need airflow_token, or a gateway in front of it airflow_headers",
                **facts,
            )
        # A server that answers in Airflow's place may quote what was sent.
        answer = response.json({self._credentials["password"]})
        token = answer.get("access_token") if isinstance(answer, dict) else None
        if not isinstance(token, str) or not re.fullmatch("[!-~]+", token):
            raise response.unusable("the response has no access_token")
        return token


class Session(Auth):
    """The cookie of the web login form: one password check instead of one per request.

    On Airflow 3 it is what users and permissions want with the FAB provider before 3.2, which takes no token for them
    (2.4.2 and 3.0.3 on 3.0.6).

    :param path: of the form.
    """

    def __init__(self, transport: Transport, username: str, password: str, path: str = "/login/") -> None:
        self._path = path
        self.username = username
        self._transport = transport
        self._password = password
        self._cookie = ""
        self._seen: set[str] = set()

    def headers(self) -> Mapping[str, str]:
        if not self._cookie:
            self._log_in()
        return {}

    def secrets(self) -> set[str]:
        return self._seen

    def renew(self) -> bool:
        # The form redirects users whose cookie is still valid: then the login was not the problem.
        if not self._cookie or self._transport.send("GET", self._path).status in REDIRECTS:
            return False
        self._cookie = ""
        return True

    def _log_in(self) -> None:
        page = self._transport.send("GET", self._path)
        field = CSRF_FIELD.search(page.body)
        if page.status != 200 or not field:
            raise NotAirflowError(
                f"GET {page.url}: HTTP {page.status}, not Airflow's login form: airflow_auth=session cannot be "
                "used with this server",
                **page.facts(),
            )
        form = {"username": self.username, "password": self._password, "csrf_token": field.group(1)}
        answer = self._transport.send("POST", self._path, form=form, intent=Intent.LOG_IN)
        cookie = self._transport.cookie("session") or ""
        if answer.status == TOO_MANY_REQUESTS:
            raise RefusedError(
                f"POST {answer.url}: HTTP {answer.status}: too many logins: Airflow limits its login form to "
                "AUTH_RATE_LIMIT (5 in 40 seconds by default). On Airflow 2, airflow_auth=basic has no such limit",
                **answer.facts(),
            )
        if not _logged_in(answer) or not cookie:
            raise RefusedError(f"{WRONG_PASSWORD} (POST {answer.url}: HTTP {answer.status})", **answer.facts())
        self._cookie = cookie
        self._seen.update({cookie, field.group(1)})


def _logged_in(answer: Response) -> bool:
    """The form redirects to the home page after a successful login, and otherwise shows itself again."""
    return answer.status in REDIRECTS and "/login" not in answer.headers.get("location", "")


AUTH_METHODS = ("auto", "basic", "jwt", "bearer", "session", "none")


def choose(
    method: str, username: str | None, password: str | None, token: str | None, transport: Transport
) -> Callable[[Api], Auth]:
    """Select the login method, as far as possible before the server's API is known.

    :param method: one of :data:`AUTH_METHODS`.
    :return: a function that makes the method for an API.
    :raises InvalidInputError: if the method lacks the options it needs.
    """
    needed = {
        "basic": "airflow_username",
        "jwt": "airflow_username",
        "session": "airflow_username",
        "bearer": "airflow_token",
    }
    given = {"airflow_username": username, "airflow_token": token}
    if method in needed and not given[needed[method]]:
        with_password = " and airflow_password" if needed[method] == "airflow_username" else ""
        raise InvalidInputError(f"airflow_auth={method} needs {needed[method]}{with_password}")
    if method == "auto":
        method = "bearer" if token else "password" if username else "none"

    def make(api: Api) -> Auth:
        if method == "none":
            return Auth()
        if method == "bearer":
            return Bearer(token or "")
        if method == "session" and api is V2:
            raise InvalidInputError(
                "airflow_auth=session is for Airflow 2, and this server is Airflow 3: use jwt or auto"
            )
        if method == "session":
            return Session(transport, username or "", password or "")
        if method == "basic" or (method == "password" and api is V1):
            return Basic(transport, username or "", password or "")
        return Jwt(transport, username or "", password or "")

    return make
