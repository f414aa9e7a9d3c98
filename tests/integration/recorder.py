# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A callback that writes down what the modules of this collection return, for tools/equality.py and matrix.py."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from ansible.plugins.callback import CallbackBase

INFO = "info_modules"
"""The target that includes those of the info modules, if they run in one play: see tools/integration.py."""

OF_INFO = re.compile(r"airflow_\w+_info")

RESULTS = Path(__file__).parents[1] / "output" / "results.jsonl"


class CallbackModule(CallbackBase):  # type: ignore[misc]
    """A line of JSON for each result: the target, where the task stands, its name, its module, and what it returned."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "recorder"

    def v2_playbook_on_play_start(self, play: Any) -> None:
        """Each target is a play of ansible-test's with the target as its first role."""
        self._target = next((role.get_name() for role in play.get_roles()), "")
        self._is_of_infos = self._target == INFO

    def v2_playbook_on_task_start(self, task: Any, is_conditional: bool) -> None:
        """The targets of the info modules may be roles that one play includes, each in a task of its name."""
        if self._is_of_infos and OF_INFO.fullmatch(task.get_name()):
            self._target = task.get_name()

    def _record(self, result: Any, *_rest: Any, **_options: Any) -> None:
        task = result._task
        if not task.action.startswith("dataops.airflow.") or "results" in result._result:
            return
        place = "/".join((task.get_path() or "").split("/targets/")[-1:])
        line = [self._target, place, task.get_name(), task.action.rpartition(".")[2], result._result]
        RESULTS.parent.mkdir(parents=True, exist_ok=True)
        with RESULTS.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, default=str, sort_keys=True) + "\n")

    v2_runner_on_ok = v2_runner_on_failed = v2_runner_item_on_ok = v2_runner_item_on_failed = _record
