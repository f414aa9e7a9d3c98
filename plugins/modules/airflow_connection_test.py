#!/usr/bin/python
# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Written by tools/generate.py from plugins/module_utils/_kinds: change it there.

from __future__ import annotations

DOCUMENTATION = r"""
module: airflow_connection_test
short_description: Test a connection from Apache Airflow
version_added: 0.1.0
description:
  - Tests a connection, stored or not, from Airflow's web server (Airflow 2) or API server (Airflow 3).
  - 'Nothing is stored. The task does not fail if the connection does not work: see RV(status).'
  - Needs C([core] test_connection = Enabled) in Airflow's configuration, and the connection type's provider.
author:
  - dataops.airflow contributors (@dataops)
extends_documentation_fragment:
  - dataops.airflow.connection
  - dataops.airflow.attributes
  - dataops.airflow.attributes.info
options:
  connection_id:
    description:
      - ID of an existing connection. Other options override its values for the test; nothing is stored.
        A different host or port needs O(password) as well.
      - Airflow before 3.2 tests only the values in the request, so the hidden parts must be given as
        well.
      - Without it, the given parts are tested.
    type: str
  conn_type:
    description:
      - Conn type of the connection to test.
    type: str
  description:
    description:
      - Description of the connection to test.
    type: str
  host:
    description:
      - Host of the connection to test.
    type: str
  login:
    description:
      - Login of the connection to test.
    type: str
  password:
    description:
      - Password of the connection to test.
    type: str
  schema:
    description:
      - Schema of the connection to test.
    type: str
  port:
    description:
      - Port of the connection to test.
    type: raw
  extra:
    description:
      - Extra of the connection to test.
    type: raw
  team_name:
    description:
      - Team name of the connection to test.
    type: str
  uri:
    description:
      - The whole connection as a URI, as in M(dataops.airflow.airflow_connection).
    type: str
"""

EXAMPLES = r"""
- name: Check that Airflow reaches the warehouse
  dataops.airflow.airflow_connection_test:
    airflow_url: https://airflow.example.com
    airflow_username: ansible
    airflow_password: "{{ airflow_password }}"
    connection_id: warehouse
  register: tested
  failed_when: not (tested.status | default(false))

- name: Test parts before they are stored
  dataops.airflow.airflow_connection_test:
    conn_type: http
    host: https://api.example.com
"""

RETURN = r"""
status:
  description:
    - Whether the connection works.
  returned: success
  type: bool
  sample: true
message:
  description:
    - Message from the hook of the connection.
  returned: success
  type: str
  sample: Connection successfully tested
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
http_status:
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
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.connection.connection_test import CONNECTION_TEST


def main() -> None:
    run(CONNECTION_TEST)


if __name__ == "__main__":
    main()
