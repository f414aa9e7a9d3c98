# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What plans of several deployments say about them, as data for a report. No I/O, and no values of its own."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any, Iterable, Iterator, Mapping

from ..._model.change import Action
from ..._model.secrets import conceal
from .kinds import IDENTITIES, KINDS

MISSING, DIFFERENT, SURPLUS, UNMANAGED, UNVERIFIED = "missing", "different", "surplus", "unmanaged", "unverified"
FINDINGS = (DIFFERENT, MISSING, SURPLUS, UNMANAGED, UNVERIFIED)
"""What an object can be found to be, in the order in which a reader wants to know."""

UNREACHABLE, FAILED, DRIFT, UNSURE, IN_SYNC = "unreachable", "failed", "drift", "unverified", "in_sync"
STATUSES = (UNREACHABLE, FAILED, DRIFT, UNSURE, IN_SYNC)
"""What a deployment can be, the worst first."""

OPTIONS: Mapping[str, str] = {kind.resource.kind: option for option, kind in KINDS.items()}
"""Kind of an object → the option that holds such objects, which ``purge`` names."""

NOT_AUDITED = "The play ended for this host before the audit, or has not reached it yet."

TEXT, NUMBER, TEXTS = (
    {"type": "str", "required": True},
    {"type": "int", "required": True},
    {"type": "list", "elements": "str"},
)
OF_AN_OPTION: Mapping[str, Any] = {"name": TEXT, "before": {"type": "raw"}, "after": {"type": "raw"}}
OF_A_BLAME: Mapping[str, Any] = {name: {"type": "str"} for name in ("who", "when", "event", "certainty")}
OF_A_FINDING: Mapping[str, Any] = {
    **dict.fromkeys(("kind", "name"), TEXT),
    "finding": {**TEXT, "choices": FINDINGS},
    "drift": {"type": "bool", "required": True},
    "options": {"type": "list", "elements": "dict", "required": True, "options": OF_AN_OPTION},
    "unverified": {**TEXTS, "required": True},
    "blame": {"type": "dict", "options": OF_A_BLAME},
}
OF_A_DEPLOYMENT: Mapping[str, Any] = {
    **dict.fromkeys(("name", "url", "message"), TEXT),
    "status": {**TEXT, "choices": STATUSES},
    "counts": {"type": "dict", "required": True, "options": dict.fromkeys((*FINDINGS, "unchanged"), NUMBER)},
    "warnings": {**TEXTS, "required": True},
    "findings": {"type": "list", "elements": "dict", "required": True, "options": OF_A_FINDING},
}
OF_A_REPORT: Mapping[str, Any] = {
    **dict.fromkeys(("title", "made"), TEXT),
    "summary": {"type": "dict", "required": True},
    "deployments": {"type": "list", "elements": "dict", "required": True, "options": OF_A_DEPLOYMENT},
}
"""What a report holds, as the specification of an argument, by which one that was written before is checked."""


def report(
    title: str,
    made: str,
    hosts: Iterable[str],
    audited: Iterable[Mapping[str, Any]],
    slices: Mapping[str, list[dict[str, Any]]] | None = None,
) -> dict[str, Any]:
    """The report on some deployments, ready to be written as JSON.

    :param made: when, for people.
    :param hosts: the names of all deployments that belong into the report, in its order.
    :param audited: for each deployment its ``name``, ``url``, the kinds that are ``purged`` when it is provisioned, and
        the ``result`` of ``airflow_deployment`` in check mode.
    :param slices: for each file of a report on other deployments, its ``deployments``.
    :raises ValueError: if two of them have audited the same deployment.
    """
    known = {str(item["name"]): item for item in audited}
    names = dict.fromkeys((*hosts, *known))
    found = {name: _deployment(name, known.get(name) or {"result": {"msg": NOT_AUDITED}}) for name in names}
    places = dict.fromkeys(found, "results")
    for place, others in (slices or {}).items():
        for other in others:
            name = other["name"]
            if found.get(name, {}).get("message", NOT_AUDITED) == NOT_AUDITED:
                found[name], places[name] = other, place
            elif other["message"] != NOT_AUDITED:
                raise ValueError(f"deployment {name!r} is in {places[name]} and in {place}")
    deployments = list(found.values())
    counts = Counter(item["status"] for item in deployments)
    return {
        "title": title,
        "made": made,
        "summary": {"deployments": len(deployments), **{status: counts[status] for status in STATUSES}},
        "deployments": deployments,
    }


