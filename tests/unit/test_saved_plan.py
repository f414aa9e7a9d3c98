# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What was approved is applied, or nothing is: plans in files, digests, and what they do not reveal."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.dataops.airflow.plugins.module_utils._kinds.deployment.saved_plan import COLLECTION
from ansible_collections.dataops.airflow.plugins.module_utils._model.errors import AirflowError
from ansible_collections.dataops.airflow.plugins.plugin_utils.plan_markdown import plan_markdown
from ansible_collections.dataops.airflow.tests.declarations import SHARED
from ansible_collections.dataops.airflow.tests.unit.keeping import Fault, Keeper
from ansible_collections.dataops.airflow.tests.unit.plans import HOSTILE, mixed
from ansible_collections.dataops.airflow.tests.unit.scripted import Answer, Sent
from ansible_collections.dataops.airflow.tests.unit.test_deployment_apply import (
    WANTED,
    deploy,
    each_version,
    goal,
    keeper,
    named,
    planned,
)

KEY = "sixteen bytes or more"
Drift = tuple[str, str, str, Any]
ROLE = [{"action": {"name": "can_read"}, "resource": {"name": "Pools"}}]
TOUCHED: list[Drift] = [
    ("pools", "wider", "slots", 5),
    *(("pools", name, "slots", 9) for name in ("old 1", "old 2")),
    *(("pools", name, "description", "x") for name in ("old 1", "old 2")),
    ("pools", "old 1", "include_deferred", True),
    *(("variables", name, "value", "3") for name in ("other 1", "other 2", "old")),
    ("variables", "old", "description", "another"),
    ("connections", "moved", "host", "elsewhere"),
    *(("connections", "old1", field, "x") for field in ("host", "conn_type", "schema", "login", "description")),
    ("connections", "old1", "port", 99),
    ("connections", "old1", "extra", '{"a": 1}'),
    ("users", "ada", "first_name", "Somebody"),
    *(("users", "old user", field, "x") for field in ("first_name", "last_name", "email")),
    ("users", "old user", "roles", [{"name": "Admin"}]),
    ("roles", "old role", "actions", ROLE),
]
"""List, object, field and value: what somebody else changes of an object that the plan changes."""

MEANWHILE: list[tuple[str, str, dict[str, Any] | None]] = [
    *(("pools", name, None) for name in ("wider", "old 1")),
    *(("variables", name, None) for name in ("other 1", "old")),
    ("connections", "old1", None),
    ("users", "old user", None),
    ("roles", "old role", None),
    ("pools", "new 1", {"name": "new 1", "slots": 9, "description": "", "include_deferred": False}),
    ("variables", "new 1", {"key": "new 1", "value": "z", "description": "d"}),
    ("connections", "new1", {"connection_id": "new1", "conn_type": "http", "host": "z", "extra": None}),
    ("roles", "analyst", {"name": "analyst", "actions": []}),
    ("pools", "same", {"name": "same", "slots": 9, "description": "kept", "include_deferred": False}),
    ("variables", "same", {"key": "same", "value": "z", "description": "kept"}),
    ("dags", "d1", {"dag_id": "d1", "is_paused": True}),
    ("dags", "d2", {"dag_id": "d2", "is_paused": True}),
]
"""List, object and row: what somebody else has deleted (``None``), created, or changed of what was as wanted."""

EDITED: list[tuple[str, int | None, dict[str, Any] | None]] = [
    ("pools", 0, {"slots": 2}),
    ("pools", 0, {"description": "x"}),
    ("pools", 3, {"state": "absent"}),
    ("pools", 4, None),
    ("pools", None, {"name": "new 4", "slots": 1}),
    ("variables", 0, {"value": "z"}),
    ("variables", 0, {"description": "z"}),
    ("variables", 3, {"value": {"a": 1}}),
    ("variables", 5, {"state": "present", "value": "1"}),
    *(
        ("connections", 0, {field: "z"})
        for field in ("host", "login", "schema", "description", "password", "conn_type")
    ),
    ("connections", 0, {"port": 1}),
    ("connections", 0, {"extra": {"a": 1}}),
    ("connections", 1, {"password": "q"}),
    ("users", 0, {"password": "q"}),
    ("users", 0, {"roles": ["analyst", "Viewer"]}),
    ("users", 1, {"last_name": "z"}),
    ("roles", 0, {"permissions": []}),
    ("roles", 1, None),
    ("dags", 0, None),
    ("dags", 1, {"paused": True}),
]
"""List, number and options: what is wanted now is edited, removed (``None``) or added (without a number)."""

