# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Two playbooks that want the same at once, or not the same.

On databases that let both write: SQLite lets one in at a time, and would hide what happens.
"""

from __future__ import annotations

import contextlib
import json
import re
import subprocess
import sys
import threading
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.dataops.airflow.plugins.module_utils._kinds.dag.dag import DAG
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.deployment.deployment import DEPLOYMENT
from ansible_collections.dataops.airflow.tests.live.conftest import SERVERS, Live
from ansible_collections.dataops.airflow.tests.live.proxy import Answer, Forward, Proxy, Request, Rule
from ansible_collections.dataops.airflow.tests.live.test_ansible import ansible_environment, playbook
from ansible_collections.dataops.airflow.tests.live.test_deployment import NAMES, filled

pytestmark = pytest.mark.slow

TURNS = 5
"""Of four rounds each."""

LONGEST_WAIT = 10.0
LONGEST_RUN = 120.0
PREFIX = "test_p_"
COLLECTION = re.compile(r"/(roles|users|pools|connections|variables)(?=[/?]|$)")

Objects = dict[str, list[dict[str, Any]]]


WIDE = [server for server in SERVERS if server.dbms != "sqlite"]


@pytest.fixture(scope="module", params=WIDE, ids=lambda server: server.dbms)
def live(request: pytest.FixtureRequest) -> Live:
    """Each server in turn."""
    server: Live = request.param
    assert not (Path(server.directory) / "airflow.db").exists()
    return server


def collection(request: Request) -> str | None:
    """Whose objects a request writes; ``None`` for what is not a write."""
    if "update_mask=roles" in request.path:
        # One of the two moves a role's members, while the other waits for it.
        return "roles"
    found = COLLECTION.search(request.path)
    return found[1] if found and request.method != "GET" else None


def run_id(request: Request) -> str | None:
    """The run that a request triggers."""
    return str(json.loads(request.body)["dag_run_id"]) if request.path.endswith("/dagRuns") and request.body else None


def meeting(occasion: Callable[[Request], str | None], barriers: dict[str, threading.Barrier]) -> Rule:
    """Keep a playbook's first request of each occasion until the other one's has come, too."""
    met: set[str] = set()
    lock = threading.Lock()

    def rule(request: Request, forward: Forward) -> Answer:
        now = occasion(request)
        with lock:
            is_first = now is not None and now not in met
            met.update({now} if now else ())
        if now and is_first:
            with contextlib.suppress(threading.BrokenBarrierError):
                barriers.setdefault(now, threading.Barrier(2)).wait(LONGEST_WAIT)
        return forward(request)

    return rule


def at_once(
    live: Live,
    folder: Path,
    occasion: Callable[[Request], str | None],
    occasions: Iterable[str],
    *tasks: dict[str, Any],
) -> list[dict[str, Any]]:
    """Run two playbooks of a task each at once; what the tasks return.

    :param occasion: of a request.
    :param occasions: on which both meet.
    """
    barriers: dict[str, threading.Barrier] = {}
    reports = []
    with contextlib.ExitStack() as stack:
        processes = []
        for name, task in zip(("one", "other"), tasks, strict=True):
            (folder / name).mkdir(exist_ok=True)
            reports.append(folder / name / "report.json")
            proxy = stack.enter_context(Proxy(live.url))
            proxy.rule = meeting(occasion, barriers)
            told = {"ansible.builtin.copy": {"content": "{{ told | to_json }}", "dest": str(reports[-1])}}
            path = playbook(folder / name, [{**task, "register": "told", "ignore_errors": True}, told])
            log = stack.enter_context((folder / name / "log").open("wb"))
            command = [str(Path(sys.executable).parent / "ansible-playbook"), path]
            processes.append(
                stack.enter_context(
                    subprocess.Popen(
                        command, env=ansible_environment(live, AIRFLOW_URL=proxy.url), stdout=log, stderr=log
                    )
                )
            )
        try:
            codes = [process.wait(LONGEST_RUN) for process in processes]
        finally:
            for process in processes:
                process.kill()
    assert codes == [0, 0], [(folder / name / "log").read_text() for name in ("one", "other")]
    assert {name: barrier.broken for name, barrier in barriers.items()} == dict.fromkeys(occasions, False)
    return [json.loads(report.read_text()) for report in reports]


def objects(turn: int) -> Objects:
    """Objects that differ from those of another turn."""
    edit = {"action": "can_edit" if turn % 2 else "can_delete", "resource": "Pools"}
    return {
        "roles": [
            {"name": f"{PREFIX}{number}", "permissions": [{"action": "can_read", "resource": "Pools"}, edit]}
            for number in range(2)
        ],
        "users": [
            {
                "username": f"{PREFIX}{number}",
                "email": f"{PREFIX}{number}@{turn}",
                "first_name": "A",
                "last_name": "L",
                "password": "live-p-geheim",
                "roles": [f"{PREFIX}{number}"],
            }
            for number in range(2)
        ],
        "pools": [{"name": f"{PREFIX}{number}", "slots": turn} for number in range(5)],
        "connections": [
            {
                "connection_id": f"{PREFIX}{number}",
                "conn_type": "http",
                "host": f"host-{turn}",
                "password": "live-p-geheim",
            }
            for number in range(20)
        ],
        "variables": [{"key": f"{PREFIX}{number}", "value": f"value {turn} of {number}"} for number in range(200)],
    }


def without(wanted: Objects) -> Objects:
    """The same objects as none."""
    return {kind: [{NAMES[kind]: item[NAMES[kind]], "state": "absent"} for item in wanted[kind]] for kind in wanted}


def half(wanted: Objects) -> Objects:
    """Every other object."""
    return {kind: items[::2] for kind, items in wanted.items()}


def listed(live: Live) -> Counter[tuple[str, str]]:
    """How often the server lists each of the objects."""
    found: Counter[tuple[str, str]] = Counter()
    for kind, name in NAMES.items():
        total, read = 1, 0
        while read < total:
            answer = live.ask("GET", f"/{kind}", params={"limit": 100, "offset": read}).json()
            total, read = answer["total_entries"], read + len(answer[kind])
            found.update((kind, row[name]) for row in answer[kind] if row[name].startswith(PREFIX))
    return found


@pytest.fixture
def nothing(live: Live) -> Iterator[None]:
    """None of the objects exist, before and after."""
    live.task(DEPLOYMENT, **filled(without(objects(1))))
    yield
    live.task(DEPLOYMENT, **filled(without(objects(1))))


def deployed_at_once(live: Live, folder: Path, wanted: Objects) -> None:
    """Run the same deployment twice at once; both end well, and what is wanted is there, once."""
    options = {**wanted, "update_secrets": "on_create", "update_password": "on_create"}
    task = {"dataops.airflow.airflow_deployment": options}
    results = at_once(live, folder, collection, wanted, task, task)
    assert [result["failed"] for result in results] == [False, False], [result.get("msg") for result in results]
    present = {(kind, item[NAMES[kind]]) for kind in wanted for item in wanted[kind] if item.get("state") != "absent"}
    assert listed(live) == Counter(present)
    after = live.task(DEPLOYMENT, check_mode=True, **filled(options))
    assert after["changed"] is False, after["diff"]


@pytest.mark.usefixtures("nothing")
@pytest.mark.parametrize("turn", range(TURNS))
def test_the_same_deployment_twice_at_once(live: Live, tmp_path: Path, turn: int) -> None:
    first, second = objects(2 * turn + 1), objects(2 * turn + 2)
    deployed_at_once(live, tmp_path, first)
    deployed_at_once(live, tmp_path, second)
    deployed_at_once(live, tmp_path, without(second))
    live.task(DEPLOYMENT, **filled(half(first)))
    deployed_at_once(live, tmp_path, second)


@pytest.fixture
def paused(live: Live) -> None:
    """The DAG whose runs are triggered is paused, so that none of them takes the time of a worker."""
    live.task(DAG, dag_id="test_succeeds", paused=True, wait_timeout=90)


def triggered_at_once(live: Live, folder: Path, ids: list[str], *confs: dict[str, Any]) -> list[list[dict[str, Any]]]:
    """Trigger runs of these IDs by two playbooks at once, each with its conf; the two results of each run.

    A result is given the warnings about its run, which Ansible gathers from all of a loop.
    """
    tasks = [
        {
            "dataops.airflow.airflow_dag_run": {"dag_id": "test_succeeds", "dag_run_id": "{{ item }}", "conf": conf},
            "loop": ids,
        }
        for conf in confs
    ]
    told = at_once(live, folder, run_id, ids, *tasks)
    return [
        [
            {**each["results"][number], "warnings": [text for text in each.get("warnings", ()) if made in text]}
            for each in told
        ]
        for number, made in enumerate(ids)
    ]


@pytest.fixture
def ids(live: Live) -> Iterator[list[str]]:
    """IDs of 20 runs, which are gone in the end."""
    made = [f"test-{uuid.uuid4()}" for _number in range(20)]
    yield made
    for each in made:
        live.ask("DELETE", f"/dags/test_succeeds/dagRuns/{each}")


def runs(live: Live) -> list[dict[str, Any]]:
    answer = live.ask("GET", "/dags/test_succeeds/dagRuns", params={"limit": 100}).json()
    assert answer["total_entries"] == len(answer["dag_runs"])
    found: list[dict[str, Any]] = answer["dag_runs"]
    return found


@pytest.mark.usefixtures("paused")
def test_the_same_run_is_triggered_once(live: Live, tmp_path: Path, ids: list[str]) -> None:
    for pair in triggered_at_once(live, tmp_path, ids, {"day": 1}, {"day": 1}):
        actions = sorted(str(result.get("action")) for result in pair)
        # Airflow 2 may answer 500 to the second of two in the same moment, and nothing shows who has triggered a run.
        unclear = ["Read back" in " ".join(result["warnings"]) for result in pair]
        assert (actions, sum(unclear)) in ((["create", "none"], 0), (["create", "create"], 1)), pair
        assert not (live.is_v2 and any(unclear))
        assert [result["failed"] for result in pair] == [False, False]
    assert sorted(run["dag_run_id"] for run in runs(live)) == sorted(ids)


@pytest.mark.usefixtures("paused")
def test_of_two_runs_of_one_id_the_second_is_refused(live: Live, tmp_path: Path, ids: list[str]) -> None:
    winners = {}
    for run_id, pair in zip(ids, triggered_at_once(live, tmp_path, ids, {"day": 1}, {"day": 2}), strict=True):
        ((winner, won),) = [(day, result) for day, result in enumerate(pair, 1) if not result["failed"]]
        (lost,) = [result for result in pair if result["failed"]]
        assert (won["action"], won["changed"], lost["changed"]) == ("create", True, False)
        assert "conf" in lost["msg"]
        winners[run_id] = {"day": winner}
    assert {run["dag_run_id"]: run["conf"] for run in runs(live)} == winners
