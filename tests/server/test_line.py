"""The line to the provider: an outage costs nobody more than itself, however long it was."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from server.payments.line import Line
from server.reconciler import Reconciler
from shop.ids import OrderNumber
from shop.orders import OrderStatus
from shop.payments import ProviderError, ProviderUnreachable
from storage import orders, payments
from storage.asking import FIRST_ASK
from storage.database import Database
from storage.payments import Try
from tests.house import until
from tests.server.conftest import Clock
from tests.server.provider import FakeProvider
from tests.storage.books import BOWL, placed


@pytest.fixture
def line(provider: FakeProvider) -> Line:
    return Line(provider)


@pytest.fixture
async def running(db: Database, line: Line, clock: Clock) -> AsyncIterator[Reconciler]:
    reconciler = Reconciler(db, line, clock)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(reconciler.run()), group.create_task(line.run(db, reconciler.wake, clock))]
        yield reconciler
        for task in tasks:
            task.cancel()


async def begun(db: Database, provider: FakeProvider, clock: Clock) -> Try:
    """An order whose shopper is at the bank."""
    number = await placed(db, {BOWL: 1})
    payment = await db.write(payments.start, number, provider.name, clock())
    made = await provider.create(number, payment.amount, payment.currency, "", payment.expires_at, payment.key)
    await db.write(payments.opened, payment.id, made.ref, made.redirect, clock())
    newest = await db.read(payments.newest, number)
    assert newest is not None
    return newest


async def becomes(db: Database, number: OrderNumber, wanted: OrderStatus) -> None:
    """Waits for commits until the order's status is the wanted one."""
    committed = asyncio.Event()
    db.listen(lambda recorded: committed.set())
    async with asyncio.timeout(5):
        while (await db.read(orders.view, number)).status is not wanted:
            await committed.wait()
            committed.clear()


async def put_off(db: Database, payment: Try) -> None:
    """Waits until a payment was asked about in vain."""

    async def asked() -> bool:
        newest = await db.read(payments.newest, payment.order)
        return newest is not None and newest.asked > 0

    await until(asked)


async def test_after_an_outage_nobody_waits_for_their_turn(
    db: Database, provider: FakeProvider, clock: Clock, running: Reconciler
) -> None:
    """The clock stands still: without the line, the next question would be 20 seconds away."""
    first, second = [await begun(db, provider, clock) for _ in range(2)]
    provider.silent = True
    for payment in (first, second):
        assert payment.ref is not None
        provider.pay(payment.ref)
    clock.now += FIRST_ASK
    running.wake()
    for payment in (first, second):
        await put_off(db, payment)
    provider.silent = False
    for payment in (first, second):
        await becomes(db, payment.order, OrderStatus.PAID)


async def test_a_shop_that_opens_after_an_outage_asks_at_once(
    db: Database, provider: FakeProvider, line: Line, clock: Clock
) -> None:
    payment = await begun(db, provider, clock)
    assert payment.ref is not None
    provider.pay(payment.ref)
    for _ in range(12):
        await db.write(payments.postpone, payment.id, clock(), clock())
    clock.advance(seconds=1)
    reconciler = Reconciler(db, line, clock)
    async with asyncio.TaskGroup() as group:
        asking = group.create_task(reconciler.run())
        await line.remember(db, reconciler.wake, clock)
        await becomes(db, payment.order, OrderStatus.PAID)
        asking.cancel()


async def test_who_waits_on_a_line_that_was_mended_asks_anew(
    db: Database, provider: FakeProvider, line: Line, clock: Clock, running: Reconciler, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A call that the provider will never answer ends when another one, begun later, was answered."""
    monkeypatch.setattr("server.payments.line.DOUBT_SECONDS", 0.01)
    payment = await begun(db, provider, clock)
    assert payment.ref is not None
    provider.holds(payment.ref)  # and never releases it
    async with asyncio.timeout(5):
        found = await line.fetch(payment.ref)
    assert found.ref == payment.ref


async def test_a_refusal_is_an_answer(
    db: Database, provider: FakeProvider, line: Line, clock: Clock, running: Reconciler
) -> None:
    payment = await begun(db, provider, clock)
    assert payment.ref is not None
    provider.pay(payment.ref)
    provider.silent = True
    with pytest.raises(ProviderUnreachable):
        await line.fetch(payment.ref)
    await db.write(payments.postpone, payment.id, clock(), clock())
    provider.silent, provider.refusing = False, True
    asked = provider.calls.count(f"fetch {payment.ref}")
    clock.advance(seconds=1)
    # The line's own question, and the reconciler's.
    await until(lambda: provider.calls.count(f"fetch {payment.ref}") >= asked + 2)


async def test_what_the_provider_says_passes_as_it_is(provider: FakeProvider, line: Line, clock: Clock) -> None:
    made = await line.create("K7QM2X4D", 100, "EUR", "", clock(), "key")
    assert (line.name, line.origins) == (provider.name, provider.origins)
    assert await line.fetch(made.ref) == await provider.fetch(made.ref)
    assert await line.find("key", clock()) == await provider.find("key", clock())
    provider.pay(made.ref)
    assert (await line.cancel(made.ref, "key")).state == "paid"
    assert (await line.refund(made.ref, 100, "key-refund")).amount == 100
    provider.refusing = True
    with pytest.raises(ProviderError):
        await line.fetch(made.ref)