UNTOUCHED: list[Drift] = [
    *(("pools", name, "description", "x") for name in ("wider", "foreign", "same")),
    ("pools", "foreign", "slots", 9),
    *(("variables", name, "description", "x") for name in ("other 1", "other 2", "same", "foreign")),
    ("variables", "foreign", "value", "x"),
    *(("connections", "moved", field, "x") for field in ("schema", "login", "description")),
    ("connections", "moved", "port", 99),
    ("pools", "same", "include_deferred", True),
    *(("connections", "old2", field, "elsewhere") for field in ("host", "login")),
    ("users", "admin", "email", "x"),
    *(("users", "ada", field, "x") for field in ("last_name", "email")),
    ("users", "ada", "roles", [{"name": "Admin"}]),
    ("roles", "Viewer", "actions", ROLE),
]
"""The same of what the plan does not change."""


def plan(server: Keeper, **options: Any) -> Any:
    """The result of check mode."""
    server.read_only = True
    result = deploy(server, **{**WANTED, "update_secrets": "on_create", "fingerprint_key": KEY, **options})
    server.read_only = False
    return result


def apply(server: Keeper, **options: Any) -> Any:
    """The result of the real run."""
    server.sent = []
    return deploy(server, **{**WANTED, "update_secrets": "on_create", "fingerprint_key": KEY, **options})


@each_version
def test_the_approved_plan_is_applied(version: str, tmp_path: Path) -> None:
    server, file = keeper(version), tmp_path / "plan.json"
    shown = plan(server, plan_file=str(file))
    assert server.writes == []
    assert file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["plan.json"]
    kept = json.loads(file.read_text())
    assert named(kept["changes"]) == planned(shown)
    assert kept["digest"] == shown["plan_digest"]
    done = apply(server, plan_file=str(file), plan_digest=shown["plan_digest"])
    assert server.state() == goal({**WANTED, "update_secrets": "on_create"}, version).state()
    assert (planned(done), done["plan_digest"]) == (planned(shown), shown["plan_digest"])
    # What is done is no longer to be done.
    again = apply(server, plan_file=str(file))
    assert isinstance(again, AirflowError)
    assert named(again.facts["vanished"]) == planned(shown)
    assert not isinstance(apply(server, plan_file=str(file), plan_allows="subset"), AirflowError)


@each_version
@pytest.mark.parametrize("drift", TOUCHED, ids=lambda drift: " ".join(drift[:3]))
def test_what_somebody_else_changed_of_it_is_refused_before_the_first_write(
    version: str, drift: Drift, tmp_path: Path
) -> None:
    server, file = keeper(version), tmp_path / "plan.json"
    digest = plan(server, plan_file=str(file))["plan_digest"]
    kind, name, field, value = drift
    server.kept[kind][name][field] = value
    before = server.state()
    for approved in (
        {"plan_file": str(file)},
        {"plan_digest": digest},
        {"plan_file": str(file), "plan_allows": "subset"},
    ):
        refused = apply(server, **approved)
        assert isinstance(refused, AirflowError), approved
        assert "Nothing was changed" in refused.message
        assert (server.writes, server.state()) == ([], before)
        if "plan_file" in approved:
            assert [row["name"] for row in refused.facts["differs"]] == [name]
            assert f"Differs: {refused.facts['differs'][0]['action']} " in refused.message


def is_refused(server: Keeper, file: Path, digest: str, **options: Any) -> None:
    """Neither the file nor the digest lets anything be written."""
    before = server.state()
    for approved in ({"plan_file": str(file)}, {"plan_digest": digest}):
        refused = apply(server, **approved, **options)
        assert isinstance(refused, AirflowError), approved
        assert "Nothing was changed" in refused.message
        assert (server.writes, server.state()) == ([], before)


@each_version
@pytest.mark.parametrize(
    "drift", MEANWHILE, ids=lambda drift: f"{drift[0]} {drift[1]} {'made' if drift[2] else 'gone'}"
)
def test_what_somebody_else_deleted_or_made_is_refused_before_the_first_write(
    version: str, drift: tuple[str, str, dict[str, Any] | None], tmp_path: Path
) -> None:
    server, file = keeper(version), tmp_path / "plan.json"
    digest = plan(server, plan_file=str(file))["plan_digest"]
    kind, name, row = drift
    if row:
        server.kept[kind][name] = {**server.kept[kind].get(name, {}), **row}
    else:
        del server.kept[kind][name]
    is_refused(server, file, digest)


