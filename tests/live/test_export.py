# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An export is not a program: whatever the server holds, Ansible reads it back as it was, and runs none of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.dataops.airflow.plugins.module_utils._kinds.deployment.deployment import DEPLOYMENT
from ansible_collections.dataops.airflow.tests.live.conftest import Live
from ansible_collections.dataops.airflow.tests.live.test_ansible import ansible_environment
from ansible_collections.dataops.airflow.tests.live.test_deployment import NAMES, filled

RUN = "lookup('pipe', 'touch $CANARY')"
HEADER = "#jinja2:variable_start_string:'[%',variable_end_string:'%]'"
PASSWORD = "vault_airflow_connection_live_e_password"

ONE_LINE = [
    f"{{{{ {RUN} }}}}",
    f"{{% if {RUN} %}}{{% endif %}}",
    f"{HEADER} [% {RUN} %]",
    f"{{{{ {PASSWORD} }}}}",
]
"""What names can hold, too. The last one is for values only: as the name of a variable, or a key in one, it would sound
like a secret, and Airflow 3 would hide the value from then on, wherever it occurs."""

TEXTS = [
    *ONE_LINE,
    f"{HEADER}\n[% {RUN} %]",
    f"#jinja2:line_statement_prefix:'%%'\n%% set x = {RUN}\n",
    f"# for x in [{RUN}]\n",
    f"!unsafe {{{{ {RUN} }}}}",
    "!vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  3132",
    "$ANSIBLE_VAULT;1.1;AES256\n3132\n",
    "---\na: b\n...\n",
    "SELECT é,\n\t'x: y' -- #\n\nFROM 😀\n\n",
    " blanks \t\nat ends \n ",
    "\x85\u2028\u2029\ufeff\r\n\r",
    "".join(map(chr, [*range(1, 32), *range(127, 160)])),
    "yes",
    "12",
    "0x1f",
    "1_000",
    "12\n",
    "~",
    "<<",
    "=",
    "2026-01-01",
    "",
    "x y " * 2000,
]

HOSTILE: dict[str, list[dict[str, Any]]] = {
    "roles": [{"name": f"live_e {ONE_LINE[0]}", "permissions": []}],
    "users": [
        {
            "username": "live_e",
            "email": "live@e",
            "first_name": ONE_LINE[0],
            "last_name": ONE_LINE[3],
            "password": "live-e-geheim",
            "roles": [f"live_e {ONE_LINE[0]}"],
        }
    ],
    "pools": [{"name": f"live_e {text}", "slots": 1, "description": text} for text in ONE_LINE],
    "connections": [
        {
            "connection_id": f"live_e_{number}",
            "conn_type": "generic",
            "description": text,
            "host": text,
            "login": text,
            "schema": text,
            "extra": {ONE_LINE[number % 3]: [text, {"a": text}]},
        }
        for number, text in enumerate(ONE_LINE)
    ]
    + [{"connection_id": "live_e", "conn_type": "generic", "password": "live-e-geheim"}],
    "variables": [{"key": f"live_e {text}", "value": text, "description": text} for text in ONE_LINE[:3]]
    + [{"key": f"live_e {number:02}", "value": text} for number, text in enumerate(TEXTS)]
    + [
        {"key": "live_e json", "value": {text: {"__ansible_unsafe": text} for text in TEXTS if "password" not in text}},
        {"key": "live_e vault", "value": {"__ansible_vault": "$ANSIBLE_VAULT;1.1;AES256\n3132"}},
        {
            "key": "live_e tags",
            "value": {
                "__ansible_type": "_AnsibleTaggedStr",
                "value": ONE_LINE[0],
                "tags": [{"__ansible_type": "TrustedAsTemplate"}],
            },
        },
    ],
}
GONE: dict[str, Any] = {
    kind: [{name: item[name], "state": "absent"} for item in HOSTILE[kind]] for kind, name in NAMES.items()
}

