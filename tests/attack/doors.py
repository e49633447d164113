"""Every door that changes something, one line each: who may, a call that works, and what comes of the same call twice.

A line's `make` puts the shop into the state in which the call works, and answers the call. `twice` says what design promises.
"""

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
from tests.handlers.forms import fields_of, multipart
from tests.handlers.test_dashboard_orders import pay
from tests.handlers.test_screens import made
from tests.handlers.test_terms_pages import form_at
from tests.house import DETAILS, House
from tests.proof.shopper import Shopper


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


# What shoppers do ---------------------------------------------------------------------------------------------------------


async def _cart(stage: Stage) -> Call:
    return Call(stage.guest, "/cart", {"variant": await stage.guest.variant(), "quantity": "1"})


async def _cart_line(stage: Stage) -> Call:
    return Call(stage.guest, "/cart/lines", {"variant": await stage.filled(stage.guest), "quantity": "2"})


async def _cart_agree(stage: Stage) -> Call:
    await stage.filled(stage.guest)
    total = orjson.loads((await stage.guest.get("/api/v1/cart")).text)["total"]["amount"]
    return Call(stage.guest, "/cart/agree", {"total": str(total)})


async def _cart_code(stage: Stage) -> Call:
    await stage.filled(stage.guest)
    return Call(stage.guest, "/cart/code", {"code": await stage.code()})


async def _checkout(stage: Stage) -> Call:
    await stage.filled(stage.guest)
    return Call(stage.guest, "/checkout", DETAILS | {"command": token()})


async def _again(stage: Stage) -> Call:
    return Call(stage.guest, f"/orders/{await stage.placed(stage.guest)}/again", {"command": token()})


async def _login(stage: Stage) -> Call:
    return Call(stage.guest, "/login", {"email": await stage.email(), "password": PASSWORD})


def _person() -> dict[str, str]:
    return {"name": "Noor", "email": f"{secrets.token_hex(6)}@example.com", "password": PASSWORD}


async def _register(stage: Stage) -> Call:
    return Call(stage.guest, "/register", _person())


async def _logout(stage: Stage) -> Call:
    await stage.filled(stage.guest)
    return Call(stage.guest, "/logout", {})


async def _reset(stage: Stage) -> Call:
    return Call(stage.guest, "/reset", {"email": await stage.email()})


async def _reset_token(stage: Stage) -> Call:
    return Call(stage.guest, f"/reset/{await stage.link(Purpose.PASSWORD)}", {"password": "some other words"})


async def _email_token(stage: Stage) -> Call:
    return Call(stage.guest, f"/account/email/{await stage.link(Purpose.EMAIL, f'{token()}@example.com')}")


async def _name(stage: Stage) -> Call:
    return Call(stage.customer, "/account/name", {"name": "Noor Adler"})


async def _new_email(stage: Stage) -> Call:
    return Call(stage.customer, "/account/email", {"email": f"{token()}@example.com", "email_password": PASSWORD})


async def _password(stage: Stage) -> Call:
    return Call(stage.customer, "/account/password", {"password": PASSWORD, "new_password": PASSWORD})


async def _sessions(stage: Stage) -> Call:
    return Call(stage.customer, "/account/sessions", {"mark": ""})


# What staff do ------------------------------------------------------------------------------------------------------------


async def _level(stage: Stage) -> tuple[str, int]:
    found = orjson.loads((await stage.staff.get("/api/v1/stock?limit=1000")).text)["variants"]
    variant = await stage.staff.variant("bread-board")
    return variant, next(row["on_hand"] for row in found if row["variant"] == variant)


async def _stock(stage: Stage) -> Call:
    variant, now = await _level(stage)
    return Call(
        stage.staff,
        "/dashboard/stock",
        {"variant": variant, "on_hand": str(now + 7), "expected": str(now), "reason": "x"},
    )


async def _low(stage: Stage) -> Call:
    variant = await stage.staff.variant("bread-board")
    page = (await stage.staff.get(f"/dashboard/stock/{variant}")).text
    now = hidden(page[page.index("/low") :])["expected"]
    return Call(stage.staff, f"/dashboard/stock/{variant}/low", {"low_at": str(int(now) + 1), "expected": now})


def _act(act: str, *before: str, **form: str) -> Callable[[Stage], Awaitable[Call]]:
    async def make(stage: Stage) -> Call:
        number = await stage.worked(*before)
        return Call(stage.staff, f"/dashboard/orders/{number}/{act}", form)

    return make


def _api_act(act: str, *before: str, body: Any = None) -> Callable[[Stage], Awaitable[Call]]:
    async def make(stage: Stage) -> Call:
        return Call(stage.staff, f"/api/v1/orders/{await stage.worked(*before)}/{act}", body)

    return make


