# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The declaration of something to do, such as triggering a DAG run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, Iterable, Mapping, NamedTuple, Sequence

from .field import Field
from .secrets import Secrecy, Shown, conceal, show

if TYPE_CHECKING:
    from .._engine.task import Task


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
