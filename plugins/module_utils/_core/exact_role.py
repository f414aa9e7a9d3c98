# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Giving a role an exact set of permissions, where PATCH may only add them.

PATCH adds on Airflow 2 (2.3.4 to 2.11.2) and with the FAB provider before 3.9 on Airflow 3; 200, and nothing removed.
On Airflow 2 a role with the exact set takes the place of the old one: it is created under a spare name, the members are
moved to it, the old role is deleted, and the new one renamed. No member is without a role at any time. On Airflow 3 a
role can be given to groups, which the API does not show, so there it is an error that says what remains.
"""

from __future__ import annotations

import contextlib
import hashlib
from typing import Any, Iterator, Sequence

from .api import V1, as_query, join, parse_version
from .client import Client
from .errors import AirflowError, Effect, InvalidInputError, MissingError, RefusedError, RequestError
from .shape import a_list, an_object

ROLES, USERS = "roles", "users"
SPARE = " (being replaced, {})"
LONGEST_NAME = 64
PROVIDER = "apache-airflow-providers-fab"
REPLACES_SINCE = "3.9.0"
ROUNDS = 5
"""How often to look for members that were added meanwhile."""

MEMBER = an_object("first_name", "last_name", username=str, email=str, roles=list)

Permissions = Sequence[Any]
"""Permissions in the API's own form."""


def spare_name(role: str) -> str:
    """What the new role is called until the old one is gone; no other role has the same."""
    ending = SPARE.format(hashlib.sha256(role.encode()).hexdigest()[:8])
    return role[: LONGEST_NAME - len(ending)] + ending


def check(client: Client, role: str, removed: Permissions, is_built_in: bool) -> None:
    """See that permissions can be taken away from a role.

    :raises InvalidInputError: if they cannot. On Airflow 2 also if the user that the module logs in as is a member:
        moving that user could take away what the next step needs, and then nothing could be put back.
    """
    if client.server.api is not V1:
        if _replaces(client) is False:
            raise InvalidInputError(_only_adds(role, removed))
        return
    begin = f"role {role!r} has permissions that are not in the list, and Airflow 2 can only add some"
    if is_built_in:
        raise InvalidInputError(
            f"{begin}. To take them away, the role would have to be deleted, and Airflow needs its built-in roles. "
            "Nothing was changed. What would have to be taken away, for example in the web interface: "
            f"{_names(removed)}"
        )
    begin += ". To take them away, the role's members have to be moved to a new one"
    own = client.whoami()
    members = list(_members(client, role))
    if own is None and members:
        raise InvalidInputError(
            f"{begin}, and nobody can tell whether the user of airflow_token is one of them. Log in with "
            "airflow_username and airflow_password; nothing was changed"
        )
    if any((own or "").lower() in (user["username"].lower(), user["email"].lower()) for user in members):
        raise InvalidInputError(
            f"{begin}, and airflow_username {own!r} is among them. Log in as a user who is not a member of this role; "
            "nothing was changed"
        )
    unreachable = [user["username"] for user in members if "/" in user["username"]]
    if unreachable:
        raise InvalidInputError(
            f"{begin}, and the API of Airflow 2 cannot change a user with a slash in the name: "
            f"{', '.join(map(repr, unreachable))}. Nothing was changed"
        )


def replace(client: Client, role: str, found: Permissions, kept: Permissions, wanted: Permissions) -> None:
    """Take permissions away from a role, and give it others.

    :param found: what the role has.
    :param kept: what it has and is to keep.
    :param wanted: what it is to have.
    :raises AirflowError: all is as it was, or the error says what is not.
    """
    if client.server.api is V1:
        _take_the_place(client, role, found, wanted)
        return
    if not _replaces(client):
        # Where PATCH only adds, this changes nothing.
        _patch(client, role, {"name": role, "actions": kept})
        remaining = [item for item in _read(client, role)["actions"] if item not in kept]
        if remaining:
            raise AirflowError(_only_adds(role, remaining))
        if len(kept) == len(wanted):
            return
    try:
        _patch(client, role, {"name": role, "actions": wanted})
    except RefusedError as error:
        _patch(client, role, {"name": role, "actions": found})
        raise AirflowError(f"{error.message}. Role {role!r} has the permissions that it had", **error.facts) from error


def _names(permissions: Permissions) -> str:
    return ", ".join(f"{item['action']['name']} on {item['resource']['name']}" for item in permissions)


