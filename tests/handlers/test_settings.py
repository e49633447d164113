"""The settings page without scripts: what it changes shows at once, what can't be used is named, nothing typed is lost."""

import re
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from msgspec.structs import replace

from handlers.dashboard.choices import currencies, timezones
from handlers.keys import SHOP
from shop.shopfront import LOCALES
from storage import shopfront
from storage.database import opened
from storage.shopfront import Edit
from tests.handlers.test_dashboard import json, order, scarcest
from tests.house import House, open_house, until

Client = aiohttp.ClientSession
GOOD = {
    "name": "Loam",
    "headline": "Quiet pots",
    "line": "Pots that say nothing.",
    "locale": "de_AT",
    "timezone": "Europe/Vienna",
    "contact": "hello@loam.example",
    "sender_name": "Loam’s post",
    "sender_address": "post@loam.example",
    "colophon": "Made in Graz.",
    "hold_minutes": "20",
}


@pytest.fixture
async def clerk(house: House) -> AsyncIterator[Client]:
    async with house.staff() as session:
        yield session


async def page(client: Client, path: str, status: int = 200) -> str:
    async with client.get(path) as answer:
        assert answer.status == status, await answer.text()
        return await answer.text()


async def send(client: Client, path: str, form: dict[str, str]) -> tuple[int, str, str]:
    async with client.post(path, data=form, allow_redirects=False) as answer:
        return answer.status, await answer.text(), answer.headers.get("Location", "")


async def version(client: Client) -> str:
    found = re.search(r'name="version" value="(\d+)"', await page(client, "/dashboard/settings"))
    assert found
    return found[1]


async def test_what_is_saved_shows_on_the_next_page_of_everybody(house: House, clerk: Client) -> None:
    async with house.client() as guest:
        assert "<title>Plain things for every day · Marl</title>" in await page(guest, "/")
        form = GOOD | {"version": await version(clerk)}
        assert (await send(clerk, "/dashboard/settings", form))[::2] == (303, "/dashboard/settings?saved=1")
        text = await page(guest, "/")
        assert "<title>Quiet pots · Loam</title>" in text
        assert '<meta name="description" content="Pots that say nothing.">' in text
        assert '<a class="mark" href="/">loam<span' in text
        assert "Made in Graz." in text
        assert "Nothing here is for sale" not in text
        assert 'data-locale="de-AT" data-timezone="Europe/Vienna"' in text
        assert "€&nbsp;28,00" in text or "€\xa028,00" in text  # a bay that was made before is made anew
    settings = await page(clerk, "/dashboard/settings?saved=1")
    assert "Every page shows it from now on." in settings
    assert "<del>Marl</del>" in settings
    assert "clerk@shop.example" in settings


async def test_a_restart_finds_the_settings(house: House, clerk: Client) -> None:
    await send(clerk, "/dashboard/settings", GOOD | {"version": await version(clerk)})
    await house.restart()
    async with house.client() as guest:
        assert "· Loam</title>" in await page(guest, "/")


