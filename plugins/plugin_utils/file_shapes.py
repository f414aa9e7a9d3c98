# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a file holds, known by its shape: objects by their names, lists of objects, settings, or an environment.

Whatever the shape, the result is a list of objects whose options have the names that this collection gives them.
"""

from __future__ import annotations

import json
import re
from typing import Any, Iterable, Mapping, NamedTuple, NoReturn

from ansible.errors import AnsibleFilterError
from ansible.module_utils.common.collections import is_string

from ..module_utils._engine.misfits import key_names
from ..module_utils._kinds.deployment.kinds import KINDS as DEPLOYED
from ..module_utils._model.secrets import printable
from .file_text import Assignment, Written, as_text, parse_json_text, plain, read, warn


class Kind(NamedTuple):
    """A kind of objects.

    :param name: the option of airflow_deployment that holds them.
    :param identity: the option that names one.
    :param options: names in files → names of options. Astronomer's settings have names of their own.
    :param ignored: what else tools write about such an object.
    :param prefix: what the variables of an environment begin with that hold one.
    """

    name: str
    identity: str
    options: Mapping[str, str]
    ignored: frozenset[str]
    prefix: str = ""

    @property
    def title(self) -> str:
        """What to call one of them."""
        return self.name[:-1].capitalize()

    def names(self) -> set[str]:
        """All keys that such an object has in a list."""
        return {*self.options, *self.ignored}


def _own(*names: str) -> dict[str, str]:
    return {name: name for name in names}


CONNECTIONS = Kind(
    "connections",
    "connection_id",
    {
        **_own("connection_id", "conn_type", "description", "host", "login", "password", "schema", "port", "extra"),
        **_own("uri", "team_name"),
        "conn_id": "connection_id",
        **{
            f"conn_{part}": part
            for part in ("description", "host", "login", "password", "schema", "port", "extra", "uri")
        },
        # airflowctl 0.1.5
        "schema_": "schema",
        "extra_dejson": "extra",
        "get_uri": "get_uri",
    },
    frozenset({"id", "is_encrypted", "is_extra_encrypted"}),
    "AIRFLOW_CONN_",
)
VARIABLES = Kind(
    "variables",
    "key",
    {
        **_own("key", "value", "description", "team_name"),
        "val": "value",
        "variable_name": "key",
        "variable_value": "value",
        "variable_description": "description",
    },
    frozenset({"id", "is_encrypted"}),
    "AIRFLOW_VAR_",
)
POOLS = Kind(
    "pools",
    "name",
    {
        **_own("name", "slots", "description", "include_deferred", "team_name"),
        "pool": "name",
        "pool_name": "name",
        "pool_slot": "slots",
        "pool_description": "description",
    },
    frozenset(
        {
            "id",
            *(f"{state}_slots" for state in ("occupied", "running", "queued", "scheduled", "deferred", "open", "used")),
        }
    ),
)
KINDS = {kind.name: kind for kind in (CONNECTIONS, VARIABLES, POOLS)}

LISTS = frozenset(DEPLOYED)
"""What dictionaries have lists of, by kind."""

WITHOUT_TOTAL = LISTS - {"dags"}
"""Which of these lists say what they are. One of DAGs alone may be a variable's value."""

OTHERS = {
    "username": "users",
    "dag_id": "DAGs or their runs",
    "resource": "roles",
    "permissions": "roles",
    "actions": "roles",
}
"""What is none of them, by a key of its objects."""

ANY_ENVIRONMENT = ("AIRFLOW_CONN_", "AIRFLOW_VAR_", "AIRFLOW__")
IN_ENVIRONMENT = re.compile("[A-Z_][A-Z0-9_]*")
URI = re.compile(r"[A-Za-z][\w.+-]*://")
URI_WITH_PASSWORD = re.compile(r"[A-Za-z][\w.+-]*://[^/?#@]*:[^/?#@]+@")


class Found(NamedTuple):
    """An object in a file.

    :param options: names of options → values as the file has them; an option that the file does not name is missing.
    :param is_whole: what is missing is empty, as in a connection of the environment.
    :param is_listed: it is one of a list of objects, which names all that there is to know.
    :param is_hidden: the tool that has written the file knows the value, and keeps it to itself.
    """

    name: str
    options: Mapping[str, Any]
    is_whole: bool = False
    is_listed: bool = False
    is_hidden: bool = False


