# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every integration target on every version of Airflow that is claimed, and in other environments, one after the other;
docs/compatibility.md.

A version is a row of ``sandbox_versions`` in roles/sandbox/vars/main.yml with its lock file. ``AIRFLOW=2.6.3`` runs one
of them, ``ENVIRONMENT=simple`` an environment with its versions or that of AIRFLOW, ``TARGET`` some targets; the page
then keeps what it said of the others. The exit code is 1 if a target failed.
"""

from __future__ import annotations

import importlib
import json
import os
import re
import sys
import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import servers
import tree
import yaml
from integration import RESULTS, SCENARIO, all_targets, integration_on
from runner import Result, RunnerError, environment, main, run_logged, say

VERSIONS_FILE = tree.ROOT / "roles/sandbox/vars/main.yml"
PAGE = tree.ROOT / "docs/compatibility.md"
RECORDS = tree.ROOT / "tests/matrix"
"""What was found, a file for each version and environment; the page is made of them."""

LACKS = re.compile(
    r"needs Airflow [\d.]+|is gone in Airflow 3|needs apache-airflow-providers-fab|fixed in (Airflow|apache-airflow-)"
    r"|finds no \w+ whose (key|name) holds a slash before|Only Airflow 2|known fault|belong to the FAB auth manager"
)
"""What a message says if the version or the auth manager is the reason."""

TEAM_NAMES = ("test_alpha", "test_beta")

AS_MODULES = ("airflow_connection", "airflow_dag_run", "airflow_deployment", "airflow_pool", "airflow_task_log_info")
"""Targets that are run a second time with another ansible-core, with modules outside Ansible's process."""

MEANS = {
    "refused": "Refused before anything is written, in check mode too.",
    "warned": "Made, with a warning.",
    "explained": "Explained if it fails.",
}

ROLES = "the roles provision, audit and export"
"""What the target ``scenario`` is about."""

CHANGING = re.compile(r"(?<=127\.0\.0\.1:)\d+|test-[a-z]{12}|(?<=manual__)[^/ ']+")
"""What no two runs have in common."""

HEAD = """\
<!--
Copyright (c) 2026, dataops.airflow contributors
GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
SPDX-License-Identifier: GPL-3.0-or-later
Written by tools/matrix.py ("make test-matrix"): run it again instead of editing this file.
-->

# Compatibility

Which module works with which version of Airflow, as the integration targets found on real servers, each from its lock
file in `roles/sandbox/files/locks`, with SQLite and the FAB auth manager. The targets assert the sentences quoted here.

- **yes**: the target passes, and nothing in it depended on the version.
- **limits**: the target passes, and some options or values are refused on this version, with the sentences below.
- **no**: the version does not have it, and the module says so.
- **fails**: the target fails: a bug of the collection or of the target.
- **–**: not run yet.
"""


class Environment(NamedTuple):
    """What a server, or the machine that runs the playbooks, has besides a version of Airflow.

    :param title: what the page calls it.
    :param versions: of Airflow.
    :param purpose: of the server.
    :param core: of which ansible-core; that of the tests if empty.
    :param python: that it runs with.
    :param may_fail: as it is not released yet.
    """

    title: str
    versions: tuple[str, ...]
    purpose: str = servers.FOR_MATRIX
    core: str = ""
    python: str = "3.12"
    may_fail: bool = False


ENVIRONMENTS = {
    servers.SIMPLE: Environment("SimpleAuthManager", ("3.0.6", "3.1.8", "3.2.2", "3.3.2"), servers.SIMPLE),
    servers.TEAMS: Environment("several teams (`[core] multi_team`), SimpleAuthManager", ("3.3.2",), servers.TEAMS),
    "postgresql": Environment("PostgreSQL", servers.VERSIONS, "postgresql"),
    "mariadb": Environment("MariaDB", servers.VERSIONS, "mariadb"),
    **{
        f"core-{core}": Environment(f"ansible-core {core}", servers.VERSIONS[-1:], core=core)
        for core in ("2.16", "2.17", "2.18", "2.19", "2.20", "2.21")
    },
    "core-2.22": Environment(
        "ansible-core 2.22 (release candidate)", servers.VERSIONS[-1:], core="2.22", python="3.13", may_fail=True
    ),
}
"""Name → environment. An ansible-core has its lock file in requirements."""


@dataclass
class Cell:
    """What a target found on a version.

    :param passed: whether the target passed.
    :param worked: whether a task of its module did not fail.
    :param sentences: what its module said of the version.
    """

    passed: bool
    worked: bool
    sentences: list[str] = field(default_factory=list)

    @property
    def word(self) -> str:
        """What the table says."""
        if not self.passed:
            return "fails"
        if not self.sentences:
            return "yes"
        return "limits" if self.worked else "no"


