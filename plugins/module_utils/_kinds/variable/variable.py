# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Variables: settings that DAGs read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ..._model.api import Since
from ..._model.change import Action
from ..._model.compare import json_or_text, text, to_text
from ..._model.field import EVERY_API, Field
from ..._model.resource import UPDATE_SECRETS, Resource, Unreachable
from ..._model.secrets import Secrecy
from ..shared.fields import TEAM_NAME

if TYPE_CHECKING:
    from ..._engine.faults import Fault

KEY = Field("key", required=True, longest=250, description=("Key of the variable.",), sample="region")


def _stored(value: Any) -> str | None:
    """A value as both APIs send it: a text, or none that can be shown.

    :raises ValueError: for anything else.
    """
    if value is not None and not isinstance(value, str):
        raise ValueError
    return value


FIELDS = (
    Field(
        "value",
        type="raw",
        description=(
            "Value of the variable. Text is stored as it is; dicts, lists, numbers and booleans are stored as JSON. "
            "Needed to create a variable.",
            "Where Airflow 3 reformats JSON, values are compared as JSON, not as text.",
            "A value is not shown in results and diffs if the key, or a key in the value, sounds like a secret, such "
            "as C(password), C(token), C(secret) or C(api_key); nor is what looks like one in any text, such as the "
            "password in an address, C(password=...) or a private key.",
        ),
        result="Value of the variable, as text; hidden if it is a secret.",
        sample="eu-west-1",
        secrecy=Secrecy.BY_NAME,
        needed=EVERY_API,
        compare=json_or_text,
        encode=to_text,
        decode=_stored,
        whole=frozenset({"v1", "v2"}),
        # 2.5.3 to 2.11 answer 400 for value.
        mask_name={"v1": "val"},
    ),
    Field(
        "description",
        description=("Description of the variable; empty text clears it. Needs Airflow 2.5.3.",),
        since=Since(v1="2.5.3"),
        result="Description of the variable.",
        sample="Where the buckets are",
        compare=text,
    ),
    TEAM_NAME,
)

UNREACHABLE = (
    Unreachable("v1", re.compile("^/"), "the API of Airflow 2 redirects away from keys that begin with a slash"),
    Unreachable("v1", re.compile("\n"), "the API of Airflow 2 finds no variable whose key holds a line break"),
    Unreachable(
        "v1", re.compile("/"), "the API of Airflow finds no variable whose key holds a slash before 2.4", before="2.4.0"
    ),
    Unreachable("v2", re.compile("\n"), "the API of Airflow 3 finds no object whose name holds a line break"),
)


def _faults() -> tuple[Fault, ...]:
    from ..shared.known_faults import OF_VARIABLES

    return OF_VARIABLES


VARIABLE = Resource(
    kind="variable",
    collection="variables",
    identity=KEY,
    fields=FIELDS,
    reported=(
        Field("is_encrypted", type="bool", description=("Whether its value is encrypted (Airflow 3).",), sample=True),
    ),
    policy=UPDATE_SECRETS,
    # Before 2.5.3 a PATCH wants the value, and its mask under another name.
    masks_since=Since(v1="2.5.3"),
    reliable_since={Action.CREATE: Since(v1=None), Action.UPDATE: Since(v1="2.5.3")},
    faults=_faults,
    summary="Manage variables of Apache Airflow",
    description=(
        "Creates, changes and deletes variables.",
        "Airflow 3 hides values whose key sounds like a secret, and leaves of JSON values by their keys. What is "
        "hidden cannot be compared: O(update_secrets) says what to do then.",
    ),
    unreachable=UNREACHABLE,
    examples="""
- name: Set a variable
  dataops.airflow.airflow_variable:
    airflow_url: https://airflow.example.com
    airflow_username: ansible
    airflow_password: "{{ airflow_password }}"
    key: region
    value: eu-west-1

- name: Store JSON
  dataops.airflow.airflow_variable:
    key: warehouse
    value:
      host: db.example.com
      schemas: [raw, mart]

- name: Set a secret only when the variable is created
  dataops.airflow.airflow_variable:
    key: api_token
    value: "{{ vault_api_token }}"
    update_secrets: on_create

- name: Delete a variable
  dataops.airflow.airflow_variable:
    key: region
    state: absent
""",
)
