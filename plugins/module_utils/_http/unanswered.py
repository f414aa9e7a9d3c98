# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why there is no answer to a request, in a sentence. Loaded when it happens."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from .._model.errors import NoAnswerError, NotSentError, RequestError, UnreachableError
from .body import UnusableError

if TYPE_CHECKING:
    from .transport import Response, Settings

TLS_ADVICE = {
    "not valid for": ". airflow_url must have the name that the certificate is for",
    "match": ". airflow_url must have the name that the certificate is for",
    "CERTIFICATE_VERIFY_FAILED": ". Set ca_path to the certificate authority that signed the server's certificate "
    "(validate_certs=false turns the check off)",
    "CERTIFICATE_REQUIRED": ". The server asks for a client_cert",
    "NO_CERTIFICATE_OR_CRL_FOUND": ". ca_path must be a file with certificates, or a folder of them",
    "PEM": ". client_cert and client_key must be files in PEM form that belong together",
}
"""Part of OpenSSL's message → what to do."""


def explain(error: Exception, method: str, url: str, settings: Settings, answered: bool) -> UnreachableError:
    """Turn requests' exceptions into one sentence each.

    :param answered: whether the server has answered before; else a timeout is more likely a wrong URL than a pause.
    """
    import requests
    import urllib3

    parts = urlsplit(url)
    where = f"{parts.hostname}:{parts.port or (443 if parts.scheme == 'https' else 80)}"
    chain = _causes(error)
    message = str(chain[-1])
    cause = message.partition(">: ")[2] or message
    exceptions = requests.exceptions

    def not_sent(message: str, passing: bool = False) -> UnreachableError:
        return NotSentError(f"{method} {url}: {message}", passing=passing, method=method, url=url)

    def no_answer(message: str, passing: bool = False) -> UnreachableError:
        return NoAnswerError(f"{method} {url}: {message}", passing=passing, method=method, url=url)

    has_not_connected = any(isinstance(part, urllib3.exceptions.NewConnectionError) for part in chain)
    if isinstance(error, exceptions.ProxyError):
        # urllib3 before 2 uses this for all errors with a proxy, including a lost answer.
        if has_not_connected or "Tunnel connection failed" in cause:
            return not_sent(
                f"the proxy did not let the request through ({cause}); check HTTP_PROXY, HTTPS_PROXY and NO_PROXY"
            )
        return no_answer(f"the connection through the proxy broke off before a response came ({cause})", passing=True)
    if isinstance(error, exceptions.SSLError):
        if "WRONG_VERSION_NUMBER" in cause or "record layer" in cause:
            return not_sent(f"{where} does not speak TLS: is airflow_url http:// rather than https://?")
        advice = next((text for mark, text in TLS_ADVICE.items() if mark in cause), "")
        failed = not_sent if "VERIFY_FAILED" in cause else no_answer
        return failed(f"the TLS connection to {where} failed: {cause}{advice}")
    if isinstance(error, exceptions.ConnectTimeout):
        return not_sent(f"{where} did not accept a connection within {settings.timeout:g} s (timeout)", passing=True)
    if isinstance(error, exceptions.Timeout):
        # gunicorn, the web server of Airflow 2, does not respond at all to TLS on its plain port.
        hint = (
            "" if answered or parts.scheme == "http" else ". Does it speak TLS at all, or must airflow_url be http://?"
        )
        return no_answer(f"no response within {settings.timeout:g} s (timeout){hint}", passing=not hint)
    if "getaddrinfo" in cause or "Name or service" in cause or "name resolution" in cause or "nodename" in cause:
        return not_sent(f"the host name {parts.hostname!r} of airflow_url is not known")
    if "Connection refused" in cause:
        return not_sent(
            f"nothing listens on {where} (connection refused): check that Airflow is running on this port", passing=True
        )
    if has_not_connected:
        return not_sent(f"no connection to {where}: {cause}", passing=True)
    if isinstance(error, exceptions.ConnectionError):
        return no_answer(f"the connection to {where} broke off before a response came ({cause})", passing=True)
    if isinstance(error, (urllib3.exceptions.HTTPError, exceptions.InvalidHeader)):
        return no_answer(f"the response cannot be read: {cause}")
    return not_sent(f"the request could not be made: {cause}")


def explain_body(error: Exception, response: Response, settings: Settings) -> RequestError:
    """Explain why the body of an answer is missing although its headers have arrived."""
    import urllib3

    if isinstance(error, UnusableError):
        return response.unusable(f"the response was not read: {error}")
    cause = _causes(error)[-1]
    if isinstance(cause, (socket.timeout, urllib3.exceptions.ReadTimeoutError)):
        why = f"no complete response within {settings.timeout:g} s (timeout)"
    else:
        why = f"the response (HTTP {response.status}) broke off: {str(cause) or type(cause).__name__}"
    return NoAnswerError(f"{response.method} {response.url}: {why}", passing=True, **response.facts())


def _causes(error: BaseException) -> list[BaseException]:
    """An exception with those inside it, down to the innermost explanation, without the objects around it."""
    chain = [error]
    while True:
        inner = error.args[-1] if error.args else None
        reason = getattr(inner, "reason", inner)
        deeper = reason if isinstance(reason, BaseException) else getattr(error, "reason", None)
        if not isinstance(deeper, BaseException) or deeper in chain:
            return chain
        error = deeper
        chain.append(error)
