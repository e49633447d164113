"""A payment provider that keeps books of its own, and that can be made to lose answers or fall silent."""

import asyncio
from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct

from shop.judge import BankFacts
from shop.payments import (
    OPEN_STATES,
    Created,
    Hint,
    PaymentState,
    ProviderError,
    ProviderPayment,
    ProviderRef,
    ProviderUnreachable,
    Refunded,
)


class Entry(Struct):
    """A payment in the provider's books."""

    ref: ProviderRef
    key: str
    order: str
    amount: int
    currency: str
    state: PaymentState = PaymentState.NEEDS_ACTION
    charges: list[int] = []
    refunds: dict[str, int] = {}


class Hold:
    """An answer that is kept back, after the provider has looked into its books, until `released`."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.released = asyncio.Event()
        self.lost = False
        """Whether the answer never arrives."""


class FakeProvider:
    """The other side. `silent` makes every call unreachable; `lost_answers` loses that many after the deed was done."""

    name = "fake"
    origins: tuple[str, ...] = ()

    def __init__(self) -> None:
        self.payments: dict[ProviderRef, Entry] = {}
        self.calls: list[str] = []
        self.silent = False
        self.refusing = False
        self.lost_answers = 0
        self._holds: dict[ProviderRef, Hold] = {}

    def holds(self, ref: ProviderRef | None) -> Hold:
        """Keeps the next answer to `fetch` of this payment back."""
        assert ref is not None
        hold = self._holds[ref] = Hold()
        return hold

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
        self._asked(f"create {key}")
        ref = ProviderRef(f"ref-{key}")
        self.payments.setdefault(ref, Entry(ref, key, order, amount, currency))
        self._answers()
        return Created(ref, f"https://bank.example/{ref}")

    async def fetch(self, ref: ProviderRef) -> ProviderPayment:
        self._asked(f"fetch {ref}")
        seen = self._seen(self.payments[ref])
        if (hold := self._holds.pop(ref, None)) is not None:
            hold.asked.set()
            await hold.released.wait()
            if hold.lost:
                raise ProviderUnreachable("half an answer")
        return seen

    async def find(self, key: str, begun_at: datetime) -> ProviderPayment | None:
        self._asked(f"find {key}")
        return next((self._seen(entry) for entry in self.payments.values() if entry.key == key), None)

    async def cancel(self, ref: ProviderRef, key: str) -> ProviderPayment:
        self._asked(f"cancel {ref}")
        entry = self.payments[ref]
        if entry.state in OPEN_STATES:
            entry.state = PaymentState.CANCELLED
        self._answers()
        return self._seen(entry)

    async def refund(self, ref: ProviderRef, amount: int, key: str) -> Refunded:
        self._asked(f"refund {ref}")
        self.payments[ref].refunds.setdefault(key, amount)
        self._answers()
        return Refunded(f"refund-{key}", amount)

    def parse_webhook(self, raw: bytes, headers: Mapping[str, str]) -> list[Hint]:
        raise AssertionError("webhooks are the doors' business, and these tests have none")

    async def close(self) -> None:
        """Nothing is open."""

    def pay(self, ref: ProviderRef) -> None:
        """The shopper pays on the provider's page."""
        entry = self.payments[ref]
        if entry.state in OPEN_STATES:
            entry.state = PaymentState.PAID
            entry.charges.append(entry.amount)

    def books(self) -> list[BankFacts]:
        return [
            BankFacts(e.ref, e.key, e.order, e.amount, e.currency, e.state, tuple(e.charges), tuple(e.refunds.values()))
            for e in self.payments.values()
        ]

    def _asked(self, call: str) -> None:
        self.calls.append(call)
        if self.silent:
            raise ProviderUnreachable("no answer")
        if self.refusing:
            raise ProviderError("refused for good")

    def _answers(self) -> None:
        if self.lost_answers:
            self.lost_answers -= 1
            raise ProviderUnreachable("half an answer")

    @staticmethod
    def _seen(entry: Entry) -> ProviderPayment:
        return ProviderPayment(entry.ref, entry.key, entry.state, entry.amount, entry.currency)
