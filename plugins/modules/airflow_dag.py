#!/usr/bin/python
# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Written by tools/generate.py from plugins/module_utils/_kinds: change it there.

from __future__ import annotations

DOCUMENTATION = r"""
module: airflow_dag
short_description: Pause, unpause and delete DAGs of Apache Airflow
version_added: 0.1.0
description:
  - Pauses and unpauses a DAG, and waits until it exists. Airflow itself creates DAGs, from files.
  - O(state=absent) deletes everything that Airflow has stored about a DAG, including its runs. If its
    file still exists, Airflow creates the DAG again, without its history.
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
      - 'Whether the DAG is paused: no run is scheduled, and triggered runs do not start.'
    type: bool
  wait_timeout:
    description:
      - 'Seconds to wait for a DAG that does not exist yet: a DAG exists once Airflow has parsed its file.'
      - In check mode as well.
    type: int
    default: 0
  state:
    description:
      - Whether the object must exist with the given options, or must not exist.
    type: str
    choices:
      - present
      - absent
    default: present
"""

EXAMPLES = r"""
- name: Unpause a DAG
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

- name: Delete a DAG whose file is gone
  dataops.airflow.airflow_dag:
    dag_id: old_etl
    state: absent
"""

RETURN = r"""
dag:
  description:
    - The dag after the change, or as it would be in check mode. Empty if it does not exist.
  returned: success
  type: dict
  contains:
    dag_id:
      description:
        - ID of the DAG.
      returned: when Airflow returns it
      type: str
      sample: etl
    paused:
      description:
        - Whether the DAG is paused.
      returned: when Airflow returns it
      type: bool
      sample: false
    is_stale:
      description:
        - Whether its file no longer defines the DAG.
      returned: when Airflow returns it
      type: bool
      sample: false
    fileloc:
      description:
        - Path on the server of the file that defines the DAG.
      returned: when Airflow returns it
      type: str
    last_parsed_time:
      description:
        - When Airflow last parsed the file.
      returned: when Airflow returns it
      type: str
    has_import_errors:
      description:
        - Whether the file has import errors.
      returned: when Airflow returns it
      type: bool
      sample: false
    description:
      description:
        - Description of the DAG.
      returned: when Airflow returns it
      type: str
    timetable_summary:
      description:
        - Its schedule; none if it only runs when triggered.
      returned: when Airflow returns it
      type: str
      sample: 0 0 * * *
    owners:
      description:
        - Owners of the DAG.
      returned: when Airflow returns it
      type: list
      elements: str
      sample:
        - airflow
    tags:
      description:
        - Tags of the DAG.
      returned: when Airflow returns it
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
    - Options that could not be compared because the server hides their values.
  returned: success
  type: list
  elements: str
  sample: []
diff:
  description:
    - The options that were given, C(before) and C(after) the change, with secrets hidden.
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
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.dag.dag import DAG


def main() -> None:
    run(DAG)


if __name__ == "__main__":
    main()
