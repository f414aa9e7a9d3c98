# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Connection URIs: the same parts as Airflow itself reads from them, over many URIs, odd and broken ones included."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ansible_collections.dataops.airflow.plugins.module_utils._kinds.connection.uri import parse_uri
from ansible_collections.dataops.airflow.plugins.module_utils._model.api import V1, V2, Server
from ansible_collections.dataops.airflow.plugins.module_utils._model.compare import parse_json
from ansible_collections.dataops.airflow.plugins.module_utils._model.errors import InvalidInputError
from ansible_collections.dataops.airflow.tests.live.conftest import Answers, Live

PLAIN = st.text("abcXYZ019-._~", max_size=6)
# Without brackets: which of those are wrong differs between versions of Python.
ODD = st.text("aA0 %/:@?#&=+\"'{}ü🙂\\;,!$()*", max_size=6)
TEXT = PLAIN | ODD | ODD.map(lambda text: quote(text, safe=""))
SCHEME = st.sampled_from(["postgresql", "http", "my-conn", "google-cloud-platform", "HTTP", "a_b", ""])
VALUE = TEXT | st.sampled_from(["1", "1.5", "true", "null", "NaN", '"x"', "%7B%22a%22%3A%5B1%5D%7D", ""])
QUERY = st.lists(st.tuples(st.sampled_from(["a", "a", "timeout", "__extra__", "", "p%20q"]), VALUE), max_size=3)
EXTRA = st.dictionaries(PLAIN, PLAIN | st.integers() | st.none(), max_size=2).map(
    lambda extra: "__extra__=" + quote(json.dumps(extra))
)


@st.composite
def uris(draw: st.DrawFn) -> str:
    uri = draw(SCHEME) + "://"
    uri += draw(st.sampled_from(["", "", "", "https://", "http://"]))
    if draw(st.booleans()):
        uri += draw(TEXT) + draw(st.sampled_from(["", ":" + draw(TEXT)])) + "@"
    uri += draw(TEXT | st.sampled_from(["db.example.com", "%2Fvar%2Frun", "[::1]", "UPPER.example.com"]))
    uri += draw(st.sampled_from(["", ":5432", ":", ":x", ":99999"]))
    uri += draw(st.sampled_from(["", "/", "/" + draw(TEXT)]))
    query = draw(QUERY.map(lambda pairs: "&".join(f"{name}={value}" for name, value in pairs)) | EXTRA)
    return uri + ("?" + query if query else "")


def canonical(parts: dict[str, Any]) -> dict[str, Any]:
    """The parts with everything empty alike, and extra by its meaning."""
    is_json, extra = parse_json(parts["extra"] or "{}")
    # NaN is not equal to itself.
    meaning = json.dumps(extra, sort_keys=True) if is_json else parts["extra"]
    filled = {name: value or None for name, value in parts.items() if name != "description"}
    return {**filled, "port": parts["port"], "extra": meaning}


@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(uri=uris())
@example("postgresql://user:p%40ss%2Fword%3A@db.example.com:5432/my%2Fschema?sslmode=require&timeout=10")
@example('http://https://login:pw@host:443/path?__extra__={"a": [1, null]}')
@example("my-conn-type://?a=1&a=2&b=&c")
@example("http://host?url=http://elsewhere/")
@example("sqlite:///relative.db")
@example("postgresql://user:p/w@host:1/x")
@example("spark://local%5B*%5D")
@example("no uri at all")
def test_a_uri_is_read_as_airflow_reads_it(live: Live, airflow_says: Answers, uri: str) -> None:
    expected = airflow_says({"uri": uri})
    try:
        found = parse_uri(uri, Server(V2 if live.is_v2 else V1, live.version))
    except InvalidInputError as error:
        assert (expected, uri in error.message) == (None, False)  # noqa: PT017 (most URIs raise nothing)
        return
    if expected is None:
        # Airflow also refuses an extra that is not a JSON object; we do that where all options are checked.
        is_json, extra = parse_json(found["extra"] or "{}")
        assert not (is_json and isinstance(extra, dict))
        return
    assert canonical(found) == canonical(expected)
