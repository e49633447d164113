"""Copy the books into a folder, while the shop is open or closed, and check the copy."""

import argparse
import asyncio
import sys
from pathlib import Path

from server import audit, backups, pg_programs, settings
from server.settings import SettingsError
from shop.judge import Finding
from storage import copies
from storage.copies import Facts
from storage.database import opened


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--to", type=Path, help="the folder that backups are put into (default: backups in the data folder)"
    )
    parser.add_argument("--programs", type=Path, help="the folder of pg_dump, when it is not in the PATH")


def run(options: argparse.Namespace) -> int:
    found = settings.read({"data": options.data, "database": options.database})
    to = options.to or found.data / "backups"
    bank = found.data / backups.BANK
    files = [path for path in (found.data / backups.BOOKS, bank) if path.exists()]
    if isinstance(found.where, Path) and not found.where.exists():
        raise SettingsError(f"There are no books at {found.where}.")
    with backups.new(to, sum(_size(path) for path in files)) as folder:
        if isinstance(found.where, Path):
            facts, findings = _copied(found.where, folder / backups.BOOKS)
        else:
            pg_programs.dump(found.where, folder / backups.DUMP, options.programs)
            facts, findings = asyncio.run(_looked_at(found.where))
        if bank.exists():
            # After the books: what they know of the bank is in its copy then, and what it knows beyond is asked about.
            copies.copy(bank, folder / backups.BANK)
        backups.describe(folder, "sqlite" if isinstance(found.where, Path) else "postgresql", facts)
        name = folder.name.removeprefix(".").removesuffix(".part")
    print(f"The books are in {to / name}, up to event {facts.position}. The copy was checked.")
    return _told(findings)


def _copied(books: Path, to: Path) -> tuple[Facts, list[Finding]]:
    copies.copy(books, to)
    if faults := copies.faults(to):
        raise SettingsError(f"The copy is damaged, and so are the books: {faults[0]}. Nothing was kept of it.")
    told = asyncio.run(_looked_at(to))
    copies.by_itself(to)
    return told


async def _looked_at(where: Path | str) -> tuple[Facts, list[Finding]]:
    """What the books say of themselves, and what the doctor finds in them; without the bank's."""
    async with opened(where) as db:
        return await db.read(copies.facts), await audit.findings(db, None)


def _told(findings: list[Finding]) -> int:
    if not findings:
        return 0
    print(f"The copy is true to the books, but the doctor finds {len(findings)} things in them:", file=sys.stderr)
    for finding in findings:
        print(f"{finding.rule}  {finding.subject}: {finding.text}", file=sys.stderr)
    return 1


def _size(path: Path) -> int:
    """Bytes of a database, with what waits beside it."""
    beside = path.with_name(f"{path.name}-wal")
    return path.stat().st_size + (beside.stat().st_size if beside.exists() else 0)
