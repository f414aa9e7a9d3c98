# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write the modules, the documentation fragments, the action group and parts of the roles from the declarations.

With --check nothing is written: files that are not as they would be written are named, and the exit code is 1.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import tree
import yaml
from regions import replaced

ROOT = tree.ROOT
tree.build()
sys.path.insert(0, str(tree.BUILD))

from ansible_collections.dataops.airflow.plugins.module_utils._engine.connect import CONNECTION  # noqa: E402
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.deployment.kinds import KINDS, title_of  # noqa: E402
from ansible_collections.dataops.airflow.plugins.module_utils._model.field import Field  # noqa: E402
from ansible_collections.dataops.airflow.plugins.module_utils._model.listing import Endpoint, Listing  # noqa: E402
from ansible_collections.dataops.airflow.plugins.module_utils._model.operation import Operation  # noqa: E402
from ansible_collections.dataops.airflow.plugins.module_utils._model.resource import UPDATE_SECRETS, Resource  # noqa: E402
from ansible_collections.dataops.airflow.tests.declarations import (  # noqa: E402
    DECLARATIONS,
    ENDPOINTS,
    OPERATIONS,
    RESOURCES,
    Declaration,
)

COLLECTION = "dataops.airflow"
VERSION_ADDED = "0.1.0"
HEADER = """\
# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""
NOTICE = "# Written by tools/generate.py from plugins/module_utils/_kinds: change it there.\n"
FOLDERS = ("plugins/modules", "plugins/action")
"""Folders that hold nothing else than generated files, and the handwritten ones."""
HANDWRITTEN = ("airflow_audit_report", "airflow_dag_files")
"""Modules without a declaration, as they send no requests."""
AUTHOR = ["dataops.airflow contributors (@dataops)"]


RETURNED = "when Airflow returns it"


class Dumper(yaml.SafeDumper):
    """Block style throughout, lists indented, long text folded."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def dump(value: Any) -> str:
    """YAML text of a value."""
    return yaml.dump(value, Dumper=Dumper, sort_keys=False, width=100, allow_unicode=True, default_flow_style=False)


def option(field: Field) -> dict[str, Any]:
    """The documentation of an option."""
    environment = (f"Default is the environment variable E({field.environment}).",) if field.environment else ()
    entry: dict[str, Any] = {"description": [*field.description, *environment], "type": field.type}
    if field.elements:
        entry["elements"] = field.elements
    if field.required:
        entry["required"] = True
    if field.choices:
        entry["choices"] = list(field.choices)
    if field.default is not None:
        entry["default"] = field.default
    if field.contains:
        entry["suboptions"] = {item.name: option(item) for item in field.contains}
    return entry


def returned(field: Field, when: str = "success") -> dict[str, Any]:
    """The documentation of a key of the result; a description that begins with a condition says when it is returned."""
    description = [field.result] if field.result else list(field.description)
    condition = re.match("If ([^,]+), (.)", description[0])
    if condition and when == "success":
        when = f"when {condition[1]}"
        description[0] = condition[2].upper() + description[0][condition.end() :]
    entry: dict[str, Any] = {"description": description, "returned": when, "type": field.type}
    if field.elements:
        entry["elements"] = field.elements
    if field.sample is not None:
        entry["sample"] = field.sample
    if field.contains:
        entry["contains"] = contents(field.contains)
    return entry


def contents(fields: Iterable[Field]) -> dict[str, Any]:
    """The documentation of an object's fields."""
    return {field.name: returned(field, availability(field)) for field in fields}


def availability(field: Field) -> str:
    """When a field is returned."""
    first = [since for since in (field.since.v1, field.since.v2) if since]
    return (
        f"when Airflow returns it (Airflow {' and '.join(f'{since} or later' for since in first)})"
        if first
        else RETURNED
    )


FAILURE = {
    "method": {
        "description": ["Method of the HTTP request that failed."],
        "returned": "when a request failed",
        "type": "str",
        "sample": "POST",
    },
    "url": {
        "description": ["URL of the request that failed."],
        "returned": "when a request failed",
        "type": "str",
        "sample": "https://airflow.example.com/api/v2/pools",
    },
    "status": {
        "description": ["HTTP status of the response."],
        "returned": "when the server responded with an error",
        "type": "int",
        "sample": 403,
    },
    "detail": {
        "description": ["The error message from the server."],
        "returned": "when the server sent one",
        "type": "str",
        "sample": "Forbidden",
    },
    "requests": {
        "description": [
            "The requests that were sent, in order: method, URL, status and milliseconds. Never headers or bodies."
        ],
        "returned": "with C(-vvv)",
        "type": "list",
        "elements": "dict",
    },
}


