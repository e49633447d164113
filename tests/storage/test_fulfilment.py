"""Claiming, packing and sending: one clerk an order, whatever comes at once, and what is true now for who comes late."""

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from shop.errors import AlreadyClaimed, InvalidFields, NotClaimed, NotFound, WrongState
from shop.events import OrderChanged
from shop.fulfilment import Act, Clerk, Fulfilment, Parcel
from shop.ids import CustomerId, OrderNumber
from shop.orders import Order, OrderStatus
from shop.payments import PaymentState
from storage import fulfilment, order_events, orders, outbox, payments, refunds
from storage.database import Database
from tests.storage.books import AT, BOWL, LAMP, LATE, at_bank, findings, level, news, placed

NOOR, LENA = Clerk(CustomerId("NOOR"), "Noor"), Clerk(CustomerId("LENA"), "Lena")
POST = Parcel("bpost", "3SABC", "https://track.example/3SABC")


async def paid(db: Database) -> OrderNumber:
    number = await placed(db, {BOWL: 1})
    await db.write(payments.settle, news(await at_bank(db, number), PaymentState.PAID))
    return number


async def acts(db: Database, number: OrderNumber) -> list[str]:
    return [f"{done.name} {done.act}" for done in await db.read(order_events.of, number)]


async def heard(db: Database, number: OrderNumber) -> list[OrderChanged]:
    """The events of an order by acts of staff."""
    found = [event for _, event in await db.read(outbox.after, 0, 1000) if isinstance(event, OrderChanged)]
    return [event for event in found if event.number == number and event.act is not None]


async def test_an_order_is_claimed_packed_and_sent(either: Database) -> None:
    number = await paid(either)
    claimed = await either.write(fulfilment.claim, number, NOOR, AT)
    assert claimed.claim is not None
    assert (claimed.claim.by, claimed.claim.name, claimed.claim.at) == (NOOR.id, "Noor", AT)
    packed = await either.write(fulfilment.pack, number, NOOR, AT + timedelta(minutes=1))
    assert (packed.fulfilment, packed.claim, packed.packed_at) == (Fulfilment.PACKED, None, AT + timedelta(minutes=1))
    sent = await either.write(fulfilment.ship, number, LENA, POST, AT + timedelta(minutes=2))
    assert (sent.status, sent.fulfilment, sent.parcel) == (OrderStatus.PAID, Fulfilment.SHIPPED, POST)
    assert await acts(either, number) == ["Noor claimed", "Noor packed", "Lena shipped"]
    told = await heard(either, number)
    assert [event.act for event in told] == [Act.CLAIMED, Act.PACKED, Act.SHIPPED]
    assert [event.row.fulfilment for event in told] == [Fulfilment.NONE, Fulfilment.PACKED, Fulfilment.SHIPPED]
    assert told[-1].state.steps[-1].link == POST.link
    assert sent.version == (await either.read(outbox.head))
    assert await findings(either) == []


async def test_of_many_clerks_at_once_one_gets_the_order(either: Database) -> None:
    number = await paid(either)
    clerks = [Clerk(CustomerId(f"C{n}"), f"Clerk {n}") for n in range(20)]
    answers = await asyncio.gather(
        *(either.write(fulfilment.claim, number, clerk, AT) for clerk in clerks), return_exceptions=True
    )
    assert Counter(type(answer) for answer in answers) == {Order: 1, AlreadyClaimed: 19}
    [won] = [answer for answer in answers if isinstance(answer, Order)]
    assert won.claim is not None
    refused = next(answer for answer in answers if isinstance(answer, AlreadyClaimed))
    assert refused.extra["claimed_by"] == won.claim.name
    assert len(await acts(either, number)) == 1


async def test_of_many_who_take_over_at_once_one_has_it(either: Database) -> None:
    number = await paid(either)
    await either.write(fulfilment.claim, number, NOOR, AT)
    clerks = [Clerk(CustomerId(f"C{n}"), f"Clerk {n}") for n in range(10)]
    answers = await asyncio.gather(
        *(either.write(fulfilment.take_over, number, clerk, NOOR.id, AT) for clerk in clerks), return_exceptions=True
    )
    assert Counter(type(answer) for answer in answers) == {Order: 1, AlreadyClaimed: 9}
    with pytest.raises(AlreadyClaimed):
        await either.write(fulfilment.pack, number, NOOR, AT)


