# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A copy of the working tree where Ansible's tools want a collection: build/ansible_collections/dataops/airflow."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BUILD = ROOT / "build"
COLLECTION = Path("ansible_collections", "dataops", "airflow")


def build(collections: Path = BUILD) -> Path:
    """Bring the copy below collections up to date and return it; only what changed is written."""
    tree = collections / COLLECTION
    if not (tree / ".git").exists():
        # In a folder that its own repository ignores ansible-test would find no files.
        subprocess.run(["git", "init", "--quiet", "--template=", tree], check=True)
    wanted = _files(ROOT)
    for name in _files(tree) - wanted:
        (tree / name).unlink()
        for folder in (tree / name).relative_to(tree).parents:
            if any((tree / folder).iterdir()):
                break
            (tree / folder).rmdir()
    for name in wanted:
        source, copy = ROOT / name, tree / name
        if not copy.is_file() or _stamp(source) != _stamp(copy):
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, copy)
    return tree


def _files(repository: Path) -> set[str]:
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listing = subprocess.run(command, cwd=repository, check=True, capture_output=True, text=True).stdout
    return {name for name in listing.split("\0") if name and (repository / name).is_file()}


def _stamp(path: Path) -> tuple[int, int, int]:
    stat = path.stat()
    return stat.st_mode, stat.st_size, stat.st_mtime_ns


if __name__ == "__main__":
    build()
