# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What has to be done, decided from what is wanted and what is there. Knows neither Ansible nor HTTP."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Mapping

from .api import Server
from .compare import MASK, Verdict, parse_json, to_text
from .errors import InvalidInputError
from .secrets import Secrecy, conceal, mask_like
from .spec import LARGEST_INTEGER, Field, Resource, Unreachable

CREATE, UPDATE, DELETE, NONE = "create", "update", "delete", "none"


@dataclass(frozen=True)
class Change:
    """What one object needs.

    :param action: ``create``, ``update``, ``delete`` or ``none``.
    :param desired: the options that were given, without the identity.
    :param current: the object as the server shows it; ``None`` if there is none.
    :param fields: names of the fields to send.
    :param unverified: names of the options that could not be compared, as the server hides them.
    """

    resource: Resource
    name: str
    action: str
    desired: Mapping[str, Any]
    current: Mapping[str, Any] | None
    fields: tuple[str, ...] = ()
    unverified: tuple[str, ...] = ()

    def before(self) -> dict[str, Any]:
        """The declared fields before the change, with secrets hidden; empty for an object that is not there."""
        if self.current is None:
            return {}
        if self.action == DELETE:
            names = [item.name for item in self.resource.fields if self.current.get(item.name) is not None]
        else:
            names = list(self.desired)
        return self._identified({name: self._pair(name)[0] for name in names})

    def after(self) -> dict[str, Any]:
        """The declared fields after the change, with secrets hidden; empty for an object that is deleted."""
        if self.action == DELETE or (self.action == NONE and self.current is None):
            return {}
        return self._identified({name: self._pair(name)[1] for name in self.desired})

    def outcome(self) -> dict[str, Any]:
        """The object as it will be, as far as that is known before the server has answered.

        That is the declared fields: what else the server tells, such as a pool's free slots, may change with them.
        """
        if self.action == NONE:
            return dict(self.current or {})
        if self.action == DELETE:
            return {}
        current = self.current or {}
        sent = {
            name: mask_like(_field(self.resource, name).encode(self.desired[name]), current.get(name))
            for name in self.fields
        }
        return self._identified({**declared(self.resource, self.current), **sent})

    def _identified(self, values: dict[str, Any]) -> dict[str, Any]:
        return {self.resource.identity.name: self.name, **values}

    def _pair(self, name: str) -> tuple[Any, Any]:
        """A field's value before and after, fit to be shown: secrets hidden, and yet different if it changes."""
        item = _field(self.resource, name)
        old = self.current.get(name) if self.current is not None else None
        if name not in self.fields:
            shown = _show(item, self.name, old)
            return shown, shown
        new = self.desired[name]
        before, after = _show(item, self.name, old), _show(item, self.name, mask_like(new, old))
        if self.current is not None:
            parsed = _parsed(before), _parsed(after)
            if all(isinstance(value, (dict, list)) for value in parsed) and parsed[0] != parsed[1]:
                before, after = parsed
            elif _as_text(before) == _as_text(after):
                note = "sent again, as the stored value is hidden" if name in self.unverified else "changed"
                after = f"{_as_text(after)} ({note})"
        return before, after


def _parsed(value: Any) -> Any:
    is_json, parsed = parse_json(value) if isinstance(value, str) else (True, value)
    return parsed if is_json else value


def _as_text(value: Any) -> str:
    return "" if value is None else to_text(value)


def _show(item: Field, name: str, value: Any) -> Any:
    return (
        conceal(value, name) if item.secrecy is Secrecy.BY_NAME else MASK if item.secrecy is Secrecy.ALWAYS else value
    )


def _field(resource: Resource, name: str) -> Field:
    return next(item for item in resource.fields if item.name == name)


def check_options(options: tuple[Field, ...], values: Mapping[str, Any]) -> None:
    """Find what is wrong with the options on every version of Airflow, before anything is sent.

    :raises InvalidInputError: naming the option, what was expected, and what was given.
    """
    for item in options:
        value = values.get(item.name)
        if value is None:
            continue
        if item.longest and len(value) > item.longest:
            raise InvalidInputError(f"{item.name} must have at most {item.longest} characters, got {len(value)}")
        if item.type == "int":
            smallest = min(item.minimum.values(), default=-LARGEST_INTEGER)
            if not smallest <= value <= LARGEST_INTEGER:
                raise InvalidInputError(f"{item.name} must be from {smallest} to {LARGEST_INTEGER}, got {value}")


def check_identity(identity: Field, name: str) -> None:
    """Refuse a name that no server can have.

    :raises InvalidInputError: as :func:`check_options`.
    """
    if not name.strip():
        raise InvalidInputError(f"{identity.name} must not be empty")
    if "\0" in name:
        raise InvalidInputError(f"{identity.name} must not hold a NUL character, got {name!r}")


