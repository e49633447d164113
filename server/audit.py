"""Putting the shop's books and the bank's own side by side before the judge."""

from collections.abc import Sequence
from datetime import datetime

import aiohttp
import msgspec
from msgspec import Struct

from server.settings import Settings
from shop.judge import BankFacts, Finding, judge
from storage import audit, checkup, mending
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
    judged = judge(await db.read(audit.books, bank, acknowledged))
    return judged + await db.read(checkup.look)


async def mend(db: Database, found: Sequence[Finding], at: datetime) -> list[Finding]:
    """Mends what is safe to mend of these findings, some at a time while the shop sells; answers what was mended and how."""
    mended: list[Finding] = []
    for rule, verb in mending.VERBS.items():
        subjects = list(dict.fromkeys(finding.subject for finding in found if finding.rule == rule))
        for start in range(0, len(subjects), mending.AT_ONCE):
            mended += await db.write(verb, subjects[start : start + mending.AT_ONCE], at)
    return mended


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