async def _take_over(stage: Stage) -> Call:
    call = Call(stage.staff, f"/dashboard/orders/{await stage.worked('claim')}/take-over")
    query = select(Customer.id).where(Customer.email == "clerk@shop.example")
    before = await stage.house.db.read(lambda tx: tx.execute(query).scalar_one())
    return Call(call.who, call.path, {"before": str(before)})


async def _cancel(stage: Stage) -> Call:
    return Call(stage.staff, f"/dashboard/orders/{await stage.placed(stage.guest)}/cancel", {})


async def _refund(stage: Stage) -> Call:
    path = f"/dashboard/orders/{await stage.worked()}/refund"
    wish = {"amount": "1.50", "reason": "A scratch"}
    seen = await stage.staff.post(path, data=hidden((await stage.staff.get(path)).text) | wish | {"step": "look"})
    return Call(stage.staff, path, hidden(seen.text) | wish | {"step": "make"})


async def _ask(stage: Stage) -> Call:
    number = await stage.placed(stage.guest)
    await Shopper(stage.guest.session).at_the_bank(number)
    return Call(stage.staff, "/dashboard/payments/ask", {"command": token(), "payment": await stage.payment(number)})


async def _known(stage: Stage) -> Call:
    number = await stage.worked()
    body = {"command": token(), "payment": await stage.payment(number), "mark": "paid 1 EUR 0"}
    return Call(stage.staff, "/dashboard/payments/known", body)


def _of_refund(act: str) -> Callable[[Stage], Awaitable[Call]]:
    async def make(stage: Stage) -> Call:
        return Call(stage.staff, f"/dashboard/payments/{act}", {"command": token(), "refund": await stage.refund()})

    return make


async def _dismiss(stage: Stage) -> Call:
    body = {"command": token(), "provider": "sandbox", "ref": "pay_unknown"}
    return Call(stage.staff, "/dashboard/payments/dismiss", body)


async def _new_product(stage: Stage) -> Call:
    form = fields_of((await stage.staff.get("/dashboard/new-product")).text)
    form |= {"name": f"A bowl {token()}", "category": "table", "v0-price": "12.50", "v0-units": "3"}
    return Call(stage.staff, "/dashboard/new-product", form | {"do": "save"})


async def _product(stage: Stage) -> Call:
    path = "/dashboard/products/bread-board"
    form = fields_of((await stage.staff.get(path)).text)
    return Call(stage.staff, path, form | {"line": f"A line {token()}", "do": "save"})


async def _new_category(stage: Stage) -> Call:
    form = fields_of((await stage.staff.get("/dashboard/categories/new")).text)
    return Call(stage.staff, "/dashboard/categories/new", form | {"name": f"Shelf {token()}"})


async def _category(stage: Stage) -> Call:
    form = fields_of((await stage.staff.get("/dashboard/categories/table")).text)
    return Call(stage.staff, "/dashboard/categories/table", form | {"line": f"A line {token()}"})


async def _new_code(stage: Stage) -> Call:
    form = {"command": token(), "code": f"C{token().upper()}", "kind": "percentage", "percent": "10", "limit": "5"}
    return Call(stage.staff, "/dashboard/new-code", form)


async def _code(stage: Stage) -> Call:
    path = f"/dashboard/codes/{await stage.code()}"
    form = hidden((await stage.staff.get(path)).text)
    return Call(stage.staff, path, form | {"kind": "percentage", "percent": "12", "limit": "5", "do": "save"})


async def _new_screen(stage: Stage) -> Call:
    return Call(stage.staff, "/dashboard/screens", {"name": f"Wall {token()}"})


async def _screen(stage: Stage) -> Call:
    screen, _ = await made(stage.staff.session, token())
    return Call(stage.staff, f"/dashboard/screens/{screen}", {"do": "out"})


async def _settings(stage: Stage) -> Call:
    version = hidden((await stage.staff.get("/dashboard/settings")).text)["version"]
    form = {"version": version, "name": "Shop", "headline": f"Hello {token()}", "line": "Good things.", "locale": "en"}
    return Call(stage.staff, "/dashboard/settings", form | {"timezone": "UTC", "hold_minutes": "15"})


async def _filled_in(stage: Stage, path: str) -> list[tuple[str, str]]:
    return (await form_at(stage.staff.session, path)).fields


async def _logo(stage: Stage) -> Call:
    version = hidden((await stage.staff.get("/dashboard/settings")).text)["version"]
    return Call(stage.staff, "/dashboard/settings/logo", {"version": version, "act": "remove"})


