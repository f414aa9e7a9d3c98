# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Parsing of DAG files: Airflow does it by itself, sooner or later; here it is asked for and waited for."""

from __future__ import annotations

import posixpath
from functools import partial
from typing import TYPE_CHECKING, Any, Mapping, NamedTuple

from ..._engine.run_operation import Steps, Wait, run_operation
from ..._model.api import ApiName, Since
from ..._model.change import Action
from ..._model.errors import AirflowError, RefusedError, few
from ..._model.field import EVERY_API, Field
from ..._model.operation import Operation
from ..._model.paths import fill, join
from ..._model.shape import AN_OBJECT, an_object
from ..shared.read_dags import read_import_errors
from .checksum import checksum
from .parsing import Known, Watch, import_error, one_line, survey

if TYPE_CHECKING:
    from ..._http.client import Client

LONGEST_PAUSE = 3.0
FEW = 3
"""Files that a message names as what is waited for."""

YOUNG = 2
"""How many times the interval of storing is the age from which on a version has been stored long enough ago: Airflow
has parsed it some time after it was put in place."""

REQUESTS_SINCE = Since(v1="2.10.0")
"""Where a parse can be asked for."""

WITH_STALE: Mapping[ApiName, Mapping[str, str]] = {"v1": {"only_active": "false"}, "v2": {"exclude_stale": "false"}}
"""What makes a list of DAGs complete: those of files with import errors are stale on Airflow 3."""

NEW_FILES: Mapping[ApiName, str] = {"v1": "[scheduler] dag_dir_list_interval", "v2": "[dag_processor] refresh_interval"}
"""How often Airflow looks for new files: every 300 seconds by default on both."""


class Wanted(NamedTuple):
    """The files whose parsing is wanted; the parameters are the options of the module."""

    folder: str
    files: list[str]
    other_files: list[str]
    checksums: Mapping[str, Any]
    wait: bool
    parsers: int
    former_age: int | None
    min_update_interval: int
    wait_timeout: float


class Plan(NamedTuple):
    """What is wanted: whatever Airflow does about it changes nothing that lasts."""

    wanted: Wanted
    action: Action = Action.NONE


class Parses(Steps[Wanted, None, Plan]):
    """Asks for parsing and waits for it, or looks at the import errors that there are."""

    module = "airflow_dag_parse"

    def wanted(self, options: Mapping[str, Any]) -> Wanted:
        return Wanted(*(options[name] for name in Wanted._fields))

    def read(self, client: Client, wanted: Wanted) -> None:
        """What is read before the parsing is asked for does not count."""

    def plan(self, wanted: Wanted, seen: None) -> Plan:
        return Plan(wanted)

    def predict(self, plan: Plan) -> dict[str, Any]:
        return {"dags": {}, "import_errors": []}

    def follow(self, client: Client, plan: Plan, value: Any) -> Wait | None:
        wanted, parsing = plan.wanted, Parsing(client, plan.wanted)
        if not parsing.files:
            return None

        def end(_waiting: list[str]) -> dict[str, Any]:
            found = parsing.found()
            if found["import_errors"]:
                raise AirflowError(parsing.failure(), **found)
            return found

        return Wait(
            first=parsing.begin,
            look=parsing.look,
            is_over=lambda waiting: not waiting,
            timeout=wanted.wait_timeout,
            longest_pause=LONGEST_PAUSE,
            title="the new version of " + few(parsing.files, FEW),
            state=lambda waiting: (
                "not parsed (" + "; ".join(f"{file}: {parsing.state(file)}" for file in waiting) + ")"
            ),
            more=parsing.why_late,
            line=lambda waiting: f"not parsed yet: {few(waiting, 1)}" if waiting else "",
            facts=lambda _waiting: parsing.found(),
            end=end,
            said=lambda message: f"{parsing.failure()}. {message}" if parsing.failure() else message,
            ahead=not wanted.wait,
        )

    def result(self, plan: Plan, value: dict[str, Any]) -> dict[str, Any]:
        return value


