# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What v1 sends, in the form of v2."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.dataops.airflow.plugins.module_utils._kinds.shared import rows
from ansible_collections.dataops.airflow.plugins.module_utils._model.api import V1, V2


@pytest.mark.parametrize(
    ("schedule", "summary"),
    [
        (None, None),
        ({"__type": "CronExpression", "value": "@daily"}, "0 0 * * *"),
        ({"__type": "CronExpression", "value": "@once"}, "@once"),
        ({"__type": "CronExpression", "value": "5 4 * * *"}, "5 4 * * *"),
        ({"__type": "CronExpression", "value": "Dataset"}, "Asset"),
        ({"__type": "TimeDelta", "days": 1, "seconds": 7384, "microseconds": 500000}, "1 day, 2:03:04.500000"),
        (
            {"__type": "RelativeDelta", "months": 1, "days": 0, "day": 3, "hour": None},
            "relativedelta(months=+1, day=3)",
        ),
    ],
)
def test_a_schedule_is_shown_as_v2_does(schedule: Any, summary: str | None) -> None:
    assert rows.timetable_summary(schedule) == summary


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        ({"days": 0, "seconds": 3600, "microseconds": 0}, "PT1H"),
        ({"days": 1, "seconds": 7384, "microseconds": 500000}, "P1DT2H3M4.5S"),
        ({"days": 0, "seconds": 0, "microseconds": 0}, "PT0S"),
        ({"days": 400, "seconds": 0}, "P1Y35D"),
        ({"days": -1, "seconds": 86395}, "-PT5S"),
        ({"seconds": 30}, "PT30S"),
    ],
)
def test_a_time_span_is_written_as_v2_does(parts: dict[str, int], text: str) -> None:
    assert rows.duration(parts) == text


def test_a_dag_of_v1_has_the_names_and_values_of_v2() -> None:
    row = {
        "dag_id": "etl",
        "is_active": True,
        "is_paused": False,
        "schedule_interval": {"__type": "CronExpression", "value": "Dataset"},
        "next_dagrun": None,
        "next_dagrun_create_after": "2026-11-23T00:00:00+00:00",
        "dataset_expression": {"all": ["s3://a", {"any": ["s3://b", {"alias": "c"}]}]},
        "params": {"day": {"__class": "airflow.models.param.Param", "value": 3, "schema": {}, "description": None}},
        "template_searchpath": None,
        "dag_run_timeout": None,
        "default_view": "grid",
    }
    assert rows.dag_row(row, V1) == {
        "dag_id": "etl",
        "is_stale": False,
        "paused": False,
        "timetable_summary": "Asset",
        "next_dagrun_logical_date": None,
        "next_dagrun_run_after": "2026-11-23T00:00:00+00:00",
        "asset_expression": {
            "all": [{"asset": {"uri": "s3://a"}}, {"any": [{"asset": {"uri": "s3://b"}}, {"alias": {"name": "c"}}]}]
        },
        "params": {"day": {"value": 3, "schema": {}, "description": None}},
        "template_search_path": None,
        "dag_run_timeout": None,
        "default_view": "grid",
    }


def test_what_v2_sends_stays_but_for_the_name_of_the_option() -> None:
    row = {"dag_id": "etl", "is_paused": True, "is_stale": False}
    assert rows.dag_row(row, V2) == {"dag_id": "etl", "paused": True, "is_stale": False}
    for convert in (rows.dag_run_row, rows.task_instance_row):
        assert convert({"logical_date": None}, V2) == {"logical_date": None}


def test_a_logical_date_is_told_once() -> None:
    assert rows.dag_run_row({"execution_date": "x", "logical_date": "x"}, V1) == {"logical_date": "x"}
    assert rows.task_instance_row({"execution_date": "x"}, V1) == {"logical_date": "x"}