def resource_result(resource: Resource) -> dict[str, Any]:
    """The RETURN documentation of a resource's module."""
    return {
        resource.kind: {
            "description": [
                f"The {resource.kind} after the change, or as it would be in check mode. Empty if it does not exist."
            ],
            "returned": "success",
            "type": "dict",
            "contains": contents(resource.shown()),
        },
        "action": {
            "description": ["What was done, or would be done in check mode."],
            "returned": "success",
            "type": "str",
            "sample": "create",
        },
        "unverified": {
            "description": ["Options that could not be compared because the server hides their values."],
            "returned": "success",
            "type": "list",
            "elements": "str",
            "sample": [],
        },
        "diff": {
            "description": ["The options that were given, C(before) and C(after) the change, with secrets hidden."],
            "returned": "in diff mode",
            "type": "dict",
        },
        **FAILURE,
    }


def module(
    name: str,
    documentation: Mapping[str, Any],
    examples: str,
    result: Mapping[str, Any],
    source: str,
    spec: str,
) -> str:
    """The text of a module."""
    base = "ansible_collections.dataops.airflow.plugins.module_utils"
    return (
        "#!/usr/bin/python\n"
        + HEADER
        + NOTICE
        + "\nfrom __future__ import annotations\n\n"
        + f'DOCUMENTATION = r"""\n{dump({"module": name, **documentation})}"""\n\n'
        + f'EXAMPLES = r"""\n{examples.strip()}\n"""\n\n'
        + f'RETURN = r"""\n{dump(dict(result))}"""\n\n'
        + f"from {base}._main import run\n"
        + f"from {base}.{source} import {spec}\n\n\n"
        + f"def main() -> None:\n    run({spec})\n\n\n"
        + 'if __name__ == "__main__":\n    main()\n'
    )


def describe(spec: Resource | Endpoint | Operation, fragments: list[str]) -> dict[str, Any]:
    """The DOCUMENTATION of a module, without its name."""
    documentation: dict[str, Any] = {
        "short_description": spec.summary,
        "version_added": VERSION_ADDED,
        "description": list(spec.description),
        "author": AUTHOR,
        "extends_documentation_fragment": [f"{COLLECTION}.{fragment}" for fragment in fragments],
    }
    if spec.options():
        documentation["options"] = {field.name: option(field) for field in spec.options()}
    return documentation


def where(spec: Declaration) -> tuple[str, str]:
    """The module below ``module_utils`` that holds a declaration, and its name there."""
    file = next(file for file, declared in DECLARATIONS.items() if declared is spec)
    return file.replace("/", "."), file.rpartition("/")[2].upper()


def modules() -> dict[str, str]:
    """Module name → text."""
    texts = {}
    for resource in RESOURCES:
        name = f"airflow_{resource.kind}"
        documentation = describe(resource, ["connection", "attributes", "attributes.resource"])
        if resource.policy is UPDATE_SECRETS:
            documentation["attributes"] = {
                "idempotent": {
                    "support": "partial",
                    "details": "A value that the server hides is sent each time, unless O(update_secrets=on_create).",
                }
            }
        texts[name] = module(name, documentation, resource.examples, resource_result(resource), *where(resource))
    manageable = {resource.kind for resource in RESOURCES} | {operation.kind for operation in OPERATIONS}
    for endpoint in ENDPOINTS:
        name = f"airflow_{endpoint.kind}_info"
        documentation = describe(endpoint, ["connection", "attributes", "attributes.info"])
        if isinstance(endpoint, Listing) and endpoint.identity:
            documentation["options"][endpoint.identity.name]["description"].append(
                "If it does not exist, the returned list is empty."
            )
        result = {field.name: returned(field) for field in endpoint.results()}
        if isinstance(endpoint, Listing) and endpoint.kind in manageable:
            result[endpoint.collection]["description"].append(f"See also M({COLLECTION}.airflow_{endpoint.kind}).")
        texts[name] = module(name, documentation, endpoint.examples, {**result, **FAILURE}, *where(endpoint))
    for operation in OPERATIONS:
        name = f"airflow_{operation.kind}"
        documentation = describe(
            operation, ["connection", "attributes", f"attributes.{'action' if operation.writes else 'info'}"]
        )
        result = {field.name: returned(field) for field in operation.results()}
        if operation.writes:
            result["diff"] = {
                "description": ["What changes, as C(before) and C(after)."],
                "returned": "in diff mode",
                "type": "dict",
            }
        failure = {f"http_{key}" if key in result else key: value for key, value in FAILURE.items()}
        texts[name] = module(name, documentation, operation.examples, {**result, **failure}, *where(operation))
    return texts


def connection_fragment() -> str:
    """The documentation fragment of the connection options."""
    documentation = {
        "options": {field.name: option(field) for field in CONNECTION},
        "requirements": ["requests"],
        "notes": [
            "E(HTTP_PROXY), E(HTTPS_PROXY) and E(NO_PROXY) are honoured.",
            "Redirects are not followed.",
            "With C(-vvv) the result lists the requests that were sent, without headers and bodies.",
            "On the controller the module runs inside the Ansible process, where the items of a loop share a session "
            "and a login. Set the variable C(airflow_in_process) to V(false) to turn that off.",
        ],
    }
    return (
        HEADER + NOTICE + '"""The options of every module."""\n\nfrom __future__ import annotations\n\n\n'
        'class ModuleDocFragment:\n    """How to reach Airflow."""\n\n'
        f'    DOCUMENTATION = r"""\n{dump(documentation)}"""\n'
    )


