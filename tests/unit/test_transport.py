# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What becomes of a request when the server, or what stands before it, does not answer as servers do."""

from __future__ import annotations

import gzip
import socket
import sys
import time
import tracemalloc
import zlib
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from typing import Any

import pytest

from ansible_collections.dataops.airflow.plugins.module_utils._http import body as body_module
from ansible_collections.dataops.airflow.plugins.module_utils._http.refusals import retry_after
from ansible_collections.dataops.airflow.plugins.module_utils._http.transport import (
    DEEPEST,
    LONGEST_PAUSE,
    Response,
    Settings,
    Transport,
)
from ansible_collections.dataops.airflow.plugins.module_utils._model.errors import (
    Effect,
    InvalidInputError,
    NoAnswerError,
    NotAirflowError,
    NotSentError,
    UnreachableError,
)
from ansible_collections.dataops.airflow.plugins.module_utils._model.secrets import (
    secrets_in_environment,
    secrets_in_url,
)
from ansible_collections.dataops.airflow.tests.unit.faulty_server import (
    Act,
    FaultyServer,
    answer,
    drip,
    endless,
    head,
    reset,
    send,
)

BODY = b'{"name": "default_pool"}'
PLENTY = 20
"""Seconds that nothing here takes; what is bounded by a timeout takes a second or two."""

CHUNKED = head(Content_Type="application/json", Transfer_Encoding="chunked")
LONGER = head(Content_Type="application/json", Content_Length=len(BODY) + 9)


def compressed(data: bytes, bits: int) -> bytes:
    """Data in a form of zlib's: 31 is gzip, 15 zlib, -15 neither's head."""
    packer = zlib.compressobj(wbits=bits)
    return packer.compress(data) + packer.flush()


def transport(server: FaultyServer, **settings: Any) -> Transport:
    return Transport(Settings(server.url, **{"timeout": 5.0, **settings}), read_only=False, sleep=lambda seconds: None)


