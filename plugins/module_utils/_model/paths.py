# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Paths of the API, whose parts are quoted."""

from __future__ import annotations

from typing import Any, Mapping, NewType
from urllib.parse import quote

Path = NewType("Path", str)
"""A path below the API's root, quoted: only the functions here make one."""


def join(*segments: str) -> Path:
    """A path from its parts, each of them quoted whole: a name may hold anything, slashes included."""
    return Path("".join("/" + _quote(segment) for segment in segments))


def below(path: Path, *segments: str) -> Path:
    """A path that continues another one."""
    return Path(path + join(*segments))


def above(path: Path) -> Path:
    """A path without its last part."""
    return Path(path.rpartition("/")[0])


def fill(template: str, options: Mapping[str, Any]) -> Path:
    """A path from a template such as ``dags/{dag_id}/dagRuns``."""
    return join(*(part.format_map(options) for part in template.split("/")))


def _quote(segment: str) -> str:
    """Quote one part of a path. ``.`` and ``..`` are names here, not directions."""
    return segment.replace(".", "%2E") if set(segment) == {"."} else quote(segment, safe="")
