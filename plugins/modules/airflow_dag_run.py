#!/usr/bin/python
# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Written by tools/generate.py from plugins/module_utils/_kinds: change it there.

from __future__ import annotations

DOCUMENTATION = r"""
module: airflow_dag_run
short_description: Trigger and wait for DAG runs of Apache Airflow, clear, mark and delete them
version_added: 0.1.0
description:
  - Without O(dag_run_id) and O(logical_date) every call triggers a run. With one of them a run that exists
    is left alone, also if somebody else triggers it at the same time.
  - A DAG that does not exist, has an import error, or is paused while O(wait=true), is an error at once.
  - While waiting, the progress of the run is shown on a terminal, if the module runs on the controller.
author:
  - dataops.airflow contributors (@dataops)
extends_documentation_fragment:
  - dataops.airflow.connection
  - dataops.airflow.attributes
  - dataops.airflow.attributes.action
options:
  dag_id:
    description:
      - ID of the DAG.
    type: str
    required: true
  dag_run_id:
    description:
      - ID of the run. Without it and without O(logical_date) every call triggers a new run.
      - 'With it, an existing run is used as it is: see O(state).'
    type: str
  logical_date:
    description:
      - Logical date of the run. It names a run as O(dag_run_id) does.
      - ISO 8601; without an offset it is UTC.
    type: str
  data_interval_start:
    description:
      - Start of the data interval of a new run; needs O(data_interval_end).
      - ISO 8601; without an offset it is UTC.
    type: str
  data_interval_end:
    description:
      - End of the data interval of a new run; needs O(logical_date).
      - ISO 8601; without an offset it is UTC.
    type: str
  conf:
    description:
      - Configuration of a new run. Values keep their types.
      - An existing run with a different configuration is an error, as Airflow cannot change it.
      - A value is not shown if its key sounds like a secret.
    type: dict
  note:
    description:
      - Note of the run; empty text clears it. Needs Airflow 2.5.
    type: str
  state:
    description:
      - V(present) triggers the run, or leaves it alone if it exists.
      - V(cleared) runs all tasks of an existing run again, each time. Needs Airflow 2.4.
      - V(success) and V(failed) mark it, and its running tasks.
      - V(queued) puts it back into the queue; tasks that are over stay so, and with none left the run
        is over again. Needs Airflow 2.4.
      - V(absent) deletes the run. Airflow 3.2 and later refuse that while it is running; Airflow 2 can
        write a run back whose task begins in the same moment, so it is looked for once more and deleted
        again.
    type: str
    choices:
      - present
      - absent
      - cleared
      - queued
      - success
      - failed
    default: present
  wait:
    description:
      - Whether to wait until the run has finished, and to fail if it failed. This includes existing runs.
      - Check mode never waits; an existing run that failed is an error there too.
    type: bool
    default: false
  wait_timeout:
    description:
      - Maximum number of seconds to wait. The run itself continues after that.
    type: int
    default: 600
  poll_interval:
    description:
      - Maximum number of seconds between two polls of the run; the first polls come sooner.
    type: float
    default: 5.0
  log_lines:
    description:
      - Number of log lines to return for each failed task.
    type: int
    default: 20
"""

EXAMPLES = r"""
- name: Run a DAG and wait for its end
  dataops.airflow.airflow_dag_run:
    airflow_url: https://airflow.example.com
    airflow_username: ansible
    airflow_password: "{{ airflow_password }}"
    dag_id: etl
    conf:
      day: 3
    wait: true

- name: Run it once for a release, however often this playbook runs
  dataops.airflow.airflow_dag_run:
    dag_id: etl
    dag_run_id: release-{{ version }}
    wait: true
    wait_timeout: 3600

- name: Run it all again
  dataops.airflow.airflow_dag_run:
    dag_id: etl
    dag_run_id: release-{{ version }}
    state: cleared
    wait: true
"""

RETURN = r"""
action:
  description:
    - 'What was done: V(create), V(update), V(delete) or V(none).'
  returned: success
  type: str
  sample: create
dag_run:
  description:
    - The run after the task, or as it would be in check mode. Empty if it does not exist.
  returned: success
  type: dict
  sample:
    dag_id: etl
    dag_run_id: manual__2026-11-23T07:00:00+00:00
    state: success
failed_tasks:
  description:
    - 'The failed task instances of a run that was waited for and failed: C(task_id), C(map_index) (-1
      if it is not mapped), C(try_number), C(state) and C(log), its last lines (of the first 20).'
  returned: success
  type: list
  elements: dict
diff:
  description:
    - What changes, as C(before) and C(after).
  returned: in diff mode
  type: dict
method:
  description:
    - Method of the HTTP request that failed.
  returned: when a request failed
  type: str
  sample: POST
url:
  description:
    - URL of the request that failed.
  returned: when a request failed
  type: str
  sample: https://airflow.example.com/api/v2/pools
status:
  description:
    - HTTP status of the response.
  returned: when the server responded with an error
  type: int
  sample: 403
detail:
  description:
    - The error message from the server.
  returned: when the server sent one
  type: str
  sample: Forbidden
requests:
  description:
    - 'The requests that were sent, in order: method, URL, status and milliseconds. Never headers or bodies.'
  returned: with C(-vvv)
  type: list
  elements: dict
"""

from ansible_collections.dataops.airflow.plugins.module_utils._main import run
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.dag_run.dag_run import DAG_RUN


def main() -> None:
    run(DAG_RUN)


if __name__ == "__main__":
    main()
