#!/usr/bin/python
# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Written by tools/generate.py from plugins/module_utils/_resources: change it there.

from __future__ import annotations

DOCUMENTATION = r"""
module: airflow_dag
short_description: Pause, unpause and delete DAGs of Apache Airflow
version_added: 0.1.0
description:
  - Pauses and unpauses a DAG, and waits until it exists. Creating a DAG is Airflow's work, from a file.
  - O(state=absent) deletes all that Airflow knows about a DAG, its runs included. As long as its file exists it
    comes back without its history.
author:
  - dataops.airflow contributors (@dataops)
extends_documentation_fragment:
  - dataops.airflow.connection
  - dataops.airflow.attributes
  - dataops.airflow.attributes.resource
options:
  dag_id:
    description:
      - ID of the DAG.
    type: str
    required: true
  paused:
    description:
      - 'Whether the DAG is paused: no run of it is scheduled, and none that was triggered starts.'
    type: bool
  wait_timeout:
    description:
      - 'Seconds to wait for a DAG that does not exist yet: a DAG exists once Airflow has parsed its file.'
      - In check mode as well.
    type: int
    default: 0
  state:
    description:
      - Whether the object has to exist with the given options, or must not exist.
    type: str
    choices:
      - present
      - absent
    default: present
"""

EXAMPLES = r"""
- name: Let a DAG run
  dataops.airflow.airflow_dag:
    airflow_url: https://airflow.example.com
    airflow_username: ansible
    airflow_password: "{{ airflow_password }}"
    dag_id: etl
    paused: false

- name: Wait until Airflow has found a new DAG
  dataops.airflow.airflow_dag:
    dag_id: etl
    wait_timeout: 120

- name: Forget a DAG whose file is gone
  dataops.airflow.airflow_dag:
    dag_id: old_etl
    state: absent
"""

RETURN = r"""
dag:
  description:
    - The dag after the change, or as it would be in check mode. Empty if there is none.
  returned: success
  type: dict
  contains:
    dag_id:
      description:
        - ID of the DAG.
      returned: if the server tells
      type: str
      sample: etl
    paused:
      description:
        - 'Whether the DAG is paused: no run of it is scheduled, and none that was triggered starts.'
      returned: if the server tells
      type: bool
      sample: false
    is_stale:
      description:
        - Whether its file no longer defines the DAG.
      returned: if the server tells
      type: bool
      sample: false
    fileloc:
      description:
        - Path of the file that defines the DAG, on the server.
      returned: if the server tells
      type: str
    last_parsed_time:
      description:
        - When Airflow has last parsed the file.
      returned: if the server tells
      type: str
    has_import_errors:
      description:
        - Whether the file cannot be imported.
      returned: if the server tells
      type: bool
      sample: false
    description:
      description:
        - What the DAG says of itself.
      returned: if the server tells
      type: str
    timetable_summary:
      description:
        - Its schedule; none if it only runs when triggered.
      returned: if the server tells
      type: str
      sample: 0 0 * * *
    owners:
      description:
        - Its owners.
      returned: if the server tells
      type: list
      elements: str
      sample:
        - airflow
    tags:
      description:
        - Its tags.
      returned: if the server tells
      type: list
      elements: dict
      sample:
        - name: orders
action:
  description:
    - What was done, or would be done in check mode.
  returned: success
  type: str
  sample: create
unverified:
  description:
    - Options whose values the server hides, so that they could not be compared.
  returned: success
  type: list
  elements: str
  sample: []
diff:
  description:
    - The object's given options C(before) and C(after), with secrets hidden.
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
    - HTTP status of the answer.
  returned: when the server answered with an error
  type: int
  sample: 403
detail:
  description:
    - The server's own explanation.
  returned: when the server gave one
  type: str
  sample: Forbidden
requests:
  description:
    - 'The requests that were sent, in order: method, URL, status and milliseconds. Never headers or bodies.'
  returned: with C(-vvv)
  type: list
  elements: dict
"""

from ansible_collections.dataops.airflow.plugins.module_utils._core.run import run
from ansible_collections.dataops.airflow.plugins.module_utils._resources.dag import DAG


def main() -> None:
    run(DAG)


if __name__ == "__main__":
    main()
