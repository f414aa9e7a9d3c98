# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the live tests look for secrets: a search that finds nothing must be one that could have found something."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.dataops.airflow.tests.live.canary import FORMS, found

CANARY = 'can "a\'ry" \\new C:\\d\n& é <b> 100% +/51f7d0'
WHOLE = ("as JSON", "as JSON with its letters", "as Python writes it", "in an address", "in a form", "on a page")
"""What leaves a text in one piece, so that more can be done to it."""

awkward = st.text(st.sampled_from("kqé \"'\\/&;<>%#+\n\t"), max_size=40).map(lambda text: f"51f7{text}zkd0c2")
one = st.sampled_from([form for name, form in FORMS.items() if "base64" not in name])
further = st.lists(st.sampled_from([FORMS[name] for name in WHOLE]), max_size=3)


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("around", ["{}", "user:{}", "x {} y\n", '{{"value": "{}"}}', "'{}'"])
def test_a_canary_is_found_in_each_form(form: Callable[[str], str], around: str) -> None:
    places = {
        "there": around.format(form(CANARY)),
        "elsewhere": around.format(form("another text, as long as that is")),
    }
    assert found({CANARY}, places) == {("there", CANARY)}


@given(awkward, one, further)
def test_it_is_found_below_several_escapes(
    canary: str, first: Callable[[str], str], escapes: list[Callable[[str], str]]
) -> None:
    text = first(canary)
    for escape in escapes:
        text = escape(text)
    assert found({canary}, {"there": f"a {text} z"}) == {("there", canary)}


def test_another_text_is_none() -> None:
    assert not found({CANARY}, {"there": CANARY.replace("51f7d0", "51f7d1")})
    assert not found({"canary-51f7d0"}, {"there": "Y2FuYXJ5 canary 51f7 d1"})
    with pytest.raises(AssertionError, match="too short"):
        found({"a-b-c"}, {"there": "a-b-c"})
