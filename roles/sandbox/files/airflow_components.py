# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the supervisor of a sandbox knows about Airflow. It runs with the Python of that Airflow.

Importing Airflow is most of what its commands spend their time on, so the supervisor imports it
once and forks; each component then is what the command line would have made of it.
"""

import contextlib
import importlib
import pathlib
import shutil
import sqlite3
import sys

SHARED = (
    "airflow.__main__",
    "airflow.executors.executor_loader",
    "airflow.jobs.scheduler_job_runner",
    "airflow.providers.fab.auth_manager.fab_auth_manager",
)
SHARED_2 = ("airflow.www.app",)
SHARED_3 = (
    "airflow.api_fastapi.app",
    "airflow.dag_processing.manager",
    "airflow.jobs.dag_processor_job_runner",
    "airflow.providers.fab.auth_manager.security_manager.override",
)
API_SERVER_3 = (
    "airflow.api_fastapi.core_api.routes.public",
    "airflow.api_fastapi.core_api.routes.ui",
    "airflow.api_fastapi.core_api.app",
    "airflow.api_fastapi.execution_api.app",
    "airflow.api_fastapi.execution_api.routes",
    "uvicorn",
)


def preload(names):
    """Import what there is: the modules differ between versions, and a missing one only costs time."""
    for name in names:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)


def is_airflow_2():
    import airflow

    return airflow.__version__.startswith("2.")


def preload_shared():
    preload(SHARED)
    preload(SHARED_2 if is_airflow_2() else SHARED_3)
    from airflow.providers_manager import ProvidersManager

    # Airflow's own commands do this first, since the settings of providers have their defaults there.
    with contextlib.suppress(AttributeError):
        ProvidersManager().initialize_providers_configuration()


def components(settings):
    """The long-running components by name: what to import before the metadatabase is ready, and what to run then."""
    if is_airflow_2():
        found = {
            "webserver": ((), lambda: webserver(settings)),
            "scheduler": ((), lambda: airflow("scheduler", "--skip-serve-logs")),
        }
    else:
        found = {
            "api-server": (API_SERVER_3, lambda: airflow("api-server")),
            "scheduler": ((), lambda: airflow("scheduler", "--skip-serve-logs")),
            "dag-processor": ((), lambda: airflow("dag-processor")),
        }
    if settings["triggerer"]:
        found["triggerer"] = ((), lambda: airflow("triggerer", "--skip-serve-logs"))
    return found


def airflow(*arguments):
    from airflow.__main__ import main

    sys.argv = ["airflow", *arguments]
    main()


def prepare(settings):
    """Create or migrate the metadatabase."""
    from airflow.utils import db

    if settings["sqlite"]:
        with contextlib.closing(sqlite3.connect(settings["sqlite"])) as connection:
            # Readers then don't wait for the writer; the file remembers it.
            connection.execute("PRAGMA journal_mode=WAL")
    db.upgradedb()
    if not is_airflow_2() and settings["auth_manager"] == "fab":
        from airflow.providers.fab.auth_manager.cli_commands.utils import get_application_builder

        with get_application_builder() as builder:
            create_admin(builder.sm, settings)


def webserver(settings):
    """The web server of Airflow 2, as its command starts it, without the process that only watches over gunicorn.

    The application that gunicorn serves is the one that the administrator is created with: making it takes seconds.
    """
    import airflow
    from airflow import settings as airflow_settings
    from airflow.configuration import conf
    from gunicorn.app.wsgiapp import run
    from gunicorn.config import KNOWN_SETTINGS

    default = pathlib.Path(airflow.__file__).with_name("config_templates") / "default_webserver_config.py"
    shutil.copyfile(default, pathlib.Path(settings["home"], "webserver_config.py"))
    from airflow.www.app import cached_app

    application = cached_app()
    with application.app_context():
        create_admin(application.appbuilder.sm, settings)
    airflow_settings.engine.dispose()

    sys.argv = ["gunicorn", "--workers", conf.get("webserver", "workers"), "--worker-class", "sync"]
    sys.argv += ["--timeout", "120", "--preload", "--bind", "127.0.0.1:{port}".format(**settings)]
    sys.argv += ["--name", "airflow-webserver", "--config", "python:airflow.www.gunicorn_config"]
    sys.argv += ["--access-logfile", "-"]
    if any(setting.name == "control_socket_disable" for setting in KNOWN_SETTINGS):
        # It would lie in the home directory, one for all.
        sys.argv += ["--no-control-socket"]
    sys.argv += ["airflow.www.app:cached_app()"]
    run()


def create_admin(manager, settings):
    """Ensure that the administrator can log in."""
    username = settings["admin_username"]
    password = pathlib.Path(settings["password_file"]).read_text(encoding="utf-8").rstrip("\n")
    user = manager.find_user(username=username)
    if user:
        manager.reset_password(user.id, password)
        return
    role = manager.find_role("Admin")
    if not manager.add_user(username, "Sandbox", "Admin", username + "@localhost", role, password):
        sys.exit("the administrator could not be created; see the reason above")
