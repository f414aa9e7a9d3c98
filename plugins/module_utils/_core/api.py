# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the generations of Airflow's REST API have in common, and where they differ, as data."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Mapping


@dataclass(frozen=True)
class Api:
    """One generation of the REST API.

    :param name: ``v1`` or ``v2``, as users write it in ``airflow_api_version``.
    :param product: what to call its servers in a message.
    :param root: path below ``airflow_url``.
    :param health: path of the health endpoint below ``root``.
    :param page: rows to ask for at a time; servers cap it silently at ``[api] maximum_page_limit`` (100).
    :param repeat_lists: lists in a query are repeated parameters; otherwise one value with commas. On v2,
        ``update_mask=a,b`` is taken as one unknown name: 200, and nothing is changed (3.3.2).
    :param reserialises_json: text that looks like JSON comes back parsed and written anew (3.0 to 3.3).
    :param hides_variables: values of variables may be hidden when they are read; v1 shows all of them.
    """

    name: str
    product: str
    root: str
    health: str
    page: int
    repeat_lists: bool
    reserialises_json: bool
    hides_variables: bool


V1 = Api(
    "v1", "Airflow 2", "/api/v1", "/health", 100, repeat_lists=False, reserialises_json=False, hides_variables=False
)
V2 = Api(
    "v2",
    "Airflow 3",
    "/api/v2",
    "/monitor/health",
    100,
    repeat_lists=True,
    reserialises_json=True,
    hides_variables=True,
)
APIS: Mapping[str, Api] = {api.name: api for api in (V1, V2)}


def parse_version(text: str) -> tuple[int, int, int]:
    """``2.11.2``, ``3.0.0rc1`` or ``2.10.3+composer`` as three numbers to compare."""
    numbers = re.findall(r"\d+", text.split("+")[0])[:3]
    major, minor, patch = ([int(number) for number in numbers] + [0, 0, 0])[:3]
    return major, minor, patch


@dataclass(frozen=True)
class Server:
    """The server that answers.

    :param api: the generation of its REST API.
    :param version: for example ``3.3.2``.
    :param git_version: the commit it was built from; empty where the server does not tell.
    """

    api: Api
    version: str
    git_version: str = ""

    def lacks(self, since: Mapping[str, str | None]) -> str:
        """Say what is needed for something that came with certain versions.

        :param since: API name → first version that has it, ``None`` if that API never has it; an API that is
            not named has always had it.
        :return: a clause such as ``needs Airflow 2.7.0 or later``; empty if this server has it.
        """
        first = since.get(self.api.name, "0")
        if first is None:
            later = [version for version in since.values() if version]
            return f"needs Airflow {min(later, key=parse_version)} or later" if later else "is gone in Airflow 3"
        return "" if parse_version(self.version) >= parse_version(first) else f"needs Airflow {first} or later"
