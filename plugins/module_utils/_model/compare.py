# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Is what the server shows what the user wants? Three answers, because servers hide things."""

from __future__ import annotations

import enum
import json
import math
import re
from typing import Any, Callable, Collection

from .api import Api

MASK = "***"
"""What Airflow shows in place of a secret: as a whole value, as a leaf of JSON, or within a longer text."""

MASKED = re.compile(r"\*{3,}")
"""A mask in a text, with the asterisks that may have been beside it."""


class Verdict(enum.Enum):
    """The outcome of one comparison."""

    EQUAL = "equal"
    DIFFERENT = "different"
    UNKNOWN = "unknown"


Comparator = Callable[[Any, Any, Api], Verdict]
"""``(desired, shown, api)``: is what this API shows what is wanted?"""


def _verdict(same: bool) -> Verdict:
    return Verdict.EQUAL if same else Verdict.DIFFERENT


def exact(desired: Any, shown: Any, api: Api) -> Verdict:
    """Compare numbers, booleans and names as they are."""
    return _verdict(desired == shown)


def text(desired: str | None, shown: str | None, api: Api) -> Verdict:
    """Compare free text, where Airflow stores nothing and the empty text alike."""
    return _verdict((desired or "") == (shown or ""))


def names(desired: Collection[str], shown: Collection[str] | None, api: Api) -> Verdict:
    """Compare lists whose order does not matter."""
    return _verdict(set(desired) == set(shown or ()))


def never_shown(desired: Any, shown: Any, api: Api) -> Verdict:
    """Compare a value that no version of Airflow returns."""
    return Verdict.UNKNOWN


def password(desired: str | None, shown: str | None, api: Api) -> Verdict:
    """Compare a connection's password, of which most servers return at best whether there is one.

    :param desired: empty for none; ``None`` for whatever is stored, as nobody says what that has to be, or can know
        whether there is one.
    """
    if desired is None:
        return Verdict.UNKNOWN
    if shown is None:
        return _verdict(not desired) if api.tells_passwords else Verdict.UNKNOWN
    if not desired:
        return _verdict(not shown)
    return masked_text(desired, shown)


def extra(desired: Any, shown: Any, api: Api) -> Verdict:
    """Compare a connection's extra, parsed if it is JSON; none, an empty text and an empty object are the same."""
    if not desired or not shown:
        return _verdict(not desired and not shown)
    return masked_json(desired, shown)


def masked_text(desired: str, shown: str, masks: bool = True) -> Verdict:
    """Compare a text with one in which the server may have hidden parts.

    The parts that are shown have to be found in order; if they are, the rest is unknown. Where the same asterisks are
    wanted within a text (``rm ***/x``), it is what somebody typed; a text of three asterisks is a mask.

    :param masks: whether the server hides anything at all; if not, ``***`` is what is stored.
    """
    if not masks or MASK not in shown or desired == shown != MASK:
        return _verdict(desired == shown)
    first, *middle, last = MASKED.split(shown)
    if not desired.startswith(first):
        return Verdict.DIFFERENT
    position = len(first)
    for part in middle:
        found = desired.find(part, position)
        if found < 0:
            return Verdict.DIFFERENT
        position = found + len(part)
    fits = len(desired) - position >= len(last) and desired.endswith(last)
    return Verdict.UNKNOWN if fits else Verdict.DIFFERENT


def masked_json(desired: Any, shown: Any, masks: bool = True) -> Verdict:
    """Compare parsed JSON with JSON in which the server may have hidden leaves.

    ``1``, ``1.0`` and ``true`` are three different values, as they are for a DAG that reads them.
    """
    if isinstance(shown, str) and isinstance(desired, str):
        return masked_text(desired, shown, masks)
    if masks and shown == MASK:
        return Verdict.UNKNOWN
    if type(desired) is not type(shown):
        return Verdict.DIFFERENT
    if isinstance(desired, dict):
        if desired.keys() != shown.keys():
            return Verdict.DIFFERENT
        return _worst(masked_json(value, shown[name], masks) for name, value in desired.items())
    if isinstance(desired, list):
        if len(desired) != len(shown):
            return Verdict.DIFFERENT
        return _worst(masked_json(*pair, masks) for pair in zip(desired, shown))
    if isinstance(desired, float) and math.isnan(desired):
        return _verdict(math.isnan(shown))
    return _verdict(desired == shown)


def _worst(verdicts: Any) -> Verdict:
    found = set(verdicts)
    for verdict in (Verdict.DIFFERENT, Verdict.UNKNOWN):
        if verdict in found:
            return verdict
    return Verdict.EQUAL


def parse_json(value: str) -> tuple[bool, Any]:
    """Parse a text as Airflow does, if it begins like JSON: ``(True, value)``, or ``(False, None)`` if it is none."""
    try:
        return (True, json.loads(value)) if value[:1] in '{["-0123456789tfnNI \t\n\r' else (False, None)
    except (ValueError, RecursionError):
        return False, None


def to_text(value: Any) -> str:
    """The text that Airflow stores for a value: a text as it is, everything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def json_or_text(desired: Any, shown: str | None, api: Api) -> Verdict:
    """Compare a value that is stored as text and may be JSON.

    By meaning where the text cannot be trusted (the API parses and writes it again when it is read, v2) or does
    not matter (the user gave a dict, list, number or boolean); to the letter otherwise. A value that the server
    does not show at all (``None``: it cannot decrypt it) is unknown.
    """
    if shown is None:
        return Verdict.UNKNOWN
    masks = api.hides_variables
    wanted = to_text(desired)
    if wanted == shown and not (masks and MASK in shown):
        return Verdict.EQUAL
    if api.reserialises_json or not isinstance(desired, str):
        is_json, wanted_value = parse_json(wanted)
        shown_is_json, shown_value = parse_json(shown)
        if is_json and shown_is_json:
            return masked_json(wanted_value, shown_value, masks)
    return masked_text(wanted, shown, masks)


def same_value(desired: Any, shown: Any, api: Api) -> Verdict:
    """Compare JSON values, to the type of each leaf; nothing in them is hidden."""
    return masked_json(desired, shown, masks=False)
