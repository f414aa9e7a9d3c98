# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Print all connections of a sandbox as Airflow has stored them, by their IDs: JSON.

Airflow's own command line decrypts them as well, but takes five seconds to start.
"""

import configparser
import json
import os
import sys

import sqlalchemy
from cryptography.fernet import Fernet

FIELDS = ("conn_type", "description", "host", "schema", "login", "password", "port", "extra")
ENCRYPTED = {"password": "is_encrypted", "extra": "is_extra_encrypted"}

with open(sys.argv[1]) as file:
    sandbox = json.load(file)
fernet = Fernet(sandbox["keys"]["fernet"])
config = configparser.RawConfigParser()
config.read(os.path.join(os.path.dirname(sys.argv[1]), "airflow.cfg"))
engine = sqlalchemy.create_engine(config.get("database", "sql_alchemy_conn"))
stored = {}
with engine.connect() as database:
    rows = [dict(row._mapping) for row in database.execute(sqlalchemy.text("SELECT * FROM connection"))]
for row in rows:
    stored[row["conn_id"]] = connection = {name: row[name] for name in FIELDS}
    for name, flag in ENCRYPTED.items():
        if connection[name] and row[flag]:
            connection[name] = fernet.decrypt(connection[name].encode()).decode()
print(json.dumps(stored))
