# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Parsing of DAG files: Airflow does it by itself, sooner or later; here it is asked for and waited for."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Any, Mapping

from .._core.api import ApiName, Since, fill, join
from .._core.dag_files import checksum
from .._core.errors import AirflowError, RefusedError, few
from .._core.parsing import Known, Watch, import_error, one_line, survey
from .._core.shape import AN_OBJECT, an_object
from .._core.spec import EVERY_API, Field, Operation
from .._core.wait import watch
from .dag import read_import_errors

if TYPE_CHECKING:
    from .._core.client import Client

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


class Parsing:
    """The files that one task waits for."""

    def __init__(self, client: Client, params: Mapping[str, Any]) -> None:
        self._client = client
        self._params = params
        self._shows_source = True
        self._files = (*params["files"], *params["other_files"])
        self.dags: list[dict[str, Any]] = []
        needed, interval = params["parsers"] + 1, params["min_update_interval"]
        is_young = params["former_age"] is not None and params["former_age"] < YOUNG * interval
        self.watches = {
            file: Watch(known, needed, file not in params["files"], interval if is_young else 0)
            for file, known in self._survey().items()
        }

    def _survey(self) -> dict[str, Known]:
        client = self._client
        query = {**WITH_STALE[client.server.api.name], "order_by": "dag_id"}
        self.dags = list(client.pages(join("dags"), "dags", query, row=an_object("dag_id", "fileloc")))
        errors = read_import_errors(client)
        return survey(self._params["folder"], self._files, self.dags, errors)

    def wait(self) -> None:
        """Ask for parsing and wait until it has come about.

        :raises AirflowError: if it has not in time.
        """
        for watched in self.watches.values():
            self._hurry(watched)
        watch(
            self._look,
            lambda waiting: not waiting,
            self.waiting(),
            timeout=self._params["wait_timeout"],
            longest_pause=LONGEST_PAUSE,
            title="the new version of " + few(list(self.watches), FEW),
            state=lambda waiting: (
                "not parsed (" + "; ".join(f"{file}: {self.watches[file].state}" for file in waiting) + ")"
            ),
            more=self._why,
            tell=self._client.progress,
            line=lambda waiting: f"not parsed yet: {few(waiting, 1)}" if waiting else "",
        )

    def _hurry(self, watch: Watch) -> None:
        """Ask for a parse, which spares the wait for the next one by schedule; that comes even so."""
        client = self._client
        if watch.last.token and not client.server.lacks(REQUESTS_SINCE):
            try:
                client.call("PUT", fill("parseDagFile/{token}", {"token": watch.last.token}))
            except AirflowError:
                # Asked for already (409 or 500 on 3.x), or not allowed.
                return

    def _look(self) -> list[str]:
        """See what has been parsed since the last look; the files that have not been."""
        for file, known in self._survey().items():
            watched = self.watches[file]
            is_old = watched.has_new_dags(known) and self._is_old(file, known)
            if watched.see(known, is_old) and not watched.is_done:
                self._hurry(watched)
        return self.waiting()

    def _why(self, waiting: list[str]) -> str:
        """Where to look for the reason why files have not been parsed in time."""
        params, client = self._params, self._client
        for file in waiting:
            elsewhere = sorted({str(dag["fileloc"]) for dag in self.dags if str(dag["fileloc"]).endswith("/" + file)})
            if self.watches[file].last.is_nothing and elsewhere:
                place = posixpath.join(params["folder"], file)
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
            f". Possible reasons: another DAGs folder than {params['folder']}, an .airflowignore, or that new files "
            f"are looked for only every {NEW_FILES[client.server.api.name]} seconds (300 by default)"
        )

    def waiting(self) -> list[str]:
        """The files that have not been parsed."""
        return [file for file, watch in self.watches.items() if not watch.is_done]

    def _is_old(self, file: str, known: Known) -> bool:
        """Whether the source that Airflow has is not what was put in place: a copy of the folder lags behind."""
        wanted = self._params["checksums"].get(file)
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

    def errors(self) -> list[dict[str, Any]]:
        """The import errors of the files, those of the new version if it was waited for."""
        return [
            import_error(file, watch.last.error)
            for file, watch in self.watches.items()
            if watch.last.error and (watch.is_done or not self._params["wait"])
        ]

    def found(self) -> dict[str, list[str]]:
        """The DAGs of the files."""
        return {file: watch.dag_ids for file, watch in self.watches.items() if watch.dag_ids}


def dag_parse(client: Client, params: Mapping[str, Any]) -> dict[str, Any]:
    """Have Airflow parse files, and wait until it has.

    :raises AirflowError: if it did not in time, or could not import them.
    """
    is_ahead = params["wait"] and client.transport.read_only
    if is_ahead or not (params["files"] or params["other_files"]):
        return {"dags": {}, "import_errors": []}
    parsing = Parsing(client, params)
    late: AirflowError | None = None
    if params["wait"]:
        try:
            parsing.wait()
        except AirflowError as error:
            late = error
    result = {"dags": parsing.found(), "import_errors": parsing.errors()}
    errors = f"Airflow cannot import {'; '.join(map(one_line, parsing.errors()))}" if result["import_errors"] else ""
    if late:
        raise late.saying(f"{errors}. {late.message}" if errors else late.message, **result)
    if errors:
        raise AirflowError(errors, **result)
    return result


DAG_PARSE = Operation(
    kind="dag_parse",
    act=dag_parse,
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
