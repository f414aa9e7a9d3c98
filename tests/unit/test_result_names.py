# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Results that Jinja can use: ``r.summary.update`` would be the dict's method, and always true."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Iterator

import pytest
import yaml

from ansible_collections.dataops.airflow.plugins.module_utils._engine.plan_many import Plan
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.deployment.report import report

MODULES = sorted((Path(__file__).parents[2] / "plugins/modules").glob("airflow_*.py"))
METHODS = {name for kind in (dict, list, str) for name in dir(kind) if not name.startswith("_")}
TAKEN_OVER = {"count", "title"} - set(dir(dict))
"""What Airflow calls the number of a DAG's runs, and the heading of a report: a dict has no such methods."""

NAMED = re.compile(r"\bC\(([a-z_]+)\)")


def _keys(fields: Any) -> Iterator[str]:
    """The keys of a documented result: declared, named in a description, and in a sample."""
    for name, field in fields.items():
        yield name
        description = field.get("description") or ()
        for sentence in [description] if isinstance(description, str) else description:
            yield from NAMED.findall(sentence)
        yield from _of(field.get("sample"))
        yield from _keys(field.get("contains") or {})


def _of(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from map(str, value)
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _of(item)


@pytest.mark.parametrize("module", MODULES, ids=[path.stem for path in MODULES])
def test_no_key_of_a_result_is_called_like_a_method(module: Path) -> None:
    documentation = re.search(r'^RETURN = r?"""(.*?)^"""', module.read_text(), re.DOTALL | re.MULTILINE)
    assert documentation
    keys = set(_keys(yaml.safe_load(documentation.group(1))))
    assert keys
    assert keys & METHODS <= TAKEN_OVER


def test_what_counts_has_no_name_of_a_method() -> None:
    audited = [{"name": "a", "url": "http://a", "result": {"plan": [], "warnings": []}}]
    assert {*_of(report("t", "now", ["a", "b"], audited)), *Plan(()).summary()} & METHODS <= TAKEN_OVER
