# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Imports out of the archive in which Ansible sends a module: importing this makes those that follow faster.

Python compiles a file of an archive once to find its name and once more to run it, and keeps neither (up to 3.14 at
least, https://github.com/python/cpython/issues/141276). A module imports everything again for each task.
"""

from __future__ import annotations

import os
import sys
from importlib.machinery import SourceFileLoader
from zipimport import zipimporter


class CompileOnce(zipimporter):
    """A folder of an archive that holds source files only."""

    # Without these, which zipimporter lacks before 3.10, a thread is given a module that another one still imports.
    create_module = SourceFileLoader.create_module  # type: ignore[assignment]
    exec_module = SourceFileLoader.exec_module

    def get_filename(self, fullname: str) -> str:
        """The path of a module, without compiling it."""
        path = os.path.join(self.archive, self.prefix, fullname.rpartition(".")[2])
        return os.path.join(path, "__init__.py") if self.is_package(fullname) else path + ".py"


if __spec__ and isinstance(__spec__.loader, zipimporter):
    _ours = os.path.dirname(__file__)

    def _folder(path: str) -> CompileOnce:
        """A folder beside this file, all of which this collection fills."""
        if not path.startswith(_ours + os.sep):
            raise ImportError(path)
        return CompileOnce(path)

    sys.path_hooks.insert(0, _folder)
