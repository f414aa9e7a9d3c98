# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be done with one object."""

from __future__ import annotations

import enum


class Action(enum.Enum):
    """What a plan does with one object."""

    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    """Delete it and create it again, as Airflow cannot update it so."""
    DELETE = "delete"
    NONE = "none"

    @property
    def reported(self) -> str:
        """What results call it: a replacement is an update for whoever reads them."""
        return str((Action.UPDATE if self is Action.REPLACE else self).value)
