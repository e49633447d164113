"""The cart: what is in it, what stands in the way of checking out, and how two carts become one."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from shop.codes import Wish
from shop.errors import InvalidFields
from shop.ids import CartId, VariantId
from shop.stock import Level
from shop.taxes import STANDARD

MAX_QUANTITY = 99
"""Units of one variant in one cart."""

MAX_LINES = 100


class Line(Struct, frozen=True):
    """A line of a cart. `price` is today's and `agreed` the one the shopper saw or consented to; both a unit, minor."""

    variant: VariantId
    product: str
    name: str
    value: str
    image: str
    quantity: int
    price: int
    agreed: int
    level: Level
    visible: bool = True
    weight: int = 0
    """Of one unit, in grams."""
    tax_class: str = STANDARD
    own: int = 0
    """Units that the shopper holds already, in an order that is not paid and would give way to a new one."""
    limit: int | None = None
    """How many units of the product, of all its variants together, one customer can buy; None for any number."""
    had: int = 0
    """How many of them the shopper has ordered before, as far as that is known yet."""

    @property
    def total(self) -> int:
        return self.price * self.quantity

    @property
    def free(self) -> int:
        """How many units of it this shopper can order now."""
        return self.level.orderable + self.own if self.visible else 0

    @property
    def short_by(self) -> int:
        """How many of the wanted units are not there to be bought now."""
        return max(0, self.quantity - self.free)

    @property
    def raised(self) -> bool:
        return self.price > self.agreed


class Cart(Struct, frozen=True):
    id: CartId | None
    lines: tuple[Line, ...]
    version: int = 0
    wish: Wish | None = None
    """The promotion code that its shopper wishes to use."""

    @property
    def count(self) -> int:
        return sum(line.quantity for line in self.lines)

    @property
    def items_total(self) -> int:
        return sum(line.total for line in self.lines)

    @property
    def ready(self) -> bool:
        """Whether nothing stands in the way of checking out."""
        blocked = any(line.short_by or line.raised or self.over_limit(line) for line in self.lines)
        return bool(self.lines) and not blocked

    def over_limit(self, line: Line) -> bool:
        """Whether the cart has more of the line's product than the shopper can buy."""
        if line.limit is None:
            return False
        return sum(other.quantity for other in self.lines if other.product == line.product) > line.limit - line.had

    def allowed(self, line: Line) -> int:
        """How many of this line the shopper can buy beside what else of its product is in the cart."""
        others = sum(o.quantity for o in self.lines if o.product == line.product and o.variant != line.variant)
        return line.quantity if line.limit is None else max(0, line.limit - line.had - others)


EMPTY = Cart(id=None, lines=())


class LineState(Struct, frozen=True):
    """A line in the topic me/cart; `price` is a unit's, in minor units."""

    variant: VariantId
    quantity: int
    price: int


class CartState(Struct, frozen=True):
    """The value of the topic me/cart; `count` is in units, `total` in minor units without delivery and code."""

    count: int
    total: int
    currency: str
    lines: tuple[LineState, ...]
    code: str = ""


def state(cart: Cart, currency: str) -> CartState:
    """What is in a cart, as its pages are told."""
    lines = [LineState(line.variant, line.quantity, line.price) for line in cart.lines]
    return state_of(lines, cart.wish, currency)


def state_of(lines: Sequence[LineState], wish: Wish | None, currency: str) -> CartState:
    """The same, of a cart that has these lines in it."""
    count = total = 0
    for line in lines:
        count += line.quantity
        total += line.price * line.quantity
    return CartState(count, total, currency, tuple(lines), wish.code if wish else "")


def checked_quantity(quantity: int, *, least: int = 0) -> int:
    """The quantity, when a cart line can have it; raises InvalidFields."""
    if least <= quantity <= MAX_QUANTITY:
        return quantity
    raise InvalidFields(
        f"Choose a quantity from {least} to {MAX_QUANTITY}.", fields={"quantity": f"From {least} to {MAX_QUANTITY}."}
    )


def merged(kept: Mapping[VariantId, int], brought: Mapping[VariantId, int]) -> dict[VariantId, int]:
    """Two carts as one, at login: of each variant the larger quantity, so logging in again never doubles anything."""
    return {
        variant: min(MAX_QUANTITY, max(kept.get(variant, 0), brought.get(variant, 0)))
        for variant in list(dict.fromkeys((*kept, *brought)))[:MAX_LINES]
    }