def known_versions() -> list[str]:
    """The versions that the role sandbox installs, the oldest first."""
    return list(yaml.safe_load(VERSIONS_FILE.read_text())["sandbox_versions"])


def modules() -> list[str]:
    """The modules, each of which has a target of its name."""
    return sorted(path.stem for path in (tree.ROOT / "plugins/modules").glob("*.py"))


def cells(failed: Collection[str], recorded: Iterable[list[Any]]) -> dict[str, Cell]:
    """What a run found: target → cell.

    :param failed: the targets that failed.
    """
    found = {target: Cell(passed=False, worked=False) for target in failed}
    for target, _place, _title, module, outcome in recorded:
        cell = found.setdefault(target, Cell(passed=True, worked=False))
        if target not in (module, SCENARIO):
            continue
        message = CHANGING.sub("…", str(outcome.get("msg", "")))
        # What a task ignores has its exception, and no "failed" (ansible-core 2.19).
        has_failed = bool(outcome.get("failed") or outcome.get("exception"))
        texts = [message if has_failed else "", *map(str, outcome.get("warnings") or ())]
        cell.worked = cell.worked or not has_failed
        cell.sentences += [text for text in texts if LACKS.search(text) and text not in cell.sentences]
    return found


def record(name: str, found: Mapping[str, Cell], seconds: float, is_whole: bool) -> None:
    """Keep what a run found, beside what earlier runs found of other targets.

    :param seconds: that the run took.
    :param is_whole: whether it was one of all targets.
    """
    file = RECORDS / f"{name}.json"
    known = json.loads(file.read_text()) if file.exists() else {"cells": {}}
    known["cells"].update({target: asdict(cell) for target, cell in found.items()})
    known["date"] = time.strftime("%Y-%m-%d")
    if is_whole or "seconds" not in known:
        known["seconds"] = round(seconds)
    rows = [
        f"  {json.dumps(target)}: {json.dumps(cell, ensure_ascii=False)}"
        for target, cell in sorted(known["cells"].items())
    ]
    head = f'{{\n "date": "{known["date"]}",\n "seconds": {known["seconds"]},\n "cells": {{\n'
    file.write_text(head + ",\n".join(rows) + "\n }\n}\n", encoding="utf-8")


def page(records: Mapping[str, Mapping[str, Any]], versions: list[str]) -> str:
    """The page, from what was recorded of each version and environment.

    :param records: name of a record → its content.
    """
    table = {name: {target: Cell(**cell) for target, cell in found["cells"].items()} for name, found in records.items()}
    rows = {**{module: module for module in modules()}, SCENARIO: ROLES}
    lines = [HEAD, "", f"| Module | {' | '.join(versions)} |", f"| --- |{' --- |' * len(versions)}"]
    for target, name in rows.items():
        words = [_word(table.get(version, {}), target) for version in versions]
        lines.append(f"| {name} | {' | '.join(words)} |")
    lines += ["", *_environments(table), ""]
    for version in versions:
        if version in records:
            minutes = records[version]["seconds"] / 60
            lines += [f"## Airflow {version}", "", f"Run on {records[version]['date']}, {minutes:.0f} minutes.", ""]
            for target, name in rows.items():
                sentences = table[version][target].sentences if target in table[version] else []
                lines += [f"- {name}: {sentence}" for sentence in sentences]
            lines.append("")
    return "\n".join([*lines, *known_faults()]).rstrip() + "\n"


def _word(cells: Mapping[str, Cell], target: str) -> str:
    return cells[target].word if target in cells else "–"


def _environments(table: Mapping[str, Mapping[str, Cell]]) -> list[str]:
    """The section on environments, with what differs from the version's own column."""
    lines = [
        "## Environments",
        "",
        "The same targets elsewhere than with SQLite, the FAB auth manager and the ansible-core of the tests.",
        "",
        "| Environment | Airflow | Targets that pass | What differs from the table above |",
        "| --- | --- | --- | --- |",
    ]
    for name, known in ENVIRONMENTS.items():
        for version in known.versions:
            cells = table.get(record_name(version, name), {})
            words = {target: _word(cells, target) for target in cells}
            other = [
                f"{'the roles' if target == SCENARIO else target}: {word}"
                for target, word in words.items()
                if word != _word(table.get(version, {}), target)
            ]
            passed = f"{sum(cell.passed for cell in cells.values())} of {len(cells)}" if cells else "–"
            lines.append(
                f"| {known.title} | {version} | {passed} | {', '.join(other) or 'nothing' if cells else '–'} |"
            )
    return lines


