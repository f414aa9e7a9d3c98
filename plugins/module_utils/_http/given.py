# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an answer means for a token or a cookie that was given to log in with, and that nothing here can renew.

Such logins come from managed services, and end while a task is under way: a token of Google's after an hour at most.
Their gateways answer in their own ways: with a 401, which need not be in Airflow's words, or with a login page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._model.api import FAB, V1, Api
from .._model.errors import Effect, NotLoggedInError, RequestError
from .client import explain, redirect_target
from .transport import LOG_IN, Response

if TYPE_CHECKING:
    from .client import Client

UNAUTHORIZED, FORBIDDEN = 401, 403


def check_login(client: Client, response: Response, api: Api, given: str, proof: str | None) -> str:
    """Raise an error if an answer means that the login is not accepted, or no longer.

    Airflow 2 answers an expired login with 403, like a missing permission: what it has answered before is asked again.

    :param response: a refusal, a redirect or a web page.
    :param given: what was given to log in with.
    :param proof: the path of a read that this API has answered to the same login; ``None`` if there was none.
    :return: what a 403 means instead, to follow a message; empty if there is nothing to say.
    :raises NotLoggedInError: if the login is not accepted; after a 401 for certain without an effect (RFC 9110).
    """
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
        said = f" redirects to a login page, {redirect_target(response, client.secrets)!r}"
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
    return is_page and bool(LOG_IN.search(response.title) or 'type="password"' in response.body)
