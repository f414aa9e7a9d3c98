# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Write tests/api/history: what each version of Airflow's APIs has, from the descriptions in Airflow's own packages.

One fact a line, with the versions that have it::

    GET /pools                      2.3.0-
    GET /pools ?order_by string     2.3.0-
    POST /pools <slots integer      2.3.0-
    GET /pools >pools[].slots integer   2.3.0-2.6.3 2.8.0-

``?`` is a parameter of the query, ``<`` a field of the body, ``>`` a field of the answer. A fact that the last known
version has is open at its end, so that a new version changes the lines of what has appeared, vanished, or changed its
type, and no others: ``git diff`` shows what is new in its API, and the unit tests say what that means for the modules.

Give the versions to add, such as ``3.4.0``, or ``fab-3.11.0`` for the FAB provider; without any, all versions of the
history are read again. Packages are fetched with uv, without what they depend on.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import tree
import yaml

HISTORY = tree.ROOT / "tests/api/history"
PACKAGES = tree.BUILD / "api-packages"
METHODS = ("get", "post", "put", "patch", "delete")
DEEPEST = 3
"""Levels of an answer that are taken down: rows of a list, their fields, and the fields of those."""

HEADER = """\
# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Written by tools/api_history.py from the descriptions in Airflow's own packages.
"""


class Source(NamedTuple):
    """Where the description of an API lies.

    :param package: its distribution.
    :param python: a version of Python that the package can be installed for.
    :param files: where it may be in the package → the root of the paths in it; an operation counts as the first of
        those that there are describes it.
    """

    package: str
    python: str
    files: Mapping[str, str]


FAB = "airflow/providers/fab/auth_manager"
V2 = "airflow/api_fastapi/core_api/openapi"
SOURCES: Mapping[str, Source] = {
    "v1": Source("apache-airflow", "3.10", {"airflow/api_connexion/openapi/v1.yaml": ""}),
    "v2": Source(
        "apache-airflow-core",
        "3.12",
        {f"{V2}/v2-rest-api-generated.yaml": "/api/v2", f"{V2}/v1-rest-api-generated.yaml": "/api/v2"},
    ),
    "fab": Source(
        "apache-airflow-providers-fab",
        "3.12",
        {
            f"{FAB}/api_fastapi/openapi/v2-fab-auth-manager-generated.yaml": "/auth/fab/v1",
            f"{FAB}/openapi/v1-flask-api.yaml": "",
            f"{FAB}/openapi/v1.yaml": "",
        },
    ),
}


def parsed(version: str) -> tuple[int, ...]:
    """A version as numbers to compare."""
    return tuple(map(int, version.split(".")))


def fetch(api: str, version: str) -> Path:
    """The folder of a package, installed without what it depends on."""
    source, folder = SOURCES[api], PACKAGES / f"{api}-{version}"
    if not folder.exists():
        command = [str(tree.ROOT / ".venv/bin/uv"), "pip", "install", "--quiet", "--no-deps"]
        command += ["--python-version", source.python, "--target", str(folder), f"{source.package}=={version}"]
        subprocess.run(command, check=True)
    return folder


class Description:
    """One description of an API, as facts."""

    def __init__(self, document: dict[str, Any], root: str) -> None:
        self._document = document
        self._root = root

    def facts(self) -> Iterator[str]:
        """What the API has."""
        for path, methods in self._document["paths"].items():
            own = path.removeprefix(self._root) if path.startswith(self._root) else f"{{server}}{path}"
            for method in METHODS:
                if method in methods:
                    yield from self._operation(f"{method.upper()} {shape(own)}", methods, methods[method])

    def _operation(self, name: str, shared: dict[str, Any], operation: dict[str, Any]) -> Iterator[str]:
        yield name
        for item in (*shared.get("parameters", ()), *operation.get("parameters", ())):
            parameter = self._resolved(item)
            if parameter["in"] == "query":
                yield f"{name} ?{parameter['name']} {self._type(parameter.get('schema', {}))}"
        for schema in self._schemas(operation.get("requestBody", {})):
            yield from (f"{name} <{field}" for field in self._fields(schema, ()))
        for status, response in operation.get("responses", {}).items():
            if str(status).startswith("2"):
                for schema in self._schemas(self._resolved(response)):
                    yield from (f"{name} >{field}" for field in self._fields(schema, ()))

    def _schemas(self, part: dict[str, Any]) -> Iterator[dict[str, Any]]:
        content = self._resolved(part).get("content", {})
        yield from (kind.get("schema", {}) for name, kind in content.items() if name == "application/json")

    def _resolved(self, part: dict[str, Any]) -> dict[str, Any]:
        while "$ref" in part:
            found: Any = self._document
            for key in part["$ref"].removeprefix("#/").split("/"):
                found = found[key]
            part = found
        return part

    def _variants(self, schema: dict[str, Any]) -> list[dict[str, Any]]:
        """The schemas that a schema is one of, or all of, without null."""
        schema = self._resolved(schema)
        parts = [part for key in ("anyOf", "oneOf", "allOf") for part in schema.get(key, ())]
        if not parts:
            return [schema]
        own = [{key: value for key, value in schema.items() if key == "properties"}] if "properties" in schema else []
        found = [variant for part in parts for variant in self._variants(part)]
        return own + [variant for variant in found if variant.get("type") != "null"]

    def _type(self, schema: dict[str, Any]) -> str:
        names: set[str] = set()
        for variant in self._variants(schema):
            kind = variant.get("type") or ("object" if "properties" in variant else "any")
            kinds = kind if isinstance(kind, list) else [kind]
            names.update(f"[{self._type(variant.get('items', {}))}]" if one == "array" else one for one in kinds)
        return "|".join(sorted(names - {"null"})) or "any"

    def _fields(self, schema: dict[str, Any], place: tuple[str, ...]) -> Iterator[str]:
        """The fields of an object with their types, and those of the objects in them."""
        if len(place) >= DEEPEST:
            return
        for variant in self._variants(schema):
            for name, part in variant.get("properties", {}).items():
                inner = [self._resolved(one.get("items", {})) if one.get("type") == "array" else one
                         for one in self._variants(part)]  # fmt: skip
                is_list = any(one.get("type") == "array" for one in self._variants(part))
                yield f"{'.'.join((*place, name))} {self._type(part)}"
                for one in inner:
                    yield from self._fields(one, (*place, name + "[]" * is_list))


