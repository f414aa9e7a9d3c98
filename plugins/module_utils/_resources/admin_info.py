# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Information for administrators: configuration, event log, import errors, plugins, providers, jobs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Mapping

from .._core.api import V1, Api, Since, fill, join
from .._core.compare import MASK
from .._core.errors import InvalidInputError, MissingError, PreconditionError, RefusedError
from .._core.listing import Listing, Single
from .._core.moments import moment
from .._core.secrets import Secrecy, conceal
from .._core.shape import a_list, an_object
from .._core.spec import Field
from .filters import NEW_IN_3, NEW_IN_3_1, NEW_IN_3_3, between, listed, needs, option, pattern, told
from .rows import renamed

if TYPE_CHECKING:
    from .._core.client import Client

CONFIG_PARTS = Since(v1="2.7.0")

SECRET_OPTIONS = re.compile(r"_conn$|_key$|_kwargs$|backend|_auth$|_args$|broker_url")
"""Options of Airflow's configuration that hold secrets although their names do not say so."""


_CONFIG = a_list("sections", a_list("options", an_object("value", key=str)))


def _config(client: Client, options: Mapping[str, Any]) -> dict[str, Any]:
    section, name = options["section"], options["option"]
    if name is not None and section is None:
        raise InvalidInputError("option needs section as well")
    server, path, query = client.server, join("config"), []
    if not server.lacks(CONFIG_PARTS):
        if name is not None:
            path = fill("config/section/{section}/option/{option}", options)
        elif section is not None:
            query = [("section", section)]
    try:
        answer = client.call("GET", path, query=query, accept="application/json", check=_CONFIG)
    except MissingError:
        return {"sections": []}
    except RefusedError as error:
        if error.status == 403 and "expose" in str(error.facts.get("detail")):
            where = "webserver" if server.api is V1 else "api"
            raise PreconditionError(
                f"This Airflow {server.version} does not show its configuration: [{where}] expose_config has to be "
                f"True or non-sensitive-only in it (AIRFLOW__{where.upper()}__EXPOSE_CONFIG=non-sensitive-only)",
                **error.facts,
            ) from None
        raise
    return {"sections": list(_sections(answer["sections"], section, name))}


def _sections(found: list[dict[str, Any]], section: str | None, name: str | None) -> list[dict[str, Any]]:
    """The sections that were asked for, without secrets."""
    sections = []
    for part in found:
        options = [
            {**item, "value": _shown(item["key"], item["value"])}
            for item in part["options"]
            if name is None or item["key"] == name
        ]
        if section in (None, part.get("name")) and options:
            sections.append({**part, "options": options})
    return sections


def _shown(key: str, value: Any) -> Any:
    """An option's value unless it may be a secret."""
    if value and SECRET_OPTIONS.search(key):
        return MASK
    return conceal(value, key)


CONFIG_INFO = Single(
    kind="config",
    read=_config,
    fields=(
        Field("section", description=("Name of the one section to return.",), sample="core"),
        Field("option", description=("Name of the one option to return. Needs O(section).",)),
    ),
    returned=(
        Field(
            "sections",
            type="list",
            elements="dict",
            description=("The sections of the configuration; empty if there is no such section or option.",),
            contains=(
                told("name", "Name of the section.", sample="core"),
                told(
                    "options",
                    "Options of the section, with secrets hidden.",
                    "list",
                    [{"key": "executor", "value": "LocalExecutor"}],
                    elements="dict",
                ),
            ),
        ),
    ),
    summary="Read the configuration of Apache Airflow",
    description=(
        "Returns Airflow's configuration, if its administrator exposes it: C([webserver] expose_config) on Airflow "
        "2, C([api] expose_config) on Airflow 3.",
        "Values that may be secrets are always hidden, regardless of the server.",
    ),
    examples="""
- name: Read the executor setting
  dataops.airflow.airflow_config_info:
    airflow_url: https://airflow.example.com
    airflow_username: auditor
    airflow_password: "{{ airflow_password }}"
    section: core
    option: executor
  register: config

- name: Show it
  ansible.builtin.debug:
    msg: "{{ config.sections[0].options[0].value }}"
""",
)


def event_log_row(row: Mapping[str, Any], api: Api) -> dict[str, Any]:
    """An entry of the event log."""
    return renamed(row, {"execution_date": "logical_date"}) if api is V1 else dict(row)


