# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading task instances: their states and tries, logs, links, XComs, stored values and requests to people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Mapping

from .._core import logs
from .._core.api import V1, Since, below, fill
from .._core.errors import MissingError, RefusedError
from .._core.listing import Listing, Route, Single
from .._core.options import check_since
from .._core.secrets import Secrecy
from .._core.shape import AN_OBJECT, a_list, an_object
from .._core.spec import Field
from .fields import DAG_ID, IN_ALL_DAGS
from .filters import (
    BATCH,
    NEW_IN_3,
    NEW_IN_3_1,
    NEW_IN_3_2,
    NEW_IN_3_3,
    STATE_VALUE,
    TASK_STATES,
    between,
    listed,
    needs,
    option,
    pattern,
    told,
)
from .paths import INSTANCE, INSTANCES
from .rows import task_instance_row

if TYPE_CHECKING:
    from .._core.client import Client

TRIES = Since(v1="2.10.0")
NATIVE_XCOMS = Since(v1="2.10.0")
"""Before, v1 knows values only as the text of a Python object."""

DAG_RUN_ID = Field("dag_run_id", required=True, description=("ID of the run.",))
TASK_ID = Field("task_id", required=True, description=("ID of the task.",), sample="extract")
IN_ALL_RUNS = Field("dag_run_id", default="~", description=("ID of the run; V(~) stands for all of them.",))
OF_ALL_TASKS = Field("task_id", default="~", description=("ID of the task; V(~) stands for all of them.",))
MAP_INDEX = Field(
    "map_index",
    type="int",
    default=-1,
    description=("Which instance of a mapped task; V(-1) if the task is not mapped.",),
)


_INSTANCE = an_object(task_id=str, map_index=int)


