#!/usr/bin/python
# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Written by tools/generate.py from plugins/module_utils/_kinds: change it there.

from __future__ import annotations

DOCUMENTATION = r"""
module: airflow_connection_info
short_description: List connections of Apache Airflow
version_added: 0.1.0
description:
  - Returns connections, without their secrets.
  - Airflow 2 leaves C(extra) out of its list, so there each connection takes a request of its own.
author:
  - dataops.airflow contributors (@dataops)
extends_documentation_fragment:
  - dataops.airflow.connection
  - dataops.airflow.attributes
  - dataops.airflow.attributes.info
options:
  connection_id:
    description:
      - ID of the one connection to return.
      - If it does not exist, the returned list is empty.
    type: str
  connection_id_pattern:
    description:
      - Return connections whose ID contains this text. Not case-sensitive; V(%) and V(_) are wildcards.
        Needs Airflow 3.
    type: str
  connection_id_prefix_pattern:
    description:
      - Return connections whose ID begins with this text. Needs Airflow 3.2.2.
    type: str
  order_by:
    description:
      - Fields to sort by, by the API's names; a leading V(-) sorts in descending order.
      - Airflow 2 takes one field only. The default is a stable order.
    type: list
    elements: str
  limit:
    description:
      - Maximum number of objects to return. By default all of them, over as many pages as necessary.
    type: int
  offset:
    description:
      - Number of objects to skip.
    type: int
    default: 0
"""

EXAMPLES = r"""
- name: Read all connections
  dataops.airflow.airflow_connection_info:
    airflow_url: https://airflow.example.com
    airflow_username: auditor
    airflow_password: "{{ airflow_password }}"
  register: found

- name: List the connections without TLS
  ansible.builtin.debug:
    msg: "{{ found.connections | rejectattr('extra.sslmode', 'defined') | map(attribute='connection_id') }}"

- name: Read one connection
  dataops.airflow.airflow_connection_info:
    connection_id: warehouse
"""

RETURN = r"""
connections:
  description:
    - The objects that were found; empty if there are none.
    - See also M(dataops.airflow.airflow_connection).
  returned: success
  type: list
  elements: dict
  contains:
    connection_id:
      description:
        - ID of the connection.
      returned: when Airflow returns it
      type: str
      sample: warehouse
    conn_type:
      description:
        - Type of the connection.
      returned: when Airflow returns it
      type: str
      sample: postgres
    description:
      description:
        - Description of the connection.
      returned: when Airflow returns it
      type: str
      sample: The warehouse, read only
    host:
      description:
        - Host name or address.
      returned: when Airflow returns it
      type: str
      sample: db.example.com
    login:
      description:
        - User name on the other system.
      returned: when Airflow returns it
      type: str
      sample: etl
    password:
      description:
        - Placeholder if a password is set; never the password itself.
      returned: when Airflow returns it
      type: str
    schema:
      description:
        - Schema or database name.
      returned: when Airflow returns it
      type: str
      sample: mart
    port:
      description:
        - Port number.
      returned: when Airflow returns it
      type: raw
      sample: 5432
    extra:
      description:
        - Further settings, with secrets hidden; text if it is not a JSON object.
      returned: when Airflow returns it
      type: raw
      sample:
        sslmode: require
    team_name:
      description:
        - Team that the object belongs to.
      returned: when Airflow returns it (Airflow 3.2.0 or later)
      type: str
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
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.connection.connection_info import CONNECTION_INFO


def main() -> None:
    run(CONNECTION_INFO)


if __name__ == "__main__":
    main()
