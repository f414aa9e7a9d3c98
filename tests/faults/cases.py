# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tasks that faults befall, and how the server really is before and after them.

Nothing here goes through the collection but the task itself.
"""

from __future__ import annotations

import contextlib
import datetime
import json
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import requests

from ansible_collections.dataops.airflow.plugins.module_utils._kinds.asset.asset_event import ASSET_EVENT
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.backfill.backfill import BACKFILL
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.connection.connection import CONNECTION
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.connection.connection_info import CONNECTION_INFO
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.connection.connection_test import CONNECTION_TEST
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.dag.dag import DAG
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.dag_files.dag_parse import DAG_PARSE
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.dag_run.dag_run import DAG_RUN
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.dag_run.dag_run_info import DAG_RUN_INFO
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.deployment.deployment import DEPLOYMENT
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.deployment.deployment_info import DEPLOYMENT_INFO
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.pool.pool import POOL
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.pool.pool_info import POOL_INFO
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.role.exact_role import draft_stem, spare_name
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.role.role import ROLE
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.task.task_instance import TASK_INSTANCE
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.user.user import USER
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.variable.variable import VARIABLE
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.variable.variable_info import VARIABLE_INFO
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.xcom.xcom import XCOM
from ansible_collections.dataops.airflow.plugins.module_utils._model.listing import Endpoint
from ansible_collections.dataops.airflow.plugins.module_utils._model.operation import Operation
from ansible_collections.dataops.airflow.plugins.module_utils._model.resource import Resource
from ansible_collections.dataops.airflow.tests.faults.judge import CANARY, Seen
from ansible_collections.dataops.airflow.tests.live.proxy import Request

if TYPE_CHECKING:
    from ansible_collections.dataops.airflow.tests.live.conftest import Answers, Live

NAME = "fault_matrix"
SECRET = f"{CANARY}\"'\\<&1"
"""The value of secret options; it comes back in other forms if it is quoted."""

OLD_SECRET = f"{CANARY}-old-1"
NEVER_ENDS = "test_info"
"""A DAG whose runs begin, and whose tasks wait for a pool that does not exist."""

PAUSED = "test_paused"
DAILY = "test_daily"
PATIENCE = 60.0

Json = dict[str, Any]


@dataclass(frozen=True)
class Situation:
    """A server in the start state of a task.

    :param options: of the task.
    :param look: reads how the server really is.
    :param is_right: whether the result of a task that only reads is right.
    :param watch: takes each request of the task before it is passed on.
    :param clean: takes away what the task has left.
    :param wished: of a task of many objects: ``kind/name`` → the state that it is to have.
    """

    options: Json
    look: Callable[[], Seen]
    is_right: Callable[[Mapping[str, Any]], bool] | None = None
    watch: Callable[[Request], None] = lambda request: None
    clean: Callable[[], None] = lambda: None
    wished: Json = field(default_factory=dict)


@dataclass(frozen=True)
class Case:
    """A task of a module.

    :param module: without ``airflow_``.
    :param title: what the task does.
    :param prepare: brings a server into the start state.
    :param needs: ``v1`` or ``v2`` if only that API has it.
    :param has_all: every fault befalls it, and each of its requests, in place of those of each mechanism.
    :param repeats: every task makes another one.
    :param by_itself: the state comes about by itself, and the task waits for it.
    :param tempo: how long pauses are, compared with real ones.
    :param most: the last of its requests that a fault befalls, as a waiting task's number varies.
    :param is_long: it makes many requests, so that fewer faults befall each.
    :param lane: tasks of different lanes do not touch the same objects.
    """

    module: str
    title: str
    spec: Resource | Endpoint | Operation
    prepare: Callable[[World], Situation]
    needs: str = ""
    has_all: bool = False
    is_long: bool = False
    repeats: bool = False
    by_itself: bool = False
    tempo: float = 0.01
    most: int = 99
    lane: str = "objects"

    @property
    def name(self) -> str:
        return f"airflow_{self.module}: {self.title}"


class World:
    """A server, and what is found out about it without the collection.

    :param ask_airflow: asks Airflow's own code.
    """

    def __init__(self, live: Live, ask_airflow: Answers) -> None:
        self.live = live
        self.ask_airflow = ask_airflow
        self.writing = threading.RLock()
        """Held during a write: on Airflow 3 with SQLite two at a time can keep each other waiting for half a minute."""
        self.is_v2 = live.is_v2
        self.kept: dict[str, Any] = {}
        """What several runs of a case share."""

    def send(self, method: str, path: str, body: Any = None, accepts: tuple[int, ...] = (), **options: Any) -> Any:
        """Send a request; what it answers, ``None`` if the object does not exist.

        A database that is locked for a moment is tried again.

        :param accepts: further statuses that are not errors.
        """
        deadline = time.monotonic() + PATIENCE
        while True:
            with contextlib.nullcontext() if method == "GET" else self.writing:
                answer = self.live.ask(method, path, json=body, **options)
            if answer.status_code in (404, *accepts):
                return None
            if answer.ok:
                return answer.json() if answer.content else None
            if answer.status_code < 500 or time.monotonic() > deadline:
                raise AssertionError(f"{method} {path}: {answer.status_code} {answer.text}")
            time.sleep(0.2)

    def get(self, path: str, **query: Any) -> Any:
        return self.send("GET", path, params=query)

    def clear(self) -> None:
        """Take away the files that several runs have shared."""
        if "folder" in self.kept:
            self.kept["folder"].clear()

    def until(self, path: str, is_so: Callable[[Any], bool]) -> Any:
        """What a path shows as soon as that is so."""
        deadline = time.monotonic() + PATIENCE
        while True:
            found = self.get(path)
            if is_so(found):
                return found
            assert time.monotonic() < deadline, f"{path} stays {found}"
            time.sleep(0.2)


def kept(world: World, name: str, make: Callable[[], Any]) -> Any:
    """What is made once for a server."""
    if name not in world.kept:
        world.kept[name] = make()
    return world.kept[name]


# Objects


def pool(world: World, current: Json | None, **options: Any) -> Situation:
    path = f"/pools/{NAME}"
    wished = None if options.get("state") == "absent" else {**(current or {"description": "made"}), **options}
    world.send("DELETE", path)
    if current:
        world.send("POST", "/pools", {"name": NAME, **current})

    def look() -> Seen:
        found = world.get(path)
        state = found and {name: found[name] for name in ("slots", "description")}
        return Seen(state, state == wished, int(found is not None))

    return Situation({"name": NAME, **options}, look)


def variable(world: World, key: str, current: Json | None, **options: Any) -> Situation:
    path = f"/variables/{key}"
    wished = None if options.get("state") == "absent" else {"description": None, **(current or {}), **options}
    world.send("DELETE", path)
    if current:
        world.send("POST", "/variables", {"key": key, **current})

    def look() -> Seen:
        found = world.ask_airflow({"variable": key})
        state = found and {"value": found["value"], "description": found["description"] or None}
        return Seen(state, state == wished, int(state is not None))

    return Situation({"key": key, **options}, look)


WHOLE = {
    "conn_type": "http",
    "description": "kept",
    "host": "db.example.com",
    "login": "etl",
    "schema": "mart",
    "port": 5432,
    "extra": '{"region": "west"}',
}


def filled(parts: Json) -> Json:
    """The parts of a connection that are set; ``extra`` as what it means."""
    own = {name: value for name, value in parts.items() if value not in (None, "")}
    return {name: json.loads(value) if name == "extra" else value for name, value in own.items()}


def connection(world: World, current: Json | None, wished: Json | None, **options: Any) -> Situation:
    """A connection.

    :param wished: what is to be stored, where that is another than before; ``None`` if it is to be deleted.
    """
    path = f"/connections/{NAME}"
    world.send("DELETE", path)
    if current:
        world.send("POST", "/connections", {"connection_id": NAME, **current})
    whole = wished if wished is None else filled({**(current or {}), **wished})
    untouched = set(current or ()) - {"password", *(wished or ())}
    shown = {name: value for name, value in (whole or {}).items() if name in untouched}

    def look() -> Seen:
        found = world.ask_airflow({"stored": NAME})
        state = found and filled(found)
        lacks = {name: value for name, value in shown.items() if (state or {}).get(name) != value}
        # What a task does not name is lost for good if an error has said so before.
        is_least = bool(lacks) and state is not None and all(state.get(k) == (whole or {}).get(k) for k in wished or ())
        return Seen(state, state == whole or is_least, int(found is not None), lacks=lacks)

    return Situation({"connection_id": NAME, **options}, look)


def permissions(*pairs: str) -> list[Json]:
    """``can_read DAGs`` and so on, as the option has them."""
    return [dict(zip(("action", "resource"), pair.split(" ", 1), strict=True)) for pair in pairs]


OLD = permissions("can_read DAGs", "can_read Pools")
NEW = permissions("can_edit Pools", "can_read Pools")
MEMBERS = ("fault_ada", "fault_grace")


def actions(wanted: list[Json]) -> list[Json]:
    """Permissions as the API has them."""
    return [{"action": {"name": item["action"]}, "resource": {"name": item["resource"]}} for item in wanted]


def user(username: str, password: str, *roles: str) -> Json:
    """A user as the API has it."""
    own = {"username": username, "email": f"{username}@example.com", "first_name": "A", "last_name": "B"}
    return {**own, "password": password, "roles": [{"name": name} for name in roles]}


def role(world: World, current: list[Json] | None, has_members: bool = False, **options: Any) -> Situation:
    name, spare = NAME, spare_name(NAME)
    members = MEMBERS if has_members else ()

    def drafts() -> list[str]:
        rows = world.get("/roles")["roles"]
        return [row["name"] for row in rows if row["name"].startswith(draft_stem(name))]

    def make_members() -> bool:
        for username in members:
            world.send("DELETE", f"/users/{username}")
            world.send("POST", "/users", user(username, OLD_SECRET, "Viewer"))
        return True

    def give(roles: tuple[str, ...]) -> None:
        for username in members:
            body = {key: value for key, value in user(username, "", *roles).items() if key != "password"}
            world.send("PATCH", f"/users/{username}", body, params={"update_mask": "roles"})

    kept(world, f"members {has_members}", make_members)
    give(("Viewer",))
    for each in (name, spare, *drafts()):
        world.send("DELETE", f"/roles/{quote(each)}")
    if current is not None:
        world.send("POST", "/roles", {"name": name, "actions": actions(current)})
        give((name, "Viewer"))
    is_deleted = options.get("state") == "absent"

    def pairs(found: Json | None) -> list[tuple[str, str]] | None:
        actions = None if found is None else found["actions"]
        return actions and sorted((item["action"]["name"], item["resource"]["name"]) for item in actions)

    def look() -> Seen:
        rights, left = (pairs(world.get(f"/roles/{quote(each)}")) for each in (name, spare))
        held = {
            username: sorted(item["name"] for item in world.get(f"/users/{username}")["roles"]) for username in members
        }
        expected = None if is_deleted else sorted((item["action"], item["resource"]) for item in options["permissions"])
        begun = drafts()
        is_wished = (
            rights == expected
            and not (left or begun)
            and all(roles == sorted([name, "Viewer"]) for roles in held.values())
        )
        bare = {username: "a role" for username, roles in held.items() if not {name, spare} & set(roles)}
        return Seen([rights, left, begun, held], is_wished, int(rights is not None), lacks=bare)

    return Situation({"name": name, **options}, look)


def password_of(world: World, username: str) -> str:
    """Which of the passwords here a user has. Trying one takes Airflow long, so each stored hash is tried once."""
    with world.live.database() as database:
        found = database.execute("SELECT password FROM ab_user WHERE username = ?", (username,)).fetchone()

    def find() -> str:
        return next((password for password in (OLD_SECRET, SECRET) if _can_log_in(world, username, password)), "")

    return str(kept(world, str(found), find))


def _can_log_in(world: World, username: str, password: str) -> bool:
    live = world.live
    if live.is_v2:
        return requests.post(f"{live.url}/auth/token", json={"username": username, "password": password}).ok
    return requests.get(f"{live.api}/pools", params={"limit": 1}, auth=(username, password)).ok


def a_user(world: World, exists: bool, password: str | None, **options: Any) -> Situation:
    """A user.

    :param password: the one that is wished, if the user is to be there.
    """
    username = "fault_lin"
    path = f"/users/{username}"
    world.send("DELETE", path)
    if exists:
        world.send("POST", "/users", user(username, OLD_SECRET, "Viewer"))

    def look() -> Seen:
        found = world.get(path)
        state = found and {
            "roles": sorted(item["name"] for item in found["roles"]),
            "password": password_of(world, username),
        }
        wished = {"roles": ["Viewer"], "password": password} if password else None
        return Seen(state, state == wished, int(found is not None))

    given = {} if password is None else {**user(username, password), "roles": ["Viewer"]}
    return Situation({**given, "username": username, **options}, look)


# DAGs, their runs and what belongs to them


def dag(world: World, is_paused: bool, wished: bool) -> Situation:
    path = "/dags/test_mapped"
    world.until(path, lambda found: found is not None)
    world.send("PATCH", path, {"is_paused": is_paused})

    def look() -> Seen:
        state = world.get(path)["is_paused"]
        return Seen(state, state is wished)

    def clean() -> None:
        world.send("PATCH", path, {"is_paused": False})

    return Situation({"dag_id": "test_mapped", "paused": wished}, look, clean=clean)


def a_run(world: World, dag_id: str, state: str | None) -> str:
    """The ID of a run that is over, with all of its tasks; of none if there is no state."""
    world.until(f"/dags/{dag_id}", lambda found: found is not None)
    run_id = f"fault-{uuid.uuid4()}"
    if state is not None:
        path = f"/dags/{dag_id}/dagRuns"
        world.send("POST", path, {"dag_run_id": run_id, **({"logical_date": None} if world.is_v2 else {})})
        world.send("PATCH", f"{path}/{run_id}", {"state": state})
    return run_id


def remove_run(world: World, dag_id: str, run_id: str) -> None:
    path = f"/dags/{dag_id}/dagRuns/{run_id}"
    if world.get(path):
        world.send("PATCH", path, {"state": "failed"}, accepts=(409,))
        world.send("DELETE", path, accepts=(409,))


GOING = ("queued", "running")


def dag_run(
    world: World,
    wished: Json | None,
    begun: str | None = "success",
    dag_id: str = PAUSED,
    watch: Callable[[str], Callable[[Request], None]] | None = None,
    **options: Any,
) -> Situation:
    """A run that has an ID.

    :param begun: the state of the run before; ``None`` if there is none.
    :param wished: its state and note; ``None`` if it is to be deleted.
    :param dag_id: of a paused DAG, whose runs the scheduler leaves alone, unless it has to go on by itself.
    """
    run_id = a_run(world, dag_id, begun)
    path = f"/dags/{dag_id}/dagRuns/{run_id}"

    def look() -> Seen:
        found = world.get(path)
        now = found and {
            "state": "going" if found["state"] in GOING else found["state"],
            "note": found.get("note") or "",
        }
        return Seen(now, now == wished, int(found is not None))

    return Situation(
        {"dag_id": dag_id, "dag_run_id": run_id, **options},
        look,
        watch=watch(run_id) if watch else lambda request: None,
        clean=lambda: remove_run(world, dag_id, run_id),
    )


def awaited_run(world: World) -> Situation:
    """A run that is triggered and waited for: it ends when it has been looked at three times."""

    def watch(run_id: str) -> Callable[[Request], None]:
        path = f"/dags/{NEVER_ENDS}/dagRuns/{run_id}"
        looks = 0

        def end(request: Request) -> None:
            nonlocal looks
            looks += request.method == "GET" and request.path.endswith(path)
            if looks > 3:
                world.send("PATCH", path, {"state": "success"})

        return end

    wished = {"state": "success", "note": ""}
    return dag_run(world, wished, None, NEVER_ENDS, watch, wait=True, wait_timeout=30, log_lines=0)


def anonymous_run(world: World) -> Situation:
    """A run that is triggered without an ID, and known by its conf."""
    dag_id, mark = PAUSED, str(uuid.uuid4())
    world.until(f"/dags/{dag_id}", lambda found: found is not None)

    def own() -> list[str]:
        rows = world.get(f"/dags/{dag_id}/dagRuns", limit=100)["dag_runs"]
        return sorted(row["dag_run_id"] for row in rows if (row.get("conf") or {}).get("mark") == mark)

    def look() -> Seen:
        runs = own()
        return Seen(runs, bool(runs), len(runs))

    def clean() -> None:
        for run_id in own():
            remove_run(world, dag_id, run_id)

    return Situation({"dag_id": dag_id, "conf": {"mark": mark, "password": SECRET}}, look, clean=clean)


def tasks(world: World, wished: Json, **options: Any) -> Situation:
    """The task instances of a run that is over, of a paused DAG.

    :param wished: task → its state and note.
    """
    run_id = a_run(world, PAUSED, "success")
    path = f"/dags/{PAUSED}/dagRuns/{run_id}"

    def look() -> Seen:
        rows = world.get(f"{path}/taskInstances")["task_instances"]
        now = {row["task_id"]: [_task_state(row["state"]), row.get("note") or ""] for row in rows}
        return Seen(now, now == wished)

    return Situation(
        {"dag_id": PAUSED, "dag_run_id": run_id, **options},
        look,
        clean=lambda: remove_run(world, PAUSED, run_id),
    )


def never_begun(world: World) -> str:
    """The state of a task that had not begun when its run was marked as successful."""
    return "skipped" if world.is_v2 else "success"


def marked(world: World) -> str:
    """Another state than that."""
    return "success" if world.is_v2 else "skipped"


def _task_state(state: str | None) -> str:
    return state if state in ("success", "failed", "skipped", "upstream_failed") else "cleared"


def backfill(world: World, current: str | None, wished: list[bool] | None, **options: Any) -> Situation:
    """A backfill of a day for which there has been none.

    :param current: ``present`` if it is under way.
    :param wished: whether it is paused and completed.
    """
    day = kept(world, "days", lambda: iter(range(int(time.time()) % 60_000, 10**9)))
    date = datetime.date(1800, 1, 1) + datetime.timedelta(days=next(day))
    begin = f"{date}T00:00:00Z"
    world.until(f"/dags/{DAILY}", lambda found: found is not None)
    dates = {"dag_id": DAILY, "from_date": begin, "to_date": begin}
    if current:
        world.send("POST", "/backfills", {**dates, "dag_run_conf": {}})

    def own() -> list[Json]:
        rows = world.get("/backfills", dag_id=DAILY, order_by="-id", limit=20)["backfills"]
        return [row for row in rows if row["from_date"][:10] == str(date)]

    def look() -> Seen:
        now = [[row["is_paused"], bool(row["completed_at"])] for row in own()]
        return Seen(now, now == [wished], len(now))

    def clean() -> None:
        for row in own():
            if not row["completed_at"]:
                world.send("PUT", f"/backfills/{row['id']}/cancel", accepts=(409,))

    return Situation({**dates, **options}, look, clean=clean)


def asset_event(world: World, **secret: str) -> Situation:
    """An event of an asset, known by what it holds."""
    uri, mark = "s3://test/left", str(uuid.uuid4())
    kind = "asset" if world.is_v2 else "dataset"

    def find() -> int:
        world.until("/dags/test_info_two_assets", lambda found: found is not None)
        rows = world.get(f"/{kind}s", uri_pattern=uri)[f"{kind}s"]
        return next(int(row["id"]) for row in rows if row["uri"] == uri)

    asset_id = kept(world, uri, find)

    def look() -> Seen:
        path, query = f"/{kind}s/events", {f"{kind}_id": asset_id, "order_by": "-timestamp", "limit": 20}
        rows = world.get(path, **query)[f"{kind}_events"]
        made = sum((row["extra"] or {}).get("mark") == mark for row in rows)
        return Seen(made, made > 0, made)

    return Situation({"uri": uri, "extra": {"mark": mark, **secret}}, look)


def xcom(world: World, current: Any, wished: Any, **options: Any) -> Situation:
    """What a task instance leaves; ``None`` if there is nothing."""
    run_id = kept(world, "run of xcoms", lambda: a_run(world, PAUSED, "success"))
    place = {"dag_id": PAUSED, "dag_run_id": run_id, "task_id": "never"}
    path = f"/dags/{PAUSED}/dagRuns/{run_id}/taskInstances/never/xcomEntries"
    key = "fault_token"
    world.send("DELETE", f"{path}/{key}")
    if current is not None:
        world.send("POST", path, {"key": key, "value": current, "map_index": -1})

    def look() -> Seen:
        found = world.get(f"{path}/{key}")
        state = found and found["value"]
        return Seen(state, state == wished, int(found is not None))

    return Situation({**place, "key": key, **options}, look)


def connection_test(world: World) -> Situation:
    """A connection that is tried, and stored nowhere."""
    given = {"conn_type": "fs", "password": SECRET, "extra": {"path": world.live.directory}}

    def look() -> Seen:
        names = [row["connection_id"] for row in world.get("/connections")["connections"]]
        return Seen([name for name in names if name.startswith("dataops-airflow-test")])

    return Situation(given, look, is_right=lambda result: result["status"] is True)


FILE = """
from datetime import datetime
from airflow import DAG
with DAG("{dag_id}", description="{description}", schedule=None, start_date=datetime(2026, 1, 1)):
    pass
