"""Doors under attack: other sites, other hosts, other methods, redirects elsewhere, and the headers on every answer."""

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest

from handlers.routes import ROUTES
from handlers.routes_api import OPERATIONS
from tests.attack.knocking import Knocker, raw, request_bytes, status_of
from tests.house import DETAILS, House, open_house

pytestmark = pytest.mark.asyncio(loop_scope="module")

LINES = "/api/v1/cart/lines"
SAFE = {"GET", "HEAD"}
EVIL = "evil.example"


def paths() -> dict[str, set[str]]:
    """Every address of the shop with names filled in, and the methods it takes."""
    found: dict[str, set[str]] = {}
    for route in ROUTES:
        found.setdefault(filled(route.path), set()).add(route.method)
    return found


def filled(path: str) -> str:
    return re.sub(r"{\w+(:[^}]*)?}", "x", path)


@pytest.mark.parametrize("path", paths())
async def test_a_method_that_an_address_does_not_take_is_named(guest: Knocker, path: str):
    allowed = paths()[path]
    for method in {"GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"} - allowed:
        answer = await guest.ask(method, path)
        assert answer.status == 405, (method, answer.text[:200])
        assert allowed - {"*"} <= set(answer.headers["Allow"].split(","))


UNSAFE = [(route.method, filled(route.path)) for route in ROUTES if route.method not in SAFE]
FOREIGN: dict[str, dict[str, str]] = {
    "cross-site": {"Sec-Fetch-Site": "cross-site"},
    "same-site": {"Sec-Fetch-Site": "same-site"},
    "cross-site with the right Origin": {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"},
    "odd": {"Sec-Fetch-Site": "sideways"},
    "another origin": {"Origin": f"https://{EVIL}"},
    "another port": {"Origin": "http://localhost:1"},
    "the bank": {"Origin": "http://127.0.0.1:8081"},
    "null": {"Origin": "null"},
    "empty": {"Origin": ""},
    "half": {"Origin": "http://["},
    "looks alike": {"Origin": f"http://localhost.{EVIL}"},
    "a token and a cookie": {"Authorization": "Bearer x", "Cookie": "session=x", "Origin": f"https://{EVIL}"},
}


@pytest.mark.parametrize(("method", "path"), [pair for pair in UNSAFE if not pair[1].startswith("/webhooks/")])
async def test_other_sites_change_nothing(staff: Knocker, method: str, path: str):
    for headers in FOREIGN.values():
        answer = await staff.ask(method, path, headers=headers | {"Accept": "application/json"})
        assert answer.refusal == (403, "foreign_origin"), headers
    assert (await staff.get("/api/v1/me")).status == 200


async def test_our_own_pages_and_tokens_pass(shop: House, guest: Knocker):
    own: tuple[dict[str, str], ...] = (
        {},
        {"Origin": shop.url},
        {"Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
    )
    for headers in own:
        assert (await guest.ask("DELETE", f"{LINES}/x", headers=headers)).status == 200
    foreign = {"Authorization": "Bearer x", "Origin": f"https://{EVIL}"}
    token = await guest.ask("DELETE", f"{LINES}/x", headers=foreign)
    assert token.refusal == (401, "unauthenticated")


async def test_links_never_use_the_host_header(guest: Knocker):
    await guest.post(LINES, json={"variant": await guest.variant(), "quantity": 1})
    placed = await guest.post("/api/v1/checkout", json=DETAILS, headers={"Idempotency-Key": "k", "Host": EVIL})
    assert placed.status == 201
    pages = ["/", "/search?q=mug", "/p/harbour-mug", "/sitemap.xml", "/robots.txt", "/cart", "/nothing", "/account"]
    pages += ["/api/v1/products/harbour-mug", "/dashboard", "/login", "/openapi.json", "/asyncapi.json"]
    for headers in ({"Host": EVIL}, {"Host": f"{EVIL}:80@localhost"}, {"X-Forwarded-Host": EVIL}):
        for path in pages:
            answer = await guest.get(path, headers=headers)
            assert EVIL not in answer.text + str(answer.headers), path
    assert EVIL not in placed.text


ELSEWHERE = [
    "//evil.example", "/\\evil.example", "\\\\evil.example", "http://evil.example", "https:evil.example", "javascript:alert(1)",
    "//evil.example/%2f..", "/\t/evil.example", "/\n/evil.example", " //evil.example", "///evil.example", "http:evil.example",
    "/\u2028/evil.example", "evil.example", "@evil.example", "\x1f//evil.example", "/x\r\nSet-Cookie: a=b", "/" + "a" * 600,
]  # fmt: skip


@pytest.mark.parametrize("address", ELSEWHERE, ids=range(len(ELSEWHERE)))
async def test_logging_in_leads_to_no_other_site(shop: House, guest: Knocker, address: str):
    form = {"email": "clerk@shop.example", "password": shop.staff_password, "next": address}
    answer = await guest.post("/login", data=form)
    assert (answer.status, answer.headers["Location"]) == (303, "/dashboard")
    async with shop.client() as session, session.get("/login", params={"next": address}) as page:
        assert "evil.example" not in await page.text()


async def test_a_path_of_ours_is_gone_on_to(shop: House, guest: Knocker):
    form = {"email": "clerk@shop.example", "password": shop.staff_password, "next": "/search?q=a%20b&page=2"}
    assert (await guest.post("/login", data=form)).headers["Location"] == "/search?q=a%20b&page=2"


STAFF_PAGES = ["/dashboard", "/dashboard/stock", "/dashboard/orders/K7QM2X4D"]
STAFF_PAGES += ["/dashboard/orders", "/dashboard/orders.csv", "/dashboard/customers"]
STAFF_PAGES += ["/dashboard/screens"]


@pytest.mark.parametrize("path", STAFF_PAGES)
async def test_staff_pages_are_for_staff(guest: Knocker, customer: Knocker, staff: Knocker, path: str):
    sent = await guest.get(path)
    assert sent.status == 303
    assert sent.headers["Location"].startswith("/login?next=/dashboard")
    assert (await customer.get(path)).status == 403
    assert (await staff.get(path)).status in (200, 303, 404)
    form = {"variant": "x", "on_hand": "1", "expected": "1"}
    assert (await guest.post("/dashboard/stock", data=form)).status == 401
    assert (await customer.post("/dashboard/stock", data=form)).status == 403


@pytest.mark.parametrize("operation", [op for op in OPERATIONS if op.whom == "staff"], ids=lambda op: op.name)
async def test_staff_operations_are_for_staff(guest: Knocker, customer: Knocker, operation: Any):
    path = filled(operation.path)
    assert (await guest.ask(operation.method, path)).refusal == (401, "unauthenticated")
    assert (await customer.ask(operation.method, path)).refusal == (403, "forbidden")


@pytest.mark.parametrize("number", [2**63, -(2**63), 10**40])
async def test_numbers_beyond_every_column_are_refused(staff: Knocker, number: int):
    variant = await staff.variant()
    for edit in ({"on_hand": number, "expected": 1}, {"on_hand": 1, "expected": number}):
        assert (await staff.ask("PUT", f"/api/v1/stock/{variant}", json=edit)).status in (409, 422)
    price = {"amount": number, "currency": "EUR"}
    assert (await staff.ask("PUT", f"/api/v1/variants/{variant}/price", json=price)).status == 422
    form = {"variant": variant, "on_hand": "1", "expected": str(number)}
    assert (await staff.post("/dashboard/stock", data=form)).status in (400, 409)


PAGES = ["/p/harbour-mug", "/search?q=mug", "/nowhere"]
PAGES += [filled(route.path) for route in ROUTES if route.method == "GET"]
PRIVATE = ("/cart", "/account", "/checkout", "/orders", "/dashboard", "/login", "/register", "/logout")


@pytest.mark.parametrize("path", PAGES)
async def test_every_answer_wears_its_headers(staff: Knocker, path: str):
    answer = await staff.get(path)
    headers = answer.headers
    assert answer.status != 500
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    if headers.get("Content-Type", "").startswith("text/html"):
        policy = headers["Content-Security-Policy"]
        for word in ("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"):
            assert word in policy
        assert "unsafe" not in policy
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert "Permissions-Policy" in headers
    if path.startswith(PRIVATE):
        assert "no-store" in headers["Cache-Control"]
    elif headers.get("Content-Type", "").startswith("text/html"):
        assert "public" not in headers["Cache-Control"]


async def test_what_people_type_is_text_on_every_page(guest: Knocker):
    evil = '"><script>alert(1)</script>'
    await guest.post("/cart", data={"variant": await guest.variant(), "quantity": 1})
    form = DETAILS | {"name": evil, "street": evil, "town": evil, "email": evil, "command": "c"}
    pages = [await guest.post("/checkout", data=form)]
    pages.append(await guest.post("/login", data={"email": evil, "password": evil}))
    pages.append(await guest.post("/register", data={"email": evil, "name": evil, "password": evil, "next": evil}))
    fine = DETAILS | {"name": evil, "street": evil, "town": evil, "command": "d"}
    placed = await guest.post("/checkout", data=fine)
    pages.append(await guest.get(placed.headers["Location"].removesuffix("/pay")))
    for page in pages:
        assert "<script>alert" not in page.text
        assert "alert(1)" in page.text


async def test_a_hundred_half_requests_keep_nobody_out(shop: House, guest: Knocker):
    connections = [await asyncio.open_connection("localhost", shop.settings.port) for _ in range(100)]
    try:
        for _, writer in connections:
            writer.write(b"POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n")
        assert (await guest.get("/")).status == 200
    finally:
        for _, writer in connections:
            writer.close()


async def test_metrics_are_for_who_brings_the_token(tmp_path: Path):
    async with open_house(tmp_path, metrics_token="let me see") as house:
        for token, status in (
            (b"let me see", 200),
            (b"", 403),
            (b"let me", 403),
            (b"\xff\xfe", 403),
            (b"\xc3\xa9", 403),
        ):
            answered = await raw(house, request_bytes(b"/metrics", b"Authorization: Bearer " + token))
            assert status_of(answered) == status
