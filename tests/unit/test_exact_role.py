# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Taking permissions away from a role: by another role in its place, by PATCH, or not at all."""

from __future__ import annotations

import itertools
import re
from functools import partial
from typing import Any, Callable, Sequence, Union
from urllib.parse import quote

import pytest

from ansible_collections.dataops.airflow.plugins.module_utils._engine.watch import CLOCK
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.role import exact_role
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.role.exact_role import draft_stem, spare_name
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.role.role import ROLE
from ansible_collections.dataops.airflow.plugins.module_utils._model.errors import (
    AirflowError,
    Effect,
    PreconditionError,
    RequestError,
)
from ansible_collections.dataops.airflow.plugins.module_utils._model.field import NOTHING
from ansible_collections.dataops.airflow.tests.unit.conftest import Hands
from ansible_collections.dataops.airflow.tests.unit.keeping import Fault, Keeper
from ansible_collections.dataops.airflow.tests.unit.samples import AIRFLOW_2, AIRFLOW_3, EDIT, KNOWN, MENU, READ
from ansible_collections.dataops.airflow.tests.unit.scripted import (
    ABSENT,
    FAULTS,
    LOST,
    REFUSED_CONNECTION,
    Answer,
    Sent,
    Table,
    attempt,
)
from ansible_collections.dataops.airflow.tests.unit.turns import Killed, Turns, at_once

pytestmark = pytest.mark.usefixtures("clock", "numbered")

Befall = Callable[[int, Sent], Union[Fault, None]]
SPARE = spare_name("team")
DRAFT = draft_stem("team") + "00000001)"
MEMBERS = ("ada", "bob")
WANTED = {"name": "team", "permissions": [{"action": "can_read", "resource": name} for name in ("DAGs", "Jobs")]}


@pytest.fixture
def numbered(monkeypatch: pytest.MonkeyPatch) -> None:
    """The drafts of a test have the numbers 1, 2 and so on in place of their random ones."""
    numbers = itertools.count(1)
    monkeypatch.setattr(exact_role, "urandom", lambda size: next(numbers).to_bytes(size, "big"))


def user(name: str, *roles: str) -> dict[str, Any]:
    return {
        "username": name,
        "email": f"{name}@example.com",
        "first_name": "F",
        "last_name": "L",
        "roles": [{"name": role} for role in roles],
    }


def keeper(
    befall: Befall | None = None, version: str = AIRFLOW_2, users: Sequence[Any] = (), answers: Table = NOTHING
) -> Keeper:
    rows = {
        "roles": [
            {"name": "Admin", "actions": [READ, EDIT, MENU]},
            {"name": "Viewer", "actions": [READ]},
            {"name": "team", "actions": [EDIT, READ]},
        ],
        "users": [user("admin", "Admin"), user("ada", "Viewer", "team"), user("bob", "team"), *users],
    }
    return Keeper(rows, version, {"GET /permissions": KNOWN[version]["GET /permissions"], **answers}, befall)


def replace(server: Keeper, **options: Any) -> Any:
    return attempt(ROLE, server, **{**WANTED, **options})


def roles_of(server: Keeper, name: str) -> list[str]:
    return sorted(role["name"] for role in server.kept["users"][name]["roles"])


def is_as_it_was(server: Keeper) -> bool:
    return _holds(server, [EDIT, READ])


def is_as_wanted(server: Keeper) -> bool:
    return _holds(server, [READ, MENU])


def _holds(server: Keeper, permissions: list[Any]) -> bool:
    roles = server.kept["roles"]
    return (
        set(roles) == {"Admin", "Viewer", "team"}
        and all(item in permissions for item in roles["team"]["actions"])
        and len(roles["team"]["actions"]) == len(permissions)
        and [roles_of(server, name) for name in MEMBERS] == [["Viewer", "team"], ["team"]]
    )


def nobody_is_without_a_role(server: Keeper) -> None:
    for name in MEMBERS:
        roles = roles_of(server, name)
        assert {"team", SPARE} & set(roles) & set(server.kept["roles"]), f"{name} has {roles}"
    assert "Viewer" in roles_of(server, "ada")
    assert roles_of(server, "admin") == ["Admin"]


def without_new_roles(server: Keeper) -> Keeper:
    """The server as it is without new roles that were left behind, which have no members."""
    for role in set(server.kept["roles"]):
        if role == SPARE or role.startswith(draft_stem("team")):
            assert not any(role in roles_of(server, name) for name in server.kept["users"])
            del server.kept["roles"][role]
    return server


