# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A kind of a deployment is data: one more is two declarations and a row of a table.

It takes five seconds to generate a collection that has one more.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.dataops.airflow.plugins.module_utils._kinds.deployment.kinds import KINDS, Kind
from ansible_collections.dataops.airflow.tests.declarations import SHARED

COLLECTION = SHARED.parents[1]
each_kind = pytest.mark.parametrize(("option", "kind"), KINDS.items())


@each_kind
def test_what_a_kind_refers_to_comes_before_it(option: str, kind: Kind) -> None:
    before = list(KINDS)[: list(KINDS).index(option)]
    assert set(kind.refers_to.values()) <= set(before)


@each_kind
def test_a_kind_names_fields_that_it_has(option: str, kind: Kind) -> None:
    fields = {field.name for field in kind.resource.fields}
    named = {*kind.refers_to, *kind.sequential, *(kind.bulk.resets if kind.bulk else ())}
    assert named | ({kind.log_in_with} if kind.log_in_with else set()) <= fields, option
    assert bool(kind.log_in_with) <= bool(kind.resource.policy)


@each_kind
def test_what_can_be_purged_can_be_listed(option: str, kind: Kind) -> None:
    assert kind.listing or not kind.is_purgeable, option
    assert kind.listing is None or kind.listing.collection == option


# A kind that Airflow does not have

LICENSE = "".join((COLLECTION / "plugins/module_utils/_kinds/pool/pool.py").read_text().splitlines(True)[:3])
TEAM = f'''{LICENSE}"""Teams."""

from __future__ import annotations

from ..._model.compare import names
from ..._model.field import Field
from ..._model.resource import Resource

TEAM = Resource(
    kind="team",
    collection="teams",
    identity=Field("name", required=True, description=("Name of the team.",)),
    fields=(
        Field("pools", type="list", elements="str", compare=names, description=("Pools of the team.",)),
        Field("owner", description=("Who leads it.",)),
    ),
    summary="Manage teams",
    description=("Creates, changes and deletes teams.",),
    examples="- dataops.airflow.airflow_team: {{name: data}}",
)
'''
TEAM_INFO = f'''{LICENSE}"""Teams."""

from __future__ import annotations

from ..._model.field import Field
from ..._model.listing import Listing
from .team import TEAM

TEAM_INFO = Listing(
    kind="team",
    collection="teams",
    identity=Field("name", description=("Name of the one team to return.",)),
    order_by="name",
    reported=TEAM.shown(),
    summary="List teams",
    description=("Returns teams.",),
    examples="- dataops.airflow.airflow_team_info:",
)
'''
IMPORTS = "from ..team.team import TEAM\nfrom ..team.team_info import TEAM_INFO\n"
ROW = '    "teams": Kind(TEAM, TEAM_INFO, refers_to={"pools": "pools"}),\n'
DEPLOY = """
import json

from ansible_collections.dataops.airflow.plugins.module_utils._kinds.deployment.deployment_info import export
from ansible_collections.dataops.airflow.tests.unit.keeping import IDENTITIES, Fault
from ansible_collections.dataops.airflow.tests.unit.scripted import Answer, client
from ansible_collections.dataops.airflow.tests.unit.test_deployment_apply import deploy, keeper, named, planned

IDENTITIES["teams"] = "name"
server = keeper("2.11.2")
wanted = {"teams": [{"name": "data", "pools": ["new"]}], "pools": [{"name": "new", "slots": 1}]}
server.befall = lambda count, sent: Fault(Answer(403, {"detail": "no"})) if sent.line == "POST /pools" else None
refused = deploy(server, **wanted)
server.befall = None
first = deploy(server, **wanted)
again = deploy(server, **wanted)
found = export(client(server), {"airflow_auth": "none", "gather": ["teams"], "include": ["*"], "exclude": []})
gone = deploy(server, teams=[], purge=["teams"])
print(json.dumps({
    "pending": named(refused.facts["pending"]),
    "first": planned(first),
    "again": planned(again),
    "export": found["deployment"],
    "gone": planned(gone),
    "left": sorted(server.state()["teams"]),
}))
"""


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, set[str]]:
    """The collection with teams, and the files that ``make generate`` has written for them."""
    copy = tmp_path_factory.mktemp("with-teams") / "collection"
    shutil.copytree(COLLECTION, copy, ignore=shutil.ignore_patterns("build", "output", "__pycache__"))
    # Python forgets about folders that do not exist when it starts.
    (copy / "build").mkdir()
    kinds = copy / "plugins/module_utils/_kinds"
    (kinds / "team").mkdir()
    (kinds / "team/team.py").write_text(TEAM)
    (kinds / "team/team_info.py").write_text(TEAM_INFO)
    table = (kinds / "deployment/kinds.py").read_text()
    table = table.replace("from ..user.user import", f"{IMPORTS}from ..user.user import", 1)
    (kinds / "deployment/kinds.py").write_text(table.replace('    "dags": Kind(', f'{ROW}    "dags": Kind(', 1))
    output = run(copy, "tools/generate.py")
    return copy, {line.partition(": ")[2] for line in output.splitlines() if line.startswith("written")}


def run(copy: Path, *arguments: str) -> str:
    """What Python prints, with the collection of this copy."""
    environment = {"PYTHONPATH": str(copy / "build"), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        [sys.executable, *arguments], cwd=copy, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_two_declarations_and_a_row_are_all_that_a_kind_takes(generated: tuple[Path, set[str]]) -> None:
    copy, written = generated
    assert written == {
        "meta/runtime.yml",
        "playbooks/migrate.yml",
        "plugins/action/airflow_team.py",
        "plugins/action/airflow_team_info.py",
        "plugins/modules/airflow_deployment.py",
        "plugins/modules/airflow_deployment_info.py",
        "plugins/modules/airflow_team.py",
        "plugins/modules/airflow_team_info.py",
        "roles/audit/meta/argument_specs.yml",
        "roles/audit/tasks/main.yml",
        "roles/audit/vars/main.yml",
        "roles/export/meta/argument_specs.yml",
        "roles/provision/README.md",
        "roles/provision/meta/argument_specs.yml",
        "roles/provision/tasks/main.yml",
    }
    others = {path for path in written if "team" not in path}
    before = {path: (COLLECTION / path).read_text(encoding="utf-8") for path in others}
    missing = [path for path in sorted(others) if before[path] == (copy / path).read_text(encoding="utf-8")]
    assert not missing
    assert not any("team" in text for path, text in before.items() if path.startswith(("roles/", "playbooks/")))
    assert all("team" in (copy / path).read_text(encoding="utf-8") for path in others)


def test_the_deployment_manages_the_kind(generated: tuple[Path, set[str]]) -> None:
    copy, _written = generated
    seen: dict[str, Any] = json.loads(run(copy, "-c", DEPLOY))
    assert seen == {
        # It waits for the pool that it refers to.
        "pending": ["create team data"],
        "first": ["create pool new", "create team data"],
        "again": [],
        "export": {"teams": [{"name": "data", "pools": ["new"]}]},
        "gone": ["delete team data"],
        "left": [],
    }