BROKEN: dict[str, tuple[Act, str]] = {
    "cut": (send(LONGER, BODY), "24 of 33 bytes came|24 bytes read, 9 more expected"),
    "cut before the first byte": (send(LONGER), "0 of 33 bytes came|0 bytes read, 33 more expected"),
    "reset": (reset(LONGER, BODY), "reset by peer"),
    "no last chunk": (send(CHUNKED, b"18\r\n", BODY, b"\r\n"), "IncompleteRead|bytes read|Invalid"),
    "cut chunk": (send(CHUNKED, b"18\r\n", BODY[:9]), "IncompleteRead|bytes read"),
    "no chunk": (send(CHUNKED, b"no chunk\r\n"), "IncompleteRead|bytes read|Invalid"),
    "cut gzip": (answer(compressed(BODY, 31)[:-9], Content_Encoding="gzip"), "its compressed data is incomplete"),
    "cut deflate": (answer(compressed(BODY, 15)[:-5], Content_Encoding="deflate"), "its compressed data is incomplete"),
    "no gzip": (answer(BODY, Content_Encoding="gzip"), "it cannot be decompressed"),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_an_answer_that_breaks_off_is_asked_for_again_by_a_read(fault: str) -> None:
    with FaultyServer(BROKEN[fault][0], answer(BODY)) as server:
        assert transport(server).send("GET", "/pools").json() == {"name": "default_pool"}
        assert len(server.heads) == 2


@pytest.mark.parametrize("fault", BROKEN)
def test_a_write_whose_answer_breaks_off_is_sent_once_and_may_have_been_done(fault: str) -> None:
    act, words = BROKEN[fault]
    with FaultyServer(act) as server:
        with pytest.raises(NoAnswerError, match=rf"the response \(HTTP 200\) broke off: .*({words})") as caught:
            transport(server).send("POST", "/pools", body={})
        assert len(server.heads) == 1
    assert caught.value.effect is Effect.PENDING
    assert caught.value.facts == {"method": "POST", "url": f"{server.url}/pools", "status": 200}


@pytest.mark.parametrize(
    "act",
    [
        answer(BODY),
        send(CHUNKED, b"18\r\n", BODY, b"\r\n0\r\n\r\n"),
        send(head(Content_Type="application/json"), BODY),
        answer(gzip.compress(BODY), Content_Encoding="gzip"),
        answer(gzip.compress(BODY[:9]) + gzip.compress(BODY[9:]), Content_Encoding="gzip"),
        answer(compressed(BODY, 15), Content_Encoding="deflate"),
        answer(compressed(BODY, -15), Content_Encoding="deflate"),
        answer(BODY, Content_Encoding="identity"),
    ],
)
def test_all_ways_of_sending_a_body_are_read(act: Act) -> None:
    with FaultyServer(act) as server:
        assert transport(server).send("GET", "/").json() == {"name": "default_pool"}


def test_a_body_of_many_steps_is_read_whole() -> None:
    text = "".join(map(str, range(100000)))
    for bits, encoding in ((31, "gzip"), (15, "deflate"), (-15, "deflate")):
        with FaultyServer(answer(compressed(text.encode(), bits), Content_Encoding=encoding)) as server:
            assert transport(server).send("GET", "/").body == text


def test_an_answer_without_a_body_is_none() -> None:
    with FaultyServer(send(head("204 No Content", Content_Encoding="gzip"))) as server:
        assert transport(server).send("DELETE", "/").json() is None


@pytest.mark.parametrize(
    ("start", "piece", "words"),
    [
        (b"", b"H", "no response"),
        (b"HTTP/1.1 200 OK\r\nX: ", b"x", "no response"),
        (head(Content_Length=10**6), b"x", "no complete response"),
        (CHUNKED, b"1\r\nx\r\n", "no complete response"),
        (CHUNKED, b"0", "no complete response"),
        (head(Content_Encoding="gzip"), gzip.compress(b""), "no complete response"),
    ],
)
def test_a_whole_answer_takes_no_longer_than_the_timeout(start: bytes, piece: bytes, words: str) -> None:
    began = time.monotonic()
    server = FaultyServer(drip(start, piece, 0.05))
    with server, pytest.raises(NoAnswerError, match=rf"{words} within 0.4 s \(timeout\)") as caught:
        transport(server, timeout=0.4, retries=1).send("GET", "/pools")
    assert time.monotonic() - began < PLENTY
    assert len(server.heads) == 2
    assert caught.value.effect is Effect.PENDING


def test_the_time_for_an_answer_begins_with_each_request_of_a_connection() -> None:
    keeps = head(Content_Length=len(BODY), Connection="keep-alive")

    def act(connection: socket.socket) -> None:
        for _request in range(6):
            time.sleep(0.2)
            connection.sendall(keeps + BODY)
            connection.recv(65536)

    with FaultyServer(act) as server:
        client = transport(server, timeout=0.9)
        for _request in range(6):
            assert client.send("GET", "/").json() == {"name": "default_pool"}
        assert len(server.heads) == 1


def test_a_redirect_is_neither_followed_nor_read_without_bounds() -> None:
    act = endless(head("302 Found", Location="http://localhost/", Content_Encoding="gzip"), gzip.compress(b"x" * 10**6))
    with FaultyServer(act) as server, pytest.raises(NotAirflowError, match="HTTP 302.*larger than 64 MiB"):
        transport(server).send("GET", "/")


def test_what_is_read_of_an_answer_has_a_bound_that_is_named() -> None:
    sent = [0]
    with FaultyServer(endless(head(Content_Type="application/json"), b"[" * 65536, sent)) as server:
        with pytest.raises(
            NotAirflowError, match="HTTP 200, but the response was not read: it is larger than 64 MiB"
        ) as caught:
            transport(server, timeout=60.0).send("POST", "/pools")
        assert len(server.heads) == 1
    assert caught.value.effect is Effect.UNKNOWN
    assert body_module.LARGEST <= sent[0] < 2 * body_module.LARGEST


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_a_little_that_becomes_a_lot_costs_little_memory(encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body_module, "LARGEST", 4 * 1024 * 1024)
    bomb = compressed(b"\0" * (256 * 1024 * 1024), {"gzip": 31, "deflate": 15}[encoding])
    with FaultyServer(answer(bomb, Content_Encoding=encoding)) as server:
        tracemalloc.start()
        try:
            with pytest.raises(NotAirflowError, match="larger than 4 MiB"):
                transport(server).send("GET", "/api/v2/version")
            assert tracemalloc.get_traced_memory()[1] < 24 * 1024 * 1024
        finally:
            tracemalloc.stop()


def test_an_unknown_compression_is_named() -> None:
    with FaultyServer(answer(BODY, Content_Encoding="br")) as server, pytest.raises(NotAirflowError, match="'br'"):
        transport(server).send("GET", "/")


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (send(), "broke off before a response came"),
        (reset(), "broke off before a response came"),
        (send(b"SSH-2.0-OpenSSH_9.6\r\n"), "broke off before a response came"),
        (send(b"HTTP/1.1 200 OK\r\n" + b"X: x\r\n" * 200 + b"\r\n"), "broke off before a response came"),
        (send(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70000 + b"\r\n\r\n"), "broke off before a response came"),
    ],
)
def test_no_answer_that_can_be_read(act: Act, words: str) -> None:
    with FaultyServer(act) as server, pytest.raises(NoAnswerError, match=words) as caught:
        transport(server).send("PATCH", "/pools/p", body={})
    assert caught.value.effect is Effect.PENDING
    assert len(server.heads) == 1


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://127.0.0.1:{port}", "nothing listens on 127.0.0.1"),
        ("http://airflow.invalid", "host name 'airflow.invalid' of airflow_url is not known"),
        ("https://127.0.0.1:{port}", "nothing listens on 127.0.0.1"),
    ],
)
def test_what_was_not_sent_has_changed_nothing(url: str, words: str) -> None:
    pauses: list[float] = []
    settings = Settings(url.format(port=free_port()), retries=2, timeout=5)
    with pytest.raises(NotSentError, match=words) as caught:
        Transport(settings, read_only=False, sleep=pauses.append).send("POST", "/pools", body={})
    assert caught.value.effect is Effect.NONE
    assert len(pauses) == (2 if caught.value.passing else 0)


