# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One object, from its options to the wanted state: validate, read, plan, preflight, apply."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, Collection, Mapping, NamedTuple

from .._model.change import Action, Change
from .._model.compare import MASK, Verdict
from .._model.errors import InvalidInputError
from .._model.field import NOTHING, present
from .._model.operation import Result
from .._model.resource import HIDDEN, Names, Resource
from .._model.secrets import holds_mask, plain
from .options import check_identity, check_on_server, check_options, check_since, parse_options, why_unreachable
from .plan import plan_one
from .show import diff, hidden_texts, predicted

if TYPE_CHECKING:
    from .._http.client import Client
    from .task import Task


class Wanted(NamedTuple):
    """One object as it is wanted, whatever the server holds.

    :param resource: in the place that the options name.
    :param given: the fields that were given, parsed.
    :param options: all options, for the hooks.
    :param policy: ``always``, ``on_create`` or ``on_change``: what to do about a value that cannot be compared.
    """

    resource: Resource
    name: str
    given: Mapping[str, Any]
    options: Mapping[str, Any]
    policy: str

    @property
    def state(self) -> str:
        """``present`` or ``absent``."""
        return self.options.get("state") or "present"


class Seen(NamedTuple):
    """One object as the server shows it; ``None`` if there is none.

    :param desired: the fields that are wanted of it.
    :param observed: what was found out about fields in another way than by reading the object.
    """

    current: Mapping[str, Any] | None
    desired: Mapping[str, Any] = NOTHING
    observed: Mapping[str, Verdict] = NOTHING


class Planned(NamedTuple):
    """A change that can be made, and what the user should know about it."""

    change: Change
    warnings: list[str]


def perform_resource(resource: Resource, params: Mapping[str, Any], task: Task) -> Result:
    """Bring one object into the wanted state, or tell what that would change.

    :param params: all options of the module.
    :raises AirflowError: what went wrong and what is known of the state.
    """
    wanted = validate(resource, params, params)

    def decide() -> Planned:
        seen = read(task, wanted)
        change = plan_object(task.client, wanted, seen)
        return Planned(change, [*_notes(change, wanted.policy), *preflight(task, change)])

    planned = decide()
    if not task.check and planned.change.action is not Action.NONE:
        planned = apply(task, planned, decide)
    return _result(task.client, planned)


def validate(resource: Resource, options: Mapping[str, Any], policies: Mapping[str, Any]) -> Wanted:
    """Find out what is wanted; no I/O.

    :param options: those of the object.
    :param policies: those of the task, among them the resource's policy.
    :raises InvalidInputError: for options that cannot work on any server.
    """
    for item in (*resource.parents, resource.identity):
        check_identity(item, str(options[item.name]))
    check_options(resource.options(), options)
    resource = resource.bind(options)
    given = parse_options((*resource.fields, *resource.shorthands), options)
    policy = policies[resource.policy.name] if resource.policy else "always"
    return Wanted(resource, str(options[resource.identity.name]), given, options, policy)


def read(task: Task, wanted: Wanted) -> Seen:
    """Read the object, and look at it as :func:`examine` does."""
    check_server(task.client, wanted.resource, wanted.name)
    return examine(task, wanted, task.client.read(wanted.resource, wanted.name))


def check_server(client: Client, resource: Resource, name: str) -> None:
    """Refuse objects that the server does not have, or cannot address.

    :raises InvalidInputError: with what is needed, and what was found.
    """
    server = client.server.part(resource.part)
    check_since(f"airflow_{resource.kind}", resource.since, server)
    reason = why_unreachable(resource.unreachable, name, server)
    if reason:
        raise InvalidInputError(f"{resource.identity.name} {name!r} cannot be managed: {reason}")


def examine(task: Task, wanted: Wanted, current: dict[str, Any] | None) -> Seen:
    """Find out what is wanted of an object, and how far it is so; waits for what Airflow alone creates. Only reads.

    :param current: the object as the server shows it; ``None`` if there is none.
    :raises PlanError: if that is not possible.
    """
    if wanted.state == "absent":
        return Seen(current)
    resource, server = wanted.resource, task.client.server.part(wanted.resource.part)
    current = resource.hooks.wait_for_existing(task, resource, current, wanted.options)
    desired = resource.hooks.normalize(wanted.given, current, server)
    check_on_server(resource.fields, desired, server)
    if current is None:
        return Seen(None, desired)
    return Seen(current, desired, resource.hooks.probe(task.client, desired, current, wanted.policy))


def plan_object(client: Client, wanted: Wanted, seen: Seen) -> Change:
    """Decide what the object needs; no I/O.

    :raises InvalidInputError: if it cannot be done.
    """
    resource, name, policy = wanted.resource, wanted.name, wanted.policy
    server = client.server.part(resource.part)
    change = plan_one(resource, name, seen.desired, seen.current, server, wanted.state, policy, seen.observed)
    _keep_hidden(client, change)
    return change


def preflight(task: Task, change: Change, names: Names | None = None) -> list[str]:
    """See whether the change can be made, before anything is written and in check mode as well.

    :param names: as for :meth:`.spec.Hooks.check`.
    :return: warnings for the user.
    :raises PlanError: if it cannot be made.
    """
    if change.action is Action.NONE:
        return []
    from .faults import foresee

    return [*foresee(task.client, change), *change.resource.hooks.preflight(task, change, names)]


def apply(task: Task, planned: Planned, decide: Callable[[], Planned]) -> Planned:
    """Make the change, or another one if somebody else has changed the object meanwhile; what was done.

    :param decide: reads the object and plans its change again.
    :raises AirflowError: with what is known about the state.
    """
    from .store import Store

    def decide_again() -> Change:
        nonlocal planned
        planned = decide()
        return planned.change

    store = Store(task)
    change, outcome = store.adopt(planned.change, decide_again)
    change = change._replace(seen=outcome)
    _keep_hidden(task.client, change)
    return Planned(change, [*planned.warnings, *store.warnings])


def _result(client: Client, planned: Planned) -> Result:
    """What was done, or would be."""
    change, resource = planned.change, planned.change.resource
    outcome = predicted(change, client.server.part(resource.part)) if change.seen is None else change.seen
    return Result(
        {
            "changed": plain(change.action is not Action.NONE),
            "action": plain(change.action.reported),
            resource.kind: present(resource.shown(), change.name, outcome),
            "unverified": plain(list(change.unverified)),
            "diff": diff(change),
        },
        planned.warnings,
    )


def _keep_hidden(client: Client, change: Change) -> None:
    """Ensure that what only the server calls a secret is hidden in the task's options and in foreign texts."""
    texts: Collection[str] = hidden_texts(change)
    client.secrets.update(texts)
    hidden: set[str] = client.once(HIDDEN, set)
    hidden.update(texts)


def _notes(change: Change, policy: str) -> list[str]:
    """What the action alone does not say about a change."""
    if change.action is Action.REPLACE:
        return [f"{change.title} is deleted and created again: Airflow cannot clear the given options in another way"]
    if policy != "on_create" or change.current is None:
        return []
    return [
        f"{option} of {change.title} differs in its visible part and is replaced as a whole, hidden parts included"
        for option in change.fields
        if change.current.get(option) != MASK and holds_mask(change.current.get(option))
    ]
