"""Positions are reserved after all other locks: whoever took one later would stop the whole shop until a deadlock is found."""

import asyncio

from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from shop.events import DayBegan
from shop.orders import OrderStatus
from shop.payments import PaymentState
from storage import orders, outbox, payments, stock
from storage.calls import begin
from storage.database import Database
from storage.postgresql import async_url
from tests.house import until
from tests.storage.books import AT, LAMP, RAIN, at_bank, filled, findings, news, placement
from tests.storage.test_commit_order import WAITING
from tests.storage.test_holds import order_again, view


async def test_an_order_that_outranks_a_newer_one_waits_for_its_units_first(
    on_postgresql: Database, postgresql_books: str
):
    """It was paid after it gave way: it has units that the newer one hasn't, and somebody else is taking of those."""
    cart = await filled(on_postgresql, {LAMP: 1, RAIN: 1})
    first = (await on_postgresql.write(orders.place, placement(cart))).number
    paying = await at_bank(on_postgresql, first)
    second = await order_again(on_postgresql, cart, {LAMP: 1})
    assert (await view(on_postgresql, first)).replaced_by == second
    engine = create_async_engine(async_url(postgresql_books), poolclass=NullPool)
    async with engine.connect() as other, asyncio.TaskGroup() as tasks:
        await other.execute(text("SET lock_timeout = '300ms'"))
        await other.run_sync(begin)
        await other.run_sync(stock.locked, [RAIN])
        settled = tasks.create_task(on_postgresql.write(payments.settle, news(paying, PaymentState.PAID)))

        async def waits() -> bool:
            return bool((await other.execute(WAITING)).scalar_one())

        await until(waits)
        await other.run_sync(outbox.note, DayBegan("2026-11-25"), AT)
        await other.commit()
        assert await settled is OrderStatus.PAID
    await engine.dispose()
    assert await findings(on_postgresql) == []
