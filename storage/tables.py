"""Every table of the shop, as typed classes; hot verbs use Core statements on them.

Amounts are minor units (BIGINT), times are UTC instants stored as milliseconds, and each `version` is the outbox position
of the row's last change.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Text,
    UniqueConstraint,
    false,
    text,
    true,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from storage.column_types import Instant, Serial, Word

NOTHING = text("''")
AMISS = "told_state <> state OR told_amount <> amount OR told_currency <> currency OR told_refunded > 0"
"""Payments of which the provider may say something else than our books: a second look decides (storage.mismatches)."""
NONE = text("0")


def only(asked: str) -> dict[str, Any]:
    """Of an index that leaves out the rows that nobody asks it for: a condition that every question to it spells out."""
    return {"sqlite_where": text(asked), "postgresql_where": text(asked)}


BY_KEY = {"sqlite_with_rowid": False}
"""SQLite keeps the table in the order of its key, with no index beside it: for small rows whose keys come as time goes."""


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012  SQLAlchemy reads it from the class
        int: BigInteger,
        str: Text,
        bytes: LargeBinary,
        datetime: Instant,
    }


# What happened ----------------------------------------------------------------------------------------------------------


class Meta(Base):
    """A few facts about this database: its epoch, a new one for each database."""

    __tablename__ = "meta"
    key: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]


class OutboxHead(Base):
    """One row: the newest position. Taking positions locks it, so positions are given in the order of commits."""

    __tablename__ = "outbox_head"
    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    position: Mapped[int]


class Outbox(Base):
    __tablename__ = "outbox"
    # Half of all events are carts', and nobody asks for those by their kind.
    __table_args__ = (Index(None, "kind", "position", **only("kind <> 'cart'")),)
    position: Mapped[int] = mapped_column(Serial, primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(16))
    key: Mapped[str]
    data: Mapped[bytes]
    at: Mapped[datetime]


class Command(Base):
    """A completed command and its answer, so that a repetition gets the answer and not a second effect."""

    __tablename__ = "commands"
    scope: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(128), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(64))
    answer: Mapped[bytes]
    at: Mapped[datetime] = mapped_column(index=True)


# The shop itself ---------------------------------------------------------------------------------------------------------


class Shopfront(Base):
    """One row: the shop's own settings, JSON of shop.shopfront.Details. The currency stands in `meta`."""

    __tablename__ = "shopfront"
    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    version: Mapped[int]
    data: Mapped[bytes]
    delivery: Mapped[bytes | None]
    """JSON of shop.delivery.Delivery; until it is set, it is the sample shop's."""
    taxes: Mapped[bytes | None]
    """JSON of shop.taxes.Taxes; likewise."""


class ShopfrontChange(Base):
    """What was changed of the settings and of the pages about the shop, when and by whom; JSON of shop.shopfront.Difference."""

    __tablename__ = "shopfront_changes"
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    actor: Mapped[str]
    differences: Mapped[bytes]
    at: Mapped[datetime]


class AboutPage(Base):
    """A page about the shop that a merchant has saved; it stands in for the starting text of its slug, if there is one."""

    __tablename__ = "about_pages"
    slug: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str]
    description: Mapped[str]
    text: Mapped[str]
    rank: Mapped[int]
    visible: Mapped[bool]
    version: Mapped[int]


# The catalogue ----------------------------------------------------------------------------------------------------------


class Category(Base):
    __tablename__ = "categories"
    slug: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    line: Mapped[str]
    image: Mapped[str]
    rank: Mapped[int]


