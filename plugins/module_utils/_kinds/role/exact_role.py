# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Giving a role an exact set of permissions, where PATCH may only add them.

PATCH adds on Airflow 2 (2.3.4 to 2.11.2) and with the FAB provider before 3.9 on Airflow 3; 200, and nothing removed.
On Airflow 2 a role with the exact set takes the place of the old one: it is created under a spare name, the members are
moved to it, the old role is deleted, and the new one renamed. No member is without a role at any time. On Airflow 3 a
role can be given to groups, which the API does not show, so there it is an error that says what remains.

Two tasks may replace one role at once. Airflow 2 has no conditional writes, and can answer 200 to both of two requests
that create the same role at the same moment; but its database never holds two roles of one name. So a task creates the
new role under a name of its own, a draft, and renames it to the spare name. Only the task whose rename has an effect
goes on.
"""

from __future__ import annotations

import hashlib
from contextlib import contextmanager, suppress
from os import urandom
from typing import TYPE_CHECKING, Any, Callable, Collection, Iterator, Sequence, TypeVar

from ..._engine.settle import AGAIN, UNSHOWN, settle
from ..._engine.watch import CLOCK, FIRST_PAUSE, GROWTH
from ..._model.api import FAB_PROVIDER, V1, as_query, parse_version
from ..._model.errors import AirflowError, Effect, MissingError, PreconditionError, RefusedError, RequestError
from ..._model.paths import Path, join
from ..._model.shape import Check, an_object, understood

if TYPE_CHECKING:
    from ..._engine.task import Task
    from ..._http.client import Client

ROLES, USERS = "roles", "users"
SPARE = " (being replaced, {})"
DRAFT = " (being replaced, {}-"
LONGEST_NAME = 64
REPLACES_SINCE = "3.9.0"
BARRED = (401, 403)
"""Refusals before the request itself is processed."""

ROUNDS = 5
"""How often to check for members that were added meanwhile."""

ATTEMPTS = 5
"""How often to try to give a new role its spare name, which is free before each attempt."""

STANDS_STILL = 5.0
"""Minimum number of seconds without a change after which a half-replaced role counts as left behind."""

LONGEST_PAUSE = 2.0

MEMBER = an_object("first_name", "last_name", username=str, email=str, roles=list)

Seen = TypeVar("Seen")

Permissions = Sequence[Any]
"""Permissions in the API's own form."""


def spare_name(role: str) -> str:
    """Name of the new role until the old one is deleted; no other role has the same."""
    return _shortened(role, SPARE)


def draft_stem(role: str) -> str:
    """Prefix of the names that the new role can have before its spare name; nine characters follow."""
    return _shortened(role, DRAFT, 9)


def _shortened(role: str, ending: str, room: int = 0) -> str:
    ending = ending.format(hashlib.sha256(role.encode()).hexdigest()[:8])
    return role[: LONGEST_NAME - len(ending) - room] + ending


def check(client: Client, role: str, removed: Permissions, is_built_in: bool) -> None:
    """Check that permissions of a role can be removed.

    :raises PreconditionError: if they cannot. On Airflow 2 also if the user that the module logs in as is a member:
        moving that user could take away what the next step needs, and then nothing could be put back.
    """
    if client.server.api is not V1:
        if _replaces(client) is False:
            raise PreconditionError(_only_adds(role, removed))
        return
    begin = f"role {role!r} has permissions that are not listed, and Airflow 2 can only add permissions"
    if is_built_in:
        raise PreconditionError(
            f"{begin}. To remove them, the role would have to be deleted, but Airflow needs its built-in roles. "
            f"Nothing was changed. Remove these permissions, for example in the web interface: {_names(removed)}"
        )
    begin += ". To remove them, the members of the role have to be moved to a new role"
    own = client.whoami()
    members = _members(client, role, client.once("members", lambda: _users(client)))
    if own is None and members:
        login = client.given or "airflow_token"
        raise PreconditionError(
            f"{begin}, and it is not known whether the user of {login} is a member. Log in with "
            "airflow_username and airflow_password; nothing was changed"
        )
    if any((own or "").lower() in (user["username"].lower(), user["email"].lower()) for user in members):
        raise PreconditionError(
            f"{begin}, and airflow_username {own!r} is among them. Log in as a user who is not a member of this role; "
            "nothing was changed"
        )
    unreachable = [user["username"] for user in members if "/" in user["username"]]
    if unreachable:
        raise PreconditionError(
            f"{begin}, and the API of Airflow 2 cannot change a user with a slash in the name: "
            f"{', '.join(map(repr, unreachable))}. Nothing was changed"
        )


