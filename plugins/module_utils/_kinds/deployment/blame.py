# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who changed what is not as wanted, from the rows of Airflow's event log. No I/O; see docs/decisions/blame.md.

What the log holds, by the sources of Airflow:

- A row is written before the request is carried out, so one that is refused leaves the same row as one that succeeds
  (2.11.2 ``www/decorators.py``, 3.3.2 ``api_fastapi/logging/decorators.py``). On Airflow 3 a write of a variable leaves
  one even without the permission (3.3.2 ``core_api/routes/public/variables.py``).
- Names of events, 2.9.0 to 2.11.2: ``api.connection.edit`` and ``api.patch_pool`` of the API, ``ui.`` for ``api.`` if a
  browser sent it (``www/decorators.py``), ``connection.edit`` of a web form (``AirflowModelView``, ``www/views.py``).
  3.0.6 to 3.3.2: the function's name, such as ``patch_pool`` and ``bulk_pools``, for the web interface as well. The log
  stays when Airflow 2 is upgraded.
- ``extra``, from 2.9.0 on: the body as a JSON object, and the path unless the body is that of a variable or connection.
  2.6.3 to 2.8.4: the path as the text of a Python list of pairs, without the body. 3.x: many objects below ``actions``.
- Values: 3.3.2 stores none of a variable or of a connection's ``extra``; before, they are masked by key. Texts in which
  a known secret occurs are masked as well, names of objects included.
- A form holds the object's name when it is sent, not when it is opened, and to delete one only the number of its row.
  An import does not name its objects (2.11.2 ``VariableModelView.varimport``).
- The command line: ``cli_pool_set`` and so on, with the whole command in ``full_command``; the user is that of the
  operating system (2.11.2 and 3.3.2 ``utils/cli.py``).
"""

from __future__ import annotations

import enum
import re
from typing import Any, Callable, Collection, Iterable, Mapping, NamedTuple, Sequence

from ..._model.change import Action, Change
from ..._model.compare import MASK, Verdict, masked_json, masked_text, parse_json
from ..._model.field import NOTHING
from ..._model.secrets import holds_mask, printable

CERTAIN = "certain"
LIKELY = "likely"
UNNAMED = "uncertain: the event does not name what it changed"
OTHERWISE = "uncertain: the event holds none of the options that differ"
UNEXPLAINED = (
    "not known: its events left it in another state, so it was changed without one, as by a task or in the database"
)
NOT_LOGGED: Mapping[str, str] = {
    "role": "not known: Airflow does not log changes of roles",
    "user": "not known: Airflow does not log changes of users",
    "dag": "not known: only events about pools, connections and variables are searched",
}

LONGEST = 250
"""Characters that are shown of a user's name."""


class Deed(enum.Enum):
    """What an event does to an object."""

    WRITE = "write"
    DELETE = "delete"


class Shape(enum.Enum):
    """How a row says which objects it is about."""

    ONE = "one"
    """It is a request about one."""
    BULK = "bulk"
    """It is a request about many, with an action for each deed."""
    COMMAND = "command"
    """The first argument of a command is the name."""
    NAMELESS = "nameless"


class Event(NamedTuple):
    """An event about objects of a kind."""

    kind: str
    deed: Deed
    shape: Shape = Shape.ONE


WORKER_TEST = "enqueue_connection_test"
"""A worker tries a connection (3.3), and stores it if the request says so."""

VERBS: Mapping[str, Deed] = {
    "post_{}": Deed.WRITE,
    "patch_{}": Deed.WRITE,
    "delete_{}": Deed.DELETE,
    "{}.create": Deed.WRITE,
    "{}.edit": Deed.WRITE,
    "{}.delete": Deed.DELETE,
}
EVENTS: Mapping[str, Event] = {
    **{
        verb.format(kind): Event(kind, deed)
        for kind in ("pool", "connection", "variable")
        for verb, deed in VERBS.items()
    },
    **{f"bulk_{kind}s": Event(kind, Deed.WRITE, Shape.BULK) for kind in ("pool", "connection", "variable")},
    WORKER_TEST: Event("connection", Deed.WRITE),
    "create_default_connections": Event("connection", Deed.WRITE, Shape.NAMELESS),
    "variables.varimport": Event("variable", Deed.WRITE, Shape.NAMELESS),
    "cli_pool_set": Event("pool", Deed.WRITE, Shape.COMMAND),
    "cli_pool_delete": Event("pool", Deed.DELETE, Shape.COMMAND),
    "cli_pool_import": Event("pool", Deed.WRITE, Shape.NAMELESS),
    "cli_connections_add": Event("connection", Deed.WRITE, Shape.COMMAND),
    "cli_connections_delete": Event("connection", Deed.DELETE, Shape.COMMAND),
    "cli_connections_import": Event("connection", Deed.WRITE, Shape.NAMELESS),
    "cli_variables_set": Event("variable", Deed.WRITE, Shape.COMMAND),
    "cli_variables_delete": Event("variable", Deed.DELETE, Shape.COMMAND),
    "cli_variables_import": Event("variable", Deed.WRITE, Shape.NAMELESS),
}
"""Name of an event, without what Airflow 2 puts before it → what it is about."""

