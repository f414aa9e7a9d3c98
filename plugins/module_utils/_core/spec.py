# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Declarations of Airflow's objects, from which argument specs, plans, payloads and documentation are derived."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Callable, Collection, Iterable, Mapping, NamedTuple, Sequence

from .api import EVER, Api, ApiName, Part, Path, Server, Since, fill, join
from .compare import Comparator, Verdict, exact
from .secrets import Secrecy, Shown, composed, conceal, show

if TYPE_CHECKING:
    from .change import Action, Change
    from .client import Client
    from .task import Task

LARGEST_INTEGER = 2**31 - 1
"""What the integer columns of Airflow's database hold on PostgreSQL and MySQL; more is an HTTP 500 there."""

NOTHING: Mapping[Any, Any] = MappingProxyType({})
"""The default of a mapping: it is shared, so it cannot be written to."""


HIDDEN = "hidden"
"""Key under which a client keeps, for its task, the texts that the server hides regardless of their names."""


def as_given(value: Any) -> Any:
    """Send a value as it is."""
    return value


class Field(NamedTuple):
    """One option of a module, and one field of an object.

    :param name: name of the option and in results, as API v2 has it.
    :param type: Ansible's type.
    :param description: sentences of documentation, in Ansible's markup.
    :param result: documentation of the field in results, if the description is about the option.
    :param elements: type of a list's items.
    :param sample: example of its value in a result.
    :param compare: compares the server's value with the wanted one.
    :param encode: returns the value to send.
    :param decode: returns the option's form of a value that the server sent.
    :param names: API name → its name there, if that is different.
    :param joined: names of the APIs whose queries take a list as one comma-separated value; elsewhere it is repeated.
    :param parse: returns the value for the user's input; raises ValueError with what is expected, without the value.
    :param initial: value for a new object if the option is left out.
    :param secret_parts: returns secret texts within the value that ``secrecy`` alone does not find.
    :param write_only: names of the APIs that never return it.
    :param needed: names of the APIs on which an object cannot be created without it.
    :param not_empty: names of the APIs on which it cannot be empty.
    :param cleared_by_creation: it can only be cleared by deleting the object and creating it again.
    :param since: versions of Airflow that have it.
    :param minimum: API name → smallest value, with the reason in ``minimum_reason``.
    :param longest: maximum number of characters.
    :param whole: names of the APIs whose PATCH requires the field even if it does not change.
    :param mask_name: API name → its name in ``update_mask``, if that is different.
    :param fixed: name of an object → names of the APIs on which this field of it cannot be changed.
    :param contains: fields of the dicts in a list.
    :param ignores_case: not case-sensitive, as the name of an object.
    """

    name: str
    type: str = "str"
    description: tuple[str, ...] = ()
    elements: str | None = None
    choices: tuple[str, ...] | None = None
    default: Any = None
    required: bool = False
    environment: str | None = None
    sample: Any = None
    secrecy: Secrecy = Secrecy.NEVER
    compare: Comparator = exact
    encode: Callable[[Any], Any] = as_given
    decode: Callable[[Any], Any] = as_given
    names: Mapping[ApiName, str] = NOTHING
    joined: frozenset[ApiName] = frozenset()
    parse: Callable[[Any], Any] = as_given
    initial: Any = None
    secret_parts: Callable[[Any], set[str]] | None = None
    write_only: frozenset[ApiName] = frozenset()
    needed: frozenset[ApiName] = frozenset()
    not_empty: frozenset[ApiName] = frozenset()
    cleared_by_creation: bool = False
    since: Since = EVER
    minimum: Mapping[ApiName, int] = NOTHING
    minimum_reason: str = ""
    longest: int | None = None
    whole: frozenset[ApiName] = frozenset()
    mask_name: Mapping[ApiName, str] = NOTHING
    fixed: Mapping[str, frozenset[ApiName]] = NOTHING
    contains: tuple[Field, ...] = ()
    ignores_case: bool = False
    result: str = ""

    def key(self, api: Api) -> str:
        """The name in an API."""
        return self.names.get(api.name, self.name)

    def is_secret(self) -> bool:
        """Whether its value, or a part of it, may be secret."""
        return self.secrecy is not Secrecy.NEVER or any(item.is_secret() for item in self.contains)

    def argument(self) -> dict[str, Any]:
        """The entry of an argument spec, without the environment fallback, which only AnsibleModule can add."""
        entry: dict[str, Any] = {"type": self.type}
        for key in ("elements", "default"):
            if getattr(self, key) is not None:
                entry[key] = getattr(self, key)
        if self.choices:
            entry["choices"] = list(self.choices)
        if self.required:
            entry["required"] = True
        if self.contains:
            entry["options"] = {item.name: item.argument() for item in self.contains}
        if self.is_secret():
            # For a list as a whole: Ansible searches the text of the list for the secrets in it, in which Python has
            # escaped quotes, backslashes and line breaks.
            entry["no_log"] = True
        elif re.search(r"key|token|pass|secret", self.name):
            entry["no_log"] = False
        return entry


class Unreachable(NamedTuple):
    """Names that an API lists but cannot address one by one.

    :param pattern: matches a part of such a name.
    :param reason: what happens, and in which version it was seen.
    """

    api: ApiName
    pattern: re.Pattern[str]
    reason: str


