# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Write the lock files of the role sandbox from the table of versions in its vars/main.yml."""

from __future__ import annotations

import argparse
import pathlib
import re
import shutil
import subprocess
import sys
from typing import Any

import yaml

ROLE = pathlib.Path(__file__).resolve().parent.parent / "roles" / "sandbox"
LOCKS = ROLE / "files" / "locks"
HEADER = """\
# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Written by tools/lock_airflow.py from roles/sandbox/vars/main.yml; do not edit.
"""


def resolve(uv: str, version: dict[str, Any]) -> str:
    lower = re.search(r">=\s*([\d.]+)", version["python"])
    if lower is None:
        raise SystemExit(f"no lower bound (>=) in the Python range {version['python']!r}")
    command = [uv, "pip", "compile", "--quiet", "--universal", "--python-version", lower[1]]
    command += ["--exclude-newer", version["exclude_newer"], "--generate-hashes"]
    command += ["--no-header", "--no-annotate", "--no-emit-index-url", "--no-emit-find-links", "-"]
    done = subprocess.run(
        command, check=False, input="\n".join(version["requirements"]), capture_output=True, text=True
    )
    if done.returncode:
        raise SystemExit(done.stderr)
    return HEADER + done.stdout


def main() -> None:
    versions = yaml.safe_load((ROLE / "vars" / "main.yml").read_text())["sandbox_versions"]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("versions", nargs="*", metavar="VERSION", help=f"one of {', '.join(versions)} (default: all)")
    parser.add_argument("--uv", default=shutil.which("uv"), help="the uv to resolve with (default: the one on PATH)")
    parser.add_argument("--check", action="store_true", help="write nothing; fail if a lock file is not up to date")
    options = parser.parse_args()
    if unknown := set(options.versions) - set(versions):
        parser.error(f"not in the table: {', '.join(sorted(unknown))}")
    if not options.uv:
        parser.error("there is no uv on PATH: give --uv")

    outdated = []
    for name in options.versions or versions:
        lock = LOCKS / f"airflow-{name}.txt"
        text = resolve(options.uv, versions[name])
        if lock.exists() and lock.read_text() == text:
            print(f"{lock.name}: up to date")
        elif options.check:
            outdated.append(lock.name)
        else:
            LOCKS.mkdir(parents=True, exist_ok=True)
            lock.write_text(text)
            print(f"{lock.name}: written")
    if outdated:
        sys.exit(f"not up to date: {', '.join(outdated)}")


if __name__ == "__main__":
    main()
