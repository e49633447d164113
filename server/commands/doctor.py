"""Check the books: stock, ledger, orders and payments, against the bank's own where it answers; mend what is safe."""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

import aiohttp

from server import audit, settings
from shop import mending
from shop.judge import BankFacts, Finding
from storage.database import Database, opened
from storage.migrate import migrate


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--mend", action="store_true", help="mend what is safe to mend, and say what is left alone and why"
    )
    parser.add_argument("--bank-port", type=int, help="the sandbox bank's port (default: 8081)")


def run(options: argparse.Namespace) -> int:
    found = settings.read({"data": options.data, "database": options.database, "bank_port": options.bank_port})
    return asyncio.run(_check(found, mend=options.mend))


async def _check(found: settings.Settings, *, mend: bool) -> int:
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
        if not findings:
            print("The books are clean.")
            return 0
        print("1 finding." if len(findings) == 1 else f"{len(findings)} findings.")
        if not mend:
            return 1
        return await _mend(db, bank, findings)


async def _mend(db: Database, bank: Sequence[BankFacts] | None, findings: Sequence[Finding]) -> int:
    """Mends what is safe, says what was and what was not, and answers 0 when nothing is left."""
    print()
    for mended in await audit.mend(db, findings, datetime.now(UTC)):
        print(f"Mended {mended.subject}: {mended.text}.")
    left = await audit.findings(db, bank)
    for finding in left:
        print(f"Left alone {finding.subject} ({finding.rule}). {mending.why_not(finding.rule)}")
    print("The books are clean now." if not left else f"{len(left)} left.")
    return 1 if left else 0
