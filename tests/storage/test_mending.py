"""The doctor mends what is safe, says how, and leaves the rest alone: each fault is planted behind the verbs' backs."""

import pytest
from sqlalchemy import text

from server import audit
from shop import mending as words
from shop.judge import RULES, Finding
from shop.payments import PaymentState
from storage import backorders, catalogue, mailbox, mending, order_words, orders, outbox, payments, stock
from storage.database import Database
from tests.storage.books import AT, BOWL, LAMP, RAIN, at_bank, level, news, placed

PLANTED = {
    "counter": ("ledger_differs", "UPDATE stock SET on_hand = on_hand + 2 WHERE variant_id = 'mugRain'"),
    "held counter": ("ledger_differs", "UPDATE stock SET held = 0 WHERE variant_id = 'bowlOne'"),
    "hold without an order": ("stock_of_orders", "UPDATE orders SET status = 'cancelled' WHERE number = :waiting"),
    "order without its hold": ("stock_of_orders", "DELETE FROM ledger WHERE kind = 'held' AND order_number = :waiting"),
    "price of a card": ("card_differs", "UPDATE products SET price = 1 WHERE slug = 'mug'"),
    "availability of a card": ("card_differs", "UPDATE products SET available = false WHERE slug = 'mug'"),
    "a product's words": ("product_not_found", "UPDATE products SET folded = 'nothing' WHERE slug = 'mug'"),
    "a variant's words": ("variant_not_found", "UPDATE variants SET folded = 'nothing' WHERE id = 'mugRain'"),
    "what may be owed": ("owing_differs", "UPDATE stock SET owing = 7 WHERE variant_id = 'mugRain'"),
    "outbox": ("outbox_behind", "UPDATE outbox_head SET position = 1"),
    "mail": ("mail_ahead", "UPDATE meta SET value = '999999' WHERE key = 'mail_position'"),
    "words of orders": ("orders_not_found", "DELETE FROM order_words"),
    "words of one order": (
        "orders_not_found",
        "DELETE FROM order_words WHERE position = (SELECT position FROM orders WHERE number = :waiting)",
    ),
}
LEFT_ALONE = {
    "total": ("wrong_totals", "UPDATE order_lines SET price = price + 1 WHERE order_number = :waiting"),
    "paid without goods moved": ("stock_of_orders", "UPDATE orders SET status = 'paid' WHERE number = :waiting"),
    "ledger that can't be counters": (
        "ledger_differs",
        "UPDATE ledger SET on_hand = -9 WHERE kind = 'received' AND variant_id = 'mugRain'",
    ),
    "backorders that nobody said": (
        "backorder_differs",
        "UPDATE stock SET backorder = true WHERE variant_id = 'lampOne'",
    ),
    "claim": ("claims_left", "UPDATE orders SET claimed_by = 'NOOR' WHERE number = :waiting"),
}


async def shop_with_orders(db: Database) -> str:
    """Some trade: a paid order and one that waits, whose number is answered."""
    await db.write(backorders.take, {BOWL: True}, "noor", AT)
    paid = await placed(db, {RAIN: 1, LAMP: 1})
    await db.write(payments.settle, news(await at_bank(db, paid), PaymentState.PAID))
    waiting = await placed(db, {BOWL: 60, RAIN: 1})
    await db.write(mailbox.advance, await db.read(outbox.head))
    while await db.write(order_words.catch_up):
        pass
    assert await audit.findings(db, None) == []
    return waiting


async def plant(db: Database, statement: str, waiting: str) -> None:
    values = {"waiting": waiting} if ":waiting" in statement else {}
    await db.write(lambda tx: tx.execute(text(statement), values).rowcount)


