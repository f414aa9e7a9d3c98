# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Stand-ins for the logins of managed services, in front of a real Airflow, written from the services' documents.

``docs/managed.md`` names the documents. Each stand-in is a front that speaks TLS and knows the service's tokens, and
the command line program of the service, which hands them out. All of Airflow behind it is real.
"""

from __future__ import annotations

import json
import secrets
import shlex
import stat
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import parse_qs

from ansible_collections.dataops.airflow.tests.live.conftest import Live, logged_in
from ansible_collections.dataops.airflow.tests.live.proxy import (
    Answer,
    Forward,
    Request,
    Rule,
    is_write,
    without_credentials,
)

WEB_TOKEN_LASTS = 60.0
"""Seconds; Amazon's documents."""

ASTRO_PATH = "/dz3uu847"
"""Where Astronomer serves a deployment; its documents' example."""

JSON = {"Content-Type": "application/json"}
HTML = {"Content-Type": "text/html; charset=UTF-8"}


@dataclass
class Service:
    """What a playbook of ``docs/managed.md`` meets.

    :param live: the Airflow behind it.
    :param folder: of its command line programs, which is to be the first one on ``PATH``.
    :param expires_after: how many writes its login is good for; ``None`` if it does not expire.
    """

    live: Live
    folder: Path
    expires_after: int | None = None
    variables: dict[str, str] = field(default_factory=dict)
    """Environment variables that a user sets."""
    url: str = ""
    """Of the front; set once that listens."""
    writes: int = 0

    @property
    def issued(self) -> dict[str, float]:
        """The tokens that have been handed out, which are secret, and when."""
        file = self.folder / "issued"
        lines = file.read_text().splitlines() if file.exists() else []
        return {token: float(moment) for token, moment in map(str.split, lines)}

    @property
    def secrets(self) -> list[str]:
        """What must not be shown: the tokens, and what the real server accepts."""
        return [*self.issued, self.own_token()]

    def own_token(self) -> str:
        """What the real server accepts: the cookie of the web form on Airflow 2, or a JWT."""
        session = logged_in(self.live)
        if not self.live.is_v2:
            return str(session.cookies["session"])
        return str(session.headers["Authorization"]).partition(" ")[2]

    def google_token(self) -> str:
        """A token that Google has issued."""
        command = [str(self.folder / "gcloud"), "auth", "print-access-token"]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    def program(self, name: str, arguments: str, output: str) -> None:
        """Write a command line program that issues a token and prints it, for these arguments alone.

        :param arguments: a pattern of the shell.
        :param output: printed, with ``TOKEN`` replaced.
        """
        path = self.folder / name
        previous = path.read_text() if path.exists() else "#!/bin/sh\n"
        issue = f"""
token=ya29.$(od -An -N20 -tx1 /dev/urandom | tr -d ' \\n')
echo "$token $(date +%s)" >> {self.folder}/issued
"""
        path.write_text(
            f'{previous}case "$*" in {arguments})\n{issue if "TOKEN" in output else ""}'
            f"printf '%s\\n' {shlex.quote(output)} | sed \"s/TOKEN/$token/\"; exit;; esac\n"
        )
        path.chmod(path.stat().st_mode | stat.S_IXUSR)

    def refuse_unknown(self, name: str) -> None:
        """End a program with an error for all other arguments."""
        path = self.folder / name
        path.write_text(f'{path.read_text()}echo "unexpected arguments: $*" >&2; exit 2\n')

    def is_over(self, request: Request) -> bool:
        """Whether the login has expired before this request."""
        is_over = self.expires_after is not None and self.writes >= self.expires_after
        self.writes += is_write(request)
        return is_over

    def as_airflow_accepts(self, request: Request) -> Request:
        """The same request with a login of the real server in place of the service's."""
        headers = {
            name: value for name, value in request.headers.items() if name.lower() not in ("authorization", "cookie")
        }
        own = (
            {"Authorization": f"Bearer {self.own_token()}"}
            if self.live.is_v2
            else {"Cookie": f"session={self.own_token()}"}
        )
        return replace(request, headers={**headers, **own})


