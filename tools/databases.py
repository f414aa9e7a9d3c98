# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Database servers for Airflows of the tests: each in a directory of its own, and for this user only, through a Unix
socket.

As a program it stops those that are left running.
"""

from __future__ import annotations

import abc
import asyncio
import contextlib
import glob
import os
import pwd
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import tree
from runner import Result, RunnerError, last_lines, main, run_logged

LONGEST_WAIT = 30.0
"""Seconds until a server takes connections, or has ended."""

FOLDERS = ("/usr/local/sbin", "/usr/sbin")
"""Where programs of servers are, too: not everybody has these folders on PATH."""

Command = list[str]


class Database(abc.ABC):
    """A database server. What it holds is gone once it has ended, so none of it has to survive a crash."""

    name: str
    title: str
    package: str
    """Debian's and Ubuntu's."""
    programs: tuple[str, ...]
    own_user: str
    """Whom it runs as if this user is root, which it refuses."""
    pid_file: str
    """In its directory."""
    stop_signal: signal.Signals
    requirements: Path | None = None
    """What has to be installed beside Airflow."""

    @property
    def home(self) -> Path:
        """Leads to its directory, which is elsewhere: a socket's path may have a hundred characters, and a clone may be
        where the server's own user cannot go."""
        return tree.BUILD / "airflow" / self.name

    @property
    def directory(self) -> Path:
        return self.home.resolve()

    async def start(self) -> None:
        """Start it unless it runs.

        :raises RunnerError: if its programs are missing, or it does not start.
        """
        if self.home.exists() and await self._is_up():
            return
        if missing := [program for program in self.programs if not self._found(program)]:
            raise RunnerError(
                f"{self.title}'s programs {', '.join(missing)} were not found: install them, on Debian and Ubuntu "
                f"with: apt-get install {self.package}"
            )
        await self.stop()
        directory = Path(tempfile.mkdtemp(prefix=f"airflow-{self.name}-"))
        self.home.parent.mkdir(parents=True, exist_ok=True)
        self.home.symlink_to(directory)
        if owner := self._owner():
            shutil.chown(directory, owner)
        await self._run(self._prepare(), owner)
        log = directory / "log"
        await self._run(["sh", "-c", 'exec "$@" >"$0" 2>&1 &', str(log), *self._serve()], owner)
        deadline = time.monotonic() + LONGEST_WAIT
        while not await self._is_up():
            if time.monotonic() > deadline:
                said = last_lines(log.read_text(errors="replace"))
                raise RunnerError(f"{self.title} took no connections after {LONGEST_WAIT:.0f} seconds:\n{said}")
            await asyncio.sleep(0.1)

    async def stop(self) -> None:
        """Stop it if it runs, and remove its directory."""
        if self.home.exists():
            if await self._is_up():
                await self._end(int((self.directory / self.pid_file).read_text().split()[0]))
            shutil.rmtree(self.directory)
        self.home.unlink(missing_ok=True)

    async def make(self, database: str) -> None:
        """Make an empty database; what one of its name holds is gone."""
        for command in self._make(database):
            await self._run(command)

    @abc.abstractmethod
    def url(self, database: str) -> str:
        """How Airflow reaches a database. There is no password: the socket identifies the user who connects."""

    @abc.abstractmethod
    def _prepare(self) -> Command:
        """What fills its empty directory."""

    @abc.abstractmethod
    def _serve(self) -> Command:
        """The server itself."""

    @abc.abstractmethod
    def _ask(self) -> Command:
        """What succeeds if it takes connections."""

    @abc.abstractmethod
    def _make(self, database: str) -> list[Command]:
        """What makes an empty database."""

    def _folders(self) -> list[str]:
        """Where its programs are looked for, in this order."""
        return [os.environ["PATH"], *FOLDERS]

    def _found(self, program: str) -> str | None:
        return shutil.which(program, path=os.pathsep.join(self._folders()))

    def _owner(self) -> str | None:
        """Whom it runs as, if not as this user."""
        return self.own_user if os.geteuid() == 0 else None

    async def _is_up(self) -> bool:
        code, _output = await self._logged(self._ask(), None)
        return code == 0

    async def _end(self, process: int) -> None:
        deadline = time.monotonic() + LONGEST_WAIT
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, self.stop_signal)
            while time.monotonic() < deadline:
                os.kill(process, 0)
                await asyncio.sleep(0.05)
            os.kill(process, signal.SIGKILL)

    async def _run(self, command: Command, user: str | None = None) -> None:
        code, output = await self._logged(command, user)
        if code:
            raise RunnerError(f"{command[0]} of {self.title} failed:\n{output}")

    async def _logged(self, command: Command, user: str | None) -> tuple[int, str]:
        program, *arguments = command
        return await run_logged(self.name, [self._found(program) or program, *arguments], cwd=self.directory, user=user)


