"""Bad input over HTTP: each piece of it gets the refusal that is documented, and never a 500."""

import asyncio
import re
from typing import Any

import pytest

from handlers import bodies
from handlers.routes import ROUTES
from handlers.routes_api import OPERATIONS
from tests.attack.knocking import Knocker, raw, request_bytes, status_of
from tests.house import DETAILS, House

pytestmark = pytest.mark.asyncio(loop_scope="module")

JSON = {"Content-Type": "application/json"}
LINES = "/api/v1/cart/lines"
SAFE = {"GET", "HEAD"}
EVIL = "evil.example"

BROKEN_JSON = {
    "half an object": b"{",
    "nothing at all": b"",
    "a list": b"[]",
    "null": b"null",
    "not utf-8": b'{"variant": "\xff\xfe", "quantity": 1}',
    "half a character": b'{"variant": "\\ud800", "quantity": 1}',
    "NaN": b'{"variant": "x", "quantity": NaN}',
    "too deep": b"[" * 30_000,
    "a missing field": b'{"variant": "x"}',
    "an unknown field": b'{"variant": "x", "quantity": 1, "coupon": "FREE"}',
    "a price": b'{"variant": "x", "quantity": 1, "price": 1}',
    "a number for text": b'{"variant": 7, "quantity": 1}',
    "text for a number": b'{"variant": "x", "quantity": "2"}',
    "a fraction": b'{"variant": "x", "quantity": 1.5}',
    "truth for a number": b'{"variant": "x", "quantity": true}',
    "null for a number": b'{"variant": "x", "quantity": null}',
}


@pytest.mark.parametrize("body", BROKEN_JSON.values(), ids=BROKEN_JSON)
async def test_broken_json_is_malformed(guest: Knocker, body: bytes):
    answer = await guest.post(LINES, data=body, headers=JSON)
    assert answer.refusal == (400, "malformed_body")


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "multipart/form-data", "application/jsonx", ""])
async def test_only_json_is_json(guest: Knocker, kind: str):
    answer = await guest.post(LINES, data=b'{"variant": "x", "quantity": 1}', headers={"Content-Type": kind})
    assert answer.refusal == (400, "malformed_body")


@pytest.mark.parametrize("quantity", [-1, 0, 100, 10**9, 2**63, 10**30, -(10**30)])
async def test_a_quantity_that_can_not_be_names_its_field(guest: Knocker, quantity: int):
    variant = await guest.variant()
    answer = await guest.post(LINES, json={"variant": variant, "quantity": quantity})
    assert answer.refusal == (422, "invalid_fields")
    assert "quantity" in answer.problem["fields"]
    form = await guest.post("/cart", data={"variant": variant, "quantity": str(quantity)})
    assert form.status == 422


@pytest.mark.parametrize("quantity", ["", "two", "1.5", "1e3", "9" * 5000, "0x10", "%00"])
async def test_a_form_with_no_number_is_refused(guest: Knocker, quantity: str):
    assert (await guest.post("/cart", data={"variant": await guest.variant(), "quantity": quantity})).status == 400


@pytest.mark.parametrize("variant", ["", "no-such", "x" * 5000, "\0", "' OR 1=1 --", "../../etc/passwd", "ключ"])
async def test_a_variant_that_is_not_there_is_not_found(guest: Knocker, variant: str):
    assert (await guest.post(LINES, json={"variant": variant, "quantity": 1})).status in (404, 422)
    assert (await guest.post("/cart", data={"variant": variant, "quantity": 1})).status in (404, 422)


@pytest.mark.parametrize("path", ["/cart", "/cart/lines", "/checkout", "/login", "/register", "/logout"])
async def test_forms_know_their_fields(guest: Knocker, path: str):
    answer = await guest.post(path, data={"price": "1", "total": "1", "role": "staff"})
    assert answer.status == 400


async def test_a_price_from_outside_counts_for_nothing(guest: Knocker):
    variant = await guest.variant()
    assert (await guest.post("/cart", data={"variant": variant, "quantity": 1, "price": 1})).status == 400
    assert (await guest.post(LINES, json={"variant": variant, "quantity": 1})).status == 200
    for extra in ({"total": 1}, {"price": 1}, {"lines": []}, {"currency": "JPY"}):
        answer = await guest.post("/api/v1/checkout", json=DETAILS | extra, headers={"Idempotency-Key": "k"})
        assert answer.refusal == (400, "malformed_body")
        assert list(extra) == list(answer.problem["fields"])


