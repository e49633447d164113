"""Putting the shop's books and the bank's own side by side before the judge."""

from collections.abc import Sequence

import aiohttp
import msgspec
from msgspec import Struct

from server.settings import Settings
from shop.judge import BankFacts, Finding, judge
from storage import audit
from storage.database import Database

ASK_SECONDS = 20


class _Entry(Struct, frozen=True):
    amount: int


class _Payment(Struct, frozen=True):
    id: str
    key: str
    order: str
    amount: int
    currency: str
    state: str
    charges: list[_Entry]
    refunds: list[_Entry]


class _Answer(Struct, frozen=True):
    payments: list[_Payment]


async def findings(db: Database, bank: Sequence[BankFacts] | None, acknowledged: Sequence[str] = ()) -> list[Finding]:
    """What the judge finds in the books as they are now. Payments under way are not findings; news not heard yet is."""
    return judge(await db.read(audit.books, bank, acknowledged))


async def bank_books(settings: Settings) -> list[BankFacts]:
    """The sandbox bank's own books, over HTTP; raises aiohttp.ClientError when it doesn't answer."""
    timeout = aiohttp.ClientTimeout(total=ASK_SECONDS)
    headers = {"Authorization": f"Bearer {settings.bank_api_key}"}
    async with (
        aiohttp.ClientSession(timeout=timeout) as session,
        session.get(f"{settings.sandbox_url}/v1/books", headers=headers) as response,
    ):
        response.raise_for_status()
        return facts(msgspec.json.decode(await response.read(), type=_Answer))


def facts(answer: _Answer) -> list[BankFacts]:
    """The bank's answer as the judge reads it."""
    return [
        BankFacts(
            ref=payment.id,
            key=payment.key,
            order=payment.order,
            amount=payment.amount,
            currency=payment.currency,
            state=payment.state,
            charges=tuple(entry.amount for entry in payment.charges),
            refunds=tuple(entry.amount for entry in payment.refunds),
        )
        for payment in answer.payments
    ]
