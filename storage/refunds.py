"""Refunds: money that is owed back, noted before the provider hears of it, and made once.

Staff decide on them order by order (`make`), each against what the order was given back so far; a payment that came too late
goes back as a whole (`owe`). The reconciler asks the provider for what is owed until it is done.
"""

from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Connection, bindparam, insert, select, update

from shop import refunds
from shop.errors import NotFound, NothingPaid, StaleEdit, WrongState
from shop.fulfilment import Act, Clerk
from shop.ids import OrderNumber, crockford
from shop.money import decimal_text
from shop.orders import Order, OrderStatus
from shop.payments import PaymentId, PaymentState, ProviderRef
from shop.refunds import Refund, Wish, Worked
from shop.stock import Entry
from storage import commands, documents, order_events, orders, outbox, stock, tables
from storage.asking import pause_after
from storage.commands import Id
from storage.statements import many, one, rows, run, scalar
from storage.stock import Move

BY_HAND = "by hand, "
"""How the reference of a refund begins that somebody gave another way; no provider's does."""

_NEW = insert(tables.Refund)
_NEW_LINE = insert(tables.RefundLine)
_DUE = (
    select(tables.Refund, tables.Payment.ref.label("payment_ref"), tables.Payment.provider)
    .join(tables.Payment, tables.Payment.id == tables.Refund.payment_id)
    .where(tables.Refund.ask_at <= bindparam("now"))
    .order_by(tables.Refund.ask_at)
    .limit(bindparam("limit"))
)
_ONE = select(tables.Refund).where(tables.Refund.id == bindparam("refund"))
_DONE = (
    update(tables.Refund)
    .where(tables.Refund.id == bindparam("refund"), tables.Refund.done_at.is_(None))
    .values(ref=bindparam("to_ref"), done_at=bindparam("to_done_at"), ask_at=None)
)
_POSTPONE = (
    update(tables.Refund)
    .where(tables.Refund.id == bindparam("refund"), tables.Refund.done_at.is_(None))
    .values(asked=bindparam("to_asked"), ask_at=bindparam("to_ask_at"), last_reason=bindparam("to_said"))
)
_ORDER_OF = select(tables.Payment.order_number).where(tables.Payment.id == bindparam("payment"))
_WHOLE = select(tables.Refund.id).where(
    tables.Refund.payment_id == tables.Payment.id, tables.Refund.rank.is_(None), tables.Refund.amount > 0
)
_PAID = (
    select(tables.Payment.id)
    .where(
        tables.Payment.order_number == bindparam("number"),
        tables.Payment.state == PaymentState.PAID.value,
        ~_WHOLE.exists(),
    )
    .order_by(tables.Payment.attempt)
    .limit(1)
)
_GIVE = (
    update(tables.Order)
    .where(tables.Order.number == bindparam("which"), tables.Order.refund_count == bindparam("seen"))
    .values(
        status=bindparam("to_status"),
        refunded_amount=bindparam("to_refunded"),
        refund_count=bindparam("to_count"),
        claimed_by=bindparam("to_clerk"),
        claimed_name=bindparam("to_name"),
        claimed_at=bindparam("to_claimed_at"),
        version=bindparam("to_version"),
    )
)
_TOLD = (
    update(tables.Order)
    .where(tables.Order.number == bindparam("which"))
    .values(status=bindparam("to_status"), version=bindparam("to_version"))
)
_ASK_NOW = (
    update(tables.Refund)
    .where(tables.Refund.id == bindparam("refund"), tables.Refund.done_at.is_(None))
    .values(ask_at=bindparam("now"))
)

MAX_REASON_LENGTH = 300


MAX_SAID_LENGTH = 300


class Due(Struct, frozen=True):
    """A refund to be made now; the amount in minor units."""

    id: str
    provider: str
    ref: ProviderRef
    amount: int
    key: str


class Command(Struct, frozen=True):
    """Staff wish to give something back. `seen` is how many refunds the order had when they looked; None does not ask."""

    number: OrderNumber
    wish: Wish
    clerk: Clerk
    id: Id | None
    seen: int | None
    at: datetime


class Made(Struct, frozen=True):
    """Which refund of its order it became, and how much goes back, in minor units."""

    rank: int
    amount: int


