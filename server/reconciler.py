"""The reconciler: asks the provider about every payment without an answer, and makes the refunds that are owed.

Webhooks only wake it. Whatever it hears goes through payments.settle, like everything else that is heard of money.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar

from shop.payments import OPEN_STATES, PaymentState, Provider, ProviderError, ProviderPayment, ProviderUnreachable
from storage import payments, refunds
from storage.database import Database
from storage.payments import News, Try

S = TypeVar("S", Try, refunds.Due)

log = logging.getLogger("shopwire.reconciler")

IDLE_SECONDS = 5.0
BATCH = 50
AT_ONCE = 8
CREATE_GRACE = timedelta(minutes=2)
"""How long a `create` may still be under way; only after that does its absence at the provider mean anything."""


class Reconciler:
    """One a shop. `wake` makes it look at once, also while it waits for answers about other payments."""

    def __init__(self, db: Database, provider: Provider, clock: Callable[[], datetime]) -> None:
        self._db = db
        self._provider = provider
        self._clock = clock
        self._woken = asyncio.Event()
        self._gate = asyncio.Semaphore(AT_ONCE)
        self._under_way: set[str] = set()
        self._due_again: set[str] = set()
        """Was still due, or hinted at anew, while it was under way: worth another look once that has ended."""

    def wake(self) -> None:
        """There may be something to ask about now."""
        self._woken.set()

    async def run(self) -> None:
        """Looks again and again, until cancelled; nobody waits until others have been answered."""
        async with asyncio.TaskGroup() as tasks:
            while True:
                self._woken.clear()
                await self._begin(tasks)
                await self._pause()

    async def look(self) -> bool:
        """One round; answers whether there may be more to do right away."""
        async with asyncio.TaskGroup() as tasks:
            begun = await self._begin(tasks)
        return any(task.result() for task in begun) and len(begun) >= BATCH

    async def _begin(self, tasks: asyncio.TaskGroup) -> list[asyncio.Task[bool]]:
        """Begins whatever is due and not under way yet."""
        due, owed = await self._db.read(_due, self._clock())
        full = len(due) + len(owed) >= BATCH
        begun = [
            *(tasks.create_task(self._apart(self._ask, one, full=full)) for one in due if self._is_new(one.id)),
            *(tasks.create_task(self._apart(self._refund, one, full=full)) for one in owed if self._is_new(one.id)),
        ]
        self._under_way.update([payment.id for payment in due], [refund.id for refund in owed])
        return begun

    def _is_new(self, subject: str) -> bool:
        if subject not in self._under_way:
            return True
        self._due_again.add(subject)
        return False

    async def _apart(self, act: Callable[[S], Awaitable[bool]], subject: S, *, full: bool) -> bool:
        """Acts when the gate lets it; a bug that one subject meets is logged and does not keep the others waiting.

        With a `full` batch more may be due than was read, so there is another look after every answer.
        """
        answered = False
        try:
            async with self._gate:
                answered = await act(subject)
        except Exception:  # an edge: the others go on
            log.exception("reconciling failed", extra={"subject": subject.id})
        finally:
            self._under_way.discard(subject.id)
        if subject.id in self._due_again or (answered and full):
            self._woken.set()
        self._due_again.discard(subject.id)
        return answered

    async def _pause(self) -> None:
        try:
            async with asyncio.timeout(IDLE_SECONDS):
                await self._woken.wait()
        except TimeoutError:
            return

    async def _ask(self, payment: Try) -> bool:
        """Hears about one payment and settles it; answers whether anything was heard."""
        asked_at = self._clock()
        news, reason = None, ""
        try:
            news = await self._news(payment)
        except ProviderUnreachable as silence:
            log.warning("provider does not answer", extra={"payment": payment.id, "reason": str(silence)})
            reason = str(silence)
        except ProviderError as refusal:
            log.error("provider refuses to tell", extra={"payment": payment.id, "reason": str(refusal)})
            reason = str(refusal)
        except Exception:  # an edge: a bug about one payment postpones it, so that it is asked about again
            log.exception("asking about a payment failed", extra={"payment": payment.id})
            reason = "a fault of our own; the log has it"
        if news is None:
            await self._db.write(payments.postpone, payment.id, self._clock(), asked_at, reason)
            return False
        await self._db.write(payments.settle, news)
        return True

    async def _news(self, payment: Try) -> News | None:
        """What the provider's books say; None when they can't say anything yet."""
        if payment.provider != self._provider.name:
            raise ProviderError(f"this payment is at {payment.provider}, and the shop is set up for another provider")
        asked_at = self._clock()
        found = await self._found(payment)
        now = self._clock()
        if found is not None:
            return payments.news_of(payment.id, found, "reconciler", now, asked_at)
        if payment.abandoned and now > payment.expires_at + CREATE_GRACE:
            nothing = PaymentState.CANCELLED
            return News(payment.id, "reconciler", nothing, payment.amount, payment.currency, "", now)
        return None

    async def _found(self, payment: Try) -> ProviderPayment | None:
        if payment.ref is None:
            found = await self._provider.find(payment.key, payment.begun_at)
        else:
            found = await self._provider.fetch(payment.ref)
        if found is None:
            return None
        payments.check(payment, found)
        if payment.ref is None:
            await self._db.write(payments.opened, payment.id, found.ref, "", self._clock())
        if payment.abandoned and found.state in OPEN_STATES and found.state is not PaymentState.PROCESSING:
            return await self._provider.cancel(found.ref, f"{payment.key}-cancel")
        return found

    async def _refund(self, refund: refunds.Due) -> bool:
        try:
            if refund.provider != self._provider.name:
                raise ProviderError(f"the money is at {refund.provider}, and the shop is set up for another provider")
            made = await self._provider.refund(refund.ref, refund.amount, refund.key)
        except ProviderError as failure:
            log.error("refund not made yet", extra={"refund": refund.id, "reason": str(failure)})
            await self._db.write(refunds.postpone, refund.id, self._clock(), str(failure))
            return False
        await self._db.write(refunds.done, refund.id, made.ref, self._clock())
        return True


def _due(tx: Any, now: datetime) -> tuple[list[Try], list[refunds.Due]]:
    """The payments and refunds that it is time to ask about, on one snapshot."""
    return payments.due(tx, now, BATCH), refunds.due(tx, now, BATCH)
