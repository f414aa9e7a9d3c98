# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fields that several kinds of objects have."""

from __future__ import annotations

from ..._model.api import Since
from ..._model.compare import text
from ..._model.field import Field

TEAM_NAME = Field(
    "team_name",
    description=(
        "Team that the object belongs to. Needs Airflow 3.2 in multi-team mode, which only "
        "Airflow itself can check: check mode cannot.",
    ),
    result="Team that the object belongs to.",
    longest=50,
    since=Since(v1=None, v2="3.2.0"),
    compare=text,
    encode=lambda name: name or None,
)

DAG_ID = Field("dag_id", required=True, longest=250, description=("ID of the DAG.",), sample="etl")
IN_ALL_DAGS = Field("dag_id", default="~", description=("ID of the DAG; V(~) stands for all of them.",), sample="etl")
