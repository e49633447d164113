"""Stock: an edit is compare-and-set, held units stay, and every movement stands in the ledger."""

import asyncio
from collections import Counter

import pytest
from sqlalchemy import Connection, exc, select

from shop.errors import InvalidFields, NotFound, StaleEdit
from shop.events import ProductChanged, StockChanged
from shop.ids import VariantId
from shop.stock import MAX_ON_HAND, Entry, Level, Public
from storage import outbox, stock, tables
from storage.database import Database
from storage.stock import Edit, Move
from tests.storage.books import AT, BOWL, LAMP, RAIN, findings, level, placed


def edit(variant: VariantId, on_hand: int, expected: int) -> Edit:
    return Edit(variant, on_hand, expected, "noor", "counted", AT)


async def test_an_edit_sets_what_is_on_hand(either: Database) -> None:
    answer = await either.write(stock.set_on_hand, edit(RAIN, 8, 5))
    assert (answer.on_hand, answer.held) == (8, 0)
    await either.write(stock.set_on_hand, edit(RAIN, 2, 8))
    assert await level(either, RAIN) == (2, 0)
    rows = await either.read(_ledger, RAIN)
    assert [(kind, units, actor) for kind, units, actor, _ in rows] == [
        ("received", 5, "test"),
        ("received", 3, "noor"),
        ("corrected", -6, "noor"),
    ]
    assert await findings(either) == []


def _ledger(tx: Connection, variant: str) -> list[tuple[str, int, str, str]]:
    entry = tables.LedgerEntry
    found = tx.execute(
        select(entry.kind, entry.on_hand, entry.actor, entry.reason)
        .where(entry.variant_id == variant)
        .order_by(entry.id)
    )
    return [(r.kind, r.on_hand, r.actor, r.reason) for r in found]


async def test_of_two_edits_at_once_one_is_stale_and_hears_the_newest(either: Database) -> None:
    answers = await asyncio.gather(
        *(either.write(stock.set_on_hand, edit(RAIN, units, 5)) for units in (7, 9)), return_exceptions=True
    )
    assert Counter(type(answer) for answer in answers) == {Level: 1, StaleEdit: 1}
    stale = next(answer for answer in answers if isinstance(answer, StaleEdit))
    assert stale.extra == {"on_hand": (await level(either, RAIN))[0], "held": 0}


async def test_held_units_cannot_be_taken_off_the_shelf(either: Database) -> None:
    await placed(either, {RAIN: 3})
    with pytest.raises(InvalidFields):
        await either.write(stock.set_on_hand, edit(RAIN, 2, 5))
    await either.write(stock.set_on_hand, edit(RAIN, 3, 5))
    assert await level(either, RAIN) == (3, 3)
    assert await findings(either) == []


@pytest.mark.parametrize("units", [-1, MAX_ON_HAND + 1])
async def test_an_edit_out_of_bounds_is_refused(db: Database, units: int) -> None:
    with pytest.raises(InvalidFields):
        await db.write(stock.set_on_hand, edit(RAIN, units, 5))


async def test_an_edit_of_nothing_is_refused_and_one_that_changes_nothing_is_silent(db: Database) -> None:
    with pytest.raises(NotFound):
        await db.write(stock.set_on_hand, edit(VariantId("nothing"), 1, 0))
    start = await db.read(outbox.head)
    await db.write(stock.set_on_hand, edit(RAIN, 5, 5))
    assert await db.read(outbox.head) == start


async def test_shoppers_hear_only_what_they_can_see(db: Database) -> None:
    start = await db.read(outbox.head)
    await db.write(stock.set_on_hand, edit(BOWL, 40, 50))
    await db.write(stock.set_on_hand, edit(BOWL, 2, 40))
    await db.write(stock.set_on_hand, edit(BOWL, 0, 2))
    told = [recorded.event for recorded in await db.read(outbox.after, start, 10)]
    seen = [event.seen for event in told if isinstance(event, StockChanged)]
    assert seen == [None, Public(left=2, held=0), Public(left=0, held=0)]
    changed = [event for event in told if isinstance(event, ProductChanged)]
    assert [event.state.variants[0].available for event in changed if event.state] == [False]


async def test_the_table_refuses_what_a_verb_should_have(either: Database) -> None:
    def oversell(tx: Connection) -> None:
        stock.post(tx, stock.locked(tx, [LAMP]), [Move(LAMP, Entry.HELD, 0, 2)], (), AT)

    with pytest.raises(exc.IntegrityError):
        await either.write(oversell)
    assert await level(either, LAMP) == (1, 0)
    assert await findings(either) == []
