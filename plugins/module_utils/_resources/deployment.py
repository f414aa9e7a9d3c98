# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A whole deployment at once: everything is read and planned before the first write."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Iterable, Mapping

from .._core.client import MANY, Client
from .._core.deployment import Entry, Plan, complaints, entries, in_order, to_purge
from .._core.errors import AirflowError, InvalidInputError, NotDoneError, RefusedError, UnreachableError
from .._core.listing import Listing
from .._core.options import check_identity, check_options, check_since, parse_options, why_unreachable
from .._core.plan import CREATE, DELETE, NONE, UPDATE, Change, payload, plan_one, still_different
from .._core.reading import whole_list
from .._core.resource import plan_object
from .._core.spec import EVERY_API, STATE, UPDATE_SECRETS, Action, Field, Resource
from .._core.store import Store
from .connection import CONNECTION
from .connection_info import CONNECTION_INFO
from .dag import DAG
from .pool import POOL
from .pool_info import POOL_INFO
from .role import ROLE
from .role_info import ROLE_INFO
from .user import UPDATE_PASSWORD, USER
from .user_info import USER_INFO
from .variable import VARIABLE
from .variable_info import VARIABLE_INFO

KINDS: Mapping[str, tuple[Resource, Listing | None]] = {
    "roles": (ROLE, ROLE_INFO),
    "users": (USER, USER_INFO),
    "pools": (POOL, POOL_INFO),
    "connections": (CONNECTION, CONNECTION_INFO),
    "variables": (VARIABLE, VARIABLE_INFO),
    "dags": (DAG, None),
}
"""Option → the kind of its objects, those that others depend on first. DAGs are read one by one: of the many that there
are, a deployment names a few."""

BULK: Mapping[str, str | None] = {"v1": None, "v2": "3.0.0"}
"""Where many objects are created and deleted with one request."""

BULK_KINDS = (POOL, CONNECTION, VARIABLE)
BULK_SIZE = 500
READERS = 4
WRITERS: Mapping[str, int] = {"v1": 4, "v2": 1, "fab": 1}
"""Requests at a time where there is no bulk endpoint: a web server of Airflow 2 has four workers by default. On
Airflow 3 with SQLite writes side by side can keep each other waiting until the time is up (3.3.2)."""

CHUNK = 64


