# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Real servers, a proxy that makes faults between them and us, and tasks without Ansible around them.

AIRFLOW_LIVE_SERVERS names a file with a JSON list of servers: version, url, username, password, directory.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import os
import secrets
import signal
import socket
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests

from ansible_collections.dataops.airflow.plugins.module_utils._engine.connect import CONNECTION, connect
from ansible_collections.dataops.airflow.plugins.module_utils._engine.run_listing import read
from ansible_collections.dataops.airflow.plugins.module_utils._engine.run_operation import perform_operation
from ansible_collections.dataops.airflow.plugins.module_utils._engine.run_resource import perform_resource
from ansible_collections.dataops.airflow.plugins.module_utils._engine.task import Task
from ansible_collections.dataops.airflow.plugins.module_utils._http.client import Client
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.dag.dag import DAG
from ansible_collections.dataops.airflow.plugins.module_utils._model.listing import Endpoint
from ansible_collections.dataops.airflow.plugins.module_utils._model.operation import Operation
from ansible_collections.dataops.airflow.plugins.module_utils._model.resource import Resource
from ansible_collections.dataops.airflow.tests.live.proxy import Proxy


@dataclass(frozen=True)
class Live:
    """A real server, and a way to it that does not use the collection."""

    version: str
    url: str
    username: str
    password: str = field(repr=False)
    directory: str
    dbms: str = "sqlite"

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

    def form(self, username: str, password: str) -> requests.Session:
        """What the web form of Airflow 2 makes of a username and password."""
        session = requests.Session()
        page = session.get(f"{self.url}/login/").text
        token = page.partition('name="csrf_token"')[2].partition('value="')[2].partition('"')[0]
        form = {"username": username, "password": password, "csrf_token": token}
        session.post(f"{self.url}/login/", data=form, allow_redirects=False)
        return session

    def ask(self, method: str, path: str, **options: Any) -> requests.Response:
        """Send a request to the API; path is quoted. Roles and users are the auth manager's on Airflow 3."""
        of_fab = self.is_v2 and path.startswith(("/roles", "/users", "/permissions"))
        return logged_in(self).request(method, (f"{self.url}/auth/fab/v1" if of_fab else self.api) + path, **options)

    def program(self, name: str) -> str:
        """The path of a program in Airflow's own environment."""
        state = json.loads((Path(self.directory) / "sandbox.json").read_text())
        return f"{state['venv']}/bin/{name}"

    def environment(self, **variables: str) -> dict[str, str]:
        """What Airflow's own programs have to find in their environment."""
        own = {"AIRFLOW_HOME": self.directory, "_AIRFLOW__SKIP_DATABASE_EXECUTOR_COMPATIBILITY_CHECK": "1"}
        return {**os.environ, **own, **variables}

    def command(self, *arguments: str) -> str:
        """What Airflow's own command line answers, which sees what is stored."""
        command = [self.program("airflow"), *arguments]
        return subprocess.run(command, env=self.environment(), check=True, capture_output=True, text=True).stdout

    def commands(self, *commands: list[str]) -> None:
        """Run several commands of Airflow's own command line in one process: its start takes five seconds."""
        code = (
            "import json, sys\nfrom airflow.cli import cli_parser\nfor command in json.loads(sys.argv[1]):\n"
            "    arguments = cli_parser.get_parser().parse_args(command)\n    arguments.func(arguments)\n"
        )
        command = [self.program("python"), "-c", code, json.dumps(commands)]
        subprocess.run(command, env=self.environment(), check=True, capture_output=True)

    @contextlib.contextmanager
    def database(self) -> Iterator[sqlite3.Connection]:
        """The metadata database, for what no interface lets anybody do; committed in the end."""
        database = sqlite3.connect(Path(self.directory) / "airflow.db", timeout=30)
        with contextlib.closing(database), database:
            yield database

    def store_password(self, username: str, password: str) -> None:
        """Store the hash of a password of any length, as ``tests/webserver_config.py`` has it made."""
        salt, rounds = secrets.token_hex(8), 1000
        digest = hashlib.pbkdf2_hmac("sha256", password.encode(), salt.encode(), rounds).hex()
        with self.database() as database:
            database.execute(
                "UPDATE ab_user SET password = ? WHERE username = ?",
                (f"pbkdf2:sha256:{rounds}${salt}${digest}", username),
            )

    def options(self, **options: Any) -> dict[str, Any]:
        """The connection options of a task."""
        own = {"airflow_url": self.url, "airflow_username": self.username, "airflow_password": self.password}
        return {**{item.name: item.default for item in CONNECTION}, **own, **options}

    def task(
        self,
        spec: Resource | Endpoint | Operation,
        check_mode: bool = False,
        client: Client | None = None,
        progress: Callable[[str], None] | None = None,
        **options: Any,
    ) -> dict[str, Any]:
        """Run a module's task without Ansible around it; what is waited for is looked at twice a second."""
        params = {**self.options(), **{item.name: item.default for item in spec.options()}}
        params.update({"poll_interval": 0.5} if "poll_interval" in params else {}, **options)
        client = client or connect(params, read_only=check_mode)
        own = Task(client, check_mode, progress)
        if isinstance(spec, Resource):
            result = perform_resource(spec, params, own)
        elif isinstance(spec, Operation):
            result = perform_operation(spec, params, own)
        else:
            result = read(spec, params, client)
        return {**result.values, "warnings": list(result.warnings)}


