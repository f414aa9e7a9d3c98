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
from ansible_collections.dataops.airflow.tests.unit.keeping import Keeper
from ansible_collections.dataops.airflow.tests.unit.plans import HOSTILE, mixed
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
TOUCHED: list[Drift] = [
    ("pools", "wider", "slots", 5),
    ("pools", "old 1", "slots", 9),
    ("variables", "other 1", "value", "3"),
    ("variables", "old", "value", "another"),
    ("connections", "moved", "host", "elsewhere"),
    ("connections", "old1", "host", "elsewhere"),
    ("users", "ada", "first_name", "Somebody"),
    ("roles", "old role", "actions", [{"action": {"name": "can_read"}, "resource": {"name": "Pools"}}]),
]
"""List, object, field and value: what somebody else changes of an object that the plan changes."""

UNTOUCHED: list[Drift] = [
    ("pools", "wider", "description", "no option names it"),
    ("pools", "same", "description", "no option names it"),
    ("variables", "other 1", "description", "no option names it"),
    ("connections", "moved", "port", 99),
    ("users", "ada", "last_name", "Byron"),
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


def test_another_key_makes_another_fingerprint(tmp_path: Path) -> None:
    files = [tmp_path / f"{number}.json" for number in range(2)]
    for file, key in zip(files, (KEY, f"{KEY}."), strict=True):
        plan(keeper("3.3.2"), plan_file=str(file), fingerprint_key=key)
    one, other = (
        {value for row in json.loads(file.read_text())["changes"] for value in row["fingerprints"].values()}
        for file in files
    )
    assert one
    assert not one & other


def damaged(content: dict[str, Any]) -> str:
    content["changes"][0]["name"] = "another"
    return json.dumps(content)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda content: "{", "is damaged: line 1"),
        (lambda content: "[]", "is not a plan of this collection"),
        (lambda content: "{}", "is not a plan of this collection"),
        (lambda content: json.dumps({**content, "format": 2}), "was made for format 2, not for 1"),
        (lambda content: json.dumps({**content, "collection": "dataops.airflow 9"}), "made for collection"),
        (lambda content: json.dumps({**content, "server": "https://prod"}), "made for server 'https://prod'"),
        (lambda content: json.dumps({**content, "changes": {}}), "changes must be a list"),
        (lambda content: json.dumps({**content, "changes": [{"kind": "pool"}]}), "changes must be a list"),
        (lambda content: json.dumps({**content, "changes": [None]}), "changes must be a list"),
        (lambda content: json.dumps({**content, "digest": "sha256:0"}), "its digest is not that of its changes"),
        (damaged, "its digest is not that of its changes"),
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
        ({"plan_digest": "abc"}, "plan_digest must be sha256: and 64 hexadecimal digits"),
        ({"plan_digest": f"sha256:{'0' * 64}", "plan_allows": "subset"}, "plan_allows=subset needs plan_file"),
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
    assert plan_markdown({"plan": mixed(), "plan_digest": "sha256:0"}) == (
        "**Plan**: 1 to create, 1 to change, 2 to delete\n"
        "\n"
        "- `~` `pool/etl`\n"
        "  - `slots`: `4` → `8`\n"
        "- `+` `variable/etl`\n"
        "  - `value`: `etl`\n"
        "- `-` `variable/old etl`\n"
        "- `-` `variable/by hand etl` (no list names it)\n"
        "\n"
        "Digest: `sha256:0`\n"
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