def _only_adds(role: str, removed: Permissions) -> str:
    return (
        f"role {role!r} cannot be given exactly these permissions: the PATCH of this Airflow only adds permissions to "
        f"a role, which apache-airflow-providers-fab {REPLACES_SINCE} mended. Nothing was changed. What would have to "
        f"be taken away, for example in the web interface: {_names(removed)}"
    )


def _replaces(client: Client) -> bool | None:
    """Whether PATCH replaces permissions, by the version of the FAB provider; ``None`` if there is no telling."""
    try:
        for row in client.pages(join("providers"), "providers", {}, row=an_object("package_name", version=str)):
            if row["package_name"] == PROVIDER:
                return parse_version(row["version"]) >= parse_version(REPLACES_SINCE)
    except RefusedError:
        return None
    return None


def is_unfinished(client: Client, role: str) -> bool:
    """Whether a run that was cut off has left a role behind under its spare name."""
    return client.server.api is V1 and _exists(client, spare_name(role))


def finish(client: Client, role: str) -> bool:
    """Rename a role that a run that was cut off has left behind under its spare name; whether there was one."""
    if not is_unfinished(client, role):
        return False
    _patch(client, spare_name(role), {"name": role})
    return True


def _take_the_place(client: Client, role: str, found: Permissions, wanted: Permissions) -> None:
    spare = spare_name(role)
    if _exists(client, spare):
        _put_back(client, role, found)
    try:
        _call(client, "POST", join(ROLES), {"name": spare, "actions": wanted})
        for _round in range(ROUNDS):
            members = list(_members(client, role))
            for user in members:
                _move(client, user, role, spare)
            if not members:
                break
        else:
            raise AirflowError(f"role {role!r} still has members after {ROUNDS} rounds of moving them")
        _delete(client, role)
        try:
            _patch(client, spare, {"name": role})
        except RequestError as error:
            if error.effect is Effect.NONE or not _exists(client, role):
                raise
    except AirflowError as error:
        why = (
            f"{error.message}. Airflow 2 cannot take permissions away from a role, so the members of role {role!r} "
            "were being moved to a new one"
        )
        try:
            _put_back(client, role, found)
        except AirflowError as second:
            raise AirflowError(
                f"{why}; putting back what was there failed as well: {second.message}. Members may be left in role "
                f"{spare!r}, which has the wanted permissions. Running the task again goes on from there",
                **error.facts,
            ) from error
        raise AirflowError(
            f"{why}; all was put back: the role has the members and permissions that it had", **error.facts
        ) from error


def _put_back(client: Client, role: str, found: Permissions) -> None:
    """Bring back the state before, whatever of the way was gone."""
    spare = spare_name(role)
    if not _exists(client, role):
        _call(client, "POST", join(ROLES), {"name": role, "actions": found})
    for user in list(_members(client, spare)):
        _move(client, user, spare, role)
    with contextlib.suppress(MissingError):
        _delete(client, spare)


def _members(client: Client, role: str) -> Iterator[Any]:
    users = client.pages(join(USERS), USERS, {"order_by": "id"}, api=client.server.part("fab").api, row=MEMBER)
    return (user for user in users if any(item["name"] == role for item in user["roles"]))


def _move(client: Client, user: Any, source: str, target: str) -> None:
    names = [item["name"] for item in user["roles"] if item["name"] not in (source, target)]
    body = {name: user[name] for name in ("username", "email", "first_name", "last_name")}
    body["roles"] = [{"name": name} for name in (*names, target)]
    query = as_query({"update_mask": "roles"}, client.server.api)
    client.call("PATCH", join(USERS, user["username"]), query=query, body=body)


def _delete(client: Client, role: str) -> None:
    try:
        _call(client, "DELETE", join(ROLES, role))
    except RequestError as error:
        if error.effect is Effect.NONE or _exists(client, role):
            raise


def _patch(client: Client, role: str, body: Any) -> None:
    _call(client, "PATCH", join(ROLES, role), body)


def _read(client: Client, role: str) -> Any:
    check = a_list("actions", an_object(action=dict, resource=dict))
    return client.call("GET", join(ROLES, role), api=client.server.part("fab").api, check=check)


def _exists(client: Client, role: str) -> bool:
    try:
        return bool(_read(client, role))
    except MissingError:
        return False


def _call(client: Client, method: str, path: str, body: Any = None) -> Any:
    return client.call(method, path, body=body, api=client.server.part("fab").api)