def find(content: Any, kind: Kind) -> list[Found]:
    """The objects of a kind in a file, sorted by name.

    :param content: the file as text or parsed.
    :raises AnsibleFilterError: for what holds other objects, or cannot be read.
    """
    # A variable from an inline vault is not a str before ansible-core 2.19.
    parsed = read(str(content)) if is_string(content) else content
    if isinstance(parsed, Written):
        parsed = parsed.value
    found = sorted(_find(parsed, kind), key=lambda item: item.name)
    for one, other in zip(found, found[1:]):
        if one.name == other.name:
            raise AnsibleFilterError(f"{kind.title} {one.name!r} is in the file twice; remove one")
    return found


def _find(parsed: Any, kind: Kind) -> Iterable[Found]:
    if isinstance(parsed, Mapping):
        environment = _as_environment(parsed)
        return _of_environment(environment, kind) if environment else _of_mapping(parsed, kind)
    if isinstance(parsed, (list, tuple)):
        if parsed and all(isinstance(item, Assignment) for item in parsed):
            return _of_environment(parsed, kind)
        return _of_list(parsed, kind)
    raise AnsibleFilterError(
        f"This is not an export of {kind.name}: it has to be JSON or YAML (-o json or -o yaml) with a dictionary of "
        "them by name, or a list of them, or lines of NAME=value"
    )


# Dictionaries


def _of_mapping(given: Mapping[str, Any], kind: Kind) -> Iterable[Found]:
    """The objects of a kind in a dictionary, which may be one of lists, one object, or objects by name."""
    given = {str(name): value for name, value in given.items()}
    names = set(given)
    if _is_settings(given):
        return _of_settings(given, kind)
    if names and names <= {f"airflow_{each}" for each in LISTS}:
        raise AnsibleFilterError(
            "This is a vars file of this collection's role export, whose references Ansible has to evaluate: load it "
            "with vars_files and apply it with the role dataops.airflow.provision"
        )
    if names == {"detail"} or {"detail", "status", "title"} <= names:
        raise AnsibleFilterError("This is an error that Airflow's API has answered with, not an export")
    deployment = given.get("deployment")
    if isinstance(deployment, Mapping) and "environment_variables" in deployment:
        return _of_environment(_as_environment(deployment["environment_variables"] or []), kind)
    if isinstance(plain(given.get("changed")), bool):
        # What a task has registered.
        if isinstance(deployment, Mapping):
            raise AnsibleFilterError(
                "This is the result of airflow_deployment_info: airflow_deployment takes its deployment as it is"
            )
        lists = {name for name in KINDS if name in given and _are(given[name], name)}
        if lists:
            return _of_lists(given, lists, kind)
    if "total_entries" in names:
        lists = {name for name in names if given[name] is not None and _is_list(given[name])}
        if lists:
            return _of_lists(given, lists, kind)
    if names & WITHOUT_TOTAL and names <= LISTS and all(_are(given[name], name) for name in names):
        return _of_lists(given, names, kind)
    single = _kind_of(given)
    if single and _is_single(given, single):
        return _of_list([given], kind)
    return _by_name(given, kind)


def _is_list(given: Any) -> bool:
    """Whether something is a list of objects, which may be empty."""
    return given is None or (isinstance(given, (list, tuple)) and all(isinstance(item, Mapping) for item in given))


def _are(given: Any, name: str) -> bool:
    """Whether something is objects of a kind, in a list or by their names, and not the value of a variable."""
    if isinstance(given, Mapping):
        values = list(given.values())
        if name == "pools":
            return all(isinstance(value, Mapping) and "slots" in value for value in values)
        return name == "variables" or (
            name == "connections" and {_kind_of_value(value) for value in values} <= {"connections", "uris"}
        )
    if name in KINDS:
        return _is_list(given) and all(_kind_of(_flattened(row)) is KINDS[name] for row in given or [])
    return _is_list(given) and all(name in {OTHERS.get(str(key)) for key in row} for row in given or [])


def _of_lists(given: Mapping[str, Any], lists: set[str], kind: Kind) -> Iterable[Found]:
    """The objects of an answer of Airflow's API, or of another dictionary of objects by kind."""
    if kind.name not in lists and len(lists) == 1:
        _refuse(next(iter(lists)), kind)
    rows = given.get(kind.name) or []
    if isinstance(rows, Mapping):
        return _by_name(rows, kind)
    total = str(as_text(given.get("total_entries")))
    if total.isdecimal() and int(total) > len(rows):
        warn(
            f"The file holds {len(rows)} of {total} {kind.name}: it is one page of an answer of Airflow's API, and "
            "what is on the others is missing"
        )
    return _of_list(rows, kind)


