# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What modules can do."""

from __future__ import annotations


class ModuleDocFragment:
    """Attributes: of all modules, of those that change something, and of those that only read."""

    DOCUMENTATION = r"""
attributes:
  action_group:
    description: Use C(group/dataops.airflow.airflow) in C(module_defaults) to set defaults for this module.
    support: full
    membership:
      - dataops.airflow.airflow
"""

    RESOURCE = r"""
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
"""

    ACTION = r"""
attributes:
  check_mode:
    description: Predicts the change without making it, when in C(check_mode).
    support: full
  diff_mode:
    description: Returns what has changed, or would change in C(check_mode), when in diff mode.
    support: full
  idempotent:
    description: When run twice in a row with the same arguments, the second run reports no change.
    support: partial
    details: Where the options name something to do rather than a state, it is done each time.
"""

    INFO = r"""
attributes:
  check_mode:
    description: Predicts the change without making it, when in C(check_mode).
    support: full
    details: This module only reads.
  diff_mode:
    description: Returns what has changed, or would change in C(check_mode), when in diff mode.
    support: N/A
    details: This module only reads.
  idempotent:
    description: When run twice in a row with the same arguments, the second run reports no change.
    support: full
    details: This module only reads.
"""
