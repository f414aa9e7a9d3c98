# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every integration target on every version of Airflow that is claimed, one after the other; docs/compatibility.md.

A version is a row of ``sandbox_versions`` in roles/sandbox/vars/main.yml with its lock file. ``AIRFLOW=2.6.3`` runs one
of them, ``TARGET`` some targets; the page then keeps what it said of the others. The exit code is 1 if a target failed.
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
from typing import Any

import servers
import tree
import yaml
from integration import RESULTS, SCENARIO, integration_on
from runner import Result, main, say

VERSIONS_FILE = tree.ROOT / "roles/sandbox/vars/main.yml"
PAGE = tree.ROOT / "docs/compatibility.md"
RECORDS = tree.BUILD / "matrix"

LACKS = re.compile(
    r"needs Airflow [\d.]+|is gone in Airflow 3|needs apache-airflow-providers-fab|fixed in (Airflow|apache-airflow-)"
    r"|finds no \w+ whose (key|name) holds a slash before|Only Airflow 2|known fault"
)
"""What a message says if the version is the reason."""

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


@dataclass
class Cell:
    """What a target found on a version.

    :param passed: whether the target passed.
    :param worked: how many tasks of its module did not fail.
    :param sentences: what its module said of the version.
    """

    passed: bool
    worked: int
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
    found = {target: Cell(passed=False, worked=0) for target in failed}
    for target, _place, _title, module, outcome in recorded:
        cell = found.setdefault(target, Cell(passed=True, worked=0))
        if target not in (module, SCENARIO):
            continue
        message = CHANGING.sub("…", str(outcome.get("msg", "")))
        # What a task ignores has its exception, and no "failed" (ansible-core 2.19).
        has_failed = bool(outcome.get("failed") or outcome.get("exception"))
        texts = [message if has_failed else "", *map(str, outcome.get("warnings") or ())]
        cell.worked += not has_failed
        cell.sentences += [text for text in texts if LACKS.search(text) and text not in cell.sentences]
    return found


def record(version: str, found: Mapping[str, Cell], seconds: float) -> None:
    """Keep what a run found, beside what earlier runs found of other targets."""
    RECORDS.mkdir(parents=True, exist_ok=True)
    file = RECORDS / f"{version}.json"
    known = json.loads(file.read_text()) if file.exists() else {"cells": {}}
    known["cells"].update({target: asdict(cell) for target, cell in found.items()})
    known.update(seconds=round(seconds), date=time.strftime("%Y-%m-%d"))
    file.write_text(json.dumps(known, indent=1, sort_keys=True))


def page(records: Mapping[str, Mapping[str, Any]], versions: list[str]) -> str:
    """The page, from what was recorded of each version."""
    table = {
        version: {target: Cell(**cell) for target, cell in records.get(version, {"cells": {}})["cells"].items()}
        for version in versions
    }
    rows = {**{module: module for module in modules()}, SCENARIO: ROLES}
    lines = [HEAD, "", f"| Module | {' | '.join(versions)} |", f"| --- |{' --- |' * len(versions)}"]
    for target, name in rows.items():
        words = [table[version][target].word if target in table[version] else "–" for version in versions]
        lines.append(f"| {name} | {' | '.join(words)} |")
    lines.append("")
    for version in versions:
        if version in records:
            minutes = records[version]["seconds"] / 60
            lines += [f"## Airflow {version}", "", f"Run on {records[version]['date']}, {minutes:.0f} minutes.", ""]
            for target, name in rows.items():
                sentences = table[version][target].sentences if target in table[version] else []
                lines += [f"- {name}: {sentence}" for sentence in sentences]
            lines.append("")
    return "\n".join([*lines, *known_faults()]).rstrip() + "\n"


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


def write_page(versions: list[str]) -> None:
    files = {version: RECORDS / f"{version}.json" for version in versions}
    PAGE.write_text(
        page({version: json.loads(file.read_text()) for version, file in files.items() if file.exists()}, versions),
        encoding="utf-8",
    )


async def run_version(version: str, options: list[str]) -> Result:
    """Run the targets on one version, on a server of its own."""
    began = time.monotonic()
    async with servers.running([version], servers.FOR_MATRIX) as (server,):
        result = await integration_on(server, options, is_recorded=True, is_quick=not options)
    file: Path = tree.BUILD / f"integration-{version}" / tree.COLLECTION / RESULTS
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    record(version, cells(result.failures, map(json.loads, lines)), time.monotonic() - began)
    return result


async def run_matrix() -> list[Result]:
    versions = known_versions()
    wanted = [os.environ["AIRFLOW"]] if os.environ.get("AIRFLOW") else versions
    options = [*os.environ.get("TARGET", "").split(), *sys.argv[1:]]
    done = []
    for version in wanted:
        done.append(await run_version(version, options))
        say(str(done[-1]))
        write_page(versions)
    return done


if __name__ == "__main__":
    sys.exit(main(run_matrix()))
