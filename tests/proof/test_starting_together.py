"""Several machines start one shop on PostgreSQL at the same moment: its books are made once, and all of them open."""

import asyncio
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import create_async_engine

from storage.postgresql import async_url
from storage.sample.catalogue import PRODUCTS
from storage.tables import Customer, OutboxHead, Product
from tests.house import free_port
from tests.proof.process import Process

MACHINES = 3


async def test_several_may_start_on_an_empty_database_at_once(tmp_path: Path, postgresql: str):
    shops = [_shop(tmp_path / str(place), postgresql) for place in range(MACHINES)]
    try:
        async with asyncio.TaskGroup() as together:
            for shop in shops:
                together.create_task(shop.start())
    finally:
        for shop in shops:
            await shop.clean_up()
    said = "".join(shop.log.read_text() for shop in shops)
    assert said.count("with the password") == 1, "the owner's first password is told once"
    engine = create_async_engine(async_url(postgresql))
    async with engine.connect() as connection:
        counts = [
            (await connection.execute(select(func.count()).select_from(table))).scalar_one()
            for table in (Product, Customer, OutboxHead)
        ]
    await engine.dispose()
    assert counts == [len(PRODUCTS), 1, 1]


def _shop(data: Path, database: str) -> Process:
    data.mkdir()
    port = free_port()
    command = ["run.py", "serve", "--no-bank", "--data", str(data), "--database", database, "--port", str(port)]
    return Process(command, f"http://localhost:{port}/readyz", data / "shop.log")
