# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Logging in as somebody else, without touching the session of the task."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .._http.auth import Basic
from .._http.transport import Transport
from .._model.api import V1, Intent
from .._model.paths import join

if TYPE_CHECKING:
    from .._http.client import Client


def ask_for_token(client: Client, username: str, password: str) -> tuple[int, Any]:
    """Ask Airflow 3 for a token, which is remembered as a secret.

    :return: HTTP status, and the body; ``None`` for a web page.
    """
    credentials = {"username": username, "password": password}
    answer = client.transport.send("POST", "/auth/token", body=credentials, intent=Intent.LOG_IN)
    told = None if answer.is_html else answer.json(client.secrets)
    if isinstance(told, dict) and told.get("access_token"):
        client.secrets.add(str(told["access_token"]))
    return answer.status, told


def read_with_basic_auth(client: Client, username: str, password: str) -> None:
    """Send one read with basic auth to Airflow 2, whatever it answers.

    Not in the task's own session, whose cookie would log it in.
    """
    transport = Transport(client.transport.settings, read_only=True)
    transport.trace = client.transport.trace
    headers = Basic(client.transport, username, password)
    client.secrets.update(headers.secrets())
    transport.send("GET", V1.root + join("permissions"), query={"limit": "1"}, headers=headers.headers())
