# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an answer has to look like before anything is made of it.

The server, or what stands before it, may send any JSON. A check says what is wrong with an answer, in words that follow
"the answer"; :meth:`.client.Client.call` makes an error of them that names the request.
"""

from __future__ import annotations

from typing import Any, Callable, Mapping

from .api import Api
from .errors import NotAirflowError
from .spec import NOTHING

Check = Callable[[Any], str]
"""Takes a parsed answer and returns what is wrong with it; empty if nothing is."""


def an_object(
    *keys: str, shown: Mapping[str, Any] = NOTHING, same: Callable[[str, str], bool] = str.__eq__, **types: type
) -> Check:
    """The check that an answer is an object.

    :param keys: what it has to have.
    :param shown: key → the value that it has to have, as text: what names the object that was asked for.
    :param same: whether two of these values are the same.
    :param types: key → the type of what has to be there.
    """

    def check(answer: Any) -> str:
        if not isinstance(answer, dict):
            return f"is {_kind(answer)}, and not an object"
        missing = [key for key in (*keys, *types, *shown) if key not in answer]
        if missing:
            return f"has no {' and no '.join(map(repr, missing))}"
        for key, kind in types.items():
            if not isinstance(answer[key], kind):
                return f"has {_kind(answer[key])} as {key!r}, and not {_kind(kind())}"
        for key, value in shown.items():
            if not same(str(answer[key]), str(value)):
                return f"is about another object: its {key} is {str(answer[key])[:100]!r}, and not {str(value)!r}"
        return ""

    return check


def a_list(key: str, *keys: str, of: type = dict) -> Check:
    """The check that an answer holds a list.

    :param key: the list's name in the answer.
    :param keys: what each of its rows has to have.
    :param of: the type of its rows.
    """

    def check(answer: Any) -> str:
        rows = answer.get(key) if isinstance(answer, dict) else None
        if not isinstance(rows, list):
            return f"holds no list {key!r}"
        for position, row in enumerate(rows):
            if not isinstance(row, of):
                return f"has {_kind(row)} in its list {key!r} (row {position}), and not {_kind(of())}"
            for name in keys:
                if name not in row:
                    return f"has a row without {name!r} in its list {key!r} (row {position})"
        return ""

    return check


def decoded(spec: Any, row: Any, api: Api, request: str) -> Any:
    """An object as the options have it, from what the server sends.

    :param spec: a :class:`.spec.Resource` or :class:`.listing.Listing`; its conversions know Airflow's own forms only.
    :param request: method and path, for the message.
    :raises NotAirflowError: if a value has another form.
    """
    try:
        return spec.decode(row, api)
    except (AttributeError, LookupError, OverflowError, TypeError, ValueError) as error:
        raise NotAirflowError(
            f"{request}: the answer has a {spec.kind} with values that Airflow does not send ({type(error).__name__})"
        ) from error


def _kind(value: Any) -> str:
    """What JSON calls a value."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a boolean"
    names = {dict: "an object", list: "a list", str: "a text"}
    return next((name for kind, name in names.items() if isinstance(value, kind)), "a number")
