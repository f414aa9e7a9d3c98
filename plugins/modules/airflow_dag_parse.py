#!/usr/bin/python
# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Written by tools/generate.py from plugins/module_utils/_kinds: change it there.

from __future__ import annotations

DOCUMENTATION = r"""
module: airflow_dag_parse
short_description: Wait until Apache Airflow has parsed DAG files
version_added: 0.1.0
description:
  - 'Asks Airflow to parse files that have just been changed, and waits until it has parsed what they
    are now: a parse that had begun before does not count. Fails if a file cannot be imported.'
  - 'Run it when the files are in place: what was parsed before it starts does not count. Parsing is asked
    for from Airflow 2.10 on; before, and for new files, Airflow''s own schedule is waited for.'
  - Never reports a change.
author:
  - dataops.airflow contributors (@dataops)
extends_documentation_fragment:
  - dataops.airflow.connection
  - dataops.airflow.attributes
  - dataops.airflow.attributes.action
options:
  folder:
    description:
      - 'Path of the folder in which the files are, as Airflow''s DAG processor sees it: the DAGs folder
        or a folder in it.'
    type: str
    required: true
  files:
    description:
      - Paths below O(folder) of new or changed files that define DAGs. Each of them has to show DAGs
        or an import error.
    type: list
    elements: str
    default: []
  other_files:
    description:
      - 'Paths of files that are waited for only if Airflow knows DAGs or an import error of them: they
        may be modules for others, or have not changed themselves but import what has.'
    type: list
    elements: str
    default: []
  checksums:
    description:
      - SHA-256 of each file, as M(dataops.airflow.airflow_dag_files) returns them. A parse counts only
        if the source that Airflow has is this one, which is of use where Airflow reads a copy of the
        folder, or one that lags behind. Ignored if the user may not read sources.
    type: dict
    default: {}
  wait:
    description:
      - 'Wait until the files have been parsed. V(false) only looks whether Airflow has import errors
        of them now, in check mode as well: for files that have not changed.'
    type: bool
    default: true
  parsers:
    description:
      - How many DAG processors (or schedulers without one) parse this folder. Each may be at work on
        the former version of a file when it is replaced.
    type: int
    default: 1
  former_age:
    description:
      - Seconds since a former version was put in place, as M(dataops.airflow.airflow_dag_files) returns
        it. If it is less than twice O(min_update_interval), Airflow may not store a changed structure
        of a DAG yet; then a parse counts only that much later.
    type: int
  min_update_interval:
    description:
      - 'Airflow''s C([core] min_serialized_dag_update_interval): Airflow stores the structure of a DAG,
        its tasks and its schedule, at most every so many seconds. V(0) if only the code of tasks has
        changed, which each task reads again.'
    type: int
    default: 30
  wait_timeout:
    description:
      - Maximum number of seconds to wait. Airflow looks for new files every 300 seconds by default; files
        that it knows are parsed within seconds.
    type: int
    default: 600
"""

EXAMPLES = r"""
- name: Put the DAGs in place
  dataops.airflow.airflow_dag_files:
    source: /srv/checkouts/etl/dags
    dest: /opt/airflow/dags
  register: placed

- name: Wait until Airflow has parsed them
  dataops.airflow.airflow_dag_parse:
    airflow_url: https://airflow.example.com
    airflow_username: ansible
    airflow_password: "{{ airflow_password }}"
    folder: /opt/airflow/dags
    files: "{{ placed.dag_files }}"
    other_files: "{{ placed.other_files }}"
    checksums: "{{ placed.checksums }}"
    former_age: "{{ placed.former_age | default(omit) }}"
  delegate_to: localhost
  when: placed is changed
"""

RETURN = r"""
dags:
  description:
    - IDs of the DAGs that were found, by file. Empty if nothing was waited for, as in check mode.
  returned: success
  type: dict
  sample:
    orders/daily.py:
      - orders_daily
import_errors:
  description:
    - 'Files that Airflow could not import, on failure: C(file), C(line) (in that file; none if the traceback
      does not name it), C(message) (the last line of the traceback) and C(stack_trace).'
  returned: success
  type: list
  elements: dict
  sample: []
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
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.dag_files.dag_parse import DAG_PARSE


def main() -> None:
    run(DAG_PARSE)


if __name__ == "__main__":
    main()
