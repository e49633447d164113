"""Pictures are fetched from the public internet only, whatever the address says, and never more than a picture's worth."""

import asyncio
import socket
from collections.abc import AsyncIterator
from ipaddress import ip_address
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from server import fetching
from server.fetching import Address, Fetcher, NotFetched, is_public
from shop.pictures import MAX_FILE_BYTES
from tests.photographs import photograph

RAW = photograph()


def anywhere(_address: Address) -> bool:
    return True


@pytest.fixture
async def site() -> AsyncIterator[TestServer]:  # noqa: C901  a handler for each trap
    """A server of pictures, of which some are traps."""
    forever = asyncio.Event()

    async def good(_: web.Request) -> web.Response:
        return web.Response(body=RAW)

    async def missing(_: web.Request) -> web.Response:
        return web.Response(status=404)

    async def there(request: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": request.query["to"]})

    async def circle(_: web.Request) -> web.Response:
        return web.Response(status=307, headers={"Location": "/circle"})

    async def large(_: web.Request) -> web.Response:
        return web.Response(headers={"Content-Length": str(MAX_FILE_BYTES + 1)}, body=b"\0" * (MAX_FILE_BYTES + 1))

    async def endless(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        await answer.prepare(request)
        try:
            while True:
                await answer.write(b"\0" * 65536)
        except ConnectionError:
            return answer

    async def slow(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        await answer.prepare(request)
        await answer.write(b"half")
        await forever.wait()
        return answer

    app = web.Application()
    for handler in (good, missing, there, circle, large, endless, slow):
        app.router.add_get(f"/{handler.__name__}", handler)
    server = TestServer(app)
    await server.start_server()
    yield server
    forever.set()
    await server.close()


async def fetched(address: str, **how: Any) -> bytes:
    async with Fetcher(**{"may": anywhere} | how) as fetcher:
        return await fetcher.get(address)


async def refused(address: str, **how: Any) -> str:
    with pytest.raises(NotFetched) as refusal:
        await fetched(address, **how)
    return str(refusal.value)


async def test_a_picture_is_fetched_through_redirects(site: TestServer):
    assert await fetched(str(site.make_url("/good"))) == RAW
    assert await fetched(str(site.make_url("/there").with_query(to="/good"))) == RAW


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/missing", "answers 404"),
        ("/large", "larger than 12 MB"),
        ("/endless", "larger than 12 MB"),
        ("/there?to=ftp://example.com/x", "no address of the web"),
        ("/there?to=file:///etc/passwd", "no address of the web"),
        ("/there?to=http://user:word@127.0.0.1/", "no address of the web"),
    ],
)
async def test_what_is_no_picture_is_given_up(site: TestServer, path: str, reason: str):
    said = await refused(str(site.make_url("/")).rstrip("/") + path)
    assert reason in said


async def test_a_redirect_in_a_circle_ends(site: TestServer):
    assert "more than 5 times" in await refused(str(site.make_url("/circle")))


async def test_a_server_that_stops_half_way_is_given_up(site: TestServer):
    assert "longer than 0.2 s" in await refused(str(site.make_url("/slow")), seconds=0.2)


async def test_a_server_that_is_not_there_is_given_up():
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{closed.getsockname()[1]}/"
    assert "can't be reached" in await refused(address)
    assert await refused("http://nowhere.invalid/x.jpg")


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "10.0.0.8", "192.168.1.1", "169.254.169.254", "0.0.0.0",  # noqa: S104  nothing listens "[::1]", "[::]", "[fe80::1]",
     "[fd00::1]", "[::ffff:127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "2130706433", "0x7f.1", "127.1", "0177.0.0.1"],
)  # fmt: skip
async def test_nothing_inside_is_ever_asked(site: TestServer, host: str):
    """Loopback, private and link-local addresses, however they are written, and names that lead there."""
    said = await refused(f"http://{host}:{site.port}/good", may=is_public)
    assert "public internet" in said or "no address of the web" in said or "can't be reached" in said


async def test_a_redirect_from_outside_to_the_inside_is_not_followed(site: TestServer):
    """Stands for a public server that sends us to our own metadata service: the first address is let through, no other."""
    allowed = [True]

    def first_only(_address: Address) -> bool:
        return allowed.pop() if allowed else False

    address = site.make_url("/there").with_query(to=str(site.make_url("/good")))
    assert "public internet" in await refused(str(address), may=first_only)


async def test_a_name_with_one_inner_address_among_its_own_is_refused(monkeypatch: pytest.MonkeyPatch):
    """A name that answers differently each time (DNS rebinding) gains nothing: the address that was looked at is the one."""
    loop = asyncio.get_running_loop()
    asked: list[str] = []

    async def both(host: str, *_: Any, **__: Any) -> list[Any]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, 80)) for ip in ("93.184.216.34", "127.0.0.1")]

    monkeypatch.setattr(loop, "getaddrinfo", both)
    assert "public internet" in await refused("http://pictures.example/x.jpg", may=is_public)
    assert asked == ["pictures.example"]
    found = await fetching.Resolver(anywhere).resolve("pictures.example", 80)
    assert [result["host"] for result in found] == ["93.184.216.34", "127.0.0.1"]


def test_public_addresses_are_public():
    assert all(is_public(ip_address(text)) for text in ("93.184.216.34", "2606:2800:220:1::1", "64:ff9b::5db8:d822"))
    assert not any(is_public(ip_address(text)) for text in ("224.0.0.1", "100.64.0.1", "192.0.2.1", "255.255.255.255"))
