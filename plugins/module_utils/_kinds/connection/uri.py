# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connection URIs, read as Airflow's own ``Connection(uri=…)`` reads them, the versions' differences included."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from ..._model.api import Server
from ..._model.compare import parse_json
from ..._model.errors import InvalidInputError
from ..._model.secrets import secret_texts

SCHEME_IN_HOST_SINCE = "2.6.3"
"""Before, ``http://https://host`` has the host ``https`` (2.6.2)."""

JSON_PARAMETERS_SINCE = "3.1.6"
"""Before, each query parameter is a text; since then ``?n=1`` is the number 1 (apache/airflow#59339)."""

WHOLE_EXTRA = "__extra__"
"""The query parameter that holds the whole extra as JSON."""

SCHEME = re.compile("[\\x00-\\x20]*([A-Za-z][A-Za-z0-9+.-]*://)")
UNDERSCORED = re.compile(r"\s*[A-Za-z][\w.+-]*://")
SEPARATOR = re.compile("://")
FORM = "scheme://login:password@host:port/schema?parameters, with special characters percent-encoded"
LARGEST_PORT = 65535

JSON_PARTS = ("conn_type", "host", "login", "password", "schema", "port", "extra", "description")
"""What the JSON form may hold."""


def is_json_form(uri: str) -> bool:
    """Whether what is given for a URI is JSON of the parts, which Airflow takes in ``AIRFLOW_CONN_*`` as well."""
    return uri.lstrip().startswith("{")


def check_uri(uri: str) -> None:
    """Refuse a URI that Airflow reads, but not as what it says.

    ``postgres:user:password@host`` becomes a schema, and ``spark://spark://host`` a connection without a host.

    :raises InvalidInputError: without the text of the URI.
    """
    if is_json_form(uri):
        return
    scheme = SCHEME.match(uri)
    if not scheme:
        advice = ""
        if UNDERSCORED.match(uri):
            advice = ". Where a type has an underscore, its URI has a dash, as in google-cloud-platform://"
        raise InvalidInputError(f"uri must begin with the type of the connection, for example postgres://{advice}")
    if uri[scheme.end() :].lower().startswith(scheme[1].lower()):
        raise InvalidInputError(
            "uri is one that Airflow writes and cannot read: its host has the scheme of the connection, and would be "
            "lost. Export it as JSON (airflow connections export --file-format json), or write the :// of the host as "
            "%3A%2F%2F"
        )


def parse_uri(uri: str, server: Server) -> dict[str, Any]:
    """The parts of a connection: ``conn_type``, ``host``, ``login``, ``password``, ``schema``, ``port``, ``extra``.

    What a URI leaves out is ``None`` or empty. The JSON form may hold a ``description``, too.

    :raises InvalidInputError: for what Airflow refuses as well. The text of the URI is never repeated.
    """
    if is_json_form(uri):
        return _parse_json_form(uri, server)
    try:
        return _parse(uri, server)
    except ValueError:
        from .uri_faults import why_unreadable

        # The reason that Python gives may quote a part of the password: 'Port could not be cast to integer value as …'.
        reason = why_unreadable(uri, server.is_at_least(SCHEME_IN_HOST_SINCE))
        raise InvalidInputError(
            f"uri is not a connection URI that Airflow can read: {reason}. It has to be {FORM}"
        ) from None


