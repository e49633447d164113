"""Check the books: stock, ledger, orders and payments, against the bank's own where it answers."""

import argparse
import asyncio
import sys

import aiohttp

from server import audit, settings
from storage.database import opened
from storage.migrate import migrate


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--bank-port", type=int, help="the sandbox bank's port (default: 8081)")


def run(options: argparse.Namespace) -> int:
    found = settings.read({"data": options.data, "database": options.database, "bank_port": options.bank_port})
    return asyncio.run(_check(found))


async def _check(found: settings.Settings) -> int:
    await migrate(found.where, found.currency)
    bank = None
    try:
        if found.provider == settings.SANDBOX:
            bank = await audit.bank_books(found)
        else:
            print("Money is not checked here: /dashboard/payments shows where the provider and the books differ.")
    except (aiohttp.ClientError, TimeoutError, OSError) as silence:
        print(f"The bank does not answer ({silence}), so money is not checked.", file=sys.stderr)
    async with opened(found.where) as db:
        findings = await audit.findings(db, bank)
    for finding in findings:
        print(f"{finding.rule}  {finding.subject}: {finding.text}")
    print(f"{len(findings)} findings." if findings else "The books are clean.")
    return 1 if findings else 0
