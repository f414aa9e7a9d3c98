# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Users of the FAB auth manager."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Collection, Mapping

from ..._engine.options import why_unreachable
from ..._model.api import ApiName, Server
from ..._model.change import Action, Change
from ..._model.compare import Verdict, exact, names, never_shown
from ..._model.errors import InvalidInputError, PreconditionError
from ..._model.field import EVERY_API, Field
from ..._model.paths import join
from ..._model.resource import Hooks, Names, Resource, Unreachable
from ..._model.secrets import Secrecy
from ..._model.shape import an_object
from ..role.role import ROLE

if TYPE_CHECKING:
    from ..._engine.faults import Fault
    from ..._engine.task import Task
    from ..._http.client import Client

FAB_APIS: frozenset[ApiName] = frozenset({"v1", "fab"})

UPDATE_PASSWORD = Field(
    "update_password",
    choices=("always", "on_create"),
    default="always",
    description=(
        "What to do about the password of an existing user.",
        "V(always) tries to log in with O(password), in check mode too, and sets the password if that is refused. A "
        "password that is already right is not a change. Airflow counts these logins: C(login_count) and "
        "C(last_login), or C(fail_login_count), of the user change. If a login attempt cannot verify the password "
        "(inactive user, password logins disabled), it is set on every run and listed in RV(unverified).",
        "V(on_create) only sets the password of a new user, and never tries to log in.",
    ),
)


class UserHooks(Hooks):
    """Passwords are compared by logging in, and roles must exist."""

    def normalize(
        self, desired: Mapping[str, Any], current: Mapping[str, Any] | None, server: Server
    ) -> dict[str, Any]:
        prepared = dict(desired)
        if "roles" in prepared:
            prepared["roles"] = sorted(set(prepared["roles"]))
        return prepared

    def probe(
        self, client: Client, desired: Mapping[str, Any], current: Mapping[str, Any], policy: str
    ) -> dict[str, Verdict]:
        if "password" not in desired or policy != "always":
            return {}
        from .probe import password_is_accepted

        return {"password": password_is_accepted(client, USER, current, desired["password"])}

    def preflight(self, task: Task, change: Change, names: Names | None = None) -> list[str]:
        if change.action is Action.DELETE:
            _spare_yourself(task.client, change)
        if "roles" in change.fields:
            _check_roles(task.client, change, (names or {}).get("role"))
        if "email" in change.fields and task.check:
            _check_email(task.client, change)
        return []


def changes_email(change: Change) -> bool:
    """Whether a change gives a user another email address."""
    return "email" in change.fields


def _spare_yourself(client: Client, change: Change) -> None:
    own, user = client.whoami(), change.current or {}
    if own is None:
        login = client.given or "airflow_token"
        raise InvalidInputError(
            f"{change.title} is not deleted: it is not known whether it is the user of {login}. Log in with "
            "airflow_username and airflow_password"
        )
    if own.lower() in (str(user.get("username")).lower(), str(user.get("email")).lower()):
        raise InvalidInputError(f"{change.title} is never deleted: it is the user that this task logs in as")


def _check_roles(client: Client, change: Change, planned: Collection[str] | None) -> None:
    server = client.server.part("fab")
    added = set(change.desired["roles"]) - set((change.current or {}).get("roles") or ())
    if planned is not None:
        added -= set(planned)
    listed = {name for name in added if not name.strip() or why_unreachable(ROLE.unreachable, name, server)}
    unknown = {name for name in added - listed if client.read(ROLE, name) is None}
    if listed:
        roles = client.pages(join("roles"), "roles", {"order_by": "name"}, api=server.api, row=an_object(name=str))
        unknown |= listed - {role["name"] for role in roles}
    if unknown:
        raise PreconditionError(
            f"roles has names that do not exist: {', '.join(map(repr, sorted(unknown)))}. Nothing was changed; "
            "airflow_role_info lists the existing ones"
        )


def _check_email(client: Client, change: Change) -> None:
    """Predict in check mode that Airflow refuses an email address of another user."""
    email, api, row = change.desired["email"], client.server.part("fab").api, an_object("username", "email")
    pages = client.pages(join("users"), "users", {"order_by": "id"}, api=api, row=row)
    for user in client.once("users", lambda: list(pages)):
        if user["email"] == email and user["username"] != change.stored_name:
            raise PreconditionError(f"email {email!r} is already used by user {user['username']!r}")


