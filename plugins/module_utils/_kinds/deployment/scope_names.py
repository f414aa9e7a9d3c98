# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where scopes keep what they know: all else leaves variables and connections of such names alone."""

from __future__ import annotations

SCOPES = "dataops.airflow.scope."
"""How the names begin."""