EVERY_API: frozenset[ApiName] = frozenset({"v1", "v2", "fab"})

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

    However, :meth:`observe` may log in, which Airflow counts.
    """

    def prepare(self, desired: Mapping[str, Any], current: Mapping[str, Any] | None, server: Server) -> dict[str, Any]:
        """Derive the wanted fields from the given options; no I/O.

        :raises InvalidInputError: for an option that cannot work.
        """
        return dict(desired)

    def appear(
        self, task: Task, resource: Resource, current: dict[str, Any] | None, params: Mapping[str, Any]
    ) -> dict[str, Any] | None:
        """Wait for a wanted object that only Airflow itself can create; only reads.

        :return: the object as it is when the change is planned.
        :raises PreconditionError: if it does not exist and only Airflow itself can create it.
        """
        return current

    def observe(
        self, client: Client, desired: Mapping[str, Any], current: Mapping[str, Any], policy: str
    ) -> dict[str, Verdict]:
        """Compare fields that the server does not return in another way: name of the field → verdict."""
        return {}

    def check(self, task: Task, change: Change, names: Names | None = None) -> list[str]:
        """See whether a change can be made, before anything is written and in check mode as well.

        :param names: kind → names of its objects after all planned changes, if known.
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
    :param echoes: actions, and the API that answers them with the request instead of the stored object.
    :param template: the path, if it contains options.
    :param parents: options that locate the object: those named in ``template``; the others are sent as a query with a
        read or a deletion, and in the body of a write.
    :param place: the path made from ``template``; see :meth:`within`.
    :param selected: values of the parents that are not in the path.
    :param nameless: actions whose body must not name the object.
    :param since: versions that have such objects.
    :param more: options that are not fields, for the hooks.
    :param row: makes an object from a row of an answer, if the declarations of the fields are not sufficient.
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
    echoes: frozenset[tuple[Action, ApiName]] = frozenset()
    template: str = ""
    parents: tuple[Field, ...] = ()
    place: Path | None = None
    selected: Mapping[str, Any] = NOTHING
    nameless: frozenset[Action] = frozenset()
    since: Since = EVER
    more: tuple[Field, ...] = ()
    row: Callable[[Mapping[str, Any], Api], dict[str, Any]] | None = None

    @property
    def path(self) -> Path:
        """The path of the list."""
        return self.place or join(self.collection)

    def within(self, options: Mapping[str, Any]) -> Resource:
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


def decode_fields(fields: Iterable[Field], row: Mapping[str, Any], api: Api) -> dict[str, Any]:
    """A row of an answer with the names and forms of the fields; undeclared keys stay as they are."""
    known = {item.key(api): item for item in fields}
    return {
        known[key].name if key in known else key: known[key].decode(value) if key in known else value
        for key, value in row.items()
    }


def present(fields: Iterable[Field], name: str, stored: Mapping[str, Any]) -> Shown:
    """An object with its secrets hidden: by the declarations of its fields, and otherwise by key and form.

    :param fields: the fields of such objects.
    :param name: its name, which decides about fields that are secret by name.
    """
    secrecy = {item.name: item.secrecy for item in fields}
    return composed(
        {
            key: show(value, secrecy[key], name) if key in secrecy else conceal(value, key)
            for key, value in stored.items()
        }
    )


def shown_results(fields: Iterable[Field], result: Mapping[str, Any]) -> dict[str, Shown]:
    """A result that is not an object, or the facts of a failure, with secrets hidden.

    :param fields: the keys of the result. Other keys, such as ``changed``, are not data, except for a diff.
    """
    secrecy = {item.name: item.secrecy for item in fields}
    shown = {key: show(value, secrecy.get(key, Secrecy.NEVER), "") for key, value in result.items()}
    if isinstance(shown.get("diff"), dict):
        shown["diff"] = conceal(shown["diff"])
    return shown


class Result(NamedTuple):
    """The result of a task.

    :param values: the keys of the result.
    :param warnings: warnings for the user.
    """

    values: Mapping[str, Shown]
    warnings: Sequence[str] = ()


def shown_result(fields: Iterable[Field], values: Mapping[str, Any]) -> Result:
    """A result that is not an object, from its keys and its ``warnings``."""
    own = {"changed": False, **values}
    warnings = own.pop("warnings", ())
    return Result(shown_results(fields, own), warnings)


class Operation(NamedTuple):
    """Something to do that is not the state of an object; the module is ``airflow_<kind>``.

    :param act: does it with the module's options, checked and parsed, or predicts that in check mode; returns the
        result's keys. See :mod:`.run_operation`.
    :param writes: whether it changes anything, so that check mode differs from the real run.
    :param fields: the module's own options.
    :param returned: the keys of the module's result.
    :param pairs: the options that cannot be given together.
    """

    kind: str
    act: Callable[[Task, Mapping[str, Any]], dict[str, Any]]
    fields: tuple[Field, ...]
    returned: tuple[Field, ...]
    summary: str
    description: tuple[str, ...]
    examples: str
    pairs: tuple[tuple[str, str], ...] = ()
    writes: bool = False

    def options(self) -> tuple[Field, ...]:
        """The module's own options, in the order of its documentation."""
        return self.fields

    def exclusive(self) -> tuple[tuple[str, str], ...]:
        """The options that cannot be given together."""
        return self.pairs

    def results(self) -> tuple[Field, ...]:
        """The keys of the module's result."""
        return self.returned
