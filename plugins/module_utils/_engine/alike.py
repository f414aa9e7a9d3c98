# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names that MySQL does not distinguish, with the collation that Airflow's documentation has, utf8mb4_unicode_ci."""

from __future__ import annotations

import unicodedata
from typing import Iterable


def alike(names: Iterable[str], present: Iterable[str]) -> list[str]:
    """The names that may be those of objects which a list shows with another name.

    Reading them singly shows it. Writing them would be worse: the POST of a variable of Airflow 2 deletes the other one
    (2.11.2, MariaDB 10.11).
    """
    known = {_folded(name) for name in present}
    return [name for name in names if _folded(name) in known]


def _folded(name: str) -> str:
    """A name without case, accents, and blanks at its end."""
    letters = unicodedata.normalize("NFD", name.rstrip().casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))
