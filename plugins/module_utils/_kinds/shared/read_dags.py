# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What several kinds of objects read of DAGs: whether there is one, and why there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Mapping

from ..._model.errors import AirflowError, MissingError, few
from ..._model.paths import fill, join
from ..._model.secrets import redact
from ..._model.shape import an_object, understood
from .rows import dag_row

if TYPE_CHECKING:
    from ..._http.client import Client

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
    """Why there is no DAG to work with.

    :param dag: the DAG if Airflow still knows it although its file is gone.
    """
    found = f"DAG {dag_id!r} {'is ' + stale(dag) if dag else 'does not exist: ' + UNPARSED}"
    return found + not_imported(client)


def stale(dag: Mapping[str, Any]) -> str:
    """What a DAG is whose file is gone, to follow "is"."""
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


def one_line(error: Mapping[str, Any]) -> str:
    """An import error as its file and the last line of its traceback."""
    lines = str(error["stack_trace"]).strip().splitlines() or [""]
    return f"{error['filename']} ({lines[-1]})"
