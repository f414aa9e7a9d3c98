# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whose the objects are: laws that hold for any ledgers, lists and outcomes."""

from __future__ import annotations

from typing import Mapping, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.dataops.airflow.plugins.module_utils._engine.plan import plan_one
from ansible_collections.dataops.airflow.plugins.module_utils._engine.plan_many import to_purge
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.dag.dag import DAG
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.deployment.ledger import Entry, Key, Ledger
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.deployment.ownership import Outcome, Ownership
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.pool.pool import POOL
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.variable.variable import VARIABLE
from ansible_collections.dataops.airflow.plugins.module_utils._model.api import V2, Server
from ansible_collections.dataops.airflow.plugins.module_utils._model.change import Action, Change
from ansible_collections.dataops.airflow.plugins.module_utils._model.errors import PlanError, PreconditionError

SERVER = Server(V2, "3.3.2")
NAMES = [f"p{number}" for number in range(6)]
SOME = st.sets(st.sampled_from(NAMES))
NOW = "2026-11-30T12:00:00Z"


def key(name: str) -> Key:
    return "pool", name


def ledger(scope: str, names: set[str]) -> Ledger:
    texts: dict[str, str | None] = {"x": "x"} if names else {}
    return Ledger(scope, {key(name): Entry("c", "before") for name in names}, texts=texts)


class Case(NamedTuple):
    """A run of one scope beside another.

    :param listed: name → slots, or ``None`` for one that is to be absent.
    :param present: name → slots.
    """

    own: set[str]
    other: set[str]
    listed: Mapping[str, int | None]
    present: Mapping[str, int]
    adopt: str
    forget: set[str]


CASES = st.builds(
    Case,
    SOME,
    SOME,
    st.dictionaries(st.sampled_from(NAMES), st.sampled_from([None, 1, 2])),
    st.dictionaries(st.sampled_from(NAMES), st.sampled_from([1, 2])),
    st.sampled_from(["if_unowned", "never", "always"]),
    SOME,
)


def planned(case: Case) -> tuple[Ownership, list[Change]]:
    """The plan of a case.

    :raises PlanError: if the scope may not do that.
    """
    forget = {key(name) for name in case.forget - case.listed.keys()}
    ledgers = {"own": ledger("own", case.own), "other": ledger("other", case.other)}
    ownership = Ownership("own", ledgers, case.adopt, forget=forget)
    rows = {name: {"name": name, "slots": slots} for name, slots in case.present.items()}
    changes = []
    for name, slots in case.listed.items():
        wanted, state = ({"slots": slots}, "present") if slots else ({}, "absent")
        change = plan_one(POOL, name, wanted, rows.get(name), SERVER, state)
        ownership.check(change)
        changes.append(change)
    doomed, _protected = to_purge(POOL, rows, case.listed.keys(), [])
    purged, _said = ownership.purge(POOL, rows, doomed)
    gone = [plan_one(POOL, name, {}, rows[name], SERVER, "absent")._replace(listed=False) for name in purged]
    return ownership, [*changes, *gone]


@settings(max_examples=500, deadline=None)
@given(case=CASES, failed=SOME, unknown=SOME)
def test_only_what_is_owned_is_deleted_and_nothing_that_was_made_is_forgotten(
    case: Case, failed: set[str], unknown: set[str]
) -> None:
    try:
        ownership, changes = planned(case)
    except PlanError:
        # It is for a reason: somebody else's, or nobody's.
        foreign = {name for name in case.listed if name in case.other and case.adopt != "always"}
        unowned = {name for name in case.listed if name in case.present and name not in case.own}
        assert foreign or (unowned and case.adopt == "never")
        return
    deleted = {change.name for change in changes if change.action is Action.DELETE and not change.listed}
    forgotten = case.forget - case.listed.keys()
    assert deleted == (case.own & case.present.keys()) - case.other - forgotten - case.listed.keys()

    ahead = ownership.ahead(changes, (), NOW)
    made = {change.name for change in changes if change.action in (Action.CREATE, Action.UPDATE)}
    # Before the first write, all that will be made is recorded, and all that will be deleted still is.
    assert {key(name) for name in made | deleted} <= ahead.keys()
    changed = {change.name for change in changes if change.action is not Action.NONE}
    outcome = Outcome({key(name) for name in (failed - unknown) & changed}, {key(name) for name in unknown & changed})
    after = ownership.after(changes, ahead, outcome)

    there = set(case.present)
    for change in changes:
        if change.name in failed | unknown:
            continue
        there = there - {change.name} if change.action is Action.DELETE else there
        there = there | {change.name} if change.action is Action.CREATE else there
    created = {change.name for change in changes if change.action is Action.CREATE} - failed - unknown
    # What was made, and what may have been made, is owned; what was deleted is not.
    assert {key(name) for name in created | (unknown & made)} <= after.keys()
    assert not {key(name) for name in (deleted - failed - unknown)} & after.keys()
    # Nothing that exists is lost, unless it was to be forgotten.
    kept = {key(name) for name in case.own & there - forgotten}
    assert kept <= after.keys()
    # Nothing is invented.
    assert after.keys() <= {key(name) for name in case.own | case.listed.keys()}


