# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A whole deployment at once: everything is read and planned before the first write."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Callable, Mapping, NamedTuple

from ..._model.errors import AirflowError
from ..._model.field import EVERY_API, Field
from ..._model.operation import Operation
from ..._model.resource import STATE, UPDATE_SECRETS, Resource
from ..._model.secrets import Secrecy
from .kinds import KINDS, title_of, titles
from .planning import Planning

if TYPE_CHECKING:
    from ..._engine.plan_many import Plan
    from ..._engine.task import Task
    from .applying import Applying
    from .approval import Approval

UNAPPROVED: Mapping[str, Any] = {
    **dict.fromkeys(("plan_file", "plan_digest", "fingerprint_key", "fingerprint_key_previous")),
    "plan_allows": "same",
}
"""The options of an approval as they are if nobody wants one. A blank one is not among them, and is refused."""


class Planned(NamedTuple):
    """A deployment that has been planned.

    :param result: of the task, if all is applied.
    :param approval: what was approved, if that matters.
    """

    planning: Planning
    plan: Plan
    result: dict[str, Any]
    approval: Approval | None

    def apply(self, task: Task, record: Callable[[Applying], str] = lambda work: "") -> dict[str, Any]:
        """Make the changes; the result of the task.

        :param record: takes what came of them, and returns what goes wrong with that.
        """
        from .applying import Applying

        work = Applying(task, self.planning, self.approval)
        work.apply(self.plan)
        wrong = record(work)
        shown = {name: value for name, value in self.result.items() if name != "diff"}
        failure = work.failure(shown, len(self.plan.pending))
        if wrong:
            failure = failure.saying(f"{failure.message}. {wrong}") if failure else AirflowError(wrong, **shown)
        if failure:
            raise failure
        return self.applied(work.warnings)

    def applied(self, warnings: list[str]) -> dict[str, Any]:
        """The result of the task, without failures."""
        return {**self.result, "warnings": [*self.planning.warnings, *warnings]}


def deployment(task: Task, params: Mapping[str, Any]) -> dict[str, Any]:
    """Bring a deployment into the wanted state, or say what that would change."""
    approval = scope = None
    if any(params[name] != value for name, value in UNAPPROVED.items()):
        from .approval import Approval

        approval = Approval(task, params)
    if params["update_secrets"] == "on_change" or any(params[name] != SCOPED[name].default for name in SCOPED):
        from .scope import scope_of

        scope = scope_of(task, params)

    def plan() -> Planned:
        planning = Planning(task, params, scope)
        made = planning.plan()
        rows = made.items(is_whole=params["plan_rows"] == "all")
        where = f"Airflow {task.client.server.version} at {task.client.transport.settings.url}"
        result: dict[str, Any] = {
            "changed": bool(made.pending),
            "plan": rows,
            "summary": made.summary(),
            "diff": made.diff(where, rows),
        }
        if params["blame"]:
            from .event_log import blamed

            result["plan"] = blamed(task.client, made, rows)
        if scope:
            result["adopted"] = scope.foresee(made)
        if approval:
            result["plan_digest"] = approval.check(made)
        return Planned(planning, made, result, approval)

    planned = plan()
    if task.check:
        return planned.applied([])
    if scope:
        return scope.apply(planned, plan)
    return planned.apply(task)


def _elsewhere(item: Field) -> Field:
    """A field whose description refers to options and results of another module."""
    return item._replace(description=tuple(re.sub(r"\b(O|RV)\(", "C(", sentence) for sentence in item.description))


def _objects(option: str, resource: Resource) -> Field:
    """The option that holds the objects of a kind."""
    title = title_of(option)
    own = (
        resource.identity._replace(required=True),
        *resource.fields,
        *resource.shorthands,
        *resource.more,
        PROTECT,
        STATE,
    )
    own = tuple(_elsewhere(item) for item in own)
    return Field(
        option,
        type="list",
        elements="dict",
        contains=own,
        description=(
            f"The {title} of the deployment, with the options of M(dataops.airflow.airflow_{resource.kind}).",
        ),
    )


PROTECT = Field(
    "protect",
    type="bool",
    default=False,
    description=("Never delete the object, nor delete it and create it again. A scope remembers that for its purges.",),
)

