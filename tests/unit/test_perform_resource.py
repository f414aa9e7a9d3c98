# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The way of one object from its options to what is sent: check mode, what is left out, and what is refused."""

from __future__ import annotations

import re
from typing import Any

import pytest

from ansible_collections.dataops.airflow.plugins.module_utils._engine import connect, perform
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.dag.dag import DAG
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.dag_run.dag_run import DAG_RUN
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.deployment.deployment import DEPLOYMENT
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.pool.pool import POOL
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.role.role import ROLE
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.user.user import USER
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.variable.variable import VARIABLE
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.xcom.xcom import XCOM
from ansible_collections.dataops.airflow.plugins.module_utils._model.errors import (
    AirflowError,
    InvalidInputError,
    PreconditionError,
)
from ansible_collections.dataops.airflow.plugins.module_utils._model.resource import Resource
from ansible_collections.dataops.airflow.tests.declarations import RESOURCES
from ansible_collections.dataops.airflow.tests.unit.samples import AIRFLOW_2, AIRFLOW_3, SAMPLES, Sample
from ansible_collections.dataops.airflow.tests.unit.scripted import ABSENT, Answer, Scripted, task

ACTIONS = ("create", "update", "delete", "none")
TASKS = [(sample, action) for sample in SAMPLES for action in ACTIONS if (sample.resource, action) != (DAG, "create")]
each_task = pytest.mark.parametrize(
    ("sample", "action"), TASKS, ids=[f"{action} {sample.title}" for sample, action in TASKS]
)
each_sample = pytest.mark.parametrize("sample", SAMPLES, ids=[sample.title for sample in SAMPLES])


def server(sample: Sample, action: str, read_only: bool = False) -> Scripted:
    """A server on which a task has to make one change, or none."""
    before: Any = {"create": ABSENT, "none": sample.after}.get(action, sample.row)
    table = {
        f"GET {sample.path}": [before] if read_only or action == "none" else [before, sample.after],
        "POST *": sample.after,
        "PATCH *": sample.after,
        "DELETE *": Answer(204, ""),
        **sample.further,
    }
    return Scripted(table, sample.version, read_only)


def test_every_resource_has_a_sample_on_each_api_that_has_it() -> None:
    expected = {(resource.kind, version) for resource in RESOURCES for version in (AIRFLOW_2, AIRFLOW_3)}
    assert {(sample.resource.kind, sample.version) for sample in SAMPLES} == expected - {("xcom", AIRFLOW_2)}


@each_task
def test_check_mode_sends_reads_only_and_says_what_the_real_run_does(sample: Sample, action: str) -> None:
    check, real = server(sample, action, read_only=True), server(sample, action)
    foreseen = task(sample.resource, check, **sample.given(action))
    done = task(sample.resource, real, **sample.given(action))
    assert {request.method for request in check.sent} == {"GET"}
    assert len(real.writes) == (action != "none")
    assert foreseen["action"] == action
    for key in ("changed", "action", "diff", "unverified"):
        assert foreseen[key] == done[key]
    before, after = done["diff"]["before"], done["diff"]["after"]
    assert (before == {}, after == {}, before == after) == (action == "create", action == "delete", action == "none")
    shown = foreseen[sample.resource.kind]
    assert {name: done[sample.resource.kind][name] for name in shown} == shown


@each_sample
def test_deleting_what_does_not_exist_is_no_change(sample: Sample) -> None:
    transport = Scripted({f"GET {sample.path}": ABSENT}, sample.version)
    result = task(sample.resource, transport, **sample.given("delete"))
    assert (result["changed"], result["action"], result["diff"]["after"]) == (False, "none", {})
    assert transport.writes == []


def changes() -> list[tuple[Sample, str]]:
    """Each option of each sample that changes something."""
    return [
        (sample, item.name)
        for sample in SAMPLES
        for item in sample.resource.fields
        if item.key(sample.api) in sample.wanted
    ]


@pytest.mark.parametrize(
    ("sample", "option"), changes(), ids=[f"{option} of {sample.title}" for sample, option in changes()]
)
def test_an_option_left_out_is_left_alone(sample: Sample, option: str) -> None:
    transport = server(sample, "update")
    identity = {item.name: sample.options[item.name] for item in (*sample.resource.parents, sample.resource.identity)}
    task(sample.resource, transport, **{**identity, option: sample.options[option]})
    api, resource = sample.api, sample.resource
    field = next(item for item in resource.fields if item.name == option)
    parents = {item.name for item in resource.parents}
    (write,) = transport.writes
    body = {key: value for key, value in write.body.items() if key not in parents}
    assert body.pop(field.key(api)) == sample.wanted[field.key(api)]
    assert body.items() <= sample.row.items()
    allowed = {resource.identity.name, *(item.key(api) for item in resource.fields if api.name in item.whole)}
    assert body.keys() <= allowed
    if "update_mask" in write.query:
        assert write.query["update_mask"] == field.mask_name.get(api.name, field.key(api))
    else:
        assert resource is ROLE


