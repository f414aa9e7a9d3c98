# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which hidden values somebody else may have written, by the rows of Airflow's event log. No I/O.

A row says what was asked for, and not whether it was done, which does not matter here: what may have been written is
written over. See docs/decisions/fingerprints.md.
"""

from __future__ import annotations

from typing import Any, Callable, Collection, Iterable, Iterator, Mapping, NamedTuple

from ..._model.compare import MASK, Verdict, masked_text
from .blame import CERTAIN, Deed, Touch, blame_of, event_of, touches
from .ledger import Key

CREATIONS = ("post_", ".create")
"""What is in the name of an event that leaves no field as it was."""


class Sighting(NamedTuple):
    """What a row of the event log does to an object.

    :param who: fit for a terminal.
    :param text: ``touched by ada at 2026-11-30T…``.
    :param is_whole: it leaves no field as it was.
    """

    kind: str
    touch: Touch
    who: str
    text: str
    is_whole: bool


def sightings(rows: Iterable[Mapping[str, Any]]) -> Iterator[Sighting]:
    """What the rows do, in their order."""
    for row in rows:
        event = event_of(row)
        if event:
            who, when, name, _certainty = blame_of(row, CERTAIN)
            is_creation = any(part in str(name) for part in CREATIONS)
            for touch in touches(row):
                is_whole = is_creation or touch.deed is Deed.DELETE or not touch.values
                text = f"touched by {who or 'somebody'} at {when}"
                yield Sighting(event.kind, touch, who or "", text, is_whole)


def touched(
    seen: Iterable[Sighting],
    secrets: Mapping[Key, Collection[str]],
    is_foreign: Callable[[Sighting, Key, bool], bool] = lambda sighting, key, is_exact: True,
) -> dict[Key, dict[str, str]]:
    """Object → field → who may have written it, and when: the newest of them.

    :param seen: the newest ones first.
    :param secrets: object → fields that matter.
    :param is_foreign: whether a sighting is not the own run's; the last argument says whether it names the object.
    """
    found: dict[Key, dict[str, str]] = {}
    for sighting in seen:
        for key, is_exact in _meant(sighting, secrets):
            if not is_foreign(sighting, key, is_exact):
                continue
            for field in secrets[key]:
                if sighting.is_whole or field in sighting.touch.values:
                    said = sighting.text if is_exact else f"perhaps {sighting.text}"
                    found.setdefault(key, {}).setdefault(field, said)
    return found


def _meant(sighting: Sighting, secrets: Mapping[Key, Any]) -> Iterator[tuple[Key, bool]]:
    """The objects that a sighting may be of, and whether it names them."""
    kind, touch = sighting.kind, sighting.touch
    if (kind, touch.name) in secrets:
        yield (kind, touch.name), True
    elif not touch.name and touch.deed is Deed.WRITE:
        # What was deleted without its name is missing now, or was created again.
        yield from ((key, False) for key in secrets if key[0] == kind)
    elif MASK in touch.name:
        fits = (key for key in secrets if key[0] == kind and masked_text(key[1], touch.name) is Verdict.UNKNOWN)
        yield from ((key, False) for key in fits)