def replace(task: Task, role: str, found: Permissions, kept: Permissions, wanted: Permissions) -> None:
    """Take permissions away from a role, and give it others.

    :param found: permissions that the role has.
    :param kept: permissions that it has and keeps.
    :param wanted: permissions that it is to have.
    :raises RequestError: all is as it was (effect NONE), or the error says what is not.
    """
    client = task.client
    if client.server.api is V1:
        _take_the_place(task, role, found, wanted)
        return
    is_reduced = False
    if not _replaces(client):
        is_reduced = _reduce(client, role, found, kept)
        if len(kept) == len(wanted):
            return
    try:
        _give(client, role, wanted, found if not is_reduced else kept)
    except RequestError as error:
        is_refused = isinstance(error, RefusedError) and error.status not in BARRED
        if error.effect > Effect.PART or not (is_reduced or is_refused):
            raise
        try:
            _give(client, role, found, kept if is_reduced else found)
        except RequestError as second:
            said = error.saying(
                f"{error.message}. Restoring the permissions of role {role!r} failed as well: {second.message}. It "
                f"may lack {_names([item for item in found if item not in kept])}. Run the task again to continue"
            )
            said.effect = max(second.effect, Effect.PART)
            raise said from error
        said = error.saying(f"{error.message}. Role {role!r} has the permissions that it had")
        said.effect = Effect.NONE
        raise said from error


def _reduce(client: Client, role: str, found: Permissions, kept: Permissions) -> bool:
    """Remove permissions with a PATCH that changes nothing if PATCH only adds.

    :raises AirflowError: if it only adds.
    """
    is_accepted, path = False, join(ROLES, role)

    def write() -> Any:
        nonlocal is_accepted
        _call(client, "PATCH", path, {"name": role, "actions": kept}, an_object(shown={"name": role}))
        is_accepted = True
        return UNSHOWN

    try:
        _settle_permissions(client, role, write, kept, found)
    except RequestError as error:
        if is_accepted and error.effect is Effect.NONE:
            raise AirflowError(_only_adds(role, [item for item in found if item not in kept])) from error
        raise
    return True


def _give(client: Client, role: str, permissions: Permissions, before: Permissions) -> None:
    """Give a role exactly these permissions on a server whose PATCH replaces them; it echoes the request."""
    path = join(ROLES, role)

    def write() -> Any:
        _call(client, "PATCH", path, {"name": role, "actions": permissions}, an_object(shown={"name": role}))
        return UNSHOWN

    _settle_permissions(client, role, write, permissions, before)


def _settle_permissions(
    client: Client, role: str, write: Callable[[], Any], wanted: Permissions, before: Permissions
) -> None:
    settle(
        write,
        lambda: _find(client, role),
        lambda seen: seen == _pairs(wanted),
        lambda seen: seen == _pairs(before),
        title=f"role {role!r}",
        done="given its permissions",
        left=lambda seen: f"role {role!r} no longer exists" if seen is None else f"role {role!r} has other permissions",
    )


def _pairs(permissions: Permissions) -> set[tuple[str, str]]:
    with understood("GET /roles", "role"):
        return {(item["action"]["name"], item["resource"]["name"]) for item in permissions if item["resource"]}


def _names(permissions: Permissions) -> str:
    return ", ".join(f"{item['action']['name']} on {item['resource']['name']}" for item in permissions)


