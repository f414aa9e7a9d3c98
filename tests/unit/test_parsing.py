# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether the present version of a file has been parsed, as far as Airflow shows it."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.dataops.airflow.plugins.module_utils._kinds.dag_files.parsing import (
    NOTHING,
    Known,
    Watch,
    import_error,
    one_line,
    survey,
)


def at(second: int) -> str:
    return f"2026-11-23T07:{second // 60:02}:{second % 60:02}.000001+00:00"


def parsed(second: int, *others: tuple[str, int], error: int | None = None) -> Known:
    dags = {"a": at(second), **{name: at(when) for name, when in others}}
    return Known(dags, "token", failed(error).error if error is not None else None)


def failed(second: int) -> Known:
    return Known({}, error={"timestamp": at(second), "filename": "a.py", "stack_trace": ""})


@pytest.mark.parametrize(
    ("first", "looks", "done"),
    [
        pytest.param(parsed(1), [parsed(1), parsed(1)], False, id="nothing happened"),
        pytest.param(parsed(1), [parsed(2)], False, id="a parse that may have begun before"),
        pytest.param(parsed(1), [parsed(2), parsed(3)], True, id="two parses"),
        pytest.param(NOTHING, [NOTHING], False, id="a new file"),
        pytest.param(NOTHING, [parsed(1)], True, id="the first parse of a new file"),
        pytest.param(NOTHING, [failed(1)], False, id="an error that may come from another file"),
        pytest.param(NOTHING, [failed(1), failed(2)], True, id="an error that stays"),
        pytest.param(NOTHING, [failed(1), parsed(2)], True, id="an error that went"),
        pytest.param(parsed(1), [parsed(2, error=2)], False, id="one parse that yields a DAG and an error"),
        pytest.param(parsed(1, error=1), [parsed(2, error=1), parsed(2)], False, id="one parse stored in two steps"),
        pytest.param(parsed(1), [failed(2), parsed(3)], False, id="error and DAG, one of them maybe old"),
        pytest.param(parsed(1, ("b", 9)), [parsed(1)], False, id="a DAG was deleted"),
        pytest.param(parsed(1), [parsed(1, ("b", 2)), parsed(1, ("b", 3))], True, id="a DAG took another's place"),
    ],
)
def test_when_the_new_version_has_been_parsed(first: Known, looks: list[Known], done: bool) -> None:
    watch = Watch(first, needed=2)
    for look in looks:
        assert not watch.is_done
        watch.see(look)
    assert watch.is_done is done


def test_each_processor_may_have_a_parse_under_way() -> None:
    watch = Watch(parsed(1), needed=4)
    for second in (2, 3, 4):
        watch.see(parsed(second))
        assert not watch.is_done
    watch.see(parsed(5))
    assert watch.is_done


def test_a_parse_of_another_source_does_not_count() -> None:
    watch = Watch(parsed(1), needed=2)
    for second in (2, 3):
        watch.see(parsed(second), is_old=True)
        assert watch.is_old
    watch.see(parsed(4))
    assert not watch.is_done
    watch.see(parsed(5))
    assert watch.is_done


def test_a_structure_is_stored_some_time_after_the_former_one() -> None:
    watch = Watch(parsed(1), needed=2, interval=30)
    for second in (5, 7, 34):
        watch.see(parsed(second))
        assert not watch.is_done
    # 5 may have stored the former version.
    watch.see(parsed(36))
    assert watch.is_done
    new = Watch(NOTHING, needed=2, interval=30)
    new.see(parsed(1))
    assert new.is_done


def test_a_file_that_may_hold_nothing_is_waited_for_once_it_does() -> None:
    watch = Watch(NOTHING, needed=2, optional=True)
    assert watch.is_done
    watch.see(failed(1))
    assert not watch.is_done


def test_the_dags_of_the_new_version() -> None:
    watch = Watch(parsed(1, ("gone", 1)), needed=2)
    watch.see(parsed(2, ("gone", 1), ("new", 2)))
    assert watch.dag_ids == ["a", "new"]


@pytest.mark.parametrize(
    ("first", "looks", "state"),
    [
        (NOTHING, [], "Airflow has found no DAG in it"),
        (parsed(1), [], "not parsed since it was put in place"),
        (parsed(1), [parsed(2)], "parsed once, and that parse may have begun before it was put in place"),
        (parsed(1), [parsed(2), parsed(3)], "parsed, but so soon after the former version that its structure"),
    ],
)
def test_what_is_known_of_a_file_that_was_not_parsed(first: Known, looks: list[Known], state: str) -> None:
    watch = Watch(first, needed=2, interval=30)
    for look in looks:
        watch.see(look)
    assert watch.state.startswith(state)


def dag(dag_id: str, fileloc: str, **more: Any) -> dict[str, Any]:
    return {"dag_id": dag_id, "fileloc": fileloc, "last_parsed_time": at(1), "file_token": f"token {fileloc}", **more}


def test_files_are_found_by_their_whole_paths() -> None:
    dags = [dag("a", "/dags/x.py"), dag("b", "/dags/x.py"), dag("c", "/dags/sub/x.py"), dag("d", "/other/dags/x.py")]
    found = survey("/dags/", ["x.py", "sub/x.py", "none.py"], dags, [])
    assert [sorted(found[name].dags) for name in ("x.py", "sub/x.py", "none.py")] == [["a", "b"], ["c"], []]
    assert found["x.py"].token == "token /dags/x.py"
    assert found["none.py"].is_nothing


def test_import_errors_are_found_by_absolute_paths_and_by_paths_in_a_bundle() -> None:
    errors = [
        {"filename": "/dags/sub/x.py", "timestamp": at(1)},
        {"filename": "y.py", "bundle_name": "b", "timestamp": at(1)},
    ]
    known = [dag("a", "/dags/z.py", relative_fileloc="z.py", bundle_name="b")]

    def failed_files(folder: str, dags: list[dict[str, Any]]) -> list[str]:
        return [file for file, found in survey(folder, ["x.py", "y.py"], dags, errors).items() if found.error]

    assert failed_files("/dags", []) == ["y.py"]
    assert failed_files("/dags/sub", []) == ["x.py", "y.py"]
    # A DAG shows where the bundle is, and so that y.py is not in sub.
    assert failed_files("/dags/sub", known) == ["x.py"]
    assert failed_files("/dags", known) == ["y.py"]


TRACE = """Traceback (most recent call last):
  File "<frozen importlib._bootstrap>", line 241, in _call_with_frames_removed
  File "/dags/sub/x.py", line 3, in <module>
    import y
  File "/dags/sub/y.py", line 7
    def x(:
          ^
SyntaxError: invalid syntax
"""


def test_an_import_error_in_one_line() -> None:
    error = import_error("sub/x.py", {"stack_trace": TRACE})
    assert (error["line"], error["message"], error["stack_trace"]) == (3, "SyntaxError: invalid syntax", TRACE.strip())
    assert one_line(error) == "sub/x.py:3: SyntaxError: invalid syntax"
    hidden = import_error("a.py", {"stack_trace": "REDACTED - you do not have read permission on all DAGs in the file"})
    assert one_line(hidden) == "a.py: REDACTED - you do not have read permission on all DAGs in the file"
    assert one_line(import_error("a.py", {"stack_trace": None})) == "a.py: "