def _is_single(given: Mapping[str, Any], kind: Kind) -> bool:
    """Whether a dictionary is the answer of Airflow's API about one object."""
    if kind is CONNECTIONS:
        return "conn_type" in given
    told = {"key", "value"} if kind is VARIABLES else {"slots"}
    return told <= set(given) <= kind.names() and not any(
        isinstance(given[name], Mapping) for name in set(given) - {"value", "extra"}
    )


def _by_name(given: Mapping[str, Any], kind: Kind, is_environment: bool = False) -> Iterable[Found]:
    """Objects by their names.

    :param is_environment: they are lines of the form ``id=uri``, as which Airflow exports connections alone.
    """
    kinds = {_kind_of_value(value) for value in given.values()}
    if is_environment and any(URI_WITH_PASSWORD.match(value) for value in given.values()):
        kinds.add("connections")
    if "connections" in kinds:
        kinds.discard("uris")
    only = kinds.pop() if len(kinds) == 1 else ""
    if only in KINDS and only != kind.name:
        _refuse(only, kind)
    if kind is VARIABLES:
        return [_variable_by_name(str(name), value) for name, value in given.items()]
    return [_object_by_name(str(name), value, kind) for name, value in given.items()]


def _kind_of_value(value: Any) -> str:
    """The kind of object that a value of a dictionary looks like; ``uris`` for what may be a connection."""
    if isinstance(value, (list, tuple)) and len(value) == 1:
        value = value[0]
    if isinstance(value, Mapping):
        names = set(map(str, value))
        if "conn_type" in names and (names <= set(CONNECTIONS.options) or names & {"login", "password"}):
            return "connections"
        if {"slots", "description"} <= names <= set(POOLS.options):
            return "pools"
        return "variables" if "value" in names and names <= {"value", "description"} else ""
    text = value.strip() if isinstance(value, str) else ""
    return "connections" if _is_json_connection(text) else "uris" if URI.match(text) else "variables"


def _is_json_connection(text: str) -> bool:
    return text.startswith("{") and '"conn_type"' in text


def _variable_by_name(name: str, value: Any) -> Found:
    is_described = isinstance(value, Mapping) and "value" in value and set(value) <= {"value", "description"}
    return Found(name, dict(value) if is_described else {"value": value})


def _object_by_name(name: str, value: Any, kind: Kind) -> Found:
    if "://" in name:
        raise AnsibleFilterError(f"A key in the file is an address, and not the name of a {kind.title.lower()}")
    if isinstance(value, (list, tuple)) and len(value) == 1:
        value = value[0]
    if kind is CONNECTIONS and isinstance(value, str):
        return _of_text(name, value)
    if not isinstance(value, Mapping):
        needed = (
            "a URI nor a dictionary of its parts" if kind is CONNECTIONS else "a dictionary of its options nor a list"
        )
        raise AnsibleFilterError(f"{kind.title} {name!r} is neither {needed}")
    options = _options(value, kind, f"{kind.title} {name!r}", frozenset())
    if options.pop(kind.identity, name) != name:
        raise AnsibleFilterError(f"{kind.title} {name!r} has another name within the file: make both the same")
    return Found(name, options)


def _of_text(name: str, text: str) -> Found:
    """A connection as Airflow takes it from the environment: JSON of its parts, or a URI."""
    text = text.strip()
    if not text:
        raise AnsibleFilterError(f"Connection {name!r} has an empty value: it has to be a URI, or JSON of its parts")
    if text.startswith("{"):
        try:
            parts = parse_json_text(text)
        except ValueError as error:
            raise AnsibleFilterError(f"Connection {name!r} starts like JSON but is not valid JSON: {error}") from None
        return Found(name, _options(parts, CONNECTIONS, f"Connection {name!r}", frozenset()), is_whole=True)
    return Found(name, {"uri": text})


# Lists


def _of_list(rows: Iterable[Any], kind: Kind, is_settings: bool = False) -> Iterable[Found]:
    """The objects of a list.

    :param is_settings: of Astronomer's settings, where each value is a text, a port of 0 is none, and objects without a
        name are there for people to fill in.
    """
    rows = list(rows)
    environment = _as_environment(rows)
    if environment:
        return _of_environment(environment, kind)
    if rows and all(isinstance(row, Mapping) and set(row) == {"key", "value"} for row in rows):
        # What the filter dict2items makes of objects by their names.
        own = {_kind_of_value(row["value"]) if isinstance(row["value"], Mapping) else "" for row in rows}
        if own in ({"connections"}, {"pools"}):
            return _by_name({str(row["key"]): row["value"] for row in rows}, kind)
    return _of_rows(rows, kind, is_settings)


