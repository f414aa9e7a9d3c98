# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What stands between the modules and a server, and how that is configured: a whole life of objects in each case."""

from __future__ import annotations

import contextlib
import itertools
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import trustme

from ansible_collections.dataops.airflow.plugins.module_utils._kinds.deployment.deployment import DEPLOYMENT
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.deployment.deployment_info import DEPLOYMENT_INFO
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.pool.pool import POOL
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.pool.pool_info import POOL_INFO
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.variable.variable_info import VARIABLE_INFO
from ansible_collections.dataops.airflow.plugins.module_utils._model.errors import AirflowError
from ansible_collections.dataops.airflow.tests.live.conftest import Live, Started
from ansible_collections.dataops.airflow.tests.live.proxy import Answer, Forward, Proxy, Request
from ansible_collections.dataops.airflow.tests.live.test_deployment import NAMES, filled
from ansible_collections.dataops.airflow.tests.live.test_transport import as_proxies_do

pytestmark = pytest.mark.slow

MARK = "live_env"
WANTED: dict[str, list[dict[str, Any]]] = {
    "pools": [{"name": f"{MARK}_{number:02}", "slots": number + 1} for number in range(12)],
    "variables": [{"key": f"{MARK}_{number:02}", "value": "x" * 600} for number in range(12)],
    "connections": [{"connection_id": f"{MARK}_{number}", "conn_type": "http", "host": "h"} for number in range(3)],
    "roles": [{"name": MARK, "permissions": [{"action": "can_read", "resource": "Pools"}]}],
    "users": [
        {
            "username": MARK,
            "email": f"{MARK}@x",
            "first_name": "A",
            "last_name": "L",
            "password": "live-geheim-3",
            "roles": [MARK],
        }
    ],
}
GONE: dict[str, Any] = {
    kind: [{NAMES[kind]: item[NAMES[kind]], "state": "absent"} for item in WANTED[kind]] for kind in WANTED
}
OBJECTS = sum(map(len, WANTED.values()))
LOST = "07"
"""Of the variables, the one that somebody deletes."""


def whole_life(live: Live, **way: Any) -> None:
    """Provision, and the same again; see a drift, export, and provision again.

    :param way: the connection options with which the server is reached.
    """

    def deploy(check_mode: bool = False) -> dict[str, Any]:
        once = {"update_secrets": "on_create", "update_password": "on_create"}
        return live.task(DEPLOYMENT, check_mode, **{**filled(WANTED), **once, **way})

    try:
        predicted, done = deploy(check_mode=True), deploy()
        assert predicted["plan"] == done["plan"]
        assert done["summary"]["to_create"] == OBJECTS
        assert deploy()["changed"] is False
        live.ask("DELETE", f"/variables/{MARK}_{LOST}").raise_for_status()
        assert deploy(check_mode=True)["summary"]["to_create"] == 1
        exported = live.task(DEPLOYMENT_INFO, gather=list(WANTED), **way)["deployment"]
        for kind, name in NAMES.items():
            missing = {item[name] for item in WANTED[kind]} - {item[name] for item in exported[kind]}
            assert missing == ({f"{MARK}_{LOST}"} if kind == "variables" else set())
        keys = [variable["key"] for variable in live.task(VARIABLE_INFO, **way)["variables"]]
        assert len([key for key in keys if key.startswith(MARK)]) == len(WANTED["variables"]) - 1
        assert deploy()["summary"]["to_create"] == 1
    finally:
        live.task(DEPLOYMENT, **filled(GONE))


def test_a_path_prefix(live: Live, started: Started) -> None:
    url = started(path="/team/a")
    whole_life(live, airflow_url=url)
    # Airflow 3 shows its start page at any other path.
    told = (
        "is not the one below which Airflow is served" if live.is_v2 else "lacks the path under which Airflow is served"
    )
    with pytest.raises(AirflowError, match=f"airflow_url.*{told}"):
        live.task(POOL_INFO, airflow_url=url.removesuffix("/a"))


def test_pages_of_ten(live: Live, started: Started) -> None:
    whole_life(live, airflow_url=started(AIRFLOW__API__MAXIMUM_PAGE_LIMIT="10"))


def test_tls_with_an_authority_of_its_own_that_wants_a_client_certificate(live: Live, tmp_path: Path) -> None:
    authority, tls = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(tls)
    authority.configure_trust(tls)
    tls.verify_mode = ssl.CERT_REQUIRED
    own = authority.issue_cert("ansible@example.com")
    files = {name: str(tmp_path / f"{name}.pem") for name in ("ca_path", "client_cert", "client_key")}
    authority.cert_pem.write_to_path(files["ca_path"])
    own.cert_chain_pems[0].write_to_path(files["client_cert"])
    own.private_key_pem.write_to_path(files["client_key"])
    with Proxy(live.url, tls) as front:
        whole_life(live, airflow_url=front.url, **files)


