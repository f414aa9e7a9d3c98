# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Real servers, a proxy that makes faults between them and us, and tasks without Ansible around them.

AIRFLOW_LIVE_SERVERS names a file with a JSON list of servers: version, url, username, password, directory.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests

from ansible_collections.dataops.airflow.plugins.module_utils._core.client import Client
from ansible_collections.dataops.airflow.plugins.module_utils._core.perform import (
    CONNECTION,
    connect,
    perform_info,
    perform_resource,
)
from ansible_collections.dataops.airflow.plugins.module_utils._core.spec import Endpoint, Resource
from ansible_collections.dataops.airflow.tests.live.proxy import Proxy


@dataclass(frozen=True)
class Live:
    """A real server, and a way to it that does not use the collection."""

    version: str
    url: str
    username: str
    password: str = field(repr=False)
    directory: str

    @property
    def is_v2(self) -> bool:
        return self.version.startswith("3.")

    @property
    def api(self) -> str:
        return f"{self.url}/api/{'v2' if self.is_v2 else 'v1'}"

    def token(self) -> str:
        answer = requests.post(f"{self.url}/auth/token", json={"username": self.username, "password": self.password})
        answer.raise_for_status()
        return str(answer.json()["access_token"])

    def ask(self, method: str, path: str, **options: Any) -> requests.Response:
        """Send a request to the API; path is quoted."""
        if self.is_v2:
            options["headers"] = {"Authorization": f"Bearer {self.token()}"}
        else:
            options["auth"] = (self.username, self.password)
        return requests.request(method, self.api + path, **options)

    def command(self, *arguments: str) -> str:
        """What Airflow's own command line answers, which sees what is stored."""
        state = json.loads((Path(self.directory) / "sandbox.json").read_text())
        environment = {**os.environ, "AIRFLOW_HOME": self.directory}
        command = [f"{state['venv']}/bin/airflow", *arguments]
        return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout

    def options(self, **options: Any) -> dict[str, Any]:
        """The connection options of a task."""
        own = {"airflow_url": self.url, "airflow_username": self.username, "airflow_password": self.password}
        return {**{item.name: item.default for item in CONNECTION}, **own, **options}

    def task(
        self, spec: Resource | Endpoint, check_mode: bool = False, client: Client | None = None, **options: Any
    ) -> dict[str, Any]:
        """Run a module's task without Ansible around it."""
        params = {**self.options(), **{item.name: item.default for item in spec.options()}, **options}
        client = client or connect(params, read_only=check_mode)
        if isinstance(spec, Resource):
            return perform_resource(spec, params, check_mode, client)
        return perform_info(spec, params, client)


SERVERS = [Live(**server) for server in json.loads(Path(os.environ["AIRFLOW_LIVE_SERVERS"]).read_text())]


@pytest.fixture(scope="session", params=SERVERS, ids=lambda server: server.version)
def live(request: pytest.FixtureRequest) -> Live:
    """Each server in turn."""
    server: Live = request.param
    return server


@pytest.fixture
def airflow_2(live: Live) -> Live:
    if live.is_v2:
        pytest.skip("is about Airflow 2")
    return live


@pytest.fixture
def airflow_3(live: Live) -> Live:
    if not live.is_v2:
        pytest.skip("is about Airflow 3")
    return live


@pytest.fixture
def proxy(live: Live) -> Iterator[Proxy]:
    """A proxy before the server that passes everything on until it is told otherwise."""
    with Proxy(live.url) as started:
        yield started


@pytest.fixture
def leave_nothing(live: Live) -> Iterator[Callable[[str], str]]:
    """Name an object by its quoted path; it is not there before the test, nor after it."""
    paths: set[str] = set()

    def name(path: str) -> str:
        paths.add(path)
        assert live.ask("DELETE", path).status_code in (204, 404)
        return path

    yield name
    for path in paths:
        live.ask("DELETE", path)