"""


def dag_parse(world: World) -> Situation:
    """A file that has changed, and is waited for."""
    from ansible_collections.dataops.airflow.tests.live.dags_folder import DagsFolder

    folder = kept(world, "folder", lambda: DagsFolder(world.live))
    name, dag_id, text = "fault_parse.py", folder.dag("fault_parse"), str(uuid.uuid4())

    def put(description: str) -> None:
        folder.write(name, FILE.format(dag_id=dag_id, description=description))

    def first() -> bool:
        put("first")
        world.until(f"/dags/{dag_id}", lambda found: found is not None)
        return True

    kept(world, "parsed", first)
    put(text)

    def look() -> Seen:
        found = world.get(f"/dags/{dag_id}")
        return Seen(None, found is not None and found["description"] == text)

    options = {"folder": str(folder.path), "files": [name], "wait_timeout": 15, "min_update_interval": 2}
    return Situation(options, look)


def deleted_dag(world: World) -> Situation:
    """A DAG whose file is gone."""
    from ansible_collections.dataops.airflow.tests.live.dags_folder import DagsFolder

    dag_id = "fault_deleted"
    folder = DagsFolder(world.live)
    text = str(uuid.uuid4())
    folder.write(f"{dag_id}.py", FILE.format(dag_id=dag_id, description=text))
    world.until(f"/dags/{dag_id}", lambda found: found is not None and found["description"] == text)
    # The folder has not been told of the DAG, which stays.
    folder.clear()

    def look() -> Seen:
        found = world.get(f"/dags/{dag_id}")
        return Seen(found is not None, found is None)

    return Situation({"dag_id": dag_id, "state": "absent"}, look)


# Many objects at once

MANY: dict[str, tuple[str, str]] = {
    "roles": ("role", "name"),
    "users": ("user", "username"),
    "pools": ("pool", "name"),
    "connections": ("connection", "connection_id"),
    "variables": ("variable", "key"),
}
"""Option → kind, and what names an object of it."""

FIRST: dict[str, Json] = {
    "role/fault_d": {"permissions": permissions("can_read Pools")},
    "user/fault_d": {"password": SECRET, "roles": ["fault_d"]},
    "pool/fault_d": {"slots": 1},
    "connection/fault_d": {"conn_type": "http", "host": "h", "password": SECRET},
    "variable/fault_d_0": {"value": "one"},
    "variable/fault_d_1": {"value": "two"},
}
SECOND: dict[str, Json] = {
    "pool/fault_d": {"slots": 7},
    "connection/fault_d": {"conn_type": "http", "host": "h2", "password": SECRET},
    "variable/fault_d_0": {"value": "1"},
    "variable/fault_d_1": {"value": "2"},
}
LEFT: dict[str, Json] = {"variable/fault_d_0": {"value": "one"}}
"""What a purge leaves."""


def listed(objects: Mapping[str, Json]) -> dict[str, list[Json]]:
    """Objects as the module's options have them, with the defaults that Ansible gives to those within lists."""
    options: dict[str, list[Json]] = {}
    for item in DEPLOYMENT.options():
        if item.contains and item.name in MANY:
            kind, identity = MANY[item.name]
            defaults = {part.name: part.default for part in item.contains}
            rows = {name.partition("/")[2]: o for name, o in objects.items() if name.startswith(f"{kind}/")}
            options[item.name] = [{**defaults, identity: name, **own} for name, own in rows.items()]
            for row in options[item.name] if item.name == "users" else ():
                own = user(row["username"], "")
                row.update({key: own[key] for key in ("email", "first_name", "last_name")})
    return {option: rows for option, rows in options.items() if rows}


