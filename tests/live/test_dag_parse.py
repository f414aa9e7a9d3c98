# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waiting until Airflow has parsed a file as it is now, and not as it was a moment ago."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ansible_collections.dataops.airflow.plugins.module_utils._http.client import Client
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.dag_files.checksum import checksum
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.dag_files.dag_parse import DAG_PARSE
from ansible_collections.dataops.airflow.plugins.module_utils._model.errors import AirflowError
from ansible_collections.dataops.airflow.tests.live.conftest import Live
from ansible_collections.dataops.airflow.tests.live.dags_folder import LONGEST_WAIT, DagsFolder

DAG = """
from datetime import datetime
from airflow import DAG
{before}
with DAG("{dag_id}", description="{description}", schedule=None, start_date=datetime(2026, 1, 1)):
    pass
"""


class Folder(DagsFolder):
    """A folder for files with one DAG each."""

    def put(self, name: str, dag_id: str = "test_d_parse", description: str = "", before: str = "") -> str:
        text = DAG.format(dag_id=self.dag(dag_id), description=description, before=before)
        self.write(name, text)
        return text

    def description(self) -> Any:
        return self._live.ask("GET", "/dags/test_d_parse").json().get("description")


@pytest.fixture
def folder(live: Live) -> Iterator[Folder]:
    found = Folder(live)
    yield found
    found.clear()


Parse = Callable[..., dict[str, Any]]


@pytest.fixture
def parse(live: Live, client: Client, folder: Folder) -> Parse:
    def run(*files: str, **options: Any) -> dict[str, Any]:
        given = {"folder": str(folder.path), "files": list(files), "wait_timeout": LONGEST_WAIT, **options}
        return live.task(DAG_PARSE, client=client, **given)

    return run


def test_new_and_changed_files(parse: Parse, folder: Folder) -> None:
    folder.put("test_d_parse.py", description="first")
    assert parse("test_d_parse.py") == {
        "changed": False,
        "dags": {"test_d_parse.py": ["test_d_parse"]},
        "import_errors": [],
        "warnings": [],
    }
    text = folder.put("test_d_parse.py", description="second")
    parse("test_d_parse.py", checksums={"test_d_parse.py": checksum(text.encode())})
    assert folder.description() == "second"


@pytest.mark.slow_on(3)
@pytest.mark.parametrize(
    "pause", [pytest.param(0.0, marks=pytest.mark.slow), 1.2, pytest.param(2.4, marks=pytest.mark.slow)]
)
def test_a_parse_that_was_under_way_does_not_count(live: Live, parse: Parse, folder: Folder, pause: float) -> None:
    slow = "import time\ntime.sleep(3)"
    folder.put("test_d_parse.py", description="old", before=slow)
    parse("test_d_parse.py")
    token = live.ask("GET", "/dags/test_d_parse").json()["file_token"]
    live.ask("PUT", f"/parseDagFile/{token}")
    time.sleep(pause)
    folder.put("test_d_parse.py", description="new", before=slow)
    parse("test_d_parse.py")
    assert folder.description() == "new"


@pytest.mark.usefixtures("enough_on_2")
def test_a_file_that_loses_and_gets_dags(parse: Parse, folder: Folder) -> None:
    folder.put("test_d_parse.py")
    parse("test_d_parse.py")
    folder.put("test_d_parse.py", dag_id="test_d_other")
    assert parse("test_d_parse.py")["dags"] == {"test_d_parse.py": ["test_d_other"]}


@pytest.mark.slow_on(3)
def test_an_import_error_names_file_and_line(parse: Parse, folder: Folder) -> None:
    folder.put("test_d_parse.py")
    parse("test_d_parse.py")
    folder.put("test_d_parse.py", before="import test_d_missing")
    with pytest.raises(AirflowError) as failure:
        parse("test_d_parse.py")
    message = "ModuleNotFoundError: No module named 'test_d_missing'"
    assert failure.value.message == f"Airflow cannot import test_d_parse.py:4: {message}"
    (error,) = failure.value.facts["import_errors"]
    assert (error["file"], error["line"], error["message"]) == ("test_d_parse.py", 4, message)
    assert error["stack_trace"].endswith(message)

    folder.put("test_d_parse.py", description="fixed")
    parse("test_d_parse.py")
    assert folder.description() == "fixed"


@pytest.mark.slow_on(3)
def test_a_new_file_with_a_mistake_in_a_folder(parse: Parse, folder: Folder) -> None:
    folder.write("test_d_folder/test_d_new.py", "from airflow import DAG\n\nDAG('test_d_new'\n")
    with pytest.raises(
        AirflowError, match=r"Airflow cannot import test_d_new.py:3: SyntaxError: '\(' was never closed"
    ):
        parse("test_d_new.py", folder=str(folder.path / "test_d_folder"))


@pytest.mark.usefixtures("enough_on_2")
def test_what_may_hold_no_dag_is_waited_for_only_if_airflow_knows_it(parse: Parse, folder: Folder) -> None:
    folder.write("test_d_helper.py", "import airflow  # no dag\n")
    folder.put("test_d_parse.py", before="import test_d_helper")
    assert parse(other_files=["test_d_helper.py"])["dags"] == {}
    parse("test_d_parse.py", other_files=["test_d_helper.py", "test_d_parse.py"])
    folder.write("test_d_helper.py", "import airflow, test_d_missing  # no dag\n")
    with pytest.raises(AirflowError, match=r"Airflow cannot import .*test_d_parse.py:4: ModuleNotFoundError"):
        parse(other_files=["test_d_helper.py", "test_d_parse.py"])