def actions() -> dict[str, str]:
    """Name of an action plugin → text: one for each module.

    One plugin for all of them, routed to by meta/runtime.yml, would import every declaration for each task.
    """
    base = "ansible_collections.dataops.airflow.plugins"
    texts = {}
    specs: dict[str, Resource | Endpoint | Operation] = {
        **{f"airflow_{resource.kind}": resource for resource in RESOURCES},
        **{f"airflow_{operation.kind}": operation for operation in OPERATIONS},
        **{f"airflow_{endpoint.kind}_info": endpoint for endpoint in ENDPOINTS},
    }
    for module_name, spec in specs.items():
        source, name = where(spec)
        texts[module_name] = (
            HEADER + NOTICE + '"""Runs the module of this name inside the Ansible process if that is equivalent."""\n'
            "\nfrom __future__ import annotations\n\n"
            f"from {base}.module_utils.{source} import {name}\n"
            f"from {base}.plugin_utils.in_process import InProcess\n\n\n"
            "class ActionModule(InProcess):\n"
            f'    """{module_name}."""\n\n'
            f"    spec = {name}\n"
        )
    return texts


def runtime(names: Iterable[str]) -> str:
    """The text of meta/runtime.yml."""
    content = {"requires_ansible": ">=2.16.0", "action_groups": {"airflow": sorted(names)}}
    return "---\n" + HEADER + NOTICE + dump(content)


def parts() -> dict[tuple[str, str], str]:
    """File and part of it → its lines: whatever names the kinds of a deployment."""
    purgeable = [option for option, kind in KINDS.items() if kind.is_purgeable]
    options = "".join(f'{option}: "{{{{ airflow_{option} | default(omit) }}}}"\n' for option in KINDS)
    variables: dict[str, Any] = {}
    table = "| variable | objects | each with the options of | can be purged |\n|---|---|---|---|\n"
    for option, kind in KINDS.items():
        title, name = title_of(option), f"airflow_{kind.resource.kind}"
        described = f"{title[0].upper()}{title[1:]}, with the options of M({COLLECTION}.{name})."
        variables[f"airflow_{option}"] = {"description": described, "type": "list", "elements": "dict"}
        table += f"| `airflow_{option}` | {title} | `{name}` | {'yes' if kind.is_purgeable else 'no'} |\n"
    return {
        ("roles/provision/tasks/main.yml", "kinds"): options,
        ("roles/audit/tasks/main.yml", "kinds"): options,
        ("roles/provision/meta/argument_specs.yml", "kinds"): dump(variables),
        ("roles/audit/meta/argument_specs.yml", "kinds"): dump(variables),
        ("roles/provision/meta/argument_specs.yml", "purgeable"): f"choices: [{', '.join(purgeable)}]\n",
        ("roles/export/meta/argument_specs.yml", "kinds"): f"choices: [{', '.join(KINDS)}]\n",
        ("roles/audit/vars/main.yml", "kinds"): (
            "audit__kinds: >-\n"
            f"  {{{{ query('ansible.builtin.varnames', '^airflow_({'|'.join(purgeable)})$')\n"
            "  | map('regex_replace', '^airflow_', '') | list }}\n"
        ),
        ("playbooks/migrate.yml", "kinds"): (
            f"export_gather: [{', '.join(option for option, kind in KINDS.items() if not kind.is_awaited)}]\n"
        ),
        ("roles/provision/README.md", "kinds"): table,
    }


def wanted() -> dict[Path, str]:
    """Every generated file and its text, and every file with generated parts."""
    texts = modules()
    files = {ROOT / "plugins/modules" / f"{name}.py": text for name, text in texts.items()}
    files.update({ROOT / "plugins/action" / f"{name}.py": text for name, text in actions().items()})
    files[ROOT / "plugins/doc_fragments/connection.py"] = connection_fragment()
    files[ROOT / "meta/runtime.yml"] = runtime(texts)
    for (name, part), lines in parts().items():
        path = ROOT / name
        files[path] = replaced(files.get(path) or path.read_text(encoding="utf-8"), part, lines)
    return files


def main() -> int:
    """Write or check."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, fail if a file is not up to date")
    check = parser.parse_args().check
    files = wanted()
    stale = [path for path, text in files.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    extra = [
        path
        for folder in FOLDERS
        for path in (ROOT / folder).glob("*.py")
        if path not in files and path.stem not in HANDWRITTEN
    ]
    if not check:
        for path in stale:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(files[path], encoding="utf-8")
        for path in extra:
            path.unlink()
    for path in (*stale, *extra):
        print(f"{'out of date' if check else 'written' if path in files else 'removed'}: {path.relative_to(ROOT)}")
    wrong = len(stale) + len(extra)
    print(f"generate: {len(files) - len(stale)} up to date, {wrong} {'out of date' if check else 'changed'}")
    return 1 if check and wrong else 0


if __name__ == "__main__":
    sys.exit(main())