def deployment(
    world: World, current: Mapping[str, Json], wanted: Mapping[str, Json], gone: tuple[str, ...] = (), **more: Any
) -> Situation:
    """Objects of several kinds.

    :param gone: those that are deleted because no list names them.
    """
    for name in reversed(FIRST):
        _delete(world, name)
    for name, own in current.items():
        _create(world, name, own)
    wished = {**dict.fromkeys(gone), **{name: _state(name, own) for name, own in wanted.items()}}

    def look() -> Seen:
        found = {name: _find(world, name) for name in wished}
        return Seen(found, found == wished, objects=found)

    def clean() -> None:
        for name in reversed(FIRST):
            _delete(world, name)

    return Situation({**listed(wanted), **more, **_by_password(world)}, look, clean=clean, wished=wished)


def _by_password(world: World) -> Json:
    """The login of a task of many requests: Airflow 2 allows fewer at its web form than the matrix makes."""
    return {} if world.is_v2 else {"airflow_auth": "basic"}


def _create(world: World, name: str, own: Json) -> None:
    kind, _slash, named = name.partition("/")
    if kind == "role":
        world.send("POST", "/roles", {"name": named, "actions": actions(own["permissions"])})
    elif kind == "user":
        world.send("POST", "/users", user(named, own["password"], *own["roles"]))
    else:
        identity = {"pool": "name", "connection": "connection_id", "variable": "key"}[kind]
        world.send("POST", f"/{kind}s", {identity: named, **own})


