"""Stock: what can be bought is what is on hand less what is held for somebody who is paying.

Every change is a row in the ledger with both deltas; the sums of the ledger are the counters, always.
"""

from enum import StrEnum

from msgspec import Struct

from shop.ids import VariantId

PUBLIC_LIMIT = 5
"""Exact numbers are shown up to here; above it a page only says that there is plenty."""

MAX_ON_HAND = 1_000_000

LOW_AT = 5
"""A variant runs low when no more than so many can be bought, unless staff said otherwise of it."""


REASONS = ("Counted", "Received", "Damaged", "Returned", "Lost", "Given away")
"""What staff may pick when they say why they set a number; they may write anything else."""

MAX_REASON_LENGTH = 200


class Entry(StrEnum):
    """Why a counter moved."""

    RECEIVED = "received"
    HELD = "held"
    RELEASED = "released"
    SOLD = "sold"
    RETURNED = "returned"
    CORRECTED = "corrected"


class Level(Struct, frozen=True):
    """The two counters of a variant, in units, and the version of their last change."""

    on_hand: int
    held: int
    version: int = 0

    @property
    def available(self) -> int:
        return self.on_hand - self.held


class Shortage(Struct, frozen=True):
    """A variant that runs low, as staff see it; units."""

    variant: VariantId
    product: str
    name: str
    value: str
    image: str
    on_hand: int
    held: int
    low_at: int


class LowStock(Struct, frozen=True):
    """The value of the topic dashboard/low: how many variants run low or are sold out, and those with the fewest left."""

    low: int
    out: int
    rows: tuple[Shortage, ...]


class Public(Struct, frozen=True, omit_defaults=True):
    """What everybody may know of a variant's stock: `left` and `held` in units, or only that there is plenty."""

    left: int | None = None
    held: int | None = None
    plenty: bool = False


class Said(Struct, frozen=True):
    """A stock level in words: state (in, few, last, held, out), word, sentence, and five pips."""

    state: str
    word: str
    sentence: str
    pips: tuple[str, ...]


def public(level: Level, limit: int = PUBLIC_LIMIT) -> Public:
    """The level as shoppers see it. Held units are shown only so far as they can matter to somebody."""
    if level.available > limit:
        return Public(plenty=True)
    return Public(left=max(0, level.available), held=min(level.held, limit))


def say(seen: Public) -> Said:
    """The words for a public level. static/js/stock.js says the same in the browser; a test holds them together."""
    if seen.plenty:
        return Said("in", "In stock", "On our shelf. Sent tomorrow.", ("plenty",))
    left, held = seen.left or 0, seen.held or 0
    pips = (*("",) * min(left, 5), *("held",) * min(held, 5 - min(left, 5)))
    pips += ("none",) * (5 - len(pips))
    coming_back = f"{held} more held and may come back." if held else ""
    if left > 1:
        return Said("few", f"{left} left", coming_back or "On our shelf right now.", pips)
    if left == 1:
        return Said("last", "Last one", coming_back or "Held for you once you check out.", pips)
    if held:
        return Said("held", "All held", f"{held} may come back soon.", pips)
    return Said("out", "Sold out", "Nothing left on our shelf.", pips)
