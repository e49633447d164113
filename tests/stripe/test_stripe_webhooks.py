"""Stripe's webhooks at the shop's door: forged, old, from the future, twice, out of order, and about strangers."""

import asyncio
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.stripe import wire
from tests.stripe.stage import Stage, shop_with_stripe
from tests.stripe.standin import SECRET


async def paid(stage: Stage) -> tuple[str, dict[str, Any]]:
    """An order that is paid at Stripe, and the event that says so and is not sent yet."""
    number, session = await stage.at_stripe()
    await stage.pay(session)
    [event] = [one for one in stage.stripe.books.events if one["type"] == "checkout.session.completed"]
    return number, event


async def test_events_late_twice_and_backwards_end_in_one_sale(stage: Stage):
    numbers = []
    for place in range(3):
        number, session = await stage.at_stripe(place=place)
        numbers.append(number)
        await stage.pay(session)
    await stage.stripe.deliver_all(times=2, backwards=True)
    await stage.house.engine.reconciler.look()
    assert [await stage.shopper.status(number) for number in numbers] == ["paid"] * 3
    assert await stage.judge() == []


@pytest.mark.parametrize("away_seconds", [-301, -86_400, 310, 86_400])
async def test_an_old_stamp_and_one_from_the_future_are_refused(stage: Stage, away_seconds: int):
    number, event = await paid(stage)
    assert await stage.stripe.deliver(event, at=stage.stripe.now() + away_seconds) == 403
    await stage.house.engine.reconciler.look()
    assert await stage.shopper.status(number) == "placed"


async def test_not_one_byte_of_the_body_can_be_another(stage: Stage):
    _, event = await paid(stage)
    raw = orjson.dumps(event)
    signature = wire.signed(raw, stage.stripe.now(), SECRET)
    for place in range(len(raw)):
        forged = raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :]
        assert await stage.stripe.deliver(event, raw=forged, signature=signature) == 403
    assert await stage.stripe.deliver(event, raw=raw, signature=signature) == 204


async def test_not_one_byte_of_the_signature_can_be_another(stage: Stage):
    _, event = await paid(stage)
    raw = orjson.dumps(event)
    signature = wire.signed(raw, stage.stripe.now(), SECRET)
    for place in range(len(signature)):
        for flip in (1, 2, 4):
            other = chr(ord(signature[place]) ^ flip)
            forged = signature[:place] + other + signature[place + 1 :]
            assert await stage.stripe.deliver(event, raw=raw, signature=forged) == 403, forged
    assert await stage.stripe.deliver(event, raw=raw, signature=signature) == 204


async def test_both_secrets_hold_while_one_replaces_the_other(tmp_path: Path):
    new = "whsec_the_new_one_of_them"
    async with shop_with_stripe(tmp_path, stripe_webhook_secrets=(SECRET, new)) as stage:
        for secrets, status in (
            ((SECRET,), 204),
            ((new,), 204),
            (("whsec_of_nobody", new), 204),
            (("whsec_of_nobody",), 403),
        ):
            _, event = await paid(stage)
            stage.stripe.secrets = secrets
            assert await stage.stripe.deliver(event) == status
            stage.stripe.books.events.clear()


async def test_a_secret_that_was_replaced_opens_nothing(tmp_path: Path):
    async with shop_with_stripe(tmp_path, stripe_webhook_secrets=("whsec_the_new_one_of_them",)) as stage:
        _, event = await paid(stage)
        assert await stage.stripe.deliver(event) == 403


async def test_news_of_strangers_is_taken_and_changes_nothing(stage: Stage):
    """Another shop may sell at the same account: its sessions carry no key of ours."""
    number, event = await paid(stage)
    about = event["data"]["object"]
    stranger = event | {"id": "evt_stranger", "data": {"object": about | {"id": "cs_test_stranger", "metadata": {}}}}
    unknown = event | {"id": "evt_unknown", "data": {"object": about | {"id": "cs_test_unknown"}}}
    customer = event | {
        "id": "evt_customer",
        "type": "customer.created",
        "data": {"object": {"id": "cus_1", "object": "customer"}},
    }
    for one in (stranger, unknown, customer):
        assert await stage.stripe.deliver(one) == 204
    stage.stripe.calls.clear()
    await stage.house.engine.reconciler.look()
    assert stage.stripe.calls == []
    assert await stage.shopper.status(number) == "placed"


async def test_an_event_that_says_paid_is_not_believed_before_stripe_was_asked(stage: Stage):
    number, session = await stage.at_stripe()
    lie = {
        "id": "evt_lie",
        "object": "event",
        "type": "checkout.session.completed",
        "data": {"object": stage.stripe.books.session(session) | {"status": "complete", "payment_status": "paid"}},
    }
    assert await stage.stripe.deliver(lie) == 204
    await stage.house.engine.reconciler.look()
    assert await stage.shopper.status(number) == "placed"
    assert await stage.judge() == []


@pytest.mark.parametrize("raw", [b"", b"{}", b"[]", b"\xff", b'{"id":"evt_1","type":"x","data":{"object":7}}'])
async def test_a_signed_body_that_is_no_event_is_refused(stage: Stage, raw: bytes):
    assert await stage.stripe.deliver({}, raw=raw) == 403


@pytest.mark.parametrize("odd", [b'"x":' + b"[" * 25_000 + b"]" * 25_000, b'"id":"evt_\\u0000"'], ids=["deep", "NUL"])
async def test_an_odd_event_is_refused_even_when_it_is_signed(stage: Stage, odd: bytes):
    _, event = await paid(stage)
    assert await stage.stripe.deliver(event, raw=orjson.dumps(event)[:-1] + b"," + odd + b"}") == 403


async def test_the_same_event_a_hundred_times_is_one_sale(stage: Stage):
    number, event = await paid(stage)
    statuses = await asyncio.gather(*(stage.stripe.deliver(event) for _ in range(100)))
    assert set(statuses) == {204}
    await stage.house.engine.reconciler.look()
    assert await stage.shopper.status(number) == "paid"
    assert await stage.judge() == []
