# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connection URIs, read as Airflow's own ``Connection(uri=…)`` reads them, the versions' differences included."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from .api import Server
from .compare import parse_json
from .errors import InvalidInputError
from .secrets import secret_texts

SCHEME_IN_HOST_SINCE = "2.6.3"
"""Before, ``http://https://host`` has the host ``https`` (2.6.2)."""

JSON_PARAMETERS_SINCE = "3.1.6"
"""Before, each query parameter is a text; since then ``?n=1`` is the number 1 (apache/airflow#59339)."""

WHOLE_EXTRA = "__extra__"
"""The query parameter that holds the whole extra as JSON."""

SEPARATOR = re.compile("://")
FORM = "scheme://login:password@host:port/schema?parameters, with special characters percent-encoded"


def parse_uri(uri: str, server: Server) -> dict[str, Any]:
    """The parts of a connection: ``conn_type``, ``host``, ``login``, ``password``, ``schema``, ``port``, ``extra``.

    What a URI leaves out is ``None`` or empty.

    :raises InvalidInputError: for what Airflow refuses as well. The text of the URI is never repeated.
    """
    try:
        return _parse(uri, server)
    except ValueError:
        # The reason may quote a part of the password: 'Port could not be cast to integer value as …'.
        raise InvalidInputError(f"uri is no connection URI that Airflow can read: it has to be {FORM}") from None


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
        "conn_type": "postgres" if scheme == "postgresql" else scheme.replace("-", "_"),
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
    before = uri.partition("?")[0]
    for start in SEPARATOR.finditer(before):
        credentials = before[start.end() :].rpartition("@")[0]
        found.add(credentials.partition(":")[2])
    parameters = dict(parse_qsl(uri.partition("?")[2], keep_blank_values=True))
    found.update(secret_texts(parameters.pop(WHOLE_EXTRA, "")))
    found.update(secret_texts(parameters))
    plain = unquote(uri)
    # Of what has a form of its own, such as a JDBC URL; a login without a password is no secret here.
    found.update(text for text in secret_texts(plain) if f"//{text}@" not in plain)
    return {uri, *(text for item in found for text in (item, unquote(item), quote(item, safe="")))} - {""}
