# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ansible-test sanity, on the Pythons of this machine; it fails if something else was left out."""

from __future__ import annotations

import asyncio
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import tree
from ansible_test._internal.constants import SUPPORTED_PYTHON_VERSIONS
from ansible_test._internal.python_requirements import get_venv_packages
from runner import Result, environment, last_lines, left_out, main, run_logged, say

CACHE = Path.home() / ".ansible/test/cache"

# Takes the place of the script that ansible-test would download, and its arguments.
GET_PIP = """\
import runpy
import sys

sys.path[0] = {wheel!r}
sys.argv[1:] = ["install", "--upgrade", *(a for a in sys.argv[1:] if a not in ("--no-setuptools", "--no-wheel"))]
runpy.run_module("pip", run_name="__main__", alter_sys=True)
"""


def provide_pip() -> None:
    """Put pip where ansible-test looks before it downloads it from a host that not every network reaches."""
    for python in SUPPORTED_PYTHON_VERSIONS:
        version = get_venv_packages(SimpleNamespace(version=python))["pip"]
        script = CACHE / f"get_pip_{version.replace('.', '_')}.py"
        if script.exists():
            continue
        options = ["-qq", "--no-deps", "--only-binary=:all:", f"--dest={CACHE}"]
        download = [sys.executable, "-m", "pip", "download", *options, f"pip=={version}"]
        if subprocess.run(download, check=False).returncode == 0:
            (wheel,) = CACHE.glob(f"pip-{version}-*.whl")
            script.write_text(GET_PIP.format(wheel=str(wheel)))


def works(python: str) -> bool:
    """Whether this version is on this machine: a shim may be there without an interpreter behind it."""
    command = shutil.which(f"python{python}", path=environment()["PATH"])
    return command is not None and subprocess.run([command, "-c", ""], check=False, capture_output=True).returncode == 0


QUICK = ("--skip-test", "pylint")
"""pylint takes a minute of processor time, and mypy and ruff see most of it before."""


async def sanity(arguments: list[str], is_quick: bool = False) -> list[Result]:
    """Run ansible-test sanity.

    :param is_quick: without pylint, and on the oldest Python only, as all other runners use a new one.
    """
    copy = tree.build()
    await asyncio.to_thread(provide_pip)
    pythons = [python for python in SUPPORTED_PYTHON_VERSIONS if works(python)]
    missing = [python for python in SUPPORTED_PYTHON_VERSIONS if python not in pythons]
    if missing:
        say(f"Not on this machine, so left out: Python {', '.join(missing)}")
    if is_quick:
        pythons = pythons[:1]
        arguments = [*QUICK, *arguments]
    controller = f"--controller=origin:python={sys.version_info.major}.{sys.version_info.minor}"
    command = ["ansible-test", "sanity", controller, *(f"--target-python={python}" for python in pythons), *arguments]
    code, output = await run_logged("sanity", command, cwd=copy)
    ran = len(re.findall(r"^Running sanity test", output, re.MULTILINE))
    counted = re.search(r"^FATAL: The (\d+) sanity test", output, re.MULTILINE)
    skipped = left_out(output)
    failed = len(skipped) + (int(counted[1]) if counted else int(code != 0))
    if code and not counted:
        say(last_lines(output))
    else:
        for line in (*re.findall(r"^ERROR: .*$", output, re.MULTILINE), *skipped):
            say(line)
    return [Result("sanity", max(ran - failed, 0), failed, len(missing))]


if __name__ == "__main__":
    sys.exit(main(sanity(sys.argv[1:])))
