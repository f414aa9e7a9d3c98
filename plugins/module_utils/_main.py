# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A module's edge to Ansible: options in, result out. The only place that exits."""

from __future__ import annotations

import gc
import os
from typing import TYPE_CHECKING, Any, NoReturn

from ansible.module_utils.basic import AnsibleFallbackNotFound, AnsibleModule, env_fallback, missing_required_lib

from . import _archive  # noqa: F401  # pylint: disable=unused-import
from ._engine.connect import CONNECTION, CREDENTIALS, EXCLUSIVE
from ._engine.perform import Mode, perform, refusal
from ._http.transport import REQUESTS_IMPORT_ERROR
from ._model.field import Field
from ._model.operation import Operation
from ._model.resource import Resource

if TYPE_CHECKING:
    from ._model.listing import Endpoint


def argument_spec(options: tuple[Field, ...]) -> dict[str, Any]:
    """The argument spec of a module with these options and those of the connection."""
    spec = {}
    for item in (*CONNECTION, *options):
        spec[item.name] = item.argument()
        if item.environment and item.name not in CREDENTIALS:
            spec[item.name]["fallback"] = (_not_blank, [item.environment])
    return spec


def _not_blank(variable: str) -> Any:
    """The value of a variable; a blank one counts as unset, as AWX sets it for an empty field."""
    value = env_fallback(variable)
    if not value.strip():
        raise AnsibleFallbackNotFound
    return value


def exclusive(spec: Resource | Endpoint | Operation) -> list[list[str]]:
    """The mutually exclusive options of a module."""
    return [list(pair) for pair in (*EXCLUSIVE, *spec.exclusive())]


class Module(AnsibleModule):  # type: ignore[misc]
    """A module that hides its secrets itself, in their own places.

    AnsibleModule takes each value of a ``no_log`` option for a secret, and would blank it wherever it is in the
    result: each 4 if a variable's value is 4, each name with ``airflow`` in it if that is the password. The options are
    declared so nevertheless, which keeps them out of the system log.
    """

    def __init__(self, spec: Resource | Endpoint | Operation) -> None:
        self._declared = spec
        super().__init__(
            argument_spec=argument_spec(spec.options()), supports_check_mode=True, mutually_exclusive=exclusive(spec)
        )
        self.no_log_values.clear()

    def _load_params(self) -> None:
        super()._load_params()
        self._given = dict(self.params)

    def fail_json(self, msg: str, **known: Any) -> NoReturn:
        """End with an error; AnsibleModule calls this itself for options that it does not take."""
        secrets = set(self.no_log_values)
        self.no_log_values.clear()
        refused = refusal(self._declared, msg, self.params, secrets, self._given)
        super().fail_json(**{**refused.result, **known})
        raise SystemExit(1)


def run(spec: Resource | Endpoint | Operation) -> None:
    """Run a module to its end."""
    module = Module(spec)
    if REQUESTS_IMPORT_ERROR:
        module.fail_json(missing_required_lib("requests"), exception=REQUESTS_IMPORT_ERROR)
    mode = Mode(module.check_mode, module._diff, module._verbosity)
    outcome = perform(spec, module.params, mode, os.environ)
    # The process ends here. Without this, Python searches all that was imported for cycles on its way out, which is a
    # twelfth of the time that a module takes.
    gc.freeze()
    for warning in outcome.warnings:
        module.warn(warning)
    if outcome.failed:
        module.fail_json(**outcome.result)
    module.exit_json(**outcome.result)
