# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an answer means: after a write, and for a read whose answer is clearly not Airflow's."""

from __future__ import annotations

from typing import Any, Mapping

import pytest

from ansible_collections.dataops.airflow.plugins.module_utils._engine.run_listing import read
from ansible_collections.dataops.airflow.plugins.module_utils._engine.run_operation import perform_operation
from ansible_collections.dataops.airflow.plugins.module_utils._engine.run_resource import perform_resource
from ansible_collections.dataops.airflow.plugins.module_utils._engine.task import Task
from ansible_collections.dataops.airflow.plugins.module_utils._http.auth import Jwt
from ansible_collections.dataops.airflow.plugins.module_utils._http.client import Client
from ansible_collections.dataops.airflow.plugins.module_utils._http.transport import Response
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.pool.pool import POOL
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.user.user import USER
from ansible_collections.dataops.airflow.plugins.module_utils._model.api import V1, V2
from ansible_collections.dataops.airflow.plugins.module_utils._model.errors import (
    AirflowError,
    Effect,
    GatewayError,
    MissingError,
    NoAnswerError,
    NotAirflowError,
    RefusedError,
    RequestError,
    ServerError,
)
from ansible_collections.dataops.airflow.plugins.module_utils._model.field import Field
from ansible_collections.dataops.airflow.plugins.module_utils._model.listing import Listing
from ansible_collections.dataops.airflow.plugins.module_utils._model.operation import Operation
from ansible_collections.dataops.airflow.plugins.module_utils._model.paths import join
from ansible_collections.dataops.airflow.plugins.module_utils._model.resource import Resource
from ansible_collections.dataops.airflow.plugins.module_utils._model.shape import an_object
from ansible_collections.dataops.airflow.tests.declarations import (
    ENDPOINTS,
    OPERATIONS,
    RESOURCES,
)
from ansible_collections.dataops.airflow.tests.unit.scripted import (
    ABSENT,
    BAD_GATEWAY,
    CONFLICT,
    DATABASE_ERROR,
    GATEWAY_TIMEOUT,
    HTML_500,
    LOST,
    UNAVAILABLE,
    Answer,
    Scripted,
    as_dict,
    client,
)

PAGE = "<html><title>Sign in</title></html>"


@pytest.mark.parametrize(
    ("reply", "kind", "effect"),
    [
        (LOST, NoAnswerError, Effect.PENDING),
        (BAD_GATEWAY, GatewayError, Effect.PENDING),
        (UNAVAILABLE, GatewayError, Effect.PENDING),
        (GATEWAY_TIMEOUT, GatewayError, Effect.PENDING),
        (Answer(504, {"detail": "upstream"}), GatewayError, Effect.PENDING),
        (Answer(524, "", "text/plain"), GatewayError, Effect.PENDING),
        (Answer(503, {"detail": "Database is locked"}), ServerError, Effect.UNKNOWN),
        (DATABASE_ERROR, ServerError, Effect.UNKNOWN),
        (HTML_500, ServerError, Effect.UNKNOWN),
        (Answer(200, PAGE, "text/html"), NotAirflowError, Effect.UNKNOWN),
        (Answer(200, '{"name": ', "application/json"), NotAirflowError, Effect.UNKNOWN),
        (Answer(200, []), NotAirflowError, Effect.UNKNOWN),
        (Answer(200, {"name": "another"}), NotAirflowError, Effect.UNKNOWN),
        (Answer(200, ""), NotAirflowError, Effect.UNKNOWN),
        (Answer(302, "", "text/html"), NotAirflowError, Effect.UNKNOWN),
        (CONFLICT, RefusedError, Effect.NONE),
        (ABSENT, MissingError, Effect.NONE),
        (Answer(404, PAGE, "text/html"), RefusedError, Effect.UNKNOWN),
        (Answer(403, PAGE, "text/html"), RefusedError, Effect.UNKNOWN),
        (Answer(403, {"message": "no"}), RefusedError, Effect.UNKNOWN),
        (Answer(429, PAGE, "text/html"), RefusedError, Effect.NONE),
        (Answer(401, PAGE, "text/html"), RefusedError, Effect.NONE),
        (Answer(407, PAGE, "text/html"), RefusedError, Effect.NONE),
        (Answer(413, PAGE, "text/html"), RefusedError, Effect.NONE),
    ],
)
def test_what_an_answer_means_for_a_write(reply: Any, kind: type[RequestError], effect: Effect) -> None:
    scripted = Scripted({"POST /pools": reply}, "3.3.2")
    with pytest.raises(RequestError) as caught:
        client(scripted).call("POST", join("pools"), body={}, check=an_object(shown={"name": "p"}))
    assert (type(caught.value), caught.value.effect) == (kind, effect)


