# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Running a module of this collection within Ansible's own process, where that is the same as running the module."""

from __future__ import annotations

import json
import os
import sys
import traceback
from contextlib import contextmanager
from typing import Any, Callable, ClassVar, Iterator, Mapping

from ansible import constants, context
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.common.parameters import remove_values
from ansible.plugins.action import ActionBase
from ansible.utils.vars import merge_hash

from ..module_utils._core.perform import Mode, Outcome, perform
from ..module_utils._core.run import argument_spec, exclusive
from ..module_utils._core.spec import Action, Endpoint, Resource
from ..module_utils._core.transport import REQUESTS_IMPORT_ERROR

IS_TERMINAL = sys.stdout.isatty()
"""Whether a person looks on. Known only while this is imported: in Ansible's workers nothing is a terminal."""

PARSED_OUTPUT = ("json", "oneline", "null")
"""The last part of the names of callbacks whose output programs read, or that keep it to one line."""


class InProcess(ActionBase):  # type: ignore[misc]
    """Runs the module that ``spec`` declares, with progress for a person at a terminal.

    Remotely, asynchronously, as another user, or where the controller has no requests, the module runs as ever.
    """

    TRANSFERS_FILES = False
    _supports_async = True
    # From ansible-core 2.19 on: JSON with blanks on the command line comes in pieces; see :func:`rejoin`.
    supports_raw_params = True

    spec: ClassVar[Resource | Endpoint | Action]

    def run(self, tmp: Any = None, task_vars: Any = None) -> dict[str, Any]:
        """Run the task."""
        result = super().run(tmp, task_vars)
        try:
            arguments = plain(rejoin(self._task.args, argument_spec(self.spec.options())))
        except ValueError as error:
            return {**result, "failed": True, "msg": str(error)}
        if self._has_to_run_elsewhere():
            module = self._execute_module(
                module_args=arguments, task_vars=task_vars, wrap_async=bool(self._task.async_val)
            )
            return dict(merge_hash(result, module))
        host = str((task_vars or {}).get("inventory_hostname", "localhost"))
        with self._environment():
            return {**result, **self._perform(arguments, self._progress(host))}

    def _has_to_run_elsewhere(self) -> bool:
        is_here = getattr(self._connection, "transport", "") == "local" and not self._connection.become
        return not is_here or bool(self._task.async_val) or REQUESTS_IMPORT_ERROR is not None

    def _perform(self, arguments: Mapping[str, Any], progress: Callable[[str], None] | None) -> dict[str, Any]:
        """Check the arguments as a module does, run the task, and take the secrets out of what it returns."""
        specification = argument_spec(self.spec.options())
        checked = ArgumentSpecValidator(specification, mutually_exclusive=exclusive(self.spec)).validate(arguments)
        if checked.error_messages:
            return {"failed": True, "msg": remove_values("; ".join(checked.error_messages), checked._no_log_values)}
        mode = Mode(self._task.check_mode, self._task.diff, self._display.verbosity)
        try:
            outcome = perform(self.spec, checked.validated_parameters, mode, os.environ, progress)
        except Exception as error:
            outcome = Outcome(
                True,
                {"msg": f"Please report this bug: {error!r}", "exception": traceback.format_exc()},
                [],
                set(checked._no_log_values),
            )
        shown = {"changed": False, **outcome.result, **({"warnings": outcome.warnings} if outcome.warnings else {})}
        if outcome.failed:
            shown["failed"] = True
        return dict(remove_values(shown, outcome.secrets))

    def _progress(self, host: str) -> Callable[[str], None] | None:
        """What takes a line for the person at the terminal; ``None`` if there is none, or a program reads along."""
        callback = str(constants.DEFAULT_STDOUT_CALLBACK).rpartition(".")[2]
        if not IS_TERMINAL or context.CLIARGS.get("one_line") or callback in PARSED_OUTPUT or self._task.no_log:
            return None
        return lambda line: self._display.display(f"[{host}] {line}")

    @contextmanager
    def _environment(self) -> Iterator[None]:
        """The task's environment, while it runs: proxies are set there, and the options' own variables."""
        before = dict(os.environ)
        given: dict[str, Any] = {}
        for part in self._task.environment or ():
            if part:
                given.update(self._templar.template(part))
        os.environ.update({name: str(value) for name, value in given.items()})
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)


def plain(value: Any) -> Any:
    """A value of plain Python types, as a module gets it: Ansible's own carry tags, or a vault's secret."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if value is None or isinstance(value, bool):
        return value
    for kind in (int, float):
        if isinstance(value, kind):
            return kind(value)
    return str(value)


def rejoin(arguments: Mapping[str, Any], specification: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Put JSON together again that Ansible has split at its blanks: ``-a 'conf={"day": 3}'``.

    :raises ValueError: for text that belongs to no option.
    """
    joined = dict(arguments)
    rest = joined.pop("_raw_params", None)
    if not rest:
        return joined
    for name, value in joined.items():
        takes_json = specification.get(name, {}).get("type") in ("dict", "list", "raw")
        if takes_json and isinstance(value, str) and value.startswith(("{", "[")) and not _is_json(value):
            whole = f"{value} {rest}"
            if _is_json(whole):
                return {**joined, name: whole}
            raise ValueError(f"{name} is no JSON: put it in quotes if it holds blanks, as in {name}='{{\"day\": 3}}'")
    raise ValueError(f"options are given as name=value, got {rest!r}")


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True