class Deployment:
    """What is wanted, and the server that shall hold it."""

    def __init__(self, client: Client, params: Mapping[str, Any]) -> None:
        self._client = client
        self._params = params
        self._store = Store(client, trusting=True)
        self._warnings: list[str] = []
        self._errors: list[str] = []
        self._is_away = False
        self.applied: list[dict[str, Any]] = []
        self.failed: list[dict[str, Any]] = []
        self.pending: list[dict[str, Any]] = []

    # The plan

    def plan(self) -> Plan:
        """Read everything, and decide what has to be done.

        :raises InvalidInputError: for all that is wrong, together; nothing has been written.
        """
        params = self._params
        if params["airflow_auth"] == "auto" and sum(len(params[option] or ()) for option in KINDS) > MANY:
            self._client.expect_many()
        wanted = {option: entries(kind, params[option], option) for option, (kind, _listing) in KINDS.items()}
        self._errors = complaints(entry for each in wanted.values() for entry in each)
        missing = [option for option in params["purge"] if params[option] is None]
        if missing:
            lists = " and ".join(missing)
            self._errors.append(f"purge holds {lists}, so {lists} must be given, as an empty list if need be")
        changes: list[Change] = []
        names: dict[str, set[str]] = {}
        for option, (resource, listing) in KINDS.items():
            if not wanted[option] and option not in params["purge"]:
                if option == "roles" and any(entry.options.get("roles") for entry in wanted["users"]):
                    names["role"] = set(self._read(resource, listing, ()))
                continue
            present = self._read(resource, listing, wanted[option])
            own = self._plan_kind(resource, wanted[option], present, names)
            if option in params["purge"]:
                own += self._plan_purge(resource, wanted[option], present)
            gone = {change.stored_name for change in own if change.action == DELETE}
            new = {change.name for change in own if change.action == CREATE}
            names[resource.kind] = (set(present) | new) - gone
            changes += own
        if self._errors:
            listed = "; ".join(self._errors)
            raise InvalidInputError(f"{listed}. Nothing was changed")
        plan = Plan(in_order(changes, (resource.kind for resource, _listing in KINDS.values())), tuple(self._warnings))
        plan.check_deletions(params["max_deletions"])
        return plan

    def _read(self, resource: Resource, listing: Listing | None, wanted: Iterable[Entry]) -> dict[str, dict[str, Any]]:
        """The objects of a kind that are there, by name."""
        if listing is None:
            return self._read_each(resource, (entry.name for entry in wanted))
        rows, warnings = whole_list(listing, self._client)
        self._warnings += warnings
        present = {row[resource.identity.name]: row for row in rows}
        api = self._client.server.part(resource.part).api.name
        # What the list leaves out: v1's the extra of connections, and any the rows that the server cannot show.
        partial = [
            entry.name for entry in wanted if (api in listing.read_each if entry.name in present else bool(warnings))
        ]
        return {**present, **self._read_each(resource, partial)}

    def _read_each(self, resource: Resource, names: Iterable[str]) -> dict[str, dict[str, Any]]:
        """Objects that are read one by one, several at a time."""
        names = list(names)
        with ThreadPoolExecutor(READERS) as workers:
            found = zip(names, workers.map(lambda name: self._client.read(resource, name), names))
            return {name: stored for name, stored in found if stored is not None}

    def _plan_kind(
        self,
        resource: Resource,
        wanted: Iterable[Entry],
        present: Mapping[str, dict[str, Any]],
        names: Mapping[str, set[str]],
    ) -> list[Change]:
        changes = []
        for entry in wanted:
            try:
                changes.append(self._plan_entry(resource, entry, present, names))
            except InvalidInputError as error:
                self._errors.append(f"{entry.title}: {error.message}")
        return changes

    def _plan_entry(
        self,
        resource: Resource,
        entry: Entry,
        present: Mapping[str, dict[str, Any]],
        names: Mapping[str, set[str]],
    ) -> Change:
        client, options, name = self._client, entry.options, entry.name
        server = client.server.part(resource.part)
        check_identity(resource.identity, name)
        check_options(resource.options(), options)
        check_since(resource.kind, resource.since, server)
        reason = why_unreachable(resource.unreachable, name, server)
        if reason:
            raise InvalidInputError(reason)
        policy = self._params[resource.policy.name] if resource.policy else "always"
        state = options.get("state") or "present"
        current = present.get(name)
        if current is None and resource is USER:
            # Airflow does not tell upper from lower case in it.
            current = next((row for key, row in present.items() if key.lower() == name.lower()), None)
        given = parse_options((*resource.fields, *resource.shorthands), options) if state == "present" else {}
        change = plan_object(client, resource, name, current, given, options, state, policy)
        if change.action != NONE:
            self._warnings += resource.hooks.check(client, change, names)
        return change

    def _plan_purge(
        self, resource: Resource, wanted: Iterable[Entry], present: Mapping[str, dict[str, Any]]
    ) -> list[Change]:
        listed = {entry.name for entry in wanted}
        doomed, _protected = to_purge(resource, present, listed, self._params["purge_exclude"])
        server = self._client.server.part(resource.part)
        changes = []
        for name in doomed:
            reason = why_unreachable(resource.unreachable, name, server)
            change = plan_one(resource, name, {}, present[name], server, "absent")._replace(listed=False)
            try:
                if reason:
                    raise InvalidInputError(reason)
                self._warnings += resource.hooks.check(self._client, change)
            except InvalidInputError as error:
                self._warnings.append(f"{change.title} is not purged: {error.message}")
                continue
            changes.append(change)
        return changes

    # The writes

    def apply(self, plan: Plan) -> None:
        """Make the changes, and go on with what does not depend on those that fail."""
        todo = plan.pending
        while todo:
            batch = _alike(todo)
            todo = todo[len(batch) :]
            if len(batch) > 1 and not self._client.server.part(batch[0].resource.part).lacks(BULK):
                self._apply_in_bulk(batch)
            left = self._apply_each(batch)
            if self._is_away:
                # What is left would only take as long to fail.
                self.pending += [_item(change) for change in (*left, *todo)]
                return

    def _apply_each(self, batch: list[Change]) -> list[Change]:
        """Make changes one by one, several at a time where they are independent; those not tried as Airflow is away."""
        if not batch:
            return []
        api = self._client.server.part(batch[0].resource.part).api.name
        width = WRITERS[api] if _is_independent(batch[0]) else 1
        echoed: list[Change] = []
        with ThreadPoolExecutor(width) as workers:
            for start in range(0, len(batch), CHUNK if width > 1 else 1):
                part = batch[start : start + (CHUNK if width > 1 else 1)]
                outcomes = list(workers.map(self._try, part))
                for change, error in zip(part, outcomes):
                    # Writes that lock the database for each other pass one by one.
                    again = self._try(change) if isinstance(error, NotDoneError) and width > 1 else error
                    self._note(change, again)
                    if again is None and self._is_echoed(change):
                        echoed.append(change)
                if self._is_away:
                    # What was accepted cannot be read back either; the next run compares it.
                    return batch[start + len(part) :]
                if self._client.progress and width > 1:
                    self._client.progress(f"{part[0].resource.kind}: {start + len(part)} of {len(batch)} done")
        self._verify(echoed)
        return []

    def _note(self, change: Change, error: AirflowError | None) -> None:
        if error is None:
            self.applied.append(_item(change))
        elif isinstance(error, WaitingError) or (isinstance(error, UnreachableError) and self._is_away):
            self.pending.append(_item(change))
        else:
            self._is_away = self._is_away or isinstance(error, UnreachableError)
            self.failed.append({**_item(change), "msg": error.message})

    def _is_echoed(self, change: Change) -> bool:
        api = self._client.server.part(change.resource.part).api.name
        return (change.action, api) in change.resource.echoes

    def _verify(self, changes: list[Change]) -> None:
        """See that what was accepted is there, where Airflow has only repeated what it was sent."""
        if not changes:
            return
        resource = changes[0].resource
        listing = next(listing for kind, listing in KINDS.values() if kind is resource)
        server = self._client.server.part(resource.part)
        present = self._read(resource, listing, ()) if listing else {}
        for change in changes:
            stored = present.get(change.name)
            different = still_different(change, stored, server)
            if not different:
                continue
            self.applied.remove(_item(change))
            if stored is None:
                missing = AirflowError(f"Airflow accepted {change.title}, and does not have it")
                self._note(change, missing)
            else:
                update = change._replace(action=UPDATE, current=stored, fields=tuple(different))
                self._note(change, self._try(update))

    def _apply_in_bulk(self, batch: list[Change]) -> None:
        """Make many changes with one request, and leave those in the list that it has not made for certain."""
        first = batch[0]
        if first.resource not in BULK_KINDS or first.action not in (CREATE, DELETE):
            return
        server = self._client.server.part(first.resource.part)
        if first.action == CREATE:
            action = {
                "action": "create",
                "entities": [payload(change, server) for change in batch],
                "action_on_existence": "fail",
            }
        else:
            action = {
                "action": "delete",
                "entities": [change.stored_name for change in batch],
                "action_on_non_existence": "skip",
            }
        try:
            answer = self._client.call("PATCH", first.resource.path, body={"actions": [action]}, api=server.api)
        except AirflowError:
            return
        outcome = answer.get(first.action) if isinstance(answer, dict) else None
        done = set(outcome.get("success") or ()) if isinstance(outcome, dict) else set()
        made = [change for change in batch if change.stored_name in done]
        self.applied += [_item(change) for change in made]
        batch[:] = [change for change in batch if change.stored_name not in done]
        if self._client.progress:
            self._client.progress(f"{first.resource.kind}: {len(made)} {first.action}d")

    def _try(self, change: Change) -> AirflowError | None:
        """Make a change; what went wrong."""
        lost = {item["name"] for item in self.failed if item["kind"] == "role"}
        if change.resource is USER and lost & set(change.desired.get("roles") or ()):
            return WaitingError("a role of it could not be made")
        try:
            self._store.apply(change)
        except RefusedError as error:
            if error.status != 409 or change.action != CREATE:
                return error
            return self._adopt(change, error)
        except AirflowError as error:
            return error
        return None

    def _adopt(self, change: Change, error: RefusedError) -> AirflowError | None:
        """Bring what somebody else, or a request without an answer, has created into the wanted state."""
        resource = change.resource
        try:
            current = self._client.read(resource, change.name)
            if current is None:
                return error
            policy = self._params[resource.policy.name] if resource.policy else "always"
            server = self._client.server.part(resource.part)
            again = plan_one(resource, change.name, change.desired, current, server, "present", policy)
            if again.action == UPDATE:
                self._store.apply(again)
        except AirflowError as second:
            return second
        return None

    @property
    def warnings(self) -> list[str]:
        """What the user should know."""
        return [*self._warnings, *self._store.warnings]


