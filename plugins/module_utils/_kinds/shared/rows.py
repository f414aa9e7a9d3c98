# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows of API v1 in the form of v2, with its names and values. Keys that v2 does not have stay as they are."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Callable, Mapping

from ..._model.api import V1, Api

Row = Mapping[str, Any]

CRON_PRESETS = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@quarterly": "0 0 1 */3 *",
    "@yearly": "0 0 1 1 *",
}
"""Airflow's own names for schedules, which v2 shows as what they stand for."""

RELATIVE = ("years", "months", "days", "leapdays", "hours", "minutes", "seconds", "microseconds")
ABSOLUTE = ("year", "month", "day", "hour", "minute", "second", "microsecond")


def renamed(row: Row, names: Mapping[str, str]) -> dict[str, Any]:
    """A row whose keys have other names, in the same order."""
    return {names.get(key, key): value for key, value in row.items()}


def converted(row: Row, conversions: Mapping[str, Callable[[Any], Any]]) -> dict[str, Any]:
    """A row of which some values are converted; null stays null."""
    return {
        key: conversions[key](value) if key in conversions and value is not None else value
        for key, value in row.items()
    }


def timetable_summary(schedule: Any) -> str | None:
    """What v2 calls a DAG's schedule, from v1's ``schedule_interval``."""
    if not isinstance(schedule, dict):
        return None if schedule is None else str(schedule)
    if schedule.get("__type") == "TimeDelta":
        return str(_timedelta(schedule))
    if schedule.get("__type") == "RelativeDelta":
        parts = [f"{name}={schedule[name]:+g}" for name in RELATIVE if schedule.get(name)]
        parts += [f"{name}={schedule[name]}" for name in ABSOLUTE if schedule.get(name) is not None]
        return f"relativedelta({', '.join(parts)})"
    value = str(schedule.get("value"))
    return "Asset" if value == "Dataset" else CRON_PRESETS.get(value, value)


def duration(parts: Mapping[str, int]) -> str:
    """A time span in the form of ISO 8601, from v1's days, seconds and microseconds."""
    span = _timedelta(parts)
    sign, span = ("-", -span) if span < timedelta(0) else ("", span)
    years, days = divmod(span.days, 365)
    minutes, seconds = divmod(span.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    exact = f"{seconds}.{span.microseconds:06}".rstrip("0").rstrip(".")
    date = "".join(f"{number}{unit}" for number, unit in ((years, "Y"), (days, "D")) if number)
    time = "".join(f"{number}{unit}" for number, unit in ((hours, "H"), (minutes, "M"), (exact, "S")) if float(number))
    return f"{sign}P{date}" + (f"T{time}" if time else "" if date else "T0S")


def asset_expression(expression: Any) -> Any:
    """What a DAG waits for, from v1's URIs and names of aliases."""
    if isinstance(expression, str):
        return {"asset": {"uri": expression}}
    if isinstance(expression, dict):
        if isinstance(expression.get("alias"), str):
            return {"alias": {"name": expression["alias"]}}
        return {key: [asset_expression(item) for item in parts] for key, parts in expression.items()}
    return expression


def params(declared: Mapping[str, Any]) -> dict[str, Any]:
    """The params of a DAG or a task without the name of the class that holds them."""
    return {
        name: {key: value for key, value in param.items() if key != "__class"} if isinstance(param, dict) else param
        for name, param in declared.items()
    }


def dag_row(row: Row, api: Api) -> dict[str, Any]:
    """A DAG, or its details. ``is_paused`` is called as the option is, on both APIs."""
    if api is not V1:
        return renamed(row, {"is_paused": "paused"})
    return converted(
        renamed(
            row,
            {
                "is_paused": "paused",
                "is_active": "is_stale",
                "schedule_interval": "timetable_summary",
                "next_dagrun": "next_dagrun_logical_date",
                "next_dagrun_create_after": "next_dagrun_run_after",
                "dataset_expression": "asset_expression",
                "template_searchpath": "template_search_path",
            },
        ),
        {
            "is_stale": lambda is_active: not is_active,
            "timetable_summary": timetable_summary,
            "dag_run_timeout": duration,
            "asset_expression": asset_expression,
            "params": params,
        },
    )


def dag_run_row(row: Row, api: Api) -> dict[str, Any]:
    """A DAG run. v1 returns its logical date twice."""
    if api is not V1:
        return dict(row)
    return {key: value for key, value in row.items() if key != "execution_date"}


def task_instance_row(row: Row, api: Api) -> dict[str, Any]:
    """A task instance, or one try of it."""
    return dict(row) if api is not V1 else renamed(row, {"execution_date": "logical_date"})


def _timedelta(parts: Mapping[str, int]) -> timedelta:
    return timedelta(**{name: parts.get(name) or 0 for name in ("days", "seconds", "microseconds")})