@functools.cache
def logged_in(live: Live) -> requests.Session:
    """One login for all questions."""
    if not live.is_v2:
        return live.form(live.username, live.password)
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {live.token()}"
    return session


def processes_with(variable: str) -> list[int]:
    """The processes that were started with a variable in their environment, ``NAME=value``; Linux only."""
    found = []
    for environment in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            if variable.encode() in environment.read_bytes().split(b"\0"):
                found.append(int(environment.parent.name))
    return found


SERVERS = [Live(**server) for server in json.loads(Path(os.environ["AIRFLOW_LIVE_SERVERS"]).read_text())]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Function]) -> None:
    """Make a test slow on the servers that its mark ``slow_on`` names."""
    for item in items:
        for mark in item.iter_markers("slow_on"):
            server = item.callspec.params["live"]
            assert isinstance(server, Live)
            if server.is_v2 is (mark.args[0] == 3):
                item.add_marker("slow")


@pytest.fixture(scope="session", params=SERVERS, ids=lambda server: server.version)
def live(request: pytest.FixtureRequest) -> Live:
    """Each server in turn."""
    server: Live = request.param
    return server


@pytest.fixture(scope="session")
def client(live: Live) -> Client:
    """One login for many tasks."""
    return connect(live.options(airflow_auth="auto" if live.is_v2 else "session"), read_only=False)


@pytest.fixture(scope="session")
def dags(live: Live, client: Client) -> None:
    """Airflow has read tests/dags."""
    live.task(DAG, client=client, dag_id="test_succeeds", wait_timeout=90)


Started = Callable[..., str]


@pytest.fixture
def started(live: Live, tmp_path: Path) -> Iterator[Started]:
    """Start a second web server, or API server, on the same database with other settings; gives its URL.

    With ``path`` it serves below that path.
    """
    running: list[subprocess.Popen[bytes]] = []

    def start(path: str = "", **settings: str) -> str:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        url = f"http://127.0.0.1:{port}{path}"
        if path:
            settings[f"AIRFLOW__{'API' if live.is_v2 else 'WEBSERVER'}__BASE_URL"] = url
        command = ["api-server"] if live.is_v2 else ["webserver", "--pid", str(tmp_path / "pid")]
        log = tmp_path / "server.log"
        with log.open("wb") as output:
            running.append(
                subprocess.Popen(
                    [live.program("airflow"), *command, "--port", str(port), "--workers", "1"],
                    env=live.environment(**settings),
                    stdout=output,
                    stderr=output,
                    start_new_session=True,
                )
            )
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline and running[-1].poll() is None:
            with contextlib.suppress(requests.ConnectionError):
                requests.get(f"{url}{live.api[len(live.url) :]}/version").raise_for_status()
                return url
            time.sleep(0.2)
        raise AssertionError(f"the second server did not start:\n{log.read_text()}")

    yield start
    for process in running:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)


Answers = Callable[[Any], Any]

ASK_AIRFLOW = """
import json, logging, sys, warnings
logging.disable(logging.CRITICAL)
warnings.simplefilter("ignore")
from airflow.models.connection import Connection
from airflow.models.variable import Variable
from airflow.utils.session import create_session
NAMES = ("conn_type", "host", "schema", "login", "password", "port", "extra", "description")

def show(found):
    return found and {name: getattr(found, name) for name in NAMES}

def stored(conn_id):
    with create_session() as session:
        return show(session.query(Connection).filter_by(conn_id=conn_id).first())

def variable(key):
    with create_session() as session:
        found = session.query(Variable).filter_by(key=key).first()
        return found and {"value": found.val, "description": found.description}

def read(uri):
    try:
        return show(Connection(uri=uri))
    except Exception:
        return None

print("ready", flush=True)
for line in sys.stdin:
    (asked, text), = json.loads(line).items()
    print(json.dumps({"stored": stored, "variable": variable, "uri": read}[asked](text)), flush=True)
"""


@contextlib.contextmanager
def own_code(live: Live) -> Iterator[Answers]:
    """Airflow's own code: what is really stored in a connection or a variable, and how it reads a ``uri``.

    A question is a dict with one item: ``stored`` with the ID of a connection, ``variable`` with a key, or ``uri``.
    """
    command = [live.program("python"), "-c", ASK_AIRFLOW]
    with subprocess.Popen(
        command,
        env=live.environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdin
        assert process.stdout
        questions, answers = process.stdin, process.stdout
        while (line := answers.readline()) != "ready\n":
            assert line, "Airflow's own code did not start"

        def ask(question: Any) -> Any:
            print(json.dumps(question), file=questions, flush=True)
            return json.loads(answers.readline())

        try:
            yield ask
        finally:
            questions.close()


@pytest.fixture(scope="session")
def airflow_says(live: Live) -> Iterator[Answers]:
    """Airflow's own code."""
    with own_code(live) as ask:
        yield ask


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


ENOUGH = "does not depend on the generation, so it runs on the other one only"


@pytest.fixture
def enough_on_2(live: Live) -> None:
    if live.is_v2:
        pytest.skip(ENOUGH)


@pytest.fixture
def enough_on_3(live: Live) -> None:
    if not live.is_v2:
        pytest.skip(ENOUGH)


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
        assert live.ask("DELETE", path).status_code in (200, 204, 404)
        return path

    yield name
    for path in paths:
        live.ask("DELETE", path)