async def test_packing_at_once_from_two_tabs_packs_once(either: Database) -> None:
    number = await paid(either)
    await either.write(fulfilment.claim, number, NOOR, AT)
    answers = await asyncio.gather(*(either.write(fulfilment.pack, number, NOOR, AT) for _ in range(8)))
    assert {answer.fulfilment for answer in answers} == {Fulfilment.PACKED}
    assert await acts(either, number) == ["Noor claimed", "Noor packed"]


async def test_every_act_done_twice_is_done_once(db: Database) -> None:
    number = await paid(db)
    steps: list[Callable[[], Any]] = [
        lambda: db.write(fulfilment.claim, number, NOOR, AT),
        lambda: db.write(fulfilment.release, number, NOOR, AT),
        lambda: db.write(fulfilment.claim, number, LENA, AT),
        lambda: db.write(fulfilment.take_over, number, NOOR, LENA.id, AT),
        lambda: db.write(fulfilment.pack, number, NOOR, AT),
        lambda: db.write(fulfilment.unpack, number, LENA, AT),
        lambda: db.write(fulfilment.pack, number, LENA, AT),
        lambda: db.write(fulfilment.ship, number, LENA, POST, AT),
        lambda: db.write(fulfilment.track, number, NOOR, Parcel("bpost", "3SXYZ"), AT),
    ]
    for count, step in enumerate(steps, start=1):
        first = await step()
        assert await step() == first
        assert len(await acts(db, number)) == len(await heard(db, number)) == count
    assert await findings(db) == []


async def test_a_stale_tab_is_told_what_is_true_now(db: Database) -> None:
    number = await paid(db)
    with pytest.raises(NotClaimed):
        await db.write(fulfilment.pack, number, NOOR, AT)
    with pytest.raises(WrongState, match="not packed yet"):
        await db.write(fulfilment.ship, number, NOOR, Parcel(), AT)
    await db.write(fulfilment.claim, number, NOOR, AT)
    for late in (fulfilment.claim, fulfilment.pack, fulfilment.release):
        with pytest.raises(AlreadyClaimed, match="Noor is packing"):
            await db.write(late, number, LENA, AT)
    await db.write(fulfilment.pack, number, NOOR, AT)
    with pytest.raises(WrongState, match="Noor has packed"):
        await db.write(fulfilment.claim, number, LENA, AT)
    await db.write(fulfilment.ship, number, LENA, Parcel(), AT)
    for again in (fulfilment.pack, fulfilment.unpack):
        with pytest.raises(WrongState, match="Lena has sent"):
            await db.write(again, number, NOOR, AT)
    with pytest.raises(WrongState, match="Lena has sent"):
        await db.write(fulfilment.ship, number, NOOR, POST, AT)
    assert (await db.read(orders.view, number)).parcel == Parcel()


async def test_a_claim_that_was_let_go_meanwhile_is_simply_claimed(db: Database) -> None:
    number = await paid(db)
    await db.write(fulfilment.claim, number, NOOR, AT)
    await db.write(fulfilment.release, number, NOOR, AT)
    order = await db.write(fulfilment.take_over, number, LENA, NOOR.id, AT)
    assert order.claim is not None
    assert order.claim.name == "Lena"
    assert await acts(db, number) == ["Noor claimed", "Noor released", "Lena claimed"]


async def test_who_opens_a_parcel_again_has_it(db: Database) -> None:
    number = await paid(db)
    await db.write(fulfilment.claim, number, NOOR, AT)
    await db.write(fulfilment.pack, number, NOOR, AT)
    opened = await db.write(fulfilment.unpack, number, LENA, AT)
    assert (opened.fulfilment, opened.packed_at) == (Fulfilment.NONE, None)
    with pytest.raises(AlreadyClaimed):
        await db.write(fulfilment.pack, number, NOOR, AT)
    assert (await db.write(fulfilment.pack, number, LENA, AT)).fulfilment is Fulfilment.PACKED


