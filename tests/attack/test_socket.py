"""Bad manners on /live: each gets its refusal or its close code, and the others go on."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest

from live.protocol import MAX_FRAME_BYTES, SUBPROTOCOL
from live.timing import Timing
from tests.attack.knocking import Knocker, raw, registered, request_bytes, status_of
from tests.house import House, open_house
from tests.proof.listener import listening

pytestmark = pytest.mark.asyncio(loop_scope="module")

ANSWER_SECONDS = 20.0


class Socket:
    """A socket that says whatever a test wants."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket

    async def say(self, message: str | bytes | dict[str, Any]) -> None:
        await self.socket.send_str(message if isinstance(message, str) else orjson.dumps(message).decode())

    async def next(self) -> dict[str, Any]:
        found: dict[str, Any] = orjson.loads(await self.socket.receive_str(timeout=ANSWER_SECONDS))
        return found

    async def closed(self) -> int:
        """Reads on until the server has closed; answers its code, 1006 when it just hung up."""
        while True:
            message = await self.socket.receive(timeout=ANSWER_SECONDS)
            if message.type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR):
                return self.socket.close_code or 1006


@asynccontextmanager
async def connected(
    knocker: Knocker, *, hello: bool = True, protocol: str = SUBPROTOCOL, origin: str | None = None
) -> AsyncIterator[Socket]:
    async with knocker.session.ws_connect("/live", protocols=(protocol,), origin=origin, max_msg_size=0) as opened:
        socket = Socket(opened)
        if hello:
            await socket.say({"id": 1, "op": "hello"})
            assert (await socket.next())["ok"]["epoch"]
        yield socket


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "http://localhost", "http://localhost:1", "null", "", "http://[", "http://localhost.a"],
)
async def test_a_page_of_another_site_is_kept_out(guest: Knocker, origin: str):
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        async with connected(guest, origin=origin):
            pass
    assert refused.value.status == 403


async def test_our_own_page_comes_in(shop: House, guest: Knocker):
    async with connected(guest, origin=shop.url):
        pass


async def test_what_is_no_websocket_is_told_so(shop: House, guest: Knocker):
    assert (await guest.get("/live")).refusal == (426, "upgrade_required")
    for headers in ((b"Upgrade: websocket",), (b"Upgrade: websocket", b"Connection: Upgrade"), (b"Upgrade: h2c",)):
        assert status_of(await raw(shop, request_bytes(b"/live", *headers))) in (400, 426)


async def test_another_protocol_is_closed(guest: Knocker):
    async with connected(guest, hello=False, protocol="graphql-ws") as socket:
        assert await socket.closed() == 4406


BAD = {
    "no JSON": ("{", "not_json"),
    "nothing": ("", "not_json"),
    "too deep": ("[" * 10_000, "invalid_frame"),
    "a list": ("[]", "invalid_frame"),
    "no such op": ('{"id":2,"op":"buy"}', "unknown_op"),
    "no op": ('{"id":2}', "invalid_frame"),
    "an unknown field": ('{"id":2,"op":"suggest","q":"a","x":1}', "invalid_frame"),
    "a negative id": ('{"id":-1,"op":"suggest","q":"a"}', "invalid_frame"),
    "a huge id": ('{"id":9007199254740992,"op":"suggest","q":"a"}', "invalid_frame"),
    "a fractional id": ('{"id":1.5,"op":"suggest","q":"a"}', "invalid_frame"),
    "no topics": ('{"id":2,"op":"sub","topics":{}}', "invalid_frame"),
    "a negative version": ('{"id":2,"op":"sub","topics":{"stock/a":-1}}', "invalid_frame"),
    "a long name": ('{"id":2,"op":"sub","topics":{"' + "a" * 161 + '":null}}', "invalid_frame"),
    "a long question": ('{"id":2,"op":"suggest","q":"' + "a" * 201 + '"}', "invalid_frame"),
    "a second hello": ('{"id":2,"op":"hello"}', "hello_twice"),
}


@pytest.mark.parametrize(("frame", "code"), BAD.values(), ids=BAD)
async def test_a_bad_frame_is_answered_and_the_fourth_closes(guest: Knocker, frame: str, code: str):
    async with connected(guest) as socket:
        for _ in range(3):
            await socket.say(frame)
            assert (await socket.next())["err"]["code"] == code
        await socket.say(frame)
        assert await socket.closed() == 4400


async def test_nothing_is_served_before_hello(guest: Knocker):
    async with connected(guest, hello=False) as socket:
        await socket.say({"id": 7, "op": "suggest", "q": "mug"})
        assert (await socket.next())["err"]["code"] == "hello_first"


async def test_binary_is_closed(guest: Knocker):
    async with connected(guest) as socket:
        await socket.socket.send_bytes(b"{}")
        assert await socket.closed() == 4400


