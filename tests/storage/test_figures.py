"""The figures of a day on both engines: each order in its hour by the shop's clock, days of 23 and 25 hours, and cheap reads."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection

from bench import figures as bench_of_figures
from shop.days import day_on, so_far, whole
from shop.figures import Hour
from shop.ids import OrderNumber
from shop.payments import PaymentState
from storage import figures, order_words, orders, payments, stock
from storage.database import Database
from storage.stock import Edit
from tests.storage.books import AT, BOWL, DELIVERY, LAMP, PRICES, RAIN, at_bank, filled, news, placement

BRUSSELS = ZoneInfo("Europe/Brussels")


async def bought(db: Database, at: datetime, quantity: int = 1, paid_at: datetime | None = None) -> OrderNumber:
    """An order of bowls placed at this time and paid a minute later, or when said."""
    number: OrderNumber = (await db.write(orders.place, placement(await filled(db, {BOWL: quantity}), at=at))).number
    paid = news(await at_bank(db, number, at), PaymentState.PAID, at=paid_at or at + timedelta(minutes=1))
    await db.write(payments.settle, paid)
    return number


def total(quantity: int) -> int:
    return quantity * PRICES[BOWL] + DELIVERY


async def test_a_day_counts_what_came_by_now_and_its_hours_what_came_in_all(either: Database) -> None:
    now = datetime(2026, 11, 22, 13, 30, tzinfo=UTC)  # 14:30 in Brussels
    await bought(either, now - timedelta(minutes=20), 2)
    await bought(either, now - timedelta(days=1, minutes=20))
    await bought(either, now - timedelta(days=1, minutes=-20))
    await bought(either, now - timedelta(days=7, hours=3))
    await either.write(orders.place, placement(await filled(either, {LAMP: 1}), at=now))
    found = await either.read(figures.read, so_far(now, BRUSSELS))
    assert (found.day.orders, found.day.paid, found.day.revenue) == (2, 1, total(2)), "this very instant counts"
    assert found.day.hours[14] == Hour(2, 1, total(2))
    assert (found.before.orders, found.before.paid, found.before.revenue) == (1, 1, total(1))
    assert found.before.hours[14] == Hour(2, 2, 2 * total(1))
    assert (found.week_before.orders, found.week_before.hours[11]) == (1, Hour(1, 1, total(1)))
    assert (found.waiting, found.waiting_total) == (1, PRICES[LAMP] + DELIVERY)
    assert [(best.variant, best.name, best.value, best.units) for best in found.best] == [(BOWL, "Bowl", "Ochre", 2)]


async def test_midnight_is_where_the_shop_is_and_paid_late_counts_where_it_was_paid(either: Database) -> None:
    midnight = datetime(2026, 11, 22, 23, 0, tzinfo=UTC)
    await bought(either, midnight - timedelta(minutes=2), paid_at=midnight + timedelta(minutes=2))
    sunday, monday = [whole(day_on((midnight + timedelta(hours=hours)).date(), BRUSSELS)) for hours in (0, 12)]
    before, after = await either.read(figures.read, sunday), await either.read(figures.read, monday)
    assert (before.day.orders, before.day.paid) == (1, 0)
    assert (after.day.orders, after.day.paid, after.day.hours[0]) == (0, 1, Hour(0, 1, total(1)))


@pytest.mark.parametrize(
    ("day", "at", "hour"),
    [
        (date(2026, 10, 25), datetime(2026, 10, 25, 0, 30, tzinfo=UTC), 2),  # summer time's 2:30
        (date(2026, 10, 25), datetime(2026, 10, 25, 1, 30, tzinfo=UTC), 2),  # and winter time's
        (date(2026, 10, 25), datetime(2026, 10, 25, 22, 30, tzinfo=UTC), 23),  # the 25th hour
        (date(2026, 3, 29), datetime(2026, 3, 29, 1, 30, tzinfo=UTC), 3),  # there was no 2:30
        (date(2026, 3, 29), datetime(2026, 3, 29, 21, 30, tzinfo=UTC), 23),
    ],
)
async def test_days_of_23_and_25_hours(either: Database, day: date, at: datetime, hour: int) -> None:
    await bought(either, at)
    found = (await either.read(figures.read, whole(day_on(day, BRUSSELS)))).day
    assert {place: each for place, each in enumerate(found.hours) if each != Hour()} == {hour: Hour(1, 1, total(1))}
    assert (found.orders, found.revenue) == (1, total(1))


async def test_money_that_goes_back_is_no_revenue(either: Database) -> None:
    number = (await either.write(orders.place, placement(await filled(either, {LAMP: 1})))).number
    payment = await at_bank(either, number)
    late = AT + timedelta(minutes=16)
    await either.write(orders.end_overdue, late)
    await either.write(stock.set_on_hand, Edit(LAMP, 0, 1, "test", "", late))
    await either.write(payments.settle, news(payment, PaymentState.PAID, at=late))
    found = (await either.read(figures.read, whole(day_on(AT.date(), UTC)))).day
    assert (found.orders, found.paid, found.revenue) == (1, 0, 0)


async def test_the_best_seller_is_what_was_sold_most_and_not_what_was_corrected(either: Database) -> None:
    await either.write(stock.set_on_hand, Edit(RAIN, 1, 5, "test", "damaged", AT))
    await bought(either, AT, 3)
    await bought(either, AT, 1)
    found = await either.read(figures.read, so_far(AT + timedelta(hours=1), UTC))
    assert [(best.variant, best.units) for best in found.best] == [(BOWL, 4)]


async def test_on_sqlite_the_reads_of_a_day_stay_in_their_indexes(on_sqlite: Database) -> None:
    def plans(tx: Connection) -> list[str]:
        found = []
        for statement in (figures._PLACED, figures._PAID, figures._BEST):
            compiled = statement.compile(dialect=tx.dialect)
            values = [compiled.params[name] or 0 for name in compiled.positiontup or ()]
            found.append(
                " ".join(row[-1] for row in tx.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}", tuple(values)))
            )
        return found

    for plan in await on_sqlite.read(plans):
        assert "USING COVERING INDEX" in plan, plan
        assert "SCAN" not in plan, plan


async def test_the_bench_of_figures_can_give_a_shop_its_past(either: Database) -> None:
    await bench_of_figures.fill(either, AT, orders=40, a_day=20)
    assert await either.read(order_words.to_go) > 20
