# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The declarations, and what is generated from them."""

from __future__ import annotations

import pytest
import yaml

from ansible_collections.dataops.airflow.plugins.module_utils._core.listing import Endpoint
from ansible_collections.dataops.airflow.plugins.module_utils._core.perform import CONNECTION
from ansible_collections.dataops.airflow.plugins.module_utils._core.run import argument_spec
from ansible_collections.dataops.airflow.plugins.module_utils._core.spec import Resource
from ansible_collections.dataops.airflow.plugins.module_utils._resources.registry import ENDPOINTS, RESOURCES
from ansible_collections.dataops.airflow.plugins.module_utils._resources.server import is_healthy

SPECS = [*RESOURCES, *ENDPOINTS]


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: f"{type(spec).__name__}-{spec.kind}")
def test_a_declaration_is_complete(spec: Resource | Endpoint) -> None:
    assert all(field.description for field in (*CONNECTION, *spec.options()))
    names = [field.name for field in (*CONNECTION, *spec.options())]
    assert len(names) == len(set(names))
    arguments = argument_spec(spec.options())
    assert set(arguments) == set(names)
    for task in yaml.safe_load(spec.examples):
        used = {name for module, options in task.items() if module.startswith("dataops.") for name in options or ()}
        assert used <= set(names), task["name"]


def test_everything_that_connects_secretly_is_kept_from_logs() -> None:
    arguments = argument_spec(())
    assert {name for name, entry in arguments.items() if entry.get("no_log")} == {
        "airflow_url",
        "airflow_password",
        "airflow_token",
        "airflow_headers",
    }


@pytest.mark.parametrize(
    ("statuses", "healthy"),
    [
        ({"metadatabase": "healthy", "scheduler": "healthy", "triggerer": None, "dag_processor": None}, True),
        ({"metadatabase": "healthy", "scheduler": "unhealthy"}, False),
        ({"metadatabase": "unhealthy", "scheduler": "healthy"}, False),
        ({"metadatabase": "healthy", "scheduler": "healthy", "dag_processor": "unhealthy"}, False),
        ({"metadatabase": "healthy"}, False),
    ],
)
def test_health(statuses: dict[str, str | None], healthy: bool) -> None:
    assert is_healthy({name: {"status": status} for name, status in statuses.items()}) is healthy
