# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Applying only what was approved: the options ``plan_file``, ``plan_digest`` and ``plan_allows``."""

from __future__ import annotations

import hmac
import os
import re
import tempfile
from typing import TYPE_CHECKING, Any, Mapping

from ..._model.errors import InvalidInputError, PreconditionError
from .saved_plan import SavedPlan, difference, key_of, read, saved

if TYPE_CHECKING:
    from ..._engine.plan_many import Plan
    from ..._engine.task import Task

DIGEST = re.compile("hmac-sha256:[0-9a-f]{64}")
MAKE_AGAIN = "Nothing was changed. Make the plan again in check mode, and have it approved"


class Approval:
    """What was approved, or the file to write it to.

    :param task: in check mode the file is written, and nothing is compared.
    :raises InvalidInputError: for options that cannot work together, and for a file that cannot be used.
    """

    def __init__(self, task: Task, params: Mapping[str, Any]) -> None:
        for name in ("plan_file", "plan_digest", "fingerprint_key", "fingerprint_key_previous"):
            if params[name] is not None and not params[name].strip():
                raise InvalidInputError(f"{name} is empty: give it a value, or leave it out")
        self._file: str | None = params["plan_file"]
        self._digest: str | None = params["plan_digest"]
        self._allows_fewer = params["plan_allows"] == "subset"
        self._is_compared = not task.check
        self._server = task.client.transport.settings.url
        self._approved: SavedPlan | None = None
        if self._allows_fewer and not self._file:
            raise InvalidInputError("plan_allows=subset needs plan_file: a digest does not say what was approved")
        if self._allows_fewer and self._digest:
            raise InvalidInputError("plan_allows=subset and plan_digest are mutually exclusive")
        needing = [name for name in ("plan_file", "plan_digest", "fingerprint_key_previous") if params[name]]
        self._key = key_of(params["fingerprint_key"], next(iter(needing), "plan_digest"))
        if self._digest and not DIGEST.fullmatch(self._digest):
            raise InvalidInputError(
                f"plan_digest must be hmac-sha256: and 64 hexadecimal digits, as the result returns it, "
                f"got {self._digest!r}"
            )
        if self._file and self._is_compared:
            self._approved = read(_content(self._file), self._file, self._server, self._key)
        elif self._file:
            _check_place(self._file)

    @property
    def is_given(self) -> bool:
        """Whether only approved changes may be made."""
        return self._is_compared and bool(self._file or self._digest)

    @property
    def advice(self) -> str:
        """How to complete the changes if some of them failed."""
        if self._approved:
            return "run the task again with plan_allows=subset"
        return "make the plan again and have it approved" if self.is_given else ""

    def check(self, plan: Plan) -> str:
        """Refuse a plan that was not approved, or write it to the file in check mode.

        :return: its digest.
        :raises PreconditionError: with the changes that appeared, vanished or differ.
        """
        made = saved(plan, self._server, self._key)
        if self._file and not self._is_compared:
            _write(self._file, made.text())
        if self._approved:
            found = difference(self._approved, made)
            if found.appeared or found.differs or (found.vanished and not self._allows_fewer):
                raise PreconditionError(
                    f"The plan is not the approved one in {self._file}. {found}. {MAKE_AGAIN}",
                    plan=plan.items(is_whole=False),
                    **found._asdict(),
                )
        if self._digest and self._is_compared and not hmac.compare_digest(made.digest, self._digest):
            raise PreconditionError(
                f"The plan is not the approved one: its digest is {made.digest}, not {self._digest}. {MAKE_AGAIN}",
                plan=plan.items(is_whole=False),
            )
        return made.digest


def _content(file: str) -> str:
    try:
        with open(file, encoding="utf-8") as opened:
            return opened.read()
    except FileNotFoundError:
        raise InvalidInputError(f"plan_file {file} does not exist; check mode writes it") from None
    except (OSError, ValueError) as error:
        raise InvalidInputError(f"plan_file {file} cannot be read: {error}") from None


def _check_place(file: str) -> None:
    folder = os.path.dirname(file) or "."
    if not os.path.isdir(folder):
        raise InvalidInputError(f"plan_file {file} cannot be written: the folder {folder} does not exist")
    if os.path.isdir(file):
        raise InvalidInputError(f"plan_file {file} is a folder")


def _write(file: str, text: str) -> None:
    """Write a file that only its owner may read, as a whole or not at all."""
    name = ""
    try:
        handle, name = tempfile.mkstemp(dir=os.path.dirname(file) or ".", prefix=".airflow-plan-")
        with open(handle, "w", encoding="utf-8") as opened:
            opened.write(text)
        os.replace(name, file)
    except OSError as error:
        if name:
            os.unlink(name)
        raise InvalidInputError(f"plan_file {file} cannot be written: {error}") from None
