"""Giving back: once however often it is asked, never more than was paid, and whole in the books of money, stock and papers."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest
from msgspec.structs import replace
from sqlalchemy import Connection, select

from shop.errors import InvalidFields, NotFound, RefundTooLarge, StaleEdit, WrongState
from shop.events import OrderChanged
from shop.fulfilment import Act, Clerk, Fulfilment, Parcel
from shop.ids import CustomerId, OrderNumber, VariantId
from shop.orders import Order, OrderStatus
from shop.payments import PaymentState
from shop.refunds import Pick, Wish
from shop.stock import Entry
from storage import documents, fulfilment, order_events, orders, outbox, payments, refunds, tables
from storage.commands import Id
from storage.database import Database
from storage.refunds import Command, Made
from tests.storage.books import AT, BOWL, DELIVERY, LATE, PRICES, RAIN, at_bank, findings, level, news, placed

NOOR, LENA = Clerk(CustomerId("NOOR"), "Noor"), Clerk(CustomerId("LENA"), "Lena")
TOTAL = 3 * PRICES[BOWL] + PRICES[RAIN] + DELIVERY


async def paid(db: Database) -> OrderNumber:
    """An order of three bowls and a mug, paid."""
    number = await placed(db, {BOWL: 3, RAIN: 1})
    await db.write(payments.settle, news(await at_bank(db, number), PaymentState.PAID))
    return number


async def sent(db: Database) -> OrderNumber:
    number = await paid(db)
    await db.write(fulfilment.claim, number, NOOR, AT)
    await db.write(fulfilment.pack, number, NOOR, AT)
    await db.write(fulfilment.ship, number, NOOR, Parcel(), AT)
    return number


def command(
    number: OrderNumber, wish: Wish, *, clerk: Clerk = NOOR, key: str | None = None, seen: int | None = None
) -> Command:
    return Command(number, wish, clerk, Id(f"staff {clerk.id}", key, "body") if key else None, seen, AT)


async def line_of(db: Database, number: OrderNumber, variant: VariantId) -> int:
    order = await db.read(orders.view, number)
    return [line.variant for line in order.lines].index(variant)


async def bowls(db: Database, number: OrderNumber, units: int, *, restock: bool = True) -> Wish:
    return Wish((Pick(await line_of(db, number, BOWL), units, units, restock),))


async def make_due(db: Database, ref: str = "refund") -> list[int]:
    """What the reconciler does: makes all that is owed; answers the amounts."""
    due = await db.read(refunds.due, LATE, 100)
    for one in due:
        await db.write(refunds.done, one.id, f"{ref}-{one.id}", LATE)
    return [one.amount for one in due]


def returned(tx: Connection) -> list[tuple[str, int, str, str]]:
    """What the ledger says of units that came back: which, how many, by whom and why."""
    entry = tables.LedgerEntry
    found = select(entry.variant_id, entry.on_hand, entry.actor, entry.reason).where(entry.kind == Entry.RETURNED.value)
    return [(row.variant_id, row.on_hand, row.actor, row.reason) for row in tx.execute(found.order_by(entry.id))]


async def heard(db: Database, number: OrderNumber) -> list[OrderChanged]:
    found = [event for _, event in await db.read(outbox.after, 0, 1000) if isinstance(event, OrderChanged)]
    return [event for event in found if event.number == number]


async def test_a_unit_is_taken_off_before_it_is_packed_and_the_rest_is_sent(either: Database) -> None:
    number = await paid(either)
    made = await either.write(refunds.make, command(number, await bowls(either, number, 1)))
    assert made == Made(1, PRICES[BOWL])
    order = await either.read(orders.view, number)
    assert (order.status, order.refunded_amount, order.to_pack) == (OrderStatus.PAID, PRICES[BOWL], True)
    assert sorted((line.variant, line.out) for line in order.lines) == [(BOWL, 2), (RAIN, 1)]
    assert await level(either, BOWL) == (48, 0)
    [refund] = order.refunds
    assert (refund.by, refund.owed) == ("Noor", True)
    assert await make_due(either) == [PRICES[BOWL]]
    order = await either.read(orders.view, number)
    assert (order.status, order.refunds[0].owed) == (OrderStatus.PAID, False)
    told = await heard(either, number)
    assert [(event.act, event.refund) for event in told[-2:]] == [(Act.REFUNDED, 0), (None, 1)]
    assert [seen.done for seen in told[-1].state.refunds] == [True]
    assert await findings(either) == []


async def test_what_was_taken_off_before_the_parcel_went_never_came_back(either: Database) -> None:
    number = await paid(either)
    bowl, later = await line_of(either, number, BOWL), AT + timedelta(minutes=5)
    await either.write(refunds.make, command(number, await bowls(either, number, 1)))
    line = (await either.read(orders.view, number)).lines[bowl]
    assert (line.off, line.returned) == (1, 0)
    await either.write(fulfilment.claim, number, NOOR, later)
    await either.write(fulfilment.pack, number, NOOR, later)
    await either.write(fulfilment.ship, number, NOOR, Parcel(), later)
    line = (await either.read(orders.view, number)).lines[bowl]
    assert (line.off, line.returned) == (1, 0)
    back = command(number, await bowls(either, number, 1))
    await either.write(refunds.make, replace(back, at=later + timedelta(minutes=5)))
    line = (await either.read(orders.view, number)).lines[bowl]
    assert (line.off, line.returned, line.out) == (1, 1, 1)


async def test_taking_everything_off_ends_the_order_and_gives_all_of_it_back(either: Database) -> None:
    number = await paid(either)
    await either.write(fulfilment.claim, number, LENA, AT)
    made = await either.write(refunds.make, command(number, Wish(whole=True)))
    assert made.amount == TOTAL
    order = await either.read(orders.view, number)
    assert (order.status, order.claim, order.to_pack) == (OrderStatus.REFUNDING, None, False)
    assert (await level(either, BOWL), await level(either, RAIN)) == ((50, 0), (5, 0))
    assert await findings(either) == []
    await make_due(either)
    order = await either.read(orders.view, number)
    assert (order.status, order.refunded_amount) == (OrderStatus.REFUNDED, TOTAL)
    assert await findings(either) == []
    with pytest.raises(WrongState):
        await either.write(fulfilment.claim, number, LENA, AT)


async def test_what_comes_back_goes_to_the_shelf_or_is_written_off_with_who_and_why(either: Database) -> None:
    number = await sent(either)
    await either.write(fulfilment.deliver, number, LENA, AT)
    bowl, mug = await line_of(either, number, BOWL), await line_of(either, number, RAIN)
    wish = Wish((Pick(bowl, 2, 2), Pick(mug, 1, 1, restock=False)), reason="Too small")
    made = await either.write(refunds.make, command(number, wish))
    assert made.amount == 2 * PRICES[BOWL] + PRICES[RAIN]
    assert (await level(either, BOWL), await level(either, RAIN)) == ((49, 0), (4, 0))
    assert await either.read(returned) == [(BOWL, 2, "Noor", "Too small")]
    acts = await either.read(order_events.of, number)
    assert (acts[-1].act, acts[-1].name) == (Act.REFUNDED, "Noor")
    assert acts[-1].detail.endswith("2 back on the shelf; 1 written off. Too small")
    assert await findings(either) == []


async def test_units_come_back_without_money_and_no_provider_is_asked(either: Database) -> None:
    number = await sent(either)
    wish = Wish((Pick(await line_of(either, number, BOWL), 0, 3),))
    assert await either.write(refunds.make, command(number, wish)) == Made(1, 0)
    assert await make_due(either) == []
    order = await either.read(orders.view, number)
    assert (order.status, order.refunded_amount, order.fulfilment) == (OrderStatus.PAID, 0, Fulfilment.SHIPPED)
    assert (await heard(either, number))[-1].act is Act.RETURNED
    assert await level(either, BOWL) == (50, 0)
    assert len(await either.read(documents.of, number)) == 1
    assert await findings(either) == []


async def test_one_command_sent_many_times_at_once_is_one_refund(either: Database) -> None:
    number = await paid(either)
    wish = await bowls(either, number, 1)
    asked = [command(number, wish, key="click", seen=0)] * 12
    answers = await asyncio.gather(*(either.write(refunds.make, each) for each in asked))
    assert set(answers) == {Made(1, PRICES[BOWL])}
    assert await make_due(either) == [PRICES[BOWL]]
    assert await findings(either) == []


async def test_of_two_clerks_at_once_the_second_is_told_what_the_first_did(either: Database) -> None:
    number = await paid(either)
    wish = await bowls(either, number, 2)
    clerks = [Clerk(CustomerId(f"C{n}"), f"Clerk {n}") for n in range(8)]
    answers = await asyncio.gather(
        *(either.write(refunds.make, command(number, wish, clerk=clerk, key="k", seen=0)) for clerk in clerks),
        return_exceptions=True,
    )
    assert Counter(type(answer) for answer in answers) == {Made: 1, StaleEdit: 7}
    refusal = next(answer for answer in answers if isinstance(answer, StaleEdit))
    assert refusal.extra == {"refunds": 1, "refunded": 2 * PRICES[BOWL]}
    assert "was first" in refusal.detail
    assert await findings(either) == []


async def test_a_unit_that_is_asked_for_twice_at_once_goes_back_once(either: Database) -> None:
    number = await sent(either)
    wish = await bowls(either, number, 2)
    answers = await asyncio.gather(
        *(either.write(refunds.make, command(number, wish)) for _ in range(6)), return_exceptions=True
    )
    assert Counter(type(answer) for answer in answers) == {Made: 1, InvalidFields: 5}
    assert await level(either, BOWL) == (49, 0)
    assert await findings(either) == []


async def test_amounts_at_once_never_come_to_more_than_was_paid(either: Database) -> None:
    number = await sent(either)
    answers = await asyncio.gather(
        *(either.write(refunds.make, command(number, Wish(free=TOTAL // 3))) for _ in range(7)), return_exceptions=True
    )
    assert Counter(type(answer) for answer in answers) == {Made: 3, RefundTooLarge: 4}
    refusal = next(answer for answer in answers if isinstance(answer, RefundTooLarge))
    assert refusal.extra["currency"] == "EUR"
    assert await findings(either) == []
    await either.write(refunds.make, command(number, Wish(whole=True)))
    assert (await either.read(orders.view, number)).refunded_amount == TOTAL
    assert await findings(either) == []


async def test_what_is_not_paid_or_not_there_can_not_be_given_back(either: Database) -> None:
    number = await placed(either, {BOWL: 1})
    with pytest.raises(WrongState):
        await either.write(refunds.make, command(number, Wish(whole=True)))
    with pytest.raises(NotFound):
        await either.write(refunds.make, command(OrderNumber("NOTTHERE"), Wish(whole=True)))
    with pytest.raises(WrongState):
        await either.write(refunds.make, command(await late(either), Wish(whole=True)))
    assert await findings(either) == []


async def late(db: Database) -> OrderNumber:
    """An order whose money came when its last unit was gone."""
    number = await placed(db, {RAIN: 5})
    payment = await at_bank(db, number)
    await db.write(orders.end_overdue, LATE)
    await placed(db, {RAIN: 5})
    assert await db.write(payments.settle, news(payment, PaymentState.PAID, at=LATE)) is OrderStatus.REFUNDING
    return number


async def test_a_refund_that_the_provider_refuses_stays_owed_with_its_words_and_key(either: Database) -> None:
    number = await sent(either)
    await either.write(refunds.make, command(number, Wish(free=100)))
    [first] = await either.read(refunds.due, LATE, 10)
    await either.write(refunds.postpone, first.id, AT, "The card is closed.")
    await either.write(refunds.postpone, first.id, AT + timedelta(seconds=30))
    order = await either.read(orders.view, number)
    assert (order.refunds[0].owed, order.refunds[0].said) == (True, "The card is closed.")
    told = await heard(either, number)
    assert [event.act for event in told[-2:]] == [Act.REFUNDED, Act.REFUNDED]
    [again] = await either.read(refunds.due, AT + timedelta(days=1), 10)
    assert again.key == first.key
    await either.write(refunds.done, again.id, "r", LATE)
    await either.write(refunds.postpone, first.id, LATE, "Too late.")
    order = await either.read(orders.view, number)
    assert (order.refunds[0].owed, order.refunds[0].said) == (False, "")


async def test_each_refund_has_a_key_of_its_own_and_the_order_ends_when_all_are_made(either: Database) -> None:
    number = await sent(either)
    await either.write(refunds.make, command(number, Wish(free=100)))
    await either.write(refunds.make, command(number, Wish(whole=True)))
    first, second = await either.read(refunds.due, LATE, 10)
    assert first.key != second.key
    assert first.ref == second.ref
    await either.write(refunds.done, second.id, "r2", LATE)
    assert (await either.read(orders.view, number)).status is OrderStatus.REFUNDING
    await either.write(refunds.done, first.id, "r1", LATE)
    assert (await either.read(orders.view, number)).status is OrderStatus.REFUNDED
    await either.write(refunds.done, first.id, "r1", LATE)
    assert [event.refund for event in await heard(either, number)][-2:] == [2, 1]
    assert await findings(either) == []


async def test_an_order_that_was_given_back_still_takes_its_goods_back(either: Database) -> None:
    number = await sent(either)
    await either.write(refunds.make, command(number, Wish(whole=True)))
    wish = Wish((Pick(await line_of(either, number, BOWL), 0, 2),))
    await either.write(refunds.make, command(number, wish))
    assert await level(either, BOWL) == (49, 0)
    assert (await either.read(orders.view, number)).status is OrderStatus.REFUNDING
    assert await findings(either) == []


async def test_a_parcel_is_delivered_once_and_what_is_collected_never(either: Database) -> None:
    number = await sent(either)
    delivered = await either.write(fulfilment.deliver, number, NOOR, LATE)
    assert (delivered.fulfilment, delivered.delivered_at) == (Fulfilment.DELIVERED, LATE)
    assert (await either.write(fulfilment.deliver, number, NOOR, LATE)).version == delivered.version
    with pytest.raises(WrongState):
        await either.write(fulfilment.deliver, number, LENA, LATE)
    assert delivered.lines == (await either.read(orders.view, number)).lines
    with pytest.raises(WrongState):
        await either.write(fulfilment.deliver, await paid(either), NOOR, LATE)
    assert isinstance(delivered, Order)
    assert await findings(either) == []
