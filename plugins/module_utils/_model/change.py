# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The change that one object needs, as data."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Any, Mapping, NamedTuple

if TYPE_CHECKING:
    from .resource import Resource


class Action(enum.Enum):
    """What a plan does with one object. It replaces what Airflow cannot update so: it deletes and creates it again."""

    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"
    NONE = "none"

    @property
    def reported(self) -> str:
        """What results call it: readers see a replacement as an update."""
        return str((Action.UPDATE if self is Action.REPLACE else self).value)


class Change(NamedTuple):
    """The change that one object needs.

    :param desired: the options that were given, without the identity.
    :param current: the object as the server shows it; ``None`` if there is none.
    :param fields: names of the fields to send.
    :param unverified: names of the options that could not be compared, as the server hides them; ``notes`` say more.
    :param listed: the input names the object; ``False`` for one that a purge deletes.
    :param seen: the object as the server shows it after the change, once that is known.
    """

    resource: Resource
    name: str
    action: Action
    desired: Mapping[str, Any]
    current: Mapping[str, Any] | None
    fields: tuple[str, ...] = ()
    unverified: tuple[str, ...] = ()
    listed: bool = True
    seen: Mapping[str, Any] | None = None
    notes: Mapping[str, str] = {}

    @property
    def title(self) -> str:
        """Name of the object in messages."""
        return f"{self.resource.kind} {self.name!r}"

    @property
    def stored_name(self) -> str:
        """The object's name as the server has it: it may differ in case, as a user's may."""
        return str((self.current or {}).get(self.resource.identity.name, self.name))
