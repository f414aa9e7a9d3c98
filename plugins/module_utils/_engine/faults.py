# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Known faults of Airflow and of its FAB provider: what a kind of object declares of them, and what follows from it.

A fault that is certain is found before anything is written, in check mode too: it refuses the change, or warns of what
will be stored. One that only some servers show explains an answer after the fact.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Callable, Literal, NamedTuple, TypeVar

from .._model.api import parse_version
from .._model.errors import AirflowError, PreconditionError, RequestError

if TYPE_CHECKING:
    from .._http.client import Client
    from .._model.change import Action, Change

Product = Literal["Airflow", "apache-airflow-providers-fab"]
"""Whose version counts."""

Error = TypeVar("Error", bound=AirflowError)


class Means(enum.Enum):
    """What a fault means for a change that runs into it."""

    REFUSED = "refused"
    """It always fails: nothing is sent, in check mode neither."""
    WARNED = "warned"
    """It is made, but not quite as wanted."""
    EXPLAINED = "explained"
    """It may fail, depending on what cannot be seen beforehand; ``status`` is the sign."""


class Fault(NamedTuple):
    """A fault in certain versions.

    :param product: whose versions.
    :param first: first version that has it.
    :param fixed: first version without it; empty if there is none so far.
    :param actions: the changes that run into it.
    :param what: a clause on what happens, after "Airflow 3.0.6".
    :param helps: a sentence on what to do.
    :param when: whether a change of such an action does run into it.
    :param status: the HTTP status that is the sign of it.
    :param airflow: the versions of Airflow that can have it, as ``first`` and ``fixed``, if the product is another one:
        on all others nobody asks for its version.
    """

    product: Product
    first: str
    fixed: str
    actions: frozenset[Action]
    what: str
    helps: str
    means: Means = Means.REFUSED
    when: Callable[[Change], bool] = lambda change: True
    status: int = 500
    airflow: tuple[str, str] = ("", "")

    def concerns(self, change: Change) -> bool:
        """Whether a change runs into it, on a server that has it."""
        return change.action in self.actions and self.when(change)

    def on(self, client: Client) -> str | None:
        """The version of the product on a server that has this fault; empty if it does not have it.

        :return: ``None`` if the user may not see the version.
        """
        if not _is_within(client.server.version, *self.airflow):
            return ""
        version = client.server.version if self.product == "Airflow" else client.provider(self.product)
        return version if version is None or _is_within(version, self.first, self.fixed) else ""

    def sentence(self, change: Change, version: str | None) -> str:
        """What is said of a change.

        :param version: of the product; ``None`` if it is not known.
        """
        span = f" ({self.first} to before {self.fixed})" if self.fixed else f" (since {self.first})"
        there = f"{self.product} {version}" if version else f"{self.product}{span}"
        fixed = f"; fixed in {self.product} {self.fixed}" if self.fixed else ""
        return f"{change.title}: {there} {self.what}{fixed}"


def _is_within(version: str, first: str, fixed: str) -> bool:
    """Whether a version has something that began with one version and ended with another one."""
    found = parse_version(version or "0")
    return found >= parse_version(first or "0") and not (fixed and found >= parse_version(fixed))


def foresee(client: Client, change: Change) -> list[str]:
    """Find the faults that a change is certain to run into.

    :return: warnings for the user.
    :raises PreconditionError: if it cannot be made.
    """
    warnings = []
    for fault in change.resource.faults():
        if fault.means is Means.EXPLAINED or not fault.concerns(change):
            continue
        version = fault.on(client)
        if version and fault.means is Means.REFUSED:
            raise PreconditionError(f"{fault.sentence(change, version)}. Nothing was changed. {fault.helps}")
        if version:
            warnings.append(f"{fault.sentence(change, version)}. {fault.helps}")
    return warnings


def explained(client: Client, change: Change, error: Error) -> Error:
    """An error of a change, with the fault of the server that it is the sign of.

    A fault that could not be foreseen because the version of a provider is not shown is named here as well.
    """
    if not isinstance(error, RequestError):
        return error
    for fault in change.resource.faults():
        if error.facts.get("status") != fault.status or fault.means is Means.WARNED or not fault.concerns(change):
            continue
        version = fault.on(client)
        if version != "":
            reason = f"A known fault may be the reason: {fault.sentence(change, version)}. {fault.helps}"
            return error.saying(f"{error.message}. {reason}")
    return error
