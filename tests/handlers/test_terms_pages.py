"""The settings of delivery and tax without scripts: what is saved shows at once, and nothing that was typed is lost."""

import re
from collections.abc import AsyncIterator
from html.parser import HTMLParser

import aiohttp
import pytest

from handlers.keys import SHOP
from shop.delivery import Delivery, Step, Way, Zone
from shop.taxes import Taxes
from storage import shopfront
from storage.database import opened
from storage.shopfront import TermsEdit
from tests.browser import people
from tests.house import House, until

Client = aiohttp.ClientSession
Fields = list[tuple[str, str]]
PATHS = {"delivery": "/dashboard/settings/delivery", "tax": "/dashboard/settings/tax"}


class Form(HTMLParser):
    """The fields of the page's form, as a browser sends them; the first button is the one that Enter presses."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.fields: Fields = []
        self.ids: set[str] = set()
        self.focus = ""
        self._select = ""
        self._options: Fields = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        self.ids.add(said.get("id", ""))
        if "autofocus" in said:
            self.focus = said["id"]
        if tag == "input" and said.get("name") and (said.get("type") not in ("checkbox", "radio") or "checked" in said):
            self.fields.append((said["name"], said["value"]))
        elif tag == "select":
            self._select, self._options = said["name"], []
        elif tag == "option" and (not self._options or "selected" in said):
            self._options = [(self._select, said["value"])]

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self.fields += self._options

    def but(self, **changes: str) -> Fields:
        """What is sent when some fields were typed in anew."""
        named = {name.replace("_", "-"): value for name, value in changes.items()}
        assert set(named) <= {name for name, _ in self.fields}
        return [(name, named.get(name, value)) for name, value in self.fields]


@pytest.fixture
async def clerk(house: House) -> AsyncIterator[Client]:
    async with house.staff() as session:
        yield session


async def form_at(client: Client, path: str) -> Form:
    async with client.get(path) as answer:
        assert answer.status == 200, await answer.text()
        return Form(await answer.text())


async def send(client: Client, path: str, fields: Fields, do: str = "save") -> tuple[int, str]:
    async with client.post(path, data=[*fields, ("do", do)], allow_redirects=False) as answer:
        return answer.status, answer.headers.get("Location") or await answer.text()


@pytest.mark.parametrize("path", PATHS.values())
async def test_a_page_that_is_saved_as_it_is_changes_nothing(house: House, clerk: Client, path: str) -> None:
    fields = (await form_at(clerk, path)).fields
    assert await send(clerk, path, fields) == (303, f"{path}?saved=1")
    now = await house.db.read(shopfront.read)
    assert (now.delivery, now.taxes, now.version) == (Delivery(), Taxes(), 0)


async def test_what_is_saved_is_what_the_next_shopper_pays(house: House, clerk: Client) -> None:
    async with house.client() as shopper:
        await people.put_in_cart(shopper, await people.variant_of(shopper, "harbour-mug", "oat"))
        async with shopper.get("/about/delivery") as answer:
            assert "€6.50" in await answer.text()
        form = (await form_at(clerk, PATHS["delivery"])).but(
            z0_w0_s0_amount="7,25", z0_w0_free="100", z0_w0_line="Soon"
        )
        assert (await send(clerk, PATHS["delivery"], form))[0] == 303
        async with shopper.get("/about/delivery") as answer:  # a kept page, made anew
            assert "€7.25; free from €100.00. Soon." in await answer.text()
        async with shopper.get("/cart") as answer:
            cart = await answer.text()
        assert "€7.25" in cart
        assert "delivery to Belgium, to the door" in cart
        async with shopper.get("/checkout") as answer:
            assert 'name="total" value="3525"' in await answer.text()
        async with clerk.get(PATHS["delivery"]) as answer:
            page = await answer.text()
        assert "<del>6.50; Two working days</del>" in page
        assert "clerk@shop.example" in page


async def test_prices_without_tax_have_it_added_by_country(house: House, clerk: Client) -> None:
    async with house.client() as shopper:
        await people.put_in_cart(shopper, await people.variant_of(shopper, "harbour-mug", "oat"))
        form = (await form_at(clerk, PATHS["tax"])).but(included="no", r4_standard="10.5")
        assert (await send(clerk, PATHS["tax"], form))[0] == 303
        async with shopper.get("/checkout?country=DE") as answer:
            page = await answer.text()
        assert "Tax 10.5 %" in page
        assert f'name="total" value="{2800 + 650 + 294 + 68}"' in page
        assert "Of which" not in page


async def test_rows_are_added_and_taken_away_and_nothing_is_saved_by_it(house: House, clerk: Client) -> None:
    path = PATHS["delivery"]
    sent = (await form_at(clerk, path)).but(z0_name="Typed by hand", z0_add="ES")
    status, page = await send(clerk, path, sent, "country:z0")
    form = Form(page)
    assert (status, form.focus) == (200, "z0-add")
    assert ("z0-country", "ES") in form.fields
    form = Form((await send(clerk, path, form.fields, "step:z0-w0"))[1])
    assert form.focus == "z0-w0-s1-upto"
    form = Form((await send(clerk, path, form.fields, "drop:z0-w1"))[1])
    form = Form((await send(clerk, path, form.fields, "zone"))[1])
    assert form.focus == "z1-name"
    assert ("z0-name", "Typed by hand") in form.fields
    assert ("z0-w1-name", "Collect in Ghent") not in form.fields
    assert (await house.db.read(shopfront.read)).version == 0
    tax = Form((await send(clerk, PATHS["tax"], (await form_at(clerk, PATHS["tax"])).but(add="ES"), "country"))[1])
    assert ("r5-country", "ES") in tax.fields
    tax = Form((await send(clerk, PATHS["tax"], tax.fields, "class"))[1])
    assert tax.focus == "c0-name"
    assert "r0-c0" in tax.ids


async def test_what_can_not_be_used_is_named_and_kept(house: House, clerk: Client) -> None:
    for path, change, said in (
        (PATHS["delivery"], {"z0_w0_s0_amount": "a lot"}, "z0-w0-s0-amount"),
        (PATHS["tax"], {"r0_standard": "a lot"}, "r0-standard"),
    ):
        status, page = await send(clerk, path, (await form_at(clerk, path)).but(**change))
        assert status == 422
        assert 'value="a lot"' in page
        assert f'aria-describedby="{said}-said"' in page
        assert f'href="#{said}"' in page
    assert (await house.db.read(shopfront.read)).version == 0


async def test_a_stale_page_shows_what_the_other_did_and_keeps_what_was_typed(house: House, clerk: Client) -> None:
    path = PATHS["delivery"]
    mine = (await form_at(clerk, path)).but(z0_w0_s0_amount="9")
    theirs = (await form_at(clerk, path)).but(z0_w1_name="Fetch it")
    assert (await send(clerk, path, theirs))[0] == 303
    status, page = await send(clerk, path, mine)
    assert status == 409
    assert "clerk@shop.example changed this since you opened it." in page
    assert "Belgium and its neighbours, Fetch it" in page
    form = Form(page)
    assert ("z0-w0-s0-amount", "9") in form.fields
    assert (await send(clerk, path, form.fields))[0] == 303
    [door, collect] = (await house.db.read(shopfront.read)).delivery.zones[0].ways
    assert (door.steps[0].amount, collect.name) == (900, "Collect in Ghent")


async def test_a_change_by_another_process_is_taken_up_without_a_restart(house: House) -> None:
    dear = Delivery((Zone("Home", ("BE",), (Way("door", "To the door", steps=(Step(None, 9_900),)),)),))
    async with house.client() as guest, opened(house.where) as elsewhere:
        await elsewhere.write(shopfront.change_terms, TermsEdit(dear, None, 0, "cron", house.clock()))
        await until(lambda: house.app[SHOP].terms.delivery == dear)
        async with guest.get("/about/delivery") as answer:
            assert "€99.00" in await answer.text()


async def test_products_are_taxed_and_weighed_as_their_editor_says(house: House, clerk: Client) -> None:
    async with clerk.get("/dashboard/products/kitchen-basil") as answer:
        page = await answer.text()
    assert re.search(r'<option value="reduced" selected>Reduced', page)
    assert re.search(r'id="v0-weight" name="v0-weight" value="1150"', page)


async def test_the_pages_are_for_staff(house: House) -> None:
    async with house.client() as guest:
        for path in PATHS.values():
            assert (await guest.get(path, allow_redirects=False)).status in (303, 401)
            assert (await guest.post(path, data={"version": "0", "do": "save"}, allow_redirects=False)).status in (
                303,
                401,
            )
    assert (await house.db.read(shopfront.read)).version == 0
