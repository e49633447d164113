"""Every door that changes something, one line each: who may, a call that works, and what comes of the same call twice.

A line's `make` puts the shop into the state in which the call works, and answers the call. `twice` says what design promises.
"""

from collections.abc import Awaitable, Callable

import orjson
from sqlalchemy import select

from storage.tables import Customer
from storage.tokens import Purpose
from tests.attack.doors_api import API_DOORS
from tests.attack.knocking import PASSWORD
from tests.attack.stage import (
    ANYBODY,
    CARTS,
    CUSTOMER,
    EACH,
    NEVER,
    OWNER,
    PARCEL,
    PARTS,
    REFUSED,
    SAME,
    STAFF,
    Call,
    Door,
    Stage,
    hidden,
    level,
    person,
    token,
)
from tests.handlers.forms import fields_of
from tests.handlers.test_screens import made
from tests.handlers.test_terms_pages import form_at
from tests.house import DETAILS
from tests.proof.shopper import Shopper

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


async def _register(stage: Stage) -> Call:
    return Call(stage.guest, "/register", person())


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


async def _stock(stage: Stage) -> Call:
    variant, now = await level(stage)
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
    **API_DOORS,
}
"""By method and address. What signs itself, /webhooks/, has tests of its own."""
