# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The form that an answer must have before it is used.

The server, or what stands before it, may send any JSON. A check says what is wrong with an answer, in words that follow
"the answer"; :meth:`.client.Client.call` makes an error of them that names the request.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Callable, Iterator, Mapping, cast

from .api import Api
from .errors import NotAirflowError
from .field import NOTHING

if TYPE_CHECKING:
    from .listing import Listing
    from .resource import Resource

Check = Callable[[Any], str]
"""Takes a parsed answer and returns what is wrong with it; empty if it is valid."""


def an_object(
    *keys: str, shown: Mapping[str, Any] = NOTHING, same: Callable[[str, str], bool] = str.__eq__, **types: type
) -> Check:
    """A check that an answer is an object.

    :param keys: keys that it must have.
    :param shown: key → required value, as text, which identifies the requested object.
    :param same: whether two of these values are the same.
    :param types: key → type of its required value.
    """

    def check(answer: Any) -> str:
        if not isinstance(answer, dict):
            return f"is {_kind(answer)}, not an object"
        missing = [key for key in (*keys, *types, *shown) if key not in answer]
        if missing:
            return f"has no {' and no '.join(map(repr, missing))}"
        for key, kind in types.items():
            if not isinstance(answer[key], kind):
                return f"has {_kind(answer[key])} as {key!r}, not {_kind(kind())}"
        for key, value in shown.items():
            if not same(str(answer[key]), str(value)):
                return f"is for another object: its {key} is {str(answer[key])[:100]!r}, not {str(value)!r}"
        return ""

    return check


def a_text(answer: Any) -> str:
    """A check that something is a text."""
    return "" if isinstance(answer, str) else f"is {_kind(answer)}, not text"


AN_OBJECT = an_object()


def a_list(key: str, row: Check = AN_OBJECT) -> Check:
    """A check that an answer has a list.

    :param key: key of the list in the answer.
    :param row: checks the form of each row.
    """

    def check(answer: Any) -> str:
        rows = answer.get(key) if isinstance(answer, dict) else None
        if not isinstance(rows, list):
            return f"has no list {key!r}"
        wrong = ((position, row(item)) for position, item in enumerate(rows))
        return next((f"has a list {key!r} whose row {position} {why}" for position, why in wrong if why), "")

    return check


@contextmanager
def understood(request: str, kind: str) -> Iterator[None]:
    """Conversions of an answer, which only know Airflow's own forms of values.

    :param request: method and path, for the message.
    :param kind: kind of the object in the answer.
    :raises NotAirflowError: if a value has another form.
    """
    try:
        yield
    except (AttributeError, LookupError, OverflowError, TypeError, ValueError) as error:
        raise NotAirflowError(
            f"{request}: the response has a {kind} with values that Airflow does not send ({type(error).__name__})"
        ) from error


def decoded(spec: Resource | Listing, row: Any, api: Api, request: str) -> dict[str, Any]:
    """An object in the form of the options, from a row that the server sent.

    :param request: method and path, for the message.
    :raises NotAirflowError: if a value has another form.
    """
    with understood(request, spec.kind):
        return cast("dict[str, Any]", spec.decode(row, api))


def _kind(value: Any) -> str:
    """Name of the JSON type of a value."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a boolean"
    names = {dict: "an object", list: "a list", str: "a text"}
    return next((name for kind, name in names.items() if isinstance(value, kind)), "a number")
