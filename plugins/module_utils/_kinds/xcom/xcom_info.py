# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""XComs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Mapping

from ..._engine.options import why_unreachable
from ..._model.api import Since
from ..._model.errors import InvalidInputError
from ..._model.field import Field
from ..._model.listing import Listing
from ..._model.paths import below
from ..._model.secrets import Secrecy
from ..._model.shape import an_object
from ..shared.fields import IN_ALL_DAGS
from ..shared.filters import (
    NEW_IN_3_1,
    NEW_IN_3_2_2,
    between,
    option,
    pattern,
    result_field,
)
from ..shared.instance_fields import IN_ALL_RUNS, OF_ALL_TASKS
from ..shared.routes import INSTANCE, UNREACHABLE_XCOMS
from ..shared.rows import task_instance_row

if TYPE_CHECKING:
    from ..._http.client import Client
NATIVE_XCOMS = Since(v1="2.10.0")
"""Before, v1 knows values only as the text of a Python object."""


def _find_xcom(client: Client, listing: Listing, name: str, options: Mapping[str, Any]) -> list[dict[str, Any]]:
    """An XCom entry with its value in its own type."""
    reason = why_unreachable(UNREACHABLE_XCOMS, name, client.server)
    if reason:
        raise InvalidInputError(f"key {name!r} cannot be read: {reason}")
    query = [("map_index", str(options["map_index"]))] if options["map_index"] is not None else []
    if not client.server.lacks(NATIVE_XCOMS):
        query.append(("stringify", "false"))
    row = client.call("GET", below(listing.path, name), query=query, check=an_object(shown={"key": name}))
    return [{**row, "dag_run_id": options["dag_run_id"]}]


XCOM_INFO = Listing(
    kind="xcom",
    collection="xcoms",
    template=INSTANCE + "/xcomEntries",
    answer="xcom_entries",
    parents=(IN_ALL_DAGS, IN_ALL_RUNS, OF_ALL_TASKS),
    identity=Field(
        "key",
        description=(
            "Key of the one XCom entry to return, with its value. Needs O(dag_id), O(dag_run_id) and O(task_id).",
        ),
    ),
    locators=(option("map_index", "Which instance of a mapped task.", "int", Since(v1="2.7.0")),),
    find=_find_xcom,
    order_by="key",
    orders={"v1": "", "v2": ""},
    order_since=NEW_IN_3_2_2,
    unique=("dag_id", "dag_run_id", "logical_date", "task_id", "map_index", "key"),
    filters=(
        option("xcom_key", "Return only entries with this key, without their values.", since=Since(v1="2.7.0")),
        *pattern("xcom_key", "key"),
        *pattern("dag_display_name", "DAG's display name"),
        *pattern("run_id", "run's ID"),
        *pattern("task_id", "task's ID"),
        option("map_index_filter", "Return only entries of this instance of mapped tasks.", "int", NEW_IN_3_1),
        *between("logical_date", "run's logical date", since=NEW_IN_3_1),
        *between("run_after", "run's earliest start", since=NEW_IN_3_1),
    ),
    each=Field(
        "values",
        type="bool",
        default=False,
        description=(
            "Whether to read the value of each entry as well, with one request per entry.",
            "On Airflow 2 this needs O(dag_run_id).",
        ),
    ),
    row=task_instance_row,
    reported=(
        result_field("key", "Key of the entry.", sample="return_value"),
        result_field("dag_id", "ID of the DAG.", sample="etl"),
        result_field(
            "dag_run_id", "ID of the run; Airflow 2 returns it if O(dag_run_id) is given.", names={"v2": "run_id"}
        ),
        result_field("task_id", "ID of the task.", sample="extract"),
        result_field("map_index", "Which instance of a mapped task; -1 if the task is not mapped.", "int", -1),
        result_field("logical_date", "Logical date of the run."),
        result_field("run_after", "Earliest time at which the run may start.", since=Since(v1=None, v2="3.1.8")),
        result_field("timestamp", "When it was written."),
        result_field(
            "value",
            "With O(key) or O(values), its value. Airflow before 2.10 returns it as the text of a Python object.",
            "raw",
            {"rows": 3},
            secrecy=Secrecy.BY_NAME,
        ),
    ),
    summary="List XCom entries of Apache Airflow",
    description=(
        "Returns the values that tasks exchange.",
        "A value is not shown if its key, or the name of a key in it, sounds like a secret.",
    ),
    examples="""
- name: Read the return value of a task
  dataops.airflow.airflow_xcom_info:
    airflow_url: https://airflow.example.com
    airflow_username: auditor
    airflow_password: "{{ airflow_password }}"
    dag_id: etl
    dag_run_id: "{{ run.dag_run.dag_run_id }}"
    task_id: extract
    key: return_value
  register: extract

- name: Show it
  ansible.builtin.debug:
    msg: "{{ extract.xcoms[0].value.rows }}"

- name: Read the XComs of a run, with values
  dataops.airflow.airflow_xcom_info:
    dag_id: etl
    dag_run_id: "{{ run.dag_run.dag_run_id }}"
    values: true
""",
)