class Parsing:
    """The files that one task waits for."""

    def __init__(self, client: Client, wanted: Wanted) -> None:
        self._client = client
        self._wanted = wanted
        self._shows_source = True
        self._dags: list[dict[str, Any]] = []
        self._watches: dict[str, Watch] = {}
        self.files = list(dict.fromkeys((*wanted.files, *wanted.other_files)))

    def begin(self) -> list[str]:
        """See what there is, and ask for parsing; the files to wait for."""
        wanted, needed, interval = self._wanted, self._wanted.parsers + 1, self._wanted.min_update_interval
        is_young = wanted.former_age is not None and wanted.former_age < YOUNG * interval
        for file, known in self._survey().items():
            self._watches[file] = Watch(known, needed, file not in wanted.files, interval if is_young else 0)
        if not wanted.wait:
            return []
        for watched in self._watches.values():
            self._hurry(watched)
        return self._waiting()

    def _survey(self) -> dict[str, Known]:
        client = self._client
        query = {**WITH_STALE[client.server.api.name], "order_by": "dag_id"}
        self._dags = list(client.pages(join("dags"), "dags", query, row=an_object("dag_id", "fileloc")))
        errors = read_import_errors(client)
        return survey(self._wanted.folder, self.files, self._dags, errors)

    def _hurry(self, watch: Watch) -> None:
        """Ask for a parse, which spares the wait for the next one by schedule; that comes anyway."""
        client = self._client
        if watch.last.token and not client.server.lacks(REQUESTS_SINCE):
            try:
                client.call("PUT", fill("parseDagFile/{token}", {"token": watch.last.token}))
            except AirflowError:
                # Asked for already (409 or 500 on 3.x), or not allowed.
                return

    def look(self) -> list[str]:
        """See what has been parsed since the last look; the files that have not been."""
        for file, known in self._survey().items():
            watched = self._watches[file]
            is_old = watched.has_new_dags(known) and self._is_old(file, known)
            if watched.see(known, is_old) and not watched.is_done:
                self._hurry(watched)
        return self._waiting()

    def why_late(self, waiting: list[str]) -> str:
        """Where to look for the reason why files have not been parsed in time."""
        wanted, client = self._wanted, self._client
        for file in waiting:
            elsewhere = sorted({str(dag["fileloc"]) for dag in self._dags if str(dag["fileloc"]).endswith("/" + file)})
            if self._watches[file].last.is_nothing and elsewhere:
                place = posixpath.join(wanted.folder, file)
                return f". Airflow has {' and '.join(elsewhere)}, not {place}: is folder the path that Airflow sees?"
        try:
            health = client.read_openly(client.server.api.health, AN_OBJECT)
        except AirflowError:
            health = {}
        sick = [
            f"{name} is {health[name]['status']}"
            for name in ("scheduler", "dag_processor")
            if isinstance(health.get(name), dict) and health[name].get("status") not in (None, "healthy")
        ]
        if sick:
            return f". {' and '.join(sick).capitalize()}"
        return (
            f". Possible reasons: another DAGs folder than {wanted.folder}, an .airflowignore, or that new files "
            f"are looked for only every {NEW_FILES[client.server.api.name]} seconds (300 by default)"
        )

    def _waiting(self) -> list[str]:
        """The files that have not been parsed."""
        return [file for file, watch in self._watches.items() if not watch.is_done]

    def _is_old(self, file: str, known: Known) -> bool:
        """Whether the source that Airflow has is not what was put in place: a copy of the folder lags behind."""
        wanted = self._wanted.checksums.get(file)
        if not wanted or not self._shows_source:
            return False
        api = self._client.server.api.name
        path = fill("dagSources/{name}", {"name": known.token if api == "v1" else known.latest})
        try:
            source = self._client.call("GET", path, check=an_object("content"))["content"]
        except RefusedError:
            # Not every user may see sources. Without this check all is well as long as there is no copy.
            self._shows_source = False
            return False
        return checksum(str(source).encode()) != str(wanted)

    def state(self, file: str) -> str:
        """What is known of a file that has not been parsed."""
        return self._watches[file].state

    def _errors(self) -> list[dict[str, Any]]:
        """The import errors of the files, those of the new version if it was waited for."""
        return [
            import_error(file, watch.last.error)
            for file, watch in self._watches.items()
            if watch.last.error and (watch.is_done or not self._wanted.wait)
        ]

    def found(self) -> dict[str, Any]:
        """The DAGs and the import errors of the files, as the result has them."""
        dags = {file: watch.dag_ids for file, watch in self._watches.items() if watch.dag_ids}
        return {"dags": dags, "import_errors": self._errors()}

    def failure(self) -> str:
        """What Airflow cannot import, in a sentence; empty if there is nothing."""
        errors = self._errors()
        return f"Airflow cannot import {'; '.join(map(one_line, errors))}" if errors else ""


