# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The DAG files that Airflow cannot import."""

from __future__ import annotations

from ..._model.field import Field
from ..._model.listing import Listing
from ..shared.filters import NEW_IN_3, NEW_IN_3_3, option, pattern, result_field

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
        result_field("import_error_id", "ID of the error.", "int", 5),
        result_field(
            "filename", "The file: its path on Airflow 2, its path in the bundle on Airflow 3.", sample="etl.py"
        ),
        result_field("bundle_name", "Bundle of the file.", sample="dags-folder", since=NEW_IN_3),
        result_field("stack_trace", "The traceback."),
        result_field("timestamp", "When the import was last attempted."),
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
