# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tools of Airflow and Astronomer, and Airflow's API, write, as the lists that airflow_deployment takes.

The texts in such a file are data, whatever they look like and wherever the file came from. Before ansible-core 2.19 a
filter has to say so: parsing makes new texts, and what is not marked is a template there.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any, Iterable, Iterator
from urllib.parse import parse_qs

from ansible.errors import AnsibleFilterError
from ansible.utils.unsafe_proxy import wrap_var

from ..module_utils._kinds.connection.uri import check_uri
from ..module_utils._model.compare import MASK, parse_json
from ..module_utils._model.errors import InvalidInputError
from .file_shapes import CONNECTIONS, POOLS, VARIABLES, Found, find
from .file_text import as_text, plain, warn

PARTS = ("conn_type", "description", "host", "login", "password", "schema", "port", "extra")
ONLY_MASK = re.compile(r"[*]{3,}")
MASKED_URI = re.compile(r"[:=](?:[*]|%2[Aa]){3,}(?:[@&]|\Z)")
WORDS = {"true": True, "false": False, "yes": True, "no": False, "1": True, "0": False}


def variables(content: Any) -> list[dict[str, Any]]:
    """The variables in a file."""
    made = []
    hidden: list[str] = []
    for item in find(content, VARIABLES):
        options, value = item.options, plain(item.options.get("value"))
        entry: dict[str, Any] = {"key": item.name}
        if "value" in options and not item.is_hidden and not _is_masked(value, item.is_listed):
            entry["value"] = _storable(value)
        else:
            hidden.append(item.name)
        if "description" in options:
            entry["description"] = as_text(options["description"]) or ""
        made.append({**entry, **_team(item)})
    if hidden and len(hidden) == len(made) and not any(len(entry) > 1 for entry in made):
        raise AnsibleFilterError(
            "The file holds the keys of variables without their values: write it with airflow variables export, "
            "which knows them"
        )
    _warn_of_hidden("value", "variable", hidden)
    return _data(made)


def connections(content: Any) -> list[dict[str, Any]]:
    """The connections in a file."""
    made = []
    hidden: dict[str, list[str]] = {"password": [], "extra": [], "value": []}
    for item in find(content, CONNECTIONS):
        entry = _connection(item, hidden)
        if set(entry) <= {"connection_id", "conn_type", "stored_password"} and item.is_listed:
            raise AnsibleFilterError(
                f"The file holds no more than the type of connection {item.name!r}: write it with airflow connections "
                "export, which knows the rest"
            )
        made.append(entry)
    for what, names in hidden.items():
        _warn_of_hidden(what, "connection", names)
    return _data(made)


def pools(content: Any) -> list[dict[str, Any]]:
    """The pools in a file."""
    return _data([_pool(item) for item in find(content, POOLS)])


