"""The judge: reads the ledger, the orders and the bank's own books, and names everything that does not fit together.

It never trusts the counters that verbs keep: they are one of the things it checks. Tests plant a fault for every rule.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from shop.books import (
    BankFacts,
    Books,
    CodeFacts,
    Counters,
    DocumentFacts,
    Finding,
    LedgerRow,
    LineFacts,
    OrderFacts,
    PaymentFacts,
    Rule,
    UseFacts,
)
from shop.fulfilment import Fulfilment
from shop.judge_of_codes import codes_miscounted, codes_overused, uses_of_orders
from shop.orders import OrderStatus
from shop.stock import Entry

__all__ = [
    "RULES",
    "BankFacts",
    "Books",
    "CodeFacts",
    "Counters",
    "DocumentFacts",
    "Finding",
    "LedgerRow",
    "LineFacts",
    "OrderFacts",
    "PaymentFacts",
    "Rule",
    "UseFacts",
    "judge",
    "owed",
]


def judge(books: Books) -> list[Finding]:
    """Every finding; none when the books are clean."""
    return [finding for rule in RULES for finding in rule(books)]


def oversold(books: Books) -> Iterator[Finding]:
    """Paid units are never more than the units there were, and those that were ordered ahead while backorders were taken."""
    there: dict[str, int] = defaultdict(int)
    for row, before, after, taken in _walk(books.ledger):
        # What came back of an order can be sold again, so it counts against that order and not as more.
        if row.kind != Entry.SOLD and not (row.kind == Entry.RETURNED and row.order is not None):
            there[row.variant] += row.on_hand
        if taken:
            there[row.variant] += max(0, -_free(after)) - max(0, -_free(before)) if _free(after) < _free(before) else 0
    paid: dict[str, int] = defaultdict(int)
    for order in books.orders:
        if _sold(order):
            restocked = _restocked(order)
            for variant, units in order.units.items():
                paid[variant] += units - restocked[variant]
    for variant, units in paid.items():
        if units > there[variant]:
            yield Finding("oversold", variant, f"{units} units are paid, and there were {there[variant]}")


def below_zero(books: Books) -> Iterator[Finding]:
    """At no moment were fewer than no units held, or more than were on hand, unless backorders were taken at that moment.

    What is owed once they are taken no more may stand, and only become less.
    """
    for row, before, after, taken in _walk(books.ledger):
        on_hand, held = after
        sinks = _free(after) < min(0, _free(before))
        if held < 0 or (sinks and not taken):
            yield Finding(
                "below_zero", row.variant, f"after {row.kind} for {row.order}: {on_hand} on hand, {held} held"
            )


def _free(counters: Counters) -> int:
    """What could be bought of these counters; below zero where more was ordered than there is."""
    return counters[0] - counters[1]


def _walk(ledger: Iterable[LedgerRow]) -> Iterator[tuple[LedgerRow, Counters, Counters, bool]]:
    """Each movement with the counters before and after it, and whether backorders were taken then."""
    sums: dict[str, Counters] = defaultdict(lambda: (0, 0))
    taking: set[str] = set()
    for row in ledger:
        if row.kind == Entry.BACKORDER:
            taking.add(row.variant)
        elif row.kind == Entry.NO_BACKORDER:
            taking.discard(row.variant)
        before = sums[row.variant]
        after = sums[row.variant] = (before[0] + row.on_hand, before[1] + row.held)
        yield row, before, after, row.variant in taking


def ledger_differs(books: Books) -> Iterator[Finding]:
    """The sums of the ledger are the counters."""
    sums: dict[str, tuple[int, int]] = dict.fromkeys(books.counters, (0, 0))
    for row in books.ledger:
        on_hand, held = sums.get(row.variant, (0, 0))
        sums[row.variant] = (on_hand + row.on_hand, held + row.held)
    for variant, expected in sums.items():
        counted = books.counters.get(variant)
        if counted != expected:
            yield Finding(
                "ledger_differs", variant, f"the ledger says {_said(expected)}; the counters say {_said(counted)}"
            )


def held_without_order(books: Books) -> Iterator[Finding]:
    """What is held is what orders that wait for their money hold, unit by unit."""
    waiting: dict[str, int] = defaultdict(int)
    for order in books.orders:
        if order.status is OrderStatus.PLACED:
            for variant, units in order.units.items():
                waiting[variant] += units
    for variant, (_, held) in books.counters.items():
        if held != waiting[variant]:
            text = f"{held} are held, and orders that wait for their money hold {waiting[variant]}"
            yield Finding("held_without_order", variant, text)


def _said(counters: Counters | None) -> str:
    return "nothing" if counters is None else f"{counters[0]} on hand and {counters[1]} held"


def stock_of_orders(books: Books) -> Iterator[Finding]:
    """An order holds its units while it waits, and has taken them once it is paid, less what is on the shelf again."""
    moved: dict[str, dict[str, tuple[int, int]]] = defaultdict(lambda: defaultdict(lambda: (0, 0)))
    for row in books.ledger:
        if row.order is not None:
            on_hand, held = moved[row.order][row.variant]
            moved[row.order][row.variant] = (on_hand + row.on_hand, held + row.held)
    known = {order.number: order for order in books.orders}
    for number in moved.keys() - known.keys():
        yield Finding("stock_of_orders", number, "the ledger names an order that is not there")
    for order in known.values():
        for variant in order.units.keys() | moved[order.number].keys():
            expected = owed(order, variant)
            if moved[order.number][variant] != expected:
                found = _said(moved[order.number][variant])
                text = f"{variant}: moved {found} for an order that is {order.status}; it should be {_said(expected)}"
                yield Finding("stock_of_orders", order.number, text)


def owed(order: OrderFacts, variant: str) -> tuple[int, int]:
    """What an order has moved of a variant in all, on hand and held."""
    units = order.units.get(variant, 0)
    if order.status is OrderStatus.PLACED:
        return 0, units
    return (_restocked(order)[variant] - units, 0) if _sold(order) else (0, 0)


def _sold(order: OrderFacts) -> bool:
    return order.sold or order.status is OrderStatus.PAID


def _restocked(order: OrderFacts) -> Mapping[str, int]:
    """Units of an order that are on the shelf again, by variant."""
    found: dict[str, int] = defaultdict(int)
    for line in order.lines:
        found[line.variant] += line.restocked
    return found


def doubled_commands(books: Books) -> Iterator[Finding]:
    """Each command has made one order at most."""
    made: dict[tuple[str, str], list[str]] = defaultdict(list)
    for order in books.orders:
        made[order.command].append(order.number)
    for command, numbers in made.items():
        if len(numbers) > 1:
            yield Finding("doubled_commands", "/".join(command), f"made {len(numbers)} orders: {', '.join(numbers)}")


def wrong_totals(books: Books) -> Iterator[Finding]:
    """Every total is the sum of its lines and the delivery, less the discounts, with the tax that is not in them."""
    for order in books.orders:
        kept = (order.items, order.discount, order.tax)
        added = (order.lines_total, order.lines_discount, order.lines_tax)
        total = order.items + order.shipping - order.discount + (0 if order.tax_included else order.tax)
        if kept != added or order.total != total:
            text = f"items, discount, tax {kept}, of its lines {added}; delivery {order.shipping}, total {order.total}"
            yield Finding("wrong_totals", order.number, text)


def paid_without_money(books: Books) -> Iterator[Finding]:
    """Behind every paid order the bank has its whole amount, once, less what was given back of it."""
    kept: dict[str, int] = defaultdict(int)
    for payment in books.bank or ():
        kept[payment.order] += payment.kept
    owed = _refunds_owed(books)
    for order in books.orders if books.bank is not None else ():
        due = order.total - order.refunded
        if _sold(order) and kept[order.number] - owed[order.number] != due:
            text = f"paid, but the bank has {kept[order.number]} {order.currency} of {due}"
            yield Finding("paid_without_money", order.number, text)


def money_without_goods(books: Books) -> Iterator[Finding]:
    """Money that the bank took is goods, or is given back, or noted to be."""
    status = {order.number: order.status for order in books.orders}
    owed = _refunds_owed(books)
    kept: dict[str, int] = defaultdict(int)
    for payment in books.bank or ():
        kept[payment.order] += payment.kept
    for number, amount in kept.items():
        if amount - owed[number] > 0 and status.get(number) is not OrderStatus.PAID:
            text = f"the bank has {amount}, and the order is {status.get(number, 'not there')}"
            yield Finding("money_without_goods", number, text)


def charged_twice(books: Books) -> Iterator[Finding]:
    """A payment is charged once, and never for another amount than it was made for."""
    for payment in books.bank or ():
        if len(payment.charges) > 1 or any(amount != payment.amount for amount in payment.charges):
            yield Finding("charged_twice", payment.ref, f"charges {payment.charges} for an amount of {payment.amount}")
        if sum(payment.refunds) > sum(payment.charges):
            yield Finding("charged_twice", payment.ref, f"refunds {payment.refunds} of charges {payment.charges}")


def books_differ(books: Books) -> Iterator[Finding]:
    """The shop and the bank say the same of every payment that has ended."""
    at_bank = {payment.ref: payment for payment in books.bank or ()}
    for payment in books.payments if books.bank is not None else ():
        theirs = at_bank.get(payment.ref or "")
        if payment.state == "paid" and (theirs is None or theirs.state != "paid"):
            text = f"the shop says paid, the bank {theirs.state if theirs else 'does not know it'}"
            yield Finding("books_differ", payment.id, text)
        if theirs is not None and theirs.state == "paid" and payment.state != "paid":
            yield Finding("books_differ", payment.id, f"the bank says paid, the shop {payment.state}")
        if theirs is not None and theirs.order != payment.order:
            yield Finding("books_differ", payment.id, f"of order {payment.order}, at the bank of {theirs.order}")


def goods_without_money(books: Books) -> Iterator[Finding]:
    """Nothing is packed or sent that is not paid."""
    for order in books.orders:
        if order.goods is not Fulfilment.NONE and not _sold(order):
            yield Finding(
                "goods_without_money", order.number, f"the goods are {order.goods}, the order is {order.status}"
            )


def claims_left(books: Books) -> Iterator[Finding]:
    """Only an order that waits to be packed is claimed by somebody."""
    for order in books.orders:
        if order.claimed and (order.status is not OrderStatus.PAID or order.goods is not Fulfilment.NONE):
            yield Finding("claims_left", order.number, f"is claimed; its goods are {order.goods}, it is {order.status}")


def goods_out_of_step(books: Books) -> Iterator[Finding]:
    """An order is packed before it is sent, and sent before it is delivered; each has its time."""
    for order in books.orders:
        arrived = order.goods is Fulfilment.DELIVERED
        expected = (order.goods is not Fulfilment.NONE, order.goods is Fulfilment.SHIPPED or arrived, arrived)
        if (order.packed, order.shipped, order.delivered) != expected:
            times = " and ".join(word for word in ("packed", "shipped", "delivered") if getattr(order, word)) or "none"
            yield Finding("goods_out_of_step", order.number, f"the goods are {order.goods}, and the times are: {times}")


def refunded_too_much(books: Books) -> Iterator[Finding]:
    """An order's refunds add up to what it says, never to more than was paid, and no unit is given back twice."""
    for order in books.orders:
        whole = OrderStatus.REFUNDING, OrderStatus.REFUNDED
        if not 0 <= order.refunded <= order.total or order.refunds_total != order.refunded:
            text = f"refunded {order.refunded} of {order.total}, and its refunds add up to {order.refunds_total}"
            yield Finding("refunded_too_much", order.number, text)
        if _sold(order) and (order.refunded == order.total > 0) is not (order.status in whole and order.total > 0):
            text = f"is {order.status}, and {order.refunded} of {order.total} went back"
            yield Finding("refunded_too_much", order.number, text)
        for line in order.lines:
            if line.refunded > line.quantity or line.back > line.quantity or line.restocked > line.back:
                counts = f"refunded {line.refunded}, back {line.back}, {line.restocked} on the shelf"
                text = f"{line.variant}: of {line.quantity} {counts}"
                yield Finding("refunded_too_much", order.number, text)


