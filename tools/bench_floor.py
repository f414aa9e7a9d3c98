# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The fewest requests that could do the work: what the benchmark measures the collection against.

bench_floor.py <start|create|plan|drift|purge|seen_purge> <file with the objects>, told by the environment:
AIRFLOW_URL, AIRFLOW_USERNAME, AIRFLOW_PASSWORD.
bench_floor.py rounds <file>: the requests of each round of the file side by side, one round after the other.
Compares nothing, checks nothing, and knows which generation it talks to: a file with ``is_v2`` says so. ``start`` does
nothing: it shows what Python and requests take.
"""

from __future__ import annotations

import json
import os
import re
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import requests

URL = os.environ.get("AIRFLOW_URL", "")
PAGE = 100
"""The server's limit."""
THREADS = 4
"""Airflow 2 has four workers, and no bulk endpoint."""


def log_in(url: str, username: str, password: str, is_v2: bool) -> requests.Session:
    """A session with a token, or on Airflow 2 with the cookie of the web form."""
    session = requests.Session()
    if is_v2:
        answer = session.post(f"{url}/auth/token", json={"username": username, "password": password})
        session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    else:
        page = session.get(f"{url}/login/").text
        field = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
        form = {"username": username, "password": password, "csrf_token": field[1] if field else ""}
        session.post(f"{url}/login/", data=form, allow_redirects=False)
    return session


def send(session: requests.Session, call: dict[str, Any]) -> None:
    session.request(call["method"], URL + call["path"], json=call["body"] or None).raise_for_status()


def in_bulk(session: requests.Session, work: dict[str, Any], action: str) -> None:
    for kind, names in work["names"].items():
        if not names:
            continue
        entities = work["bulk"][kind] if action == "create" else names
        answer = session.patch(f"{URL}/api/v2/{kind}", json={"actions": [{"action": action, "entities": entities}]})
        answer.raise_for_status()
        errors = answer.json()[action]["errors"]
        if errors:
            raise SystemExit(f"{kind}: {errors[0]}")


def read(session: requests.Session, work: dict[str, Any]) -> None:
    for path, count in work["lists"].items():
        for offset in range(0, max(count, 1), PAGE):
            session.get(URL + path, params={"limit": PAGE, "offset": offset}).raise_for_status()
    if not work["is_v2"]:
        # The lists of Airflow 2 leave out the extra of connections.
        each(session, [call for call in work["reads"] if "/connections/" in call["path"]])


def main() -> None:
    phase, file = sys.argv[1:]
    work = json.loads(Path(file).read_text(encoding="utf-8"))
    if phase == "start":
        return
    session = log_in(URL, os.environ["AIRFLOW_USERNAME"], os.environ["AIRFLOW_PASSWORD"], work["is_v2"])
    if phase == "rounds":
        for calls in work["rounds"]:
            each(session, calls, work["threads"])
        return
    if phase == "seen_purge":
        read(session, work)
        phase = "purge"
    if phase == "plan":
        read(session, work)
    elif phase == "drift":
        each(session, work["drift"])
    elif work["is_v2"]:
        in_bulk(session, work, "create" if phase == "create" else "delete")
        for call in work["single"][phase]:
            send(session, call)
    else:
        each(session, work["calls"][phase])


def each(session: requests.Session, calls: list[dict[str, Any]], width: int = THREADS) -> None:
    with ThreadPoolExecutor(width) as threads:
        list(threads.map(lambda call: send(session, call), calls))


if __name__ == "__main__":
    main()