async def test_a_change_by_another_process_is_taken_up_without_a_restart(house: House) -> None:
    # A database of its own on the same file is what a command beside the shop has.
    async with house.client() as guest, opened(house.where) as elsewhere:
        now = await elsewhere.read(shopfront.read)
        edit = Edit(replace(now.details, name="Silt"), now.version, "cron", house.clock())
        await elsewhere.write(shopfront.change, edit)
        await until(lambda: house.app[SHOP].name == "Silt")
        assert "· Silt</title>" in await page(guest, "/")


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("name", "", "We need a name."),
        ("name", "x" * 61, "At most 60 characters"),
        ("name", "a\tb", "printed"),
        ("headline", " ", "We need a heading."),
        ("line", "", "We need a line or two"),
        ("line", "x" * 301, "At most 300"),
        ("locale", "xx", "Choose one of the list."),
        ("timezone", "Europe/Nowhere", "such as Europe/Brussels"),
        ("timezone", "../../etc/passwd", "such as Europe/Brussels"),
        ("contact", "nobody", "look like an email address"),
        ("sender_name", "Loam <evil@example.com>", "A name only"),
        ("sender_address", "post@loam.example\r\nBcc: x@example.com", "look like an email address"),
        ("sender_address", "bücher@loam.example", "Plain letters only"),
        ("sender_address", "post@bücher.example", "Plain letters only"),
        ("colophon", "x" * 301, "At most 300"),
        ("hold_minutes", "0", "From 1 to 1440"),
        ("hold_minutes", "1441", "From 1 to 1440"),
        ("hold_minutes", "ten", "A whole number"),
        ("hold_minutes", "٣", "A whole number"),
        ("hold_minutes", "-5", "A whole number"),
    ],
)
async def test_what_can_not_be_used_is_named_and_kept(
    house: House, clerk: Client, field: str, typed: str, said: str
) -> None:
    form = GOOD | {"version": await version(clerk), field: typed}
    status, text, _ = await send(clerk, "/dashboard/settings", form)
    assert status == 422
    assert said in text
    assert f'aria-describedby="{field}-said"' in text
    assert ("Loam’s post" if field != "sender_name" else "Quiet pots") in text
    assert (await house.db.read(shopfront.read)).version == 0


async def test_a_stale_page_is_brought_up_to_date_and_asked_about(house: House, clerk: Client) -> None:
    old = await version(clerk)
    await send(clerk, "/dashboard/settings", GOOD | {"version": old})
    mine = {
        "version": old,
        "name": "Silt",
        "headline": "Plain things for every day",
        "line": (await house.db.read(shopfront.read)).details.line,
        "locale": "en",
        "timezone": "UTC",
        "hold_minutes": "15",
        "sample_note": "shown",
        "colophon": "",
    }
    status, text, _ = await send(clerk, "/dashboard/settings", mine)
    assert status == 409
    assert "clerk@shop.example wrote: Loam." in text
    assert 'value="Silt"' in text
    assert 'value="Made in Graz."' in text
    assert '<option value="Europe/Vienna" selected>' in text
    new = re.search(r'name="version" value="(\d+)"', text)
    assert new
    assert (await house.db.read(shopfront.read)).version == int(new[1])


async def test_a_double_click_is_one_change(house: House, clerk: Client) -> None:
    form = GOOD | {"version": await version(clerk)}
    for _ in range(2):
        assert (await send(clerk, "/dashboard/settings", form))[0] == 303
    assert len(await house.db.read(shopfront.history, 10)) == 1


async def test_a_setting_of_the_environment_wins_and_says_so(tmp_path: Any) -> None:
    async with open_house(tmp_path, shop_name="Fixed", hold_minutes=5) as house, house.staff() as clerk:
        text = await page(clerk, "/dashboard/settings")
        assert "Fixed by <code>SHOPWIRE_SHOP_NAME</code>" in text
        assert "Fixed by <code>SHOPWIRE_HOLD_MINUTES</code>" in text
        form = {name: value for name, value in GOOD.items() if name not in ("name", "hold_minutes")}
        assert (await send(clerk, "/dashboard/settings", form | {"version": "0"}))[0] == 303
        assert "<title>Quiet pots · Fixed</title>" in await page(clerk, "/")
        # The books keep what they had, for the day on which the variable is gone.
        assert (await house.db.read(shopfront.read)).details.name == "Marl"


# Currency ---------------------------------------------------------------------------------------------------------------


async def test_another_currency_is_asked_about_then_shown_everywhere(house: House, clerk: Client) -> None:
    asked = await page(clerk, "/dashboard/settings/currency?to=JPY")
    assert "Sell in Japanese Yen (JPY)?" in asked
    assert "€28.50" in asked
    assert "¥29" in asked
    assert (await house.db.read(shopfront.read)).currency == "EUR"
    form = {"version": await version(clerk), "to": "JPY"}
    assert (await send(clerk, "/dashboard/settings/currency", form))[0] == 303
    assert (await send(clerk, "/dashboard/settings/currency", form))[0] == 303  # a double click
    async with house.client() as guest:
        assert "¥28" in await page(guest, "/p/harbour-mug")
        async with guest.get("/api/v1/suggest?q=harbour") as answer:
            found = await answer.json()
        assert found["products"][0]["price"]["currency"] == "JPY"