def _only_adds(role: str, removed: Permissions) -> str:
    return (
        f"role {role!r} cannot be given exactly these permissions: this server can only add permissions to a role "
        f"(fixed in {FAB_PROVIDER} {REPLACES_SINCE}). Nothing was changed. Remove these permissions, "
        f"for example in the web interface: {_names(removed)}"
    )


def _replaces(client: Client) -> bool | None:
    """Whether PATCH replaces permissions, by the version of the FAB provider; ``None`` if that is not known."""
    version = client.provider(FAB_PROVIDER)
    return parse_version(version) >= parse_version(REPLACES_SINCE) if version else None


def is_unfinished(client: Client, role: str, names: Collection[str] | None = None) -> bool:
    """Whether an interrupted run has left a role behind under its spare name.

    :param names: of the roles that exist, as far as they may be this one; ``None`` to read it.
    """
    if client.server.api is not V1:
        return False
    spare = spare_name(role)
    return _find(client, spare) is not None if names is None else spare in names


def finish(client: Client, role: str) -> bool:
    """Rename a role that an interrupted run has left behind under its spare name; return whether there was one."""
    if not is_unfinished(client, role):
        return False
    _rename(client, spare_name(role), role, again=AGAIN)
    return True


def _take_the_place(task: Task, role: str, found: Permissions, wanted: Permissions) -> None:
    """Replace a role by a new one.

    Only the task that has given the new one its spare name moves the members. Of two at once, one could otherwise
    delete a role that the other one has just renamed, and with it what its members may do.
    """
    client, spare = task.client, spare_name(role)
    drafts = _standing_still(task, role, lambda: _drafts(client, role))
    for _attempt in range(ATTEMPTS):
        left_behind = _left_behind(task, role)
        if left_behind not in (None, _pairs(wanted)):
            _put_back(client, role, found)
            left_behind = None
        if left_behind is None:
            if not _begin(client, role, wanted):
                continue
            if _is_replaced(client, role, found, wanted):
                return
        with _putting_back(client, role, lambda: _put_back(client, role, found)):
            for draft in drafts:
                _delete(client, draft)
            _move_all(client, role, spare)
            _delete(client, role)
            _rename(client, spare, role, _pairs(wanted))
        return
    raise AirflowError(
        f"role {role!r} is to be replaced, and its new role could not be named {spare!r} in {ATTEMPTS} attempts. "
        "Nothing was changed"
    )


def _drafts(client: Client, role: str) -> list[str]:
    """The names of new roles that have no spare name yet."""
    stem, api = draft_stem(role), client.server.part("fab").api
    with _only_reads():
        rows = client.pages(join(ROLES), ROLES, {"order_by": "name"}, api=api, row=an_object(name=str))
        return [row["name"] for row in rows if row["name"].startswith(stem)]


def _left_behind(task: Task, role: str) -> set[tuple[str, str]] | None:
    """The permissions of a new role that was left behind under its spare name."""
    client, spare = task.client, spare_name(role)

    def look() -> Any:
        with _only_reads():
            permissions = _find(client, spare)
        # The task at work on it moves members.
        return permissions is not None and (permissions, [user["username"] for user in _members(client, spare)])

    seen = _standing_still(task, role, look)
    return seen[0] if seen else None


def _standing_still(task: Task, role: str, look: Callable[[], Seen]) -> Seen:
    """What was left behind, or nothing.

    As long as it changes, another task is at it, and it is waited for. One request of that task may take as long as one
    of this task.
    """
    longest = max(STANDS_STILL, task.client.transport.settings.timeout)
    last, since, pause = look(), CLOCK.now(), FIRST_PAUSE
    if last and task.progress:
        task.progress(f"role {role!r}: waiting for another task that replaces it, or was cut off")
    while last and CLOCK.now() - since < longest:
        CLOCK.sleep(pause)
        seen, pause = look(), min(pause * GROWTH, LONGEST_PAUSE)
        if seen != last:
            last, since, pause = seen, CLOCK.now(), FIRST_PAUSE
    return last


