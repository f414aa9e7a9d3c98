#!/usr/bin/python
# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: airflow_audit_report
short_description: Write a report on how deployments differ from the wanted state
version_added: 0.1.0
description:
  - Writes one report on the plans of M(dataops.airflow.airflow_deployment) for any number of deployments, as JSON for
    programs and as an HTML page for people. The page is one file that needs no network, and works without JavaScript.
  - Sends no requests. The role P(dataops.airflow.audit#role) makes the plans and the report.
  - Secrets are hidden as in the plans. The report names objects, hosts and values that are not secret, so restrict
    access to it accordingly.
author:
  - dataops.airflow contributors (@dataops)
attributes:
  check_mode:
    description: Predicts the change without making it, when in C(check_mode).
    support: full
  diff_mode:
    description: Returns what has changed, or would change in C(check_mode), when in diff mode.
    support: none
  idempotent:
    description: When run twice in a row with the same arguments, the second run reports no change.
    support: none
    details: A report contains the time at which it was created.
  platform:
    description: Target OS/families that can be operated against.
    support: full
    platforms: posix
options:
  results:
    description:
      - The results for each deployment.
      - Required, unless O(reports) is given.
    type: list
    elements: dict
    suboptions:
      name:
        description: Name of the deployment.
        type: str
        required: true
      url:
        description: URL of the deployment, to be shown.
        type: str
      purged:
        description:
          - Kinds, such as V(variables), whose unmanaged objects are deleted when the deployment is provisioned. Only
            those count as drift.
        type: list
        elements: str
        default: []
      result:
        description:
          - The result of M(dataops.airflow.airflow_deployment) in check mode, with C(purge) for all kinds whose
            unmanaged objects are to be reported.
          - A result without C(plan) means that the deployment could not be audited, for the reason in its C(msg).
        type: dict
        default: {}
  reports:
    description:
      - Files with the O(json) of other reports, whose deployments become part of this one, such as those of the slices
        of a job. They are read on the host that runs the module.
      - A deployment that two of them have audited is refused.
    type: list
    elements: path
  names:
    description: Names of all deployments to report on. Those without results are reported as not audited.
    type: list
    elements: str
    default: []
  json:
    description: File for the JSON. Its folder is created if it does not exist.
    type: path
  html:
    description: File for the page. Its folder is created if it does not exist.
    type: path
  title:
    description: Heading of the report.
    type: str
    default: Airflow audit
"""

EXAMPLES = r"""
- name: Plan the changes
  dataops.airflow.airflow_deployment:
    airflow_url: https://airflow.example.com
    variables: "{{ airflow_variables }}"
    purge: [variables]
    update_secrets: on_create
  check_mode: true
  ignore_errors: true
  register: planned

- name: Write the report
  dataops.airflow.airflow_audit_report:
    results:
      - name: production
        url: https://airflow.example.com
        result: "{{ planned }}"
    json: /srv/reports/airflow.json
    html: /srv/reports/airflow.html

- name: Merge the reports of the slices of a job
  dataops.airflow.airflow_audit_report:
    reports: "{{ query('ansible.builtin.fileglob', '/srv/reports/slices/*.json') }}"
    html: /srv/reports/all.html
"""

RETURN = r"""
summary:
  description: Number of deployments, in total and by RV(deployments[].status).
  returned: success
  type: dict
  sample: {deployments: 3, unreachable: 1, failed: 0, drift: 1, unverified: 0, in_sync: 1}
deployments:
  description: The deployments, without the details on single objects.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Name of the deployment.
      returned: success
      type: str
      sample: production
    url:
      description: URL of the deployment.
      returned: success
      type: str
      sample: https://airflow.example.com
    status:
      description:
        - V(in_sync), or V(unverified) if only the values that the server returns are in sync.
        - V(drift) if provisioning would change something.
        - V(unreachable) if there was no response, V(failed) if there is no plan for another reason.
      returned: success
      type: str
      sample: drift
    counts:
      description:
        - Number of objects that are V(different), V(missing), V(surplus) (declared absent, but existing), V(unmanaged)
          (in no list) and V(unchanged), and how many of all could not be compared completely (V(unverified)).
      returned: success
      type: dict
      sample: {different: 1, missing: 0, surplus: 0, unmanaged: 4, unverified: 1, unchanged: 27}
    message:
      description: Why there is no plan; empty if there is one.
      returned: success
      type: str
      sample: ""
"""

import json
import os
import tempfile
from datetime import datetime, timezone
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.dataops.airflow.plugins.module_utils._kinds.deployment import report, report_page


def write(module: AnsibleModule, path: str, text: str) -> None:
    """Write a file; nobody sees half of it."""
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=module.tmpdir)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    module.atomic_move(draft, path)


def read_report(text: str) -> list[dict[str, Any]]:
    """The deployments of a report that was written as JSON.

    :raises ValueError: with what is wrong with it.
    """
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError("it is not JSON") from error
    if not isinstance(value, dict):
        raise ValueError("it is not a report of this module")
    checked = ArgumentSpecValidator(dict(report.OF_A_REPORT)).validate(value)
    if checked.error_messages:
        raise ValueError(f"it is not a report of this module: {checked.error_messages[0]}")
    deployments: list[dict[str, Any]] = checked.validated_parameters["deployments"]
    for deployment in deployments:
        for finding in deployment["findings"]:
            if finding["blame"] is None:
                del finding["blame"]
    return deployments


def read(path: str) -> list[dict[str, Any]]:
    """The deployments of a report.

    :raises ValueError: with the file, and what is wrong with it.
    """
    try:
        with open(path, encoding="utf-8") as file:
            return read_report(file.read())
    except OSError as error:
        raise ValueError(f"{path}: {error.strerror}") from error
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "results": {
                "type": "list",
                "elements": "dict",
                "options": {
                    "name": {"type": "str", "required": True},
                    "url": {"type": "str"},
                    "purged": {"type": "list", "elements": "str", "default": []},
                    "result": {"type": "dict", "default": {}},
                },
            },
            "reports": {"type": "list", "elements": "path"},
            "names": {"type": "list", "elements": "str", "default": []},
            "json": {"type": "path"},
            "html": {"type": "path"},
            "title": {"type": "str", "default": "Airflow audit"},
        },
        supports_check_mode=True,
        required_one_of=[["json", "html"], ["results", "reports"]],
    )
    params: dict[str, Any] = module.params
    made = datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
    try:
        slices = {path: read(path) for path in params["reports"] or ()}
        data = report.report(params["title"], made, params["names"], params["results"] or (), slices)
    except ValueError as error:
        module.fail_json(msg=f"reports: {error}. Nothing was written")
    texts = {"json": json.dumps(data, indent=2) + "\n", "html": report_page.page(data)}
    try:
        for name, text in texts.items():
            if params[name] and not module.check_mode:
                write(module, params[name], text)
    except OSError as error:
        module.fail_json(msg=f"{error.filename}: {error.strerror}")
    module.exit_json(
        changed=True,
        summary=data["summary"],
        deployments=[report.overview(deployment) for deployment in data["deployments"]],
    )


if __name__ == "__main__":
    main()