def _text_field(name: str, description: str, sample: str, longest: int, not_empty: frozenset[ApiName]) -> Field:
    return Field(
        name,
        description=(f"{description} Needed to create a user.",),
        result=description,
        sample=sample,
        longest=longest,
        compare=exact,
        needed=EVERY_API,
        not_empty=not_empty,
        # v1 and the FAB provider before 3.2 want all of them in every PATCH.
        whole=FAB_APIS,
    )


UNFOUND = "the API of Airflow 2 lists users with a slash in the name but finds none of them"
UNFOUND_BY_FAB = "the API of Airflow 3 finds no user whose name holds a slash or a line break"
UNREACHABLE = (Unreachable("v1", re.compile("/"), UNFOUND), Unreachable("fab", re.compile("[/\n]"), UNFOUND_BY_FAB))


def _faults() -> tuple[Fault, ...]:
    from ..shared.known_faults import OF_USERS

    return OF_USERS


USER = Resource(
    kind="user",
    collection="users",
    identity=Field(
        "username",
        required=True,
        longest=512,
        description=("Name of the user. Not case-sensitive.",),
        result="Name of the user.",
        ignores_case=True,
        sample="ada",
    ),
    fields=(
        _text_field("email", "Email address, unique among users.", "ada@example.com", 512, EVERY_API),
        _text_field("first_name", "First name.", "Ada", 256, frozenset({"fab"})),
        _text_field("last_name", "Last name.", "Lovelace", 256, frozenset({"fab"})),
        Field(
            "password",
            description=("Password of the user. Needed to create a user on Airflow 3.",),
            result="Placeholder if a password is set; never the password itself.",
            secrecy=Secrecy.ALWAYS,
            compare=never_shown,
            needed=frozenset({"fab"}),
            not_empty=FAB_APIS,
            write_only=FAB_APIS,
        ),
        Field(
            "roles",
            type="list",
            elements="str",
            description=(
                "Names of the user's roles, in any order. The user has exactly these. Needed to create a user.",
                "Airflow 3 creates users without roles only if C(AUTH_USER_REGISTRATION_ROLE) names a role.",
            ),
            result="Names of the user's roles.",
            sample=["Viewer"],
            compare=names,
            encode=lambda roles: [{"name": name} for name in roles],
            decode=lambda roles: sorted(item["name"] for item in roles or ()),
            needed=EVERY_API,
        ),
    ),
    reported=(
        Field("active", type="bool", description=("Whether the user may log in.",), sample=True),
        Field("last_login", description=("When the user last logged in.",), sample="2026-11-23T06:00:00.000000"),
        Field("login_count", type="int", description=("How often the user has logged in.",), sample=3),
        Field(
            "fail_login_count",
            type="int",
            description=("How often logging in has failed since the user last logged in.",),
            sample=0,
        ),
        Field("created_on", description=("When the user was created.",), sample="2026-11-22T06:00:00.000000"),
        Field("changed_on", description=("When the user was changed.",), sample="2026-11-22T06:00:00.000000"),
    ),
    part="fab",
    policy=UPDATE_PASSWORD,
    hooks=UserHooks(),
    unreachable=UNREACHABLE,
    faults=_faults,
    summary="Manage users of Apache Airflow",
    description=(
        "Creates, changes and deletes users of the FAB auth manager, which Airflow 2 has and Airflow 3 can have.",
        "The user that the module logs in as is never deleted. With O(airflow_token) on Airflow before 3.2 that user "
        "cannot be determined, so no user is deleted.",
    ),
    examples="""
- name: Create a user
  dataops.airflow.airflow_user:
    airflow_url: https://airflow.example.com
    airflow_username: ansible
    airflow_password: "{{ airflow_password }}"
    username: ada
    email: ada@example.com
    first_name: Ada
    last_name: Lovelace
    password: "{{ vault_ada_password }}"
    roles: [Viewer, analyst]

- name: Change only the roles of a user
  dataops.airflow.airflow_user:
    username: ada
    roles: [Op]

- name: Set a first password, for the user to change
  dataops.airflow.airflow_user:
    username: grace
    email: grace@example.com
    first_name: Grace
    last_name: Hopper
    password: "{{ vault_first_password }}"
    roles: [Viewer]
    update_password: on_create

- name: Delete a user
  dataops.airflow.airflow_user:
    username: ada
    state: absent
""",
)