def _find(client: Client, listing: Listing, name: str, options: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The instances of a task: one, or all of a mapped one; or else their tries."""
    whole = below(listing.path, name)
    index = options["map_index"]
    path = whole if index in (None, -1) else below(whole, str(index))
    if options["tries"]:
        return list(client.pages(below(path, "tries"), "task_instances", {}, row=_INSTANCE))
    try:
        rows = [client.call("GET", path, check=an_object(map_index=int, shown={"task_id": name}))]
    except MissingError:
        if index is not None:
            raise
        rows = list(client.pages(below(whole, "listMapped"), "task_instances", {}, row=_INSTANCE))
    if options["dependencies"]:
        for row in rows:
            own = whole if row["map_index"] == -1 else below(whole, str(row["map_index"]))
            row["dependencies"] = client.call("GET", below(own, "dependencies"), check=a_list("dependencies"))[
                "dependencies"
            ]
    return rows


TASK_INSTANCE_INFO = Listing(
    kind="task_instance",
    collection="task_instances",
    template=INSTANCES,
    parents=(IN_ALL_DAGS, IN_ALL_RUNS),
    identity=Field(
        "task_id",
        description=(
            "ID of the one task to return, all its instances if it is mapped.",
            "On Airflow 2 it needs O(dag_id) and O(dag_run_id); use O(task_ids) otherwise.",
        ),
    ),
    locators=(
        option(
            "map_index",
            "Which instance of a mapped task. On Airflow 2 it needs O(task_id).",
            "int",
            Since(v1=None, v2="3.1.0"),
        ),
    ),
    finders=(
        Field(
            "tries",
            type="bool",
            default=False,
            since=TRIES,
            description=(
                "Whether to return all tries of O(task_id) instead of the last one; with O(map_index) if it is mapped.",
                *needs(TRIES),
            ),
        ),
        Field(
            "dependencies",
            type="bool",
            default=False,
            since=TRIES,
            description=(
                "Whether to return, for O(task_id), the unmet dependencies of each instance, a request each.",
                *needs(TRIES),
            ),
        ),
    ),
    identity_filters=Since(v1=None, v2="3.0.0"),
    find=_find,
    order_by="id",
    orders={"v1": ""},
    order_since=Since(v1=None, v2="3.0.0"),
    unique=("dag_id", "dag_run_id", "task_id", "map_index"),
    routes=(
        Route(
            options=(
                listed("dag_ids", "Return only task instances in these DAGs."),
                listed("dag_run_ids", "Return only task instances in these runs.", Since(v1="2.7.0")),
                listed("task_ids", "Return only instances of these tasks.", Since(v1="2.7.0")),
            ),
            template="dags/~/dagRuns/~/taskInstances/list",
            filters=frozenset({*(BATCH - {"conf_contains"}), "state", "pool", "queue", "executor"}),
            batch=True,
        ),
    ),
    filters=(
        listed("state", "Return only task instances in these states; V(none): without a state.", choices=TASK_STATES),
        *between("logical_date", "run's logical date", old_name="execution_date"),
        *between("run_after", "run's earliest start", since=NEW_IN_3),
        *between("start_date", "start"),
        *between("end_date", "end"),
        *between("updated_at", "last change", since=Since(v1="2.6.0")),
        *between("duration", "duration in seconds", "float"),
        listed("pool", "Return only task instances in these pools."),
        *pattern("pool_name", "pool", NEW_IN_3_2),
        listed("queue", "Return only task instances in these queues."),
        *pattern("queue_name", "queue", NEW_IN_3_2),
        listed("executor", "Return only task instances of these executors.", Since(v1="2.10.0")),
        listed("version_number", "Return only task instances of these versions of their DAG.", NEW_IN_3, "int"),
        listed("try_number", "Return only task instances at these tries.", NEW_IN_3_1, "int"),
        listed("operator", "Return only task instances of these operators, by their classes.", NEW_IN_3_1),
        *pattern("operator_name", "operator", NEW_IN_3_2),
        *pattern("task_display_name", "task's display name", NEW_IN_3),
        option("task_group_id", "Return only task instances in this task group.", since=NEW_IN_3_2),
        *pattern("dag_id", "DAG's ID", NEW_IN_3_2),
        *pattern("run_id", "run's ID", NEW_IN_3_2),
        *pattern("rendered_map_index", "rendered map index", NEW_IN_3_3),
    ),
    row=task_instance_row,
    reported=(
        told("task_id", "ID of the task.", sample="extract"),
        told("task_display_name", "Its name in the web interface.", sample="extract"),
        told("dag_id", "ID of the DAG.", sample="etl"),
        told("dag_run_id", "ID of the run.", sample="manual__2026-11-23T07:00:00+00:00"),
        told("map_index", "Which instance of a mapped task it is; -1 if the task is not mapped.", "int", -1),
        told("rendered_map_index", "The index as the web interface shows it."),
        told("state", "State of the task instance; none if it has no state yet.", sample="success"),
        told("try_number", "Number of the try.", "int", 1),
        told("max_tries", "Maximum number of tries.", "int", 0),
        told("logical_date", "Logical date of the run."),
        told("run_after", "Earliest time at which the run may start.", since=NEW_IN_3),
        told("queued_when", "When it was queued."),
        told("scheduled_when", "When it was scheduled.", since=NEW_IN_3),
        told("start_date", "When it started."),
        told("end_date", "When it ended."),
        told("duration", "How long it took, in seconds.", "float", 0.3),
        told("operator", "Class of its operator.", sample="BashOperator"),
        told("operator_name", "Name of its operator.", sample="@task", since=NEW_IN_3_2),
        told("pool", "Pool that it runs in.", sample="default_pool"),
        told("pool_slots", "Number of pool slots that it occupies.", "int", 1),
        told("queue", "Its queue.", sample="default"),
        told("executor", "Its executor; none if it has the default one."),
        told("priority_weight", "Its priority weight.", "int", 1),
        told("hostname", "Host that it runs on."),
        told("unixname", "Operating system user that it runs as.", sample="airflow"),
        told("pid", "Process ID on that host.", "int", 4242),
        told("note", "Note of the task instance."),
        told("rendered_fields", "Its templates, rendered.", "dict", secrecy=Secrecy.BY_KEY),
        told("trigger", "The trigger that a deferred task instance waits for.", "dict"),
        told("dag_version", "Version of the DAG that it ran.", "dict", since=NEW_IN_3),
        told(
            "dependencies",
            "With O(dependencies), the unmet dependencies that keep it from being scheduled.",
            "list",
            [{"name": "Dagrun Running", "reason": "Task instance's dagrun was not in the 'running' state"}],
            elements="dict",
        ),
    ),
    summary="List task instances of Apache Airflow",
    description=("Returns task instances of one run, of some DAGs, runs and tasks, or all of them.",),
    examples="""
- name: Read the task instances of a run
  dataops.airflow.airflow_task_instance_info:
    airflow_url: https://airflow.example.com
    airflow_username: auditor
    airflow_password: "{{ airflow_password }}"
    dag_id: etl
    dag_run_id: "{{ run.dag_run.dag_run_id }}"

- name: Read what has failed in two DAGs since yesterday
  dataops.airflow.airflow_task_instance_info:
    dag_ids: [etl, report]
    state: [failed, upstream_failed]
    end_date_gte: "{{ '%Y-%m-%d' | strftime(now().timestamp() - 86400) }}"

- name: Read all tries of a task
  dataops.airflow.airflow_task_instance_info:
    dag_id: etl
    dag_run_id: "{{ run.dag_run.dag_run_id }}"
    task_id: extract
    tries: true
""",
)

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

LINK_INDEX = Since(v1="2.10.0")


def _links(client: Client, options: Mapping[str, Any]) -> dict[str, Any]:
    query = []
    if options["map_index"] != -1:
        check_since("map_index", LINK_INDEX, client.server)
        query.append(("map_index", str(options["map_index"])))
    if options["try_number"] is not None:
        query.append(("try_number", str(options["try_number"])))
    try:
        answer = client.call("GET", fill(INSTANCE + "/links", options), query=query, check=AN_OBJECT)
    except MissingError:
        answer = {}
    return {"extra_links": answer if client.server.api is V1 else answer.get("extra_links", {})}


EXTRA_LINK_INFO = Single(
    kind="extra_link",
    read=_links,
    fields=(
        DAG_ID,
        DAG_RUN_ID,
        TASK_ID,
        Field(
            "map_index",
            type="int",
            default=-1,
            description=(
                "Which instance of a mapped task; V(-1) if the task is not mapped. Others need Airflow 2.10.",
            ),
        ),
        Field(
            "try_number",
            type="int",
            since=NEW_IN_3_3,
            description=("Number of the try whose links to return; by default the latest.", *needs(NEW_IN_3_3)),
        ),
    ),
    returned=(
        Field(
            "extra_links",
            type="dict",
            description=(
                "The URL of each link by its name, none for a link without a URL; empty if there are no links.",
            ),
            sample={"BigQuery console": "https://console.cloud.google.com/bigquery"},
        ),
    ),
    summary="Read the links of a task instance of Apache Airflow",
    description=("Returns the links of a task's operator, for example to its job in an external system.",),
    examples="""
- name: Read the links of a task
  dataops.airflow.airflow_extra_link_info:
    airflow_url: https://airflow.example.com
    airflow_username: auditor
    airflow_password: "{{ airflow_password }}"
    dag_id: etl
    dag_run_id: "{{ run.dag_run.dag_run_id }}"
    task_id: extract
""",
)


def _find_xcom(client: Client, listing: Listing, name: str, options: Mapping[str, Any]) -> list[dict[str, Any]]:
    """An XCom entry with its value in its own type."""
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
    order_since=NEW_IN_3_3,
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
        told("key", "Key of the entry.", sample="return_value"),
        told("dag_id", "ID of the DAG.", sample="etl"),
        told("dag_run_id", "ID of the run; Airflow 2 returns it if O(dag_run_id) is given.", names={"v2": "run_id"}),
        told("task_id", "ID of the task.", sample="extract"),
        told("map_index", "Which instance of a mapped task; -1 if the task is not mapped.", "int", -1),
        told("logical_date", "Logical date of the run."),
        told("run_after", "Earliest time at which the run may start.", since=NEW_IN_3_1),
        told("timestamp", "When it was written."),
        told(
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

TASK_STATE_INFO = Listing(
    kind="task_state",
    collection="task_states",
    template=INSTANCE + "/state-store",
    answer="task_state_store",
    parents=(DAG_ID, DAG_RUN_ID, TASK_ID, MAP_INDEX),
    identity=Field("key", description=("Key of the one value to return.",)),
    order_by=None,
    reported=(
        told("key", "Key of the value.", sample="cursor"),
        STATE_VALUE,
        told("updated_at", "When it was last changed."),
        told("expires_at", "When it expires."),
    ),
    since=NEW_IN_3_3,
    summary="List the state of a task instance of Apache Airflow",
    description=("Returns the values that a task instance has stored for its next try.", *needs(NEW_IN_3_3)),
    examples="""
- name: Read what a task instance has stored
  dataops.airflow.airflow_task_state_info:
    airflow_url: https://airflow.example.com
    airflow_username: auditor
    airflow_password: "{{ airflow_password }}"
    dag_id: etl
    dag_run_id: "{{ run.dag_run.dag_run_id }}"
    task_id: extract
""",
)


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
    finders=(Field("try_number", type="int", description=("Which try of O(task_id); the last one if left out.",)),),
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
        told("task_instance_id", "ID of the task instance that waits for the response."),
        told("task_instance", "The task instance that waits for the response.", "dict"),
        told("subject", "Subject of the request.", sample="Release to production?"),
        told("body", "Body of the request."),
        told("options", "Options to choose from.", "list", ["Approve", "Reject"], elements="str"),
        told("multiple", "Whether several options can be chosen.", "bool", False),
        told("defaults", "Options that are chosen if nobody responds in time.", "list", elements="str"),
        told("params", "Parameters that it asks for.", "dict", secrecy=Secrecy.BY_KEY),
        told("assigned_users", "Users who may respond.", "list", elements="dict"),
        told("response_received", "Whether a response was received.", "bool", False),
        told("responded_by_user", "User who responded.", "dict"),
        told("responded_at", "When the response was received."),
        told("chosen_options", "Options that were chosen.", "list", ["Approve"], elements="str"),
        told("params_input", "Parameters that were given with the response.", "dict", secrecy=Secrecy.BY_KEY),
        told("created_at", "When the request was created."),
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