def _delete(world: World, name: str) -> None:
    kind, _slash, named = name.partition("/")
    world.send("DELETE", f"/{kind}s/{named}")


def _state(name: str, own: Json) -> Any:
    """What is to be found of an object."""
    if name.startswith("role/"):
        return sorted((item["action"], item["resource"]) for item in own["permissions"])
    return sorted((key, str(value)) for key, value in own.items())


def _find(world: World, name: str) -> Any:
    kind, _slash, named = name.partition("/")
    if kind == "variable":
        found = world.ask_airflow({"variable": named})
        return found and _state(name, {"value": found["value"]})
    if kind == "connection":
        found = world.ask_airflow({"stored": named})
        return found and _state(name, {key: found[key] for key in ("conn_type", "host", "password")})
    found = world.get(f"/{kind}s/{named}")
    if found is None:
        return None
    if kind == "role":
        return sorted((item["action"]["name"], item["resource"]["name"]) for item in found["actions"])
    if kind == "user":
        return _state(name, {"password": password_of(world, named), "roles": [row["name"] for row in found["roles"]]})
    return _state(name, {"slots": found["slots"]})


# What only reads


def pools(world: World) -> Situation:
    _several(world, "pools", "name", {"slots": 1}, 3)
    return _reading(world, "pools", "pools", "name", {})


