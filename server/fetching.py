"""Fetching pictures from addresses in merchants' files: only from the public internet, and never more than a picture's worth.

A file may name any address, so none is trusted: names are resolved here, every address that a name has is looked at, and the
connection goes to the very address that was looked at. Redirects are followed by hand, each looked at again.
"""

import asyncio
import socket
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from types import TracebackType
from typing import Self

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from shop.pictures import MAX_FILE_BYTES

Address = IPv4Address | IPv6Address

FETCH_SECONDS = 30.0
"""How long one picture may take, with its redirects."""
CONNECT_SECONDS = 10.0
AT_ONCE = 4
MAX_REDIRECTS = 5
CHUNK_BYTES = 64 * 1024
REDIRECTS = frozenset({301, 302, 303, 307, 308})

# What is public by itself but leads to an IPv4 address that may not be (RFC 6052, RFC 8215).
_TRANSLATED = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))


class NotFetched(Exception):
    """A picture that was not fetched; the message is the reason, for people."""


def is_public(address: Address) -> bool:
    """Whether this is an address of the public internet: no loopback, private, link-local or reserved one, however written."""
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if inner is None and any(address in network for network in _TRANSLATED):
            inner = IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(inner)
    return address.is_global and not address.is_multicast


class Resolver(AbstractResolver):
    """Looks names up, and answers nothing for one that has any address where we may not go."""

    def __init__(self, may: Callable[[Address], bool]) -> None:
        self._may = may

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, family=family, type=socket.SOCK_STREAM)
        hosts = [(kind, str(where[0])) for kind, _, _, _, where in found]
        if not hosts or not all(self._may(ip_address(address.partition("%")[0])) for _, address in hosts):
            raise NotFetched(_NOT_PUBLIC)
        return [
            ResolveResult(hostname=host, host=address, port=port, family=kind, proto=0, flags=socket.AI_NUMERICHOST)
            for kind, address in hosts
        ]

    async def close(self) -> None:
        """There is nothing to close."""


class Fetcher:
    """Fetches pictures, a few at a time. `may` says where it may go; only tests let it go anywhere else."""

    def __init__(self, may: Callable[[Address], bool] = is_public, seconds: float = FETCH_SECONDS) -> None:
        self._may = may
        self._seconds = seconds
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(resolver=Resolver(self._may), use_dns_cache=False, limit=AT_ONCE),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS),
            headers={"Accept": "image/*", "Accept-Encoding": "identity", "User-Agent": "Shopwire"},
            # What was packed to be small on the way could be anything once it is unpacked.
            auto_decompress=False,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def get(self, address: str) -> bytes:
        """The bytes at this address, up to MAX_FILE_BYTES; raises NotFetched."""
        async with self._turns:
            try:
                async with asyncio.timeout(self._seconds):
                    return await self._follow(URL(address))
            except TimeoutError as late:
                raise NotFetched(f"it took longer than {self._seconds:g} s") from late
            except aiohttp.ClientError as failed:
                raise NotFetched(_reason(failed)) from failed
            except (OSError, ValueError) as failed:
                raise NotFetched("there is no such address") from failed

    async def _follow(self, url: URL) -> bytes:
        assert self._session is not None  # noqa: S101  it is entered before it fetches
        for _ in range(MAX_REDIRECTS + 1):
            self._look_at(url)
            async with self._session.get(url, allow_redirects=False) as answer:
                if answer.status not in REDIRECTS:
                    return await _body(answer)
                url = url.join(URL(answer.headers.get("Location", "")))
        raise NotFetched(f"it leads on more than {MAX_REDIRECTS} times")

    def _look_at(self, url: URL) -> None:
        """Refuses what is no address of the web, or names a place by its number where we may not go."""
        if url.scheme not in ("http", "https") or not url.host or url.user is not None:
            raise NotFetched("it is no address of the web")
        try:
            address = ip_address(url.host.strip("[]").partition("%")[0])
        except ValueError:
            return  # a name: it is looked at when it is resolved
        if not self._may(address):
            raise NotFetched(_NOT_PUBLIC)


async def _body(answer: aiohttp.ClientResponse) -> bytes:
    if answer.status != 200:  # noqa: PLR2004  RFC 9110
        raise NotFetched(f"the server answers {answer.status}")
    if (answer.content_length or 0) > MAX_FILE_BYTES:
        raise NotFetched(_TOO_LARGE)
    body = bytearray()
    async for chunk in answer.content.iter_chunked(CHUNK_BYTES):
        body += chunk
        if len(body) > MAX_FILE_BYTES:
            raise NotFetched(_TOO_LARGE)
    return bytes(body)


def _reason(failed: aiohttp.ClientError) -> str:
    if isinstance(failed, aiohttp.InvalidURL):
        return "it is no address of the web"
    if isinstance(failed, aiohttp.ClientConnectorCertificateError | aiohttp.ClientConnectorSSLError):
        return "its certificate is not valid"
    return "the server can't be reached, or hung up"


_NOT_PUBLIC = "it is not on the public internet"
_TOO_LARGE = f"it is larger than {MAX_FILE_BYTES // 2**20} MB"
