# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Changing many objects at once."""

from __future__ import annotations

from typing import NamedTuple

from .api import Since


class Bulk(NamedTuple):
    """How one request updates many objects of a kind: the ``PATCH`` of their list, which creates and deletes them, too.

    :param masks_since: versions in which the request can limit what it changes of each object.
    :param resets: fields that it changes without such a limit even if an object omits them.
    :param hidden_in_log: fields whose values Airflow's event log hides; of a JSON object, the values of its keys.
    :param drops: fields that it does not store of an object that it creates.
    """

    masks_since: Since
    resets: tuple[str, ...] = ()
    hidden_in_log: tuple[str, ...] = ()
    drops: tuple[str, ...] = ()
