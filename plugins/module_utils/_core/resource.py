# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The way of one object from its options to the wanted state."""

from __future__ import annotations

from typing import Any, Mapping

from .change import Action, Change
from .client import Client
from .compare import MASK
from .errors import InvalidInputError
from .options import check_identity, check_options, check_since, check_versions, parse_options, why_unreachable
from .plan import plan_one
from .secrets import holds_mask, plain
from .show import diff, hidden_texts, predicted
from .spec import HIDDEN, Resource, Result, present


def perform_resource(resource: Resource, params: Mapping[str, Any], check_mode: bool, client: Client) -> Result:
    """Bring one object into the wanted state, or tell what that would change.

    :param params: all options of the module.
    :param client: from :func:`.perform.connect`; read-only in check mode.
    :raises AirflowError: what went wrong and what is known of the state.
    """
    name = params[resource.identity.name]
    for item in (*resource.parents, resource.identity):
        check_identity(item, str(params[item.name]))
    check_options(resource.options(), params)
    resource = resource.within(params)
    given = parse_options((*resource.fields, *resource.shorthands), params)
    server = client.server.part(resource.part)
    check_since(f"airflow_{resource.kind}", resource.since, server)
    reason = why_unreachable(resource.unreachable, name, server)
    if reason:
        raise InvalidInputError(f"{resource.identity.name} {name!r} cannot be managed: {reason}")
    warnings: list[str] = []
    policy = params[resource.policy.name] if resource.policy else "always"

    def plan() -> Change:
        current = client.read(resource, name)
        change = plan_object(client, resource, name, current, given, params, params["state"], policy)
        warnings[:] = _warnings(change, policy)
        if change.action is not Action.NONE:
            warnings.extend(resource.hooks.check(client, change))
        return change

    change = plan()
    if check_mode or change.action is Action.NONE:
        outcome = predicted(change, server)
    else:
        from .store import Store

        store = Store(client)
        change, outcome = store.adopt(change, plan)
        warnings.extend(store.warnings)
        change = change._replace(seen=outcome)
        keep_hidden(client, change)
    return Result(
        {
            "changed": plain(change.action is not Action.NONE),
            "action": plain(change.action.reported),
            resource.kind: present(resource.shown(), name, outcome),
            "unverified": plain(list(change.unverified)),
            "diff": diff(change),
        },
        warnings,
    )


def plan_object(
    client: Client,
    resource: Resource,
    name: str,
    current: dict[str, Any] | None,
    given: Mapping[str, Any],
    options: Mapping[str, Any],
    state: str,
    policy: str,
) -> Change:
    """Decide what one object needs on the server that answers; only reads.

    :param current: the object as the server shows it; ``None`` if there is none.
    :param given: the fields that were given, parsed.
    :param options: all options, for the hooks.
    :param state: ``present`` or ``absent``; ``policy`` as for :func:`.plan.plan_one`.
    :raises PlanError: if it cannot be done.
    """
    server = client.server.part(resource.part)
    desired, observed = {}, {}
    if state == "present":
        current = resource.hooks.appear(client, resource, current, options)
        desired = resource.hooks.prepare(given, current, server)
        check_options(resource.fields, desired)
        check_versions(resource.fields, desired, server)
        if current is not None:
            observed = resource.hooks.observe(client, desired, current, policy)
    change = plan_one(resource, name, desired, current, server, state, policy, observed)
    keep_hidden(client, change)
    return change


def keep_hidden(client: Client, change: Change) -> None:
    """See to it that what only the server calls a secret is hidden in the task's options and in foreign texts."""
    texts = hidden_texts(change)
    client.secrets.update(texts)
    hidden: set[str] = client.once(HIDDEN, set)
    hidden.update(texts)


def _warnings(change: Change, policy: str) -> list[str]:
    """What the action alone does not tell about a change."""
    if change.action is Action.REPLACE:
        return [f"{change.title} is deleted and created again: Airflow cannot clear what is to be cleared otherwise"]
    if policy != "on_create" or change.current is None:
        return []
    return [
        f"{option} of {change.title} differs in what is shown, and is replaced as a whole, with its hidden parts"
        for option in change.fields
        if change.current.get(option) != MASK and holds_mask(change.current.get(option))
    ]