class Product(Base):
    """A product.

    Every index of a listing ends in what listings filter by, so that a page and its count never leave the index; `visible`
    does not stand first, or SQLite would take it for a good way to find anything that can be seen.
    """

    __tablename__ = "products"
    __table_args__ = (
        Index(None, "popularity", "id", "visible", "available"),
        Index(None, "price", "id", "visible", "available"),
        Index(None, "added_at", "id", "visible", "available"),
        Index(None, "category", "popularity", "id", "visible", "available"),
        Index(None, "category", "price", "id", "visible", "available"),
        Index(None, "category", "added_at", "id", "visible", "available"),
    )
    id: Mapped[int] = mapped_column(Serial, primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    line: Mapped[str]
    maker: Mapped[str]
    category: Mapped[str] = mapped_column(ForeignKey("categories.slug"))
    heading: Mapped[str]
    text: Mapped[bytes]
    """JSON: a list of paragraphs."""
    facts: Mapped[bytes]
    """JSON: a list of pairs, label and value."""
    keywords: Mapped[str]
    option: Mapped[str]
    popularity: Mapped[int]
    visible: Mapped[bool]
    added_at: Mapped[datetime]
    version: Mapped[int]
    price: Mapped[int] = mapped_column(server_default="0")
    """The price of the variant that its card shows, kept by whoever changes an offer, so that listings can sort by it."""
    available: Mapped[bool] = mapped_column(server_default=false())
    """Whether any of its variants can be bought, kept in the same way."""
    folded: Mapped[str] = mapped_column(server_default=NOTHING)
    """What staff find it by (storage/findable.py)."""
    tax_class: Mapped[str] = mapped_column(server_default="standard")
    per_customer: Mapped[int | None]
    """How many units of it, of all variants together, one customer can buy; None for any number."""


class Variant(Base):
    __tablename__ = "variants"
    __table_args__ = (CheckConstraint("price >= 0", name="price"),)
    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"), index=True)
    rank: Mapped[int]
    value: Mapped[str]
    sku: Mapped[str | None] = mapped_column(index=True)
    price: Mapped[int]
    was: Mapped[int | None]
    image: Mapped[str]
    retired: Mapped[bool] = mapped_column(server_default=false())
    """Not for sale any more: it was ordered or counted, so its row stays for the books."""
    folded: Mapped[str] = mapped_column(server_default=NOTHING)
    """What staff find it by (storage/findable.py)."""
    weight: Mapped[int] = mapped_column(server_default=NONE)
    """In grams; 0 when nobody has said."""


class Stock(Base):
    """The two counters of a variant. The constraint is the last line of defence; verbs decide before they write.

    Without backorders `owing` is 0, so there are never fewer on hand than are held, and never fewer than none.
    """

    __tablename__ = "stock"
    __table_args__ = (
        CheckConstraint("held >= 0 AND on_hand - held >= -owing", name="held"),
        # What runs low is counted and found here, the fewest first; whatever there is plenty of costs nothing.
        Index(
            "ix_stock_low",
            text("(on_hand - held)"),
            "variant_id",
            **only("low_at >= on_hand - held"),
        ),
    )
    variant_id: Mapped[str] = mapped_column(ForeignKey("variants.id"), primary_key=True)
    on_hand: Mapped[int]
    held: Mapped[int]
    version: Mapped[int]
    low_at: Mapped[int] = mapped_column(server_default="5")
    """When no more than so many can be bought, staff see it among what runs low."""
    backorder: Mapped[bool] = mapped_column(server_default=false())
    """Whether more can be ordered than is there."""
    owing: Mapped[int] = mapped_column(server_default="0")
    """How far below zero what can be bought may stand. Once backorders are taken no more, it is what is owed still."""


class LedgerEntry(Base):
    """One movement of a counter: what, how much, for which order, by whom and why."""

    __tablename__ = "ledger"
    __table_args__ = (
        Index(None, "variant_id", "id"),
        # Best sellers of a day never leave this one, and only sales pay for it.
        Index(
            None,
            "at",
            "variant_id",
            "on_hand",
            "kind",
            **only("kind = 'sold'"),
        ),
    )
    id: Mapped[int] = mapped_column(Serial, primary_key=True)
    variant_id: Mapped[str] = mapped_column(ForeignKey("variants.id"))
    kind: Mapped[str] = mapped_column(String(16))
    on_hand: Mapped[int]
    held: Mapped[int]
    order_number: Mapped[str | None]
    actor: Mapped[str]
    reason: Mapped[str]
    at: Mapped[datetime]


# People -----------------------------------------------------------------------------------------------------------------


class Customer(Base):
    __tablename__ = "customers"
    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    password_hash: Mapped[str]
    role: Mapped[str] = mapped_column(String(16))
    cart_id: Mapped[str | None]
    created_at: Mapped[datetime]


class Token(Base):
    """A link that was sent by mail and works once: what for, for whom, and until when. Only the hash of it is stored."""

    __tablename__ = "tokens"
    hash: Mapped[bytes] = mapped_column(primary_key=True)
    purpose: Mapped[str] = mapped_column(String(16))
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"), index=True)
    data: Mapped[str]
    """The new email, for a token that confirms one."""
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class Session(Base):
    """A browser's or client's session. Only the hash of its id is stored; `mark` names it in public."""

    __tablename__ = "sessions"
    __table_args__ = (Index(None, "customer_id", **only("customer_id IS NOT NULL")), BY_KEY)
    id_hash: Mapped[bytes] = mapped_column(primary_key=True)
    mark: Mapped[str]
    customer_id: Mapped[str | None]
    data: Mapped[bytes]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class Screen(Base):
    """A screen on a wall: its name, the code that makes a browser one while it is good, and the session that shows it."""

    __tablename__ = "screens"
    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    name: Mapped[str]
    made_by: Mapped[str]
    made_at: Mapped[datetime]
    code_hash: Mapped[bytes | None] = mapped_column(unique=True)
    """Of a code that was not used yet."""
    code_until: Mapped[datetime | None]
    session_hash: Mapped[bytes | None] = mapped_column(unique=True)
    """Of the session of the browser that shows it; None until one was made it, and after it was signed out."""
    mark: Mapped[str | None]
    seen_at: Mapped[datetime | None]


# Carts and orders -------------------------------------------------------------------------------------------------------


class Cart(Base):
    __tablename__ = "carts"
    __table_args__ = BY_KEY
    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    version: Mapped[int]
    changed_at: Mapped[datetime]
    code: Mapped[str] = mapped_column(server_default=NOTHING)
    """The promotion code that its shopper wishes to use, and the edition of it that was seen."""
    code_edition: Mapped[int] = mapped_column(Integer, server_default=NONE)


class CartLine(Base):
    __tablename__ = "cart_lines"
    __table_args__ = (CheckConstraint("quantity > 0", name="quantity"), BY_KEY)
    cart_id: Mapped[str] = mapped_column(ForeignKey("carts.id"), primary_key=True)
    variant_id: Mapped[str] = mapped_column(ForeignKey("variants.id"), primary_key=True)
    quantity: Mapped[int]
    agreed: Mapped[int]
    added_at: Mapped[datetime]


class Order(Base):
    __tablename__ = "orders"
    __table_args__ = (
        UniqueConstraint("scope", "key"),
        Index(None, "status", "hold_until"),
        Index(None, "status", "fulfilment", "placed_at"),
        Index(None, "customer_id", "email"),
        # The revenue of a day never leaves this one.
        Index(None, "status", "paid_at", "total", "refunded_amount"),
        # Few orders are refunded in part; lists of them begin here.
        Index(
            "ix_orders_refunded",
            "placed_at",
            **only("refunded_amount > 0"),
        ),
        CheckConstraint("refunded_amount >= 0 AND refunded_amount <= total", name="refunded"),
        CheckConstraint(
            "total = items_amount + shipping_amount - discount_amount + CASE WHEN tax_included THEN 0 ELSE tax_amount END",
            name="total",
        ),
    )
    number: Mapped[str] = mapped_column(String(16), primary_key=True)
    cart_id: Mapped[str] = mapped_column(index=True)
    customer_id: Mapped[str | None]
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    scope: Mapped[str]
    key: Mapped[str]
    """With `scope`, the id of the command that placed it: the same command never makes a second order."""
    fingerprint: Mapped[str] = mapped_column(String(64))
    status: Mapped[str] = mapped_column(String(16))
    payment: Mapped[str | None] = mapped_column(String(16))
    decline_reason: Mapped[str]
    email: Mapped[str]
    name: Mapped[str]
    street: Mapped[str]
    postcode: Mapped[str]
    town: Mapped[str]
    country: Mapped[str] = mapped_column(String(2))
    shipping: Mapped[str]
    shipping_name: Mapped[str] = mapped_column(server_default=NOTHING)
    """What the way to travel was called, as `collected` says whether nothing travels: ways may change, orders don't."""
    collected: Mapped[bool] = mapped_column(server_default=false())
    shipping_amount: Mapped[int]
    items_amount: Mapped[int]
    total: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3))
    code: Mapped[str] = mapped_column(server_default=NOTHING)
    """The promotion code that was redeemed with it."""
    discount_amount: Mapped[int] = mapped_column(server_default=NONE)
    """What the code took off in all; its parts stand in the lines and in `shipping_discount`."""
    shipping_discount: Mapped[int] = mapped_column(server_default=NONE)
    tax_included: Mapped[bool] = mapped_column(server_default=true())
    """Whether the amounts have their tax in them; else it is added."""
    tax_amount: Mapped[int] = mapped_column(server_default=NONE)
    """The tax of all lines and of the delivery."""
    shipping_rate: Mapped[int] = mapped_column(Integer, server_default=NONE)
    """Of the tax, in thousandths of a percent (shop.pricing)."""
    shipping_tax: Mapped[int] = mapped_column(server_default=NONE)
    placed_at: Mapped[datetime] = mapped_column(index=True)
    hold_until: Mapped[datetime]
    bank_at: Mapped[datetime | None]
    paid_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    version: Mapped[int]
    fulfilment: Mapped[str] = mapped_column(String(16), server_default="none")
    claimed_by: Mapped[str | None] = mapped_column(String(16))
    """The id of whoever of the staff is packing it, with their name beside."""
    claimed_name: Mapped[str] = mapped_column(server_default=text("''"))
    claimed_at: Mapped[datetime | None]
    packed_at: Mapped[datetime | None]
    shipped_at: Mapped[datetime | None]
    carrier: Mapped[str] = mapped_column(server_default=text("''"))
    tracking: Mapped[str] = mapped_column(server_default=text("''"))
    tracking_link: Mapped[str] = mapped_column(server_default=text("''"))
    cancelled_by: Mapped[str] = mapped_column(server_default=text("''"))
    delivered_at: Mapped[datetime | None]
    refunded_amount: Mapped[int] = mapped_column(server_default=NONE)
    """What staff gave back of it, or have noted to; whatever comes too late and goes back is none of it."""
    refund_count: Mapped[int] = mapped_column(Integer, server_default=NONE)
    """How many refunds and returns it had; the next is decided against this number."""
    dispute: Mapped[str] = mapped_column(String(8), server_default=NOTHING)
    """Where its newest dispute stands, an open one before all others; empty when there was none."""
    replaced_by: Mapped[str | None] = mapped_column(String(16))
    """The newer order of the same shopper that it gave way to."""
    position: Mapped[int] = mapped_column(index=True, unique=True, server_default=NONE)
    """Of its placing, in the outbox. It never changes, so whoever reads orders once, one after the other, goes by it."""


