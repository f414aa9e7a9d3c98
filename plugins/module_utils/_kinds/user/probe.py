# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether Airflow accepts a password: the only way to compare one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Mapping

from ..._engine.log_in_as import ask_for_token, read_with_basic_auth
from ..._model.api import V1
from ..._model.compare import Verdict
from ..._model.errors import InvalidInputError
from ..._model.resource import Resource

if TYPE_CHECKING:
    from ..._http.client import Client

WRONG, CREATED = 401, 201


def password_is_accepted(client: Client, users: Resource, user: Mapping[str, Any], password: str) -> Verdict:
    """Try to log in as a user.

    :param users: the declaration of users.
    :param user: as the server shows it.
    :return: unknown if a login cannot verify the password.
    """
    if not user.get("active", True):
        return Verdict.UNKNOWN
    if client.server.api is V1:
        return _by_counting(client, users, user, password)
    status, told = ask_for_token(client, user["username"], password)
    if not isinstance(told, dict):
        return Verdict.UNKNOWN
    if status == CREATED and told.get("access_token"):
        return Verdict.EQUAL
    # A gateway's 401 is not Airflow's; FAB 2.3 to 3.10 use this text.
    wrong = status == WRONG and told.get("detail") == "Invalid credentials"
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
    read_with_basic_auth(client, username, password)
    after = client.read(users, username) or {}

    def moved(counter: str) -> bool:
        return (after.get(counter) or 0) > (user.get(counter) or 0)

    succeeded, failed = moved("login_count"), moved("fail_login_count")
    if succeeded == failed:
        return Verdict.UNKNOWN
    return Verdict.EQUAL if succeeded else Verdict.DIFFERENT
