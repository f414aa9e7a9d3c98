# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What users install: built, installed from the archive and from git, and looked through for what is not theirs."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import sys
from pathlib import Path

import tree
from runner import Result, environment, main, say

PACKAGE = tree.BUILD / "package"
SOURCE = PACKAGE / "source" / tree.COLLECTION
FROM_ARCHIVE = PACKAGE / "from-archive"
FROM_GIT = PACKAGE / "from-git"

SHIPPED = {"CHANGELOG.rst", "LICENSE", "README.md", "changelogs", "docs", "meta", "playbooks", "plugins", "roles"}
NOT_SHIPPED = ("changelogs/config.yaml", "changelogs/fragments/", "docs/decisions/")
WRITTEN_BY_GALAXY = {"FILES.json", "MANIFEST.json"}


class CheckError(Exception):
    """A check that failed, and why."""


def build() -> None:
    call("ansible-galaxy", "collection", "build", SOURCE, "--output-path", PACKAGE)


def install_from_archive() -> None:
    (archive,) = PACKAGE.glob("*.tar.gz")
    call("ansible-galaxy", "collection", "install", archive, "-p", FROM_ARCHIVE, collections=FROM_ARCHIVE)


def install_from_git() -> None:
    identity = ("-c", "user.name=test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false")
    call("git", "-C", SOURCE, "add", "--all")
    call("git", "-C", SOURCE, *identity, "commit", "--quiet", "--no-verify", "--message", "test")
    call("ansible-galaxy", "collection", "install", f"git+file://{SOURCE}", "-p", FROM_GIT, collections=FROM_GIT)


def compare_files() -> None:
    archive, git = installed_files(FROM_ARCHIVE), installed_files(FROM_GIT)
    if archive != git:
        raise CheckError(f"only in one of archive and git: {sorted(archive ^ git)}")
    foreign = {name for name in archive if name.split("/")[0] not in SHIPPED or name.startswith(NOT_SHIPPED)}
    if foreign - WRITTEN_BY_GALAXY:
        raise CheckError(f"not for users: {sorted(foreign - WRITTEN_BY_GALAXY)}")


def read_documentation() -> None:
    modules = {f"dataops.airflow.{path.stem}" for path in SOURCE.glob("plugins/modules/*.py")}
    shown = json.loads(call("ansible-doc", "--json", *sorted(modules), collections=FROM_ARCHIVE))
    if missing := modules - set(shown):
        raise CheckError(f"no documentation: {sorted(missing)}")


# Each needs those before it.
CHECKS = (build, install_from_archive, install_from_git, compare_files, read_documentation)


def call(*command: str | Path, collections: Path = PACKAGE) -> str:
    env = {**environment(), "ANSIBLE_COLLECTIONS_PATH": str(collections)}
    done = subprocess.run(command, env=env, check=False, capture_output=True, text=True)
    if done.returncode:
        raise CheckError(done.stdout + done.stderr)
    return done.stdout


def installed_files(collections: Path) -> set[str]:
    folder = collections / tree.COLLECTION
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


async def package() -> list[Result]:
    shutil.rmtree(PACKAGE, ignore_errors=True)
    tree.build(PACKAGE / "source")
    for passed, check in enumerate(CHECKS):
        try:
            await asyncio.to_thread(check)
        except CheckError as error:
            say(f"{check.__name__}: failed\n{error}")
            return [Result("package", passed, 1, len(CHECKS) - passed - 1)]
        say(f"{check.__name__}: passed")
    return [Result("package", len(CHECKS), 0)]


if __name__ == "__main__":
    sys.exit(main(package()))