PREFIXES = ("api.", "ui.")
"""What Airflow 2 puts before the name of an event of its API."""

EVENT_NAMES: Sequence[str] = (
    *EVENTS,
    *(
        f"{prefix}{verb.format(kind)}"
        for prefix in PREFIXES
        for verb in VERBS
        for kind in ("connection", "variable", "pool")
    ),
)
"""All names of these events."""

NAMES: Mapping[str, Sequence[str]] = {
    "pool": ("pool_name", "name", "pool"),
    "connection": ("connection_id", "conn_id"),
    "variable": ("variable_key", "key"),
}
"""Kind → where a row has the name of an object: of the path, of the body, of the form."""

ALIASES: Mapping[str, str] = {"val": "value"}
"""Name of a field in a form → the field."""

QUOTED = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\"""")
PAIR = re.compile(rf"\(({QUOTED.pattern}), ({QUOTED.pattern})\)")
LONGEST_REPR = 4096
"""Characters that are searched of a list in Python's own writing: the name comes first."""

COMMAND_LENGTH = 3
"""The parts of a command before its arguments: ``airflow pools set``."""


class Touch(NamedTuple):
    """What an event does to an object.

    :param name: of the object, perhaps with parts masked; empty if the event does not say so.
    :param values: what it sets, as far as the log holds it.
    """

    deed: Deed
    name: str = ""
    values: Mapping[str, Any] = NOTHING


class Blame(NamedTuple):
    """Who changed an object.

    :param when: ISO 8601.
    :param event: as the log calls it.
    :param certainty: :data:`CERTAIN`, :data:`LIKELY`, or why it is not known.
    """

    who: str | None
    when: str | None
    event: str | None
    certainty: str


def blames(
    changes: Iterable[Change], pages: Iterable[Sequence[Mapping[str, Any]]], reason: Callable[[], str]
) -> dict[tuple[str, str], Blame]:
    """Who made what the changes of a plan are about: kind and name of an object → who changed it.

    :param changes: those of unchanged objects are left out.
    :param pages: rows of the event log, the newest ones first; no more are taken than needed.
    :param reason: why there is no event about an object; asked once at most, after the pages.
    """
    drifted = [change for change in changes if change.action is not Action.NONE]
    cases = {_identity(change): _Case(change) for change in drifted if change.resource.kind in NAMES}
    for page in pages if cases else ():
        for row in page:
            _see(cases, row)
        if all(case.is_found for case in cases.values()):
            break
    why = ""
    found = {}
    for change in drifted:
        case = cases.get(_identity(change))
        blame = case.blame() if case else Blame(None, None, None, NOT_LOGGED[change.resource.kind])
        if blame is None:
            why = why or reason()
            blame = Blame(None, None, None, why)
        found[change.resource.kind, change.name] = blame
    return found


def _identity(change: Change) -> tuple[str, str]:
    return change.resource.kind, change.stored_name


def _see(cases: Mapping[tuple[str, str], _Case], row: Mapping[str, Any]) -> None:
    """Let those know of a row whom it may be about."""
    event = event_of(row)
    if not event:
        return
    for touch in touches(row):
        case = cases.get((event.kind, touch.name))
        if case:
            case.see(row, touch, is_exact=True)
        elif not touch.name or MASK in touch.name:
            for (kind, name), other in cases.items():
                if kind == event.kind and (not touch.name or masked_text(name, touch.name) is Verdict.UNKNOWN):
                    other.see(row, touch, is_exact=False)


