# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Written by tools/generate.py from plugins/module_utils/_resources: change it there.
"""The options of every module."""

from __future__ import annotations


class ModuleDocFragment:
    """How to reach Airflow."""

    DOCUMENTATION = r"""
options:
  airflow_url:
    description:
      - Root URL of Airflow's web server (Airflow 2) or API server (Airflow 3), with the path prefix if it has one,
        without C(/api/v1) or C(/api/v2).
      - Default is the environment variable E(AIRFLOW_URL).
    type: str
    required: true
  airflow_username:
    description:
      - User to log in as. Airflow 2 gets the password with each request (basic auth); Airflow 3 exchanges it for
        a token at C(/auth/token).
      - Without it and without O(airflow_token) requests are sent without credentials, which is enough for the version
        and the health of most servers.
      - Default is the environment variable E(AIRFLOW_USERNAME).
    type: str
  airflow_password:
    description:
      - Password of O(airflow_username).
      - Default is the environment variable E(AIRFLOW_PASSWORD).
    type: str
  airflow_token:
    description:
      - Bearer token to send with each request, in place of O(airflow_username) and O(airflow_password).
      - Default is the environment variable E(AIRFLOW_TOKEN).
    type: str
  airflow_auth:
    description:
      - How to log in.
      - V(auto) takes O(airflow_token) if it is given, else a token on Airflow 3, and basic auth on Airflow 2, where
        many objects or a long loop go on as V(session), if the server lets them.
      - V(session) logs in at the web form of Airflow 2 and then uses its cookie, which spares the server the hashing
        of the password with each request. Airflow allows five logins there in 40 seconds, so it suits a task that
        makes many requests, or a loop that shares one login, not many tasks.
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
      - Generation of the REST API; V(auto) finds out with one or two requests.
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
      - File or folder with the certificate authorities to trust, in place of the system's.
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
      - Seconds to wait for a connection, and then for the whole of an answer, for each request.
    type: float
    default: 30.0
  retries:
    description:
      - 'How often to send a request again that can safely be sent again: reads and deletions that got no answer
        or a 502, 503 or 504, whatever was refused with 429, and connections that were not accepted. An answer that
        breaks off is none.'
      - Pauses between the tries grow from half a second on. A server that asks for another pause, with C(Retry-After),
        gets it, up to one minute.
    type: int
    default: 3
requirements:
  - requests
notes:
  - E(HTTP_PROXY), E(HTTPS_PROXY) and E(NO_PROXY) are honoured.
  - Redirects are not followed.
  - With C(-vvv) the result lists the requests that were sent, without headers and bodies.
  - On the controller the module runs inside the Ansible process, where the items of a loop share a session and
    a login. Set the variable C(airflow_in_process) to V(false) to turn that off.
"""