def _of_rows(rows: Iterable[Any], kind: Kind, is_settings: bool) -> Iterable[Found]:
    """The objects of a list, whose options name them."""
    for number, row in enumerate(rows, 1):
        place = f"{kind.title} {number} of the settings" if is_settings else f"Object {number} of the list"
        if not isinstance(row, Mapping):
            raise AnsibleFilterError(f"{place} is not a dictionary, so this is not an export of {kind.name}")
        row = _flattened(row)
        own = _kind_of(row)
        if own is None:
            _refuse_unknown(row, place, kind)
        if own is not kind:
            _refuse(own.name, kind)
        options = _options(row, kind, place, kind.ignored)
        name = as_text(options.pop(kind.identity, None))
        if is_settings:
            options = {option: _setting(option, value) for option, value in options.items()}
        if name not in (None, ""):
            yield Found(str(name), options, is_listed=True)
        elif not is_settings:
            raise AnsibleFilterError(f"{place} has no {kind.identity}")
        elif any(value != "" for option, value in options.items() if option != "extra"):
            warn(f"{place} has no name, and is left out")


def _is_settings(given: Mapping[str, Any]) -> bool:
    """Whether a dictionary is Astronomer's settings, which may be empty."""
    if "airflow" not in given:
        return False
    sections = given["airflow"]
    if isinstance(sections, Mapping) and sections:
        own = [plain(sections[name]) for name in KINDS if name in sections]
        return bool(own) and all(section is None or isinstance(section, (list, dict)) for section in own)
    return len(given) == 1 and sections in (None, {})


def _of_settings(given: Mapping[str, Any], kind: Kind) -> Iterable[Found]:
    """The objects of a kind in Astronomer's settings."""
    sections = given["airflow"] or {}
    other = {*map(str, given), *map(str, sections)} - {"airflow", *KINDS}
    if other:
        warn(f"These keys of the settings are none that Astronomer's command line reads: {key_names(other)}")
    rows = sections.get(kind.name) or []
    if not isinstance(rows, (list, tuple)):
        raise AnsibleFilterError(f"The section {kind.name} of the settings is not a list")
    return _of_rows(rows, kind, is_settings=True)


def _setting(option: str, value: Any) -> Any:
    """A value of Astronomer's settings, where there are texts only, and a port of 0 is none."""
    if value is None or (option == "port" and as_text(value) == "0"):
        return ""
    return as_text(value) if option == "value" else value


