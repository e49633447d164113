"""Run the sandbox bank alone, for a shop that was started with --no-bank."""

import argparse
import asyncio
import signal

import uvloop

from server import settings
from server.bank.app import running
from server.bank.settings import BankSettings
from server.logs import set_up
from shop.shopfront import Details

LATE_SECONDS = 30
"""By how much the bank's trick "late" delays its news."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, help="the shop's port, where webhooks go (default: 8080)")
    parser.add_argument("--bank-port", type=int, help="the bank's own port (default: 8081)")


def run(options: argparse.Namespace) -> int:
    found = settings.read({"data": options.data, "port": options.port, "bank_port": options.bank_port})
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_run(found))


async def _run(found: settings.Settings) -> int:
    set_up(found.log_level, found.log_format)
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with running(bank_settings(found), found.bank_host, found.bank_port) as url:
        print(f"The sandbox bank is open at {url}", flush=True)
        await stop.wait()
    return 0


def bank_settings(found: settings.Settings, merchant: str = Details().name) -> BankSettings:
    """What the bank is told of the shop: its name, where its news goes, and the secrets they share."""
    if found.production:
        raise settings.SettingsError("production: the sandbox bank is refused, since it moves no money.")
    found.data.mkdir(parents=True, exist_ok=True)
    return BankSettings(
        database=found.data / "bank.db",
        api_key=found.bank_api_key,
        webhook_url=f"http://{_own(found.host)}:{found.port}/webhooks/payments/sandbox",
        webhook_secret=found.bank_webhook_secret,
        public_url=found.sandbox_url,
        merchant=found.shop_name or merchant,
        fast=found.bank_speed,
        webhook_twice="twice" in found.bank_tricks,
        webhook_delay_seconds=LATE_SECONDS if "late" in found.bank_tricks else 0,
        webhook_shuffle="shuffled" in found.bank_tricks,
    )


def _own(host: str) -> str:
    """An address of this machine that reaches a server bound to `host`."""
    return "127.0.0.1" if host in ("0.0.0.0", "", "::") else host  # noqa: S104  compared, not bound