async def test_a_checkout_needs_a_key_that_fits(guest: Knocker):
    await guest.post(LINES, json={"variant": await guest.variant(), "quantity": 1})
    assert (await guest.post("/api/v1/checkout", json=DETAILS)).refusal == (400, "missing_command_id")
    for key in ("x" * 129, "ключ"):
        answer = await guest.post("/api/v1/checkout", json=DETAILS, headers={"Idempotency-Key": key})
        assert answer.refusal == (422, "invalid_fields")


@pytest.mark.parametrize("field", DETAILS)
@pytest.mark.parametrize("value", ["", "\0", "a\r\nBcc: all@example.com", "x" * 300, "\x1b[31m@a.bc"])
async def test_details_that_make_no_sense_name_their_field(guest: Knocker, field: str, value: str):
    await guest.post(LINES, json={"variant": await guest.variant(), "quantity": 1})
    answer = await guest.post("/api/v1/checkout", json=DETAILS | {field: value}, headers={"Idempotency-Key": "k"})
    assert answer.refusal == (422, "invalid_fields")
    assert list(answer.problem["fields"]) == (["country"] if field == "country" else [field])


async def test_a_foreign_order_and_none_at_all_look_the_same(shop: House, guest: Knocker, customer: Knocker):
    await guest.post(LINES, json={"variant": await guest.variant(), "quantity": 1})
    placed = await guest.post("/api/v1/checkout", json=DETAILS, headers={"Idempotency-Key": "k"})
    number = re.findall(r'"number":"(\w{8})"', placed.text)[0]
    assert (await guest.get(f"/orders/{number}")).status == 200
    async with shop.client() as session:
        for stranger in (customer, Knocker(shop, session)):
            for method, path in (("GET", "/api/v1/orders/{}"), ("POST", "/api/v1/orders/{}/payments")):
                foreign, nothing = [await stranger.ask(method, path.format(n)) for n in (number, "00000000")]
                assert foreign.refusal == (404, "not_found")
                assert foreign.text == nothing.text
            for path in ("/orders/{}", "/orders/{}/pay"):
                pages = [(await stranger.get(path.format(n))) for n in (number, "00000000")]
                assert [page.status for page in pages] == [404, 404]
                assert _main(pages[0].text) == _main(pages[1].text)
            assert "Oudburg" not in (await stranger.get(f"/orders/{number}")).text


META = [
    "'", '"', "';DROP TABLE products;--", '" OR 1=1', "*", "a*", '"unclosed', "NEAR(a b)", "a AND", "OR", "NOT", "col:x",
    "{x y}:z", "^mug", "mug -", "()", "((((", "%", "_", "\\", "\0", "a\0b", "\u202e", "🫖" * 50, "x" * 8000, "a " * 3000,
    "<script>alert(1)</script>", "{{7*7}}", "${7*7}", "%00", "𝕸𝖚𝖌", "\ud7ff", "ﷺ" * 100,
]  # fmt: skip


@pytest.mark.parametrize("query", META, ids=range(len(META)))
async def test_search_takes_any_text_as_words(guest: Knocker, query: str):
    for path in ("/search", "/api/v1/products", "/api/v1/suggest"):
        async with guest.session.get(path, params={"q": query}) as response:
            text = await response.text()
            assert response.status in (200, 400, 414, 422), (path, text[:300])
            assert "<script>alert" not in text or "json" in response.content_type
            assert "49" not in _main(text) or "7*7" not in query


@pytest.mark.parametrize("name", ["from", "to", "page", "sort", "category", "maker", "stock"])
@pytest.mark.parametrize("value", ["-1", "NaN", "sNaN", "Infinity", "9e999999", "1e-999999", "9" * 5000, "\0", "'", "１"])
async def test_filters_take_what_makes_no_sense_as_not_said(guest: Knocker, name: str, value: str):
    async with guest.session.get("/search", params={"q": "mug", name: value}) as response:
        assert response.status == 200
    async with guest.session.get("/c/table", params={name: value}) as response:
        assert response.status in (200, 404)


@pytest.mark.parametrize("path", ["/p/{}", "/c/{}", "/orders/{}", "/o/{}", "/about/{}", "/api/v1/products/{}", "/static/{}"])
@pytest.mark.parametrize("name", ["%00", "%FF%FE", "..", "%2e%2e%2f%2e%2e", "a" * 2000, "%27%20OR%201=1", "%0d%0aX:1"])
async def test_names_that_are_not_there_are_not_found(guest: Knocker, path: str, name: str):
    assert (await guest.get(path.format(name))).status == 404