def variables(world: World) -> Situation:
    _several(world, "variables", "key", {"value": "v"}, 120)
    return _reading(world, "variables", "variables", "key", {})


def connections(world: World) -> Situation:
    _several(world, "connections", "connection_id", {"conn_type": "http", "password": OLD_SECRET}, 3)
    return _reading(world, "connections", "connections", "connection_id", {})


def dag_runs(world: World) -> Situation:
    kept(world, "runs to read", lambda: [a_run(world, PAUSED, "success") for _number in range(3)])
    return _reading(world, f"dags/{PAUSED}/dagRuns", "dag_runs", "dag_run_id", {"dag_id": PAUSED})


def whole_deployment(world: World) -> Situation:
    for read in (pools, connections):
        read(world)

    def names() -> dict[str, list[str]]:
        told = (("pools", "name"), ("connections", "connection_id"))
        return {path: _names(world, path, path, identity) for path, identity in told}

    def is_right(result: Mapping[str, Any]) -> bool:
        found = result["deployment"]
        told = {
            "pools": sorted(row["name"] for row in found["pools"]),
            "connections": sorted(row["connection_id"] for row in found["connections"]),
        }
        return told == names()

    return Situation({"gather": ["pools", "connections"], **_by_password(world)}, lambda: Seen(names()), is_right)


