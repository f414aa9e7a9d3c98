#!/usr/bin/python
# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Written by tools/generate.py from plugins/module_utils/_resources: change it there.

from __future__ import annotations

DOCUMENTATION = r"""
module: airflow_deployment
short_description: Bring a whole deployment of Apache Airflow into the wanted state
version_added: 0.1.0
description:
  - Reads everything and plans everything before the first write; whatever is wrong is reported together, and then
    nothing is written. In check mode the plan is all there is.
  - Roles come before users, then pools, connections, variables and DAGs; deletions come last, and in reverse.
  - If a change fails, what does not depend on it is still done; then the task fails.
  - With C(--diff) the plan is printed, a line for each object.
author:
  - dataops.airflow contributors (@dataops)
extends_documentation_fragment:
  - dataops.airflow.connection
  - dataops.airflow.attributes
  - dataops.airflow.attributes.action
options:
  roles:
    description:
      - The roles of the deployment, with the options of M(dataops.airflow.airflow_role).
    type: list
    elements: dict
    suboptions:
      name:
        description:
          - Name of the role.
        type: str
        required: true
      permissions:
        description:
          - 'What the members of the role may do: exactly these permissions, in any order. An empty list takes all
            of them away.'
          - 'One exception: V(can_read) on V(Website), which Airflow itself gives to every role, is never taken
            away.'
        type: list
        elements: dict
        suboptions:
          action:
            description:
              - Name of the action.
            type: str
            required: true
          resource:
            description:
              - Name of the resource.
            type: str
            required: true
      state:
        description:
          - Whether the object has to exist with the given options, or must not exist.
        type: str
        choices:
          - present
          - absent
        default: present
  users:
    description:
      - The users of the deployment, with the options of M(dataops.airflow.airflow_user).
    type: list
    elements: dict
    suboptions:
      username:
        description:
          - Name of the user. Airflow does not tell upper from lower case in it.
        type: str
        required: true
      email:
        description:
          - Email address; no two users have the same. Needed to create a user.
        type: str
      first_name:
        description:
          - First name. Needed to create a user.
        type: str
      last_name:
        description:
          - Last name. Needed to create a user.
        type: str
      password:
        description:
          - Password of the user. Needed to create a user on Airflow 3.
        type: str
      roles:
        description:
          - 'Names of the user''s roles: exactly these, in any order. Needed to create a user.'
          - Airflow 3 creates no user with an empty list, unless C(AUTH_USER_REGISTRATION_ROLE) names a role.
        type: list
        elements: str
      state:
        description:
          - Whether the object has to exist with the given options, or must not exist.
        type: str
        choices:
          - present
          - absent
        default: present
  pools:
    description:
      - The pools of the deployment, with the options of M(dataops.airflow.airflow_pool).
    type: list
    elements: dict
    suboptions:
      name:
        description:
          - Name of the pool.
        type: str
        required: true
      slots:
        description:
          - How many task slots the pool has. Needed to create a pool.
          - V(-1) means without limit and needs Airflow 3.
        type: int
      description:
        description:
          - Description of the pool; empty text clears it.
          - On Airflow 3 the description of V(default_pool) cannot be changed.
        type: str
      include_deferred:
        description:
          - Whether deferred tasks occupy slots. Needs Airflow 2.7.
        type: bool
      team_name:
        description:
          - 'Team that the object belongs to. Needs Airflow 3.2 in multi-team mode, which only Airflow itself can
            check: check mode cannot.'
        type: str
      state:
        description:
          - Whether the object has to exist with the given options, or must not exist.
        type: str
        choices:
          - present
          - absent
        default: present
  connections:
    description:
      - The connections of the deployment, with the options of M(dataops.airflow.airflow_connection).
    type: list
    elements: dict
    suboptions:
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
          - Password on the other system. Airflow 3 tells whether there is one, Airflow 2 not even that.
          - Empty text clears it. Airflow does that only if the connection is deleted and created again, so this
            is what happens, with all its other fields; it is refused if a hidden part of C(extra) would be lost.
          - Airflow 2 does not tell whether there is one, so there it is cleared each time, unless C(update_secrets)
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
          - Further settings, as a dict or as the text of a JSON object; exactly these. Airflow 2 takes other text
            as well. An empty dict or text clears it.
          - Values are compared by their meaning. Texts that Airflow hides, by the names of their keys, are unknown.
          - 'Airflow can only replace the whole: if something that is shown differs, what is hidden is sent as well.'
        type: raw
      team_name:
        description:
          - 'Team that the object belongs to. Needs Airflow 3.2 in multi-team mode, which only Airflow itself can
            check: check mode cannot.'
        type: str
      uri:
        description:
          - The whole connection as a URI, in the form of the environment variables C(AIRFLOW_CONN_*), in place
            of its parts. What it leaves out is cleared.
          - 'It is read as this version of Airflow reads it: percent-encoding, hosts with a scheme, query parameters
            as C(extra), and C(__extra__) for extra as JSON. Odd schemes and brackets are read differently by versions
            of Python, too.'
          - Where a URI has no password and the server does not tell whether there is one (Airflow 2), the password
            is left alone, and named in C(unverified).
          - 'The JSON form of these variables is taken as well, such as C({"conn_type": "http", "host": "h"}).'
        type: str
      stored_password:
        description:
          - What becomes of a stored password where C(password) is not given, as in an export that holds none.
          - V(keep) leaves it alone, and names it in C(unverified). V(clear) clears it where the server tells whether
            there is one (Airflow 3), as C(password) does if it is empty; on Airflow 2 it is left alone, and named
            in C(unverified).
        type: str
        choices:
          - keep
          - clear
      state:
        description:
          - Whether the object has to exist with the given options, or must not exist.
        type: str
        choices:
          - present
          - absent
        default: present
  variables:
    description:
      - The variables of the deployment, with the options of M(dataops.airflow.airflow_variable).
    type: list
    elements: dict
    suboptions:
      key:
        description:
          - Key of the variable.
        type: str
        required: true
      value:
        description:
          - Value of the variable. Text is stored as it is; dicts, lists, numbers and booleans are stored as JSON.
            Needed to create a variable.
          - Where Airflow 3 reformats JSON, values are compared by their meaning.
          - A value is not shown in results and diffs if the key, or a key in the value, sounds like a secret, such
            as C(password), C(token), C(secret) or C(api_key); nor is what looks like one in any text, such as the
            password in an address, C(password=...) or a private key.
        type: raw
      description:
        description:
          - Description of the variable; empty text clears it. Needs Airflow 2.5.
        type: str
      team_name:
        description:
          - 'Team that the object belongs to. Needs Airflow 3.2 in multi-team mode, which only Airflow itself can
            check: check mode cannot.'
        type: str
      state:
        description:
          - Whether the object has to exist with the given options, or must not exist.
        type: str
        choices:
          - present
          - absent
        default: present
  dags:
    description:
      - The dags of the deployment, with the options of M(dataops.airflow.airflow_dag).
    type: list
    elements: dict
    suboptions:
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
  purge:
    description:
      - Kinds of which everything is deleted that is on the server and not listed. The kind's list must be given,
        as an empty one if need be.
      - C(default_pool), the built-in roles and the user that the task logs in as always stay.
    type: list
    elements: str
    choices:
      - roles
      - users
      - pools
      - connections
      - variables
    default: []
  purge_exclude:
    description:
      - Shell patterns of C(kind/name) for what is not purged, such as C(variable/airflow_*).
    type: list
    elements: str
    default: []
  max_deletions:
    description:
      - Refuse a plan that deletes more objects than this.
    type: int
  update_secrets:
    description:
      - What to do about a value that the server hides, so that nobody can tell whether it is the wanted one.
      - V(always) sends it again each time and reports a change; V(on_create) sends it only with a new object.
      - What the server shows is compared with either of them. The options that could not be compared are named
        in C(unverified).
    type: str
    choices:
      - always
      - on_create
    default: always
  update_password:
    description:
      - What to do about the password of a user that exists.
      - 'V(always) tries to log in with C(password), in check mode too, and sets it if that is refused; so the right
        password is no change. Airflow counts these log-ins: C(login_count) and C(last_login), or C(fail_login_count),
        of the user change. Where a log-in tells nothing (an inactive user; no log-in with passwords), the password
        is set each time and named in C(unverified).'
      - V(on_create) sets it with a new user only, and never looks.
    type: str
    choices:
      - always
      - on_create
    default: always
"""

