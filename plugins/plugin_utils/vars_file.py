# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A deployment as the text of a vars file, which Ansible evaluates when it reads it."""

from __future__ import annotations

import re
from typing import Any, Iterable, Mapping

import yaml

from ..module_utils._core.export import reference

TEMPLATE = re.compile(r"{[{%#]")
"""What Ansible would evaluate; a variable of Airflow may well hold a template for Airflow."""


def to_vars(deployment: Mapping[str, Any], secrets: Iterable[Mapping[str, Any]] = ()) -> str:
    """The variables that the role provision takes, as YAML.

    :param secrets: as airflow_deployment_info returns them. References to these are for Ansible; whatever else looks
        like a template is data.
    """
    references = {reference(item["variable"], item["certain"]) for item in secrets}

    class Dumper(yaml.SafeDumper):
        """Block style throughout, lists indented; takes what Ansible makes of texts and lists."""

        def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
            super().increase_indent(flow, False)

        def text(self, value: str) -> yaml.Node:
            """A text, marked if it must not be evaluated."""
            plain = "".join(value)
            is_data = plain not in references and TEMPLATE.search(plain)
            return self.represent_scalar("!unsafe" if is_data else "tag:yaml.org,2002:str", plain)

    Dumper.add_multi_representer(str, Dumper.text)
    Dumper.add_multi_representer(dict, Dumper.represent_dict)
    Dumper.add_multi_representer(list, Dumper.represent_list)
    Dumper.add_representer(str, Dumper.text)
    named = {f"airflow_{kind}": objects for kind, objects in deployment.items()}
    return str(
        yaml.dump(named, Dumper=Dumper, sort_keys=False, width=1000, allow_unicode=True, default_flow_style=False)
    )