@pytest.mark.parametrize("reply", [LOST, DATABASE_ERROR, GATEWAY_TIMEOUT, Answer(200, PAGE, "text/html"), CONFLICT])
def test_a_log_in_that_fails_has_sent_no_write(reply: Any) -> None:
    scripted = Scripted({"POST /auth/token": reply}, "3.3.2")
    own = Client(scripted, lambda api: Jwt(scripted, "u", "p"), {}, "v2", set())
    with pytest.raises(AirflowError) as caught:
        own.call("POST", join("pools"), body={})
    assert getattr(caught.value, "effect", Effect.NONE) is Effect.NONE
    assert scripted.asked("POST /pools") == 0


def test_what_a_try_before_may_have_done_is_not_forgotten_with_the_last_answer() -> None:
    scripted = Scripted({"DELETE /pools/p": [GATEWAY_TIMEOUT, Answer(403, {"detail": "no"})]}, "3.3.2", retries=1)
    with pytest.raises(RefusedError) as caught:
        client(scripted).call("DELETE", join("pools", "p"))
    assert caught.value.effect is Effect.PENDING


def test_a_server_that_wants_to_be_left_alone_for_long_is_quoted() -> None:
    class Busy(Scripted):
        def _send_once(self, *arguments: Any) -> Response:
            return super()._send_once(*arguments)._replace(headers={"retry-after": "86400"})

    with pytest.raises(RefusedError, match="a pause of 86400 s .Retry-After., longer than the 60 s"):
        client(Busy({"POST /pools": Answer(429, {"detail": "no"})}, "3.3.2")).call("POST", join("pools"))


@pytest.mark.parametrize("version", ["2.11.2", "3.3.2"])
@pytest.mark.parametrize("state", ["present", "absent"])
def test_another_object_than_the_one_asked_for_is_not_touched(version: str, state: str) -> None:
    params = {**{item.name: item.default for item in POOL.options()}, "name": "p", "slots": 1, "state": state}
    scripted = Scripted({"GET /pools/p": {"name": "victim", "slots": 9}}, version)
    with pytest.raises(NotAirflowError, match="is for another object: its name is 'victim', not 'p'"):
        perform_resource(POOL, params, Task(client(scripted)))
    assert scripted.writes == []


def test_a_user_is_the_same_in_another_case() -> None:
    scripted = Scripted({"GET /users/ADA": {"username": "ada", "roles": []}}, "2.11.2")
    assert (client(scripted).read(USER, "ADA") or {})["username"] == "ada"


def test_a_list_that_is_said_not_to_exist_is_an_error_unless_it_is_within_another_object() -> None:
    def rows(kind: str, path: str, **options: Any) -> Any:
        return read_all(kind, Scripted({f"GET {path}": ABSENT}, "3.3.2"), options)

    with pytest.raises(NotAirflowError, match="A list exists even if it is empty"):
        rows("pool", "/pools")
    with pytest.raises(NotAirflowError, match="A list exists even if it is empty"):
        rows("dag_run", "/dags/~/dagRuns")
    assert rows("dag_run", "/dags/etl/dagRuns", dag_id="etl")["dag_runs"] == []


def read_all(kind: str, scripted: Scripted, options: Mapping[str, Any]) -> Any:
    endpoint = next(item for item in ENDPOINTS if item.kind == kind)
    params = {**{item.name: item.default for item in endpoint.options()}, "airflow_auth": "none", **options}
    return as_dict(read(endpoint, params, client(scripted)))


LISTS = sorted(
    {
        name
        for item in ENDPOINTS
        if isinstance(item, Listing)
        for api in (V1, V2)
        for name in (item.answer_on(api), *(route.answers.get(api.name, "") for route in item.routes))
        if name
    }
    | {"actions", "sections", "options", "dags", "tasks", "backfills", "import_errors", "task_instances", "roles"}
)


def everywhere(value: Any) -> dict[str, Any]:
    """An object in which each list has this value."""
    return dict.fromkeys(LISTS, value)


ODD: Mapping[str, Any] = {
    "null": None,
    "no object": [],
    "a text": '"text"',
    "a number": 5,
    "an empty object": {},
    "nulls": everywhere(None),
    "lists of nulls": everywhere([None]),
    "lists of numbers": everywhere([5]),
    "lists of texts": everywhere(["x"]),
    "lists of lists": everywhere([[]]),
    "empty rows": {**everywhere([{}]), "total_entries": 1},
    "objects": everywhere({}),
}


OTHER_TYPES: Mapping[str, Any] = {
    "right names with objects": {"x": [None]},
    "right names with numbers": 5,
    "right names with nulls": None,
    "right names with texts": "x",
}
NAMES = ("name", "key", "connection_id", "username", "dag_id", "dag_run_id", "task_id", "uri")
"""What names objects in answers."""