def why_unreachable(rules: tuple[Unreachable, ...], name: str, server: Server) -> str:
    """Why this server's API cannot address an object of this name; empty if it can."""
    for rule in rules:
        if rule.api == server.api.name and rule.pattern.search(name):
            return f"{rule.reason} (this server is Airflow {server.version})"
    return ""


def check_versions(fields: tuple[Field, ...], values: Mapping[str, Any], server: Server) -> None:
    """Find options that cannot work on this server.

    :raises InvalidInputError: naming the option, what is needed, and what was found.
    """
    found = f"this server is Airflow {server.version}"
    for item in fields:
        if item.name not in values:
            continue
        lacking = server.lacks(item.since)
        if lacking:
            raise InvalidInputError(f"{item.name} {lacking}; {found}")
        smallest = item.minimum.get(server.api.name)
        if smallest is not None and values[item.name] < smallest:
            raise InvalidInputError(
                f"{item.name} must be {smallest} or more, got {values[item.name]}: {item.minimum_reason} ({found})"
            )


def plan_one(
    resource: Resource,
    name: str,
    desired: Mapping[str, Any],
    current: Mapping[str, Any] | None,
    server: Server,
    state: str = "present",
    update_secrets: str = "always",
) -> Change:
    """Decide what one object needs.

    :param desired: the options that were given, without the identity; left out means left alone.
    :param current: the object as the server shows it, ``None`` if there is none.
    :param state: ``present`` or ``absent``.
    :param update_secrets: ``always`` sends what cannot be compared, ``on_create`` leaves it.
    :raises InvalidInputError: if it cannot be done, for example deleting what Airflow needs.
    """
    title = f"{resource.kind} {name!r}"
    if state == "absent":
        if name in resource.protected:
            raise InvalidInputError(f"{title} is never deleted: {resource.protected[name]}")
        return Change(resource, name, NONE if current is None else DELETE, {}, current)
    check_versions(resource.fields, desired, server)
    if current is None:
        missing = [item.name for item in resource.fields if item.needed and item.name not in desired]
        if missing:
            raise InvalidInputError(
                f"{title} does not exist yet, and to create it {' and '.join(missing)} must be given"
            )
        return Change(resource, name, CREATE, desired, None, tuple(desired))
    changed, unverified = [], []
    for option, value in desired.items():
        item = _field(resource, option)
        verdict = item.compare(value, current.get(option), server.api)
        if verdict is Verdict.UNKNOWN:
            unverified.append(option)
        if verdict is Verdict.DIFFERENT or (verdict is Verdict.UNKNOWN and update_secrets == "always"):
            if server.api.name in item.fixed.get(name, ()):
                raise InvalidInputError(f"{option} of {title} cannot be changed on {server.api.product}")
            changed.append(option)
    action = UPDATE if changed else NONE
    return Change(resource, name, action, desired, current, tuple(changed), tuple(unverified))


def is_certain(change: Change, stored: Mapping[str, Any], server: Server) -> bool:
    """Whether reading an object can tell if an update was made: nothing that was sent is hidden."""
    return not any(
        _field(change.resource, name).compare(change.desired[name], stored.get(name), server.api) is Verdict.UNKNOWN
        for name in change.fields
    )


def declared(resource: Resource, stored: Mapping[str, Any] | None) -> dict[str, Any]:
    """The declared fields of an object, without what the server counts."""
    return {item.name: stored[item.name] for item in resource.fields if stored and item.name in stored}


def still_different(change: Change, stored: Mapping[str, Any] | None, server: Server) -> list[str]:
    """The fields of a change that the server visibly does not hold after it.

    :param stored: the object as read after the change.
    """
    if change.action == DELETE or stored is None:
        return [change.resource.identity.name] if (stored is None) != (change.action == DELETE) else []
    return [
        name
        for name in change.fields
        if _field(change.resource, name).compare(change.desired[name], stored.get(name), server.api)
        is Verdict.DIFFERENT
    ]


def payload(change: Change, server: Server) -> dict[str, Any]:
    """The body to send: declared fields only, and in an update what the API needs plus what changes.

    A field that must be there but does not change is sent as the server shows it; where the server hides it, as the
    user gave it or empty, never as the mask that is shown in its place. ``update_mask`` keeps it from being stored.
    """
    resource = change.resource
    body: dict[str, Any] = {resource.identity.name: change.name}
    for item in resource.fields:
        if item.name in change.fields:
            body[item.name] = item.encode(change.desired[item.name])
        elif change.action == UPDATE and change.current is not None and server.api.name in item.whole:
            shown = change.current.get(item.name)
            if shown is None or (isinstance(shown, str) and MASK in shown):
                shown = item.encode(change.desired.get(item.name, ""))
            body[item.name] = shown
    return body


def update_mask(change: Change, server: Server) -> list[str]:
    """The names of the changed fields, as ``update_mask`` wants them; none where the server has no use for it."""
    if server.lacks(change.resource.masks_since):
        return []
    fields = (_field(change.resource, name) for name in change.fields)
    return [item.mask_name.get(server.api.name, item.name) for item in fields]
