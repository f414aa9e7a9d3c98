# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A report as one page of HTML that needs nothing else. No I/O.

All of it is made by :func:`element`, which escapes whatever is not an element itself, so no data can become markup.
"""

from __future__ import annotations

import base64
import hashlib
import html
import unicodedata
from itertools import groupby
from typing import Any, Iterable, Iterator, Mapping

from ..._model.compare import to_text
from .report import (
    DIFFERENT,
    DRIFT,
    FAILED,
    FINDINGS,
    IN_SYNC,
    MISSING,
    STATUSES,
    SURPLUS,
    UNMANAGED,
    UNREACHABLE,
    UNSURE,
    UNVERIFIED,
)

LONGEST_VALUE = 2000
MANY = 60
"""A list with more findings is closed at first."""

EMPTY = frozenset(("input", "meta"))
UNSEEN = frozenset(("Cc", "Cf", "Cs", "Zl", "Zp"))
"""Categories of characters that cannot be seen, or that move others about."""

JOINERS = "\u200c\u200d"
"""Unseen as well, and yet parts of words and of emoji."""

STATUS_WORDS = {
    IN_SYNC: "In sync",
    UNSURE: "In sync, as far as visible",
    DRIFT: "Drift",
    FAILED: "Not audited",
    UNREACHABLE: "Unreachable",
}
FINDING_WORDS = {
    DIFFERENT: ("Different", "Exists with different values: − on the server, + wanted"),
    MISSING: ("Missing", "Wanted, but not on the server"),
    SURPLUS: ("To be removed", "Declared absent, but still on the server"),
    UNMANAGED: ("Unmanaged", "On the server, but not in any list"),
    UNVERIFIED: ("Cannot be verified", "The server hides values, so they cannot be compared"),
}
UNCHANGED = "unchanged"

STYLE = """
:root {
  color-scheme: light dark;
  --back: #f5f6f8; --surface: #fff; --ink: #1b2430; --muted: #536070; --line: #dce1e8; --link: #0b57a4;
  --good: #17703c; --good-back: #e2f4e8; --bad: #ad231b; --bad-back: #fce8e6;
  --different: #97420a; --different-back: #fdeedd; --missing: #0b57a4; --missing-back: #e3effb;
  --unmanaged: #653a9b; --unmanaged-back: #f0e8fa; --unverified: #665000; --unverified-back: #faf2cd;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --back: #0f1319; --surface: #171d26; --ink: #e6eaf0; --muted: #9dabbc; --line: #2b3441; --link: #86beff;
    --good: #74d69e; --good-back: #12301e; --bad: #ff9f96; --bad-back: #3d1b19;
    --different: #f6a970; --different-back: #392413; --missing: #8cc2ff; --missing-back: #14293f;
    --unmanaged: #ccadf6; --unmanaged-back: #291f3c; --unverified: #e5c95f; --unverified-back: #322b10;
  }
}
* { box-sizing: border-box; }
html { scroll-padding-top: 5rem; }
body {
  margin: 0 auto; padding: 2rem 1.5rem 4rem; max-width: 76rem; background: var(--back); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere;
}
h1, h2, h3, p, ul, dl, dd { margin: 0; padding: 0; }
h1 { font-size: 1.9rem; line-height: 1.2; letter-spacing: -.015em; }
h2 { font-size: 1.25rem; line-height: 1.3; }
h3 { display: inline; font-size: 1rem; }
ul { list-style: none; }
a { color: var(--link); }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; border-radius: .25rem; }
code { font: .875em/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
[hidden] { display: none !important; }
.muted { color: var(--muted); }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.skip { position: absolute; left: -99rem; }
.skip:focus { position: static; }
.lead { margin-top: .4rem; font-size: 1.1rem; }
.panel, .deployment { background: var(--surface); border: 1px solid var(--line); border-radius: .75rem; }
.panel { margin-top: 1.5rem; overflow: hidden; }
.deployment { margin-top: 1.5rem; padding: 1.25rem 1.5rem; }
.tiles { display: flex; flex-wrap: wrap; gap: .75rem; margin-top: 1.25rem; }
.tile { padding: .5rem 1rem; border-radius: .75rem; }
.tile b { margin-right: .35rem; font-size: 1.5rem; font-variant-numeric: tabular-nums; }

table { width: 100%; border-collapse: collapse; }
th, td {
  padding: .6rem .75rem; text-align: right; vertical-align: middle; font-variant-numeric: tabular-nums;
  overflow-wrap: normal;
}
thead th { vertical-align: bottom; font-size: .8rem; font-weight: 600; line-height: 1.25; color: var(--muted); }
tbody tr { border-top: 1px solid var(--line); }
th:nth-child(-n + 2), td:nth-child(-n + 2) { text-align: left; }
th:first-child { padding-left: 1.5rem; }
td:last-child, th:last-child { padding-right: 1.5rem; }
tbody th { width: 20rem; font-weight: 600; overflow-wrap: anywhere; }
td.state .badge { white-space: nowrap; }
td.zero { color: var(--muted); }
td.count:not(.zero) { font-weight: 600; }
tbody th a {
  display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 3; overflow: hidden;
}
.bar { display: block; width: 100%; max-width: 14rem; height: .3rem; margin-top: .35rem; border-radius: .15rem; }

.badge {
  display: inline-block; padding: .1rem .6rem; border-radius: 1rem; font-size: .85rem; font-weight: 600;
  line-height: 1.5;
}
.in_sync { color: var(--good); background: var(--good-back); }
.drift, .different { color: var(--different); background: var(--different-back); }
.unreachable, .failed, .surplus { color: var(--bad); background: var(--bad-back); }
.missing { color: var(--missing); background: var(--missing-back); }
.unmanaged { color: var(--unmanaged); background: var(--unmanaged-back); }
.unverified { color: var(--unverified); background: var(--unverified-back); }
rect.different { fill: var(--different); } rect.missing { fill: var(--missing); } rect.surplus { fill: var(--bad); }
rect.unmanaged { fill: var(--unmanaged); } rect.unverified { fill: var(--unverified); }
rect.unchanged { fill: var(--good); }

.search {
  position: sticky; top: 0; z-index: 1; display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: center;
  margin: 1.5rem -.5rem 0; padding: .75rem .5rem; background: var(--back);
}
.search input, .search select {
  min-height: 2.5rem; padding: .4rem .75rem; border: 1px solid var(--muted); border-radius: .5rem;
  background: var(--surface); color: var(--ink); font: inherit;
}
.search input { flex: 1 1 14rem; min-width: 0; }
.head { display: flex; flex-wrap: wrap; gap: .35rem .75rem; align-items: center; }
.message { margin-top: .9rem; padding: .75rem 1rem; border-radius: .5rem; white-space: pre-wrap; }
.notes { margin-top: .9rem; }
.quiet { margin-top: .6rem; }
details { margin-top: 1rem; border-top: 1px solid var(--line); padding-top: .75rem; }
summary { cursor: pointer; padding: .15rem 0; }
summary .badge { margin: 0 .4rem; }
.finding {
  margin-top: .5rem; padding: .6rem .9rem; border: 1px solid var(--line); border-radius: .5rem;
}
.long .finding { content-visibility: auto; contain-intrinsic-size: auto 5rem; }
.kind { margin-right: .5rem; color: var(--muted); }
.name { font-weight: 600; }
.note { margin-left: .5rem; }
.option {
  display: grid; grid-template-columns: minmax(7rem, 13rem) 1fr 1fr; gap: .25rem .75rem; align-items: baseline;
  margin-top: .35rem;
}
.option.single { grid-template-columns: minmax(7rem, 13rem) 1fr; }
dt { color: var(--muted); }
.value { padding: .1rem .5rem; border-radius: .3rem; white-space: pre-wrap; unicode-bidi: plaintext; }
.before { color: var(--bad); background: var(--bad-back); }
.after { color: var(--good); background: var(--good-back); }
.before::before { content: "− " / ""; } .after::before { content: "+ " / ""; }
.single .value { color: inherit; background: var(--back); } .single .value::before { content: none; }
.none { font-style: italic; }

@media (max-width: 46rem) {
  body { padding: 1.25rem .75rem 3rem; }
  h1 { font-size: 1.5rem; }
  .deployment { padding: 1rem; }
  thead { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; }
  table, tbody { display: block; }
  tbody tr { display: flex; flex-wrap: wrap; gap: .3rem 1rem; padding: .9rem 1rem; }
  tbody tr:first-child { border-top: 0; }
  tbody th, tbody td { padding: 0 !important; }
  tbody th { flex: 1 0 100%; width: 100%; }
  td.state { flex: 1 0 100%; }
  td.zero { display: none; }
  td.count::before { content: attr(data-label) " "; font-weight: 400; color: var(--muted); }
  .search { position: static; }
  .search select { flex: 1 1 10rem; }
  .option, .option.single { grid-template-columns: 1fr; gap: .2rem; }
}
@media print {
  :root { color-scheme: light; --back: #fff; }
  body { max-width: none; padding: 0; font-size: .8rem; }
  .search, .skip { display: none !important; }
  .deployment, .panel { border: 0; padding: 0; }
  .finding, .long .finding { break-inside: avoid; content-visibility: visible; }
  details::details-content { content-visibility: visible; display: block; height: auto; }
  .badge, .tile, .value, rect { print-color-adjust: exact; }
}
"""

SCRIPT = """
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const search = document.querySelector(".search");
if (search) {
  const [words, choice, said] = ["input", "select", "output"].map((name) => search.querySelector(name));
  const deployments = all(".deployment").map((section) => ({
    section,
    groups: all("details", section).map((details) => ({
      details,
      open: details.open,
      number: details.querySelector(".number"),
      items: all(".finding", details).map((item) => ({
        item, text: (section.dataset.search + " " + item.textContent).toLowerCase()
      }))
    }))
  }));
  const total = all(".finding").length;
  let timer;
  const filter = () => {
    const wanted = words.value.toLowerCase().split(/\\s+/).filter(Boolean);
    const active = wanted.length > 0 || choice.value !== "";
    let shown = 0;
    for (const {section, groups} of deployments) {
      let here = 0;
      for (const {details, open, number, items} of groups) {
        let hits = 0;
        const counts = !choice.value || details.dataset.finding === choice.value;
        for (const {item, text} of items) {
          item.hidden = !(counts && wanted.every((word) => text.includes(word)));
          hits += !item.hidden;
        }
        details.hidden = hits === 0;
        details.open = active ? hits <= 200 : open;
        number.textContent = hits.toLocaleString("en");
        here += hits;
      }
      section.hidden = active && here === 0;
      shown += here;
    }
    const of = total.toLocaleString("en");
    said.textContent = active ? `${shown.toLocaleString("en")} of ${of} findings` : `${of} findings`;
  };
  words.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(filter, 120); });
  choice.addEventListener("change", filter);
  search.hidden = false;
  filter();
}
let closed = [];
addEventListener("beforeprint", () => {
  closed = all("details:not([open])");
  closed.forEach((details) => { details.open = true; });
});
addEventListener("afterprint", () => closed.forEach((details) => { details.open = false; }));
addEventListener("hashchange", () => document.querySelector(":target")?.scrollIntoView());
"""


class Html(str):
    """Text that is HTML already."""


def element(tag: str, *content: str | None, **attributes: str | bool) -> Html:
    """An element.

    :param content: elements, and text, which is escaped; ``None`` is nothing.
    :param attributes: ``class_`` for ``class``, ``data_label`` for ``data-label``; ``True`` for one without a value.
    """
    given = "".join(
        f" {name.rstrip('_').replace('_', '-')}" + ("" if value is True else f'="{html.escape(value)}"')
        for name, value in attributes.items()
        if value is not False
    )
    if tag in EMPTY:
        return Html(f"<{tag}{given}>")
    return Html(f"<{tag}{given}>{join(content)}</{tag}>")


def join(content: Iterable[str | None], between: str = "") -> Html:
    """Elements and text one after the other."""
    escaped = (item if isinstance(item, Html) else html.escape(item) for item in content if item is not None)
    return Html(between.join(escaped))


def visible(text: str, keep: str = "") -> str:
    """A text in which everything can be seen, such as line breaks and marks that turn the direction of writing.

    :param keep: those that stay as they are.
    """
    return "".join(
        char.encode("unicode_escape").decode()
        if unicodedata.category(char) in UNSEEN and char not in keep and char not in JOINERS
        else char
        for char in text
    )


def page(report: Mapping[str, Any]) -> str:
    """The page of a report that :func:`report` has made."""
    title, deployments = visible(report["title"]), report["deployments"]
    policy = (
        f"default-src 'none'; style-src {_hash(STYLE)}; script-src {_hash(SCRIPT)}; base-uri 'none'; form-action 'none'"
    )
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("meta", name="referrer", content="no-referrer"),
        element("title", title),
        element("style", Html(STYLE)),
    )
    header = element(
        "header",
        element("h1", element("bdi", title)),
        element("p", _lead(report["summary"]), class_="lead"),
        element("p", f"Audited {visible(report['made'])}", class_="muted"),
        element("ul", join(_tiles(report["summary"])), class_="tiles"),
    )
    main = element(
        "main",
        _overview(deployments) if deployments else None,
        _search() if any(item["findings"] for item in deployments) else None,
        join((_section(number, item) for number, item in enumerate(deployments)), "\n"),
    )
    body = element(
        "body",
        element("a", "Skip to the overview", href="#overview", class_="skip"),
        header,
        main,
        element("script", Html(SCRIPT)),
    )
    return f"<!DOCTYPE html>\n{element('html', head, body, lang='en')}\n"


def _hash(text: str) -> str:
    """How a policy names an inline style or script."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _lead(summary: Mapping[str, int]) -> str:
    total = summary["deployments"]
    fine = summary[IN_SYNC] + summary[UNSURE]
    if total == 0:
        return "This report contains no deployments."
    if fine == total:
        return "All deployments are in sync." if total > 1 else "The deployment is in sync."
    return f"{total - fine} of {_count(total, 'deployment')} {'needs' if total - fine == 1 else 'need'} attention."


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _tiles(summary: Mapping[str, int]) -> Iterator[Html]:
    for status in STATUSES:
        if summary[status]:
            yield element("li", element("b", str(summary[status])), STATUS_WORDS[status], class_=f"tile {status}")