async def _currency(stage: Stage) -> Call:
    version = hidden((await stage.staff.get("/dashboard/settings")).text)["version"]
    return Call(stage.staff, "/dashboard/settings/currency", {"version": version, "to": "EUR"})


def _terms(page: str) -> Callable[[Stage], Awaitable[Call]]:
    async def make(stage: Stage) -> Call:
        path = f"/dashboard/settings/{page}"
        return Call(stage.staff, path, [*await _filled_in(stage, path), ("do", "save")])

    return make


async def _new_page(stage: Stage) -> Call:
    form = {"slug": f"p-{token()}", "title": "Repairs", "description": "How", "text": "We mend.", "rank": "60"}
    return Call(stage.staff, "/dashboard/settings/new-page", form)


async def _page(stage: Stage) -> Call:
    path = "/dashboard/settings/pages/privacy"
    seen = hidden((await stage.staff.get(path)).text)["seen"]
    form = {"seen": seen, "title": "Privacy", "text": f"Nothing, {token()}.", "rank": "60", "visible": "shown"}
    return Call(stage.staff, path, form)


async def _picture(stage: Stage) -> Call:
    return Call(stage.staff, "/dashboard/pictures", {"x": "1"})


async def _pair(stage: Stage) -> Call:
    _, code = await made(stage.staff.session, token())
    return Call(stage.guest, "/screen", {"code": code})


# What machines do ---------------------------------------------------------------------------------------------------------


async def _api_person(stage: Stage) -> Call:
    return Call(stage.guest, "/api/v1/customers", _person())


async def _api_login(stage: Stage) -> Call:
    return Call(stage.guest, "/api/v1/session", {"email": await stage.email(), "password": PASSWORD})


async def _api_logout(stage: Stage) -> Call:
    await stage.filled(stage.guest)
    return Call(stage.guest, "/api/v1/session")


async def _api_add(stage: Stage) -> Call:
    return Call(stage.guest, "/api/v1/cart/lines", {"variant": await stage.guest.variant(), "quantity": 2}, token())


async def _api_line(stage: Stage) -> Call:
    return Call(stage.guest, f"/api/v1/cart/lines/{await stage.filled(stage.guest)}", {"quantity": 3})


async def _api_no_line(stage: Stage) -> Call:
    return Call(stage.guest, f"/api/v1/cart/lines/{await stage.filled(stage.guest)}")


async def _api_agree(stage: Stage) -> Call:
    await stage.filled(stage.guest)
    total = orjson.loads((await stage.guest.get("/api/v1/cart")).text)["total"]
    return Call(stage.guest, "/api/v1/cart/agree", {"total": total})


async def _api_code(stage: Stage) -> Call:
    await stage.filled(stage.guest)
    return Call(stage.guest, "/api/v1/cart/code", {"code": await stage.code()}, token())


async def _api_no_code(stage: Stage) -> Call:
    call = await _api_code(stage)
    assert (await stage.guest.ask("PUT", call.path, json=call.body)).status == 200
    return Call(stage.guest, call.path)


async def _api_checkout(stage: Stage) -> Call:
    await stage.filled(stage.guest)
    asked = "/api/v1/checkout/quote?country=BE&shipping=door"
    total = orjson.loads((await stage.guest.get(asked)).text)["sums"]["total"]
    return Call(stage.guest, "/api/v1/checkout", DETAILS | {"total": total}, token())


async def _api_pay(stage: Stage) -> Call:
    return Call(stage.guest, f"/api/v1/orders/{await stage.placed(stage.guest)}/payments")


async def _api_cancel(stage: Stage) -> Call:
    return Call(stage.staff, f"/api/v1/orders/{await stage.placed(stage.guest)}/cancel")


async def _api_refund(stage: Stage) -> Call:
    body = {
        "lines": [{"line": 0, "units": 0, "back": 0}],
        "amount": 50,
        "seen": 0,
        "reason": "A scratch",
    }
    return Call(stage.staff, f"/api/v1/orders/{await stage.worked()}/refunds", body, token())


async def _api_stock(stage: Stage) -> Call:
    variant, now = await _level(stage)
    return Call(stage.staff, f"/api/v1/stock/{variant}", {"on_hand": now + 3, "expected": now, "reason": "came in"})


async def _api_price(stage: Stage) -> Call:
    variant = await stage.staff.variant("bread-board")
    return Call(stage.staff, f"/api/v1/variants/{variant}/price", {"amount": 3333, "currency": "EUR"})