STEPS = (
    "POST /roles",
    f"PATCH /roles/{quote(DRAFT, safe='')}",
    "PATCH /users/ada",
    "PATCH /users/bob",
    "DELETE /roles/team",
    f"PATCH /roles/{quote(SPARE, safe='')}",
)
TITLES = (
    f"role {DRAFT!r} has not been created",
    f"role {DRAFT!r} has not been renamed to {SPARE!r}",
    f"user 'ada' has not been moved to role {SPARE!r}",
    f"user 'bob' has not been moved to role {SPARE!r}",
    "role 'team' has not been deleted",
    f"role {SPARE!r} has not been renamed to 'team'",
)
UNCLEAR = {"lost": LOST, "500": FAULTS["500"], "503": FAULTS["503"], "504": FAULTS["504"]}
WAYS = {
    **{f"{name}, made": Fault(reply, True) for name, reply in UNCLEAR.items()},
    **{f"{name}, not made": Fault(reply) for name, reply in UNCLEAR.items()},
    "refused": Fault(REFUSED_CONNECTION),
    "{}, made": Fault({}, True),
    "{}, not made": Fault({}),
    "a page, made": Fault(Answer(200, "<html></html>", "text/html"), True),
    "a page, not made": Fault(Answer(200, "<html></html>", "text/html")),
    "403": Fault(Answer(403, {"detail": "no"})),
}
MAY_STILL_HAPPEN = ("lost, not made", "503, not made", "504, not made")
each_step = pytest.mark.parametrize("step", range(1, len(STEPS) + 1))
each_way = pytest.mark.parametrize("way", WAYS)


def on_2(befall: Befall | None = None, users: Sequence[Any] = ()) -> Keeper:
    """An Airflow 2 on which no member is ever without the role or the new one."""

    def watch(count: int, request: Sent) -> Fault | None:
        nobody_is_without_a_role(server)
        return befall(count, request) if befall and request.method != "GET" else None

    server = keeper(watch, users=users)
    return server


def test_members_move_to_a_new_role_that_takes_the_name_of_the_old_one() -> None:
    server = on_2()
    result = replace(server)
    assert (result["changed"], result["action"]) == (True, "update")
    assert [request.line for request in server.writes] == list(STEPS)
    assert is_as_wanted(server)


@pytest.mark.parametrize("way", MAY_STILL_HAPPEN)
def test_a_deletion_that_may_come_late_is_not_sent_again_before_the_name_is_taken(way: str) -> None:
    server = on_2(lambda count, request: WAYS[way] if request.method == "DELETE" else None)
    server.settings = server.settings._replace(retries=3)
    error = replace(server)
    assert error.effect is Effect.PENDING
    assert [request.line for request in server.writes] == list(STEPS[:5])


@each_step
@each_way
def test_a_step_that_fails_is_found_done_or_all_is_put_back(step: int, way: str) -> None:
    server = on_2(lambda count, request: WAYS[way] if count == step else None)
    result = replace(server)
    nobody_is_without_a_role(server)
    if isinstance(result, dict):
        assert is_as_wanted(server)
    elif way in MAY_STILL_HAPPEN:
        assert "nothing was restored" in result.message
        assert repr(SPARE) in result.message
        assert result.effect is Effect.PENDING
    else:
        assert "the former state was restored" in result.message
        assert is_as_it_was(server)
        assert result.effect is Effect.NONE
    server.befall = None
    assert replace(server)["changed"] == isinstance(result, AirflowError)
    assert is_as_wanted(server)


@each_step
@pytest.mark.parametrize("way", MAY_STILL_HAPPEN)
@pytest.mark.parametrize("is_later", ["before the next run", "with the first write of the next run"])
def test_what_is_said_stays_true_if_the_step_is_made_after_all(step: int, way: str, is_later: str) -> None:
    late: list[Sent] = []

    def befall(count: int, request: Sent) -> Fault | None:
        if count == step and not late:
            late.append(request)
            return WAYS[way]
        return None

    server = on_2(befall)
    error = replace(server)
    assert "the former state was restored" not in error.message
    assert f"Read back: {TITLES[step - 1]} so far; Airflow may still do it" in error.message
    if is_later.startswith("with"):

        def make_late(count: int, request: Sent) -> None:
            nobody_is_without_a_role(server)
            if late and count > step:
                server._answer(late.pop())

        server.befall = make_late
    else:
        server._answer(late.pop())
        nobody_is_without_a_role(server)
        server.befall = None
    replace(server)
    nobody_is_without_a_role(server)
    server.befall = None
    replace(server)
    assert is_as_wanted(without_new_roles(server) if step == 1 else server)


