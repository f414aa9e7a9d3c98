# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``update_secrets: on_change``: what a scope remembers of hidden values, and who else has written them since.

See docs/decisions/fingerprints.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Iterable, Mapping

from ..._model.change import Action
from ..._model.resource import Resource
from ..._model.secrets import holds_mask
from .fingerprints import Fingerprints, Keys, Recalled, Touched, has_secret, hidden_fields, without
from .kinds import KINDS
from .ledger import NOWHERE, Entry, Key, Position
from .ownership import Outcome, Ownership, key_of
from .saved_plan import key_of as secret_of
from .scope_names import SCOPES

if TYPE_CHECKING:
    from ..._engine.look_up import Found
    from ..._engine.plan_many import Plan
    from ..._engine.run_resource import Seen
    from ..._engine.task import Task
    from ..._model.api import Server
    from ..._model.change import Change
    from .touched import Sighting

ON_CHANGE = "update_secrets=on_change"


class Memory:
    """What a scope remembers of hidden values.

    :raises InvalidInputError: without keys that can be used.
    """

    def __init__(self, task: Task, params: Mapping[str, Any]) -> None:
        self._client = task.client
        self._scope: str = params["scope"]
        previous = params["fingerprint_key_previous"]
        self._keys = Keys(
            secret_of(params["fingerprint_key"], ON_CHANGE),
            secret_of(previous, ON_CHANGE, "fingerprint_key_previous") if previous else None,
        )
        self._ownership: Ownership
        self._fingerprints: Fingerprints
        self._position = NOWHERE
        """The newest row of the event log that was read before the changes."""
        self._is_blind = False
        """The event log cannot be read."""
        self._told: list[str] = []

    def read(self, ownership: Ownership, found: Mapping[str, Found]) -> None:
        """Find out what others have written since the last run that wrote something; a request if anything is hidden.

        :param found: what there is, by option.
        """
        self._ownership = ownership
        self._position, self._is_blind = NOWHERE, False
        owned = {} if ownership.problem else ownership.owned
        touches: Touched = {}
        doubt = ""
        if any(_is_hidden(key, name, found) for key, entry in owned.items() for name in entry.secrets):
            touches, doubt = self._look(owned)
        self._fingerprints = Fingerprints(self._keys, owned, touches, doubt)

    def _look(self, owned: Mapping[Key, Entry]) -> tuple[Touched, str]:
        """What others have written, and why there may be more."""
        from .event_log import EventLog
        from .touched import sightings, touched

        log = EventLog(self._client)
        rows = log.since(self._ownership.log, self._ownership.heads)
        found = touched(sightings(rows), {key: entry.secrets for key, entry in owned.items() if entry.secrets})
        self._position, self._is_blind = log.newest, log.is_unreadable
        return found, log.doubt

    def recall(self, resource: Resource, name: str, seen: Seen) -> Recalled:
        """See :meth:`.Fingerprints.recall`."""
        return self._fingerprints.recall(resource, name, seen, self._part(resource))

    def _part(self, resource: Resource) -> Server:
        return self._client.server.part(resource.part)

    def ahead(self, entries: Mapping[Key, Entry]) -> dict[Key, Entry]:
        """See :meth:`.Fingerprints.ahead`."""
        if self._ownership.problem:
            entries = {key: entry._replace(secrets={}) for key, entry in entries.items()}
        return self._fingerprints.ahead(entries)

    def is_kept(self, plan: Plan, entries: Mapping[Key, Entry]) -> bool:
        """Whether the ledger is written in the end.

        :param entries: those that were written before the changes.
        """
        if not plan.pending:
            return False
        sent = any(True for change in plan.pending for _sent in hidden_fields(change, self._part(change.resource)))
        return sent or any(entry.secrets for entry in entries.values())

    def made(self, changes: Iterable[Change], entries: Mapping[Key, Entry], outcome: Outcome) -> dict[Key, Entry]:
        """See :meth:`.Fingerprints.after`."""
        return self._fingerprints.after(entries, changes, outcome, self._part)

    def finish(
        self, changes: Iterable[Change], entries: Mapping[Key, Entry], outcome: Outcome
    ) -> tuple[dict[Key, Entry], Position, list[str]]:
        """What the ledger holds after the changes: entries, position in the event log, and warnings for the user."""
        changes = list(changes)
        made = self.made(changes, entries, outcome)
        is_known = bool(self._position.number)
        is_hidden = is_known or any(has_secret(change, self._part(change.resource)) for change in changes)
        if self._is_blind or not is_hidden:
            return made, NOWHERE, []
        from .event_log import EventLog
        from .touched import sightings, touched

        log = EventLog(self._client)
        # Without a position: back to what was recorded before the changes.
        seen = list(sightings(log.since(self._position, self._ownership.heads, most=None)))
        if log.doubt:
            return made, NOWHERE, []
        written = {key_of(change.resource, change.name) for change in changes if change.action is not Action.NONE}
        place = f"{SCOPES}{self._scope}."
        begin = [] if is_known else sightings([log.last])
        own = next((each.who for each in [*begin, *reversed(seen)] if each.touch.name.startswith(place)), None)

        def is_foreign(sighting: Sighting, key: Key, is_exact: bool) -> bool:
            if own is not None and sighting.who != own:
                return True
            return is_exact and key not in written

        late = touched(seen, {key: entry.secrets for key, entry in made.items() if entry.secrets}, is_foreign)
        said = [
            f"{kind} {name!r} was {next(iter(fields.values()))} while this task was running. The next run sends "
            f"{' and '.join(fields)} again"
            for (kind, name), fields in late.items()
        ]
        return without(made, late), log.newest, said


def _is_hidden(key: Key, field: str, found: Mapping[str, Found]) -> bool:
    """Whether the server hides a field of an object, as far as that was read."""
    option = next(option for option, kind in KINDS.items() if kind.resource.kind == key[0])
    stored = found[option].objects.get(key[1]) if option in found else None
    return stored is None or stored.get(field) is None or holds_mask(stored[field])
