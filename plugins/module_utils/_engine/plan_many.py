# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A whole deployment as a plan: many objects of many kinds, in the order in which they depend on each other. No I/O."""

from __future__ import annotations

from collections import Counter
from fnmatch import fnmatchcase
from typing import Any, Collection, Iterable, Mapping, NamedTuple

from .._model.change import Action, Change
from .._model.compare import to_text
from .._model.errors import PreconditionError
from .._model.resource import Resource
from .show import sides

LONGEST_VALUE = 60
SIGNS = {Action.CREATE: "+", Action.UPDATE: "~", Action.REPLACE: "-/+", Action.DELETE: "-"}
COUNTED = {Action.CREATE: "to_create", Action.UPDATE: "to_update", Action.DELETE: "to_delete", Action.NONE: "unchanged"}
"""Action → the key of how many there are; ``update`` would be a dict's method in Jinja."""

WORDS = {Action.CREATE: "to create", Action.UPDATE: "to change", Action.DELETE: "to delete", Action.NONE: "unchanged"}


class Entry(NamedTuple):
    """One object as the input has it.

    :param place: its place in the input, for messages: ``variables[3]``.
    """

    resource: Resource
    name: str
    options: Mapping[str, Any]
    place: str

    @property
    def title(self) -> str:
        """Its name in messages."""
        return f"{self.place} ({self.resource.kind} {self.name!r})"


def entries(resource: Resource, given: Iterable[Mapping[str, Any]] | None, option: str) -> list[Entry]:
    """The objects of a kind in the input.

    :param option: name of the option that holds them.
    """
    identity = resource.identity.name
    return [
        Entry(resource, str(item[identity]), item, f"{option}[{number}]") for number, item in enumerate(given or ())
    ]


def folded(resource: Resource, name: str) -> str:
    """A name in the form that is unique among objects."""
    return name.lower() if resource.identity.ignores_case else name


def complaints(wanted: Iterable[Entry]) -> list[str]:
    """Errors in the input for any server: duplicate names, mutually exclusive options."""
    found: list[str] = []
    seen: dict[tuple[str, str], Entry] = {}
    for entry in wanted:
        first = seen.setdefault((entry.resource.kind, folded(entry.resource, entry.name)), entry)
        if first is not entry:
            why = "" if first.name == entry.name else f" as {first.name!r}, which Airflow does not distinguish"
            found.append(f"{entry.title} is already listed in {first.place}{why}")
        for one, other in entry.resource.exclusive():
            if entry.options.get(one) is not None and entry.options.get(other) is not None:
                found.append(f"{entry.title}: {one} and {other} are mutually exclusive")
    return found


def to_purge(
    resource: Resource,
    present: Iterable[str],
    wanted: Collection[str],
    exclude: Iterable[str],
    only: Collection[str] | None = None,
) -> tuple[list[str], list[str]]:
    """The existing names that are not wanted: those to delete, and those that are protected.

    :param exclude: shell patterns of ``kind/name``.
    :param only: the same of what may be purged; ``None`` for all.
    """
    patterns, kept = list(exclude), {folded(resource, name) for name in wanted}
    rest = [
        name
        for name in present
        if folded(resource, name) not in kept
        and not any(fnmatchcase(f"{resource.kind}/{name}", pattern) for pattern in patterns)
        and (only is None or any(fnmatchcase(f"{resource.kind}/{name}", pattern) for pattern in only))
    ]
    return (
        sorted(name for name in rest if name not in resource.protected),
        sorted(name for name in rest if name in resource.protected),
    )


class Plan(NamedTuple):
    """The plan of a deployment.

    :param changes: in the order in which they are made, including those with the action ``none``.
    """

    changes: tuple[Change, ...]
    warnings: tuple[str, ...] = ()

    @property
    def pending(self) -> list[Change]:
        """The changes with another action than ``none``."""
        return [change for change in self.changes if change.action is not Action.NONE]

    def check_deletions(self, most: int | None) -> None:
        """Refuse a plan that deletes too many objects.

        :raises PreconditionError: with the objects that would be deleted.
        """
        doomed = [label(change) for change in self.changes if change.action is Action.DELETE]
        if most is not None and len(doomed) > most:
            named = ", ".join(doomed[:10]) + (f" and {len(doomed) - 10} more" if len(doomed) > 10 else "")
            raise PreconditionError(
                f"{len(doomed)} objects would be deleted, but max_deletions is {most}: {named}. Nothing was changed"
            )

    def summary(self) -> dict[str, int]:
        """Number of objects to create, update and delete, of unchanged and of not comparable ones."""
        counts = Counter(change.action.reported for change in self.changes)
        unverified = sum(bool(change.unverified) for change in self.changes)
        return {**{key: counts[action.value] for action, key in COUNTED.items()}, "unverified": unverified}

    def items(self, is_whole: bool = True) -> list[dict[str, Any]]:
        """Its objects for the result, with secrets hidden: all, or those that change or could not be compared."""
        shown = (change for change in self.changes if is_whole or change.action is not Action.NONE or change.unverified)
        return [item(change) for change in shown]

    def diff(self, where: str, rows: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
        """The plan as text: which server it is for, an entry for each change, and a summary at the end.

        :param rows: those of :meth:`items`, in which secrets are hidden.
        """
        counts = self.summary()
        words = [
            f"{counts[COUNTED[action]]} {word}"
            for action, word in WORDS.items()
            if counts[COUNTED[action]] or action is not Action.NONE
        ]
        last = f"Plan: {', '.join(words)}" + (f", {counts['unverified']} unverified" if counts["unverified"] else "")
        changed = (row for row in rows if row["action"] != Action.NONE.value)
        lines = (where, *map(line, self.pending, changed), f"{last}.")
        return [{"prepared": f"{each}\n"} for each in lines]


def item(change: Change) -> dict[str, Any]:
    """A change as a row of the result, with secrets hidden."""
    before, after = sides(change)
    return {
        "kind": change.resource.kind,
        "name": change.name,
        "action": change.action.reported,
        "before": before,
        "after": before if change.action is Action.NONE else after,
        "unverified": list(change.unverified),
        "listed": change.listed,
        **({"notes": change.notes} if change.notes else {}),
    }


def label(change: Change) -> str:
    """Name of a changed object in a plan."""
    return f"{change.resource.kind}/{change.name}"


def line(change: Change, row: Mapping[str, Any]) -> str:
    """A change in one line.

    :param row: its row of the result, in which secrets are hidden.
    """
    sign = SIGNS[change.action]
    hidden = f"  (cannot be compared: {', '.join(change.unverified)})" if change.unverified else ""
    if change.action not in (Action.UPDATE, Action.REPLACE):
        return f"{sign} {label(change)}{hidden}"
    before, after = row["before"], row["after"]
    parts = [f"{name}: {_brief(before.get(name))} → {_brief(after.get(name))}" for name in change.fields]
    return f"{sign} {label(change)}  {', '.join(parts)}{hidden}"


def _brief(value: Any) -> str:
    if value is None:
        return "none"
    text = " ".join(to_text(value).split())
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 2] + " …"


def in_order(changes: Iterable[Change], kinds: Iterable[str]) -> tuple[Change, ...]:
    """Changes in the order in which they can be made: deletions last, and in reverse.

    :param kinds: those that others depend on come first.
    """
    rank = {kind: number for number, kind in enumerate(kinds)}

    def position(change: Change) -> tuple[bool, int]:
        number = rank[change.resource.kind]
        return change.action is Action.DELETE, -number if change.action is Action.DELETE else number

    return tuple(sorted(changes, key=position))
