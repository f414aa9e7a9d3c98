# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The checksum by which two versions of a DAG file are distinguished."""

from __future__ import annotations

import hashlib


def checksum(content: bytes) -> str:
    """SHA-256 of a source file as Airflow stores it: its text, with one kind of line ends."""
    return hashlib.sha256(content.replace(b"\r\n", b"\n")).hexdigest()