@each_step
@pytest.mark.parametrize("way", ["lost, not made", "500, not made", "504, made", "{}, not made", "refused", "403"])
def test_all_is_put_back_or_the_error_says_that_it_is_not(step: int, way: str) -> None:
    server = on_2(lambda count, request: WAYS[way] if count >= step else None)
    error = replace(server)
    nobody_is_without_a_role(server)
    if isinstance(error, RequestError):
        if "the former state was restored" in error.message:
            assert is_as_it_was(server)
            assert error.effect is Effect.NONE
        else:
            assert step > 1 or way in MAY_STILL_HAPPEN
            assert re.search("nothing was restored|failed as well", error.message)
            assert repr(SPARE) in error.message
            assert error.effect is not Effect.NONE
        assert way == "{}, not made" or error.facts.get("status") == getattr(WAYS[way].reply, "status", None)
    else:
        # Each step is found by reading.
        assert way == "504, made"
    server.befall = None
    replace(server)
    assert is_as_wanted(server)


@pytest.mark.parametrize("number", range(1, 24))
@pytest.mark.parametrize("lasts", [False, True])
def test_a_read_that_fails_is_no_change_by_itself(number: int, lasts: bool) -> None:
    reads = 0

    def watch(count: int, request: Sent) -> Fault | None:
        nonlocal reads
        nobody_is_without_a_role(server)
        reads += request.method == "GET"
        return (
            WAYS["500, not made"]
            if request.method == "GET" and (reads >= number if lasts else reads == number)
            else None
        )

    server = keeper(watch)
    result = replace(server)
    nobody_is_without_a_role(server)
    if isinstance(result, dict):
        assert is_as_wanted(server)
    else:
        assert lasts or is_as_it_was(server) or "reading it back failed" in result.message
        # The reads of the plan say nothing of a change.
        assert is_as_it_was(server) == (getattr(result, "effect", Effect.NONE) is Effect.NONE or not server.writes)
    server.befall = None
    replace(server)
    assert is_as_wanted(server)


@pytest.mark.parametrize("read_only", [False, True])
def test_a_role_that_was_left_under_its_spare_name_is_taken_over(read_only: bool) -> None:
    server = keeper()
    server.read_only = read_only
    server.kept["roles"][SPARE] = {"name": SPARE, "actions": [READ, MENU]}
    del server.kept["roles"]["team"]
    for name in MEMBERS:
        roles = server.kept["users"][name]["roles"]
        roles[:] = [{"name": SPARE if role["name"] == "team" else role["name"]} for role in roles]
    result = replace(server)
    assert (result["changed"], result["action"]) == (True, "create")
    assert "its changes to the role and the members are completed" in "\n".join(result["warnings"])
    assert [request.line for request in server.writes] == ([] if read_only else [STEPS[5]])
    assert is_as_wanted(server) != read_only


def test_members_that_are_added_meanwhile_are_moved_too() -> None:
    def befall(count: int, request: Sent) -> None:
        if count == 3:
            server.kept["users"].setdefault("eve", user("eve", "team"))

    server = on_2(befall)
    assert replace(server)["changed"]
    assert roles_of(server, "eve") == ["team"]
    assert is_as_wanted(server)


def test_members_that_never_end_are_an_error_and_all_is_put_back() -> None:
    def befall(count: int, request: Sent) -> None:
        if request.path.startswith("/users/") and {"name": SPARE} in request.body["roles"]:
            name = f"eve {count}"
            server.kept["users"].setdefault(name, user(name, "team"))

    server = on_2(befall)
    error = replace(server)
    assert "still has members after 5 rounds" in error.message
    assert "the former state was restored" in error.message
    assert is_as_it_was(server)


# Two tasks at once

ORDERS = 60


