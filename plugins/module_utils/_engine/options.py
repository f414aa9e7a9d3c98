# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether options can work, on every version of Airflow or on the one that answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Mapping

from .._model.api import FAB, FAB_PROVIDER, Part, Server, Since, parse_version
from .._model.errors import InvalidInputError
from .._model.field import LARGEST_INTEGER, Field
from .._model.resource import Naming, Unreachable
from .._model.secrets import Secrecy

if TYPE_CHECKING:
    from .._http.client import Client


def check_options(options: tuple[Field, ...], values: Mapping[str, Any]) -> None:
    """Check the options for any version of Airflow, before anything is sent.

    :raises InvalidInputError: with the option, what was expected, and what was given.
    """
    for item in options:
        value = values.get(item.name)
        if value is None:
            continue
        if item.longest and isinstance(value, str) and len(value) > item.longest:
            raise InvalidInputError(f"{item.name} must have at most {item.longest} characters, got {len(value)}")
        if item.type in ("int", "float"):
            smallest = min(item.minimum.values(), default=-LARGEST_INTEGER)
            if not smallest <= value <= LARGEST_INTEGER:
                raise InvalidInputError(f"{item.name} must be from {smallest} to {LARGEST_INTEGER}, got {value}")


def check_text(values: Any, place: str = "") -> None:
    """Refuse texts that cannot be sent because they are not valid Unicode: Airflow always answers 500 to them.

    A lone surrogate comes of a file or a variable of the environment that is not UTF-8, or of ``"\\ud800"`` in YAML.

    :param values: options, or a part of them.
    :param place: where that part is: ``variables[1].value``.
    :raises InvalidInputError: naming the place.
    """
    if isinstance(values, str):
        if not values.isascii() and any("\ud800" <= character <= "\udfff" for character in values):
            raise InvalidInputError(
                f"{place} contains a character that is not valid Unicode (a lone surrogate) and cannot be sent. "
                "Check that its source is UTF-8. Nothing was changed"
            )
    elif isinstance(values, Mapping):
        for name, value in values.items():
            check_text(name, f"a key of {place}" if place else "the name of an option")
            check_text(value, f"{place}.{name}" if place else str(name))
    elif isinstance(values, (list, tuple)):
        for position, value in enumerate(values):
            check_text(value, f"{place}[{position}]")


def check_identity(identity: Field, name: str) -> None:
    """Refuse a name that is not valid on any server.

    :raises InvalidInputError: as :func:`check_options`.
    """
    if not name.strip():
        raise InvalidInputError(f"{identity.name} must not be empty")
    if "\0" in name:
        raise InvalidInputError(f"{identity.name} must not contain a NUL character, got {name!r}")


def why_unreachable(rules: tuple[Unreachable, ...], name: str, server: Server) -> str:
    """Why this server's API cannot address an object of this name; empty if it can."""
    for rule in rules:
        is_past = bool(rule.before) and server.is_at_least(rule.before)
        if rule.api == server.api.name and not is_past and rule.pattern.search(name):
            return f"{rule.reason} (this server is Airflow {server.version})"
    return ""


def check_naming(naming: Naming | None, identity: Field, name: str) -> None:
    """Refuse a name that is not valid for a new object.

    :raises InvalidInputError: as :func:`check_options`.
    """
    if naming and not naming.pattern.fullmatch(name):
        raise InvalidInputError(f"{identity.name} must be {naming.reason}, got {name!r}")


def parse_options(options: tuple[Field, ...], values: Mapping[str, Any]) -> dict[str, Any]:
    """The options that were given, in the form in which they are compared.

    :raises InvalidInputError: as :func:`check_options`, without the value where that is a secret.
    """
    parsed = {}
    for item in options:
        value = values.get(item.name)
        if value is None:
            continue
        try:
            parsed[item.name] = item.parse(value)
        except ValueError as error:
            got = f", got {value!r}" if item.secrecy is Secrecy.NEVER else ""
            raise InvalidInputError(f"{item.name} must be {error}{got}") from None
    return parsed


def check_since(what: str, since: Since, server: Server) -> None:
    """Refuse something that a server does not have.

    :raises InvalidInputError: with what is needed, and what was found.
    """
    lacking = server.lacks(since)
    if lacking:
        raise InvalidInputError(f"{what} {lacking}; this server is Airflow {server.version}")


def check_offered(what: str, since: Since, part: Part, client: Client) -> None:
    """Refuse something that a part of a server does not have; the FAB auth manager's by the version of its provider.

    :raises InvalidInputError: as :func:`check_since`.
    """
    server = client.server.part(part)
    first = since.on(server.api)
    if server.api is not FAB or not first:
        check_since(what, since, server)
        return
    version = client.provider(FAB_PROVIDER)
    if version and parse_version(version) < parse_version(first):
        raise InvalidInputError(f"{what} needs {FAB_PROVIDER} {first} or later; this server has {version}")


def check_on_server(fields: tuple[Field, ...], values: Mapping[str, Any], server: Server) -> None:
    """Check values for this server, wherever they come from.

    :raises InvalidInputError: as :func:`check_options` and :func:`check_versions`.
    """
    check_options(fields, values)
    check_versions(fields, values, server)


def check_versions(fields: tuple[Field, ...], values: Mapping[str, Any], server: Server) -> None:
    """Refuse options that cannot work on this server.

    :raises InvalidInputError: with the option, what is needed, and what was found.
    """
    found = f"this server is Airflow {server.version}"
    for item in fields:
        if item.name not in values:
            continue
        check_since(item.name, item.since, server)
        if server.api.name in item.not_empty and values[item.name] in ("", None):
            raise InvalidInputError(f"{item.name} must not be empty ({found})")
        smallest = item.minimum.get(server.api.name)
        if smallest is not None and values[item.name] < smallest:
            raise InvalidInputError(
                f"{item.name} must be {smallest} or more, got {values[item.name]}: {item.minimum_reason} ({found})"
            )