EXAMPLES = r"""
- name: What the warehouse's DAGs need
  dataops.airflow.airflow_deployment:
    airflow_url: https://airflow.example.com
    airflow_username: ansible
    airflow_password: "{{ airflow_password }}"
    pools:
      - {name: etl, slots: 4}
    variables:
      - {key: region, value: eu-west-1}
      - key: old_region
        state: absent
    connections:
      - connection_id: warehouse
        conn_type: postgres
        host: db.example.com
        password: "{{ vault_warehouse_password }}"
    update_secrets: on_create

- name: Variables are these, and no others
  dataops.airflow.airflow_deployment:
    variables: "{{ airflow_variables }}"
    purge: [variables]
    purge_exclude: ["variable/airflow_*"]
    max_deletions: 10
"""

RETURN = r"""
plan:
  description:
    - 'Every object: C(kind), C(name), C(action), C(before) and C(after) with secrets hidden, and the options in
      C(unverified) that could not be compared.'
    - C(listed) is false for what O(purge) deletes because no list names it.
  returned: success
  type: list
  elements: dict
summary:
  description:
    - How many objects are to be created, updated and deleted, how many stay as they are, and how many could not
      be compared.
  returned: success
  type: dict
  sample:
    to_create: 3
    to_update: 1
    to_delete: 0
    unchanged: 996
    unverified: 2
applied:
  description:
    - 'If changes failed: those that were made, as C(kind), C(name) and C(action).'
    - Each change is in exactly one of RV(applied), RV(failures), RV(unknown) and RV(pending).
  returned: success
  type: list
  elements: dict
failures:
  description:
    - 'If changes failed: which, with Airflow''s words in C(msg).'
    - C(lost) is what a connection held that was deleted to clear its password and could not be created again, without
      what sounds like a secret.
  returned: success
  type: list
  elements: dict
unknown:
  description:
    - 'If changes failed: those of which nobody knows whether they were made, or will be; as RV(failures).'
    - After the first of these that nobody answers, nothing more is sent.
  returned: success
  type: list
  elements: dict
pending:
  description:
    - 'If changes failed: those that were not tried.'
  returned: success
  type: list
  elements: dict
diff:
  description:
    - What changes, C(before) and C(after).
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
from ansible_collections.dataops.airflow.plugins.module_utils._resources.deployment import DEPLOYMENT


def main() -> None:
    run(DEPLOYMENT)


if __name__ == "__main__":
    main()
