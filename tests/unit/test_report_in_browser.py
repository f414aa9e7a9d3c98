# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page of the report in a real browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Iterator

import pytest

from ansible_collections.dataops.airflow.plugins.module_utils._kinds.deployment.report import report
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.deployment.report_page import page
from ansible_collections.dataops.airflow.tests.unit.browser import PROGRAMS, Page, browser, find_browser
from ansible_collections.dataops.airflow.tests.unit.plans import HOSTILE, UNREACHABLE, audited, many, mixed, planned

SAME = [planned("pool", f"same_{number}", "none") for number in range(3)]
CASES: dict[str, list[dict[str, Any]]] = {
    "nothing": [audited("dev", SAME), audited("prod", SAME)],
    "three": [audited("dev", SAME), audited("stage", [*SAME, *mixed()[:3]]), UNREACHABLE],
    "each": [audited("dev", [*SAME, *mixed()], purged=["variables"]), UNREACHABLE],
    "many": [audited("dev", SAME), audited("prod", [*SAME, *many(2000)])],
    "hostile": [audited(name, [change for part in HOSTILE for change in mixed(part)]) for name in HOSTILE],
}

TOO_FAINT = """
(() => {
  const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
  const light = (color) => {
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    const parts = [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3).map((part) => part / 255);
    const linear = parts.map((part) => part <= .04045 ? part / 12.92 : ((part + .055) / 1.055) ** 2.4);
    return .2126 * linear[0] + .7152 * linear[1] + .0722 * linear[2];
  };
  const back = (node) => {
    const color = node ? getComputedStyle(node).backgroundColor : "white";
    return color === "rgba(0, 0, 0, 0)" ? back(node.parentElement) : color;
  };
  const faint = [];
  for (const node of document.querySelectorAll("body *")) {
    const own = [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim());
    if (!own || !node.checkVisibility()) continue;
    const [one, other] = [light(getComputedStyle(node).color), light(back(node))].sort((a, b) => b - a);
    if ((one + .05) / (other + .05) < 4.5) faint.push(node.outerHTML.slice(0, 200));
  }
  return faint;
})()
"""


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    program = find_browser()
    if program is None:
        pytest.skip(f"no browser on this machine: none of {', '.join(PROGRAMS)} is on PATH")
    with browser(program, tmp_path_factory.mktemp("browser")) as started:
        yield started


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A file for each case."""
    home = tmp_path_factory.mktemp("pages")
    files = {name: home / f"{name}.html" for name in CASES}
    for name, path in files.items():
        path.write_text(page(report("Audit of the data platform", "2026-11-23 09:30 UTC", (), CASES[name])), "utf-8")
    return files


@pytest.mark.parametrize(("width", "scheme"), [(320, "dark"), (390, "light"), (768, "dark"), (1280, "light")])
@pytest.mark.parametrize("case", CASES)
def test_it_fits_and_can_be_read(shown: Page, written: dict[str, Path], case: str, width: int, scheme: str) -> None:
    shown.open(written[case], width, scheme)
    assert shown.problems == []
    assert shown.ask("document.documentElement.scrollWidth") <= width
    backs = shown.ask("getComputedStyle(document.body).backgroundColor")
    assert backs == {"light": "rgb(245, 246, 248)", "dark": "rgb(15, 19, 25)"}[scheme]
    if case == "each":
        assert shown.ask(TOO_FAINT) == []


def test_hostile_names_are_inert(shown: Page, written: dict[str, Path]) -> None:
    shown.open(written["hostile"], 1280, "light")
    assert shown.problems == []
    assert shown.ask("document.querySelectorAll('script').length") == 1
    assert shown.ask("document.querySelectorAll('img, iframe, object, link, base, form').length") == 0
    assert shown.ask("performance.getEntriesByType('resource').length") == 0
    names = "[...document.querySelectorAll('*')].flatMap((node) => node.getAttributeNames())"
    assert not {name for name in shown.ask(names) if name.startswith("on") or name == "style"}


def test_the_policy_stops_what_would_get_in(shown: Page, tmp_path: Path) -> None:
    text = page(report("Audit", "now", (), [audited("dev", mixed())]))
    path = tmp_path / "spoilt.html"
    path.write_text(
        text.replace("</main>", "</main><script>window.got_in = true</script><img src='http://127.0.0.1:9/'>")
    )
    shown.open(path, 1280, "light")
    assert shown.ask("window.got_in === undefined")
    assert "Content Security Policy" in "".join(shown.problems)


def search(shown: Page, words: str, finding: str = "") -> str:
    """Search as a person does; what the page says then."""
    said: str = shown.ask(
        f"""new Promise((done) => {{
          const [words, choice] = ["input", "select"].map((name) => document.querySelector(".search " + name));
          words.value = {words!r};
          choice.value = {finding!r};
          words.dispatchEvent(new Event("input"));
          setTimeout(() => done(document.querySelector("output").textContent), 400);
        }})"""
    )
    return said


def count(shown: Page, selector: str) -> int:
    """How many elements are not hidden."""
    number: int = shown.ask(
        f"[...document.querySelectorAll({selector!r})].filter((node) => !node.closest('[hidden]')).length"
    )
    return number


def test_searching(shown: Page, written: dict[str, Path]) -> None:
    shown.open(written["many"], 1280, "light")
    assert shown.ask("document.querySelector('output').textContent") == "2,000 findings"
    assert search(shown, "SETTING_0042") == "1 of 2,000 findings"
    assert [count(shown, selector) for selector in (".finding", ".deployment", "details[open]")] == [1, 1, 1]
    assert search(shown, "team_3 prod", "missing") == "71 of 2,000 findings"
    assert search(shown, "no such thing") == "0 of 2,000 findings"
    assert search(shown, "") == "2,000 findings"
    assert [count(shown, selector) for selector in (".finding", ".deployment", "details[open]")] == [2000, 2, 0]


def test_many_findings_are_quick(shown: Page, written: dict[str, Path]) -> None:
    shown.open(written["many"], 390, "light")
    took = shown.ask(
        """(() => {
          const start = performance.now();
          document.querySelectorAll("details").forEach((details) => { details.open = true; });
          document.body.getBoundingClientRect();
          return performance.now() - start;
        })()"""
    )
    assert took < 2000


def test_it_works_without_scripts(shown: Page, written: dict[str, Path]) -> None:
    shown.open(written["each"], 390, "light", scripts=False)
    assert shown.ask("getComputedStyle(document.querySelector('.search')).display") == "none"
    assert count(shown, ".finding") == 5
    assert shown.ask("document.querySelector('#deployment-0 h2').textContent") == "dev"


def test_assistive_technology_gets_the_structure(shown: Page, written: dict[str, Path]) -> None:
    shown.open(written["each"], 390, "light")
    tree = shown.send("Accessibility.getFullAXTree")["nodes"]
    found = [(node["role"]["value"], node.get("name", {}).get("value", "")) for node in tree if not node["ignored"]]
    roles = [role for role, _name in found]
    assert ("table", "Overview") in found
    assert roles.count("row") == 3
    assert ("columnheader", "Cannot be verified") in found
    assert ("searchbox", "Search names and values") in found
    headings = {name for role, name in found if role == "heading"}
    assert headings >= {"Audit of the data platform", "Overview", "dev", "prod", "Different", "Cannot be verified"}