@pytest.mark.parametrize(
    "tail",
    [
        b"x/../../../../etc/passwd", b"x/%2e%2e/%2e%2e/%2e%2e/etc/passwd", b"x/..%2f..%2f..%2fetc/passwd", b"x//etc/passwd",
        b"x/..%5c..%5cetc%5cpasswd", b"x/%252e%252e/etc/passwd", b"x/css/shop.css%00.svg", b"x/./css/../../run.py",
        b"x/%c0%ae%c0%ae/etc/passwd", b"x/css/", b"x/.git/config", b"../run.py", b"..%2frun.py",
    ],
)  # fmt: skip
async def test_no_path_leads_out_of_the_static_files(shop: House, tail: bytes):
    answered = await raw(shop, request_bytes(b"/static/" + tail))
    assert status_of(answered) in (400, 404)
    assert b"root:" not in answered
    assert b"front door" not in answered


async def test_a_body_that_is_too_large_is_refused_unread(guest: Knocker):
    async def endless():
        for _ in range(300):
            yield b" " * 1024

    for path, headers in ((LINES, JSON), ("/login", {"Content-Type": "application/x-www-form-urlencoded"})):
        for body in (b" " * 100_000, endless()):
            answer = await guest.post(path, data=body, headers=headers)
            assert answer.status == 413
    assert (await guest.post(LINES, data=b" " * 100_000, headers=JSON)).refusal == (413, "too_large")


async def test_headers_that_are_too_large_are_refused(shop: House, guest: Knocker):
    for header in (b"X-Long: " + b"a" * 100_000, b"Cookie: session=" + b"a" * 60_000, b"\r\n".join([b"X-A: b"] * 5000)):
        answered = await raw(shop, request_bytes(b"/", header))
        assert status_of(answered) in (0, 400, 431)
        assert b"Traceback" not in answered
    assert (await guest.get("/")).status == 200


@pytest.mark.parametrize("line", [b"GET / HTTP/9.9", b"\0\0\0", b"GET /\x00 HTTP/1.1", b"G\xffT / HTTP/1.1", b"GET http://["])
async def test_what_is_no_http_is_no_bug(shop: House, line: bytes):
    answered = await raw(shop, line + b"\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    assert status_of(answered) in (0, 400, 404)
    assert b"Traceback" not in answered


async def test_smuggled_lengths_are_refused(shop: House):
    both = (b"Content-Length: 5", b"Transfer-Encoding: chunked", b"Content-Type: application/json")
    answered = await raw(shop, request_bytes(LINES.encode(), *both, method=b"POST") + b"0\r\n\r\nGET / HTTP/1.1\r\n\r\n")
    assert status_of(answered) == 400


async def test_a_body_that_does_not_come_is_not_waited_for(shop: House, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(bodies, "BODY_SECONDS", 0.2)
    headers = (b"Content-Type: application/json", b"Content-Length: 40")
    answered = await raw(shop, request_bytes(LINES.encode(), *headers, method=b"POST") + b'{"variant"')
    assert status_of(answered) == 400
    assert b"did not arrive" in answered


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
    for method in {"GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "BREW"} - allowed:
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
    own = ({}, {"Origin": shop.url}, {"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"})
    for headers in own:
        assert (await guest.post("/api/v1/cart/agree", headers=headers)).status == 200
    token = await guest.post("/api/v1/cart/agree", headers={"Authorization": "Bearer x", "Origin": f"https://{EVIL}"})
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
    "/\u2028/evil.example", "evil.example", "@evil.example", "\0//evil.example", "/x\r\nSet-Cookie: a=b", "/" + "a" * 600,
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


STAFF_PAGES = ["/dashboard", "/dashboard?screen=1", "/dashboard/stock", "/dashboard/orders/K7QM2X4D"]


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


PAGES = [filled(route.path) for route in ROUTES if route.method == "GET"] + ["/p/harbour-mug", "/search?q=mug", "/nowhere"]
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
        for word in ("default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"):
            assert word in policy
        assert "unsafe" not in policy
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert "Permissions-Policy" in headers
    if path.startswith(PRIVATE):
        assert "no-store" in headers["Cache-Control"]
    elif not path.startswith("/static/"):
        assert "public" not in headers["Cache-Control"]


async def test_what_people_type_is_text_on_every_page(guest: Knocker):
    evil = '"><script>alert(1)</script>'
    await guest.post("/cart", data={"variant": await guest.variant(), "quantity": 1})
    form = DETAILS | {"name": evil, "street": evil, "town": evil, "email": evil, "command": "c"}
    pages = [await guest.post("/checkout", data=form), await guest.post("/login", data={"email": evil, "password": evil})]
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


def _main(page: str) -> str:
    """The page without what differs by address and request."""
    return re.sub(r"(next|action|href|path)=\"[^\"]*\"|[0-9A-Z]{10}", "", page)