def test_a_deletion_that_may_have_been_done_stays_so_whatever_the_next_try_comes_to() -> None:
    server = FaultyServer(send(), answer(b'{"detail": "no"}', "403 Forbidden"))
    with server:
        refused = transport(server).send("DELETE", "/pools/p")
        assert (refused.status, refused.earlier) == (403, Effect.PENDING)
    with FaultyServer(answer(b"", "504 Gateway Timeout")) as gateway:
        client = Transport(
            Settings(gateway.url, retries=1, timeout=5), read_only=False, sleep=lambda seconds: gateway.close()
        )
        with pytest.raises(NotSentError) as caught:
            client.send("DELETE", "/pools/p")
    assert caught.value.effect is Effect.PENDING


def response(body: str, content_type: str = "application/json", **headers: str) -> Response:
    return Response("GET", "http://localhost/api/v2/x", 200, {"content-type": content_type, **headers}, body)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ('{"name": ', "not the JSON that its content type promises: Expecting value at character 9"),
        ("[" * 200000, "nested|not the JSON"),
        ('{"a":' * 5000 + "1" + "}" * 5000, "nested|not the JSON"),
        ("[" * (DEEPEST + 1) + "]" * (DEEPEST + 1), f"nested more than {DEEPEST} levels deep"),
        pytest.param(
            "1" * 5000,
            "not the JSON that its content type promises",
            marks=pytest.mark.skipif(
                not hasattr(sys, "get_int_max_str_digits"), reason="this Python reads numbers of any length"
            ),
        ),
    ],
)
def test_json_that_cannot_be_taken_is_an_error_of_the_server(body: str, words: str) -> None:
    with pytest.raises(NotAirflowError, match=words) as caught:
        response(body).json()
    assert len(caught.value.message) < 200


def test_json_of_many_objects_side_by_side_is_not_deep() -> None:
    assert len(response("[" + ",".join(['{"a": [[]]}'] * 1000) + "]").json()) == 1000
    assert response("[" * DEEPEST + "]" * DEEPEST).json()


SOON = datetime.now(timezone.utc) + timedelta(days=1)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7),
        ("86400", 86400),
        (format_datetime(SOON, usegmt=True), pytest.approx(86400, abs=600)),
        (SOON.strftime("%a, %d %b %Y %H:%M:%S -0000"), pytest.approx(86400, abs=600)),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0),
        ("\u00b2", None),
        ("-1", None),
        ("soon", None),
        ("", None),
        ("Wed, 99 Oct 99999 07:28:00 GMT", None),
    ],
)
def test_when_a_server_wants_to_be_asked_again(value: str, seconds: Any) -> None:
    assert retry_after(response("", **{"retry-after": value})) == seconds


