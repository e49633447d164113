"""Conversations on real sockets: topics, resumption, suggestions, the end of a session, stalls and drains."""

import asyncio
from dataclasses import replace

import pytest
from aiohttp import ClientSession, WSServerHandshakeError

from tests.house import until
from tests.live.house import ORDERS, QUICK, Opened
from tests.proof.listener import Cut, listening


async def test_foreign_topics_are_refused_and_the_rest_is_served(opened: Opened) -> None:
    house = await opened()
    house.shop.put("stock/a", {"plenty": True})
    socket = await house.connect("owner")
    names = ["stock/a", "me/orders/ZZZZ0000", ORDERS, "warehouse"]
    await socket.say(id=2, op="sub", topics=dict.fromkeys(names))
    assert (await socket.next())["ok"]["refused"] == {
        "me/orders/ZZZZ0000": "forbidden",
        ORDERS: "forbidden",
        "warehouse": "unknown_topic",
    }
    assert (await socket.next())["t"] == "stock/a"


async def test_probing_for_others_orders_ends_the_connection(opened: Opened) -> None:
    house = await opened()
    socket = await house.connect()
    await socket.say(id=2, op="sub", topics={f"me/orders/{number}": None for number in range(40)})
    assert await socket.until_closed() == 4403


async def test_more_topics_than_allowed_are_refused(opened: Opened) -> None:
    house = await opened()
    socket = await house.connect()
    await socket.say(id=2, op="sub", topics={f"stock/{number}": None for number in range(256)})
    assert (await socket.next())["ok"]["refused"] == {}
    await socket.say(id=3, op="sub", topics={"stock/more": None, "stock/1": None})
    while (message := await socket.next()).get("id") != 3:
        assert message["op"] == "gone"
    assert message["ok"]["refused"] == {"stock/more": "too_many_topics"}


async def test_a_reconnecting_client_hears_only_what_it_missed(opened: Opened) -> None:
    house = await opened()
    for key in ("stock/a", "stock/b"):
        house.shop.put(key, {"left": 5})
    first = await house.connect()
    await first.watch(stock__a=None, stock__b=None)
    seen = {message["t"]: message["v"] for message in [await first.next(), await first.next()]}
    await first.ws.close()
    house.hub.publish([house.shop.put("stock/b", {"left": 4})])
    second = await house.connect()
    await second.say(id=2, op="sub", topics=seen)
    await second.next()
    assert await second.next() == {"op": "state", "t": "stock/b", "v": 3, "d": {"left": 4}}
    house.hub.publish([house.shop.put("stock/a", {"left": 1})])
    assert await second.next() == {"op": "state", "t": "stock/a", "v": 4, "d": {"left": 1}}


async def test_a_version_that_a_newcomer_reads_before_it_is_published_reaches_everybody(opened: Opened) -> None:
    house = await opened()
    house.shop.put("stock/a", {"left": 5})
    first, second = await house.connect(), await house.connect()
    await first.watch(stock__a=None)
    await first.next()
    committed = house.shop.put("stock/a", {"left": 4})
    await second.watch(stock__a=None)
    assert (await second.next())["d"] == {"left": 4}
    house.hub.publish([committed])
    assert await first.next() == {"op": "state", "t": "stock/a", "v": 2, "d": {"left": 4}}


@pytest.mark.parametrize("before", [{"epoch": "older", "viewer": None}, {"epoch": "epoch-1", "viewer": "another"}])
async def test_versions_of_another_database_or_session_count_for_nothing(
    opened: Opened, before: dict[str, str | None]
) -> None:
    house = await opened()
    house.shop.put("stock/a", {"left": 5})
    socket = await house.connect(hello=False)
    await socket.say(id=1, op="hello", **before)
    await socket.say(id=2, op="sub", topics={"stock/a": 99})
    assert [await socket.next() for _ in range(3)][-1]["v"] == 1


async def test_a_feed_goes_on_where_the_client_left(opened: Opened) -> None:
    house = await opened()
    for number in range(3):
        house.shop.happen(ORDERS, number)
    socket = await house.connect("staff")
    await socket.watch(dashboard__orders=1)
    house.hub.publish([house.shop.happen(ORDERS, 3)])
    events = [await socket.next() for _ in range(3)]
    assert [(event["prev"], event["seq"], event["d"]) for event in events] == [(1, 2, 1), (2, 3, 2), (3, 4, 3)]


async def test_the_latest_suggestion_wins(opened: Opened) -> None:
    house = await opened()
    socket = await house.connect()
    for number, q in enumerate(("s", "sh", "shi"), 10):
        await socket.say(id=number, op="suggest", q=q)
    while (answer := await socket.next())["id"] != 12:
        assert answer["id"] in {10, 11}
    assert answer["ok"] == {"q": "shi"}


