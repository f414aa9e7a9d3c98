# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter airflow_plan_markdown."""

from __future__ import annotations

from typing import Any, Callable

from ansible_collections.dataops.airflow.plugins.plugin_utils.plan_markdown import plan_markdown

DOCUMENTATION = r"""
name: airflow_plan_markdown
short_description: A plan of a deployment as Markdown
version_added: 0.1.0
author:
  - dataops.airflow contributors (@dataops)
description:
  - Lists the changes of a plan, for the comment on a merge request.
  - Names and values are code spans, so that text from Airflow is not formatted. Secrets are hidden, as in the plan
    itself.
options:
  _input:
    description:
      - The content of the file that O(dataops.airflow.airflow_deployment#module:plan_file) names, read as JSON, or the
        result of M(dataops.airflow.airflow_deployment).
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Plan
  dataops.airflow.airflow_deployment:
    variables: "{{ airflow_variables }}"
    plan_file: plan.json
    fingerprint_key: "{{ vault_fingerprint_key }}"
  check_mode: true
  register: planned

- name: Write the comment
  ansible.builtin.copy:
    content: "{{ planned | dataops.airflow.airflow_plan_markdown }}"
    dest: plan.md
    mode: "0644"
"""

RETURN = r"""
_value:
  description: Markdown.
  type: str
"""


class FilterModule:
    """airflow_plan_markdown."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """The filter by its name."""
        return {"airflow_plan_markdown": plan_markdown}
