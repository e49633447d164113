"""Where a request comes from: the peer's address, or what a trusted proxy in front says of it."""

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from aiohttp import web

Networks = Sequence[IPv4Network | IPv6Network]

TRUSTED_PROXIES: web.AppKey[Networks] = web.AppKey("trusted_proxies", Sequence)
"""The networks of proxies whose X-Forwarded-For is believed; none unless it is set."""

IPV6_PREFIX = 64
"""Whoever has one IPv6 address has the network of this length, so limits count by it."""


def address(request: web.Request) -> str:
    """The caller's address, for limits: an IPv4 address or an IPv6 network.

    X-Forwarded-For is read from its end, where our own proxies wrote: the first address that is not a trusted proxy is the
    caller. What stands before it was written by the caller and means nothing.
    """
    caller = request.remote or "unknown"
    proxies = request.app.get(TRUSTED_PROXIES, ())
    if proxies:
        told = ",".join(request.headers.getall("X-Forwarded-For", ())).split(",")
        while told and _within(caller, proxies) and (before := told.pop().strip()):
            caller = before
    return _counted(caller)


def networks(texts: Sequence[str]) -> Networks:
    """The networks in a setting, such as 127.0.0.1 or 10.0.0.0/8; raises ValueError."""
    return tuple(ip_network(text) for text in texts)


def _within(caller: str, proxies: Networks) -> bool:
    try:
        found = ip_address(caller)
    except ValueError:
        return False
    return any(found in network for network in proxies)


@lru_cache(maxsize=4_096)
def _counted(caller: str) -> str:
    try:
        found = ip_address(caller)
    except ValueError:
        return "unknown"
    if isinstance(found, IPv6Address):
        return str(found.ipv4_mapped or IPv6Network((found, IPV6_PREFIX), strict=False))
    return str(found)
