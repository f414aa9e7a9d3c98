# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every case with every fault on each of its requests, on one server; writes what came of it as JSON.

AIRFLOW_LIVE_SERVERS names a file with a JSON list of one server: see tests/live/conftest.py. tools/faults.py runs this.
"""

from __future__ import annotations

import argparse
import json
import threading
import time
import traceback
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from ansible_collections.dataops.airflow.tests.faults.cases import CASES, Case, World
from ansible_collections.dataops.airflow.tests.faults.examine import examine, is_list, places, short_pauses
from ansible_collections.dataops.airflow.tests.faults.faults import FAULTS, Fault, fitting
from ansible_collections.dataops.airflow.tests.faults.judge import judge
from ansible_collections.dataops.airflow.tests.live.conftest import SERVERS, own_code


class Matrix:
    """The runs on one server, and what was wrong with them.

    :param only: a part of the names of cases; ``faults`` of those of faults.
    :param before: what an earlier run has come to, whose cases are not run again if nothing was wrong with them.
    """

    def __init__(self, world: World, only: str, faults: str, before: dict[str, Any] | None = None) -> None:
        self._world = world
        self._only = only
        self._faults = faults
        self._lock = threading.Lock()
        earlier = before or {"done": [], "runs": [], "wrong": []}
        self.done = sorted({*earlier["done"]} - {row["case"] for row in earlier["wrong"]})
        self.runs = Counter(
            {(row["case"], row["fault"]): row["runs"] for row in earlier["runs"] if row["case"] in self.done}
        )
        self.wrong: list[dict[str, str]] = []

    def cases(self) -> list[Case]:
        api = "v2" if self._world.is_v2 else "v1"
        return [case for case in CASES if case.needs in ("", api) and self._only in case.name]

    def run_lane(self, lane: str, result: Path) -> None:
        """Run the cases of a lane, one after another.

        :param result: the file that holds what has come of them so far.
        """
        for case in self.cases():
            if case.lane == lane and case.name not in self.done:
                try:
                    self._run(case)
                except AssertionError:
                    # The others are worth running nevertheless.
                    self._note(case.name, "none", "the test itself", "broken", traceback.format_exc())
                with self._lock:
                    self.done.append(case.name)
                    result.write_text(json.dumps(self._result()))

    def _run(self, case: Case) -> None:
        began = time.monotonic()
        observation, requests = examine(self._world, case)
        wrong = judge(observation)
        if wrong or observation.said.error:
            raise AssertionError(f"{case.name}, without a fault: {wrong} {observation.said}")
        count = 0
        for number, request in places(case, requests):
            for fault in fitting(request, is_list(case, request), case.has_all, case.is_long):
                if self._faults in fault.name:
                    self._befall(case, fault, number, f"{request.method} {request.path.partition('?')[0]}")
                    count += 1
        print(f"{case.name}: {count} runs, {time.monotonic() - began:.0f} s", flush=True)

    def _befall(self, case: Case, fault: Fault, number: int, request: str) -> None:
        observation, _requests = examine(self._world, case, fault, number)
        wrong = judge(observation)
        with self._lock:
            self.runs[case.name, fault.name] += 1
        for column, why in wrong.items():
            self._note(case.name, fault.name, f"request {number}, {request}", column, why)

    def _note(self, case: str, fault: str, place: str, column: str, why: str) -> None:
        with self._lock:
            self.wrong.append({"case": case, "fault": fault, "place": place, "column": column, "why": why})
        print(f"{case}: {fault} at {place}: {column}: {why}", flush=True)

    def _result(self) -> dict[str, Any]:
        """What has come of the cases, in the order in which they are declared."""
        runs = [
            {"case": case.name, "fault": fault.name, "runs": self.runs[case.name, fault.name]}
            for case in CASES
            for fault in FAULTS
            if self.runs[case.name, fault.name]
        ]
        return {"version": self._world.live.version, "done": self.done, "runs": runs, "wrong": self.wrong}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="a part of the names of cases")
    parser.add_argument("--faults", default="", help="a part of the names of faults")
    parser.add_argument("--resume", action="store_true", help="go on with what the result holds already")
    parser.add_argument("result", type=Path)
    options = parser.parse_args()
    (live,) = SERVERS
    with own_code(live) as ask, short_pauses():
        lock = threading.Lock()

        def ask_in_turn(question: Any) -> Any:
            with lock:
                return ask(question)

        world = World(live, ask_in_turn)
        before = json.loads(options.result.read_text()) if options.resume and options.result.exists() else None
        matrix = Matrix(world, options.only, options.faults, before)
        lanes = sorted({case.lane for case in CASES})
        with ThreadPoolExecutor(len(lanes)) as workers:
            for done in [workers.submit(matrix.run_lane, lane, options.result) for lane in lanes]:
                done.result()
        world.clear()


if __name__ == "__main__":
    main()
