# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One option of a module and one field of an object, declared."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import Any, Callable, Iterable, Mapping, NamedTuple

from .api import EVER, Api, ApiName, Since
from .compare import Comparator, exact
from .secrets import Secrecy, Shown, composed, conceal, show

LARGEST_INTEGER = 2**31 - 1
"""What the integer columns of Airflow's database hold on PostgreSQL and MySQL; more is an HTTP 500 there."""

NOTHING: Mapping[Any, Any] = MappingProxyType({})
"""The default of a mapping: it is shared, so it cannot be written to."""


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
    :param native_since: versions that show the value itself. The API of those before stores its JSON text, and shows
        that: it is the same value. What a task has stored they show as it is.
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
    native_since: Since = EVER
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


EVERY_API: frozenset[ApiName] = frozenset({"v1", "v2", "fab"})


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
