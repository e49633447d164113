"""Backorders: more can be ordered than is there where staff said so, and nowhere else; the books prove it at every step."""

import asyncio
from datetime import timedelta

import pytest
from msgspec import json
from msgspec.structs import replace
from sqlalchemy import Connection, exc, select, update

from shop.errors import InvalidFields, SoldOut
from shop.events import ProductChanged, StockChanged
from shop.facets import Chosen
from shop.ids import VariantId
from shop.judge import judge
from shop.orders import OrderStatus
from shop.payments import PaymentState
from shop.stock import MAX_ON_HAND, Public
from storage import audit, backorders, carts, catalogue, orders, outbox, payments, products, stock, tables, topics
from storage.database import Database
from storage.products import SheetEdit
from storage.search import Replica
from storage.stock import Edit
from tests.storage.books import (
    AT,
    LAMP,
    LATE,
    RAIN,
    at_bank,
    filled,
    findings,
    level,
    news,
    placed,
    placement,
    set_units,
)


async def taking(db: Database, variant: VariantId, *, taken: bool = True) -> None:
    await db.write(backorders.take, {variant: taken}, "noor", AT)


def kinds(tx: Connection, variant: VariantId) -> list[tuple[str, int, int, str]]:
    entry = tables.LedgerEntry
    found = tx.execute(
        select(entry.kind, entry.on_hand, entry.held, entry.actor).where(entry.variant_id == variant).order_by(entry.id)
    )
    return [(r.kind, r.on_hand, r.held, r.actor) for r in found]


async def test_more_can_be_ordered_and_paid_than_is_there(either: Database) -> None:
    await taking(either, LAMP)
    number = await placed(either, {LAMP: 3})
    assert await level(either, LAMP) == (1, 3)
    assert await findings(either) == []
    await either.write(payments.settle, news(await at_bank(either, number), PaymentState.PAID))
    assert await level(either, LAMP) == (-2, 0)
    assert await findings(either) == []
    assert await either.read(kinds, LAMP) == [
        ("received", 1, 0, "test"),
        ("backorder", 0, 0, "noor"),
        ("held", 0, 3, "shop"),
        ("sold", -3, -3, "shop"),
    ]


async def test_what_comes_in_is_set_from_below_zero_upwards(either: Database) -> None:
    await taking(either, LAMP)
    number = await placed(either, {LAMP: 3})
    await either.write(payments.settle, news(await at_bank(either, number), PaymentState.PAID))
    with pytest.raises(InvalidFields):
        await either.write(stock.set_on_hand, Edit(LAMP, -3, -2, "noor", "Lost", AT))
    await either.write(stock.set_on_hand, Edit(LAMP, 4, -2, "noor", "Received", AT))
    assert await level(either, LAMP) == (4, 0)
    assert await findings(either) == []


async def test_once_backorders_are_taken_no_more_only_what_is_there_can_be_ordered(either: Database) -> None:
    await taking(either, LAMP)
    first = await placed(either, {LAMP: 3})
    await taking(either, LAMP, taken=False)
    with pytest.raises(SoldOut):
        await placed(either, {LAMP: 1})
    # What is owed still stands, is let go, and can't be owed again.
    await either.write(orders.end_overdue, LATE)
    assert (await either.read(orders.view, first)).status is OrderStatus.CANCELLED
    assert await level(either, LAMP) == (1, 0)
    with pytest.raises(SoldOut):
        await placed(either, {LAMP: 2})
    assert await either.read(owing, LAMP) == 0
    assert await findings(either) == []


def owing(tx: Connection, variant: VariantId) -> int:
    return int(tx.execute(select(tables.Stock.owing).where(tables.Stock.variant_id == variant)).scalar_one())


async def test_what_is_owed_after_the_end_of_backorders_only_becomes_less(either: Database) -> None:
    await taking(either, LAMP)
    number = await placed(either, {LAMP: 4})
    await taking(either, LAMP, taken=False)
    assert await either.read(owing, LAMP) == 3
    await either.write(stock.set_on_hand, Edit(LAMP, 3, 1, "noor", "Received", AT))
    assert await either.read(owing, LAMP) == 1
    with pytest.raises(InvalidFields, match="Some fields"):
        await either.write(stock.set_on_hand, Edit(LAMP, 1, 3, "noor", "Lost", AT))
    await either.write(payments.settle, news(await at_bank(either, number), PaymentState.PAID))
    assert await level(either, LAMP) == (-1, 0)
    assert await either.read(owing, LAMP) == 1
    assert await findings(either) == []


async def test_the_database_itself_refuses_to_owe_where_no_backorders_are_taken(either: Database) -> None:
    def oversell(tx: Connection) -> None:
        tx.execute(update(tables.Stock).where(tables.Stock.variant_id == LAMP).values(held=2))

    with pytest.raises(exc.IntegrityError):
        await either.write(oversell)
    await taking(either, LAMP)
    await either.write(oversell)


