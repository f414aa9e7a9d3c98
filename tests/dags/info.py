# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""DAGs that have what the info modules tell: warnings, links, aliases, questions. For Airflow 2 and 3."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta

try:
    from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
    from airflow.sdk import Asset, AssetAlias, dag, task
except ImportError:
    from airflow.decorators import dag, task
    from airflow.operators.trigger_dagrun import TriggerDagRunOperator

    Asset = AssetAlias = None
    with suppress(ImportError):
        # Airflow 2.4, and with aliases 2.10
        from airflow.datasets import Dataset as Asset
        from airflow.datasets import DatasetAlias as AssetAlias

ApprovalOperator = None
with suppress(Exception):
    # Airflow 3.1; before, the provider raises an error of its own.
    from airflow.providers.standard.operators.hitl import ApprovalOperator

NEVER = {"schedule" if Asset else "schedule_interval": None}
ALWAYS = {"start_date": datetime(2026, 1, 1), "catchup": False, "is_paused_upon_creation": False}


@dag(
    dag_id="test_info",
    tags=["test-info"],
    params={"day": 3, "api_key": "not-for-you"},
    dagrun_timeout=timedelta(hours=1, minutes=30),
    doc_md="About this DAG",
    # Airflow 3 warns of what changes with the time, without looking at what becomes of it.
    description=f"{datetime.now()!s:.0}",
    **NEVER,
    **ALWAYS,
)
def info():
    @task(pool="test_info_no_such_pool")
    def waits():
        print("never")

    @task(outlets=[AssetAlias("test-info-alias")] if AssetAlias else [])
    def aliased():
        print("aliased")

    waits() >> aliased()


@dag(dag_id="test_info_links", **NEVER, **ALWAYS)
def links():
    TriggerDagRunOperator(task_id="trigger", trigger_dag_id="test_info_asks", conf={})


def two_assets():
    @dag(dag_id="test_info_two_assets", schedule=[Asset("s3://test/left"), Asset("s3://test/right")], **ALWAYS)
    def two_assets():
        @task
        def consume():
            print("consumed")

        consume()

    two_assets()


@dag(dag_id="test_info_asks", **NEVER, **ALWAYS)
def asks():
    if ApprovalOperator:
        ApprovalOperator(task_id="approve", subject="Release to production?")

    @task
    def retried():
        raise RuntimeError("always")

    retried.override(retries=1, retry_delay=timedelta(seconds=0))()


# Airflow 2.3 only sees the DAGs that are variables of the file.
for make in (info, links, asks, *([two_assets] if Asset else [])):
    globals()[f"made_{make.__name__}"] = make()
