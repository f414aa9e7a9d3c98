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

from ..module_utils._model.secrets import printable

SIGNS = {"create": "+", "update": "~", "delete": "-"}
WORDS = {"create": "to create", "update": "to change", "delete": "to delete"}
LONGEST = 200
"""Characters of a value."""


def plan_markdown(plan: Any) -> str:
    """A list of the changes, with the options that differ.

    :param plan: the content of a ``plan_file``, or the result of airflow_deployment.
    :raises AnsibleFilterError: for something else.
    """
    rows = plan.get("changes", plan.get("plan")) if isinstance(plan, Mapping) else None
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) and "action" in row for row in rows):
        raise AnsibleFilterError(
            "airflow_plan_markdown takes the content of a plan_file, or the result of airflow_deployment"
        )
    changes = [row for row in rows if row["action"] in SIGNS]
    # To the task that writes it, all of it is data.
    text: str = wrap_var("".join(f"{line}\n" for line in _lines(plan, changes)))
    return text


def _lines(plan: Mapping[str, Any], changes: list[Mapping[str, Any]]) -> Iterator[str]:
    counts = Counter(row["action"] for row in changes)
    counted = ", ".join(f"{counts[action]} {word}" for action, word in WORDS.items())
    where = f" for {_code(plan['server'])}" if "server" in plan else ""
    yield f"**Plan{where}**: {counted}"
    if changes:
        yield ""
    for row in changes:
        unlisted = "" if row.get("listed", True) else " (no list names it)"
        yield f"- {_code(SIGNS[row['action']])} {_code(str(row.get('kind')) + '/' + str(row.get('name')))}{unlisted}"
        yield from _options(row)
    digest = plan.get("digest", plan.get("plan_digest"))
    if digest:
        yield ""
        yield f"Digest: {_code(digest)}"


def _options(row: Mapping[str, Any]) -> Iterator[str]:
    """The options that differ; those of a deleted object are not of interest."""
    before, after = row.get("before") or {}, row.get("after") or {}
    unverified = list(row.get("unverified") or ())
    if row["action"] == "delete" or not isinstance(before, Mapping) or not isinstance(after, Mapping):
        return
    # The first is the object's name.
    for name in list(after)[1:]:
        old, new = before.get(name), after[name]
        if old != new:
            yield f"  - {_code(name)}: " + (f"{_code(old)} → {_code(new)}" if before else _code(new))
    for name in unverified:
        yield f"  - {_code(name)} cannot be compared, and is sent"


def _code(value: Any) -> str:
    """A value as a code span, which nothing in it can end."""
    text = printable(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str))
    text = text if len(text) <= LONGEST else f"{text[: LONGEST - 2]} …"
    fence = "`" * (max(map(len, re.findall("`+", text)), default=0) + 1)
    # A space at either end belongs to the span if there is one at both.
    padding = " " if not text.strip() or "`" in text or text[0] == " " == text[-1] else ""
    return f"{fence}{padding}{text or '(empty)'}{padding}{fence}"
