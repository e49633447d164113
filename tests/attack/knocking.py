"""Ways to knock at the shop that no browser has: odd bytes, odd headers, half a request."""

import asyncio
import secrets
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import orjson
from yarl import URL

from tests.house import House

PASSWORD = "a few good words"
ANSWER_SECONDS = 20.0


@dataclass
class Answer:
    """What came back, with the body as text."""

    status: int
    headers: Any
    text: str

    @property
    def problem(self) -> dict[str, Any]:
        """The problem object of a refusal."""
        assert self.headers["Content-Type"].startswith("application/problem+json"), self.text[:300]
        found: dict[str, Any] = orjson.loads(self.text)
        assert found["status"] == self.status
        return found

    @property
    def refusal(self) -> tuple[int, str]:
        """The status and the code of a refusal."""
        return self.status, str(self.problem["code"])


class Knocker:
    """Somebody with a cookie jar of their own."""

    def __init__(self, house: House, session: aiohttp.ClientSession) -> None:
        self.house = house
        self.session = session

    async def ask(self, method: str, path: str, **more: Any) -> Answer:
        """The answer, without following anything. `path` goes out as it is spelled."""
        url = URL(self.house.url + path, encoded=True)
        async with self.session.request(method, url, allow_redirects=False, **more) as response:
            return Answer(response.status, response.headers, await response.text(errors="replace"))

    async def get(self, path: str, **more: Any) -> Answer:
        return await self.ask("GET", path, **more)

    async def post(self, path: str, **more: Any) -> Answer:
        return await self.ask("POST", path, **more)

    async def variant(self, slug: str = "harbour-mug") -> str:
        """The id of a product's first variant."""
        found: str = orjson.loads((await self.get(f"/api/v1/products/{slug}")).text)["variants"][0]["id"]
        return found

    @property
    def secret(self) -> str:
        """The session's secret, as it stands in the cookie; "" without one."""
        return next((cookie.value for cookie in self.session.cookie_jar if cookie.key == "session"), "")


async def registered(knocker: Knocker) -> Knocker:
    """The same, with an account and logged in."""
    new = {"name": "Noor", "email": f"{secrets.token_hex(6)}@example.com", "password": PASSWORD}
    answer = await knocker.post("/api/v1/customers", json=new)
    assert answer.status == 201, answer.text
    return knocker


async def raw(house: House, sent: bytes, until: bytes = b"") -> bytes:
    """What the shop answers to these very bytes, up to some of its own or until it closes the connection."""
    parts = urlsplit(house.url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    try:
        writer.write(sent)
        await writer.drain()
        async with asyncio.timeout(ANSWER_SECONDS):
            return await (reader.readuntil(until) if until else reader.read())
    except ConnectionResetError:
        return b""
    finally:
        writer.close()


def request_bytes(target: bytes, *headers: bytes, method: bytes = b"GET") -> bytes:
    """A request, byte for byte, after which the connection ends."""
    lines = [method + b" " + target + b" HTTP/1.1", b"Host: localhost", b"Connection: close", *headers]
    return b"\r\n".join(lines) + b"\r\n\r\n"


def status_of(answered: bytes) -> int:
    """The status of a raw answer; 0 when there was none."""
    return int(answered.split(b" ", 2)[1]) if answered.startswith(b"HTTP/1.") else 0
