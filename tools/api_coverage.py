# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which module reaches which operation of Airflow's APIs, and whether real servers have seen it.

Prints the table and writes docs/api_coverage.md. What the servers saw is taken down by the integration tests; the exit
code is 1 if they have not seen all that the modules are said to reach.
"""

from __future__ import annotations

import importlib
import json
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import tree
import yaml

DATA = tree.ROOT / "tests/api"
RECORDS = tree.BUILD / "api"
PAGE = tree.ROOT / "docs/api_coverage.md"

PREFIXES = {"v1": "/api/v1", "v2": "/api/v2", "fab": "/auth/fab/v1"}
VERSIONS = {"v1": "2.11.2", "v2": "3.3.2", "fab": "3.3.2"}
TITLES = {"v1": "API v1 (Airflow 2)", "v2": "API v2 (Airflow 3)", "fab": "FAB auth manager (Airflow 3)"}
HEAD = """\
<!--
Copyright (c) 2026, dataops.airflow contributors
GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
SPDX-License-Identifier: GPL-3.0-or-later
Written by tools/api_coverage.py from tests/api: change it there.
-->

# Coverage of Airflow's APIs

Every operation of the API descriptions in Airflow's own packages. *Seen* means that the integration tests have sent it
to a real server. An operation that no module reaches is listed with the reason.
"""

OTHER = "{server}"
"""Begins the path of an operation that lies beside the API's own paths."""


@dataclass(frozen=True)
class Line:
    api: str
    operation: str
    request: str
    modules: tuple[str, ...]
    reason: str
    seen: bool


def operations() -> dict[str, list[dict[str, Any]]]:
    """API name → what it can do."""
    loaded: dict[str, list[dict[str, Any]]] = yaml.safe_load((DATA / "operations.yml").read_text())
    return loaded


def record(version: str, requests: Iterable[tuple[str, str]]) -> None:
    """Note the operations that requests belong to, beside those that were seen before."""
    RECORDS.mkdir(parents=True, exist_ok=True)
    file = RECORDS / f"{version}.json"
    known = operations()
    seen = set(map(tuple, json.loads(file.read_text()) if file.exists() else ()))
    for method, url in requests:
        path = urlsplit(url).path
        for api in (name for name, own in VERSIONS.items() if own == version):
            found = operation(known[api], api, method, path)
            if found:
                seen.add((api, found))
    file.write_text(json.dumps(sorted(seen)))


def operation(known: list[dict[str, Any]], api: str, method: str, path: str) -> str | None:
    """The ID of the operation that a request asks for; of several the one with the fewest variables in its path."""
    fitting = [
        item for item in known if item["method"] == method and re.fullmatch(pattern(item["path"], PREFIXES[api]), path)
    ]
    return min(fitting, key=lambda item: item["path"].count("{"))["id"] if fitting else None


def pattern(template: str, prefix: str) -> str:
    """The regular expression of a path template."""
    own = template.removeprefix(OTHER) if template.startswith(OTHER) else prefix + template
    return re.sub(r"\\{[^}]*\\}", "[^/]+", re.escape(own))


def lines() -> Iterator[Line]:
    """The table."""
    tree.build()
    sys.path.insert(0, str(tree.BUILD))
    coverage = importlib.import_module("ansible_collections.dataops.airflow.tests.coverage").load()
    seen = set()
    for file in RECORDS.glob("*.json"):
        seen |= set(map(tuple, json.loads(file.read_text())))
    for api, listed in operations().items():
        for item in listed:
            name = item["id"]
            modules = tuple(module for module, own in coverage["reached"].items() if name in own.get(api, ()))
            reasons = [entry["reason"] for entry in coverage["exceptions"] if name in entry.get(api, ())]
            request = f"{item['method']} {item['path'].removeprefix(OTHER)}"
            yield Line(api, name, request, modules, " ".join(reasons), (api, name) in seen)


def page(table: list[Line]) -> str:
    """The table as a page."""
    parts = [HEAD]
    for api, title in TITLES.items():
        own = [line for line in table if line.api == api]
        reached = [line for line in own if line.modules]
        parts.append(
            f"\n## {title}\n\n{len(reached)} of {len(own)} operations are reached, {len(own) - len(reached)} are "
            f"exceptions; Airflow {VERSIONS[api]} has seen {sum(line.seen for line in reached)}.\n\n"
            "| Operation | Request | Modules | Seen |\n| --- | --- | --- | --- |\n"
        )
        for line in own:
            modules = ", ".join(line.modules) or f"none: {line.reason}"
            parts.append(f"| {line.operation} | `{line.request}` | {modules} | {'yes' if line.seen else 'no'} |\n")
    return "".join(parts)


def main() -> int:
    """Print and write the table."""
    table = list(lines())
    for line in table:
        mark = "seen" if line.seen else "not seen" if line.modules else "exception"
        print(f"{line.api:4} {mark:10} {line.request:100} {', '.join(line.modules)}")
    PAGE.write_text(page(table), encoding="utf-8")
    missing = [line for line in table if line.modules and not line.seen]
    reached = sum(bool(line.modules) for line in table)
    print(f"\n{reached} of {len(table)} operations are reached, {len(table) - reached} are exceptions with a reason.")
    print(f"Real servers have seen {reached - len(missing)} of {reached}: {PAGE.relative_to(tree.ROOT)}")
    for line in missing:
        print(f"not seen: {line.api} {line.operation} ({', '.join(line.modules)})")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
