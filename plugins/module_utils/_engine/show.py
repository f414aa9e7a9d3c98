# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Displaying a change: before, after, and the outcome."""

from __future__ import annotations

from typing import Any, Mapping

from .._model.api import Server
from .._model.change import Action, Change
from .._model.compare import MASK
from .._model.secrets import Shown, composed, hidden_by_server, holds_mask, mask_like, plain, show, show_both
from .plan import declared, field_of


def sides(change: Change) -> tuple[dict[str, Shown], dict[str, Shown]]:
    """The declared fields before and after the change, with secrets hidden; empty where there is no object."""
    current, is_gone = change.current, change.action is Action.DELETE
    if is_gone:
        stored = current or {}
        names = [item.name for item in change.resource.fields if stored.get(item.name) is not None]
    else:
        names = list(change.desired)
    pairs = {name: _pair(change, name) for name in names}
    before = _shown(change, {name: pair[0] for name, pair in pairs.items()}) if current is not None else {}
    is_absent = is_gone or (change.action is Action.NONE and current is None)
    return before, {} if is_absent else _shown(change, {name: pair[1] for name, pair in pairs.items()})


def predicted(change: Change, server: Server) -> dict[str, Any]:
    """The object as it will be, as far as that is known before the server has answered.

    That is the declared fields: what else the server returns, such as a pool's free slots, may change with them.
    """
    if change.action is Action.NONE:
        return dict(change.current or {})
    if change.action is Action.DELETE:
        return {}
    current = change.current or {}
    sent = {}
    for name in change.fields:
        item = field_of(change.resource, name)
        if server.api.name not in item.write_only:
            sent[name] = mask_like(item.decode(item.encode(change.desired[name])), current.get(name))
    identity = change.resource.identity.name
    return {identity: change.stored_name, **declared(change.resource, change.current), **sent}


def hidden_texts(change: Change) -> set[str]:
    """The texts among the wanted values that the server hides, for any reason of its own."""
    found: set[str] = set()
    for shown in filter(None, (change.current, change.seen)):
        for name, value in change.desired.items():
            if holds_mask(shown.get(name)):
                found |= hidden_by_server(value, shown[name])
    return found


def diff(change: Change) -> Shown:
    """A change as Ansible displays it."""
    title = plain(f"{change.resource.kind}/{change.name}")
    before, after = map(composed, sides(change))
    return composed({"before": before, "after": after, "before_header": title, "after_header": title})


def _shown(change: Change, values: Mapping[str, Shown]) -> dict[str, Shown]:
    return {change.resource.identity.name: plain(change.stored_name), **values}


def _pair(change: Change, name: str) -> tuple[Shown, Shown]:
    """A field's value before and after, with secrets hidden."""
    item = field_of(change.resource, name)
    current = change.current or {}
    # A value that the server never returns may be stored.
    old = current.get(name, MASK if item.write_only and change.current is not None else None)
    if name not in change.fields:
        shown = show(old, item.secrecy, change.name)
        return shown, shown
    new = mask_like(mask_like(change.desired[name], old), (change.seen or {}).get(name))
    if change.current is None:
        return show(old, item.secrecy, change.name), show(new, item.secrecy, change.name)
    note = "sent again, as the stored value is hidden" if name in change.unverified else "changed"
    return show_both(old, new, item.secrecy, change.name, change.notes.get(name, note))
