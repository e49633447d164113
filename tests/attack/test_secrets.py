"""What only its owner may know is told to nobody else: not by logs, figures, descriptions or pages, nor in another's mail."""

import logging
import re
import secrets
from email import message_from_bytes
from email.policy import default

import orjson
import pytest
from msgspec import json
from sqlalchemy import select

from live.protocol import SUBPROTOCOL
from server.settings import SANDBOX_WEBHOOK_SECRET
from storage.tables import Order
from tests.attack.knocking import Answer, Knocker
from tests.house import DETAILS, House, until
from tests.proof.shopper import Shopper

pytestmark = pytest.mark.asyncio(loop_scope="module")

PASSWORD = "the words of one test only"
TOLD = ["/metrics", "/openapi.json", "/asyncapi.json", "/nothing", "/robots.txt", "/sitemap.xml", "/healthz", "/readyz"]


async def test_no_secret_of_a_whole_purchase_is_told_elsewhere(
    shop: House, guest: Knocker, staff: Knocker, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.DEBUG)
    said: list[Answer] = []

    async def keep(answer: Answer) -> Answer:
        said.append(answer)
        return answer

    email = f"{secrets.token_hex(6)}@example.com"
    new = {"name": "Noor", "email": email, "password": PASSWORD}
    assert (await keep(await guest.post("/api/v1/customers", json=new))).status == 201
    account = guest.secret
    await keep(await guest.post("/reset", data={"email": email}))
    await keep(await guest.post("/login", data={"email": email, "password": PASSWORD + "!"}))
    await keep(await guest.post("/logout"))
    await guest.post("/api/v1/cart/lines", json={"variant": await guest.variant(), "quantity": 1})
    cookie, mine = guest.secret, {"email": f"{secrets.token_hex(6)}@example.com"}
    placed = await guest.post("/api/v1/checkout", json=DETAILS | mine, headers={"Idempotency-Key": "once"})
    order = orjson.loads(placed.text)
    number, link = order["number"], order["token"]
    await Shopper(guest.session).pay(number)
    await keep(await guest.get(f"/orders/{number}?payment=back"))
    async with shop.client() as session:
        assert (await keep(await Knocker(shop, session).get(f"/o/{link}"))).status == 303
        assert (await keep(await Knocker(shop, session).get(f"/o/{link}x"))).status == 404
    for path in (
        f"/dashboard/orders/{number}",
        "/dashboard/payments",
        f"/api/v1/orders/{number}",
        "/dashboard/customers",
    ):
        await keep(await staff.get(path))
    for path in TOLD:
        await keep(await guest.get(path))
    await keep(await guest.post("/api/v1/checkout", data=b"{", headers={"Content-Type": "application/json"}))

    letters = [
        message_from_bytes(path.read_bytes(), policy=default) for path in await _letters(shop, email, mine["email"])
    ]
    resets = {found[1] for letter in letters if (found := re.search(r"/reset/(\S+)", letter.get_content()))}
    assert len(resets) == 1
    query = select(Order.cart_id).where(Order.number == number)
    cart = await shop.db.read(lambda tx: tx.execute(query).scalar_one())
    known = {PASSWORD, account, cookie, link, *resets, cart, SANDBOX_WEBHOOK_SECRET, shop.staff_password}
    assert min(map(len, known)) >= 12
    written = caplog.text + "".join(str(vars(record)) for record in caplog.records)
    assert "POST" in written, "something was written down at all"
    assert [one for one in known if one in written] == []
    assert [(one, answer.text[:80]) for one in known for answer in said if one in answer.text] == []
    for letter in letters:
        text = letter.get_content()
        assert (link in text) <= (letter["To"] == mine["email"])
        assert any(one in text for one in resets) <= (letter["To"] == email)
        assert not {PASSWORD, account, cookie, cart} & set(re.findall(r"[\w-]{12,}", text))


async def _letters(shop: House, *people: str) -> list:  # type: ignore[type-arg]
    """The letters in the folder, once there is one to each of them."""

    def there() -> list | None:  # type: ignore[type-arg]
        paths = list((shop.data / "mail").glob("*.eml"))
        return paths if all(any(one.encode() in path.read_bytes() for path in paths) for one in people) else None

    found: list = await until(there)  # type: ignore[type-arg]
    return found


async def test_knowing_the_name_of_a_cart_opens_nothing(shop: House, guest: Knocker):
    """Its name tells the minute in which it was made; nobody is asked for it, anywhere."""
    await guest.post("/api/v1/cart/lines", json={"variant": await guest.variant(), "quantity": 3})
    placed = await guest.post("/api/v1/checkout", json=DETAILS, headers={"Idempotency-Key": "cart"})
    number = orjson.loads(placed.text)["number"]
    query = select(Order.cart_id).where(Order.number == number)
    cart = await shop.db.read(lambda tx: tx.execute(query).scalar_one())
    async with shop.client() as session:
        thief = Knocker(shop, session)
        for headers in ({"Cookie": f"session={cart}"}, {"Authorization": f"Bearer {cart}"}, {"Cookie": f"cart={cart}"}):
            assert (await thief.get(f"/orders/{number}", headers=headers)).status == 404
            seen = await thief.get(f"/api/v1/cart?cart={cart}", headers=headers)
            assert seen.status in (400, 401) or orjson.loads(seen.text)["count"] == 0
        assert (await thief.get(f"/o/{cart}")).status == 404
        own = await thief.post(
            "/api/v1/cart/lines", json={"variant": await guest.variant(), "quantity": 1, "cart": cart}
        )
        assert own.refusal == (400, "malformed_body")
        names = [
            f"carts/{cart}",
            f"cart/{cart}",
            f"carts:{cart}",
            f"cart:{cart}",
            f"me/cart/{cart}",
            f"me/orders/{number}",
        ]
        async with session.ws_connect("/live", protocols=[SUBPROTOCOL]) as socket:
            await socket.send_str('{"id":1,"op":"hello"}')
            await socket.send_str(json.encode({"id": 2, "op": "sub", "topics": dict.fromkeys(names)}).decode())
            answers = [json.decode(str((await socket.receive(10)).data)) for _ in range(2)]
            assert set(answers[1]["ok"]["refused"]) == set(names)