def odd_rows(spec: Any, value: Any) -> dict[str, Any]:
    """An object of the right name, and rows of it, with all fields of a kind and the wrong values."""
    fields = (*getattr(spec, "reported", ()), *getattr(spec, "fields", ()))
    names = {item.key(api) for item in fields for api in (V1, V2)} | {"state", "map_index", "actions", "paused"}
    row = {**dict.fromkeys(sorted(names), value), **dict.fromkeys(NAMES, "x"), "id": 1, "asset_id": 1}
    return {**everywhere([row]), **row, "total_entries": "many"}


class Odd(Scripted):
    """Gives every request the same answer."""

    def __init__(self, body: Any, version: str, read_only: bool = True) -> None:
        super().__init__({}, version, read_only)
        self.body = body

    def _send_once(self, method: str, url: str, body: Any, form: Any, headers: Mapping[str, str] | None) -> Response:
        path = url.partition("example.com")[2].partition("?")[0]
        for root in ("/api/v1", "/api/v2", "/auth/fab/v1"):
            path = path[len(root) :] if path.startswith(root + "/") else path
        self._answers[f"{method} {path}"] = [self.body]
        return super()._send_once(method, url, body, form, headers)


SAMPLES = {"int": 1, "str": "x", "list": ["x"], "dict": {}, "float": 1.0, "bool": True, "path": "x", "raw": "x"}
MOMENT = "2026-01-01T00:00:00Z"
GIVEN: Mapping[str, Any] = {
    "port": "1",
    "permissions": [{"action": "can_read", "resource": "Pools"}],
    "extra": {},
    "from_date": MOMENT,
    "to_date": MOMENT,
    "conn_type": "http",
    "email": "a@example.com",
}


def options(spec: Any, fields: tuple[Field, ...] = ()) -> dict[str, Any]:
    """The options of a module: what is needed, and these."""
    params: dict[str, Any] = {item.name: item.default for item in spec.options()}
    for item in spec.options():
        if item.required or item in fields:
            params[item.name] = GIVEN.get(item.name) or (item.choices or [SAMPLES[item.type]])[0]
    return {**params, "airflow_auth": "none", "airflow_url": "", "airflow_username": None}


@pytest.mark.parametrize("version", ["2.11.2", "3.3.2"])
@pytest.mark.parametrize("odd", [*ODD, *OTHER_TYPES])
def test_odd_json_never_makes_an_info_module_crash(odd: str, version: str) -> None:
    for endpoint in ENDPOINTS:
        identity = endpoint.identity if isinstance(endpoint, Listing) else None
        for fields in ((), (identity,) if identity else endpoint.options()[:1]):
            body = odd_rows(endpoint, OTHER_TYPES[odd]) if odd in OTHER_TYPES else ODD[odd]
            try:
                read(endpoint, options(endpoint, fields), client(Odd(body, version)))
            except AirflowError:
                continue
            except Exception as error:
                raise AssertionError(f"airflow_{endpoint.kind}_info with {fields}") from error


@pytest.mark.parametrize("version", ["2.11.2", "3.3.2"])
@pytest.mark.parametrize("odd", [*ODD, *OTHER_TYPES])
@pytest.mark.parametrize("read_only", [True, False])
def test_odd_json_never_makes_a_module_crash(odd: str, version: str, read_only: bool) -> None:
    specs: tuple[Resource | Operation, ...] = (*RESOURCES, *OPERATIONS)
    for spec in specs:
        body = odd_rows(spec, OTHER_TYPES[odd]) if odd in OTHER_TYPES else ODD[odd]
        own = Task(client(Odd(body, version, read_only)), read_only)
        try:
            if isinstance(spec, Resource):
                perform_resource(spec, options(spec, spec.fields), own)
            else:
                perform_operation(spec, options(spec), own)
        except AirflowError:
            continue
        except Exception as error:
            raise AssertionError(f"airflow_{spec.kind}") from error


def test_what_names_an_object_stands_in_its_answer() -> None:
    for listing in ENDPOINTS:
        if isinstance(listing, Listing) and listing.identity and not listing.find:
            for api in (V1, V2):
                if listing.since.on(api) is not None:
                    assert listing.identity.key(api) in {item.key(api) for item in listing.reported}, listing.kind


@pytest.mark.parametrize("token", [None, 5, "", "a b", "a\nb", "\u00e9", ["x"]])
def test_what_is_no_token_is_not_sent(token: Any) -> None:
    scripted = Scripted({"POST /auth/token": Answer(201, {"access_token": token})}, "3.3.2")
    own = Client(scripted, lambda api: Jwt(scripted, "u", "p"), {}, "v2", set())
    with pytest.raises(NotAirflowError, match="the response has no access_token"):
        own.call("GET", join("pools"))
