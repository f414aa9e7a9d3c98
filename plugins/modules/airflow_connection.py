#!/usr/bin/python
# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Written by tools/generate.py from plugins/module_utils/_kinds: change it there.

from __future__ import annotations

DOCUMENTATION = r"""
module: airflow_connection
short_description: Manage connections of Apache Airflow
version_added: 0.1.0
description:
  - Creates, changes and deletes connections.
  - 'Airflow hides passwords, and values in O(extra) whose keys sound like secrets. Hidden values cannot
    be compared: O(update_secrets) says what to do with them.'
  - Changing one field leaves the others as they are, including the hidden ones.
author:
  - dataops.airflow contributors (@dataops)
extends_documentation_fragment:
  - dataops.airflow.connection
  - dataops.airflow.attributes
  - dataops.airflow.attributes.resource
options:
  connection_id:
    description:
      - ID of the connection.
    type: str
    required: true
  conn_type:
    description:
      - Type of the connection, for example V(postgres) or V(http). Needed to create a connection.
    type: str
  description:
    description:
      - Description of the connection; empty text clears it.
    type: str
  host:
    description:
      - Host; empty text clears it.
    type: str
  login:
    description:
      - User name on the other system; empty text clears it.
    type: str
  password:
    description:
      - Password on the other system. Airflow never returns it; Airflow 3 returns whether one is set.
      - Empty text clears it. Airflow cannot clear the password of an existing connection, so the connection
        is deleted and created again with all its other fields. This is refused if a hidden part of C(extra)
        would be lost.
      - Airflow 2 does not return whether one is set. There it is cleared on every run, unless C(update_secrets)
        is V(on_create).
    type: str
  schema:
    description:
      - Schema, or name of the database; empty text clears it.
    type: str
  port:
    description:
      - Port, a number; empty text clears it.
    type: raw
  extra:
    description:
      - Further settings, as a dict or as the text of a JSON object; they replace all that is stored.
        Airflow 2 also accepts other text. An empty dict or text clears it.
      - Values are compared as JSON. Values that Airflow hides because of their keys cannot be compared.
      - 'Airflow can only replace it as a whole: if a visible value differs, the hidden ones are sent
        as well.'
    type: raw
  team_name:
    description:
      - 'Team that the object belongs to. Needs Airflow 3.2 in multi-team mode, which only Airflow itself
        can check: check mode cannot.'
    type: str
  uri:
    description:
      - The whole connection as a URI, in the form of the environment variables C(AIRFLOW_CONN_*), instead
        of its parts. Parts that it leaves out are cleared.
      - 'It is read as this version of Airflow reads it: percent-encoding, hosts with a scheme, query
        parameters as O(extra), and C(__extra__) for extra as JSON. Odd schemes and brackets are read
        differently by versions of Python, too.'
      - If the URI has no password and the server does not return whether one is set (Airflow 2), the
        password is left unchanged and listed in RV(unverified).
      - 'The JSON form of these variables is accepted as well, such as C({"conn_type": "http", "host":
        "h"}).'
    type: str
  stored_password:
    description:
      - What to do with a stored password if O(password) is not given, as in an export without passwords.
      - V(keep) leaves it unchanged and lists it in RV(unverified). V(clear) clears it if the server returns
        whether one is set (Airflow 3), as an empty O(password) does; on Airflow 2 the password is left
        unchanged and listed in RV(unverified).
    type: str
    choices:
      - keep
      - clear
  update_secrets:
    description:
      - What to do about a value that the server hides, so that it cannot be compared with the given one.
      - V(always) sends it on every run and reports a change; V(on_create) only sends it with a new object.
      - Values that the server returns are compared in either case. The options that could not be compared
        are listed in RV(unverified).
    type: str
    choices:
      - always
      - on_create
    default: always
  state:
    description:
      - Whether the object must exist with the given options, or must not exist.
    type: str
    choices:
      - present
      - absent
    default: present
attributes:
  idempotent:
    support: partial
    details: A value that the server hides is sent each time, unless O(update_secrets=on_create).
"""

EXAMPLES = r"""
- name: Create a connection from its parts
  dataops.airflow.airflow_connection:
    airflow_url: https://airflow.example.com
    airflow_username: ansible
    airflow_password: "{{ airflow_password }}"
    connection_id: warehouse
    conn_type: postgres
    host: db.example.com
    port: 5432
    schema: mart
    login: etl
    password: "{{ vault_warehouse_password }}"
    extra:
      sslmode: require

- name: Create one from a URI
  dataops.airflow.airflow_connection:
    connection_id: partner_api
    uri: "{{ vault_partner_uri }}"
    description: Orders of our partner

- name: Change the host of a connection and keep its secrets
  dataops.airflow.airflow_connection:
    connection_id: warehouse
    host: db2.example.com

- name: Set the password once, for somebody else to rotate
  dataops.airflow.airflow_connection:
    connection_id: warehouse
    conn_type: postgres
    host: db.example.com
    password: "{{ vault_first_password }}"
    update_secrets: on_create

- name: Delete a connection
  dataops.airflow.airflow_connection:
    connection_id: partner_api
    state: absent
"""

RETURN = r"""
connection:
  description:
    - The connection after the change, or as it would be in check mode. Empty if it does not exist.
  returned: success
  type: dict
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
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.connection.connection import CONNECTION


def main() -> None:
    run(CONNECTION)


if __name__ == "__main__":
    main()
