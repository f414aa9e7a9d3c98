# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a secret could come out of a playbook, and how it is found there, whatever it was turned into on the way."""

from __future__ import annotations

import base64
import html
import json
import re
import textwrap
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from urllib.parse import quote, quote_plus, unquote

import yaml

FORMS: dict[str, Callable[[str], str]] = {
    "as it is": lambda text: text,
    "as JSON": json.dumps,
    "as JSON with its letters": lambda text: json.dumps(text, ensure_ascii=False),
    "as JSON in JSON": lambda text: json.dumps(json.dumps(text)),
    "as Python writes it": repr,
    "in a list, as Python writes it": lambda text: ascii([text]),
    "as YAML": lambda text: yaml.safe_dump({"value": text}, width=16),
    "as YAML in quotes": lambda text: yaml.safe_dump([text], default_style='"', width=16),
    "in an address": lambda text: quote(text, safe=""),
    "in a form": quote_plus,
    "on a page": html.escape,
    "in base64": lambda text: base64.b64encode(text.encode()).decode(),
    "in base64 behind a name": lambda text: base64.b64encode(f"user:{text}, and more".encode()).decode(),
    "in base64 for addresses": lambda text: base64.urlsafe_b64encode(f"u:{text}".encode()).decode(),
    "in lines of base64": lambda text: base64.encodebytes(f"{'x' * 40}{text}".encode()).decode(),
    "in lines": lambda text: "\n  ".join(textwrap.wrap(text, 9)),
    "in changed lines": lambda text: "\n+ ".join(textwrap.wrap(text, 9)),
}
"""In which a secret can come out."""

SHORTEST = 8
"""Letters and digits of a canary; fewer may stand anywhere by chance."""

ESCAPED = re.compile(
    r"\\(?:u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|x[0-9a-fA-F]{2}|.)|(?:%[0-9a-fA-F]{2})+|&#?[0-9A-Za-z]{1,8};", re.DOTALL
)
SPACE = "nrtbfave0NLP_"
"""What stands for white space and control codes after a backslash."""

NO_LETTER = re.compile(r"[\W_]+")

PLACES = (
    "stdout",
    "stderr",
    "log file",
    "system log",
    "process arguments",
    "temporary files",
    "fact cache",
    "results",
    "audit report",
    "audit page",
    "export",
    "list for the vault",
)
"""Where is looked. What ``--diff`` and ``-vvvv`` show is on stdout and in the log file; failed tasks are on stderr.

The arguments are those of every process that a Python process below ``ansible-playbook`` has started, and what it was
started with itself. The environment of a process is not a place of its own: ``AIRFLOW_PASSWORD`` and the proxies are
how a user hands over secrets. Temporary files are those that are left when all is done, with their names.
"""

HOOKS = '''
"""Python reads this as it starts: what a process writes to the system log, and what it starts, is noted in files."""
import os, sys, syslog

STARTS = {"subprocess.Popen": 1, "os.exec": 1, "os.posix_spawn": 1, "os.spawn": 2, "os.system": 0}

def note(name, what):
    with open(os.path.join(os.environ["CANARY_NOTES"], name), "a", errors="backslashreplace") as file:
        print(what, file=file)

def watch(event, arguments):
    if event in STARTS:
        command = arguments[STARTS[event]]
        parts = [command] if isinstance(command, (str, bytes, os.PathLike)) else command
        note("arguments", " ".join(map(os.fsdecode, parts)))

syslog.syslog = lambda *arguments: note("syslog", " ".join(map(str, arguments)))
sys.addaudithook(watch)
'''


