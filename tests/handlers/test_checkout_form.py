"""The checkout's form: whatever stands in the way of an order, nobody types their address twice."""

import csv
import re
from datetime import UTC, datetime

import aiohttp

from handlers.keys import SECRET, SHOP
from shop.delivery import Delivery, Step, Way, Zone
from shop.ids import OrderNumber, VariantId
from shop.links import order_token
from storage import catalogue, shopfront
from storage.shopfront import TermsEdit
from tests.browser import people
from tests.house import DETAILS, House, until


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


async def test_an_order_that_is_changed_or_bought_again_knows_where_it_went(house: House) -> None:
    async with house.client() as shopper, house.client() as stranger:
        await people.put_in_cart(shopper, await people.variant_of(shopper, "page-lamp", "rust"))
        _, there = await place(shopper)
        number = there.split("/")[2]
        async with shopper.post(f"/orders/{number}/again", data={"command": "one"}) as answer:
            assert answer.url.path == "/cart"
        async with shopper.get("/checkout") as answer:
            assert f'value="{DETAILS["street"]}"' in await answer.text()
        # Whoever opens it by its link buys it for themselves.
        async with stranger.get(f"/o/{order_token(house.app[SECRET], OrderNumber(number))}") as answer:
            assert answer.status == 200
        async with stranger.post(f"/orders/{number}/again", data={"command": "another"}) as answer:
            assert answer.status == 200
        async with stranger.get("/checkout") as answer:
            assert answer.url.path == "/checkout"
            assert DETAILS["street"] not in await answer.text()


async def test_a_form_sent_again_with_another_address_is_asked_for_anew_and_nothing_is_typed_twice(
    house: House,
) -> None:
    async with house.client() as shopper:
        lamp = await people.variant_of(shopper, "page-lamp", "rust")
        await people.put_in_cart(shopper, lamp)
        async with shopper.get("/checkout") as answer:
            drawn = dict(re.findall(r'name="(command|total)" value="(\w+)"', await answer.text()))
        async with shopper.post("/checkout", data={**DETAILS, **drawn}, allow_redirects=False) as answer:
            assert answer.status == 303
        await people.put_in_cart(shopper, lamp)
        changed = {**DETAILS, **drawn, "street": "Kouter 7"}
        async with shopper.post("/checkout", data=changed) as answer:  # as from the page that the back button shows
            assert answer.url.path == "/checkout"
            assert 'value="Kouter 7"' in await answer.text()


async def place(client: aiohttp.ClientSession, **changes: str) -> tuple[int, str]:
    """Sends the checkout's form as it was drawn, with these fields changed; answers the status, and the page or its address."""
    async with client.get("/checkout") as answer:
        page = await answer.text()
    drawn = dict(re.findall(r'name="(command|total)" value="(\w+)"', page))
    async with client.post("/checkout", data={**DETAILS, **drawn, **changes}, allow_redirects=False) as answer:
        return answer.status, answer.headers.get("Location") or await answer.text()


async def set_delivery(house: House, delivery: Delivery) -> None:
    seen = (await house.db.read(shopfront.read)).version
    await house.db.write(shopfront.change_terms, TermsEdit(delivery, None, seen, "clerk", house.clock()))
    await until(lambda: house.app[SHOP].terms.delivery == delivery)


def by_weight(*countries: str, **prices: int) -> Delivery:
    steps = tuple(Step(int(name.removeprefix("g")), amount) for name, amount in prices.items())
    return Delivery((Zone("Home", countries, (Way("door", "To the door", steps=steps),)),))


