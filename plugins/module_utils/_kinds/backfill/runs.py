# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The runs of a backfill, for those who wait for them or miss them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..._model.paths import fill
from ..._model.shape import an_object
from ..._model.timestamps import parse
from ..shared.routes import RUNS
from ..shared.rows import dag_run_row

if TYPE_CHECKING:
    from ..._http.client import Client
    from .backfill import Wanted


def runs_of(client: Client, wanted: Wanted) -> list[dict[str, Any]]:
    """The runs that backfills have made for these dates: Airflow does not show to which one a run belongs."""
    query = {
        "run_type": ["backfill"],
        "logical_date_gte": wanted.from_date,
        "logical_date_lte": wanted.to_date,
        "order_by": "logical_date",
    }
    api = client.server.api
    row = an_object("dag_run_id", "state")
    path = fill(RUNS, {"dag_id": wanted.dag_id})
    return [dag_run_row(found, api) for found in client.pages(path, "dag_runs", query, row=row)]


def without_run(client: Client, wanted: Wanted, dates: list[str]) -> list[str]:
    """Which of the dates have no run of a backfill.

    Airflow stores a backfill before it creates its runs, and keeps it if that fails (source of 3.0.6 and 3.1.8, seen on
    3.0.6 with a locked SQLite; 3.3.2 removes it if a lock was the reason).
    """
    found = {parse(run["logical_date"]) for run in runs_of(client, wanted) if run.get("logical_date")}
    return [date for date in dates if parse(date) not in found]
