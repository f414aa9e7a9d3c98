# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether Airflow has parsed a file as it is now, decided from what Airflow returns about it again and again. No I/O.

A parse that was under way when the file was replaced stores what the file was before. Airflow begins to parse a file
only when the former parse of it is stored; so of two parses that are stored after the replacement, the second one has
begun after it, whatever the clocks say. With several processors that parse the same folder, each may have one under
way.

A parse stores a changed structure of a DAG (its tasks, its schedule) only if the former one was stored some time ago,
``[core] min_serialized_dag_update_interval``. Where that may not be so, a parse counts that long after the last one
that may have stored the former structure.
"""

from __future__ import annotations

import posixpath
import re
from datetime import timedelta
from typing import Any, Iterable, Mapping, NamedTuple

from ..._model.timestamps import parse


class Known(NamedTuple):
    """What Airflow returns about a file.

    :param dags: ID of each DAG in it → when it was last parsed.
    :param token: identifies the file in requests; empty if it has no DAG.
    :param error: its import error.
    """

    dags: Mapping[str, str]
    token: str = ""
    error: Mapping[str, Any] | None = None

    @property
    def parsed(self) -> str:
        """When a DAG was last parsed; empty if none ever was. All times of one server are written in one way."""
        return max(self.dags.values(), default="")

    @property
    def latest(self) -> str:
        """A DAG of the last parse."""
        return max(self.dags, key=lambda dag_id: self.dags[dag_id])

    @property
    def failed(self) -> str:
        """When the import last failed; empty if it did not."""
        return str(self.error["timestamp"]) if self.error else ""

    @property
    def is_nothing(self) -> bool:
        """Whether Airflow has never parsed it, or found nothing in it."""
        return not self.parsed and not self.failed


NOTHING = Known({})


def survey(
    folder: str, files: Iterable[str], dags: Iterable[Mapping[str, Any]], errors: Iterable[Mapping[str, Any]]
) -> dict[str, Known]:
    """Find out what Airflow returns about some files.

    :param folder: the folder of the files as Airflow sees it.
    :param dags: all DAGs, stale ones included.
    :param errors: all import errors.
    """
    places = {posixpath.normpath(posixpath.join(folder, file)): file for file in files}
    found: dict[str, dict[str, str]] = {}
    tokens: dict[str, str] = {}
    roots: dict[str, str] = {}
    for dag in dags:
        place, below = str(dag.get("fileloc")), dag.get("relative_fileloc")
        if below and place.endswith("/" + below):
            roots[str(dag.get("bundle_name"))] = place[: -len(below)]
        if place in places:
            # A DAG that was never parsed since it was known has no time.
            found.setdefault(places[place], {})[str(dag["dag_id"])] = str(dag.get("last_parsed_time") or "")
            tokens[places[place]] = str(dag.get("file_token") or "")
    failed = {}
    for error in errors:
        for place, file in places.items():
            if _is_at(place, error, roots):
                failed[file] = error
    return {file: Known(found.get(file, {}), tokens.get(file, ""), failed.get(file)) for file in places.values()}


def _is_at(place: str, error: Mapping[str, Any], roots: Mapping[str, str]) -> bool:
    """Whether an import error is that of a file. Airflow 3 returns its path in a bundle; DAGs show where that is."""
    name = str(error["filename"])
    root = roots.get(str(error.get("bundle_name")))
    if posixpath.isabs(name) or root:
        return posixpath.join(root or "", name) == place
    return place.endswith("/" + name)


class Watch:
    """One file, from when its new version was in place.

    :param first: what Airflow returned about it then.
    :param needed: number of parses after which the new version has certainly been parsed.
    :param optional: whether Airflow may find nothing in it.
    :param interval: seconds after which a structure is certainly stored.
    """

    def __init__(self, first: Known, needed: int, optional: bool = False, interval: float = 0) -> None:
        self.first = self.last = first
        self.optional = optional
        self.is_old = False
        self._needed = needed
        self._interval = timedelta(seconds=interval)
        self._former = first.parsed
        self._parses = self._failures = 0

    def has_new_dags(self, known: Known) -> bool:
        """Whether DAGs have been parsed since the last look."""
        return known.parsed > self.last.parsed

    def see(self, known: Known, is_old: bool = False) -> bool:
        """Process another look.

        :param is_old: the source that Airflow has is not that of the new version.
        :return: whether it has been parsed since the look before.
        """
        parsed, failed = self.has_new_dags(known), bool(known.failed) and known.failed != self.last.failed
        self.last = known
        if parsed:
            self.is_old = is_old
            self._parses += not is_old
            if self._parses < self._needed:
                self._former = known.parsed
        # The same parse can yield a DAG and an error, so these are not added up.
        self._failures += failed
        return parsed or failed

    @property
    def is_done(self) -> bool:
        """Whether the new version has been parsed, or there is nothing to wait for.

        A new file has never been parsed in another version; but an error in it may come from another file that was not
        in place yet.
        """
        if self.optional and self.last.is_nothing:
            return True
        if self.first.is_nothing and self._parses > 0:
            return True
        return self._failures >= self._needed or (self._parses >= self._needed and self._is_stored)

    @property
    def _is_stored(self) -> bool:
        """Whether the last parse has stored the structure, too."""
        former = self._former
        return not self._interval or not former or parse(self.last.parsed) - parse(former) > self._interval

    @property
    def dag_ids(self) -> list[str]:
        """The DAGs that were found in the new version."""
        return sorted(name for name, parsed in self.last.dags.items() if parsed != self.first.dags.get(name))

    @property
    def state(self) -> str:
        """What is known about a file that was not parsed in time."""
        if self.last.is_nothing:
            return "Airflow has found no DAG in it"
        if self.is_old:
            return "Airflow has a different version of its source"
        if not self._parses and not self._failures:
            return "not parsed since it was put in place"
        if self._parses >= self._needed:
            return "parsed, but so soon after the former version that its structure may not be stored yet"
        return "parsed once, and that parse may have begun before it was put in place"


def import_error(file: str, error: Mapping[str, Any]) -> dict[str, Any]:
    """An import error as a result has it: the file, the line in it, the last line of the traceback, and all of it."""
    trace = str(error.get("stack_trace") or "").strip()
    lines = re.findall(r'File "([^"]*)", line (\d+)', trace)
    own = [int(line) for path, line in lines if path.endswith("/" + file)]
    return {
        "file": file,
        "line": own[-1] if own else None,
        "message": trace.splitlines()[-1].strip() if trace else "",
        "stack_trace": trace,
    }


def one_line(error: Mapping[str, Any]) -> str:
    """An import error in one line."""
    line = f":{error['line']}" if error["line"] else ""
    return f"{error['file']}{line}: {error['message']}"