class OrderEvent(Base):
    """What staff did to an order, in the order it happened: who, what, and when."""

    __tablename__ = "order_events"
    id: Mapped[int] = mapped_column(Serial, primary_key=True)
    order_number: Mapped[str] = mapped_column(ForeignKey("orders.number"), index=True)
    act: Mapped[str] = mapped_column(String(16))
    clerk_id: Mapped[str] = mapped_column(String(16))
    clerk_name: Mapped[str]
    detail: Mapped[str]
    at: Mapped[datetime]


class OrderWord(Base):
    """A word that staff find an order by, and the order's position. Kept a moment behind the orders (storage.order_words)."""

    __tablename__ = "order_words"
    __table_args__ = ({"sqlite_with_rowid": False},)
    block: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """Of positions, so that orders which come one after the other have their words on few pages."""
    word: Mapped[str] = mapped_column(Word, primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)


class OrderLine(Base):
    __tablename__ = "order_lines"
    __table_args__ = (CheckConstraint("quantity > 0", name="quantity"),)
    order_number: Mapped[str] = mapped_column(ForeignKey("orders.number"), primary_key=True)
    rank: Mapped[int] = mapped_column(Integer, primary_key=True)
    variant_id: Mapped[str] = mapped_column(ForeignKey("variants.id"))
    product: Mapped[str]
    name: Mapped[str]
    value: Mapped[str]
    image: Mapped[str]
    price: Mapped[int]
    quantity: Mapped[int]
    discount: Mapped[int] = mapped_column(server_default=NONE)
    """Its part of what a code took off, for all its units."""
    rate: Mapped[int] = mapped_column(Integer, server_default=NONE)
    """Of its tax, in thousandths of a percent (shop.pricing)."""
    tax: Mapped[int] = mapped_column(server_default=NONE)
    """On (or within) what remains of it after the discount."""