@settings(max_examples=200, deadline=None)
@given(case=CASES)
def test_a_second_run_changes_neither_objects_nor_the_ledger(case: Case) -> None:
    try:
        ownership, changes = planned(case)
    except PlanError:
        return
    after = ownership.after(changes, ownership.ahead(changes, (), NOW), Outcome())
    present = dict(case.present)
    for change in changes:
        if change.action is Action.DELETE:
            del present[change.name]
        elif change.action is not Action.NONE:
            present[change.name] = change.desired["slots"]
    others = case.other - {name for _kind, name in ownership.taken.get("other", ())}
    ledgers = {"own": Ledger("own", after, texts={"x": "x"}), "other": ledger("other", others)}
    again = Ownership("own", ledgers, case.adopt, forget={key(name) for name in case.forget - case.listed.keys()})
    rows = {name: {"name": name, "slots": slots} for name, slots in present.items()}
    second = []
    for name, slots in case.listed.items():
        wanted, state = ({"slots": slots}, "present") if slots else ({}, "absent")
        second.append(plan_one(POOL, name, wanted, rows.get(name), SERVER, state))
        again.check(second[-1])
    doomed, _protected = to_purge(POOL, rows, case.listed.keys(), [])
    assert again.purge(POOL, rows, doomed)[0] == []
    assert {change.action for change in second} <= {Action.NONE}
    assert again.ahead(second, (), "later") == after
    assert again.taken == {}


def test_a_dag_belongs_to_nobody() -> None:
    ownership = Ownership("own", {"own": Ledger("own")}, "never")
    change = plan_one(DAG, "d", {"paused": True}, {"dag_id": "d", "paused": False}, SERVER)
    ownership.check(change)
    assert ownership.ahead([change], (), NOW) == {}


def test_of_a_secret_there_is_no_mark() -> None:
    ownership = Ownership("own", {"own": Ledger("own")})
    changes = [
        plan_one(VARIABLE, name, {"value": value, "description": "d"}, None, SERVER)
        for name, value in (("api_token", "geheim"), ("a", '{"password": "geheim"}'), ("b", "plain"))
    ]
    marks = {name: sorted(entry.marks) for (_kind, name), entry in ownership.ahead(changes, (), NOW).items()}
    assert marks == {"api_token": ["description"], "a": ["description"], "b": ["description", "value"]}


def test_what_airflow_does_not_return_is_not_gone() -> None:
    ownership = Ownership("own", {"own": ledger("own", {"p1"})})
    ownership.partial = {"pool"}
    assert ownership.purge(POOL, {}, []) == ([], [])
    assert key("p1") in ownership.ahead([], (), NOW)


@pytest.mark.parametrize("scope", ["own", "was"])
def test_a_ledger_that_cannot_be_read_ends_the_run(scope: str) -> None:
    ledgers = {"own": Ledger("own"), "was": Ledger("was")}
    ledgers[scope] = ledgers[scope]._replace(problem="Airflow hides its value", is_kept=True)
    with pytest.raises(PreconditionError, match=f"The ledger of scope '{scope}' cannot be read"):
        Ownership("own", ledgers, was="was")