def _flattened(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """An object of Astronomer's environment manager as one of Airflow's."""
    if not {"objectKey", "objectType"} <= set(row):
        return row
    connection, variable = row.get("connection"), row.get("airflowVariable")
    if isinstance(connection, Mapping):
        renamed = {("conn_type" if name == "type" else name): value for name, value in connection.items()}
        renamed = {name: value for name, value in renamed.items() if name in CONNECTIONS.options}
        return {"conn_id": row["objectKey"], **renamed}
    if isinstance(variable, Mapping):
        value = None if variable.get("isSecret") and not variable.get("value") else variable.get("value")
        return {"key": row["objectKey"], "value": "***" if value is None else value}
    return row


def _kind_of(row: Mapping[str, Any]) -> Kind | None:
    """The kind of an object, by its keys."""
    names = set(map(str, row))
    if names & {"conn_id", "connection_id"} and "dag_id" not in names:
        return CONNECTIONS
    if names & {"variable_name"} or ("key" in names and names <= VARIABLES.names()):
        return VARIABLES
    if names & {"pool_name"} or ("slots" in names and names & {"name", "pool"}):
        return POOLS
    return None


def _options(row: Any, kind: Kind, title: str, ignored: frozenset[str]) -> dict[str, Any]:
    """The options of an object, by the names that this collection gives them.

    :param ignored: what else it may have.
    """
    unknown = set(map(str, row)) - {*kind.options, *ignored}
    if unknown:
        raise AnsibleFilterError(
            f"{title} has parts that no {kind.title.lower()} has: {key_names(unknown)}. It may have "
            f"{', '.join(sorted({*kind.options.values()} - {'get_uri'}))}"
        )
    options: dict[str, Any] = {}
    for name, value in row.items():
        option = kind.options.get(str(name))
        if option in options:
            raise AnsibleFilterError(f"{title} has {option} under two names; remove one")
        if option:
            options[option] = value
    return options


# Environments


def _as_environment(given: Any) -> list[Assignment]:
    """The assignments of a dictionary, or list of names and values, that is an environment; empty if it is none."""
    if isinstance(given, Mapping):
        lines = [Assignment(str(name), _in_environment(value)) for name, value in given.items()]
    elif all(isinstance(row, str) for row in given):
        # As in Compose files, where a name without a value is passed on.
        parts = [row.partition("=") for row in given]
        lines = [Assignment(name, value, not separator) for name, separator, value in parts]
    elif all(isinstance(row, Mapping) and {"name", "key"} & set(row) for row in given):
        lines = [_in_list(row) for row in given]
    else:
        return []
    if not any(line.name.startswith(ANY_ENVIRONMENT[:2]) for line in lines):
        return []
    if isinstance(given, Mapping) and not all(
        line.name.startswith(ANY_ENVIRONMENT) or IN_ENVIRONMENT.fullmatch(line.name) for line in lines
    ):
        return []
    return lines


def _in_list(row: Mapping[str, Any]) -> Assignment:
    """A variable of an environment that is a list, which may say where the value is in place of the value."""
    value = _in_environment(row.get("value"))
    is_elsewhere = "value" not in row or (bool(row.get("is_secret")) and not value)
    return Assignment(str(row.get("key", row.get("name"))), value, is_elsewhere)


def _in_environment(value: Any) -> str:
    if isinstance(value, (Mapping, list)):
        return json.dumps(plain(value))
    return "" if value is None else str(as_text(value))


def _of_environment(lines: Iterable[Assignment], kind: Kind) -> Iterable[Found]:
    """The objects of a kind in an environment, or in lines of the form ``id=uri``."""
    lines = list(lines)
    own = [line for line in lines if kind.prefix and line.name.startswith(kind.prefix)]
    others = {
        each.name for each in KINDS.values() if each.prefix and any(line.name.startswith(each.prefix) for line in lines)
    }
    if not own and len(others) == 1:
        _refuse(others.pop(), kind)
    if not own:
        if any(line.name.startswith(ANY_ENVIRONMENT) for line in lines):
            raise AnsibleFilterError(
                f"This is an environment without {kind.name}"
                + (f", which begin with {kind.prefix}" if kind.prefix else "")
            )
        # As Airflow's own command line writes and reads them.
        by_name: dict[str, str] = {}
        for line in lines:
            if line.name in by_name:
                raise AnsibleFilterError(f"{kind.title} {line.name!r} is in the file twice; remove one")
            by_name[line.name] = line.value
        return _by_name(by_name, kind, is_environment=True)
    return [_of_assignment(line._replace(name=_key(line.name, kind)), kind) for line in own]


def _key(variable: str, kind: Kind) -> str:
    """What Airflow looks for: it turns a name into upper case to find it in the environment."""
    name = variable[len(kind.prefix) :]
    if not name:
        raise AnsibleFilterError(f"{variable} names no {kind.title.lower()}: a name has to follow {kind.prefix}")
    return name.lower() if name.isupper() else name


def _of_assignment(line: Assignment, kind: Kind) -> Found:
    if kind is VARIABLES:
        return Found(line.name, {"value": line.value}, is_hidden=line.is_hidden)
    if line.is_hidden:
        return Found(line.name, {}, is_hidden=True)
    return _of_text(line.name, line.value)


# Refusals


def _refuse(other: str, kind: Kind) -> NoReturn:
    """Name the filter that a file is for."""
    if other in KINDS:
        raise AnsibleFilterError(f"This is an export of {other}, not of {kind.name}: use from_airflow_{other}")
    advice = ": list them in the options of dataops.airflow.airflow_deployment" if other in LISTS else ""
    raise AnsibleFilterError(
        f"This is an export of {printable(other)}, not of {kind.name}. There is no filter for it{advice}"
    )


def _refuse_unknown(row: Mapping[str, Any], place: str, kind: Kind) -> NoReturn:
    """Say what an object of a list is that is none of Airflow's three kinds."""
    for name, title in OTHERS.items():
        if name in row:
            _refuse(title, kind)
    raise AnsibleFilterError(
        f"{place} is none of the {kind.name} that a tool of Airflow writes; its keys are {key_names(row)}"
    )
