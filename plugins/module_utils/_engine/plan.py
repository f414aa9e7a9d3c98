# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Planning: what has to be done, from what is wanted and what exists. Knows neither Ansible nor HTTP."""

from __future__ import annotations

from typing import Any, Mapping

from .._model.api import Server
from .._model.change import Action, Change
from .._model.compare import Verdict, parse_json
from .._model.errors import InvalidInputError
from .._model.field import Field
from .._model.resource import Resource
from .._model.secrets import Secrecy, holds_mask
from .options import check_naming, check_on_server, parse_options

CAN_HIDE = {how: how not in (Secrecy.NEVER, Secrecy.BY_FORM) for how in Secrecy}
"""Whether servers hide values of this kind; otherwise ``***`` is literal text."""


def plan_one(
    resource: Resource,
    name: str,
    desired: Mapping[str, Any],
    current: Mapping[str, Any] | None,
    server: Server,
    state: str = "present",
    policy: str = "always",
    observed: Mapping[str, Verdict] | None = None,
) -> Change:
    """Decide what one object needs.

    :param desired: the fields that are wanted, checked with :func:`.options.check_on_server`; left out means left
        alone.
    :param current: the object as the server shows it, ``None`` if there is none.
    :param state: ``present`` or ``absent``.
    :param policy: ``always`` sends values that cannot be compared, ``on_create`` and ``on_change`` do not.
    :param observed: verdicts on fields that were compared in another way than by reading the object.
    :raises InvalidInputError: if it cannot be done, for example deleting what Airflow needs.
    """
    title = f"{resource.kind} {name!r}"
    if state == "absent":
        change = Change(resource, name, Action.NONE if current is None else Action.DELETE, {}, current)
        for known in (name, change.stored_name):
            if known in resource.protected:
                raise InvalidInputError(f"{title} is never deleted: {resource.protected[known]}")
        return change
    if current is None:
        check_naming(resource.naming.get(server.api.name), resource.identity, name)
        needed = [item.name for item in resource.fields if server.api.name in item.needed]
        missing = [option for option in needed if desired.get(option) is None]
        if missing:
            raise InvalidInputError(f"{title} does not exist yet; creating it requires {' and '.join(missing)}")
        # Empty values are empty in a new object anyway.
        given = tuple(
            option for option, value in desired.items() if value not in (None, "") or (value == "" and option in needed)
        )
        return Change(resource, name, Action.CREATE, desired, None, given)
    changed, unverified = [], []
    for option, value in desired.items():
        item = field_of(resource, option)
        verdict = (observed or {}).get(option) or compared(item, value, current.get(option), server)
        if verdict is Verdict.UNKNOWN:
            unverified.append(option)
        again = verdict is Verdict.UNKNOWN and policy == "always" and value is not None
        if verdict is Verdict.DIFFERENT or again:
            if server.api.name in item.fixed.get(name, ()):
                raise InvalidInputError(f"{option} of {title} cannot be changed on {server.api.product}")
            changed.append(option)
    action = Action.UPDATE if changed else Action.NONE
    change = Change(resource, name, action, desired, current, tuple(changed), tuple(unverified))
    cleared = [option for option in changed if not desired[option] and field_of(resource, option).cleared_by_creation]
    return _replacement(change, cleared, server, policy) if cleared else change


def _replacement(change: Change, cleared: list[str], server: Server, policy: str) -> Change:
    """Turn an update into a deletion and creation that keeps all other fields, if that is possible."""
    resource, current = change.resource, change.current or {}
    hidden = [
        item.name
        for item in resource.fields
        if item.name not in change.desired and CAN_HIDE[item.secrecy] and holds_mask(current.get(item.name))
    ]
    left = [name for name in change.unverified if name not in cleared and policy == "on_create"]
    if left:
        raise InvalidInputError(
            f"{' and '.join(cleared)} of {change.title} cannot be cleared: Airflow does that only if the "
            f"{resource.kind} is deleted and created again, and then {' and '.join(left)} could not be kept as "
            f"stored, as {resource.policy.name if resource.policy else ''}=on_create requires. Nothing was changed"
        )
    if hidden:
        raise InvalidInputError(
            f"{' and '.join(cleared)} of {change.title} cannot be cleared: Airflow does that only if the "
            f"{resource.kind} is deleted and created again, and what it hides in {' and '.join(hidden)} would be lost. "
            f"Give {' and '.join(hidden)} as well; nothing was changed"
        )
    creation = recreation(change)
    try:
        wanted = parse_options(resource.fields, creation.desired)
        check_on_server(resource.fields, wanted, server)
        plan_one(resource, change.name, wanted, None, server)
    except InvalidInputError as error:
        raise InvalidInputError(
            f"{' and '.join(cleared)} of {change.title} cannot be cleared: Airflow does that only if the "
            f"{resource.kind} is deleted and created again, and it would not create this one: {error.message}. "
            "Nothing was changed"
        ) from None
    return change._replace(action=Action.REPLACE)


