# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A whole task, from options to result, without AnsibleModule and without exiting."""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING, Any, Callable, Collection, Iterable, Mapping, NamedTuple

from .._http.client import MANY, Client
from .._model import secrets as secret
from .._model.compare import MASK
from .._model.errors import AirflowError
from .._model.field import Field
from .._model.operation import Operation, Result, shown_results
from .._model.resource import HIDDEN, Resource
from .connect import CONNECTION, ORDINARY_PASSWORD, connect, credentials, has_ordinary_password
from .options import check_text
from .task import Task

if TYPE_CHECKING:
    from .._model.listing import Endpoint

TRACE_VERBOSITY = 3
HTTP_FACTS = {"method", "url", "status", "detail"}


def option_secrets(options: Iterable[Field], params: Mapping[str, Any], name: str = "") -> set[str]:
    """The texts in a module's options that are secret.

    A password that is the username as well is not a text to look for.

    :param name: what the object is called.
    """
    found = _secrets((*CONNECTION, *options), params, name) | secret.secrets_in_url(params.get("airflow_url") or "")
    return found - {params.get("airflow_username")}


def _secrets(fields: Iterable[Field], params: Mapping[str, Any], name: str) -> set[str]:
    fields = list(fields)
    found = secret.collect(params, {item.name: item.secrecy for item in fields}, name)
    for item in fields:
        value = params.get(item.name)
        if item.secret_parts and value:
            found |= item.secret_parts(value)
        for part in value or () if item.contains else ():
            found |= _secrets(item.contains, part, str(part.get(item.contains[0].name)))
    return found


def shown_options(
    options: Iterable[Field],
    params: Mapping[str, Any],
    name: str = "",
    verbosity: int = 0,
    hidden: Collection[str] = (),
) -> dict[str, Any]:
    """A module's options with secrets hidden, even if they are not valid.

    :param verbosity: how often ``-v`` was given. Lists of objects are told only when Ansible displays options at all:
        of thousands that the result holds anyway, they would cost as much again.
    :param hidden: what the server hides of them, whatever it is called.
    """
    own = [item for item in options if verbosity >= TRACE_VERBOSITY or not item.contains]
    left = {item.name for item in options} - {item.name for item in own}
    told = {option: value for option, value in params.items() if option not in left}
    shown = _shown((*CONNECTION, *own), told, name, hidden)
    url = shown.get("airflow_url")
    for text in secret.secrets_in_url(url) if isinstance(url, str) else ():
        shown["airflow_url"] = shown["airflow_url"].replace(f"{text}@", f"{MASK}@")
    return shown


def _shown(fields: Iterable[Field], params: Mapping[str, Any], name: str, hidden: Collection[str]) -> dict[str, Any]:
    declared = {item.name: item for item in fields}
    shown: dict[str, Any] = {}
    for option, value in params.items():
        item = declared.get(option)
        if item is None:
            # Perhaps a misspelt option, which may be secret.
            shown[option] = MASK
        elif item.contains and isinstance(value, list):
            shown[option] = [
                _shown(item.contains, part, str(part.get(item.contains[0].name)), hidden)
                if isinstance(part, dict)
                else MASK
                for part in value
            ]
        elif item.contains and value is not None:
            shown[option] = MASK
        else:
            told = secret.show(value, item.secrecy, name)
            shown[option] = secret.hide_texts(told, hidden) if hidden and item.is_secret() else told
    return shown


class Mode(NamedTuple):
    """How a task is run.

    :param check: predict, and change nothing.
    :param diff: return what changes.
    :param verbosity: how often ``-v`` was given.
    """

    check: bool = False
    diff: bool = False
    verbosity: int = 0


class Outcome(NamedTuple):
    """The outcome of a task, with secrets hidden: no further processing is needed.

    :param result: the keys of its result; ``msg`` is the error message.
    :param warnings: warnings for the user.
    """

    failed: bool
    result: dict[str, Any]
    warnings: list[str]


