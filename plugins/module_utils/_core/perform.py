# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole way of a task, from options to result, without AnsibleModule and without exiting."""

from __future__ import annotations

from typing import Any, Iterable, Iterator, Mapping

from . import secrets as secret
from .api import V1
from .auth import AUTH_METHODS, Bearer, choose
from .client import Client, join
from .compare import MASK
from .errors import InvalidInputError, RefusedError
from .plan import CREATE, NONE, Change, check_identity, check_options, check_versions, plan_one, why_unreachable
from .spec import Endpoint, Field, Listing, Resource, Single
from .store import Store
from .transport import Settings, Transport, check_header_value

CONNECTION: tuple[Field, ...] = (
    Field(
        "airflow_url",
        required=True,
        environment="AIRFLOW_URL",
        description=(
            "Root URL of Airflow's web server (Airflow 2) or API server (Airflow 3), with the path prefix if it has "
            "one, without C(/api/v1) or C(/api/v2).",
        ),
        sample="https://airflow.example.com",
    ),
    Field(
        "airflow_username",
        environment="AIRFLOW_USERNAME",
        description=(
            "User to log in as. Airflow 2 gets the password with each request (basic auth); Airflow 3 exchanges it for "
            "a token at C(/auth/token).",
            "Without it and without O(airflow_token) requests are sent without credentials, which is enough for the "
            "version and the health of most servers.",
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
            "Bearer token to send with each request, in place of O(airflow_username) and O(airflow_password).",
        ),
    ),
    Field(
        "airflow_auth",
        choices=AUTH_METHODS,
        default="auto",
        environment="AIRFLOW_AUTH",
        description=(
            "How to log in.",
            "V(auto) takes O(airflow_token) if it is given, else basic auth on Airflow 2 and a token on Airflow 3.",
            "V(session) logs in at the web form of Airflow 2 and then uses its cookie, which spares the server the "
            "hashing of the password with each request. Airflow allows five log-ins there in 40 seconds, so it suits "
            "a task that makes many requests, not a loop over many tasks.",
        ),
    ),
    Field(
        "airflow_headers",
        type="dict",
        secrecy=secret.Secrecy.VALUES,
        description=("Further headers for each request, for example for a gateway. Their values are never shown.",),
    ),
    Field(
        "airflow_api_version",
        choices=("auto", "v1", "v2"),
        default="auto",
        environment="AIRFLOW_API_VERSION",
        description=("Generation of the REST API; V(auto) finds out with one or two requests.",),
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
        description=("File or folder with the certificate authorities to trust, in place of the system's.",),
    ),
    Field(
        "client_cert",
        type="path",
        description=("File with the client's TLS certificate, and its key unless O(client_key) is given.",),
    ),
    Field("client_key", type="path", description=("File with the key of O(client_cert).",)),
    Field("timeout", type="float", default=30.0, description=("Seconds to wait for an answer, per request.",)),
    Field(
        "retries",
        type="int",
        default=3,
        description=(
            "How often to send a request again that can safely be sent again: reads and deletions that got no answer "
            "or a 502, 503 or 504, whatever was refused with 429, and connections that were not accepted.",
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

    An option never collides with a variable of the other way to log in, and an empty variable is none.

    :raises InvalidInputError: if half of it is missing, or the environment holds both ways.
    """
    given = {name: params[name] or None for name in CREDENTIALS}
    found = {name: environment.get(variable) or None for name, variable in CREDENTIALS.items()}
    if given["airflow_token"]:
        return given
    if given["airflow_username"] or given["airflow_password"]:
        found["airflow_token"] = None
    elif found["airflow_token"] and (found["airflow_username"] or found["airflow_password"]):
        raise InvalidInputError(
            "AIRFLOW_TOKEN and AIRFLOW_USERNAME are both set, and only one way to log in can be taken"
        )
    taken = {name: given[name] or found[name] for name in CREDENTIALS}
    for one, other in (("airflow_username", "airflow_password"), ("airflow_password", "airflow_username")):
        if taken[one] and not taken[other]:
            raise InvalidInputError(f"{one} is given, and {other} is needed with it")
    return taken


def connect(params: Mapping[str, Any], read_only: bool, secrets: Iterable[str] = ()) -> Client:
    """A client from the connection options; sends nothing yet.

    :param secrets: texts that must not be shown; the client adds those that come up.
    :raises InvalidInputError: for an option that cannot work.
    """
    settings = Settings(
        url=params["airflow_url"].strip().rstrip("/"),
        headers={name: str(value) for name, value in (params["airflow_headers"] or {}).items()},
        verify=params["validate_certs"],
        **{name: params[name] for name in ("ca_path", "client_cert", "client_key", "timeout", "retries")},
    )
    transport = Transport(settings, read_only)
    token = params["airflow_token"]
    if token:
        check_header_value("airflow_token", token)
    authenticate = choose(
        params["airflow_auth"], params["airflow_username"], params["airflow_password"], token, transport
    )
    open_headers = Bearer(token).headers() if token else {}
    return Client(transport, authenticate, open_headers, params["airflow_api_version"], set(secrets))


def option_secrets(options: Iterable[Field], params: Mapping[str, Any], name: str = "") -> set[str]:
    """The texts in a module's options that no output may hold.

    :param name: what the object is called.
    """
    return secret.collect(params, {item.name: item.secrecy for item in (*CONNECTION, *options)}, name)


def shown_options(options: Iterable[Field], params: Mapping[str, Any], name: str = "") -> dict[str, Any]:
    """A module's options, fit to be shown as long as :func:`option_secrets` are taken out as well."""
    shown = dict(params)
    for item in (*CONNECTION, *options):
        if item.secrecy is secret.Secrecy.BY_NAME:
            shown[item.name] = secret.conceal(params[item.name], name)
        elif item.secrecy is secret.Secrecy.VALUES and params[item.name]:
            shown[item.name] = dict.fromkeys(params[item.name], MASK)
    return shown


def perform_resource(resource: Resource, params: Mapping[str, Any], check_mode: bool, client: Client) -> dict[str, Any]:
    """Bring one object into the wanted state, or tell what that would change.

    :param params: all options of the module.
    :param client: from :func:`connect`; read-only in check mode.
    :return: the module's result, ``diff`` included.
    :raises AirflowError: what went wrong and what is known of the state.
    """
    name = params[resource.identity.name]
    desired = {item.name: params[item.name] for item in resource.fields if params[item.name] is not None}
    check_identity(resource.identity, name)
    check_options(resource.options(), params)
    reason = why_unreachable(resource.unreachable, name, client.server)
    if reason:
        raise InvalidInputError(f"{resource.identity.name} {name!r} cannot be managed: {reason}")
    store = Store(client)

    def plan() -> Change:
        current = store.read(resource, name)
        return plan_one(
            resource, name, desired, current, client.server, params["state"], params.get("update_secrets", "always")
        )

    change = plan()
    client.secrets.update(_hidden(change, change.current))
    if check_mode or change.action == NONE:
        outcome = change.outcome()
    else:
        try:
            outcome = store.apply(change)
        except RefusedError as error:
            if error.status != 409 or change.action != CREATE:
                raise
            # Somebody else has created it since it was read.
            change = plan()
            outcome = store.apply(change) if change.action != NONE else change.outcome()
        client.secrets.update(_hidden(change, outcome))
    return {
        "changed": change.action != NONE,
        "action": change.action,
        resource.kind: present(resource, name, outcome),
        "unverified": list(change.unverified),
        "diff": _diff(change),
        "warnings": store.warnings,
    }


def _hidden(change: Change, shown: Mapping[str, Any] | None) -> set[str]:
    """The texts among the options that the server hides, for whatever reason of its own."""
    return set().union(
        *(secret.hidden_by_server(value, (shown or {}).get(name)) for name, value in change.desired.items())
    )


def present(resource: Resource | Listing, name: str, stored: Mapping[str, Any]) -> dict[str, Any]:
    """An object fit to be shown."""
    hidden = {item.name for item in resource.shown() if item.secrecy is secret.Secrecy.BY_NAME}
    return {key: secret.conceal(value, name) if key in hidden else value for key, value in stored.items()}


def _diff(change: Change) -> dict[str, Any]:
    title = f"{change.resource.kind}/{change.name}"
    return {"before": change.before(), "after": change.after(), "before_header": title, "after_header": title}


def perform_info(endpoint: Endpoint, params: Mapping[str, Any], client: Client) -> dict[str, Any]:
    """Read what an info module returns.

    :raises AirflowError: what went wrong; something that does not exist is an empty list instead.
    """
    check_options(endpoint.options(), params)
    if isinstance(endpoint, Single):
        return {"changed": False, **endpoint.read(client)}
    return {"changed": False, endpoint.collection: _rows(endpoint, params, client)}


def _rows(endpoint: Listing, params: Mapping[str, Any], client: Client) -> list[dict[str, Any]]:
    key = endpoint.identity.name
    wanted = params[key]
    rows: Iterable[dict[str, Any]]
    if wanted is None:
        rows = _list(endpoint, params, client)
    elif why_unreachable(endpoint.unreachable, wanted, client.server):
        everything = {**params, "limit": None, "offset": 0}
        rows = (row for row in _list(endpoint, everything, client) if row[key] == wanted)
    else:
        check_identity(endpoint.identity, wanted)
        found = Store(client).read(endpoint, wanted)
        rows = [] if found is None else [found]
    # A row that is added while the pages are read moves the next ones on, and one of them comes twice.
    unique = {row[key]: row for row in rows}
    return [present(endpoint, name, row) for name, row in unique.items()]


def _list(endpoint: Listing, params: Mapping[str, Any], client: Client) -> Iterator[dict[str, Any]]:
    order_by = params["order_by"] or [endpoint.order_by]
    if len(order_by) > 1 and client.server.api is V1:
        raise InvalidInputError(f"order_by takes one field on Airflow 2, got {', '.join(order_by)}")
    filters = {item.name: params[item.name] for item in endpoint.filters if params[item.name] is not None}
    check_versions(endpoint.filters, filters, client.server)
    query = {"order_by": order_by, **filters}
    return client.pages(join(endpoint.collection), endpoint.collection, query, params["limit"], params["offset"])
