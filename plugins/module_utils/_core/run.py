# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A module's edge to Ansible: options in, result out. The only place that exits."""

from __future__ import annotations

import gc
import os
from typing import TYPE_CHECKING, Any

from ansible.module_utils.basic import AnsibleFallbackNotFound, AnsibleModule, env_fallback, missing_required_lib

from . import archive  # noqa: F401  # pylint: disable=unused-import
from .perform import CONNECTION, CREDENTIALS, EXCLUSIVE, Mode, object_name, option_secrets, perform, shown_options
from .secrets import secrets_in_url
from .spec import Action, Field, Resource
from .transport import REQUESTS_IMPORT_ERROR

if TYPE_CHECKING:
    from .listing import Endpoint


def argument_spec(options: tuple[Field, ...]) -> dict[str, Any]:
    """The argument spec of a module with these options and those of the connection."""
    spec = {}
    for item in (*CONNECTION, *options):
        spec[item.name] = item.argument()
        if item.environment and item.name not in CREDENTIALS:
            spec[item.name]["fallback"] = (_not_blank, [item.environment])
    return spec


def _not_blank(variable: str) -> Any:
    """The value of a variable; one that is blank counts as unset, as what AWX makes of a field left empty."""
    value = env_fallback(variable)
    if not value.strip():
        raise AnsibleFallbackNotFound
    return value


def exclusive(spec: Resource | Endpoint | Action) -> list[list[str]]:
    """The options of a module that cannot be given together."""
    return [list(pair) for pair in (*EXCLUSIVE, *spec.exclusive())]


def run(spec: Resource | Endpoint | Action) -> None:
    """Run a module to its end."""
    module = AnsibleModule(
        argument_spec=argument_spec(spec.options()), supports_check_mode=True, mutually_exclusive=exclusive(spec)
    )
    # AnsibleModule takes each value of a no_log option for a secret, and would blank a variable's value of 4 wherever
    # a 4 stands. Whether a variable is a secret depends on its name.
    module.no_log_values.clear()
    if REQUESTS_IMPORT_ERROR:
        name = object_name(spec, module.params)
        module.no_log_values.update(option_secrets(spec.options(), module.params, name))
        module.no_log_values.update(secrets_in_url(module.params["airflow_url"]))
        module.fail_json(
            msg=missing_required_lib("requests"),
            exception=REQUESTS_IMPORT_ERROR,
            invocation={"module_args": shown_options(spec.options(), module.params, name)},
        )
    mode = Mode(module.check_mode, module._diff, module._verbosity)
    outcome = perform(spec, module.params, mode, os.environ)
    # The process ends here. Without this, Python searches all that was imported for cycles on its way out, which is a
    # twelfth of the time that a module takes.
    gc.freeze()
    module.no_log_values.update(outcome.secrets)
    if outcome.failed:
        module.fail_json(**outcome.result)
    for warning in outcome.warnings:
        module.warn(warning)
    module.exit_json(**outcome.result)