FILTERS_2_8 = Since(v1="2.8.0")
FILTERS_2_9 = Since(v1="2.9.0")
FILTERS_2_10 = Since(v1="2.10.0")

EVENT_LOG_INFO = Listing(
    kind="event_log",
    collection="event_logs",
    template="eventLogs",
    identity=Field("event_log_id", type="int", description=("ID of the one entry to return.",)),
    order_by="event_log_id",
    orders={"v2": "id"},
    sorts={"v2": {"event_log_id": "id", "when": "dttm"}, "v1": {"logical_date": "execution_date"}},
    filters=(
        option("dag_id", "Return only entries about this DAG.", since=FILTERS_2_8),
        option("task_id", "Return only entries about this task.", since=FILTERS_2_8),
        option("run_id", "Return only entries about this run.", since=FILTERS_2_9),
        option("map_index", "Return only entries about this instance of a mapped task.", "int", FILTERS_2_10),
        option("try_number", "Return only entries about this try.", "int", FILTERS_2_10),
        option("owner", "Return only entries of this user.", since=FILTERS_2_8),
        option("event", "Return only events of this name.", since=FILTERS_2_8),
        listed("included_events", "Return only events of these names.", FILTERS_2_9, joined=frozenset({"v1"})),
        listed("excluded_events", "Leave out events of these names.", FILTERS_2_9, joined=frozenset({"v1"})),
        option("before", "Return only entries before this time, as ISO 8601.", since=FILTERS_2_8, parse=moment),
        option("after", "Return only entries after this time, as ISO 8601.", since=FILTERS_2_8, parse=moment),
        *pattern("dag_id", "DAG's ID"),
        *pattern("task_id", "task's ID"),
        *pattern("run_id", "run's ID"),
        *pattern("owner", "user"),
        *pattern("event", "event"),
    ),
    row=event_log_row,
    reported=(
        told("event_log_id", "ID of the entry.", "int", 1234),
        told("when", "When it happened."),
        told("event", "What was done.", sample="trigger_dag_run"),
        told("owner", "User who did it.", sample="ansible"),
        told("dag_id", "ID of the DAG.", sample="etl"),
        told("run_id", "ID of the run."),
        told("task_id", "ID of the task."),
        told("map_index", "Which instance of a mapped task.", "int"),
        told("try_number", "Number of the try.", "int"),
        told("logical_date", "Logical date of the run."),
        told("extra", "Further details, as JSON text.", secrecy=Secrecy.BY_FORM),
    ),
    summary="List the event log of Apache Airflow",
    description=("Returns the audit log: who did what, and when.",),
    examples="""
- name: Read who paused or unpaused DAGs this month
  dataops.airflow.airflow_event_log_info:
    airflow_url: https://airflow.example.com
    airflow_username: auditor
    airflow_password: "{{ airflow_password }}"
    included_events: [paused, patch_dag]
    after: 2026-11-01
""",
)

IMPORT_ERROR_INFO = Listing(
    kind="import_error",
    collection="import_errors",
    template="importErrors",
    identity=Field("import_error_id", type="int", description=("ID of the one error to return.",)),
    order_by="import_error_id",
    orders={"v2": "id"},
    sorts={"v2": {"import_error_id": "id", "stack_trace": "stacktrace"}},
    filters=(
        *pattern("filename", "file's name"),
        option("filename", "Return only the error of this file, named as in RV(import_errors).", since=NEW_IN_3_3),
        option("bundle_name", "Return only errors in this bundle.", since=NEW_IN_3_3),
    ),
    reported=(
        told("import_error_id", "ID of the error.", "int", 5),
        told("filename", "The file: its path on Airflow 2, its path in the bundle on Airflow 3.", sample="etl.py"),
        told("bundle_name", "Bundle of the file.", sample="dags-folder", since=NEW_IN_3),
        told("stack_trace", "The traceback."),
        told("timestamp", "When the import was last attempted."),
    ),
    summary="List files that Apache Airflow cannot import",
    description=("Returns the DAG files that Airflow cannot import, and why.",),
    examples="""
- name: Read all import errors
  dataops.airflow.airflow_import_error_info:
    airflow_url: https://airflow.example.com
    airflow_username: auditor
    airflow_password: "{{ airflow_password }}"
  register: found
  failed_when: found.import_errors | default([]) | length > 0
""",
)


def _failed_plugins(client: Client) -> dict[str, Any]:
    """The plugins that could not be imported, where the server returns them."""
    if client.server.lacks(NEW_IN_3_1):
        return {}
    return {
        "import_errors": client.call("GET", join("plugins", "importErrors"), check=a_list("import_errors"))[
            "import_errors"
        ]
    }


