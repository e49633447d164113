"""A shop grows: its books move from SQLite to PostgreSQL with every row, and it goes on where it was."""

import asyncio
from pathlib import Path

import pytest
from yarl import URL

from server.commands import main
from server.exclusive import only_server
from storage import outbox
from storage.database import opened
from tests.house import open_house, until
from tests.proof.shopper import Shopper


def move(data: Path, database: str) -> int:
    return main(["move", "--data", str(data), "--database", database])


async def test_every_row_moves_and_the_shop_goes_on(
    tmp_path: Path, postgresql: str, capsys: pytest.CaptureFixture[str]
):
    async with open_house(tmp_path) as house, house.client() as session:
        shopper = Shopper(session)
        variant = await shopper.variant()
        number = await shopper.order_placed(variant)
        await shopper.pay(number)
        await until(lambda: shopper.has(number, "paid"))
        unpaid = await shopper.order_placed(variant)
        head = await house.db.read(outbox.head)
        password = house.staff_password
        cookies = session.cookie_jar.filter_cookies(URL(house.url))
        with only_server(tmp_path / "shop.db"):
            assert await asyncio.to_thread(move, tmp_path, postgresql) == 1
        assert "is being served already" in capsys.readouterr().err
    assert await asyncio.to_thread(move, tmp_path, postgresql) == 0, capsys.readouterr().err
    said = capsys.readouterr().out
    assert "orders: 2" in said
    async with opened(postgresql) as db:
        assert await db.read(outbox.head) >= head
    async with open_house(tmp_path, postgresql, password=password) as house, house.client() as session:
        session.cookie_jar.update_cookies(cookies)
        shopper = Shopper(session)
        assert (await shopper.order(number))["status"] == "paid"
        assert (await shopper.order(unpaid))["status"] == "placed"
        again = await shopper.order_placed(variant)
        assert await house.judge([number, unpaid, again]) == []
    assert await asyncio.to_thread(move, tmp_path, postgresql) == 1
    assert "has tables already" in capsys.readouterr().err