def overview(deployment: Mapping[str, Any]) -> dict[str, Any]:
    """A deployment of a report without its findings."""
    return {name: deployment[name] for name in ("name", "url", "status", "counts", "message")}


def _deployment(name: str, audited: Mapping[str, Any]) -> dict[str, Any]:
    result = audited.get("result") or {}
    plan = result.get("plan")
    findings = sorted(_findings(plan or (), set(audited.get("purged") or ())), key=_position)
    found = Counter(item["finding"] for item in findings)
    unverified = sum(bool(item["unverified"]) for item in findings)
    counts = {**{finding: found[finding] for finding in FINDINGS}, UNVERIFIED: unverified}
    # Unchanged objects may not be in the plan, but the summary counts them.
    unchanged = (result.get("summary") or {}).get("unchanged", sum(_finding(item) == UNVERIFIED for item in plan or ()))
    counts["unchanged"] = unchanged - sum(item["finding"] == UNVERIFIED for item in findings)
    return {
        "name": name,
        "url": conceal(audited.get("url") or ""),
        "status": _status(result, findings),
        "counts": counts,
        "message": "" if plan is not None else str(result.get("msg") or "There is no plan, and no reason was given."),
        "warnings": [str(warning) for warning in result.get("warnings") or ()],
        "findings": findings,
    }


def _status(result: Mapping[str, Any], findings: Iterable[Mapping[str, Any]]) -> str:
    if result.get("plan") is None:
        # A request that failed without a status got no answer.
        return UNREACHABLE if result.get("url") and not result.get("status") else FAILED
    if any(item["drift"] for item in findings):
        return DRIFT
    return UNSURE if any(item["unverified"] for item in findings) else IN_SYNC


def _findings(plan: Iterable[Mapping[str, Any]], purged: set[str]) -> Iterator[dict[str, Any]]:
    """What is not as wanted, or not known to be."""
    for item in plan:
        unverified = list(item.get("unverified") or ())
        finding = _finding(item)
        if finding != UNVERIFIED or unverified:
            stays = finding == UNVERIFIED or (finding == UNMANAGED and OPTIONS.get(str(item["kind"])) not in purged)
            yield {
                "kind": str(item["kind"]),
                "name": str(item["name"]),
                "finding": finding,
                "drift": not stays,
                "options": _options(item),
                "unverified": unverified,
                **({"blame": item["blame"]} if "blame" in item else {}),
            }


def _finding(item: Mapping[str, Any]) -> str:
    action = Action(item["action"])
    if action is Action.DELETE:
        return SURPLUS if item.get("listed", True) else UNMANAGED
    return {Action.CREATE: MISSING, Action.UPDATE: DIFFERENT, Action.NONE: UNVERIFIED}[action]


def _position(finding: Mapping[str, Any]) -> tuple[int, str, str]:
    return FINDINGS.index(finding["finding"]), finding["kind"], finding["name"]


def _options(item: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The options that differ; of an object that is only on one side, those that are set."""
    before, after = item.get("before") or {}, item.get("after") or {}
    names = dict.fromkeys((*before, *after))
    names.pop(IDENTITIES.get(str(item["kind"]), ""), None)
    rows = ((name, before.get(name), after.get(name)) for name in names)
    return [{"name": name, "before": old, "after": new} for name, old, new in rows if not _is_same(old, new)]


def _is_same(old: Any, new: Any) -> bool:
    """Whether two values are the same as JSON, in which 1 is not true."""
    return json.dumps(old, sort_keys=True, default=str) == json.dumps(new, sort_keys=True, default=str)
