"""Whether a request comes from this machine itself, with nothing in between."""

from __future__ import annotations

import re
from ipaddress import ip_address

from starlette.requests import Request

_PASSED_ON = frozenset(
    {
        *("forwarded", "via", "x-real-ip", "x-client-ip", "x-cluster-client-ip"),
        *("x-original-forwarded-for", "x-envoy-external-address", "true-client-ip"),
        *("cf-connecting-ip", "fastly-client-ip", "fly-client-ip"),
    }
)
"""Headers of proxies, beside those that begin with ``X-Forwarded``."""

_HOST = re.compile(r"(?:\[(?P<v6>[0-9a-fA-F:.]+)\]|(?P<name>[^:@\[\]]+))(?::[0-9]{1,5})?")


def is_loopback(host: str) -> bool:
    """Whether an address or a name means this machine alone.

    >>> is_loopback("127.0.0.1"), is_loopback("::1"), is_loopback("LocalHost")
    (True, True, True)
    >>> is_loopback("0.0.0.0"), is_loopback("localhost.example"), is_loopback("")
    (False, False, False)
    """
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def is_direct(request: Request) -> bool:
    """Whether somebody on this machine asks it by its own name, and not through a proxy.

    The name is looked at because a page of another site can have a browser on this machine ask
    for an address that its name server moved here (DNS rebinding): the Host is then that site's.
    A proxy on this machine that says neither who asked nor that it is one can't be told from a
    person; with one, serve with ``--keys``.
    """
    named = request.headers.getlist("host")
    return (
        request.client is not None
        and is_loopback(request.client.host)
        and bool(named)
        and all(is_loopback(_without_port(each)) for each in named)
        and not any(map(_is_of_a_proxy, request.headers))
    )


def _is_of_a_proxy(header: str) -> bool:
    return header.startswith("x-forwarded") or header in _PASSED_ON


def _without_port(host: str) -> str:
    """Take the name from a Host header; "" if it is none.

    >>> [_without_port(each) for each in ("localhost:3000", "[::1]:80", "::1", "a:b", "a@b:1")]
    ['localhost', '::1', '', '', '']
    """
    found = _HOST.fullmatch(host)
    return (found["v6"] or found["name"]) if found else ""
