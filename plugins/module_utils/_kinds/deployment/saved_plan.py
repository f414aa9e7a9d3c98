# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan that is kept until it is approved: data without secrets, which a later plan can be compared with. No I/O.

See docs/decisions/saved-plans.md.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any, Iterable, Mapping, NamedTuple

from ..._engine.plan_many import Plan, item
from ..._model.change import Action, Change
from ..._model.errors import InvalidInputError, few
from ..._model.secrets import show
from ..._model.strict_json import parse_strictly

FORMAT = 1
COLLECTION = "dataops.airflow 0.1.0"
"""What makes a plan: another version may describe the same change in another way."""

SHORTEST_KEY = 16
"""Bytes of a key that nobody finds by trying."""

FINGERPRINT = 32
"""Hexadecimal digits of a fingerprint: 128 bits."""

MOST_NAMED = 10
IDENTITY = ("kind", "name", "action")


class SavedPlan(NamedTuple):
    """The changes of a plan, and where they are to be made.

    :param server: URL of Airflow, without credentials.
    :param changes: a row for each, as in the result of the module, and its ``fingerprints`` of what is not shown.
    """

    server: str
    changes: list[dict[str, Any]]

    @property
    def digest(self) -> str:
        """What differs if anything differs, be it a secret."""
        return f"sha256:{hashlib.sha256(_canonical(self._content()).encode()).hexdigest()}"

    def text(self) -> str:
        """The file: JSON for people and programs."""
        return json.dumps({**self._content(), "digest": self.digest}, indent=2) + "\n"

    def _content(self) -> dict[str, Any]:
        return {"format": FORMAT, "collection": COLLECTION, "server": self.server, "changes": self.changes}


class Difference(NamedTuple):
    """How a plan differs from the one that was approved: rows of ``kind``, ``name`` and ``action``."""

    appeared: list[dict[str, str]]
    vanished: list[dict[str, str]]
    differs: list[dict[str, str]]

    def __str__(self) -> str:
        """The three lists, as sentences."""
        lists = {"Appeared": self.appeared, "Vanished": self.vanished, "Differs": self.differs}
        return ". ".join(f"{word}: {_named(rows)}" for word, rows in lists.items() if rows)


def key_of(text: str | None, option: str) -> bytes:
    """The key of fingerprints.

    :param option: the one that needs it.
    :raises InvalidInputError: if there is none, or it is too short.
    """
    if not text:
        raise InvalidInputError(f"{option} needs fingerprint_key, or the environment variable AIRFLOW_FINGERPRINT_KEY")
    key = text.encode()
    if len(key) < SHORTEST_KEY:
        raise InvalidInputError(f"fingerprint_key has {len(key)} bytes; it needs at least {SHORTEST_KEY}")
    return key


def saved(plan: Plan, server: str, key: bytes) -> SavedPlan:
    """The plan as it is kept."""
    changes = [{**item(change), "fingerprints": _fingerprints(change, key)} for change in plan.pending]
    # As it reads back from a file.
    return SavedPlan(server, json.loads(json.dumps(changes)))


def read(text: str, file: str, server: str) -> SavedPlan:
    """The plan in a file.

    :param file: its name, for messages.
    :raises InvalidInputError: if it is damaged, or was made for something else.
    """
    try:
        content = parse_strictly(text)
    except ValueError as error:
        raise InvalidInputError(f"plan_file {file} is damaged: {error}") from None
    if not isinstance(content, dict) or "format" not in content:
        raise InvalidInputError(f"plan_file {file} is not a plan of this collection")
    for name, own in (("format", FORMAT), ("collection", COLLECTION), ("server", server)):
        if content.get(name) != own:
            raise InvalidInputError(
                f"plan_file {file} was made for {name} {content.get(name)!r}, not for {own!r}; make the plan again"
            )
    changes = content.get("changes")
    if not isinstance(changes, list) or not all(isinstance(row, dict) and _identity(row) for row in changes):
        raise InvalidInputError(f"plan_file {file} is damaged: changes must be a list of changes")
    found = SavedPlan(server, changes)
    if content.get("digest") != found.digest:
        raise InvalidInputError(f"plan_file {file} is damaged: its digest is not that of its changes")
    return found


def difference(approved: SavedPlan, made: SavedPlan) -> Difference:
    """How a plan differs from the approved one."""
    before = {_identity(row): _canonical(row) for row in approved.changes}
    now = {_identity(row): _canonical(row) for row in made.changes}
    return Difference(
        [_brief(identity) for identity in now if identity not in before],
        [_brief(identity) for identity in before if identity not in now],
        [_brief(identity) for identity, row in now.items() if before.get(identity, row) != row],
    )


def _fingerprints(change: Change, key: bytes) -> dict[str, str]:
    """Side and option → the fingerprint of a value of which not all is shown."""
    fields = {field.name: field for field in change.resource.fields}
    wanted = {} if change.action is Action.DELETE else change.desired
    names = [name for name in (fields if change.action is Action.DELETE else wanted) if name in fields]
    found = {}
    for side, values in (("before", change.current or {}), ("after", wanted)):
        for name in names:
            value = values.get(name)
            if value is not None and show(value, fields[name].secrecy, change.name) != value:
                place = _canonical([change.resource.kind, change.name, side, name, value])
                digest = hmac.new(key, place.encode(), hashlib.sha256).hexdigest()
                found[f"{side}.{name}"] = digest[:FINGERPRINT]
    return found


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def _identity(row: Mapping[str, Any]) -> tuple[str, ...]:
    """What makes it this change; empty if it is none."""
    parts = tuple(row[name] for name in IDENTITY if isinstance(row.get(name), str))
    return parts if len(parts) == len(IDENTITY) else ()


def _brief(identity: tuple[str, ...]) -> dict[str, str]:
    return dict(zip(IDENTITY, identity))


def _named(rows: Iterable[Mapping[str, Any]]) -> str:
    return few([f"{row['action']} {row['kind']}/{row['name']}" for row in rows], MOST_NAMED)