def _data(made: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Texts and keys that Ansible never templates."""
    return list(wrap_var(made))


def _team(item: Found) -> dict[str, Any]:
    """The team of an object, if it has one; servers without teams take none."""
    team = as_text(item.options.get("team_name"))
    return {"team_name": team} if team else {}


# Variables


def _storable(value: Any) -> Any:
    """A variable's value as an option.

    Airflow stores null as JSON; a value of none is an option that is not given. NaN is not a value that each version of
    Ansible passes on, but a text that Airflow reads as JSON.
    """
    if value is None:
        return "null"
    return json.dumps(value, ensure_ascii=False) if any(map(_is_beyond_json, _leaves(value))) else value


def _is_beyond_json(value: Any) -> bool:
    return isinstance(value, float) and not math.isfinite(value)


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _leaves(item)
    else:
        yield value


# Connections


def _connection(item: Found, hidden: dict[str, list[str]]) -> dict[str, Any]:
    """A connection's options.

    :param hidden: takes the name for each part that the file knows of and does not hold.
    """
    options = dict(item.options)
    entry: dict[str, Any] = {"connection_id": item.name}
    if item.is_hidden:
        hidden["value"].append(item.name)
        return entry
    told = [part for part in PARTS[2:] if part in options]
    uri = options.get("uri") or ("" if told else options.get("get_uri"))
    if uri and all(as_text(options[part]) in (None, "", {}) for part in told):
        description = {"description": as_text(options["description"]) or ""} if "description" in options else {}
        return {**entry, "uri": _uri(str(uri), item.name), **description, **_team(item)}
    if item.is_whole:
        options = {**{part: None for part in PARTS if part != "description"}, **options}
    for part in (part for part in PARTS if part in options):
        value = _part(part, options, item.name)
        if _is_masked(value, item.is_listed):
            hidden.setdefault(part, []).append(item.name)
        else:
            entry[part] = value
    if entry.get("password") == "":
        del entry["password"]
        entry["stored_password"] = "clear"
    elif "password" not in entry and ("password" in options or item.is_listed):
        entry["stored_password"] = "keep"
    return {**entry, **_team(item)}


def _uri(text: str, name: str) -> str:
    """The URI of a connection, if what it says is what the connection is."""
    try:
        check_uri(text)
    except InvalidInputError as error:
        raise AnsibleFilterError(f"Connection {name!r}: {error.message}") from None
    if MASKED_URI.search(text):
        raise AnsibleFilterError(
            f"Connection {name!r} is a URI with asterisks in place of a secret, and Airflow would store the asterisks"
        )
    return text


def _part(part: str, options: dict[str, Any], name: str) -> Any:
    """A part of a connection as an option; one that is empty in the file clears what is stored."""
    value = options[part]
    if part == "extra":
        return _extra(value, options, name)
    text = "" if value is None else as_text(value)
    if not isinstance(text, str):
        raise AnsibleFilterError(f"Connection {name!r}: {part} must be a text, and not a list or dictionary")
    return int(text) if part == "port" and re.fullmatch("[0-9]{1,5}", text) else text


def _extra(value: Any, options: dict[str, Any], name: str) -> Any:
    """The extra of a connection: a dictionary, or a text that is none.

    ``airflow connections list`` turns numbers and booleans into texts, and yet writes the URI of the same connection.
    """
    stored = parse_qs(str(options.get("get_uri") or "").partition("?")[2]).get("__extra__", [""])[0]
    value = plain(value)
    if stored and not isinstance(value, str) and MASK not in stored:
        value = stored
    if isinstance(value, str):
        is_json, parsed = parse_json(value)
        value = parsed if is_json and (not parsed or isinstance(parsed, dict)) else value
    if not value or (isinstance(value, str) and not value.strip()):
        return ""
    if not isinstance(value, (str, dict)):
        raise AnsibleFilterError(f"Connection {name!r}: extra must be a dictionary, or the text of a JSON object")
    return _storable(value)


# Pools


def _pool(item: Found) -> dict[str, Any]:
    options, title = item.options, f"Pool {item.name!r}"
    if as_text(options.get("slots")) in (None, ""):
        raise AnsibleFilterError(f"{title} has no slots")
    entry: dict[str, Any] = {"name": item.name, "slots": _whole_number(options["slots"], title)}
    # Airflow 3 does not change the description of default_pool.
    if "description" in options and (options["description"] or item.name != "default_pool"):
        entry["description"] = as_text(options["description"]) or ""
    if options.get("include_deferred") is not None:
        entry["include_deferred"] = _truth(options["include_deferred"], title)
    return {**entry, **_team(item)}


def _whole_number(value: Any, title: str) -> int:
    text = str(as_text(value))
    if not re.fullmatch("-?[0-9]{1,10}", text):
        raise AnsibleFilterError(f"{title}: slots must be a whole number, got {text!r}")
    return int(text)


def _truth(value: Any, title: str) -> bool:
    text = str(as_text(value))
    if text.lower() not in WORDS:
        raise AnsibleFilterError(f"{title}: include_deferred must be true or false, got {text!r}")
    return WORDS[text.lower()]


# What is hidden


def _is_masked(value: Any, may_be_part: bool) -> bool:
    """Whether a value is, or holds, the mask that servers and tools write in place of a secret.

    :param may_be_part: servers put one within a text as well.
    """
    parsed = parse_json(value)[1] if isinstance(value, str) else None
    leaves = _leaves(parsed if isinstance(parsed, (dict, list)) else value)
    texts = [leaf for leaf in leaves if isinstance(leaf, str)]
    return any(ONLY_MASK.fullmatch(text) or (may_be_part and MASK in text) for text in texts)


def _warn_of_hidden(what: str, kind: str, names: Iterable[str]) -> None:
    names = list(names)
    if names:
        few = ", ".join(names[:10]) + (f" and {len(names) - 10} more" if len(names) > 10 else "")
        warn(
            f"The file hides the {what} of {kind}{'s' if len(names) > 1 else ''} {few}: what is stored of it stays as "
            "it is"
        )
