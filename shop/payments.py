"""Payments: the states one passes through, and what every payment provider must be able to do.

A provider's webhook is only a hint: the shop verifies it, stores it, and then asks `fetch`. States move forward only
(`advance`), so forged, repeated, late and reordered news is harmless.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import NewType, Protocol

from msgspec import Struct

PaymentId = NewType("PaymentId", str)
"""Ours: 16 Crockford characters."""

ProviderRef = NewType("ProviderRef", str)
"""The provider's own name for a payment."""


class PaymentState(StrEnum):
    """Where a payment stands. `created` is ours alone: the provider may not know of it yet."""

    CREATED = "created"
    NEEDS_ACTION = "needs_action"
    PROCESSING = "processing"
    AUTHORIZED = "authorized"
    PAID = "paid"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


_RANK = {
    PaymentState.CREATED: 0,
    PaymentState.NEEDS_ACTION: 1,
    PaymentState.PROCESSING: 2,
    PaymentState.AUTHORIZED: 3,
    PaymentState.FAILED: 4,
    PaymentState.CANCELLED: 4,
    PaymentState.EXPIRED: 4,
    PaymentState.PAID: 5,
}

OPEN_STATES = frozenset(
    {PaymentState.CREATED, PaymentState.NEEDS_ACTION, PaymentState.PROCESSING, PaymentState.AUTHORIZED}
)
ENDED_UNPAID = frozenset({PaymentState.FAILED, PaymentState.CANCELLED, PaymentState.EXPIRED})


def advance(now: PaymentState, news: PaymentState) -> PaymentState:
    """The state after hearing `news`: never an earlier one. Paid outranks every other end, since money moved."""
    return news if _RANK[news] > _RANK[now] else now


class Created(Struct, frozen=True):
    """What `create` answers: the provider's reference, and the address that the shopper's browser goes to."""

    ref: ProviderRef
    redirect: str


class ProviderPayment(Struct, frozen=True):
    """What `fetch` answers: the truth about one payment, amounts in minor units."""

    ref: ProviderRef
    key: str
    state: PaymentState
    amount: int
    currency: str
    refunded: int = 0
    decline_reason: str = ""
    disputed: bool = False


class Refunded(Struct, frozen=True):
    """What `refund` answers. `amount` is in minor units."""

    ref: str
    amount: int


class Hint(Struct, frozen=True):
    """A verified webhook says: something happened to `ref`; go and fetch it. `event_id` is the provider's."""

    event_id: str
    ref: ProviderRef
    kind: str


class ProviderError(Exception):
    """The provider refused for good: trying the same again can't help. The message is the provider's reason."""


class ProviderUnreachable(ProviderError):
    """No answer, half an answer, or a 5xx: what happened there is unknown. The same key may be tried again."""


class ForgedWebhook(ProviderError):
    """The signature does not fit the raw body, or its time stamp is too old or in the future."""


class Provider(Protocol):
    """One payment provider. Every method raises ProviderUnreachable or ProviderError; all but `fetch` and
    `parse_webhook` are idempotent by `key`."""

    name: str

    @property
    def origins(self) -> tuple[str, ...]:
        """Origins that the browser is sent to from checkout (for the CSP's form-action)."""
        ...

    async def create(
        self, order: str, amount: int, currency: str, return_url: str, expires_at: datetime, key: str
    ) -> Created: ...

    async def fetch(self, ref: ProviderRef) -> ProviderPayment: ...

    async def find(self, key: str) -> ProviderPayment | None:
        """The payment that `create` made with this key, or None: for a `create` whose answer was lost."""
        ...

    async def capture(self, ref: ProviderRef, key: str) -> ProviderPayment: ...

    async def cancel(self, ref: ProviderRef, key: str) -> ProviderPayment:
        """Ends an open payment. One that can't be ended any more is answered as it is: it may be paid."""
        ...

    async def refund(self, ref: ProviderRef, amount: int, key: str) -> Refunded: ...

    def parse_webhook(self, raw: bytes, headers: Mapping[str, str]) -> list[Hint]:
        """The hints in a webhook; raises ForgedWebhook."""
        ...

    async def close(self) -> None: ...
