# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pools: how many task instances may run at once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Mapping

from ..._model.api import ApiName, Since
from ..._model.compare import text
from ..._model.field import EVERY_API, Field
from ..._model.resource import Resource, Unreachable
from ..shared.fields import TEAM_NAME

if TYPE_CHECKING:
    from ..._engine.faults import Fault

NAME = Field("name", required=True, longest=256, description=("Name of the pool.",), sample="etl")

FIXED: Mapping[str, frozenset[ApiName]] = {"default_pool": frozenset({"v2"})}
"""Airflow 3 answers 400 for a PATCH of default_pool whose mask holds more than slots and include_deferred (3.3.2)."""

FIELDS = (
    Field(
        "slots",
        type="int",
        description=(
            "Number of task slots in the pool. Needed to create a pool.",
            "V(-1) means without limit and needs Airflow 3.",
        ),
        result="Number of task slots in the pool; -1 if there is no limit.",
        sample=4,
        needed=EVERY_API,
        minimum={"v1": 0, "v2": -1},
        minimum_reason="Airflow 2 stores -1, and then answers 500 for this pool and for the list of pools",
        whole=frozenset({"v1", "v2"}),
    ),
    Field(
        "description",
        description=(
            "Description of the pool; empty text clears it.",
            "On Airflow 3 the description of V(default_pool) cannot be changed.",
        ),
        result="Description of the pool.",
        sample="Loads into the warehouse",
        compare=text,
        fixed=FIXED,
    ),
    Field(
        "include_deferred",
        type="bool",
        description=("Whether deferred tasks occupy slots. Needs Airflow 2.7.",),
        result="Whether deferred tasks occupy slots.",
        sample=False,
        since=Since(v1="2.7.0"),
        whole=frozenset({"v2"}),
    ),
    TEAM_NAME._replace(fixed=FIXED),
)

SLOTS = tuple(
    Field(f"{state}_slots", type="int", description=(f"Number of slots {meaning}.",), sample=0)
    for state, meaning in (
        ("occupied", "occupied by running and queued tasks, and by deferred tasks if C(include_deferred) is set"),
        ("running", "occupied by running tasks"),
        ("queued", "occupied by queued tasks"),
        ("scheduled", "requested by scheduled tasks"),
        ("deferred", "held by deferred tasks"),
        ("open", "that are free"),
    )
)

UNREACHABLE = (
    Unreachable(
        "v1",
        re.compile("/"),
        "the API of Airflow 2 lists pools with a slash in the name but finds none of them by name",
    ),
    Unreachable("v2", re.compile("\n"), "the API of Airflow 3 finds no object whose name holds a line break"),
)


def _faults() -> tuple[Fault, ...]:
    from ..shared.known_faults import OF_POOLS

    return OF_POOLS


POOL = Resource(
    kind="pool",
    collection="pools",
    identity=NAME,
    fields=FIELDS,
    reported=SLOTS,
    summary="Manage pools of Apache Airflow",
    description=("Creates, changes and deletes pools.", "V(default_pool) can be resized, but is never deleted."),
    protected={"default_pool": "tasks without a pool run in it"},
    unreachable=UNREACHABLE,
    faults=_faults,
    examples="""
- name: Allow four loads at a time
  dataops.airflow.airflow_pool:
    airflow_url: https://airflow.example.com
    airflow_username: ansible
    airflow_password: "{{ airflow_password }}"
    name: etl
    slots: 4
    description: Loads into the warehouse

- name: Resize the default pool
  dataops.airflow.airflow_pool:
    name: default_pool
    slots: 64
  environment:
    AIRFLOW_URL: https://airflow.example.com
    AIRFLOW_TOKEN: "{{ airflow_token }}"

- name: Delete a pool
  dataops.airflow.airflow_pool:
    name: etl
    state: absent
""",
)
