# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Connection URIs: what differs between versions of Airflow, and what is kept from outputs.

That they are read as Airflow reads them is proven in tests/live.
"""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.dataops.airflow.plugins.module_utils._core.api import V1, V2, Server
from ansible_collections.dataops.airflow.plugins.module_utils._core.errors import InvalidInputError
from ansible_collections.dataops.airflow.plugins.module_utils._core.secrets import is_ordinary
from ansible_collections.dataops.airflow.plugins.module_utils._core.uri import parse_uri, secrets_in_uri


@pytest.mark.parametrize(
    ("server", "part", "value"),
    [
        (Server(V1, "2.6.2"), "host", "https"),
        (Server(V1, "2.6.3"), "host", "https://h"),
        (Server(V2, "3.1.5"), "extra", '{"n": "1"}'),
        (Server(V2, "3.1.6"), "extra", '{"n": 1}'),
    ],
)
def test_versions_read_a_uri_differently(server: Server, part: str, value: Any) -> None:
    assert parse_uri("http://https://h/?n=1", server)[part] == value


@pytest.mark.parametrize(
    "uri",
    [
        "postgres://user:canary/pw@h:x",
        "http://https://u:canary@h://x",
        "http://u@x://canary@h",
        "http://h:canary",
        "http://[canary",
    ],
)
def test_a_uri_that_cannot_be_read_is_not_repeated(uri: str) -> None:
    with pytest.raises(InvalidInputError, match="uri is no connection URI that Airflow can read") as caught:
        parse_uri(uri, Server(V2, "3.3.2"))
    assert "canary" not in caught.value.message


@pytest.mark.parametrize(
    "uri",
    [
        "postgres://user:canary-1@h/db",
        "postgres://user:canary%2D1@h/db",
        "postgres://user:canary-1/2@h/db",
        "http://https://user:canary-1@h/db",
        "http://h/?password=canary-1",
        "http://h/?a=1&__extra__=%7B%22api_key%22%3A%22canary-1%22%7D",
        'http://h/?__extra__={"nested": {"token": ["canary-1"]}}',
    ],
)
def test_the_secrets_in_a_uri_are_found(uri: str) -> None:
    found = secrets_in_uri(uri)
    assert uri in found
    assert any(secret.startswith("canary-1") for secret in found)


@pytest.mark.parametrize("uri", ["postgres://etl@h/db", "postgres://etl:e@h/db", "http://h/?token=t&timeout=10"])
def test_what_is_short_or_no_secret_is_not_looked_for_in_the_output(uri: str) -> None:
    assert {text for text in secrets_in_uri(uri) if not is_ordinary(text)} == {uri}
