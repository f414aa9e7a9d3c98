# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is said and done after a write of an object: read back, sent again, or an error that says what is known."""

from __future__ import annotations

import re
from typing import Any, Mapping

import pytest

from ansible_collections.dataops.airflow.plugins.module_utils._engine import log_in_as
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.connection.connection import CONNECTION
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.dag.dag import DAG
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.user.user import USER
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.variable.variable import VARIABLE
from ansible_collections.dataops.airflow.plugins.module_utils._model.api import EVER, Server
from ansible_collections.dataops.airflow.plugins.module_utils._model.change import Action
from ansible_collections.dataops.airflow.plugins.module_utils._model.errors import (
    AirflowError,
    Effect,
    RefusedError,
    RequestError,
    ServerError,
    UnreachableError,
)
from ansible_collections.dataops.airflow.tests.unit.samples import AIRFLOW_2, AIRFLOW_3, SAMPLES, Sample
from ansible_collections.dataops.airflow.tests.unit.scripted import (
    ABSENT,
    CONFLICT,
    FAULTS,
    HTML_500,
    LOST,
    REFUSED_CONNECTION,
    Answer,
    Scripted,
    Sent,
    Table,
    attempt,
    task,
)

MAY_STILL_HAPPEN = ("answer lost", "502", "503", "504")
"""After these nobody knows whether Airflow is still at work on the request."""

DONE = {"create": "created", "update": "changed", "delete": "deleted"}
WRITES = [(sample, action) for sample in SAMPLES for action in DONE if (sample.resource, action) != (DAG, "create")]
LOG_IN_PAGE = Answer(200, '<html><title>Log in</title><input type="password"></html>', "text/html")
NO_CONTENT = Answer(204, "")


