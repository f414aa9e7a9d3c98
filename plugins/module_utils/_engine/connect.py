# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options, credentials and clients: how a task reaches its server."""

from __future__ import annotations

from typing import Any, Iterable, Mapping

from .._http.auth import AUTH_METHODS, Bearer, choose
from .._http.client import Client
from .._http.transport import Settings, Transport, check_header_value
from .._model import secrets as secret
from .._model.errors import InvalidInputError
from .._model.field import Field

MOST_KEPT = 8
"""Clients that the tasks of one process share: each has connections open."""

CONNECTION: tuple[Field, ...] = (
    Field(
        "airflow_url",
        required=True,
        secrecy=secret.Secrecy.BY_FORM,
        environment="AIRFLOW_URL",
        description=(
            "Root URL of Airflow's web server (Airflow 2) or API server (Airflow 3), including a path prefix if "
            "there is one, but without C(/api/v1) or C(/api/v2).",
        ),
        sample="https://airflow.example.com",
    ),
    Field(
        "airflow_username",
        environment="AIRFLOW_USERNAME",
        description=(
            "User to log in as. On Airflow 2 the password is sent with each request (basic auth); on Airflow 3 it is "
            "exchanged for a token at C(/auth/token).",
            "Without this option and O(airflow_token), requests are sent without credentials. On most servers that "
            "is enough to read the version and the health.",
        ),
    ),
    Field(
        "airflow_password",
        secrecy=secret.Secrecy.ALWAYS,
        environment="AIRFLOW_PASSWORD",
        description=("Password of O(airflow_username).",),
    ),
    Field(
        "airflow_token",
        secrecy=secret.Secrecy.ALWAYS,
        environment="AIRFLOW_TOKEN",
        description=(
            "Bearer token to send with each request, instead of O(airflow_username) and O(airflow_password).",
        ),
    ),
    Field(
        "airflow_auth",
        choices=AUTH_METHODS,
        default="auto",
        environment="AIRFLOW_AUTH",
        description=(
            "How to log in.",
            "V(auto) uses O(airflow_token) if it is given. Otherwise it uses a token on Airflow 3, and basic auth on "
            "Airflow 2, where tasks with many objects and long loops switch to V(session) if the server allows it.",
            "V(session) logs in at the web form of Airflow 2 and then uses its cookie, so that the server does not "
            "have to hash the password for each request. Airflow allows five such logins in 40 seconds: use "
            "this for a task with many requests, or a loop that shares a login, not for many tasks.",
        ),
    ),
    Field(
        "airflow_headers",
        type="dict",
        secrecy=secret.Secrecy.ALWAYS,
        description=("Further headers for each request, for example for a gateway. Their values are never shown.",),
    ),
    Field(
        "airflow_api_version",
        choices=("auto", "v1", "v2"),
        default="auto",
        environment="AIRFLOW_API_VERSION",
        description=("Generation of the REST API; V(auto) detects it with one or two requests.",),
    ),
    Field(
        "validate_certs",
        type="bool",
        default=True,
        description=("Whether to check the server's TLS certificate.",),
    ),
    Field(
        "ca_path",
        type="path",
        description=("File or folder with the certificate authorities to trust, instead of the system's.",),
    ),
    Field(
        "client_cert",
        type="path",
        description=("File with the client's TLS certificate, and its key unless O(client_key) is given.",),
    ),
    Field("client_key", type="path", description=("File with the key of O(client_cert).",)),
    Field(
        "timeout",
        type="float",
        default=30.0,
        description=("Seconds to wait for a connection, and then for a complete response, for each request.",),
    ),
    Field(
        "retries",
        type="int",
        default=3,
        description=(
            "How often to retry a request that can safely be sent again: reads and deletions that got no response, an "
            "incomplete one, or a 502, 503 or 504; logins that got a 500; any request that was refused with 429; and "
            "connections that were not accepted.",
            "The pauses between attempts start at half a second and grow. A server can request another pause, of up "
            "to one minute, with C(Retry-After).",
        ),
    ),
    Field(
        "concurrency",
        type="int",
        default=8,
        description=(
            "How many requests of a task may be under way at a time, at most; V(1) spares a small server. It begins "
            "with a few, and goes on to more if the server does not take longer for each.",
            "The web server of Airflow 2 has four workers by default. As it closes the connection after each response, "
            "up to half as many more are opened for the requests that are next.",
        ),
    ),
)
"""How every module connects."""