@pytest.mark.parametrize("fault", sorted(PLANTED))
async def test_what_is_safe_is_named_and_mended(either: Database, fault: str) -> None:
    rule, statement = PLANTED[fault]
    waiting = await shop_with_orders(either)
    await plant(either, statement, waiting)
    found = await audit.findings(either, None)
    assert rule in {finding.rule for finding in found}
    assert all(finding.subject and finding.text for finding in found)
    head = await either.read(outbox.head)
    mended = await audit.mend(either, found, AT)
    assert rule in {one.rule for one in mended}
    if rule == "orders_not_found":
        while await either.write(order_words.catch_up):
            pass
    assert await audit.findings(either, None) == []
    assert await audit.mend(either, await audit.findings(either, None), AT) == []
    if rule in ("ledger_differs", "stock_of_orders", "card_differs"):
        assert await either.read(outbox.head) > head, "open pages hear of it"


@pytest.mark.parametrize("fault", sorted(LEFT_ALONE))
async def test_what_is_not_is_left_as_it_is_and_why_is_said(either: Database, fault: str) -> None:
    rule, statement = LEFT_ALONE[fault]
    waiting = await shop_with_orders(either)
    await plant(either, statement, waiting)
    found = await audit.findings(either, None)
    assert rule in {finding.rule for finding in found}
    await audit.mend(either, found, AT)
    left = [finding.rule for finding in await audit.findings(either, None)]
    assert rule in left
    assert "could not be mended just now" not in words.why_not(rule)


async def test_counters_become_what_the_ledger_says_and_pages_hear_the_truth(either: Database) -> None:
    waiting = await shop_with_orders(either)
    before = await level(either, RAIN)
    await plant(either, "UPDATE stock SET on_hand = 0, held = 0 WHERE variant_id = 'mugRain'", waiting)
    [one] = await either.write(mending.counters, [RAIN], AT)
    assert await level(either, RAIN) == before
    assert one == Finding(
        "ledger_differs",
        RAIN,
        "the counters said 0 on hand and 0 held; now they say 4 and 1, as the ledger does",
    )
    known = await either.read(catalogue.state, "mug")
    assert known is not None
    assert known[1].variants[0].available


async def test_a_hold_that_was_left_behind_is_let_go_by_a_correction_in_the_ledger(either: Database) -> None:
    waiting = await shop_with_orders(either)
    await plant(either, "UPDATE orders SET status = 'cancelled' WHERE number = :waiting", waiting)
    await either.write(mending.holds, [waiting], AT)
    assert await level(either, BOWL) == (50, 0)
    said = await either.read(
        lambda tx: tx.execute(
            text("SELECT kind, held, actor, reason FROM ledger WHERE order_number = :n AND kind = 'corrected'"),
            {"n": waiting},
        ).all()
    )
    assert sorted(tuple(row) for row in said) == [
        ("corrected", -60, "doctor", "held as the order says"),
        ("corrected", -1, "doctor", "held as the order says"),
    ]


async def test_a_hold_is_not_made_up_where_somebody_else_has_the_units(either: Database) -> None:
    waiting = await placed(either, {LAMP: 1})
    await plant(either, "DELETE FROM ledger WHERE kind = 'held' AND order_number = :waiting", waiting)
    await either.write(mending.counters, [LAMP], AT)
    await placed(either, {LAMP: 1})
    assert await either.write(mending.holds, [waiting], AT) == []


def test_money_is_never_touched() -> None:
    money = {"wrong_totals", "paid_without_money", "money_without_goods", "charged_twice", "books_differ"}
    assert not money & mending.VERBS.keys()


def test_every_rule_that_is_not_mended_says_why() -> None:
    rules = {rule.__name__ for rule in RULES}
    assert rules - mending.VERBS.keys() <= words.WHY_NOT.keys()


async def test_mending_clean_books_writes_nothing(db: Database) -> None:
    await shop_with_orders(db)
    head = await db.read(outbox.head)
    counted = await db.read(stock.counters)
    assert await audit.mend(db, [], AT) == []
    assert await db.write(mending.counters, list(counted), AT) == []
    numbers = [order.number for order in await db.read(orders.recent, 10)]
    assert await db.write(mending.holds, numbers, AT) == []
    assert await db.read(outbox.head) == head
