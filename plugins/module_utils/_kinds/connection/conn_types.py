# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Types of connections: which there are, and which one was meant by another."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import TYPE_CHECKING

from ..._model.api import V2
from ..._model.errors import AirflowError
from ..._model.paths import join

if TYPE_CHECKING:
    from ..._http.client import Client

KNOWN = frozenset(
    re.findall(
        r"\S+",
        """
        adb_spark adls airbyte alibaba_cloud anthropic appflow apprise arangodb asana athena aws azure azure_ai_agents
        azure_analysis_services azure_batch azure_compute azure_container_instance azure_container_registry
        azure_container_volume azure_cosmos azure_data_explorer azure_data_factory azure_data_lake azure_fileshare
        azure_service_bus azure_synapse azure_synapse_pipeline cassandra chime cloudant cohere databricks datadog
        dataprep dbt_cloud dingding discord docker drill druid elasticsearch emr exasol facebook_social flink fs ftp
        gcp_looker gcpbigquery gcpcloudsql gcpcloudsqldb gcpspanner gcpssh generic git github google_ads
        google_cloud_platform gremlin grpc hdfs hive_cli hive_metastore hiveserver2 http iceberg imap impala influxdb
        informatica_edc jdbc jenkins jira jupyter_kernel kafka kubernetes kylin leveldb livy maxcompute mcp mongo
        msgraph mssql mysql neo4j odbc openai opensearch opsgenie oracle oss package_index pagerduty pagerduty_events
        pig_cli pinecone pinot pinot_admin postgres powerbi presto psrp pydanticai qdrant qubole redis redshift s3
        salesforce samba segment sendgrid sftp sharepoint slack slackwebhook smtp snowflake spark spark_connect
        spark_jdbc spark_sql sqlite sqoop ssh tableau tabular telegram teradata trino vault vertica wasb weaviate
        webhdfs winrm workday yandexcloud ydb zendesk
        """,
    )
)
"""Types of the providers of Apache Airflow, by their documentation and provider.yaml, and of its default connections.

The state is that of Airflow 3.3, with what older providers had. Others may be installed, so Airflow 3 is asked for one
that is not here.
"""

UI = V2._replace(root="/ui")
"""The API of Airflow 3's web interface, which knows what is installed. Airflow 2 has none."""


def warn_of_type(client: Client, conn_type: str, title: str) -> list[str]:
    """What the user should know of a connection's type; empty if there is one that is called so, or nothing like it.

    :param title: what to call the connection.
    """
    meant = nearest(conn_type)
    if conn_type in KNOWN or not meant or conn_type in client.once("conn_types", lambda: _installed(client)):
        return []
    return [
        f"conn_type {conn_type!r} of {title} is none that a provider of Apache Airflow has; "
        f"did you mean {' or '.join(meant)}?"
    ]


def nearest(conn_type: str) -> list[str]:
    """The types that may be meant, the likeliest first."""
    plain = conn_type.strip().lower().replace("-", "_").replace(" ", "_")
    plain = "postgres" if plain == "postgresql" else plain
    return [plain] if plain in KNOWN else get_close_matches(plain, sorted(KNOWN), 3, 0.75)


def _installed(client: Client) -> list[str]:
    """The types of the installed providers, as far as the server says them for one request."""
    if client.server.api.name == "v1":
        return []
    try:
        answer = client.call("GET", join("connections", "hook_meta"), api=UI)
    except AirflowError:
        return []
    rows = answer if isinstance(answer, list) else []
    return [str(row["connection_type"]) for row in rows if isinstance(row, dict) and "connection_type" in row]