DAG_PARSE = Operation(
    kind="dag_parse",
    act=partial(run_operation, Parses()),
    writes=True,
    fields=(
        Field(
            "folder",
            required=True,
            description=(
                "Path of the folder in which the files are, as Airflow's DAG processor sees it: the DAGs folder or a "
                "folder in it.",
            ),
            sample="/opt/airflow/dags",
        ),
        Field(
            "files",
            type="list",
            elements="str",
            default=[],
            description=(
                "Paths below O(folder) of new or changed files that define DAGs. Each of them has to show DAGs or an "
                "import error.",
            ),
        ),
        Field(
            "other_files",
            type="list",
            elements="str",
            default=[],
            description=(
                "Paths of files that are waited for only if Airflow knows DAGs or an import error of them: they may be "
                "modules for others, or have not changed themselves but import what has.",
            ),
        ),
        Field(
            "checksums",
            type="dict",
            default={},
            description=(
                "SHA-256 of each file, as M(dataops.airflow.airflow_dag_files) returns them. A parse counts only if "
                "the source that Airflow has is this one, which is of use where Airflow reads a copy of the folder, or "
                "one that lags behind. Ignored if the user may not read sources.",
            ),
        ),
        Field(
            "wait",
            type="bool",
            default=True,
            description=(
                "Wait until the files have been parsed. V(false) only looks whether Airflow has import errors of them "
                "now, in check mode as well: for files that have not changed.",
            ),
        ),
        Field(
            "parsers",
            type="int",
            default=1,
            minimum=dict.fromkeys(EVERY_API, 1),
            description=(
                "How many DAG processors (or schedulers without one) parse this folder. Each may be at work on the "
                "former version of a file when it is replaced.",
            ),
        ),
        Field(
            "former_age",
            type="int",
            description=(
                "Seconds since a former version was put in place, as M(dataops.airflow.airflow_dag_files) returns it. "
                "If it is less than twice O(min_update_interval), Airflow may not store a changed structure of a DAG "
                "yet; then a parse counts only that much later.",
            ),
        ),
        Field(
            "min_update_interval",
            type="int",
            default=30,
            minimum=dict.fromkeys(EVERY_API, 0),
            description=(
                "Airflow's C([core] min_serialized_dag_update_interval): Airflow stores the structure of a DAG, its "
                "tasks and its schedule, at most every so many seconds. V(0) if only the code of tasks has changed, "
                "which each task reads again.",
            ),
        ),
        Field(
            "wait_timeout",
            type="int",
            default=600,
            minimum=dict.fromkeys(EVERY_API, 0),
            description=(
                "Maximum number of seconds to wait. Airflow looks for new files every 300 seconds by default; files "
                "that it knows are parsed within seconds.",
            ),
        ),
    ),
    returned=(
        Field(
            "dags",
            type="dict",
            description=(
                "IDs of the DAGs that were found, by file. Empty if nothing was waited for, as in check mode.",
            ),
            sample={"orders/daily.py": ["orders_daily"]},
        ),
        Field(
            "import_errors",
            type="list",
            elements="dict",
            description=(
                "Files that Airflow could not import, on failure: C(file), C(line) (in that file; none if the "
                "traceback does not name it), C(message) (the last line of the traceback) and C(stack_trace).",
            ),
            sample=[],
        ),
    ),
    summary="Wait until Apache Airflow has parsed DAG files",
    description=(
        "Asks Airflow to parse files that have just been changed, and waits until it has parsed what they are now: a "
        "parse that had begun before does not count. Fails if a file cannot be imported.",
        "Run it when the files are in place: what was parsed before it starts does not count. Parsing is asked for "
        "from Airflow 2.10 on; before, and for new files, Airflow's own schedule is waited for.",
        "Never reports a change.",
    ),
    examples="""
- name: Put the DAGs in place
  dataops.airflow.airflow_dag_files:
    source: /srv/checkouts/etl/dags
    dest: /opt/airflow/dags
  register: placed

- name: Wait until Airflow has parsed them
  dataops.airflow.airflow_dag_parse:
    airflow_url: https://airflow.example.com
    airflow_username: ansible
    airflow_password: "{{ airflow_password }}"
    folder: /opt/airflow/dags
    files: "{{ placed.dag_files }}"
    other_files: "{{ placed.other_files }}"
    checksums: "{{ placed.checksums }}"
    former_age: "{{ placed.former_age | default(omit) }}"
  delegate_to: localhost
  when: placed is changed
""",
)
