# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The DAGs folder of a server: files that come and go with a test."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

from ansible_collections.dataops.airflow.tests.live.conftest import Live

LONGEST_WAIT = 60.0


class DagsFolder:
    """The folder, and what a test has put into it.

    :param path: where it is.
    """

    def __init__(self, live: Live) -> None:
        self.path = Path(live.directory) / "dags"
        self._live = live
        self._mine: set[Path] = set()
        self._dags: set[str] = set()

    def write(self, name: str, text: str) -> None:
        """Put a file in place at once, as a whole, and of another second than the one it replaces.

        Python takes what it has compiled of a file of the same size and second, so Airflow would go on with the former.
        """
        place = self.mine(name)
        place.parent.mkdir(exist_ok=True)
        staged = place.with_suffix(".new")
        staged.write_text(text)
        if place.exists():
            moment = max(time.time(), place.stat().st_mtime + 1)
            os.utime(staged, (moment, moment))
        os.replace(staged, place)

    def mine(self, name: str) -> Path:
        """A file or folder that will be gone after the test."""
        self._mine.add(self.path / name)
        return self.path / name

    def dag(self, dag_id: str) -> str:
        """A DAG that Airflow will not know after the test."""
        self._dags.add(dag_id)
        return dag_id

    def clear(self) -> None:
        """Remove all of it."""
        for place in self._mine:
            if place.is_dir():
                shutil.rmtree(place)
            place.unlink(missing_ok=True)
            for compiled in place.parent.glob(f"__pycache__/{place.stem}.*"):
                compiled.unlink()
            if place.parent != self.path:
                shutil.rmtree(place.parent, ignore_errors=True)
        end = time.monotonic() + LONGEST_WAIT
        # Airflow may be parsing a file that is gone, and store its DAG once more.
        while any(self._live.ask("DELETE", f"/dags/{dag_id}").status_code != 404 for dag_id in self._dags):
            assert time.monotonic() < end
            time.sleep(2)