@each_version
@pytest.mark.parametrize("edit", EDITED, ids=lambda edit: " ".join([edit[0], str(edit[1]), *(edit[2] or ("removed",))]))
def test_another_wanted_state_is_refused_before_the_first_write(
    version: str, edit: tuple[str, int | None, dict[str, Any] | None], tmp_path: Path
) -> None:
    server, file = keeper(version), tmp_path / "plan.json"
    digest = plan(server, plan_file=str(file))["plan_digest"]
    option, number, given = edit
    items = list(WANTED[option])
    if number is None:
        items.append(given)
    else:
        items[number : number + 1] = [{**items[number], **given}] if given else []
    is_refused(server, file, digest, **{option: items})


@each_version
@pytest.mark.parametrize("drift", UNTOUCHED, ids=lambda drift: " ".join(drift[:3]))
def test_what_nobody_wants_to_change_may_change(version: str, drift: Drift, tmp_path: Path) -> None:
    server, file = keeper(version), tmp_path / "plan.json"
    digest = plan(server, plan_file=str(file))["plan_digest"]
    kind, name, field, value = drift
    server.kept[kind][name][field] = value
    server.kept["variables"]["unrelated"] = {"key": "unrelated", "value": "1", "description": None}
    assert not isinstance(apply(server, plan_file=str(file), plan_digest=digest), AirflowError)


@each_version
def test_what_appeared_or_vanished_is_named(version: str, tmp_path: Path) -> None:
    server, file = keeper(version), tmp_path / "plan.json"
    plan(server, plan_file=str(file))
    del server.kept["pools"]["same"]
    server.kept["pools"]["wider"]["slots"] = 8
    refused = apply(server, plan_file=str(file), plan_allows="subset")
    assert named(refused.facts["appeared"]) == ["create pool same"]
    assert named(refused.facts["vanished"]) == ["update pool wider"]
    assert refused.facts["differs"] == []
    assert "Appeared: create pool/same. Vanished: update pool/wider. Nothing" in refused.message


@each_version
def test_two_secrets_make_two_plans_and_none_is_shown(version: str, tmp_path: Path) -> None:
    digests, texts = set(), []
    for number, password in enumerate(("geheim-canary-1", "geheim-canary-2")):
        file = tmp_path / f"{number}.json"
        options = {"connections": [{"connection_id": "c", "conn_type": "http", "password": password}]}
        digests.add(plan(keeper(version), plan_file=str(file), **options)["plan_digest"])
        texts.append(file.read_text())
    assert len(digests) == 2
    assert "geheim" not in "".join(texts)
    assert KEY not in "".join(texts)
    shown = [
        {**row, "fingerprints": sorted(row["fingerprints"])}
        for row in (json.loads(text)["changes"][-1] for text in texts)
    ]
    assert shown[0] == shown[1]


def test_another_key_is_named(tmp_path: Path) -> None:
    server, file = keeper("3.3.2"), tmp_path / "plan.json"
    digest = plan(server, plan_file=str(file))["plan_digest"]
    assert plan(server, fingerprint_key=f"{KEY}.")["plan_digest"] != digest
    refused = apply(server, plan_file=str(file), fingerprint_key=f"{KEY}.")
    assert "was made with another fingerprint_key" in refused.message
    assert server.sent == []


def test_nobody_can_add_to_a_plan_without_the_key(tmp_path: Path) -> None:
    """A row is added that somebody else has smuggled into the wanted state."""
    server, file = keeper("3.3.2"), tmp_path / "plan.json"
    plan(server, plan_file=str(file))
    wanted = {"pools": [*WANTED["pools"], {"name": "smuggled", "slots": 1}]}
    other = tmp_path / "other.json"
    plan(server, plan_file=str(other), fingerprint_key="another key of enough bytes", **wanted)
    forged = {**json.loads(other.read_text()), "key": json.loads(file.read_text())["key"]}
    file.write_text(json.dumps(forged))
    refused = apply(server, plan_file=str(file), **wanted)
    assert "its digest is not that of its content" in refused.message
    assert server.writes == []


@pytest.mark.parametrize("options", [{"extra": {"endpoint": "s"}}, {"password": "s"}])
def test_a_secret_that_only_the_server_hides_makes_another_plan(options: dict[str, Any]) -> None:
    """[core] sensitive_var_conn_names can name anything."""
    digests = set()
    for secret in ("one", "two"):
        server = keeper("3.3.2")
        server.kept["connections"]["moved"].update({"extra": '{"endpoint": "***"}', "password": "p"})
        given = json.loads(json.dumps(options).replace('"s"', json.dumps(secret)))
        wanted = {"connections": [{"connection_id": "moved", **given}]}
        shown = plan(server, update_secrets="always", **wanted)
        assert "update connection moved" in planned(shown)
        digests.add(shown["plan_digest"])
    assert len(digests) == 2


