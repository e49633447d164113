"""Stock as staff look through it, on both engines: what runs low, lists, thresholds, and a ledger that explains the counter."""

from datetime import timedelta

import pytest
from sqlalchemy import Connection, select, update

from shop.errors import InvalidFields, NotFound, StaleEdit
from shop.events import StockChanged
from shop.ids import VariantId
from shop.payments import PaymentState
from shop.stock import Entry
from storage import orders, outbox, payments, stock, stocktaking
from storage.database import Database
from storage.stock import Edit, Threshold
from storage.stocktaking import Counts, Show
from storage.tables import Product, Variant
from tests.storage.books import (
    AT,
    BOWL,
    LAMP,
    LATE,
    RAIN,
    RUST,
    at_bank,
    filled,
    findings,
    news,
    placed,
    placement,
    plan,
    set_units,
)

NEWEST = 2**62


async def shown(db: Database, words: str = "", show: Show = Show.ALL) -> list[VariantId]:
    shelf = await db.read(stocktaking.shelf, words.split(), show, 0, 50)
    assert shelf.found == len(shelf.rows)
    return [row.variant for row in shelf.rows]


async def test_the_fewest_stand_first_and_what_is_held_can_not_be_bought(either: Database) -> None:
    assert await shown(either) == [LAMP, RUST, RAIN, BOWL]
    await placed(either, {RAIN: 4})
    assert await shown(either) == [*sorted([LAMP, RAIN]), RUST, BOWL]
    low = await either.read(stocktaking.low_stock)
    assert (low.low, low.out) == (3, 0)
    assert [(row.name, row.value, row.on_hand, row.held) for row in low.rows if row.variant == RAIN] == [
        ("Mug", "Rain", 5, 4)
    ]


async def test_lists_show_all_that_runs_low_or_what_is_sold_out(either: Database) -> None:
    await set_units(either, LAMP, 0)
    assert await shown(either, show=Show.LOW) == [LAMP, RUST, RAIN]
    assert await shown(either, show=Show.OUT) == [LAMP]
    counts = await either.read(stocktaking.counts)
    assert (counts.low, counts.out, counts.all) == (3, 1, 4)


async def test_what_runs_low_is_counted_and_found_in_its_own_index(either: Database) -> None:
    for statement in (stocktaking.COUNTS, stocktaking.SHORTAGES):
        assert "ix_stock_low" in await either.read(plan, statement.params(limit=12)), statement


async def test_what_nobody_can_buy_is_no_shortage(either: Database) -> None:
    await set_units(either, LAMP, 0)
    await either.write(_hide, LAMP)
    await either.write(_retire, RUST)
    assert await shown(either, show=Show.LOW) == [RAIN]
    assert await shown(either, show=Show.OUT) == []
    low = await either.read(stocktaking.low_stock)
    assert ((low.low, low.out), [row.variant for row in low.rows]) == ((1, 0), [RAIN])
    shelf = await either.read(stocktaking.shelf, (), Show.ALL, 0, 50)
    assert shelf.counts == Counts(low=1, out=0, all=4)
    assert {row.variant: (row.visible, row.retired) for row in shelf.rows} == {
        LAMP: (False, False),
        RUST: (True, True),
        RAIN: (True, False),
        BOWL: (True, False),
    }


def _hide(tx: Connection, variant: VariantId) -> None:
    product = select(Variant.product_id).where(Variant.id == variant).scalar_subquery()
    tx.execute(update(Product).where(Product.id == product).values(visible=False))


def _retire(tx: Connection, variant: VariantId) -> None:
    tx.execute(update(Variant).where(Variant.id == variant).values(retired=True))


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("mug", [RUST, RAIN]),
        ("MUG rain", [RAIN]),
        ("rain mug", [RAIN]),
        ("teapot", []),
        ("%", []),
        ("_", []),
        ("\\", []),
        ("'; DROP TABLE stock --", []),
    ],
)
async def test_every_word_of_a_search_is_somewhere_in_the_names(
    either: Database, words: str, found: list[VariantId]
) -> None:
    assert await shown(either, words) == found


async def test_a_long_list_has_pages(either: Database) -> None:
    pages = [await either.read(stocktaking.shelf, (), Show.ALL, offset, 3) for offset in (0, 3, 6)]
    assert [len(page.rows) for page in pages] == [3, 1, 0]
    assert {page.found for page in pages} == {4}
    assert pages[0].position == await either.read(outbox.head)


async def test_a_threshold_decides_what_runs_low_and_tells_the_dashboards_but_no_shopper(either: Database) -> None:
    before = await either.read(outbox.head)
    await either.write(stock.set_low_at, Threshold(BOWL, 60, 5, AT))
    assert await shown(either, show=Show.LOW) == [LAMP, RUST, RAIN, BOWL]
    [told] = await either.read(outbox.after, before, 10)
    assert told.event == StockChanged(BOWL, "bowl", 50, 0, None)
    await either.write(stock.set_low_at, Threshold(LAMP, 0, 5, AT))
    assert await shown(either, show=Show.LOW) == [RUST, RAIN, BOWL], "at 0 only what is sold out runs low"
    assert await findings(either) == []


async def test_a_threshold_that_somebody_changed_meanwhile_is_not_written_over(either: Database) -> None:
    await either.write(stock.set_low_at, Threshold(BOWL, 10, 5, AT))
    with pytest.raises(StaleEdit) as stale:
        await either.write(stock.set_low_at, Threshold(BOWL, 20, 5, AT))
    assert stale.value.extra["low_at"] == 10
    with pytest.raises(InvalidFields):
        await either.write(stock.set_low_at, Threshold(BOWL, -1, 10, AT))
    with pytest.raises(NotFound):
        await either.write(stock.set_low_at, Threshold(VariantId("nothing"), 1, 5, AT))


async def test_the_ledger_says_who_why_and_what_was_left(either: Database) -> None:
    number = await placed(either, {BOWL: 2})
    await either.write(payments.settle, news(await at_bank(either, number), PaymentState.PAID))
    await either.write(stock.set_on_hand, Edit(BOWL, 40, 48, "clerk@shop.example", "Damaged", LATE))
    gone = (await either.write(orders.place, placement(await filled(either, {BOWL: 1}), at=LATE))).number
    await either.write(orders.end_overdue, LATE + timedelta(minutes=16))
    moves = await either.read(stocktaking.ledger, BOWL, NEWEST, 50)
    assert [(move.kind, move.on_hand, move.held, move.order, move.left) for move in moves] == [
        (Entry.RELEASED, 0, -1, gone, 40),
        (Entry.HELD, 0, 1, gone, 40),
        (Entry.CORRECTED, -8, 0, None, 40),
        (Entry.SOLD, -2, -2, number, 48),
        (Entry.HELD, 0, 2, number, 50),
        (Entry.RECEIVED, 50, 0, None, 50),
    ]
    assert (moves[2].actor, moves[2].reason, moves[2].at) == ("clerk@shop.example", "Damaged", LATE)
    older = await either.read(stocktaking.ledger, BOWL, moves[3].id, 50)
    assert older == moves[4:], "a later page goes on where the one before ended"
    assert await either.read(stocktaking.ledger, "nothing", NEWEST, 50) == []
