"""A small shop for tests of the books: a catalogue, carts, orders and payments, made by the verbs themselves."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import count

from sqlalchemy import ClauseElement, Connection, select, text

from shop.catalogue import Card, Category
from shop.checkout import Details, Placed, Placement
from shop.facets import EVERYTHING, Chosen
from shop.ids import CartId, CustomerId, OrderNumber, VariantId, new_order_number
from shop.judge import Finding, judge
from shop.payments import PaymentState, ProviderRef
from storage import additions, audit, carts, catalogue, orders, payments, stock, tables
from storage.additions import NewProduct, NewVariant
from storage.database import Database
from storage.payments import News, Try
from storage.sessions import hash_of
from storage.stock import Edit

AT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
HOLD = timedelta(minutes=15)
LATE = AT + HOLD + timedelta(seconds=1)
"""Just after the hold of an order that was placed at AT has ended."""

RAIN = VariantId("mugRain")
RUST = VariantId("mugRust")
LAMP = VariantId("lampOne")
BOWL = VariantId("bowlOne")
PRICES = {RAIN: 2800, RUST: 2900, LAMP: 9900, BOWL: 1500}
UNITS = {RAIN: 5, RUST: 3, LAMP: 1, BOWL: 50}
DELIVERY = 650
DETAILS = Details("noor@example.com", "Noor Adler", "Oudburg 14", "9000", "Ghent", "BE", "door")

_numbers = count(1)


def _product(slug: str, name: str, *variants: tuple[VariantId, str]) -> NewProduct:
    return NewProduct(
        slug=slug,
        name=name,
        line="A line.",
        maker="Marl",
        category="table",
        heading="A heading",
        text=["A paragraph."],
        facts=[("Height", "9 cm")],
        keywords=["stoneware"],
        option="Glaze",
        popularity=10,
        added_at=AT,
        variants=[
            NewVariant(variant, value, None, PRICES[variant], None, f"{slug}.svg", UNITS[variant])
            for variant, value in variants
        ],
    )


def open_shop(tx: Connection) -> None:
    """A verb: puts the catalogue on the shelves."""
    additions.add_categories(tx, [Category("table", "Table", "For the table.", "mug-rain")])
    products = [
        _product("mug", "Mug", (RAIN, "Rain"), (RUST, "Rust")),
        _product("lamp", "Lamp", (LAMP, "Chalk")),
        _product("bowl", "Bowl", (BOWL, "Ochre")),
    ]
    additions.add_products(tx, products, "test", AT)


def new_cart() -> CartId:
    return CartId(f"CART{next(_numbers):08}")


async def filled(db: Database, lines: Mapping[VariantId, int], cart: CartId | None = None) -> CartId:
    """A cart with these lines."""
    found = cart or new_cart()
    for variant, quantity in lines.items():
        await db.write(carts.put, carts.Change(found, variant, quantity, AT))
    return found


def placement(
    cart: CartId,
    *,
    key: str | None = None,
    scope: str = "session",
    fingerprint: str = "body",
    customer: CustomerId | None = None,
    at: datetime = AT,
) -> Placement:
    number = new_order_number()
    return Placement(
        number=number,
        token_hash=hash_of(number),
        cart=cart,
        customer=customer,
        details=DETAILS,
        currency="EUR",
        scope=scope,
        key=key or f"key-{next(_numbers)}",
        fingerprint=fingerprint,
        at=at,
        hold_until=at + HOLD,
    )


async def placed(db: Database, lines: Mapping[VariantId, int]) -> OrderNumber:
    """The number of an order of these lines, placed at AT."""
    answer: Placed = await db.write(orders.place, placement(await filled(db, lines)))
    return answer.number


async def at_bank(db: Database, number: OrderNumber, at: datetime = AT) -> Try:
    """A try to pay for the order that the bank knows."""
    begun = await db.write(payments.start, number, "fake", at)
    ref = ProviderRef(f"ref-{begun.key}")
    await db.write(payments.opened, begun.id, ref, "https://bank.example/pay", at)
    newest = await db.read(payments.newest, number)
    assert newest is not None
    return newest


def news(payment: Try, state: PaymentState, *, at: datetime = AT, amount: int | None = None) -> News:
    return News(
        payment.id, "test", state, payment.amount if amount is None else amount, payment.currency, "card_declined", at
    )


async def level(db: Database, variant: VariantId) -> tuple[int, int]:
    """On hand and held, in units."""
    return (await db.read(stock.counters))[variant]


async def set_units(db: Database, variant: VariantId, units: int) -> None:
    expected, _ = await level(db, variant)
    await db.write(stock.set_on_hand, Edit(variant, units, expected, "test", "counted", AT))


async def findings(db: Database) -> list[Finding]:
    """What the judge finds, without a bank."""
    return judge(await db.read(audit.books, None))


async def cards_of(db: Database, slugs: list[str], chosen: Chosen = EVERYTHING) -> list[Card]:
    """The cards of these products, in this order; hidden ones are left out."""

    def read(tx: Connection) -> list[Card]:
        ids = {row.slug: row.id for row in tx.execute(select(tables.Product.slug, tables.Product.id))}
        return catalogue.cards_of(tx, [ids[slug] for slug in slugs if slug in ids], chosen)

    return await db.read(read)


def plan(tx: Connection, statement: ClauseElement) -> str:
    """How the engine would answer a statement whose parameters have their values."""
    asked = statement.compile(dialect=tx.dialect, compile_kwargs={"literal_binds": True})
    if tx.dialect.name == "postgresql":
        # Four rows are read faster without any index; what counts is that there is one that serves.
        tx.exec_driver_sql("SET LOCAL enable_seqscan = off")
        return "\n".join(str(row[0]) for row in tx.execute(text(f"EXPLAIN {asked}")))
    return "\n".join(str(row[3]) for row in tx.execute(text(f"EXPLAIN QUERY PLAN {asked}")))
