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


class DisputeState(StrEnum):
    """Where a dispute stands: the cardholder's bank waits for our answer, or thinks about it, or has decided."""

    OPEN = "open"
    REVIEW = "review"
    WON = "won"
    LOST = "lost"


OPEN_DISPUTES = frozenset({DisputeState.OPEN, DisputeState.REVIEW})


class ProviderDispute(Struct, frozen=True):
    """A cardholder asks their bank for the money back, past the shop. `amount` in minor units, `reason` as it was given."""

    ref: str
    state: DisputeState
    amount: int
    currency: str
    reason: str
    opened_at: datetime
    answer_by: datetime | None = None
    """Until when the merchant can answer at the provider; None once it is too late or decided."""


class ProviderPayment(Struct, frozen=True):
    """What `fetch` answers: the truth about one payment, amounts in minor units.

    Of a paid one, `amount` and `currency` are what was taken, of any other what was asked for.
    """

    ref: ProviderRef
    key: str
    state: PaymentState
    amount: int
    currency: str
    refunded: int = 0
    decline_reason: str = ""
    also_ref: str = ""
    """A second name that hints may call it by, where the provider has one."""
    disputes: tuple[ProviderDispute, ...] = ()

    @property
    def disputed(self) -> bool:
        """Whether it was ever disputed."""
        return bool(self.disputes)


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
    """One payment provider; docs/payments.md says what each method promises, and tests/payments holds all of them to it.

    The provider takes the money as soon as the shopper has paid: there is nothing to capture. Methods that ask it raise
    ProviderUnreachable when they can't tell what happened there, and ProviderError when it said no. An answer that is not
    what the provider's documentation says is no answer, so ProviderUnreachable. Each call ends within some ten seconds.
    """

    name: str
    """In addresses and in the books, at most 16 characters; never changed."""

    @property
    def origins(self) -> tuple[str, ...]:
        """Origins that the browser is sent to from checkout (for the CSP's form-action)."""
        ...

    async def create(
        self,
        order: str,
        amount: int,
        currency: str,
        return_url: str,
        expires_at: datetime,
        key: str,
        *,
        begun_at: datetime | None = None,
        email: str = "",
    ) -> Created:
        """Opens a payment, or answers the one that this key opened before. `amount` in minor units.

        `begun_at` is when the shop first meant to open it, the same each time; `email` is the shopper's, for a page that
        would ask for it.

        The browser comes back to `return_url` by GET, whether it was paid or left. The provider's page may stay open
        longer than `expires_at`, never shorter: the shop calls `cancel` when its hold ends. Raises ProviderError when there
        will be no payment by this key, and the shopper may try again with another.
        """
        ...

    async def fetch(self, ref: ProviderRef) -> ProviderPayment:
        """The payment as it stands in the provider's own books, with everything that was given back or is disputed."""
        ...

    async def find(self, key: str, begun_at: datetime) -> ProviderPayment | None:
        """The payment that `create` made with this key, or None: for a `create` whose answer was lost.

        It looks and never makes one. `begun_at` is when the shop first meant to create it, so that nobody looks further back.
        """
        ...

    async def cancel(self, ref: ProviderRef, key: str) -> ProviderPayment:
        """Ends an open payment. One that can't be ended any more is answered as it is: it may be paid."""
        ...

    async def refund(self, ref: ProviderRef, amount: int, key: str) -> Refunded:
        """Gives back `amount` minor units of what was taken, once for each key, at any age of the key.

        Several refunds of one payment have keys of their own. More than is left is refused with ProviderError.
        """
        ...

    def parse_webhook(self, raw: bytes, headers: Mapping[str, str]) -> list[Hint]:
        """The hints in a webhook: none for news that is no business of this shop. Raises ForgedWebhook."""
        ...

    async def close(self) -> None:
        """Closes the connections."""
        ...
