# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What each version of Airflow's APIs has, as tools/api_history.py has taken it down in tests/api/history."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "api/history"


class History:
    """The history of one API.

    :param versions: the known ones, in order.
    :param types: fact without its type → version → type; the type of an operation is empty.
    """

    def __init__(self, api: str) -> None:
        lines = [line for line in (FOLDER / f"{api}.txt").read_text().splitlines() if not line.startswith("# ")]
        self.versions = lines[0].removeprefix("versions: ").split()
        self.types: dict[str, dict[str, str]] = {}
        for line in lines[1:]:
            fact, spans = line.split("\t")
            method, path, *rest = fact.split(" ")
            name = " ".join((method, path, *rest[:1]))
            for version in self._expanded(spans):
                self.types.setdefault(name, {})[version] = rest[1] if rest else ""

    def _expanded(self, spans: str) -> list[str]:
        found = []
        for span in spans.split():
            first, _to, last = span.partition("-")
            end = self.versions.index(last) + 1 if last else len(self.versions)
            found += self.versions[self.versions.index(first) : end]
        return found

    def having(self, fact: str) -> Mapping[str, str]:
        """The versions that have something, and the type that it has in each."""
        return self.types.get(fact, {})


@functools.lru_cache(maxsize=None)
def history(api: str) -> History:
    return History(api)


def shape(path: str) -> str:
    """A path without the names of its variables."""
    return "/" + re.sub(r"{[^}]*}", "{}", path.lstrip("/"))
