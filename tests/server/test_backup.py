"""Backup and restore, as a merchant does it: from the open shop, back into a closed one, and never half."""

import re
import resource
import shutil
import sqlite3
import subprocess
import sys
from collections import namedtuple
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from server import backups
from server.commands import main
from server.exclusive import only_server
from storage import copies, topics
from storage.database import opened
from tests.house import House, free_port, open_house
from tests.proof.listener import listening
from tests.proof.shopper import Shopper
from tests.server.test_commands import RUN

Usage = namedtuple("Usage", "total used free")


@pytest.fixture(autouse=True)
def _no_bank_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOPWIRE_BANK_PORT", str(free_port()))


def backup(data: Path, *more: str) -> int:
    return main(["backup", "--data", str(data), *more])


def restore(folder: Path, data: Path, *more: str) -> int:
    return main(["restore", str(folder), "--data", str(data), *more])


def made_in(data: Path) -> Path:
    [folder] = (data / "backups").iterdir()
    return folder


async def in_a_thread(act: Any, *arguments: Any) -> Any:
    """Commands run a loop of their own."""
    import asyncio  # noqa: PLC0415

    return await asyncio.to_thread(act, *arguments)


async def order(house: House) -> str:
    async with house.client() as session:
        shopper = Shopper(session)
        return await shopper.order_placed(await shopper.variant())


async def test_a_copy_of_the_open_shop_is_restored_and_open_pages_forget(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    data = tmp_path / "shop"
    async with open_house(data) as house:
        before = await order(house)
        assert await in_a_thread(backup, data) == 0
        folder = made_in(data)
        assert {path.name for path in folder.iterdir()} == {"shop.db", "bank.db", "backup.json"}
        since = await order(house)
        async with house.client() as guest, listening(guest) as page:
            epoch = page.welcome["epoch"]
        with only_server(data / "shop.db"):  # as a shop that was started by `serve` holds it
            assert await in_a_thread(restore, folder, data) == 1
        assert "is being served already" in capsys.readouterr().err
        await house.close_shop()
        await house.close_bank()
        assert await in_a_thread(restore, folder, data) == 0
        said = capsys.readouterr().out
        aside = Path(re.findall(r"before is in (\S+)\.", said)[0])
        await house.open_bank()
        await house.open_shop()
        async with house.client() as guest, listening(guest) as page:
            assert page.welcome["epoch"] != epoch
        async with house.staff() as clerk:
            assert (await Shopper(clerk).order(before)).status == 200
            assert (await Shopper(clerk).order(since)).status == 404
        assert await house.judge([before]) == []
    with closing(sqlite3.connect(aside / "shop.db")) as old:
        assert {row[0] for row in old.execute("SELECT number FROM orders")} == {before, since}
    assert not list(data.glob(".*restoring*"))


async def test_a_backup_that_was_touched_or_is_newer_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    data = tmp_path / "shop"
    async with open_house(data):
        pass
    assert await in_a_thread(backup, data) == 0
    folder = made_in(data)
    books = (data / "shop.db").read_bytes()
    whole = (folder / "shop.db").read_bytes()
    (folder / "shop.db").write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    assert await in_a_thread(restore, folder, data) == 1
    assert "is not what it was" in capsys.readouterr().err
    (folder / "shop.db").unlink()
    assert await in_a_thread(restore, folder, data) == 1
    assert "shop.db is missing" in capsys.readouterr().err
    (folder / "shop.db").write_bytes(whole)
    page = folder / "backup.json"
    page.write_text(re.sub(r'"revision": "\d+"', '"revision": "9999"', page.read_text()))
    assert await in_a_thread(restore, folder, data) == 1
    assert "newer Shopwire" in capsys.readouterr().err
    assert await in_a_thread(restore, tmp_path, data) == 1
    assert "is no backup" in capsys.readouterr().err
    assert (data / "shop.db").read_bytes() == books


async def test_damaged_books_are_kept_as_they_are_and_replaced(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    data = tmp_path / "shop"
    async with open_house(data) as house:
        number = await order(house)
    assert await in_a_thread(backup, data) == 0
    (data / "shop.db").write_bytes(b"nonsense" * 1000)
    assert await in_a_thread(backup, data) == 1
    assert "can't be copied" in capsys.readouterr().err
    assert await in_a_thread(restore, made_in(data), data) == 0
    assert len(list(data.glob("before-restore-*/shop.db"))) == 1
    async with opened(data / "shop.db") as db:
        assert (await db.read(topics.order_state, number)) is not None


async def test_a_disk_without_room_is_said_and_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    async with open_house(tmp_path):
        pass
    monkeypatch.setattr(shutil, "disk_usage", lambda _where: Usage(10, 9, 1_000))
    assert await in_a_thread(backup, tmp_path) == 1
    assert "There is no room for a backup" in capsys.readouterr().err
    assert list((tmp_path / "backups").iterdir()) == []


async def test_a_disk_that_fills_up_meanwhile_leaves_nothing_half(tmp_path: Path):
    async with open_house(tmp_path):
        pass
    limit = (tmp_path / "shop.db").stat().st_size // 2
    done = subprocess.run(
        [sys.executable, str(RUN), "backup", "--data", str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )
    assert (done.returncode, "can't be copied" in done.stderr) == (1, True), done.stderr
    assert list((tmp_path / "backups").iterdir()) == []


async def test_on_postgresql_a_dump_is_restored_into_a_new_database(
    tmp_path: Path, postgresql: str, postgresql_books: str, postgresql_server: Any, capsys: pytest.CaptureFixture[str]
):
    new = f"{postgresql.split('?', maxsplit=1)[0]}_new?{postgresql.split('?')[1]}"
    name = new.split("?", maxsplit=1)[0].rsplit("/", 1)[1]
    data = tmp_path / "shop"
    flags = ["--programs", str(postgresql_server.bin_path)] if postgresql_server.bin_path else []
    async with open_house(data, postgresql) as house:
        number = await order(house)
        async with house.client() as guest, listening(guest) as page:
            epoch = page.welcome["epoch"]
        assert await in_a_thread(backup, data, "--database", postgresql, *flags) == 0
        folder = made_in(data)
        assert await in_a_thread(restore, folder, data, "--database", postgresql, *flags) == 1
        assert "is being served" in capsys.readouterr().err or "has tables already" in capsys.readouterr().err
    assert await in_a_thread(restore, folder, data, "--database", postgresql_books, *flags) == 1
    assert "has tables already" in capsys.readouterr().err
    postgresql_server.psql(f'CREATE DATABASE "{name}"')
    assert await in_a_thread(restore, folder, data, "--database", new, *flags) == 0
    async with opened(new) as db:
        facts = await db.read(copies.facts)
        assert facts.epoch != epoch
        assert await db.read(topics.order_state, number) is not None
    postgresql_server.psql(f'DROP DATABASE "{name}"')


async def test_without_postgresqls_programs_the_command_is_told_without_the_password(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    url = "postgresql://marl:secret@db.example/shop"
    assert await in_a_thread(backup, tmp_path, "--database", url, "--programs", str(tmp_path)) == 1
    said = capsys.readouterr().err
    assert "pg_dump is not here" in said
    assert "--dbname='postgresql://marl@db.example/shop'" in said
    assert "secret" not in said
    assert backups.PAGE not in said