@pytest.mark.parametrize("to", ["", "XXX", "euro", "DEM", "<b>"])
async def test_no_such_currency_is_said(clerk: Client, to: str) -> None:
    status, text, _ = await send(clerk, "/dashboard/settings/currency", {"version": "0", "to": to})
    assert status == 422
    assert "Choose a currency of the list." in text
    assert "You sell in Euro (EUR)" in text


async def test_with_an_order_the_currency_stays_and_the_way_out_is_shown(house: House, clerk: Client) -> None:
    async with house.client() as shopper:
        await order(shopper, (await scarcest(clerk, 1))["variant"])
    for status, text, _ in (
        (200, await page(clerk, "/dashboard/settings/currency?to=USD"), ""),
        await send(clerk, "/dashboard/settings/currency", {"version": "0", "to": "USD"}),
    ):
        assert status in (200, 409)
        assert "There is 1 order" in text
        assert "python run.py export" in text


def test_every_choice_can_be_used() -> None:
    assert {"EUR", "USD", "JPY", "KWD", "CHF"} <= currencies()
    assert {"UTC", "Europe/Brussels", "America/New_York"} <= timezones()
    assert "en" in LOCALES


# Pages about the shop ---------------------------------------------------------------------------------------------------

PAGE = {
    "seen": "0",
    "title": "Care",
    "description": "How to wash it.",
    "text": "## By hand\n\nNo *machine*.",
    "rank": "5",
}


async def test_a_page_is_written_previewed_shown_and_hidden(house: House, clerk: Client) -> None:
    new = PAGE | {"slug": "care", "visible": "shown"}
    status, text, _ = await send(clerk, "/dashboard/settings/new-page", new | {"act": "preview"})
    assert status == 200
    assert "<h2>By hand</h2>" in text
    async with house.client() as guest:
        await page(guest, "/about/care", 404)
        assert (await send(clerk, "/dashboard/settings/new-page", new))[2] == "/dashboard/settings/pages/care?saved=1"
        text = await page(guest, "/about/care")
        assert "<title>Care · Marl</title>" in text
        assert '<meta name="description" content="How to wash it.">' in text
        assert f'<link rel="canonical" href="{house.url}/about/care">' in text
        assert "<h2>By hand</h2>\n<p>No <em>machine</em>.</p>" in text
        assert re.search(r'<ul><li><a href="/about/care" aria-current=page>Care</a>', text)
        assert "/about/care</loc>" in await page(guest, "/sitemap.xml")
        seen = str((await house.db.read(shopfront.read)).version)
        assert (await send(clerk, "/dashboard/settings/pages/care", PAGE | {"seen": seen}))[0] == 303
        await page(guest, "/about/care", 404)
        assert "/about/care" not in await page(guest, "/")
    assert "Page care, text" in await page(clerk, "/dashboard/settings")


async def test_a_starting_text_is_taken_over_and_old_addresses_work(house: House, clerk: Client) -> None:
    for slug, word in {
        "delivery": "€6.50",
        "returns": "30 days",
        "privacy": "One, and only once",
        "terms": "offer",
    }.items():
        assert word in await page(clerk, f"/about/{slug}")
    assert "A starting text." in await page(clerk, "/dashboard/settings/pages/returns")
    form = PAGE | {"title": "Returns", "text": "Within {minutes} minutes, {shop} & you.", "visible": "shown"}
    assert (await send(clerk, "/dashboard/settings/pages/returns", form))[0] == 303
    assert (await send(clerk, "/dashboard/settings/pages/returns", form))[0] == 303  # a double click
    assert "Within 15 minutes, Marl &amp; you." in await page(clerk, "/about/returns")
    status, text, _ = await send(clerk, "/dashboard/settings/pages/returns", form | {"text": "Never."})
    assert status == 409
    assert "Never." in text
    assert "Within {minutes} minutes" in text


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("slug", "", "It needs an address"),
        ("slug", "Care & more", "small letters"),
        ("slug", "../x", "small letters"),
        ("slug", "privacy", "There is a page at this address already"),
        ("title", "", "We need a title."),
        ("text", "  \n ", "There is nothing to read yet."),
        ("text", "x" * 30_001, "At most 30000"),
        ("text", "Dear {nmae}", "Nothing fills in {nmae}"),
        ("rank", "-1", "A whole number"),
        ("rank", "1e3", "A whole number"),
    ],
)
async def test_a_page_that_can_not_be_saved_is_kept_on_the_screen(
    house: House, clerk: Client, field: str, typed: str, said: str
) -> None:
    status, text, _ = await send(clerk, "/dashboard/settings/new-page", PAGE | {"slug": "care", field: typed})
    assert status == 422
    assert said in text
    assert (await house.db.read(shopfront.read)).version == 0