def watched(folder: Path, python_path: str) -> dict[str, str]:
    """The environment in which ``ansible-playbook`` leaves everything in a folder where :func:`read` finds it.

    :param python_path: as it is without this.
    """
    for name in ("notes", "temporary/home", "temporary/local", "temporary/remote", "temporary/python"):
        (folder / name).mkdir(parents=True)
    (folder / "notes" / "sitecustomize.py").write_text(HOOKS)
    temporary = folder / "temporary"
    return {
        "PYTHONPATH": f"{folder / 'notes'}:{python_path}",
        "CANARY_NOTES": str(folder / "notes"),
        "TMPDIR": str(temporary / "python"),
        "ANSIBLE_HOME": str(temporary / "home"),
        "ANSIBLE_LOCAL_TEMP": str(temporary / "local"),
        "ANSIBLE_REMOTE_TEMP": str(temporary / "remote"),
        "ANSIBLE_ASYNC_DIR": str(temporary / "async"),
        "ANSIBLE_KEEP_REMOTE_FILES": "0",
        "ANSIBLE_CACHE_PLUGIN": "ansible.builtin.jsonfile",
        "ANSIBLE_CACHE_PLUGIN_CONNECTION": str(folder / "facts"),
        "ANSIBLE_LOG_PATH": str(folder / "log"),
        "ANSIBLE_DISPLAY_FAILED_STDERR": "true",
    }


def read(folder: Path, command: Collection[object], stdout: str, stderr: str) -> dict[str, str]:
    """What is in each place after a run in the environment of :func:`watched`.

    ``report.json`` has the results, ``audit`` and ``export`` are the folders of these roles.

    :param command: the command line of the run.
    """
    files = {
        "log file": "log",
        "system log": "notes/syslog",
        "results": "report.json",
        "audit report": "audit/audit.json",
        "audit page": "audit/audit.html",
        "export": "export/airflow.yml",
        "list for the vault": "export/airflow_vault.yml",
    }
    places = {
        "stdout": stdout,
        "stderr": stderr,
        "process arguments": f"{' '.join(map(str, command))}\n{_text(folder / 'notes' / 'arguments')}",
        "temporary files": _texts(folder / "temporary"),
        "fact cache": _texts(folder / "facts"),
        **{place: _text(folder / name) for place, name in files.items()},
    }
    return {place: places[place] for place in PLACES}


def _text(file: Path) -> str:
    return file.read_text(errors="replace") if file.is_file() else ""


def _texts(folder: Path) -> str:
    """The names and texts of all files below a folder."""
    return "\n".join(f"{file}\n{_text(file)}" for file in sorted(folder.rglob("*")))


def found(canaries: Collection[str], places: Mapping[str, str]) -> set[tuple[str, str]]:
    """Which canaries are in which places: (place, canary).

    They are found as they are, as JSON, Python, YAML, HTML and addresses escape them, also several times over, in
    base64 whatever stands beside them, and broken into lines. Only one that looks like an escape itself may be missed.
    """
    plain = {canary: {_squeezed(text).casefold() for text in _layers(canary)} for canary in canaries}
    coded = {canary: {_squeezed(text) for text in _in_base64(canary)} for canary in canaries}
    for canary, forms in plain.items():
        plain[canary] = {form for form in forms if len(form) >= SHORTEST}
        assert plain[canary], f"{canary!r} is too short to be looked for"
    seen: set[tuple[str, str]] = set()
    for place, text in places.items():
        for layer in _layers(text):
            letters = _squeezed(layer)
            folded = letters.casefold()
            seen |= {
                (place, canary)
                for canary in canaries
                if any(form in folded for form in plain[canary]) or any(form in letters for form in coded[canary])
            }
    return seen


def _layers(text: str) -> Iterator[str]:
    """A text, then what it is with its escapes undone, and so on to the last of them."""
    while True:
        yield text
        inner = ESCAPED.sub(_meaning, text)
        if inner == text:
            return
        text = inner


def _meaning(escape: re.Match[str]) -> str:
    """What an escape stands for."""
    sign = escape.group()
    if sign[0] == "%":
        return unquote(sign, errors="replace")
    if sign[0] == "&":
        return html.unescape(sign)
    if len(sign) > 2:
        return chr(min(int(sign[2:], 16), 0x10FFFF))
    return " " if sign[1] in SPACE else sign[1]


def _squeezed(text: str) -> str:
    """The letters and digits of a text, however it was broken, indented and marked as changed."""
    return NO_LETTER.sub("", text)


def _in_base64(text: str) -> Iterator[str]:
    """What base64 makes of a text: the signs that hold nothing but it, for each place in a group of three bytes."""
    data = text.encode()
    for before in range(3):
        signs = base64.b64encode(bytes(before) + data).decode("ascii")
        yield signs[-(-before * 8 // 6) : (before + len(data)) * 8 // 6]
