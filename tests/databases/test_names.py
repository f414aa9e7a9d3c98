# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names that only some databases distinguish."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ansible_collections.dataops.airflow.plugins.module_utils._kinds.deployment.deployment import DEPLOYMENT
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.variable.variable_info import VARIABLE_INFO
from ansible_collections.dataops.airflow.plugins.module_utils._model.errors import NotAirflowError
from ansible_collections.dataops.airflow.tests.live.conftest import SERVERS, Live
from ansible_collections.dataops.airflow.tests.live.test_deployment import filled

pytestmark = pytest.mark.slow

OTHER, OURS = "test_n_a", "TEST_N_A"


@pytest.fixture(scope="module", params=SERVERS, ids=lambda server: server.dbms)
def live(request: pytest.FixtureRequest) -> Live:
    """Each server in turn."""
    server: Live = request.param
    return server


@pytest.fixture
def other(live: Live) -> Iterator[dict[str, Any]]:
    """A variable of somebody else."""
    for key in (OTHER, OURS):
        live.ask("DELETE", f"/variables/{key}")
    yield live.ask("POST", "/variables", json={"key": OTHER, "value": "another's", "description": "kept"}).json()
    for key in (OTHER, OURS):
        live.ask("DELETE", f"/variables/{key}")


def test_another_object_is_never_taken_for_the_one_that_is_wanted(live: Live, other: dict[str, Any]) -> None:
    wanted = filled({"variables": [{"key": OURS, "value": "ours"}, {"key": "test_n_b", "value": "ours"}]})
    gone = filled({"variables": [{"key": "test_n_b", "state": "absent"}]})
    if live.ask("GET", f"/variables/{OURS}").ok:
        assert live.dbms == "mariadb"
        with pytest.raises(NotAirflowError, match=f"its key is '{OTHER}', not '{OURS}'"):
            live.task(DEPLOYMENT, **wanted)
        assert live.ask("GET", "/variables/test_n_b").status_code == 404
    else:
        live.task(DEPLOYMENT, **wanted)
        assert live.ask("GET", f"/variables/{OURS}").json()["value"] == "ours"
    assert live.ask("GET", f"/variables/{OTHER}").json() == other
    live.task(DEPLOYMENT, **gone)
    listed = live.task(VARIABLE_INFO)["variables"]
    assert [row["value"] for row in listed if row["key"] == OTHER] == ["another's"]
