# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Airflow's own command line exports, as the lists that airflow_deployment takes.

The texts in such a file are data, whatever they look like and wherever the file came from. Before ansible-core 2.19 a
filter has to say so: parsing makes new texts, and what is not marked is a template there.
"""

from __future__ import annotations

import re
from typing import Any, Callable, Mapping

import yaml
from ansible.errors import AnsibleFilterError
from ansible.module_utils.common.collections import is_string
from ansible.utils.unsafe_proxy import wrap_var

from ..module_utils._core.compare import parse_json

PARTS = ("conn_type", "description", "host", "login", "password", "schema", "port", "extra")
POOL = ("slots", "description", "include_deferred", "team_name")

ASSIGNMENT = re.compile(r"[^\s:={\[]+=")
"""How a line of a file of the form ``.env`` begins."""


def variables(content: Any) -> list[dict[str, Any]]:
    """The variables of an export: ``{key: value}``, or ``{key: {"value": value, "description": text}}``."""
    found = []
    for key, given in sorted(_objects(content, "variables").items()):
        is_described = isinstance(given, Mapping) and "value" in given and set(given) <= {"value", "description"}
        value = given["value"] if is_described else given
        # Airflow stores null as JSON; a value of none is an option that is not given.
        entry = {"key": key, "value": "null" if value is None else value}
        if is_described and given.get("description"):
            entry["description"] = given["description"]
        found.append(entry)
    return _data(found)


def connections(content: Any) -> list[dict[str, Any]]:
    """The connections of an export: ``{id: {"conn_type": …}}``, ``{id: uri}``, or lines of ``id=uri``."""
    return _data([_connection(*item) for item in sorted(_objects(content, "connections", _lines).items())])


def pools(content: Any) -> list[dict[str, Any]]:
    """The pools of an export: ``{name: {"slots": number, "description": text, "include_deferred": truth}}``."""
    found = []
    for name, given in sorted(_objects(content, "pools").items()):
        if not isinstance(given, Mapping) or "slots" not in given:
            raise AnsibleFilterError(f"Pool {name!r} has no slots")
        found.append({"name": name, **_known(given, POOL, f"Pool {name!r}")})
    return _data(found)


def _data(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Texts and keys that Ansible never templates."""
    return list(wrap_var(found))


def _connection(name: str, given: Any) -> dict[str, Any]:
    if isinstance(given, list) and len(given) == 1:
        given = given[0]
    if isinstance(given, str) and given.startswith("{"):
        given = parse_json(given)[1]
    if isinstance(given, str):
        return {"connection_id": name, "uri": given}
    if not isinstance(given, Mapping):
        raise AnsibleFilterError(f"Connection {name!r} is neither a URI nor a dictionary of its parts")
    parts = {key: value for key, value in given.items() if key != "conn_id"}
    if "extra_dejson" in parts:
        parts["extra"] = parts.pop("extra_dejson")
    return {"connection_id": name, **_known(parts, PARTS, f"Connection {name!r}")}


def _known(given: Mapping[str, Any], names: tuple[str, ...], title: str) -> dict[str, Any]:
    """What is given of the parts that there are."""
    unknown = sorted(set(given) - set(names))
    if unknown:
        raise AnsibleFilterError(f"{title} has parts that are not known: {', '.join(unknown)}")
    return {name: given[name] for name in names if given.get(name) not in (None, "")}


def _lines(content: str) -> Mapping[str, Any] | None:
    """What the lines of a file of the form ``.env`` assign; ``None`` if it is no such file."""
    lines = [line for line in content.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    if not all(ASSIGNMENT.match(line) for line in lines):
        return None
    return dict(line.split("=", 1) for line in lines)


def _objects(
    content: Any, what: str, further: Callable[[str], Mapping[str, Any] | None] | None = None
) -> Mapping[str, Any]:
    """The objects in a file by name; the file as text or parsed.

    :param further: reads a text that may be neither JSON nor YAML.
    """
    # A variable from an inline vault is no str before ansible-core 2.19.
    parsed = _parsed(str(content), further) if is_string(content) else content
    if not isinstance(parsed, Mapping):
        raise AnsibleFilterError(f"This is no export of {what}: it has to be a dictionary of them by name")
    return {str(name): value for name, value in parsed.items()}


def _parsed(content: str, further: Callable[[str], Any] | None) -> Any:
    """What is in a text. An error of a parser would quote it, passwords and all."""
    is_json, parsed = parse_json(content)
    if is_json:
        return parsed
    parsed = further(content) if further else None
    if parsed is not None:
        return parsed
    try:
        return yaml.safe_load(content)
    except yaml.YAMLError:
        return None
