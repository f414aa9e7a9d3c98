# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Assets as Airflow 2 has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..._model.api import Since
from ..._model.paths import join
from ..._model.shape import an_object

if TYPE_CHECKING:
    from ..._http.client import Client

DATASETS = Since(v1="2.4.0")


def of_uri(client: Client, uri: str) -> list[dict[str, Any]]:
    """The assets of Airflow 3 that have a URI: v2 knows a part of it as a filter only."""
    query = {"uri_pattern": uri, "only_active": False, "order_by": "id"}
    return [
        row for row in client.pages(join("assets"), "assets", query, row=an_object("id", "uri")) if row["uri"] == uri
    ]