def refunds_differ(books: Books) -> Iterator[Finding]:
    """What the shop says was given back has moved at the bank, and nothing moved there that the shop never owed."""
    moved = {payment.ref: sum(payment.refunds) for payment in books.bank or ()}
    for payment in books.payments if books.bank is not None else ():
        at_bank = moved.get(payment.ref or "", 0)
        if not payment.made <= at_bank <= payment.refund:
            text = f"the bank gave {at_bank} back, of {payment.refund} owed, and the shop says {payment.made}"
            yield Finding("refunds_differ", payment.id, text)


def numbers_missing(books: Books) -> Iterator[Finding]:
    """Every series of documents runs from 1 without a gap; a sold order has one invoice, and credit notes for what went back."""
    series: dict[str, list[int]] = defaultdict(list)
    invoices: dict[str, list[int]] = defaultdict(list)
    credited: dict[str, int] = defaultdict(int)
    for document in books.documents:
        series[document.series].append(document.n)
        if document.refund:
            credited[document.order] += document.amount
        else:
            invoices[document.order].append(document.amount)
    for name, numbers in series.items():
        if sorted(numbers) != list(range(1, len(numbers) + 1)):
            yield Finding("numbers_missing", name, f"{len(numbers)} documents, numbered up to {max(numbers)}")
    for order in books.orders:
        expected = [order.total] if _sold(order) else []
        if invoices[order.number] != expected or credited[order.number] != order.refunded:
            text = f"invoices {invoices[order.number]}, not {expected}; credited {credited[order.number]} of {order.refunded}"
            yield Finding("numbers_missing", order.number, text)


def lost_orders(books: Books) -> Iterator[Finding]:
    """Every order that somebody was told they have is there."""
    there = {order.number for order in books.orders}
    for number in dict.fromkeys(books.acknowledged):
        if number not in there:
            yield Finding("lost_orders", number, "was acknowledged, and is not in the books")


def _refunds_owed(books: Books) -> dict[str, int]:
    """By order, what the shop has noted to give back and the bank has not moved yet."""
    moved = {payment.ref: sum(payment.refunds) for payment in books.bank or ()}
    owed: dict[str, int] = defaultdict(int)
    for payment in books.payments:
        owed[payment.order] += max(0, payment.refund - moved.get(payment.ref or "", 0))
    return owed


RULES: tuple[Rule, ...] = (
    oversold,
    below_zero,
    ledger_differs,
    held_without_order,
    stock_of_orders,
    doubled_commands,
    wrong_totals,
    codes_miscounted,
    uses_of_orders,
    codes_overused,
    paid_without_money,
    money_without_goods,
    charged_twice,
    books_differ,
    goods_without_money,
    claims_left,
    goods_out_of_step,
    refunded_too_much,
    refunds_differ,
    numbers_missing,
    lost_orders,
)
