# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plugins, also those that Airflow cannot load."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..._model.field import Field
from ..._model.listing import Listing
from ..._model.paths import join
from ..._model.shape import a_list
from ..shared.filters import NEW_IN_3, NEW_IN_3_1, result_field

if TYPE_CHECKING:
    from ..._http.client import Client


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
        result_field("name", "Name of the plugin.", sample="warehouse_macros"),
        result_field("source", "Source of the plugin."),
        result_field("macros", "Its macros.", "list", elements="str"),
        result_field("listeners", "Its listeners.", "list", elements="str"),
        result_field("timetables", "Its timetables.", "list", elements="str"),
        result_field("operator_extra_links", "Its links for certain operators.", "list", elements="str"),
        result_field("global_operator_extra_links", "Its links for all operators.", "list", elements="str"),
        result_field("flask_blueprints", "Its Flask blueprints.", "list", elements="str"),
        result_field("fastapi_apps", "Its FastAPI applications.", "list", elements="dict", since=NEW_IN_3),
        result_field("appbuilder_views", "Its Flask-AppBuilder views.", "list", elements="dict"),
        result_field("external_views", "Its links to other pages.", "list", elements="dict", since=NEW_IN_3_1),
        result_field("react_apps", "Its React applications.", "list", elements="dict", since=NEW_IN_3_1),
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
