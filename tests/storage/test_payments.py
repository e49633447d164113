"""Money becomes goods once, or goes back: in whatever order the news comes, and however often."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, select

from shop.errors import NotFound, WrongState
from shop.events import OrderChanged
from shop.ids import OrderNumber
from shop.orders import OrderStatus
from shop.payments import ENDED_UNPAID, Hint, PaymentId, PaymentState, ProviderRef, advance
from storage import orders, outbox, payments, refunds, tables, webhooks
from storage.asking import FIRST_ASK, LAST_ASK
from storage.database import Database
from tests.storage.books import (
    AT,
    BOWL,
    LAMP,
    LATE,
    RAIN,
    at_bank,
    findings,
    level,
    news,
    placed,
    set_units,
)

PAID, FAILED = PaymentState.PAID, PaymentState.FAILED


async def order_of(db: Database, number: OrderNumber) -> tuple[OrderStatus, PaymentState | None]:
    order = await db.read(orders.view, number)
    return order.status, order.payment


async def owed(db: Database) -> list[tuple[int, str]]:
    return [(due.amount, due.key) for due in await db.read(refunds.due, LATE, 100)]


async def test_a_payment_sells_the_held_units(either: Database) -> None:
    number = await placed(either, {RAIN: 2, LAMP: 1})
    payment = await at_bank(either, number)
    assert await order_of(either, number) == (OrderStatus.PLACED, PaymentState.NEEDS_ACTION)
    assert await either.write(payments.settle, news(payment, PAID)) is OrderStatus.PAID
    assert await order_of(either, number) == (OrderStatus.PAID, PAID)
    assert (await level(either, RAIN), await level(either, LAMP)) == ((3, 0), (0, 0))
    assert await owed(either) == []
    assert await findings(either) == []


async def test_the_same_news_ten_times_at_once_sells_once(either: Database) -> None:
    payment = await at_bank(either, await placed(either, {BOWL: 3}))
    heard = await asyncio.gather(*(either.write(payments.settle, news(payment, PAID)) for _ in range(10)))
    assert set(heard) == {OrderStatus.PAID}
    assert await level(either, BOWL) == (47, 0)
    assert await findings(either) == []


@pytest.mark.parametrize("end", sorted(ENDED_UNPAID))
async def test_an_end_without_money_leaves_the_order_waiting(db: Database, end: PaymentState) -> None:
    number = await placed(db, {RAIN: 1})
    payment = await at_bank(db, number)
    assert await db.write(payments.settle, news(payment, end)) is OrderStatus.PLACED
    assert await order_of(db, number) == (OrderStatus.PLACED, end)
    assert await level(db, RAIN) == (5, 1)
    again = await db.write(payments.start, number, "fake", AT)
    assert again.id != payment.id
    assert again.key != payment.key


async def test_starting_again_goes_on_with_the_open_try(either: Database) -> None:
    number = await placed(either, {RAIN: 1})
    tries = await asyncio.gather(*(either.write(payments.start, number, "fake", AT) for _ in range(8)))
    assert len({found.key for found in tries}) == 1
    with pytest.raises(NotFound):
        await either.write(payments.start, OrderNumber("NOTTHERE"), "fake", AT)


async def test_an_order_that_does_not_wait_for_money_is_not_paid_again(db: Database) -> None:
    number = await placed(db, {RAIN: 1})
    payment = await at_bank(db, number)
    await db.write(payments.settle, news(payment, PaymentState.PROCESSING))
    with pytest.raises(WrongState):
        await db.write(payments.start, number, "fake", AT)
    await db.write(payments.settle, news(payment, PAID))
    with pytest.raises(WrongState):
        await db.write(payments.start, number, "fake", AT)


async def test_paid_after_the_hold_takes_the_units_again(either: Database) -> None:
    number = await placed(either, {LAMP: 1})
    payment = await at_bank(either, number)
    await either.write(orders.end_overdue, LATE)
    assert await either.write(payments.settle, news(payment, PAID, at=LATE)) is OrderStatus.PAID
    assert await level(either, LAMP) == (0, 0)
    assert await owed(either) == []
    assert await findings(either) == []


async def test_paid_after_the_hold_and_sold_out_is_given_back(either: Database) -> None:
    number = await placed(either, {LAMP: 1})
    payment = await at_bank(either, number)
    await either.write(orders.end_overdue, LATE)
    await placed(either, {LAMP: 1})
    assert await either.write(payments.settle, news(payment, PAID, at=LATE)) is OrderStatus.REFUNDING
    [due] = await either.read(refunds.due, LATE, 10)
    assert (due.amount, due.ref) == (payment.amount, payment.ref)
    assert await level(either, LAMP) == (1, 1)
    for _ in range(2):
        await either.write(refunds.done, due.id, "refund-1", LATE)
        assert await order_of(either, number) == (OrderStatus.REFUNDED, PAID)
        assert await owed(either) == []
    assert await findings(either) == []


async def test_another_amount_is_given_back_and_the_units_are_released(either: Database) -> None:
    number = await placed(either, {LAMP: 1})
    payment = await at_bank(either, number)
    heard = await either.write(payments.settle, news(payment, PAID, amount=payment.amount - 1))
    assert heard is OrderStatus.REFUNDING
    assert await owed(either) == [(payment.amount - 1, f"{payment.key}-refund")]
    assert await level(either, LAMP) == (1, 0)
    assert await findings(either) == []


async def two_tries(db: Database, number: OrderNumber) -> tuple[payments.Try, payments.Try]:
    first = await at_bank(db, number)
    await db.write(payments.settle, news(first, FAILED))
    return first, await at_bank(db, number)


async def test_a_second_payment_of_a_paid_order_is_given_back(either: Database) -> None:
    number = await placed(either, {BOWL: 1})
    first, second = await two_tries(either, number)
    assert await either.write(payments.settle, news(second, PAID)) is OrderStatus.PAID
    assert await either.write(payments.settle, news(first, PAID)) is OrderStatus.PAID
    assert await owed(either) == [(first.amount, f"{first.key}-refund")]
    assert await level(either, BOWL) == (49, 0)
    [due] = await either.read(refunds.due, LATE, 10)
    await either.write(refunds.done, due.id, "refund-1", AT)
    assert await order_of(either, number) == (OrderStatus.PAID, PAID)
    assert await findings(either) == []


async def test_a_second_payment_of_another_amount_leaves_the_paid_order_paid(db: Database) -> None:
    number = await placed(db, {BOWL: 1})
    first, second = await two_tries(db, number)
    await db.write(payments.settle, news(second, PAID))
    assert await db.write(payments.settle, news(first, PAID, amount=1)) is OrderStatus.PAID
    assert await owed(db) == [(1, f"{first.key}-refund")]
    assert await findings(db) == []


async def test_late_news_of_an_earlier_try_does_not_speak_for_the_order(db: Database) -> None:
    number = await placed(db, {BOWL: 1})
    first, second = await two_tries(db, number)
    assert first.ref is not None
    await db.write(payments.opened, first.id, first.ref, "", AT)
    assert await order_of(db, number) == (OrderStatus.PLACED, PaymentState.NEEDS_ACTION)
    await db.write(payments.settle, news(first, PaymentState.EXPIRED))
    assert await order_of(db, number) == (OrderStatus.PLACED, PaymentState.NEEDS_ACTION)
    assert (await db.read(payments.newest, number)) == second


async def settled(db: Database, states: Sequence[PaymentState]) -> None:
    """One order hears these states, in this order; what must hold, holds after each."""
    number = await placed(db, {BOWL: 1})
    on_hand, held = await level(db, BOWL)
    payment = await at_bank(db, number)
    stands = PaymentState.NEEDS_ACTION
    for state in states:
        await db.write(payments.settle, news(payment, state))
        stands = advance(stands, state)
        status, seen = await order_of(db, number)
        assert seen is stands
        assert status is (OrderStatus.PAID if stands is PAID else OrderStatus.PLACED)
    sold = int(PAID in states)
    assert await level(db, BOWL) == (on_hand - sold, held - sold)
    if not sold:
        await db.write(orders.end_overdue, LATE)


async def test_every_order_of_all_news_ends_the_same(db: Database) -> None:
    await set_units(db, BOWL, 1000)
    for states in permutations([PaymentState.PROCESSING, FAILED, PAID, PaymentState.NEEDS_ACTION]):
        await settled(db, states)
    assert await findings(db) == []


@given(st.lists(st.sampled_from(PaymentState), max_size=8))
@settings(max_examples=40, deadline=None)
def test_whatever_is_heard_only_moves_forward(states: list[PaymentState]) -> None:
    now = PaymentState.CREATED
    was_paid = False
    for state in states:
        after = advance(now, state)
        assert advance(after, state) is after
        was_paid |= state is PAID
        assert (after is PAID) is was_paid
        now = after


async def test_any_news_in_any_order_settles_the_same(db: Database) -> None:
    await set_units(db, BOWL, 1000)
    some = st.lists(st.sampled_from(PaymentState), min_size=1, max_size=6)
    found: list[list[PaymentState]] = []

    @given(some)
    @settings(max_examples=25, deadline=None, database=None)
    def collect(states: list[PaymentState]) -> None:
        found.append(states)

    collect()
    for states in found:
        await settled(db, states)
    assert await findings(db) == []


async def test_news_and_the_end_of_the_hold_at_once(either: Database) -> None:
    await set_units(either, BOWL, 10)
    tries = [await at_bank(either, await placed(either, {BOWL: 1})) for _ in range(10)]
    await asyncio.gather(
        either.write(orders.end_overdue, LATE),
        *(either.write(payments.settle, news(payment, PAID, at=LATE)) for payment in tries),
        either.write(orders.end_overdue, LATE),
    )
    assert await level(either, BOWL) == (0, 0)
    assert await findings(either) == []


async def test_each_change_is_told_once(db: Database) -> None:
    number = await placed(db, {RAIN: 1})
    start = await db.read(outbox.head)
    payment = await at_bank(db, number)
    for state in (PaymentState.PROCESSING, PaymentState.PROCESSING, PAID, PAID, FAILED):
        await db.write(payments.settle, news(payment, state))
    told = [r.event.row.payment for r in await db.read(outbox.after, start, 100) if isinstance(r.event, OrderChanged)]
    assert told == [PaymentState.NEEDS_ACTION, PaymentState.PROCESSING, PAID]


def _ask_at(tx: Connection, payment: PaymentId) -> Any:
    return tx.execute(select(tables.Payment.ask_at).where(tables.Payment.id == payment)).scalar_one()


async def test_silence_is_asked_about_ever_more_rarely(db: Database) -> None:
    payment = await at_bank(db, await placed(db, {RAIN: 1}))
    now, pauses = AT, []
    for _ in range(12):
        at = await db.read(_ask_at, payment.id)
        pauses.append(at - now)
        now = at
        assert [found.id for found in await db.read(payments.due, now, 10)] == [payment.id]
        assert await db.read(payments.due, now - timedelta(milliseconds=1), 10) == []
        await db.write(payments.postpone, payment.id, now, now)
    assert pauses[0] == FIRST_ASK
    assert pauses == sorted(pauses)
    assert pauses[-1] == LAST_ASK


async def test_no_news_is_asked_about_more_rarely_and_an_end_no_more(db: Database) -> None:
    payment = await at_bank(db, await placed(db, {RAIN: 1}))
    first = None
    for _ in range(4):
        await db.write(payments.settle, news(payment, PaymentState.NEEDS_ACTION))
        pause = await db.read(_ask_at, payment.id) - AT
        assert first is None or pause > first
        first = pause
    await db.write(payments.settle, news(payment, PAID))
    assert await db.read(_ask_at, payment.id) is None


async def test_an_ended_hold_asks_at_once_and_calls_the_try_abandoned(db: Database) -> None:
    payment = await at_bank(db, await placed(db, {RAIN: 1}))
    await db.write(orders.end_overdue, LATE)
    [due] = await db.read(payments.due, LATE, 10)
    assert (due.id, due.abandoned) == (payment.id, True)


async def test_a_webhook_is_kept_once_and_asks_at_once(either: Database) -> None:
    payment = await at_bank(either, await placed(either, {RAIN: 1}))
    assert payment.ref is not None
    hints = [Hint("event-1", payment.ref, "paid"), Hint("event-1", payment.ref, "paid")]
    heard = await asyncio.gather(*(either.write(webhooks.hear, "fake", hints, AT) for _ in range(4)))
    assert sorted(heard) == [0, 0, 0, 1]
    assert [due.id for due in await either.read(payments.due, AT, 10)] == [payment.id]
    assert await either.write(webhooks.hear, "fake", [Hint("event-2", ProviderRef("unknown"), "paid")], AT) == 1


async def test_a_webhook_asks_about_a_failed_try_again(db: Database) -> None:
    payment = await at_bank(db, await placed(db, {RAIN: 1}))
    await db.write(payments.settle, news(payment, FAILED))
    assert payment.ref is not None
    await db.write(webhooks.hear, "fake", [Hint("event-1", payment.ref, "paid")], AT)
    assert [due.id for due in await db.read(payments.due, AT, 10)] == [payment.id]


async def test_states_are_counted(db: Database) -> None:
    await at_bank(db, await placed(db, {BOWL: 1}))
    await db.write(payments.settle, news(await at_bank(db, await placed(db, {BOWL: 1})), PAID))
    assert await db.read(payments.counts) == {"needs_action": 1, "paid": 1}