def shape(path: str) -> str:
    """A path without the names of its variables."""
    return re.sub(r"{(?!server})[^}]*}", "{}", path)


def described(api: str, version: str) -> set[str]:
    """The facts of one version."""
    source, folder = SOURCES[api], fetch(api, version)
    facts: set[str] = set()
    for file, root in source.files.items():
        if (folder / file).exists():
            found = set(Description(yaml.load((folder / file).read_text(), yaml.CSafeLoader), root).facts())
            known = {operation(fact) for fact in facts}
            facts |= {fact for fact in found if operation(fact) not in known}
    if not facts:
        raise SystemExit(f"{source.package} {version} has no description of its API at {', '.join(source.files)}")
    return facts


def operation(fact: str) -> str:
    """The method and path of a fact."""
    return " ".join(fact.split(" ")[:2])


def read(api: str) -> tuple[list[str], dict[str, set[str]]]:
    """The versions of a history, and fact → those that have it."""
    file = HISTORY / f"{api}.txt"
    lines = [line for line in file.read_text().splitlines() if not line.startswith("# ")] if file.exists() else []
    versions = lines[0].removeprefix("versions: ").split() if lines else []
    return versions, {fact: expanded(spans, versions) for fact, spans in (line.split("\t") for line in lines[1:])}


def expanded(spans: str, versions: list[str]) -> set[str]:
    """The versions in spans such as ``2.3.0-2.6.3 2.8.0-``."""
    found: set[str] = set()
    for span in spans.split():
        first, _to, last = span.partition("-")
        end = versions.index(last) + 1 if last else len(versions)
        found.update(versions[versions.index(first) : end])
    return found


def spans(having: set[str], versions: list[str]) -> str:
    """The same, the other way round."""
    parts, first = [], ""
    for position, version in enumerate(versions):
        first = first or (version if version in having else "")
        is_last = position + 1 == len(versions)
        if first and (is_last or versions[position + 1] not in having):
            parts.append(f"{first}-" if is_last else f"{first}-{version}")
            first = ""
    return " ".join(parts)


def write(api: str, versions: list[str], facts: dict[str, set[str]]) -> None:
    lines = [f"{fact}\t{spans(having, versions)}\n" for fact, having in sorted(facts.items()) if having]
    HISTORY.mkdir(parents=True, exist_ok=True)
    text = f"{HEADER}versions: {' '.join(versions)}\n{''.join(lines)}"
    (HISTORY / f"{api}.txt").write_text(text, encoding="utf-8")


def api_of(version: str) -> tuple[str, str]:
    """The API that a version on the command line is of, and the version."""
    if version.startswith("fab-"):
        return "fab", version.removeprefix("fab-")
    return ("v1" if version.startswith("2.") else "v2"), version


def main() -> int:
    """Add versions, or read all of them again."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("versions", nargs="*", metavar="VERSION")
    wanted = [api_of(version) for version in parser.parse_args().versions]
    for api in SOURCES:
        versions, facts = read(api)
        new = [version for name, version in wanted if name == api] if wanted else versions
        for version in new:
            for having in facts.values():
                having.discard(version)
            for fact in described(api, version):
                facts.setdefault(fact, set()).add(version)
        if new:
            versions = sorted({*versions, *new}, key=parsed)
            write(api, versions, facts)
            print(f"{api}: {len(versions)} versions, {sum(bool(having) for having in facts.values())} facts")
    return 0


if __name__ == "__main__":
    sys.exit(main())
