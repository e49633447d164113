"""A line of an order, as it was ordered, and what was given back of it."""

from msgspec import Struct

from shop.ids import VariantId
from shop.pricing import Share


class OrderLine(Struct, frozen=True):
    """One line as it was ordered; prices in minor units, never read from the catalogue again."""

    variant: VariantId
    product: str
    name: str
    value: str
    image: str
    price: int
    quantity: int
    discount: int = 0
    """Its part of what a code took off."""
    rate: int = 0
    """Of its tax, in thousandths of a percent."""
    tax: int = 0
    refunded: int = 0
    """Units whose money was given back."""
    back: int = 0
    """Units that came back, or were taken off before they were sent."""
    off: int = 0
    """Of these, the units that were taken off and never sent."""

    @property
    def returned(self) -> int:
        """Units that were sent and came back."""
        return self.back - self.off

    @property
    def out(self) -> int:
        """Units that are to be sent, or were and have not come back."""
        return self.quantity - self.back

    @property
    def named(self) -> str:
        return f"{self.name}, {self.value.lower()}" if self.value else self.name

    @property
    def total(self) -> int:
        """As prices are shown, before the discount."""
        return self.price * self.quantity

    @property
    def share(self) -> Share:
        return Share(self.total, self.discount, self.rate, self.tax)
