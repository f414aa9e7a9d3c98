# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Testing a connection: what is sent to be tried, and when what is stored cannot be."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.dataops.airflow.plugins.module_utils._kinds.connection.connection_test import CONNECTION_TEST
from ansible_collections.dataops.airflow.plugins.module_utils._model.errors import (
    InvalidInputError,
    NotAirflowError,
    PlanError,
)
from ansible_collections.dataops.airflow.tests.unit.scripted import ABSENT, Answer, Scripted, task
from ansible_collections.dataops.airflow.tests.unit.shown import AIRFLOW_2, AIRFLOW_3, VERSIONS

each_version = pytest.mark.parametrize("version", VERSIONS)

STORED = {"connection_id": "c", "conn_type": "http", "host": "h", "port": 80, "extra": None, "password": None}
WORKS = Answer(200, {"status": True, "message": "it works"})


def server(version: str, stored: Any = ABSENT, answer: Any = WORKS, check_mode: bool = False) -> Scripted:
    return Scripted({"GET /connections/c": stored, "POST /connections/test": answer}, version, check_mode)


def tried(transport: Scripted) -> dict[str, Any]:
    (request,) = [request for request in transport.sent if request.method == "POST"]
    return {key: value for key, value in request.body.items() if value is not None}


@each_version
@pytest.mark.parametrize("check_mode", [False, True], ids=["real run", "check mode"])
@pytest.mark.parametrize("works", [True, False])
def test_parts_are_tried_under_an_id_that_nothing_has(version: str, check_mode: bool, works: bool) -> None:
    transport = server(version, answer={"status": works, "message": "m"}, check_mode=check_mode)
    result = task(CONNECTION_TEST, transport, conn_type="http", host="h")
    assert result == {"changed": False, "status": works, "message": "m", "warnings": []}
    sent = tried(transport)
    assert sent.pop("connection_id").startswith("dataops-airflow-test-")
    assert sent == {"conn_type": "http", "host": "h"}


@pytest.mark.parametrize(
    ("version", "sent"),
    [
        (AIRFLOW_3, {"conn_type": "http", "host": "other"}),
        ("3.1.8", {"conn_type": "http", "host": "other", "port": 80}),
    ],
)
def test_what_is_stored_is_sent_only_where_airflow_does_not_add_it(version: str, sent: Any) -> None:
    transport = server(version, STORED)
    task(CONNECTION_TEST, transport, connection_id="c", host="other")
    assert tried(transport) == {"connection_id": "c", **sent}


@pytest.mark.parametrize(
    ("version", "hidden", "said"),
    [
        (AIRFLOW_2, {}, "hides password"),
        ("3.1.8", {"password": "***"}, "hides password"),
        ("3.1.8", {"password": "***", "extra": '{"token": "***"}'}, "hides password and extra"),
    ],
)
def test_what_the_server_hides_is_never_sent_as_a_mask(version: str, hidden: Any, said: str) -> None:
    stored = {key: value for key, value in STORED.items() if version != AIRFLOW_2 or key != "password"}
    transport = server(version, {**stored, **hidden})
    with pytest.raises(InvalidInputError, match=f"tests only what it is sent, and {said}. Give"):
        task(CONNECTION_TEST, transport, connection_id="c")
    assert [request.method for request in transport.sent] == ["GET"]


@each_version
@pytest.mark.parametrize(
    ("options", "answer", "error", "said"),
    [
        ({"host": "h"}, WORKS, PlanError, "connection_id, conn_type or uri must be given"),
        ({"connection_id": "c"}, WORKS, PlanError, "'c' does not exist; leave connection_id out"),
        (
            {"conn_type": "http"},
            Answer(403, {"detail": "Testing connections is disabled in Airflow configuration."}),
            PlanError,
            "disabled on this Airflow: .*test_connection",
        ),
        ({"conn_type": "http"}, {}, NotAirflowError, "the response has no 'status'"),
        ({"conn_type": "http"}, None, NotAirflowError, "the response is null, not an object"),
    ],
)
def test_what_cannot_be_tested(version: str, options: Any, answer: Any, error: Any, said: str) -> None:
    with pytest.raises(error, match=said):
        task(CONNECTION_TEST, server(version, answer=answer), **options)