def event_of(row: Mapping[str, Any]) -> Event | None:
    """What a row of the event log is about; ``None`` if it is about nothing of this."""
    return EVENTS.get(_bare(str(row.get("event"))))


def _bare(event: str) -> str:
    """The name of an event without the prefix of an API."""
    return event.partition(".")[2] if event.startswith(PREFIXES) else event


def touches(row: Mapping[str, Any]) -> list[Touch]:
    """What a row of the event log does to each object; nothing if it is about nothing of this."""
    name, event = str(row.get("event")), event_of(row)
    if not event:
        return []
    extra, is_old = _extra(row.get("extra"))
    if event.shape is Shape.COMMAND:
        return [Touch(event.deed, _argument(extra.get("full_command")))]
    if event.shape is Shape.BULK:
        return _of_many(event.kind, extra.get("actions"))
    if event.shape is Shape.NAMELESS:
        return [Touch(event.deed)]
    if name == WORKER_TEST and not extra.get("commit_on_success"):
        return []
    named = _name(event.kind, extra)
    # Before 2.9 the body is not logged, which has the name of a new object. Otherwise a form was only opened.
    if not named and event.deed is Deed.WRITE and not is_old and not name.startswith(PREFIXES):
        return []
    is_bodiless = event.deed is Deed.DELETE or (is_old and NAMES[event.kind][0] in extra)
    mask = extra.get("update_mask")
    # Of a list that is repeated in a query, as on Airflow 3, only the last one is logged.
    sent = mask.split(",") if isinstance(mask, str) and name.startswith(PREFIXES) else None
    made = Touch(event.deed, named, NOTHING if is_bodiless else _values(extra, sent))
    new = str(extra.get("name") or named)
    if event.kind == "pool" and named and new != named:
        # Airflow 2 renames pools.
        return [Touch(Deed.DELETE, named), made._replace(name=new)]
    return [made]


def _extra(text: Any) -> tuple[dict[str, Any], bool]:
    """The details of a row, and whether they are in the form that Airflow had before 2.9; empty if they are neither."""
    if not isinstance(text, str):
        return {}, False
    is_json, value = parse_json(text)
    if isinstance(value, dict):
        return value, False
    pairs = {} if is_json else {_unquoted(name): _unquoted(told) for name, told in PAIR.findall(text[:LONGEST_REPR])}
    return pairs, text.startswith("[")


def _argument(command: Any) -> str:
    """The first argument of a command; empty if there is none."""
    words = map(_unquoted, QUOTED.findall(str(command)[:LONGEST_REPR]))
    return next((word for word in list(words)[COMMAND_LENGTH:] if not word.startswith("-")), "")


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1])


def _of_many(kind: str, actions: Any) -> list[Touch]:
    """What a request about many objects does to each; if the log does not hold it, both to any."""
    if not isinstance(actions, list):
        return [Touch(deed) for deed in Deed]
    found = []
    for action in actions:
        entities = action.get("entities") if isinstance(action, dict) else None
        if not isinstance(entities, list):
            continue
        is_deletion, mask = action.get("action") == "delete", action.get("update_mask")
        for entity in entities:
            fields = entity if isinstance(entity, dict) else {}
            name = _name(kind, fields) if fields else str(entity)
            values = NOTHING if is_deletion else _values(fields, mask if isinstance(mask, list) else None)
            found.append(Touch(Deed.DELETE if is_deletion else Deed.WRITE, name, values))
    return found


def _name(kind: str, fields: Mapping[str, Any]) -> str:
    """The name of an object; empty if there is none, or nothing of it can be seen."""
    named = next((str(fields[key]) for key in NAMES[kind] if fields.get(key)), "")
    return named if named.strip("*") else ""


def _values(fields: Mapping[str, Any], mask: Collection[str] | None) -> dict[str, Any]:
    """What an event sets: all fields, or those of an ``update_mask``."""
    return {ALIASES.get(name, name): value for name, value in fields.items() if mask is None or name in mask}


