"""Limits count by the shopper's address: a trusted proxy's word is believed, nobody else's."""

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from handlers.callers import TRUSTED_PROXIES, address, networks


def asked(peer: str, forwarded: str | None, *proxies: str) -> str:
    app = web.Application()
    app[TRUSTED_PROXIES] = networks(proxies)
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    request = make_mocked_request("GET", "/", headers=headers, app=app)
    return address(request.clone(remote=peer))


def test_without_proxies_the_peer_is_the_caller_whatever_it_claims():
    assert asked("198.51.100.7", "203.0.113.9") == "198.51.100.7"


def test_a_trusted_proxy_tells_who_the_caller_is():
    assert asked("10.0.0.1", "203.0.113.9", "10.0.0.0/8") == "203.0.113.9"


def test_what_the_caller_wrote_before_the_proxies_means_nothing():
    assert asked("10.0.0.1", "1.1.1.1, 203.0.113.9, 10.0.0.2", "10.0.0.0/8") == "203.0.113.9"


def test_a_peer_that_is_no_proxy_is_not_believed():
    assert asked("198.51.100.7", "203.0.113.9", "10.0.0.0/8") == "198.51.100.7"


@pytest.mark.parametrize("told", ["", "nonsense", ",,", "10.0.0.3"])
def test_nonsense_from_a_proxy_is_one_caller(told: str):
    assert asked("10.0.0.1", told, "10.0.0.0/8") in ("10.0.0.1", "10.0.0.3", "unknown")


def test_an_ipv6_caller_counts_by_its_network():
    one, other = asked("2001:db8::1", None), asked("2001:db8::ffff", None)
    assert one == other == "2001:db8::/64"
    assert asked("::ffff:198.51.100.7", None) == "198.51.100.7"