def together(
    monkeypatch: pytest.MonkeyPatch, seed: int, wanted: Sequence[Any], killed_after: int | None = None
) -> tuple[Keeper, list[Any]]:
    """Run a task for each set of wanted permissions at once.

    :param killed_after: how many requests of the first task come before it is killed.
    :return: the server, and what each task returned.
    """
    turns = Turns(seed, len(wanted))
    monkeypatch.setattr(CLOCK, "now", turns.now)
    monkeypatch.setattr(CLOCK, "sleep", turns.sleep)
    servers = [keeper() for _permissions in wanted]

    def befalls(number: int) -> Befall:
        def befall(count: int, request: Sent) -> None:
            turns.request()
            nobody_is_without_a_role(server)
            if number == 0 and killed_after is not None and len(servers[0].sent) > killed_after:
                raise Killed

        return befall

    for number, server in enumerate(servers):
        server.kept, server.befall = servers[0].kept, befalls(number)
    tasks = [partial(replace, server, permissions=permissions) for server, permissions in zip(servers, wanted)]
    results = at_once(turns, tasks)
    server = servers[0]
    server.befall = None
    nobody_is_without_a_role(server)
    return server, results


@pytest.mark.parametrize("seed", range(ORDERS))
@pytest.mark.parametrize("tasks", [2, 3])
def test_tasks_that_want_the_same_at_once_all_end_well(monkeypatch: pytest.MonkeyPatch, seed: int, tasks: int) -> None:
    server, results = together(monkeypatch, seed, [WANTED["permissions"]] * tasks)
    assert [result for result in results if not isinstance(result, dict)] == []
    assert is_as_wanted(server)


