# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Points in time: as users write them, and as Airflow does."""

from __future__ import annotations

import re
from datetime import datetime, timezone
from typing import Any

from .api import Api
from .compare import Verdict

ISO_8601 = re.compile(
    r"(?P<date>\d{4}-\d\d-\d\d)"
    r"(?:[T ](?P<time>\d\d:\d\d)(?::(?P<second>\d\d)(?:[.,](?P<fraction>\d{1,9}))?)?"
    r"\s?(?:(?P<utc>[Zz])|(?P<sign>[+-])(?P<hours>\d\d):?(?P<minutes>\d\d)?)?)?"
)


def parse(text: str) -> datetime:
    """A date, or date and time, of ISO 8601; without an offset it is UTC, as in Airflow's own interface.

    :raises ValueError: with what it has to be.
    """
    found = ISO_8601.fullmatch(text.strip())
    try:
        if not found:
            raise ValueError
        part = found.groupdict(default="")
        offset = f"{part['sign']}{part['hours']}:{part['minutes'] or '00'}" if part["sign"] else "+00:00"
        time = part["time"] or "00:00"
        fraction = part["fraction"][:6].ljust(6, "0")
        return datetime.fromisoformat(f"{part['date']}T{time}:{part['second'] or '00'}.{fraction}{offset}")
    except ValueError:
        raise ValueError("a date and time of ISO 8601, such as 2026-11-23T07:00:00Z") from None


def moment(text: str) -> str:
    """The way in which points in time are sent and compared: ISO 8601, in UTC.

    :raises ValueError: with what it has to be.
    """
    return parse(text).astimezone(timezone.utc).isoformat()


def same_moment(desired: str, shown: Any, api: Api) -> Verdict:
    """Compare points in time, however they are written."""
    same = isinstance(shown, str) and parse(desired) == parse(shown)
    return Verdict.EQUAL if same else Verdict.DIFFERENT
