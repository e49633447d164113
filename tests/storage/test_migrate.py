"""Migrations make exactly the tables that the verbs expect, on both engines, and run any number of times."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from msgspec.structs import replace
from sqlalchemy import Connection, inspect, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import create_async_engine

from shop.delivery import Delivery
from shop.fulfilment import Clerk
from shop.ids import CustomerId
from shop.order_search import Wish as Search
from shop.payments import PaymentState
from shop.refunds import Wish
from shop.taxes import Taxes
from shop.terms import Terms
from storage import (
    documents,
    mismatches,
    order_search,
    order_words,
    orders,
    payments,
    refunds,
    sessions,
    sqlite,
    tables,
    topics,
)
from storage.database import Database, opened
from storage.migrate import MIGRATIONS, migrate
from storage.postgresql import async_url
from storage.refunds import Command
from storage.sessions import Saved
from storage.tables import Base
from tests.storage.books import AT, LAMP, RAIN, at_bank, filled, findings, news, open_shop, placed, placement

# SQLite's indexes over expressions can't be reflected; their names are compared.
pytestmark = [
    pytest.mark.filterwarnings("ignore:Skipped unsupported reflection of expression-based index"),
    pytest.mark.filterwarnings("ignore:autogenerate skipping metadata-specified expression-based index"),
]


def differences(tx: Connection) -> list[str]:
    """What alembic would still change."""
    context = MigrationContext.configure(tx, opts={"compare_type": True, "compare_server_default": True})
    return [str(difference) for difference in compare_metadata(context, Base.metadata)]


def names(tx: Connection) -> dict[str, set[str | None]]:
    """The names of every index and constraint, by table."""
    there = inspect(tx)
    return {
        table: {found["name"] for found in there.get_indexes(table) if not found.get("duplicates_constraint")}
        | {found["name"] for found in there.get_unique_constraints(table)}
        | {found["name"] for found in there.get_check_constraints(table)}
        | {found["name"] for found in there.get_foreign_keys(table)}
        | {there.get_pk_constraint(table)["name"]}
        | (over_expressions(tx, table) if tx.dialect.name == "sqlite" else set())
        for table in there.get_table_names()
        if table != "alembic_version"
    }


def over_expressions(tx: Connection, table: str) -> set[str | None]:
    """The names of SQLite's indexes that have a column which is none of the table's."""
    asked = text(
        "SELECT DISTINCT list.name FROM pragma_index_list(:table) AS list, pragma_index_info(list.name) AS info "
        "WHERE info.cid = -2"
    )
    return {str(row.name) for row in tx.execute(asked, {"table": table})}


def expected_names(dialect: str) -> dict[str, set[str | None]]:
    metadata = Base.metadata
    formatted = {
        table.name: {str(constraint.name) for constraint in table.constraints}
        | {str(index.name) for index in table.indexes}
        for table in metadata.sorted_tables
    }
    assert dialect in ("sqlite", "postgresql")
    return {table: set(found) for table, found in formatted.items()}


async def test_the_schema_is_that_of_the_tables(where: Path | str) -> None:
    async with opened(where) as db:
        assert await db.read(differences) == []
        found = await db.read(names)
    assert found == expected_names("sqlite" if isinstance(where, Path) else "postgresql")


async def test_migrating_again_changes_nothing(where: Path | str) -> None:
    async with opened(where) as db:
        await db.write(open_shop)
        before = await facts(db)
    await migrate(where, "USD")
    async with opened(where) as db:
        assert await facts(db) == before


async def facts(db: Database) -> list[object]:
    return [await db.read(topics.meta, key) for key in ("epoch", "currency", "secret")]


async def test_two_databases_have_epochs_and_secrets_of_their_own(tmp_path: Path) -> None:
    found = []
    for name in ("one", "two"):
        await migrate(tmp_path / name / "shop.db", "EUR")
        async with opened(tmp_path / name / "shop.db") as db:
            found.append(await facts(db))
    [epoch, currency, secret], [other_epoch, _, other_secret] = found
    assert (currency, epoch != other_epoch, secret != other_secret) == ("EUR", True, True)
    assert len(bytes.fromhex(str(secret))) == 32


async def go_back(where: Path | str, revision: str) -> None:
    """Makes the database what it was at an earlier revision, its data kept."""

    def downgrade(connection: Connection) -> None:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        command.downgrade(config, revision)

    if isinstance(where, Path):
        engine = sqlite.engine(where, "BEGIN IMMEDIATE", foreign_keys=False)
        with engine.begin() as connection:
            downgrade(connection)
        engine.dispose()
    else:
        async_engine = create_async_engine(async_url(where))
        async with async_engine.begin() as async_connection:
            await async_connection.run_sync(downgrade)
        await async_engine.dispose()


async def test_a_shop_from_before_listings_learns_the_prices_and_stock_of_its_cards(tmp_path: Path) -> None:
    where = tmp_path / "shop.db"
    await migrate(where, "EUR")
    async with opened(where) as db:
        await db.write(open_shop)
        await placed(db, {LAMP: 1, RAIN: 5})
        before = await db.read(shown)
    await go_back(where, "0001")
    await migrate(where, "EUR")
    async with opened(where) as db:
        assert await db.read(shown) == before == [("bowl", 1500, True), ("lamp", 9900, False), ("mug", 2900, True)]
        assert await db.read(differences) == []


def shown(tx: Connection) -> list[tuple[str, int, bool]]:
    found = tx.execute(select(tables.Product.slug, tables.Product.price, tables.Product.available))
    return sorted((row.slug, row.price, row.available) for row in found)


async def test_a_shop_from_before_folded_names_finds_its_things_by_them(where: Path | str) -> None:
    async with opened(where) as db:
        await db.write(open_shop)
        before = await db.read(folded)
    await go_back(where, "0006")
    await migrate(where, "EUR")
    async with opened(where) as db:
        assert (
            await db.read(folded) == before == ["bowl bowl", "chalk", "lamp lamp", "mug mug", "ochre", "rain", "rust"]
        )
        assert await db.read(differences) == []


def folded(tx: Connection) -> list[str]:
    products = tx.execute(select(tables.Product.folded)).scalars().all()
    return sorted([*products, *tx.execute(select(tables.Variant.folded)).scalars().all()])


async def test_an_order_from_before_taxes_keeps_its_total_and_the_name_of_its_delivery(where: Path | str) -> None:
    async with opened(where) as db:
        await db.write(open_shop)
        untaxed = Terms(Delivery(), Taxes(countries=()), "EUR")
        command = replace(placement(await filled(db, {RAIN: 2})), terms=untaxed)
        number = (await db.write(orders.place, command)).number
        before = await db.read(orders.view, number)
    await go_back(where, "0008")
    await migrate(where, "EUR")
    async with opened(where) as db:
        after = await db.read(orders.view, number)
        assert (after, after.cost.total, after.shipping_name) == (before, before.total, "To the door")
        assert await db.read(differences) == []
        with pytest.raises(IntegrityError):
            await db.write(lambda tx: tx.execute(update(tables.Order).values(total=1)))


async def test_orders_that_were_paid_before_there_were_invoices_get_their_numbers(where: Path | str) -> None:
    async with opened(where) as db:
        await db.write(open_shop)
        sold = [await placed(db, {RAIN: 1}) for _ in range(3)]
        for minutes, number in enumerate(reversed(sold)):
            paid_at = AT + timedelta(minutes=minutes)
            await db.write(payments.settle, news(await at_bank(db, number), PaymentState.PAID, at=paid_at))
        await placed(db, {LAMP: 1})
    await go_back(where, "0009")
    await migrate(where, "EUR")
    async with opened(where) as db:
        found = [await db.read(documents.of, number) for number in reversed(sold)]
        assert [[each.label for each in papers] for papers in found] == [
            ["2026-000001"],
            ["2026-000002"],
            ["2026-000003"],
        ]
        assert await findings(db) == []
        await db.write(refunds.make, Command(sold[0], Wish(whole=True), Clerk(CustomerId("N"), "N"), None, None, AT))
        late = await placed(db, {RAIN: 1})
        await db.write(payments.settle, news(await at_bank(db, late), PaymentState.PAID))
        assert [each.label for each in await db.read(documents.of, late)] == ["2026-000004"]
        assert await findings(db) == []
        assert await db.read(differences) == []


async def test_a_shop_from_before_disputes_keeps_its_payments(where: Path | str) -> None:
    async with opened(where) as db:
        await db.write(open_shop)
        payment = await at_bank(db, await placed(db, {LAMP: 1}))
        await db.write(payments.settle, news(payment, PaymentState.PAID))
    await go_back(where, "0008")
    await migrate(where, "EUR")
    async with opened(where) as db:
        assert await db.read(differences) == []
        assert (await db.read(orders.view, payment.order)).dispute is None
        assert await db.read(mismatches.found, AT + timedelta(days=1)) == []
        found = await db.read(payments.newest, payment.order)
        assert found is not None
        assert found.state is PaymentState.PAID


async def test_a_shop_from_before_tables_by_key_keeps_its_sessions_carts_and_events(where: Path | str) -> None:
    async with opened(where) as db:
        await db.write(open_shop)
        await filled(db, {LAMP: 1, RAIN: 2})
        await db.write(sessions.save, Saved(b"hash", "mark", None, b"{}", AT, AT + timedelta(days=1), new=True))
        before = await db.read(kept_by_key)
    assert all(before)
    await go_back(where, "0017")
    await migrate(where, "EUR")
    async with opened(where) as db:
        assert await db.read(kept_by_key) == before
        assert await db.read(differences) == []
        if isinstance(where, Path):
            assert await db.read(without_rows) >= {"sessions", "carts", "cart_lines"}


def kept_by_key(tx: Connection) -> list[list[tuple[object, ...]]]:
    return [
        [tuple(row) for row in tx.execute(select(table).order_by(*table.primary_key))]
        for table in (Base.metadata.tables[name] for name in ("outbox", "sessions", "carts", "cart_lines"))
    ]


def without_rows(tx: Connection) -> set[str]:
    return {str(row.name) for row in tx.execute(text("SELECT name FROM pragma_table_list WHERE wr"))}


async def test_a_shop_from_before_words_lay_in_the_order_of_time_finds_its_orders(where: Path | str) -> None:
    async with opened(where) as db:
        await db.write(open_shop)
        old = [await placed(db, {RAIN: 1}) for _ in range(3)]
        while await db.write(order_words.catch_up):
            pass
    await go_back(where, "0017")
    await migrate(where, "EUR")
    async with opened(where) as db:
        assert await db.read(order_words.to_go) == 3
        new = await placed(db, {LAMP: 1})
        for words, numbers in ((("noor",), {*old, new}), (("rain",), {*old}), (("lamp",), {new})):
            while await db.write(order_words.catch_up, 2):
                pass
            page = await db.read(order_search.page, Search(words), None, 10)
            assert {order.number for order in page.orders} == numbers
        assert (await db.read(by_position))[-1] == new
        assert await db.read(differences) == []


def by_position(tx: Connection) -> Sequence[str]:
    return tx.execute(select(tables.Order.number).order_by(tables.Order.position)).scalars().all()
