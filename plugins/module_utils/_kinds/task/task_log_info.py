# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The log of a task instance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Mapping

from ..._model.api import Since
from ..._model.errors import MissingError, RefusedError
from ..._model.field import Field
from ..._model.listing import Single
from ..._model.paths import below, fill
from ..._model.shape import an_object
from ..shared import logs
from ..shared.fields import DAG_ID
from ..shared.filters import (
    needs,
)
from ..shared.instance_fields import DAG_RUN_ID, MAP_INDEX, TASK_ID
from ..shared.routes import INSTANCE

if TYPE_CHECKING:
    from ..._http.client import Client

EXTERNAL_URLS = Since(v1=None, v2="3.1.0")


def _log(client: Client, options: Mapping[str, Any]) -> dict[str, Any]:
    found = dict(options)
    nothing = {"log": "", "events": [], "try_number": 0}
    try:
        if found["try_number"] is None:
            index = [] if found["map_index"] == -1 else [str(found["map_index"])]
            check = an_object(try_number=int)
            found["try_number"] = client.call("GET", below(fill(INSTANCE, found), *index), check=check)["try_number"]
        if found["try_number"] < 1:
            return nothing
        text, events = logs.read(client, found)
        result = {"log": text, "events": events, "try_number": found["try_number"]}
        if options["external_url"]:
            result["external_url"] = _external_url(client, found)
    except MissingError:
        return nothing
    if options["log_lines"] is not None:
        result["log"] = logs.last_lines(text, options["log_lines"])
    return result


def _external_url(client: Client, instance: Mapping[str, Any]) -> str | None:
    """Where else the log can be seen; ``None`` if the log handler of this server knows no such place."""
    path = fill(INSTANCE + "/externalLogUrl/{try_number}", instance)
    try:
        query = [("map_index", str(instance["map_index"]))]
        return str(client.call("GET", path, query=query, check=an_object("url"))["url"])
    except RefusedError as error:
        if error.status != 400:
            raise
        return None


TASK_LOG_INFO = Single(
    kind="task_log",
    read=_log,
    fields=(
        DAG_ID,
        DAG_RUN_ID,
        TASK_ID,
        MAP_INDEX,
        Field(
            "try_number",
            type="int",
            minimum={"v1": 1, "v2": 1},
            description=("Number of the try whose log to return; by default the latest.",),
        ),
        Field(
            "log_lines",
            type="int",
            minimum={"v1": 0, "v2": 0},
            description=("Number of lines to return from the end of the log; by default all.",),
        ),
        Field(
            "external_url",
            type="bool",
            default=False,
            since=EXTERNAL_URLS,
            description=("Whether to return the URL of the log in an external system.", *needs(EXTERNAL_URLS)),
        ),
    ),
    returned=(
        Field("log", description=("The log as plain text; empty if there is none.",)),
        Field(
            "events",
            type="list",
            elements="dict",
            description=("On Airflow 3, the structured log events as Airflow stores them. Empty on Airflow 2.",),
        ),
        Field(
            "try_number", type="int", description=("Number of the try whose log it is; 0 if there was none.",), sample=1
        ),
        Field(
            "external_url",
            description=("With O(external_url), the URL of the log in an external system; none if there is none.",),
        ),
    ),
    summary="Read the log of a task instance of Apache Airflow",
    description=("Returns the log of one try of a task instance as plain text.",),
    examples="""
- name: Read the end of a task's log
  dataops.airflow.airflow_task_log_info:
    airflow_url: https://airflow.example.com
    airflow_username: auditor
    airflow_password: "{{ airflow_password }}"
    dag_id: etl
    dag_run_id: "{{ run.dag_run.dag_run_id }}"
    task_id: extract
    log_lines: 50
  register: extract

- name: Show it
  ansible.builtin.debug:
    msg: "{{ extract.log.splitlines() }}"
""",
)