def each(writes: list[tuple[Sample, str]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(
        ("sample", "action"), writes, ids=[f"{action} {sample.title}" for sample, action in writes]
    )


each_write = each(WRITES)
each_write_in_part = each([(sample, action) for sample, action in WRITES if sample.partly])
each_fault = pytest.mark.parametrize("fault", FAULTS)


def perform(sample: Sample, action: str, reply: Any, *seen: Any) -> tuple[Any, Scripted]:
    """The result of a task, or its error, and what it has sent."""
    transport = Scripted(sample.table(action, reply, *seen), sample.version)
    return attempt(sample.resource, transport, **sample.given(action)), transport


def states(sample: Sample, action: str) -> tuple[Any, Any]:
    """What reading shows before and after a write."""
    row, after = dict(sample.row), sample.after
    return {"create": (ABSENT, after), "update": (row, after), "delete": (row, ABSENT)}[action]


def lines(requests: list[Sent]) -> list[str]:
    return [request.line for request in requests]


def requests(sample: Sample, action: str, attempts: int = 1, read_back: int = 1) -> list[str]:
    """What a task sends for a write that is made so often, and read back so often each time."""
    look = f"GET {sample.path}"
    attempt = [sample.write(action), *[look] * read_back]
    return [look, *sample.checked.get(action, ()), *attempt * attempts]


def is_echo(sample: Sample, action: str) -> bool:
    server = Server(sample.api, sample.version)
    return bool(server.lacks(sample.resource.reliable_since.get(Action(action), EVER)))


@each_write
def test_a_write_that_is_answered_is_sent_once(sample: Sample, action: str) -> None:
    before, after = states(sample, action)
    answer = after if action != "delete" else NO_CONTENT
    result, transport = perform(sample, action, answer, before, after)
    assert (result["changed"], result["action"]) == (True, action)
    assert lines(transport.sent) == requests(sample, action, read_back=is_echo(sample, action))
    assert not [text for text in result["warnings"] if "Read back" in text]


@each_fault
@each_write
def test_a_write_that_was_made_without_a_clear_answer_is_found_by_reading(
    sample: Sample, action: str, fault: str
) -> None:
    before, after = states(sample, action)
    result, transport = perform(sample, action, FAULTS[fault], before, after)
    assert (result["changed"], result["action"]) == (True, action)
    assert lines(transport.sent) == requests(sample, action)
    assert re.search(rf"{sample.resource.kind} '.*' was {DONE[action]}", "\n".join(result["warnings"]))
    clear, _transport = perform(sample, action, after if action != "delete" else NO_CONTENT, before, after)
    for key in ("changed", "action", "diff", "unverified", sample.resource.kind):
        assert result[key] == clear[key]


@each_fault
@each_write
def test_a_write_that_was_not_made_is_sent_once_more_unless_it_may_still_be_made(
    sample: Sample, action: str, fault: str
) -> None:
    before, _after = states(sample, action)
    error, transport = perform(sample, action, FAULTS[fault], before)
    if fault in MAY_STILL_HAPPEN:
        assert lines(transport.sent) == requests(sample, action)
        assert "may still" in error.message
        assert not re.search("nothing was changed|was not", error.message)
    else:
        assert lines(transport.sent) == requests(sample, action, attempts=2)
        assert re.search("was not created" if action == "create" else "nothing was changed", error.message)
        assert "may still" not in error.message
    assert isinstance(error, UnreachableError if fault == "answer lost" else ServerError)
    assert error.facts.get("status") == (None if fault == "answer lost" else int(fault[:3]))
    assert error.effect is (Effect.PENDING if fault in MAY_STILL_HAPPEN else Effect.NONE)


@each_write
def test_the_second_attempt_counts(sample: Sample, action: str) -> None:
    before, after = states(sample, action)
    answer = after if action != "delete" else NO_CONTENT
    result, transport = perform(sample, action, [HTML_500, answer], before, before, after)
    assert (result["changed"], result["action"]) == (True, action)
    expected = requests(sample, action, attempts=2)
    assert lines(transport.sent) == (expected if is_echo(sample, action) else expected[:-1])


@pytest.mark.parametrize("fault", ["answer lost", "500"])
@each_write_in_part
def test_another_state_than_before_and_wanted_is_told_and_left_alone(sample: Sample, action: str, fault: str) -> None:
    before, _after = states(sample, action)
    error, transport = perform(sample, action, FAULTS[fault], before, sample.in_part)
    assert isinstance(error, AirflowError)
    assert lines(transport.sent) == requests(sample, action)
    if action == "delete":
        assert "was not deleted, and was changed by somebody else" in error.message
    else:
        assert re.search(rf"was {DONE[action]} in part; not as wanted: {', '.join(_missing(sample))}\b", error.message)
        assert "nothing" not in error.message
    assert ("Airflow may still do the rest" in error.message) == (fault == "answer lost")


def _missing(sample: Sample) -> list[str]:
    """The options that the object does not hold after half of its change."""
    keys = {item.key(sample.api): item.name for item in sample.resource.fields}
    return [keys[key] for key, value in sample.wanted.items() if sample.in_part[key] != value]


@pytest.mark.parametrize(
    ("fault", "second"), [("answer lost", HTML_500), ("500", LOST), ("504", REFUSED_CONNECTION), ("503", LOG_IN_PAGE)]
)
@each_write
def test_a_state_that_cannot_be_read_is_not_known(sample: Sample, action: str, fault: str, second: Any) -> None:
    before, _after = states(sample, action)
    error, transport = perform(sample, action, FAULTS[fault], before, second)
    assert isinstance(error, AirflowError)
    assert lines(transport.sent) == requests(sample, action)
    assert re.search(rf"Whether .* was {DONE[action]} is not known", error.message)
    assert (str(second) if isinstance(second, Exception) else "HTTP ") in error.message
    assert error.facts.get("status") == (None if fault == "answer lost" else int(fault[:3]))


@each_write
def test_a_refused_connection_is_an_error_at_once(sample: Sample, action: str) -> None:
    error, transport = perform(sample, action, REFUSED_CONNECTION, states(sample, action)[0])
    assert isinstance(error, UnreachableError)
    assert lines(transport.sent) == requests(sample, action, read_back=0)


ODD_ANSWERS: Mapping[str, Any] = {
    "nothing": None,
    "{}": {},
    "a list": Answer(200, []),
    "another object": ...,
    "a page": LOG_IN_PAGE,
}


def odd_answer(sample: Sample, odd: str) -> Any:
    return {**sample.after, next(iter(sample.row)): "other"} if odd == "another object" else ODD_ANSWERS[odd]


each_odd = pytest.mark.parametrize("odd", ODD_ANSWERS)


@each_odd
@each_write
def test_an_answer_that_does_not_show_the_object_is_no_proof(sample: Sample, action: str, odd: str) -> None:
    """Nothing was changed."""
    before, _after = states(sample, action)
    error, transport = perform(sample, action, odd_answer(sample, odd), before)
    assert isinstance(error, RequestError)
    assert re.search("was not created" if action == "create" else "nothing was changed", error.message)
    assert error.effect is Effect.NONE
    assert lines(transport.sent) == requests(sample, action)


@each_odd
@each_write
def test_after_an_answer_that_does_not_show_the_object_it_is_read_back(sample: Sample, action: str, odd: str) -> None:
    """The change was made."""
    before, after = states(sample, action)
    result, transport = perform(sample, action, odd_answer(sample, odd), before, after)
    assert (result["changed"], result["action"]) == (True, action)
    assert lines(transport.sent) == requests(sample, action)


UPDATES = [(sample, action) for sample, action in WRITES if action == "update"]


@each(UPDATES)
def test_an_answer_without_values_is_no_proof(sample: Sample, action: str) -> None:
    bare = {**dict.fromkeys(sample.row), **dict(list(sample.row.items())[:1])}
    error, transport = perform(sample, action, bare, sample.row)
    assert isinstance(error, RequestError)
    assert "nothing was changed" in error.message
    assert lines(transport.sent) == requests(sample, action)


@each([(sample, action) for sample, action in UPDATES if sample.resource is not DAG])
def test_what_somebody_else_has_deleted_is_created(sample: Sample, action: str) -> None:
    seen = [sample.row, ABSENT, sample.after]
    table = {**sample.table("update", ABSENT, *seen), f"POST {sample.list_path}": sample.after}
    transport = Scripted(table, sample.version)
    result = task(sample.resource, transport, **sample.options)
    assert (result["changed"], result["action"]) == (True, "create")
    assert lines(transport.writes) == [sample.write("update"), sample.write("create")]


@each([(sample, action) for sample, action in UPDATES if sample.resource is DAG])
def test_a_dag_that_is_deleted_and_parsed_again_is_as_wanted(sample: Sample, action: str) -> None:
    transport = Scripted(sample.table("update", [ABSENT, sample.after], sample.row), sample.version)
    result = task(sample.resource, transport, **sample.options)
    assert (result["changed"], result["action"]) == (True, "update")
    assert lines(transport.writes) == [sample.write("update")] * 2


@each(UPDATES)
def test_what_somebody_else_has_changed_alike_is_no_change(sample: Sample, action: str) -> None:
    result, transport = perform(sample, action, CONFLICT, sample.row, sample.after)
    assert (result["changed"], result["action"]) == (False, "none")
    assert lines(transport.sent) == requests(sample, action)


@each(UPDATES)
def test_an_update_that_collides_with_something_else_is_an_error(sample: Sample, action: str) -> None:
    error, transport = perform(sample, action, CONFLICT, sample.row)
    assert isinstance(error, RefusedError)
    assert error.status == 409
    assert len(transport.writes) == 1


CREATIONS = [(sample, action) for sample, action in WRITES if action == "create"]


@each(CREATIONS)
def test_what_somebody_else_has_created_alike_is_no_change(sample: Sample, action: str) -> None:
    result, transport = perform(sample, action, CONFLICT, ABSENT, sample.after)
    assert (result["changed"], result["action"]) == (False, "none")
    assert lines(transport.sent) == requests(sample, action)


@each(CREATIONS)
def test_what_somebody_else_has_created_otherwise_is_updated(sample: Sample, action: str) -> None:
    seen = [ABSENT, sample.row, sample.after]
    table = {**sample.table("create", CONFLICT, *seen), sample.write("update"): sample.after}
    transport = Scripted(table, sample.version)
    result = task(sample.resource, transport, **sample.options)
    assert (result["changed"], result["action"]) == (True, "update")
    assert lines(transport.writes) == [sample.write("create"), sample.write("update")]


@each(CREATIONS)
def test_a_conflict_with_something_else_is_an_error(sample: Sample, action: str) -> None:
    error, transport = perform(sample, action, CONFLICT, ABSENT)
    assert isinstance(error, RefusedError)
    assert error.status == 409
    assert len(transport.writes) == 1


@each([(sample, action) for sample, action in WRITES if action == "delete"])
def test_what_somebody_else_has_deleted_is_deleted(sample: Sample, action: str) -> None:
    result, transport = perform(sample, action, ABSENT, sample.row)
    assert (result["changed"], result["action"]) == (True, "delete")
    assert lines(transport.sent) == requests(sample, action, read_back=0)


@pytest.mark.parametrize("status", [403, 422])
@each_write
def test_a_refusal_is_an_error_with_the_words_of_the_server(sample: Sample, action: str, status: int) -> None:
    error, transport = perform(sample, action, Answer(status, {"detail": "because"}), states(sample, action)[0])
    assert isinstance(error, RefusedError)
    assert (error.status, error.facts["detail"]) == (status, "because")
    assert lines(transport.sent) == requests(sample, action, read_back=0)


# What the server hides

HIDDEN = (
    Sample(VARIABLE, AIRFLOW_3, {"key": "token", "value": "new"}, {"key": "token", "value": "***"}, {}, {}),
    *(
        Sample(
            CONNECTION,
            version,
            {"connection_id": "c", "password": "new"},
            {"connection_id": "c", "conn_type": "http", "host": "h", "extra": '{"token": "***"}', **shown},
            {},
            {},
        )
        for version, shown in ((AIRFLOW_2, {}), (AIRFLOW_3, {"password": "***"}))
    ),
)
each_hidden = pytest.mark.parametrize("sample", HIDDEN, ids=[sample.title for sample in HIDDEN])


@each_fault
@each_hidden
def test_nobody_knows_whether_a_hidden_value_was_stored(sample: Sample, fault: str) -> None:
    error, transport = perform(sample, "update", FAULTS[fault], sample.row)
    assert isinstance(error, AirflowError)
    assert re.search("Whether .* was changed is not known: Airflow hides", error.message)
    assert lines(transport.sent) == requests(sample, "update")


@each_hidden
def test_a_mask_is_never_sent(sample: Sample) -> None:
    result, transport = perform(sample, "update", sample.row, sample.row)
    assert result["unverified"] == [name for name in sample.options if name != sample.resource.identity.name]
    visible = sample._replace(
        options={**sample.options, "description": "new"}, row={**sample.row, "description": "old"}
    )
    bare = {name: value for name, value in visible.options.items() if name not in result["unverified"]}
    _result, other = perform(
        visible._replace(options=bare), "update", {**visible.row, "description": "new"}, visible.row
    )
    for body in (transport.writes[0].body, other.writes[0].body):
        assert "new" in body.values()
        assert "***" not in str(body)


# A user's password, which only a login compares

USERS = {sample.version: sample for sample in SAMPLES if sample.resource is USER}
each_version = pytest.mark.parametrize("version", [AIRFLOW_2, AIRFLOW_3])


@pytest.mark.parametrize("state", ["set", "not set", "unknown"])
@each_fault
@each_version
def test_whether_a_password_was_set_is_found_by_logging_in(
    version: str, fault: str, state: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    user: dict[str, Any] = {**USERS[version].row, "login_count": 0, "fail_login_count": 0}
    stored = ["old"]

    def log_in(request: Sent) -> Any:
        if state == "unknown":
            return Answer(403, {"detail": "not here"})
        is_right = stored == ["new"]
        user["login_count" if is_right else "fail_login_count"] += 1
        return Answer(201, {"access_token": "t0ken"}) if is_right else Answer(401, {"detail": "Invalid credentials"})

    def patch(request: Sent) -> Any:
        stored[:] = [request.body["password"]] if state == "set" else stored
        return FAULTS[fault]

    reads = {"GET /users/u": lambda request: dict(user), "POST /auth/token": log_in, "GET /permissions": log_in}
    transport = Scripted({**reads, "PATCH /users/u": patch}, version)
    # Airflow 2 is asked in a session of its own.
    monkeypatch.setattr(log_in_as, "Transport", lambda settings, read_only: transport)
    result = attempt(USER, transport, username="u", password="new")
    again = state == "not set" and fault not in MAY_STILL_HAPPEN
    assert transport.asked("PATCH /users/u") == (2 if again else 1)
    if state == "set":
        assert (result["changed"], result["action"], result["unverified"]) == (True, "update", [])
    elif state == "unknown":
        assert re.search("Whether .* was changed is not known", result.message)
    else:
        assert re.search("nothing was changed" if again else "may still", result.message)


# A connection whose password is cleared, by deletion and creation

HELD = {"connection_id": "c", "conn_type": "http", "host": "db", "port": 5432, "description": "kept"}
LOOK, DELETE, CREATE = "GET /connections/c", "DELETE /connections/c", "POST /connections"


def clear_password(version: str, deletion: Any, creation: Any, *seen: Any) -> tuple[Any, Scripted]:
    """The result of clearing a password, or its error, and what was sent.

    :param seen: what reading shows after the plan.
    """
    row = {**HELD, **({} if version == AIRFLOW_2 else {"password": "***"})}
    transport = Scripted({LOOK: [row, *seen], DELETE: deletion, CREATE: creation}, version)
    return attempt(CONNECTION, transport, connection_id="c", password=""), transport


@each_version
def test_a_cleared_password_takes_a_deletion_and_a_creation_with_all_else(version: str) -> None:
    result, transport = clear_password(version, NO_CONTENT, {**HELD, "password": None}, HELD)
    assert (result["changed"], result["action"]) == (True, "update")
    assert lines(transport.sent) == [LOOK, DELETE, CREATE]
    assert transport.writes[-1].body == HELD
    assert any("deleted and created" in text for text in result["warnings"])


@each_fault
@each_version
def test_either_step_is_found_done_by_reading(version: str, fault: str) -> None:
    result, transport = clear_password(version, FAULTS[fault], FAULTS[fault], ABSENT, HELD)
    assert (result["changed"], result["action"]) == (True, "update")
    assert lines(transport.sent) == [LOOK, DELETE, LOOK, CREATE, LOOK]


@pytest.mark.parametrize("fault", [*FAULTS, "refused"])
@each_version
def test_nothing_is_created_unless_the_old_one_is_gone(version: str, fault: str) -> None:
    row = {**HELD, **({} if version == AIRFLOW_2 else {"password": "***"})}
    error, transport = clear_password(version, FAULTS.get(fault, REFUSED_CONNECTION), HELD, row)
    assert isinstance(error, AirflowError)
    assert set(lines(transport.writes)) == {DELETE}
    # What may be deleted yet is kept in the result.
    assert ("lost" in error.facts) == (fault in MAY_STILL_HAPPEN)
    assert len(transport.writes) == (1 if fault in (*MAY_STILL_HAPPEN, "refused") else 2)


@pytest.mark.parametrize("fault", MAY_STILL_HAPPEN)
@each_version
def test_a_deletion_that_may_come_late_is_not_sent_again_before_a_creation(version: str, fault: str) -> None:
    row = {**HELD, **({} if version == AIRFLOW_2 else {"password": "***"})}
    table: dict[str, Any] = {LOOK: row, DELETE: [FAULTS[fault], NO_CONTENT], CREATE: HELD}
    transport = Scripted(table, version, retries=3)
    error = attempt(CONNECTION, transport, connection_id="c", password="")
    assert (error.effect, lines(transport.writes)) == (Effect.PENDING, [DELETE])


@each_fault
@each_version
def test_what_a_connection_held_is_in_the_result_if_nobody_knows_whether_it_is_deleted(
    version: str, fault: str
) -> None:
    error, transport = clear_password(version, FAULTS[fault], HELD, LOST)
    assert isinstance(error, RequestError)
    assert re.search("Whether connection 'c' was deleted is not known.*under 'lost'", error.message)
    assert {name: error.facts["lost"][name] for name in HELD} == HELD
    assert error.is_away
    assert lines(transport.writes) == [DELETE]


@pytest.mark.parametrize("fault", [*FAULTS, "refused", "conflict", "invalid"])
@each_version
def test_what_a_connection_held_is_in_the_result_if_it_cannot_be_created(version: str, fault: str) -> None:
    failures = {**FAULTS, "refused": REFUSED_CONNECTION, "conflict": CONFLICT, "invalid": Answer(422, {"detail": "no"})}
    error, transport = clear_password(version, NO_CONTENT, failures[fault], ABSENT)
    assert isinstance(error, AirflowError)
    assert re.search("connection 'c' was deleted, .*creating it failed", error.message)
    assert {name: error.facts["lost"][name] for name in HELD} == HELD
    assert error.facts.get("status") == getattr(failures[fault], "status", None)
    assert set(lines(transport.writes)) == {DELETE, CREATE}


@pytest.mark.parametrize("fault", [*FAULTS, "invalid"])
def test_that_something_was_created_is_said_if_its_completion_fails(fault: str) -> None:
    bare = {"key": "k", "value": "v", "description": None}
    reply = {**FAULTS, "invalid": Answer(422, {"detail": "no"})}[fault]
    table: Table = {"GET /variables/k": [ABSENT, bare], "POST /variables": bare, "PATCH /variables/k": reply}
    transport = Scripted(table, "2.7.0")
    error = attempt(VARIABLE, transport, key="k", value="v", description="d")
    assert error.message.startswith("variable 'k' was created, but not as wanted (description): ")
    assert error.effect > Effect.NONE
    assert transport.asked("POST /variables") == 1


def test_what_a_creation_leaves_out_is_given_by_an_update() -> None:
    """Airflow before 2.8 leaves out a variable's description."""
    row: dict[str, Any] = {"key": "k", "value": "v", "description": "d"}
    bare = {**row, "description": None}
    table: Table = {"GET /variables/k": [ABSENT, bare], "POST /variables": row, "PATCH /variables/k": row}
    transport = Scripted(table, "2.7.0")
    result = task(VARIABLE, transport, **row)
    assert (result["changed"], result["action"]) == (True, "create")
    assert lines(transport.sent) == ["GET /variables/k", "POST /variables", "GET /variables/k", "PATCH /variables/k"]
    assert transport.writes[-1].query == {"update_mask": "description"}
