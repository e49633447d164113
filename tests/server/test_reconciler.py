"""The reconciler: every payment gets an answer in the end, whatever the provider loses, and refunds are made once."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import suppress
from datetime import timedelta
from itertools import pairwise

import pytest

from server.reconciler import CREATE_GRACE, Reconciler
from shop.checkout import BANK_SLACK
from shop.fulfilment import Clerk
from shop.ids import CustomerId, OrderNumber
from shop.judge import judge
from shop.orders import OrderStatus
from shop.payments import Hint, PaymentState, ProviderUnreachable
from shop.refunds import Pick, Wish
from storage import audit, orders, payments, refunds, webhooks
from storage.asking import FIRST_ASK, LAST_ASK
from storage.database import Database
from storage.payments import Try
from storage.refunds import Command
from tests.house import WAIT_SECONDS
from tests.server.conftest import Clock
from tests.server.provider import FakeProvider
from tests.storage.books import BOWL, HOLD, LAMP, filled, level, placed, placement


@pytest.fixture
def reconciler(db: Database, provider: FakeProvider, clock: Clock) -> Reconciler:
    return Reconciler(db, provider, clock)


async def begun(db: Database, provider: FakeProvider, clock: Clock, number: OrderNumber) -> Try:
    """The shopper is sent to the bank, which may lose its answer."""
    begun = await db.write(payments.start, number, provider.name, clock())
    with suppress(ProviderUnreachable):
        made = await provider.create(number, begun.amount, begun.currency, "", begun.expires_at, begun.key)
        await db.write(payments.opened, begun.id, made.ref, made.redirect, clock())
    newest = await db.read(payments.newest, number)
    assert newest is not None
    return newest


async def status(db: Database, number: OrderNumber) -> OrderStatus:
    return (await db.read(orders.view, number)).status


async def within(wait: Awaitable[object]) -> None:
    async with asyncio.timeout(WAIT_SECONDS):
        await wait


async def until(db: Database, number: OrderNumber, wanted: OrderStatus) -> None:
    """Waits for commits until the order's status is the wanted one."""
    committed = asyncio.Event()
    db.listen(lambda recorded: committed.set())
    while await status(db, number) is not wanted:
        await within(committed.wait())
        committed.clear()


async def clean(db: Database, provider: FakeProvider) -> bool:
    return judge(await db.read(audit.books, provider.books())) == []


async def test_nothing_is_asked_before_its_time(
    db: Database, provider: FakeProvider, clock: Clock, reconciler: Reconciler
) -> None:
    await begun(db, provider, clock, await placed(db, {BOWL: 1}))
    provider.calls.clear()
    await reconciler.look()
    assert provider.calls == []
    clock.now += FIRST_ASK
    await reconciler.look()
    assert len(provider.calls) == 1


async def test_a_payment_whose_webhook_never_came_is_heard_of(
    db: Database, provider: FakeProvider, clock: Clock, reconciler: Reconciler
) -> None:
    number = await placed(db, {BOWL: 1})
    payment = await begun(db, provider, clock, number)
    assert payment.ref is not None
    provider.pay(payment.ref)
    clock.now += FIRST_ASK
    await reconciler.look()
    assert await status(db, number) is OrderStatus.PAID
    assert await clean(db, provider)


async def test_an_answer_lost_at_create_is_found_by_its_key(
    db: Database, provider: FakeProvider, clock: Clock, reconciler: Reconciler
) -> None:
    number = await placed(db, {BOWL: 1})
    provider.lost_answers = 1
    payment = await begun(db, provider, clock, number)
    assert payment.ref is None
    [made] = provider.payments.values()
    provider.pay(made.ref)
    clock.now += FIRST_ASK
    await reconciler.look()
    assert await status(db, number) is OrderStatus.PAID
    newest = await db.read(payments.newest, number)
    assert newest is not None
    assert newest.ref == made.ref
    assert await clean(db, provider)


async def test_a_payment_the_provider_never_heard_of_ends_only_after_its_time(
    db: Database, provider: FakeProvider, clock: Clock, reconciler: Reconciler
) -> None:
    number = await placed(db, {LAMP: 1})
    await db.write(payments.start, number, provider.name, clock())
    clock.now += HOLD + timedelta(seconds=1)
    await db.write(orders.end_overdue, clock())
    await reconciler.look()
    newest = await db.read(payments.newest, number)
    assert newest is not None
    assert newest.state is PaymentState.CREATED, "a create may still be under way"
    clock.now += BANK_SLACK + CREATE_GRACE + LAST_ASK
    await reconciler.look()
    newest = await db.read(payments.newest, number)
    assert newest is not None
    assert newest.state is PaymentState.CANCELLED
    assert await db.read(payments.due, clock() + LAST_ASK * 9, 10) == []