class Payment(Base):
    """One try to pay for an order. `key` is ours and goes to the provider with every `create`; `ref` is the provider's."""

    __tablename__ = "payments"
    __table_args__ = (
        UniqueConstraint("provider", "ref"),
        Index(None, "state", "ask_at"),
        Index(None, "provider", "also_ref"),
        Index("ix_payments_amiss", "told_at", **only(AMISS)),
        Index(
            None,
            "silent_since",
            **only("silent_since IS NOT NULL"),
        ),
        CheckConstraint("amount > 0", name="amount"),
    )
    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    order_number: Mapped[str] = mapped_column(ForeignKey("orders.number"), index=True)
    attempt: Mapped[int] = mapped_column(Integer)
    provider: Mapped[str] = mapped_column(String(16))
    key: Mapped[str] = mapped_column(unique=True)
    ref: Mapped[str | None]
    redirect: Mapped[str | None]
    state: Mapped[str] = mapped_column(String(16))
    amount: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3))
    expires_at: Mapped[datetime]
    created_at: Mapped[datetime]
    asked: Mapped[int] = mapped_column(Integer)
    """How often the reconciler has asked since the last news."""
    ask_at: Mapped[datetime | None]
    """When the reconciler asks the provider next; None once nothing more is expected."""
    also_ref: Mapped[str | None]
    """The provider's second name for it, once it is known."""
    told_state: Mapped[str | None] = mapped_column(String(16))
    """What the provider last said, beside what our books say: the two are compared (storage.mismatches)."""
    told_amount: Mapped[int | None]
    told_currency: Mapped[str | None] = mapped_column(String(3))
    told_refunded: Mapped[int | None]
    told_at: Mapped[datetime | None]
    """When it was asked for this."""
    silent_since: Mapped[datetime | None]
    """When it first did not answer, with its last reason; None while it answers."""
    silent_reason: Mapped[str] = mapped_column(server_default=NOTHING)
    known_amiss: Mapped[str] = mapped_column(server_default=NOTHING)
    """The difference between the two that staff know of and have dealt with."""


