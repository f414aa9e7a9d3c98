# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""DAGs for the tests: they succeed, fail, take their time, and have what is odd about DAGs. For Airflow 2 and 3."""

from __future__ import annotations

import time
from datetime import datetime

try:
    from airflow.sdk import Asset, dag, task, task_group
except ImportError:
    from airflow.decorators import dag, task, task_group

    try:
        from airflow.datasets import Dataset as Asset
    except ImportError:
        # Airflow 2.3, which also calls the schedule otherwise.
        Asset = None

SCHEDULE = "schedule" if Asset else "schedule_interval"
NEVER = {SCHEDULE: None}
ALWAYS = {"start_date": datetime(2026, 1, 1), "catchup": False, "is_paused_upon_creation": False}


@dag(dag_id="test_succeeds", tags=["test", "quick"], description="Succeeds", **NEVER, **ALWAYS)
def succeeds():
    @task
    def extract(dag_run=None):
        print(f"conf is {dag_run.conf!r}")
        return {"rows": 3, "name": "orders"}

    @task
    def load(rows):
        print(f"loaded {rows}")

    load(extract())


@dag(dag_id="test_fails", tags=["test"], **NEVER, **ALWAYS)
def fails():
    @task
    def good():
        print("all is well")

    @task
    def broken():
        print("about to break")
        raise ValueError("no such table: orders")

    @task
    def after():
        print("never")

    good() >> broken() >> after()


@dag(dag_id="test_slow", params={"seconds": 20}, **NEVER, **ALWAYS)
def slow():
    @task
    def first():
        print("ready")

    @task
    def sleep(params=None):
        time.sleep(params["seconds"])

    first() >> sleep()


@dag(dag_id="test_mapped", params={"fail": [1]}, **NEVER, **ALWAYS)
def mapped():
    @task
    def load(part, params=None):
        print(f"part {part}")
        if part in params["fail"]:
            raise RuntimeError(f"part {part} is broken")

    @task
    def done():
        print("done")

    load.expand(part=[0, 1, 2]) >> done()


@dag(dag_id="test.odd-id_\u00fc", **NEVER, **ALWAYS)
def odd():
    @task_group(group_id="group-1")
    def group():
        @task(task_id="task.with-dots")
        def dotted():
            return "\u00fc"

        dotted()

    group()


def on_asset():
    @dag(dag_id="test_on_asset", schedule=[Asset("s3://test/orders")], **ALWAYS)
    def on_asset():
        @task
        def consume():
            print("consumed")

        consume()

    on_asset()


@dag(dag_id="test_paused", **NEVER, start_date=datetime(2026, 1, 1), is_paused_upon_creation=True)
def paused():
    @task
    def never():
        print("never")

    @task
    def after():
        print("after")

    never() >> after()


@dag(
    dag_id="test_daily",
    start_date=datetime(2026, 1, 1),
    catchup=False,
    is_paused_upon_creation=True,
    **{SCHEDULE: "@daily"},
)
def daily():
    @task
    def load(logical_date=None):
        print(f"day {logical_date}")

    load()


# Airflow 2.3 only sees the DAGs that are variables of the file.
for make in (succeeds, fails, slow, mapped, odd, paused, daily, *([on_asset] if Asset else [])):
    globals()[f"made_{make.__name__}"] = make()