def _overview(deployments: Iterable[Mapping[str, Any]]) -> Html:
    # Roles are told, as the style for narrow screens would make browsers forget them.
    titles = ["Deployment", "Status", *(FINDING_WORDS[finding][0] for finding in FINDINGS), "As wanted"]
    columns = join(element("th", title, scope="col", role="columnheader") for title in titles)
    rows = join(_row(number, item) for number, item in enumerate(deployments))
    return element(
        "section",
        element("h2", "Overview", id="overview", class_="unseen"),
        element(
            "table",
            element("thead", element("tr", columns, role="row"), role="rowgroup"),
            element("tbody", rows, role="rowgroup"),
            role="table",
            aria_labelledby="overview",
        ),
        class_="panel",
    )


def _row(number: int, deployment: Mapping[str, Any]) -> Html:
    counts, status = deployment["counts"], deployment["status"]
    audited = not deployment["message"]
    link = element("a", element("bdi", visible(deployment["name"])), href=f"#deployment-{number}")
    words = {**{finding: FINDING_WORDS[finding][0] for finding in FINDINGS}, UNCHANGED: "As wanted"}
    cells = (
        element(
            "td",
            f"{counts[name]:,}" if audited else "–",
            role="cell",
            data_label=word,
            class_="count" if counts[name] else "count zero",
        )
        for name, word in words.items()
    )
    return element(
        "tr",
        element("th", link, _bar(counts, words), scope="row", role="rowheader"),
        element("td", _badge(status), role="cell", class_="state"),
        join(cells),
        role="row",
    )


