#!/usr/bin/python
# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Written by tools/generate.py from plugins/module_utils/_kinds: change it there.

from __future__ import annotations

DOCUMENTATION = r"""
module: airflow_import_error_info
short_description: List files that Apache Airflow cannot import
version_added: 0.1.0
description:
  - Returns the DAG files that Airflow cannot import, and why.
author:
  - dataops.airflow contributors (@dataops)
extends_documentation_fragment:
  - dataops.airflow.connection
  - dataops.airflow.attributes
  - dataops.airflow.attributes.info
options:
  import_error_id:
    description:
      - ID of the one error to return.
      - If it does not exist, the returned list is empty.
    type: int
  filename_pattern:
    description:
      - Return only those whose file's name contains this text. Not case-sensitive; V(%) and V(_) are
        wildcards.
      - Needs Airflow 3.1.
    type: str
  filename_prefix_pattern:
    description:
      - Return only those whose file's name begins with this text.
      - Needs Airflow 3.2.2.
    type: str
  filename:
    description:
      - Return only the error of this file, named as in RV(import_errors).
      - Needs Airflow 3.3.
    type: str
  bundle_name:
    description:
      - Return only errors in this bundle.
      - Needs Airflow 3.3.
    type: str
  order_by:
    description:
      - Fields to sort by, by the API's names; a leading V(-) sorts in descending order.
      - Airflow 2 takes one field only. The default is a stable order.
    type: list
    elements: str
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
- name: Read all import errors
  dataops.airflow.airflow_import_error_info:
    airflow_url: https://airflow.example.com
    airflow_username: auditor
    airflow_password: "{{ airflow_password }}"
  register: found
  failed_when: found.import_errors | default([]) | length > 0
"""

RETURN = r"""
import_errors:
  description:
    - The objects that were found; empty if there are none.
  returned: success
  type: list
  elements: dict
  contains:
    import_error_id:
      description:
        - ID of the error.
      returned: when Airflow returns it
      type: int
      sample: 5
    filename:
      description:
        - 'The file: its path on Airflow 2, its path in the bundle on Airflow 3.'
      returned: when Airflow returns it
      type: str
      sample: etl.py
    bundle_name:
      description:
        - Bundle of the file.
      returned: when Airflow returns it (Airflow 3.0.0 or later)
      type: str
      sample: dags-folder
    stack_trace:
      description:
        - The traceback.
      returned: when Airflow returns it
      type: str
    timestamp:
      description:
        - When the import was last attempted.
      returned: when Airflow returns it
      type: str
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
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.server.import_error_info import IMPORT_ERROR_INFO


def main() -> None:
    run(IMPORT_ERROR_INFO)


if __name__ == "__main__":
    main()
