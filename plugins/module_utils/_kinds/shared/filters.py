# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Helpers to declare filters and fields of results."""

from __future__ import annotations

from typing import Any

from ..._model.api import EVER, Since
from ..._model.field import Field
from ..._model.secrets import Secrecy
from ..._model.timestamps import moment

NEW_IN_3 = Since(v1=None, v2="3.0.0")
NEW_IN_3_1 = Since(v1=None, v2="3.1.0")
NEW_IN_3_2 = Since(v1=None, v2="3.2.0")
NEW_IN_3_2_2 = Since(v1=None, v2="3.2.2")
NEW_IN_3_3 = Since(v1=None, v2="3.3.0")
ONLY_2 = Since(v2=None)

RUN_STATES = ("queued", "running", "success", "failed")

BATCH = frozenset(
    {
        *(
            f"{name}_{end}"
            for name in ("run_after", "logical_date", "start_date", "end_date", "duration")
            for end in ("gte", "gt", "lte", "lt")
        ),
        "conf_contains",
    }
)
"""The filters that the API has for several DAGs, too."""

TASK_STATES = (
    "awaiting_input",
    "deferred",
    "failed",
    "none",
    "queued",
    "removed",
    "restarting",
    "running",
    "scheduled",
    "skipped",
    "success",
    "up_for_reschedule",
    "up_for_retry",
    "upstream_failed",
)


def needs(since: Since) -> tuple[str, ...]:
    """The sentence that says which versions have something; none if all have it."""
    two, three = since.v1, since.v2
    if two is None:
        return (f"Needs Airflow {_short(three or '3')}.",)
    if three is None:
        return (f"Only Airflow 2 has it{f', from {_short(two)} on' if two else ''}.",)
    if two and three:
        return (f"Needs Airflow 2 from {_short(two)} on, or Airflow 3 from {_short(three)} on.",)
    if two or three:
        return (f"Needs Airflow {_short(two)}." if two else f"On Airflow 3, it needs {_short(three)}.",)
    return ()


def _short(version: str) -> str:
    """``3`` for 3.0.0, ``3.1`` for 3.1.0, ``3.3.1`` as it is."""
    while version.endswith(".0"):
        version = version[:-2]
    return version


def option(name: str, description: str, type: str = "str", since: Since = EVER, **more: Any) -> Field:
    """A filter, with the required versions in its description."""
    return Field(name, type=type, description=(description, *needs(since)), since=since, **more)


def listed(name: str, description: str, since: Since = EVER, elements: str = "str", **more: Any) -> Field:
    """A filter that takes a list."""
    return option(name, description, "list", since, elements=elements, **more)


def pattern(name: str, what: str, since: Since = NEW_IN_3_1) -> tuple[Field, Field]:
    """The two filters by a part of a text."""
    part = f"Return only those whose {what} contains this text. Not case-sensitive; V(%) and V(_) are wildcards."
    return (
        option(f"{name}_pattern", part, since=since),
        option(f"{name}_prefix_pattern", f"Return only those whose {what} begins with this text.", since=NEW_IN_3_2_2),
    )


def between(
    name: str,
    what: str,
    type: str = "str",
    since: Since = EVER,
    open_since: Since = NEW_IN_3_1,
    old_name: str = "",
) -> tuple[Field, ...]:
    """The filters by a range, of dates unless another type is given.

    :param since: the versions that have the closed ends.
    :param open_since: the same for the open ends.
    :param old_name: its name on v1, if that is different.
    """
    parse = {"parse": moment} if type == "str" else {}
    dated = " ISO 8601, in UTC unless it has an offset." if type == "str" else ""
    words = {"gte": "or later", "lte": "or earlier", "gt": "later", "lt": "earlier"}
    if type != "str":
        words = {"gte": "or more", "lte": "or less", "gt": "more", "lt": "less"}
    return tuple(
        option(
            f"{name}_{end}",
            f"Return only those whose {what} is this {word}.{dated}"
            if end.endswith("e")
            else f"Return only those whose {what} is {word} than this.{dated}",
            type,
            since if end.endswith("e") else open_since,
            names={"v1": f"{old_name}_{end}"} if old_name else {},
            **parse,
        )
        for end, word in words.items()
    )


def result_field(name: str, description: str, type: str = "str", sample: Any = None, **more: Any) -> Field:
    """A field of an object in results."""
    return Field(name, type=type, description=(description,), sample=sample, **more)


STATE_VALUE = result_field("value", "The stored value.", "raw", {"cursor": 17}, secrecy=Secrecy.BY_NAME)
