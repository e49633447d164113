"""A payment as the books keep it: its row, its states, and what merchants see of it."""

import secrets
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from urllib.parse import urlencode, urlsplit, urlunsplit

import msgspec
from msgspec import Meta, Struct

from server.bank import writing
from server.bank.books import Tx
from server.bank.refusals import Unknown

MAX_AMOUNT = 10**12

Amount = Annotated[int, Meta(gt=0, le=MAX_AMOUNT)]


class State(StrEnum):
    """Where a payment stands."""

    NEEDS_ACTION = "needs_action"
    PROCESSING = "processing"
    PAID = "paid"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class Wish(Struct, frozen=True, forbid_unknown_fields=True):
    """What a merchant asks for: the body of POST /v1/payments. `amount` in minor units."""

    order: Annotated[str, Meta(min_length=1, max_length=64)]
    amount: Amount
    currency: Annotated[str, Meta(pattern=r"^[A-Z]{3}\Z")]
    return_url: Annotated[str, Meta(max_length=2000)]
    expires_at: Annotated[datetime, Meta(tz=True)]
    description: Annotated[str, Meta(max_length=500)] = ""


class Dispute(Struct, frozen=True):
    """A row of the disputes table once it is open; `ended_ms` is when it was decided."""

    id: str
    amount: int
    reason: str
    verdict: str
    opened_ms: int
    ended_ms: int | None

    def public(self, answer_by_ms: int) -> dict[str, Any]:
        """The JSON object that the API shows."""
        open_ = self.ended_ms is None
        return {
            "id": self.id,
            "state": "open" if open_ else self.verdict,
            "amount": self.amount,
            "reason": self.reason,
            "opened_at": writing.moment(self.opened_ms),
            "answer_by": writing.moment(answer_by_ms) if open_ else None,
        }


class Payment(Struct, frozen=True):
    """A row of the payments table. `wake_ms` is when the clock alone does something to it next."""

    id: str
    key: str
    order_number: str
    amount: int
    currency: str
    return_url: str
    description: str
    created_ms: int
    expires_ms: int
    state: State = State.NEEDS_ACTION
    refunded: int = 0
    decline_reason: str = ""
    disputed: bool = False
    last4: str = ""
    challenged: bool = False
    silent_until_ms: int = 0
    wake_ms: int | None = None
    disputes: list[Dispute] = []

    def public(self, public_url: str) -> dict[str, Any]:
        """The JSON object that the API shows."""
        return {
            "id": self.id,
            "key": self.key,
            "order": self.order_number,
            "amount": self.amount,
            "currency": self.currency,
            "state": self.state.value,
            "redirect_url": f"{public_url}/pay/{self.id}",
            "expires_at": writing.moment(self.expires_ms),
            "refunded": self.refunded,
            "decline_reason": self.decline_reason,
            "disputes": [dispute.public(self.wake_ms or dispute.opened_ms) for dispute in self.disputes],
            "created_at": writing.moment(self.created_ms),
        }

    @property
    def back_url(self) -> str:
        """The shop's return address with `payment=<id>` added to whatever query it has."""
        parts = urlsplit(self.return_url)
        query = "&".join(filter(None, (parts.query, urlencode({"payment": self.id}))))
        return urlunsplit(parts._replace(query=query))


_FIELDS = tuple(field for field in Payment.__struct_fields__ if field != "disputes")
_DISPUTES = """(
SELECT json_group_array(json_object(
    'id', id, 'amount', amount, 'reason', reason, 'verdict', verdict, 'opened_ms', opened_ms, 'ended_ms', ended_ms
)) FROM disputes WHERE payment = payments.id AND opened_ms IS NOT NULL)"""
_INSERT = f"INSERT INTO payments ({', '.join(_FIELDS)}) VALUES ({', '.join('?' * len(_FIELDS))})"  # noqa: S608 - names of ours
_SELECT = f"SELECT {', '.join(_FIELDS)}, {_DISPUTES} FROM payments"  # noqa: S608 - names of ours
_UPDATE = """
UPDATE payments SET state = :state, refunded = :refunded, decline_reason = :decline_reason, disputed = :disputed,
    last4 = :last4, challenged = :challenged, silent_until_ms = :silent_until_ms, wake_ms = :wake_ms WHERE id = :id
"""


def insert(tx: Tx, payment: Payment) -> Payment:
    """A new row; its key must be new."""
    tx.sql.execute(_INSERT, [getattr(payment, field) for field in _FIELDS])
    return payment


def read(tx: Tx, payment_id: str) -> Payment:
    """The payment as it stands at this moment; raises Unknown."""
    row = tx.sql.execute(f"{_SELECT} WHERE id = ?", (payment_id,)).fetchone()
    if row is None:
        raise Unknown("payment_unknown", "There is no payment with this id.")
    return _from_row(row)


def find(tx: Tx, key: str) -> list[Payment]:
    """The payment created with this key, or nothing."""
    return [_from_row(row) for row in tx.sql.execute(f"{_SELECT} WHERE key = ?", (key,))]


def every(tx: Tx) -> list[Payment]:
    """All payments, oldest first."""
    return [_from_row(row) for row in tx.sql.execute(f"{_SELECT} ORDER BY created_ms, id")]


def due(tx: Tx) -> list[Payment]:
    """Payments to which the clock has something to do by now, longest overdue first."""
    rows = tx.sql.execute(f"{_SELECT} WHERE wake_ms <= ? ORDER BY wake_ms", (tx.now_ms,))
    return [_from_row(row) for row in rows]


def next_wake_ms(tx: Tx) -> int | None:
    """When the clock has something to do next; None if nothing is ahead."""
    found: int | None = tx.sql.execute("SELECT min(wake_ms) FROM payments WHERE wake_ms IS NOT NULL").fetchone()[0]
    return found


def change(tx: Tx, payment: Payment, **changes: Any) -> Payment:
    """The payment with these fields changed, in the table too."""
    changed = msgspec.structs.replace(payment, **changes)
    tx.sql.execute(_UPDATE, {field: getattr(changed, field) for field in _FIELDS})
    return changed


def new_id(prefix: str) -> str:
    """An id with 120 random bits, since knowing a payment's id opens its page."""
    return f"{prefix}_{secrets.token_urlsafe(15)}"


def _from_row(row: tuple[Any, ...]) -> Payment:
    disputes = msgspec.json.decode(row[-1], type=list[Dispute])
    payment = msgspec.convert(dict(zip(_FIELDS, row[:-1], strict=True)), Payment, strict=False)
    return msgspec.structs.replace(payment, disputes=disputes)
