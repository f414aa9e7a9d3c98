# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Write tests/api/operations.yml: what the APIs can do, from the descriptions within installed Airflow packages.

The packages are those of the servers that "make test-live KEEP=1" leaves running.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import servers
import tree
import yaml

OPERATIONS = tree.ROOT / "tests/api/operations.yml"

DESCRIPTIONS = {
    "v1": ("2.11.2", "airflow/api_connexion/openapi/v1.yaml", ""),
    "v2": ("3.3.2", "airflow/api_fastapi/core_api/openapi/v2-rest-api-generated.yaml", "/api/v2"),
    "fab": (
        "3.3.2",
        "airflow/providers/fab/auth_manager/api_fastapi/openapi/v2-fab-auth-manager-generated.yaml",
        "/auth/fab/v1",
    ),
}
"""API name → version of Airflow, where its description lies in the package, and the root of its paths there."""


class Dumper(yaml.SafeDumper):
    """Lists indented, as yamllint wants them."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


METHODS = ("get", "post", "put", "patch", "delete")

HEADER = """\
---
# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Written by tools/api_operations.py from the descriptions in Airflow's own packages.
"""


def packages(version: str) -> Path:
    """Where the packages of a running server are."""
    server = json.loads((servers.SANDBOXES / f"{servers.FOR_TESTS}-{version}.json").read_text())
    state = json.loads((Path(server["directory"]) / "sandbox.json").read_text())
    return next(Path(state["venv"]).glob("lib/python*/site-packages"))


def resolved(description: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    """What a reference within the description stands for."""
    while "$ref" in part:
        found: Any = description
        for key in part["$ref"].removeprefix("#/").split("/"):
            found = found[key]
        part = found
    return part


def filters(description: dict[str, Any], path: dict[str, Any], operation: dict[str, Any]) -> list[str]:
    """The names of the query parameters of an operation, or of what its body can hold."""
    if body := operation.get("requestBody"):
        return sorted(resolved(description, body["content"]["application/json"]["schema"])["properties"])
    own = [resolved(description, item) for item in (*path.get("parameters", ()), *operation.get("parameters", ()))]
    return sorted(item["name"] for item in own if item["in"] == "query")


def operations(name: str) -> list[dict[str, Any]]:
    """The operations of an API: method, path, ID, and what a read can be asked for."""
    version, file, root = DESCRIPTIONS[name]
    description = yaml.load((packages(version) / file).read_text(), Loader=yaml.CSafeLoader)
    found = []
    for path, methods in description["paths"].items():
        for method in METHODS:
            if method not in methods:
                continue
            own = path.removeprefix(root) if path.startswith(root) else f"{{server}}{path}"
            entry = {"method": method.upper(), "path": own, "id": methods[method]["operationId"]}
            is_read = method == "get" or own.endswith("/list")
            query = filters(description, methods, methods[method]) if is_read else []
            found.append({**entry, "query": query} if query else entry)
    return found


def main() -> int:
    """Write the list."""
    listed = {name: operations(name) for name in DESCRIPTIONS}
    text = yaml.dump(listed, Dumper=Dumper, sort_keys=False, width=150, default_flow_style=False)
    OPERATIONS.parent.mkdir(parents=True, exist_ok=True)
    OPERATIONS.write_text(HEADER + text, encoding="utf-8")
    print(", ".join(f"{name}: {len(found)} operations" for name, found in listed.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