def _bar(counts: Mapping[str, int], words: Iterable[str]) -> Html | None:
    """The counts as the parts of a line; none if there is nothing to count."""
    total = sum(counts.values())
    if not total:
        return None
    parts, start = [], 0
    for name in words:
        if counts[name]:
            parts.append(element("rect", x=str(start), width=str(counts[name]), height="1", class_=name))
        start += counts[name]
    return element(
        "svg",
        join(parts),
        viewBox=f"0 0 {total} 1",
        preserveAspectRatio="none",
        aria_hidden="true",
        class_="bar",
    )


def _badge(status: str) -> Html:
    return element("span", STATUS_WORDS[status], class_=f"badge {status}")


def _search() -> Html:
    choices = join(element("option", FINDING_WORDS[finding][0], value=finding) for finding in FINDINGS)
    return element(
        "div",
        element("input", type="search", placeholder="Search names and values", aria_label="Search names and values"),
        element("select", element("option", "All findings", value=""), choices, aria_label="Findings to show"),
        element("output", class_="muted"),
        role="search",
        hidden=True,
        class_="search",
    )


def _section(number: int, deployment: Mapping[str, Any]) -> Html:
    name, url, message = visible(deployment["name"]), visible(deployment["url"]), deployment["message"]
    findings, counts = deployment["findings"], deployment["counts"]
    heading = f"deployment-{number}-name"
    warnings = join(element("li", visible(warning), class_="muted") for warning in deployment["warnings"])
    unchanged = f"{_count(counts[UNCHANGED], 'listed object')} {'is' if counts[UNCHANGED] == 1 else 'are'} as wanted."
    return element(
        "section",
        element("div", element("h2", element("bdi", name), id=heading), _badge(deployment["status"]), class_="head"),
        element("p", element("bdi", url), class_="muted") if url else None,
        element("p", visible(message, "\n"), class_=f"message {deployment['status']}") if message else None,
        None if message else element("p", unchanged, class_="quiet"),
        join(_group(finding, list(items)) for finding, items in groupby(findings, lambda item: str(item["finding"]))),
        element("div", element("h3", "Warnings"), element("ul", warnings), class_="notes") if warnings else None,
        id=f"deployment-{number}",
        aria_labelledby=heading,
        data_search=name,
        class_="deployment",
    )


