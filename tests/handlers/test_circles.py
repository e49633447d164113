"""Requests go when they are answered, and not when somebody looks for circles: a crowd's would fill the memory meanwhile."""

import gc

from aiohttp import web

from tests.browser import people
from tests.house import House

ROUNDS = 10
BEING_ANSWERED = 4
"""A connection keeps its last request until the next one comes."""


async def test_no_request_outlives_its_answer(house: House) -> None:
    async with house.client() as shopper:
        lamp = await people.variant_of(shopper, "page-lamp", "rust")
        gc.collect()
        gc.disable()
        try:
            for _ in range(ROUNDS):
                async with shopper.post("/cart", data={"variant": lamp}) as cart:
                    assert cart.status == 200
                async with shopper.get("/orders/NOTTHERE") as refused:
                    assert refused.status == 404
            left = [one for one in gc.get_objects() if type(one) is web.Request]
        finally:
            gc.enable()
        assert len(left) <= BEING_ANSWERED
