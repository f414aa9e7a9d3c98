# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every linter over the collection and its tools, two at a time."""

from __future__ import annotations

import asyncio
import os
import sys

import tree
from runner import Result, main, run_logged, say

IN_TREE = f"{tree.COLLECTION}/"

# Those with the longest way to go come first.
LINTERS: dict[str, list[str]] = {
    "antsibull-docs": [
        "antsibull-docs",
        "lint-collection-docs",
        "--plugin-docs",
        "--validate-collection-refs=all",
        "--disallow-unknown-collection-refs",
        "--skip-rstcheck",
        ".",
    ],
    "ansible-lint": ["ansible-lint", "--offline", "--profile", "production", "--nocolor", "-q"],
    "mypy": [
        "mypy",
        f"--config-file={IN_TREE}pyproject.toml",
        *(f"{IN_TREE}{name}" for name in ("plugins", "tests", "tools")),
    ],
    "generate": [sys.executable, "tools/generate.py", "--check"],
    "words": [sys.executable, "tools/words.py"],
    "yamllint": ["yamllint", "--strict", "."],
    "antsibull-changelog": ["antsibull-changelog", "lint"],
    "ruff-check": ["ruff", "check", "--no-cache", "--quiet", "--output-format=concise", "."],
    "ruff-format": ["ruff", "format", "--no-cache", "--check", "."],
}

# All run in the copy, except these. (mypy derives the modules' names from where it runs.)
FOLDERS = {"mypy": tree.BUILD, "generate": tree.ROOT, "words": tree.ROOT}


OF_USERS = ("playbooks", "roles")
"""What users run. The rest of what ansible-lint reads is our tests' playbooks, which takes it three times as long."""


async def lint(is_quick: bool = False) -> list[Result]:
    """Run all linters.

    :param is_quick: ansible-lint for what users run only.
    """
    copy = tree.build()
    commands = {**LINTERS, **({"ansible-lint": [*LINTERS["ansible-lint"], *OF_USERS]} if is_quick else {})}
    free = asyncio.Semaphore(os.cpu_count() or 1)

    async def passes(name: str) -> bool:
        async with free:
            code, output = await run_logged(name, commands[name], cwd=FOLDERS.get(name, copy))
        say(f"{name}: {'passed' if code == 0 else 'failed'}")
        if code:
            say(output.replace(IN_TREE, "").rstrip())
        return code == 0

    passed = await asyncio.gather(*map(passes, commands))
    return [Result("lint", passed.count(True), passed.count(False))]


if __name__ == "__main__":
    sys.exit(main(lint()))