def _group(finding: str, items: list[Mapping[str, Any]]) -> Html:
    title, meaning = FINDING_WORDS[finding]
    return element(
        "details",
        element(
            "summary",
            element("h3", title),
            element("span", f"{len(items):,}", class_=f"badge number {finding}"),
            element("span", meaning, class_="muted"),
        ),
        element("ul", join((_finding(item) for item in items), "\n")),
        open=len(items) <= MANY,
        class_="long" if len(items) > MANY else False,
        data_finding=finding,
    )


def _finding(item: Mapping[str, Any]) -> Html:
    note = "deleted when the deployment is provisioned" if item["finding"] == UNMANAGED and item["drift"] else None
    rows = [row for option in item["options"] for row in _rows(option["name"], option["before"], option["after"])]
    single = item["finding"] != DIFFERENT
    hidden = ", ".join(item["unverified"])
    return element(
        "li",
        element(
            "p",
            element("span", visible(item["kind"]), class_="kind"),
            element("bdi", element("code", visible(item["name"]), class_="name")),
            element("span", note, class_="badge note surplus") if note else None,
        ),
        element("dl", join(_option(*row, single) for row in rows)) if rows else None,
        element("p", f"Cannot be compared: {visible(hidden)}", class_="muted") if hidden else None,
        element("p", visible(_blame(item["blame"])), class_="muted") if item.get("blame") else None,
        class_="finding",
    )