class _Case:
    """An object that is not as wanted, and what the log says about it, the newest events first."""

    def __init__(self, change: Change) -> None:
        self._is_gone = change.action is Action.CREATE
        self._current = change.current or {}
        self._options = (
            change.fields if change.action is not Action.DELETE else [item.name for item in change.resource.fields]
        )
        """Those that differ; of an object that nobody wants, all."""
        self._found: Blame | None = None
        self._guess: Blame | None = None
        """By the newest event that may have done it, or was about something else of it."""
        self._is_doubtful = False
        """A newer event left it in another state than it is in: it failed, or was not the last."""
        self._is_over = False
        self._is_exact = False

    @property
    def is_found(self) -> bool:
        """Whether no older rows are needed."""
        return self._found is not None or self._is_over

    def blame(self) -> Blame | None:
        """Who changed it; ``None`` if there is no event about it."""
        unexplained = Blame(None, None, None, UNEXPLAINED) if self._is_doubtful else None
        return self._found or self._guess or unexplained

    def see(self, row: Mapping[str, Any], touch: Touch, is_exact: bool) -> None:
        """Take note of an event.

        :param is_exact: whether it names the object, and not what may be it.
        """
        if self._is_over:
            return
        if not touch.name:
            if (touch.deed is Deed.DELETE) is self._is_gone:
                self._suspect(row, UNNAMED)
        elif self._is_gone:
            self._see_if_gone(row, touch, is_exact)
        else:
            self._see_if_there(row, touch, is_exact)

    def _suspect(self, row: Mapping[str, Any], why: str) -> None:
        """Keep what may have done it, unless something newer is known that left it otherwise."""
        if not self._guess and not self._is_doubtful:
            self._guess = blame_of(row, why)

    def _see_if_gone(self, row: Mapping[str, Any], touch: Touch, is_exact: bool) -> None:
        if touch.deed is Deed.DELETE and self._is_doubtful and self._guess:
            # It was there again since, and a newer deletion names nothing.
            self._is_over = True
        elif touch.deed is Deed.DELETE:
            # Of two deletions in turn the second one has failed.
            self._found, self._is_exact = blame_of(row, LIKELY), is_exact
        elif not self._found:
            self._is_doubtful = True
        elif is_exact:
            self._is_over = True
            if self._is_exact and not self._is_doubtful:
                self._found = self._found._replace(certainty=CERTAIN)

    def _see_if_there(self, row: Mapping[str, Any], touch: Touch, is_exact: bool) -> None:
        if touch.deed is Deed.DELETE:
            # Older events are about an object that is gone, unless the newest event of all is a deletion that failed.
            self._is_over = self._is_doubtful
            self._is_doubtful = True
            return
        told = [name for name in self._options if name in touch.values]
        verdicts = {self._compared(name, touch.values[name]) for name in told}
        if verdicts == {Verdict.DIFFERENT} or verdicts == {Verdict.DIFFERENT, Verdict.UNKNOWN}:
            self._is_doubtful = True
        elif touch.values and not told:
            self._suspect(row, OTHERWISE)
        else:
            is_sure = verdicts and Verdict.DIFFERENT not in verdicts and Verdict.EQUAL in verdicts
            is_sure = is_sure and is_exact and not self._is_doubtful
            self._found, self._is_over = blame_of(row, CERTAIN if is_sure else LIKELY), True

    def _compared(self, name: str, logged: Any) -> Verdict:
        """Whether an option is as an event set it; Airflow 2 leaves some out when it lists objects."""
        return _compare(logged, self._current[name]) if name in self._current else Verdict.UNKNOWN


def blame_of(row: Mapping[str, Any], certainty: str) -> Blame:
    """The one whom a row names, fit for a terminal."""
    who, when = (printable(str(row[key]))[:LONGEST] if row.get(key) else None for key in ("owner", "when"))
    return Blame(who, when, str(row["event"]), certainty)


def _compare(logged: Any, shown: Any) -> Verdict:
    """Whether the server shows what an event set; a form sends everything as text."""
    if logged in (None, "") or shown in (None, ""):
        return Verdict.EQUAL if logged in (None, "") and shown in (None, "") else Verdict.DIFFERENT
    if holds_mask(shown) or (isinstance(shown, bool) and not isinstance(logged, bool)):
        return Verdict.UNKNOWN
    try:
        return masked_json(_parsed(shown), _parsed(logged))
    except RecursionError:
        return Verdict.UNKNOWN


def _parsed(value: Any) -> Any:
    """A value that is compared by meaning, as either generation may have written it again."""
    is_json, parsed = parse_json(value) if isinstance(value, str) else (True, value)
    return parsed if is_json else value
