"""Copies of the books as files: made while the shop is open, looked through, and given an epoch of their own when restored."""

import sqlite3
from contextlib import closing
from pathlib import Path

from msgspec import Struct
from sqlalchemy import Connection, select, text, update

from shop.ids import crockford
from storage import outbox, topics
from storage.tables import Meta

EPOCH_LENGTH = 12


class Facts(Struct, frozen=True):
    """What a copy says of itself: its schema, its epoch, and the newest event in it."""

    revision: str
    epoch: str
    position: int


def facts(tx: Connection) -> Facts:
    revision = tx.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
    return Facts(str(revision), topics.meta(tx, "epoch"), outbox.head(tx))


def renew_epoch(tx: Connection) -> str:
    """A verb: gives the books a new epoch, so that open pages forget the versions they have; answers it."""
    epoch = crockford(EPOCH_LENGTH)
    tx.execute(update(Meta).where(Meta.key == "epoch").values(value=epoch))
    return str(tx.execute(select(Meta.value).where(Meta.key == "epoch")).scalar_one())


def copy(source: Path, target: Path) -> None:
    """Copies a SQLite database as it is at this moment, while others write in it. Raises OSError.

    In one step: a copy in several begins again whenever somebody writes, and in a busy shop would never end.
    """
    try:
        with closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=rw", uri=True)) as old:
            with closing(sqlite3.connect(target)) as new:
                old.backup(new)
            by_itself(target)
    except sqlite3.Error as fault:
        raise OSError(f"{source.name} can't be copied: {fault}") from fault


def by_itself(path: Path) -> None:
    """Makes a database that nobody has open one file, without another beside it. Raises OSError."""
    try:
        with closing(sqlite3.connect(path)) as found:
            [mode] = found.execute("PRAGMA journal_mode=DELETE").fetchone()
    except sqlite3.Error as fault:
        raise OSError(f"{path.name} can't be read: {fault}") from fault
    if mode != "delete":
        raise OSError(f"{path.name} is in use.")


def faults(path: Path) -> list[str]:
    """What SQLite finds wrong with the file itself, page by page and index by index; empty when it is sound."""
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as found:
            told = [str(row[0]) for row in found.execute("PRAGMA integrity_check")]
            told += [f"a row of {row[0]} points nowhere" for row in found.execute("PRAGMA foreign_key_check")]
    except sqlite3.Error as fault:
        return [str(fault)]
    return [line for line in told if line != "ok"]
