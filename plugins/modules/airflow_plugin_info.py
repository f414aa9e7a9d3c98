#!/usr/bin/python
# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Written by tools/generate.py from plugins/module_utils/_kinds: change it there.

from __future__ import annotations

DOCUMENTATION = r"""
module: airflow_plugin_info
short_description: List plugins of Apache Airflow
version_added: 0.1.0
description:
  - Returns the plugins that Airflow has loaded.
author:
  - dataops.airflow contributors (@dataops)
extends_documentation_fragment:
  - dataops.airflow.connection
  - dataops.airflow.attributes
  - dataops.airflow.attributes.info
options:
  limit:
    description:
      - Maximum number of objects to return. By default all of them, over as many pages as necessary.
    type: int
  offset:
    description:
      - Number of objects to skip.
    type: int
    default: 0
"""

EXAMPLES = r"""
- name: Read all plugins
  dataops.airflow.airflow_plugin_info:
    airflow_url: https://airflow.example.com
    airflow_username: auditor
    airflow_password: "{{ airflow_password }}"
  register: found
"""

RETURN = r"""
plugins:
  description:
    - The objects that were found; empty if there are none.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description:
        - Name of the plugin.
      returned: when Airflow returns it
      type: str
      sample: warehouse_macros
    source:
      description:
        - Source of the plugin.
      returned: when Airflow returns it
      type: str
    macros:
      description:
        - Its macros.
      returned: when Airflow returns it
      type: list
      elements: str
    listeners:
      description:
        - Its listeners.
      returned: when Airflow returns it
      type: list
      elements: str
    timetables:
      description:
        - Its timetables.
      returned: when Airflow returns it
      type: list
      elements: str
    operator_extra_links:
      description:
        - Its links for certain operators.
      returned: when Airflow returns it
      type: list
      elements: str
    global_operator_extra_links:
      description:
        - Its links for all operators.
      returned: when Airflow returns it
      type: list
      elements: str
    flask_blueprints:
      description:
        - Its Flask blueprints.
      returned: when Airflow returns it
      type: list
      elements: str
    fastapi_apps:
      description:
        - Its FastAPI applications.
      returned: when Airflow returns it (Airflow 3.0.0 or later)
      type: list
      elements: dict
    appbuilder_views:
      description:
        - Its Flask-AppBuilder views.
      returned: when Airflow returns it
      type: list
      elements: dict
    external_views:
      description:
        - Its links to other pages.
      returned: when Airflow returns it (Airflow 3.1.0 or later)
      type: list
      elements: dict
    react_apps:
      description:
        - Its React applications.
      returned: when Airflow returns it (Airflow 3.1.0 or later)
      type: list
      elements: dict
import_errors:
  description:
    - The plugins that could not be imported, with C(source) and C(error). From Airflow 3.1 on.
  returned: success
  type: list
  elements: dict
method:
  description:
    - Method of the HTTP request that failed.
  returned: when a request failed
  type: str
  sample: POST
url:
  description:
    - URL of the request that failed.
  returned: when a request failed
  type: str
  sample: https://airflow.example.com/api/v2/pools
status:
  description:
    - HTTP status of the response.
  returned: when the server responded with an error
  type: int
  sample: 403
detail:
  description:
    - The error message from the server.
  returned: when the server sent one
  type: str
  sample: Forbidden
requests:
  description:
    - 'The requests that were sent, in order: method, URL, status and milliseconds. Never headers or bodies.'
  returned: with C(-vvv)
  type: list
  elements: dict
"""

from ansible_collections.dataops.airflow.plugins.module_utils._main import run
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.server.plugin_info import PLUGIN_INFO


def main() -> None:
    run(PLUGIN_INFO)


if __name__ == "__main__":
    main()
