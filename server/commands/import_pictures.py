"""The pictures of a merchant's file: fetched once, kept in the books, and the failures listed with their rows."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from time import monotonic

from msgspec import Struct, field

from server.commands.progress import progress
from server.fetching import Fetcher, NotFetched
from shop.errors import BadPicture, Busy
from shop.imports.draft import Draft, Fault
from shop.pictures import Picture
from storage import pictures
from storage.database import Database

TRIES = 5
IN_MEMORY = 6
READ_ADDRESSES = 500
"""Addresses that are asked after at once."""


class Fetched(Struct):
    """What became of a file's pictures: counts, and a fault for each that failed."""

    fetched: int = 0
    known: int = 0
    faults: list[Fault] = field(default_factory=list)


def addresses(drafts: Sequence[Draft]) -> dict[str, Draft]:
    """Every https:// address in the drafts, with the first product that shows it."""
    found: dict[str, Draft] = {}
    for draft in drafts:
        for image in draft.images:
            if image.startswith("https://"):
                found.setdefault(image, draft)
    return found


async def fetch(db: Database, drafts: Sequence[Draft], fetcher: Fetcher) -> Fetched:
    """Fetches and keeps the pictures that the books don't have. One that fails leaves its address in the file's place."""
    wanted = addresses(drafts)
    known = await _known(db, list(wanted))
    missing = [address for address in wanted if address not in known]
    outcome = Fetched(known=len(known))
    with progress("Fetching pictures", len(missing)) as advance, ThreadPoolExecutor(1) as pool:
        develop = _developer(pool)

        # So many are in memory at once, fetched or waiting to be decoded.
        turns = asyncio.Semaphore(IN_MEMORY)

        async def one(address: str) -> None:
            async with turns:
                try:
                    await _keep(db, await develop(await fetcher.get(address)), address)
                    outcome.fetched += 1
                except (NotFetched, BadPicture) as failed:
                    outcome.faults.append(_fault(wanted[address], address, str(failed)))
            advance(1)

        async with fetcher, asyncio.TaskGroup() as group:
            for address in missing:
                group.create_task(one(address))
    return outcome


async def _keep(db: Database, picture: Picture, address: str) -> None:
    """Writes it, and leaves a shop in another process as much time as that took."""
    for tried in range(TRIES):
        began = monotonic()
        try:
            await db.write(pictures.keep_fetched, picture, address, datetime.now(UTC))
        except Busy as busy:
            if tried == TRIES - 1:
                raise
            await asyncio.sleep(busy.retry_seconds or 1)
        else:
            await asyncio.sleep(monotonic() - began)
            return


def _developer(pool: ThreadPoolExecutor) -> Callable[[bytes], Awaitable[Picture]]:
    from shop.developing import develop  # noqa: PLC0415  Pillow is imported by whoever fetches pictures only

    return lambda raw: asyncio.get_running_loop().run_in_executor(pool, develop, raw)


async def _known(db: Database, wanted: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for start in range(0, len(wanted), READ_ADDRESSES):
        found |= await db.read(pictures.sources, wanted[start : start + READ_ADDRESSES])
    return found


def _fault(draft: Draft, address: str, reason: str) -> Fault:
    return Fault(draft.row, "image", f"{address} of {draft.slug} was not fetched: {reason}")
