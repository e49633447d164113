"""The checkout's form: whatever stands in the way of an order, nobody types their address twice."""

import re
from datetime import UTC, datetime

from shop.ids import VariantId
from storage import catalogue
from tests.browser import people
from tests.house import DETAILS, House


async def test_what_was_typed_waits_while_the_shopper_decides_about_a_price(house: House) -> None:
    async with house.client() as shopper, house.client() as stranger:
        lamp = await people.variant_of(shopper, "page-lamp", "rust")
        for client in (shopper, stranger):
            await people.put_in_cart(client, lamp)
        async with shopper.get("/checkout") as answer:
            command = re.findall(r'name="command" value="(\w+)"', await answer.text())[0]
        await house.db.write(catalogue.reprice, catalogue.Reprice(VariantId(lamp), 17_900, datetime.now(UTC)))
        async with shopper.post("/checkout", data={**DETAILS, "shipping": "collect", "command": command}) as answer:
            assert answer.status == 409
            total = re.findall(r'name="total" value="(\d+)"', await answer.text()) or ["17900"]
        async with shopper.post("/cart/agree", data={"total": total[0]}) as answer:
            assert answer.status == 200
        async with stranger.post("/cart/agree", data={"total": total[0]}) as answer:
            assert answer.status == 200
        async with shopper.get("/checkout") as answer:
            again = await answer.text()
        assert f'value="{DETAILS["street"]}"' in again
        assert re.search(r'value="collect"[^>]* checked', again)
        async with stranger.get("/checkout") as answer:
            assert DETAILS["street"] not in await answer.text()
        command = re.findall(r'name="command" value="(\w+)"', again)[0]
        form = {**DETAILS, "command": command}
        async with shopper.post("/checkout", data=form, allow_redirects=False) as answer:
            assert answer.status == 303
        await people.put_in_cart(shopper, lamp)
        async with shopper.get("/checkout") as answer:
            assert DETAILS["street"] not in await answer.text()
