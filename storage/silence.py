"""What a provider was asked in vain: it is asked again at once when the provider speaks again, not when its turn comes."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, bindparam, or_, select, update

from storage.statements import run
from storage.tables import Payment, Refund

_NAMED = or_(
    Payment.ref.in_(bindparam("refs", expanding=True)),
    Payment.key.in_(bindparam("keys", expanding=True)),
)
_WAITING = (Payment.ask_at > bindparam("now"), Payment.asked > 0)
_OWED = (Refund.ask_at > bindparam("now"), Refund.asked > 0)
_ASK = update(Payment).where(_NAMED, *_WAITING).values(ask_at=bindparam("now"), asked=0)
_REFUND = (
    update(Refund)
    .where(Refund.payment_id.in_(select(Payment.id).where(_NAMED)), *_OWED)
    .values(ask_at=bindparam("now"), asked=0)
)
_ASK_ALL = update(Payment).where(*_WAITING).values(ask_at=bindparam("now"))
_REFUND_ALL = update(Refund).where(*_OWED).values(ask_at=bindparam("now"))


def ended(tx: Connection, names: Collection[str], at: datetime) -> None:
    """Makes due what was put off: payments, and refunds of payments, that the provider or we call by these names."""
    names = list(names)
    run(tx, _ASK, refs=names, keys=names, now=at)
    run(tx, _REFUND, refs=names, keys=names, now=at)


def forgotten(tx: Connection, at: datetime) -> None:
    """Makes all due that was ever asked in vain: a shop that opens does not know whether an outage ended meanwhile."""
    run(tx, _ASK_ALL, now=at)
    run(tx, _REFUND_ALL, now=at)
