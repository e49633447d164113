"""The API's callers: a shopper, somebody else, and staff, each with cookies of their own."""

from collections.abc import AsyncIterator

import pytest

from tests.api.client import Api, Contract
from tests.house import House


@pytest.fixture(scope="session")
def contract() -> Contract:
    return Contract()


@pytest.fixture
async def api(house: House, contract: Contract) -> AsyncIterator[Api]:
    """A shopper."""
    async with house.client() as session:
        yield Api(session, contract)


@pytest.fixture
async def stranger(house: House, contract: Contract) -> AsyncIterator[Api]:
    """Another shopper."""
    async with house.client() as session:
        yield Api(session, contract)


@pytest.fixture
async def staff(house: House, contract: Contract) -> AsyncIterator[Api]:
    async with house.staff() as session:
        yield Api(session, contract)
