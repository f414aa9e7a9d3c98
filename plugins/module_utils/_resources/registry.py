# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that makes a module. Resources stand in the order in which they depend on each other."""

from __future__ import annotations

from .._core.spec import Endpoint, Resource
from .pool import POOL, POOL_INFO
from .server import HEALTH_INFO, VERSION_INFO
from .variable import VARIABLE, VARIABLE_INFO

RESOURCES: tuple[Resource, ...] = (POOL, VARIABLE)
ENDPOINTS: tuple[Endpoint, ...] = (POOL_INFO, VARIABLE_INFO, VERSION_INFO, HEALTH_INFO)
