# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Airflow with the settings of others: a path, small pages, an auth manager without roles, and a role for everybody."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.dataops.airflow.plugins.module_utils._kinds.deployment.deployment import DEPLOYMENT
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.deployment.deployment_info import DEPLOYMENT_INFO
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.pool.pool import POOL
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.pool.pool_info import POOL_INFO
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.user.user import USER
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.variable.variable_info import VARIABLE_INFO
from ansible_collections.dataops.airflow.plugins.module_utils._model.errors import NotAirflowError, RefusedError
from ansible_collections.dataops.airflow.tests.live.conftest import PASSWORD, Live, Started
from ansible_collections.dataops.airflow.tests.live.test_deployment import GONE, NAMES, WANTED, filled

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("dags")]

OF_FAB = ("roles", "users")
ADA = "live_e_ada"
NOBODY: dict[str, Any] = {"airflow_username": None, "airflow_password": None}


def live_through(live: Live, wanted: dict[str, Any], **options: Any) -> None:
    """Predict a deployment, make it, see that nothing is left to do, and delete it, on a server with these options."""

    def deploy(what: dict[str, Any], check_mode: bool = False) -> dict[str, Any]:
        return live.task(DEPLOYMENT, check_mode, update_secrets="on_create", **options, **filled(what))

    gone = {kind: GONE[kind] for kind in NAMES if kind in wanted}
    deploy(gone)
    try:
        predicted, done = deploy(wanted, check_mode=True), deploy(wanted)
        assert done["changed"]
        assert done["plan"] == predicted["plan"]
        assert not deploy(wanted)["changed"]
    finally:
        deleted = deploy(gone)
    assert deleted["summary"]["to_delete"] == sum(map(len, gone.values()))


def test_a_path(live: Live, started: Started) -> None:
    url = started("/team/airflow")
    live_through(live, WANTED, airflow_url=url)
    live_through(live, WANTED, airflow_url=f"{url}/")
    root = url.removesuffix("/team/airflow")
    if live.is_v2:
        # It is served at the root as well (3.3.2).
        assert live.task(POOL_INFO, airflow_url=root)["pools"]
    else:
        with pytest.raises(NotAirflowError, match="airflow_url lacks the path under which Airflow is served"):
            live.task(POOL_INFO, airflow_url=root)


def test_small_pages(live: Live, started: Started) -> None:
    url = started(AIRFLOW__API__MAXIMUM_PAGE_LIMIT="10")
    many = [{"key": f"live_d_many_{number:02}", "value": number} for number in range(25)]
    live.task(DEPLOYMENT, **filled({"variables": many}))
    try:
        found = live.task(VARIABLE_INFO, airflow_url=url)["variables"]
        assert [item["key"] for item in found if item["key"].startswith("live_d_many")] == [
            item["key"] for item in many
        ]
        assert found == live.task(VARIABLE_INFO)["variables"]
        live_through(live, WANTED, airflow_url=url)
    finally:
        live.task(DEPLOYMENT, airflow_url=url, **filled({"variables": [{**item, "state": "absent"} for item in many]}))
    assert not [item for item in live.task(VARIABLE_INFO)["variables"] if item["key"].startswith("live_d_many")]


def test_an_auth_manager_without_roles(airflow_3: Live, simple: dict[str, Any]) -> None:
    """What it has is managed as usual; an export says what it has not."""
    live_through(airflow_3, {kind: items for kind, items in WANTED.items() if kind not in OF_FAB}, **simple)
    with pytest.raises(NotAirflowError, match="SimpleAuthManager"):
        live_through(airflow_3, WANTED, **simple)
    exported = airflow_3.task(DEPLOYMENT_INFO, **simple, gather=["pools", "dags"])["deployment"]
    assert "default_pool" in [pool["name"] for pool in exported["pools"]]


def test_a_role_for_everybody(live: Live, started: Started, tmp_path: Path) -> None:
    """Nobody has to log in to read, and a password is compared nevertheless."""
    own = Path(__file__).parents[1] / "webserver_config.py"
    config = tmp_path / "webserver_config.py"
    config.write_text(f"{own.read_text()}\nAUTH_ROLE_PUBLIC = 'Viewer'\n")
    url = started(**{f"AIRFLOW__{'FAB' if live.is_v2 else 'WEBSERVER'}__CONFIG_FILE": str(config)})
    assert live.task(POOL_INFO, airflow_url=url, **NOBODY)["pools"]
    with pytest.raises(RefusedError, match="HTTP 403"):
        live.task(POOL, airflow_url=url, **NOBODY, name="live_e_pool", slots=1)
    wanted: dict[str, Any] = {"username": ADA, "email": f"{ADA}@example.com", "first_name": "A", "last_name": "B"}
    options: dict[str, Any] = {"airflow_url": url, **wanted, "roles": ["Viewer"]}
    try:
        actions = [
            live.task(USER, check_mode, **options, password=password)["action"]
            for check_mode, password in ((False, PASSWORD), (False, PASSWORD), (True, f"{PASSWORD}2"))
        ]
    finally:
        live.task(USER, airflow_url=url, username=ADA, state="absent")
    assert actions == ["create", "none", "update"]
    live_through(live, WANTED, airflow_url=url)
