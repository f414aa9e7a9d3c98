# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A deployment as it is: exported and given back, or taken from Airflow's own files."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.dataops.airflow.plugins.module_utils._engine.connect import connect
from ansible_collections.dataops.airflow.plugins.module_utils._http.client import Client
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.deployment.deployment import DEPLOYMENT
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.deployment.deployment_info import DEPLOYMENT_INFO
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.deployment.kinds import KINDS
from ansible_collections.dataops.airflow.plugins.plugin_utils.airflow_files import connections, pools, variables
from ansible_collections.dataops.airflow.tests.live.conftest import Live
from ansible_collections.dataops.airflow.tests.live.test_deployment import GONE, NAMES, WANTED, filled

REFERENCE = re.compile(r"{{ (\w+)( \| default\(omit\))? }}")


def completed(value: Any, secrets: dict[str, str]) -> Any:
    """An export with the secrets filled in, as Ansible does it; what may be absent and is not known is left out."""
    if isinstance(value, dict):
        made = {key: completed(item, secrets) for key, item in value.items()}
        return {key: item for key, item in made.items() if item is not None}
    if isinstance(value, list):
        return [completed(item, secrets) for item in value]
    found = REFERENCE.fullmatch(value) if isinstance(value, str) else None
    if not found:
        return value
    return secrets.get(found[1]) if found[2] else secrets[found[1]]


@pytest.fixture
def made(live: Live, client: Client) -> Iterator[None]:
    """Objects of each kind."""
    for wanted in (GONE, WANTED):
        live.task(DEPLOYMENT, client=client, **filled(wanted))
    yield
    live.task(DEPLOYMENT, client=client, **filled(GONE))


@pytest.mark.usefixtures("dags", "made")
def test_an_export_given_back_is_no_change(live: Live, client: Client) -> None:
    found = live.task(DEPLOYMENT_INFO, client=client)
    assert set(found["deployment"]) == set(KINDS)
    assert "live-geheim" not in str(found)
    assert {"name": "default_pool", "slots": 128} in found["deployment"]["pools"]
    for kind, resource in ((option, kind.resource) for option, kind in KINDS.items()):
        names = [item[resource.identity.name] for item in found["deployment"][kind]]
        assert names == sorted(names)
        assert {item[resource.identity.name] for item in WANTED[kind]} <= set(names)
    secrets = {item["variable"]: "unknown" for item in found["secrets"] if item["certain"]}
    given = {key: value for key, value in completed(found["deployment"], secrets).items() if key != "dags"}
    assert live.task(DEPLOYMENT, client=client, **filled({**given, "update_secrets": "on_create"}))["changed"] is False


def test_what_a_secret_of_the_task_stands_in_is_exported_as_it_is(live: Live, client: Client) -> None:
    own = connect(live.options(), read_only=True, secrets={live.username})
    assert live.task(DEPLOYMENT_INFO, client=own, gather=["users"]) == live.task(
        DEPLOYMENT_INFO, client=client, gather=["users"]
    )


def test_a_spoilt_row_is_left_out_with_a_warning(live: Live, client: Client) -> None:
    with live.database() as database:
        # Airflow 2 cannot show a pool of -1 slots, Airflow 3 none of -2.
        database.execute(
            "INSERT INTO slot_pool (pool, slots, include_deferred) VALUES ('live_m_spoilt', ?, 0)",
            (-2 if live.is_v2 else -1,),
        )
    try:
        found = live.task(DEPLOYMENT_INFO, client=client, gather=["pools"])
    finally:
        with live.database() as database:
            database.execute("DELETE FROM slot_pool WHERE pool = 'live_m_spoilt'")
    names = [item["name"] for item in found["deployment"]["pools"]]
    assert "default_pool" in names
    assert "live_m_spoilt" not in names
    assert found["warnings"]


@pytest.mark.slow_on(2)
@pytest.mark.usefixtures("made")
def test_what_airflow_itself_exports_is_no_change(live: Live, client: Client, tmp_path: Path) -> None:
    kinds: dict[str, Callable[[Any], list[dict[str, Any]]]] = {
        "variables": variables,
        "connections": connections,
        "pools": pools,
    }
    files = {tmp_path / "variables.json": "variables", tmp_path / "pools.json": "pools"}
    files |= {tmp_path / f"connections.{form}": "connections" for form in ("json", "yaml", "env")}
    forms = {file: ["--file-format", file.suffix[1:]] if kind == "connections" else [] for file, kind in files.items()}
    live.commands(*([kind, "export", str(file), *forms[file]] for file, kind in files.items()))
    for file, kind in files.items():
        own = {item[NAMES[kind]] for item in WANTED[kind]}
        given = [item for item in kinds[kind](file.read_text()) if item[NAMES[kind]] in own]
        assert len(given) == len(own)
        done = live.task(DEPLOYMENT, client=client, **filled({kind: given, "update_secrets": "on_create"}))
        assert done["changed"] is False, (file.name, done["plan"])
