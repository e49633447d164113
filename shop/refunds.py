"""Refunds: money that goes back for units, for the delivery or for good will, never more than was paid, to the minor unit.

All is worked out from stored rows: a line's units share what was paid for it, and the last unit takes what is left. Units may
come back with their money, without it, or later; whatever comes back is put on the shelf again or written off.
"""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from shop.errors import InvalidFields, NothingPaid, RefundTooLarge, ShopError, WrongState
from shop.fulfilment import Fulfilment
from shop.money import decimal_text
from shop.pricing import Cost, Share, TaxSum, tax_of

MAX_REASON_LENGTH = 200

SENT = frozenset({Fulfilment.SHIPPED, Fulfilment.DELIVERED})


class Pick(Struct, frozen=True):
    """What is wished of one line: `units` whose money goes back, and `back` units that come back, to the shelf or not."""

    line: int
    units: int = 0
    back: int = 0
    restock: bool = True


class Wish(Struct, frozen=True):
    """What staff wish to give back. `free` is an amount beside any line; `whole` is all that is left."""

    lines: tuple[Pick, ...] = ()
    delivery: bool = False
    free: int = 0
    whole: bool = False
    reason: str = ""


class Taken(Struct, frozen=True):
    """What a refund has of one line; `amount` has its tax in it, and `tax` is that tax. Minor units."""

    line: int
    units: int
    back: int
    restocked: int
    amount: int
    tax: int


class Refund(Struct, frozen=True):
    """Money given back, or owed to be. Its parts, less what good will had given before, are its amount. Minor units."""

    id: str
    rank: int
    """The first refund of an order is 1."""
    amount: int
    lines: tuple[Taken, ...]
    delivery: int
    free: int
    less: int
    reason: str
    by: str
    at: datetime
    done_at: datetime | None = None
    said: str = ""
    """What the provider said when it would not make it."""

    @property
    def owed(self) -> bool:
        """Whether the provider has not made it yet."""
        return self.done_at is None


class Bill(Struct, frozen=True):
    """What was paid for an order and what of it was given back: all that decides what more can be."""

    cost: Cost
    quantities: tuple[int, ...]
    goods: Fulfilment
    currency: str
    refunds: tuple[Refund, ...] = ()

    @property
    def rest(self) -> int:
        """What can still be given back."""
        return self.cost.total - sum(refund.amount for refund in self.refunds)

    @property
    def delivery_left(self) -> int:
        """What was paid for the delivery, if it was not given back."""
        given = any(refund.delivery for refund in self.refunds)
        return 0 if given else paid_for(self.cost.shipping, included=self.cost.tax_included)

    def units(self, line: int) -> int:
        """Units of a line whose money was given back."""
        return sum(taken.units for taken in self._taken(line))

    def back(self, line: int) -> int:
        """Units of a line that came back, or were never sent."""
        return sum(taken.back for taken in self._taken(line))

    def off(self, line: int, sent_at: datetime | None) -> int:
        """Of the units that are back, those that were taken off before the order was sent."""
        return sum(
            taken.back
            for refund in self.refunds
            for taken in refund.lines
            if taken.line == line and (sent_at is None or refund.at < sent_at)
        )

    def left(self, line: int) -> int:
        """Units of a line whose money can still be given back."""
        return self.quantities[line] - self.units(line)

    def out(self, line: int) -> int:
        """Units of a line that are to be sent, or were and have not come back."""
        return self.quantities[line] - self.back(line)

    def portion(self, line: int, units: int) -> tuple[int, int]:
        """What was paid for the next units of a line, and the tax in it."""
        share, quantity, before = self.cost.lines[line], self.quantities[line], self.units(line)
        net = _slice(share.net_of_discount, quantity, before, units)
        tax = _slice(share.tax, quantity, before, units)
        return (net if self.cost.tax_included else net + tax), tax

    def _taken(self, line: int) -> list[Taken]:
        return [taken for refund in self.refunds for taken in refund.lines if taken.line == line]


