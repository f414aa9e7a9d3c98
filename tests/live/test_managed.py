# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbooks of ``docs/managed.md``, through stand-ins of the services' logins."""

from __future__ import annotations

import os
import re
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme

from ansible_collections.dataops.airflow.plugins.module_utils._kinds.deployment.deployment import DEPLOYMENT
from ansible_collections.dataops.airflow.plugins.module_utils._model.errors import AirflowError
from ansible_collections.dataops.airflow.tests.live import canary
from ansible_collections.dataops.airflow.tests.live.conftest import Live
from ansible_collections.dataops.airflow.tests.live.managed import (
    ASTRO_PATH,
    SERVICES,
    Service,
    amazon,
    google,
    playbooks,
)
from ansible_collections.dataops.airflow.tests.live.proxy import Proxy, Rule
from ansible_collections.dataops.airflow.tests.live.test_deployment import filled

PAGE = Path(__file__).parents[2] / "docs" / "managed.md"
PLAYBOOKS = playbooks(PAGE)
EXPIRED = "no longer accepts {}: it has expired. Get a new one"
WAYS: dict[str, tuple[Callable[..., Rule], dict[str, Any], str]] = {
    "Amazon's cookie": (amazon, {}, "the login in airflow_headers"),
    "Amazon's JWT": (amazon, {}, "airflow_token"),
    "a 401 of Google's": (google, {}, "airflow_token"),
    "Google's login page": (google, {"refuses_with": 302}, "airflow_token"),
}


@pytest.fixture
def service(live: Live, tmp_path: Path) -> Service:
    folder = tmp_path / "programs"
    folder.mkdir()
    return Service(live, folder)


@pytest.fixture
def front(live: Live, service: Service, tmp_path: Path, leave_nothing: Callable[[str], str]) -> Iterator[Proxy]:
    """The service's address, with a certificate that the playbook's environment trusts."""
    leave_nothing("/pools/etl")
    leave_nothing("/variables/region")
    authority, tls = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(tls)
    trusted = str(tmp_path / "authority.pem")
    authority.cert_pem.write_to_path(trusted)
    service.variables |= {"SSL_CERT_FILE": trusted, "REQUESTS_CA_BUNDLE": trusted}
    with Proxy(live.url, tls) as proxy:
        service.url = proxy.url
        yield proxy


