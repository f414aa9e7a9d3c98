# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The version of Airflow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Mapping

from ..._model.field import Field
from ..._model.listing import Single

if TYPE_CHECKING:
    from ..._http.client import Client


def _version(client: Client, params: Mapping[str, Any]) -> dict[str, Any]:
    server = client.server
    return {"version": server.version, "git_version": server.git_version, "api_version": server.api.name}


VERSION_INFO = Single(
    kind="version",
    read=_version,
    returned=(
        Field("version", description=("Version of Airflow.",), sample="3.3.2"),
        Field(
            "git_version",
            description=("Commit that it was built from; empty if the server does not return it.",),
            sample=".release:aa19d2d",
        ),
        Field(
            "api_version",
            description=("Generation of the REST API: V(v1) on Airflow 2, V(v2) on Airflow 3.",),
            sample="v2",
        ),
    ),
    summary="Get the version of Apache Airflow",
    description=("Returns the version of Airflow and the generation of its REST API.", "Needs no credentials."),
    examples="""
- name: Read the version
  dataops.airflow.airflow_version_info:
    airflow_url: https://airflow.example.com
  register: airflow

- name: Require Airflow 3
  ansible.builtin.assert:
    that: airflow.version is version('3.0.0', '>=')
""",
)
