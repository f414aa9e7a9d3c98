# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a connection URI cannot be read, in words that hold nothing of it."""

from __future__ import annotations

import re
from unicodedata import normalize


def why_unreadable(uri: str, host_may_have_scheme: bool) -> str:
    """Why a URI cannot be read, and what to do, without a word of it.

    :param host_may_have_scheme: ``http://https://host`` can be read.
    """
    _scheme, _separator, rest = uri.partition("://")
    separators = uri.count("://")
    if host_may_have_scheme and separators > 2:
        return (
            f"it contains more than one ://, {separators} of them. A second one is for a host with a scheme; any "
            "other has to be percent-encoded, as %3A%2F%2F"
        )
    if host_may_have_scheme and separators == 2:
        return (
            "it contains more than one ://, which is for a host with a scheme, and a : or @ stands between them. In "
            "a password or a parameter :// has to be percent-encoded, as %3A%2F%2F. Airflow itself writes such URIs "
            "for connections whose host is an address (jdbc, spark), and cannot read them: export them as JSON, or "
            "give their parts"
        )
    place = re.split("[/?#]", rest, maxsplit=1)[0]
    before, ended_by, after = place, rest[len(place) : len(place) + 1], rest[len(place) + 1 :]
    if "[" in before or "]" in before:
        return "it holds a [ or ] that is not around an IPv6 address: percent-encode it, as %5B and %5D"
    if not before.isascii() and not _is_plain(before):
        return (
            "its host, login or password holds a character that Unicode takes for one of / ? # @ : as well: "
            "percent-encode it"
        )
    port = before.rpartition("@")[2].partition(":")[2]
    if "," in port:
        return "it names several hosts: percent-encode what follows the first one, a : as %3A and a , as %2C"
    if "@" in after:
        return (
            f"the port is not a number. As an @ follows later, a {ended_by} of the login or password seems not to be "
            f"percent-encoded: write it as %{ord(ended_by):02X}"
        )
    if port.isascii() and port.isdecimal():
        return "the port is over 65535"
    return (
        "the port is not a number. It may be a part of the password: an @ before the host is missing, or a / ? # : "
        "or @ of the password is not percent-encoded"
    )


def _is_plain(text: str) -> bool:
    """Whether a text keeps its signs in the form in which Unicode compares texts."""
    return not set("/?#@:") & set(normalize("NFKC", re.sub("[/?#@:]", "", text)))
