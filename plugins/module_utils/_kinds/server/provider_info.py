# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Installed provider packages."""

from __future__ import annotations

from ..._model.api import Since
from ..._model.listing import Listing
from ..shared.filters import result_field

PROVIDER_INFO = Listing(
    kind="provider",
    collection="providers",
    identity=None,
    order_by=None,
    unique=("package_name",),
    # v1 knows no pages here.
    whole=frozenset({"v1"}),
    reported=(
        result_field("package_name", "Name of the package.", sample="apache-airflow-providers-postgres"),
        result_field("version", "Its version.", sample="6.2.0"),
        result_field("description", "Description of the provider."),
        result_field("documentation_url", "URL of its documentation.", since=Since(v1=None, v2="3.1.6")),
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