class Worked(Struct, frozen=True):
    """What a wish comes to; `ends` says that nothing of the order is left to be sent or kept."""

    lines: tuple[Taken, ...]
    delivery: int
    free: int
    less: int
    amount: int
    reason: str
    ends: bool


def paid_for(share: Share, *, included: bool) -> int:
    """What was paid for a line or the delivery, tax and all."""
    return share.net_of_discount if included else share.net_of_discount + share.tax


def work_out(bill: Bill, wish: Wish) -> Worked:
    """What the wish comes to, exactly.

    Raises InvalidFields, WrongState for units of a packed parcel, NothingPaid, or RefundTooLarge naming the rest.
    """
    picks = _whole(bill, wish) if wish.whole else wish.lines
    lines = tuple(_taken(bill, pick) for pick in _checked(bill, picks))
    reason = _reason(wish.reason)
    gone = bill.goods not in SENT and all(
        bill.out(line) == sum(taken.back for taken in lines if taken.line == line)
        for line in range(len(bill.quantities))
    )
    delivery = bill.delivery_left if wish.delivery or wish.whole or gone else 0
    parts = sum(taken.amount for taken in lines) + delivery
    less = max(0, parts - bill.rest)
    room = bill.rest - (parts - less)
    if wish.free < 0:
        raise InvalidFields(fields={"amount": "An amount above nothing, please."})
    if wish.free > room:
        raise _too_large(bill, room, alone=not parts)
    free = room if wish.whole else wish.free
    amount = parts - less + free
    if not lines and not amount:
        raise _nothing(bill, wish)
    if amount and amount == bill.rest and not gone and bill.goods not in SENT:
        raise InvalidFields(
            fields={"amount": "That is all that was paid. Choose every line as well, so that nothing is sent."}
        )
    return Worked(lines, delivery, free, less, amount, reason, gone or amount == bill.rest > 0)


def taxes(bill: Bill, worked: Worked | Refund) -> tuple[TaxSum, ...]:
    """The tax in a refund by rate, the highest rate first: what its parts had, and in between by what was paid at each rate."""
    found: dict[int, tuple[int, int]] = {}

    def add(rate: int, amount: int, tax: int) -> None:
        base, sum_ = found.get(rate, (0, 0))
        found[rate] = (base + amount - tax, sum_ + tax)

    for taken in worked.lines:
        add(bill.cost.lines[taken.line].rate, taken.amount, taken.tax)
    if worked.delivery:
        add(bill.cost.shipping.rate, worked.delivery, bill.cost.shipping.tax)
    beside = worked.free - worked.less
    if beside:
        for rate, amount in _by_rate(bill.cost, beside):
            add(rate, amount, tax_of(amount, rate, included=True))
    return tuple(TaxSum(rate, *found[rate]) for rate in sorted(found, reverse=True) if rate and any(found[rate]))


def what(names: Sequence[str], refund: Worked | Refund) -> str:
    """What a refund is for, in words: "2 × Mug, rain and the delivery"."""
    parts = [f"{taken.units or taken.back} × {names[taken.line]}" for taken in refund.lines]
    parts += ["the delivery"] if refund.delivery else []
    parts += ["an amount for good will"] if refund.free else []
    if len(parts) < 2:  # noqa: PLR2004  one thing, or none, needs no "and"
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


def told(names: Sequence[str], worked: Worked, currency: str) -> str:
    """The same for staff, with the amount, what became of the units, and why."""
    said = [f"{decimal_text(worked.amount, currency)} {currency}"] if worked.amount else []
    said += [words] if (words := what(names, worked)) else []
    back = sum(taken.back for taken in worked.lines)
    on_shelf = sum(taken.restocked for taken in worked.lines)
    said += [f"{on_shelf} back on the shelf"] if on_shelf else []
    said += [f"{back - on_shelf} written off"] if back > on_shelf else []
    return f"{'; '.join(said)}. {worked.reason}".strip()


def _slice(amount: int, quantity: int, before: int, units: int) -> int:
    """The part of `amount` that falls to the next units; the parts of all units add up to it."""
    return amount * (before + units) // quantity - amount * before // quantity


