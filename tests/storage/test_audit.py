"""The judge before the real books: clean after a day of shopping, and not after somebody has meddled with them."""

from datetime import timedelta

import pytest
from sqlalchemy import exc, text

from server.audit import findings
from server.reconciler import Reconciler
from shop.ids import OrderNumber
from shop.judge import RULES
from shop.orders import OrderStatus
from storage import orders, payments
from storage.database import Database
from tests.server.provider import FakeProvider
from tests.storage.books import AT, BOWL, HOLD, LAMP, RAIN, placed, placement
from tests.storage.coupons import made, with_code


class Day:
    """A day of shopping with one order of each kind: waiting, paid, cancelled, refunded. A code comes off three of them."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.bank = FakeProvider()
        self.now = AT
        self.reconciler = Reconciler(db, self.bank, lambda: self.now)
        self.numbers: dict[str, OrderNumber] = {}

    async def at_bank(self, number: OrderNumber) -> payments.Try:
        begun = await self.db.write(payments.start, number, "fake", self.now)
        made = await self.bank.create(number, begun.amount, begun.currency, "", begun.expires_at, begun.key)
        await self.db.write(payments.opened, begun.id, made.ref, made.redirect, self.now)
        return begun

    def pay(self, number: OrderNumber) -> None:
        [ref] = [entry.ref for entry in self.bank.payments.values() if entry.order == number]
        self.bank.pay(ref)

    async def pass_by(self) -> None:
        await made(self.db, limit=2)
        self.numbers["refunded"] = await placed(self.db, {LAMP: 1})
        for name, variant in (("paid", BOWL), ("cancelled", RAIN)):
            bought = placement(await with_code(self.db, {variant: 1}))
            self.numbers[name] = (await self.db.write(orders.place, bought)).number
        for name in ("paid", "cancelled", "refunded"):
            await self.at_bank(self.numbers[name])
        self.pay(self.numbers["paid"])
        self.now += timedelta(minutes=1)
        await self.reconciler.look()
        self.now = AT + HOLD + timedelta(seconds=1)
        await self.db.write(orders.end_overdue, self.now)
        waiting = placement(await with_code(self.db, {LAMP: 1, BOWL: 2}), at=self.now)
        self.numbers["placed"] = (await self.db.write(orders.place, waiting)).number
        self.pay(self.numbers["refunded"])
        for _ in range(3):
            await self.reconciler.look()

    async def rules_broken(self, *acknowledged: str) -> set[str]:
        return {finding.rule for finding in await findings(self.db, self.bank.books(), acknowledged)}


@pytest.fixture
async def day(either: Database) -> Day:
    day = Day(either)
    await day.pass_by()
    return day


@pytest.fixture
async def day_on_sqlite(db: Database) -> Day:
    day = Day(db)
    await day.pass_by()
    return day


async def test_a_day_of_shopping_leaves_clean_books(day: Day) -> None:
    for name, number in day.numbers.items():
        assert (await day.db.read(orders.view, number)).status == OrderStatus(name)
    assert await findings(day.db, day.bank.books(), list(day.numbers.values())) == []
    assert await findings(day.db, None) == []


MEDDLED = {
    "oversold": "UPDATE order_lines SET quantity = 51 WHERE order_number = :paid",
    "below_zero": "UPDATE ledger SET on_hand = 0 WHERE kind = 'received' AND variant_id = 'lampOne'",
    "ledger_differs": "UPDATE stock SET on_hand = on_hand + 1 WHERE variant_id = 'mugRain'",
    "held_without_order": "UPDATE stock SET held = held - 1 WHERE held > 0",
    "stock_of_orders": "DELETE FROM ledger WHERE kind = 'released' AND order_number = :cancelled",
    "wrong_totals": "UPDATE order_lines SET price = price + 1 WHERE order_number = :placed",
    "codes_miscounted": "UPDATE codes SET used = used - 1",
    "uses_of_orders": "UPDATE orders SET code = '' WHERE number = :paid",
    "codes_overused": "UPDATE codes SET used = 0, max_uses = 0",
    "paid_without_money": "UPDATE orders SET status = 'paid' WHERE number = :cancelled",
    "money_without_goods": "UPDATE orders SET status = 'cancelled' WHERE number = :paid",
    "goods_without_money": "UPDATE orders SET fulfilment = 'shipped' WHERE number = :placed",
    "claims_left": "UPDATE orders SET claimed_by = 'NOOR' WHERE number = :placed",
    "goods_out_of_step": "UPDATE orders SET fulfilment = 'shipped' WHERE number = :paid",
    "refunded_too_much": "UPDATE orders SET refunded_amount = 1 WHERE number = :paid",
    "refunds_differ": "UPDATE refunds SET amount = 1 WHERE done_at IS NOT NULL",
    "numbers_missing": "UPDATE documents SET n = n + 1",
    "books_differ": "UPDATE payments SET state = 'paid' WHERE order_number = :cancelled",
}
AT_THE_BANK = {"charged_twice"}
ELSEWHERE = {"doubled_commands", "lost_orders"}


@pytest.mark.parametrize("rule", sorted(MEDDLED))
async def test_meddling_is_found(day_on_sqlite: Day, rule: str) -> None:
    day = day_on_sqlite
    statement = text(MEDDLED[rule])
    names = {name: number for name, number in day.numbers.items() if f":{name}" in MEDDLED[rule]}
    await day.db.write(lambda tx: tx.execute(statement, names).rowcount)
    assert rule in await day.rules_broken()


async def test_a_charge_too_many_is_found(day_on_sqlite: Day) -> None:
    paid = next(entry for entry in day_on_sqlite.bank.payments.values() if entry.charges)
    paid.charges.append(paid.amount)
    assert "charged_twice" in await day_on_sqlite.rules_broken()


async def test_a_lost_order_is_found(day_on_sqlite: Day) -> None:
    assert await day_on_sqlite.rules_broken(day_on_sqlite.numbers["paid"]) == set()
    assert await day_on_sqlite.rules_broken("NOTTHERE") == {"lost_orders"}


async def test_a_doubled_command_is_refused_by_the_table_itself(day: Day) -> None:
    with pytest.raises(exc.IntegrityError):
        await day.db.write(lambda tx: tx.execute(text("UPDATE orders SET scope = 's', key = 'k'")).rowcount)


def test_every_rule_is_tried() -> None:
    assert {rule.__name__ for rule in RULES} == set(MEDDLED) | AT_THE_BANK | ELSEWHERE
