"""The books as the judge reads them (shop/judge.py): ledger, orders, payments, codes, papers, and what the bank has."""

from collections.abc import Callable, Iterator, Mapping

from msgspec import Struct

from shop.fulfilment import Fulfilment
from shop.orders import OrderStatus


class LedgerRow(Struct, frozen=True):
    """A movement in the order it was written; units."""

    variant: str
    kind: str
    on_hand: int
    held: int
    order: str | None


class LineFacts(Struct, frozen=True):
    """A line that something was given back of; units."""

    variant: str
    quantity: int
    refunded: int
    back: int
    restocked: int


class OrderFacts(Struct, frozen=True):
    """An order; `units` by variant, amounts in minor units."""

    number: str
    command: tuple[str, str]
    status: OrderStatus
    total: int
    items: int
    shipping: int
    lines_total: int
    currency: str
    units: Mapping[str, int]
    discount: int = 0
    lines_discount: int = 0
    """What the discounts of its lines and of its delivery add up to; `lines_tax` likewise."""
    tax: int = 0
    lines_tax: int = 0
    tax_included: bool = True
    goods: Fulfilment = Fulfilment.NONE
    claimed: bool = False
    packed: bool = False
    """Whether the time of packing is noted; `shipped` likewise."""
    shipped: bool = False
    code: str = ""
    delivered: bool = False
    sold: bool = False
    """Whether its units were sold, whatever came back of them; a paid order always is."""
    refunded: int = 0
    refunds_total: int = 0
    """What its refunds add up to."""
    lines: tuple[LineFacts, ...] = ()


class DocumentFacts(Struct, frozen=True):
    """An invoice (refund 0) or a credit note; the amount in minor units."""

    series: str
    n: int
    order: str
    refund: int
    amount: int


class CodeFacts(Struct, frozen=True):
    """A promotion code: how often it was used by its own counter, and how often it can be used in all."""

    code: str
    used: int
    limit: int | None = None


class UseFacts(Struct, frozen=True):
    """A use of a code that stands, in the order of time; `each` is how often one customer could use it by then."""

    code: str
    order: str
    customer: str | None
    email: str
    each: int | None = None


class PaymentFacts(Struct, frozen=True):
    """A payment in the shop's books, with what the shop owes of it or has noted as given back; `made` is the latter."""

    id: str
    order: str
    ref: str | None
    state: str
    amount: int
    refund: int = 0
    made: int = 0


class BankFacts(Struct, frozen=True):
    """A payment in the bank's own books; `charges` and `refunds` are the amounts that moved, in minor units."""

    ref: str
    key: str
    order: str
    amount: int
    currency: str
    state: str
    charges: tuple[int, ...]
    refunds: tuple[int, ...]

    @property
    def kept(self) -> int:
        """What the merchant has of it in the end."""
        return sum(self.charges) - sum(self.refunds)


class Books(Struct, frozen=True):
    """Everything the judge looks at. `counters` are on hand and held by variant; `acknowledged` are orders that somebody
    was told they have; `bank` is None when its books can't be had."""

    ledger: tuple[LedgerRow, ...]
    counters: Mapping[str, tuple[int, int]]
    orders: tuple[OrderFacts, ...]
    payments: tuple[PaymentFacts, ...]
    bank: tuple[BankFacts, ...] | None = None
    acknowledged: tuple[str, ...] = ()
    documents: tuple[DocumentFacts, ...] = ()
    codes: tuple[CodeFacts, ...] = ()
    uses: tuple[UseFacts, ...] = ()


class Finding(Struct, frozen=True):
    """Something that does not fit: the rule it breaks, what it is about, and the figures in words."""

    rule: str
    subject: str
    text: str


Rule = Callable[[Books], Iterator[Finding]]

Counters = tuple[int, int]
"""On hand and held, in units."""