class PaymentNews(Base):
    """What was heard about a payment, by which way, in the order it came."""

    __tablename__ = "payment_news"
    id: Mapped[int] = mapped_column(Serial, primary_key=True)
    payment_id: Mapped[str] = mapped_column(ForeignKey("payments.id"), index=True)
    heard_from: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(16))
    detail: Mapped[str]
    at: Mapped[datetime]


class Refund(Base):
    """Money that is owed back, or was given: a payment as a whole that came too late, or (with a `rank`) what staff decided.

    Staff's may be of nothing: then units came back without money, and no provider is asked.
    """

    __tablename__ = "refunds"
    __table_args__ = (UniqueConstraint("order_number", "rank"), CheckConstraint("amount >= 0", name="amount"))
    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    payment_id: Mapped[str | None] = mapped_column(ForeignKey("payments.id"), index=True)
    key: Mapped[str] = mapped_column(unique=True)
    amount: Mapped[int]
    reason: Mapped[str]
    ref: Mapped[str | None]
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    asked: Mapped[int] = mapped_column(Integer)
    """How often the provider was asked for it in vain."""
    ask_at: Mapped[datetime | None] = mapped_column(index=True)
    """When the provider is asked for it next; None once it is done."""
    last_reason: Mapped[str] = mapped_column(server_default=NOTHING)
    """Why the provider did not make it when it was last asked."""
    order_number: Mapped[str | None] = mapped_column(String(16))
    rank: Mapped[int | None] = mapped_column(Integer)
    """Which of its order's refunds it is, from 1; None for a payment that went back as a whole."""
    delivery: Mapped[int] = mapped_column(server_default=NONE)
    """What of it is for the delivery; `free` is beside any line, and `less` what had been given back before."""
    free: Mapped[int] = mapped_column(server_default=NONE)
    less: Mapped[int] = mapped_column(server_default=NONE)
    by: Mapped[str] = mapped_column(server_default=NOTHING)


