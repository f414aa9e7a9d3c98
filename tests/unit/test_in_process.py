# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import logging
import os
import time
from datetime import date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Callable

import pytest
from ansible import constants

from ansible_collections.dataops.airflow.plugins.plugin_utils.in_process import (
    InProcess,
    abandoned,
    as_sent,
    plain,
    rejoin,
    shows_invocation,
    surroundings,
)

SPEC = {"dag_id": {"type": "str"}, "conf": {"type": "dict"}, "wait": {"type": "bool"}}


def test_json_that_was_split_at_its_blanks() -> None:
    pieces = {"dag_id": "etl", "conf": '{"day":', "wait": "true", "_raw_params": '3, "list": [1, 2]}'}
    assert rejoin(pieces, SPEC) == {"dag_id": "etl", "conf": '{"day": 3, "list": [1, 2]}', "wait": "true"}


def test_options_that_are_one_variable() -> None:
    assert rejoin({"wait": True, "dag_id": "a", "_raw_params": {"dag_id": "b"}}, SPEC) == {"wait": True, "dag_id": "b"}


class Tagged(str):
    pass


class TaggedInt(int):
    pass


def test_values_are_plain_as_a_module_gets_them() -> None:
    value = plain({Tagged("a"): [Tagged("b"), TaggedInt(3), 1.5, True, None, ("c",)]})
    assert value == {"a": ["b", 3, 1.5, True, None, ["c"]]}
    assert {type(item) for item in (*value, *value["a"])} == {str, int, float, bool, type(None), list}


def test_values_and_keys_are_as_json_makes_them() -> None:
    given = {2: date(2026, 1, 2), True: datetime(2026, 1, 2, 3, 4), None: {5}, "kept": 0.5}
    assert plain(given) == {"2": "2026-01-02", "true": "2026-01-02T03:04:00", "null": [5], "kept": 0.5}


def test_a_result_is_as_a_modules_is() -> None:
    shown = {Tagged("a"): ("b", TaggedInt(3)), "day": date(2026, 1, 2), "lone": "\udc80", "changed": False}
    assert as_sent(shown) == {"a": ["b", 3], "day": "2026-01-02", "lone": "\udc80", "changed": False}


def test_a_tasks_surroundings_end_with_it(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    before, folder = dict(os.environ), os.getcwd()
    with surroundings({"UNIT_A": "1"}, str(tmp_path)):
        assert (os.environ["UNIT_A"], os.getcwd()) == ("1", str(tmp_path))
        logging.getLogger("urllib3.connectionpool").warning("headers that may be secret")
    for variables, place in (({"UNIT_A": "1", "A=B": "2"}, ""), ({"UNIT_A": "1"}, "/nowhere")):
        with pytest.raises((ValueError, OSError)), surroundings(variables, place):
            pass
    assert (dict(os.environ), os.getcwd()) == (before, folder)
    assert not caplog.records
    logging.getLogger("urllib3.connectionpool").warning("heard")
    assert caplog.records


@pytest.mark.parametrize("wanted", [True, False])
def test_options_are_shown_as_ansible_wants_it(monkeypatch: pytest.MonkeyPatch, wanted: bool) -> None:
    asked = {"ansible_inject_invocation": wanted}
    if not hasattr(constants, "INJECT_INVOCATION"):
        assert shows_invocation(asked)
    # As from ansible-core 2.21 on.
    monkeypatch.setattr(constants, "INJECT_INVOCATION", False, raising=False)
    monkeypatch.setattr(
        constants.config, "get_config_value", lambda name, variables: variables[f"ansible_{name.lower()}"]
    )
    assert shows_invocation(asked) is wanted


def test_nothing_else_is_touched() -> None:
    given: dict[str, Any] = {"dag_id": "{", "conf": {"day": 3}}
    assert rejoin(given, SPEC) == given


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"conf": '{"day":', "_raw_params": "3"}, "conf is not JSON: put it in quotes"),
        ({"dag_id": "{", "_raw_params": "}"}, "options are given as name=value, in quotes"),
        ({"dag_id": "a", "_raw_params": "of a password"}, "^(?!.*password)options are given as name=value"),
    ],
)
def test_what_belongs_to_no_option(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        rejoin(given, SPEC)


def in_a_worker(work: Callable[[Callable[[], None]], str]) -> str:
    """What comes of work in a process that was forked for it, as Ansible's are.

    :param work: is given what ends the process that has forked it, as ``ansible-playbook`` is killed.
    """
    reader, writer = os.pipe()
    controller = os.fork()
    if not controller:
        parent, ready = os.getpid(), os.pipe()
        if os.fork():
            os.close(ready[1])
            os.read(ready[0], 1)
            os._exit(0)

        def end_controller() -> None:
            os.write(ready[1], b".")
            while os.getppid() == parent:
                time.sleep(0.01)

        try:
            os.write(writer, work(end_controller).encode())
        finally:
            os._exit(0)
    os.close(writer)
    os.waitpid(controller, 0)
    said = os.read(reader, 100).decode()
    os.close(reader)
    return said


def test_a_worker_knows_that_who_has_forked_it_has_ended() -> None:
    def work(end_controller: Callable[[], None]) -> str:
        is_over = abandoned()
        before = is_over()
        end_controller()
        return f"{before} {is_over()}"

    assert in_a_worker(work) == "False True"


def task(end: Callable[[], None]) -> str:
    """What comes of a task during which something happens."""

    class Task(InProcess):
        def _result(self, *_arguments: Any) -> dict[str, Any]:
            end()
            return {"changed": True}

    own = Task.__new__(Task)
    own._task = SimpleNamespace(async_val=0, check_mode=False)
    own._connection = SimpleNamespace(_shell=SimpleNamespace(tmpdir="/nowhere"))
    try:
        return str(own.run()["changed"])
    except SystemExit:
        return "ended"


def test_a_worker_ends_in_place_of_a_result_that_nobody_takes() -> None:
    assert in_a_worker(task) == "ended"
    assert in_a_worker(lambda _end: task(lambda: None)) == "True"
