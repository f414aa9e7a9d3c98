# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a task has said, compared with what is true on the server."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.dataops.airflow.plugins.module_utils._model.errors import AirflowError, Effect

LOST, DOUBLED, LEAKED, MISREPORTED, UNHEALED = COLUMNS = ("lost", "doubled", "leaked", "misreported", "unhealed")

LONGEST = 30.0
"""Seconds that a task may take whose pauses are shortened."""

LONGEST_PAUSE = 60.0
"""Seconds that a task may wait before it sends a request again, whatever the server asks for."""

UNKNOWN = ("is not known", "may still", "finds out", "to find out")
"""What an error says of a write of which nobody knows what has become."""

IN_PART = ("Before that", "in part", "was created", "was deleted", "had been deleted", "may lack", "other permissions")
"""What an error says of a write that was made to a part."""

CANARY = "canary"
"""What every planted secret holds, and no other text."""


@dataclass(frozen=True)
class Said:
    """What came of a task, as the user sees it.

    :param result: of a task that succeeded.
    :param error: of one that failed.
    :param seconds: that it took.
    :param pauses: that it made before it sent requests again.
    """

    result: Mapping[str, Any] | None = None
    error: BaseException | None = None
    seconds: float = 0.0
    pauses: tuple[float, ...] = ()

    @property
    def message(self) -> str:
        return str(self.error or "")

    @property
    def facts(self) -> Mapping[str, Any]:
        return self.error.facts if isinstance(self.error, AirflowError) else {}

    @property
    def effect(self) -> Effect:
        """What the error says of the state."""
        known: Effect = getattr(self.error, "effect", Effect.PART if self.facts.get("changed") else Effect.NONE)
        return known

    def shown(self) -> str:
        """Everything that the user gets to see."""
        return json.dumps([self.result, self.message, dict(self.facts)], default=str, ensure_ascii=False)


@dataclass(frozen=True)
class Seen:
    """What is true on the server.

    :param state: anything that can be compared.
    :param is_wished: it is the state that the task is to bring about.
    :param copies: how many there are of what the task makes.
    :param objects: of a task of many objects: ``kind/name`` → its state.
    :param lacks: fields that the object has lost which nobody wanted to change, with their values.
    """

    state: Any
    is_wished: bool = True
    copies: int = 0
    objects: Mapping[str, Any] = field(default_factory=dict)
    lacks: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Observation:
    """A task that a fault befell, and the next one, which no fault befell.

    :param before: the server before the first task, ``after`` it, and ``healed`` after the next one.
    :param wished: of a task of many objects: ``kind/name`` → the state that it is to have.
    :param repeats: every task makes another one, such as a run without an ID.
    :param by_itself: the state comes about by itself, and the task waits for it.
    :param is_right: whether the result of a task that only reads is right; ``None`` for others.
    :param secrets: further texts that nobody may see, such as tokens.
    """

    before: Seen
    after: Seen
    healed: Seen
    said: Said
    next: Said
    wished: Mapping[str, Any] = field(default_factory=dict)
    repeats: bool = False
    by_itself: bool = False
    is_right: bool | None = None
    secrets: frozenset[str] = frozenset()


def judge(seen: Observation) -> dict[str, str]:
    """What is wrong: column → why."""
    wrong: dict[str, str] = {}
    for column, why in (
        (LOST, _lost(seen)),
        (DOUBLED, _doubled(seen)),
        (LEAKED, _leaked(seen)),
        (MISREPORTED, _misreported(seen)),
        (UNHEALED, _unhealed(seen)),
    ):
        if why:
            wrong[column] = why
    return wrong


def _lost(seen: Observation) -> str:
    said, after = seen.said, seen.after
    if said.result is not None and seen.is_right is None and not after.is_wished:
        return f"it said it is done (changed: {said.result.get('changed')}), and it is not"
    told = json.dumps(said.facts.get("lost", _rows(said, "failures", "lost")), default=str)
    silent = [name for name, value in after.lacks.items() if json.dumps(value) not in told]
    if silent:
        return f"the object has lost {', '.join(silent)}, and the error does not hold it"
    for name in _named(said, "applied"):
        if after.objects.get(name) != seen.wished.get(name):
            return f"it said that {name} was applied, and it was not"
    return ""


