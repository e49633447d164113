"""News: signed, sent again until taken, late, twice or out of order on demand, and not forgotten over a restart."""

import asyncio
import os
import signal
import sys
from pathlib import Path

from server.bank.webhooks import retry_seconds
from shop.payments import PaymentState
from tests.bank.stage import API_KEY, SECRET, Bank, Clock, Shop, bank_running

APPROVES = "4242424242424242"
QUICK = 0.01
START_SECONDS = 20
ROOT = Path(__file__).resolve().parents[2]
RUN_A_BANK = """
import asyncio, pathlib, sys
from server.bank.app import running
from server.bank.settings import BankSettings

async def main():
    database, key, url, secret = sys.argv[1:]
    settings = BankSettings(database=pathlib.Path(database), api_key=key, webhook_url=url, webhook_secret=secret)
    async with running(settings, "127.0.0.1", 0) as url:
        print(url, flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


async def test_news_is_signed_and_names_the_payment(bank: Bank, shop: Shop):
    made = await bank.create()
    await bank.pay(made, APPROVES)
    [heard] = await shop.hears(1)
    [hint] = bank.provider.parse_webhook(heard.raw, heard.headers)
    assert (hint.event_id, hint.ref, hint.kind) == (heard.id, made.ref, "payment.paid")


async def test_refused_news_comes_again_until_it_is_taken(database: Path, shop: Shop, shop_url: str, clock: Clock):
    shop.answers = [500, 404, 302]
    async with bank_running(database, shop_url, clock, fast=QUICK) as bank:
        await bank.pay(await bank.create(), APPROVES)
        heard = await shop.hears(4)
        assert len({one.id for one in heard}) == 1
        await bank.pay(await bank.create("second"), APPROVES)
        assert len({one.id for one in await shop.hears(5)}) == 2


async def test_news_does_not_wait_until_other_news_was_taken(database: Path, shop: Shop, shop_url: str, clock: Clock):
    async with bank_running(database, shop_url, clock) as bank:
        shop.open.clear()
        await bank.pay(await bank.create(), APPROVES)
        await shop.hears(1)
        await bank.pay(await bank.create("second"), APPROVES)
        heard = await shop.hears(2)
        assert len({one.id for one in heard}) == 2
        shop.open.set()
        await bank.pay(await bank.create("third"), APPROVES)
        assert len({one.id for one in await shop.hears(3)}) == 3


def test_pauses_double_up_to_an_hour():
    assert [retry_seconds(attempts) for attempts in (1, 2, 3, 4, 5)] == [1, 2, 4, 8, 16]
    assert [retry_seconds(attempts) for attempts in (12, 13, 80)] == [2048, 3600, 3600]


async def test_news_can_come_twice(database: Path, shop: Shop, shop_url: str, clock: Clock):
    async with bank_running(database, shop_url, clock, webhook_twice=True) as bank:
        await bank.pay(await bank.create(), APPROVES)
        first, second = await shop.hears(2)
        assert first.id == second.id
        assert [bank.provider.parse_webhook(one.raw, one.headers)[0].kind for one in (first, second)]


async def test_news_can_come_late(database: Path, shop: Shop, shop_url: str, clock: Clock):
    async with bank_running(database, shop_url, clock, webhook_delay_seconds=600) as bank:
        made = await bank.create()
        await bank.pay(made, APPROVES)
        await bank.passes(clock, 590)
        assert shop.heard == []
        await bank.passes(clock, 20)
        assert (await bank.becomes(made, shop, "payment.paid")).state is PaymentState.PAID


async def test_news_can_come_out_of_order(database: Path, shop: Shop, shop_url: str, clock: Clock):
    async with bank_running(database, shop_url, clock, webhook_shuffle=True, fast=QUICK * 10) as bank:
        made = [await bank.create(f"key-{number}") for number in range(12)]
        for payment in made:
            await bank.provider.cancel(payment.ref, payment.ref)
        heard = [one.payment for one in await shop.hears(12)]
        assert sorted(heard) == sorted(payment.ref for payment in made)
        assert heard != [payment.ref for payment in made]


async def test_a_restart_keeps_the_books_and_what_was_not_delivered(
    database: Path, shop: Shop, shop_url: str, clock: Clock
):
    async with bank_running(database, shop_url, clock, webhook_delay_seconds=600) as bank:
        made = await bank.create()
        wish = bank.wish()
        first = await bank.ask("POST", "/v1/payments", wish, "replayed")
        await bank.pay(made, APPROVES)
        before = await bank.books()
    assert shop.heard == []
    clock.turn(601)
    async with bank_running(database, shop_url, clock) as bank:
        assert (await bank.becomes(made, shop, "payment.paid")).state is PaymentState.PAID
        assert await bank.ask("POST", "/v1/payments", wish, "replayed") == first
        assert [one["charges"] for one in await bank.books()] == [one["charges"] for one in before]


async def test_a_slow_approval_survives_a_restart(database: Path, shop: Shop, shop_url: str, clock: Clock):
    async with bank_running(database, shop_url, clock) as bank:
        made = await bank.create()
        await bank.pay(made, "4000000000000077")
    clock.turn(21)
    async with bank_running(database, shop_url, clock) as bank:
        assert (await bank.becomes(made, shop, "payment.paid")).state is PaymentState.PAID


async def test_the_clock_alone_is_enough(database: Path, shop: Shop, shop_url: str, clock: Clock):
    async with bank_running(database, shop_url, clock, fast=QUICK) as bank:
        made = await bank.create(seconds=900)
        await bank.pay(made, "4000000000000077")
        await shop.hears(1, "payment.paid")
        made = await bank.create("disputed")
        await bank.pay(made, "4000000000000259")
        await shop.hears(1, "payment.disputed")
        await bank.create("expires", seconds=0.3)
        await shop.hears(1, "payment.expired")


async def test_a_killed_bank_has_forgotten_nothing_that_it_answered(
    database: Path, shop: Shop, shop_url: str, clock: Clock
):
    # Nobody listens at port 9, so the killed bank delivers nothing.
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", RUN_A_BANK, str(database), API_KEY, "http://127.0.0.1:9/", SECRET),
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(START_SECONDS):
            url = (await process.stdout.readline()).decode().strip()
        async with bank_running(database.with_name("other.db"), shop_url, clock) as other:
            killed = Bank(
                url, shop_url, other.settings, type(other.provider)(url, API_KEY, SECRET, clock), other.client
            )
            made = [await killed.create(f"key-{number}") for number in range(5)]
            for payment in made:
                await killed.pay(payment, APPROVES)
            await killed.provider.close()
    finally:
        process.send_signal(signal.SIGKILL)
        await process.wait()
    clock.turn(60)
    async with bank_running(database, shop_url, clock) as bank:
        assert {one.payment for one in await shop.hears(5, "payment.paid")} == {payment.ref for payment in made}
        assert [len(one["charges"]) for one in await bank.books()] == [1] * 5