def _several(world: World, path: str, identity: str, own: Json, count: int) -> None:
    def make() -> bool:
        for number in range(count):
            name = f"fault_info_{number}"
            world.send("DELETE", f"/{path}/{name}")
            world.send("POST", f"/{path}", {identity: name, **own})
        return True

    kept(world, f"{count} {path}", make)


def _names(world: World, path: str, key: str, identity: str) -> list[str]:
    names: list[str] = []
    while True:
        order = "key" if key == "variables" else None
        rows = world.get(f"/{path}", limit=100, offset=len(names), order_by=order)[key]
        names += [row[identity] for row in rows]
        if len(rows) < 100:
            return sorted(names)


def _reading(world: World, path: str, key: str, identity: str, options: Json) -> Situation:
    names = _names(world, path, key, identity)

    def look() -> Seen:
        return Seen(names)

    return Situation(options, look, is_right=lambda result: sorted(row[identity] for row in result[key]) == names)


POOL_BEFORE = {"slots": 1, "description": "kept"}
SECRET_KEY = "fault_api_key"
PARTS = {**WHOLE, "password": SECRET, "extra": {"region": "west", "token": SECRET}}
STORED = {**PARTS, "extra": json.dumps(PARTS["extra"])}
BEFORE = {**WHOLE, "password": OLD_SECRET}

