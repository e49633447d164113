"""Bad input over HTTP: each piece of it gets the refusal that is documented, and never a 500."""

import gzip
import re
from typing import Any

import pytest

from handlers import bodies
from tests.attack.knocking import Knocker, raw, request_bytes, status_of
from tests.house import DETAILS, House

pytestmark = pytest.mark.asyncio(loop_scope="module")

JSON = {"Content-Type": "application/json"}
LINES = "/api/v1/cart/lines"

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
    answer = await guest.post("/cart", data={"variant": await guest.variant(), "quantity": quantity})
    assert answer.status in (400, 422)


@pytest.mark.parametrize("variant", ["", "no-such", "x" * 5000, "\0", "' OR 1=1 --", "../../etc/passwd", "ключ"])
async def test_a_variant_that_is_not_there_is_not_found(guest: Knocker, variant: str):
    assert (await guest.post(LINES, json={"variant": variant, "quantity": 1})).status in (404, 422)
    assert (await guest.post("/cart", data={"variant": variant, "quantity": 1})).status in (400, 404, 422)


@pytest.mark.parametrize("path", ["/cart", "/cart/lines", "/checkout", "/login", "/register", "/logout"])
async def test_forms_know_their_fields(guest: Knocker, path: str):
    answer = await guest.post(path, data={"price": "1", "total": "1", "role": "staff"})
    assert answer.status == 400


async def test_a_price_from_outside_counts_for_nothing(guest: Knocker):
    variant = await guest.variant()
    assert (await guest.post("/cart", data={"variant": variant, "quantity": 1, "price": 1})).status == 400
    assert (await guest.post(LINES, json={"variant": variant, "quantity": 1})).status == 200
    extras: list[dict[str, Any]] = [{"total": 1}, {"price": 1}, {"lines": []}, {"currency": "JPY"}]
    for extra in extras:
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
    "<script>alert(1)</script>", "{{1234*5678}}", "${1234*5678}", "%00", "𝕸𝖚𝖌", "\ud7ff", "ﷺ" * 100,
]  # fmt: skip


@pytest.mark.parametrize("query", META, ids=range(len(META)))
async def test_search_takes_any_text_as_words(guest: Knocker, query: str):
    for path in ("/search", "/api/v1/products", "/api/v1/suggest"):
        async with guest.session.get(path, params={"q": query}) as response:
            text = await response.text()
            assert response.status in (200, 400, 414, 422), (path, text[:300])
            assert "<script>alert" not in text or "json" in response.content_type
            assert "7006652" not in text


@pytest.mark.parametrize("name", ["from", "to", "page", "sort", "category", "maker", "stock"])
@pytest.mark.parametrize("value", ["-1", "NaN", "sNaN", "Infinity", "9e999999", "1e-999999", "9" * 5000, "\0", "'"])
async def test_filters_take_what_makes_no_sense_as_not_said(guest: Knocker, name: str, value: str):
    async with guest.session.get("/search", params={"q": "mug", name: value}) as response:
        assert response.status == 200
    async with guest.session.get("/c/table", params={name: value}) as response:
        assert response.status in (200, 404)


@pytest.mark.parametrize("path", ["/p/{}", "/c/{}", "/orders/{}", "/o/{}", "/about/{}", "/api/v1/products/{}", "/x/{}"])
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


@pytest.mark.parametrize(
    "packed", [b"\x1f\x8bnothing of it", gzip.compress(b"{}") + b"more"], ids=["no gzip", "more after it"]
)
async def test_a_body_that_is_not_packed_as_it_says_is_malformed(guest: Knocker, packed: bytes):
    packing = {"Content-Encoding": "gzip"}
    assert (await guest.post(LINES, data=packed, headers=JSON | packing)).refusal == (400, "malformed_body")
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert (await guest.post("/login", data=packed, headers=form | packing)).status == 400


async def test_headers_that_are_too_large_are_refused(shop: House, guest: Knocker):
    for header in (b"X-Long: " + b"a" * 100_000, b"Cookie: session=" + b"a" * 60_000, b"\r\n".join([b"X-A: b"] * 5000)):
        answered = await raw(shop, request_bytes(b"/", header))
        assert status_of(answered) in (0, 400, 431)
        assert b"Traceback" not in answered
    assert (await guest.get("/")).status == 200


@pytest.mark.parametrize(
    "line", [b"GET / HTTP/9.9", b"\0\0\0", b"GET /\x00 HTTP/1.1", b"G\xffT / HTTP/1.1", b"GET http://["]
)
async def test_what_is_no_http_is_no_bug(shop: House, line: bytes):
    answered = await raw(shop, line + b"\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    assert status_of(answered) in (0, 400, 404)
    assert b"Traceback" not in answered


async def test_smuggled_lengths_are_refused(shop: House):
    both = (b"Content-Length: 5", b"Transfer-Encoding: chunked", b"Content-Type: application/json")
    sent = request_bytes(LINES.encode(), *both, method=b"POST")
    answered = await raw(shop, sent + b"0\r\n\r\nGET / HTTP/1.1\r\n\r\n")
    assert status_of(answered) == 400


async def test_a_body_that_does_not_come_is_not_waited_for(shop: House, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(bodies, "BODY_SECONDS", 0.2)
    headers = (b"Content-Type: application/json", b"Content-Length: 40")
    sent = request_bytes(LINES.encode(), *headers, method=b"POST") + b'{"variant"'
    answered = await raw(shop, sent, until=b"did not arrive")
    assert status_of(answered) == 400


def _main(page: str) -> str:
    """The page without what differs by address and request."""
    return re.sub(r"(next|action|href|path)=\"[^\"]*\"|[0-9A-Z]{10}", "", page)