def known_faults() -> list[str]:
    """The section on the known faults of versions, from the table that the modules have."""
    sys.path.insert(0, str(tree.BUILD))
    name = "ansible_collections.dataops.airflow.tests.declarations"
    lines = [
        "## Known faults of Airflow",
        "",
        "| Module | Versions | What happens | What helps |",
        "| --- | --- | --- | --- |",
    ]
    for resource in importlib.import_module(name).RESOURCES:
        for fault in resource.faults():
            until = f"before {fault.fixed}" if fault.fixed else "on"
            versions = f"{fault.product} from {fault.first} {until}"
            what = f"{fault.product} {fault.what}. *{MEANS[fault.means.value]}*"
            lines.append(f"| airflow_{resource.kind} | {versions} | {what} | {fault.helps} |")
    return lines


def record_name(version: str, name: str = "") -> str:
    """What the record of a version is called.

    :param name: of an environment.
    """
    return f"{version}-{name}" if name else version


def write_page(versions: list[str]) -> None:
    records = {file.stem: json.loads(file.read_text()) for file in RECORDS.glob("*.json")}
    PAGE.write_text(page(records, versions), encoding="utf-8")


async def path_of_core(core: str, python: str) -> str:
    """PATH with the programs of an ansible-core, which is installed if need be.

    :raises RunnerError: if that fails.
    """
    venv, uv = tree.BUILD / "cores" / core, Path(sys.executable).parent / "uv"
    lock = tree.ROOT / f"requirements/core-{core}.txt"
    commands: tuple[list[str | Path], ...] = (
        [uv, "venv", "--quiet", "--allow-existing", "--python", python, venv],
        [uv, "pip", "sync", "--quiet", "--python", venv / "bin/python", "--require-hashes", lock],
    )
    for command in commands:
        code, output = await run_logged(f"core-{core}", command)
        if code:
            raise RunnerError(f"ansible-core {core} could not be installed:\n{output}")
    return os.pathsep.join([str(venv / "bin"), environment()["PATH"]])


async def make_teams(server: servers.Server) -> None:
    """Make the teams that targets expect, which no API can."""
    venv = json.loads((Path(server.directory) / "sandbox.json").read_text())["venv"]
    for name in TEAM_NAMES:
        command = [f"{venv}/bin/airflow", "teams", "create", name]
        code, output = await run_logged("teams", command, env={"AIRFLOW_HOME": server.directory})
        if code:
            raise RunnerError(f"team {name} was not created:\n{output}")


async def run_on(version: str, name: str, options: list[str]) -> list[Result]:
    """Run the targets on one version, on a server of its own.

    :param name: of an environment; empty for the usual one.
    """
    began = time.monotonic()
    known = ENVIRONMENTS[name] if name else Environment("", (version,))
    teams = TEAM_NAMES if known.purpose == servers.TEAMS else ()
    auth_manager = servers.auth_manager(known.purpose)
    env = {"PATH": await path_of_core(known.core, known.python)} if known.core else None
    async with servers.running([version], known.purpose) as (server,):
        if teams:
            await make_teams(server)

        async def run(options: list[str], in_process: bool = True) -> Result:
            return await integration_on(
                server,
                options,
                in_process,
                is_recorded=True,
                quick=() if options else all_targets(),
                auth_manager=auth_manager,
                teams=teams,
                env=env,
            )

        results = [await run(options)]
        file: Path = tree.BUILD / f"integration-{version}" / tree.COLLECTION / RESULTS
        lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
        if known.core and not options:
            results.append(await run(list(AS_MODULES), in_process=False))
    failures = {target for result in results for target in result.failures}
    found = cells(failures, map(json.loads, lines))
    record(record_name(version, name), found, time.monotonic() - began, is_whole=not options)
    return results


async def run_matrix() -> list[Result]:
    versions = known_versions()
    version, name = os.environ.get("AIRFLOW"), os.environ.get("ENVIRONMENT")
    if name and name not in ENVIRONMENTS:
        raise RunnerError(f"ENVIRONMENT must be one of {', '.join(ENVIRONMENTS)}, got {name!r}")
    every = [
        *((each, "") for each in versions),
        *((each, at) for at in ENVIRONMENTS for each in ENVIRONMENTS[at].versions),
    ]
    if name:
        wanted = [(each, name) for each in ([version] if version else ENVIRONMENTS[name].versions)]
    else:
        wanted = [(version, "")] if version else every
    options = [*os.environ.get("TARGET", "").split(), *sys.argv[1:]]
    done = []
    for each, at in wanted:
        results = await run_on(each, at, options)
        say(f"{record_name(each, at)}: " + "; ".join(map(str, results)))
        done += [] if at and ENVIRONMENTS[at].may_fail else results
        write_page(versions)
    return done


if __name__ == "__main__":
    sys.exit(main(run_matrix()))
