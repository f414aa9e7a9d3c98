# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that makes a module. Resources are in the order of their dependencies."""

from __future__ import annotations

from .._core.listing import Endpoint
from .._core.spec import Operation, Resource
from .admin_info import CONFIG_INFO, EVENT_LOG_INFO, IMPORT_ERROR_INFO, JOB_INFO, PLUGIN_INFO, PROVIDER_INFO
from .asset_event import ASSET_EVENT
from .asset_info import ASSET_ALIAS_INFO, ASSET_EVENT_INFO, ASSET_INFO, ASSET_STATE_INFO, QUEUED_EVENT_INFO
from .backfill import BACKFILL
from .connection import CONNECTION
from .connection_info import CONNECTION_INFO
from .connection_test import CONNECTION_TEST
from .dag import DAG
from .dag_info import (
    DAG_INFO,
    DAG_SOURCE_INFO,
    DAG_STATS_INFO,
    DAG_TAG_INFO,
    DAG_VERSION_INFO,
    DAG_WARNING_INFO,
    TASK_INFO,
)
from .dag_parse import DAG_PARSE
from .dag_run import DAG_RUN
from .dag_run_info import BACKFILL_INFO, DAG_RUN_INFO
from .deployment import DEPLOYMENT
from .deployment_info import DEPLOYMENT_INFO
from .pool import POOL
from .pool_info import POOL_INFO
from .role import ROLE
from .role_info import PERMISSION_INFO, ROLE_INFO
from .server import HEALTH_INFO, VERSION_INFO
from .task_instance import TASK_INSTANCE
from .task_instance_info import (
    EXTRA_LINK_INFO,
    HITL_DETAIL_INFO,
    TASK_INSTANCE_INFO,
    TASK_LOG_INFO,
    TASK_STATE_INFO,
    XCOM_INFO,
)
from .user import USER
from .user_info import USER_INFO
from .variable import VARIABLE
from .variable_info import VARIABLE_INFO
from .xcom import XCOM

RESOURCES: tuple[Resource, ...] = (POOL, VARIABLE, CONNECTION, ROLE, USER, DAG, XCOM)
ENDPOINTS: tuple[Endpoint, ...] = (
    POOL_INFO,
    VARIABLE_INFO,
    CONNECTION_INFO,
    ROLE_INFO,
    PERMISSION_INFO,
    USER_INFO,
    VERSION_INFO,
    HEALTH_INFO,
    DAG_INFO,
    DAG_SOURCE_INFO,
    DAG_STATS_INFO,
    DAG_TAG_INFO,
    DAG_VERSION_INFO,
    DAG_WARNING_INFO,
    TASK_INFO,
    DAG_RUN_INFO,
    BACKFILL_INFO,
    TASK_INSTANCE_INFO,
    TASK_LOG_INFO,
    TASK_STATE_INFO,
    EXTRA_LINK_INFO,
    XCOM_INFO,
    HITL_DETAIL_INFO,
    ASSET_INFO,
    ASSET_ALIAS_INFO,
    ASSET_EVENT_INFO,
    ASSET_STATE_INFO,
    QUEUED_EVENT_INFO,
    CONFIG_INFO,
    EVENT_LOG_INFO,
    IMPORT_ERROR_INFO,
    PLUGIN_INFO,
    PROVIDER_INFO,
    JOB_INFO,
    DEPLOYMENT_INFO,
)
OPERATIONS: tuple[Operation, ...] = (
    CONNECTION_TEST,
    DAG_RUN,
    TASK_INSTANCE,
    ASSET_EVENT,
    BACKFILL,
    DAG_PARSE,
    DEPLOYMENT,
)
