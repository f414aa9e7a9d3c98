# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Settings of the FAB auth manager of the tests' servers: a password's hash takes a millisecond.

Airflow's own takes a twentieth of a second of processor time with each user that is created and each login, and on
Airflow 2 with each request. Whether a password is right is found out either way.
"""

from flask_appbuilder.const import AUTH_DB
from werkzeug.security import generate_password_hash

AUTH_TYPE = AUTH_DB
# FAB has FAB_PASSWORD_HASH_METHOD, but its provider for Airflow 2 (1.5.4) does not read it.
generate_password_hash.__defaults__ = ("pbkdf2:sha256:1000", 16)
FAB_PASSWORD_HASH_METHOD = "pbkdf2:sha256:1000"
