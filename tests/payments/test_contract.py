"""The contract of payment providers (docs/payments.md): every provider is run through all of it."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from shop.payments import (
    ENDED_UNPAID,
    OPEN_STATES,
    Created,
    DisputeState,
    ForgedWebhook,
    PaymentState,
    Provider,
    ProviderError,
    ProviderRef,
    ProviderUnreachable,
)
from tests.payments.contract import SIDES, Side

ORDER, AMOUNT, CURRENCY = "K7QM2X4D", 23050, "EUR"
BACK = "http://localhost:8080/orders/K7QM2X4D"
HOLD = timedelta(minutes=20)


@pytest.fixture(params=SIDES)
async def side(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Side]:
    async with SIDES[request.param](tmp_path) as side:
        yield side


async def created(side: Side, key: str = "K7QM2X4D-1", amount: int = AMOUNT) -> Created:
    """The payment of this key; all that is sent is the same whenever it is called."""
    begun_at = side.begun_at
    return await side.provider.create(
        ORDER, amount, CURRENCY, BACK, begun_at + HOLD, key, begun_at=begun_at, email="noor@example.com"
    )


async def paid(side: Side) -> Created:
    made = await created(side)
    await side.pays(made)
    return made


async def test_it_has_a_name_for_addresses_and_names_where_browsers_go(side: Side):
    assert side.provider.name.isalpha()
    assert len(side.provider.name) <= 16
    made = await created(side)
    assert made.redirect.startswith(tuple(f"{origin}/" for origin in side.provider.origins))


async def test_a_new_payment_waits_for_its_shopper(side: Side):
    made = await created(side)
    told = await side.provider.fetch(made.ref)
    assert (told.ref, told.key, told.amount, told.currency) == (made.ref, "K7QM2X4D-1", AMOUNT, CURRENCY)
    assert (told.state, told.refunded, told.disputes) == (PaymentState.NEEDS_ACTION, 0, ())


async def test_the_same_key_is_the_same_payment_and_another_key_another(side: Side):
    made = await created(side)
    assert await created(side) == made
    assert (await created(side, "K7QM2X4D-2")).ref != made.ref


async def test_the_same_key_for_another_amount_never_opens_a_second_payment(side: Side):
    made = await created(side)
    with pytest.raises(ProviderError):
        await created(side, amount=AMOUNT + 1)
    assert (await side.provider.fetch(made.ref)).amount == AMOUNT


async def test_a_paid_payment_says_what_was_taken(side: Side):
    made = await paid(side)
    told = await side.provider.fetch(made.ref)
    assert (told.state, told.amount, told.currency, told.refunded) == (PaymentState.PAID, AMOUNT, CURRENCY, 0)
    assert await side.moved(made) == ([AMOUNT], [])


async def test_a_create_whose_answer_was_lost_is_found_by_its_key(side: Side):
    begun_at = side.clock()
    side.loses_an_answer()
    with pytest.raises(ProviderUnreachable):
        await created(side)
    found = await side.provider.find("K7QM2X4D-1", begun_at)
    assert found is not None
    assert (found.key, found.state, found.amount) == ("K7QM2X4D-1", PaymentState.NEEDS_ACTION, AMOUNT)
    assert (await created(side)).ref == found.ref
    assert await side.provider.find("K7QM2X4D-9", begun_at) is None


async def test_an_open_payment_can_be_ended_again_and_again(side: Side):
    made = await created(side)
    for key in ("end-1", "end-1", "end-2"):
        assert (await side.provider.cancel(made.ref, key)).state in ENDED_UNPAID
    assert (await side.provider.fetch(made.ref)).state in ENDED_UNPAID
    assert await side.moved(made) == ([], [])


async def test_a_paid_payment_that_should_be_ended_is_answered_as_it_is(side: Side):
    made = await paid(side)
    assert (await side.provider.cancel(made.ref, "end-1")).state is PaymentState.PAID
    assert (await side.provider.fetch(made.ref)).state is PaymentState.PAID


async def test_the_page_stays_open_as_long_as_it_was_asked_to_and_not_for_ever(side: Side):
    made = await created(side)
    side.clock.turn(HOLD.total_seconds() - 60)
    assert (await side.provider.fetch(made.ref)).state in OPEN_STATES
    side.clock.turn(timedelta(hours=24).total_seconds())
    assert (await side.provider.fetch(made.ref)).state in ENDED_UNPAID


async def test_parts_are_given_back_each_once_and_never_more_than_was_taken(side: Side):
    made = await paid(side)
    first = await side.provider.refund(made.ref, 50, "part-1")
    assert first.amount == 50
    assert await side.provider.refund(made.ref, 50, "part-1") == first
    assert (await side.provider.refund(made.ref, 50, "part-2")).ref != first.ref
    with pytest.raises(ProviderError) as refused:
        await side.provider.refund(made.ref, AMOUNT, "all-of-it")
    assert not isinstance(refused.value, ProviderUnreachable)
    await side.provider.refund(made.ref, AMOUNT - 100, "the-rest")
    told = await side.provider.fetch(made.ref)
    assert (told.state, told.refunded) == (PaymentState.PAID, AMOUNT)
    assert sorted((await side.moved(made))[1]) == [50, 50, AMOUNT - 100]


async def test_a_refund_whose_answer_was_lost_is_made_once_however_late_it_is_asked_for_again(side: Side):
    made = await paid(side)
    side.loses_an_answer()
    with pytest.raises(ProviderUnreachable):
        await side.provider.refund(made.ref, 50, "part-1")
    side.clock.turn(timedelta(hours=30).total_seconds())
    assert (await side.provider.refund(made.ref, 50, "part-1")).amount == 50
    assert await side.moved(made) == ([AMOUNT], [50])


async def test_what_is_not_paid_has_nothing_to_give_back(side: Side):
    made = await created(side)
    with pytest.raises(ProviderError) as refused:
        await side.provider.refund(made.ref, 50, "part-1")
    assert not isinstance(refused.value, ProviderUnreachable)


async def test_a_dispute_is_told_with_the_payment_and_leaves_it_paid(side: Side):
    made = await created(side)
    await side.disputes(made)
    told = await side.provider.fetch(made.ref)
    [dispute] = told.disputes
    assert (told.state, dispute.state, dispute.amount) == (PaymentState.PAID, DisputeState.OPEN, AMOUNT)
    assert dispute.currency == CURRENCY
    assert dispute.answer_by is not None
    assert dispute.answer_by > dispute.opened_at


async def test_a_payment_that_nobody_made_is_an_error(side: Side):
    with pytest.raises(ProviderError):
        await side.provider.fetch(ProviderRef("pay_of_nobody"))


async def hinted(side: Side, provider: Provider, made: Created) -> bool:
    raw, headers = await side.webhook(made)
    told = await provider.fetch(made.ref)
    return [hint.ref for hint in provider.parse_webhook(raw, headers)] in ([made.ref], [told.also_ref])


async def test_a_webhook_hints_at_its_payment_by_a_name_that_fetch_tells(side: Side):
    made = await paid(side)
    assert await hinted(side, side.provider, made)


async def test_a_webhook_is_believed_by_its_raw_bytes_and_for_minutes_only(side: Side):
    raw, headers = await side.webhook(await paid(side))
    for forged in (raw + b" ", raw[:-1], b"", raw.replace(b"paid", b"said"), raw.replace(b'"id"', b'"ID"')):
        if forged != raw:
            with pytest.raises(ForgedWebhook):
                side.provider.parse_webhook(forged, headers)
    with pytest.raises(ForgedWebhook):
        side.provider.parse_webhook(raw, {})
    side.clock.turn(301)
    with pytest.raises(ForgedWebhook):
        side.provider.parse_webhook(raw, headers)
    side.clock.turn(-602)
    with pytest.raises(ForgedWebhook):
        side.provider.parse_webhook(raw, headers)


async def test_closing_twice_is_harmless(side: Side):
    await created(side)
    await side.provider.close()
    await side.provider.close()