def _begin(client: Client, role: str, wanted: Permissions) -> bool:
    """Create the new role; return whether it has its spare name, which somebody else's may have."""
    draft, spare = f"{draft_stem(role)}{urandom(4).hex()})", spare_name(role)
    may_exist, is_answered = True, False

    def create() -> None:
        nonlocal may_exist
        try:
            _create(client, draft, wanted)
        except RequestError as error:
            may_exist = error.effect is not Effect.NONE
            raise

    def name_it() -> Any:
        nonlocal is_answered
        shown: Any = UNSHOWN
        try:
            # If the name is taken, Airflow 2 answers 200 and changes nothing.
            _call(client, "PATCH", join(ROLES, draft), {"name": spare})
        except MissingError:
            # Another task has mistaken the draft for one that was left behind.
            shown = False
        is_answered = True
        return shown

    left = f"Role {draft!r} or {spare!r} may have been left behind, without members"
    with _putting_back(client, role, lambda: _delete(client, draft) if may_exist else None, left):
        create()
        settled = settle(
            name_it,
            lambda: _find(client, draft) is None,
            lambda is_named: is_named or is_answered,
            lambda is_named: not is_named,
            title=f"role {draft!r}",
            done=f"renamed to {spare!r}",
            again="",
        )
        is_named = bool(settled.value)
        if not is_named:
            _delete(client, draft)
    return is_named


def _is_replaced(client: Client, role: str, found: Permissions, wanted: Permissions) -> bool:
    """Whether somebody else has replaced the role since it was read.

    :raises AirflowError: if they gave it other permissions than are wanted.
    """
    spare = spare_name(role)
    with _putting_back(client, role, lambda: _delete(client, spare), f"Role {spare!r} may have been left behind"):
        with _only_reads():
            now = _find(client, role)
        if now == _pairs(found):
            return False
        _delete(client, spare)
    if now != _pairs(wanted):
        raise AirflowError(
            f"somebody else gave role {role!r} other permissions at the same time, and they are not the wanted "
            "ones. Nothing was changed here. Run the task again to complete the change"
        )
    return True


def _move_all(client: Client, role: str, spare: str) -> None:
    for _round in range(ROUNDS):
        members = _members(client, role)
        for user in members:
            _move(client, user, role, spare)
        if not members:
            return
    raise AirflowError(f"role {role!r} still has members after {ROUNDS} rounds of moving them")


@contextmanager
def _putting_back(client: Client, role: str, put_back: Callable[[], None], left: str = "") -> Iterator[None]:
    """Restore the former state if something fails, unless the failed request may still be carried out.

    :param left: a clause on what is left if it was not restored.
    """
    left = left or f"Members may be in role {spare_name(role)!r}, which has the wanted permissions"
    try:
        yield
    except AirflowError as error:
        why = (
            f"{error.message}. Airflow 2 cannot remove permissions from a role, so the members of role {role!r} "
            "are moved to a new one"
        )
        again = f"{left}. Run the task again to continue"
        effect = getattr(error, "effect", Effect.NONE)
        if effect > Effect.PART:
            # A request that may still be carried out could undo this: a deletion would leave members without a role.
            raise error.saying(f"{why}; nothing was restored. {again}") from error
        try:
            put_back()
        except AirflowError as second:
            said = error.saying(f"{why}; restoring the former state failed as well: {second.message}. {again}")
            if isinstance(said, RequestError):
                said.effect = max(getattr(second, "effect", Effect.PART), Effect.PART)
            raise said from error
        said = error.saying(
            f"{why}; the former state was restored: the role has the members and permissions that it had"
        )
        if isinstance(said, RequestError):
            said.effect = Effect.NONE
        raise said from error


def _put_back(client: Client, role: str, found: Permissions) -> None:
    """Restore the former state, however many steps were made."""
    spare = spare_name(role)
    with _only_reads():
        is_gone = _find(client, role) is None
    if is_gone:
        _create(client, role, found)
    for user in _members(client, spare):
        _move(client, user, spare, role)
    _delete(client, spare)


