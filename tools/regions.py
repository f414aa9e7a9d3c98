# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Parts of files that tools write: the lines between the comments ``begin <name>`` and ``end <name>``."""

from __future__ import annotations

import re
import textwrap


def replaced(text: str, name: str, lines: str) -> str:
    """The text of a file of YAML or Markdown with other lines in a part of it, indented as its comments are.

    :raises ValueError: if there is no such part.
    """
    begin, end = (rf"^( *)(?:#|<!--) {word} {re.escape(name)}\b.*\n" for word in ("begin", "end"))
    opening = re.search(begin, text, re.MULTILINE)
    closing = opening and re.compile(end, re.MULTILINE).search(text, opening.end())
    if not opening or not closing:
        raise ValueError(f"no place for {name}")
    return text[: opening.end()] + textwrap.indent(lines, opening[1]) + text[closing.start() :]