@pytest.mark.parametrize("seed", range(ORDERS))
def test_of_two_that_want_something_else_at_once_one_wins_or_both_in_turn(
    monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    one, other = WANTED["permissions"], WANTED["permissions"][:1]
    server, results = together(monkeypatch, seed, [one, other])
    wins = [isinstance(result, dict) for result in results]
    for result in results:
        assert isinstance(result, dict) or "somebody else gave role 'team' other permissions" in result.message
    assert any(wins)
    assert (is_as_wanted(server) and wins[0]) or (_holds(server, [READ]) and wins[1])


@pytest.mark.parametrize("killed_after", range(2, 26))
def test_a_task_that_is_killed_does_not_keep_the_other_from_its_end(
    monkeypatch: pytest.MonkeyPatch, killed_after: int
) -> None:
    server, (_killed, other) = together(monkeypatch, killed_after, [WANTED["permissions"]] * 2, killed_after)
    assert isinstance(other, dict), other
    assert is_as_wanted(without_new_roles(server))


def test_a_new_role_that_nobody_is_at_was_left_behind(clock: Hands) -> None:
    server = on_2()
    server.kept["roles"][SPARE] = {"name": SPARE, "actions": [READ, MENU]}
    server.kept["users"]["ada"] = user("ada", "Viewer", SPARE)
    assert replace(server)["changed"]
    assert [request.line for request in server.writes] == list(STEPS[3:])
    assert is_as_wanted(server)
    assert server.settings.timeout <= clock.time < server.settings.timeout + 2


def test_a_new_role_that_somebody_else_has_renamed_is_done() -> None:
    def befall(count: int, request: Sent) -> Fault | None:
        return Fault(ABSENT, True) if count == len(STEPS) else None

    server = on_2(befall)
    assert replace(server)["changed"]
    assert [request.line for request in server.writes] == list(STEPS)
    assert is_as_wanted(server)


@pytest.mark.parametrize("read_only", [False, True])
@pytest.mark.parametrize(
    ("users", "name", "message"),
    [
        ([user("admin", "Admin", "team")], "team", "airflow_username 'admin' is among them"),
        ([user("a/b", "team")], "team", "cannot change a user with a slash in the name: 'a/b'"),
        ([], "Admin", "Airflow needs its built-in roles"),
    ],
)
def test_what_could_not_be_put_back_is_refused_before_the_first_write(
    users: Any, name: str, message: str, read_only: bool
) -> None:
    server = keeper(users=users)
    server.read_only = read_only
    error = replace(server, name=name)
    assert isinstance(error, PreconditionError)
    assert message in error.message
    assert server.writes == []


def test_permissions_are_added_by_one_request() -> None:
    server = on_2()
    more = [{"action": action, "resource": "DAGs"} for action in ("can_edit", "can_read")]
    result = replace(server, permissions=[*more, *WANTED["permissions"]])
    assert result["changed"]
    assert [request.line for request in server.writes] == ["PATCH /roles/team"]


# Airflow 3, where the FAB provider decides


def on_3(provider: str | None, adds: bool, befall: Befall | None = None) -> Keeper:
    """An Airflow 3.

    :param provider: the version of the FAB provider; ``None`` if the user may not see it.
    :param adds: PATCH only adds permissions.
    """
    package = {"package_name": "apache-airflow-providers-fab", "version": provider}
    providers: Table = {
        "GET /providers": {"providers": [package], "total_entries": 1} if provider else Answer(403, {"detail": "no"})
    }
    server = keeper(befall, AIRFLOW_3, answers=providers)
    server.adds_permissions = adds
    return server


PATCH = "PATCH /roles/team"


@pytest.mark.parametrize(("provider", "requests"), [("3.9.0", [PATCH]), ("3.10.2", [PATCH]), (None, [PATCH, PATCH])])
def test_a_role_is_replaced_where_patch_replaces(provider: str | None, requests: list[str]) -> None:
    server = on_3(provider, adds=False)
    assert replace(server)["changed"]
    assert [request.line for request in server.writes] == requests
    assert is_as_wanted(server)


@pytest.mark.parametrize("read_only", [False, True])
def test_where_patch_only_adds_nothing_is_sent(read_only: bool) -> None:
    server = on_3("3.8.0", adds=True)
    server.read_only = read_only
    error = replace(server)
    assert isinstance(error, PreconditionError)
    assert error.message.endswith("for example in the web interface: can_edit on DAGs")
    assert server.writes == []


def test_where_nobody_knows_that_patch_only_adds_nothing_is_changed() -> None:
    server = on_3(None, adds=True)
    error = replace(server)
    assert "Nothing was changed" in error.message
    assert "can_edit on DAGs" in error.message
    assert is_as_it_was(server)


@pytest.mark.parametrize("provider", ["3.10.2", None])
def test_permissions_that_are_refused_leave_those_that_were_there(provider: str | None) -> None:
    def befall(count: int, request: Sent) -> Fault | None:
        is_new = request.method == "PATCH" and MENU in request.body["actions"]
        return Fault(Answer(400, {"detail": "no such permission"})) if is_new else None

    server = on_3(provider, adds=False, befall=befall)
    error = replace(server)
    assert error.message.endswith("no such permission. Role 'team' has the permissions that it had")
    assert error.facts["status"] == 400
    assert is_as_it_was(server)


@pytest.mark.parametrize("status", [401, 403])
def test_nothing_is_put_back_where_the_user_may_do_nothing(status: int) -> None:
    def befall(count: int, request: Sent) -> Fault | None:
        return Fault(Answer(status, {"detail": "no"})) if request.method == "PATCH" else None

    server = on_3("3.10.2", adds=False, befall=befall)
    error = replace(server)
    assert (error.facts["status"], error.effect) == (status, Effect.NONE)
    assert [request.line for request in server.writes] == [PATCH]
    assert is_as_it_was(server)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("provider", ["3.10.2", None])
@pytest.mark.parametrize("step", [1, 2])
@pytest.mark.parametrize("since", ["once", "from there on"])
def test_on_airflow_3_a_role_has_its_permissions_or_the_error_says_what_it_may_lack(
    step: int, provider: str | None, way: str, since: str
) -> None:
    server = on_3(
        provider,
        False,
        lambda count, request: (
            WAYS[way] if request.method == "PATCH" and (count == step or (since != "once" and count > step)) else None
        ),
    )
    result = replace(server)
    if isinstance(result, dict):
        assert is_as_wanted(server)
    elif "has the permissions that it had" in result.message:
        assert is_as_it_was(server)
        assert result.effect is Effect.NONE
    elif result.effect is Effect.NONE:
        assert is_as_it_was(server)
    elif result.effect is Effect.PART:
        assert "It may lack can_edit on DAGs" in result.message
    else:
        assert re.search("may still|not known", result.message)
    server.befall = None
    replace(server)
    assert is_as_wanted(server)


@pytest.mark.parametrize("reply", FAULTS)
def test_a_role_that_was_replaced_without_a_clear_answer_is_found_by_reading(reply: str) -> None:
    server = on_3(
        "3.10.2", False, lambda count, request: Fault(FAULTS[reply], True) if request.method == "PATCH" else None
    )
    assert replace(server)["changed"]
    assert [request.line for request in server.writes] == [PATCH]
    assert is_as_wanted(server)
