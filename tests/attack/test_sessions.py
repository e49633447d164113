"""Sessions under attack: planted, stolen, ended and broken secrets, and what a login tells strangers."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from handlers.passwords import Passwords
from server import people
from shop.customers import Role
from storage.tables import Session
from tests.attack.knocking import PASSWORD, Knocker, raw, registered, request_bytes, status_of
from tests.house import DETAILS, STAFF_EMAIL, House, open_house, until
from tests.proof.process import Town
from tests.proof.shopper import Shopper

pytestmark = pytest.mark.asyncio(loop_scope="module")

ME = "/api/v1/me"
LINES = "/api/v1/cart/lines"


async def test_a_planted_secret_is_never_taken_over(shop: House, guest: Knocker):
    planted = "attacker-knows-this-secret"
    answer = await guest.post("/login", data=_staff(shop), headers={"Cookie": f"session={planted}"})
    assert answer.status == 303
    assert guest.secret not in ("", planted)
    async with shop.client() as session:
        assert (await Knocker(shop, session).get(ME, headers={"Cookie": f"session={planted}"})).status == 401


async def test_login_changes_the_secret_and_the_old_one_is_dead(shop: House, guest: Knocker):
    await guest.post(LINES, json={"variant": await guest.variant(), "quantity": 2})
    before = guest.secret
    await registered(guest)
    after = guest.secret
    assert "" not in (before, after)
    assert before != after
    assert (await guest.get("/api/v1/cart")).text.count('"quantity":2') == 1
    async with shop.client() as session:
        thief = Knocker(shop, session)
        for path in (ME, "/api/v1/session"):
            stolen = await thief.get(path, headers={"Cookie": f"session={before}"})
            assert "example.com" not in stolen.text
        assert (await thief.get(ME, headers={"Authorization": f"Bearer {before}"})).status == 401


@pytest.mark.parametrize("way", ["form", "api"])
async def test_a_secret_that_was_logged_out_stays_dead(shop: House, guest: Knocker, way: str):
    await registered(guest)
    ended = guest.secret
    if way == "form":
        assert (await guest.post("/logout")).status == 303
    else:
        assert (await guest.ask("DELETE", "/api/v1/session")).status == 204
    assert guest.secret == ""
    async with shop.client() as session:
        thief = Knocker(shop, session)
        assert (await thief.get(ME, headers={"Cookie": f"session={ended}"})).status == 401
        back = await thief.post(LINES, json={"variant": await thief.variant(), "quantity": 1}, headers=_cookie(ended))
        assert back.status == 200
        assert thief.secret not in ("", ended)
        assert (await thief.get(ME, headers={"Authorization": f"Bearer {ended}"})).status == 401


async def test_requests_under_way_do_not_bring_an_ended_session_back(shop: House, guest: Knocker):
    await registered(guest)
    ended, variant = guest.secret, await guest.variant()
    async with shop.client() as session:
        other = Knocker(shop, session)
        line = {"variant": variant, "quantity": 1}
        busy = [other.post(LINES, json=line, headers=_cookie(ended)) for _ in range(20)]
        await asyncio.gather(*busy[:10], guest.post("/logout"), *busy[10:])
        assert (await other.get(ME, headers=_cookie(ended))).status == 401


async def test_a_new_password_ends_every_session_of_its_owner(shop: House, guest: Knocker):
    email = "reset@example.com"
    password = await people.add(shop.db, email, "Reset", Role.CUSTOMER, datetime.now(UTC))
    assert (await guest.post("/api/v1/session", json={"email": email, "password": password})).status == 201
    token = await guest.post("/api/v1/session", json={"email": email, "password": password, "token": True})
    secret = token.text.split('"token":"')[1].split('"')[0]
    fresh = await people.reset(shop.db, email, datetime.now(UTC))
    assert (await guest.get(ME)).status == 401
    assert (await guest.get(ME, headers={"Authorization": f"Bearer {secret}"})).status == 401
    assert (await guest.post("/api/v1/session", json={"email": email, "password": password})).status == 401
    assert (await guest.post("/api/v1/session", json={"email": email, "password": fresh})).status == 201


BROKEN = [
    b"session=", b"session=x", b"session=" + b"a" * 64, b"session=" + b"a" * 65, b"session=" + b"a" * 7000, b"session=\xff\xfe",
    b"session=\xc3\xa9", b'session="', b'session="a b"', b"session=%00", b"=", b";;;", b"session", b"session=a; session=b",
    b"$Version=1; session=x", b"session=../../etc", b"session='; DROP TABLE sessions--", b"__Host-session=x",
]  # fmt: skip


@pytest.mark.parametrize("cookie", BROKEN, ids=range(len(BROKEN)))
async def test_a_broken_cookie_is_a_guest(shop: House, cookie: bytes):
    for target, statuses in ((b"/", {200}), (b"/cart", {200}), (b"/api/v1/me", {401}), (b"/dashboard", {303})):
        assert status_of(await raw(shop, request_bytes(target, b"Cookie: " + cookie))) in statuses | {400}
    answered = await raw(shop, request_bytes(b"/logout", b"Cookie: " + cookie, b"Content-Length: 0", method=b"POST"))
    assert status_of(answered) in (303, 400)


TOKENS = [
    b"Bearer x", b"Bearer " + b"a" * 64, b"Bearer " + b"a" * 7000, b"Bearer \xff\xfe", b"Bearer \xc3\xa9", b"Bearer a b c",
    b"bearer x", b"BEARER x", b"Bearer %00",
]  # fmt: skip


@pytest.mark.parametrize("token", TOKENS, ids=range(len(TOKENS)))
async def test_a_broken_token_is_refused(shop: House, token: bytes):
    for target in (b"/api/v1/me", b"/api/v1/cart", b"/api/v1/session", b"/api/v1/orders"):
        answered = await raw(shop, request_bytes(target, b"Authorization: " + token))
        assert status_of(answered) == 401
        assert b"unauthenticated" in answered


@pytest.mark.parametrize("scheme", [b"Basic eDp5", b"Bearer", b"Bearer ", b"Digest x", b"", b"Bearer\t"])
async def test_another_scheme_is_no_token(shop: House, scheme: bytes):
    assert status_of(await raw(shop, request_bytes(b"/api/v1/cart", b"Authorization: " + scheme))) == 200
    assert status_of(await raw(shop, request_bytes(b"/api/v1/me", b"Authorization: " + scheme))) == 401


async def test_a_stranger_and_a_wrong_password_are_answered_alike(
    shop: House, guest: Knocker, monkeypatch: pytest.MonkeyPatch
):
    """Both cost one argon2 verification, so not even the time tells who has an account."""
    verified: list[str] = []
    fits = Passwords._fits

    def counted(self: Passwords, password_hash: str, password: str) -> bool:
        verified.append(password_hash.split("$")[3])
        return fits(self, password_hash, password)

    monkeypatch.setattr(Passwords, "_fits", counted)
    answers = [
        await guest.post("/api/v1/session", json={"email": email, "password": "wrong password"})
        for email in (STAFF_EMAIL, "nobody@example.com", "not an address", "\0", "x" * 5000)
    ]
    assert {answer.refusal for answer in answers} == {(401, "wrong_credentials")}
    assert len({answer.text for answer in answers}) == 1
    assert len(verified) == len(answers)
    assert len(set(verified)) == 1  # the same parameters, so the same work


async def test_a_password_that_is_too_long_is_no_way_to_keep_the_shop_busy(shop: House, guest: Knocker):
    body = {"email": STAFF_EMAIL, "password": "x" * 50_000}
    assert (await guest.post("/api/v1/session", json=body)).status in (401, 422)
    fits_cut = {"email": STAFF_EMAIL, "password": shop.staff_password + "x"}
    assert (await guest.post("/api/v1/session", json=fits_cut)).status == 401


@pytest.mark.parametrize("extra", [{"role": "staff"}, {"id": "x"}, {"staff": True}, {"cart_id": "x"}])
async def test_nobody_makes_themselves_staff(guest: Knocker, extra: dict[str, object]):
    new = {"name": "Noor", "email": "climber@example.com", "password": PASSWORD}
    assert (await guest.post("/api/v1/customers", json=new | extra)).refusal == (400, "malformed_body")
    assert (await guest.post("/register", data=new | {key: str(value) for key, value in extra.items()})).status == 400


async def test_cookies_are_kept_from_scripts_and_other_sites(shop: House, guest: Knocker):
    made = await guest.post("/cart", data={"variant": await guest.variant(), "quantity": 1})
    entered = await guest.post("/login", data=_staff(shop))
    left = await guest.post("/logout")
    for answer in (made, entered, left):
        flags = _flags(answer.headers["Set-Cookie"])
        assert flags >= {"httponly", "samesite=lax", "path=/"}
        assert not any(flag.startswith("domain") for flag in flags)
        assert answer.headers["Set-Cookie"].startswith("session=")


async def test_a_look_around_sets_no_cookie(guest: Knocker):
    for path in ("/", "/p/harbour-mug", "/search?q=mug", "/cart", "/login", "/api/v1/session", "/nothing"):
        assert "Set-Cookie" not in (await guest.get(path)).headers


async def test_behind_https_cookies_are_secure_and_bound_to_the_host(tmp_path: Path):
    async with open_house(tmp_path, public_url="https://shop.example") as house, house.client() as session:
        knocker = Knocker(house, session)
        answer = await knocker.post("/login", data=_staff(house), headers={"Origin": "https://shop.example"})
        cookie = answer.headers["Set-Cookie"]
        assert cookie.startswith("__Host-session=")
        assert _flags(cookie) >= {"secure", "httponly", "samesite=lax", "path=/"}
        assert answer.headers["Strict-Transport-Security"].startswith("max-age=31536000")
        secret = cookie.split("=", 1)[1].split(";")[0]
        assert (await knocker.get(ME, headers={"Cookie": f"session={secret}"})).status == 401
        assert (await knocker.get(ME, headers={"Cookie": f"__Host-session={secret}"})).status == 200


async def test_no_secret_stands_in_a_log(tmp_path: Path):
    """A whole visit, with everything that a visitor may keep to themselves, and then a look into what was written."""
    async with Town(tmp_path) as town, town.session() as session:
        shopper = Shopper(session)
        new = {"name": "Noor", "email": "noor@example.com", "password": "my very own password"}
        token = await shopper.ask("POST", "/customers", new | {"token": True, "email": "other@example.com"})
        await shopper.fill(await shopper.variant())
        placed = await shopper.place()
        await shopper.pay(placed["number"])
        await until(lambda: shopper.has(placed["number"], "paid"), 30)
        async with session.get(f"/o/{placed['token']}", allow_redirects=False) as opened:
            assert opened.status == 303
        assert (await shopper.ask("POST", "/customers", new)).status == 201
        assert (await shopper.ask("POST", "/session", new | {"name": "x"})).status == 400
        wrong = {"email": "noor@example.com", "password": "wrong secret"}
        assert (await shopper.ask("POST", "/session", wrong)).status == 401
        secret = next(cookie.value for cookie in session.cookie_jar if cookie.key == "session")
        await _malformed(town, secret)
        assert await town.shop.stop() == 0
        assert await town.bank.stop() == 0
        log = town.shop.log.read_text() + town.bank.log.read_text()
        assert "POST" in log
        hidden = [secret, token["token"], placed["token"], "my very own password", "wrong secret", "4242424242424242"]
        hidden += [DETAILS["street"], town.settings.bank_api_key, town.settings.bank_webhook_secret, DETAILS["email"]]
        assert [word for word in hidden if word in log] == []
        assert "Traceback" not in log


async def _malformed(town: Town, secret: str) -> None:
    """Requests that are no HTTP, with the cookie in them."""
    cookie = f"Cookie: session={secret}"
    for line in (f"{cookie}\0", cookie + "a" * 20_000, f"\x01{cookie}"):
        reader, writer = await asyncio.open_connection("localhost", town.settings.port)
        writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n" + line.encode() + b"\r\nConnection: close\r\n\r\n")
        await reader.read()
        writer.close()


def _staff(shop: House) -> dict[str, str]:
    return {"email": STAFF_EMAIL, "password": shop.staff_password}


def _cookie(secret: str) -> dict[str, str]:
    return {"Cookie": f"session={secret}"}


def _flags(cookie: str) -> set[str]:
    return {flag.strip().lower() for flag in cookie.split(";")[1:]}


REFUSED = [
    ("PUT", "/api/v1/cart/code", {"code": "NOTHING-HERE"}),
    ("PUT", "/api/v1/cart/code", {"code": ""}),
    ("POST", "/api/v1/cart/lines", {"variant": "nothing", "quantity": 1}),
    ("PUT", "/api/v1/cart/lines/nothing", {"quantity": 1}),
    ("PUT", "/api/v1/cart/lines/nothing", {"quantity": -1}),
    ("POST", "/api/v1/checkout", DETAILS),
    ("POST", "/cart", {"variant": "nothing", "quantity": "1"}),
    ("POST", "/cart/lines", {"variant": "nothing", "quantity": "1"}),
    ("POST", "/cart/lines", {"variant": "nothing", "quantity": "-1"}),
    ("POST", "/cart/code", {"code": "NOTHING-HERE"}),
    ("POST", "/checkout", DETAILS | {"command": "c"}),
    ("POST", "/login", {"email": "nobody@example.com", "password": "some wrong words"}),
]


@pytest.mark.parametrize(("method", "path", "body"), REFUSED)
async def test_what_is_refused_keeps_no_session(
    shop: House, guest: Knocker, method: str, path: str, body: dict[str, str]
):
    """Or anybody could fill the books with sessions of nobody."""
    count = select(func.count()).select_from(Session)
    before = await shop.db.read(lambda tx: tx.execute(count).scalar_one())
    sent = {"json": body, "headers": {"Idempotency-Key": "k"}} if path.startswith("/api/") else {"data": body}
    answer = await guest.ask(method, path, **sent)
    assert 400 <= answer.status < 500
    assert "Set-Cookie" not in answer.headers
    assert await shop.db.read(lambda tx: tx.execute(count).scalar_one()) == before
