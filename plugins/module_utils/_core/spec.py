# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an object of Airflow is made of, as declarations. Argument specs, plans, payloads and documentation follow."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Callable, Mapping, Union

from .compare import Comparator, exact
from .secrets import Secrecy

LARGEST_INTEGER = 2**31 - 1
"""What the integer columns of Airflow's database hold on PostgreSQL and MySQL; more is an HTTP 500 there."""


def as_given(value: Any) -> Any:
    """Send a value as it is."""
    return value


@dataclass(frozen=True)
class Field:
    """One option of a module, and one field of an object.

    :param name: of the option and in results; Airflow's own name in API v2.
    :param type: Ansible's type.
    :param description: sentences of documentation, in Ansible's markup.
    :param elements: type of a list's items.
    :param sample: what it may look like in a result.
    :param compare: whether the server's value is the wanted one.
    :param encode: the value as it is sent.
    :param needed: an object cannot be created without it.
    :param since: API name → first version of Airflow that has it; ``None`` if that API never has it.
    :param minimum: API name → smallest value, with the reason in ``minimum_reason``.
    :param longest: characters at the most.
    :param whole: names of the APIs whose PATCH wants the field even if it does not change.
    :param mask_name: API name → its name in ``update_mask``, where that is not its own.
    :param fixed: object's name → API names on which this field of it can never be changed.
    :param contains: fields of the objects in a result.
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
    needed: bool = False
    since: Mapping[str, str | None] = field(default_factory=dict)
    minimum: Mapping[str, int] = field(default_factory=dict)
    minimum_reason: str = ""
    longest: int | None = None
    whole: frozenset[str] = frozenset()
    mask_name: Mapping[str, str] = field(default_factory=dict)
    fixed: Mapping[str, frozenset[str]] = field(default_factory=dict)
    contains: tuple[Field, ...] = ()

    def argument(self) -> dict[str, Any]:
        """The entry of an argument spec, without what only AnsibleModule can add (the environment fallback)."""
        entry: dict[str, Any] = {"type": self.type}
        for key in ("elements", "default"):
            if getattr(self, key) is not None:
                entry[key] = getattr(self, key)
        if self.choices:
            entry["choices"] = list(self.choices)
        if self.required:
            entry["required"] = True
        if self.secrecy is not Secrecy.NEVER:
            entry["no_log"] = True
        elif re.search(r"key|token|pass|secret", self.name):
            entry["no_log"] = False
        return entry


@dataclass(frozen=True)
class Unreachable:
    """Names that an API lists but cannot address one by one.

    :param pattern: found in such a name.
    :param reason: what happens there, and the version in which it was seen.
    """

    api: str
    pattern: re.Pattern[str]
    reason: str


STATE = Field(
    "state",
    choices=("present", "absent"),
    default="present",
    description=("Whether the object has to exist with the given options, or must not exist.",),
)

UPDATE_SECRETS = Field(
    "update_secrets",
    choices=("always", "on_create"),
    default="always",
    description=(
        "What to do about a value that the server hides, so that nobody can tell whether it is the wanted one.",
        "V(always) sends it again each time and reports a change; V(on_create) sends it only with a new object.",
        "What the server shows is compared with either of them. The options that could not be compared are named "
        "in RV(unverified).",
    ),
)


@dataclass(frozen=True)
class Resource:
    """A kind of object that can be created, changed and deleted.

    :param kind: name of the kind and of the result's key; the module is ``airflow_<kind>``.
    :param collection: path below the API's root and name of the list in answers.
    :param identity: the field that names an object.
    :param fields: the other fields.
    :param hides: the server may hide values, so the module has the option ``update_secrets``.
    :param protected: name → why that object is never deleted.
    :param unreachable: names that cannot be addressed.
    :param reported: further fields of results.
    :param masks_since: API name → first version whose PATCH knows ``update_mask`` by field; before, the whole is sent.
    :param echoes: names of the APIs that answer POST with what was sent rather than with what is stored.
    """

    kind: str
    collection: str
    identity: Field
    fields: tuple[Field, ...]
    summary: str
    description: tuple[str, ...]
    examples: str
    notes: tuple[str, ...] = ()
    hides: bool = False
    protected: Mapping[str, str] = field(default_factory=dict)
    unreachable: tuple[Unreachable, ...] = ()
    reported: tuple[Field, ...] = ()
    masks_since: Mapping[str, str | None] = field(default_factory=dict)
    echoes: frozenset[str] = frozenset()

    def options(self) -> tuple[Field, ...]:
        """The module's own options, in the order of its documentation."""
        return (self.identity, *self.fields, *((UPDATE_SECRETS,) if self.hides else ()), STATE)

    def shown(self) -> tuple[Field, ...]:
        """The fields of an object in results."""
        return (self.identity, *self.fields, *self.reported)


ORDER_BY = Field(
    "order_by",
    type="list",
    elements="str",
    description=(
        "Fields to sort by, by the API's names; a leading V(-) sorts in descending order.",
        "Airflow 2 takes one field only. The default is a stable order.",
    ),
)
LIMIT = Field(
    "limit",
    type="int",
    minimum={"v1": 0, "v2": 0},
    description=("How many objects to return at the most. All of them if left out, however many pages that takes.",),
)
OFFSET = Field(
    "offset",
    type="int",
    default=0,
    minimum={"v1": 0, "v2": 0},
    description=("How many objects to leave out at the beginning.",),
)


@dataclass(frozen=True)
class Listing:
    """A list that can be read, whole or one object by its name; the module is ``airflow_<kind>_info``.

    :param kind: name of the kind.
    :param collection: path below the API's root, name of the list in answers, and the result's key.
    :param identity: option that picks one object.
    :param order_by: the field that gives a stable order.
    :param filters: the API's own filters, by its names.
    :param reported: the fields of one object.
    :param unreachable: names that cannot be addressed; they are looked for in the list.
    """

    kind: str
    collection: str
    identity: Field
    order_by: str
    reported: tuple[Field, ...]
    summary: str
    description: tuple[str, ...]
    examples: str
    filters: tuple[Field, ...] = ()
    unreachable: tuple[Unreachable, ...] = ()

    def options(self) -> tuple[Field, ...]:
        """The module's own options, in the order of its documentation."""
        return (self.identity, *self.filters, ORDER_BY, LIMIT, OFFSET)

    def shown(self) -> tuple[Field, ...]:
        """The fields of an object in results."""
        return self.reported

    def results(self) -> tuple[Field, ...]:
        """The keys of the module's result."""
        about = (
            f"The objects that were found; empty if there are none. See also M(dataops.airflow.airflow_{self.kind})."
        )
        return (Field(self.collection, type="list", elements="dict", description=(about,), contains=self.reported),)


@dataclass(frozen=True)
class Single:
    """Something of which a server has exactly one; the module is ``airflow_<kind>_info``.

    :param read: reads it with a client and returns the result's keys.
    :param returned: the keys of the module's result.
    """

    kind: str
    read: Callable[[Any], dict[str, Any]]
    returned: tuple[Field, ...]
    summary: str
    description: tuple[str, ...]
    examples: str

    def options(self) -> tuple[Field, ...]:
        """It has none of its own."""
        return ()

    def results(self) -> tuple[Field, ...]:
        """The keys of the module's result."""
        return self.returned


Endpoint = Union[Listing, Single]
