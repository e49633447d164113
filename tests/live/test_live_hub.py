"""The hub without sockets: who hears what, in which order, and how little a slow client costs."""

import pytest

from live import sweep, topics
from live.channels import RING_EVENTS
from live.connection import Connection
from live.flusher import MAX_BUFFERED_BYTES
from live.protocol import MAX_CATCH_UP_EVENTS
from tests.live.fakes import OWNER, STAFF, STRANGER, MemoryWire, Stage

ORDERS = topics.DASHBOARD_ORDERS
PAUSE = 0.021


async def watch(stage: Stage, connection: Connection, name: str, known: int | None = None) -> None:
    stage.hub.watch(connection, await topics.resolve(name, connection.viewer), known)
    await stage.settle()


def versions(wire: MemoryWire) -> list[int]:
    return [message["v"] for message in wire.heard() if message["op"] == "state"]


async def test_a_subscriber_hears_the_value_and_every_change_of_it(stage: Stage) -> None:
    stage.shop.put("stock/a", {"left": 3, "held": 0})
    connection, wire = stage.connect()
    await watch(stage, connection, "stock/a")
    stage.hub.publish([stage.shop.put("stock/a", {"left": 2, "held": 1})])
    await stage.settle()
    assert wire.heard() == [
        {"op": "state", "t": "stock/a", "v": 1, "d": {"left": 3, "held": 0}},
        {"op": "state", "t": "stock/a", "v": 2, "d": {"left": 2, "held": 1}},
    ]


async def test_an_outsider_hears_nothing(stage: Stage) -> None:
    stage.shop.put("cart/c1", {"lines": 1})
    owner, owners_wire = stage.connect(OWNER)
    other, others_wire = stage.connect(STRANGER)
    await watch(stage, owner, "me/cart")
    await watch(stage, other, "stock/a")
    others_wire.heard()
    stage.hub.publish([stage.shop.put("cart/c1", {"lines": 2}), stage.shop.put("order/K7QM2X4D", {"status": "paid"})])
    await stage.settle()
    assert [message["t"] for message in owners_wire.heard()] == ["me/cart", "me/cart"]
    assert others_wire.heard() == []


async def test_a_client_that_names_its_version_hears_only_what_is_newer(stage: Stage) -> None:
    stage.shop.put("stock/a", {"left": 3})
    current, current_wire = stage.connect()
    stale, stale_wire = stage.connect()
    stage.shop.put("stock/a", {"left": 2})
    await watch(stage, current, "stock/a", known=2)
    await watch(stage, stale, "stock/a", known=1)
    assert versions(current_wire) == []
    assert versions(stale_wire) == [2]


async def test_a_change_during_the_read_is_not_undone_by_its_older_answer(stage: Stage) -> None:
    stage.shop.put("stock/a", {"left": 3})
    connection, wire = stage.connect()
    stage.shop.gate.clear()
    await watch(stage, connection, "stock/a")
    stage.hub.publish([stage.shop.put("stock/a", {"left": 2})])
    await stage.settle()
    stage.shop.gate.set()
    await stage.settle()
    assert versions(wire) == [2]


async def test_a_read_that_finds_the_same_value_under_a_newer_version_is_no_news_to_others(stage: Stage) -> None:
    stage.shop.put("stock/a", {"plenty": True})
    first, first_wire = stage.connect()
    await watch(stage, first, "stock/a")
    assert versions(first_wire) == [1]
    stage.shop.put("stock/a", {"plenty": True})  # somebody bought one: the version moves, the public value does not
    second, second_wire = stage.connect()
    await watch(stage, second, "stock/a")
    assert (versions(first_wire), versions(second_wire)) == ([], [2])
    stage.shop.put("stock/a", {"left": 5, "held": 1})  # read before it was published: news to the first one as well
    third, third_wire = stage.connect()
    await watch(stage, third, "stock/a")
    assert (versions(first_wire), versions(third_wire)) == ([3], [3])


async def test_an_older_version_published_late_is_dropped(stage: Stage) -> None:
    connection, wire = stage.connect()
    await watch(stage, connection, "stock/a")
    older, newer = stage.shop.put("stock/a", {"left": 3}), stage.shop.put("stock/a", {"left": 2})
    stage.hub.publish([newer, older])
    await stage.settle()
    assert versions(wire) == [2]


async def test_the_first_change_leaves_at_once_and_the_following_are_joined(stage: Stage) -> None:
    connection, wire = stage.connect()
    await watch(stage, connection, "stock/a")
    wire.heard()
    for left in range(10):
        stage.hub.publish([stage.shop.put("stock/a", {"left": left})])
        await stage.settle()
    assert versions(wire) == [1]
    assert stage.hub.flusher.next_due() == pytest.approx(stage.clock.now + 0.020)
    await stage.pass_time(PAUSE)
    assert versions(wire) == [10]


