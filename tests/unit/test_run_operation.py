# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the driver of operations does with their steps, on an operation that sets a lamp and says so in its note."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, NamedTuple

import pytest

from ansible_collections.dataops.airflow.plugins.module_utils._engine.run_operation import (
    Diff,
    Look,
    Steps,
    Wait,
    Write,
    Writes,
    run_operation,
)
from ansible_collections.dataops.airflow.plugins.module_utils._engine.task import Task
from ansible_collections.dataops.airflow.plugins.module_utils._http.client import Client
from ansible_collections.dataops.airflow.plugins.module_utils._model.api import Since
from ansible_collections.dataops.airflow.plugins.module_utils._model.change import Action
from ansible_collections.dataops.airflow.plugins.module_utils._model.errors import (
    AirflowError,
    Effect,
    InvalidInputError,
    RefusedError,
    RequestError,
)
from ansible_collections.dataops.airflow.plugins.module_utils._model.operation import Operation
from ansible_collections.dataops.airflow.plugins.module_utils._model.paths import join
from ansible_collections.dataops.airflow.tests.declarations import OPERATIONS
from ansible_collections.dataops.airflow.tests.unit.conftest import Hands
from ansible_collections.dataops.airflow.tests.unit.scripted import (
    CONFLICT,
    DATABASE_ERROR,
    LOCKED,
    LOST,
    UNAVAILABLE,
    Answer,
    Scripted,
    client,
)

LAMP = join("lamp")
REFUSED = Answer(403, {"detail": "no"})


class Plan(NamedTuple):
    """What the lamp needs."""

    action: Action
    wanted: str
    seen: str


class Lamp(Steps[str, str, Plan]):
    """Sets the lamp, then its note; a second look shows whether it stays so."""

    module = "airflow_lamp"
    since = Since(v1="2.9.0")
    tells_action = True
    adopts = True
    ahead = False

    def wanted(self, options: Mapping[str, Any]) -> str:
        if options["state"] == "blue":
            raise InvalidInputError("state must be a colour that the lamp has")
        return str(options["state"])

    def read(self, client: Client, wanted: str) -> str:
        return str(client.call("GET", LAMP)["state"])

    def plan(self, wanted: str, seen: str) -> Plan:
        return Plan(Action.NONE if wanted == seen else Action.UPDATE, wanted, seen)

    def preflight(self, client: Client, plan: Plan) -> list[str]:
        return ["it is red"] if plan.wanted == "red" else []

    def predict(self, plan: Plan) -> str:
        return plan.wanted

    def writes(self, client: Client, plan: Plan) -> Writes:
        def write(name: str, value: str, done: str, **more: Any) -> Write:
            def send() -> Any:
                return client.call("PUT", LAMP, body={name: value})[name]

            def look() -> Any:
                return client.call("GET", LAMP)[name]

            return Write(send, look, lambda now: now == value, lambda now: True, "the lamp", done, tries_for=9, **more)

        state = yield write("state", plan.wanted, f"set to {plan.wanted}")
        try:
            yield write("note", "n", "given its note", earlier="It was set before", facts={"lamp": state})
        except RefusedError:
            return "without a note"
        later = yield Look(1, lambda: client.call("GET", LAMP), "Whether it stays so is not known")
        return later["state"] if later else state

    def follow(self, client: Client, plan: Plan, value: str) -> Wait | None:
        if value != "flashing":
            return None
        return Wait(
            first=lambda: value,
            look=lambda: self.read(client, plan.wanted),
            is_over=lambda now: now == "off",
            timeout=60,
            longest_pause=5,
            title="the lamp",
            state=str,
            more=lambda _now: "",
            line=lambda now: f"lamp: {now}",
            facts=lambda now: {"lamp": now},
            end=str.upper,
            said=lambda message: f"Dark. {message}",
            ahead=self.ahead,
        )

    def result(self, plan: Plan, value: str) -> dict[str, Any]:
        return {"lamp": value}

    def diff(self, plan: Plan) -> Diff:
        return Diff("lamp", {"state": plan.seen}, {"state": plan.wanted})


class Patient(Lamp):
    """One that check mode waits for as well."""

    ahead = True


pytestmark = pytest.mark.usefixtures("clock")


def server(*states: Any, puts: Any = None, version: str = "3.3.2", check_mode: bool = False) -> Scripted:
    looks = [{"state": state, "note": None} if isinstance(state, str) else state for state in states]
    return Scripted({"GET /lamp": looks, "PUT /lamp": puts or (lambda request: request.body)}, version, check_mode)


def run(transport: Scripted, state: str, steps: Lamp | None = None, said: list[str] | None = None) -> dict[str, Any]:
    own = Task(client(transport), transport.read_only, None if said is None else said.append)
    return run_operation(steps or Lamp(), own, {"state": state})