class PostgreSQL(Database):
    name = "postgresql"
    title = "PostgreSQL"
    package = "postgresql"
    programs = ("initdb", "postgres", "pg_isready", "dropdb", "createdb")
    own_user = "postgres"
    pid_file = "data/postmaster.pid"
    stop_signal = signal.SIGQUIT  # without waiting for those who are connected

    def url(self, database: str) -> str:
        return f"postgresql+psycopg2://{_me()}@/{database}?host={self.directory}"

    def _folders(self) -> list[str]:
        # Debian's, by major version; they are not on PATH.
        own = sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda path: float(Path(path).parts[-2]), reverse=True)
        return [*own, *super()._folders()]

    def _prepare(self) -> Command:
        options = ["--auth-local=peer", "--auth-host=reject", "--encoding=UTF8", "--locale=C", "--no-sync"]
        return ["initdb", f"--pgdata={self.directory / 'data'}", f"--username={_me()}", *options]

    def _serve(self) -> Command:
        settings = {"listen_addresses": "", "unix_socket_directories": str(self.directory)}
        settings.update(dict.fromkeys(("fsync", "synchronous_commit", "full_page_writes"), "off"))
        return ["postgres", "-D", str(self.directory / "data"), *(f"--{name}={settings[name]}" for name in settings)]

    def _ask(self) -> Command:
        return ["pg_isready", f"--host={self.directory}"]

    def _make(self, database: str) -> list[Command]:
        server = f"--host={self.directory}"
        return [["dropdb", server, "--if-exists", "--force", database], ["createdb", server, database]]


class MariaDB(Database):
    name = "mariadb"
    title = "MariaDB"
    package = "mariadb-server libmariadb-dev"
    programs = ("mariadb-install-db", "mariadbd", "mariadb-admin", "mariadb", "mariadb_config")
    """The last one is what its driver is built with."""
    own_user = "mysql"
    pid_file = "pid"
    stop_signal = signal.SIGTERM
    requirements = tree.ROOT / "requirements/mariadb.txt"

    def url(self, database: str) -> str:
        return f"mysql+mysqldb://{_me()}@/{database}?unix_socket={self.directory / 'socket'}&charset=utf8mb4"

    def _prepare(self) -> Command:
        options = ["--skip-test-db", "--auth-root-authentication-method=socket", f"--auth-root-socket-user={_me()}"]
        return ["mariadb-install-db", "--no-defaults", f"--datadir={self.directory / 'data'}", *options]

    def _serve(self) -> Command:
        files = {"datadir": "data", "socket": "socket", "pid-file": "pid"}
        settings = {"innodb-flush-log-at-trx-commit": "0", "innodb-doublewrite": "OFF", "innodb-fast-shutdown": "2"}
        return [
            "mariadbd",
            "--no-defaults",
            "--skip-networking",
            *(f"--{name}={self.directory / file}" for name, file in files.items()),
            *(f"--{name}={value}" for name, value in settings.items()),
        ]

    def _ask(self) -> Command:
        return ["mariadb-admin", *self._client(), "ping"]

    def _make(self, database: str) -> list[Command]:
        # As Airflow's documentation has it.
        made = f"CREATE DATABASE {database} CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci"
        return [["mariadb", *self._client(), f"--execute=DROP DATABASE IF EXISTS {database}; {made}"]]

    def _client(self) -> Command:
        return ["--no-defaults", f"--socket={self.directory / 'socket'}", f"--user={_me()}"]


DATABASES: Mapping[str, Database] = {database.name: database for database in (PostgreSQL(), MariaDB())}


def _me() -> str:
    return pwd.getpwuid(os.geteuid()).pw_name


async def _stop_all() -> list[Result]:
    for database in DATABASES.values():
        await database.stop()
    return []


if __name__ == "__main__":
    sys.exit(main(_stop_all()))