class RefundLine(Base):
    """What a refund has of one line of its order: units whose money goes back, and units that come back."""

    __tablename__ = "refund_lines"
    __table_args__ = (
        CheckConstraint("units >= 0 AND back >= 0 AND restocked >= 0 AND restocked <= back", name="units"),
    )
    refund_id: Mapped[str] = mapped_column(ForeignKey("refunds.id"), primary_key=True)
    line: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    units: Mapped[int]
    back: Mapped[int]
    restocked: Mapped[int]
    amount: Mapped[int]
    tax: Mapped[int]


class DocumentSeries(Base):
    """The last number of a series of invoices or credit notes. Taking one locks the row till the commit, so none is left out."""

    __tablename__ = "document_series"
    series: Mapped[str] = mapped_column(primary_key=True)
    newest: Mapped[int]


class Document(Base):
    """An invoice (of refund 0) or a credit note (of a refund's rank), with what it says that no other row keeps."""

    __tablename__ = "documents"
    __table_args__ = (UniqueConstraint("series", "n"), UniqueConstraint("order_number", "refund"))
    label: Mapped[str] = mapped_column(primary_key=True)
    series: Mapped[str]
    n: Mapped[int]
    order_number: Mapped[str] = mapped_column(ForeignKey("orders.number"))
    refund: Mapped[int] = mapped_column(Integer)
    amount: Mapped[int]
    at: Mapped[datetime]
    data: Mapped[bytes]
    """JSON of shop.documents.Said."""


class Dispute(Base):
    """A cardholder asks their bank for the money of a payment back, as the provider tells it."""

    __tablename__ = "disputes"
    __table_args__ = (Index(None, "state", "opened_at"),)
    provider: Mapped[str] = mapped_column(String(16), primary_key=True)
    ref: Mapped[str] = mapped_column(primary_key=True)
    payment_id: Mapped[str] = mapped_column(ForeignKey("payments.id"), index=True)
    state: Mapped[str] = mapped_column(String(8))
    amount: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3))
    reason: Mapped[str]
    opened_at: Mapped[datetime]
    answer_by: Mapped[datetime | None]
    told_at: Mapped[datetime]
    """When the provider was asked for this; what it said before is older news."""
    ended_at: Mapped[datetime | None]


class Webhook(Base):
    """A verified webhook, kept until its payment was fetched; the provider's event id keeps repetitions out."""

    __tablename__ = "webhooks"
    __table_args__ = (Index(None, "provider", "ref"),)
    provider: Mapped[str] = mapped_column(String(16), primary_key=True)
    event_id: Mapped[str] = mapped_column(primary_key=True)
    ref: Mapped[str]
    kind: Mapped[str]
    heard_at: Mapped[datetime]
    handled_at: Mapped[datetime | None] = mapped_column(index=True)
