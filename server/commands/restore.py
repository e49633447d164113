"""Put a backup in place of the books, with the shop closed; what was there is kept aside."""

import argparse
import asyncio
import os
import shutil
import socket
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct

from server import audit, backups, pg_programs, settings
from server.exclusive import only_server
from server.settings import Settings, SettingsError
from shop.judge import Finding
from storage import copies
from storage.database import opened
from storage.migrate import migrate
from storage.peers import is_led, is_new

ASK_SECONDS = 1.0
BESIDE = ("-wal", "-shm")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, help="the backup: a folder that `run.py backup` made")
    parser.add_argument("--bank-port", type=int, help="the sandbox bank's port (default: 8081)")
    parser.add_argument("--programs", type=Path, help="the folder of pg_restore, when it is not in the PATH")


def run(options: argparse.Namespace) -> int:
    found = settings.read({"data": options.data, "database": options.database, "bank_port": options.bank_port})
    page = backups.opened(options.folder)
    if (page.engine == "sqlite") is not isinstance(found.where, Path):
        other = "leave --database out" if page.engine == "sqlite" else "name an empty database by --database"
        raise SettingsError(
            f"The backup is of {page.engine}: {other}. `run.py move` takes books from SQLite to PostgreSQL."
        )
    if isinstance(found.where, Path):
        with only_server(found.where):
            _is_closed(page, found)
            made, aside = _replace(options.folder, found, list(page.files))
    else:
        _is_closed(page, found)
        asyncio.run(_is_empty(found.where))
        pg_programs.load(found.where, options.folder / backups.DUMP, options.programs)
        made = asyncio.run(_renewed(found.where, found.currency))
        aside = _replace(options.folder, found, [name for name in page.files if name == backups.BANK])[1]
    assert made is not None  # noqa: S101  every backup has books
    return _told(page, made, aside)


class Made(Struct, frozen=True):
    """What was made of the copy: its new epoch, and what the doctor finds in it."""

    epoch: str
    findings: list[Finding]


def _told(page: backups.Page, made: Made, aside: Path | None) -> int:
    print(f"The books are those of {page.made_at:%Y-%m-%d %H:%M:%S} UTC, up to event {page.facts.position}.")
    if aside is not None:
        print(f"What was there before is in {aside}.")
    print(f"They have a new epoch, {made.epoch}: open pages fetch everything anew.")
    print("Orders since then are not in them. What was paid for those stands at the payment provider.")
    for finding in made.findings:
        print(f"{finding.rule}  {finding.subject}: {finding.text}")
    clean = "The books are clean. `run.py doctor` compares them with the bank's."
    print(f"{len(made.findings)} findings." if made.findings else clean)
    return 1 if made.findings else 0


async def _renewed(where: Path | str, currency: str) -> Made:
    """Brings books to this Shopwire's schema, gives them a new epoch, and has the doctor look at them."""
    await migrate(where, currency)
    async with opened(where) as db:
        return Made(await db.write(copies.renew_epoch), await audit.findings(db, None))


def _is_closed(page: backups.Page, found: Settings) -> None:
    """Raises SettingsError while the sandbox bank is open, whose books would be replaced under it."""
    with closing(socket.socket()) as probe:
        probe.settimeout(ASK_SECONDS)
        if backups.BANK in page.files and probe.connect_ex((found.bank_host, found.bank_port)) == 0:
            raise SettingsError("The sandbox bank is open. Close it first: its books are replaced as well.")


async def _is_empty(url: str) -> None:
    async with opened(url) as db:
        if await db.read(is_led):
            raise SettingsError("A shop is being served from this database. Give a new, empty one.")
        if not await db.read(is_new):
            raise SettingsError("This database has tables already. Give a new, empty one, so that the old one is kept.")


def _replace(folder: Path, found: Settings, names: list[str]) -> tuple[Made | None, Path | None]:
    """Puts the files in place of those that are there, each at one stroke and finished; answers where the old ones are.

    Whenever it is interrupted, each database is the old one or the new one, and running it again does the rest.
    """
    data = found.data
    names = [name for name in names if name in (backups.BOOKS, backups.BANK)]
    data.mkdir(parents=True, exist_ok=True)
    aside = data / f"before-restore-{datetime.now(UTC):%Y-%m-%dT%H-%M-%S-%fZ}"
    coming = {name: data / f".{name}.restoring" for name in names}
    made: Made | None = None
    try:
        for name, draft in coming.items():
            shutil.copyfile(folder / name, draft)
            if faults := copies.faults(draft):
                raise SettingsError(f"{folder / name} is damaged: {faults[0]}")
            if name == backups.BOOKS:
                made = asyncio.run(_renewed(draft, found.currency))
                copies.by_itself(draft)
            backups.write_through(draft)
        kept = [name for name in names if _keep(data / name, aside)]
        for name, draft in coming.items():
            draft.replace(data / name)
        backups.write_through(data)
    finally:
        for draft in coming.values():
            for suffix in ("", *BESIDE):
                draft.with_name(draft.name + suffix).unlink(missing_ok=True)
    return made, aside if kept else None


def _keep(path: Path, aside: Path) -> bool:
    """Keeps a database aside, with whatever lies beside it; answers whether there was one."""
    if not path.exists():
        return False
    aside.mkdir(mode=0o700, exist_ok=True)
    try:
        # What waits beside it goes into it, so that it is one file, and nothing old is left to be taken for the new one's.
        copies.by_itself(path)
    except OSError as fault:
        if "in use" in str(fault) or "locked" in str(fault):
            raise SettingsError(f"{path} is in use. Close whatever has it open first.") from fault
        # Damaged, perhaps the reason for all this: it is kept as it is.
        for suffix in BESIDE:
            beside = path.with_name(path.name + suffix)
            if beside.exists():
                beside.rename(aside / beside.name)
    os.link(path, aside / path.name)
    backups.write_through(aside)
    return True
