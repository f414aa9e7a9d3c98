#!/usr/bin/python
# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: airflow_dag_files
short_description: Put files into Airflow's DAGs folder, all or none
version_added: 0.1.0
description:
  - Puts the files of a folder or a tar file into a DAGs folder on the target host. All of them are first written under
    temporary names and then renamed, those without DAGs first. No partial file is ever visible, and old and new files
    coexist only for a short time. If a step fails, the former files are restored.
  - Sends no requests. M(dataops.airflow.airflow_dag_parse) waits until Airflow has parsed the new files, and the role
    P(dataops.airflow.dag_deploy#role) does both.
  - Existing files keep their mode and owner. New files are readable by everyone, and belong to the owner of their
    folder if the module runs as root. The execute permission is taken from the source.
author:
  - dataops.airflow contributors (@dataops)
attributes:
  check_mode:
    description: Predicts the change without making it, when in C(check_mode).
    support: full
  diff_mode:
    description: Returns what has changed, or would change in C(check_mode), when in diff mode.
    support: full
  idempotent:
    description: When run twice in a row with the same arguments, the second run reports no change.
    support: full
  platform:
    description: Target OS/families that can be operated against.
    support: full
    platforms: posix
options:
  source:
    description:
      - Folder on the target host with the wanted files.
      - A link to a file in the folder is treated as that file; other links are errors, unless they are excluded.
    type: path
  archive:
    description:
      - Tar file on the target host with the wanted files, compressed or not. Links are treated as in O(source).
    type: path
  dest:
    description: The DAGs folder, or a folder in it. It is created if it does not exist.
    type: path
    required: true
  exclude:
    description:
      - Shell patterns of files that are neither put in place nor removed. A pattern is compared with the name of each
        file and folder, and with the path below O(source).
      - V(__pycache__), V(*.pyc) and V(.git) are always excluded.
    type: list
    elements: str
    default: []
  purge:
    description:
      - Whether to remove files from O(dest) that are not in the source, and folders that are then empty.
      - Links are left alone. A source without any files is an error.
    type: bool
    default: false
  backup:
    description:
      - Folder on the target host for the files that are replaced or removed, for O(state=restored). It is created if it
        does not exist; the backup of an earlier run is discarded when a file changes again.
    type: path
  state:
    description:
      - V(present) puts the wanted files in place.
      - V(restored) restores the files that the last run with this O(backup) replaced or removed, and removes those that
        it added.
    type: str
    choices: [present, restored]
    default: present
"""

EXAMPLES = r"""
- name: Put the DAGs of a checkout in place
  dataops.airflow.airflow_dag_files:
    source: /srv/checkouts/etl/dags
    dest: /opt/airflow/dags/etl
    exclude: [tests, "*.md"]
    purge: true
    backup: /var/backups/etl-dags
  register: placed

- name: Wait until Airflow has parsed them
  dataops.airflow.airflow_dag_parse:
    airflow_url: https://airflow.example.com
    airflow_username: ansible
    airflow_password: "{{ airflow_password }}"
    folder: /opt/airflow/dags/etl
    files: "{{ placed.dag_files }}"
    other_files: "{{ placed.other_files }}"
    checksums: "{{ placed.checksums }}"
    former_age: "{{ placed.former_age | default(omit) }}"
  delegate_to: localhost
  when: placed is changed

- name: Go back to the former files
  dataops.airflow.airflow_dag_files:
    dest: /opt/airflow/dags/etl
    backup: /var/backups/etl-dags
    state: restored
"""

RETURN = r"""
added:
  description: Paths below O(dest) of the new files.
  returned: success
  type: list
  elements: str
  sample: [load.py]
updated:
  description: Paths of the files that were replaced.
  returned: success
  type: list
  elements: str
  sample: [orders/daily.py, orders/helper.py]
removed:
  description: Paths of the files that were removed.
  returned: success
  type: list
  elements: str
  sample: []
dag_files:
  description:
    - The files of RV(added) and RV(updated) that define DAGs, so that Airflow must report DAGs or an import error.
    - They are recognised by their source. A file that gets its DAGs from a function of another module is recognised
      only if the name of the function ends with C(dag) or C(dags).
  returned: success
  type: list
  elements: str
  sample: [load.py, orders/daily.py]
other_files:
  description:
    - Other Python files that Airflow may parse with a different outcome. These are the new and changed ones, or all of
      them if one of them, or another file that DAGs may read, was changed.
  returned: success
  type: list
  elements: str
  sample: [orders/helper.py, orders/weekly.py]
python_files:
  description: All Python files of the source, changed or not.
  returned: success
  type: list
  elements: str
  sample: [load.py, orders/daily.py, orders/helper.py, orders/weekly.py]
checksums:
  description: SHA-256 of the source of RV(dag_files) and RV(other_files).
  returned: success
  type: dict
  sample:
    load.py: 2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae
former_age:
  description: Seconds since the newest of the wanted files was put in place before this run, in any version.
  returned: when one of them existed
  type: int
  sample: 86400
diff:
  description: One entry per file, with C(before) and C(after).
  returned: in diff mode
  type: list
  elements: dict
"""

import os
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.dataops.airflow.plugins.module_utils._kinds.dag_files import dag_files
from ansible_collections.dataops.airflow.plugins.module_utils._model.errors import AirflowError, InvalidInputError


def perform(params: dict[str, Any], check_mode: bool) -> dict[str, Any]:
    """Do what the options say and return the result."""
    dest, backup = params["dest"], params["backup"]
    if params["state"] == "restored":
        wanted: dag_files.Tree
        plan = dag_files.plan_restoration(backup, dest)
        wanted, backup = plan.wanted, None
    else:
        wanted = read_wanted(params)
        present = dag_files.read_present(dest, wanted, params["exclude"], params["purge"])
        plan = dag_files.make_plan(wanted, present, params["purge"])
    # What is replaced is gone afterwards.
    ages = dag_files.former_age({*wanted, *plan.present}, dest)
    if plan.changed and not check_mode:
        dag_files.apply(plan, dest, backup)
    return {
        "changed": bool(plan.changed),
        "added": plan.added,
        "updated": plan.updated,
        "removed": plan.removed,
        **ages,
        **dag_files.to_parse(wanted, plan),
        "diff": dag_files.differences(plan),
    }


def read_wanted(params: dict[str, Any]) -> dag_files.Tree:
    """The files that have to be in place."""
    if params["archive"]:
        return dag_files.read_archive(params["archive"], params["exclude"])
    ends = [os.path.join(os.path.realpath(params[name]), "") for name in ("source", "dest")]
    if ends[0].startswith(ends[1]) or ends[1].startswith(ends[0]):
        raise InvalidInputError("source and dest must not contain each other")
    return dag_files.read_folder(params["source"], params["exclude"])


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "source": {"type": "path"},
            "archive": {"type": "path"},
            "dest": {"type": "path", "required": True},
            "exclude": {"type": "list", "elements": "str", "default": []},
            "purge": {"type": "bool", "default": False},
            "backup": {"type": "path"},
            "state": {"type": "str", "choices": ["present", "restored"], "default": "present"},
        },
        supports_check_mode=True,
        mutually_exclusive=[["source", "archive"]],
        required_if=[["state", "present", ["source", "archive"], True], ["state", "restored", ["backup"]]],
    )
    try:
        result = perform(module.params, module.check_mode)
    except AirflowError as error:
        module.fail_json(msg=error.message)
    except OSError as error:
        module.fail_json(msg=f"{error.filename}: {error.strerror}")
    if not module._diff:
        del result["diff"]
    module.exit_json(**result)


if __name__ == "__main__":
    main()
