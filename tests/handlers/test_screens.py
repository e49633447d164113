"""Screens on the wall without scripts: made by staff, paired by a code, seen, signed out."""

import asyncio
import re
from typing import Any

import aiohttp
import pytest
from msgspec import json

from handlers.keys import LIMITS
from handlers.limits import Limits
from live.protocol import SUBPROTOCOL, CloseCode
from shop.screens import CODE_GOOD, LIFETIME
from tests.house import WAIT_SECONDS, House

Client = aiohttp.ClientSession
SCREEN = "/dashboard?screen=1"


async def text_of(client: Client, path: str) -> str:
    async with client.get(path) as answer:
        assert answer.status == 200
        assert answer.headers["Cache-Control"] == "no-store"
        return await answer.text()


async def made(clerk: Client, name: str = "Packing room") -> tuple[str, str]:
    """A new screen's id, and the code that stands on the page."""
    async with clerk.post("/dashboard/screens", data={"name": name}, allow_redirects=False) as answer:
        assert answer.status == 303, await answer.text()
        screen = answer.headers["Location"].partition("#s-")[2]
    return screen, code_on(await text_of(clerk, "/dashboard/screens"), screen)


def code_on(page: str, screen: str) -> str:
    found = re.search(rf'id="s-{screen}".*?</span>([0-9A-Z]{{4}}-[0-9A-Z]{{4}})</p>', page, re.DOTALL)
    return found[1] if found else ""


async def typed(wall: Client, code: str) -> tuple[int, str, str]:
    async with wall.post("/screen", data={"code": code}, allow_redirects=False) as answer:
        return answer.status, answer.headers.get("Location", ""), await answer.text()


async def change(clerk: Client, screen: str, do: str) -> int:
    async with clerk.post(f"/dashboard/screens/{screen}", data={"do": do}, allow_redirects=False) as answer:
        return answer.status


async def test_a_code_makes_a_browser_the_screen_for_a_year_and_staff_see_it(house: House):
    async with house.staff() as clerk, house.client() as wall:
        screen, code = await made(clerk)
        assert (await typed(wall, f" {code.lower()} "))[:2] == (303, SCREEN)
        [cookie] = wall.cookie_jar
        assert int(cookie["max-age"]) == LIFETIME.total_seconds()
        text = await text_of(wall, SCREEN)
        assert "Revenue" in text
        assert not re.search(r"<(form|button|input|a)\\b", text)
        page = await text_of(clerk, "/dashboard/screens")
        assert "last seen" in page
        assert code_on(page, screen) == "", "a code that was used is shown no more"
        async with wall.get("/screen", allow_redirects=False) as answer:
            assert answer.headers["Location"] == SCREEN


async def test_a_screen_outlives_usual_sessions_and_each_look_begins_its_year_anew(house: House):
    async with house.staff() as clerk, house.client() as wall:
        await typed(wall, (await made(clerk))[1])
        for _ in range(3):
            house.clock.advance(days=200)
            await text_of(wall, SCREEN)
        house.clock.advance(days=366)
        async with wall.get(SCREEN, allow_redirects=False) as answer:
            assert (answer.status, answer.headers["Location"]) == (303, "/screen")


async def test_a_code_is_good_once_and_not_for_long(house: House):
    async with house.staff() as clerk, house.client() as wall, house.client() as other:
        screen, code = await made(clerk)
        await typed(wall, code)
        status, _, text = await typed(other, code)
        assert (status, "No screen waits for this code" in text) == (422, True)
        assert f'value="{code}"' in text, "what was typed is kept"
        await change(clerk, screen, "code")
        code = code_on(await text_of(clerk, "/dashboard/screens"), screen)
        house.clock.advance(seconds=CODE_GOOD.total_seconds() + 1)
        assert (await typed(other, code))[0] == 422
        assert code_on(await text_of(clerk, "/dashboard/screens"), screen) == ""
        await text_of(wall, SCREEN)


@pytest.mark.parametrize("code", ["", "K7QM", "K7QM-2X4D-K7QM", "\u0665" * 8, "<script>", "K7QM2X4U"])
async def test_what_is_no_code_is_refused_with_words_and_kept(house: House, code: str):
    async with house.client() as wall:
        status, _, text = await typed(wall, code)
        assert status == 422
        assert "eight letters and digits, such as" in text
        assert "<script>" not in text.partition("<form")[2]


@pytest.mark.parametrize("name", ["", "  ", "x" * 61, "a\x07b"])
async def test_a_screen_needs_a_name(house: House, name: str):
    async with house.staff() as clerk, clerk.post("/dashboard/screens", data={"name": name}) as answer:
        assert answer.status == 422
        assert 'aria-invalid="true"' in await answer.text()


async def test_signing_out_closes_its_socket_at_once_and_the_page_says_how_to_come_back(house: House):
    async with house.staff() as clerk, house.client() as wall:
        screen, code = await made(clerk)
        await typed(wall, code)
        async with wall.ws_connect("/live", protocols=[SUBPROTOCOL]) as socket:
            await socket.send_str('{"id":1,"op":"hello"}')
            assert json.decode((await socket.receive()).data)["ok"]["viewer"]
            assert "Showing now" in await text_of(clerk, "/dashboard/screens")
            assert await change(clerk, screen, "out") == 303
            async with asyncio.timeout(WAIT_SECONDS):
                closed = await socket.receive()
            assert (closed.type, socket.close_code) == (aiohttp.WSMsgType.CLOSE, CloseCode.SESSION_ENDED)
        async with wall.get(SCREEN, allow_redirects=False) as answer:
            assert (answer.status, answer.headers["Location"]) == (303, "/screen")
        text = await text_of(wall, "/screen?out=1")
        assert "This screen was signed out" in text
        assert 'name="code"' in text
        assert "Signed out" in await text_of(clerk, "/dashboard/screens")
        assert await change(clerk, screen, "remove") == 303
        assert "None yet." in await text_of(clerk, "/dashboard/screens")
        assert await change(clerk, screen, "out") == 404


async def test_a_clerk_who_makes_this_browser_the_screen_is_signed_out_here(house: House):
    async with house.staff() as clerk, house.staff() as wall:
        assert (await typed(wall, (await made(clerk))[1]))[:2] == (303, SCREEN)
        async with wall.get("/dashboard/stock") as answer:
            assert answer.status == 403
        await text_of(clerk, "/dashboard/stock")


async def test_codes_can_not_be_tried_through(house: House):
    limits: Any = house.app[LIMITS]
    vars(limits).update(vars(Limits(lambda: 1000.0)))
    async with house.client() as wall:
        statuses = [(await typed(wall, "K7QM2X4D"))[0] for _ in range(12)]
        assert statuses == [422] * 10 + [429] * 2