async def test_a_suggestion_that_fails_is_an_answer_too(opened: Opened) -> None:
    house = await opened()
    socket = await house.connect()
    await socket.say(id=4, op="suggest", q="forbidden")
    assert (await socket.next())["err"]["code"] == "invalid_fields"
    await socket.say(id=5, op="suggest", q="broken")
    assert (await socket.next())["err"]["status"] == 503


async def test_an_ended_session_closes_its_sockets_only(opened: Opened) -> None:
    house = await opened()
    mine, stranger = await house.connect("owner"), await house.connect()
    house.hub.end_session("owner")
    assert await mine.until_closed() == 4401
    await stranger.say(id=9, op="suggest", q="still here")
    assert (await stranger.next())["id"] == 9


async def test_silence_is_pinged_and_a_client_without_an_answer_is_cut(opened: Opened) -> None:
    house = await opened(timing=replace(QUICK, ping_seconds=0.05, ping_jitter_seconds=0.01, dead_seconds=0.3))
    socket = await house.connect()
    assert await socket.next() == {"op": "ping"}
    await socket.say(op="pong")
    assert await socket.until_closed() == 1006
    assert socket.heard.count({"op": "ping"}) >= 2


async def test_who_answers_pings_hears_what_happens_long_after(opened: Opened) -> None:
    """The proofs' own listener: one that stayed silent was cut in the middle of a long sale, and showed old stock."""
    house = await opened(timing=replace(QUICK, ping_seconds=0.05, ping_jitter_seconds=0.01, dead_seconds=0.3))
    house.shop.put("stock/a", {"left": 2, "held": 0})
    async with ClientSession(house.client.make_url("/")) as session, listening(session, "stock/a") as page:
        await until(lambda: page.heard.count({"op": "ping"}) >= 10)
        house.hub.publish([house.shop.put("stock/a", {"left": 0, "held": 0})])
        await page.becomes("stock/a", {"left": 0, "held": 0})
        assert not page.socket.closed


async def test_a_listener_that_was_cut_says_so_at_once(opened: Opened) -> None:
    house = await opened()
    house.shop.put("stock/a", {"left": 2, "held": 0})
    async with ClientSession(house.client.make_url("/")) as session, listening(session, "stock/a") as page:
        await page.value("stock/a")
        await house.hub.drain(0)
        with pytest.raises(Cut, match="1012"):
            await page.becomes("stock/a", {"left": 0, "held": 0})


async def test_a_drain_says_bye_serves_on_and_closes_in_time(opened: Opened) -> None:
    house = await opened()
    sockets = [await house.connect() for _ in range(5)]
    draining = asyncio.get_running_loop().create_task(house.hub.drain(0.5))
    byes = [await socket.next() for socket in sockets]
    assert sorted(bye["after_ms"] for bye in byes) == [100, 200, 300, 400, 500]
    with pytest.raises(WSServerHandshakeError) as refused:
        await house.connect()
    assert refused.value.status == 503
    last = max(sockets, key=lambda socket: socket.heard[-1]["after_ms"])
    await last.say(id=3, op="suggest", q="served")
    assert (await last.next())["id"] == 3
    assert [await socket.until_closed() for socket in sockets] == [1012] * 5
    await draining
    assert house.hub.connections() == []


async def test_shutting_down_closes_every_socket(opened: Opened) -> None:
    house = await opened()
    socket = await house.connect()
    closing = asyncio.get_running_loop().create_task(house.client.server.close())
    assert await socket.until_closed() == 1012
    await closing


async def test_a_peer_that_leaves_is_forgotten(opened: Opened) -> None:
    house = await opened()
    socket = await house.connect()
    await socket.watch(stock__a=None)
    await socket.ws.close(code=1000)
    assert socket.ws.close_code == 1000
    await house.hub.drain(0)
    assert house.hub.topics_watched() == 0


async def test_a_peer_that_stops_reading_is_cut_and_nobody_waits_for_it(opened: Opened) -> None:
    house = await opened(timing=replace(QUICK, stall_seconds=0.3, conflate_seconds=0.0))
    healthy = await house.connect()
    await healthy.watch(stock__a=None)
    await healthy.next()
    stuck = await house.connect()
    await stuck.watch(stock__a=None)
    transport = stuck.ws._response.connection.transport  # type: ignore[union-attr]
    assert isinstance(transport, asyncio.Transport)
    transport.pause_reading()
    rounds = 0
    while not house.hub.stats.closed[4508] and rounds < 5000:
        rounds += 1
        house.hub.publish([house.shop.put("stock/a", {"n": rounds, "padding": "x" * 30_000})])
        assert (await healthy.next())["d"]["n"] == rounds
    assert house.hub.stats.closed[4508] == 1
    assert house.hub.stats.skipped_slow > 0
    transport.resume_reading()
