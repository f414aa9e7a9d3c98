# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the filters for files of other tools have in common."""

from __future__ import annotations


class ModuleDocFragment:
    """The file, and how it is read."""

    DOCUMENTATION = r"""
options:
  _input:
    description: The file, as text or parsed.
    type: raw
    required: true
notes:
  - Takes the text of JSON, YAML or lines of C(NAME=value), or what has been parsed. Which tools write which files,
    what is taken of them, and what is refused with which sentence is listed in
    U(https://github.com/dataops/ansible-collection-airflow/blob/main/docs/files.md).
  - A text that begins with C({) or C([) is JSON. Where it is broken, the filter fails and names line, column and
    reason; it never falls back to YAML, which reads the same text as something else.
  - Give it the text of the file, as the example does. Ansible evaluates what it loads as variables, with
    C(vars_files) for example, and so anyone who may write to Airflow could run commands on the controller.
"""