def test_check_mode_reads_plans_and_warns_and_sends_nothing() -> None:
    real, checked = server("off", "red"), server("off", check_mode=True)
    result = run(real, "red")
    assert result == run(checked, "red")
    assert (result["changed"], result["action"], result["lamp"], result["warnings"]) == (
        True,
        "update",
        "red",
        ["it is red"],
    )
    assert result["diff"] == {
        "before": {"state": "off"},
        "after": {"state": "red"},
        "before_header": "lamp",
        "after_header": "lamp",
    }
    assert [request.body for request in real.writes] == [{"state": "red"}, {"note": "n"}]
    assert checked.writes == []


@pytest.mark.parametrize("check_mode", [False, True])
def test_where_nothing_has_to_be_done_nothing_is_sent(check_mode: bool) -> None:
    transport = server("red", check_mode=check_mode)
    assert (run(transport, "red")["action"], transport.writes) == ("none", [])


@pytest.mark.parametrize(
    ("state", "version", "said"),
    [("blue", "2.8.4", "state must be"), ("red", "2.8.4", "^airflow_lamp needs Airflow 2.9.0 or later")],
)
def test_options_are_checked_before_the_server_and_the_server_before_it_is_read(
    state: str, version: str, said: str
) -> None:
    transport = server("off", version=version)
    with pytest.raises(InvalidInputError, match=said):
        run(transport, state)
    assert transport.sent == []


@pytest.mark.parametrize("fault", [LOST, UNAVAILABLE])
def test_what_was_done_before_is_kept_if_a_later_write_fails(fault: Any) -> None:
    with pytest.raises(RequestError, match="It was set before$") as caught:
        run(server("off", "red", puts=[{"state": "red"}, fault]), "red")
    facts = {name: caught.value.facts[name] for name in ("changed", "action", "lamp")}
    assert facts == {"changed": True, "action": "update", "lamp": "red"}
    assert caught.value.effect > Effect.NONE


def test_an_operation_may_go_on_after_an_error() -> None:
    assert run(server("off", puts=[{"state": "red"}, REFUSED]), "red")["lamp"] == "without a note"


def test_a_second_look_that_fails_is_a_warning(clock: Hands) -> None:
    result = run(server("off", REFUSED), "red")
    assert result["lamp"] == "red"
    assert result["warnings"][1].startswith("Whether it stays so is not known: ")
    assert clock.pauses == [1]


def test_what_a_locked_database_refuses_is_sent_again(clock: Hands) -> None:
    transport = server("off", puts=[LOCKED, LOCKED, {"state": "red"}, {"note": "n"}])
    assert run(transport, "red")["changed"]
    assert (len(transport.writes), clock.pauses[:2]) == (4, [0.5, 0.8])
    transport = server("off", puts=DATABASE_ERROR)
    with pytest.raises(AirflowError, match="HTTP 500"):
        run(transport, "red")
    assert len(transport.writes) == 1


def test_whoever_was_faster_is_planned_for() -> None:
    result = run(server("off", "red", puts=[CONFLICT]), "red")
    assert (result["changed"], result["lamp"]) == (False, "red")
    with pytest.raises(RefusedError):
        run(server("off", puts=[CONFLICT]), "red")


def test_the_end_is_waited_for_and_told() -> None:
    said: list[str] = []
    result = run(server("flashing", "flashing", "off"), "flashing", said=said)
    assert (result["changed"], result["lamp"], said) == (False, "OFF", ["lamp: flashing", "lamp: off"])


def test_a_wait_that_fails_keeps_what_was_changed() -> None:
    with pytest.raises(AirflowError, match="^Dark. After 60 seconds the lamp is still flashing") as caught:
        run(server("off", "flashing"), "flashing")
    facts = {name: caught.value.facts[name] for name in ("changed", "action", "lamp")}
    assert facts == {"changed": True, "action": "update", "lamp": "flashing"}


@pytest.mark.parametrize(
    ("steps", "state", "lamp"),
    [(Lamp(), "flashing", "flashing"), (Patient(), "flashing", "OFF"), (Patient(), "off", "flashing")],
)
def test_check_mode_waits_only_for_what_goes_on_by_itself(steps: Lamp, state: str, lamp: str) -> None:
    assert run(server(state, "off", check_mode=True), "flashing", steps)["lamp"] == lamp


DRIVEN = [operation for operation in OPERATIONS if isinstance(operation.act, partial)]


@pytest.mark.parametrize("operation", DRIVEN, ids=lambda operation: operation.kind)
def test_steps_say_what_their_declaration_says(operation: Operation) -> None:
    act: Any = operation.act
    (steps,) = act.args
    results = {item.name for item in operation.returned}
    assert steps.module == f"airflow_{operation.kind}"
    assert steps.tells_action == ("action" in results)
    assert operation.writes or type(steps).writes is Steps.writes
