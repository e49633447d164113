"""A screen's session under attack: whoever takes the device off the wall sees that page and nothing else, and changes nothing."""

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from msgspec import json

from handlers.routes import ROUTES
from handlers.visitors import SCREEN_DOORS
from live.protocol import SUBPROTOCOL
from live.topics import SCREEN as SCREEN_TOPICS
from tests.attack.knocking import Knocker
from tests.attack.test_doors import filled
from tests.handlers.test_screens import change, made, typed
from tests.house import DETAILS, House

pytestmark = pytest.mark.asyncio(loop_scope="module")

# They look at no session: files, machines' pages, and what is signed by others.
NOBODYS: tuple[str, ...] = (
    "/static/",
    "/healthz",
    "/readyz",
    "/metrics",
    "/robots.txt",
    "/sitemap.xml",
    "/favicon.ico",
)
NOBODYS += ("/webhooks/", "/asyncapi.json", "/openapi.json", "/load/")
ELSEWHERE = sorted(
    {
        (route.method, filled(route.path))
        for route in ROUTES
        if (route.method, route.path) not in SCREEN_DOORS and not route.path.startswith(NOBODYS)
    }
)


@pytest_asyncio.fixture(loop_scope="module")
async def wall(shop: House, staff: Knocker) -> AsyncIterator[Knocker]:
    """A device that is a screen."""
    async with shop.client() as session:
        screen, code = await made(staff.session)
        await typed(session, code)
        yield Knocker(shop, session)
        await change(staff.session, screen, "remove")


@pytest.mark.parametrize(("method", "path"), ELSEWHERE)
async def test_a_screen_is_refused_everywhere_else(wall: Knocker, guest: Knocker, method: str, path: str):
    """Or is told what any stranger is told, where nobody asks who is there."""
    answer, strangers = await wall.ask(method, path), await guest.ask(method, path)
    if answer.status != 403:
        assert answer.status == strangers.status
        assert answer.status in (400, 404, 415, 422) or answer.text == strangers.text
        assert strangers.status != 303, "whoever is asked to sign in is asked by who they are"
    assert "Set-Cookie" not in answer.headers
    assert (await wall.get("/dashboard?screen=1")).status == 200, "and stays a screen"


FORMS: dict[str, dict[str, str]] = {
    "/cart": {"variant": "x", "quantity": "1"},
    "/cart/lines": {"variant": "x", "quantity": "1"},
    "/checkout": DETAILS | {"command": "c"},
    "/login": {"email": "clerk@shop.example", "password": "wrong"},
    "/register": {"name": "Noor", "email": "wall@example.com", "password": "a few good words"},
    "/dashboard/stock": {"variant": "x", "on_hand": "1", "expected": "1"},
    "/dashboard/stock/x/low": {"low_at": "1", "expected": "5"},
    "/dashboard/screens": {"name": "Another"},
    "/dashboard/screens/x": {"do": "code"},
}


@pytest.mark.parametrize("path", FORMS)
async def test_a_screen_changes_nothing_by_any_form(wall: Knocker, path: str):
    assert (await wall.post(path, data=FORMS[path])).status == 403


async def test_a_screen_changes_nothing_by_the_api(wall: Knocker, staff: Knocker):
    variant = await staff.variant()
    number = json.decode((await staff.get("/api/v1/stock")).text)["variants"][0]["on_hand"]
    stock = {"on_hand": 99, "expected": number}
    calls: list[tuple[str, str, Any]] = [
        ("POST", "/api/v1/cart/lines", {"variant": variant, "quantity": 1}),
        ("PUT", f"/api/v1/stock/{variant}", stock),
        ("POST", "/api/v1/session", {"email": "clerk@shop.example", "password": wall.house.staff_password}),
        ("POST", "/api/v1/checkout", DETAILS),
    ]
    for method, path, body in calls:
        assert (await wall.ask(method, path, json=body)).refusal == (403, "forbidden"), path


@pytest.mark.parametrize(
    "way", ["/dashboard", "/dashboard?screen=2", "/dashboard?screen=", "/dashboard?day=2026-11-20&screen=0"]
)
async def test_the_dashboards_door_lets_a_screen_see_its_own_page_only(wall: Knocker, way: str):
    assert (await wall.get(way)).status == 403


async def test_its_secret_is_no_better_as_a_token(shop: House, wall: Knocker):
    async with shop.client() as session:
        thief = Knocker(shop, session)
        token = {"Authorization": f"Bearer {wall.secret}"}
        for path in ("/api/v1/me", "/api/v1/orders", "/api/v1/session", "/api/v1/cart", "/dashboard/stock"):
            assert (await thief.get(path, headers=token)).status == 403


async def test_the_socket_tells_a_screen_its_own_topics_and_nothing_of_any_person(wall: Knocker, staff: Knocker):
    variant = await staff.variant()
    await staff.post("/api/v1/cart/lines", json={"variant": variant, "quantity": 1})
    placed = await staff.post("/api/v1/checkout", json=DETAILS, headers={"Idempotency-Key": "screen"})
    number = json.decode(placed.text)["number"]
    others = ["dashboard/stock", "me/cart", f"me/orders/{number}", f"stock/{variant}", "product/harbour-mug"]
    async with wall.session.ws_connect("/live", protocols=[SUBPROTOCOL]) as socket:
        await socket.send_str('{"id":1,"op":"hello"}')
        topics = dict.fromkeys([*SCREEN_TOPICS, *others])
        await socket.send_str(json.encode({"id": 2, "op": "sub", "topics": topics}).decode())
        heard: list[str] = []
        while len(heard) < 2 + len(SCREEN_TOPICS):
            heard.append(str((await socket.receive(10)).data))
        told = [json.decode(text) for text in heard]
        assert told[1]["ok"]["refused"] == dict.fromkeys(others, "forbidden")
        assert {message.get("t") for message in told[2:]} == SCREEN_TOPICS
        assert number in str(told)
        # Whole words: a moment in milliseconds may well have a postcode's digits in it.
        personal = [word for word in DETAILS.values() if len(word) > 2 and word != "door"]
        assert [word for word in personal if re.search(rf"\b{re.escape(word)}\b", str(told))] == []


async def test_the_page_tells_nothing_of_any_person(wall: Knocker):
    text = (await wall.get("/dashboard?screen=1")).text
    for field in ("email", "name", "street", "town"):
        assert DETAILS[field] not in text


async def test_a_session_without_its_screen_is_nobodys(shop: House, staff: Knocker):
    async with shop.client() as session:
        screen, code = await made(staff.session, "Soon gone")
        await typed(session, code)
        stolen = Knocker(shop, session)
        secret = stolen.secret
        assert (await staff.post(f"/dashboard/screens/{screen}", data={"do": "remove"})).status == 303
        for headers in ({"Cookie": f"session={secret}"}, {"Authorization": f"Bearer {secret}"}):
            answer = await stolen.get("/dashboard?screen=1", headers=headers)
            assert answer.status == 303
            assert answer.headers["Location"] == "/screen"


async def test_another_site_can_make_no_browser_a_screen(guest: Knocker, staff: Knocker):
    _, code = await made(staff.session, "Lured")
    foreign = {"Origin": "https://evil.example"}
    assert (await guest.post("/screen", data={"code": code}, headers=foreign)).status == 403
    assert (await guest.get(f"/screen?code={code}")).status == 200
    assert guest.secret == ""