PLUGIN_INFO = Listing(
    kind="plugin",
    collection="plugins",
    identity=None,
    order_by=None,
    reported=(
        told("name", "Name of the plugin.", sample="warehouse_macros"),
        told("source", "Source of the plugin."),
        told("macros", "Its macros.", "list", elements="str"),
        told("listeners", "Its listeners.", "list", elements="str"),
        told("timetables", "Its timetables.", "list", elements="str"),
        told("operator_extra_links", "Its links for certain operators.", "list", elements="str"),
        told("global_operator_extra_links", "Its links for all operators.", "list", elements="str"),
        told("flask_blueprints", "Its Flask blueprints.", "list", elements="str"),
        told("fastapi_apps", "Its FastAPI applications.", "list", elements="dict", since=NEW_IN_3),
        told("appbuilder_views", "Its Flask-AppBuilder views.", "list", elements="dict"),
        told("external_views", "Its links to other pages.", "list", elements="dict", since=NEW_IN_3_1),
        told("react_apps", "Its React applications.", "list", elements="dict", since=NEW_IN_3_1),
    ),
    extra=_failed_plugins,
    extras=(
        Field(
            "import_errors",
            type="list",
            elements="dict",
            description=("The plugins that could not be imported, with C(source) and C(error). From Airflow 3.1 on.",),
        ),
    ),
    summary="List plugins of Apache Airflow",
    description=("Returns the plugins that Airflow has loaded.",),
    examples="""
- name: Read all plugins
  dataops.airflow.airflow_plugin_info:
    airflow_url: https://airflow.example.com
    airflow_username: auditor
    airflow_password: "{{ airflow_password }}"
  register: found
""",
)

PROVIDER_INFO = Listing(
    kind="provider",
    collection="providers",
    identity=None,
    order_by=None,
    unique=("package_name",),
    # v1 knows no pages here.
    whole=frozenset({"v1"}),
    reported=(
        told("package_name", "Name of the package.", sample="apache-airflow-providers-postgres"),
        told("version", "Its version.", sample="6.2.0"),
        told("description", "Description of the provider."),
        told("documentation_url", "URL of its documentation.", since=NEW_IN_3_1),
    ),
    summary="List providers of Apache Airflow",
    description=("Returns the provider packages that are installed where Airflow's API runs.",),
    examples="""
- name: Read all providers
  dataops.airflow.airflow_provider_info:
    airflow_url: https://airflow.example.com
    airflow_username: auditor
    airflow_password: "{{ airflow_password }}"
  register: found

- name: Require one
  ansible.builtin.assert:
    that: "'apache-airflow-providers-postgres' in found.providers | map(attribute='package_name')"
""",
)

JOB_INFO = Listing(
    kind="job",
    collection="jobs",
    identity=None,
    order_by="id",
    unique=("id",),
    filters=(
        option("job_type", "Return only jobs of this type, such as V(SchedulerJob)."),
        option("job_state", "Return only jobs in this state, such as V(running)."),
        option("hostname", "Return only jobs on this host."),
        option("executor_class", "Return only jobs of this executor."),
        option("is_alive", "Return only jobs that are alive, or are not alive.", "bool"),
        *between("start_date", "start"),
        *between("end_date", "end"),
    ),
    reported=(
        told("id", "ID of the job.", "int", 2),
        told("job_type", "Its type.", sample="SchedulerJob"),
        told("state", "Its state.", sample="running"),
        told("hostname", "Host that it runs on."),
        told("unixname", "Operating system user that it runs as.", sample="airflow"),
        told("start_date", "When it started."),
        told("end_date", "When it ended."),
        told("latest_heartbeat", "Time of the latest heartbeat."),
        told("executor_class", "Its executor."),
        told("dag_id", "ID of the DAG that it runs."),
    ),
    since=NEW_IN_3,
    summary="List jobs of Apache Airflow",
    description=(
        "Returns the processes of Airflow, such as schedulers and triggerers, including former ones.",
        *needs(NEW_IN_3),
    ),
    examples="""
- name: Read the schedulers that are alive
  dataops.airflow.airflow_job_info:
    airflow_url: https://airflow.example.com
    airflow_username: auditor
    airflow_password: "{{ airflow_password }}"
    job_type: SchedulerJob
    is_alive: true
""",
)
