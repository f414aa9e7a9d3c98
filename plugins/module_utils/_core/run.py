# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A module's edge to Ansible: options in, result out. The only place that exits."""

from __future__ import annotations

import os
from typing import Any, Callable

from ansible.module_utils.basic import AnsibleModule, env_fallback, missing_required_lib

from . import perform
from .client import Client
from .errors import AirflowError
from .secrets import secrets_in_url
from .spec import Endpoint, Field, Listing, Resource
from .transport import REQUESTS_IMPORT_ERROR

TRACE_VERBOSITY = 3


def argument_spec(options: tuple[Field, ...]) -> dict[str, Any]:
    """The argument spec of a module with these options and those of the connection."""
    spec = {}
    for item in (*perform.CONNECTION, *options):
        spec[item.name] = item.argument()
        if item.environment and item.name not in perform.CREDENTIALS:
            spec[item.name]["fallback"] = (env_fallback, [item.environment])
    return spec


def run_resource(resource: Resource) -> None:
    """Run the module of a resource."""

    def work(module: AnsibleModule, client: Client) -> dict[str, Any]:
        return perform.perform_resource(resource, module.params, module.check_mode, client)

    _run(resource.options(), (), resource.identity.name, work)


def run_info(endpoint: Endpoint) -> None:
    """Run an info module."""
    exclusive: tuple[tuple[str, str], ...] = ()
    if isinstance(endpoint, Listing):
        exclusive = tuple((endpoint.identity.name, item.name) for item in endpoint.filters)

    def work(module: AnsibleModule, client: Client) -> dict[str, Any]:
        return perform.perform_info(endpoint, module.params, client)

    _run(endpoint.options(), exclusive, None, work)


def _run(
    options: tuple[Field, ...],
    exclusive: tuple[tuple[str, str], ...],
    identity: str | None,
    work: Callable[[AnsibleModule, Client], dict[str, Any]],
) -> None:
    """Run a module to its end.

    :param identity: the option that names the object to change; nothing can be changed without it.
    """
    module = AnsibleModule(
        argument_spec=argument_spec(options),
        supports_check_mode=True,
        mutually_exclusive=[list(pair) for pair in (*perform.EXCLUSIVE, *exclusive)],
    )
    client = failure = None
    result: dict[str, Any] = {}
    name = str(module.params[identity]) if identity else ""
    try:
        try:
            module.params.update(perform.credentials(module.params, os.environ))
        finally:
            _keep_secret(module, options, name)
        if REQUESTS_IMPORT_ERROR:
            module.fail_json(
                msg=missing_required_lib("requests"),
                exception=REQUESTS_IMPORT_ERROR,
                invocation=_invocation(module, options, name),
            )
        read_only = module.check_mode or identity is None
        client = perform.connect(module.params, read_only, module.no_log_values)
        result = work(module, client)
    except AirflowError as error:
        failure = error
    result["invocation"] = _invocation(module, options, name)
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


def _keep_secret(module: AnsibleModule, options: tuple[Field, ...], name: str) -> None:
    """Tell AnsibleModule what may not be shown.

    It takes each value of a no_log option for a secret, and would blank a variable's value of 4 wherever a 4 stands.
    Whether a variable is a secret depends on its name.
    """
    url = module.params["airflow_url"]
    module.no_log_values.clear()
    module.no_log_values.update(perform.option_secrets(options, module.params, name), secrets_in_url(url))


def _invocation(module: AnsibleModule, options: tuple[Field, ...], name: str) -> dict[str, Any]:
    return {"module_args": perform.shown_options(options, module.params, name)}
