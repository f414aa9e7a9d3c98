# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Results of airflow_deployment in check mode, as the audit gets them."""

from __future__ import annotations

from typing import Any

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror="alert(1)">',
    "' onmouseover='alert(1)",
    "</code></bdi><h1>done</h1><!--",
    "</script></style></title><svg onload=alert(1)>",
    "javascript:alert(1)",
    "&lt;b&gt;&#x3c;b&#x3e;",
    "x" * 5000,
    "مرحبا \u202egnp.exe\u202c",
    "two\nlines\r\n\0\x1b[31m\u2028end",
    "{{ lookup('env', 'HOME') }}",
    "\ud800",
)
"""Names and values that shall be nothing but text."""


def planned(kind: str, name: str, action: str, **further: Any) -> dict[str, Any]:
    """An object of a plan."""
    own = {"before": {}, "after": {}, "unverified": [], "listed": True}
    return {"kind": kind, "name": name, "action": action, **own, **further}


def mixed(name: str = "etl") -> list[dict[str, Any]]:
    """A plan with each kind of finding once, and an object that is as wanted."""
    return [
        planned("pool", name, "update", before={"name": name, "slots": 4}, after={"name": name, "slots": 8}),
        planned("variable", name, "create", after={"key": name, "value": name}),
        planned("variable", f"old {name}", "delete", before={"key": f"old {name}", "value": "1"}),
        planned("variable", f"by hand {name}", "delete", before={"key": f"by hand {name}"}, listed=False),
        planned("connection", name, "none", unverified=["password"]),
        planned("pool", f"same {name}", "none", before={"name": "same"}, after={"name": "same"}),
    ]


def audited(name: str, plan: list[dict[str, Any]] | None, **further: Any) -> dict[str, Any]:
    """A deployment as the report takes it."""
    result = {"plan": plan} if plan is not None else {}
    return {"name": name, "url": "https://airflow.example.com", "purged": [], "result": result, **further}


UNREACHABLE = audited(
    "prod", None, result={"msg": "GET http://127.0.0.1:9/api/v2/version: refused", "url": "http://127.0.0.1:9/"}
)


def many(number: int) -> list[dict[str, Any]]:
    """A plan with a number of findings of every kind, with values as they are in life."""
    return [
        planned(
            "variable",
            f"team_{index % 7}.setting_{index:04}",
            ("update", "create", "delete", "none")[index % 4],
            before={"key": "", "value": {"region": "eu-west-1", "retries": index}},
            after={"key": "", "value": {"region": "eu-west-1", "retries": index + 1}} if index % 4 < 2 else {},
            unverified=["value"] if index % 4 == 3 else [],
            listed=index % 8 > 3,
        )
        for index in range(number)
    ]
