# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""DAGs: known once Airflow has parsed their file, paused or not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Mapping

from .._core.api import fill, join
from .._core.change import Action, Change
from .._core.errors import AirflowError, MissingError, PreconditionError, few
from .._core.secrets import redact
from .._core.shape import an_object, understood
from .._core.spec import EVERY_API, Field, Hooks, Names, Resource
from .._core.wait import watch
from .fields import DAG_ID
from .rows import dag_row

if TYPE_CHECKING:
    from .._core.client import Client

LONGEST_PAUSE = 5.0
UNPARSED = "Airflow has parsed no file that defines it"
FEW = 3
"""Import errors that a message names."""


def read_dag(client: Client, dag_id: str) -> dict[str, Any] | None:
    """A DAG as :func:`.rows.dag_row` makes it; ``None`` if Airflow does not know it."""
    path = fill("dags/{dag_id}", {"dag_id": dag_id})
    try:
        found = client.call("GET", path, check=an_object(shown={"dag_id": dag_id}))
    except MissingError:
        return None
    with understood(f"GET {path}", "dag"):
        return dag_row(found, client.server.api)


def why_missing(client: Client, dag_id: str, dag: Mapping[str, Any] | None) -> str:
    """Why a DAG cannot be used.

    :param dag: the DAG if Airflow still knows it although its file is gone.
    """
    found = f"DAG {dag_id!r} {'is ' + _stale(dag) if dag else 'does not exist: ' + UNPARSED}"
    return found + not_imported(client)


def _stale(dag: Mapping[str, Any]) -> str:
    return f"stale: its file, {dag.get('fileloc')}, is gone or no longer defines it"


def not_imported(client: Client) -> str:
    """A sentence on the files that Airflow cannot import; empty if there are none."""
    errors = [one_line(error) for error in import_errors(client)]
    return f". Files that Airflow cannot import: {few(errors, FEW)}" if errors else ""


def read_import_errors(client: Client) -> list[dict[str, Any]]:
    """The files that Airflow cannot import, without known secrets in their tracebacks."""
    shape = an_object("filename", "stack_trace")
    rows = client.pages(join("importErrors"), "import_errors", {"order_by": "import_error_id"}, row=shape)
    return [{**row, "stack_trace": redact(str(row["stack_trace"]), client.secrets)} for row in rows]


def import_errors(client: Client) -> list[dict[str, Any]]:
    """The files that Airflow cannot import; none if the user may not see them."""
    try:
        return read_import_errors(client)
    except AirflowError:
        return []


def import_error_of(client: Client, dag: Mapping[str, Any]) -> str:
    """The import error of a DAG's file, in one line."""
    own = [error for error in import_errors(client) if str(dag.get("fileloc")).endswith(str(error["filename"]))]
    return one_line(own[0]) if own else str(dag.get("fileloc"))


def one_line(error: Mapping[str, Any]) -> str:
    """An import error as its file and the last line of its traceback."""
    lines = str(error["stack_trace"]).strip().splitlines() or [""]
    return f"{error['filename']} ({lines[-1]})"


class DagHooks(Hooks):
    """Only Airflow creates DAGs, from files."""

    def appear(
        self, client: Client, resource: Resource, current: dict[str, Any] | None, params: Mapping[str, Any]
    ) -> dict[str, Any] | None:
        dag_id = params["dag_id"]

        def exists(dag: dict[str, Any] | None) -> bool:
            return bool(dag) and not (dag or {}).get("is_stale")

        if exists(current):
            return current
        if not params["wait_timeout"]:
            raise PreconditionError(why_missing(client, dag_id, current))
        return watch(
            lambda: client.read(resource, dag_id),
            exists,
            current,
            timeout=params["wait_timeout"],
            longest_pause=LONGEST_PAUSE,
            title=f"DAG {dag_id!r}",
            state=lambda dag: _stale(dag) if dag else f"missing: {UNPARSED}",
            more=lambda _dag: not_imported(client),
            tell=client.progress,
            line=lambda dag: "" if exists(dag) else f"{dag_id}: not parsed yet",
            kind=PreconditionError,
        )

    def check(self, client: Client, change: Change, names: Names | None = None) -> list[str]:
        if change.action is not Action.DELETE:
            return []
        if client.transport.read_only:
            running = {"state": ["running"]}
            path = fill("dags/{dag_id}/dagRuns/~/taskInstances", {"dag_id": change.name})
            if next(client.pages(path, "task_instances", running, limit=1), None):
                raise PreconditionError(f"{change.title} cannot be deleted: tasks of it are running")
        if (change.current or {}).get("is_stale"):
            return []
        return [f"{change.title} will be created again, without its history, if Airflow still finds its file"]


DAG = Resource(
    kind="dag",
    collection="dags",
    identity=DAG_ID,
    fields=(
        Field(
            "paused",
            type="bool",
            names=dict.fromkeys(EVERY_API, "is_paused"),
            description=("Whether the DAG is paused: no run is scheduled, and triggered runs do not start.",),
            result="Whether the DAG is paused.",
            sample=False,
        ),
    ),
    reported=(
        Field("is_stale", type="bool", description=("Whether its file no longer defines the DAG.",), sample=False),
        Field("fileloc", description=("Path on the server of the file that defines the DAG.",)),
        Field("last_parsed_time", description=("When Airflow last parsed the file.",)),
        Field("has_import_errors", type="bool", description=("Whether the file has import errors.",), sample=False),
        Field("description", description=("Description of the DAG.",)),
        Field(
            "timetable_summary", description=("Its schedule; none if it only runs when triggered.",), sample="0 0 * * *"
        ),
        Field("owners", type="list", elements="str", description=("Owners of the DAG.",), sample=["airflow"]),
        Field("tags", type="list", elements="dict", description=("Tags of the DAG.",), sample=[{"name": "orders"}]),
    ),
    more=(
        Field(
            "wait_timeout",
            type="int",
            default=0,
            minimum=dict.fromkeys(EVERY_API, 0),
            description=(
                "Seconds to wait for a DAG that does not exist yet: a DAG exists once Airflow has parsed its file.",
                "In check mode as well.",
            ),
        ),
    ),
    nameless=frozenset({Action.UPDATE}),
    hooks=DagHooks(),
    row=dag_row,
    summary="Pause, unpause and delete DAGs of Apache Airflow",
    description=(
        "Pauses and unpauses a DAG, and waits until it exists. Airflow itself creates DAGs, from files.",
        "O(state=absent) deletes everything that Airflow has stored about a DAG, including its runs. If its file still "
        "exists, Airflow creates the DAG again, without its history.",
    ),
    examples="""
- name: Unpause a DAG
  dataops.airflow.airflow_dag:
    airflow_url: https://airflow.example.com
    airflow_username: ansible
    airflow_password: "{{ airflow_password }}"
    dag_id: etl
    paused: false

- name: Wait until Airflow has found a new DAG
  dataops.airflow.airflow_dag:
    dag_id: etl
    wait_timeout: 120

- name: Delete a DAG whose file is gone
  dataops.airflow.airflow_dag:
    dag_id: old_etl
    state: absent
""",
)