ON_CHANGE = UPDATE_SECRETS._replace(
    choices=(*(UPDATE_SECRETS.choices or ()), "on_change"),
    description=(
        *UPDATE_SECRETS.description,
        "V(on_change) sends it if it is not the one that O(scope) sent last, or if somebody else may have written it "
        "since, by Airflow's event log. Needs O(scope) and O(fingerprint_key).",
    ),
)

SCOPED = {
    item.name: item
    for item in (
        Field(
            "scope",
            description=(
                "Name of the team or project whose objects these are. Airflow remembers what a scope has created or "
                "adopted, and O(purge) deletes only that. Other scopes' objects are refused before the first write.",
                "1 to 40 lower-case letters, digits, underscores and dashes. DAGs belong to no scope.",
            ),
        ),
        Field(
            "adopt",
            choices=("if_unowned", "never", "always"),
            default="if_unowned",
            description=(
                "What to do with a listed object that exists and does not belong to O(scope). V(if_unowned) adopts it "
                "unless it belongs to another scope; V(never) refuses it; V(always) also takes it over from another "
                "scope.",
            ),
        ),
        Field("scope_was", description=("Former name of O(scope), whose objects it takes over.",)),
        Field(
            "scope_forget",
            type="list",
            elements="str",
            default=[],
            description=("Objects as C(kind/name) that O(scope) leaves as they are, and stops to own.",),
        ),
        Field(
            "purge_only",
            type="list",
            elements="str",
            description=(
                "Shell patterns of C(kind/name): O(purge) deletes nothing else. Each begins with the name of a kind.",
            ),
        ),
    )
}
"""The options that need the code of scopes, unless they have their defaults."""