@pytest.mark.parametrize(
    ("value", "pause"), [("7", 7), ("86400", LONGEST_PAUSE), (format_datetime(SOON, usegmt=True), LONGEST_PAUSE)]
)
def test_nobody_waits_longer_than_a_minute(value: str, pause: float) -> None:
    pauses: list[float] = []
    with FaultyServer(answer(b"{}", "429 Too Many Requests", Retry_After=value), answer(b"{}")) as server:
        Transport(Settings(server.url), read_only=False, sleep=pauses.append).send("POST", "/")
    assert pauses == [pause]


@pytest.fixture
def proxied(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An environment in which a test can set the proxies."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    return monkeypatch


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
@pytest.mark.parametrize(
    "value",
    [
        "http://u:x/canary@127.0.0.1:1",
        "http://u:x#canary@127.0.0.1:1",
        "http://u:x?canary@127.0.0.1:1",
        "http://u:x@canary@127.0.0.1:1",
        "http://u:canary@127.0.0.1:99999",
        "http://u:canary@127.0.0.1:port",
        "http://u:canary@[::1",
        "http://u:canary@",
        "u:canary",
        "u:canary@127.0.0.1:1",
    ],
)
def test_what_is_no_address_of_a_proxy_is_named_by_its_variable(
    proxied: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    proxied.setenv(variable, value)
    with pytest.raises(InvalidInputError, match=f"^{variable} of the environment is not a proxy URL") as caught:
        Transport(Settings("http://airflow.invalid", retries=0), read_only=True).send("GET", "/")
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize(
    "value", ["http://u:canary@127.0.0.1:{port}", "http://u:canary%40x@127.0.0.1:{port}/", "127.0.0.1:{port}"]
)
def test_a_proxy_that_nobody_listens_on_has_passed_nothing_on(proxied: pytest.MonkeyPatch, value: str) -> None:
    proxied.setenv("http_proxy", value.format(port=free_port()))
    with pytest.raises(NotSentError, match="the proxy did not let the request through.*check HTTP_PROXY") as caught:
        Transport(Settings("http://airflow.invalid", retries=0), read_only=True).send("GET", "/")
    assert "canary" not in str(caught.value)


def test_what_a_proxy_lost_may_have_been_done(proxied: pytest.MonkeyPatch) -> None:
    with FaultyServer(reset()) as server:
        proxied.setenv("http_proxy", server.url)
        with pytest.raises(NoAnswerError, match="broke off before a response came") as caught:
            Transport(Settings("http://airflow.invalid", retries=0), read_only=False).send("POST", "/", body={})
    assert caught.value.effect is Effect.PENDING


def test_a_tunnel_that_a_proxy_refuses_or_drips_has_passed_nothing_on(proxied: pytest.MonkeyPatch) -> None:
    settings = Settings("https://airflow.invalid", retries=0, timeout=0.4)
    with FaultyServer(answer(b"", "407 Proxy Authentication Required")) as server:
        proxied.setenv("https_proxy", server.url)
        with pytest.raises(NotSentError, match="407 Proxy Authentication Required"):
            Transport(settings, read_only=True).send("GET", "/")
    began = time.monotonic()
    with FaultyServer(drip(b"HTTP/1.1 200 OK\r\nX: ", b"x", 0.05)) as server:
        proxied.setenv("https_proxy", server.url)
        with pytest.raises(UnreachableError):
            Transport(settings, read_only=True).send("GET", "/")
    assert time.monotonic() - began < PLENTY


@pytest.mark.parametrize(
    ("url", "secrets"),
    [
        ("http://u:pass@h/a", {"pass"}),
        ("http://u:pa/ss@h", {"pa/ss"}),
        ("http://u:pa#s?s@s@h", {"pa#s?s@s"}),
        ("http://u:p@ss/wd@h", {"p", "p@ss/wd"}),
        ("u:pass@h", {"pass"}),
        ("http://token@h", {"token"}),
        ("http://u:p%40ss@h", {"p%40ss", "p@ss"}),
        ("http://h/a", set()),
        ("", set()),
    ],
)
def test_the_secret_in_a_url_whatever_characters_it_has(url: str, secrets: set[str]) -> None:
    assert secrets_in_url(url) == secrets
    assert secrets_in_environment({"HTTPS_PROXY": url, "all_proxy": "http://u:other@h", "PATH": "u:no@h"}) == {
        *secrets,
        "other",
    }
