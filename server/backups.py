"""A backup is a folder: the books, the sandbox bank's where there are any, and a page that says what they are.

It is made under another name, written through to the disk, and gets its own name once it is whole.
"""

import hashlib
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from msgspec import Struct

from server.settings import SettingsError
from storage.copies import Facts
from storage.migrate import newest

BOOKS, DUMP, BANK, PAGE = "shop.db", "shop.dump", "bank.db", "backup.json"
SPARE = 1.1
"""How much room there must be, as a multiple of what is copied: the disk is to be left usable."""

CHUNK_BYTES = 1 << 20


class File(Struct, frozen=True):
    bytes: int
    sha256: str


class Page(Struct, frozen=True, forbid_unknown_fields=True):
    """What a backup says of itself."""

    made_at: datetime
    engine: str
    """sqlite or postgresql."""
    facts: Facts
    files: Mapping[str, File]


@contextmanager
def new(to: Path, needed_bytes: int) -> Iterator[Path]:
    """A folder to write a backup into. It gets its name when the block ends well, and is gone when it doesn't.

    Raises SettingsError when there is no room for it.
    """
    to.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(to).free
    if free < needed_bytes * SPARE:
        raise SettingsError(
            f"There is no room for a backup in {to}: it needs {_megabytes(needed_bytes)}, free are {_megabytes(free)}."
        )
    name = f"shopwire-{datetime.now(UTC):%Y-%m-%dT%H-%M-%SZ}"
    draft = to / f".{name}.part"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    try:
        yield draft
        for path in [*draft.iterdir(), draft]:
            write_through(path)
        draft.rename(to / name)
        write_through(to)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise


def describe(folder: Path, engine: str, facts: Facts) -> None:
    """Writes the page of a backup whose files are all there."""
    files = {path.name: _file(path) for path in sorted(folder.iterdir())}
    page = Page(datetime.now(UTC).replace(microsecond=0), engine, facts, files)
    (folder / PAGE).write_bytes(msgspec.json.format(msgspec.json.encode(page)))


def opened(folder: Path) -> Page:
    """The page of a backup, once every file has been found to be what it was; raises SettingsError."""
    try:
        page = msgspec.json.decode((folder / PAGE).read_bytes(), type=Page)
    except OSError as fault:
        raise SettingsError(f"{folder} is no backup: there is no {PAGE} in it.") from fault
    except msgspec.MsgspecError as fault:
        raise SettingsError(f"{folder / PAGE} can't be read: {fault}") from fault
    for name, file in page.files.items():
        if Path(name).name != name or not (folder / name).is_file():
            raise SettingsError(f"{folder} is not whole: {name} is missing.")
        if _file(folder / name) != file:
            raise SettingsError(f"{folder / name} is not what it was when the backup was made. Take another one.")
    if page.facts.revision > newest():
        raise SettingsError(
            f"The backup was made by a newer Shopwire (schema {page.facts.revision}). Update this one first."
        )
    return page


def write_through(path: Path) -> None:
    """Has the disk itself keep a file or folder."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _file(path: Path) -> File:
    digest = hashlib.sha256()
    with path.open("rb") as found:
        while chunk := found.read(CHUNK_BYTES):
            digest.update(chunk)
    return File(path.stat().st_size, digest.hexdigest())


def _megabytes(count: int) -> str:
    return f"{count / 1_000_000:,.1f} MB"