DEPLOYMENT = Operation(
    kind="deployment",
    act=deployment,
    writes=True,
    fields=(
        *(_objects(option, kind.resource) for option, kind in KINDS.items()),
        Field(
            "purge",
            type="list",
            elements="str",
            choices=tuple(option for option, kind in KINDS.items() if kind.is_purgeable),
            default=[],
            description=(
                "Kinds of which all objects that are not listed are deleted. The list of the kind must be given, even "
                "if it is empty.",
                "C(default_pool), the built-in roles and the user that the task logs in as are never deleted.",
            ),
        ),
        Field(
            "purge_exclude",
            type="list",
            elements="str",
            default=[],
            description=("Shell patterns of C(kind/name) for what is not purged, such as C(variable/airflow_*).",),
        ),
        *SCOPED.values(),
        Field(
            "lock_timeout",
            type="int",
            default=60,
            minimum=dict.fromkeys(EVERY_API, 0),
            description=("Seconds to wait while another run in O(scope) changes something.",),
        ),
        Field(
            "max_deletions",
            type="int",
            minimum=dict.fromkeys(EVERY_API, 0),
            description=("Refuse a plan that deletes more objects than this.",),
        ),
        Field(
            "plan_rows",
            choices=("changed", "all"),
            default="changed",
            description=("Whether RV(plan) holds V(all) objects, or those that change or could not be compared.",),
        ),
        Field(
            "blame",
            type="bool",
            default=False,
            description=("Whether RV(plan) says who changed each pool, connection and variable, by the event log.",),
        ),
        Field(
            "plan_file",
            type="path",
            description=(
                "File for the plan, on the host that runs the module. Check mode writes it, as JSON. Otherwise it must "
                "exist: nothing is changed unless the plan is still the one in the file.",
                "Only objects that change matter, and of these the given options. Needs O(fingerprint_key).",
            ),
        ),
        Field(
            "plan_digest",
            description=(
                "The RV(plan_digest) of the approved plan: nothing is changed unless the plan has the same one. Not "
                "compared in check mode. Needs O(fingerprint_key).",
            ),
        ),
        Field(
            "plan_allows",
            choices=("same", "subset"),
            default="same",
            description=("V(subset) also accepts a plan that lacks some of the changes in O(plan_file).",),
        ),
        Field(
            "fingerprint_key",
            secrecy=Secrecy.ALWAYS,
            environment="AIRFLOW_FINGERPRINT_KEY",
            description=(
                "Secret of at least 16 bytes. A saved plan has fingerprints (HMAC-SHA256) of the values that it does "
                "not show, made with this key, so that a plan with another secret is another plan.",
                "O(update_secrets=on_change) keeps such fingerprints in Airflow.",
            ),
        ),
        Field(
            "fingerprint_key_previous",
            secrecy=Secrecy.ALWAYS,
            environment="AIRFLOW_FINGERPRINT_KEY_PREVIOUS",
            description=(
                "The former O(fingerprint_key), while it is replaced. The fingerprints in Airflow that were made with "
                "it are accepted, and made again with the new one.",
            ),
        ),
        *{
            policy.name: _elsewhere(ON_CHANGE if policy is UPDATE_SECRETS else policy)
            for policy in (kind.resource.policy for kind in KINDS.values())
            if policy
        }.values(),
    ),
    returned=(
        Field(
            "plan",
            type="list",
            elements="dict",
            description=(
                "Objects, as O(plan_rows) says: C(kind), C(name), C(action), C(before) and C(after) with secrets "
                "hidden, and the options in C(unverified) that could not be compared.",
                "With O(update_secrets=on_change), C(notes) says why a hidden option is sent, for example who has "
                "touched it and when, or what is not known of it.",
                "C(listed) is false for what O(purge) deletes because no list names it.",
                "With O(blame), C(blame) of an object that is not as wanted has C(who), C(when), C(event) and "
                "C(certainty): V(certain), V(likely), or why it is not known.",
            ),
        ),
        Field(
            "adopted",
            type="list",
            elements="dict",
            description=("Existing objects that O(scope) begins to own, as C(kind) and C(name).",),
        ),
        Field(
            "plan_digest",
            description=(
                "Digest of the changes, if O(fingerprint_key) is given. Two plans have the same one only if all that "
                "they send is the same, including secrets.",
            ),
            sample="hmac-sha256:09ca7e4eaa6e8ae9c7d261167129184883644d07dfba7cbfbc4c8a2e08360d5b",
        ),
        *(
            Field(
                name,
                type="list",
                elements="dict",
                description=(f"If the plan is not the approved one, the changes that {what}.",),
            )
            for name, what in (
                ("appeared", "are not in O(plan_file)"),
                ("vanished", "are only in O(plan_file)"),
                ("differs", "are in both, but with other values"),
            )
        ),
        Field(
            "summary",
            type="dict",
            description=(
                "Number of objects to create, update and delete, of unchanged objects, and of objects that could not "
                "be compared.",
            ),
            sample={"to_create": 3, "to_update": 1, "to_delete": 0, "unchanged": 996, "unverified": 2},
        ),
        Field(
            "applied",
            type="list",
            elements="dict",
            description=(
                "If changes failed, those that were made, as C(kind), C(name) and C(action).",
                "Each change is in exactly one of RV(applied), RV(failures), RV(unknown) and RV(pending).",
            ),
        ),
        Field(
            "failures",
            type="list",
            elements="dict",
            description=(
                "If changes failed, those that failed, with Airflow's message in C(msg).",
                "C(lost) has the former fields of a connection that was deleted to clear its password and could not "
                "be created again, except those that sound like a secret.",
            ),
        ),
        Field(
            "unknown",
            type="list",
            elements="dict",
            description=(
                "If changes failed, those whose outcome is not known, or may still change; as RV(failures).",
                "After the first of these without a response, nothing more is sent.",
            ),
        ),
        Field(
            "pending",
            type="list",
            elements="dict",
            description=("If changes failed, those that were not tried.",),
        ),
    ),
    summary="Bring a whole deployment of Apache Airflow into the wanted state",
    description=(
        "Reads and plans everything before the first write. All errors found are reported together, and then nothing "
        "is written. Check mode stops after the plan.",
        f"The order of the changes is: {titles()}. Deletions come last, in reverse.",
        "If a change fails, the changes that do not depend on it are still made; then the task fails.",
        "With C(--diff) the plan is printed: a line that names host, server and version, and one for each object.",
    ),
    examples="""
- name: Prepare Airflow for the warehouse DAGs
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

- name: Delete what this task has created before and no longer lists, and nothing else
  dataops.airflow.airflow_deployment:
    scope: warehouse
    purge: [variables]
    variables:
      - {key: warehouse_region, value: eu-west-1}

- name: Manage exactly these variables
  dataops.airflow.airflow_deployment:
    variables: "{{ airflow_variables }}"
    purge: [variables]
    purge_exclude: ["variable/airflow_*"]
    max_deletions: 10
""",
)
