"""A second opinion: localstripe, a fake of Stripe by others, for what it has. It knows no Checkout Sessions."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from server.payments import stripe_wire
from server.payments.stripe import StripeProvider
from server.payments.stripe_answers import KEY, Page, Refund, read
from shop.payments import ForgedWebhook, ProviderUnreachable
from tests.bank.stage import Clock, Heard, Shop, listening
from tests.house import free_port, until

API_KEY, SECRET = "sk_test_localstripe", "whsec_localstripe"
RUN = """
import sys
from aiohttp import web
from localstripe import resources, server

resources.Store.dump_to_disk = lambda self: None  # it would write what it knows to a file that all runs share
web.run_app(server.app, host="127.0.0.1", port=int(sys.argv[1]), print=None)
"""


@pytest.fixture
async def url() -> AsyncIterator[str]:
    """Where localstripe answers."""
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-W", "ignore", "-c", RUN, str(port)),
        env=os.environ,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"

    async def answers() -> bool:
        try:
            async with aiohttp.ClientSession() as client, client.get(f"{address}/v1/balance") as answer:
                return answer.status > 0
        except aiohttp.ClientError:
            return False

    try:
        await until(answers, 20)
        yield address
    finally:
        process.terminate()
        await process.wait()


@pytest.fixture
async def api(url: str) -> AsyncIterator[Any]:
    """The official client, on the wire that the shop uses."""
    wire = stripe_wire.Wire(5)
    yield stripe_wire.client(API_KEY, url, wire).v1
    await wire.close_async()


async def paid(api: Any) -> str:
    """A payment intent whose money was taken. Its charge lacks documented fields, so it is not read as ours would be."""
    card = {"number": "4242424242424242", "exp_month": 12, "exp_year": 2040, "cvc": "123"}
    method = await api.payment_methods.create_async({"type": "card", "card": card})
    wish = {"amount": 3450, "currency": "eur", "payment_method": method.id, "confirm": True}
    made = await stripe_wire.answer(api.payment_intents.create_async(wish))
    assert made["status"] == "succeeded"
    return str(made["id"])


async def test_money_is_given_back_in_the_form_that_the_shop_reads(api: Any):
    intent = await paid(api)
    wish = {"payment_intent": intent, "amount": 450, "metadata": {KEY: "part-1"}}
    made = read(await stripe_wire.answer(api.refunds.create_async(wish, {"idempotency_key": "part-1"})), Refund)
    page = read(await stripe_wire.answer(api.refunds.list_async({"payment_intent": intent, "limit": 100})), Page)
    [found] = [read(one, Refund) for one in page.data]
    assert (made.id, made.amount, made.metadata) == (found.id, 450, {KEY: "part-1"})


async def test_refusals_are_told_apart_from_silence(api: Any, url: str):
    with pytest.raises(stripe_wire.Refused) as refused:
        await stripe_wire.answer(api.refunds.create_async({"payment_intent": "pi_nothing", "amount": 1}))
    assert not isinstance(refused.value, ProviderUnreachable)
    wire = stripe_wire.Wire(5)
    stranger = stripe_wire.client("no key at all", url, wire).v1
    with pytest.raises(ProviderUnreachable, match="401"):
        await stripe_wire.answer(stranger.refunds.list_async({"limit": 1}))
    await wire.close_async()


async def test_what_it_signs_is_believed_and_nothing_else(api: Any, url: str):
    shop = Shop()
    app = web.Application()
    app.router.add_post("/hear", shop.webhook)
    async with listening(app) as shop_url, aiohttp.ClientSession() as client:
        hook = {"url": f"{shop_url}/hear", "secret": SECRET}
        async with client.post(f"{url}/_config/webhooks/shop", json=hook) as answer:
            assert answer.status == 200
        await paid(api)
        heard = (await hears(shop))[0]
    provider = StripeProvider(API_KEY, (SECRET,), Clock(), api_url=url, checkout_url=url)
    assert provider.parse_webhook(heard.raw, heard.headers) == [], "real, and about no session of ours"
    with pytest.raises(ForgedWebhook):
        provider.parse_webhook(heard.raw + b" ", heard.headers)


async def hears(shop: Shop) -> list[Heard]:
    return await until(lambda: shop.heard, 20)  # type: ignore[no-any-return]
