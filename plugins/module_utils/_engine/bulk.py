# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many objects with one request: the ``PATCH`` of a collection, which Airflow 3 has. No I/O.

A request holds an action for each way to change objects, and each action a list of entities. Airflow applies them one
after the other, and returns the names of those that it has applied; a whole request is one transaction.
"""

from __future__ import annotations

import json
from typing import Any, Iterable, Mapping, NamedTuple

from .._model.api import Server, Since
from .._model.bulk import Bulk
from .._model.change import Action, Change
from .._model.compare import MASK
from .._model.secrets import Secrecy, collect, holds_mask
from .plan import CAN_HIDE, field_of, payload, update_mask

MOST_OBJECTS = 500
"""Objects of a request: it is a transaction, which locks a database."""

MOST_SECRETS = 100
"""Of these, those with secrets: with each new secret 3.3.2 compiles one expression of all that a process has seen
(``_shared/secrets_masker``), which takes 20 ms after 1,000 and 40 ms after 2,000. The answer would come too late."""

MOST_BYTES = 256 * 1024
"""Bytes of a request's body, unless it holds a single object."""

LOGGED_BYTES = 60 * 1024
"""Of these, those that Airflow's event log stores: it keeps the body of each request (``logging/decorators.py`` of
3.0.6 to 3.3.2) in ``log.extra``, which holds 64 KiB on MySQL and MariaDB, and refuses a request that does not fit (422
from 3.3.0 on, 500 before). The API does not show which database a server has."""

MASKED_SINCE = Since(v1=None, v2="3.3.2")
"""Versions whose event log hides the values of many objects as it does those of one. Before, it stores the values of
variables in clear, and the extra of connections, if there are many in a request (3.0.6 to 3.3.0:
``logging/decorators.py``); of one that is written by itself it hides what sounds like a secret by its key."""

OVERHEAD = 200
"""Bytes of an action without its entities."""


class Request(NamedTuple):
    """Changes that are made with one request."""

    changes: list[Change]
    body: Mapping[str, Any]


def entity(change: Change, server: Server, rules: Bulk) -> Any:
    """What a request holds for a change; ``None`` if the change has to be made by itself."""
    if change.action is Action.DELETE:
        return change.stored_name
    if change.action is Action.REPLACE or (server.lacks(MASKED_SINCE) and _has_secrets_by_key(change)):
        return None
    if change.action is Action.CREATE:
        return None if any(change.desired.get(name) for name in rules.drops) else payload(change, server)
    body = payload(change, server)
    if not server.lacks(rules.masks_since):
        return body
    for name in sorted({*rules.resets} - set(change.fields)):
        item, shown = field_of(change.resource, name), (change.current or {}).get(name)
        # What the server may hide, or show in another form than it is stored in, cannot be sent as it was read.
        if CAN_HIDE[item.secrecy] or holds_mask(shown):
            return None
        body[item.key(server.api)] = shown if shown is None else item.encode(shown)
    return body


def _has_secrets_by_key(change: Change) -> bool:
    """Whether a change sends what sounds like a secret by its key, or by that of the object."""
    by_key = (Secrecy.BY_NAME, Secrecy.BY_KEY)
    secrecy = {name: field_of(change.resource, name).secrecy for name in change.fields}
    own = {name: how for name, how in secrecy.items() if how in by_key}
    return bool(collect({name: change.desired[name] for name in own}, own, change.name))


def _has_secrets(change: Change) -> bool:
    """Whether a change sends secrets, of which Airflow keeps a list."""
    is_secret = any(field_of(change.resource, name).secrecy is Secrecy.ALWAYS for name in change.fields)
    return is_secret or _has_secrets_by_key(change)


def _in_log(body: Any, server: Server, rules: Bulk) -> Any:
    """What the event log stores of an entity, or more."""
    if not isinstance(body, dict) or server.lacks(MASKED_SINCE):
        return body
    return {**body, **{key: _keys_of(body[key]) for key in rules.hidden_in_log if key in body}}


def _keys_of(text: Any) -> Any:
    """A JSON object without its values, or nothing of what is none."""
    try:
        parts = json.loads(text)
    except (TypeError, ValueError):
        return MASK
    return dict.fromkeys(parts, MASK) if isinstance(parts, dict) else MASK


def packed(
    changes: Iterable[Change], server: Server, rules: Bulk, most: int = MOST_BYTES
) -> tuple[list[Request], list[Change]]:
    """The requests for changes of one kind and action, and the changes that have to be made one by one.

    :param most: bytes of a request's body, unless it holds a single object.
    """
    requests: list[Request] = []
    singly: list[Change] = []
    part: list[tuple[Change, Any]] = []
    size = logged = secrets = 0

    def close() -> None:
        if len(part) > 1:
            requests.append(_request(part, server, rules))
        else:
            singly.extend(change for change, _entity in part)
        part.clear()

    for change in changes:
        body = entity(change, server, rules)
        if body is None:
            singly.append(change)
            continue
        needed, stored = len(json.dumps(body)) + 2, len(json.dumps(_in_log(body, server, rules))) + 2
        is_secret = _has_secrets(change)
        is_full = len(part) == MOST_OBJECTS or size + needed > most or logged + stored > LOGGED_BYTES
        if part and (is_full or (is_secret and secrets == MOST_SECRETS)):
            close()
        if not part:
            size, logged, secrets = OVERHEAD, OVERHEAD, 0
        part.append((change, body))
        size, logged, secrets = size + needed, logged + stored, secrets + is_secret
    close()
    return requests, singly


def _request(part: list[tuple[Change, Any]], server: Server, rules: Bulk) -> Request:
    """A request for changes that fit into one: an action for each set of fields that change."""
    action = part[0][0].action
    groups: dict[tuple[str, ...], list[Any]] = {}
    for change, body in part:
        is_masked = action is Action.UPDATE and not server.lacks(rules.masks_since)
        groups.setdefault(tuple(update_mask(change, server)) if is_masked else (), []).append(body)
    # What somebody else has created or deleted since is left for a request of its own.
    otherwise = {"action_on_existence": "fail"} if action is Action.CREATE else {"action_on_non_existence": "skip"}
    actions = [
        {"action": action.value, "entities": bodies, **otherwise, **({"update_mask": list(mask)} if mask else {})}
        for mask, bodies in groups.items()
    ]
    return Request([change for change, _entity in part], {"actions": actions})