def _blame(blame: Mapping[str, Any]) -> str:
    """Who changed an object, as a sentence."""
    if not blame["event"]:
        return f"Who changed it is {blame['certainty']}"
    return f"Last changed by {blame['who']} at {blame['when']} ({blame['event']}): {blame['certainty']}"


def _rows(name: str, before: Any, after: Any) -> Iterator[tuple[str, Any, Any]]:
    """What differs between two values: keys of dictionaries, items of lists, or all of it."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in dict.fromkeys((*before, *after)):
            if before.get(key) != after.get(key):
                yield from _rows(f"{name}.{key}", before.get(key), after.get(key))
        return
    if isinstance(before, list) and isinstance(after, list):
        gone = [part for part in before if part not in after]
        new = [part for part in after if part not in before]
        if gone or new:
            yield f"{name}, what differs", gone, new
            return
    yield name, before, after


def _option(name: str, before: Any, after: Any, single: bool) -> Html:
    sides = [
        element("dd", element("span", f"{word}: ", class_="unseen"), _value(value), class_=f"value {side}")
        for side, word, value in (("before", "on the server", before), ("after", "wanted", after))
        if not single or value is not None
    ]
    return element(
        "div",
        element("dt", visible(name)),
        join(sides),
        class_="option single" if single else "option",
    )


def _value(value: Any) -> Html:
    if value is None or value in ("", [], {}):
        return element("span", "not set" if value is None else "empty", class_="none")
    text = "\n".join(map(to_text, value)) if isinstance(value, list) else to_text(value)
    left = len(text) - LONGEST_VALUE
    more = element("span", f" … {_count(left, 'more character')}", class_="none") if left > 0 else None
    return join((element("code", visible(text[:LONGEST_VALUE], "\n\t")), more))
