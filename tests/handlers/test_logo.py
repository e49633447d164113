"""The shop's logo: shown everywhere at once, transparent where it was, refused with a reason, and taken away again."""

import re
from io import BytesIO

import aiohttp
import pytest
from PIL import Image

from shop.pictures import digest_of
from storage import shopfront
from tests.house import House
from tests.photographs import bomb, opened, photograph, saved

DOOR = "/dashboard/settings/logo"


def clear_png(size: tuple[int, int] = (600, 150)) -> bytes:
    image = Image.new("RGBA", size, (0, 0, 0, 0))
    image.paste((20, 20, 20, 255), (10, 10, size[0] // 2, size[1] - 10))
    return saved(image, "PNG")


async def send(
    clerk: aiohttp.ClientSession, house: House, *, act: str = "save", alt: str = "Loam", **files: bytes
) -> tuple[int, str]:
    sent = aiohttp.FormData()
    sent.add_field("version", str((await house.db.read(shopfront.read)).version))
    sent.add_field("alt", alt)
    sent.add_field("act", act)
    for name in ("logo", "logo_dark"):
        sent.add_field(
            name, BytesIO(files.get(name, b"")), filename="x.png" if name in files else "", content_type="image/png"
        )
    async with clerk.post(DOOR, data=sent, allow_redirects=False) as answer:
        return answer.status, await answer.text()


async def page(client: aiohttp.ClientSession, path: str) -> str:
    async with client.get(path) as answer:
        return await answer.text()


async def test_a_logo_stands_in_every_header_and_stays_transparent(house: House) -> None:
    light, dark = clear_png(), clear_png((600, 151))
    async with house.staff() as clerk, house.client() as guest:
        assert (await send(clerk, house, logo=light))[0] == 303
        path = f"/pictures/{digest_of(light)}/112"
        expected = f'<img class="logo plate" src="{path}" alt="Loam" width="160" height="40">'
        for where in ("/", "/search", "/login", "/nothing"):
            assert expected in await page(guest, where)
        assert expected in await page(clerk, "/dashboard")
        assert f'content="{house.url}/pictures/{digest_of(light)}/share.jpg"' in await page(guest, "/")
        async with guest.get(path) as answer:
            shown = opened(await answer.read())
        assert (shown.mode, shown.getchannel("A").getpixel((0, 0))) == ("RGBA", 0)
        assert (await send(clerk, house, alt="Loam, pots", logo_dark=dark))[0] == 303
        text = await page(guest, "/")
        assert f'<source srcset="/pictures/{digest_of(dark)}/112" media="(prefers-color-scheme: dark)">' in text
        assert 'class="logo" ' in text
        assert 'alt="Loam, pots"' in text
        assert (await send(clerk, house, act="remove"))[0] == 303
        assert "<picture>" not in await page(guest, "/")
        assert "Logo on dark screens" in await page(clerk, "/dashboard/settings")


@pytest.mark.parametrize(
    ("field", "raw", "said"),
    [
        ("logo", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "picture"),
        ("logo", b"not an image", "picture"),
        ("logo", bomb(), "million pixels"),
        ("logo_dark", photograph()[:400], "broken"),
        ("logo", photograph(size=(900, 100)), "At most 8 times as wide as high"),
    ],
)
async def test_what_is_no_logo_is_refused_beside_its_field(house: House, field: str, raw: bytes, said: str) -> None:
    async with house.staff() as clerk:
        status, text = await send(clerk, house, act="save", alt="Loam", **{field: raw})
    assert status == 422
    found = re.search(rf'<p class="wrong" id="{field}-said">([^<]*)', text)
    assert found
    assert said in found[1]
    assert (await house.db.read(shopfront.read)).details.logo is None


async def test_nothing_chosen_long_words_and_odd_forms_are_said(house: House) -> None:
    async with house.staff() as clerk:
        for text in (
            (await send(clerk, house))[1],
            (await send(clerk, house, alt="x" * 101, logo=clear_png()))[1],
        ):
            assert "Some of it needs another look." in text
        async with clerk.post(DOOR, data={"version": "0"}) as answer:
            assert answer.status == 400


async def test_only_staff_send_a_logo(house: House) -> None:
    async with house.client() as guest:
        assert (await send(guest, house, logo=clear_png()))[0] == 401