class WaitingError(AirflowError):
    """A change that waits for another one, which failed."""


def _alike(todo: list[Change]) -> list[Change]:
    """The changes at the beginning that are of one kind and action."""
    first = todo[0]
    alike = []
    for change in todo[:BULK_SIZE]:
        if (change.action, change.resource) != (first.action, first.resource):
            break
        alike.append(change)
    return alike


def _is_independent(change: Change) -> bool:
    """Whether a change takes one request, and others of its kind do not matter to it."""
    return change.resource in (*BULK_KINDS, DAG)


def _item(change: Change) -> dict[str, Any]:
    return {"kind": change.resource.kind, "name": change.name, "action": change.action}


def deployment(client: Client, params: Mapping[str, Any]) -> dict[str, Any]:
    """Bring a deployment into the wanted state, or tell what that would change."""
    work = Deployment(client, params)
    plan = work.plan()
    result: dict[str, Any] = {
        "changed": bool(plan.pending),
        "plan": plan.items(),
        "summary": plan.summary(),
        "diff": plan.diff(),
    }
    if not client.transport.read_only:
        work.apply(plan)
    if work.failed:
        result.pop("diff")
        named = "; ".join(f"{item['kind']}/{item['name']}: {item['msg']}" for item in work.failed)
        left = f", and {len(work.pending)} were not tried" if work.pending else ""
        raise AirflowError(
            f"{len(work.failed)} of {len(plan.pending)} changes failed{left}: {named}. Running the task again does "
            "what is left",
            **{**result, "changed": bool(work.applied)},
            applied=work.applied,
            failures=work.failed,
            pending=work.pending,
        )
    return {**result, "warnings": work.warnings}