def test_a_rotated_secret_that_is_not_sent_changes_nothing() -> None:
    server = keeper("3.3.2")
    server.kept["connections"]["moved"]["password"] = "p"
    digests = {
        plan(server, connections=[{"connection_id": "moved", "host": "b", "password": secret}])["plan_digest"]
        for secret in ("one", "two")
    }
    assert len(digests) == 1


def test_the_order_of_lists_does_not_matter(tmp_path: Path) -> None:
    server, file = keeper("3.3.2"), tmp_path / "plan.json"
    digest = plan(server, plan_file=str(file))["plan_digest"]
    turned = {option: list(reversed(items)) for option, items in WANTED.items()}
    assert not isinstance(apply(server, plan_file=str(file), plan_digest=digest, **turned), AirflowError)


def test_a_replacement_is_called_one(tmp_path: Path) -> None:
    """Airflow takes no empty password for a connection, so it is deleted and created again."""
    server, file = keeper("3.3.2"), tmp_path / "plan.json"
    server.kept["connections"]["moved"]["password"] = "p"
    plan(server, plan_file=str(file), connections=[{"connection_id": "moved", "password": ""}])
    content = json.loads(file.read_text())
    assert [row["name"] for row in content["changes"] if row["replaced"]] == ["moved"]
    assert "- `-/+` `connection/moved` (deleted and created again)" in plan_markdown(content)


@each_version
def test_what_somebody_makes_meanwhile_is_left_alone(version: str, tmp_path: Path) -> None:
    """Without an approval it would be adopted."""
    providers = {"GET /providers": {"providers": [], "total_entries": 0}}
    server, file = keeper(version, None, **providers), tmp_path / "plan.json"
    wanted = {"roles": [{"name": "analyst", "permissions": [{"action": "can_read", "resource": "DAGs"}]}]}
    options: dict[str, Any] = {**{option: [] for option in WANTED}, **wanted}
    plan(server, plan_file=str(file), **options)

    def befall(count: int, request: Sent) -> Fault | None:
        if request.line == "POST /roles":
            server.kept["roles"]["analyst"] = {"name": "analyst", "actions": ROLE}
        return None

    server.befall = befall
    refused = apply(server, plan_file=str(file), **options)
    assert "somebody else has changed role 'analyst' since it was read" in refused.message
    assert server.kept["roles"]["analyst"]["actions"] == ROLE


@each_version
def test_what_failed_is_completed_as_the_error_says(version: str, tmp_path: Path) -> None:
    server, file = keeper(version), tmp_path / "plan.json"
    plan(server, plan_file=str(file))
    busy = Fault(Answer(503, {"detail": "no"}))
    server.befall = lambda count, request: busy if request.line == "POST /users" else None
    failed = apply(server, plan_file=str(file))
    assert "run the task again with plan_allows=subset to complete the changes" in failed.message.lower()
    server.befall = None
    assert not isinstance(apply(server, plan_file=str(file), plan_allows="subset"), AirflowError)
    assert server.state() == goal({**WANTED, "update_secrets": "on_create"}, version).state()


def test_an_old_digest_does_not_keep_anybody_from_planning(tmp_path: Path) -> None:
    shown = plan(keeper("3.3.2"), plan_file=str(tmp_path / "plan.json"), plan_digest=f"hmac-sha256:{'0' * 64}")
    assert planned(shown)


def damaged(content: dict[str, Any]) -> str:
    content["changes"][0]["name"] = "another"
    return json.dumps(content)


