# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Decisions that tasks wait for a person to take."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Mapping

from ..._model.api import Since
from ..._model.field import Field
from ..._model.listing import Listing
from ..._model.paths import below, fill
from ..._model.secrets import Secrecy
from ..._model.shape import AN_OBJECT
from ..shared.fields import IN_ALL_DAGS
from ..shared.filters import (
    NEW_IN_3_1,
    NEW_IN_3_2,
    TASK_STATES,
    between,
    listed,
    needs,
    option,
    pattern,
    result_field,
)
from ..shared.instance_fields import IN_ALL_RUNS
from ..shared.routes import INSTANCE

if TYPE_CHECKING:
    from ..._http.client import Client


def _find_request(client: Client, listing: Listing, name: str, options: Mapping[str, Any]) -> list[dict[str, Any]]:
    index = -1 if options["map_index"] is None else options["map_index"]
    path = below(fill(INSTANCE, {**options, "task_id": name}), str(index), "hitlDetails")
    if options["try_number"] is not None:
        path = below(path, "tries", str(options["try_number"]))
    return [client.call("GET", path, check=AN_OBJECT)]


HITL_DETAIL_INFO = Listing(
    kind="hitl_detail",
    collection="hitl_details",
    template="dags/{dag_id}/dagRuns/{dag_run_id}/hitlDetails",
    parents=(IN_ALL_DAGS, IN_ALL_RUNS),
    identity=Field("task_id", description=("ID of the task whose request to return.",)),
    locators=(option("map_index", "Which instance of a mapped task.", "int"),),
    finders=(option("try_number", "Which try of O(task_id); the last one if left out.", "int", NEW_IN_3_2),),
    identity_filters=Since(v1=None, v2="3.1.0"),
    find=_find_request,
    order_by="ti_id",
    unique=("task_instance_id",),
    filters=(
        listed("state", "Return only requests of task instances in these states.", choices=TASK_STATES),
        option("response_received", "Return only requests that have a response, or have none.", "bool"),
        listed("responded_by_user_id", "Return only requests that these users responded to, by their IDs."),
        listed("responded_by_user_name", "Return only requests that these users responded to, by their names."),
        option("subject_search", "Return only requests with this text in their subject."),
        option("body_search", "Return only requests with this text in their body."),
        *pattern("dag_id", "DAG's ID"),
        *pattern("task_id", "task's ID"),
        *between("created_at", "creation"),
    ),
    row=lambda row, api: {"task_instance_id": (row.get("task_instance") or {}).get("id"), **row},
    reported=(
        result_field("task_instance_id", "ID of the task instance that waits for the response."),
        result_field("task_instance", "The task instance that waits for the response.", "dict"),
        result_field("subject", "Subject of the request.", sample="Release to production?"),
        result_field("body", "Body of the request."),
        result_field("options", "Options to choose from.", "list", ["Approve", "Reject"], elements="str"),
        result_field("multiple", "Whether several options can be chosen.", "bool", False),
        result_field("defaults", "Options that are chosen if nobody responds in time.", "list", elements="str"),
        result_field("params", "Parameters that it asks for.", "dict", secrecy=Secrecy.BY_KEY),
        result_field("assigned_users", "Users who may respond.", "list", elements="dict"),
        result_field("response_received", "Whether a response was received.", "bool", False),
        result_field("responded_by_user", "User who responded.", "dict"),
        result_field("responded_at", "When the response was received."),
        result_field("chosen_options", "Options that were chosen.", "list", ["Approve"], elements="str"),
        result_field("params_input", "Parameters that were given with the response.", "dict", secrecy=Secrecy.BY_KEY),
        result_field("created_at", "When the request was created."),
    ),
    since=NEW_IN_3_1,
    summary="List the human-in-the-loop requests of Apache Airflow",
    description=("Returns the requests of tasks for a response by a user, and the responses.", *needs(NEW_IN_3_1)),
    examples="""
- name: Read the requests that wait for a response
  dataops.airflow.airflow_hitl_detail_info:
    airflow_url: https://airflow.example.com
    airflow_username: auditor
    airflow_password: "{{ airflow_password }}"
    response_received: false
""",
)