async def test_an_abandoned_payment_is_ended_at_the_provider(
    db: Database, provider: FakeProvider, clock: Clock, reconciler: Reconciler
) -> None:
    number = await placed(db, {LAMP: 1})
    payment = await begun(db, provider, clock, number)
    clock.now += HOLD + timedelta(seconds=1)
    await db.write(orders.end_overdue, clock())
    await reconciler.look()
    assert payment.ref is not None
    assert provider.payments[payment.ref].state is PaymentState.CANCELLED
    order = await db.read(orders.view, number)
    assert (order.status, order.payment) == (OrderStatus.CANCELLED, PaymentState.CANCELLED)
    provider.pay(payment.ref)
    assert await clean(db, provider)


async def test_an_abandoned_payment_that_was_paid_is_not_ended_but_settled(
    db: Database, provider: FakeProvider, clock: Clock, reconciler: Reconciler
) -> None:
    number = await placed(db, {LAMP: 1})
    payment = await begun(db, provider, clock, number)
    assert payment.ref is not None
    clock.now += HOLD + timedelta(seconds=1)
    await db.write(orders.end_overdue, clock())
    provider.pay(payment.ref)
    await reconciler.look()
    assert await status(db, number) is OrderStatus.PAID
    assert await level(db, LAMP) == (0, 0)
    assert await clean(db, provider)