def perform(
    spec: Resource | Endpoint | Operation,
    given: Mapping[str, Any],
    mode: Mode,
    environment: Mapping[str, str],
    progress: Callable[[str], None] | None = None,
    kept: dict[str, Client] | None = None,
    is_over: Callable[[], bool] | None = None,
) -> Outcome:
    """Run a task from its options to its result.

    :param given: all options of the module, checked and with their defaults.
    :param progress: takes a line for the person who waits; ``None`` if nobody does.
    :param kept: clients that the tasks of one process share: see :func:`connect`.
    :param is_over: whether nobody waits for the task any more, so that it must not write.
    """
    params, options = dict(given), spec.options()
    name = object_name(spec, given)
    client = failure = None
    done = Result({})
    secrets: set[str] = set()
    read_only = mode.check or not _can_write(spec)
    try:
        params.update(credentials(params, environment))
        check_text(params)
        secrets = option_secrets(options, params, name) | secret.secrets_in_environment(environment)
        client = connect(params, read_only, secrets, kept, environment)
        client.transport.is_over = is_over
        if params["airflow_auth"] == "auto" and client.served == MANY:
            client.expect()
        done = _perform(spec, params, Task(client, mode.check, _line_by_line(progress)))
    except AirflowError as error:
        failure = error
    except Exception as error:
        failure = _bug(error, client.secrets if client else secrets)
    result: dict[str, Any] = dict(done.values)
    warnings = [*done.warnings, *([ORDINARY_PASSWORD] if has_ordinary_password(params) else [])]
    if failure:
        result = {"msg": secret.printable(failure.message), **_facts(spec, failure)}
    if not mode.diff:
        result.pop("diff", None)
    elif "diff" in result:
        result["diff"] = _printable_diff(result["diff"])
    hidden: set[str] = client.once(HIDDEN, set) if client else set()
    result["invocation"] = {"module_args": shown_options(options, params, name, mode.verbosity, hidden)}
    if client is not None and mode.verbosity >= TRACE_VERBOSITY:
        result["requests"] = secret.redact_leaves(client.transport.trace, client.secrets)
    return Outcome(failure is not None, result, [secret.printable(warning) for warning in warnings])


def _line_by_line(progress: Callable[[str], None] | None) -> Callable[[str], None] | None:
    return (lambda line: progress(secret.printable(line))) if progress else None


def _bug(error: Exception, secrets: Collection[str]) -> AirflowError:
    """A bug; the data that its message quotes is unknown, so the message is redacted."""
    trace = secret.redact(traceback.format_exc(), secrets)
    return AirflowError(
        f"Please report this bug: {secret.redact(repr(error), secrets)}",
        exception="\n".join(map(secret.printable, trace.splitlines())),
    )


def _printable_diff(diff: Any) -> Any:
    """A diff whose text is safe for a terminal; Ansible itself escapes what it turns into JSON."""
    if isinstance(diff, list):
        return [_printable_diff(part) for part in diff]
    shown = dict(diff)
    for key in ("before_header", "after_header", "prepared"):
        if isinstance(diff.get(key), str):
            line = diff[key]
            shown[key] = secret.printable(line.rstrip("\n")) + "\n" * line.endswith("\n")
    return shown


def refusal(
    spec: Resource | Endpoint | Operation,
    message: str,
    params: Mapping[str, Any],
    secrets: Collection[str],
    given: Mapping[str, Any] | None = None,
) -> Outcome:
    """The outcome of options that a module does not accept.

    :param message: Ansible's, which may quote a value.
    :param params: the options as far as Ansible has checked them.
    :param secrets: the texts in them that Ansible considers secret.
    :param given: the options as the task has them, if they are others.
    """
    named = object_name(spec, params)
    invocation = {"module_args": shown_options(spec.options(), params, named, TRACE_VERBOSITY)}
    from .misfits import misfits

    of_objects = misfits(spec.options(), params, given or params, message)
    said = secret.printable(of_objects or secret.redact(message, {str(text) for text in secrets}))
    return Outcome(True, {"msg": said, "invocation": invocation}, [])


def object_name(spec: Resource | Endpoint | Operation, params: Mapping[str, Any]) -> str:
    """The name of a task's object, which decides about values that are secret by name."""
    return str(params.get(spec.identity.name)) if isinstance(spec, Resource) else ""


def _can_write(spec: Resource | Endpoint | Operation) -> bool:
    return isinstance(spec, Resource) or (isinstance(spec, Operation) and spec.writes)


def _perform(spec: Resource | Endpoint | Operation, params: Mapping[str, Any], task: Task) -> Result:
    """Do what the kind of module does, whose code alone is loaded."""
    if isinstance(spec, Resource):
        from .run_resource import perform_resource

        return perform_resource(spec, params, task)
    if isinstance(spec, Operation):
        from .run_operation import perform_operation

        return perform_operation(spec, params, task)
    from .run_listing import read

    return read(spec, params, task.client)


def _facts(spec: Resource | Endpoint | Operation, failure: AirflowError) -> dict[str, Any]:
    """What is known of a failure; facts of HTTP have names that are not those of the module's own results."""
    facts = failure.facts
    if isinstance(spec, Operation):
        facts = shown_results(spec.returned, facts)
        own = {item.name for item in spec.returned} & HTTP_FACTS
        facts = {f"http_{name}" if name in own else name: value for name, value in facts.items()}
    return {name: secret.printable(value) if name == "detail" else value for name, value in facts.items()}
