# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A server that keeps objects in memory, for tasks of many writes of which one goes wrong."""

from __future__ import annotations

import copy
import threading
from typing import Any, Callable, Mapping, NamedTuple, Sequence
from urllib.parse import unquote

from ansible_collections.dataops.airflow.plugins.module_utils._model.api import parse_version
from ansible_collections.dataops.airflow.tests.unit.scripted import ABSENT, CONFLICT, Answer, Scripted, Sent, Table

IDENTITIES = {
    "roles": "name",
    "users": "username",
    "pools": "name",
    "connections": "connection_id",
    "variables": "key",
    "dags": "dag_id",
}

MOST_ROWS = 100
"""Rows on a page at most, unless ``[api] maximum_page_limit`` says otherwise."""


class Fault(NamedTuple):
    """What befalls a request.

    :param reply: in place of the answer.
    :param is_made: whether the server makes the write.
    """

    reply: Any
    is_made: bool = False


class Keeper(Scripted):
    """Keeps objects, and lists what was sent.

    :param rows: collection → its objects, as the server sends them.
    :param table: answers to other requests, as for :class:`.Scripted`.
    :param befall: number of a write, counted from 1, and any request after that many writes → what befalls it.
    """

    def __init__(
        self,
        rows: Mapping[str, Sequence[Mapping[str, Any]]],
        version: str,
        table: Table | None = None,
        befall: Callable[[int, Sent], Fault | None] | None = None,
        read_only: bool = False,
    ) -> None:
        super().__init__(table or {}, version, read_only)
        self.befall = befall
        self.adds_permissions = version.startswith("2.")
        """PATCH of a role adds to its permissions, and takes none away."""
        self.kept = {
            collection: {row[identity]: dict(row) for row in copy.deepcopy(rows.get(collection, ()))}
            for collection, identity in IDENTITIES.items()
        }
        self._lock = threading.Lock()

    def state(self) -> dict[str, dict[str, Any]]:
        """All objects, by collection and name."""
        return copy.deepcopy(self.kept)

    def _reply(self, request: Sent) -> Any:
        with self._lock:
            fault = self.befall(len(self.writes), request) if self.befall else None
            if fault and not fault.is_made:
                return fault.reply
            key = f"{request.method} {request.path}"
            answer = super()._reply(request) if key in self._answers else self._answer(request)
            return fault.reply if fault else answer

    def _answer(self, request: Sent) -> Any:
        collection, *rest = request.path[1:].split("/")
        kept, identity, name = self.kept[collection], IDENTITIES[collection], unquote("/".join(rest))
        if not name and request.method == "GET":
            begin = request.query.get("variable_key_prefix_pattern") or request.query.get("variable_key_pattern") or ""
            rows = [self._shown(collection, row, is_list=True) for name, row in kept.items() if name.startswith(begin)]
            start, size = (
                int(request.query.get("offset", 0)),
                min(MOST_ROWS, int(request.query.get("limit", MOST_ROWS))),
            )
            return {collection: rows[start : start + size], "total_entries": len(rows)}
        if not name and request.method == "PATCH":
            return self._in_bulk(collection, request.body["actions"])
        if not name:
            if request.body[identity] in kept:
                return CONFLICT
            kept[request.body[identity]] = {"roles": [], **request.body} if collection == "users" else request.body
            return self._shown(collection, request.body)
        if name not in kept:
            return ABSENT
        if request.method == "DELETE":
            del kept[name]
            return Answer(204, "")
        if request.method == "PATCH":
            self._update(collection, name, request)
            name = str(request.body.get(identity, name))
        return self._shown(collection, kept[name])

    def _update(self, collection: str, name: str, request: Sent) -> None:
        kept, body = self.kept[collection], request.body
        mask = request.query.get("update_mask", "").replace("val", "value").replace("valueue", "value")
        changed = {key: value for key, value in body.items() if not mask or key in mask.split(",")}
        if collection == "roles" and self.adds_permissions:
            added = [item for item in changed.get("actions", ()) if item not in kept[name]["actions"]]
            changed["actions"] = kept[name]["actions"] + added
        if collection == "roles" and changed.get("name", name) in set(kept) - {name}:
            # Airflow answers 200.
            return
        row = {**kept.pop(name), **changed}
        kept[row[IDENTITIES[collection]]] = row
        for user in self.kept["users"].values() if collection == "roles" else ():
            user["roles"] = [{"name": row["name"]} if role["name"] == name else role for role in user["roles"]]

    def _in_bulk(self, collection: str, actions: Sequence[Mapping[str, Any]]) -> Any:
        told: dict[str, Any] = {item["action"]: {"success": [], "errors": []} for item in actions}
        for item in actions:
            done = self._bulk(collection, item)
            for key, values in done.items():
                told[item["action"]][key] += values
        return told

    def _bulk(self, collection: str, action: Mapping[str, Any]) -> dict[str, list[Any]]:
        kept, identity = self.kept[collection], IDENTITIES[collection]
        if action["action"] == "delete":
            return {"success": [name for name in action["entities"] if kept.pop(name, None)]}
        if action["action"] == "update":
            known = [row for row in action["entities"] if row[identity] in kept]
            for row in known:
                kept[row[identity]].update(self._changed_in_bulk(collection, row, action.get("update_mask")))
            return {"success": [row[identity] for row in known]}
        if any(row[identity] in kept for row in action["entities"]):
            return {"errors": [{"error": "it exists", "status_code": 409}]}
        kept.update({row[identity]: row for row in action["entities"]})
        return {"success": [row[identity] for row in action["entities"]]}

    def _changed_in_bulk(self, collection: str, row: Mapping[str, Any], mask: Sequence[str] | None) -> dict[str, Any]:
        """What an entity changes: see ``services/public`` of Airflow 3.0 to 3.3; ``tests/live`` proves it."""
        has_masks = parse_version(self._version) >= (3, 2, 0)
        assert mask is None or has_masks
        if collection == "connections":
            return dict(row)
        if has_masks:
            return {key: value for key, value in row.items() if mask is None or key in mask}
        if collection == "variables":
            return {"description": None, **row}
        return {"include_deferred": False, **{key: value for key, value in row.items() if value is not None}}

    def _shown(self, collection: str, row: Mapping[str, Any], is_list: bool = False) -> dict[str, Any]:
        """A row as a list or an object's own path shows it."""
        shown = {key: value for key, value in row.items() if key != "password"}
        if collection == "connections" and not self._version.startswith("2."):
            shown["password"] = "***" if row.get("password") else None
        if collection == "connections" and self._version.startswith("2.") and is_list:
            shown.pop("extra", None)
        return copy.deepcopy(shown)