def make(tx: Connection, command: Command) -> Made:
    """Gives back what staff wish: notes it for the provider, puts units back on the shelf, and tells everybody. A verb.

    The same command twice is one refund. Raises NotFound, WrongState, StaleEdit with what was given back by now,
    InvalidFields, NothingPaid, or RefundTooLarge naming the rest.
    """
    found = orders.locked(tx, [command.number])
    if not found:
        raise NotFound("There is no such order.")
    # Only now: whoever held the order may have carried out this very command.
    return commands.once(tx, command.id, command.at, Made, lambda: _make(tx, found[0], command))


def known(tx: Connection, command: Id) -> Made | None:
    """What this very command made before, if it did; raises CommandReused."""
    return commands.known(tx, command, Made)


def _make(tx: Connection, order: Order, command: Command) -> Made:
    if not order.sold:
        raise WrongState("This order is not paid, so there is nothing to give back.", order_status=order.status.value)
    seen = len(order.refunds)
    if command.seen is not None and command.seen != seen:
        raise StaleEdit(_meanwhile(order), refunds=seen, refunded=order.refunded_amount)
    worked = refunds.work_out(order.bill, command.wish)
    payment = scalar(tx, _PAID, number=order.number) if worked.amount else None
    if worked.amount and payment is None:
        raise NothingPaid("No payment of this order can be given back.")
    refund = _refund(worked, seen + 1, command)
    _note(tx, order, refund, payment)
    after = _after(order, refund, worked)
    _write(tx, order, after, refund, command)
    act = Act.REFUNDED if worked.amount else Act.RETURNED
    order_events.note(
        tx, order.number, act, command.clerk, command.at, refunds.told(order.names, worked, order.currency)
    )
    if worked.amount:
        documents.credit(tx, after, refund, command.at)
    return Made(refund.rank, refund.amount)


def _refund(worked: Worked, rank: int, command: Command) -> Refund:
    return Refund(
        id=crockford(16),
        rank=rank,
        amount=worked.amount,
        lines=worked.lines,
        delivery=worked.delivery,
        free=worked.free,
        less=worked.less,
        reason=worked.reason,
        by=command.clerk.name,
        at=command.at,
        # Nothing has to be asked of anybody for units alone.
        done_at=None if worked.amount else command.at,
    )


def _after(order: Order, refund: Refund, worked: Worked) -> Order:
    """The order as it stands with this refund."""
    refunded = order.refunded_amount + refund.amount
    status = order.status
    if status is OrderStatus.PAID and worked.ends:
        status = OrderStatus.REFUNDING if refund.amount else OrderStatus.REFUNDED
    elif refund.amount and status is OrderStatus.REFUNDED:
        status = OrderStatus.REFUNDING
    after = replace(
        order,
        status=status,
        refunded_amount=refunded,
        claim=order.claim if status is OrderStatus.PAID else None,
        refunds=(*order.refunds, refund),
    )
    return orders.counted(after)


def _note(tx: Connection, order: Order, refund: Refund, payment: str | None) -> None:
    values = {"id": refund.id, "payment_id": payment, "key": f"{order.number}-refund-{refund.rank}"}
    parts = {"delivery": refund.delivery, "free": refund.free, "less": refund.less, "by": refund.by}
    times = {"created_at": refund.at, "done_at": refund.done_at, "asked": 0}
    run(
        tx,
        _NEW,
        **values,
        **parts,
        **times,
        amount=refund.amount,
        reason=refund.reason,
        ref=None,
        ask_at=refund.at if refund.owed else None,
        order_number=order.number,
        rank=refund.rank,
    )
    lines = [
        {
            "refund_id": refund.id,
            "line": taken.line,
            "units": taken.units,
            "back": taken.back,
            "restocked": taken.restocked,
            "amount": taken.amount,
            "tax": taken.tax,
        }
        for taken in refund.lines
    ]
    many(tx, _NEW_LINE, lines)


