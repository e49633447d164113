"""What happened, in the past tense: each event is a row of the outbox, written in the transaction that made it true.

The position of the row is the version of everything that the event changed.
"""

from functools import cache
from typing import NamedTuple

from msgspec import Struct, json

from shop.cart import CartState
from shop.catalogue import ProductState
from shop.fulfilment import Act
from shop.ids import CartId, CustomerId, OrderNumber, VariantId
from shop.orders import OrderRow, OrderState
from shop.shopfront import Standing
from shop.stock import Public


class StockChanged(Struct, frozen=True, tag="stock"):
    """A variant's counters moved. `seen` is None when shoppers see no difference; units."""

    variant: VariantId
    product: str
    on_hand: int
    held: int
    seen: Public | None
    backorder: bool = False

    @property
    def key(self) -> str:
        return self.variant


class ProductChanged(Struct, frozen=True, tag="product", omit_defaults=True):
    """Words, a price or an availability of a product changed."""

    product: str
    state: ProductState | None
    """None: it can't be seen any more."""
    offers_only: bool = False
    """Whether nothing but prices and availability has changed, so where it stands and what it says is as it was."""

    @property
    def key(self) -> str:
        return self.product


class CategoriesChanged(Struct, frozen=True, tag="categories"):
    """A category was added, changed, moved or deleted."""

    category: str

    @property
    def key(self) -> str:
        return self.category


class CartChanged(Struct, frozen=True, tag="cart"):
    cart: CartId
    state: CartState

    @property
    def key(self) -> str:
        return self.cart


class OrderChanged(Struct, frozen=True, tag="order"):
    """An order was placed, or its payment or its goods moved on."""

    number: OrderNumber
    state: OrderState
    row: OrderRow
    act: Act | None = None
    """What staff did to it, or that it is disputed; None when it is the money that moved."""
    refund: int = 0
    """Which of its refunds the provider has just made, by its rank."""

    @property
    def key(self) -> str:
        return self.number


class SessionEnded(Struct, frozen=True, tag="session"):
    """A session ended: its sockets close. `tag` is the session's public mark, not its secret."""

    mark: str

    @property
    def key(self) -> str:
        return self.mark


class DayBegan(Struct, frozen=True, tag="day"):
    """A new day began in the shop's time zone: the figures of the day start over."""

    day: str

    @property
    def key(self) -> str:
        return self.day


class FiguresMoved(Struct, frozen=True, tag="figures"):
    """Time alone moved the figures of the day: the hour, or what the days before had come to by now."""

    day: str

    @property
    def key(self) -> str:
        return self.day


class ShopfrontChanged(Struct, frozen=True, tag="shopfront"):
    """The shop's own settings, or its pages about itself, are others now: every process takes them up."""

    standing: Standing

    @property
    def key(self) -> str:
        return "shopfront"


class LetterDue(Struct, frozen=True, tag="letter"):
    """A person is to get a mail: a link for a new password or a new email, or word that one of them was changed."""

    purpose: str
    """password, email, password_changed or email_changed."""
    customer: CustomerId
    """Who it is about; it may be nobody, so that asking for a password tells nothing."""
    to: str = ""
    """The address, when it isn't the person's own of today."""

    @property
    def key(self) -> str:
        return self.customer


Event = (
    StockChanged
    | ProductChanged
    | CategoriesChanged
    | CartChanged
    | OrderChanged
    | SessionEnded
    | DayBegan
    | FiguresMoved
    | ShopfrontChanged
    | LetterDue
)


class Recorded(NamedTuple):
    """An event as the outbox has it."""

    position: int
    event: Event


encode = json.Encoder().encode
decode = json.Decoder(Event).decode


@cache
def tag(of: type[Event]) -> str:
    """The name of a kind of events, as it stands in the outbox: its struct's tag."""
    return str(of.__struct_config__.tag)


def kind(event: Event) -> str:
    """The name of the event's kind."""
    return tag(type(event))
