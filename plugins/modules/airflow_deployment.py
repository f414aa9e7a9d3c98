#!/usr/bin/python
# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Written by tools/generate.py from plugins/module_utils/_kinds: change it there.

from __future__ import annotations

DOCUMENTATION = r"""
module: airflow_deployment
short_description: Bring a whole deployment of Apache Airflow into the wanted state
version_added: 0.1.0
description:
  - Reads and plans everything before the first write. All errors found are reported together, and then
    nothing is written. Check mode stops after the plan.
  - 'The order of the changes is: roles, users, pools, connections, variables and DAGs. Deletions come
    last, in reverse.'
  - If a change fails, the changes that do not depend on it are still made; then the task fails.
  - 'With C(--diff) the plan is printed: a line that names host, server and version, and one for each
    object.'
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
          - Permissions of the role, in any order. The role has exactly these; an empty list removes all
            of them.
          - 'One exception: V(can_read) on V(Website), which Airflow itself gives to every role, is never
            removed.'
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
      protect:
        description:
          - Never delete the object, nor delete it and create it again. A scope remembers that for its
            purges.
        type: bool
        default: false
      state:
        description:
          - Whether the object must exist with the given options, or must not exist.
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
          - Name of the user. Not case-sensitive.
        type: str
        required: true
      email:
        description:
          - Email address, unique among users. Needed to create a user.
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
          - Names of the user's roles, in any order. The user has exactly these. Needed to create a user.
          - Airflow 3 creates users without roles only if C(AUTH_USER_REGISTRATION_ROLE) names a role.
        type: list
        elements: str
      protect:
        description:
          - Never delete the object, nor delete it and create it again. A scope remembers that for its
            purges.
        type: bool
        default: false
      state:
        description:
          - Whether the object must exist with the given options, or must not exist.
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
          - Number of task slots in the pool. Needed to create a pool.
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
          - 'Team that the object belongs to. Needs Airflow 3.2 in multi-team mode, which only Airflow
            itself can check: check mode cannot.'
        type: str
      protect:
        description:
          - Never delete the object, nor delete it and create it again. A scope remembers that for its
            purges.
        type: bool
        default: false
      state:
        description:
          - Whether the object must exist with the given options, or must not exist.
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
          - Password on the other system. Airflow never returns it; Airflow 3 returns whether one is set.
          - Empty text clears it. Airflow cannot clear the password of an existing connection, so the
            connection is deleted and created again with all its other fields. This is refused if a hidden
            part of C(extra) would be lost.
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
          - 'Team that the object belongs to. Needs Airflow 3.2 in multi-team mode, which only Airflow
            itself can check: check mode cannot.'
        type: str
      uri:
        description:
          - The whole connection as a URI, in the form of the environment variables C(AIRFLOW_CONN_*),
            instead of its parts. Parts that it leaves out are cleared.
          - 'It is read as this version of Airflow reads it: percent-encoding, hosts with a scheme, query
            parameters as C(extra), and C(__extra__) for extra as JSON. Odd schemes and brackets are read
            differently by versions of Python, too.'
          - If the URI has no password and the server does not return whether one is set (Airflow 2),
            the password is left unchanged and listed in C(unverified).
          - 'The JSON form of these variables is accepted as well, such as C({"conn_type": "http", "host":
            "h"}).'
        type: str
      stored_password:
        description:
          - What to do with a stored password if C(password) is not given, as in an export without passwords.
          - V(keep) leaves it unchanged and lists it in C(unverified). V(clear) clears it if the server
            returns whether one is set (Airflow 3), as an empty C(password) does; on Airflow 2 the password
            is left unchanged and listed in C(unverified).
        type: str
        choices:
          - keep
          - clear
      protect:
        description:
          - Never delete the object, nor delete it and create it again. A scope remembers that for its
            purges.
        type: bool
        default: false
      state:
        description:
          - Whether the object must exist with the given options, or must not exist.
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
          - Value of the variable. Text is stored as it is; dicts, lists, numbers and booleans are stored
            as JSON. Needed to create a variable.
          - Where Airflow 3 reformats JSON, values are compared as JSON, not as text.
          - A value is not shown in results and diffs if the key, or a key in the value, sounds like a
            secret, such as C(password), C(token), C(secret) or C(api_key); nor is what looks like one
            in any text, such as the password in an address, C(password=...) or a private key.
        type: raw
      description:
        description:
          - Description of the variable; empty text clears it. Needs Airflow 2.5.3.
        type: str
      team_name:
        description:
          - 'Team that the object belongs to. Needs Airflow 3.2 in multi-team mode, which only Airflow
            itself can check: check mode cannot.'
        type: str
      protect:
        description:
          - Never delete the object, nor delete it and create it again. A scope remembers that for its
            purges.
        type: bool
        default: false
      state:
        description:
          - Whether the object must exist with the given options, or must not exist.
        type: str
        choices:
          - present
          - absent
        default: present
  dags:
    description:
      - The DAGs of the deployment, with the options of M(dataops.airflow.airflow_dag).
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
          - 'Whether the DAG is paused: no run is scheduled, and triggered runs do not start.'
        type: bool
      wait_timeout:
        description:
          - 'Seconds to wait for a DAG that does not exist yet: a DAG exists once Airflow has parsed its
            file.'
          - In check mode as well.
        type: int
        default: 0
      protect:
        description:
          - Never delete the object, nor delete it and create it again. A scope remembers that for its
            purges.
        type: bool
        default: false
      state:
        description:
          - Whether the object must exist with the given options, or must not exist.
        type: str
        choices:
          - present
          - absent
        default: present
  purge:
    description:
      - Kinds of which all objects that are not listed are deleted. The list of the kind must be given,
        even if it is empty.
      - C(default_pool), the built-in roles and the user that the task logs in as are never deleted.
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
  scope:
    description:
      - Name of the team or project whose objects these are. Airflow remembers what a scope has created
        or adopted, and O(purge) deletes only that. Other scopes' objects are refused before the first
        write.
      - 1 to 40 lower-case letters, digits, underscores and dashes. DAGs belong to no scope.
    type: str
  adopt:
    description:
      - What to do with a listed object that exists and does not belong to O(scope). V(if_unowned) adopts
        it unless it belongs to another scope; V(never) refuses it; V(always) also takes it over from
        another scope.
    type: str
    choices:
      - if_unowned
      - never
      - always
    default: if_unowned
  scope_was:
    description:
      - Former name of O(scope), whose objects it takes over.
    type: str
  scope_forget:
    description:
      - Objects as C(kind/name) that O(scope) leaves as they are, and stops to own.
    type: list
    elements: str
    default: []
  purge_only:
    description:
      - 'Shell patterns of C(kind/name): O(purge) deletes nothing else. Each begins with the name of a
        kind.'
    type: list
    elements: str
  lock_timeout:
    description:
      - Seconds to wait while another run in O(scope) changes something.
    type: int
    default: 60
  max_deletions:
    description:
      - Refuse a plan that deletes more objects than this.
    type: int
  plan_rows:
    description:
      - Whether RV(plan) holds V(all) objects, or those that change or could not be compared.
    type: str
    choices:
      - changed
      - all
    default: changed
  blame:
    description:
      - Whether RV(plan) says who changed each pool, connection and variable, by the event log.
    type: bool
    default: false
  plan_file:
    description:
      - 'File for the plan, on the host that runs the module. Check mode writes it, as JSON. Otherwise
        it must exist: nothing is changed unless the plan is still the one in the file.'
      - Only objects that change matter, and of these the given options. Needs O(fingerprint_key).
    type: path
  plan_digest:
    description:
      - 'The RV(plan_digest) of the approved plan: nothing is changed unless the plan has the same one.
        Not compared in check mode. Needs O(fingerprint_key).'
    type: str
  plan_allows:
    description:
      - V(subset) also accepts a plan that lacks some of the changes in O(plan_file).
    type: str
    choices:
      - same
      - subset
    default: same
  fingerprint_key:
    description:
      - Secret of at least 16 bytes. A saved plan has fingerprints (HMAC-SHA256) of the values that it
        does not show, made with this key, so that a plan with another secret is another plan.
      - O(update_secrets=on_change) keeps such fingerprints in Airflow.
      - Default is the environment variable E(AIRFLOW_FINGERPRINT_KEY).
    type: str
  fingerprint_key_previous:
    description:
      - The former O(fingerprint_key), while it is replaced. The fingerprints in Airflow that were made
        with it are accepted, and made again with the new one.
      - Default is the environment variable E(AIRFLOW_FINGERPRINT_KEY_PREVIOUS).
    type: str
  update_password:
    description:
      - What to do about the password of an existing user.
      - 'V(always) tries to log in with C(password), in check mode too, and sets the password if that
        is refused. A password that is already right is not a change. Airflow counts these logins: C(login_count)
        and C(last_login), or C(fail_login_count), of the user change. If a login attempt cannot verify
        the password (inactive user, password logins disabled), it is set on every run and listed in C(unverified).'
      - V(on_create) only sets the password of a new user, and never tries to log in.
    type: str
    choices:
      - always
      - on_create
    default: always
  update_secrets:
    description:
      - What to do about a value that the server hides, so that it cannot be compared with the given one.
      - V(always) sends it on every run and reports a change; V(on_create) only sends it with a new object.
      - Values that the server returns are compared in either case. The options that could not be compared
        are listed in C(unverified).
      - V(on_change) sends it if it is not the one that C(scope) sent last, or if somebody else may have
        written it since, by Airflow's event log. Needs C(scope) and C(fingerprint_key).
    type: str
    choices:
      - always
      - on_create
      - on_change
    default: always
"""

