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
    named = {*kind.refers_to, *(kind.bulk.resets if kind.bulk else ())}
    assert named | ({kind.log_in_with} if kind.log_in_with else set()) <= fields, option
    assert bool(kind.log_in_with) <= bool(kind.resource.policy)
    types = {field.name: field.type for field in kind.resource.fields}
    assert {types[name] for name in kind.refers_to} <= {"list"}, "a text would be taken for a list of its letters"


@each_kind
def test_what_can_be_purged_can_be_listed(option: str, kind: Kind) -> None:
    assert kind.listing or not kind.is_purgeable, option
    assert kind.listing is None or kind.listing.collection == option


# A kind that Airflow does not have

LICENSE = "".join((COLLECTION / "plugins/module_utils/_kinds/pool/pool.py").read_text().splitlines(True)[:3])
GIZMO = f'''{LICENSE}"""Gizmos."""

from __future__ import annotations

from ..._model.api import Since
from ..._model.compare import names
from ..._model.field import Field
from ..._model.resource import Resource

GIZMO = Resource(
    kind="gizmo",
    collection="gizmos",
    identity=Field("name", required=True, description=("Name of the gizmo.",)),
    fields=(
        Field("pools", type="list", elements="str", compare=names, description=("Pools of the gizmo.",)),
        Field("owner", description=("Who leads it.",)),
    ),
    since=Since(v1="2.11.0", v2=None),
    summary="Manage gizmos",
    description=("Creates, changes and deletes gizmos.",),
    examples="- dataops.airflow.airflow_gizmo: {{name: data}}",
)
'''
GIZMO_INFO = f'''{LICENSE}"""Gizmos."""

from __future__ import annotations

from ..._model.field import Field
from ..._model.listing import Listing
from .gizmo import GIZMO

GIZMO_INFO = Listing(
    kind="gizmo",
    collection="gizmos",
    identity=Field("name", description=("Name of the one gizmo to return.",)),
    order_by="name",
    reported=GIZMO.shown(),
    since=GIZMO.since,
    summary="List gizmos",
    description=("Returns gizmos.",),
    examples="- dataops.airflow.airflow_gizmo_info:",
)
'''
IMPORTS = "from ..gizmo.gizmo import GIZMO\nfrom ..gizmo.gizmo_info import GIZMO_INFO\n"
ROW = '    "gizmos": Kind(GIZMO, GIZMO_INFO, refers_to={"pools": "pools"}),\n'
DEPLOY = """
import json

from ansible_collections.dataops.airflow.plugins.module_utils._kinds.deployment.deployment import DEPLOYMENT
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.deployment.deployment_info import export
from ansible_collections.dataops.airflow.tests.unit.keeping import IDENTITIES, Fault
from ansible_collections.dataops.airflow.tests.unit.scripted import Answer, attempt, client
from ansible_collections.dataops.airflow.tests.unit.test_deployment_apply import deploy, keeper, named, planned

IDENTITIES["gizmos"] = "name"
server = keeper("2.11.2")
wanted = {"gizmos": [{"name": "data", "pools": ["new"]}], "pools": [{"name": "new", "slots": 1}]}
server.befall = lambda count, sent: Fault(Answer(403, {"detail": "no"})) if sent.line == "POST /pools" else None
refused = deploy(server, **wanted)
server.befall = None
first = deploy(server, **wanted)
again = deploy(server, **wanted)
found = export(client(server), {"airflow_auth": "none", "gather": ["gizmos"], "include": ["*"], "exclude": []})
gone = deploy(server, gizmos=[], purge=["gizmos"])
later = keeper("3.3.2")
others = attempt(DEPLOYMENT, later, airflow_auth="none", gizmos=None, pools=[])
lacking = export(client(later), {"airflow_auth": "none", "gather": None, "include": ["*"], "exclude": []})
print(json.dumps({
    "on Airflow 3": str(deploy(later, gizmos=[{"name": "data"}])),
    "purge there": str(deploy(later, gizmos=[], purge=["gizmos"])),
    "others there": others["changed"],
    "export there": [sorted(lacking["deployment"]), lacking["warnings"]],
    "sent there": [request.line for request in later.sent if "gizmos" in request.line],
    "pending": named(refused.facts["pending"]),
    "first": planned(first),
    "again": planned(again),
    "export": found["deployment"],
    "gone": planned(gone),
    "left": sorted(server.state()["gizmos"]),
}))
"""


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, set[str]]:
    """The collection with gizmos, and the files that ``make generate`` has written for them."""
    copy = tmp_path_factory.mktemp("with-gizmos") / "collection"
    shutil.copytree(COLLECTION, copy, ignore=shutil.ignore_patterns("build", "output", "__pycache__"))
    # Python forgets about folders that do not exist when it starts.
    (copy / "build").mkdir()
    kinds = copy / "plugins/module_utils/_kinds"
    (kinds / "gizmo").mkdir()
    (kinds / "gizmo/gizmo.py").write_text(GIZMO)
    (kinds / "gizmo/gizmo_info.py").write_text(GIZMO_INFO)
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
        "plugins/action/airflow_gizmo.py",
        "plugins/action/airflow_gizmo_info.py",
        "plugins/modules/airflow_deployment.py",
        "plugins/modules/airflow_deployment_info.py",
        "plugins/modules/airflow_gizmo.py",
        "plugins/modules/airflow_gizmo_info.py",
        "roles/audit/meta/argument_specs.yml",
        "roles/audit/tasks/main.yml",
        "roles/audit/vars/main.yml",
        "roles/export/meta/argument_specs.yml",
        "roles/provision/README.md",
        "roles/provision/meta/argument_specs.yml",
        "roles/provision/tasks/main.yml",
    }
    others = {path for path in written if "gizmo" not in path}
    before = {path: (COLLECTION / path).read_text(encoding="utf-8") for path in others}
    missing = [path for path in sorted(others) if before[path] == (copy / path).read_text(encoding="utf-8")]
    assert not missing
    assert not any("gizmo" in text for path, text in before.items() if path.startswith(("roles/", "playbooks/")))
    assert all("gizmo" in (copy / path).read_text(encoding="utf-8") for path in others)


def test_the_deployment_manages_the_kind(generated: tuple[Path, set[str]]) -> None:
    copy, _written = generated
    seen: dict[str, Any] = json.loads(run(copy, "-c", DEPLOY))
    lacks = "is gone in Airflow 3; this server is Airflow 3.3.2"
    assert seen == {
        "on Airflow 3": f"gizmos {lacks}. Nothing was changed",
        "purge there": f"gizmos {lacks}. Nothing was changed",
        "others there": False,
        "export there": [sorted(KINDS), [f"gizmos are left out. gizmos {lacks}"]],
        "sent there": [],
        # It waits for the pool that it refers to.
        "pending": ["create gizmo data"],
        "first": ["create pool new", "create gizmo data"],
        "again": [],
        "export": {"gizmos": [{"name": "data", "pools": ["new"]}]},
        "gone": ["delete gizmo data"],
        "left": [],
    }