def play(service: Service, name: str, folder: Path, *arguments: str) -> tuple[str, dict[str, str]]:
    """Run a playbook of the page; what it shows, and what it leaves in each place.

    :param folder: for what it leaves, one for each run.
    """
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text(PLAYBOOKS[name])
    watched = canary.watched(folder, os.environ["PYTHONPATH"])
    environment = {
        **{variable: value for variable, value in os.environ.items() if not variable.startswith("AIRFLOW_")},
        "PATH": f"{service.folder}:{os.environ['PATH']}",
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
        "ANSIBLE_NOCOLOR": "true",
        **watched,
        **service.variables,
    }
    url = ["--extra-vars", f"deployment_url={service.url}{ASTRO_PATH}"] if name == "astronomer.yml" else []
    program = Path(sys.executable).parent / "ansible-playbook"
    command = [str(program), str(folder / name), *url, *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr, canary.read(folder, command, done.stdout, done.stderr)


def changed(shown: str) -> int:
    """How many tasks have changed something, in a run without failures."""
    recap = re.search(r"changed=(\d+) .*unreachable=0 .*failed=0 ", shown)
    assert recap, shown
    return int(recap.group(1))


def of_generation(live: Live, name: str) -> bool:
    """Whether a playbook is for this version; those without a number are for both."""
    return not name.startswith("mwaa") or name == f"mwaa_airflow_{3 if live.is_v2 else 2}.yml"


def test_the_page_has_these_playbooks() -> None:
    assert set(PLAYBOOKS) == set(SERVICES)


@pytest.mark.slow_on(2)
def test_amazon(live: Live, service: Service, front: Proxy, tmp_path: Path) -> None:
    front.rule = amazon(service)
    shown, _places = play(service, f"mwaa_airflow_{3 if live.is_v2 else 2}.yml", tmp_path / "run")
    assert changed(shown) == 2
    assert live.ask("GET", "/pools/etl").json()["slots"] == 4
    assert live.ask("GET", "/variables/region").json()["value"] == "eu-west-1"


@pytest.mark.slow
@pytest.mark.parametrize("name", SERVICES)
@pytest.mark.parametrize("in_process", [True, False], ids=["in process", "as modules"])
def test_check_mode_predicts_and_the_second_run_changes_nothing_and_no_secret_is_shown(
    live: Live, service: Service, front: Proxy, tmp_path: Path, name: str, in_process: bool
) -> None:
    if not of_generation(live, name):
        pytest.skip("is for the other generation")
    front.rule = SERVICES[name](service)
    most = ("--diff", "-vvvv", "--extra-vars", f"airflow_in_process={str(in_process).lower()}")
    runs = {"check": 2, "run": 2, "again": 0} if in_process else {"run": 2}
    for run, changes in runs.items():
        options = ("--check", *most) if run == "check" else most
        shown, places = play(service, name, tmp_path / run, *options)
        assert changed(shown) == changes
        assert live.ask("GET", "/pools/etl").status_code == (404 if run == "check" else 200)
        assert not canary.found(set(service.secrets), places)


@pytest.mark.slow
@pytest.mark.parametrize("answers", [200, 302])
def test_amazons_login_may_answer_either_way_and_a_web_token_is_good_for_one_login(
    live: Live, service: Service, front: Proxy, tmp_path: Path, answers: int
) -> None:
    front.rule = amazon(service, answers)
    name = f"mwaa_airflow_{3 if live.is_v2 else 2}.yml"
    for run in ("first", "second"):
        changed(play(service, name, tmp_path / run)[0])
    assert len(set(service.issued)) == 2


@pytest.mark.slow
def test_a_token_of_googles_that_expires_between_two_tasks(
    live: Live, service: Service, front: Proxy, tmp_path: Path
) -> None:
    service.expires_after = 1
    front.rule = google(service)
    shown, places = play(service, "composer.yml", tmp_path / "run", "-vvvv")
    assert "failed=1" in shown
    assert "The server does not accept airflow_token: it is wrong or has expired. Get a new one" in shown
    assert live.ask("GET", "/pools/etl").json()["slots"] == 4
    assert live.ask("GET", "/variables/region").status_code == 404
    assert not canary.found(set(service.secrets), places)


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS)
def test_a_login_that_expires_in_the_middle_of_a_task(live: Live, service: Service, front: Proxy, way: str) -> None:
    make, options, given = WAYS[way]
    if make is amazon and (given == "airflow_token") != live.is_v2:
        pytest.skip("is for the other generation")
    front.rule = make(service, **options)
    wanted = filled({"pools": [{"name": "etl", "slots": 4}], "variables": [{"key": "region", "value": "eu"}]})

    def deploy() -> dict[str, Any]:
        token = service.google_token() if make is google else service.own_token()
        is_token = given == "airflow_token"
        return live.task(
            DEPLOYMENT,
            airflow_url=front.url,
            ca_path=service.variables["SSL_CERT_FILE"],
            airflow_username=None,
            airflow_password=None,
            airflow_token=token if is_token else None,
            airflow_headers={} if is_token else {"Cookie": f"session={token}"},
            **wanted,
        )

    service.expires_after = 1
    with pytest.raises(AirflowError, match=rf"{EXPIRED.format(given)}.*Run the task again") as caught:
        deploy()
    facts = caught.value.facts
    assert [item["name"] for item in facts["applied"]] == ["etl"]
    assert [item["name"] for item in (*facts["failures"], *facts["unknown"])] == ["region"]
    assert bool(facts["unknown"]) == ("refuses_with" in options)
    service.expires_after = None
    assert deploy()["summary"]["to_create"] == 1
