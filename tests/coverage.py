# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which operations of the APIs the modules reach: ``tests/api/coverage.yml``, and what follows for deployments."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from ansible_collections.dataops.airflow.plugins.module_utils._kinds.deployment.kinds import KINDS

DATA = Path(__file__).parent / "api"


def load() -> dict[str, Any]:
    """``reached``: module → API → IDs of operations; ``exceptions`` and ``successors`` as the file has them."""
    coverage: dict[str, Any] = yaml.safe_load((DATA / "coverage.yml").read_text(encoding="utf-8"))
    reached = coverage["reached"]
    names = [f"airflow_{kind.resource.kind}" for kind in KINDS.values()]
    lists = [f"{name}_info" for name in names]
    in_bulk = {"v2": [f"bulk_{option}" for option, kind in KINDS.items() if kind.bulk]}
    reached["airflow_deployment"] = _together([*(reached.get(name, {}) for name in (*names, *lists)), in_bulk])
    reached["airflow_deployment_info"] = _together(reached.get(name, {}) for name in lists)
    return coverage


def _together(each: Iterable[dict[str, list[str]]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for operations in each:
        for api, names in operations.items():
            found[api] = sorted({*found.get(api, ()), *names})
    return found
