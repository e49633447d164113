"""Invoices and credit notes are numbered without a gap, whoever is paid at once and whatever is undone in between."""

import asyncio
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace
from sqlalchemy import Connection, select

from shop import documents as rules
from shop.errors import RefundTooLarge
from shop.payments import PaymentState
from shop.pricing import TaxSum
from shop.refunds import Wish
from storage import documents, orders, payments, refunds, shopfront, tables
from storage.database import Database
from storage.shopfront import Edit
from tests.storage.books import AT, BOWL, LATE, at_bank, findings, news, placed, set_units
from tests.storage.test_refunds import command, make_due, paid

PAID = PaymentState.PAID


def numbers(tx: Connection) -> dict[str, list[int]]:
    """The numbers of each series, in their order."""
    found: dict[str, list[int]] = {}
    document = tables.Document
    for row in tx.execute(select(document.series, document.n).order_by(document.series, document.n)):
        found.setdefault(row.series, []).append(row.n)
    return found


async def change(db: Database, **values: Any) -> None:
    now = await db.read(shopfront.read)
    await db.write(shopfront.change, Edit(replace(now.details, **values), now.version, "owner", AT))


class Undone(Exception):
    """Planted, after the number was taken."""


def settle_and_fail(tx: Connection, told: payments.News) -> None:
    payments.settle(tx, told)
    raise Undone


async def test_many_orders_that_are_paid_at_once_are_numbered_without_gap_or_double(either: Database) -> None:
    await set_units(either, BOWL, 1000)
    tries = [await at_bank(either, await placed(either, {BOWL: 1})) for _ in range(40)]
    undone = [either.write(settle_and_fail, news(each, PAID)) for each in tries[:20]]
    kept = [either.write(payments.settle, news(each, PAID)) for each in tries for _ in range(2)]
    mixed = [each for pair in zip(undone, kept, strict=False) for each in pair] + kept[len(undone) :]
    answers = await asyncio.gather(*mixed, return_exceptions=True)
    assert sum(isinstance(answer, Undone) for answer in answers) == 20
    assert await either.read(numbers) == {"2026-": list(range(1, 41))}
    assert await findings(either) == []


async def test_refunds_at_once_have_credit_notes_without_gap_and_a_refusal_takes_no_number(either: Database) -> None:
    sold = [await paid(either) for _ in range(3)]
    asked = [either.write(refunds.make, command(number, Wish(free=100))) for number in sold for _ in range(5)]
    asked += [either.write(refunds.make, command(number, Wish(free=10**6))) for number in sold for _ in range(3)]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert sum(isinstance(answer, RefundTooLarge) for answer in answers) == 9
    assert await either.read(numbers) == {"2026-": [1, 2, 3], "C2026-": list(range(1, 16))}
    assert await findings(either) == []


async def test_an_order_has_its_invoice_once_and_a_credit_note_for_each_refund(either: Database) -> None:
    number = await paid(either)
    order = await either.read(orders.view, number)
    [invoice] = await either.read(documents.of, number)
    assert (invoice.label, invoice.refund, invoice.amount, invoice.at) == ("2026-000001", 0, order.total, AT)
    await either.write(refunds.make, command(number, Wish(free=100)))
    await either.write(refunds.make, command(number, Wish(whole=True)))
    await make_due(either)
    found = await either.read(documents.of, number)
    assert [(each.label, each.refund, each.amount) for each in found[1:]] == [
        ("C2026-000001", 1, 100),
        ("C2026-000002", 2, order.total - 100),
    ]
    assert await either.read(documents.find, number, 2) == found[2]
    assert await either.read(documents.find, number, 3) is None


async def test_a_payment_that_came_too_late_takes_no_number(either: Database) -> None:
    number = await placed(either, {BOWL: 50})
    payment = await at_bank(either, number)
    await either.write(orders.end_overdue, LATE)
    await placed(either, {BOWL: 50})
    await either.write(payments.settle, news(payment, PAID, at=LATE))
    assert await either.read(numbers) == {}


async def test_a_document_keeps_the_seller_of_its_day(either: Database) -> None:
    await change(either, company="Marl BV", company_address="Oudburg 1\n9000 Ghent", vat_number="BE0123456789")
    number = await paid(either)
    await change(either, company="Marl NV")
    [invoice] = await either.read(documents.of, number)
    assert invoice.said.seller == rules.Seller("Marl BV", "Oudburg 1\n9000 Ghent", "BE0123456789")
    await either.write(refunds.make, command(number, Wish(free=1)))
    assert (await either.read(documents.of, number))[1].said.seller.name == "Marl NV"


async def test_another_prefix_begins_a_series_of_its_own(either: Database) -> None:
    await paid(either)
    await change(either, invoice_prefix="INV-")
    await paid(either)
    assert await either.read(numbers) == {"2026-": [1], "INV-": [1]}
    assert await findings(either) == []


def test_numbers_start_over_with_the_years_of_the_shop() -> None:
    eve = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)
    assert rules.series("{year}-", eve, UTC) == "2026-"
    assert rules.series("{year}-", eve, ZoneInfo("Europe/Brussels")) == "2027-"
    assert rules.series("INV-", eve, UTC) == "INV-"
    assert rules.label("2026-", 123) == "2026-000123"
    assert rules.label("2026-", 1_234_567) == "2026-1234567"


@pytest.mark.parametrize("prefix", ["", "{year}-", "INV-", "A/{year}/", "SHOP.{year}.", "{year}"])
def test_a_prefix_is_letters_digits_and_a_year(prefix: str) -> None:
    assert rules.prefix_fault(prefix) is None


@pytest.mark.parametrize("prefix", ["20", "A{year", "ü-", "A B", "x" * 17, "INV-7"])
def test_what_can_not_begin_a_number_is_told(prefix: str) -> None:
    assert rules.prefix_fault(prefix)


def test_what_is_left_of_the_tax_is_by_rate() -> None:
    whole = (TaxSum(21_000, 100, 21), TaxSum(6_000, 100, 6))
    assert rules.remaining(whole, [TaxSum(21_000, 40, 8), TaxSum(6_000, 100, 6)]) == (TaxSum(21_000, 60, 13),)
