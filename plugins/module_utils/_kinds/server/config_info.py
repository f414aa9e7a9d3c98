# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Airflow's configuration."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Mapping

from ..._model.api import V1, Since
from ..._model.compare import MASK
from ..._model.errors import InvalidInputError, MissingError, PreconditionError, RefusedError
from ..._model.field import Field
from ..._model.listing import Single
from ..._model.paths import fill, join
from ..._model.secrets import conceal
from ..._model.shape import a_list, an_object
from ..shared.filters import result_field

if TYPE_CHECKING:
    from ..._http.client import Client

CONFIG_PARTS = Since(v1="2.7.0")
"""Sections and options of the configuration by their names, and ``non-sensitive-only`` as a way to expose it. Before,
the endpoint can only read a boolean, and answers 500 (source of 2.3.4 to 2.6.3)."""

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
            value, instead = "non-sensitive-only", "True or "
            if server.lacks(CONFIG_PARTS):
                value, instead = "True", ""
            raise PreconditionError(
                f"This Airflow {server.version} does not show its configuration: [{where}] expose_config has to be "
                f"{instead}{value} in it (AIRFLOW__{where.upper()}__EXPOSE_CONFIG={value})",
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
                result_field("name", "Name of the section.", sample="core"),
                result_field(
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
