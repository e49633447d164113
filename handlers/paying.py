"""Paying: sends a shopper to the bank, and asks the bank how it went, never inside a transaction.

The key of a payment is stored before the provider hears of it, so a repeated or interrupted call ends in one charge.
"""

import asyncio
import logging

from aiohttp import web

from handlers.keys import CLOCK, DB, PATIENCE, PROVIDER, SHOP, WAKE
from shop.errors import Conflict, ProviderDown
from shop.ids import OrderNumber
from shop.payments import OPEN_STATES, PaymentState, ProviderError, ProviderUnreachable
from storage import payments
from storage.payments import News, Try

log = logging.getLogger("shopwire.paying")

CREATE_SECONDS = 15
FETCH_SECONDS = 3
RETRY_SECONDS = 5


class PaymentRefused(Conflict):
    """The provider would not open a payment. The try has ended; the order still waits, and another try may work."""

    code = "payment_refused"
    title = "The bank would not take this payment"


async def pay_address(app: web.Application, number: OrderNumber) -> str:
    """The address at the provider where the shopper pays: of the open try, or of a new one after one that ended.

    Raises NotFound, WrongState (the order does not wait for money), ProviderDown or PaymentRefused. Whether the caller
    may see the order is for the door to decide.
    """
    provider, clock = app[PROVIDER], app[CLOCK]
    payment = await app[DB].write(payments.start, number, provider.name, clock(), app[PATIENCE])
    if payment.redirect:
        return payment.redirect
    back = f"{app[SHOP].public_url}/orders/{number}"
    try:
        async with asyncio.timeout(CREATE_SECONDS):
            created = await provider.create(
                number,
                payment.amount,
                payment.currency,
                back,
                payment.expires_at,
                payment.key,
                begun_at=payment.begun_at,
                email=payment.email,
            )
    except (ProviderUnreachable, TimeoutError) as silence:
        log.warning("provider does not answer", extra={"payment": payment.id, "reason": str(silence)})
        raise ProviderDown(
            "Nothing was taken, and we still hold everything for you. Please try again in a moment.",
            retry_seconds=RETRY_SECONDS,
        ) from silence
    except ProviderError as refusal:
        log.warning("provider refuses a payment", extra={"payment": payment.id, "reason": str(refusal)})
        await _end(app, payment)
        raise PaymentRefused("Nothing was taken. Please try again.") from refusal
    await app[DB].write(payments.opened, payment.id, created.ref, created.redirect, clock())
    return created.redirect


async def refresh(app: web.Application, number: OrderNumber, heard_from: str) -> None:
    """Asks the provider about the order's open payment, if there is one; the reconciler asks again anyway."""
    payment = await app[DB].read(payments.newest, number)
    if payment is not None and payment.state in OPEN_STATES:
        await ask(app, payment, heard_from)


async def ask(app: web.Application, payment: Try, heard_from: str) -> bool:
    """Asks the provider about a payment that it knows, and settles what it says; answers whether it said anything.

    Waits at most FETCH_SECONDS for the provider, and never raises what it raises.
    """
    if payment.ref is None or payment.provider != app[PROVIDER].name:
        return False
    asked_at = app[CLOCK]()
    try:
        async with asyncio.timeout(FETCH_SECONDS):
            found = await app[PROVIDER].fetch(payment.ref)
        payments.check(payment, found)
    except (ProviderError, TimeoutError) as silence:
        log.warning("provider does not answer", extra={"payment": payment.id, "reason": str(silence)})
        return False
    await app[DB].write(payments.settle, payments.news_of(payment.id, found, heard_from, app[CLOCK](), asked_at))
    if found.state is PaymentState.PAID:
        app[WAKE]()  # paid too late, it is owed back
    return True


async def _end(app: web.Application, payment: Try) -> None:
    """Notes that a try came to nothing at the provider, so that the next one gets a key of its own."""
    failed = PaymentState.FAILED
    news = News(payment.id, "create", failed, payment.amount, payment.currency, "", app[CLOCK]())
    await app[DB].write(payments.settle, news)
