"""Stock: what can be bought is what is on hand less what is held for somebody who is paying.

Every change is a row in the ledger with both deltas; the sums of the ledger are the counters, always. Where backorders are
taken, more can be ordered than is there: what can be bought goes below zero then, and only then, and the ledger says from
when to when they were taken.
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

LATER = "Not in stock now; order it and we send it when it comes."
ALL_HELD = "Others are paying for the last ones. Wait here, or put it in your cart: both show at once what comes back."


class Entry(StrEnum):
    """Why a counter moved; the last two move none, and say from when on backorders were taken or were not."""

    RECEIVED = "received"
    """Goods came in: on hand more."""
    HELD = "held"
    """An order was placed: held more."""
    RELEASED = "released"
    """An order ended unpaid: held less."""
    SOLD = "sold"
    """An order was paid: on hand less, and held less where it was held."""
    RETURNED = "returned"
    """Sold goods came back and are on the shelf again: on hand more."""
    CORRECTED = "corrected"
    """Somebody counted, or the books were mended."""
    BACKORDER = "backorder"
    NO_BACKORDER = "no_backorder"


class Level(Struct, frozen=True):
    """The two counters of a variant, in units, the version of their last change, and whether backorders are taken."""

    on_hand: int
    held: int
    version: int = 0
    backorder: bool = False

    @property
    def available(self) -> int:
        """What is there to be bought now; below zero where more was ordered than there is."""
        return self.on_hand - self.held

    @property
    def orderable(self) -> int:
        """How many can be ordered now, of what is there or comes later."""
        free = self.on_hand - self.held + (MAX_ON_HAND if self.backorder else 0)
        return max(0, free)


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
    backorder: bool = False
    """Whether more can be ordered than is left; what is not there is sent when it comes."""


_PLENTY = Public(plenty=True)


class Said(Struct, frozen=True):
    """A stock level in words: state (in, few, last, held, later, out), word, sentence, and five pips."""

    state: str
    word: str
    sentence: str
    pips: tuple[str, ...]


def kind_of(change: int, reason: str) -> Entry:
    """What a movement is called that staff made by setting a number, by how it changed (units) and why they say."""
    if reason == "Counted" or change < 0:
        return Entry.CORRECTED
    return Entry.RETURNED if reason == "Returned" else Entry.RECEIVED


def public(level: Level, limit: int = PUBLIC_LIMIT) -> Public:
    """The level as shoppers see it. Held units are shown only so far as they can matter to somebody."""
    available = level.available
    if available > limit:
        return _PLENTY
    if level.backorder:
        return Public(left=max(0, available), held=0, backorder=True)  # nobody has to wait for what is held
    return Public(left=max(0, available), held=min(level.held, limit))


def say(seen: Public) -> Said:
    """The words for a public level. static/js/stock.js says the same in the browser; a test holds them together."""
    if seen.plenty:
        return Said("in", "In stock", "On our shelf. Sent tomorrow.", ("plenty",))
    left, held = seen.left or 0, seen.held or 0
    pips = (*("",) * min(left, 5), *("held",) * min(held, 5 - min(left, 5)))
    pips += ("none",) * (5 - len(pips))
    more = "Order more and we send them when they come." if seen.backorder else ""
    further = f"{held} more held and may come back." if held else more
    if left > 1:
        return Said("few", f"{left} left", further or "On our shelf right now.", pips)
    if left == 1:
        return Said("last", "Last one", further or "Held for you once you check out.", pips)
    if seen.backorder:
        return Said("later", "Comes later", LATER, pips)
    if held:
        return Said("held", "All held", ALL_HELD, pips)
    return Said("out", "Sold out", "Nothing left on our shelf.", pips)
