# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Points in time, waiting, and the logs of what was waited for."""

from __future__ import annotations

import pytest

from ansible_collections.dataops.airflow.plugins.module_utils._core import logs
from ansible_collections.dataops.airflow.plugins.module_utils._core.api import V2
from ansible_collections.dataops.airflow.plugins.module_utils._core.compare import Verdict
from ansible_collections.dataops.airflow.plugins.module_utils._core.moments import moment, same_moment
from ansible_collections.dataops.airflow.plugins.module_utils._core.wait import wait_until
from ansible_collections.dataops.airflow.tests.unit.conftest import Hands


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("2026-01-02", "2026-01-02T00:00:00+00:00"),
        ("2026-01-02T03:04", "2026-01-02T03:04:00+00:00"),
        ("2026-01-02 03:04:05", "2026-01-02T03:04:05+00:00"),
        ("2026-01-02T03:04:05Z", "2026-01-02T03:04:05+00:00"),
        ("2026-01-02T03:04:05.5+02:00", "2026-01-02T01:04:05.500000+00:00"),
        ("2026-01-02T03:04:05.123456789-0130", "2026-01-02T04:34:05.123456+00:00"),
        (" 2026-01-02 03:04:05 +01 ", "2026-01-02T02:04:05+00:00"),
    ],
)
def test_a_moment_is_sent_in_utc(written: str, sent: str) -> None:
    assert moment(written) == sent
    assert same_moment(written, sent, V2) is Verdict.EQUAL
    assert same_moment(written, "2020-01-01T00:00:00Z", V2) is Verdict.DIFFERENT
    assert same_moment(written, None, V2) is Verdict.DIFFERENT


@pytest.mark.parametrize("written", ["", "yesterday", "2026-13-01", "2026-01-02T25:00", "2026-01-02T03", "1767312000"])
def test_what_is_no_moment(written: str) -> None:
    with pytest.raises(ValueError, match="a date and time of ISO 8601, such as 2026-"):
        moment(written)


def test_looks_come_soon_at_first_and_then_in_the_given_interval(clock: Hands) -> None:
    assert wait_until(lambda: "there" if clock.time > 12 else None, 60, 2) == "there"
    assert clock.pauses[:3] == pytest.approx([0.5, 0.8, 1.28])
    assert set(clock.pauses[4:]) == {2}


def test_there_is_a_last_look_when_the_time_is_up(clock: Hands) -> None:
    assert wait_until(lambda: "late" if clock.time >= 10 else None, 10, 3) == "late"
    assert wait_until(lambda: None, 10, 3) is None
    assert clock.time == 20


def test_without_time_there_is_one_look(clock: Hands) -> None:
    assert wait_until(lambda: None, 0, 5) is None
    assert clock.pauses == []


def test_the_last_exception_of_a_log() -> None:
    first = '  File "a.py", line 1, in f\nKeyError: 1\n\nDuring handling of the above exception'
    text = f'{first}\n  File "b.py", line 2, in g\nmy.Error: two: x\ndone'
    assert logs.last_exception(text) == "my.Error: two: x"
    assert logs.last_exception("Error: not after a traceback\nall well") == ""


def test_the_end_of_a_log() -> None:
    assert logs.last_lines("a\nb\nc\n\n", 2) == "b\nc"
    assert logs.last_lines("a\nb", 0) == ""
    assert logs.unfolded("a\n INFO - ::group::x\nb\n::endgroup::\nc") == "a\nb\nc"
