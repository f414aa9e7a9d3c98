# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Declarations of Airflow's objects, from which argument specs, plans, payloads and documentation are derived."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Callable, Collection, Mapping, NamedTuple

from .api import EVER, Api, ApiName, Part, Server, Since
from .compare import Verdict
from .field import NOTHING, Field, decode_fields
from .paths import Path, fill, join

if TYPE_CHECKING:
    from .._engine.faults import Fault
    from .._engine.task import Task
    from .._http.client import Client
    from .change import Action, Change


HIDDEN = "hidden"
"""Key under which a client keeps, for its task, the texts that the server hides regardless of their names."""


class Unreachable(NamedTuple):
    """Names that an API lists but cannot address one by one.

    :param pattern: matches a part of such a name.
    :param reason: what happens, and in which version it was seen.
    :param before: the first version of Airflow that can; empty if none can so far.
    """

    api: ApiName
    pattern: re.Pattern[str]
    reason: str
    before: str = ""


STATE = Field(
    "state",
    choices=("present", "absent"),
    default="present",
    description=("Whether the object must exist with the given options, or must not exist.",),
)

UPDATE_SECRETS = Field(
    "update_secrets",
    choices=("always", "on_create"),
    default="always",
    description=(
        "What to do about a value that the server hides, so that it cannot be compared with the given one.",
        "V(always) sends it on every run and reports a change; V(on_create) only sends it with a new object.",
        "Values that the server returns are compared in either case. The options that could not be compared are "
        "listed in RV(unverified).",
    ),
)


class Naming(NamedTuple):
    """The allowed names of new objects; existing objects may have other names.

    :param reason: what such a name must consist of.
    """

    pattern: re.Pattern[str]
    reason: str


Names = Mapping[str, Collection[str]]


class Hooks:
    """Behaviour of a kind of object that a declaration cannot express. Only :meth:`write` changes anything.

    However, :meth:`probe` may log in, which Airflow counts.
    """

    def normalize(
        self, desired: Mapping[str, Any], current: Mapping[str, Any] | None, server: Server
    ) -> dict[str, Any]:
        """Derive the wanted fields from the given options; no I/O.

        :raises InvalidInputError: for an option that cannot work.
        """
        return dict(desired)

    def wait_for_existing(
        self, task: Task, resource: Resource, current: dict[str, Any] | None, params: Mapping[str, Any]
    ) -> dict[str, Any] | None:
        """Wait for a wanted object that only Airflow itself can create; only reads.

        :return: the object as it is when the change is planned.
        :raises PreconditionError: if it does not exist and only Airflow itself can create it.
        """
        return current

    def probe(
        self, client: Client, desired: Mapping[str, Any], current: Mapping[str, Any], policy: str
    ) -> dict[str, Verdict]:
        """Compare fields that the server does not return in another way: name of the field → verdict."""
        return {}

    def beside(self, name: str, server: Server) -> Collection[str]:
        """Names of other objects of the kind that :meth:`preflight` looks for if this one does not exist."""
        return ()

    def preflight(self, task: Task, change: Change, names: Names | None = None) -> list[str]:
        """See whether a change can be made, before anything is written and in check mode as well.

        :param names: kind → names of its objects after all planned changes, if known; of its own kind as they are now.
        :return: warnings for the user.
        :raises PlanError: if it cannot be made.
        """
        return []

    def write(self, task: Task, change: Change) -> bool:
        """Make a change that takes more than one request; whether that has been done.

        :raises AirflowError: with what is known about the state.
        """
        return False


NO_HOOKS = Hooks()


class Resource(NamedTuple):
    """A kind of object that can be created, changed and deleted.

    :param kind: name of the kind and of the result's key; the module is ``airflow_<kind>``.
    :param collection: path below the API's root and name of the list in answers.
    :param identity: the field that names an object.
    :param fields: the other fields.
    :param shorthands: options that replace fields; each excludes those that it has in ``replaces``.
    :param part: ``core`` or ``fab``, the auth manager's API.
    :param policy: the option that decides what to do with a value that cannot be compared.
    :param naming: API name → allowed names of new objects.
    :param hooks: behaviour that the declaration cannot express.
    :param protected: name → why that object is never deleted.
    :param unreachable: names that cannot be addressed.
    :param reported: further fields of results.
    :param masks_since: versions whose PATCH supports ``update_mask`` by field; before, the whole object is sent.
    :param reliable_since: action → versions that answer it with the stored object, and not with the request.
    :param template: the path, if it contains options.
    :param parents: options that locate the object: those named in ``template``; the others are sent as a query with a
        read or a deletion, and in the body of a write.
    :param place: the path made from ``template``; see :meth:`within`.
    :param selected: values of the parents that are not in the path.
    :param omits_identity: actions whose body must not name the object.
    :param since: versions that have such objects.
    :param more: options that are not fields, for the hooks.
    :param row: makes an object from a row of an answer, if the declarations of the fields are not sufficient.
    :param faults: returns the known faults of Airflow that changes of such objects run into, which are only loaded
        when there is a change.
    """

    kind: str
    collection: str
    identity: Field
    fields: tuple[Field, ...]
    summary: str
    description: tuple[str, ...]
    examples: str
    notes: tuple[str, ...] = ()
    shorthands: tuple[Field, ...] = ()
    replaces: Mapping[str, tuple[str, ...]] = NOTHING
    part: Part = "core"
    policy: Field | None = None
    naming: Mapping[ApiName, Naming] = NOTHING
    hooks: Hooks = NO_HOOKS
    protected: Mapping[str, str] = NOTHING
    unreachable: tuple[Unreachable, ...] = ()
    reported: tuple[Field, ...] = ()
    masks_since: Since = EVER
    reliable_since: Mapping[Action, Since] = NOTHING
    template: str = ""
    parents: tuple[Field, ...] = ()
    place: Path | None = None
    selected: Mapping[str, Any] = NOTHING
    omits_identity: frozenset[Action] = frozenset()
    since: Since = EVER
    more: tuple[Field, ...] = ()
    faults: Callable[[], tuple[Fault, ...]] = tuple
    row: Callable[[Mapping[str, Any], Api], dict[str, Any]] | None = None

    @property
    def path(self) -> Path:
        """The path of the list."""
        return self.place or join(self.collection)

    def bind(self, options: Mapping[str, Any]) -> Resource:
        """The same, with the path for the given options."""
        if not self.parents:
            return self
        selected = {item.name: options[item.name] for item in self.parents if f"{{{item.name}}}" not in self.template}
        return self._replace(place=fill(self.template, options), selected=selected)

    def options(self) -> tuple[Field, ...]:
        """The module's own options, in the order of its documentation."""
        policy = (self.policy,) if self.policy else ()
        return (*self.parents, self.identity, *self.fields, *self.shorthands, *self.more, *policy, STATE)

    def exclusive(self) -> tuple[tuple[str, str], ...]:
        """The options that cannot be given together."""
        return tuple((option.name, name) for option in self.shorthands for name in self.replaces[option.name])

    def shown(self) -> tuple[Field, ...]:
        """The fields of an object in results."""
        return (self.identity, *self.fields, *self.reported)

    def decode(self, row: Mapping[str, Any], api: Api) -> dict[str, Any]:
        """An object in the form of the options, from a row that the server sent."""
        return decode_fields(self.shown(), self.row(row, api) if self.row else row, api)