async def test_the_judge_finds_what_was_ordered_ahead_after_backorders_had_ended(db: Database) -> None:
    await taking(db, LAMP)
    await placed(db, {LAMP: 3})
    books = await db.read(audit.books, None)
    told = [row for row in books.ledger if row.kind == "backorder"]
    without = replace(books, ledger=tuple(row for row in books.ledger if row not in told))
    assert judge(books) == []
    assert {finding.rule for finding in judge(without)} == {"below_zero"}


async def test_fifty_buyers_of_three_on_backorder_all_get_theirs(either: Database) -> None:
    await taking(either, LAMP)
    commands = [placement(await filled(either, {LAMP: 1})) for _ in range(50)]
    await asyncio.gather(*(either.write(orders.place, command) for command in commands))
    assert await level(either, LAMP) == (1, 50)
    assert await findings(either) == []


async def test_everybody_hears_that_it_can_be_ordered_and_that_it_comes_later(either: Database) -> None:
    await set_units(either, LAMP, 0)
    head = await either.read(outbox.head)
    await taking(either, LAMP)
    events = [recorded.event for recorded in await either.read(outbox.after, head, 10)]
    assert events[0] == StockChanged(LAMP, "lamp", 0, 0, Public(left=0, held=0, backorder=True), backorder=True)
    assert isinstance(events[1], ProductChanged)
    assert events[1].state is not None
    assert events[1].state.variants[0].available
    known = await either.read(topics.stock_state, LAMP)
    assert known is not None
    assert known[1] == Public(left=0, held=0, backorder=True)
    assert (await either.read(catalogue.product, "lamp")).first_choice().level.orderable == MAX_ON_HAND
    # Further orders are no news to shoppers: it still comes later.
    head = await either.read(outbox.head)
    await placed(either, {LAMP: 2})
    seen = [r.event.seen for r in await either.read(outbox.after, head, 20) if isinstance(r.event, StockChanged)]
    assert seen == [None]


async def test_a_cart_with_more_than_there_is_can_be_checked_out(either: Database) -> None:
    cart = await filled(either, {LAMP: 2})
    assert not (await either.read(carts.view, cart)).ready
    await taking(either, LAMP)
    assert (await either.read(carts.view, cart)).ready


async def test_the_editor_says_whether_backorders_are_taken_and_a_stale_one_is_refused(either: Database) -> None:
    base = await either.read(products.sheet, "lamp")
    wanted = replace(base, variants=(replace(base.variants[0], backorder=True),), per_customer=2)
    saved = await either.write(products.save, SheetEdit("lamp", base, wanted, {}, "noor", AT + timedelta(minutes=1)))
    assert saved == wanted
    assert (await either.read(products.opened, "lamp")).levels[LAMP].backorder
    assert (await either.read(catalogue.product, "lamp")).per_customer == 2
    assert [kind for kind, *_ in await either.read(kinds, LAMP)] == ["received", "backorder"]
    version = await either.read(outbox.head)
    state = await either.read(catalogue.state, "lamp")
    assert state is not None
    assert state[0] <= version
    await placed(either, {LAMP: 1})


async def test_a_backordered_and_paid_late_order_is_kept_since_more_will_come(either: Database) -> None:
    number = await placed(either, {LAMP: 1})
    payment = await at_bank(either, number)
    await either.write(orders.end_overdue, LATE)
    await placed(either, {LAMP: 1})
    await taking(either, LAMP)
    assert await either.write(payments.settle, news(payment, PaymentState.PAID, at=LATE)) is OrderStatus.PAID
    assert await level(either, LAMP) == (0, 1)
    assert await findings(either) == []


async def test_other_variants_stay_as_they_were(either: Database) -> None:
    await taking(either, LAMP)
    with pytest.raises(SoldOut):
        await placed(either, {RAIN: 6})


async def test_search_follows_and_finds_what_can_be_ordered_ahead(db: Database) -> None:
    await set_units(db, LAMP, 0)
    shelf = Replica()
    db.listen(shelf.hear)
    await shelf.load(db)

    def found(replica: Replica) -> tuple[int, object]:
        [product] = json.decode(replica.suggest("lamp"))["products"]
        return replica.results("lamp", Chosen(in_stock=True)).total, product["stock"]

    assert found(shelf) == (0, {"left": 0, "held": 0})
    await taking(db, LAMP)
    assert found(shelf) == (1, {"left": 0, "held": 0, "backorder": True})
    fresh = Replica()
    await fresh.load(db)
    assert found(fresh) == found(shelf)
    await taking(db, LAMP, taken=False)
    assert found(shelf) == (0, {"left": 0, "held": 0})
    fresh.close()
    shelf.close()
