"""Doors: one guest's HTTP, with a cookie jar of their own. Each answer is timed and held to what is documented for its step."""

from typing import Any

import aiohttp
import msgspec
from msgspec import Struct

from bench.client.record import Record, Unexpected, now
from bench.client.steps import Step

ANSWER_SECONDS = 30.0
CONNECT_SECONDS = 20.0
SHOWN_CHARACTERS = 160
REFUSED = 400


class Answer(Struct, frozen=True):
    """`location` is where a redirect leads, "" without one; `at` when the answer was there, by the client's clock."""

    outcome: str
    body: bytes
    location: str
    at: float

    def json(self) -> Any:
        return msgspec.json.decode(self.body)


class _Problem(Struct):
    code: str = ""


class Doors:
    """One guest. `url` is the shop, without a slash at the end; `token` its load token, "" for none."""

    def __init__(self, url: str, token: str, record: Record, connector: aiohttp.BaseConnector) -> None:
        self.url = url
        self.record = record
        self.shop_headers = {"X-Load-Token": token} if token else {}
        self._jar = aiohttp.CookieJar(unsafe=True)
        self.session = aiohttp.ClientSession(
            connector=connector,
            connector_owner=False,
            cookie_jar=self._jar,
            timeout=aiohttp.ClientTimeout(total=ANSWER_SECONDS, sock_connect=CONNECT_SECONDS),
        )

    def forget(self) -> None:
        """From now on this is somebody else: another guest without a session."""
        self._jar.clear()

    async def close(self) -> None:
        await self.session.close()

    async def shop(self, step: Step, method: str, path: str, **more: Any) -> Answer:
        """Asks the shop; raises Unexpected for what is not documented for the step."""
        headers = self.shop_headers | more.pop("headers", {})
        return await self.ask(step, method, self.url + path, headers=headers, **more)

    async def ask(self, step: Step, method: str, url: str, **more: Any) -> Answer:
        """Asks whoever is at the address, following no redirect."""
        started = now()
        try:
            async with self.session.request(method, url, allow_redirects=False, **more) as response:
                body = await response.read()
        except (aiohttp.ClientError, OSError, TimeoutError) as silence:
            self.record.answer(step.name, "none")
            raise Unexpected(f"{step.name}: no answer ({type(silence).__name__})") from silence
        answer = Answer(_outcome(response, body), body, response.headers.get("Location", ""), now())
        self.record.answer(step.name, answer.outcome)
        if answer.outcome not in step.fine:
            raise Unexpected(f"{step.name}: {answer.outcome}, which is not documented for it{_words(response, body)}")
        self.record.wait(step.kind, answer.at - started)
        return answer


def _outcome(response: aiohttp.ClientResponse, body: bytes) -> str:
    if response.status < REFUSED or response.content_type != "application/problem+json":
        return str(response.status)
    try:
        return f"{response.status} {msgspec.json.decode(body, type=_Problem).code}".rstrip()
    except msgspec.DecodeError:
        return str(response.status)


def _words(response: aiohttp.ClientResponse, body: bytes) -> str:
    """The beginning of what a machine was told, for the report; pages are too long for it."""
    if response.content_type == "text/html" or not body:
        return ""
    return ": " + body[:SHOWN_CHARACTERS].decode(errors="replace")
