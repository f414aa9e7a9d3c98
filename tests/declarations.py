# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every declaration that makes a module, found by the name of its file: ``pool_info.py`` holds ``POOL_INFO``."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path

from ansible_collections.dataops.airflow.plugins import module_utils
from ansible_collections.dataops.airflow.plugins.module_utils._model.listing import Endpoint, Listing, Single
from ansible_collections.dataops.airflow.plugins.module_utils._model.operation import Operation
from ansible_collections.dataops.airflow.plugins.module_utils._model.resource import Resource

SHARED = Path(next(iter(module_utils.__path__)))
Declaration = Resource | Endpoint | Operation
DECLARABLE = (Resource, Listing, Single, Operation)


def _found() -> Iterator[tuple[str, Declaration]]:
    for path in sorted(SHARED.glob("_kinds/*/*.py")):
        place = path.relative_to(SHARED).with_suffix("")
        module = importlib.import_module(".".join((module_utils.__name__, *place.parts)))
        declared = getattr(module, path.stem.upper(), None)
        if isinstance(declared, DECLARABLE):
            yield place.as_posix(), declared
        elif path.stem.endswith("_info"):
            raise LookupError(f"{place}.py must declare {path.stem.upper()}, from which its module is generated")


DECLARATIONS: dict[str, Declaration] = dict(_found())
"""File below ``plugins/module_utils``, without its suffix → what it declares."""

RESOURCES: tuple[Resource, ...] = tuple(item for item in DECLARATIONS.values() if isinstance(item, Resource))
ENDPOINTS: tuple[Endpoint, ...] = tuple(item for item in DECLARATIONS.values() if isinstance(item, (Listing, Single)))
OPERATIONS: tuple[Operation, ...] = tuple(item for item in DECLARATIONS.values() if isinstance(item, Operation))