def deep(content: dict[str, Any]) -> str:
    row = '{"kind": "", "name": "", "action": "", "x": ' + "[" * 9000 + "]" * 9000 + "}"
    return json.dumps({**content, "changes": ["@"]}).replace('"@"', row)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda content: "{", "is damaged: line 1"),
        (lambda content: "[]", "is not a plan of this collection"),
        (lambda content: "{}", "is not a plan of this collection"),
        (lambda content: json.dumps({**content, "format": 2}), "was made in format 2, not 1"),
        (
            lambda content: json.dumps({**content, "collection": "x 9"}),
            "was made by collection 'x 9'",
        ),
        (lambda content: json.dumps({**content, "server": "https://prod"}), "was made for server 'https://prod'"),
        (lambda content: json.dumps({**content, "changes": {}}), "changes must be a list"),
        (lambda content: json.dumps({**content, "changes": [{"kind": "pool"}]}), "changes must be a list"),
        (lambda content: json.dumps({**content, "changes": [None]}), "changes must be a list"),
        (lambda content: json.dumps({**content, "digest": "hmac-sha256:0"}), "its digest is not that of its content"),
        (damaged, "its digest is not that of its content"),
        (deep, "is damaged: it is nested too deeply"),
    ],
)
def test_a_file_that_cannot_be_used_is_named_before_anything_is_sent(spoil: Any, said: str, tmp_path: Path) -> None:
    server, file = keeper("3.3.2"), tmp_path / "plan.json"
    plan(server, plan_file=str(file))
    file.write_text(spoil(json.loads(file.read_text())))
    refused = apply(server, plan_file=str(file))
    assert isinstance(refused, AirflowError)
    assert said in refused.message
    assert str(file) in refused.message
    assert server.sent == []


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"plan_file": "x", "fingerprint_key": None}, "plan_file needs fingerprint_key"),
        ({"plan_digest": "x", "fingerprint_key": None}, "plan_digest needs fingerprint_key"),
        ({"fingerprint_key": "short"}, "fingerprint_key has 5 bytes; it needs at least 16"),
        ({"plan_file": ""}, "plan_file is empty"),
        ({"plan_digest": " "}, "plan_digest is empty"),
        ({"fingerprint_key": ""}, "fingerprint_key is empty"),
        ({"plan_allows": "subset", "fingerprint_key": None}, "plan_allows=subset needs plan_file"),
        ({"plan_digest": "abc"}, "plan_digest must be hmac-sha256: and 64 hexadecimal digits"),
        ({"plan_digest": f"hmac-sha256:{'0' * 64}", "plan_allows": "subset"}, "plan_allows=subset needs plan_file"),
        ({"plan_file": "no/such/folder/plan.json"}, "does not exist"),
    ],
)
@pytest.mark.parametrize("run", [plan, apply])
def test_options_that_cannot_work_are_named_before_anything_is_sent(run: Any, options: Any, said: str) -> None:
    server = keeper("3.3.2")
    refused = run(server, **options)
    assert isinstance(refused, AirflowError)
    assert said in refused.message
    assert server.sent == []


def test_a_plan_is_of_the_version_of_the_collection() -> None:
    galaxy = (SHARED.parents[1] / "galaxy.yml").read_text()
    assert f"\nversion: {COLLECTION.partition(' ')[2]}\n" in galaxy


# As Markdown


def test_the_comment_lists_what_changes() -> None:
    assert plan_markdown({"plan": mixed(), "plan_digest": "hmac-sha256:0"}) == (
        "**Plan**: 1 to create, 1 to change, 2 to delete\n"
        "\n"
        "- `~` `pool/etl`\n"
        "  - `slots`: `4` → `8`\n"
        "- `+` `variable/etl`\n"
        "  - `value`: `etl`\n"
        "- `-` `variable/old etl`\n"
        "- `-` `variable/by hand etl` (no list names it)\n"
        "\n"
        "Digest: `hmac-sha256:0`\n"
    )


TEXTS = st.one_of(st.sampled_from([*HOSTILE, "`", "``` x", "@everyone", "a\n\n# b", " ", ""]), st.text(max_size=30))


@settings(max_examples=200, deadline=None)
@given(name=TEXTS, value=TEXTS)
def test_text_of_others_stays_in_its_code_span(name: str, value: str) -> None:
    made = plan_markdown({"plan": [*mixed(name), {**mixed(name)[1], "after": {"key": name, "value": value}}]})
    lines = made.splitlines()
    assert len(lines) == 10
    for line in lines[2:]:
        left = line
        while "`" in left:
            fence = left[left.index("`") :]
            fence = fence[: len(fence) - len(fence.lstrip("`"))]
            _before, _fence, rest = left.partition(fence)
            # A span ends where there are as many backticks as at its beginning, no more and no less.
            ends = [at for at in range(len(rest)) if rest.startswith(fence, at) and rest[at - 1] != "`"]
            end = next(at for at in ends if not rest.startswith("`", at + len(fence)))
            left = _before + rest[end + len(fence) :]
        assert set(left) <= set("- :→()" + "no list names it" + "cannot be compared, and is sent"), line


@pytest.mark.parametrize("given", [None, [], "plan", {"plan": "x"}, {"changes": [1]}])
def test_only_a_plan_becomes_markdown(given: Any) -> None:
    with pytest.raises(AnsibleFilterError, match="takes the content of a plan_file"):
        plan_markdown(given)