async def test_a_silent_provider_is_asked_ever_more_rarely_and_then_heard(
    db: Database, provider: FakeProvider, clock: Clock, reconciler: Reconciler
) -> None:
    number = await placed(db, {BOWL: 1})
    payment = await begun(db, provider, clock, number)
    assert payment.ref is not None
    provider.pay(payment.ref)
    provider.silent = True
    asked_at = []
    for _ in range(3 * 3600 // 20):
        before = len(provider.calls)
        await reconciler.look()
        if len(provider.calls) > before:
            asked_at.append(clock())
        clock.advance(seconds=20)
    pauses = [later - earlier for earlier, later in pairwise(asked_at)]
    assert pauses == sorted(pauses)
    assert len(asked_at) < 15
    assert pauses[-1] <= LAST_ASK
    provider.silent = False
    clock.now += LAST_ASK
    await reconciler.look()
    assert await status(db, number) is OrderStatus.PAID


async def sold_out_while_paying(db: Database, provider: FakeProvider, clock: Clock) -> tuple[OrderNumber, Try]:
    """Paid after the hold ended, while somebody else holds the last unit."""
    number = await placed(db, {LAMP: 1})
    payment = await begun(db, provider, clock, number)
    clock.now += HOLD + timedelta(seconds=1)
    await db.write(orders.end_overdue, clock())
    await db.write(orders.place, placement(await filled(db, {LAMP: 1}), at=clock()))
    assert payment.ref is not None
    provider.pay(payment.ref)
    return number, payment


async def test_a_refund_is_made_once_though_its_answer_was_lost(
    db: Database, provider: FakeProvider, clock: Clock, reconciler: Reconciler
) -> None:
    number, payment = await sold_out_while_paying(db, provider, clock)
    await reconciler.look()
    assert await status(db, number) is OrderStatus.REFUNDING
    provider.lost_answers = 2
    for _ in range(2):
        clock.now += LAST_ASK
        await reconciler.look()
        assert await status(db, number) is OrderStatus.REFUNDING
    for _ in range(3):
        clock.now += LAST_ASK
        await reconciler.look()
        assert await status(db, number) is OrderStatus.REFUNDED
    assert payment.ref is not None
    assert list(provider.payments[payment.ref].refunds.values()) == [payment.amount]
    assert provider.calls.count(f"refund {payment.ref}") == 3
    assert await clean(db, provider)


async def test_a_refusal_of_one_does_not_keep_the_others_waiting(
    db: Database, provider: FakeProvider, clock: Clock, reconciler: Reconciler
) -> None:
    numbers = [await placed(db, {BOWL: 1}) for _ in range(12)]
    tries = [await begun(db, provider, clock, number) for number in numbers]
    for payment in tries:
        assert payment.ref is not None
        provider.pay(payment.ref)
    assert tries[0].ref is not None
    del provider.payments[tries[0].ref]  # asking for it is a bug in the provider's client: KeyError
    clock.now += FIRST_ASK
    await reconciler.look()
    assert [await status(db, number) for number in numbers[1:]] == [OrderStatus.PAID] * 11


async def test_a_provider_that_refuses_is_asked_again_later(
    db: Database, provider: FakeProvider, clock: Clock, reconciler: Reconciler
) -> None:
    await begun(db, provider, clock, await placed(db, {BOWL: 1}))
    provider.refusing = True
    clock.now += FIRST_ASK
    assert not await reconciler.look()
    assert await db.read(payments.due, clock(), 10) == []
    assert len(await db.read(payments.due, clock() + LAST_ASK, 10)) == 1


async def test_refunds_of_one_payment_are_each_made_once_through_silence_and_refusal(
    db: Database, provider: FakeProvider, clock: Clock, reconciler: Reconciler
) -> None:
    number = await placed(db, {BOWL: 3})
    payment = await begun(db, provider, clock, number)
    assert payment.ref is not None
    provider.pay(payment.ref)
    clock.advance(seconds=FIRST_ASK.total_seconds())
    await reconciler.look()
    for wish in (Wish((Pick(0, 1),)), Wish(free=100), Wish(whole=True)):
        await db.write(refunds.make, Command(number, wish, Clerk(CustomerId("N"), "Noor"), None, None, clock()))
    provider.refusing = True
    await reconciler.look()
    order = await db.read(orders.view, number)
    assert [(refund.owed, refund.said) for refund in order.refunds] == [(True, "refused for good")] * 3
    provider.refusing, provider.silent = False, True
    clock.advance(seconds=LAST_ASK.total_seconds())
    await reconciler.look()
    provider.silent, provider.lost_answers = False, 2
    for _ in range(4):
        clock.advance(seconds=LAST_ASK.total_seconds())
        await reconciler.look()
    assert await status(db, number) is OrderStatus.REFUNDED
    assert len(provider.payments[payment.ref].refunds) == 3
    assert sum(provider.payments[payment.ref].refunds.values()) == payment.amount
    assert await clean(db, provider)


@pytest.fixture
async def running(reconciler: Reconciler) -> AsyncIterator[Reconciler]:
    task = asyncio.create_task(reconciler.run())
    yield reconciler
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def paid_and_hinted_at(db: Database, provider: FakeProvider, clock: Clock, payment: Try) -> None:
    """The shopper pays, and the provider's webhook comes."""
    assert payment.ref is not None
    provider.pay(payment.ref)
    await db.write(webhooks.hear, provider.name, [Hint(f"event-{payment.ref}", payment.ref, "paid")], clock())


async def test_a_payment_does_not_wait_for_the_answer_about_another(
    db: Database, provider: FakeProvider, clock: Clock, running: Reconciler
) -> None:
    slow, quick = [await begun(db, provider, clock, await placed(db, {BOWL: 1})) for _ in range(2)]
    hold = provider.holds(slow.ref)
    await paid_and_hinted_at(db, provider, clock, slow)
    running.wake()
    await within(hold.asked.wait())
    await paid_and_hinted_at(db, provider, clock, quick)
    running.wake()
    await until(db, quick.order, OrderStatus.PAID)
    assert await status(db, slow.order) is OrderStatus.PLACED
    hold.released.set()
    await until(db, slow.order, OrderStatus.PAID)
    assert provider.calls.count(f"fetch {slow.ref}") == 1


async def test_a_hint_that_comes_while_the_provider_answers_is_not_lost(
    db: Database, provider: FakeProvider, clock: Clock, running: Reconciler
) -> None:
    """The answer on its way was true before the shopper paid: it must not put off the next question."""
    payment = await begun(db, provider, clock, await placed(db, {BOWL: 1}))
    hold = provider.holds(payment.ref)
    clock.now += FIRST_ASK
    running.wake()
    await within(hold.asked.wait())
    clock.advance(seconds=1)
    await paid_and_hinted_at(db, provider, clock, payment)
    running.wake()
    clock.advance(seconds=1)
    hold.released.set()
    await until(db, payment.order, OrderStatus.PAID)


async def test_a_hint_that_comes_while_an_answer_is_being_lost_is_not_lost(
    db: Database, provider: FakeProvider, clock: Clock, running: Reconciler
) -> None:
    """That the provider did not answer puts off the next question, but not one that a hint has asked for since."""
    payment = await begun(db, provider, clock, await placed(db, {BOWL: 1}))
    hold = provider.holds(payment.ref)
    hold.lost = True
    clock.now += FIRST_ASK
    running.wake()
    await within(hold.asked.wait())
    clock.advance(seconds=1)
    await paid_and_hinted_at(db, provider, clock, payment)
    running.wake()
    clock.advance(seconds=1)
    hold.released.set()
    await until(db, payment.order, OrderStatus.PAID)


async def test_a_webhook_wakes_it(db: Database, provider: FakeProvider, clock: Clock, running: Reconciler) -> None:
    number = await placed(db, {BOWL: 1})
    payment = await begun(db, provider, clock, number)
    assert payment.ref is not None
    provider.pay(payment.ref)
    settled = asyncio.Event()
    db.listen(lambda recorded: settled.set())
    await db.write(webhooks.hear, provider.name, [Hint("event-1", payment.ref, "paid")], clock())
    running.wake()
    await within(settled.wait())
    assert await status(db, number) is OrderStatus.PAID
