# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan as Markdown, for the comment on a merge request. Every name and value is inside a code span."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any, Iterator, Mapping

from ansible.errors import AnsibleFilterError
from ansible.utils.unsafe_proxy import wrap_var

from ..module_utils._kinds.deployment.kinds import IDENTITIES
from ..module_utils._model.secrets import printable

SIGNS = {"create": "+", "update": "~", "delete": "-"}
REPLACED = "-/+"
WORDS = {"create": "to create", "update": "to change", "delete": "to delete"}
LONGEST = 200
"""Characters of a value."""
KEPT = 20
"""Characters before the place from which long values differ."""


def plan_markdown(plan: Any) -> str:
    """A list of the changes, with the options that differ.

    :param plan: the content of a ``plan_file``, or the result of airflow_deployment.
    :raises AnsibleFilterError: for something else.
    """
    rows = plan.get("changes", plan.get("plan")) if isinstance(plan, Mapping) else None
    if not isinstance(rows, list) or not all(map(_is_row, rows)):
        raise AnsibleFilterError(
            "airflow_plan_markdown takes the content of a plan_file, or the result of airflow_deployment"
        )
    changes = [row for row in rows if row["action"] in SIGNS]
    # To the task that writes it, all of it is data.
    text: str = wrap_var("".join(f"{line}\n" for line in _lines(plan, changes)))
    return text


def _is_row(row: Any) -> bool:
    unverified = row.get("unverified") or [] if isinstance(row, Mapping) else None
    return isinstance(unverified, list) and isinstance(row.get("action"), str) and isinstance(row.get("kind"), str)


def _lines(plan: Mapping[str, Any], changes: list[Mapping[str, Any]]) -> Iterator[str]:
    counts = Counter(row["action"] for row in changes)
    counted = ", ".join(f"{counts[action]} {word}" for action, word in WORDS.items())
    where = f" for {_code(plan['server'])}" if "server" in plan else ""
    yield f"**Plan{where}**: {counted}"
    if changes:
        yield ""
    for row in changes:
        sign = REPLACED if row.get("replaced") else SIGNS[row["action"]]
        notes = " (deleted and created again)" if row.get("replaced") else ""
        notes += "" if row.get("listed", True) else " (no list names it)"
        yield f"- {_code(sign)} {_code(str(row.get('kind')) + '/' + str(row.get('name')))}{notes}"
        yield from _options(row)
    digest = plan.get("digest", plan.get("plan_digest"))
    if digest:
        yield ""
        yield f"Digest: {_code(digest)}"


def _options(row: Mapping[str, Any]) -> Iterator[str]:
    """The options that differ; those of a deleted object are not of interest."""
    before, after = row.get("before") or {}, row.get("after") or {}
    if row["action"] == "delete" or not isinstance(before, Mapping) or not isinstance(after, Mapping):
        return
    for name in after:
        old, new = _text(before.get(name)), _text(after[name])
        if name == IDENTITIES.get(row["kind"]):
            continue
        if not before:
            yield f"  - {_code(name)}: {_code(new)}"
        elif old != new:
            start = max(0, _first_difference(old, new) - KEPT) if max(len(old), len(new)) > LONGEST else 0
            yield f"  - {_code(name)}: {_code(old, start)} → {_code(new, start)}"
        elif name in (row.get("unverified") or ()):
            yield f"  - {_code(name)} cannot be compared, and is left as it is"


def _first_difference(old: str, new: str) -> int:
    pairs = enumerate(zip(old, new))
    return next((place for place, (one, other) in pairs if one != other), min(len(old), len(new)))


def _text(value: Any) -> str:
    return printable(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str))


def _code(value: Any, start: int = 0) -> str:
    """A value as a code span, which nothing in it can end.

    :param start: the character to begin with.
    """
    text = ("… " if start else "") + _text(value)[start:]
    text = text if len(text) <= LONGEST else f"{text[: LONGEST - 2]} …"
    fence = "`" * (max(map(len, re.findall("`+", text)), default=0) + 1)
    # A space at either end belongs to the span if there is one at both.
    padding = " " if not text.strip() or "`" in text or text[0] == " " == text[-1] else ""
    return f"{fence}{padding}{text or '(empty)'}{padding}{fence}"
