# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Written by tools/generate.py from plugins/module_utils/_kinds: change it there.
"""The options of every module."""

from __future__ import annotations


class ModuleDocFragment:
    """How to reach Airflow."""

    DOCUMENTATION = r"""
options:
  airflow_url:
    description:
      - Root URL of Airflow's web server (Airflow 2) or API server (Airflow 3), including a path prefix
        if there is one, but without C(/api/v1) or C(/api/v2).
      - Default is the environment variable E(AIRFLOW_URL).
    type: str
    required: true
  airflow_username:
    description:
      - User to log in as. On Airflow 2 the password is sent with each request (basic auth); on Airflow
        3 it is exchanged for a token at C(/auth/token).
      - Without this option and O(airflow_token), requests are sent without credentials. On most servers
        that is enough to read the version and the health.
      - Default is the environment variable E(AIRFLOW_USERNAME).
    type: str
  airflow_password:
    description:
      - Password of O(airflow_username).
      - Default is the environment variable E(AIRFLOW_PASSWORD).
    type: str
  airflow_token:
    description:
      - Bearer token to send with each request, instead of O(airflow_username) and O(airflow_password).
      - Default is the environment variable E(AIRFLOW_TOKEN).
    type: str
  airflow_auth:
    description:
      - How to log in.
      - V(auto) uses O(airflow_token) if it is given. Otherwise it uses a token on Airflow 3, and basic
        auth on Airflow 2, where tasks with many objects and long loops switch to V(session) if the server
        allows it.
      - 'V(session) logs in at the web form of Airflow 2 and then uses its cookie, so that the server
        does not have to hash the password for each request. Airflow allows five such logins in 40 seconds:
        use this for a task with many requests, or a loop that shares a login, not for many tasks.'
      - Default is the environment variable E(AIRFLOW_AUTH).
    type: str
    choices:
      - auto
      - basic
      - jwt
      - bearer
      - session
      - none
    default: auto
  airflow_headers:
    description:
      - Further headers for each request, for example for a gateway. Their values are never shown.
    type: dict
  airflow_api_version:
    description:
      - Generation of the REST API; V(auto) detects it with one or two requests.
      - Default is the environment variable E(AIRFLOW_API_VERSION).
    type: str
    choices:
      - auto
      - v1
      - v2
    default: auto
  validate_certs:
    description:
      - Whether to check the server's TLS certificate.
    type: bool
    default: true
  ca_path:
    description:
      - File or folder with the certificate authorities to trust, instead of the system's.
    type: path
  client_cert:
    description:
      - File with the client's TLS certificate, and its key unless O(client_key) is given.
    type: path
  client_key:
    description:
      - File with the key of O(client_cert).
    type: path
  timeout:
    description:
      - Seconds to wait for a connection, and then for a complete response, for each request.
    type: float
    default: 30.0
  retries:
    description:
      - 'How often to retry a request that can safely be sent again: reads and deletions that got no response,
        an incomplete one, or a 502, 503 or 504; logins that got a 500; any request that was refused with
        429; and connections that were not accepted.'
      - The pauses between attempts start at half a second and grow. A server can request another pause,
        of up to one minute, with C(Retry-After).
    type: int
    default: 3
  concurrency:
    description:
      - How many requests of a task may be under way at a time, at most; V(1) spares a small server. It
        begins with a few, and goes on to more if the server does not take longer for each.
      - The web server of Airflow 2 has four workers by default. As it closes the connection after each
        response, up to half as many more are opened for the requests that are next.
    type: int
    default: 8
requirements:
  - requests
notes:
  - E(HTTP_PROXY), E(HTTPS_PROXY) and E(NO_PROXY) are honoured.
  - Redirects are not followed.
  - With C(-vvv) the result lists the requests that were sent, without headers and bodies.
  - On the controller the module runs inside the Ansible process, where the items of a loop share a session
    and a login. Set the variable C(airflow_in_process) to V(false) to turn that off.
"""