def test_a_proxy_that_wants_a_login(live: Live, proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    def wants(request: Request, forward: Forward) -> Answer:
        # user:geh/eim
        if request.headers.get("Proxy-Authorization") != "Basic dXNlcjpnZWgvZWlt":
            return Answer(407, {"Proxy-Authenticate": "Basic", "Content-Type": "text/html"}, b"<html></html>")
        return as_proxies_do(request, forward)

    proxy.rule = wants
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "")
    host = proxy.url.partition("//")[2]
    for login in ("", "user:canary%2F7@"):
        monkeypatch.setenv("http_proxy", f"http://{login}{host}")
        with pytest.raises(AirflowError, match="HTTP 407.*HTTP_PROXY.*http://user:password@host:port") as caught:
            live.task(POOL_INFO)
        assert "canary" not in caught.value.message
    monkeypatch.setenv("http_proxy", f"http://user:geh%2Feim@{host}")
    whole_life(live)


NGINX = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
CONFIG = """
daemon off;
pid {folder}/pid;
error_log {folder}/error.log;
events {{}}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  client_max_body_size 8k;
  client_header_timeout 2s;
  client_body_timeout 2s;
  send_timeout 2s;
  keepalive_requests 5;
  keepalive_timeout 1s;
  large_client_header_buffers 2 2k;
  limit_req_zone $binary_remote_addr zone=all:1m rate=30r/s;
  limit_req_status 429;
  upstream airflow {{ {servers} }}
  server {{
    listen 127.0.0.1:{port};
    location / {{
      limit_req zone=all burst=5 nodelay;
      proxy_pass http://airflow;
      proxy_set_header Host $http_host;
      proxy_connect_timeout 2s;
      proxy_read_timeout 20s;
      proxy_buffers 4 4k;
      proxy_buffer_size 4k;
    }}
  }}
}}
"""


@contextlib.contextmanager
def nginx(folder: Path, *urls: str) -> Iterator[str]:
    """An nginx with small limits in front of servers; its URL."""
    if not NGINX:
        pytest.skip("nginx is not installed (Debian and Ubuntu: apt-get install nginx)")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    servers = " ".join(f"server {urlsplit(url).netloc};" for url in urls)
    (folder / "nginx.conf").write_text(CONFIG.format(folder=folder, port=port, servers=servers))
    with subprocess.Popen([NGINX, "-e", str(folder / "error.log"), "-c", str(folder / "nginx.conf")]) as process:
        try:
            deadline = time.monotonic() + 20
            while time.monotonic() < deadline and process.poll() is None:
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                    break
                time.sleep(0.1)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def test_nginx_with_small_limits(live: Live, tmp_path: Path) -> None:
    with nginx(tmp_path, live.url) as url:
        whole_life(live, airflow_url=url)


def test_two_servers_behind_one_address(live: Live, proxy: Proxy, started: Started) -> None:
    turn = itertools.count()
    with Proxy(started()) as other:
        proxy.rule = lambda request, forward: (forward if next(turn) % 2 else other.forward)(request)
        whole_life(live, airflow_url=proxy.url)


def public(folder: Path, live: Live, role: str) -> dict[str, str]:
    """The settings of a server whose public has a role."""
    config = folder / "webserver_config.py"
    own = Path(__file__).parents[1] / "webserver_config.py"
    config.write_text(f'{own.read_text()}\nAUTH_ROLE_PUBLIC = "{role}"\n')
    return {f"AIRFLOW__{'FAB' if live.is_v2 else 'WEBSERVER'}__CONFIG_FILE": str(config)}


def test_a_public_that_has_a_role(live: Live, started: Started, tmp_path: Path) -> None:
    whole_life(live, airflow_url=started(**public(tmp_path, live, "Viewer")))


def test_a_wrong_password_where_the_public_may_read(airflow_2: Live, started: Started, tmp_path: Path) -> None:
    way: dict[str, Any] = {"airflow_url": started(**public(tmp_path, airflow_2, "Viewer")), "airflow_password": "wrong"}
    assert airflow_2.task(POOL_INFO, **way)["pools"]
    with pytest.raises(AirflowError, match="HTTP 403.*a wrong airflow_username or airflow_password"):
        airflow_2.task(POOL, name=MARK, slots=1, **way)


def test_a_cookie_that_the_api_does_not_take_where_the_public_may_read(
    airflow_2: Live, started: Started, tmp_path: Path
) -> None:
    basic = {"AIRFLOW__API__AUTH_BACKENDS": "airflow.api.auth.backend.basic_auth"}
    whole_life(airflow_2, airflow_url=started(**public(tmp_path, airflow_2, "Viewer"), **basic))
