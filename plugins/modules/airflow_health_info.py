#!/usr/bin/python
# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Written by tools/generate.py from plugins/module_utils/_kinds: change it there.

from __future__ import annotations

DOCUMENTATION = r"""
module: airflow_health_info
short_description: Get the health of Apache Airflow
version_added: 0.1.0
description:
  - Returns the health of Airflow's components.
  - Needs no credentials, and does not fail if a component is down.
author:
  - dataops.airflow contributors (@dataops)
extends_documentation_fragment:
  - dataops.airflow.connection
  - dataops.airflow.attributes
  - dataops.airflow.attributes.info
"""

EXAMPLES = r"""
- name: Wait until Airflow is healthy
  dataops.airflow.airflow_health_info:
    airflow_url: https://airflow.example.com
  register: airflow
  until: airflow is succeeded and airflow.healthy
  retries: 30
  delay: 2
"""

RETURN = r"""
health:
  description:
    - 'The status of each component and its latest heartbeat, by the component''s name: C(metadatabase),
      C(scheduler), C(triggerer), C(dag_processor).'
  returned: success
  type: dict
  sample:
    metadatabase:
      status: healthy
    scheduler:
      status: healthy
healthy:
  description:
    - Whether the metadata database and the scheduler are healthy, and the triggerer and the DAG processor
      where they have ever run.
  returned: success
  type: bool
  sample: true
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
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.server.health_info import HEALTH_INFO


def main() -> None:
    run(HEALTH_INFO)


if __name__ == "__main__":
    main()
