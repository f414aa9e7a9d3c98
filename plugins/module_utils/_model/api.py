# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the generations of Airflow's REST API have in common, and where they differ, as data."""

from __future__ import annotations

import enum
import functools
import re
from typing import Any, Literal, Mapping, NamedTuple

from .paths import Path, join

ApiName = Literal["v1", "v2", "fab"]
"""``v1`` or ``v2``, as users write it in ``airflow_api_version``; ``fab`` for the auth manager's own."""

FAB_PROVIDER: Literal["apache-airflow-providers-fab"] = "apache-airflow-providers-fab"
"""The package of the FAB auth manager. It is upgraded without Airflow, so its version counts by itself."""

Part = Literal["core", "fab"]
"""A part of Airflow that has an API: ``core``, or the auth manager."""


class Api(NamedTuple):
    """One generation of the REST API.

    :param product: what to call its servers in a message.
    :param root: path below ``airflow_url``.
    :param health: path of the health endpoint.
    :param page: rows to ask for at a time: more than most servers give, which cap it silently at
        ``[api] maximum_page_limit`` (100), so that theirs is the size of a page.
    :param batch_page: rows to ask for at a time where nothing caps it.
    :param repeat_lists: lists in a query are repeated parameters; otherwise one value with commas. On v2,
        ``update_mask=a,b`` is taken as one unknown name: 200, and nothing is changed (3.3.2).
    :param reserialises_json: text that looks like JSON comes back parsed and written again (3.0 to 3.3).
    :param hides_variables: values of variables may be hidden when they are read; v1 shows all of them.
    :param tells_passwords: a connection's password comes back as ``***`` if there is one and as null if there is none;
        v1 leaves it out.
    """

    name: ApiName
    product: str
    root: str
    health: Path
    page: int
    batch_page: int
    repeat_lists: bool
    reserialises_json: bool
    hides_variables: bool
    tells_passwords: bool


V1 = Api(
    "v1",
    "Airflow 2",
    "/api/v1",
    join("health"),
    1000,
    100,
    repeat_lists=False,
    reserialises_json=False,
    hides_variables=False,
    tells_passwords=False,
)
V2 = Api(
    "v2",
    "Airflow 3",
    "/api/v2",
    join("monitor", "health"),
    1000,
    100,
    repeat_lists=True,
    reserialises_json=True,
    hides_variables=True,
    tells_passwords=True,
)
FAB = V2._replace(name="fab", product="Airflow 3", root="/auth/fab/v1", repeat_lists=False)
"""Users, roles and permissions on Airflow 3, where the FAB auth manager has an API of its own; v1 has them itself."""

APIS: Mapping[str, Api] = {api.name: api for api in (V1, V2)}

ALWAYS = ""
"""The first version of something that an API has always had."""


class Since(NamedTuple):
    """API → first version of Airflow that has something there; ``None`` if that API never has it.

    On ``fab`` it is a version of the FAB provider, which only :func:`.options.check_offered` asks for.
    """

    v1: str | None = ALWAYS
    v2: str | None = ALWAYS
    fab: str | None = ALWAYS

    def on(self, api: Api) -> str | None:
        """The first version that has it on an API."""
        first: str | None = getattr(self, api.name)
        return first


EVER = Since()
NOWHERE = Since(None, None, None)


@functools.lru_cache(maxsize=None)
def parse_version(text: str) -> tuple[int, int, int]:
    """``2.11.2``, ``3.0.0rc1`` or ``2.10.3+composer`` as three numbers to compare."""
    numbers = re.findall(r"\d+", text.split("+")[0])[:3]
    major, minor, patch = ([int(number) for number in numbers] + [0, 0, 0])[:3]
    return major, minor, patch


class Server(NamedTuple):
    """A server.

    :param api: the generation of its REST API.
    :param version: for example ``3.3.2``.
    :param git_version: the commit it was built from; empty if the server does not return it.
    """

    api: Api
    version: str
    git_version: str = ""

    def part(self, name: Part) -> Server:
        """This server with the API of a part of Airflow: ``core`` or ``fab``."""
        return self._replace(api=FAB) if name == "fab" and self.api is V2 else self

    def is_at_least(self, version: str) -> bool:
        """Whether this is that version of Airflow or a later one."""
        return parse_version(self.version) >= parse_version(version)

    def lacks(self, since: Since) -> str:
        """What is needed for something that only certain versions have.

        :return: a clause such as ``needs Airflow 2.7.0 or later``; empty if this server has it.
        """
        first = since.on(self.api)
        if first is None:
            if self.api is not V1:
                return "is gone in Airflow 3"
            return f"needs Airflow {since.v2} or later" if since.v2 else "needs Airflow 3"
        return "" if self.is_at_least(first) else f"needs Airflow {first} or later"


class Intent(enum.Enum):
    """What a request is for; what it may change if it fails is :class:`.errors.Effect`."""

    READ = "read"
    """It changes nothing, whatever its method."""
    DRY_RUN = "dry run"
    """It asks what a write would change."""
    LOG_IN = "login"
    """Airflow counts it, and nothing else changes."""
    WRITE = "write"

    @staticmethod
    def of(method: str) -> Intent:
        """What a method is for, unless the request says otherwise."""
        return Intent.READ if method == "GET" else Intent.WRITE


def as_query(options: Mapping[str, Any], api: Api) -> list[tuple[str, str]]:
    """Query parameters in an API's own way of writing lists."""
    pairs: list[tuple[str, str]] = []
    for name, value in options.items():
        texts = as_texts(value)
        pairs.extend((name, item) for item in (texts if api.repeat_lists else [",".join(texts)]))
    return pairs


def as_texts(value: Any) -> list[str]:
    """The values of a query parameter: one, or those of a list."""
    items = value if isinstance(value, (list, tuple)) else [value]
    return [str(item).lower() if isinstance(item, bool) else str(item) for item in items]
