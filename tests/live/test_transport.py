# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Proxies and TLS before a real server."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import trustme

from ansible_collections.dataops.airflow.plugins.module_utils._kinds.pool.pool import POOL
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.pool.pool_info import POOL_INFO
from ansible_collections.dataops.airflow.plugins.module_utils._model.errors import (
    Effect,
    InvalidInputError,
    UnreachableError,
)
from ansible_collections.dataops.airflow.tests.live.conftest import Live
from ansible_collections.dataops.airflow.tests.live.proxy import Answer, Forward, Proxy, Request


@pytest.fixture
def authority() -> trustme.CA:
    """An authority that nobody else trusts."""
    return trustme.CA()


@pytest.fixture
def trusted(authority: trustme.CA, tmp_path: Path) -> str:
    path = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


@pytest.fixture
def tls() -> ssl.SSLContext:
    return ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)


@pytest.fixture
def over_tls(live: Live, authority: trustme.CA, tls: ssl.SSLContext) -> Iterator[Proxy]:
    authority.issue_cert("127.0.0.1").configure_cert(tls)
    with Proxy(live.url, tls) as started:
        yield started


def test_an_unknown_authority_is_refused_and_the_way_out_is_named(live: Live, over_tls: Proxy) -> None:
    with pytest.raises(
        UnreachableError, match="TLS connection to 127.0.0.1:.* failed: .*verify failed.*Set ca_path"
    ) as caught:
        live.task(POOL_INFO, airflow_url=over_tls.url)
    assert caught.value.effect is Effect.NONE
    assert not over_tls.seen


@pytest.mark.filterwarnings("error")
def test_a_known_authority_or_none_at_all(live: Live, over_tls: Proxy, trusted: str) -> None:
    assert live.task(POOL_INFO, airflow_url=over_tls.url, ca_path=trusted)["pools"]
    assert live.task(POOL_INFO, airflow_url=over_tls.url, validate_certs=False)["pools"]


def test_validate_certs_holds_against_the_environment(
    live: Live, over_tls: Proxy, trusted: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", trusted)
    assert live.task(POOL_INFO, airflow_url=over_tls.url)["pools"]
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", __file__)
    assert live.task(POOL_INFO, airflow_url=over_tls.url, validate_certs=False)["pools"]


def test_a_certificate_for_another_host(live: Live, authority: trustme.CA, tls: ssl.SSLContext, trusted: str) -> None:
    authority.issue_cert("airflow.example.com").configure_cert(tls)
    with Proxy(live.url, tls) as proxy, pytest.raises(UnreachableError, match="failed: .*127.0.0.1"):
        live.task(POOL_INFO, airflow_url=proxy.url, ca_path=trusted)


def test_a_client_certificate(
    live: Live, authority: trustme.CA, tls: ssl.SSLContext, over_tls: Proxy, trusted: str, tmp_path: Path
) -> None:
    tls.verify_mode = ssl.CERT_REQUIRED
    authority.configure_trust(tls)
    own = authority.issue_cert("ansible@example.com")
    certificate, key = str(tmp_path / "cert.pem"), str(tmp_path / "key.pem")
    own.cert_chain_pems[0].write_to_path(certificate)
    own.private_key_pem.write_to_path(key)
    options: dict[str, Any] = {"airflow_url": over_tls.url, "ca_path": trusted}
    assert live.task(POOL_INFO, **options, client_cert=certificate, client_key=key)["pools"]
    with pytest.raises(UnreachableError):
        live.task(POOL_INFO, **options, retries=0)


@pytest.mark.parametrize("content", ["", "no certificate"])
def test_a_file_that_is_no_certificate(live: Live, over_tls: Proxy, tmp_path: Path, content: str) -> None:
    path = tmp_path / "bad.pem"
    path.write_text(content)
    with pytest.raises((UnreachableError, InvalidInputError), match="ca_path"):
        live.task(POOL_INFO, airflow_url=over_tls.url, ca_path=str(path))


def as_proxies_do(request: Request, forward: Forward) -> Answer:
    """Forward a request whose path is a whole URL."""
    return forward(replace(request, path=urlsplit(request.path)._replace(scheme="", netloc="").geturl()))


def test_proxies_of_the_environment(live: Live, proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    proxy.rule = as_proxies_do
    monkeypatch.setenv("NO_PROXY", "")
    monkeypatch.setenv("HTTP_PROXY", proxy.url)
    monkeypatch.setenv("http_proxy", proxy.url)
    assert live.task(POOL_INFO)["pools"]
    assert all(request.path.startswith(live.url) for request in proxy.seen)
    seen = len(proxy.seen)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    assert live.task(POOL_INFO)["pools"]
    assert len(proxy.seen) == seen


def test_a_write_that_a_proxy_lost_is_found_by_reading(
    live: Live, proxy: Proxy, monkeypatch: pytest.MonkeyPatch, leave_nothing: Callable[[str], str]
) -> None:
    leave_nothing("/pools/live_proxy")

    def lose(request: Request, forward: Forward) -> Answer | None:
        answer = as_proxies_do(request, forward)
        return None if request.method == "POST" and "/pools" in request.path else answer

    proxy.rule = lose
    with monkeypatch.context() as during:
        during.setenv("NO_PROXY", "")
        during.setenv("no_proxy", "")
        during.setenv("http_proxy", proxy.url)
        result = live.task(POOL, name="live_proxy", slots=2)
    assert (result["action"], len(result["warnings"])) == ("create", 1)


def test_a_proxy_that_is_away(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "")
    monkeypatch.setenv("no_proxy", "")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    with pytest.raises(UnreachableError, match="the proxy did not let the request through.*check HTTP_PROXY"):
        live.task(POOL_INFO, retries=0)