EXAMPLES = r"""
- name: Prepare Airflow for the warehouse DAGs
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

- name: Delete what this task has created before and no longer lists, and nothing else
  dataops.airflow.airflow_deployment:
    scope: warehouse
    purge: [variables]
    variables:
      - {key: warehouse_region, value: eu-west-1}

- name: Manage exactly these variables
  dataops.airflow.airflow_deployment:
    variables: "{{ airflow_variables }}"
    purge: [variables]
    purge_exclude: ["variable/airflow_*"]
    max_deletions: 10
"""

RETURN = r"""
plan:
  description:
    - 'Objects, as O(plan_rows) says: C(kind), C(name), C(action), C(before) and C(after) with secrets
      hidden, and the options in C(unverified) that could not be compared.'
    - With O(update_secrets=on_change), C(notes) says why a hidden option is sent, for example who has
      touched it and when, or what is not known of it.
    - C(listed) is false for what O(purge) deletes because no list names it.
    - 'With O(blame), C(blame) of an object that is not as wanted has C(who), C(when), C(event) and C(certainty):
      V(certain), V(likely), or why it is not known.'
  returned: success
  type: list
  elements: dict
adopted:
  description:
    - Existing objects that O(scope) begins to own, as C(kind) and C(name).
  returned: success
  type: list
  elements: dict
plan_digest:
  description:
    - Digest of the changes, if O(fingerprint_key) is given. Two plans have the same one only if all that
      they send is the same, including secrets.
  returned: success
  type: str
  sample: hmac-sha256:09ca7e4eaa6e8ae9c7d261167129184883644d07dfba7cbfbc4c8a2e08360d5b
appeared:
  description:
    - The changes that are not in O(plan_file).
  returned: when the plan is not the approved one
  type: list
  elements: dict
vanished:
  description:
    - The changes that are only in O(plan_file).
  returned: when the plan is not the approved one
  type: list
  elements: dict
differs:
  description:
    - The changes that are in both, but with other values.
  returned: when the plan is not the approved one
  type: list
  elements: dict
summary:
  description:
    - Number of objects to create, update and delete, of unchanged objects, and of objects that could
      not be compared.
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
    - Those that were made, as C(kind), C(name) and C(action).
    - Each change is in exactly one of RV(applied), RV(failures), RV(unknown) and RV(pending).
  returned: when changes failed
  type: list
  elements: dict
failures:
  description:
    - Those that failed, with Airflow's message in C(msg).
    - C(lost) has the former fields of a connection that was deleted to clear its password and could not
      be created again, except those that sound like a secret.
  returned: when changes failed
  type: list
  elements: dict
unknown:
  description:
    - Those whose outcome is not known, or may still change; as RV(failures).
    - After the first of these without a response, nothing more is sent.
  returned: when changes failed
  type: list
  elements: dict
pending:
  description:
    - Those that were not tried.
  returned: when changes failed
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
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.deployment.deployment import DEPLOYMENT


def main() -> None:
    run(DEPLOYMENT)


if __name__ == "__main__":
    main()
