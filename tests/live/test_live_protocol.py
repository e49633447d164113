"""The wire: what decodes, what is refused and under which name, and how frames look."""

import json

import pytest

from live import frames, protocol, topics
from live.flow import Admissions, Credits, Verdict
from live.protocol import InvalidFrame, NotJson, UnknownOp
from shop.errors import Busy, Forbidden
from tests.live.fakes import OWNER, SCREEN, STAFF, STRANGER


@pytest.mark.parametrize(
    ("payload", "error"),
    [
        (b"", NotJson),
        (b"{", NotJson),
        (b"\xff", NotJson),
        (b'{"id":1,"op":"suggest","q":"\\ud800"}', NotJson),
        (b'{"id":1,"op":"suggest","q":"\\udc00"}', NotJson),
        (b'{"id":1,"z":' + b"[" * 16_000, NotJson),
        (b'{"z":' * 3000, NotJson),
        (b'{"id":1,"op":"buy"}', UnknownOp),
        (b'{"id":1}', InvalidFrame),
        (b"[]", InvalidFrame),
        (b'{"id":-1,"op":"hello"}', InvalidFrame),
        (b'{"id":true,"op":"hello"}', InvalidFrame),
        (b'{"id":99999999999999999999,"op":"hello"}', InvalidFrame),
        (b'{"id":1,"op":"hello","admin":true}', InvalidFrame),
        (b'{"id":1,"op":"sub","topics":{}}', InvalidFrame),
        (b'{"id":1,"op":"sub","topics":{"stock/a":-1}}', InvalidFrame),
        (b'{"id":1,"op":"sub","topics":{"stock/a":1.5}}', InvalidFrame),
        (b'{"id":1,"op":"suggest","q":"' + b"x" * 201 + b'"}', InvalidFrame),
    ],
)
def test_a_bad_frame_has_a_name(payload: bytes, error: type[protocol.BadFrame]) -> None:
    with pytest.raises(error):
        protocol.decode(payload)
    protocol.id_of(payload)


def test_the_id_of_a_bad_frame_is_kept_where_it_can_be_read() -> None:
    assert protocol.id_of(b'{"id":7,"op":"buy"}') == 7
    assert protocol.id_of(b'{"id":"7","op":"buy"}') is None


def test_a_refusal_carries_the_problem_and_when_to_try_again() -> None:
    frame = protocol.refuse(3, Busy(retry_seconds=1.5))
    message = json.loads(frame[4:])
    assert message["id"] == 3
    assert (message["err"]["code"], message["err"]["retry_ms"]) == ("busy", 1500)
    assert "retry_seconds" not in message["err"]


@pytest.mark.parametrize(("size", "header"), [(125, 2), (126, 4), (65_535, 4), (65_536, 10)])
def test_a_frame_announces_its_length_and_is_not_masked(size: int, header: int) -> None:
    frame = frames.text(b"x" * size)
    assert len(frame) == size + header
    assert frame[0] == 0x81
    assert frame[1] & 0x80 == 0


def test_a_close_reason_is_cut_between_characters() -> None:
    frame = frames.close(4400, "é" * 100)
    assert len(frame) <= 127
    frame[4:].decode()


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("stock/k7Qm", "stock/k7Qm"),
        ("product/blue-mug", "product/blue-mug"),
        ("me/cart", "cart/c1"),
        ("me/orders/K7QM2X4D", "order/K7QM2X4D"),
    ],
)
async def test_a_name_and_its_key_lead_to_each_other(name: str, key: str) -> None:
    topic = await topics.resolve(name, OWNER)
    assert topic.key == key
    assert topics.wire_name(key) == name


@pytest.mark.parametrize("name", ["", "stock/", "stock/a/b", "cart/c1", "order/K7QM2X4D", "me/orders/", "stock/a\n"])
async def test_nobody_can_spell_another_topic(name: str) -> None:
    with pytest.raises(topics.UnknownTopic):
        await topics.resolve(name, STAFF)


@pytest.mark.parametrize("name", ["me/orders/K7QM2X4D", topics.DASHBOARD_ORDERS, *sorted(topics.STAFF)])
async def test_a_stranger_may_not_subscribe_to_what_is_not_theirs(name: str) -> None:
    with pytest.raises(Forbidden):
        await topics.resolve(name, STRANGER)


async def test_a_screen_may_hear_what_it_shows_and_nothing_else() -> None:
    for name in topics.SCREEN:
        assert (await topics.resolve(name, SCREEN)).key == name
    for name in (
        *(topics.STAFF - topics.SCREEN),
        "me/cart",
        "me/orders/K7QM2X4D",
        "stock/k7Qm",
        "product/blue-mug",
        "",
    ):
        with pytest.raises(Forbidden):
            await topics.resolve(name, SCREEN)


def test_credits_refuse_before_they_cry_flood_and_come_back_with_time() -> None:
    credits_left = Credits(0.0, per_second=20, burst=40)
    verdicts = [credits_left.spend(0.0) for _ in range(81)]
    assert verdicts == [Verdict.GRANTED] * 40 + [Verdict.WAIT] * 40 + [Verdict.FLOOD]
    assert credits_left.spend(0.0 + credits_left.retry_seconds) is Verdict.GRANTED


def test_places_are_limited_by_address_and_in_all() -> None:
    admissions = Admissions(2, 3)
    assert [admissions.admit(address) for address in ("a", "a", "a", "b", "c")] == [True, True, False, True, False]
    admissions.release("a")
    assert admissions.admit("c")
