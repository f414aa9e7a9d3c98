# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an answer means that refuses a request or leads elsewhere, and what to do about it.

A token or a cookie that was given to log in with cannot be renewed here. It comes from a managed service and can end
while a task is under way: a token of Google's after an hour at most. Gateways answer that in their own ways: with a
401, which need not be in Airflow's words, or with a login page.
"""

from __future__ import annotations

import json
import re
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from .._model.api import FAB, V1, Api
from .._model.errors import Effect, NotAirflowError, NotLoggedInError, RefusedError, RequestError
from .._model.secrets import redact
from .client import explain, is_airflows
from .transport import LONGEST_PAUSE, TOO_MANY_REQUESTS, Response, public

if TYPE_CHECKING:
    from .client import Client

LOG_IN = re.compile(r"log.?in|log.?on|sign.?in|oauth|\bsso\b|saml", re.IGNORECASE)
"""What titles and addresses of login pages have in common."""

UNAUTHORIZED, FORBIDDEN, PROXY_LOGIN = 401, 403, 407
NOT_PASSED_ON = frozenset({UNAUTHORIZED, PROXY_LOGIN, 413, 414, TOO_MANY_REQUESTS, 431})
"""Statuses with which a gateway refuses a request for what it is, and does not pass it on (RFC 9110, 6585)."""

DOTS = re.compile(r"/(%2E){1,2}(?=[/?]|$)")
"""An object called ``.`` or ``..`` in a path. Airflow can address it; a gateway in front of it may not."""


def refusal(client: Client, response: Response, api: Api, message: str, facts: dict[str, Any]) -> RequestError:
    """The error of an answer with a status from 300 to 499 that does not say that an object is missing.

    :param message: the request, the status, and the server's explanation.
    :param facts: further keys of the failed task's result.
    """
    advice = check_login(client, response, api) if client.given else ""
    if response.status < 400:
        return _redirected(client, response)
    if response.status == 404:
        message += ". This does not mean that the object is missing: the server has no such path"
        if DOTS.search(response.url):
            message += ", or a gateway in front of it resolves the dots of this name"
    error = RefusedError(message + (advice or _advice(response, api)), **facts)
    if not is_airflows(response) and response.status not in NOT_PASSED_ON:
        # A gateway in front of Airflow responds, and may have passed the request on.
        error.effect = Effect.UNKNOWN
    return error


def check_login(client: Client, response: Response, api: Api) -> str:
    """Raise an error if an answer means that the login that was given is not accepted, or no longer.

    Airflow 2 answers an expired login with 403, like a missing permission: what it has answered before is asked again.

    :param response: a refusal, a redirect or a web page.
    :return: what a 403 means instead, to follow a message; empty if there is nothing to say.
    :raises NotLoggedInError: if the login is not accepted; after a 401 for certain without an effect.
    """
    given, proof = client.given, client.accepted.get(api.name)
    if response.status == FORBIDDEN:
        if api is not V1:
            return ""
        if proof is None:
            return (
                f". Airflow 2 responds like this to a missing permission, and also if {given} is wrong or has expired"
            )
        try:
            again = client.transport.send("GET", proof, headers=client.auth.headers())
        except RequestError:
            return ""
        if again.status not in (UNAUTHORIZED, FORBIDDEN) and not _is_login_page(again):
            return f". The user may not do this: {given} is still accepted"
    elif response.status == UNAUTHORIZED:
        if api is FAB and proof is None:
            # Before 3.2 it accepts no token at all.
            return ""
    elif not _is_login_page(response):
        return ""
    facts = response.facts()
    if response.status >= UNAUTHORIZED:
        facts["detail"] = explain(response, client.secrets)
        said = f": {facts['detail'].rstrip('.')}" if facts["detail"] else ""
    elif response.status >= 300:
        said = f" redirects to a login page, {_target(client, response)!r}"
    else:
        said = ", but a login page came"
    why = f"no longer accepts {given}" if proof else f"does not accept {given}"
    ended = "it has expired" if proof else "it is wrong or has expired"
    error = NotLoggedInError(
        f"{response.method} {response.url}: HTTP {response.status}{said}. The server {why}: {ended}. Get a new one",
        **facts,
    )
    error.effect = Effect.NONE if response.status >= UNAUTHORIZED else Effect.UNKNOWN
    raise error


def _is_login_page(response: Response) -> bool:
    if 300 <= response.status < 400:
        return bool(LOG_IN.search(response.headers.get("location", "")))
    is_page = response.status < 300 and response.is_html
    return is_page and _asks_to_log_in(response)


def _redirected(client: Client, response: Response) -> NotAirflowError:
    target = _target(client, response)
    hint = (
        "there is a login page in front of Airflow: airflow_token or airflow_headers may be needed"
        if LOG_IN.search(target)
        else "set airflow_url to where Airflow really is"
    )
    return NotAirflowError(
        f"{response.method} {response.url}: HTTP {response.status} redirects to {target!r}, which is not followed; "
        f"{hint}",
        **response.facts(),
    )


def _target(client: Client, response: Response) -> str:
    """Where a redirect points to, without what may be secret."""
    return redact(public(re.split("[?#]", response.headers.get("location", ""))[0]), client.secrets)


def _advice(response: Response, api: Api) -> str:
    """What else there is to say, to follow the message; empty if there is nothing."""
    status = response.status
    if status in (UNAUTHORIZED, FORBIDDEN) and api is FAB:
        return (
            ". The user may not do this, or the credentials are not valid here: apache-airflow-providers-fab "
            "before 3.2 accepts no token for users and permissions, only airflow_username and airflow_password"
        )
    if status == UNAUTHORIZED:
        return ". The credentials are missing, wrong or expired"
    if status == PROXY_LOGIN:
        return (
            ". A proxy on the way wants a login: HTTP_PROXY or HTTPS_PROXY of the environment must have the form "
            "http://user:password@host:port"
        )
    if status == FORBIDDEN and api is V1:
        # 2.11 answers a wrong password with the same 403 and an empty detail as a missing permission.
        return (
            ". Airflow 2 responds like this to a wrong airflow_username or airflow_password as well as to a "
            "missing permission"
        )
    if status == FORBIDDEN:
        return ". The user may not do this, or airflow_token is not valid here"
    asked = retry_after(response) if status == TOO_MANY_REQUESTS else None
    if asked and asked > LONGEST_PAUSE:
        return (
            f". The server asks for a pause of {asked:.0f} s (Retry-After), longer than the {LONGEST_PAUSE:.0f} s "
            "that this module waits between two attempts: run the task again after that time"
        )
    return ""


def not_json(response: Response, error: Exception) -> str:
    """What came in place of JSON, as a clause that follows ``but``.

    :param error: of the parser.
    """
    kind = response.headers.get("content-type") or "something without a content type"
    if "json" in kind and not response.is_html:
        # Not the parser's own message on a number, which contains it.
        where = f": {error.msg} at character {error.pos}" if isinstance(error, json.JSONDecodeError) else ""
        return f"the response is not the JSON that its content type promises{where}"
    if not response.is_html:
        return f"the response is {kind}, not JSON: airflow_url must be the root of Airflow's web server"
    titled = f" titled {response.title!r}" if response.title else ""
    page = f"a web page{titled} came, not a response of Airflow's REST API"
    if response.title == "Airflow":
        return f"{page}: the path of airflow_url is not the one below which Airflow is served"
    if _asks_to_log_in(response):
        return f"{page}: there is a login page in front of Airflow; pass it with airflow_token or airflow_headers"
    return f"{page}: airflow_url must be the root of Airflow's web server"


def _asks_to_log_in(response: Response) -> bool:
    return bool(LOG_IN.search(response.title) or 'type="password"' in response.body)


def retry_after(response: Response) -> float | None:
    """Seconds that the server asks to wait, as a number or a date; ``None`` if it does not."""
    value = response.headers.get("retry-after", "").strip()
    if re.fullmatch("[0-9]+", value):
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    return max(0.0, (moment - datetime.now(timezone.utc)).total_seconds())