@contextmanager
def _only_reads() -> Iterator[None]:
    """Reads, which change nothing even if they fail."""
    try:
        yield
    except RequestError as error:
        error.effect = Effect.NONE
        raise


def _members(client: Client, role: str, users: list[Any] | None = None) -> list[Any]:
    """The users that have a role.

    :param users: all of them; read if left out.
    """
    with _only_reads():
        return [user for user in (_users(client) if users is None else users) if role in _roles_of(user)]


def _users(client: Client) -> list[Any]:
    api = client.server.part("fab").api
    return list(client.pages(join(USERS), USERS, {"order_by": "id"}, api=api, row=MEMBER))


def _roles_of(user: Any) -> set[str]:
    with understood("GET /users", "user"):
        return {item["name"] for item in user["roles"]}


def _move(client: Client, user: Any, source: str, target: str) -> None:
    before = _roles_of(user)
    after = (before - {source}) | {target}
    path = join(USERS, user["username"])
    body = {name: user[name] for name in ("username", "email", "first_name", "last_name")}
    body["roles"] = [{"name": name} for name in sorted(after)]
    query = as_query({"update_mask": "roles"}, client.server.api)
    settle(
        lambda: _roles_of(client.call("PATCH", path, query=query, body=body, check=_same_user(user))),
        lambda: _roles_of(client.call("GET", path, check=_same_user(user))),
        lambda seen: seen == after,
        lambda seen: seen == before,
        title=f"user {user['username']!r}",
        done=f"moved to role {target!r}",
        again="",
    )


def _same_user(user: Any) -> Check:
    return an_object(shown={"username": user["username"]}, roles=list)


def _create(client: Client, role: str, permissions: Permissions) -> None:
    def write() -> Any:
        # v1 answers {}.
        _call(client, "POST", join(ROLES), {"name": role, "actions": permissions})
        return UNSHOWN

    settle(
        write,
        lambda: _find(client, role),
        lambda seen: seen == _pairs(permissions),
        lambda seen: seen is None,
        title=f"role {role!r}",
        done="created",
        again="",
    )


def _delete(client: Client, role: str) -> None:
    def write() -> Any:
        try:
            api = client.server.part("fab").api
            return None if client.delete(join(ROLES, role), api=api, once=True) else UNSHOWN
        except MissingError:
            return None

    settle(
        write,
        lambda: _find(client, role),
        lambda seen: seen is None,
        lambda seen: seen is not None,
        title=f"role {role!r}",
        done="deleted",
        again="",
    )


def _rename(
    client: Client, spare: str, role: str, permissions: set[tuple[str, str]] | None = None, again: str = ""
) -> None:
    """Rename a role that has its spare name.

    :param permissions: what it has, which no other role of the name ``role`` could have; ``None`` for what it may be.
    """

    def write() -> Any:
        # It is missing if somebody else has renamed it, whose plan found the role gone and the new one left behind.
        with suppress(MissingError):
            _call(client, "PATCH", join(ROLES, spare), {"name": role})
        return UNSHOWN

    settle(
        write,
        lambda: _find(client, role),
        lambda seen: seen is not None and permissions in (None, seen),
        lambda seen: seen is None,
        title=f"role {spare!r}",
        done=f"renamed to {role!r}",
        again=again,
    )


def _find(client: Client, role: str) -> set[tuple[str, str]] | None:
    """The permissions of a role as pairs of an action and a resource; ``None`` if it does not exist."""
    check = an_object(shown={"name": role}, actions=list)
    try:
        return _pairs(_call(client, "GET", join(ROLES, role), check=check)["actions"])
    except MissingError:
        return None


def _call(client: Client, method: str, path: Path, body: Any = None, check: Check | None = None) -> Any:
    return client.call(method, path, body=body, api=client.server.part("fab").api, check=check)
