# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Written by tools/generate.py from plugins/module_utils/_kinds: change it there.
"""Runs the module of this name inside the Ansible process if that is equivalent."""

from __future__ import annotations

from ansible_collections.dataops.airflow.plugins.module_utils._kinds.deployment.scope_info import SCOPE_INFO
from ansible_collections.dataops.airflow.plugins.plugin_utils.in_process import InProcess


class ActionModule(InProcess):
    """airflow_scope_info."""

    spec = SCOPE_INFO