ANYBODY, OWNER, CUSTOMER, STAFF = Whom.ANYBODY, Whom.OWNER, Whom.CUSTOMER, Whom.STAFF
SAME, REFUSED, EACH, NEVER = Twice.SAME, Twice.REFUSED, Twice.EACH, Twice.NEVER
JSON, PARTS = Kind.JSON, Kind.PARTS
CARTS = frozenset({"carts", "outbox", "outbox_head"})
PARCEL = {"carrier": "bpost", "tracking": "3SABC"}

DOORS: dict[tuple[str, str], Door] = {
    # The button says "add": pressed twice, it adds two. Over the API a key makes it one.
    ("POST", "/cart"): Door(ANYBODY, EACH, _cart),
    ("POST", "/cart/lines"): Door(ANYBODY, SAME, _cart_line, odd=frozenset({"step"}), anew=CARTS),
    ("POST", "/cart/agree"): Door(ANYBODY, SAME, _cart_agree, anew=CARTS),
    ("POST", "/cart/code"): Door(ANYBODY, SAME, _cart_code, anew=CARTS),
    ("POST", "/checkout"): Door(ANYBODY, SAME, _checkout),
    ("POST", "/orders/{number}/again"): Door(OWNER, SAME, _again),
    # Each login is a session of its own, and each letter a link that replaces the one before.
    ("POST", "/login"): Door(ANYBODY, EACH, _login),
    ("POST", "/register"): Door(ANYBODY, REFUSED, _register),
    ("POST", "/logout"): Door(ANYBODY, SAME, _logout),
    ("POST", "/reset"): Door(ANYBODY, EACH, _reset),
    ("POST", "/reset/{token}"): Door(ANYBODY, REFUSED, _reset_token),
    ("POST", "/account/name"): Door(CUSTOMER, SAME, _name),
    ("POST", "/account/email"): Door(CUSTOMER, EACH, _new_email),
    ("POST", "/account/email/{token}"): Door(ANYBODY, REFUSED, _email_token),
    # Each tells the owner by a letter that it was changed.
    ("POST", "/account/password"): Door(CUSTOMER, EACH, _password),
    ("POST", "/account/sessions"): Door(CUSTOMER, SAME, _sessions),
    # What is seen and what is wanted are both sent: compare and set.
    ("POST", "/dashboard/stock"): Door(STAFF, REFUSED, _stock),
    ("POST", "/dashboard/stock/{variant}/low"): Door(STAFF, REFUSED, _low),
    ("POST", "/dashboard/orders/{number}/claim"): Door(STAFF, SAME, _act("claim")),
    ("POST", "/dashboard/orders/{number}/take-over"): Door(STAFF, SAME, _take_over),
    ("POST", "/dashboard/orders/{number}/release"): Door(STAFF, SAME, _act("release", "claim")),
    ("POST", "/dashboard/orders/{number}/pack"): Door(STAFF, SAME, _act("pack", "claim")),
    ("POST", "/dashboard/orders/{number}/unpack"): Door(STAFF, SAME, _act("unpack", "claim", "pack")),
    ("POST", "/dashboard/orders/{number}/ship"): Door(STAFF, SAME, _act("ship", "claim", "pack", **PARCEL)),
    ("POST", "/dashboard/orders/{number}/track"): Door(STAFF, SAME, _act("track", "claim", "pack", "ship", **PARCEL)),
    ("POST", "/dashboard/orders/{number}/deliver"): Door(STAFF, SAME, _act("deliver", "claim", "pack", "ship")),
    ("POST", "/dashboard/orders/{number}/cancel"): Door(STAFF, SAME, _cancel),
    # Another sum than it comes to is not done: the page shows the right one.
    ("POST", "/dashboard/orders/{number}/refund"): Door(STAFF, SAME, _refund, odd=frozenset({"agreed"})),
    # Asking changes nothing at the provider's.
    ("POST", "/dashboard/payments/ask"): Door(STAFF, EACH, _ask),
    ("POST", "/dashboard/payments/known"): Door(STAFF, SAME, _known),
    ("POST", "/dashboard/payments/refund"): Door(STAFF, SAME, _of_refund("refund")),
    ("POST", "/dashboard/payments/by-hand"): Door(STAFF, SAME, _of_refund("by-hand")),
    ("POST", "/dashboard/payments/dismiss"): Door(STAFF, SAME, _dismiss),
    ("POST", "/dashboard/new-product"): Door(STAFF, SAME, _new_product, PARTS),
    ("POST", "/dashboard/products/{slug}"): Door(STAFF, SAME, _product, PARTS),
    ("POST", "/dashboard/categories/new"): Door(STAFF, SAME, _new_category, PARTS),
    ("POST", "/dashboard/categories/{slug}"): Door(STAFF, SAME, _category, PARTS),
    ("POST", "/dashboard/new-code"): Door(STAFF, SAME, _new_code),
    ("POST", "/dashboard/codes/{code}"): Door(STAFF, SAME, _code),
    # Two walls may well be called alike.
    ("POST", "/dashboard/screens"): Door(STAFF, EACH, _new_screen),
    ("POST", "/dashboard/screens/{screen}"): Door(STAFF, SAME, _screen),
    ("POST", "/dashboard/settings"): Door(STAFF, SAME, _settings),
    ("POST", "/dashboard/settings/logo"): Door(STAFF, SAME, _logo, PARTS),
    ("POST", "/dashboard/settings/currency"): Door(STAFF, SAME, _currency, odd=frozenset({"version"})),
    ("POST", "/dashboard/settings/delivery"): Door(STAFF, SAME, _terms("delivery")),
    ("POST", "/dashboard/settings/tax"): Door(STAFF, SAME, _terms("tax")),
    ("POST", "/dashboard/settings/new-page"): Door(STAFF, REFUSED, _new_page),
    ("POST", "/dashboard/settings/pages/{slug}"): Door(STAFF, SAME, _page),
    # Kept by its digest; see the tests of pictures. Here it comes without a file.
    ("POST", "/dashboard/pictures"): Door(STAFF, NEVER, _picture, PARTS),
    ("POST", "/screen"): Door(ANYBODY, REFUSED, _pair),
    ("POST", "/api/v1/customers"): Door(ANYBODY, REFUSED, _api_person, JSON),
    ("POST", "/api/v1/session"): Door(ANYBODY, EACH, _api_login, JSON),
    ("DELETE", "/api/v1/session"): Door(ANYBODY, SAME, _api_logout, JSON),
    ("POST", "/api/v1/cart/lines"): Door(ANYBODY, SAME, _api_add, JSON, keyed=True),
    ("PUT", "/api/v1/cart/lines/{variant}"): Door(ANYBODY, SAME, _api_line, JSON, anew=CARTS),
    ("DELETE", "/api/v1/cart/lines/{variant}"): Door(ANYBODY, SAME, _api_no_line, JSON, anew=CARTS),
    ("POST", "/api/v1/cart/agree"): Door(ANYBODY, SAME, _api_agree, JSON, anew=CARTS),
    ("PUT", "/api/v1/cart/code"): Door(ANYBODY, SAME, _api_code, JSON, keyed=True),
    ("DELETE", "/api/v1/cart/code"): Door(ANYBODY, SAME, _api_no_code, JSON, anew=CARTS),
    ("POST", "/api/v1/checkout"): Door(ANYBODY, SAME, _api_checkout, JSON, keyed=True),
    ("POST", "/api/v1/orders/{number}/payments"): Door(OWNER, SAME, _api_pay, JSON),
    ("POST", "/api/v1/orders/{number}/claim"): Door(STAFF, SAME, _api_act("claim", body={}), JSON),
    ("POST", "/api/v1/orders/{number}/release"): Door(STAFF, SAME, _api_act("release", "claim"), JSON),
    ("POST", "/api/v1/orders/{number}/pack"): Door(STAFF, SAME, _api_act("pack", "claim"), JSON),
    ("POST", "/api/v1/orders/{number}/unpack"): Door(STAFF, SAME, _api_act("unpack", "claim", "pack"), JSON),
    ("POST", "/api/v1/orders/{number}/ship"): Door(STAFF, SAME, _api_act("ship", "claim", "pack", body=PARCEL), JSON),
    ("POST", "/api/v1/orders/{number}/track"): Door(
        STAFF, SAME, _api_act("track", "claim", "pack", "ship", body=PARCEL), JSON
    ),
    ("POST", "/api/v1/orders/{number}/deliver"): Door(STAFF, SAME, _api_act("deliver", "claim", "pack", "ship"), JSON),
    ("POST", "/api/v1/orders/{number}/refunds"): Door(STAFF, SAME, _api_refund, JSON, keyed=True),
    ("POST", "/api/v1/orders/{number}/cancel"): Door(STAFF, SAME, _api_cancel, JSON),
    ("PUT", "/api/v1/stock/{variant}"): Door(STAFF, REFUSED, _api_stock, JSON),
    # The price that is wanted is sent, and not a difference.
    ("PUT", "/api/v1/variants/{variant}/price"): Door(
        STAFF, SAME, _api_price, JSON, anew=frozenset({"products", "outbox", "outbox_head"})
    ),
}
"""By method and address. What signs itself, /webhooks/, has tests of its own."""
