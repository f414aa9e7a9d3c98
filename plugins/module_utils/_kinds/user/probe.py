# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether Airflow accepts a password: the only way to compare one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Mapping

from ..._http.auth import Basic
from ..._http.transport import Transport
from ..._model.api import V1, Intent
from ..._model.compare import Verdict
from ..._model.errors import InvalidInputError
from ..._model.paths import join
from ..._model.resource import Resource

if TYPE_CHECKING:
    from ..._http.client import Client

WRONG, CREATED = 401, 201


def accepts(client: Client, users: Resource, user: Mapping[str, Any], password: str) -> Verdict:
    """Try to log in as a user.

    :param users: the declaration of users.
    :param user: as the server shows it.
    :return: unknown if a login cannot verify the password.
    """
    if not user.get("active", True):
        return Verdict.UNKNOWN
    if client.server.api is V1:
        return _by_counting(client, users, user, password)
    credentials = {"username": user["username"], "password": password}
    answer = client.transport.send("POST", "/auth/token", body=credentials, intent=Intent.LOG_IN)
    told = {} if answer.is_html else answer.json(client.secrets)
    if not isinstance(told, dict):
        return Verdict.UNKNOWN
    if answer.status == CREATED and told.get("access_token"):
        client.secrets.add(str(told["access_token"]))
        return Verdict.EQUAL
    # A gateway's 401 is not Airflow's; FAB 2.3 to 3.10 use this text.
    wrong = answer.status == WRONG and told.get("detail") == "Invalid credentials"
    return Verdict.DIFFERENT if wrong else Verdict.UNKNOWN


def _by_counting(client: Client, users: Resource, user: Mapping[str, Any], password: str) -> Verdict:
    """Try basic auth, and check which of the user's login counters changes.

    The answer itself shows nothing: with AUTH_ROLE_PUBLIC, which is set unless turned off, 2.11 answers a wrong
    password as it does a user without permissions (403), or as it does the public (200); and where basic auth is not
    enabled, or a gateway stands before Airflow, a right one is answered with 401 as well.
    """
    username = user["username"]
    if ":" in username:
        raise InvalidInputError(f"username {username!r} contains a colon, so it cannot be used to log in (basic auth)")
    # Not in our own session, whose cookie would log us in.
    transport = Transport(client.transport.settings, read_only=True)
    transport.trace = client.transport.trace
    headers = Basic(client.transport, username, password)
    client.secrets.update(headers.secrets())
    transport.send("GET", V1.root + join("permissions"), query={"limit": "1"}, headers=headers.headers())
    after = client.read(users, username) or {}

    def moved(counter: str) -> bool:
        return (after.get(counter) or 0) > (user.get(counter) or 0)

    succeeded, failed = moved("login_count"), moved("fail_login_count")
    if succeeded == failed:
        return Verdict.UNKNOWN
    return Verdict.EQUAL if succeeded else Verdict.DIFFERENT