def _doubled(seen: Observation) -> str:
    made = seen.after.copies - seen.before.copies
    if made > 1:
        return f"one task made {made}"
    again = seen.healed.copies - seen.after.copies
    if again > 1 or (made + again > 1 and not seen.repeats):
        return f"the next task made {again} after {made}"
    return ""


def _leaked(seen: Observation) -> str:
    for shown in (seen.said.shown(), seen.next.shown()):
        if CANARY in shown:
            place = shown.index(CANARY)
            return f"a secret is shown: {shown[max(0, place - 60) : place + 20]!r}"
        if any(text in shown for text in seen.secrets):
            return "what logs the task in is shown"
    return ""


def _misreported(seen: Observation) -> str:
    return _hung(seen.said) or _misreads(seen) or _misjudges(seen)


def _hung(said: Said) -> str:
    """Whether a task has taken longer than anything takes, or crashed."""
    if said.error is not None and (not isinstance(said.error, AirflowError) or "report this bug" in said.message):
        return f"it crashed: {said.error!r}"
    if said.seconds > LONGEST:
        return f"it took {said.seconds:.0f} seconds"
    if any(pause > LONGEST_PAUSE for pause in said.pauses):
        return f"it paused for {max(said.pauses):.0f} seconds"
    return ""


def _misreads(seen: Observation) -> str:
    """Whether a task that reads has returned something else than what there is."""
    if seen.said.result is not None and seen.is_right is False:
        return "what it returned is not what there is"
    return ""


def _misjudges(seen: Observation) -> str:
    """Whether what was said of a change is not so."""
    said, is_changed = seen.said, seen.before.state != seen.after.state
    if seen.by_itself or seen.is_right is not None:
        return ""
    if said.result is not None:
        told = bool(said.result.get("changed"))
        return "" if told is is_changed else f"changed is {told}, and something was changed: {is_changed}"
    if "pending" in said.facts:
        return _misjudges_objects(seen)
    says_unknown = said.effect > Effect.PART and any(text in said.message for text in UNKNOWN)
    says_changed = said.effect is Effect.PART or bool(said.facts.get("changed"))
    if is_changed and said.effect is Effect.NONE:
        return f"it was changed, and the effect of the error is none: {said.message}"
    if is_changed and not says_unknown and not says_changed:
        return f"it was changed, and the error does not say so: {said.message}"
    if not is_changed and says_changed:
        return f"nothing was changed, and the error says so: {said.message}"
    return ""


def _misjudges_objects(seen: Observation) -> str:
    """The same, of a task of many objects that names what has become of each of them."""
    lists = {option: _named(seen.said, option) for option in ("applied", "failures", "unknown", "pending")}
    named = [name for names in lists.values() for name in names]
    if len(named) != len(set(named)):
        return f"it names an object in two lists: {lists}"
    changed = {
        name
        for name in {*seen.before.objects, *seen.after.objects}
        if seen.before.objects.get(name) != seen.after.objects.get(name)
    }
    silent = changed - set(named)
    if silent:
        return f"{', '.join(sorted(silent))} was changed, and is in none of the lists"
    untouched = changed & set(lists["pending"])
    if untouched:
        return f"{', '.join(sorted(untouched))} was changed, and is said to be pending"
    for row in seen.said.facts["failures"]:
        is_said = any(text in row["msg"] for text in IN_PART)
        if f"{row['kind']}/{row['name']}" in changed and not is_said:
            return f"{row['kind']}/{row['name']} was changed, and its failure does not say so: {row['msg']}"
    return ""


def _unhealed(seen: Observation) -> str:
    if seen.next.error is not None:
        return f"the next task failed: {seen.next.message or repr(seen.next.error)}"
    if not seen.healed.is_wished:
        return "the next task did not bring about what is wished"
    if seen.repeats and seen.healed.copies != seen.after.copies + 1:
        return "the next task did not make another one"
    return ""


def _named(said: Said, option: str) -> list[str]:
    return [f"{row['kind']}/{row['name']}" for row in said.facts.get(option, ())]


def _rows(said: Said, option: str, key: str) -> list[Any]:
    rows = [*said.facts.get(option, ()), *said.facts.get("unknown", ())]
    return [row[key] for row in rows if key in row]
