"""Registering, logging in and out, and tokens over the API."""

import asyncio

from tests.api.client import Api
from tests.house import DETAILS, House

NOOR = {"name": "Noor Adler", "email": "noor@example.com", "password": "a few good words"}
LOGIN = {"email": NOOR["email"], "password": NOOR["password"]}


async def test_registering_logs_in_and_keeps_the_cart(api: Api):
    await api.fill(2)
    made = await api.post("/customers", NOOR)
    assert made.status == 201
    assert made.body == {"customer": {"email": "noor@example.com", "name": "Noor Adler", "role": "customer"}}
    assert (await api.get("/me")).body == made["customer"]
    session = await api.get("/session")
    assert (session["customer"], session["cart_count"]) == (made["customer"], 2)


async def test_an_email_is_taken_once(api: Api, stranger: Api):
    await api.post("/customers", NOOR)
    refused = await stranger.post("/customers", NOOR | {"email": " NOOR@example.com "})
    assert (refused.status, refused.code, list(refused["fields"])) == (409, "email_taken", ["email"])


async def test_a_registration_names_every_fault(api: Api):
    refused = await api.post("/customers", {"name": "", "email": "noor", "password": "short"})
    assert (refused.status, refused.code) == (422, "invalid_fields")
    assert set(refused["fields"]) == {"name", "email", "password"}
    assert (await api.post("/customers", NOOR | {"email": "a\x00b@example.com"})).code == "invalid_fields"
    assert (await api.post("/customers", NOOR | {"role": "staff"})).code == "malformed_body"


async def test_logging_in_makes_two_carts_one(api: Api, stranger: Api):
    await api.fill(2)
    await api.post("/customers", NOOR)
    await stranger.fill(5, "market-basket")
    entered = await stranger.post("/session", LOGIN)
    assert entered.status == 201
    assert (await stranger.get("/cart"))["count"] == (await api.get("/cart"))["count"] == 7


async def test_a_new_customers_cart_follows_them_to_another_browser(api: Api, stranger: Api):
    await api.post("/customers", NOOR)
    await api.fill(2)
    await stranger.post("/session", LOGIN)
    assert (await stranger.get("/cart"))["count"] == 2


async def test_wrong_credentials_do_not_say_which(api: Api):
    await api.post("/customers", NOOR)
    await api.delete("/session")
    wrong_password = await api.post("/session", LOGIN | {"password": "not this one"})
    assert (wrong_password.status, wrong_password.code) == (401, "wrong_credentials")
    for change in (
        {"email": "nobody@example.com"},
        {"email": ""},
        {"email": "x" * 9000},
        {"email": "a\x00@example.com"},
        {"password": "x" * 9000},
    ):
        assert (await api.post("/session", LOGIN | change)).body == wrong_password.body


async def test_logging_in_changes_the_cookie_and_ends_the_old_one(api: Api, stranger: Api):
    await api.fill()
    [before] = [cookie.value for cookie in api.session.cookie_jar]
    await api.post("/customers", NOOR)
    [after] = [cookie.value for cookie in api.session.cookie_jar]
    assert before != after
    assert (await stranger.get("/session", token=before)).status == 401


async def test_logging_out_ends_the_session_and_leaves_no_cart_behind(api: Api, stranger: Api):
    await api.fill()
    await api.post("/customers", NOOR)
    [cookie] = [cookie.value for cookie in api.session.cookie_jar]
    left = await api.delete("/session")
    assert left.status == 204
    assert (await api.get("/session")).body == {"customer": None, "cart_count": 0, "viewer": None}
    assert (await api.get("/me")).code == "unauthenticated"
    assert (await stranger.get("/me", token=cookie)).code == "unauthenticated"
    assert (await api.delete("/session")).status == 204


async def test_a_token_is_a_session_without_a_cookie(api: Api):
    await api.post("/customers", NOOR)
    await api.delete("/session")
    entered = await api.post("/session", LOGIN | {"token": True})
    token = entered["token"]
    assert "Set-Cookie" not in entered.headers
    assert (await api.get("/me")).code == "unauthenticated"
    assert (await api.get("/me", token=token))["email"] == "noor@example.com"
    line = {"variant": (await api.variant())["id"], "quantity": 2}
    added = await api.post("/cart/lines", line, token=token)
    assert "Set-Cookie" not in added.headers
    assert (await api.get("/cart", token=token))["count"] == 2
    assert (await api.post("/checkout", DETAILS, token=token, key="one")).status == 201
    assert (await api.delete("/session", token=token)).status == 204
    assert (await api.get("/me", token=token)).code == "unauthenticated"


async def test_registering_can_answer_a_token(api: Api):
    made = await api.post("/customers", NOOR | {"token": True})
    assert "Set-Cookie" not in made.headers
    assert (await api.get("/me", token=made["token"])).status == 200


async def test_who_comes_with_a_token_gets_the_next_one_as_a_token(api: Api):
    first = (await api.post("/customers", NOOR | {"token": True}))["token"]
    second = (await api.post("/session", LOGIN, token=first))["token"]
    assert (await api.get("/me", token=second)).status == 200
    assert (await api.get("/me", token=first)).status == 401


async def test_an_unknown_token_is_refused_before_anything_is_kept_under_it(api: Api):
    line = {"variant": (await api.variant())["id"], "quantity": 1}
    for method, path, body in (("GET", "/cart", None), ("POST", "/cart/lines", line), ("DELETE", "/session", None)):
        refused = await api.ask(method, path, body, token="no-such-token")
        assert (refused.status, refused.code) == (401, "unauthenticated")


async def test_another_customers_cart_stays_theirs(api: Api, stranger: Api):
    ada = NOOR | {"email": "ada@example.com"}
    await stranger.post("/customers", ada)
    await api.post("/customers", NOOR)
    await api.fill(3)
    await api.post("/session", {"email": ada["email"], "password": ada["password"]})
    assert (await api.get("/cart"))["count"] == 0
    await api.post("/session", LOGIN)
    assert (await api.get("/cart"))["count"] == 3


async def test_my_orders_are_mine_the_newest_first(api: Api, stranger: Api, house: House):
    assert (await api.get("/me/orders")).code == "unauthenticated"
    await api.fill()
    as_guest = await api.post("/checkout", DETAILS, key="guest")
    await api.post("/customers", NOOR)
    house.clock.advance(seconds=5)
    await api.fill()
    as_customer = await api.post("/checkout", DETAILS, key="customer")
    mine = await api.get("/me/orders")
    assert [order["number"] for order in mine["orders"]] == [as_customer["number"], as_guest["number"]]
    assert len((await api.get("/me/orders", params={"limit": "1"}))["orders"]) == 1
    await stranger.post("/customers", NOOR | {"email": "ada@example.com"})
    assert (await stranger.get("/me/orders"))["orders"] == []


async def test_logging_in_at_once_everywhere_works(api: Api):
    await api.post("/customers", NOOR)
    entered = await asyncio.gather(*(api.post("/session", LOGIN | {"token": True}) for _ in range(4)))
    assert {answer.status for answer in entered} == {201}
