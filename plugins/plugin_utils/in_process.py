# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Running a module of this collection inside the Ansible process, if that is equivalent to running the module."""

from __future__ import annotations

import datetime
import gc
import json
import logging
import os
import re
import sys
from contextlib import contextmanager
from typing import Any, Callable, ClassVar, Iterator, Mapping

from ansible import constants, context
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.errors import UnsupportedError
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase
from ansible.utils.vars import merge_hash

from ..module_utils._engine.perform import Mode, Outcome, perform, refusal
from ..module_utils._http.client import Client
from ..module_utils._http.transport import REQUESTS_IMPORT_ERROR
from ..module_utils._main import argument_spec, exclusive
from ..module_utils._model.listing import Endpoint
from ..module_utils._model.operation import Operation
from ..module_utils._model.resource import Resource

# Ansible loads this just before it forks. Existing objects stay to the end, and searching them for garbage again takes
# a tenth of the time of a task with a thousand objects: Python recommends this before a fork.
gc.freeze()

SWITCH = "airflow_in_process"
"""The variable that turns this off, for a host, a group, a play, or with ``-e``."""

KEPT: dict[str, Client] = {}
"""The clients of this process. Ansible forks one for each task and host, so this lives as long as a loop."""

IS_AD_HOC = "module_args" in context.CLIARGS
"""Whether the program is ``ansible``, and not ``ansible-playbook``."""

LATE_VARIABLE = re.compile(r"(?!PYTHON|OPENSSL_|LD_|DYLD_)[A-Za-z_][A-Za-z0-9_]*")
"""Names of variables that count for a process which runs already. Others are read as it starts, or are not names."""

IS_TERMINAL = sys.stdout.isatty()
"""Whether a person watches. Only known while this is imported: in Ansible's workers nothing is a terminal."""

PARSED_OUTPUT = ("json", "oneline", "null")
"""The last part of the names of callbacks whose output programs read, or that keep it to one line."""


class InProcess(ActionBase):  # type: ignore[misc]
    """Runs the module that ``spec`` declares, with progress for a person at a terminal.

    Remotely, asynchronously, as another user, or where the controller has no requests, the module runs as usual.
    """

    TRANSFERS_FILES = False
    _supports_async = True
    # From ansible-core 2.19 on: JSON with blanks on the command line comes in pieces; see :func:`rejoin`. In a playbook
    # there is no such thing, and options given as one variable are Ansible's business.
    supports_raw_params = IS_AD_HOC

    spec: ClassVar[Resource | Endpoint | Operation]

    def run(self, tmp: Any = None, task_vars: Any = None) -> dict[str, Any]:
        """Run the task.

        :raises SystemExit: if nobody waits for its result any more. Ansible would write it to a pipe that nobody reads,
            and wait forever if it is larger than what a pipe holds (seen on 2.19).
        """
        is_over = abandoned()
        result = self._result(super().run(tmp, task_vars), task_vars or {}, is_over)
        if is_over():
            raise SystemExit(1)
        return result

    def _result(
        self, result: dict[str, Any], task_vars: Mapping[str, Any], is_over: Callable[[], bool]
    ) -> dict[str, Any]:
        """Run the task in this process, or as a module."""
        specification = argument_spec(self.spec.options())
        try:
            arguments = plain(rejoin(self._task.args, specification))
        except ValueError as error:
            return {**result, "failed": True, "msg": str(error)}
        variables = self._environment()
        host = str(task_vars.get("inventory_hostname", "localhost"))
        if self._has_to_run_elsewhere(task_vars) or not all(map(LATE_VARIABLE.fullmatch, variables)):
            module = self._execute_module(
                module_args=arguments, task_vars=task_vars, wrap_async=bool(self._task.async_val)
            )
            return _named(dict(merge_hash(result, module)), host)
        with surroundings(variables, self._loader.get_basedir()):
            done = self._perform(specification, arguments, self._progress(host), is_over)
        if not shows_invocation(task_vars):
            done.pop("invocation")
        return _named({**result, **done}, host)

    def _has_to_run_elsewhere(self, task_vars: Mapping[str, Any]) -> bool:
        is_here = getattr(self._connection, "transport", "") == "local" and not self._connection.become
        if not is_here or self._task.async_val or REQUESTS_IMPORT_ERROR is not None:
            return True
        return not boolean(self._templar.template(task_vars.get(SWITCH, True)))

    def _perform(
        self,
        specification: Mapping[str, Mapping[str, Any]],
        arguments: Mapping[str, Any],
        progress: Callable[[str], None] | None,
        is_over: Callable[[], bool],
    ) -> dict[str, Any]:
        """Check the arguments as a module does, and run the task."""
        checked = ArgumentSpecValidator(specification, mutually_exclusive=exclusive(self.spec)).validate(arguments)
        if checked.error_messages:
            outcome = self._refusal(checked, arguments)
        else:
            mode = Mode(self._task.check_mode, self._task.diff, self._display.verbosity)
            parameters = checked.validated_parameters
            outcome = perform(self.spec, parameters, mode, os.environ, progress, KEPT, is_over)
        shown = {"changed": False, **outcome.result, **({"warnings": outcome.warnings} if outcome.warnings else {})}
        if outcome.failed:
            shown["failed"] = True
        return as_sent(shown)

    def _refusal(self, checked: Any, arguments: Mapping[str, Any]) -> Outcome:
        """A module's message on arguments that it does not accept."""
        message = checked.errors.msg
        if isinstance(checked.errors[0], UnsupportedError):
            message = f"Unsupported parameters for ({self._task.action}) module: {message}"
        return refusal(self.spec, message, checked.validated_parameters, checked._no_log_values, arguments)

    def _progress(self, host: str) -> Callable[[str], None] | None:
        """A function that takes a line for the terminal; ``None`` if there is none, or a program reads the output."""
        callback = str(constants.DEFAULT_STDOUT_CALLBACK).rpartition(".")[2]
        if not IS_TERMINAL or context.CLIARGS.get("one_line") or callback in PARSED_OUTPUT or self._task.no_log:
            return None
        return lambda line: self._display.display(f"[{host}] {line}")

    def _environment(self) -> dict[str, str]:
        """The variables that the task adds to the environment."""
        given: dict[str, Any] = {}
        for part in self._task.environment or ():
            if part:
                given.update(self._templar.template(part))
        return {name: str(value) for name, value in given.items()}