EXCLUSIVE = (("airflow_token", "airflow_username"), ("airflow_token", "airflow_password"))
CREDENTIALS = {
    item.name: item.environment or ""
    for item in CONNECTION
    if item.name in ("airflow_username", "airflow_password", "airflow_token")
}


def credentials(params: Mapping[str, Any], environment: Mapping[str, str]) -> dict[str, str | None]:
    """The username and password, or the token: as given, and only then from the environment.

    An option never collides with a variable of the other way to log in, and a blank variable is none.

    :raises InvalidInputError: if one of the two is missing, or the environment has credentials of both kinds.
    """
    given = {name: params[name] or None for name in CREDENTIALS}
    values = {name: environment.get(variable) or "" for name, variable in CREDENTIALS.items()}
    found = {name: value if value.strip() else None for name, value in values.items()}
    if given["airflow_token"]:
        return given
    if given["airflow_username"] or given["airflow_password"]:
        found["airflow_token"] = None
    elif found["airflow_token"] and (found["airflow_username"] or found["airflow_password"]):
        raise InvalidInputError(
            "AIRFLOW_TOKEN and AIRFLOW_USERNAME are both set, but only one of them can be used to log in"
        )
    taken = {name: given[name] or found[name] for name in CREDENTIALS}
    for one, other in (("airflow_username", "airflow_password"), ("airflow_password", "airflow_username")):
        if taken[one] and not taken[other]:
            raise InvalidInputError(f"{one} is given without {other}, which it needs")
    return taken


def connect(
    params: Mapping[str, Any],
    read_only: bool,
    secrets: Iterable[str] = (),
    kept: dict[str, Client] | None = None,
    environment: Mapping[str, str] | None = None,
) -> Client:
    """A client from the connection options; sends nothing yet.

    :param secrets: texts that must not be shown; the client adds those that come up.
    :param kept: the clients of tasks before, for one that connects in the same way, the latest last; the new one is
        added, and takes the place of the oldest if there are many.
    :param environment: the task's, which holds proxies and certificates.
    :raises InvalidInputError: for an option that cannot work.
    """
    way = repr([[params[item.name] for item in CONNECTION], sorted((environment or {}).items())])
    if kept is not None and way in kept:
        kept[way] = kept.pop(way).for_task(read_only, set(secrets))
        return kept[way]
    settings = Settings(
        url=params["airflow_url"].strip().rstrip("/"),
        headers={name: str(value) for name, value in (params["airflow_headers"] or {}).items()},
        verify=params["validate_certs"],
        **{item.name: params[item.name] for item in CONNECTION if item.name in Settings._fields},
    )
    transport = Transport(settings, read_only)
    token = params["airflow_token"]
    if token:
        check_header_value("airflow_token", token)
    authenticate = choose(
        params["airflow_auth"], params["airflow_username"], params["airflow_password"], token, transport
    )
    open_headers = Bearer(token).headers() if token else {}
    client = Client(transport, authenticate, open_headers, params["airflow_api_version"], set(secrets))
    if kept is not None:
        if len(kept) == MOST_KEPT:
            kept.pop(next(iter(kept))).transport.close()
        kept[way] = client
    return client


ORDINARY_PASSWORD = (
    "airflow_password is the username, an ordinary word, or shorter than 5 characters: it is hidden as an option, "
    "but cannot be masked in other text, such as Airflow's messages and task logs. Choose another password"
)


def has_ordinary_password(params: Mapping[str, Any]) -> bool:
    """Whether the password of the login is a text that also occurs with another meaning."""
    password = params.get("airflow_password") or ""
    return password != "" and (secret.is_ordinary(password) or password == params.get("airflow_username"))
