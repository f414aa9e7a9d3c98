# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Find phrases that are not plain, idiomatic English, in code, messages and documentation.

The exit code is 1 if there are any. Each phrase has a better one; where none fits, rewrite the sentence.
"""

from __future__ import annotations

import re
import subprocess
import sys

import tree

PHRASES = {
    r"all the same": "anyway",
    r"anew": "again",
    r"as ever": "as usual",
    r"at the most": "at most",
    r"even so": "nevertheless",
    r"for ever": "forever",
    r"for want of": "for lack of",
    r"in vain": "without effect",
    r"(?:do|does|did) not tell|tells": "return, show, report or say",
    r"log-ins?": "login",
    r"mended": "fixed",
    r"no telling": "not known",
    r"sees? to": "ensure, handle",
    r"stands? in": "is in",
    r"time-outs?": "timeout",
    r"(?<!there )(?:is|are) no(?! (?:longer|more|less|fewer)\b)": "is not a, are not",
    r"whoever": "anyone who",
}
PATTERN = re.compile("|".join(rf"(\b{phrase}\b)" for phrase in PHRASES), re.IGNORECASE)

LEFT_OUT = (
    "tools/words.py",
    "LICENSE",
    "changelogs/changelog.yaml",  # what was released
    "requirements",
    "roles/sandbox/files/locks",
    "tests/api/operations.yml",  # Airflow's own words
    "tests/unit/scripted.py",  # a web server's own words
)
"""Files and folders that are not read."""


def main() -> int:
    """Print each phrase with its place and a better one."""
    command = ["git", "ls-files", "-co", "--exclude-standard", "--", *(f":!{name}" for name in LEFT_OUT)]
    files = subprocess.run(command, cwd=tree.ROOT, check=True, capture_output=True, text=True).stdout.splitlines()
    found = 0
    for name in filter(lambda name: (tree.ROOT / name).is_file(), files):
        for number, line in enumerate((tree.ROOT / name).read_text(encoding="utf-8").splitlines(), 1):
            for match in PATTERN.finditer(line):
                found += 1
                print(f"{name}:{number}: {match[0]!r}: {list(PHRASES.values())[(match.lastindex or 1) - 1]}")
    print(f"words: {found} found in {len(files)} files")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