async def test_only_what_is_paid_is_packed(db: Database) -> None:
    number = await placed(db, {BOWL: 1})
    for verb in (fulfilment.claim, fulfilment.pack, fulfilment.release, fulfilment.unpack):
        with pytest.raises(WrongState, match="not paid"):
            await db.write(verb, number, NOOR, AT)
    with pytest.raises(WrongState):
        await db.write(fulfilment.ship, number, NOOR, POST, AT)
    with pytest.raises(NotFound):
        await db.write(fulfilment.claim, OrderNumber("NOTTHERE"), NOOR, AT)
    assert await acts(db, number) == []


@pytest.mark.parametrize(
    ("parcel", "field"),
    [
        (Parcel(carrier="x" * 101), "carrier"),
        (Parcel(tracking="a\nb"), "tracking"),
        (Parcel(link="javascript:alert(1)"), "link"),
        (Parcel(link="track.example/1"), "link"),
        (Parcel(link="https://"), "link"),
        (Parcel(link="https://[x"), "link"),
        (Parcel(link="https://a.example/" + "x" * 500), "link"),
    ],
)
async def test_a_parcel_that_can_not_be_is_refused_by_its_field(db: Database, parcel: Parcel, field: str) -> None:
    number = await paid(db)
    await db.write(fulfilment.claim, number, NOOR, AT)
    await db.write(fulfilment.pack, number, NOOR, AT)
    with pytest.raises(InvalidFields) as refused:
        await db.write(fulfilment.ship, number, NOOR, parcel, AT)
    assert list(refused.value.fields) == [field]
    assert (await db.read(orders.view, number)).fulfilment is Fulfilment.PACKED


async def test_a_cancelled_order_gives_its_units_back_and_its_payment_is_ended(either: Database) -> None:
    number = await placed(either, {LAMP: 1})
    await at_bank(either, number)
    answers = await asyncio.gather(*(either.write(orders.cancel, number, NOOR, AT) for _ in range(3)))
    assert {(answer.status, answer.cancelled_by) for answer in answers} == {(OrderStatus.CANCELLED, "Noor")}
    assert await level(either, LAMP) == (1, 0)
    assert await acts(either, number) == ["Noor cancelled"]
    [due] = await either.read(payments.due, AT, 10)
    assert due.abandoned, "the reconciler ends it at the provider"
    assert await findings(either) == []


async def test_money_that_comes_after_staff_cancelled_goes_back(either: Database) -> None:
    number = await placed(either, {LAMP: 1})
    payment = await at_bank(either, number)
    await either.write(orders.cancel, number, NOOR, AT)
    assert await either.write(payments.settle, news(payment, PaymentState.PAID)) is OrderStatus.REFUNDING
    [due] = await either.read(refunds.due, LATE, 10)
    await either.write(refunds.done, due.id, "refund", LATE)
    order = await either.read(orders.view, number)
    assert order.status is OrderStatus.REFUNDED
    assert await level(either, LAMP) == (1, 0)
    assert await findings(either) == []


async def test_cancelling_and_paying_at_once_ends_in_goods_or_in_a_refund(either: Database) -> None:
    number = await placed(either, {LAMP: 1})
    payment = await at_bank(either, number)
    cancelled, settled = await asyncio.gather(
        either.write(orders.cancel, number, NOOR, AT),
        either.write(payments.settle, news(payment, PaymentState.PAID)),
        return_exceptions=True,
    )
    order = await either.read(orders.view, number)
    if isinstance(cancelled, WrongState):
        assert (order.status, await level(either, LAMP)) == (OrderStatus.PAID, (0, 0))
    else:
        assert settled is OrderStatus.REFUNDING
        assert (order.status, await level(either, LAMP)) == (OrderStatus.REFUNDING, (1, 0))
    assert await findings(either) == []


async def test_what_was_paid_is_not_cancelled(db: Database) -> None:
    number = await paid(db)
    with pytest.raises(WrongState):
        await db.write(orders.cancel, number, NOOR, AT)
    with pytest.raises(NotFound):
        await db.write(orders.cancel, OrderNumber("NOTTHERE"), NOOR, AT)
