"""What holds at every address of the API: unknown addresses, bodies that can't be read, other sites, limits."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.api.client import Api, Contract
from tests.house import DETAILS, House, open_house

LINE = {"variant": "abc", "quantity": 1}


@pytest.fixture
async def strict_house(tmp_path: Path) -> AsyncIterator[House]:
    """A house with the limits that a real one has."""
    async with open_house(tmp_path, limits_factor=1.0) as opened:
        yield opened


async def test_an_unknown_address_is_a_problem_object(api: Api):
    for path in ["/nothing", "/products/a/b", "/orders/K7QM2X4D/nothing", "/"]:
        missing = await api.get(path)
        assert (missing.status, missing.content_type, missing.code) == (404, "application/problem+json", "not_found")


async def test_a_method_that_an_address_does_not_take_is_refused(api: Api):
    refused = await api.delete("/products")
    assert (refused.status, refused.code) == (405, "method_not_allowed")
    assert "GET" in refused.headers["Allow"]


async def test_a_body_that_can_not_be_read_is_refused(api: Api):
    for raw in [
        b"",
        b"{",
        b"[]",
        b"null",
        b"1",
        b'{"variant":"\xff","quantity":1}',
        b'{"variant":"\\ud800"}',
        b"[" * 9000,
    ]:
        refused = await api.ask("POST", "/cart/lines", data=raw, headers={"Content-Type": "application/json"})
        assert (refused.status, refused.code) == (400, "malformed_body")


async def test_a_form_is_not_json(api: Api):
    refused = await api.ask("POST", "/cart/lines", data={"variant": "abc", "quantity": "1"})
    assert (refused.status, refused.code) == (400, "malformed_body")


async def test_a_body_that_is_too_large_is_refused(api: Api):
    refused = await api.post("/session", {"email": "x" * 70_000, "password": ""})
    assert (refused.status, refused.code) == (413, "too_large")


async def test_other_sites_change_nothing(api: Api):
    variant = await api.fill()
    calls = (
        ("POST", "/cart/lines", {"variant": variant, "quantity": 1}),
        ("PUT", f"/cart/lines/{variant}", {"quantity": 5}),
        ("DELETE", f"/cart/lines/{variant}", None),
        ("POST", "/checkout", DETAILS),
        ("DELETE", "/session", None),
    )
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        for method, path, body in calls:
            refused = await api.ask(method, path, body, headers=dict(headers), key="one")
            assert (refused.status, refused.code) == (403, "foreign_origin")
    assert (await api.get("/cart", headers={"Origin": "https://evil.example"}))["count"] == 1


async def test_a_token_without_a_cookie_may_come_from_anywhere(api: Api):
    person = {"name": "Noor", "email": "noor@example.com", "password": "a few good words", "token": True}
    token = (await api.post("/customers", person))["token"]
    variant = (await api.variant())["id"]
    headers = {"Origin": "https://app.example", "Sec-Fetch-Site": "cross-site"}
    added = await api.post("/cart/lines", {"variant": variant, "quantity": 1}, token=token, headers=headers)
    assert added.status == 200


async def test_answers_are_not_stored_and_name_their_request(api: Api):
    seen = await api.get("/cart")
    assert seen.headers["Cache-Control"] == "no-store"
    assert seen.headers["X-Request-Id"]
    assert seen.headers["X-Content-Type-Options"] == "nosniff"


async def test_who_comes_too_often_is_told_when_to_come_again(strict_house: House, contract: Contract):
    async with strict_house.client() as session:
        api = Api(session, contract)
        login = {"email": "noor@example.com", "password": "wrong"}
        answers = [await api.post("/session", login) for _ in range(6)]
        assert [answer.status for answer in answers] == [401] * 5 + [429]
        assert int(answers[-1].headers["Retry-After"]) >= 1
        assert answers[-1]["retry_seconds"] >= 1
        searches = [await api.get("/suggest") for _ in range(120)]
        assert searches[-1].code == "too_many_requests"
