# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A module's edge to Ansible: options in, result out. The only place that exits."""

from __future__ import annotations

from typing import Any, Callable

from ansible.module_utils.basic import AnsibleModule, env_fallback, missing_required_lib

from . import perform
from .client import Client
from .errors import AirflowError
from .secrets import Secrecy, conceal
from .spec import Endpoint, Field, Listing, Resource
from .transport import REQUESTS_IMPORT_ERROR

TRACE_VERBOSITY = 3


def argument_spec(options: tuple[Field, ...]) -> dict[str, Any]:
    """The argument spec of a module with these options and those of the connection."""
    spec = {}
    for item in (*perform.CONNECTION, *options):
        spec[item.name] = item.argument()
        if item.environment:
            spec[item.name]["fallback"] = (env_fallback, [item.environment])
    return spec


def run_resource(resource: Resource) -> None:
    """Run the module of a resource."""
    module = _module(resource.options(), ())
    hidden = perform.resource_secrets(resource, module.params)
    # AnsibleModule takes each value of a no_log option for a secret, and would blank a variable's value of 4
    # wherever a 4 stands. Whether a variable is a secret depends on its name.
    module.no_log_values.clear()
    module.no_log_values.update(hidden)
    name = str(module.params[resource.identity.name])
    invocation = {
        item.name: conceal(module.params[item.name], name)
        for item in resource.fields
        if item.secrecy is Secrecy.BY_NAME
    }
    _run(
        module, lambda client: perform.perform_resource(resource, module.params, module.check_mode, client), invocation
    )


def run_info(endpoint: Endpoint) -> None:
    """Run an info module."""
    exclusive = (
        tuple((endpoint.identity.name, item.name) for item in endpoint.filters) if isinstance(endpoint, Listing) else ()
    )
    module = _module(endpoint.options(), exclusive)
    _run(module, lambda client: perform.perform_info(endpoint, module.params, client), {})


def _module(options: tuple[Field, ...], exclusive: tuple[tuple[str, str], ...]) -> AnsibleModule:
    return AnsibleModule(
        argument_spec=argument_spec(options),
        supports_check_mode=True,
        mutually_exclusive=[list(pair) for pair in (*perform.EXCLUSIVE, *exclusive)],
        required_together=[list(pair) for pair in perform.TOGETHER],
    )


def _run(module: AnsibleModule, work: Callable[[Client], dict[str, Any]], invocation: dict[str, Any]) -> None:
    if REQUESTS_IMPORT_ERROR:
        module.fail_json(msg=missing_required_lib("requests"), exception=REQUESTS_IMPORT_ERROR)
    client = None
    result: dict[str, Any] = {"invocation": {"module_args": {**module.params, **invocation}}}
    failure = None
    try:
        client = perform.connect(module.params, read_only=module.check_mode)
        result.update(work(client))
    except AirflowError as error:
        failure = error
    if client is not None:
        module.no_log_values.update(client.secrets)
        if module._verbosity >= TRACE_VERBOSITY:
            result["requests"] = client.transport.trace
    if failure is not None:
        module.fail_json(msg=failure.message, **failure.facts, **result)
    for warning in result.pop("warnings", ()):
        module.warn(warning)
    if not module._diff:
        result.pop("diff", None)
    module.exit_json(**result)
