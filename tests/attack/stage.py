"""A stage for attacks on doors: who stands on it, what they can have done before, and how a call is sent."""

import re
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import orjson
from sqlalchemy import select

from handlers.keys import CLOCK
from shop.ids import CustomerId
from storage import tokens
from storage.sessions import hash_of
from storage.tables import Customer, Payment, Refund
from storage.tokens import Purpose
from tests.attack.knocking import PASSWORD, Answer, Knocker, registered
from tests.handlers.forms import multipart
from tests.handlers.test_dashboard_orders import pay
from tests.house import DETAILS, House


class Whom(StrEnum):
    ANYBODY = "anybody"
    OWNER = "owner"
    CUSTOMER = "customer"
    STAFF = "staff"


class Twice(StrEnum):
    """What the same call again does."""

    SAME = "the same answer, and nothing more"
    REFUSED = "a refusal that says why, and nothing more"
    EACH = "it is done again"
    NEVER = "it is refused from the first, since here it would change the house under every other test"


class Kind(StrEnum):
    FORM = "application/x-www-form-urlencoded"
    JSON = "application/json"
    PARTS = "multipart/form-data"


@dataclass(frozen=True)
class Call:
    """A request as somebody sends it."""

    who: Knocker
    path: str
    body: Any = None
    key: str = ""


@dataclass(frozen=True)
class Door:
    whom: Whom
    twice: Twice
    make: Callable[["Stage"], Awaitable[Call]]
    kind: Kind = Kind.FORM
    keyed: bool = False
    """Whether it takes an Idempotency-Key."""
    odd: frozenset[str] = frozenset()
    """Fields in which any number has a meaning."""
    anew: frozenset[str] = frozenset()
    """Tables where the second call writes what stands there already."""


@dataclass
class Stage:
    """The house, whoever works in it, and a new shopper."""

    house: House
    staff: Knocker
    guest: Knocker
    customer: Knocker

    async def filled(self, who: Knocker) -> str:
        variant = await who.variant("bread-board")
        assert (await who.post("/api/v1/cart/lines", json={"variant": variant, "quantity": 1})).status == 200
        return variant

    async def placed(self, who: Knocker) -> str:
        await self.filled(who)
        answer = await who.post("/api/v1/checkout", json=DETAILS, headers={"Idempotency-Key": secrets.token_hex(8)})
        assert answer.status == 201, answer.text
        return str(orjson.loads(answer.text)["number"])

    async def worked(self, *acts: str) -> str:
        """A paid order that staff have done this to."""
        number = await self.placed(self.guest)
        await pay(self.guest.session, number)
        for act in acts:
            answer = await self.staff.post(f"/api/v1/orders/{number}/{act}", json={})
            assert answer.status == 200, answer.text
        return number

    async def payment(self, number: str) -> str:
        query = select(Payment.id).where(Payment.order_number == number)
        return str(await self.house.db.read(lambda tx: tx.execute(query).scalar_one()))

    async def refund(self) -> str:
        number = await self.worked()
        body = {"amount": 100}
        answer = await self.staff.post(
            f"/api/v1/orders/{number}/refunds", json=body, headers={"Idempotency-Key": secrets.token_hex(8)}
        )
        assert answer.status == 201, answer.text
        query = select(Refund.id).join(Payment, Payment.id == Refund.payment_id).where(Payment.order_number == number)
        return str(await self.house.db.read(lambda tx: tx.execute(query).scalar_one()))

    async def link(self, purpose: Purpose, data: str = "") -> str:
        """The secret of a link by mail to the customer."""
        email, secret = await self.email(), token()
        query = select(Customer.id).where(Customer.email == email)
        customer = CustomerId(await self.house.db.read(lambda tx: tx.execute(query).scalar_one()))
        await self.house.db.write(tokens.make, hash_of(secret), purpose, customer, data, self.house.app[CLOCK]())
        return secret

    async def email(self) -> str:
        """The customer's; somebody new, when who it was is signed out."""
        me = await self.customer.get("/api/v1/me")
        if me.status != 200:
            me = await (await registered(self.customer)).get("/api/v1/me")
        found: str = orjson.loads(me.text)["email"]
        return found

    async def code(self) -> str:
        name = f"C{secrets.token_hex(5).upper()}"
        form = {"command": secrets.token_hex(8), "code": name, "kind": "percentage", "percent": "10"}
        assert (await self.staff.post("/dashboard/new-code", data=form)).status == 303
        return name


ANYBODY, OWNER, CUSTOMER, STAFF = Whom.ANYBODY, Whom.OWNER, Whom.CUSTOMER, Whom.STAFF
SAME, REFUSED, EACH, NEVER = Twice.SAME, Twice.REFUSED, Twice.EACH, Twice.NEVER
JSON, PARTS = Kind.JSON, Kind.PARTS
PARCEL = {"carrier": "bpost", "tracking": "3SABC"}
CARTS = frozenset({"carts", "outbox", "outbox_head"})


def hidden(text: str) -> dict[str, str]:
    return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', text))


def token() -> str:
    return secrets.token_hex(8)


async def send(door: Door, method: str, call: Call, **more: Any) -> Answer:
    """Sends it as the door takes it."""
    headers = {"Accept": "application/json"} | more.pop("headers", {})
    if call.key:
        headers["Idempotency-Key"] = call.key
    if call.body is not None:
        match door.kind:
            case Kind.JSON:
                more["json"] = call.body
            case Kind.FORM:
                more["data"] = call.body
            case Kind.PARTS:
                more["data"] = multipart(call.body)
    return await call.who.ask(method, call.path, headers=headers, **more)


def person() -> dict[str, str]:
    return {"name": "Noor", "email": f"{secrets.token_hex(6)}@example.com", "password": PASSWORD}


async def level(stage: Stage) -> tuple[str, int]:
    found = orjson.loads((await stage.staff.get("/api/v1/stock?limit=1000")).text)["variants"]
    variant = await stage.staff.variant("bread-board")
    return variant, next(row["on_hand"] for row in found if row["variant"] == variant)