def _whole(bill: Bill, wish: Wish) -> tuple[Pick, ...]:
    """All units that are left. What came back of them, and where to, is as wished."""
    wished = {pick.line: pick for pick in wish.lines}
    picks = []
    for line in range(len(bill.quantities)):
        pick = wished.pop(line, Pick(line))
        back = pick.back if bill.goods in SENT else bill.left(line)
        if bill.left(line) or back:
            picks.append(Pick(line, bill.left(line), back, pick.restock))
    return (*picks, *wished.values())


def _checked(bill: Bill, picks: Sequence[Pick]) -> list[Pick]:
    """The picks that ask for something; raises InvalidFields, each fault named by its line, or WrongState."""
    faults: dict[str, str] = {}
    seen: set[int] = set()
    found = []
    for place, pick in enumerate(picks):
        name = f"lines[{place}]"
        if pick.line in seen or not 0 <= pick.line < len(bill.quantities):
            faults[f"{name}.line"] = "Each line of the order once, please, counted from 0."
            continue
        seen.add(pick.line)
        back = pick.units if bill.goods not in SENT and not pick.back else pick.back
        faults |= _faults(bill, name, pick, back)
        if pick.units or back:
            found.append(Pick(pick.line, pick.units, back, pick.restock))
    if faults:
        raise InvalidFields(fields=faults)
    if found and bill.goods is Fulfilment.PACKED:
        raise WrongState(
            "It is packed. Open the parcel again first; then its things can be taken off.", fulfilment=bill.goods.value
        )
    return found


def _faults(bill: Bill, name: str, pick: Pick, back: int) -> dict[str, str]:
    faults = {}
    left, out = bill.left(pick.line), bill.out(pick.line)
    if not 0 <= pick.units <= left:
        faults[f"{name}.units"] = f"From 0 to {left}: so many have not been refunded."
    if bill.goods not in SENT:
        if back != pick.units:
            faults[f"{name}.back"] = "It is not sent yet, so what is refunded stays here, and nothing else does."
    elif not 0 <= back <= out:
        faults[f"{name}.back"] = f"From 0 to {out}: so many can still come back."
    return faults


def _taken(bill: Bill, pick: Pick) -> Taken:
    amount, tax = bill.portion(pick.line, pick.units)
    return Taken(pick.line, pick.units, pick.back, pick.back if pick.restock else 0, amount, tax)


def _reason(reason: str) -> str:
    tidy = " ".join(reason.split())
    if len(tidy) > MAX_REASON_LENGTH or not tidy.isprintable():
        raise InvalidFields(fields={"reason": f"At most {MAX_REASON_LENGTH} characters, please."})
    return tidy


def _too_large(bill: Bill, room: int, *, alone: bool) -> ShopError:
    said = f"{decimal_text(room, bill.currency)} {bill.currency}"
    beside = "" if alone else " beside the rest of it"
    why = f"At most {said} can still be given back{beside}."
    return RefundTooLarge(why, fields={"amount": why}, rest=room, currency=bill.currency)


def _nothing(bill: Bill, wish: Wish) -> ShopError:
    if not bill.rest and (wish.whole or wish.delivery):
        return NothingPaid("All that was paid for this order has been given back already.")
    return InvalidFields(fields={"lines": "Choose what to give back: units, the delivery, or an amount."})


def _by_rate(cost: Cost, amount: int) -> list[tuple[int, int]]:
    """An amount in parts by rate of tax, as much was paid at each; the highest rate takes what remains."""
    paid: dict[int, int] = {}
    for share in (*cost.lines, cost.shipping):
        paid[share.rate] = paid.get(share.rate, 0) + paid_for(share, included=cost.tax_included)
    whole = sum(paid.values())
    if not whole:
        return []
    rates = sorted(paid)
    parts = [abs(amount) * paid[rate] // whole for rate in rates]
    parts[-1] += abs(amount) - sum(parts)
    return [(rate, part if amount > 0 else -part) for rate, part in zip(rates, parts, strict=True)]