async def test_a_frame_that_is_too_long_is_closed(guest: Knocker):
    async with connected(guest) as socket:
        await socket.say("x" * (MAX_FRAME_BYTES + 1))
        assert await socket.closed() in (1009, 1006)
    async with connected(guest) as socket:
        longest = '{"id":2,"op":"suggest","q":"a"}'
        await socket.say(longest + " " * (MAX_FRAME_BYTES - len(longest)))
        assert "ok" in await socket.next()


async def test_more_topics_than_allowed_are_refused(guest: Knocker):
    async with connected(guest) as socket:
        await socket.say({"id": 2, "op": "sub", "topics": {f"stock/{n}": None for n in range(256)}})
        await socket.say({"id": 3, "op": "sub", "topics": {"stock/more": None}})
        while (frame := await socket.next()).get("id") != 3:
            pass
        assert frame["ok"]["refused"] == {"stock/more": "too_many_topics"}


async def test_topics_that_are_spelled_oddly_are_unknown(guest: Knocker):
    names = ["stock/", "stock/a/b", "stock/../me/cart", "me/cart/", "cart/x", "order/K7QM2X4D", "dashboard/", "\0", "*"]
    async with connected(guest) as socket:
        await socket.say({"id": 2, "op": "sub", "topics": dict.fromkeys(names)})
        assert (await socket.next())["ok"]["refused"] == dict.fromkeys(names, "unknown_topic")


async def test_trying_out_order_numbers_is_closed(guest: Knocker):
    async with connected(guest) as socket:
        await socket.say({"id": 2, "op": "sub", "topics": {f"me/orders/{n:08}": None for n in range(33)}})
        assert await socket.closed() == 4403


@pytest.mark.parametrize("kind", ["messages", "pings"])
async def test_flooding_is_closed_and_the_others_go_on(guest: Knocker, kind: str):
    async with connected(guest) as calm, connected(guest) as socket:
        for turn in range(200):
            try:
                if kind == "pings":
                    await socket.socket.ping()
                else:
                    await socket.say({"id": turn, "op": "suggest", "q": "m"})
            except (ConnectionError, aiohttp.ClientError):
                break
        assert await socket.closed() == 4429
        await calm.say({"id": 9, "op": "suggest", "q": "mug"})
        assert "ok" in await calm.next()


async def test_beyond_the_pace_the_answer_says_when_to_come_again(guest: Knocker):
    async with connected(guest) as socket:
        for turn in range(60):
            await socket.say({"id": turn, "op": "unsub", "topics": ["stock/a"]})
        answers = [await socket.next() for _ in range(60)]
        refused = [answer["err"] for answer in answers if "err" in answer]
        assert refused
        assert {err["code"] for err in refused} == {"too_many_requests"}
        assert all(err["retry_ms"] > 0 for err in refused)


async def test_who_says_nothing_is_sent_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("server.app.Timing", partial(Timing, hello_seconds=0.2, sweep_seconds=0.05))
    async with open_house(tmp_path, max_sockets_per_address=2) as house, house.client() as session:
        knocker = Knocker(house, session)
        async with connected(knocker, hello=False) as socket:
            assert await socket.closed() == 4408
        async with connected(knocker), connected(knocker):
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                async with connected(knocker):
                    pass
            assert refused.value.status == 503
            assert refused.value.headers is not None
            assert int(refused.value.headers["Retry-After"]) >= 1


async def test_logging_out_closes_the_sockets_of_that_session_only(guest: Knocker, customer: Knocker):
    await registered(guest)
    async with connected(guest) as mine, connected(customer) as theirs:
        await guest.post("/logout")
        assert await mine.closed() == 4401
        await theirs.say({"id": 9, "op": "suggest", "q": "mug"})
        assert "ok" in await theirs.next()


async def test_a_login_in_another_tab_closes_the_sockets_of_the_old_session(guest: Knocker):
    await guest.post("/api/v1/cart/lines", json={"variant": await guest.variant(), "quantity": 1})
    async with connected(guest) as before:
        await registered(guest)
        assert await before.closed() == 4401


async def test_a_stolen_viewer_tag_opens_nothing(guest: Knocker, customer: Knocker):
    await customer.post("/api/v1/cart/lines", json={"variant": await customer.variant(), "quantity": 3})
    async with listening(customer.session, "me/cart") as theirs:
        tag, epoch = theirs.welcome["viewer"], theirs.welcome["epoch"]
    async with connected(guest, hello=False) as thief:
        await thief.say({"id": 1, "op": "hello", "epoch": epoch, "viewer": tag})
        assert (await thief.next())["ok"]["viewer"] is None
        await thief.say({"id": 2, "op": "sub", "topics": {"me/cart": None}})
        assert (await thief.next())["ok"]["refused"] == {}
        assert await thief.next() == {"op": "gone", "t": "me/cart"}
