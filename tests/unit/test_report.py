# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report on several deployments: its data, and that nothing in its page arises from them."""

from __future__ import annotations

import json
import re
from collections import Counter
from html.parser import HTMLParser
from typing import Any

import pytest

from ansible_collections.dataops.airflow.plugins.module_utils._kinds.deployment.report import (
    NOT_AUDITED,
    overview,
    report,
)
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.deployment.report_page import (
    element,
    page,
    visible,
)
from ansible_collections.dataops.airflow.plugins.modules.airflow_audit_report import read_report
from ansible_collections.dataops.airflow.tests.unit.plans import (
    HOSTILE,
    UNREACHABLE,
    audited,
    many,
    mixed,
    planned,
)

MADE = "2026-11-23 09:30 UTC"
IN_SYNC = [planned("pool", "etl", "none")]


class Markup(HTMLParser):
    """What a browser would make of a page, as far as a parser can tell."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: Counter[str] = Counter()
        self.attributes: Counter[str] = Counter()
        self.values: set[str] = set()
        self.text = ""
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        for name, value in attrs:
            self.attributes[name] += 1
            if name in ("href", "src", "style", "class", "id", "open", "hidden") or name.startswith("on"):
                self.values.add(f"{name}={value}")
        if tag not in ("meta", "input"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("style", "script"):
            self.text += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")


def made(*deployments: dict[str, Any], title: str = "Audit", names: tuple[str, ...] = ()) -> dict[str, Any]:
    return report(title, MADE, names, deployments)


@pytest.mark.parametrize("rows", ["all", "changed"])
def test_what_is_found(rows: str) -> None:
    result = audited("dev", mixed())
    if rows == "changed":
        result["result"] = {"plan": mixed()[:-1], "summary": {"unchanged": 2}}
    data = made(result)
    (deployment,) = data["deployments"]
    assert deployment["status"] == "drift"
    assert deployment["counts"] == {
        "different": 1,
        "missing": 1,
        "surplus": 1,
        "unmanaged": 1,
        "unverified": 1,
        "unchanged": 1,
    }
    found = {item["finding"]: item for item in deployment["findings"]}
    assert list(found) == ["different", "missing", "surplus", "unmanaged", "unverified"]
    assert found["different"]["options"] == [{"name": "slots", "before": 4, "after": 8}]
    assert found["missing"]["options"] == [{"name": "value", "before": None, "after": "etl"}]
    assert found["surplus"]["name"] == "old etl"
    assert found["unmanaged"]["drift"] is False
    assert found["unverified"]["unverified"] == ["password"]
    assert json.loads(json.dumps(data)) == data
    assert "findings" not in overview(deployment)


@pytest.mark.parametrize(
    ("deployment", "status"),
    [
        (audited("d", IN_SYNC), "in_sync"),
        (audited("d", []), "in_sync"),
        (audited("d", [*IN_SYNC, mixed()[3]]), "in_sync"),
        (audited("d", [*IN_SYNC, mixed()[3]], purged=["pools"]), "in_sync"),
        (audited("d", [*IN_SYNC, mixed()[3]], purged=["variables"]), "drift"),
        (audited("d", [mixed()[4]]), "unverified"),
        (audited("d", mixed()), "drift"),
        (UNREACHABLE, "unreachable"),
        (audited("d", None, result={"msg": "no", "url": "http://h", "status": 403}), "failed"),
        (audited("d", None, result={"msg": "variables[1] is already listed in variables[0]"}), "failed"),
        (audited("d", None), "failed"),
    ],
)
def test_the_status(deployment: dict[str, Any], status: str) -> None:
    data = made(deployment)
    assert data["deployments"][0]["status"] == status
    assert data["summary"] == {
        "deployments": 1,
        **dict.fromkeys(("unreachable", "failed", "drift", "unverified", "in_sync"), 0),
        status: 1,
    }
    assert bool(data["deployments"][0]["message"]) is (status in ("unreachable", "failed"))


def test_every_host_is_in_the_report_and_in_order() -> None:
    data = made(audited("stage", IN_SYNC), audited("dev", IN_SYNC), names=("dev", "lost", "stage"))
    assert [item["name"] for item in data["deployments"]] == ["dev", "lost", "stage"]
    assert data["deployments"][1]["message"] == NOT_AUDITED


def test_reports_of_slices_are_one_report() -> None:
    blame = {"who": "ada", "when": "2026-11-23", "event": "patch_pool", "certainty": "certain"}
    first, second = mixed(), [{**mixed()[0], "blame": blame}]
    slices = {
        "a.json": json.dumps(made(audited("dev", first), audited("lost", None), names=("stage",))),
        "b.json": json.dumps(made(audited("stage", second))),
    }
    read = {path: read_report(text) for path, text in slices.items()}
    whole = report("Audit", MADE, ("dev", "stage", "prod"), [audited("prod", IN_SYNC)], read)
    alone = made(audited("dev", first), audited("stage", second), audited("prod", IN_SYNC), audited("lost", None))
    assert whole == alone
    assert page(whole) == page(alone)
    with pytest.raises(ValueError, match=r"^deployment 'dev' is in a\.json and in c\.json$"):
        report("Audit", MADE, (), (), {**read, "c.json": read["a.json"]})
    with pytest.raises(ValueError, match=r"^deployment 'dev' is in results and in a\.json$"):
        report("Audit", MADE, (), [audited("dev", IN_SYNC)], read)


def test_what_is_no_report_is_refused() -> None:
    right = made(audited("dev", mixed()))
    wrong: list[tuple[str, str]] = [
        ("", "it is not JSON"),
        ("[" * 200_000, "it is not JSON"),
        ("[]", "it is not a report of this module"),
        ('{"changes": []}', "it is not a report of this module: "),
        (json.dumps({**right, "deployments": ["dev"]}), "it is not a report of this module: "),
        (json.dumps(right).replace('"drift"', '"<b>"'), "it is not a report of this module: "),
    ]
    for text, why in wrong:
        with pytest.raises(ValueError, match=f"^{why}"):
            read_report(text)


def test_a_url_does_not_tell_its_password() -> None:
    shown = made(audited("d", IN_SYNC, url="https://ada:geheim@h/airflow"))
    assert shown["deployments"][0]["url"] == "https://ada:***@h/airflow"


def test_the_page_says_all_of_it() -> None:
    data = made(audited("dev", mixed(), purged=["variables"]), UNREACHABLE, audited("stage", IN_SYNC))
    text = Markup(page(data)).text
    for part in (
        "2 of 3 deployments need attention.",
        f"Audited {MADE}",
        "on the server: 4",
        "wanted: 8",
        "deleted when the deployment is provisioned",
        "Cannot be compared: password",
        "GET http://127.0.0.1:9/api/v2/version: refused",
        "1 listed object is as wanted.",
    ):
        assert part in text, part


BLAME = {"who": "ada", "when": "2026-11-30T10:00:00+00:00", "event": "patch_pool", "certainty": "certain"}


def test_who_changed_it_is_in_both() -> None:
    unknown = {"who": None, "when": None, "event": None, "certainty": "not known: no permission"}
    plan = [
        planned("pool", "a", "update", before={"slots": 1}, after={"slots": 2}, blame=BLAME),
        planned("user", "b", "create", blame=unknown),
        planned("connection", "c", "none", unverified=["password"], blame=None),
    ]
    data = made(audited("dev", plan))
    findings = data["deployments"][0]["findings"]
    assert {item["name"]: item["blame"] for item in findings} == {"a": BLAME, "b": unknown, "c": None}
    text = Markup(page(data)).text
    assert "wanted: 2Last changed by ada at 2026-11-30T10:00:00+00:00 (patch_pool): certain" in text
    assert "Who changed it is not known: no permission" in text
    assert text.count("hanged") == 2
    without = made(audited("dev", mixed()))
    assert all("blame" not in item for item in without["deployments"][0]["findings"])


def test_what_differs_within_a_value() -> None:
    before = {"name": "x", "extra": {"a": {"b": 1, "c": 2}}, "permissions": [{"x": 1}, {"x": 2}], "text": None}
    after = {"name": "x", "extra": {"a": {"b": 3, "c": 2}}, "permissions": [{"x": 2}, {"x": 3}], "text": ""}
    text = Markup(page(made(audited("d", [planned("role", "x", "update", before=before, after=after)])))).text
    assert "extra.a.bon the server: 1wanted: 3" in text
    assert 'permissions, what differson the server: {"x": 1}wanted: {"x": 3}' in text
    assert "texton the server: not setwanted: empty" in text


def test_a_long_value_is_cut() -> None:
    text = page(made(audited("d", [planned("variable", "v", "create", after={"key": "v", "value": "y" * 70_000})])))
    assert "… 68,000 more characters" in text
    assert len(text) < 30_000


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_arises_from_data(text: str) -> None:
    def everywhere(name: str) -> str:
        values = {"key": name, "value": {name: name}, name: [name]}
        plan = [
            *mixed(name),
            planned(name, name, "update", before={**values, name: []}, after=values, unverified=[name]),
            planned(name, name, "create", after=values, blame=dict.fromkeys(BLAME, name)),
        ]
        result = {"plan": plan, "warnings": [name]}
        failed = audited(f"failed {name}", None, result={"msg": name})
        deployment = audited(name, None, result=result, url=name, purged=[name])
        return page(report(name, name, [name], [deployment, failed]))

    harmless, hostile = Markup(everywhere("h" * len(text))), Markup(everywhere(text))
    assert not hostile.open
    assert hostile.tags == harmless.tags
    assert hostile.attributes == harmless.attributes
    assert hostile.values == harmless.values
    assert visible(text)[:2000] in hostile.text
    everywhere(text).encode()


def test_the_policy_allows_the_page_its_own_style_and_script_alone() -> None:
    text = page(made(audited("d", mixed())))
    policy = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)[0]
    assert policy.startswith("default-src &#x27;none&#x27;; style-src &#x27;sha256-")
    assert "unsafe" not in policy
    assert "//" not in re.sub(r"https?://(airflow\.example\.com|127\.0\.0\.1)", "", text)
    assert not re.search(r"\b(src|style|on\w+)=", text.partition("<body>")[2].partition("<script>")[0])


def test_unseen_characters_are_seen() -> None:
    assert visible("a\u202eb\nc\td\0") == "a\\u202eb\\nc\\td\\x00"
    assert visible("a\nb", keep="\n") == "a\nb"
    assert visible("👩\u200d💻 مرحبا") == "👩\u200d💻 مرحبا"


def test_elements() -> None:
    assert element("p", "<&", None, element("b", "x"), data_a='"', hidden=True, open=False) == (
        '<p data-a="&quot;" hidden>&lt;&amp;<b>x</b></p>'
    )


def test_long_lists_are_closed_at_first() -> None:
    assert "<details open" not in page(made(audited("d", many(2000))))
    assert page(made(audited("d", many(8)))).count("<details open") == 5