CASES = (
    Case("pool", "create", POOL, lambda w: pool(w, None, slots=3, description="made"), has_all=True),
    Case("pool", "change", POOL, lambda w: pool(w, POOL_BEFORE, slots=4)),
    Case("pool", "delete", POOL, lambda w: pool(w, POOL_BEFORE, state="absent")),
    Case("variable", "create", VARIABLE, lambda w: variable(w, NAME, None, value="new")),
    Case("variable", "change", VARIABLE,
         lambda w: variable(w, NAME, {"value": "old", "description": "d"}, value="new")),
    Case("variable", "delete", VARIABLE, lambda w: variable(w, NAME, {"value": "old"}, state="absent")),
    Case("variable", "create a secret", VARIABLE, lambda w: variable(w, SECRET_KEY, None, value=SECRET)),
    Case("variable", "change a secret", VARIABLE,
         lambda w: variable(w, SECRET_KEY, {"value": OLD_SECRET, "description": "d"}, value=SECRET)),
    Case("connection", "create", CONNECTION, lambda w: connection(w, None, STORED, **PARTS)),
    Case("connection", "change the host", CONNECTION, lambda w: connection(w, BEFORE, {"host": "h2"}, host="h2")),
    Case("connection", "change the password", CONNECTION,
         lambda w: connection(w, BEFORE, {"password": SECRET}, password=SECRET)),
    Case("connection", "clear the password: delete and create again", CONNECTION,
         lambda w: connection(w, BEFORE, {"password": None, "conn_type": "http"}, password="", conn_type="http")),
    Case("connection", "delete", CONNECTION, lambda w: connection(w, BEFORE, None, state="absent")),
    Case("role", "create", ROLE, lambda w: role(w, None, permissions=NEW), lane="people"),
    Case("role", "add permissions", ROLE, lambda w: role(w, OLD, True, permissions=[*OLD, NEW[0]]), lane="people"),
    Case("role", "take permissions away from members", ROLE, lambda w: role(w, OLD, True, permissions=NEW),
         lane="people"),
    Case("role", "delete", ROLE, lambda w: role(w, OLD, state="absent"), lane="people"),
    Case("user", "create", USER, lambda w: a_user(w, False, SECRET), lane="people"),
    Case("user", "change the password", USER, lambda w: a_user(w, True, SECRET), lane="people"),
    Case("user", "delete", USER, lambda w: a_user(w, True, None, state="absent"), lane="people"),
    Case("dag", "pause", DAG, lambda w: dag(w, False, True), lane="runs"),
    Case("dag", "unpause", DAG, lambda w: dag(w, True, False), lane="runs"),
    Case("dag", "delete", DAG, deleted_dag, lane="others"),
    Case("dag_run", "trigger with an ID", DAG_RUN,
         lambda w: dag_run(w, {"state": "going", "note": ""}, None, conf={"password": SECRET}), lane="runs"),
    Case("dag_run", "trigger without an ID", DAG_RUN, anonymous_run, repeats=True, lane="runs"),
    Case("dag_run", "trigger and wait", DAG_RUN, awaited_run, most=8, lane="runs"),
    Case("dag_run", "clear", DAG_RUN, lambda w: dag_run(w, {"state": "going", "note": ""}, state="cleared"),
         lane="runs"),
    Case("dag_run", "give a note and mark", DAG_RUN,
         lambda w: dag_run(w, {"state": "failed", "note": "n"}, note="n", state="failed"), lane="runs"),
    Case("dag_run", "delete", DAG_RUN, lambda w: dag_run(w, None, "failed", state="absent"), lane="runs"),
    Case("task_instance", "mark two and give notes", TASK_INSTANCE,
         lambda w: tasks(w, {name: [marked(w), "n"] for name in ("never", "after")},
                         task_ids=["never", "after"], state=marked(w), note="n"), lane="runs"),
    Case("task_instance", "clear", TASK_INSTANCE,
         lambda w: tasks(w, {"never": ["cleared", ""], "after": [never_begun(w), ""]}, task_ids=["never"],
                         state="cleared"), lane="runs"),
    Case("backfill", "create", BACKFILL,
         lambda w: backfill(w, None, [False, False], dag_run_conf={"password": SECRET}), "v2", lane="others"),
    Case("backfill", "create paused", BACKFILL, lambda w: backfill(w, None, [True, False], state="paused"), "v2",
         lane="others"),
    Case("backfill", "pause", BACKFILL, lambda w: backfill(w, "present", [True, False], state="paused"), "v2",
         lane="others"),
    Case("backfill", "cancel", BACKFILL, lambda w: backfill(w, "present", [True, True], state="cancelled"), "v2",
         lane="others"),
    Case("asset_event", "record", ASSET_EVENT, asset_event, repeats=True, lane="others"),
    Case("asset_event", "record with a secret", ASSET_EVENT, lambda w: asset_event(w, password=SECRET), repeats=True,
         lane="others"),
    Case("xcom", "create", XCOM, lambda w: xcom(w, None, SECRET, value=SECRET), "v2", lane="runs"),
    Case("xcom", "change", XCOM, lambda w: xcom(w, OLD_SECRET, SECRET, value=SECRET), "v2", lane="runs"),
    Case("xcom", "delete", XCOM, lambda w: xcom(w, OLD_SECRET, None, state="absent"), "v2", lane="runs"),
    Case("connection_test", "try", CONNECTION_TEST, connection_test, lane="others"),
    Case("dag_parse", "wait for a changed file", DAG_PARSE, dag_parse, by_itself=True, tempo=1.0, most=6,
         lane="others"),
    Case("deployment", "create objects", DEPLOYMENT, lambda w: deployment(w, {}, FIRST), is_long=True),
    Case("deployment", "change objects", DEPLOYMENT, lambda w: deployment(w, FIRST, SECOND), is_long=True),
    Case("deployment", "purge", DEPLOYMENT,
         lambda w: deployment(w, FIRST, LEFT, ("variable/fault_d_1",), purge=["variables"],
                              purge_exclude=["variable/fault_[!d]*"]), is_long=True),
    Case("pool_info", "read", POOL_INFO, pools, has_all=True),
    Case("variable_info", "read two pages", VARIABLE_INFO, variables),
    Case("connection_info", "read", CONNECTION_INFO, connections),
    Case("dag_run_info", "read", DAG_RUN_INFO, dag_runs, lane="runs"),
    Case("deployment_info", "read", DEPLOYMENT_INFO, whole_deployment),
)  # fmt: skip
