"""The door: who gets in, and what closes a connection with which code."""

import json
from contextlib import suppress
from dataclasses import replace

import pytest
from aiohttp import WSMsgType, WSServerHandshakeError

from live.protocol import MAX_FRAME_BYTES, SUBPROTOCOL
from tests.live.house import QUICK, Opened, Socket


async def test_hello_says_who_the_server_takes_us_for(opened: Opened) -> None:
    house = await opened()
    socket = await house.connect("owner")
    assert socket.heard == [
        {
            "id": 1,
            "ok": {
                "epoch": "epoch-1",
                "viewer": "owner",
                "ping_ms": 25_000,
                "limits": {"frame_bytes": 16_384, "topics": 256, "messages_per_second": 20, "message_burst": 40},
            },
        }
    ]
    assert "Sec-WebSocket-Extensions" not in socket.ws._response.headers


async def test_without_hello_the_socket_closes(opened: Opened) -> None:
    house = await opened(timing=replace(QUICK, hello_seconds=0.05))
    socket = await house.connect(hello=False)
    assert await socket.until_closed() == 4408


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1", "file://"])
async def test_another_site_is_refused_before_the_handshake(opened: Opened, origin: str) -> None:
    house = await opened()
    async with house.client.get(
        "/live", headers={"Origin": origin, "Upgrade": "websocket", "Connection": "Upgrade"}
    ) as response:
        assert response.status == 403
        assert response.content_type == "application/problem+json"
        assert (await response.json(content_type=None))["code"] == "foreign_origin"


async def test_the_shops_own_pages_and_configured_ones_come_in(opened: Opened) -> None:
    house = await opened(allowed_origins=frozenset({"https://screens.example"}))
    own = str(house.client.make_url("")).rstrip("/")
    for origin in (own, "https://screens.example"):
        await house.connect(Origin=origin)


async def test_a_plain_request_is_told_to_upgrade(opened: Opened) -> None:
    house = await opened()
    async with house.client.get("/live") as response:
        assert response.status == 426
        assert response.headers["Upgrade"] == "websocket"


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("offered", [(), ("chat",)])
async def test_another_subprotocol_is_closed(opened: Opened, offered: tuple[str, ...]) -> None:
    house = await opened()
    ws = await house.client.ws_connect("/live", protocols=offered)
    assert await Socket(ws).until_closed() == 4406


async def test_connections_are_limited_by_address(opened: Opened) -> None:
    house = await opened(max_connections_per_address=2)
    first = await house.connect()
    await house.connect()
    with pytest.raises(WSServerHandshakeError) as refused:
        await house.connect()
    assert refused.value.status == 503
    assert refused.value.headers is not None
    assert refused.value.headers["Retry-After"] == "5"
    await first.ws.close()
    await house.connect()


async def test_a_binary_frame_closes_the_socket(opened: Opened) -> None:
    house = await opened()
    socket = await house.connect()
    await socket.ws.send_bytes(b"{}")
    assert await socket.until_closed() == 4400


async def test_a_frame_may_be_as_long_as_the_limit_and_no_longer(opened: Opened) -> None:
    house = await opened()
    socket = await house.connect()
    fits = json.dumps({"id": 5, "op": "buy"})
    await socket.ws.send_str(fits + " " * (MAX_FRAME_BYTES - len(fits)))
    assert (await socket.next())["err"]["code"] == "unknown_op"
    await socket.ws.send_str(fits + " " * (MAX_FRAME_BYTES - len(fits) + 1))
    assert await socket.until_closed() == 1009


async def test_a_few_bad_frames_are_answered_then_the_socket_closes(opened: Opened) -> None:
    house = await opened()
    socket = await house.connect()
    for frame in ("{", '{"id":7,"op":"buy"}', '{"id":8,"op":"suggest","q":"a","x":1}', "[]"):
        await socket.ws.send_str(frame)
    assert await socket.until_closed() == 4400
    refusals = socket.heard[1:]
    assert [refusal["id"] for refusal in refusals] == [None, 7, 8, None]
    assert [refusal["err"]["code"] for refusal in refusals] == [
        "not_json", "unknown_op", "invalid_frame", "invalid_frame",
    ]  # fmt: skip


async def test_nothing_is_served_before_hello(opened: Opened) -> None:
    house = await opened()
    socket = await house.connect(hello=False)
    await socket.say(id=2, op="sub", topics={"stock/a": None})
    assert (await socket.next())["err"]["code"] == "hello_first"


async def test_a_flood_is_refused_first_and_closed_then(opened: Opened) -> None:
    house = await opened()
    socket = await house.connect()
    with suppress(ConnectionError):
        for number in range(200):
            await socket.say(id=number, op="unsub", topics=["stock/a"])
    assert await socket.until_closed() == 4429
    refused = [message for message in socket.heard if "err" in message]
    assert refused[0]["err"]["code"] == "too_many_requests"
    assert refused[0]["err"]["retry_ms"] > 0


async def test_a_protocol_ping_is_answered_and_pings_can_flood_too(opened: Opened) -> None:
    house = await opened()
    socket = await house.connect()
    ws = await house.client.ws_connect("/live", protocols=(SUBPROTOCOL,), autoping=False)
    await ws.ping(b"hello")
    pong = await ws.receive(timeout=5)
    assert (pong.type, bytes(pong.data)) == (WSMsgType.PONG, b"hello")
    with suppress(ConnectionError):
        for _ in range(200):
            await socket.ws.ping()
    assert await socket.until_closed() == 4429
