# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The source code of a DAG."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Mapping

from ..._model.api import V1
from ..._model.errors import MissingError
from ..._model.field import Field
from ..._model.listing import Single
from ..._model.paths import fill, join
from ..._model.shape import AN_OBJECT, an_object
from ..shared.fields import DAG_ID
from ..shared.filters import NEW_IN_3, needs

if TYPE_CHECKING:
    from ..._http.client import Client


def _source(client: Client, options: Mapping[str, Any]) -> dict[str, Any]:
    api, version = client.server.api, options["version_number"]
    nothing = {"source": "", "version_number": None}
    try:
        name = options["dag_id"]
        if api is V1:
            # v1 knows sources by a token that goes with the DAG.
            name = client.call("GET", fill("dags/{dag_id}", options), check=an_object(file_token=str))["file_token"]
        query = [("version_number", str(version))] if version is not None else None
        path = join("dagSources", name)
        answer = client.call("GET", path, query=query, accept="application/json", check=AN_OBJECT)
    except MissingError:
        return nothing
    return {"source": answer.get("content") or "", "version_number": answer.get("version_number")}


DAG_SOURCE_INFO = Single(
    kind="dag_source",
    read=_source,
    fields=(
        DAG_ID,
        Field(
            "version_number",
            type="int",
            since=NEW_IN_3,
            description=("Version of the DAG whose source to return; the latest if left out.", *needs(NEW_IN_3)),
        ),
    ),
    returned=(
        Field("source", description=("Source of the file that defines the DAG; empty if the DAG does not exist.",)),
        Field(
            "version_number",
            type="int",
            description=("Version number of the DAG; none on Airflow 2.",),
            sample=3,
        ),
    ),
    summary="Read the source of a DAG of Apache Airflow",
    description=("Returns the source of the file that defines a DAG, as Airflow parsed it.",),
    examples="""
- name: Read the source of a DAG
  dataops.airflow.airflow_dag_source_info:
    airflow_url: https://airflow.example.com
    airflow_username: auditor
    airflow_password: "{{ airflow_password }}"
    dag_id: etl
  register: dag

- name: Check that Airflow has parsed the version in the repository
  ansible.builtin.assert:
    that: dag.source == lookup('ansible.builtin.file', 'dags/etl.py', rstrip=false)
""",
)
