# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Print all connections of a sandbox as Airflow has stored them, by their IDs: JSON.

Airflow's own command line decrypts them as well, but takes five seconds to start.
"""

import json
import sqlite3
import sys

from cryptography.fernet import Fernet

FIELDS = ("conn_type", "description", "host", "schema", "login", "password", "port", "extra")
ENCRYPTED = {"password": "is_encrypted", "extra": "is_extra_encrypted"}

with open(sys.argv[1]) as file:
    sandbox = json.load(file)
fernet = Fernet(sandbox["keys"]["fernet"])
database = sqlite3.connect(sandbox["sqlite"], timeout=30)
database.row_factory = sqlite3.Row
stored = {}
for row in database.execute("SELECT * FROM connection"):
    stored[row["conn_id"]] = connection = {name: row[name] for name in FIELDS}
    for name, flag in ENCRYPTED.items():
        if connection[name] and row[flag]:
            connection[name] = fernet.decrypt(connection[name].encode()).decode()
print(json.dumps(stored))