async def test_markup_in_a_text_does_nothing(clerk: Client) -> None:
    evil = (
        "<script>alert(1)</script>\n\n<img src=x onerror=alert(1)>\n\n[a](javascript:alert(1)) [b](data:text/html,x)\n\n"
        "[c](JaVaScRiPt:alert(1)) ![d](https://evil.example/x.png) <svg/onload=alert(1)>\n\n[e](https://example.com)"
    )
    await send(clerk, "/dashboard/settings/new-page", PAGE | {"slug": "evil", "text": evil, "visible": "shown"})
    text = await page(clerk, "/about/evil")
    article = text.split('<article class="stack prose">')[1].split("</article>")[0]
    assert not re.search(r"<(script|img|svg)|href=\"(javascript|data)|onerror=[^&]*>", article, re.IGNORECASE)
    assert '<a href="https://example.com" rel="noopener">e</a>' in article


async def test_a_long_text_in_any_script_arrives_whole(clerk: Client) -> None:
    form = PAGE | {"slug": "long", "text": "漢" * 30_000, "visible": "shown"}
    assert (await send(clerk, "/dashboard/settings/new-page", form))[0] == 303
    assert "漢" * 30_000 in await page(clerk, "/about/long")


async def test_checkout_links_to_terms_and_privacy(house: House, clerk: Client) -> None:
    variant = (await scarcest(clerk, 1))["variant"]
    async with house.client() as shopper:
        await json(shopper, "POST", "/cart/lines", {"variant": variant, "quantity": 1})
        text = await page(shopper, "/checkout")
        assert '<a href="/about/terms">terms</a>' in text
        assert '<a href="/about/privacy">privacy</a>' in text


async def test_a_real_shop_shows_no_text_that_nobody_has_read(house: House, clerk: Client) -> None:
    house.app[SHOP].production = True
    await page(clerk, "/about/returns", 404)
    assert "Read and save it first" in await page(clerk, "/dashboard/settings")
    await send(clerk, "/dashboard/settings/pages/returns", PAGE | {"title": "Returns", "visible": "shown"})
    assert "By hand" in await page(clerk, "/about/returns")
    assert "sample shop of Shopwire" not in await page(clerk, "/about/returns")


DOORS = [
    ("GET", "/dashboard/settings"),
    ("POST", "/dashboard/settings"),
    ("GET", "/dashboard/settings/currency?to=USD"),
    ("POST", "/dashboard/settings/currency"),
    ("GET", "/dashboard/settings/new-page"),
    ("POST", "/dashboard/settings/new-page"),
    ("GET", "/dashboard/settings/pages/privacy"),
    ("POST", "/dashboard/settings/pages/privacy"),
]


@pytest.mark.parametrize(("method", "path"), DOORS)
async def test_only_staff_get_in(house: House, method: str, path: str) -> None:
    async with house.client() as guest:
        async with guest.request(method, path, data=GOOD, allow_redirects=False) as answer:
            assert answer.status == (303 if method == "GET" else 401)
        async with guest.post(
            "/api/v1/customers", json={"name": "Noor", "email": "n@example.com", "password": "a few good words"}
        ) as answer:
            assert answer.status == 201
        async with guest.request(method, path, data=GOOD, allow_redirects=False) as answer:
            assert answer.status == 403