def _write(tx: Connection, order: Order, after: Order, refund: Refund, command: Command) -> None:
    """Writes the order and its movements of stock, and tells everybody."""
    reason = refund.reason or f"given back by {command.clerk.name}"
    moves = [
        Move(order.lines[taken.line].variant, Entry.RETURNED, taken.restocked, 0, order.number, refund.by, reason)
        for taken in refund.lines
        if taken.restocked
    ]
    levels = stock.locked(tx, (move.variant for move in moves))
    act = Act.REFUNDED if refund.amount else Act.RETURNED
    position = stock.post(tx, levels, moves, [orders.told(after, act)], command.at)
    claim = after.claim
    met = run(
        tx,
        _GIVE,
        which=order.number,
        seen=len(order.refunds),
        to_status=after.status.value,
        to_refunded=after.refunded_amount,
        to_count=len(after.refunds),
        to_clerk=claim.by if claim else None,
        to_name=claim.name if claim else "",
        to_claimed_at=claim.at if claim else None,
        to_version=position,
    )
    if not met:
        raise StaleEdit(_meanwhile(order))


def _meanwhile(order: Order) -> str:
    last = order.refunds[-1] if order.refunds else None
    so_far = f"{decimal_text(order.refunded_amount, order.currency)} {order.currency} went back so far"
    return f"{last.by} was first: {so_far}. Look again, and decide anew." if last else f"{so_far}."


def owe(tx: Connection, payment: PaymentId, payment_key: str, amount: int, at: datetime, reason: str) -> None:
    """Notes that a payment is owed back in full; the reconciler makes it so. A payment is given back once at most."""
    values = {"id": crockford(16), "payment_id": payment, "key": f"{payment_key}-refund", "amount": amount}
    values |= {"reason": reason, "ref": None, "created_at": at, "done_at": None, "asked": 0, "ask_at": at}
    number = scalar(tx, _ORDER_OF, payment=payment)
    run(tx, _NEW, **values, order_number=number, rank=None, delivery=0, free=0, less=0, by="")


def due(tx: Connection, now: datetime, limit: int) -> list[Due]:
    """Refunds that the provider should be asked for now."""
    return [
        Due(row.id, row.provider, row.payment_ref, row.amount, row.key) for row in rows(tx, _DUE, now=now, limit=limit)
    ]


def done(tx: Connection, refund: str, ref: str, at: datetime) -> None:
    """Notes that the provider has given the money back, and tells the shopper. Idempotent."""
    row = one(tx, _ONE, refund=refund)
    if row is None:
        return
    [before] = orders.locked(tx, [row.order_number])
    if not run(tx, _DONE, refund=refund, to_ref=ref, to_done_at=at):
        return
    if row.rank is None:
        if before.status is OrderStatus.REFUNDING and not before.given_back:
            orders.move_on(tx, [replace(before, status=OrderStatus.REFUNDED)], (), at)
        return
    order = orders.view(tx, row.order_number)
    if order.status is OrderStatus.REFUNDING and not any(each.owed for each in order.refunds):
        order = replace(order, status=OrderStatus.REFUNDED)
    _tell(tx, order, at, refund=row.rank)


def postpone(tx: Connection, refund: str, at: datetime, said: str = "") -> None:
    """Notes that the provider did not make it, and what it `said`, so it is asked again later."""
    row = one(tx, _ONE, refund=refund)
    if row is None or row.done_at is not None:
        return
    orders.locked(tx, [row.order_number])
    ask_at = at + pause_after(row.asked)
    run(
        tx,
        _POSTPONE,
        refund=refund,
        to_asked=row.asked + 1,
        to_ask_at=ask_at,
        to_said=said[:MAX_SAID_LENGTH] or row.last_reason,
    )
    if said and said != row.last_reason and row.rank is not None:
        _tell(tx, orders.view(tx, row.order_number), at, Act.REFUNDED)


def order_of(tx: Connection, refund: str) -> OrderNumber:
    """The order whose money it is; raises NotFound."""
    row = one(tx, _ONE, refund=refund)
    if row is None:
        raise NotFound("There is no such refund.")
    return OrderNumber(row.order_number)


def ask_now(tx: Connection, refund: str, at: datetime) -> bool:
    """Has the provider asked for it right away; answers whether it is still owed."""
    return bool(run(tx, _ASK_NOW, refund=refund, now=at))


def _tell(tx: Connection, order: Order, at: datetime, act: Act | None = None, refund: int = 0) -> None:
    """Tells everybody how a refund of this order goes."""
    position = outbox.reserve(tx, 1)
    run(tx, _TOLD, which=order.number, to_status=order.status.value, to_version=position)
    outbox.record(tx, position, [orders.told(order, act, refund)], at)
