# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The objects of a server as options that would create them, with references instead of secrets. No I/O."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any, Mapping

from ..._engine.plan import CAN_HIDE
from ..._model.api import Server
from ..._model.compare import MASK, parse_json
from ..._model.field import Field
from ..._model.resource import Resource
from ..._model.secrets import Secrecy, show

PREFIX = "vault_airflow"

LONGEST = 120
"""Characters of a variable's name, without a digest."""

DEFAULTS: Mapping[str, Any] = {"include_deferred": False}
"""Airflow's default for an option that is left out, if that is not empty."""


class Export:
    """Objects as options, and the variables that hold what is hidden of them.

    :ivar secrets: for each variable ``kind``, ``name``, ``option``, ``path`` (the option, and the keys and numbers of
        items that lead to the value in it), ``variable``, and ``certain``: whether the server says that there is such a
        value at all.
    """

    def __init__(self) -> None:
        self.secrets: list[dict[str, Any]] = []

    def entry(self, resource: Resource, stored: Mapping[str, Any], server: Server) -> dict[str, Any]:
        """The options of an object, without empty and default ones.

        :param stored: the object as the server shows it, with the options' names.
        :param server: with the API that has such objects.
        """
        identity = resource.identity.name
        made = {identity: stored[identity]}
        for item in resource.fields:
            value = self._value(resource, item, stored, server)
            is_empty = value in (None, "", {}, []) or value == DEFAULTS.get(item.name)
            if server.api.name in item.needed or not is_empty:
                made[item.name] = value
        return made

    def _value(self, resource: Resource, item: Field, stored: Mapping[str, Any], server: Server) -> Any:
        api, name = server.api, str(stored[resource.identity.name])
        if name in item.fixed:
            return None
        place = (name, item.name)
        if api.name in item.write_only:
            return self._reference(resource, place, certain=False)
        value = stored.get(item.name)
        if value is None:
            # A variable that the server cannot decrypt has a value nevertheless.
            is_hidden = api.name in item.needed and item.secrecy is Secrecy.BY_NAME
            return self._reference(resource, place) if is_hidden else None
        masks = CAN_HIDE[item.secrecy] and (resource.kind != "variable" or api.hides_variables)
        parsed, shown = _parsed(value), _parsed(show(value, item.secrecy, name))
        made = self._refer(resource, parsed, shown, place, masks)
        return value if made == parsed else made

    def _refer(self, resource: Resource, value: Any, shown: Any, place: tuple[str, ...], masks: bool) -> Any:
        """A value with a reference in place of each hidden leaf.

        :param masks: whether the server hides anything in it; if not, ``***`` is what is stored.
        """
        if isinstance(value, dict) and isinstance(shown, dict):
            return {key: self._refer(resource, item, shown[key], (*place, key), masks) for key, item in value.items()}
        if isinstance(value, list) and isinstance(shown, list):
            pairs = enumerate(zip(value, shown))
            return [self._refer(resource, *pair, (*place, str(number)), masks) for number, pair in pairs]
        is_hidden = value != shown or (masks and isinstance(value, str) and MASK in value)
        return self._reference(resource, place) if is_hidden else value

    def _reference(self, resource: Resource, place: tuple[str, ...], certain: bool = True) -> str:
        """A reference to the variable of a place, as Jinja has it.

        :param place: the object's name, the option, and what leads to the value in it.
        """
        name, *path = place
        variable = variable_of(resource, place)
        self.secrets.append(
            {
                "kind": resource.kind,
                "name": name,
                "option": ".".join(path),
                "path": path,
                "variable": variable,
                "certain": certain,
            }
        )
        return reference(variable, certain)


def variable_of(resource: Resource, place: tuple[str, ...]) -> str:
    """The variable for a secret: no other place has the same one, whatever objects there are.

    Otherwise anyone who may create the connection ``a-b`` would be sent what was filled in for ``a.b``. The name ends
    in a digest, unless this place is the only one that reads so.

    :param place: the object's name, the option, and what leads to the value in it.
    """
    words = [re.sub(r"[^0-9A-Za-z]+", "_", part).strip("_") for part in place]
    spoken = "_".join([PREFIX, resource.kind, *filter(None, words)])
    if all(words) and tuple(words) == place and len(spoken) <= LONGEST and _reads_one_way(resource, place):
        return spoken
    digest = hashlib.sha256(json.dumps([resource.kind, *place]).encode()).hexdigest()
    # No word holds two underscores in a row.
    return f"{spoken[:LONGEST].rstrip('_')}__{digest[:16]}"


def _reads_one_way(resource: Resource, place: tuple[str, ...]) -> bool:
    """Whether no other place has this name. A whole option comes first: none ends like another; then a key in it."""
    options = "|".join(re.escape(item.name) for item in resource.fields if item.secrecy is not Secrecy.NEVER)
    if len(place) <= 2:
        return True
    read = "_".join(place)
    is_option = re.search(f"_(?:{options})$", read)
    return len(place) == 3 and not is_option and len(re.findall(f"(?=_(?:{options})_)", read)) == 1


def reference(variable: str, certain: bool) -> str:
    """The Jinja expression for the value of a variable.

    :param certain: whether it must be defined; otherwise the option is left out as long as it is not.
    """
    return f"{{{{ {variable} }}}}" if certain else f"{{{{ {variable} | default(omit) }}}}"


def _parsed(value: Any) -> Any:
    """JSON in a text, if it has leaves."""
    is_json, parsed = parse_json(value) if isinstance(value, str) else (False, None)
    return parsed if is_json and isinstance(parsed, (dict, list)) else value