def recreation(change: Change) -> Change:
    """The creation that follows the deletion in a replacement: the wanted fields, and the other former ones."""
    stored = declared(change.resource, change.current)
    kept = {**stored, **change.desired}
    desired = {name: value for name, value in kept.items() if value not in (None, "", {})}
    return Change(change.resource, change.name, Action.CREATE, desired, None, tuple(desired))


def declared(resource: Resource, stored: Mapping[str, Any] | None) -> dict[str, Any]:
    """The declared fields of an object, without the values that the server computes."""
    return {item.name: stored[item.name] for item in resource.fields if stored and item.name in stored}


def field_of(resource: Resource, name: str) -> Field:
    """The declaration of a field."""
    # Called for each field of each object; this is the fastest way for so few.
    for item in resource.fields:
        if item.name == name:
            return item
    raise KeyError(name)


def shows(change: Change, stored: Mapping[str, Any], server: Server) -> bool:
    """Whether an answer shows an object with all that was sent, possibly masked."""
    for name in change.fields:
        is_hidden = server.api.name in field_of(change.resource, name).write_only
        if change.desired[name] and stored.get(name) is None and not is_hidden:
            return False
    return True


def is_certain(
    change: Change, stored: Mapping[str, Any], server: Server, observed: Mapping[str, Verdict] | None = None
) -> bool:
    """Whether reading an object can show if an update was made: nothing that was sent is hidden."""
    return all(_verdict(change, name, stored, server, observed) is not Verdict.UNKNOWN for name in change.fields)


def _verdict(
    change: Change,
    name: str,
    stored: Mapping[str, Any],
    server: Server,
    observed: Mapping[str, Verdict] | None,
) -> Verdict:
    """Whether a field of a stored object is as wanted."""
    seen = (observed or {}).get(name)
    return seen or compared(field_of(change.resource, name), change.desired[name], stored.get(name), server)


def compared(item: Field, desired: Any, shown: Any, server: Server) -> Verdict:
    """Whether a server shows what is wanted of a field, in the form in which this version shows it."""
    verdict = item.compare(desired, shown, server.api)
    if verdict is Verdict.DIFFERENT and isinstance(shown, str) and server.lacks(item.native_since):
        is_json, value = parse_json(shown)
        return item.compare(desired, value, server.api) if is_json else verdict
    return verdict


def still_different(
    change: Change,
    stored: Mapping[str, Any] | None,
    server: Server,
    observed: Mapping[str, Verdict] | None = None,
) -> list[str]:
    """The fields of a change that the server visibly does not have after it.

    :param stored: the object as read after the change.
    :param observed: as for :func:`plan_one`, after the change.
    """
    if change.action is Action.DELETE or stored is None:
        return [change.resource.identity.name] if (stored is None) != (change.action is Action.DELETE) else []
    return [name for name in change.fields if _verdict(change, name, stored, server, observed) is Verdict.DIFFERENT]


def payload(change: Change, server: Server) -> dict[str, Any]:
    """The body to send: declared fields only, and in an update what the API needs plus what changes.

    A field that must be there but does not change is sent as the server shows it; where the server hides it, as the
    user gave it or empty, never as the mask that is shown in its place. ``update_mask`` keeps it from being stored.
    """
    resource, current = change.resource, change.current or {}
    body: dict[str, Any] = dict(resource.selected)
    if change.action not in resource.omits_identity:
        body[resource.identity.key(server.api)] = change.stored_name
    for item in resource.fields:
        key = item.key(server.api)
        if item.name in change.fields:
            body[key] = item.encode(change.desired[item.name])
        elif change.action is Action.CREATE and item.initial is not None:
            body[key] = item.initial
        elif change.action is Action.UPDATE and server.api.name in item.whole:
            shown = current.get(item.name)
            if shown is None or holds_mask(shown):
                shown = change.desired.get(item.name, "")
            if shown or server.api.name not in item.not_empty:
                body[key] = item.encode(shown)
    return body


def update_mask(change: Change, server: Server) -> list[str]:
    """The names of the changed fields for ``update_mask``; none if the server does not support it."""
    if server.lacks(change.resource.masks_since):
        return []
    fields = (field_of(change.resource, name) for name in change.fields)
    return [item.mask_name.get(server.api.name, item.key(server.api)) for item in fields]