def _elsewhere(item: Field) -> Field:
    """A field whose description names the options and results of another module."""
    return item._replace(description=tuple(re.sub(r"\b(O|RV)\(", "C(", sentence) for sentence in item.description))


def _objects(option: str, resource: Resource) -> Field:
    """The option that holds the objects of a kind."""
    own = (resource.identity._replace(required=True), *resource.fields, *resource.shorthands, *resource.more, STATE)
    own = tuple(_elsewhere(item) for item in own)
    return Field(
        option,
        type="list",
        elements="dict",
        contains=own,
        description=(
            f"The {option} of the deployment, with the options of M(dataops.airflow.airflow_{resource.kind}).",
        ),
    )


DEPLOYMENT = Action(
    kind="deployment",
    act=deployment,
    writes=True,
    fields=(
        *(_objects(option, resource) for option, (resource, _listing) in KINDS.items()),
        Field(
            "purge",
            type="list",
            elements="str",
            choices=("roles", "users", "pools", "connections", "variables"),
            default=[],
            description=(
                "Kinds of which everything is deleted that is on the server and not listed. The kind's list must be "
                "given, as an empty one if need be.",
                "C(default_pool), the built-in roles and the user that the task logs in as always stay.",
            ),
        ),
        Field(
            "purge_exclude",
            type="list",
            elements="str",
            default=[],
            description=("Shell patterns of C(kind/name) for what is not purged, such as C(variable/airflow_*).",),
        ),
        Field(
            "max_deletions",
            type="int",
            minimum=dict.fromkeys(EVERY_API, 0),
            description=("Refuse a plan that deletes more objects than this.",),
        ),
        _elsewhere(UPDATE_SECRETS),
        _elsewhere(UPDATE_PASSWORD),
    ),
    returned=(
        Field(
            "plan",
            type="list",
            elements="dict",
            description=(
                "Every object: C(kind), C(name), C(action), C(before) and C(after) with secrets hidden, and the "
                "options in C(unverified) that could not be compared.",
                "C(listed) is false for what O(purge) deletes because no list names it.",
            ),
        ),
        Field(
            "summary",
            type="dict",
            description=("How many objects each action has, and how many are C(unverified).",),
            sample={"create": 3, "update": 1, "delete": 0, "none": 996, "unverified": 2},
        ),
        Field(
            "applied",
            type="list",
            elements="dict",
            description=("If changes failed: those that were made, as C(kind), C(name) and C(action).",),
        ),
        Field(
            "failures",
            type="list",
            elements="dict",
            description=("If changes failed: which, with Airflow's words in C(msg).",),
        ),
        Field(
            "pending",
            type="list",
            elements="dict",
            description=("If changes failed: those that were not tried.",),
        ),
    ),
    summary="Bring a whole deployment of Apache Airflow into the wanted state",
    description=(
        "Reads everything and plans everything before the first write; whatever is wrong is reported together, and "
        "then nothing is written. In check mode the plan is all there is.",
        "Roles come before users, then pools, connections, variables and DAGs; deletions come last, and in reverse.",
        "If a change fails, what does not depend on it is done all the same; then the task fails.",
        "With C(--diff) the plan is printed, a line for each object.",
    ),
    examples="""
- name: What the warehouse's DAGs need
  dataops.airflow.airflow_deployment:
    airflow_url: https://airflow.example.com
    airflow_username: ansible
    airflow_password: "{{ airflow_password }}"
    pools:
      - {name: etl, slots: 4}
    variables:
      - {key: region, value: eu-west-1}
      - key: old_region
        state: absent
    connections:
      - connection_id: warehouse
        conn_type: postgres
        host: db.example.com
        password: "{{ vault_warehouse_password }}"
    update_secrets: on_create

- name: Variables are these, and no others
  dataops.airflow.airflow_deployment:
    variables: "{{ airflow_variables }}"
    purge: [variables]
    purge_exclude: ["variable/airflow_*"]
    max_deletions: 10
""",
)
