# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Logs of task instances as plain text: v1 has them so, v2 as events."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Iterator, Mapping

from ..._engine.options import check_since
from ..._model.api import V1, Since
from ..._model.paths import fill
from ..._model.secrets import redact, redact_leaves

if TYPE_CHECKING:
    from ..._http.client import Client

LOG = "dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/logs/{try_number}"

MAPPED = Since(v1="2.4.0")
"""Before, the API only has logs of tasks that are not mapped, and answers 400 to map_index (2.3.4)."""

FOLD = re.compile(r"::(end)?group::")
"""Markers by which the web interface folds a log; not part of the log itself."""

EXCEPTION = re.compile(r"[A-Za-z_][\w.]*(:.*)?")
"""The line that ends a traceback."""


def read(client: Client, task_instance: Mapping[str, Any]) -> tuple[str, list[Any]]:
    """The log of one try of a task instance, and the events that it is made of (v2 only; v1 has none).

    A task may have logged what this task knows as a secret: that is taken out.

    :param task_instance: ``dag_id``, ``dag_run_id``, ``task_id``, ``map_index``, ``try_number``.
    """
    path, query, index = fill(LOG, task_instance), [("full_content", "true")], task_instance["map_index"]
    if not client.server.lacks(MAPPED):
        query.append(("map_index", str(index)))
    elif index != -1:
        check_since("map_index of a log", MAPPED, client.server)
    if client.server.api is V1:
        text = str(client.call("GET", path, query=query, accept="text/plain"))
        return redact(without_fold_markers(text), client.secrets), []
    answer = client.call("GET", path, query=query, accept="application/json")
    content = answer.get("content") if isinstance(answer, dict) else None
    # Before 3.0.2 or so a remote log can come as one text.
    events = content if isinstance(content, list) else [content or ""]
    text = without_fold_markers("\n".join(line for event in events for line in _lines(event)))
    return redact(text, client.secrets), redact_leaves(events, client.secrets)


def without_fold_markers(text: str) -> str:
    """A log without the fold markers."""
    return "\n".join(line for line in text.splitlines() if not FOLD.search(line))


def last_lines(text: str, count: int) -> str:
    """The end of a text."""
    return "\n".join(text.rstrip().splitlines()[-count:]) if count > 0 else ""


def last_exception(text: str) -> str:
    """The line of a log that names the last exception; empty if there is none."""
    found = ""
    lines = text.splitlines()
    for before, line in zip(lines, lines[1:]):
        if before.startswith("  ") and EXCEPTION.fullmatch(line):
            found = line
    return found


def _lines(event: Any) -> Iterator[str]:
    """An event of v2 as lines of text."""
    if not isinstance(event, dict):
        yield from str(event).splitlines()
        return
    level = str(event.get("level") or "").upper()
    yield " ".join(filter(None, (event.get("timestamp"), level, str(event.get("event", "")))))
    errors = event.get("error_detail") or []
    for position, error in enumerate(reversed(errors)):
        yield from _traceback(error, is_first=position == 0, outer=errors[len(errors) - position :][:1])


def _traceback(error: Mapping[str, Any], is_first: bool, outer: list[Mapping[str, Any]]) -> Iterator[str]:
    """One exception of a chain, in Python's own form; the chain comes outermost first."""
    if not is_first:
        yield ""
        yield (
            "The above exception was the direct cause of the following exception:"
            if outer and outer[0].get("is_cause")
            else "During handling of the above exception, another exception occurred:"
        )
        yield ""
    yield "Traceback (most recent call last):"
    for frame in error.get("frames") or ():
        yield f'  File "{frame.get("filename")}", line {frame.get("lineno")}, in {frame.get("name")}'
    value = str(error.get("exc_value") or "")
    yield f"{error.get('exc_type')}: {value}" if value else str(error.get("exc_type"))
    yield from error.get("exc_notes") or ()