def bearer(request: Request) -> str:
    """The token of a request; empty if it has none."""
    return request.headers.get("Authorization", "").removeprefix("Bearer ")


def amazon(service: Service, answers: int = 302) -> Rule:
    """Amazon MWAA.

    :param answers: status of a login that was accepted. The documents do not name it: their examples follow redirects.
    """
    is_v2, used = service.live.is_v2, set[str]()
    path = "/pluginsv2/aws_mwaa/login" if is_v2 else "/aws_mwaa/login"
    cookie = "_token" if is_v2 else "session"
    host = service.url.partition("//")[2]
    shown = {"IamIdentity": "user/a", "AirflowIdentity": "user/a", "WebServerHostname": host, "WebToken": "TOKEN"}
    service.program("aws", "'mwaa create-web-login-token --name '?*' --output json'", json.dumps(shown))
    service.refuse_unknown("aws")

    def front(request: Request, forward: Forward) -> Answer:
        if request.path == path:
            token = parse_qs(request.body.decode()).get("token", [""])[0]
            is_fresh = time.time() - service.issued.get(token, 0) <= WEB_TOKEN_LASTS
            if request.method != "POST" or token in used or not is_fresh:
                return Answer(403, HTML, b"<html><title>403 Forbidden</title></html>")
            used.add(token)
            kept = f"{cookie}={service.own_token()}; Path=/; Secure; HttpOnly; SameSite=Lax"
            headers = {**HTML, "Set-Cookie": kept}
            return Answer(answers, {**headers, "Location": "/"} if answers == 302 else headers, b"")
        if service.is_over(request):
            return without_credentials(request, forward)
        return forward(request)

    return front


def google(service: Service, refuses_with: int = 401) -> Rule:
    """Cloud Composer.

    :param refuses_with: status of the answer to an expired token. Without a token it is a redirect to the login page.
    """
    location = {"Location": "https://accounts.google.com/o/oauth2/v2/auth?client_id=a&state=b"}
    describe = "'composer environments describe '?*' --location '?*' --format=value(config.airflowUri)'"
    service.program("gcloud", describe, service.url)
    service.program("gcloud", "'auth print-access-token'", "TOKEN")
    service.refuse_unknown("gcloud")

    def front(request: Request, forward: Forward) -> Answer:
        token, is_over = bearer(request), service.is_over(request)
        if not token or (is_over and refuses_with == 302):
            return Answer(302, location)
        if is_over or token not in service.issued:
            return Answer(401, HTML, b"<html><title>401 Unauthorized</title></html>")
        return forward(service.as_airflow_accepts(request))

    return front


def astronomer(service: Service) -> Rule:
    """Astronomer: a token that a person has made, and a deployment below a path."""
    token = secrets.token_urlsafe(32)
    (service.folder / "issued").write_text(f"{token} {time.time()}\n")
    service.variables["ASTRO_API_TOKEN"] = token

    def front(request: Request, forward: Forward) -> Answer:
        if not request.path.startswith(f"{ASTRO_PATH}/"):
            return Answer(404, HTML, b"<html><title>404 Not Found</title></html>")
        if bearer(request) != token or service.is_over(request):
            return Answer(401, JSON, b'{"message": "Unauthorized"}')
        return forward(service.as_airflow_accepts(replace(request, path=request.path.removeprefix(ASTRO_PATH))))

    return front


SERVICES: dict[str, Callable[[Service], Rule]] = {
    "mwaa_airflow_2.yml": amazon,
    "mwaa_airflow_3.yml": amazon,
    "composer.yml": google,
    "astronomer.yml": astronomer,
}
"""Playbook of ``docs/managed.md`` → its service."""


def playbooks(page: Path) -> dict[str, str]:
    """The playbooks of a page: the blocks of YAML that begin with the name of a file."""
    blocks = [block.partition("\n```")[0] for block in page.read_text().split("\n```yaml\n")[1:]]
    return {block.partition("\n")[0].removeprefix("# "): block for block in blocks if block.startswith("# ")}