HOST = {
    "hosts": "localhost",
    "connection": "local",
    "gather_facts": False,
    "vars": {"ansible_python_interpreter": "{{ ansible_playbook_python }}"},
}
EXPORT = [{**HOST, "tasks": [{"ansible.builtin.include_role": {"name": "dataops.airflow.export"}}]}]
APPLY = [
    {
        **HOST,
        "vars_files": ["airflow.yml", "airflow_vault.yml"],
        "tasks": [
            {"ansible.builtin.include_role": {"name": "dataops.airflow.provision"}},
            {"ansible.builtin.include_role": {"name": "dataops.airflow.audit"}},
            {"dataops.airflow.airflow_connection_info": {}, "register": "read"},
            {
                "ansible.builtin.set_fact": {
                    "connections": "{{ read.connections }}",
                    # Keys are not templates to Ansible until something is made of them.
                    "names": "{{ airflow_connections.1.extra.keys() | list }}",
                    "items": "{{ airflow_connections.1.extra | dict2items }}",
                }
            },
            {"ansible.builtin.debug": {"msg": "{{ connections }} {{ names }} {{ items }}"}},
        ],
    }
]


@pytest.fixture
def hostile(live: Live) -> Iterator[None]:
    """The server holds what somebody stored there who may write, and nothing more."""
    live.task(DEPLOYMENT, **filled(GONE))
    live.task(DEPLOYMENT, **filled(HOSTILE))
    yield
    live.task(DEPLOYMENT, **filled(GONE))


def export_and_check(live: Live, programs: Path, folder: Path, **variables: Any) -> None:
    """Export all of it, plan what applying it to the same server would change, audit it, and template what was read."""
    canary = folder / "canary"
    common = {"export_dest": str(folder), "export_include": ["*/live_e*"], "airflow_update_secrets": "on_create"}
    (folder / "variables.json").write_text(json.dumps({**common, **variables}))
    for name, play in (("export", EXPORT), ("apply", APPLY)):
        (folder / f"{name}.yml").write_text(json.dumps(play))

    def run(name: str, *options: str) -> str:
        done = subprocess.run(
            [programs / "ansible-playbook", folder / f"{name}.yml", "-e", f"@{folder}/variables.json", *options],
            env=ansible_environment(live, CANARY=str(canary), ANSIBLE_DUPLICATE_YAML_DICT_KEY="error"),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert not canary.exists()
        return done.stdout

    run("export")
    assert yaml.safe_load((folder / "airflow_vault.yml").read_text()) is None
    (folder / "airflow_vault.yml").write_text(yaml.safe_dump({PASSWORD: "live-e-geheim"}))
    shown = run("apply", "--check", "--diff")
    assert "changed=0" in shown, shown


@pytest.mark.usefixtures("enough_on_2", "hostile")
def test_an_export_runs_nothing_of_what_it_holds_and_changes_nothing(live: Live, tmp_path: Path) -> None:
    export_and_check(live, Path(sys.executable).parent, tmp_path)


def python_of(version: str) -> str:
    """An interpreter of this version for uv: of pyenv, whose command on the path may have none behind it, or any."""
    of_pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    return max(map(str, of_pyenv.glob(f"{version}.*/bin/python")), default=version)


@pytest.mark.slow
@pytest.mark.parametrize("core", ["2.16", "2.19", "2.21"])
@pytest.mark.usefixtures("enough_on_3", "hostile")
def test_it_is_data_for_every_ansible(live: Live, tmp_path: Path, core: str) -> None:
    own = Path(sys.executable).parent
    venv = tmp_path / "venv"
    subprocess.run([own / "uv", "venv", "-q", "-p", python_of("3.12"), venv], check=True)
    needed = [f"ansible-core=={core}.*", "requests", "pytest", "hypothesis"]
    subprocess.run([own / "uv", "pip", "install", "-q", "-p", venv / "bin/python", *needed], check=True)
    for in_process in (True, False):
        folder = tmp_path / f"in_process_{in_process}"
        folder.mkdir()
        export_and_check(live, venv / "bin", folder, airflow_in_process=in_process)
    tests = ["tests/unit/test_vars_file.py", "tests/unit/test_airflow_files.py"]
    subprocess.run([venv / "bin/python", "-m", "pytest", "-p", "no:cacheprovider", *tests], check=True)
