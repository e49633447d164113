"""The line to the payment provider: notices when it falls silent, and has everything asked again once it is back.

Without it, whoever was put off during an outage would wait for their turn, which comes ever more rarely. While there is doubt, a
question that changes nothing is repeated every two seconds. Its answer also ends the waits of calls that began before it:
what they were told may never arrive, so they ask anew (all that change something are idempotent by their key).
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from shop.payments import (
    Created,
    Hint,
    Provider,
    ProviderError,
    ProviderPayment,
    ProviderRef,
    ProviderUnreachable,
    Refunded,
)
from storage import silence
from storage.database import Database

R = TypeVar("R")
Question = Callable[[], Awaitable[object]]

DOUBT_SECONDS = 2.0
"""How long a call may wait before the line is tried by another one."""

TRY_SECONDS = 1.5
PAUSE_SECONDS = 0.5
MAX_NAMES = 10_000
"""Names of what was asked in vain that are remembered; what is more waits for its turn."""


class Line:
    """Fits `shop.payments.Provider`, and stands in front of the provider itself."""

    def __init__(self, provider: Provider) -> None:
        self.provider = provider
        self.name = provider.name
        self._doubt = asyncio.Event()
        self._spoke = asyncio.Event()
        self._waiting: set[asyncio.Timeout] = set()
        self._question: Question | None = None
        self._in_vain: set[str] = set()

    @property
    def origins(self) -> tuple[str, ...]:
        return self.provider.origins

    async def create(self, *args: Any, **named: Any) -> Created:
        return await self._heard(partial(self.provider.create, *args, **named))

    async def fetch(self, ref: ProviderRef) -> ProviderPayment:
        question = partial(self.provider.fetch, ref)
        return await self._heard(question, ref, question)

    async def find(self, key: str, *args: Any, **named: Any) -> ProviderPayment | None:
        question = partial(self.provider.find, key, *args, **named)
        return await self._heard(question, key, question)

    async def cancel(self, ref: ProviderRef, *args: Any, **named: Any) -> ProviderPayment:
        act, question = partial(self.provider.cancel, ref, *args, **named), partial(self.provider.fetch, ref)
        return await self._heard(act, ref, question)

    async def refund(self, ref: ProviderRef, *args: Any, **named: Any) -> Refunded:
        act, question = partial(self.provider.refund, ref, *args, **named), partial(self.provider.fetch, ref)
        return await self._heard(act, ref, question)

    def parse_webhook(self, raw: bytes, headers: Mapping[str, str]) -> list[Hint]:
        return self.provider.parse_webhook(raw, headers)

    async def close(self) -> None:
        await self.provider.close()

    async def run(self, db: Database, wake_reconciler: Callable[[], None], clock: Callable[[], datetime]) -> None:
        """Ends every silence as soon as it is over, until cancelled. Each process listens for itself."""
        while True:
            await self._doubt.wait()
            self._doubt.clear()
            before, waiting = frozenset(self._in_vain), frozenset(self._waiting)
            await self._until_it_speaks()
            for patience in waiting & self._waiting:
                patience.reschedule(asyncio.get_running_loop().time())
            if self._in_vain:
                await db.write(silence.ended, tuple(self._in_vain), clock())
                # Who failed in between may be put off only after this write; there is new doubt then, and another round.
                self._in_vain -= before
                wake_reconciler()
            await asyncio.sleep(PAUSE_SECONDS)

    async def remember(self, db: Database, wake_reconciler: Callable[[], None], clock: Callable[[], datetime]) -> None:
        """Has everything asked again that was ever asked in vain: for who opens, or begins to lead."""
        await db.write(silence.forgotten, clock())
        wake_reconciler()

    async def _until_it_speaks(self) -> None:
        self._spoke.clear()
        while not self._spoke.is_set():
            if self._question is not None:
                await self._try(self._question)
            with suppress(TimeoutError):
                async with asyncio.timeout(PAUSE_SECONDS):
                    await self._spoke.wait()

    async def _try(self, question: Question) -> None:
        try:
            async with asyncio.timeout(TRY_SECONDS):
                await question()
        except (ProviderUnreachable, TimeoutError):
            return
        except ProviderError:  # even a refusal is an answer
            pass
        self._spoke.set()

    async def _heard(self, act: Callable[[], Awaitable[R]], about: str = "", question: Question | None = None) -> R:
        """What the provider answers, and what that says of the line. `question` asks about the same and changes nothing."""
        try:
            answer = await self._patient(act, question)
        except ProviderUnreachable:
            if about and len(self._in_vain) < MAX_NAMES:
                self._in_vain.add(about)
            self._doubted(question)
            raise
        except ProviderError:
            self._spoke.set()
            raise
        self._spoke.set()
        return answer

    async def _patient(self, act: Callable[[], Awaitable[R]], question: Question | None) -> R:
        """Waits for the answer; asks anew when the line was mended meanwhile and it has not come."""
        doubting = asyncio.get_running_loop().call_later(DOUBT_SECONDS, self._doubted, question)
        patience = asyncio.timeout(None)
        try:
            async with patience:
                self._waiting.add(patience)
                return await act()
        except TimeoutError:
            if not patience.expired():
                raise
        finally:
            doubting.cancel()
            self._waiting.discard(patience)
        return await act()

    def _doubted(self, question: Question | None) -> None:
        self._question = question or self._question
        self._doubt.set()