def abandoned() -> Callable[[], bool]:
    """Whether the process that has forked this one has ended since.

    A worker outlives an ``ansible-playbook`` that is killed (SIGKILL), as nothing informs it.
    """
    parent = os.getppid()
    return lambda: os.getppid() != parent


@contextmanager
def surroundings(variables: Mapping[str, str], folder: str) -> Iterator[None]:
    """The task's environment and folder, while it runs: proxies are set there, and relative paths begin there.

    A module's process keeps to itself what urllib3 logs, such as headers that it cannot read, with the cookies in them.
    """
    before, former, logger = dict(os.environ), os.getcwd(), logging.getLogger("urllib3")
    propagates = logger.propagate
    try:
        logger.propagate = False
        os.environ.update(variables)
        os.chdir(folder or former)
        yield
    finally:
        logger.propagate = propagates
        os.chdir(former)
        os.environ.clear()
        os.environ.update(before)


def shows_invocation(task_vars: Mapping[str, Any]) -> bool:
    """Whether results contain the options of their task: from ansible-core 2.21 on only if that is asked for."""
    if not hasattr(constants, "INJECT_INVOCATION"):
        return True
    return bool(constants.config.get_config_value("INJECT_INVOCATION", variables=task_vars))


def _named(result: dict[str, Any], host: str) -> dict[str, Any]:
    """A result whose diff names the host, if it is the plan of a deployment: Ansible prints it before the host."""
    diff = result.get("diff")
    if isinstance(diff, list) and diff and isinstance(diff[0], dict) and "prepared" in diff[0]:
        diff[0] = {"prepared": f"[{host}] {diff[0]['prepared']}"}
    return result


def as_sent(result: Mapping[str, Any]) -> dict[str, Any]:
    """A result as a module's is once it has been sent as JSON."""
    return dict(json.loads(json.dumps(result, default=plain)))


def plain(value: Any) -> Any:
    """A value as it is once it has been sent as JSON: a module gets it so, and Ansible gets a module's result so.

    Ansible's own strings and numbers carry tags, or a vault's secret.
    """
    if isinstance(value, dict):
        return {_key(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(item) for item in value]
    if value is None or isinstance(value, bool):
        return value
    for kind in (int, float):
        if isinstance(value, kind):
            return kind(value)
    if isinstance(value, (datetime.date, datetime.datetime)):
        return value.isoformat()
    return str(value)


def _key(key: Any) -> str:
    return json.dumps(key) if key is None or isinstance(key, (bool, int, float)) else str(key)


def rejoin(arguments: Mapping[str, Any], specification: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Put JSON together again that Ansible has split at its blanks: ``-a 'conf={"day": 3}'``.

    :raises ValueError: for text that belongs to no option.
    """
    joined = dict(arguments)
    rest = joined.pop("_raw_params", None)
    if not rest:
        return joined
    if isinstance(rest, Mapping):
        # All options as one variable; the others are defaults.
        return {**joined, **rest}
    for name, value in joined.items():
        takes_json = specification.get(name, {}).get("type") in ("dict", "list", "raw")
        if takes_json and isinstance(value, str) and value.startswith(("{", "[")) and not _is_json(value):
            whole = f"{value} {rest}"
            if _is_json(whole):
                return {**joined, name: whole}
            raise ValueError(
                f"{name} is not JSON: put it in quotes if it contains blanks, as in {name}='{{\"day\": 3}}'"
            )
    # Not the text itself: it may be the rest of a password.
    raise ValueError("options are given as name=value, in quotes if the value contains blanks: name='two words'")


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True