@pytest.mark.parametrize("sample", [sample for sample in SAMPLES if sample.resource is DAG])
def test_only_airflow_creates_a_dag(sample: Sample) -> None:
    no_errors = {"GET /importErrors": {"import_errors": [], "total_entries": 0}}
    transport = Scripted({f"GET {sample.path}": ABSENT, **no_errors}, sample.version)
    with pytest.raises(PreconditionError, match="does not exist: Airflow has parsed no file"):
        task(DAG, transport, **sample.options)
    assert transport.writes == []


NAMES = ("a/b", "/a", "a\nb")
OLDEST, NEWEST = {"v1": "2.3.0", "v2": "3.0.0"}, {"v1": AIRFLOW_2, "v2": AIRFLOW_3, "fab": AIRFLOW_3}
UNREACHABLE = [
    (resource, (OLDEST if rule.before else NEWEST)[rule.api], next(filter(rule.pattern.search, NAMES)))
    for resource in RESOURCES
    for rule in resource.unreachable
    if getattr(resource.since, rule.api) is not None
]


@pytest.mark.parametrize("state", ["present", "absent"])
@pytest.mark.parametrize(("resource", "version", "name"), UNREACHABLE)
def test_a_name_that_cannot_be_addressed_is_refused_before_anything_is_sent(
    resource: Resource, version: str, name: str, state: str
) -> None:
    refused(resource, version, name, "cannot be managed", state=state)


@pytest.mark.parametrize(("name", "message"), [("", "must not be empty"), (" ", "must not be empty"), ("a\0", "NUL")])
@pytest.mark.parametrize("resource", RESOURCES, ids=[resource.kind for resource in RESOURCES])
def test_a_name_that_no_object_can_have_is_refused_before_anything_is_sent(
    resource: Resource, name: str, message: str
) -> None:
    refused(resource, AIRFLOW_3, name, message)


def test_what_the_server_does_not_have_is_refused_before_anything_is_sent() -> None:
    refused(XCOM, AIRFLOW_2, "k", r"needs Airflow 3\.0\.0 or later; this server is Airflow 2\.11\.2", value=1)


def refused(resource: Resource, version: str, name: str, message: str, **options: Any) -> None:
    transport = Scripted({}, version)
    parents = {item.name: "x" if item.default is None else item.default for item in resource.parents}
    with pytest.raises(InvalidInputError, match=message):
        task(resource, transport, **{**parents, resource.identity.name: name, **options})
    assert transport.sent == []


@pytest.mark.parametrize("read_only", [False, True])
@pytest.mark.parametrize("version", [AIRFLOW_2, AIRFLOW_3])
@pytest.mark.parametrize(
    ("resource", "options", "answers", "message"),
    [
        (USER, {"username": "Admin", "state": "absent"}, {}, "is never deleted: it is the user that this task"),
        (ROLE, {"name": "Viewer", "state": "absent"}, {}, "is never deleted"),
        (POOL, {"name": "default_pool", "state": "absent"}, {}, "is never deleted"),
        (
            USER,
            {"username": "u", "roles": ["no"]},
            {"GET /roles/no": ABSENT},
            "roles has names that do not exist: 'no'",
        ),
    ],
)
def test_what_cannot_be_done_is_refused_alike_in_check_mode(
    resource: Resource, options: Any, answers: Any, message: str, version: str, read_only: bool
) -> None:
    name = options[resource.identity.name]
    row = {resource.identity.name: name, "slots": 1, "actions": [], "roles": []}
    transport = Scripted({f"GET /{resource.collection}/{name}": row, **answers}, version, read_only)
    with pytest.raises(AirflowError, match=message):
        task(resource, transport, **options)
    assert transport.writes == []


SURROGATE = "caf\udce9"
NO_UNICODE: list[tuple[Any, dict[str, Any], str]] = [
    (POOL, {"name": SURROGATE}, "name"),
    (VARIABLE, {"key": "k", "value": {"a": ["b", SURROGATE]}}, r"value\.a\[1\]"),
    (VARIABLE, {"key": "k", "value": {SURROGATE: 1}}, "a key of value"),
    (POOL, {"name": "p", "slots": 1, "airflow_password": SURROGATE}, "airflow_password"),
    (DAG_RUN, {"dag_id": "d", "conf": {"a": SURROGATE}}, r"conf\.a"),
    (
        DEPLOYMENT,
        {"variables": [{"key": "k", "value": "v"}, {"key": "l", "value": SURROGATE}]},
        r"variables\[1\]\.value",
    ),
]


@pytest.mark.parametrize(("spec", "options", "place"), NO_UNICODE, ids=[place for _spec, _options, place in NO_UNICODE])
def test_what_is_no_unicode_is_refused_before_anything_is_sent(
    spec: Any, options: dict[str, Any], place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connect, "Transport", lambda *_arguments: pytest.fail("a connection is made"))
    defaults = {item.name: item.default for item in (*connect.CONNECTION, *spec.options())}
    given = {
        **defaults,
        "airflow_url": "http://airflow.example.com",
        "airflow_username": "ada",
        "airflow_password": "p",
    }
    outcome = perform.perform(spec, {**given, **options}, perform.Mode(), {})
    assert outcome.failed
    assert re.match(f"{place} contains a character that is not valid Unicode", outcome.result["msg"])
    assert SURROGATE not in outcome.result["msg"]