def _parse_json_form(text: str, server: Server) -> dict[str, Any]:
    from ..._model.strict_json import parse_strictly

    try:
        parts = parse_strictly(text)
    except ValueError as error:
        raise InvalidInputError(f"uri starts like JSON but is not valid JSON: {error}") from None
    if set(parts) == {"uri"} and isinstance(parts["uri"], str) and not is_json_form(parts["uri"]):
        check_uri(parts["uri"])
        return parse_uri(parts["uri"], server)
    unknown = sorted(set(parts) - set(JSON_PARTS))
    if unknown:
        raise InvalidInputError(
            f"uri is JSON with keys that Airflow does not know: {', '.join(unknown)}. They are "
            f"{', '.join(JSON_PARTS)}; all else belongs into extra"
        )
    names = ("conn_type", "host", "login", "password", "schema", "description")
    texts = {name: parts.get(name) or "" for name in names if name in parts or name != "description"}
    for name, value in texts.items():
        if not isinstance(value, str):
            raise InvalidInputError(f"uri is JSON in which {name} is not a string: put it in double quotes")
    if not texts["conn_type"]:
        raise InvalidInputError("uri is JSON without conn_type, the type of the connection")
    port, extra = parts.get("port") or None, parts.get("extra") or ""
    if port is not None:
        if not str(port).isdecimal() or int(port) > LARGEST_PORT:
            raise InvalidInputError(f"uri is JSON in which port is not a number from 0 to {LARGEST_PORT}")
        port = int(port)
    return {
        **texts,
        "conn_type": _conn_type(texts["conn_type"]),
        "port": port,
        "extra": extra if isinstance(extra, str) else json.dumps(extra),
    }


def _conn_type(scheme: str) -> str:
    return "postgres" if scheme == "postgresql" else scheme.replace("-", "_")


def _parse(uri: str, server: Server) -> dict[str, Any]:
    scheme = urlsplit(uri).scheme
    rest, host_has_scheme = uri, False
    if server.is_at_least(SCHEME_IN_HOST_SINCE):
        separators = uri.count("://")
        if separators > 2:
            raise ValueError
        host_has_scheme = separators == 2
        rest = uri.replace(f"{scheme}://", "" if host_has_scheme else "//")
        if host_has_scheme and set(rest.partition("://")[0]) & set("@:"):
            raise ValueError
    parts = urlsplit(rest)
    host = _host(parts)
    if host and host_has_scheme and parts.scheme:
        host = f"{parts.scheme}://{host}"
    return {
        "conn_type": _conn_type(scheme),
        "host": host,
        "schema": unquote(parts.path[1:]),
        "login": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
        "port": parts.port,
        "extra": _extra(parts.query, server.is_at_least(JSON_PARAMETERS_SINCE)),
    }


def _host(parts: Any) -> str:
    """The host; in lower case, unless it holds a slash, as that of a socket does."""
    host = unquote(parts.hostname or "")
    return unquote(parts.netloc.rpartition("@")[2].partition(":")[0]) if "/" in host else host


def _extra(query: str, parses_json: bool) -> str:
    parameters: dict[str, Any] = dict(parse_qsl(query, keep_blank_values=True))
    if not parameters:
        return "{}" if query else ""
    if WHOLE_EXTRA in parameters:
        return str(parameters[WHOLE_EXTRA])
    if parses_json:
        for name, value in parameters.items():
            is_json, parsed = parse_json(value)
            parameters[name] = parsed if is_json else value
    return json.dumps(parameters)


def secrets_in_uri(uri: str) -> set[str]:
    """The texts in a connection URI, or in what was meant to be one, that no output may hold."""
    found: set[str] = set()
    if is_json_form(uri):
        is_json, parts = parse_json(uri)
        if is_json and isinstance(parts, dict):
            found.update(secret_texts(parts))
            found.add(str(parts.get("password") or ""))
            found.update(secrets_in_uri(parts["uri"]) if isinstance(parts.get("uri"), str) else ())
        return {uri, *found} - {""}
    before = uri.partition("?")[0]
    for start in SEPARATOR.finditer(before):
        credentials = before[start.end() :].rpartition("@")[0]
        found.add(credentials.partition(":")[2])
    parameters = dict(parse_qsl(uri.partition("?")[2], keep_blank_values=True))
    found.update(secret_texts(parameters.pop(WHOLE_EXTRA, "")))
    found.update(secret_texts(parameters))
    plain = unquote(uri)
    # Of what has a form of its own, such as a JDBC URL; a login without a password is not a secret here.
    found.update(text for text in secret_texts(plain) if f"//{text}@" not in plain)
    return {uri, *(text for item in found for text in (item, unquote(item), quote(item, safe="")))} - {""}
