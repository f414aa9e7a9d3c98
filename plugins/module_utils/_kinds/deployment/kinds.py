# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kinds of objects that a deployment consists of."""

from __future__ import annotations

from typing import Any, Callable, Collection, Mapping, NamedTuple

from ..._model.api import NOWHERE, Since
from ..._model.bulk import Bulk
from ..._model.change import Change
from ..._model.field import NOTHING
from ..._model.listing import Listing
from ..._model.resource import Resource
from ..connection.connection import CONNECTION
from ..connection.connection_info import CONNECTION_INFO
from ..dag.dag import DAG
from ..pool.pool import POOL
from ..pool.pool_info import POOL_INFO
from ..role.role import BUILT_IN, ROLE, WEBSITE, takes_away
from ..role.role_info import ROLE_INFO
from ..user.user import USER, changes_email
from ..user.user_info import USER_INFO
from ..variable.variable import VARIABLE
from ..variable.variable_info import VARIABLE_INFO


class Kind(NamedTuple):
    """A kind of object of a deployment.

    :param resource: its declaration.
    :param listing: how its objects are listed; ``None`` if they are read one by one, as a deployment names few of many.
    :param title: what its objects are called in sentences, if not by the option.
    :param refers_to: field with a list of names → the option whose objects these are; it comes before in :data:`KINDS`.
    :param log_in_with: the field whose value is compared by a login, if the policy of the resource is ``always``.
    :param is_awaited: whether planning waits for objects that only Airflow itself creates.
    :param is_purgeable: whether objects that no list names can be deleted.
    :param sequential: whether an update depends on others of the kind, so that they keep the given order.
    :param bulk: how many of them are changed with one request, where Airflow can.
    :param built_in: names of objects that every Airflow has, so that an export omits them.
    :param added: field → what Airflow itself adds to the list in it.
    """

    resource: Resource
    listing: Listing | None
    title: str = ""
    refers_to: Mapping[str, str] = NOTHING
    log_in_with: str = ""
    is_awaited: bool = False
    is_purgeable: bool = True
    sequential: Callable[[Change], bool] | None = None
    bulk: Bulk | None = None
    built_in: Collection[str] = ()
    added: Mapping[str, Any] = NOTHING


MASKS = Since(v1=None, v2="3.2.0")
KINDS: Mapping[str, Kind] = {
    # The members of a role are moved while permissions are taken from it.
    "roles": Kind(
        ROLE,
        ROLE_INFO,
        sequential=takes_away,
        built_in=BUILT_IN,
        added={"permissions": dict(zip(("action", "resource"), WEBSITE))},
    ),
    # An email address may be another user's until that one is changed.
    "users": Kind(USER, USER_INFO, refers_to={"roles": "roles"}, log_in_with="password", sequential=changes_email),
    # Before 3.2 what an entity lacks is reset: a pool's include_deferred, a variable's description (3.0.6, 3.1.8).
    "pools": Kind(POOL, POOL_INFO, bulk=Bulk(MASKS, ("slots", "include_deferred"))),
    # No version honours a mask here (apache/airflow#72486), but each changes only what an entity has (3.0.6 to 3.3.2).
    "connections": Kind(CONNECTION, CONNECTION_INFO, bulk=Bulk(NOWHERE, hidden_in_log=("extra",))),
    # BulkVariableService creates each with Variable.set, and passes it no team (seen with 3.3.2 in multi-team mode).
    "variables": Kind(VARIABLE, VARIABLE_INFO, bulk=Bulk(MASKS, ("value", "description"), ("value",), ("team_name",))),
    "dags": Kind(DAG, None, title="DAGs", is_awaited=True, is_purgeable=False),
}
"""Option of a deployment → the kind of its objects, those that others depend on first."""

IDENTITIES: Mapping[str, str] = {kind.resource.kind: kind.resource.identity.name for kind in KINDS.values()}
"""Kind of an object → the field that names it."""


def option_of(resource: Resource) -> str:
    """The option of a deployment that holds objects of a kind."""
    return next(option for option, kind in KINDS.items() if kind.resource is resource)


def title_of(option: str) -> str:
    """What the objects of an option are called in a sentence."""
    return KINDS[option].title or option


def titles() -> str:
    """What the objects of all options are called, as part of a sentence."""
    *first, last = map(title_of, KINDS)
    return f"{', '.join(first)} and {last}"