async def test_payment_changes_are_never_held_back(stage: Stage) -> None:
    connection, wire = stage.connect(OWNER)
    await watch(stage, connection, "me/orders/K7QM2X4D")
    for status in ("processing", "paid"):
        stage.hub.publish([stage.shop.put("order/K7QM2X4D", {"status": status})])
        await stage.settle()
    assert versions(wire) == [1, 2]


async def test_a_version_is_encoded_once_however_many_listen(stage: Stage) -> None:
    wires = []
    for _ in range(50):
        connection, wire = stage.connect()
        await watch(stage, connection, "stock/a")
        wires.append(wire)
    before = stage.hub.stats.encoded
    stage.hub.publish([stage.shop.put("stock/a", {"left": 3})])
    await stage.settle()
    assert all(versions(wire) == [1] for wire in wires)
    assert stage.hub.stats.encoded == before + 1


async def test_what_waits_for_a_connection_leaves_in_one_write(stage: Stage) -> None:
    connection, wire = stage.connect()
    for name in ("stock/a", "stock/b", "product/mug"):
        await watch(stage, connection, name)
    wire.heard()
    before = wire.writes
    stage.hub.publish([stage.shop.put(key, {"left": 1}) for key in ("stock/a", "stock/b", "product/mug")])
    await stage.settle()
    assert wire.writes == before + 1
    assert len(wire.heard()) == 3


async def test_a_slow_client_is_skipped_and_costs_one_slot_a_topic(stage: Stage) -> None:
    connection, wire = stage.connect()
    await watch(stage, connection, "stock/a")
    wire.heard()
    wire.stuck = True
    for left in range(200):
        stage.hub.publish([stage.shop.put("stock/a", {"left": left, "padding": "x" * 1000})])
        await stage.pass_time(PAUSE)
    assert wire.buffered() < MAX_BUFFERED_BYTES + 2000
    assert len(connection.dirty) == 1
    wire.unstick()
    await stage.pass_time(0.1)
    heard = versions(wire)
    assert heard == sorted(heard)
    assert heard[-1] == 200
    assert len(heard) < 40


async def test_a_client_without_progress_is_cut_even_while_it_talks(stage: Stage) -> None:
    connection, wire = stage.connect()
    connection.greeted = True
    await watch(stage, connection, "stock/a")
    wire.stuck = True
    stage.hub.publish([stage.shop.put("stock/a", {"left": 1})])
    for _ in range(16):
        await stage.pass_time(1)
        connection.heard_at = stage.clock.now
        sweep.check(stage.hub, connection, stage.clock.now)
    assert wire.aborted
    assert stage.hub.stats.closed[4508] == 1


async def test_what_does_not_exist_is_gone_and_may_come_back(stage: Stage) -> None:
    connection, wire = stage.connect()
    await watch(stage, connection, "product/mug")
    stage.hub.publish([stage.shop.put("product/mug", {"price": 1})])
    await stage.settle()
    stage.hub.publish([stage.shop.remove("product/mug")])
    await stage.pass_time(PAUSE)
    assert wire.heard() == [
        {"op": "gone", "t": "product/mug"},
        {"op": "state", "t": "product/mug", "v": 1, "d": {"price": 1}},
        {"op": "gone", "t": "product/mug", "v": 2},
    ]


async def test_a_session_without_a_cart_hears_that_there_is_none(stage: Stage) -> None:
    connection, wire = stage.connect(STRANGER)
    await watch(stage, connection, "me/cart")
    assert wire.heard() == [{"op": "gone", "t": "me/cart"}]


async def test_unwatched_topics_fall_silent_and_are_forgotten(stage: Stage) -> None:
    connection, wire = stage.connect()
    await watch(stage, connection, "stock/a")
    stage.hub.unwatch(connection, "stock/a")
    wire.heard()
    stage.hub.publish([stage.shop.put("stock/a", {"left": 1})])
    await stage.settle()
    assert wire.heard() == []
    assert stage.hub.topics_watched() == 0


async def test_many_subscribers_of_one_topic_share_reads(stage: Stage) -> None:
    stage.shop.put("stock/a", {"left": 3})
    wires = []
    for _ in range(100):
        connection, wire = stage.connect()
        stage.hub.watch(connection, await topics.resolve("stock/a", STRANGER), None)
        wires.append(wire)
    await stage.settle()
    assert all(versions(wire) == [1] for wire in wires)
    assert len(stage.shop.reads) == 1


async def test_a_failed_read_sends_its_clients_away_to_try_again(stage: Stage) -> None:
    stage.shop.broken = True
    connection, wire = stage.connect()
    await watch(stage, connection, "stock/a")
    assert wire.close_code == 1013