async def test_another_total_than_the_one_that_was_shown_asks_for_consent_first(house: House) -> None:
    async with house.client() as shopper:
        await people.put_in_cart(shopper, await people.variant_of(shopper, "harbour-mug", "oat"))
        async with shopper.get("/checkout") as answer:
            page = await answer.text()
        drawn = dict(re.findall(r'name="(command|total)" value="(\w+)"', page))
        assert drawn["total"] == "3450"
        await set_delivery(house, by_weight("BE", g5000=900))
        async with shopper.post("/checkout", data={**DETAILS, **drawn}) as answer:
            assert answer.status == 409
            page = await answer.text()
        assert "It costs €37.00 now, not €34.50." in page
        assert f'value="{DETAILS["street"]}"' in page
        again = dict(re.findall(r'name="(command|total)" value="(\w+)"', page))
        assert again == {"command": drawn["command"], "total": "3700"}
        async with shopper.post("/checkout", data={**DETAILS, **again}, allow_redirects=False) as answer:
            assert answer.status == 303


async def test_another_country_is_shown_without_a_script_before_anything_is_ordered(house: House) -> None:
    async with house.client() as shopper:
        await people.put_in_cart(shopper, await people.variant_of(shopper, "harbour-mug", "oat"))
        status, page = await place(shopper, country="FR", do="update", street="Rue 1")
        assert status == 200
        assert re.search(r'<option value="FR" selected>', page)
        assert 'value="Rue 1"' in page
        assert "Of which tax 20 %" in page


async def test_a_country_that_is_not_sent_to_names_those_that_are(house: House) -> None:
    async with house.client() as shopper:
        await people.put_in_cart(shopper, await people.variant_of(shopper, "harbour-mug", "oat"))
        status, page = await place(shopper, country="JP")
        assert status == 422
        assert "We send to Belgium, France, Germany, Luxembourg and Netherlands." in page
        assert 'aria-describedby="country-said"' in page


async def test_what_is_too_heavy_for_every_way_says_so_in_cart_and_checkout(house: House) -> None:
    async with house.client() as shopper:
        await people.put_in_cart(shopper, await people.variant_of(shopper, "moon-jar", "chalk"), 2)
        await set_delivery(house, by_weight("BE", g5000=900))
        words = "To the door takes up to 5 kg, and this weighs 6.8 kg."
        async with shopper.get("/cart") as answer:
            assert words in await answer.text()
        async with shopper.get("/checkout") as answer:
            page = await answer.text()
        assert words in page
        assert "Order and pay" not in page
        status, page = await place(shopper)
        assert status == 409
        assert words in page


async def test_a_shop_that_sends_nowhere_says_so_at_every_door(house: House) -> None:
    async with house.client() as shopper:
        await people.put_in_cart(shopper, await people.variant_of(shopper, "harbour-mug", "oat"))
        await set_delivery(house, Delivery(()))
        for path in ("/cart", "/checkout"):
            async with shopper.get(path) as answer:
                assert (answer.status, "We send nowhere right now." in await answer.text()) == (200, True)
        async with shopper.get("/about/delivery") as answer:
            assert "nowhere right now" in await answer.text()
        assert (await place(shopper))[0] == 422


async def test_the_order_says_how_its_total_came_about(house: House) -> None:
    async with house.client() as shopper, house.staff() as clerk:
        await people.put_in_cart(shopper, await people.variant_of(shopper, "kitchen-basil", "clay"))
        status, where = await place(shopper, country="FR", postcode="59000")
        assert status == 303
        number = where.split("/")[2]
        async with shopper.get(f"/orders/{number}") as answer:
            page = await answer.text()
        assert "Of which tax 20 %" in page
        assert "Of which tax 5.5 %" in page
        assert "France" in page
        async with clerk.get(f"/dashboard/orders/{number}") as answer:
            assert "5.5" in await answer.text()
        async with clerk.get("/dashboard/orders.csv") as answer:
            rows = list(csv.DictReader((await answer.text()).removeprefix("\ufeff").splitlines()))
        assert (rows[0]["Delivery"], rows[0]["Tax rate"], rows[0]["Delivery tax"]) == ("To the door", "5.5 %", "1.08")
        assert await house.judge() == []
