# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The known faults of Airflow and of its FAB provider: in which versions, what happens, and what helps.

Each was read in the source of the versions named, and those of the test matrix were seen on real servers. A new one is
one more entry here; what follows from it is in :mod:`.._engine.faults`.
"""

from __future__ import annotations

from ..._engine.faults import Fault, Means
from ..._model.api import FAB_PROVIDER
from ..._model.change import Action

WRITES = frozenset({Action.CREATE, Action.UPDATE})

OF_POOLS = (
    # Its answer wants a whole number of open slots, and there are infinitely many (source of 3.0.0 to 3.1.7, seen on
    # 3.0.6). If one was made in another way, every list of pools is a 500.
    Fault(
        "Airflow",
        "3.0.0",
        "3.1.8",
        WRITES,
        "cannot return a pool without a limit (slots=-1), so it answers 500 and stores nothing",
        "Give a number of slots that is never reached, or upgrade Airflow.",
        when=lambda change: "slots" in change.fields and change.desired["slots"] == -1,
    ),
)

OF_ROLES = (
    # It looks for the name by the object that it has found (source of 3.0.2 to 3.5.0).
    Fault(
        FAB_PROVIDER,
        "3.0.2",
        "3.6.0",
        frozenset({Action.DELETE}),
        "answers 500 to every deletion of a role",
        "Upgrade the provider, or delete the role in the web interface.",
        airflow=("3.0.0", "3.3.0"),
    ),
)

OF_USERS = tuple(
    # A user without roles is given that of AUTH_USER_REGISTRATION_ROLE, which is AUTH_ROLE_PUBLIC unless set. That has
    # no default from 1.4.0 on (Airflow 2.10), has "Public" again in 1.5.4, and none from 2.0.0 on (Airflow 3), where
    # 3.2.0 says so.
    Fault(
        FAB_PROVIDER,
        first,
        fixed,
        frozenset({Action.CREATE}),
        "creates no user without roles unless AUTH_USER_REGISTRATION_ROLE names a role",
        "Create the user with a role, such as Public; a second task can take it away.",
        Means.EXPLAINED,
        when=lambda change: not change.desired.get("roles"),
        airflow=airflow,
    )
    for first, fixed, airflow in (
        ("1.4.0", "1.5.4", ("2.9.0", "3.0.0")),
        ("2.0.0", "3.2.0", ("3.0.0", "3.2.0")),
    )
)

OF_VARIABLES = (
    # Its PATCH deletes the variable, and stores a new one without a description (source of 2.3.0 to 2.5.2, seen on
    # 2.4.3). Before 2.4 it does not show the description.
    Fault(
        "Airflow",
        "2.3.0",
        "2.5.3",
        frozenset({Action.UPDATE}),
        "drops the description of a variable whose value is changed",
        "Enter it again in the web interface, or upgrade Airflow.",
        Means.WARNED,
        when=lambda change: bool((change.current or {}).get("description")),
    ),
)

OF_XCOMS = (
    # What the API has encoded is encoded again (source of 3.0.0 to 3.1.8).
    Fault(
        "Airflow",
        "3.0.0",
        "3.2.0",
        frozenset({Action.UPDATE}),
        "encodes the new value of an XCom as JSON twice, so that no task gets the value",
        "Clear the task instance, so that the task writes its XComs again, or upgrade Airflow.",
    ),
    # Source of 3.0.0 to 3.2.1; what a task itself returns is stored as it is.
    Fault(
        "Airflow",
        "3.0.0",
        "3.2.2",
        WRITES,
        "stores the JSON text of a value that comes through the API, and a task that pulls it gets that text",
        "The task has to decode it, with json.loads.",
        Means.WARNED,
    ),
    # Admin and Op could only read and delete XComs (source of 2.0.0 to 3.1.1).
    Fault(
        FAB_PROVIDER,
        "2.0.0",
        "3.1.2",
        WRITES,
        "gives no role the permission to write XComs, not even Admin",
        "Give a role of this user can_create and can_edit on XComs, for example with airflow_role.",
        Means.EXPLAINED,
        status=403,
        airflow=("3.0.0", "3.2.0"),
    ),
)
