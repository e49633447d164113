"""One house for each file of attacks, whose limits don't get in the way, and whoever knocks at it."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.attack.knocking import Knocker, registered
from tests.house import House, open_house


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shop(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with open_house(tmp_path_factory.mktemp("house")) as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def guest(shop: House) -> AsyncIterator[Knocker]:
    async with shop.client() as session:
        yield Knocker(shop, session)


@pytest_asyncio.fixture(loop_scope="module")
async def customer(shop: House) -> AsyncIterator[Knocker]:
    """Somebody who is logged in and is no staff."""
    async with shop.client() as session:
        yield await registered(Knocker(shop, session))


@pytest_asyncio.fixture(loop_scope="module")
async def staff(shop: House) -> AsyncIterator[Knocker]:
    async with shop.staff() as session:
        yield Knocker(shop, session)