async def test_a_feed_starts_with_a_snapshot_and_goes_on_with_events(stage: Stage) -> None:
    stage.shop.happen(ORDERS, "first")
    connection, wire = stage.connect(STAFF)
    await watch(stage, connection, ORDERS)
    stage.hub.publish([stage.shop.happen(ORDERS, "second")])
    await stage.settle()
    stage.hub.publish([stage.shop.happen(ORDERS, "third")])
    await stage.pass_time(PAUSE)
    assert wire.heard() == [
        {"op": "reset", "t": ORDERS, "seq": 1, "d": ["first"]},
        {"op": "feed", "t": ORDERS, "seq": 2, "prev": 1, "d": "second"},
        {"op": "feed", "t": ORDERS, "seq": 3, "prev": 2, "d": "third"},
    ]


async def test_a_feed_is_resumed_from_memory_without_a_read(stage: Stage) -> None:
    stage.hub.publish([stage.shop.happen(ORDERS, number) for number in range(5)])
    connection, wire = stage.connect(STAFF)
    await watch(stage, connection, ORDERS, known=2)
    assert [message["seq"] for message in wire.heard()] == [3, 4, 5]
    assert stage.shop.reads == []


async def test_a_feed_is_resumed_from_the_source_when_memory_is_younger(stage: Stage) -> None:
    for number in range(5):
        stage.shop.happen(ORDERS, number)
    connection, wire = stage.connect(STAFF)
    await watch(stage, connection, ORDERS, known=2)
    stage.shop.put("stock/a", {})
    stage.hub.publish([stage.shop.happen(ORDERS, "new")])
    await stage.settle()
    heard = wire.heard()
    assert [(message["prev"], message["seq"]) for message in heard] == [(2, 3), (3, 4), (4, 5), (5, 7)]


async def test_a_reader_too_far_behind_gets_a_reset(stage: Stage) -> None:
    for number in range(MAX_CATCH_UP_EVENTS + 2):
        stage.shop.happen(ORDERS, number)
    connection, wire = stage.connect(STAFF)
    await watch(stage, connection, ORDERS, known=1)
    (reset,) = wire.heard()
    assert (reset["op"], reset["seq"]) == ("reset", MAX_CATCH_UP_EVENTS + 2)


async def test_a_slow_reader_overtaken_by_the_ring_gets_a_reset_and_no_gap(stage: Stage) -> None:
    connection, wire = stage.connect(STAFF)
    await watch(stage, connection, ORDERS)
    wire.heard()
    wire.stuck = True
    wire.write(b"\x81\x7e\x90\x00" + b" " * 0x8FFE + b"{}")
    for number in range(RING_EVENTS + 50):
        stage.hub.publish([stage.shop.happen(ORDERS, number)])
        await stage.settle()
    wire.unstick()
    await stage.pass_time(0.1)
    _, reset = wire.heard()
    assert (reset["op"], reset["seq"]) == ("reset", RING_EVENTS + 50)


async def test_ending_a_session_closes_its_sockets_and_those_on_their_way(stage: Stage) -> None:
    _, mine = stage.connect(OWNER)
    _, my_second_tab = stage.connect(OWNER)
    _, others = stage.connect(STAFF)
    stage.hub.end_session("owner")
    _, late = stage.connect(OWNER)
    assert [wire.close_code for wire in (mine, my_second_tab, late, others)] == [4401, 4401, 4401, None]


async def test_silence_is_broken_by_a_ping_and_a_dead_peer_is_cut(stage: Stage) -> None:
    connection, wire = stage.connect()
    connection.greeted = True
    for second in range(1, 29):
        await stage.pass_time(1)
        sweep.check(stage.hub, connection, stage.clock.now)
        await stage.settle()
        assert second >= 22 or not wire.messages
    assert wire.heard() == [{"op": "ping"}]
    await stage.pass_time(18)
    sweep.check(stage.hub, connection, stage.clock.now)
    assert wire.aborted


async def test_replies_pass_a_wide_push(stage: Stage) -> None:
    for _ in range(600):
        connection, _ = stage.connect()
        await watch(stage, connection, "stock/a")
    asker, wire = stage.connect()
    stage.hub.publish([stage.shop.put("stock/a", {"left": 1})])
    stage.hub.ask(asker, 9, "sh")
    assert stage.hub.flusher.flush(), "more than one turn of work"
    assert wire.heard() == [{"id": 9, "ok": {"q": "sh"}}]


async def test_only_the_newest_question_is_answered(stage: Stage) -> None:
    connection, wire = stage.connect()
    for number, q in enumerate(("s", "sh", "shi")):
        stage.hub.ask(connection, number, q)
    await stage.settle()
    assert wire.heard() == [{"id": 2, "ok": {"q": "shi"}}]
